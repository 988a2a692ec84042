/* SPDX-License-Identifier: Apache-2.0 */
#include "git/v0.h"

#include "git/words.h"

#include <stddef.h>
#include <string.h>

#define PEEL          "^{}" /* behind the name of an annotated tag: what it leads to in the end */
#define PEEL_SIZE     (sizeof PEEL - 1)
#define SHA256_DIGITS 64u
#define NO_ID         "0000000000000000000000000000000000000000"
#define NO_REF        "capabilities^{}" /* of a repository that has no ref */

void
cm_git_v0_refs_begin(struct cm_git_v0_refs *reader, struct cm_arena *arena,
                     const char *const *prefixes, size_t count)
{
    *reader = (struct cm_git_v0_refs){
        .found = {.arena = arena, .prefixes = prefixes, .prefix_count = count},
        .capabilities = {.sha1 = true}};
    cm_pkt_stream_begin(&reader->packets);
}

void
cm_git_v0_refs_done(struct cm_git_v0_refs *reader)
{
    cm_pkt_stream_done(&reader->packets);
    cm_git_found_done(&reader->found);
}

/* ---- capabilities ---- */

static void
understand(struct cm_git_v0_capabilities *to, const char *word, size_t size)
{
#define KNOWN(word_, member_)                                                                      \
    {                                                                                              \
        word_, offsetof(struct cm_git_v0_capabilities, member_)                                    \
    }
    static const struct {
        const char *word;
        size_t member;
    } known[] = {
        KNOWN("filter", filter),
        KNOWN("shallow", shallow),
        KNOWN("deepen-since", deepen_since),
        KNOWN("allow-tip-sha1-in-want", allow_tip),
        KNOWN("allow-reachable-sha1-in-want", allow_reachable),
        KNOWN("allow-any-sha1-in-want", allow_any),
        KNOWN("multi_ack", multi_ack),
        KNOWN("multi_ack_detailed", multi_ack_detailed),
        KNOWN("side-band", side_band),
        KNOWN("side-band-64k", side_band_64k),
        KNOWN("ofs-delta", ofs_delta),
    };
#undef KNOWN
    for (size_t i = 0; i < CM_COUNT(known); i++) {
        if (size == strlen(known[i].word) && memcmp(word, known[i].word, size) == 0)
            *(bool *)((char *)to + known[i].member) = true;
    }
}

/* If there are several, the first is the one that the list itself is written in. */
static void
understand_format(struct cm_git_v0_capabilities *to, const char *word, size_t size)
{
    static const char name[] = "object-format=", sha1[] = "object-format=sha1";
    if (to->object_format || size < sizeof name - 1 || memcmp(word, name, sizeof name - 1) != 0)
        return;
    to->object_format = true;
    to->sha1 = size == sizeof sha1 - 1 && memcmp(word, sha1, size) == 0;
}

/* Names of refs may be among them, so any byte above ASCII. */
static bool
is_text(const unsigned char *at, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        if (at[i] < 0x20 || at[i] == 0x7f)
            return false;
    }
    return true;
}

/* Words with spaces between them, behind the NUL in the first line. */
static bool
read_capabilities(struct cm_git_v0_refs *reader, struct cm_cursor *line, struct cm_err *err)
{
    size_t size = cm_cursor_left(line);
    if (size > 0 && line->at[size - 1] == '\n')
        size--;
    if (size > CM_GIT_V0_CAPABILITIES_MOST)
        return cm_fail(err, CM_E_LIMIT, "the server names too many capabilities");
    if (!is_text(line->at, size))
        return cm_fail(err, CM_E_MALFORMED, "the server's capabilities cannot be read");
    const char *at = (const char *)line->at, *end = at + size;
    while (at < end) {
        const char *space = memchr(at, ' ', (size_t)(end - at));
        size_t word = space ? (size_t)(space - at) : (size_t)(end - at);
        understand(&reader->capabilities, at, word);
        understand_format(&reader->capabilities, at, word);
        at += word + (space ? 1 : 0);
    }
    return true;
}

/* ---- lines ---- */

static bool
refuse_id(const struct cm_cursor *line, struct cm_err *err)
{
    char digits[SHA256_DIGITS + 1] = "";
    size_t size = cm_cursor_left(line);
    memcpy(digits, line->at, size < SHA256_DIGITS ? size : SHA256_DIGITS);
    if (strspn(digits, "0123456789abcdef") == SHA256_DIGITS)
        return cm_fail(err, CM_E_UNSUPPORTED,
                       "the repository names its objects by SHA-256, not by SHA-1");
    return cm_fail(err, CM_E_MALFORMED, "the server names a ref without a readable id");
}

/* "REF^{}": only the line behind REF's own may say that of a ref that is wanted. */
static bool
read_peel(struct cm_git_v0_refs *reader, const char *id, const void *at, size_t size,
          struct cm_err *err)
{
    char name[CM_GIT_REF_MOST + 1];
    struct cm_git_found *found = &reader->found;
    bool peelable = reader->peelable;
    reader->peelable = false;
    if (!cm_git_is_wanted(found, at, size, name))
        return true;
    char shown[CM_GIT_WORDS_MOST + 1];
    struct cm_git_ref *last = peelable ? &found->refs[found->count - 1] : NULL;
    if (!last || strcmp(last->name, name) != 0)
        return cm_fail(err, CM_E_MALFORMED, "the server says behind another ref where %s leads",
                       cm_git_words(name, strlen(name), shown));
    memcpy(last->peeled, id, CM_GIT_ID);
    return true;
}

static bool
read_name(struct cm_git_v0_refs *reader, const char *id, const struct cm_cursor *line,
          struct cm_err *err)
{
    char name[CM_GIT_REF_MOST + 1];
    struct cm_git_ref *ref = NULL;
    size_t size = cm_cursor_left(line);
    if (size >= PEEL_SIZE && memcmp(line->at + size - PEEL_SIZE, PEEL, PEEL_SIZE) == 0)
        return read_peel(reader, id, line->at, size - PEEL_SIZE, err);
    reader->peelable = cm_git_is_wanted(&reader->found, line->at, size, name);
    return !reader->peelable || cm_git_add_ref(&reader->found, name, id, &ref, err);
}

/* "ID NAME" */
static bool
read_ref(struct cm_git_v0_refs *reader, struct cm_cursor line, struct cm_err *err)
{
    const struct cm_cursor whole = line;
    char id[CM_GIT_ID];
    if (reader->place == CM_GIT_V0_SHALLOW)
        return cm_fail(err, CM_E_MALFORMED, "the server names refs behind the end of its list");
    if (!cm_git_take_id(&line, id) || !cm_cursor_skip(&line, " "))
        return refuse_id(&whole, err);
    size_t size = cm_cursor_left(&line);
    bool none = reader->place == CM_GIT_V0_FIRST && strcmp(id, NO_ID) == 0 &&
                size == sizeof NO_REF - 1 && memcmp(line.at, NO_REF, size) == 0;
    reader->place = none ? CM_GIT_V0_SHALLOW : CM_GIT_V0_REFS;
    return none || read_name(reader, id, &line, err);
}

static bool
read_shallow(struct cm_git_v0_refs *reader, struct cm_cursor *line, struct cm_err *err)
{
    char id[CM_GIT_ID];
    reader->place = CM_GIT_V0_SHALLOW;
    reader->capabilities.shallow_commits++;
    if (!cm_git_take_id(line, id) || cm_cursor_left(line) > 0)
        return cm_fail(err, CM_E_MALFORMED, "the server names a shallow commit without an id");
    return true;
}

static bool
is(const struct cm_cursor *line, const char *text)
{
    size_t size = strlen(text);
    return cm_cursor_left(line) == size && memcmp(line->at, text, size) == 0;
}

static bool
read_line(struct cm_git_v0_refs *reader, struct cm_cursor line, struct cm_err *err)
{
    if (!cm_git_is_no_refusal(&line, err))
        return false;
    if (reader->place == CM_GIT_V0_SERVICE) {
        if (!is(&line, CM_GIT_SERVICE_LINE))
            return cm_fail(err, CM_E_MALFORMED,
                           "no advertisement of git: the service line is missing");
        reader->place = CM_GIT_V0_SERVICE_END;
        return true;
    }
    if (reader->place == CM_GIT_V0_SERVICE_END)
        return cm_fail(err, CM_E_MALFORMED, "the server's service line has no end");
    if (reader->place == CM_GIT_V0_FIRST && reader->capabilities.version == 0 &&
        is(&line, "version 1")) {
        reader->capabilities.version = 1;
        return true;
    }
    if (cm_cursor_skip(&line, "shallow "))
        return read_shallow(reader, &line, err);
    return read_ref(reader, line, err);
}

/* ---- packets ---- */

static bool
read_mark(struct cm_git_v0_refs *reader, enum cm_pkt_kind mark, struct cm_err *err)
{
    if (mark != CM_PKT_FLUSH || reader->place == CM_GIT_V0_SERVICE)
        return cm_fail(err, CM_E_MALFORMED, "the server's list of refs cannot be read");
    reader->place = reader->place == CM_GIT_V0_SERVICE_END ? CM_GIT_V0_FIRST : CM_GIT_V0_END;
    return true;
}

/* In the first line of the list, and only there, a NUL and the capabilities stand behind the name.
 */
static bool
read_first(struct cm_git_v0_refs *reader, const struct cm_pkt *pkt, size_t line_size,
           struct cm_err *err)
{
    struct cm_cursor line = cm_cursor(pkt->at, line_size);
    struct cm_cursor behind = cm_cursor(pkt->at + line_size + 1, pkt->size - line_size - 1);
    return cm_git_is_no_refusal(&line, err) && read_ref(reader, line, err) &&
           read_capabilities(reader, &behind, err);
}

static bool
read_packet(struct cm_git_v0_refs *reader, const struct cm_pkt *pkt, struct cm_err *err)
{
    const char *text = NULL;
    size_t size = 0;
    if (reader->place == CM_GIT_V0_END)
        return cm_fail(err, CM_E_MALFORMED, "something stands behind the server's list of refs");
    if (pkt->kind != CM_PKT_DATA)
        return read_mark(reader, pkt->kind, err);
    const unsigned char *nul = memchr(pkt->at, '\0', pkt->size);
    if (nul && reader->place == CM_GIT_V0_FIRST)
        return read_first(reader, pkt, (size_t)(nul - pkt->at), err);
    if (!cm_pkt_line(pkt, &text, &size))
        return cm_fail(err, CM_E_MALFORMED, "the server's list of refs cannot be read");
    return read_line(reader, cm_cursor(text, size), err);
}

static bool
feed(struct cm_git_v0_refs *reader, struct cm_cursor *piece, struct cm_err *err)
{
    for (;;) {
        struct cm_pkt pkt;
        if (!cm_pkt_stream_next(&reader->packets, piece, &pkt, err))
            return false;
        if (pkt.kind == CM_PKT_END)
            return true;
        if (!read_packet(reader, &pkt, err))
            return false;
    }
}

bool
cm_git_v0_refs_feed(struct cm_git_v0_refs *reader, const void *at, size_t size, struct cm_err *err)
{
    struct cm_cursor piece = cm_cursor(at, size);
    if (reader->failed)
        return cm_fail(err, CM_E_INTERNAL, "a list of refs that failed is read no further");
    reader->failed = !feed(reader, &piece, err);
    return !reader->failed;
}

bool
cm_git_v0_refs_end(struct cm_git_v0_refs *reader, struct cm_git_ref **ret, size_t *ret_count,
                   struct cm_git_v0_capabilities *ret_capabilities, struct cm_err *err)
{
    if (reader->failed || reader->place != CM_GIT_V0_END ||
        !cm_pkt_stream_is_between(&reader->packets))
        return cm_fail(err, CM_E_MALFORMED, "the server's list of refs is cut");
    if (!cm_git_found_all(&reader->found, ret, ret_count, err))
        return false;
    *ret_capabilities = reader->capabilities;
    return true;
}

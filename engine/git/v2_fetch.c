/* SPDX-License-Identifier: Apache-2.0 */
#include "git/v2.h"

#include "git/words.h"
#include "trust/pattern.h"

#include <string.h>

#define LINES_MOST 100000u /* of acknowledgments, shallow commits and refs */
#define DIGITS     4u

void
cm_git_fetch_answer_begin(struct cm_git_fetch_answer *answer, cm_git_pack_sink *sink, void *data)
{
    *answer = (struct cm_git_fetch_answer){
        .sink = sink, .data = data, .packet = CM_BUF_INIT(CM_PKT_MOST)};
}

void
cm_git_fetch_answer_done(struct cm_git_fetch_answer *answer)
{
    cm_buf_done(&answer->packet);
}

/* "ERR ..." may come instead of any line. */
static bool
refuse(struct cm_git_fetch_answer *answer, const unsigned char *words, size_t size,
       struct cm_err *err)
{
    static const char unknown[] = "not our ref";
    char shown[CM_GIT_WORDS_MOST + 1];
    answer->refused = true;
    enum cm_class class =
        memmem(words, size, unknown, sizeof unknown - 1) ? CM_E_NOT_FOUND : CM_E_UNSUPPORTED;
    return cm_fail(err, class, "the server says: %s", cm_git_words(words, size, shown));
}

/* The section that a line begins; CM_SECTION_BEGIN if it is none of them. */
static enum cm_git_section
section_of(const char *line, size_t size)
{
    static const struct {
        const char *name;
        enum cm_git_section section;
    } sections[] = {
        {"acknowledgments", CM_SECTION_ACKNOWLEDGMENTS},
        {"shallow-info", CM_SECTION_SHALLOW},
        {"wanted-refs", CM_SECTION_WANTED_REFS},
        {"packfile", CM_SECTION_PACK},
    };
    for (size_t i = 0; i < CM_COUNT(sections); i++) {
        if (size == strlen(sections[i].name) && memcmp(line, sections[i].name, size) == 0)
            return sections[i].section;
    }
    return CM_SECTION_BEGIN;
}

static bool
begin_section(struct cm_git_fetch_answer *answer, const char *line, size_t size, struct cm_err *err)
{
    enum cm_git_section section = section_of(line, size);
    char shown[CM_GIT_WORDS_MOST + 1];
    if (section <= answer->section)
        return cm_fail(err, CM_E_MALFORMED, "the server's answer has a section out of place: %s",
                       cm_git_words(line, size, shown));
    answer->section = section;
    answer->inside = true;
    return true;
}

static bool
is_id(struct cm_cursor *line)
{
    char id[CM_GIT_ID] = "";
    const unsigned char *at = cm_cursor_take(line, CM_GIT_ID - 1);
    if (at)
        memcpy(id, at, CM_GIT_ID - 1);
    return at && cm_is_commit_id(id);
}

/* Only how many there are is kept: what is missing, the walk finds out for itself. */
static bool
read_line(struct cm_git_fetch_answer *answer, const char *text, size_t size, struct cm_err *err)
{
    if (++answer->lines > LINES_MOST)
        return cm_fail(err, CM_E_LIMIT, "the server's answer has too many lines");
    if (answer->section != CM_SECTION_SHALLOW)
        return true;
    struct cm_cursor line = cm_cursor(text, size);
    if (cm_cursor_skip(&line, "shallow "))
        answer->shallow++;
    else if (!cm_cursor_skip(&line, "unshallow "))
        return cm_fail(err, CM_E_MALFORMED, "the server's shallow commits cannot be read");
    if (!is_id(&line) || cm_cursor_left(&line) > 0)
        return cm_fail(err, CM_E_MALFORMED, "the server names a shallow commit without an id");
    return true;
}

/* The first byte of a packet says which band it is of: 1 pack, 2 progress, 3 why it failed. */
static bool
read_band(struct cm_git_fetch_answer *answer, const unsigned char *at, size_t size,
          struct cm_err *err)
{
    unsigned band = size > 0 ? at[0] : 0;
    if (band == 2)
        return true;
    if (band == 3)
        return refuse(answer, at + 1, size - 1, err);
    if (band != 1)
        return cm_fail(err, CM_E_MALFORMED, "the server's pack is not in its band");
    answer->pack_size += size - 1;
    return size == 1 || answer->sink(answer->data, at + 1, size - 1, err);
}

static bool
read_data(struct cm_git_fetch_answer *answer, const struct cm_pkt *pkt, struct cm_err *err)
{
    if (answer->inside && answer->section == CM_SECTION_PACK)
        return read_band(answer, pkt->at, pkt->size, err);
    const char *line = NULL;
    size_t size = 0;
    if (!cm_pkt_line(pkt, &line, &size))
        return cm_fail(err, CM_E_MALFORMED, "the server's answer cannot be read");
    if (size >= DIGITS && memcmp(line, "ERR ", DIGITS) == 0)
        return refuse(answer, (const unsigned char *)line + DIGITS, size - DIGITS, err);
    return answer->inside ? read_line(answer, line, size, err)
                          : begin_section(answer, line, size, err);
}

static bool
read_mark(struct cm_git_fetch_answer *answer, enum cm_pkt_kind mark, struct cm_err *err)
{
    bool pack = answer->section == CM_SECTION_PACK;
    if (!answer->inside || mark != (pack ? CM_PKT_FLUSH : CM_PKT_DELIM))
        return cm_fail(err, CM_E_MALFORMED, "the server's answer ends before its pack");
    answer->inside = false;
    if (pack)
        answer->section = CM_SECTION_END;
    return true;
}

static bool
read_packet(struct cm_git_fetch_answer *answer, const unsigned char *at, size_t size,
            struct cm_err *err)
{
    struct cm_cursor cursor = cm_cursor(at, size);
    struct cm_pkt pkt;
    if (answer->section == CM_SECTION_END)
        return cm_fail(err, CM_E_MALFORMED, "something stands behind the server's answer");
    if (!cm_pkt_next(&cursor, &pkt, err))
        return false;
    if (pkt.kind == CM_PKT_DATA)
        return read_data(answer, &pkt, err);
    return read_mark(answer, pkt.kind, err);
}

/* How many bytes the packet wants that has begun: first its digits, then what they say. */
static bool
packet_needs(const struct cm_git_fetch_answer *answer, size_t *ret, struct cm_err *err)
{
    *ret = DIGITS;
    if (answer->packet.size < DIGITS)
        return true;
    unsigned char digits[DIGITS];
    memcpy(digits, answer->packet.at, DIGITS);
    size_t size = 0;
    if (!cm_pkt_size(digits, &size))
        return cm_fail(err, CM_E_MALFORMED, "a packet has no size that can be read");
    if (size > DIGITS)
        *ret = size;
    return true;
}

static bool
feed(struct cm_git_fetch_answer *answer, struct cm_cursor *cursor, struct cm_err *err)
{
    while (cm_cursor_left(cursor) > 0) {
        size_t need = 0;
        if (!packet_needs(answer, &need, err))
            return false;
        if (answer->packet.size < need) {
            size_t piece = need - answer->packet.size;
            if (piece > cm_cursor_left(cursor))
                piece = cm_cursor_left(cursor);
            cm_buf_add(&answer->packet, cm_cursor_take(cursor, piece), piece);
            if (answer->packet.failed)
                return cm_fail(err, CM_E_LIMIT, "no memory for a packet");
        }
        if (!packet_needs(answer, &need, err))
            return false;
        if (answer->packet.size < need)
            continue;
        const unsigned char *at = (const unsigned char *)answer->packet.at;
        if (!read_packet(answer, at, answer->packet.size, err))
            return false;
        cm_buf_clear(&answer->packet);
    }
    return true;
}

bool
cm_git_fetch_answer_feed(struct cm_git_fetch_answer *answer, const void *at, size_t size,
                         struct cm_err *err)
{
    struct cm_cursor cursor = cm_cursor(at, size);
    if (answer->failed)
        return cm_fail(err, CM_E_INTERNAL, "an answer that failed is read no further");
    answer->failed = !feed(answer, &cursor, err);
    return !answer->failed;
}

bool
cm_git_fetch_answer_end(struct cm_git_fetch_answer *answer, struct cm_err *err)
{
    if (answer->failed || answer->packet.size > 0 || answer->section != CM_SECTION_END)
        return cm_fail(err, CM_E_MALFORMED, "the server's answer ends before its pack does");
    return true;
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "git/helper/remote_transport.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LIST_MOST  ((size_t)64 * 1024 * 1024) /* CM_GIT_REFS of the longest names */
#define BODY_MOST  ((size_t)1024 * 1024)
#define READ_SIZE  ((size_t)64 * 1024)
#define NAMES_MOST 64u
#define LINES_MOST 100000u /* of acknowledgments: libgit2 keeps each */
#define WORDS_MOST 300     /* bytes of a server's own words in an error */

#define LIST_PATH  "info/refs?service=git-upload-pack"
#define FETCH_PATH "git-upload-pack"

/* ---- the list of refs ---- */

static bool
read_list(struct cm_helper_transport *transport, struct cm_git_v0_refs *reader, struct cm_err *err)
{
    const struct cm_helper_carrier *carrier = transport->carrier;
    char block[READ_SIZE];
    if (!carrier->request(carrier->data, LIST_PATH, NULL, 0, err))
        return false;
    for (;;) {
        size_t size = 0;
        if (!carrier->read(carrier->data, block, sizeof block, &size, err))
            return false;
        if (size == 0)
            return true;
        if (!cm_git_v0_refs_feed(reader, block, size, err))
            return false;
    }
}

static int
by_name(const void *name, const void *ref)
{
    return strcmp(name, ((const struct cm_git_ref *)ref)->name);
}

static bool
choose(const struct cm_git_ref *found, size_t count, const char *const *refs, size_t ref_count,
       const struct cm_git_ref **ret, struct cm_err *err)
{
    for (size_t i = 0; i < ref_count; i++) {
        ret[i] = count ? bsearch(refs[i], found, count, sizeof *found, by_name) : NULL;
        if (!ret[i])
            return cm_fail(err, CM_E_NOT_FOUND, "the server has no %s", refs[i]);
    }
    return true;
}

/* Not "thin-pack", so that a pack leans on nothing outside of it, and "include-tag" is not needed.
 */
static void
put_first(struct cm_buf *to, const struct cm_git_ref *ref, const struct cm_git_v0_capabilities *can)
{
    CM_CLEANUP(cm_buf_done) struct cm_buf words = CM_BUF_INIT(1000);
    cm_buf_puts(&words, can->multi_ack ? " multi_ack" : "");
    cm_buf_puts(&words, can->multi_ack_detailed ? " multi_ack_detailed" : "");
    cm_buf_puts(&words, can->side_band ? " side-band" : "");
    cm_buf_puts(&words, can->side_band_64k ? " side-band-64k" : "");
    cm_buf_puts(&words, can->ofs_delta ? " ofs-delta" : "");
    size_t size = strlen("0000") + strlen(ref->id) + 1 + strlen(ref->name) + 1 + words.size + 1;
    cm_buf_printf(to, "%04zx%s %s", size, ref->id, ref->name);
    cm_buf_putc(to, '\0');
    cm_buf_puts(to, cm_buf_text(&words));
    cm_buf_putc(to, '\n');
}

static bool
put_list(struct cm_buf *to, const struct cm_git_ref *const *refs, size_t count,
         const struct cm_git_v0_capabilities *can, struct cm_err *err)
{
    char line[CM_GIT_ID + CM_GIT_REF_MOST + 2];
    cm_pkt_put(to, CM_GIT_SERVICE_LINE);
    cm_pkt_put_mark(to, CM_PKT_FLUSH);
    for (size_t i = 0; i < count; i++) {
        snprintf(line, sizeof line, "%s %s", refs[i]->id, refs[i]->name);
        if (i == 0)
            put_first(to, refs[i], can);
        else
            cm_pkt_put(to, line);
    }
    cm_pkt_put_mark(to, CM_PKT_FLUSH);
    return !to->failed || cm_fail(err, CM_E_LIMIT, "no memory for the list of refs");
}

static bool
judge(const struct cm_git_v0_capabilities *can, struct cm_err *err)
{
    if (!can->sha1)
        return cm_fail(err, CM_E_UNSUPPORTED, "the repository does not name its objects by SHA-1");
    if (can->shallow_commits > 0)
        return cm_fail(err, CM_E_UNSUPPORTED,
                       "the server has only a part of the history (shallow)");
    return true;
}

/* Each line of the list is compared with each name that is looked for: only a few are. */
static void
begin_list(struct cm_git_v0_refs *reader, struct cm_arena *arena, const char *const *refs,
           size_t count)
{
    static const char *const all[] = {"refs/heads/", "refs/tags/"};
    bool few = count <= NAMES_MOST;
    cm_git_v0_refs_begin(reader, arena, few ? refs : all, few ? count : CM_COUNT(all));
}

bool
cm_helper_transport_list(struct cm_helper_transport *transport, struct cm_arena *arena,
                         const char *const *refs, size_t ref_count, const struct cm_git_ref ***ret,
                         struct cm_git_v0_capabilities *ret_capabilities, struct cm_err *err)
{
    CM_CLEANUP(cm_git_v0_refs_done) struct cm_git_v0_refs reader;
    struct cm_git_v0_capabilities can;
    struct cm_git_ref *found = NULL;
    size_t count = 0;
    begin_list(&reader, arena, refs, ref_count);
    if (!read_list(transport, &reader, err) ||
        !cm_git_v0_refs_end(&reader, &found, &count, &can, err) || !judge(&can, err))
        return false;
    const struct cm_git_ref **chosen = cm_arena_alloc(arena, (ref_count + 1) * sizeof *chosen);
    if (!chosen)
        return cm_fail(err, CM_E_LIMIT, "no memory for the list of refs");
    if (!choose(found, count, refs, ref_count, chosen, err) ||
        !put_list(&transport->list, chosen, ref_count, &can, err))
        return false;
    *ret = chosen;
    *ret_capabilities = can;
    return true;
}

/* ---- the stream ---- */

static struct cm_helper_transport *
of(git_smart_subtransport_stream *stream)
{
    return (struct cm_helper_transport *)stream->subtransport;
}

static int
cut(size_t size)
{
    return (int)(size < WORDS_MOST ? size : WORDS_MOST);
}

/* libgit2 steps over what a server says of its failure between acknowledgments and in packs, and
 * then only misses the end. */
static bool
judge_words(const struct cm_pkt *pkt, struct cm_err *err)
{
    const char *text = NULL;
    size_t size = 0;
    if (!cm_pkt_line(pkt, &text, &size))
        return true;
    static const char moved[] = "not our ref"; /* though it was in its list a moment ago */
    enum cm_class class =
        memmem(text, size, moved, sizeof moved - 1) ? CM_E_TRANSIENT : CM_E_UNSUPPORTED;
    struct cm_cursor line = cm_cursor(text, size);
    if (cm_cursor_skip(&line, "ERR ") || cm_cursor_skip(&line, "\3"))
        return cm_fail(err, class, "the server says: %.*s", cut(cm_cursor_left(&line)),
                       (const char *)line.at);
    return true;
}

static bool
judge_packet(struct cm_helper_transport *transport, const struct cm_pkt *pkt, struct cm_err *err)
{
    bool banded = pkt->kind == CM_PKT_DATA && pkt->size > 0 && (pkt->at[0] == 1 || pkt->at[0] == 2);
    if (pkt->kind != CM_PKT_DATA || banded)
        return true;
    if (++transport->lines > LINES_MOST)
        return cm_fail(err, CM_E_LIMIT, "the server's answer has too many lines");
    return judge_words(pkt, err);
}

/* A server without side bands sends its pack in no packets: that is no failure. */
static bool
listen(struct cm_helper_transport *transport, const void *at, size_t size, struct cm_err *err)
{
    struct cm_cursor piece = cm_cursor(at, size);
    struct cm_err unread = CM_ERR_INIT;
    struct cm_pkt pkt = {.kind = CM_PKT_FLUSH};
    while (!transport->deaf && pkt.kind != CM_PKT_END) {
        transport->deaf = !cm_pkt_stream_next(&transport->packets, &piece, &pkt, &unread);
        if (!transport->deaf && !judge_packet(transport, &pkt, err))
            return false;
    }
    return true;
}

static bool
read_answer(struct cm_helper_transport *transport, char *to, size_t room, size_t *ret_size,
            struct cm_err *err)
{
    const struct cm_helper_carrier *carrier = transport->carrier;
    if (!transport->asked &&
        !carrier->request(carrier->data, FETCH_PATH, transport->body.at, transport->body.size, err))
        return false;
    transport->asked = true;
    return carrier->read(carrier->data, to, room, ret_size, err) &&
           listen(transport, to, *ret_size, err);
}

static int
stream_read(git_smart_subtransport_stream *stream, char *to, size_t room, size_t *ret_size)
{
    struct cm_helper_transport *transport = of(stream);
    *ret_size = 0;
    if (!transport->listing)
        return read_answer(transport, to, room, ret_size, &transport->err) ? 0 : -1;
    size_t left = cm_cursor_left(&transport->unread);
    size_t size = left < room ? left : room;
    memcpy(to, cm_cursor_take(&transport->unread, size), size);
    *ret_size = size;
    return 0;
}

static bool
add_to_body(struct cm_helper_transport *transport, const char *at, size_t size, struct cm_err *err)
{
    cm_buf_add(&transport->body, at, size);
    if (transport->body.failed)
        return cm_fail(err, CM_E_LIMIT, "more refs than one request can hold");
    return true;
}

static int
stream_write(git_smart_subtransport_stream *stream, const char *at, size_t size)
{
    struct cm_helper_transport *transport = of(stream);
    return add_to_body(transport, at, size, &transport->err) ? 0 : -1;
}

static void
stream_free(git_smart_subtransport_stream *stream)
{
    (void)stream; /* a part of the transport */
}

/* ---- the transport ---- */

static int
act(git_smart_subtransport_stream **out, git_smart_subtransport *base, const char *url,
    git_smart_service_t service)
{
    struct cm_helper_transport *transport = (struct cm_helper_transport *)base;
    (void)url;
    if (service != GIT_SERVICE_UPLOADPACK_LS && service != GIT_SERVICE_UPLOADPACK)
        return -1; /* nothing else is carried, and nothing else comes of a fetch */
    transport->listing = service == GIT_SERVICE_UPLOADPACK_LS;
    transport->unread = cm_cursor(transport->list.at, transport->list.size);
    cm_buf_clear(&transport->body);
    transport->asked = false;
    cm_pkt_stream_done(&transport->packets);
    cm_pkt_stream_begin(&transport->packets);
    transport->deaf = false;
    *out = &transport->stream;
    return 0;
}

static int
close_nothing(git_smart_subtransport *base)
{
    (void)base;
    return 0;
}

static void
free_nothing(git_smart_subtransport *base)
{
    (void)base; /* whoever began it ends it */
}

static int
give_base(git_smart_subtransport **out, git_transport *owner, void *transport)
{
    (void)owner;
    *out = &((struct cm_helper_transport *)transport)->base;
    return 0;
}

int
cm_helper_transport_new(git_transport **out, git_remote *owner, void *transport)
{
    return git_transport_smart(out, owner, &((struct cm_helper_transport *)transport)->definition);
}

void
cm_helper_transport_begin(struct cm_helper_transport *transport,
                          const struct cm_helper_carrier *carrier)
{
    *transport = (struct cm_helper_transport){
        .base = {.action = act, .close = close_nothing, .free = free_nothing},
        .stream = {.subtransport = &transport->base,
                   .read = stream_read,
                   .write = stream_write,
                   .free = stream_free},
        .definition = {.callback = give_base, .rpc = 1, .param = transport},
        .carrier = carrier,
        .list = CM_BUF_INIT(LIST_MOST),
        .body = CM_BUF_INIT(BODY_MOST),
        .err = CM_ERR_INIT};
    cm_pkt_stream_begin(&transport->packets);
}

void
cm_helper_transport_done(struct cm_helper_transport *transport)
{
    cm_buf_done(&transport->list);
    cm_buf_done(&transport->body);
    cm_pkt_stream_done(&transport->packets);
}

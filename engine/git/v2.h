/* SPDX-License-Identifier: Apache-2.0
 *
 * git/v2.h: requests and answers of git's protocol, version 2: pure.
 *
 * All that comes from a server is foreign: bounded in size, order and count, and refused rather
 * than mended. Texts in structs are in the arena that was handed in.
 */
#ifndef CM_GIT_V2_H
#define CM_GIT_V2_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "git/object.h"
#include "git/pkt.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* ---- the advertisement: what GET .../info/refs?service=git-upload-pack answers ---- */

#define CM_GIT_CAPABILITIES       64u
#define CM_GIT_CAPABILITY_MOST    1000u
#define CM_GIT_SERVICE_LINE       "# service=git-upload-pack"
#define CM_GIT_ADVERTISEMENT_TYPE "application/x-git-upload-pack-advertisement"
#define CM_GIT_RESULT_TYPE        "application/x-git-upload-pack-result"
#define CM_GIT_REQUEST_TYPE       "application/x-git-upload-pack-request"

struct cm_git_advertisement {
    const char *first_line; /* CM_GIT_SERVICE_LINE, "version 2", or "" for anything else */
    unsigned version;       /* 2, 1, 0 */
    const char *capabilities[CM_GIT_CAPABILITIES]; /* of version 2 only */
    size_t capability_count;
    bool ls_refs, fetch, shallow, filter;
    bool object_format; /* it names one, so requests name it too */
    bool sha1;          /* its objects are named by SHA-1 */
};

/* Of versions 0 and 1 nothing behind the version is read, so `at` may be only the beginning. On
 * failure *ret is what an answer that is no advertisement amounts to: first_line "" or what it is,
 * version 0, no capability. */
bool cm_git_advertisement_parse(struct cm_arena *arena, const void *at, size_t size,
                                struct cm_git_advertisement *ret, struct cm_err *err) CM_MUST;

/* ---- ls-refs ---- */

#define CM_GIT_REFS     65536u
#define CM_GIT_REF_MOST 512u

struct cm_git_ref {
    const char *name; /* refs/heads/... or refs/tags/... */
    char id[CM_GIT_ID];
    char peeled[CM_GIT_ID]; /* of an annotated tag; else "" */
};

/* The commit that a ref leads to. */
const char *cm_git_ref_commit(const struct cm_git_ref *ref);

/* A head of ref names that may be asked for: refs/heads/ or refs/tags/ and then anything that git
 * would let stand in a name. */
bool cm_git_prefix_is_valid(const char *prefix);

void cm_git_ls_refs_request(const struct cm_git_advertisement *of, const char *const *prefixes,
                            size_t count, struct cm_buf *to);

/* The refs that begin with one of the prefixes, in the order of their names; others are dropped (a
 * server may send more than it was asked for), and so are names of branches and tags that git
 * allows and the engine does not (longer than CM_GIT_REF_MOST, not UTF-8). A name that git does not
 * allow, or that comes twice, is CM_E_MALFORMED. */
bool cm_git_refs_parse(struct cm_arena *arena, const void *at, size_t size,
                       const char *const *prefixes, size_t prefix_count, struct cm_git_ref **ret,
                       size_t *ret_count, struct cm_err *err) CM_MUST;

/* ---- fetch ---- */

struct cm_git_fetch_ask {
    const char *const *wants; /* ids */
    size_t want_count;
    const char *const *haves; /* ids of commits whose whole histories are there already */
    size_t have_count;
    unsigned depth;     /* 0: all the way down */
    int64_t since;      /* seconds since 1970: no further down than that; 0: all the way */
    const char *filter; /* "tree:0"; NULL: none */
};

void cm_git_fetch_request(const struct cm_git_advertisement *of, const struct cm_git_fetch_ask *ask,
                          struct cm_buf *to);

typedef bool cm_git_pack_sink(void *data, const void *at, size_t size, struct cm_err *err);

enum cm_git_section {
    CM_SECTION_BEGIN,
    CM_SECTION_ACKNOWLEDGMENTS,
    CM_SECTION_SHALLOW,
    CM_SECTION_WANTED_REFS,
    CM_SECTION_PACK,
    CM_SECTION_END,
};

/* The answer to a fetch, piece by piece; the bytes of the pack go to the sink as they come. */
struct cm_git_fetch_answer {
    cm_git_pack_sink *sink;
    void *data;
    enum cm_git_section section;
    bool inside;    /* a section has begun and not ended */
    size_t lines;   /* of all sections but the pack */
    size_t shallow; /* commits whose parents the server does not give */
    uint64_t pack_size;
    bool refused;         /* the server said that it does not do it ("ERR ...") */
    bool failed;          /* nothing more is read */
    struct cm_buf packet; /* what came of the next packet, its digits included */
};

void cm_git_fetch_answer_begin(struct cm_git_fetch_answer *answer, cm_git_pack_sink *sink,
                               void *data);
void cm_git_fetch_answer_done(struct cm_git_fetch_answer *answer);

/* `refused` is set and the class is CM_E_UNSUPPORTED when the server said why it does not answer;
 * its words are in the text. CM_E_NOT_FOUND if it said "not our ref". */
bool cm_git_fetch_answer_feed(struct cm_git_fetch_answer *answer, const void *at, size_t size,
                              struct cm_err *err) CM_MUST;

/* Was that a whole answer with a pack? */
bool cm_git_fetch_answer_end(struct cm_git_fetch_answer *answer, struct cm_err *err) CM_MUST;

#endif

/* SPDX-License-Identifier: Apache-2.0
 *
 * git/v0.h: what servers answer that know only the older versions of git's protocol: pure.
 *
 * Versions 0 and 1 (which is 0 behind a line "version 1") list all refs at once, wanted or not, in
 * the answer to GET .../info/refs?service=git-upload-pack. So the list is read as it comes, and of
 * a line that nobody wants nothing is kept: there may be ten million.
 */
#ifndef CM_GIT_V0_H
#define CM_GIT_V0_H

#include "git/pkt_stream.h"
#include "git/refs.h"
#include "git/v2.h"

#define CM_GIT_V0_CAPABILITIES_MOST 16384u /* bytes of them all */

struct cm_git_v0_capabilities {
    unsigned version; /* 0 or 1 */
    bool filter, shallow, deepen_since;
    bool allow_tip, allow_reachable, allow_any; /* allow-..-sha1-in-want */
    bool multi_ack, multi_ack_detailed, side_band, side_band_64k, ofs_delta;
    bool object_format;     /* it names one */
    bool sha1;              /* its objects are named by SHA-1 */
    size_t shallow_commits; /* whose parents it does not have itself */
};

enum cm_git_v0_place {
    CM_GIT_V0_SERVICE,     /* nothing yet: the line "# service=git-upload-pack" is next */
    CM_GIT_V0_SERVICE_END, /* the flush behind it */
    CM_GIT_V0_FIRST,       /* "version 1", or the first ref with the capabilities */
    CM_GIT_V0_REFS,
    CM_GIT_V0_SHALLOW, /* only lines "shallow ID" now */
    CM_GIT_V0_END,
};

struct cm_git_v0_refs {
    struct cm_pkt_stream packets;
    struct cm_git_found found;
    enum cm_git_v0_place place;
    bool peelable; /* the line before named the ref that was kept last */
    bool failed;   /* nothing more is read */
    struct cm_git_v0_capabilities capabilities;
};

/* The refs that begin with one of the prefixes are kept, names in the arena; the prefixes are
 * borrowed until the end. */
void cm_git_v0_refs_begin(struct cm_git_v0_refs *reader, struct cm_arena *arena,
                          const char *const *prefixes, size_t count);
void cm_git_v0_refs_done(struct cm_git_v0_refs *reader); /* for CM_CLEANUP */

/* The body as it comes, from its first byte. What cm_git_refs_parse() says of names holds here,
 * too. CM_E_UNSUPPORTED with the server's words if it will not answer, or if ids are of SHA-256. */
bool cm_git_v0_refs_feed(struct cm_git_v0_refs *reader, const void *at, size_t size,
                         struct cm_err *err) CM_MUST;

/* Was that a whole list? Its refs in the order of their names (arena), "" for `peeled` unless the
 * server gave it. To be asked once. */
bool cm_git_v0_refs_end(struct cm_git_v0_refs *reader, struct cm_git_ref **ret, size_t *ret_count,
                        struct cm_git_v0_capabilities *ret_capabilities, struct cm_err *err)
    CM_MUST;

#endif

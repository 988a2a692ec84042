/* SPDX-License-Identifier: Apache-2.0
 *
 * carrier.h: carries what libgit2 asks of a server to git upload-pack, and fails where it is told
 * to.
 */
#ifndef TEST_GIT_CARRIER_H
#define TEST_GIT_CARRIER_H

#include "base/buf.h"
#include "git/helper/remote.h"

#include <stdint.h>
#include <sys/types.h>

#define CARRIER_ALL SIZE_MAX

struct carrier {
    const char *repository; /* its folder */
    size_t piece;           /* bytes that one read gives at the most */
    /* faults */
    const char *const *hide; /* words of the list of refs whose last letter is made an x; NULL */
    const char *instead[2];  /* of the answer to GET, to POST: this text; NULL: what git answers */
    const char *take, *give; /* in what is posted, instead of this text that one; NULL */
    size_t refuse;           /* the number of the request that fails, from 0; CARRIER_ALL: none */
    size_t fail, cut,
        alter;       /* at that byte of the answer to a POST: fails, ends, is another byte */
    const char *say; /* at `cut` it says that before it ends; NULL */
    /* what happened */
    size_t gets, posts, read; /* bytes of the last answer */
    struct cm_buf posted;     /* all bodies */
    /* its own */
    struct cm_buf answer; /* to GET, or to what has another answer; owned */
    size_t given;         /* of that */
    bool buffered, post, said;
    int fd; /* git's answer */
    pid_t git;
};

void carrier_begin(struct carrier *carrier, const char *repository);
void carrier_done(struct carrier *carrier);
struct cm_helper_carrier carrier_of(struct carrier *carrier);

#endif

/* SPDX-License-Identifier: Apache-2.0
 *
 * judge_chain ROUNDS LEAF OTHERS ANCHORS LISTS: judges that chain so many times, now, from the
 * bytes of the files each time. 0 if it was valid each time.
 */
#include "base/clock.h"
#include "base/fd.h"
#include "base/json.h"
#include "base/text.h"
#include "x509/chain.h"
#include "x509/read.h"

#include <stdio.h>
#include <stdlib.h>

#define MOST 16

struct pieces {
    struct cm_buf der[MOST];
    struct cm_chain_piece at[MOST];
    size_t count;
};

static bool
fill(struct pieces *to, const json_t *all)
{
    for (to->count = 0; to->count < json_array_size(all) && to->count < MOST; to->count++) {
        const json_t *one = json_array_get(all, to->count);
        struct cm_buf *der = &to->der[to->count];
        *der = (struct cm_buf)CM_BUF_INIT(CM_X509_LIST_MOST);
        if (!cm_unbase64(json_string_value(one), json_string_length(one), der))
            return false;
        to->at[to->count] = (struct cm_chain_piece){der->at, der->size};
    }
    return true;
}

static bool
load(const char *path, bool lists, struct pieces *to, struct cm_err *err)
{
    CM_CLEANUP(cm_buf_done) struct cm_buf file = CM_BUF_INIT(CM_X509_LIST_MOST);
    CM_CLEANUP(cm_json_done) json_t *all = NULL;
    return cm_file_read(path, &file, err) &&
           (lists ? cm_x509_read_lists(file.at, file.size, &all, err)
                  : cm_x509_read_certificates(file.at, file.size, &all, err)) &&
           fill(to, all);
}

static bool
judge(const struct cm_chain_ask *ask, struct cm_err *err)
{
    CM_CLEANUP(cm_json_done) json_t *answer = NULL;
    if (!cm_chain_judge(ask, &answer, err))
        return false;
    return cm_json_bool(answer, "valid", false) ||
           cm_fail(err, CM_E_DENIED, "%s", cm_json_text(answer, "error"));
}

int
main(int count, char **words)
{
    static struct pieces leaf, others, anchors, lists; /* for as long as the process lives */
    struct cm_err err = CM_ERR_INIT;
    if (count != 6)
        return 2;
    bool done = load(words[2], false, &leaf, &err) && load(words[3], false, &others, &err) &&
                load(words[4], false, &anchors, &err) && load(words[5], true, &lists, &err);
    const struct cm_chain_ask ask = {.at = cm_wall_now(),
                                     .revocation = true,
                                     .leaf = leaf.at[0],
                                     .others = others.at,
                                     .anchors = anchors.at,
                                     .lists = lists.at,
                                     .other_count = others.count,
                                     .anchor_count = anchors.count,
                                     .list_count = lists.count};
    for (long i = strtol(words[1], NULL, 10); done && i > 0; i--)
        done = judge(&ask, &err);
    if (!done)
        (void)fprintf(stderr, "judge_chain: %s\n", err.text);
    return done ? 0 : 1;
}

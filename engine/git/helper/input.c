/* SPDX-License-Identifier: Apache-2.0 */
#include "git/helper/helper.h"

#include "base/text.h"
#include "git/reply.h"

#include <string.h>

#define PIECE_MOST (INT64_C(1) << 30)

bool
cm_helper_line(FILE *from, char **ret, struct cm_err *err)
{
    static char line[CM_GIT_LINE_MOST + 2]; /* one input, one line at a time */
    if (!fgets(line, sizeof line, from)) {
        *ret = NULL;
        return !ferror(from) || cm_fail(err, CM_E_INTERNAL, "the question cannot be read");
    }
    size_t size = strlen(line);
    if (size == 0 || line[size - 1] != '\n')
        return cm_fail(err, CM_E_INTERNAL, "the question has no end");
    line[size - 1] = '\0';
    *ret = line;
    return true;
}

static bool
next_piece(struct cm_helper_pieces *pieces, struct cm_err *err)
{
    char *line = NULL;
    int64_t size = 0;
    if (!cm_helper_line(pieces->from, &line, err))
        return false;
    if (line && strcmp(line, "stop") == 0) {
        pieces->ended = true;
        return cm_fail(err, CM_E_CANCELLED, "the pack did not come to its end");
    }
    if (!line || !cm_parse_int(line, 0, PIECE_MOST, &size))
        return cm_fail(err, CM_E_INTERNAL, "a piece has no size");
    pieces->ended = size == 0;
    pieces->left = (size_t)size;
    return true;
}

bool
cm_helper_pieces_read(struct cm_helper_pieces *pieces, void *to, size_t room, size_t *ret_size,
                      struct cm_err *err)
{
    if (pieces->left == 0 && !pieces->ended && !next_piece(pieces, err))
        return false;
    size_t want = pieces->left < room ? pieces->left : room;
    size_t got = want > 0 ? fread(to, 1, want, pieces->from) : 0;
    if (got < want)
        return cm_fail(err, CM_E_INTERNAL, "a piece is cut");
    pieces->left -= got;
    *ret_size = got;
    return true;
}

bool
cm_helper_pieces_skip(struct cm_helper_pieces *pieces, struct cm_err *err)
{
    char block[4096];
    size_t got = 1;
    struct cm_err stopped = CM_ERR_INIT;
    while (!pieces->ended && got > 0) {
        if (!cm_helper_pieces_read(pieces, block, sizeof block, &got, &stopped) && !pieces->ended) {
            *err = stopped;
            return false;
        }
    }
    return true;
}

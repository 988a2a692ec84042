/* SPDX-License-Identifier: Apache-2.0
 *
 * A folder of its own for each test, below /tmp, removed with all that is in it.
 */
#ifndef CM_TEST_BASE_FOLDER_H
#define CM_TEST_BASE_FOLDER_H

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "unit.h"

static inline int
folder_make(void **state)
{
    char *folder = strdup("/tmp/countermark-test-XXXXXX");
    *state = folder;
    return folder && mkdtemp(folder) ? 0 : -1;
}

static inline int
folder_remove_one(const char *path, const struct stat *status, int kind, struct FTW *at)
{
    (void)status;
    (void)kind;
    (void)at;
    return remove(path);
}

static inline int
folder_remove(void **state)
{
    int failed = nftw(*state, folder_remove_one, 16, FTW_DEPTH | FTW_PHYS);
    free(*state);
    return failed;
}

/* FOLDER/NAME; of the last four that were asked for. */
static inline const char *
in_folder(void **state, const char *name)
{
    static char paths[4][4096];
    static unsigned next;
    char *path = paths[next++ % 4];
    int size = snprintf(path, sizeof paths[0], "%s/%s", (const char *)*state, name);
    assert_in_range(size, 1, sizeof paths[0] - 1);
    return path;
}

#endif

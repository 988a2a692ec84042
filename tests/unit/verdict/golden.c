/* SPDX-License-Identifier: Apache-2.0 */
#include "golden.h"

#include "base/err.h"
#include "base/fd.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

void
golden_compare(const char *file, const struct cm_buf *text)
{
    char path[512];
    struct cm_err err = CM_ERR_INIT;
    CM_CLEANUP(cm_buf_done) struct cm_buf expected = CM_BUF_INIT(1 << 20);
    (void)snprintf(path, sizeof path, "%s/verdict/%s", CM_FIXTURES_DIR, file);
    if (getenv("CM_UPDATE_GOLDENS")) {
        assert_true(cm_file_replace(path, 0644, text->at, text->size, &err));
        return;
    }
    if (!cm_file_read(path, &expected, &err))
        fail_msg("%s", err.text);
    if (strcmp(cm_buf_text(&expected), cm_buf_text(text)) != 0)
        fail_msg("%s is not what is expected:\n%s", file, cm_buf_text(text));
}

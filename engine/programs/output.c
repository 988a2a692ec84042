/* SPDX-License-Identifier: Apache-2.0 */
#include "programs/output.h"

#include "base/fd.h"

#include <string.h>

int
cm_may_write(const struct cm_session *session, const char *option, const char *path)
{
    struct cm_err err = CM_ERR_INIT;
    if (strcmp(path, "-") == 0)
        return cm_session_usage(session,
                                "%s takes the name of a file; standard output is the report's "
                                "(./- is a file of that name)",
                                option);
    if (cm_file_may_replace(path, &err))
        return 0;
    (void)cm_context(&err, "%s", option);
    (void)cm_session_failed(session, &err);
    return CM_EXIT_OUTPUT;
}

int
cm_not_written(const struct cm_session *session, const char *what, const char *option,
               struct cm_err *err)
{
    (void)cm_context(err, "%s cannot be written (%s FILE names another place)", what, option);
    (void)cm_session_failed(session, err);
    return CM_EXIT_OUTPUT;
}

int
cm_write_text(const struct cm_session *session, const char *what, mode_t mode, struct cm_buf *text)
{
    struct cm_err err = CM_ERR_INIT;
    const char *path = cm_said(session->said, "output");
    cm_buf_putc(text, '\n');
    if (path == NULL)
        return cm_session_print(session, text);
    if (text->failed)
        return CM_EXIT_INTERNAL;
    return cm_file_replace(path, mode, text->at, text->size, &err)
               ? 0
               : cm_not_written(session, what, "--output", &err);
}

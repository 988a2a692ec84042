/* SPDX-License-Identifier: Apache-2.0 */

#include "trust/secret.h"

#include "base/fd.h"
#include "base/text.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define SECRET_MOST 8192
#define NAME_MOST   255
#define LETTERS     "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
#define DIGITS      "0123456789"

/* The text behind "file:", "env:" or "credential:"; NULL if it begins otherwise. */
static const char *
behind(const char *reference, const char *head)
{
    return cm_starts_with(reference, head) ? reference + strlen(head) : NULL;
}

static bool
is_variable(const char *name)
{
    size_t size = strlen(name);
    return size > 0 && size <= NAME_MOST && strchr(DIGITS, name[0]) == NULL &&
           strspn(name, LETTERS DIGITS "_") == size;
}

static bool
is_credential(const char *name)
{
    size_t size = strlen(name);
    return size > 0 && size <= NAME_MOST && name[0] != '.' &&
           strspn(name, LETTERS DIGITS "._-") == size;
}

static bool
has_control(const char *at, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        if ((unsigned char)at[i] < 0x20 || at[i] == 0x7f)
            return true;
    }
    return false;
}

bool
cm_secret_check(const char *reference, struct cm_err *err)
{
    const char *path = behind(reference, "file:"), *variable = behind(reference, "env:"),
               *credential = behind(reference, "credential:");
    if (path != NULL && (path[0] != '/' || has_control(path, strlen(path))))
        return cm_fail(err, CM_E_CONFIG, "behind file: stands no absolute path");
    if (variable != NULL && !is_variable(variable))
        return cm_fail(err, CM_E_CONFIG, "behind env: stands no name of a variable");
    if (credential != NULL && !is_credential(credential))
        return cm_fail(err, CM_E_CONFIG, "behind credential: stands no name of a credential");
    if (path == NULL && variable == NULL && credential == NULL)
        return cm_fail(err, CM_E_CONFIG,
                       "is no reference to a secret (file:, env: or credential:)");
    return true;
}

/* `strict`: ours alone. systemd gives its credentials to the service by an access control list,
 * which shows as a mode of the group, so the mode of those says nothing. */
static bool
judge(int fd, const char *path, bool strict, struct cm_err *err)
{
    struct stat st;
    if (fstat(fd, &st) != 0)
        return cm_fail_errno(err, errno, "%s", path);
    if (!S_ISREG(st.st_mode))
        return cm_fail(err, CM_E_CONFIG, "%s: not a regular file", path);
    if (st.st_uid != 0 && st.st_uid != geteuid())
        return cm_fail(err, CM_E_CONFIG, "%s: belongs to user %u; it must be root's or ours", path,
                       (unsigned)st.st_uid);
    if (strict && (st.st_mode & 077) != 0)
        return cm_fail(err, CM_E_CONFIG,
                       "%s: others than its owner have rights to it; mend it with: chmod 600 '%s'",
                       path, path);
    return true;
}

static bool
read_file(const char *path, bool strict, struct cm_buf *to, struct cm_err *err)
{
    /* O_NONBLOCK: a pipe must not hold us up before it is refused */
    CM_CLEANUP(cm_fd_done) int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    if (fd < 0)
        return cm_fail(err, CM_E_CONFIG, "%s: %s", path, strerrordesc_np(errno));
    return judge(fd, path, strict, err) && cm_fd_read_all(fd, path, to, err);
}

static bool
read_credential(const char *name, struct cm_buf *to, struct cm_err *err)
{
    const char *folder = getenv("CREDENTIALS_DIRECTORY");
    CM_CLEANUP(cm_buf_done) struct cm_buf path = CM_BUF_INIT(8192);
    if (folder == NULL || folder[0] != '/')
        return cm_fail(err, CM_E_CONFIG,
                       "credential:%s: there is no $CREDENTIALS_DIRECTORY; systemd sets it for a "
                       "service with LoadCredential=%s:...",
                       name, name);
    cm_buf_printf(&path, "%s/%s", folder, name);
    if (path.failed)
        return cm_fail(err, CM_E_LIMIT, "credential:%s: the path is too long", name);
    return read_file(cm_buf_text(&path), false, to, err);
}

static bool
read_variable(const char *name, struct cm_buf *to, struct cm_err *err)
{
    const char *value = getenv(name);
    if (value == NULL)
        return cm_fail(err, CM_E_CONFIG, "env:%s: there is no such variable", name);
    cm_buf_puts(to, value);
    return true;
}

static bool
fetch(const char *reference, struct cm_buf *to, struct cm_err *err)
{
    const char *path = behind(reference, "file:"), *variable = behind(reference, "env:");
    if (path != NULL)
        return read_file(path, true, to, err);
    if (variable != NULL)
        return read_variable(variable, to, err);
    return read_credential(behind(reference, "credential:"), to, err);
}

bool
cm_secret_read(const char *reference, struct cm_buf *ret, struct cm_err *err)
{
    CM_CLEANUP(cm_buf_done)
    struct cm_buf secret = {.most = SECRET_MOST + 1, .secret = true}; /* and its line feed */
    if (!cm_secret_check(reference, err))
        return false;
    struct cm_err why = CM_ERR_INIT;
    if (!fetch(reference, &secret, &why)) /* whatever the system says: the operator can mend it */
        return cm_fail(err, CM_E_CONFIG, "%s", why.text);
    size_t size = secret.size;
    if (size > 0 && secret.at[size - 1] == '\n')
        size--;
    if (secret.failed || size > SECRET_MOST)
        return cm_fail(err, CM_E_CONFIG, "%s: larger than %d bytes", reference, SECRET_MOST);
    if (size == 0)
        return cm_fail(err, CM_E_CONFIG, "%s: is empty", reference);
    if (has_control(secret.at, size))
        return cm_fail(err, CM_E_CONFIG, "%s: holds a control character; one line is wanted",
                       reference);
    ret->secret = true;
    cm_buf_add(ret, secret.at, size);
    return !ret->failed || cm_fail(err, CM_E_LIMIT, "%s: no memory", reference);
}

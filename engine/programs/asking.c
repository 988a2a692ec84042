/* SPDX-License-Identifier: Apache-2.0 */
#include "programs/asking.h"

#include "base/clock.h"
#include "base/fd.h"
#include "base/json.h"

#include <errno.h>
#include <sys/mman.h>

#define PATIENCE (INT64_C(600) * CM_SECOND)

const struct cm_policy *
cm_asking_policy(const struct cm_session *session, const json_t *request)
{
    const struct cm_project *project =
        session->trust != NULL ? cm_trust_project(session->trust, cm_json_text(request, "project"))
                               : NULL;
    const char *slug = cm_json_text(request, "policy");
    return project != NULL && slug != NULL ? cm_project_policy(project, slug) : NULL;
}

void
cm_asking_done(struct cm_asking *asking)
{
    cm_fd_done(&asking->evidence);
}

static bool
to_file(const struct cm_buf *bytes, int *ret, struct cm_err *err)
{
    CM_CLEANUP(cm_fd_done) int fd = memfd_create("evidence", MFD_CLOEXEC);
    if (fd < 0)
        return cm_fail_errno(err, errno, "no place for the evidence");
    if (!cm_fd_write_all(fd, "the evidence", bytes->at, bytes->size, err))
        return false;
    *ret = fd;
    fd = -1;
    return true;
}

bool
cm_asking_begin(const struct cm_session *session, const json_t *request,
                const struct cm_buf *sealed, const char *key, struct cm_asking *ret,
                struct cm_err *err)
{
    int evidence = -1;
    if (!to_file(sealed, &evidence, err))
        return false;
    *ret = (struct cm_asking){
        .ask = {.socket = session->trust->keys_socket,
                .program = session->installation.keys_program,
                .config = cm_session_config(session),
                .state = cm_session_state(session),
                .project = cm_json_text(request, "project"),
                .policy = cm_json_text(request, "policy"),
                .key = key,
                .evidence = evidence,
                .artifact = -1,
                .built = -1,
                .deadline = cm_monotonic_now() + PATIENCE},
        .evidence = evidence,
    };
    return true;
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "programs/gathering.h"

#include "base/clock.h"
#include "base/fd.h"
#include "base/json.h"
#include "base/text.h"
#include "plugin/host.h"
#include "trust/secret.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <unistd.h>

#define NOTICE_MOST   (1u << 20)
#define WRONG_TIMEOUT "--timeout takes a duration like 90s, 10m or 2h"
#define DESCRIPTORS   ((rlim_t)128) /* what a large request has open at once, twice */

/* Signals that end us arrive as a descriptor while we gather, so that everything is put away. One
 * that we were started to ignore (nohup, a shell's background) would arrive there, too. */
static int
signals_open(sigset_t *before)
{
    static const int numbers[] = {SIGINT, SIGTERM, SIGHUP};
    sigset_t set;
    sigemptyset(&set);
    for (size_t i = 0; i < CM_COUNT(numbers); i++) {
        struct sigaction now;
        if (sigaction(numbers[i], NULL, &now) == 0 && now.sa_handler != SIG_IGN)
            sigaddset(&set, numbers[i]);
    }
    if (sigprocmask(SIG_BLOCK, &set, before) != 0)
        return -1;
    return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

/* Which one came; 0: none. */
static int
signals_close(int fd, const sigset_t *before)
{
    struct signalfd_siginfo info;
    int came =
        fd >= 0 && read(fd, &info, sizeof info) == (ssize_t)sizeof info ? (int)info.ssi_signo : 0;
    cm_fd_done(&fd);
    (void)sigprocmask(SIG_SETMASK, before, NULL);
    return came;
}

static bool
open_notice(const char *path, struct cm_buf *body, struct cm_err *err)
{
    if (strcmp(path, "-") == 0 ? cm_fd_read_all(STDIN_FILENO, "standard input", body, err)
                               : cm_file_read(path, body, err))
        return true;
    err->class = CM_E_NOT_FOUND; /* the wrong file, whatever is wrong with it */
    return false;
}

static bool
read_names(struct cm_session *session, const struct cm_admitted *admitted,
           const struct cm_buf *body, json_t *names, struct cm_err *err)
{
    struct cm_plugin_host *host = NULL;
    CM_CLEANUP(cm_json_done) json_t *evidence = json_object();
    const struct cm_host_settings settings = {
        .plugin = admitted->plugin,
        .options = json_object_get(admitted->effective, "options"),
        .evidence = evidence,
        .log = session->log,
    };
    bool done = cm_host_new(&settings, &host, err) &&
                cm_host_read_names(host, body->at, body->size, names, err);
    cm_host_free(host);
    return done;
}

/* --notice: the connector reads the names out of it. They are what the submission may lack until
 * then, so without any it is admitted to find the connector. 0, or the exit status. */
static int
read_notice(struct cm_session *session, const struct cm_submission *submission, json_t *names)
{
    struct cm_err err = CM_ERR_INIT;
    const char *path = cm_said(session->said, "notice");
    struct cm_submission nameless = *submission;
    CM_CLEANUP(cm_buf_done) struct cm_buf body = CM_BUF_INIT(NOTICE_MOST);
    CM_CLEANUP(cm_admitted_done) struct cm_admitted admitted = {0};
    CM_CLEANUP(cm_complaints_done) struct cm_complaints complaints = {0};
    nameless.names = NULL;
    if (path == NULL)
        return 0;
    if (open_notice(path, &body, &err)) {
        if (!cm_admit(session->trust, session->plugins, &nameless, &admitted, &complaints, &err))
            return cm_session_not_admitted(session, &complaints, &err);
        if (read_names(session, &admitted, &body, names, &err))
            return 0;
    }
    (void)cm_context(&err, "--notice");
    return cm_session_failed(session, &err);
}

static int64_t
timeout_of(const struct cm_session *session)
{
    const char *said = cm_said(session->said, "timeout");
    int64_t ns = 0;
    return cm_parse_duration(said != NULL ? said : CM_DEFAULT_TIMEOUT, &ns) && ns > 0 ? ns : -1;
}

/* Connections, packs, artifacts and the helper's pipes: said before anything is asked, not found in
 * the middle as a file that cannot be read. */
static bool
can_open_files(struct cm_err *err)
{
    struct rlimit now;
    if (getrlimit(RLIMIT_NOFILE, &now) != 0)
        return cm_fail_errno(err, errno, "the limit on descriptors cannot be read");
    if (now.rlim_max < DESCRIPTORS)
        return cm_fail(err, CM_E_LIMIT,
                       "only %llu files may be open at once, and %llu are needed (raise the limit "
                       "with ulimit -Hn, or LimitNOFILE of the service)",
                       (unsigned long long)now.rlim_max, (unsigned long long)DESCRIPTORS);
    if (now.rlim_cur >= DESCRIPTORS)
        return true;
    now.rlim_cur = DESCRIPTORS;
    return setrlimit(RLIMIT_NOFILE, &now) == 0 ||
           cm_fail_errno(err, errno, "the limit on descriptors cannot be raised");
}

/* Without it nothing that is asked for can be looked at: said before anything is asked, not found
 * in six answers. */
static bool
can_keep_files(struct cm_err *err)
{
    CM_CLEANUP(cm_fd_done) int fd = -1;
    return cm_file_unlinked(NULL, &fd, err) ||
           cm_context(err, "set TMPDIR to a folder with room for artifact and packs");
}

/* The submitted file, if there is one: `dry`, looked at; else as a copy of our own. 0, or the exit
 * status. */
static int
stage(struct cm_session *session, bool dry, struct cm_staged *ret)
{
    struct cm_err err = CM_ERR_INIT;
    const char *path = session->said->rest_count > 0 ? session->said->rest[0] : NULL;
    if (path != NULL && *path == '\0')
        return cm_session_usage(session, "the name of the artifact is empty");
    if (!can_keep_files(&err)) {
        (void)cm_session_failed(session, &err);
        return CM_EXIT_OUTPUT;
    }
    if (path == NULL || (dry ? cm_may_stage(path, &err) : cm_stage(path, NULL, ret, &err)))
        return 0;
    (void)cm_session_failed(session, &err);
    return err.class == CM_E_TRANSIENT ? CM_EXIT_OUTPUT : CM_EXIT_USAGE;
}

/* A secret that cannot be read is said before anything is asked, not found in fourteen answers. */
static bool
secrets_are_there(json_t *secrets, const struct cm_proxy *proxy, struct cm_err *err)
{
    const char *option;
    json_t *reference;
    json_object_foreach(secrets, option, reference)
    {
        CM_CLEANUP(cm_buf_done) struct cm_buf secret = CM_BUF_INIT(1 << 14);
        if (!cm_secret_read(json_string_value(reference), &secret, err)) {
            err->class = CM_E_CONFIG;
            return cm_context(err, "the secret of option '%s'", option);
        }
    }
    CM_CLEANUP(cm_buf_done) struct cm_buf password = CM_BUF_INIT(1 << 14);
    return proxy == NULL || proxy->password == NULL ||
           cm_secret_read(proxy->password, &password, err) ||
           cm_context(err, "the password of `proxy`");
}

/* ---- all that is known before anything is asked ---- */

void
cm_prepared_done(struct cm_prepared *prepared)
{
    cm_admitted_done(&prepared->admitted);
    cm_node_proof_done(&prepared->proof);
    cm_staged_done(&prepared->file);
}

static int
admit(struct cm_session *session, struct cm_prepared *prepared)
{
    struct cm_err err = CM_ERR_INIT;
    struct cm_admitted *admitted = &prepared->admitted;
    CM_CLEANUP(cm_complaints_done) struct cm_complaints complaints = {0};
    if (!cm_admit(session->trust, session->plugins, &prepared->submission, admitted, &complaints,
                  &err))
        return cm_session_not_admitted(session, &complaints, &err);
    bool sound = cm_check_policy(session->trust, session->plugins, session->log, admitted->project,
                                 admitted->policy, &complaints);
    if (admitted->artifact != NULL)
        sound = cm_check_artifact(session->trust, session->plugins, session->log,
                                  admitted->artifact, &complaints) &&
                sound;
    if (!sound)
        return cm_session_complain_of_words(session, &complaints);
    return secrets_are_there(admitted->secrets, session->trust->proxy, &err)
               ? 0
               : cm_session_failed(session, &err);
}

int
cm_prepare(struct cm_session *session, bool dry, struct cm_prepared *ret)
{
    int status;
    struct cm_err err = CM_ERR_INIT;
    int64_t timeout = timeout_of(session);
    ret->file.fd = -1;
    if (timeout < 0)
        return cm_session_usage(session, WRONG_TIMEOUT);
    ret->deadline = cm_monotonic_now() + timeout;
    if (!can_open_files(&err))
        return cm_session_failed(session, &err);
    if ((status = stage(session, dry, &ret->file)) != 0)
        return status;
    ret->submission = (struct cm_submission){
        .project = cm_said(session->said, "project"),
        .policy = cm_said(session->said, "policy"),
        .system = cm_said(session->said, "system"),
        .artifact = cm_said(session->said, "artifact-configuration"),
        .wants_artifact = cm_said(session->said, "output") != NULL,
        .submitter = cm_session_submitter(session),
        .names = session->said->names,
        .file = ret->file.fd >= 0 ? &ret->file : NULL,
    };
    if ((status = read_notice(session, &ret->submission, session->said->names)) != 0)
        return status;
    if ((status = admit(session, ret)) != 0)
        return status;
    return cm_node_proof_read(session, &ret->admitted, &ret->proof);
}

/* ---- asking ---- */

/* Beside the evidence key. Arena of the installation; NULL: none is kept, or there is no place. */
static const char *
mirrors_of(const struct cm_session *session)
{
    const char *state = session->trust->mirrors > 0 ? cm_session_state(session) : NULL;
    return state != NULL ? cm_arena_printf(session->installation.arena, "%s/mirrors", state) : NULL;
}

static int
gather(struct cm_session *session, const struct cm_admitted *admitted,
       const struct cm_submission *submission, int64_t deadline, enum cm_errand errand,
       struct cm_gathered *ret)
{
    struct cm_err err = CM_ERR_INIT;
    sigset_t before;
    const struct cm_gather_settings settings = {
        .installation = &session->installation,
        .log = session->log,
        .deadline = deadline,
        .cancel_fd = signals_open(&before),
        .errand = errand,
        .mirrors = mirrors_of(session),
        .mirrors_most = session->trust->mirrors,
    };
    bool done = cm_gather(admitted, submission, &settings, ret, &err);
    int signal_came = signals_close(settings.cancel_fd, &before);
    if (signal_came != 0) {
        cm_log(session->log, CM_LOG_ERROR, "interrupted: nothing was written");
        return CM_EXIT_SIGNAL + signal_came;
    }
    return done ? 0 : cm_session_failed(session, &err);
}

int
cm_gathering(struct cm_session *session, enum cm_errand errand, struct cm_gathered *ret)
{
    struct cm_err err = CM_ERR_INIT;
    CM_CLEANUP(cm_delivery_done) struct cm_delivery delivery = {.content = NULL};
    CM_CLEANUP(cm_prepared_done) struct cm_prepared prepared = {.file.fd = -1};
    int status = cm_prepare(session, false, &prepared);
    if (status != 0)
        return status;
    if (prepared.proof.chain != NULL) {
        if (!cm_node_proof_use(session, &prepared.proof, &delivery, &err))
            return cm_session_failed(session, &err);
        prepared.submission.delivery = &delivery;
    }
    return gather(session, &prepared.admitted, &prepared.submission, prepared.deadline, errand,
                  ret);
}

int
cm_gathering_about_system(struct cm_session *session, const struct cm_admitted *admitted,
                          enum cm_errand errand, struct cm_gathered *ret)
{
    struct cm_err err = CM_ERR_INIT;
    int64_t timeout = timeout_of(session);
    if (timeout < 0)
        return cm_session_usage(session, WRONG_TIMEOUT);
    if (!can_open_files(&err) || !secrets_are_there(admitted->secrets, session->trust->proxy, &err))
        return cm_session_failed(session, &err);
    return gather(session, admitted, NULL, cm_monotonic_now() + timeout, errand, ret);
}

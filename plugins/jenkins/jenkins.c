/* SPDX-License-Identifier: Apache-2.0
 *
 * The plug-in: its options, its checks, its hooks.
 */
#include "jenkins.h"

#include <string.h>

/* ---- options ---- */

static const struct cmk_option options[] = {
    {.name = "url",
     .type = CMK_URL,
     .of = CMK_OF_SYSTEM,
     .flags = CMK_REQUIRED,
     .help = "address of the controller"},
    {.name = "identity",
     .type = CMK_TEXT,
     .of = CMK_OF_SYSTEM,
     .help = "what its X-Instance-Identity says; compared, and no proof"},
    {.name = "job",
     .type = CMK_TEXT,
     .of = CMK_OF_LINK,
     .flags = CMK_REQUIRED,
     .help = "full name of the job, or of the multibranch project: \"folder/name\""},
    {.name = "user",
     .type = CMK_TEXT,
     .of = CMK_OF_LINK,
     .flags = CMK_REQUIRED,
     .help = "name of the user whose token it is"},
    {.name = "api_token", .type = CMK_SECRET, .of = CMK_OF_LINK, .help = "API token of that user"},
    {.name = "script_path",
     .type = CMK_TEXT,
     .of = CMK_OF_LINK,
     .otherwise = "Jenkinsfile",
     .help = "path of the pipeline's script in the repository"},
    {.name = "artifact",
     .type = CMK_TEXT,
     .of = CMK_OF_LINK,
     .otherwise = "**.nupkg",
     .help = "pattern of the archived file; * stays within a folder, ** does not"},
    {.name = "sidecar",
     .type = CMK_CHOICE,
     .of = CMK_OF_LINK,
     .otherwise = "if-archived",
     .words = "if-archived|always|enough",
     .help = "ARTIFACT.sha256 is compared if it is archived; has to be; or is enough by itself"},
    {.name = "causes",
     .type = CMK_TEXT | CMK_LIST,
     .of = CMK_OF_POLICY,
     .help = "classes of causes that may start a build, in place of those of a commit"},
    {.name = "parameters",
     .type = CMK_TEXT | CMK_LIST,
     .of = CMK_OF_POLICY,
     .help = "names of parameters that a build may be given"},
    {.name = "libraries",
     .type = CMK_TEXT | CMK_LIST,
     .of = CMK_OF_POLICY,
     .help = "addresses of other repositories that a build may check out"},
    {.name = "nodes",
     .type = CMK_TEXT | CMK_LIST,
     .of = CMK_OF_POLICY,
     .help = "names of nodes that may build; \"built-in\" is the controller itself"},
    {.name = "build",
     .type = CMK_TEXT,
     .of = CMK_OF_SUBMISSION,
     .help = "number of the build, or the address of its page"},
    {.name = "branch",
     .type = CMK_TEXT,
     .of = CMK_OF_SUBMISSION,
     .help = "branch that was built, if the job is a multibranch project"},
    {.name = "wait",
     .type = CMK_DURATION,
     .of = CMK_OF_SUBMISSION,
     .otherwise = "0s",
     .most = INT64_C(24) * 3600 * 1000000000,
     .help = "how long to wait for the end of an unfinished build"},
    {.name = NULL},
};

/* ---- checks ---- */

static const struct cmk_check checks[] = {
    {.id = "instance",
     .question = "Is it the controller that was asked before?",
     .expected = "Jenkins, with the system's `identity` if one is named",
     .remedy = "Find out whether the controller was set up anew; only then correct the system's "
               "`identity`. The proof is its certificate: pin that with `ca` or `spki`.",
     .ask = jk_instance},
    {.id = "job-exact",
     .question = "Is it that build of the job that is linked?",
     .expected = "the job's full name and the number that was submitted",
     .remedy = "Write the link's `job` exactly as Jenkins does, upper and lower case too, and "
               "submit a build of that job.",
     .flags = CMK_BINDING | CMK_GATE,
     .ask = jk_job_exact},
    {.id = "build-finished",
     .question = "Did the build end, and end well?",
     .expected = "SUCCESS",
     .remedy = "Wait for its end (--wait DURATION), or submit a build that succeeded.",
     .ask = jk_build_finished},
    {.id = "cause-allowed",
     .question = "Was the build started by something that the policy allows?",
     .expected = "a commit, or the policy's `causes`; no replay, rebuild or restart",
     .remedy = "Start a new build by a commit; never by Replay, Rebuild or Restart from Stage. If "
               "other causes are right for you, name their classes in the policy's `causes`.",
     .ask = jk_cause_allowed},
    {.id = "not-pull-request",
     .question = "Is it a build of the repository's own branch or tag?",
     .expected = "no pull request",
     .remedy = "Merge the pull request and submit the build of the branch.",
     .ask = jk_not_pull_request},
    {.id = "pipeline-from-scm",
     .question = "Does the pipeline come from the repository?",
     .expected = "a pipeline script from SCM, at the link's `script_path`",
     .remedy = "Make it a multibranch pipeline, or choose Pipeline script from SCM, with a script "
               "path and a branch without variables; build anew.",
     .ask = jk_pipeline_from_scm},
    {.id = "script-revision",
     .question = "Was the pipeline read at the commit that was built?",
     .expected = "the same commit",
     .remedy = "Build with a multibranch project and `checkout scm`, or switch off Lightweight "
               "checkout; build anew.",
     .ask = jk_script_revision},
    {.id = "config-at-build",
     .question = "Was the job configured like this when the build was scheduled?",
     .expected = "no change of the configuration since then",
     .remedy = "Build anew, and leave the job's configuration alone until it has been submitted.",
     .ask = jk_config_at_build},
    {.id = "config-stable",
     .question = "Did the job's configuration stay the same while we looked?",
     .expected = "the same before and after the download",
     .remedy = "Submit again when nobody works on the job's configuration.",
     .ask = jk_config_stable},
    {.id = "revision-unambiguous",
     .question = "Do all checkouts of the repository have one commit?",
     .expected = "one commit, chosen and built",
     .remedy = "Check the repository out once, or each time at the same commit (`checkout scm`), "
               "and do not merge before the build; build anew.",
     .ask = jk_revision_unambiguous},
    {.id = "parameters-declared",
     .question = "Are the build's parameters known to the policy?",
     .expected = "none, or those of the policy's `parameters`",
     .remedy = "Build without the parameter, or name it in the policy's `parameters`.",
     .ask = jk_parameters_declared},
    {.id = "libraries-declared",
     .question = "Are other repositories that were checked out known to the policy?",
     .expected = "none, or those of the policy's `libraries`",
     .remedy = "Do not use the shared library, or name its repository in the policy's `libraries`. "
               "Jenkins does not tell which checkout is of a library: where all are checked out "
               "in every build, say so with the link's `assume`.",
     .ask = jk_libraries_declared},
    {.id = "node-allowed",
     .question = "Was it built where the policy allows it?",
     .expected = "not on the controller itself, or on one of the policy's `nodes`",
     .remedy = "Build on another node, or name it in the policy's `nodes`. Where Jenkins does not "
               "tell (it does not, for pipelines), make this check optional in the policy.",
     .ask = jk_node_allowed},
    {.id = "artifact-archived",
     .question = "Is the artifact what the build archived?",
     .expected = "one archived file, with the digest beside it if there is one; or that alone, if "
                 "the link's `sidecar` says so",
     .remedy = "Archive the file (archiveArtifacts), and submit it as it was archived. A digest "
               "beside it that differs says that one of both was exchanged.",
     .flags = CMK_BINDING,
     .ask = jk_artifact_archived},
    {.id = "artifact-fingerprint",
     .question = "Did Jenkins see the artifact in this build first?",
     .expected = "a fingerprint of this build",
     .remedy = "Archive with `fingerprint: true`, and build anew; a file of an earlier build has "
               "that build's fingerprint.",
     .ask = jk_artifact_fingerprint},
    {.id = "stable",
     .question = "Did what Jenkins says about the build stay the same while we looked?",
     .expected = "the same before and after the download",
     .remedy = "Submit again when nobody works on the build.",
     .ask = jk_stable},
    {.id = NULL},
};

/* ---- the examination: no build is meant ---- */

#define SMALLER_USER                                                                               \
    "Make a user of its own that may read the job and its configuration (Overall/Read, Job/Read, " \
    "Job/ExtendedRead) and nothing else, and put its token in the place of this one."

static const struct cmk_check examination[] = {
    {.id = "key-valid",
     .question = "Does Jenkins accept the token?",
     .expected = "the link's user",
     .remedy = "See that `user` is right, make a new token on that user's page (Security), and put "
               "it where the link's `api_token` says.",
     .ask = jk_key_valid},
    {.id = "key-reads-job",
     .question = "Can the user see the linked job?",
     .expected = "the link's job, by its full name",
     .remedy = "See that the link's `job` is right, and give the user Job/Read on it.",
     .ask = jk_key_reads_job},
    {.id = "key-reads-config",
     .question = "Can the user read the job's configuration?",
     .expected = "the configuration, which verify needs",
     .remedy = "Give the user Job/ExtendedRead (the plug-in Extended Read Permission).",
     .ask = jk_key_reads_config},
    {.id = "key-not-admin",
     .question = "Is the user no administrator?",
     .expected = "Jenkins refuses the pages of administrators",
     .remedy = SMALLER_USER,
     .ask = jk_key_not_admin},
    {.id = "key-no-credentials",
     .question = "Are credentials of the controller hidden from the user?",
     .expected = "Jenkins refuses to list them",
     .remedy = SMALLER_USER,
     .ask = jk_key_no_credentials},
    {.id = NULL},
};

/* ---- the connector ---- */

static bool
is_full_name(struct cmk_call *c, const char *name)
{
    const char *parts[JK_MOST_PARTS] = {NULL};
    uint32_t count = jk_split(c, name, '/', parts, JK_MOST_PARTS);
    for (uint32_t i = 0; i < count && i < JK_MOST_PARTS; i++)
        if (*parts[i] == '\0' || jk_same(parts[i], ".") || jk_same(parts[i], ".."))
            return false;
    return count > 0 && count < JK_MOST_PARTS && jk_is_plain(name);
}

static int32_t
configure(struct cmk_call *c)
{
    const char *job = cmk_text(c, c->options, "job"), *user = cmk_text(c, c->options, "user");
    const struct cmk_value *libraries = cmk_get(c, c->options, "libraries");
    uint64_t count = c->json->count(c, libraries);
    if (job != NULL && !is_full_name(c, job))
        cmk_fail(c, CMK_E_CONFIG, "job: '%s' is not a full name like folder/name", job);
    if (user != NULL && (*user == '\0' || strchr(user, ':') != NULL || !jk_is_plain(user)))
        cmk_fail(c, CMK_E_CONFIG, "user: '%s' is not the name of a user", user);
    for (uint64_t i = 0; i < count; i++) {
        const char *library = c->json->text(c, c->json->at(c, libraries, i));
        if (jk_remote(c, library) == NULL)
            cmk_fail(c, CMK_E_CONFIG, "libraries: '%s' is not the address of a repository",
                     library != NULL ? library : "");
    }
    return c->base->status(c);
}

static const char *const assumptions[] = {"config-unchanged", "libraries-checked-out", NULL};

static const struct cmk_connector connector = {
    .size = sizeof connector,
    .assumptions = assumptions,
    .configure = configure,
    .read_names = jk_read_names,
    .authenticate = jk_authenticate,
    .collect_origin = jk_collect_origin,
    .state_origin = jk_state_origin,
    .verify = checks,
    .examine = jk_examine,
    .examination = examination,
    .start = jk_start,
};

CMK_PLUGIN(jenkins, .version = "1.0", .summary = "builds of Jenkins", .options = options,
           .connector = &connector)

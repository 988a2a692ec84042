/* SPDX-License-Identifier: Apache-2.0
 *
 * The plug-in: its options, its checks, its hooks.
 */
#include "appveyor.h"

/* ---- options ---- */

static const struct cmk_option options[] = {
    {.name = "url",
     .type = CMK_URL,
     .of = CMK_OF_SYSTEM,
     .otherwise = "https://ci.appveyor.com",
     .help = "address of AppVeyor, or of your AppVeyor Server"},
    {.name = "repository_bases",
     .type = CMK_TEXT | CMK_LIST,
     .of = CMK_OF_SYSTEM,
     .help = "where self-hosted repositories are: \"gitHubEnterprise=https://ghe.example\""},
    {.name = "account",
     .type = CMK_TEXT,
     .of = CMK_OF_LINK,
     .flags = CMK_REQUIRED,
     .help = "name of the account"},
    {.name = "account_id",
     .type = CMK_TEXT,
     .of = CMK_OF_LINK,
     .help = "id of the account; without it nothing is known for sure"},
    {.name = "project",
     .type = CMK_TEXT,
     .of = CMK_OF_LINK,
     .flags = CMK_REQUIRED,
     .help = "slug of the project, as in the address of its page",
     .said_as = "slug"},
    {.name = "project_id",
     .type = CMK_TEXT,
     .of = CMK_OF_LINK,
     .help = "id of the project, which it keeps when it is renamed"},
    {.name = "api_key", .type = CMK_SECRET, .of = CMK_OF_LINK, .help = "API key, v1 or v2"},
    {.name = "artifact",
     .type = CMK_TEXT,
     .of = CMK_OF_LINK,
     .otherwise = "*.nupkg",
     .help = "pattern of the artifact's file name; * stays within a folder, ** does not"},
    {.name = "artifacts",
     .type = CMK_CHOICE,
     .of = CMK_OF_LINK,
     .otherwise = "one",
     .words = "one|each",
     .help = "whether one artifact must match, or each that does is taken"},
    {.name = "variables",
     .type = CMK_TEXT | CMK_LIST,
     .of = CMK_OF_POLICY,
     .help = "names of variables that may be set on AppVeyor's pages"},
    {.name = "images",
     .type = CMK_TEXT | CMK_LIST,
     .of = CMK_OF_POLICY,
     .help = "names of worker images that may be set on AppVeyor's pages"},
    {.name = "build_clouds",
     .type = CMK_TEXT | CMK_LIST,
     .of = CMK_OF_POLICY,
     .help = "names of build clouds that may be set on AppVeyor's pages"},
    {.name = "package_sources",
     .type = CMK_CHOICE | CMK_LIST,
     .of = CMK_OF_POLICY,
     .words = "project|account",
     .help = "whose NuGet feed builds may take packages from"},
    {.name = "build",
     .type = CMK_TEXT,
     .of = CMK_OF_SUBMISSION,
     .help = "id of the build, or the address of its page"},
    {.name = "job",
     .type = CMK_TEXT,
     .of = CMK_OF_SUBMISSION,
     .help = "id of the job that made the artifact, if the build has several"},
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
    {.id = "project-linked",
     .question = "Is it the project that is linked?",
     .expected = "the project and account of the link, by their ids",
     .remedy = "Give the link account_id and project_id (what was observed tells the lines), and "
               "submit a build of that project.",
     .flags = CMK_BINDING | CMK_GATE,
     .ask = av_project_linked},
    {.id = "project-public",
     .question = "Can everybody see the project at AppVeyor?",
     .expected = "a public project",
     .remedy = "Make the project public (a project of a public repository is, unless Settings > "
               "General says otherwise), or make this check optional in the policy.",
     .ask = av_project_public},
    {.id = "build-succeeded",
     .question = "Did the build end well?",
     .expected = "success",
     .remedy = "Wait for its end (--wait DURATION), or submit a build that succeeded.",
     .ask = av_build_succeeded},
    {.id = "job-succeeded",
     .question = "Did the very job end well that made the artifact?",
     .expected = "success",
     .remedy = "Submit a build whose job succeeded; if it has several jobs, name the one that made "
               "the artifact: --job ID.",
     .ask = av_job_succeeded},
    {.id = "job-not-optional",
     .question = "Would the build have failed with that job?",
     .expected = "a job that may not fail",
     .remedy = "Take the job out of matrix: allow_failures, and build anew.",
     .ask = av_job_not_optional},
    {.id = "not-pull-request",
     .question = "Is it a build of the repository's own branch or tag?",
     .expected = "no pull request",
     .remedy = "Merge the pull request and submit the build of the branch.",
     .ask = av_not_pull_request},
    {.id = "scripts-off",
     .question = "Are all scripts on AppVeyor's pages off?",
     .expected = "build, tests and deployment off, no scripts",
     .remedy = "Settings > Build, Tests, Deployment: switch each to Off, and empty every script, "
               "also those of Settings > Environment; move them to appveyor.yml; build anew.",
     .ask = av_scripts_off},
    {.id = "cache-empty",
     .question = "Was the build without a cache?",
     .expected = "no cache, neither in the settings nor in the committed file",
     .remedy = "Remove all of Settings > Environment > Cached directories and files and each key "
               "`cache` from appveyor.yml; build anew.",
     .ask = av_cache_empty},
    {.id = "config-in-root",
     .question = "Is the build defined by one file in the root of the repository?",
     .expected = "appveyor.yml or .appveyor.yml at that commit",
     .remedy = "Commit one of the two with exactly that name; clear Settings > General > Custom "
               "configuration .yml file name, and do not ignore the file; build anew.",
     .ask = av_config_in_root},
    {.id = "settings-unmodified",
     .question = "Are the settings older than the build and all its jobs?",
     .expected = "changed before the build was created",
     .remedy = "Start a new build, and leave the settings alone until it has been submitted.",
     .ask = av_settings_unmodified},
    {.id = "sources-unpatched",
     .question = "Were the sources built as they were committed?",
     .expected = "no patching, no hosts, no clone scripts, cloned by git",
     .remedy = "Settings > General and Environment: switch off patching of AssemblyInfo and "
               ".csproj files and shallow clone, and remove hosts entries and clone scripts; "
               "build anew.",
     .ask = av_sources_unpatched},
    {.id = "environment-declared",
     .question = "Are the variables on AppVeyor's pages known to the policy?",
     .expected = "none, or those of the policy's `variables`",
     .remedy = "Remove the variable from Settings > Environment (and build anew), or name it in "
               "the policy's `variables`.",
     .ask = av_environment_declared},
    {.id = "worker-declared",
     .question = "Are image and build cloud on AppVeyor's pages known to the policy?",
     .expected = "none, or those of the policy's `images` and `build_clouds`",
     .remedy = "Say `image` in appveyor.yml and clear it in Settings > Environment (and build "
               "anew), or name it in the policy's `images` or `build_clouds`.",
     .ask = av_worker_declared},
    {.id = "package-sources-declared",
     .question = "Are AppVeyor's own package feeds off, or known to the policy?",
     .expected = "none, or those of the policy's `package_sources`",
     .remedy = "Settings > NuGet: switch off both feeds as package sources (and build anew), or "
               "name \"project\" or \"account\" in the policy's `package_sources`.",
     .ask = av_package_sources_declared},
    {.id = "account-declared",
     .question = "Does somebody vouch for what AppVeyor does not tell?",
     .expected = "no Global YAML, and no variables given when the build was started",
     .remedy = "Say assume = [ \"no-global-yaml\", \"no-start-variables\" ] with a reason in the "
               "link, if that is so.",
     .ask = av_account_declared},
    {.id = "repository-supported",
     .question = "Is the repository of a kind whose files AppVeyor reads itself?",
     .expected = "a git repository at a host that AppVeyor knows",
     .remedy = "Connect the project to GitHub, Bitbucket, GitLab, Azure DevOps, Gitea or Kiln "
               "rather than to a bare address; for a self-hosted one, name its server in the "
               "system's `repository_bases`.",
     .ask = av_repository_supported},
    {.id = "artifact-from-job",
     .question = "Is the artifact the one that the job made?",
     .expected = "an artifact of the job, as it was listed",
     .remedy = "Submit the file as AppVeyor serves it, unchanged, with the build and job that "
               "made it.",
     .flags = CMK_BINDING,
     .ask = av_artifact_from_job},
    {.id = "artifact-in-job-time",
     .question = "Was the artifact made while the job ran, and only once?",
     .expected = "between the job's start and end, listed once",
     .remedy = "Build anew; something was added to the job's artifacts from outside, or the job "
               "uploads the same name twice.",
     .ask = av_artifact_in_job_time},
    {.id = "commit-corroborated",
     .question = "Does the job's log show the very commit that AppVeyor names?",
     .expected = "each checkout in the log names the build's commit",
     .remedy = "Build anew without changing the build's commit from its script, and without "
               "printing or running another `git checkout -qf`.",
     .ask = av_commit_corroborated},
    {.id = "stable",
     .question = "Did nothing change while the artifact was fetched?",
     .expected = "build and settings are as they were before the download",
     .remedy = "Submit again when nobody works on the project's settings or runs its jobs again.",
     .ask = av_stable},
    {.id = NULL},
};

/* ---- the examination: no build is meant ---- */

#define SMALLER_KEY                                                                                \
    "Under Team, make a role without permissions and a user of that role; in the permissions of "  \
    "each other project deny this role View; as that user make a key of version 1, and put it in " \
    "the place of this one."

static const struct cmk_check examination[] = {
    {.id = "key-valid",
     .question = "Does AppVeyor accept the key?",
     .expected = "an answer that only a key gets",
     .remedy =
         "Make a new key under Account > API Keys, see that Account > Security allows keys of "
         "its version, and put it where the link's `api_key` says.",
     .ask = av_key_valid},
    {.id = "key-reads-project",
     .question = "Can the key read the linked project?",
     .expected = "the project's settings, which verify needs",
     .remedy = "See that account and project of the link are right, that the key is of that "
               "account, and that its user's role may see the project and its settings.",
     .ask = av_key_reads_project},
    {.id = "ids-linked",
     .question = "Does the link name the project that the key sees?",
     .expected = "the project and account of the link, by their ids",
     .remedy = "Give the link account_id and project_id (what was observed tells the lines), if it "
               "is your project.",
     .ask = av_ids_linked},
    {.id = "key-one-account",
     .question = "Is the key of the linked account, and of no other?",
     .expected = "a key of version 1, of the linked account",
     .remedy = "Make a key of version 1 in the linked account; one of version 2 works in every "
               "account of its user.",
     .ask = av_key_one_account},
    {.id = "key-one-project",
     .question = "Does the key see no other project?",
     .expected = "the linked project and no other",
     .remedy = SMALLER_KEY,
     .ask = av_key_one_project},
    {.id = "key-no-team",
     .question = "Are users and roles of the account hidden from the key?",
     .expected = "AppVeyor refuses to list them",
     .remedy = SMALLER_KEY,
     .ask = av_key_no_team},
    {.id = "key-no-environments",
     .question = "Are deployment environments hidden from the key?",
     .expected = "AppVeyor lists none",
     .remedy = SMALLER_KEY,
     .ask = av_key_no_environments},
    {.id = "key-read-only",
     .question = "Can the key change nothing?",
     .expected = "a key whose role may see the project and nothing else",
     .remedy = "See under Team > Roles that the role of the key's user has none of the rights to "
               "run builds, to change or delete projects and environments, or to manage the "
               "account, and that the project's own permissions give it none.",
     .flags = CMK_ADVICE,
     .ask = av_key_read_only},
    {.id = NULL},
};

/* ---- the connector ---- */

static int32_t
configure(struct cmk_call *c)
{
    const char *account = cmk_text(c, c->options, "account_id");
    const char *project = cmk_text(c, c->options, "project_id");
    av_check_repository_bases(c);
    if (account != NULL && !av_is_digits(account))
        cmk_fail(c, CMK_E_CONFIG, "account_id: '%s' is not a number", account);
    if (project != NULL && !av_is_digits(project))
        cmk_fail(c, CMK_E_CONFIG, "project_id: '%s' is not a number", project);
    return c->base->status(c);
}

static const char *const assumptions[] = {"no-global-yaml", "no-start-variables", NULL};

static const struct cmk_connector connector = {
    .size = sizeof connector,
    .flags = CMK_PREDEFINED,
    .assumptions = assumptions,
    .configure = configure,
    .read_names = av_read_names,
    .authenticate = av_authenticate,
    .collect_origin = av_collect_origin,
    .state_origin = av_state_origin,
    .verify = checks,
    .examine = av_examine,
    .examination = examination,
    .start = av_start,
};

CMK_PLUGIN(appveyor, .version = "1.0", .summary = "builds of AppVeyor and AppVeyor Server",
           .options = options, .connector = &connector)

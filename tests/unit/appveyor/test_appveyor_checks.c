/* SPDX-License-Identifier: Apache-2.0
 *
 * Checks on project, build, source and artifact, table by table.
 */
#include "rows.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

/* ---- the honest build ---- */

static void
honest_build_passes(void **state)
{
    (void)state;
    size_t count = 0;
    for (const struct cmk_check *check = cmk_plugin_appveyor.connector->verify; check->id != NULL;
         check++, count++) {
        const struct row row = {check->id, "honest", NULL, NULL, CMK_PASS};
        rows_run(&row, 1);
        assert_non_null(check->question);
        assert_non_null(check->expected);
        assert_non_null(check->remedy);
    }
    assert_int_equal(count, 20);
}

/* ---- project and account ---- */

static const struct row project_rows[] = {
    {"project-linked", "no ids", OPTION "project_id", REMOVED, CMK_UNKNOWN},
    {"project-linked", "no account id", OPTION "account_id", REMOVED, CMK_UNKNOWN},
    {"project-linked", "another project", "build:project.projectId", "815231", CMK_FAIL},
    {"project-linked", "another account", "build:project.accountId", "4712", CMK_FAIL},
    {"project-linked", "settings of another", "settings:settings.projectId", "1", CMK_FAIL},
    {"project-linked", "settings' project", "settings:project.projectId", "1", CMK_FAIL},
    {"project-linked", "settings' account", "settings:settings.accountId", "1", CMK_FAIL},
    {"project-linked", "another build", "build:build.buildId", "50260002", CMK_FAIL},
    {"project-linked", "build of another", "build:build.projectId", "9", CMK_FAIL},
    {"project-linked", "build's project 0", "build:build.projectId", "0", CMK_PASS},
    {"project-linked", "not said in build", "build:build.projectId", REMOVED, CMK_PASS},
    {"project-linked", "named by job only", OPTION "build", REMOVED, CMK_PASS},
    {"project-linked", "id not stated", "build:project.projectId", REMOVED, CMK_UNKNOWN},
    {"project-linked", "account not stated", "settings:project.accountId", REMOVED, CMK_UNKNOWN},
    {"project-linked", "build not stated", "build:build.buildId", REMOVED, CMK_UNKNOWN},
    {"project-linked", "withheld", "!build:project.projectId", MARK("number"), CMK_UNKNOWN},
    {"project-linked", "no build", "build:", REFUSED, CMK_UNKNOWN},
    {"project-linked", "no settings", "settings:", NOT_FOUND, CMK_UNKNOWN},

    {"project-public", "private", "build:project.isPrivate", "true", CMK_FAIL},
    {"project-public", "private page", "project:project.isPrivate", "true", CMK_FAIL},
    {"project-public", "no page", "project:", NOT_FOUND, CMK_FAIL},
    {"project-public", "page of another", "project:project.projectId", "1", CMK_FAIL},
    {"project-public", "page of none", "project:project.projectId", REMOVED, CMK_FAIL},
    {"project-public", "page refused", "project:", REFUSED, CMK_UNKNOWN},
    {"project-public", "not stated", "build:project.isPrivate", REMOVED, CMK_UNKNOWN},
    {"project-public", "page silent", "project:project.isPrivate", REMOVED, CMK_UNKNOWN},
    {"project-public", "no build", "build:", UNREACHABLE, CMK_UNKNOWN},
    {"project-public", "withheld", "!project:project.isPrivate", MARK("boolean"), CMK_UNKNOWN},
};

static void
project_and_account(void **state)
{
    (void)state;
    RUN(project_rows);
}

static void
missing_ids_are_given_as_lines_to_paste(void **state)
{
    (void)state;
    const struct row row = {"project-linked", "", OPTION "project_id", REMOVED, CMK_UNKNOWN};
    struct host h;
    row_open(&h, &row);
    json_object_del(h.documents, "build"); /* the lines need no build */
    assert_int_equal(host_ask(&h, "project-linked"), CMK_UNKNOWN);
    assert_non_null(strstr(h.observed, "account_id = \"4711\"; project_id = \"815230\";"));
    host_close(&h);
}

static void
account_needs_both_words(void **state)
{
    (void)state;
    for (unsigned said = 0; said < 4; said++) {
        struct host h;
        host_open(&h);
        if (said & 1)
            json_array_append_new(h.assumed, json_string("no-global-yaml"));
        if (said & 2)
            json_array_append_new(h.assumed, json_string("no-start-variables"));
        assert_int_equal(host_ask(&h, "account-declared"), said == 3 ? CMK_PASS : CMK_UNKNOWN);
        assert_true(h.observed[0] != '\0');
        host_close(&h);
    }
}

/* ---- build and job ---- */

static const struct row build_rows[] = {
    {"build-succeeded", "failed", "build:build.status", "\"failed\"", CMK_FAIL},
    {"build-succeeded", "cancelled", "build:build.status", "\"cancelled\"", CMK_FAIL},
    {"build-succeeded", "running", "build:build.status", "\"running\"", CMK_UNKNOWN},
    {"build-succeeded", "a new word", "build:build.status", "\"Success\"", CMK_UNKNOWN},
    {"build-succeeded", "not stated", "build:build.status", REMOVED, CMK_UNKNOWN},
    {"build-succeeded", "withheld", "!build:build.status", MARK("string"), CMK_UNKNOWN},
    {"build-succeeded", "no build", "build:", REFUSED, CMK_UNKNOWN},

    {"job-succeeded", "failed", BUILD_JOB("status"), "\"failed\"", CMK_FAIL},
    {"job-succeeded", "running", BUILD_JOB("status"), "\"running\"", CMK_UNKNOWN},
    {"job-succeeded", "named", OPTION "job", "\"" JOB "\"", CMK_PASS},
    {"job-succeeded", "another build's", OPTION "job", "\"aaaaaaaaaaaaaaaa\"", CMK_FAIL},
    {"job-succeeded", "two, none named", "build:build.jobs.1", "{\"jobId\": \"b2\"}", CMK_UNKNOWN},
    {"job-succeeded", "none at all", "build:build.jobs", "[]", CMK_UNKNOWN},
    {"job-succeeded", "not stated", BUILD_JOB("status"), REMOVED, CMK_UNKNOWN},
    {"job-succeeded", "withheld", "!build:build.jobs.0.status", MARK("string"), CMK_UNKNOWN},
    {"job-succeeded", "jobs withheld", "!build:build.jobs", COUNTED(1), CMK_UNKNOWN},
    {"job-succeeded", "no build", "build:", REFUSED, CMK_UNKNOWN},

    {"job-not-optional", "may fail", BUILD_JOB("allowFailure"), "true", CMK_FAIL},
    {"job-not-optional", "not stated", BUILD_JOB("allowFailure"), REMOVED, CMK_UNKNOWN},
    {"job-not-optional", "no boolean", BUILD_JOB("allowFailure"), "\"no\"", CMK_UNKNOWN},
    {"job-not-optional", "withheld", "!build:build.jobs.0.allowFailure", MARK("boolean"),
     CMK_UNKNOWN},
    {"job-not-optional", "none chosen", "build:build.jobs", "[]", CMK_UNKNOWN},
    {"job-not-optional", "no build", "build:", REFUSED, CMK_UNKNOWN},

    {"not-pull-request", "one", "build:build.pullRequestId", "\"17\"", CMK_FAIL},
    {"not-pull-request", "as a number", "build:build.pullRequestId", "17", CMK_FAIL},
    {"not-pull-request", "null", "build:build.pullRequestId", "null", CMK_PASS},
    {"not-pull-request", "name only", "build:build.pullRequestName", "\"x\"", CMK_FAIL},
    {"not-pull-request", "head only", "build:build.pullRequestHeadBranch", "\"x\"", CMK_FAIL},
    {"not-pull-request", "another case", "build:build.PullRequestHead", "\"x\"", CMK_FAIL},
    {"not-pull-request", "withheld", "!build:build.pullRequestId", MARK("string"), CMK_UNKNOWN},
    {"not-pull-request", "empty answer", "build:build", REMOVED, CMK_UNKNOWN},
    {"not-pull-request", "no build", "build:", REFUSED, CMK_UNKNOWN},
};

static void
build_and_job(void **state)
{
    (void)state;
    RUN(build_rows);
}

/* ---- source ---- */

#define YML     "appveyor-yml:"
#define DOT_YML "dot-appveyor-yml:"

static const struct row source_rows[] = {
    {"cache-empty", "in the settings", CONF "cacheEntries", "[{\"value\": \"packages\"}]",
     CMK_FAIL},
    {"cache-empty", "in another case", CONF "CacheEntries", "[1]", CMK_FAIL},
    {"cache-empty", "in the file", YML, "\"build: off\\ncache:\\n- packages\\n\"", CMK_FAIL},
    {"cache-empty", "in a dotted file", DOT_YML, "\"cache: x\\n\"", CMK_FAIL},
    {"cache-empty", "odd file", YML, "\"a: &x 1\\n\"", CMK_UNKNOWN},
    {"cache-empty", "broken file", YML, "\"a: [\\n\"", CMK_UNKNOWN},
    {"cache-empty", "no file", YML, NOT_FOUND, CMK_PASS},
    {"cache-empty", "file unreadable", YML, UNREACHABLE, CMK_UNKNOWN},
    {"cache-empty", "dotted unreadable", DOT_YML, UNREACHABLE, CMK_UNKNOWN},
    {"cache-empty", "withheld", "!" CONF "cacheEntries", MARK("string"), CMK_UNKNOWN},
    {"cache-empty", "file withheld", "!" YML, MARK("string"), CMK_UNKNOWN},
    {"cache-empty", "no configuration", "settings:settings.configuration", REMOVED, CMK_UNKNOWN},
    {"cache-empty", "no settings", "settings:", REFUSED, CMK_UNKNOWN},

    {"config-in-root", "custom name", "settings:settings.customYmlName", "\"ci/a.yml\"", CMK_FAIL},
    {"config-in-root", "in another case", "settings:settings.CustomYMLName", "\"a\"", CMK_FAIL},
    {"config-in-root", "custom name null", "settings:settings.customYmlName", "null", CMK_PASS},
    {"config-in-root", "ignored", "settings:settings.ignoreAppveyorYml", "true", CMK_FAIL},
    {"config-in-root", "not stated", "settings:settings.ignoreAppveyorYml", REMOVED, CMK_UNKNOWN},
    {"config-in-root", "neither", YML, NOT_FOUND, CMK_FAIL},
    {"config-in-root", "both", DOT_YML, "\"build: off\\n\"", CMK_FAIL},
    {"config-in-root", "unreadable", YML, UNREACHABLE, CMK_UNKNOWN},
    {"config-in-root", "dotted unreadable", DOT_YML, UNREACHABLE, CMK_UNKNOWN},
    {"config-in-root", "withheld", "!settings:settings.ignoreAppveyorYml", MARK("boolean"),
     CMK_UNKNOWN},
    {"config-in-root", "no settings", "settings:", REFUSED, CMK_UNKNOWN},

    {"repository-supported", "plain git", "build:project.repositoryType", "\"git\"", CMK_FAIL},
    {"repository-supported", "subversion", "build:project.repositoryType", "\"subversion\"",
     CMK_FAIL},
    {"repository-supported", "unknown kind", "build:project.repositoryType", "\"newHub\"",
     CMK_FAIL},
    {"repository-supported", "another case", "build:project.repositoryType", "\"github\"",
     CMK_FAIL},
    {"repository-supported", "mercurial", "build:project.repositoryScm", "\"mercurial\"", CMK_FAIL},
    {"repository-supported", "no base", "build:project.repositoryType", "\"gitea\"", CMK_FAIL},
    {"repository-supported", "strange name", "build:project.repositoryName", "\"../../a\"",
     CMK_FAIL},
    {"repository-supported", "not stated", "build:project.repositoryType", REMOVED, CMK_UNKNOWN},
    {"repository-supported", "scm not stated", "build:project.repositoryScm", REMOVED, CMK_UNKNOWN},
    {"repository-supported", "withheld", "!build:project.repositoryName", MARK("string"),
     CMK_UNKNOWN},
    {"repository-supported", "no build", "build:", REFUSED, CMK_UNKNOWN},
};

#define CHECKOUT    "git checkout -qf "
#define LOG1(a)     "[{\"text\": \"" a "\"}]"
#define LOG2(a, b)  "[{\"text\": \"" a "\"}, {\"text\": \"" b "\"}]"
#define LOG         "log:matches"
#define UPPER_CASED "3F0A9C1D7E2B4856A1C0D9E8F7B6A5949382716C"

static const struct row commit_rows[] = {
    {"commit-corroborated", "twice", LOG, LOG2(CHECKOUT COMMIT, CHECKOUT COMMIT "\\n"), CMK_PASS},
    {"commit-corroborated", "coloured", LOG, LOG1(CHECKOUT COMMIT "\\u001b[0m"), CMK_PASS},
    {"commit-corroborated", "without the words", LOG, LOG1(COMMIT "\\r\\n"), CMK_PASS},
    {"commit-corroborated", "capitals", LOG, LOG1(CHECKOUT UPPER_CASED), CMK_PASS},
    {"commit-corroborated", "another", LOG, LOG1(CHECKOUT OTHER "\\n"), CMK_FAIL},
    {"commit-corroborated", "forged before", LOG, LOG2(CHECKOUT OTHER "\\n", CHECKOUT COMMIT),
     CMK_FAIL},
    {"commit-corroborated", "forged after", LOG, LOG2(CHECKOUT COMMIT, CHECKOUT OTHER "\\n"),
     CMK_FAIL},
    {"commit-corroborated", "no line feed", LOG, LOG2(CHECKOUT COMMIT, CHECKOUT OTHER "Done"),
     CMK_UNKNOWN},
    {"commit-corroborated", "short", LOG, LOG1(CHECKOUT "3f0a9c1\\n"), CMK_FAIL},
    {"commit-corroborated", "longer", LOG, LOG1(CHECKOUT COMMIT "0\\n"), CMK_FAIL},
    {"commit-corroborated", "a branch", LOG, LOG2(CHECKOUT COMMIT, CHECKOUT "main\\n"),
     CMK_UNKNOWN},
    {"commit-corroborated", "nothing behind", LOG, LOG2(CHECKOUT COMMIT, CHECKOUT), CMK_UNKNOWN},
    {"commit-corroborated", "a hexadecimal branch", LOG, LOG1(CHECKOUT COMMIT "/x"), CMK_UNKNOWN},
    {"commit-corroborated", "without text", LOG, "[{\"offset\": 1}]", CMK_UNKNOWN},
    {"commit-corroborated", "none", LOG, "[]", CMK_UNKNOWN},
    {"commit-corroborated", "no matches", LOG, REMOVED, CMK_UNKNOWN},
    {"commit-corroborated", "rewritten", "build:build.commitId", "\"" OTHER "\"", CMK_FAIL},
    {"commit-corroborated", "empty commit", "build:build.commitId", "\"\"", CMK_FAIL},
    {"commit-corroborated", "not stated", "build:build.commitId", REMOVED, CMK_UNKNOWN},
    {"commit-corroborated", "withheld", "!build:build.commitId", MARK("string"), CMK_UNKNOWN},
    {"commit-corroborated", "text withheld", "!log:matches.0.text", MARK("string"), CMK_UNKNOWN},
    {"commit-corroborated", "no log", "log:", ABSENT(-6), CMK_UNKNOWN},
    {"commit-corroborated", "no build", "build:", REFUSED, CMK_UNKNOWN},
};

static void
source(void **state)
{
    (void)state;
    RUN(source_rows);
    RUN(commit_rows);
}

/* ---- artifact ---- */

static const struct row artifact_rows[] = {
    {"artifact-from-job", "none submitted", "submitted:", NOT_FOUND, CMK_PASS},
    {"artifact-from-job", "another content", "submitted:sha256", "\"aa\"", CMK_FAIL},
    {"artifact-from-job", "listed longer", "artifacts:0.size", "20481", CMK_FAIL},
    {"artifact-from-job", "came shorter", "download:size", "1", CMK_FAIL},
    {"artifact-from-job", "size not known", "download:size", REMOVED, CMK_UNKNOWN},
    {"artifact-from-job", "digest not known", "download:sha256", REMOVED, CMK_UNKNOWN},
    {"artifact-from-job", "submitted not known", "submitted:sha256", REMOVED, CMK_UNKNOWN},
    {"artifact-from-job", "no match", OPTION "artifact", "\"*.zip\"", CMK_UNKNOWN},
    {"artifact-from-job", "two match", OPTION "artifact", "\"**\"", CMK_UNKNOWN},
    {"artifact-from-job", "listed twice", "artifacts:1.fileName", "\"Kettle.1.4.41.nupkg\"",
     CMK_UNKNOWN},
    {"artifact-from-job", "size withheld", "!artifacts:0.size", MARK("number"), CMK_UNKNOWN},
    {"artifact-from-job", "no download", "download:", ABSENT(-6), CMK_UNKNOWN},
    {"artifact-from-job", "no list", "artifacts:", UNREACHABLE, CMK_UNKNOWN},

    {"artifact-in-job-time", "before", "artifacts:0.created", "\"2026-03-02T10:00:31.4Z\"",
     CMK_FAIL},
    {"artifact-in-job-time", "after", "artifacts:0.created", "\"2026-03-02T10:04:12.0807212Z\"",
     CMK_FAIL},
    {"artifact-in-job-time", "at the end", "artifacts:0.created",
     "\"2026-03-02T10:04:12.0807211Z\"", CMK_PASS},
    {"artifact-in-job-time", "listed twice", "artifacts:1.fileName", "\"Kettle.1.4.41.nupkg\"",
     CMK_FAIL},
    {"artifact-in-job-time", "but for case", "artifacts:1.fileName", "\"kettle.1.4.41.NUPKG\"",
     CMK_FAIL},
    {"artifact-in-job-time", "not stated", "artifacts:0.created", REMOVED, CMK_UNKNOWN},
    {"artifact-in-job-time", "job's end", BUILD_JOB("finished"), REMOVED, CMK_UNKNOWN},
    {"artifact-in-job-time", "job's start", BUILD_JOB("started"), "\"soon\"", CMK_UNKNOWN},
    {"artifact-in-job-time", "no match", OPTION "artifact", "\"*.zip\"", CMK_UNKNOWN},
    {"artifact-in-job-time", "no job", "build:build.jobs", "[]", CMK_UNKNOWN},
    {"artifact-in-job-time", "withheld", "!artifacts:0.created", MARK("string"), CMK_UNKNOWN},
    {"artifact-in-job-time", "no list", "artifacts:", UNREACHABLE, CMK_UNKNOWN},
    {"artifact-in-job-time", "no build", "build:", UNREACHABLE, CMK_UNKNOWN},
};

static void
artifact(void **state)
{
    (void)state;
    RUN(artifact_rows);
}

/* ---- all of them ---- */

/* Without any one of its documents no check passes that passed with it, or it never read it. */
static void
nothing_passes_by_not_seeing(void **state)
{
    static const char *const documents[] = {
        "build",     "build-after",  "settings", "settings-after",   "project",
        "artifacts", "appveyor-yml", "log",      "dot-appveyor-yml",
    };
    (void)state;
    for (size_t i = 0; i < sizeof documents / sizeof *documents; i++) {
        size_t judged = 0;
        for (const struct cmk_check *check = cmk_plugin_appveyor.connector->verify;
             check->id != NULL; check++) {
            const struct row row = {check->id, "", NULL, NULL, CMK_PASS};
            struct host h;
            row_open(&h, &row);
            json_object_del(h.documents, documents[i]);
            json_object_del(h.facts, documents[i]);
            int32_t answer = host_ask(&h, check->id);
            assert_true(answer == CMK_PASS || answer == CMK_UNKNOWN);
            judged += answer == CMK_UNKNOWN;
            host_close(&h);
        }
        if (judged == 0)
            fail_msg("nobody judges %s", documents[i]);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(honest_build_passes),
        cmocka_unit_test(project_and_account),
        cmocka_unit_test(missing_ids_are_given_as_lines_to_paste),
        cmocka_unit_test(account_needs_both_words),
        cmocka_unit_test(build_and_job),
        cmocka_unit_test(source),
        cmocka_unit_test(artifact),
        cmocka_unit_test(nothing_passes_by_not_seeing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * Checks on the settings, and on all being as it was, table by table.
 */
#include "rows.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

/* ---- settings ---- */

static const struct row script_rows[] = {
    {"scripts-off", "msbuild", CONF "buildMode", "\"msbuild\"", CMK_FAIL},
    {"scripts-off", "script", CONF "buildMode", "\"script\"", CMK_FAIL},
    {"scripts-off", "auto tests", CONF "testMode", "\"auto\"", CMK_FAIL},
    {"scripts-off", "providers", CONF "deployMode", "\"providers\"", CMK_FAIL},
    {"scripts-off", "mode not stated", CONF "testMode", REMOVED, CMK_UNKNOWN},
    {"scripts-off", "a new mode", CONF "signMode", "\"on\"", CMK_UNKNOWN},
    {"scripts-off", "filters are no mode", CONF "branchesMode", "\"include\"", CMK_PASS},
    {"scripts-off", "install", CONF "installScripts", "[{\"language\": \"ps\"}]", CMK_FAIL},
    {"scripts-off", "hot fix", CONF "hotFixScripts", "[1]", CMK_FAIL},
    {"scripts-off", "a new thing", CONF "newThingScripts", "[{\"script\": \"x\"}]", CMK_FAIL},
    {"scripts-off", "a new thing, as an object", CONF "newThingScripts", "{\"a\": 1}", CMK_FAIL},
    {"scripts-off", "a new thing, as text", CONF "newThingScripts", "\"rm\"", CMK_UNKNOWN},
    {"scripts-off", "a new thing, empty", CONF "newThingScripts", "[]", CMK_PASS},
    {"scripts-off", "another case", CONF "newthingscripts", "[1]", CMK_FAIL},
    {"scripts-off", "beside", "settings:settings.extraScripts", "[1]", CMK_FAIL},
    {"scripts-off", "left out", CONF "initScripts", REMOVED, CMK_PASS},
    {"scripts-off", "no configuration", "settings:settings.configuration", REMOVED, CMK_UNKNOWN},
    {"scripts-off", "all withheld", "!settings:settings.configuration",
     "{\"withheld\": \"object\", \"empty\": false, \"count\": 60}", CMK_UNKNOWN},
    {"scripts-off", "mode withheld", "!" CONF "buildMode", MARK("string"), CMK_UNKNOWN},
    {"scripts-off", "no settings", "settings:", REFUSED, CMK_UNKNOWN},
};

static const struct row time_rows[] = {
    {"settings-unmodified", "after", "settings:settings.updated", "\"2026-03-02T10:00:30+00:00\"",
     CMK_FAIL},
    {"settings-unmodified", "project after", "settings:project.updated",
     "\"2026-03-02T10:02:00+00:00\"", CMK_FAIL},
    {"settings-unmodified", "at the same time", "settings:settings.updated",
     "\"2026-03-02T10:00:01.1+00:00\"", CMK_FAIL},
    {"settings-unmodified", "another zone", "settings:settings.updated",
     "\"2026-03-02T11:00:01+01:00\"", CMK_PASS},
    {"settings-unmodified", "another zone, after", "settings:settings.updated",
     "\"2026-03-02T09:59:59-01:00\"", CMK_FAIL},
    {"settings-unmodified", "never changed", "settings:settings.updated", REMOVED, CMK_PASS},
    {"settings-unmodified", "job before", BUILD_JOB("created"), "\"2026-02-09T00:00:00+00:00\"",
     CMK_FAIL},
    {"settings-unmodified", "another job before", "build:build.jobs.1",
     "{\"jobId\": \"b2\", \"created\": \"2026-02-10T09:30:00Z\"}", CMK_FAIL},
    {"settings-unmodified", "job without a time", BUILD_JOB("created"), REMOVED, CMK_UNKNOWN},
    {"settings-unmodified", "build without a time", "build:build.created", REMOVED, CMK_UNKNOWN},
    {"settings-unmodified", "not a time", "settings:settings.updated", "\"today\"", CMK_UNKNOWN},
    {"settings-unmodified", "no project", "settings:project", REMOVED, CMK_UNKNOWN},
    {"settings-unmodified", "withheld", "!settings:settings.updated", MARK("string"), CMK_UNKNOWN},
    {"settings-unmodified", "no build", "build:", REFUSED, CMK_UNKNOWN},
    {"settings-unmodified", "no settings", "settings:", REFUSED, CMK_UNKNOWN},
};

static const struct row switch_rows[] = {
    {"sources-unpatched", "assembly info", CONF "patchAssemblyInfo", "true", CMK_FAIL},
    {"sources-unpatched", "csproj", CONF "patchDotnetCsproj", "true", CMK_FAIL},
    {"sources-unpatched", "a new patch", CONF "patchSomething", "true", CMK_UNKNOWN},
    {"sources-unpatched", "shallow", CONF "shallowClone", "true", CMK_FAIL},
    {"sources-unpatched", "hosts", CONF "hostsEntries", "[{\"host\": \"a\"}]", CMK_FAIL},
    {"sources-unpatched", "clone", CONF "cloneScripts", "[{\"script\": \"a\"}]", CMK_FAIL},
    {"sources-unpatched", "hosts in another case", CONF "HostsEntries", "[1]", CMK_FAIL},
    {"sources-unpatched", "hosts left out", CONF "hostsEntries", REMOVED, CMK_PASS},
    {"sources-unpatched", "not stated", CONF "patchDotnetCsproj", REMOVED, CMK_UNKNOWN},
    {"sources-unpatched", "shallow not stated", CONF "shallowClone", REMOVED, CMK_UNKNOWN},
    {"sources-unpatched", "withheld", "!" CONF "shallowClone", MARK("boolean"), CMK_UNKNOWN},
    {"sources-unpatched", "hosts as text", CONF "hostsEntries", "\"a\"", CMK_UNKNOWN},
    {"sources-unpatched", "no settings", "settings:", REFUSED, CMK_UNKNOWN},

    {"package-sources-declared", "project", CONF "configureNuGetProjectSource", "true", CMK_FAIL},
    {"package-sources-declared", "account", CONF "configureNuGetAccountSource", "true", CMK_FAIL},
    {"package-sources-declared", "not stated", CONF "configureNuGetAccountSource", REMOVED,
     CMK_UNKNOWN},
    {"package-sources-declared", "both declared", OPTION "package_sources",
     "[\"project\", \"account\"]", CMK_PASS},
    {"package-sources-declared", "withheld", "!" CONF "configureNuGetAccountSource",
     MARK("boolean"), CMK_UNKNOWN},
    {"package-sources-declared", "no configuration", "settings:settings.configuration", REMOVED,
     CMK_UNKNOWN},
    {"package-sources-declared", "no settings", "settings:", REFUSED, CMK_UNKNOWN},

    {"environment-declared", "one", CONF "environmentVariables", "[{\"name\": \"A\"}]", CMK_FAIL},
    {"environment-declared", "nameless", CONF "environmentVariables", "[{}]", CMK_FAIL},
    {"environment-declared", "matrix", CONF "environmentVariablesMatrix",
     "[{\"variables\": [{\"name\": \"A\"}]}]", CMK_FAIL},
    {"environment-declared", "odd matrix", CONF "environmentVariablesMatrix", "[{\"a\": 1}]",
     CMK_UNKNOWN},
    {"environment-declared", "left out", CONF "environmentVariables", REMOVED, CMK_PASS},
    {"environment-declared", "withheld", "!" CONF "environmentVariables", COUNTED(2), CMK_UNKNOWN},
    {"environment-declared", "name withheld", "!" CONF "environmentVariables",
     "[{\"name\": " MARK("string") "}]", CMK_UNKNOWN},
    {"environment-declared", "no configuration", "settings:settings.configuration", REMOVED,
     CMK_UNKNOWN},
    {"environment-declared", "no settings", "settings:", REFUSED, CMK_UNKNOWN},

    {"worker-declared", "image", CONF "operatingSystem", "[{\"value\": \"Mine\"}]", CMK_FAIL},
    {"worker-declared", "cloud", CONF "buildCloud", "[{\"value\": \"Mine\"}]", CMK_FAIL},
    {"worker-declared", "cloud as text", CONF "buildCloud", "\"Mine\"", CMK_UNKNOWN},
    {"worker-declared", "left out", CONF "operatingSystem", REMOVED, CMK_PASS},
    {"worker-declared", "withheld", "!" CONF "operatingSystem", COUNTED(1), CMK_UNKNOWN},
    {"worker-declared", "no configuration", "settings:settings.configuration", REMOVED,
     CMK_UNKNOWN},
    {"worker-declared", "no settings", "settings:", REFUSED, CMK_UNKNOWN},
};

static void
settings(void **state)
{
    (void)state;
    RUN(script_rows);
    RUN(time_rows);
    RUN(switch_rows);
}

/* What a policy names may be set; what is beside it may not. */
static void
policy_declares(void **state)
{
    static const struct {
        const char *check, *option, *set, *value;
    } rows[] = {
        {"environment-declared", "variables", CONF "environmentVariables",
         "[{\"name\": \"A\", \"value\": {\"value\": \"x\"}}, {\"name\": \"B\"}]"},
        {"environment-declared", "variables", CONF "environmentVariablesMatrix",
         "[{\"variables\": [{\"name\": \"A\"}]}, {\"variables\": [{\"name\": \"B\"}]}]"},
        {"worker-declared", "images", CONF "operatingSystem",
         "[{\"value\": \"A\"}, {\"value\": \"B\"}]"},
        {"worker-declared", "build_clouds", CONF "buildCloud",
         "[{\"value\": \"A\"}, {\"value\": \"B\"}]"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct host h;
        const struct row row = {rows[i].check, "", rows[i].set, rows[i].value, CMK_PASS};
        row_open(&h, &row);
        json_object_set_new(h.options, rows[i].option, json_pack("[s]", "A"));
        assert_int_equal(host_ask(&h, rows[i].check), CMK_FAIL);
        assert_non_null(strchr(h.observed, 'B'));
        json_object_set_new(h.options, rows[i].option, json_pack("[ss]", "B", "A"));
        assert_int_equal(host_ask(&h, rows[i].check), CMK_PASS);
        host_close(&h);
    }
}

/* ---- stable ---- */

#define CONF_AFTER "settings-after:settings.configuration."

static const struct row stable_rows[] = {
    {"stable", "commit", "build-after:build.commitId", "\"" OTHER "\"", CMK_FAIL},
    {"stable", "status", "build-after:build.status", "\"running\"", CMK_FAIL},
    {"stable", "version", "build-after:build.version", "\"9\"", CMK_FAIL},
    {"stable", "finished", "build-after:build.finished", REMOVED, CMK_FAIL},
    {"stable", "pull request", "build-after:build.pullRequestId", "\"1\"", CMK_FAIL},
    {"stable", "job run again", "build-after:build.jobs.0.started", "\"2026-03-03T00:00:00Z\"",
     CMK_FAIL},
    {"stable", "another job", "build-after:build.jobs.1", "{\"jobId\": \"b2\"}", CMK_FAIL},
    {"stable", "made private", "build-after:project.isPrivate", "true", CMK_FAIL},
    {"stable", "another author", "build-after:build.authorName", "\"Eve\"", CMK_PASS},
    {"stable", "message taken out", "build-after:build.message", REMOVED, CMK_FAIL},
    {"stable", "settings changed", "settings-after:settings.updated", "\"2026-03-02T10:05:00Z\"",
     CMK_FAIL},
    {"stable", "project changed", "settings-after:project.updated", "\"2026-03-02T10:05:00Z\"",
     CMK_FAIL},
    {"stable", "a script more", CONF_AFTER "initScripts", "[{\"script\": \"x\"}]", CMK_FAIL},
    {"stable", "a member more", CONF_AFTER "newThing", "true", CMK_FAIL},
    {"stable", "the account has a new cloud", "settings-after:buildClouds", "[{\"value\": \"x\"}]",
     CMK_PASS},

    {"stable", "counts come late", "build-after:build.jobs.0.testsCount", "13", CMK_PASS},
    {"stable", "also of the build", "build-after:build.newCount", "13", CMK_PASS},
    {"stable", "and are new", "build-after:build.jobs.0.newCount", "13", CMK_PASS},
    {"stable", "messages come late", "build-after:build.messages", "[{\"message\": \"x\"}]",
     CMK_PASS},
    {"stable", "build touched", "build-after:build.updated", "\"2026-03-02T10:05:00Z\"", CMK_PASS},
    {"stable", "another build began", "settings-after:settings.nextBuildNumber", "43", CMK_PASS},
    {"stable", "and is the current", "settings-after:project.currentBuildId", "50260002", CMK_PASS},
    {"stable", "and is listed", "build-after:project.builds", "[{}]", CMK_PASS},
    {"stable", "new images", "settings-after:images", "[]", CMK_PASS},

    {"stable", "no build again", "build-after:", UNREACHABLE, CMK_UNKNOWN},
    {"stable", "no settings again", "settings-after:", UNREACHABLE, CMK_UNKNOWN},
    {"stable", "no build", "build:", UNREACHABLE, CMK_UNKNOWN},
    {"stable", "no settings", "settings:", UNREACHABLE, CMK_UNKNOWN},
    {"stable", "no settings in it", "settings-after:settings", REMOVED, CMK_FAIL},
    {"stable", "another type", "build-after:build.status", "[1]", CMK_UNKNOWN},
};

static void
stable(void **state)
{
    (void)state;
    RUN(stable_rows);
}

/* In a project where other builds run, the bytes differ; all that matters is still compared. */
static void
stable_while_others_build(void **state)
{
    static const struct row rows[] = {
        {"stable", "nothing else", NULL, NULL, CMK_PASS},
        {"stable", "a script", "settings:settings.configuration.testScripts", COUNTED(1), CMK_FAIL},
        {"stable", "a mode", "settings:settings.configuration.testMode", "\"auto\"", CMK_FAIL},
        {"stable", "a cache", "settings:settings.configuration.cacheEntries", COUNTED(1), CMK_FAIL},
        {"stable", "a deployment", "settings:settings.configuration.deployments", COUNTED(1),
         CMK_FAIL},
        {"stable", "withheld now", "settings:settings.configuration.testMode", MARK("string"),
         CMK_UNKNOWN},
        {"stable", "jobs withheld", "build:build.jobs", COUNTED(1), CMK_UNKNOWN},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct host h;
        row_open(&h, &(const struct row){.check = "stable"});
        host_set(h.facts, "build-after.hmac", json_string("another"));
        host_set(h.facts, "settings-after.hmac", json_string("another"));
        if (rows[i].place != NULL)
            row_change(h.documents, rows[i].place, rows[i].value);
        if (host_ask(&h, "stable") != rows[i].answer)
            fail_msg("%s: observed \"%s\", failed with \"%s\"", rows[i].what, h.observed, h.why);
        host_close(&h);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(settings),
        cmocka_unit_test(policy_declares),
        cmocka_unit_test(stable),
        cmocka_unit_test(stable_while_others_build),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

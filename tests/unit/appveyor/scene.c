/* SPDX-License-Identifier: Apache-2.0 */
#include "scene.h"

#include "appveyor.h"
#include "base/json.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

void
scene_options(struct host *h)
{
    json_t *said = json_pack(
        "{s:s, s:[], s:s, s:s, s:s, s:s, s:s, s:s, s:[], s:[], s:[], s:[],"
        " s:s, s:i}",
        "url", "https://ci.appveyor.com", "repository_bases", "account", "tinsmith", "account_id",
        "4711", "project", "kettle", "project_id", "815230", "artifact", "*.nupkg", "artifacts",
        "one", "variables", "images", "build_clouds", "package_sources", "build", BUILD, "wait", 0);
    assert_non_null(said);
    json_object_update(h->options, said);
    json_decref(said);
    json_array_append_new(h->assumed, json_string("no-global-yaml"));
    json_array_append_new(h->assumed, json_string("no-start-variables"));
}

json_t *
scene_raw(void)
{
    json_t *raw = json_object();
    json_object_set_new(raw, "build", host_fixture("build.json"));
    json_object_set_new(raw, "build-after", host_fixture("build.json"));
    json_object_set_new(raw, "settings", host_fixture("settings.json"));
    json_object_set_new(raw, "settings-after", host_fixture("settings.json"));
    json_object_set_new(raw, "project", host_fixture("project.json"));
    json_object_set_new(raw, "artifacts", host_fixture("artifacts.json"));
    json_object_set_new(raw, "download", json_pack("{s:i, s:s}", "size", 20480, "sha256", SHA256));
    json_object_set_new(raw, "submitted",
                        json_pack("{s:s, s:i, s:s}", "name", "Kettle.1.4.41.nupkg", "size", 20480,
                                  "sha256", SHA256));
    json_object_set_new(raw, "log",
                        json_pack("{s:[{s:i, s:s}], s:i}", "matches", "offset", 412, "text",
                                  "git checkout -qf " COMMIT "\r\nRunning Install", "size", 9000));
    json_object_set_new(raw, "appveyor-yml",
                        json_string("version: 1.4.{build}\nimage: Visual Studio 2022\n"
                                    "build_script:\n- ps: ./build.ps1\n"));
    json_object_set_new(raw, "dot-appveyor-yml", json_pack("{s:i}", "!", CMK_E_NOT_FOUND));
    return raw;
}

static const char *const *
keep_of(const char *document)
{
    if (strncmp(document, "build", 5) == 0)
        return av_keep_build;
    if (strncmp(document, "settings", 8) == 0)
        return av_keep_settings;
    if (strcmp(document, "project") == 0)
        return av_keep_project;
    if (strcmp(document, "artifacts") == 0)
        return av_keep_artifacts;
    return strcmp(document, "log") == 0 ? av_keep_log : av_keep_all;
}

/* Stands for an HMAC: the same if, and only if, the bodies are. */
static json_t *
digest_of(const json_t *body)
{
    char hex[65];
    json_t *whole = json_pack("[O]", body);
    assert_true(cm_json_sha256(whole, hex));
    json_decref(whole);
    return json_string(hex);
}

void
scene_record(struct host *h, const json_t *raw)
{
    const char *name;
    json_t *body;
    json_object_foreach((json_t *)(uintptr_t)raw, name, body)
    {
        bool absent = json_is_object(body) && json_object_get(body, "!") != NULL;
        if (strncmp(name, "download", 8) == 0 && !absent) {
            json_object_set(h->facts, name, body);
            continue;
        }
        json_object_set_new(h->documents, name,
                            absent ? json_deep_copy(body) : host_scrub(body, keep_of(name)));
        if (!absent)
            json_object_set_new(h->facts, name, json_pack("{s:o}", "hmac", digest_of(body)));
    }
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "git/mirror_inside.h"

#include "base/fd.h"
#include "base/json.h"
#include "base/text.h"
#include "trust/pattern.h"

#include <errno.h>
#include <string.h>

#define FORMAT        1
#define MANIFEST_MOST ((size_t)64 * 1024)
#define PACK_HEAD     "pack-"

bool
cm_mirror_pack_path(const char *folder, const char *name, const char *suffix, char ret[PATH_MAX])
{
    int size = snprintf(ret, PATH_MAX, "%s/objects/pack/%s%s", folder, name, suffix);
    return size > 0 && size < PATH_MAX;
}

static bool
manifest_path(const char *folder, char ret[PATH_MAX], struct cm_err *err)
{
    int size = snprintf(ret, PATH_MAX, "%s/manifest.json", folder);
    return (size > 0 && size < PATH_MAX) ||
           cm_fail(err, CM_E_LIMIT, "%s: the folder's name is too long", folder);
}

/* ---- reading ---- */

static bool
is_pack_name(const char *name)
{
    return name && cm_starts_with(name, PACK_HEAD) && cm_is_commit_id(name + strlen(PACK_HEAD));
}

/* A file that is not as long as it was is not what was written. */
static bool
has_size(const char *folder, const char *name, const char *suffix, int64_t size)
{
    char path[PATH_MAX];
    struct stat info;
    return cm_mirror_pack_path(folder, name, suffix, path) && lstat(path, &info) == 0 &&
           S_ISREG(info.st_mode) && info.st_size == size;
}

static bool
has_digest(const char *folder, const char *name, const char *digest)
{
    char path[PATH_MAX], sha256[CM_SHA256_HEX];
    struct cm_err ignored = CM_ERR_INIT;
    CM_CLEANUP(cm_fd_done) int fd = -1;
    return digest && cm_mirror_pack_path(folder, name, ".idx", path) &&
           cm_file_open(path, &fd, &ignored) && cm_sha256_fd(fd, path, sha256, &ignored) &&
           strcmp(sha256, digest) == 0;
}

static bool
read_pack(const char *folder, const json_t *json, struct cm_mirror_pack *ret)
{
    const char *name = cm_json_text(json, "name");
    int64_t pack_size = cm_json_int(json, "pack", -1);
    int64_t idx_size = cm_json_int(json, "idx", -1);
    const char *digest = cm_json_text(json, "idx_sha256");
    if (!is_pack_name(name) || !has_size(folder, name, ".pack", pack_size) ||
        !has_size(folder, name, ".idx", idx_size) || !has_digest(folder, name, digest))
        return false;
    *ret = (struct cm_mirror_pack){.pack_size = pack_size, .idx_size = idx_size};
    memcpy(ret->name, name, sizeof ret->name);
    memcpy(ret->idx_sha256, digest, sizeof ret->idx_sha256);
    return true;
}

static bool
read_content(const char *folder, const char *url, const json_t *json,
             struct cm_mirror_manifest *ret)
{
    const json_t *packs = cm_json_get(json, "packs");
    const json_t *tips = cm_json_get(json, "tips");
    const char *of = cm_json_text(json, "url");
    if (cm_json_int(json, "format", 0) != FORMAT || !of || strcmp(of, url) != 0 ||
        !json_is_array(packs) || !json_is_array(tips) || json_array_size(packs) > CM_MIRROR_PACKS ||
        json_array_size(tips) > CM_MIRROR_TIPS)
        return false;
    for (size_t i = 0; i < json_array_size(packs); i++) {
        if (!read_pack(folder, json_array_get(packs, i), &ret->packs[ret->pack_count++]))
            return false;
    }
    for (size_t i = 0; i < json_array_size(tips); i++) {
        const char *tip = json_string_value(json_array_get(tips, i));
        if (!tip || !cm_is_commit_id(tip))
            return false;
        memcpy(ret->tips[ret->tip_count++], tip, CM_GIT_ID);
    }
    return true;
}

bool
cm_mirror_manifest_read(const char *folder, const char *url, struct cm_mirror_manifest *ret,
                        struct cm_err *err)
{
    char path[PATH_MAX];
    CM_CLEANUP(cm_buf_done) struct cm_buf text = CM_BUF_INIT(MANIFEST_MOST);
    CM_CLEANUP(cm_json_done) json_t *json = NULL;
    struct cm_err why = CM_ERR_INIT;
    struct cm_mirror_manifest manifest = {.pack_count = 0};
    if (!manifest_path(folder, path, err))
        return false;
    if (!cm_file_read(path, &text, &why))
        return cm_fail(err, why.class == CM_E_NOT_FOUND ? CM_E_NOT_FOUND : CM_E_MALFORMED, "%s",
                       why.text);
    if (!cm_json_parse(text.at, text.size, path, &json, &why))
        return cm_fail(err, CM_E_MALFORMED, "%s", why.text);
    if (!read_content(folder, url, json, &manifest))
        return cm_fail(err, CM_E_MALFORMED,
                       "%s: not what was written, or a pack that it names is not", path);
    *ret = manifest;
    return true;
}

bool
cm_mirror_manifest_names(const struct cm_mirror_manifest *manifest, const char *file)
{
    for (size_t i = 0; i < manifest->pack_count; i++) {
        const char *name = manifest->packs[i].name;
        if (!cm_starts_with(file, name))
            continue;
        const char *suffix = file + strlen(name);
        return strcmp(suffix, ".pack") == 0 || strcmp(suffix, ".idx") == 0;
    }
    return false;
}

/* ---- writing ---- */

static json_t *
packs_json(const struct cm_mirror_manifest *manifest)
{
    json_t *packs = json_array();
    for (size_t i = 0; packs && i < manifest->pack_count; i++) {
        bool ok = true;
        const struct cm_mirror_pack *pack = &manifest->packs[i];
        json_t *json = json_object();
        cm_json_set_text(json, "name", pack->name, &ok);
        cm_json_set_int(json, "pack", pack->pack_size, &ok);
        cm_json_set_int(json, "idx", pack->idx_size, &ok);
        cm_json_set_text(json, "idx_sha256", pack->idx_sha256, &ok);
        if (!ok || json_array_append(packs, json) != 0)
            cm_json_done(&packs);
        json_decref(json);
    }
    return packs;
}

static json_t *
tips_json(const struct cm_mirror_manifest *manifest)
{
    json_t *tips = json_array();
    for (size_t i = 0; tips && i < manifest->tip_count; i++) {
        if (json_array_append_new(tips, json_string(manifest->tips[i])) != 0)
            cm_json_done(&tips);
    }
    return tips;
}

bool
cm_mirror_manifest_write(const char *folder, const char *url,
                         const struct cm_mirror_manifest *manifest, struct cm_err *err)
{
    char path[PATH_MAX];
    bool ok = true;
    CM_CLEANUP(cm_buf_done) struct cm_buf text = CM_BUF_INIT(MANIFEST_MOST);
    CM_CLEANUP(cm_json_done) json_t *json = json_object();
    cm_json_set_int(json, "format", FORMAT, &ok);
    cm_json_set_text(json, "url", url, &ok);
    cm_json_set(json, "packs", packs_json(manifest), &ok);
    cm_json_set(json, "tips", tips_json(manifest), &ok);
    if (!ok || !cm_json_pretty(json, &text) || text.failed)
        return cm_fail(err, CM_E_LIMIT, "no memory for the manifest of a mirror");
    return manifest_path(folder, path, err) && cm_file_replace(path, 0600, text.at, text.size, err);
}

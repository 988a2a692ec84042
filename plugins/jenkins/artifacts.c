/* SPDX-License-Identifier: Apache-2.0
 *
 * Which of the archived files is meant, and the file of its digest beside it.
 */
#include "jenkins.h"

#include <string.h>

#define HEX_SIZE    64 /* of a SHA-256 */
#define BASE64_SIZE 44 /* the same, padding included */
#define SUFFIX      ".sha256"

static const char *
last_part(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash != NULL ? slash + 1 : path;
}

static const char *
wrong_with(struct cmk_call *c, const char *path)
{
    const char *parts[JK_MOST_PARTS] = {NULL};
    uint32_t count = jk_split(c, path, '/', parts, JK_MOST_PARTS);
    if (strchr(path, '\\') != NULL)
        return "has a backslash";
    if (!jk_is_plain(path))
        return "has a control character";
    if (count > JK_MOST_PARTS)
        return "has too many folders";
    for (uint32_t i = 0; i < count; i++)
        if (*parts[i] == '\0' || jk_same(parts[i], ".") || jk_same(parts[i], ".."))
            return "has an empty part, '.' or '..'";
    return NULL;
}

static const struct cmk_value *
list_of(struct cmk_call *c, const struct cmk_value *build)
{
    return cmk_get(c, build, "artifacts");
}

struct jk_artifact
jk_artifact_of(struct cmk_call *c, const struct cmk_value *build)
{
    struct jk_artifact found = {.path = NULL};
    const struct cmk_value *list = list_of(c, build);
    const char *pattern = cmk_text(c, c->options, "artifact");
    uint64_t count = c->json->count(c, list), matches = 0;
    for (uint64_t i = 0; i < count; i++) {
        const char *path = cmk_text(c, c->json->at(c, list, i), "relativePath");
        if (path == NULL || c->base->match(c, pattern, path) != 1)
            continue;
        matches++;
        found = (struct jk_artifact){.path = path, .name = last_part(path), .index = i};
    }
    const char *wrong = matches == 1 ? wrong_with(c, found.path) : NULL;
    if (matches == 1 && wrong == NULL)
        return found;
    if (wrong != NULL)
        return (struct jk_artifact){
            .status = CMK_E_MALFORMED,
            .why = cmk_printf(c, "artifact '%s' %s", found.path, wrong),
        };
    return (struct jk_artifact){
        .status = matches == 0 ? CMK_E_NOT_FOUND : CMK_E_CONFIG,
        .why = cmk_printf(c,
                          "%llu of the build's %llu archived files match '%s': archive one, or "
                          "correct the link's artifact pattern",
                          (unsigned long long)matches, (unsigned long long)count,
                          pattern != NULL ? pattern : ""),
    };
}

const char *
jk_sidecar_of(struct cmk_call *c, const struct cmk_value *build, const struct jk_artifact *artifact)
{
    const struct cmk_value *list = list_of(c, build);
    const char *path = artifact->path != NULL ? cmk_printf(c, "%s" SUFFIX, artifact->path) : NULL;
    uint64_t count = c->json->count(c, list);
    for (uint64_t i = 0; i < count; i++)
        if (jk_same(cmk_text(c, c->json->at(c, list, i), "relativePath"), path))
            return path;
    return NULL;
}

/* ---- files of digests ---- */

/* Base64 of a digest in its one form: of the last digit before the padding two bits are unused, and
 * these are zero. NULL: it is none; asked before anything is decoded, because that would fail the
 * call and with it the whole collection. */
static const char *
hex_of_base64(struct cmk_call *c, const char *text)
{
    static const char alphabet[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    if (strspn(text, alphabet) != BASE64_SIZE - 1 || text[BASE64_SIZE - 1] != '=' ||
        strchr("AEIMQUYcgkosw048", text[BASE64_SIZE - 2]) == NULL)
        return NULL;
    const char *alone = cmk_printf(c, "%.*s", BASE64_SIZE, text);
    struct cmk_bytes raw = c->crypto->decode(c, "base64", alone);
    return raw.size == HEX_SIZE / 2 ? c->crypto->encode(c, "hex", raw) : NULL;
}

/* The digest at the begin of the text in lower-case hexadecimal, and what is behind it; NULL: there
 * is none. */
static const char *
leading_digest(struct cmk_call *c, const char *text, const char **ret_rest)
{
    bool is_hex = strspn(text, "0123456789abcdef") == HEX_SIZE;
    const char *digest = is_hex ? cmk_printf(c, "%.*s", HEX_SIZE, text) : hex_of_base64(c, text);
    if (digest != NULL)
        *ret_rest = text + (is_hex ? HEX_SIZE : BASE64_SIZE);
    return digest;
}

/* As sha256sum writes it: the digest, two spaces (or a space and a star), the name, a line feed;
 * or the digest alone. Tools that work with Jenkins write base64 in place of hexadecimal. */
struct jk_json
jk_sidecar_read(struct cmk_call *c, const char *text, size_t size)
{
    static const struct jk_json wrong = {
        .wrong = "it is no SHA-256, neither as sha256sum writes it nor in base64"};
    const char *rest = NULL;
    const char *digest = leading_digest(c, text, &rest);
    if (digest == NULL || strlen(text) != size)
        return wrong;
    size_t name_size = strcspn(rest, "\r\n");
    const char *name = "";
    if (name_size > 0) {
        if (name_size < 3 || rest[0] != ' ' || (rest[1] != ' ' && rest[1] != '*'))
            return wrong;
        name = cmk_printf(c, "%.*s", (int)(name_size - 2), rest + 2);
    }
    rest += name_size;
    rest += *rest == '\r' ? 1 : 0;
    rest += *rest == '\n' ? 1 : 0;
    if (*rest != '\0' || !jk_is_plain(name) || !jk_is_utf8(name))
        return wrong;
    const char *json =
        cmk_printf(c, "{\"sha256\":\"%s\",\"name\":%s}", digest, jk_quoted(c, last_part(name)));
    return (struct jk_json){.text = json, .size = strlen(json)};
}

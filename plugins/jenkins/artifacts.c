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

/* The path without what a file of digests has behind it; NULL: it is none. */
static const char *
without_suffix(struct cmk_call *c, const char *path)
{
    size_t size = path != NULL ? strlen(path) : 0;
    bool is_one = jk_ends(path, SUFFIX) && size > strlen(SUFFIX);
    return is_one ? cmk_printf(c, "%.*s", (int)(size - strlen(SUFFIX)), path) : NULL;
}

/* Files that match the pattern, and files of digests of such. */
struct matches {
    uint64_t files, digests;
    struct jk_artifact file, digest; /* the last one of each */
};

static struct matches
matches_of(struct cmk_call *c, const struct cmk_value *list)
{
    struct matches found = {.files = 0};
    const char *pattern = cmk_text(c, c->options, "artifact");
    uint64_t count = c->json->count(c, list);
    for (uint64_t i = 0; i < count; i++) {
        const char *path = cmk_text(c, c->json->at(c, list, i), "relativePath");
        const char *of = without_suffix(c, path);
        if (path != NULL && c->base->match(c, pattern, path) == 1) {
            found.files++;
            found.file = (struct jk_artifact){.path = path, .name = last_part(path), .index = i};
        }
        if (of != NULL && c->base->match(c, pattern, of) == 1) {
            found.digests++;
            found.digest = (struct jk_artifact){
                .path = of, .name = last_part(of), .index = i, .digest_alone = true};
        }
    }
    return found;
}

/* One file; or, where the link says that this is enough, the digest of one. Beside a file there may
 * be no digest of another one then: nobody could tell which of both is meant. */
static bool
is_clear(struct cmk_call *c, const struct matches *found)
{
    if (!jk_same(cmk_text(c, c->options, "sidecar"), "enough"))
        return found->files == 1;
    if (found->files == 0 || found->digests == 0)
        return found->files + found->digests == 1;
    return found->files == 1 && found->digests == 1 &&
           jk_same(found->file.path, found->digest.path);
}

static struct jk_artifact
unclear(struct cmk_call *c, const struct matches *found, uint64_t count)
{
    bool enough = jk_same(cmk_text(c, c->options, "sidecar"), "enough");
    uint64_t matching = found->files + (enough ? found->digests : 0);
    const char *pattern = cmk_text(c, c->options, "artifact");
    return (struct jk_artifact){
        .status = matching == 0 ? CMK_E_NOT_FOUND : CMK_E_CONFIG,
        .why = cmk_printf(c,
                          "%llu of the build's %llu archived files match '%s'%s: archive one, or "
                          "correct the link's artifact pattern",
                          (unsigned long long)matching, (unsigned long long)count,
                          pattern != NULL ? pattern : "", enough ? " or are digests of such" : ""),
    };
}

struct jk_artifact
jk_artifact_of(struct cmk_call *c, const struct cmk_value *build)
{
    const struct cmk_value *list = list_of(c, build);
    const struct matches found = matches_of(c, list);
    if (!is_clear(c, &found))
        return unclear(c, &found, c->json->count(c, list));
    struct jk_artifact one = found.files == 1 ? found.file : found.digest;
    const char *wrong = wrong_with(c, one.path);
    if (wrong == NULL)
        return one;
    return (struct jk_artifact){
        .status = CMK_E_MALFORMED,
        .why = cmk_printf(c, "artifact '%s' %s", one.path, wrong),
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

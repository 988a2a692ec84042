/* SPDX-License-Identifier: Apache-2.0
 *
 * What a text of the configuration has to be.
 */
#include "trust/reader.h"

#include "base/text.h"
#include "trust/address.h"
#include "trust/pattern.h"
#include "trust/resource.h"
#include "trust/secret.h"
#include "trust/url.h"

#include <string.h>
#include <strings.h>

#define WORD_CHARS "abcdefghijklmnopqrstuvwxyz0123456789-"

static bool
check_slug(const char *text, struct cm_err *err)
{
    return cm_is_slug(text) || cm_fail(err, CM_E_CONFIG, "not a slug");
}

static bool
check_path(const char *text, struct cm_err *err)
{
    return text[0] == '/' || cm_fail(err, CM_E_CONFIG, "not an absolute path");
}

static bool
check_branch(const char *text, struct cm_err *err)
{
    if (!cm_starts_with(text, "refs/heads/"))
        return cm_fail(err, CM_E_CONFIG, "does not begin with refs/heads/");
    return cm_ref_pattern_check(text, err);
}

/* Words of lower-case letters, digits and '-', joined by dots: two of them at least. */
static bool
check_check(const char *text, struct cm_err *err)
{
    size_t words = 0;
    for (;; words++) {
        size_t size = strspn(text, WORD_CHARS);
        if (size == 0 || (text[size] != '.' && text[size] != 0))
            return cm_fail(err, CM_E_CONFIG, "not the id of a check");
        if (text[size] == 0)
            break;
        text += size + 1;
    }
    return words > 0 || cm_fail(err, CM_E_CONFIG, "not the id of a check");
}

/* Names of local users are not ours to judge, but none has these. */
static bool
check_submitter(const char *text, struct cm_err *err)
{
    if (!cm_starts_with(text, "local:"))
        return check_slug(text, err);
    const char *name = text + strlen("local:");
    if (name[0] == 0 || name[strcspn(name, " \t\n:,/\"")] != 0)
        return cm_fail(err, CM_E_CONFIG, "names no local user");
    return true;
}

static bool
check_repository(const char *text, struct cm_err *err)
{
    CM_CLEANUP(cm_arena_done) struct cm_arena *arena = cm_arena_new(1 << 17);
    const char *normal;
    if (arena == NULL)
        return cm_fail(err, CM_E_LIMIT, "no memory");
    return cm_url_repository(arena, text, false, &normal, err);
}

static bool
check_spki(const char *text, struct cm_err *err)
{
    static const char head[] = "sha256/";
    CM_CLEANUP(cm_buf_done) struct cm_buf digest = CM_BUF_INIT(64);
    if (!cm_starts_with(text, head))
        return cm_fail(err, CM_E_CONFIG, "does not begin with sha256/");
    const char *code = text + strlen(head);
    if (!cm_unbase64(code, strlen(code), &digest) || digest.size != 32)
        return cm_fail(err, CM_E_CONFIG, "not the base64 of 32 bytes");
    return true;
}

/* The address of a proxy ends behind its port. */
static bool
check_proxy(const char *text, struct cm_err *err)
{
    char room[CM_URL_HOST_SIZE];
    struct cm_url url;
    const char *authority = strstr(text, "://");
    if (strncasecmp(text, "socks", strlen("socks")) == 0)
        return cm_fail(err, CM_E_CONFIG, "is a SOCKS proxy, and SOCKS is not spoken here");
    if (!cm_url_parse_origin(text, room, &url, err))
        return false;
    const char *rest = authority + strlen("://");
    rest += strcspn(rest, "/?");
    return strcmp(rest, "") == 0 || strcmp(rest, "/") == 0 ||
           cm_fail(err, CM_E_CONFIG, "the URL of a proxy has no path and no query");
}

/* Behind the first ':' begins the password, when both travel. */
static bool
check_proxy_user(const char *text, struct cm_err *err)
{
    return strchr(text, ':') == NULL || cm_fail(err, CM_E_CONFIG, "a user's name has no ':' in it");
}

/* A host, what lies below a domain, or a network. */
static bool
check_no_proxy(const char *text, struct cm_err *err)
{
    char room[CM_URL_HOST_SIZE];
    struct cm_url url;
    CM_CLEANUP(cm_buf_done) struct cm_buf as_url = CM_BUF_INIT(CM_URL_MOST);
    struct cm_err ignored = CM_ERR_INIT;
    if (cm_network_check(text, &ignored))
        return true;
    cm_buf_printf(&as_url, "https://%s/", text + (text[0] == '.'));
    bool plain = !as_url.failed && text[strcspn(text, ":/?#[")] == 0;
    return (plain && cm_url_parse_origin(cm_buf_text(&as_url), room, &url, &ignored) &&
            !url.host_is_address) ||
           cm_fail(err, CM_E_CONFIG, "is neither a host nor a domain nor a network");
}

/* Names in an archive begin with no / and have no \\ in them: such a pattern would match nothing.
 */
static bool
check_packages(const char *text, struct cm_err *err)
{
    size_t size = strlen(text);
    if (size > CM_PATTERN_MOST)
        return cm_fail(err, CM_E_CONFIG, "longer than %d bytes", CM_PATTERN_MOST);
    if (!cm_is_utf8(text, size))
        return cm_fail(err, CM_E_CONFIG, "not UTF-8");
    return (text[0] != '/' && strchr(text, '\\') == NULL) ||
           cm_fail(err, CM_E_CONFIG, "matches no name in an archive");
}

const struct cm_kind cm_kind_slug = {
    check_slug,
    "a slug is up to 63 of a-z, 0-9, '.', '_' and '-', and begins with a letter or a digit", false};
const struct cm_kind cm_kind_path = {check_path, "begin it with /", false};
const struct cm_kind cm_kind_ref = {
    cm_ref_pattern_check,
    "write the full name: refs/heads/main, refs/heads/release/*, refs/tags/v*", false};
const struct cm_kind cm_kind_branch = {
    check_branch, "write the full name of a branch: refs/heads/main, refs/heads/release/*", false};
const struct cm_kind cm_kind_packages = {
    check_packages,
    "write names as the archive has them: *.zip at its top, lib/**, **.zip anywhere", false};
const struct cm_kind cm_kind_check = {
    check_check, "ids look like build.age; \"countermark plugin dump\" prints a plug-in's", false};
const struct cm_kind cm_kind_submitter = {
    check_submitter, "write local:NAME for a user of this machine, or the slug of a CI user",
    false};
const struct cm_kind cm_kind_secret = {
    cm_secret_check,
    "write file:/path, env:NAME or credential:NAME; if a secret stood here, it is "
    "known to all who read this file: replace it",
    true};
const struct cm_kind cm_kind_repository = {
    check_repository, "write https://host/path, without a user or a password", true};
const struct cm_kind cm_kind_network = {
    cm_network_check, "write an address or a network: 10.1.2.3, 10.1.0.0/16, fd00::/8", false};
const struct cm_kind cm_kind_spki = {
    check_spki, "write sha256/ and the base64 of the SHA-256 of the server's public key (DER)",
    false};
const struct cm_kind cm_kind_proxy = {
    check_proxy,
    "write http://host:port or https://host:port; user and password are settings of their own, "
    "`user` and `password`",
    true};
const struct cm_kind cm_kind_proxy_user = {
    check_proxy_user, "write the name alone, and where the password is into `password`", true};
const struct cm_kind cm_kind_no_proxy = {
    check_no_proxy,
    "write a host (ci1.acme.example), a domain with a dot in front (.acme.example) or, for hosts "
    "that are addresses, a network (10.0.0.0/8)",
    false};
const struct cm_kind cm_kind_uri = {
    cm_uri_check, "write a URI that is yours: https://sign.acme.example/countermark", false};
const struct cm_kind cm_kind_file_name = {
    cm_file_name_check, "write the file's name, {version} where its version stands", false};
const struct cm_kind cm_kind_resource = {
    cm_resource_check, "write a purl or another URI: pkg:generic/acme/widget@{version}", false};

/* SPDX-License-Identifier: Apache-2.0
 *
 * Configurations for tests: an honest one, changes to it, and how complaints are looked at.
 */
#ifndef CM_TEST_TRUST_READING_H
#define CM_TEST_TRUST_READING_H

#include "trust/config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../base/unit.h"

#define HONEST                                                                                     \
    "organization = { slug = \"acme\"; name = \"Acme Corp\"; };\n"                                 \
    "state = \"/var/lib/countermark\"; mirrors = \"512M\";\n"                                      \
    "plugin_path = [ \"/usr/lib/one\" ];\n"                                                        \
    "systems = (\n"                                                                                \
    "  { slug = \"ci1\"; connector = \"forge\"; url = \"https://ci1.acme.example/\";\n"            \
    "    nodes = [ 1, 2 ]; wide = 4295194851L; strict = true; }\n"                                 \
    ");\n"                                                                                         \
    "hosts = (\n"                                                                                  \
    "  { name = \"Code.Example\"; case_insensitive = true; },\n"                                   \
    "  { name = \"git.acme.example:8443\"; allow_addresses = [ \"10.0.0.0/8\" ]; }\n"              \
    ");\n"                                                                                         \
    "projects = (\n"                                                                               \
    "  { slug = \"widget\";\n"                                                                     \
    "    repositories = ( \"https://code.example/Acme/Widget.git\",\n"                             \
    "                     { url = \"https://git.acme.example:8443/w\";\n"                          \
    "                       token = \"env:TOKEN\"; } );\n"                                         \
    "    links = (\n"                                                                              \
    "      { system = \"ci1\"; account_id = \"2\"; assume = [ \"no-global\" ];\n"                  \
    "        assume_reason = \"I looked\"; },\n"                                                   \
    "      { system = \"cloud\"; } );\n"                                                           \
    "    artifact_configurations = ( { slug = \"zip\"; rewriters = [ \"note\" ]; signer = \"s\"; " \
    "packages = [ \"**.zip\" ]; note = { word = \"x\"; loud = true; }; } );\n"                     \
    "    signing_policies = (\n"                                                                   \
    "      { slug = \"release\"; origin = \"required\"; systems = [ \"ci1\", \"cloud\" ];\n"       \
    "        refs = [ \"refs/heads/main\",\n"                                                      \
    "                 \"refs/tags/v*\"\n"                                                          \
    "               ];\n"                                                                          \
    "        tag_branches = [ \"refs/heads/main\" ];\n"                                            \
    "        submitters = [ \"local:jo\", \"widget-ci\" ];\n"                                      \
    "        optional = [ \"build.age\" ];\n"                                                      \
    "        waivers = ( { check = \"forge.cache-empty\"; reason = \"r\"; author = \"a\";\n"       \
    "                      until = \"2026-11-30\"; } );\n"                                         \
    "        repository = \"any\"; max_age = \"12h\"; } ); } );\n"

/* A project whose only policy asks for no origin. */
#define NODES                                                                                      \
    "organization = { slug = \"acme\"; };\n"                                                       \
    "systems = ( { slug = \"farm\"; connector = \"forge\"; } );\n"                                 \
    "projects = (\n"                                                                               \
    "  { slug = \"widget\";\n"                                                                     \
    "    links = ( { system = \"farm\"; } );\n"                                                    \
    "    signing_policies = (\n"                                                                   \
    "      { slug = \"nightly\";\n"                                                                \
    "        origin = \"none\"; system = \"required\";\n"                                          \
    "        systems = [ \"farm\" ]; submitters = [ \"local:jo\" ]; } ); } );\n"

/* A project whose artifacts are attested. */
#define KEYED                                                                                      \
    "organization = { slug = \"acme\"; };\n"                                                       \
    "evidence_keys = [ \"/e.pem\" ];\n"                                                            \
    "keys = (\n"                                                                                   \
    "  { slug = \"release\"; file = \"/k.pem\"; passphrase = \"env:P\";\n"                         \
    "    builders = ( { id = \"https://ci1.acme.example/\"; build_level = \"L2\"; } ); } );\n"     \
    "systems = ( { slug = \"farm\"; connector = \"forge\"; builder = \"x:farm\"; } );\n"           \
    "projects = (\n"                                                                               \
    "  { slug = \"widget\"; repositories = [ \"https://code.example/w\" ];\n"                      \
    "    links = ( { system = \"farm\"; } );\n"                                                    \
    "    artifact_configurations = (\n"                                                            \
    "      { slug = \"zip\"; file_name = \"W-{version}.zip\"; resource = \"x:w@{version}\"; } "    \
    ");\n"                                                                                         \
    "    signing_policies = (\n"                                                                   \
    "      { slug = \"release\"; systems = [ \"farm\" ]; refs = [ \"refs/heads/main\" ];\n"        \
    "        submitters = [ \"local:jo\" ];\n"                                                     \
    "        attest = \"release\"; attest_again = \"never\"; } ); } );\n"

/* `text` with the first `from` replaced by `to`; free(). */
static inline char *
changed(const char *text, const char *from, const char *to)
{
    const char *at = strstr(text, from);
    char *copy;
    if (at == NULL)
        fail_msg("the honest text has no \"%s\"", from);
    int head = (int)(at - text);
    assert_true(asprintf(&copy, "%.*s%s%s", head, text, to, at + strlen(from)) > 0);
    return copy;
}

static inline void
print_complaints(const struct cm_complaints *complaints)
{
    for (size_t i = 0; i < complaints->count; i++) {
        const struct cm_complaint *one = &complaints->at[i];
        print_message("  %s:%u: %s: %s (%s)\n", one->place.file ? one->place.file : "-",
                      one->place.line, one->path, one->what, one->remedy ? one->remedy : "-");
    }
}

/* One complaint with all these properties; NULL if there is none. */
static inline const struct cm_complaint *
find_complaint(const struct cm_complaints *complaints, unsigned line, const char *path,
               const char *what)
{
    for (size_t i = 0; i < complaints->count; i++) {
        const struct cm_complaint *one = &complaints->at[i];
        if (one->place.line == line && strcmp(one->path, path) == 0 && strstr(one->what, what))
            return one;
    }
    return NULL;
}

#endif

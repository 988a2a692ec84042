/* SPDX-License-Identifier: Apache-2.0
 *
 * What a configuration may not say, and each complaint about it.
 */
#include "reading.h"

/* libconfig 1.5 forgets a text when it stops at a syntax error behind it. */
__attribute__((visibility("default"))) const char *
__lsan_default_suppressions(void); /* NOLINT(*-reserved-identifier,cert-dcl*) */
const char *
__lsan_default_suppressions(void) /* NOLINT(*-reserved-identifier,cert-dcl*) */
{
    return "leak:libconfig.so";
}

/* ---- one change to the honest text, and the one complaint that it makes ---- */

static const struct {
    const char *from, *to;
    unsigned line;
    const char *path, *what, *remedy;
} wrong[] = {
    /* the top */
    {"organization = { slug = \"acme\"; name = \"Acme Corp\"; };", "", 0, "",
     "\"organization\" is missing", "slug"},
    {"{ slug = \"acme\"; name = \"Acme Corp\"; }", "\"acme\"", 1, "organization", "is not a group",
     NULL},
    {"slug = \"acme\"; name", "name", 1, "organization", "\"slug\" is missing", NULL},
    {"name = \"Acme Corp\"", "nam = \"Acme Corp\"", 1, "organization.nam",
     "there is no setting \"nam\" here", "did you mean \"name\"?"},
    {"slug = \"acme\"", "slug = \"Acme\"", 1, "organization.slug", "\"Acme\": not a slug", "a-z"},
    {"slug = \"acme\"", "slug = \"\xd0\xb0\x63me\"", 1, "organization.slug",
     "\"\\u{430}cme\": not a slug", NULL},
    {"slug = \"acme\"", "slug = 7", 1, "organization.slug", "is not a text", "quotes"},
    {"slug = \"acme\"", "slug = \"\"", 1, "organization.slug", "is empty", NULL},
    {"state =", "stat =", 2, "stat", "there is no setting \"stat\" here", "\"state\""},
    {"state = \"/var", "state = \"var", 2, "state", "not an absolute path", NULL},
    {"mirrors =", "mirror =", 2, "mirror", "there is no setting \"mirror\" here", "\"mirrors\""},
    {"\"512M\"", "\"\"", 2, "mirrors", "is empty", NULL},
    {"\"512M\"", "0", 2, "mirrors", "is not a text", "quotes"},
    {"\"512M\"", "\"4GiB\"", 2, "mirrors", "\"4GiB\" is not a size", "512M or 4G, or 0"},
    {"\"512M\"", "\"-1G\"", 2, "mirrors", "\"-1G\" is not a size", NULL},
    {"\"512M\"", "\"4\"", 2, "mirrors", "\"4\" is less than 1M", "512M or 4G, or 0"},
    {"\"512M\"", "\"1023k\"", 2, "mirrors", "\"1023k\" is less than 1M", NULL},
    {"\"/usr/lib/one\"", "\"lib\"", 3, "plugin_path.0", "not an absolute path", NULL},
    {"[ \"/usr/lib/one\" ]", "\"/usr/lib/one\"", 3, "plugin_path", "is not a list of texts", "["},
    {"plugin_path", "zzz", 3, "zzz", "there is no setting \"zzz\" here", NULL},
    /* systems and hosts */
    {"connector = \"forge\"; ", "", 5, "systems.0", "\"connector\" is missing", NULL},
    {"slug = \"ci1\"; connector", "connector", 5, "systems.0", "\"slug\" is missing", NULL},
    {"strict = true; }", "strict = true; }, { slug = \"ci1\"; connector = \"forge\"; }", 6,
     "systems.1", "the system \"ci1\" stands already at t.conf:5", NULL},
    {"strict = true; }", "strict = true; }, \"ci2\"", 6, "systems.1", "is not a group", NULL},
    {"strict = true", "strict = { a = 1; }", 6, "systems.0.strict", "is neither a text", NULL},
    {"strict = true", "strict = ( (1) )", 6, "systems.0.strict", "is neither a text", NULL},
    {"strict = true", "ca = \"file:/nowhere/ca.pem\"", 6, "systems.0.ca",
     "/nowhere/ca.pem: No such file", "PEM"},
    {"strict = true", "ca = \"/\"", 6, "systems.0.ca", "/: not a regular file", NULL},
    {"strict = true", "ca = \"env:CA\"", 6, "systems.0.ca", "not an absolute path", NULL},
    {"strict = true", "spki = \"sha256/AAAA\"", 6, "systems.0.spki", "not the base64 of 32 bytes",
     "sha256/"},
    {"strict = true", "spki = \"sha1/AAAA\"", 6, "systems.0.spki", "does not begin with sha256/",
     NULL},
    {"strict = true", "allow_addresses = [ \"10.0.0.1/8\" ]", 6, "systems.0.allow_addresses.0",
     "\"10.0.0.1/8\": has bits set", NULL},
    {"\"Code.Example\"", "\"https://code.example\"", 9, "hosts.0.name", "is not the name of a host",
     NULL},
    {"\"Code.Example\"", "\"code.example/\"", 9, "hosts.0.name", "is not the name of a host", NULL},
    {"\"Code.Example\"", "\"GIT.acme.example:8443\"", 10, "hosts.1",
     "the host \"git.acme.example:8443\" stands already at t.conf:9", NULL},
    {"case_insensitive = true", "case_insensitive = 1", 9, "hosts.0.case_insensitive",
     "is neither true nor false", NULL},
    {"case_insensitive = true", "case_insensitve = true", 9, "hosts.0.case_insensitve",
     "there is no setting", "\"case_insensitive\""},
    /* repositories */
    {"\"https://code.example/Acme/Widget.git\"", "\"http://code.example/a\"", 14,
     "projects.0.repositories.0", "the URL is not https", "https://host/path"},
    {"\"https://code.example/Acme/Widget.git\"", "\"git@code.example:a/b\"", 14,
     "projects.0.repositories.0", "does not begin with https://", NULL},
    {"\"https://code.example/Acme/Widget.git\"", "\"https://code.example/?a=b\"", 14,
     "projects.0.repositories.0", "holds a query", NULL},
    {"\"https://code.example/Acme/Widget.git\"", "\"https://git.acme.example:8443/w.git\"", 15,
     "projects.0.repositories.1", "this repository is already named: t.conf:14", NULL},
    {"\"https://code.example/Acme/Widget.git\"", "7", 14, "projects.0.repositories.0",
     "is neither a text nor a group", NULL},
    {"token = \"env:TOKEN\"", "tokn = \"env:TOKEN\"", 16, "projects.0.repositories.1.tokn",
     "there is no setting \"tokn\" here", "\"token\""},
    {"\"any\"", "\"public\"", 15, "projects.0.repositories", "the token is never used", "any"},
    /* links */
    {"{ system = \"cloud\"; } );", "{ system = \"cloud\"; }, { system = \"ci1\"; } );", 20,
     "projects.0.links.2", "the link to \"ci1\" stands already at t.conf:18", NULL},
    {"{ system = \"cloud\"; } );", "{ system = \"cloudy\"; } );", 23, "projects.0.signing_policies",
     "the policy \"release\" allows the system \"cloud\", which the project (t.conf:13) has no "
     "link",
     "add a link"},
    {"{ system = \"cloud\"; } );", "{ system = \"cloud\"; }, { account = \"2\"; } );", 20,
     "projects.0.links.2", "\"system\" is missing", NULL},
    {"\n        assume_reason = \"I looked\";", "", 18, "projects.0.links.0", "has no reason",
     "assume_reason"},
    {" assume = [ \"no-global\" ];", "", 18, "projects.0.links.0",
     "\"assume_reason\" gives a reason for nothing", NULL},
    {"links = (", "link = (); links = (", 17, "projects.0.link",
     "there is no setting \"link\" here", "\"links\""},
    /* artifact configurations */
    {"signer = \"s\"", "sign = \"s\"", 21, "projects.0.artifact_configurations.0.sign",
     "there is no setting \"sign\" here", "\"signer\""},
    {"( { slug = \"zip\";", "( { slug = \"zip\"; }, { slug = \"zip\";", 21,
     "projects.0.artifact_configurations.1",
     "the artifact configuration \"zip\" stands already at t.conf:21", NULL},
    {"rewriters = [ \"note\" ]", "rewriters = [ \"notes\" ]", 21,
     "projects.0.artifact_configurations.0.note", "there is no setting \"note\" here",
     "did you mean \"notes\"?"},
    {"note = { word = \"x\"; loud = true; }", "note = \"x\"", 21,
     "projects.0.artifact_configurations.0.note", "is not a group", "{ ... }"},
    {"word = \"x\"", "word = { a = 1; }", 21, "projects.0.artifact_configurations.0.note.word",
     "is neither a text", NULL},
    {"signer = \"s\"", "signer = \"s\"; s = 7", 21, "projects.0.artifact_configurations.0.s",
     "is not a group", NULL},
    {"rewriters = [ \"note\" ]", "rewriters = [ \"note\", \"note\" ]", 21,
     "projects.0.artifact_configurations.0.rewriters.1", "stands twice", NULL},
    {"rewriters = [ \"note\" ]; signer = \"s\"", "signer = \"note\"", 21,
     "projects.0.artifact_configurations.0.packages", "there is no rewriter for them",
     "\"rewriters\""},
    {"\"**.zip\"", "\"/a.zip\"", 21, "projects.0.artifact_configurations.0.packages.0",
     "\"/a.zip\": matches no name in an archive", "**.zip anywhere"},
    {"\"**.zip\"", "\"a\\\\*.zip\"", 21, "projects.0.artifact_configurations.0.packages.0",
     "matches no name in an archive", NULL},
    {"\"**.zip\"", "\"\"", 21, "projects.0.artifact_configurations.0.packages.0", "is empty", NULL},
    {"[ \"**.zip\" ]", "\"**.zip\"", 21, "projects.0.artifact_configurations.0.packages",
     "is not a list of texts", NULL},
    {"signer = \"s\"", "resource = \"nowhere\"; signer = \"s\"", 21,
     "projects.0.artifact_configurations.0.resource", "is no URI", "pkg:"},
    {"signer = \"s\"", "resource = \"pkg:generic/a@{version}\"; signer = \"s\"", 21,
     "projects.0.artifact_configurations.0.resource", "\"file_name\" does not tell it",
     "{version}"},
    {"signer = \"s\"", "file_name = \"a/b\"; signer = \"s\"", 21,
     "projects.0.artifact_configurations.0.file_name", "is no name of a file", NULL},
    {"signer = \"s\"", "file_name = \"{version}{version}\"; signer = \"s\"", 21,
     "projects.0.artifact_configurations.0.file_name", "braces", NULL},
    /* timestamp */
    {"plugin_path =", "timestamp = { authority = \"/a\"; }; plugin_path =", 3, "timestamp",
     "\"url\" is missing", NULL},
    {"plugin_path =", "timestamp = { url = \"https://t.example/\"; }; plugin_path =", 3,
     "timestamp", "\"authority\" is missing", NULL},
    {"plugin_path =", "timestamp = { url = \"t.example\"; authority = \"/a\"; }; plugin_path =", 3,
     "timestamp.url", "", "https://host/path"},
    {"plugin_path =",
     "timestamp = { url = \"https://t.example/\"; authority = \"a\"; }; plugin_path =", 3,
     "timestamp.authority", "not an absolute path", NULL},
    {"plugin_path =",
     "timestamp = { url = \"http://t.example/\"; authority = \"/a\"; }; plugin_path =", 3,
     "timestamp", "at listed addresses only", "allow_addresses"},
    {"plugin_path =", "timestamp = \"https://t.example/\"; plugin_path =", 3, "timestamp",
     "is not a group", "authority"},
    {"plugin_path =",
     "timestamp = { url = \"https://t.example/\"; authority = \"/a\"; user = \"u\"; }; plugin_path "
     "=",
     3, "timestamp.user", "there is no setting", NULL},
    /* keys */
    {"plugin_path =",
     "keys = ( { slug = \"k\"; file = \"/k\"; forms = ( { content = \"{artifact}\"; } ); } ); "
     "plugin_path =",
     3, "keys.0.forms", "without a certificate", "certificate ="},
    {"plugin_path =",
     "keys = ( { slug = \"k\"; file = \"/k\"; certificate = \"c.pem\"; } ); plugin_path =", 3,
     "keys.0.certificate", "not an absolute path", NULL},
    {"plugin_path =",
     "keys = ( { slug = \"k\"; file = \"/k\"; certificate = \"/c\"; forms = ( { content = \"x\"; } "
     "); } ); plugin_path =",
     3, "keys.0.forms.0.content", "no place for the digest", "{sha256:base64}"},
    {"plugin_path =",
     "keys = ( { slug = \"k\"; file = \"/k\"; certificate = \"/c\"; forms = ( { content = "
     "\"{program:1.2.3}\"; } ); } ); plugin_path =",
     3, "keys.0.forms.0", "not named by its path", "program ="},
    {"plugin_path =",
     "keys = ( { slug = \"k\"; file = \"/k\"; certificate = \"/c\"; forms = ( { content = "
     "\"{artifact}\"; program = [ \"/bin/cp\" ]; } ); } ); plugin_path =",
     3, "keys.0.forms.0", "no program makes this content", "program ="},
    {"plugin_path =",
     "keys = ( { slug = \"k\"; file = \"/k\"; certificate = \"/c\"; forms = ( { } ); } ); "
     "plugin_path =",
     3, "keys.0.forms.0", "\"content\" is missing", NULL},
    {"plugin_path =",
     "keys = ( { slug = \"k\"; file = \"/k\"; certificate = \"/c\"; forms = ( { content = "
     "\"{artifact}\"; attributes = [ \"1.2\" ]; } ); } ); plugin_path =",
     3, "keys.0.forms.0.attributes.0", "is not OID=HEX", "OID=HEX"},
    {"plugin_path =",
     "keys = ( { slug = \"k\"; file = \"/k\"; certificate = \"/c\"; forms = ( { content = "
     "\"{artifact}\"; attributes = [ \"1.2.3=3001\", \"1.2.3=3002\", \"1.2.3=3003\", "
     "\"1.2.3=3004\", \"1.2.3=3005\", \"1.2.3=3006\", \"1.2.3=3007\", \"1.2.3=3008\", "
     "\"1.2.3=3009\" ]; } ); } ); plugin_path =",
     3, "keys.0.forms.0.attributes", "more than 8", NULL},
    {"plugin_path =",
     "keys = ( { slug = \"k\"; file = \"/k\"; certificate = \"/c\"; forms = ( { content = "
     "\"{artifact}\"; }, { content = \"{artifact}\"; } ); } ); plugin_path =",
     3, "keys.0.forms.1", "stands already", NULL},
    {"repository = \"any\"; max_age", "sign = \"k\"; repository = \"any\"; max_age", 23, "sign",
     "there is no key \"k\"", "keys ="},
    {"plugin_path =", "keys = ( { slug = \"k\"; } ); plugin_path =", 3, "keys.0",
     "\"file\" is missing", NULL},
    {"plugin_path =", "keys = ( { slug = \"k\"; file = \"k.pem\"; } ); plugin_path =", 3,
     "keys.0.file", "not an absolute path", NULL},
    {"plugin_path =",
     "keys = ( { slug = \"k\"; file = \"/k\"; }, { slug = \"k\"; file = \"/l\"; } ); plugin_path =",
     3, "keys.1", "the key \"k\" stands already", NULL},
    {"plugin_path =",
     "keys = ( { slug = \"k\"; file = \"/k\"; passphrase = \"geheim\"; } ); plugin_path =", 3,
     "keys.0.passphrase", "", NULL},
    {"plugin_path =",
     "keys = ( { slug = \"k\"; file = \"/k\"; builders = ( { id = \"x\"; build_level = \"L1\"; } "
     "); } "
     "); plugin_path =",
     3, "keys.0.builders.0.id", "is no URI", NULL},
    {"plugin_path =",
     "keys = ( { slug = \"k\"; file = \"/k\"; builders = ( { id = \"x:y\"; build_level = \"4\"; } "
     "); "
     "} ); plugin_path =",
     3, "keys.0.builders.0.build_level", "not a level", "L0"},
    {"plugin_path =",
     "keys = ( { slug = \"k\"; uri = \"pkcs11:object=k\"; module = \"/m.so\"; file = \"/k\"; } ); "
     "plugin_path =",
     3, "keys.0.uri", "the key has a file", "leave one"},
    {"plugin_path =", "keys = ( { slug = \"k\"; uri = \"pkcs11:object=k\"; } ); plugin_path =", 3,
     "keys.0", "\"module\" is missing", NULL},
    {"plugin_path =",
     "keys = ( { slug = \"k\"; uri = \"pkcs11:object=k\"; module = \"m.so\"; } ); plugin_path =", 3,
     "keys.0.module", "not an absolute path", NULL},
    {"plugin_path =",
     "keys = ( { slug = \"k\"; uri = \"pkcs11:object=k\"; module = \"/m.so\"; pin = \"1234\"; } ); "
     "plugin_path =",
     3, "keys.0.pin", "no reference to a secret", NULL},
    {"plugin_path =",
     "keys = ( { slug = \"k\"; uri = \"pkcs11:object=k\"; module = \"/m.so\"; passphrase = "
     "\"env:P\"; } ); plugin_path =",
     3, "keys.0.passphrase", "belongs to a key with file", "leave it out"},
    {"plugin_path =",
     "keys = ( { slug = \"k\"; file = \"/k\"; module = \"/m.so\";  } ); plugin_path =", 3,
     "keys.0.module", "belongs to a key with uri", "leave it out"},
    {"plugin_path =", "keys = ( { slug = \"k\"; file = \"/k\"; pin = \"env:P\"; } ); plugin_path =",
     3, "keys.0.pin", "belongs to a key with uri", "leave it out"},
    {"plugin_path =",
     "keys = ( { slug = \"k\"; uri = \"pkcs12:object=k\"; module = \"/m.so\";  } ); plugin_path =",
     3, "keys.0.uri", "no URI of a key on a token", "pkcs11:token"},
    {"plugin_path =",
     "keys = ( { slug = \"k\"; uri = \"pkcs11:\"; module = \"/m.so\";  } ); plugin_path =", 3,
     "keys.0.uri", "no URI of a key on a token", "pkcs11:token"},
    {"plugin_path =",
     "keys = ( { slug = \"k\"; uri = \"pkcs11:object=a b\"; module = \"/m.so\";  } ); plugin_path "
     "=",
     3, "keys.0.uri", "printed ASCII", "pkcs11:token"},
    {"plugin_path =",
     "keys = ( { slug = \"k\"; uri = \"pkcs11:object=k?pin-value=1234\"; module = \"/m.so\";  } ); "
     "plugin_path =",
     3, "keys.0.uri", "not said in the URI", "pkcs11:token"},
    {"origin = \"required\"", "attest = \"release\"", 23, "attest", "there is no key \"release\"",
     "keys ="},
    {"origin = \"required\"", "attest_again = \"always\"", 23,
     "projects.0.signing_policies.0.attest_again", "neither \"first\" nor \"never\"", NULL},
    /* policies */
    {"origin = \"required\"", "origin = \"optional\"", 23, "projects.0.signing_policies.0.origin",
     "is neither \"required\" nor \"none\"", "leave it out"},
    {"origin = \"required\"", "system = \"ci1\"", 23, "projects.0.signing_policies.0.system",
     "there is only \"required\"", "\"systems\""},
    {"name = \"Acme Corp\"", "verifier = \"sign.acme.example\"", 1, "organization.verifier",
     "is no URI", "https://"},
    {"name = \"Acme Corp\"", "verifier = \":x\"", 1, "organization.verifier", "is no URI", NULL},
    {"name = \"Acme Corp\"", "verifier = \"urn:\"", 1, "organization.verifier", "is no URI", NULL},
    {"name = \"Acme Corp\"", "verifier = \"https://a b\"", 1, "organization.verifier",
     "what no URI holds", NULL},
    {"name = \"Acme Corp\"", "verifier = \"https://a\\\"b\"", 1, "organization.verifier",
     "what no URI holds", NULL},
    {"systems = [ \"ci1\", \"cloud\" ];", "systems = [ ];", 23,
     "projects.0.signing_policies.0.systems", "is empty", NULL},
    {"systems = [ \"ci1\", \"cloud\" ];", "", 23, "projects.0.signing_policies.0",
     "\"systems\" is missing", NULL},
    {"\"ci1\", \"cloud\" ]", "\"ci1\", \"cloud\", \"ci1\" ]", 23,
     "projects.0.signing_policies.0.systems.2", "\"ci1\" stands twice in this list", NULL},
    {"\"refs/heads/main\",\n", "\"main\",\n", 24, "projects.0.signing_policies.0.refs.0",
     "\"main\": begins with neither", "refs/heads/main"},
    {"\"refs/tags/v*\"\n", "\"refs/pull/1/head\"\n", 25, "projects.0.signing_policies.0.refs.1",
     "\"refs/pull/1/head\": begins with neither", NULL},
    {"\"refs/tags/v*\"\n", "\"refs/heads/a..b\"\n", 25, "projects.0.signing_policies.0.refs.1",
     "no name of a branch or tag can match", NULL},
    {"tag_branches = [ \"refs/heads/main\" ]", "tag_branches = [ \"refs/tags/v1\" ]", 27,
     "projects.0.signing_policies.0.tag_branches.0", "does not begin with refs/heads/", NULL},
    {"submitters = [ \"local:jo\", \"widget-ci\" ];", "", 23, "projects.0.signing_policies.0",
     "\"submitters\" is missing", NULL},
    {"\"local:jo\"", "\"local:\"", 28, "projects.0.signing_policies.0.submitters.0",
     "names no local user", NULL},
    {"\"local:jo\"", "\"Jo\"", 28, "projects.0.signing_policies.0.submitters.0", "not a slug",
     "local:NAME"},
    {"\"build.age\"", "\"age\"", 29, "projects.0.signing_policies.0.optional.0",
     "not the id of a check", NULL},
    {"\"build.age\"", "\"build.\"", 29, "projects.0.signing_policies.0.optional.0",
     "not the id of a check", NULL},
    {"reason = \"r\"; ", "", 30, "projects.0.signing_policies.0.waivers.0", "\"reason\" is missing",
     NULL},
    {"author = \"a\";", "author = \"\";", 30, "projects.0.signing_policies.0.waivers.0.author",
     "is empty", NULL},
    {"until = \"2026-11-30\"; }", "}", 30, "projects.0.signing_policies.0.waivers.0",
     "\"until\" is missing", NULL},
    {"\"2026-11-30\"", "\"2026-11-31\"", 31, "projects.0.signing_policies.0.waivers.0.until",
     "\"2026-11-31\" is neither a date nor a time", NULL},
    {"\"2026-11-30\"", "\"tomorrow\"", 31, "projects.0.signing_policies.0.waivers.0.until",
     "is neither a date nor a time", NULL},
    {"until = \"2026-11-30\"; }",
     "until = \"2026-11-30\"; }, { check = \"forge.cache-empty\"; reason = \"r\"; author = \"a\"; "
     "until = \"2026-12-30T12:00:00Z\"; }",
     31, "projects.0.signing_policies.0.waivers.1",
     "the waiver of \"forge.cache-empty\" stands already at t.conf:30", NULL},
    {"until = \"2026-11-30\";", "until = \"2026-11-30\"; untill = 1;", 31,
     "projects.0.signing_policies.0.waivers.0.untill", "there is no setting", "\"until\""},
    {"\"any\"", "\"private\"", 32, "projects.0.signing_policies.0.repository",
     "\"private\" is neither \"public\" nor \"any\"", NULL},
    {"\"12h\"", "\"12\"", 32, "projects.0.signing_policies.0.max_age", "is not a duration",
     "unlimited"},
    {"\"12h\"", "\"0s\"", 32, "projects.0.signing_policies.0.max_age", "is not a duration", NULL},
    {"} ); } );\n",
     "} ); }, { slug = \"widget\"; repositories = [ \"https://a.example/b\" ]; } );\n", 32,
     "projects.1", "the project \"widget\" stands already at t.conf:13", NULL},
    {"} ); } );\n",
     "}, { slug = \"release\"; systems = [ \"ci1\" ]; refs = [ \"refs/heads/a\" ]; "
     "submitters = [ \"x\" ]; } ); } );\n",
     32, "projects.0.signing_policies.1",
     "the signing policy \"release\" stands already at t.conf:23", NULL},
    {"} ); } );\n",
     "}, { slug = \"b\"; systems = [ \"ci1\" ]; refs = [ \"refs/tags/a\" ]; "
     "submitters = [ \"x\" ]; } ); } );\n",
     32, "projects.0.signing_policies.1", "\"refs\" names only tags", "branches"},
    {"} ); } );\n", "} ); }, { slug = \"b\"; } );\n", 32, "projects.1",
     "\"repositories\" is missing", NULL},
    {"} ); } );\n", "} ); }, { slug = \"b\"; repositories = ( ); } );\n", 32,
     "projects.1.repositories", "is empty", NULL},
    {"} ); } );\n", "} ); }, { slug = \"b\"; repositories = \"x\"; } );\n", 32,
     "projects.1.repositories", "is not a list", NULL},
    {"} ); } );\n",
     "} ); }, { slug = \"b\"; repositories = [ \"https://a.example/b\" ]; links = 1; } );\n", 32,
     "projects.1.links", "is not a list of groups", NULL},
    /* what libconfig refuses itself */
    {"state = ", "state ", 2, "", "syntax error", "look there"},
    {"\"/var/lib/countermark\";", "\"/var/lib/countermark\"; state = \"/a\";", 2, "",
     "duplicate setting name", "remove one"},
};

static void
test_each_complaint(void **state)
{
    (void)state;
    size_t failed = 0;
    for (size_t i = 0; i < CM_COUNT(wrong); i++) {
        struct cm_complaints complaints = {0};
        struct cm_trust *trust = NULL;
        char *text = changed(HONEST, wrong[i].from, wrong[i].to);
        assert_false(cm_config_read_text("t.conf", text, strlen(text), &trust, &complaints));
        assert_null(trust);
        const struct cm_complaint *one =
            find_complaint(&complaints, wrong[i].line, wrong[i].path, wrong[i].what);
        if (complaints.count != 1 || one == NULL) {
            print_message("row %zu wants one: %u: %s: %s\n", i, wrong[i].line, wrong[i].path,
                          wrong[i].what);
            print_complaints(&complaints);
            failed++;
        } else if (wrong[i].remedy && (!one->remedy || !strstr(one->remedy, wrong[i].remedy))) {
            print_message("row %zu: remedy \"%s\"\n", i, one->remedy ? one->remedy : "-");
            failed++;
        }
        if (complaints.count > 0)
            assert_string_equal(complaints.at[0].place.file, "t.conf");
        cm_complaints_done(&complaints);
        free(text);
    }
    assert_int_equal(failed, 0);
}

/* ---- keys ---- */

/* What begins like that and is so long: is it read? */
static bool
is_read(const char *begins, size_t size, const char *before, const char *behind)
{
    char uri[1100], text[2048];
    CM_CLEANUP(cm_trust_done) struct cm_trust *trust = NULL;
    CM_CLEANUP(cm_complaints_done) struct cm_complaints complaints = {0};
    assert_true(size < sizeof uri && strlen(begins) <= size);
    memset(uri, 'a', size);
    memcpy(uri, begins, strlen(begins));
    uri[size] = '\0';
    (void)snprintf(text, sizeof text, "%s%s%s", before, uri, behind);
    return cm_config_read_text("t.conf", text, strlen(text), &trust, &complaints);
}

static void
test_long_uris(void **state)
{
    static const char token[] = "organization = { slug = \"acme\"; };\n"
                                "keys = ( { slug = \"k\"; module = \"/m\"; uri = \"";
    static const char verifier[] = "organization = { slug = \"acme\"; verifier = \"";
    (void)state;
    for (size_t size = 1000; size <= 1001; size++)
        assert_int_equal(is_read("pkcs11:", size, token, "\"; } );\n"), size == 1000);
    for (size_t size = 255; size <= 255 + 1; size++)
        assert_int_equal(is_read("urn:x:", size, verifier, "\"; };\n"), size == 255);
}

/* A key that is said to sign files, and has nothing that it may sign. */
static void
test_a_key_signs_in_forms(void **state)
{
    (void)state;
    struct cm_trust *trust = NULL;
    struct cm_complaints complaints = {0};
    char *text = changed(KEYED, "attest = \"release\"", "sign = \"release\"");
    assert_false(cm_config_read_text("t.conf", text, strlen(text), &trust, &complaints));
    assert_int_equal(complaints.count, 1);
    assert_string_equal(complaints.at[0].path, "sign");
    assert_non_null(strstr(complaints.at[0].what, "signs attestations only"));
    assert_non_null(strstr(complaints.at[0].remedy, "forms ="));
    cm_complaints_done(&complaints);
    free(text);
}

/* ---- policies that ask for no origin ---- */

static void
test_system_only_says_nothing_of_an_origin(void **state)
{
    static const struct {
        const char *from, *to;
        unsigned line;
        const char *path, *what;
    } rows[] = {
        {"system = \"required\";\n", "\n", 8, "projects.0.signing_policies.0.origin",
         "the system has to be required"},
        {"system = \"required\";\n", "system = \"none\";\n", 8,
         "projects.0.signing_policies.0.system", "there is only \"required\""},
        {"systems = [", "refs = [ \"refs/heads/main\" ]; systems = [", 9,
         "projects.0.signing_policies.0.refs", "is about the origin"},
        {"systems = [", "tag_branches = [ \"refs/heads/main\" ]; systems = [", 9,
         "projects.0.signing_policies.0.tag_branches", "is about the origin"},
        {"systems = [", "repository = \"any\"; systems = [", 9,
         "projects.0.signing_policies.0.repository", "is about the origin"},
        {"systems = [", "max_age = \"1d\"; systems = [", 9, "projects.0.signing_policies.0.max_age",
         "is about the origin"},
        /* another policy of the project, and it needs a repository */
        {"{ slug = \"nightly\"",
         "{ slug = \"r\"; systems = [ \"farm\" ]; submitters = [ \"x\" ]; "
         "refs = [ \"refs/heads/main\" ]; }, { slug = \"nightly\"",
         4, "projects.0", "\"repositories\" is missing"},
    };
    (void)state;
    for (size_t i = 0; i < CM_COUNT(rows); i++) {
        CM_CLEANUP(cm_complaints_done) struct cm_complaints complaints = {0};
        struct cm_trust *trust = NULL;
        char *text = changed(NODES, rows[i].from, rows[i].to);
        assert_false(cm_config_read_text("t.conf", text, strlen(text), &trust, &complaints));
        if (complaints.count != 1 ||
            !find_complaint(&complaints, rows[i].line, rows[i].path, rows[i].what)) {
            print_complaints(&complaints);
            fail_msg("row %zu", i);
        }
        free(text);
    }
}

/* ---- of all complaints ---- */

static void
test_a_secret_is_never_repeated(void **state)
{
    (void)state;
    static const struct {
        const char *from, *to, *path, *what;
    } rows[] = {
        {"\"env:TOKEN\"", "\"hunter2secret\"", "projects.0.repositories.1.token", "no reference"},
        {"\"env:TOKEN\"", "\"file:hunter2secret\"", "projects.0.repositories.1.token", "file:"},
        {"https://git.acme.example:8443/w", "https://jo:hunter2secret@git.acme.example/w",
         "projects.0.repositories.1.url", "holds a user or a password"},
        {"\"env:TOKEN\"", "0hunter2secret", "", "no whole number"},
        {"\"env:TOKEN\"", "hunter2secret", "", "syntax error"},
        {"\"env:TOKEN\"", "\"\" hunter2secret", "", "syntax error"},
    };
    for (size_t i = 0; i < CM_COUNT(rows); i++) {
        struct cm_complaints complaints = {0};
        struct cm_trust *trust = NULL;
        char *text = changed(HONEST, rows[i].from, rows[i].to);
        assert_false(cm_config_read_text("t.conf", text, strlen(text), &trust, &complaints));
        bool found = false;
        for (size_t j = 0; j < complaints.count; j++) {
            const struct cm_complaint *one = &complaints.at[j];
            assert_null(strstr(one->what, "hunter2"));
            assert_true(one->remedy == NULL || strstr(one->remedy, "hunter2") == NULL);
            found |= strcmp(one->path, rows[i].path) == 0 && strstr(one->what, rows[i].what);
        }
        if (!found) {
            print_complaints(&complaints);
            fail_msg("row %zu", i);
        }
        cm_complaints_done(&complaints);
        free(text);
    }
}

/* Everything at once, in the order of the lines; and in front of a syntax error, but nothing about
 * what may stand behind it. */
static void
test_one_run_finds_everything(void **state)
{
    (void)state;
    struct cm_complaints complaints = {0};
    struct cm_trust *trust = NULL;
    static const char text[] =
        "organization = { slug = \"A\"; };\n"
        "stat = 7;\n"
        "n = 4295194851;\n"
        "systems = ( { slug = \"a\"; connector = \"X\"; },\n"
        "            { connector = \"x\"; } );\n"
        "projects = (\n"
        "  { slug = \"p\"; links = ( { } );\n"
        "    signing_policies = ( { slug = \"Q\"; refs = [ \"x\" ; } ); } );\n";
    assert_false(cm_config_read_text("t.conf", text, strlen(text), &trust, &complaints));
    static const struct {
        unsigned line;
        const char *path;
    } expected[] = {
        {1, "organization.slug"},
        {2, "stat"},
        {3, ""},
        {3, "n"},
        {4, "systems.0.connector"},
        {5, "systems.1"},
        {7, "projects.0.links.0"},
        {8, ""},
        {8, "projects.0.signing_policies.0.slug"},
        {8, "projects.0.signing_policies.0.refs.0"},
    };
    if (complaints.count != CM_COUNT(expected)) {
        print_complaints(&complaints);
        fail_msg("%zu complaints", complaints.count);
    }
    for (size_t i = 0; i < CM_COUNT(expected); i++) {
        assert_int_equal(complaints.at[i].place.line, expected[i].line);
        assert_string_equal(complaints.at[i].path, expected[i].path);
    }
    cm_complaints_done(&complaints);
}

static void
test_complaints_have_an_end(void **state)
{
    (void)state;
    struct cm_complaints complaints = {0};
    for (int i = 0; i < 3000; i++)
        cm_complain(&complaints, (struct cm_place){"f", 1}, "", NULL, "%d", i);
    assert_int_equal(complaints.count, 1000);
    assert_true(complaints.cut);
    struct cm_trust *trust = NULL;
    complaints.count = 0; /* even if nobody saw one: what was cut was a complaint */
    assert_false(cm_config_read_text("t", HONEST, strlen(HONEST), &trust, &complaints));
    cm_complaints_done(&complaints);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_complaint),
        cmocka_unit_test(test_long_uris),
        cmocka_unit_test(test_a_key_signs_in_forms),
        cmocka_unit_test(test_system_only_says_nothing_of_an_origin),
        cmocka_unit_test(test_a_secret_is_never_repeated),
        cmocka_unit_test(test_one_run_finds_everything),
        cmocka_unit_test(test_complaints_have_an_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

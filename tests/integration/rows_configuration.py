# SPDX-License-Identifier: Apache-2.0
"""Configurations that say, or would be read as, something else than the operator meant."""

import os

from rows_request import of_link, of_policy, refused


def of_system(**members):
    return lambda w: w.system.update(members)


def of_host(**members):
    return lambda w: w.host.update(members)


def of_project(**members):
    return lambda w: w.linked.update(members)


def without(part, *names):
    def change(w):
        for name in names:
            getattr(w, part).pop(name)
    return change


def repository(url):
    """The URL stands in the configuration as it is; {git} is the port of the real one."""
    return lambda w: w.linked.update(repositories=[url.replace("{git}", str(w.ports["git"]))])


def allowed(*networks):
    return lambda w: w.system.update(allow_addresses=list(networks))


def replaced(old, new):
    """In the text of the file, once."""
    def change(w):
        def rewrite(text, _):
            assert text.count(old) >= 1, old
            return text.replace(old, new, 1)
        w.rewrites.append(rewrite)
    return change


def in_front(more):
    """Bytes in front of all others."""
    more = more if isinstance(more, bytes) else more.encode()
    return lambda w: w.rewrites.append(lambda text, _: more + text.encode())


def behind(more):
    return lambda w: w.rewrites.append(lambda text, _: text + more)


def beside(name, text):
    """One more file in the run's folder."""
    def change(w):
        def write(folder):
            path = os.path.join(folder, name)
            os.makedirs(os.path.dirname(path), exist_ok=True)
            with open(path, "w", encoding="utf-8") as file:
                file.write(text)
        w.preparations.append(write)
    return change


def mode(name, bits):
    return lambda w: w.preparations.append(lambda folder: os.chmod(os.path.join(folder, name),
                                                                   bits))


def with_key(content):
    """The key's file has other bytes."""
    def change(w):
        def write(folder):
            with open(os.path.join(folder, "key"), "wb") as file:
                file.write(content)
        w.preparations.append(write)
    return change


def key_is_a_pipe(w):
    def make(folder):
        os.unlink(os.path.join(folder, "key"))
        os.mkfifo(os.path.join(folder, "key"), 0o600)
    w.preparations.append(make)


def key_in(reference):
    return lambda w: w.link.update(api_key=reference)


def in_writable_folder(w):
    """Whoever may write the folder may put another file there."""
    def move(folder):
        os.mkdir(os.path.join(folder, "open"))
        os.chmod(os.path.join(folder, "open"), 0o777)
        os.rename(os.path.join(folder, "ca.pem"), os.path.join(folder, "open", "ca.pem"))
    copy_of_ca(w, "open/ca.pem")
    w.preparations.append(move)


def copy_of_ca(w, name="ca.pem"):
    """The certificates are read from a file in the run's folder."""
    source = w.paths["ca"]

    def write(folder):
        with open(source, "rb") as old, open(os.path.join(folder, "ca.pem"), "wb") as new:
            new.write(old.read())
    w.preparations.append(write)
    w.rewrites.append(lambda text, folder: text.replace(source, os.path.join(folder, name)))


def ca_that_others_write(w):
    copy_of_ca(w)
    mode("ca.pem", 0o646)(w)


def ca_is_a_pipe(w):
    w.preparations.append(lambda folder: os.mkfifo(os.path.join(folder, "ca.pem"), 0o600))
    source = w.paths["ca"]
    w.rewrites.append(lambda text, folder: text.replace(source, os.path.join(folder, "ca.pem")))


def same_repository_twice(w):
    w.linked["repositories"].append(w.linked["repositories"][0] + ".git")


def token_for_nothing(w):
    w.linked["repositories"] = [{"url": w.git_base + "/acme/widget", "token": "env:GIT_TOKEN"}]


def twin_system(w):
    w.trust["systems"].append(dict(w.system))


def broken_further_down(w):
    """What is missing above a syntax error is missing all the same."""
    del w.system["connector"]
    behind("projects = ( { slug = ;\n")(w)


DEEP = "deep = " + "( " * 40 + ") " * 40 + ";\n"
BACKSLASH = "a text holds a backslash that would not be read as written"
NUMBER = "no whole number that would be read as written"
HOST = "https://localhost:{git}"
V6 = "has no valid IPv6 address in its brackets"
NAME = "has no valid host name"
LABEL = "a" * 63

# ---- what the reader of the file would have misread

BYTES = [
    refused("more than a file may hold", behind("# " + "a" * (1 << 20)), "larger than"),
    refused("control character in a comment", in_front("# \x1b[2J\n"), "a control character"),
    refused("C1 control character in a comment", in_front("# \x9b2J\n"), "a control character"),
    refused("NUL that ends the file early", in_front("# \0\n"), "a control character"),
    refused("letters from right to left", in_front("# \u202e\n"), "the direction of text"),
    refused("isolated letters", in_front("# \u2066\n"), "the direction of text"),
    refused("file that is not UTF-8", in_front(b"# \xff\n"), "is not UTF-8"),
    refused("byte order mark", in_front("\ufeff"), "not ASCII"),
    refused("another file included", in_front('@include "/etc/passwd"\n'), "are not included"),
    refused("comment without an end", behind("/* from here on nothing is read"),
            "a comment that begins here is not closed"),
    refused("text without an end", in_front('name = "a\nb";\n'), "not closed in its line"),
    refused("comma forgotten between two texts",
            replaced('["refs/heads/main"]', '["refs/heads/main" "/x"]'), "two texts of a list"),
    refused("NUL written as an escape", replaced('"acme"', '"ac\\x00me"'), BACKSLASH),
    refused("control character written as an escape", replaced('"acme"', '"ac\\x1bme"'), BACKSLASH),
    refused("DEL written as an escape", replaced('"acme"', '"ac\\x7fme"'), BACKSLASH),
    refused("escape that the reader does not know", replaced('"acme"', '"ac\\dme"'), BACKSLASH),
    refused("number that is cut to 32 bits", replaced('"4711"', "4294972007"), NUMBER),
    refused("number beyond 64 bits", replaced('"4711"', "9223372036854775808L"), NUMBER),
    refused("hexadecimal number that is cut", replaced('"4711"', "0xffffffff"), NUMBER),
    refused("number with a leading zero", replaced('"4711"', "04711"), NUMBER),
    refused("fraction", replaced('"4711"', "4711.0"), NUMBER),
    refused("number and a name without a blank", replaced('"4711"', "12b = 3"), NUMBER),
    refused("lists in lists without end", in_front(DEEP), "too deep"),
    refused("sign of equality forgotten", replaced('slug = "acme";', 'slug "acme";'), "syntax error"),
    refused("group closed too early", behind("};\n"), "syntax error"),
    refused("the same setting twice in a group",
            replaced('slug = "acme";', 'slug = "acme"; slug = "evil";'), "duplicate"),
    refused("setting missing above a syntax error", broken_further_down, '"connector" is missing'),
]

# ---- whose file it is

FILES = [
    refused("configuration that others may write", mode("countermark.conf", 0o646), "chmod go-w"),
    refused("configuration that the group may write", mode("countermark.conf", 0o664),
            "chmod go-w"),
    refused("configuration in a folder that others may write", mode(".", 0o777), "chmod go-w"),
    refused("part of the configuration that others may write",
            lambda w: (beside("conf.d/a.conf", "")(w), mode("conf.d/a.conf", 0o646)(w)),
            "chmod go-w"),
    refused("parts of the configuration in a folder that others may write",
            lambda w: (beside("conf.d/a.conf", "")(w), mode("conf.d", 0o777)(w)), "chmod go-w"),
    refused("parts of the configuration are no folder", beside("conf.d", ""), "cannot be listed"),
    refused("part of the configuration names another organization",
            beside("conf.d/a.conf", 'organization = { slug = "evil"; };\n'), "stands already"),
    refused("part of the configuration names a system again",
            beside("conf.d/a.conf",
                   'systems = ( { slug = "appveyor"; connector = "appveyor"; } );\n'),
            "stands already"),
    refused("certificates that others may write", ca_that_others_write, "chmod go-w"),
    refused("certificates in a folder that others may write", in_writable_folder, "chmod go-w"),
    refused("certificates are a pipe", ca_is_a_pipe, "not a regular file"),
    refused("certificates that are not there", of_system(ca="/nonexistent/ca.pem"),
            "No such file"),
    refused("certificates in the working directory", of_system(ca="ca.pem"),
            "not an absolute path"),
    refused("certificates are a number", of_system(ca=5), "is not a text"),
    refused("plug-ins from the working directory",
            lambda w: w.trust.update(plugin_path=["plugins"]), "not an absolute path"),
]

# ---- what a value may not be


def artifact(**members):
    """Another one beside it: none is chosen, so that nobody asks for its plug-ins."""
    return of_project(artifact_configurations=[
        {"slug": "plain"}, {"slug": "package", "rewriters": ["nuget"], **members}])


def no_origin(**members):
    def change(w):
        for name in ("refs", "tag_branches", "repository", "max_age"):
            w.policy.pop(name, None)
        w.policy.update(origin="none", **members)
    return change


def of_organization(**members):
    return lambda w: w.trust["organization"].update(members)


VALUES = [
    refused("room for mirrors that is no size", lambda w: w.trust.update(mirrors="4GiB"),
            "is not a size"),
    refused("room for no mirror", lambda w: w.trust.update(mirrors="512k"), "less than 1M"),
    refused("no organization", lambda w: w.trust.pop("organization"),
            '"organization" is missing'),
    refused("organization is a text", lambda w: w.trust.update(organization="acme"),
            "is not a group"),
    refused("slug that climbs out", of_organization(slug="../acme"), "not a slug"),
    refused("verifier that is a name", of_organization(verifier="us"), "is no URI"),
    refused("verifier with a blank", of_organization(verifier="urn:a b"), "what no URI holds"),
    refused("verifier that is too long", of_organization(verifier="urn:" + "a" * 300),
            "longer than"),
    refused("slug with a line feed", of_project(slug="wid\nget"), "not a slug"),
    refused("slug that is an option", of_project(slug="-widget"), "not a slug"),
    refused("slug in upper case", of_project(slug="Widget"), "not a slug"),
    refused("slug is a number", of_project(slug=5), "is not a text"),
    refused("name is empty", of_system(name=""), "is empty"),
    refused("system without a connector", without("system", "connector"),
            '"connector" is missing'),
    refused("host without a name", without("host", "name"), '"name" is missing'),
    refused("host with a path", of_host(name="localhost/acme"), "not the name of a host"),
    refused("host with userinfo", of_host(name="a@localhost"), "not the name of a host"),
    refused("host whose case is a number", of_host(case_insensitive=1), "neither true nor false"),
    refused("setting of a project that nobody knows", of_project(signing_policy="x"),
            "there is no setting"),
    refused("systems are texts", replaced("systems = ({", 'systems = ("x", {'), "is not a group"),
    refused("systems are a group", lambda w: w.trust.update(systems=w.system),
            "is not a list of groups"),
    refused("option is a group", of_link(account={"a": 1}), "is neither a text"),
    refused("option is a list of lists", replaced('"77"', "(( 1 ))"), "is neither a text"),
    refused("two systems of one slug", twin_system, "stands already at"),

    refused("policy of no branch", of_policy(refs=[]), "is empty"),
    refused("policy without branches", without("policy", "refs"), '"refs" is missing'),
    refused("branches are a text", of_policy(refs="refs/heads/main"), "is not a list of texts"),
    refused("branch named twice", of_policy(refs=["refs/heads/main"] * 2), "stands twice"),
    refused("branch that is too long", of_policy(refs=["refs/heads/" + "a" * 600]),
            "longer than"),
    refused("pattern that no name can match", of_policy(refs=["refs/heads/a..b"]),
            "no name of a branch or tag can match"),
    refused("pull requests as branches", of_policy(refs=["refs/pull/*"]), "begins with neither"),
    refused("tags without branches", of_policy(refs=["refs/tags/v*"]), "tag_branches"),
    refused("tags as the branches of tags", of_policy(tag_branches=["refs/tags/v1"]),
            "does not begin with refs/heads/"),
    refused("policy of a system without a link", of_policy(systems=["appveyor", "ghost"]),
            "no link to"),
    refused("age that is no duration", of_policy(max_age="soon"), "is not a duration"),
    refused("age of nothing", of_policy(max_age="0d"), "is not a duration"),
    refused("origin that is not required", of_policy(origin="optional"), 'nor "none"'),
    refused("no origin, and nothing said of the system", no_origin(), "has to be required"),
    refused("no origin, and the system optional", no_origin(system="optional"),
            'only "required"'),
    refused("no origin, and yet branches", of_policy(origin="none", system="required"),
            "is about the origin"),
    refused("repository neither public nor any", of_policy(repository="private"), "neither"),
    refused("submitter with a line feed", of_policy(submitters=["local:a\nb"]),
            "names no local user"),
    refused("submitter without a name", of_policy(submitters=["local:"]), "names no local user"),
    refused("check of one word", of_policy(optional=["cache"]), "not the id of a check"),
    refused("check with an empty word", of_policy(optional=["appveyor..cache"]),
            "not the id of a check"),
    refused("waiver without an end", lambda w: w.policy.update(waivers=[
        {"check": "appveyor.cache-empty", "reason": "because", "author": "somebody"}]),
            '"until" is missing'),
    refused("waiver until some day", lambda w: w.policy.update(waivers=[
        {"check": "appveyor.cache-empty", "reason": "because", "author": "somebody",
         "until": "some day"}]), "neither a date nor a time"),
    refused("reason for no assumption", without("link", "assume"), "a reason for nothing"),

    refused("address that is none", allowed("localhost"), "neither an address nor a network"),
    refused("address that is too long", allowed("1" * 60), "neither an address nor a network"),
    refused("network that is wider than it looks", allowed("127.0.0.1/8"), "bits set behind"),
    refused("network wider than an address", allowed("127.0.0.0/33"), "is not 0 to 32"),
    refused("pin of another kind", of_system(spki="md5/" + "A" * 22), "begin with sha256/"),
    refused("pin that is cut", of_system(spki="sha256/AAAA"), "not the base64 of 32 bytes"),

    refused("no repositories", without("linked", "repositories"), '"repositories" is missing'),
    refused("repositories are empty", of_project(repositories=[]), "is empty"),
    refused("repositories are a text", of_project(repositories="x"), "is not a list"),
    refused("repository is a number", of_project(repositories=[5]), "neither a text nor a group"),
    refused("repository in two spellings", same_repository_twice, "already named"),
    refused("token that nobody uses", token_for_nothing, "the token is never used"),

    refused("artifact configurations of one slug", of_project(
        artifact_configurations=[{"slug": "plain"}, {"slug": "plain"}]), "stands already at"),
    refused("words for a rewriter that is not listed", artifact(other={"a": "b"}),
            "there is no setting"),
    refused("words for a rewriter are a text", artifact(nuget="x"), "is not a group"),
    refused("packages by an absolute name", artifact(packages=["/a.nupkg"]),
            "matches no name in an archive"),
    refused("packages as Windows writes names", artifact(packages=["a\\b.nupkg"]),
            "matches no name in an archive"),
    refused("packages by a name that is too long", artifact(packages=["a" * 1100]), "longer than"),
    refused("packages that no rewriter is for", artifact(packages=["*.nupkg"], rewriters=[]),
            "there is no rewriter for them"),
]

# ---- URLs that two readers read in two ways; here of the repository, one reader is for all

URLS = [
    refused(f"repository's URL: {name}", repository(url), says) for name, url, says in [
        ("too long", HOST + "/acme/" + "a" * 9000, "longer than"),
        ("with a blank", HOST + "/acme/wid get", "white space"),
        ("with a backslash", HOST + "\\@evil.example/acme/widget", "backslash"),
        ("with a homoglyph", "https://l\u043ecalhost/acme/widget", "not ASCII"),
        ("with a line feed", HOST + "/acme/wid\nget", "white space"),
        ("with a fragment", HOST + "/acme/widget#@evil.example", "a fragment"),
        ("without a scheme", "localhost:{git}/acme/widget", "does not begin with https://"),
        ("of another scheme", "ssh://localhost:{git}/acme/widget", "neither https nor http"),
        ("of a scheme as long as https", "ldaps://localhost:{git}/acme/widget",
         "neither https nor http"),
        ("without TLS", "http://localhost:{git}/acme/widget", "is not https"),
        ("userinfo", "https://localhost@evil.example/acme/widget",
         "holds a user or a password"),
        ("host that is too long", "https://" + ".".join([LABEL] * 8) + "/acme/widget", NAME),
        ("host that is a little too long", "https://" + ".".join([LABEL] * 4) + "/acme/w", NAME),
        ("label that is too long", "https://" + "a" * 64 + ".example/acme/widget", NAME),
        ("label that begins with a hyphen", "https://-a.example/acme/widget", NAME),
        ("label that ends with a hyphen", "https://a-.example/acme/widget", NAME),
        ("empty label", "https://a..example/acme/widget", NAME),
        ("underscore in the host", "https://a_b.example/acme/widget", NAME),
        ("escape in the host", "https://local%68ost/acme/widget", NAME),
        ("address in two parts", "https://127.1:{git}/acme/widget", "neither a name nor"),
        ("address as one number", "https://2130706433/acme/widget", "neither a name nor"),
        ("address as a hexadecimal number", "https://0x7f000001/acme/widget",
         "neither a name nor"),
        ("address with an octal part", "https://0177.0.0.1/acme/widget", "neither a name nor"),
        ("bracket that is not closed", "https://[::1/acme/widget", V6),
        ("something behind the bracket", "https://[::1]evil.example/acme/widget", V6),
        ("no address in the brackets", "https://[::g]/acme/widget", V6),
        ("zone in the brackets", "https://[fe80::1%25lo]/acme/widget", V6),
        ("port 0", "https://localhost:0/acme/widget", "port"),
        ("port beyond 65535", "https://localhost:65536/acme/widget", "port"),
        ("empty port", "https://localhost:/acme/widget", "port"),
        ("escape that is none", HOST + "/acme/%zz", "begins no escape"),
        ("escape that is cut", HOST + "/acme/widget%7", "begins no escape"),
        ("escape of one digit", HOST + "/acme/%7zwidget", "begins no escape"),
        ("escaped NUL", HOST + "/acme/widget%00", "a control character in its path"),
        ("dot segment", HOST + "/acme/../acme/widget", '"." or ".."'),
        ("escaped dot segment", HOST + "/acme/%2e%2E/acme/widget", '"." or ".."'),
        ("dot segment behind an escaped slash", HOST + "/acme%2f..%2facme/widget", '"." or ".."'),
        ("dot segment behind an escaped backslash", HOST + "/acme%5c../widget", '"." or ".."'),
        ("dot segment at the end", HOST + "/acme/widget/..", '"." or ".."'),
        ("byte that has to be escaped", HOST + "/acme/<widget>", "has to be escaped"),
        ("query", HOST + "/acme/widget?x=y", "holds a query"),
        ("byte in the query that has to be escaped", HOST + "/acme/widget?<", "to be escaped"),
        ("escape in the query that is none", HOST + "/acme/widget?%zz", "in its query"),
        ("no path", HOST, "names a host, but no repository"),
        ("no path but a slash", HOST + "/", "names a host, but no repository"),
        ("no path but .git", HOST + "/.git", "names a host, but no repository"),
    ]]

# ---- the proxy

def proxy(**members):
    return lambda w: w.trust.update(proxy=members)


PIN = "sha256/" + "A" * 43 + "="
PROXIES = [
    refused("proxy that is a text", lambda w: w.trust.update(proxy="http://proxy.example"),
            "is not a group"),
    refused("proxy with a user and no password", proxy(url="https://proxy.example", user="a"),
            '"user" has no "password"'),
    refused("proxy with a password and no user",
            proxy(url="https://proxy.example", password="env:PROXY"), '"password" has no "user"'),
    refused("proxy without TLS at any address", proxy(url="http://proxy.example"),
            "listed addresses only"),
    refused("proxy without TLS and a pin",
            proxy(url="http://proxy.example", allow_addresses=["127.0.0.1"], spki=PIN),
            "are for TLS"),
    refused("proxy by socks", proxy(url="socks5://proxy.example"), "SOCKS"),
    refused("proxy with a path", proxy(url="https://proxy.example/path"), "no path and no query"),
    refused("proxy's user with a colon", proxy(
        url="https://proxy.example", user="a:b", password="env:PROXY"), "no ':'"),
    refused("everything left out of the proxy", proxy(url="https://proxy.example", no_proxy=["*"]),
            "neither a host nor a domain"),
    refused("repository's short name through the proxy", proxy(url="https://proxy.example"),
            "a name without a dot"),
    refused("repository's address through the proxy",
            lambda w: (proxy(url="https://proxy.example")(w),
                       w.linked.update(repositories=["https://127.0.0.1/acme/widget"])),
            "ask an address through the proxy"),
]

# ---- secrets

REFERENCES = [
    refused("key in a file of the working directory", key_in("file:key"), "no absolute path"),
    refused("key in a file with a line feed", key_in("file:/a\nb"), "no absolute path"),
    refused("key in a variable that is none", key_in("env:1KEY"), "no name of a variable"),
    refused("key in a variable with a sign", key_in("env:A=B"), "no name of a variable"),
    refused("key in a credential that climbs out", key_in("credential:../key"),
            "no name of a credential"),
    refused("key in a credential with a slash", key_in("credential:a/b"),
            "no name of a credential"),
    refused("key in a credential that is hidden", key_in("credential:.key"),
            "no name of a credential"),
    refused("key by a reference of no kind", key_in("http://evil.example/"), "no reference"),
]

SECRETS = [
    refused("key that others may read", mode("key", 0o644), "rights to it"),
    refused("key that the group may write", mode("key", 0o620), "rights to it"),
    refused("key is a pipe", key_is_a_pipe, "not a regular file"),
    refused("key is a folder", key_in("file:/"), "not a regular file"),
    refused("key that is not there", key_in("file:/nonexistent/key"), "No such file"),
    refused("key in a variable that is not set", key_in("env:CM_NO_SUCH_KEY"),
            "there is no such variable"),
    refused("key in a credential without systemd", key_in("credential:key"),
            "CREDENTIALS_DIRECTORY"),
    refused("key in a credential of a relative folder",
            lambda w: (key_in("credential:key")(w), w.environment.update(
                CREDENTIALS_DIRECTORY="tmp")), "CREDENTIALS_DIRECTORY"),
    refused("key is empty", with_key(b"\n"), "is empty"),
    refused("key with another header behind it", with_key(b"k\r\nX-Evil: 1\n"),
            "a control character"),
    refused("key of two lines", with_key(b"k\nk\n"), "a control character"),
    refused("key that is too large", with_key(b"k" * 9000), "larger than"),
]

ROWS = [*BYTES, *FILES, *VALUES, *URLS, *PROXIES, *REFERENCES, *SECRETS]

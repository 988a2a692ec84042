# SPDX-License-Identifier: Apache-2.0
"""Mutants by hand: guards that are no refusal of their own, so that source.py does not find them.

What stands in [[ ]] is replaced, in a text that stands in its file exactly once. `rows` are
beginnings of names of rows that are tried first. A mutant that no row can kill says why, and names
the unit test that does.
"""

from dataclasses import dataclass, field


@dataclass
class Row:
    name: str
    file: str
    find: str
    new: str
    rows: list = field(default_factory=list)
    unit: str = ""
    reason: str = ""


BASE, NET, TRUST, GIT = "engine/base/", "engine/net/", "engine/trust/", "engine/git/"
PLUGIN, VERDICT, EVIDENCE = "engine/plugin/", "engine/verdict/", "engine/evidence/"

# ---- net: what libcurl is told, and who gets a credential

WIRE = [
    Row("net: the server's certificate", NET + "hop.c", "SET(CURLOPT_SSL_VERIFYPEER, [[1L]]);",
        "0L", ["certificate of another authority"]),
    Row("net: the name in the certificate", NET + "hop.c", "SET(CURLOPT_SSL_VERIFYHOST, [[2L]]);",
        "0L", ["certificate of another name"]),
    Row("net: the named authority", NET + "hop.c", "if ([[job->peer.ca]])\n", "NULL", ["honest"]),
    Row("net: the pinned key", NET + "hop.c", "if ([[job->peer.spki && !job->estranged]])", "false",
        ["another key than the pinned one"]),
    Row("net: no key is pinned where a redirect leads", NET + "hop.c",
        "if (job->peer.spki && [[!job->estranged]])", "true", ["pinned key, and a store"]),
    Row("net: libcurl follows no redirect", NET + "hop.c", "SET(CURLOPT_FOLLOWLOCATION, [[0L]]);",
        "1L", ["redirect", "key over"]),
    Row("net: no proxy of the environment", NET + "proxy.c",
        'SET(CURLOPT_PROXY, hop->proxy ? proxy->origin : [[""]]);', "NULL",
        ["proxy of the environment"]),
    *(Row(f"net: the proxy's {what}", NET + "proxy.c", f"SET({option}, [[{old}]]);", new, [],
          "test_proxy", "proxies.py plays what goes through a proxy, this suite goes without one")
      for what, option, old, new in [
          ("certificate", "CURLOPT_PROXY_SSL_VERIFYPEER", "1L", "0L"),
          ("name", "CURLOPT_PROXY_SSL_VERIFYHOST", "2L", "0L"),
          ("pinned key", "CURLOPT_PROXY_PINNEDPUBLICKEY", "job->net->proxy.spki", "NULL")]),
    Row("net: no password of the home folder", NET + "hop.c",
        "SET(CURLOPT_NETRC, (long)[[CURL_NETRC_IGNORED]]);", "CURL_NETRC_OPTIONAL",
        ["password in the home folder"]),
    Row("net: no credential behind a redirect to another origin", NET + "hop.c",
        "job->credential.size == 0 || [[job->estranged]])", "false",
        ["redirect", "key over", "settings read elsewhere", "key not put on"]),
    Row("net: no header behind a redirect to another origin", NET + "hop.c",
        "return [[!job->estranged]] || cm_ascii", "true", [], "test_http_trust",
        "the connector sends no other header, and its secret is no header of its own"),
    Row("net: another origin stays another one", NET + "outcome.c",
        "job->estranged |= [[!cm_url_same_origin(&job->asked, &to)]];", "false",
        ["redirect", "key over", "settings read elsewhere"]),
    Row("net: once estranged, always", NET + "outcome.c",
        "[[job->estranged |= !cm_url_same_origin(&job->asked, &to)]];",
        "job->estranged = !cm_url_same_origin(&job->asked, &to)", ["key not put on again"]),
    Row("net: another scheme is another origin", TRUST + "url_form.c",
        "return [[strcmp(a->scheme, b->scheme) == 0]] && strcmp(a->host", "true", [], "test_url",
        "from https to http no redirect is followed, and the ports differ"),
    Row("net: another host is another origin", TRUST + "url_form.c",
        "&& [[strcmp(a->host, b->host) == 0]] && a->port", "true",
        ["key over a redirect to another name"]),
    Row("net: another port is another origin", TRUST + "url_form.c",
        "&& [[a->port == b->port]];", "true", ["redirect", "key over", "settings read elsewhere"]),
    Row("net: the address that is connected to", NET + "guard.c",
        "|| [[!judge(job, &address->addr, shown)]])\n", "false", ["redirect", "other address"]),
    Row("net: the address of a kept connection", NET + "guard.c",
        "[[judge(job, (const struct sockaddr *)&address, remote)]]) {", "true", [], "test_http_trust",
        "within one run a host is asked with one list of addresses only"),
    Row("net: never more tries than that", NET + "outcome.c",
        "&& [[job->x.tries < CM_RETRY_TRIES]];", "true", ["unavailable to the end"]),
    Row("net: no longer to wait than there is time", NET + "outcome.c",
        "if (may && [[wait < cm_net_remaining(job->net)]])", "true", ["longer to wait"]),
    Row("net: what the server asks to wait", NET + "outcome.c", "return [[theirs > ours]] ?",
        "false", ["longer to wait"]),
    Row("net: a header's blanks", NET + "receive.c",
        "while ([[size > 0 && (*at == ' ' || *at == '\\t')]])", "false", ["redirect", "honest"]),
    Row("net: the deadline", NET + "net.c",
        "return net->over || [[cm_net_remaining(net) == 0]] ||", "false",
        ["slower than the time that is left"]),
]

# ---- trust: the special addresses, one by one

SPECIAL = {  # and the rows that are tried first
    "0.0.0.0/8": ["redirect to 0.0.0.0"],
    "10.0.0.0/8": ["redirect to 10.255"],
    "100.64.0.0/10": ["redirect to 100.64"],
    "127.0.0.0/8": ["loopback by its address"],
    "169.254.0.0/16": ["redirect to 169.254.0.1"],
    "172.16.0.0/12": ["redirect to 172.16"],
    "192.0.0.0/24": ["redirect to 192.0.0.8"],
    "192.0.2.0/24": ["redirect to 192.0.2"],
    "192.88.99.0/24": ["redirect to 192.88"],
    "192.168.0.0/16": ["redirect to 192.168"],
    "198.18.0.0/15": ["redirect to 198.19"],
    "198.51.100.0/24": ["redirect to 198.51"],
    "203.0.113.0/24": ["redirect to 203.0"],
    "224.0.0.0/4": ["redirect to 224."],
    "255.255.255.255/32": ["redirect to 255."],
    "240.0.0.0/4": ["redirect to 240."],
    "::/128": ["redirect to ::"],
    "::1/128": ["loopback by its IPv6"],
    "::ffff:0.0.0.0/96": ["redirect to ::ffff"],
    "::/96": ["redirect to ::127"],
    "64:ff9b::/96": ["redirect to 64:ff9b::7"],
    "64:ff9b:1::/48": ["redirect to 64:ff9b:1"],
    "100::/64": ["redirect to 100::"],
    "2001::/32": ["redirect to 2001::1"],
    "2001:2::/48": ["redirect to 2001:2"],
    "2001::/23": ["redirect to 2001:1:"],
    "2001:db8::/32": ["redirect to 2001:db8"],
    "2002::/16": ["redirect to 2002"],
    "3fff::/20": ["redirect to 3fff"],
    "fc00::/7": ["redirect to fc00"],
    "fe80::/10": ["redirect to fe80"],
    "fec0::/10": ["redirect to fec0"],
    "ff00::/8": ["redirect to ff02"],
}

ADDRESSES = [
    *(Row(f"address: {network}", TRUST + "address.c",
          "if ([[text_contains(special[i].network, address)]])",
          f'strcmp(special[i].network, "{network}") != 0 && '
          "text_contains(special[i].network, address)",
          rows) for network, rows in SPECIAL.items()),
    Row("address: what is not global", TRUST + "address.c",
        'if ([[address->family == AF_INET6 && !text_contains("2000::/3", address)]])', "false",
        ["redirect to 4000"]),
    Row("address: the bits behind whole bytes", TRUST + "address.c",
        "return [[rest == 0]] || ((network", "true", ["redirect to ", "honest"]),
]

# ---- trust: names, URLs, secrets, whose file it is

NAMES = [
    Row("pattern: * does not cross a slash", TRUST + "pattern.c",
        "(reached[j] && ([[crosses]] || text[j] != '/'))", "true", ["* does not cross a slash"]),
    Row("pattern: ? is no slash", TRUST + "pattern.c", ": [[text[j - 1] != '/']]);", "true",
        ["? does not cross a slash"]),
    Row("pattern: each byte stands for itself", TRUST + "pattern.c",
        "(c != 0 ? [[text[j - 1] == c]] :", "true", ["branch in another case", "homoglyph"]),
    Row("pattern: to the end of the text", TRUST + "pattern.c", "return [[reached[size]]];",
        "reached[size] || (size > 0 && reached[size - 1])", ["branch one letter longer"]),
    Row("ref: branches and tags only", TRUST + "pattern.c",
        'return [[(cm_starts_with(ref, "refs/heads/") || cm_starts_with(ref, "refs/tags/"))]] &&',
        "true", [], "test_pattern",
        "the connector puts refs/heads/ or refs/tags/ in front of what is stated"),
    Row("ref: a branch is no tag", TRUST + "pattern.c",
        'return cm_ref_is_valid(ref) && [[cm_starts_with(ref, "refs/tags/")]];', "true",
        ["honest"]),
    Row("ref: two dots", TRUST + "pattern.c", 'return [[memmem(at, size, "..", 2) == NULL]] &&',
        "true", ["ref that cannot be named so", "pattern that no name"]),
    Row("ref: @{", TRUST + "pattern.c", '&& [[memmem(at, size, "@{", 2) == NULL]];', "true",
        ["branch with a line of the reflog"]),
    Row("ref: UTF-8", TRUST + "pattern.c", "|| [[!cm_is_utf8(ref, strlen(ref))]])", "false", [],
        "test_pattern", "JSON and the lists of refs are UTF-8 before a ref is looked at"),
    Row("commit: lower-case hexadecimal digits", TRUST + "pattern.c",
        '[[strspn(text, DIGITS "abcdef") == COMMIT_HEX]];', "true",
        ["ref with an id in upper case", "ref without an id", "commit is no id"]),
    Row("slug: its letters", TRUST + "pattern.c",
        'return [[strspn(text, LOWER DIGITS "._-") == size]];', "true", ["slug in upper case"]),
    Row("secret: its file is ours alone", TRUST + "secret.c",
        "return read_file(path, [[true]], to, err);", "false", ["key that others may read"]),
    Row("secret: names of variables", TRUST + "secret.c",
        'size > 0 && size <= NAME_MOST && [[strchr(DIGITS, name[0]) == NULL]] &&', "true",
        ["key in a variable that is none"]),
    Row("secret: letters of variables", TRUST + "secret.c",
        '[[strspn(name, LETTERS DIGITS "_") == size]];', "true",
        ["key in a variable with a sign"]),
    Row("secret: names of credentials", TRUST + "secret.c", "&& [[name[0] != '.']] &&", "true",
        ["key in a credential that is hidden"]),
    Row("secret: letters of credentials", TRUST + "secret.c",
        '[[strspn(name, LETTERS DIGITS "._-") == size]];', "true",
        ["key in a credential with a slash"]),
    Row("secret: control characters", TRUST + "secret.c",
        "if ([[(unsigned char)at[i] < 0x20 || at[i] == 0x7f]])", "false",
        ["key with another header", "key in a file with a line feed"]),
    Row("secret: no variable is read as a file", TRUST + "secret.c",
        "if ([[folder == NULL || folder[0] != '/']])", "folder == NULL",
        ["key in a credential of a relative folder"]),
    Row("file: whoever else owns it", BASE + "fd_guard.c",
        "if ([[status->st_uid != 0 && status->st_uid != geteuid()]])", "false", [], "test_guard",
        "another owner can be made by root only"),
    Row("file: sticky folders", BASE + "fd_guard.c",
        "bool is_sticky_parent = [[is_parent && status->st_uid == 0 && (status->st_mode & "
        "S_ISVTX)]];", "is_parent", ["configuration in a folder", "certificates in a folder"]),
    Row("file: the folders above", BASE + "fd_guard.c",
        "return [[judge_fd(next, so_far, is_parent, err)]];", "true",
        ["configuration in a folder", "certificates in a folder"]),
    Row("line: UTF-8", TRUST + "guard.c",
        "if ([[!cm_is_utf8(at, size) && memchr(at, 0, size) == NULL]])", "false",
        ["file that is not UTF-8"]),
    Row("line: control characters", TRUST + "guard.c",
        "if ([[(at[i] < 0x20 && at[i] != '\\t') || at[i] == 0x7f]])", "false",
        ["control character in a comment"]),
    Row("line: C1 control characters", TRUST + "guard.c",
        "if ([[at[i] == 0xc2 && i + 1 < size && at[i + 1] < 0xa0]])", "false",
        ["C1 control character"]),
    Row("line: embeddings", TRUST + "guard.c",
        "if ([[at[i + 1] == 0x80 && at[i + 2] >= 0xaa && at[i + 2] <= 0xae]])", "false",
        ["letters from right to left"]),
    Row("line: isolates", TRUST + "guard.c",
        "if ([[at[i + 1] == 0x81 && at[i + 2] >= 0xa6 && at[i + 2] <= 0xa9]])", "false",
        ["isolated letters"]),
    Row("number: 32 bits", TRUST + "guard.c",
        "most = wide ? INT64_MAX : [[INT32_MAX]], value", "INT64_MAX", ["number that is cut"]),
    Row("number: hexadecimal", TRUST + "guard.c",
        "return [[count < room || (count == room && digits[zeros] <= '7')]];", "true",
        ["hexadecimal number"]),
    Row("policy: an age of nothing", TRUST + "config_policy.c",
        "(!cm_parse_duration(text, &age) || [[age <= 0]]))", "false", ["age of nothing"]),
    Row("policy: the age that is usual", TRUST + "config_policy.c",
        "int64_t age = [[CM_MAX_AGE_DEFAULT]];", "0", ["older than is usual"]),
    Row("host: folded only if it says so", TRUST + "effective.c",
        "bool fold = [[host != NULL && host->case_insensitive]];", "host != NULL",
        ["repository in another case"]),
    Row("repository: a token only where the policy allows one", PLUGIN + "host_git.c",
        "if ([[!host->is.policy->repository_any || repository->token == NULL]])",
        "repository->token == NULL", ["private repository that a token opens"]),
    Row("repository: one of the project", PLUGIN + "host_git.c",
        "if ([[!is_same_repository(call, project->repositories[i].url, url)]])", "false",
        ["another repository of the same host", "repository in another case"]),
]

# ---- git

REPOSITORY = [
    Row("git: no credential in the probe", GIT + "client.c",
        ".basic = [[anonymous ? NULL : repository->basic]],", "repository->basic",
        ["private repository with a token", "private repository that a token opens"]),
    Row("git: no redirect", GIT + "client.c",
        ".flags = [[CM_HTTP_NO_REDIRECTS]] | CM_NET_IDEMPOTENT", "0",
        ["redirect to a sign-in page"]),
    Row("git: ls-refs", GIT + "client_session.c", "|| [[!offers->ls_refs]] ||", "false",
        ["git server that does not list refs"]),
    Row("git: fetch", GIT + "client_session.c", "|| [[!offers->fetch]])", "false",
        ["git server that does not fetch"]),
    Row("git: depth", GIT + "client_fetch.c", "|| [[!session->offers.shallow]])", "false",
        ["git server without depth"]),
    Row("git: the ref that was asked for", GIT + "client_reach.c",
        "return [[strcmp(ref->name, reach->ref) == 0]];", "true",
        ["branch that begins like", "branch that does not exist", "honest"]),
    Row("git: the patterns of a tag's branches", GIT + "client_reach.c",
        "&& [[cm_pattern_matches(reach->patterns[i], ref->name)]])", "true", [],
        "test_git_client", "the verdict holds the branch that was found against the patterns"),
    Row("git: what a tag points to", GIT + "v2_refs.c",
        "return [[*ref->peeled]] ? ref->peeled", "false", ["annotated tag"]),
    Row("git: only refs that were asked for", GIT + "refs.c",
        "if ([[size < head || memcmp(at, found->prefixes[i], head) != 0]])\n", "size < head",
        ["refs that nobody asked for"]),
    Row("git: names that are too long, or no text", GIT + "refs.c",
        "if ([[size > CM_GIT_REF_MOST || !cm_is_utf8(at, size)]])", "size > CM_GIT_REF_MOST",
        ["ref that is no text"]),
    Row("git: a commit that only its child names", GIT + "helper/walk.c",
        "if ([[there]] && git_oid_equal(", "true", ["history whose commit is only named"]),
    Row("git: a history with a hole", GIT + "helper/walk.c",
        "    [[walk->missing = true]];", "true",
        ["history that lacks commits"]),
    Row("git: a text in UTF-8", GIT + "client_file.c",
        "if ([[!cm_is_utf8(raw.at, raw.size)]])\n", "false", ["committed file: not-utf8"]),
]

# ---- the helper: what it gives up before it reads a stranger's pack

BOUNDS = "test_helper_bounds.py"
WHOLE = "no pack of a test makes a helper need what it has given up"

HELPER = [
    Row("helper: no core files", GIT + "helper/confine.c",
        '[[!limit(RLIMIT_CORE, "core files", 0, err)]] ||', "false", [], BOUNDS, WHOLE),
    Row("helper: processor time", GIT + "helper/confine.c",
        '[[!limit(RLIMIT_CPU, "processor time", 300, err)]] ||', "false", [], BOUNDS, WHOLE),
    Row("helper: size of files", GIT + "helper/confine.c",
        '[[!limit(RLIMIT_FSIZE, "files", 2048 * MIB, err)]] ||', "false", [], BOUNDS, WHOLE),
    Row("helper: descriptors", GIT + "helper/confine.c",
        '[[!limit(RLIMIT_NOFILE, "descriptors", 64, err)]])', "false", [], BOUNDS, WHOLE),
    Row("helper: memory", GIT + "helper/confine.c",
        '([[limit(RLIMIT_AS, "memory", 3072 * MIB, err)]] &&', "true", [], BOUNDS, WHOLE),
    Row("helper: processes", GIT + "helper/confine.c",
        '[[limit(RLIMIT_NPROC, "processes", 0, err)]]);', "true", [], BOUNDS, WHOLE),
    Row("helper: new privileges", GIT + "helper/confine.c",
        "[[prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0]] ||", "false", [], BOUNDS, WHOLE),
    Row("helper: ends with its parent", GIT + "helper/confine.c",
        "if ([[prctl(PR_SET_PDEATHSIG, SIGKILL) != 0]] ||", "false", [], BOUNDS, WHOLE),
    Row("helper: umask", GIT + "helper/confine.c", "[[umask(077)]];", "umask(0)", [], BOUNDS,
        WHOLE),
    Row("helper: objects of a pack", GIT + "helper/store.c",
        "git_libgit2_opts(GIT_OPT_SET_PACK_MAX_OBJECTS, [[objects_most]])", "50000000",
        ["pack of more objects"]),
    Row("git: bytes of a pack", GIT + "client_fetch.c",
        "start(fetch, &ask, [[most + OBJECT_OVER]])", "UINT64_MAX / 4", ["pack of more bytes"]),
]

# ---- beyond these floors: how answers are weighed and concluded

VERDICTS = [
    Row("verdict: a binding check is not waived", VERDICT + "weigh.c", "if ([[answer->binding]])\n",
        "false", [], "test_weigh", "a configuration that waives one is refused"),
    Row("verdict: a waiver ends", VERDICT + "weigh.c", "|| [[decided_at >= until]])", "false",
        ["waiver that has run out"]),
    Row("verdict: a waiver of another check", VERDICT + "weigh.c",
        "if (!check || [[strcmp(check, answer->check) != 0]] ||", "false",
        ["waiver of another check"]),
    Row("verdict: nothing to check", VERDICT + "weigh.c", "failed > 0 || [[required == 0]] ?",
        "false", [], "test_weigh", "checks of the request are binding, and always asked"),
    Row("verdict: unknown is not pass", VERDICT + "weigh.c",
        "if ([[answer->word != CM_FAIL && answer->word != CM_PASS]])", "false",
        ["nobody vouches"]),
    Row("verdict: a fail rejects", VERDICT + "weigh.c", "[[failed += answer->word == CM_FAIL]];",
        "0", ["case variant of customYmlName"]),
    Row("verdict: a check that failed has not passed", PLUGIN + "host.c",
        "if ([[call->failure.class == CM_OK]] && said == CMK_PASS)", "true", [], "test_host",
        "a check of the connector that fails a call does not pass either"),
    Row("verdict: whose word it is", VERDICT + "exam.c",
        "else if ([[!cm_exam_is_believed(x, found)]])", "false", [], "test_engine_checks",
        "the connector states nothing from the submission"),
    Row("verdict: only repositories of the project", VERDICT + "engine_repository.c",
        "if ([[!cm_exam_holds(expected, normal)]])", "false",
        ["another repository of the same host"]),
]

ROWS = [*WIRE, *ADDRESSES, *NAMES, *REPOSITORY, *HELPER, *VERDICTS]

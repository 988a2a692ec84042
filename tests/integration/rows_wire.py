# SPDX-License-Identifier: Apache-2.0
"""Attacks on the wire: keys, certificates, addresses, redirects, answers that are none."""

import base64
import json
import os

from row import BEHIND_GATE, CHECKS, EVERYTHING, FILES, REPOSITORY, Row, fails, lost, unknown
from rows_honest import private_with_token
from world import ACCOUNT, GIT_TOKEN, JOB, SLUG

BEHIND_SETTINGS = lost("settings", *BEHIND_GATE)
BEHIND_BUILD = lost("build", *BEHIND_GATE)
NOTHING = lost(*EVERYTHING)
NO_REPOSITORY = lost("repository-probe", "repository-refs", *REPOSITORY, *FILES)
# A hook that could not go on: all that it would have asked for is unknown.
BEHIND_LIST = lost("download", "log", "build-after", "settings-after", *FILES)
BEHIND_HOOK = BEHIND_LIST | lost("artifacts")
NO_ORIGIN = lost(*REPOSITORY) | unknown(
    "build.age", "repository.expected", "repository.public", "repository.ref-allowed",
    "repository.tag-on-branch", "artifact.name")
OF_JOBS = BEHIND_HOOK | NO_ORIGIN | unknown("job-succeeded", "job-not-optional",
                                            "settings-unmodified")
OF_TAG = BEHIND_HOOK | NO_ORIGIN
NO_ARTIFACT = unknown("artifact-from-job", "artifact.digest")


def raw(at, make):
    """The endpoint's body as bytes of our own: make(text of the honest one) gives it."""
    def change(w):
        honest = {"settings": w.scenario["settings"],
                  "build": {"project": w.project, "build": w.build},
                  "artifacts": w.listed}[at]
        w.override(at, raw=make(json.dumps(honest)))
    return change


def put(at, after, more):
    """One more member behind a place in the text."""
    def make(text):
        assert text.count(after) >= 1, after
        return text.replace(after, after + more, 1)
    return raw(at, make)


def in_configuration(more):
    return put("settings", '"configuration": {', more + ", ")


def in_build(more):
    return put("build", '"build": {', more + ", ")


def redirected(url, at="download", **more):
    def change(w):
        w.override(at, redirect=url.replace("{canary}", str(w.ports["canary"])), **more)
    return change


def one_address(change):
    """Only 127.0.0.1 may be connected to, not the rest of the loopback network."""
    def both(w):
        w.system["allow_addresses"] = ["127.0.0.1", "::1"]
        change(w)
    return both


def without_allowance(w):
    del w.system["allow_addresses"]


def host_without_allowance(w):
    del w.host["allow_addresses"]


def address_without_allowance(w):
    without_allowance(w)
    w.system["url"] = w.address.replace("localhost", "127.0.0.1")


def certificate_of_stranger(w):
    w.system["ca"] = w.paths["other_ca"]


def git_certificate_of_stranger(w):
    w.host["ca"] = w.paths["other_ca"]


def at_server(stem):
    """The same AppVeyor, with another certificate."""
    def change(w):
        w.system["url"] = f"https://localhost:{w.ports[stem]}/{w.name}"
    return change


def back_to_the_api(w):
    """AppVeyor sends us to the store and the store back, to where the key would open something."""
    w.override("store", redirect=f"{{api}}/api/projects/{ACCOUNT}/{SLUG}/settings")


def without_key(w):
    del w.link["api_key"]


def by_its_job(w):
    without_key(w)
    w.arguments = ["--job", JOB]


def all_optional(w):
    without_key(w)
    w.policy["optional"] = [
        check for check in CHECKS if check.startswith("appveyor.")
        and check not in ("appveyor.project-linked", "appveyor.artifact-from-job")]


def private_without_key(w):
    without_key(w)
    w.scenario["public"] = False


def nothing_private(w, result):
    asked = [line for line in result.requests if "/api/" in line["path"]]
    assert asked and all(line["key"] == "no" and not line["path"].endswith("/settings")
                         for line in asked), asked


def asked_without_key(w, result):
    asked = [line for line in result.requests if line["path"].endswith("/settings")]
    assert asked[-1]["key"] == "no" or any(line["key"] == "no" for line in asked), asked


def no_token(result):
    with open(os.path.join(result.folder, "evidence.json"), encoding="utf-8") as file:
        evidence = base64.b64decode(json.load(file)["payload"]).decode()
    assert GIT_TOKEN not in result.out + result.err + evidence


def of(part, **members):
    """Members of another type than AppVeyor gives them."""
    return lambda w: getattr(w, part).update(members)


def jobs(make):
    return lambda w: w.build.update(jobs=make(w.job))


def very_many_members(w):
    w.configuration.update({f"m{i:x}": 1 for i in range(150000)})


def echoes_token(w):
    """The git server complains, and repeats the credential in it."""
    private_with_token(w)
    text = f"ERR bad {GIT_TOKEN}"
    w.git_faults = [{"method": "POST", "do": {
        "page": "application/x-git-upload-pack-result", "body": f"{len(text) + 4:04x}{text}"}}]


SCRIPT = '"installScripts": [{"language": "ps", "script": "evil"}]'

ROWS = [
    # ---- who asks
    Row("wrong key", lambda w: setattr(w, "key", "wr0ngwr0ngwr0ng"),
        lost("build", "settings", *BEHIND_GATE), exit=3, says="api_key"),
    Row("no key at all", without_key, BEHIND_SETTINGS, exit=3, says="give --api-key",
        watch=nothing_private),
    Row("no key at all, by its job", by_its_job, BEHIND_SETTINGS, exit=3, says="give --api-key",
        watch=nothing_private),
    Row("no key at all, and all optional that can be", all_optional, BEHIND_SETTINGS, exit=3,
        says="give --api-key", watch=nothing_private),
    Row("no key at all, and a private project", private_without_key,
        lost("build", "settings", *BEHIND_GATE), exit=3, says="give --api-key",
        watch=nothing_private),
    Row("key that may not read settings", lambda w: w.override("settings", status=403),
        BEHIND_SETTINGS, exit=3),
    Row("key of another account", lambda w: w.override("settings", status=404), BEHIND_SETTINGS),

    # ---- who answers
    Row("certificate of another authority", certificate_of_stranger,
        lost("build", "settings", "project", *BEHIND_GATE)),
    Row("certificate that has run out", at_server("expired"),
        lost("build", "settings", "project", *BEHIND_GATE)),
    Row("certificate of another name", at_server("wrong-host"),
        lost("build", "settings", "project", *BEHIND_GATE)),
    Row("another key than the pinned one",
        lambda w: w.system.update(spki="sha256/" + "A" * 43 + "="),
        lost("build", "settings", "project", *BEHIND_GATE)),
    Row("git server's certificate of another authority", git_certificate_of_stranger,
        NO_REPOSITORY),
    Row("name that resolves to a private address", without_allowance,
        lost("build", "settings", "project", *BEHIND_GATE)),
    Row("private address", address_without_allowance,
        lost("build", "settings", "project", *BEHIND_GATE)),
    Row("git host's name resolves to a private address", host_without_allowance, NO_REPOSITORY),

    # ---- redirects
    Row("redirect from public to private", one_address(redirected("https://127.0.0.2:{canary}/a")),
        NO_ARTIFACT, says="address"),
    Row("redirect to a link-local address", redirected("https://169.254.169.254/latest/meta-data"),
        NO_ARTIFACT, says="address"),
    Row("redirect to a private address", redirected("https://10.0.0.1/a"), NO_ARTIFACT,
        says="address"),
    Row("redirect to plain http", redirected("http://127.0.0.1:{canary}/a"), NO_ARTIFACT),
    Row("redirect to a file", redirected("file:///etc/passwd"), NO_ARTIFACT),
    Row("redirect with userinfo", redirected("https://user:password@localhost:{canary}/a"),
        NO_ARTIFACT),
    Row("redirects without end",
        redirected(f"{{api}}/api/buildjobs/k7x2m9q4w1zt8abc/artifacts/a.nupkg"),
        NO_ARTIFACT, says="redirected more than"),
    Row("key over a cross-host redirect", redirected("{store}/store/a/b", at="settings"),
        BEHIND_SETTINGS, exit=3),
    Row("key not put on again when redirects lead back", back_to_the_api, NO_ARTIFACT, exit=3,
        watch=asked_without_key),
    Row("settings read elsewhere during the download",
        redirected("{store}/store/a/b", at="settings", reads=[2, None]), unknown("stable"),
        exit=3),

    # ---- JSON that two readers read in two ways
    Row("duplicate key installScripts", in_configuration(SCRIPT), BEHIND_SETTINGS),
    Row("duplicate key, written with an escape",
        in_configuration(SCRIPT.replace("S", "\\u0053", 1)), BEHIND_SETTINGS),
    Row("duplicate key commitId", in_build('"commitId": "' + "a" * 40 + '"'), BEHIND_BUILD),
    Row("case variant of projectId", put("settings", '"project": {', '"ProjectId": 1, '),
        BEHIND_SETTINGS),
    Row("case variant of commitId", in_build('"CommitId": "' + "a" * 40 + '"'), BEHIND_BUILD),
    Row("case variant of build", put("build", "{", '"Build": {}, '), BEHIND_BUILD),
    Row("case variant of buildMode", in_configuration('"BuildMode": "script"'), BEHIND_SETTINGS),
    Row("case variant of cacheEntries", in_configuration('"CacheEntries": [{"value": "a"}]'),
        BEHIND_SETTINGS),
    Row("case variant of environmentVariables",
        in_configuration('"EnvironmentVariables": [{"name": "PATH"}]'), BEHIND_SETTINGS),
    Row("case variant of customYmlName",
        put("settings", '"settings": {', '"CustomYmlName": "evil.yml", '), fails("config-in-root")),
    Row("case variant of hostsEntries", in_configuration('"HostsEntries": [{"host": "a"}]'),
        BEHIND_SETTINGS),
    Row("case variant of pullRequestId", in_build('"PullRequestId": "1"'), BEHIND_BUILD),
    Row("duplicate fileName", put("artifacts", "[{", '"fileName": "a.nupkg", '),
        lost("artifacts", "download")),

    # ---- values of another type than they have
    Row("jobs are an object", jobs(lambda job: {"0": job}), OF_JOBS),
    Row("jobs are a text", jobs(lambda job: "k7x2m9q4w1zt8abc"), OF_JOBS),
    Row("job is a list", jobs(lambda job: [[job]]), OF_JOBS),
    Row("isTag is a text", of("build", isTag="false"), OF_TAG),
    Row("isTag is a number", of("build", isTag=0), OF_TAG),
    Row("status is a list", of("build", status=["success"]),
        unknown("build-succeeded") | BEHIND_HOOK),
    Row("size is a text", lambda w: w.listed[0].update(size="4986"),
        BEHIND_LIST | NO_ORIGIN),
    Row("allowFailure is a text", of("job", allowFailure="false"), unknown("job-not-optional")),
    Row("isPrivate is a text", of("project", isPrivate="false"), unknown("project-public")),
    Row("id is no whole number", of("project", projectId=4711.5),
        fails("project-linked") | lost(*BEHIND_GATE)),
    Row("time without a zone", lambda w: w.settings.update(updated=w.settings["updated"][:19]),
        unknown("settings-unmodified")),
    Row("time is a number", of("settings", updated=5), unknown("settings-unmodified")),
    Row("time is empty", of("settings", updated=""), unknown("settings-unmodified")),
    Row("scripts are an object", of("configuration", installScripts={"a": 1}),
        fails("scripts-off")),
    Row("scripts are a number", of("configuration", installScripts=1), unknown("scripts-off")),
    Row("hosts are a truth", of("configuration", hostsEntries=True),
        unknown("sources-unpatched")),
    Row("mode is a list", of("configuration", buildMode=["none"]), unknown("scripts-off")),
    Row("switch is a number", of("configuration", patchAssemblyInfo=1),
        unknown("sources-unpatched")),
    Row("variables are an object", of("configuration", environmentVariables={"a": 1}),
        unknown("environment-declared")),
    Row("images are an object", of("configuration", operatingSystem={"value": "Windows"}),
        unknown("worker-declared")),
    Row("configuration is a list", of("settings", configuration=[]),
        unknown("scripts-off", "cache-empty", "sources-unpatched", "environment-declared",
                "worker-declared", "package-sources-declared")),
    Row("very many members", very_many_members),

    # ---- answers that are none
    Row("credential repeated by the server", echoes_token,
        lost("repository-refs", *REPOSITORY, *FILES) | unknown("repository.public"),
        watch=lambda w, r: no_token(r)),
    Row("cut off in the middle", lambda w: w.override("settings", fault="truncate"),
        BEHIND_SETTINGS),
    Row("reset in the middle of the log", lambda w: w.override("log", fault="reset"),
        unknown("commit-corroborated")),
    Row("a sign-in page", lambda w: w.override("settings", raw="<html>sign in</html>",
                                               type="text/html"), BEHIND_SETTINGS),
    Row("something behind the JSON", raw("settings", lambda t: t + "{}"), BEHIND_SETTINGS),
    Row("number that no other reader reads alike",
        raw("build", lambda t: t.replace(': 901234,', ': 9007199254740993,', 1)), BEHIND_BUILD),
    Row("not a number", raw("settings", lambda t: t.replace(": 4711", ": NaN", 1)),
        BEHIND_SETTINGS),
    Row("too deep", raw("settings", lambda t: "[" * 5000 + "]" * 5000), BEHIND_SETTINGS),
    Row("too much", raw("settings", lambda t: t + " " * (5 << 20)), BEHIND_SETTINGS),
    Row("half a surrogate", raw("settings", lambda t: t.replace('"Windows"', '"\\ud800"', 1)),
        BEHIND_SETTINGS),
    Row("a NUL in a text", in_build('"message2": "a\\u0000b"'), BEHIND_BUILD),
    Row("not UTF-8",
        lambda w: w.override("settings", body={"base64": "eyJhIjoi/yJ9"}), BEHIND_SETTINGS),
    Row("compressed", lambda w: w.override("settings", headers={"Content-Encoding": "gzip"}),
        BEHIND_SETTINGS),
    Row("a list for a build", lambda w: w.override("build", raw="[]"), BEHIND_BUILD),
    Row("slower than the time that is left",
        lambda w: (w.override("log", latency=30.0), w.arguments.extend(["--timeout", "5s"])),
        unknown("commit-corroborated"), says="time"),
    Row("unavailable to the end", lambda w: w.override("log", status=503),
        unknown("commit-corroborated"),
        watch=lambda w, r: r.says_retry()),
]

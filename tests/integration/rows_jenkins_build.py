# SPDX-License-Identifier: Apache-2.0
"""Attacks on builds of Jenkins: on what was checked out, its nodes, its files, its answers."""

import hashlib

from jenkins_world import BEHIND_GATE, NUMBER, PATH, PROJECT, TOKEN, USER, WORKFLOW
from jenkins_world import JenkinsRow as Row
from rows_jenkins import (ELSEWHERE, NO_COMMIT, NO_NAMES, NO_REF, NOT_OVER, STEPS, fails, lost,
                          of_build, unknown)
from rows_jenkins_honest import (base64_of, freestyle, matrix, on_branches, only_digest, tools,
                                 uses_libraries)
from world import ARTIFACT, swapped


# ---- checkouts

def two_commits(w):
    w.checkout("old")


def two_commits_by_another_address(w):
    w.checkout("old", w.remote.replace("https://", "https://user:pass@").removesuffix(".git"))


def merged(w):
    entry = w.data["buildsByBranchName"]["main"]
    entry["marked"] = {"SHA1": w.commit("old"), "branch": []}


def no_commit(w):
    w.data["buildsByBranchName"]["main"]["revision"] = {"branch": []}


def no_marked(w):
    del w.data["buildsByBranchName"]["main"]["marked"]


def two_branches(w):
    w.from_scm(spec="**")
    w.checkout("built", key="x", branch="refs/remotes/origin/evil")


def earlier_checkout_only(w):
    w.data["buildsByBranchName"]["main"]["buildNumber"] = NUMBER - 1


def run_of_another_commit(w):
    matrix(w)
    w.build["runs"][0]["actions"] = [w.build_data(w.commit("old"))]


def run_without_checkout(w):
    matrix(w)
    w.build["runs"][0]["actions"] = [{}]


def run_of_another_repository(w):
    matrix(w)
    w.build["runs"][0]["actions"].append(w.build_data(w.commit("old"), ELSEWHERE))


def old_run_of_another_repository(w):
    """Of an earlier build, whose runs Jenkins lists, too."""
    matrix(w)
    w.build["runs"][1]["actions"].append(
        w.build_data(w.commit("old"), ELSEWHERE, number=NUMBER - 2))


def evil_commit(w):
    w.built("evil")


# ---- parameters, libraries, nodes

def parameter(**members):
    def change(w):
        w.add_action({"_class": "hudson.model.ParametersAction", "parameters": [
            {"_class": "hudson.model.StringParameterValue", "value": "x", **members}]})
        w.policy["parameters"] = ["LEVEL"]
    return change


def library(w):
    w.add_action({"_class": WORKFLOW + "libs.LibrariesAction"})
    w.checkout("old", w.git_base + "/acme/library.git")


def library_from_nowhere(w):
    w.add_action({"_class": WORKFLOW + "libs.LibrariesAction"})
    w.policy["libraries"] = [w.git_base + "/acme/library"]


def library_behind_tools(w):
    """What was checked out is declared; the library came in a way that leaves no checkout."""
    tools(w)
    w.add_action({"_class": WORKFLOW + "libs.LibrariesAction"})


def library_and_own_checkouts(w):
    """By the operator's word there would have to be one."""
    uses_libraries(w)
    w.policy["libraries"] = [w.git_base + "/acme/library"]


def library_among_foreign(w):
    uses_libraries(w)
    tools(w)
    w.checkout("old", w.git_base + "/acme/library.git")


def no_remote_stated(w):
    w.checkout("old")["remoteUrls"] = []


def on_node(name, **policy):
    def change(w):
        freestyle(w)
        w.build["builtOn"] = name
        w.policy.update(policy)
    return change


def nodes_of_a_pipeline(w):
    w.policy["nodes"] = ["linux-1"]


def run_on_another_node(w):
    matrix(w)
    w.build["runs"][0]["builtOn"] = "windows-9"


def run_without_node(w):
    matrix(w)
    del w.build["runs"][0]["builtOn"]


# ---- files

def sha256(data):
    return hashlib.sha256(data).hexdigest()


def submits_another(w):
    w.submitted = swapped(w.artifact)


def archived_as(*names):
    def change(w):
        w.listed[:] = [{"fileName": n.rsplit("/", 1)[-1], "relativePath": n} for n in names]
    return change


def sidecar(required=False, **how):
    def change(w):
        w.sidecar(**how)
        if required:
            w.link["sidecar"] = "always"
    return change


def other_end(text):
    """The same 32 bytes to whoever does not look at the bits behind them."""
    digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    return text[:-2] + digits[digits.index(text[-2]) + 1] + "="


def alone(change):
    """Of the artifact only the digest is archived, and then something changes."""
    return lambda w: (only_digest(w), change(w))


def says_digest(text):
    return alone(lambda w: w.job["files"][str(NUMBER)][PATH + ".sha256"].update(text=text))


def lists_digest(*paths):
    return alone(lambda w: w.listed.extend(
        {"fileName": p.rsplit("/", 1)[-1], "relativePath": p} for p in paths))


def submits_nothing(w):
    w.submitted = None


def not_enough(w):
    w.link["sidecar"] = "always"


def enough_for_another_archived(w):
    """Both are archived, and do not agree."""
    exchanged_in_archive(w)
    w.link["sidecar"] = "enough"


def enough_and_none(w):
    w.link["sidecar"] = "enough"


def sidecar_missing(w):
    w.link["sidecar"] = "always"


def sidecar_gone(w):
    w.sidecar()
    w.override("sidecar", status=404)


def sidecar_elsewhere(w):
    w.sidecar()
    w.scenario["resources"] = True


def exchanged_in_archive(w):
    """Somebody exchanged the file, and not the digest beside it."""
    w.sidecar()
    w.override("download", body={"text": "MZ evil"})


def printed(**original):
    return lambda w: w.print.update(original=original or None)


def second_print(w):
    w.build["fingerprint"].append({**w.print, "original": {"name": "acme/evil", "number": 1}})


def no_print(w):
    w.build["fingerprint"] = []


def changed_build(w):
    w.edit("build", "result", "FAILURE", [2, None])


# ---- who asks, and what comes back

def wrong_token(w):
    w.scenario["users"][USER]["token"] = "another"


def no_token(w):
    del w.link["api_token"]


def no_right(w):
    w.scenario["users"][USER]["rights"] = []


def echo(w):
    w.edit("build", "description", None)
    w.edit("build", "id", "Basic " + TOKEN)


def to_resources_with_token(w):
    w.override("download", redirect="{resources}/x")


def never_with_token(w, result):
    stray = [r for r in result.requests if r.get("listener") == "resources"]
    assert stray and all(r["key"] == "no" for r in stray), stray


NO_ARTIFACT = unknown("artifact-archived", "artifact-fingerprint", "artifact.digest",
                      "artifact.name")
# Of the artifact only a digest is archived: it is another one's, or not known.
NOT_THAT_FILE = fails("artifact-archived", "artifact.digest")
NO_DIGEST = unknown("artifact-archived", "artifact.digest")
SPLIT = {**fails("revision-unambiguous"), **unknown("script-revision", "config-at-build"),
         **NO_COMMIT}

ROWS = [
    Row("two commits of one repository", two_commits, SPLIT),
    Row("two commits, by another address", two_commits_by_another_address, SPLIT),
    Row("two commits, pipeline from SCM", lambda w: (w.from_scm(), w.checkout("old")),
        {**fails("revision-unambiguous", "script-revision"), **NO_COMMIT}),
    Row("merged before the build", merged, SPLIT),
    Row("checkout without a commit", no_commit,
        {**unknown("revision-unambiguous", "script-revision", "config-at-build"), **NO_COMMIT}),
    Row("checkout without a chosen commit", no_marked,
        {**unknown("revision-unambiguous", "script-revision", "config-at-build"), **NO_COMMIT}),
    Row("checkout of two branches", on_branches("origin/main", "origin/evil"), NO_REF),
    Row("checkouts of a branch each", two_branches, NO_REF),
    Row("checkout of another remote's branch", on_branches("upstream/main"), NO_REF),
    Row("checkout of no branch", on_branches("detached"), NO_REF),
    Row("revision without a head", lambda w: w.revision["revision"].pop("head"), NO_REF),
    Row("checkout of an earlier build only", earlier_checkout_only,
        {**unknown("revision-unambiguous", "script-revision", "config-at-build"), **NO_COMMIT}),
    Row("matrix run of another commit", run_of_another_commit,
        {**STEPS, **fails("revision-unambiguous"), **NO_COMMIT}, exit=1),
    Row("matrix run without a checkout", run_without_checkout,
        {**STEPS, **unknown("revision-unambiguous"), **NO_COMMIT}, exit=4),
    Row("commit of another branch", evil_commit, fails("repository.commit-on-ref")),
    Row("parameter that is not declared", parameter(name="EVIL"), fails("parameters-declared")),
    Row("parameter without a name", parameter(), unknown("parameters-declared")),
    Row("library that is not declared", library, fails("libraries-declared")),
    Row("matrix run of another repository", run_of_another_repository,
        {**STEPS, **fails("libraries-declared")}, exit=1),
    Row("matrix run of an earlier build", old_run_of_another_repository, STEPS, exit=0),
    Row("library from nowhere", library_from_nowhere, unknown("libraries-declared")),
    Row("library behind a declared checkout", library_behind_tools, unknown("libraries-declared")),
    Row("library without a checkout, by the operator's word", library_and_own_checkouts,
        unknown("libraries-declared")),
    Row("library that is not declared, by the operator's word", library_among_foreign,
        fails("libraries-declared")),
    Row("checkout of no stated repository", no_remote_stated, fails("libraries-declared")),
    Row("built on the controller", on_node("", nodes=[]), {**STEPS, **fails("node-allowed")},
        exit=1),
    Row("built on a node that is not listed", on_node("windows-9"),
        {**STEPS, **fails("node-allowed")}, exit=1),
    Row("nodes of a pipeline", nodes_of_a_pipeline, unknown("node-allowed")),
    Row("matrix run on another node", run_on_another_node, {**STEPS, **fails("node-allowed")},
        exit=1),
    Row("matrix run without a node", run_without_node, {**STEPS, **unknown("node-allowed")},
        exit=4),
    Row("another file submitted", submits_another, fails("artifact-archived", "artifact.digest")),
    Row("two files match", archived_as(PATH, "other/" + ARTIFACT), NO_ARTIFACT),
    Row("no file matches", archived_as("out/readme.txt"), NO_ARTIFACT,
        says="0 of the build's 1 archived files match"),
    Row("file listed twice", archived_as(PATH, PATH), NO_ARTIFACT),
    Row("file with a way up in its name", archived_as("out/../" + ARTIFACT), NO_ARTIFACT,
        says="has an empty part, '.' or '..'"),
    Row("file with an empty folder in its name", archived_as("out//" + ARTIFACT), NO_ARTIFACT,
        says="has an empty part, '.' or '..'"),
    Row("file with a dot for a folder", archived_as("./" + ARTIFACT), NO_ARTIFACT,
        says="has an empty part, '.' or '..'"),
    Row("file with a backslash in its name", archived_as("out\\" + ARTIFACT), NO_ARTIFACT),
    Row("file with a line end in its name", archived_as("out/a\n.nupkg"), NO_ARTIFACT),
    Row("file that is gone", lambda w: w.job["files"][str(NUMBER)].clear(),
        unknown("artifact-archived", "artifact.digest")),
    Row("file sent elsewhere", to_resources_with_token,
        unknown("artifact-archived", "artifact.digest"), watch=never_with_token),
    Row("digest of another file", exchanged_in_archive, fails("artifact-archived")),
    Row("digest of another file in base64", sidecar(text=base64_of(b"MZ evil")),
        fails("artifact-archived")),
    Row("digest in base64 that ends otherwise", lambda w: w.sidecar(
        text=other_end(base64_of(w.artifact))), unknown("artifact-archived")),
    Row("digest by another name", sidecar(name="Other.nupkg"), fails("artifact-archived")),
    Row("digest that is demanded and not there", sidecar_missing, fails("artifact-archived")),
    Row("digest that is none", sidecar(text="evil\n"), unknown("artifact-archived")),
    Row("digest with more behind it", sidecar(text="0" * 64 + "  " + ARTIFACT + "\nx\n"),
        unknown("artifact-archived")),
    Row("digest that is listed and gone", sidecar_gone, unknown("artifact-archived")),
    Row("digest from the resource domain", sidecar_elsewhere, unknown("artifact-archived")),
    Row("digest alone, of another file", says_digest("0" * 64 + "\n"), NOT_THAT_FILE),
    Row("digest alone, of another file in base64", says_digest(base64_of(b"MZ evil")),
        NOT_THAT_FILE),
    Row("digest alone, another file submitted", alone(submits_another), NOT_THAT_FILE),
    Row("digest alone, by another name", alone(lambda w: w.job["files"][str(NUMBER)].update({
        PATH + ".sha256": {"text": sha256(w.artifact) + "  Other.nupkg\n"}})),
        fails("artifact-archived")),
    Row("digest alone, that is none", says_digest("evil"), NO_DIGEST, says="no SHA-256"),
    Row("digest alone, in broken base64", says_digest(base64_of(b"MZ evil")[:-1]), NO_DIGEST),
    Row("digest alone, in base64 that ends otherwise", alone(lambda w: w.job["files"][str(
        NUMBER)].update({PATH + ".sha256": {"text": other_end(base64_of(w.artifact))}})),
        NO_DIGEST),
    Row("digest alone, nothing submitted", alone(submits_nothing), NO_DIGEST,
        says="submit the file itself"),
    Row("digest alone, where it is not enough", alone(not_enough), NO_ARTIFACT),
    Row("digest alone, listed and gone", alone(lambda w: w.override("sidecar", status=404)),
        NO_DIGEST),
    Row("digest alone, not now", alone(lambda w: w.override("sidecar", status=503)), NO_DIGEST),
    Row("digest alone, from the resource domain", alone(lambda w: w.scenario.update(
        resources=True)), NO_DIGEST),
    Row("digest alone, listed twice", lists_digest(PATH + ".sha256"), NO_ARTIFACT),
    Row("digest alone, and that of another one", lists_digest("other/" + ARTIFACT + ".sha256"),
        NO_ARTIFACT, says="2 of the build's 2 archived files match"),
    Row("digest alone, and another artifact", lists_digest("other/" + ARTIFACT), NO_ARTIFACT),
    Row("digest alone, with a way up in its name", alone(lambda w: w.listed[0].update(
        relativePath="out/../" + ARTIFACT + ".sha256")), NO_ARTIFACT),
    Row("digest alone, of nothing", alone(lambda w: w.listed[0].update(
        relativePath=".sha256")), NO_ARTIFACT),
    Row("digest alone, with the fingerprint of another build",
        alone(printed(name=PROJECT + "/main", number=NUMBER - 1)), fails("artifact-fingerprint")),
    Row("digest alone, without a fingerprint", alone(no_print), unknown("artifact-fingerprint")),
    Row("digest that would be enough, of another archived file", enough_for_another_archived,
        fails("artifact-archived")),
    Row("digest that would be enough, and none is there", enough_and_none,
        fails("artifact-archived")),
    Row("fingerprint of another build", printed(name=PROJECT + "/main", number=NUMBER - 1),
        fails("artifact-fingerprint")),
    Row("fingerprint of another job", printed(name="acme/evil", number=NUMBER),
        fails("artifact-fingerprint")),
    Row("fingerprint of no number", printed(name=PROJECT + "/main"),
        unknown("artifact-fingerprint")),
    Row("second fingerprint, of another build", second_print, fails("artifact-fingerprint")),
    Row("fingerprint of nobody", printed(), unknown("artifact-fingerprint")),
    Row("no fingerprint", no_print, unknown("artifact-fingerprint")),
    Row("build changed meanwhile", changed_build, fails("stable")),
    Row("build gone meanwhile", lambda w: w.override("build", reads=[2, None], status=500),
        unknown("stable")),
    Row("wrong token", wrong_token, NO_NAMES, exit=3),
    Row("no token", no_token, NO_NAMES, exit=3),
    Row("no right to see the job", no_right, NO_NAMES),
    Row("token repeated", echo, lost("build", *BEHIND_GATE)),
    Row("mark of withholding in the build",
        of_build(artifacts=[{"relativePath": {"withheld": "string"}}]),
        lost("build", *BEHIND_GATE)),
    Row("state of another type", of_build(building="false"), NOT_OVER),
    Row("actions of another type", of_build(actions={"a": 1}),
        {**NO_REF, **fails("script-revision"), **unknown(
            "cause-allowed", "config-at-build", "revision-unambiguous", "parameters-declared",
            "libraries-declared", "not-pull-request")}),
    Row("parameters of another type", lambda w: w.add_action(
        {"_class": "hudson.model.ParametersAction", "parameters": {"EVIL": "x"}}),
        unknown("parameters-declared")),
    Row("matrix without runs", lambda w: (matrix(w), w.build.update(runs={})),
        {**STEPS, **unknown("revision-unambiguous"), **NO_COMMIT}, exit=4),
    Row("job whose actions are not stated", lambda w: w.override(
        "job", edits=[{"path": ["actions"], "delete": True}]), unknown("not-pull-request")),
    Row("member in another case", lambda w: w.override(
        "build", edits=[{"path": ["Building"], "set": False}]), lost("build", *BEHIND_GATE)),
    Row("page in place of the build", lambda w: w.override(
        "build", type="text/html", raw="<html>"), lost("build", *BEHIND_GATE)),
]

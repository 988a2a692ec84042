# SPDX-License-Identifier: Apache-2.0
"""Honest builds of all kinds: each must be accepted."""

import json

from row import Row
from rows_request import waives, with_cache
from rows_settings import variable
from world import ARTIFACT, BUILD_ID, GIT_TOKEN, JOB, V2_KEY, stamp


def v2(forms="both"):
    def change(w):
        w.key = V2_KEY
        w.scenario["v2"] = forms
    return change


def builds(commit):
    return lambda w: w.builds(commit)


def tag(name, commit="built"):
    return lambda w: w.tag(name, commit)


def branch(name, commit, pattern):
    def change(w):
        w.builds(commit)
        w.build["branch"] = name
        w.policy["refs"] = [pattern]
    return change


def named(make):
    return lambda w: setattr(w, "arguments", make(w))


def by_notice(w):
    w.arguments = ["--notice", "-"]
    w.stdin = json.dumps(w.notice()).encode()


def by_lying_notice(w):
    """Nothing but names is taken from a webhook's body."""
    w.arguments = ["--notice", "-"]
    w.stdin = json.dumps({**w.notice(), "commitId": "f" * 40, "branch": "evil",
                          "repositoryName": "evil/evil", "projectId": 1}).encode()


def several_jobs(w):
    other = w.second_job()
    other["allowFailure"] = True
    w.arguments += ["--job", JOB]


def last_build_by_job(w):
    w.arguments = ["--job", JOB]


def in_folder(w):
    w.rename_artifact("out/Release/" + ARTIFACT)
    w.link["artifact"] = "out/**/*.nupkg"


def odd_name(w):
    w.rename_artifact("out/Acme Widget+1.2.3 (50% #1) \u00e9?.nupkg")
    w.link["artifact"] = "out/*.nupkg"


def submits(w):
    w.submitted = w.artifact


def submits_one_of_several(w):
    w.listed.append({**w.listed[0], "fileName": "Acme.Gadget.1.0.0.nupkg", "size": 6})
    w.files["Acme.Gadget.1.0.0.nupkg"] = {"text": "gadget"}
    w.link["artifacts"] = "each"
    w.submitted = w.artifact


def trimmed_times(w):
    for part, digits in ((w.build, 3), (w.job, 0), (w.settings, 1), (w.project, 6)):
        for key in ("created", "started", "finished", "updated"):
            if key in part:
                part[key] = part[key][:19] + part[key][19:20 + digits].rstrip(".") + "+00:00"


def never_updated(w):
    for part in (w.settings, w.project):
        del part["updated"]


def moves_by_itself(w):
    """What AppVeyor changes after a build: counts, messages, other builds."""
    after = [2, None]
    w.edit("build", "build.messages", [{"message": "late", "category": "information"}], after)
    w.edit("build", "build.updated", stamp(0), after)
    w.edit("build", "build.jobs.0.testsCount", 13, after)
    w.edit("build", "build.jobs.0.updated", stamp(0), after)
    w.edit("settings", "settings.nextBuildNumber", 19, after)
    w.edit("settings", "project.currentBuildId", BUILD_ID + 1, after)
    w.edit("settings", "images", [], after)


def ends_while_waited_for(w):
    w.override("build", reads=[1, 1], edits=[
        {"path": ["build", "status"], "set": "running"},
        {"path": ["build", "finished"], "delete": True},
        {"path": ["build", "jobs", 0, "status"], "set": "running"},
        {"path": ["build", "jobs", 0, "finished"], "delete": True}])
    w.arguments += ["--wait", "30s"]


def declared(w):
    w.configuration["environmentVariables"] = [variable("CONFIGURATION"), variable("LEVEL")]
    w.configuration["environmentVariablesMatrix"] = [{"variables": [variable("TARGET")]}]
    w.configuration["buildCloud"] = [{"value": "acme-cloud"}]
    w.configuration["configureNuGetProjectSource"] = True
    w.policy.update(variables=["LEVEL", "CONFIGURATION", "TARGET"], build_clouds=["acme-cloud"],
                    package_sources=["project"])


def absent_lists(w):
    """AppVeyor leaves out what is empty."""
    for key in [k for k, v in w.configuration.items() if v == []]:
        del w.configuration[key]


def account_in_another_case(w):
    w.link.update(account="Acme", project="Widget")


def slow(w):
    for endpoint in ("build", "settings", "project", "artifacts", "log", "store"):
        w.override(endpoint, latency=0.2)


def fails_once(at, **how):
    return lambda w: w.override(at, reads=[1, 1], **how)


def other_suffix(w):
    w.linked["repositories"] = [w.git_base + "/acme/widget.git"]


def one_of_two_repositories(w):
    w.linked["repositories"].insert(0, w.git_base + "/acme/gadget")


def case_insensitive_host(w):
    w.host["case_insensitive"] = True
    for part in (w.project, w.settings):
        part["repositoryName"] = "Acme/Widget"


def another_zone(w):
    for part in (w.build, w.job):
        for key in ("created", "started", "finished"):
            part[key] = part[key].replace("+00:00", "Z")


def private_with_token(w):
    """Read with a credential, where the policy asks for no more."""
    w.private = True
    w.policy["repository"] = "any"
    w.linked["repositories"] = [{"url": w.git_base + "/acme/widget", "token": "env:GIT_TOKEN"}]
    w.environment["GIT_TOKEN"] = GIT_TOKEN


def first_asked_without_token(_, result):
    """Whether it is public is for those to answer who ask without a credential."""
    asked = [line for line in result.requests if "authorized" in line]
    assert not asked[0]["authorized"], asked[0]


def pinned(w):
    w.system["spki"] = w.paths["pin"]


def long_log(w):
    w.log(w.build["commitId"], before="line of a log\n" * 200000, after="end\n" * 200000)


def checked_out_twice(w):
    w.log(w.build["commitId"], w.build["commitId"].upper())


def artifact_configurations(w):
    """None is chosen, and nothing is to be documented."""
    w.linked["artifact_configurations"] = [
        {"slug": "plain"}, {"slug": "package", "rewriters": ["nuget"], "packages": ["**.nupkg"]}]


def honest(name, change, **more):
    return Row(name, change, **more)


ROWS = [
    honest("honest", lambda w: None),
    honest("v2 key", v2()),
    honest("v2 key at a server that knows only the prefixed form", v2("prefixed")),
    honest("v2 key at a server that knows only the unprefixed form", v2("unprefixed")),
    honest("several jobs, one named", several_jobs),
    honest("named by the job of the last build", last_build_by_job),
    honest("named by its page", named(lambda w: ["--build", w.page])),
    honest("named by its job's page", named(lambda w: ["--build", f"{w.page}/job/{JOB}"])),
    honest("named by a webhook's body", by_notice),
    honest("named by a webhook's body that lies about all else", by_lying_notice),
    honest("submitted file", submits),
    honest("submitted file is one of several", submits_one_of_several),
    honest("artifact in a folder", in_folder),
    honest("artifact with an odd name", odd_name),
    honest("tag", tag("v1.0")),
    honest("annotated tag", tag("v1.1")),
    honest("tag, and an older commit that it holds", tag("v1.0", "old")),
    honest("tag of a tag", tag("v1.2")),
    honest("annotated tag of an old commit", tag("v0.1", "old")),
    honest("tag and branch of one name: commit of the tag", tag("v2.0")),
    honest(".appveyor.yml", builds("dot")),
    honest("file that speaks of a cache and has none", builds("word-cache")),
    honest("old commit on the branch", builds("old")),
    honest("the branch's tip", builds("tip")),
    honest("a merge", builds("merged")),
    honest("commit that came by a merge", builds("side")),
    honest("branch by pattern", branch("release/1.0", "release", "refs/heads/release/*")),
    honest("branch with a slash by **", branch("feature/new", "feature", "refs/heads/**")),
    honest("branch called refs/heads/main", branch("refs/heads/main", "evil", "refs/heads/**")),
    honest("branch called like a commit", branch("0123456789abcdef0123456789abcdef01234567",
                                                 "evil", "refs/heads/*")),
    honest("times with trimmed fractions", trimmed_times),
    honest("times with Z", another_zone),
    honest("settings never updated", never_updated),
    honest("members that move by themselves", moves_by_itself),
    honest("ends while it is waited for", ends_while_waited_for),
    honest("declared variables, image, cloud and feed", declared),
    honest("no image set", lambda w: w.configuration.update(operatingSystem=[])),
    honest("empty lists left out", absent_lists),
    honest("account in another case", account_in_another_case),
    honest("repository configured with .git", other_suffix),
    honest("one of two repositories", one_of_two_repositories),
    honest("host that ignores case", case_insensitive_host),
    honest("pinned key", pinned),
    honest("long log", long_log),
    honest("the commit checked out twice", checked_out_twice),
    honest("slow answers", slow),
    honest("unavailable once", fails_once("settings", status=503)),
    honest("too many requests once",
           fails_once("build", status=429, headers={"Retry-After": "1"})),
    honest("reset once", fails_once("artifacts", fault="reset")),
    honest("cut off once", fails_once("store", fault="truncate")),
    honest("closed without an answer once", fails_once("log", fault="close")),
    honest("younger than the policy allows", lambda w: w.policy.update(max_age="2h")),
    honest("any age", lambda w: w.policy.update(max_age="unlimited")),
    honest("private repository with a token", private_with_token, watch=first_asked_without_token),
    honest("artifact configurations", artifact_configurations),
    honest("any repository", lambda w: w.policy.update(repository="any")),
]

# Accepted although an answer is no pass: it does not count.
UNCOUNTED = [
    Row("optional check", with_cache(lambda w: w.policy.update(optional=["appveyor.cache-empty"])),
        {"appveyor.cache-empty": "fail"}, exit=0),
    Row("waived check", with_cache(waives("appveyor.cache-empty")),
        {"appveyor.cache-empty": "fail"}, exit=0, says="because"),
]

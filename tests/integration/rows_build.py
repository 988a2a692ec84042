# SPDX-License-Identifier: Apache-2.0
"""Attacks on the build, its jobs, its log and its artifacts."""

import calendar
import time

from row import BEHIND_GATE, Row, fails, lost, unknown
from world import (ARTIFACT, DAY, JOB, MINUTE, NOW, OTHER_JOB, PROJECT_ID, body, package, stamp,
                   swapped)


def of_build(**members):
    return lambda w: w.build.update(members)


def of_job(**members):
    return lambda w: w.job.update(members)


def of_project(**members):
    return lambda w: w.project.update(members)


def another_project(w):
    """The build's id is one of another project; AppVeyor shows that one."""
    w.override("build", edits=[{"path": ["project", "projectId"], "set": 4712},
                               {"path": ["project", "slug"], "set": "gadget"},
                               {"path": ["build", "projectId"], "set": 4712}])


def another_account(w):
    w.override("build", edits=[{"path": ["project", "accountId"], "set": 78}])


def two_years_ago(w):
    shift = 2 * 365 * DAY
    for part in (w.build, w.job, w.listed[0]):
        for key in ("created", "started", "finished", "updated"):
            if key in part:
                seconds = NOW - parsed(part[key])
                part[key] = stamp(seconds + shift)
    for part in (w.settings, w.project):
        part.update(created=stamp(5 * 365 * DAY), updated=stamp(4 * 365 * DAY))


def parsed(text):
    """Seconds since 1970."""
    whole, _, fraction = text[:-6].partition(".")
    return calendar.timegm(time.strptime(whole, "%Y-%m-%dT%H:%M:%S")) + float("0." + fraction)


def rewritten(before="", after="", real=True):
    """The script made AppVeyor say another commit of main; {new} is that, {old} the real one."""
    def change(w):
        old, new = w.repository.commits["built"], w.repository.commits["old"]
        fill = {"old": old, "new": new}
        w.build["commitId"] = new
        w.log(*([old] if real else []), before=before.format(**fill), after=after.format(**fill))
    return change


def logged(text):
    """The log has this instead of the clone's line."""
    def change(w):
        w.log(before=text.format(commit=w.build["commitId"], short=w.build["commitId"][:12]))
    return change


def running(w):
    for part in (w.build, w.job):
        part["status"] = "running"
        part.pop("finished")


def two_jobs(w):
    w.second_job()


def two_jobs_of_one_id(w):
    """One succeeded, one did not: nobody can tell which of them made the artifact."""
    w.second_job().update(jobId=JOB, status="failed", allowFailure=True)
    w.arguments += ["--job", JOB]


def very_many_listed(w):
    w.listed += [{"fileName": f"{i:x}.nupkg", "size": 1, "created": stamp(51 * MINUTE)}
                 for i in range(40000)]


def other_job_failed(w):
    """Build says success; the job that made the artifact does not."""
    w.job["status"] = "failed"


def submits(content, name=ARTIFACT):
    def change(w):
        w.submitted, w.submitted_name = content, name
    return change


def swapped_download(w):
    """The submitter got the honest file; what AppVeyor serves the second time is another one."""
    w.submitted = w.artifact
    w.files[ARTIFACT] = body(swapped(w.artifact))


def listed(**members):
    return lambda w: w.listed[0].update(members)


def also_listed(**members):
    return lambda w: w.listed.append({**w.listed[0], **members})


def named(name):
    return lambda w: w.rename_artifact(name)


NOT_TAKEN = ["artifact.digest", "artifact.name", "artifact-from-job"]
WITHOUT_JOB = lost("artifacts", "download", "log", "build-after", "settings-after")

ROWS = [
    # ---- whose build
    Row("build of another project of the same account", another_project,
        fails("project-linked", "project-public") | lost(*BEHIND_GATE)),
    Row("build of another account", another_account, fails("project-linked") | lost(*BEHIND_GATE)),
    Row("project was replaced under its name", of_project(projectId=9999),
        fails("project-linked") | lost(*BEHIND_GATE)),
    Row("settings of another project",
        lambda w: w.edit("settings", "settings.projectId", PROJECT_ID + 1),
        fails("project-linked") | lost(*BEHIND_GATE)),
    Row("another build than was asked for", lambda w: w.edit("build", "build.buildId", 5),
        fails("project-linked") | lost(*BEHIND_GATE)),
    Row("build of another project inside the right one",
        lambda w: w.edit("build", "build.projectId", 4712),
        fails("project-linked") | lost(*BEHIND_GATE)),
    Row("id as a text that looks alike", lambda w: w.edit("build", "project.projectId", "4711 "),
        fails("project-linked", "project-public") | lost(*BEHIND_GATE)),
    Row("no such build", lambda w: w.scenario["builds"].clear(),
        lost("build", *BEHIND_GATE)),
    Row("private project", lambda w: (w.project.update(isPrivate=True),
                                      w.scenario.update(public=False)), fails("project-public")),
    Row("says public and shows itself to nobody", lambda w: w.scenario.update(public=False),
        fails("project-public")),
    Row("shows another project to everybody",
        lambda w: w.edit("project", "project.projectId", 4712), fails("project-public")),
    Row("does not say whether it is private", lambda w: w.project.pop("isPrivate"),
        unknown("project-public")),

    # ---- how it ended
    Row("failed build", of_build(status="failed"), fails("build-succeeded")),
    Row("cancelled build", of_build(status="cancelled"), fails("build-succeeded")),
    Row("status in another case", of_build(status="Success"),
        unknown("build-succeeded") | WITHOUT_JOB),
    Row("running build", running, unknown("build-succeeded", "job-succeeded") | WITHOUT_JOB,
        says="--wait"),
    Row("failed job in a build that succeeded", other_job_failed, fails("job-succeeded")),
    Row("several jobs and none named", two_jobs,
        unknown("job-succeeded", "job-not-optional") | WITHOUT_JOB, says="--job"),
    Row("two jobs of one id", two_jobs_of_one_id,
        unknown("job-succeeded", "job-not-optional") | WITHOUT_JOB, says="jobs of the id"),
    Row("a job that is not the build's",
        lambda w: w.arguments.extend(["--job", "zzzzzzzzzzzzzzzz"]),
        fails("job-succeeded") | unknown("job-not-optional") | WITHOUT_JOB),
    Row("job that may fail", of_job(allowFailure=True), fails("job-not-optional")),
    Row("does not say whether the job may fail", lambda w: w.job.pop("allowFailure"),
        unknown("job-not-optional")),
    Row("pull request", of_build(pullRequestId="6326", pullRequestName="A change"),
        fails("not-pull-request")),
    Row("pull request without a number", of_build(pullRequestHeadCommitId="a" * 40),
        fails("not-pull-request")),
    Row("pull request, number as a number", of_build(pullRequestId=6326),
        fails("not-pull-request")),
    Row("pull request, number as an empty text", of_build(pullRequestId=""),
        fails("not-pull-request")),
    Row("two-year-old build", two_years_ago, fails("build.age")),
    Row("older than is usual", lambda w: (two_years_ago(w), w.policy.pop("max_age")),
        fails("build.age")),
    Row("build older than the policy allows", lambda w: w.policy.update(max_age="30m"),
        fails("build.age")),
    Row("build of tomorrow", of_build(created=stamp(-DAY)), fails("build.age")),
    Row("build without a time", lambda w: w.build.pop("created"),
        unknown("build.age", "settings-unmodified")),

    # ---- which commit
    Row("commit rewritten by the script", rewritten(), fails("commit-corroborated")),
    Row("commit rewritten, forged line before",
        rewritten(before="git checkout -qf {new}\n"), fails("commit-corroborated")),
    Row("commit rewritten, forged line after",
        rewritten(after="git checkout -qf {new}\n"), fails("commit-corroborated")),
    Row("commit rewritten, forged line without a line feed",
        rewritten(after="echo git checkout -qf {new}"), fails("commit-corroborated")),
    Row("commit rewritten, forged line runs into the real one",
        rewritten(before="git checkout -qf "), fails("commit-corroborated")),
    Row("commit rewritten, the real line with carriage returns",
        rewritten(real=False, before="git checkout -qf {old}\r\n",
                  after="git checkout -qf {new}\r\n"), fails("commit-corroborated")),
    Row("commit rewritten, much in between",
        rewritten(after="x" * 300000 + "git checkout -qf {new}\n"), fails("commit-corroborated")),
    Row("log shows no checkout", logged("no git here\n"), unknown("commit-corroborated")),
    Row("log shows a branch", logged("git checkout -qf main\n"), unknown("commit-corroborated")),
    Row("log shows a short id", logged("git checkout -qf {short}\n"),
        fails("commit-corroborated")),
    Row("log shows a name that begins with the id", logged("git checkout -qf {commit}-evil\n"),
        unknown("commit-corroborated")),
    Row("log shows the commit and then a branch",
        logged("git checkout -qf {commit}\ngit checkout -qf evil\n"),
        unknown("commit-corroborated")),
    Row("empty log", lambda w: w.override("log", body={"text": ""}),
        unknown("commit-corroborated")),
    Row("no log", lambda w: w.override("log", status=404), unknown("commit-corroborated")),

    # ---- which artifact
    Row("artifact swapped on second download", swapped_download,
        fails("artifact-from-job", "artifact.digest")),
    Row("submitted file is another one", submits(package(b"!")),
        fails("artifact-from-job", "artifact.digest")),
    Row("submitted file has another name", submits(package(), "Other.nupkg"),
        fails("artifact.name")),
    Row("artifact shorter than listed", lambda w: w.listed[0].update(size=len(w.artifact) + 1),
        fails("artifact-from-job")),
    Row("artifact longer than listed", lambda w: w.listed[0].update(size=len(w.artifact) - 1),
        unknown("artifact-from-job", "artifact.digest")),
    Row("artifact made before the job", listed(created=stamp(59 * MINUTE)),
        fails("artifact-in-job-time")),
    Row("artifact added after the job", listed(created=stamp(40 * MINUTE)),
        fails("artifact-in-job-time")),
    Row("artifact without a time", lambda w: w.listed[0].pop("created"),
        unknown("artifact-in-job-time")),
    Row("artifact listed twice", also_listed(created=stamp(40 * MINUTE)),
        fails("artifact-in-job-time") | unknown(*NOT_TAKEN)),
    Row("artifact listed in two cases", also_listed(fileName=ARTIFACT.replace("Acme", "ACME")),
        fails("artifact-in-job-time") | unknown(*NOT_TAKEN)),
    Row("two artifacts match", also_listed(fileName="Acme.Gadget.1.0.0.nupkg"),
        unknown(*NOT_TAKEN)),
    Row("very many artifacts match", very_many_listed,
        unknown(*NOT_TAKEN, "artifact-in-job-time")),
    Row("no artifact matches", lambda w: w.link.update(artifact="*.vsix"),
        unknown(*NOT_TAKEN, "artifact-in-job-time")),
    Row("artifact in a folder does not match *", named("out/" + ARTIFACT),
        unknown(*NOT_TAKEN, "artifact-in-job-time")),
    *(Row(f"artifact is called {name!r}",
          lambda w, name=name: (named(name)(w), w.link.update(artifact="**")),
          unknown(*NOT_TAKEN), says="artifact")
      for name in ("out\\a.nupkg", "../a.nupkg", "out/../../a.nupkg", "a\nb.nupkg", "/a.nupkg",
                   "out//a.nupkg", "a\u0085.nupkg", "./a.nupkg")),
    *(Row(f"artifact answered with {status}", lambda w, s=status: w.override("store", status=s),
          unknown("artifact-from-job", "artifact.digest")) for status in (204, 206, 304)),
    Row("artifact answered with nothing", lambda w: w.override("store", body={"text": ""}),
        fails("artifact-from-job", "artifact.digest")),
    Row("empty artifact, listed so", lambda w: (w.listed[0].update(size=0),
                                               w.override("store", body={"text": ""})),
        fails("artifact.digest")),
    *(Row(f"artifact's name is {name!r}",
          lambda w, name=name: (named(name)(w), w.link.update(artifact="**.nupkg*")),
          fails("artifact.name"))
      for name in ("a\u200b.nupkg", " a.nupkg", "a.nupkg ", "a.nupkg.")),
    Row("artifact's name turns around", named("a\u202egpj.nupkg"), fails("artifact.name")),
    Row("artifact that cannot be had", lambda w: w.override("store", status=404),
        unknown("artifact-from-job", "artifact.digest")),
    Row("no list of artifacts", lambda w: w.override("artifacts", status=404),
        lost("artifacts", "download")),

    # ---- between two readings
    Row("job run again during the download",
        lambda w: w.edit("build", "build.jobs.0.finished", stamp(0), [2, None]), fails("stable")),
    Row("build cancelled during the download",
        lambda w: w.edit("build", "build.status", "cancelled", [2, None]), fails("stable")),
    Row("build deleted during the download",
        lambda w: w.override("build", reads=[2, None], status=404), unknown("stable")),
    Row("commit rewritten during the download",
        lambda w: w.edit("build", "build.commitId", w.repository.commits["old"], [2, None]),
        fails("stable")),
    Row("a job added during the download",
        lambda w: w.edit("build", "build.jobs.1", {**w.job, "jobId": OTHER_JOB}, [2, None]),
        fails("stable")),
    Row("project made private during the download",
        lambda w: w.edit("build", "project.isPrivate", True, [2, None]), fails("stable")),
]

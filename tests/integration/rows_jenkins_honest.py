# SPDX-License-Identifier: Apache-2.0
"""Honest builds of Jenkins, in all the forms that they come in."""

import base64
import hashlib
import json

from jenkins_world import (BUILD_DATA, NUMBER, OF_JENKINS, PATH, PROJECT, branch_config, git_scm,
                           project_config, scm_config, xml)
from jenkins_world import JenkinsRow as Row

OPTIONAL = ["jenkins.pipeline-from-scm", "jenkins.script-revision"]
STEPS = OF_JENKINS.fails("pipeline-from-scm", "script-revision")


def by_page(w):
    w.arguments = ["--build", w.page]


def by_page_of_log(w):
    w.arguments = ["--build", w.page + "console?x#y"]


def by_notice(w, **changed):
    """What contrib/jenkins sends: names, and nothing that is believed."""
    w.stdin = json.dumps({"job": w.full_name, "build": NUMBER, **changed}).encode()
    w.arguments = ["--notice", "-"]


def the_branch_is_linked(w):
    """The link names the branch's own job, as a link for one branch may."""
    w.link["job"] = PROJECT + "/main"
    w.arguments = ["--build", str(NUMBER)]


def in_folders(w):
    w.rename("Acme Corp/team a/widget é/main")
    w.jobs["Acme Corp/team a/widget é"] = w.jobs.pop(PROJECT)
    w.link["job"] = "Acme Corp/team a/widget é"


def branch_with_slash(w, name="release/1.0", coded="release%2F1.0", commit="release"):
    w.rename(PROJECT + "/" + coded)
    w.built(commit)
    w.revision["revision"]["head"]["name"] = name
    w.policy["refs"] = ["refs/heads/**"]
    w.arguments = ["--build", str(NUMBER), "--branch", name]


def branch_with_slash_by_page(w):
    branch_with_slash(w)
    w.arguments = ["--build", w.page]


def tag(w):
    w.rename(PROJECT + "/v1.0")
    w.revision["revision"]["head"] = {"_class": "jenkins.plugins.git.GitTagSCMHead",
                                      "name": "v1.0"}
    w.revision["revision"]["_class"] = "jenkins.plugins.git.GitTagSCMRevision"
    w.policy.update(refs=["refs/tags/v*"], tag_branches=["refs/heads/main"])
    w.arguments = ["--build", str(NUMBER), "--branch", "v1.0"]


def plain_head(w):
    """Of its declared class: then Jenkins leaves the class out."""
    del w.revision["revision"]["head"]["_class"]


def revision_stated_twice(w):
    """Once when the build was scheduled, and once when its script was read."""
    w.add_action(json.loads(json.dumps(w.revision)))


def old_jenkins(w):
    del w.build["inProgress"]


def from_scm(w):
    w.from_scm()


def from_scm_with_remote(w):
    w.from_scm(name="widget")
    w.job["config"] = scm_config(w.remote, spec="*/main", name="upstream")
    for data in w.build["actions"]:
        if data.get("_class") == BUILD_DATA:
            w.build["actions"].remove(data)
    w.checkout("built", key="upstream/main", branch="refs/remotes/upstream/main")


def on_branches(*names):
    """Of one's own pipeline, whose specification names no branch."""
    def change(w):
        w.from_scm(spec="**")
        revision = w.data["buildsByBranchName"]["refs/remotes/origin/main"]["revision"]
        revision["branch"] = [{"SHA1": w.commit("built"), "name": name} for name in names]
    return change


def tag_from_scm(w):
    w.from_scm(spec="refs/tags/v1.0")
    w.data["buildsByBranchName"]["refs/remotes/origin/main"]["revision"]["branch"] = [
        {"SHA1": w.commit("built"), "name": "detached"}]
    w.policy.update(refs=["refs/tags/v*"], tag_branches=["refs/heads/main"])


def from_scm_by_page(w):
    w.from_scm()
    w.arguments = ["--build", w.page]


def from_scm_in_one_line(w):
    w.from_scm()
    w.job["config"] = "".join(line.strip() for line in w.job["config"].split("\n"))


def lists_with_classes(w):
    """As Jenkins writes some lists, depending on who made them."""
    w.from_scm()
    for name, kind in ("userRemoteConfigs", "java.util.List"), ("branches", "singleton-list"):
        w.job["config"] = w.job["config"].replace(f"<{name}>", f'<{name} class="{kind}">')


def comments_and_cdata(w):
    w.from_scm()
    w.job["config"] = w.job["config"].replace(
        "<scriptPath>Jenkinsfile</scriptPath>",
        "<!-- <scriptPath>other</scriptPath> --><scriptPath><![CDATA[Jenkinsfile]]></scriptPath>")


def assumed(w):
    w.from_scm()
    del w.job["history"]
    w.link.update(assume=["config-unchanged"], assume_reason="jobs are made by code")


def two_checkouts(w):
    """Pipelines check out once for the script and once more by `checkout scm`."""
    w.checkout("built")
    w.checkout("built", key="origin/HEAD", branch="refs/remotes/origin/HEAD")


def copied_forward(w):
    """Jenkins repeats what it told of earlier builds, in an object of its own too."""
    w.checkout("old", number=NUMBER - 1)


def uses_libraries(w):
    """By the operator's word git checks each of them out in every build."""
    w.add_action({"_class": "org.jenkinsci.plugins.workflow.libs.LibrariesAction"})
    w.link.update(assume=["libraries-checked-out"], assume_reason="no library is cached")


def library(w):
    uses_libraries(w)
    w.checkout("old", w.git_base + "/acme/library.git")
    w.policy["libraries"] = [w.git_base + "/acme/library"]


def library_told_by_ssh(w):
    uses_libraries(w)
    w.checkout("old", "git@git.example:acme/library.git")
    w.policy["libraries"] = ["https://git.example/acme/library"]


def tools(w):
    """Another repository, checked out by a step, and no library."""
    w.checkout("old", w.git_base + "/acme/tools.git")
    w.policy["libraries"] = [w.git_base + "/acme/tools"]


def parameters(w):
    w.add_action({"_class": "hudson.model.ParametersAction", "parameters": [
        {"_class": "hudson.model.StringParameterValue", "name": "LEVEL", "value": "x"},
        {"_class": "hudson.model.PasswordParameterValue", "name": "TOKEN"}]})
    w.policy["parameters"] = ["LEVEL", "TOKEN"]


def by_hand(w):
    w.cause["_class"] = "hudson.model.Cause$UserIdCause"
    w.policy["causes"] = ["hudson.model.Cause$UserIdCause"]


def with_sidecar(w):
    w.sidecar()
    w.link["sidecar"] = "always"


def digest_alone(w):
    w.sidecar(text=hashlib.sha256(w.artifact).hexdigest())


def base64_of(data):
    """As tools that work with Jenkins archive a digest: without a name and a line's end."""
    return base64.b64encode(hashlib.sha256(data).digest()).decode()


def digest_in_base64(w):
    w.sidecar(text=base64_of(w.artifact))
    w.link["sidecar"] = "always"


def only_digest(w, text=None):
    """The artifact stays where it was made; its digest is archived, with a fingerprint."""
    w.sidecar(text=text)
    del w.listed[0]
    del w.job["files"][str(NUMBER)][PATH]
    w.print["fileName"] += ".sha256"
    w.link["sidecar"] = "enough"
    w.submitted = w.artifact


def only_digest_in_base64(w):
    only_digest(w, base64_of(w.artifact))


def never_downloads(w, result):
    assert not [r for r in result.requests if (r.get("at") or [""])[0] == "download"]


def enough_and_archived(w):
    w.sidecar()
    w.link["sidecar"] = "enough"


def from_resources(w):
    w.scenario["resources"] = True


def never_strays(w, result):
    stray = [r for r in result.requests if r.get("listener") == "resources"]
    assert stray and all(r["key"] == "no" for r in stray), stray


def other_prints(w):
    w.build["fingerprint"].insert(0, {"fileName": "pom.xml", "hash": "0" * 32,
                                      "original": {"name": "other", "number": 7}})


def spoken(w):
    """No configuration, but all of its settings as options, lists too."""
    w.policy.update(causes=["jenkins.branch.BranchEventCause"], parameters=["LEVEL"],
                    libraries=["https://git.example/a/b"])
    w.link["sidecar"] = "if-archived"
    w.spoken = list


def submits(w):
    w.submitted = w.artifact


def no_identity(w):
    """Not named, not compared."""
    del w.system["identity"]
    w.scenario["identity"] = None


def pinned(w):
    w.system["spki"] = w.paths["pin"]


def github_source(w):
    w.project["config"] = project_config(
        w.remote, source="org.jenkinsci.plugins.github_branch_source.GitHubSCMSource",
        address="repositoryUrl")


def other_script(w):
    w.job["config"] = branch_config("ci/release.groovy")
    w.project["config"] = project_config(w.remote, script="ci/release.groovy")
    w.link["script_path"] = "ci/release.groovy"


def freestyle(w, root="project", class_name="hudson.model.FreeStyleBuild"):
    """Steps that stand in Jenkins, which a policy may accept."""
    w.from_scm(name="widget-steps")
    w.build.update(_class=class_name, builtOn="linux-1", actions=w.build["actions"])
    w.job["config"] = xml(root, f"  {git_scm(w.remote)}\n  <builders><hudson.tasks.Shell>"
                                "<command>make</command></hudson.tasks.Shell></builders>")
    w.policy.update(nodes=["linux-1", "linux-2"], optional=OPTIONAL)


def freestyle_anywhere(w):
    freestyle(w)
    del w.policy["nodes"]


def matrix(w):
    freestyle(w, "matrix-project", "hudson.matrix.MatrixBuild")
    one = {"_class": "hudson.matrix.MatrixRun", "building": False, "result": "SUCCESS",
           "url": "http://localhost:8080/x"}
    w.build["runs"] = [
        {**one, "number": NUMBER, "builtOn": "linux-2",
         "actions": [{}, w.build_data(w.commit("built"))]},
        {**one, "number": NUMBER - 2, "builtOn": "elsewhere",
         "actions": [w.build_data(w.commit("old"), number=NUMBER - 2)]}]


def ends_while_we_wait(w):
    w.override("build", reads=[1, 1], edits=[{"path": ["building"], "set": True},
                                             {"path": ["inProgress"], "set": True},
                                             {"path": ["result"], "set": None}])
    w.arguments += ["--wait", "3s"]


def slow(w):
    """So that what is asked at once overlaps, and what is asked in turn does not."""
    for endpoint in ("login", "job", "build", "config", "history", "download", "sidecar"):
        w.override(endpoint, latency=0.3)


def slow_from_scm(w):
    from_scm(w)
    slow(w)
    w.sidecar()


def asked_twice(w, result):
    """The build, once before and once after the download, however much patience there is."""
    builds = [r for r in result.requests if (r.get("at") or [""])[0] == "build"]
    assert len(builds) == 2, builds


def chain(w, result):
    """The longest chain of requests that wait for one another."""
    spans = sorted((r["start"], r["end"]) for r in result.requests
                   if r.get("listener") in ("jenkins", "resources"))
    longest = [1] * len(spans)
    for i, (start, _) in enumerate(spans):
        longest[i] += max((longest[n] for n in range(i) if spans[n][1] < start), default=0)
    assert 4 <= max(longest) <= 6, f"a chain of {max(longest)} requests"


ROWS = [
    Row("honest", lambda w: None),
    Row("honest, and slow", slow, watch=chain),
    Row("by the address of the page", by_page),
    Row("by an address below the page", by_page_of_log),
    Row("by notice", by_notice),
    Row("by notice, a branch with a slash",
        lambda w: (branch_with_slash(w), by_notice(w, more={"commit": "believed by nobody"}))),
    Row("the branch's own job is linked", the_branch_is_linked),
    Row("in folders with spaces and letters", in_folders),
    Row("branch with a slash", branch_with_slash),
    Row("branch with a slash, by its page", branch_with_slash_by_page),
    Row("tag", tag),
    Row("head without a class", plain_head),
    Row("revision stated twice", revision_stated_twice),
    Row("old Jenkins without inProgress", old_jenkins),
    Row("pipeline from SCM", from_scm),
    Row("pipeline from SCM, and slow", slow_from_scm, watch=chain),
    Row("pipeline from SCM, remote of another name", from_scm_with_remote),
    Row("pipeline from SCM, by its page", from_scm_by_page),
    Row("pipeline from SCM, any branch", on_branches("refs/remotes/origin/main")),
    Row("pipeline from SCM, any branch, and HEAD",
        on_branches("origin/HEAD", "origin/main", "origin/main")),
    Row("tag, pipeline from SCM", tag_from_scm),
    Row("pipeline from SCM, configuration in one line", from_scm_in_one_line),
    Row("lists with classes in the configuration", lists_with_classes),
    Row("comments and CDATA in the configuration", comments_and_cdata),
    Row("configuration by the operator's word", assumed, says="config-unchanged"),
    Row("several checkouts of one commit", two_checkouts),
    Row("an earlier build's checkout copied forward", copied_forward),
    Row("shared library, declared", library, says="libraries-checked-out"),
    Row("checkout of another repository, declared", tools),
    Row("shared library by ssh, declared", library_told_by_ssh),
    Row("parameters, declared", parameters),
    Row("started by hand, as the policy allows", by_hand),
    Row("digest beside the artifact", with_sidecar),
    Row("digest alone beside the artifact", digest_alone),
    Row("digest in base64 beside the artifact", digest_in_base64),
    Row("digest alone, which is enough", only_digest, watch=never_downloads),
    Row("digest alone in base64, which is enough", only_digest_in_base64, watch=never_downloads),
    Row("digest that would be enough beside the artifact", enough_and_archived),
    Row("artifact from the resource domain", from_resources, watch=never_strays),
    Row("fingerprints of other files", other_prints),
    Row("no configuration but options", spoken),
    Row("file submitted", submits),
    Row("controller without an identity to compare", no_identity),
    Row("pinned key", pinned),
    Row("source by GitHub", github_source),
    Row("script of another name", other_script),
    Row("freestyle, which the policy accepts", freestyle, STEPS, exit=0),
    Row("freestyle on any node", freestyle_anywhere, STEPS, exit=0),
    Row("matrix, which the policy accepts", matrix, STEPS, exit=0),
    Row("ends while we wait", ends_while_we_wait),
    Row("over before we wait", lambda w: w.arguments.extend(["--wait", "20s"]), watch=asked_twice),
]

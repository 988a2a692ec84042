# SPDX-License-Identifier: Apache-2.0
"""Attacks on builds of Jenkins: on the job, what started it, its configuration and its history."""

from jenkins_world import (BEHIND_GATE, MULTIBRANCH, NUMBER, OF_JENKINS, PROJECT, USER, WORKFLOW,
                           project_config, scm_config, xml)
from jenkins_world import JenkinsRow as Row
from rows_jenkins_honest import by_notice, freestyle, matrix

fails, unknown, lost = OF_JENKINS.fails, OF_JENKINS.unknown, OF_JENKINS.lost

# What is not known if the configuration does not tell which repository is built.
REPOSITORY = ["repository.expected", "repository.commit-exists", "repository.commit-on-ref",
              "repository.public"]
NO_REMOTE = unknown(*REPOSITORY, "repository.tag-on-branch", "revision-unambiguous",
                    "libraries-declared")
# The checkouts do not agree: there is no commit to ask for.
NO_COMMIT = unknown("repository.commit-exists", "repository.commit-on-ref",
                    "repository.tag-on-branch")
# There is no ref to ask for.
NO_REF = unknown("repository.ref-allowed", "repository.commit-on-ref", "repository.commit-exists",
                 "repository.tag-on-branch", "repository.public")


# ---- the controller and the job

def another_identity(w):
    w.scenario["identity"] = "MIIBanother"


def hidden_identity(w):
    w.scenario["identity"] = None


def no_jenkins(w):
    w.scenario["version"] = None


def no_login_page(w):
    w.override("login", status=500)


def another_case(w):
    w.link["job"] = "acme/Widget"


def another_number(w):
    w.edit("build", "number", NUMBER - 1)


def no_full_name(w):
    w.override("job", edits=[{"path": ["fullName"], "delete": True}])


def asks_for(*words, link=None):
    def change(w):
        w.arguments = list(words)
        w.link.update(link or {})
    return change


def page_of(path):
    def change(w):
        w.arguments = ["--build", w.address + path]
    return change


# ---- the end

def of_build(**members):
    return lambda w: w.build.update(members)


def no_state(w):
    del w.build["building"]


# ---- causes

def caused_by(*classes, listed=()):
    def change(w):
        w.build["actions"][0]["causes"] = [{"_class": c} if c else {} for c in classes]
        if listed:
            w.policy["causes"] = list(listed)
    return change


REPLAY = WORKFLOW + "cps.replay.ReplayCause"
BY_HAND, PUSH = "hudson.model.Cause$UserIdCause", "jenkins.branch.BranchEventCause"
REFUSED = {
    "replay": REPLAY,
    "rebuild": "com.sonyericsson.rebuild.RebuildCause",
    "restart from a stage":
        "org.jenkinsci.plugins.pipeline.modeldefinition.causes.RestartDeclarativePipelineCause",
    "restored checkpoint": "com.cloudbees.workflow.cps.checkpoint.RestoreFromCheckpointCause",
}

# ---- pull requests

def contributor(w):
    w.job["actions"].append({"_class": "jenkins.scm.api.metadata.ContributorMetadataAction"})


def head_of(class_name):
    return lambda w: w.revision["revision"]["head"].update(_class=class_name)


def revision_of(class_name):
    return lambda w: w.revision["revision"].update(_class=class_name)


def revision_before(**head):
    """Another revision of the same commit stands before the honest one."""
    def change(w):
        revision = w.revision["revision"]
        other = {**revision, "head": {**revision["head"], **head}}
        w.build["actions"].insert(0, {**w.revision, "revision": other})
    return change


def revision_behind(**head):
    def change(w):
        revision_before(**head)(w)
        w.build["actions"].append(w.build["actions"].pop(0))
    return change


def named_like_request(w):
    w.rename(PROJECT + "/PR-7")
    w.revision["revision"]["head"]["name"] = "PR-7"
    w.arguments = ["--build", str(NUMBER), "--branch", "PR-7"]


# ---- the configuration

def configured(config):
    def change(w):
        w.from_scm()
        w.job["config"] = config(w)
    return change


def in_config(old, new, end=("", "")):
    def change(w):
        w.from_scm()
        assert w.job["config"].count(old) == 1, old
        w.job["config"] = w.job["config"].replace(old, new).replace(*end)
    return change


def in_project(old, new):
    def change(w):
        assert old in w.project["config"], old
        w.project["config"] = w.project["config"].replace(old, new)
    return change


def in_branch(old, new):
    """In the configuration of the branch's own job."""
    def change(w):
        assert w.job["config"].count(old) == 1, old
        w.job["config"] = w.job["config"].replace(old, new)
    return change


def variable_in_both(w):
    in_branch(SCRIPT, "<scriptPath>${SCRIPT}</scriptPath>")(w)
    in_project(SCRIPT, "<scriptPath>${SCRIPT}</scriptPath>")(w)
    w.link["script_path"] = "${SCRIPT}"


def refers(w):
    """To Jenkins the definition is what stands in the property, and no child of it is read."""
    in_config("<properties/>", f"""<properties><x.Property>
      <kept class="{WORKFLOW}cps.CpsFlowDefinition"><script>sh 'evil'</script></kept>
    </x.Property></properties>""")(w)
    start = f'<definition class="{WORKFLOW}cps.CpsScmFlowDefinition"'
    assert start in w.job["config"]
    w.job["config"] = w.job["config"].replace(
        start, start + ' reference="../properties/x.Property/kept"')


INLINE = xml("flow-definition", f"""<definition class="{WORKFLOW}cps.CpsFlowDefinition">
  <script>sh 'make'</script><sandbox>true</sandbox></definition>""")
SCRIPT = "<scriptPath>Jenkinsfile</scriptPath>"
ELSEWHERE = "https://git.example/acme/widget.git"


def another_source(w):
    w.project["config"] = project_config(ELSEWHERE)


def steps(w):
    freestyle(w)
    del w.policy["optional"]


def doctype(w):
    w.job["config"] = w.job["config"].replace(
        "<flow-definition>", '<!DOCTYPE x [<!ENTITY s "Jenkinsfile">]>\n<flow-definition>')


def laughs(w):
    lines = ['<!ENTITY a0 "ha">'] + [f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 10)]
    w.job["config"] = ("<!DOCTYPE x [" + "".join(lines) + "]><flow-definition>&a9;"
                       "</flow-definition>")


def of_text(text):
    return lambda w: w.job.update(config=text)


def deep(w):
    w.job["config"] = "<a>" * 40 + "</a>" * 40


def wide(w):
    w.job["config"] = "<a>" + "<b/>" * 5000 + "</a>"


def hidden_config(w):
    w.scenario["users"][USER]["rights"] = ["read"]


# ---- the revision

def no_revision(w):
    w.build["actions"].remove(w.revision)


def another_revision(w):
    w.revision["revision"]["hash"] = w.commit("old")


def no_hash(w):
    del w.revision["revision"]["hash"]


def two_revisions(w):
    w.add_action({**w.revision, "revision": {**w.revision["revision"], "hash": w.commit("old")}})


def lightweight(w):
    w.from_scm(lightweight="true")


def lightweight_not_stated(w):
    in_config("<lightweight>false</lightweight>", "")(w)


# ---- the history

def history(*entries):
    def change(w):
        w.from_scm()
        w.job["history"] = [e if isinstance(e, dict) else w.change(e) for e in entries]
    return change


def no_history(w):
    w.from_scm()
    del w.job["history"]


def changed_config(w):
    w.override("config", of=w.full_name, reads=[2, None], raw=w.job["config"] + " ")


def changed_project(w):
    w.override("config", of=PROJECT, reads=[2, None], raw=w.project["config"] + " ")


# By none of them an element is what it seems to be.
FOREIGN = ("reference", "resolves-to", "defined-in", "serialization", "script")
LIST = "jenkins.branch.MultiBranchProject$BranchSourceList\""
NO_SCM = {**NO_REMOTE, **NO_REF, **unknown("pipeline-from-scm", "script-revision")}
NO_SOURCE = {**NO_REMOTE, **unknown("pipeline-from-scm", "script-revision", "config-at-build")}
HEADS_DIFFER = {**NO_REF, **unknown("script-revision", "config-at-build")}
LATEST = 7258118400000  # the year 2200
NO_NAMES = lost("job", "build", *BEHIND_GATE)
GATE = lost(*BEHIND_GATE)
NOT_OVER = {**unknown("build-finished"), **GATE}
NO_CONFIG = lost("config", "project-config")
STEPS = {**fails("pipeline-from-scm", "script-revision")}

ROWS = [
    Row("another identity", another_identity, fails("instance")),
    Row("identity not shown", hidden_identity, unknown("instance")),
    Row("no Jenkins", no_jenkins, fails("instance")),
    Row("no login page", no_login_page, unknown("instance")),
    Row("job in another case", another_case,
        {**GATE, **fails("job-exact", "artifact-fingerprint")}),
    Row("another build's number", another_number, {**GATE, **fails("job-exact")}),
    Row("job without its full name", no_full_name, {**GATE, **unknown("job-exact")}),
    Row("build without its number", lambda w: w.override(
        "build", edits=[{"path": ["number"], "delete": True}]),
        {**GATE, **unknown("job-exact")}),
    Row("no such build", asks_for("--build", "43", "--branch", "main"),
        lost("build", *BEHIND_GATE)),
    Row("no such job", asks_for("--build", "42", link={"job": "acme/gadget"}), NO_NAMES),
    Row("no branch named", asks_for("--build", "42"), lost("build", *BEHIND_GATE)),
    Row("page of another job", page_of("/job/acme/job/gadget/42/"), NO_NAMES,
        says="the address names job acme/gadget"),
    Row("page of a job below", page_of("/job/acme/job/widget/job/main/job/x/42/"), NO_NAMES,
        says="the address names job acme/widget/main/x"),
    Row("page of another controller", asks_for("--build", "https://ci2.example/job/x/42/"),
        NO_NAMES, says="is neither the number of a build nor the address of its page"),
    Row("page without https", asks_for("--build", "http://ci2.example/job/x/42/"), NO_NAMES,
        says="is neither the number of a build nor the address of its page"),
    Row("no build named", asks_for(), NO_NAMES, says="no build is named"),
    Row("branch and page differ",
        lambda w: w.arguments.__setitem__(slice(None), ["--build", w.page, "--branch", "evil"]),
        NO_NAMES, says="different branches"),
    Row("notice of another job", lambda w: by_notice(w, job="acme/gadget/main"), NO_NAMES),
    Row("notice without a job", lambda w: by_notice(w, job=None), exit=2, report=False,
        says="no notice of a build"),
    Row("notice of a number that is none", lambda w: by_notice(w, build="42x"), exit=2,
        report=False, says="no notice of a build"),
    Row("notice with a way up", lambda w: by_notice(w, job="acme/../widget"), exit=2, report=False,
        says="no notice of a build"),
    Row("branch that is no name", asks_for("--build", "42", "--branch", "ma\tin"), NO_NAMES,
        says="is no name of a branch"),
    Row("number that is a word", asks_for("--build", "lastBuild"), NO_NAMES),
    Row("number with a zero in front", asks_for("--build", "042"), NO_NAMES),
    Row("build failed", of_build(result="FAILURE"), fails("build-finished")),
    Row("build unstable", of_build(result="UNSTABLE"), fails("build-finished")),
    Row("build aborted", of_build(result="ABORTED"), fails("build-finished")),
    Row("build goes on", of_build(building=True, result=None), NOT_OVER),
    Row("build still archives", of_build(inProgress=True), NOT_OVER),
    Row("build without a result", of_build(result=None), unknown("build-finished")),
    Row("build without a state", no_state, NOT_OVER,
        says="does not state whether the build is over"),
    *(Row(what, caused_by(PUSH, name), fails("cause-allowed")) for what, name in REFUSED.items()),
    Row("replay that the policy lists", caused_by(REPLAY, listed=[REPLAY]),
        fails("cause-allowed")),
    Row("replay behind a cause that is not known", caused_by("x.Cause", REPLAY),
        fails("cause-allowed")),
    Row("started by hand", caused_by(BY_HAND), fails("cause-allowed")),
    Row("started by a build of another job", caused_by("hudson.model.Cause$UpstreamCause"),
        fails("cause-allowed")),
    Row("cause that is not known", caused_by(PUSH, "x.Cause"), unknown("cause-allowed")),
    Row("cause without a class", caused_by(None), unknown("cause-allowed"),
        says="a cause without a class"),
    Row("no cause", caused_by(), unknown("cause-allowed")),
    Row("job of a contributor", contributor, fails("not-pull-request")),
    Row("head of a pull request",
        head_of("org.jenkinsci.plugins.github_branch_source.PullRequestSCMHead"),
        fails("not-pull-request")),
    Row("revision of a merge request", revision_of("io.jenkins.plugins.MergeRequestSCMRevision"),
        fails("not-pull-request")),
    Row("action of a pull request", lambda w: w.add_action({"_class": "x.PullRequestAction"}),
        fails("not-pull-request")),
    Row("head that is not known", head_of("x.Head"), unknown("not-pull-request")),
    Row("revision of a pull request before that of the branch",
        revision_before(_class="x.PullRequestSCMHead"),
        {**HEADS_DIFFER, **fails("not-pull-request")}, says="x.PullRequestSCMHead"),
    Row("revision of a pull request behind that of the branch",
        revision_behind(_class="x.PullRequestSCMHead"),
        {**HEADS_DIFFER, **fails("not-pull-request")}),
    Row("revision named like a pull request before that of the branch",
        revision_before(name="PR-7"), {**HEADS_DIFFER, **fails("not-pull-request")}),
    Row("revision of a head that is not known before that of the branch",
        revision_before(_class="x.Head"), {**HEADS_DIFFER, **unknown("not-pull-request")},
        says="revisions of several heads"),
    Row("revision of another branch before that of the branch", revision_before(name="dev"),
        {**HEADS_DIFFER, **unknown("not-pull-request")}),
    Row("cause of a pull request", caused_by("org.jenkinsci.plugins.ghprb.GhprbCause"),
        {**fails("not-pull-request"), **unknown("cause-allowed")}),
    Row("branch named like a pull request", named_like_request,
        {**fails("not-pull-request", "repository.ref-allowed"),
         **unknown("repository.commit-on-ref", "repository.public")}),
    Row("script in Jenkins", configured(lambda w: INLINE),
        {**NO_REMOTE, **NO_REF, **fails("pipeline-from-scm", "script-revision")}),
    Row("steps in Jenkins", steps, STEPS),
    Row("matrix that the policy does not accept", lambda w: (matrix(w), w.policy.pop("optional")),
        STEPS),
    Row("another script", in_config(SCRIPT, "<scriptPath>evil/Jenkinsfile</scriptPath>"),
        fails("pipeline-from-scm")),
    Row("another script, multibranch", in_project(SCRIPT, "<scriptPath>evil</scriptPath>"),
        fails("pipeline-from-scm"), says="and the multibranch project says evil"),
    Row("another script in the branch's own job",
        in_branch(SCRIPT, "<scriptPath>evil</scriptPath>"), fails("pipeline-from-scm")),
    Row("script not stated by the branch's own job", in_branch(SCRIPT, ""),
        unknown("pipeline-from-scm"), says="the branch's job does not state its script"),
    Row("script not stated by the multibranch project", in_project(SCRIPT, ""),
        unknown("pipeline-from-scm"), says="the multibranch project does not state its script"),
    Row("script stated twice by the branch's own job",
        in_branch(SCRIPT, SCRIPT + "<scriptPath>evil</scriptPath>"), unknown("pipeline-from-scm")),
    Row("variable in the script's path, multibranch", variable_in_both,
        fails("pipeline-from-scm")),
    Row("variable in the script's path",
        lambda w: (w.from_scm(script="${SCRIPT}"), w.link.update(script_path="${SCRIPT}")),
        fails("pipeline-from-scm")),
    Row("variable in the branch", lambda w: w.from_scm(spec="${BRANCH}"),
        {**NO_REF, **fails("pipeline-from-scm")}),
    Row("variable in the repository", lambda w: w.job.update() or w.from_scm() or w.job.update(
        config=scm_config(w.remote.replace("widget.git", "$NAME"))),
        {**NO_COMMIT, **unknown("revision-unambiguous", "script-revision", "repository.public"),
         **fails("pipeline-from-scm", "repository.expected", "libraries-declared")}),
    Row("repository by a path", lambda w: (w.from_scm(), w.job.update(
        config=scm_config("/srv/git/widget"))),
        {**NO_REMOTE, **fails("pipeline-from-scm"), **unknown("script-revision")}),
    Row("repository without an address", in_config("<url>", "<url/><x>", end=("</url>", "</x>")),
        {**NO_REMOTE, **unknown("pipeline-from-scm", "script-revision")}),
    Row("script not stated", in_config(SCRIPT, ""), unknown("pipeline-from-scm")),
    Row("branch not stated", in_config("<name>refs/heads/main</name>", ""),
        {**NO_REF, **unknown("pipeline-from-scm")}),
    Row("script stated twice", in_config(SCRIPT, SCRIPT + "<scriptPath>evil</scriptPath>"),
        unknown("pipeline-from-scm"), says="there are 2 elements 'scriptPath' in one place"),
    Row("repository stated twice", in_config("<userRemoteConfigs>", """<userRemoteConfigs>
        <hudson.plugins.git.UserRemoteConfig><url>https://git.example/x</url>
        </hudson.plugins.git.UserRemoteConfig>"""),
        {**NO_REMOTE, **unknown("pipeline-from-scm", "script-revision")}),
    Row("two definitions", in_config(
        "<authToken>", f'<definition class="{WORKFLOW}cps.CpsFlowDefinition"/><authToken>'),
        {**NO_REMOTE, **NO_REF, **unknown("pipeline-from-scm", "script-revision")}),
    Row("definition that is not known", in_config("CpsScmFlowDefinition", "OtherDefinition"),
        {**NO_REMOTE, **NO_REF, **unknown("pipeline-from-scm", "script-revision")}),
    Row("source that is not git", in_config("hudson.plugins.git.GitSCM\"", "x.Subversion\""),
        {**NO_REMOTE, **NO_REF, **unknown("pipeline-from-scm", "script-revision")}),
    Row("pipelines made by another factory", in_project("WorkflowBranchProjectFactory", "Other"),
        unknown("pipeline-from-scm")),
    Row("definition that refers to another one", refers, NO_SCM,
        says="'definition' has the attribute 'reference'"),
    *(Row(f"definition with the attribute {name}",
          in_config("<definition ", f'<definition {name}="x" '), NO_SCM) for name in FOREIGN),
    *(Row(f"checkout with the attribute {name}", in_config("<scm ", f'<scm {name}="x" '), NO_SCM)
      for name in ("reference", "resolves-to")),
    *(Row(f"{what} with the attribute {name}", in_config(f"<{what}>", f'<{what} {name}="x">'),
          {**NO_REMOTE, **unknown("pipeline-from-scm", "script-revision")})
      for what in ("userRemoteConfigs", "hudson.plugins.git.UserRemoteConfig", "url")
      for name in ("reference", "class")),
    *(Row(f"{what} with the attribute {name}", in_config(f"<{what}>", f'<{what} {name}="x">'),
          {**NO_REF, **unknown("pipeline-from-scm")})
      for what in ("branches", "hudson.plugins.git.BranchSpec") for name in ("reference", "class")),
    *(Row(f"script's path with the attribute {name}",
          in_config("<scriptPath>", f'<scriptPath {name}="x">'), unknown("pipeline-from-scm"))
      for name in ("class", "reference")),
    Row("lightweight or not with the attribute reference",
        in_config("<lightweight>", '<lightweight reference="x">'),
        unknown("pipeline-from-scm", "script-revision")),
    *(Row(f"root with the attribute {name}",
          in_config("<flow-definition>", f'<flow-definition {name}="x">'), NO_SCM)
      for name in ("class", "resolves-to")),
    Row("root that is not known", in_config("<flow-definition>", "<x>",
                                            end=("</flow-definition>", "</x>")), NO_SCM),
    Row("element in the script's path",
        in_config(SCRIPT, "<scriptPath>Jenkins<x/>file</scriptPath>"),
        unknown("pipeline-from-scm"), says="'scriptPath' is more than a text"),
    Row("repository of another type", in_config(
        "<hudson.plugins.git.UserRemoteConfig>", "<x>",
        end=("</hudson.plugins.git.UserRemoteConfig>", "</x>")),
        {**NO_REMOTE, **unknown("pipeline-from-scm", "script-revision")}),
    *(Row(f"repository as git's plug-in named it long ago, {name}",
          in_config("<configVersion>", f"<{name}>x</{name}><configVersion>"), NO_SCM)
      for name in ("source", "remoteRepositories")),
    *(Row(f"project's {what.strip()} with the attribute reference",
          in_project(f"<{what}", f'<{what.strip()} reference="x" '), NO_SOURCE) for what in (
              "sources", "data", "jenkins.branch.BranchSource", "source ", "remote")),
    *(Row(f"{what} of another class", in_project(f"<{what}>", f'<{what} class="x">'), NO_SOURCE)
      for what in ("data", "jenkins.branch.BranchSource", "remote")),
    Row("list of sources that is not known", in_project(LIST, 'x.List"'), NO_SOURCE,
        says="its list of sources is not known"),
    *(Row(f"factory with the attribute {name}", in_project("<factory ", f'<factory {name}="x" '),
          unknown("pipeline-from-scm")) for name in ("reference", "resolves-to")),
    Row("multibranch project of another class",
        in_project("Project>\n  <actions", 'Project class="x">\n  <actions'), NO_SOURCE),
    Row("source of a host that is not known", in_project("GitSCMSource", "OtherSource"),
        {**NO_REMOTE, **unknown("pipeline-from-scm", "script-revision", "config-at-build")},
        says="states no address that is known"),
    Row("something else around the branch's job", in_project(
        MULTIBRANCH + "WorkflowMultiBranchProject", "com.acme.Organization"),
        unknown("pipeline-from-scm")),
    Row("another repository", another_source,
        {**NO_COMMIT, **unknown("revision-unambiguous", "script-revision", "config-at-build",
                                "repository.public"),
         **fails("repository.expected", "libraries-declared")}),
    Row("configuration not shown", hidden_config, NO_CONFIG, exit=3),
    Row("document type in the configuration", doctype, NO_CONFIG),
    Row("entities that grow", laughs, NO_CONFIG),
    Row("entity that is not declared", of_text("<flow-definition>&x;</flow-definition>"),
        NO_CONFIG),
    Row("broken configuration", of_text("<flow-definition><a></flow-definition>"), NO_CONFIG),
    Row("empty configuration", of_text(""), NO_CONFIG),
    Row("namespaces in the configuration",
        of_text('<flow-definition xmlns="urn:x"><definition/></flow-definition>'), NO_CONFIG),
    Row("class with a prefix in the configuration",
        in_config("<definition class=", "<definition xml:class="),
        NO_CONFIG),
    Row("prefix that is not declared",
        in_config(SCRIPT, "<x:scriptPath>evil</x:scriptPath>" + SCRIPT), NO_CONFIG),
    Row("name in another spelling",
        in_config("<definition ", f'<_.0064efinition class="{WORKFLOW}cps.CpsFlowDefinition"/>'
                                  "<definition "), NO_CONFIG),
    Row("instruction in the script's path",
        in_config(SCRIPT, "<scriptPath>Jenkins<?x?>file</scriptPath>"), NO_CONFIG),
    Row("configuration that is nested too deep", deep, NO_CONFIG),
    Row("configuration with too many elements", wide, NO_CONFIG),
    Row("mark of withholding in the configuration",
        of_text("<flow-definition><withheld/></flow-definition>"), NO_CONFIG),
    Row("no revision was scheduled", no_revision,
        {**NO_REF, **fails("script-revision"), **unknown("config-at-build")}),
    Row("another revision was scheduled", another_revision,
        {**fails("script-revision"), **unknown("config-at-build")}),
    Row("revision without a commit", no_hash, unknown("script-revision", "config-at-build")),
    Row("revision that is no commit",
        lambda w: w.revision["revision"].update(hash="refs/heads/main"),
        unknown("script-revision", "config-at-build")),
    Row("two revisions were scheduled", two_revisions,
        unknown("script-revision", "config-at-build")),
    Row("lightweight checkout", lightweight, unknown("script-revision")),
    Row("lightweight or not is not stated", lightweight_not_stated, unknown("script-revision")),
    Row("changed after the build was scheduled", history(90, -40), fails("config-at-build")),
    Row("changed perhaps after the build was scheduled", history(90, 3),
        unknown("config-at-build")),
    Row("history that shows nothing", history(), unknown("config-at-build")),
    *(Row(f"history with a time that is none, {date}", history(90, {"date": date}),
          unknown("config-at-build")) for date in (
              "2026-01-02T03-04-05", "2026-01-02_03:04-05", "2026-01-02_03-04:05",
              "2026-13-02_03-04-05", None)),
    Row("history, and a build without a time", lambda w: (w.from_scm(), w.build.pop("timestamp")),
        unknown("config-at-build", "build.age")),
    *(Row(f"history, and a build at {at} ms",
          lambda w, at=at: (w.from_scm(), w.build.update(timestamp=at)),
          unknown("config-at-build", "build.age")) for at in (
              LATEST, 18446744073710 + 1796100000000, (1 << 53) - 1)),
    *(Row(f"history with a time that cannot be, {date}", history(90, {"date": date}),
          unknown("config-at-build")) for date in (
              "1677-09-21_00-12-44", "1969-12-31_23-59-59", "2262-04-11_23-47-16")),
    Row("history without a time", history(90, {"date": "yesterday"}), unknown("config-at-build")),
    Row("no history, and nobody vouches", no_history, unknown("config-at-build")),
    Row("configuration changed meanwhile", changed_config, fails("config-stable")),
    Row("project's configuration changed meanwhile", changed_project, fails("config-stable")),
    Row("configuration gone meanwhile", lambda w: w.override("config", reads=[2, None], status=500),
        unknown("config-stable")),
]

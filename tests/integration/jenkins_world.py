# SPDX-License-Identifier: Apache-2.0
"""The honest scenario at Jenkins: the branch `main` of a multibranch project in a folder, built by
a commit, the package archived with its fingerprint. A test changes one thing in it, as with World.
"""

import hashlib
import time

from row import Answers, Row, with_engine
from world import ARTIFACT, MINUTE, NOW, AnyWorld, body

USER, TOKEN = "countermark", "11f4c3t0k3nf4c3t0k3nf4c3t0k3n00"
PROJECT, BRANCH, NUMBER = "acme/widget", "main", 42
PATH = "out/" + ARTIFACT
IDENTITY = "MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEA6R6FrlvuyBPstxHKCnRLIDENTITYAQAB"
WORKFLOW = "org.jenkinsci.plugins.workflow."
MULTIBRANCH = WORKFLOW + "multibranch."
BUILD_DATA = "hudson.plugins.git.util.BuildData"
REVISION = "jenkins.scm.api.SCMRevisionAction"

OF_ALL = ["job", "build"]
CONFIG = ["config", "project-config"]
CHECKS = with_engine({
    "request": [], "build": OF_ALL, "repository": [*OF_ALL, *CONFIG],
    "repository.ref-allowed": [*OF_ALL, *CONFIG], "repository.tag-on-branch": [*OF_ALL, *CONFIG],
    "artifact": OF_ALL}, {
    "jenkins.instance": ["instance"],
    "jenkins.job-exact": OF_ALL,
    "jenkins.build-finished": ["build"],
    "jenkins.cause-allowed": ["build"],
    "jenkins.not-pull-request": OF_ALL,
    "jenkins.pipeline-from-scm": CONFIG,
    "jenkins.script-revision": ["build", *CONFIG],
    "jenkins.config-at-build": ["build", *CONFIG],
    "jenkins.config-stable": [*CONFIG, "config-after", "project-config-after"],
    "jenkins.revision-unambiguous": ["build", *CONFIG],
    "jenkins.parameters-declared": ["build"],
    "jenkins.libraries-declared": ["build", *CONFIG],
    "jenkins.node-allowed": ["build"],
    "jenkins.artifact-archived": ["build", "download"],
    "jenkins.artifact-fingerprint": ["build"],
    "jenkins.stable": ["build", "build-after"],
})
OF_JENKINS = Answers("jenkins", CHECKS)

# Those of `system check`, which no build answers.
EXAMINATION = ["jenkins.key-valid", "jenkins.key-reads-job", "jenkins.key-reads-config",
               "jenkins.key-not-admin", "jenkins.key-no-credentials", "system.clock"]

# What is not asked any more if the check at the gate did not pass.
BEHIND_GATE = ["config", "project-config", "config-after", "project-config-after", "download",
               "build-after", "repository-commit", "repository-path"]


def git_scm(url, spec="refs/heads/main", name="", more=""):
    named = f"<name>{name}</name>" if name else ""
    return f"""<scm class="hudson.plugins.git.GitSCM" plugin="git@5.7.0">
      <configVersion>2</configVersion>
      <userRemoteConfigs>
        <hudson.plugins.git.UserRemoteConfig>
          {named}<url>{url}</url>
          <credentialsId>repo-read</credentialsId>
        </hudson.plugins.git.UserRemoteConfig>
      </userRemoteConfigs>
      <branches>
        <hudson.plugins.git.BranchSpec>
          <name>{spec}</name>
        </hudson.plugins.git.BranchSpec>
      </branches>
      <doGenerateSubmoduleConfigurations>false</doGenerateSubmoduleConfigurations>
      <submoduleCfg class="empty-list"/>
      <extensions>{more}</extensions>
    </scm>"""


def xml(root, inside):
    return f"<?xml version='1.1' encoding='UTF-8'?>\n<{root}>\n{inside}\n</{root}>\n"


def branch_config(script="Jenkinsfile"):
    return xml("flow-definition", f"""  <keepDependencies>false</keepDependencies>
  <properties>
    <org.jenkinsci.plugins.workflow.multibranch.BranchJobProperty plugin="x"/>
  </properties>
  <definition class="{MULTIBRANCH}SCMBinder" plugin="workflow-multibranch@821">
    <scriptPath>{script}</scriptPath>
  </definition>
  <triggers/>
  <authToken>s3cr3t</authToken>
  <disabled>false</disabled>""")


def project_config(url, script="Jenkinsfile", source="jenkins.plugins.git.GitSCMSource",
                   factory=MULTIBRANCH + "WorkflowBranchProjectFactory", address="remote"):
    owner = f'<owner class="{MULTIBRANCH}WorkflowMultiBranchProject" reference="../.."/>'
    return xml(MULTIBRANCH + "WorkflowMultiBranchProject", f"""  <actions/>
  <folderViews class="jenkins.branch.MultiBranchProjectViewHolder" plugin="branch-api@2.1259">
    {owner}
  </folderViews>
  <sources class="jenkins.branch.MultiBranchProject$BranchSourceList" plugin="branch-api@2.1259">
    <data>
      <jenkins.branch.BranchSource>
        <source class="{source}" plugin="x@1">
          <id>repo</id>
          <{address}>{url}</{address}>
          <credentialsId>repo-read</credentialsId>
        </source>
      </jenkins.branch.BranchSource>
    </data>
    {owner}
  </sources>
  <factory class="{factory}">
    {owner}
    <scriptPath>{script}</scriptPath>
  </factory>""")


def scm_config(url, script="Jenkinsfile", lightweight="false", **how):
    return xml("flow-definition", f"""  <keepDependencies>false</keepDependencies>
  <properties/>
  <definition class="{WORKFLOW}cps.CpsScmFlowDefinition" plugin="workflow-cps@4000">
    {git_scm(url, **how)}
    <scriptPath>{script}</scriptPath>
    <lightweight>{lightweight}</lightweight>
  </definition>
  <authToken>s3cr3t</authToken>
  <disabled>false</disabled>""")


class JenkinsWorld(AnyWorld):
    listeners, build_name, first_key = ("jenkins", "resources"), str(NUMBER), TOKEN

    def make_scenario(self):
        self.scheduled = int((NOW - 60 * MINUTE) * 1000)
        self.listed = [{"displayPath": ARTIFACT, "fileName": ARTIFACT, "relativePath": PATH}]
        self.print = {"fileName": ARTIFACT, "hash": "e3850a45ab64aa34c1aa66e30c1a8977",
                      "original": {"name": PROJECT + "/" + BRANCH, "number": NUMBER}, "usage": []}
        self.build = {
            "_class": WORKFLOW + "job.WorkflowRun", "number": NUMBER, "id": str(NUMBER),
            "url": "http://localhost:8080/job/acme/job/widget/job/main/42/", "queueId": 917,
            "fullDisplayName": "acme » widget » main #42", "description": None,
            "building": False, "inProgress": False, "result": "SUCCESS", "keepLog": False,
            "timestamp": self.scheduled, "duration": 61000, "estimatedDuration": 60000,
            "artifacts": self.listed, "fingerprint": [self.print], "actions": []}
        self.job = {
            "_class": WORKFLOW + "job.WorkflowJob",
            "actions": [{"_class": "jenkins.branch.PrimaryInstanceMetadataAction"}, {}],
            "config": branch_config(), "builds": {str(NUMBER): self.build},
            "files": {str(NUMBER): {PATH: body(self.artifact)}}}
        self.project = {"_class": MULTIBRANCH + "WorkflowMultiBranchProject", "actions": [{}],
                        "config": project_config(self.remote), "builds": {}}
        self.jobs = {PROJECT + "/" + BRANCH: self.job, PROJECT: self.project}
        self.scenario = {
            "version": "2.541.3", "identity": IDENTITY,
            "users": {USER: {"token": TOKEN, "rights": ["read", "extended"]}},
            "jobs": self.jobs, "overrides": []}
        self.arguments += ["--branch", BRANCH]
        self.built("built")

    @property
    def remote(self):
        return self.git_base + "/acme/widget.git"

    @property
    def address(self):
        return self.root("jenkins")

    @property
    def page(self):
        parts = [name for part in self.full_name.split("/") for name in
                 ("job", part.replace("%", "%25"))]
        return f"{self.address}/{'/'.join(parts)}/{NUMBER}/"

    @property
    def full_name(self):
        return next(iter(self.jobs))

    def make_configuration(self):
        self.declare(
            {"slug": "ci1", "connector": "jenkins", "name": "CI 1", "url": self.address + "/",
             "identity": IDENTITY},
            {"job": PROJECT, "user": USER, "api_token": "file:KEY"}, {})

    # ---- what was built

    def commit(self, name):
        return self.repository.commits.get(name, name)

    def build_data(self, commit, remote=None, key="main", branch="main", number=NUMBER):
        """As git's plug-in tells a checkout, with one of an earlier build copied forward."""
        revision = {"SHA1": commit, "branch": [{"SHA1": commit, "name": branch}]}
        old = self.commit("old")
        before = {"SHA1": old, "branch": [{"SHA1": old, "name": "release/1.0"}]}
        return {
            "_class": BUILD_DATA, "scmName": "", "remoteUrls": [remote or self.remote],
            "lastBuiltRevision": revision, "buildsByBranchName": {
                key: {"_class": "hudson.plugins.git.util.Build", "buildNumber": number,
                      "buildResult": None, "marked": revision, "revision": revision},
                "release/1.0": {"_class": "hudson.plugins.git.util.Build", "buildNumber": 3,
                                "buildResult": None, "marked": before, "revision": before}}}

    def built(self, commit):
        """By a commit on the branch, scheduled by the multibranch project."""
        commit = self.commit(commit)
        self.cause = {"_class": "jenkins.branch.BranchEventCause",
                      "shortDescription": "Push event to branch main"}
        self.revision = {
            "_class": REVISION, "revision": {
                "_class": "jenkins.plugins.git.AbstractGitSCMSource$SCMRevisionImpl",
                "deterministic": True, "hash": commit,
                "head": {"_class": "jenkins.plugins.git.GitBranchSCMHead", "name": BRANCH}}}
        self.data = self.build_data(commit)
        self.build["actions"] = [
            {"_class": "hudson.model.CauseAction", "causes": [self.cause]}, {}, self.revision, {},
            self.data, {"_class": "org.jenkinsci.plugins.pipeline.modeldefinition.actions."
                                  "RestartDeclarativePipelineAction"}, {}]

    def add_action(self, action):
        self.build["actions"].append(action)
        return action

    def checkout(self, commit, remote=None, **how):
        return self.add_action(self.build_data(self.commit(commit), remote, **how))

    # ---- another kind of job

    def rename(self, full_name):
        """The job has another name, and all that repeats it."""
        old = self.full_name
        self.jobs = {full_name: self.jobs.pop(old), **self.jobs}
        self.scenario["jobs"] = self.jobs
        self.print["original"]["name"] = full_name

    def from_scm(self, name="widget-release", **how):
        """A pipeline of its own, whose script is checked out from the repository."""
        self.rename(name)
        del self.jobs[PROJECT]
        self.link["job"] = name
        self.arguments = ["--build", str(NUMBER)]
        self.job["config"] = scm_config(self.remote, **how)
        self.job["history"] = [self.change(200, "Created"), self.change(90)]
        self.cause["_class"] = "hudson.triggers.SCMTrigger$SCMTriggerCause"
        self.build["actions"].remove(self.revision)
        self.build["actions"].remove(self.data)
        self.data = self.checkout("built", key="refs/remotes/origin/main",
                                  branch="refs/remotes/origin/main")

    @staticmethod
    def change(hours, operation="Changed"):
        """An entry of the history, so many hours before the build was scheduled."""
        at = time.gmtime(NOW - 3600 - hours * 3600)
        return {"date": time.strftime("%Y-%m-%d_%H-%M-%S", at), "operation": operation,
                "user": "A. Person", "userID": "aperson"}

    def sidecar(self, text=None, name=ARTIFACT):
        digest = hashlib.sha256(self.artifact).hexdigest()
        self.listed.append({"displayPath": ARTIFACT + ".sha256", "fileName": ARTIFACT + ".sha256",
                            "relativePath": PATH + ".sha256"})
        self.job["files"][str(NUMBER)][PATH + ".sha256"] = {
            "text": f"{digest}  {name}\n" if text is None else text}


class JenkinsRow(Row):
    def __init__(self, name, change, answers=None, **more):
        super().__init__("jenkins: " + name, change, answers or {}, kind=JenkinsWorld,
                         checks=CHECKS, **more)

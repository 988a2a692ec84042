# SPDX-License-Identifier: Apache-2.0
"""The honest scenario as one value: what AppVeyor says, what the configuration says, what is asked.

A test takes a World, changes one thing in it, and has it asked. The settings are those of a project
whose pages are all off, with every member that AppVeyor is known to send.
"""

import base64
import io
import json
import os
import pwd
import time
import zipfile

ACCOUNT, ACCOUNT_ID, SLUG, PROJECT_ID = "acme", 77, "widget", 4711
BUILD_ID, JOB, OTHER_JOB = 901234, "k7x2m9q4w1zt8abc", "b3q7lo7audrynvib"
GIT_TOKEN = "g1tt0k3ng1tt0k3ng1tt0k3n"
V1_KEY, V2_KEY = "v1k3yv1k3yv1k3yv1k3y", "v2.k3yk3yk3yk3yk3yk3yk3y"
ARTIFACT = "Acme.Widget.1.2.3.nupkg"
IMAGE = "Visual Studio 2022"
NOW = time.time()
MINUTE, HOUR, DAY = 60.0, 3600.0, 86400.0

HERE = os.path.dirname(os.path.abspath(__file__))


def stamp(seconds, digits=7):
    """AppVeyor's form of a time, so many seconds ago."""
    at = NOW - seconds
    fraction = f"{at % 1:.7f}"[1:2 + digits] if digits else ""
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(int(at))) + fraction + "+00:00"


def user():
    try:
        return "local:" + pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        return f"local:{os.getuid()}"


def package(mark=b""):
    """A small NuGet package; the same bytes each time."""
    nuspec = (b'<?xml version="1.0" encoding="utf-8"?>\n'
              b'<package xmlns="http://schemas.microsoft.com/packaging/2013/05/nuspec.xsd">\n'
              b"<metadata><id>Acme.Widget</id><version>1.2.3</version><authors>Acme</authors>\n"
              b"<description>A widget.</description></metadata></package>\n")
    types = (b'<?xml version="1.0" encoding="utf-8"?>\n<Types xmlns='
             b'"http://schemas.openxmlformats.org/package/2006/content-types">'
             b'<Default Extension="dll" ContentType="application/octet" />'
             b'<Default Extension="nuspec" ContentType="application/octet" /></Types>\n')
    parts = {"[Content_Types].xml": types, "Acme.Widget.nuspec": nuspec,
             "lib/netstandard2.0/Acme.Widget.dll": b"MZ" + bytes(range(256)) * 16 + mark}
    memory = io.BytesIO()
    with zipfile.ZipFile(memory, "w") as file:
        for name, content in parts.items():
            file.writestr(zipfile.ZipInfo(name, (2026, 1, 1, 0, 0, 0)), content)
    return memory.getvalue()


def swapped(content):
    """Another content of the same size."""
    return content[:1000] + bytes([content[1000] ^ 1]) + content[1001:]


def body(content):
    return {"base64": base64.b64encode(content).decode()}


def settings():
    with open(os.path.join(HERE, "settings.json"), encoding="utf-8") as file:
        return json.load(file)


class AnyWorld:
    """What the scenarios of all systems have. A subclass says its listeners, its build and its key,
    and makes `scenario` and, with `declare`, the configuration."""

    listeners, build_name, first_key = (), "", ""

    def __init__(self, ports, paths, repository, name):
        self.name, self.ports, self.paths, self.repository = name, ports, paths, repository
        self.artifact = package()
        self.key, self.submitted, self.stdin = self.first_key, None, None
        self.submitted_name = ARTIFACT
        self.arguments = ["--build", self.build_name]
        self.environment, self.git_faults, self.private = {}, [], False
        self.hosts = {name: "localhost" for name in (*self.listeners, "git")}
        self.rewrites = []  # of the configuration's text: f(text, folder) gives another, or bytes
        self.preparations = []  # f(folder), when all files are there
        self.spoken = None  # f(words) gives others: no configuration, but options in its place
        self.make_scenario()
        self.make_configuration()

    def complete(self, folder):
        """Before scenario and configuration are written."""

    def ask_first(self, bench, folder):
        """Before the program is run to verify."""

    def override(self, at, **how):
        self.scenario["overrides"].append({"at": at, **how})

    def edit(self, at, path, value, reads=None):
        how = {"reads": reads} if reads else {}
        self.override(at, edits=[{"path": path.split("."), "set": value}], **how)

    def declare(self, system, link, policy):
        """The configuration, with the system's own options; the rest of it is alike."""
        local = ["127.0.0.0/8", "::1"]
        self.system = {**system, "ca": self.paths["ca"], "allow_addresses": local}
        self.host = {"name": f"{self.hosts['git']}:{self.ports['git']}", "ca": self.paths["ca"],
                     "allow_addresses": list(local)}
        self.link = {"system": system["slug"], **link}
        self.policy = {
            "slug": "release", "systems": [system["slug"]], "refs": ["refs/heads/main"],
            "submitters": [user()], "max_age": "30d", **policy}
        self.linked = {"slug": "widget", "repositories": [self.git_base + "/acme/widget"],
                       "links": [self.link], "signing_policies": [self.policy]}
        self.trust = {"organization": {"slug": "acme", "name": "Acme Corp"},
                      "systems": [self.system], "hosts": [self.host], "projects": [self.linked]}

    @property
    def git_base(self):
        return f"https://{self.hosts['git']}:{self.ports['git']}/{self.name}"

    def root(self, listener):
        """Of this scenario's server; so rows share one server and nothing else."""
        return f"https://{self.hosts[listener]}:{self.ports[listener]}/{self.name}"


class World(AnyWorld):
    listeners, build_name, first_key = ("api", "store"), str(BUILD_ID), V1_KEY

    # ---- AppVeyor

    def make_scenario(self):
        document = settings()
        self.project, self.settings = document["project"], document["settings"]
        self.configuration = self.settings["configuration"]
        for part in (self.project, self.settings):
            part.update(projectId=PROJECT_ID, accountId=ACCOUNT_ID, accountName=ACCOUNT, slug=SLUG,
                        name=SLUG, repositoryType="gitea", repositoryScm="git",
                        repositoryName="acme/widget", repositoryBranch="main",
                        created=stamp(400 * DAY), updated=stamp(200 * DAY))
        self.job = {
            "jobId": JOB, "name": "", "osType": "Windows", "allowFailure": False,
            "messagesCount": 0, "compilationMessagesCount": 0, "compilationErrorsCount": 0,
            "compilationWarningsCount": 0, "testsCount": 12, "passedTestsCount": 12,
            "failedTestsCount": 0, "artifactsCount": 2, "status": "success",
            "created": stamp(60 * MINUTE), "started": stamp(58 * MINUTE),
            "finished": stamp(50 * MINUTE), "updated": stamp(50 * MINUTE)}
        self.build = {
            "buildId": BUILD_ID, "projectId": PROJECT_ID, "jobs": [self.job], "buildNumber": 17,
            "version": "1.2.3", "message": "Make a widget", "branch": "main", "isTag": False,
            "authorName": "A. Developer", "authorUsername": "adev", "committerName": "A. Developer",
            "committerUsername": "adev", "committed": stamp(61 * MINUTE, 0), "messages": [],
            "status": "success", "created": stamp(60 * MINUTE), "started": stamp(58 * MINUTE),
            "finished": stamp(50 * MINUTE), "updated": stamp(50 * MINUTE)}
        self.listed = [
            {"fileName": ARTIFACT, "name": "Widget", "type": "NuGetPackage",
             "size": len(self.artifact), "created": stamp(51 * MINUTE)},
            {"fileName": "test-results.xml", "name": "test-results.xml", "type": "File",
             "size": 4, "created": stamp(51 * MINUTE)}]
        self.files = {ARTIFACT: body(self.artifact), "test-results.xml": {"text": "<a/>"}}
        self.scenario = {
            "account": ACCOUNT, "slug": SLUG, "public": True, "keys": [V1_KEY, V2_KEY],
            "v2": "both", "project": self.project, "last_build": str(BUILD_ID),
            "builds": {str(BUILD_ID): self.build}, "settings": document,
            "jobs": {JOB: {"artifacts": self.listed, "log": "", "files": self.files}},
            "overrides": []}
        self.builds("built")

    def builds(self, commit):
        """The commit that was built, and what the job's log says of it."""
        commit = self.repository.commits.get(commit, commit)
        self.build["commitId"] = commit
        self.log(commit)

    def log(self, *commits, before="", after=""):
        lines = [f"git checkout -qf {commit}\n" for commit in commits]
        self.scenario["jobs"][JOB]["log"] = (
            "Build started\ngit clone -q --branch=main https://git.example/acme/widget.git\n"
            + before + "".join(lines) + after + "dotnet pack\nBuild success\n")

    def tag(self, name, commit="built"):
        self.builds(commit)
        self.build.update(branch="main", isTag=True, tag=name)
        self.policy["refs"] = ["refs/tags/v*"]
        self.policy["tag_branches"] = ["refs/heads/main", "refs/heads/release/*"]

    def second_job(self):
        other = {**self.job, "jobId": OTHER_JOB, "name": "Environment: A=2"}
        self.build["jobs"].append(other)
        self.scenario["jobs"][OTHER_JOB] = {"artifacts": [], "log": "", "files": {}}
        return other

    def rename_artifact(self, name):
        self.listed[0]["fileName"] = name
        self.files[name] = self.files.pop(ARTIFACT)

    # ---- the configuration

    def make_configuration(self):
        self.declare(
            {"slug": "appveyor", "connector": "appveyor", "name": "AppVeyor", "url": self.address,
             "repository_bases": ["gitea=" + self.git_base]},
            {"account": ACCOUNT, "account_id": str(ACCOUNT_ID), "project": SLUG,
             "project_id": str(PROJECT_ID), "api_key": "file:KEY",
             "assume": ["no-global-yaml", "no-start-variables"],
             "assume_reason": "checked by hand in January"},
            {"images": [IMAGE]})

    def behind(self, proxy, **hosts):
        """All that is asked has a name that only a proxy knows. Before any other change."""
        self.hosts = {name: f"{name}.proxied.example" for name in self.hosts} | hosts
        self.scenario["hosts"] = self.hosts
        self.make_configuration()
        self.store = {"name": f"{self.hosts['store']}:{self.ports['store']}"}
        for part in (self.system, self.host):
            del part["allow_addresses"]
        self.trust["hosts"].append(self.store)
        self.proxy = self.trust["proxy"] = {"allow_addresses": ["127.0.0.1"], **proxy}

    @property
    def address(self):
        return self.root("api")

    @property
    def page(self):
        return f"{self.address}/project/{ACCOUNT}/{SLUG}/builds/{BUILD_ID}"

    def notice(self):
        """The body of AppVeyor's deploy webhook."""
        return {"accountName": ACCOUNT, "projectId": PROJECT_ID, "projectName": SLUG,
                "projectSlug": SLUG, "buildId": BUILD_ID, "buildNumber": 17,
                "buildVersion": "1.2.3", "buildJobId": JOB, "jobId": "f736vj1u3eg00000",
                "repositoryName": "acme/widget", "branch": "main",
                "commitId": self.build["commitId"], "commitDate": "3/3/2018 12:43 AM",
                "artifacts": [{"fileName": ARTIFACT, "name": "Widget", "type": "NuGetPackage",
                               "size": 1, "url": "https://elsewhere.example/"}],
                "environmentVariables": {"ci": "True"}}


def libconfig(value, depth=0):
    """A dictionary as a group, dictionaries in a list as a list, all else in a list as an array."""
    inner, outer = "  " * (depth + 1), "  " * depth
    if isinstance(value, dict):
        lines = [f"{inner}{key} = {libconfig(v, depth + 1)};\n" for key, v in value.items()]
        return "{\n" + "".join(lines) + outer + "}" if depth or lines else "{}"
    if isinstance(value, list):
        opening, closing = "()" if any(isinstance(v, dict) for v in value) else "[]"
        return opening + ", ".join(libconfig(v, depth + 1) for v in value) + closing
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value) if abs(value) < 1 << 31 else f"{value}L"
    for old, new in (("\\", "\\\\"), ('"', '\\"'), ("\n", "\\n")):
        value = value.replace(old, new)
    return f'"{value}"'


def configuration_text(trust):
    return "".join(f"{key} = {libconfig(value)};\n" for key, value in trust.items())

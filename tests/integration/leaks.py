#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Plants marked secrets wherever AppVeyor could show one, and looks for them in all that the
program writes, prints and leaves behind.

    leaks.py COUNTERMARK

Planted are: every text of the settings, the build and the public page but those that are named
below as names, states and times; texts in members that nobody knows; the key; the environment of a
webhook's body; job names; all of the log but its checkout; and bodies of answers that are errors.
"""

import base64
import contextlib
import hashlib
import json
import os
import re
import sys
import unittest

from harness import Bench
from jenkins_world import USER, JenkinsWorld
from rows_honest import private_with_token
from rows_wire import echoes_token
from world import GIT_TOKEN, V2_KEY, stamp

COUNTERMARK = None
KEYS = {"v1": "v1MARKv1k3yMARKv1k3yMARK", "v2": "v2.MARKk3yMARKk3yMARKk3yMARK"}

# Names, states and times that may stay, by the way to them; [] is any element of a list.
OF_PROJECT = {"accountName", "slug", "name", "repositoryType", "repositoryScm", "repositoryName",
              "repositoryBranch", "created", "updated"}
OF_CONFIGURATION = {"branchesMode", "buildMode", "testMode", "deployMode", "testCategoriesMode",
                    "includeBranches.[].value", "excludeBranches.[].value",
                    "operatingSystem.[].value", "buildCloud.[].value", "services.[].value",
                    "stacks.[].value", "environmentVariables.[].name",
                    "environmentVariablesMatrix.[].variables.[].name", "deployments.[].provider",
                    "notifications.[].provider"}
OF_BUILD = {"version", "branch", "tag", "commitId", "status", "created", "started", "finished",
            "updated", "jobs.[].jobId", "jobs.[].osType", "jobs.[].status", "jobs.[].created",
            "jobs.[].started", "jobs.[].finished", "jobs.[].updated"}
MAY_STAY = ({f"{part}.{name}" for part in ("project", "settings") for name in OF_PROJECT}
            | {"settings.configuration." + name for name in OF_CONFIGURATION}
            | {"build." + name for name in OF_BUILD} | {"defaultImageName"})


class Markers:
    """Texts that stand nowhere else, and where each was planted."""

    def __init__(self):
        self.planted = {}

    def new(self, where):
        text = f"S3CR3T-{len(self.planted):04d}-{hashlib.sha256(where.encode()).hexdigest()[:12]}"
        self.planted[text] = where
        return text

    def fill(self, value, way, may_stay=MAY_STAY):
        """The value with each text in it replaced that may not stay."""
        if isinstance(value, dict):
            return {key: self.fill(inner, f"{way}.{key}", may_stay)
                    for key, inner in value.items()}
        if isinstance(value, list):
            return [self.fill(inner, way + ".[]", may_stay) for inner in value]
        if isinstance(value, str) and way.lstrip(".") not in may_stay:
            return self.new(way)
        return value

    def found_in(self, content):
        return [f"{text} ({where})" for text, where in self.planted.items()
                if text.encode() in content]


def variable(name, encrypted):
    return {"name": name, "value": {"isEncrypted": encrypted, "value": "x"}}


def setting(name):
    return {"name": name, "value": {"isEncrypted": False, "value": "x"}}


def rich(w):
    """Everything in the settings that can carry a value, and nothing that a check would refuse."""
    w.configuration.update(
        environmentVariables=[variable("TOKEN", True), variable("LEVEL", False)],
        environmentVariablesMatrix=[{"variables": [variable("TARGET", False)], "note": "x"}],
        deployments=[{"provider": "NuGet", "providerSettings": [setting("api_key")],
                      "onBranch": [{"value": "x"}],
                      "onEnvironmentVariables": [setting("LEVEL")]}],
        notifications=[{"provider": "Slack", "settings": {
            "$type": "x", "authToken": "x", "incomingWebhookUrl": "x", "recipients": ["x"],
            "headers": {"Authorization": "x"}, "password": "x"}}],
        artifacts=[{"path": "x", "name": "x", "type": "Auto"}], newThing={"secret": ["x"]},
        platform=[{"value": "x"}], matrixAllowFailures=[{"variables": [variable("A", True)]}])
    w.settings.update(newSecret="x", buildPriority="x", scheduleCrontabExpression="x",
                      repositoryPassword="x", commitStatusContextName="x")
    w.project.update(description="x", newToken="x")
    w.build.update(messageExtended="x", authorEmail="x", committerEmail="x", newSecret="x",
                   messages=[{"message": "x", "details": "x", "category": "x"}])
    w.job.update(name="x", newSecret={"a": "x"})
    w.listed[0].update(url="x", newSecret="x")
    w.policy.update(variables=["TOKEN", "LEVEL", "TARGET"])


def plant(w, markers):
    rich(w)
    filled = markers.fill({"settings": w.settings, "project": w.project}, "")
    for name in ("settings", "project"):
        for part, new in ((getattr(w, name), filled[name]),):
            part.clear()
            part.update(new)
    w.configuration = w.settings["configuration"]
    build = markers.fill({"build": w.build}, "")["build"]
    w.build.clear()
    w.build.update(build)
    w.job = w.build["jobs"][0]
    for item in w.listed:
        for key in ("name", "url", "newSecret"):
            if key in item:
                item[key] = markers.new("artifacts." + key)
    document = w.scenario["settings"]
    document["images"] = markers.fill(document["images"], "images")
    document["another"] = markers.new("another")
    w.log(w.build["commitId"], before=markers.new("log before") + "\n",
          after=markers.new("log after") + "\n")


def in_scripts(w, markers):
    w.configuration["installScripts"] = [{"language": "ps", "script": markers.new("script")}]
    w.configuration["cacheEntries"] = [{"value": markers.new("cache")}]
    w.configuration["hostsEntries"] = [{"host": markers.new("host"), "ip": markers.new("ip")}]
    w.settings["customYmlName"] = "https://h.example/" + markers.new("custom name") + ".yml"


def undeclared(w, markers):
    w.policy["variables"] = []


def of_wrong_type(w, markers):
    w.configuration["cacheEntries"] = markers.new("cache as a text")
    w.configuration["installScripts"] = markers.new("scripts as a text")


def duplicate(w, markers):
    text = json.dumps(w.scenario["settings"])
    secret = markers.new("duplicate key")
    begin = '"configuration": {'
    w.override("settings", raw=text.replace(begin, f'{begin}"{secret}": 1, "{secret}": 2, ', 1))


def malformed(w, markers):
    text = json.dumps(w.scenario["settings"])
    w.override("settings", raw=text[:len(text) // 2] + markers.new("where it breaks") + "\x01")


def page(w, markers):
    w.override("settings", type="text/html", raw=f"<html>{markers.new('page')}</html>")


def failing(w, markers):
    w.override("settings", status=500, headers={"X-Secret": markers.new("header")},
               type="text/" + markers.new("media type").lower())


def redirected(w, markers):
    w.override("download", redirect="https://localhost:1/" + "?token=" + markers.new("location"))


def redirected_with_user(w, markers):
    w.override("download",
               redirect="https://u:" + markers.new("password in location") + "@localhost:1/a")


def private(w, markers):
    w.project["isPrivate"] = True
    w.scenario["public"] = False


def private_repository(w, markers):
    private_with_token(w)
    markers.planted[GIT_TOKEN] = "the repository's token"


def password_of_repository(w, markers):
    """Plain git: the repository's name is its address, and the password stands in it."""
    for part in (w.project, w.settings):
        part.update(repositoryType="git", repositoryName="https://user:" + markers.new(
            "repository's password") + "@git.example/acme/widget")


def repository_moved(w, markers):
    w.git_faults = [{"method": "GET", "do": {
        "status": 302, "location": "https://localhost:1/a?token=" + markers.new("git location")}}]


def repository_repeats_token(w, markers):
    echoes_token(w)
    markers.planted[GIT_TOKEN] = "the repository's token, repeated"


def changed_after(w, markers):
    w.edit("settings", "settings.updated", stamp(0), [2, None])
    w.edit("settings", "settings.newSecret", markers.new("second reading"), [2, None])


def by_notice(w, markers):
    body = w.notice()
    body["environmentVariables"] = {"TOKEN": markers.new("webhook's variable")}
    body["commitMessage"] = markers.new("webhook's message")
    w.arguments = ["--notice", "-"]
    w.stdin = json.dumps(body).encode()


def broken_notice(w, markers):
    w.arguments = ["--notice", "-"]
    w.stdin = ('{"environmentVariables": {"T": "' + markers.new("broken webhook") + '"').encode()


def wrong_key(w, markers):
    w.scenario["keys"] = ["another"]


VARIANTS = {
    "accepted": (lambda w, m: None, 0),
    "by webhook": (by_notice, 0),
    "scripts": (in_scripts, 1),
    "undeclared": (undeclared, 1),
    "wrong types": (of_wrong_type, 4),
    "duplicate key": (duplicate, 4),
    "malformed": (malformed, 4),
    "page": (page, 4),
    "server error": (failing, 4),
    "redirect with a token": (redirected, 4),
    "redirect with a password": (redirected_with_user, 4),
    "private": (private, 1),
    "private repository": (private_repository, 0),
    "password of the repository": (password_of_repository, 1),
    "repository moved": (repository_moved, 1),
    "repository repeats its token": (repository_repeats_token, 4),
    "changed": (changed_after, 1),
    "broken webhook": (broken_notice, 2),
    "wrong key": (wrong_key, 3),
}


def hidden_in(text):
    """What the bytes are if a part of them is base64, as an evidence's payload is."""
    found = [text]
    for match in re.finditer(rb"[A-Za-z0-9+/_-]{40,}={0,2}", text):
        run = match.group().replace(b"-", b"+").replace(b"_", b"/")
        for start in range(4):
            piece = run[start:].rstrip(b"=")
            with contextlib.suppress(ValueError):
                found.append(base64.b64decode(piece[:len(piece) // 4 * 4]))
    return found


class Looking(unittest.TestCase):
    """Servers, and a look at all that a run leaves behind."""

    @classmethod
    def setUpClass(cls):
        cls.bench = Bench(COUNTERMARK)
        cls.bench.__enter__()
        cls.addClassCleanup(cls.bench.__exit__)

    def written(self, result, world, inputs):
        """Everything that is there after a run and was no input of it."""
        yield "standard output", result.out.encode()
        yield "standard error", result.err.encode()
        for top in (result.folder, self.bench.path("state")):
            for folder, _, names in os.walk(top):
                for name in names:
                    path = os.path.join(folder, name)
                    if os.path.relpath(path, result.folder) not in inputs:
                        with open(path, "rb") as file:
                            yield path, file.read()

    def look(self, result, world, markers, key, digests):
        for name, content in self.written(result, world, {"key", "countermark.conf"}):
            for text in hidden_in(content):
                self.assertEqual(markers.found_in(text), [], name)
                self.assertNotIn(key.encode(), text, name)
                for what, digest in digests.items():
                    self.assertNotIn(digest.encode(), text, f"{name}: digest of {what}")


class Leaks(Looking):
    def digests(self, world):
        """Of whole bodies with secrets in them: a short secret could be guessed back from one."""
        bodies = {"settings": world.scenario["settings"],
                  "build": {"project": world.project, "build": world.build},
                  "artifacts": world.listed}
        return {name: hashlib.sha256(json.dumps(body, ensure_ascii=False).encode()).hexdigest()
                for name, body in bodies.items()}

    def one(self, variant, kind, *words, form="json"):
        change, status = VARIANTS[variant]
        markers, world = Markers(), self.bench.world("secret")
        world.key = KEYS[kind]
        world.scenario["keys"] = [world.key]
        plant(world, markers)
        change(world, markers)
        digests = self.digests(world)
        result = self.bench.verify(world, *words, form=form)
        self.assertEqual(result.exit, status, result.out + result.err)
        self.assertGreater(len(markers.planted), 100)
        self.look(result, world, markers, world.key, digests)
        return world, markers, result

    def test_all_variants(self):
        for number, variant in enumerate(VARIANTS):
            with self.subTest(variant=variant):
                kind = ("v1", "v2")[number % 2]
                self.one(variant, kind, "--verbose")

    def test_all_forms(self):
        for form in ("text", "json"):
            for words in ((), ("--verbose",), ("--quiet",),
                          ("--log-format", "json", "--verbose")):
                for variant in ("accepted", "scripts", "duplicate key"):
                    with self.subTest(form=form, words=words, variant=variant):
                        self.one(variant, "v2", *words, form=form)

    def test_forms_for_pages(self):
        for form in ("junit", "sarif"):
            for variant in ("accepted", "scripts", "duplicate key"):
                with self.subTest(form=form, variant=variant):
                    self.one(variant, "v1", "--verbose", form=form)

    def test_replay_and_other_commands(self):
        world, markers, result = self.one("scripts", "v2")
        conf = os.path.join(result.folder, "countermark.conf")
        for words in (["config", "show", "--config", conf],
                      ["config", "show", "--config", conf, "--format", "json"],
                      ["config", "check", "--config", conf, "--verbose"],
                      ["link", "show", "--config", conf, "--verbose", *world.arguments],
                      ["replay", "--accept-unsealed", "--verbose",
                       os.path.join(result.folder, "evidence.json")]):
            with self.subTest(command=words[:2]):
                again = self.bench.run(result.folder, *words)
                self.look(again, world, markers, world.key, self.digests(world))

    def test_key_in_the_wrong_place(self):
        """A key that somebody wrote into the configuration is not repeated in the complaint."""
        for member in ("api_key", "account_id", "artifact", "apikey"):
            for command in (["verify"], ["config", "check"], ["config", "show"]):
                with self.subTest(member=member, command=command):
                    world = self.bench.world("misplaced")
                    world.link[member] = V2_KEY + "-misplaced"
                    folder = self.bench.prepare(world)
                    conf = os.path.join(folder, "countermark.conf")
                    result = self.bench.run(folder, *command, "--config", conf)
                    if member in ("api_key", "apikey"):
                        self.assertNotIn(V2_KEY, result.out + result.err)

    def test_what_is_looked_for_would_be_found(self):
        """The search itself, on what it must find."""
        markers = Markers()
        secret = markers.new("here")
        sealed = base64.b64encode(json.dumps({"a": "b" * 50, "s": secret}).encode())
        self.assertTrue(any(markers.found_in(text) for text in hidden_in(b"x " + sealed)))


# ---- Jenkins

# Classes, commits, names and states of a build that may stay.
OF_RUN = {"_class", "id", "result", "builtOn", "artifacts.[].relativePath", "artifacts.[].fileName",
          "fingerprint.[].fileName", "fingerprint.[].hash", "fingerprint.[].original.name",
          "actions.[]._class", "actions.[].causes.[]._class",
          "actions.[].causes.[].upstreamProject", "actions.[].parameters.[]._class",
          "actions.[].parameters.[].name", "actions.[].remoteUrls.[]", "actions.[].scmName",
          "actions.[].revision._class", "actions.[].revision.hash",
          "actions.[].revision.head._class", "actions.[].revision.head.name"}
# Of what git's plug-in tells of a checkout all may stay, which nobody but git's plug-in writes.
CHECKED_OUT = ("lastBuiltRevision", "buildsByBranchName")


def plant_in_build(w, markers):
    for data in w.build["actions"]:
        if "buildsByBranchName" in data:
            data["newSecret"] = "x"
    w.add_action({"_class": "hudson.model.ParametersAction", "parameters": [
        {"_class": "hudson.model.PasswordParameterValue", "name": "PASSWORD", "value": "x"}]})
    w.cause.update(userId="x", userName="x", note="x", addr="x")
    w.build.update(description="x", displayName="x", newSecret={"a": ["x"]},
                   culprits=[{"fullName": "x", "absoluteUrl": "x"}])
    w.policy["parameters"] = ["PASSWORD"]
    kept = [{k: action.pop(k) for k in CHECKED_OUT if k in action} for action in
            w.build["actions"]]
    filled = markers.fill(w.build, "", OF_RUN)
    for action, told in zip(filled["actions"], kept):
        action.update(told)
    w.build.clear()
    w.build.update(filled)
    w.listed, w.print = w.build["artifacts"], w.build["fingerprint"][0]
    w.cause = w.build["actions"][0]["causes"][0]
    w.data = next(a for a in w.build["actions"] if "buildsByBranchName" in a)
    w.revision = next(a for a in w.build["actions"] if "revision" in a)


def plant_in_configuration(w, markers):
    """A value in every place of a job's configuration that can hold one, known or not."""
    def secrets(where):
        return "".join(
            f'<{name} plugin="{markers.new(where + name + "@")}">'
            f'{markers.new(where + name)}</{name}>'
            for name in ("authToken", "description", "password", "script", "com.acme.NewSecret"))
    for job, end in ((w.job, "</flow-definition>"),
                     (w.project, "</" + w.project["config"].split("<", 2)[2].split(">")[0] + ">")):
        assert end in job["config"], end
        job["config"] = job["config"].replace("s3cr3t", markers.new("authToken")).replace(
            "repo-read", markers.new("credentialsId")).replace(end, secrets("root ") + end)
    w.job["config"] = w.job["config"].replace(
        "<properties>", "<properties><hudson.model.ParametersDefinitionProperty>"
        f"<defaultValue>{markers.new('default')}</defaultValue>"
        "</hudson.model.ParametersDefinitionProperty>")
    w.project["config"] = w.project["config"].replace(
        "<source class=", f"<!-- {markers.new('comment')} --><source class=")


def jenkins_history(w, markers):
    w.from_scm()
    plant_in_configuration_of_pipeline(w, markers)
    for entry in w.job["history"]:
        entry.update(user=markers.new("user"), userID=markers.new("user's id"),
                     changeReasonComment=markers.new("comment"))


def plant_in_configuration_of_pipeline(w, markers):
    w.job["config"] = w.job["config"].replace("s3cr3t", markers.new("authToken")).replace(
        "repo-read", markers.new("credentialsId"))


def jenkins_inline(w, markers):
    w.job["config"] = ("<flow-definition><definition class=\"org.jenkinsci.plugins.workflow.cps."
                       f"CpsFlowDefinition\"><script>{markers.new('script')}</script></definition>"
                       "</flow-definition>")


def jenkins_broken(w, markers):
    w.job["config"] = f"<flow-definition><a>{markers.new('where it breaks')}"


def jenkins_doctype(w, markers):
    w.job["config"] = f"<!DOCTYPE a [<!ENTITY x \"{markers.new('entity')}\">]><a>&x;</a>"


def jenkins_password_in_remote(w, markers):
    w.project["config"] = w.project["config"].replace(
        "https://", f"https://user:{markers.new('password of the remote')}@", 1)
    w.data["remoteUrls"] = ["https://user:" + markers.new("password in the build") + "@"
                            + w.remote.removeprefix("https://")]


def jenkins_echo(w, markers):
    w.edit("build", "result", "SUCCESS " + w.key)


def jenkins_echo_of_basic(w, markers):
    coded = base64.b64encode(f"{USER}:{w.key}".encode()).decode()
    w.override("config", body={"text": f"<flow-definition><disabled>Basic {coded}</disabled>"
                                       "</flow-definition>"})


def jenkins_sidecar(w, markers):
    w.sidecar(text="0" * 64 + "  " + markers.new("name in the digest") + "\nmore\n")


def jenkins_redirect(w, markers):
    w.override("download", redirect="https://localhost:1/?token=" + markers.new("location"))


def jenkins_failing(w, markers):
    w.override("config", status=500, headers={"X-Secret": markers.new("header")},
               body={"text": markers.new("page")})


def jenkins_wrong_token(w, markers):
    w.scenario["users"][USER]["token"] = "another"


OF_JENKINS = {
    "accepted": (lambda w, m: None, 0),
    "history": (jenkins_history, 0),
    "inline": (jenkins_inline, 1),
    "broken configuration": (jenkins_broken, 4),
    "document type": (jenkins_doctype, 4),
    "password in the remote": (jenkins_password_in_remote, 0),
    "token repeated": (jenkins_echo, 4),
    "basic repeated": (jenkins_echo_of_basic, 4),
    "digest": (jenkins_sidecar, 4),
    "redirect": (jenkins_redirect, 4),
    "failing": (jenkins_failing, 4),
    "wrong token": (jenkins_wrong_token, 3),
}


class LeaksOfJenkins(Looking):
    def one(self, variant, *words, form="json"):
        change, status = OF_JENKINS[variant]
        markers, world = Markers(), self.bench.world("secret", JenkinsWorld)
        plant_in_build(world, markers)
        if variant != "history":
            plant_in_configuration(world, markers)
        change(world, markers)
        result = self.bench.verify(world, *words, form=form)
        self.assertEqual(result.exit, status, result.out + result.err)
        self.assertGreater(len(markers.planted), 15)
        coded = base64.b64encode(f"{USER}:{world.key}".encode()).decode()
        digests = {job: hashlib.sha256(told["config"].encode()).hexdigest()
                   for job, told in world.jobs.items()}
        for secret in (world.key, coded):
            self.look(result, world, markers, secret, digests)
        return world, markers, result

    def test_all_variants(self):
        for variant in OF_JENKINS:
            with self.subTest(variant=variant):
                self.one(variant, "--verbose")

    def test_all_forms(self):
        for form in ("text", "json", "junit", "sarif"):
            for variant in ("accepted", "inline", "token repeated"):
                with self.subTest(form=form, variant=variant):
                    self.one(variant, "--verbose", form=form)

    def test_other_commands(self):
        world, markers, result = self.one("inline")
        conf = os.path.join(result.folder, "countermark.conf")
        for words in (["config", "show", "--config", conf],
                      ["system", "check", "--config", conf, "--verbose"],
                      ["link", "show", "--config", conf, "--verbose", *world.arguments],
                      ["replay", "--accept-unsealed", "--verbose",
                       os.path.join(result.folder, "evidence.json")]):
            with self.subTest(command=words[:2]):
                again = self.bench.run(result.folder, *words)
                self.look(again, world, markers, world.key, {})


if __name__ == "__main__":
    COUNTERMARK = sys.argv.pop(1)
    unittest.main()

#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What the other commands make of Jenkins: system check with each change that makes the token
another one, and init from the address of a page to an accepted build.

    commands_jenkins.py COUNTERMARK
"""

import json
import os
import re
import sys
import unittest

from jenkins_world import EXAMINATION, NUMBER, PROJECT, TOKEN, USER, JenkinsWorld
from rows_jenkins_honest import branch_with_slash, from_scm, only_digest, pinned
from suite import Suite
from words import without, words_of
from world import ARTIFACT, swapped

GOOD = {check: "pass" for check in EXAMINATION}
# What the address or the system tells; the rest of a World's words is the operator's to say.
TOLD = ("--connector", "--url", "--identity", "--job", "--repository", "--ref")


def rights(*names):
    return lambda w: w.scenario["users"][USER].update(rights=list(names))


def token_of_another(w):
    w.edit("who", "name", "somebody")


def wrong_token(w):
    w.scenario["users"][USER]["token"] = "another"


REFUSED = {"key-valid": "fail", "key-reads-job": "fail", "key-reads-config": "fail",
           "key-not-admin": "unknown", "key-no-credentials": "unknown"}
NOT_ASKED = {check.split(".")[1]: "unknown" for check in EXAMINATION if check[0] == "j"}

# (what, change, exit status, what is not as it should be, what the report says)
ROWS = [
    ("as it should be", lambda w: None, 0, {}, ""),
    ("pipeline of its own", from_scm, 0, {}, ""),
    ("administrator", rights("read", "extended", "admin", "credentials"), 1,
     {"key-not-admin": "fail", "key-no-credentials": "fail"}, "the user can see the plug-ins"),
    ("sees credentials", rights("read", "extended", "credentials"), 1,
     {"key-no-credentials": "fail"}, ""),
    ("no right to the configuration", rights("read"), 3, {"key-reads-config": "fail"},
     "Job/ExtendedRead"),
    ("no right to the job", rights(), 1, {"key-reads-job": "fail", "key-reads-config": "fail"},
     f"no job {PROJECT}"),
    ("another case", lambda w: w.link.update(job="acme/Widget"), 1, {"key-reads-job": "fail"},
     PROJECT),
    ("token of another user", token_of_another, 1, {"key-valid": "fail"}, "somebody"),
    ("anonymous", lambda w: w.edit("who", "anonymous", True), 1, {"key-valid": "fail"}, ""),
    ("not authenticated", lambda w: w.edit("who", "authenticated", False), 1,
     {"key-valid": "fail"}, ""),
    ("nobody", lambda w: w.override("who", raw="{}"), 4,
     {"key-valid": "unknown", "key-not-admin": "unknown", "key-no-credentials": "unknown"}, ""),
    ("job without a name", lambda w: w.override("job", raw="{}"), 4,
     {"key-reads-job": "unknown"}, ""),
    ("configuration that cannot be read", lambda w: w.override("config", raw="<a>"), 4,
     {"key-reads-config": "unknown"}, "well-formed"),
    ("pages for plug-ins", lambda w: w.override("plugins", raw="<html>"), 4,
     {"key-not-admin": "unknown"}, ""),
    ("wrong token", wrong_token, 3, REFUSED, "Jenkins refuses it"),
    ("no token", lambda w: w.link.pop("api_token"), 3, {**NOT_ASKED, "system.clock": "unknown"},
     "no token was given"),
]


class SystemCheck(Suite):
    name, kind = "system", JenkinsWorld

    def test_rows(self):
        for what, change, status, answers, says in ROWS:
            with self.subTest(row=what):
                _, folder, conf = self.world(change)
                result = self.bench.run(folder, "system", "check", "--format", "json", *conf)
                self.expect(result, status, says)
                expected = {**GOOD, **{name if "." in name else "jenkins." + name: word
                                       for name, word in answers.items()}}
                words = {a["check"]: a["answer"] for a in json.loads(result.out)["answers"]}
                self.assertEqual(words, expected)
                self.assertNotIn(TOKEN, result.out + result.err)


    def remarks(self, change):
        _, folder, conf = self.world(change)
        result = self.bench.run(folder, "system", "check", "--format", "json", *conf)
        return json.loads(result.out).get("remarks", [])

    def test_told_apart(self):
        """Where nothing of the controller's own is demanded, the report says so: without `ca` the
        machine's authorities decide, which do not know the one of these tests."""
        self.assertEqual(self.remarks(lambda w: None), [])
        self.assertEqual(self.remarks(lambda w: (w.system.pop("ca"), pinned(w))), [])
        remarks = self.remarks(lambda w: w.system.pop("ca"))
        self.assertIn("neither `ca` nor `spki` is set", "\n".join(remarks))


class DigestAlone(Suite):
    """Of the artifact only a digest is archived: delivered is the file that was submitted."""
    name, kind = "alone", JenkinsWorld

    def verify(self, change):
        world, folder, conf = self.world(change)
        paths = [os.path.join(folder, name) for name in (ARTIFACT, "delivered", "evidence")]
        with open(paths[0], "wb") as file:
            file.write(world.submitted)
        result = self.bench.run(folder, "verify", *conf, *world.arguments, "--output", paths[1],
                                "--evidence", paths[2], paths[0])
        return result, folder, paths

    def test_accepted(self):
        result, folder, (submitted, delivered, evidence) = self.verify(only_digest)
        self.expect(result, 0, "accepted")
        with open(submitted, "rb") as one, open(delivered, "rb") as other:
            self.assertEqual(one.read(), other.read())
        again = ["replay", "--accept-unsealed", evidence, "--artifact"]
        self.expect(self.bench.run(folder, *again, submitted), 0)
        self.expect(self.bench.run(folder, *again, evidence), 1, "is not the artifact")

    def test_rejected(self):
        result, folder, (submitted, delivered, evidence) = self.verify(
            lambda w: (only_digest(w), setattr(w, "submitted", swapped(w.artifact))))
        self.expect(result, 1, "the build system states sha256:")
        self.assertFalse(os.path.exists(delivered))
        self.expect(self.bench.run(folder, "replay", "--accept-unsealed", evidence, "--artifact",
                                   submitted), 1, "is not the artifact")


class Init(Suite):
    name, kind = "init", JenkinsWorld

    def test_from_address_to_accepted(self):
        """init, config check, system check, verify: nothing is left to be written by hand."""
        for change in (lambda w: None, branch_with_slash, from_scm):
            with self.subTest(change=change):
                world, folder, conf = self.world(change)
                os.remove(conf[1])
                path = os.path.join(folder, "made.conf")
                words = without(words_of(world), *TOLD)
                if world.link["job"] != PROJECT:
                    words += ["--assume", "config-unchanged", "--assume-reason", "looked by hand"]
                result = self.bench.run(folder, "init", world.page, "--output", path, *words)
                self.expect(result, 0)
                with open(path, encoding="utf-8") as file:
                    text = file.read()
                self.assertNotIn(TOKEN, text)
                self.assertIn(f'job = "{world.link["job"]}";', text)
                self.assertEqual([m for m in re.findall(r"^ *#\? (\w+) = ", text, re.M)
                                  if not m.startswith("assume")], [])
                with open(path, "w", encoding="utf-8") as file:
                    file.write(re.sub(r"(?m)^ *#\? assume.*\n", "", text))
                made = ["--config", path]
                self.expect(self.bench.run(folder, "config", "check", *made), 0)
                self.expect(self.bench.run(folder, "system", "check", *made), 0)
                self.expect(self.bench.run(folder, "verify", *made, *world.arguments), 0,
                            "accepted")

    def test_address_alone(self):
        result = self.bench.run(self.bench.run_folder(), "init",
                                "https://ci.example/jenkins/job/acme/job/widget/42/console")
        self.expect(result, 0, 'url = "https://ci.example/jenkins";', 'job = "acme/widget";',
                    f"--build {NUMBER}\n", 'slug = "widget";', 'slug = "acme";')

    def test_address_of_something_else(self):
        for address in ("https://ci.example/job/acme/job/widget/",
                        "https://ci.example/job/acme/lastBuild/",
                        "https://ci.example/view/all/42/"):
            with self.subTest(address=address):
                result = self.bench.run(self.bench.run_folder(), "init", address)
                self.expect(result, 2, "that of a build's page of Jenkins")

    def test_wrong_options(self):
        for member, value in (("job", "/acme"), ("job", "acme//widget"), ("job", "acme/.."),
                              ("job", ""), ("user", "a:b"), ("user", "")):
            with self.subTest(member=member, value=value):
                _, folder, conf = self.world(lambda w, m=member, v=value: w.link.update({m: v}))
                self.expect(self.bench.run(folder, "config", "check", *conf), 3, f"{member}: ")
        _, folder, conf = self.world(lambda w: w.policy.update(libraries=["file:///srv/x"]))
        self.expect(self.bench.run(folder, "config", "check", *conf), 3, "libraries: ")


if __name__ == "__main__":
    Suite.program = os.path.abspath(sys.argv.pop(1))
    unittest.main()

#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The command line without a configuration file, and what helps people before and after a verdict.

    people.py COUNTERMARK
"""

import base64
import json
import os
import re
import sys
import unittest

import buildnode_world
import jenkins_world
from row import CHECKS, EXAMINATION
from suite import Suite
from words import said, without, words_of
from world import ACCOUNT, ARTIFACT, BUILD_ID, SLUG, V1_KEY, user

SECRET = "s3cr3ts3cr3ts3cr3t"


def payload(path):
    """What a sealed evidence file says."""
    with open(path, encoding="utf-8") as file:
        return json.loads(base64.b64decode(json.load(file)["payload"]))


def name_as_spoken(world):
    """The names that what is said gets by itself."""
    world.trust["organization"] = {"slug": "local"}
    world.policy["slug"] = "command-line"


def tree(folder):
    return sorted(os.path.join(at, name) for at, folders, files in os.walk(folder)
                  for name in folders + files)


class People(Suite):
    name = "people"

    def spoken(self, change=None):
        """A World whose configuration was never written, its folder, and all of it in words."""
        world, folder, conf = self.world(change)
        os.remove(conf[1])
        return world, folder, words_of(world)

    def verify(self, *more, change=None, drop=(), **how):
        world, folder, words = self.spoken(change)
        result = self.bench.run(folder, "verify", *without(words, *drop), *world.arguments, *more,
                                **how)
        result.world = world
        return result

    def expect_unasked(self, result, status, *texts):
        self.expect(result, status, *texts)
        self.assertEqual(result.out, "")
        self.assertEqual(self.bench.requests(result.world), [])

    # ---- verify without a configuration

    def test_accepted(self):
        result = self.verify("--format", "json")
        self.expect(result, 0)
        self.assertEqual(set(result.words), set(CHECKS))
        request = result.report["request"]
        self.assertEqual((request["organization"], request["project"], request["policy"],
                          request["system"], request["submitter"]),
                         ("local", "widget", "command-line", "appveyor", user()))

    def test_with_an_artifact(self):
        world, folder, words = self.spoken()
        path, copy = os.path.join(folder, ARTIFACT), os.path.join(folder, "out.nupkg")
        with open(path, "wb") as file:
            file.write(world.artifact)
        words += world.arguments
        self.expect(self.bench.run(folder, "verify", *words, "--output", copy, path), 0)
        with open(copy, "rb") as file:
            self.assertEqual(file.read(), world.artifact)
        with open(path, "ab") as file:
            file.write(b"x")
        self.expect(self.bench.run(folder, "verify", *words, path), 1, "FAIL artifact.digest")

    def test_rejected(self):
        result = self.verify(change=lambda w: w.configuration.update(shallowClone=True))
        self.expect(result, 1, "rejected", "appveyor.sources-unpatched", "local/widget")
        result = self.verify("--ref", "refs/heads/release/*", drop=["--ref"])
        self.expect(result, 1, "FAIL repository.ref-allowed")
        result = self.verify("--repository", "https://localhost/other", drop=["--repository"])
        self.expect(result, 1, "FAIL repository.expected")

    def test_ids_are_shown_to_those_who_do_not_know_them(self):
        result = self.verify(drop=["--account-id"])
        self.expect(result, 4, "--account-id 77 --project-id 4711")

    def test_without_a_key(self):
        """What AppVeyor shows everybody is not enough, and the report says what is."""
        result = self.verify(drop=["--api-key"])
        self.expect(result, 3, "undecided", "not had: settings", "give --api-key",
                    "Give or check the secret", "appveyor.project-linked, ")
        self.assertEqual([(line["path"].split("/api/")[1], line["key"])
                          for line in sorted(self.bench.requests(result.world),
                                             key=lambda line: line["path"])
                          if "/api/" in line["path"]],
                         [(f"projects/{ACCOUNT}/{SLUG}", "no"),
                          (f"projects/{ACCOUNT}/{SLUG}/builds/{BUILD_ID}", "no")])

    def test_no_configuration_is_read(self):
        """One that is broken and named is refused, and one that nobody names is not looked at."""
        world, folder, words = self.spoken()
        os.mkdir(os.path.join(folder, "conf.d"))
        for name in ("countermark.conf", "conf.d/countermark.conf"):
            with open(os.path.join(folder, name), "w", encoding="utf-8") as file:
                file.write("broken")
        self.expect(self.bench.run(folder, "verify", *words, *world.arguments), 0)

    def test_notice(self):
        world, folder, words = self.spoken()
        notice = json.dumps(world.notice()).encode()
        result = self.bench.run(folder, "verify", *words, "--notice", "-", "--dry-run", "--format",
                                "json", stdin=notice)
        self.expect(result, 0)
        self.assertIn(str(BUILD_ID), result.report["request"]["names"]["build"])
        self.expect(self.bench.run(folder, "verify", *words, "--notice", "-", stdin=notice), 0)

    def test_wrong_words_beside_a_notice(self):
        """They are wrong usage as without one, and told once."""
        world, folder, conf = self.world()
        result = self.bench.run(folder, "verify", *conf, "--notice", "-", "--biuld", "7",
                                stdin=json.dumps(world.notice()).encode())
        self.expect(result, 2, "--biuld: ")
        self.assertEqual(result.err.count("\n"), 1, result.err)

    def test_the_same_policy_as_a_file(self):
        """Said or written, what is decided by has one digest."""
        world, folder, conf = self.world(name_as_spoken)
        evidence = []
        for words in (conf, words_of(world)):
            path = os.path.join(folder, f"evidence-{len(evidence)}")
            self.expect(self.bench.run(folder, "verify", *words, *world.arguments, "--evidence",
                                       path, "--state", self.bench.path("state")), 0)
            evidence.append(payload(path))
        self.assertEqual(evidence[0]["effective"], evidence[1]["effective"])
        self.assertEqual(evidence[0]["effective_sha256"], evidence[1]["effective_sha256"])

    def test_evidence_and_replay(self):
        world, folder, words = self.spoken()
        path = os.path.join(folder, "evidence.json")
        self.expect(self.bench.run(folder, "verify", *words, *world.arguments, "--evidence", path,
                                   "--state", self.bench.path("state")), 0)
        with open(path, encoding="utf-8") as file:
            self.assertNotIn(world.key, file.read())
        self.assertNotIn(world.key, json.dumps(payload(path)))
        result = self.bench.run(folder, "replay", "--evidence-key", self.bench.public_key(), path)
        self.expect(result, 0, "sealed by", "would be accepted", "local/widget", "command-line")
        self.assertNotIn("differs", result.out)
        self.expect(self.bench.run(folder, "replay", path), 4)

    # ---- words that are wrong

    def test_what_is_missing(self):
        for option, text in (("--repository", "write https://host/path"),
                             ("--ref", "refs/heads/main"), ("--account", "name of the account"),
                             ("--slug", "slug of the project"),
                             ("--assume-reason", "how you know it")):
            with self.subTest(option=option):
                result = self.verify(drop=[option])
                self.expect_unasked(result, 2, option + ": is missing", text)
                self.assertEqual(result.err.count("\n"), 1, result.err)
        result = self.bench.run(self.bench.run_folder(), "verify", "--connector", "appveyor")
        self.expect(result, 2, *(o + ": is missing" for o in ("--repository", "--ref", "--account",
                                                              "--slug")))

    def test_nearest_option_is_offered(self):
        for wrong, near in (("--acount", "--account"), ("--slgu", "--slug"), ("--reff", "--ref"),
                            ("--api-kye", "--api-key"), ("--repositry", "--repository"),
                            ("--tag-brnach", "--tag-branch"), ("--biuld", "--build"),
                            ("--asume-reason", "--assume-reason"), ("--api", "--api-key"),
                            ("--evid", "--evidence"), ("--quie", "--quiet")):
            with self.subTest(wrong=wrong):
                self.expect_unasked(self.verify(wrong, "x"), 2,
                                    f"{wrong}: there is no such option (did you mean {near}?)")

    def test_values_that_are_wrong(self):
        for drop, words, text in (
                ("--ref", ["--ref", "main"], '--ref: "main": begins with neither refs/heads/'),
                ("--ref", ["--ref", "HEAD"], "write the full name: refs/heads/main"),
                ("--ref", ["--ref", "refs/tags/v*"], "--tag-branch: is missing"),
                ("", ["--ref", "refs/heads/main"], "is said twice"),
                ("", ["--tag-branch", "refs/tags/v1"], "--tag-branch: "),
                ("--repository", ["--repository", "git@localhost:a/b"], "--repository: "),
                ("--repository", ["--repository", "http://localhost/a"], "--repository: "),
                ("--max-age", ["--max-age", "soon"], '--max-age: "soon" is not a duration'),
                ("", ["--optional", "age"], "not the id of a check"),
                ("", ["--optional", "appveyor.cache-emtpy"], "did you mean 'appveyor.cache-empty'"),
                ("", ["--optional", "appveyor.project-linked"], "is binding"),
                ("", ["--assume", "no-global-yml"], "knows no assumption 'no-global-yml'"),
                ("--url", ["--url", "ftp://localhost"], "--url: "),
                ("--slug", ["--slug", ""], "--slug: the value is empty"),
                ("", ["--artifacts", "both"], "--artifacts: is 'both', not one of one|each"),
                ("", ["--wait", "soon"], "--wait: is 'soon', not a duration"),
                ("", ["--account", "other"], "--account: is said twice"),
                ("", ["--build", "7"], "--build: is said twice"),
                ("", ["--account-id"], "--account-id needs a value"),
                ("--ca", ["--ca", "ca.pem"], "--ca: "),
                ("--repository-ca", ["--repository-ca", "/nonexistent"],
                 "--repository-ca: /nonexistent: No such"),
                ("", ["--spki", "abc"], "--spki: "),
                ("", ["--allow-address", "here"], "--allow-address: ")):
            with self.subTest(words=words):
                self.expect_unasked(self.verify(*words, drop=[drop]), 2, text)

    def test_everything_wrong_is_found_in_one_run(self):
        result = self.verify("--ref", "main", "--acount", "x", "--max-age", "1",
                             drop=["--ref", "--repository", "--max-age"])
        self.expect_unasked(result, 2, "--ref: ", "--acount: ", "--max-age: ", "--repository: ")
        self.assertEqual(result.err.count("\n"), 4)

    def test_a_secret_is_never_a_value_and_never_repeated(self):
        for form in (SECRET, "file:" + SECRET, "env:" + SECRET + "!", SECRET * 900):
            for more in (["--dry-run"], ["--log-format", "json", "--verbose"],
                         ["--evidence", "e", "--state", "s"]):
                with self.subTest(form=form[:30], more=more):
                    result = self.verify("--api-key", form, *more, drop=["--api-key"])
                    self.expect_unasked(result, 2, "--api-key: ", "replace it")
                    self.assertNotIn(SECRET, result.out + result.err)
                    self.assertEqual(os.listdir(os.path.join(result.folder, "tmp")), [])
        folder = self.bench.run_folder()
        for words in (["explain", "--api-key=" + SECRET], ["config", "check", "--api-key=" + SECRET],
                      ["verify", "--connector", "appveyor", "--api-key=" + SECRET + "\udcff"]):
            with self.subTest(words=words):
                result = self.bench.run(folder, *words)
                self.expect(result, 2, "--api-key")
                self.assertNotIn(SECRET, result.out + result.err)
        result = self.verify("--repository", f"https://u:{SECRET}@localhost/", drop=["--repository"])
        self.expect_unasked(result, 2, "--repository: ")
        self.assertNotIn(SECRET, result.err)

    def test_secrets_that_cannot_be_read(self):
        for reference, text in (("env:NOT_THERE", "no such variable"),
                                ("file:/nonexistent/key", "No such file"),
                                ("credential:key", "CREDENTIALS_DIRECTORY")):
            with self.subTest(reference=reference):
                self.expect_unasked(self.verify("--api-key", reference, drop=["--api-key"]), 3, text)
        result = self.verify("--api-key", "env:THE_KEY", drop=["--api-key"],
                             more={"THE_KEY": V1_KEY})
        self.expect(result, 0)

    def test_a_configuration_or_words_never_both(self):
        for words in (["--config", "/x"], ["--project", "widget"], ["--policy", "release"],
                      ["--system", "appveyor"]):
            with self.subTest(words=words):
                result = self.verify(*words)
                self.expect_unasked(result, 2, words[0] + " goes with a configuration",
                                    "--connector does without")
                self.assertEqual("--slug" in result.err, words[0] == "--project")
        world, folder, conf = self.world()
        for words in (["--repository", "https://a.example/b"], ["--ref", "refs/heads/main"],
                      ["--max-age", "1d"], ["--optional", "build.age"], ["--ca", "/x"],
                      ["--allow-address", "::1"], ["--assume", "no-global-yaml"]):
            with self.subTest(words=words):
                result = self.bench.run(folder, "verify", *conf, *world.arguments, *words)
                self.expect(result, 2, words[0] + " goes with --connector only")
        self.expect(self.bench.run(folder, "verify", *conf, "--build", "1", "--build", "2"), 2,
                    "--build is said twice")

    def test_connectors_that_are_none(self):
        for name, status, text in (("appveyour", 2, "there is no plug-in 'appveyour'"),
                                   ("../appveyor", 2, "cannot be the id of a plug-in"),
                                   ("", 2, "the value is empty")):
            with self.subTest(name=name):
                self.expect_unasked(self.verify("--connector", name, drop=["--connector"]), status,
                                    "--connector: ", text)

    # ---- what is said is what is done

    def test_policy_is_as_it_was_said(self):
        def private(w):
            w.override("project", status=404)
        self.expect(self.verify(change=private), 1, "FAIL appveyor.project-public")
        result = self.verify("--optional", "appveyor.project-public", "--optional", "build.age",
                             "--format", "json", change=private)
        self.expect(result, 0)
        self.assertEqual({a["check"] for a in result.report["answers"]
                          if a["weight"] == "optional"}, {"appveyor.project-public", "build.age"})
        self.expect(self.verify("--max-age", "1h", drop=["--max-age"]), 1, "FAIL build.age")
        self.expect(self.verify("--max-age", "unlimited", drop=["--max-age"]), 0)
        self.expect(self.verify(drop=["--assume", "--assume-reason"]), 4,
                    "appveyor.account-declared")
        self.expect(self.verify(drop=["--images"]), 1, "FAIL appveyor.worker-declared")

    def test_lists_are_said_one_by_one(self):
        def two(w):
            w.policy["images"] = ["Ubuntu", "Visual Studio 2022", "macOS"]
        result = self.verify("--dry-run", "--format", "json", change=two)
        self.expect(self.verify(change=two), 0)
        self.expect(result, 0)

    def test_a_tag_is_on_a_branch(self):
        def tagged(w):
            w.tag("v1.0")
        self.expect(self.verify(change=tagged), 0)
        self.expect(self.verify("--tag-branch", "refs/heads/release/*", change=tagged,
                                drop=["--tag-branch"]), 1, "FAIL repository.tag-on-branch")

    def test_hosts_are_reached_as_it_was_said(self):
        """Each side has its own words: what is said of the one does not open the other."""
        for drop, status, text in (("--ca", 4, "project-linked"),
                                   ("--repository-ca", 4, "repository.public"),
                                   ("--allow-address", 4, "project-linked"),
                                   ("--repository-allow-address", 4, "repository.public")):
            with self.subTest(drop=drop):
                result = self.verify("--format", "json", drop=[drop])
                self.expect(result, status)
                side = "appveyor." if text == "project-linked" else ""
                self.assertEqual(result.words[side + text], "unknown")
        world, _, _ = self.spoken()
        pin = world.paths["pin"]
        self.expect(self.verify("--spki", pin, "--repository-spki", pin), 0)
        wrong = "sha256/" + "A" * 43 + "="
        for option in ("--spki", "--repository-spki"):
            self.expect(self.verify(option, wrong), 4)

    def test_no_word_means_two_things(self):
        folder = self.bench.run_folder()
        path = next(line.split()[-1] for line in
                    self.bench.run(folder, "plugin", "list").out.splitlines()
                    if line.startswith("appveyor"))
        dump = json.loads(self.bench.run(folder, "plugin", "dump", path, "--format", "json").out)
        words = {o.get("said_as", o["name"]).replace("_", "-") for o in dump["options"]}
        self.assertIn("slug", words)
        for command in (["verify"], ["link", "show"]):
            text = self.bench.run(folder, *command, "--help").out
            own = set(re.findall(r"^ .* --([a-z-]+)", text, re.M))
            self.assertGreater(len(own), 15)
            self.assertEqual(words & own, set())

    # ---- link show

    def test_link_show(self):
        world, folder, words = self.spoken()
        result = self.bench.run(folder, "link", "show", *words, *world.arguments)
        self.expect(result, 0, "appveyor.project-linked: pass")
        result = self.bench.run(folder, "link", "show", *without(words, "--account-id"), "--format",
                                "json")
        self.expect(result, 0)
        self.assertEqual(result.answer("appveyor.project-linked")["answer"], "unknown")
        self.assertIn("--account-id 77", json.dumps(result.report))
        self.expect(self.bench.run(folder, "link", "show", *words, "--config", "/x"), 2)
        self.expect(self.bench.run(folder, "link", "show", *without(words, "--ref")), 2,
                    "--ref: is missing")

    # ---- defaults where there is only one

    def test_the_only_one_need_not_be_named(self):
        def second(w, which):
            other = dict(w.linked if which == "project" else w.policy, slug="other")
            (w.trust["projects"] if which == "project" else w.linked["signing_policies"]).append(
                other)
        for which in ("project", "policy"):
            world, folder, conf = self.world(lambda w, which=which: second(w, which))
            words = ["verify", *conf, *world.arguments, "--dry-run"]
            self.expect(self.bench.run(folder, *words), 2, f"--{which}, one of: ", "other")
            self.expect(self.bench.run(folder, *words, "--" + which, "other"), 0)
        for change, text in ((lambda w: w.trust.pop("projects"), "has no project"),
                             (lambda w: w.linked.pop("signing_policies"), "has no signing policy")):
            world, folder, conf = self.world(change)
            self.expect(self.bench.run(folder, "verify", *conf, *world.arguments), 3, text)

    def test_the_only_linked_system_that_is_allowed(self):
        def linked_twice(w, allowed):
            w.trust["systems"].append(dict(w.system, slug="ci2"))
            w.linked["links"].append(dict(w.link, system="ci2"))
            w.policy["systems"] = allowed
        for allowed, status, text in ((["ci2"], 0, "system      ci2"),
                                      (["appveyor"], 0, "system      appveyor"),
                                      (["appveyor", "ci2"], 2, "linked to: appveyor, ci2")):
            with self.subTest(allowed=allowed):
                world, folder, conf = self.world(lambda w, a=allowed: linked_twice(w, a))
                words = ["verify", *conf, *world.arguments]
                self.expect(self.bench.run(folder, *words), status, text)
        self.expect(self.bench.run(folder, *words, "--system", "ci2"), 0, "system      ci2")

    # ---- dry run

    def test_dry_run_says_what_would_be_asked(self):
        world, folder, conf = self.world(lambda w: w.policy.update(
            optional=["build.age"], waivers=[
                {"check": "appveyor.cache-empty", "reason": "known", "author": "jo",
                 "until": "2099-01-01"},
                {"check": "appveyor.stable", "reason": "old", "author": "jo",
                 "until": "2020-01-01"}]))
        plan = self.bench.run(folder, "verify", *conf, *world.arguments, "--dry-run", "--format",
                              "json", "--timeout", "90s").report
        self.assertEqual((plan["mode"], plan["goes_ahead"], plan["timeout"]),
                         ("dry-run", True, "90s"))
        self.assertEqual(plan["asks"], {"system": [world.address],
                                        "repositories": world.linked["repositories"]})
        self.assertEqual(plan["policy"]["refs"], ["refs/heads/main"])
        self.assertEqual(plan["connector"]["id"], "appveyor")
        self.assertEqual(plan["secrets"], {"api_key": "file:" + os.path.join(folder, "key")})
        weights = {check["check"]: check["weight"] for check in plan["checks"]}
        self.assertEqual(set(weights), set(CHECKS))
        self.assertEqual({c: w for c, w in weights.items() if w != "required"},
                         {"build.age": "optional", "appveyor.cache-empty": "waived"})
        waived = next(c for c in plan["checks"] if c["weight"] == "waived")
        self.assertEqual((waived["reason"], waived["author"]), ("known", "jo"))
        text = self.bench.run(folder, "verify", *conf, *world.arguments, "--dry-run")
        self.expect(text, 0, world.address, world.linked["repositories"][0], "refs/heads/main",
                    "optional    build.age", "waived      appveyor.cache-empty", "by jo: known",
                    "required    appveyor.stable", "binding, gate", "nothing was asked")
        quiet = self.bench.run(folder, "verify", *conf, *world.arguments, "--dry-run", "--quiet")
        self.assertEqual((quiet.exit, quiet.out, quiet.err), (0, "", ""))
        gates = self.bench.run(folder, "link", "show", *conf, "--dry-run", "--format", "json")
        self.assertEqual([c["check"] for c in gates.report["checks"]],
                         [c for c in CHECKS if c.startswith("request.")]
                         + ["appveyor.project-linked"])
        self.assertEqual(self.bench.requests(world), [])

    def test_dry_run_writes_nothing(self):
        for spoken in (False, True):
            world, folder, words = self.spoken() if spoken else self.world()
            path = os.path.join(folder, ARTIFACT)
            with open(path, "wb") as file:
                file.write(world.artifact)
            before = tree(folder)
            for more in ([], ["--evidence", os.path.join(folder, "e")],
                         ["--evidence", os.path.join(folder, "e"), "--output",
                          os.path.join(folder, "o"), "--state", os.path.join(folder, "a", "b")],
                         [path]):
                result = self.bench.run(folder, "verify", *words, *world.arguments, "--dry-run",
                                        *more)
                self.expect(result, 0, "it could go ahead")
                self.assertEqual(tree(folder), before)
            self.assertEqual(self.bench.requests(world), [])

    def test_dry_run_ends_as_verify_would(self):
        def other_submitter(w):
            w.policy["submitters"] = ["local:nobody-else"]

        def other_system(w):
            w.trust["systems"].append(dict(w.system, slug="ci2"))
            w.linked["links"].append(dict(w.link, system="ci2"))

        def no_key(w):
            w.link["api_key"] = "env:NOT_THERE"
        for change, words, status in (
                (None, ["--config", "/nonexistent.conf"], 3), (None, ["--project", "gadget"], 2),
                (None, ["--policy", "x"], 2), (None, ["--system", "x"], 2),
                (no_key, [], 3), (other_submitter, [], 1), (other_system, ["--system", "ci2"], 1),
                (lambda w: w.link.update(acount="x"), [], 3),
                (lambda w: w.policy.update(optional=["appveyor.x"]), [], 3),
                (None, ["--wait", "soon"], 2), (None, ["--timeout", "soon"], 2),
                (None, ["--format", "xml"], 2), (None, ["/nonexistent.nupkg"], 2),
                (None, ["/"], 2), (None, ["a", "b"], 2), (None, ["--notice", "/nonexistent"], 2),
                (None, ["--evidence", "/nonexistent/e"], 5), (None, ["--output", "/dev/full"], 5)):
            with self.subTest(words=words, change=change):
                world, folder, conf = self.world(change)
                conf = [] if "--config" in words else conf
                found = []
                for dry in ([], ["--dry-run"]):
                    result = self.bench.run(folder, "verify", *conf, *world.arguments, *dry, *words)
                    found.append((result.exit, result.err))
                self.assertEqual(found[0], found[1])
                self.assertEqual(found[1][0], status)
                self.assertEqual(self.bench.requests(world), [])
        world, folder, conf = self.world()
        words = ["verify", *conf, "--evidence", "e", "--state", "/dev/null/x"]
        for dry in ([], ["--dry-run"]):
            self.expect(self.bench.run(folder, *words, *dry), 5, "the evidence cannot be sealed",
                        "/dev/null")

    def test_dry_run_says_which_right_is_missing(self):
        def other_submitter(w):
            w.policy["submitters"] = ["local:nobody-else"]
        world, folder, conf = self.world(other_submitter)
        for command in (["verify"], ["link", "show"]):
            words = [*command, *conf, *world.arguments]
            result = self.bench.run(folder, *words, "--dry-run")
            self.expect(result, 1, "nothing would be asked")
            self.expect(self.bench.run(folder, *words), 1, "request.submitter-allowed")
            self.assertRegex(result.out, r"request.submitter-allowed, binding\n +answer +fail")
        plan = self.bench.run(folder, "verify", *conf, "--dry-run", "--format", "json").report
        self.assertEqual(plan["goes_ahead"], False)

    # ---- explain

    def explain(self, *words, folder=None):
        return self.bench.run(folder or self.bench.run_folder(), "explain", *words)

    def test_explain_lists_all(self):
        lines = self.explain().out.splitlines()
        known = sorted({*CHECKS, *EXAMINATION, *jenkins_world.CHECKS, *jenkins_world.EXAMINATION,
                        *buildnode_world.CHECKS})
        self.assertEqual(sorted(line.split()[0] for line in lines), known)
        self.assertTrue(all(line.endswith("?") for line in lines), lines)
        listed = json.loads(self.explain("--format", "json").out)
        self.assertEqual(sorted(one["check"] for one in listed), known)

    def test_explain_each(self):
        listed = {one["check"]: one for one in json.loads(self.explain("--format", "json").out)}
        one = self.explain("appveyor.stable", "--format", "json").report
        self.assertEqual(one, listed["appveyor.stable"])
        for check in {*CHECKS, *EXAMINATION, *jenkins_world.CHECKS, *buildnode_world.CHECKS}:
            with self.subTest(check=check):
                one = listed[check]
                self.assertTrue(all(one[key] for key in ("question", "expected", "remedy", "policy",
                                                         "version", "manual")), one)
                own = next((own for own in ("appveyor", "buildnode", "jenkins")
                            if check.startswith(own + ".")), None)
                self.assertEqual(one.get("plugin"), own)
                self.assertEqual(one["manual"],
                                 f"countermark-{own}(7)" if own else "countermark(1)")
                result = self.explain(check)
                self.expect(result, 0, check, one["question"], one["expected"], one["remedy"],
                            one["manual"], one["policy"])
                self.assertEqual("no signing policy can" in result.out, one["binding"])

    def test_explain_says_what_it_is(self):
        self.expect(self.explain("appveyor.project-linked"), 0, "gate: asked first",
                    "plug-in appveyor 1.0 (/", "appveyor.so)")
        self.expect(self.explain("artifact.digest"), 0, "the engine, version", "binding")
        self.expect(self.explain("build.age"), 0, "`optional`", "waives")
        self.expect(self.explain("system.clock"), 0, "of `system check`", "counts; no signing")
        self.expect(self.explain("appveyor.key-read-only"), 0, "shown, never counted")

    def test_explain_of_what_there_is_not(self):
        for wrong, near in (("appveyor.cache-emtpy", "appveyor.cache-empty"),
                            ("apveyor.cache-empty", "appveyor.cache-empty"),
                            ("build.aeg", "build.age"), ("repositry.public", "repository.public")):
            result = self.explain(wrong)
            self.expect(result, 2, f"there is no check '{wrong}'", f"the nearest is {near}")
            self.assertEqual(result.out, "")
        self.expect(self.explain("zzzzzzzzzzzz"), 2, "countermark explain lists all")
        self.expect(self.explain("a.b", "c.d"), 2, "one check at a time")

    def test_explain_loads_the_one_that_is_named(self):
        loaded = "plug-in appveyor 1.0 "
        self.assertNotIn(loaded, self.explain("build.age", "--verbose").err)
        self.assertNotIn(loaded, self.explain("zzzzzzzz.age", "--verbose").err)
        self.assertIn(loaded, self.explain("appveyor.stable", "--verbose").err)

    def test_explain_without_the_plugin(self):
        _, folder, conf = self.world()
        os.mkdir(os.path.join(folder, "plugins"))
        with open(conf[1], encoding="utf-8") as file:
            text = file.read()
        with open(conf[1], "w", encoding="utf-8") as file:
            file.write(f'plugin_path = [ "{folder}/plugins" ];\n{text}')
        self.expect(self.explain("build.age", *conf), 0)
        self.expect(self.explain("appveyor.stable", *conf), 2, "there is no check")
        self.assertEqual(len(self.explain(*conf).out.splitlines()), 13)

    # ---- --timeout

    def test_timeout(self):
        """Of a system that never answers: undecided, and worth another try."""
        for at, command in (("log", ["verify"]), ("settings", ["verify"]),
                            ("settings", ["link", "show"])):
            with self.subTest(at=at, command=command):
                world, folder, words = self.spoken(lambda w, at=at: w.override(at, latency=300.0))
                result = self.bench.run(folder, *command, *words, *world.arguments, "--timeout",
                                        "1s", "--format", "json")
                self.expect(result, 4)
                self.assertIn("the time that was given is over", json.dumps(result.report))
                if command == ["verify"]:
                    self.assertEqual(result.report["retry"], "yes")
                self.assertEqual(os.listdir(os.path.join(folder, "tmp")), [])

    def test_timeout_is_of_the_evidence_too(self):
        world, folder, words = self.spoken(lambda w: w.override("log", latency=300.0))
        path = os.path.join(folder, "evidence.json")
        self.expect(self.bench.run(folder, "verify", *words, *world.arguments, "--timeout", "1s",
                                   "--evidence", path, "--state", self.bench.path("state")), 4)
        self.assertEqual(payload(path)["documents"]["log"]["error"]["class"], "cancelled")

    def test_words_that_are_no_timeout(self):
        for word in ("soon", "0s", "5", "-1s"):
            for command in (["verify"], ["link", "show"]):
                world, folder, words = self.spoken()
                self.expect(self.bench.run(folder, *command, *words, "--timeout", word), 2,
                            "--timeout takes a duration")


if __name__ == "__main__":
    People.program = os.path.abspath(sys.argv.pop(1))
    unittest.main()

#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The reports for CI pages: JUnit XML and SARIF, valid, and green only for what is accepted.

    reports.py COUNTERMARK
"""

import base64
import copy
import glob
import json
import os
import sys
import unittest
from xml.etree import ElementTree

import forms
from attacks import TABLES
from replay import digest_anew, digest_of
from suite import Suite

# Rows of the attack suite: one of each kind of verdict.
ROWS = ["honest", "submitted file", "annotated tag", "waived check", "optional check",
        "cache entry in the settings", "no log", "wrong key", "system that is not linked",
        "homoglyph branch", "certificate of another authority", "redirect to a private address",
        "artifact with an odd name", "pull request", "private repository"]


def foreign_text(w):
    w.build["branch"] = "m\u0430in<&\"'>]]>\u001b[31m\u202e\ufffe"


def unknown_but_optional(w):
    w.override("log", status=404)
    w.policy["optional"] = ["appveyor.commit-corroborated"]


def kinds():
    """(name, change, exit status)"""
    rows = {row.name: row for table in TABLES for row in table}
    yield from ((name, rows[name].change, rows[name].status()) for name in ROWS)
    yield "foreign text", foreign_text, 1
    yield "unknown but optional", unknown_but_optional, 0


def with_cache(w):
    w.configuration["cacheEntries"] = [{"value": "packages"}]


def results_of(log):
    return log["runs"][0]["results"]


class Reports(Suite):
    name = "reports"

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.key = cls.bench.public_key()
        cls.runs = {}
        for kind, change, status in kinds():
            world = cls.bench.world("reports")
            change(world)
            result = cls.bench.verify(world)
            assert result.exit == status, (kind, result.exit, result.err)
            cls.runs[kind] = result

    def again(self, result, form, *words):
        return self.bench.replay(result, *(words or ("--evidence-key", self.key)), form=form)

    def junit(self, result):
        text = result.out.encode()
        self.assertEqual(forms.wrong_with_junit(text), "")
        return ElementTree.fromstring(text)

    def sarif(self, result):
        log = json.loads(result.out)
        self.assertEqual(forms.wrong_with(forms.SARIF, log), [])
        return log

    # ---- JUnit

    def test_junit_says_each_check(self):
        for kind, result in self.runs.items():
            with self.subTest(kind=kind):
                again = self.again(result, "junit")
                self.assertEqual(again.exit, result.exit)
                tests = {test.get("name"): test for test in self.junit(again).iter("testcase")}
                self.assertEqual(list(tests), [a["check"] for a in result.report["answers"]]
                                 + ["verdict"])
                for answer in result.report["answers"]:
                    self.look_at_test(answer, tests[answer["check"]])

    def look_at_test(self, answer, test):
        counts = answer["weight"] == "required"
        element = {"pass": "system-out", "fail": "failure", "unknown": "error"}[answer["answer"]]
        if not counts and answer["answer"] != "pass":
            element = "skipped"
        self.assertEqual([child.tag for child in test], [element])
        if element in ("error", "skipped"):
            self.assertIn(answer["remedy"].split("\\")[0], test[0].text)
        if element == "error":
            self.assertEqual(test[0].get("type"), answer["reason_class"])
            self.assertIn(answer["reason"].split("\\")[0], test[0].get("message"))
        if answer["weight"] == "waived" and element == "skipped":
            for text in answer["waiver"].values():
                self.assertIn(text, test[0].get("message"))

    def test_junit_is_green_only_for_accepted(self):
        for kind, result in self.runs.items():
            with self.subTest(kind=kind):
                for words in (("--evidence-key", self.key), ("--verbose",)):
                    again = self.again(result, "junit", *words)
                    root = self.junit(again)
                    suite = root[0]
                    red = {tag: len(list(suite.iter(tag)))
                           for tag in ("failure", "error", "skipped")}
                    tests = len(list(suite.iter("testcase")))
                    self.assertEqual(red["failure"] + red["error"] == 0, again.exit == 0, again.out)
                    for element in (root, suite):
                        self.assertEqual(element.get("tests"), str(tests))
                        self.assertEqual(element.get("failures"), str(red["failure"]))
                        self.assertEqual(element.get("errors"), str(red["error"]))
                    self.assertEqual(suite.get("skipped"), str(red["skipped"]))

    def test_junit_has_what_it_is_about(self):
        for kind, result in self.runs.items():
            with self.subTest(kind=kind):
                root = self.junit(self.again(result, "junit"))
                facts = {p.get("name"): p.get("value") for p in root.iter("property")}
                self.assertEqual(facts["outcome"], result.report["outcome"])
                self.assertEqual(facts["exit-status"], str(result.exit))
                self.assertEqual(facts["request.project"], "widget")
                self.assertTrue(facts["seal"].startswith("sealed by sha256:"))
                for file in result.report["artifacts"]:
                    if file["sha256"]:
                        name = f"artifact.{file['document']}.sha256"
                        self.assertEqual(facts[name], file["sha256"])
                if kind == "honest":
                    self.assertEqual(facts["name.build"], "901234")
                    self.assertIn("artifact.download.sha256", facts)

    # ---- SARIF

    def test_sarif_says_what_did_not_pass(self):
        for kind, result in self.runs.items():
            with self.subTest(kind=kind):
                again = self.again(result, "sarif")
                self.assertEqual(again.exit, result.exit)
                run = self.sarif(again)["runs"][0]
                rules = [rule["id"] for rule in run["tool"]["driver"]["rules"]]
                self.assertEqual(rules, [a["check"] for a in result.report["answers"]]
                                 + ["verdict"])
                open_ones = [a for a in result.report["answers"] if a["answer"] != "pass"]
                self.assertEqual([r["ruleId"] for r in run["results"]],
                                 [a["check"] for a in open_ones])
                for answer, found in zip(open_ones, run["results"]):
                    self.look_at_result(answer, found, rules)
                self.assertEqual(run["invocations"][0]["exitCode"], result.exit)
                self.assertEqual(run["invocations"][0]["executionSuccessful"], result.exit < 2)
                self.assertEqual(run["properties"]["outcome"], result.report["outcome"])

    def look_at_result(self, answer, found, rules):
        self.assertEqual(rules[found["ruleIndex"]], answer["check"])
        self.assertEqual(found["level"], "error" if answer["weight"] == "required" else "note")
        self.assertEqual("suppressions" in found, answer["weight"] == "waived")
        self.assertEqual(found["properties"]["answer"], answer["answer"])
        self.assertNotIn("](", found["message"]["text"])
        place = found["locations"][0]["physicalLocation"]
        self.assertTrue(place["artifactLocation"]["uri"].endswith("/evidence.json"))
        self.assertEqual(place["region"], {"startLine": 1})

    def test_sarif_of_verify_and_replay_agree(self):
        """A page sees one finding, whoever reports it, and however often."""
        world, folder, conf = self.world(with_cache)
        words = ["verify", *conf, *world.arguments, "--format", "sarif"]
        one, two = (self.sarif(self.bench.run(folder, *words)) for _ in range(2))
        three = self.sarif(self.again(self.runs["cache entry in the settings"], "sarif"))
        prints = [[r["partialFingerprints"] for r in results_of(log)] for log in (one, two, three)]
        self.assertEqual(prints[0], prints[1])
        self.assertEqual(prints[0], prints[2])
        self.assertEqual(len({p["primaryLocationLineHash"] for p in prints[0]}), len(prints[0]))
        self.assertEqual(one["runs"][0]["automationDetails"],
                         {"id": "countermark/acme/widget/release/"})

    def test_sarif_names_artifact_and_evidence(self):
        run = self.sarif(self.again(self.runs["submitted file"], "sarif"))["runs"][0]
        self.assertEqual(len(run["artifacts"]), 1, "submitted and served are the same bytes")
        sha256 = self.runs["submitted file"].report["artifacts"][0]["sha256"]
        self.assertEqual(run["artifacts"][0]["hashes"], {"sha-256": sha256})
        world, folder, conf = self.world(with_cache)
        result = self.bench.run(folder, "verify", *conf, *world.arguments, "--format", "sarif")
        found = results_of(self.sarif(result))[0]
        uri = found["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
        self.assertEqual(uri, "Acme.Widget.1.2.3.nupkg", "without evidence the artifact")

    # ---- what is none of the checks' doing

    def test_nobody_vouches(self):
        result = self.runs["honest"]
        again = self.again(result, "junit", "--verbose")
        self.assertEqual(again.exit, 4)
        failed = self.junit(again).find(".//testcase[@name='verdict']/failure")
        self.assertIn("nobody vouches", failed.text)
        again = self.again(result, "sarif", "--verbose")
        self.assertEqual([r["ruleId"] for r in results_of(self.sarif(again))], ["verdict"])
        self.assertEqual(self.sarif(again)["runs"][0]["invocations"][0]["exitCode"], 4)

    def test_another_artifact(self):
        words = ("--evidence-key", self.key, "--artifact", __file__)
        again = self.again(self.runs["honest"], "junit", *words)
        self.assertEqual(again.exit, 1)
        self.assertIsNotNone(self.junit(again).find(".//testcase[@name='verdict']/failure"))
        again = self.again(self.runs["honest"], "sarif", *words)
        self.assertEqual([r["ruleId"] for r in results_of(self.sarif(again))], ["verdict"])

    # ---- foreign text

    def test_hostile_text_in_every_place(self):
        """Whatever evidence says: the XML is XML, the JSON is JSON, nothing becomes markup."""
        hostile = "<a b=\"c\" d='e'>&amp;]]>\r\n\t\u0001\u001b[31m\u007f\u0085\u202e\ufffe\uffff" \
                  "\ud83d\ude00{0}[x](y)\\"
        hostile = hostile.encode("utf-16", "surrogatepass").decode("utf-16")
        with open(os.path.join(self.runs["no log"].folder, "evidence.json"),
                  encoding="utf-8") as file:
            evidence = json.loads(base64.b64decode(json.load(file)["payload"]))
        evidence = copy.deepcopy(evidence)
        for member in ("project", "policy", "system", "submitter", "organization"):
            evidence["request"][member] = hostile
        evidence["request"]["names"][hostile] = hostile
        evidence["engine"]["version"] = evidence["plugins"][0]["version"] = hostile
        for document in evidence["documents"].values():
            if "error" in document:
                document["error"]["message"] = hostile
            digest_anew(document)
        path = os.path.join(self.runs["no log"].folder, "hostile.json")
        with open(path, "w", encoding="utf-8") as file:
            json.dump(evidence, file)
        for form, look in (("junit", self.junit), ("sarif", self.sarif)):
            result = self.bench.run(self.bench.run_folder(), "replay", "--accept-unsealed",
                                    "--format", form, path)
            self.assertIn(result.exit, (1, 4), result.err)
            look(result)
            if form == "junit":
                self.assertTrue(result.out.isascii())
                self.assertEqual(len(self.junit(result).findall(".//a")), 0)

    def test_one_that_is_too_large_is_said(self):
        result = self.runs["waived check"]
        with open(os.path.join(result.folder, "evidence.json"), encoding="utf-8") as file:
            evidence = json.loads(base64.b64decode(json.load(file)["payload"]))
        evidence["effective"]["policy"]["waivers"][0]["reason"] = "x" * 6000000
        evidence["effective_sha256"] = digest_of(evidence["effective"])
        path = os.path.join(self.bench.run_folder(), "large.json")
        with open(path, "w", encoding="utf-8") as file:
            json.dump(evidence, file)
        for form, status in (("text", 0), ("sarif", 70)):
            again = self.bench.run(self.bench.run_folder(), "replay", "--accept-unsealed",
                                   "--format", form, path)
            self.expect(again, status, "too large for this form" if status else "")
            self.assertEqual(again.out == "", status != 0)

    # ---- the command line

    def test_the_same_bytes_each_time(self):
        for form in ("junit", "sarif"):
            for kind, result in self.runs.items():
                with self.subTest(kind=kind):
                    self.assertEqual(self.again(result, form).out, self.again(result, form).out)

    def test_quiet_prints_them(self):
        for form in ("junit", "sarif"):
            again = self.again(self.runs["honest"], form, "--evidence-key", self.key, "--quiet")
            self.assertNotEqual(again.out, "")

    def test_words_that_are_no_form(self):
        folder = self.bench.run_folder()
        for command, word in ((["verify"], "xml"), (["verify"], "schema"), (["replay", "x"], "json "),
                              (["config", "show"], "junit"), (["plugin", "dump", "x"], "sarif"),
                              (["verify"], "text|json"), (["verify"], "jso")):
            with self.subTest(command=command, word=word):
                result = self.bench.run(folder, *command, "--format", word)
                self.assertEqual((result.exit, result.out), (2, ""))
                self.assertIn(f"not '{word}'", result.err)

    def test_a_dry_run_has_no_verdict_to_report(self):
        _, folder, conf = self.world()
        for form in ("junit", "sarif"):
            result = self.bench.run(folder, "verify", *conf, "--dry-run", "--format", form)
            self.expect(result, 2, "text or json")
            self.assertEqual(result.out, "")

    def test_golden_reports(self):
        folder = os.path.join(forms.ROOT, "tests", "fixtures", "verdict")
        files = glob.glob(os.path.join(folder, "*.sarif"))
        self.assertGreater(len(files), 2)
        for path in files:
            self.assertEqual(forms.wrong_with(forms.SARIF, forms.load(path)), [], path)
        files = glob.glob(os.path.join(folder, "*.junit.xml"))
        self.assertGreater(len(files), 2)
        for path in files:
            with open(path, "rb") as file:
                self.assertEqual(forms.wrong_with_junit(file.read()), "", path)

    def test_schemas_refuse(self):
        """What validates is told from what does not."""
        good = self.again(self.runs["cache entry in the settings"], "junit").out.encode()
        for old, new in ((b"<failure", b"<failed"), (b"</properties>", b"</properties><x/>"),
                         (b' name="verdict"', b""), (b"&#34;", b"&")):
            if old in good:
                self.assertNotEqual(forms.wrong_with_junit(good.replace(old, new)), "", old)
        log = json.loads(self.again(self.runs["cache entry in the settings"], "sarif").out)
        for change in (lambda r: r.pop("message"), lambda r: r.update(level="bad"),
                       lambda r: r.update(more=1), lambda r: r.update(ruleIndex="1")):
            changed = copy.deepcopy(log)
            change(results_of(changed)[0])
            self.assertNotEqual(forms.wrong_with(forms.SARIF, changed), [])


if __name__ == "__main__":
    Reports.program = sys.argv.pop(1)
    unittest.main()

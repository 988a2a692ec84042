#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The published schemas: what the program writes is valid, what is a little different is not, and
they say of configurations and options what config check says.

    schemas.py COUNTERMARK FIXTURE-OPTIONS-PLUGIN FIXTURE-NOTES-PLUGIN
"""

import base64
import copy
import glob
import json
import os
import re
import sys
import unittest

import cli
import forms
from attacks import TABLES
import notes
from cli import plugin_path
from people import words_of
from suite import Suite
from world import configuration_text, libconfig

FIXTURE = NOTES = None

# Rows of the attack suite, whose evidence together has every member that there is.
ROWS = ["honest", "submitted file", "annotated tag", "waived check", "cache entry in the settings",
        "redirect to a sign-in page", "wrong key", "system that is not linked",
        "tag on a commit of no branch", "a merge"]

# Members that may be missing: by the last names on the way there.
OPTIONAL = {
    "report-1": set(),
    "inspection-1": set(),
    "sealed-evidence-1": set(),
    "evidence-1": {
        "answers", "stopped", "asked", "at", "date", "proxy", "artifact", "status", "size", "sha256",
        "hmac", "content", "error", "cause", "assume_reason", "location", "peeled", "path", "refs",
        "ref", "tip", "commit"},
    "configuration": {
        "name", "verifier", "state", "mirrors", "plugin_path", "systems", "hosts", "projects",
        "description", "system",
        "ca", "spki", "allow_addresses", "case_insensitive", "token", "links", "signing_policies",
        "artifact_configurations", "rewriters", "packages", "signer", notes.PLUGIN, "title",
        "origin", "tag_branches", "optional",
        "waivers", "repository", "max_age", "proxy", "no_proxy", "timestamp", "keys", "passphrase",
        "builders", "forms", "attributes", "attest", "attest_again", "sign"},
}


class Picture:
    """A document and what of it is another's, so that the schema leaves it alone."""

    def __init__(self, schema, document):
        self.schema, self.document = schema, document

    def is_open(self, path):
        """Any member may stand there, or what stands there may be anything."""
        last = path[-1] if path else ""
        if self.schema == "report-1":
            return last == "names"
        if self.schema == "evidence-1":
            if "content" in path and not path[1].startswith("repository-") \
                    and path[1] != "submitted":
                return True
            return last in ("names", "options", "origin", "checks", "documents")
        return False

    def takes_more(self, path):
        """Settings of connectors stand among the engine's, those of others in a group."""
        return self.schema == "configuration" and len(path) > 1 and (
            isinstance(path[-1], int) and path[-2] in ("systems", "links", "signing_policies")
            or path[-1] == notes.PLUGIN)

    def walk(self, value=None, path=()):
        value = self.document if not path else value
        yield path, value
        if self.is_open(path) and path[-1] not in ("documents", "checks"):
            return
        items = value.items() if isinstance(value, dict) else \
            enumerate(value) if isinstance(value, list) else ()
        for key, inner in items:
            yield from self.walk(inner, (*path, key))

    def changed(self, path, change):
        """A copy in which change(container, key) was done at the end of the way."""
        document = copy.deepcopy(self.document)
        at = document
        for step in path[:-1]:
            at = at[step]
        change(at, path[-1])
        return document

    def mutants(self):
        """(what was done, document that must not be valid)"""
        for path, value in self.walk():
            name = ".".join(map(str, path))
            if isinstance(value, dict) and not self.is_open(path) and not self.takes_more(path):
                yield "more in " + name, self.changed(
                    (*path, "x"), lambda at, key: at.update({key: "x"}))
            if not path:
                continue
            if isinstance(path[-1], str) and self.is_required(path):
                yield "without " + name, self.changed(path, lambda at, key: at.pop(key))
            if self.is_ours(path):
                yield "another type of " + name, self.changed(
                    path, lambda at, key, v=value: at.update({key: other_type(v)})
                    if isinstance(at, dict) else at.__setitem__(key, other_type(v)))

    def is_required(self, path):
        if path[-1] in OPTIONAL[self.schema] and not self.is_needed(path):
            return False
        return self.is_ours(path) and not (path[:-1] and self.is_open(path[:-1]))

    def is_needed(self, path):
        """Members whose name is optional elsewhere."""
        if self.schema == "configuration":
            return path[-2:] == ("organization", "slug") or \
                path[-1] == "system" and path[-3] == "links"
        above = path[-2] if len(path) > 1 else ""
        return path[-1] in ("sha256", "size") and above in ("engine", "content") or \
            path[-1] == "sha256" and len(path) > 2 and path[-3] in ("plugins", "modules") or \
            path[-1] == "cause" and "checks" in path or \
            path[-1] == "repository" and above == "policy" or \
            path[-1] in ("optional", "refs", "tag_branches") and above == "policy"

    def is_ours(self, path):
        if path[-1] == "content":
            return False  # may be anything, or is looked at member by member
        if self.schema == "configuration":
            return not (len(path) > 2 and self.takes_more(path[:-1])
                        and path[-1] in ("account", "account_id", "project", "project_id",
                                         "api_key", "artifact", "images", "url", "variables",
                                         "repository_bases"))
        return not any(self.is_open(path[:i]) and path[i - 1] not in ("documents", "checks")
                       for i in range(1, len(path)))


def other_type(value):
    """A value of a type that no member has beside this one's."""
    return {"x": 1} if not isinstance(value, dict) else [[["x"]]]


def one_line(group):
    return " ".join(libconfig(group).split())


def shortened(evidence):
    """With few answers: they are all of one form."""
    few = copy.deepcopy(evidence)
    seen, kept = set(), {}
    for check, answer in few["answers"]["checks"].items():
        kind = (answer["answer"], answer["weight"])
        if kind not in seen:
            seen.add(kind)
            kept[check] = answer
    few["answers"]["checks"] = kept
    return few


class Schemas(Suite):
    name = "schemas"

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.bench.install(NOTES)
        cls.key = cls.bench.public_key()
        rows = {row.name: row for table in TABLES for row in table}
        cls.runs = {}
        for name in ROWS:
            world = cls.bench.world("schemas")
            rows[name].change(world)
            result = cls.bench.verify(world)
            assert result.exit == rows[name].status(), (name, result.exit, result.err)
            cls.runs[name] = result
        cls.runs["documented"] = cls.documented()

    @classmethod
    def documented(cls):
        world = cls.bench.world("schemas")
        more = {"draft.txt": b"x"}  # is taken out
        notes.documented(notes.note(b"commit: abc\n", more), contradiction="replace",
                         packages=["*.note"])(world)
        result = cls.bench.verify(world, "--output", cls.bench.path("documented.note"))
        assert result.exit == 0, result.err
        return result

    def valid(self, schema, document):
        self.assertEqual(forms.wrong_with(schema, document), [])

    def sealed(self, result):
        return forms.load(os.path.join(result.folder, "evidence.json"))

    def evidence(self, result):
        return json.loads(base64.b64decode(self.sealed(result)["payload"]))

    def prints(self, *words):
        result = self.bench.run(self.bench.run_folder(), *words)
        self.assertEqual(result.exit, 0, result.err)
        return json.loads(result.out)

    # ---- what the program writes

    def test_reports_and_evidence(self):
        for name, result in self.runs.items():
            with self.subTest(row=name):
                self.valid("report-1", result.report)
                self.valid("sealed-evidence-1", self.sealed(result))
                self.valid("evidence-1", self.evidence(result))
                for words in (("--evidence-key", self.key), ("--accept-unsealed",), ()):
                    self.valid("report-1", self.bench.replay(result, *words).report)

    def test_evidence_that_stopped_early(self):
        stopped = [name for name, result in self.runs.items()
                   if "stopped" in self.evidence(result)["collected"]]
        self.assertIn("wrong key", stopped)

    def test_evidence_without_a_configuration(self):
        world, folder, _ = self.world()
        path = os.path.join(folder, "evidence.json")
        result = self.bench.run(folder, "verify", *words_of(world), *world.arguments, "--format",
                                "json", "--state", self.bench.path("state"), "--evidence", path)
        self.assertEqual(result.exit, 0, result.err)
        self.valid("report-1", result.report)
        self.valid("evidence-1", json.loads(base64.b64decode(forms.load(path)["payload"])))

    def test_unsealed_replay_with_remarks(self):
        result = self.runs["honest"]
        evidence = self.evidence(result)
        del evidence["answers"]
        self.valid("evidence-1", evidence)
        path = os.path.join(result.folder, "bare.json")
        with open(path, "w", encoding="utf-8") as file:
            json.dump(evidence, file)
        again = self.bench.run(result.folder, "replay", "--format", "json", path)
        self.assertEqual(again.report["seal"], "unsealed")
        self.valid("report-1", again.report)

    def test_golden_reports(self):
        files = glob.glob(os.path.join(forms.ROOT, "tests", "fixtures", "verdict", "*.json"))
        self.assertGreater(len(files), 1)
        for path in files:
            self.valid("report-1", forms.load(path))

    def test_answers_have_one_form(self):
        """Those of the evidence are those of the report, less the id and the question."""
        report = forms.load(os.path.join(forms.OURS, "report-1.json"))["$defs"]["answer"]
        evidence = forms.load(os.path.join(forms.OURS, "evidence-1.json"))["$defs"]["answer"]
        self.assertEqual(set(report["required"]) - {"check", "question"}, set(evidence["required"]))
        self.assertEqual(set(report["properties"]) - {"check", "question"},
                         set(evidence["properties"]))

    def test_schemas_have_names_of_their_own(self):
        names = [forms.load(path)["$id"] for path in glob.glob(os.path.join(forms.OURS, "*.json"))]
        self.assertEqual(len(names), 6)
        self.assertEqual(len(set(names)), 6)
        for name in names:
            self.assertTrue(name.startswith("urn:countermark:schema:"), name)

    # ---- what must not pass

    def refuses_mutants(self, picture, least):
        self.valid(picture.schema, picture.document)
        count = 0
        for what, document in picture.mutants():
            count += 1
            with self.subTest(schema=picture.schema, what=what):
                self.assertFalse(forms.validator(picture.schema).is_valid(document))
        self.assertGreaterEqual(count, least)

    def test_mutants_of_reports(self):
        for name in ("waived check", "wrong key"):
            report = copy.deepcopy(self.runs[name].report)
            report["answers"] = [a for a in report["answers"] if a["answer"] != "pass"
                                 or a["weight"] != "required"][:3]
            report["artifacts"] = report["artifacts"][:1]
            report["origin"] = report["origin"][:1]
            self.refuses_mutants(Picture("report-1", report), 100)

    def test_mutants_of_a_documentation(self):
        report = copy.deepcopy(self.runs["documented"].report)
        report.update(answers=[], artifacts=[], origin=[], plugins=[])
        changes = report["documentation"]["packages"][0]["rewriters"][0]
        for name in ("notes", "spliced", "added", "removed"):
            self.assertGreater(len(changes[name]), 0, name)
            del changes[name][1:]
        self.refuses_mutants(Picture("report-1", report), 100)

    def test_mutants_of_an_inspection(self):
        result = self.bench.run(self.bench.run_folder(), "inspect", "--format", "json",
                                self.bench.path("documented.note"))
        self.expect(result, 0)
        del result.report["packages"][0]["notes"][1:]
        result.report["packages"][0]["doubts"] = ["x"]
        self.refuses_mutants(Picture("inspection-1", result.report), 25)

    def test_mutants_of_evidence(self):
        for name in ("annotated tag", "redirect to a sign-in page", "documented"):
            self.refuses_mutants(
                Picture("evidence-1", shortened(self.evidence(self.runs[name]))), 300)

    def test_mutants_of_sealed_evidence(self):
        sealed = self.sealed(self.runs["honest"])
        sealed["payload"] = "e30="
        self.refuses_mutants(Picture("sealed-evidence-1", sealed), 11)

    def test_contradictions_of_a_documentation(self):
        for what, change in (
                ("replayed", lambda r: r.update(mode="replay", seal="unsealed")),
                ("not accepted", lambda r: r.update(outcome="rejected")),
                ("a reason for nothing", lambda r: r["documentation"].update(reason="x")),
                ("refused, and yet written", lambda r: r["documentation"].update(
                    outcome="refused", reason="x", reason_class="denied")),
                ("written without a digest", lambda r: r["documentation"].update(output=None)),
                ("nothing was written, without a reason", lambda r: r["documentation"].update(
                    outcome="refused", file=None, input=None, output=None, packages=[]))):
            with self.subTest(what=what):
                changed = copy.deepcopy(self.runs["documented"].report)
                self.valid("report-1", changed)
                change(changed)
                self.assertNotEqual(forms.wrong_with("report-1", changed), [])

    def test_contradictions(self):
        documented = self.runs["documented"].report["documentation"]
        report = self.runs["wrong key"].report
        unknown = next(i for i, a in enumerate(report["answers"]) if a["answer"] == "unknown")
        passed = next(i for i, a in enumerate(report["answers"]) if a["answer"] == "pass")
        for what, change in (
                ("a pass with a reason", lambda r: r["answers"][passed].update(reason="x")),
                ("a pass with a remedy", lambda r: r["answers"][passed].update(remedy="x")),
                ("unknown without a reason", lambda r: r["answers"][unknown].update(reason=None)),
                ("a waiver that is none", lambda r: r["answers"][passed].update(weight="waived")),
                ("binding and optional",
                 lambda r: r["answers"][0].update(binding=True, weight="optional")),
                ("accepted, to be tried again",
                 lambda r: r.update(outcome="accepted", retry="yes")),
                ("verify with a seal", lambda r: r.update(seal="unsealed")),
                ("replay without one", lambda r: r.update(mode="replay")),
                ("rejected, and documented", lambda r: r.update(documentation=documented))):
            with self.subTest(what=what):
                changed = copy.deepcopy(report)
                change(changed)
                self.assertNotEqual(forms.wrong_with("report-1", changed), [])
        evidence = self.evidence(self.runs["honest"])
        for document, more in (("build", {"error": {"class": "auth", "message": "x"}}),
                               ("build", {"sha256": "0" * 64})):
            changed = copy.deepcopy(evidence)
            changed["documents"][document].update(more)
            self.assertNotEqual(forms.wrong_with("evidence-1", changed), [])

    # ---- the configuration

    def config(self, text, *words):
        folder = self.bench.run_folder()
        path = os.path.join(folder, "picture.conf")
        with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w",
                  encoding="utf-8") as file:
            file.write(text)
        return self.bench.run(folder, "config", *words, "--config", path)

    def test_configurations_in_etc(self):
        files = glob.glob(os.path.join(forms.ROOT, "etc", "*.conf"))
        self.assertGreater(len(files), 1)
        for path in files:
            with self.subTest(path=path), open(path, encoding="utf-8") as file:
                shown = self.config(file.read(), "show", "--format", "json")
                self.assertEqual(shown.exit, 0, shown.err)
                self.valid("configuration", json.loads(shown.out))
                self.assertNotIn("[withheld]", shown.out)

    def test_what_is_shown_can_be_read_again(self):
        """Both forms of config show say the same, and a picture made into a file is it again."""
        world, _, conf = self.world(self.full)
        first = self.prints("config", "show", *conf, "--format", "json")
        self.valid("configuration", first)
        again = self.config(configuration_text(first), "show", "--format", "json")
        self.assertEqual(json.loads(again.out), first)
        text = self.bench.run(self.bench.run_folder(), "config", "show", *conf).out
        again = self.config(text, "show", "--format", "json")
        self.assertEqual(json.loads(again.out), first)

    def full(self, w):
        """A world in which every setting stands somewhere."""
        w.trust.update(state="/var/lib/countermark", mirrors="512M",
                       plugin_path=[os.path.dirname(plugin_path())])
        w.system.update(description="all of it", spki=w.paths["pin"])
        w.trust["proxy"] = {
            "url": "https://proxy.example:8443", "user": "acme", "password": "env:PASSWORD",
            "no_proxy": [".acme.example", "localhost", "10.0.0.0/8"], "ca": w.paths["ca"],
            "spki": w.paths["pin"], "allow_addresses": ["10.0.0.7"]}
        w.trust["timestamp"] = {
            "url": "https://stamps.example/tsa", "authority": "/etc/countermark/stamps.pem",
            "ca": w.paths["ca"], "spki": w.paths["pin"], "allow_addresses": ["10.0.0.8"]}
        w.trust["keys"] = [
            {"slug": "release", "file": "/etc/countermark/release.pem", "passphrase": "env:PHRASE",
             "builders": [{"id": "https://sign.acme.example/b", "build_level": "L2"}],
             "certificate": "/etc/countermark/release-chain.pem",
             "forms": [{"content": "{artifact}"}, {"content": "{sha256:base64}",
                                                   "attributes": ["1.2.3=3000"]}]}]
        w.host.update(case_insensitive=True, spki=w.paths["pin"])
        w.linked.update(name="Widget", description="A widget")
        w.linked["repositories"] = [{"url": w.linked["repositories"][0], "token": "env:TOKEN"},
                                    {"url": "https://git.example/other"}]
        w.linked["artifact_configurations"] = [
            {"slug": "package", "rewriters": [notes.PLUGIN], "signer": "cms",
             "packages": ["**.note"], notes.PLUGIN: {"title": "a: b"}}]
        w.policy.update(
            description="What goes out", origin="required", tag_branches=["refs/heads/main"],
            optional=["build.age"], repository="any", variables=["A", "B"],
            attest="release", attest_again="never", sign="release",
            waivers=[{"check": "repository.public", "reason": "because", "author": "somebody",
                      "until": "2099-01-01T00:00:00Z"}])

    def test_mutants_of_a_configuration(self):
        world, _, conf = self.world(self.full)
        shown = self.prints("config", "show", *conf, "--format", "json")
        self.refuses_mutants(Picture("configuration", shown), 80)

    def test_configurations_that_config_check_judges_alike(self):
        """The schema lets no wrong value pass that a pattern can tell, and refuses no right one."""
        cases = [
            (("organization", "slug"), ["acme", "a.b_c-1", "Acme", "-a", "", "a" * 63, "a" * 64]),
            (("organization", "name"), ["x", ""]),
            (("organization", "more"), ["x"]),
            (("state",), ["/x", "x"]),
            (("mirrors",), ["0", "1M", "4G", "1024k", "1048576", "4GiB", "4g", "01M", "-1G", "",
                            "4", "512k", "999999", 0]),
            (("systems", 0, "allow_addresses"), [[], ["::1"], ["127.0.0.0/8"], ["localhost"]]),
            (("systems", 0, "spki"), ["sha256/" + "A" * 43 + "=", "sha256/AA==", "x"]),
            (("systems", 0, "Upper"), ["x"]),
            (("proxy",), [{"url": url, "no_proxy": ["localhost"]} for url in (
                "https://proxy.example", "https://proxy.example:8443/", "HTTPS://[fd00::1]:8443",
                "socks5://proxy.example", "https://u@proxy.example", "https://proxy.example/x")]),
            (("proxy",), [{"url": "https://p.example", "user": "x"},
                          {"url": "https://p.example", "password": "env:A"}, {"user": "x"}]),
            (("proxy",), [{"url": "https://p.example", "no_proxy": ["localhost", one]} for one in (
                "ci1.acme.example", ".acme.example", "10.0.0.0/8", "::1", "*",
                "a.example:8443", "https://a.example", "..a.example", ".")]),
            (("hosts", 0, "case_insensitive"), [True, False, "true", 1]),
            (("projects", 0, "repositories"), [[], ["https://h.example/x"], ["http://h.example/x"],
                                               ["https://u:p@h.example/x"], [{"url": "x"}],
                                               [{"more": "https://h.example/x"}]]),
            (("projects", 0, "artifact_configurations"), [[{
                "slug": "a", "rewriters": [notes.PLUGIN], **more}] for more in (
                    {}, {"slug": "A"}, {"rewriters": notes.PLUGIN}, {"packages": ["*.x", "a/**"]},
                    {"packages": ["/x"]}, {"packages": ["a\\b"]}, {"packages": ["*.x", "*.x"]},
                    {"packages": ["a" * 1024]}, {"packages": ["a" * 1025]}, {"packages": "*.x"},
                    {"packages": [1]}, {"packages": [""]}, {notes.PLUGIN: {"title": "a: b"}},
                    {notes.PLUGIN: "x"}, {notes.PLUGIN: {"Title": "a: b"}}, {"more": "x"})]),
            (("projects", 0, "links", 0, "assume"), [["no-global-yaml"], ["No"], "x"]),
            (("projects", 0, "signing_policies", 0, "refs"),
             [["refs/heads/*"], ["refs/tags/v*", "refs/heads/main"], ["main"], [], ["refs/pull/1"],
              "refs/heads/main"]),
            (("projects", 0, "signing_policies", 0, "tag_branches"), [["refs/heads/main"],
                                                                     ["refs/tags/v1"]]),
            (("projects", 0, "signing_policies", 0, "submitters"),
             [["local:root"], ["ci"], ["local:"], ["local:a b"], ["CI"], []]),
            (("projects", 0, "signing_policies", 0, "optional"), [["build.age"], ["build"], [1]]),
            (("projects", 0, "signing_policies", 0, "repository"), ["public", "any", "private"]),
            (("projects", 0, "signing_policies", 0, "max_age"),
             ["30d", "1s", "unlimited", "30", "0s", "-1d", "1w", 30]),
            (("projects", 0, "signing_policies", 0, "origin"), ["required", "optional"]),
            (("projects", 0, "signing_policies", 0, "waivers"),
             [[{"check": "build.age", "reason": "r", "author": "a", "until": until}]
              for until in ("2099-01-01", "2099-01-01T00:00:00Z", "2099-01-01T00:00:00+01:00",
                            "soon", "2099-01-01T00:00:00")]),
        ]
        wrong = 0
        for path, values in cases:
            for value in values:
                wrong += self.judged_alike(path, value)
        self.assertGreater(wrong, 30)

    def judged_alike(self, path, value):
        world = self.bench.world(self.name)
        self.bench.prepare(world)
        at = world.trust
        for step in path[:-1]:
            at = at[step]
        at[path[-1]] = value
        checked = self.config(configuration_text(world.trust), "check")
        found = forms.wrong_with("configuration", world.trust)
        with self.subTest(path=path, value=value):
            self.assertEqual(checked.exit == 0, found == [], checked.err + "\n".join(found))
        return checked.exit != 0

    # ---- the options of a plug-in

    def options(self):
        """The plug-in with an option of each type, and its schema."""
        return self.prints("plugin", "dump", "--format", "schema", FIXTURE)

    def test_options_that_config_check_judges_alike(self):
        validator = forms.validator_of(self.options())
        values = ["x", "", "each", "/x", "https://h.example/x", "https://h.example/?q", "x://y",
                  "file:/x", "file:x", "env:A", "env:1", "credential:a", "credential:", "10m",
                  "64k", 1, -3, 11, True, [], ["x"], [""], [1], [6], ["each"], [True],
                  ["https://h.example/"]]
        names = self.options()["properties"]["link"]["properties"]
        self.assertEqual(len(names), 17)
        agreed = {True: 0, False: 0}
        for name in names:
            links = [{"text_required": "x", "texts_required": ["x"], name: value}
                     for value in values]
            for good in self.judged_alike_in(validator, "link", links):
                agreed[good] += 1
        self.assertGreater(min(agreed.values()), 50)
        self.judged_alike_in(validator, "link", [{}, {"text_required": "x"}, {
            "text_required": "x", "texts_required": ["x"], "unknown": "x"}])
        self.judged_alike_in(validator, "system", [{"in_system": "x"}, {"in_policy": True}, {}])
        self.judged_alike_in(validator, "policy", [{"in_policy": False}, {"in_system": "x"}, {}])

    def judged_alike_in(self, validator, scope, cases):
        """config check finds all that is wrong at once: each case stands in lines of its own."""
        lines = [f'organization = {{ slug = "acme"; }}; plugin_path = '
                 f'[ "{os.path.dirname(FIXTURE)}" ];', "systems = ("]
        where = []
        for number, own in enumerate(cases):
            system = {"slug": f"ci{number}", "connector": "fixture_options",
                      **(own if scope == "system" else {})}
            where.append(len(lines))
            lines.append(one_line(system) + ("," if number + 1 < len(cases) else " );"))
        lines.append("projects = (")
        for number, own in enumerate(cases):
            link = {"text_required": "x", "texts_required": ["x"]} if scope != "link" else own
            project = {
                "slug": f"widget{number}", "repositories": ["https://h.example/acme/widget"],
                "links": [{"system": f"ci{number}", **link}],
                "signing_policies": [{
                    "slug": "release", "systems": [f"ci{number}"], "refs": ["refs/heads/main"],
                    "submitters": ["ci"], **(own if scope == "policy" else {})}]}
            where[number] = (where[number] + 1, len(lines) + 1)
            lines.append(one_line(project) + ("," if number + 1 < len(cases) else " );"))
        checked = self.config("\n".join(lines) + "\n", "check")
        self.assertNotIn("more to complain", checked.err)
        wrong = {int(n) for n in re.findall(r"picture\.conf:(\d+):", checked.err)}
        self.assertEqual(checked.exit == 0, not wrong, checked.err)
        answers = []
        for own, places in zip(cases, where):
            found = [error.message for error in validator.iter_errors({scope: own})]
            answers.append(not wrong & set(places))
            with self.subTest(scope=scope, own=own):
                self.assertEqual(answers[-1], found == [], found)
        return answers

    def test_options_of_a_submission(self):
        validator = forms.validator_of(self.options())
        for names, good in (({"build": "17"}, True), ({"build": ""}, False), ({"build": 17}, False),
                            ({"number": "-4"}, True), ({"number": 4}, False),
                            ({"number": "04"}, False), ({"text": "x"}, False)):
            self.assertEqual(validator.is_valid({"submission": names}), good, names)

    def test_defaults_are_valid(self):
        link = self.options()["properties"]["link"]["properties"]
        defaults = {name: o["default"] for name, o in link.items() if "default" in o}
        self.assertEqual(defaults, {
            "text": "a default", "integer": 7, "truth": True, "duration": "10m", "size": "64k",
            "url": "https://ci.example/", "choice": "one", "file": "/etc/hosts",
            "texts": ["a", "b"]})
        for name, value in defaults.items():
            self.assertTrue(forms.validator_of(link[name]).is_valid(value), name)

    def test_schema_lists_every_option(self):
        for path in (FIXTURE, NOTES, plugin_path()):
            schema = self.prints("plugin", "dump", "--format", "schema", path)
            dump = self.prints("plugin", "dump", "--format", "json", path)
            for option in dump["options"]:
                scope = schema["properties"][option["of"]]
                self.assertEqual(scope["properties"][option["name"]]["description"],
                                 option["help"])
                self.assertEqual(option["name"] in scope["required"], option["required"])
            self.assertEqual(sum(len(s["properties"]) for s in schema["properties"].values()),
                             len(dump["options"]))

    def test_settings_of_the_shipped_connector(self):
        """What the attack suite configures is valid, and closed."""
        validator = forms.validator_of(
            self.prints("plugin", "dump", "--format", "schema", plugin_path()))
        world = self.bench.world(self.name)
        own = {key: value for key, value in world.link.items()
               if key not in ("system", "assume", "assume_reason")}
        self.assertEqual(list(validator.iter_errors({"link": {**own, "api_key": "file:/k"}})), [])
        self.assertFalse(validator.is_valid({"link": own}), "file:KEY is no reference")
        self.assertFalse(validator.is_valid({"link": {**own, "apikey": "file:/k"}}))


if __name__ == "__main__":
    Schemas.program = cli.COUNTERMARK = sys.argv.pop(1)
    FIXTURE, NOTES = sys.argv.pop(1), sys.argv.pop(1)
    unittest.main()

#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""An accepted artifact becomes one that says where it comes from: by verify, later by rewrite; and
inspect says what a package says.

    rewriting.py COUNTERMARK FIXTURE-NOTES

The packages are those of tests/fixtures/plugins/notes.c, so that what is shown here is the engine's
doing: whichever rewriter it runs, nothing is written that was not accepted, and nothing half.
"""

import base64
import concurrent.futures
import contextlib
import copy
import hashlib
import json
import os
import shutil
import signal
import sys
import threading
import time
import unittest

import forms
import share
from harness import Result, end_session
from leaks import Markers, plant
from notes import NAME, PLUGIN, archive, builds, contents, documented, note, rewrites
from replay import digest_anew, leaves, other, put
from suite import Suite
from world import package

FIXTURE = None
OLD = b"as it was\n"
OTHER_COMMIT = b"commit: 0123456789012345678901234567890123456789\n"
BIG = 24 << 20


def sha256(content):
    return hashlib.sha256(content).hexdigest()


def read(path):
    with open(path, "rb") as file:
        return file.read()


def write(path, content):
    with open(path, "wb") as file:
        file.write(content)
    return path


class Documenting(Suite):
    """What the artifact becomes has this name, in a folder of its own."""

    output_name = None

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.key = cls.bench.public_key()

    def verify(self, change, *words, form="json", output=True):
        """A run whose artifact is to be delivered to FOLDER/out."""
        world = self.bench.world(self.name)
        change(world)
        folder = self.bench.prepare(world)
        return self.verify_again(world, folder, *words, form=form, output=output)

    def verify_again(self, world, folder, *words, form="json", output=True):
        out = os.path.join(folder, "out")
        os.makedirs(out, exist_ok=True)
        output = ["--output", os.path.join(out, self.output_name)] if output else []
        result = self.bench.verify_again(world, folder, *output, *words, form=form)
        result.world, result.out_folder = world, out
        result.output = os.path.join(out, self.output_name)
        result.evidence = os.path.join(folder, "evidence.json")
        self.assertEqual(os.listdir(os.path.join(folder, "tmp")), [])
        if result.report and form == "json":
            self.assertEqual(forms.wrong_with("report-1", result.report), [])
        return result

    def expect_files(self, result, *names):
        """Nothing else is in the folder of the output, neither with a name nor a part of it."""
        self.assertEqual(sorted(os.listdir(result.out_folder)), sorted(names))

    def commit(self, result):
        return result.world.build["commitId"].encode()

    @staticmethod
    def evidence_of(result):
        with open(result.evidence, encoding="utf-8") as file:
            return json.loads(base64.b64decode(json.load(file)["payload"]))

    def rewritten(self, result, *words):
        """What rewrite makes of the run's artifact, by its evidence."""
        source = write(os.path.join(result.folder, "in"), result.world.artifact)
        target = os.path.join(result.folder, "again")
        self.expect(self.bench.run(result.folder, "rewrite", "--evidence", result.evidence,
                                   "--evidence-key", self.key, *words, source, target), 0)
        return read(target)

    def look(self, content, *words, name):
        """What inspect says of it."""
        folder = self.bench.run_folder()
        path = write(os.path.join(folder, name), content)
        result = self.bench.run(folder, "inspect", *words, path)
        if result.report:
            self.assertEqual(forms.wrong_with("inspection-1", result.report), [])
        return result


class Notes(Documenting):
    name, output_name = "notes", NAME

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.bench.install(FIXTURE)


class Documented(Notes):
    """verify --output."""

    def test_documented(self):
        result = self.verify(documented())
        self.expect(result, 0)
        self.expect_files(result, NAME)
        self.assertEqual(os.stat(result.output).st_mode & 0o7777, 0o644)
        before, after = contents(result.world.artifact), contents(result.output)
        line = b"commit: " + self.commit(result) + b"\n"
        self.assertEqual(after.pop("about.txt"), before.pop("about.txt") + line)
        added = {name: after.pop(name) for name in list(after) if name.startswith("origin/")}
        self.assertEqual(after, before)
        documents = self.evidence_of(result)["documents"]
        self.assertEqual(
            {name: json.loads(content) for name, content in added.items()},
            {"origin/" + one["file_name"]: documents[one["document"]]["content"]
             for one in result.report["attachments"]})
        self.assertGreater(len(added), 0)
        self.expect_report(result, added, line.decode())

    def expect_report(self, result, added, line):
        told, content = result.report["documentation"], read(result.output)
        self.assertEqual((told["outcome"], told["reason"], told["configuration"], told["file"]),
                         ("documented", None, "notes", result.output))
        self.assertEqual(told["input"], {"size": len(result.world.artifact),
                                         "sha256": sha256(result.world.artifact)})
        self.assertEqual(told["output"], {"size": len(content), "sha256": sha256(content)})
        (one,), = [p["rewriters"] for p in told["packages"]]
        self.assertEqual((one["id"], one["sha256"]), (PLUGIN, sha256(read(FIXTURE))))
        self.assertEqual(one["spliced"], [{"entry": "about.txt", "offset": 8, "size": 0, "old": "",
                                           "new": line}])
        self.assertEqual(one["added"], [{"entry": name, "size": len(more), "sha256": sha256(more)}
                                        for name, more in added.items()])
        self.assertEqual([(n["fact"], n["before"]) for n in one["notes"]],
                         [("commit", None), ("sha256", sha256(content))])

    def test_evidence_says_by_whom(self):
        result = self.verify(documented(contradiction="replace", title="a: b", packages=["x/*"]))
        self.expect(result, 0)
        evidence = self.evidence_of(result)
        self.assertEqual(forms.wrong_with("evidence-1", evidence), [])
        self.assertEqual(evidence["effective"]["artifact"], {
            "slug": "notes", "packages": ["x/*"], "rewriters": [{"plugin": PLUGIN, "options": {
                "contradiction": "replace", "title": "a: b", "stored": False}}]})
        self.assertTrue(contents(result.output)["about.txt"].startswith(b"a: b\nA note.\n"))

    def test_in_words(self):
        result = self.verify(documented(), form="text")
        self.expect(result, 0, f"documented  by {PLUGIN} 1.1", "commit: " + self.commit(
            result).decode() + " (new)", "added", "output      " + result.output,
            sha256(read(result.output)))
        self.assertTrue(result.out.rstrip().splitlines()[-1].startswith("accepted: all "))

    def test_other_forms(self):
        for form, text in (("junit", 'name="documentation.outcome" value="documented"'),
                           ("sarif", '"documentation.outcome": "documented"')):
            self.expect(self.verify(documented(), form=form), 0, text)

    def test_already(self):
        """What says so already is delivered as it is, byte for byte."""
        first = self.verify(documented())
        self.expect(first, 0)
        content = read(first.output)
        second = self.verify(documented(content))
        self.expect(second, 0)
        self.assertEqual(second.report["documentation"]["outcome"], "unchanged")
        self.assertEqual(second.report["documentation"]["packages"][0]["sha256"], None)
        self.assertEqual(read(second.output), content)

    def test_no_rewriter_is_for_it(self):
        result = self.verify(documented(name="Widget.nupkg"))
        self.expect(result, 0)
        told = result.report["documentation"]
        self.assertEqual((told["outcome"], told["packages"]), ("none", []))
        self.assertIn("no rewriter is for Widget.nupkg", told["reason"])
        self.assertEqual(read(result.output), result.world.artifact)
        text = self.verify(documented(name="Widget.nupkg"), form="text")
        self.expect(text, 0, "as it is    no rewriter is for Widget.nupkg")

    def test_nobody_documents_it(self):
        """Without an artifact configuration, or with one that names no rewriter."""
        for change in (builds, documented(rewriters=[])):
            result = self.verify(change)
            self.expect(result, 0)
            self.assertIsNone(result.report["documentation"])
            self.assertEqual(read(result.output), result.world.artifact)

    def test_refused_by_the_rewriter(self):
        """The verdict stands, so does the evidence; nothing is written, and what was there stays."""
        change = documented(note(OTHER_COMMIT))
        for old in (None, OLD):
            world = self.bench.world(self.name)
            change(world)
            folder = self.bench.prepare(world)
            os.mkdir(os.path.join(folder, "out"))
            if old:
                write(os.path.join(folder, "out", NAME), old)
            result = self.verify_again(world, folder)
            self.expect(result, 1, "not documented, nothing was written: ", "about.txt names the")
            self.expect_files(result, *([NAME] if old else []))
            if old:
                self.assertEqual(read(result.output), old)
            told = result.report["documentation"]
            self.assertEqual((result.report["outcome"], told["outcome"], told["file"],
                              told["packages"]), ("accepted", "refused", None, []))
            self.expect(self.bench.replay(result, "--evidence-key", self.key), 0)
        text = self.verify(change, form="text")
        self.expect(text, 1, "refused     about.txt names the commit", "not documented, and not wr")
        for form in ("junit", "sarif"):
            self.expect(self.verify(change, form=form), 1, "this does not count: exit status 1")

    def test_as_it_was_told(self):
        result = self.verify(documented(note(OTHER_COMMIT), contradiction="replace"))
        self.expect(result, 0)
        about = contents(result.output)["about.txt"]
        self.assertEqual(about, b"commit: " + self.commit(result) + b"\n")
        one = result.report["documentation"]["packages"][0]["rewriters"][0]
        self.assertEqual([(s["old"], s["new"]) for s in one["spliced"]],
                         [(OTHER_COMMIT[8:-1].decode(), self.commit(result).decode())])

    def test_packages_that_are_refused(self):
        """Archives that two readers would read as two."""
        whole = note()
        lying = bytearray(note(stored=("about.txt",)))
        at = lying.index(b"A note.\n")
        lying[at] ^= 1  # of a content whose CRC stays
        for what, content in (("begins late", b"x" + whole), ("goes on", whole + b"x"),
                              ("ends early", whole[:-1]), ("lies", bytes(lying)),
                              ("no archive", b"text"), ("two", archive({"about.txt": b"a",
                                                                        "ABOUT.TXT": b"b"}))):
            with self.subTest(what=what):
                result = self.verify(documented(content))
                self.expect(result, 1, "not documented, nothing was written: ")
                self.assertEqual(result.report["documentation"]["outcome"], "refused")
                self.expect_files(result)

    def test_not_accepted(self):
        def reject(w):
            documented()(w)
            w.configuration.update(shallowClone=True)

        def leave_open(w):
            documented()(w)
            w.override("log", status=404)
        for change, status in ((reject, 1), (leave_open, 4)):
            result = self.verify(change)
            self.expect(result, status)
            self.assertIsNone(result.report["documentation"])
            self.expect_files(result)

    # ---- archives of packages

    def bundle(self, second=b"A note.\n"):
        return archive({"one.note": note(), "sub/two.note": note(second), "readme": b"as it is"},
                       stored=("one.note",))

    def test_packages_of_an_archive(self):
        result = self.verify(documented(self.bundle(), "bundle.zip", packages=["*.note", "**.note"]))
        self.expect(result, 0)
        parts = contents(result.output)
        for name in ("one.note", "sub/two.note"):
            self.assertTrue(contents(parts[name])["about.txt"].endswith(self.commit(result) + b"\n"))
        self.assertEqual(parts["readme"], b"as it is")
        told = result.report["documentation"]["packages"]
        self.assertEqual([(p["path"], p["sha256"]) for p in told],
                         [(name, sha256(parts[name])) for name in ("one.note", "sub/two.note")])

    def test_one_of_an_archive_is_refused(self):
        result = self.verify(documented(self.bundle(OTHER_COMMIT), "bundle.zip",
                                        packages=["**.note"]))
        self.expect(result, 1, "sub/two.note: about.txt names the commit")
        self.assertEqual(result.report["documentation"]["packages"], [])
        self.expect_files(result)

    def test_no_package_is_in_it(self):
        result = self.verify(documented(self.bundle(), "bundle.zip", packages=["*.nothing"]))
        self.expect(result, 0)
        self.assertEqual(result.report["documentation"]["outcome"], "none")
        self.assertEqual(read(result.output), result.world.artifact)

    # ---- which artifact configuration

    def several(self, w):
        documented(title="first:")(w)
        rewrites(w, "other", title="other:")

    def test_several_configurations(self):
        result = self.verify(self.several)
        self.expect(result, 2, "--artifact-configuration", "notes", "other")
        self.expect_files(result)
        self.assertEqual(self.bench.requests(result.world), [])
        self.expect(self.verify(self.several, output=False), 0)  # nothing is to be documented
        for slug, title in (("notes", b"first:\n"), ("other", b"other:\n")):
            result = self.verify(self.several, "--artifact-configuration", slug)
            self.expect(result, 0)
            self.assertEqual(result.report["documentation"]["configuration"], slug)
            self.assertTrue(contents(result.output)["about.txt"].startswith(title))
        result = self.verify(self.several, "--artifact-configuration", "more")
        self.expect(result, 2, "more")
        self.expect_files(result)

    def test_on_the_command_line(self):
        def spoken(*more):
            def change(w):
                builds(w, note(OTHER_COMMIT))
                w.spoken = lambda words: [*words, *more]
            return change
        result = self.verify(spoken("--rewriter", PLUGIN, "--contradiction", "replace"))
        self.expect(result, 0)
        self.assertTrue(contents(result.output)["about.txt"].endswith(self.commit(result) + b"\n"))
        self.assertEqual(self.evidence_of(result)["effective"]["artifact"]["rewriters"],
                         [{"plugin": PLUGIN, "options": {"contradiction": "replace",
                                                         "stored": False}}])
        self.assertEqual(self.rewritten(result), read(result.output))
        for words, text in ((("--rewriter", "nobody"), "nobody"),
                            (("--rewriter", "appveyor"), "no rewriter"),
                            (("--rewriter", PLUGIN, "--contradiction", "both"), "both"),
                            (("--rewriter", PLUGIN, "--title", "none"), "has no colon"),
                            (("--contradiction", "replace"), "--contradiction"),
                            (("--packages", "*.note"), "--rewriter")):
            with self.subTest(words=words):
                result = self.verify(spoken(*words))
                self.assertIn(result.exit, (2, 3), result.err)
                self.assertIn(text, result.err)
                self.assertEqual(self.bench.requests(result.world), [])

    # ---- nothing leaks

    def test_no_secret_is_written(self):
        """Not even of the build system's own settings, of which much is attached."""
        markers = Markers()

        def change(w):
            plant(w, markers)
            documented()(w)
        result = self.verify(change)
        self.expect(result, 0)
        parts = contents(result.output)
        self.assertGreater(len(parts), 2)
        for content in (*parts.values(), result.out.encode(), result.err.encode(),
                        read(result.evidence)):
            self.assertEqual(markers.found_in(content), [])
            self.assertNotIn(result.world.key.encode(), content)


class Later(Notes):
    """rewrite, from evidence; there is nobody to ask any more."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        suite = cls("run")
        cls.honest = suite.verify(documented(note(OTHER_COMMIT), contradiction="replace"))
        cls.plain = suite.verify(builds)
        cls.refused = suite.verify(documented(note(OTHER_COMMIT)))
        cls.bundle = suite.verify(documented(archive({"a/b.note": note()}), "bundle.zip",
                                             packages=["**.note"]))

        def reject(w):
            documented()(w)
            w.configuration.update(shallowClone=True)

        def leave_open(w):
            documented()(w)
            w.override("log", status=404)
        cls.rejected, cls.undecided = suite.verify(reject), suite.verify(leave_open)
        cls.unknown = suite.verify(documented(name="Widget.nupkg"))
        big = note(more={"big": share.chance("big").randbytes(BIG)}, stored=("big",))
        cls.big = suite.verify(documented(big))
        cls.bench.stop()
        with open(cls.honest.evidence, encoding="utf-8") as file:
            cls.sealed = json.load(file)
        cls.payload = json.loads(base64.b64decode(cls.sealed["payload"]))
        cls.folders = 0

    def run(self, result=None):
        """With a folder of its own for each test."""
        type(self).folders += 1
        self.folder = self.bench.path("runs", f"later-{self.folders}")
        self.out = os.path.join(self.folder, "out")
        os.makedirs(self.out)
        os.makedirs(os.path.join(self.folder, "tmp"))
        return super().run(result)

    def input(self, content=None):
        content = self.honest.world.artifact if content is None else content
        return write(os.path.join(self.folder, "in.note"), content)

    def words(self, *words, of=None, evidence=None, source=None, target=None, key=True):
        of = of or self.honest
        source = source or self.input(of.world.artifact)
        return ["rewrite", *(["--evidence-key", self.key] if key else []), "--evidence",
                evidence or of.evidence, *words, source, target or os.path.join(self.out, NAME)]

    def rewrite(self, *words, more=(), **how):
        result = self.bench.run(self.folder, *self.words(*words, **how), more=more)
        if result.report:
            self.assertEqual(forms.wrong_with("report-1", result.report), [])
        return result

    def expect_nothing(self, result, status, *texts):
        self.expect(result, status, *texts)
        self.assertEqual(os.listdir(self.out), [])

    def expect_same(self, result, of=None):
        self.expect(result, 0)
        self.assertEqual(os.listdir(self.out), [NAME])
        self.assertEqual(read(os.path.join(self.out, NAME)), read((of or self.honest).output))
        os.unlink(os.path.join(self.out, NAME))

    # ---- the same again

    def test_what_was_run(self):
        self.assertEqual([r.exit for r in (self.honest, self.plain, self.refused, self.bundle,
                                           self.rejected, self.undecided, self.big)],
                         [0, 0, 1, 0, 1, 4, 0])

    def test_the_same_bytes(self):
        for of in (self.honest, self.bundle, self.big):
            self.expect_same(self.rewrite(of=of), of)
            self.expect_same(self.rewrite("--skip-contents", of=of), of)
            self.expect_same(self.rewrite("--plugin", PLUGIN, of=of), of)
        self.expect_same(self.rewrite("--config", os.path.join(
            self.honest.folder, "countermark.conf")))

    def test_the_report_is_the_same(self):
        for of in (self.honest, self.bundle):
            result = self.rewrite("--format", "json", of=of)
            self.expect(result, 0)
            told, then = result.report["documentation"], of.report["documentation"]
            self.assertEqual({**told, "file": None}, {**then, "file": None})
            self.assertEqual((result.report["mode"], told["file"]),
                             ("rewrite", os.path.join(self.out, NAME)))
            self.assertRegex(result.report["seal"], "^sealed by sha256:")
        result = self.rewrite()
        self.expect(result, 0, f"documented  by {PLUGIN}", "changed     about.txt at byte 8",
                    "seal        sealed by sha256:")
        self.assertEqual(self.rewrite("--quiet").out, "")

    def test_in_its_own_place(self):
        path = self.input()
        self.expect(self.rewrite(source=path, target=path), 0)
        self.assertEqual(read(path), read(self.honest.output))

    def test_through_links(self):
        path, link = self.input(), os.path.join(self.folder, "link")
        os.symlink(path, link)
        self.expect_same(self.rewrite(source=link))

    def test_by_the_key_of_the_state(self):
        state = self.bench.path("state")
        self.expect_same(self.rewrite("--state", state, key=False))
        self.expect_same(self.rewrite(key=False, more={"STATE_DIRECTORY": state}))
        elsewhere = os.path.join(self.folder, "elsewhere")
        self.expect_nothing(self.rewrite("--state", elsewhere, key=False), 2, "--evidence-key",
                            elsewhere)
        self.assertFalse(os.path.exists(elsewhere))

    def test_no_copy_is_made(self):
        """Not of a package; an archive of packages has them unpacked one by one."""
        nowhere = {"TMPDIR": "/nonexistent"}
        self.expect_same(self.rewrite(of=self.big, more=nowhere), self.big)
        self.expect_nothing(self.rewrite(of=self.bundle, more=nowhere), 5, "TMPDIR")

    # ---- by whom

    def test_named_now(self):
        self.expect_nothing(self.rewrite(of=self.plain), 2, "names no rewriter", "--plugin")
        self.expect_nothing(self.rewrite("--plugin", "appveyor", of=self.plain), 2, "no rewriter")
        self.expect_nothing(self.rewrite("--plugin", "nobody", of=self.plain), 2, "nobody")
        for words, text in ((["--titel", "x:"], "--titel"), (["--contradiction", "no"], "refuse"),
                            (["--title", "none"], "has no colon")):
            result = self.rewrite("--plugin", PLUGIN, *words, of=self.plain)
            self.assertIn(result.exit, (2, 3))
            self.expect_nothing(result, result.exit, text)
        self.expect(self.rewrite("--plugin", PLUGIN, "--title", "x:", of=self.plain), 0)
        about = contents(os.path.join(self.out, NAME))["about.txt"]
        self.assertEqual(about.splitlines()[:2], [b"x:", b"A note."])

    def test_what_was_in_force_is(self):
        for words, text in ((["--contradiction", "refuse"], "--contradiction"),
                            (["--packages", "*"], "--packages"),
                            (["--plugin", "appveyor"], "--plugin appveyor")):
            self.expect_nothing(self.rewrite(*words), 2, text, "notes")

    def test_refused_then_refused_now(self):
        result = self.rewrite("--format", "json", of=self.refused)
        self.expect_nothing(result, 1, "about.txt names the commit")
        self.assertEqual(result.report["documentation"]["outcome"], "refused")

    def test_no_rewriter_is_for_it(self):
        """There is no file that only looks documented."""
        self.expect_nothing(self.rewrite(of=self.unknown), 2, "no rewriter is for Widget.nupkg")

    # ---- who vouches

    def seal_anew(self, payload, **more):
        """As somebody without the key can."""
        text = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
        sealed = {**copy.deepcopy(self.sealed), "payload": base64.b64encode(text).decode(), **more}
        return write(os.path.join(self.folder, "evidence.json"), json.dumps(sealed).encode())

    def test_tampered_evidence(self):
        """Any leaf of it, also where its own digests were made anew."""
        every = [path for path, _ in leaves(self.payload)]
        chosen = share.pick(every, 60)
        share.tell(len(chosen), len(every), "leaves")
        for path in chosen:
            changed = copy.deepcopy(self.payload)
            at = changed
            for step in path:
                at = at[step]
            put(changed, path, other(at))
            for document in changed["documents"].values():
                digest_anew(document)
            with self.subTest(path=path):
                self.expect_nothing(self.rewrite(evidence=self.seal_anew(changed)), 2, "broken se")

    def test_broken_seals(self):
        signature = copy.deepcopy(self.sealed["signatures"])
        signature[0]["sig"] = base64.b64encode(bytes(64)).decode()
        true = base64.b64decode(self.sealed["payload"])
        for evidence in (self.seal_anew(true, signatures=signature), self.seal_anew(true + b" ")):
            self.expect_nothing(self.rewrite(evidence=evidence), 2, "broken seal")
        for content in (b"", b"{", read(self.honest.evidence)[:-40], b"\0" * 10):
            self.expect_nothing(self.rewrite(evidence=self.write_evidence(content)), 2)

    def write_evidence(self, content):
        return write(os.path.join(self.folder, "evidence.json"), content)

    def test_nobody_vouches(self):
        bare = self.write_evidence(json.dumps(self.payload).encode())
        self.expect_nothing(self.rewrite(evidence=bare), 4, "unsealed", "nobody vouches")
        self.expect_nothing(self.rewrite("--accept-unsealed", evidence=bare), 2)
        strange = os.path.join(self.folder, "strange")
        self.bench.run(self.folder, "key", "show", "--state", strange)
        shown = self.bench.run(self.folder, "key", "show", "--state", strange)
        key = write(os.path.join(self.folder, "strange.pem"), shown.out.encode())
        result = self.rewrite("--evidence-key", key, key=False)
        self.expect_nothing(result, 4, "a key that was not given", "nobody vouches")
        self.expect_same(self.rewrite("--evidence-key", key))  # one of two is enough

    # ---- what was decided

    def test_not_accepted(self):
        for of, status, word in ((self.rejected, 1, "would be rejected"),
                                 (self.undecided, 4, "undecided")):
            self.expect_nothing(self.rewrite(of=of), status, word)
            result = self.rewrite("--format", "json", of=of)
            self.expect_nothing(result, status)
            self.assertIsNone(result.report["documentation"])

    def test_it_is_decided_again(self):
        """By this program and its plug-ins now: what was recorded is not believed."""
        folder = os.path.join(self.folder, "plugins")
        shutil.copytree(os.path.dirname(self.installed("appveyor.so")), folder)
        os.unlink(os.path.join(folder, "appveyor.so"))
        conf = write(os.path.join(self.folder, "countermark.conf"),
                     f'plugin_path = [ "{folder}" ];\norganization = {{ slug = "a"; }};\n'
                     .encode())
        result = self.rewrite("--config", conf)
        self.assertNotEqual(result.exit, 0)
        self.expect_nothing(result, result.exit, "appveyor")

    def installed(self, name):
        return next(os.path.join(folder, name) for folder, _, names in os.walk(
            self.bench.path("installed")) if name in names)

    # ---- what is read and written

    def test_another_input(self):
        right = self.honest.world.artifact
        for content in (note(), package(), right + b"x", right[:-1], right[:50] + b"x" + right[51:],
                        b"", read(self.honest.output)):
            result = self.rewrite("--format", "json", source=self.input(content))
            self.expect_nothing(result, 2, "not the artifact that the evidence is about",
                                sha256(content), sha256(right))
            self.assertEqual(result.report["documentation"]["outcome"], "other-input")

    def test_inputs_that_are_no_files(self):
        pipe = os.path.join(self.folder, "pipe")
        os.mkfifo(pipe)
        for path in (pipe, self.folder, "/nonexistent", "/dev/zero"):
            self.expect_nothing(self.rewrite(source=path), 2, path)

    def test_an_input_that_changes(self):
        """Whenever it does: what is written is of the artifact, or there is nothing."""
        path, right = self.input(self.big.world.artifact), read(self.big.output)
        at, over, outcomes = len(self.big.world.artifact) // 2, threading.Event(), []

        def change():
            with open(path, "r+b", buffering=0) as file:
                old = os.pread(file.fileno(), 1, at)
                while not over.is_set():
                    os.pwrite(file.fileno(), bytes([old[0] ^ 1]), at)
                    time.sleep(0.002)
                    os.pwrite(file.fileno(), old, at)
                    time.sleep(0.03)
        with concurrent.futures.ThreadPoolExecutor(1) as pool:
            changing = pool.submit(change)
            try:
                for number in range(40 if share.LONG else 12):
                    skip = ["--skip-contents"] if number % 2 else []
                    result = self.rewrite(*skip, of=self.big, source=path)
                    outcomes.append(result.exit)
                    if result.exit == 0:
                        self.assertEqual(read(os.path.join(self.out, NAME)), right)
                        os.unlink(os.path.join(self.out, NAME))
                    else:
                        self.assertIn(result.exit, (1, 2), result.err)
                        self.expect_nothing(result, result.exit, "not the artifact"
                                            if result.exit == 2 else "refused")
            finally:
                over.set()
            changing.result(10)
        print(f"{outcomes.count(0)} of {len(outcomes)} runs met no change", flush=True)

    def test_an_input_that_shrinks(self):
        path = self.input(self.big.world.artifact)
        running = self.bench.start_program(self.folder, *self.words(of=self.big, source=path))
        time.sleep(share.chance("shrinks").uniform(0.02, 0.1))
        os.truncate(path, 1 << 20)
        result = self.end(running)
        if result.exit == 0:
            self.expect_same(result, self.big)
        else:
            self.expect_nothing(result, result.exit)
            self.assertIn(result.exit, (1, 2), result.err)

    def end(self, running):
        try:
            out, err = running.communicate(timeout=60)
        finally:
            self.assertEqual(end_session(running), {})
        done = contextlib.nullcontext()
        done.returncode, done.stdout, done.stderr = running.returncode, out, err
        self.assertEqual(os.listdir(os.path.join(self.folder, "tmp")), [])
        return Result(done, self.folder)

    def test_outputs_that_cannot_be(self):
        for path in ("/nonexistent/a.note", "/dev/full", self.folder, "/proc/a.note"):
            self.expect_nothing(self.rewrite(target=path), 5, path)
        self.expect_nothing(self.rewrite(target="-"), 2, "standard output")
        for words in ([], ["a"], ["a", "b", "c"]):
            result = self.bench.run(self.folder, "rewrite", "--evidence", self.honest.evidence,
                                    *words)
            self.expect(result, 2, "the artifact, and the file to write")
        result = self.bench.run(self.folder, "rewrite", self.input(), os.path.join(self.out, NAME))
        self.expect_nothing(result, 2, "--evidence")

    def test_signals(self):
        """At any moment: nothing half is there, with a name or without one that stays."""
        source, target = self.input(self.big.world.artifact), os.path.join(self.out, NAME)
        chance, right, met = share.chance("rewrite"), read(self.big.output), []
        began = time.monotonic()
        self.expect(self.rewrite(of=self.big, source=source), 0)
        duration = time.monotonic() - began
        for _ in range(100 if share.LONG else 12):
            write(target, OLD)
            running = self.bench.start_program(
                self.folder, *self.words(of=self.big, source=source))
            time.sleep(chance.uniform(0, 1.05) * duration)
            number = chance.choice((signal.SIGINT, signal.SIGTERM, signal.SIGHUP))
            running.send_signal(number)
            result = self.end(running)
            self.assertIn(result.exit, (0, -number, 128 + number), result.err)
            self.assertEqual(os.listdir(self.out), [NAME])
            content = read(target)
            self.assertIn(content, (OLD, right))
            self.assertTrue(content == right or result.exit != 0)
            met.append(result.exit != 0)
        self.assertIn(True, met)


class Looking(Notes):
    """inspect."""

    def look(self, content, *words, name="a.note"):
        return super().look(content, *words, name=name)

    def test_what_was_documented(self):
        result = self.verify(documented())
        commit = self.commit(result).decode()
        self.expect(self.look(read(result.output)), 0, "commit", commit, "Settings.json"
                    if "origin/Settings.json" in contents(result.output) else "document")
        told = self.look(read(result.output), "--format", "json")
        self.expect(told, 0)
        content = read(result.output)
        self.assertEqual((told.report["sha256"], told.report["size"], told.report["consistent"]),
                         (sha256(content), len(content), True))
        (one,) = told.report["packages"]
        self.assertEqual((one["path"], one["rewriter"]["id"], one["doubts"], one["notes"][0]),
                         (None, PLUGIN, [], {"fact": "commit", "text": commit}))

    def test_doubts(self):
        for content, text in ((note(), "about.txt names no commit"),
                              (note(b"commit: abc\n"), "'abc' is no id of a commit")):
            self.expect(self.look(content), 1, text)
            told = self.look(content, "--format", "json")
            self.expect(told, 1)
            self.assertEqual((told.report["consistent"], told.report["packages"][0]["doubts"]),
                             (False, [text]))

    def test_no_packages(self):
        for content, texts in ((b"text", ["is no archive"]), (note() + b"x", ["a.note"]),
                               (b"x" + note(), ["a.note"]), (b"", ["is no archive"]),
                               (archive({"readme": b""}), ["there is no about.txt"])):
            with self.subTest(content=content[:8]):
                result = self.look(content)
                self.expect(result, 2, *texts)
                self.assertEqual(result.out, "")
        for words in ([], ["/nonexistent"], ["a", "b"], ["/"]):
            self.expect(self.bench.run(self.bench.run_folder(), "inspect", *words), 2)

    def test_by_whom(self):
        good = note(OTHER_COMMIT)
        self.expect(self.look(good, name="a.txt"), 2, "no rewriter is for files like a.txt")
        self.expect(self.look(good, "--plugin", PLUGIN), 0)
        self.expect(self.look(good, "--plugin", PLUGIN, name="a.txt"), 2, "a.txt")
        self.expect(self.look(good, "--plugin", "appveyor"), 2, "inspects nothing")
        self.expect(self.look(good, "--plugin", "nobody"), 2, "nobody")

    def test_packages_of_an_archive(self):
        content = archive({"a/one.note": note(OTHER_COMMIT), "two.note": note(), "readme": b"x"})
        result = self.look(content, "--packages", "**.note", name="all.zip")
        self.expect(result, 1, "a/one.note", "two.note", "about.txt names no commit")
        result = self.look(content, "--packages", "a/*.note", "--format", "json", name="all.zip")
        self.expect(result, 0)
        self.assertEqual([one["path"] for one in result.report["packages"]], ["a/one.note"])
        self.expect(self.look(content, "--packages", "*.nothing", name="all.zip"), 2,
                    "no package is in it")
        self.expect(self.look(content, name="all.zip"), 2, "all.zip")

    def test_too_many_packages(self):
        one = note(OTHER_COMMIT)
        for count, status in ((1000, 0), (1001, 2)):
            content = archive({f"{i}.note": one for i in range(count)})
            result = self.look(content, "--packages", "*.note", "--format", "json", name="all.zip")
            self.expect(result, status, *(["more than 1000 packages"] if status else []))

    def test_texts_of_a_package_are_foreign(self):
        result = self.look(note(b"commit: \x1b[31mred\xe2\x80\xae\n"))
        self.expect(result, 1, "\\x1b[31mred")
        self.assertNotIn("\x1b", result.out)


if __name__ == "__main__":
    Documenting.program = os.path.abspath(sys.argv.pop(1))
    FIXTURE = os.path.abspath(sys.argv.pop(1))
    share.say()
    unittest.main()

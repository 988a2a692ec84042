#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""rewrite: the artifact documented later, from sealed evidence, with nobody to ask any more.

    rewriting.py COUNTERMARK FIXTURE-NOTES

There is no way around the seal, the verdict and the digest, and what is written is whole, whatever
comes between.
"""

import base64
import concurrent.futures
import contextlib
import copy
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
from documenting import Documenting, Notes, read, sha256, write
from harness import Result, end_session
from notes import NAME, PLUGIN, archive, builds, contents, documented, note, rejected, undecided
from replay import digest_anew, leaves, other, put
from world import package

OLD = b"as it was\n"
OTHER_COMMIT = b"commit: 0123456789012345678901234567890123456789\n"
BIG = 24 << 20


class Later(Notes):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        suite = cls("run")
        cls.honest = suite.verify(documented(note(OTHER_COMMIT), contradiction="replace"))
        cls.plain = suite.verify(builds)
        cls.refused = suite.verify(documented(note(OTHER_COMMIT)))
        cls.bundle = suite.verify(documented(archive({"a/b.note": note()}), "bundle.zip",
                                             packages=["**.note"]))
        cls.rejected = suite.verify(rejected(documented()))
        cls.undecided = suite.verify(undecided(documented()))
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


if __name__ == "__main__":
    Documenting.program = os.path.abspath(sys.argv.pop(1))
    Notes.plugin = os.path.abspath(sys.argv.pop(1))
    share.say()
    unittest.main()

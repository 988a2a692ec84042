#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""An accepted artifact becomes one that says where it comes from, and inspect says what it says.

    documented.py COUNTERMARK FIXTURE-NOTES

The packages are those of tests/fixtures/plugins/notes.c, so that what is shown here is the engine's
doing: whichever rewriter it runs, nothing is written that was not accepted, and nothing half.
"""

import json
import os
import sys
import unittest

import forms
from documenting import Documenting, Notes, read, sha256, write
from leaks import Markers, plant
from notes import (NAME, PLUGIN, archive, builds, contents, documented, note, rejected, rewrites,
                   undecided)

OLD = b"as it was\n"
OTHER_COMMIT = b"commit: 0123456789012345678901234567890123456789\n"


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
        self.assertEqual((one["id"], one["sha256"]), (PLUGIN, sha256(read(self.plugin))))
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
        for change, status in ((rejected(documented()), 1), (undecided(documented()), 4)):
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
    Notes.plugin = os.path.abspath(sys.argv.pop(1))
    unittest.main()

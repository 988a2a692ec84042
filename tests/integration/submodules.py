#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Submodules: asked for where a policy attests, kept in the evidence, listed in provenance.

    submodules.py COUNTERMARK FIXTURE-NOTES
"""

import copy
import json
import os
import sys
import unittest

import forms
from documenting import Notes, read, sha256, write
from forms import canonical
from notes import builds
from office import PROVENANCE, Keys
from repository import git, git_bytes

DOCUMENT = "repository-submodules"
SECRET = "hunter2-of-a-committer"
ONES, TWOS, THREES = ("123"[i] * 40 for i in range(3))
# What each commit's .gitmodules says: text, or what `git config` is to write.
FILES = {
    "several": {
        "zebra": ("c", f"https://user:{SECRET}@modules.example/c.git"),
        "beside": ("lib/a", "../a.git"),
        "by ssh": ("lib/b \"quoted\" # no comment", "git@modules.example:acme/b.git"),
        "gone": ("lib/gone", f"https://modules.example/gone?token={SECRET}")},
    "broken": "[submodule \"beside\"]\n\tpath = lib/a\n\turl = ../a.git\n[include]\n\tpath = x\n",
    "out": "[submodule \"beside\"]\n\tpath = ../lib/a\n\turl = ../a.git\n",
    "credentials": f"[submodule \"c\"]\n\tpath = c\n\turl = https://h.example/c?token={SECRET}\n",
    "ref": "[submodule \"c\"]\n\tpath = c\n\turl = ../widget@refs/heads/main\n",
}


class Modules:
    """A copy of the repository; on its main are commits with these files, and submodules."""

    def __init__(self, folder, of):
        self.folder, self.commits = folder, {}
        self.widget = os.path.join(folder, "widget")
        os.makedirs(folder)
        git(folder, "clone", "--quiet", "--bare", of.folder, self.widget)
        git(self.widget, "config", "uploadpack.allowFilter", "true")
        for name, modules in FILES.items():
            self.commits[name] = self.commit(name, self.text_of(modules))

    def text_of(self, modules):
        if isinstance(modules, str):
            return modules.encode()
        path = os.path.join(self.folder, "gitmodules")
        for name, (below, url) in modules.items():
            git(self.folder, "config", "-f", path, f"submodule.{name}.path", below)
            git(self.folder, "config", "-f", path, f"submodule.{name}.url", url)
        return read(path)

    def tree(self, *lines):
        return git(self.widget, "mktree", "--missing", stdin="".join(
            line + "\n" for line in lines).encode())

    def commit(self, name, text):
        blob = git(self.widget, "hash-object", "-w", "--stdin", stdin=text)
        lib = self.tree(f"160000 commit {ONES}\ta",
                        f"160000 commit {TWOS}\t\"b \\\"quoted\\\" # no comment\"")
        root = git_bytes(self.widget, "ls-tree", "refs/heads/main").decode()
        kept = [line for line in root.splitlines()
                if line.split("\t")[1] not in (".gitmodules", "lib", "c")]
        tree = self.tree(*kept, f"100644 blob {blob}\t.gitmodules", f"040000 tree {lib}\tlib",
                         f"160000 commit {THREES}\tc")
        commit = git(self.widget, "commit-tree", "-p", "refs/heads/main", "-m", name, tree)
        git(self.widget, "update-ref", "refs/heads/main", commit)
        return commit


class Submodules(Keys):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.modules = Modules(cls.bench.path("modules"), cls.bench.repository)

    def of(self, name):
        """A World's change: this commit was built, and is in the repository that is asked."""
        def change(w):
            builds(w)
            w.builds(self.modules.commits[name])
            place = self.bench.path("git", w.name, "acme")
            w.preparations.append(lambda _: (os.unlink(place),
                                             os.symlink(self.modules.folder, place)))
        return change

    def provenance(self, result, evidence=None, artifact=None):
        """What the process with the keys says, asked for the first time."""
        self.fresh_state(result)
        with self.office(result) as office:
            answer, content = office.ask(self.request(result), evidence or result.evidence,
                                         artifact or result.world.artifact)
            return self.expect_signed(answer, content)[PROVENANCE]

    def document(self, result):
        evidence = self.evidence_of(result)
        self.assertEqual(forms.wrong_with("evidence-1", evidence), [])
        return evidence["documents"].get(DOCUMENT)

    def expect_listed(self, provenance, *submodules):
        definition = provenance["predicate"]["buildDefinition"]
        self.assertEqual(definition["internalParameters"]["submodules"], "listed")
        self.assertEqual(definition["resolvedDependencies"][1:], [
            {"name": path, "uri": "git+" + url, "digest": {"gitCommit": commit}}
            for path, url, commit in submodules])

    def expect_unknown(self, provenance):
        definition = provenance["predicate"]["buildDefinition"]
        self.assertEqual(definition["internalParameters"]["submodules"], "unknown")
        self.assertEqual(len(definition["resolvedDependencies"]), 1)

    def expect_no_secret(self, result, *more):
        texts = [result.out, result.err, json.dumps(self.evidence_of(result)),
                 *map(json.dumps, more)]
        for text in texts:
            self.assertNotIn(SECRET, text)

    def test_listed(self):
        provenance = os.path.join(self.bench.run_folder(), "provenance.dsse.json")
        result = self.verify(self.attested(self.of("several")), "--provenance", provenance,
                             output=False)
        self.expect(result, 0)
        submodules = [("c", "https://modules.example/c.git", THREES),
                      ("lib/a", result.world.git_base + "/acme/a.git", ONES),
                      ("lib/b \"quoted\" # no comment", "ssh://modules.example/acme/b.git", TWOS)]
        document = self.document(result)
        self.assertEqual((document["of"], document["credential"]), ("repository", False))
        self.assertEqual(document["content"], {
            "url": result.world.git_base + "/acme/widget",
            "commit": self.modules.commits["several"],
            "submodules": [{"path": path, "url": url, "commit": commit}
                           for path, url, commit in submodules]})
        (said,) = self.statements(read(provenance)).values()
        self.expect_listed(said, *submodules)
        self.expect_no_secret(result, said)

    def test_again(self):
        """Later, from the evidence alone: the same bytes."""
        result = self.verify(self.attested(self.of("several")), output=False)
        self.expect(result, 0)
        before = read(result.evidence)
        first = self.provenance(result)
        self.expect(self.bench.replay(result, "--evidence-key", self.key), 0)
        self.assertEqual(canonical(self.provenance(result)), canonical(first))
        self.assertEqual(read(result.evidence), before)

    def test_schema(self):
        """A document that is a little different is not valid."""
        result = self.verify(self.attested(self.of("several")), output=False)
        evidence = self.evidence_of(result)
        for change in (lambda c: c.update(x=1), lambda c: c.pop("url"), lambda c: c.pop("commit"),
                       lambda c: c.pop("submodules"), lambda c: c["submodules"][0].update(x=1),
                       lambda c: c["submodules"][0].pop("path"),
                       lambda c: c["submodules"][0].pop("url"),
                       lambda c: c["submodules"][0].update(commit="c0ffee"),
                       lambda c: c["submodules"][0].update(url="https://user@modules.example/a")):
            changed = copy.deepcopy(evidence)
            change(changed["documents"][DOCUMENT]["content"])
            self.assertNotEqual(forms.wrong_with("evidence-1", changed), [])

    def test_none(self):
        self.assertEqual(self.document(self.honest)["content"]["submodules"], [])
        self.expect_listed(self.provenance(self.honest))

    def test_not_asked(self):
        """Where nothing is attested, nothing is asked for it, and nothing recorded."""
        result = self.verify(self.of("several"), output=False)
        self.expect(result, 0)
        self.assertIsNone(self.document(result))

    def test_hostile(self):
        """What cannot be had is not known; the verdict rests on other things."""
        for name, says in (("broken", "line 4"), ("out", "line 2"), ("ref", "the submodule c"),
                           ("credentials", "the submodule c")):
            with self.subTest(commit=name):
                result = self.verify(self.attested(self.of(name)), output=False)
                self.expect(result, 0)
                document = self.document(result)
                self.assertNotIn("content", document)
                self.assertEqual(document["error"]["class"], "malformed")
                self.assertIn(says, document["error"]["message"])
                said = self.provenance(result)
                self.expect_unknown(said)
                self.expect_no_secret(result, said)

    def test_a_server_that_withholds_them(self):
        blob = git(self.modules.widget, "rev-parse",
                   self.modules.commits["several"] + ":.gitmodules")

        def change(w):
            self.of("several")(w)
            w.git_faults = [{"lines": ["want " + blob], "do": {"status": 403}}]
        result = self.verify(self.attested(change), output=False)
        self.bench.forget(result.world)
        self.expect(result, 0)
        self.assertEqual(self.document(result)["error"]["class"], "auth")
        self.expect_unknown(self.provenance(result))

    def test_other_evidence(self):
        """Sealed, and yet without the document, or with one that is not of this commit or not of
        this form."""
        def without(documents):
            del documents[DOCUMENT]

        def changed(change):
            def apply(documents):
                document = documents[DOCUMENT]
                change(document["content"])
                del document["document_sha256"]
                document["document_sha256"] = sha256(canonical(document))
            return apply
        good = {"path": "a", "url": "https://modules.example/a", "commit": ONES}
        changes = [without, changed(lambda c: c.update(commit=ONES)),
                   changed(lambda c: c.pop("submodules")),
                   changed(lambda c: c.update(submodules={})),
                   changed(lambda c: c.update(submodules=[good] * 101)),
                   *(changed(lambda c, v={**good, **v}: c.update(submodules=[good, v]))
                     for v in ({"path": 1}, {"url": None}, {"commit": "c0ffee"}))]
        for number, change in enumerate(changes):
            with self.subTest(change=number):
                evidence = self.evidence_of(self.honest)
                change(evidence["documents"])
                self.expect_unknown(self.provenance(self.honest, self.seal(evidence)))
        evidence = self.evidence_of(self.honest)
        changed(lambda c: c.update(submodules=[good]))(evidence["documents"])
        self.expect_listed(self.provenance(self.honest, self.seal(evidence)),
                           ("a", "https://modules.example/a", ONES))


if __name__ == "__main__":
    Keys.program = os.path.abspath(sys.argv.pop(1))
    Notes.plugin = os.path.abspath(sys.argv.pop(1))
    unittest.main()

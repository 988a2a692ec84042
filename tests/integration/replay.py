#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Replay: the same verdict from evidence alone, and nothing that was tampered with.

    replay.py COUNTERMARK
"""

import base64
import copy
import hashlib
import json
import os
import sys
import unittest

from harness import Bench
from world import package

COUNTERMARK = None


def leaves(value, path=()):
    """Each leaf of a JSON value, by the way that leads to it."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from leaves(inner, (*path, key))
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from leaves(inner, (*path, index))
    else:
        yield path, value


def other(leaf):
    """Another value of the same type."""
    if isinstance(leaf, bool):
        return not leaf
    if isinstance(leaf, (int, float)):
        return leaf + 1
    if leaf is None:
        return 0
    return leaf[:-1] + ("0" if leaf.endswith("1") else "1") if leaf else "1"


def digest_of(value):
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def digest_anew(document):
    """Whoever changes an unsealed document can also make its digest anew."""
    document["document_sha256"] = digest_of(
        {key: value for key, value in document.items() if key != "document_sha256"})


def put(value, path, new):
    for step in path[:-1]:
        value = value[step]
    value[path[-1]] = new


class Replay(unittest.TestCase):
    """One honest run and one rejected one, asked once; what follows is offline."""

    @classmethod
    def setUpClass(cls):
        cls.bench = Bench(COUNTERMARK)
        cls.bench.__enter__()
        cls.addClassCleanup(cls.bench.__exit__)
        cls.key = cls.bench.public_key()
        world = cls.bench.world("honest")
        world.submitted = world.artifact
        cls.honest = cls.bench.verify(world)
        bad = cls.bench.world("rejected")
        bad.configuration["cacheEntries"] = [{"value": "packages"}]
        cls.rejected = cls.bench.verify(bad)
        late = cls.bench.world("undecided")
        late.override("log", status=404)
        cls.undecided = cls.bench.verify(late)
        cls.bench.stop()  # from here on there is nobody to ask
        cls.folder = cls.honest.folder
        with open(cls.file_of(cls.honest), encoding="utf-8") as file:
            cls.sealed = json.load(file)
        cls.evidence = json.loads(base64.b64decode(cls.sealed["payload"]))

    @staticmethod
    def file_of(result):
        return os.path.join(result.folder, "evidence.json")

    def replay(self, value, *words):
        """Replays a JSON value, or bytes, as an evidence file."""
        path = os.path.join(self.folder, "changed.json")
        with open(path, "wb") as file:
            file.write(value if isinstance(value, bytes) else json.dumps(value).encode())
        return self.bench.run(self.folder, "replay", "--format", "json", *words, path)

    def accepted(self, result):
        return result.exit == 0 or (result.report or {}).get("outcome") == "accepted"

    # ---- the same again

    def test_runs_are_what_they_should_be(self):
        self.assertEqual((self.honest.exit, self.rejected.exit, self.undecided.exit), (0, 1, 4))

    def test_sealed_evidence_says_the_same(self):
        for result in (self.honest, self.rejected, self.undecided):
            again = self.bench.replay(result, "--evidence-key", self.key)
            self.assertEqual(again.exit, result.exit)
            self.assertEqual(again.report["outcome"], result.report["outcome"])
            self.assertEqual(json.dumps(again.report["answers"]),
                             json.dumps(result.report["answers"]))

    def test_two_replays_are_byte_identical(self):
        first = self.bench.replay(self.honest, "--evidence-key", self.key)
        second = self.bench.replay(self.honest, "--evidence-key", self.key)
        self.assertEqual(first.out, second.out)
        self.assertEqual(first.err, second.err)

    def test_text_report_says_what_it_is(self):
        again = self.bench.replay(self.honest, "--evidence-key", self.key, form="text")
        self.assertIn("would be accepted", again.out)
        self.assertIn("sealed by sha256:", " ".join(again.out.split()))

    def test_without_recorded_answers(self):
        """Answers are recomputed: what is recorded is never read for them."""
        for result in (self.honest, self.rejected):
            with open(self.file_of(result), encoding="utf-8") as file:
                evidence = json.loads(base64.b64decode(json.load(file)["payload"]))
            del evidence["answers"]
            again = self.replay(evidence, "--accept-unsealed")
            self.assertEqual(again.exit, result.exit)
            self.assertEqual(again.words, result.words)

    def test_recorded_answers_that_lie(self):
        with open(self.file_of(self.rejected), encoding="utf-8") as file:
            evidence = json.loads(base64.b64decode(json.load(file)["payload"]))
        evidence["answers"] = self.evidence["answers"]
        again = self.replay(evidence, "--accept-unsealed")
        self.assertEqual(again.exit, 1)
        self.assertEqual(again.words, self.rejected.words)
        self.assertIn("appveyor.cache-empty", json.dumps(again.report["remarks"]))

    def test_bare_form_in_any_spelling(self):
        for text in (json.dumps(self.evidence, indent=4), json.dumps(self.evidence)):
            self.assertEqual(self.replay(text.encode(), "--accept-unsealed").exit, 0)

    # ---- who vouches

    def test_key_must_be_given(self):
        again = self.bench.replay(self.honest)
        self.assertEqual(again.exit, 4)
        self.assertEqual(again.words, self.honest.words)

    def test_accept_unsealed(self):
        self.assertEqual(self.replay(self.evidence).exit, 4)
        self.assertEqual(self.replay(self.evidence, "--accept-unsealed").exit, 0)
        self.assertEqual(self.bench.replay(self.honest, "--accept-unsealed").exit, 0)

    def test_key_of_somebody_else(self):
        other_state = os.path.join(self.folder, "other-state")
        shown = self.bench.run(self.folder, "key", "show", "--state", other_state)
        path = os.path.join(self.folder, "other.pem")
        with open(path, "w", encoding="utf-8") as file:
            file.write(shown.out)
        self.assertEqual(self.bench.replay(self.honest, "--evidence-key", path).exit, 4)
        both = self.bench.replay(self.honest, "--evidence-key", path, "--evidence-key", self.key)
        self.assertEqual(both.exit, 0)

    def test_rejected_stays_rejected_whoever_vouches(self):
        for words in ((), ("--accept-unsealed",), ("--evidence-key", self.key)):
            self.assertEqual(self.bench.replay(self.rejected, *words).exit, 1)

    # ---- tampering

    def test_each_document_deleted(self):
        for name in self.evidence["documents"]:
            with self.subTest(document=name):
                evidence = copy.deepcopy(self.evidence)
                del evidence["documents"][name]
                again = self.replay(evidence, "--accept-unsealed")
                self.assertFalse(self.accepted(again), again.out)
                self.assertIn(again.exit, (1, 2, 3, 4))

    def test_each_document_emptied(self):
        """Neither content nor reason nor digest: it shows nothing, so it proves nothing."""
        for name in self.evidence["documents"]:
            with self.subTest(document=name):
                evidence = copy.deepcopy(self.evidence)
                document = evidence["documents"][name]
                for member in ("content", "error", "hmac", "sha256"):
                    document.pop(member, None)
                digest_anew(document)
                again = self.replay(evidence, "--accept-unsealed")
                self.assertFalse(self.accepted(again), again.out)

    def test_one_leaf_of_each_document_changed(self):
        """Every leaf, of what was kept and of what is known of it, without the seal: the document's
        digest tells."""
        for name, document in self.evidence["documents"].items():
            for path, leaf in leaves(document):
                with self.subTest(document=name, path=path):
                    evidence = copy.deepcopy(self.evidence)
                    put(evidence["documents"][name], path, other(leaf))
                    again = self.replay(evidence, "--accept-unsealed")
                    self.assertEqual(again.exit, 2, again.out)
                    self.assertIn(name, again.err)

    def test_one_member_of_each_document_gone(self):
        for name, document in self.evidence["documents"].items():
            for member in document:
                with self.subTest(document=name, member=member):
                    evidence = copy.deepcopy(self.evidence)
                    del evidence["documents"][name][member]
                    again = self.replay(evidence, "--accept-unsealed")
                    self.assertEqual(again.exit, 2, again.out)

    def test_document_of_another_repository(self):
        """Each document of git's says where it was asked, and that must be what was built."""
        for name in ("repository-probe", "repository-refs", "repository-commit", "repository-path"):
            for url in ("https://elsewhere.example/acme/widget", None):
                with self.subTest(document=name, url=url):
                    evidence = copy.deepcopy(self.evidence)
                    document = evidence["documents"][name]
                    if url:
                        document["content"]["url"] = url
                    else:
                        del document["content"]["url"]
                    digest_anew(document)
                    again = self.replay(evidence, "--accept-unsealed")
                    self.assertIn(again.exit, (1, 4), again.err)

    def test_another_connector(self):
        """The connector that judges is one that the evidence names as part of it."""
        evidence = copy.deepcopy(self.evidence)
        evidence["plugins"][0]["id"] = "another"
        again = self.replay(evidence, "--accept-unsealed")
        self.assertEqual(again.exit, 2, again.out)
        self.assertIn("appveyor", again.err)

    def test_policy_changed_without_its_digest(self):
        for path, leaf in leaves(self.evidence["effective"]):
            with self.subTest(path=path):
                evidence = copy.deepcopy(self.evidence)
                put(evidence["effective"], path, other(leaf))
                self.assertEqual(self.replay(evidence, "--accept-unsealed").exit, 2)

    def test_one_byte_of_each_document_changed_under_the_seal(self):
        payload = base64.b64decode(self.sealed["payload"])
        for name in self.evidence["documents"]:
            with self.subTest(document=name):
                at = payload.index(f'"{name}":{{'.encode()) + len(name) + 6
                self.assert_broken(payload[:at] + bytes([payload[at] ^ 1]) + payload[at + 1:])

    def test_a_byte_here_and_there_changed_under_the_seal(self):
        payload = base64.b64decode(self.sealed["payload"])
        for at in range(0, len(payload), max(1, len(payload) // 60)):
            with self.subTest(at=at):
                self.assert_broken(payload[:at] + bytes([payload[at] ^ 2]) + payload[at + 1:])

    def assert_broken(self, payload):
        sealed = {**self.sealed, "payload": base64.b64encode(payload).decode()}
        again = self.replay(sealed, "--evidence-key", self.key)
        self.assertEqual(again.exit, 2, again.out)
        self.assertIn("broken seal", again.err)

    def test_seal_changed(self):
        signature = self.sealed["signatures"][0]
        broken = base64.b64decode(signature["sig"])
        for text, change in {
                "type": {"payloadType": "application/vnd.in-toto+json"},
                "signature": {"signatures": [{**signature, "sig": base64.b64encode(
                    bytes([broken[0] ^ 1]) + broken[1:]).decode()}]},
                "no signature": {"signatures": []},
                "key's id": {"signatures": [{**signature, "keyid": "sha256:" + "0" * 64}]},
                "two signatures": {"signatures": [signature, {**signature, "sig": "AAAA"}]},
        }.items():
            with self.subTest(change=text):
                again = self.replay({**self.sealed, **change}, "--evidence-key", self.key)
                self.assertNotEqual(again.exit, 0)

    def test_unknown_members_and_other_formats(self):
        for change in ({"more": 1}, {"format": "countermark-evidence/2"}, {"documents": []},
                       {"decided_at": "yesterday"}):
            with self.subTest(change=change):
                again = self.replay({**self.evidence, **change}, "--accept-unsealed")
                self.assertEqual(again.exit, 2, again.out)

    def test_what_is_no_evidence(self):
        for content in (b"", b"{}", b"[]", b"\0", b"{", b'{"payload":"","payloadType":""}',
                        b"PK\3\4", json.dumps(self.evidence).encode() + b"x"):
            with self.subTest(content=content[:20]):
                self.assertEqual(self.replay(content, "--accept-unsealed").exit, 2)

    # ---- what is in it

    def test_each_document_is_read_by_some_check(self):
        read = {document for answer in self.honest.report["answers"]
                for document in answer["documents"]}
        self.assertEqual(sorted(set(self.evidence["documents"]) - read), [],
                         "recorded, and judged by nobody")
        self.assertEqual(sorted(read - set(self.evidence["documents"])), [])

    def test_artifact(self):
        right, wrong = (os.path.join(self.folder, name) for name in ("a.nupkg", "b.nupkg"))
        for path, content in ((right, package()), (wrong, package(b"!"))):
            with open(path, "wb") as file:
                file.write(content)
        words = ("--evidence-key", self.key, "--artifact")
        self.assertEqual(self.bench.replay(self.honest, *words, right).exit, 0)
        again = self.bench.replay(self.honest, *words, wrong)
        self.assertEqual(again.exit, 1)
        self.assertIn("is not the artifact", again.out)

    def test_policy_that_has_changed_since(self):
        path = os.path.join(self.folder, "countermark.conf")
        words = ("--evidence-key", self.key, "--config")
        again = self.bench.replay(self.honest, *words, path)
        self.assertEqual(again.exit, 0)
        self.assertNotIn("policy changed", again.out)
        changed = os.path.join(self.folder, "changed.conf")
        with open(path, encoding="utf-8") as file, open(changed, "w", encoding="utf-8") as new:
            new.write(file.read().replace('max_age = "30d"', 'max_age = "31d"'))
        again = self.bench.replay(self.honest, *words, changed)
        self.assertEqual(again.exit, 0)
        self.assertIn("policy changed", again.out)

    def test_recorded_by_others(self):
        """Another engine or plug-in is named; the same ones are not."""
        again = self.replay(self.evidence, "--accept-unsealed")
        self.assertNotIn("recorded", json.dumps(again.report["remarks"]))
        evidence = copy.deepcopy(self.evidence)
        evidence["engine"].update(version="0.0.9", sha256="0" * 64)
        evidence["plugins"][0].update(version="0.9", sha256="1" * 64)
        again = self.replay(evidence, "--accept-unsealed")
        remarks = json.dumps(again.report["remarks"])
        self.assertIn("recorded by another engine: 0.0.9", remarks)
        self.assertIn("recorded with another plug-in appveyor: 0.9", remarks)
        self.assertEqual(again.exit, 0, "the answers are the same")


if __name__ == "__main__":
    COUNTERMARK = sys.argv.pop(1)
    unittest.main()

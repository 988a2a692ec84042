#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""countermark-keys: what it signs, and what nobody can make it sign.

    key_process.py COUNTERMARK FIXTURE-NOTES

These tests stand where the process stands that parses artifacts: they speak to the process with the
keys as that one does, and, as whoever has taken it over would, with whatever else they please. They
may even have the evidence key.
"""

import base64
import contextlib
import copy
import datetime
import fcntl
import json
import os
import pathlib
import socket
import subprocess
import sys
import threading
import unittest

from documenting import Notes, read, sha256, write
from forms import canonical
from keys import openssl
from notes import NAME, PLUGIN, builds
from office import EVIDENCE_TYPE, MOST, PATIENCE, PROVENANCE, SUMMARY, Keys


REGION_MOST = 1 << 30  # bytes


class Signed(Keys):
    """What is asked for honestly."""

    def test_what_was_run(self):
        self.assertEqual([r.exit for r in (self.honest, self.documented, self.rejected,
                                           self.undecided)], [0, 0, 1, 4])

    def test_an_accepted_artifact(self):
        with self.office() as office:
            answer, content = office.ask(self.request(), self.honest.evidence,
                                         self.honest.world.artifact)
        said = self.expect_signed(answer, content)
        self.assertEqual(sorted(said), sorted([PROVENANCE, SUMMARY]))
        self.assertEqual(answer["name"], NAME)
        evidence = self.evidence_of(self.honest)
        self.assertEqual(answer["decided_at"], evidence["decided_at"])
        for statement in said.values():
            self.assertEqual(statement["_type"], "https://in-toto.io/Statement/v1")
            self.assertEqual(statement["subject"], [
                {"name": NAME, "digest": {"sha256": sha256(self.honest.world.artifact)}}])
        self.expect_journal(self.honest, said)
        self.expect_provenance(said[PROVENANCE]["predicate"], self.honest)
        self.expect_summary(said[SUMMARY]["predicate"], self.honest)
        self.assertEqual(office.exit, 0)

    def expect_provenance(self, predicate, of):
        origin = {field["field"]: field["text"] for field in of.report["origin"]}
        definition, run = predicate["buildDefinition"], predicate["runDetails"]
        self.assertEqual(definition["buildType"], "urn:countermark:build-type:appveyor:1")
        self.assertEqual(definition["externalParameters"], {
            "repository": origin["repository"], "ref": origin["ref"], "parameters": {}})
        self.assertEqual(definition["internalParameters"], {
            "system": "appveyor", "build": origin["build"], "job": origin["job"],
            "submodules": "listed",
            **self.operators_word(of)})
        self.assertEqual(definition["resolvedDependencies"][0], {
            "uri": f"git+{origin['repository']}@{origin['ref']}",
            "digest": {"gitCommit": origin["commit"]}})
        self.assertEqual(run["builder"]["id"],
                         "https://sign.acme.example/countermark/builders/appveyor")
        self.assertEqual(sorted(run["builder"]["version"]), ["appveyor", "countermark"])
        self.assertEqual(run["metadata"]["invocationId"], origin["url"])
        started = datetime.datetime.fromisoformat(origin["built_at"].replace("Z", "+00:00")[:19])
        self.assertEqual(run["metadata"]["startedOn"], started.isoformat() + "Z")

    @staticmethod
    def operators_word(of):
        link = of.world.link
        return {key: new for key, new in (("assumed", link.get("assume")),
                                          ("assume_reason", link.get("assume_reason"))) if new}

    def expect_summary(self, predicate, of):
        evidence = self.evidence_of(of)
        levels = predicate.pop("verifiedLevels")
        self.assertEqual(levels[0], "SLSA_BUILD_LEVEL_2")
        self.assertFalse([level for level in levels[1:] if level.startswith("SLSA_")])
        self.assertIn("COUNTERMARK_REPOSITORY_COMMIT_ON_REF", levels)
        self.assertIn("COUNTERMARK_ORIGIN_VERIFIED", levels)
        for word in of.world.link.get("assume", []):
            self.assertIn("COUNTERMARK_ASSUMED_" + word.upper().replace("-", "_"), levels)
        version = predicate["verifier"].pop("version")
        self.assertEqual(sorted(version), ["appveyor", "countermark"])
        build = {field["field"]: field["text"] for field in of.report["origin"]}["build"]
        self.assertEqual(predicate, {
            "verifier": {"id": "https://sign.acme.example/countermark"},
            "timeVerified": evidence["decided_at"][:19] + "Z",
            "resourceUri": f"pkg:generic/acme/widget@{build}",
            "policy": {"uri": "https://sign.acme.example/countermark/policies/widget/"
                       + of.world.policy["slug"],
                       "digest": {"sha256": evidence["effective_sha256"]}},
            "inputAttestations": [{"mediaType": EVIDENCE_TYPE,
                                   "digest": {"sha256": sha256(read(of.evidence))}}],
            "verificationResult": "PASSED", "slsaVersion": "1.2"})

    def expect_journal(self, of, said):
        lines = self.journal(of)
        self.assertEqual([line["entry"]["predicate"] for line in lines], ["provenance", "summary"])
        for line, kind in zip(lines, (PROVENANCE, SUMMARY)):
            self.assertEqual(line["entry"]["statement"], sha256(canonical(said[kind])))
            self.assertEqual(line["entry"]["evidence"], sha256(read(of.evidence)))
        self.assertEqual(lines[0]["previous"], "")
        raw = read(os.path.join(of.folder, "keys-state", "signatures.jsonl")).splitlines()
        self.assertEqual(lines[1]["previous"], sha256(raw[0]))

    def test_an_artifact_that_was_documented(self):
        built, delivered = self.documented.world.artifact, read(self.documented.output)
        self.assertNotEqual(built, delivered)
        with self.office(self.documented) as office:
            answer, content = office.ask(self.request(self.documented), self.documented.evidence,
                                         delivered, built)
        said = self.expect_signed(answer, content)
        for statement in said.values():
            self.assertEqual(statement["subject"][0]["digest"], {"sha256": sha256(delivered)})
        definition = said[PROVENANCE]["predicate"]["buildDefinition"]
        self.assertEqual(definition["internalParameters"]["delivered"],
                         {"from": {"sha256": sha256(built)}, "configured": {"rewriters": [PLUGIN]}})
        self.assertEqual(definition["resolvedDependencies"][1],
                         {"name": NAME, "digest": {"sha256": sha256(built)}})

    def test_names_of_resources(self):
        def named(w):
            builds(w)
            w.linked["artifact_configurations"] = [
                {"slug": "notes", "file_name": "{version}.note",
                 "resource": "pkg:generic/acme/w@{version}"}]
            w.system.update(builder="https://builds.acme.example/")
        result = self.verify(self.attested(named), output=False)
        self.expect(result, 0)
        with self.office(result) as office:
            said = self.expect_signed(*office.ask(self.request(result), result.evidence,
                                                  result.world.artifact))
        self.assertEqual(said[SUMMARY]["predicate"]["resourceUri"], "pkg:generic/acme/w@Widget")
        self.assertEqual(said[PROVENANCE]["predicate"]["runDetails"]["builder"]["id"],
                         "https://builds.acme.example/")
        # a builder that the operator does not name is trusted for no more than the least
        self.assertEqual(said[SUMMARY]["predicate"]["verifiedLevels"][0], "SLSA_BUILD_LEVEL_1")

    def test_the_first_answer_again(self):
        with self.office() as office:
            _, once = office.ask(self.request(), self.honest.evidence, self.honest.world.artifact)
            answer, again = office.ask(self.request(), self.honest.evidence,
                                       self.honest.world.artifact)
        self.assertEqual(once, again)
        self.expect_signed(answer, again, first=True)
        with self.office() as office:
            answer, later = office.ask(self.request(), self.honest.evidence,
                                       self.honest.world.artifact)
        self.assertEqual(once, later)
        self.assertTrue(answer["first"])
        self.assertEqual(len(self.journal()), 2)

    def test_only_once(self):
        result = self.verify(self.attested(builds, attest_again="never"), output=False)
        self.expect(result, 0)
        with self.office(result) as office:
            request = self.request(result), result.evidence, result.world.artifact
            self.expect_signed(*office.ask(*request))
            self.expect_refused(*office.ask(*request), "denied", "attest_again")

    def test_only_once_of_several(self):
        """None of them is there when each looks, and each signs; all make the same bytes."""
        secret = self.bench.path("rsa.pem")
        openssl("genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048", "-out", secret)
        os.chmod(secret, 0o600)

        def changed(w):
            self.attested(builds, attest_again="never")(w)
            w.trust["keys"][0]["file"] = secret
        result = self.verify(changed, output=False)
        self.expect(result, 0)
        os.makedirs(os.path.join(result.folder, "keys-state"), 0o700)
        journal = os.path.join(result.folder, "keys-state", "signatures.jsonl")
        with contextlib.ExitStack() as stack:
            lock = os.open(journal, os.O_RDWR | os.O_CREAT, 0o600)
            stack.callback(os.close, lock)
            fcntl.flock(lock, fcntl.LOCK_EX)
            offices = [stack.enter_context(self.office(result, "--verbose")) for _ in range(3)]
            for office in offices:
                office.send(self.request(result), result.evidence, result.world.artifact)
                office.wait_for(b"signing provenance")
            fcntl.flock(lock, fcntl.LOCK_UN)
            answers = [office.receive() for office in offices]
        refused = [one for one in answers if not one[0]["signed"]]
        self.assertEqual(len(refused), 2, [answer for answer, _ in answers])
        for one in refused:
            self.expect_refused(*one, "denied", "attest_again")

    def test_a_key_that_was_exchanged(self):
        """What was signed before is given with the names of the key that has signed it."""
        secret = self.bench.path("exchanged.pem")

        def exchange(by):
            write(secret, read(by))
            os.chmod(secret, 0o600)

        def changed(w):
            self.attested(builds)(w)
            w.trust["keys"][0]["file"] = secret
        exchange(self.secret)
        result = self.verify(changed, output=False)
        request = self.request(result), result.evidence, result.world.artifact
        with self.office(result) as office:
            _, once = office.ask(*request)
        exchange(self.other_secret)
        with self.office(result) as office:
            answer, again = office.ask(*request)
        self.assertEqual(once, again)
        self.expect_signed(answer, again, first=True)

    def test_a_decision_that_names_no_key(self):
        request = self.request(), self.honest.evidence, self.honest.world.artifact
        with self.office() as office:
            office.ask(*request)
            folder = os.path.join(self.honest.folder, "keys-state", "decisions")
            (name,) = os.listdir(folder)
            kept = json.loads(read(os.path.join(folder, name)))
            del kept["decided"]["key_id"]
            write(os.path.join(folder, name), canonical(kept))
            self.expect_refused(*office.ask(*request), "malformed", "does not name its key")

    def test_another_file_of_the_same_build(self):
        """What to do about it is said: where the decision is, too, if its file is lost."""
        built = self.documented.world.artifact
        with self.office(self.documented) as office:
            for delivered in (b"one", b"another"):
                answer, content = office.ask(self.request(self.documented),
                                             self.documented.evidence, delivered, built)
        folder = os.path.join(self.documented.folder, "keys-state", "decisions")
        (name,) = os.listdir(folder)
        self.expect_refused(answer, content, "denied", "as another file", sha256(b"one"),
                            "countermark attest", "remove decisions/" + name)

    def test_without_a_state(self):
        with self.office(state=False) as office:
            request = self.request(), self.honest.evidence, self.honest.world.artifact
            _, once = office.ask(*request)
            answer, again = office.ask(*request)
        self.expect_signed(answer, again, kept=False)
        self.assertNotEqual(once, again)
        self.assertEqual(self.journal(), [])

    def test_several_at_once_get_one_answer(self):
        answers = []

        def ask():
            with self.office() as office:
                answers.append(office.ask(self.request(), self.honest.evidence,
                                          self.honest.world.artifact))
        askers = [threading.Thread(target=ask) for _ in range(4)]
        for asker in askers:
            asker.start()
        for asker in askers:
            asker.join()
        self.assertEqual(len({content for _, content in answers}), 1)
        self.assertEqual(len(answers), 4)
        self.assertEqual(len([a for a, _ in answers if not a["first"]]), 1)


class Refused(Keys):
    """What whoever has taken over the asking process tries. None of it is signed, and none of it
    ends the process: an honest request behind it is answered."""

    def refuse(self, kind, *texts, of=None, packet=None, files=None):
        of = of or self.honest
        files = [of.evidence, of.world.artifact] if files is None else files
        with self.office(self.honest) as office:
            answer, content = office.ask(packet or self.request(of), *files)
            self.expect_refused(answer, content, kind, *texts)
            self.assertEqual(self.journal(), [])
            self.expect_signed(*office.ask(self.request(), self.honest.evidence,
                                           self.honest.world.artifact))
        self.fresh_state(self.honest)

    def sealed(self, change):
        evidence = copy.deepcopy(self.evidence_of(self.honest))
        change(evidence)
        return self.seal(evidence)

    def test_the_seal_of_these_tests_counts(self):
        """Else what follows would show nothing."""
        with self.office() as office:
            self.expect_signed(*office.ask(self.request(), self.sealed(lambda e: None),
                                           self.honest.world.artifact))

    def test_a_foreign_artifact(self):
        self.refuse("denied", "another artifact", files=[self.honest.evidence, b"foreign"])
        self.refuse("denied", "no rewriter is configured",
                    files=[self.honest.evidence, b"foreign", self.honest.world.artifact])
        self.refuse("denied", "another artifact",
                    files=[self.honest.evidence, self.honest.world.artifact, b"foreign"])

    def test_another_verdict(self):
        for of, word in ((self.rejected, "rejected"), (self.undecided, "undecided")):
            with self.office(of) as office:
                answer, content = office.ask(self.request(of), of.evidence, of.world.artifact)
                self.expect_refused(answer, content, "denied", "judged again, it is " + word)
            self.assertEqual(self.journal(of), [])

    def test_another_verdict_under_this_policy(self):
        """What is recorded as the answer is nobody's business."""
        for of in (self.rejected, self.undecided):
            theirs = self.evidence_of(of)

            def change(evidence):
                evidence["documents"] = theirs["documents"]
                evidence["request"]["names"] = theirs["request"]["names"]
            self.refuse("denied", "judged again, it is ",
                        files=[self.sealed(change), of.world.artifact])

    def test_another_policy(self):
        self.refuse("denied", "another project or policy", packet=self.request(policy="nightly"))
        self.refuse("denied", "another project or policy", packet=self.request(project="gadget"))

        def rename(evidence):
            evidence["request"]["policy"] = "nightly"
        self.refuse("denied", "does not admit", packet=self.request(policy="nightly"),
                    files=[self.sealed(rename), self.honest.world.artifact])

        def relax(evidence):
            evidence["effective"]["policy"]["repository"] = "any"
            evidence["effective_sha256"] = sha256(canonical(evidence["effective"]))
        self.refuse("denied", "another policy",
                    files=[self.sealed(relax), self.honest.world.artifact])

        def pretend(evidence):
            evidence["effective"]["policy"]["repository"] = "any"
        self.refuse("malformed", "effective", files=[self.sealed(pretend),
                                                     self.honest.world.artifact])

    def test_another_seal(self):
        evidence = self.evidence_of(self.honest)
        artifact = self.honest.world.artifact
        own = self.bench.path("own-evidence-key.pem")
        openssl("genpkey", "-algorithm", "ED25519", "-out", own)
        self.refuse("denied", "not sealed", files=[self.seal(evidence, own), artifact])
        self.refuse("denied", "not sealed", files=[canonical(evidence), artifact])
        broken = json.loads(read(self.honest.evidence))
        broken["signatures"][0]["sig"] = base64.b64encode(bytes(64)).decode()
        self.refuse("denied", "not sealed", files=[json.dumps(broken).encode(), artifact])
        self.refuse("malformed", files=[b"{}", artifact])
        self.refuse("malformed", files=[b"", artifact])

    def test_another_time(self):
        def at(seconds):
            when = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(
                seconds=seconds)

            def change(evidence):
                evidence["decided_at"] = when.strftime("%Y-%m-%dT%H:%M:%SZ")
            return self.sealed(change)
        self.refuse("denied", "too long ago", files=[at(-2 * 86400), self.honest.world.artifact])
        self.refuse("denied", "still to come", files=[at(3600), self.honest.world.artifact])

    def test_another_key(self):
        self.refuse("denied", "does not let this key attest", packet=self.request(key="other"))
        self.refuse("denied", "no key of that name", packet=self.request(key="none"))
        self.refuse("denied", "no key of that name", packet=self.request(key=None))

    def test_other_wishes(self):
        payload = base64.b64encode(b"anything").decode()
        for wish in ({"wants": "signature", "payload": payload}, {"wants": None},
                     {"format": "countermark-keys/2"}):
            self.refuse("unsupported", packet=self.request(**wish))
        self.refuse("malformed", packet=self.request(wants="cms", content=payload))
        self.refuse("malformed", packet=self.request(project=None))
        self.refuse("malformed", packet=self.request(policy=7))
        self.refuse("malformed", files=[])
        self.refuse("malformed", files=[self.honest.evidence])
        self.refuse("malformed", files=[self.honest.evidence, *[self.honest.world.artifact] * 3])

    def test_files_that_do_not_end(self):
        reading, writing = os.pipe()
        for fd in (reading, os.open("/dev/zero", os.O_RDONLY), os.open("/", os.O_RDONLY)):
            self.refuse("denied", "no regular file", files=[self.honest.evidence, fd])
            self.refuse("denied", "no regular file", files=[fd, self.honest.world.artifact])
            self.refuse("denied", "no regular file",
                        files=[self.honest.evidence, self.honest.world.artifact, fd])
            os.close(fd)
        os.close(writing)

    @staticmethod
    def documented_status(words):
        """Which exit status countermark-keys(8) gives to that."""
        page = pathlib.Path(__file__).parents[2] / "docs" / "countermark-keys.8"
        listed = page.read_text(encoding="utf-8").split(".Sh EXIT STATUS\n")[1].split(".Sh ")[0]
        (status,) = [part.split("\n")[0] for part in listed.split(".It ")[1:]
                     if words in " ".join(part.split())]
        return int(status)

    def test_what_is_no_packet_ends_it(self):
        status = self.documented_status("sent what is no packet")
        for packet in (b"{", b"[]", b'{"a":1,"a":2}', b" " * (MOST + 1)):
            with self.office() as office:
                office.socket.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1 << 20)
                office.send(packet)
                self.assertEqual(office.socket.recv(MOST), b"")
            self.assertEqual(office.exit, status, office.said)
        self.assertEqual(self.journal(), [])

    def test_a_journal_that_cannot_be_written(self):
        """What is not written down is not signed."""
        state = os.path.join(self.honest.folder, "keys-state")
        os.makedirs(os.path.join(state, "signatures.jsonl"))
        with self.office() as office:
            answer, content = office.ask(self.request(), self.honest.evidence,
                                         self.honest.world.artifact)
        self.assertFalse(answer["signed"])
        self.assertIsNone(content)

    def test_keys_that_others_can_read(self):
        os.chmod(self.secret, 0o644)
        self.addCleanup(os.chmod, self.secret, 0o600)
        with self.office() as office:
            self.assertEqual(office.socket.recv(MOST), b"")
        self.assertEqual(office.exit, 3)
        self.assertIn("chmod 600", office.said)


class Memory(Keys):
    """No byte of a key is where it could be asked for."""

    def scalar(self):
        text = openssl("pkey", "-in", self.secret, "-text", "-noout").decode()
        digits = text.split("priv:")[1].split("pub:")[0]
        scalar = bytes.fromhex("".join(digits.split()).replace(":", ""))
        return scalar[-32:]

    @staticmethod
    def parts_of(pid):
        """What can be read of a process's memory, region by region; not what a sanitizer reserves."""
        with open(f"/proc/{pid}/maps", encoding="ascii") as maps, \
                open(f"/proc/{pid}/mem", "rb", buffering=0) as memory:
            for line in maps:
                place, kind = line.split()[:2]
                begin, end = (int(x, 16) for x in place.split("-"))
                if not kind.startswith("r") or end > 1 << 47 or end - begin > REGION_MOST:
                    continue
                with contextlib.suppress(OSError):
                    memory.seek(begin)
                    yield memory.read(end - begin)

    def search(self, pid, forms):
        """Is any of these there? And how many bytes were looked at."""
        found, size = False, 0
        for part in self.parts_of(pid):
            found = found or any(form in part for form in forms)
            size += len(part)
        return found, size

    def test_nothing_of_it_is_said(self):
        secret, scalar = read(self.secret), self.scalar()
        body = b"".join(secret.splitlines()[1:-1])
        with self.office(self.honest, "--verbose") as office:
            answer, content = office.ask(self.request(), self.honest.evidence,
                                         self.honest.world.artifact)
        for text in (json.dumps(answer).encode(), content, office.said.encode()):
            for part in (body, scalar, scalar.hex().encode(), base64.b64encode(scalar)):
                self.assertNotIn(part, text)

    @unittest.skipUnless(os.geteuid() == 0, "only root may look into another process")
    def test_the_process_that_asks_has_nothing_of_it(self):
        """As the process with the keys has it: this way of looking finds it there."""
        asker = subprocess.Popen(
            [sys.executable, "-c", ASKER, os.path.dirname(os.path.abspath(__file__)),
             os.path.join(os.path.dirname(self.bench.countermark), "countermark-keys"),
             os.path.join(self.honest.folder, "countermark.conf"), self.honest.evidence,
             write(os.path.join(self.honest.folder, "artifact"), self.honest.world.artifact),
             json.dumps(self.request())],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=self.bench.environment(
                self.honest.folder))
        try:
            said = json.loads(asker.stdout.readline())
            self.assertTrue(said["answer"]["signed"], said)
            scalar = self.scalar()
            forms = (scalar, scalar[::-1], scalar.hex().encode())
            self.assertTrue(self.search(said["pid"], forms)[0])
            found, size = self.search(asker.pid, forms)
            self.assertGreater(size, 1 << 20)
            self.assertFalse(found)
        finally:
            asker.communicate(b"\n", PATIENCE)


ASKER = """
import json, os, socket, subprocess, sys
_, folder, program, config, evidence, artifact, request = sys.argv
ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
child = subprocess.Popen([program, "--config", config, "--no-state"], stdin=theirs)
theirs.close()
fds = [os.open(path, os.O_RDONLY) for path in (evidence, artifact)]
socket.send_fds(ours, [request.encode()], fds)
answer, files, _, _ = socket.recv_fds(ours, 65536, 4)
print(json.dumps({"pid": child.pid, "answer": json.loads(answer)}), flush=True)
sys.stdin.readline()
ours.close()
child.wait()
"""

if __name__ == "__main__":
    Keys.program = os.path.abspath(sys.argv.pop(1))
    Notes.plugin = os.path.abspath(sys.argv.pop(1))
    unittest.main()

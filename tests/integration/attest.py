#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""verify and attest, and the attestations that they write.

    attest.py COUNTERMARK FIXTURE-NOTES
"""

import base64
import contextlib
import hashlib
import json
import os
import pathlib
import re
import socket
import subprocess
import sys
import threading
import unittest

from attesting import shown
from documenting import Notes, read, sha256, write
from jenkins_world import JenkinsWorld
from keys import openssl
from notes import NAME, builds, documented, rejected, undecided
from office import FORMAT, MOST, PATIENCE, PROVENANCE, SUMMARY, Keys, Office
from rows_jenkins_honest import only_digest

OLD = b"as it was\n"

# What differs from build to build, by the member that says it, and its form. All else is the same.
SOME_TIME, SOME_URL, SOME_TEXT = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", r"https://.+", r".+"
DIFFERS = {
    "sha256": r"[0-9a-f]{64}", "gitCommit": r"[0-9a-f]{40}", "startedOn": SOME_TIME,
    "timeVerified": SOME_TIME, "repository": SOME_URL, "id": SOME_URL, "invocationId": SOME_URL,
    "ref": r"refs/heads/.+", "uri": r"(git\+)?https://.+", "resourceUri": r"pkg:generic/.+",
    "appveyor": r"\d+\.\d+", "countermark": r"\d+\.\d+\.\d+", "build": r"\d+",
    "job": r"[0-9a-z]{16}", "system": SOME_TEXT, "assume_reason": SOME_TEXT, "name": SOME_TEXT,
    "payload": SOME_TEXT, "sig": SOME_TEXT, "hint": SOME_TEXT}


def form(value, member=None):
    """The value, with its form in place of each text that differs from build to build."""
    if isinstance(value, dict):
        return {key: form(one, key) for key, one in value.items()}
    if isinstance(value, list):
        return [form(one) for one in value]
    pattern = DIFFERS.get(member)
    return pattern if pattern and re.fullmatch(pattern, value) else value


class Commands(Keys):
    """verify and attest, which start the process with the keys or call it."""

    def attest_all(self, folder, *endings):
        endings = endings or (".intoto.jsonl", ".dsse.json", ".dsse.json")
        paths = [os.path.join(folder, option + ending) for option, ending in
                 zip(("attestations", "provenance", "vsa"), endings)]
        words = [word for path, option in zip(paths, ("attestations", "provenance", "vsa"))
                 for word in ("--" + option, path)]
        return paths, words

    def run_verify(self, change, *more, output=True, **how):
        world = self.bench.world(self.name)
        change(world)
        folder = self.bench.prepare(world)
        paths, words = self.attest_all(folder)
        return self.verify_again(world, folder, *words, *more, output=output, **how), paths

    def test_verify(self):
        result, (every, provenance, vsa) = self.run_verify(self.attested(documented()))
        self.expect(result, 0)
        said = self.statements(read(every))
        self.assertEqual(read(every), read(provenance) + read(vsa))
        delivered = sha256(read(result.output))
        for statement in said.values():
            self.assertEqual(statement["subject"][0]["digest"], {"sha256": delivered})
        self.assertEqual(said[PROVENANCE]["predicate"]["buildDefinition"]["internalParameters"][
            "delivered"]["from"]["sha256"], sha256(result.world.artifact))
        told = result.report["attestations"]
        self.assertEqual((told["first"], told["files"]), (False, [every, provenance, vsa]))
        self.assertEqual(said[SUMMARY]["predicate"]["inputAttestations"][0]["digest"],
                         {"sha256": sha256(read(result.evidence))})

    def test_the_manual_shows_what_is_written(self):
        """Nothing more and nothing less, but for whose build it is; so do its names agree."""
        world = self.bench.world(self.name)
        self.attested(builds)(world)
        folder = self.bench.prepare(world)
        (every, bundle, envelope), words = self.attest_all(folder, ".jsonl", ".sigstore.json",
                                                           ".dsse.json")
        self.expect(self.verify_again(world, folder, *words, output=False), 0)
        said = self.statements(read(every))
        real = [said[PROVENANCE], said[SUMMARY], json.loads(read(envelope)),
                json.loads(read(bundle))]
        examples = shown()
        self.assertEqual(len(examples), len(real))
        for example, one in zip(examples, real):
            self.assertEqual(form(example), form(one))
        for provenance, summary in (examples[:2], real[:2]):
            self.assert_names_agree(provenance["predicate"], summary["predicate"])
            self.assertEqual(provenance["subject"], summary["subject"])

    def assert_names_agree(self, provenance, summary):
        definition, told = provenance["buildDefinition"], summary["verifier"]
        source = definition["externalParameters"]
        self.assertEqual(definition["resolvedDependencies"][0]["uri"],
                         f"git+{source['repository']}@{source['ref']}")
        self.assertEqual(provenance["runDetails"]["builder"]["version"], told["version"])
        self.assertEqual(summary["policy"]["uri"], told["id"] + "/policies/widget/release")
        internal = definition["internalParameters"]
        self.assertTrue(provenance["runDetails"]["metadata"]["invocationId"].endswith(
            f"/builds/{internal['build']}/job/{internal['job']}"))

    def test_the_guide_asks_for_what_is_written(self):
        """The levels that docs/verify-elsewhere.md has people demand."""
        guide = pathlib.Path(__file__).parents[2] / "docs" / "verify-elsewhere.md"
        demanded = re.findall(r"--verified-level (\S+)", guide.read_text(encoding="utf-8"))
        self.assertGreaterEqual(len(demanded), 3)
        self.assertLessEqual(set(demanded), set(shown()[1]["predicate"]["verifiedLevels"]))

    def test_by_digest(self):
        """The build system has no more than a digest: attested is what was submitted."""
        world = self.bench.world(self.name, JenkinsWorld)
        self.attested(only_digest)(world)
        folder = self.bench.prepare(world)
        paths, words = self.attest_all(folder)
        self.expect(self.verify_again(world, folder, *words, output=False), 0)
        for statement in self.statements(read(paths[0])).values():
            self.assertEqual(statement["subject"][0]["digest"],
                             {"sha256": sha256(world.artifact)})

    def test_in_words(self):
        result, paths = self.run_verify(self.attested(builds), output=False, form="text")
        self.expect(result, 0, "attested    by sha256:", *paths)

    def test_bundles(self):
        world = self.bench.world(self.name)
        self.attested(builds)(world)
        folder = self.bench.prepare(world)
        paths, words = self.attest_all(folder, ".jsonl", ".sigstore.json", ".sigstore.json")
        self.expect(self.verify_again(world, folder, *words, output=False), 0)
        lines = read(paths[0]).splitlines()
        for path, line in zip(paths[1:], lines):
            bundle = json.loads(read(path))
            self.assertEqual(bundle["mediaType"], "application/vnd.dev.sigstore.bundle.v0.3+json")
            self.assertEqual(bundle["dsseEnvelope"], json.loads(line))
            der = openssl("pkey", "-in", self.secret, "-pubout", "-outform", "DER")
            self.assertEqual(bundle["verificationMaterial"], {"publicKey": {
                "hint": base64.b64encode(hashlib.sha256(der).digest()).decode()}})
        wrong = self.bench.run(folder, "attest", "--evidence", "x", "--attestations",
                               os.path.join(folder, "all.sigstore.json"), "y")
        self.expect(wrong, 2, "holds several")

    def test_not_for_another_verdict(self):
        result, paths = self.run_verify(self.attested(rejected()))
        self.expect(result, 1)
        self.assertFalse(any(os.path.exists(path) for path in paths))
        self.assertNotIn("attestations", result.report)

    def test_failures(self):
        for change, status in ((rejected(), 1), (undecided(), 4)):
            world = self.bench.world(self.name)
            self.attested(change)(world)
            folder = self.bench.prepare(world)
            vsa = os.path.join(folder, "vsa.json")
            result = self.verify_again(world, folder, "--attest-failures", "--vsa", vsa)
            self.expect(result, status)
            self.assertEqual(os.listdir(result.out_folder), [])
            (statement,) = self.statements(read(vsa)).values()
            predicate = statement["predicate"]
            self.assertEqual((predicate["verificationResult"], predicate["verifiedLevels"]),
                             ("FAILED", ["FAILED"]))
            self.assertEqual(statement["subject"][0]["digest"], {"sha256": sha256(world.artifact)})
            again = self.verify_again(world, folder, "--attest-failures", "--vsa", vsa)
            self.assertEqual((again.report["attestations"]["first"],
                              again.report["attestations"]["kept"]), (False, False))
            words = self.verify_again(world, folder, "--attest-failures", "--vsa", vsa, form="text")
            self.expect(words, status, "not kept: whoever asks again")
            both = self.verify_again(world, folder, "--attest-failures", "--vsa", vsa,
                                     "--provenance", os.path.join(folder, "p.json"))
            self.assertIn("no origin was verified", both.err)
            self.assertFalse(os.path.exists(os.path.join(folder, "p.json")))
        self.expect(self.bench.run(folder, "attest", "--attest-failures", "--evidence", "x", "y"), 2,
                    "where to write")

    def test_failures_without_an_artifact(self):
        """The verdict says why none came; that there is nothing to attest is no other fault."""
        def down(w):
            w.override("build", status=503)

        def elsewhere(w):  # refused at the gate
            w.link["project_id"] = "7"
        for change, status in ((down, 4), (elsewhere, 1)):
            def changed(w, change=change):
                builds(w)
                change(w)
            vsa = self.bench.path("nothing.vsa")
            result = self.verify(self.attested(changed), "--attest-failures", "--vsa", vsa)
            self.expect(result, status, "nothing was attested: no artifact was had")
            self.assertNotIn("several", result.err)
            self.assertNotIn("attestations", result.report)
            self.assertFalse(os.path.exists(vsa))
            self.expect_files(result)

    def test_no_key_is_named(self):
        def changed(w):
            self.attested(builds)(w)
            del w.policy["attest"]
        result, paths = self.run_verify(changed, output=False)
        self.expect(result, 2, "names no key to attest with")
        self.assertFalse(any(os.path.exists(path) for path in paths))

    def test_a_key_that_cannot_be_had(self):
        def changed(w):
            self.attested(builds)(w)
            w.trust["keys"][0]["file"] = "/nowhere/release.pem"
        result, paths = self.run_verify(changed, output=False)
        self.expect(result, 3, "/nowhere/release.pem", "ended without an answer")
        self.assertFalse(any(os.path.exists(path) for path in paths))

    def later(self, of, artifact, *words):
        paths, more = self.attest_all(of.folder)
        for path in paths:
            with contextlib.suppress(FileNotFoundError):
                os.unlink(path)
        source = write(os.path.join(of.folder, "delivered"), artifact)
        state = os.path.join(of.folder, "later-state")
        return self.bench.run(of.folder, "attest", "--config",
                              os.path.join(of.folder, "countermark.conf"), "--state", state,
                              "--evidence", of.evidence, *more, *words, source), paths

    def test_attest(self):
        result, paths = self.later(self.honest, self.honest.world.artifact)
        self.expect(result, 0, "attested", *paths)
        self.assertEqual(sorted(self.statements(read(paths[0]))), sorted([PROVENANCE, SUMMARY]))
        again, _ = self.later(self.honest, self.honest.world.artifact)
        self.expect(again, 0, "as at the first time")
        built = write(os.path.join(self.documented.folder, "built"), self.documented.world.artifact)
        result, _ = self.later(self.documented, read(self.documented.output), "--built", built)
        self.expect(result, 0)

    def test_attest_refused(self):
        for of, artifact, status, text in (
                (self.honest, b"foreign", 1, "another artifact"),
                (self.rejected, self.rejected.world.artifact, 1, "judged again, it is rejected"),
                (self.documented, read(self.documented.output), 1, "another artifact")):
            result, paths = self.later(of, artifact)
            self.expect(result, status, text, "nothing was attested")
            self.assertFalse(any(os.path.exists(path) for path in paths))

    def test_wrong_words(self):
        folder = self.bench.run_folder()
        for words, text in ((["a"], "--evidence"), (["--evidence", "x", "a"], "where to write"),
                            ([], "name the artifact"), (["--evidence", "x", "--vsa", "-", "a"],
                                                        "takes the name of a file")):
            self.expect(self.bench.run(folder, "attest", *words), 2, text)
        out = os.path.join(folder, "v.json")
        self.expect(self.bench.run(folder, "attest", "--evidence", "/nowhere", "--vsa", out,
                                   self.public), 2, "/nowhere")
        self.expect(self.bench.run(folder, "attest", "--evidence", self.public, "--vsa", out,
                                   self.public), 2)

    def test_a_service_is_called(self):
        """As a service manager has it: each connection has a process of its own."""
        path = self.bench.path("keys.sock")

        def changed(w):
            self.attested(builds)(w)
            w.trust["keys_socket"] = path
        world = self.bench.world(self.name)
        changed(world)
        folder = self.bench.prepare(world)
        paths, words = self.attest_all(folder)
        result = self.verify_again(world, folder, *words, output=False)
        self.expect(result, 3, "nobody who has the keys listens at " + path)
        with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as listener:
            listener.bind(path)
            listener.listen()
            served = threading.Thread(target=self.serve_one, args=(listener, folder))
            served.start()
            result = self.verify_again(world, folder, *words, output=False)
            served.join()
        self.expect(result, 0)
        self.assertEqual(sorted(self.statements(read(paths[0]))), sorted([PROVENANCE, SUMMARY]))

    def ask_through(self, answer):
        """A run, documented, over an output and a summary that are there already. Who has the keys
        is asked through here: answer(run, packet, files) gives what is answered."""
        path = self.bench.path("between.sock")

        def changed(w):
            self.attested(documented())(w)
            w.trust["keys_socket"] = path
        world = self.bench.world(self.name)
        changed(world)
        folder = self.bench.prepare(world)
        os.makedirs(os.path.join(folder, "out"))
        old = [write(os.path.join(folder, *name), OLD) for name in (("out", NAME), ("vsa.json",))]
        with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as listener:
            listener.bind(path)
            listener.listen()

            def serve():
                connection, _ = listener.accept()
                packet, files, _, _ = socket.recv_fds(connection, MOST, 4)
                said, content = answer(folder, packet, files)
                fds = [os.memfd_create("signed")] if content is not None else []
                for fd in fds:
                    os.write(fd, content)
                socket.send_fds(connection, [json.dumps(said).encode()], fds)
                for fd in (*files, *fds):
                    os.close(fd)
                connection.close()
            served = threading.Thread(target=serve)
            served.start()
            result = self.verify_again(world, folder, "--vsa", old[1])
            served.join()
        os.unlink(path)
        return result, *old

    def test_attested_before_it_is_there(self):
        """By its descriptor, and not by a name in whose place another run may have put its own."""
        seen = {}

        def answer(folder, packet, files):
            output = os.path.join(folder, "out", NAME)
            seen["there"] = read(output)
            write(output, b"by another run")
            seen["attested"] = sha256(os.pread(files[1], 1 << 20, 0))
            with Office(self.bench, folder) as office:
                return office.ask(packet, *files)
        result, output, vsa = self.ask_through(answer)
        self.expect(result, 0)
        self.assertEqual(seen, {"there": OLD, "attested": sha256(read(output))})
        self.assertNotEqual(read(output), result.world.artifact)
        (statement,) = self.statements(read(vsa)).values()
        self.assertEqual(statement["subject"][0]["digest"], {"sha256": sha256(read(output))})

    def test_not_attested_not_delivered(self):
        def answer(*_):
            return {"format": FORMAT, "signed": False, "class": "denied",
                    "message": "not now"}, None
        result, output, vsa = self.ask_through(answer)
        self.expect(result, 1, "nothing was attested", "not now")
        self.assertEqual((read(output), read(vsa)), (OLD, OLD))
        self.assertNotIn("attestations", result.report)
        self.assertIsNone(result.report["documentation"]["file"])

    def serve_one(self, listener, folder):
        connection, _ = listener.accept()
        program = os.path.join(os.path.dirname(self.bench.countermark), "countermark-keys")
        subprocess.run([program, "--config", os.path.join(folder, "countermark.conf"), "--state",
                        os.path.join(folder, "service-state")], stdin=connection, timeout=PATIENCE,
                       env=self.bench.environment(folder), check=True)
        connection.close()


if __name__ == "__main__":
    Keys.program = os.path.abspath(sys.argv.pop(1))
    Notes.plugin = os.path.abspath(sys.argv.pop(1))
    unittest.main()

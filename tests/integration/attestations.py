#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Commands about attestations and their keys, where refusals.py does not look: what is printed,
batches, inspection, keys.

    attestations.py COUNTERMARK
"""

import base64
import hashlib
import json
import os
import re
import stat
import subprocess
import sys
import tempfile
import threading
import unittest

import jsonschema

import attesting as a

COUNTERMARK = None
ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


class Commands(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.held = tempfile.TemporaryDirectory(prefix="countermark-attestations-")
        cls.folder = cls.held.name
        cls.ours, cls.other = a.Key(cls.folder, "ours"), a.Key(cls.folder, "other")
        cls.ed25519 = a.Key(cls.folder, "ed25519", "ed25519")
        cls.write("artifact", a.ARTIFACT)

    @classmethod
    def tearDownClass(cls):
        cls.held.cleanup()

    @classmethod
    def path(cls, name):
        return os.path.join(cls.folder, name)

    @classmethod
    def write(cls, name, content):
        with open(cls.path(name), "wb") as file:
            file.write(a.as_bytes(content))
        return cls.path(name)

    def run_it(self, status, *words, data=b"", env=None):
        done = subprocess.run([COUNTERMARK, *words], input=data, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, cwd=self.folder, check=False,
                              env={**os.environ, **(env or {})})
        self.assertEqual(done.returncode, status, done.stderr.decode() + done.stdout.decode()[:500])
        return done.stdout.decode(), done.stderr.decode()


class Printing(Commands):
    def vsa(self, *words, status=0, statement=None):
        self.write("vsa", a.envelope(statement or a.vsa(), self.ours))
        return self.run_it(status, "verify-vsa", "--attestation-path", "vsa", "--public-key-path",
                           self.ours.public, "--verifier-id", a.VERIFIER, "--resource-uri",
                           a.RESOURCE, *words)

    def test_accepted(self):
        out, err = self.vsa("artifact")
        self.assertEqual(err, "")
        self.assertTrue(out.startswith("accepted\n"))
        digest = hashlib.sha256(self.ours.spki()).hexdigest()
        for words in (f"sha256:{digest} (ECDSA P-256)", a.VERIFIER, a.RESOURCE,
                      "2026-11-22T07:06:00Z", "SLSA_BUILD_LEVEL_2", "ORIGIN_VERIFIED"):
            self.assertIn(words, out)

    def test_quiet(self):
        self.assertEqual(self.vsa("--quiet", "artifact"), ("", ""))

    def test_the_statement_itself(self):
        """The bytes that were verified, and not what was read of them."""
        text = json.dumps(a.vsa(), indent=3).encode()
        out, err = self.vsa("--print-attestation", "artifact", statement=text)
        self.assertEqual((out.encode(), err), (text + b"\n", ""))

    def test_nothing_is_printed_of_what_is_refused(self):
        out, _ = self.vsa("--print-attestation", "vsa", status=1)
        self.assertEqual(out, "")

    def test_foreign_text_is_escaped(self):
        self.write("vsa", a.envelope(a.vsa(verifier={"id": "evil\x1b[31m\u202e"}), self.ours))
        _, err = self.run_it(1, "verify-vsa", "--attestation-path", "vsa", "--public-key-path",
                             self.ours.public, "--verifier-id", "x", "--resource-uri", "x",
                             "artifact")
        self.assertNotIn("\x1b", err)
        self.assertNotIn("\u202e", err)
        out, _ = self.run_it(0, "inspect", "vsa")
        self.assertIn(r"evil\x1b[31m\u{202e}", out)

    def test_a_full_device(self):
        self.write("vsa", a.envelope(a.vsa(), self.ours))
        with open("/dev/full", "wb") as full:
            done = subprocess.run([COUNTERMARK, "verify-bundle", "--bundle",
                                   self.write("b", a.bundle(a.envelope(a.vsa(), self.ours))),
                                   "--key", self.ours.public, self.path("artifact")], stdout=full,
                                  stderr=subprocess.PIPE, check=False)
        self.assertEqual(done.returncode, 5)

    def test_artifact_is_read_once_and_not_kept(self):
        """Through a pipe nothing can be read twice; so it is refused, and a file's reads are counted
        by what the process has read in all."""
        large = self.path("large")
        with open(large, "wb") as file:
            file.truncate(256 << 20)
        digest = hashlib.sha256()
        with open(large, "rb") as file:
            for block in iter(lambda: file.read(1 << 20), b""):
                digest.update(block)
        statement = a.vsa()
        statement["subject"] = [{"digest": {"sha256": digest.hexdigest(), "sha512": "0" * 128}}]
        self.write("both", a.envelope(statement, self.ours))
        words = ["--attestation-path", "both", "--public-key-path", self.ours.public,
                 "--verifier-id", a.VERIFIER, "--resource-uri", a.RESOURCE, "large"]
        code = ("import os, resource, subprocess, sys\n"
                "p = subprocess.Popen(sys.argv[1:], stdout=-3, stderr=-3)\n"
                "os.waitid(os.P_PID, p.pid, os.WEXITED | os.WNOWAIT)\n"
                "print(open(f'/proc/{p.pid}/io').read())\n"
                "print('status', p.wait())\n")
        done = subprocess.run([sys.executable, "-c", code, COUNTERMARK, "verify-vsa", *words],
                              cwd=self.folder, stdout=subprocess.PIPE, encoding="utf-8", check=True)
        self.assertIn("status 1", done.stdout)  # SHA-512 is another's
        read = int(re.search(r"rchar: (\d+)", done.stdout)[1])
        self.assertLess(read, (256 << 20) + (4 << 20))
        self.assertGreaterEqual(read, 256 << 20)


class Batch(Commands):
    def batch(self, status, lines, *words, key=None):
        data = b"".join(a.as_bytes(line) + b"\n" for line in lines)
        out, err = self.run_it(status, "verify-vsa", "--batch", "--public-key-path",
                               (key or self.ours).public, *words, data=data)
        return [json.loads(line) for line in out.splitlines()], err

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.honest = a.envelope(a.vsa(), cls.ours)

    def question(self, **more):
        return {"attestation": self.honest, "verifier_id": a.VERIFIER,
                "resource_uri": a.RESOURCE, "subject_digest": "sha256:" + a.SHA256, **more}

    def test_accepted(self):
        answers, err = self.batch(0, [self.question(id="a"), b"", self.question(
            id=7, verified_level=["SLSA_BUILD_LEVEL_1", "ORIGIN_VERIFIED"],
            attestation=a.bundle(a.envelope(a.vsa(), self.ours)))])
        self.assertEqual(err, "")
        self.assertEqual(answers, [{"id": "a", "line": 1, "result": "accepted"},
                                   {"id": 7, "line": 3, "result": "accepted"}])

    def test_the_command_line_says_it_for_all(self):
        question = {"attestation": a.envelope(a.vsa(), self.ours),
                    "subject_digest": ["sha256:" + a.SHA256]}
        answers, _ = self.batch(0, [question] * 3, "--verifier-id", a.VERIFIER, "--resource-uri",
                                a.RESOURCE, "--verified-level", "ORIGIN_VERIFIED")
        self.assertEqual([answer["result"] for answer in answers], ["accepted"] * 3)

    def test_refused(self):
        honest = self.question()
        for result, question, reason in (
                ("rejected", self.question(verifier_id="x"), "the verifier is"),
                ("rejected", self.question(resource_uri="x"), "the resource"),
                ("rejected", self.question(subject_digest="sha256:" + "0" * 64), "not about"),
                ("rejected", self.question(subject_digest=["sha256:" + a.SHA256,
                                                           "sha256:" + "0" * 64]), "not about"),
                ("rejected", self.question(verified_level="SLSA_BUILD_LEVEL_3"), "is not verified"),
                ("rejected", self.question(max_age="1s"), "too old"),
                ("rejected", self.question(attestation=a.envelope(a.vsa(), self.other)),
                 "no signature"),
                ("rejected", self.question(attestation=a.envelope(a.provenance(), self.ours)), "no VSA"),
                ("malformed", self.question(attestation={}), "no payload"),
                ("malformed", {k: v for k, v in honest.items() if k != "attestation"}, "no object"),
                ("malformed", self.question(subject_digest=[]), "empty list"),
                ("malformed", {k: v for k, v in honest.items() if k != "subject_digest"},
                 "no subject_digest"),
                ("malformed", self.question(verified_level=[]), "empty list"),
                ("malformed", self.question(verified_level=None), "no text"),
                ("malformed", self.question(max_age=""), "an empty one"),
                ("malformed", self.question(max_age=None), "no text"),
                ("malformed", self.question(id="x" * 4097), "id is longer"),
                ("malformed", self.question(id="\u0001" * 40000), "id is longer"),
                ("malformed", self.question(subject_digest=7), "no text"),
                ("malformed", self.question(subject_digest="md5:x"), "weaker"),
                ("malformed", self.question(subject_digest=["sha256:" + a.SHA256] * 65), "more than"),
                ("malformed", self.question(verified_level="FAILED"), "no level"),
                ("malformed", self.question(verified_level=["X"] * 65), "more than"),
                ("malformed", self.question(max_age="soon"), "no duration"),
                ("malformed", self.question(max_age=7), "no text"),
                ("malformed", self.question(verifier_id=""), "an empty one"),
                ("malformed", self.question(id=[1]), "id is neither"),
                ("malformed", self.question(subject_Digest="x"), "only in case"),
                ("malformed", self.question(unknown=1), "'unknown', which is none"),
                ("malformed", [honest], "no object"),
                ("malformed", b"hello", "line 1"),
                ("malformed", json.dumps(honest).encode() + b"x", "line 1"),
                ("malformed", json.dumps(honest).encode()[:-1] + b', "id": 1, "id": 2}', "line 1"),
                ("malformed", self.question(attestation=a.bundle(a.envelope(
                    a.vsa(), self.ours, self.ours))), "one signature")):
            with self.subTest(reason=reason):
                (first, answer), _ = self.batch(1, [honest, question])
                self.assertEqual(first, {"line": 1, "result": "accepted"})
                self.assertEqual((answer["line"], answer["result"]), (2, result), answer)
                self.assertIn(reason, answer["reason"])

    def test_said_twice(self):
        for words in (["--verifier-id", a.VERIFIER], ["--resource-uri", a.RESOURCE],
                      ["--max-age", "9999d"], ["--verified-level", "ORIGIN_VERIFIED"]):
            with self.subTest(words=words):
                (answer,), _ = self.batch(1, [self.question(
                    max_age="9999d", verified_level="ORIGIN_VERIFIED")], *words)
                self.assertEqual(answer["result"], "malformed")
                self.assertIn("said on the command line already", answer["reason"])

    def test_nothing_asked(self):
        for lines in ([], [b"", b"  "]):
            answers, err = self.batch(1, lines)
            self.assertEqual(answers, [])
            self.assertIn("no question", err)

    def test_does_not_go_together(self):
        for words in (["--attestation-path", "x"], ["--print-attestation"], ["artifact"],
                      ["--subject-digest", "sha256:" + a.SHA256], ["--jobs", "0"],
                      ["--jobs", "65"], ["--threshold", "2"]):
            with self.subTest(words=words):
                self.batch(2, [], *words)

    def test_order_and_jobs(self):
        """Thousands, by any number of threads: each answered once, in order, and the same."""
        lines = [self.question(id=number, resource_uri=a.RESOURCE if number % 3 else "x")
                 for number in range(5000)]
        seen = [self.batch(1, lines, "--jobs", jobs)[0] for jobs in ("1", "2", "16")]
        self.assertEqual([answer["id"] for answer in seen[0]], list(range(5000)))
        self.assertEqual(sum(answer["result"] == "accepted" for answer in seen[0]), 3333)
        self.assertEqual(seen[0], seen[1])
        self.assertEqual(seen[0], seen[2])

    def test_answers_come_when_there_is_no_more_to_read(self):
        process = subprocess.Popen(
            [COUNTERMARK, "verify-vsa", "--batch", "--public-key-path", self.ours.public],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        limit = threading.Timer(30, process.kill)
        limit.start()
        try:
            for number in range(3):
                process.stdin.write(a.as_bytes(self.question(id=number)) + b"\n")
                process.stdin.flush()
                self.assertEqual(json.loads(process.stdout.readline())["id"], number)
            process.stdin.write(a.as_bytes(self.question(id=3)))  # no line feed at the end
            process.stdin.close()
            self.assertEqual(json.loads(process.stdout.readline())["id"], 3)
            self.assertEqual(process.wait(), 0)
        finally:
            limit.cancel()
            process.kill()
            process.wait()
            process.stdout.close()

    def test_an_endless_line(self):
        _, err = self.run_it(2, "verify-vsa", "--batch", "--public-key-path", self.ours.public,
                             data=b" " * (17 << 20))
        self.assertIn("longer than 16 MiB", err)


class Samples(Commands):
    """What slsa-verifier, cosign and sigstore-js have verified, verified with the same words."""

    KEY, FILE = "pub.pem", "Foo.1.0.0.nupkg"

    def sample(self, command, *words, status=0):
        folder = os.path.join(ROOT, "tests", "fixtures", "attestations")
        words = [os.path.join(folder, word) if os.path.exists(os.path.join(folder, word)) else word
                 for word in words]
        return self.run_it(status, command, *words)[0]

    def test_slsa_verifier(self):
        words = ["--attestation-path", "vsa.dsse.json", "--public-key-path", self.KEY,
                 "--subject-digest", "sha256:" + a.SHA256, "--verifier-id", a.VERIFIER,
                 "--resource-uri", a.RESOURCE, "--verified-level", "SLSA_BUILD_LEVEL_2"]
        self.assertIn("accepted", self.sample("verify-vsa", *words))
        self.sample("verify-vsa", *words[:-1], "SLSA_BUILD_LEVEL_3", status=1)
        statement = json.loads(self.sample("verify-vsa", *words, "--print-attestation"))
        self.assertEqual(statement["predicate"]["resourceUri"], a.RESOURCE)

    def test_cosign(self):
        for option, name in (("--signature", "provenance.dsse.json"),
                             ("--bundle", "provenance.sigstore.json")):
            words = ["--key", self.KEY, option, name]
            self.assertIn("accepted", self.sample("verify-attestation", *words, "--type",
                                                  "slsaprovenance1", self.FILE))
            self.assertIn("accepted", self.sample(
                "verify-attestation", *words, "--source-uri", "git.example.org/acme/foo",
                "--source-branch", "main", "--builder-id",
                "https://origin.example.org/builders/jenkins/ci1", self.FILE))
            self.sample("verify-attestation", *words, "--type", "vuln", self.FILE, status=1)
        self.sample("verify-attestation", "--key", self.KEY, "--signature", "vsa.dsse.json", "--type",
                    a.VSA, self.FILE)

    def test_conformance(self):
        for target in (self.FILE, "sha256:" + a.SHA256):
            self.sample("verify-bundle", "--bundle", "provenance.sigstore.json", "--key", self.KEY,
                        target)
        self.sample("verify-bundle", "--bundle", "provenance.sigstore.json", "--key", self.KEY,
                    self.KEY, status=1)


class Inspect(Commands):
    def test_forms(self):
        lines = b"\n".join(json.dumps(one).encode() for one in (
            a.envelope(a.vsa(), self.other, keyid="somebody"),
            a.bundle(a.envelope(a.provenance(), self.other), hint="h")))
        self.write("lines", lines)
        out, _ = self.run_it(0, "inspect", "lines")
        for words in ("lines: line 1", "lines: line 2", a.VERIFIER, a.RESOURCE, "PASSED", a.BUILDER,
                      f"git+{a.REPOSITORY}@refs/heads/main", f"sha256:{a.SHA256}", "not verified"):
            self.assertIn(words, out)
        out, _ = self.run_it(0, "inspect", "--format", "json", "lines")
        said = json.loads(out)
        self.assertEqual(said["format"], "countermark-attestation-inspection/1")
        self.assertIs(said["verified"], False)
        one, two = said["attestations"]
        self.assertEqual((one["form"], one["signatures"][0]["keyid"]), ("envelope", "somebody"))
        self.assertEqual((two["form"], two["hint"]), ("bundle", "h"))
        self.assertEqual(one["statement"], a.vsa())

    def test_a_signature_of_bytes(self):
        self.write("m", a.bundle(a.message(self.ours, a.ARTIFACT), kind="messageSignature"))
        self.assertIn("signatures  1", self.run_it(0, "inspect", "m")[0])
        (one,) = json.loads(self.run_it(0, "inspect", "--format", "json", "m")[0])["attestations"]
        self.assertIsNone(one["statement"])

    def test_schema(self):
        """What is printed is valid, and what is a little different is not."""
        with open(os.path.join(ROOT, "docs", "schemas", "attestation-inspection-1.json"),
                  encoding="utf-8") as file:
            valid = jsonschema.Draft202012Validator(json.load(file)).is_valid
        for name, content in (("vsa", a.envelope(a.vsa(), self.ours, keyid="k")),
                              ("bundle", a.bundle(a.envelope(a.vsa(), self.ours))),
                              ("m", a.bundle(a.message(self.ours, b""), kind="messageSignature"))):
            self.write(name, content)
            text = self.run_it(0, "inspect", "--format", "json", name)[0]
            self.assertTrue(valid(json.loads(text)))
            for path in ((), ("attestations", 0), ("attestations", 0, "signatures", 0)):
                for change in (lambda at: at.update(x=1), lambda at: at.popitem(),
                               lambda at: at.update({next(iter(at)): 7.5})):
                    said = at = json.loads(text)
                    for step in path:
                        at = at[step]
                    change(at)
                    self.assertFalse(valid(said), said)

    def test_many_subjects(self):
        many = a.vsa()
        many["subject"] *= 9
        self.write("many", a.envelope(many, self.ours))
        self.assertIn("and others", self.run_it(0, "inspect", "many")[0])

    def test_refused(self):
        for name, content in (("statement", a.envelope(b"{}", self.ours)), ("empty", b"{}"),
                              ("nothing", b""), ("blank", b" \n"),
                              ("behind", json.dumps(a.envelope(a.vsa(), self.ours)).encode() + b"x")):
            with self.subTest(name=name):
                self.write(name, content)
                out, err = self.run_it(2, "inspect", name)
                self.assertEqual(out, "")
                self.assertTrue(err)

    def test_packages_are_packages(self):
        """What is no JSON goes the other way, and so does what is asked about a package."""
        self.write("p.nupkg", b"PK\x03\x04")
        self.assertNotIn("attestation", self.run_it(2, "inspect", "p.nupkg")[1])
        self.write("vsa", a.envelope(a.vsa(), self.ours))
        self.run_it(2, "inspect", "--plugin", "nuget", "vsa")


class Keys(Commands):
    def test_generate(self):
        for kind, says in (("p256", "ECDSA P-256"), ("rsa", "RSA"), ("ed25519", "Ed25519")):
            with self.subTest(kind=kind):
                name = f"made-{kind}.pem"
                out, _ = self.run_it(0, "key", "generate", "--kind", kind, "--output", name)
                self.assertIn(says, out)
                self.assertNotIn("PRIVATE", out)
                self.assertEqual(stat.S_IMODE(os.stat(self.path(name)).st_mode), 0o600)
                self.assertEqual(self.run_it(0, "key", "show", name)[0], out)
                public = self.run_it(0, "key", "public", name)[0]
                self.assertEqual(public, a.openssl("pkey", "-in", self.path(name),
                                                   "-pubout").decode())
                self.write("public", public.encode())
                shown = self.run_it(0, "key", "show", "public")[0]
                self.assertEqual(shown, out.replace("secret", "public"))
                self.assertEqual(self.run_it(0, "key", "public", "public")[0], public)

    def test_never_over_anything(self):
        self.run_it(0, "key", "generate", "--output", "once.pem")
        with open(self.path("once.pem"), "rb") as file:
            before = file.read()
        self.assertIn("is there already", self.run_it(5, "key", "generate", "--output", "once.pem")[1])
        with open(self.path("once.pem"), "rb") as file:
            self.assertEqual(file.read(), before)
        self.run_it(5, "key", "generate", "--output", "no/such/folder.pem")
        self.run_it(2, "key", "generate")
        self.run_it(2, "key", "generate", "--output", "x.pem", "more")

    def test_names(self):
        """As openssl and ssh-keygen give them."""
        out = self.run_it(0, "key", "show", self.ours.public)[0]
        digest = hashlib.sha256(self.ours.spki()).digest()
        self.assertIn("sha256:" + digest.hex(), out)
        self.assertIn(base64.b64encode(digest).decode(), out)
        self.assertRegex(out, r"openssh +SHA256:[A-Za-z0-9+/]{43}\n")

    def test_pass_phrases(self):
        env = {"PHRASE": "correct horse", "WRONG": "battery"}
        said = ["--passphrase", "env:PHRASE"]
        out = self.run_it(0, "key", "generate", "--output", "locked.pem", *said, env=env)[0]
        with open(self.path("locked.pem"), encoding="ascii") as file:
            self.assertIn("BEGIN ENCRYPTED PRIVATE KEY", file.read())
        self.assertEqual(self.run_it(0, "key", "show", "locked.pem", *said, env=env)[0], out)
        self.assertIn("--passphrase", self.run_it(3, "key", "show", "locked.pem")[1])
        _, err = self.run_it(2, "key", "public", "locked.pem", "--passphrase", "env:WRONG", env=env)
        self.assertIn("does not open", err)
        self.assertNotIn("battery", err)
        self.run_it(3, "key", "generate", "--output", "y.pem", "--passphrase", "env:NONE")
        self.run_it(3, "key", "generate", "--output", "y.pem", "--passphrase", "correct horse")
        self.assertFalse(os.path.exists(self.path("y.pem")))

    def test_open_to_others(self):
        self.run_it(0, "key", "generate", "--output", "open.pem")
        os.chmod(self.path("open.pem"), 0o644)
        for command in ("show", "public"):
            self.assertIn("chmod 600", self.run_it(3, "key", command, "open.pem")[1])

    def test_wrong_files(self):
        self.write("text", b"hello")
        self.run_it(2, "key", "show", "text")
        self.run_it(2, "key", "show", "nothing")
        self.run_it(2, "key", "public")
        self.run_it(2, "key", "show", self.ours.public, "--state", ".")
        self.run_it(2, "key", "show", "--passphrase", "env:X")
        self.run_it(2, "key", "show", a.Key(self.folder, "weak", "weak").public)


if __name__ == "__main__":
    COUNTERMARK = os.path.abspath(sys.argv.pop(1))
    unittest.main()

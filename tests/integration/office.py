# SPDX-License-Identifier: Apache-2.0
"""The process with the keys, started and spoken to; and Worlds whose artifacts may be attested."""

import array
import base64
import contextlib
import hashlib
import json
import os
import shutil
import socket
import subprocess
import tempfile
import time

from attesting import pae
from documenting import Notes, read, sha256, write
from forms import canonical
from keys import openssl
from notes import builds, documented, rejected, undecided

FORMAT = "countermark-keys/1"
PROVENANCE = "https://slsa.dev/provenance/v1"
SUMMARY = "https://slsa.dev/verification_summary/v1"
EVIDENCE_TYPE = "application/vnd.countermark.evidence+json"
PATIENCE = 60
MOST = 64 << 10


class Office:
    """A running process with the keys, and the socket to it."""

    def __init__(self, bench, folder, *words, state=True):
        self.socket, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        program = os.path.join(os.path.dirname(bench.countermark), "countermark-keys")
        state = ["--state", os.path.join(folder, "keys-state")] if state else ["--no-state"]
        self.log = tempfile.TemporaryFile(dir=folder)
        self.process = subprocess.Popen(
            [program, "--config", os.path.join(folder, "countermark.conf"), *state, *words],
            stdin=theirs, stdout=subprocess.DEVNULL, stderr=self.log,
            env=bench.environment(folder), start_new_session=True)
        theirs.close()
        self.socket.settimeout(PATIENCE)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()
        try:
            self.exit = self.process.wait(PATIENCE)
        finally:
            self.process.kill()
            self.process.wait()
            self.log.seek(0)
            self.said = self.log.read().decode()
            self.log.close()

    def wait_for(self, text):
        """Until it has said that."""
        until = time.monotonic() + PATIENCE
        while text not in os.pread(self.log.fileno(), 1 << 20, 0):
            assert time.monotonic() < until and self.process.poll() is None, text
            time.sleep(0.01)

    def send(self, packet, *files):
        """Files are names, bytes that an unlinked file holds, or descriptors."""
        with contextlib.ExitStack() as stack:
            fds = []
            for one in files:
                if isinstance(one, bytes):
                    fd = os.memfd_create("file")
                    os.write(fd, one)
                elif isinstance(one, str):
                    fd = os.open(one, os.O_RDONLY)
                else:
                    fd = os.dup(one)
                stack.callback(os.close, fd)
                fds.append(fd)
            text = packet if isinstance(packet, bytes) else json.dumps(packet).encode()
            rights = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", fds))] if fds else []
            self.socket.sendmsg([text], rights)

    def receive(self):
        """The answer, and the file that came with it (None)."""
        data, fds, _, _ = socket.recv_fds(self.socket, MOST, 4)
        content = None
        for fd in fds:
            with open(fd, "rb") as file:
                content = os.pread(file.fileno(), 1 << 20, 0)
        return json.loads(data), content

    def ask(self, packet, *files):
        self.send(packet, *files)
        return self.receive()


class Keys(Notes):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.secret = cls.bench.path("signing.pem")
        openssl("genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-out",
                cls.secret)
        cls.other_secret = cls.bench.path("other.pem")
        openssl("genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-out",
                cls.other_secret)
        for path in (cls.secret, cls.other_secret):
            os.chmod(path, 0o600)
        cls.public = cls.bench.path("signing.pub.pem")
        openssl("pkey", "-in", cls.secret, "-pubout", "-out", cls.public)
        cls.evidence_secret = cls.bench.path("state", "evidence-key.pem")
        suite = cls("run")
        cls.honest = suite.verify(cls.attested(builds), output=False)
        cls.documented = suite.verify(cls.attested(documented()))
        cls.rejected = suite.verify(cls.attested(rejected()), output=False)
        cls.undecided = suite.verify(cls.attested(undecided()), output=False)

    @classmethod
    def attested(cls, change, **more):
        def changed(w):
            change(w)
            w.trust["organization"]["verifier"] = "https://sign.acme.example/countermark"
            w.trust["evidence_keys"] = [cls.key]
            w.trust["keys"] = [
                {"slug": "release", "file": cls.secret, "builders": [
                    {"id": "https://sign.acme.example/countermark/builders/appveyor",
                     "build_level": "L2"}]},
                {"slug": "other", "file": cls.other_secret}]
            w.policy.update({"attest": "release", **more})
        return changed

    def office(self, of=None, *words, state=True):
        return Office(self.bench, (of or self.honest).folder, *words, state=state)

    def request(self, of=None, **changes):
        packet = {"format": FORMAT, "wants": "attestations", "project": "widget",
                  "policy": (of or self.honest).world.policy["slug"], "key": "release", **changes}
        return {key: value for key, value in packet.items() if value is not None}

    def fresh_state(self, of):
        shutil.rmtree(os.path.join(of.folder, "keys-state"), ignore_errors=True)

    def setUp(self):
        for of in (self.honest, self.documented):
            self.fresh_state(of)

    def journal(self, of=None):
        path = os.path.join((of or self.honest).folder, "keys-state", "signatures.jsonl")
        if not os.path.exists(path):
            return []
        return [json.loads(line) for line in read(path).splitlines()]

    def seal(self, evidence, key=None):
        """What whoever has the evidence key can make."""
        payload = canonical(evidence)
        secret = key or self.evidence_secret
        message = write(os.path.join(self.honest.folder, "message"), pae(payload, EVIDENCE_TYPE))
        signature = openssl("pkeyutl", "-sign", "-rawin", "-inkey", secret, "-in", message)
        der = openssl("pkey", "-in", secret, "-pubout", "-outform", "DER")
        return json.dumps({"payload": base64.b64encode(payload).decode(),
                           "payloadType": EVIDENCE_TYPE,
                           "signatures": [{"keyid": "sha256:" + sha256(der),
                                           "sig": base64.b64encode(signature).decode()}]}).encode()

    def statements(self, lines):
        """Verified by openssl, with the key that is public: {predicate type: statement}."""
        found = {}
        for line in lines.splitlines():
            envelope = json.loads(line)
            self.assertEqual(sorted(envelope), ["payload", "payloadType", "signatures"])
            self.assertEqual(envelope["payloadType"], "application/vnd.in-toto+json")
            self.assertEqual([sorted(s) for s in envelope["signatures"]], [["sig"]])
            payload = base64.b64decode(envelope["payload"], validate=True)
            folder = self.honest.folder
            message = write(os.path.join(folder, "pae"), pae(payload, envelope["payloadType"]))
            signature = write(os.path.join(folder, "sig"),
                              base64.b64decode(envelope["signatures"][0]["sig"], validate=True))
            self.assertIn(b"Verified OK", openssl("dgst", "-sha256", "-verify", self.public,
                                                  "-signature", signature, message))
            statement = json.loads(payload)
            self.assertEqual(canonical(statement), payload)
            found[statement["predicateType"]] = statement
        return found

    def expect_signed(self, answer, content, first=False, kept=True):
        self.assertTrue(answer["signed"], answer)
        self.assertEqual((answer["format"], answer["first"], answer["kept"]),
                         (FORMAT, first, kept))
        der = openssl("pkey", "-in", self.secret, "-pubout", "-outform", "DER")
        self.assertEqual(answer["key_id"], "sha256:" + sha256(der))
        self.assertEqual(base64.b64decode(answer["hint"]), hashlib.sha256(der).digest())
        return self.statements(content)

    def expect_refused(self, answer, content, kind, *texts):
        self.assertFalse(answer["signed"], answer)
        self.assertIsNone(content)
        self.assertEqual(answer["class"], kind, answer["message"])
        for text in texts:
            self.assertIn(text, answer["message"])

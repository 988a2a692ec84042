#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Keys on tokens of SoftHSM, in a folder of the test's.

    tokens.py COUNTERMARK FIXTURE-NOTES

Some are made there by OpenSC's pkcs11-tool, which also reads their public halves; those that it cannot
read are openssl's, and taken over by the token. What is attested with them is verified by openssl.
"""

import base64
import glob
import json
import os
import pathlib
import shutil
import subprocess
import sys
import unittest

HERE = pathlib.Path(__file__).parent
sys.path.insert(0, str(HERE.parent / "integration"))

import forms  # noqa: E402
from attesting import pae  # noqa: E402
from documenting import Notes, read, sha256, write  # noqa: E402
from keys import openssl  # noqa: E402
from notes import builds  # noqa: E402
from office import PROVENANCE, SUMMARY, Keys  # noqa: E402

REQUIRED = "COUNTERMARK_INTEROP_REQUIRED"  # set: what is missing is a failure
MODULES = ("/usr/lib/softhsm/libsofthsm2.so", "/usr/lib64/pkcs11/libsofthsm2.so",
           "/usr/lib*/*/softhsm/libsofthsm2.so")
PIN = "271828"
MADE = {"p256": "EC:prime256v1", "rsa": "rsa:2048"}
TAKEN = {"p384": ["EC", "-pkeyopt", "ec_paramgen_curve:P-384"],
         "p521": ["EC", "-pkeyopt", "ec_paramgen_curve:P-521"], "ed25519": ["ED25519"]}
DIGESTS = {"p256": "sha256", "rsa": "sha256", "p384": "sha384", "p521": "sha512", "ed25519": None}


def module():
    return next((path for pattern in MODULES for path in glob.glob(pattern)), None)


def skip_if_missing():
    lacks = [tool for tool in ("softhsm2-util", "pkcs11-tool") if not shutil.which(tool)]
    lacks += [] if module() else ["libsofthsm2.so"]
    if lacks:
        print(f"skipped, not here: {', '.join(lacks)} (contrib/setup --interop)")
        sys.exit(1 if os.environ.get(REQUIRED) else 77)


class Tokens(Keys):
    """One token with a key of each kind, and one whose PIN nobody knows."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.make_tokens()

    @classmethod
    def make_tokens(cls):
        folder = cls.bench.path("softhsm")
        os.makedirs(os.path.join(folder, "tokens"))
        cls.more = {"SOFTHSM2_CONF": os.path.join(folder, "softhsm2.conf")}
        write(cls.more["SOFTHSM2_CONF"], f"directories.tokendir = {folder}/tokens\n"
              "objectstore.backend = file\nlog.level = ERROR\n".encode())
        plain = cls.bench.environment
        cls.bench.environment = lambda folder, more=(): {**plain(folder, more), **cls.more}
        for label, pin in (("hsm", PIN), ("other", "314159")):
            cls.tool("softhsm2-util", "--init-token", "--free", "--label", label, "--so-pin",
                     "12345678", "--pin", pin)
        cls.pin = cls.bench.path("pin")
        write(cls.pin, PIN.encode() + b"\n")
        os.chmod(cls.pin, 0o600)
        cls.publics = {
            kind: (cls.make_key if kind in MADE else cls.take_key)(kind, f"0{number}")
            for number, kind in enumerate(DIGESTS, 1)}

    @classmethod
    def make_key(cls, kind, number):
        """The path of its public half, as pkcs11-tool has it."""
        which = ["--module", module(), "--token-label", "hsm", "--login", "--pin", PIN]
        cls.tool("pkcs11-tool", *which, "--keypairgen", "--key-type", MADE[kind], "--label", kind,
                 "--id", number)
        der, pem = cls.bench.path(kind + ".der"), cls.bench.path(kind + ".pub.pem")
        cls.tool("pkcs11-tool", *which, "--read-object", "--type", "pubkey", "--label", kind,
                 "--output-file", der)
        openssl("pkey", "-pubin", "-inform", "DER", "-in", der, "-out", pem)
        return pem

    @classmethod
    def take_key(cls, kind, number):
        """The path of its public half, as openssl has it."""
        secret, pem = cls.bench.path(kind + ".pem"), cls.bench.path(kind + ".pub.pem")
        openssl("genpkey", "-algorithm", *TAKEN[kind], "-out", secret)
        openssl("pkey", "-in", secret, "-pubout", "-out", pem)
        cls.tool("softhsm2-util", "--import", secret, "--token", "hsm", "--label", kind, "--id",
                 number, "--pin", PIN)
        return pem

    @classmethod
    def tool(cls, *words):
        done = subprocess.run(words, env={**os.environ, **cls.more}, capture_output=True,
                              check=False)
        assert done.returncode == 0, (words, done.stdout, done.stderr)

    @staticmethod
    def uri(kind, token="hsm"):
        return f"pkcs11:token={token};object={kind};type=private"

    def on_token(self, kind="p256", **more):
        def changed(w):
            self.attested(builds)(w)
            w.trust["keys"] = [{"slug": "release", "uri": self.uri(kind), "module": module(),
                                "pin": "file:" + self.pin, **more}]
        return changed

    def command(self, what, uri, *words):
        folder = self.bench.run_folder()
        return self.bench.run(folder, "key", what, uri, "--module", module(), *words)

    def attest(self, change):
        result = self.verify(change, output=False)
        self.expect(result, 0)
        out = os.path.join(result.folder, "all.intoto.jsonl")
        source = write(os.path.join(result.folder, "delivered"), result.world.artifact)
        return self.bench.run(
            result.folder, "attest", "--config", os.path.join(result.folder, "countermark.conf"),
            "--state", os.path.join(result.folder, "later-state"), "--evidence", result.evidence,
            "--attestations", out, source), out

    def verifies(self, kind, message, signature):
        digest = DIGESTS[kind]
        words = (["pkeyutl", "-verify", "-rawin", "-pubin", "-inkey", self.publics[kind], "-in",
                  message, "-sigfile", signature] if digest is None else
                 ["dgst", "-" + digest, "-verify", self.publics[kind], "-signature", signature,
                  message])
        self.assertRegex(openssl(*words), b"(?i)verified (ok|successfully)")

    def test_each_kind(self):
        for kind in DIGESTS:
            with self.subTest(kind):
                result, out = self.attest(self.on_token(kind))
                self.expect(result, 0, "attested")
                der = openssl("pkey", "-pubin", "-in", self.publics[kind], "-outform", "DER")
                self.assertIn("sha256:" + sha256(der), result.out + result.err)
                types = [self.statement(kind, line) for line in read(out).splitlines()]
                self.assertEqual(sorted(types), sorted([PROVENANCE, SUMMARY]))

    def statement(self, kind, line):
        envelope = json.loads(line)
        payload = base64.b64decode(envelope["payload"], validate=True)
        folder = self.bench.run_folder()
        self.verifies(kind, write(os.path.join(folder, "pae"), pae(payload, envelope["payloadType"])),
                      write(os.path.join(folder, "sig"),
                            base64.b64decode(envelope["signatures"][0]["sig"])))
        return json.loads(payload)["predicateType"]

    def test_the_public_half(self):
        """Without a PIN, too; and as pkcs11-tool has it."""
        for kind, path in self.publics.items():
            with self.subTest(kind):
                for words in ((), ("--pin", "file:" + self.pin)):
                    result = self.command("public", self.uri(kind), *words)
                    self.expect(result, 0)
                    self.assertEqual(result.out.encode(), read(path))
                self.expect(self.command("show", self.uri(kind), "--pin", "file:" + self.pin), 0,
                            "secret, on a token")
                self.expect(self.command("show", self.uri(kind)), 0, "half        public")

    def certificate(self, kind):
        """A chain of two for that key, and the path of the first of it."""
        key, ca, path = (self.bench.path(kind + end) for end in ("-ca.key", "-ca.pem", "-chain.pem"))
        openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", key, "-out", ca,
                "-subj", "/CN=CA", "-addext", "keyUsage=critical,keyCertSign,cRLSign")
        extensions = write(self.bench.path("extensions"), b"basicConstraints=CA:false\n"
                           b"keyUsage=critical,digitalSignature\nsubjectKeyIdentifier=hash\n")
        openssl("x509", "-new", "-subj", "/CN=Acme", "-force_pubkey", self.publics[kind], "-CA", ca,
                "-CAkey", key, "-CAcreateserial", "-extfile", extensions, "-out", path)
        with open(path, "ab") as file:
            file.write(read(ca))
        return path, ca

    def signed(self, kind, chain):
        def changed(w):
            self.on_token(kind, certificate=chain, forms=[{"content": "{artifact}"}])(w)
            w.linked["artifact_configurations"] = [{"slug": "it", "signer": "cms"}]
            w.policy.update(sign="release")
        return self.verify(changed)

    def test_signatures_of_files(self):
        """CMS: the token is given the digest of the attributes, by SHA-256 for each curve."""
        for kind in ("p256", "p384", "p521", "rsa"):
            with self.subTest(kind):
                chain, ca = self.certificate(kind)
                result = self.signed(kind, chain)
                self.expect(result, 0)
                openssl("cms", "-verify", "-binary", "-inform", "DER", "-in",
                        result.output + ".p7s", "-content", result.output, "-CAfile", ca,
                        "-purpose", "any", "-cades")
        self.expect(self.signed("rsa", self.certificate("p256")[0]), 3,
                    "not that of the key")
        self.expect(self.signed("ed25519", self.certificate("ed25519")[0]), 1, "Ed25519")

    def test_wrong_words(self):
        folder = self.bench.run_folder()
        for words, text in ((["key", "show", self.uri("p256")], "--module"),
                            (["key", "public", self.uri("p256"), "--module", "m.so"], "absolute"),
                            (["key", "show", "--module", module()], "are of a key on a token"),
                            (["key", "show", self.publics["rsa"], "--pin", "env:P"],
                             "are of a key on a token"),
                            (["key", "public", self.uri("rsa"), "--module", module(),
                              "--passphrase", "env:P"], "has a PIN")):
            self.expect(self.bench.run(folder, *words), 2, text)

    def test_a_wrong_pin_is_tried_once(self):
        change = self.on_token(uri=self.uri("p256", "other"))
        result, out = self.attest(change)
        self.expect(result, 3, "key release: pkcs11:token=other", "refuses the PIN")
        again, _ = self.attest(change)
        self.expect(again, 3, "was given a wrong PIN", "log in once by another program")
        self.assertFalse(os.path.exists(out))
        # somebody who knows it
        self.tool("pkcs11-tool", "--module", module(), "--token-label", "other", "--login", "--pin",
                  "314159", "--list-objects")
        last, _ = self.attest(change)
        self.expect(last, 3, "refuses the PIN")

    def test_what_is_not_there(self):
        for uri, text in ((self.uri("p256", "nowhere"), "knows of no token"),
                          (self.uri("nothing"), "no secret key that the URI names"),
                          ("pkcs11:token=hsm;type=private", "several secret keys"),
                          ("pkcs11:token=hsm;object=p256;type=public", "something else")):
            with self.subTest(uri):
                self.expect(self.attest(self.on_token(uri=uri))[0], 3, text)

    def test_a_module_of_others(self):
        copy = shutil.copy(module(), self.bench.path("module.so"))
        os.chmod(copy, 0o666)
        self.expect(self.attest(self.on_token(module=copy))[0], 3, "chmod go-w", "module.so")

    def test_the_configuration_shows_no_pin(self):
        result = self.verify(self.on_token(), output=False)
        shown = self.bench.run(result.folder, "config", "show", "--format", "json", "--config",
                               os.path.join(result.folder, "countermark.conf"))
        self.expect(shown, 0, self.uri("p256"), "file:" + self.pin)
        self.assertNotIn(PIN, shown.out)
        configuration = json.loads(shown.out)
        self.assertEqual(configuration["keys"][0]["module"], module())
        self.assertEqual(forms.wrong_with("configuration", configuration), [])

    def test_only_who_needs_it_loads_it(self):
        """p11-kit is in the process that holds a key on a token, and in no other."""
        result = self.verify(self.on_token(), output=False)
        with self.office(result) as office:
            answer, _ = office.ask(self.request(result), result.evidence, result.world.artifact)
            self.assertTrue(answer["signed"], answer)
            maps = read(f"/proc/{office.process.pid}/maps")
        self.assertIn(b"countermark-token.so", maps)
        self.assertIn(b"libp11-kit", maps)
        with self.office(self.honest) as office:
            office.ask(self.request(), self.honest.evidence, self.honest.world.artifact)
            maps = read(f"/proc/{office.process.pid}/maps")
        self.assertNotIn(b"p11-kit", maps)


if __name__ == "__main__":
    skip_if_missing()
    Tokens.program = os.path.abspath(sys.argv.pop(1))
    Notes.plugin = os.path.abspath(sys.argv.pop(1))
    unittest.main()

#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Certificates, revocation lists, OCSP answers and signed texts before us and before the command line
of OpenSSL: where both must say the same they do, and where we are stricter it is written down here.

    certificates.py FOLDER-OF-READ_CERTIFICATES
"""

import base64
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent / "integration"))

import der  # noqa: E402
from attesting import raw_of  # noqa: E402
from keys import base64url  # noqa: E402

READER = None

CONFIG = """
[req]
distinguished_name = none
[none]
[authority]
basicConstraints = critical,CA:true
keyUsage = critical,keyCertSign,cRLSign
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
[responder]
keyUsage = critical,digitalSignature
extendedKeyUsage = OCSPSigning
[leaf]
basicConstraints = critical,CA:false
keyUsage = critical,digitalSignature
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
%s
[ca]
default_ca = own
[own]
database = %s.index
crlnumber = %s.number
default_md = sha256
default_crl_days = 7
[number]
authorityKeyIdentifier = keyid
"""

CLIENT = "extendedKeyUsage = clientAuth"


def run(*words, good=(0,)):
    done = subprocess.run(words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    text = done.stdout.decode("utf-8", "replace")
    assert done.returncode in good, f"{' '.join(words)}: {done.returncode}\n{text}"
    return done.returncode, text.strip()


def ours(*words):
    return run(READER, *words)[1]


class World(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="countermark-certificates-")
        self.addCleanup(shutil.rmtree, self.folder)
        self.certificate("root", None, "authority", 1)
        self.certificate("issuing", "root", "authority", 2)

    def path(self, name):
        return os.path.join(self.folder, name)

    def put(self, name, content):
        with open(self.path(name), "wb") as file:
            file.write(content if isinstance(content, bytes) else content.encode())
        return self.path(name)

    def config(self, name, more=CLIENT):
        return self.put(name + ".cnf", CONFIG % (more, self.path(name), self.path(name)))

    def key(self, name, kind="P-256"):
        to = self.path(name + ".key")
        if kind == "ED25519":
            run("openssl", "genpkey", "-algorithm", "ED25519", "-out", to)
        elif kind.startswith("RSA"):
            run("openssl", "genpkey", "-algorithm", "RSA", "-pkeyopt",
                "rsa_keygen_bits:" + kind[3:], "-out", to)
        else:
            run("openssl", "genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:" + kind,
                "-out", to)
        return to

    def certificate(self, name, issuer, section, serial, *, more=CLIENT, kind="P-256",
                    digest="sha256", days="9", subject=None, options=()):
        config, key = self.config(name, more), self.key(name, kind)
        request = self.path(name + ".csr")
        run("openssl", "req", "-new", "-utf8", *options, "-key", key, "-subj",
            subject or "/O=Acme/CN=" + name, "-config", config, "-out", request)
        by = (["-signkey", key] if issuer is None else
              ["-CA", self.path(issuer + ".pem"), "-CAkey", self.path(issuer + ".key")])
        run("openssl", "x509", "-req", "-in", request, *by, "-set_serial", str(serial), "-days",
            days, "-" + digest, "-extfile", config, "-extensions", section, "-out",
            self.path(name + ".pem"))
        return self.path(name + ".pem")

    def list(self, to, issuer, number, revoked=(), days="7"):
        self.put(issuer + ".number", f"{number:04X}\n")
        self.put(issuer + ".index", "".join(
            f"R\t490101000000Z\t250101000000Z\t{serial:04X}\tunknown\t/CN=x\n"
            for serial in revoked))
        run("openssl", "ca", "-gencrl", "-config", self.config(issuer), "-keyfile",
            self.path(issuer + ".key"), "-cert", self.path(issuer + ".pem"), "-crlexts", "number",
            "-crldays", days, "-out", self.path(to))
        with open(self.path(to), "rb") as file:
            return file.read()


class Chains(World):
    def both(self, leaf, *, others="issuing.pem", anchors="root.pem", lists=None, partial=False):
        """(what we say, whether OpenSSL is content)."""
        words = ["openssl", "verify", "-x509_strict", "-purpose", "sslclient", "-CAfile",
                 self.path(anchors)]
        words += ["-untrusted", self.path(others)] if others else []
        words += ["-crl_check_all", "-CRLfile", self.path(lists)] if lists else []
        words += ["-partial_chain"] if partial else []
        status, _ = run(*words, leaf, good=(0, 1, 2))
        said = ours("judge", leaf, self.path(others) if others else "-", self.path(anchors),
                    self.path(lists) if lists else "-", "yes" if lists else "no")
        return said, status == 0

    def agree(self, leaf, begins, **more):
        said, content = self.both(leaf, **more)
        self.assertTrue(said.startswith(begins), said)
        self.assertEqual(content, begins == "valid", said)

    def stricter(self, leaf, begins, **more):
        said, content = self.both(leaf, **more)
        self.assertTrue(said.startswith(begins), said)
        self.assertTrue(content)

    def test_where_both_say_the_same(self):
        leaf = self.certificate("leaf", "issuing", "leaf", 3)
        self.agree(leaf, "valid")
        self.agree(leaf, "untrusted", others=None)
        self.agree(leaf, "valid", others=None, anchors="issuing.pem", partial=True)
        for number, (more, begins) in enumerate((
                ("extendedKeyUsage = serverAuth", "purpose"),
                ("extendedKeyUsage = anyExtendedKeyUsage", "purpose"),
                ("extendedKeyUsage = clientAuth,serverAuth", "valid"),
                (CLIENT + "\n1.2.3.4 = critical,DER:0500", "form"),
                (CLIENT + "\n1.3.6.1.4.1.311.21.7 = critical,DER:300a06082b0601040182377f", "form"),
                (CLIENT + "\n1.3.6.1.4.1.311.21.7 = DER:300a06082b0601040182377f", "valid"))):
            with self.subTest(more=more):
                self.agree(self.certificate(f"leaf-{number}", "issuing", "leaf", 10 + number,
                                            more=more), begins)

    def test_another_authority_of_the_same_name(self):
        self.certificate("evil", None, "authority", 1, subject="/O=Acme/CN=issuing")
        leaf = self.certificate("leaf", "evil", "leaf", 3)
        self.agree(leaf, "untrusted")
        self.agree(leaf, "untrusted", others="evil.pem")

    def test_where_openssl_is_content_and_we_are_not(self):
        none = self.certificate("none", "issuing", "leaf", 3, more="")
        self.stricter(none, "purpose: it has no extended key usage")
        leaf = self.certificate("leaf", "issuing", "leaf", 4)
        self.stricter(leaf, "untrusted: it stands among", others=None, anchors="leaf.pem",
                      partial=True)
        weak = self.certificate("weak", "issuing", "leaf", 5, digest="sha1")
        self.stricter(weak, "weak: the signature of")
        small = self.certificate("small", "issuing", "leaf", 6, kind="RSA1024")
        self.stricter(small, "weak: the key of")

    def test_revocation(self):
        leaf = self.certificate("leaf", "issuing", "leaf", 3)
        root, good = self.list("root.crl", "root", 1), self.list("good.crl", "issuing", 7)
        bad = self.list("bad.crl", "issuing", 8, revoked=(3,))
        self.put("lists-good", root + good)
        self.put("lists-bad", root + bad)
        self.put("lists-none", root)
        self.agree(leaf, "valid", lists="lists-good")
        self.agree(leaf, "revoked", lists="lists-bad")
        self.agree(leaf, "no-list", lists="lists-none")

    def test_of_two_lists_of_one_second_openssl_takes_the_first(self):
        leaf = self.certificate("leaf", "issuing", "leaf", 3)
        root = self.list("root.crl", "root", 1)
        for _ in range(5):
            good = self.list("good.crl", "issuing", 7)
            bad = self.list("bad.crl", "issuing", 8, revoked=(3,))
            times = {run("openssl", "crl", "-in", self.path(name), "-noout", "-lastupdate")[1]
                     for name in ("good.crl", "bad.crl")}
            if len(times) == 1:
                break
        else:
            self.fail("no two lists of one second could be made")
        self.put("lists", root + good + bad)
        self.stricter(leaf, "revoked", lists="lists")


class Names(World):
    def test_are_written_as_openssl_writes_them(self):
        for number, subject in enumerate((
                "/DC=org/DC=acme/OU=Release Nodes/CN=build-7", "/O=a,b+c/CN=#x", "/O=a\\\\b/CN= x ",
                "/C=DE/ST=x/L=y/O=<a>;\"b\"/CN=M\u00fcller")):
            leaf = self.certificate(f"leaf-{number}", "issuing", "leaf", 3, subject=subject)
            _, theirs = run("openssl", "x509", "-in", leaf, "-noout", "-subject", "-nameopt",
                            "RFC2253,-esc_msb,utf8")
            self.assertEqual("subject=" + ours("show", leaf), theirs)

    def test_that_are_multi_valued(self):
        leaf = self.certificate("leaf", "issuing", "leaf", 3, subject="/O=Acme/CN=a+OU=b",
                                options=("-multivalue-rdn",))
        self.assertIn(ours("show", leaf), ("CN=a+OU=b,O=Acme", "OU=b+CN=a,O=Acme"))


class Responders(World):
    def answer(self, status, signer):
        index = {"good": "V\t490101000000Z\t\t03", "revoked": "R\t490101000000Z\t250101000000Z\t03",
                 "unknown": "V\t490101000000Z\t\t04"}[status]
        run("openssl", "ocsp", "-index", self.put("index", index + "\tunknown\t/CN=x\n"), "-rsigner",
            self.path(signer + ".pem"), "-rkey", self.path(signer + ".key"), "-CA",
            self.path("issuing.pem"), "-reqin", self.path("request"), "-respout",
            self.path("response"), "-ndays", "1")
        return ours("answered", self.path("leaf.pem"), self.path("issuing.pem"),
                    self.path("response"))

    def test_that_openssl_plays(self):
        self.certificate("leaf", "issuing", "leaf", 3)
        self.certificate("responder", "issuing", "responder", 4)
        self.certificate("stranger", "root", "responder", 5)
        ours("ask", self.path("leaf.pem"), self.path("issuing.pem"), self.path("request"))
        for status in ("good", "revoked", "unknown"):
            for signer in ("issuing", "responder"):
                self.assertEqual(self.answer(status, signer), status)
        for signer in ("leaf", "stranger", "root"):
            self.assertIn("signed neither by the issuer", self.answer("good", signer))


class Signed(World):
    PAYLOAD = b'{"nonce":"7"}'

    def der_of(self, name):
        run("openssl", "x509", "-in", self.path(name + ".pem"), "-outform", "DER", "-out",
            self.path(name + ".der"))
        with open(self.path(name + ".der"), "rb") as file:
            return file.read()

    @staticmethod
    def raw_to_der(raw):
        half = len(raw) // 2
        return der.seq(*(der.integer(int.from_bytes(part, "big"))
                         for part in (raw[:half], raw[half:])))

    KINDS = (("P-256", "ES256", "-sha256", 32), ("P-384", "ES384", "-sha384", 48),
             ("P-521", "ES512", "-sha512", 66), ("RSA2048", "PS256", "-sha256", 0),
             ("RSA2048", "RS256", "-sha256", 0), ("ED25519", "EdDSA", None, 0))

    @staticmethod
    def padding(algorithm):
        return (["-sigopt", "rsa_padding_mode:pss", "-sigopt", "rsa_pss_saltlen:32"]
                if algorithm == "PS256" else [])

    def test_by_openssl_is_believed_by_us(self):
        for number, (kind, algorithm, digest, half) in enumerate(self.KINDS):
            name = f"leaf-{number}"
            self.certificate(name, "issuing", "leaf", 3, kind=kind)
            header = {"alg": algorithm, "x5c": [base64.b64encode(self.der_of(name)).decode()]}
            signed = base64url(json.dumps(header).encode()) + "." + base64url(self.PAYLOAD)
            text, to, key = self.put("signed", signed), self.path("sig"), self.path(name + ".key")
            if digest:
                run("openssl", "dgst", digest, *self.padding(algorithm), "-sign", key, "-out", to,
                    text)
            else:
                run("openssl", "pkeyutl", "-sign", "-rawin", "-inkey", key, "-in", text, "-out",
                    to)
            with open(to, "rb") as file:
                raw = file.read()
            raw = raw_of(raw, half) if half else raw
            jws = self.put("jws", signed + "." + base64url(raw))
            self.assertEqual(ours("verify", self.path(name + ".pem"), jws), algorithm)

    def test_by_us_is_believed_by_openssl(self):
        for number, (kind, algorithm, digest, half) in enumerate(self.KINDS):
            if algorithm == "RS256":
                continue
            name = f"leaf-{number}"
            self.certificate(name, "issuing", "leaf", 3, kind=kind)
            jws = ours("sign", self.path(name + ".pem"), self.path(name + ".key"),
                       self.put("payload", self.PAYLOAD))
            header, payload, signature = jws.split(".")
            self.assertEqual(json.loads(base64.urlsafe_b64decode(header + "=="))["alg"], algorithm)
            self.assertEqual(base64.urlsafe_b64decode(payload + "=="), self.PAYLOAD)
            raw = base64.urlsafe_b64decode(signature + "==")
            text = self.put("signed", header + "." + payload)
            sig = self.put("sig", self.raw_to_der(raw) if half else raw)
            public = self.put("public", run("openssl", "x509", "-in", self.path(name + ".pem"),
                                            "-noout", "-pubkey")[1] + "\n")
            if digest:
                run("openssl", "dgst", digest, *self.padding(algorithm), "-verify", public,
                    "-signature", sig, text)
            else:
                run("openssl", "pkeyutl", "-verify", "-rawin", "-pubin", "-inkey", public, "-in",
                    text, "-sigfile", sig)


if __name__ == "__main__":
    READER = os.path.join(sys.argv.pop(1), "read_certificates")
    unittest.main()

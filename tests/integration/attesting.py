# SPDX-License-Identifier: Apache-2.0
"""Attestations made by hand: keys and signatures of the openssl command, the rest is text, so that
they can say whatever an attacker would have them say."""

import base64
import functools
import hashlib
import json
import os
import pathlib
import re

from keys import openssl

TYPE = "application/vnd.in-toto+json"
VSA = "https://slsa.dev/verification_summary/v1"
PROVENANCE = "https://slsa.dev/provenance/v1"
BUNDLE = "application/vnd.dev.sigstore.bundle.v0.3+json"
ARTIFACT = b"hello origin\n"
SHA256 = hashlib.sha256(ARTIFACT).hexdigest()
VERIFIER = "https://origin.example.org/verifier/v1"
RESOURCE = "pkg:nuget/Foo@1.0.0"
BUILDER = "https://origin.example.org/builders/ci1"
REPOSITORY = "https://git.example.org/acme/foo"
COMMIT = "7fd1a60b01f91b314f59955a4e4d4e80d8edf11d"


def shown():
    """The documents that countermark-attestation(5) shows: provenance, summary, envelope, bundle."""
    page = pathlib.Path(__file__).parents[2] / "docs" / "countermark-attestation.5"
    return [json.loads(block.replace("\\e", "\\")) for block in re.findall(
        r"^\.Bd -literal\n(\{.*?)^\.Ed$", page.read_text(encoding="utf-8"), re.M | re.S)]


class Key:
    """A pair of files, made by openssl: NAME.key and NAME.pub."""

    MAKES = {"p256": ["EC", "ec_paramgen_curve:P-256"], "p384": ["EC", "ec_paramgen_curve:P-384"],
             "p521": ["EC", "ec_paramgen_curve:P-521"], "rsa": ["RSA", "rsa_keygen_bits:2048"],
             "weak": ["RSA", "rsa_keygen_bits:1024"], "k1": ["EC", "ec_paramgen_curve:secp256k1"],
             "pss": ["RSA-PSS", "rsa_keygen_bits:2048"], "ed25519": ["ED25519"]}

    def __init__(self, folder, name, kind="p256"):
        self.secret = os.path.join(folder, name + ".key")
        self.public = os.path.join(folder, name + ".pub")
        self.kind = kind
        algorithm, *options = self.MAKES[kind]
        openssl("genpkey", "-algorithm", algorithm, "-out", self.secret,
                *[word for option in options for word in ("-pkeyopt", option)])
        os.chmod(self.secret, 0o600)
        openssl("pkey", "-in", self.secret, "-pubout", "-out", self.public)

    def spki(self):
        return openssl("pkey", "-pubin", "-in", self.public, "-outform", "DER")

    def sign(self, data, digest=None, pss=False):
        if self.kind == "ed25519":
            path = self.secret + ".data"
            with open(path, "wb") as file:
                file.write(data)
            return openssl("pkeyutl", "-sign", "-rawin", "-inkey", self.secret, "-in", path)
        digest = digest or {"p384": "sha384", "p521": "sha512"}.get(self.kind, "sha256")
        options = ["-sigopt", "rsa_padding_mode:pss"] if pss else []
        return openssl("dgst", "-" + digest, "-sign", self.secret, *options, input=data)


def raw_of(der, size):
    """r and s of an ECDSA signature, one behind the other."""
    def number(at):
        assert der[at] == 2
        return int.from_bytes(der[at + 2:at + 2 + der[at + 1]], "big"), at + 2 + der[at + 1]
    r, at = number(2 if der[1] < 0x80 else 3)
    s, _ = number(at)
    return r.to_bytes(size, "big") + s.to_bytes(size, "big")


def pae(payload, payload_type=TYPE):
    return b"DSSEv1 %d %s %d %s" % (len(payload_type), payload_type.encode(), len(payload), payload)


def b64(data):
    return base64.b64encode(data).decode()


def as_bytes(value):
    return value if isinstance(value, bytes) else json.dumps(value).encode()


def envelope(statement, *keys, payload_type=TYPE, signed=None, keyid=None, **how):
    """An envelope as an object; `signed`: what is signed in place of the statement."""
    payload = as_bytes(statement)
    over = pae(payload if signed is None else as_bytes(signed), payload_type)
    signatures = [{"sig": b64(key.sign(over, **how))} for key in keys]
    for one in signatures:
        if keyid is not None:
            one["keyid"] = keyid
    return {"payload": b64(payload), "payloadType": payload_type, "signatures": signatures}


def bundle(inner, hint="x", kind="dsseEnvelope", material=None, media_type=BUNDLE):
    return {"mediaType": media_type,
            "verificationMaterial": material or {"publicKey": {"hint": hint}}, kind: inner}


def message(key, data, digest=None):
    return {"messageDigest": {"algorithm": "SHA2_256",
                              "digest": b64(digest or hashlib.sha256(data).digest())},
            "signature": b64(key.sign(data))}


def statement(predicate_type, predicate, **more):
    return {"_type": "https://in-toto.io/Statement/v1",
            "subject": [{"name": "Foo.1.0.0.nupkg", "digest": {"sha256": SHA256}}],
            "predicateType": predicate_type, "predicate": predicate, **more}


def vsa(**more):
    return statement(VSA, {
        "verifier": {"id": VERIFIER}, "timeVerified": "2026-11-22T07:06:00Z",
        "resourceUri": RESOURCE, "policy": {"uri": "https://origin.example.org/policies/foo"},
        "verificationResult": "PASSED",
        "verifiedLevels": ["SLSA_BUILD_LEVEL_2", "ORIGIN_VERIFIED"], "slsaVersion": "1.2", **more})


def provenance(external=None, dependencies=None, builder=BUILDER):
    return statement(PROVENANCE, {
        "buildDefinition": {
            "buildType": "https://origin.example.org/buildtypes/x/v1",
            "externalParameters": external if external is not None
            else {"repository": REPOSITORY, "ref": "refs/heads/main"},
            "resolvedDependencies": dependencies if dependencies is not None
            else [{"uri": f"git+{REPOSITORY}@refs/heads/main", "digest": {"gitCommit": COMMIT}}]},
        "runDetails": {"builder": {"id": builder}}})


@functools.lru_cache(maxsize=None)
def changed(text, old, new):
    """The text with the one place changed that is meant."""
    assert text.count(old) == 1, (old, text)
    return text.replace(old, new)

#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""make.py: writes build.json and ocsp.json beside it, with new keys and certificates.

Both are kept as they are, and judged at a fixed time; this is for whoever has to change what stands
in them. The keys are thrown away.
"""

import hashlib
import json
import os
import sys
from urllib.parse import quote

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "..", "..", "tests", "integration"))

import world  # noqa: E402

DECIDED = 1767225600  # 2026-01-01T00:00:00Z
world.NOW = DECIDED  # before anybody asks for it

import der  # noqa: E402
import pki  # noqa: E402
from keys import KEYS, pem, token  # noqa: E402

ARTIFACT = "the artifact of acme/widget\n"
RESPONDER = "https://ocsp.acme.example/node"
MINUTE = 60


def stamp(seconds):
    return world.time.strftime("%Y-%m-%dT%H:%M:%SZ", world.time.gmtime(seconds))


def canonical(value):
    return json.dumps(value, sort_keys=True, separators=(",", ":"))


def authorities():
    top = pki.root()
    return top, pki.issuing(top)


def node_of(issuing):
    """As AD CS makes it, for three months."""
    leaf = pki.node(issuing, KEYS.get("node"))
    leaf.ends = leaf.begins + 90 * world.DAY
    return leaf


def peer(leaf, issuing):
    what_for = {"organization": "acme", "project": "widget", "policy": "release", "system": "nodes",
                "artifact_sha256": hashlib.sha256(ARTIFACT.encode()).hexdigest()}
    challenge = canonical({
        "format": "countermark-node-challenge/1", "verifier": "countermark:acme",
        "nonce": hashlib.sha256(b"of a test").hexdigest(), **what_for,
        "issued": stamp(DECIDED - 3 * MINUTE), "expires": stamp(DECIDED + 7 * MINUTE)})
    chain = [pki.base64_of(one.der) for one in (leaf, issuing)]
    jws = token(leaf.key, challenge.encode(), {"alg": "ES256", "x5c": chain})
    return {"proof": "signed-challenge", "chain": chain, "jws": jws.decode(), "challenge": challenge,
            "consumed_at": stamp(DECIDED - MINUTE), "verifier": "countermark:acme", "for": what_for}


def script(comment, leaf, issuing, top, options, files, **more):
    return {
        "format": "countermark-conformance/1",
        "comment": comment,
        "conversation": "build",
        "options": {
            "issuers": [issuing.sha256],
            "subject": ["CN=build-7,OU=Release Nodes,DC=acme,DC=example"],
            "subject_under": ["OU=Release Nodes,DC=acme,DC=example"],
            "subject_any": ["CN=build-7"],
            "subject_all": ["OU=Release Nodes"],
            "template": pki.TEMPLATE,
            "template_major": 100,
            "template_minor": 12,
            "dns": ["build-*.nodes.acme.example"],
            "uri": ["spiffe://acme.example/nodes/*"],
            "strength": 128,
            "max_validity": "90d",
            **options,
        },
        "files": {"anchors": [pem("CERTIFICATE", top.der)], **files},
        "decided_at": stamp(DECIDED),
        "submitted": {"name": "widget.1.0.0.nupkg", "text": ARTIFACT},
        "peer": peer(leaf, issuing),
        **more,
    }


def by_lists():
    top, issuing = authorities()
    leaf = node_of(issuing)
    # one as text, one as the bytes that a distribution point gives
    lists = [pem("X509 CRL", pki.RevocationList(top).der),
             {"base64": pki.base64_of(pki.RevocationList(issuing).der)}]
    return script("A node of the group Release Nodes signed our challenge; two authorities publish "
                  "lists of what they took back.", leaf, issuing, top, {}, {"crl": lists})


def question(of):
    """RFC 6960, of one certificate, by its issuer's name and key."""
    bits = der.children(der.read(of.issuer.key.public)[1])[1][1][1:]
    certificate = der.seq(der.seq(der.oid("1.3.14.3.2.26"), der.NULL),
                          der.octets(hashlib.sha1(of.issuer.name).digest()),
                          der.octets(hashlib.sha1(bits).digest()), der.integer(of.serial))
    return pki.base64_of(der.seq(der.seq(der.seq(der.seq(certificate)))))


def by_responder():
    top, issuing = authorities()
    leaf = node_of(issuing)
    answers = [{"url": f"{RESPONDER}/{quote(question(one), safe='')}",
                "headers": {"content-type": "application/ocsp-response"},
                "base64": pki.base64_of(pki.OcspResponse(one).der)} for one in (leaf, issuing)]
    return script("The same node; a responder says of each certificate that it is good.",
                  leaf, issuing, top, {"revocation": "ocsp", "ocsp_url": RESPONDER + "/"}, {},
                  answers=answers)


def main():
    for name, made in (("build.json", by_lists()), ("ocsp.json", by_responder())):
        with open(os.path.join(HERE, name), "w", encoding="utf-8") as file:
            json.dump(made, file, indent=2)
            file.write("\n")


if __name__ == "__main__":
    main()

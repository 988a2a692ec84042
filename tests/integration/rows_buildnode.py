# SPDX-License-Identifier: Apache-2.0
"""Attacks by, and on, build nodes: on the proof, the chain, the configuration."""

import hashlib
import json
import os
import time

import der
import pki
from buildnode_world import CHECKS, OF_NODE
from buildnode_world import NodeRow as Row
from forms import canonical
from keys import KEYS, base64url, hmac_of
from pki import ACME, ANY, SERVER, constraints, dns, key_usage, purposes, subject, uri
from row import ENGINE
from world import DAY, HOUR, MINUTE, NOW, swapped

fails, unknown, lost = OF_NODE.fails, OF_NODE.unknown, OF_NODE.lost

# What is not known where the chain does not hold.
NO_CHAIN = unknown("issuer", "not-revoked")
UNTRUSTED = fails("chain-trusted") | NO_CHAIN
ENDED = unknown("chain-trusted") | NO_CHAIN
EXPIRED, WEAK = fails("valid-at") | ENDED, fails("key-strength") | ENDED
PURPOSE = fails("client-auth") | ENDED
NO_PEER = lost("peer")
# The certificate cannot be read, or in two ways; nothing is known that it has to say.
LEAF = ["proof", "chain-trusted", "subject", "client-auth", "key-strength", "valid-at",
        "not-revoked"]
NO_LEAF = unknown(*LEAF, "issuer", "template", "alternative-name")
# What of the engine's is asked about an origin only.
ORIGIN = [check for check in ENGINE if not check.startswith("request.")]


def rfc3339(seconds):
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(seconds))


# ---- the proof

def no_proof(w):
    w.proves = False


def other_key_signs(w):
    w.sign = lambda data: KEYS.get("thief").sign_token(data, "ES256")


def head(**members):
    return lambda w: w.header.update(members)


def signed_by(key, kind, algorithm):
    def change(w):
        w.header["alg"] = algorithm
        w.sign = lambda data: KEYS.get(key, kind).sign_token(data, algorithm)
    return change


def hmac_with_the_public_key(w):
    w.header["alg"] = "HS256"
    w.sign = hmac_of(w.leaf.key.public)


def no_algorithm(w):
    w.header["alg"] = "none"
    w.sign = lambda data: b""


def key_in_the_head(w):
    """A key of the thief's own, which an obliging library would take."""
    thief = KEYS.get("thief")
    w.header["jwk"] = {"kty": "EC", "crv": "P-256", "x": base64url(thief.point[1:33]),
                       "y": base64url(thief.point[33:])}
    w.sign = lambda data: thief.sign_token(data, "ES256")


def certificate_behind_the_signer(w):
    """The thief's certificate signs, and that of the node comes with it."""
    thief = pki.node(w.issuing, KEYS.get("thief"), subject(("CN", "thief")))
    w.sign = lambda data: thief.key.sign_token(data, "ES256")
    w.chain = [w.leaf, thief, w.issuing]


def signature(change):
    """f(signature's bytes) in place of the honest one."""
    def whole(w):
        w.sign = lambda data: change(w.leaf.key.sign_token(data, "ES256"), data, w.leaf.key)
    return whole


def payload(**members):
    def change(w):
        w.payload = lambda challenge: canonical({**json.loads(challenge), **members})
    return change


def parts(change):
    def whole(w):
        w.finish = lambda made: b".".join(change(*made.split(b".")))
    return whole


def of_policy_two(w):
    """A challenge of another policy, whose words are milder."""
    w.linked["signing_policies"].append({**w.policy, "slug": "try"})
    w.arguments += ["--policy", "nightly"]
    w.challenged["policy"] = "try"


def of_system_two(w):
    w.trust["systems"].append({**w.system, "slug": "nodes-2"})
    w.policy["systems"] = ["nodes", "nodes-2"]
    w.linked["links"].append({"system": "nodes-2"})
    w.arguments += ["--system", "nodes"]
    w.challenged["system"] = "nodes-2"


def of_project_two(w):
    w.trust["projects"].append({**w.linked, "slug": "other", "links": [dict(w.link)]})
    w.arguments += ["--project", "widget"]
    w.challenged["project"] = "other"


def of_file_two(w):
    w.challenged["artifact-sha256"] = hashlib.sha256(swapped(w.artifact)).hexdigest()


def used_twice(w):
    w.replayed = True


def other_state(w):
    """The challenge was made by another verifier: it is not kept here."""
    w.challenger = "elsewhere"


def in_configuration(old, new):
    def change(w, folder, _):
        path = os.path.join(folder, "countermark.conf")
        with open(path, encoding="utf-8") as file:
            text = file.read()
        assert text.count(old) == 1, old
        with open(path, "w", encoding="utf-8") as file:
            file.write(text.replace(old, new))
    return change


def other_verifier(w):
    w.trust["organization"]["verifier"] = "urn:verifier:1"
    w.after = in_configuration("urn:verifier:1", "urn:verifier:2")


def kept_as(begins, ends):
    """The verifier keeps, and the node signs, one of another time."""
    def change(w):
        w.kept_as = lambda challenge: canonical({
            **json.loads(challenge), "issued": rfc3339(NOW + begins),
            "expires": rfc3339(NOW + ends)})
    return change


expired = kept_as(-20 * MINUTE, -11 * MINUTE)
stretched = kept_as(-MINUTE, HOUR)


def no_file_comes(w):
    w.submitted = None


# ---- the chain

def same_name_other_key(w):
    """An authority of the same name as the issuing one, by a root of the same name."""
    root = pki.authority(KEYS.get("evil-root"), pki.ROOT_NAME)
    evil = pki.authority(KEYS.get("evil"), pki.ISSUING_NAME, root)
    w.leaf.issuer = evil
    w.chain = [w.leaf, evil, root]


def same_name_below_the_anchor(w):
    """An authority of the same name that the true root has made for others."""
    other = pki.authority(KEYS.get("other"), pki.ISSUING_NAME, w.top)
    w.leaf.issuer = other
    w.chain = [w.leaf, other]
    w.lists = [w.lists[0], pki.RevocationList(other)]


def other_authority_of_the_root(w):
    other = pki.authority(KEYS.get("other"), subject(*ACME, ("CN", "Acme Issuing 2")), w.top)
    w.leaf.issuer = other
    w.chain = [w.leaf, other]
    w.lists = [w.lists[0], pki.RevocationList(other)]


def leaf_is_trusted(w):
    w.anchors, w.chain = [w.leaf], [w.leaf]


def leaf_is_trusted_too(w):
    """A certificate of nobody's that somebody put among the anchors."""
    w.leaf = pki.node(None, KEYS.get("node"))
    w.anchors, w.chain = [w.top, w.leaf], [w.leaf]


def signed_by_itself(w):
    w.leaf.issuer = w.leaf
    w.chain = [w.leaf]


def no_intermediate(w):
    w.chain = [w.leaf]


def an_authority_asks(w):
    w.leaf.extensions.update(constraints=constraints(True),
                             usage=key_usage(pki.SIGN, pki.CERT_SIGN))


def a_node_issues(w):
    """A node makes a certificate for another one."""
    node = pki.node(w.issuing, KEYS.get("node-2"))
    w.leaf.issuer = node
    w.chain = [w.leaf, node, w.issuing]


def issuing_is_no_authority(w):
    w.issuing.extensions["constraints"] = constraints(False)


def too_long_a_path(w):
    below = pki.authority(KEYS.get("below"), subject(("CN", "Acme Below")), w.issuing)
    w.leaf.issuer = below
    w.chain = [w.leaf, below, w.issuing]
    w.lists.append(pki.RevocationList(below))
    w.system["crl"].append("crl-2.pem")


def too_many_authorities(w):
    above, made, w.lists = w.top, [], w.lists[:1]
    for n in range(6):
        above = pki.authority(KEYS.get(f"long-{n}"), subject(("CN", f"Long {n}")), above)
        made.insert(0, above)
        w.lists.append(pki.RevocationList(above))
    w.leaf.issuer = above
    w.chain = [w.leaf, *made]
    w.system["crl"] = [f"crl-{n}.pem" for n in range(7)]
    w.system["issuers"] = [above.key_sha256]


def many_certificates(w):
    w.chain = [w.leaf, w.issuing] + [w.issuing] * 20


def no_certificate(w):
    w.chain = [b"\x30\x03\x02\x01\x00", w.issuing.der]


def version_1(w):
    w.leaf.version = 1


def constrained(w):
    w.issuing.extensions["names"] = pki.permitted(dns("other.example"))


def excluded(w):
    w.issuing.extensions["names"] = pki.permitted(excluded=(uri("acme.example"),))


def critical_unknown(w):
    w.leaf.extensions["odd"] = pki.extension("1.3.6.1.4.1.99999.1", der.NULL, critical=True)


def old_authority(w):
    w.issuing.identifiers = w.leaf.identifiers = lambda: []


def broken_signature(w):
    w.leaf.signing = KEYS.get("thief")


# ---- times

def days(of, begins, ends):
    def change(w):
        one = getattr(w, of)
        one.begins, one.ends = one.begins + begins * DAY, one.begins + ends * DAY
    return change


def lives_too_long(w):
    w.system["max_validity"] = "90d"


# ---- strength

def key_of(of, name, kind):
    return lambda w: setattr(getattr(w, of), "key", KEYS.get(name, kind))


def weak_node(w):
    w.leaf.key = KEYS.get("node-weak", "rsa1024")


def digest_of(of, digest):
    return lambda w: setattr(getattr(w, of), "digest", digest)


def strength(bits):
    return lambda w: w.system.update(strength=bits)


# ---- what it is for

def without(name):
    return lambda w: w.leaf.extensions.pop(name)


def leaf(**extensions):
    return lambda w: w.leaf.extensions.update(extensions)


# ---- configurations

def config(**changed):
    def change(w):
        for name, value in changed.items():
            if value is None:
                w.system.pop(name, None)
            else:
                w.system[name] = value
    return change


def demands_origin(w):
    del w.policy["origin"], w.policy["system"]
    w.policy["refs"] = ["refs/heads/main"]


def refused(name, text, **changed):
    return Row(name, lambda w: (setattr(w, "proves", False), config(**changed)(w)), exit=3,
               report=False, says=text)


PROOF = [
    Row("no proof", no_proof, NO_PEER),
    Row("another key signs", other_key_signs, fails("proof")),
    Row("HMAC with the public key", hmac_with_the_public_key, fails("proof")),
    Row("no algorithm", no_algorithm, fails("proof")),
    Row("RS256 with an EC key", signed_by("node-rsa", "rsa", "RS256"), fails("proof")),
    Row("ES256 said, RSA signed", lambda w: (
        setattr(w.leaf, "key", KEYS.get("node-rsa", "rsa")),
        w.header.update(alg="ES256"),
        setattr(w, "sign", lambda data: KEYS.get("node-rsa", "rsa").sign_token(data, "RS256"))),
        fails("proof")),
    Row("ES384 with a key of P-256", lambda w: (
        w.header.update(alg="ES384"),
        setattr(w, "sign", lambda data: w.leaf.key.sign_token(data, "ES384"))), fails("proof")),
    Row("key in the head", key_in_the_head, exit=2, report=False, says='holds "jwk"'),
    Row("certificate of another behind the signer's", certificate_behind_the_signer,
        fails("proof")),
    Row("signature in DER", signature(
        lambda raw, data, key: key.sign(data)), fails("proof")),
    Row("signature of zeros", signature(lambda raw, data, key: bytes(64)), fails("proof")),
    Row("signature cut short", signature(lambda raw, data, key: raw[:63]), fails("proof")),
    Row("signature of something else", signature(
        lambda raw, data, key: key.sign_token(data + b" ", "ES256")), fails("proof")),
    Row("payload of a milder policy", payload(policy="try"), NO_PEER),
    Row("payload of another file", payload(artifact_sha256="0" * 64), NO_PEER),
    Row("payload that never expires", payload(expires="2099-01-01T00:00:00Z"), NO_PEER),
    Row("payload with another nonce", payload(nonce="0" * 64), NO_PEER),
    Row("payload in another form", lambda w: setattr(
        w, "payload", lambda challenge: challenge.replace(b":", b": ", 1)), exit=2, report=False,
        says="--node-proof"),
    Row("payload of something else", lambda w: setattr(w, "payload", lambda _: b"{}"), exit=2,
        report=False, says="--node-proof"),
    Row("two parts", parts(lambda *three: three[:2]), exit=2, report=False, says="--node-proof"),
    Row("four parts", parts(lambda *three: (*three, b"")), exit=2, report=False,
        says="--node-proof"),
    Row("blanks in the token", parts(lambda a, b, c: (a, b, c[:9] + b" " + c[9:])), exit=2,
        report=False, says="--node-proof"),
    Row("no certificates in the head", head(x5c=None), exit=2, report=False, says="--node-proof"),
    Row("certificates in the head are no list", head(x5c="x"), exit=2, report=False,
        says="--node-proof"),
    Row("critical extension of the token", head(crit=["b64"], b64=False), exit=2, report=False,
        says='holds "crit"'),
    Row("proof used twice", used_twice, NO_PEER),
    Row("proof of another verifier's", other_state, NO_PEER),
    Row("proof when the verifier has another name", other_verifier, fails("proof-for-this")),
    Row("proof that has expired", expired, NO_PEER),
    Row("proof that lives for an hour", stretched, NO_PEER),
    Row("proof for another policy", of_policy_two, fails("proof-for-this")),
    Row("proof for another system", of_system_two, fails("proof-for-this")),
    Row("proof for another project", of_project_two, fails("proof-for-this")),
    Row("proof for another file", of_file_two, fails("proof-for-this", "artifact.digest")),
    Row("no file", no_file_comes, unknown("proof-for-this", "artifact.digest", "artifact.name")),
]

CHAIN = [
    Row("authority of the same name by a stranger", same_name_other_key, UNTRUSTED),
    Row("authority of the same name below the root", same_name_below_the_anchor, fails("issuer")),
    Row("another authority of the root", other_authority_of_the_root, fails("issuer")),
    Row("the node is the only anchor", leaf_is_trusted, UNTRUSTED),
    Row("the node is among the anchors", leaf_is_trusted_too, UNTRUSTED),
    Row("signed by itself", signed_by_itself, UNTRUSTED),
    Row("intermediate missing", no_intermediate, UNTRUSTED),
    Row("an authority asks", an_authority_asks, PURPOSE),
    Row("a node issues", a_node_issues, UNTRUSTED),
    Row("issuer that is no authority", issuing_is_no_authority, UNTRUSTED),
    Row("path longer than the authority may", too_long_a_path, UNTRUSTED),
    Row("too many authorities", too_many_authorities, UNTRUSTED),
    Row("too many certificates", many_certificates, exit=2, report=False, says="x5c"),
    Row("no certificate at all", no_certificate, NO_LEAF),
    Row("version 1", version_1, PURPOSE | fails("template", "alternative-name")),
    Row("names that the authority may not give", constrained, UNTRUSTED),
    Row("names that the authority must not give", excluded, UNTRUSTED),
    Row("critical extension that nobody knows", critical_unknown, UNTRUSTED),
    Row("old authority, and strict", old_authority, UNTRUSTED),
    Row("signature of somebody else", broken_signature, UNTRUSTED),
    Row("expired", days("leaf", -360, -360), EXPIRED),
    Row("not yet valid", days("leaf", 60, 60), EXPIRED),
    Row("issuer expired", days("issuing", -2001, -2001), EXPIRED),
    Row("issuer not yet valid", days("issuing", 300, 300), EXPIRED),
    Row("root expired", days("top", -3001, -3001), EXPIRED),
    Row("lives too long", lives_too_long, fails("valid-at")),
    Row("RSA of 1024 bits", weak_node, WEAK | fails("proof")),
    Row("authority of 1024 bits", key_of("issuing", "issuing-weak", "rsa1024"), WEAK),
    Row("SHA-1 below the root", digest_of("issuing", "sha1"), WEAK),
    Row("SHA-1", digest_of("leaf", "sha1"), WEAK),
    Row("stronger keys demanded than there are", strength(192), WEAK),
    Row("no purpose", without("purposes"), PURPOSE),
    Row("any purpose", leaf(purposes=purposes(ANY)), PURPOSE),
    Row("purpose of a server", leaf(purposes=purposes(SERVER)), PURPOSE),
    Row("authority for servers only",
        lambda w: w.issuing.extensions.update(purposes=purposes(SERVER)), UNTRUSTED),
    *(Row(f"by a stranger, and {what}", lambda w, change=change: (
        change(w), same_name_other_key(w)), UNTRUSTED | answers)
      for what, change, answers in (
          ("expired", days("leaf", -360, -360), fails("valid-at")),
          ("not yet valid", days("leaf", 60, 60), fails("valid-at")),
          ("weak", weak_node, fails("key-strength", "proof")),
          ("for nothing", without("purposes"), fails("client-auth")),
          ("for servers", leaf(purposes=purposes(SERVER)), fails("client-auth")),
          ("an authority", leaf(constraints=constraints(True)), fails("client-auth")))),
    Row("key for agreement only", leaf(usage=key_usage(4)), fails("client-auth", "proof")),
    Row("key not for signing", leaf(usage=key_usage(pki.ENCIPHER)), PURPOSE | fails("proof")),
]

RULES = [
    Row("a policy that demands an origin", demands_origin, dict.fromkeys(ORIGIN, "unknown"),
        checks={**ENGINE, **CHECKS}, says="asserts no origin"),
    refused("no condition at all", "vouches for everything", issuers=None, template=None,
            template_major=None, template_minor=None, subject_under=None, dns=None, uri=None),
    refused("template without issuer", "only as good as the authority", issuers=None),
    refused("template that is no OID", "template: 'Machine'", template="Machine"),
    refused("both kinds of template asked for", "template and template_name",
            template_name="Machine"),
    refused("template of version 1 without a name", "template_name: is empty", template=None,
            template_major=None, template_minor=None, template_name=""),
    refused("version without a template", "are of a `template`", template=None),
    refused("minor version without a major one", "template_minor", template_major=None),
    refused("hash of an issuer that is none", "issuers: 'abcd'", issuers=["abcd"]),
    refused("SHA-1 of an issuer", "issuers: 'AB:", issuers=[":".join(["AB"] * 20)]),
    refused("empty list of issuers", "issuers: is empty", issuers=[]),
    refused("subject that is no name", "Acme Corp", subject=["Acme Corp"]),
    refused("subject that breaks off", "CN=", subject_any=["CN=a,"]),
    refused("subject of bytes", "no text", subject_any=["CN=#04024869"]),
    refused("empty subject", "'': position 1", subject=[""]),
    refused("two attributes where one is taken", "subject_all", subject_all=["CN=a,OU=b"]),
    refused("two attributes in one RDN where one is taken", "subject_all",
            subject_all=["CN=a+OU=b"]),
    refused("host that is none", "dns: 'https://x'", dns=["https://x"]),
    refused("URI without a host", "uri: 'spiffe://*'", uri=["spiffe://*"]),
    refused("no list named", "crl: names no revocation list", crl=None),
    refused("list that nobody looks at", "crl: is not looked at", revocation="none"),
    refused("no responder named", "ocsp_url: names no responder", crl=None, revocation="ocsp"),
    refused("responder that nobody asks", "ocsp_url: is not asked",
            ocsp_url="https://ocsp.example/"),
    refused("no anchors", "anchors", anchors=None),
    refused("empty list of anchors", "'anchors' is empty", anchors=[]),
    refused("empty list of lists", "crl: names 0 files", crl=[]),
    refused("too many files", "crl: names 65 files", crl=["/x"] * 65),
    refused("too many names", "subject_all: has more than 64 entries",
            subject_all=[f"CN={n}" for n in range(65)]),
    refused("too weak a demand", "strength", strength=80),
]

ROWS = [*PROOF, *CHAIN, *RULES]

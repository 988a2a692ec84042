# SPDX-License-Identifier: Apache-2.0
"""A private authority of tests: certificates, revocation lists and OCSP responses, each of them
with whatever a row puts in. What it is made of can be changed until it is first read."""

import base64
import functools
import hashlib
import secrets

import der
from keys import KEYS
from world import DAY, HOUR, NOW

TYPES = {"CN": "2.5.4.3", "OU": "2.5.4.11", "O": "2.5.4.10", "L": "2.5.4.7", "C": "2.5.4.6",
         "DC": "0.9.2342.19200300.100.1.25", "SERIALNUMBER": "2.5.4.5"}
CLIENT, SERVER, ANY = "1.3.6.1.5.5.7.3.2", "1.3.6.1.5.5.7.3.1", "2.5.29.37.0"
V1_TEMPLATE, V2_TEMPLATE = "1.3.6.1.4.1.311.20.2", "1.3.6.1.4.1.311.21.7"
TEMPLATE = "1.3.6.1.4.1.311.21.8.7638725.13898300.1985460.3383425.7519116.119.16408497.1716293"
SIGN, CERT_SIGN, CRL_SIGN, ENCIPHER = 0, 5, 6, 2  # bits of keyUsage


def base64_of(data):
    return base64.b64encode(data).decode()


def attribute(word, value):
    """`value`: a text, or DER."""
    if isinstance(value, str):
        value = der.ia5(value) if word == "DC" else der.utf8(value)
    return der.seq(der.oid(TYPES.get(word, word)), value)


def rdn(*pairs):
    """CN="a" and OU="b" in one: rdn(("CN", "a"), ("OU", "b"))"""
    return der.set_of(*(attribute(word, value) for word, value in pairs))


def subject(*pairs):
    """RDNs root first; a pair, or what rdn() gives."""
    return [pair if isinstance(pair, bytes) else rdn(pair) for pair in pairs]


# ---- extensions

def extension(oid, content, critical=False):
    return der.seq(der.oid(oid), *([der.boolean(True)] if critical else []), der.octets(content))


def constraints(ca, length=None):
    inside = [der.boolean(True)] if ca else []
    inside += [der.integer(length)] if length is not None else []
    return extension("2.5.29.19", der.seq(*inside), critical=True)


def key_usage(*bits):
    return extension("2.5.29.15", der.named_bits(*bits), critical=True)


def purposes(*oids):
    return extension("2.5.29.37", der.seq(*(der.oid(oid) for oid in oids)))


def template(oid=TEMPLATE, *versions, critical=False, tail=b""):
    content = der.seq(der.oid(oid), *(der.integer(v) for v in versions)) + tail
    return extension(V2_TEMPLATE, content, critical)


def template_name(name, text=der.bmp):
    return extension(V1_TEMPLATE, text(name))


def dns(name):
    return der.implicit(2, name.encode("latin-1"))


def uri(name):
    return der.implicit(6, name.encode("latin-1"))


def names(*those):
    return extension("2.5.29.17", der.seq(*those))


def permitted(*subtrees, excluded=()):
    """nameConstraints: general names."""
    parts = [der.explicit(number, *(der.seq(name) for name in some))
             for number, some in ((0, subtrees), (1, excluded)) if some]
    return extension("2.5.29.30", der.seq(*parts), critical=True)


# ---- certificates

class Certificate:
    def __init__(self, key, who, issuer=None, days=(-30, 335), **extensions):
        self.key, self.subject, self.issuer = key, list(who), issuer or self
        self.version, self.digest, self.serial = 3, "sha256", secrets.randbits(62) | 1 << 62
        self.begins, self.ends = NOW + days[0] * DAY, NOW + days[1] * DAY
        self.signing = None  # another key than the issuer's
        self.extensions = extensions  # { name: DER }, in this order; a list of DER: several

    @property
    def key_id(self):
        return hashlib.sha1(der.children(der.read(self.key.public)[1])[1][1][1:]).digest()

    @property
    def name(self):
        return der.seq(*self.subject)

    def identifiers(self):
        return [extension("2.5.29.14", der.octets(self.key_id)),
                extension("2.5.29.35", der.seq(der.implicit(0, self.issuer.key_id)))]

    def all_extensions(self):
        given = [one for part in self.extensions.values() if part
                 for one in (part if isinstance(part, list) else [part])]
        return der.explicit(3, der.seq(*self.identifiers(), *given))

    @functools.cached_property
    def der(self):
        signing = self.signing or self.issuer.key
        algorithm = signing.algorithm(self.digest)
        version = [der.explicit(0, der.integer(self.version - 1))] if self.version > 1 else []
        more = [self.all_extensions()] if self.version == 3 else []
        body = der.seq(*version, der.integer(self.serial), algorithm, self.issuer.name,
                       der.seq(der.point_in_time(self.begins), der.point_in_time(self.ends)),
                       self.name, self.key.public, *more)
        return der.seq(body, algorithm, der.bits(signing.sign(body, self.digest)))

    @property
    def sha256(self):
        return hashlib.sha256(self.der).hexdigest()

    @property
    def key_sha256(self):
        return hashlib.sha256(self.key.public).hexdigest()


def authority(key, who, issuer=None, days=(-300, 3000), length=None, **more):
    return Certificate(key, who, issuer, days, constraints=constraints(True, length),
                       usage=key_usage(CERT_SIGN, CRL_SIGN), **more)


# ---- revocation lists

class RevocationList:
    def __init__(self, issuer, number=7, revoked=()):
        self.issuer, self.number, self.revoked = issuer, number, list(revoked)
        self.begins, self.ends = NOW - HOUR, NOW + 7 * DAY
        self.signing, self.digest = None, "sha256"
        self.more = []  # extensions

    @functools.cached_property
    def der(self):
        signing = self.signing or self.issuer.key
        algorithm = signing.algorithm(self.digest)
        entries = [der.seq(der.integer(one.serial), der.point_in_time(NOW - DAY))
                   for one in self.revoked]
        extensions = [extension("2.5.29.35", der.seq(der.implicit(0, self.issuer.key_id))),
                      *self.more]
        if self.number is not None:
            extensions.append(extension("2.5.29.20", der.integer(self.number)))
        body = der.seq(der.integer(1), algorithm, self.issuer.name, der.point_in_time(self.begins),
                       der.point_in_time(self.ends), *([der.seq(*entries)] if entries else []),
                       der.explicit(0, der.seq(*extensions)))
        return der.seq(body, algorithm, der.bits(signing.sign(body, self.digest)))


# ---- OCSP

GOOD, UNKNOWN = der.implicit(0, b""), der.implicit(2, b"")
REVOKED = der.explicit(1, der.generalized(NOW - DAY))
OCSP_SIGNING = "1.3.6.1.5.5.7.3.9"


class OcspResponse:
    """Of one certificate; by its issuer, or by a responder whose certificate comes with it."""

    def __init__(self, of, status=GOOD):
        self.of, self.status, self.serial, self.issuer = of, status, of.serial, of.issuer
        self.begins, self.ends, self.produced = NOW - HOUR, NOW + DAY, NOW - HOUR
        self.responder, self.signing = None, None

    @property
    def der(self):
        signer = self.responder or self.issuer
        signing = self.signing or signer.key
        bits = der.children(der.read(self.issuer.key.public)[1])[1][1][1:]
        question = der.seq(der.seq(der.oid("1.3.14.3.2.26"), der.NULL),
                           der.octets(hashlib.sha1(self.issuer.name).digest()),
                           der.octets(hashlib.sha1(bits).digest()), der.integer(self.serial))
        ends = [der.explicit(0, der.generalized(self.ends))] if self.ends else []
        single = der.seq(question, self.status, der.generalized(self.begins), *ends)
        body = der.seq(der.explicit(1, signer.name), der.generalized(self.produced),
                       der.seq(single))
        more = [der.explicit(0, der.seq(self.responder.der))] if self.responder else []
        basic = der.seq(body, signing.algorithm("sha256"), der.bits(signing.sign(body)), *more)
        return der.seq(der.enumerated(0), der.explicit(0, der.seq(
            der.oid("1.3.6.1.5.5.7.48.1.1"), der.octets(basic))))


TRY_LATER = der.seq(der.enumerated(3))


# ---- the honest ones

ACME = (("DC", "example"), ("DC", "acme"))
ROOT_NAME = subject(*ACME, ("CN", "Acme Root"))
ISSUING_NAME = subject(*ACME, ("CN", "Acme Issuing 1"))
NODE_NAME = subject(*ACME, ("OU", "Release Nodes"), ("CN", "build-7"))
HOST, SPIFFE = "build-7.nodes.acme.example", "spiffe://acme.example/nodes/build-7"


def node(issuer, key, who=None, **more):
    """A certificate as AD CS makes it for a computer of the group."""
    return Certificate(key, NODE_NAME if who is None else who, issuer, **{
        "constraints": constraints(False), "usage": key_usage(SIGN, ENCIPHER),
        "purposes": purposes(CLIENT), "template": template(TEMPLATE, 100, 12),
        "names": names(dns(HOST), uri(SPIFFE)), **more})


def root():
    return authority(KEYS.get("root"), ROOT_NAME)


def issuing(by):
    return authority(KEYS.get("issuing"), ISSUING_NAME, by, (-200, 2000), length=0)

# SPDX-License-Identifier: Apache-2.0
"""Attacks by names of build nodes: subjects, templates, alternative names that read like others."""

import der
import pki
from buildnode_world import OF_NODE
from buildnode_world import NodeRow as Row
from pki import ACME, dns, rdn, subject, template, template_name, uri
from rows_buildnode import LEAF, NO_LEAF, UNTRUSTED, without
from rows_buildnode_honest import FULL, NODE, made_by, named, who

fails = OF_NODE.fails


# ---- templates

def forged_template(w):
    """Twice: the one that was asked for, and the one that the authority wrote."""
    w.leaf.extensions["template"] = [template(pki.TEMPLATE, 100, 12), template("1.2.3.4", 1)]


V2 = dict(template=pki.TEMPLATE, template_major=100, template_minor=12)
V1 = dict(template_name="Machine")



SUBJECT = fails("subject")
ROWS = [
    Row("another OU", lambda w: setattr(w.leaf, "subject", subject(
        *ACME, ("OU", "Test Nodes"), ("CN", "build-7"))), SUBJECT),
    Row("the folder itself", lambda w: setattr(w.leaf, "subject", subject(*NODE[:3])), SUBJECT),
    Row("folder in another order", lambda w: setattr(w.leaf, "subject", subject(
        ("OU", "Release Nodes"), *ACME, ("CN", "build-7"))), SUBJECT),
    Row("OU inside of a CN", who(*ACME, ("CN", "build-7,OU=Release Nodes"),
                                 subject_any=["OU=Release Nodes"]), SUBJECT),
    Row("whole subject inside of a CN", who(("CN", "build-7,OU=Release Nodes,DC=acme,DC=example"),
                                            subject=[FULL]), SUBJECT),
    Row("OU inside of a CN, by slashes", who(("CN", "build-7/OU=Release Nodes"),
                                             subject_any=["CN=build-7", "OU=Release Nodes"]),
        SUBJECT),
    Row("NUL in a CN", who(*NODE[:3], ("CN", "build-7\0.evil"), subject_any=["CN=build-7"]),
        SUBJECT),
    Row("NUL in another value", who(*NODE, ("O", "a\0b"), subject_any=["CN=build-7"]), SUBJECT),
    Row("NUL in a BMPString", who(*NODE[:3], ("CN", der.bmp("build-7\0")),
                                  subject_any=["CN=build-7"]), SUBJECT),
    Row("BMPString that is ASCII read as UTF-16", who(
        ("CN", der.tlv(0x1E, b"build-78")), subject_any=["CN=build-78"]), SUBJECT),
    Row("BMPString of an odd size", who(
        *ACME, ("CN", der.tlv(0x1E, b"\0b\0")), subject_any=["CN=b"]),
        OF_NODE.unknown(*LEAF, "alternative-name")),
    Row("T61String", who(*NODE[:3], ("CN", der.t61("build-7")), subject_any=["CN=build-7"]),
        SUBJECT),
    Row("UniversalString", who(*NODE[:3], ("CN", der.universal("build-7")),
                               subject_any=["CN=build-7"]), SUBJECT),
    Row("control character", who(*NODE[:3], ("CN", "build-7\x1b"), subject_any=["OU=Release Nodes"]),
        SUBJECT),
    Row("umlaut of another case", who(*ACME, ("CN", "MÜLLER"), subject_any=["CN=müller"]), SUBJECT),
    Row("umlaut in two code points", who(*ACME, ("CN", "Mu\u0308ller"),
                                         subject_any=["CN=Müller"]), SUBJECT),
    Row("letter that looks alike", who(*NODE[:2], ("OU", "Release Nоdes"), NODE[3],
                                       subject_under=["OU=Release Nodes,DC=acme,DC=example"]),
        SUBJECT),
    Row("several attributes in one RDN, single ones asked for", who(
        *ACME, rdn(("CN", "build-7"), ("OU", "Release Nodes")),
        subject_any=["OU=Release Nodes", "CN=build-7"]), SUBJECT),
    Row("single RDNs, several attributes in one asked for", who(
        *NODE, subject_any=["CN=build-7+OU=Release Nodes"]), SUBJECT),
    Row("one more attribute in the RDN", who(
        *NODE[:3], rdn(("CN", "build-7"), ("O", "x")), subject=[FULL]), SUBJECT),
    Row("several CNs", who(*NODE, ("CN", "build-8"), subject_any=["CN=build-7"]), SUBJECT),
    Row("several CNs, one of them in an RDN of several", who(
        *NODE, rdn(("CN", "build-8"), ("O", "x")), subject_any=["CN=build-7"]), SUBJECT),
    Row("one RDN more", who(*NODE, ("O", "x"), subject=[FULL]), SUBJECT),
    Row("one RDN less", who(*NODE[1:], subject=[FULL]), SUBJECT),
    Row("one of two missing", who(*NODE, subject_any=["OU=Release Nodes,CN=build-8"]), SUBJECT),
    Row("another type of the same value", who(
        *ACME, ("O", "Release Nodes"), NODE[3], subject_any=["OU=Release Nodes"]), SUBJECT),
    Row("one value that is not listed", who(
        *NODE, ("OU", "Test"), subject_all=["OU=Release Nodes"]), SUBJECT),
    Row("one value that is not listed, in an RDN of several", who(
        *NODE, rdn(("OU", "Release Nodes"), ("O", "x")), subject_all=["OU=Release Nodes"]),
        SUBJECT),
    Row("type that is not there", who(
        *ACME, ("CN", "build-7"), subject_all=["OU=Release Nodes"]), SUBJECT),
    Row("second type that is not there", who(
        *NODE, subject_all=["OU=Release Nodes", "O=Acme"]), SUBJECT),
    Row("no subject", who(subject_any=["CN=build-7"]),
        SUBJECT | fails("chain-trusted") | OF_NODE.unknown("not-revoked")),
    Row("any of one, under another", who(
        *NODE, subject_any=["CN=build-7"], subject_under=["DC=other"]), SUBJECT),
]

TEMPLATE, SAN = fails("template"), fails("alternative-name")
ROWS += [
    Row("no template", without("template"), TEMPLATE),
    Row("another template", made_by(template("1.3.6.1.4.1.311.21.8.1.2.3", 100, 12), **V2),
        TEMPLATE),
    Row("template whose id goes on", made_by(template(pki.TEMPLATE + ".1", 100, 12), **V2),
        TEMPLATE),
    Row("template twice", forged_template, NO_LEAF),
    Row("template with more behind it", made_by(
        template(pki.TEMPLATE, 100, 12, tail=b"\x05\x00"), **V2), TEMPLATE),
    Row("template with a third number", made_by(template(pki.TEMPLATE, 100, 12, 1), **V2),
        TEMPLATE),
    Row("template that is no sequence", made_by(
        pki.extension(pki.V2_TEMPLATE, der.oid(pki.TEMPLATE)), **V2), TEMPLATE),
    Row("template of a negative version", made_by(template(pki.TEMPLATE, -1, 12), **V2), TEMPLATE),
    Row("template of a version too large", made_by(template(pki.TEMPLATE, 1 << 32, 0), **V2),
        TEMPLATE),
    Row("critical template", made_by(template(pki.TEMPLATE, 100, 12, critical=True), **V2),
        TEMPLATE | UNTRUSTED),
    Row("minor version too small", made_by(template(pki.TEMPLATE, 100, 11), **V2), TEMPLATE),
    Row("major version too small", made_by(template(pki.TEMPLATE, 99, 200), **V2), TEMPLATE),
    Row("no minor version", made_by(template(pki.TEMPLATE, 100), **V2), TEMPLATE),
    Row("no version", made_by(template(), **V2), TEMPLATE),
    Row("template of version 1 in its place", made_by(template_name("Machine"), **V2), TEMPLATE),
    Row("both kinds of template", made_by(
        [template(pki.TEMPLATE, 100, 12), template_name("Machine")], **V1), TEMPLATE),
    Row("another template of version 1", made_by(template_name("WebServer"), **V1), TEMPLATE),
    Row("template of version 1 in another case", made_by(template_name("machine"), **V1), TEMPLATE),
    Row("template of version 1 as another type", made_by(
        template_name("Machine", der.utf8), **V1), TEMPLATE),
    Row("NUL in a template of version 1", made_by(template_name("Machine\0x"), **V1), TEMPLATE),
    Row("no alternative name", without("names"), SAN),
    Row("another host", named(dns("evil.acme.example"), dns=["build-*.acme.example"]), SAN),
    Row("another domain", named(dns("build-7.acme.example.evil"), dns=["build-*.acme.example"]),
        SAN),
    Row("one label more", named(dns("build-7.evil.acme.example"), dns=["build-*.acme.example"]),
        SAN),
    Row("wildcard of a host", named(dns("*.acme.example"), dns=["*.acme.example"]), SAN),
    Row("slash in a host", named(dns("build-7/x.acme.example"), dns=["build-**.acme.example"]),
        SAN),
    Row("NUL in a host", named(dns("build-7.acme.example\0.evil"), dns=["build-7.acme.example"]),
        SAN),
    Row("host as a URI", named(uri("build-7.acme.example"), dns=["build-7.acme.example"]), SAN),
    Row("another SPIFFE id", named(uri("spiffe://acme.example/test/7"),
                                   uri=["spiffe://acme.example/nodes/*"]), SAN),
    Row("another trust domain", named(uri("spiffe://evil.example/nodes/7"),
                                      uri=["spiffe://acme.example/nodes/*"]), SAN),
    Row("one segment more", named(uri("spiffe://acme.example/nodes/7/x"),
                                  uri=["spiffe://acme.example/nodes/*"]), SAN),
    Row("way up in a SPIFFE id", named(uri("spiffe://acme.example/nodes/../test"),
                                       uri=["spiffe://acme.example/nodes/**"]), SAN),
    Row("SPIFFE id, encoded", named(uri("spiffe://acme.example/nodes/%2e"),
                                    uri=["spiffe://acme.example/nodes/*"]), SAN),
    Row("SPIFFE id with an empty segment", named(uri("spiffe://acme.example/nodes//7"),
                                                 uri=["spiffe://acme.example/**"]), SAN),
    *(Row(f"{what} in a SPIFFE id", named(uri("spiffe://acme.example/nodes/" + text),
                                          uri=["spiffe://acme.example/**"]), SAN)
      for what, text in (("query", "7?x"), ("fragment", "7#x"), ("user", "a@b"),
                         ("backslash", "a\\b"), ("dot", "."), ("end of a folder", ""))),
    Row("URI without a scheme", named(uri("acme.example/nodes/7"), uri=["spiffe://acme.example/**"]),
        SAN),
    Row("two URIs", named(uri("spiffe://acme.example/nodes/7"), uri("spiffe://acme.example/x"),
                          uri=["spiffe://acme.example/nodes/*"]), SAN),
    Row("second URI, with a control character", named(
        uri("spiffe://acme.example/nodes/7"), uri("spiffe://evil.example/\x01"),
        uri=["spiffe://acme.example/nodes/*"]), SAN),
    Row("NUL in a URI", named(uri("spiffe://acme.example/nodes/7\0"),
                              uri=["spiffe://acme.example/nodes/*"]), SAN),
    Row("host right, URI wrong", named(
        dns("build-7.acme.example"), uri("spiffe://acme.example/x"), dns=["*.acme.example"],
        uri=["spiffe://acme.example/nodes/*"]), SAN),
]

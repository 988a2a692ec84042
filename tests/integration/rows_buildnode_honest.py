# SPDX-License-Identifier: Apache-2.0
"""Honest build nodes, in all the forms that their certificates come in."""

import der
import pki
from buildnode_world import NodeRow as Row
from keys import KEYS, pem
from pki import ACME, dns, names, rdn, subject, template, template_name, uri
from world import DAY, HOUR


def issuing_is_the_anchor(w):
    w.anchors, w.chain, w.lists = [w.issuing], [w.leaf], w.lists[1:]
    w.system["crl"] = ["crl-0.pem"]


def both_are_anchors(w):
    w.anchors, w.chain = [w.top, w.issuing], [w.leaf]


def whole_chain_sent(w):
    w.chain = [w.leaf, w.top, pki.root(), w.issuing]


def named_by_key(w):
    w.system["issuers"] = ["0" * 64, w.issuing.key_sha256]


def named_with_colons(w):
    text = w.issuing.sha256.upper()
    w.system["issuers"] = [":".join(text[i:i + 2] for i in range(0, 64, 2))]


def files_are_der(w):
    w.files = {"anchors.pem": w.top.der, "crl-0.pem": w.lists[0].der, "crl-1.pem": w.lists[1].der}


def files_say_more(w):
    """As openssl writes them with -text; lines of Windows."""
    for name, kind, one in (("anchors.pem", "CERTIFICATE", w.top),
                            ("crl-0.pem", "X509 CRL", w.lists[0])):
        w.files[name] = ("Certificate:\n    Data: x\n" + pem(kind, one.der)).replace(
            "\n", "\r\n").encode()


def several_files(w):
    other = pki.authority(KEYS.get("other"), subject(("CN", "Other Root")))
    w.files["other.pem"] = pem("CERTIFICATE", other.der).encode()
    w.system["anchors"].insert(0, "other.pem")


def key_of(kind):
    def change(w):
        w.leaf.key = KEYS.get("node-" + kind, kind)
    return change


def authority_of(kind, **more):
    def change(w):
        w.issuing.key = KEYS.get("issuing-" + kind, kind)
        w.system.update(more)
    return change


# ---- the subject

def who(*pairs, **conditions):
    def change(w):
        w.leaf.subject = subject(*pairs)
        w.only(**conditions)
    return change


NODE = (*ACME, ("OU", "Release Nodes"), ("CN", "build-7"))
FULL = "CN=build-7,OU=Release Nodes,DC=acme,DC=example"
UMLAUT = (*ACME, ("OU", "Büro Süd"), ("CN", "Müller 7"))


def made_by(extension, **conditions):
    def change(w):
        w.leaf.extensions["template"] = extension
        for name in ("template", "template_major", "template_minor"):
            del w.system[name]
        w.system.update(conditions)
    return change


def named(*general_names, **conditions):
    def change(w):
        w.leaf.extensions["names"] = names(*general_names)
        w.only(**conditions)
    return change


# ---- revocation

def by_ocsp(w):
    w.answers()


def by_ocsp_and_one_link(w):
    w.answers()
    w.anchors, w.chain = [w.issuing], [w.leaf]


def responder(w, **more):
    """By whom the issuing authority has made a responder."""
    return pki.Certificate(KEYS.get("responder"), subject(("CN", "Responder")), w.issuing, **{
        "usage": pki.key_usage(pki.SIGN), "purposes": pki.purposes(pki.OCSP_SIGNING),
        "no_check": pki.extension("1.3.6.1.5.5.7.48.1.5", der.NULL), **more})


def by_a_responder(w):
    response = pki.OcspResponse(w.leaf)
    response.responder = responder(w)
    w.answers({w.leaf: response})


def short_life(w):
    del w.system["crl"]
    w.system.update(revocation="none", max_validity="8d")
    w.leaf.begins, w.leaf.ends = w.leaf.begins + 29 * DAY, w.leaf.begins + 36 * DAY


def on_hold_before(w):
    """Two lists of one moment: that with the higher number counts, wherever it stands."""
    older = pki.RevocationList(w.issuing, 7, [w.leaf])
    newer = pki.RevocationList(w.issuing, 8)
    newer.begins = older.begins
    w.lists = [older, w.lists[0], newer]
    w.system["crl"] = ["crl-0.pem", "crl-1.pem", "crl-2.pem"]


def others_revoked(w):
    w.lists[1].revoked = [pki.node(w.issuing, KEYS.get("node-2"))]


def lists_of_others(w):
    other = pki.authority(KEYS.get("other"), subject(("CN", "Other Root")))
    w.lists.append(pki.RevocationList(other))
    w.system["crl"].append("crl-2.pem")


# ---- authorities

def constrained(w):
    w.issuing.extensions["names"] = pki.permitted(dns("nodes.acme.example"), uri("acme.example"))


def old_authority(w):
    """Without key identifiers, as before RFC 5280."""
    w.issuing.identifiers = lambda: []
    w.leaf.identifiers = lambda: []
    w.system["strict"] = False


def three_authorities(w):
    w.issuing.extensions["constraints"] = pki.constraints(True, 1)
    below = pki.authority(KEYS.get("below"), subject(("CN", "Acme Below")), w.issuing)
    w.leaf.issuer = below
    w.chain = [w.leaf, below, w.issuing]
    w.lists.append(pki.RevocationList(below))
    w.system["crl"].append("crl-2.pem")
    w.system["issuers"] = [below.key_sha256]


def renewed_in_place(w):
    """The authority's certificate was renewed with the same key: an old one beside it."""
    w.chain = [w.leaf, pki.issuing(w.top), w.issuing]
    w.system["issuers"] = [w.issuing.key_sha256]


def by_program(w):
    w.by_program = True


def rsa_by_program(w):
    w.leaf.key = KEYS.get("node-rsa", "rsa")
    w.by_program = True


def freshly_listed(w):
    w.lists[1].begins -= 6 * DAY
    w.lists[1].ends = w.lists[1].begins + 6 * DAY + 2 * HOUR


ROWS = [
    Row("honest", lambda w: None),
    Row("signed by the program", by_program),
    Row("signed by the program, RSA", rsa_by_program),
    Row("the issuing authority is the anchor", issuing_is_the_anchor),
    Row("root and issuing authority are anchors", both_are_anchors),
    Row("more certificates than needed", whole_chain_sent),
    Row("issuer named by its key", named_by_key),
    Row("issuer named with colons", named_with_colons),
    Row("issuer renewed with the same key", renewed_in_place),
    Row("files are DER", files_are_der),
    Row("files of Windows, with text", files_say_more),
    Row("several files of anchors", several_files),
    Row("RSA", key_of("rsa")),
    Row("P-384", lambda w: (key_of("p384")(w), w.header.update(alg="ES384"))),
    Row("authority of RSA", authority_of("rsa")),
    Row("authority of P-384", authority_of("p384", strength=128)),
    Row("subject, exactly", who(*NODE, subject=[FULL])),
    Row("subject, one of several", who(*NODE, subject=["CN=x", FULL])),
    Row("subject, in another case and with blanks", who(
        *ACME, ("OU", " Release  nodes "), ("CN", "BUILD-7"), subject=[FULL])),
    Row("subject as other types of text", who(
        *ACME, ("OU", der.printable("Release Nodes")), ("CN", der.bmp("build-7")), subject=[FULL])),
    Row("subject anywhere", who(*NODE, subject_any=["OU=Release Nodes,CN=build-7"])),
    Row("subject anywhere, one of several", who(*NODE, subject_any=["CN=x", "OU=release nodes"])),
    Row("subject, all of one type", who(
        *NODE[:2], ("OU", "Linux"), *NODE[2:], subject_all=["OU=Release Nodes", "OU=Linux"])),
    Row("subject, all of two types", who(
        *NODE, subject_all=["OU=Release Nodes", "CN=build-7", "CN=build-8"])),
    Row("several CNs, all of them listed", who(
        *NODE, ("CN", "build-8"), subject_all=["CN=build-7", "CN=build-8"])),
    Row("several CNs, exactly", who(*NODE, ("CN", "b"), subject=["CN=b," + FULL])),
    Row("several CNs, and none asked for", who(
        *NODE, ("CN", "b"), subject_any=["OU=Release Nodes"])),
    Row("subject below a folder", who(*NODE, subject_under=["DC=acme,DC=example"])),
    Row("subject in the folder Computers", who(
        *ACME, ("CN", "Computers"), ("CN", "build-7"),
        subject_under=["CN=Computers,DC=acme,DC=example"])),
    Row("several attributes in one RDN", who(
        *ACME, rdn(("CN", "build-7"), ("SERIALNUMBER", "42")),
        subject=["2.5.4.5=42+CN=build-7,DC=acme,DC=example"])),
    Row("several attributes in one RDN, anywhere", who(
        *NODE[:3], rdn(("CN", "a"), ("OU", "b")), subject_any=["CN=a+OU=b"])),
    Row("umlauts", who(*UMLAUT, subject=["CN=Müller 7,OU=Büro Süd,DC=acme,DC=example"])),
    Row("umlauts as BMPString, bytes in the condition", who(
        *ACME, ("CN", der.bmp("Müller 7")), subject=["CN=M\\C3\\BCller 7,DC=acme,DC=example"])),
    Row("escapes", who(("O", 'Acme, "Inc" + <x>; \\#'), ("CN", "#7 "), subject=[
        'CN=\\#7\\ ,O=Acme\\, \\"Inc\\" \\+ \\<x\\>\\; \\\\#'])),
    Row("template without versions", made_by(template(), template=pki.TEMPLATE)),
    Row("template of a later major version", made_by(
        template(pki.TEMPLATE, 101, 0), template=pki.TEMPLATE, template_major=100,
        template_minor=12)),
    Row("template of the largest version", made_by(
        template(pki.TEMPLATE, 4294967295, 0), template=pki.TEMPLATE, template_major=4294967295)),
    Row("template of version 1", made_by(template_name("Machine"), template_name="Machine")),
    Row("one of several names of hosts", named(
        dns("other.acme.example"), dns("build-7.acme.example"), dns=["build-7.acme.example"])),
    Row("name of a host in another case", named(
        dns("BUILD-7.acme.example"), dns=["Build-*.ACME.example"])),
    Row("pattern across labels", named(dns("a.b.acme.example"), dns=["**.acme.example"])),
    Row("SPIFFE id across segments", named(
        uri("spiffe://acme.example/a/b"), dns("x"), uri=["spiffe://acme.example/**"])),
    Row("OCSP", by_ocsp),
    Row("OCSP, the issuing authority is the anchor", by_ocsp_and_one_link),
    Row("OCSP by a responder of the authority", by_a_responder),
    Row("short life instead of lists", short_life),
    Row("no longer on the newer list", on_hold_before),
    Row("other certificates revoked", others_revoked),
    Row("lists of other authorities", lists_of_others),
    Row("list that is almost over", freshly_listed),
    Row("name constraints that permit it", constrained),
    Row("old authority, and not strict", old_authority),
    Row("three authorities", three_authorities),
]

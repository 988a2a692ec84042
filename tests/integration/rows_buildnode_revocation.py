# SPDX-License-Identifier: Apache-2.0
"""Attacks on what tells whether a certificate is revoked, and on the files that a system names."""

import der
import pki
from buildnode_world import NodeRow as Row
from keys import KEYS, pem
from pki import CLIENT, purposes
from rows_buildnode import NO_CHAIN, UNTRUSTED, broken_signature, fails, unknown
from rows_buildnode_honest import responder
from world import DAY, HOUR, MINUTE


# ---- lists

def lists(change):
    return lambda w: change(w, w.lists)


def revoked(w, them):
    them[1].revoked = [w.leaf]


def authority_revoked(w, them):
    them[0].revoked = [w.issuing]


def stale(w, them):
    them[1].begins, them[1].ends = them[1].begins - 8 * DAY, them[1].begins - MINUTE


def stale_and_revoked(w, them):
    stale(w, them)
    revoked(w, them)


def not_yet(w, them):
    them[1].begins += 2 * DAY


def two_of_one_date(newer_last):
    """The newer one, by number, revokes; the older one of the same second does not."""
    def change(w):
        newer = pki.RevocationList(w.issuing, 8, [w.leaf])
        newer.begins = w.lists[1].begins
        both = [w.lists[1], newer] if newer_last else [newer, w.lists[1]]
        w.lists = [w.lists[0], *both]
        w.system["crl"] = ["crl-0.pem", "crl-1.pem", "crl-2.pem"]
    return change


def none_of(index):
    def change(w):
        del w.lists[index]
        w.system["crl"] = ["crl-0.pem"]
    return change


def of_the_same_name(w):
    """An authority of that name, with a key of its own, says that all is well."""
    w.lists[1].signing = KEYS.get("evil")


def with_extension(one):
    return lambda w: w.lists[1].more.append(one)


def files(**content):
    def change(w):
        w.files.update({name.replace("_", "-") + ".pem": data(w) for name, data in content.items()})
    return change


def no_file(option):
    return lambda w: w.system[option].append("nowhere.pem")


# ---- OCSP

def answered(change=None, of="leaf"):
    def whole(w):
        one = getattr(w, of)
        response = pki.OcspResponse(one)
        w.answers({one: response})
        if change:
            w.responses[one] = change(w, response) or response
    return whole


def says(status):
    return lambda w, response: setattr(response, "status", status)


def badly_signed(w, response):
    response.signing = KEYS.get("thief")


def by_a_stranger(w, response):
    thief = pki.authority(KEYS.get("thief"), pki.ISSUING_NAME)
    response.responder = responder(w)
    response.responder.issuer = thief


def by_a_node(w, response):
    """Another node has a certificate of the authority, but not to answer with."""
    response.responder = responder(w, purposes=purposes(CLIENT))


def too_old(w, response):
    response.begins, response.ends = response.begins - 3 * DAY, response.begins - HOUR
    response.produced = response.begins


def of_tomorrow(w, response):
    response.begins += DAY
    response.ends += DAY


def of_another(w, response):
    response.serial ^= 2


def of_another_issuer(w, response):
    response.issuer = w.top
    response.signing = w.issuing.key


def nobody_answers(w):
    w.answers()
    w.override("ocsp", status=503)


def does_not_know_the_leaf(w):
    w.answers()
    del w.responses[w.leaf]


def empty_answer(w):
    w.answers()
    w.override("ocsp", raw="")


REVOKED, NOT_KNOWN = fails("not-revoked"), unknown("not-revoked")
NO_ANCHORS = unknown("chain-trusted", "client-auth", "key-strength", "valid-at") | NO_CHAIN

ROWS = [
    Row("revoked", lists(revoked), REVOKED),
    Row("issuer revoked", lists(authority_revoked), REVOKED),
    Row("list past its update", lists(stale), NOT_KNOWN),
    Row("revoked by a list past its update", lists(stale_and_revoked), REVOKED),
    Row("list of tomorrow", lists(not_yet), NOT_KNOWN),
    Row("two lists of one date, the newer one last", two_of_one_date(True), REVOKED),
    Row("two lists of one date, the newer one first", two_of_one_date(False), REVOKED),
    Row("no list of the issuer", none_of(1), NOT_KNOWN),
    Row("no list of the root", none_of(0), NOT_KNOWN),
    Row("list of an authority of the same name", lists(lambda w, _: of_the_same_name(w)),
        NOT_KNOWN),
    Row("list of changes only", with_extension(pki.extension(
        "2.5.29.27", der.integer(6), critical=True)), NOT_KNOWN),
    Row("list of authorities only", with_extension(pki.extension(
        "2.5.29.28", der.seq(der.implicit(2, b"\xff")), critical=True)), NOT_KNOWN),
    Row("list with a critical extension that nobody knows", with_extension(pki.extension(
        "1.3.6.1.4.1.99999.1", der.NULL, critical=True)), NOT_KNOWN),
    Row("list with SHA-1", lists(lambda w, them: setattr(them[1], "digest", "sha1")), NOT_KNOWN),
    Row("file of a list is no list", files(crl_1=lambda w: b"-----BEGIN X509 CRL-----\nAAAA\n"),
        NOT_KNOWN),
    Row("file of a list is a certificate", files(crl_1=lambda w: pem(
        "CERTIFICATE", w.issuing.der).encode()), NOT_KNOWN),
    Row("more lists in a file than are read", files(crl_1=lambda w: pem(
        "X509 CRL", w.lists[1].der).encode() * 257), NOT_KNOWN),
    Row("file of a list is missing", no_file("crl"), NOT_KNOWN),
    Row("file of an anchor is missing", no_file("anchors"), NO_ANCHORS),
    Row("file of an anchor is empty", files(anchors=lambda w: b""), NO_ANCHORS),
    Row("file of an anchor is a key", files(anchors=lambda w: pem(
        "PRIVATE KEY", w.top.key.private).encode()), NO_ANCHORS),
    Row("OCSP: revoked", answered(says(pki.REVOKED)), REVOKED),
    Row("OCSP: issuer revoked", answered(says(pki.REVOKED), "issuing"), REVOKED),
    Row("OCSP: not known to it", answered(says(pki.UNKNOWN)), REVOKED),
    Row("OCSP: badly signed", answered(badly_signed), NOT_KNOWN),
    Row("OCSP: by a stranger of the same name", answered(by_a_stranger), NOT_KNOWN),
    Row("OCSP: by another node", answered(by_a_node), NOT_KNOWN),
    Row("OCSP: too old", answered(too_old), NOT_KNOWN),
    Row("OCSP: of tomorrow", answered(of_tomorrow), NOT_KNOWN),
    Row("OCSP: of another certificate", answered(of_another), NOT_KNOWN),
    Row("OCSP: of another issuer's", answered(of_another_issuer), NOT_KNOWN),
    Row("OCSP: asks to try later", answered(lambda w, _: pki.TRY_LATER), NOT_KNOWN),
    Row("OCSP: no response at all", answered(lambda w, _: b"<html>busy</html>"), NOT_KNOWN),
    Row("OCSP: more behind the response", answered(lambda w, r: r.der + b"\0"), NOT_KNOWN),
    Row("OCSP: empty", empty_answer, NOT_KNOWN),
    Row("OCSP: nobody answers", nobody_answers, NOT_KNOWN),
    Row("OCSP: nothing of the node", does_not_know_the_leaf, NOT_KNOWN),
    Row("OCSP: the chain does not hold", lambda w: (answered()(w), broken_signature(w)), UNTRUSTED),
]

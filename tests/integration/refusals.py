#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The refusal matrix: what verify-vsa, verify-attestation and verify-bundle refuse, and what they must
not. Every row is an honest attestation and one change, signed anew, so that nothing but that change
can be the reason. Prints the matrix.

    refusals.py COUNTERMARK [PART OF A NAME]
"""

import base64
import json
import os
import subprocess
import sys
import tempfile

import attesting as a

OTHER = "0" * 64


class Row:
    """`files`: name to bytes or object; `words` may name them, and the keys, as {name}."""

    def __init__(self, name, command, files, words, status, says):
        self.name, self.command, self.files = name, command, files
        self.words, self.status, self.says = words, status, says


class Rows:
    def __init__(self, folder):
        self.keys = {name: a.Key(folder, name, kind) for name, kind in (
            ("ours", "p256"), ("other", "p256"), ("p384", "p384"), ("p521", "p521"), ("rsa", "rsa"),
            ("ed25519", "ed25519"), ("weak", "weak"), ("k1", "k1"), ("pss", "pss"))}
        self.ours, self.rows = self.keys["ours"], []
        self.section = ""

    # ---- one command each

    def add(self, *what):
        self.rows.append(Row(f"{self.section}: {what[0]}", *what[1:]))

    def vsa_file(self, name, file, status, says, *words, key="ours", level="SLSA_BUILD_LEVEL_2",
                 subject=None, verifier=a.VERIFIER, resource=a.RESOURCE):
        subject = subject or ["--subject-digest", f"sha256:{a.SHA256}"]
        self.add(name, "verify-vsa", {"f": file},
                 ["--attestation-path", "{f}", "--public-key-path", "{%s.pub}" % key,
                  "--verifier-id", verifier, "--resource-uri", resource,
                  "--verified-level", level, *subject, *words], status, says)

    def vsa(self, name, statement, status, says, *words, key="ours", how=None, **more):
        file = a.envelope(statement, self.keys[key], **(how or {}))
        self.vsa_file(name, file, status, says, *words, key=key, **more)

    def vsa_text(self, name, old, new, status, says, *words, **more):
        """The honest statement with one place of its text changed."""
        text = a.changed(json.dumps(a.vsa()), old, new)
        self.vsa(name, text.encode(), status, says, *words, **more)

    def vsa_envelope(self, name, change, status, says, **more):
        """The honest envelope, changed where nothing is signed."""
        file = a.envelope(a.vsa(), self.ours)
        self.vsa_file(name, change(file) or file, status, says, **more)

    def att(self, name, statement, status, says, *words, key="ours", subject=None):
        self.add(name, "verify-attestation", {"f": a.envelope(statement, self.keys[key])},
                 ["--bundle", "{f}", "--key", "{%s.pub}" % key, *words,
                  *(subject or ["{artifact}"])], status, says)

    def source(self, name, statement, status, says, *words):
        self.att(name, statement, status, says, "--source-uri", "git.example.org/acme/foo",
                 *(words or ["--source-branch", "main"]))

    def bundle(self, name, file, status, says, *words, key="ours", subject="{artifact}"):
        self.add(name, "verify-bundle", {"f": file},
                 ["--bundle", "{f}", "--key", "{%s.pub}" % key, *words, subject], status, says)

    # ---- the rows

    def vsa_honest(self):
        self.section = "vsa, honest"
        for kind in ("ours", "p384", "p521", "rsa", "ed25519"):
            self.vsa(f"key {kind}", a.vsa(), 0, "accepted", key=kind)
        self.vsa("P-384 with SHA-256, as the operator says", a.vsa(), 0, "accepted", "--hash",
                 "sha256", key="p384", how={"digest": "sha256"})
        self.vsa("asked for less than there is", a.vsa(), 0, "accepted", level="SLSA_BUILD_LEVEL_1")
        self.vsa("asked for a property of its own", a.vsa(), 0, "accepted", level="ORIGIN_VERIFIED")
        self.vsa("unevaluated beside it", a.vsa(verifiedLevels=[
            "SLSA_BUILD_LEVEL_3", "SLSA_SOURCE_LEVEL_UNEVALUATED", "SLSA_SOURCE_TWO_PARTY_REVIEWED",
            "SLSA_BUILD_REPRODUCED"]), 0, "accepted")
        self.vsa("extension members", a.vsa(acme_extra={"a": [1]}), 0, "accepted")
        self.vsa("an offset instead of Z", a.vsa(timeVerified="2026-11-22T08:06:00+01:00"), 0, "accepted")
        self.vsa_text("statement v0.1", "Statement/v1", "Statement/v0.1", 0, "accepted")
        for keyid in ("", "anything"):
            self.vsa(f"keyid {keyid!r}, which nobody signed", a.vsa(), 0, "accepted",
                     how={"keyid": keyid})
        self.vsa("keyid as asked for", a.vsa(), 0, "accepted", "--public-key-id", "mine",
                 how={"keyid": "mine"})
        self.vsa_file("another's signature first",
                      a.envelope(a.vsa(), self.keys["other"], self.ours), 0, "accepted")
        self.vsa_envelope("base64 for URLs", lambda e: e.update(
            payload=base64.urlsafe_b64encode(json.dumps(a.vsa()).encode()).decode(),
            signatures=[{"sig": e["signatures"][0]["sig"].replace("+", "-").replace("/", "_")}]),
                          0, "accepted")
        self.vsa_envelope("r and s, one behind the other", lambda e: e["signatures"][0].update(
            sig=a.b64(a.raw_of(base64.b64decode(e["signatures"][0]["sig"]), 32))), 0, "accepted")
        self.vsa_envelope("unknown members", lambda e: e.update(x=1), 0, "accepted")
        self.vsa("the file itself", a.vsa(), 0, "accepted", subject=["{artifact}"])
        self.vsa_file("one of several lines", b"\n".join(
            json.dumps(one).encode() for one in (
                a.envelope(a.provenance(), self.ours), a.envelope(a.vsa(), self.keys["other"]),
                a.envelope(a.vsa(), self.ours))), 0, "line 3")
        self.vsa_file("in a bundle", a.bundle(a.envelope(a.vsa(), self.ours)), 0, "accepted")
        self.vsa("two of two keys", a.vsa(), 0, "accepted")
        self.rows[-1].files["f"] = a.envelope(a.vsa(), self.ours, self.keys["rsa"])
        self.rows[-1].words += ["--public-key-path", "{rsa.pub}", "--threshold", "2"]
        self.vsa_file("32 signatures", a.envelope(a.vsa(), *[self.keys["other"]] * 31, self.ours), 0,
                      "accepted")
        many = a.vsa()
        many["subject"] = [{"name": f"{i}", "digest": {"sha256": f"{i:064x}"}}
                           for i in range(1023)] + many["subject"]
        self.vsa("1024 subjects", many, 0, "accepted")

    def vsa_signatures(self):
        self.section = "vsa, signed by"
        self.vsa_file("somebody else", a.envelope(a.vsa(), self.keys["other"]), 1,
                      "no signature of it is by the key")
        self.vsa("P-384 with SHA-256, unasked", a.vsa(), 1, "no signature", key="p384",
                 how={"digest": "sha256"})
        self.vsa("RSA-PSS", a.vsa(), 1, "no signature", key="rsa", how={"pss": True})
        self.vsa("the payload without its encoding", a.vsa(), 1, "no signature")
        text = json.dumps(a.vsa()).encode()
        self.rows[-1].files["f"]["signatures"][0]["sig"] = a.b64(self.ours.sign(text))
        self.vsa("another payload", a.vsa(), 1, "no signature", how={"signed": a.vsa(x=1)})
        self.vsa("another payload type", a.vsa(), 1, "no signature")
        self.rows[-1].files["f"]["signatures"][0]["sig"] = a.b64(
            self.ours.sign(a.pae(text, "application/json")))
        self.vsa("keyid of another, asked for one", a.vsa(), 1, "no signature", "--public-key-id",
                 "mine", how={"keyid": "other"})
        self.vsa_file("one key twice, of two asked for",
                      a.envelope(a.vsa(), self.ours, self.ours), 1, "1 of the keys have signed",
                      "--public-key-path", "{other.pub}", "--threshold", "2")
        self.vsa_file("one key given twice", a.envelope(a.vsa(), self.ours), 1,
                      "1 of the keys have signed", "--public-key-path", "{ours.pub}", "--threshold",
                      "2")
        self.vsa_file("one of two that have to", a.envelope(a.vsa(), self.ours), 1,
                      "1 of the keys have signed", "--public-key-path", "{rsa.pub}", "--threshold",
                      "2")
        for kind, says in (("weak", "1024 bits"), ("k1", "a curve that is not"),
                           ("pss", "a kind that is not taken")):
            self.vsa_file(f"a key {kind}", a.envelope(a.vsa(), self.ours), 2, says, key=kind)
        self.vsa_file("a secret key for a public one", a.envelope(a.vsa(), self.ours), 2,
                      "a secret key, where")
        self.rows[-1].words[3] = "{ours.key}"
        self.vsa_file("two keys in one file", a.envelope(a.vsa(), self.ours), 2, "behind the key")
        self.rows[-1].files["two"] = b"".join(open(self.keys[name].public, "rb").read()
                                              for name in ("ours", "other"))
        self.rows[-1].words[3] = "{two}"

    def vsa_envelopes(self):
        self.section = "vsa, envelope"
        for name, change, says in (
                ("no signatures", lambda e: e.update(signatures=[]), "there is no signature"),
                ("signatures missing", lambda e: e.pop("signatures") and None, "no signatures"),
                ("signatures an object", lambda e: e.update(signatures={}), "is no list"),
                ("a signature empty", lambda e: e["signatures"][0].update(sig=""), "no sig"),
                ("a signature no base64", lambda e: e["signatures"][0].update(sig="*"), "sig is not"),
                ("a signature a number", lambda e: e["signatures"][0].update(sig=1), "is no text"),
                ("no payload", lambda e: e.pop("payload") and None, "no payload"),
                ("payload empty", lambda e: e.update(payload=""), "no payload"),
                ("payload in two alphabets", lambda e: e.update(payload="-_+/" + e["payload"]),
                 "no base64"),
                ("payload cut short", lambda e: e.update(payload=e["payload"][:-1]), "no base64"),
                ("payload with a line feed", lambda e: e.update(payload=e["payload"] + "\n"),
                 "no base64"),
                ("no payload type", lambda e: e.pop("payloadType") and None, "no payloadType"),
                ("'Payload' beside payload", lambda e: e.update(Payload="e30="), "only in case"),
                ("'payloadtype' alone", lambda e: e.update(payloadtype=e.pop("payloadType")),
                 "some readers take it for"),
                ("'KeyID' in a signature", lambda e: e["signatures"][0].update(KeyID="x"),
                 "some readers take it for"),
                ("'\u017fignatures' beside signatures", lambda e: e.update({"\u017fignatures": []}),
                 "some readers take it for"),
                ("33 signatures", lambda e: e.update(signatures=e["signatures"] * 33),
                 "more than 32")):
            self.vsa_envelope(name, change, 2, says)
        for name, kind in (("payload type of a VSA", "application/vnd.in-toto.vsa+json"),
                           ("payload type in capitals", "application/vnd.in-toto+JSON"),
                           ("payload type of plain JSON", "application/json")):
            self.vsa(name, a.vsa(), 2, "payloadType is", how={"payload_type": kind})
        honest = json.dumps(a.envelope(a.vsa(), self.ours)).encode()
        evil = json.dumps(a.envelope(a.vsa(verificationResult="FAILED"), self.keys["other"])).encode()
        for name, file, says in (
                ("something behind it", honest + b" x", ""),
                ("another one behind it, on its line", honest + evil, ""),
                ("a line of text behind it", honest + b"\ntext\n", "line 2"),
                ("a line that is no envelope", honest + b"\n{}\n", "line 2"),
                ("a list of one", b"[" + honest + b"]", "is no object"),
                ("nothing", b"", "no attestation in it"),
                ("blank lines", b"\n\n", "no attestation in it"),
                ("no JSON", b"hello", "line 1"),
                ("cut short", honest[:-1], "line 1"),
                ("a member twice", honest[:-1] + b', "payload": "e30="}', "line 1"),
                ("a NUL behind it", honest + b"\0", "line 1"),
                ("a byte order mark", b"\xef\xbb\xbf" + honest, "line 1"),
                ("no UTF-8", honest[:-1] + b', "x": "\xff"}', "line 1"),
                ("too deep", honest[:-1] + b', "x": ' + b"[" * 70 + b"]" * 70 + b"}", "")):
            self.vsa_file(name, file, 2, says)
        self.vsa_file("1025 lines", (honest + b"\n") * 1025, 2, "more than 1024")

    def vsa_statements(self):
        self.section = "vsa, statement"
        text = json.dumps(a.vsa())
        for name, old, new, says in (
                ("another _type", "Statement/v1", "Statement/v2", "_type is"),
                ("'_Type'", '"_type"', '"_Type"', "some readers take it for '_type'"),
                ("no subject", text[text.index('[{"name"'):text.index(', "predicateType"')], "[]",
                 "there is no subject"),
                ("subject an object", text[text.index('[{"name"'):text.index(', "predicateType"')],
                 "{}", "subject is no list"),
                ("no digest", '{"sha256": "%s"}' % a.SHA256, "{}", "no digest in its digest"),
                ("digest in capitals", a.SHA256, a.SHA256.upper(), "no digest by it"),
                ("digest cut short", a.SHA256, a.SHA256[:-1], "no digest by it"),
                ("digest a number", '"%s"' % a.SHA256, "7", "no digest by it"),
                ("result twice, the last PASSED", '"verificationResult": "PASSED"',
                 '"verificationResult": "FAILED", "verificationResult": "PASSED"', "line 1"),
                ("result twice, by an escape", '"verificationResult": "PASSED"',
                 '"verificationResult": "FAILED", "verification\\u0052esult": "PASSED"', "line 1"),
                ("result overridden in lower case", '"verificationResult": "PASSED"',
                 '"verificationResult": "FAILED", "verificationresult": "PASSED"', "only in case"),
                ("result by a long s", '"verificationResult": "PASSED"',
                 '"verificationResult": "FAILED", "verificationRe\u017fult": "PASSED"',
                 "some readers take it for"),
                ("resource overridden in lower case", '"resourceUri"',
                 '"resourceUri": "evil", "resourceuri"', "only in case"),
                ("result of another word", '"PASSED"', '"passed"', "not PASSED or FAILED"),
                ("result true", '"PASSED"', "true", "is no text"),
                ("no result", '"verificationResult": "PASSED", ', "", "no verificationResult"),
                ("no verifier", '"verifier": {"id": "%s"}, ' % a.VERIFIER, "", "no verifier"),
                ("verifier a text", '{"id": "%s"}' % a.VERIFIER, '"%s"' % a.VERIFIER, "is no object"),
                ("no resource", '"resourceUri": "%s", ' % a.RESOURCE, "", "no resourceUri"),
                ("no levels", '["SLSA_BUILD_LEVEL_2", "ORIGIN_VERIFIED"]', "[]", "is empty"),
                ("levels a text", '["SLSA_BUILD_LEVEL_2", "ORIGIN_VERIFIED"]', '"SLSA_BUILD_LEVEL_2"',
                 "is no list"),
                ("two levels of a track", '"ORIGIN_VERIFIED"', '"SLSA_BUILD_LEVEL_1"',
                 "two of one track"),
                ("PASSED with the level FAILED", '"ORIGIN_VERIFIED"', '"FAILED"', "says FAILED"),
                ("a time that is none", "2026-11-22T07:06:00Z", "yesterday", "is no time"),
                ("no predicate", text[text.index(', "predicate": '):-1], "", "no predicate")):
            self.vsa_text(name, old, new, 2, says)
        self.vsa("something behind it", text.encode() + b"x", 2, "line 1")
        many = a.vsa()
        many["subject"] *= 1025
        self.vsa("1025 subjects", many, 2, "more than 1024 subjects")
        many = a.vsa()
        many["subject"][0]["digest"].update({f"d{i}": "x" for i in range(32)})
        self.vsa("33 digests", many, 2, "too many digests")

    def vsa_claims(self):
        self.section = "vsa, says"
        self.vsa("FAILED", a.vsa(verificationResult="FAILED", verifiedLevels=["FAILED"]), 1,
                 "verificationResult is FAILED")
        self.vsa("another verifier", a.vsa(verifier={"id": a.VERIFIER + "/"}), 1, "the verifier is")
        self.vsa("another version of the resource", a.vsa(resourceUri="pkg:nuget/Foo@1.0.1"), 1,
                 "the resource 'pkg:nuget/Foo@1.0.1'")
        self.vsa("a lower level", a.vsa(verifiedLevels=["SLSA_BUILD_LEVEL_1"]), 1,
                 "SLSA_BUILD_LEVEL_2 is not verified")
        self.vsa("unevaluated only", a.vsa(verifiedLevels=["SLSA_BUILD_LEVEL_UNEVALUATED"]), 1,
                 "SLSA_BUILD_LEVEL_2 is not verified")
        self.vsa("a level of another track", a.vsa(verifiedLevels=["SLSA_SOURCE_LEVEL_3"]), 1,
                 "is not verified")
        self.vsa("a property that is not there", a.vsa(), 1, "ORIGIN is not verified", level="ORIGIN")
        self.vsa("another type", a.provenance(), 1, "it is no VSA")
        self.vsa("another digest", a.vsa(), 1, "it is not about sha256:" + OTHER,
                 subject=["--subject-digest", "sha256:" + OTHER])
        self.vsa("one digest of two", a.vsa(), 1, "it is not about sha256:" + OTHER, "--subject-digest",
                 "sha256:" + OTHER)
        self.vsa("another file", a.vsa(), 1, "it is not about this file", subject=["{f}"])
        torn = a.vsa()
        torn["subject"][0]["digest"]["sha512"] = "0" * 128
        self.vsa("SHA-256 right and SHA-512 wrong", torn, 1, "it is not about this file",
                 subject=["{artifact}"])
        weak = a.vsa()
        weak["subject"][0]["digest"] = {"md5": "d41d8cd98f00b204e9800998ecf8427e"}
        self.vsa("MD5 only", weak, 1, "it is not about this file", subject=["{artifact}"])
        self.vsa("no artifact of that name", a.vsa(), 2, "{missing}", subject=["{missing}"])
        self.vsa("too old", a.vsa(timeVerified="2020-01-01T00:00:00Z"), 1, "too old", "--max-age", "30d")
        self.vsa("verified in the future", a.vsa(timeVerified="2126-01-01T00:00:00Z"), 1,
                 "in the future", "--max-age", "30d")
        untimed = a.vsa()
        del untimed["predicate"]["timeVerified"]
        self.vsa("no time, and an age is asked", untimed, 1, "does not say when", "--max-age", "30d")
        self.vsa_file("none of several lines", b"\n".join(
            json.dumps(one).encode() for one in (
                a.envelope(a.provenance(), self.ours), a.envelope(a.vsa(), self.keys["other"]))), 1,
                      "line 2: no signature")

    def vsa_usage(self):
        self.section = "vsa, asked"
        for name, says, words in (
                ("no digest and no file", "name the artifact", {"subject": ["--quiet"]}),
                ("MD5", "weaker than SHA-256",
                 {"subject": ["--subject-digest", "md5:d41d8cd98f00b204e9800998ecf8427e"]}),
                ("a digest in capitals", "in lower case",
                 {"subject": ["--subject-digest", "sha256:" + a.SHA256.upper()]}),
                ("a digest without its name", "is no digest",
                 {"subject": ["--subject-digest", a.SHA256]}),
                ("an unevaluated level", "nobody looked", {"level": "SLSA_BUILD_LEVEL_UNEVALUATED"}),
                ("the level FAILED", "no level that one could ask for", {"level": "FAILED"})):
            self.vsa(name, a.vsa(), 2, says, **words)
        for name, says, words in (
                ("an age that is none", "--max-age is a duration", ["--max-age", "soon"]),
                ("more keys than there are", "only 1 keys", ["--threshold", "2"]),
                ("no keys at all", "a number from 1", ["--threshold", "0"]),
                ("by a certificate's identity", "keyless", ["--certificate-identity", "x"]),
                ("by a certificate", "keyless", ["--certificate", "x"]),
                ("by an OIDC issuer", "keyless", ["--certificate-oidc-issuer-regexp", "x"]),
                ("without the log", "keyless", ["--insecure-ignore-tlog"]),
                ("jobs of no batch", "goes with --batch", ["--jobs", "2"])):
            self.vsa(name, a.vsa(), 2, says, *words)
        self.vsa("two artifacts", a.vsa(), 2, "name one artifact", subject=["{f}", "{artifact}"])
        self.add("nothing to verify", "verify-vsa", {}, ["--public-key-path", "{ours.pub}"], 2,
                 "--attestation-path is needed")
        self.add("no key", "verify-vsa", {"f": a.envelope(a.vsa(), self.ours)},
                 ["--attestation-path", "{f}", "--verifier-id", "x", "--resource-uri", "x",
                  "{artifact}"], 2, "there is no key")

    def attestations(self):
        self.section = "attestation, honest"
        branch = ["--source-uri", "git.example.org/acme/foo", "--source-branch", "main"]
        self.att("nothing more asked", a.provenance(), 0, "accepted")
        self.att("source and builder", a.provenance(), 0, "accepted", *branch, "--builder-id",
                 a.BUILDER)
        self.att("the digest alone", a.provenance(), 0, "accepted", "--digest", a.SHA256, subject=[
            "--type", "slsaprovenance1"])
        self.att("a type by its URI", a.statement("https://x.example/t", {}), 0, "accepted", "--type",
                 "https://x.example/t")
        self.att("whatever file, on request", a.provenance(), 0, "no artifact is looked at",
                 subject=["--check-claims=false"])
        tag = a.provenance({"repository": a.REPOSITORY, "ref": "refs/tags/v1"},
                           [{"uri": f"git+{a.REPOSITORY}", "digest": {"gitCommit": a.COMMIT}}])
        self.source("a tag", tag, 0, "accepted", "--source-tag", "v1")
        self.source("as GitHub's builders say it", a.provenance(
            {"workflow": {"repository": a.REPOSITORY, "ref": "refs/heads/main", "path": "x"}}), 0,
                    "accepted")
        self.att("one of two keys", a.provenance(), 0, "accepted", "--key", "{rsa.pub}")
        self.section = "attestation, says"
        self.add("a file's bytes, signed", "verify-attestation",
                 {"f": a.bundle(a.message(self.ours, a.ARTIFACT), kind="messageSignature")},
                 ["--bundle", "{f}", "--key", "{ours.pub}", "{artifact}"], 1, "states nothing of it")
        self.add("none of nine", "verify-attestation", {"f": b"\n".join(
            [json.dumps(a.envelope(a.provenance(), self.keys["other"])).encode()] * 10)},
                 ["--bundle", "{f}", "--key", "{ours.pub}", "{artifact}"], 1, "and 2 more like these")
        self.att("another type", a.vsa(), 1, "it is of the type")
        self.att("provenance where vuln is asked", a.provenance(), 1, "it is of the type", "--type",
                 "vuln")
        self.att("provenance v0.2", a.statement("https://slsa.dev/provenance/v0.2", {}), 1,
                 "it is of the type")
        self.att("another file", a.provenance(), 1, "not about this file", subject=["{f}"])
        self.att("another digest", a.provenance(), 1, "it is not about sha256:" + OTHER,
                 subject=["--digest", OTHER])
        self.att("another builder", a.provenance(builder="https://evil.example"), 1, "the builder is",
                 "--builder-id", a.BUILDER)
        for name, external, says in (
                ("another repository", {"repository": "https://evil.example/acme/foo",
                                        "ref": "refs/heads/main"}, "the source is"),
                ("a host behind a user's name",
                 {"repository": "https://git.example.org@evil.example/acme/foo",
                  "ref": "refs/heads/main"}, "the source is"),
                ("a path in other case", {"repository": a.REPOSITORY + "O", "ref": "refs/heads/main"},
                 "the source is"),
                ("plain http", {"repository": "http://git.example.org/acme/foo",
                                "ref": "refs/heads/main"}, "the source is"),
                ("a tag named like the branch", {"repository": a.REPOSITORY, "ref": "refs/tags/main"},
                 "the ref is"),
                ("a ref that is not whole", {"repository": a.REPOSITORY, "ref": "main"}, "the ref is"),
                ("no ref", {"repository": a.REPOSITORY}, "names the ref"),
                ("no source", {}, "names the source"),
                ("a source that is a list", {"repository": [a.REPOSITORY]}, "is no source"),
                ("two sources", {"repository": a.REPOSITORY, "ref": "refs/heads/main",
                                 "workflow": {"repository": "https://evil.example/a/b"}},
                 "the source is"),
                ("two refs", {"repository": a.REPOSITORY, "ref": "refs/heads/main",
                              "source": f"git+{a.REPOSITORY}@refs/heads/evil"}, "the ref is")):
            self.source(name, a.provenance(external), 1, says)
        for name, dependencies, says in (
                ("not among the dependencies", [], "not among the resolved"),
                ("a dependency of another name",
                 [{"uri": "git+https://evil.example/a/b", "digest": {"gitCommit": a.COMMIT}}],
                 "not among the resolved"),
                ("a dependency without a commit",
                 [{"uri": f"git+{a.REPOSITORY}@refs/heads/main"}], "not among the resolved"),
                ("a dependency of another ref",
                 [{"uri": f"git+{a.REPOSITORY}@refs/heads/evil", "digest": {"gitCommit": a.COMMIT}}],
                 "the ref is")):
            self.source(name, a.provenance(dependencies=dependencies), 1, says)
        hidden = a.provenance()
        definition = hidden["predicate"]["buildDefinition"]
        definition["externalParameters"]["\u017fource"] = "https://evil.example/a/b"
        self.att("a source by a long s", hidden, 2, "some readers take it for 'source'", *branch)
        self.section = "attestation, asked"
        self.att("no artifact", a.provenance(), 2, "name the artifact", subject=["--quiet"])
        self.att("artifact and digest", a.provenance(), 2, "name the artifact", "--digest", a.SHA256)
        self.att("an artifact not to be looked at", a.provenance(), 2, "would not be looked at",
                 "--check-claims", "false")
        self.att("a branch and a tag", a.provenance(), 2, "a branch or a tag", *branch, "--source-tag",
                 "main")
        self.att("a whole ref for a branch", a.provenance(), 2, "without refs/heads/", "--source-uri",
                 "git.example.org/acme/foo", "--source-branch", "refs/heads/main")
        self.att("a branch of no repository", a.provenance(), 2, "goes with --source-uri",
                 "--source-branch", "main")
        self.att("a source with a ref", a.provenance(), 2, "is said for itself", "--source-uri",
                 "git.example.org/acme/foo@v1")
        self.att("a type that is no name", a.provenance(), 2, "--type is a URI", "--type", "provenance")
        self.att("the builder of a VSA", a.vsa(), 2, "slsaprovenance1 only", "--type", "vsa",
                 "--builder-id", "x")
        self.att("an identity of a certificate", a.provenance(), 2, "keyless",
                 "--certificate-identity-regexp", ".*")
        self.att("two artifacts", a.provenance(), 2, "name one artifact", "{f}")
        self.att("a certificate authority's address", a.provenance(), 2, "keyless", "--fulcio-url", "x")
        self.att("two files", a.provenance(), 2, "name one file", "--signature", "{f}")

    def bundles(self):
        whole = a.envelope(a.provenance(), self.ours)
        signed = a.message(self.ours, a.ARTIFACT)
        self.section = "bundle, honest"
        self.bundle("an envelope", a.bundle(whole), 0, "accepted")
        self.bundle("by its digest", a.bundle(whole), 0, "accepted", subject="sha256:" + a.SHA256)
        for old in ("0.1", "0.2", "0.3"):
            self.bundle(f"v{old}, as it was called", a.bundle(
                whole, media_type=f"application/vnd.dev.sigstore.bundle+json;version={old}"), 0,
                        "accepted")
        for kind in ("ours", "p384", "p521", "rsa"):
            self.bundle(f"a signature of the bytes, {kind}", a.bundle(
                a.message(self.keys[kind], a.ARTIFACT), kind="messageSignature"), 0, "accepted",
                        key=kind)
        self.bundle("a signature of the bytes, by their digest",
                    a.bundle(signed, kind="messageSignature"), 0, "accepted",
                    subject="sha256:" + a.SHA256)
        self.bundle("with a trusted root, said to be unused", a.bundle(whole), 0,
                    "the key alone counts", "--trusted-root", "/dev/null")
        self.section = "bundle"
        for name, file, status, says in (
                ("by another key", a.bundle(a.envelope(a.provenance(), self.keys["other"])), 1,
                 "no signature"),
                ("another file's statement", a.bundle(a.envelope(
                    {**a.vsa(), "subject": [{"digest": {"sha256": OTHER}}]}, self.ours)), 1,
                 "not about this file"),
                ("bytes signed by another", a.bundle(a.message(self.keys["other"], a.ARTIFACT),
                                                     kind="messageSignature"), 1, "not by the key"),
                ("other bytes signed", a.bundle(
                    a.message(self.ours, b"other", bytes.fromhex(a.SHA256)),
                    kind="messageSignature"), 1, "not by the key"),
                ("a digest of other bytes", a.bundle(
                    a.message(self.ours, a.ARTIFACT, b"0" * 32), kind="messageSignature"), 1,
                 "another file's"),
                ("two signatures", a.bundle(a.envelope(a.provenance(), self.ours, self.ours)), 2,
                 "one signature, not 2"),
                ("no content", a.bundle(whole, kind="x"), 2, "one of them"),
                ("two contents", {**a.bundle(whole), "messageSignature": signed}, 2, "one of them"),
                ("a certificate", a.bundle(whole, material={"certificate": {"rawBytes": "AAAA"}}), 2,
                 "keyless"),
                ("a chain of certificates",
                 a.bundle(whole, material={"x509CertificateChain": {"certificates": []}}), 2,
                 "keyless"),
                ("a key and a certificate", a.bundle(whole, material={
                    "publicKey": {"hint": "x"}, "certificate": {}}), 2, "keyless"),
                ("no key", a.bundle(whole, material={"publicKeyIdentifier": {}}), 2, "no publicKey"),
                ("of a later version", a.bundle(
                    whole, media_type="application/vnd.dev.sigstore.bundle.v0.4+json"), 2,
                 "mediaType is"),
                ("33 entries of a log", a.bundle(whole, material={
                    "publicKey": {}, "tlogEntries": [{}] * 33}), 2, "more than 32"),
                ("a bare envelope", whole, 2, "no mediaType"),
                ("a digest of SHA-1", a.bundle({**signed, "messageDigest": {
                    "algorithm": "SHA1", "digest": "AAAA"}}, kind="messageSignature"), 2,
                 "messageDigest is of SHA1"),
                ("'dsseenvelope' beside it", {**a.bundle(whole), "dsseenvelope": {}}, 2, "only in case"),
                ("a list", [a.bundle(whole)], 2, "is no object")):
            self.bundle(name, file, status, says)
        self.bundle("bytes signed by Ed25519", a.bundle(
            a.message(self.keys["ed25519"], a.ARTIFACT), kind="messageSignature"), 1, "Ed25519",
                    key="ed25519")
        self.bundle("two files", a.bundle(whole), 2, "name one file", "{f}")
        self.bundle("no file", a.bundle(whole), 2, "name one file", subject="--quiet")
        self.bundle("a file that is not there", a.bundle(whole), 2, "{missing}", subject="{missing}")
        self.bundle("bytes of a file that is not there", a.bundle(signed, kind="messageSignature"), 2,
                    "{missing}", subject="{missing}")
        self.bundle("an identity", a.bundle(whole), 2, "keyless", "--certificate-identity", "x")
        self.bundle("a digest of MD5's length", a.bundle(whole), 2, "no digest by sha256",
                    subject="sha256:d41d8cd98f00b204e9800998ecf8427e")

    def all(self):
        for part in (self.vsa_honest, self.vsa_signatures, self.vsa_envelopes, self.vsa_statements,
                     self.vsa_claims, self.vsa_usage, self.attestations, self.bundles):
            part()
        return self.rows


def played(countermark, folder, row, keys):
    """What is wrong, or None; and what was said."""
    places = {"artifact": os.path.join(folder, "artifact"), "missing": os.path.join(folder, "none")}
    for name, key in keys.items():
        places[name + ".pub"], places[name + ".key"] = key.public, key.secret
    for name, content in row.files.items():
        places[name] = os.path.join(folder, "file-" + name)
        with open(places[name], "wb") as file:
            file.write(a.as_bytes(content))
    words = [places.get(word[1:-1], word) if word.startswith("{") else word for word in row.words]
    says = places.get(row.says[1:-1], row.says) if row.says.startswith("{") else row.says
    done = subprocess.run([countermark, row.command, *words], stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, encoding="utf-8", stdin=subprocess.DEVNULL,
                          check=False)
    said = done.stderr.strip() or done.stdout.strip().splitlines()[0]
    if done.returncode != row.status:
        return f"exit status {done.returncode}, not {row.status}", said
    if says not in done.stdout + done.stderr:
        return f"it does not say {says!r}", said
    if ("accepted" in done.stdout) != (row.status == 0):
        return "what is printed does not fit the exit status", said
    return None, said.replace(folder + "/", "").removeprefix("countermark: ")


def main():
    countermark, part = os.path.abspath(sys.argv[1]), sys.argv[2] if len(sys.argv) > 2 else ""
    wrong, counts = [], {True: 0, False: 0}
    with tempfile.TemporaryDirectory(prefix="countermark-refusals-") as folder:
        with open(os.path.join(folder, "artifact"), "wb") as file:
            file.write(a.ARTIFACT)
        rows = Rows(folder)
        chosen = [row for row in rows.all() if part in row.name]
        assert len({row.name for row in rows.rows}) == len(rows.rows), "two rows of one name"
        for row in chosen:
            bad, said = played(countermark, folder, row, rows.keys)
            counts[row.status == 0] += 1
            print(f"{'FAILED' if bad else 'ok':6} {row.status}  {row.name:62} {said.splitlines()[0][:150]}")
            if bad:
                wrong.append(f"{row.name}: {bad}\n    {said}")
    print(*wrong, sep="\n")
    print(f"{counts[False]} refused, {counts[True]} accepted, {len(wrong)} wrong")
    return 1 if wrong or not chosen or (not part and counts[False] < 60) else 0


if __name__ == "__main__":
    sys.exit(main())

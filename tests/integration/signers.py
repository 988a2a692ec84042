#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Signers: what is delivered with a signature, and what nobody can have signed.

    signers.py COUNTERMARK FIXTURE-NOTES

As in keys.py, these tests speak to the process with the keys like the process that parses artifacts,
and like whoever has taken that over.
"""

import base64
import json
import os
import random
import struct
import subprocess
import sys
import time
import unittest

import nuget
import share
from documenting import Notes, read, sha256, write
from harness import end_session
from keys import openssl
from office import Keys
from notes import NAME, PLUGIN, archive, builds, contents, documented, rejected, rewrites

KILLS = 60 if share.LONG else 6
ARTIFACT = "{artifact}"
TEXT = "Form:1\n\nHash:{sha256:base64}\n\n"
COMMITMENT = "1.2.840.113549.1.9.16.2.16=300d060b2a864886f70d0109100601"
RSA, CODE_SIGNING = 1, 2
SIGNATURE = ".signature.p7s"
CONTENT = "Version:1\n\n2.16.840.1.101.3.4.2.1-Hash:{sha256:base64}\n\n"


class Certified(Keys):
    """A key with a certificate, which may sign two forms."""

    @classmethod
    def setUpClass(cls):
        cls.certificates = None
        Notes.setUpClass.__func__(cls)
        cls.make_keys()
        suite = cls("run")
        cls.honest = suite.verify(cls.certified(builds), output=False)
        cls.documented = suite.verify(cls.certified(documented()), output=False)
        cls.signable = suite.verify(cls.certified(builds, signer="cms"), output=False)
        cls.rejected = suite.verify(cls.certified(rejected()), output=False)

    @classmethod
    def make_keys(cls):
        cls.secret = cls.bench.path("signing.pem")
        cls.bare = cls.bench.path("bare.pem")
        for path in (cls.secret, cls.bare):
            openssl("genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048", "-out",
                    path)
            os.chmod(path, 0o600)
        cls.ca = cls.make_ca()
        cls.chain = cls.make_chain("chain.pem", cls.secret)

    @classmethod
    def make_ca(cls):
        key, certificate = cls.bench.path("ca.key"), cls.bench.path("ca.pem")
        openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", key, "-out",
                certificate, "-days", "30", "-subj", "/CN=Signing CA", "-addext",
                "keyUsage=critical,keyCertSign,cRLSign")
        return certificate

    @classmethod
    def make_chain(cls, name, secret, purpose="codeSigning", days="30"):
        path, request = cls.bench.path(name), cls.bench.path("request")
        extensions = write(cls.bench.path("extensions"), (
            "basicConstraints=CA:false\nkeyUsage=critical,digitalSignature\n"
            f"extendedKeyUsage={purpose}\nsubjectKeyIdentifier=hash\n"
            "authorityKeyIdentifier=keyid\n").encode())
        openssl("req", "-new", "-key", secret, "-subj", "/CN=Acme Corp", "-out", request)
        openssl("x509", "-req", "-in", request, "-CA", cls.ca, "-CAkey", cls.bench.path("ca.key"),
                "-CAcreateserial", "-days", days, "-extfile", extensions, "-out", path)
        with open(path, "ab") as file:
            file.write(read(cls.ca))
        return path

    @classmethod
    def certified(cls, change, signer=None, **more):
        def changed(w):
            change(w)
            w.trust["organization"]["verifier"] = "https://sign.acme.example/countermark"
            w.trust["evidence_keys"] = [cls.key]
            w.trust["keys"] = [
                {"slug": "release", "file": cls.secret, "certificate": cls.chain, "forms": [
                    {"content": ARTIFACT},
                    {"content": TEXT, "attributes": [COMMITMENT]}]},
                {"slug": "bare", "file": cls.bare}]
            w.policy.update({"sign": "release", "attest": "bare", **more})
            if signer:
                configurations = w.linked.setdefault("artifact_configurations", [{"slug": "it"}])
                configurations[0]["signer"] = signer
        return changed

    def setUp(self):
        for of in (self.honest, self.documented, self.signable):
            self.fresh_state(of)

    def wish(self, of=None, **changes):
        return self.request(of, **{"wants": "cms", "content": ARTIFACT, "attributes": [],
                                   "demands": 0, **changes})

    def expect_cms(self, signature, content, ca=None):
        """openssl's own word. Gives what it is of, if it holds that."""
        folder = self.honest.folder
        words = ["-content", write(os.path.join(folder, "content"), content)] \
            if content is not None else []
        return openssl("cms", "-verify", "-binary", "-inform", "DER", "-in",
                       write(os.path.join(folder, "signature"), signature), *words, "-CAfile",
                       ca or self.ca, "-purpose", "any", "-cades")

    def expect_no_cms(self, signature, content):
        with self.assertRaises(subprocess.CalledProcessError):
            self.expect_cms(signature, content)

    def killed(self, change, times):
        """Runs that are ended at a random moment of their second half, and each other one as soon as
        a name is there. Gives folder and names of what each of them has left."""
        began = time.monotonic()
        self.expect(self.verify(change), 0)
        duration = time.monotonic() - began
        chance = random.Random(7)
        for number in range(times):
            world = self.bench.world(self.name)
            change(world)
            folder = self.bench.prepare(world)
            out = os.path.join(folder, "out")
            os.makedirs(out)
            running = self.bench.start_program(
                folder, "verify", "--config", os.path.join(folder, "countermark.conf"), "--state",
                self.bench.path("state"), "--output", os.path.join(out, self.output_name),
                *world.arguments)
            if number % 2:
                while not self.delivered(out) and running.poll() is None:
                    time.sleep(0.001)
            else:
                time.sleep(chance.uniform(0.3, 1.05) * duration)
            running.kill()
            running.communicate()
            end_session(running)
            there = self.delivered(out)
            self.assertTrue(there or number % 2 == 0)
            yield out, there

    @staticmethod
    def delivered(folder):
        return {name for name in os.listdir(folder) if not name.startswith(".")}


class Asked(Certified):
    """What is asked for honestly."""

    def test_a_file(self):
        artifact = self.honest.world.artifact
        with self.office() as office:
            answer, signature = office.ask(self.wish(), self.honest.evidence, artifact)
        self.assertTrue(answer["signed"], answer)
        der = openssl("x509", "-in", self.chain, "-outform", "DER")
        self.assertEqual(answer["certificate"], sha256(der))
        self.assertEqual(self.expect_cms(signature, artifact), artifact)
        self.expect_no_cms(signature, artifact + b" ")
        [line] = self.journal()
        entry = line["entry"]
        self.assertEqual((entry["predicate"], entry["statement"], entry["artifact"]),
                         ("cms", sha256(artifact), sha256(artifact)))
        self.assertEqual(entry["certificate"], answer["certificate"])

    def test_a_text(self):
        artifact = self.honest.world.artifact
        with self.office() as office:
            answer, signature = office.ask(
                self.wish(content=TEXT, attributes=[COMMITMENT], demands=RSA | CODE_SIGNING),
                self.honest.evidence, artifact)
        self.assertTrue(answer["signed"], answer)
        hashed = openssl("base64", "-A", input=bytes.fromhex(sha256(artifact)))
        self.assertEqual(self.expect_cms(signature, None),
                         b"Form:1\n\nHash:" + hashed.strip() + b"\n\n")
        shown = openssl("cms", "-cmsout", "-print", "-noout", "-inform", "DER", "-in",
                        os.path.join(self.honest.folder, "signature")).decode()
        for name in ("id-smime-aa-ets-commitmentType", "id-smime-aa-signingCertificateV2",
                     "signingTime", "messageDigest", "contentType"):
            self.assertEqual(shown.count(f"object: {name} ("), 1, shown)
        self.assertNotIn("S/MIME Capabilities", shown)

    def test_what_was_documented(self):
        built, delivered = self.documented.world.artifact, b"documented since"
        with self.office(self.documented) as office:
            answer, signature = office.ask(self.wish(self.documented), self.documented.evidence,
                                           delivered, built)
        self.assertTrue(answer["signed"], answer)
        self.expect_cms(signature, delivered)


class Refused(Certified):
    """What whoever has taken over the asking process tries: none of it is signed, nor written down,
    and an honest request behind it is answered."""

    def refuse(self, kind, *texts, of=None, packet=None, files=None):
        of = of or self.honest
        files = [of.evidence, of.world.artifact] if files is None else files
        with self.office(of) as office:
            answer, content = office.ask(packet or self.wish(of), *files)
            self.expect_refused(answer, content, kind, *texts)
            self.assertEqual(self.journal(of), [])
            if of is not self.rejected:
                answer, content = office.ask(self.wish(of), of.evidence, of.world.artifact)
                self.expect_cms(content, of.world.artifact)
        self.fresh_state(of)

    def test_other_forms(self):
        for wish in ({"content": "Form:2\n\nHash:{sha256:base64}\n\n"},
                     {"content": TEXT}, {"content": TEXT, "attributes": [COMMITMENT] * 2},
                     {"content": TEXT, "attributes": [COMMITMENT[:-1] + "2"]},
                     {"attributes": [COMMITMENT]}, {"content": TEXT[:-1]},
                     {"content": sha256(self.honest.world.artifact)},
                     {"content": TEXT.replace("{sha256:base64}", "AAAA"),
                      "attributes": [COMMITMENT]}, {"content": ""}):
            self.refuse("denied", "does not sign in this form", packet=self.wish(**wish))

    def test_what_is_no_wish(self):
        for wish in ({"content": None}, {"content": 7}, {"attributes": None},
                     {"attributes": ["x"] * 9}, {"attributes": [7]}, {"attributes": COMMITMENT},
                     {"demands": -1}, {"demands": 4}, {"demands": "1"}, {"demands": None}):
            self.refuse("malformed", "content, attributes and demands", packet=self.wish(**wish))

    def test_a_foreign_artifact(self):
        self.refuse("denied", "another artifact", files=[self.honest.evidence, b"foreign"])
        self.refuse("denied", "no rewriter is configured",
                    files=[self.honest.evidence, b"foreign", self.honest.world.artifact])
        # a signer signs what was built; that it may change the file is no reason to sign another
        self.refuse("denied", "no rewriter is configured", of=self.signable,
                    files=[self.signable.evidence, b"foreign", self.signable.world.artifact])

    def test_a_foreign_artifact_attested(self):
        """A file beside is no reason for another file; a signature in the file may be one."""
        of = self.signable
        with self.office(of) as office:
            answer, content = office.ask(self.request(of, key="bare"), of.evidence, b"foreign",
                                         of.world.artifact)
            self.expect_refused(answer, content, "denied", "no rewriter is configured")
            answer, _ = office.ask(self.request(of, key="bare"), of.evidence, of.world.artifact)
            self.assertTrue(answer["signed"], answer)

    def test_another_verdict(self):
        self.refuse("denied", "judged again, it is rejected", of=self.rejected)
        # that something was not accepted can be attested, and nothing else
        self.refuse("denied", "judged again, it is rejected", of=self.rejected,
                    packet=self.wish(self.rejected, failures=True))

    def test_another_policy(self):
        self.refuse("denied", "another project or policy", packet=self.wish(policy="nightly"))

    def test_another_key(self):
        self.refuse("denied", "does not sign in this form", packet=self.wish(key="bare"))
        self.refuse("denied", "no key of that name", packet=self.wish(key="none"))

    def test_a_policy_without_a_key_to_sign_with(self):
        result = self.verify(self.certified(builds, sign="bare"), output=False)
        self.expect(result, 3, "signs attestations only")

        def unsigned(w):
            self.certified(builds)(w)
            del w.policy["sign"]
        result = self.verify(unsigned, output=False)
        with self.office(result) as office:
            answer, content = office.ask(self.wish(result), result.evidence,
                                         result.world.artifact)
        self.expect_refused(answer, content, "denied", "does not let this key sign", "nothing")

    def of_certificate(self, chain):
        def changed(w):
            self.certified(builds)(w)
            w.trust["keys"][0]["certificate"] = chain
        return self.verify(changed, output=False)

    def test_certificates(self):
        expired = self.make_chain("expired.pem", self.secret, days="-1")
        for chain, demands, text in (
                (expired, 0, "certificate 1 has expired"),
                (self.make_chain("mail.pem", self.secret, "emailProtection"), CODE_SIGNING,
                 "not for signing code"),
                (self.make_chain("life.pem", self.secret,
                                 "codeSigning,1.3.6.1.4.1.311.10.3.13"), CODE_SIGNING,
                 "lifetime signing")):
            result = self.of_certificate(chain)
            with self.office(result) as office:
                answer, content = office.ask(self.wish(result, demands=demands), result.evidence,
                                             result.world.artifact)
            self.expect_refused(answer, content, "config", text)
            self.assertEqual(self.journal(result), [])

    def test_certificates_that_do_not_belong(self):
        other = self.make_chain("other.pem", self.bare)
        lonely = write(self.bench.path("lonely.pem"), read(self.chain) + read(other))
        for chain, text in ((other, "not that of the key"), (lonely, "did not issue"),
                            (self.secret, ""), ("/nowhere.pem", "/nowhere.pem")):
            result = self.of_certificate(chain)
            with self.office(result) as office:
                self.assertEqual(office.socket.recv(1 << 16), b"")
            self.assertNotEqual(office.exit, 0)
            self.assertIn("its certificate", office.said)
            self.assertIn(text, office.said)


class Delivered(Certified):
    """verify --output, with a signer."""

    def expect_signed_beside(self, result):
        self.expect(result, 0)
        self.expect_files(result, NAME, NAME + ".p7s")
        self.expect_cms(read(result.output + ".p7s"), read(result.output))
        told = result.report["signature"]
        self.assertEqual(told["signer"]["id"], "cms")
        self.assertEqual(told["file"], result.output + ".p7s")
        self.assertEqual(told["output"], {"size": len(read(result.output)),
                                          "sha256": sha256(read(result.output))})
        self.assertEqual(told["certificate"],
                         sha256(openssl("x509", "-in", self.chain, "-outform", "DER")))

    def test_as_it_was_built(self):
        result = self.verify(self.certified(builds, signer="cms"))
        self.expect_signed_beside(result)
        self.assertEqual(read(result.output), result.world.artifact)

    def test_documented_and_signed(self):
        result = self.verify(self.certified(documented(), signer="cms"))
        self.expect_signed_beside(result)
        self.assertNotEqual(read(result.output), result.world.artifact)
        self.assertEqual(result.report["documentation"]["output"]["sha256"],
                         sha256(read(result.output)))

    def test_a_file_of_any_kind(self):
        result = self.verify(self.certified(
            lambda w: builds(w, b"PK\3\4 looks like an archive, and is none"), signer="cms"))
        self.expect_signed_beside(result)

    def test_in_words(self):
        result = self.verify(self.certified(builds, signer="cms"), form="text")
        self.expect(result, 0, "signed      by sha256:", NAME + ".p7s")

    def test_attested_too(self):
        out = self.bench.path("vsa.json")
        result = self.verify(self.certified(builds, signer="cms"), "--vsa", out)
        self.expect_signed_beside(result)
        self.assertTrue(os.path.exists(out))

    def test_nothing_without_output(self):
        result = self.verify(self.certified(builds, signer="cms"), output=False)
        self.expect(result, 0)
        self.assertNotIn("signature", result.report)
        self.expect_files(result)

    def test_not_for_another_verdict(self):
        result = self.verify(self.certified(rejected(), signer="cms"))
        self.expect(result, 1)
        self.expect_files(result)
        self.assertNotIn("signature", result.report)

    def nothing_is_there(self, change, status, *texts):
        result = self.verify(change)
        self.expect(result, status, *texts)
        self.expect_files(result)
        self.assertNotIn("signature", result.report or {})

    def test_a_form_that_the_key_does_not_sign(self):
        def changed(w):
            self.certified(builds, signer="cms")(w)
            del w.trust["keys"][0]["forms"][0]
        self.nothing_is_there(changed, 1, "does not sign in this form", "nothing was written")

    def test_no_key_to_sign_with(self):
        def changed(w):
            self.certified(builds, signer="cms")(w)
            del w.policy["sign"]
        self.nothing_is_there(changed, 3, "names no key to sign with")

    def test_a_key_that_cannot_be_had(self):
        def changed(w):
            self.certified(builds, signer="cms")(w)
            w.trust["keys"][1]["file"] = "/nowhere.pem"
        self.nothing_is_there(changed, 3, "/nowhere.pem", "nothing was written")

    def test_a_plug_in_that_is_no_signer(self):
        self.nothing_is_there(self.certified(builds, signer="appveyor"), 3, "is not a signer")
        self.nothing_is_there(self.certified(builds, signer="none"), 3, "none")

    def test_a_place_that_cannot_be_written(self):
        def changed(w):
            self.certified(builds, signer="cms")(w)
        world = self.bench.world(self.name)
        changed(world)
        folder = self.bench.prepare(world)
        os.makedirs(os.path.join(folder, "out", NAME + ".p7s"))
        result = self.verify_again(world, folder)
        self.expect(result, 5, NAME + ".p7s")
        self.expect_files(result, NAME + ".p7s")

    def test_configuration_is_checked(self):
        def changed(w):
            self.certified(builds, signer="cms")(w)
            del w.policy["sign"]
        _, folder, words = self.world(changed)
        self.expect(self.bench.run(folder, "config", "check", *words), 3,
                    "names a key to sign with", "sign = ")
        _, folder, words = self.world(self.certified(builds, signer="appveyor"))
        self.expect(self.bench.run(folder, "config", "check", *words), 3, "is not a signer")
        _, folder, words = self.world(self.certified(builds, signer="cms"))
        self.expect(self.bench.run(folder, "config", "check", *words), 0)

    def test_killed_at_any_moment(self):
        """What is there is whole, and verifies."""
        for out, there in self.killed(self.certified(documented(), signer="cms"), KILLS):
            self.assertLessEqual(there, {NAME, NAME + ".p7s"})
            if NAME in there:
                self.assertIn(NAME + ".p7s", there)
                self.expect_cms(read(os.path.join(out, NAME + ".p7s")),
                                read(os.path.join(out, NAME)))


def without_signature(package):
    """The bytes of a package without its last entry, as NuGet reads them: the directory in front of
    its place, counts and sizes of the end as they were."""
    end = package.rindex(b"PK\5\6")
    count, size, at = struct.unpack_from("<HLL", package, end + 10)
    record = at
    for _ in range(count - 1):
        record += 46 + sum(struct.unpack_from("<HHH", package, record + 28))
    name = package[record + 46:record + 46 + struct.unpack_from("<H", package, record + 28)[0]]
    assert name == SIGNATURE.encode(), name
    method, flags = struct.unpack_from("<HH", package, record + 10)[0], \
        struct.unpack_from("<H", package, record + 8)[0]
    assert (method, flags) == (0, 0), (method, flags)
    entry = struct.unpack_from("<L", package, record + 42)[0]
    shorter = struct.pack("<HHLL", count - 1, count - 1, record - at, entry)
    return package[:entry] + package[at:record] + package[end:end + 8] + shorter + \
        package[end + 20:]


class Packages(Certified):
    """An author's signature in a NuGet package."""

    @classmethod
    def certified(cls, change, signer=None, **more):
        certify = super().certified(change, signer, **more)

        def changed(w):
            certify(w)
            w.trust["keys"][0]["forms"].append({"content": CONTENT, "attributes": [COMMITMENT]})
        return changed

    def expect_author_of(self, package):
        """Gives it as it was signed."""
        signed = without_signature(package)
        hashed = openssl("base64", "-A", input=bytes.fromhex(sha256(signed))).strip().decode()
        parts = contents(package)
        self.assertEqual(list(parts)[-1], SIGNATURE)
        self.assertEqual(self.expect_cms(parts[SIGNATURE], None).decode(),
                         CONTENT.replace("{sha256:base64}", hashed))
        return signed

    def expect_author(self, result):
        """Gives the package as it was signed."""
        self.expect(result, 0)
        self.expect_files(result, NAME)
        package = read(result.output)
        signed = self.expect_author_of(package)
        told = result.report["signature"]
        self.assertEqual((told["signer"]["id"], told["file"]), ("nuget", None))
        self.assertEqual(told["output"], {"size": len(package), "sha256": sha256(package)})
        return signed

    def delivered_by(self, change):
        """What provenance says of the way from the built file to the delivered one."""
        path = self.bench.path("package.provenance")
        result = self.verify(self.certified(change, signer="nuget"), "--provenance", path)
        self.expect(result, 0)
        statement = json.loads(base64.b64decode(json.loads(read(path))["payload"]))
        self.assertEqual(statement["subject"][0]["digest"], {"sha256": sha256(read(result.output))})
        internal = statement["predicate"]["buildDefinition"]["internalParameters"]
        self.assertNotIn("documented", internal)
        self.assertEqual(internal["delivered"]["from"], {"sha256": sha256(result.world.artifact)})
        return result, internal["delivered"]["configured"]

    def test_provenance_says_no_more_than_is_known(self):
        _, configured = self.delivered_by(nuget.builds)
        self.assertEqual(configured, {"rewriters": [], "signer": "nuget"})
        _, configured = self.delivered_by(nuget.documented())
        self.assertEqual(configured, {"rewriters": ["nuget"], "signer": "nuget"})

        def of_no_rewriter(w):
            nuget.builds(w)
            rewrites(w)
        result, configured = self.delivered_by(of_no_rewriter)
        self.assertEqual(result.report["documentation"]["outcome"], "none")
        self.assertEqual(configured, {"rewriters": [PLUGIN], "signer": "nuget"})

    def test_signed_anew(self):
        """Another signature makes another file: what was attested stays, and can be had again."""
        vsa, chain = self.bench.path("anew.vsa"), self.bench.path("anew.pem")

        def change(w):
            self.certified(nuget.builds, signer="nuget")(w)
            w.trust["keys"][0]["certificate"] = chain
        write(chain, read(self.chain))
        first = self.verify(change, "--vsa", vsa)
        self.expect_author(first)
        package, summary = read(first.output), read(vsa)
        write(chain, read(self.make_chain("anew-other.pem", self.secret)))
        again = self.verify_again(first.world, first.folder, "--vsa", vsa)
        self.expect(again, 1, "as another file", sha256(package), "countermark attest")
        self.assertEqual((read(again.output), read(vsa)), (package, summary))
        self.assertNotIn("signature", again.report)
        built = write(os.path.join(first.folder, "built"), first.world.artifact)
        other = self.bench.path("again.vsa")
        self.expect(self.bench.run(
            first.folder, "attest", "--config", os.path.join(first.folder, "countermark.conf"),
            "--state", self.bench.path("state"), "--evidence", again.evidence, "--built", built,
            "--vsa", other, again.output), 0, "as at the first time")
        self.assertEqual(read(other), summary)

    def test_as_it_was_built(self):
        vsa = self.bench.path("built.vsa")
        result = self.verify(self.certified(nuget.builds, signer="nuget"), "--vsa", vsa)
        self.assertEqual(self.expect_author(result), result.world.artifact)
        statement = json.loads(base64.b64decode(json.loads(read(vsa))["payload"]))
        self.assertEqual(statement["subject"][0]["digest"], {"sha256": sha256(read(result.output))})

    def test_documented_and_signed(self):
        vsa = self.bench.path("package.vsa")
        result = self.verify(self.certified(nuget.documented(), signer="nuget"), "--vsa", vsa)
        signed = self.expect_author(result)
        self.assertEqual(sha256(signed), result.report["documentation"]["output"]["sha256"])
        statement = json.loads(base64.b64decode(json.loads(read(vsa))["payload"]))
        self.assertEqual(statement["subject"][0]["digest"], {"sha256": sha256(read(result.output))})

    def test_killed_at_any_moment(self):
        """What is there is whole, and signed by its author; as it was built, and documented before."""
        for change, documents in ((nuget.builds, False), (nuget.documented(), True)):
            for out, there in self.killed(self.certified(change, signer="nuget"), KILLS):
                self.assertLessEqual(there, {NAME})
                if there:
                    package = read(os.path.join(out, NAME))
                    self.expect_author_of(package)
                    self.assertEqual(nuget.SETTINGS in contents(package), documents)

    def refuse(self, change, *texts, status=1):
        result = self.verify(self.certified(change, signer="nuget"))
        self.expect(result, status, *texts)
        self.expect_files(result)
        self.assertNotIn("signature", result.report)

    def test_a_package_that_is_signed(self):
        self.refuse(lambda w: nuget.builds(w, nuget.package(more={SIGNATURE: b"x"})),
                    "is signed already")
        self.refuse(lambda w: nuget.builds(w, nuget.package(more={".Signature.p7s": b"x"})),
                    "NuGet takes this for no signature")

    def test_what_is_no_package(self):
        self.refuse(lambda w: nuget.builds(w, b"no archive"), "no archive")
        self.refuse(lambda w: nuget.builds(w, archive({"a": b"b"})), "there is no .nuspec in it")
        self.refuse(lambda w: nuget.builds(w, name="Widget.zip"), "is not for Widget.zip")

    def test_too_many_entries(self):
        more = {f"content/{i}": b"" for i in range(65533 - len(contents(nuget.package())))}
        self.refuse(lambda w: nuget.builds(w, nuget.package(more=more)), "has 65533 entries")

    def test_keys_that_nuget_does_not_take(self):
        curve = self.bench.path("curve.pem")
        openssl("genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-out", curve)
        os.chmod(curve, 0o600)
        mail = self.make_chain("mail.pem", self.secret, "emailProtection")
        chain = self.make_chain("curve-chain.pem", curve)
        for key, certificate, text in ((curve, chain, "is not RSA of 2048 bits"),
                                       (self.secret, mail, "is not for signing code")):
            def change(w, key=key, certificate=certificate):
                self.certified(nuget.builds, signer="nuget")(w)
                w.trust["keys"][0].update(file=key, certificate=certificate)
            result = self.verify(change)
            self.expect(result, 3, text)
            self.expect_files(result)


if __name__ == "__main__":
    Keys.program = os.path.abspath(sys.argv.pop(1))
    Notes.plugin = os.path.abspath(sys.argv.pop(1))
    unittest.main()

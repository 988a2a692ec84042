#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Build nodes that show who they are: node-challenge, node-sign, verify --node-proof, and policies
that ask for no origin.

    nodes.py COUNTERMARK FIXTURE-NODE-PLUGIN FIXTURE-NOTES-PLUGIN

The plug-in compares what the engine tells it and looks at no certificate.
"""

import base64
import concurrent.futures
import hashlib
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
import unittest

import forms
from disks import NOBODY, begin_again_apart, needs_mounts
from forms import canonical
from harness import Result, end_session
from keys import base64url, openssl
from nodes_place import ARTIFACT, DIGEST, PROOF, SCOPE, Nodes, content_of, unbase64url
from world import user


class Proofs(Nodes):

    # ---- the way of a proof

    def test_from_challenge_to_verdict(self):
        place = self.place()
        request = self.challenge_is_whole(place)
        done = place.sign(request)
        self.expect(done, 0)
        self.assertEqual(done.out.count("\n"), 1)
        proof = place.write("proof", done.out.encode())
        header, payload, _ = done.out.strip().split(".")
        self.assertEqual(unbase64url(payload), request.strip())
        self.assertEqual(json.loads(unbase64url(header))["alg"], "ES256")

        result = place.verify("--format", "json", "--evidence", place.path("e.json"), "--output",
                              place.path("out.zip"), proof=proof)
        self.expect(result, 0)
        self.assertEqual(place.read("out.zip"), ARTIFACT)
        self.assertEqual(place.open_challenges(), [])
        self.assertEqual((result.report["system_only"], result.report["proof"]), (True, PROOF))
        self.assertEqual(result.report["origin"], [])
        self.assertEqual(sorted(result.words), [
            "artifact.digest", "artifact.name", "fixturenode.delivered", "request.linked",
            "request.submitter-allowed", "request.system-allowed"])
        self.assertEqual(forms.wrong_with("report-1", result.report), [])
        self.evidence_is_whole(place, request.strip().decode(), done.out.strip())

    def challenge_is_whole(self, place):
        result = place.challenge()
        self.expect(result, 0)
        self.assertEqual(result.out[-1:], "\n")
        text = result.out[:-1].encode()
        asked = json.loads(text)
        self.assertEqual(canonical(asked), text)
        times = [time.strptime(asked.pop(name), "%Y-%m-%dT%H:%M:%SZ")
                 for name in ("issued", "expires")]
        self.assertEqual(time.mktime(times[1]) - time.mktime(times[0]), 600)
        self.assertRegex(asked.pop("nonce"), "^[0-9a-f]{64}$")
        self.assertEqual(asked, {
            "format": "countermark-node-challenge/1", "verifier": "https://sign.acme.example/",
            "organization": "acme", "project": "widget", "policy": "nightly", "system": "farm",
            "artifact_sha256": DIGEST})
        self.assertEqual(place.open_challenges(), [hashlib.sha256(text).hexdigest()])
        return result.out.encode()

    def evidence_is_whole(self, place, challenge, jws):
        evidence = json.loads(base64.b64decode(forms.load(place.path("e.json"))["payload"]))
        self.assertEqual(forms.wrong_with("evidence-1", evidence), [])
        peer = evidence["documents"]["peer"]
        self.assertEqual(peer["of"], "submitter")
        with open(self.bench.path("node.pem"), encoding="ascii") as file:
            der = "".join(file.read().split("-----")[2].split())
        self.assertRegex(peer["content"].pop("consumed_at"), "^20.*Z$")
        self.assertEqual(peer["content"], {
            "proof": "signed-challenge", "chain": [der], "jws": jws, "challenge": challenge,
            "verifier": "https://sign.acme.example/",
            "for": {"organization": "acme", "project": "widget", "policy": "nightly",
                    "system": "farm", "artifact_sha256": DIGEST}})
        self.assertEqual([name for name in evidence["documents"] if name.startswith("repo")], [])

    def test_later(self):
        """Replay says the same in each form; and there is nothing that could be documented."""
        place = self.place()
        self.expect(place.verify("--evidence", place.path("e.json"), proof=place.proof()), 0)
        key = place.run("key", "show", "--state", place.state)
        place.write("key.pem", key.out.encode())
        for form in ("text", "json", "junit", "sarif"):
            with self.subTest(form=form):
                again = place.run("replay", "--evidence-key", place.path("key.pem"), "--format",
                                  form, "--artifact", place.path("widget.zip"),
                                  place.path("e.json"))
                self.expect(again, 0, PROOF)
                self.assertIn('"system_only": true' if form == "json" else SCOPE, again.out)
        place.write("a.note", ARTIFACT)
        done = place.run("rewrite", "--evidence", place.path("e.json"), "--evidence-key",
                         place.path("key.pem"), "--plugin", "fixture_notes", place.path("a.note"),
                         place.path("out.note"))
        self.expect(done, 1, "there is no origin to document")
        self.assertFalse(os.path.exists(place.path("out.note")))

    def test_twice(self):
        place = self.place()
        proof = place.proof()
        self.expect(place.verify(proof=proof), 0, "accepted", SCOPE, PROOF)
        again = place.verify("--format", "json", proof=proof)
        self.expect(again, 4)
        self.assertEqual(again.report["retry"], "no")
        answer = again.answer("fixturenode.delivered")
        self.assertEqual((answer["answer"], answer["cause"], answer["reason_class"]),
                         ("unknown", "peer", "denied"))
        self.assertIn("used already", answer["reason"])
        self.assertIn("countermark node-challenge", answer["remedy"])
        self.assertEqual(again.answer("artifact.digest")["answer"], "unknown")
        self.assertNotIn("proof", again.report)

    def test_of_many_at_once_one(self):
        place = self.place()
        for _ in range(5):
            proof = place.proof()
            with concurrent.futures.ThreadPoolExecutor(4) as pool:
                done = list(pool.map(lambda _: place.verify(proof=proof), range(4)))
            self.assertEqual(sorted(result.exit for result in done), [0, 4, 4, 4])

    def test_no_proof(self):
        place = self.place()
        result = place.verify("--format", "json")
        self.expect(result, 4, "no proof came with the submission", "--node-proof")
        self.assertEqual(result.answer("fixturenode.delivered")["reason_class"], "not-found")

    def test_dry_run_uses_nothing(self):
        place = self.place()
        proof = place.proof()
        self.expect(place.verify("--dry-run", proof=proof), 0, "node proof", SCOPE)
        plan = place.verify("--dry-run", "--format", "json", proof=proof)
        self.expect(plan, 0)
        self.assertEqual((plan.report["node_proof"], plan.report["asks"]["repositories"]),
                         (proof, []))
        self.assertEqual(len(place.open_challenges()), 1)
        self.expect(place.verify(proof=proof), 0)

    def test_proof_from_standard_input(self):
        place = self.place()
        proof = place.proof()
        text = place.read("proof").replace(b"\n", b"\r\n")
        done = place.run("verify", "--config", place.path("c.conf"), "--node-proof", "-",
                         place.path("widget.zip"), stdin=text)
        self.expect(done, 0)
        self.expect(place.verify(proof=proof), 4)

    def test_for_something_else(self):
        """What was signed is for one request; whoever uses it for another has used it."""
        more = (', { slug = "release"; origin = "none"; system = "required"; systems = [ "farm" ]; '
                f'submitters = [ "{user()}" ]; }}')
        place = self.place(more)
        proof = place.proof()
        result = place.verify("--format", "json", proof=proof, policy="release")
        self.expect(result, 1)
        self.assertEqual(result.answer("fixturenode.delivered")["answer"], "fail")
        self.expect(place.verify(proof=proof), 4)

        place.write("gadget.zip", b"something else\n")
        result = place.verify("--format", "json", proof=place.proof(), file="gadget.zip")
        self.expect(result, 1, DIGEST)
        self.assertEqual(result.answer("artifact.digest")["answer"], "fail")

        result = place.verify("--format", "json", proof=place.proof(), file=None)
        self.expect(result, 1, "no file was submitted")
        self.assertEqual(result.answer("artifact.digest")["answer"], "unknown")

    def test_asked_for_elsewhere(self):
        place, other = self.place(), self.place()
        self.expect(other.verify(proof=place.proof()), 4, "was not made here")

    def test_expired(self):
        place = self.place()
        request = place.challenge("--valid", "2s")
        proof = place.write("proof", place.sign(request.out.encode()).out.encode())
        time.sleep(2.1)
        self.expect(place.verify(proof=proof), 4, "has expired at 20")
        self.assertEqual(place.open_challenges(), [])

    # ---- policies

    def test_a_policy_with_an_origin_refuses(self):
        place = self.place(origin="", policy='refs = [ "refs/heads/main" ];',
                           project='repositories = [ "https://git.example/acme/widget" ];')
        result = place.verify("--format", "json", proof=place.proof())
        self.expect(result, 4)
        for check in ("repository.expected", "build.age", "artifact.name"):
            answer = result.answer(check)
            self.assertEqual(answer["answer"], "unknown")
            self.assertEqual(answer["reason"],
                             "this build system says who asks, and asserts no origin")
            self.assertIn('origin = "none"', answer["remedy"])
        self.assertEqual(result.answer("fixturenode.delivered")["answer"], "pass")
        self.assertEqual(result.report["proof"], PROOF)
        self.assertNotIn("system_only", result.report)

    def test_no_origin_is_believed_that_nobody_asked_for(self):
        place = self.place(link='commit = "0123456789012345678901234567890123456789";')
        result = place.verify("--format", "json", proof=place.proof())
        self.expect(result, 0)
        self.assertEqual(result.report["origin"], [])

    def test_something_of_the_system_counts(self):
        place = self.place(policy='optional = [ "fixturenode.delivered" ];')
        result = place.verify(proof=place.proof())
        self.expect(result, 1, "rejected: there was nothing to check of the build system", SCOPE)

    def test_what_is_not_asked_is_not_named(self):
        for check in ("repository.public", "build.age"):
            place = self.place(policy=f'optional = [ "{check}" ];')
            for words in (["config", "check"], ["verify"]):
                self.expect(place.run(*words, "--config", place.path("c.conf")), 3,
                            f"{check} is not asked: this policy asks for no origin")

    def test_nothing_to_document(self):
        place = self.place(project='artifact_configurations = ( { slug = "notes"; '
                                   'rewriters = [ "fixture_notes" ]; } );')
        proof = place.proof()
        self.expect(place.verify("--output", place.path("out.zip"), proof=proof), 3,
                    "documents the origin", "asks for none")
        self.assertEqual(len(place.open_challenges()), 1)
        self.expect(place.verify(proof=proof), 0)

    def test_configuration_is_shown_as_it_can_be_read(self):
        place = self.place()
        for form in ("text", "json"):
            shown = place.run("config", "show", "--config", place.path("c.conf"), "--format", form)
            self.expect(shown, 0)
        self.assertEqual(forms.wrong_with("configuration", shown.report), [])
        text = place.run("config", "show", "--config", place.path("c.conf")).out
        place.write("again.conf", text.encode())
        self.expect(place.run("config", "check", "--config", place.path("again.conf")), 0)
        policy = shown.report["projects"][0]["signing_policies"][0]
        self.assertEqual((policy["origin"], policy["system"]), ("none", "required"))
        for name, value in (("refs", ["refs/heads/main"]), ("max_age", "1d"), ("system", None)):
            with self.subTest(member=name):
                wrong = json.loads(json.dumps(shown.report))
                changed = wrong["projects"][0]["signing_policies"][0]
                changed[name] = value
                if value is None:
                    del changed[name]
                self.assertNotEqual(forms.wrong_with("configuration", wrong), [])

    # ---- wrong files, wrong words

    def test_proofs_that_are_none(self):
        place = self.place()
        header, payload, signature = place.read(os.path.basename(place.proof())) \
            .decode().strip().split(".")
        rows = {
            "empty": b"", "text": b"hello", "two parts": f"{header}.{payload}".encode(),
            "four parts": f"{header}.{payload}.{signature}.x".encode(),
            "two ends of line": f"{header}.{payload}.{signature}\n\n".encode(),
            "blanks": f" {header}.{payload}.{signature}".encode(),
            "too long": b"a" * (1 << 16) + b"b",
            "no header": f".{payload}.{signature}".encode(),
            "no chain": f'{base64url(b"{}")}.{payload}.{signature}'.encode(),
            "another payload": f'{header}.{base64url(b"hello")}.{signature}'.encode(),
            "a payload in another form":
                f"{header}.{base64url(unbase64url(payload) + b' ')}.{signature}".encode(),
            "a NUL": f"{header}.{payload}.{signature}\0".encode(),
        }
        for what, content in rows.items():
            with self.subTest(what=what):
                wrong = place.write("wrong", content)
                result = place.verify(proof=wrong)
                self.expect(result, 2, "--node-proof")
                self.assertEqual(result.out, "")
        for path in ("/nonexistent", self.bench.path("runs")):
            self.expect(place.verify(proof=path), 2, "--node-proof", path)
        self.assertEqual(len(place.open_challenges()), 1)
        changed = place.write("changed", f"{header}.{payload}.{signature[::-1]}\n".encode())
        self.expect(place.verify(proof=changed), 0)  # that is for a plug-in to see

    def test_only_for_connectors_that_judge_who_delivers(self):
        world, folder, conf = self.world()
        proof = self.place().proof()
        result = self.bench.run(folder, "verify", *conf, *world.arguments, "--node-proof", proof)
        self.expect(result, 2, "--node-proof: system appveyor", "does not judge who delivers")
        result = self.bench.run(folder, "node-challenge", *conf, "--artifact-sha256", DIGEST)
        self.expect(result, 2, "system appveyor (connector appveyor) does not judge who delivers")
        result = self.bench.run(folder, "verify", "--connector", "fixturenode", "--repository",
                                "https://git.example/acme/widget", "--ref", "refs/heads/main",
                                "--node-proof", proof)
        self.expect(result, 2, "--node-proof needs a configuration")

    def test_usage_of_node_challenge(self):
        more = (', { slug = "else"; origin = "none"; system = "required"; systems = [ "farm" ]; '
                'submitters = [ "local:x" ]; }')
        place = self.place(more)
        conf = ["--config", place.path("c.conf")]
        digest = ["--artifact-sha256", DIGEST]
        for status, words, text in (
                (2, [*conf], "--artifact-sha256 HEX"),
                (2, [*conf, "--artifact-sha256", DIGEST[:-1]], "64 hexadecimal digits"),
                (2, [*conf, "--artifact-sha256", DIGEST[:-1] + "g"], "64 hexadecimal digits"),
                (2, [*conf, "--artifact-sha256", DIGEST + "0"], "64 hexadecimal digits"),
                (2, [*conf, *digest, "--valid", "11m"], "--valid takes a duration"),
                (2, [*conf, *digest, "--valid", "0s"], "--valid takes a duration"),
                (2, [*conf, *digest, "--valid", "soon"], "--valid takes a duration"),
                (2, [*conf, *digest, "more"], "takes no argument"),
                (2, [*conf, *digest], "name the signing policy of widget"),
                (2, [*conf, *digest, "--policy", "no"], "no signing policy 'no'"),
                (2, [*conf, *digest, "--policy", "else", "--project", "no"], "no project 'no'"),
                (2, [*conf, *digest, "--policy", "else", "--system", "no"], "build system 'no'"),
                (3, [*digest, "--config", "/nonexistent.conf"], "/nonexistent.conf"),
                (5, [*conf, *digest, "--policy", "else", "--output", "/nonexistent/a"], "--output"),
                (2, [*conf, *digest, "--policy", "else", "--output", "-"], "--output")):
            with self.subTest(words=words):
                result = place.run("node-challenge", *words)
                self.expect(result, status, text)
                self.assertEqual(result.out, "")
        self.assertEqual(place.open_challenges(), [])
        upper = place.challenge("--output", place.path("out"), digest=DIGEST.upper())
        self.expect(upper, 0)
        self.assertEqual(upper.out, "")
        self.assertEqual(json.loads(place.read("out"))["artifact_sha256"], DIGEST)

    def test_systems_that_no_challenge_is_for(self):
        place = self.place()
        text = place.read("c.conf").decode()
        two = text.replace('systems = ( {', 'systems = ( { slug = "barn"; connector = '
                           '"fixturenode"; }, {', 1)
        place.write("c.conf", two.encode())
        self.expect(place.challenge("--system", "barn"), 2, "does not allow system barn")
        place.write("c.conf", two.replace('links = (', 'links = ( { system = "barn"; },').encode())
        self.expect(place.challenge("--system", "barn"), 2, "does not allow system barn")
        self.expect(place.challenge(), 0)

    # ---- signing

    def test_keys_and_certificates(self):
        for name, kind, algorithm in (
                ("p384", ("ec", "-pkeyopt", "ec_paramgen_curve:P-384"), "ES384"),
                ("p521", ("ec", "-pkeyopt", "ec_paramgen_curve:P-521"), "ES512"),
                ("rsa", ("rsa:2048",), "PS256"), ("ed", ("ed25519",), "EdDSA")):
            with self.subTest(key=name):
                self.certificate(name, *kind)
                place = self.place()
                request = place.challenge().out.encode()
                done = place.sign(request, name=name)
                self.expect(done, 0)
                header = json.loads(unbase64url(done.out.split(".")[0]))
                self.assertEqual((header["alg"], len(header["x5c"])), (algorithm, 1))
                proof = place.write("proof", done.out.encode())
                self.expect(place.verify(proof=proof), 0)

    def test_chains(self):
        """In one file or in two, PEM or DER; what stands twice is sent once."""
        place = self.place()
        request = place.challenge().out.encode()
        node, other = (self.bench.path(name + ".pem") for name in ("node", "other"))
        both = place.write("both.pem", content_of(node, other))
        der = place.path("node.der")
        openssl("x509", "-in", node, "-outform", "DER", "-out", der)
        chains = [json.loads(unbase64url(done.out.split(".")[0]))["x5c"] for done in (
            place.sign(request, "--chain", other), place.sign(request, cert=both),
            place.sign(request, "--chain", both), place.sign(request, "--chain", other, cert=der))]
        self.assertEqual(len(chains[0]), 2)
        self.assertEqual(chains, [chains[0]] * 4)
        proof = place.write("proof", place.sign(request, "--chain", other).out.encode())
        self.expect(place.verify(proof=proof), 0, "2 certificates")
        for index in range(9):
            self.certificate(f"many{index}", "ed25519")
        many = place.write("many.pem", content_of(
            *(self.bench.path(f"many{index}.pem") for index in range(9))))
        self.expect(place.sign(request, "--chain", many), 2, "more than 8 certificates in all")

    def test_requests_that_are_not_signed(self):
        place = self.place()
        good = place.challenge().out.encode()
        asked = json.loads(good)
        past = canonical({**asked, "issued": "2020-01-01T00:00:00Z",
                          "expires": "2020-01-01T00:10:00Z"})
        future = canonical({**asked, "issued": "2100-01-01T00:00:00Z",
                            "expires": "2100-01-01T00:10:00Z"})
        for text, content in (
                ("canonical", json.dumps(asked).encode()), ("canonical", good + b"\n"),
                ("canonical", b" " + good), ("has expired at 2020", past),
                ("in the future", future), ("this program knows", good.replace(b"ge/1", b"ge/2")),
                ("\"system\"", canonical({**asked, "system": ""})), ("no challenge", b""),
                ("holds more", canonical({**asked, "z": "x"})), ("no challenge", b"hello"),
                ("larger", b"a" * 5000), ("larger", b"a" * (1 << 21)),
                ("not up to 10 minutes", canonical({**asked, "expires": "2100-01-01T00:00:00Z"}))):
            with self.subTest(text=text, content=content[:40]):
                done = place.sign(content)
                self.expect(done, 2, text)
                self.assertEqual(done.out, "")
        self.expect(place.sign(good.strip()), 0)
        self.expect(place.sign(good.strip() + b"\r\n"), 0)
        words = ["node-sign", "--cert", self.bench.path("node.pem"), "--key",
                 self.bench.path("node.key")]
        self.expect(place.run(*words, "-", stdin=good), 0)
        for more, text in (([], "name one request"), (["a", "b"], "name one request"),
                           (["/nonexistent"], "/nonexistent")):
            self.expect(place.run(*words, *more), 2, text)
        self.expect(place.run("node-sign", place.path("request")), 2, "--cert FILE --key FILE")
        self.expect(place.run(*words[:3], place.path("request")), 2, "--cert FILE --key FILE")

    def test_keys_that_do_not_sign(self):
        place = self.place()
        request = place.challenge().out.encode()
        key = content_of(self.bench.path("node.key"))
        openssl("pkey", "-in", self.bench.path("node.key"), "-aes256", "-passout", "pass:secret",
                "-out", place.path("encrypted.key"))
        os.chmod(place.path("encrypted.key"), 0o600)
        public = openssl("pkey", "-in", self.bench.path("node.key"), "-pubout")
        for status, path, text in (
                (3, self.bench.path("other.key"), "is not that of the certificate"),
                (3, place.write("open.key", key, 0o604), "chmod o="),
                (3, place.write("theirs.key", key, 0o620), "chmod go-w"),
                (3, place.path("encrypted.key"), "passphrase"),
                (2, place.write("public.key", public, 0o600), "public.key"),
                (2, place.write("none.key", b"", 0o600), "none.key"),
                (2, place.write("large.key", key + b"#" * (1 << 16), 0o600), "large.key"),
                (2, "/nonexistent.key", "/nonexistent.key")):
            with self.subTest(path=path):
                done = place.sign(request, key=path)
                self.expect(done, status, text)
                self.assertEqual(done.out, "")
                self.assertNotIn(key.decode().split("\n")[1], done.err)
        self.expect(place.sign(request, key=place.write("group.key", key, 0o640)), 0)
        for path in ("/nonexistent.pem", place.write("wrong.pem", b"hello"), place.folder):
            self.expect(place.sign(request, cert=path), 2, path)
            self.expect(place.sign(request, "--chain", path), 2, path)

    def test_output_of_node_sign(self):
        place = self.place()
        request = place.challenge().out.encode()
        self.expect(place.sign(request, "--output", place.path("proof")), 0)
        self.assertEqual(os.stat(place.path("proof")).st_mode & 0o777, 0o600)
        self.expect(place.verify(proof=place.path("proof")), 0)
        for path, status in (("/nonexistent/a", 5), ("-", 2), ("/dev/full", 5)):
            self.expect(place.sign(request, "--output", path), status, "--output")
        with open("/dev/full", "wb") as full:
            running = self.bench.start_program(
                place.folder, "node-sign", "--cert", self.bench.path("node.pem"), "--key",
                self.bench.path("node.key"), place.path("request"), stdout=full)
            _, err = running.communicate(timeout=60)
        self.assertEqual(end_session(running), {})
        self.assertEqual((running.returncode, b"standard output" in err), (5, True), err)

    # ---- the state directory

    def test_state_that_is_none(self):
        place = self.place()
        for path, text in ((place.write("file", b""), "not a folder"),
                           ("/proc/nowhere", "/proc/nowhere")):
            with self.subTest(path=path):
                result = place.challenge("--state", path)
                self.expect(result, 3, "the challenge cannot be kept", "--state FOLDER", text)
                self.assertEqual(result.out, "")
        proof = place.proof()
        os.chmod(os.path.join(place.state, "challenges"), 0o777)
        self.expect(place.challenge(), 3, "chmod go-w")
        self.expect(place.verify(proof=proof), 4, "chmod go-w")

    def test_nobody_without_a_home(self):
        """There is no state directory at all, and nobody could know that a proof is used once."""
        place = self.place()
        proof = place.proof()
        text = re.sub(r"(?m)^state = .*$", "", place.read("c.conf").decode())
        place.write("c.conf", text.encode())
        root = os.geteuid() == 0

        def become():
            if root:
                os.setgroups([])
                os.setgid(NOBODY)
                os.setuid(NOBODY)
        if root:
            subprocess.run(["chown", "-R", f"{NOBODY}:{NOBODY}", place.folder], check=True)
        for words, status, says in (
                (["verify", "--node-proof", proof, place.path("widget.zip")], 4,
                 "without a state directory nobody can know that a proof is used once"),
                (["node-challenge", "--artifact-sha256", DIGEST], 3,
                 "there is no state directory")):
            running = self.bench.start_program(
                place.folder, *words, "--config", place.path("c.conf"), preexec_fn=become,
                more={"STATE_DIRECTORY": "", "HOME": "", "XDG_STATE_HOME": ""})
            out, err = running.communicate(timeout=60)
            self.assertEqual(end_session(running), {})
            done = subprocess.CompletedProcess(words, running.returncode, out, err)
            self.expect(Result(done, place.folder), status, says)

    @needs_mounts
    def test_disks(self):
        place = self.place()
        os.mkdir(place.state)
        self.mount(place.state, "64k")
        proof = place.proof()
        subprocess.run(["mount", "-o", "remount,ro", place.state], check=True)
        self.expect(place.challenge(), 3, "cannot be kept", "Read-only file system")
        result = place.verify("--format", "json", proof=proof)
        self.expect(result, 4, "cannot be used up", "Read-only file system")
        subprocess.run(["mount", "-o", "remount,rw", place.state], check=True)
        self.fill(place.state)
        full = place.challenge()
        self.expect(full, 5, "cannot be kept", "No space left on device")
        self.assertEqual((full.out, len(place.open_challenges())), ("", 1))
        self.expect(place.verify(proof=proof), 0)  # using it up needs no room
        os.unlink(os.path.join(place.state, "filler"))
        self.expect(place.challenge(), 0)

    def test_too_many(self):
        place = self.place()
        self.expect(place.challenge(), 0)
        for number in range(9999):
            with open(os.path.join(place.state, "challenges", f"{number:064x}"), "wb"):
                pass
        self.expect(place.challenge(), 4, "10000 challenges are open already")

    # ---- signals

    def test_interrupted(self):
        """While it is asked: nothing was written, and what was used up stays so."""
        for number in (signal.SIGINT, signal.SIGTERM):
            with socket.create_server(("127.0.0.1", 0)) as server, self.subTest(signal=number):
                url = f"https://localhost:{server.getsockname()[1]}/widget.zip"
                place = self.place(link=f'url = "{url}";')
                proof = place.proof()
                running = self.bench.start_program(
                    place.folder, "verify", "--config", place.path("c.conf"), "--node-proof",
                    proof, "--evidence", place.path("e.json"), "--output", place.path("out.zip"),
                    place.path("widget.zip"))
                server.settimeout(30)
                with server.accept()[0]:
                    running.send_signal(number)
                    out, err = running.communicate(timeout=60)
                self.assertEqual(end_session(running), {})
                self.assertEqual(running.returncode, 128 + number, err)
                self.assertEqual(out, b"")
                for name in ("e.json", "out.zip"):
                    self.assertFalse(os.path.exists(place.path(name)))
                self.assertEqual(place.open_challenges(), [])

    def test_interrupted_while_it_waits_for_its_input(self):
        place = self.place()
        for words in (["node-sign", "--cert", self.bench.path("node.pem"), "--key",
                       self.bench.path("node.key"), "--output", place.path("proof"), "-"],
                      ["verify", "--config", place.path("c.conf"), "--node-proof", "-"]):
            running = self.bench.start_program(place.folder, *words)
            time.sleep(0.3)
            running.send_signal(signal.SIGINT)
            out, _ = running.communicate(timeout=60)
            self.assertEqual(end_session(running), {})
            self.assertEqual((running.returncode, out), (-signal.SIGINT, b""))
            self.assertFalse(os.path.exists(place.path("proof")))


if __name__ == "__main__":
    begin_again_apart()
    Nodes.program = os.path.abspath(sys.argv.pop(1))
    Nodes.plugins = [os.path.abspath(sys.argv.pop(1)) for _ in range(2)]
    unittest.main()

# SPDX-License-Identifier: Apache-2.0
"""The honest scenario of a build node: a computer of the group Release Nodes, with a certificate as
AD CS makes it, hands a file in and signs the challenge for it. A test changes one thing in it, as
with World: certificates and lists until they are first read, the token when it has been made."""

import hashlib
import os

import pki
from keys import KEYS, pem, token
from row import Answers, Row
from world import AnyWorld, user

PEER = ["peer"]
CHAIN = ["peer", "anchor-0"]
CHECKS = {
    "request.system-allowed": [], "request.linked": [], "request.submitter-allowed": [],
    "artifact.digest": PEER, "artifact.name": [],
    "buildnode.proof": PEER,
    "buildnode.proof-for-this": PEER,
    "buildnode.proof-fresh": PEER,
    "buildnode.chain-trusted": CHAIN,
    "buildnode.issuer": CHAIN,
    "buildnode.subject": PEER,
    "buildnode.template": PEER,
    "buildnode.alternative-name": PEER,
    "buildnode.client-auth": CHAIN,
    "buildnode.key-strength": CHAIN,
    "buildnode.valid-at": CHAIN,
    "buildnode.not-revoked": [*CHAIN, "crl-0", "crl-1"],
}
OF_NODE = Answers("buildnode", CHECKS)


class NodeWorld(AnyWorld):
    listeners = ("ocsp",)

    def make_scenario(self):
        self.scenario = {"ocsp": {}, "overrides": []}
        self.arguments, self.submitted = [], self.artifact
        self.top = pki.root()
        self.issuing = pki.issuing(self.top)
        self.leaf = pki.node(self.issuing, KEYS.get("node"))
        self.chain = None         # that come with the proof; default: leaf, issuing
        self.anchors = None       # certificates in the file of anchors; default: root
        self.lists = [pki.RevocationList(self.top), pki.RevocationList(self.issuing)]
        self.responses = None     # of OCSP: { certificate: response }
        self.files = {}           # more of them: { name: bytes }
        self.challenged = {}      # another challenge than that for this request: { option: text }
        self.header = {}          # members of the token's head, in place of the honest ones
        self.payload = None       # f(challenge's bytes) gives others, which are signed
        self.sign = None          # f(data) gives the signature
        self.finish = None        # f(token's bytes) gives others
        self.kept_as = None       # f(challenge's bytes) gives what verifier and node have instead
        self.replayed = False     # the same proof was used before
        self.challenger = "state" # which state directory the challenge is kept in
        self.by_program = False   # the program signs, and not this test
        self.after = None         # f(world, folder, path of the kept challenge)
        self.proves = True        # a proof is handed in

    def make_configuration(self):
        local = ["127.0.0.0/8", "::1"]
        self.system = {"slug": "nodes", "connector": "buildnode", "name": "Release nodes",
                       "anchors": ["anchors.pem"], "crl": ["crl-0.pem", "crl-1.pem"],
                       "issuers": ["ISSUING"], "template": pki.TEMPLATE, "template_major": 100,
                       "template_minor": 12, "subject_under": [
                           "OU=Release Nodes,DC=acme,DC=example"],
                       "dns": ["build-*.nodes.acme.example"],
                       "uri": ["spiffe://acme.example/nodes/*"],
                       "ca": self.paths["ca"], "allow_addresses": local}
        self.link = {"system": "nodes"}
        self.policy = {"slug": "nightly", "systems": ["nodes"], "origin": "none",
                       "system": "required", "submitters": [user()]}
        self.linked = {"slug": "widget", "repositories": [self.git_base + "/acme/widget"],
                       "links": [self.link], "signing_policies": [self.policy]}
        self.trust = {"organization": {"slug": "acme", "name": "Acme Corp"},
                      "systems": [self.system], "projects": [self.linked]}

    def only(self, **conditions):
        """No conditions but these."""
        for name in ("issuers", "template", "template_major", "template_minor", "subject_under",
                     "dns", "uri"):
            self.system.pop(name, None)
        self.system.update(conditions)

    def answers(self, responses=None):
        """The responder in place of the lists."""
        del self.system["crl"]
        self.system.update(revocation="ocsp", ocsp_url=self.root("ocsp") + "/ocsp/")
        self.responses = {self.leaf: pki.OcspResponse(self.leaf),
                          self.issuing: pki.OcspResponse(self.issuing), **(responses or {})}

    # ---- written for the program and the servers

    def complete(self, folder):
        """Before configuration and scenario are written."""
        blocks = {
            "anchors.pem": [("CERTIFICATE", one.der) for one in self.anchors or [self.top]],
            **{f"crl-{n}.pem": [("X509 CRL", one.der)] for n, one in enumerate(self.lists)}}
        files = {name: "".join(pem(*block) for block in some).encode()
                 for name, some in blocks.items()} | self.files
        for name, content in files.items():
            write(os.path.join(folder, name), content)
        for system in self.trust["systems"]:
            for option in set(system) & {"anchors", "crl"}:
                system[option] = [os.path.join(folder, name) for name in system[option]]
            if system.get("issuers") == ["ISSUING"]:
                system["issuers"] = [self.issuing.sha256]
        for of, response in (self.responses or {}).items():
            content = response if isinstance(response, bytes) else response.der
            self.scenario["ocsp"][f"{of.serial:x}"] = {"base64": pki.base64_of(content)}

    # ---- the proof

    def names(self):
        return {"project": "widget", "policy": "nightly", "system": "nodes",
                "artifact-sha256": hashlib.sha256(self.submitted or b"").hexdigest()}

    def token(self, challenge):
        sent = [one if isinstance(one, bytes) else one.der
                for one in self.chain or [self.leaf, self.issuing]]
        algorithm = {"rsa": "RS256"}.get(self.leaf.key.kind, "ES256")
        header = {"alg": algorithm, "x5c": [pki.base64_of(one) for one in sent], **self.header}
        header = {name: value for name, value in header.items() if value is not None}
        payload = self.payload(challenge) if self.payload else challenge
        made = token(self.leaf.key, payload, header, self.sign)
        return self.finish(made) if self.finish else made

    def ask_first(self, bench, folder):
        """The challenge, from the program itself; then the node signs."""
        if not self.proves:
            return
        state = bench.path(self.challenger)
        words = [word for name, value in {**self.names(), **self.challenged}.items()
                 for word in ("--" + name, value)]
        said = bench.run(folder, "node-challenge", *self.trusting(folder), "--state", state, *words)
        assert said.exit == 0, said.err
        challenge, proof = said.out.rstrip("\n").encode(), os.path.join(folder, "proof.jws")
        kept = os.path.join(state, "challenges", hashlib.sha256(challenge).hexdigest())
        assert os.path.exists(kept), kept
        if self.kept_as:
            os.unlink(kept)
            challenge = self.kept_as(challenge)
            kept = os.path.join(state, "challenges", hashlib.sha256(challenge).hexdigest())
            write(kept, challenge)
        write(proof, self.signed(bench, folder, challenge))
        if self.after:
            self.after(self, folder, kept)
        if self.replayed:
            before = bench.run(folder, "verify", *self.trusting(folder), "--state", state,
                               "--node-proof", proof, os.path.join(folder, self.submitted_name))
            assert before.exit == 0, before.out + before.err
        self.arguments = [*self.arguments, "--node-proof", proof]

    @staticmethod
    def trusting(folder):
        return ["--config", os.path.join(folder, "countermark.conf")]

    def signed(self, bench, folder, challenge):
        if not self.by_program:
            return self.token(challenge)
        for name, content in (
                ("request", challenge),
                ("node.key", pem("PRIVATE KEY", self.leaf.key.private).encode()),
                ("node.pem", "".join(pem("CERTIFICATE", one.der) for one in
                                     (self.leaf, self.issuing)).encode())):
            write(os.path.join(folder, name), content)
        said = bench.run(folder, "node-sign", "--cert", os.path.join(folder, "node.pem"),
                         "--key", os.path.join(folder, "node.key"), os.path.join(folder, "request"))
        assert said.exit == 0, said.err
        return said.out.encode()


def write(path, content):
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(content)


class NodeRow(Row):
    def __init__(self, name, change, answers=None, **more):
        super().__init__("buildnode: " + name, change, answers or {}, kind=NodeWorld,
                         **{"checks": CHECKS, **more})

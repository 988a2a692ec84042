# SPDX-License-Identifier: Apache-2.0
"""What a test of build nodes has: a configuration of its own, certificates, the three commands."""

import base64
import hashlib
import os

from disks import Mounting
from keys import openssl
from world import user

ARTIFACT = b"what the node has built\n"
DIGEST = hashlib.sha256(ARTIFACT).hexdigest()
SCOPE = "system only, no origin"
PROOF = "signed challenge, node only"


def content_of(*paths):
    found = []
    for path in paths:
        with open(path, "rb") as file:
            found.append(file.read())
    return b"".join(found)


def unbase64url(text):
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


class Place:
    """A configuration, a state directory and a file, of one test alone."""

    def __init__(self, test, more="", *, origin='origin = "none"; system = "required";',
                 policy="", link="", project=""):
        self.test, bench = test, test.bench
        type(test).places += 1
        self.folder = bench.path("runs", f"node-{test.places}")
        os.makedirs(os.path.join(self.folder, "tmp"))
        self.state = self.path("state")
        self.write("widget.zip", ARTIFACT)
        self.write("c.conf", f"""
organization = {{ slug = "acme"; verifier = "https://sign.acme.example/"; }};
state = "{self.state}";
systems = ( {{ slug = "farm"; connector = "fixturenode";
               allow_addresses = [ "127.0.0.1" ]; }} );
projects = (
  {{ slug = "widget"; {project}
    links = ( {{ system = "farm"; {link} }} );
    signing_policies = (
      {{ slug = "nightly"; {origin} systems = [ "farm" ];
        submitters = [ "{user()}", "local:nobody" ]; {policy} }} {more} ); }} );
""".encode())

    def path(self, name):
        return os.path.join(self.folder, name)

    def write(self, name, content, mode=0o644):
        with open(self.path(name), "wb") as file:
            file.write(content)
        os.chmod(self.path(name), mode)
        return self.path(name)

    def read(self, name):
        with open(self.path(name), "rb") as file:
            return file.read()

    def run(self, *words, **how):
        return self.test.bench.run(self.folder, *words, **how)

    def challenge(self, *words, digest=DIGEST, policy="nightly"):
        return self.run("node-challenge", "--config", self.path("c.conf"), "--policy", policy,
                        "--artifact-sha256", digest, *words)

    def sign(self, request, *words, cert=None, key=None, name="node"):
        path = self.write("request", request)
        return self.run("node-sign", "--cert", cert or self.test.bench.path(name + ".pem"),
                        "--key", key or self.test.bench.path(name + ".key"), path, *words)

    def proof(self, name="proof", **how):
        """A file with a good one."""
        request = self.challenge(**how)
        self.test.expect(request, 0)
        done = self.sign(request.out.encode())
        self.test.expect(done, 0)
        return self.write(name, done.out.encode())

    def verify(self, *words, proof=None, policy="nightly", file="widget.zip"):
        return self.run("verify", "--config", self.path("c.conf"), "--policy", policy,
                        *(["--node-proof", proof] if proof else []), *words,
                        *([self.path(file)] if file else []))

    def open_challenges(self):
        folder = os.path.join(self.state, "challenges")
        return os.listdir(folder) if os.path.exists(folder) else []


class Nodes(Mounting):
    """With the plug-ins that it is given, and a certificate of two nodes."""

    name, places, plugins = "nodes", 0, ()

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.bench.install(*cls.plugins)
        os.chmod(cls.bench.folder, 0o755)
        cls.certificate("node", "ec", "-pkeyopt", "ec_paramgen_curve:P-256")
        cls.certificate("other", "ec", "-pkeyopt", "ec_paramgen_curve:P-256")

    @classmethod
    def certificate(cls, name, *kind):
        openssl("req", "-x509", "-newkey", *kind, "-nodes", "-days", "7", "-subj", f"/CN={name}",
                "-keyout", cls.bench.path(name + ".key"), "-out", cls.bench.path(name + ".pem"))
        os.chmod(cls.bench.path(name + ".key"), 0o600)

    def place(self, *words, **how):
        return Place(self, *words, **how)

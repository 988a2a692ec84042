#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Author signatures, verified by NuGet's own client; and a package that was changed, refused by it.

    signatures.py COUNTERMARK

Each package is documented and signed by verify --output, and, signed alone, has the content hash
that NuGet's classes found before."""

import os
import pathlib
import subprocess
import sys
import zipfile

HERE = pathlib.Path(__file__).parent
sys.path.insert(0, str(HERE.parent / "integration"))

import packages  # noqa: E402
import readers  # noqa: E402
from client import Documented  # noqa: E402
from harness import Bench  # noqa: E402
from keys import openssl  # noqa: E402

CONTENT = "Version:1\n\n2.16.840.1.101.3.4.2.1-Hash:{sha256:base64}\n\n"
COMMITMENT = "1.2.840.113549.1.9.16.2.16=300d060b2a864886f70d0109100601"


class Author:
    """A key, its certificate, and the authority that issued it."""

    def __init__(self, folder):
        folder = pathlib.Path(folder)
        folder.mkdir()
        self.key, self.chain, self.ca = (str(folder / name) for name in
                                         ("key.pem", "chain.pem", "ca.pem"))
        ca_key, request, more = (str(folder / name) for name in ("ca.key", "request", "more"))
        openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", ca_key, "-out", self.ca,
                "-days", "30", "-subj", "/CN=Countermark Test CA", "-addext",
                "keyUsage=critical,keyCertSign,cRLSign")
        openssl("req", "-new", "-newkey", "rsa:2048", "-nodes", "-keyout", self.key, "-subj",
                "/CN=Acme Corp", "-out", request)
        pathlib.Path(more).write_text(
            "basicConstraints=CA:false\nkeyUsage=critical,digitalSignature\nextendedKeyUsage="
            "codeSigning\nsubjectKeyIdentifier=hash\nauthorityKeyIdentifier=keyid\n",
            encoding="utf-8")
        openssl("x509", "-req", "-in", request, "-CA", self.ca, "-CAkey", ca_key,
                "-CAcreateserial", "-days", "30", "-extfile", more, "-out", self.chain)
        with open(self.chain, "ab") as file:
            file.write(pathlib.Path(self.ca).read_bytes())
        os.chmod(self.key, 0o600)

    def trust(self, client):
        """The client's home trusts the authority."""
        subprocess.run(["cert-sync", "--quiet", "--user", self.ca], check=True,
                       env={"PATH": os.environ["PATH"], "HOME": str(client.home)},
                       capture_output=True)

    def signs(self, bench, one, documents):
        world = one.world
        world.trust["organization"]["verifier"] = "https://sign.acme.example"
        world.trust["evidence_keys"] = [bench.public_key()]
        world.trust["keys"] = [{"slug": "author", "file": self.key, "certificate": self.chain,
                                "forms": [{"content": CONTENT, "attributes": [COMMITMENT]}]}]
        world.policy["sign"] = "author"
        configuration = world.linked["artifact_configurations"][0]
        configuration["signer"] = "nuget"
        if not documents:
            del configuration["rewriters"]


def verifies(client, path):
    done = subprocess.run(["mono", client.program, "verify", "-Signatures", str(path),
                           "-NonInteractive"],
                          env={"PATH": os.environ["PATH"], "HOME": str(client.home),
                               "LC_ALL": "C.UTF-8"}, capture_output=True, timeout=300, check=False)
    said = done.stdout.decode("utf-8", "replace") + done.stderr.decode("utf-8", "replace")
    return done.returncode == 0 and "Successfully verified package" in said, said


def check(bench, number, path, author, client, oracle, documents):
    options = {"contradiction": "replace"} if documents else {}
    one = Documented(bench, number, path, **options)
    author.signs(bench, one, documents)
    result = bench.verify(one.world, "--output", str(one.after))
    assert result.exit == 0, (result.exit, result.err, result.out[-3000:])
    good, said = verifies(client, one.after)
    assert good, said
    assert "Author" in said, said
    if not documents:
        before, after = oracle.read("package", [one.before, one.after])
        assert after.facts["content-hash"] == before.facts["content-hash"], (before, after)
    return one.after


def check_changed(client, path):
    with zipfile.ZipFile(path, "a") as file:
        file.writestr("lib/more.dll", b"MZ")
    good, said = verifies(client, path)
    assert not good and "NU3" in said, said


def main():
    readers.skip_if_missing("/usr/bin/cert-sync")
    count = 0
    with Bench(sys.argv[1]) as bench:
        os.makedirs(bench.path("oracle"))
        oracle = readers.Oracle(bench.path("oracle"))
        client = packages.Client(readers.CLIENT / readers.NUGET, bench.path("home"))
        stranger = packages.Client(readers.CLIENT / readers.NUGET, bench.path("stranger"))
        author = Author(bench.path("author"))
        author.trust(client)
        for name, _, path in packages.make_all(bench.path("packages"), client):
            for documents in (True, False):
                after = check(bench, f"{count}-{int(documents)}", path, author, client, oracle,
                              documents)
            count += 1
            print(f"{path.parent.name}/{path.name}: {name}", flush=True)
        good, said = verifies(stranger, after)
        assert not good and "NU3" in said, said
        check_changed(client, after)
    print(f"{count} packages, documented and signed, and signed alone: verified by NuGet 5.8")


if __name__ == "__main__":
    main()

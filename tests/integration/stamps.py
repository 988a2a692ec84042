#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Time stamps of signatures: those of an authority that counts, and whatever else one may answer.

    stamps.py COUNTERMARK FIXTURE-NOTES
"""

import os
import sys
import unittest

import nuget
from documenting import Notes, read, write
from keys import openssl
from office import Keys
from notes import builds, contents
from signers import COMMITMENT, CONTENT, SIGNATURE, Certified


class Stamped(Certified):
    """Signatures with a time stamp of an authority."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.authority = cls.bench.path("tsa")
        cls.ports = cls.bench.launch("tsa.py", cls.authority, "--cert",
                                     cls.bench.path("tls", "server.pem"), "--key",
                                     cls.bench.path("tls", "server.key"))

    def stamped(self, path="", change=builds, signer="cms", authority="root.pem", **more):
        def changed(w):
            self.certified(change, signer=signer)(w)
            w.trust["timestamp"] = {
                "url": f"https://localhost:{self.ports['tls']}/{path}", "ca": w.paths["ca"],
                "allow_addresses": ["127.0.0.1", "::1"],
                "authority": os.path.join(self.authority, authority), **more}
        return changed

    def token_of(self, signature):
        """As a file of its own; and the value of the signature that it is of."""
        folder = self.honest.folder
        path = write(os.path.join(folder, "stamped"), signature)
        shown = openssl("asn1parse", "-inform", "DER", "-in", path).decode().splitlines()
        at = next(i for i, line in enumerate(shown) if "id-smime-aa-timeStampToken" in line)
        value = next(line for line in reversed(shown[:at]) if "OCTET STRING" in line)
        token = shown[at + 2].strip().split(":")[0]
        _, offset, head, size = [int("".join(c for c in part if c.isdigit()) or 0) for part in
                                 ("0", value.split(":")[0], value.split("hl=")[1][:2],
                                  value.split("l=")[2][:5])]
        openssl("asn1parse", "-inform", "DER", "-in", path, "-strparse", token, "-noout", "-out",
                os.path.join(folder, "token"))
        write(os.path.join(folder, "value"), signature[offset + head:offset + head + size])
        return os.path.join(folder, "token"), os.path.join(folder, "value")

    def expect_stamped(self, result, signature, content):
        self.expect_cms(signature, content)
        token, value = self.token_of(signature)
        said = openssl("ts", "-verify", "-data", value, "-in", token, "-token_in", "-CAfile",
                       os.path.join(self.authority, "root.pem"))
        self.assertIn(b"Verification: OK", said)
        self.assertRegex(result.report["signature"]["stamped_at"], r"^20.*Z$")

    def test_a_file(self):
        result = self.verify(self.stamped())
        self.expect(result, 0)
        self.expect_stamped(result, read(result.output + ".p7s"), read(result.output))

    def test_a_package(self):
        def change(w):
            self.stamped(change=nuget.builds, signer="nuget")(w)
            w.trust["keys"][0]["forms"].append({"content": CONTENT, "attributes": [COMMITMENT]})
        result = self.verify(change)
        self.expect(result, 0)
        self.expect_stamped(result, contents(result.output)[SIGNATURE], None)

    def test_in_words(self):
        result = self.verify(self.stamped(), form="text")
        self.expect(result, 0, "stamped     20")

    def test_without_tls(self):
        plain = f"http://127.0.0.1:{self.ports['plain']}/"
        result = self.verify(self.stamped(url=plain))
        self.expect(result, 0)
        result = self.verify(self.stamped(url=plain, allow_addresses=["127.0.0.2"]))
        self.expect(result, 3)
        self.expect_files(result)
        result = self.verify(self.stamped(url=plain, allow_addresses=[]))
        self.expect(result, 3, "at listed addresses only")

    def test_what_is_no_stamp(self):
        """Nothing is delivered, and why is said."""
        for path, text in (
                ("stranger", "certificate verify error"), ("other", "message imprint mismatch"),
                ("nonce", "nonce mismatch"), ("refused", "refuses the time stamp: no way"),
                ("cut", "is no time stamp"), ("garbage", "is no time stamp"),
                ("large", "larger than"), ("missing", "status 404"),
                ("elsewhere", "status 302")):
            result = self.verify(self.stamped(path))
            self.expect(result, 3, "no time stamp of https://", text, "nothing was written")
            self.expect_files(result)
            self.assertNotIn("signature", result.report)

    def test_another_authority(self):
        result = self.verify(self.stamped(authority="stranger-root.pem"))
        self.expect(result, 3, "certificate verify error")
        self.expect_files(result)
        result = self.verify(self.stamped(authority="nowhere.pem"))
        self.expect(result, 3, "nowhere.pem")
        self.expect_files(result)

    def test_nobody_answers(self):
        result = self.verify(self.stamped("busy"))
        self.expect(result, 4, "no time stamp of")
        self.expect_files(result)


if __name__ == "__main__":
    Keys.program = os.path.abspath(sys.argv.pop(1))
    Notes.plugin = os.path.abspath(sys.argv.pop(1))
    unittest.main()

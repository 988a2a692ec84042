#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Authenticode, by a key that osslsigncode never sees; what it verifies then, and what it does not.

    authenticode.py COUNTERMARK FIXTURE-NOTES

Signed is one file of each kind: a program, an installer, a cabinet, a catalogue and a package.
"""

import glob
import os
import pathlib
import re
import shutil
import subprocess
import sys
import unittest

HERE = pathlib.Path(__file__).parent
sys.path.insert(0, str(HERE.parent / "integration"))

import share  # noqa: E402
import windows  # noqa: E402
from documenting import Notes, read, sha256, write  # noqa: E402
from keys import openssl  # noqa: E402
from notes import builds  # noqa: E402
from office import Keys  # noqa: E402
from stamps import Stamped  # noqa: E402

REQUIRED = "COUNTERMARK_INTEROP_REQUIRED"  # set: what is missing is a failure
KILLS = 60 if share.LONG else 6
PROGRAM = "/usr/bin/osslsigncode"
INDIRECT, LIST = "1.3.6.1.4.1.311.2.1.4", "1.3.6.1.4.1.311.10.1"
ATTRIBUTES = ["1.3.6.1.4.1.311.2.1.11=300c060a2b060104018237020115", "1.3.6.1.4.1.311.2.1.12=3000"]
MADE = f"{{program:{INDIRECT}}}"
FORMS = [{"content": MADE, "attributes": ATTRIBUTES, "program": [
    PROGRAM, "extract-data", "-h", "sha256", "-in", "/dev/stdin", "-out", "content"]},
         {"content": f"{{program:{LIST}}}", "attributes": ATTRIBUTES,
          "program": ["/bin/cp", "/dev/stdin", "content"]}]


def skip_if_missing():
    lacks = [tool for tool in ("wixl", "gcab") if not shutil.which(tool)]
    said = subprocess.run([PROGRAM, "--version"], capture_output=True, check=False).stdout \
        if os.path.exists(PROGRAM) else b""
    version = re.search(rb"osslsigncode (\d+)\.(\d+)", said)
    if not version or tuple(int(n) for n in version.groups()) < (2, 9):
        lacks.append("osslsigncode 2.9")
    if lacks:
        print(f"skipped, not here: {', '.join(lacks)} (contrib/setup --interop)")
        sys.exit(1 if os.environ.get(REQUIRED) else 77)


class Authenticode(Stamped):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        folder = cls.bench.path("windows")
        os.makedirs(folder)
        cls.files = {name: read(path) for name, path in windows.make_all(folder).items()}

    def signed(self, name, content=None, stamped=False, **options):
        """A change of a World: it builds that file, and has it signed."""
        base = self.stamped if stamped else self.certified
        content = self.files[name] if content is None else content

        def changed(w):
            base(change=lambda w: builds(w, content, name), signer="authenticode")(w)
            w.trust["keys"][0]["forms"] = FORMS
            w.linked["artifact_configurations"][0]["authenticode"] = {"roots": self.ca, **options}
        return changed

    def osslsigncode(self, *words, good=True):
        done = subprocess.run([PROGRAM, *words], capture_output=True, check=False, timeout=60)
        said = (done.stdout + done.stderr).decode("utf-8", "replace")
        self.assertEqual(done.returncode == 0, good, said)
        return said

    def expect_signed(self, result, name):
        self.expect(result, 0)
        self.expect_files(result, self.output_name)
        said = self.osslsigncode("verify", "-in", result.output, "-CAfile", self.ca)
        self.assertIn("Signature verification: ok", said)
        self.assertIn("/CN=Acme Corp", said)
        told = result.report["signature"]
        self.assertEqual((told["signer"]["id"], told["file"]), ("authenticode", None))
        after = read(result.output)
        self.assertEqual(told["output"], {"size": len(after), "sha256": sha256(after)})
        self.osslsigncode("verify", "-in", result.output, good=False)  # of no authority of its own
        return after

    def test_each_kind(self):
        for name, before in self.files.items():
            with self.subTest(name):
                result = self.verify(self.signed(name))
                after = self.expect_signed(result, name)
                self.assertNotEqual(before, after)
                self.assertEqual(result.world.artifact, before)

    def test_with_a_time_stamp(self):
        roots = os.path.join(self.authority, "root.pem")
        for name in self.files:
            with self.subTest(name):
                result = self.verify(self.signed(name, stamped=True))
                self.expect(result, 0)
                said = self.osslsigncode("verify", "-in", result.output, "-CAfile", self.ca,
                                         "-TSA-CAfile", roots)
                self.assertIn("Timestamp Server Signature verification: ok", said)
                self.assertRegex(result.report["signature"]["stamped_at"], r"^20.*Z$")

    def test_each_key(self):
        for kind in ("P-384", "rsa:3072"):
            with self.subTest(kind):
                key = self.bench.path("key-" + kind)
                openssl("genpkey", *(["-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:3072"]
                                     if "rsa" in kind else
                                     ["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:" + kind]),
                        "-out", key)
                os.chmod(key, 0o600)
                chain = self.make_chain("chain-" + kind, key)

                def changed(w, key=key, chain=chain):
                    self.signed("widget.exe")(w)
                    w.trust["keys"][0].update(file=key, certificate=chain)
                self.expect_signed(self.verify(changed), "widget.exe")

    def test_attested_too(self):
        out = self.bench.path("vsa.json")
        result = self.verify(self.signed("widget.msi"), "--vsa", out)
        self.expect_signed(result, "widget.msi")
        checked = self.bench.run(result.folder, "inspect", out)
        self.expect(checked, 0, sha256(read(result.output)))

    # ---- what is not signed

    def refuse(self, change, *texts, status=1):
        result = self.verify(change)
        self.expect(result, status, *texts)
        self.expect_files(result)
        self.assertNotIn("signature", result.report)

    def test_what_is_signed_already(self):
        for name in self.files:
            with self.subTest(name):
                once = read(self.verify(self.signed(name)).output)
                self.refuse(self.signed(name, once), "is signed already")

    def test_a_name_that_says_otherwise(self):
        """Whether a file is signed is not told by what its signature says."""
        key, name = self.bench.path("odd.key"), "Unable to extract existing signature"
        certificate = self.bench.path("odd.pem")
        openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", key, "-out", certificate,
                "-days", "3", "-subj", "/CN=" + name, "-addext", "extendedKeyUsage=codeSigning")
        for kind in (".exe", ".cat"):
            with self.subTest(kind):
                once = self.bench.path("odd" + kind)
                self.osslsigncode("sign", "-certs", certificate, "-key", key, "-in",
                                  write(self.bench.path("odd-before" + kind),
                                        self.files["widget" + kind]), "-out", once)
                self.refuse(self.signed("widget" + kind, read(once)), "is signed already")

    def test_what_is_no_such_file(self):
        for name, content in (("widget.exe", b"MZ"), ("widget.exe", b"no program\n" * 100),
                              ("widget.msi", self.files["widget.msi"][:3000]),
                              ("widget.cat", self.files["widget.exe"]),
                              ("widget.exe", self.files["widget.cat"])):
            with self.subTest(name):
                self.refuse(self.signed(name, content))

    def test_a_certificate_for_something_else(self):
        mail = self.make_chain("mail.pem", self.secret, "emailProtection")

        def changed(w):
            self.signed("widget.exe")(w)
            w.trust["keys"][0].update(certificate=mail)
        self.refuse(changed, "is not for signing code", status=3)

    def test_of_no_authority(self):
        self.refuse(self.signed("widget.exe", roots=os.path.join(self.authority, "root.pem")),
                    "Name the authority", status=3)

    def test_forms_of_others(self):
        def without(index):
            def changed(w):
                self.signed("widget.exe")(w)
                w.trust["keys"][0]["forms"] = [FORMS[index]]
            return changed
        self.expect(self.verify(without(0)), 0)
        self.refuse(without(1), "does not sign in this form")

    # ---- other versions, and what is none

    def fake(self, script):
        path = write(self.bench.path("osslsigncode"), b"#!/bin/sh\n" + script.encode())
        os.chmod(path, 0o700)
        return path

    def test_other_programs(self):
        for script, text, status in (
                ("echo 'osslsigncode 2.5, using:'", "osslsigncode 2.5 cannot sign", 1),
                ("echo 'osslsigncode 1.9, using:'", "2.9 or newer is needed", 1),
                ("echo hello", "does not say that it is osslsigncode", 3),
                ("kill -9 $$", "was ended by a signal", 1),
                # says that it has, and has not
                ("[ $1 = extract-signature ] && exit 1; [ $1 = --version ] && echo osslsigncode "
                 "2.10; echo Signature verification: ok", "has left no file signed", 1),
                # has written something else, and calls it good
                (f"[ \"$5\" = before ] && exit 1; [ $1 = verify ] && exec {PROGRAM} \"$@\"; [ $1 = attach-signature ] && {PROGRAM} "
                 f"\"$@\"; [ $1 = --version ] && exec {PROGRAM} --version; printf x >found; exit 0",
                 "does not verify when it is read again", 70)):
            with self.subTest(script):
                self.refuse(self.signed("widget.exe", program=self.fake(script)), text,
                            status=status)
        self.refuse(self.signed("widget.exe", program="/nowhere/osslsigncode"), "/nowhere",
                    status=3)
        path = self.fake("exit 0")
        os.chmod(path, 0o777)
        self.refuse(self.signed("widget.exe", program=path), "chmod go-w", status=3)

    def test_the_program_of_the_key(self):
        """What makes the content where the keys are: what it does not make is not signed."""
        def made_by(*program):
            def changed(w):
                self.signed("widget.exe")(w)
                w.trust["keys"][0]["forms"] = [{**FORMS[0], "program": list(program)}]
            return changed
        for program, text, status in (
                (("/bin/false",), "does not take the artifact (status 1)", 1),
                (("/bin/true",), "what /bin/true has made", 3),
                (("/bin/cp", "/dev/stdin", "content"), "no signature in CMS", 1),
                (("/bin/sh", "-c", "echo why it is so >&2; exit 4"),
                 "(status 4): why it is so", 1),
                (("/bin/sh", "-c", "kill -SEGV $$"), "was ended by a signal", 1),
                (("/nowhere/program",), "/nowhere/program", 3)):
            with self.subTest(program):
                self.refuse(made_by(*program), text, status=status)
        # of another file: signed, and found not to be of this one
        other = write(self.bench.path("other.exe"), windows.program(b"\x90\xc3"))
        self.refuse(made_by(PROGRAM, "extract-data", "-h", "sha256", "-in", other, "-out",
                            "content"), "does not verify what was signed", status=3)

    def test_nothing_stays(self):
        folder = self.bench.path("temporary")
        os.makedirs(folder, exist_ok=True)
        plain = self.bench.environment
        self.bench.environment = lambda at, more=(): {**plain(at, more), "TMPDIR": folder}
        try:
            self.expect_signed(self.verify(self.signed("widget.exe")), "widget.exe")
            self.refuse(self.signed("widget.exe", b"no program"))
        finally:
            self.bench.environment = plain
        self.assertEqual(glob.glob(folder + "/countermark-*"), [])

    def test_killed_at_any_moment(self):
        """What is there is whole, and verifies."""
        for out, there in self.killed(self.signed("widget.msi"), KILLS):
            self.assertLessEqual(there, {self.output_name})
            if there:
                self.osslsigncode("verify", "-in", os.path.join(out, self.output_name), "-CAfile",
                                  self.ca)


if __name__ == "__main__":
    skip_if_missing()
    Keys.program = os.path.abspath(sys.argv.pop(1))
    Notes.plugin = os.path.abspath(sys.argv.pop(1))
    unittest.main()

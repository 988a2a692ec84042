#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Forms whose content a program makes: what gets signed then, and what does not.

    made.py COUNTERMARK FIXTURE-NOTES

The artifact is what such a program hands over: a value in PKCS #7, and the program is cp.
"""

import glob
import os
import sys
import unittest

import der
from documenting import Notes, sha256, write
from keys import openssl
from notes import builds
from office import Keys
from signers import COMMITMENT, Certified

TYPE = "1.2.3.4"
CONTENT = f"{{program:{TYPE}}}"
COPY = ["/bin/cp", "/dev/stdin", "content"]


def blob(value, of=TYPE):
    """A value in PKCS #7 that nobody has signed."""
    return der.seq(der.oid("1.2.840.113549.1.7.2"), der.explicit(0, der.seq(
        der.integer(1), der.set_of(), der.seq(der.oid(of), der.explicit(0, value)), der.set_of())))


VALUE = der.seq(der.integer(7), der.octets(b"a value"))
OTHER = der.seq(der.integer(8), der.octets(b"a value"))


class Made(Certified):
    @classmethod
    def certified(cls, change, signer=None, **more):
        certify = super().certified(change, signer, **more)

        def changed(w):
            certify(w)
            w.trust["keys"][0]["forms"].append(
                {"content": CONTENT, "program": COPY, "attributes": [COMMITMENT]})
        return changed

    def of(self, artifact=None, program=None):
        """A build of that artifact, by whose configuration that program makes what is signed."""
        def changed(w):
            self.certified(lambda w: builds(w, blob(VALUE) if artifact is None else artifact))(w)
            if program:
                w.trust["keys"][0]["forms"][-1]["program"] = program
        result = self.verify(changed, output=False)
        self.expect(result, 0)
        return result

    def asked(self, of, *files, **changes):
        with self.office(of) as office:
            return office.ask(self.wish(of, **{"content": CONTENT, "attributes": [COMMITMENT],
                                               **changes}),
                              of.evidence, *(files or [of.world.artifact]))

    def expect_of(self, signature, value):
        """It is of that value, which stands in it as it is: openssl's word."""
        folder = self.honest.folder
        at = signature.index(value)
        head = 2 if value[1] < 128 else 2 + (value[1] & 127)
        openssl("smime", "-verify", "-binary", "-inform", "DER", "-in",
                write(os.path.join(folder, "signature"), signature), "-content",
                write(os.path.join(folder, "content"), value[head:]), "-CAfile", self.ca,
                "-purpose", "any")
        before = der.seq(der.oid(TYPE), der.explicit(0, value))
        self.assertIn(before, signature)
        return at

    def test_what_is_made_is_signed(self):
        result = self.of()
        answer, signature = self.asked(result)
        self.assertTrue(answer["signed"], answer)
        self.expect_of(signature, VALUE)
        [line] = self.journal(result)
        self.assertEqual(line["entry"]["statement"], sha256(VALUE[2:]))
        self.assertEqual(line["entry"]["artifact"], sha256(result.world.artifact))

    def test_only_as_the_operator_has_it(self):
        result = self.of()
        for changes in ({"content": "{program:1.2.3.5}"}, {"content": "{program}"},
                        {"attributes": []}, {"attributes": [COMMITMENT[:-1] + "2"]},
                        {"program": ["/bin/sh"], "content": "{program:/bin/sh}"}):
            answer, content = self.asked(result, **changes)
            self.expect_refused(answer, content, "denied", "does not sign in this form")
        answer, signature = self.asked(result, program=["/bin/false"])  # it is not heard
        self.assertTrue(answer["signed"], answer)
        self.expect_of(signature, VALUE)

    def test_of_another_artifact(self):
        answer, content = self.asked(self.of(), blob(OTHER))
        self.expect_refused(answer, content, "denied", "another artifact")

    def test_who_hands_it_in_changes_it(self):
        """Meanwhile: what is looked at is the process's own copy. The program waits for the change."""
        path = write(self.bench.path("handed-in"), blob(VALUE))
        gate = self.bench.path("gate")
        os.mkfifo(gate)
        result = self.of(program=["/bin/sh", "-c", "cat \"$0\" >begun && cp /dev/stdin content",
                                  gate])
        with self.office(result) as office:
            office.send(self.wish(result, content=CONTENT, attributes=[COMMITMENT]),
                        result.evidence, path)
            with open(gate, "wb"):  # it has begun
                write(path, blob(OTHER))
            answer, signature = office.receive()
        self.assertTrue(answer["signed"], answer)
        self.expect_of(signature, VALUE)

    def test_it_reaches_no_key(self):
        """Nor anything else that is not named to it."""
        result = self.of(program=["/bin/sh", "-c", f"cat {self.secret} >stolen; cp stolen content"])
        answer, content = self.asked(result)
        self.expect_refused(answer, content, "malformed", "no signature in CMS")
        state = os.path.join(result.folder, "keys-state")
        for what in (f"echo x >>{state}/signatures.jsonl", f"rm -r {state}", f"cat {self.chain}",
                     f"echo x >{self.bench.path('new')}", "cat /proc/$PPID/environ"):
            result = self.of(program=["/bin/sh", "-c", f"if {what} 2>&1; then exit 9; fi; "
                                      "cp /dev/stdin content"])
            answer, _ = self.asked(result)
            self.assertTrue(answer["signed"], (what, answer))
        named = self.of(program=["/bin/sh", "-c", "cat \"$0\" >read && cp /dev/stdin content",
                                 self.chain])
        self.assertTrue(self.asked(named)[0]["signed"])

    def test_what_stands_behind_it(self):
        """What is not the value is not signed."""
        answer, signature = self.asked(self.of(blob(VALUE) + b"x" * 300000))
        self.assertTrue(answer["signed"], answer)
        self.expect_of(signature, VALUE)
        self.assertLess(len(signature), 10000)

    def refused(self, program, kind, *texts, artifact=None):
        result = self.of(artifact, program)
        answer, content = self.asked(result)
        self.expect_refused(answer, content, kind, *texts)
        self.assertEqual(self.journal(result), [])

    def test_what_makes_nothing(self):
        shell = ["/bin/sh", "-c"]
        for program, kind, *texts in (
                (["/bin/false"], "malformed", "does not take the artifact (status 1)"),
                ([*shell, "echo one; echo why >&2; exit 9"], "malformed", "(status 9): why"),
                ([*shell, "kill -SEGV $$"], "malformed", "was ended by a signal"),
                ([*shell, "exec cat /dev/zero >content"], "limit", "was ended by a signal"),
                (["/bin/true"], "config", "what /bin/true has made"),
                ([*shell, "mkdir content"], "malformed", "what /bin/sh has made"),
                ([*shell, "mkfifo content"], "malformed", "what /bin/sh has made"),
                (["/nowhere/program"], "config", "/nowhere/program"),
                ([*shell, "echo >content; cat >>content"], "malformed",
                 "no signature in CMS")):
            with self.subTest(program):
                self.refused(program, kind, *texts)
        for artifact, text in ((blob(VALUE, "1.2.3.5"), "is of type 1.2.3.5, not " + TYPE),
                               (b"no value", "no signature in CMS"),
                               (blob(VALUE)[:-1], "no signature in CMS"),
                               (b"0\x84\x01\x00\x00\x00" + b"x" * 300000, "too large")):
            with self.subTest(text):
                self.refused(None, "limit" if "large" in text else "malformed", text,
                             artifact=artifact)

    def test_a_program_of_others(self):
        path = write(self.bench.path("program"), b"#!/bin/sh\ncp /dev/stdin content\n")
        os.chmod(path, 0o755)
        self.assertTrue(self.asked(self.of(program=[path]))[0]["signed"])
        os.chmod(path, 0o777)
        self.refused([path], "config", "chmod go-w")

    def test_what_it_is_given(self):
        """An empty folder, and of our environment nothing."""
        result = self.of(program=["/bin/sh", "-c",
                                  "[ $(ls | wc -l) = 0 ] && [ \"$COUNTERMARK_PROBE\" = '' ] && "
                                  "cp -f /dev/stdin content && cp -f /dev/stdin content",
                                  "-v", "-v"])
        plain = self.bench.environment
        folder = self.bench.path("temporary")
        os.makedirs(folder)
        self.bench.environment = lambda at, more=(): {**plain(at, more), "TMPDIR": folder,
                                                      "COUNTERMARK_PROBE": "here"}
        try:
            answer, _ = self.asked(result)
        finally:
            self.bench.environment = plain
        self.assertTrue(answer["signed"], answer)
        self.assertEqual(glob.glob(folder + "/*"), [])

    def test_shown_and_checked(self):
        result = self.of()
        words = ["--config", os.path.join(result.folder, "countermark.conf")]
        self.expect(self.bench.run(result.folder, "config", "show", *words), 0, CONTENT, COPY[0])
        self.expect(self.bench.run(result.folder, "config", "check", *words), 0)


if __name__ == "__main__":
    Keys.program = os.path.abspath(sys.argv.pop(1))
    Notes.plugin = os.path.abspath(sys.argv.pop(1))
    unittest.main()

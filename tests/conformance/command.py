#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""command.py CONFORM PLUGIN: exit statuses and reports of countermark-conform itself."""

import json
import os
import subprocess
import sys
import tempfile
import unittest
import xml.etree.ElementTree as ElementTree

HERE = os.path.dirname(os.path.abspath(__file__))
SCRIPT = os.path.join(HERE, "zoo", "zoo.json")
CONFORM = PLUGIN = None

# name, what is done to a good script, what is said
WRONG = [
    ("another format", lambda s: s.update(format="x/1"), "its 'format' is not"),
    ("no conversation", lambda s: s.pop("conversation"), "'conversation' is not"),
    ("an unknown member", lambda s: s.update(answer=[]), "there is no member 'answer'"),
    ("an unknown option", lambda s: s["options"].update(nobody="x"), "has no option 'nobody'"),
    ("a required option left out", lambda s: s["options"].pop("url"), "options: "),
    ("a secret that is no text", lambda s: s["options"].update(key=7), "what the secret begins with"),
    ("a name that is no text", lambda s: s["options"].update(build=7), "is a text"),
    ("an answer without an address", lambda s: s["answers"].append({}), "has no 'url'"),
    ("two contents", lambda s: s["answers"][0].update(text="x"), "one of 'json', 'text', 'base64' and 'file'"),
    ("a file that is not there", lambda s: s["answers"].append({"url": "x", "file": "nowhere"}),
     "nowhere"),
    ("a header that is no text", lambda s: s["answers"][0].update(headers={"x": 1}),
     "headers.x is no text"),
    ("a change of nothing", lambda s: s["answers"][0].update(change={"a.b": 1}), "there is no 'a.b'"),
    ("too often", lambda s: s["answers"].append({"url": "x", "text": "x", "times": 1 << 40}), "'times'"),
    ("a time that is none", lambda s: s.update(decided_at="today"), "'today' is no time"),
    ("a file without a name", lambda s: s.update(submitted={"text": "x"}), "submitted: it has no 'name'"),
    ("bytes that are not base64",
     lambda s: s["answers"].append({"url": "x", "base64": "QQ"}),
     "is not base64"),
    ("files of an option that is set", lambda s: s.update(files={"url": ["x"]}),
     "'url' stands in 'options', and in 'files'"),
    ("a file that is a number", lambda s: s.update(files={"list": [7]}), "list: a file is a text"),
    ("a file of two contents", lambda s: s.update(files={"list": {"text": "x", "base64": "QQ=="}}),
     "one of 'json', 'text', 'base64' and 'file'"),
    ("too many files", lambda s: s.update(files={"list": ["x"] * 17}), "more than 16 files"),
    ("files without options", lambda s: s.pop("options") and s.update(files={"list": ["x"]}),
     "'files' go with 'options'"),
    ("files of no option", lambda s: s.update(files={"list": ["x"]}), "has no option 'list'"),
    ("a peer that nobody takes", lambda s: s.update(peer={"proof": "tls"}), "does not take it there"),
    ("a package in a build", lambda s: s.update(package={"name": "x"}), "'package'"),
    ("programs in a build", lambda s: s.update(programs=[]), "go with a conversation"),
    ("a program without arguments",
     lambda s: s.update(conversation="signature", package={"name": "x", "text": "x"}, programs=[{}]),
     "'arguments' are no texts"),
    ("a file that is made of anything",
     lambda s: s.update(conversation="signature", package={"name": "x", "text": "x"},
                        programs=[{"arguments": [], "leaves": {"a": ["b"]}}]),
     "'a' is made of"),
    ("a package without a content", lambda s: s.update(conversation="package", package={"name": "x"}),
     "neither 'entries' nor a content"),
    ("a signature, of a connector",
     lambda s: s.update(conversation="signature", package={"name": "x", "text": "x"}),
     "is no signer"),
    ("a package, of a connector",
     lambda s: s.update(conversation="package", package={"name": "x", "entries": [{"name": "a"}]}),
     "is no rewriter"),
    ("an examination that there is not", lambda s: s.update(conversation="examination"),
     "examines nothing"),
]


class Command(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)

    def path(self, name):
        return os.path.join(self.folder.name, name)

    def run_it(self, *words):
        done = subprocess.run([CONFORM, *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                              check=False, timeout=300)
        return done.returncode, done.stdout.decode(), done.stderr.decode()

    def test_usage(self):
        for words in ([], ["--static", PLUGIN, SCRIPT], ["--runs", "0", PLUGIN], ["--no", PLUGIN],
                      ["--time-limit", "1x", PLUGIN], ["--time-limit", "-1", PLUGIN]):
            status, said, error = self.run_it(*words)
            self.assertEqual((status, said), (2, ""), words)
            self.assertIn("usage: ", error)
        self.assertEqual(self.run_it(self.path("none.so"))[0], 2)

    def test_wrong_scripts(self):
        for name, change, expected in WRONG:
            with self.subTest(name), open(SCRIPT, encoding="utf-8") as file:
                script = json.load(file)
                change(script)
                with open(self.path("script.json"), "w", encoding="utf-8") as file:
                    json.dump(script, file)
                status, _, error = self.run_it(PLUGIN, self.path("script.json"))
                self.assertEqual(status, 3, error)
                self.assertIn(expected, error)

    def test_no_script_is_no_pass(self):
        status, said, _ = self.run_it(PLUGIN)
        self.assertEqual(status, 1)
        self.assertRegex(said, r"(?m)^ok \d+ - conversation # SKIP no script was given")
        status, said, _ = self.run_it("--static", PLUGIN)
        self.assertEqual(status, 0)
        self.assertNotIn("SKIP", said)

    def test_no_line_is_no_pass(self):
        for words in (["--line", "falt: 4", PLUGIN, SCRIPT], ["--line", "falt: 4", PLUGIN],
                      ["--line", "falt: 4", "--static", PLUGIN],
                      ["--line", "honest", "--static", PLUGIN]):
            status, said, error = self.run_it(*words)
            self.assertEqual((status, said.splitlines()[-1]), (1, "1..0"), words)
            self.assertIn(f"begins with '{words[1]}'", error)
            self.assertIn("countermark-conform(1)", error)

    def test_no_plugin(self):
        with open(self.path("text.so"), "w", encoding="utf-8") as file:
            file.write("not an object")
        status, said, _ = self.run_it(self.path("text.so"), SCRIPT)
        self.assertEqual(status, 1)
        self.assertIn("not ok 1 - note\n", said)

    def test_reports(self):
        status, said, _ = self.run_it("--line", "fault: 4", "--junit", self.path("out.xml"), PLUGIN,
                                      SCRIPT)
        self.assertEqual(status, 0)
        lines = [line for line in said.splitlines() if line.startswith("ok ")]
        self.assertEqual(len(lines), 6)
        self.assertEqual(said.splitlines()[0], "TAP version 13")
        self.assertEqual(said.splitlines()[-1], "1..6")
        suite = ElementTree.parse(self.path("out.xml")).getroot().find("testsuite")
        self.assertEqual((suite.get("tests"), suite.get("failures")), ("6", "0"))
        self.assertEqual([case.get("name") for case in suite],
                         [line.split(" - ")[1] for line in lines])
        self.assertEqual(self.run_it("--static", "--junit", self.path("none/out.xml"), PLUGIN)[0], 5)


if __name__ == "__main__":
    CONFORM, PLUGIN = sys.argv[1:3]
    unittest.main(argv=sys.argv[:1])

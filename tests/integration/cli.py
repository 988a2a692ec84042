#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The command line: exit statuses, usage, and what the other commands print.

    cli.py COUNTERMARK
"""

import json
import os
import shutil
import stat
import subprocess
import sys
import unittest

from suite import Suite
from row import CHECKS
from world import ARTIFACT

COUNTERMARK = None
COMMANDS = [["verify"], ["replay"], ["link", "show"], ["config", "check"], ["config", "show"],
            ["plugin", "list"], ["plugin", "inspect"], ["plugin", "dump"], ["key", "show"],
            ["explain"], ["system", "check"], ["init"]]


def plugin_path():
    """Where the build tree and an installation have the shipped plug-in."""
    root = os.path.dirname(os.path.dirname(os.path.abspath(COUNTERMARK)))
    for folder, _, names in os.walk(root):
        if folder.endswith("countermark/plugins") and "appveyor.so" in names:
            return os.path.join(folder, "appveyor.so")
    raise AssertionError("there is no appveyor.so beside the program")


class Cli(Suite):
    name = "cli"

    def run_in(self, folder, *words, **more):
        return self.bench.run(folder, *words, **more)

    def verify(self, *words, change=None, **more):
        world, folder, conf = self.world(change)
        return self.run_in(folder, "verify", *conf, *world.arguments, *words, **more)

    # ---- help and usage

    def test_help(self):
        folder = self.bench.run_folder()
        self.expect(self.run_in(folder, "--help"), 0, "usage: countermark", "exit status")
        self.expect(self.run_in(folder, "--version"), 0, "countermark ")
        self.expect(self.run_in(folder), 2, "usage: countermark")
        for command in COMMANDS:
            with self.subTest(command=command):
                result = self.run_in(folder, *command, "--help")
                self.expect(result, 0, "usage: countermark " + " ".join(command))
                self.assertEqual(result.err, "")
                self.expect(self.run_in(folder, "--help"), 0, " ".join(command))

    def test_usage(self):
        folder = self.bench.run_folder()
        for words, text in (
                (["verfy"], "verfy"), (["config"], "config"), (["config", "chek"], "chek"),
                (["replay"], "evidence"), (["replay", "a", "b"], "evidence"),
                (["replay", "--acept-unsealed", "a"], "--accept-unsealed"),
                (["replay", "--evidence-key"], "needs a value"),
                (["config", "check", "more"], "takes no argument"),
                (["key", "show", "one", "more"], "name one key"),
                (["plugin", "inspect"], "one file"), (["plugin", "dump"], "one file"),
                (["config", "check", "--log-format", "xml"], "log-format")):
            with self.subTest(words=words):
                result = self.run_in(folder, *words)
                self.expect(result, 2, text)
                self.assertEqual(result.out, "")

    def test_usage_of_verify(self):
        for words, text in (
                (["--format", "xml"], "xml"), (["--timeout", "soon"], "--timeout"),
                (["a", "b"], "one artifact"), (["/nonexistent.nupkg"], "/nonexistent.nupkg"),
                (["--build"], "needs a value"), (["--build", "1"], "twice"),
                (["--biuld", "1"], "build"), (["--notice", "/nonexistent"], "/nonexistent"),
                (["/"], "/"), (["--evidence"], "needs a value")):
            with self.subTest(words=words):
                self.expect(self.verify(*words), 2, text)

    # ---- exit statuses of verify

    def test_accepted(self):
        result = self.verify()
        self.expect(result, 0, "accepted")
        self.assertEqual([], [check for check in CHECKS if check not in result.out],
                         "all checks are listed")

    def test_rejected(self):
        result = self.verify(change=lambda w: w.configuration.update(shallowClone=True))
        self.expect(result, 1, "rejected", "appveyor.sources-unpatched", "Settings >")

    def test_undecided(self):
        result = self.verify("--format", "json", change=lambda w: w.override("log", status=404))
        self.expect(result, 4, "undecided")
        self.assertEqual(result.report["retry"], "no")
        result = self.verify("--format", "json", "--timeout", "1s",
                             change=lambda w: w.override("log", latency=10.0))
        self.expect(result, 4)
        self.assertEqual(result.report["retry"], "yes")

    def test_refused_credentials(self):
        self.expect(self.verify(change=lambda w: setattr(w, "key", "wrong")), 3, "api_key")

    def test_output_cannot_be_written(self):
        for words in (["--evidence", "/nonexistent/evidence.json"],
                      ["--output", "/nonexistent/a.nupkg"], ["--output", "/dev/full"]):
            with self.subTest(words=words):
                state = ["--state", self.bench.path("state")]
                self.expect(self.verify(*state, *words), 5)

    def test_report_cannot_be_written(self):
        world, folder, conf = self.world()
        with open("/dev/full", "wb") as full:
            done = subprocess.run([self.bench.countermark, "verify", *conf, *world.arguments],
                                  stdout=full, stderr=subprocess.PIPE, check=False,
                                  env=self.bench.environment(folder))
        self.assertEqual(done.returncode, 5, done.stderr)

    # ---- what verify writes

    def test_mirrors(self):
        """A commit on another branch needs the whole history, which is kept unless none shall be."""
        for room, kept in ((None, 1), ("1M", 1), ("0", 0)):
            def change(w):
                w.builds("feature")
                if room:
                    w.trust["mirrors"] = room
            with self.subTest(room=room):
                world, folder, conf = self.world(change)
                state = os.path.join(folder, "state")
                result = self.run_in(folder, "verify", *conf, *world.arguments, "--state", state)
                self.expect(result, 1, "repository.commit-on-ref")
                self.assertNotIn("mirror", result.err)
                self.assertEqual(os.path.exists(state), kept == 1)
                mirrors = os.listdir(os.path.join(state, "mirrors")) if kept else []
                self.assertEqual(sum("." not in name for name in mirrors), kept, mirrors)

    def test_output(self):
        world, folder, conf = self.world()
        path = os.path.join(folder, "out.nupkg")
        self.expect(self.run_in(folder, "verify", *conf, *world.arguments, "--output", path), 0)
        with open(path, "rb") as file:
            self.assertEqual(file.read(), world.artifact)
        self.assertEqual(sorted(os.listdir(folder)),
                         sorted(["countermark.conf", "key", "out.nupkg", "tmp"]))

    def test_no_output_unless_accepted(self):
        for change in (lambda w: w.configuration.update(shallowClone=True),
                       lambda w: w.override("log", status=404)):
            world, folder, conf = self.world(change)
            path = os.path.join(folder, "out.nupkg")
            with open(path, "w", encoding="utf-8") as file:
                file.write("as it was")
            result = self.run_in(folder, "verify", *conf, *world.arguments, "--output", path)
            self.assertIn(result.exit, (1, 4))
            with open(path, encoding="utf-8") as file:
                self.assertEqual(file.read(), "as it was")

    def test_evidence_is_written_whatever_the_verdict(self):
        world, folder, conf = self.world(lambda w: w.configuration.update(shallowClone=True))
        path = os.path.join(folder, "evidence.json")
        self.expect(self.run_in(folder, "verify", *conf, "--evidence", path, "--state",
                                os.path.join(folder, "state"), *world.arguments), 1)
        with open(path, encoding="utf-8") as file:
            self.assertIn("payload", json.load(file))
        key = os.path.join(folder, "state", "evidence-key.pem")
        self.assertEqual(stat.S_IMODE(os.stat(key).st_mode), 0o600)
        self.assertEqual(stat.S_IMODE(os.stat(os.path.dirname(key)).st_mode), 0o700)

    def test_quiet(self):
        result = self.verify("--quiet")
        self.assertEqual((result.exit, result.out, result.err), (0, "", ""))

    def test_messages_on_stderr_results_on_stdout(self):
        result = self.verify("--format", "json", "--verbose", "--log-format", "json")
        self.assertEqual(result.exit, 0)
        json.loads(result.out)
        for line in result.err.splitlines():
            json.loads(line)

    def test_submitted_by_stdin(self):
        world, folder, conf = self.world()
        path = os.path.join(folder, ARTIFACT)
        with open(path, "wb") as file:
            file.write(world.artifact)
        self.expect(self.run_in(folder, "verify", *conf, *world.arguments, path), 0)

    # ---- config

    def test_config_check(self):
        _, folder, conf = self.world()
        self.expect(self.run_in(folder, "config", "check", *conf), 0, "nothing is wrong")

    def test_config_check_finds_everything(self):
        def wrong(w):
            w.policy.update(refs=["main"], max_age="soon")
            w.link.update(acount="x", project_id="x")
            w.system["adress"] = "x"
        _, folder, conf = self.world(wrong)
        result = self.run_in(folder, "config", "check", *conf)
        self.expect(result, 3, "refs", "max_age", "acount", "account", "adress")
        places = [line for line in result.err.splitlines() if "countermark.conf:" in line]
        self.assertGreaterEqual(len(places), 4, result.err)

    def test_config_that_is_not_there(self):
        folder = self.bench.run_folder()
        self.expect(self.run_in(folder, "config", "check", "--config", "/nonexistent.conf"), 3)

    def test_config_that_others_may_write(self):
        _, folder, conf = self.world()
        for path, mode in ((conf[1], 0o666), (conf[1], 0o620), (folder, 0o777)):
            with self.subTest(path=path, mode=oct(mode)):
                before = stat.S_IMODE(os.stat(path).st_mode)
                os.chmod(path, mode)
                self.expect(self.run_in(folder, "config", "check", *conf), 3, "countermark.conf")
                os.chmod(path, before)
        self.expect(self.run_in(folder, "config", "check", *conf), 0)

    def test_key_that_others_may_read(self):
        world, folder, conf = self.world()
        os.chmod(os.path.join(folder, "key"), 0o640)
        self.expect(self.run_in(folder, "verify", *conf, *world.arguments), 3, "key")

    def test_config_show(self):
        _, folder, conf = self.world()
        self.expect(self.run_in(folder, "config", "show", *conf), 0, 'slug = "widget"', "file:")

    # ---- plugin

    def test_plugin_list(self):
        self.expect(self.run_in(self.bench.run_folder(), "plugin", "list"), 0, "appveyor",
                    "appveyor.so")

    def test_plugin_inspect_and_dump(self):
        folder, path = self.bench.run_folder(), plugin_path()
        self.expect(self.run_in(folder, "plugin", "inspect", path), 0, "id=appveyor",
                    "accepted=yes", "sha256=")
        self.expect(self.run_in(folder, "plugin", "dump", path), 0, "appveyor.cache-empty")
        dump = json.loads(self.run_in(folder, "plugin", "dump", path, "--format", "json").out)
        self.assertEqual({check["id"] for check in dump["checks"]},
                         {check for check in CHECKS if check.startswith("appveyor.")})
        binding = {check["id"] for check in dump["checks"] if check["binding"]}
        self.assertEqual(binding, {"appveyor.project-linked", "appveyor.artifact-from-job"})

    def test_plugin_that_is_none(self):
        folder = self.bench.run_folder()
        for path in (COUNTERMARK, __file__, "/nonexistent.so"):
            with self.subTest(path=path):
                for command in ("inspect", "dump"):
                    result = self.run_in(folder, "plugin", command, path)
                    self.assertIn(result.exit, (2, 3), result.err)

    def test_plugin_that_others_may_write(self):
        _, folder, _ = self.world()
        path = os.path.join(folder, "appveyor.so")
        shutil.copy(plugin_path(), path)
        os.chmod(path, 0o666)
        self.expect(self.run_in(folder, "plugin", "dump", path), 3, "appveyor.so")

    # ---- key and link

    def test_key_show(self):
        _, folder, _ = self.world()
        state = os.path.join(folder, "state")
        first = self.run_in(folder, "key", "show", "--state", state)
        self.expect(first, 0, "-----BEGIN PUBLIC KEY-----", "sha256:")
        again = self.run_in(folder, "key", "show", "--state", state)
        self.assertEqual(again.out, first.out)

    def test_link_show(self):
        def without_ids(w):
            del w.link["account_id"], w.link["project_id"]
        world, folder, conf = self.world(without_ids)
        result = self.run_in(folder, "link", "show", *conf, *world.arguments)
        self.expect(result, 0, 'account_id = "77"; project_id = "4711";')
        world, folder, conf = self.world()
        result = self.run_in(folder, "link", "show", *conf, *world.arguments)
        self.expect(result, 0, "appveyor.project-linked: pass")


if __name__ == "__main__":
    COUNTERMARK = Cli.program = sys.argv.pop(1)
    unittest.main()

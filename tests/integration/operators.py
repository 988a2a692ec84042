#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What goes wrong on an operator's desk: slips of the pen, places that cannot be written, servers
that do not answer. Each is said in one sentence, with the exit status of the manual.

    operators.py COUNTERMARK
"""

import os
import re
import shutil
import subprocess
import sys
import unittest

from suite import Suite
from world import ARTIFACT

COUNTERMARK = None
ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
COMMANDS = ["verify", "replay", "link show", "config check", "config show", "plugin list",
            "plugin inspect", "plugin dump", "key show", "explain", "system check", "init"]
SECRET = "s3cr3ts3cr3ts3cr3t"


class Operator(Suite):
    name = "operator"

    def plain(self, *words, **more):
        return self.bench.run(self.bench.run_folder(), *words, **more)

    def verify(self, *words, change=None, **more):
        world, folder, conf = self.world(change)
        result = self.bench.run(folder, "verify", *conf, *world.arguments, *words, **more)
        result.world = world
        return result

    def expect_unasked(self, result, status, *texts):
        """Said in one line on stderr, before anybody was asked anything."""
        self.expect(result, status, *texts)
        self.assertEqual((result.out, result.err.count("\n")), ("", 1), result.err)
        self.assertEqual(self.bench.requests(result.world), [])

    # ---- help and examples

    def test_help_fits_a_terminal(self):
        for command in ["", *COMMANDS]:
            for line in self.plain(*command.split(), "--help").out.splitlines():
                self.assertLessEqual(len(line), 80, line)

    def test_examples_of_configuration_hold(self):
        folder = self.bench.run_folder()
        for name in sorted(os.listdir(os.path.join(ROOT, "etc"))):
            path = os.path.join(folder, name)
            shutil.copyfile(os.path.join(ROOT, "etc", name), path)
            self.expect(self.plain("config", "check", "--config", path), 0, "nothing is wrong")

    # ---- slips of the pen

    def test_wrong_words(self):
        for words, text in ((["--versio"], "there is no option '--versio'"),
                            (["verfy"], "the nearest is verify"),
                            (["config"], "there is: config check, config show"),
                            (["plugin", "lst"], "plugin list, plugin inspect, plugin dump"),
                            (["config", "check", "--conf", "x"], "written out: --config"),
                            (["config", "check", "--conf=x"], "written out: --config"),
                            (["config", "check", "-qx"], "there is no option -x"),
                            (["config", "check", "--verbose=3"], "--verbose takes no value")):
            with self.subTest(words=words):
                result = self.plain(*words)
                self.expect(result, 2, text)
                self.assertEqual((result.out, result.err.count("\n")), ("", 1))

    def test_wrong_words_for_verify(self):
        for words, text in ((["--timeout", "0s"], "--timeout takes a duration"),
                            ([""], "the name of the artifact is empty"),
                            (["--evidence", "-"], "./-"), (["--output", "-"], "./-"),
                            (["--output", ""], "--output: the value is empty"),
                            (["--biuld", "7"], "--biuld: "), (["--notice", "."], "--notice: .: "),
                            (["--system", "appveyour"], "is linked to: appveyor"),
                            (["--project", "gadget"], "widget"), (["--policy", "x"], "release")):
            with self.subTest(words=words):
                self.expect_unasked(self.verify(*words), 2, text)

    def test_configuration_that_is_not_there(self):
        for command in (["config", "check"], ["config", "show"], ["verify"], ["link", "show"],
                        ["system", "check"]):
            with self.subTest(command=command):
                result = self.plain(*command, "--config", "/nonexistent.conf")
                self.expect(result, 3, "No such file")
                self.assertEqual(result.err.count("/nonexistent.conf"), 1, result.err)
                if not os.path.exists("/etc/countermark/countermark.conf"):
                    self.expect(self.plain(*command), 3, "name one with --config FILE")

    def test_nearest_word_is_offered(self):
        def wrong(w):
            w.link["assume"] = ["no-global-yml"]
            w.policy["optional"] = ["appveyor.cache-emtpy"]
        _, folder, conf = self.world(wrong)
        self.expect(self.bench.run(folder, "config", "check", *conf), 3,
                    "(did you mean 'no-global-yaml'?)", "(did you mean 'appveyor.cache-empty'?)")

    def test_secret_in_the_configuration_is_not_shown(self):
        for change in (lambda w: w.link.update(api_key=SECRET), lambda w: w.link.update(tokn=SECRET),
                       lambda w: w.link.update(api_key="file:" + SECRET),
                       lambda w: w.policy.update(imges=[SECRET]),
                       lambda w: w.system.update(pasword=SECRET),
                       lambda w: w.system.update(url=f"https://u:{SECRET}@ci.example/")):
            _, folder, conf = self.world(change)
            for command in (["config", "show"], ["config", "check"], ["verify", "--build", "7"]):
                with self.subTest(command=command):
                    result = self.bench.run(folder, *command, *conf)
                    self.assertNotIn(SECRET, result.out + result.err)
            self.expect(self.bench.run(folder, "config", "show", *conf), 0, "[withheld]",
                        'account = "acme"')

    # ---- places that cannot be written

    def test_places_are_looked_at_first(self):
        folder = self.bench.run_folder()
        path = os.path.join(folder, "link")
        os.symlink("/nonexistent", path)
        for place in (path, folder, folder + "/", "/dev/null", "/nonexistent/a"):
            for option in ("--evidence", "--output"):
                with self.subTest(option=option, place=place):
                    self.expect_unasked(self.verify(option, place), 5, option + ": ", place)
        self.assertTrue(os.path.islink(path))

    def test_temporary_folder_is_looked_at_first(self):
        for place in ("/nonexistent", "relative"):
            with self.subTest(place=place):
                self.expect_unasked(self.verify(more={"TMPDIR": place}), 5, "set TMPDIR")

    def test_closed_standard_output(self):
        _, folder, conf = self.world()
        for words, status in ((["config", "show", *conf], 5), (["--version"], 5),
                              (["config", "check", "--quiet", *conf], 0)):
            with self.subTest(words=words):
                done = subprocess.run(["sh", "-c", 'exec "$@" >&-', "sh", COUNTERMARK, *words],
                                      stderr=subprocess.PIPE, check=False,
                                      env=self.bench.environment(folder))
                self.assertEqual(done.returncode, status, done.stderr)

    # ---- those who do not answer

    def test_trying_again_may_help_if_the_gate_was_not_answered(self):
        result = self.verify("--format", "json", "--timeout", "1s",
                             change=lambda w: w.override("settings", latency=10.0))
        self.expect(result, 4)
        self.assertEqual(result.report["retry"], "yes")

    def test_status_of_link_show(self):
        for change, status in ((lambda w: None, 0), (lambda w: setattr(w, "key", "wrong"), 3),
                               (lambda w: w.override("settings", status=503), 4),
                               (lambda w: w.link.update(project_id="4712"), 1)):
            world, folder, conf = self.world(change)
            self.expect(self.bench.run(folder, "link", "show", *conf, *world.arguments), status)

    def test_ids_can_be_pasted(self):
        def without_ids(w):
            del w.link["account_id"], w.link["project_id"]
        world, folder, conf = self.world(without_ids)
        shown = self.bench.run(folder, "link", "show", *conf)
        self.expect(shown, 0)
        self.assertNotIn("what was recorded", shown.out)
        lines = re.search(r"account_id = .*;$", shown.out, re.M).group()
        with open(conf[1], encoding="utf-8") as file:
            text = file.read()
        with open(conf[1], "w", encoding="utf-8") as file:
            file.write(text.replace('account = "acme";', 'account = "acme"; ' + lines))
        again = self.bench.run(folder, "link", "show", *conf, *world.arguments)
        self.expect(again, 0, "appveyor.project-linked: pass")

    # ---- replay

    def test_replay_of_what_is_no_evidence(self):
        folder = self.bench.run_folder()
        path = os.path.join(folder, "garbage")
        for content in (b"", b"{}", b"[]", b"\0\xff", b'{"payload":"","payloadType":"x",'
                        b'"signatures":[]}'):
            with open(path, "wb") as file:
                file.write(content)
            result = self.plain("replay", path)
            self.expect(result, 2, path + ": ")
            self.assertEqual((result.out, result.err.count("\n")), ("", 1))
        self.expect(self.plain("replay", folder), 2, folder)

    def test_replay_with_another_artifact(self):
        result = self.bench.verify(self.bench.world("operator"))
        self.expect(result, 0)
        again = self.bench.replay(result, "--accept-unsealed", "--artifact", COUNTERMARK)
        self.expect(again, 1)
        self.assertIn("is not the artifact of this evidence", again.err)

    # ---- plug-ins

    def without_plugins(self):
        world, folder, conf = self.world()
        empty = os.path.join(folder, "plugins")
        os.mkdir(empty)
        with open(conf[1], encoding="utf-8") as file:
            text = file.read()
        with open(conf[1], "w", encoding="utf-8") as file:
            file.write(f'plugin_path = [ "{empty}" ];\n{text}')
        return world, folder, conf, empty

    def test_plugin_that_is_not_installed(self):
        evidence = self.bench.verify(self.bench.world("operator"))
        world, folder, conf, empty = self.without_plugins()
        self.expect(self.bench.run(folder, "verify", *conf, *world.arguments), 3, "appveyor.so")
        self.expect(self.bench.replay(evidence, *conf), 3, "appveyor.so")
        self.expect(self.bench.run(folder, "plugin", "list", *conf), 0, "There are no plug-ins.")
        os.chmod(empty, 0o777)
        self.expect(self.bench.run(folder, "plugin", "list", *conf), 0, "refused: ", "chmod go-w")
        os.rmdir(empty)
        self.expect(self.bench.run(folder, "plugin", "list", *conf), 0, "refused: ", "No such file")

    def test_files_that_are_no_plugins(self):
        folder = self.bench.run_folder()
        path = os.path.join(folder, "other.so")
        shutil.copy("/bin/true", path)
        for command in ("inspect", "dump"):
            for file in (path, __file__, "/nonexistent.so"):
                with self.subTest(command=command, file=file):
                    self.expect(self.plain("plugin", command, file), 2, file)
        self.expect(self.plain("plugin", "inspect", folder), 2, folder)


if __name__ == "__main__":
    COUNTERMARK = Operator.program = os.path.abspath(sys.argv.pop(1))
    unittest.main()

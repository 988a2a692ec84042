#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""countermark init: a configuration out of an address, and whether it does what it says.

    init.py COUNTERMARK
"""

import os
import re
import shutil
import signal
import stat
import subprocess
import sys
import time
import unittest

from people import said, without, words_of
from suite import Suite
from world import ACCOUNT, ACCOUNT_ID, BUILD_ID, JOB, PROJECT_ID, SLUG, V1_KEY, V2_KEY, user

PAGE = f"https://ci.appveyor.com/project/{ACCOUNT}/{SLUG}"
SECRET = "s3cr3ts3cr3ts3cr3t"
# What the address or the system tells; the rest of a World's words is the operator's to say.
TOLD = ("--connector", "--url", "--account", "--account-id", "--slug", "--project-id",
        "--repository", "--ref", "--tag-branch")
FILLING = {"repositories": '[ "https://git.example/acme/widget" ]', "account_id": '"77"',
           "project_id": '"4711"', "api_key": '"env:KEY"', "refs": '[ "refs/heads/main" ]',
           "tag_branches": '[ "refs/heads/main" ]', "assume_reason": '"looked by hand"',
           "slug": '"acme"'}


def marked(text):
    """The settings that are to be filled in."""
    return re.findall(r"^ *#\? (\w+) = ", text, re.M)


def filled(text):
    """As a person would: the values written, the marks taken away."""
    def fill(match):
        indent, key, value, rest = match.groups()
        return f"{indent}{key} = {FILLING.get(key, value)};{rest}\n"
    return re.sub(r"^( *)#\? (\w+) = (.*?);(.*)\n", fill, text, flags=re.M)


class Init(Suite):
    name = "init"

    def spoken(self, change=None):
        """A World, its folder, and what of its configuration only the operator can say."""
        world, folder, conf = self.world(change)
        os.remove(conf[1])
        return world, folder, without(words_of(world), *TOLD)

    def init(self, folder, *words):
        return self.bench.run(folder, "init", *words)

    def offline(self, address, *words):
        return self.init(self.bench.run_folder(), address, *words)

    def file(self, folder, text):
        path = os.path.join(folder, "made.conf")
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        return ["--config", path]

    def expect_nothing(self, result, status, *texts):
        self.expect(result, status, *texts)
        self.assertEqual(result.out, "")

    # ---- from the address alone

    def test_address_alone(self):
        result = self.offline(f"{PAGE}/builds/{BUILD_ID}?x=1#L7")
        self.expect(result, 0, f'account = "{ACCOUNT}";', f'project = "{SLUG}";', 'slug = "acme";',
                    'slug = "widget";', f"--build {BUILD_ID}\n", f'submitters = [ "{user()}" ];',
                    '"appveyor" exists without being declared here', "7 lines begin with #?: fill them in")
        self.assertEqual(marked(result.out),
                         ["repositories", "account_id", "project_id", "api_key", "assume",
                          "assume_reason", "refs"])
        self.assertNotIn("x=1", result.out)
        self.assertNotIn("systems = (", result.out)

    def test_filled_in_it_holds(self):
        """As it is, config check names what is missing; with the marked lines filled in, nothing."""
        for address, words in (
                (f"{PAGE}/builds/{BUILD_ID}", ()), (PAGE, ()), (f"{PAGE}/history", ()),
                (f"{PAGE}/builds/{BUILD_ID}/job/{JOB}", ()), (PAGE, ("--ref", "refs/tags/v*")),
                (PAGE, ("--repository", "https://git.example/a/b", "--max-age", "7d")),
                ("https://ci.example:8443/av/project/A%2f/b".replace("%2f", "_x"), ()),
                (PAGE, ("--images", "Ubuntu", "--images", 'a"b\\c', "--artifact", "**/*.zip",
                        "--optional", "build.age", "--variables", "A")),
                (PAGE, ("--allow-address", "10.0.0.0/8", "--repository-allow-address", "::1",
                        "--repository", "https://git.example:8443/a/b")),
                (PAGE, ("--repository-allow-address", "::1"))):
            with self.subTest(address=address, words=words):
                result = self.offline(address, *words)
                self.expect(result, 0)
                folder = self.bench.run_folder()
                self.expect(self.bench.run(folder, "config", "check",
                                           *self.file(folder, result.out)), 3)
                FILLING["name"] = '"git.example"'
                self.expect(self.bench.run(folder, "config", "check",
                                           *self.file(folder, filled(result.out))), 0,
                            "nothing is wrong")

    def test_server_of_ones_own(self):
        result = self.offline("https://ci.example/project/a/b/builds/7")
        self.expect(result, 0, "systems = (", 'url = "https://ci.example";')
        self.expect(self.offline("https://ci.example/project/a/b", "--url", "https://ci.example"),
                    0, 'url = "https://ci.example";')
        self.expect_nothing(self.offline("https://ci.example/project/a/b", "--url",
                                         "https://other.example"), 2, "takes this address")

    def test_words_count_more_than_the_address(self):
        result = self.offline(PAGE, "--slug", "other", "--account-id", "5", "--api-key", "env:NONE",
                              "--account", "")
        self.expect_nothing(result, 2, "account")

    def test_every_setting_is_explained(self):
        """Each option of the connector stands there, said, marked or by its default."""
        text = self.offline(PAGE, "--url", "https://ci.appveyor.com", "--repository-bases",
                            "gitea=https://git.example").out
        for key in ("url", "repository_bases", "account", "account_id", "project", "project_id",
                    "api_key", "artifact", "artifacts", "variables", "images", "build_clouds",
                    "package_sources", "assume", "refs", "tag_branches", "repository", "max_age",
                    "submitters", "optional", "state", "mirrors"):
            self.assertRegex(text, rf"(?m)^ *(#\?? )?{key} = ", key)
        self.assertTrue(all(len(line) <= 100 for line in text.splitlines()))

    # ---- asked

    def test_from_address_to_accepted(self):
        """init, config check, system check, verify: nothing is left to be written by hand."""
        def tag(w):
            w.tag("v1.0")
        def v2(w):
            w.key = V2_KEY
        for change, more in ((None, []), (v2, []), (tag, ["--tag-branch", "refs/heads/main"])):
            for page in ("", f"/job/{JOB}"):
                with self.subTest(change=change, page=page):
                    world, folder, words = self.spoken(change)
                    path = os.path.join(folder, "made.conf")
                    result = self.init(folder, world.page + page, "--output", path, *words, *more)
                    self.expect(result, 0)
                    self.assertEqual((result.out, result.err), ("", ""))
                    self.assertEqual(stat.S_IMODE(os.stat(path).st_mode), 0o600)
                    with open(path, encoding="utf-8") as file:
                        text = file.read()
                    self.assertEqual(marked(text), [])
                    self.assertNotIn(world.key, text)
                    conf = ["--config", path]
                    self.expect(self.bench.run(folder, "config", "check", *conf), 0)
                    self.expect(self.bench.run(folder, "system", "check", *conf),
                                1 if change == v2 else 0)
                    self.expect(self.bench.run(folder, "verify", *conf, *world.arguments), 0,
                                "accepted")
                    self.assertIn(f"verify --config {path} --build {BUILD_ID}\n" if not page else
                                  f"--build {BUILD_ID} --job {JOB}\n", text)

    def test_it_asks_for_little(self):
        """What authenticate asks, and no repository: it is nobody's word yet."""
        world, folder, words = self.spoken()
        result = self.init(folder, world.page, *words)
        self.expect(result, 0, f'account_id = "{ACCOUNT_ID}";', f'project_id = "{PROJECT_ID}";',
                    f'repositories = [ "{world.git_base}/acme/widget" ];',
                    'refs = [ "refs/heads/main" ];', "what the build system says of itself")
        self.assertEqual(sorted(r["path"].split("/api/")[1] for r in self.bench.requests(world)),
                         [f"projects/{ACCOUNT}/{SLUG}", f"projects/{ACCOUNT}/{SLUG}/builds/"
                          f"{BUILD_ID}", f"projects/{ACCOUNT}/{SLUG}/settings"])

    def test_page_of_a_project(self):
        world, folder, words = self.spoken()
        page = f"{world.address}/project/{ACCOUNT}/{SLUG}"
        result = self.init(folder, page, *words)
        self.expect(result, 0, f'repositories = [ "{world.git_base}/acme/widget" ];',
                    'refs = [ "refs/heads/main" ];')
        self.assertEqual(marked(result.out), [])
        world, folder, words = self.spoken(lambda w: w.scenario.update(public=False))
        result = self.init(folder, f"{world.address}/project/{ACCOUNT}/{SLUG}", *words)
        self.expect(result, 0, f'account_id = "{ACCOUNT_ID}";', "project: answered 404")
        self.assertEqual(marked(result.out), ["name", "repositories", "refs"])

    def test_build_that_is_gone(self):
        world, folder, words = self.spoken(lambda w: w.scenario["builds"].clear())
        result = self.init(folder, world.page, *words)
        self.expect(result, 0, "build: answered 404", f'account_id = "{ACCOUNT_ID}";')
        self.assertEqual(marked(result.out), [])

    def test_what_is_said_is_not_overwritten(self):
        world, folder, words = self.spoken()
        result = self.init(folder, world.page, *words, "--repository", "https://git.example/x",
                           "--ref", "refs/heads/r/*", "--project-id", "5")
        self.expect(result, 0, '"https://git.example/x"', '"refs/heads/r/*"', 'project_id = "5";')

    def test_answers_are_looked_through(self):
        """Nothing of what the system says becomes more than a value between quotes."""
        def evil(w):
            w.build["branch"] = 'x"; evil = "y'
            w.project["repositoryName"] = 'a"b/c\\d'
        world, folder, words = self.spoken(evil)
        result = self.init(folder, world.page, *words)
        self.assertIn(result.exit, (0, 2))
        self.assertNotIn('evil = "y', result.out.replace('\\"', ""))
        def lines(w):
            w.build["branch"] = "x\n};\nevil = 1"
        world, folder, words = self.spoken(lines)
        result = self.init(folder, world.page, *words)
        self.assertNotIn("\nevil", result.out)

    def test_nobody_answers(self):
        for change, status in ((lambda w: setattr(w, "key", "wrong"), 3),
                               (lambda w: w.override("settings", status=403), 3),
                               (lambda w: w.override("settings", raw="<html>"), 4),
                               (lambda w: w.override("settings", status=503), 4),
                               (lambda w: w.system.pop("allow_addresses"), 3)):
            world, folder, words = self.spoken(change)
            path = os.path.join(folder, "made.conf")
            result = self.init(folder, world.page, *words, "--output", path, "--timeout", "2s")
            self.expect_nothing(result, status, "nothing was written")
            self.assertFalse(os.path.exists(path))

    def test_interrupted(self):
        world, folder, words = self.spoken(lambda w: w.override("settings", latency=60.0))
        path = os.path.join(folder, "made.conf")
        running = subprocess.Popen([self.program, "init", world.page, *words, "--output", path],
                                   env=self.bench.environment(folder), stdout=subprocess.PIPE,
                                   stderr=subprocess.PIPE)
        for _ in range(1000):
            if len(self.bench.requests(world)) >= 2:
                break
            time.sleep(0.01)
        running.send_signal(signal.SIGINT)
        out, _ = running.communicate(timeout=10)
        self.assertEqual((running.returncode, out), (128 + signal.SIGINT, b""))
        self.assertFalse(os.path.exists(path))

    # ---- words, places, connectors

    def test_wrong_words(self):
        for words, text in (([], "name one address"), ([PAGE, PAGE], "name one address"),
                            ([""], "takes this address"), (["https://example.com/"], "takes this"),
                            (["x" * 5000], "too long"), ([PAGE + "\n"], "takes this address"),
                            ([PAGE, "--biuld", "7"], "--biuld"), ([PAGE, "--ref", "main"], "--ref"),
                            ([PAGE, "--repository", "http://x"], "--repository"),
                            ([PAGE, "--connector", "nothing"], "nothing.so"),
                            ([PAGE, "--assume", "no-global-yaml"], "--assume-reason"),
                            ([PAGE, "--images", "a\nb"], "no configuration can hold"),
                            (["https://u:" + SECRET + "@ci.example/project/a/b"], "'url'"),
                            ([PAGE, "--api-key", SECRET], "--api-key")):
            with self.subTest(words=words):
                result = self.init(self.bench.run_folder(), *words)
                self.expect_nothing(result, 2, text)
                self.assertNotIn(SECRET, result.err)

    def test_what_is_there_is_never_replaced(self):
        folder = self.bench.run_folder()
        path, link = os.path.join(folder, "there"), os.path.join(folder, "dangling")
        with open(path, "w", encoding="utf-8") as file:
            file.write("mine")
        os.symlink("/nonexistent", link)
        for place in (path, link, folder, "/dev/null", "/nonexistent/x", folder + "/"):
            with self.subTest(place=place):
                self.expect_nothing(self.offline(PAGE, "--output", place), 5, "--output: ")
        self.expect_nothing(self.offline(PAGE, "--output", ""), 2, "--output: ")
        with open(path, encoding="utf-8") as file:
            self.assertEqual(file.read(), "mine")
        self.assertTrue(os.path.islink(link))
        os.unlink(link)
        os.unlink(path)

    def test_closed_standard_output(self):
        with open("/dev/full", "wb") as full:
            done = subprocess.run([self.program, "init", PAGE], stdout=full,
                                  stderr=subprocess.PIPE, check=False,
                                  env=self.bench.environment(self.bench.run_folder()))
        self.assertEqual(done.returncode, 5, done.stderr)

    def installed(self, *more):
        """A copy of the build tree's installation, with more plug-ins; what to run."""
        root = os.path.dirname(os.path.dirname(os.path.realpath(self.program)))
        folder = self.bench.path("installed")
        shutil.rmtree(folder, ignore_errors=True)
        for part in ("bin", "lib", "libexec"):
            shutil.copytree(os.path.join(root, part), os.path.join(folder, part),
                            ignore=shutil.ignore_patterns("*.a"))
        for name in more:
            shutil.copy(os.path.join(root, "tests", "plugins", name),
                        os.path.join(folder, "lib", "countermark", "plugins"))
        return os.path.join(folder, "bin", "countermark")

    def test_several_connectors(self):
        def run(*words):
            return subprocess.run([program, "init", *words], capture_output=True, text=True,
                                  env=self.bench.environment(self.bench.run_folder()), check=False)
        program = self.installed("fixture_probe.so", "fixture_newer.so")
        both = "https://ci.example/project/a/b"
        done = run(both)
        self.assertEqual((done.returncode, done.stdout), (2, ""), done.stderr)
        self.assertIn("both know such addresses: name one with --connector", done.stderr)
        done = run(both, "--connector", "appveyor")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn('account = "a";', done.stdout)
        self.assertEqual(run(PAGE).returncode, 0)
        shutil.rmtree(os.path.join(os.path.dirname(os.path.dirname(program)), "lib", "countermark",
                                   "plugins"))
        done = run(PAGE)
        self.assertEqual((done.returncode, done.stdout), (2, ""))
        self.assertIn("there is no connector installed", done.stderr)


if __name__ == "__main__":
    Init.program = os.path.abspath(sys.argv.pop(1))
    unittest.main()

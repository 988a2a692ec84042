#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A signal at any moment ends the program with that signal's status, or comes too late for it; and
whenever it comes, nothing is left behind and what was there is whole.

    signals.py COUNTERMARK

The moments are chosen by chance over the duration of an honest run against slow servers, with a
helper that takes its time. A share of them is played (see share.py).
"""

import concurrent.futures
import contextlib
import fcntl
import os
import signal
import subprocess
import sys
import time
import unittest

import share
from harness import Result, end_session, left_in_mirrors, processes_of
from leaks import Markers, hidden_in, plant
from suite import Suite

MOMENTS = 100 if share.LONG else 5    # of each signal
WORKERS = 4
SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
OLD = b"as it was\n"
SLOW_HELPER = """#!{python} -SE
import os, sys, time
with open({log!r}, "ab") as log:
    log.write(os.getcwdb() + b"\\0" + open("/proc/self/cmdline", "rb").read()
              + open("/proc/self/environ", "rb").read() + b"\\n")
time.sleep(0.08)
while os.path.exists(os.path.dirname(os.getcwd()) + "/hold"):
    time.sleep(0.01)
os.execv({helper!r}, [{helper!r}, *sys.argv[1:]])
"""


def slowly(w):
    """An honest build system that takes its time, so that every phase is met."""
    for endpoint in ("build", "settings", "artifacts", "log"):
        w.override(endpoint, latency=0.08)
    w.override("store", fault="drip")


class Signals(Suite):
    name = "signal"

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.helper_log = cls.bench.path("helper.log")
        cls.put_slow_helper(cls.bench.install())

    @classmethod
    def put_slow_helper(cls, copy):
        """A script that stands before the helper of a copied installation."""
        for found, _, names in os.walk(copy):
            if "countermark-git" in names:
                helper = os.path.join(found, "countermark-git")
                os.rename(helper, helper + ".true")
                with open(helper, "w", encoding="utf-8") as file:
                    file.write(SLOW_HELPER.format(python=sys.executable, helper=helper + ".true",
                                                  log=cls.helper_log))
                os.chmod(helper, 0o755)
                return
        raise AssertionError("there is no countermark-git beside the program")

    # ---- one run

    def start(self, *words, hold=False, **how):
        """A run of verify with outputs that are there already, and a state folder of its own."""
        world, markers = self.bench.world(self.name), Markers()
        plant(world, markers)
        slowly(world)
        folder = self.bench.prepare(world)
        world.folder, world.markers = folder, markers
        for name in ("evidence.json", "out.nupkg"):
            with open(os.path.join(folder, name), "wb") as file:
                file.write(OLD)
        if hold:  # the helper waits until let_go()
            open(os.path.join(folder, "hold"), "wb").close()
        running = self.bench.start_program(
            folder, "verify", "--config", os.path.join(folder, "countermark.conf"), "--state",
            os.path.join(folder, "state"), "--format", "json", "--evidence",
            os.path.join(folder, "evidence.json"), "--output", os.path.join(folder, "out.nupkg"),
            *world.arguments, *words, **how)
        return world, running

    def wait_for_helper(self, world):
        def has_begun():
            with contextlib.suppress(FileNotFoundError), open(self.helper_log, "rb") as file:
                return f"{world.folder}/tmp\0".encode() in file.read()
            return False
        self.wait_for(has_begun, "no helper")

    def let_go(self, world):
        os.unlink(os.path.join(world.folder, "hold"))

    def end(self, world, running):
        """The run's result, once nothing of it is there that may not be."""
        try:
            out, err = running.communicate(timeout=60)
        finally:
            left = end_session(running)
        self.assertEqual(left, {}, "processes were left behind")
        result = Result(subprocess.CompletedProcess([], running.returncode, out or b"", err),
                        world.folder)
        self.assertNotEqual(result.exit, 99, result.err)
        self.look_at_files(world, result)
        self.look_for_secrets(world, result)
        return result

    def look_at_files(self, world, result):
        there = {os.path.relpath(os.path.join(folder, name), world.folder)
                 for folder, folders, names in os.walk(world.folder) for name in names + folders}
        state = os.path.join(world.folder, "state")
        self.assertEqual(left_in_mirrors(state, world), [])
        there = {name for name in there if not name.startswith("state/mirrors")}
        self.assertEqual(there - {"state", "state/evidence-key.pem"},
                         {"countermark.conf", "key", "evidence.json", "out.nupkg", "tmp"})
        if self.content(world, "evidence.json") != OLD:
            self.assertEqual(self.bench.replay(result, "--accept-unsealed").exit, 0)
        self.assertIn(self.content(world, "out.nupkg"), (OLD, world.artifact))

    def look_for_secrets(self, world, result):
        contents = [result.out.encode(), result.err.encode(), self.content(world, "evidence.json")]
        with contextlib.suppress(FileNotFoundError), open(self.helper_log, "rb") as file:
            contents.append(file.read())
        for text in (text for content in contents for text in hidden_in(content)):
            self.assertEqual(world.markers.found_in(text), [])
            self.assertNotIn(world.key.encode(), text)

    def content(self, world, name):
        with open(os.path.join(world.folder, name), "rb") as file:
            return file.read()

    def expect_ended_by(self, result, *numbers):
        """As a shell sees it: by exiting with it, or by dying of it."""
        self.assertIn(result.exit, [*(128 + n for n in numbers), *(-n for n in numbers)],
                      result.err)

    def expect_untouched(self, world):
        self.assertEqual((self.content(world, "evidence.json"), self.content(world, "out.nupkg")),
                         (OLD, OLD))

    # ---- at any moment

    def play(self, moment, send, numbers):
        """"ended" or "over": what the signal met."""
        world, running = self.start()
        time.sleep(moment)
        for number in numbers:
            with contextlib.suppress(ProcessLookupError):
                send(running.pid, number)
        result = self.end(world, running)
        if result.exit == 0:
            self.assertEqual(result.report["outcome"], "accepted")
            return "over"
        self.expect_ended_by(result, *numbers)
        if "nothing was written" in result.err:
            self.expect_untouched(world)
        return "ended"

    def test_any_moment(self):
        began = time.monotonic()
        result = self.end(*self.start())
        self.assertEqual(result.exit, 0, result.err)
        duration, chance, games = time.monotonic() - began, share.chance("signals"), []
        for number in SIGNALS:
            for _ in range(MOMENTS):
                other = chance.choice(SIGNALS)
                games.append((chance.uniform(0, 1.05) * duration,
                              chance.choice((os.kill, os.killpg)),
                              chance.choice(((number,), (number, number), (number, other)))))
        share.tell(len(games), 3 * 100, "moments")
        with concurrent.futures.ThreadPoolExecutor(WORKERS) as pool:
            met = list(pool.map(lambda game: self.play(*game), games))
        self.assertIn("ended", met)
        print(f"{met.count('ended')} runs were ended, {met.count('over')} were over already",
              flush=True)

    # ---- at moments that are known

    def wait_for(self, truth, what):
        for _ in range(3000):
            if truth():
                return
            time.sleep(0.01)
        self.fail(what)

    def test_while_the_helper_runs(self):
        for number, send in zip(SIGNALS, (os.killpg, os.kill, os.kill)):
            with self.subTest(signal=number):
                world, running = self.start(hold=True)
                self.wait_for_helper(world)
                self.assertGreater(len(processes_of(running.pid)), 1)
                send(running.pid, number)
                running.wait(60)
                self.let_go(world)
                result = self.end(world, running)
                self.assertEqual(result.exit, 128 + number, result.err)
                self.assertEqual(result.err, "countermark: interrupted: nothing was written\n")
                self.expect_untouched(world)

    def test_before_anything_is_asked(self):
        """While the artifact, or the notification, is awaited from standard input."""
        for words in (["-"], ["--notice", "-"]):
            with self.subTest(words=words):
                world, running = self.start(*words)
                self.wait_for(lambda w=world: os.path.exists(
                    os.path.join(w.folder, "state", "evidence-key.pem")), "no evidence key")
                running.send_signal(signal.SIGTERM)
                self.expect_ended_by(self.end(world, running), signal.SIGTERM)
                self.expect_untouched(world)

    def test_while_the_report_is_written(self):
        """Evidence and artifact are there by then, and whole."""
        read, write = os.pipe()
        fcntl.fcntl(write, fcntl.F_SETPIPE_SZ, 4096)
        os.write(write, b"x" * 4096)
        world, running = self.start(stdout=write)
        os.close(write)
        self.wait_for(lambda: self.content(world, "out.nupkg") != OLD, "no output")
        running.send_signal(signal.SIGTERM)
        result = self.end(world, running)
        os.close(read)
        self.expect_ended_by(result, signal.SIGTERM)
        self.assertNotEqual(self.content(world, "evidence.json"), OLD)

    def test_replay(self):
        """While its evidence is awaited from a pipe that nobody writes to."""
        folder = self.bench.run_folder()
        pipe = os.path.join(folder, "pipe")
        os.mkfifo(pipe)
        writer = os.open(pipe, os.O_RDWR)
        for number in SIGNALS:
            running = self.bench.start_program(folder, "replay", pipe)
            self.wait_for(lambda of=running.pid: os.path.exists(f"/proc/{of}/stat"), "no process")
            time.sleep(share.chance(f"replay {number}").uniform(0, 0.1))
            running.send_signal(number)
            out, err = running.communicate(timeout=60)
            self.assertEqual((running.returncode, out, err), (-number, b"", b""))
        os.close(writer)
        os.unlink(pipe)

    def test_signals_that_are_ignored(self):
        """As nohup has it, and a shell for what runs in its background."""
        def ignore():
            signal.signal(signal.SIGHUP, signal.SIG_IGN)
            signal.signal(signal.SIGINT, signal.SIG_IGN)
        world, running = self.start(hold=True, preexec_fn=ignore)
        self.wait_for_helper(world)
        running.send_signal(signal.SIGHUP)
        running.send_signal(signal.SIGINT)
        self.let_go(world)
        self.assertEqual(self.end(world, running).exit, 0)

    def test_programs_hear_signals_in_the_background_too(self):
        """Else the tests wait there for an end that does not come."""
        numbers = signal.SIGINT, signal.SIGQUIT, signal.SIGHUP

        def ignore():
            for number in numbers:
                signal.signal(number, signal.SIG_IGN)
        shown = subprocess.run(
            [sys.executable, "-c", "import subprocess, harness; "
             "subprocess.run(['grep', '^SigIgn', '/proc/self/status'], check=True)"],
            cwd=os.path.dirname(os.path.abspath(__file__)), preexec_fn=ignore, check=True,
            stdout=subprocess.PIPE).stdout
        ignored = int(shown.split()[1], 16)
        self.assertEqual([n for n in numbers if ignored >> (n - 1) & 1], [])

    def test_nobody_reads_the_report(self):
        world, running = self.start()
        running.stdout.close()
        running.stdout = None
        result = self.end(world, running)
        self.assertEqual(result.exit, 5, result.err)
        self.assertIn("standard output", result.err)
        self.assertNotEqual(self.content(world, "evidence.json"), OLD)

    def test_what_the_helper_is_given(self):
        """No environment, and of words only names of packs."""
        self.assertEqual(self.end(*self.start()).exit, 0)
        with open(self.helper_log, "rb") as file:
            lines = file.read().splitlines()
        for line in lines:
            words = line.split(b"\0")
            at = next(i for i, word in enumerate(words) if word.endswith(b"countermark-git"))
            for word in words[at + 1:]:
                self.assertRegex(word, rb"^(/[^\0]*/mirrors/[0-9a-f]{40}/objects/pack/"
                                       rb"pack-[0-9a-f]{40}\.idx|)$")


if __name__ == "__main__":
    Signals.program = os.path.abspath(sys.argv.pop(1))
    unittest.main()

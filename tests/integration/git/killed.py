#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Mirrors whose making is killed at any moment, that many make at once, and that are damaged: the
answers are right each time, and in the end there is what an undisturbed run leaves.

    killed.py PATH/git-ask PATH/countermark-outside.so PATH/countermark-git [-v] [TEST]...

The moments are chosen by chance over the duration of an undisturbed run. A share of them, and of
the damages, is played (see share.py).
"""

import concurrent.futures
import contextlib
import os
import shutil
import signal
import sys
import time
import unittest

import asking
from asking import Place, UNKNOWN, demand
from damages import AT_NEXT_UPDATE, DAMAGED, REPAIRED, packs_of
from harness import processes_of
from histories import Repository, is_ancestor
import share

MOMENTS, ALL_MOMENTS = (200 if share.LONG else 24), 200
DAMAGES = 12
LANES = 2
COMMITS = 6000           # of main in the end
FIRST = 3000             # of main in the beginning
STEP = (20, 100)         # commits that main goes forward at a time
CROWD = 8
TIMEOUT = 30             # seconds of one run
GRACE = 10               # seconds for what was left alone to end
OVER = 64 * 1024         # bytes of a mirror that do not count: its lists may differ
MAIN = "refs/heads/main"
HELPER = "countermark-git"


class History:
    """A long line with side branches, of which main is only a part at first."""

    def __init__(self, folder):
        self.repository = Repository(folder)
        self.line, clock = [], 1600000000
        for i in range(COMMITS):
            parents = self.line[-1:]
            clock += 600
            if i % 7 == 6:
                side = self.repository.commit([self.line[i // 2]], clock, f"side {i}")
                parents = [*parents, side]
            self.line.append(self.repository.commit(parents, clock, f"commit {i}"))
        self.aside = self.repository.commit([self.line[10]], clock, "aside")
        self.repository.point({MAIN: self.line[FIRST], "refs/heads/all": self.line[-1],
                               "refs/heads/aside": self.aside})


class Lane:
    """A copy of the repository that goes forward by itself, and its mirrors."""

    def __init__(self, place, server, history, name):
        self.place, self.history, self.at = place, history, FIRST
        self.folder, self.url = os.path.join(server.root, name), f"{server.url}/{name}"
        self.path, self.server = f"/{name}/", server
        shutil.copytree(history.repository.folder, self.folder)
        self.work = place.new_folder("work")
        self.mirrors, self.twin = place.new_folder("mirrors"), place.new_folder("mirrors")

    def forward(self, chance):
        self.at += chance.randint(*STEP)
        if self.at >= COMMITS - 1:
            self.at = FIRST  # it was forced back
        with open(os.path.join(self.folder, MAIN + ".new"), "w", encoding="ascii") as file:
            file.write(self.history.line[self.at] + "\n")
        os.rename(file.name, os.path.join(self.folder, MAIN))

    def questions(self):
        """(commit, whether it is on main)"""
        line = self.history.line
        return [(line[5], True), (line[self.at], True), (line[self.at - 15], True),
                (line[self.at // 2], True), (line[self.at + 1], False), (self.history.aside, False)]

    def start(self, mirrors, folder=None):
        return self.place.start(self.url, [(MAIN, commit) for commit, _ in self.questions()],
                                mirrors=mirrors, folder=folder or self.work, timeout=TIMEOUT)

    def check(self, said, may=frozenset()):
        for (commit, on_main), answer in zip(self.questions(), said.answers):
            right = "reachable" if on_main else "not-reachable"
            demand(answer.finding in may | {right}, commit, answer, "and it is", right)
            demand(answer.exists in may | {"yes"}, commit, answer)
            demand(answer.path in ("proven", "long", "-"), commit, answer)

    def ask(self, mirrors):
        """An undisturbed run: right, and nothing but the mirror is left."""
        self.check(self.start(mirrors).answered())
        left = os.listdir(self.work)
        begin_again(self.work)
        demand(left == [], "left in --folder:", left)
        demand_whole(mirrors)

    def requests_for_old(self, mirrors):
        """How many an old commit takes."""
        before = len(self.requests())
        said = self.place.start(self.url, [(MAIN, self.history.line[3])], mirrors=mirrors,
                                folder=self.work).answered()
        demand(said.answers[0].finding == "reachable" and said.answers[0].exists == "yes",
               said.answers[0])
        return len(self.requests()) - before

    def requests(self):
        return [row for row in self.server.requests() if row["path"].startswith(self.path)]


# ---- mirrors, as far as they are looked into


def files_of(folder):
    """{path: bytes}"""
    found = {}
    for at, _, names in os.walk(folder):
        for name in names:
            path = os.path.join(at, name)
            found[os.path.relpath(path, folder)] = os.lstat(path).st_size
    return found


def begin_again(folder):
    shutil.rmtree(folder)
    os.mkdir(folder, 0o700)


def mirrors_in(folder):
    if not os.path.isdir(folder):
        return []
    return [name for name in os.listdir(folder) if os.path.isdir(os.path.join(folder, name))
            and not name.endswith(".broken")]


def demand_whole(folder):
    """One mirror, of which everything belongs to it."""
    found = mirrors_in(folder)
    demand(len(found) == 1, "mirrors:", found)
    mirror = os.path.join(folder, found[0])
    demand(not [name for name in os.listdir(mirror) if name.startswith("incoming")],
           "an update was left behind:", os.listdir(mirror))
    with open(os.path.join(mirror, "manifest.json"), encoding="utf-8") as file:
        manifest = file.read()
    demand(packs_of(mirror), "a mirror without a pack")
    for pack in packs_of(mirror):
        name = os.path.basename(pack)[len("pack-"):-len(".pack")]
        demand(name in manifest, "a pack that is not listed:", name)
        demand(os.path.exists(pack[:-len("pack")] + "idx"), "a pack without an index:", name)


def demand_no_more(folder, undisturbed):
    ours, theirs = files_of(folder), files_of(undisturbed)
    demand(len(ours) <= len(theirs), "more files than after an undisturbed run:", sorted(ours),
           sorted(theirs))
    demand(sum(ours.values()) <= sum(theirs.values()) + OVER, "more bytes than after one:", ours,
           theirs)


class Killed(unittest.TestCase):
    programs = None

    @classmethod
    def setUpClass(cls):
        cls.place = Place(cls.programs)
        cls.place.__enter__()
        cls.addClassCleanup(cls.place.__exit__)
        cls.history = History(cls.place.path("history.git"))
        cls.server = cls.place.serve("repositories")

    def setUp(self):
        self.lanes = [Lane(self.place, self.server, self.history, f"{self.id().split('.')[-1]}-{i}")
                      for i in range(LANES)]

    def test_truth(self):
        """What the questions take for true."""
        lane = self.lanes[0]
        for commit, on_main in lane.questions():
            self.assertEqual(is_ancestor(lane.folder, commit, MAIN), on_main)

    # ---- at any moment

    def duration(self, lane):
        """Of the fastest undisturbed run: with a cold mirror, and with one left behind by main."""
        chance, found = share.chance("duration"), {"cold": [], "behind": []}
        for _ in range(3):
            for kind in ("cold", "behind"):
                began = time.monotonic()
                lane.check(lane.start(lane.mirrors).answered())
                found[kind].append(time.monotonic() - began)
                lane.forward(chance)
            begin_again(lane.mirrors)
        return {kind: min(seconds) for kind, seconds in found.items()}

    def helpers(self, session):
        return [pid for pid, name in processes_of(session).items() if name == HELPER]

    def strike(self, run, victim):
        """Kills what is there; gives what that was."""
        hit = []
        if victim == "git-ask, then its helper":
            hit = self.helpers(run.process.pid)
        if victim == "its helper":  # the next one, if there is none yet
            while not hit and run.process.poll() is None:
                hit = self.helpers(run.process.pid)
        if victim != "its helper" and run.process.poll() is None:
            hit.insert(0, run.process.pid)
        for pid in hit:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        return hit

    def wait_for_the_rest(self, run):
        """Whoever is left when git-ask is gone ends by himself."""
        run.process.wait(60)
        until = time.monotonic() + GRACE
        while processes_of(run.process.pid) and time.monotonic() < until:
            time.sleep(0.01)

    def play(self, lane, chance, durations):
        kind = chance.choice(("cold", "behind", "behind"))
        victim = chance.choice(("git-ask", "its helper", "git-ask, then its helper"))
        lane.forward(chance)
        if kind == "cold":
            for folder in (lane.mirrors, lane.twin):
                begin_again(folder)
        run = lane.start(lane.mirrors)
        time.sleep(chance.uniform(0, 1) * durations[kind])
        hit = self.strike(run, victim)
        self.wait_for_the_rest(run)
        said = run.end()
        if said.exit == 0:
            lane.check(said, UNKNOWN)
        struck = f"{victim}, {kind}" if hit else "nothing, it was over"
        try:
            lane.ask(lane.mirrors)
            lane.ask(lane.twin)
            demand_no_more(lane.mirrors, lane.twin)
        except asking.Wrong as wrong:
            raise asking.Wrong(f"{struck}: {wrong}") from None
        return struck

    def play_lane(self, lane, name, count):
        chance, met, failed = share.chance(name), [], []
        durations = self.duration(lane)
        for i in range(count):
            try:
                met.append(self.play(lane, chance, durations))
            except asking.Wrong as wrong:
                failed.append(f"{name}, moment {i}: {wrong}")
                begin_again(lane.mirrors)  # so that what is wrong counts once
                begin_again(lane.twin)
        return met, failed

    def test_any_moment(self):
        share.tell(MOMENTS, ALL_MOMENTS, "moments")
        with concurrent.futures.ThreadPoolExecutor(LANES) as pool:
            done = [pool.submit(self.play_lane, lane, f"killed {i}", MOMENTS // LANES)
                    for i, lane in enumerate(self.lanes)]
            met = [word for each in done for word in each.result()[0]]
            failed = [text for each in done for text in each.result()[1]]
        print("; ".join(f"{met.count(word)} times {word}" for word in sorted(set(met))), flush=True)
        asking.tell(failed)
        self.assertEqual(len(failed), 0, "moments after which something was wrong")
        self.assertGreater(sum(not word.startswith("nothing") for word in met), MOMENTS // 3)

    # ---- many at once

    def crowd(self, lane, mirrors):
        """All work in one folder."""
        for run in [lane.start(mirrors) for _ in range(CROWD)]:
            lane.check(run.answered())
        demand(os.listdir(lane.work) == [], "left in --folder:", os.listdir(lane.work))

    def test_many_at_once(self):
        """On a cold mirror, and each time after main went forward."""
        lane, chance = self.lanes[0], share.chance("crowd")
        for step in range(3):
            with self.subTest(step=step):
                self.crowd(lane, lane.mirrors)
                demand_whole(lane.mirrors)
                lane.ask(lane.twin)
                demand_no_more(lane.mirrors, lane.twin)
                self.assertLessEqual(lane.requests_for_old(lane.mirrors), 2)
            lane.forward(chance)

    # ---- damages

    def damage(self, lane, name, template):
        mirrors, chance = self.place.new_folder("mirrors"), share.chance(f"damage {name}")
        shutil.copytree(template, mirrors, symlinks=True, dirs_exist_ok=True)
        mirror = os.path.join(mirrors, mirrors_in(mirrors)[0])
        before = {path: os.stat(path).st_mode for path, _, _ in os.walk(mirrors)}
        DAMAGED[name](mirror, chance)
        lane.check(lane.start(mirrors).answered())
        if name in REPAIRED:
            self.repair(before)
            lane.check(lane.start(mirrors).answered())
        demand(os.listdir(lane.work) == [], "left in --folder:", os.listdir(lane.work))
        asked = lane.requests_for_old(mirrors)
        demand(asked <= 2, "it was not made whole:", asked, "requests for an old commit")
        demand_whole(mirrors)

    @staticmethod
    def repair(before):
        for path, mode_before in before.items():
            with contextlib.suppress(FileNotFoundError):
                os.chmod(path, mode_before & 0o7777)
            if os.path.isdir(path + ".lock"):
                os.rmdir(path + ".lock")

    def play_damages(self, lane, cells):
        """Of a mirror of two parts, which is all that there is or which main has left behind."""
        chance, failed = share.chance("damages"), []
        lane.ask(lane.mirrors)
        lane.forward(chance)
        lane.ask(lane.mirrors)
        shutil.copytree(lane.mirrors, lane.twin, dirs_exist_ok=True)
        lane.forward(chance)
        lane.ask(lane.mirrors)
        templates = {"behind": lane.twin, "complete": lane.mirrors}
        for name, state in cells:
            try:
                self.damage(lane, name, templates[state])
            except asking.Wrong as wrong:
                failed.append(f"{name}, {state}: {wrong}")
        return failed

    def test_damages(self):
        cells = [(name, state) for name in DAMAGED for state in ("behind", "complete")
                 if state == "behind" or name not in AT_NEXT_UPDATE]
        chosen = share.pick(cells, DAMAGES)
        share.tell(len(chosen), len(cells), "damages")
        if os.geteuid() == 0 and any(name in REPAIRED for name, _ in chosen):
            print("to root, what is not writable is writable: only that it does no harm is seen")
        with concurrent.futures.ThreadPoolExecutor(LANES) as pool:
            failed = sum(pool.map(self.play_damages, self.lanes,
                                  [chosen[i::LANES] for i in range(LANES)]), [])
        asking.tell(failed)
        self.assertEqual(len(failed), 0, "damages after which something was wrong")

    # ---- places where no mirror can be

    def test_no_place_for_mirrors(self):
        """Then there is none, and all else is as ever."""
        lane = self.lanes[0]
        a_file = self.place.path("a-file")
        with open(a_file, "wb") as file:
            file.write(b"no folder\n")
        for mirrors in (a_file, a_file + "/below", "/proc/none", self.place.path("l" * 300)):
            with self.subTest(mirrors=mirrors[:40]):
                lane.check(lane.start(mirrors).answered())
                self.assertEqual(os.listdir(lane.work), [])

    def test_a_place_that_is_not_there_yet(self):
        lane = self.lanes[0]
        mirrors = os.path.join(self.place.new_folder("state"), "mirrors")
        lane.ask(mirrors)
        self.assertLessEqual(lane.requests_for_old(mirrors), 2)
        self.assertEqual(os.stat(mirrors).st_mode & 0o077, 0)

    def test_with_no_mirror_too_many_requests_are_seen(self):
        """So that the count of requests is one that can fail."""
        self.assertGreater(self.lanes[0].requests_for_old(None), 2)


if __name__ == "__main__":
    Killed.programs = [sys.argv.pop(1) for _ in range(3)]
    unittest.main()

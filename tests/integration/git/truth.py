#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Random histories: what is said of them against git merge-base --is-ancestor and git cat-file -e.

    truth.py PATH/git-ask PATH/countermark-outside.so PATH/countermark-git

Each repository is asked without a mirror, with a cold one, and with that one again after branches
went forward, one was forced to another place and one was deleted. Shallow servers hold only a part
of a history: there the truth is that of the whole one, and where a parent is missing nothing may be
said to be not reachable. A share is played (see share.py).
"""

import collections
import concurrent.futures
import itertools
import sys
import time

import asking
from asking import Place, PROVEN, UNKNOWN, demand
from histories import Repository, git, is_ancestor, words
import share

WORKERS = 3
QUESTIONS = 90 if share.LONG else 50  # about one repository, each time;
MORE = 90                   # about one that has many commits
PATH_MOST = 512 * 1024      # bytes of commits in a path that is told


# ---- shapes: the parents of the next commit, as numbers; i of them are there

def mixed(chance, i):
    first = max(0, i - 12)
    count = chance.choice([0, 1, 1, 1, 1, 2, 2, 3, 7])
    return chance.sample(range(first, i), min(i - first, count))


def line(chance, i):
    side = [chance.randrange(max(0, i - 9), i)] if i and chance.random() < 0.02 else []
    return [*([i - 1] if i else []), *side]


def criss_cross(chance, i):
    """Two lines that merge each other at every step."""
    if i < 2:
        return []
    own, other = (i - 2, i - 1) if i % 2 == 0 else (i - 2, i - 3)
    return [own] + ([other] if other >= 0 and chance.random() < 0.9 else [])


def octopus(chance, i):
    wide = chance.choice([1, 2, 5, 12, 40])
    return chance.sample(range(max(0, i - 60), i), min(i, wide))


def roots(chance, i):
    if chance.random() < 0.15:
        return []
    return chance.sample(range(i), min(i, chance.choice([1, 1, 1, 2])))


def twice(chance, i):
    """A parent that is named twice is odd, and git reads it."""
    found = mixed(chance, i)
    return found + found[:1] if chance.random() < 0.3 else found


SHAPES = (mixed, line, criss_cross, octopus, roots, twice)

# ---- clocks: what stands in a commit for its seconds

NOW = int(time.time())
CLOCKS = {
    "steady": lambda chance, i: 1600000000 + i * 3600 + chance.randrange(3600),
    "skewed": lambda chance, i: 1600000000 + i * 3600 + chance.randint(-150000000, 150000000),
    "any": lambda chance, i: chance.randint(0, 2000000000),
    "before 2005": lambda chance, i: chance.randint(0, 1104537599),
    "future": lambda chance, i: NOW + chance.randint(86400, 1 << 33),
    "same": lambda chance, i: 1700000000,
    "backwards": lambda chance, i: 1700000000 - i * 3600,
    "odd": lambda chance, i: chance.choice(
        [1700000000 + i, "-5", "0", "00001700000000", 1 << 40, (1 << 63) - 1, 1 << 64, "x"]),
}
ODD = ("tags/of-a-blob", "tags/of-a-tag-of-a-blob", "heads/none")


class World:
    """A repository, what it is to become, and what is asked about it."""

    def __init__(self, root, name, form, shape, clock, chance):
        self.name, self.form, self.chance = name, form, chance
        self.shape, self.clock = shape, CLOCKS[clock]
        self.title = f"{form} {shape.__name__} {clock}"
        self.whole = Repository(f"{root}/{name}{'-whole' if form == 'shallow' else ''}.git")
        self.folder = f"{root}/{name}.git"
        self.ids, self.below = [], []  # commits; each one's ancestors as bits, itself included
        self.parents = {}
        self.grow(self.chance.randint(3, 60) if form != "long" else 700)
        self.point_first()
        self.next = self.forward()
        if form == "shallow":
            git("/", "init", "-q", "--bare", "-b", "main", self.folder)
            git(self.folder, "config", "uploadpack.allowFilter", "true")
        self.copy()

    # ---- commits

    def add(self, parents):
        i, below = len(self.ids), 1 << len(self.ids)
        for parent in parents:
            below |= self.below[parent]
        text = f"commit {i}" + (" and more of it\n" * 60 if self.form == "long" else "")
        more = self.chance.choice(["", "", "encoding latin-1\n", "gpgsig -----\n a\n \n b\n",
                                   f"x-long {'y' * 3000}\n"])
        above = [self.ids[parent] for parent in parents]
        self.ids.append(self.whole.commit(above, self.clock(self.chance, i), text, more=more))
        self.parents[self.ids[i]] = set(above)
        self.below.append(below)
        return i

    def grow(self, count):
        for _ in range(count):
            self.add(self.shape(self.chance, len(self.ids)))

    # ---- refs

    def point_first(self):
        chance, last = self.chance, len(self.ids)
        count = 1500 if self.form == "wide" else chance.randint(3, 25)
        self.branches = {f"refs/heads/{name}": chance.randrange(last) for name in (
            "main", "release/1.0", "fork", "Main", "gone", "\u00fcber", "a" * 200,
            *(f"some/{i}" for i in range(count)))}
        self.branches["refs/heads/main"] = last - 1
        refs = {name: self.ids[to] for name, to in self.branches.items()}
        for i in range(count // 3):
            refs.update(self.new_tags(f"refs/tags/v{i}"))
        refs["refs/tags/of-a-blob"] = self.whole.made("blob", b"blob\n")
        refs["refs/tags/of-a-tag-of-a-blob"] = self.whole.tag("x", "blob", self.whole.made(
            "blob", b"blob\n"))
        self.whole.point(refs)

    def new_tags(self, name):
        """A light one; an annotated one; a tag of a tag."""
        commit = self.chance.choice(self.ids)
        depth = self.chance.choice([0, 0, 1, 1, 2, 3])
        to = commit
        for i in range(depth):
            to = self.whole.tag(f"{name}-{i}", "tag" if i else "commit", to)
        return {name: to}

    def forward(self):
        """What the refs will be: made now, so that it can be asked for before it is there."""
        chance, after = self.chance, {}
        for name in chance.sample(sorted(self.branches), min(8, len(self.branches))):
            to = self.branches[name]
            for _ in range(chance.randint(1, 4)):
                to = self.add([to, *([chance.randrange(len(self.ids))]
                                     if chance.random() < 0.3 else [])])
            after[name] = self.ids[to]
        aside = self.add([chance.randrange(len(self.ids))])
        after["refs/heads/fork"] = self.ids[aside]
        after["refs/heads/main"] = self.ids[self.add([self.branches["refs/heads/main"]])]
        after["refs/heads/gone"] = None
        after["refs/heads/new"] = chance.choice(self.ids)
        after.update(self.new_tags("refs/tags/v0"))
        return after

    def move(self):
        self.whole.point(self.next)
        if self.chance.random() < 0.3:  # what no ref leads to any more is gone
            self.whole.git("repack", "-adq")
            self.whole.git("prune", "--expire=now")
        self.copy()

    def copy(self):
        """A shallow server has the last commits of each ref."""
        if self.form != "shallow":
            return
        git(self.folder, "fetch", "-q", f"--depth={self.chance.randint(1, 6)}", "--prune",
            f"file://{self.whole.folder}", "+refs/*:refs/*")

    # ---- what is asked, and what is true

    def questions(self):
        chance = self.chance
        refs = [name for name in self.next if name not in self.branches] + sorted(self.branches)
        refs += words(self.whole.folder, "for-each-ref", "--format=%(refname)", "refs/tags")
        chosen = ["refs/heads/main", "refs/heads/fork", "refs/heads/gone", *chance.sample(refs, 6)]
        found = []
        count = MORE if self.form == "long" else QUESTIONS
        for name in itertools.islice(itertools.cycle(chosen), count):
            below = self.below[self.branches.get(name, 0)]
            near = [i for i in range(len(self.ids)) if below >> i & 1]
            commit = chance.choice([chance.choice(near), chance.randrange(len(self.ids))])
            found.append((name, self.ids[commit]))
        return found + [("refs/heads/main", "0123456789" * 4), ("refs/heads/main", self.ids[0]), *(
            (f"refs/{name}", self.ids[0]) for name in ODD)]

    def truth(self, questions):
        """A Truth of the repository as it is now, for each question."""
        tips = self.whole.tips()
        served = set(words(self.folder, "for-each-ref", "--format=%(refname)"))
        here, there = (self.known(folder, questions) for folder in (self.folder,
                                                                     self.whole.folder))
        open_ends = self.open_ends(tips)
        cut = {name for name in open_ends if not self.is_there(tips[name])}
        return [Truth(name in served, tips.get(name), commit in here, self.form == "shallow",
                      name in open_ends, name in cut, commit in there and name in tips and
                      is_ancestor(self.whole.folder, commit, tips[name]))
                for name, commit in questions]

    @staticmethod
    def known(folder, questions):
        asked = "".join(f"{commit}\n" for _, commit in questions).encode()
        said = git(folder, "cat-file", "--batch-check", given=asked).stdout.decode()
        return {line.split()[0] for line in said.splitlines() if not line.endswith(" missing")}

    def open_ends(self, tips):
        """The refs below which a shallow server lacks a parent."""
        if self.form != "shallow":
            return set()
        try:
            with open(f"{self.folder}/shallow", encoding="ascii") as file:
                cut = set(file.read().split())
        except FileNotFoundError:
            return set()
        return {name for name, tip in tips.items() if self.is_open(tip, cut)}

    def is_there(self, tip):
        """All that is below it, whatever the server says of its parents."""
        below, left = set(), [tip]
        while left:
            commit = left.pop()
            if commit not in below:
                below.add(commit)
                left += self.parents[commit]
        return below == self.known(self.folder, [("", commit) for commit in below])

    def is_open(self, tip, cut):
        sent = set(words(self.folder, "rev-list", tip))
        return any(self.parents[commit] - sent for commit in sent & cut)


class Truth(collections.namedtuple("Truth", "listed tip exists shallow open_end cut reachable")):
    """Of one question. `open_end`: the server gives no parent of a commit below the ref; `cut`: it
    has not all of them either, so that nobody can have got them at another time."""

    def check(self, answer, commit, short):
        """`short`: no path is too long to be told."""
        if not self.listed:
            demand(answer.finding == "not-found", "there is no such ref")
        elif not self.tip:
            demand(answer.finding in UNKNOWN | {"not-reachable"}, "the ref leads to no commit")
        elif self.shallow and answer.finding in UNKNOWN:
            pass
        elif self.open_end:
            demand(self.reachable if answer.finding == "reachable" else
                   answer.finding == "not-reachable" and not self.reachable and not self.cut,
                   "the server lacks a parent")
        else:
            demand(answer.finding == ("reachable" if self.reachable else "not-reachable"))
        demand(answer.exists == ("yes" if self.exists else "not-found"), "exists:", self.exists)
        if answer.finding != "reachable":
            demand(answer.path == "-" and answer.length == 0, "a path to what is not reachable")
            return
        demand(answer.path in PROVEN[:1 if short else 2], "the path")
        demand((answer.length == 1) == (self.tip == commit) and answer.length > 0, "the length")


class Table:
    """All questions so far, and how they were answered."""

    def __init__(self, place, server):
        self.place, self.server = place, server
        self.counts, self.long, self.failed = collections.Counter(), 0, []

    def ask(self, world, mirrors, questions, truths, title):
        said = self.place.ask(f"{self.server.url}/{world.name}.git", questions, mirrors=mirrors,
                              timeout=240)
        demand(said.probe == "200", said.lines[0])
        short = sum(world.whole.sizes[commit] for commit in world.ids) <= PATH_MOST
        for question, truth, answer in zip(questions, truths, said.answers):
            self.counts[answer.finding] += 1
            self.long += answer.path == "long"
            try:
                truth.check(answer, question[1], short)
            except asking.Wrong as wrong:
                self.failed.append(f"{world.title}, {title}: {question[0]} {question[1]}: "
                                   f"{answer}: {truth}: {wrong}")

    def play(self, world):
        try:
            self.ask_all(world)
        except asking.Wrong as wrong:
            self.failed.append(f"{world.title}: {wrong}")

    def ask_all(self, world):
        mirrors = self.place.new_folder("mirrors")
        questions = world.questions()
        truths = world.truth(questions)
        self.ask(world, None, questions, truths, "no mirror")
        self.ask(world, mirrors, questions, truths, "cold mirror")
        world.move()
        questions = world.questions()
        self.ask(world, mirrors, questions, world.truth(questions), "warm mirror")

    def tell(self):
        total = sum(self.counts.values())
        print(f"{total} questions: " + ", ".join(
            f"{count} {name}" for name, count in self.counts.most_common())
              + f"; {self.long} paths too long to be told", flush=True)
        if self.long == 0:
            self.failed.append("no path was too long to be told")
        for name, least in (("reachable", 0.25), ("not-reachable", 0.15)):
            if self.counts[name] < least * total:
                self.failed.append(f"too few are {name} for a test")


def plan():
    """(form, shape, clock): each of them at least once in a share."""
    rows = [("long", line, clock) for clock in ("steady", "odd")]
    rows += [("small", shape, clock) for shape in SHAPES for clock in CLOCKS]
    rows += [("wide", mixed, "steady"), ("wide", octopus, "skewed")]
    rows += [("shallow", shape, clock) for shape in SHAPES[:5] for clock in ("steady", "any")]
    return rows


def main():
    asking.allow_many_files()
    table_of_rows = plan()
    rows = share.covering(table_of_rows, set, "truth")
    share.tell(len(rows), len(table_of_rows), "repositories")
    with Place(sys.argv[1:4]) as place:
        server = place.serve("repositories")
        table = Table(place, server)
        with concurrent.futures.ThreadPoolExecutor(WORKERS) as pool:
            def play(number, row):
                chance = share.chance(f"truth {row[0]} {row[1].__name__} {row[2]}")
                table.play(World(server.root, f"r{number}", *row, chance))
            for done in [pool.submit(play, *row) for row in enumerate(rows)]:
                done.result()
        table.tell()
    asking.tell(table.failed)
    return 1 if table.failed else 0


if __name__ == "__main__":
    sys.exit(main())

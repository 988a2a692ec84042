# SPDX-License-Identifier: Apache-2.0
"""Builds the mutants, finds the rows that could kill each, and plays them.

What is found out once is the killer of each mutant; killers.json keeps them, so that a share of the
mutants is played without looking for them again.
"""

import argparse
import concurrent.futures
import itertools
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from urllib.parse import quote, unquote

import attacks
import share
import weave
from harness import Bench

AT_A_TIME = 2
PATIENCE = 40  # seconds that one run of the program may take
LIFE = 7200    # seconds that the servers of a round may
FIRST_ROWS = 12  # of a mutant that are played before those that need servers to have ended
UNIT_MOST = 120  # seconds that a unit test may take
TARGETS = ["countermark", "countermark-keys", "countermark-outside", "countermark-git",
           "appveyor", "buildnode", "jenkins", "nuget", "fixture_notes", "fixturenode"]
# Scripts that kill mutants of the whole program, and the plug-ins that they are given.
OF_PROGRAM = {"documented.py": ["fixture_notes"], "rewriting.py": ["fixture_notes"],
              "nodes.py": ["fixturenode", "fixture_notes"]}
CACHE = {"CMAKE_BUILD_TYPE": "Debug", "CMAKE_C_FLAGS_DEBUG": "-O1", "CM_HARDEN": "OFF"}
INTEGRATION = os.path.join("tests", "integration")
GIT_TESTS = os.path.join(INTEGRATION, "git")
KILLERS = os.path.join("tests", "mutants", "killers.json")


class Broken(Exception):
    """The run cannot go on."""


# ---- the build ----

def execute(words, environment):
    """Its output is shown only if it fails."""
    done = subprocess.run(words, env=environment, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, check=False)
    if done.returncode != 0:
        sys.stdout.buffer.write(done.stdout)
        raise Broken(f"{' '.join(words[:3])} ... failed")


class Build:
    """The copy with all mutants in it."""

    def __init__(self, tree, folder):
        self.tree, self.copy = tree, os.path.join(folder, "tree")
        self.build = os.path.join(folder, "build")
        self.seen = os.path.join(folder, "seen")
        self.program = os.path.join(self.build, "bin", "countermark")

    def weave(self):
        shutil.rmtree(self.copy, ignore_errors=True)
        weave.copy(self.tree, self.copy)
        return weave.weave(self.copy)

    def make(self, units):
        environment = {**os.environ, "CCACHE_BASEDIR": self.copy, "CCACHE_NOHASHDIR": "1"}
        if shutil.which("ccache"):
            environment["CMAKE_C_COMPILER_LAUNCHER"] = "ccache"
        if not os.path.exists(os.path.join(self.build, "build.ninja")):
            options = [f"-D{name}={value}" for name, value in CACHE.items()]
            execute(["cmake", "-G", "Ninja", "-S", self.copy, "-B", self.build, *options],
                    environment)
        execute(["cmake", "--build", self.build, "-j", str(AT_A_TIME), "--target",
                 *TARGETS, *sorted(units)], environment)

    def words_of_unit(self, name):
        """A program of a test, or a script: of the helper, or of the whole program."""
        script = [sys.executable, "-B", os.path.join(self.copy, GIT_TESTS, name)]
        if name in OF_PROGRAM:
            plugins = [os.path.join(self.build, "tests", "plugins", plugin + ".so")
                       for plugin in OF_PROGRAM[name]]
            return [*script[:2], os.path.join(self.copy, INTEGRATION, name), self.program, *plugins]
        if name.endswith(".py"):
            return [*script, os.path.join(self.build, "libexec", "countermark", "countermark-git")]
        return [os.path.join(self.build, "tests", name)]

    def unit_fails(self, name, mutant):
        """What it said then; None if it passes."""
        try:
            done = subprocess.run(self.words_of_unit(name), env={**os.environ, "CM_MUTANT": mutant},
                                  check=False, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                  timeout=UNIT_MOST)
        except subprocess.TimeoutExpired:
            return f"no end within {UNIT_MOST} seconds"
        return done.stdout.decode("utf-8", "replace") if done.returncode != 0 else None


# ---- a round: many rows at servers that all share ----

class Stand:
    """Servers of its own for one thread, so that it knows who has called the canary."""

    def __init__(self, build):
        self.bench = Bench(build.program, PATIENCE, LIFE)
        self.calls, self.played = 0, []

    def __enter__(self):
        self.bench.__enter__()
        self.key = self.bench.public_key()
        return self

    def __exit__(self, *error):
        self.bench.__exit__(*error)

    def play(self, tag, row, **more):
        """What is wrong; None if the row passes, as far as is known yet."""
        wrong, world, result = attacks.play(self.bench, self.key, row, more)
        calls, self.calls = self.calls, self.bench.canary.count()
        if not wrong and calls != self.calls:
            wrong = "somebody connected to an address that only the build names"
        if not wrong:
            self.played.append((tag, row, world, result))
        return wrong

    def end(self):
        """(tag, row, what is wrong) of what only the ended servers tell."""
        self.bench.stop()
        for tag, row, world, result in self.played:
            wrong = attacks.judge_requests(row, world, result, self.bench.requests(world))
            if wrong:
                yield tag, row, wrong


def go_round(build, tasks, work):
    """work(stand, task) for each task, AT_A_TIME of them; what only the ends of servers tell."""
    waiting = itertools.chain(tasks)  # its next() is one step for all threads

    def one_thread():
        with Stand(build) as stand:
            while (task := next(waiting, None)) is not None:
                work(stand, task)
            return list(stand.end())

    with concurrent.futures.ThreadPoolExecutor(AT_A_TIME) as pool:
        ended = [pool.submit(one_thread) for _ in range(AT_A_TIME)]
        try:
            return [late for one in ended for late in one.result()]
        finally:
            for _ in waiting:  # interrupted: no more of them
                pass


# ---- which rows could kill which mutant? ----

def look(build, rows):
    """{mutant: [row]}: where it would make a difference. Without a mutant all rows have to pass."""
    shutil.rmtree(build.seen, ignore_errors=True)
    os.makedirs(build.seen)
    wrong = []

    def work(stand, row):
        path = os.path.join(build.seen, quote(row.name, safe=""))
        said = stand.play(None, row, CM_MUTANT_SEEN=path)
        if said:
            wrong.append((None, row, said))

    wrong += go_round(build, rows, work)
    if wrong:
        raise Broken("the attack suite fails without any mutant:\n" +
                     "\n".join(f"{row.name}: {said}" for _, row, said in wrong))
    met = {}
    for file in sorted(os.listdir(build.seen)):
        with open(os.path.join(build.seen, file), encoding="utf-8") as lines:
            for name in {line.rstrip("\n") for line in lines}:
                met.setdefault(name, []).append(unquote(file))
    return met


def in_order(names, first):
    """Those that the mutant itself names come first, in its order."""
    hinted = [name for text in first if text for name in names if name.startswith(text)]
    return list(dict.fromkeys(hinted + names))


# ---- the mutants ----

@dataclass
class Outcome:
    mutant: object
    rows: list         # names of rows that have not been played yet
    row: str = ""      # the killer
    unit: str = ""     # or this one
    seconds: float = 0.0

    @property
    def survived(self):
        return not (self.row or self.unit)


def show(outcome):
    what = "SURVIVED"
    if outcome.row:
        what = attacks.shown(outcome.row)
    elif outcome.unit:
        what = f"unit test {outcome.unit}: {outcome.mutant.reason}"
    print(f"{outcome.seconds:6.1f}  {outcome.mutant.name}\n        {what}", flush=True)


def play_rows(stand, outcome, most):
    began = time.monotonic()
    names, outcome.rows = outcome.rows[:most], outcome.rows[most:]
    for name in names:
        if stand.play(outcome, ROWS[name], CM_MUTANT=outcome.mutant.name):
            outcome.row = name
            break
    outcome.seconds += time.monotonic() - began
    if outcome.row:
        show(outcome)


def kill(build, outcomes, most):
    """One round: the next rows of each, no more than `most`."""
    left = [outcome for outcome in outcomes if outcome.survived and outcome.rows]
    for outcome, row, _ in go_round(build, left, lambda s, o: play_rows(s, o, most)) if left else ():
        if outcome.survived:
            outcome.row = row.name
            show(outcome)


def kill_by_units(build, outcomes):
    def one(outcome):
        began = time.monotonic()
        if build.unit_fails(outcome.mutant.unit, outcome.mutant.name) is not None:
            outcome.unit = outcome.mutant.unit
        outcome.seconds += time.monotonic() - began
        if outcome.unit:
            show(outcome)

    units = sorted({o.mutant.unit for o in outcomes if o.survived and o.mutant.unit})
    for unit in units:
        said = build.unit_fails(unit, "")
        if said is not None:
            raise Broken(f"the unit test {unit} fails without any mutant:\n{said}")
    with concurrent.futures.ThreadPoolExecutor(AT_A_TIME) as pool:
        list(pool.map(one, [o for o in outcomes if o.survived and o.mutant.unit]))


ROWS = {row.name: row for row in attacks.all_rows()}


def play(build, mutants, rows_of):
    """First those rows that are thought of first, then all others that could."""
    outcomes = [Outcome(mutant, rows_of(mutant)) for mutant in mutants]
    kill(build, outcomes, FIRST_ROWS)
    kill_by_units(build, outcomes)
    kill(build, outcomes, len(ROWS))
    return outcomes


# ---- the end ----

def summary(outcomes, left_out, began):
    survived = [outcome for outcome in outcomes if outcome.survived]
    for outcome in survived:
        print("SURVIVED", outcome.mutant.name)
    print(f"{len(outcomes)} mutants: {sum(bool(o.row) for o in outcomes)} killed by rows, "
          f"{sum(bool(o.unit) for o in outcomes)} by unit tests, {len(survived)} survived; "
          f"{len(left_out)} exceptions; {time.monotonic() - began:.0f} seconds")
    return 1 if survived or not outcomes else 0


# ---- all ----

def share_of(mutants, said):
    """The part that is to be played, in an order by chance."""
    if not said.share:
        return mutants
    index, _, count = said.share.partition("/")
    if not (index.isdecimal() and count.isdecimal() and 1 <= int(index) <= int(count)):
        raise Broken("--share is I/N, with I from 1 to N")
    seed = said.seed if said.seed is not None else share.SEED
    print(f"share {index}/{count}, seed {seed}")
    mutants = sorted(mutants, key=lambda mutant: mutant.name)
    random.Random(seed).shuffle(mutants)
    return mutants[int(index) - 1::int(count)]


def known_killers(tree):
    """{mutant: row}, as the last whole run found out; rows that are gone are left out."""
    with open(os.path.join(tree, KILLERS), encoding="utf-8") as file:
        return {mutant: row for mutant, row in json.load(file).items() if row in ROWS}


def check_hints(mutants):
    for mutant in mutants:
        for text in mutant.rows:
            if not any(name.startswith(text) for name in ROWS):
                raise Broken(f"{mutant.name}: there is no row that begins with {text!r}")


def rows_for(build, said):
    """What to play for a mutant: of all mutants what could kill it, of a share what has killed it
    before, and then all others, in case that it is not so any more."""
    known = known_killers(build.tree)
    if not (said.share or said.only):
        met = look(build, list(ROWS.values()))
        return lambda mutant: in_order(met.get(mutant.name, []),
                                       [known.get(mutant.name), *mutant.rows])
    return lambda mutant: [] if mutant.unit and mutant.name not in known else in_order(
        list(ROWS), [known.get(mutant.name), *mutant.rows])


def write_killers(tree, outcomes):
    killers = {outcome.mutant.name: outcome.row for outcome in outcomes if outcome.row}
    with open(os.path.join(tree, KILLERS), "w", encoding="utf-8") as file:
        json.dump(killers, file, indent=0, sort_keys=True)
        file.write("\n")


def run(build, said):
    began = time.monotonic()
    mutants, left_out = build.weave()
    check_hints(mutants)
    if said.list:
        print("\n".join([*(mutant.name for mutant in mutants),
                         *(f"left out: {name}: {reason}" for name, reason in left_out)]))
        return 0
    mutants = share_of([m for m in mutants if said.only in m.name], said)
    build.make({m.unit for m in mutants if m.unit and not m.unit.endswith(".py")})
    print(f"{len(mutants)} mutants, built in {time.monotonic() - began:.0f} seconds", flush=True)
    outcomes = play(build, mutants, rows_for(build, said))
    if not (said.share or said.only):
        write_killers(build.tree, outcomes)
    return summary(outcomes, left_out, began)


def arguments(usage):
    parser = argparse.ArgumentParser(usage=usage.split("\n", 1)[0][7:], description=usage,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--share", metavar="I/N", help=argparse.SUPPRESS)
    parser.add_argument("--seed", type=int, help=argparse.SUPPRESS)
    parser.add_argument("--only", default="", help=argparse.SUPPRESS)
    parser.add_argument("--keep", metavar="FOLDER", help=argparse.SUPPRESS)
    parser.add_argument("--list", action="store_true", help=argparse.SUPPRESS)
    return parser.parse_args()


def main(tree, usage):
    said = arguments(usage)
    try:
        if said.keep:
            return run(Build(tree, os.path.abspath(said.keep)), said)
        with tempfile.TemporaryDirectory(prefix="countermark-mutants-") as folder:
            return run(Build(tree, folder), said)
    except (Broken, weave.Rotten) as error:
        print(f"mutants: {error}", file=sys.stderr)
        return 1

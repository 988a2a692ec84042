#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Every request of a collection meets every fault.

    faults.py COUNTERMARK [--only TEXT] [--show]

The requests are read off honest runs, so that a new one is here by itself, and fails until it is
known what is lost without it; so does a fault of the simulators that nobody has judged. A share is
played (see share.py) in which each request and each fault are found at least once.

Of each run is demanded: the class of error that the evidence has; that exactly those checks are
unknown that need what was lost; the exit status; an end without help; evidence that replays to the
same; nothing left behind, no process either; no secret anywhere.
"""

import argparse
import base64
import concurrent.futures
import json
import os
import socket
import sys
import time
import traceback
from dataclasses import dataclass

import share
from columns import COLUMNS, CONNECTIONS, FAULTS, HOSTS, Requests, column_of, expectation
from harness import Bench, left_in_mirrors  # finds the simulators, too
from leaks import Markers, hidden_in, plant
from row import CHECKS
import wire_faults

WORKERS = 12          # they mostly wait
TIMEOUT = "15s"       # longer than all tries take, shorter than the patience of the servers
KINDS = {"branch": lambda w: None, "tag": lambda w: w.tag("v1.0")}


class Wrong(Exception):
    """What a cell found that is not as it has to be."""


def demand(truth, text):
    if not truth:
        raise Wrong(text)


@dataclass(frozen=True)
class Cell:
    column: str
    fault: str
    once: bool = False

    @property
    def name(self):
        return f"{self.fault} at {self.column}" + (", once" if self.once else "")

    @property
    def parts(self):
        return {("column", self.column), ("fault", self.fault, self.once)}

    @property
    def slow(self):
        return "cancelled" in expectation(self.column, self.fault, self.once).classes


def cells():
    """All of the table."""
    found = [Cell(column, fault, once) for column in COLUMNS for fault in FAULTS
             for once in (False, True) if not once or FAULTS[fault].passes]
    found += [Cell(column, "sent to " + name) for column, what in COLUMNS.items()
              if not what.git for name in CONNECTIONS]
    return found + [Cell(host, name) for host in HOSTS for name in CONNECTIONS]


class Origins:
    """Where nobody answers as he should, before a request is even heard."""

    def __init__(self, bench):
        # Bound, but nobody listens; and listening, but nobody is there.
        self.closed, self.mute = socket.socket(), socket.create_server(("127.0.0.1", 0))
        self.closed.bind(("127.0.0.1", 0))
        foreign = bench.serve("appveyor.py", "foreign", "--scenarios", bench.path("scenarios"))
        ports = {"closed port": self.closed.getsockname()[1], "mute": self.mute.getsockname()[1],
                 "expired": bench.ports["expired"], "wrong-host": bench.ports["wrong-host"],
                 "foreign": foreign["api"]}
        self.urls = {name: f"https://localhost:{port}" for name, port in ports.items()}
        self.urls["no such name"] = "https://nobody.invalid"

    def close(self):
        self.closed.close()
        self.mute.close()


def prepare(world, cell, requests, origins):
    """Puts the fault in its place."""
    if cell.column == "the build system":
        world.system["url"] = f"{origins.urls[cell.fault]}/{world.name}"
    elif cell.column == "the repository":
        world.host["name"] = origins.urls[cell.fault].partition("//")[2]
        world.linked["repositories"] = [origins.urls[cell.fault] + "/acme/widget"]
        world.system["repository_bases"] = ["gitea=" + origins.urls[cell.fault]]
    elif cell.fault.startswith("sent to "):
        where = origins.urls[cell.fault.replace("sent to ", "")]
        requests.put(world, cell.column, f"redirect:{where}/{world.name}/api", cell.once)
    else:
        requests.put(world, cell.column, cell.fault, cell.once)


# ---- what is demanded of a run


def judge_answers(expected, result):
    demand(result.report is not None, f"no report; exit {result.exit}: {result.err.strip()}")
    lines = [f"{check}: {result.words[check]}, expected {expected.answers.get(check, 'pass')}: "
             + str(result.answer(check).get("reason") or result.answer(check).get("observed"))
             for check in CHECKS if result.words[check] != expected.answers.get(check, "pass")]
    demand(not lines, "\n    ".join(lines))
    passing = expected.classes and expected.classes <= {"transient", "cancelled"}
    demand(not passing or result.report["retry"] == "yes", "not said to be worth another try")
    demand(result.exit == expected.exit, f"exit {result.exit}, expected {expected.exit}")


def judge_evidence(cell, expected, result):
    documents = evidence_of(result)["documents"]
    for name in column_of(cell.column).hit if expected.classes else ():
        error = documents[name].get("error", {"class": "none"})
        demand(error["class"] in expected.classes,
               f"{name}: {error}, expected {sorted(expected.classes)}")


def judge_replay(bench, key, result):
    again = bench.replay(result, "--evidence-key", key)
    demand(again.report is not None, f"no report of replay; exit {again.exit}: {again.err}")
    demand(again.words == result.words, "replay gives other answers")
    demand(again.exit == result.exit, f"replay exits with {again.exit}")


def evidence_of(result):
    with open(os.path.join(result.folder, "evidence.json"), encoding="utf-8") as file:
        return json.loads(base64.b64decode(json.load(file)["payload"]))


def judge_rest(bench, result, world, markers):
    """Nothing is left but the evidence, and no secret is in what was said."""
    there = sorted(os.path.relpath(os.path.join(folder, name), result.folder)
                   for folder, _, names in os.walk(result.folder) for name in names)
    demand(there == ["countermark.conf", "evidence.json", "key"], f"left behind: {there}")
    demand(os.listdir(os.path.join(result.folder, "tmp")) == [], "a folder was left behind")
    state = bench.path("state")
    demand(set(os.listdir(state)) <= {"evidence-key.pem", "mirrors"}, "left in the state folder")
    demand(left_in_mirrors(state, world) == [], "left in a mirror")
    with open(os.path.join(result.folder, "evidence.json"), "rb") as file:
        evidence = file.read()
    for content in (result.out.encode(), result.err.encode(), evidence):
        for text in hidden_in(content):
            found = markers.found_in(text) + [k for k in (world.key,) if k.encode() in text]
            demand(not found, f"a secret is in what was written: {found}")


class Matrix:
    def __init__(self, bench, requests, show):
        self.bench, self.requests, self.show = bench, requests, show
        self.key, self.origins = bench.public_key(), Origins(bench)
        self.failed, self.played = [], []

    def play(self, cell):
        markers, world = Markers(), self.bench.world("cell")
        plant(world, markers)
        KINDS[self.requests.kind(cell.column)](world)
        prepare(world, cell, self.requests, self.origins)
        expected = expectation(cell.column, cell.fault, cell.once)
        result = self.bench.verify(world, "--timeout", TIMEOUT)
        self.played.append((cell, world))
        judge_answers(expected, result)
        judge_evidence(cell, expected, result)
        judge_replay(self.bench, self.key, result)
        judge_rest(self.bench, result, world, markers)

    def play_one(self, cell):
        began = time.monotonic()
        try:
            self.play(cell)
            wrong = None
        except Wrong as error:
            wrong = str(error)
        except Exception:
            wrong = traceback.format_exc()
        return cell, wrong, time.monotonic() - began

    def say(self, cell, wrong, seconds):
        if wrong:
            self.failed.append(cell)
            print(f"FAILED {cell.name}\n    {wrong}", flush=True)
        elif self.show:
            print(f"passed {cell.name} ({seconds:.2f} s)", flush=True)

    def run(self, chosen):
        # What waits longest begins first.
        chosen = sorted(chosen, key=lambda cell: not cell.slow)
        with concurrent.futures.ThreadPoolExecutor(WORKERS) as pool:
            for done in concurrent.futures.as_completed(
                    [pool.submit(self.play_one, cell) for cell in chosen]):
                self.say(*done.result())
        self.bench.stop()
        self.origins.close()
        for cell, world in self.played:
            self.look_at_requests(cell, world)

    def look_at_requests(self, cell, world):
        """Known when the servers have ended: was the fault met, and did no key stray?"""
        lines = self.bench.requests(world)
        if [line for line in lines if line.get("listener") == "store" and line["key"] != "no"]:
            self.say(cell, "a key went to the store", 0)
        if cell.column in COLUMNS and not self.requests.met(cell.column, lines):
            self.say(cell, "what was to be faulty was not asked", 0)


def honest_requests(countermark):
    """The columns of the table, as honest runs show them; or what is wrong with that."""
    with Bench(countermark) as bench:
        requests, worlds = Requests(bench.repository), {}
        for kind, change in KINDS.items():
            worlds[kind] = bench.world(kind)
            change(worlds[kind])
            result = bench.verify(worlds[kind])
            assert result.exit == 0, result.out + result.err
        bench.stop()
        for kind, world in worlds.items():
            requests.read(kind, bench.requests(world))
    return requests


def gaps(requests):
    """What is asked and not in the table, what is in the table and not asked, and faults that
    nobody has judged."""
    return [f"no column for {name}" for name in set(requests.where) - set(COLUMNS)] + [
        f"nobody asks for {name}" for name in set(COLUMNS) - set(requests.where)] + [
        f"no class of error for {name}" for name in set(wire_faults.FAULTS) ^ set(FAULTS)]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("countermark")
    parser.add_argument("--only", default="", help="cells whose names hold this text; all of them")
    parser.add_argument("--show", action="store_true", help="a line for each that passed, too")
    said = parser.parse_args()
    requests = honest_requests(said.countermark)
    wrong = gaps(requests)
    for line in wrong:
        print("FAILED", line)
    table = cells()
    chosen = [cell for cell in table if said.only in cell.name] if said.only else \
        share.covering(table, lambda cell: cell.parts, "faults")
    share.tell(len(chosen), len(table), "cells")
    with Bench(said.countermark) as bench:
        matrix = Matrix(bench, requests, said.show)
        matrix.run(chosen)
    failed = len(set(matrix.failed)) + len(wrong)
    print(f"{len(chosen) - len(set(matrix.failed))} passed, {failed} failed")
    return 1 if failed or not chosen else 0


if __name__ == "__main__":
    sys.exit(main())

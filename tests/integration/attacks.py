#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The attack suite: each row is the honest scenario and one change, and its answers differ from the
honest run's in exactly the checks that the row names.

    attacks.py COUNTERMARK [--only TEXT] [--stop] [--show]

Beside its answers, of each row is demanded: its evidence says the same when it is replayed; the
program leaves nothing in its folder for temporary files; and of all rows together: no key goes to
another origin than AppVeyor's, and nobody connects to an address that only the build names. Of
a share of the rows (share.py), reports and evidence are held against their schemas.

contrib/mutants proves the suite: whatever guard of the program is switched off, a row fails.
"""

import argparse
import base64
import concurrent.futures
import json
import os
import sys
import time
import traceback

import forms
import rows_answers
import rows_build
import rows_buildnode
import rows_buildnode_honest
import rows_buildnode_names
import rows_buildnode_revocation
import rows_configuration
import rows_git
import rows_honest
import rows_jenkins
import rows_jenkins_build
import rows_jenkins_honest
import rows_repository
import rows_request
import rows_settings
import rows_spoken
import rows_wire
import share
from harness import Bench

WORKERS = 2
STORES = ("store", "resources")  # listeners that no key may come to
FORMS = 60  # rows whose forms are looked at: that takes longer than the run itself
# What no row can make fail: the operator has to give their word; the engine refuses it before.
ONLY_UNKNOWN = ["appveyor.account-declared", "buildnode.proof-fresh"]
TABLES = [rows_honest.ROWS, rows_honest.UNCOUNTED, rows_request.ROWS, rows_configuration.ROWS,
          rows_settings.ROWS, rows_build.ROWS, rows_repository.HONEST, rows_repository.ROWS,
          rows_git.HONEST, rows_git.ROWS, rows_wire.ROWS, rows_answers.HONEST, rows_answers.ROWS,
          rows_spoken.HONEST, rows_spoken.ROWS, rows_jenkins_honest.ROWS, rows_jenkins.ROWS,
          rows_jenkins_build.ROWS, rows_buildnode_honest.ROWS, rows_buildnode.ROWS,
          rows_buildnode_names.ROWS, rows_buildnode_revocation.ROWS]


class Wrong(Exception):
    """What a row found that is not as it has to be."""


def demand(truth, text):
    if not truth:
        raise Wrong(text)


def differences(row, words):
    """One line for each check that answered otherwise."""
    expected = row.answers
    demand(set(words) == set(row.checks),
           f"other checks than known: {sorted(set(words) ^ set(row.checks))}")
    return "\n".join(f"{check}: {words[check]}, expected {expected.get(check, 'pass')}"
                     for check in row.checks if words[check] != expected.get(check, "pass"))


def explained(result, lines):
    """The differences, with what the report says about them."""
    more = []
    for line in lines.split("\n"):
        answer = result.answer(line.split(":")[0])
        more.append(f"{line}\n      {answer.get('observed', '')} / {answer.get('reason', '')}")
    return "\n    ".join(more)


def texts(value):
    """All texts of a JSON value, as they are meant."""
    if isinstance(value, str):
        yield value
    for inner in value.values() if isinstance(value, dict) else \
            value if isinstance(value, list) else ():
        yield from texts(inner)


def judge_report(row, result):
    demand(result.report is not None, f"no report; exit {result.exit}: {result.err.strip()}")
    lines = differences(row, result.words)
    demand(not lines, explained(result, lines) if lines else "")
    outcome = {0: "accepted", 1: "rejected"}.get(row.status(), "undecided")
    demand(result.report["outcome"] == outcome, f"outcome {result.report['outcome']}")
    demand(row.says in "\n".join(texts(result.report)), f"the report does not say {row.says!r}")


def judge_refusal(row, result):
    demand(result.report is None, "there is a report")
    demand(row.says in result.err, f"the message does not say {row.says!r}: {result.err.strip()}")
    demand(not os.path.exists(os.path.join(result.folder, "evidence.json")), "evidence was written")


def judge_replay(row, bench, key, result):
    again = bench.replay(result, "--evidence-key", key)
    demand(again.report is not None, f"no report of replay; exit {again.exit}: {again.err}")
    demand(again.words == result.words, "replay gives other answers")
    demand(again.exit == result.exit, f"replay exits with {again.exit}")
    return again


def judge_forms(result, again):
    sealed = forms.load(os.path.join(result.folder, "evidence.json"))
    evidence = json.loads(base64.b64decode(sealed["payload"]))
    wrong = [line for schema, document in (
        ("report-1", result.report), ("report-1", again.report), ("sealed-evidence-1", sealed),
        ("evidence-1", evidence)) for line in forms.wrong_with(schema, document)]
    demand(not wrong, "\n    ".join(wrong))


def judge_rest(result):
    left = os.listdir(os.path.join(result.folder, "tmp"))
    demand(not left, f"left behind: {left}")


def judge(row, bench, key, result, look_at_forms):
    if row.report:
        judge_report(row, result)
    else:
        judge_refusal(row, result)
    demand(result.exit == row.status(), f"exit {result.exit}, expected {row.status()}")
    if row.report:
        again = judge_replay(row, bench, key, result)
        if look_at_forms:
            judge_forms(result, again)
    judge_rest(result)


def play(bench, key, row, more=(), look_at_forms=False):
    """(what is wrong, world, result); the last two are None if it did not come that far."""
    try:
        world = bench.world("row", row.kind)
        row.change(world)
        world.environment.update(more)
        result = bench.verify(world)
        judge(row, bench, key, result, look_at_forms)
        return None, world, result
    except Wrong as error:
        return str(error), None, None
    except Exception:
        return traceback.format_exc(), None, None


def judge_requests(row, world, result, requests):
    """What is wrong, as far as it is known only when the servers have ended."""
    result.requests = requests
    strayed = [r for r in requests if r.get("listener") in STORES and r["key"] != "no"]
    try:
        demand(not strayed, f"a key went to the store: {strayed}")
        if row.watch:
            row.watch(world, result)
    except (Wrong, AssertionError) as error:
        return str(error) or "it is not as the row watches for"
    return None


def not_covered(rows):
    """Each check has to be made fail by a row, or unknown where nothing makes it fail."""
    seen = {}
    for row in rows:
        for check, word in row.answers.items():
            seen.setdefault(check, set()).add(word)
    checks = {check: None for row in rows for check in row.checks}
    never = [check for check in checks if check not in seen]
    only_unknown = [check for check in checks if seen.get(check) == {"unknown"}
                    and check not in ONLY_UNKNOWN]
    return never + only_unknown


def shown(name):
    return name if name.isprintable() else json.dumps(name)


class Suite:
    def __init__(self, rows, said):
        self.rows, self.said, self.played = rows, said, []
        self.formed = set(share.pick((row.name for row in rows if row.report), FORMS))
        self.failed, self.more_failed = set(), 0

    def say(self, row, wrong, seconds):
        if wrong:
            self.failed.add(row.name)
            print(f"FAILED {shown(row.name)}\n    {wrong}", flush=True)
        elif self.said.show:
            print(f"passed {shown(row.name)} ({seconds:.2f} s)", flush=True)

    def is_over(self):
        return self.said.stop and bool(self.failed)

    def play_one(self, bench, key, row):
        began = time.monotonic()
        if self.is_over():
            return row, None, 0
        wrong, world, result = play(bench, key, row, look_at_forms=row.name in self.formed)
        if not wrong:
            self.played.append((row, world, result))
        return row, wrong, time.monotonic() - began

    def run(self, countermark):
        with Bench(countermark) as bench:
            key = bench.public_key()
            with concurrent.futures.ThreadPoolExecutor(WORKERS) as pool:
                for done in pool.map(lambda row: self.play_one(bench, key, row), self.rows):
                    self.say(*done)
            bench.stop()
            self.look_at_requests(bench)
            if bench.canary.count():
                self.more_failed += 1
                print("FAILED somebody connected to an address that only the build names")

    def look_at_requests(self, bench):
        for row, world, result in self.played:
            wrong = judge_requests(row, world, result, bench.requests(world))
            if wrong:
                self.say(row, wrong, 0)


def arguments():
    parser = argparse.ArgumentParser()
    parser.add_argument("countermark")
    parser.add_argument("--only", default="", help="rows whose names hold this text")
    parser.add_argument("--stop", action="store_true", help="play no more when one has failed")
    parser.add_argument("--show", action="store_true", help="a line for each row that passed, too")
    return parser.parse_args()


def all_rows():
    rows = [row for table in TABLES for row in table]
    names = [row.name for row in rows]
    assert len(set(names)) == len(names), sorted(n for n in names if names.count(n) > 1)
    return rows


def main():
    said = arguments()
    rows = all_rows()
    missing = not_covered(rows)
    share.say()
    suite = Suite([row for row in rows if said.only in row.name], said)
    suite.run(said.countermark)
    for check in missing:
        suite.more_failed += 1
        print("FAILED no row for", check)
    failed = len(suite.failed) + suite.more_failed
    print(f"{len(suite.rows) - len(suite.failed)} passed, {failed} failed")
    return 1 if failed or not suite.rows else 0


if __name__ == "__main__":
    sys.exit(main())

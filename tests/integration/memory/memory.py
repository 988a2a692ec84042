#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The n-th allocation of a whole replay fails, for every n: alone, and with all that come later.

    memory.py COUNTERMARK FAIL_ALLOCATION.so

Whichever it is, the replay says what it would have said, or that there is no memory, or (where it
was a plug-in's) that a check could not be answered. It never says anything else, never ends by a
signal and never leaves out a part of its report. See share.py for how many are tried.
"""

import collections
import concurrent.futures
import os
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

import share  # noqa: E402
from harness import Bench  # noqa: E402

SHARE = 400  # of each kind, in a run that is not long
WORKERS = 2
# Ours, and the system's where it was no allocation of ours.
NO_MEMORY = ("out of memory", "Cannot allocate memory")
# The dynamic loader has words of its own, not all of them true, for a plug-in that it gets no memory
# for.
LOADER = ".so cannot be loaded: "


class Replay:
    """An honest replay, and the same with an allocation that fails."""

    def __init__(self, bench, shim, folder, key):
        self.folder, self.ended = folder, collections.Counter()
        self.command = [bench.countermark, "replay", "--evidence-key", key, "evidence.json"]
        self.environment = {**bench.environment(folder), "LD_PRELOAD": os.path.abspath(shim)}
        self.count_file = os.path.join(folder, "count")
        self.honest = self.run(CM_FAIL_COUNT=self.count_file)
        assert self.honest.returncode == 0, self.honest.stderr
        with open(self.count_file, encoding="ascii") as file:
            self.count = int(file.read())

    def run(self, **more):
        return subprocess.run(self.command, env={**self.environment, **more}, cwd=self.folder,
                              capture_output=True, timeout=60, check=False)

    def failing(self, number, all_later):
        return self.run(CM_FAIL_AT=str(number), CM_FAIL_ON="1" if all_later else "0")

    def wrong(self, number, all_later):
        """What is wrong with how that one ended; None: nothing."""
        done = self.failing(number, all_later)
        self.ended[done.returncode] += 1
        said, status = done.stderr.decode(), done.returncode
        if status == 0 and done.stdout == self.honest.stdout:
            return None
        if status == 70 and said.strip().endswith(NO_MEMORY) and done.stdout == b"":
            return None
        if status == 3 and LOADER in said and done.stdout == b"":
            return None
        if status == 4 and self.is_unanswered(done.stdout.decode()):
            return None
        return f"allocation {number}{' and later' if all_later else ''}: exit {status}, {said!r}"

    def is_unanswered(self, report):
        """All of it is there, and what is not answered is unknown for want of memory."""
        last = report.strip().split("\n")[-1]
        return last.startswith("would be undecided: 1 of") and "no memory" in report


def main():
    countermark, shim = sys.argv[1:]
    share.say()
    with Bench(countermark) as bench:
        key = bench.public_key()
        result = bench.verify(bench.world("memory"))
        assert result.exit == 0, result.err
        replay = Replay(bench, shim, result.folder, key)
        cases = [(n, later) for later in (False, True)
                 for n in share.pick(range(1, replay.count + 1), SHARE)]
        with concurrent.futures.ThreadPoolExecutor(WORKERS) as pool:
            wrongs = [w for w in pool.map(lambda case: replay.wrong(*case), cases) if w]
    print("\n".join(wrongs[:50]))
    print(f"{len(cases)} of {2 * replay.count} cases, {len(wrongs)} failed; exit statuses: "
          + ", ".join(f"{status} ({count})" for status, count in sorted(replay.ended.items())))
    assert replay.ended[70] > len(cases) / 2, "hardly an allocation failed: nothing is tested"
    return 1 if wrongs else 0


if __name__ == "__main__":
    sys.exit(main())

#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""zoo.py CONFORM FOLDER ANIMAL...: each animal is caught, and by the lines that are there for it.

What is caught stands in the animal's own source: "caught: LINE | WORDS", or "nothing is caught".
Those lines must be not ok, with these words behind them, and all others must be ok. LINE may end in
"*", which stands for all lines that begin so: then at least one of them. And each line that there
is must be there for some animal: a line that cannot fail says nothing.
"""

import concurrent.futures
import fnmatch
import os
import re
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))


def expected(animal):
    with open(os.path.join(HERE, "zoo", animal + ".c"), encoding="utf-8") as file:
        head = file.read().split("*/")[1]
    rows = re.findall(r"caught: (.*?) \| (.+?)\s*$", head, re.M)
    if len(rows) != head.count("caught:") or bool(rows) == ("nothing is caught" in head):
        sys.exit(f"{animal}.c does not say what is caught")
    script = re.search(r"script: (\S+)", head)
    return dict(rows), script.group(1) if script else "zoo.json"


def report(conform, folder, animal, script):
    words = [conform, "--time-limit", "5", "--runs", "60", os.path.join(folder, animal + ".so"),
             os.path.join(HERE, "zoo", script)]
    done = subprocess.run(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False,
                          timeout=300)
    return done.returncode, done.stdout.decode("utf-8", "replace"), done.stderr.decode()


def all_lines(text):
    return set(re.findall(r"^(?:not )?ok \d+ - (.*?)(?: \[[^]]*\])?(?: # SKIP .*)?$", text, re.M))


def bad_lines(text):
    """{ line: what is said behind it }"""
    found, last = {}, None
    for line in text.splitlines():
        match = re.match(r"not ok \d+ - (.*?)(?: \[[^]]*\])?$", line)
        if match:
            last = match.group(1)
            found[last] = ""
        elif line.startswith("#   ") and last:
            found[last] += line[4:] + "\n"
        else:
            last = None
    return found


def look_at(conform, folder, animal):
    """What is wrong with the report; an empty list if nothing is."""
    wanted, script = expected(animal)
    status, text, error = report(conform, folder, animal, script)
    found, wrong = bad_lines(text), []
    if status != (1 if wanted else 0) or not re.search(r"^1\.\.\d+$", text, re.M):
        wrong.append(f"exit status {status} {error}")
    for line, words in wanted.items():
        caught = fnmatch.filter(found, line)
        if not caught:
            wrong.append(f"not caught by '{line}'")
        wrong += [f"'{one}' says: {found[one]}" for one in caught if words not in found[one]]
    for line, said in found.items():
        if not any(fnmatch.fnmatchcase(line, one) for one in wanted):
            wrong.append(f"caught by '{line}', which is not there for it: {said}")
    return [f"{animal}: {what}" for what in wrong], all_lines(text), set(found)


def main(conform, folder, *animals):
    if not animals:
        sys.exit("no animal was named")
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        looks = list(pool.map(lambda animal: look_at(conform, folder, animal), animals))
    wrong = [what for look in looks for what in look[0]]
    never = set.union(*(look[1] for look in looks)) - set.union(*(look[2] for look in looks))
    wrong += [f"no animal is caught by '{line}'" for line in sorted(never)]
    print("\n".join(wrong + [f"{len(animals)} animals, {len(wrong)} things wrong"]))
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main(*sys.argv[1:])

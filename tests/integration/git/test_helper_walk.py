#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What the helper says of random histories, against git merge-base --is-ancestor.

    test_helper_walk.py PATH/countermark-git
"""

import os
import random
import subprocess
import sys
import tempfile

HELPER = sys.argv[1]
SEED = 20260101
ENVIRONMENT = dict(os.environ, GIT_CONFIG_NOSYSTEM="1", GIT_CONFIG_GLOBAL="/dev/null",
                   LC_ALL="C")


def git(folder, *args, given=b"", good=(0,)):
    done = subprocess.run(["git", "-C", folder, *args], input=given, capture_output=True,
                          env=ENVIRONMENT, check=False)
    assert done.returncode in good, (args, done.stderr)
    return done


def history(chance, count):
    """fast-import text: merges, octopuses, several roots, clocks that jump."""
    text = []
    for mark in range(1, count + 1):
        text.append(f"commit refs/heads/b{mark}\nmark :{mark}\n"
                    f"committer A <a@test> {chance.randint(0, 2000000000)} +0000\n"
                    f"data 2\nx\n\n")
        parents = min(mark - 1, chance.choice([0, 1, 1, 1, 1, 2, 2, 3, 7]))
        for i, parent in enumerate(chance.sample(range(max(1, mark - 12), mark), min(
                parents, mark - max(1, mark - 12)))):
            text.append(f"{'merge' if i else 'from'} :{parent}\n")
        text.append("\n")
    return "".join(text).encode()


def make(folder, chance, count):
    git(folder, "init", "-q", "--bare")
    git(folder, "fast-import", "--quiet", "--force", given=history(chance, count))
    said = git(folder, "for-each-ref", "--format=%(objectname) %(refname)").stdout.decode()
    named = dict(line.split()[::-1] for line in said.splitlines())
    return [named[f"refs/heads/b{mark}"] for mark in range(1, count + 1)]


def pack_of(folder, tips, left_out=()):
    """All commits of the tips and nothing else; without some, if a server is to be broken."""
    ids = git(folder, "rev-list", *tips).stdout.decode().split()
    keep = [name for name in ids if name not in left_out]
    return git(folder, "pack-objects", "--stdout", "-q", "--delta-base-offset",
               given="\n".join(keep).encode() + b"\n").stdout


def ask(pack, commit, tips, most=1 << 20):
    with tempfile.TemporaryDirectory() as folder, tempfile.TemporaryFile() as file:
        file.write(pack)
        file.seek(0)
        done = subprocess.run([HELPER, folder, "100000", "path", str(most), commit, *tips],
                              stdin=file, capture_output=True, env={}, check=True)
    lines = done.stdout.split(b"\n", 2)
    assert lines[0] == b"countermark-git 1", done.stdout
    return lines[1].decode().split(), lines[2]


def commits_of(rest):
    """The raw commits of a path."""
    found = []
    while rest.startswith(b"commit "):
        head, _, rest = rest.partition(b"\n")
        size = int(head.split()[1])
        found.append(rest[:size])
        rest = rest[size:]
    assert rest == b"end\n", rest
    return found


def id_of(folder, raw):
    return git(folder, "hash-object", "-t", "commit", "--stdin", given=raw).stdout.decode().strip()


def check_path(folder, rest, head, commit, tips):
    commits = commits_of(rest)
    ids = [id_of(folder, raw) for raw in commits]
    assert len(ids) == int(head[3]) == int(head[4]), head
    assert ids[0] == head[5] and ids[0] in tips and ids[-1] == commit, (ids, head)
    for raw, after in zip(commits, ids[1:]):
        assert f"parent {after}\n".encode() in raw.partition(b"\n\n")[0] + b"\n", (raw, after)


def is_ancestor(folder, commit, tips):
    return any(git(folder, "merge-base", "--is-ancestor", commit, tip, good=(0, 1)).returncode == 0
               for tip in tips)


def run(chance, questions):
    with tempfile.TemporaryDirectory() as folder:
        ids = make(folder, chance, chance.randint(2, 60))
        for _ in range(questions):
            tips = chance.sample(ids, min(len(ids), chance.choice([1, 1, 2, 5])))
            commit = chance.choice(ids)
            head, rest = ask(pack_of(folder, tips), commit, tips)
            if is_ancestor(folder, commit, tips):
                assert head[:2] == ["walk", "found"], head
                check_path(folder, rest, head, commit, tips)
            else:
                total = git(folder, "rev-list", "--count", *tips).stdout.decode().strip()
                assert head == ["walk", "closed", total, "0", "0", "-"], (head, total)
            yield head[1]


def run_broken(chance, questions):
    """A commit is left out: what is found is there, and what is not found is never `closed`."""
    with tempfile.TemporaryDirectory() as folder:
        ids = make(folder, chance, 40)
        for _ in range(questions):
            tip, commit = ids[-1], chance.choice(ids[:-1])
            below = git(folder, "rev-list", tip).stdout.decode().split()[1:]
            if not below:
                continue
            gone = chance.choice(below)
            head, rest = ask(pack_of(folder, [tip], {gone}), commit, [tip])
            assert head[1] in ("found", "open"), (head, gone, commit)
            if head[1] == "found":
                assert commit != gone
                check_path(folder, rest, head, commit, [tip])
            else:
                assert head[5] == gone, (head, gone)
            yield head[1]


def main():
    chance = random.Random(SEED)
    found = []
    for _ in range(8):
        found += run(chance, 20)
    broken = []
    for _ in range(3):
        broken += run_broken(chance, 15)
    # a path that is too long is told without its commits
    with tempfile.TemporaryDirectory() as folder:
        ids = make(folder, random.Random(1), 30)
        head, rest = ask(pack_of(folder, [ids[-1]]), ids[-1], [ids[-1]], most=10)
        assert head == ["walk", "found", "1", "1", "0", ids[-1]] and rest == b"end\n", (head, rest)
    print(f"{len(found)} questions, {found.count('found')} found; "
          f"{len(broken)} with a commit missing, {broken.count('open')} left open")
    assert 40 < found.count("found") < len(found) - 40
    assert 5 < broken.count("open") < len(broken) - 5


if __name__ == "__main__":
    main()

#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What the helper says of random histories, against git merge-base --is-ancestor.

    test_helper_walk.py PATH/countermark-git
"""

import hashlib
import os
import random
import subprocess
import sys
import tempfile

HELPER = sys.argv[1]
ALONE = {name: os.environ[name] for name in ("CM_MUTANT",) if name in os.environ}
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


class Helper:
    """One process; a pack or two, and any number of questions."""

    def __init__(self, *packs):
        self.folder = tempfile.TemporaryDirectory()
        self.process = subprocess.Popen([HELPER, *packs], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, env=ALONE)
        assert self.line() == "countermark-git 2"
        assert self.ask(f"folder {self.folder.name}") == []

    def __enter__(self):
        return self

    def __exit__(self, *args):
        self.process.stdin.close()
        assert self.process.wait(30) == 0
        self.process.stdout.close()
        self.folder.cleanup()

    def line(self):
        return self.process.stdout.readline().decode().rstrip("\n")

    def write(self, data):
        self.process.stdin.write(data)
        self.process.stdin.flush()

    def ask(self, question):
        """The items of the answer: words, and raw bytes where some follow."""
        self.write(question.encode() + b"\n")
        return self.answer()

    def answer(self):
        items = []
        while (line := self.line()) != "end":
            words = line.split(" ")
            assert words[0] != "error" and words != [""], line
            if words[0] in ("commit", "object"):
                words.append(self.process.stdout.read(int(words[-1])))
            items.append(words)
        return items

    def take(self, pack, pieces=1000):
        self.write(b"pack 100000\n")
        for at in range(0, len(pack), pieces):
            piece = pack[at:at + pieces]
            self.write(b"%d\n%s" % (len(piece), piece))
        self.write(b"0\n")
        (indexed,) = self.answer()
        assert indexed[0] == "indexed", indexed
        return indexed[2]

    def path(self, commit, tips, most=1 << 20):
        """FINDING and what follows it, and the raw commits."""
        head, *commits = self.ask(" ".join(["path", str(most), commit, *tips]))
        assert head[0] == "walk" and int(head[4]) == len(commits), head
        return head[1:], [words[-1] for words in commits]


def ask(pack, commit, tips, most=1 << 20):
    with Helper() as helper:
        helper.take(pack)
        return helper.path(commit, tips, most)


def id_of(raw):
    return hashlib.sha1(b"commit %d\0" % len(raw) + raw).hexdigest()


def check_path(commits, head, commit, tips):
    ids = [id_of(raw) for raw in commits]
    assert len(ids) == int(head[2]) == int(head[3]), head
    assert ids[0] == head[4] and ids[0] in tips and ids[-1] == commit, (ids, head)
    check_links(commits, ids)


def check_links(commits, ids):
    for raw, after in zip(commits, ids[1:]):
        assert f"parent {after}\n".encode() in raw.partition(b"\n\n")[0] + b"\n", (raw, after)


def is_ancestor(folder, commit, tips):
    return any(git(folder, "merge-base", "--is-ancestor", commit, tip, good=(0, 1)).returncode == 0
               for tip in tips)


def check_answer(folder, head, commits, commit, tips):
    if is_ancestor(folder, commit, tips):
        assert head[0] == "found", head
        check_path(commits, head, commit, tips)
    else:
        total = git(folder, "rev-list", "--count", *tips).stdout.decode().strip()
        assert head == ["closed", total, "0", "0", "-"], (head, total)


def run(chance, questions):
    with tempfile.TemporaryDirectory() as folder:
        ids = make(folder, chance, chance.randint(2, 150))
        for _ in range(questions):
            tips = chance.sample(ids, min(len(ids), chance.choice([1, 1, 2, 5])))
            commit = chance.choice(ids)
            head, commits = ask(pack_of(folder, tips), commit, tips)
            check_answer(folder, head, commits, commit, tips)
            yield head[0]


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
            head, commits = ask(pack_of(folder, [tip], {gone}), commit, [tip])
            assert head[0] in ("found", "open"), (head, gone, commit)
            if head[0] == "found":
                assert commit != gone
                check_path(commits, head, commit, [tip])
            else:
                assert head[4] == gone, (head, gone)
            yield head[0]


def run_together(chance, questions):
    """One helper for all questions: walks go on where they stopped, and forget nothing."""
    with tempfile.TemporaryDirectory() as folder:
        ids = make(folder, chance, 60)
        sets = [chance.sample(ids, chance.choice([1, 2, 5])) for _ in range(12)]
        with Helper() as helper:
            helper.take(pack_of(folder, ids))
            for _ in range(questions):
                tips, commit = chance.choice(sets), chance.choice(ids)
                head, commits = helper.path(commit, tips)
                if head[0] == "closed":
                    head = whole_of(helper, tips)
                check_answer(folder, head, commits, commit, tips)
                yield head[0]


def whole_of(helper, tips):
    ((name, *head),) = helper.ask(" ".join(["whole", *tips]))
    assert name == "walk", head
    return head


def long_paths():
    """A path that is too long is told from the last commit on that was told before."""
    with tempfile.TemporaryDirectory() as folder, Helper() as helper:
        ids = make(folder, random.Random(1), 200)
        tip = ids[-1]
        below = git(folder, "rev-list", tip).stdout.decode().split()
        helper.take(pack_of(folder, [tip]))
        told = {tip}
        for commit in [tip, *random.Random(2).sample(below, min(len(below), 60)), *below]:
            head, commits = helper.path(commit, [tip], most=10)
            names = [id_of(raw) for raw in commits]
            assert head[0] == "found" and head[4] == tip and names[-1] == commit, (head, names)
            assert names[0] in told and not told & set(names[1:]), names
            check_links(commits, names)
            told |= set(names)
        assert told == set(below), (len(told), len(below))


def second_pack():
    """What was missing may come with another pack; what is whole is so only with all of it."""
    with tempfile.TemporaryDirectory() as folder:
        ids = make(folder, random.Random(3), 80)
        tip = ids[-1]
        below = git(folder, "rev-list", tip).stdout.decode().split()
        with Helper() as helper:
            first = helper.take(pack_of(folder, [tip], set(below[10:])))
            assert whole_of(helper, [tip])[0] == "open"
            second = helper.take(pack_of(folder, [tip], set(below[:10])), pieces=7)
            assert whole_of(helper, [tip]) == ["closed", str(len(below)), "0", "0", "-"]
            assert helper.path(below[-1], [tip])[0][0] == "found"
            with Helper(first, second) as other:
                assert whole_of(other, [tip])[0] == "closed"
            with Helper(second) as other:
                assert whole_of(other, [tip]) == ["open", "0", "0", "0", tip]


def more_tips():
    """A walk is gone on with for the same tips only."""
    with tempfile.TemporaryDirectory() as folder, Helper() as helper:
        ids = make(folder, random.Random(5), 60)
        first, other = next((a, b) for a in ids for b in ids
                            if not is_ancestor(folder, b, [a]) and not is_ancestor(folder, a, [b]))
        helper.take(pack_of(folder, ids))
        assert helper.path(other, [first])[0][0] == "closed"
        for tips in ([first, other], [other, first]):
            assert helper.path(other, tips)[0][0] == "found", tips
        assert helper.path(first, [first])[0][0] == "found"
        assert helper.path(other, [first])[0][0] == "closed"


def only_named():
    """A commit that its child names is not there, however often it is asked for."""
    with tempfile.TemporaryDirectory() as folder, Helper() as helper:
        ids = make(folder, random.Random(3), 80)
        tip = ids[-1]
        gone = git(folder, "rev-list", tip).stdout.decode().split()[5]
        helper.take(pack_of(folder, [tip], {gone}))
        for _ in range(2):
            head, commits = helper.path(gone, [tip])
            assert head[0] == "open" and head[4] == gone and commits == [], head


def too_many_packs():
    with tempfile.TemporaryDirectory() as folder, Helper() as helper:
        ids = make(folder, random.Random(4), 3)
        idx = helper.take(pack_of(folder, [ids[-1]]))
        for count, said in ((1024, b"countermark-git 2\n"),
                            (1025, b"countermark-git 2\nerror limit more than 1024 packs\n")):
            done = subprocess.run([HELPER, *[idx] * count], env=ALONE, stdin=subprocess.DEVNULL,
                                  stdout=subprocess.PIPE, timeout=30, check=False)
            assert done.stdout == said, (count, done.stdout)


def main():
    chance = random.Random(SEED)
    found = []
    for _ in range(8):
        found += run(chance, 20)
    broken = []
    for _ in range(3):
        broken += run_broken(chance, 15)
    together = list(run_together(chance, 300))
    long_paths()
    second_pack()
    more_tips()
    only_named()
    too_many_packs()
    print(f"{len(found)} questions, {found.count('found')} found; {len(together)} to one helper, "
          f"{together.count('found')} found; {len(broken)} with a commit missing, "
          f"{broken.count('open')} left open")
    assert 40 < found.count("found") < len(found) - 40
    assert 50 < together.count("found") < len(together) - 50
    assert 5 < broken.count("open") < len(broken) - 5


if __name__ == "__main__":
    main()

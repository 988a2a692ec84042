# SPDX-License-Identifier: Apache-2.0
"""A large repository, made with git fast-import: one that a team has worked in for years.

A commit about every hour, the last of them a few days ago. Of every 20 of them some are of a short
side branch that is merged again, and one has a tag, light or annotated. Beside `main` there are
branches that were left behind; every tenth has a few commits of its own, which `main` has not. It
is the same each time, but for the dates.
"""

import os
import random
import subprocess
import time

from repository import git

HOUR, DAY = 3600, 86400
DAYS_AGO = 3
ROUND = 20                 # commits, with one merge and one tag
BRANCHES = (1, 3)          # of every five rounds, those that leave a branch behind
OWN_EVERY, OWN_MOST = 10, 5
FOLDERS, FILES, LINES = 20, 20, 40
MESSAGE = (20, 200)        # bytes
YML = b"build_script:\n- cmd: dotnet pack\n"
WORDS = ("add fix remove rename move test check the a of for in to from with without when buffer "
         "reader writer parser index cache limit order header version option default error message "
         "request answer signal thread folder file name path size count first last empty wrong "
         "missing slow again never always only also because instead").split()
PEOPLE = [f"{first} {last} <{first.lower()}.{last.lower()}@example.invalid>".encode()
          for first in ("Ada", "Bo", "Chris", "Dana") for last in ("Miller", "Nowak", "Okafor")]
ZONES = (b"+0000", b"+0100", b"+0200", b"-0500", b"-0800", b"+0530")


class History:
    """Writes the input of git fast-import, where marks count commits from 1."""

    def __init__(self, pipe, commits):
        self.pipe, self.rounds = pipe, commits // ROUND
        self.random = random.Random(4711)
        self.clock = int(time.time()) - DAYS_AGO * DAY - commits * HOUR
        self.mark = self.main = self.branches = 0
        self.files = {}

    def text(self, least, most):
        size, words = self.random.randint(least, most - max(map(len, WORDS))), ""
        while len(words) < size:
            words += " " * bool(words) + self.random.choice(WORDS)
        return words.encode()

    def data(self, content):
        self.pipe.write(b"data %d\n%s\n" % (len(content), content))

    def commit(self, ref, of=None, merged=None):
        """Upon the commit `of`, or upon the last one of the ref. What it changes comes next."""
        self.mark += 1
        self.clock += self.random.randint(HOUR // 2, HOUR * 3 // 2)
        author, other = self.random.choice(PEOPLE), self.random.choice(PEOPLE)
        zone, began = self.random.choice(ZONES), self.clock - self.random.randint(0, HOUR)
        committer = other if self.random.random() < 0.2 else author
        self.pipe.write(b"commit refs/%s\nmark :%d\nauthor %s %d %s\ncommitter %s %d %s\n"
                        % (ref, self.mark, author, began, zone, committer, self.clock, zone))
        self.data(self.text(*MESSAGE) + b"\n")
        for word, mark in ((b"from", of), (b"merge", merged)):
            self.pipe.write(b"%s :%d\n" % (word, mark) if mark else b"")
        return self.mark

    def put(self, path):
        self.pipe.write(b"M 100644 inline %s\n" % path)
        self.data(b"\n".join(self.files[path]) + b"\n")

    def change(self, path):
        """Some lines of a file, which may be a new one."""
        lines = self.files.setdefault(path, [self.text(10, 70) for _ in range(LINES)])
        for _ in range(3):
            lines[self.random.randrange(LINES)] = self.text(10, 70)
        self.put(path)

    @staticmethod
    def path(number):
        return b"src/part%02d/file%02d.c" % divmod(number, FILES)

    def some_path(self):
        return self.path(self.random.randrange(FOLDERS * FILES))

    def begin(self):
        """The first commit."""
        self.main = self.commit(b"heads/main")
        self.pipe.write(b"M 100644 inline appveyor.yml\n")
        self.data(YML)
        for number in range(FOLDERS * FILES):
            self.change(self.path(number))

    def some_commits(self, count):
        for _ in range(count):
            self.main = self.commit(b"heads/main")
            self.change(self.some_path())

    def one_round(self, count):
        """So many commits, the last a merge of some of them."""
        base, beside = self.main, self.random.randint(1, 3)
        path = b"src/beside/file%02d.c" % self.random.randrange(FILES)
        self.some_commits((count - beside - 1) // 2)
        for number in range(beside):
            side = self.commit(b"building/side", None if number else base)
            self.change(path)
        self.some_commits(count - beside - 1 - (count - beside - 1) // 2)
        self.main = self.commit(b"heads/main", merged=side)
        self.put(path)

    def leave_branch(self):
        self.branches += 1
        name = b"feature/%04d-%s" % (self.branches, self.random.choice(WORDS).encode())
        self.pipe.write(b"reset refs/heads/%s\nfrom :%d\n\n" % (name, self.main))
        own = self.random.randint(1, OWN_MOST) if self.branches % OWN_EVERY == 0 else 0
        clock = self.clock
        for _ in range(own):
            self.commit(b"heads/" + name)
            self.change(b"src/feature/file%04d.c" % self.branches)
        self.clock = clock

    def tag(self, number):
        name = b"v%d.%d.%d" % (number // 200 + 1, number // 10 % 20, number % 10)
        if number % 2:
            self.pipe.write(b"reset refs/tags/%s\nfrom :%d\n\n" % (name, self.main))
            return
        self.pipe.write(b"tag %s\nfrom :%d\ntagger %s %d +0000\n"
                        % (name, self.main, PEOPLE[0], self.clock))
        self.data(b"Version %s\n" % name[1:])

    def write(self):
        self.begin()
        for number in range(self.rounds):
            self.one_round(ROUND - (number == 0))
            self.tag(number)
            if number % 5 in BRANCHES:
                self.leave_branch()


def fast_import(folder, commits):
    environment = {"PATH": os.environ["PATH"], "HOME": folder, "GIT_CONFIG_NOSYSTEM": "1"}
    with subprocess.Popen(["git", "-C", folder, "fast-import", "--quiet"], env=environment,
                          stdin=subprocess.PIPE) as importer:
        History(importer.stdin, commits).write()
    assert importer.returncode == 0, "git fast-import failed"


def make(folder, commits):
    """Gives ids by what they are asked as; "main": all of main, "others": all that main has not,
    newest first."""
    os.makedirs(folder)
    git(folder, "init", "--quiet", "--bare", "--initial-branch=main")
    git(folder, "config", "uploadpack.allowFilter", "true")
    fast_import(folder, commits)
    git(folder, "update-ref", "-d", "refs/building/side")
    git(folder, "repack", "-a", "-d", "-q")
    git(folder, "pack-refs", "--all")
    git(folder, "commit-graph", "write", "--reachable", "--no-progress")
    main = git(folder, "rev-list", "main").split()
    line = git(folder, "rev-list", "--first-parent", "main").split()
    others = git(folder, "rev-list", "--date-order", "--branches", "--not", "main").split()
    return {"tip": line[0], "recent": line[200], "middle": line[len(line) // 2], "old": line[-1],
            "not-on-branch (recent)": others[0], "not-on-branch (old)": others[-1],
            "unknown": "0123456789" * 4, "main": main, "others": others}

# SPDX-License-Identifier: Apache-2.0
"""Whole commands that ask the git server whether a commit is on main: what each took, and what the
server sent for it."""

import json
import os
import pathlib
import shutil
import statistics
import subprocess
import time
import typing

import figures

MAIN = "refs/heads/main"
PATIENCE = 600  # seconds that the questions of one run may take

GIT_NEW = 'rm -rf "$0" && git init -q --bare "$0"'
GIT_FETCH = f'git -C "$0" -c http.sslCAInfo="$1" fetch -q --no-tags $4 "$2" "+{MAIN}:{MAIN}" $5'
# Forgets where it was fetched from: a commit that is missing is an answer, and not to be fetched
# now with all that comes before it.
GIT_ASK = f': >"$0/config" && git -C "$0" merge-base --is-ancestor "$3" {MAIN}'


class Run(typing.NamedTuple):
    wall: float
    cpu: float     # seconds, without the server's
    peak: int      # KiB of memory, of the largest process
    sent: int      # bytes of bodies from the server
    requests: int


def median(runs):
    return Run(*(statistics.median(column) for column in zip(*runs)))


def plain_git(ca, url, folder, commit, new=True, beside="", how="--filter=tree:0"):
    """One script, so that it is one process tree to be measured. `beside`: what is fetched, too."""
    script = " && ".join(([GIT_NEW] if new else []) + [GIT_FETCH, GIT_ASK])
    return ["sh", "-c", script, folder, ca, url, commit, how, beside]


def tools(countermark):
    """git-ask and what it loads, from the build that the program is in."""
    build = pathlib.Path(countermark).parent.parent
    found = [next(iter(build.glob(pattern)), None) for pattern in
             ("tests/integration/git/git-ask", "lib*/**/countermark-outside.so",
              "libexec/**/countermark-git")]
    if None in found:
        raise SystemExit(f"bench-git: {build} has no git-ask, module or helper: build all of it")
    return [str(path) for path in found]


class Office:
    """Asks about the repository at `url`, one command at a time."""

    def __init__(self, bench, url):
        self.url, self.ca = url, bench.paths["ca"]
        self.folder, self.log = bench.path("office"), bench.path("git.log")
        os.makedirs(self.path("tmp"))
        self.environment = bench.environment(self.folder, {"GIT_CONFIG_NOSYSTEM": "1"})
        self.server = next(server.pid for server in bench.servers
                           if server.args[1].endswith("git_server.py"))
        self.idle = self.threads()
        self.tools = tools(bench.countermark)

    def path(self, name):
        return os.path.join(self.folder, name)

    # ---- measuring

    def threads(self):
        return len(os.listdir(f"/proc/{self.server}/task"))

    def settle(self):
        """Until the server has ended every connection: then its log has all that it sent."""
        until = time.monotonic() + 60
        while self.threads() > self.idle:
            assert time.monotonic() < until, "the git server does not come to rest"
            time.sleep(0.005)

    def run(self, words, good=(0,)):
        self.settle()
        since = os.path.getsize(self.log) if os.path.exists(self.log) else 0
        wall, cpu, peak = figures.measured(words, self.environment, self.folder, good)
        self.settle()
        with open(self.log, "rb") as file:
            file.seek(since)
            rows = [json.loads(line) for line in file]
        return Run(wall, cpu, peak, sum(row["sent"] for row in rows), len(rows))

    # ---- commands

    def ask(self, commits, mirrors, *words):
        """All questions at once, of one process. Gives what it took, and its answers."""
        program, module, helper = self.tools
        with open(self.path("questions"), "w", encoding="ascii") as file:
            file.writelines(f"{MAIN} {commit}\n" for commit in commits)
        run = self.run(["sh", "-c", 'exec "$0" "$@" <questions >answers', program, "--ca", self.ca,
                        "--folder", self.path("tmp"), "--mirrors", self.path(mirrors),
                        "--timeout", str(PATIENCE), *words, module, helper, self.url, MAIN])
        with open(self.path("answers"), encoding="ascii") as file:
            probe, *answers = file.read().splitlines()
        assert probe == "probe 200 1" and len(answers) == len(commits), probe
        return run, answers

    def ask_cold(self, commits, *words):
        self.forget("cold")
        return self.ask(commits, "cold", *words)

    def forget(self, name):
        shutil.rmtree(self.path(name), ignore_errors=True)

    def git(self, commit, place, **how):
        """It ends with 1 for what is not on main, and with 128 for what is not there."""
        return self.run(plain_git(self.ca, self.url, self.path(place), commit, **how),
                        good=(0, 1, 128))

    def git_refs(self):
        return self.run(["git", "-c", f"http.sslCAInfo={self.ca}", "ls-remote", self.url, MAIN])

    def libgit2(self, commit):
        libraries = subprocess.run(["pkg-config", "--cflags", "--libs", "libgit2"], check=True,
                                   stdout=subprocess.PIPE, text=True).stdout.split()
        self.forget("libgit2")
        return self.run([figures.made("libgit2_fetch", *libraries), self.path("libgit2"), self.url,
                         self.ca, commit])

# SPDX-License-Identifier: Apache-2.0
"""What the tests share that ask with git-ask: a private place with servers, and runs in it.

    NAME.py PATH/git-ask PATH/countermark-outside.so PATH/countermark-git
"""

import contextlib
import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass

HERE = os.path.dirname(os.path.abspath(__file__))
SIMULATORS = os.path.join(os.path.dirname(os.path.dirname(HERE)), "simulators")
sys.path[:0] = [os.path.dirname(HERE), SIMULATORS]

import tls  # noqa: E402
from harness import end_session  # noqa: E402

PREFIXES = ("refs/heads/", "refs/tags/")
LIFE = 1800           # seconds after which servers end whatever happens
OVER = 30             # seconds that a run may take beyond its --timeout
MEMORY_MOST = 400 << 20
SHOWN, LINE_MOST = 60, 600
UNKNOWN = frozenset(("unsupported", "malformed", "transient", "limit", "cancelled", "auth"))
PROVEN = ("proven", "long")
KEPT = ("PATH", "ASAN_OPTIONS", "UBSAN_OPTIONS", "LSAN_OPTIONS")


# Starts a program from a small process: what a process had in memory when it became another program
# counts as that one's. Writes the program's status and peak.
MEASURE = """
import os, sys
pid = os.posix_spawn(sys.argv[2], sys.argv[2:], os.environ)
_, status, usage = os.wait4(pid, 0)
with open(sys.argv[1], "w", encoding="ascii") as file:
    file.write(f"{os.waitstatus_to_exitcode(status)} {usage.ru_maxrss * 1024}")
"""


class Wrong(AssertionError):
    """What is not as it has to be."""


def demand(truth, *said):
    if not truth:
        raise Wrong(" ".join(str(text) for text in said))


@dataclass(frozen=True)
class Answer:
    """A line of git-ask, see ask.c."""
    finding: str
    length: int
    path: str
    exists: str
    file: str = None

    @classmethod
    def of(cls, line):
        finding, length, path, exists, *file = line.split()
        return cls(finding, int(length), path, exists, *file)

    def __str__(self):
        return f"{self.finding} {self.length} {self.path} {self.exists} {self.file or ''}".rstrip()


class Said:
    """What one run of git-ask came to."""

    def __init__(self, exit_status, out, err, peak, seconds):
        self.exit, self.err, self.lines = exit_status, err, out.splitlines()
        self.peak, self.seconds = peak, seconds  # bytes, of the largest of its processes

    @property
    def probe(self):
        return self.lines[0].split()[1]

    @property
    def refs(self):
        return self.lines[0].split()[2]

    @property
    def answers(self):
        return [Answer.of(line) for line in self.lines[1:]]

    @property
    def json(self):
        return [json.loads(line) for line in self.lines]


class Run:
    """git-ask under way, in a session of its own; `measured` is a file for its status and peak."""

    def __init__(self, place, words, questions, timeout, measured=None):
        self.place, self.count, self.began = place, len(questions), time.monotonic()
        self.timeout, self.measured = timeout, measured
        if measured:
            words = [sys.executable, "-SEc", MEASURE, measured, *words]
        self.files = [tempfile.TemporaryFile(dir=place.folder) for _ in range(3)]
        self.files[0].write("".join(f"{' '.join(question)}\n" for question in questions).encode())
        self.files[0].seek(0)
        environment = {name: os.environ[name] for name in KEPT if name in os.environ}
        self.process = subprocess.Popen(
            [*words], stdin=self.files[0], stdout=self.files[1], stderr=self.files[2],
            env=dict(environment, LC_ALL="C.UTF-8"), start_new_session=True)

    def content(self, file):
        file.seek(0)
        text = file.read().decode("utf-8", "replace")
        file.close()
        return text

    def wait(self):
        """Status and peak of git-ask and of all that it has waited for itself."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(self.timeout + OVER)
        seconds, status, peak = time.monotonic() - self.began, self.process.returncode, 0
        left = end_session(self.process)
        demand(status is not None, "it did not end by itself")
        if self.measured:
            with open(self.measured, encoding="ascii") as file:
                status, peak = (int(word) for word in file.read().split())
            os.unlink(self.measured)
        demand(not left or status < 0, "processes were left behind:", left)
        return status, peak, seconds

    def end(self):
        status, peak, seconds = self.wait()
        self.files[0].close()
        out, err = self.content(self.files[1]), self.content(self.files[2])
        demand(status != 99, err)  # a sanitizer's finding
        return Said(status, out, err, peak, seconds)

    def answered(self):
        """end(), and it has answered all that it was asked."""
        said = self.end()
        demand(said.exit == 0, "git-ask ended with", said.exit, said.err)
        demand(len(said.lines) == self.count + 1, len(said.lines), "lines")
        return said


class Server:
    """git_server.py over a folder of repositories."""

    def __init__(self, place, name):
        self.root, self.faults = place.path(name), place.path(name + ".faults")
        self.log_path = place.path(name + ".log")
        os.makedirs(self.root)
        self.process = subprocess.Popen(
            [sys.executable, "-B", os.path.join(SIMULATORS, "git_server.py"), "--root", self.root,
             "--cert", place.path("tls", "server.pem"), "--key", place.path("tls", "server.key"),
             "--log", self.log_path, "--faults", self.faults, "--seconds", str(LIFE)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.url = json.loads(self.process.stdout.readline())["url"]

    def fail(self, *rows):
        """What it is to do wrong from now on."""
        with open(self.faults + ".new", "w", encoding="utf-8") as file:
            json.dump(rows, file)
        os.rename(self.faults + ".new", self.faults)

    def requests(self):
        with contextlib.suppress(FileNotFoundError), \
                open(self.log_path, encoding="utf-8") as file:
            return [json.loads(line) for line in file if line.endswith("\n")]
        return []

    def close(self):
        self.process.stdin.close()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.process.stdout.close()


class Place:
    """A private folder with certificates, the servers that work in it, and git-ask asking them."""

    def __init__(self, programs):
        self.git_ask, self.module, self.helper = (os.path.abspath(path) for path in programs)
        with open(self.helper, "rb") as file:
            self.sanitized = b"__asan_init" in file.read()
        self.folder = tempfile.mkdtemp(prefix="countermark-test-git-")
        self.servers, self.lock, self.count = [], threading.Lock(), 0

    def path(self, *parts):
        return os.path.join(self.folder, *parts)

    def __enter__(self):
        try:
            tls.make(self.path("tls"))
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        for server in self.servers:
            server.close()
        shutil.rmtree(self.folder, ignore_errors=True)

    def serve(self, name):
        server = Server(self, name)
        self.servers.append(server)
        return server

    def new_folder(self, name):
        """One that is not there yet; its name only begins with that."""
        with self.lock:
            self.count += 1
            path = self.path(f"{name}-{self.count}")
        os.mkdir(path, 0o700)
        return path

    def start(self, url, questions, *, prefixes=PREFIXES, mirrors=None, folder=None, timeout=60,
              words=(), helper=None, measured=None):
        folder = folder or self.path("work")
        os.makedirs(folder, mode=0o700, exist_ok=True)
        words = [self.git_ask, "--ca", self.path("tls", "ca.pem"), "--folder", folder, "--timeout",
                 str(timeout), *words, *(["--mirrors", mirrors] if mirrors else []), self.module,
                 helper or self.helper, url, *prefixes]
        return Run(self, words, questions, timeout, measured)

    def ask(self, url, questions, **how):
        """Of an undisturbed run: it leaves nothing behind, whatever the server was like."""
        folder = self.new_folder("work")
        said = self.start(url, questions, folder=folder, measured=folder + ".measured",
                          **how).answered()
        demand(os.listdir(folder) == [], "files were left behind:", os.listdir(folder))
        os.rmdir(folder)
        if not self.sanitized:
            demand(said.peak < MEMORY_MOST, f"{said.peak >> 20} MiB of memory")
        return said


def tell(failed):
    """What failed, as far as anybody would read it."""
    for text in failed[:SHOWN]:
        print("FAILED", text[:LINE_MOST])
    if len(failed) > SHOWN:
        print(f"FAILED and {len(failed) - SHOWN} more")


def allow_many_files():
    """Each run has some files open here, and many run at once."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, max(soft, 4096)), hard))

#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Golden tests of the command line: one file a case, with the command line and all that it said.

    golden.py COUNTERMARK [CASE...]            runs all cases, or those that are named
    golden.py COUNTERMARK --bless [CASE...]    rewrites them as they are now: read the diff
    golden.py COUNTERMARK --record             records the evidence in files/ anew, then: --bless

To add a case, write its head into cases/NAME.txt and bless it:

    # Why there is this case.
    world: rejected
    varies: times ports
    $ countermark verify --config countermark.conf --build 901234

The line behind "$" is the shell's (sh), and so are lines behind ">" that follow. They run in a
folder of their own, with what lies in files/ copied there, "countermark" in the PATH, the folder of
plug-ins in PLUGINS, nothing on standard input and nothing of the environment of whoever runs this.
The head may say, a line each:

    world: NAME       a build system and a repository, as worlds.py has them; the folder then has
                      countermark.conf and the build is 901234
    varies: RULE...   what is replaced because it differs from run to run: see RULES. A rule that
                      has nothing to replace is an error: few are needed
    terminal: 40      standard output is a terminal of so many columns (TERM=xterm)
    locale: C         instead of C.UTF-8
    set: NAME=VALUE   in the environment; may be said several times
    interrupt: INT    this signal, once the build system was asked for the artifacts

Replays of recorded evidence (files/*.evidence, sealed by evidence-key.pub) vary in nothing: prefer
them for what a report looks like. What a case shows of an escape sequence begins with "\\e".
"""

import argparse
import difflib
import fcntl
import json
import os
import pty
import re
import shutil
import signal
import struct
import subprocess
import sys
import termios
import threading
import time
from concurrent.futures import ThreadPoolExecutor

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
CASES, FILES = os.path.join(HERE, "cases"), os.path.join(HERE, "files")
sys.path[:0] = [os.path.join(ROOT, "tests", "integration"), HERE]

import worlds  # noqa: E402
from harness import Bench  # noqa: E402
from world import user  # noqa: E402

AT_ONCE = 4
LIMIT = 120  # seconds that one case may take
KEYS = {"world", "varies", "terminal", "locale", "set", "interrupt"}


def plugin_folder(program):
    prefix = os.path.dirname(os.path.dirname(program))
    return next(folder for folder, _, names in os.walk(prefix)
                if folder.endswith("countermark/plugins") and names)


def rules(program, folder):
    """{ name: [(pattern, replacement)] }"""
    plugins = plugin_folder(program)
    from_program = os.path.join(os.path.dirname(program),
                                os.path.relpath(plugins, os.path.dirname(program)))
    return {
        "times": [(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|\+00:00)", "<TIME>"),
                  (r"\b\d+ (s|minutes|hours|days) ago", "<AGE> ago"),
                  (r"(less than a second|(?<!than )\b\d+ s) apart", "<TIME> apart")],
        "ports": [(r"\blocalhost:\d+", "localhost:<PORT>")],
        "folder": [(re.escape(folder), "<FOLDER>")],
        "user": [(r"\b" + re.escape(user()) + r"\b", "local:<USER>")],
        "digests": [(r"\b[0-9a-f]{64}\b", "<SHA256>")],
        "sizes": [(r"(?<=  size        )\d+ bytes|(?<=json, )\d+ bytes", "<SIZE> bytes")],
        "keys": [(r"(?<=-----\n)[A-Za-z0-9+/=\n]+(?=\n-----)", "<KEY>")],
        "version": [(r"((countermark|engine|appveyor|version|\"(version|semanticVersion)\":)\s+\"?)\d+(\.\d+)+",
                     r"\1<VERSION>")],
        "loaded": [(r"(?<=, sha256 )[0-9a-f]{64}$", "<SHA256>")],
        "component": [(r"(?<=countermark: )/\S*(?=: Too many open files)", "<COMPONENT>")],
        "plugins": [(f"{re.escape(plugins)}|{re.escape(from_program)}", "<PLUGINS>")],
    }


class Wrong(Exception):
    """A case that cannot be read or run."""


class Case:
    def __init__(self, name):
        self.name, self.path = name, os.path.join(CASES, name + ".txt")
        self.said = {"varies": "", "locale": "C.UTF-8"}
        self.environment = {}
        with open(self.path, encoding="utf-8") as file:
            self.text = file.read()
        self.head, found, rest = self.text.partition("\n$ ")
        if not found:
            raise Wrong("there is no line that begins with '$ '")
        self.lines = re.match(r".*(\n> .*)*", rest)[0].split("\n> ")
        for line in self.head.splitlines():
            if not line.startswith("#"):
                self.read(line)

    def read(self, line):
        key, found, value = line.partition(": ")
        if key not in KEYS or not found:
            raise Wrong(f"what is {line!r}?")
        if key == "set":
            name, _, text = value.partition("=")
            self.environment[name] = text
        else:
            self.said[key] = value


def shown(data):
    """Bytes as text that a person can read and an editor does not harm."""
    text = data.decode("utf-8", "backslashreplace").replace("\x1b", "\\e")
    text = re.sub(r"[\x00-\x08\x0b-\x1f\x7f]", lambda m: f"\\x{ord(m[0]):02x}", text)
    return text if text.endswith("\n") or not text else text + "\n\\ no newline at the end\n"


class Screen:
    """A terminal that only shows: what is written to it, byte for byte."""

    def __init__(self, columns):
        self.controller, self.terminal = pty.openpty()
        fcntl.ioctl(self.terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
        modes = termios.tcgetattr(self.terminal)
        modes[1] &= ~termios.OPOST
        termios.tcsetattr(self.terminal, termios.TCSANOW, modes)
        self.data = b""
        self.reader = threading.Thread(target=self.read, daemon=True)

    def read(self):
        while True:
            try:
                some = os.read(self.controller, 65536)
            except OSError:  # nobody has it open any more
                return
            self.data += some

    def finish(self):
        self.reader.join(LIMIT)
        os.close(self.controller)
        return self.data


class Runner:
    def __init__(self, bench):
        self.bench, self.rules = bench, rules(bench.countermark, bench.folder)
        self.plugins = plugin_folder(bench.countermark)

    def prepare(self, case):
        """The folder in which it runs, and the World."""
        world = None
        if "world" in case.said:
            world = self.bench.world(re.sub(r"\W", "-", case.name))
            worlds.WORLDS[case.said["world"]](world)
            folder = self.bench.prepare(world)
        else:
            folder = self.bench.path("runs", "golden-" + case.name)
            os.makedirs(os.path.join(folder, "tmp"))
        for name in os.listdir(FILES):
            path = os.path.join(folder, name)
            shutil.copyfile(os.path.join(FILES, name), path)
            os.chmod(path, 0o644)
        return folder, world

    def environment(self, case, folder):
        environment = self.bench.environment(folder)
        environment["PATH"] = os.path.dirname(self.bench.countermark) + ":" + environment["PATH"]
        environment["PLUGINS"] = self.plugins
        environment["LC_ALL"] = case.said["locale"]
        if "terminal" in case.said:
            environment["TERM"] = "xterm"
        return {**environment, **case.environment}

    def interrupt(self, case, world, process):
        """In the midst of its work."""
        for _ in range(100 * LIMIT):
            if any(r["path"].endswith("/artifacts") for r in self.bench.requests(world)):
                os.killpg(process.pid, getattr(signal, "SIG" + case.said["interrupt"]))
                return
            if process.poll() is not None:
                return
            time.sleep(0.01)

    def run(self, case):
        """(exit status, stdout, stderr)"""
        folder, world = self.prepare(case)
        screen = Screen(int(case.said["terminal"])) if "terminal" in case.said else None
        process = subprocess.Popen(
            ["sh", "-c", "\n".join(case.lines)], cwd=folder, env=self.environment(case, folder),
            stdin=subprocess.DEVNULL, stdout=screen.terminal if screen else subprocess.PIPE,
            stderr=subprocess.PIPE, start_new_session=True)
        if screen:
            os.close(screen.terminal)
            screen.reader.start()
        if "interrupt" in case.said:
            self.interrupt(case, world, process)
        try:
            out, err = process.communicate(timeout=LIMIT)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.communicate()
            raise Wrong("it did not end") from None
        out = screen.finish() if screen else out
        status = process.returncode
        return status if status >= 0 else 128 - status, shown(out), shown(err)

    def normalised(self, case, *texts):
        names = case.said["varies"].split()
        for name in names:
            if name not in self.rules:
                raise Wrong(f"there is no rule {name}; there is: {', '.join(self.rules)}")
            before = texts
            for pattern, replacement in self.rules[name]:
                texts = [re.sub(pattern, replacement, text, flags=re.M) for text in texts]
            if list(before) == texts:
                raise Wrong(f"the rule {name} has nothing to replace")
        return texts

    def actual(self, case):
        """What the case's file would say now."""
        status, out, err = self.run(case)
        out, err = self.normalised(case, out, err)
        parts = [f"{case.head}\n$ " + "\n> ".join(case.lines) + f"\nexit {status}\n"]
        if out:
            parts += ["---- stdout\n", out]
        if err:
            parts += ["---- stderr\n", err]
        return "".join(parts)


def judge(runner, name, bless):
    """What is wrong with the case, or None; blessed, it is as it is."""
    try:
        case = Case(name)
        actual = runner.actual(case)
    except (Wrong, OSError) as wrong:
        return f"FAILED {name}: {wrong}\n"
    if actual == case.text:
        return None
    if bless:
        with open(case.path, "w", encoding="utf-8") as file:
            file.write(actual)
        return None
    return f"FAILED {name}: if this is as it should be, bless it\n" + "".join(
        difflib.unified_diff(case.text.splitlines(True), actual.splitlines(True), "expected",
                             "actual"))


def statuses(commands):
    """All exit statuses of countermark(1) and of the pages that commands have for themselves."""
    pages = ["countermark.1"] + [f"countermark-{command.split()[0]}.1" for command in commands]
    for path in (os.path.join(ROOT, "docs", name) for name in dict.fromkeys(pages)):
        if os.path.exists(path):
            with open(path, encoding="utf-8") as file:
                part = file.read().split(".Sh EXIT STATUS\n")[1].split(".Sh ")[0]
            yield from re.findall(r"^\.It (\S+)$", part, re.M)


def missing(program, names):
    """Each command has a case that shows its help, each exit status of the manual one of its own."""
    text = subprocess.run([program, "--help"], capture_output=True, encoding="utf-8",
                          check=True).stdout
    commands = re.findall(r"^  (\S+(?: \S+)?)  +", text.split("commands:\n")[1].split("\n\n")[0],
                          re.M)
    wanted = {"help-" + command.replace(" ", "-"): f"$ countermark {command} --help\n"
              for command in commands}
    for status in statuses(commands):
        wanted["exit-" + status] = f"\nexit {'1' if status == '128+n' else status}"
    for name, text in wanted.items():
        if name not in names:
            yield f"there is no case {name}"
        elif text not in Case(name).text:
            yield f"{name} does not say {text.strip()!r}"


def another_build(program, folder):
    """The same program and plug-ins with other digests: so that each replay finds that it is not
    by the engine that recorded, and not only those of later builds."""
    prefix = os.path.dirname(os.path.dirname(program))
    for part in ("bin", "lib", "libexec"):
        shutil.copytree(os.path.join(prefix, part), os.path.join(folder, part))
    changed = [os.path.join(folder, "bin", os.path.basename(program))]
    for path, _, names in os.walk(os.path.join(folder, "lib", "countermark", "plugins")):
        changed += [os.path.join(path, name) for name in names]
    for path in changed:
        with open(path, "ab") as file:
            file.write(b"\0")
    return changed[0]


def record(bench):
    """Evidence for replays: what was said once, sealed by a key that nobody has any more."""
    bench.countermark = another_build(bench.countermark, bench.path("another"))
    for name in ("accepted", "rejected", "undecided"):
        world = bench.world(name)
        worlds.WORLDS[name](world)
        result = bench.verify(world)
        shutil.copyfile(os.path.join(result.folder, "evidence.json"),
                        os.path.join(FILES, name + ".evidence"))
    shutil.copyfile(bench.public_key(), os.path.join(FILES, "evidence-key.pub"))


def main():
    parser = argparse.ArgumentParser(usage=__doc__.split("\n\n")[1].strip())
    parser.add_argument("countermark")
    parser.add_argument("--bless", action="store_true")
    parser.add_argument("--record", action="store_true")
    parser.add_argument("cases", nargs="*")
    said = parser.parse_intermixed_args()
    every = sorted(name[:-len(".txt")] for name in os.listdir(CASES))
    with Bench(said.countermark) as bench:
        if said.record:
            return record(bench)
        runner = Runner(bench)
        names = said.cases or every
        with ThreadPoolExecutor(AT_ONCE) as pool:
            wrong = list(pool.map(lambda name: judge(runner, name, said.bless), names))
    wrong = [text for text in wrong if text]
    print(*wrong, f"{len(names) - len(wrong)} of {len(names)} cases say what they said", sep="")
    lacking = [] if said.cases else list(missing(bench.countermark, every))
    print(*lacking, sep="\n", end="")
    return 1 if wrong or lacking or not names else 0


if __name__ == "__main__":
    sys.exit(main())

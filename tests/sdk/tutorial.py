#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Does what docs/writing-a-connector.md says, and compares what comes of it.

    tutorial.py CMAKE BUILD CC CXX

The commands of all blocks marked `console` are run in one shell, in their order, against an
installed tree: lines behind "$ " (and "> ") are typed, all others must be printed. A line "..."
stands for any lines, "..." within a line for any text. What differs from run to run is made alike
first. A command that fails must be followed by `echo $?`. Blocks marked `c` must stand in the
template, word for word. No other blocks are allowed, so that nothing stands on the page that nobody
has tried.
"""

import difflib
import os
import pwd
import re
import subprocess
import sys

from prefix import LIMIT, ROOT, Prefix

PAGE = os.path.join(ROOT, "docs", "writing-a-connector.md")
TEMPLATE = os.path.join(ROOT, "sdk", "template")


def blocks(text):
    """(line, language, lines) of each fenced block."""
    found, inside = [], None
    for number, line in enumerate(text.split("\n"), 1):
        if inside is None and line.startswith("```"):
            inside = (number, line[3:], [])
        elif inside is not None and line == "```":
            found.append(inside)
            inside = None
        elif inside is not None:
            inside[2].append(line)
    assert inside is None, f"{PAGE}:{inside[0]}: the block does not end"
    return found


def commands(found):
    """(line, command, expected lines) of each."""
    steps = []
    for number, _, lines in found:
        for at, line in enumerate(lines, number + 1):
            if line.startswith("$ "):
                steps.append([at, line[2:], []])
            elif line.startswith("> ") and not steps[-1][2]:
                steps[-1][1] += "\n" + line[2:]
            else:
                steps[-1][2].append(line)
    return steps


class Shell:
    """One shell; what each command prints goes into a file of its own."""

    def __init__(self, prefix):
        self.prefix = prefix
        self.home = prefix.folder
        self.bash = subprocess.Popen(["bash", "--norc", "--noprofile"], cwd=self.home,
                                     env=prefix.environment, stdin=subprocess.PIPE,
                                     stdout=subprocess.PIPE, stderr=subprocess.STDOUT)

    def run(self, command, before):
        """Gives its status and what it printed; it finds `before` in $?."""
        said = os.path.join(self.prefix.top, "said")
        self.bash.stdin.write(f"(exit {before})\n{{ {command}\n}} >{said} 2>&1 </dev/null\n"
                              "echo $?\n".encode())
        self.bash.stdin.flush()
        line = self.bash.stdout.readline()
        assert line, "the shell has ended"
        with open(said, encoding="utf-8") as file:
            return int(line), file.read()

    def close(self):
        self.bash.stdin.close()
        self.bash.wait(LIMIT)
        self.bash.stdout.close()


def user():
    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        return str(os.getuid())


def alike(text, home):
    """Without what is different each time, and on each machine."""
    text = text.replace(home, "/home/you").replace("local:" + user(), "local:you")
    for pattern, instead in (
            (r"localhost:\d+", "localhost:PORT"),
            (r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z", "TIME"),
            (r"\b[0-9a-f]{64}\b", "SHA256"),
            (r"\b[0-9a-f]{40}\b", "COMMIT")):
        text = re.sub(pattern, instead, text)
    return text.rstrip("\n").split("\n") if text.strip() else []


def pattern_of(expected):
    parts = []
    for line in expected:
        if line == "...":
            parts.append(r"(?:.*\n)*?")
        else:
            parts.append(".*".join(re.escape(part) for part in line.split("...")) + r"\n")
    return "".join(parts)


def try_commands(prefix, steps):
    shell, status = Shell(prefix), 0
    try:
        for at, (number, command, expected) in enumerate(steps):
            where = f"{PAGE}:{number}: $ {command}\n"
            status, said = shell.run(command, status)
            follows = steps[at + 1][1] if at + 1 < len(steps) else ""
            assert status == 0 or follows == "echo $?", f"{where}exit status {status}\n{said}"
            want, got = alike("\n".join(expected), shell.home), alike(said, shell.home)
            if not re.fullmatch(pattern_of(want), "".join(line + "\n" for line in got)):
                raise AssertionError(where + "\n".join(
                    difflib.unified_diff(want, got, "the page", "what was printed", lineterm="")))
    finally:
        subprocess.run([sys.executable, os.path.join(shell.home, "acme_ci", "acme.py"), "stop"],
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)
        shell.close()


def main():
    cmake, build, cc, cxx = sys.argv[1:]
    with open(PAGE, encoding="utf-8") as file:
        found = blocks(file.read())
    code = ""
    for name in ("acme_ci.c", "test_acme_ci.c"):
        with open(os.path.join(TEMPLATE, name), encoding="utf-8") as file:
            code += file.read()
    for number, language, lines in found:
        assert language in ("console", "c"), f"{PAGE}:{number}: a block is 'console' or 'c'"
        assert language != "c" or "\n".join(lines) in code, \
            f"{PAGE}:{number}: this does not stand in the template:\n" + "\n".join(lines)
    steps = commands([block for block in found if block[1] == "console"])
    assert len(steps) > 20, "the page has lost its commands"
    with Prefix(cmake, build, cc, cxx) as prefix:
        try_commands(prefix, steps)
    print(f"{len(steps)} commands, {len(found)} blocks: as the page says")


if __name__ == "__main__":
    main()

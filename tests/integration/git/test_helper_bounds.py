#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What the helper does not take part in, and what it gives up before it reads a stranger's pack.

    test_helper_bounds.py PATH/countermark-git
"""

import os
import subprocess
import sys
import tempfile
import time

HELPER = sys.argv[1]
ID = "0123456789abcdef0123456789abcdef01234567"
ENVIRONMENT = {name: os.environ[name] for name in ("CM_MUTANT",) if name in os.environ}
PATIENCE = 10.0

# FOLDER is put in front of each.
WRONG = [
    [], ["1000", "object", "1000"], ["0", "object", "1000", ID], ["x", "object", "1000", ID],
    ["50000001", "object", "1000", ID], ["1000", "object", "-1", ID],
    ["1000", "object", "1073741825", ID], ["1000", "object", "1000", "main"],
    ["1000", "blob", "1000", ID], ["1000", "object", "1000", ID, ID], ["1000", "path", "1000", ID],
    ["1000", "path", "1000", ID, "main"], ["1000", "path", "1000", ID, *[ID] * 65]]

LIMITS = {"Max core file size": 0, "Max cpu time": 300, "Max file size": 2 << 30,
          "Max open files": 64}
UNSANITIZED = {"Max address space": 3 << 30, "Max processes": 0}


def is_sanitized():
    with open(HELPER, "rb") as file:
        return b"__asan_init" in file.read()


def refuses(folder, words):
    done = subprocess.run([HELPER, folder, *words], stdin=subprocess.DEVNULL, env=ENVIRONMENT,
                          stdout=subprocess.PIPE, check=False, timeout=PATIENCE)
    assert b"error internal usage: " in done.stdout, (words, done.stdout)


def read(pid, name):
    try:
        with open(f"/proc/{pid}/{name}", encoding="ascii", errors="replace") as file:
            return file.read()
    except (FileNotFoundError, ProcessLookupError):
        return ""


def limit(text, name):
    """The hard limit."""
    line = next((line for line in text.splitlines() if line.startswith(name)), None)
    return line[len(name):].split()[1] if line else None


def wrong_with(pid):
    """What it has not given up yet; None if there is nothing."""
    status, limits = read(pid, "status"), read(pid, "limits")
    if "NoNewPrivs:\t1" not in status:
        return "new privileges"
    if "Umask:\t0077" not in status:
        return "the umask"
    for name, most in {**LIMITS, **({} if is_sanitized() else UNSANITIZED)}.items():
        said = limit(limits, name)
        if said is None or said == "unlimited" or int(said) > most:
            return f"{name}: {said}"
    return None


def within_patience(what):
    """Until it gives None; or what it gave last."""
    until, wrong = time.monotonic() + PATIENCE, what()
    while wrong is not None and time.monotonic() < until:
        time.sleep(0.01)
        wrong = what()
    return wrong


def is_confined(folder):
    """It reads a pack that does not come, so that it can be looked at."""
    with subprocess.Popen([HELPER, folder, "1000", "object", "1000", ID], env=ENVIRONMENT,
                          stdin=subprocess.PIPE, stdout=subprocess.DEVNULL) as helper:
        wrong = within_patience(lambda: wrong_with(helper.pid))
        helper.stdin.close()
    assert wrong is None, wrong


STARTER = """
import subprocess, sys
helper = subprocess.Popen(sys.argv[1:], stdin=0, stdout=subprocess.DEVNULL)
print(helper.pid, flush=True)
sys.stdin.close()
while b"NoNewPrivs:\\t1" not in open(f"/proc/{helper.pid}/status", "rb").read():
    pass
"""


def is_alive(pid):
    status = read(pid, "status")
    return "it lives on" if status and "State:\tZ" not in status else None


def ends_with_its_parent(folder):
    """Its pack never ends, and whoever asked for it is gone."""
    ours, theirs = os.pipe()
    try:
        done = subprocess.run(
            [sys.executable, "-c", STARTER, HELPER, folder, "1000", "object", "1000", ID],
            env={**os.environ, **ENVIRONMENT}, stdin=ours, stdout=subprocess.PIPE, check=True,
            timeout=PATIENCE)
        wrong = within_patience(lambda: is_alive(int(done.stdout)))
    finally:
        os.close(ours)
        os.close(theirs)
    assert wrong is None, wrong


def main():
    with tempfile.TemporaryDirectory() as folder:
        for words in WRONG:
            refuses(folder, words)
        is_confined(folder)
        ends_with_its_parent(folder)


if __name__ == "__main__":
    main()

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

# What is no question.
WRONG = [
    "", "object", "object 1000", "object -1 " + ID, "object 1073741825 " + ID, "object 1000 main",
    f"object 1000 {ID} {ID}", "object 1000 " + ID.upper(), "blob 1000 " + ID, "path 1000 " + ID,
    f"path 1000 {ID} main", " ".join(["path", "1000", ID, *[ID] * 65]), f"path x {ID} {ID}",
    "whole", "whole main", " ".join(["whole", *[ID] * 65]), "pack", "pack 0", "pack x",
    "pack 50000001", "pack 1000", " ".join(["whole", *[ID] * 140]),
    "folder x", "folder /" + "x" * 4096, "x" * 70000, "object  1 " + ID]

LIMITS = {"Max core file size": 0, "Max cpu time": 300, "Max file size": 2 << 30,
          "Max open files": 64}
UNSANITIZED = {"Max address space": 3 << 30, "Max processes": 0}


def is_sanitized():
    with open(HELPER, "rb") as file:
        return b"__asan_init" in file.read()


def refuses(question):
    """It says so, and ends: what comes next could be anything."""
    done = subprocess.run([HELPER], input=question.encode() + b"\nobject 1000 " + ID.encode()
                          + b"\n", env=ENVIRONMENT, stdout=subprocess.PIPE, check=False,
                          timeout=PATIENCE)
    assert done.returncode == 1, (question, done.returncode)
    assert (done.stdout.startswith(b"countermark-git 2\nerror internal ")
            and done.stdout.count(b"\n") == 2) or len(question) > 65536, (question, done.stdout)


def refuses_pieces():
    """A pack that is no longer told from questions is the end, and not an empty pack."""
    with tempfile.TemporaryDirectory() as folder:
        for pieces in (b"x\n", b"5\nab", b"", b"stop", b"-1\n", b"1073741825\n"):
            done = subprocess.run([HELPER], input=b"folder %b\npack 10\n%b" %
                                  (folder.encode(), pieces), env=ENVIRONMENT,
                                  stdout=subprocess.PIPE, check=False, timeout=PATIENCE)
            assert done.returncode == 1, (pieces, done)
            assert done.stdout.startswith(b"countermark-git 2\nend\nerror internal "), done
        given = b"folder %b\npack 10\nstop\nobject 1000 %b\n" % (folder.encode(), ID.encode())
        done = subprocess.run([HELPER], input=given, env=ENVIRONMENT, stdout=subprocess.PIPE,
                              check=True, timeout=PATIENCE)
        assert done.stdout == (b"countermark-git 2\nend\nerror cancelled the pack did not come to "
                               b"its end\nabsent\nend\n"), done


def refuses_what_is_cut():
    """One byte more, and no line feed."""
    done = subprocess.run([HELPER], input=b"object 1000 " + ID.encode() + b"0", env=ENVIRONMENT,
                          stdout=subprocess.PIPE, check=False, timeout=PATIENCE)
    assert done.returncode == 1 and done.stdout == b"countermark-git 2\n", done


def knows_collisions():
    """Objects are hashed by libgit2; that it looks for collisions is decided when it is built."""
    done = subprocess.run(["ldd", HELPER], stdout=subprocess.PIPE, check=True)
    path = next(line.split()[2] for line in done.stdout.decode().splitlines() if "libgit2" in line)
    with open(path, "rb") as file:
        assert b"SHA1 collision attack detected" in file.read(), path


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


def is_confined():
    """It waits for a question that does not come, so that it can be looked at."""
    with subprocess.Popen([HELPER], env=ENVIRONMENT, stdin=subprocess.PIPE,
                          stdout=subprocess.DEVNULL) as helper:
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


def ends_with_its_parent():
    """Its questions never end, and whoever asked them is gone."""
    ours, theirs = os.pipe()
    try:
        done = subprocess.run(
            [sys.executable, "-c", STARTER, HELPER],
            env={**os.environ, **ENVIRONMENT}, stdin=ours, stdout=subprocess.PIPE, check=True,
            timeout=PATIENCE)
        wrong = within_patience(lambda: is_alive(int(done.stdout)))
    finally:
        os.close(ours)
        os.close(theirs)
    assert wrong is None, wrong


def main():
    for question in WRONG:
        refuses(question)
    refuses_pieces()
    refuses_what_is_cut()
    knows_collisions()
    is_confined()
    ends_with_its_parent()


if __name__ == "__main__":
    main()

# SPDX-License-Identifier: Apache-2.0
"""What the benchmarks share: runs of whole processes, in turn with what they are compared with."""

import atexit
import functools
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(os.path.dirname(HERE), "integration"))


@functools.lru_cache(maxsize=None)
def made(name, *libraries):
    """A program of tests/bench/, made of NAME.c on first use."""
    folder = tempfile.mkdtemp(prefix="countermark-bench-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    path = os.path.join(folder, name)
    source = os.path.join(HERE, name + ".c")
    subprocess.run(["cc", "-O2", "-o", path, source, *libraries], check=True)
    return path


def measured(words, environment=None, folder=None, good=(0,)):
    """Seconds by the clock, seconds of CPU, and peak memory in KiB of one run."""
    done = subprocess.run([made("measure"), *words], env=environment, cwd=folder, check=True,
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE)
    wall, cpu, peak, status = done.stdout.split()
    if int(status) not in good:
        raise SystemExit(f"{words[0]} {words[1]}: exit status {int(status)}")
    return float(wall), float(cpu), int(peak)


def pairwise(commands, runs, one, other, column=0, **more):
    """Medians, and the median of the ratios one/other, pair by pair."""
    seen = {name: [] for name in commands}
    for number in range(runs + 1):
        for name, words in commands.items():
            figures = measured(words, **more)
            if number:
                seen[name].append(figures)
    ratio = statistics.median(a[column] / b[column] for a, b in zip(seen[one], seen[other]))
    medians = {name: tuple(statistics.median(c) for c in zip(*rows)) for name, rows in seen.items()}
    return medians, ratio


def table(title, head, rows):
    widths = [max(len(str(row[i])) for row in [head, *rows]) for i in range(len(head))]
    print(f"\n{title}")
    for row in [head, ["-" * width for width in widths], *rows]:
        print("| " + " | ".join(str(cell).ljust(width) for cell, width in zip(row, widths)) + " |")


def machine():
    with open("/proc/cpuinfo", encoding="utf-8") as file:
        model = next((line.split(":", 1)[1].strip() for line in file if line.startswith("model name")),
                     "unknown")
    print(f"{time.strftime('%Y-%m-%d', time.gmtime())}, {os.cpu_count()} x {model}, "
          f"Linux {os.uname().release}")


def ms(seconds):
    return f"{seconds * 1000:.2f} ms"


def reached(holds):
    return "reached" if holds else "MISSED"

#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Hostile archives before the strict reader, and beside it what other readers make of each.

    hostile.py FOLDER-OF-PROGRAMS

What we accept, all readers must read alike; what readers disagree about, we must refuse, and say
why."""

import sys
import tempfile

import readers
from hostile_archives import CASES

NAMES = ("libzip", "libzip, checked", "libarchive", "libarchive, streaming", "Python", ".NET")
# What these two cannot do: it is not the archive's fault.
UNABLE = {"libarchive, streaming": "reads from the front: what stands there, with no directory",
          "libzip, checked": "refuses what other readers agree about"}


def differ(read):
    """Do two readers that got to the end have something different in their hands?"""
    meanings = {tuple(reading.meaning()) for reading in read.values() if not reading.error}
    return len(meanings) > 1


def faults_of(wanted, ours, others):
    """What is wrong with our reading of a case; empty: nothing."""
    if wanted is not None:
        if not ours.error:
            return "accepted"
        return "" if wanted.lower() in ours.error.lower() else f"refused for another reason: {ours.error}"
    if ours.error:
        return f"refused: {ours.error}"
    odd = [name for name, reading in others.items() if name not in UNABLE
           and (reading.error or reading.meaning() != ours.meaning())]
    return f"read otherwise by {', '.join(odd)}" if odd else ""


def main():
    readers.skip_if_missing(f"{sys.argv[1]}/read_libzip")
    failed, disagreed, refused = 0, 0, 0
    with tempfile.TemporaryDirectory(prefix="countermark-test-") as folder:
        paths = []
        for number, (_, content, _) in enumerate(CASES):
            paths.append(f"{folder}/{number:03d}.zip")
            with open(paths[-1], "wb") as file:
                file.write(content)
        read = readers.read_all(sys.argv[1], readers.Oracle(folder), paths)
        print(f"{'':44} ours; {'; '.join(NAMES)}")
        for number, (name, _, wanted) in enumerate(CASES):
            others = {reader: read[reader][number] for reader in NAMES}
            ours = read["ours"][number]
            fault = faults_of(wanted, ours, others)
            failed += bool(fault)
            refused += bool(ours.error)
            disagreed += differ(others)
            print(f"{name[:44]:44} {'; '.join(r.words() for r in (ours, *others.values()))}"
                  f"{'; they differ' if differ(others) else ''}")
            print(f"{'':44} {'FAILED: ' + fault if fault else ours.error or 'accepted'}")
    print(f"{len(CASES)} archives, {refused} refused; readers disagree about {disagreed}; "
          f"{failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())

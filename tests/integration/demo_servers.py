#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The stage of contrib/demo: an AppVeyor, a repository, a package and a configuration.

    demo_servers.py COUNTERMARK

Prints the folder with countermark.conf and the package once all is there. The line "change" on
standard input makes somebody change the project's settings; answered with "changed". Ends, and
takes everything away, when standard input ends.
"""

import json
import os
import signal
import sys

from harness import Bench
from world import ARTIFACT, stamp


def write_scenario(bench, world):
    path = bench.path("scenarios", world.name + ".json")
    with open(path + ".new", "w", encoding="utf-8") as file:
        json.dump(world.scenario, file)
    os.rename(path + ".new", path)


def change_settings(world):
    """Somebody adds a cache on AppVeyor's pages, after the build."""
    world.configuration["cacheEntries"] = [{"value": "packages -> packages.config"}]
    world.settings["updated"] = stamp(0)


def main():
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the demo itself is interrupted, and tells us
    with Bench(sys.argv[1]) as bench:
        world = bench.world("demo")
        folder = bench.prepare(world)
        with open(os.path.join(folder, ARTIFACT), "wb") as file:
            file.write(world.artifact)
        print(folder, flush=True)
        for line in sys.stdin:
            if line.strip() == "change":
                change_settings(world)
                write_scenario(bench, world)
                print("changed", flush=True)


if __name__ == "__main__":
    main()

#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""rust.py CONFORM COUNTERMARK SOURCE BUILD: the connector in Rust, built, loaded, held up.

Skipped where there is no cargo, unless COUNTERMARK_INTEROP_REQUIRED says that there has to be one.
"""

import os
import shutil
import subprocess
import sys


def run(*words, **more):
    print("$", " ".join(words), flush=True)
    subprocess.run(words, check=True, timeout=600, **more)


def main(conform, countermark, source, build):
    cargo = shutil.which("cargo")
    if cargo is None:
        print("there is no cargo here: contrib/setup --interop installs it")
        sys.exit(1 if os.environ.get("COUNTERMARK_INTEROP_REQUIRED") else 77)
    os.umask(0o022)  # what others may write, the loader refuses
    run(cargo, "build", "--release", "--offline", "--locked", "--target-dir", build, cwd=source)
    plugin = os.path.join(build, "acme_rust.so")
    shutil.copy(os.path.join(build, "release", "libacme_rust.so"), plugin)
    run(countermark, "plugin", "dump", plugin)
    run(conform, "--time-limit", "200", plugin, os.path.join(source, "conformance.json"))


if __name__ == "__main__":
    main(*sys.argv[1:])

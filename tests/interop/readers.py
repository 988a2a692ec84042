# SPDX-License-Identifier: Apache-2.0
"""What readers of ZIP archives make of the same files, and the tools that only this needs."""

import dataclasses
import hashlib
import os
import pathlib
import shutil
import subprocess
import sys
import zipfile

HERE = pathlib.Path(__file__).parent
MOST = 64 << 20  # bytes of one entry that are looked at

# Debian's packages and what of them is looked for; `contrib/setup --interop` installs them.
CACHE = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
CLIENT = pathlib.Path(os.environ.get("COUNTERMARK_INTEROP") or CACHE + "/countermark-interop")
REQUIRED = "COUNTERMARK_INTEROP_REQUIRED"  # set: what is missing is a failure
NUGET = "nuget-5.8.0.exe"
OLD_NUGET = pathlib.Path("/usr/lib/nuget/NuGet.exe")
PACKAGES = pathlib.Path("/usr/share/nupkg")
SKIPPED = 77


def skip_if_missing(*programs):
    """Ends the test, with the reason, where what it is about is not installed."""
    lacks = [tool for tool in ("mono", "mcs", "zip") if not shutil.which(tool)]
    lacks += [str(path) for path in (OLD_NUGET, PACKAGES, CLIENT / NUGET, *programs)
              if not os.path.exists(path)]
    if lacks:
        print(f"skipped, not here: {', '.join(lacks)} (contrib/setup --interop)")
        sys.exit(1 if os.environ.get(REQUIRED) else SKIPPED)


@dataclasses.dataclass
class Reading:
    """What one reader says of one file."""

    entries: list        # (name as bytes, digest or "!" and why not)
    error: str = ""      # why nothing more could be read
    facts: dict = dataclasses.field(default_factory=dict)

    def is_good(self):
        return not self.error and not any(said.startswith("!") for _, said in self.entries)

    def words(self):
        """In a few words, for a table."""
        if self.error:
            return "refused" if not self.entries else f"{len(self.entries)}, then an error"
        broken = sum(said.startswith("!") for _, said in self.entries)
        return f"{len(self.entries)}" + (f", {broken} unreadable" if broken else "")

    def meaning(self):
        """What a person would get: names and contents, folders left out."""
        return sorted((name, said) for name, said in self.entries if not name.endswith(b"/"))


def parse(lines, count):
    """Of each of `count` files, in their order."""
    readings, at = [], Reading([])
    for line in lines:
        if line.startswith("="):
            name, _, value = line[1:].partition(" ")
            at.facts[name] = value
        elif line == "end" or line.startswith("!"):
            at.error = line[1:] if line != "end" else ""
            readings.append(at)
            at = Reading([])
        else:
            name, _, said = line.partition(" ")
            at.entries.append((bytes.fromhex(name), said))
    assert len(readings) == count, (len(readings), count, lines[-3:])
    return readings


def run(words, paths, given=None):
    """A reader may die of a file, and is then begun anew behind it."""
    readings, left = [], list(paths)
    while left:
        done = subprocess.run([*words, *([] if given else map(str, left))], check=False,
                              capture_output=True, timeout=600, env={**os.environ, "LC_ALL": "C"},
                              input="".join(f"{path}\n" for path in left).encode() if given else None)
        lines = done.stdout.decode().splitlines()
        if done.returncode == 0:
            return readings + parse(lines, len(left))
        ends = [i for i, line in enumerate(lines) if line == "end" or line.startswith("!")]
        whole = lines[:ends[-1] + 1] if ends else []
        got = parse(whole, len(ends))
        readings += [*got, Reading([], f"died ({done.returncode})")]
        left = left[len(got) + 1:]
    return readings


def python_reading(path):
    reading = Reading([])
    try:
        with zipfile.ZipFile(path) as archive:
            for info in archive.infolist():
                name = info.filename.encode("utf-8", "surrogateescape")
                try:
                    with archive.open(info) as file:
                        said = hashlib.sha256(file.read(MOST)).hexdigest()
                except Exception as error:  # whatever it is, it is what Python makes of it
                    said = f"!{type(error).__name__}"
                reading.entries.append((name, said))
    except Exception as error:
        reading.error = f"{type(error).__name__}: {error}"
    return reading


class Oracle:
    """NuGet's own classes, in a program that is compiled here."""

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        shutil.copy(CLIENT / NUGET, self.folder / "NuGet.exe")
        subprocess.run(["mcs", "-out:Oracle.exe", "-r:NuGet.exe", "-r:System.IO.Compression.dll",
                        HERE / "Oracle.cs"], cwd=self.folder, check=True, capture_output=True)

    def read(self, what, paths):
        """`what`: "zip" or "package"."""
        return run(["mono", str(self.folder / "Oracle.exe"), what], paths, given=True)


def read_all(programs, oracle, paths):
    """{reader: a Reading of each path}. `programs`: the folder of the C readers."""
    def program(name, *words):
        return run([os.path.join(programs, name), *words], paths)
    return {"ours": program("read_ours"), "libzip": program("read_libzip"),
            "libzip, checked": program("read_libzip", "--check"),
            "libarchive": program("read_libarchive"),
            "libarchive, streaming": program("read_libarchive", "--stream"),
            "Python": [python_reading(path) for path in paths],
            ".NET": oracle.read("zip", paths)}

#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Packages made by others, documented by us, and read and installed by NuGet's own clients.

    client.py COUNTERMARK

Each is what an accepted build made: verified with --output, and rewritten again from the sealed
evidence, which must give the same bytes. All bytes but those of the entries that the report names
are as they were; NuGet reads repository, branch and commit; both clients install it with
AppVeyorSettings.json beside files that have not changed."""

import json
import os
import pathlib
import shutil
import sys

HERE = pathlib.Path(__file__).parent
sys.path.insert(0, str(HERE.parent / "integration"))

import packages  # noqa: E402
import readers  # noqa: E402
import untouched  # noqa: E402
from harness import Bench  # noqa: E402

SETTINGS = "AppVeyorSettings.json"
NEEDS = {"NUnit.Mocks": "NUnit.2.6.4.nupkg"}  # what else must be in the feed


class Documented:
    """One package before and after. What it says otherwise already is replaced, if one says so."""

    def __init__(self, bench, number, path, **options):
        self.bench, self.before = bench, path
        self.world = bench.world(f"package-{number}")
        self.world.rename_artifact(path.name)
        self.world.link["artifact"] = "*" + path.suffix
        self.world.files[path.name] = {"file": str(path)}
        self.world.listed[0]["size"] = path.stat().st_size
        self.world.linked["artifact_configurations"] = [
            {"slug": "package", "rewriters": ["nuget"], **({"nuget": options} if options else {})}]
        self.after = pathlib.Path(bench.path("feeds", str(number), path.name))
        self.after.parent.mkdir(parents=True)

    def verify(self):
        result = self.bench.verify(self.world, "--output", str(self.after))
        assert result.exit == 0, (result.exit, result.err, result.out[-3000:])
        self.folder, self.said = result.folder, result.report["documentation"]
        return self.said

    def rewriter(self):
        (package,) = self.said["packages"]
        (rewriter,) = package["rewriters"]
        return rewriter

    def rewrite(self, *words):
        """From the evidence, into another file."""
        again = os.path.join(self.folder, "again.nupkg")
        result = self.bench.run(self.folder, "rewrite", "--plugin", "nuget", "--format", "json",
                                "--evidence", os.path.join(self.folder, "evidence.json"),
                                "--evidence-key", self.bench.public_key(), *words,
                                str(self.before), again)
        assert result.exit == 0, (result.exit, result.err)
        return pathlib.Path(again).read_bytes()

    def inspect(self):
        result = self.bench.run(self.folder, "inspect", "--format", "json", str(self.after))
        assert result.exit == 0, (result.exit, result.err, result.out)
        return json.loads(result.out)


def check_reading(before, after, changed, world):
    """By NuGet's own classes."""
    assert not after.error, after.error
    facts = after.facts
    assert facts["url"] == world.linked["repositories"][0], facts
    assert facts["commit"] == world.build["commitId"], facts
    assert (facts["branch"], facts["type"]) == ("main", "git"), facts
    assert (facts["id"], facts["version"]) == (before.facts["id"], before.facts["version"])
    names = {name.encode() for name in changed}
    kept = [entry for entry in before.meaning() if entry[0] not in names]
    assert [entry for entry in after.meaning() if entry[0] not in names] == kept


def check_installed(clients, name, version, one, folder):
    for label, client in clients.items():
        found = []
        for which, path in (("before", one.before), ("after", one.after)):
            to, feed = (pathlib.Path(folder) / label / which / part for part in ("to", "feed"))
            for place in (to, feed):
                place.mkdir(parents=True)
            for file in [path, *([readers.PACKAGES / NEEDS[name]] if name in NEEDS else [])]:
                shutil.copy(file, feed)
            found.append(client.install(name, version, feed, to))
        before, after = found
        document = after.pop(SETTINGS, None)
        assert document and json.loads(document), f"{label}: {SETTINGS} is not installed"
        for files in found:
            files.pop("[Content_Types].xml", None)
            for nuspec in [file for file in files if file.endswith(".nuspec")]:
                files.pop(nuspec)
        assert before == after, f"{label}: {set(before) ^ set(after)}"


def check_moved(bench, path):
    """What contradicts the origin is refused, unless the policy says otherwise."""
    one = Documented(bench, "moved", path)
    result = bench.verify(one.world, "--output", str(one.after))
    assert result.exit == 1 and not one.after.exists(), (result.exit, result.err)
    said = result.report["documentation"]
    assert said["outcome"] == "refused" and packages.ELSEWHERE in said["reason"], said


def check_symbols(bench, oracle, path):
    """Feeds take no other files into a symbols package: only the nuspec changes."""
    one = Documented(bench, "symbols", path)
    one.verify()
    changed = untouched.check(one.before, one.after, one.rewriter())
    assert changed == ["Origin.Symbols.nuspec"], changed
    before, after = oracle.read("package", [one.before, one.after])
    check_reading(before, after, changed, one.world)
    print(f"{path.name}: {', '.join(changed)}")


def main():
    readers.skip_if_missing()
    count = 0
    with Bench(sys.argv[1]) as bench:
        os.makedirs(bench.path("oracle"))
        oracle = readers.Oracle(bench.path("oracle"))
        clients = {"NuGet 5.8": packages.Client(readers.CLIENT / readers.NUGET, bench.path("new")),
                   "NuGet 2.8": packages.Client(readers.OLD_NUGET, bench.path("old"))}
        for name, version, path in packages.make_all(bench.path("packages"), clients["NuGet 5.8"]):
            moved = name == "Origin.Moved"
            if moved:
                check_moved(bench, path)
            one = Documented(bench, count, path, **({"contradiction": "replace"} if moved else {}))
            said = one.verify()
            assert said["outcome"] == "documented", said
            changed = untouched.check(one.before, one.after, one.rewriter())
            assert SETTINGS in changed and len(changed) == 3, changed
            assert one.rewrite() == one.after.read_bytes(), "another file from the evidence"
            before, after = oracle.read("package", [one.before, one.after])
            check_reading(before, after, changed, one.world)
            check_installed(clients, name, version, one, bench.path("installed", str(count)))
            one.inspect()
            count += 1
            print(f"{path.parent.name}/{path.name}: {', '.join(changed)}", flush=True)
        check_symbols(bench, oracle, packages.make_symbols(bench.path("snupkg"),
                                                           clients["NuGet 5.8"]))
    print(f"{count} packages and one of symbols, read and installed by NuGet's own clients")


if __name__ == "__main__":
    main()

#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Packages that say of themselves what readers disagree about, before the rewriter, and beside it what
NuGet's own classes make of each.

    hostile_packages.py COUNTERMARK

An accepted build made each of them; none is documented, each refusal says why, and nothing is
written."""

import os
import pathlib
import sys

HERE = pathlib.Path(__file__).parent
sys.path.insert(0, str(HERE.parent / "integration"))

import readers  # noqa: E402
from harness import Bench  # noqa: E402
from zips import DEFLATED, Entry, build, zip64_end  # noqa: E402

SCHEMA = "http://schemas.microsoft.com/packaging/2013/05/nuspec.xsd"
URL = "https://elsewhere.example/acme/widget"
HEAD = '<?xml version="1.0" encoding="utf-8"?>\n'
FACTS = "<id>Acme.Widget</id><version>1.2.3</version><authors>A</authors>" \
        "<description>A widget.</description>"
TYPES = HEAD + ('<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
                '<Default Extension="dll" ContentType="application/octet" />'
                '<Default Extension="nuspec" ContentType="application/octet" /></Types>')
NAME, SETTINGS = "Acme.Widget.nuspec", "AppVeyorSettings.json"


def nuspec(inside="", before="", head=HEAD, metadata=FACTS, behind=""):
    return (f'{head}{before}<package xmlns="{SCHEMA}">\n<metadata>{metadata}{inside}</metadata>\n'
            f"{behind}</package>\n")


def package(text=None, types=TYPES, name=NAME, **more):
    """`more`: further entries, "a_b" being the name "a_b"; see `further` for others."""
    text = nuspec() if text is None else text
    files = {"[Content_Types].xml": types, name: text,
             "lib/netstandard2.0/Acme.Widget.dll": b"MZ" + bytes(4000), **more}
    return build([Entry(key.encode(), value if isinstance(value, bytes) else value.encode(),
                        DEFLATED) for key, value in files.items() if value is not None])


def further(name, content, **more):
    return package(**{name: content}, **more)


def element(inside):
    return package(nuspec(f"<repository {inside} />"))


CASES = [
    # ---- which nuspec?
    ("no nuspec", package(name="readme.txt"), "nuspec"),
    ("two nuspecs", further("Other.nuspec", nuspec()), "nuspec"),
    ("two nuspecs, one in another case", further("Other.NUSPEC", nuspec()), "nuspec"),
    ("two nuspecs, one encoded", further("z%2Enuspec", nuspec()), "nuspec"),
    ("a nuspec in a folder as well", further("sub/z.nuspec", nuspec()), "nuspec"),
    ("a nuspec in a folder only", package(name="sub/Acme.Widget.nuspec"), "nuspec"),
    # ---- what is XML?
    ("a nuspec that is no XML", package("no XML"), "outside of the root"),
    ("an empty nuspec", package(""), "no element"),
    ("a nuspec that is cut", package(nuspec()[:-20]), "does not end"),
    ("a DOCTYPE", package(nuspec(before="<!DOCTYPE package>\n")), "document type"),
    ("an entity of its own", package(nuspec(
        before='<!DOCTYPE package [<!ENTITY u "x">]>\n', inside="<tags>&u;</tags>")), "document type"),
    ("an entity that nobody declares", package(nuspec("<tags>&nothing;</tags>")), "a &"),
    ("an encoding that is not taken", package(nuspec(
        head='<?xml version="1.0" encoding="iso-8859-1"?>\n')), "another encoding"),
    ("an encoding that is not so", package(nuspec(
        head='<?xml version="1.0" encoding="utf-16"?>\n')), "another encoding"),
    ("broken UTF-8", package(nuspec("<tags>X</tags>").encode().replace(b"X", b"\xff")), "not UTF-8"),
    ("two roots", package(nuspec() + nuspec(head="")), "second root"),
    # ---- where is the metadata?
    ("no metadata", package(f'{HEAD}<package xmlns="{SCHEMA}"></package>'), "metadata"),
    ("two metadata", package(nuspec(behind=f"<metadata>{FACTS}</metadata>")), "metadata"),
    ("another root", package(f'{HEAD}<other><metadata>{FACTS}</metadata></other>'), "<package>"),
    ("another namespace", package(nuspec().replace(SCHEMA, "urn:other")), "nuspec.xsd"),
    # ---- what does it say of the repository?
    ("two repositories", package(nuspec(
        f'<repository type="git" url="{URL}" /><repository type="git" url="{URL}" />')),
     "repository"),
    ("a repository in another namespace", element(f'xmlns="urn:x" type="git" url="{URL}"'),
     "namespace"),
    ("a repository in another case", package(nuspec(f'<Repository type="git" url="{URL}" />')), "another case"),
    ("another repository", element(f'type="git" url="{URL}"'), URL),
    ("another commit", element(f'commit="{"0" * 40}"'), "0" * 40),
    ("another branch", element('branch="other"'), "other"),
    ("another type", element('type="svn"'), "svn"),
    ("a commit twice", element(f'commit="{"0" * 40}" commit="{"1" * 40}"'), "redefined"),
    # ---- planted documentation
    ("settings of its own", further(SETTINGS, "{}"), SETTINGS),
    ("settings of its own, in another case", further("appveyorsettings.JSON", "{}"), SETTINGS),
    ("settings of its own, encoded", further("AppVeyorSettings%2Ejson", "{}"), SETTINGS),
    # ---- content types
    ("content types that are no XML", package(types="none"), "[Content_Types].xml"),
    ("content types in another namespace", package(types=TYPES.replace("openxml", "other")), "OPC"),
    ("content types with a DOCTYPE", package(types=TYPES.replace(
        "<Types", "<!DOCTYPE Types><Types")), "document type"),
    # ---- signed already
    ("a signature", further(".signature.p7s", b"signature"), "signed"),
    ("a signature in another case", further(".SIGNATURE.P7S", b"signature"), "signature"),
    # ---- the archive
    ("ZIP64", zip64_end([Entry(NAME.encode(), nuspec().encode())]), "ZIP64"),
    ("a name that leads out", further("../evil.txt", b"evil"), "leads out"),
    ("one name twice", package(**{"a.txt": b"1", "A.TXT": b"2"}), "for the same"),
    ("no archive at all", b"MZ" + bytes(1000), "no archive"),
]


def refusal_of(bench, number, content):
    """What the report says, and whether nothing was written."""
    world = bench.world(f"hostile-{number}")
    name = world.listed[0]["fileName"]
    path, output = bench.path(f"{number:03d}.nupkg"), bench.path("never.nupkg")
    pathlib.Path(path).write_bytes(content)
    world.files[name] = {"file": path}
    world.listed[0]["size"] = len(content)
    world.linked["artifact_configurations"] = [{"slug": "package", "rewriters": ["nuget"]}]
    result = bench.verify(world, "--output", output)
    said = result.report["documentation"]
    assert result.report["outcome"] == "accepted", result.out[-1000:]
    good = result.exit == 1 and said["outcome"] == "refused" and not os.path.exists(output)
    return path, said.get("reason", "") if good else f"NOT REFUSED: {result.exit}, {said}"


def main():
    readers.skip_if_missing()
    failed = 0
    with Bench(sys.argv[1]) as bench:
        os.makedirs(bench.path("oracle"))
        oracle = readers.Oracle(bench.path("oracle"))
        rows = [refusal_of(bench, number, content) for number, (_, content, _) in enumerate(CASES)]
        seen = oracle.read("package", [path for path, _ in rows])
        for (name, _, wanted), (_, reason), nuget in zip(CASES, rows, seen):
            wrong = reason.startswith("NOT REFUSED") or wanted.lower() not in reason.lower()
            failed += wrong
            facts = [nuget.facts.get(fact, "") for fact in ("url", "commit")]
            print(f"{name}\n    {'FAILED: ' if wrong else ''}{reason}\n"
                  f"    NuGet: {nuget.error or 'reads it'} {' '.join(facts)}")
    print(f"{len(CASES)} packages, {len(CASES) - failed} refused as they must be")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())

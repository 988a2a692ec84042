#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""No arrow upward: the includes of engine/ against the list of floors in CMakeLists.txt, and that
list against docs/architecture.md. Plug-ins include the public headers and their own, nothing else.

    floors.py ROOT
"""

import pathlib
import re
import sys
import tempfile
import unittest

ROOT = None
INCLUDE = re.compile(r'^\s*#\s*include\s+([<"])([^>"]+)[>"]', re.M)
SDK = ("countermark/plugin.h", "countermark/text.h", "countermark/certificates.h",
       "countermark/files.h", "countermark/signer.h")
LOWEST_WITH_SDK = "plugin"  # below it nobody knows that there are plug-ins


def floors_of(root):
    """Ground first."""
    text = (root / "CMakeLists.txt").read_text(encoding="utf-8")
    return re.search(r"set\(CM_FLOORS([^)]*)\)", text).group(1).split()


def sources(folder):
    return sorted(p for p in folder.rglob("*") if p.suffix in (".c", ".h"))


def includes(path):
    return INCLUDE.findall(path.read_text(encoding="utf-8"))


def wrong_in_engine(floors, floor, path):
    """What `path`, of that floor, may not include."""
    for quote, name in includes(path):
        of = name.split("/")[0]
        if quote == '"' and of not in floors:
            yield f"{path}: {name} is not named by its floor"
        elif quote == '"' and floors.index(of) > floors.index(floor):
            yield f"{path}: {floor} uses {of}, which is above it"
        elif name in SDK and floors.index(floor) < floors.index(LOWEST_WITH_SDK):
            yield f"{path}: {floor} knows of plug-ins"


def wrong_in_plugin(folder, path):
    own = {p.name for p in sources(folder)}
    for quote, name in includes(path):
        if quote == '"' and name not in own:
            yield f"{path}: {name} is not the plug-in's own"
        elif name.startswith("countermark/") and name not in SDK:
            yield f"{path}: {name} is not public"


def arrows(root):
    """Everything that is wrong, one sentence each."""
    floors = floors_of(root)
    for folder in sorted(p for p in (root / "engine").iterdir() if p.is_dir()):
        if folder.name not in floors:
            yield f"{folder} is no floor"
            continue
        for path in sources(folder):
            yield from wrong_in_engine(floors, folder.name, path)
    for folder in sorted(p for p in (root / "plugins").iterdir() if p.is_dir()):
        for path in sources(folder):
            yield from wrong_in_plugin(folder, path)


class Floors(unittest.TestCase):
    def test_no_arrow_upward(self):
        self.assertEqual(list(arrows(ROOT)), [])

    def test_architecture_names_the_floors_in_their_order(self):
        there = [f for f in floors_of(ROOT) if (ROOT / "engine" / f).is_dir()]
        page = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
        table = re.search(r"\n## Floors\n(.*?)\n## ", page, re.S).group(1)
        self.assertEqual(re.findall(r"^\| `([a-z0-9]+)` \|", table, re.M), there)

    def test_each_arrow_is_found(self):
        for path, text, says in (
                ("engine/base/a.c", '#include "net/b.h"\n', "above it"),
                ("engine/base/a.c", '  # include "net/b.h"\n', "above it"),
                ("engine/base/a.c", '#include "b.h"\n', "not named by its floor"),
                ("engine/net/a.h", "#include <countermark/plugin.h>\n", "knows of plug-ins"),
                ("engine/attic/a.c", "", "is no floor"),
                ("plugins/own/a.c", '#include "base/b.h"\n', "not the plug-in's own"),
                ("plugins/own/a.c", "#include <countermark/other.h>\n", "not public")):
            with self.subTest(path=path, text=text), tempfile.TemporaryDirectory() as folder:
                root = pathlib.Path(folder)
                for name in ("engine/base", "engine/net", "plugins/own", path.rsplit("/", 1)[0]):
                    (root / name).mkdir(parents=True, exist_ok=True)
                (root / "CMakeLists.txt").write_text("set(CM_FLOORS base net\n    plugin)\n")
                (root / "engine/net/c.c").write_text('#include "base/b.h"\n#include "net/b.h"\n')
                (root / path).write_text(text)
                found = list(arrows(root))
                self.assertEqual(len(found), 1)
                self.assertIn(says, found[0])


if __name__ == "__main__":
    ROOT = pathlib.Path(sys.argv.pop(1))
    unittest.main()

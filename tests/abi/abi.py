#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What countermark/plugin.h promises to plug-ins that are built already.

    abi.py BUILD CC

The freeze file is complete; the ABI is the one that was accepted last, and to what was released it
has only added; plug-ins from kept headers, and from one of the future, run with the program of
today. And each of these notices when it does not hold.
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

import anchor
from freeze import Header, frozen

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
SDK = os.path.join(ROOT, "sdk", "include")
HEADER = os.path.join(SDK, "countermark", "plugin.h")
CANDIDATE = os.path.join(HERE, "candidate")
RELEASED = os.path.join(HERE, "released")
FREEZE = os.path.join(HERE, "freeze_v1.c")
GROWN = os.path.join(HERE, "grown.suppr")
TEMPLATE = os.path.join(ROOT, "sdk", "template")
PROBE = os.path.join(ROOT, "tests", "fixtures", "plugins", "probe.c")
LIMIT = 60  # seconds of one command

TO_DO = ("\nIf that is meant: run tests/abi/accept, commit what it writes, and say in the commit's "
         "message what\nchanges for plug-ins. After the first release the ABI only grows: "
         "docs/STABILITY.md.")

MEMBER = "    int32_t (*status)(const struct cmk_call *);\n"

# (what is done, what stands in the header, what instead, may a table do that after its release?)
MUTANTS = (
    ("a member inserted", MEMBER, "    int32_t (*of_the_mutant)(struct cmk_call *);\n" + MEMBER,
     False),
    ("a member removed", MEMBER, "", False),
    ("a member of another type", MEMBER, MEMBER.replace("int32_t", "int64_t"), False),
    ("an argument more", MEMBER, MEMBER.replace("*);", "*, int32_t);"), False),
    ("a const less", "    void (*log)(struct cmk_call *, int32_t level, const char *text);",
     "    void (*log)(struct cmk_call *, int32_t level, char *text);", False),
    ("a member with another name", "uint32_t size, sdk_target,", "uint32_t size, sdk_aim,", False),
    ("two members in another order", "    uint32_t name_size, desc_size,",
     "    uint32_t desc_size, name_size,", False),
    ("an element that grows", "struct cmk_pair {\n",
     "struct cmk_pair {\n    const char *of_the_mutant;\n", False),
    ("a constant changed", "#define CMK_BINDING 1u", "#define CMK_BINDING 8u", False),
    ("a constant gone", "#define CMK_BINDING 1u", "#define CMK_BOUND 1u", False),
    ("a status changed", "#define CMK_E_LIMIT       (-6)", "#define CMK_E_LIMIT       (-66)",
     False),
    ("a long constant changed", "#define CMK_NO_TIME INT64_MIN", "#define CMK_NO_TIME INT64_MAX",
     False),
    ("a text changed", '#define CMK_NOTE_NAME "Countermark"', '#define CMK_NOTE_NAME "Countermork"',
     False),
    ("a table that grows", "uint32_t least_size);\n",
     "uint32_t least_size);\n    int32_t (*of_the_mutant)(struct cmk_call *);\n", True),
    ("a constant more", "#define CMK_BINDING 1u", "#define CMK_BINDING 1u\n#define CMK_MORE 64u",
     True),
)


def run(*words, status=0, **more):
    done = subprocess.run(words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=LIMIT,
                          check=False, **more)
    text = done.stdout.decode("utf-8", "replace")
    assert done.returncode == status, f"{' '.join(words)}: {done.returncode}\n{text}"
    return text


def read(path):
    with open(path, encoding="utf-8") as file:
        return file.read()


def growing(header):
    """The tables that begin with their size."""
    return [name for name, members in header.structs.items() if members[0] == ("size", "uint32_t")]


def kept():
    """(name, include folder) of each header that is kept."""
    levels = sorted(os.listdir(RELEASED)) if os.path.isdir(RELEASED) else []
    return [("candidate", CANDIDATE)] + [(level, os.path.join(RELEASED, level)) for level in levels]


def sources(include):
    """The template's folder and the probe that belong to a kept header: today's to the candidate,
    to a released one those of its release, because later ones may use what it does not have."""
    if include == CANDIDATE:
        return TEMPLATE, PROBE
    return os.path.join(include, "template"), os.path.join(include, "probe.c")


class Case(unittest.TestCase):
    build = cc = None

    def setUp(self):
        os.umask(0o022)
        self.folder = tempfile.mkdtemp(prefix="countermark-abi-")
        self.addCleanup(shutil.rmtree, self.folder)
        self.anchors = {}

    def path(self, *parts):
        return os.path.join(self.folder, *parts)

    def include(self, name, text):
        """A folder with that text as countermark/plugin.h."""
        os.makedirs(self.path(name, "countermark"))
        with open(self.path(name, "countermark", "plugin.h"), "w", encoding="utf-8") as file:
            file.write(text)
        return self.path(name)

    def anchor(self, include):
        if include not in self.anchors:
            path = self.path(f"anchor-{len(self.anchors)}.so")
            self.anchors[include] = anchor.build(self.cc, include, path)
        return self.anchors[include]

    def holds(self, freeze, include):
        """What the compiler says of a freeze file over that header; empty if it holds."""
        done = subprocess.run([self.cc, "-std=c11", "-fsyntax-only", "-I", include, "-x", "c", "-"],
                              input=freeze.encode(), stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, check=False)
        return "" if done.returncode == 0 else done.stdout.decode("utf-8", "replace")


class Accepted(Case):
    def test_freeze_file_is_complete(self):
        want, got = frozen(self.cc, HEADER).splitlines(), read(FREEZE).splitlines()
        self.assertEqual([line for line in want if line not in got], [], "not frozen" + TO_DO)
        self.assertEqual(got, want, "frozen, and not so in plugin.h" + TO_DO)

    def test_abi_is_the_accepted_one(self):
        said = self.different(self.anchor(CANDIDATE), SDK)
        if said:
            self.fail(f"{said[:3000]}\nThe ABI of plugin.h is not the accepted one.{TO_DO}")

    def different(self, original, include):
        """Anything at all; a const less, for instance, is harmless in abidiff's eyes."""
        return anchor.difference(original, self.anchor(include), "--harmless")

    def test_released_levels_have_only_grown(self):
        for level, include in kept():
            with self.subTest(level=level):
                self.assertEqual(self.since(include, SDK), "")

    def since(self, include, now):
        """What a level has lost since it was released."""
        header = os.path.join(include, "countermark", "plugin.h")
        freeze = frozen(self.cc, header)
        for name in growing(Header(header)):
            freeze = re.sub(rf"^SIZE\({name}, .*\n", "", freeze, flags=re.M)
        return self.holds(freeze, now) + anchor.difference(
            self.anchor(include), self.anchor(now), "--no-added-syms", "--suppressions", GROWN)

    def test_suppressions_name_the_tables(self):
        text = read(GROWN)
        entries = re.findall(r"^\[suppress_type\]\n  label = (\w+) grows at its end: .{10,}\n"
                             r"  name = (\w+)\n  has_data_member_inserted_at = end$", text, re.M)
        self.assertEqual(len(entries), text.count("[suppress"))
        self.assertEqual([label for label, name in entries if label != name], [])
        self.assertEqual([name for _, name in entries], growing(Header(HEADER)))

    def test_each_mutant_is_noticed(self):
        text, original = read(HEADER), self.anchor(SDK)
        for number, (what, old, new, grows) in enumerate(MUTANTS):
            with self.subTest(mutant=what):
                self.assertEqual(text.count(old), 1, "the header has changed: mend the mutant")
                include = self.include(f"m{number}", text.replace(old, new))
                freeze = frozen(self.cc, os.path.join(include, "countermark", "plugin.h"))
                self.assertNotEqual(freeze, read(FREEZE))
                if "text" not in what:  # a text is in no debug information; it is in the freeze
                    self.assertNotEqual(self.different(original, include), "")
                if not grows:
                    self.assertNotEqual(self.holds(read(FREEZE), include), "")
                self.assertEqual(self.since(SDK, include) == "", grows)


class Plugins(Case):
    """Built from kept headers, run by today's engine."""

    def plugin(self, source, include, output, *words):
        run(self.cc, "-std=c11", "-fPIC", "-shared", "-fvisibility=hidden", "-Wl,-z,defs", *words,
            "-I", include, source, "-o", output)
        return output

    def program(self, parts, include, output, *words):
        library = os.path.dirname(self.library())
        run(self.cc, "-std=c11", "-DCMK_STATIC_PLUGIN", *words, "-I", include, "-I", SDK, *parts,
            "-o", output, "-L", library, "-lcountermark-testing", f"-Wl,-rpath,{library}")
        return output

    def library(self):
        for folder, _, names in os.walk(os.path.join(self.build)):
            if "libcountermark-testing.so" in names:
                return os.path.join(folder, "libcountermark-testing.so")
        raise AssertionError("libcountermark-testing.so is not built")

    def countermark(self, *words, status=0):
        return run(os.path.join(self.build, "bin", "countermark"), *words, status=status)

    def dump(self, path):
        text = self.countermark("plugin", "dump", path)
        return [line for line in text.splitlines()
                if not re.match("path=|sha256=|struct_size=", line)]

    def test_of_kept_headers(self):
        for level, include in kept():
            template, probe = sources(include)
            for plugin, source in (("acme_ci", os.path.join(template, "acme_ci.c")),
                                   ("fixture_probe", probe)):
                with self.subTest(level=level, plugin=plugin):
                    paths = [self.path(f"{when}-{level}-{plugin}") for when in ("old", "new")]
                    for path, of in zip(paths, (include, SDK)):
                        os.mkdir(path)
                        self.plugin(source, of, os.path.join(path, plugin + ".so"))
                    old, new = (os.path.join(path, plugin + ".so") for path in paths)
                    self.assertIn("accepted=yes\n", self.countermark("plugin", "inspect", old))
                    self.assertEqual(self.dump(old), self.dump(new))

    def test_their_tests_pass(self):
        for level, include in kept():
            with self.subTest(level=level):
                template = sources(include)[0]
                parts = [os.path.join(template, name) for name in ("acme_ci.c", "test_acme_ci.c")]
                program = self.program(parts, include, self.path("test-" + level))
                self.assertIn(" 0 failures", run(program, cwd=template))

    def test_of_the_future(self):
        """A plug-in for a newer level that can live with this one sees what is not there."""
        text = read(HEADER)
        for name in growing(Header(HEADER)):
            body = re.search(rf"^struct {name} \{{.*?^\}};", text, re.M | re.S).group()
            text = text.replace(body, body[:-2] + "    const void *of_the_future;\n};")
        text = text.replace("#define CMK_SDK_NEWEST CMK_SDK_1_0",
                            "#define CMK_SDK_1_1 0x00010001u\n#define CMK_SDK_NEWEST CMK_SDK_1_1")
        include, source = self.include("future", text), os.path.join(HERE, "future.c")
        levels = ["-DCMK_SDK_TARGET=CMK_SDK_1_1", "-DCMK_SDK_LEAST=CMK_SDK_1_0"]
        path = self.plugin(source, include, self.path("future.so"), *levels)
        self.assertIn("accepted=yes\n", self.countermark("plugin", "inspect", path))
        self.assertIn("checks.0.id=future.looks", self.dump(path))
        run(self.program([source, os.path.join(HERE, "future_test.c")], include,
                         self.path("future_test"), *levels))
        needy = self.plugin(source, include, path, levels[0])
        self.assertIn("needs SDK 1.1 or newer, and this engine speaks SDK 1.0",
                      self.countermark("plugin", "dump", needy, status=2))


if __name__ == "__main__":
    if shutil.which("abidiff") is None:
        sys.exit("abi.py needs abidiff: contrib/setup installs it (abigail-tools)")
    Case.build, Case.cc = os.path.abspath(sys.argv.pop(1)), sys.argv.pop(1)
    unittest.main()

#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Plug-ins built outside of the tree against an installed SDK, and loaded by the installed program.

    installed.py CMAKE BUILD CC CXX
"""

import json
import os
import re
import shutil
import sys
import unittest

from prefix import INSTALLED_AS, ROOT, Prefix

PROBE = os.path.join(ROOT, "tests", "fixtures", "plugins", "probe.c")
STRANGER = os.path.join(ROOT, "tests", "sdk", "stranger.cc")
WARNINGS = ["-Wall", "-Wextra", "-Wpedantic", "-Wconversion", "-Werror"]
SHARED = ["-fPIC", "-shared", "-Wl,-z,defs"]

CMAKELISTS = """
cmake_minimum_required(VERSION 3.25)
project(strangers LANGUAGES C CXX)
set(CMAKE_C_STANDARD 11)
set(CMAKE_CXX_STANDARD 17)
# Tables grow; without the names of members the new ones at the end are left out.
add_compile_options(-Wall -Wextra -Werror -Wno-missing-field-initializers)
find_package(countermark-sdk REQUIRED)
countermark_add_plugin(fixture_probe SOURCES probe.c)
countermark_add_plugin(stranger SOURCES stranger.cc)
"""

CONFIGURATION = """
organization = {{ slug = "acme"; }};
plugin_path = [ "{folder}" ];
systems = ( {{ slug = "one"; connector = "fixture_probe"; url = "https://one.example"; }},
            {{ slug = "two"; connector = "stranger"; url = "https://two.example"; }} );
projects = ( {{ slug = "widget"; repositories = [ "https://git.example/acme/widget" ];
  links = ( {{ system = "one"; project = "widget"; key = "env:KEY"; }},
            {{ system = "two"; {more} }} );
  signing_policies = ( {{ slug = "release"; systems = [ "one", "two" ];
                         refs = [ "refs/heads/main" ]; submitters = [ "local:x" ];
                         optional = [ "stranger.succeeded" ]; }} ); }} );
"""


class Installed(unittest.TestCase):
    prefix = None

    def folder(self, name):
        path = self.prefix.work(name)
        shutil.rmtree(path, ignore_errors=True)
        os.mkdir(path)
        for source in (PROBE, STRANGER):
            shutil.copy(source, path)
        return path

    # ---- what is asked of every plug-in

    def hygiene(self, path):
        """One exported symbol, the note, no executable stack, no run path."""
        run = self.prefix.run
        symbols = run("nm", "-D", "--defined-only", path).splitlines()
        self.assertEqual([line.split()[-1] for line in symbols], ["cmk_plugin_entry_v1"], path)
        notes = run("readelf", "--wide", "--notes", path)
        self.assertEqual(len(re.findall(r"^  Countermark ", notes, re.M)), 1, notes)
        dynamic = run("readelf", "--wide", "--dynamic", path)
        self.assertNotRegex(dynamic, r"R(UN)?PATH|TEXTREL")
        stack = re.search(r"GNU_STACK.*", run("readelf", "--wide", "--program-headers", path))
        self.assertNotIn("E", stack.group().split()[-2], stack.group())

    def loads(self, path, name):
        run = self.prefix.run
        self.assertIn("accepted=yes\n", run("countermark", "plugin", "inspect", path))
        dump = json.loads(run("countermark", "plugin", "dump", "--format", "json", path))
        self.assertEqual(dump["id"], name)
        self.assertTrue(dump["classes"])
        self.assertEqual(bool(dump["checks"]), "connector" in dump["classes"])

    def accepted(self, folder):
        for name in ("fixture_probe", "stranger"):
            path = os.path.join(folder, name + ".so")
            self.hygiene(path)
            self.loads(path, name)
        conf = os.path.join(folder, "countermark.conf")

        def check(more, status):
            with open(conf, "w", encoding="utf-8") as file:
                file.write(CONFIGURATION.format(folder=folder, more=more))
            return self.prefix.run("countermark", "config", "check", "--config", conf,
                                   status=status)
        self.assertIn("nothing is wrong", check("", 0))
        self.assertIn("build", check('build = "7";', 3))  # by its table not a word of the link's
        listed = self.prefix.run("countermark", "plugin", "list", "--config", conf)
        self.assertRegex(listed, r"fixture_probe(.|\n)*stranger")

    # ---- the ways to build

    def test_find_package(self):
        folder = self.folder("by-cmake")
        with open(os.path.join(folder, "CMakeLists.txt"), "w", encoding="utf-8") as file:
            file.write(CMAKELISTS)
        build = os.path.join(folder, "build")
        self.prefix.run(self.prefix.cmake, "-S", folder, "-B", build)
        self.prefix.run(self.prefix.cmake, "--build", build)
        self.accepted(build)
        # and installed where the program looks without being told
        installed = self.prefix.work("other-prefix")
        self.prefix.run(self.prefix.cmake, "--install", build, "--prefix", installed)
        found = [os.path.relpath(os.path.join(at, name), installed)
                 for at, _, names in os.walk(installed) for name in names]
        plugins = os.path.dirname(self.shipped()[0])
        self.assertEqual(sorted(found), sorted(
            os.path.join(os.path.relpath(plugins, self.prefix.path), name + ".so")
            for name in ("fixture_probe", "stranger")))

    def test_pkg_config(self):
        folder, run = self.folder("by-hand"), self.prefix.run
        flags = self.prefix.flags("--cflags", "countermark-sdk")
        run(self.prefix.environment["CC"], "-std=c11", *WARNINGS, *SHARED, *flags, "probe.c",
            "-o", "fixture_probe.so", cwd=folder)
        exports = self.prefix.flags("--variable=exports", "countermark-sdk")[0]
        run(self.prefix.environment["CXX"], "-std=c++17", "-Wall", "-Wextra", "-Werror",
            "-Wno-missing-field-initializers", *SHARED, "-Wl,--version-script=" + exports, *flags,
            "stranger.cc", "-o", "stranger.so", cwd=folder)
        self.accepted(folder)
        self.assertEqual(os.path.realpath(self.prefix.flags("--variable=plugindir",
                                                            "countermark-sdk")[0]),
                         os.path.dirname(self.shipped()[0]))

    def test_unit_test_by_hand(self):
        template = self.prefix.flags("--variable=templatedir", "countermark-sdk")[0]
        flags = self.prefix.flags("--cflags", "--libs", "countermark-testing")
        program = self.prefix.work("test_acme_ci")
        self.prefix.run(self.prefix.environment["CC"], "-std=c11", *WARNINGS, "acme_ci.c",
                        "test_acme_ci.c", "-o", program, *flags, cwd=template)
        self.assertIn(" 0 failures", self.prefix.run(program, cwd=template))

    # ---- what is installed

    def shipped(self):
        found = self.prefix.files("appveyor.so")
        self.assertEqual(len(found), 1)
        folder = os.path.dirname(found[0])
        return sorted(os.path.join(folder, name) for name in os.listdir(folder))

    def test_shipped_plugins(self):
        for path in self.shipped():
            with self.subTest(path=path):
                self.hygiene(path)
                self.loads(path, os.path.basename(path)[:-len(".so")])

    def test_testing_library_exports_its_header(self):
        library = self.prefix.files("libcountermark-testing.so")[0]
        header = self.prefix.file("include", "countermark", "testing.h")
        with open(header, encoding="utf-8") as file:
            declared = re.findall(r"^[a-z].*?\b(cmk_test_\w+)\(", file.read(), re.M)
        listed = self.prefix.run("nm", "-D", "--defined-only", library).splitlines()
        self.assertEqual(sorted(line.split()[-1] for line in listed), sorted(declared))

    def test_nothing_says_where_it_was(self):
        texts = [path for ending in (".pc", ".cmake", ".h", ".txt", ".py", ".c")
                 for path in self.prefix.files(ending)]
        self.assertGreater(len(texts), 10)
        for path in texts:
            with open(path, encoding="utf-8") as file:
                text = file.read()
            for place in (INSTALLED_AS, ROOT, self.prefix.build):
                self.assertNotIn(place, text, path)


if __name__ == "__main__":
    cc, cxx = sys.argv.pop(3), sys.argv.pop(3)
    with Prefix(sys.argv.pop(1), sys.argv.pop(1), cc, cxx) as Installed.prefix:
        unittest.main()

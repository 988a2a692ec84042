#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The manual says what the program says: every command, option and value of countermark(1) is in
the table that makes --help, and the other way round; so are the options and checks of a plug-in in
its own page and in "plugin dump".

    manual.py COUNTERMARK
"""

import json
import os
import pathlib
import re
import subprocess
import sys
import unittest

COUNTERMARK = None
ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
DOCS = os.path.join(ROOT, "docs")
SCOPES = {"Of the system": "system", "Of a link": "link", "Of a policy": "policy",
          "Of a submission": "submission", "Of the plug-in": "plug-in"}


def printed(*words):
    done = subprocess.run([COUNTERMARK, *words], capture_output=True, encoding="utf-8",
                          check=True)
    return done.stdout


def page(name):
    with open(os.path.join(DOCS, name), encoding="utf-8") as file:
        return file.read()


def section(text, title):
    return re.split(r"^\.Sh .*\n", text.split(f".Sh {title}\n", 1)[1], maxsplit=1, flags=re.M)[0]


class Help:
    """What the program itself says."""

    def __init__(self):
        self.listed = re.findall(r"^  (\S+(?: \S+)?)  +", self.part(printed("--help"), "commands"),
                                 re.M)
        self.options = {command: self.options_of(printed(*command.split(), "--help"))
                        for command in self.listed}
        self.common = self.options_of(printed("--help"), "options of all commands")
        self.rest = {command: printed(*command.split(), "--help").splitlines()[0].split("] ")[1:]
                     for command in self.listed}

    @staticmethod
    def part(text, title):
        return text.split(f"{title}:\n", 1)[1].split("\n\n")[0]

    def options_of(self, text, title="options"):
        """{ name: (letter, value) }"""
        found = re.findall(r"^  (?:-(\w), |    )--([a-z0-9-]+)(?: (\S+))?(?:  +\S|$)",
                           self.part(text, title), re.M)
        return {name: (letter or None, value or None) for letter, name, value in found}


def value_of(macros):
    """'Ar file' is FILE, 'Ar url ...' is URL..., 'Cm text | json' is text|json, '' is None."""
    kind, _, text = macros.strip().partition(" ")
    return {"Ar": text.upper().replace(" ", ""), "Cm": text.replace(" ", "")}.get(kind) or None


class Manual:
    """What countermark(1) says."""

    def __init__(self):
        text = page("countermark.1")
        description = section(text, "DESCRIPTION")
        self.options, self.names, self.rest = {}, set(), {}
        for form in section(text, "SYNOPSIS").split(".Nm\n")[1:]:
            self.read_form(form)
        commands = description.split("The commands are:\n")[1].split("The options are these")[0]
        self.described = re.findall(r"^\.It Cm (.*)$", commands, re.M)
        listed = description.split("The options are these")[1].split(".Ss ")[0]
        self.listed = {}
        for item in re.findall(r"^\.It Fl (.*)$", listed, re.M):
            letter, name, value = re.match(r"(?:(\w) , )?-(\S+) ?(.*)$", item).groups()
            self.listed[name] = (letter, value_of(value))

    def read_form(self, form):
        first, *others = form.splitlines()
        word, *seconds = re.sub(r"^\.Cm ", "", first).replace("|", " ").split()
        for command in [f"{word} {second}" for second in seconds] or [word]:
            self.options.setdefault(command, {})
            self.rest[command] = []
            for line in others:
                option = re.match(r"\.(?:Op )?Fl -([a-z0-9-]+) ?(.*)$", line)
                if re.match(r"\.(Op )?Fl - Ns Ar name Ar value \.\.\.$", line):
                    self.names.add(command)
                elif option:
                    self.options[command][option[1]] = value_of(option[2])
                elif line.startswith(".Op "):
                    self.rest[command].append(f"[{value_of(line[4:])}]")
                else:
                    self.rest[command].append(value_of(line[1:]))


class Page(unittest.TestCase):
    """countermark(1)"""

    @classmethod
    def setUpClass(cls):
        cls.help, cls.manual = Help(), Manual()

    def test_commands(self):
        self.assertGreaterEqual(len(self.help.listed), 9)
        self.assertEqual(self.help.listed, list(self.manual.options), "synopsis, and its order")
        self.assertEqual(self.help.listed, self.manual.described, "description, and its order")

    def test_options_in_the_synopsis(self):
        for command in self.help.listed:
            with self.subTest(command=command):
                own = {name: value for name, (_, value) in self.help.options[command].items()
                       if name not in self.help.common}
                self.assertEqual(own, self.manual.options[command])

    def test_arguments_in_the_synopsis(self):
        self.assertEqual({command: " ".join(rest) for command, rest in self.help.rest.items()},
                         {command: " ".join(rest) for command, rest in self.manual.rest.items()})

    def test_options_of_all_commands(self):
        for command in self.help.listed:
            with self.subTest(command=command):
                for name in set(self.help.common) - {"version"}:
                    self.assertEqual(self.help.options[command][name], self.help.common[name])

    def test_options_in_the_list(self):
        """An option means one thing; the words of its choice are those of all commands, and it may be
        said several times to some of them."""
        seen = dict(self.help.common)
        for command, options in self.help.options.items():
            for name, (letter, value) in options.items():
                value = value and value.removesuffix("...")
                with self.subTest(command=command, option=name):
                    before = seen.setdefault(name, (letter, value))
                    if "|" in (value or ""):
                        words = dict.fromkeys(before[1].split("|") + value.split("|"))
                        value = "|".join(words)
                        seen[name] = before = (before[0], value)
                    self.assertEqual(before, (letter, value))
        self.assertEqual(self.manual.listed, {
            name: (letter, value and value.removesuffix("...")) for name, (letter, value)
            in seen.items()})

    def test_names_for_the_connector(self):
        """A command takes them if an option that nobody knows is not refused as one."""
        taking = set()
        for command in self.help.listed:
            done = subprocess.run([COUNTERMARK, *command.split(), "--no-such-name", "value",
                                   "--config", "/nonexistent"], capture_output=True, check=False)
            if b"there is no option" not in done.stderr:
                taking.add(command)
        self.assertEqual(taking, self.manual.names)

    def test_exit_statuses(self):
        manual = re.findall(r"^\.It (\S+)$", section(page("countermark.1"), "EXIT STATUS"), re.M)
        text = " ".join(printed("--help").split("exit status: ")[1].split())
        self.assertEqual(manual, [entry.split()[0] for entry in text.split(", ")])


class PlugIn:
    """A plug-in's page: its options."""

    ID, LEAST = None, 1  # how many options it has at least

    @classmethod
    def setUpClass(cls):
        root = os.path.dirname(os.path.dirname(COUNTERMARK))
        file = f"{cls.ID}.so"
        path = next(os.path.join(folder, file) for folder, _, names in os.walk(root)
                    if folder.endswith("countermark/plugins") and file in names)
        cls.dump = json.loads(printed("plugin", "dump", "--format", "json", path))
        cls.text = page(f"countermark-{cls.ID}.7")

    def options_of_page(self):
        """{ name: (whose, required, default) }"""
        found = {}
        for part in section(self.text, "OPTIONS").split(".Ss ")[1:]:
            scope = SCOPES[part.splitlines()[0]]
            for names, meaning in re.findall(r"^\.It ((?:Cm \w+(?: , )?)+) Pq (.*)$", part, re.M):
                default = re.search(r"default Li (\S+)$", meaning)
                for name in re.findall(r"Cm (\w+)", names):
                    found[name] = (scope, "required" in meaning, default and default[1])
        return found

    def test_options(self):
        dumped = {option["name"]: (option["of"], option["required"], option.get("default"))
                  for option in self.dump["options"]}
        self.assertGreaterEqual(len(dumped), self.LEAST)
        self.assertEqual(self.options_of_page(), dumped)

    def test_words_and_types(self):
        for option in self.dump["options"]:
            with self.subTest(option=option["name"]):
                line = re.search(rf"^\.It .*Cm {option['name']}\b.*$", self.text, re.M).group()
                for word in option.get("words", "").split("|"):
                    self.assertIn(word, line)
                kind = {"choice": "Li ", "list of choices": "list of"}.get(option["type"],
                                                                           option["type"])
                self.assertIn(kind, line)


class Nuget(PlugIn, unittest.TestCase):
    """countermark-nuget(7)"""

    ID, LEAST = "nuget", 3

    @staticmethod
    def source(*names):
        folder = pathlib.Path(ROOT, "plugins", "nuget")
        return "".join(path.read_text(encoding="utf-8") for path in
                       ([folder / name for name in names] or sorted(folder.glob("*.c"))))

    def test_limits(self):
        """Numbers of the page, and those that the sources say."""
        limits = dict(re.findall(r"^#define (?:NU_)?MOST_(\w+) +(\S.*?)(?: +/\*.*)?$",
                                 self.source("nuget.h", "xml.h", "inspect.c"), re.M))
        text = " ".join(section(self.text, "LIMITS").split())
        for name, shift in (("NUSPEC", 1), ("TYPES", 4), ("DOCUMENT", 16)):
            self.assertEqual(limits[name], f"((uint64_t){shift} << 20)")
            self.assertIn(f" {shift} MiB", text)
        for name in ("DEPTH", "EVENTS", "ATTRIBUTES", "OF_ONE", "SPACES"):
            self.assertIn(f"{int(limits[name]):,} ", text)
        self.assertIn(f"the first {limits['DOCUMENTS']} files", self.text)
        self.assertEqual(int(limits["ENTRIES"][:-1], 16), 65533)

    def test_refusals(self):
        """What is listed is said by the program in these words."""
        said = " ".join(re.sub(r'"\s*"', "", self.source()).split())
        listed = re.findall(r"^\.It (.*)$", section(self.text, "REFUSALS"), re.M)
        self.assertGreaterEqual(len(listed), 15)
        for words in ", ".join(listed).replace("\\&", "").split(", "):
            with self.subTest(words=words):
                self.assertTrue(words in said, words)


class Authenticode(PlugIn, unittest.TestCase):
    """countermark-authenticode(7)"""

    ID, LEAST = "authenticode", 2

    def test_forms(self):
        """What the page says to copy is what the test against osslsigncode copies, too."""
        used = pathlib.Path(ROOT, "tests", "interop", "authenticode.py").read_text(encoding="utf-8")
        listed = re.findall(r'"(1\.3\.6\.1\.4\.1\.311\.2\.1\.1[12]=[0-9a-f]+)"', self.text)
        self.assertEqual(len(listed), 4)
        for words in listed:
            self.assertIn(f'"{words}"', used)
        for words in ('"extract-data", "-h", "sha256", "-in", "/dev/stdin", "-out", "content"',
                      '"/bin/cp", "/dev/stdin", "content"'):
            self.assertIn(words, " ".join(self.text.split()))
            self.assertIn(words, used)


class Connector(PlugIn):
    """A connector's page."""

    LEAST = 10

    def test_options_on_the_command_line(self):
        part = self.text.partition(".Ss Of a submission")[2].split(".Sh ")[0]
        self.assertEqual(set(re.findall(r"^\.Fl -(\S+) :$", part, re.M)),
                         {option["name"].replace("_", "-") for option in self.dump["options"]
                          if option["of"] == "submission"})

    def checks_of_page(self, title):
        """{ id: flags }; a connector need not have checks of a key."""
        if f".Sh {title}\n" not in self.text:
            return {}
        return {f"{self.ID}.{name}": set(flags.split(":")[0].split(", ")) - {""}
                for name, flags in re.findall(r"^\.It Sy (\S+)(?: Pq (.*))?$",
                                              section(self.text, title), re.M)}

    def test_checks(self):
        for title, member, flags in (("CHECKS", "checks", ("binding", "gate")),
                                     ("CHECKS OF THE KEY", "examination", ("advice",))):
            self.assertEqual(self.checks_of_page(title), {
                check["id"]: {flag for flag in flags if check[flag]}
                for check in self.dump[member]})

    def test_number_of_checks(self):
        words = {12: "twelve", 16: "sixteen", 17: "seventeen", 20: "twenty", 21: "twenty-one", 22: "twenty-two"}
        self.assertIn(f"answers {words[len(self.dump['checks'])]} checks", self.text)

    def test_assumptions(self):
        for word in self.dump["assumptions"]:
            self.assertIn(f'"{word}"', self.text)


class AppVeyor(Connector, unittest.TestCase):
    """countermark-appveyor(7)"""

    ID = "appveyor"


class Jenkins(Connector, unittest.TestCase):
    """countermark-jenkins(7)"""

    ID = "jenkins"


class Buildnode(Connector, unittest.TestCase):
    """countermark-buildnode(7)"""

    ID = "buildnode"


if __name__ == "__main__":
    COUNTERMARK = os.path.abspath(sys.argv.pop(1))
    unittest.main()

#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The manual says what the program says: every command, option and value of countermark(1), and of the
page that a command has for itself, is in the table that makes --help, and the other way round; so are
the options and checks of a plug-in in its own page and in "plugin dump".

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
MAIN = "countermark.1"
PARTS = ["NAME", "SYNOPSIS", "DESCRIPTION", "EXIT STATUS", "EXAMPLES", "SEE ALSO"]  # of a command's
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


def page_of(command):
    """The page that says all of a command: its own if it has one; "key show" and its like share one."""
    own = f"countermark-{command.split()[0]}.1"
    return own if os.path.exists(os.path.join(DOCS, own)) else MAIN


def statuses(name):
    return re.findall(r"^\.It (\S+)$", section(page(name), "EXIT STATUS"), re.M)


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
        self.summaries = {command: printed(*command.split(), "--help").splitlines()[2]
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
    """What a page says of commands."""

    def __init__(self, name):
        text = page(name)
        self.options, self.names, self.rest = {}, set(), {}
        for form in re.split(r"^\.Nm(?: countermark)?\n", section(text, "SYNOPSIS"),
                             flags=re.M)[1:]:
            self.read_form(form)
        listed = re.split(r"^The options .*these(?:,.*)?:?\n", section(text, "DESCRIPTION"),
                          flags=re.M)[-1].split(".Ss ")[0]
        self.listed, self.meaning = {}, {}
        for item in re.split(r"^\.It Fl (?!- Ns)", listed, flags=re.M)[1:]:
            head, _, meaning = item.partition("\n")
            letter, name, value = re.match(r"(?:(\w) , )?-(\S+) ?(.*)$", head).groups()
            self.listed[name] = (letter, value_of(value))
            self.meaning[name] = meaning

    def said_of(self, name):
        """Several options may share a paragraph, which stands below the last of them."""
        names = list(self.meaning)
        return next(text for text in map(self.meaning.get, names[names.index(name):]) if text)

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
    """countermark(1), and the pages of commands"""

    @classmethod
    def setUpClass(cls):
        cls.help = Help()
        cls.pages = {name: Manual(name) for name in
                     dict.fromkeys([MAIN, *map(page_of, cls.help.listed)])}

    def on(self, name):
        """The commands that a page is about."""
        return [command for command in self.help.listed if page_of(command) == name]

    def test_commands(self):
        self.assertGreaterEqual(len(self.help.listed), 9)
        for name, manual in self.pages.items():
            with self.subTest(page=name):
                self.assertEqual(self.on(name), list(manual.options), "synopsis, and its order")
        commands = section(page(MAIN), "DESCRIPTION").split("The commands are:\n")[1]
        items = dict(re.findall(r"^\.It Cm ([^\n]*)\n(.*?)(?=^\.It |^\.El)",
                                commands.split("The options of all commands")[0], re.M | re.S))
        self.assertEqual(self.help.listed, list(items), "description, and its order")
        for name in set(self.pages) - {MAIN}:
            self.assertIn(f".Xr {name[:-2]} 1", "".join(map(items.get, self.on(name))))

    def test_pages_of_commands(self):
        """They are known where people look, and have the same parts."""
        others = {name for name in os.listdir(DOCS) if re.match(r"countermark-.*\.1$", name)}
        self.assertEqual(others - {"countermark-conform.1"}, set(self.pages) - {MAIN})
        self.assertGreaterEqual(len(self.pages), 10)
        also = section(page(MAIN), "SEE ALSO")
        with open(os.path.join(ROOT, "README.md"), encoding="utf-8") as file:
            readme = file.read()
        for name in set(self.pages) - {MAIN}:
            with self.subTest(page=name):
                self.assertIn(f".Xr {name[:-2]} 1 ,\n", also)
                self.assertIn(f"{name[:-2]}(1)", readme)
                text = page(name)
                self.assertEqual(re.findall(r"^\.Sh (.*)$", text, re.M), PARTS)
                self.assertIn(f"\n.Dt {name[:-2].upper()} 1\n", text)
                self.assertIn(f"\n.Sh NAME\n.Nm {name[:-2]}\n.Nd ", text)
                self.assertIn(".Xr countermark 1 ,\n", section(text, "SEE ALSO"))
                if len(self.on(name)) == 1:
                    self.assertIn(f"\n.Nd {self.help.summaries[self.on(name)[0]]}\n", text)

    def test_options_in_the_synopsis(self):
        for command in self.help.listed:
            with self.subTest(command=command):
                own = {name: value for name, (_, value) in self.help.options[command].items()
                       if name not in self.help.common}
                self.assertEqual(own, self.pages[page_of(command)].options[command])

    def test_arguments_in_the_synopsis(self):
        self.assertEqual({command: " ".join(rest) for command, rest in self.help.rest.items()},
                         {command: " ".join(self.pages[page_of(command)].rest[command])
                          for command in self.help.listed})

    def test_options_of_all_commands(self):
        for command in self.help.listed:
            with self.subTest(command=command):
                for name in set(self.help.common) - {"version"}:
                    self.assertEqual(self.help.options[command][name], self.help.common[name])

    def options_of(self, commands):
        """An option means one thing; the words of its choice are those of all commands, and it may be
        said several times to some of them."""
        seen = dict(self.help.common)
        for command in commands:
            for name, (letter, value) in self.help.options[command].items():
                value = value and value.removesuffix("...")
                with self.subTest(command=command, option=name):
                    before = seen.setdefault(name, (letter, value))
                    if "|" in (value or ""):
                        words = dict.fromkeys(before[1].split("|") + value.split("|"))
                        value = "|".join(words)
                        seen[name] = before = (before[0], value)
                    self.assertEqual(before, (letter, value))
        return seen

    def test_options_in_the_list(self):
        self.options_of(self.help.listed)
        for name, manual in self.pages.items():
            with self.subTest(page=name):
                self.assertEqual(
                    {option: (letter, value and value.removesuffix("..."))
                     for option, (letter, value) in self.options_of(self.on(name)).items()
                     if name == MAIN or option not in self.help.common}, manual.listed)

    def test_defaults_of_options(self):
        """The page of a command says of each value whether it is needed, or what there is without."""
        for name in set(self.pages) - {MAIN}:
            for option, (_, value) in self.pages[name].listed.items():
                if value:
                    with self.subTest(page=name, option=option):
                        self.assertRegex(self.pages[name].said_of(option),
                                         r"(?i)\b(needed|default)\b")

    def test_names_for_the_connector(self):
        """A command takes them if an option that nobody knows is not refused as one."""
        taking = set()
        for command in self.help.listed:
            done = subprocess.run([COUNTERMARK, *command.split(), "--no-such-name", "value",
                                   "--config", "/nonexistent"], capture_output=True, check=False)
            if b"there is no option" not in done.stderr:
                taking.add(command)
        self.assertEqual(taking, set().union(*(manual.names for manual in self.pages.values())))

    def test_exit_statuses(self):
        text = " ".join(printed("--help").split("exit status: ")[1].split())
        self.assertEqual(statuses(MAIN), [entry.split()[0] for entry in text.split(", ")])

    def test_exit_statuses_of_commands(self):
        """Those of the program, in their order; what every command has is said once."""
        for name in set(self.pages) - {MAIN}:
            with self.subTest(page=name):
                own = statuses(name)
                self.assertEqual(own, [one for one in statuses(MAIN) if one in own])
                self.assertEqual(own[0], "0")
                self.assertIn("2", own)
                self.assertIn("\n70 and 128+n are those of\n.Xr countermark 1 .\n", page(name))


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

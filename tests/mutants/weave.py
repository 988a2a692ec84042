# SPDX-License-Identifier: Apache-2.0
"""Weaves all mutants into a copy of the tree, so that it is built once.

Each guard that can be off asks whether it is, by its name. The product never contains such a hook:
only the copy does.
"""

import os
import shutil
import subprocess
from dataclasses import dataclass, field

import exceptions
import source
import table

FLOORS = ["net", "trust", "git", "git/helper"]
MORE = ["base/fd_guard.c"]  # the guard of trust/, on a lower floor
MACROS = {"condition": "CM_MUTANT_CONDITION", "fail": "CM_MUTANT_FAIL",
          "complain": "CM_MUTANT_COMPLAIN"}
WORDS = ["pass", "unknown", "fail"]

# What is no mutant, but what mutants need: (file, the text that stands there once, what becomes
# of it).
HOOKS = [
    ("engine/verdict/engine_checks.c", "    ret->word = ask(&x);\n",
     "    ret->word = ask(&x);\n    CM_MUTANT_ANSWER(*ret);\n"),
    ("engine/plugin/host.c", "    *ret = answer;\n}\n",
     "    CM_MUTANT_ANSWER(answer);\n    *ret = answer;\n}\n"),
    # Whatever is off, nothing but this machine itself is connected to.
    ("engine/net/guard.c", "    return socket(address->family,",
     "    if (!CM_MUTANT_IS_NEAR(&address->addr))\n        return CURL_SOCKET_BAD;\n"
     "    return socket(address->family,"),
    ("engine/base/spawn.c", "nothing[] = {NULL};",
     'nothing[] = {CM_MUTANT_PAIR("CM_MUTANT"), CM_MUTANT_PAIR("CM_MUTANT_SEEN"), NULL};'),
]


class Rotten(Exception):
    """The table speaks of something that does not stand in the tree as it says."""


@dataclass
class Mutant:
    name: str
    rows: list = field(default_factory=list)  # beginnings of names of rows that are tried first
    unit: str = ""                            # the unit test that kills it instead
    reason: str = ""                          # why no row does


def floor_files(tree):
    for floor in FLOORS:
        folder = os.path.join(tree, "engine", floor)
        for name in sorted(os.listdir(folder)):
            if name.endswith(".c"):
                yield f"{floor}/{name}", f"engine/{floor}/{name}"
    for name in MORE:
        yield name, "engine/" + name


def read(tree, path):
    with open(os.path.join(tree, path), encoding="utf-8") as file:
        return file.read()


class Weaver:
    """Collects insertions into files, then makes them."""

    def __init__(self, tree):
        self.tree, self.texts, self.insertions = tree, {}, {}

    def text(self, path):
        if path not in self.texts:
            self.texts[path] = read(self.tree, path)
        return self.texts[path]

    def put(self, path, begin, end, before, after):
        """Around [begin, end) of the file; what is put around more goes outside."""
        self.text(path)
        self.insertions.setdefault(path, []).append((begin, end, before, after))

    def once(self, path, what):
        text = self.text(path)
        if text.count(what) != 1:
            raise Rotten(f"{path}: this stands there {text.count(what)} times, not once: {what!r}")
        return text.index(what)

    def guard(self, path, guard):
        self.put(path, guard.begin, guard.end, f'{MACROS[guard.kind]}("{guard.name}", ', ")")

    def row(self, row):
        """A mutant of the table: [[ ]] is around what is replaced."""
        front, rest = row.find.split("[[", 1)
        old, back = rest.rsplit("]]", 1)
        begin = self.once(row.file, front + old + back) + len(front)
        self.put(row.file, begin, begin + len(old),
                 f'(CM_MUTANT("{row.name}") ? ({row.new}) : (', "))")

    def woven(self, path):
        text, begins, ends = self.text(path), {}, {}
        nested = sorted(self.insertions.get(path, []), key=lambda i: i[1] - i[0])
        for begin, end, before, after in nested:  # the inner ones first
            begins[begin] = before + begins.get(begin, "")
            ends[end] = ends.get(end, "") + after
        for at in sorted({*begins, *ends}, reverse=True):
            text = text[:at] + ends.get(at, "") + begins.get(at, "") + text[at:]
        return text

    def write(self):
        header = os.path.join(self.tree, "tests/mutants/mutant.h")
        hooked = {path for path, _, _ in HOOKS}
        for path in sorted(set(self.insertions) | hooked):
            text = self.woven(path)
            for where, old, new in HOOKS:
                if where == path:
                    self.once(path, old)
                    text = text.replace(old, new)
            with open(os.path.join(self.tree, path), "w", encoding="utf-8") as file:
                file.write(f'#include "{header}"\n' + text)


def copy(tree, to):
    """The files of the repository as they are now, also those not yet added."""
    listed = subprocess.run(["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
                            cwd=tree, check=True, stdout=subprocess.PIPE).stdout
    for name in sorted(set(listed.decode().split("\0")) - {""}):
        if os.path.isfile(os.path.join(tree, name)):
            os.makedirs(os.path.join(to, os.path.dirname(name)), exist_ok=True)
            shutil.copy(os.path.join(tree, name), os.path.join(to, name))


def checks_of(tree):
    """Of each check in turn, forced to each word."""
    from buildnode_world import CHECKS as OF_NODE
    from jenkins_world import CHECKS as OF_JENKINS
    from row import CHECKS
    return [Mutant(f"check/{check}/{word}") for check in {**CHECKS, **OF_JENKINS, **OF_NODE}
            for word in WORDS]


def weave(tree):
    """Changes the files of the tree. (mutants, [(name, reason)] of what is no mutant)"""
    weaver, mutants, left_out = Weaver(tree), checks_of(tree), []
    for short, path in floor_files(tree):
        for guard in source.guards(short, weaver.text(path)):
            found = exceptions.of(guard)
            if found and not found.unit:
                left_out.append((guard.name, found.reason))
            elif guard.kind == "nothing":
                raise Rotten(f"{guard.name} refuses without a condition: say in exceptions.py why")
            else:
                weaver.guard(path, guard)
                mutants.append(Mutant(guard.name, [], found.unit, found.reason) if found
                               else Mutant(guard.name))
    for row in table.ROWS:
        weaver.row(row)
        mutants.append(Mutant(row.name, row.rows, row.unit, row.reason))
    weaver.write()
    names = [mutant.name for mutant in mutants]
    twins = sorted({name for name in names if names.count(name) > 1})
    if twins:
        raise Rotten(f"two mutants of one name: {twins}")
    unused = exceptions.unused()
    if unused:
        raise Rotten(f"exceptions.py speaks of what is not there: {unused}")
    return mutants, left_out

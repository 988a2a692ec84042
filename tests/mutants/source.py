# SPDX-License-Identifier: Apache-2.0
"""Finds the guards of a C file: where something is refused, and the condition for it.

This is no parser of C. It knows the few forms that the house writes a refusal in, and the layout
that clang-format gives them:

    if (CONDITION)                          if (CONDITION) {
        return cm_fail(...);                    ...
                                                return cm_fail(...);
    if (CONDITION)                          }
        return false;
                                            return GOOD || cm_fail(...);
"""

import re
from dataclasses import dataclass

# What refuses: cm_fail and what files of the three floors have made of it.
FAILS = ["cm_fail", "cm_fail_errno", "malformed", "broken", "bad_header", "too_large", "refuse",
         "cm_helper_fail", "no_memory", "cm_git_no_memory", "fail_moved", "fail_media_type",
         "cm_git_fail_limited"]
COMPLAINS = ["cm_complain", "cm_node_complain", "cm_node_lacks", "complain"]
CALL = re.compile(r"(?<![\w.>])(" + "|".join(FAILS + COMPLAINS) + r")\(")
QUIET = re.compile(r"\breturn (?:false|NULL|-1);")
PASSED_ON = re.compile(r"\b(err|why)\)")  # what failed has said so, and is a guard itself
HEAD = re.compile(r"^(\w+)\(", re.MULTILINE)  # a definition: its name at column 0


@dataclass
class Guard:
    """A place in a file that can be switched off, [begin, end) of its text."""
    file: str
    name: str
    kind: str  # "condition": is made false; "fail": is not called, true; "complain": is not called;
               # "nothing": says why something has failed, and decides nothing
    begin: int
    end: int
    text: str


def masked(text):
    """The same text, with blanks for what stands in comments and between quotes."""
    def blank(match):
        found = match.group(0)
        if found[0] in "\"'":
            return found[0] + " " * (len(found) - 2) + found[0]
        return re.sub(r"[^\n]", " ", found)
    text = re.sub(r'/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'', blank, text,
                  flags=re.DOTALL)
    return re.sub(r"^#.*(?:\\\n.*)*", blank, text, flags=re.MULTILINE)


def closing(code, opening):
    """Behind the bracket that closes the one at `opening`."""
    depth = 0
    for at in range(opening, len(code)):
        depth += code[at] in "([{"
        depth -= code[at] in ")]}"
        if depth == 0:
            return at + 1
    raise ValueError("a bracket is not closed")


def statement(code, at):
    """Where the statement begins that holds `at`."""
    depth = 0
    for begin in range(at - 1, -1, -1):
        depth += code[begin] in ")]"
        depth -= code[begin] in "(["
        if depth == 0 and code[begin] in ";{}":
            return begin + 1
    return 0


def opener(code, at):
    """The '{' of the block that holds `at`; None outside of all."""
    depth = 0
    for begin in range(at - 1, -1, -1):
        if code[begin] == "}":
            depth += 1
        elif code[begin] == "{":
            if depth == 0:
                return begin
            depth -= 1
    return None


def condition(code, begin, end):
    """[begin, end) of the condition of the last `if` of code[begin:end] that `end` depends on."""
    found = None
    for match in re.finditer(r"\bif \(", code[begin:end]):
        opening = begin + match.end() - 1
        close = closing(code, opening)
        if close <= end:
            found = (opening + 1, close - 1)
    return found


def guarding(code, at):
    """The condition that has to hold for what stands at `at`; None if there is none, or an else."""
    begin = statement(code, at)
    found = condition(code, begin, at)
    if found:
        return found
    if re.match(r"\s*(else|case\b|default\b)", code[begin:at]):
        return None
    block = opener(code, at)
    if block is None:
        return None
    head = statement(code, block)
    return condition(code, head, block)


def function_of(code, at):
    name = ""
    for match in HEAD.finditer(code, 0, at):
        name = match.group(1)
    return name


def slug(text, words):
    return "-".join(re.findall(r"[A-Za-z0-9]+", text)[:words]).lower()


def message(text):
    """The words of the first message in a call."""
    text = " ".join(re.findall(r'"((?:\\.|[^"\\])*)"', text))
    return re.sub(r"%[-+ #0-9.*]*(?:ll|z)?[a-zA-Z]", " ", text.replace('\\"', " "))


class Names:
    """Gives each guard a name of its own, made of what it says."""

    def __init__(self, file):
        self.file, self.seen = file, {}

    def name(self, function, words):
        name = f"{self.file}:{function}:{words}".rstrip(":")
        self.seen[name] = self.seen.get(name, 0) + 1
        return name if self.seen[name] == 1 else f"{name}-{self.seen[name]}"


def of_call(code, match):
    """(kind, begin, end) of the guard in front of a refusing call."""
    at, end = match.start(), closing(code, match.end() - 1)
    before = code[statement(code, at):at].rstrip()
    fails = match.group(1) in FAILS
    if re.search(r"(\|\||:|\?)$", before) and fails:
        return "fail", at, end
    if not fails:
        return "complain", at, end
    found = guarding(code, at)
    return ("condition", *found) if found else ("nothing", at, end)


def guards(file, text):
    """All guards of a file, by place; a condition that several refusals share is one guard."""
    code, names, found = masked(text), Names(file), {}
    for match in CALL.finditer(code):
        function, end = function_of(code, match.start()), closing(code, match.end() - 1)
        if function in FAILS + COMPLAINS or HEAD.match(code, match.start()):
            continue
        kind, begin, stop = of_call(code, match)
        if (begin, stop) not in found:
            words = slug(message(text[match.start():end]), 6) or match.group(1)
            found[begin, stop] = (kind, function, words)
    for match in QUIET.finditer(code):
        place = guarding(code, match.start())
        if place and place not in found and not PASSED_ON.search(code[slice(*place)]):
            words = "if-" + slug(text[place[0]:place[1]], 8)
            found[place] = ("condition", function_of(code, match.start()), words)
    return [Guard(file, names.name(function, words), kind, *place, text[place[0]:place[1]])
            for place, (kind, function, words) in sorted(found.items())]

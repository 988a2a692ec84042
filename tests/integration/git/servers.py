#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Real servers of all kinds: git http-backend by both protocols, with and without filters, with
each setting that decides what may be asked for.

    servers.py PATH/git-ask PATH/countermark-outside.so PATH/countermark-git [--only TEXT]

A row is a server and says which answers must come. All others are what is true, or a class that
means unknown, with its reason: never a commit that is not on the ref, or one that is and is said
not to be. Each row is asked without a mirror, with a cold one and with a warm one; a share is
played (see share.py).
"""

import argparse
import concurrent.futures
import sys
from dataclasses import dataclass, field

import asking
from asking import Place, UNKNOWN, demand
from histories import git
import share
from source import MAIN, Question, Source, exists_of, file_of, finding_of

WORKERS = 3
DEPTH = 5  # of a shallow server

# ---- what is asked

QUESTIONS = (
    Question("tip", MAIN, "tip", True, "build.yml"),
    Question("recent", MAIN, "recent", True, "folder/below/file.txt"),
    Question("old", MAIN, "old", True, "build.yml"),
    Question("root", MAIN, "root", True, "folder/below/file.txt"),
    Question("merged", MAIN, "merged", True),
    Question("no file", MAIN, "tip", True, "none.yml"),
    Question("no file in a folder", MAIN, "old", True, "folder/none/file.txt"),
    Question("elsewhere", MAIN, "elsewhere", False, "build.yml"),
    Question("dangling", MAIN, "dangling", False, "build.yml"),
    Question("pull", MAIN, "pull", False),
    Question("hidden", MAIN, "hidden", False),
    Question("unknown", MAIN, "unknown", False),
    Question("tag object", MAIN, "tag-object", False),
    Question("id of 64 digits", MAIN, "of 64 digits", False),
    Question("side", "refs/heads/side", "elsewhere", True),
    Question("not on side", "refs/heads/side", "recent", False),
    Question("tag", "refs/tags/v1", "tagged", True),
    Question("below tag", "refs/tags/v1", "root", True),
    Question("above tag", "refs/tags/v1", "tip", False),
    Question("tag of a tag", "refs/tags/v1-again", "tagged", True),
    Question("below tag of a tag", "refs/tags/v1-again", "old", True),
    Question("light tag", "refs/tags/light", "old", True),
    Question("hidden ref", "refs/heads/hidden", "hidden", True),
    Question("no ref", "refs/heads/none", "tip", False),
    Question("no such branch of a tag", "refs/heads/v1", "tagged", False),
)
LISTED = {MAIN, "refs/heads/side", "refs/heads/hidden", "refs/tags/v1", "refs/tags/v1-again",
          "refs/tags/light"}
ON_REF = {question.name for question in QUESTIONS if question.reachable}
ALL = {question.name for question in QUESTIONS} - {"id of 64 digits"}
FIELDS = ("finding", "exists", "file")


# ---- rows

@dataclass(frozen=True)
class Row:
    """`finding`, `exists` and `file` are the questions whose answers of that kind must come."""
    name: str
    protocol: str
    settings: dict = field(default_factory=dict)
    kind: str = "whole"  # "shallow", "empty", "sha256"
    hidden: bool = False
    finding: frozenset = frozenset()
    exists: frozenset = frozenset()
    file: frozenset = frozenset()

    @property
    def title(self):
        return f"{self.protocol}, {self.name}"

    @property
    def parts(self):
        return {(self.protocol, part) for part in (self.kind, *self.settings.items())}


FILTER = {"uploadpack.allowFilter": "true"}
NO_FILTER = {"uploadpack.allowFilter": "false"}
ASKING = {
    "": {},
    "any id": {"uploadpack.allowAnySHA1InWant": "true"},
    "reachable ids": {"uploadpack.allowReachableSHA1InWant": "true"},
    "ids of tips": {"uploadpack.allowTipSHA1InWant": "true"},
    "no ids": {"uploadpack.allowAnySHA1InWant": "false",
               "uploadpack.allowReachableSHA1InWant": "false",
               "uploadpack.allowTipSHA1InWant": "false"},
}
HIDING = {"hidden from all": {"transfer.hideRefs": "refs/heads/hidden"},
          "hidden from fetch": {"uploadpack.hideRefs": "refs/heads/hidden"}}
TREES = {"trees not to be left out": {"uploadpackfilter.tree.allow": "false"},
         "no depth of trees": {"uploadpackfilter.tree.allow": "true",
                               "uploadpackfilter.tree.maxDepth": "0"},
         "no filter but of blobs": {"uploadpackfilter.allow": "false",
                                    "uploadpackfilter.blob:none.allow": "true"}}


def musts(protocol):
    """Of a server that has all commits. By version 2 every object can be asked for by its id; by
    version 0 what a ref leads to comes with the ref, and of others nothing can be known."""
    if protocol == "v2":
        return {"finding": frozenset(ALL), "exists": frozenset(ALL - {"tag object"}),
                "file": frozenset(ALL)}
    return {"finding": frozenset(ALL), "exists": frozenset(ON_REF - {"hidden ref"}),
            "file": frozenset(ON_REF)}


def shallow_musts(protocol, filters):
    """What the last commits show, where they can be had alone: a fetch of all of them is one that
    the server cannot serve."""
    if protocol == "v0":
        return {}
    if not filters:
        return {"finding": frozenset({"no ref", "no such branch of a tag"})}
    near = frozenset({"tip", "recent", "side", "tag", "tag of a tag", "light tag", "no ref"})
    return {"finding": near, "exists": near - {"no ref"}, "file": frozenset({"tip", "recent"})}


def rows():
    found = []
    for protocol in ("v2", "v0"):
        for filters in (FILTER, NO_FILTER):
            said = "filters" if filters is FILTER else "no filters"
            for name, more in {**ASKING, **HIDING}.items():
                found.append(Row(f"{said} {name}".strip(), protocol, {**filters, **more},
                                 hidden=name in HIDING, **musts(protocol)))
            found.append(Row(f"shallow, {said}", protocol, filters, "shallow",
                             **shallow_musts(protocol, filters is FILTER)))
            for kind in ("empty", "sha256", "empty sha256"):
                found.append(Row(f"{kind}, {said}", protocol, filters, kind,
                                 finding=frozenset(ALL if kind == "empty" else ())))
        for name, more in TREES.items():
            found.append(Row(name, protocol, {**FILTER, **more}, **musts(protocol)))
    return found


# ---- one row

class Bench:
    def __init__(self, place):
        self.place, self.server = place, place.serve("repositories")
        self.source = Source(place.folder)
        self.failed = []

    def make(self, number, row):
        folder = f"{self.server.root}/{number}.git"
        if "empty" in row.kind or "sha256" in row.kind:
            git("/", "init", "-q", "--bare", "-b", "main", *(
                ["--object-format=sha256"] if "sha256" in row.kind else []), folder)
        else:
            self.source.copy(folder, DEPTH if row.kind == "shallow" else 0)
        for name, value in row.settings.items():
            git(folder, "config", name, value)
        if row.kind == "sha256":
            self.commit_one(folder)

    @staticmethod
    def commit_one(folder):
        who = ("-c", "user.name=a", "-c", "user.email=a@test")
        tree = git(folder, "hash-object", "-w", "-t", "tree", "--stdin").stdout.decode().strip()
        made = git(folder, *who, "commit-tree", "-m", "x", tree).stdout.decode().strip()
        git(folder, "update-ref", MAIN, made)

    def truth(self, row, question):
        """(finding, exists, file); a finding of None: nothing may be found."""
        finding, exists, text = question.truth(self.source)
        if row.kind == "empty sha256" and row.protocol == "v0" and question.name in ALL:
            return "not-found", None, None  # the old list of nothing does not tell of ids
        if "sha256" in row.kind or question.name not in ALL:
            return None, None, None
        gone = row.kind == "empty" or question.ref not in LISTED or (
            row.hidden and question.ref == "refs/heads/hidden")
        if gone:
            finding = "not-found"
        elif row.kind == "shallow" and finding == "not-reachable":
            finding = None
        if row.kind == "empty":
            exists, text = "not-found", None
        if row.kind == "shallow" and question.name not in row.exists:
            exists = exists if exists == "not-found" else "yes or not-found"
        return finding, exists, text

    def check(self, row, question, line):
        commit = self.source.ids[question.commit]
        said = {"finding": finding_of(line["on_ref"], commit),
                "exists": exists_of(line["exists"], commit)}
        if question.path:
            said["file"] = file_of(line["file"])
        wrong = []
        for name, true in zip(FIELDS, self.truth(row, question)):
            if name not in said:
                continue
            may = UNKNOWN | ({true} if true else set())
            if true == "yes or not-found":
                may = UNKNOWN | {"yes", "not-found"}
            if question.name in getattr(row, name) and true:
                may = {true}
            if said[name] not in may:
                why = line[{"finding": "on_ref"}.get(name, name)].get("text", "")
                wrong.append(f"{name} is {said[name]!r} and not {true!r}: {why}")
        return wrong

    def ask(self, number, row, mirrors, title):
        said = self.place.ask(f"{self.server.url}/{number}.git", [
            question.words(self.source) for question in QUESTIONS], mirrors=mirrors,
            timeout=20, words=["--json"]).json
        demand(said[0]["probe"].get("status") == 200, said[0]["probe"])
        for question, line in zip(QUESTIONS, said[1:]):
            self.failed += [f"{row.title}, {title}: {question.name}: {text}"
                            for text in self.check(row, question, line)]

    def play(self, number, row):
        try:
            self.make(number, row)
            mirrors = self.place.new_folder("mirrors")
            for place, title in ((None, "no mirror"), (mirrors, "cold mirror"),
                                 (mirrors, "warm mirror")):
                self.ask(number, row, place, title)
        except asking.Wrong as wrong:
            self.failed.append(f"{row.title}: {wrong}")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("programs", nargs=3)
    parser.add_argument("--only", default="", help="rows whose titles hold this text")
    options = parser.parse_args()
    table = rows()
    chosen = [row for row in table if options.only in row.title] if options.only else \
        share.covering(table, lambda row: row.parts, "servers")
    share.tell(len(chosen), len(table), "servers")
    with Place(options.programs) as place:
        bench = Bench(place)
        bench.server.fail(*({"path": f"/{number}.git/", "do": {"version": ""}}
                            for number, row in enumerate(chosen) if row.protocol == "v0"))
        with concurrent.futures.ThreadPoolExecutor(WORKERS) as pool:
            for done in [pool.submit(bench.play, *row) for row in enumerate(chosen)]:
                done.result()
    asking.tell(bench.failed)
    print(f"{len(chosen)} servers, {len(bench.failed)} answers failed")
    return 1 if bench.failed or not chosen else 0


if __name__ == "__main__":
    sys.exit(main())

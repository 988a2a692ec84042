# SPDX-License-Identifier: Apache-2.0
"""The table of faults.py: the requests of a collection, what can happen to each, and what is to
come of it.
"""

from dataclasses import dataclass, field

from row import BEHIND_GATE, FILES, REPOSITORY, lost, unknown

# ---- the faults


@dataclass(frozen=True)
class Fault:
    """`classes` are those of the errors that may be recorded, if any; `passes`: another try mends
    it."""
    classes: frozenset
    passes: bool = False


def passing(*classes):
    return Fault(frozenset(classes or ("transient",)), True)


def lasting(*classes):
    return Fault(frozenset(classes))


FAULTS = {
    "refuse": passing(),
    "close": passing(),
    "truncate": passing(),
    "reset": passing(),
    "later": passing(),
    "storm": passing(),
    "drip": lasting(),
    "much-later": lasting("transient"),
    "silence": lasting("cancelled"),
    "stall": lasting("cancelled"),
    "html": lasting("malformed"),
    "deep": lasting("malformed"),
    "half": lasting("malformed"),
    "bomb": lasting("unsupported"),
    "endless": lasting("limit"),
    "loop": lasting("limit"),
}

# What happens before a request is heard; whoever is asked, or sent there.
CONNECTIONS = {
    "closed port": lasting("transient"),
    "mute": lasting("cancelled"),
    "no such name": lasting("transient", "cancelled"),
    "expired": lasting("denied"),
    "wrong-host": lasting("denied"),
    "foreign": lasting("denied"),
}

# ---- the requests


@dataclass(frozen=True)
class Column:
    """`hit` are the documents that carry the error itself; `behind` those that need them; `late`
    those that there is no time for if this one is waited for to the end."""
    hit: tuple
    behind: tuple = ()
    late: tuple = ()
    git: bool = False
    tag: bool = False  # what it is about is a tag


def at_git(*hit, behind=(), **more):
    return Column(hit, tuple(behind), git=True, **more)


AFTER = ("build-after", "settings-after")

COLUMNS = {
    "build 1": Column(("build",), tuple(BEHIND_GATE)),
    "settings 1": Column(("settings",), tuple(BEHIND_GATE)),
    "project 1": Column(("project",), late=tuple(BEHIND_GATE)),
    "artifacts 1": Column(("artifacts",), ("download",), late=AFTER),
    "download 1": Column(("download",), late=AFTER),
    "store 1": Column(("download",), late=AFTER),
    "log 1": Column(("log",)),
    "build 2": Column(("build-after",)),
    "settings 2": Column(("settings-after",)),
    "probe": at_git("repository-probe", behind=["repository-refs", *REPOSITORY, *FILES]),
    "refs": at_git("repository-refs", behind=["repository-path", "repository-tag-path"]),
    "commit": at_git("repository-commit", behind=FILES, late=("repository-path",)),
    "history": at_git("repository-path"),
    "branches": at_git("repository-tag-path", tag=True),
    "tree": at_git(*FILES),
    "file": at_git("appveyor-yml"),
}

# A whole host that cannot be reached.
HOSTS = {
    "the build system": Column(("build", "settings", "project"), tuple(BEHIND_GATE)),
    "the repository": COLUMNS["probe"],
}


class Requests:
    """The columns as honest runs show them: in which scenario, and how a fault is put there."""

    def __init__(self, repository):
        of = repository
        self.wants = {(of.commits["built"],): "commit", (of.commits["tip"],): "history",
                      (of.commits["tip"], of.commits["release"]): "branches",
                      (of.tree,): "tree", (of.file,): "file"}
        self.where = {}

    def read(self, kind, lines):
        """From the logs of the honest run of that kind of scenario."""
        for line in lines:
            column, hit = self.of_build_system(line) if "at" in line else self.of_git(line)
            self.where.setdefault(column, (kind, hit))

    @staticmethod
    def of_build_system(line):
        endpoint, reading = line["at"] or (line["path"], 1)
        return f"{endpoint} {reading}", (endpoint, reading)

    def of_git(self, line):
        wants = [text for text in line["lines"] if text.startswith("want ")]
        if line["method"] == "GET":
            return "probe", {"method": "GET"}
        if not wants:
            return line["lines"][0].replace("command=ls-", ""), {"lines": line["lines"][:1]}
        ids = tuple(text[5:] for text in wants)
        return self.wants.get(ids, "fetch of " + " ".join(ids)), {"lines": wants}

    def kind(self, column):
        return self.where[column][0] if column in self.where else "branch"

    def met(self, column, lines):
        """Was it asked? `lines` are those of a run's logs."""
        seen = Requests.__new__(Requests)
        seen.wants, seen.where = self.wants, {}
        seen.read("", lines)
        return column in seen.where

    def put(self, world, column, fault, once):
        _, hit = self.where[column]
        if COLUMNS[column].git:
            world.git_faults = [{**hit, "times": 1 if once else 1 << 30, "do": {"fault": fault}}]
        else:
            endpoint, reading = hit
            world.override(endpoint, reads=[reading, reading if once else None], fault=fault)


# ---- what is to come of it


@dataclass
class Expected:
    classes: frozenset = frozenset()
    answers: dict = field(default_factory=dict)

    @property
    def exit(self):
        words = set(self.answers.values())
        return 1 if "fail" in words else 4 if "unknown" in words else 0


NOT_PUBLIC = {"repository.public": "fail"}
NOT_AS_LISTED = {"appveyor.artifact-from-job": "fail"}
FETCHES = ("probe", "commit", "history", "branches", "tree", "file")

# What is not as the fault alone would have it.
OTHERWISE = {
    # Whoever sends the public elsewhere, or shows it something else, does not show it git.
    **{(fault, "probe"): lambda lost: Expected(frozenset(["none"]), lost | NOT_PUBLIC)
       for fault in ("html", "deep", "half", "loop")},
    # Of a redirect the body does not matter.
    ("half", "download 1"): lambda lost: Expected(),
    **{(fault, "download 1"): lambda lost: Expected(frozenset(["none"]), NOT_AS_LISTED)
       for fault in ("html", "deep")},
    **{(fault, "store 1"): lambda lost: Expected(frozenset(["none"]), NOT_AS_LISTED)
       for fault in ("html", "deep", "half")},
    # A log is any text.
    **{(fault, "log 1"): lambda lost: Expected(frozenset(["none"]), lost)
       for fault in ("html", "deep", "half")},
    # JSON may be just so deep.
    **{("deep", column): lambda lost: Expected(frozenset(["limit"]), lost)
       for column in ("build 1", "settings 1", "project 1", "artifacts 1", "build 2",
                      "settings 2")},
    # Git's redirects are not followed, but told.
    **{("loop", column): lambda lost: Expected(frozenset(["unsupported"]), lost)
       for column in ("refs", *FETCHES[1:])},
    # The history of a large project is large: time may be over before it is too much.
    **{("endless", column): lambda lost: Expected(frozenset(["limit", "cancelled"]), lost)
       for column in ("history", "branches")},
}


def column_of(name):
    return COLUMNS.get(name) or HOSTS[name]


def is_mended(column, fault):
    """Does another try help? Not if a part of the answer had been handed on; but where the recent part
    of a history does not come, all of it is asked for."""
    asked_again = column == "history" or column not in FETCHES
    return FAULTS[fault].passes and (asked_again or fault not in ("reset", "truncate"))


def expectation(column, fault, once):
    what = column_of(column)
    how = FAULTS.get(fault) or CONNECTIONS[fault.replace("sent to ", "")]
    if not how.classes or (once and is_mended(column, fault)):
        return Expected()
    late = what.late if how.classes == {"cancelled"} else ()
    answers = lost(*what.hit, *what.behind, *late)
    answers |= unknown("repository.tag-on-branch") if what.tag else {}
    make = OTHERWISE.get((fault, column), lambda lost: Expected(how.classes, lost))
    return make(answers)

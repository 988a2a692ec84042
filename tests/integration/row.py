# SPDX-License-Identifier: Apache-2.0
"""A row of the attack suite: the honest scenario, one change, and which answers that changes."""

from dataclasses import dataclass, field

from world import World

# The engine's checks, and the documents of its own without which each is unknown.
ENGINE = {
    "request.system-allowed": [],
    "request.linked": [],
    "request.submitter-allowed": [],
    "build.age": [],
    "repository.expected": [],
    "repository.public": ["repository-probe", "repository-refs"],
    "repository.commit-exists": ["repository-commit"],
    "repository.commit-on-ref": ["repository-path"],
    "repository.ref-allowed": [],
    "repository.tag-on-branch": [],
    "artifact.digest": ["download"],
    "artifact.name": [],
}


def with_engine(needs, own):
    """All checks of a connector: { check: documents }. `needs` tells of which of the connector's
    documents the engine's checks live."""
    return {check: [*(needs.get(check) or needs.get(check.split(".")[0], [])), *documents]
            for check, documents in ENGINE.items()} | own


# Every check, and the documents without which it is unknown (the connector's README has them, too).
REPOSITORY = ["repository-commit", "repository-path", "repository-tag-path"]
FILES = ["appveyor-yml", "dot-appveyor-yml"]
CHECKS = with_engine({
    "request": [], "build": ["build"], "repository": ["build"],
    "artifact.digest": ["artifacts"], "artifact.name": ["artifacts", "build"]}, {
    "appveyor.project-linked": ["build", "settings"],
    "appveyor.project-public": ["build", "project"],
    "appveyor.build-succeeded": ["build"],
    "appveyor.job-succeeded": ["build"],
    "appveyor.job-not-optional": ["build"],
    "appveyor.not-pull-request": ["build"],
    "appveyor.scripts-off": ["settings"],
    "appveyor.cache-empty": ["settings", *FILES],
    "appveyor.config-in-root": ["settings", *FILES],
    "appveyor.settings-unmodified": ["settings", "build"],
    "appveyor.sources-unpatched": ["settings"],
    "appveyor.environment-declared": ["settings"],
    "appveyor.worker-declared": ["settings"],
    "appveyor.package-sources-declared": ["settings"],
    "appveyor.account-declared": [],
    "appveyor.repository-supported": ["build"],
    "appveyor.artifact-from-job": ["artifacts", "download"],
    "appveyor.artifact-in-job-time": ["artifacts", "build"],
    "appveyor.commit-corroborated": ["log", "build"],
    "appveyor.stable": ["build", "build-after", "settings", "settings-after"],
})

# Those of `system check`, which no build answers.
EXAMINATION = ["appveyor.key-valid", "appveyor.key-reads-project", "appveyor.ids-linked",
               "appveyor.key-one-account", "appveyor.key-one-project", "appveyor.key-no-team",
               "appveyor.key-no-environments", "appveyor.key-read-only", "system.clock"]

# What is not asked any more if a check at the gate did not pass.
BEHIND_GATE = ["artifacts", "download", "log", "build-after", "settings-after", *FILES, *REPOSITORY]
EVERYTHING = ["build", "settings", "project", "repository-probe", "repository-refs", *BEHIND_GATE]


class Answers:
    """Short hands for the answers of a connector's checks."""

    def __init__(self, connector, checks):
        self.connector, self.checks = connector, checks

    def full(self, name):
        return name if name in self.checks else f"{self.connector}.{name}"

    def fails(self, *names):
        return {self.full(name): "fail" for name in names}

    def unknown(self, *names):
        return {self.full(name): "unknown" for name in names}

    def lost(self, *documents):
        """Unknown is what needs one of these documents."""
        return {check: "unknown" for check, needs in self.checks.items()
                if set(needs) & set(documents)}


OF_APPVEYOR = Answers("appveyor", CHECKS)
full, fails, unknown, lost = (OF_APPVEYOR.full, OF_APPVEYOR.fails, OF_APPVEYOR.unknown,
                              OF_APPVEYOR.lost)


@dataclass
class Row:
    name: str
    change: object                     # of a World, in place
    answers: dict = field(default_factory=dict)  # { check: word }, all others pass
    exit: int = None                   # by default what follows from the answers
    says: str = ""                     # what stands in the report, or without one on stderr
    report: bool = True
    watch: object = None               # more to be true: f(world, result) raises AssertionError
    kind: object = World               # of the scenario
    checks: dict = field(default_factory=lambda: CHECKS)  # all that are asked

    def status(self):
        if self.exit is not None:
            return self.exit
        words = set(self.answers.values())
        return 1 if "fail" in words else 4 if "unknown" in words else 0

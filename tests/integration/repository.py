# SPDX-License-Identifier: Apache-2.0
"""A real git repository with one branch, tag or commit for each thing that a test wants to build.

Everything in it is fixed, dates too, so that ids are the same in every run. `main` is one line of
commits, each with other files in its root: to build another one of them is one change of a build
and nothing else, because all are on the branch.
"""

import os
import subprocess

GOOD = b"version: 1.0.{build}\nimage: Visual Studio 2022\nbuild_script:\n- cmd: dotnet pack\n"
NO_SUCH_COMMIT = "0123456789abcdef0123456789abcdef01234567"
HOMOGLYPH = "m\u0430in"  # with a Cyrillic a

# What stands in the root, commit by commit; the last is the newest.
MAIN = {
    "no-file": {},
    "wrong-case": {"Appveyor.yml": GOOD},
    "in-folder": {"ci/appveyor.yml": GOOD},
    "folder-of-that-name": {"appveyor.yml/readme": b"not a file\n"},
    "link": {"appveyor.yml": ("120000", b"ci.yml"), "ci.yml": GOOD},
    "both": {"appveyor.yml": GOOD, ".appveyor.yml": GOOD},
    "nul": {"appveyor.yml": GOOD + b"\0cache:\n  - packages\n"},
    "dot": {".appveyor.yml": GOOD},
    "cache": {"appveyor.yml": GOOD + b"cache:\n- packages\n"},
    "cache-in-dot": {".appveyor.yml": GOOD + b"cache: [packages]\n"},
    "cache-in-for": {"appveyor.yml": GOOD + b"for:\n- branches: {only: [x]}\n  cache: a\n"},
    "cache-in-list": {"appveyor.yml": b"- branches: {only: [x]}\n  build: off\n- cache:\n  - a\n"},
    "cache-in-quotes": {"appveyor.yml": GOOD + b'"cache": [a]\n'},
    "cache-escaped": {"appveyor.yml": GOOD + b'"\\x63ache": [a]\n'},
    "cache-upper-case": {"appveyor.yml": GOOD + b"Cache: [a]\n"},
    "cache-after-another": {"appveyor.yml": b"install: [a]\ninstall: {cache: b}\n" + GOOD},
    "cache-by-alias": {"appveyor.yml": GOOD + b"init: &a cache\n*a : [packages]\n"},
    "cache-in-flow": {"appveyor.yml": b"{build: off, for: [{cache: [a]}]}\n"},
    "two-documents": {"appveyor.yml": GOOD + b"---\ninit: []\n"},
    "broken": {"appveyor.yml": GOOD + b"build: [\n"},
    "not-utf8": {"appveyor.yml": GOOD + b"# \xff\xfe\n"},
    "huge": {"appveyor.yml": GOOD + b"# comment\n" * 30000},
    "word-cache": {"appveyor.yml": GOOD + b"# cache: no\ninit:\n- echo cache\nskip: 'cache: x'\n"},
    "old": {"appveyor.yml": GOOD},
    "before-merge": {"appveyor.yml": GOOD, "a": b"a\n"},
    "merged": {"appveyor.yml": GOOD, "a": b"a\n", "side": b"side\n"},
    "built": {"appveyor.yml": GOOD, "b": b"b\n"},
    "tip": {"appveyor.yml": GOOD, "c": b"c\n"},
}

# Commits beside the line: name, parent, files.
ASIDE = [
    ("side", "old", {"appveyor.yml": GOOD, "side": b"side\n"}),
    ("release", "old", {"appveyor.yml": GOOD, "r": b"r\n"}),
    ("feature", "old", {"appveyor.yml": GOOD, "f": b"f\n"}),
    ("evil", "built", {"appveyor.yml": GOOD, "evil": b"evil\n"}),
    ("pull", "built", {"appveyor.yml": GOOD, "pull": b"pull\n"}),
    ("hidden", "built", {"appveyor.yml": GOOD, "hidden": b"hidden\n"}),
    ("stray", "built", {"appveyor.yml": GOOD, "stray": b"stray\n"}),
    ("dangling", "built", {"appveyor.yml": GOOD, "dangling": b"dangling\n"}),
    ("alien", None, {"appveyor.yml": GOOD}),
]

REFS = {
    "refs/heads/main": "tip",
    "refs/heads/release/1.0": "release",
    "refs/heads/feature/new": "feature",
    "refs/heads/v2.0": "tip",  # a branch ...
    "refs/tags/v2.0": "built",  # ... and a tag of one name
    "refs/heads/tags/v1.0": "evil",
    "refs/heads/refs/heads/main": "evil",
    "refs/heads/" + HOMOGLYPH: "evil",
    "refs/heads/" + NO_SUCH_COMMIT: "evil",
    "refs/heads/mainly": "evil",
    "refs/heads/mains": "evil",
    "refs/heads/alien": "alien",
    "refs/tags/v1.0": "built",
    "refs/tags/v1.0-feature": "feature",
    "refs/tags/v9.0-stray": "stray",
    "refs/tags/v3.0-evil": "evil",
    "refs/tags/main": "built",
    "refs/pull/1/head": "pull",
    "refs/pull/1/merge": "pull",
    "refs/hidden/1": "hidden",
}


def git_bytes(folder, *words, stdin=None):
    environment = {
        "PATH": os.environ.get("PATH", "/usr/bin:/bin"),
        "HOME": folder,
        "LC_ALL": "C",
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_GLOBAL": "/dev/null",
        "GIT_AUTHOR_NAME": "A. Developer", "GIT_AUTHOR_EMAIL": "a@example.invalid",
        "GIT_COMMITTER_NAME": "A. Developer", "GIT_COMMITTER_EMAIL": "a@example.invalid",
        "GIT_AUTHOR_DATE": "1790000000 +0000", "GIT_COMMITTER_DATE": "1790000000 +0000",
    }
    quiet = [word for name in ("advice.objectNameWarning", "advice.nestedTag",
                               "core.warnAmbiguousRefs") for word in ("-c", name + "=false")]
    done = subprocess.run(["git", *quiet, "-C", folder, *words], input=stdin, env=environment,
                          check=True, stdout=subprocess.PIPE)
    return done.stdout


def git(folder, *words, stdin=None):
    return git_bytes(folder, *words, stdin=stdin).decode().strip()


class Stream:
    """Input of git fast-import."""

    def __init__(self):
        self.parts, self.marks, self.clock = [], {}, 1780000000

    def data(self, content):
        self.parts.append(b"data %d\n%s\n" % (len(content), content))

    def commit(self, name, parents, files):
        self.clock += 3600
        self.marks[name] = len(self.marks) + 1
        person = b"A. Developer <a@example.invalid> %d +0000" % self.clock
        self.parts.append(b"commit refs/building/%s\nmark :%d\nauthor %s\ncommitter %s\n"
                          % (name.encode(), self.marks[name], person, person))
        self.data(name.encode())
        for word, parent in zip((b"from", b"merge"), parents):
            self.parts.append(b"%s :%d\n" % (word, self.marks[parent]))
        self.parts.append(b"deleteall\n")
        for path, content in {"README.md": b"# Widget\n", **files}.items():
            mode, content = content if isinstance(content, tuple) else ("100644", content)
            self.parts.append(b"M %s inline %s\n" % (mode.encode(), path.encode()))
            self.data(content)


class Repository:
    """Made once; `commits` and `tags` give ids by name."""

    def __init__(self, folder):
        self.folder = folder
        os.makedirs(folder)
        git(folder, "init", "--quiet", "--bare", "--initial-branch=main")
        git(folder, "config", "uploadpack.allowFilter", "true")
        stream = self.written()
        git(folder, "fast-import", "--quiet", stdin=b"".join(stream.parts))
        names = list(stream.marks)
        ids = git(folder, "rev-parse", *("refs/building/" + name for name in names)).split("\n")
        self.commits = dict(zip(names, ids))
        self.name_refs(names)
        git(folder, "tag", "-a", "-m", "one", "v1.1", self.commits["built"])
        git(folder, "tag", "-a", "-m", "of a tag", "v1.2", "refs/tags/v1.1")
        git(folder, "tag", "-a", "-m", "old", "v0.1", self.commits["old"])
        self.tag_object = git(folder, "rev-parse", "refs/tags/v1.1")
        self.tree = git(folder, "rev-parse", self.commits["built"] + "^{tree}")
        self.file = git(folder, "rev-parse", self.commits["built"] + ":appveyor.yml")

    @staticmethod
    def written():
        stream, last = Stream(), None
        aside = {name: (parent, files) for name, parent, files in ASIDE}
        for name, files in MAIN.items():
            parents = [last] if last else []
            if name == "merged":
                parents.append("side")
            stream.commit(name, parents, files)
            for other, (parent, files_of_other) in aside.items():
                if parent == name or (parent is None and last is None):
                    stream.commit(other, [parent] if parent else [], files_of_other)
            last = name
        return stream

    def name_refs(self, names):
        lines = [f"create {ref} {self.commits[name]}" for ref, name in REFS.items()]
        # a branch that is called like the commit that is built, and holds another one
        lines.append(f"create refs/heads/{self.commits['built']} {self.commits['evil']}")
        lines += [f"delete refs/building/{name}" for name in names]
        git(self.folder, "update-ref", "--stdin", stdin="\n".join(lines + [""]).encode())

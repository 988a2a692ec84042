# SPDX-License-Identifier: Apache-2.0
"""A repository with one commit of each kind, questions about them, and what git-ask --json says."""

import base64
import shutil
import time
from dataclasses import dataclass

from asking import demand
from histories import Repository, git
from packs import object_id

NOW = int(time.time())
DAY = 86400
MAIN = "refs/heads/main"
TEXT_MOST = 1500  # of an error

# ---- the history


def files_of(i):
    """Of another size at each commit."""
    return {"build.yml": f"version: {'x' * i}\n",
            "folder": {"below": {"file.txt": f"deep: {'y' * i}\n"}, "file.txt": "\n"}}


class Source:
    """A line of commits with one side branch merged, and what lies beside it."""

    def __init__(self, root):
        self.repository = Repository(f"{root}/source.git", served=False)
        self.files, self.ids, self.count = {}, {}, 0
        line = [self.commit([])]
        for _ in range(20):
            line.append(self.commit(line[-1:]))
        merged = self.commit([line[5]])
        line.append(self.commit([line[-1], merged]))
        for _ in range(20):
            line.append(self.commit(line[-1:]))
        self.ids.update(tip=line[-1], recent=line[-4], old=line[1], root=line[0], merged=merged,
                        tagged=line[9])
        for name in ("elsewhere", "dangling", "pull", "hidden"):
            self.ids[name] = self.commit([line[15]])
        self.ids.update({"unknown": "0123456789" * 4, "of 64 digits": "f00d" * 16})
        self.line = line
        self.tag_all()

    def commit(self, parents):
        self.count += 1
        files = files_of(self.count)
        made = self.repository.commit(parents, NOW - (80 - self.count) * 3 * DAY,
                                      f"commit {self.count}", tree=self.repository.tree(files))
        self.files[made] = {"build.yml": files["build.yml"],
                            "folder/below/file.txt": files["folder"]["below"]["file.txt"]}
        return made

    def tag_all(self):
        tag = self.repository.tag("v1", "commit", self.ids["tagged"])
        self.ids["tag-object"] = tag
        self.repository.point({
            MAIN: self.ids["tip"], "refs/heads/side": self.ids["elsewhere"],
            "refs/heads/hidden": self.ids["hidden"], "refs/pull/1/head": self.ids["pull"],
            "refs/tags/v1": tag, "refs/tags/light": self.ids["old"],
            "refs/tags/v1-again": self.repository.tag("v1-again", "tag", tag)})

    def copy(self, folder, depth=0):
        if depth:
            git("/", "init", "-q", "--bare", "-b", "main", folder)
            git(folder, "fetch", "-q", f"--depth={depth}", f"file://{self.repository.folder}",
                "+refs/*:refs/*")
        else:
            shutil.copytree(self.repository.folder, folder)


# ---- what is asked: a name, the ref, the commit by its name, a path

@dataclass(frozen=True)
class Question:
    name: str
    ref: str
    commit: str
    reachable: bool
    path: str = None

    def words(self, source):
        return (self.ref, source.ids[self.commit], *([self.path] if self.path else []))

    def truth(self, source):
        """(finding, exists, text of the file)"""
        commit = source.ids[self.commit]
        exists = commit in source.files
        text = source.files.get(commit, {}).get(self.path, "not-found") if self.path else None
        return ("reachable" if self.reachable else "not-reachable",
                "yes" if exists else "not-found", text)


# ---- the answers of git-ask --json

def word_of(answer):
    """The class of an error, which says why; None if it is none."""
    if "error" not in answer:
        return None
    text = answer["text"]
    demand(text and text.isprintable() and len(text) < TEXT_MOST,
           "no reason, or one that cannot be read:", repr(text[:TEXT_MOST]))
    return answer["error"]


def parents_of(raw):
    lines = raw.partition(b"\n\n")[0].split(b"\n")
    return [line[7:].decode() for line in lines if line.startswith(b"parent ")]


def check_path(answer, commit):
    raws = [base64.b64decode(text) for text in answer["path"]]
    ids = [object_id("commit", raw) for raw in raws]
    demand(len(ids) == answer["length"] and ids[0] == answer["tip"] and ids[-1] == commit,
           "the path")
    for raw, after in zip(raws, ids[1:]):
        demand(after in parents_of(raw), "a path with a gap")


def finding_of(answer, commit):
    word = word_of(answer)
    if word:
        return word
    if answer["finding"] == "reachable":
        check_path(answer, commit)
    return answer["finding"]


def exists_of(answer, commit):
    word = word_of(answer)
    if word:
        return word
    named = object_id("commit", base64.b64decode(answer["object"]))
    return "yes" if named == commit else "an object of another name"


def file_of(answer):
    return word_of(answer) or answer["text"]

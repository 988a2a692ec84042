# SPDX-License-Identifier: Apache-2.0
"""Repositories whose commits are made by hand: of any shape, and of any date that git reads."""

import os
import subprocess

from packs import entry, object_id, packed

ENVIRONMENT = dict(os.environ, GIT_CONFIG_NOSYSTEM="1", GIT_CONFIG_GLOBAL="/dev/null", LC_ALL="C",
                   HOME="/nonexistent")
EMPTY_TREE = object_id("tree", b"")


def git(folder, *args, given=b"", good=(0,)):
    done = subprocess.run(["git", "-C", folder, *args], input=given, env=ENVIRONMENT, check=False,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert done.returncode in good, (args, done.stderr)
    return done


def words(folder, *args):
    return git(folder, *args).stdout.decode().split()


def is_ancestor(folder, commit, tip):
    return git(folder, "merge-base", "--is-ancestor", commit, tip,
               good=(0, 1)).returncode == 0


class Repository:
    """A bare one. What was made is in it after write()."""

    def __init__(self, folder, served=True):
        self.folder, self.entries, self.sizes = folder, [], {}
        git("/", "init", "-q", "--bare", "-b", "main", folder)
        self.made("tree", b"")
        if served:
            self.set("uploadpack.allowFilter", "true")

    def git(self, *args, **how):
        return git(self.folder, *args, **how)

    def set(self, name, value):
        self.git("config", name, value)

    # ---- objects

    def made(self, kind, content):
        name = object_id(kind, content)
        if name not in self.sizes:
            self.entries.append(entry(kind, content))
            self.sizes[name] = len(content)
        return name

    def commit(self, parents, when, text, tree=EMPTY_TREE, more=""):
        """`when` is what stands there for the seconds; `more` are lines behind the committer."""
        lines = [f"tree {tree}", *(f"parent {parent}" for parent in parents),
                 f"author A <a@test> {when} +0000", f"committer C <c@test> {when} +0000"]
        return self.made("commit", ("\n".join(lines) + f"\n{more}\n{text}\n").encode())

    def tag(self, name, kind, target):
        return self.made("tag", (f"object {target}\ntype {kind}\ntag {name}\n"
                                 f"tagger T <t@test> 1700000000 +0000\n\n{name}\n").encode())

    def tree(self, files):
        """Of {name: text or, for a folder, such a dictionary}."""
        found = []
        for name, content in files.items():
            folder = isinstance(content, dict)
            made = self.tree(content) if folder else self.made("blob", content.encode())
            found.append((name + "/" * folder, b"%s %s\0%s" % (
                b"40000" if folder else b"100644", name.encode(), bytes.fromhex(made))))
        return self.made("tree", b"".join(line for _, line in sorted(found)))

    def write(self):
        if self.entries:
            self.git("index-pack", "--stdin", given=packed(self.entries))
        self.entries = []

    # ---- refs

    def point(self, refs):
        """{name: id, or None to delete it}"""
        self.write()
        lines = [f"update {name} {to}" if to else f"delete {name}" for name, to in refs.items()]
        self.git("update-ref", "--stdin", given="".join(f"{line}\n" for line in lines).encode())

    def tips(self):
        """{ref: the commit that it leads to}; those that lead to none are left out."""
        form = "%(refname) %(objecttype) %(objectname) %(*objecttype) %(*objectname)"
        found = {}
        for line in self.git("for-each-ref", f"--format={form}").stdout.decode().splitlines():
            name, kind, own, *_ = line.split(" ")
            if kind == "commit":
                found[name] = own
            elif kind == "tag":
                done = self.git("rev-parse", "-q", "--verify", name + "^{commit}", good=(0, 1, 128))
                if done.returncode == 0:
                    found[name] = done.stdout.decode().strip()
        return found

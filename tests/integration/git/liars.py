#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A server that lies: true answers (of git http-backend) to all requests but one kind of them, to
which it says one of the things in lies.py and lies_packs.py.

    liars.py PATH/git-ask PATH/countermark-outside.so PATH/countermark-git [--only TEXT] [--show]

Of each lie is demanded: what is right, or a class that means unknown, and never anything else; an
end within the time that was given; memory within bounds; nothing left behind. Then the same
repository is asked again with the same mirror, and the server is honest: all must be right. A share
is played (see share.py).
"""

import argparse
import concurrent.futures
import itertools
import os
import queue
import shutil
import sys
import tempfile
import threading
import traceback
import types
from dataclasses import dataclass

import asking
from asking import Place, UNKNOWN, demand
import git_server
from histories import git
import lies
import lies_packs
from packs import ADVERTISEMENT, RESULT
import share
from source import MAIN, Question, Source, exists_of, file_of, finding_of
import wire_faults

WORKERS = 3
SHARE = 40
TIMEOUT = 4       # seconds of a run that is lied to
TIMEOUT_HONEST = 20
LATE = 5          # seconds after which it has to have ended by then
WARM_AT = 30      # place of the commit on main that the warm mirror was made at

QUESTIONS = (
    Question("tip", MAIN, "tip", True, "build.yml"),
    Question("recent", MAIN, "recent", True, "folder/below/file.txt"),
    Question("old", MAIN, "old", True),
    Question("elsewhere", MAIN, "elsewhere", False),
    Question("dangling", MAIN, "dangling", False),
    Question("unknown", MAIN, "unknown", False),
    Question("tag of a tag", "refs/tags/v1-again", "old", True),
)

# ---- what is asked


@dataclass(frozen=True)
class Target:
    """A kind of request, which says of itself what it is by its lines."""
    name: str
    lies: dict
    repository: str = "whole.git"
    old: bool = False    # the server speaks version 0 only
    warm: bool = False   # the mirror holds an earlier state

    @property
    def plain(self):
        return self.repository == "plain.git"

    def is_met(self, asked):
        return KINDS[self.name](asked)


class Asked:
    def __init__(self, method, body, files):
        self.method, self.lines = method, []
        at = 0
        while at + 4 <= len(body):
            size = int(body[at:at + 4], 16)
            self.lines.append(body[at + 4:at + size].split(b"\0")[0].decode().strip())
            at += max(size, 4)
        self.wants = {line.split()[1] for line in self.lines if line.startswith("want ")}
        self.commits_only = not self.wants & files

    def has(self, beginning):
        return any(line.startswith(beginning) for line in self.lines)


KINDS = {
    "probe": lambda asked: asked.method == "GET",
    "list": lambda asked: asked.method == "GET",
    "refs": lambda asked: asked.has("command=ls-refs"),
    "commit": lambda asked: asked.commits_only and asked.has("deepen "),
    "recent": lambda asked: asked.has("deepen-since "),
    "history": lambda asked: asked.wants and asked.commits_only and not asked.has("deepen")
    and not asked.has("have "),
    "rest": lambda asked: asked.has("have "),
    "object": lambda asked: asked.wants and not asked.commits_only,
    "unfiltered": lambda asked: asked.wants,
    "version 0": lambda asked: asked.wants,
}
WIRE = {name: name for name in ("silence", "stall", "drip", "truncate", "half", "bomb", "html",
                                "redirect:https://localhost:1/elsewhere.git")}
FETCHES = {**{f"pack: {name}": ("pack", lie) for name, lie in lies_packs.PACKS.items()},
           **{f"answer: {name}": ("answer", lie) for name, lie in lies.ANSWERS.items()},
           **{f"wire: {name}": ("wire", name) for name in WIRE}}


def made_of(kind, table):
    return {f"{kind}: {name}": (kind, lie) for name, lie in table.items()}


TARGETS = (
    Target("probe", made_of("probe", lies.PROBES)),
    Target("refs", made_of("refs", lies.REFS)),
    Target("commit", FETCHES),
    Target("recent", FETCHES),
    Target("history", FETCHES),
    Target("rest", FETCHES, warm=True),
    Target("object", FETCHES),
    Target("unfiltered", FETCHES, "plain.git"),
    Target("version 0", FETCHES, "plain.git", old=True),
    Target("list", made_of("list", lies.LISTS), "plain.git", old=True),
)


@dataclass(frozen=True)
class Cell:
    target: Target
    lie: str

    @property
    def name(self):
        return f"{self.lie}, to {self.target.name}"

    @property
    def parts(self):
        return {self.target.name, self.target.lies[self.lie][0]}


# ---- the server

class Handler(git_server.Handler):
    def answer(self, body):
        lane = self.server.lane
        asked = Asked(self.command, body, lane.files)
        if not lane.lie or not lane.target.is_met(asked):
            super().answer(body)
            return
        lane.met += 1
        try:
            self.lie(*lane.lie, body)
        except OSError:
            self.close_connection = True
        except Exception:  # a lie that cannot be told is none
            lane.broken.append(traceback.format_exc())
            raise

    def question(self, fault, body):
        return body, "" if self.server.lane.old else self.headers.get("Git-Protocol", "")

    def truth(self, body):
        with self.backend(*self.question({}, body)) as (_, _, pipe):
            return pipe.read()

    def lie(self, kind, lie, body):
        content, facts = self.truth(body), self.server.lane.facts
        form = RESULT if self.command == "POST" else ADVERTISEMENT
        if kind == "wire":
            wire_faults.perform(self, lie, types.SimpleNamespace(
                status=200, kind=form, headers={}, body=content))
        elif kind == "probe":
            self.say(form, lie(content, facts))
        elif kind == "refs":
            self.say(form, lie(rows_of(content), facts))
        elif kind == "list":
            start = content.index(b"0000") + 4
            self.say(form, itertools.chain([content[:start]],
                                           lie(rows_of(content[start:]), facts)))
        elif kind == "answer":
            self.say(form, lie(lies.Answer(content), facts))
        else:
            answer = lies.Answer(content)
            self.say(form, [answer.with_pack(lie(self.server.lane.objects(answer.pack), facts))])

    def say(self, form, pieces):
        self.send_head(200, [("Content-Type", form), ("Transfer-Encoding", "chunked")])
        for piece in filter(None, pieces):
            self.wfile.write(b"%x\r\n%s\r\n" % (len(piece), piece))
            self.wfile.flush()
        self.wfile.write(b"0\r\n\r\n")
        self.wfile.flush()


def rows_of(content):
    """The lines up to a flush, without capabilities."""
    found, at = [], 0
    while (size := int(content[at:at + 4] or b"0", 16)) > 0:
        found.append(content[at + 4:at + size].rstrip(b"\n").split(b"\0")[0])
        at += size
    return found


# ---- one of several that work beside each other

class Lane:
    """A liar of its own, and what it is at the moment."""

    def __init__(self, place, source):
        self.place, self.source = place, source
        self.root = place.new_folder("lane")
        for name, filters in (("whole.git", "true"), ("plain.git", "false")):
            source.copy(self.path(name))
            git(self.path(name), "config", "uploadpack.allowFilter", filters)
        said = git(source.repository.folder, "cat-file", "--batch-all-objects",
                   "--batch-check=%(objecttype) %(objectname)").stdout.decode().splitlines()
        self.files = {line[5:] for line in said if line.startswith(("tree ", "blob "))}
        self.facts = lies.Facts(source.ids, {line[7:]: git(
            source.repository.folder, "cat-file", "commit", line[7:]).stdout
            for line in said if line.startswith("commit ")})
        self.lie, self.target, self.old, self.met, self.unpacked = None, None, False, 0, {}
        self.shown, self.broken = "", []
        self.serve()

    def path(self, *parts):
        return os.path.join(self.root, *parts)

    def serve(self):
        options = types.SimpleNamespace(
            root=self.root, cert=self.place.path("tls", "server.pem"),
            key=self.place.path("tls", "server.key"), port=0, latency=0, log=None, faults=None,
            token=None, remember=False)
        self.server = git_server.Server(options)
        self.server.RequestHandlerClass, self.server.lane = Handler, self
        self.url = f"https://localhost:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, args=(0.1,), daemon=True).start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()

    def objects(self, pack):
        """What a pack of the true server holds: (kind, content) each. None, if it sent none."""
        if not pack:
            return []
        if pack not in self.unpacked:
            with tempfile.TemporaryDirectory(dir=self.place.folder) as folder:
                git(folder, "init", "-q", "--bare")
                git(folder, "index-pack", "--stdin", given=pack)
                said = git(folder, "cat-file", "--batch-all-objects", "--batch").stdout
            self.unpacked[pack] = list(objects_in(said))
        return self.unpacked[pack]

    # ---- a run

    def warm_mirror(self):
        """One that was made when main was not that far; it is made once and then copied."""
        if not os.path.exists(self.path("warm")):
            whole = self.path("whole.git")
            git(whole, "update-ref", MAIN, self.source.line[WARM_AT])
            # what nobody has takes the whole history to be sure of
            self.place.ask(self.url + "/whole.git", [(MAIN, "0123456789" * 4)],
                           mirrors=self.path("warm"))
            git(whole, "update-ref", MAIN, self.source.ids["tip"])
            os.makedirs(self.path("warm"), exist_ok=True)
        mirrors = self.place.new_folder("mirrors")
        shutil.copytree(self.path("warm"), mirrors, dirs_exist_ok=True)
        return mirrors

    def ask(self, repository, mirrors, check, timeout=TIMEOUT_HONEST):
        said = self.place.ask(f"{self.url}/{repository}", [
            question.words(self.source) for question in QUESTIONS], mirrors=mirrors,
            timeout=timeout, words=["--json"])
        self.shown += f" {said.seconds:4.1f} s {said.peak >> 20:3} MiB"
        demand(said.seconds < timeout + LATE, "it ended late")
        for question, line in zip(QUESTIONS, said.json[1:]):
            check(question, line)

    def answers(self, question, line):
        """(name, what was said, what is true, why it is not)"""
        commit = self.source.ids[question.commit]
        said = [("finding", finding_of(line["on_ref"], commit), line["on_ref"]),
                ("exists", exists_of(line["exists"], commit), line["exists"])]
        if question.path:
            said.append(("file", file_of(line["file"]), line["file"]))
        for (name, word, answer), true in zip(said, question.truth(self.source)):
            yield name, word, true, answer.get("text") if "error" in answer else ""

    def is_never_false(self, question, line):
        lie = self.lie_name.partition("answer: ")[2]
        for name, word, true, why in self.answers(question, line):
            own_word = lie in lies.SAYS_NOT_FOUND and name == "exists"
            may = UNKNOWN | {true} | ({"not-found"} if own_word else set())
            demand(word in may, f"{question.name}: {name} is {word!r}, and it is {true!r}: {why}")
            if word == "unsupported" and lie in lies.SAYS_WHY and not self.target.plain:
                demand(lies.WHY in why, f"{question.name}: {name}: the server said why:", why)

    def is_right(self, question, line):
        for name, word, true, why in self.answers(question, line):
            demand(word == true or name != "finding" and self.old and word in UNKNOWN,
                   f"afterwards, {question.name}: {name} is {word!r}, and it is {true!r}: {why}")

    def play(self, cell):
        target = cell.target
        mirrors = self.warm_mirror() if target.warm else self.place.new_folder("mirrors")
        self.target, self.old, self.unpacked = target, target.old, {}
        self.lie, self.lie_name = target.lies[cell.lie], cell.lie
        try:
            self.ask(target.repository, mirrors, self.is_never_false, TIMEOUT)
        finally:
            self.lie = None
        self.ask(target.repository, mirrors, self.is_right)
        shutil.rmtree(mirrors)


def objects_in(said):
    """Of git cat-file --batch."""
    at = 0
    while at < len(said):
        end = said.index(b"\n", at)
        _, kind, size = said[at:end].decode().split()
        yield kind, said[end + 1:end + 1 + int(size)]
        at = end + 2 + int(size)


# ---- a server that is another one for a while

def another(source, folder, main):
    """With other commits, and another main."""
    source.copy(folder)
    alien = lies.Facts(source.ids, {}).alien(1)
    made = git(folder, "hash-object", "-w", "-t", "commit", "--stdin",
               given=alien).stdout.decode().strip()
    git(folder, "update-ref", MAIN, made if main == "alien" else source.ids[main])


def bare(folder, *how):
    git("/", "init", "-q", "--bare", "-b", "main", *how, folder)


OTHERS = {
    "main is elsewhere": lambda source, folder: another(source, folder, "dangling"),
    "main is not that far": lambda source, folder: another(source, folder, "root"),
    "main is an alien": lambda source, folder: another(source, folder, "alien"),
    "shallow": lambda source, folder: source.copy(folder, 3),
    "empty": lambda source, folder: bare(folder),
    "of another hash": lambda source, folder: bare(folder, "--object-format=sha256"),
}


def play_other(lane, name, warm):
    """Whatever it was meanwhile, once it is what it was all is right again."""
    whole, aside = lane.path("whole.git"), lane.path("aside.git")
    mirrors = lane.warm_mirror() if warm else lane.place.new_folder("mirrors")
    os.rename(whole, aside)
    try:
        OTHERS[name](lane.source, whole)
        git(whole, "config", "uploadpack.allowFilter", "true")
        lane.place.ask(f"{lane.url}/whole.git", [
            question.words(lane.source) for question in QUESTIONS], mirrors=mirrors)
    finally:
        shutil.rmtree(whole, ignore_errors=True)
        os.rename(aside, whole)
    lane.ask("whole.git", mirrors, lane.is_right)
    shutil.rmtree(mirrors)


# ---- all of them

class Table:
    def __init__(self, lanes, show):
        self.lanes, self.show = queue.SimpleQueue(), show
        for lane in lanes:
            self.lanes.put(lane)
        self.failed, self.told, self.untold = [], {}, {}

    def play(self, name, play):
        """Whether a lie was told."""
        lane = self.lanes.get()
        lane.shown, lane.met = "", 0
        try:
            play(lane)
        except asking.Wrong as wrong:
            self.failed.append(f"{name}: {wrong}")
        finally:
            met, lane.old = lane.met, False
            self.lanes.put(lane)
            if self.show:
                print(f"{lane.shown:28} {name}", flush=True)
        return met > 0

    def play_cell(self, cell):
        told = self.play(cell.name, lambda lane: lane.play(cell))
        table = self.told if told else self.untold
        table.setdefault(cell.target.name, []).append(cell)

    def gaps(self):
        """A lie that nobody listened to proves nothing."""
        return [f"nobody asks for what is lied about: {name} ({len(cells)} lies)"
                for name, cells in self.untold.items() if name not in self.told]


def share_of(cells):
    """Each target and each kind of lie at least once, and others by chance."""
    needed = share.covering(cells, lambda cell: cell.parts, "liars")
    return needed + share.pick([cell for cell in cells if cell not in needed], SHARE - len(needed))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("programs", nargs=3)
    parser.add_argument("--only", default="", help="cells whose names hold this text")
    parser.add_argument("--show", action="store_true",
                        help="a line for each, with what its run took, and the one after it")
    options = parser.parse_args()
    cells = [Cell(target, lie) for target in TARGETS for lie in target.lies]
    chosen = [cell for cell in cells if options.only in cell.name] if options.only else \
        share_of(cells)
    share.tell(len(chosen), len(cells), "lies")
    with Place(options.programs) as place:
        lanes = [Lane(place, source) for source in [Source(place.folder)] for _ in range(WORKERS)]
        table = Table(lanes, options.show)
        with concurrent.futures.ThreadPoolExecutor(WORKERS) as pool:
            waiting = [pool.submit(table.play_cell, cell) for cell in chosen]
            for name in OTHERS:
                for warm in (False, True):
                    waiting.append(pool.submit(
                        table.play, f"{name}, {'warm' if warm else 'cold'}",
                        lambda lane, name=name, warm=warm: play_other(lane, name, warm)))
            for done in waiting:
                done.result()
        for lane in lanes:
            lane.close()
    failed = [text for lane in lanes for text in lane.broken] + table.failed + table.gaps()
    asking.tell(failed)
    print(f"{len(chosen)} lies, {sum(map(len, table.told.values()))} of them told, "
          f"{len(failed)} failed")
    return 1 if failed or not chosen else 0


if __name__ == "__main__":
    sys.exit(main())

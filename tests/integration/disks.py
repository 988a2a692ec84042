#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What the machine refuses: room, places to write, descriptors, processes, memory. Each is said in
words that tell what to do, with the exit status of the manual, and what was there is as it was.
Many runs at once do not harm each other.

    disks.py COUNTERMARK FIXTURE-NOTES

File systems that are full or cannot be written are mounted where nobody else sees them, which
takes root; without, those tests are skipped, and it is said why.
"""

import concurrent.futures
import contextlib
import os
import resource
import shutil
import subprocess
import sys
import time
import unittest

import share
from harness import Result, end_session, processes_of
from notes import NAME, archive, documented, note
from suite import Suite

FIXTURE = None
MANY = 20
NOBODY = 65534
OLD = b"as it was\n"
APART = "COUNTERMARK_TEST_APART"  # set: in a mount namespace of our own; "no: ...": why not
OUTPUTS = {"--evidence": "evidence.json", "--output": "out.nupkg"}


def begin_again_apart():
    """Runs this program once more, in a mount namespace of its own if that can be had."""
    if APART in os.environ:
        return
    apart = ["unshare", "--mount", "--propagation", "private"]
    tried = subprocess.run([*apart, "mount", "-t", "tmpfs", "none", "/mnt"], check=False,
                           stderr=subprocess.PIPE) if shutil.which("unshare") else None
    why = "no: there is no unshare" if tried is None else \
        "no: " + tried.stderr.decode().strip() if tried.returncode else "yes"
    words = [*(apart if why == "yes" else []), sys.executable, *sys.argv]
    os.execvpe(words[0], words, {**os.environ, APART: why})


def needs_mounts(test):
    why = os.environ.get(APART, "yes")
    return unittest.skipIf(why != "yes", "no file system can be mounted apart: " + why[4:])(test)


class Mounting(Suite):
    name = "disk"

    def mount(self, folder, size, *, full=False, read_only=False, files=()):
        subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size},mode=0700", "none", folder],
                       check=True)
        self.addCleanup(subprocess.run, ["umount", folder], check=True)
        for name in files:
            with open(os.path.join(folder, name), "wb") as file:
                file.write(OLD)
        if full:
            self.fill(folder)
        if read_only:
            subprocess.run(["mount", "-o", "remount,ro", folder], check=True)

    def fill(self, folder):
        """To the last block."""
        with open(os.path.join(folder, "filler"), "wb", buffering=0) as file:
            with contextlib.suppress(OSError):
                while file.write(b"\0" * 4096):
                    pass


class Disks(Mounting):

    # ---- one run

    def prepared(self, change=None):
        """A World whose outputs are there already, in a folder of their own."""
        world, folder, conf = self.world(change)
        world.folder, world.conf = folder, conf
        world.out = os.path.join(folder, "out")
        os.mkdir(world.out)
        self.put_old(world.out)
        return world

    def put_old(self, folder):
        for name in OUTPUTS.values():
            with open(os.path.join(folder, name), "wb") as file:
                file.write(OLD)

    def words(self, world, state=None, output=None, evidence=None):
        return ["verify", *world.conf, "--format", "json", "--state",
                state or os.path.join(world.folder, "state"), *world.arguments,
                "--evidence", evidence or os.path.join(world.out, "evidence.json"),
                "--output", output or os.path.join(world.out, "out.nupkg")]

    def verify(self, world, **where):
        return self.bench.run(world.folder, *self.words(world, **where))

    def content(self, world, name):
        with open(os.path.join(world.out, name), "rb") as file:
            return file.read()

    def expect_untouched(self, world, *names):
        for name in names or OUTPUTS.values():
            self.assertEqual(self.content(world, name), OLD)
        self.assertEqual(sorted(os.listdir(world.out)), sorted(OUTPUTS.values()))
        self.assertEqual(os.listdir(os.path.join(world.folder, "tmp")), [])

    def expect_refused(self, result, world, status, *texts):
        """Nothing on standard output, one line that says it all, and nothing was written."""
        self.expect(result, status, *texts)
        self.assertEqual((result.out, result.err.count("\n")), ("", 1), result.err)
        self.expect_untouched(world)

    def replay(self, world):
        """With room for it, wherever the run had none."""
        return self.bench.run(world.folder, "replay", "--accept-unsealed",
                              os.path.join(world.out, "evidence.json"), more={"TMPDIR": "/tmp"})

    def expect_whole(self, world, result):
        """Each file is what it was, or a new one that is whole."""
        temporary = os.path.join(world.folder, "tmp")
        if result.exit == 70 and os.listdir(temporary):  # it ended at once: the next run tidies up
            self.expect(self.verify(world, output=os.path.join(world.folder, "again.nupkg"),
                                    evidence=os.path.join(world.folder, "again.json")), 0)
        self.assertEqual(os.listdir(temporary), [])
        self.assertEqual(sorted(os.listdir(world.out)), sorted(OUTPUTS.values()))
        self.assertIn(self.content(world, "out.nupkg"), (OLD, world.artifact))
        if self.content(world, "evidence.json") != OLD:
            again = self.replay(world)
            self.assertIn(again.exit, (0, 4), again.err)
            self.assertTrue(result.exit in (again.exit, 5, 70), (result.exit, again.exit))

    # ---- file systems

    @needs_mounts
    def test_no_room_for_what_is_written(self):
        world = self.prepared()
        self.mount(world.out, "64k", full=True, files=OUTPUTS.values())
        result = self.verify(world)
        os.unlink(os.path.join(world.out, "filler"))
        self.expect(result, 5, "--evidence FILE", "No space left on device")
        self.assertEqual(result.report["outcome"], "accepted")
        self.expect_untouched(world)

    @needs_mounts
    def test_no_room_for_the_artifact(self):
        world = self.prepared()
        folder = os.path.join(world.folder, "full")
        os.mkdir(folder)
        self.mount(folder, "64k", full=True, files=["out.nupkg"])
        result = self.verify(world, output=os.path.join(folder, "out.nupkg"))
        self.expect(result, 5, "--output FILE", "No space left on device")
        self.assertEqual(sorted(os.listdir(folder)), ["filler", "out.nupkg"])
        with open(os.path.join(folder, "out.nupkg"), "rb") as file:
            self.assertEqual(file.read(), OLD)
        self.assertNotEqual(self.content(world, "evidence.json"), OLD)
        self.expect_whole(world, result)

    @needs_mounts
    def test_no_room_for_temporary_files(self):
        """With room for this and not for that: nothing passes for that, and another try may do."""
        for size in (4, 8, 12, 16):  # with 20 it may do, if one thing is gone before the next
            with self.subTest(kib=size):
                world = self.prepared()
                temporary = os.path.join(world.folder, "tmp")
                self.mount(temporary, f"{size}k")
                result = self.verify(world)
                self.expect(result, 4, "TMPDIR", "No space left on device")
                self.assertEqual(result.report["retry"], "yes")
                self.assertEqual(self.content(world, "out.nupkg"), OLD)
                self.expect_whole(world, result)

    @needs_mounts
    def test_no_room_for_the_key(self):
        world = self.prepared()
        state = os.path.join(world.folder, "state")
        os.mkdir(state)
        self.mount(state, "16k", full=True)
        self.expect_refused(self.verify(world), world, 5, "--state FOLDER", "No space left")
        self.assertEqual(os.listdir(state), ["filler"])

    @needs_mounts
    def test_read_only(self):
        for name, text in (("state", "--state FOLDER"), ("out", "--evidence"), ("tmp", "TMPDIR")):
            with self.subTest(folder=name):
                world = self.prepared()
                folder = os.path.join(world.folder, name)
                os.makedirs(folder, exist_ok=True)
                files = OUTPUTS.values() if name == "out" else ()
                self.mount(folder, "64k", read_only=True, files=files)
                self.expect_refused(self.verify(world), world, 5, text, "Read-only file system")

    @needs_mounts
    def test_no_room_for_a_mirror(self):
        """It is found out without one, with a warning, wherever the room ends."""
        for size in (4, 8, 16):
            with self.subTest(size=size):
                world = self.prepared(lambda w: w.builds("feature"))
                state = os.path.join(world.folder, "state")
                os.mkdir(state)
                self.mount(state, f"{size}k")
                result = self.bench.run(world.folder, "verify", *world.conf, "--state", state,
                                        *world.arguments)
                self.expect(result, 1, "mirror of https://", "No space left on device")
                self.assertIn("FAIL repository.commit-on-ref", result.out)

    @needs_mounts
    def test_no_mirror_on_a_read_only_disk(self):
        """Whole histories are needed, and found out without one; also if there is one."""
        world = self.prepared(lambda w: w.builds("feature"))
        state = os.path.join(world.folder, "state")
        words = ["verify", *world.conf, "--state", state, *world.arguments]
        os.mkdir(state)
        self.mount(state, "256k")
        for name in ("made", "used"):
            with self.subTest(name=name):
                subprocess.run(["mount", "-o", "remount,ro", state], check=True)
                result = self.bench.run(world.folder, *words)
                self.expect(result, 1, "mirror of https://", "Read-only file system")
                self.assertIn("FAIL repository.commit-on-ref", result.out)
                subprocess.run(["mount", "-o", "remount,rw", state], check=True)
                result = self.bench.run(world.folder, *words)
                self.expect(result, 1)
                self.assertEqual(result.err, "")
                self.assertEqual(len(os.listdir(os.path.join(state, "mirrors"))), 2)

    @needs_mounts
    @unittest.skipIf(os.geteuid() != 0, "only root's state folder stands in /var/lib")
    def test_state_of_root(self):
        world = self.prepared()
        self.mount("/var/lib", "256k", read_only=True)
        words = ["verify", *world.conf, *world.arguments]
        evidence = ["--evidence", os.path.join(world.out, "evidence.json")]
        more = {"STATE_DIRECTORY": ""}
        self.expect_refused(self.bench.run(world.folder, *words, *evidence, more=more), world, 5,
                            "/var/lib/countermark", "Read-only file system")
        self.expect(self.bench.run(world.folder, *words, more=more), 0)
        subprocess.run(["mount", "-o", "remount,rw", "/var/lib"], check=True)
        self.expect(self.bench.run(world.folder, *words, *evidence, more=more), 0)
        there = set(os.listdir("/var/lib/countermark"))
        self.assertEqual(there - {"mirrors"}, {"evidence-key.pem"})

    def test_state_of_a_unit(self):
        """As systemd names it, of several the first."""
        world = self.prepared()
        state = os.path.join(world.folder, "unit")
        words = ["verify", *world.conf, *world.arguments, "--evidence",
                 os.path.join(world.out, "evidence.json")]
        self.expect(self.bench.run(world.folder, *words,
                                   more={"STATE_DIRECTORY": state + ":/nonexistent"}), 0)
        self.assertIn("evidence-key.pem", os.listdir(state))

    # ---- the state folder, and users that are not root

    def test_state_that_is_no_folder(self):
        for make in (lambda path: open(path, "wb").close(), lambda path: os.symlink(path, path),
                     lambda path: os.symlink("/nonexistent/a", path)):
            world = self.prepared()
            state = os.path.join(world.folder, "state")
            make(state)
            for path in (state, os.path.join(state, "below")):
                with self.subTest(path=path):
                    self.expect_refused(self.verify(world, state=path), world, 5, path,
                                        "--state FOLDER")

    def as_nobody(self, limits=(), **environment):
        """A prepared World, and a way to run it, as a user who is nobody."""
        if os.geteuid() != 0:
            self.skipTest("only root can be somebody else")
        os.chmod(self.bench.folder, 0o755)
        world = self.prepared(lambda w: w.policy.update(submitters=["local:nobody"]))
        subprocess.run(["chown", "-R", f"{NOBODY}:{NOBODY}", world.folder], check=True)

        def become():
            for what, most in limits:
                resource.setrlimit(what, (most, most))
            os.setgroups([])
            os.setgid(NOBODY)
            os.setuid(NOBODY)
        try:
            subprocess.run([self.bench.countermark, "--version"], preexec_fn=become, check=True,
                           stdout=subprocess.DEVNULL)
        except (OSError, subprocess.CalledProcessError) as error:
            self.skipTest(f"nobody cannot run the program where it is: {error}")

        def run(*words):
            running = self.bench.start_program(world.folder, *words, preexec_fn=become,
                                               more={"STATE_DIRECTORY": "", **environment})
            return self.result_of(running, world)
        return world, run

    def test_home_that_cannot_be_had(self):
        """Where the key is by default; whoever asks for no evidence does not need it."""
        for home, status, text in (("/", 5, "/.local"), ("/nonexistent", 5, "/nonexistent"),
                                   ("", 2, "--state FOLDER"), ("relative", 2, "--state FOLDER")):
            with self.subTest(home=home):
                world, run = self.as_nobody(HOME=home)
                words = ["verify", *world.conf, *world.arguments]
                evidence = ["--evidence", os.path.join(world.out, "evidence.json")]
                self.expect_refused(run(*words, *evidence), world, status, text, "--state FOLDER")
                self.expect(run(*words), 0)

    def test_state_that_cannot_be_read(self):
        world, run = self.as_nobody()
        state = os.path.join(world.folder, "state")
        os.mkdir(state, 0o700)  # root's
        self.expect_refused(run(*self.words(world)), world, 5, state, "Permission denied",
                            "--state FOLDER")

    def test_no_process(self):
        world, run = self.as_nobody(limits=[(resource.RLIMIT_NPROC, 1)])
        result = run(*self.words(world))
        self.expect(result, 4, "cannot run", "Resource temporarily unavailable")
        self.assertEqual(result.report["retry"], "yes")
        self.expect_whole(world, result)

    # ---- limits

    def limited(self, world, limits):
        def limit():
            for what, both in limits.items():
                resource.setrlimit(what, both)
        return self.result_of(self.bench.start_program(
            world.folder, *self.words(world), preexec_fn=limit), world)

    def wait_for_helpers(self, running):
        """Whoever ends at once has no time to wait for them: the system ends them."""
        until = time.monotonic() + 10
        while time.monotonic() < until and "countermark-git" in processes_of(running.pid).values():
            time.sleep(0.01)

    def result_of(self, running, world):
        try:
            out, err = running.communicate(timeout=100)
            self.wait_for_helpers(running)
        finally:
            left = end_session(running)
        self.assertEqual(left, {}, "processes were left behind")
        done = subprocess.CompletedProcess([], running.returncode, out, err)
        return Result(done, world.folder)

    def test_no_descriptors(self):
        world = self.prepared()
        result = self.limited(world, {resource.RLIMIT_NOFILE: (64, 64)})
        self.expect_refused(result, world, 70, "ulimit -Hn")
        world = self.prepared()
        self.expect(self.limited(world, {resource.RLIMIT_NOFILE: (10, 4096)}), 0)

    def test_files_may_not_grow(self):
        """The size of files of the user's; beyond it there is a signal unless one ignores it."""
        for most in (0, 1000, 20000):
            with self.subTest(most=most):
                world = self.prepared()
                result = self.limited(world, {resource.RLIMIT_FSIZE: (most, most)})
                self.expect(result, 5, "File too large", "FOLDER" if most <= 100 else "FILE")
                self.expect_untouched(world)

    @unittest.skipIf("ASAN_OPTIONS" in os.environ, "the sanitizer reserves all memory there is")
    def test_no_memory(self):
        for most in sorted(share.chance("memory").sample(range(9 << 20, 25 << 20, 1 << 12),
                                                         400 if share.LONG else 8)):
            with self.subTest(most=most):
                world = self.prepared()
                result = self.limited(world, {resource.RLIMIT_AS: (most, most)})
                # 3: none to read the configuration; 127: none for the system's loader
                self.assertIn(result.exit, (0, 3, 4, 5, 70, 127), result.err)
                self.assertTrue(result.exit in (0, 4) or result.err, "nothing is said")
                self.expect_whole(world, result)

    # ---- many at once

    def test_many_at_once(self):
        """They make one key; who writes to one name leaves one whole file."""
        worlds = [self.prepared() for _ in range(MANY)]
        state, shared = os.path.join(worlds[0].folder, "state"), worlds[0].out
        for number, world in enumerate(worlds):
            if number % 2:
                world.out = shared
        with concurrent.futures.ThreadPoolExecutor(MANY) as pool:
            done = list(pool.map(lambda world: self.verify(
                world, state=state, output=os.path.join(shared, "out.nupkg")), worlds))
        self.assertEqual([result.exit for result in done], [0] * MANY, [r.err for r in done])
        self.assertEqual(os.listdir(state), ["evidence-key.pem"])
        for world in worlds:
            self.assertEqual(sorted(os.listdir(world.out)), sorted(OUTPUTS.values()))
            evidence = os.path.join(world.out, "evidence.json")
            again = self.bench.run(world.folder, "replay", "--evidence-key",
                                   os.path.join(state, "evidence-key.pem"), evidence)
            self.expect(again, 0, "sealed by sha256:")
        with open(os.path.join(shared, "out.nupkg"), "rb") as file:
            self.assertEqual(file.read(), worlds[0].artifact)


class Rewriting(Mounting):
    """An artifact that is documented; with room for this and not for that."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.bench.install(FIXTURE)
        cls.key = cls.bench.public_key()
        cls.parts = {"big": share.chance("disks").randbytes(100_000)}
        cls.done = {name: cls.once(change) for name, change in (
            ("note", documented(note(more=cls.parts, stored=("big",)))),
            ("bundle", documented(cls.bundle(), "bundle.zip", packages=["*.note"])))}

    @classmethod
    def bundle(cls):
        return archive({"a.note": note(more=cls.parts), "b.note": note(more=cls.parts)})

    @classmethod
    def once(cls, change):
        """As it is when there is room."""
        world = cls.bench.world(cls.name)
        change(world)
        folder = cls.bench.prepare(world)
        output = os.path.join(folder, NAME)
        result = cls.bench.verify_again(world, folder, "--output", output)
        assert result.exit == 0, result.err
        with open(output, "rb") as file:
            result.content = file.read()
        result.source = os.path.join(folder, "in")
        with open(result.source, "wb") as file:
            file.write(world.artifact)
        result.change = change
        return result

    def rewrite(self, of, target, more=(), limits=()):
        def limit():
            for what, both in limits:
                resource.setrlimit(what, both)
        words = ["rewrite", "--evidence-key", self.key, "--evidence",
                 os.path.join(of.folder, "evidence.json"), of.source, target]
        running = self.bench.start_program(of.folder, *words, more=more, preexec_fn=limit)
        try:
            out, err = running.communicate(timeout=100)
        finally:
            self.assertEqual(end_session(running), {})
        return Result(subprocess.CompletedProcess([], running.returncode, out, err), of.folder)

    def expect_unwritten(self, result, folder, *texts):
        self.expect(result, 5, "the artifact cannot be written", *texts)
        self.assertEqual(os.listdir(folder), [NAME])
        with open(os.path.join(folder, NAME), "rb") as file:
            self.assertEqual(file.read(), OLD)

    @needs_mounts
    def test_no_room_for_the_output(self):
        """Where it ends: at the first byte, in the middle, at the last block."""
        for name, of in self.done.items():
            for kib in (4, 8, 64, len(of.content) // 4096 * 4, len(of.content) // 4096 * 4 + 8):
                with self.subTest(of=name, kib=kib):
                    folder = os.path.join(of.folder, f"{name}-{kib}")
                    os.mkdir(folder)
                    self.mount(folder, f"{kib}k", files=[NAME])
                    target = os.path.join(folder, NAME)
                    result = self.rewrite(of, target)
                    if kib * 1024 >= len(of.content) + 4096 and result.exit == 0:
                        with open(target, "rb") as file:
                            self.assertEqual(file.read(), of.content)
                    else:
                        self.expect_unwritten(result, folder, "No space left on device")

    @needs_mounts
    def test_no_room_when_it_was_accepted(self):
        """The verdict stands and so does its evidence: it can be documented elsewhere, later."""
        world = self.bench.world(self.name)
        self.done["note"].change(world)
        folder = self.bench.prepare(world)
        out = os.path.join(folder, "out")
        os.mkdir(out)
        self.mount(out, "64k", files=[NAME])
        result = self.bench.verify_again(world, folder, "--output", os.path.join(out, NAME))
        self.expect_unwritten(result, out, "No space left on device")
        self.assertEqual((result.report["outcome"], result.report["documentation"]["outcome"]),
                         ("accepted", "unwritten"))
        result.source, target = os.path.join(folder, "in"), os.path.join(folder, NAME)
        with open(result.source, "wb") as file:
            file.write(world.artifact)
        self.expect(self.rewrite(result, target), 0)
        self.assertTrue(os.path.exists(target))

    @needs_mounts
    def test_no_room_for_packages(self):
        """Each of an archive is unpacked where TMPDIR says."""
        of = self.done["bundle"]
        for kib in (4, 64, 104, 300):
            with self.subTest(kib=kib):
                folder, room = (os.path.join(of.folder, f"{what}-{kib}") for what in ("to", "tmp"))
                os.mkdir(folder)
                os.mkdir(room)
                self.mount(room, f"{kib}k")
                with open(os.path.join(folder, NAME), "wb") as file:
                    file.write(OLD)
                result = self.rewrite(of, os.path.join(folder, NAME), more={"TMPDIR": room})
                self.expect_unwritten(result, folder, "No space left on device")
                self.assertEqual(os.listdir(room), [])

    @needs_mounts
    def test_read_only(self):
        of, folder = self.done["note"], os.path.join(self.done["note"].folder, "read-only")
        os.mkdir(folder)
        self.mount(folder, "64k", read_only=True, files=[NAME])
        result = self.rewrite(of, os.path.join(folder, NAME))
        self.expect(result, 5, "Read-only file system")
        self.assertEqual(os.listdir(folder), [NAME])

    def test_limits(self):
        for name, what, mosts in (("note", resource.RLIMIT_FSIZE, (0, 50_000)),
                                  ("bundle", resource.RLIMIT_FSIZE, (0, 50_000)),
                                  ("bundle", resource.RLIMIT_NOFILE, range(4, 9))):
            for most in mosts:
                with self.subTest(of=name, what=what, most=most):
                    folder = os.path.join(self.done[name].folder, f"limited-{what}-{most}")
                    os.mkdir(folder)
                    result = self.rewrite(self.done[name], os.path.join(folder, NAME),
                                          limits=[(what, (most, most))])
                    self.assertIn(result.exit, (5, 70) if what == resource.RLIMIT_FSIZE
                                  else (0, 2, 5, 70), result.err)
                    self.assertEqual(os.listdir(folder), [NAME] if result.exit == 0 else [])


if __name__ == "__main__":
    begin_again_apart()
    if os.environ[APART] != "yes":
        print("skipped: what needs a mounted file system;", os.environ[APART], flush=True)
    if os.geteuid() != 0:
        print("skipped: what needs another user; only root can be somebody else", flush=True)
    Mounting.program = os.path.abspath(sys.argv.pop(1))
    FIXTURE = os.path.abspath(sys.argv.pop(1))
    unittest.main()

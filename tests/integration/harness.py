# SPDX-License-Identifier: Apache-2.0
"""Starts the servers, has a World asked by the real program, and says what came of it.

Everything is in one private folder that is removed at the end. Each World has an address of its
build system and one of its repository, at servers that all share.
"""

import base64
import contextlib
import hashlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading

HERE = os.path.dirname(os.path.abspath(__file__))
SIMULATORS = os.path.join(os.path.dirname(HERE), "simulators")
sys.path[:0] = [HERE, SIMULATORS]

import tls  # noqa: E402
from repository import Repository  # noqa: E402
from words import words_of  # noqa: E402
from world import GIT_TOKEN, World, configuration_text  # noqa: E402

GIT_USER = "x-access-token"
LIFE = 1800  # seconds after which servers end whatever happens


def hear_signals():
    """A shell has what it runs in the background ignore signals, and programs inherit that. A
    handler that does nothing they do not inherit."""
    for number in (signal.SIGINT, signal.SIGQUIT, signal.SIGHUP):
        if signal.getsignal(number) == signal.SIG_IGN:
            signal.signal(number, lambda *_: None)


hear_signals()


class Canary:
    """A listener that nobody may ever connect to."""

    def __init__(self):
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.other = socket.create_server(("127.0.0.2", self.socket.getsockname()[1]))
        self.port, self.calls = self.socket.getsockname()[1], 0
        self.ours, self.changed = set(), threading.Condition()
        for listener in (self.socket, self.other):
            threading.Thread(target=self.listen, args=(listener,), daemon=True).start()

    def listen(self, listener):
        while True:
            try:
                connection, who = listener.accept()
            except OSError:
                return
            with self.changed:
                self.calls += who not in self.ours
                self.ours.discard(who)
                self.changed.notify_all()
            connection.close()

    def count(self):
        """Of the calls so far. Who calls is accepted in turn: when our own calls have been, all
        that came before have been, too."""
        for listener in (self.socket, self.other):
            with socket.socket() as call:
                call.bind((listener.getsockname()[0], 0))
                with self.changed:
                    self.ours.add(call.getsockname())
                call.connect(listener.getsockname())
                with self.changed:
                    self.changed.wait_for(lambda: call.getsockname() not in self.ours, 10)
        return self.calls

    def close(self):
        self.socket.close()
        self.other.close()


def processes_of(session):
    """What of a session is alive: {pid: command}."""
    found = {}
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{pid}/stat", encoding="utf-8", errors="replace") as file:
                name, _, rest = file.read().rpartition(") ")
        except OSError:
            continue  # it has just ended
        state, _, _, of = rest.split()[:4]
        if int(of) == session and state not in "ZX":
            found[int(pid)] = name.partition("(")[2]
    return found


def end_session(leader):
    """Kills what is alive of the session that this process leads; gives what that was."""
    left = processes_of(leader.pid)
    for pid in left:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    leader.wait()
    return left


class Result:
    """What one run of the program left behind."""

    def __init__(self, done, folder, more=()):
        self.exit, self.folder, self.more = done.returncode, folder, dict(more)
        self.out = done.stdout.decode("utf-8", "replace")
        self.err = done.stderr.decode("utf-8", "replace")
        self.report, self.requests = None, []
        if self.out.lstrip().startswith("{"):
            self.report = json.loads(self.out)

    @property
    def words(self):
        return {answer["check"]: answer["answer"] for answer in self.report["answers"]}

    def answer(self, check):
        return next(a for a in self.report["answers"] if a["check"] == check)

    def says_retry(self):
        assert self.report["retry"] == "yes", "the report does not say that it is worth another try"


def left_in_mirrors(state, world):
    """What is in the mirrors of a World's repositories and does not belong there."""
    left = []
    for url in world.linked["repositories"]:
        name = hashlib.sha256(url.encode()).hexdigest()[:40]
        place = os.path.join(state, "mirrors", name)
        kept = {"HEAD", "manifest.json", *packs_in(os.path.join(place, "manifest.json"))}
        left += [os.path.join(folder, file) for folder, _, files in os.walk(place)
                 for file in files if os.path.relpath(os.path.join(folder, file), place) not in kept]
        left += [os.path.join(place, folder) for folder in (
            os.listdir(place) if os.path.exists(place) else []) if folder.startswith("incoming")]
    return left


def packs_in(manifest):
    with contextlib.suppress(FileNotFoundError), open(manifest, encoding="utf-8") as file:
        return [f"objects/pack/{pack['name']}.{suffix}" for pack in json.load(file)["packs"]
                for suffix in ("pack", "idx")]
    return []


class Bench:
    """The servers and the folder, as a context."""

    def __init__(self, countermark, patience=120, life=LIFE):
        self.countermark = os.path.abspath(countermark)
        self.patience = patience  # seconds that one run of the program may take
        self.life = str(life)
        self.folder = tempfile.mkdtemp(prefix="countermark-test-")
        self.servers, self.ports, self.lock = [], {}, threading.Lock()
        self.faults, self.names, self.logged = [], {}, None
        self.paths = {"ca": self.path("tls", "ca.pem"),
                      "other_ca": self.path("tls", "foreign-ca.pem")}

    def path(self, *parts):
        return os.path.join(self.folder, *parts)

    def __enter__(self):
        try:
            self.start()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def stop(self):
        """Ends the servers; then their logs are complete."""
        for server in self.servers:
            server.stdin.close()
        for server in self.servers:
            try:
                server.wait(10)
            except subprocess.TimeoutExpired:
                server.kill()
                server.wait()
            server.stdout.close()
        self.servers = []

    def install(self, *more_plugins):
        """From here on a copy of the installation is what runs, with more plug-ins in it. Gives the
        folder of the copy."""
        prefix = os.path.dirname(os.path.dirname(self.countermark))
        copy = self.path("installed")
        os.makedirs(os.path.join(copy, "bin"))
        for name in ("countermark", "countermark-keys"):
            shutil.copy2(os.path.join(os.path.dirname(self.countermark), name),
                         os.path.join(copy, "bin"))
        for folder in ("lib", "libexec"):
            for found, _, _ in os.walk(os.path.join(prefix, folder)):
                if os.path.basename(found) == "countermark":
                    shutil.copytree(found, os.path.join(copy, os.path.relpath(found, prefix)))
        for found, _, names in os.walk(copy):
            if os.path.basename(found) == "plugins" and "appveyor.so" in names:
                for plugin in more_plugins:
                    shutil.copy2(plugin, found)
        self.countermark = os.path.join(copy, "bin", os.path.basename(self.countermark))
        return copy

    # ---- servers

    def start(self):
        for name in ("scenarios", "git", "runs", "shared/acme"):
            os.makedirs(self.path(name))
        tls.make(self.path("tls"))
        self.paths["pin"] = self.pin()
        self.repository = Repository(self.path("shared", "acme", "widget"))
        os.symlink("widget", self.path("shared", "acme", "widget.git"))
        self.canary = Canary()
        self.write_faults()
        said = self.serve("appveyor.py", "server", "--scenarios", self.path("scenarios"),
                          "--log", self.path("appveyor.log"), "--limit", self.life)
        self.ports.update(said, canary=self.canary.port)
        self.ports.update(self.serve("jenkins.py", "server", "--scenarios", self.path("scenarios"),
                                     "--log", self.path("jenkins.log"), "--limit", self.life))
        self.ports.update(self.serve("ocsp.py", "server", "--scenarios", self.path("scenarios"),
                                     "--log", self.path("ocsp.log"), "--limit", self.life))
        said = self.serve("git_server.py", "server", "--root", self.path("git"),
                          "--log", self.path("git.log"), "--faults", self.path("faults.json"),
                          "--token", GIT_USER + ":" + GIT_TOKEN, "--seconds", self.life,
                          "--remember")
        self.ports["git"] = said["port"]
        for stem in ("expired", "wrong-host", "other"):
            said = self.serve("appveyor.py", stem, "--scenarios", self.path("scenarios"),
                              "--limit", self.life)
            self.ports[stem] = said["api"]

    def serve(self, program, stem, *arguments):
        return self.launch(program, "--cert", self.path("tls", stem + ".pem"), "--key",
                           self.path("tls", stem + ".key"), *arguments)

    def launch(self, program, *arguments):
        server = subprocess.Popen([sys.executable, os.path.join(SIMULATORS, program), *arguments],
                                  stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.servers.append(server)
        return json.loads(server.stdout.readline())

    def pin(self):
        der = subprocess.run(["openssl", "pkey", "-in", self.path("tls", "server.key"), "-pubout",
                              "-outform", "DER"], check=True, stdout=subprocess.PIPE).stdout
        return "sha256/" + base64.b64encode(hashlib.sha256(der).digest()).decode()

    def write_faults(self):
        """What the git server is to do wrong; read anew for each request."""
        with self.lock:
            with open(self.path("faults.new"), "w", encoding="utf-8") as file:
                json.dump(self.faults, file)
            os.rename(self.path("faults.new"), self.path("faults.json"))

    # ---- one run

    def world(self, name, kind=World):
        """A name may be used again: each World gets one that is its own."""
        with self.lock:
            number = self.names[name] = self.names.get(name, 0) + 1
        name = f"{name}-{number}"
        return kind(self.ports, self.paths, self.repository, name)

    def prepare(self, world):
        """Writes what the servers and the program read. Gives the run's folder."""
        folder = self.path("runs", world.name)
        os.makedirs(os.path.join(folder, "tmp"))
        os.makedirs(self.path("git", world.name))
        os.symlink(self.path("shared", "acme"), self.path("git", world.name, "acme"))
        if world.private:
            open(self.path("git", world.name, "private"), "w", encoding="utf-8").close()
        if world.git_faults:
            self.faults += [{"path": f"/{world.name}/", **fault} for fault in world.git_faults]
            self.write_faults()
        world.complete(folder)
        with open(self.path("scenarios", world.name + ".json"), "w", encoding="utf-8") as file:
            json.dump(world.scenario, file)
        key = os.path.join(folder, "key")
        with open(os.open(key, os.O_WRONLY | os.O_CREAT, 0o600), "w", encoding="utf-8") as file:
            file.write(world.key + "\n")
        for link in world.linked["links"]:
            for name in ("api_key", "api_token"):
                if link.get(name) == "file:KEY":
                    link[name] = "file:" + key
        self.write_configuration(world, folder)
        for prepare in world.preparations:
            prepare(folder)
        return folder

    @staticmethod
    def write_configuration(world, folder):
        text = configuration_text(world.trust)
        for rewrite in world.rewrites:
            text = rewrite(text, folder)
        with open(os.path.join(folder, "countermark.conf"), "wb") as file:
            file.write(text if isinstance(text, bytes) else text.encode())

    def environment(self, folder, more=()):
        kept = {k: v for k, v in os.environ.items()
                if k in ("PATH", "ASAN_OPTIONS", "UBSAN_OPTIONS", "LSAN_OPTIONS", "CM_MUTANT")}
        return {**kept, "HOME": folder, "TMPDIR": os.path.join(folder, "tmp"), "LC_ALL": "C.UTF-8",
                "STATE_DIRECTORY": os.path.join(folder, "state"), **dict(more)}

    def start_program(self, folder, *words, more=(), **how):
        """In a session of its own, in which all that it starts is found."""
        how = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE,
               **how}
        return subprocess.Popen([self.countermark, *words], cwd=os.path.join(folder, "tmp"),
                                start_new_session=True, env=self.environment(folder, more), **how)

    def run(self, folder, *words, stdin=b"", more=()):
        running = self.start_program(folder, *words, more=more)
        try:
            out, err = running.communicate(stdin, self.patience)
        finally:
            left = end_session(running)
        assert not left, f"processes were left behind: {left}"
        done = subprocess.CompletedProcess(words, running.returncode, out, err)
        assert done.returncode != 99, done.stderr.decode()  # a sanitizer's finding
        return Result(done, folder, more)

    def verify(self, world, *words, form="json"):
        folder = self.prepare(world)
        try:
            return self.verify_again(world, folder, *words, form=form)
        finally:
            self.forget(world)

    def forget(self, world):
        """What the git server was to do wrong; it reads all of it for each request."""
        if world.git_faults:
            own = f"/{world.name}/"
            self.faults = [fault for fault in self.faults if fault["path"] != own]
            self.write_faults()

    def verify_again(self, world, folder, *words, form="json"):
        artifact = []
        if world.submitted is not None:
            artifact = [os.path.join(folder, world.submitted_name)]
            with open(artifact[0], "wb") as file:
                file.write(world.submitted)
        world.ask_first(self, folder)
        trust = ["--config", os.path.join(folder, "countermark.conf")]
        if world.spoken:
            trust = world.spoken(words_of(world))
        result = self.run(folder, "verify", *trust,
                          "--state", self.path("state"), "--format", form,
                          "--evidence", os.path.join(folder, "evidence.json"),
                          *world.arguments, *words, *artifact, stdin=world.stdin or b"",
                          more=world.environment)
        return result

    def replay(self, result, *words, form="json"):
        """By the same program: a mutant of contrib/mutants stays one."""
        more = {name: value for name, value in result.more.items() if name.startswith("CM_MUTANT")}
        return self.run(result.folder, "replay", "--format", form, *words,
                        os.path.join(result.folder, "evidence.json"), more=more)

    def requests(self, world):
        """What this World's build system and repository were asked; complete after stop()."""
        if self.servers or self.logged is None:
            self.logged = self.read_logs()
        return self.logged.get(world.name, [])

    def read_logs(self):
        """{name of a World: its requests}"""
        found = {}
        for log, member in (("appveyor.log", "scenario"), ("jenkins.log", "scenario"),
                            ("ocsp.log", "scenario"),
                            ("git.log", "path")):
            if not os.path.exists(self.path(log)):
                continue
            with open(self.path(log), encoding="utf-8") as file:
                lines = [json.loads(line) for line in file if line.endswith("\n")]
            for line in lines:
                for name in set(line[member].strip("/").split("/")):
                    found.setdefault(name, []).append(line)
        return found

    def public_key(self):
        """The evidence key's public half, as a file."""
        path = self.path("evidence-key.pem")
        result = self.run(self.run_folder(), "key", "show", "--state", self.path("state"))
        assert result.exit == 0, result.err
        with open(path, "w", encoding="utf-8") as file:
            file.write(result.out)
        return path

    def run_folder(self):
        folder = self.path("runs", "plain")
        os.makedirs(os.path.join(folder, "tmp"), exist_ok=True)
        return folder

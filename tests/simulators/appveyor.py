#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""An AppVeyor over TLS, as far as a connector asks one, driven by scenario files.

    appveyor.py --cert PEM --key PEM --scenarios FOLDER [--log FILE] [--limit SECONDS]

Listens on two free ports of 127.0.0.1: the API, and the artifact store that downloads are
redirected to. Prints one JSON line {"api": PORT, "store": PORT}; stops when stdin closes, or after
the limit. FOLDER/NAME.json is served below /NAME/api, and default.json below /api, too; files are
read when they are first asked for and again when they change.

A scenario:

    { "account": "acme", "slug": "widget", "public": true,
      "keys": [ "..." ],                     that may read; those that begin with "v2." are v2 keys
      "v2": "prefixed",                      or "unprefixed" or "both": the forms a v2 key may ask
      "project": { ... },                    what everybody sees
      "builds": { "4242": { ... } }, "last_build": "4242",
      "settings": { "project": ..., "settings": ... },
      "hosts": { "api": "localhost" },       by which names clients know the listeners
      "jobs": { "JOB": { "artifacts": [ ... ], "log": "...", "files": { "out/a.nupkg": BODY } } },
      "projects": [ ... ],                   of the account; default: the one
      "users": [ ... ], "roles": [ ... ], "environments": [ ... ],
      "administrators": [ KEY ],             that may list users, roles and environments; AppVeyor
                                             does not tell how it refuses the others: 403 here
      "strangers": { KEY: [ project ] },     keys of version 1 of another account, and its projects
      "clock": SECONDS,                      how much its clock is ahead; null: it tells no time
      "overrides": [ OVERRIDE, ... ] }

    BODY      { "text": ... } or { "base64": ... } or { "file": PATH }
    OVERRIDE  { "at": "settings",            one of project, build, settings, artifacts, log,
                                             download, store, projects, users, roles, environments
                "reads": [2, null],          from the second reading on; default: all
                "edits": [ { "path": [ "settings", "updated" ], "set": VALUE } or
                           { "path": [ ... ], "delete": true } ],
                "raw": TEXT,                 the body as it is, for what json.dumps cannot write
                "body": BODY,
                "answer": BODY,              all bytes of the answer, its head included
                "status": 503, "type": "text/html", "headers": { name: value },
                "redirect": URL,             {api}, {store}: this server's own addresses
                "latency": SECONDS,
                "fault": one of those in wire_faults.py }

The log has one JSON line for each request: when it began and ended (monotonic seconds), which
listener and scenario, method, path, whether a key came with it ("yes", "no", "wrong"; never the
key itself), the status, and what an override names it by: [endpoint, reading].
"""

import argparse
import base64
import contextlib
import copy
import hashlib
import hmac
import json
import os
import re
import secrets
import socket
import socketserver
import ssl
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler
from urllib.parse import quote, unquote, urlsplit

import wire_faults

LISTS = (["projects"], ["users"], ["roles"], ["environments"])
MOST_CONNECTIONS = 64
IDLE = 30.0
CHUNK = 1 << 16


class Answer:
    """What will be sent: a status, headers, and a body in memory or in a file."""

    def __init__(self, status=200, kind="application/json; charset=utf-8", body=b"", path=None):
        self.status, self.kind, self.body, self.path = status, kind, body, path
        self.headers, self.fault, self.latency, self.whole = {}, None, 0.0, False
        self.at = None  # the endpoint, and which reading of it this is

    @classmethod
    def of_json(cls, value, status=200):
        return cls(status, body=json.dumps(value, ensure_ascii=False).encode())

    @classmethod
    def refusal(cls, status, message):
        return cls.of_json({"message": message}, status)

    def take_body(self, body):
        self.path, self.body = None, b""
        if "file" in body:
            self.path = body["file"]
        elif "base64" in body:
            self.body = base64.b64decode(body["base64"])
        else:
            self.body = body["text"].encode()

    def in_memory(self):
        if self.path:
            with open(self.path, "rb") as file:
                self.path, self.body = None, file.read()
        return self

    def size(self):
        return os.path.getsize(self.path) if self.path else len(self.body)


class Scenarios:
    """The scenario files, and how often each endpoint of each was read."""

    def __init__(self, folder):
        self.folder, self.lock = folder, threading.Lock()
        self.loaded, self.reads = {}, {}

    def get(self, name):
        if not re.fullmatch(r"[a-z0-9][a-z0-9-]*", name):
            return None
        path = os.path.join(self.folder, name + ".json")
        with self.lock:
            try:
                stamp = os.stat(path).st_mtime_ns
                if name not in self.loaded or self.loaded[name][0] != stamp:
                    with open(path, encoding="utf-8") as file:
                        self.loaded[name] = (stamp, json.load(file))
                    self.reads = {k: v for k, v in self.reads.items() if k[0] != name}
            except FileNotFoundError:
                return None
            return self.loaded[name][1]

    def count(self, name, endpoint, detail):
        with self.lock:
            key = (name, endpoint, detail)
            self.reads[key] = self.reads.get(key, 0) + 1
            return self.reads[key]


def edit(value, edits):
    """A copy of the value with the edits applied, one after the other."""
    value = copy.deepcopy(value)
    for change in edits:
        *way, last = change["path"]
        place = value
        for step in way:
            place = place[int(step) if isinstance(place, list) else step]
        if isinstance(place, list):
            last = int(last)
        if change.get("delete"):
            del place[last]
        elif isinstance(place, list) and last == len(place):
            place.append(change["set"])
        else:
            place[last] = change["set"]
    return value


class Simulator:
    """What is answered to whom; knows nothing of sockets."""

    def __init__(self, folder):
        self.scenarios = Scenarios(folder)
        self.ports, self.signing = {}, secrets.token_bytes(16)

    def origin(self, listener, name):
        hosts = (self.scenarios.get(name) or {}).get("hosts", {})
        return f"https://{hosts.get(listener, 'localhost')}:{self.ports[listener]}"

    # ---- who asks?

    @staticmethod
    def who(scenario, header):
        """"no", "wrong", "stranger", or the kind of key: "v1", "v2"."""
        if header is None:
            return "no"
        scheme, _, key = header.partition(" ")
        for known in scenario.get("keys", []):
            if scheme.lower() == "bearer" and hmac.compare_digest(known.encode(), key.encode()):
                return "v2" if known.startswith("v2.") else "v1"
        for known in scenario.get("strangers", {}):
            if scheme.lower() == "bearer" and hmac.compare_digest(known.encode(), key.encode()):
                return "stranger"
        return "wrong"

    # ---- the API

    def api(self, name, path, header):
        """(answer, what is said of the key)"""
        scenario = self.scenarios.get(name)
        if scenario is None:
            return Answer.refusal(404, "Not found."), "no"
        who = self.who(scenario, header)
        said = {"v1": "yes", "v2": "yes", "stranger": "yes"}.get(who, who)
        if who == "wrong":
            return Answer.refusal(401, "Authorization has been denied for this request."), said
        parts = [unquote(part) for part in path.strip("/").split("/")]
        parts, prefixed = self.without_prefix(scenario, parts)
        refused = self.wrong_form(scenario, who, prefixed)
        if parts is None or refused:
            return Answer.refusal(404, "Not found."), said
        if parts in LISTS:
            return self.list_of(name, scenario, parts[0], who, prefixed, header), said
        if who == "stranger":
            return Answer.refusal(404, "Project not found or access denied."), said
        return self.ask(name, scenario, parts, who), said

    def list_of(self, name, scenario, what, who, prefixed, header):
        """What belongs to an account: of the one that the key is of, or that the path names."""
        if who == "no":
            return Answer.refusal(401, "Authorization has been denied for this request.")
        if who == "v2" and not prefixed:
            return Answer.refusal(400, "The request is invalid.")
        key = header.partition(" ")[2]
        value, answer = None, Answer.refusal(403, "You are not allowed to do that.")
        if what == "projects":
            value = scenario.get("projects", [scenario["project"]])
        elif key in scenario.get("administrators", []):
            value = scenario.get(what, [])
        if who == "stranger":
            value = scenario["strangers"][key] if what == "projects" else None
        return self.finished(name, scenario, what, None, value,
                             answer if value is None else Answer())

    @staticmethod
    def without_prefix(scenario, parts):
        if parts[:1] != ["account"]:
            return parts, False
        if len(parts) < 3 or parts[1].lower() != scenario["account"].lower():
            return None, True
        return parts[2:], True

    @staticmethod
    def wrong_form(scenario, who, prefixed):
        if who != "v2":
            return prefixed
        allowed = scenario.get("v2", "both")
        return allowed == ("unprefixed" if prefixed else "prefixed")

    def ask(self, name, scenario, parts, who):
        """One endpoint: which, may this one read it, and what does it say this time?"""
        if parts[:1] == ["projects"] and len(parts) >= 3:
            same = [parts[1].lower(), parts[2].lower()]
            if same != [scenario["account"].lower(), scenario["slug"].lower()]:
                return Answer.refusal(404, "Project not found or access denied.")
            endpoint, detail = self.of_project(parts[3:])
        elif parts[:1] == ["buildjobs"] and len(parts) >= 3:
            endpoint, detail = self.of_job(parts[2:])
            detail = (parts[1], detail)
        else:
            return Answer.refusal(404, "Not found.")
        if endpoint is None:
            return Answer.refusal(404, "Not found.")
        if who == "no" and endpoint == "settings":
            return Answer.refusal(401, "Authorization has been denied for this request.")
        if who == "no" and not scenario.get("public", True):
            return Answer.refusal(404, "Project not found or access denied.")
        return self.answer(name, scenario, endpoint, detail, who)

    @staticmethod
    def of_project(rest):
        if not rest:
            return "project", None
        if rest == ["settings"]:
            return "settings", None
        if len(rest) == 2 and rest[0] == "builds":
            return "build", rest[1]
        return None, None

    @staticmethod
    def of_job(rest):
        if rest == ["log"]:
            return "log", None
        if rest == ["artifacts"]:
            return "artifacts", None
        if rest[0] == "artifacts":
            return "download", "/".join(rest[1:])
        return None, None

    def answer(self, name, scenario, endpoint, detail, who):
        # The anonymous page and the last build are one address, but count on their own.
        known = "build" if endpoint == "project" and who != "no" else endpoint
        value, answer = self.usual(name, scenario, endpoint, detail)
        return self.finished(name, scenario, known, detail, value, answer)

    def finished(self, name, scenario, known, detail, value, answer):
        times = self.scenarios.count(name, known, detail)
        answer.at = [known, times]
        for override in scenario.get("overrides", []):
            first, last = override.get("reads", [1, None])
            if override["at"] == known and first <= times and (last is None or times <= last):
                value, answer = self.overridden(name, override, value, answer)
        if value is not None and answer.status == 200:
            answer.body = json.dumps(value, ensure_ascii=False).encode()
        return answer

    def usual(self, name, scenario, endpoint, detail):
        """(JSON value or None, answer)"""
        job, file = detail if isinstance(detail, tuple) else (None, None)
        job = scenario.get("jobs", {}).get(job)
        if endpoint == "settings":
            return scenario["settings"], Answer()
        if endpoint == "project":
            last = scenario.get("builds", {}).get(str(scenario.get("last_build")))
            value = {"project": scenario["project"]}
            return (value | {"build": last} if last else value), Answer()
        if endpoint == "build":
            build = scenario.get("builds", {}).get(detail)
            if build is None:
                return None, Answer.refusal(404, "Build not found.")
            return {"project": scenario["project"], "build": build}, Answer()
        if job is None:
            return None, Answer.refusal(404, "Job not found.")
        if endpoint == "artifacts":
            return job["artifacts"], Answer()
        if endpoint == "log":
            return None, Answer(kind="text/plain; charset=utf-8", body=job["log"].encode())
        if file not in job["files"]:
            return None, Answer.refusal(404, "Artifact not found.")
        answer = Answer(302, "text/html", b"")
        answer.headers["Location"] = self.stored_at(name, detail[0], file)
        return None, answer

    def overridden(self, name, override, value, answer):
        answer.latency += override.get("latency", 0.0)
        answer.fault = override.get("fault", answer.fault)
        if "edits" in override and value is not None:
            value = edit(value, override["edits"])
        if "raw" in override or "body" in override:
            value, answer.status = None, 200
            answer.headers.pop("Location", None)
            answer.take_body(override.get("body", {"text": override.get("raw")}))
        if "answer" in override:
            value, answer.whole = None, True
            answer.take_body(override["answer"])
        if "redirect" in override:
            value, answer.status = None, 302
            answer.headers["Location"] = (
                override["redirect"]
                .replace("{api}", f"{self.origin('api', name)}/{name}")
                .replace("{store}", f"{self.origin('store', name)}/{name}"))
        if "status" in override:
            answer.status = override["status"]
            if value is not None and answer.status != 200:
                value, answer.body = None, b'{"message": "An error has occurred."}'
        answer.kind = override.get("type", answer.kind)
        answer.headers.update(override.get("headers", {}))
        return value, answer

    # ---- the artifact store

    def signature(self, path):
        return hmac.new(self.signing, path.encode(), hashlib.sha256).hexdigest()

    def stored_at(self, name, job, file):
        path = f"/{name}/store/{job}/{quote(file)}"
        return f"{self.origin('store', name)}{path}?signature={self.signature(path)}"

    def store(self, name, path, query, header):
        scenario = self.scenarios.get(name)
        said = "no" if header is None else "yes"
        match = re.fullmatch(r"/([^/]+)/(.+)", path)
        if scenario is None or match is None:
            return Answer.refusal(404, "Not found."), said
        if query != "signature=" + self.signature(f"/{name}/store{path}"):
            return Answer.refusal(403, "The signature is wrong."), said
        if header is not None and not scenario.get("store_takes_keys"):
            return Answer.refusal(400, "Authentication twice."), said
        job, file = match.group(1), unquote(match.group(2))
        answer = Answer(kind="application/octet-stream")
        answer.take_body(scenario["jobs"][job]["files"][file])
        times = self.scenarios.count(name, "store", (job, file))
        answer.at = ["store", times]
        for override in scenario.get("overrides", []):
            first, last = override.get("reads", [1, None])
            if override["at"] == "store" and first <= times and (last is None or times <= last):
                _, answer = self.overridden(name, override, None, answer)
        return answer, said


class Log:
    def __init__(self, path):
        self.lock = threading.Lock()
        self.file = open(path, "a", encoding="utf-8", buffering=1) if path else None

    def add(self, **line):
        if self.file:
            with self.lock:
                self.file.write(json.dumps(line) + "\n")


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = IDLE

    def log_message(self, *_):
        pass

    def do_GET(self):
        with self.server.at_work():
            self.answer()

    def answer(self):
        began = time.monotonic()
        url = urlsplit(self.path)
        name, path, found = self.split(url.path)
        header = self.headers.get("Authorization")
        simulator = self.server.simulator
        if not found:
            answer, said = Answer.refusal(404, "Not found."), "no"
        elif self.server.listener == "api":
            answer, said = simulator.api(name, path, header)
        else:
            answer, said = simulator.store(name, path, url.query, header)
        if answer.latency:
            time.sleep(answer.latency)
        try:
            self.send(answer, name)
        finally:
            self.server.log.add(start=began, end=time.monotonic(), listener=self.server.listener,
                                scenario=name, method=self.command, path=url.path,
                                key=said, status=answer.status, at=answer.at)

    def do_POST(self):
        self.close_connection = True
        self.send(Answer.refusal(405, "Only reading is simulated."), "")

    def split(self, path):
        """Scenario, the path below /api or /store, and whether it was below one."""
        word = self.server.listener
        match = re.fullmatch(rf"(?:/([a-z0-9][a-z0-9-]*))??/{word}(/.*)", path)
        if match is None:
            return "", "", False
        return match.group(1) or "default", match.group(2), True

    def send(self, answer, scenario):
        if answer.fault:
            wire_faults.perform(self, answer.fault, answer.in_memory())
            return
        size = answer.size()
        if answer.whole:
            self.close_connection = True
            self.send_body(answer, size)
            return
        self.send_response_only(answer.status)
        ahead = (self.server.simulator.scenarios.get(scenario) or {}).get("clock", 0)
        if ahead is not None:
            self.send_header("Date", self.date_time_string(time.time() + ahead))
        self.send_header("Content-Type", answer.kind)
        self.send_header("Content-Length", str(size))
        for key, value in answer.headers.items():
            self.send_header(key, value)
        self.end_headers()
        self.send_body(answer, size)

    def send_body(self, answer, size):
        if answer.path is None:
            self.wfile.write(answer.body[:size])
            return
        with open(answer.path, "rb") as file:
            while size > 0 and (piece := file.read(min(CHUNK, size))):
                self.wfile.write(piece)
                size -= len(piece)


class Server(socketserver.ThreadingTCPServer):
    """TLS is spoken in the connection's own thread; there are only so many of them."""

    allow_reuse_address = False
    daemon_threads = True
    request_queue_size = 64

    def __init__(self, listener, context, simulator, log):
        super().__init__(("127.0.0.1", 0), Handler)
        self.listener, self.context, self.simulator, self.log = listener, context, simulator, log
        self.room = threading.BoundedSemaphore(MOST_CONNECTIONS)
        self.busy, self.quiet = 0, threading.Condition()

    @contextlib.contextmanager
    def at_work(self):
        with self.quiet:
            self.busy += 1
        try:
            yield
        finally:
            with self.quiet:
                self.busy -= 1
                self.quiet.notify_all()

    def finish(self):
        """Until what is being answered is answered and logged, or a little longer than that."""
        with self.quiet:
            self.quiet.wait_for(lambda: self.busy == 0, timeout=2.0)

    def process_request(self, request, client_address):
        self.room.acquire()
        try:
            super().process_request(request, client_address)
        except Exception:
            self.room.release()
            raise

    def process_request_thread(self, request, client_address):
        try:
            request.settimeout(IDLE)
            request.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            with self.context.wrap_socket(request, server_side=True) as stream:
                self.finish_request(stream, client_address)
                if stream.fileno() >= 0:  # no goodbye on a connection that was reset
                    stream.settimeout(1.0)
                    stream.unwrap()
        except (OSError, ssl.SSLError, ValueError):
            pass  # the client is gone, or never spoke TLS
        finally:
            self.shutdown_request(request)
            self.room.release()


def arguments():
    parser = argparse.ArgumentParser(description="An AppVeyor over TLS, for tests.")
    parser.add_argument("--cert", required=True, metavar="PEM")
    parser.add_argument("--key", required=True, metavar="PEM")
    parser.add_argument("--scenarios", required=True, metavar="FOLDER")
    parser.add_argument("--log", metavar="FILE")
    parser.add_argument("--limit", type=float, default=900.0, metavar="SECONDS")
    return parser.parse_args()


def main():
    said = arguments()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.load_cert_chain(said.cert, said.key)
    simulator, log = Simulator(said.scenarios), Log(said.log)
    servers = [Server(listener, context, simulator, log) for listener in ("api", "store")]
    for server in servers:
        simulator.ports[server.listener] = server.server_address[1]
        threading.Thread(target=server.serve_forever, args=(0.2,), daemon=True).start()
    print(json.dumps(simulator.ports), flush=True)
    watch = threading.Thread(target=sys.stdin.buffer.read, daemon=True)
    watch.start()
    watch.join(said.limit)
    for server in servers:
        server.finish()
    os._exit(0)  # connections that are kept open end with us


if __name__ == "__main__":
    main()

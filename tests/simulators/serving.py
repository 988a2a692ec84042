# SPDX-License-Identifier: Apache-2.0
"""What the simulators of build systems share: scenario files, overrides, TLS on free ports of
127.0.0.1, a log, and an end: when stdin closes, or after a limit.

A simulation says which listeners it has, what a path on one of them means, and what is answered
there usually. A scenario changes that by

    "overrides": [ OVERRIDE, ... ]

    BODY      { "text": ... } or { "base64": ... } or { "file": PATH }
    OVERRIDE  { "at": "build",               an endpoint of the simulation
                "of": "acme/widget",         of this detail only; see the simulation
                "reads": [2, null],          from the second reading on; default: all
                "edits": [ { "path": [ "settings", "updated" ], "set": VALUE } or
                           { "path": [ ... ], "delete": true } ],
                "raw": TEXT,                 the body as it is, for what json.dumps cannot write
                "body": BODY,
                "answer": BODY,              all bytes of the answer, its head included
                "status": 503, "type": "text/html", "headers": { name: value },
                "redirect": URL,             {LISTENER}: this server's own addresses
                "latency": SECONDS,
                "fault": one of those in wire_faults.py }

Other members of a scenario that every simulation heeds:

    "hosts": { "api": "localhost" },       by which names clients know the listeners
    "clock": SECONDS,                      how much its clock is ahead; null: it tells no time
"""

import argparse
import base64
import contextlib
import copy
import json
import os
import re
import socket
import socketserver
import ssl
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler
from urllib.parse import urlsplit

import wire_faults

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

class Simulation:
    """What is answered to whom; knows nothing of sockets. A subclass says `listeners` and gives
    split(listener, path): (scenario, path), or None, and answer_at(listener, name, path, query,
    header): (answer, what is said of the key)."""

    listeners = ()

    def __init__(self, folder):
        self.scenarios = Scenarios(folder)
        self.ports = {}

    def origin(self, listener, name):
        hosts = (self.scenarios.get(name) or {}).get("hosts", {})
        return f"https://{hosts.get(listener, 'localhost')}:{self.ports[listener]}"

    def address(self, name, text):
        for listener in self.listeners:
            text = text.replace("{" + listener + "}", f"{self.origin(listener, name)}/{name}")
        return text

    def finished(self, name, scenario, known, detail, value, answer):
        times = self.scenarios.count(name, known, detail)
        answer.at = [known, times]
        for override in scenario.get("overrides", []):
            first, last = override.get("reads", [1, None])
            if override["at"] == known and override.get("of", detail) == detail and \
                    first <= times and (last is None or times <= last):
                value, answer = self.overridden(name, override, value, answer)
        if value is not None and answer.status == 200:
            answer.body = json.dumps(value, ensure_ascii=False).encode()
        return answer

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
            answer.headers["Location"] = self.address(name, override["redirect"])
        if "status" in override:
            answer.status = override["status"]
            if value is not None and answer.status != 200:
                value, answer.body = None, b'{"message": "An error has occurred."}'
        answer.kind = override.get("type", answer.kind)
        answer.headers.update(override.get("headers", {}))
        return value, answer


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
        header, listener = self.headers.get("Authorization"), self.server.listener
        simulator, name = self.server.simulator, ""
        found = simulator.split(listener, url.path)
        if found is None:
            answer, said = Answer.refusal(404, "Not found."), "no"
        else:
            name, path = found
            answer, said = simulator.answer_at(listener, name, path, url.query, header)
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


def arguments(description):
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--cert", required=True, metavar="PEM")
    parser.add_argument("--key", required=True, metavar="PEM")
    parser.add_argument("--scenarios", required=True, metavar="FOLDER")
    parser.add_argument("--log", metavar="FILE")
    parser.add_argument("--limit", type=float, default=900.0, metavar="SECONDS")
    return parser.parse_args()

def serve(simulation, description):
    """Until stdin closes; prints one JSON line { listener: port }."""
    said = arguments(description)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.load_cert_chain(said.cert, said.key)
    simulator, log = simulation(said.scenarios), Log(said.log)
    servers = [Server(listener, context, simulator, log) for listener in simulator.listeners]
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

#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The real `git http-backend` behind a small server over TLS.

    git_server.py --root FOLDER --cert PEM --key PEM [--port N] [--latency MS] [--log FILE]
                  [--faults FILE] [--token USER:SECRET] [--seconds N] [--remember]

Prints {"port": N, "url": "https://localhost:N"} as one line once it listens, and ends when its
standard input ends, or after --seconds. Repositories are the folders below --root; what a
repository's own configuration says (uploadpack.allowFilter ...) holds. The true answer is streamed.

The log has one JSON object a line for each request: began and ended (monotonic seconds), method,
path, status, received and sent (bytes of body), authorized (a credential came with it), version
(of Git-Protocol), agent (of User-Agent), lines (the first of the body that say command, want, filter, deepen, ref-prefix).

The file of faults is read anew for each request, so a test may change it at any time: a list of
{"path": beginning of the path, "method": ..., "lines": [of the body, all of these], "do": one of
the following}; the first that fits counts, and with "times": N only so often (since it came into
the file with its "id").
    {"status": 401}                             that status, with an optional "location", and
                                                with {"headers": {"Retry-After": "1"}}
    {"page": "text/html", "body": "..."}        that page, status 200; or its "base64"
    {"cut": 100}                                the true answer, but only its first bytes
    {"replace": ["00", "ff"]}                   hexadecimal bytes of the answer's body, once
    {"stall": 5}                                nothing for so many seconds, then the true answer
    {"version": ""}                             the true answer to that Git-Protocol
    {"asked": ["want 01", "want 02"]}           the true answer to a request with another text
    {"fault": "reset"}                          one of those in wire_faults.py
With --token, a repository that has a file named `private` answers 401 without that credential.
With --remember, a question is asked once of a repository that has not changed; its answer is then
given again, whole.
"""

import argparse
import base64
import contextlib
import gzip
import http.server
import io
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import threading
import time
import types

import tls
import wire_faults

THREADS = 64
BODY_MOST = 16 * 1024 * 1024
LINES_MOST = 80
SHOWN = (b"command=", b"want ", b"filter ", b"deepen", b"ref-prefix ")
PIECE = 65536
ANSWERS_MOST, ANSWER_MOST = 1000, 1024 * 1024
WHOLE = {"status", "page", "cut", "replace", "fault"}  # faults that are not the true answer


def lines_of(body):
    """The lines of a request in pkt-lines that a test may want to look at."""
    found, at = [], 0
    while at + 4 <= len(body) and len(found) < LINES_MOST:
        size = int(body[at:at + 4], 16)
        line = body[at + 4:at + size].rstrip(b"\n")
        if line.startswith(SHOWN):
            found.append(line.decode("ascii", "replace"))
        at += max(size, 4)
    return found


def head_of(pipe):
    """Status and headers of a CGI program's answer; what follows is the body."""
    lines = iter(lambda: pipe.readline().decode("latin-1").rstrip("\r\n"), "")
    headers = [tuple(line.split(": ", 1)) for line in lines if ": " in line]
    status = next((int(value.split()[0]) for name, value in headers if name == "Status"), 200)
    return status, [pair for pair in headers if pair[0] not in ("Status", "Content-Length")]


class Faults:
    """What is to go wrong, by the file of faults."""

    def __init__(self, path):
        self.path = path
        self.lock = threading.Lock()
        self.counts = {}

    def of(self, method, path, lines):
        if not self.path or not os.path.exists(self.path):
            return {}
        with self.lock, open(self.path, encoding="utf-8") as file:
            for row in json.load(file):
                if not path.startswith(row.get("path", "")) or row.get("method", method) != method:
                    continue
                if not set(row.get("lines", ())) <= set(lines):
                    continue
                key = row.get("id", json.dumps(row))
                if self.counts.get(key, 0) >= row.get("times", 1 << 30):
                    continue
                self.counts[key] = self.counts.get(key, 0) + 1
                return row["do"]
        return {}


def state_of(repository):
    """Another value whenever one of its files is another."""
    found = []
    for folder, _, files in os.walk(repository):
        for name in files:
            path = os.path.join(folder, name)
            about = os.lstat(path)
            found.append((path, about.st_ino, about.st_size, about.st_mtime_ns))
    return tuple(sorted(found))


class Answers:
    """What the CGI program said, by what it was asked and the state of the repository."""

    def __init__(self, root):
        self.root = root
        self.known = {}

    def to(self, environment, body, ask):
        """(status, headers, content); who is to `ask` gives them if they are not known."""
        key = self.key(environment, body)
        if key in self.known:
            return self.known[key]
        answer = ask()
        if key and key == self.key(environment, body) and len(answer[2]) <= ANSWER_MOST and \
                len(self.known) < ANSWERS_MOST:
            self.known[key] = answer
        return answer

    def key(self, environment, body):
        """None: the repository is not there, or changes at this moment."""
        path = environment["PATH_INFO"]
        for service in ("/info/refs", "/git-upload-pack"):
            path = path.removesuffix(service)
        try:
            state = state_of(os.path.realpath(os.path.join(self.root, path.lstrip("/"))))
        except FileNotFoundError:
            return None
        asked = {**environment, "PATH_INFO": environment["PATH_INFO"].removeprefix(path)}
        return (state, tuple(sorted(asked.items())), body) if state else None


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version = "git-of-a-test"
    disable_nagle_algorithm = True
    wbufsize = 65536

    def log_message(self, *args):
        pass

    def do_GET(self):
        self.answer(b"")

    def do_POST(self):
        size = int(self.headers.get("Content-Length", 0))
        if size > BODY_MOST:
            self.close_connection = True
            self.send(413, [], b"")
            return
        body = self.rfile.read(size)
        if self.headers.get("Content-Encoding") == "gzip":
            body = gzip.decompress(body)
        self.answer(body)

    def answer(self, body):
        options = self.server.options
        row = {"began": time.monotonic(), "method": self.command, "path": self.path,
               "received": len(body), "version": self.headers.get("Git-Protocol", ""),
               "agent": self.headers.get("User-Agent", ""),
               "authorized": "Authorization" in self.headers, "lines": lines_of(body)}
        time.sleep(options.latency / 1000)
        fault = self.server.faults.of(self.command, self.path, row["lines"])
        time.sleep(fault.get("stall", 0))
        try:
            if WHOLE.isdisjoint(fault) and self.may_read():
                self.stream(fault, body, row)
            else:
                self.send_whole(fault, body, row)
        except OSError:
            self.close_connection = True
        self.server.log(row)

    def stream(self, fault, body, row):
        """As the CGI program says it. In the log before its end: who has seen the end finds it."""
        body, version = self.question(fault, body)
        with self.backend(body, version) as (status, headers, content):
            row.update(status=status, sent=0)
            self.send_head(status, [*headers, ("Transfer-Encoding", "chunked")])
            while piece := content.read1(PIECE):
                self.wfile.write(b"%x\r\n%s\r\n" % (len(piece), piece))
                self.wfile.flush()
                row["sent"] += len(piece)
        self.server.log(row)
        self.wfile.write(b"0\r\n\r\n")
        self.wfile.flush()

    def send_whole(self, fault, body, row):
        status, headers, content = self.make_answer(fault, body)
        row.update(status=status, sent=len(content))
        if "fault" in fault:
            more = dict(headers)
            wire_faults.perform(self, fault["fault"], types.SimpleNamespace(
                status=status, kind=more.pop("Content-Type", ""), headers=more, body=content))
        else:
            self.send(status, headers, content, fault.get("cut"))

    def make_answer(self, fault, body):
        if "status" in fault:
            headers = [("Location", fault["location"])] if "location" in fault else []
            return fault["status"], headers + list(fault.get("headers", {}).items()), b""
        if "page" in fault:
            content = base64.b64decode(fault.get("base64", "")) or fault.get("body", "").encode()
            return 200, [("Content-Type", fault["page"])], content
        if not self.may_read():
            return 401, [("WWW-Authenticate", 'Basic realm="git"')], b""
        with self.backend(*self.question(fault, body)) as (status, headers, pipe):
            content = pipe.read()
        if "replace" in fault:
            old, new = (bytes.fromhex(text) for text in fault["replace"])
            content = content.replace(old, new, 1)
        return status, headers, content

    def question(self, fault, body):
        """What the CGI program is asked, and in which version."""
        if "asked" in fault:
            old, new = (text.encode() for text in fault["asked"])
            body = body.replace(old, new)
        return body, fault.get("version", self.headers.get("Git-Protocol", ""))

    def may_read(self):
        options = self.server.options
        name = self.path.lstrip("/").split("/")[0]
        if not (pathlib.Path(options.root) / name / "private").exists():
            return True
        want = base64.b64encode((options.token or "\0").encode()).decode()
        return self.headers.get("Authorization", "") == f"Basic {want}"

    @contextlib.contextmanager
    def backend(self, body, version):
        """(status, headers, pipe) of the true answer."""
        environment = self.environment(body, version)
        if not self.server.answers:
            with self.program(environment, body) as answer:
                yield answer
            return
        status, headers, content = self.server.answers.to(
            environment, body, lambda: self.whole(environment, body))
        yield status, headers, io.BytesIO(content)

    def whole(self, environment, body):
        with self.program(environment, body) as (status, headers, pipe):
            return status, headers, pipe.read()

    def environment(self, body, version):
        path, _, query = self.path.partition("?")
        return {
            "PATH": os.environ["PATH"], "GIT_PROJECT_ROOT": self.server.options.root,
            "GIT_HTTP_EXPORT_ALL": "1", "GIT_CONFIG_NOSYSTEM": "1", "HOME": "/nonexistent",
            "GIT_CONFIG_COUNT": "1", "GIT_CONFIG_KEY_0": "safe.directory",
            "GIT_CONFIG_VALUE_0": "*", "REQUEST_METHOD": self.command, "PATH_INFO": path,
            "QUERY_STRING": query, "REMOTE_ADDR": self.client_address[0],
            "CONTENT_TYPE": self.headers.get("Content-Type", ""),
            "CONTENT_LENGTH": str(len(body)), "GIT_PROTOCOL": version}

    @staticmethod
    @contextlib.contextmanager
    def program(environment, body):
        """Runs the CGI program, as a web server would. Who stops reading ends it."""
        with tempfile.TemporaryFile() as asked:
            asked.write(body)
            asked.seek(0)
            with subprocess.Popen(["git", "http-backend"], stdin=asked, env=environment,
                                  stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as running:
                yield *head_of(running.stdout), running.stdout

    def send_head(self, status, headers):
        self.send_response(status)
        for name, value in headers:
            self.send_header(name, value)
        self.end_headers()

    def send(self, status, headers, content, cut=None):
        self.send_head(status, [*headers, ("Content-Length", str(len(content)))])
        self.wfile.write(content if cut is None else content[:cut])
        self.wfile.flush()
        if cut is not None:
            self.close_connection = True


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64

    def __init__(self, options):
        super().__init__(("127.0.0.1", options.port), Handler)
        self.options = options
        self.faults = Faults(options.faults)
        self.answers = Answers(options.root) if options.remember else None
        self.tls = tls.context(options.cert, options.key)
        self.places = threading.BoundedSemaphore(THREADS)
        self.lock = threading.Lock()

    def log(self, row):
        """Once for each request: the second time does nothing."""
        if self.options.log and "ended" not in row:
            row["ended"] = time.monotonic()
            with self.lock, open(self.options.log, "a", encoding="utf-8") as file:
                file.write(json.dumps(row) + "\n")

    def process_request(self, request, client_address):
        """No more threads than places; others wait to be accepted."""
        self.places.acquire()
        super().process_request(request, client_address)

    def process_request_thread(self, request, client_address):
        try:
            request.settimeout(60)
            request = self.tls.wrap_socket(request, server_side=True)
            super().process_request_thread(request, client_address)
        except OSError:
            self.shutdown_request(request)
        finally:
            self.places.release()

    def handle_error(self, request, client_address):
        pass


def end_with_stdin(server):
    while sys.stdin.buffer.raw.read(4096):
        pass
    server.shutdown()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--root", required=True)
    parser.add_argument("--cert", required=True)
    parser.add_argument("--key", required=True)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--latency", type=float, default=0)
    parser.add_argument("--log")
    parser.add_argument("--faults")
    parser.add_argument("--token")
    parser.add_argument("--seconds", type=float, default=300)
    parser.add_argument("--remember", action="store_true")
    options = parser.parse_args()
    options.root = os.path.abspath(options.root)
    server = Server(options)
    timer = threading.Timer(options.seconds, server.shutdown)
    timer.daemon = True
    timer.start()
    threading.Thread(target=end_with_stdin, args=(server,), daemon=True).start()
    port = server.server_address[1]
    print(json.dumps({"port": port, "url": f"https://localhost:{port}"}), flush=True)
    server.serve_forever(poll_interval=0.1)


if __name__ == "__main__":
    main()

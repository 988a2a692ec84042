#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""An HTTP server that misbehaves on request, for the tests of engine/net.

    http_faults.py FOLDER

FOLDER holds the certificates of http_certificates.sh. It listens on free ports of the loopback
interface, prints one line of JSON with them, and ends when its standard input does, or after two
minutes. What it does is said by the path and query of a request; see the functions called on_...

Counts are kept by `key`: /count?of=K says how many requests have carried it.
"""

import json
import os
import socket
import ssl
import sys
import threading
import warnings
from http.server import BaseHTTPRequestHandler
from socketserver import BaseRequestHandler, TCPServer, ThreadingMixIn
from urllib.parse import parse_qs, urlsplit

from wire_faults import reset

LIFE = 120.0
PATIENCE = 30.0


class State:
    """What the handlers of all ports share."""

    def __init__(self):
        self.lock = threading.Lock()
        self.counts = {}
        self.meetings = {}

    def count(self, key):
        with self.lock:
            self.counts[key] = self.counts.get(key, 0) + 1
            return self.counts[key]

    def counted(self, key):
        with self.lock:
            return self.counts.get(key, 0)

    def meeting(self, key, number):
        with self.lock:
            return self.meetings.setdefault(key, threading.Barrier(number))


STATE = State()


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def setup(self):
        self.request.settimeout(PATIENCE)
        if isinstance(self.request, ssl.SSLSocket):
            self.request.do_handshake()
        super().setup()

    def log_message(self, format, *args):
        pass

    def do_GET(self):
        self.body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
        split = urlsplit(self.path)
        self.query = {name: values[0] for name, values in parse_qs(split.query, encoding="latin-1").items()}
        self.seen = STATE.count(self.query["key"]) if "key" in self.query else 0
        hook = getattr(self, "on_" + split.path.strip("/").split("/")[0], None)
        if hook is None or split.path == "/":
            self.answer(404, b"there is no such thing\n")
        else:
            hook()

    do_POST = do_GET

    def number(self, name, otherwise=0):
        return int(self.query.get(name, otherwise))

    def answer(self, status, body, *headers):
        self.send_response(status)
        for name, value in headers:
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def raw(self, data):
        self.close_connection = True
        self.wfile.write(data)
        self.wfile.flush()

    def reset(self):
        self.close_connection = True
        reset(self.request)

    def first_times(self):
        return self.seen <= self.number("times")

    # ---- honest answers ----

    def on_hello(self):
        self.answer(200, b"hello\n", ("Content-Type", "text/plain"))

    def on_status(self):
        self.answer(self.number("status"), b"so it is\n")

    def on_echo(self):
        fields = {name.lower(): value for name, value in self.headers.items()}
        told = {"method": self.command, "path": self.path, "headers": fields,
                "body": self.body.decode("latin-1")}
        self.answer(200, json.dumps(told).encode())

    def on_count(self):
        self.answer(200, str(STATE.counted(self.query["of"])).encode())

    def on_bytes(self):
        self.answer(200, bytes(i % 251 for i in range(self.number("size"))))

    def on_pieces(self):
        """The body of the request back again, in chunks of `size` bytes."""
        self.send_response(200)
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        size = self.number("size", 1)
        for at in range(0, len(self.body), size):
            piece = self.body[at:at + size]
            self.wfile.write(b"%x\r\n%s\r\n" % (len(piece), piece))
        self.wfile.write(b"0\r\nX-Trailer: late\r\n\r\n")

    def on_hints(self):
        self.wfile.write(b"HTTP/1.1 103 Early Hints\r\nX-Early: yes\r\n\r\n")
        self.answer(200, b"hello\n", ("X-Late", "yes"))

    def on_meet(self):
        """Answers once `n` requests are here at the same time; 409 if they do not come."""
        try:
            STATE.meeting(self.query["key"], self.number("n")).wait(5.0)
            self.answer(200, b"met\n")
        except threading.BrokenBarrierError:
            self.answer(409, b"alone\n")

    # ---- redirects ----

    def on_redirect(self):
        """/redirect/N: N times onwards, then to /echo."""
        left = int(self.path.split("/")[2])
        to = "/redirect/%d" % (left - 1) if left > 1 else "/echo"
        self.answer(302, b"go on\n", ("Location", to))

    def on_go(self):
        self.answer(self.number("status", 302), b"go on\n", ("Location", self.query["to"]))

    def on_lost(self):
        self.answer(302, b"where?\n")

    # ---- faults ----

    def on_fail(self):
        """`times` answers of `status`, then 200."""
        if not self.first_times():
            return self.answer(200, b"at last\n")
        after = self.query.get("after")
        self.answer(self.number("status"), b"not now\n",
                    *([("Retry-After", after)] if after else []))

    def on_cut(self):
        """Half of the body and a reset, `times` times; then all of it."""
        if not self.first_times():
            return self.answer(200, b"x" * 1000)
        self.raw(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n" + b"x" * 500)
        self.reset()

    def on_early(self):
        """The connection ends instead of an answer, `times` times."""
        if not self.first_times():
            return self.answer(200, b"at last\n")
        self.reset()

    def on_silence(self):
        """Nothing, until the other side has had enough."""
        self.close_connection = True
        try:
            self.request.recv(1)
        except OSError:
            pass

    def on_endless(self):
        self.send_response(200)
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        piece = b"4000\r\n" + b"e" * 0x4000 + b"\r\n"
        for _ in range(16384):
            self.wfile.write(piece)

    def on_flood(self):
        """`lines` headers of `size` bytes."""
        line = b"X-Flood: " + b"f" * self.number("size", 1) + b"\r\n"
        self.raw(b"HTTP/1.1 200 OK\r\n" + line * self.number("lines") +
                 b"Content-Length: 0\r\n\r\n")

    def on_head(self):
        """200 with the header line `line` as it stands."""
        line = self.query["line"].encode("latin-1")
        self.raw(b"HTTP/1.1 200 OK\r\n" + line + b"\r\nContent-Length: 2\r\n\r\nok")

    def on_nonsense(self):
        self.raw(b"SSH-2.0-what\r\n\r\n")


class Abrupt(BaseRequestHandler):
    """Resets every connection once something came."""

    def handle(self):
        self.request.recv(1)
        reset(self.request)


class Server(ThreadingMixIn, TCPServer):
    daemon_threads = True
    allow_reuse_address = True
    request_queue_size = 64

    def __init__(self, context=None, host="127.0.0.1", handler=Handler):
        self.context = context
        super().__init__((host, 0), handler)
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def get_request(self):
        # The handshake is done by the handler's thread, so that a slow one stops nobody.
        connection, address = super().get_request()
        if self.context:
            connection = self.context.wrap_socket(connection, server_side=True,
                                                  do_handshake_on_connect=False)
        return connection, address

    def handle_error(self, request, client_address):
        pass  # the other side left, as many tests make it


def tls(folder, name):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(os.path.join(folder, name + ".pem"))
    return context


def old_tls(folder):
    warnings.simplefilter("ignore", DeprecationWarning)  # it is meant
    context = tls(folder, "server")
    context.set_ciphers("ALL:@SECLEVEL=0")
    context.minimum_version = ssl.TLSVersion.TLSv1
    context.maximum_version = ssl.TLSVersion.TLSv1_1
    return context


def main():
    folder = sys.argv[1]
    servers = {
        "main": Server(tls(folder, "server")),
        "other": Server(tls(folder, "store")),
        "inner": Server(tls(folder, "server"), "127.0.0.2"),
        "plain": Server(),
        "old": Server(old_tls(folder)),
        "abrupt": Server(handler=Abrupt),
    }
    for name in ("expired", "elsewhere", "stranger"):
        servers[name] = Server(tls(folder, name))
    ports = {name: server.server_address[1] for name, server in servers.items()}
    # Bound, but nobody listens: connections are refused for as long as this process lives.
    closed = socket.socket()
    closed.bind(("127.0.0.1", 0))
    ports["closed"] = closed.getsockname()[1]

    timer = threading.Timer(LIFE, os._exit, [1])
    timer.daemon = True
    timer.start()
    print(json.dumps(ports), flush=True)
    sys.stdin.read()


if __name__ == "__main__":
    main()

#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A proxy that knows CONNECT, and misbehaves on request.

    proxy.py [--user USER:PASSWORD] [--tls NAME CERT KEY]... [--log FILE] [--seconds N]

It listens on free ports of the loopback interface, prints one line of JSON with them, and ends when
its standard input does, or after --seconds: `plain`; `auth`, which wants --user; and one with TLS
for each --tls, by its name.

Every name is the loopback interface to it, so "https://a.proxied.example:PORT" is a server of a
test that can be reached through a proxy only. The first label says what is done wrong:

    status-N            that status, with headers and a body
    turn-PORT           a tunnel to another port
    cut-N               the tunnel is reset after N bytes from the origin
    kept                an honest tunnel; once there was a CONNECT to `arm` or `bar`, the next byte
                        that comes through it resets it, and the next CONNECT to it is answered as
                        by `chatty`, or refused
    chatty              an honest tunnel behind an answer that looks like an origin's
    rubbish, silent, reset, flood, endless, plain
                        see the functions called do_...

The log has one JSON object a line for each connection: listener, head (the lines of the request, as
they came), host, port, status (0: none) and authorized.
"""

import argparse
import base64
import json
import os
import select
import socket
import ssl
import struct
import sys
import threading
from socketserver import BaseRequestHandler, TCPServer, ThreadingMixIn

PATIENCE = 30.0
HEAD_MOST = 64 * 1024
CHATTY = (b"HTTP/1.1 200 OK\r\nContent-Type: text/evil\r\nX-Proxy: chatty\r\nSet-Cookie: a=b\r\n"
          b"Location: https://elsewhere.example/\r\nContent-Length: 5\r\n\r\n")


class State:
    def __init__(self, said):
        self.lock, self.armed = threading.Lock(), None
        self.log = open(said.log, "a", encoding="utf-8") if said.log else None
        self.credential = "Basic " + base64.b64encode((said.user or "").encode()).decode()

    def write(self, line):
        with self.lock:
            if self.log:
                self.log.write(json.dumps(line) + "\n")
                self.log.flush()


def reset(connection):
    """Ends it with RST."""
    try:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        os.close(connection.detach())
    except OSError:
        pass


class Proxy(BaseRequestHandler):
    def setup(self):
        self.request.settimeout(PATIENCE)
        if self.server.context:
            self.request = self.server.context.wrap_socket(self.request, server_side=True)

    def handle(self):
        try:
            self.serve()
        except OSError:
            pass  # the other side left, as many tests make it
        finally:
            if self.server.context:
                self.request.close()  # the server knows only of what TLS was put around

    def read_head(self):
        head = b""
        while not head.endswith(b"\r\n\r\n"):
            piece = self.request.recv(1)
            if not piece or len(head) > HEAD_MOST:
                return []
            head += piece
            if not head[:1].isalpha():  # TLS, where there should be none
                self.request.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")
                return []
        return head.decode("latin-1").split("\r\n")[:-2]

    def serve(self):
        state, head = self.server.state, self.read_head()
        if not head:
            return
        method, target, _ = (head[0] + "  ").split(" ", 2)
        host, _, port = target.rpartition(":")
        fields = dict(line.split(": ", 1) for line in head[1:] if ": " in line)
        self.authorized = fields.get("Proxy-Authorization") == state.credential
        self.line = {"listener": self.server.name, "head": head, "host": host, "port": port,
                     "authorized": self.authorized}
        if method != "CONNECT" or not port.isdigit():
            return self.refuse(405)
        if self.server.demanding and not self.authorized:
            return self.refuse(407, b'Proxy-Authenticate: Basic realm="a test"\r\n')
        name, _, more = host.split(".")[0].partition("-")
        getattr(self, "do_" + name, self.connect)(int(port), more)

    def said(self, status):
        self.server.state.write({**self.line, "status": status})

    def refuse(self, status, more=b""):
        self.said(status)
        self.request.sendall(b"HTTP/1.1 %d Not so\r\nX-Proxy: refuses\r\n%s"
                             b"Content-Length: 9\r\n\r\nnot so :(" % (status, more))

    # ---- honest

    def connect(self, port, more="", most=None, answer=None, watch=False):
        try:
            origin = socket.create_connection(("127.0.0.1", port), PATIENCE)
        except OSError:
            return self.refuse(502)
        with origin:
            self.said(200)
            self.request.sendall(answer or b"HTTP/1.1 200 Connection established\r\n\r\n")
            self.carry(origin, most, watch)

    def carry(self, origin, most, watch):
        """Both ways, until the origin ends it. One thread: TLS knows no two at a time."""
        client, open_ends = self.request, [self.request, origin]
        while True:
            waiting = [client] if self.server.context and client.pending() else \
                select.select(open_ends, [], [], PATIENCE)[0]
            if origin in waiting or not waiting:
                piece = origin.recv(65536) if waiting else b""
                if not piece:
                    return
                if most is not None and len(piece) >= most:
                    client.sendall(piece[:most])
                    return reset(client)
                most = most - len(piece) if most is not None else None
                client.sendall(piece)
            elif client in waiting:
                piece = client.recv(65536)
                if piece and watch and self.server.state.armed:
                    return reset(client)
                if not piece:
                    open_ends.remove(client)
                    origin.shutdown(socket.SHUT_WR)
                origin.sendall(piece)

    # ---- not so honest

    def do_turn(self, port, more):
        self.connect(int(more))

    def do_cut(self, port, more):
        self.connect(port, most=int(more))

    def do_kept(self, port, more):
        armed, self.server.state.armed = self.server.state.armed, None
        if armed == "bar":
            return self.refuse(403)
        self.connect(port, answer=CHATTY if armed == "arm" else None, watch=True)

    def do_arm(self, port, more):
        self.server.state.armed = "arm"
        self.refuse(403)

    def do_bar(self, port, more):
        self.server.state.armed = "bar"
        self.refuse(403)

    def do_chatty(self, port, more):
        self.connect(port, answer=CHATTY)

    def do_status(self, port, more):
        self.refuse(int(more))

    def do_rubbish(self, port, more):
        self.said(0)
        self.request.sendall(b"SSH-2.0-what\r\n\r\n")

    def do_silent(self, port, more):
        self.said(0)
        self.request.recv(1)

    def do_reset(self, port, more):
        self.said(0)
        reset(self.request)

    def do_flood(self, port, more):
        """Headers without end."""
        self.said(200)
        self.request.sendall(b"HTTP/1.1 200 OK\r\n")
        while True:
            self.request.sendall(b"X-Flood: f\r\n" * 1000)

    def do_endless(self, port, more):
        """One line without end."""
        self.said(200)
        self.request.sendall(b"HTTP/1.1 200 OK\r\nX-Flood: ")
        while True:
            self.request.sendall(b"f" * 16384)

    def do_plain(self, port, more):
        """The proxy answers in the place of the origin, without TLS."""
        self.said(200)
        self.request.sendall(b"HTTP/1.1 200 OK\r\n\r\n"
                             b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
        self.request.recv(1)


class Server(ThreadingMixIn, TCPServer):
    daemon_threads = True
    allow_reuse_address = True
    request_queue_size = 64

    def __init__(self, state, name, context=None):
        self.state, self.name, self.context = state, name, context
        self.demanding = name == "auth"
        super().__init__(("127.0.0.1", 0), Proxy)
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def handle_error(self, request, client_address):
        pass  # a handshake that failed, as some tests make it


def context(certificate, key):
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    made.load_cert_chain(certificate, key)
    return made


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--user")
    parser.add_argument("--tls", nargs=3, action="append", default=[])
    parser.add_argument("--log")
    parser.add_argument("--seconds", type=float, default=120.0)
    said = parser.parse_args()
    state = State(said)
    servers = [Server(state, "plain"), Server(state, "auth")]
    servers += [Server(state, name, context(*files)) for name, *files in said.tls]
    timer = threading.Timer(said.seconds, os._exit, [1])
    timer.daemon = True
    timer.start()
    print(json.dumps({server.name: server.server_address[1] for server in servers}), flush=True)
    sys.stdin.read()


if __name__ == "__main__":
    main()

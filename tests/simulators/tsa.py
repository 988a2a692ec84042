#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""An authority for time stamps (RFC 3161): OpenSSL's, behind HTTP with TLS and without.

    tsa.py FOLDER [--cert PEM --key PEM] [--limit SECONDS]

Makes an authority's certificates in FOLDER: root.pem, and stranger-root.pem of another. Listens on two free ports of 127.0.0.1 and prints one JSON line {"tls": PORT,
"plain": PORT}; stops when stdin closes, or after the limit.

What a path means:

    /                as it should be
    /stranger        by an authority of another root
    /other           of another signature
    /nonce           with another random number
    /refused         a rejection
    /cut, /garbage, /large, /missing, /busy, /elsewhere
"""

import argparse
import json
import os
import ssl
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

CONFIGURATION = """
[tsa]
default_tsa = it
[it]
serial = {folder}/serial-{name}
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256
accuracy = secs:1
ordering = no
tsa_name = no
ess_cert_id_chain = no
ess_cert_id_alg = sha256
"""
STAMPS = "critical,timeStamping"


def openssl(*words, **how):
    return subprocess.run(["openssl", *words], check=True, capture_output=True, **how).stdout


class Authority:
    def __init__(self, folder):
        self.folder, self.lock = folder, threading.Lock()
        os.makedirs(folder, exist_ok=True)
        self.root("root")
        self.root("stranger-root")
        self.issue("tsa", "root")
        self.issue("stranger", "stranger-root")

    def path(self, name):
        return os.path.join(self.folder, name)

    def root(self, name):
        openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout",
                self.path(name + ".key"), "-out", self.path(name + ".pem"), "-days", "30", "-subj",
                "/CN=" + name, "-addext", "keyUsage=critical,keyCertSign")

    def issue(self, name, by):
        with open(self.path("extensions"), "w", encoding="utf-8") as file:
            file.write("basicConstraints=CA:false\nkeyUsage=critical,digitalSignature\n"
                       f"extendedKeyUsage={STAMPS}\n")
        with open(self.path(name + ".cnf"), "w", encoding="utf-8") as file:
            file.write(CONFIGURATION.format(folder=self.folder, name=name))
        openssl("req", "-new", "-newkey", "rsa:2048", "-nodes", "-keyout",
                self.path(name + ".key"), "-subj", "/CN=" + name, "-out", self.path("request"))
        openssl("x509", "-req", "-in", self.path("request"), "-CA", self.path(by + ".pem"),
                "-CAkey", self.path(by + ".key"), "-CAcreateserial", "-days", "30", "-extfile",
                self.path("extensions"), "-out", self.path(name + ".pem"))

    def reply(self, query, name="tsa"):
        with self.lock:
            with open(self.path("query"), "wb") as file:
                file.write(query)
            return subprocess.run(
                ["openssl", "ts", "-reply", "-config", self.path(name + ".cnf"),
                 "-queryfile", self.path("query"), "-signer", self.path(name + ".pem"), "-inkey",
                 self.path(name + ".key"), "-out", "/dev/stdout"], check=True,
                capture_output=True).stdout

    def query(self, data):
        return openssl("ts", "-query", "-data", "/dev/stdin", "-sha256", "-cert", "-no_nonce",
                       input=data)


def other_nonce(query):
    """Its last bytes are the number, and that the certificate is wanted."""
    at = len(query) - 4
    return query[:at] + bytes([query[at] ^ 1]) + query[at + 1:]


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def send(self, body, status=200, kind="application/timestamp-reply", **headers):
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def do_POST(self):
        authority = self.server.authority
        query = self.rfile.read(int(self.headers.get("Content-Length", "0")))
        if self.headers.get("Content-Type") != "application/timestamp-query":
            return self.send(b"", 415)
        path = self.path.strip("/")
        if path == "":
            return self.send(authority.reply(query))
        if path == "stranger":
            return self.send(authority.reply(query, path))
        if path == "other":
            return self.send(authority.reply(authority.query(b"something else")))
        if path == "nonce":
            return self.send(authority.reply(other_nonce(query)))
        if path == "refused":
            return self.send(bytes.fromhex("300f300d02010230080c066e6f20776179"))
        if path == "cut":
            return self.send(authority.reply(query)[:-1])
        if path == "garbage":
            return self.send(b"<html>no</html>", kind="text/html")
        if path == "large":
            return self.send(bytes(1 << 20))
        if path == "busy":
            return self.send(b"", 503)
        if path == "elsewhere":
            return self.send(b"", 302, Location="/")
        return self.send(b"", 404)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("folder")
    parser.add_argument("--cert")
    parser.add_argument("--key")
    parser.add_argument("--limit", type=float, default=600.0)
    said = parser.parse_args()
    authority = Authority(said.folder)
    servers = {}
    for name in ("tls", "plain") if said.cert else ("plain",):
        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        server.authority = authority
        if name == "tls":
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(said.cert, said.key)
            server.socket = context.wrap_socket(server.socket, server_side=True)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        servers[name] = server.server_address[1]
    timer = threading.Timer(said.limit, os._exit, [1])
    timer.daemon = True
    timer.start()
    print(json.dumps(servers), flush=True)
    sys.stdin.read()


if __name__ == "__main__":
    main()

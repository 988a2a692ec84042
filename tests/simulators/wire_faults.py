# SPDX-License-Identifier: Apache-2.0
"""What a server can do instead of answering: the faults that the simulators have in common.

perform(handler, FAULT, answer) is called by a BaseHTTPRequestHandler that knows what it would have
said: the answer has a `status`, a `kind` (of content), `headers` besides (a dictionary) and a
`body`, of which a fault makes less, more or another. The connection ends with it.

A fault is one of FAULTS, or "redirect:URL".
"""

import gzip
import os
import socket
import struct
import time

LATER, MUCH_LATER = "1", "86400"   # seconds of Retry-After
PIECE = 1 << 14
BOMB = 64 << 20                    # bytes that a few KiB become
DEPTH = 100
DRIPS, PAUSE = 8, 0.05


def reset(connection):
    """Ends it with RST. Nobody may use the connection afterwards."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    os.close(connection.detach())


def say(handler, status, kind, body, *headers, size=None):
    handler.send_response(status)
    handler.send_header("Content-Type", kind)
    for name, value in headers:
        handler.send_header(name, value)
    handler.send_header("Content-Length", str(len(body) if size is None else size))
    handler.end_headers()
    handler.wfile.write(body)
    handler.wfile.flush()


def half(handler, answer):
    say(handler, answer.status, answer.kind, answer.body[:len(answer.body) // 2],
        *answer.headers.items(), size=max(len(answer.body), 1))


def on_close(handler, answer):
    """The connection ends instead of an answer."""


def on_refuse(handler, answer):
    """The same, by RST."""
    reset(handler.connection)


def on_truncate(handler, answer):
    """Half of the body, and the end of the connection."""
    half(handler, answer)


def on_reset(handler, answer):
    """Half of the body, and RST."""
    half(handler, answer)
    reset(handler.connection)


def on_silence(handler, answer):
    """Nothing, until the other side has had enough."""
    handler.connection.recv(1)


def on_stall(handler, answer):
    """Half of the body, and then nothing."""
    half(handler, answer)
    handler.connection.recv(1)


def on_drip(handler, answer):
    """All that is true, but slowly."""
    handler.send_response(answer.status)
    handler.send_header("Content-Type", answer.kind)
    for name, value in answer.headers.items():
        handler.send_header(name, value)
    handler.send_header("Content-Length", str(len(answer.body)))
    handler.end_headers()
    size = len(answer.body) // DRIPS + 1
    for at in range(0, len(answer.body), size):
        handler.wfile.write(answer.body[at:at + size])
        handler.wfile.flush()
        time.sleep(PAUSE)


def on_later(handler, answer):
    say(handler, 429, "text/html", b"slow down\n", ("Retry-After", LATER))


def on_much_later(handler, answer):
    say(handler, 429, "text/html", b"slow down\n", ("Retry-After", MUCH_LATER))


def on_storm(handler, answer):
    say(handler, 500, "text/html", b"an error has occurred\n")


def on_html(handler, answer):
    """What a sign-in page looks like."""
    say(handler, 200, "text/html; charset=utf-8", b"<!DOCTYPE html><title>Sign in</title>\n")


def on_deep(handler, answer):
    say(handler, 200, answer.kind, b"[" * DEPTH + b"]" * DEPTH)


def on_half(handler, answer):
    """Half of the body as if it were all of it."""
    say(handler, answer.status, answer.kind, answer.body[:len(answer.body) // 2],
        *answer.headers.items())


def on_bomb(handler, answer):
    say(handler, 200, answer.kind, gzip.compress(b"\0" * BOMB, 1), ("Content-Encoding", "gzip"))


def endless_piece(kind):
    """What may stand there as often as one likes: blanks in JSON and text, progress in git's."""
    if kind.startswith("application/x-git-upload-pack"):
        return b"%04x\2" % (5 + 1000) + b"p" * 1000
    return b" " * PIECE


def on_endless(handler, answer):
    handler.send_response(200)
    handler.send_header("Content-Type", answer.kind)
    handler.send_header("Transfer-Encoding", "chunked")
    handler.end_headers()
    if answer.kind == "application/x-git-upload-pack-result":
        handler.wfile.write(b"d\r\n000dpackfile\n\r\n")
    piece = endless_piece(answer.kind)
    chunk = b"%x\r\n%s\r\n" % (len(piece), piece)
    while True:
        handler.wfile.write(chunk)


def on_loop(handler, answer):
    redirect(handler, handler.path)


def redirect(handler, url):
    say(handler, 302, "text/html", b"", ("Location", url))


FAULTS = {name[3:].replace("_", "-"): do for name, do in list(globals().items())
          if name.startswith("on_")}


def perform(handler, fault, answer):
    handler.close_connection = True
    name, _, url = fault.partition(":")
    if name == "redirect":
        redirect(handler, url)
    else:
        FAULTS[name](handler, answer)

#!/usr/bin/env python3
# SPDX-License-Identifier: 0BSD
"""Plays Acme CI and the host of its repository, to try the connector against.

    python3 acme.py start     makes the folder demo anew, and serves it in the background
    python3 acme.py stop

In demo are a git repository with one commit, the file that was built from it, what Acme CI says of
that build (build.json, project.json: read anew for each question, so change them), a configuration
of Countermark, and the keys that belong to it. The server listens on this machine only, on a port
that is free, and ends after an hour in any case.
"""

import datetime
import http.server
import json
import os
import pwd
import shutil
import signal
import ssl
import subprocess
import sys
import threading
import time

HERE = os.path.dirname(os.path.abspath(__file__))
DEMO = os.path.join(HERE, "demo")
LIFE = 3600  # seconds
ARTIFACT = "widget-1.0.txt"

CONFIGURATION = """organization = {{ slug = "acme"; }};
state = "{demo}/state";
plugin_path = [ "{here}/build" ];
systems = ( {{ slug = "acme"; connector = "acme_ci"; url = "{url}";
              ca = "{demo}/server.pem"; allow_addresses = [ "127.0.0.1", "::1" ]; }} );
hosts = ( {{ name = "localhost:{port}";
            ca = "{demo}/server.pem"; allow_addresses = [ "127.0.0.1", "::1" ]; }} );
projects = ( {{ slug = "widget"; repositories = [ "{url}/git/widget" ];
  links = ( {{ system = "acme"; project = "widget"; project_id = "p-4711";
              token = "file:{demo}/token"; }} );
  signing_policies = ( {{ slug = "release"; systems = [ "acme" ]; refs = [ "refs/heads/main" ];
                         submitters = [ "local:{user}" ]; }} ); }} );
"""


def path(*parts):
    return os.path.join(DEMO, *parts)


def write(name, text, mode=0o644):
    with open(os.open(path(name), os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode), "w",
              encoding="utf-8") as file:
        file.write(text)


def read(name):
    with open(path(name), "rb") as file:
        return file.read()


def run(*words, **more):
    try:
        return subprocess.run(words, check=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                              **more).stdout.decode().strip()
    except FileNotFoundError:
        sys.exit(f"acme.py: it needs {words[0]}; install that and start again")
    except subprocess.CalledProcessError as failed:
        sys.exit(f"acme.py: {' '.join(words[:3])} failed: {failed.stderr.decode().strip()}")


def git(*words):
    person = {"NAME": "A. Developer", "EMAIL": "a@example.invalid", "DATE": "1790000000 +0000"}
    environment = {"PATH": os.environ["PATH"], "HOME": DEMO, "GIT_CONFIG_NOSYSTEM": "1"}
    for who in ("AUTHOR", "COMMITTER"):
        environment.update({f"GIT_{who}_{what}": text for what, text in person.items()})
    return run("git", *words, cwd=path("git", "widget"), env=environment)


# ---- what is served

def make_repository():
    """One commit on main; gives its id."""
    os.makedirs(path("git", "widget"))
    git("init", "--quiet", "--initial-branch=main")
    git("config", "uploadpack.allowFilter", "true")
    with open(path("git", "widget", "widget.txt"), "w", encoding="utf-8") as file:
        file.write("widget 1.0\n")
    git("add", "widget.txt")
    git("commit", "--quiet", "--message", "A widget")
    return git("rev-parse", "HEAD")


def user():
    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        return str(os.getuid())


def make_demo(port):
    url = f"https://localhost:{port}"
    with open(os.path.join(HERE, "answers", "build.json"), encoding="utf-8") as file:
        build = json.load(file)
    build["commit"] = make_repository()
    build["repository"] = url + "/git/widget"
    build["started"] = datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
    write("build.json", json.dumps(build, indent=2) + "\n")
    shutil.copy(os.path.join(HERE, "answers", "project.json"), path("project.json"))
    shutil.copy(path("git", "widget", "widget.txt"), path(ARTIFACT))
    write("token", "a-token-of-a-demo\n", 0o600)
    write("countermark.conf",
          CONFIGURATION.format(url=url, port=port, demo=DEMO, here=HERE, user=user()))


def make_certificate():
    run("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
        "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1",
        "-days", "2", "-keyout", path("server.key"), "-out", path("server.pem"))


# ---- serving

class Acme(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def do_GET(self):
        if self.path.startswith("/git/"):
            self.git(b"")
        else:
            self.api()

    def do_POST(self):
        self.git(self.rfile.read(int(self.headers.get("Content-Length", 0))))

    def api(self):
        if self.headers.get("Authorization") != "Bearer " + read("token").decode().strip():
            return self.answer(401, b'{"message": "who are you?"}')
        number = json.loads(read("build.json"))["number"]
        files = {"/api/projects/widget": "project.json", f"/api/builds/{number}": "build.json",
                 f"/api/builds/{number}/file": ARTIFACT}
        if self.path not in files:
            return self.answer(404, b'{"message": "there is no such thing"}')
        return self.answer(200, read(files[self.path]))

    def git(self, body):
        """Runs git's own CGI program, as a web server would."""
        where, _, query = self.path[len("/git"):].partition("?")
        done = subprocess.run(["git", "http-backend"], input=body, check=False,
                              stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env={
            "PATH": os.environ["PATH"], "GIT_PROJECT_ROOT": path("git"), "HOME": DEMO,
            "GIT_HTTP_EXPORT_ALL": "1", "REQUEST_METHOD": self.command, "PATH_INFO": where,
            "QUERY_STRING": query, "CONTENT_TYPE": self.headers.get("Content-Type", ""),
            "CONTENT_LENGTH": str(len(body)), "REMOTE_ADDR": "127.0.0.1",
            "GIT_PROTOCOL": self.headers.get("Git-Protocol", "")})
        head, _, content = done.stdout.partition(b"\r\n\r\n")
        fields = dict(line.split(": ", 1) for line in head.decode().split("\r\n") if ": " in line)
        self.answer(int(fields.pop("Status", "200").split()[0]), content, fields)

    def answer(self, status, content, fields=()):
        self.send_response(status)
        for name, value in dict(fields).items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def process_request_thread(self, request, client_address):
        """The handshake in the thread of the request, so that nobody waits for another's."""
        try:
            request = self.tls.wrap_socket(request, server_side=True)
            super().process_request_thread(request, client_address)
        except OSError:
            self.shutdown_request(request)

    def handle_error(self, *_):
        pass


# ---- start and stop

def serving():
    """The process that serves, or None."""
    try:
        pid = int(read("pid"))
        with open(f"/proc/{pid}/cmdline", "rb") as file:
            return pid if b"acme.py" in file.read() else None
    except (OSError, ValueError):
        return None


def start():
    if serving():
        sys.exit("acme.py: it serves already; stop it first: python3 acme.py stop")
    shutil.rmtree(DEMO, ignore_errors=True)
    os.mkdir(DEMO)
    server = Server(("127.0.0.1", 0), Acme)  # listens from here on
    port = server.server_address[1]
    make_certificate()
    make_demo(port)
    server.tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.tls.load_cert_chain(path("server.pem"), path("server.key"))
    pid = os.fork()
    if pid > 0:
        write("pid", f"{pid}\n")
        print(f"Acme CI answers at https://localhost:{port}")
        return
    os.setsid()
    with open(os.devnull, "r+b") as nothing:
        for stream in (0, 1, 2):
            os.dup2(nothing.fileno(), stream)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    threading.Timer(LIFE, os._exit, [0]).start()
    server.serve_forever()


def stop():
    pid = serving()
    if pid is None:
        sys.exit("acme.py: it does not serve")
    os.kill(pid, signal.SIGTERM)
    while serving():
        time.sleep(0.02)
    print("Acme CI is gone")


if __name__ == "__main__":
    if len(sys.argv) != 2 or sys.argv[1] not in ("start", "stop"):
        sys.exit(__doc__.strip())
    start() if sys.argv[1] == "start" else stop()

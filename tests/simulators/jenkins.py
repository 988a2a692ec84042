#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A Jenkins controller over TLS, as far as a connector asks one, driven by scenario files.

    jenkins.py --cert PEM --key PEM --scenarios FOLDER [--log FILE] [--limit SECONDS]

Listens on two free ports of 127.0.0.1: the controller, and the resource domain that downloads are
redirected to if the scenario says so. Prints one JSON line {"jenkins": PORT, "resources": PORT};
stops when stdin closes, or after the limit. FOLDER/NAME.json is served below /NAME; files are read
when they are first asked for and again when they change.

A scenario:

    { "version": "2.541.3", "identity": "MIIB...",    null: neither is shown
      "users": { NAME: { "token": "...",
                         "rights": [ "read", "extended", "admin", "credentials" ] } },
      "jobs": { FULL NAME: { "_class": ..., "actions": [ ... ], "config": XML,
                             "history": [ ... ],      absent: the plug-in is not installed
                             "builds": { "42": { ... } },
                             "files": { "42": { "out/a.nupkg": BODY } } } },
      "resources": true,                              downloads come from the resource domain
      "overrides": [ ... ] }                          and what else serving.py heeds

Endpoints of overrides: login, who, plugins, credentials, job, config, history, build, download,
sidecar (a download of a .sha256), resources. Of job, config and history the detail that readings
are counted by is the job.

As Jenkins does: a page without credentials is 403, with wrong ones 401, without the right to see a
job 404; these pages are HTML. Jobs are found whatever the case of their names is. `tree` selects
members; `_class` is always there. Addresses in answers are those of another root, as behind a proxy
that tells nothing.
"""

import base64
import hmac
import re
import secrets
from urllib.parse import parse_qs, quote, unquote

from serving import Answer, Simulation, serve

PAGES = {"login": "login", "whoAmI/api/json": "who", "pluginManager/api/json": "plugins",
         "credentials/store/system/domain/_/api/json": "credentials"}
MAPS = {"buildsByBranchName"}  # whose members are no level of a tree


def read_tree(text):
    """{ member: what below it, or None for all }"""
    def members(at):
        found = {}
        while True:
            match = re.compile(r"[A-Za-z0-9_]+").match(text, at)
            if match is None:
                raise ValueError(f"tree: {text[at:]!r}")
            name, at, below = match.group(), match.end(), None
            if text[at:at + 1] == "[":
                below, at = members(at + 1)
                at += 1  # ]
            found[name] = below
            if text[at:at + 1] != ",":
                return found, at
            at += 1
    tree, end = members(0)
    if end != len(text):
        raise ValueError(f"tree: {text[end:]!r}")
    return tree


def select(value, tree):
    if isinstance(value, list):
        return [select(item, tree) for item in value]
    if not isinstance(value, dict) or tree is None:
        return value
    kept = {}
    for name, inner in value.items():
        if name == "_class":
            kept[name] = inner
        elif name in tree and name in MAPS and isinstance(inner, dict):
            kept[name] = {key: select(item, tree[name]) for key, item in inner.items()}
        elif name in tree:
            kept[name] = select(inner, tree[name])
    return kept


def page(status, text):
    return Answer(status, "text/html;charset=utf-8", f"<html><body>{text}</body></html>".encode())


class Simulator(Simulation):
    listeners = ("jenkins", "resources")

    def __init__(self, folder):
        super().__init__(folder)
        self.signing = secrets.token_bytes(16)

    @staticmethod
    def split(listener, path):
        match = re.fullmatch(r"/([a-z0-9][a-z0-9-]*)/(.*)", path)
        return match and match.groups()

    def answer_at(self, listener, name, path, query, header):
        scenario = self.scenarios.get(name)
        if scenario is None:
            return page(404, "Not found"), "no"
        if listener == "resources":
            return self.resource(name, scenario, path, header)
        said, rights = self.who(scenario, header)
        answer = self.page(name, scenario, path, query, said, rights)
        if scenario["version"]:
            answer.headers.setdefault("X-Jenkins", scenario["version"])
        return answer, said

    # ---- who asks?

    @staticmethod
    def who(scenario, header):
        """("yes", "no" or "wrong", rights)"""
        if header is None:
            return "no", set()
        scheme, _, coded = header.partition(" ")
        try:
            user, _, token = base64.b64decode(coded).decode().partition(":")
        except ValueError:
            return "wrong", set()
        known = scenario["users"].get(user)
        right = known and hmac.compare_digest(known["token"].encode(), token.encode())
        if scheme.lower() != "basic" or not right:
            return "wrong", set()
        return "yes", set(known["rights"])

    # ---- the controller

    def page(self, name, scenario, path, query, said, rights):
        if said == "wrong":
            answer = page(401, "Invalid password/token")
            answer.headers["WWW-Authenticate"] = 'Basic realm="Jenkins"'
            return answer
        endpoint = PAGES.get(path)
        if endpoint == "login":
            answer = page(200, "Sign in")
            if scenario.get("identity"):
                answer.headers["X-Instance-Identity"] = scenario["identity"]
            return self.finished(name, scenario, "login", None, None, answer)
        if said == "no":
            return page(403, "Authentication required")
        if endpoint:
            return self.of_controller(name, scenario, endpoint, rights)
        return self.of_job(name, scenario, path, query, rights)

    def of_controller(self, name, scenario, endpoint, rights):
        needed = {"plugins": "admin", "credentials": "credentials"}.get(endpoint)
        values = {
            "who": {"_class": "hudson.security.WhoAmI", "anonymous": False, "authenticated": True,
                    "authorities": ["authenticated"], "name": next(iter(scenario["users"]))},
            "plugins": {"plugins": [{"shortName": "git"}]},
            "credentials": {"credentials": [{"id": "deploy"}]}}
        value, answer = values[endpoint], Answer()
        if needed and needed not in rights:
            value, answer = None, page(403, "missing the Overall/Administer permission")
        return self.finished(name, scenario, endpoint, None, value, answer)

    @staticmethod
    def find_job(scenario, path):
        """(full name, the path behind it); Jenkins looks for items without regard to case."""
        match = re.match(r"((?:job/[^/]+/?)+)", path)
        if match is None:
            return None, None
        parts = match.group(1).strip("/").split("/")
        full = "/".join(unquote(part) for part in parts[1::2])
        for known in scenario["jobs"]:
            if known.lower() == full.lower():
                return known, path[match.end():]
        return None, None

    def of_job(self, name, scenario, path, query, rights):
        full, rest = self.find_job(scenario, path)
        if full is None or "read" not in rights:
            return page(404, "Not Found")
        job = scenario["jobs"][full]
        tree = parse_qs(query).get("tree")
        build = re.fullmatch(r"([0-9]+)/(.*)", rest)
        if rest == "config.xml":
            return self.config(name, scenario, full, rights)
        if rest == "api/json":
            value = {"fullName": full, "url": f"http://localhost:8080/job/{full}/",
                     **{k: job[k] for k in ("_class", "actions")}}
            return self.told(name, scenario, ("job", full), value, tree)
        if rest == "jobConfigHistory/api/json" and "history" in job:
            value = {"jobConfigHistory": job["history"] if "extended" in rights else []}
            return self.told(name, scenario, ("history", full), value, tree)
        if build and build.group(1) in job["builds"]:
            return self.of_build(name, scenario, full, build.groups(), tree)
        return page(404, "Not Found")

    def told(self, name, scenario, what, value, tree):
        if tree:
            value = select(value, read_tree(tree[0]))
        return self.finished(name, scenario, what[0], what[1], value, Answer())

    def config(self, name, scenario, full, rights):
        answer = page(403, "missing the Job/ExtendedRead permission")
        if "extended" in rights:
            answer = Answer(kind="application/xml",
                            body=scenario["jobs"][full]["config"].encode())
        return self.finished(name, scenario, "config", full, None, answer)

    def of_build(self, name, scenario, full, build, tree):
        number, rest = build
        if rest == "api/json":
            value = scenario["jobs"][full]["builds"][number]
            return self.told(name, scenario, ("build", full), value, tree)
        files = scenario["jobs"][full].get("files", {}).get(number, {})
        file = unquote(rest[len("artifact/"):]) if rest.startswith("artifact/") else None
        if file not in files:
            return page(404, "Not Found")
        endpoint = "sidecar" if file.endswith(".sha256") else "download"
        answer = Answer(kind="application/octet-stream")
        answer.take_body(files[file])
        if scenario.get("resources"):
            answer = Answer(302, "text/html")
            path = f"static-files/{full}/{number}/{file}"
            answer.headers["Location"] = (f"{self.origin('resources', name)}/{name}/"
                                          f"{self.signature(path)}/{quote(path)}")
        return self.finished(name, scenario, endpoint, file, None, answer)

    # ---- the resource domain: no credentials, or it is not answered

    def signature(self, path):
        return hmac.new(self.signing, path.encode(), "sha256").hexdigest()

    def resource(self, name, scenario, path, header):
        said = "no" if header is None else "yes"
        match = re.fullmatch(r"([0-9a-f]+)/(static-files/(.+)/([0-9]+)/([^/].*))", unquote(path))
        if match is None or match.group(1) != self.signature(match.group(2)):
            return page(404, "Not Found"), said
        if header is not None:
            return page(400, "No authentication here"), said
        job = next(j for j in scenario["jobs"] if match.group(2).startswith(f"static-files/{j}/"))
        number, file = match.group(2)[len(f"static-files/{job}/"):].split("/", 1)
        answer = Answer(kind="application/octet-stream")
        answer.take_body(scenario["jobs"][job]["files"][number][file])
        return self.finished(name, scenario, "resources", file, None, answer), said


if __name__ == "__main__":
    serve(Simulator, "A Jenkins controller over TLS, for tests.")

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
      "jobs": { "JOB": { "artifacts": [ ... ], "log": "...", "files": { "out/a.nupkg": BODY } } },
      "projects": [ ... ],                   of the account; default: the one
      "users": [ ... ], "roles": [ ... ], "environments": [ ... ],
      "administrators": [ KEY ],             that may list users, roles and environments; AppVeyor
                                             does not tell how it refuses the others: 403 here
      "strangers": { KEY: [ project ] },     keys of version 1 of another account, and its projects
      "overrides": [ ... ] }                 and what else serving.py heeds

Endpoints of overrides: project, build, settings, artifacts, log, download, store, projects, users,
roles, environments.

The log has one JSON line for each request: when it began and ended (monotonic seconds), which
listener and scenario, method, path, whether a key came with it ("yes", "no", "wrong"; never the
key itself), the status, and what an override names it by: [endpoint, reading].
"""

import hashlib
import hmac
import re
import secrets
from urllib.parse import quote, unquote

from serving import Answer, Simulation, serve

LISTS = (["projects"], ["users"], ["roles"], ["environments"])


class Simulator(Simulation):
    listeners = ("api", "store")

    def __init__(self, folder):
        super().__init__(folder)
        self.signing = secrets.token_bytes(16)

    @staticmethod
    def split(listener, path):
        match = re.fullmatch(rf"(?:/([a-z0-9][a-z0-9-]*))??/{listener}(/.*)", path)
        return match and (match.group(1) or "default", match.group(2))

    def answer_at(self, listener, name, path, query, header):
        if listener == "api":
            return self.api(name, path, header)
        return self.store(name, path, query, header)


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


if __name__ == "__main__":
    serve(Simulator, "An AppVeyor over TLS, for tests.")

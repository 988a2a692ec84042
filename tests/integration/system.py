#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""countermark system check: one key as it should be, and each change that makes it another.

    system.py COUNTERMARK
"""

import json
import os
import signal
import subprocess
import sys
import time
import unittest

import forms
from row import EXAMINATION
from suite import Suite
from world import ACCOUNT, ACCOUNT_ID, PROJECT_ID, SLUG, V1_KEY, V2_KEY

GOOD = {check: "pass" for check in EXAMINATION}
GOOD["appveyor.key-read-only"] = "unknown"
LISTS = ("settings", "projects", "users", "roles", "environments")
PERSON = {"userId": 2019, "fullName": "Jo Example", "email": "jo@acme.example", "roleId": 5,
          "accountId": ACCOUNT_ID, "roleName": "User"}
SECRETS = ("Jo Example", "jo@acme.example", "pr0ductionk3y", V1_KEY, V2_KEY)


def project(number, account=ACCOUNT_ID, name=ACCOUNT):
    return {"projectId": number, "accountId": account, "accountName": name, "slug": f"p{number}",
            "nuGetFeed": {"id": "pr0ductionk3y"}}


def v2(forms):
    def change(w):
        w.key = V2_KEY
        w.scenario["v2"] = forms
    return change


def administrators(w):
    w.scenario.update(administrators=[V1_KEY], users=[PERSON], roles=[{"roleId": 4}, {"roleId": 5}],
                      environments=[{"deploymentEnvironmentId": 1, "name": "pr0ductionk3y"}],
                      projects=[w.project, project(1), project(2)])


def strangers(w):
    w.key = "strangerstrangerstranger"
    w.scenario["strangers"] = {w.key: [project(9, 1, "elsewhere")]}


def all_refused(status):
    def change(w):
        for at in LISTS:
            w.override(at, status=status)
    return change


def roles(*rights):
    """A role for each list of rights, beside the administrators."""
    def change(w):
        aces = w.project["securityDescriptor"]["roleAces"] = [
            {"roleId": 9, "name": "Administrator", "isAdmin": True, "accessRights": []}]
        for allowed in rights:
            aces.append({"roleId": 10, "name": "R", "isAdmin": False, "accessRights": [
                {"name": name, "allowed": name in allowed}
                for name in ("View", "RunBuild", "Update", "Delete")]})
    return change


def updated(what, **how):
    return lambda w: getattr(w, what).update(how)


def without_ids(w):
    del w.link["account_id"], w.link["project_id"]


def no_answer(w):
    w.system["url"] = f"https://localhost:{w.ports['canary']}/"


# (name, change, exit, { check without "appveyor.": word } that differ, text in the report)
ROWS = [
    ("as it should be", lambda w: None, 0, {}, "version 1, of one account"),
    ("wrong key", lambda w: setattr(w, "key", "wrong"), 3,
     {"key-valid": "fail", "key-reads-project": "fail", "ids-linked": "unknown",
      "key-one-account": "unknown", "key-one-project": "unknown", "key-no-team": "unknown",
      "key-no-environments": "unknown"}, "AppVeyor refuses it"),
    ("no key", lambda w: w.link.pop("api_key"), 3,
     {check[9:]: "unknown" for check in GOOD if check.startswith("appveyor.")},
     "give --api-key"),
    ("refused with 403", all_refused(403), 3,
     {"key-valid": "fail", "key-reads-project": "fail", "ids-linked": "unknown",
      "key-one-account": "unknown", "key-one-project": "unknown", "key-no-team": "unknown",
      "key-no-environments": "unknown"}, "AppVeyor refuses it"),
    ("version 2", v2("both"), 1, {"key-one-account": "fail"}, "every account that its user"),
    ("version 2, prefixed", v2("prefixed"), 1, {"key-one-account": "fail"}, ""),
    ("version 2, unprefixed", v2("unprefixed"), 4,
     {"key-valid": "unknown", "key-one-account": "unknown", "key-one-project": "unknown",
      "key-no-team": "unknown", "key-no-environments": "unknown"}, "answered 400"),
    ("administrator", administrators, 1,
     {"key-one-project": "fail", "key-no-team": "fail", "key-no-environments": "fail"},
     "it lists 1 user, 2 roles"),
    ("of another account", strangers, 1,
     {"key-reads-project": "fail", "ids-linked": "unknown", "key-one-account": "fail",
      "key-one-project": "fail"}, "version 1, of account elsewhere"),
    ("only some projects are listed", lambda w: w.scenario.update(projects=[]), 4,
     {"key-one-account": "unknown", "key-one-project": "unknown"}, "lists no projects"),
    ("link without ids", without_ids, 4, {"ids-linked": "unknown"},
     f'account_id = "{ACCOUNT_ID}"; project_id = "{PROJECT_ID}";'),
    ("link with other ids", updated("link", project_id="4712"), 1,
     {"ids-linked": "fail", "key-one-project": "fail"}, "the link says 4712"),
    ("link to another name", updated("link", project="gadget"), 1,
     {"key-reads-project": "fail", "ids-linked": "unknown"}, "no project gadget of account acme"),
    ("a role that may only see", roles(["View"]), 0, {}, "does not tell which role"),
    ("every role may run builds", roles(["View", "RunBuild"], ["View", "RunBuild", "Update"]), 0,
     {"key-read-only": "fail"}, "has the rights RunBuild"),
    ("clock a little ahead", updated("scenario", clock=45), 0, {}, ""),
    ("clock ahead", updated("scenario", clock=300), 1, {"system.clock": "fail"}, "ahead of ours"),
    ("clock behind", updated("scenario", clock=-86400), 1, {"system.clock": "fail"},
     "behind ours"),
    ("no clock", updated("scenario", clock=None), 4, {"system.clock": "unknown"}, "tells its time"),
    ("clock and refused key", lambda w: (setattr(w, "key", "wrong"), w.scenario.update(clock=300)),
     3, {"key-valid": "fail", "key-reads-project": "fail", "ids-linked": "unknown",
         "key-one-account": "unknown", "key-one-project": "unknown", "key-no-team": "unknown",
         "key-no-environments": "unknown", "system.clock": "fail"}, ""),
    ("an old server", lambda w: [w.override(at, status=404) for at in LISTS[1:]], 4,
     {"key-one-account": "unknown", "key-one-project": "unknown", "key-no-team": "unknown",
      "key-no-environments": "unknown"}, "neither shows nor refuses"),
    ("pages for answers", lambda w: [w.override(at, raw="<html>", type="text/html")
                                     for at in LISTS], 4,
     {check[9:]: "unknown" for check in GOOD if check.startswith("appveyor.")},
     "invalid token near"),
    ("objects for lists", lambda w: [w.override(at, raw="{}") for at in LISTS[1:]], 4,
     {"key-one-account": "unknown", "key-one-project": "unknown", "key-no-team": "unknown",
      "key-no-environments": "unknown"}, ""),
    ("users that repeat the key", lambda w: w.override("users", raw=json.dumps([V1_KEY])), 1,
     {"key-no-team": "fail"}, "it lists 1 user"),
    ("settings that repeat the key", lambda w: w.project.update(accountName=V1_KEY), 4,
     {check[9:]: "unknown" for check in GOOD if check.startswith("appveyor.")},
     "repeats a secret"),
    ("somewhere else", lambda w: w.override("projects", redirect="{store}/x"), 4,
     {"key-one-account": "unknown", "key-one-project": "unknown"}, ""),
]


def texts(value):
    """All texts of a JSON value, as they are meant."""
    if isinstance(value, str):
        return value + "\n"
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return "".join(texts(one) for one in inner)


class System(Suite):
    name = "system"

    def check(self, folder, conf, *words):
        result = self.bench.run(folder, "system", "check", *conf, *words)
        for secret in SECRETS:
            self.assertNotIn(secret, result.out + result.err)
        return result

    def test_rows(self):
        for name, change, status, answers, text in ROWS:
            with self.subTest(name):
                world, folder, conf = self.world(change)
                result = self.check(folder, conf, "--format", "json")
                self.expect(result, status)
                self.assertIn(text, texts(result.report))
                self.assertEqual(forms.wrong_with("report-1", result.report), [])
                expected = dict(GOOD)
                expected.update({name if "." in name else "appveyor." + name: word
                                 for name, word in answers.items()})
                self.assertEqual(result.words, expected)
                self.assertEqual(os.listdir(os.path.join(folder, "tmp")), [])

    def answered(self, world, count):
        """What it was asked: the simulator writes a question down when it has answered it, which
        the program does not wait for."""
        until = time.monotonic() + 30
        while True:
            requests = self.bench.requests(world)
            if len(requests) >= count or time.monotonic() > until:
                return requests
            time.sleep(0.02)

    def test_only_reading(self):
        """GET only, the key to AppVeyor only, and no question about a build or a repository."""
        world, folder, conf = self.world(administrators)
        self.check(folder, conf)
        requests = self.answered(world, 5)
        self.assertEqual({r["method"] for r in requests}, {"GET"})
        self.assertEqual(sorted(r["path"].split("/api/")[1] for r in requests),
                         ["environments", f"projects", f"projects/{ACCOUNT}/{SLUG}/settings",
                          "roles", "users"])

    def test_report(self):
        world, folder, conf = self.world(administrators)
        result = self.check(folder, conf)
        self.expect(result, 1, "project     acme/widget", "system      appveyor",
                    "FAIL appveyor.key-no-team", "observed   it lists 1 user, 2 roles",
                    "expected   AppVeyor refuses to list them", "remedy     Under Team",
                    "advice     not counted", "not well: 3 of 8 checks failed (1 not counted)")
        self.assertNotIn("policy", result.out)
        world, folder, conf = self.world(lambda w: w.scenario.update(projects=[], clock=None))
        self.expect(self.check(folder, conf), 4, "not known: 3 of 8 checks could not be answered",
                    "observed   AppVeyor lists no projects", "remedy     Make a key of version 1",
                    "remedy     Under Team", "remedy     Compare the clocks")
        world, folder, conf = self.world()
        self.expect(self.check(folder, conf), 0, "all well: all 8 checks passed (1 not counted)")
        self.assertEqual(self.check(folder, conf, "--quiet").out, "")

    def test_report_for_machines(self):
        world, folder, conf = self.world()
        report = self.check(folder, conf, "--format", "json").report
        self.assertEqual((report["mode"], report["outcome"]), ("system check", "accepted"))
        self.assertEqual(set(report["request"]), {"organization", "project", "system", "names"})
        weights = {a["check"]: a["weight"] for a in report["answers"]}
        self.assertEqual({c for c, w in weights.items() if w != "required"},
                         {"appveyor.key-read-only"})
        self.assertEqual(weights["appveyor.key-read-only"], "advice")

    # ---- words, and those who do not answer

    def test_words(self):
        _, folder, conf = self.world()
        for words, text in ((["more"], "takes no argument"), (["--format", "xml"], "xml"),
                            (["--timeout", "soon"], "--timeout takes a duration"),
                            (["--project", "gadget"], "widget"), (["--build", "7"], "no option"),
                            (["--system", "ci"], "it is linked to: appveyor")):
            with self.subTest(words=words):
                result = self.check(folder, conf, *words)
                self.expect(result, 2, text)
                self.assertEqual((result.out, result.err.count("\n")), ("", 1))

    def test_configuration(self):
        def second(w):
            w.trust["projects"].append({**w.linked, "slug": "gadget"})
        _, folder, conf = self.world(second)
        self.expect(self.check(folder, conf), 2, "name the project: --project")
        self.expect(self.check(folder, conf, "--project", "gadget"), 0)
        self.expect(self.check(folder, ["--config", "/nonexistent.conf"]), 3, "No such file")
        _, folder, conf = self.world(lambda w: w.link.update(acount="x"))
        self.expect(self.check(folder, conf), 3, "acount", "account")
        _, folder, conf = self.world(lambda w: w.link.update(assume=["no-global-yml"]))
        self.expect(self.check(folder, conf), 3, "did you mean 'no-global-yaml'?")
        _, folder, conf = self.world(lambda w: w.link.update(api_key="file:/nonexistent"))
        self.expect(self.check(folder, conf), 3, "the secret of option 'api_key'")

    def test_nobody_answers(self):
        for change in (no_answer, lambda w: w.system.pop("allow_addresses"),
                       lambda w: w.system.update(spki=w.paths["pin"][:-3] + "AA=")):
            _, folder, conf = self.world(change)
            result = self.check(folder, conf, "--format", "json", "--timeout", "2s")
            self.expect(result, 4)
            self.assertEqual(set(result.words.values()), {"unknown"})

    def test_time_runs_out(self):
        _, folder, conf = self.world(lambda w: w.override("users", latency=10.0))
        result = self.check(folder, conf, "--format", "json", "--timeout", "1s")
        self.expect(result, 4)
        self.assertEqual(result.report["retry"], "yes")
        self.assertEqual(result.answer("appveyor.key-valid")["answer"], "pass")

    def test_interrupted(self):
        world, folder, conf = self.world(lambda w: w.override("users", latency=60.0))
        running = subprocess.Popen([self.program, "system", "check", *conf],
                                   env=self.bench.environment(folder), stdout=subprocess.PIPE,
                                   stderr=subprocess.PIPE)
        for _ in range(1000):
            if any(r["path"].endswith("/roles") for r in self.bench.requests(world)):
                break
            time.sleep(0.01)
        running.send_signal(signal.SIGINT)
        out, _ = running.communicate(timeout=10)
        self.assertEqual((running.returncode, out), (128 + signal.SIGINT, b""))


if __name__ == "__main__":
    System.program = os.path.abspath(sys.argv.pop(1))
    unittest.main()

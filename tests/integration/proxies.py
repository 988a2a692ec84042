#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Through a proxy: an honest build is accepted and the report says so; each rule of what may go
through it, and each way in which it fails, is said and decides nothing wrongly; its password and
what it must not see stay where they belong.

    proxies.py COUNTERMARK FIXTURE_OPTIONS
"""

import base64
import json
import os
import socket
import sys
import unittest

import forms
from harness import LIFE
from leaks import hidden_in
from row import BEHIND_GATE, EVERYTHING, FILES, REPOSITORY, lost, unknown
from suite import Suite
from rows_honest import private_with_token
from world import GIT_TOKEN

COUNTERMARK = FIXTURE = None
USER, PASSWORD = "proxy-user", "pr0xyMARKpr0xyMARKpr0xyMARK"
BASIC = base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()
NO_SYSTEM = lost("build", "settings", "project", *BEHIND_GATE)
NO_REPOSITORY = lost("repository-probe", "repository-refs", *REPOSITORY, *FILES)
NO_ARTIFACT = unknown("artifact-from-job", "artifact.digest")
NOTHING = lost(*EVERYTHING)
# There is no tag here.
ASKED = set(EVERYTHING) - {"repository-tag-path"}


class Proxies(Suite):
    name = "proxied"

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        bench = cls.bench
        cls.log = bench.path("proxy.log")
        files = {stem: (bench.path("tls", stem + ".pem"), bench.path("tls", stem + ".key"))
                 for stem in ("server", "foreign")}
        cls.ports = bench.launch(
            "proxy.py", "--log", cls.log, "--user", f"{USER}:{PASSWORD}", "--seconds", str(LIFE),
            *[word for stem, pair in files.items() for word in ("--tls", stem, *pair)])
        cls.password = bench.path("proxy.password")
        with open(os.open(cls.password, os.O_WRONLY | os.O_CREAT, 0o600), "w",
                  encoding="utf-8") as file:
            file.write(PASSWORD + "\n")

    def at(self, listener, scheme="http", **more):
        return {"url": f"{scheme}://127.0.0.1:{self.ports[listener]}", **more}

    def demanding(self, **more):
        return self.at("auth", user=USER, password="file:" + self.password, **more)

    def behind(self, proxy=None, **hosts):
        world = self.bench.world(self.name)
        world.behind(proxy or self.at("plain"), **hosts)
        return world

    def seen(self):
        """What the proxy was asked for, all in all."""
        if not os.path.exists(self.log):
            return []
        with open(self.log, encoding="utf-8") as file:
            return [json.loads(line) for line in file]

    def evidence(self, result):
        with open(os.path.join(result.folder, "evidence.json"), encoding="utf-8") as file:
            return json.loads(base64.b64decode(json.load(file)["payload"]))

    def expect_answers(self, world, answers, *texts, status=None):
        """All checks that are not named pass; replay says the same."""
        result = self.bench.verify(world)
        self.assertIsNotNone(result.report, result.err)
        wrong = {check: word for check, word in result.words.items()
                 if word != answers.get(check, "pass")}
        self.assertEqual(wrong, {}, result.out)
        self.expect(result, status or (4 if answers else 0), *texts)
        again = self.bench.replay(result, "--accept-unsealed")
        self.assertEqual(again.words, result.words)
        return result

    # ---- an honest proxy

    def test_accepted_and_said(self):
        for kind, proxy in (("open", self.at("plain")), ("with a password", self.demanding()),
                            ("with TLS", self.at("server", "https", ca=self.bench.paths["ca"]))):
            with self.subTest(kind=kind):
                before = len(self.seen())
                world = self.behind(proxy)
                result = self.expect_answers(world, {})
                documents = self.evidence(result)["documents"]
                self.assertEqual([name for name in sorted(documents) if "proxy" in documents[name]],
                                 result.report["through_proxy"])
                self.assertEqual(set(result.report["through_proxy"]), ASKED)
                self.assertEqual(forms.wrong_with("report-1", result.report), [])
                self.assertEqual(forms.wrong_with("evidence-1", self.evidence(result)), [])
                asked = {(line["host"], int(line["port"])) for line in self.seen()[before:]}
                self.assertEqual(asked, {(world.hosts[name], world.ports[name])
                                         for name in ("api", "store", "git")})
                text = "through proxy: system, repository"
                self.assertIn(text, self.bench.verify_again(world, result.folder,
                                                            form="text").out)
                again = self.bench.replay(result, "--accept-unsealed", form="text")
                self.assertIn(text, again.out)
                self.assertEqual(
                    self.bench.replay(result, "--accept-unsealed").report["through_proxy"],
                    result.report["through_proxy"])

    def test_link_is_shown_through_it(self):
        world, before = self.behind(self.demanding()), len(self.seen())
        folder = self.bench.prepare(world)
        self.expect(self.bench.run(folder, "link", "show", "--config",
                                   os.path.join(folder, "countermark.conf"), *world.arguments), 0)
        self.assertGreater(len(self.seen()), before)

    def test_it_is_said_before(self):
        world, before = self.behind(self.demanding()), len(self.seen())
        folder = self.bench.prepare(world)
        for form in ("text", "json"):
            result = self.bench.verify_again(world, folder, "--dry-run", form=form)
            self.expect(result, 0, f"http://127.0.0.1:{self.ports['auth']}")
        self.assertEqual(len(self.seen()), before)

    def test_no_proxy_goes_directly(self):
        world = self.behind(self.at("plain", no_proxy=["localhost"]), git="localhost")
        world.host["allow_addresses"] = ["127.0.0.1", "::1"]
        before = len(self.seen())
        result = self.expect_answers(world, {})
        self.assertFalse([n for n in result.report["through_proxy"] if "repository" in n])
        self.assertNotIn("localhost", {line["host"] for line in self.seen()[before:]})
        shown = self.bench.replay(result, "--accept-unsealed", form="text").out
        self.assertIn("through proxy: system\n", shown)

    def test_no_proxy_is_guarded_as_ever(self):
        world = self.behind(self.at("plain", no_proxy=["localhost"]), git="localhost")
        self.expect_answers(world, NO_REPOSITORY, "allow_addresses of the system or host")

    def test_directly_is_not_said_to_be_through_it(self):
        result = self.bench.verify(self.bench.world(self.name))
        self.expect(result, 0)
        self.assertEqual(result.report["through_proxy"], [])
        self.assertNotIn("through proxy", self.bench.replay(
            result, "--accept-unsealed", form="text").out)

    def test_environment_says_nothing(self):
        dead = "http://127.0.0.1:1/"
        world = self.behind()
        world.environment.update({"https_proxy": dead, "HTTPS_PROXY": dead, "ALL_PROXY": dead,
                                  "no_proxy": "*", "NO_PROXY": "*"})
        self.expect_answers(world, {})

    # ---- what may not go through it

    def test_store_that_nobody_named(self):
        world = self.behind()
        world.trust["hosts"].remove(world.store)
        before = len(self.seen())
        self.expect_answers(world, NO_ARTIFACT, f"add {{ name = \\\"{world.store['name']}\\\"; }}",
                            "mend `proxy`, `hosts`")
        self.assertNotIn(world.hosts["store"], {line["host"] for line in self.seen()[before:]})

    def test_repository_is_named_by_its_project(self):
        """It is asked, though `hosts` does not have it; only its authority is not known then."""
        world = self.behind()
        world.trust["hosts"].remove(world.host)
        self.expect_answers(world, NO_REPOSITORY, "the server's certificate is by no authority")

    def test_redirects(self):
        for to, says in (("https://169.254.169.254/a", "refused to ask an address"),
                         ("https://intranet/a", "a name without a dot"),
                         ("https://intranet.proxied.example/a", "does not name it")):
            with self.subTest(to=to):
                world, before = self.behind(), len(self.seen())
                world.override("download", redirect=to)
                self.expect_answers(world, NO_ARTIFACT, says)
                self.assertLessEqual({line["host"] for line in self.seen()[before:]},
                                     {world.hosts["api"], world.hosts["git"]})

    def test_hosts_that_are_said_offline(self):
        """What would be refused is found by config check, and before anything is asked."""
        for hosts, text in (({"api": "127.0.0.1"}, "refused to ask an address through the proxy"),
                            ({"api": "localhost"}, "a name without a dot"),
                            ({"git": "localhost"}, "a name without a dot")):
            with self.subTest(hosts=hosts):
                world, before = self.behind(**hosts), len(self.seen())
                folder = self.bench.prepare(world)
                conf = os.path.join(folder, "countermark.conf")
                self.expect(self.bench.run(folder, "config", "check", "--config", conf), 3, text)
                self.expect(self.bench.run(folder, "verify", "--config", conf, *world.arguments),
                            3, text)
                self.assertEqual(len(self.seen()), before)

    def test_lists_of_urls_are_said_offline(self):
        """Each at the line of whose word it is."""
        folder = self.bench.run_folder()
        conf = os.path.join(folder, "lists.conf")
        text = f"""organization = {{ slug = "acme"; }};
plugin_path = [ "{os.path.dirname(FIXTURE)}" ];
proxy = {{ url = "https://proxy.example"; }};
systems = ( {{ slug = "ci"; connector = "fixture_options"; }} );
projects = ( {{ slug = "widget"; repositories = [ "https://h.example/acme/widget" ];
  signing_policies = ( {{ slug = "release"; systems = [ "ci" ]; refs = [ "refs/heads/main" ];
    submitters = [ "ci" ]; }} );
  links = (
    {{ system = "ci"; text_required = "x"; texts_required = [ "x" ];
       urls = [ "https://ci.example", URL ]; }} ); }} );
"""
        for url, status, says in (("https://store.example", 0, ""),
                                  ("https://store", 3, "lists.conf:9: urls: refused to ask for a "
                                   "name without a dot"),
                                  ("http://store.example", 3, "lists.conf:9: urls: refused to send "
                                   "http without TLS")):
            with self.subTest(url=url):
                with open(conf, "w", encoding="utf-8") as file:
                    file.write(text.replace("URL", f'"{url}"'))
                self.expect(self.bench.run(folder, "config", "check", "--config", conf), status,
                            says)

    def test_address_of_the_proxy(self):
        before = len(self.seen())
        self.expect_answers(self.behind(self.at("plain", allow_addresses=["10.0.0.7"])), NOTHING,
                            "allow_addresses of `proxy`")
        self.assertEqual(len(self.seen()), before)

    # ---- how it fails

    def test_refused_user(self):
        other = self.bench.path("other.password")
        with open(os.open(other, os.O_WRONLY | os.O_CREAT, 0o600), "w", encoding="utf-8") as file:
            file.write("another" + PASSWORD)
        wrong = self.at("auth", user=USER, password="file:" + other)
        result = self.expect_answers(self.behind(wrong), NOTHING, "(status 407)", status=3)
        self.assertNotIn(PASSWORD, result.out + result.err)
        self.assertIn("the proxy's or the build system's",
                      result.answer("appveyor.stable")["remedy"])
        result = self.expect_answers(self.behind(git="status-407.proxied.example"), NO_REPOSITORY,
                                     "set `user` and `password`", status=3)
        self.assertIn("check the secret of `proxy`", result.answer("repository.public")["remedy"])

    def test_password_that_is_not_there(self):
        world = self.behind(self.at("auth", user=USER, password="file:/nonexistent"))
        before = len(self.seen())
        folder = self.bench.prepare(world)
        for words in ((), ("--dry-run",)):
            result = self.bench.verify_again(world, folder, *words)
            self.expect(result, 3, "the password of `proxy`: /nonexistent: No such file")
        self.assertEqual(len(self.seen()), before)

    def test_refused_hosts(self):
        for hosts, texts in (
                ({"store": "status-403.proxied.example", "git": "status-302.proxied.example"},
                 ("(status 403); have it allowed there", "(status 302); have it allowed there")),
                ({"store": "flood.proxied.example", "git": "rubbish.proxied.example"},
                 ("more than 100 headers", "is not HTTP"))):
            with self.subTest(hosts=hosts):
                self.expect_answers(self.behind(**hosts), NO_ARTIFACT | NO_REPOSITORY, *texts)

    def test_what_passes_is_worth_another_try(self):
        closed = socket.socket()
        self.addCleanup(closed.close)
        closed.bind(("127.0.0.1", 0))
        world = self.behind({"url": f"http://127.0.0.1:{closed.getsockname()[1]}"})
        world.arguments += ["--timeout", "1s"]
        self.expect_answers(world, NOTHING, "no connection to 127.0.0.1").says_retry()

    def test_whose_certificate(self):
        ca = self.bench.paths["ca"]
        self.expect_answers(self.behind(self.at("foreign", "https", ca=ca)), NOTHING,
                            "the proxy's certificate is by none of the authorities")
        for proxy in (self.at("plain"), self.at("server", "https", ca=ca)):
            with self.subTest(proxy=proxy):
                world = self.behind(proxy)
                world.system["ca"] = self.bench.paths["other_ca"]
                self.expect_answers(world, NO_SYSTEM,
                                    "the server's certificate is by none of the authorities")

    # ---- what goes to whom, and what stays nowhere

    def look(self, folder, *texts):
        """Neither the password nor what travels of it, in anything that was written."""
        found = [text.encode() for text in texts]
        for top in (folder, self.bench.path("state")):
            for place, _, names in os.walk(top):
                for name in names:
                    with open(os.path.join(place, name), "rb") as file:
                        found.append(file.read())
        for content in found:
            for text in hidden_in(content):
                for secret in (PASSWORD, BASIC):
                    self.assertNotIn(secret.encode(), text)

    def test_password_is_nowhere(self):
        for form, hosts in (("json", {"git": "status-407.proxied.example"}),
                            ("json", {"store": "rubbish.proxied.example"}), ("text", {})):
            world = self.behind(self.demanding(), **hosts)
            result = self.bench.verify(world, "--verbose", "--log-format", form, form=form)
            self.look(result.folder, result.out, result.err)
        conf = os.path.join(result.folder, "countermark.conf")
        for words in (["config", "show"], ["config", "check", "--verbose"],
                      ["link", "show", "--verbose", *world.arguments]):
            again = self.bench.run(result.folder, *words, "--config", conf)
            self.expect(again, 0)
            self.look(result.folder, again.out, again.err)
        shown = self.bench.run(result.folder, "config", "show", "--config", conf).out
        self.assertIn(f'password = "file:{self.password}"', shown)
        self.assertIn(f'url = "http://127.0.0.1:{self.ports["auth"]}"', shown)

    def test_password_that_comes_back(self):
        """From somebody who was told it by the proxy: what repeats it is not recorded."""
        for secret in (PASSWORD, BASIC):
            world = self.behind(self.demanding())
            world.build["version"] = "1.2.3+" + secret
            result = self.bench.verify(world)
            self.expect(result, 4, "repeats a secret of ours")
            self.look(result.folder, result.out, result.err)

    def test_password_in_the_wrong_place(self):
        for proxy in ({"url": f"http://u:{PASSWORD}@127.0.0.1:1"},
                      self.at("auth", user=f"u:{PASSWORD}"),
                      self.at("auth", user=USER, password=PASSWORD),
                      self.at("auth", user=USER, pasword=PASSWORD)):
            world = self.behind(proxy)
            folder = self.bench.prepare(world)
            conf = os.path.join(folder, "countermark.conf")
            for words in (["config", "check"], ["config", "show"], ["verify", *world.arguments]):
                result = self.bench.run(folder, *words, "--config", conf)
                self.expect(result, 3)
                self.assertNotIn(PASSWORD, result.out + result.err)

    def test_proxy_sees_names_and_its_own_password(self):
        before = len(self.seen())
        world = self.behind(self.demanding())
        private_with_token(world)
        self.expect_answers(world, {})
        for line in self.seen()[before:]:
            fields = [field.split(":")[0].lower() for field in line["head"][1:]]
            self.assertLessEqual(set(fields), {"host", "user-agent", "proxy-authorization",
                                               "proxy-connection"})
            for secret in (world.key, GIT_TOKEN, base64.b64encode(
                    f"x-access-token:{GIT_TOKEN}".encode()).decode()):
                self.assertNotIn(secret, json.dumps(line))
        self.assertIn(True, {line["authorized"] for line in self.seen()[before:]})


if __name__ == "__main__":
    COUNTERMARK = Proxies.program = os.path.abspath(sys.argv.pop(1))
    FIXTURE = sys.argv.pop(1)
    unittest.main()

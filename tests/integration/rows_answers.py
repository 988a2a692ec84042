# SPDX-License-Identifier: Apache-2.0
"""Attacks by answers that are not HTTP as it should be, by redirects, and by addresses."""

import base64
import json
import os

from row import BEHIND_GATE, Row, lost, unknown
from world import ACCOUNT, SLUG

BEHIND_SETTINGS = lost("settings", *BEHIND_GATE)
NO_ARTIFACT = unknown("artifact-from-job", "artifact.digest")
NO_LOG = unknown("commit-corroborated")
UNASKED = lost("build", "settings", "project", *BEHIND_GATE)


def whole(at, head, body=b"", status="200 OK"):
    """All bytes of an answer; the body is the honest one of the settings if there is none."""
    def change(w):
        content = body or json.dumps(w.scenario["settings"]).encode()
        made = b"HTTP/1.1 " + status.encode() + b"\r\n" + head
        made += b"" if head.endswith(b"\r\n\r\n") else b"Content-Length: %d\r\n\r\n" % len(content)
        w.override(at, answer={"base64": base64.b64encode(made + content).decode()})
    return change


def raw(at, content):
    return lambda w: w.override(at, answer={"base64": base64.b64encode(content).decode()})


def settings(head):
    return whole("settings", head)


def sent_on(*locations):
    """A redirect of the download, with so many headers that say where to."""
    head = b"".join(b"Location: " + text.encode() + b"\r\n" for text in locations)
    return whole("download", head, b"go on", "302 Found")


def later(at, after, **how):
    return lambda w: w.override(at, status=503, headers={"Retry-After": after}, **how)


def too_late(w):
    """The answer to wait is longer than all the time that there is."""
    later("log", "3600")(w)
    w.arguments += ["--timeout", "20s"]


def redirect_to(address):
    host = f"[{address}]" if ":" in address else address

    def change(w):
        w.override("download", redirect=f"https://{host}/a")
        w.arguments += ["--timeout", "20s"]
    return change


def range_row(address, kind):
    return Row(f"redirect to {address}", redirect_to(address), NO_ARTIFACT,
               says=f"refused to connect to {address} ({kind})")


def without_tls(w):
    """An address of the open internet; the last octets belong to nobody."""
    w.system["url"] = "http://[3ffe::1]/" + w.name
    w.arguments += ["--timeout", "20s"]


def very_many_checkouts(w):
    w.log(*[w.build["commitId"]] * 1001)


def chunks(w):
    """Much more than is allowed, and no size in front."""
    content = json.dumps(w.scenario["settings"]).encode() + b" " * (5 << 20)
    body = b"%x\r\n%s\r\n0\r\n\r\n" % (len(content), content)
    whole("settings", b"Transfer-Encoding: chunked\r\n\r\n", body)(w)


def longer_than_listed(w):
    content = w.artifact + b"more"
    body = b"%x\r\n%s\r\n0\r\n\r\n" % (len(content), content)
    whole("store", b"Transfer-Encoding: chunked\r\n\r\n", body)(w)


# One address of each special range, its first or its last.
SPECIAL = [
    ("0.0.0.0", "unspecified"), ("0.255.255.255", "unspecified"), ("10.255.255.255", "private"),
    ("100.64.0.0", "shared (carrier-grade NAT)"),
    ("100.127.255.255", "shared (carrier-grade NAT)"), ("169.254.0.1", "link-local"),
    ("172.16.0.0", "private"), ("172.31.255.255", "private"),
    ("192.0.0.8", "protocol assignments"), ("192.0.2.255", "documentation"),
    ("192.88.99.1", "6to4 relay"), ("192.168.255.255", "private"),
    ("198.19.255.255", "benchmarking"), ("198.51.100.1", "documentation"),
    ("203.0.113.1", "documentation"), ("224.0.0.1", "multicast"),
    ("239.255.255.255", "multicast"), ("255.255.255.255", "broadcast"), ("240.0.0.1", "reserved"),
    ("::", "unspecified"), ("::ffff:127.0.0.1", "IPv4-mapped"),
    ("::ffff:10.0.0.1", "IPv4-mapped"), ("::127.0.0.1", "IPv4-compatible"),
    ("64:ff9b::7f00:1", "NAT64"), ("64:ff9b:1::1", "NAT64"), ("100::1", "discard-only"),
    ("2001::1", "Teredo"), ("2001:2::1", "benchmarking"), ("2001:1::1", "protocol assignments"),
    ("2001:db8::1", "documentation"), ("2002:7f00:1::", "6to4"), ("3fff::1", "documentation"),
    ("fc00::1", "unique local"), ("fdff::1", "unique local"), ("fe80::1", "link-local"),
    ("fec0::1", "site-local"), ("ff02::1", "multicast"), ("4000::1", "not global unicast")]


def loopback_without_allowance(url):
    def change(w):
        w.system["allow_addresses"] = ["10.0.0.0/8", "fd00::/8"]
        w.system["url"] = url.format(port=w.ports["api"], name=w.name)
    return change


def other_loopback(w):
    """Only one address of the loopback network is allowed, and another one is asked for."""
    w.system["allow_addresses"] = ["127.0.0.1", "::1"]
    w.override("download", redirect=f"https://127.0.0.2:{w.ports['canary']}/a")


def proxied(w):
    """The environment names a proxy where nobody may ever call."""
    proxy = f"http://127.0.0.1:{w.ports['canary']}"
    w.environment.update(https_proxy=proxy, HTTPS_PROXY=proxy, all_proxy=proxy, ALL_PROXY=proxy)


def netrc(w):
    """A home folder that would give a password to whoever is asked."""
    def write(folder):
        path = os.path.join(folder, ".netrc")
        with open(os.open(path, os.O_WRONLY | os.O_CREAT, 0o600), "w", encoding="utf-8") as file:
            file.write("machine localhost login a password b\ndefault login a password b\n")
    w.preparations.append(write)


def same_port_other_name(w):
    """The same server and port by another name is another origin."""
    w.override("settings", redirect=f"https://127.0.0.1:{w.ports['api']}/{w.name}/api/projects/"
                                    f"{ACCOUNT}/{SLUG}/settings")


def other_key_at_the_store(w):
    """The pin is the system's; the store that it redirects to has its own key and certificate."""
    w.system["spki"] = w.paths["pin"]
    text = "an artifact that is a text\n" * 100
    w.listed[0]["size"] = len(text)
    w.scenario["jobs"]["stored"] = {"artifacts": [], "log": text, "files": {}}
    w.override("download", redirect=f"https://localhost:{w.ports['other']}/{w.name}/api/buildjobs"
                                    "/stored/log")


def once(at, **how):
    return lambda w: w.override(at, reads=[1, 1], **how)


HONEST = [
    Row("proxy of the environment", proxied),
    Row("password in the home folder", netrc),
    Row("pinned key, and a store with another one", other_key_at_the_store),
    Row("centuries to wait, once", once("log", status=503, headers={
        "Retry-After": "Wed, 01 Jan 2200 00:00:00 GMT"})),
    Row("date that is none to wait for, once", once("log", status=503, headers={
        "Retry-After": "some day"})),
]

ROWS = [
    # ---- heads
    Row("header with a blank in its name", settings(b"Content Length: 5\r\n"), BEHIND_SETTINGS,
        says="not well-formed"),
    Row("header with a control character in its name", settings(b"X-\x1b[2J: 5\r\n"),
        BEHIND_SETTINGS, says="not well-formed"),
    Row("header without a name", settings(b": 5\r\n"), BEHIND_SETTINGS, says="not well-formed"),
    Row("headers without end", settings(b"X: y\r\n" * 101), BEHIND_SETTINGS,
        says="more than 100 headers"),
    Row("headers of more bytes than all may have",
        settings((b"X: " + b"y" * 4000 + b"\r\n") * 20), BEHIND_SETTINGS,
        says="bytes of headers"),
    Row("no HTTP", raw("settings", b"{}"), BEHIND_SETTINGS),
    Row("another protocol", raw("settings", b"SSH-2.0-evil\r\n\r\n{}"), BEHIND_SETTINGS),
    Row("body coded in transfer", whole(
        "settings", b"Transfer-Encoding: gzip, chunked\r\n\r\n", b"0\r\n\r\n"), BEHIND_SETTINGS),
    Row("coding that nobody knows", lambda w: w.override(
        "settings", headers={"Content-Encoding": "evil"}), BEHIND_SETTINGS, says="coded"),
    Row("too much, in chunks", chunks, BEHIND_SETTINGS, says="larger than"),
    Row("artifact that is longer than listed, in chunks", longer_than_listed, NO_ARTIFACT,
        says="the answer is larger than"),
    Row("artifact that is not there, with a body",
        lambda w: w.override("store", status=404, body={"text": "x"}), NO_ARTIFACT),

    # ---- redirects
    Row("redirect to two places", sent_on("/a", "/b"), NO_ARTIFACT,
        says="2 Location headers"),
    Row("redirect to nowhere", sent_on(), NO_ARTIFACT, says="0 Location headers"),
    Row("redirect to an empty place", sent_on(""), NO_ARTIFACT, says="no valid URL"),
    Row("redirect that is too long", sent_on("/" + "a" * 9000), NO_ARTIFACT, says="no valid URL"),
    Row("redirect that climbs", sent_on("/a/../b"), NO_ARTIFACT, says="no valid URL"),
    Row("redirect without a host", sent_on("https:///a"), NO_ARTIFACT, says="no valid URL"),
    Row("redirect with a blank", sent_on("/a b"), NO_ARTIFACT, says="no valid URL"),
    Row("redirect to data", sent_on("data:text/plain,a"), NO_ARTIFACT, says="no valid URL"),
    Row("key over a redirect to another name of the same port", same_port_other_name,
        BEHIND_SETTINGS, exit=3),

    # ---- waiting
    Row("longer to wait than there is time", too_late, NO_LOG, says="less time than that is left",
        watch=lambda w, r: r.says_retry()),

    # ---- what is looked for
    Row("more checkouts than are looked at", very_many_checkouts, NO_LOG, says="more than 1000"),

    # ---- addresses
    *(range_row(*one) for one in SPECIAL),
    Row("other address than the allowed one", other_loopback, NO_ARTIFACT,
        says="refused to connect to 127.0.0.2 (loopback)"),
    Row("loopback by its address",
        loopback_without_allowance("https://127.0.0.1:{port}/{name}"), UNASKED,
        says="refused to connect to 127.0.0.1 (loopback)"),
    Row("loopback by its IPv6 address",
        loopback_without_allowance("https://[::1]:{port}/{name}"), UNASKED,
        says="refused to connect to ::1 (loopback)"),
    Row("system without TLS", without_tls, UNASKED, says="http without TLS"),
]

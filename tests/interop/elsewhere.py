#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What we write, verified by others and by us: each command of docs/verify-elsewhere.md as it stands
there, for each kind of key, and again of files that must not pass; python3-securesystemslib on the
signature; and the documents that countermark-attestation(5) shows.

    elsewhere.py COUNTERMARK WRITE_ATTESTATIONS

Tools that are not here are named and passed over; openssl and countermark always are.
"""

import base64
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).parent
ROOT = HERE.parent.parent
sys.path.insert(0, str(HERE.parent / "integration"))

import attesting as a  # noqa: E402

COUNTERMARK, WRITER = (os.path.abspath(word) for word in sys.argv[1:3])
CACHE = pathlib.Path(os.environ.get("COUNTERMARK_INTEROP") or pathlib.Path(
    os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache") / "countermark-interop")
# Lines of sigstore, and the versions of Node that each is for.
LINES = {"3.1": lambda node: True,
         "4.1": lambda node: node >= (22, 9) or (20, 17) <= node < (21,)}
DEBIAN_PYTHON = "/usr/bin/python3"
ARTIFACT = "widget-1.0.0.tar.gz"
SECURESYSTEMSLIB = """
import sys
from securesystemslib.signer import Signature, SSlibKey
public, signature, data, keytype, scheme = sys.argv[1:]
key = SSlibKey("ab", keytype, scheme, {"public": open(public).read()})
key.verify_signature(Signature("ab", open(signature, "rb").read().hex()), open(data, "rb").read())
"""


def has_securesystemslib():
    return subprocess.run([DEBIAN_PYTHON, "-c", "import securesystemslib.signer"],
                          stderr=subprocess.DEVNULL, check=False).returncode == 0


def node_version():
    """Major and minor; (0, 0): none is here."""
    if not shutil.which("node"):
        return 0, 0
    said = subprocess.run(["node", "-p", "process.versions.node"], capture_output=True, check=True,
                          encoding="utf-8").stdout
    return tuple(int(number) for number in said.split(".")[:2])


def modules(line):
    return CACHE / f"sigstore-{line}" / "node_modules"


def there():
    """Tool to whether it can be run, and whether contrib/setup --interop installs it."""
    node = node_version()
    return {"countermark": (True, True), "openssl": (shutil.which("jq") is not None, True),
            "cosign": (shutil.which("cosign") is not None, False),
            "slsa-verifier": (shutil.which("slsa-verifier") is not None, False),
            **{f"sigstore-js {line}": (node > (0, 0) and fits(node) and modules(line).is_dir(),
                                       fits(node)) for line, fits in LINES.items()},
            "securesystemslib": (has_securesystemslib(), True)}


def guide():
    """[(language, tool, text)]"""
    text = (ROOT / "docs" / "verify-elsewhere.md").read_text(encoding="utf-8")
    return re.findall(r"^```(\w+) ([\w-]+)\n(.*?)^```$", text, re.M | re.S)


def world(folder, kind):
    """The files that the guide is about."""
    key = a.Key(folder, "signer", kind)
    pathlib.Path(folder, ARTIFACT).write_bytes(a.ARTIFACT)
    subprocess.run([WRITER, key.secret, os.path.join(folder, ARTIFACT), folder], check=True)
    for language, tool, text in guide():
        if language == "js":
            pathlib.Path(folder, "verify.js").write_text(text, encoding="utf-8")
    return key


def run(folder, text, line=None):
    more = {"NODE_PATH": str(modules(line))} if line else {}
    environment = {**os.environ, **more, "LC_ALL": "C.UTF-8",
                   "PATH": os.path.dirname(COUNTERMARK) + ":" + os.environ["PATH"]}
    return subprocess.run(["bash", "-euo", "pipefail", "-c", text], cwd=folder, env=environment,
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, encoding="utf-8", check=False)


def others_file(folder, _):
    pathlib.Path(folder, ARTIFACT).write_bytes(a.ARTIFACT + b"!")


def others_key(folder, kind):
    a.Key(folder, "signer", kind)


def changed_payload(folder, _):
    """One letter of what is stated, under the same signature."""
    for path in pathlib.Path(folder).glob("widget.*.*.json"):
        envelope = json.loads(path.read_text())
        inner = envelope.get("dsseEnvelope", envelope)
        payload = base64.b64decode(inner["payload"]).replace(b"widget-1.0.0", b"widget-1.0.1")
        inner["payload"] = base64.b64encode(payload).decode()
        path.write_text(json.dumps(envelope))


def play(tool, text, kind, change, wrong):
    with tempfile.TemporaryDirectory(prefix="countermark-elsewhere-") as folder:
        world(folder, kind)
        if change:
            change(folder, kind)
        done = run(folder, text, tool.partition(" ")[2])
    good = done.returncode == 0
    if good == (change is None):
        return
    what = f"{tool}, {kind}, {change.__name__ if change else 'honest'}"
    wrong.append(f"{what}: exit status {done.returncode}\n{text}{done.stdout}")


def commands(tools):
    """[(tool, text)] of the tools that are here: a tool in several lines is played in each."""
    return [(tool, text) for language, named, text in guide() for tool, (here, _) in tools.items()
            if language == "sh" and here and tool.partition(" ")[0] == named]


def play_guide(tools, wrong):
    played = 0
    for tool, text in commands(tools):
        for kind in ("p256", "rsa", "ed25519"):
            if tool == "openssl" and kind == "ed25519":
                continue  # the guide says so
            changes = (None, others_key, changed_payload, others_file)
            for change in changes if "inspect" not in text else (None,):
                play(tool, text, kind, change, wrong)
                played += 1
    return played


def play_securesystemslib(wrong):
    schemes = {"p256": ("ecdsa", "ecdsa-sha2-nistp256"), "rsa": ("rsa", "rsa-pkcs1v15-sha256")}
    for kind, scheme in schemes.items():
        for change in (None, changed_payload, others_key):
            with tempfile.TemporaryDirectory(prefix="countermark-elsewhere-") as folder:
                key = world(folder, kind)
                if change:
                    change(folder, kind)
                envelope = json.loads(pathlib.Path(folder, "widget.vsa.dsse.json").read_text())
                paths = [os.path.join(folder, name) for name in ("signature", "signed")]
                pathlib.Path(paths[0]).write_bytes(
                    base64.b64decode(envelope["signatures"][0]["sig"]))
                pathlib.Path(paths[1]).write_bytes(a.pae(base64.b64decode(envelope["payload"])))
                done = subprocess.run(
                    [DEBIAN_PYTHON, "-c", SECURESYSTEMSLIB, key.public, *paths, *scheme],
                    stdout=subprocess.PIPE, stderr=subprocess.STDOUT, encoding="utf-8", check=False)
            if (done.returncode == 0) != (change is None):
                wrong.append(f"securesystemslib, {kind}: {done.stdout}")
    return 2 * 3


def shown(folder):
    """The documents of the manual are those that are written, but for what a new key changes."""
    examples = a.shown()
    written = [json.loads(pathlib.Path(folder, name).read_text()) for name in (
        "widget.provenance.json", "widget.vsa.json", "widget.vsa.dsse.json",
        "widget.vsa.sigstore.json")]
    envelope, bundle = written[2:]
    for one in (envelope, bundle["dsseEnvelope"]):
        one["payload"], one["signatures"][0]["sig"] = "...", "..."
    bundle["verificationMaterial"]["publicKey"]["hint"] = "..."
    return [f"countermark-attestation(5): example {number + 1} is not what is written:\n"
            f"{json.dumps(one, indent=2)}" for number, one in enumerate(written)
            if number >= len(examples) or examples[number] != one]


def main():
    tools, wrong = there(), []
    required = os.environ.get("COUNTERMARK_INTEROP_REQUIRED")
    for tool, (here, installed) in tools.items():
        if not here:
            print(f"not here: {tool}" + (" (contrib/setup --interop)" if installed else
                                         " (not for this Node)" if "sigstore" in tool else ""))
        if not here and installed and required:
            wrong.append(f"{tool} is not here, and is required")
    with tempfile.TemporaryDirectory(prefix="countermark-elsewhere-") as folder:
        world(folder, "p256")
        wrong += shown(folder)
        for path in pathlib.Path(folder).glob("widget.*"):
            if "keyid" in path.read_text():
                wrong.append(f"{path.name} has a keyid")
    played = play_guide(tools, wrong)
    played += play_securesystemslib(wrong) if tools["securesystemslib"][0] else 0
    print(*wrong, sep="\n")
    print(f"{played} commands, {len(wrong)} wrong; with",
          ", ".join(tool for tool, (here, _) in tools.items() if here))
    return 1 if wrong or played < 12 else 0


if __name__ == "__main__":
    sys.exit(main())

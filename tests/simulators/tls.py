#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Makes the keys and certificates of the tests, with the openssl program.

    python3 tls.py FOLDER

    ca.pem                          a private authority
    server.pem, server.key          localhost, 127.0.0.1, ::1, *.proxied.example
    other.pem, other.key            the same as server, with a key of its own
    wrong-host.pem, wrong-host.key  the same authority, another name
    expired.pem, expired.key        localhost, of the year 2020
    foreign-ca.pem                  another authority
    foreign.pem, foreign.key        localhost, by that one

Each server's .pem holds its certificate and the authority's. What is there already is made anew.
Other simulators use make() and context().
"""

import os
import pathlib
import ssl
import subprocess
import sys
import tempfile

LOCAL = "DNS:localhost,DNS:*.proxied.example,IP:127.0.0.1,IP:::1"


def openssl(*args):
    environment = dict(os.environ, OPENSSL_CONF="/dev/null")
    done = subprocess.run(["openssl", *args], capture_output=True, text=True, env=environment)
    if done.returncode != 0:
        raise RuntimeError(f"openssl {' '.join(args)}: {done.stderr.strip()}")


def new_key(path):
    openssl("genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-out", str(path))


def request(work, key, name, extensions):
    """A request that names what the certificate is to say."""
    config = work / "request.cnf"
    config.write_text(
        "[req]\nprompt = no\ndistinguished_name = name\nreq_extensions = extensions\n"
        f"[name]\nCN = {name}\n[extensions]\n" + "\n".join(extensions) + "\n")
    path = work / "request.pem"
    openssl("req", "-new", "-config", str(config), "-key", str(key), "-out", str(path))
    return config, path


def sign(work, config, asked, signer, out, began=None, ended=None):
    """`openssl ca` and not `x509`, because only it takes both dates."""
    database = work / "database"
    for old in work.glob("database*"):
        old.unlink()
    database.write_text("")
    (work / "serial").write_text(os.urandom(8).hex() + "\n")
    authority = work / "authority.cnf"
    authority.write_text(
        f"[ca]\ndefault_ca = it\n[it]\ndatabase = {database}\nserial = {work}/serial\n"
        f"new_certs_dir = {work}\ndefault_md = sha256\ndefault_days = 30\npolicy = any\n"
        "unique_subject = no\n[any]\ncommonName = supplied\n")
    dates = ["-startdate", began, "-enddate", ended] if began else []
    openssl("ca", "-batch", "-notext", "-config", str(authority), "-in", str(asked), "-out",
            str(out), "-extfile", str(config), "-extensions", "extensions", *signer, *dates)


def authority(work, folder, stem, name):
    key = folder / f"{stem}.key"
    new_key(key)
    config, asked = request(work, key, name, [
        "basicConstraints = critical, CA:TRUE", "keyUsage = critical, keyCertSign, cRLSign",
        "subjectKeyIdentifier = hash"])
    sign(work, config, asked, ["-selfsign", "-keyfile", str(key)], folder / f"{stem}.pem")


def server(work, folder, stem, by, names, began=None, ended=None):
    key = folder / f"{stem}.key"
    new_key(key)
    config, asked = request(work, key, "server of a test", [
        "basicConstraints = critical, CA:FALSE", "keyUsage = critical, digitalSignature",
        "extendedKeyUsage = serverAuth", f"subjectAltName = {names}"])
    out = folder / f"{stem}.pem"
    signer = ["-keyfile", str(folder / f"{by}.key"), "-cert", str(folder / f"{by}.pem")]
    sign(work, config, asked, signer, out, began, ended)
    out.write_text(out.read_text() + (folder / f"{by}.pem").read_text())


def make(folder):
    """Fills the folder, which is made if it is not there."""
    folder = pathlib.Path(folder).absolute()
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as place:
        work = pathlib.Path(place)
        authority(work, folder, "ca", "authority of a test")
        authority(work, folder, "foreign-ca", "another authority of a test")
        server(work, folder, "server", "ca", LOCAL)
        server(work, folder, "other", "ca", LOCAL)
        server(work, folder, "wrong-host", "ca", "DNS:other.example")
        server(work, folder, "expired", "ca", LOCAL, "20200101000000Z", "20200201000000Z")
        server(work, folder, "foreign", "foreign-ca", LOCAL)
    return folder


def context(certificate, key):
    """What a server of a test wraps its socket in."""
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    made.minimum_version = ssl.TLSVersion.TLSv1_2
    made.load_cert_chain(certificate, key)
    return made


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("usage: tls.py FOLDER")
    print(make(sys.argv[1]))

# SPDX-License-Identifier: Apache-2.0
"""Keys of tests that sign whatever they are told to: certificates that no tool makes, tokens with
a wrong head. They are no secrets, and nothing here is fit for one."""

import base64
import hashlib
import hmac
import json
import secrets
import subprocess
import threading

import der

RSA, EC = der.oid("1.2.840.113549.1.1.1"), der.oid("1.2.840.10045.2.1")
HASHES = {"sha1": ("1.3.14.3.2.26", hashlib.sha1),
          "sha256": ("2.16.840.1.101.3.4.2.1", hashlib.sha256),
          "sha384": ("2.16.840.1.101.3.4.2.2", hashlib.sha384)}


def openssl(*words, **how):
    return subprocess.run(["openssl", *words], check=True, capture_output=True, **how).stdout


def pem(kind, data):
    text = base64.b64encode(data).decode()
    lines = "\n".join(text[i:i + 64] for i in range(0, len(text), 64))
    return f"-----BEGIN {kind}-----\n{lines}\n-----END {kind}-----\n"


class Curve:
    """y² = x³ - 3x + b over p, in Jacobian coordinates."""

    def __init__(self, name, oid, p, n, gx, gy):
        self.name, self.oid, self.p, self.n, self.g = name, oid, p, n, (gx, gy, 1)
        self.size = (n.bit_length() + 7) // 8

    def double(self, point):
        x, y, z = point
        p = self.p
        if not y:
            return (0, 1, 0)
        s = 4 * x * y * y % p
        m = 3 * (x - z * z) * (x + z * z) % p
        x3 = (m * m - 2 * s) % p
        return x3, (m * (s - x3) - 8 * pow(y, 4, p)) % p, 2 * y * z % p

    def add(self, a, b):
        p = self.p
        if not a[2]:
            return b
        if not b[2]:
            return a
        az, bz = a[2] * a[2] % p, b[2] * b[2] % p
        u1, u2 = a[0] * bz % p, b[0] * az % p
        s1, s2 = a[1] * bz * b[2] % p, b[1] * az * a[2] % p
        if u1 == u2:
            return self.double(a) if s1 == s2 else (0, 1, 0)
        h, r = u2 - u1, s2 - s1
        h2 = h * h % p
        h3, v = h * h2 % p, u1 * h2 % p
        x3 = (r * r - h3 - 2 * v) % p
        return x3, (r * (v - x3) - s1 * h3) % p, h * a[2] * b[2] % p

    def times(self, factor):
        """The base point so many times, as (x, y)."""
        result, step = (0, 1, 0), self.g
        while factor:
            if factor & 1:
                result = self.add(result, step)
            step, factor = self.double(step), factor >> 1
        inverse = pow(result[2], -1, self.p)
        return (result[0] * inverse ** 2 % self.p, result[1] * inverse ** 3 % self.p)


P256 = Curve(
    "P-256", "1.2.840.10045.3.1.7",
    0xffffffff00000001000000000000000000000000ffffffffffffffffffffffff,
    0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551,
    0x6b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296,
    0x4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5)
P384 = Curve(
    "P-384", "1.3.132.0.34",
    2 ** 384 - 2 ** 128 - 2 ** 96 + 2 ** 32 - 1,
    int("ffffffffffffffffffffffffffffffffffffffffffffffff"
        "c7634d81f4372ddf581a0db248b0a77aecec196accc52973", 16),
    int("aa87ca22be8b05378eb1c71ef320ad746e1d3b628ba79b98"
        "59f741e082542a385502f25dbf55296c3a545e3872760ab7", 16),
    int("3617de4a96262c6f5d9e98bf9292dc29f8f41dbd289a147c"
        "e9da3113b5f0b8c00a60b1ce1d7e819d7a431d7c90ea0e5f", 16))


class EcKey:
    kind = "ec"

    def __init__(self, curve=P256):
        self.curve, self.secret = curve, secrets.randbelow(curve.n - 1) + 1
        x, y = curve.times(self.secret)
        self.point = b"\x04" + x.to_bytes(curve.size, "big") + y.to_bytes(curve.size, "big")
        self.public = der.seq(der.seq(EC, der.oid(curve.oid)), der.bits(self.point))
        self.private = der.seq(
            der.integer(0), der.seq(EC, der.oid(curve.oid)),
            der.octets(der.seq(der.integer(1), der.octets(self.secret.to_bytes(curve.size, "big")),
                               der.explicit(1, der.bits(self.point)))))

    def raw(self, digest, data):
        """(r, s)"""
        n = self.curve.n
        number = int.from_bytes(digest(data).digest()[:self.curve.size], "big")
        k = secrets.randbelow(n - 1) + 1
        r = self.curve.times(k)[0] % n
        return r, pow(k, -1, n) * (number + r * self.secret) % n

    def algorithm(self, digest):
        return der.seq(der.oid({"sha1": "1.2.840.10045.4.1", "sha256": "1.2.840.10045.4.3.2",
                                "sha384": "1.2.840.10045.4.3.3"}[digest]))

    def sign(self, data, digest="sha256"):
        r, s = self.raw(HASHES[digest][1], data)
        return der.seq(der.integer(r), der.integer(s))

    def sign_token(self, data, algorithm):
        size = self.curve.size
        r, s = self.raw(HASHES["sha" + algorithm[2:]][1], data)
        return r.to_bytes(size, "big") + s.to_bytes(size, "big")


class RsaKey:
    kind = "rsa"

    def __init__(self, size=2048):
        made = openssl("genrsa", "-traditional", str(size), text=True)
        inner = base64.b64decode("".join(made.split("\n")[1:-2]))  # between the marks
        self.private = der.seq(der.integer(0), der.seq(RSA, der.NULL), der.octets(inner))
        numbers = [int.from_bytes(v, "big") for _, v in der.children(der.read(inner)[1])]
        self.n, self.e, self.d = numbers[1:4]
        self.size = size // 8
        self.public = der.seq(der.seq(RSA, der.NULL),
                              der.bits(der.seq(der.integer(self.n), der.integer(self.e))))

    def algorithm(self, digest):
        return der.seq(der.oid({"sha1": "1.2.840.113549.1.1.5", "sha256": "1.2.840.113549.1.1.11",
                                "sha384": "1.2.840.113549.1.1.12"}[digest]), der.NULL)

    def sign(self, data, digest="sha256"):
        oid, function = HASHES[digest]
        info = der.seq(der.seq(der.oid(oid), der.NULL), der.octets(function(data).digest()))
        block = b"\x00\x01" + b"\xff" * (self.size - len(info) - 3) + b"\x00" + info
        return pow(int.from_bytes(block, "big"), self.d, self.n).to_bytes(self.size, "big")

    def sign_token(self, data, algorithm):
        assert algorithm.startswith("RS"), algorithm
        return self.sign(data, "sha" + algorithm[2:])


class Keys:
    """Made once, when they are first asked for; the same name is the same key."""

    makers = {"ec": EcKey, "p384": lambda: EcKey(P384), "rsa": RsaKey,
              "rsa1024": lambda: RsaKey(1024)}

    def __init__(self):
        self.lock, self.made = threading.Lock(), {}

    def get(self, name, kind="ec"):
        with self.lock:
            if name not in self.made:
                self.made[name] = self.makers[kind]()
            return self.made[name]


KEYS = Keys()


# ---- JWS

def base64url(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def token(key, payload, header, sign=None):
    """A compact JWS with that header, whatever it says; `sign`: f(data) gives another signature."""
    head = header if isinstance(header, bytes) else json.dumps(header).encode()
    data = f"{base64url(head)}.{base64url(payload)}".encode()
    signature = sign(data) if sign else key.sign_token(data, header["alg"])
    return (data + b"." + base64url(signature).encode())


def hmac_of(secret):
    return lambda data: hmac.new(secret, data, "sha256").digest()

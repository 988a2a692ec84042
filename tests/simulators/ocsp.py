#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""An OCSP responder over TLS, driven by scenario files; see serving.py.

    ocsp.py --cert PEM --key PEM --scenarios FOLDER [--log FILE] [--limit SECONDS]

Listens on a free port of 127.0.0.1 and prints one JSON line {"ocsp": PORT}. Below /NAME/ocsp it
answers as RFC 6960 A.1 says, by GET. A scenario:

    { "ocsp": { SERIAL in hexadecimal: BODY } }    the response to each question; else 404

The one endpoint of overrides is "ocsp".
"""

import base64
import binascii
import re
from urllib.parse import unquote

from serving import Answer, Simulation, serve


def values(data):
    """The contents of DER values, one behind the other."""
    while data:
        size, start = data[1], 2
        if size & 128:
            start += size & 127
            size = int.from_bytes(data[2:start], "big")
        yield data[start:start + size]
        data = data[start + size:]


def serial_of(request):
    """The serial number that an OCSPRequest asks for."""
    for _ in range(5):  # OCSPRequest, TBSRequest, requestList, Request, CertID
        request = next(values(request))
    return list(values(request))[3].hex().lstrip("0")


class Simulator(Simulation):
    listeners = ("ocsp",)

    @staticmethod
    def split(listener, path):
        match = re.fullmatch(r"/([a-z0-9][a-z0-9-]*)/(ocsp/.*)", path)
        return match and match.groups()

    def answer_at(self, listener, name, path, query, header):
        scenario = self.scenarios.get(name)
        said = "no" if header is None else "yes"
        try:
            asked = serial_of(base64.b64decode(unquote(path[len("ocsp/"):]), validate=True))
        except (ValueError, IndexError, binascii.Error, StopIteration):
            return Answer(400, "text/plain"), said
        if scenario is None or asked not in scenario.get("ocsp", {}):
            return Answer(404, "text/plain"), said
        answer = Answer(kind="application/ocsp-response")
        answer.take_body(scenario["ocsp"][asked])
        return self.finished(name, scenario, "ocsp", asked, None, answer), said


if __name__ == "__main__":
    serve(Simulator, "An OCSP responder over TLS, for tests.")

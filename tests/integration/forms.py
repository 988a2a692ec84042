# SPDX-License-Identifier: Apache-2.0
"""Documents held against their schemas: ours in docs/schemas, others' in tests/fixtures/schemas."""

import functools
import json
import os
import re
import subprocess

import jsonschema

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
OURS = os.path.join(ROOT, "docs", "schemas")
OTHERS = os.path.join(ROOT, "tests", "fixtures", "schemas")
SARIF, XSD = (os.path.join(OTHERS, name)
              for name in ("sarif-2.1.0-rtm.5.json", "jenkins-junit-4.xsd"))


def load(path):
    with open(path, encoding="utf-8") as file:
        return json.load(file)


def canonical(value):
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def validator_of(schema):
    kind = jsonschema.validators.validator_for(schema)
    kind.check_schema(schema)
    return kind(schema, format_checker=jsonschema.FormatChecker())


@functools.lru_cache(maxsize=None)
def validator(name):
    """Of "report-1", "evidence-1", ..., or of a path."""
    return validator_of(load(name if os.path.isabs(name) else os.path.join(OURS, name + ".json")))


def wrong_with(name, document):
    """One line for each thing that is not as the schema has it."""
    return [f"{name}: {'.'.join(map(str, error.absolute_path))}: {error.message[:300]}"
            for error in validator(name).iter_errors(document)]


def wrong_with_junit(text):
    """Of a report's bytes. The schema is of 2010: it has no message in <skipped>."""
    older = re.sub(rb'<skipped message="[^"]*">', b"<skipped>", text)
    done = subprocess.run(["xmllint", "--nonet", "--noout", "--schema", XSD, "-"], input=older,
                          capture_output=True, check=False)
    return done.stderr.decode() if done.returncode else ""

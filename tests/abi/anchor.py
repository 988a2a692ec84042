# SPDX-License-Identifier: Apache-2.0
"""A shared object that mentions every type and every number of a header, for abidiff: the SDK
itself has no object that could be compared.

A suppression that lets a table grow at its end hides, in abidiff 2.2, every other change of that
table, too, even if it names it. So the anchor says place and type of each member once more, in
variables of their own, which no suppression is about.
"""

import os
import subprocess

from freeze import Header


def number(name, value):
    """Macros and offsets are in no debug information; enumerators are."""
    return f"enum word_{name} {{ value_of_{name} = {value} }} word_{name};"


def source(path):
    header = Header(path)
    lines = ["#include <countermark/plugin.h>", "#include <stddef.h>"]
    for name, members in header.structs.items():
        lines.append(f"struct {name} *anchor_{name};")
        for member, _ in members:
            it = f"{name}_{member}"
            lines.append(f"__typeof__(((struct {name} *)0)->{member}) *type_of_{it};")
            lines.append(number(it, f"offsetof(struct {name}, {member})"))
    lines += [number(name, name) for name, value in header.words.items()
              if not value.startswith('"')]
    return "\n".join(lines) + "\n"


def build(cc, include, output):
    """The anchor of include/countermark/plugin.h."""
    text = source(os.path.join(include, "countermark", "plugin.h"))
    subprocess.run([cc, "-std=gnu11", "-g", "-O0", "-fPIC", "-shared", "-I", include, "-x", "c",
                    "-", "-o", output], check=True, input=text.encode())
    return output


def difference(before, after, *words):
    """What abidiff, with those words, says of two anchors; empty if it has nothing to say."""
    done = subprocess.run(["abidiff", "--no-show-locs", "--no-default-suppression", *words,
                           before, after], check=False, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT)
    text = done.stdout.decode("utf-8", "replace")
    assert done.returncode & 3 == 0, f"abidiff ended with {done.returncode}: {text}"
    return text if done.returncode != 0 else ""

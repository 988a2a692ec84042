#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Reads countermark/plugin.h: its structs, their members, its constants.

    freeze.py CC HEADER      prints the freeze file of that header

Nothing is guessed: what of the header this does not understand is an error.
"""

import os
import re
import subprocess
import sys
import tempfile

HEAD = """/* SPDX-License-Identifier: Apache-2.0
 *
 * SDK 1.0 as it was published: where each member stands, of which type it is, and what each word is
 * worth. It is compiled, not run. Written by tests/abi/accept, and a test sees that it is complete.
 * A later level appends to tables; then the sizes of tables and contexts change here, and nothing
 * else does. Elements of arrays (cmk_option, cmk_check, cmk_pair, cmk_cms_attribute) never change
 * at all.
 */
#include <countermark/plugin.h>
#include <stddef.h>

/* clang-format off */
#define WORD(name, value) _Static_assert((name) == (value), #name)
#define TEXT(name, value)                                                                          \\
    _Static_assert(sizeof(name) == sizeof(value) && __builtin_strcmp(name, value) == 0, #name)
#define SIZE(name, bytes) _Static_assert(sizeof(struct name) == (bytes), "struct " #name)
#define AT(name, member, at, bytes, type)                                                          \\
    _Static_assert(offsetof(struct name, member) == (at) &&                                        \\
                       sizeof(((struct name *)0)->member) == (bytes) &&                            \\
                       __builtin_types_compatible_p(                                               \\
                           __typeof__(((struct name *)0)->member), type),                          \\
                   #name "." #member)
"""

# Said by the author before the include, or different in each level.
NOT_FROZEN = ("CMK_SDK_TARGET", "CMK_SDK_LEAST", "CMK_SDK_NEWEST", "COUNTERMARK_PLUGIN_H")


class Header:
    """What the text says: `structs` { name: [(member, type)] }, `words` { name: value }."""

    def __init__(self, path):
        with open(path, encoding="utf-8") as file:
            text = file.read().replace("\\\n", " ")
        text = re.sub(r"/\*.*?\*/", " ", text, flags=re.S)
        self.path = path
        self.words = dict(self.constants(text))
        found = re.findall(r"^struct (\w+) \{(.*?)^\};", text, re.M | re.S)
        self.structs = {name: list(self.members(name, body)) for name, body in found}
        opened = len(re.findall(r"^\s*(?:struct|union|enum)\b[^;(]*\{", text, re.M))
        assert opened == len(self.structs), f"{path}: a type is defined in another form"

    @staticmethod
    def constants(text):
        for name, value in re.findall(r"^#\s*define (\w+)[ \t]+(\S.*?)\s*$", text, re.M):
            if name not in NOT_FROZEN:
                yield name, value

    def members(self, struct, body):
        for declaration in body.split(";"):
            declaration = " ".join(declaration.split())
            if declaration:
                found = list(self.declared(declaration))
                assert found, f"{self.path}: struct {struct}: not understood: {declaration}"
                yield from found

    @staticmethod
    def declared(text):
        """Name and type of each thing that is declared by that text."""
        function = re.fullmatch(r"([\w ]+\**) ?\(\*(\w+)\)(\(.*\))", text)
        if function:
            gives = function[1].strip()
            yield function[2], f"{gives}{'' if gives.endswith('*') else ' '}(*){function[3]}"
            return
        data = re.fullmatch(r"((?:const )?(?:struct )?\w+) ([^()]*)", text)
        for one in data[2].split(",") if data else ():
            parts = re.fullmatch(r"((?:\*(?:const)? ?)*)(\w+)(\[\d+\])?", one.strip())
            if not parts:
                return
            yield parts[2], " ".join((data[1] + " " + parts[1] + (parts[3] or "")).split())


def compile_and_run(cc, include, source):
    with tempfile.TemporaryDirectory() as folder:
        program = os.path.join(folder, "program")
        subprocess.run([cc, "-std=c11", "-I", include, "-x", "c", "-", "-o", program], check=True,
                       input=source.encode())
        return subprocess.run([program], check=True, stdout=subprocess.PIPE).stdout.decode()


def places(cc, path, header):
    """{ (struct, member or ""): (offset, size) }, by the compiler."""
    lines = []
    for name, members in header.structs.items():
        lines.append(f'P("{name}", "", (size_t)0, sizeof(struct {name}))')
        lines += [f'P("{name}", "{member}", offsetof(struct {name}, {member}), '
                  f'sizeof(((struct {name} *)0)->{member}))' for member, _ in members]
    source = ("#include <countermark/plugin.h>\n#include <stddef.h>\n#include <stdio.h>\n"
              '#define P(s, m, o, b) (void)printf("%s.%s %zu %zu\\n", s, m, o, b);\n'
              "int main(void)\n{\n" + "\n".join(lines) + "\nreturn 0;\n}\n")
    include = os.path.dirname(os.path.dirname(os.path.abspath(path)))
    found = {}
    for line in compile_and_run(cc, include, source).splitlines():
        name, at, size = line.split()
        found[tuple(name.split("."))] = (int(at), int(size))
    return found


def frozen(cc, path):
    """The text of the freeze file."""
    header = Header(path)
    place = places(cc, path, header)
    text = HEAD + "\n/* ---- words ---- */\n\n"
    for name, value in header.words.items():
        text += f"{'TEXT' if value.startswith(chr(34)) else 'WORD'}({name}, {value});\n"
    text += "\n/* ---- tables ---- */\n"
    for name, members in header.structs.items():
        text += f"\nSIZE({name}, {place[name, ''][1]});\n"
        for member, kind in members:
            at, size = place[name, member]
            text += f"AT({name}, {member}, {at}, {size}, {kind});\n"
    return text


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__.strip())
    sys.stdout.write(frozen(sys.argv[1], sys.argv[2]))

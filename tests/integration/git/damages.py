# SPDX-License-Identifier: Apache-2.0
"""What can become of a mirror of a repository. Each is given the folder of one, and chance."""

import contextlib
import os
import shutil

NOBODY = 65534


def packs_of(mirror):
    folder = os.path.join(mirror, "objects", "pack")
    return [os.path.join(folder, name) for name in sorted(os.listdir(folder))
            if name.endswith(".pack")] if os.path.isdir(folder) else []


def of_pack(change, kind="pack"):
    def damage(mirror, chance):
        pack = chance.choice(packs_of(mirror))
        change(pack[:-len("pack")] + kind, chance)
    return damage


def flip(path, chance):
    os.chmod(path, 0o600)
    with open(path, "r+b") as file:
        at = chance.randrange(os.path.getsize(path))
        file.seek(at)
        byte = file.read(1)[0]
        file.seek(at)
        file.write(bytes([byte ^ 1 << chance.randrange(8)]))


def cut(path, chance):
    os.chmod(path, 0o600)
    os.truncate(path, chance.randrange(os.path.getsize(path)))


def empty(path, _):
    os.chmod(path, 0o600)
    os.truncate(path, 0)


def remove(path, _):
    os.unlink(path)


def as_folder(path, _):
    os.unlink(path)
    os.mkdir(path)


def file_of(name, content):
    def damage(mirror, chance):
        with open(os.path.join(mirror, name), "wb") as file:
            file.write(content)
    return damage


def manifest(change):
    return lambda mirror, chance: change(os.path.join(mirror, "manifest.json"), chance)


def manifest_of_others(mirror, chance):
    """It names packs and tips by ids that nobody has."""
    path = os.path.join(mirror, "manifest.json")
    with open(path, encoding="utf-8") as file:
        text = file.read()
    for pack in packs_of(mirror):
        text = text.replace(os.path.basename(pack)[5:-5], "f" * 40)
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)


def more_packs(mirror, chance):
    for pack in packs_of(mirror):
        for name in ("pack", "idx"):
            shutil.copy(pack[:-4] + name, os.path.join(os.path.dirname(pack),
                                                       f"pack-{'e' * 40}.{name}"))


def incoming(mirror, chance):
    os.makedirs(os.path.join(mirror, "incoming-rubbish", "objects"))
    file_of("incoming-rubbish/objects/x", b"rubbish")(mirror, chance)


def a_file_instead(mirror, chance):
    shutil.rmtree(mirror)
    with open(mirror, "wb") as file:
        file.write(b"no folder\n")


def nothing_in_it(mirror, chance):
    shutil.rmtree(mirror)
    os.mkdir(mirror, 0o700)


def a_link_instead(mirror, chance):
    elsewhere = os.path.dirname(mirror) + "-elsewhere"
    os.rename(mirror, elsewhere)
    os.symlink(elsewhere, mirror)


def mode(bits, *names):
    def damage(mirror, chance):
        os.chmod(os.path.join(mirror, *names), bits)
    return damage


def owner(mirror, chance):
    """Only root can give away what is its own; to others the mode is the nearest thing."""
    if os.geteuid() != 0:
        mode(0o770)(mirror, chance)
        return
    for at, folders, names in os.walk(mirror):
        for name in (".", *folders, *names):
            os.chown(os.path.join(at, name), NOBODY, NOBODY)


def lock_as_folder(mirror, chance):
    with contextlib.suppress(FileNotFoundError):
        os.unlink(mirror + ".lock")
    os.mkdir(mirror + ".lock")


DAMAGED = {
    "a byte of a pack": of_pack(flip),
    "another byte of a pack": of_pack(flip),
    "a byte of an index": of_pack(flip, "idx"),
    "another byte of an index": of_pack(flip, "idx"),
    "a pack cut short": of_pack(cut),
    "a pack of nothing": of_pack(empty),
    "no pack": of_pack(remove),
    "a folder for a pack": of_pack(as_folder),
    "an index cut short": of_pack(cut, "idx"),
    "an index of nothing": of_pack(empty, "idx"),
    "no index": of_pack(remove, "idx"),
    "unlisted packs": more_packs,
    "a manifest of rubbish": file_of("manifest.json", b"\0rubbish\xff" * 99),
    "a manifest of nothing": manifest(empty),
    "a manifest cut short": manifest(cut),
    "a byte of the manifest": manifest(flip),
    "no manifest": manifest(remove),
    "a folder for the manifest": manifest(as_folder),
    "a manifest that says nothing": file_of("manifest.json", b"{}\n"),
    "a manifest without end": file_of("manifest.json", b"[" * 1000000),
    "a manifest of others": manifest_of_others,
    "no HEAD": lambda mirror, chance: remove(os.path.join(mirror, "HEAD"), chance),
    "a HEAD of rubbish": file_of("HEAD", b"rubbish\n"),
    "an update of rubbish": incoming,
    "a file for the folder": a_file_instead,
    "an empty folder": nothing_in_it,
    "a link for the folder": a_link_instead,
    "not writable": mode(0o500),
    "packs not writable": mode(0o500, "objects", "pack"),
    "writable by all": mode(0o777),
    "not readable": mode(0o000),
    "of another owner": owner,
    "a folder for the lock": lock_as_folder,
}
REPAIRED = {"not writable", "packs not writable", "a folder for the lock"}  # by the operator
AT_NEXT_UPDATE = {"an update of rubbish", "unlisted packs"}  # are removed; before, they do no harm

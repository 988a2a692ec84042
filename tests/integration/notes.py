# SPDX-License-Identifier: Apache-2.0
"""The packages of fixture_notes (tests/fixtures/plugins/notes.c), and Worlds that build them."""

import io
import zipfile

from world import ARTIFACT, body

NAME, PLUGIN = "Widget.note", "fixture_notes"
ABOUT = b"A note.\n"


def archive(parts, stored=()):
    """A ZIP of these, in their order; the same bytes each time."""
    memory = io.BytesIO()
    with zipfile.ZipFile(memory, "w", zipfile.ZIP_DEFLATED) as file:
        for name, content in parts.items():
            info = zipfile.ZipInfo(name, (2026, 1, 1, 0, 0, 0))
            info.compress_type = zipfile.ZIP_STORED if name in stored else zipfile.ZIP_DEFLATED
            file.writestr(info, content)
    return memory.getvalue()


def note(about=ABOUT, more=None, stored=()):
    return archive({"lib/a.bin": bytes(range(256)) * 16, "about.txt": about, **(more or {})},
                   stored)


def contents(package):
    """{entry: content} of a ZIP's bytes or file."""
    with zipfile.ZipFile(io.BytesIO(package) if isinstance(package, bytes) else package) as file:
        assert file.testzip() is None
        return {name: file.read(name) for name in file.namelist()}


def builds(w, package=None, name=NAME):
    """The World's artifact is that package."""
    w.artifact = note() if package is None else package
    w.submitted_name = name
    w.rename_artifact(name)
    w.files[name] = body(w.artifact)
    w.listed[0]["size"] = len(w.artifact)
    w.link["artifact"] = name


def rewrites(w, slug="notes", rewriters=(PLUGIN,), packages=None, **options):
    """One more artifact configuration, with what the plug-in is told."""
    added = {"slug": slug, "rewriters": list(rewriters)}
    if packages is not None:
        added["packages"] = packages
    if options:
        added[PLUGIN] = options
    w.linked.setdefault("artifact_configurations", []).append(added)


def documented(package=None, name=NAME, **options):
    """A change of a World: it builds the package, and has it documented."""
    def change(w):
        builds(w, package, name)
        rewrites(w, **options)
    return change


def rejected(of=builds):
    """A change of a World: that, and a setting that no policy lets pass."""
    def change(w):
        of(w)
        w.configuration.update(shallowClone=True)
    return change


def undecided(of=builds):
    """A change of a World: that, and a log that is not there."""
    def change(w):
        of(w)
        w.override("log", status=404)
    return change


assert ARTIFACT != NAME

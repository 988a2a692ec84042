#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""NuGet packages that say where they come from: by verify, later by rewrite, and looked at.

    nuget.py COUNTERMARK

The packages have the layout of NuGet's own, with and without what it writes of a repository. What
becomes of them is read here by Python, whose readers of archives and of XML are others' work.
"""

import base64
import hashlib
import json
import os
import sys
import unittest
import xml.etree.ElementTree as ElementTree

from documenting import Documenting, read
from leaks import Markers, plant
from notes import archive, contents
from world import ARTIFACT, body

SETTINGS = "AppVeyorSettings.json"
NUSPEC = "Acme.Widget.nuspec"
CORE = "package/services/metadata/core-properties/0f0e0d0c0b0a09080706050403020100.psmdcp"
TYPES = "[Content_Types].xml"
SCHEMA = "http://schemas.microsoft.com/packaging/2013/05/nuspec.xsd"
OTHER = "0123456789012345678901234567890123456789"
BOM = "\ufeff"


def nuspec(repository="", schema=SCHEMA, more=""):
    inner = f"    {repository}\r\n" if repository else ""
    return (f'{BOM}<?xml version="1.0" encoding="utf-8"?>\r\n<package xmlns="{schema}">\r\n'
            "  <metadata>\r\n    <id>Acme.Widget</id>\r\n    <version>1.2.3</version>\r\n"
            "    <authors>Acme</authors>\r\n    <description>A widget, f\u00fcr alle.</description>\r\n"
            f"{inner}{more}  </metadata>\r\n</package>")


def element(url="https://localhost/x", commit=OTHER, branch=None):
    named = f' branch="{branch}"' if branch else ""
    return f'<repository type="git" url="{url}"{named} commit="{commit}" />'


def parts_of(text, more=None):
    return {
        "_rels/.rels": f'{BOM}<?xml version="1.0" encoding="utf-8"?><Relationships xmlns="http://'
        'schemas.openxmlformats.org/package/2006/relationships"><Relationship Type="http://schemas'
        f'.microsoft.com/packaging/2010/07/manifest" Target="/{NUSPEC}" Id="R1" /><Relationship '
        'Type="http://schemas.openxmlformats.org/package/2006/relationships/metadata/core-'
        f'properties" Target="/{CORE}" Id="R2" /></Relationships>',
        NUSPEC: text,
        "lib/netstandard2.0/Acme.Widget.dll": b"MZ" + bytes(range(256)) * 16,
        "lib/netstandard2.0/Acme.Widget.xml": "<doc/>",
        **(more or {}),
        TYPES: f'{BOM}<?xml version="1.0" encoding="utf-8"?><Types xmlns="http://schemas.openxml'
        'formats.org/package/2006/content-types"><Default Extension="rels" ContentType="application'
        '/vnd.openxmlformats-package.relationships+xml" /><Default Extension="psmdcp" ContentType='
        '"application/vnd.openxmlformats-package.core-properties+xml" /><Default Extension="dll" '
        'ContentType="application/octet" /><Default Extension="xml" ContentType="application/octet"'
        ' /><Default Extension="nuspec" ContentType="application/octet" /></Types>',
        CORE: f'{BOM}<?xml version="1.0" encoding="utf-8"?><coreProperties xmlns="http://schemas.'
        'openxmlformats.org/package/2006/metadata/core-properties"><identifier xmlns="http://purl.'
        'org/dc/elements/1.1/">Acme.Widget</identifier></coreProperties>',
    }


def package(text=None, more=None):
    return archive({name: part if isinstance(part, bytes) else part.encode() for name, part in
                    parts_of(nuspec() if text is None else text, more).items()})


def builds(w, content=None, name=ARTIFACT):
    w.artifact = package() if content is None else content
    w.submitted_name = name
    w.rename_artifact(name)
    w.files[name] = body(w.artifact)
    w.listed[0]["size"] = len(w.artifact)
    w.link["artifact"] = name


def documented(content=None, name=ARTIFACT, packages=(), **options):
    def change(w):
        builds(w, content, name)
        w.linked["artifact_configurations"] = [{
            "slug": "package", "rewriters": ["nuget"], "packages": list(packages),
            "nuget": options}]
    return change


def repository_of(parts):
    """By an XML reader that is nobody's of ours: the element's attributes."""
    metadata = ElementTree.fromstring(parts[NUSPEC])[0]
    space = metadata.tag.partition("}")[0] + "}" if metadata.tag.startswith("{") else ""
    found = metadata.findall(space + "repository")
    assert len(found) == 1, found
    return found[0].attrib


class NuGet(Documenting):
    name, output_name = "nuget", "Documented.nupkg"

    def origin(self, result):
        world = result.world
        return {"type": "git", "url": world.linked["repositories"][0],
                "branch": "main", "commit": world.build["commitId"]}

    def expect_documented(self, result, before):
        """The element, the settings, a type for them; and all else as it was."""
        after = contents(result.output)
        self.assertEqual(repository_of(after), self.origin(result))
        evidence = self.evidence_of(result)
        (attached,) = [one["document"] for one in result.report["attachments"]
                       if one["file_name"] == SETTINGS]
        self.assertEqual(json.loads(after[SETTINGS]),
                         evidence["documents"][attached]["content"])
        old = contents(before)
        self.assertEqual(list(after), [*old, SETTINGS])
        for name in set(old) - {NUSPEC, TYPES}:
            self.assertEqual(after[name], old[name], name)
        self.expect_ranges(result.report["documentation"]["packages"][0], old, after)
        return after

    def expect_ranges(self, told, old, after):
        """What is reported, put back from the first on, gives what was there."""
        for name in (NUSPEC, TYPES):
            content = after[name]
            for splice in (s for r in told["rewriters"] for s in r["spliced"]
                           if s["entry"] == name):
                at, new = splice["offset"], splice["new"].encode()
                self.assertEqual(content[at:at + len(new)], new)
                content = content[:at] + splice["old"].encode() + content[at + len(new):]
            self.assertEqual(content, old[name])

    # ---- documented

    def test_nothing_was_said(self):
        result = self.verify(documented())
        self.expect(result, 0)
        after = self.expect_documented(result, result.world.artifact)
        self.assertTrue(after[NUSPEC].startswith(BOM.encode()))
        self.assertNotIn(b"\n", after[NUSPEC].replace(b"\r\n", b""))
        self.assertIn(b'<Default Extension="json" ContentType="application/octet" />', after[TYPES])
        self.assertEqual(self.rewritten(result), read(result.output))
        self.assertEqual(self.rewritten(result, "--skip-contents"), read(result.output))

    def test_in_every_namespace(self):
        for schema in ("2010/07", "2011/08", "2011/10", "2012/06", "2013/01", "2013/05"):
            text = nuspec(schema=f"http://schemas.microsoft.com/packaging/{schema}/nuspec.xsd")
            result = self.verify(documented(package(text)))
            self.expect(result, 0)
            self.expect_documented(result, result.world.artifact)
        result = self.verify(documented(package(nuspec().replace(f' xmlns="{SCHEMA}"', ""))))
        self.expect(result, 0)
        self.expect_documented(result, result.world.artifact)

    def test_utf_16(self):
        text = nuspec().replace('encoding="utf-8"', 'encoding="utf-16"').encode("utf-16-le")
        result = self.verify(documented(package(text)))
        self.expect(result, 0)
        after = contents(result.output)
        self.assertEqual(repository_of(after), self.origin(result))

    def test_said_already(self):
        """What was documented once is documented: the same bytes, whoever submits it again."""
        first = self.verify(documented())
        self.expect(first, 0)
        once, world = read(first.output), first.world
        builds(world, once)
        with open(self.bench.path("scenarios", world.name + ".json"), "w", encoding="utf-8") as file:
            json.dump(world.scenario, file)
        second = self.verify_again(world, first.folder)
        self.expect(second, 0)
        self.assertEqual(second.report["documentation"]["outcome"], "unchanged")
        self.assertEqual(read(second.output), once)

    def test_partly_said(self):
        """The commit is right and in capitals, the branch is missing."""
        def change(w):
            documented(package(nuspec(element(w.linked["repositories"][0].upper().replace(
                "/ACME/WIDGET", "/acme/widget").replace(w.name.upper(), w.name),
                w.build["commitId"].upper()))))(w)
        result = self.verify(change)
        self.expect(result, 0)
        found = repository_of(contents(result.output))
        self.assertEqual((found["branch"], found["commit"]),
                         ("main", result.world.build["commitId"].upper()))

    # ---- refused, or told otherwise

    def test_contradictions(self):
        lie = package(nuspec(element()))
        result = self.verify(documented(lie))
        self.expect(result, 1, "says otherwise than the verified origin", OTHER)
        self.expect_files(result)
        self.assertEqual(result.report["outcome"], "accepted")
        result = self.verify(documented(lie, contradiction="replace"))
        self.expect(result, 0)
        self.expect_documented(result, lie)
        notes = result.report["documentation"]["packages"][0]["rewriters"][0]["notes"]
        self.assertIn({"fact": "repository.commit", "before": OTHER,
                       "after": result.world.build["commitId"]}, notes)
        self.assertEqual(self.rewritten(result), read(result.output))

    def test_signed(self):
        signed = package(more={".signature.p7s": b"\x30\x00"})
        result = self.verify(documented(signed))
        self.expect(result, 1, "the package is signed")
        self.expect_files(result)
        result = self.verify(documented(signed, signed="strip"))
        self.expect(result, 0)
        after = contents(result.output)
        self.assertNotIn(".signature.p7s", after)
        one = result.report["documentation"]["packages"][0]["rewriters"][0]
        self.assertEqual(one["removed"], [{"entry": ".signature.p7s", "size": 2}])

    def test_refusals(self):
        for content, text in (
                (package(more={"other.nuspec": nuspec()}), ".nuspec"),
                (package(nuspec(element() + element())), "repository"),
                (package(nuspec('<Repository type="git" />')), "<repository> in another case"),
                (package("<!DOCTYPE x>" + nuspec()[1:]), "document type"),
                (package(nuspec(schema="urn:x")), "nuspec.xsd"),
                (package(more={SETTINGS.upper(): b"{}"}), "has this file already"),
                (package(more={"%2E%2E/x": b""}), ""),
                (package() + b"x", ""),
                (b"no package", "")):
            with self.subTest(text=text):
                result = self.verify(documented(content))
                self.expect(result, 1, "not documented, nothing was written: ", text)
                self.expect_files(result)

    # ---- forms of packages

    def test_symbols(self):
        """Nothing but the element: nuget.org takes no other files in them."""
        result = self.verify(documented(name="Acme.Widget.1.2.3.snupkg"))
        self.expect(result, 0)
        after = contents(result.output)
        self.assertEqual(repository_of(after), self.origin(result))
        self.assertEqual(list(after), list(contents(result.world.artifact)))
        self.assertEqual(after[TYPES], contents(result.world.artifact)[TYPES])

    def test_of_an_archive(self):
        outer = archive({"a.nupkg": package(), "deep/b.nupkg": package(), "read.me": b"x"})
        result = self.verify(documented(outer, "packages.zip", packages=["**.nupkg"]))
        self.expect(result, 0)
        parts = contents(result.output)
        for name in ("a.nupkg", "deep/b.nupkg"):
            inner = contents(parts[name])
            self.assertEqual(repository_of(inner), self.origin(result))
            self.assertIn(SETTINGS, inner)
        self.assertEqual(parts["read.me"], b"x")
        self.assertEqual(self.rewritten(result), read(result.output))
        seen = self.look(read(result.output), "--packages", "**.nupkg", name="packages.zip")
        self.expect(seen, 0, "deep/b.nupkg", result.world.build["commitId"])

    def test_of_a_tag(self):
        def change(w):
            w.tag("v1.0")
            documented()(w)
        result = self.verify(change)
        self.expect(result, 0)
        found = repository_of(contents(result.output))
        self.assertNotIn("branch", found)
        self.assertEqual(found["commit"], result.world.build["commitId"])

    def test_content_hash(self):
        result = self.verify(documented(content_hash=True))
        self.expect(result, 0)
        expected = base64.b64encode(hashlib.sha512(read(result.output)).digest()).decode()
        notes = result.report["documentation"]["packages"][0]["rewriters"][0]["notes"]
        self.assertIn(expected, [text for note in notes for text in (note["before"], note["after"])])

    # ---- on the command line

    def test_without_a_configuration(self):
        def change(w):
            builds(w, package(nuspec(element())))
            w.spoken = lambda words: [*words, "--rewriter", "nuget", "--contradiction", "replace"]
        result = self.verify(change)
        self.expect(result, 0)
        self.expect_documented(result, result.world.artifact)
        self.assertEqual(self.rewritten(result), read(result.output))

    def test_named_later(self):
        """Evidence of a project that had nothing documented then."""
        result = self.verify(builds)
        self.expect(result, 0)
        self.assertEqual(read(result.output), result.world.artifact)
        content = self.rewritten(result, "--plugin", "nuget", "--content-hash", "true")
        self.assertEqual(repository_of(contents(content)), self.origin(result))

    # ---- looked at

    def test_inspect(self):
        result = self.verify(documented())
        self.expect(result, 0)
        seen = self.look(read(result.output), name="a.nupkg")
        self.expect(seen, 0, *self.origin(result).values(), SETTINGS)
        told = self.look(read(result.output), "--format", "json", name="a.nupkg").report
        self.assertTrue(told["consistent"])
        facts = {note["fact"]: note["text"] for note in told["packages"][0]["notes"]}
        for fact, text in self.origin(result).items():
            self.assertEqual(facts["repository." + fact], text)
        self.expect(self.look(result.world.artifact, name="a.nupkg"), 1, "repository")

    def test_inspect_what_was_changed(self):
        result = self.verify(documented())
        parts = contents(result.output)
        parts[NUSPEC] = parts[NUSPEC].replace(result.world.build["commitId"].encode(),
                                              OTHER[:39].encode())
        self.expect(self.look(archive(parts), name="a.nupkg"), 1, "commit")
        self.expect(self.look(b"no package", name="a.nupkg"), 2)
        self.expect(self.look(read(result.output) + b"x", name="a.nupkg"), 2)

    # ---- nothing leaks

    def test_no_secret_is_published(self):
        """Settings of the build system are attached, with everything that could be one withheld."""
        markers = Markers()

        def change(w):
            plant(w, markers)
            documented()(w)
        result = self.verify(change)
        self.expect(result, 0)
        parts = contents(result.output)
        self.assertIn(b'"withheld"', parts[SETTINGS])
        for content in parts.values():
            self.assertEqual(markers.found_in(content), [])
            self.assertNotIn(result.world.key.encode(), content)


if __name__ == "__main__":
    Documenting.program = os.path.abspath(sys.argv.pop(1))
    unittest.main()

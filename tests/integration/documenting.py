# SPDX-License-Identifier: Apache-2.0
"""What the suites of documented artifacts share: a run that delivers one, later ones of it by its
evidence, and what a package says of itself."""

import base64
import hashlib
import json
import os

import forms
from notes import NAME
from suite import Suite


def sha256(content):
    return hashlib.sha256(content).hexdigest()


def read(path):
    with open(path, "rb") as file:
        return file.read()


def write(path, content):
    with open(path, "wb") as file:
        file.write(content)
    return path


class Documenting(Suite):
    """What the artifact becomes has this name, in a folder of its own."""

    output_name = None

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.key = cls.bench.public_key()

    def verify(self, change, *words, form="json", output=True):
        """A run whose artifact is to be delivered to FOLDER/out."""
        world = self.bench.world(self.name)
        change(world)
        folder = self.bench.prepare(world)
        return self.verify_again(world, folder, *words, form=form, output=output)

    def verify_again(self, world, folder, *words, form="json", output=True):
        out = os.path.join(folder, "out")
        os.makedirs(out, exist_ok=True)
        output = ["--output", os.path.join(out, self.output_name)] if output else []
        result = self.bench.verify_again(world, folder, *output, *words, form=form)
        result.world, result.out_folder = world, out
        result.output = os.path.join(out, self.output_name)
        result.evidence = os.path.join(folder, "evidence.json")
        self.assertEqual(os.listdir(os.path.join(folder, "tmp")), [])
        if result.report and form == "json":
            self.assertEqual(forms.wrong_with("report-1", result.report), [])
        return result

    def expect_files(self, result, *names):
        """Nothing else is in the folder of the output, neither with a name nor a part of it."""
        self.assertEqual(sorted(os.listdir(result.out_folder)), sorted(names))

    def commit(self, result):
        return result.world.build["commitId"].encode()

    @staticmethod
    def evidence_of(result):
        with open(result.evidence, encoding="utf-8") as file:
            return json.loads(base64.b64decode(json.load(file)["payload"]))

    def rewritten(self, result, *words):
        """What rewrite makes of the run's artifact, by its evidence."""
        source = write(os.path.join(result.folder, "in"), result.world.artifact)
        target = os.path.join(result.folder, "again")
        self.expect(self.bench.run(result.folder, "rewrite", "--evidence", result.evidence,
                                   "--evidence-key", self.key, *words, source, target), 0)
        return read(target)

    def look(self, content, *words, name):
        """What inspect says of it."""
        folder = self.bench.run_folder()
        path = write(os.path.join(folder, name), content)
        result = self.bench.run(folder, "inspect", *words, path)
        if result.report:
            self.assertEqual(forms.wrong_with("inspection-1", result.report), [])
        return result


class Notes(Documenting):
    name, output_name = "notes", NAME
    plugin = None  # the path of fixture_notes

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.bench.install(cls.plugin)

# SPDX-License-Identifier: Apache-2.0
"""What the suites of the command line share: servers once for all tests, a World for each."""

import os
import unittest

from harness import Bench
from world import World


class Suite(unittest.TestCase):
    """A subclass says name and kind of its Worlds, and its program once it is known."""

    program, name, kind = None, None, World

    @classmethod
    def setUpClass(cls):
        cls.bench = Bench(cls.program)
        cls.bench.__enter__()
        cls.addClassCleanup(cls.bench.__exit__)

    def world(self, change=None):
        """A prepared World, its folder, and the words that name its configuration."""
        world = self.bench.world(self.name, self.kind)
        if change:
            change(world)
        folder = self.bench.prepare(world)
        return world, folder, ["--config", os.path.join(folder, "countermark.conf")]

    def expect(self, result, status, *texts):
        self.assertEqual(result.exit, status, result.out + result.err)
        for text in texts:
            self.assertIn(text, result.out + result.err)

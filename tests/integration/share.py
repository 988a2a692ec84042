# SPDX-License-Identifier: Apache-2.0
"""How much of an exhaustive proof is run: a share by chance, or with COUNTERMARK_TEST_LONG=1 all of
it. COUNTERMARK_TEST_SEED=N repeats a run.
"""

import os
import random

LONG = os.environ.get("COUNTERMARK_TEST_LONG") == "1"
SEED = int(os.environ.get("COUNTERMARK_TEST_SEED") or random.SystemRandom().getrandbits(32))


def say():
    print(f"seed {SEED}, {'everything' if LONG else 'a share'}", flush=True)


def pick(things, count):
    """`count` of them by the seed, in their order; all in a long run."""
    things = list(things)
    if LONG or count >= len(things):
        return things
    chosen = random.Random(SEED).sample(range(len(things)), count)
    return [things[i] for i in sorted(chosen)]


def tell(played, of, noun):
    """The same, with figures."""
    print(f"{played} of {of} {noun}; COUNTERMARK_TEST_SEED={SEED} repeats this"
          + ("" if LONG or played == of else ", COUNTERMARK_TEST_LONG=1 plays all"), flush=True)


def chance(name):
    """A source of chance of its own for each name, so that what one takes moves no other."""
    return random.Random(f"{SEED} {name}")


def covering(cells, parts, name):
    """A share of the cells in which each part of any cell is found at least once."""
    if LONG:
        return list(cells)
    shuffled, left, chosen = list(cells), {part for cell in cells for part in parts(cell)}, []
    chance(name).shuffle(shuffled)
    while left:
        best = max(shuffled, key=lambda cell: len(left & set(parts(cell))))
        chosen.append(best)
        left -= set(parts(best))
    return chosen

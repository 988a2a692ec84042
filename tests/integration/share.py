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

# SPDX-License-Identifier: Apache-2.0
"""The build systems and repositories that golden cases name: the honest one, with one change."""


def accepted(_):
    pass


def rejected(world):
    """Of each kind: checks that failed, one of them optional, one waived, and one not known."""
    world.configuration.update(shallowClone=True, cacheEntries=[{"value": "packages"}])
    world.build.update(pullRequestId="7")
    world.override("log", status=404)
    world.policy["optional"] = ["appveyor.cache-empty"]
    world.policy["waivers"] = [{"check": "appveyor.sources-unpatched", "author": "ann",
                                "reason": "moved to git by March", "until": "2099-01-01T00:00:00Z"}]


def undecided(world):
    world.override("log", status=404)


def busy(world):
    world.override("log", status=503)


def wrong_key(world):
    world.key = "r3fus3dr3fus3d"


def never_answers(world):
    world.override("log", latency=60.0)


def without_ids(world):
    del world.link["account_id"], world.link["project_id"]


def another_project(world):
    world.link["project_id"] = "4712"


def two_of_each(world):
    """Two projects and two policies: each has to be named."""
    other = {**world.policy, "slug": "nightly"}
    world.linked["signing_policies"].append(other)
    world.trust["projects"].append({**world.linked, "slug": "gadget"})


def without_key(world):
    del world.link["api_key"]


def without_key_file(world):
    world.link["api_key"] = "file:/nonexistent/key"


def documented(world):
    """What is accepted says so in itself."""
    world.linked["artifact_configurations"] = [{"slug": "package", "rewriters": ["nuget"]}]


def documented_by_two(world):
    """Which of them has to be said."""
    documented(world)
    world.linked["artifact_configurations"].append({"slug": "symbols", "rewriters": ["nuget"]})


WORLDS = {name.replace("_", "-"): change for name, change in list(globals().items())
          if callable(change)}

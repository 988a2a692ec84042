# SPDX-License-Identifier: Apache-2.0
"""The configuration of a World as options of the command line."""

SAID_AS = {"project": "slug"}  # of the connector, where the engine has the word already
PEER = {"ca": "ca", "spki": "spki", "allow_addresses": "allow-address"}


def said(option, value):
    """--option value, once for each of a list."""
    values = value if isinstance(value, list) else [value]
    return [word for one in values for word in ("--" + option.replace("_", "-"), one)]


def words_of(world):
    """What the World's configuration says, as words."""
    words = ["--connector", world.system["connector"]]
    for repository in world.linked["repositories"]:
        words += ["--repository", repository]
    for group, drop in ((world.system, ("slug", "connector", "name")),
                        (world.link, ("system",)), (world.host, ("name",)),
                        (world.policy, ("slug", "systems", "submitters"))):
        for key, value in group.items():
            if key in drop:
                continue
            if group is world.host:
                words += said("repository-" + PEER[key], value)
            elif group is world.system and key in PEER:
                words += said(PEER[key], value)
            elif key in ("refs", "tag_branches"):
                words += said({"refs": "ref", "tag_branches": "tag-branch"}[key], value)
            else:
                words += said(SAID_AS.get(key, key), value)
    return words


def without(words, *options):
    """The words without these options and their values."""
    pairs = zip(words[::2], words[1::2])
    return [word for pair in pairs if pair[0] not in options for word in pair]

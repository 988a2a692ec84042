# SPDX-License-Identifier: Apache-2.0
"""The same trust without a configuration: options of the command line that say something else."""

from row import Row
from rows_configuration import copy_of_ca, mode
from rows_request import refused
from words import without


def spoken(*more, drop=(), change=None):
    """Options in the place of others, or beside them."""
    def both(w):
        if change:
            change(w)
        w.spoken = lambda words: [*without(words, *drop), *more]
    return both


def instead(option, *values):
    return spoken(*(word for value in values for word in (option, value)), drop=[option])


def ca_that_others_write(w):
    """By its path in the run's folder, which is known when the program is started."""
    def write(folder):
        w.system["ca"] = folder + "/ca.pem"
    copy_of_ca(w)
    mode("ca.pem", 0o646)(w)
    w.preparations.append(write)
    w.spoken = list


HONEST = [Row("no configuration but options", spoken())]

ROWS = [
    refused("no connector", spoken(drop=["--connector"]), "--connector", exit=2),
    refused("connector that is a path", instead("--connector", "../appveyor"),
            "cannot be the id of a plug-in", exit=2),
    refused("no repository", spoken(drop=["--repository"]), "is missing", exit=2),
    refused("repository in words with userinfo",
            instead("--repository", "https://a:secret@localhost/acme/widget"),
            "a user or a password", exit=2),
    refused("repository in words is empty", instead("--repository", ""), "is empty", exit=2),
    refused("no branch", spoken(drop=["--ref"]), "is missing", exit=2),
    refused("branch in words that is no ref", instead("--ref", "main"), "refs/heads/", exit=2),
    refused("branch in words twice", instead("--ref", "refs/heads/main", "refs/heads/main"),
            "is said twice", exit=2),
    refused("only tags, and no branches of theirs", instead("--ref", "refs/tags/v*"),
            "only tags are allowed", exit=2),
    refused("age in words that is no duration", instead("--max-age", "soon"),
            "is not a duration", exit=2),
    refused("age in words of nothing", instead("--max-age", "0d"), "is not a duration", exit=2),
    refused("assumption in words without a reason", spoken(drop=["--assume-reason"]),
            "what is assumed is your word", exit=2),
    refused("reason in words for nothing", spoken(drop=["--assume"]),
            "gives a reason for nothing", exit=2),
    refused("certificates in words that others may write", ca_that_others_write, "chmod go-w",
            exit=2),
    refused("packages in words that no rewriter is for", spoken("--packages", "*.nupkg"),
            "there is no rewriter for them", exit=2),
    refused("packages in words that are no text",
            spoken("--rewriter", "nuget", "--packages", "\udcff"), "not UTF-8", exit=2),
    refused("rewriter in words that is a connector", spoken("--rewriter", "appveyor"),
            "no rewriter", exit=2),
]

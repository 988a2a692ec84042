# SPDX-License-Identifier: Apache-2.0
"""Attacks on the repository: which one, which commit, which ref."""

import base64
import json
import os

from repository import HOMOGLYPH, NO_SUCH_COMMIT
from row import FILES, REPOSITORY, Row, fails, lost, unknown
from rows_honest import private_with_token



def builds(commit):
    return lambda w: w.builds(commit)


def branch(name, commit=None):
    def change(w):
        w.build["branch"] = name
        if commit:
            w.builds(commit)
    return change


def tag(name, commit="built"):
    return lambda w: w.tag(name, commit)


def reported(kind, name, scm="git"):
    """What AppVeyor says of the repository; {canary} is an address where nobody may ever call."""
    def change(w):
        for part in (w.project, w.settings):
            part.update(repositoryType=kind, repositoryScm=scm,
                        repositoryName=name.format(canary=w.ports["canary"], git=w.ports["git"]))
    return change


# Nothing is asked of a repository that is not the project's.
NOT_ASKED = lost("repository-probe", "repository-refs", *REPOSITORY, *FILES)
NOT_A_COMMIT = (fails("repository.commit-on-ref") | unknown("repository.commit-exists")
                | lost(*FILES))
NOT_A_COMMIT["repository.commit-on-ref"] = "fail"
NO_ID = (lost(*FILES) | unknown("commit-corroborated")
         | fails("repository.commit-exists", "repository.commit-on-ref",
                 "repository.tag-on-branch"))
# A ref that was not listed, since the policy does not allow it.
NOT_LISTED = fails("repository.ref-allowed") | unknown("repository.commit-on-ref",
                                                       "repository.public")
NO_REF = lost("repository-refs", *REPOSITORY, *FILES) | unknown(
    "repository.ref-allowed", "repository.tag-on-branch")
INVALID_REF = fails("repository.ref-allowed", "repository.commit-on-ref",
                    "repository.tag-on-branch") | unknown("repository.public")
# It begins like one that is allowed, so that it would have been listed.
INVALID_LISTED = INVALID_REF | fails("repository.public")

# A repository without an address cannot be compared either.
NO_ADDRESS = fails("repository-supported") | unknown("repository.expected") | NOT_ASKED


def another_id(kind):
    return lambda w: w.builds({"tag": w.repository.tag_object, "tree": w.repository.tree}[kind])


def at_git(*faults):
    def change(w):
        w.git_faults = [{**fault, "do": {key: value.replace("{canary}", str(w.ports["canary"]))
                                         .replace("{git}", str(w.ports["git"]))
                                         if isinstance(value, str) else value
                                         for key, value in fault["do"].items()}}
                        for fault in faults]
    return change


def moved(to, query=""):
    """The repository's host names another URL for it."""
    return at_git({"method": "GET", "do": {
        "status": 301,
        "location": to + "/info/refs?service=git-upload-pack" + query}})


def names(where):
    def watch(_, result):
        answer = result.answer("repository.public")
        assert where in answer["observed"] and "info/refs" not in answer["observed"], answer
        assert "`repositories`" in answer["remedy"], answer
    return watch


def without_secret(_, result):
    with open(os.path.join(result.folder, "evidence.json"), encoding="utf-8") as file:
        evidence = base64.b64decode(json.load(file)["payload"]).decode()
    assert "s3cret" not in result.out + result.err + evidence


def refused(status, headers=None, times=1):
    """The probe, so many times."""
    return at_git({"method": "GET", "times": times,
                   "do": {"status": status, "headers": headers or {}}})


def too_often_at_first(w):
    at_git({"method": "GET", "times": 1, "do": {"status": 401, "headers": {"Retry-After": "0"}}},
           {"method": "GET", "do": {"status": 401}})(w)


def asked_for_public(times):
    def watch(_, result):
        asked = [line for line in result.requests
                 if line.get("method") == "GET" and not line.get("authorized", True)]
        assert len(asked) == times, asked
    return watch


def limited(world, result):
    """Nobody is told that it is private, and whoever asks too often does not ask on."""
    answer = result.answer("repository.public")
    assert answer["reason_class"] == "transient" and "few minutes" in answer["remedy"], answer
    asked_for_public(1)(world, result)
    result.says_retry()


def private(w):
    w.private = True


def token_of_another_policy(w):
    """The token is for a policy that does not ask for a public repository; this one does."""
    private_with_token(w)
    w.linked["signing_policies"].append({**w.policy, "slug": "internal"})
    del w.policy["repository"]
    w.arguments += ["--policy", "release"]


def ambiguous_tag_build(w):
    """Tag v2.0 is at `built`; a branch of the same name is one commit further."""
    w.tag("v2.0", "tip")


# A repository that shows itself to nobody: nothing of it can be read.
NOT_PUBLIC = fails("repository.public") | lost("repository-refs", *REPOSITORY, *FILES)
NOT_PUBLIC["repository.public"] = "fail"
UNREADABLE = lost("repository-refs", *REPOSITORY, *FILES)

HONEST = [
    Row("public repository that is refused at first", refused(401, times=2),
        watch=asked_for_public(3)),
    Row("public repository that is forbidden at first", refused(403), watch=asked_for_public(2)),
    Row("public repository that is not found at first", refused(404), watch=asked_for_public(2)),
    Row("public repository after the time that it asks for", refused(401, {"Retry-After": "1"}),
        watch=asked_for_public(2)),
    Row("private repository with a token, and too many questions of the public",
        lambda w: (private_with_token(w), refused(401, {"Retry-After": "1"})(w)),
        watch=asked_for_public(1)),
]

ROWS = [
    # ---- can anybody read it?
    Row("private repository", private, NOT_PUBLIC, exit=1, says="answered 401, asked 3 times",
        watch=asked_for_public(3)),
    Row("repository that is forbidden", refused(403, times=100), NOT_PUBLIC,
        says="answered 403, asked 3 times"),
    Row("asked too often, says Retry-After", refused(401, {"Retry-After": "600"}, times=100),
        UNREADABLE, says="asked too often", watch=limited),
    Row("asked too often, says X-RateLimit-Remaining",
        refused(404, {"X-RateLimit-Remaining": "0"}, times=100), UNREADABLE,
        says="asked too often", watch=limited),
    Row("asked too often, says RateLimit-Remaining",
        refused(403, {"RateLimit-Remaining": "0"}, times=100), UNREADABLE, says="asked too often",
        watch=limited),
    Row("asked too often, says RateLimit",
        refused(401, {"RateLimit": '"minute";r=9, "day";r=0;t=9'}, times=100), UNREADABLE,
        says="asked too often", watch=limited),
    Row("asked too often, says so at first only", too_often_at_first, UNREADABLE,
        says="asked too often", watch=lambda _, r: r.says_retry()),
    Row("asked too often, once the repository was shown",
        at_git({"method": "POST", "do": {"status": 403, "headers": {"Retry-After": "600"}}}),
        UNREADABLE, says="asked too often", watch=lambda _, r: r.says_retry()),
    Row("limits of which something is left",
        refused(404, {"RateLimit-Remaining": "1", "RateLimit": '"day";r=10;t=0'}, times=100),
        NOT_PUBLIC, says="answered 404, asked 2 times"),
    Row("private repository that a token opens",
        token_of_another_policy, NOT_PUBLIC),
    Row("sign-in page instead of the repository",
        at_git({"method": "GET", "do": {"page": "text/html", "body": "<html>sign in</html>"}}),
        NOT_PUBLIC, says="a page (text/html) in the place of git"),
    Row("page with git's media type",
        at_git({"method": "GET", "do": {"page": "application/x-git-upload-pack-advertisement",
                                        "body": "<html>sign in</html>"}}), NOT_PUBLIC,
        says="no size that can be read"),
    Row("redirect to a sign-in page",
        at_git({"method": "GET", "do": {"status": 302,
                                        "location": "https://localhost:{canary}/signin"}}),
        NOT_PUBLIC, says="/signin, which is no repository"),
    Row("redirect to another name", moved("https://localhost:{git}/acme/gadget"), NOT_PUBLIC,
        says="acme/gadget; if that is the same repository", watch=names("acme/gadget")),
    Row("redirect to another host", moved("https://localhost:{canary}/acme/widget"), NOT_PUBLIC,
        says="acme/widget, at another host", watch=names("acme/widget")),
    Row("redirect to the same repository without TLS",
        moved("http://localhost:{canary}/acme/widget"), NOT_PUBLIC,
        says="acme/widget, and without TLS nothing is asked", watch=names("acme/widget")),
    Row("redirect with a credential and a key",
        moved("https://user:s3cret@localhost:{canary}/acme/widget"), NOT_PUBLIC,
        says="names nothing that can be read", watch=without_secret),
    Row("redirect with a key", moved("https://localhost:{canary}/acme/widget", "&key=s3cret"),
        NOT_PUBLIC, says="at another host", watch=without_secret),
    Row("redirect to a name that writes to a terminal",
        moved("https://localhost:{canary}/\x1b[2J"), NOT_PUBLIC,
        says="names nothing that can be read"),
    Row("redirect in the place of refs", at_git({"method": "POST", "do": {
        "status": 301, "location": "https://localhost:{canary}/acme/widget/git-upload-pack"}}),
        UNREADABLE, says="acme/widget, at another host"),
    Row("repository is not there", at_git({"do": {"status": 404}}), NOT_PUBLIC,
        says="there is no such repository"),
    Row("objects cut off", at_git({"method": "POST", "do": {"cut": 40}}), UNREADABLE),
    Row("page instead of objects",
        at_git({"method": "POST", "do": {"page": "text/html", "body": "<html>"}}), UNREADABLE,
        says="a page (text/html) came"),

    # ---- which repository
    Row("another repository of the same host", reported("gitea", "acme/gadget"),
        fails("repository.expected") | NOT_ASKED),
    Row("repository in another case", reported("gitea", "Acme/Widget"),
        fails("repository.expected") | NOT_ASKED),
    Row("repository's name with a dot segment", reported("gitea", "../widget"), NO_ADDRESS),
    Row("repository's name with an escape", reported("gitea", "acme/widget%2f..%2fevil"),
        fails("repository.expected") | NOT_ASKED),
    Row("repository's name with a query", reported("gitea", "acme/widget?x=y"),
        fails("repository.expected") | NOT_ASKED),
    Row("same name at another host", reported("gitHub", "acme/widget"),
        fails("repository.expected") | NOT_ASKED),
    Row("reported repository is an address",
        reported("git", "https://localhost:{git}/acme/widget"), NO_ADDRESS),
    Row("reported repository with userinfo",
        reported("git", "https://user:password@localhost:{canary}/acme/widget"), NO_ADDRESS),
    Row("reported repository with userinfo as a name",
        reported("gitea", "user:password@localhost:{canary}/widget"),
        fails("repository.expected") | NOT_ASKED),
    Row("reported repository is a file", reported("git", "file:///etc/passwd"), NO_ADDRESS),
    Row("reported repository at a loopback address",
        reported("git", "https://127.0.0.1:{canary}/acme/widget"), NO_ADDRESS),
    Row("reported repository at a link-local address",
        reported("git", "https://169.254.169.254/latest/meta-data"), NO_ADDRESS),
    Row("reported repository by ssh", reported("git", "git@localhost:{canary}/acme/widget"),
        NO_ADDRESS),
    Row("reported repository as a command", reported("git", "ext::sh -c id"), NO_ADDRESS),
    Row("subversion", reported("subversion", "https://svn.example/widget", "subversion"),
        NO_ADDRESS),
    Row("mercurial at a known host", reported("bitBucket", "acme/widget", "mercurial"),
        NO_ADDRESS),
    Row("a kind of the future", reported("codeberg", "acme/widget"), NO_ADDRESS),
    Row("a kind in another case", reported("Gitea", "acme/widget"), NO_ADDRESS),
    Row("self-hosted kind without a configured base", reported("stash", "acme/widget"),
        NO_ADDRESS),
    Row("no kind stated", lambda w: w.project.pop("repositoryType"),
        unknown("repository-supported", "repository.expected") | NOT_ASKED),

    # ---- which commit
    Row("no such commit", builds(NO_SUCH_COMMIT),
        fails("repository.commit-exists", "repository.commit-on-ref") | lost(*FILES)),
    Row("commit is a tag's object", another_id("tag"), NOT_A_COMMIT, says="is a tag, not a commit"),
    Row("commit is a tree", another_id("tree"), NOT_A_COMMIT),
    Row("commit is no id", builds("main"), NO_ID),
    Row("commit is an option of git", builds("--upload-pack=/bin/sh"), NO_ID),
    Row("commit is a short id", lambda w: w.builds(w.repository.commits["built"][:12]),
        NO_ID | {"appveyor.commit-corroborated": "pass"}),
    Row("commit only on a pull request's ref", builds("pull"), fails("repository.commit-on-ref")),
    Row("commit only on a ref of no kind", builds("hidden"), fails("repository.commit-on-ref")),
    Row("dangling commit that the server hands out", builds("dangling"),
        fails("repository.commit-on-ref")),
    Row("commit only on another branch", builds("feature"), fails("repository.commit-on-ref")),
    Row("commit of another history", builds("alien"), fails("repository.commit-on-ref")),
    Row("commit that the branch named after the built one holds", builds("evil"),
        fails("repository.commit-on-ref")),

    # ---- which ref
    Row("branch that the policy does not allow", branch("feature/new", "feature"), NOT_LISTED),
    Row("homoglyph branch", branch(HOMOGLYPH, "evil"), NOT_LISTED),
    Row("branch in another case", branch("Main"), NOT_LISTED),
    Row("branch that begins like an allowed one", branch("mainly", "evil"),
        fails("repository.ref-allowed")),
    Row("branch one letter longer than an allowed one", branch("mains", "evil"),
        fails("repository.ref-allowed")),
    Row("branch with a line of the reflog", branch("main@{1}"), INVALID_LISTED),
    Row("branch that ends in a dot", branch("main."), INVALID_LISTED),
    Row("branch that is hidden", branch(".main"), INVALID_REF),
    Row("branch that ends in .lock", branch("main.lock"), INVALID_LISTED),
    Row("branch without end", branch("m" * 600), INVALID_REF),
    Row("branch named like a commit id", branch(NO_SUCH_COMMIT, "evil"), NOT_LISTED),
    Row("branch named like the built commit",
        lambda w: w.build.update(branch=w.repository.commits["built"]), NOT_LISTED),
    Row("branch named like a full ref", branch("refs/heads/main", "evil"), NOT_LISTED),
    Row("branch that does not exist, not allowed", branch("gone"), NOT_LISTED),
    Row("branch that does not exist",
        lambda w: (branch("gone")(w), w.policy.update(refs=["refs/heads/*"])),
        fails("repository.public", "repository.commit-on-ref")),
    Row("* does not cross a slash",
        lambda w: (branch("feature/new", "feature")(w), w.policy.update(refs=["refs/heads/*"])),
        fails("repository.ref-allowed")),
    Row("? does not cross a slash",
        lambda w: (branch("feature/new", "feature")(w),
                   w.policy.update(refs=["refs/heads/feature?new"])),
        fails("repository.ref-allowed")),
    Row("branch that is a pattern", lambda w: w.build.update(branch="*"), INVALID_REF),
    Row("branch that climbs out", lambda w: w.build.update(branch="../pull/1/head"), INVALID_REF),
    Row("no branch stated", lambda w: w.build.pop("branch"), NO_REF),
    Row("a branch's build that speaks of a tag", lambda w: w.build.update(tag="v1.0"), NO_REF),
    Row("a tag's build without a tag", lambda w: w.build.update(isTag=True), NO_REF),

    # ---- tags; the honest ones are among the honest rows
    Row("tag and branch of one name: commit of the branch", ambiguous_tag_build,
        fails("repository.commit-on-ref")),
    Row("branch of an allowed tag's name", lambda w: (w.tag("v2.0"), w.build.update(isTag=False),
                                                      w.build.pop("tag"),
                                                      w.build.update(branch="v2.0")), NOT_LISTED),
    Row("tag on a commit of no branch", tag("v9.0-stray", "stray"),
        fails("repository.tag-on-branch")),
    Row("tag on a branch that does not count", tag("v1.0-feature", "feature"),
        fails("repository.tag-on-branch")),
    Row("tag on a branch that begins like one that counts", tag("v3.0-evil", "evil"),
        fails("repository.tag-on-branch")),
    Row("tag that does not hold the commit", tag("v0.1"), fails("repository.commit-on-ref")),
    Row("tag that does not exist", tag("v404"),
        fails("repository.public", "repository.commit-on-ref")),
    Row("tag named like the branch", lambda w: (w.tag("main"),
                                                w.policy.update(refs=["refs/heads/main"])),
        NOT_LISTED),
]

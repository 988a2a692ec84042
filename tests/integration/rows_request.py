# SPDX-License-Identifier: Apache-2.0
"""What a submission may not ask for, and what the configuration may not say."""

from row import BEHIND_GATE, EVERYTHING, Row, fails, lost, unknown
from world import BUILD_ID

NOTHING = lost(*EVERYTHING)


def another_system(w):
    """A second system that is declared, but neither allowed nor linked."""
    w.trust["systems"].append({**w.system, "slug": "elsewhere"})
    w.arguments += ["--system", "elsewhere"]


def linked_system(w):
    another_system(w)
    w.linked["links"].append({**w.link, "system": "elsewhere"})


def named(*arguments):
    return lambda w: setattr(w, "arguments", list(arguments))


def assumes(*words):
    def change(w):
        w.link["assume"] = list(words)
        if not words:
            del w.link["assume"], w.link["assume_reason"]
    return change


def waives(check, until="2099-01-01T00:00:00Z"):
    def change(w):
        w.policy["waivers"] = [{"check": check, "reason": "because", "author": "somebody",
                                "until": until}]
    return change


def with_cache(change):
    def both(w):
        w.configuration["cacheEntries"] = [{"value": "packages"}]
        change(w)
    return both


def of_policy(**members):
    return lambda w: w.policy.update(members)


def of_link(**members):
    return lambda w: w.link.update(members)


def without_ids(w):
    del w.link["account_id"], w.link["project_id"]


def refused(name, change, says, exit=3):
    """A configuration or a command line that goes no further."""
    return Row(name, change, exit=exit, says=says, report=False)


def no_requests(_, result):
    assert not result.requests, result.requests


UNANSWERED = lost("build", *BEHIND_GATE)

ROWS = [
    # ---- rights: nothing is asked of anybody
    Row("system that the policy does not allow", linked_system,
        fails("request.system-allowed") | NOTHING, watch=no_requests),
    Row("system that is not linked", another_system,
        fails("request.linked", "request.system-allowed") | NOTHING | unknown("account-declared"),
        watch=no_requests),
    Row("submitter that the policy does not allow", of_policy(submitters=["local:nobody-else"]),
        fails("request.submitter-allowed") | NOTHING, watch=no_requests),

    # ---- the link
    Row("link without ids", without_ids, unknown("project-linked") | lost(*BEHIND_GATE),
        says='account_id = "77"; project_id = "4711";'),
    Row("nobody vouches for the account", assumes(), unknown("account-declared")),
    Row("nobody vouches for the variables", assumes("no-global-yaml"),
        unknown("account-declared")),
    Row("nobody vouches for the Global YAML", assumes("no-start-variables"),
        unknown("account-declared")),

    # ---- names
    Row("no build named", named(), UNANSWERED, says="--build"),
    Row("build named by its version", named("--build", "1.2.3"), UNANSWERED, says="--build"),
    Row("page of another project",
        lambda w: setattr(w, "arguments", ["--build", w.page.replace("/widget/", "/gadget/")]),
        UNANSWERED, says="gadget"),
    Row("page of another server",
        named("--build", f"https://evil.example/project/acme/widget/builds/{BUILD_ID}"),
        UNANSWERED),
    Row("build's id climbs out", named("--build", "../settings"), UNANSWERED),
    Row("job's id climbs out", lambda w: w.arguments.extend(["--job", "../x"]), UNANSWERED),
    Row("only a job that is none of the last build's", named("--job", "zzzzzzzzzzzzzzzz"),
        UNANSWERED, says="--build"),

    # ---- what the policy says of checks
    Row("waiver that has run out", with_cache(waives("appveyor.cache-empty",
                                                     "2020-01-01T00:00:00Z")),
        fails("cache-empty")),
    Row("waiver of another check", with_cache(waives("appveyor.scripts-off")),
        fails("cache-empty")),
    refused("policy names a check that nobody declares", of_policy(optional=["appveyor.cashe"]),
            "appveyor.cashe"),
    refused("binding check made optional", of_policy(optional=["appveyor.project-linked"]),
            "appveyor.project-linked"),
    refused("binding check waived", waives("artifact.digest"), "artifact.digest"),
    refused("assumption that no connector knows", assumes("no-evil"), "no-evil"),
    refused("assumption without a reason", lambda w: w.link.pop("assume_reason"), "assume_reason"),
    refused("pattern that is no ref", of_policy(refs=["main"]), "refs/heads/"),
    refused("repository with userinfo",
            lambda w: w.linked.update(repositories=["https://a:b@localhost/acme/widget"]),
            "repositories"),
    refused("repository that is a file",
            lambda w: w.linked.update(repositories=["file:///srv/widget"]), "repositories"),
    refused("key written into the configuration", of_link(api_key="v1k3yv1k3yv1k3y"), "api_key"),
    refused("option that nobody knows", of_link(acount="acme"), "account"),
    refused("id as a number", of_link(project_id=4711), "project_id"),
    refused("submission answers for the link", lambda w: w.arguments.extend(["--account", "evil"]),
            "account", exit=2),
    refused("unknown system", lambda w: w.arguments.extend(["--system", "evil"]), "appveyor",
            exit=2),
    refused("unknown project", lambda w: w.arguments.extend(["--project", "evil"]), "widget",
            exit=2),
    refused("unknown policy", lambda w: w.arguments.extend(["--policy", "evil"]), "release",
            exit=2),
]

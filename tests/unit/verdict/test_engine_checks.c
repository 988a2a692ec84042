/* SPDX-License-Identifier: Apache-2.0
 *
 * The engine's checks on request, build and repository; those on the artifact are in
 * test_engine_artifact.c.
 */
#include "rows.h"

#include "base/json.h"
#include "evidence/evidence.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

/* clang-format off */
static const struct row rows[] = {
    /* request */
    {"a system that the policy does not name", false, {{E "request.system", "'ci3'"}},
     "request.system-allowed", CM_FAIL, "ci3", "request.linked"},
    {"a system that looks like an allowed one", false, {{E "request.system", "'c\\u04561'"}},
     "request.system-allowed", CM_FAIL, "c\\u{456}1", "request.linked"},
    {"another allowed system, not linked", false, {{E "request.system", "'ci2'"}}, "request.linked",
     CM_FAIL, "the link is to ci1", NULL},
    {"no link", false, {{E "effective.link", "null"}}, "request.linked", CM_FAIL, "no link", NULL},
    {"no system", false, {{E "effective.system", "null"}}, "request.linked", CM_FAIL, "link", NULL},
    {"a submitter that the policy does not name", false, {{E "request.submitter",
     "'local:mallory'"}}, "request.submitter-allowed", CM_FAIL, "local:mallory", NULL},
    {"a submitter in another case", false, {{E "request.submitter", "'local:Anna'"}},
     "request.submitter-allowed", CM_FAIL, "local:Anna", NULL},
    {"no submitter", false, {{E "request.submitter", NULL}}, "request.submitter-allowed",
     CM_UNKNOWN, "request.submitter", NULL},
    {"no list of submitters", false, {{POLICY "submitters", "'local:anna'"}},
     "request.submitter-allowed", CM_UNKNOWN, "policy.submitters", NULL},

    /* age */
    {"a build of two years ago", false, {{"origin.built_at.text", "'2024-11-22T18:00:00Z'"}},
     "build.age", CM_FAIL, "730 days ago", NULL},
    {"a build of the future", false, {{"origin.built_at.text", "'2026-11-22T18:20:00Z'"}},
     "build.age", CM_FAIL, "after it was judged", NULL},
    {"a clock that is a little ahead", false, {{"origin.built_at.text", "'2026-11-22T18:14:00Z'"}},
     "build.age", CM_PASS, "0 s ago", NULL},
    {"an old build where any age will do", false, {{"origin.built_at.text",
     "'2019-11-22T18:00:00Z'"}, {POLICY "max_age", "0"}}, "build.age", CM_PASS, "days ago", NULL},
    {"no time of the build", false, {{"origin.built_at", NULL}}, "build.age", CM_UNKNOWN,
     "does not tell the time of the build", NULL},
    {"a time that is none", false, {{"origin.built_at.text", "'yesterday'"}}, "build.age",
     CM_UNKNOWN, "not a time: yesterday", NULL},
    {"times as far apart as can be", false, {{"origin.built_at.text",
     "'1970-01-01T00:00:00Z'"}, {E "decided_at", "'2262-01-01T00:00:00Z'"}}, "build.age",
     CM_FAIL, "days ago", NULL},
    {"no decided_at", false, {{E "decided_at", NULL}}, "build.age", CM_UNKNOWN, "decided_at", NULL},
    {"no max_age", false, {{POLICY "max_age", NULL}}, "build.age", CM_UNKNOWN, "max_age", NULL},
    {"a time that only the submission tells", false, {{"origin.built_at.document", "'submitted'"}},
     "build.age", CM_UNKNOWN, "only the submission", NULL},
    {"a time of a document that is not there", false, {{"origin.built_at.document", "'nowhere'"}},
     "build.age", CM_UNKNOWN, "only the submission", NULL},

    /* repository.expected */
    {"another repository", false, {{"origin.repository.text", "'https://git.example/evil/widget'"}},
     "repository.expected", CM_FAIL, "evil/widget",
     "repository.public, repository.commit-exists, repository.commit-on-ref, "
     "repository.tag-on-branch"},
    {"userinfo", false, {{"origin.repository.text",
     "'https://git.example\\u0040evil.example/acme/widget'"}}, "repository.expected", CM_FAIL,
     "no repository to compare",
     "repository.public, repository.commit-exists, repository.commit-on-ref, "
     "repository.tag-on-branch"},
    {"a file", false, {{"origin.repository.text", "'file:///srv/git/acme/widget'"}},
     "repository.expected", CM_FAIL, "file:///srv/git",
     "repository.public, repository.commit-exists, repository.commit-on-ref, "
     "repository.tag-on-branch"},
    {"a host that looks like ours", false, {{"origin.repository.text",
     "'https://g\\u0456t.example/acme/widget'"}}, "repository.expected", CM_FAIL,
     "g\\u{456}t.example", "repository.public, repository.commit-exists, repository.commit-on-ref, "
     "repository.tag-on-branch"},
    {"another case of the path", false, {{"origin.repository.text",
     "'https://git.example/Acme/widget'"}}, "repository.expected", CM_FAIL, "Acme/widget",
     "repository.public, repository.commit-exists, repository.commit-on-ref, "
     "repository.tag-on-branch"},
    {"another case of the path where the host folds", false, {{"origin.repository.text",
     "'https://fold.example/Acme/Widget.git'"}, {DOC "repository-probe.content.url",
     "'https://fold.example/ACME/widget'"}, {DOC "repository-refs.content.url",
     "'https://fold.example/acme/WIDGET'"}, {DOC "repository-commit.content.url",
     "'https://fold.example/acme/widget'"}, {DOC "repository-path.content.url",
     "'https://fold.example/acme/widget.git'"}}, "repository.expected", CM_PASS, "fold.example/Acme",
     NULL},
    {"another spelling of the same", false, {{"origin.repository.text",
     "'https://GIT.example:443/acme/widget.git/'"}}, "repository.expected", CM_PASS, "GIT.example",
     NULL},
    {"no repository", false, {{"origin.repository", NULL}}, "repository.expected", CM_UNKNOWN,
     "does not tell the repository", "repository.public"},
    {"two repositories", false, {{"origin.repository",
     "[ { 'text': 'https://git.example/acme/widget', 'document': 'build' },"
     "  { 'text': 'https://evil.example/x', 'document': 'build' } ]"}}, "repository.expected",
     CM_UNKNOWN, "more than once", "repository.public"},
    {"a repository of the submission's", false, {{"origin.repository.document", "'submitted'"}},
     "repository.expected", CM_UNKNOWN, "only the submission", "repository.public"},

    /* repository.public */
    {"401", false, {{DOC "repository-probe.content.status", "401"}}, "repository.public", CM_FAIL,
     "answered 401", NULL},
    {"404", false, {{DOC "repository-probe.content.status", "404"}}, "repository.public", CM_FAIL,
     "answered 404", NULL},
    {"401 each time", false, {{DOC "repository-probe.content.status", "401"},
     {DOC "repository-probe.content.tries", "3"}}, "repository.public", CM_FAIL,
     "answered 401, asked 3 times", NULL},
    {"401 to who asks too often", false, {{DOC "repository-probe.content.status", "401"},
     {DOC "repository-probe.content.rate_limited", "true"}}, "repository.public", CM_UNKNOWN,
     "answered 401 and said that it is asked too often", NULL},
    {"404 to who asks too often, each time", false,
     {{DOC "repository-probe.content.status", "404"}, {DOC "repository-probe.content.tries", "2"},
     {DOC "repository-probe.content.rate_limited", "true"}}, "repository.public", CM_UNKNOWN,
     "answered 404 and said that it is asked too often", NULL},
    {"401 to who does not ask too often", false, {{DOC "repository-probe.content.status", "401"},
     {DOC "repository-probe.content.rate_limited", "false"}}, "repository.public", CM_FAIL,
     "answered 401", NULL},
    {"too often is no yes or no", false, {{DOC "repository-probe.content.status", "401"},
     {DOC "repository-probe.content.rate_limited", "'true'"}}, "repository.public", CM_FAIL,
     "answered 401", NULL},
    {"public only when it was asked again", false, {{DOC "repository-probe.content.tries", "3"}},
     "repository.public", CM_PASS, "lists refs/heads/main", NULL},
    {"asked too often, and public", false, {{DOC "repository-probe.content.rate_limited", "true"},
     {DOC "repository-refs.content.anonymous", "false"}}, "repository.public", CM_FAIL,
     "with a credential only", NULL},
    {"asked too often, and a page", false, {{DOC "repository-probe.content.rate_limited", "true"},
     {DOC "repository-probe.content.media_type", "'text/html'"}}, "repository.public", CM_FAIL,
     "a page (text/html)", NULL},
    {"a redirect to nowhere", false, {{DOC "repository-probe.content.status", "302"}},
     "repository.public", CM_FAIL, "answered 302 and names nothing that can be read", NULL},
    {"a redirect to another name", false, {{DOC "repository-probe.content.status", "301"},
     {DOC "repository-probe.content.location", "'https://git.example/acme/gadget/info/refs'"}},
     "repository.public", CM_FAIL, "answered 301 and names https://git.example/acme/gadget", NULL},
    {"a redirect to another host", false, {{DOC "repository-probe.content.status", "308"},
     {DOC "repository-probe.content.location", "'https://other.example/acme/widget/info/refs'"}},
     "repository.public", CM_FAIL, "names https://other.example/acme/widget, at another host",
     NULL},
    {"a redirect to plain http", false, {{DOC "repository-probe.content.status", "301"},
     {DOC "repository-probe.content.location", "'http://git.example/acme/widget/info/refs'"}},
     "repository.public", CM_FAIL, "names http://git.example/acme/widget, and without TLS", NULL},
    {"a redirect to a sign-in page", false, {{DOC "repository-probe.content.status", "302"},
     {DOC "repository-probe.content.location", "'https://git.example/users/sign_in'"}},
     "repository.public", CM_FAIL, "names https://git.example/users/sign_in, which is no repository",
     NULL},
    {"a redirect to a place that is none", false, {{DOC "repository-probe.content.status", "302"},
     {DOC "repository-probe.content.location", "'https://a\\u0040b.example/x/info/refs'"}},
     "repository.public", CM_FAIL, "names nothing that can be read", NULL},
    {"a redirect to what looks like our host", false, {{DOC "repository-probe.content.status",
     "302"}, {DOC "repository-probe.content.location", "'https://git.example/\\u0456/info/refs'"}},
     "repository.public", CM_FAIL, "names nothing that can be read", NULL},
    {"too many requests", false, {{DOC "repository-probe.content.status", "429"}},
     "repository.public", CM_UNKNOWN, "429", NULL},
    {"a sign-in page", false, {{DOC "repository-probe.content.media_type", "'text/html'"}},
     "repository.public", CM_FAIL, "a page (text/html) in the place of git", NULL},
    {"something else", false, {{DOC "repository-probe.content.media_type", "'text/plain'"}},
     "repository.public", CM_FAIL, "something else than git (text/plain)", NULL},
    {"a media type with something behind", false, {{DOC "repository-probe.content.media_type",
     "'application/x-git-upload-pack-advertisement; charset=utf-8'"}}, "repository.public", CM_FAIL,
     "something else", NULL},
    {"the right type, another content", false, {{DOC "repository-probe.content.first_line", "''"}},
     "repository.public", CM_FAIL, "something else", NULL},
    {"version 2 at once", false, {{DOC "repository-probe.content.first_line", "'version 2'"}},
     "repository.public", CM_PASS, "lists refs/heads/main", NULL},
    {"no answer to the probe", false, {{DOC "repository-probe.content", NULL},
     {DOC "repository-probe.error", TRANSIENT}}, "repository.public", CM_UNKNOWN, "503", NULL},
    {"listed with a credential", false, {{DOC "repository-refs.content.anonymous", "false"}},
     "repository.public", CM_FAIL, "with a credential only", NULL},
    {"listed with a credential, and that is enough", false,
     {{DOC "repository-refs.content.anonymous", "false"}, {POLICY "repository", "'any'"},
     {DOC "repository-probe.content.status", "401"}}, "repository.public", CM_PASS,
     "read with a credential", NULL},
    {"a policy that says something else than public or any", false,
     {{DOC "repository-refs.content.anonymous", "false"}, {POLICY "repository", "'some'"}},
     "repository.public", CM_FAIL, "with a credential only", NULL},
    {"the probe of another of the project's repositories", false,
     {{DOC "repository-probe.content.url", "'https://fold.example/acme/widget'"}},
     "repository.public", CM_UNKNOWN, "not what was built",
     "repository.commit-exists, repository.commit-on-ref, repository.tag-on-branch"},
    {"the probe of a repository of somebody's, any will do", false,
     {{DOC "repository-probe.content.url", "'https://evil.example/acme/widget'"},
     {POLICY "repository", "'any'"}}, "repository.public", CM_FAIL, "another place",
     "repository.commit-exists, repository.commit-on-ref, repository.tag-on-branch"},
    {"a list of another of the project's repositories", false,
     {{DOC "repository-refs.content.url", "'https://fold.example/acme/widget'"}},
     "repository.public", CM_UNKNOWN, "not what was built", "repository.commit-on-ref"},
    {"a list of nobody's", false, {{DOC "repository-refs.content.url", NULL}},
     "repository.public", CM_UNKNOWN, "not what was built", "repository.commit-on-ref"},

    /* repository.commit-exists */
    {"a commit of another repository", false, {{DOC "repository-commit.content.url",
     "'https://evil.example/acme/widget'"}}, "repository.commit-exists", CM_UNKNOWN,
     "not what was built", NULL},
    {"a commit of another repository, which is also what was built", false,
     {{DOC "repository-commit.content.url", "'https://evil.example/x'"},
     {DOC "repository-probe.content.url", "'https://evil.example/x'"},
     {"origin.repository.text", "'https://evil.example/x'"}}, "repository.commit-exists",
     CM_UNKNOWN, "not what was built",
     "repository.expected, repository.public, repository.commit-on-ref"},
    {"no list, and any repository will do", false, {{POLICY "repository", "'any'"},
     {DOC "repository-refs.content", NULL}, {DOC "repository-refs.error", TRANSIENT}},
     "repository.public", CM_UNKNOWN, "503", "repository.commit-on-ref"},
    {"no such commit", false, {{DOC "repository-commit.content", NULL},
     {DOC "repository-commit.error", NOT_FOUND}}, "repository.commit-exists", CM_FAIL,
     "has no commit", NULL},
    {"the commit could not be asked for", false, {{DOC "repository-commit.content", NULL},
     {DOC "repository-commit.error", TRANSIENT}}, "repository.commit-exists", CM_UNKNOWN, "503",
     NULL},
    {"the commit was not asked for, for want of something else", false,
     {{DOC "repository-commit.content", NULL}, {DOC "repository-commit.error",
     "{ 'class': 'not-found', 'message': 'not asked', 'cause': 'build' }"}},
     "repository.commit-exists", CM_UNKNOWN, "not asked", NULL},
    {"the object of another commit", false, {{DOC "repository-commit.content.object",
     "'@stray:object@'"}}, "repository.commit-exists", CM_FAIL, "the recorded object is", NULL},
    {"another commit was asked for", false, {{DOC "repository-commit.content",
     "{ 'url': 'https://git.example/acme/widget', 'commit': '@stray@',"
     "  'object': '@stray:object@' }"}}, "repository.commit-exists", CM_FAIL,
     "another commit", NULL},
    {"an object that is no base64", false, {{DOC "repository-commit.content.object", "'%%%'"}},
     "repository.commit-exists", CM_FAIL, "cannot be read", NULL},
    {"an abbreviated id", false, {{"origin.commit.text", "'0123abc'"}}, "repository.commit-exists",
     CM_FAIL, "no full id", "repository.commit-on-ref, repository.tag-on-branch"},
    {"no commit", false, {{"origin.commit", NULL}}, "repository.commit-exists", CM_UNKNOWN,
     "does not tell the commit", "repository.commit-on-ref, repository.tag-on-branch"},
    {"a commit that a document of trouble should tell", false, {{"origin.commit.text", NULL},
     {"origin.commit.document", "'repository-tag-path'"}}, "repository.commit-exists", CM_UNKNOWN,
     "not asked: no tag", "repository.commit-on-ref, repository.tag-on-branch"},

    /* repository.commit-on-ref */
    {"a path in another repository", false, {{DOC "repository-path.content.url",
     "'https://fold.example/acme/widget'"}}, "repository.commit-on-ref", CM_UNKNOWN,
     "not what was built", NULL},
    {"not reachable", false, {{DOC "repository-path.content",
     "{ 'url': 'https://git.example/acme/widget', 'ref': 'refs/heads/main', 'tip': '@tip@',"
     "  'commit': '@commit@', 'finding': 'not-reachable', 'walked': 812, 'length': 0 }"}}, "repository.commit-on-ref",
     CM_FAIL, "none of the 812 commits of refs/heads/main", NULL},
    {"not reachable, with a path that says otherwise", false,
     {{DOC "repository-path.content.finding", "'not-reachable'"}}, "repository.commit-on-ref",
     CM_FAIL, "none of the 3 commits", NULL},
    {"nothing found out", false, {{DOC "repository-path.content.finding", NULL}},
     "repository.commit-on-ref", CM_FAIL, "nothing was found out", NULL},
    {"no such branch", false, {{DOC "repository-refs.content.refs",
     "[ { 'name': 'refs/heads/main-2', 'id': '@tip@' } ]"}}, "repository.commit-on-ref", CM_FAIL,
     "the repository has no refs/heads/main", "repository.public"},
    {"a branch that was not asked for", false, {{DOC "repository-refs.content.refs", "[]"},
     {DOC "repository-refs.content.prefixes", "[]"}}, "repository.commit-on-ref", CM_UNKNOWN,
     "not asked for", "repository.public"},
    {"a branch that is listed twice", false, {{DOC "repository-refs.content.refs",
     "[ { 'name': 'refs/heads/main', 'id': '@tip@' },"
     "  { 'name': 'refs/heads/main', 'id': '@stray@' } ]"}}, "repository.commit-on-ref", CM_FAIL,
     "nothing clear", NULL},
    {"another branch was walked", false, {{DOC "repository-path.content.ref",
     "'refs/heads/main-2'"}}, "repository.commit-on-ref", CM_FAIL, "another branch", NULL},
    {"another tip was walked", false, {{DOC "repository-path.content.tip", "'@stray@'"}},
     "repository.commit-on-ref", CM_FAIL, "another branch", NULL},
    {"another commit was looked for", false, {{DOC "repository-path.content.commit", "'@stray@'"}},
     "repository.commit-on-ref", CM_FAIL, "another branch", NULL},
    {"a path from somewhere else", false, {{DOC "repository-path.content.path",
     "[ '@stray:object@', '@middle:object@', '@commit:object@' ]"}}, "repository.commit-on-ref",
     CM_FAIL, "breaks at commit 1", NULL},
    {"a path with a gap", false, {{DOC "repository-path.content.path",
     "[ '@tip:object@', '@commit:object@' ]"}, {DOC "repository-path.content.length", "2"}},
     "repository.commit-on-ref", CM_FAIL, "breaks at commit 2", NULL},
    {"a path that goes past the commit", false, {{DOC "repository-path.content.path",
     "[ '@tip:object@', '@middle:object@', '@commit:object@', '@root:object@' ]"},
     {DOC "repository-path.content.length", "4"}}, "repository.commit-on-ref", CM_FAIL,
     "does not lead to the commit", NULL},
    {"a path that ends before the commit", false, {{DOC "repository-path.content.path",
     "[ '@tip:object@', '@middle:object@' ]"}, {DOC "repository-path.content.length", "2"}},
     "repository.commit-on-ref", CM_FAIL, "does not lead to the commit", NULL},
    {"an empty path", false, {{DOC "repository-path.content.path", "[]"},
     {DOC "repository-path.content.length", "0"}}, "repository.commit-on-ref", CM_FAIL,
     "does not lead to the commit", NULL},
    {"a path of another length", false, {{DOC "repository-path.content.length", "4"}},
     "repository.commit-on-ref", CM_FAIL, "not as long", NULL},
    {"a path that is no list", false, {{DOC "repository-path.content.path", "'@tip:object@'"}},
     "repository.commit-on-ref", CM_FAIL, "not as long", NULL},
    {"a path of numbers", false, {{DOC "repository-path.content.path", "[ 1, 2, 3 ]"}},
     "repository.commit-on-ref", CM_FAIL, "cannot be read", NULL},
    {"a path too long to be kept", false, {{DOC "repository-path.content.path", NULL},
     {DOC "repository-path.content.length", "90210"}}, "repository.commit-on-ref", CM_PASS,
     "finding of the recording engine (path of 90210 commits not kept)", NULL},
    {"a path of no length that was not kept", false, {{DOC "repository-path.content.path", NULL},
     {DOC "repository-path.content.length", "0"}}, "repository.commit-on-ref", CM_FAIL,
     "nothing shows it", NULL},
    {"the walk was interrupted", false, {{DOC "repository-path.content", NULL},
     {DOC "repository-path.error", TRANSIENT}}, "repository.commit-on-ref", CM_UNKNOWN, "503", NULL},
    {"a failure that has a cause", false, {{DOC "repository-refs.content", NULL},
     {DOC "repository-refs.error",
     "{ 'class': 'transient', 'message': 'not asked', 'cause': 'repository-probe' }"},
     {DOC "repository-probe.content", NULL}, {DOC "repository-probe.error",
     "{ 'class': 'denied', 'message': 'the address is private' }"}}, "repository.commit-on-ref",
     CM_UNKNOWN, "the address is private", "repository.public"},
    {"a pull request", false, {{"origin.ref.text", "'refs/pull/1/head'"}},
     "repository.commit-on-ref", CM_FAIL, "no branch or tag",
     "repository.public, repository.ref-allowed, repository.tag-on-branch"},

    /* repository.ref-allowed */
    {"a branch that the policy does not name", false, {{"origin.ref.text", "'refs/heads/main-2'"}},
     "repository.ref-allowed", CM_FAIL, "refs/heads/main-2",
     "repository.commit-on-ref"},
    {"a branch that looks like main", false, {{"origin.ref.text", "'refs/heads/m\\u0430in'"}},
     "repository.ref-allowed", CM_FAIL, "refs/heads/m\\u{430}in",
     "repository.public, repository.commit-on-ref"},
    {"a branch without its full name", false, {{"origin.ref.text", "'main'"}},
     "repository.ref-allowed", CM_FAIL, "no branch or tag",
     "repository.public, repository.commit-on-ref, repository.tag-on-branch"},
    {"a folder too deep for the pattern", false, {{"origin.ref.text", "'refs/heads/release/1/2'"}},
     "repository.ref-allowed", CM_FAIL, "release/1/2",
     "repository.public, repository.commit-on-ref"},
    {"no ref", false, {{"origin.ref", NULL}}, "repository.ref-allowed", CM_UNKNOWN,
     "the branch or tag", "repository.public, repository.commit-on-ref, repository.tag-on-branch"},

    /* repository.tag-on-branch */
    {"a tag on a commit of no branch", true, {{DOC "repository-tag-path.content",
     "{ 'url': 'https://git.example/acme/widget', 'branches': [ 'refs/heads/main' ],"
     "  'commit': '@commit@',"
     "  'finding': 'not-reachable', 'walked': 12, 'length': 0 }"}}, "repository.tag-on-branch",
     CM_FAIL, "on none of them", NULL},
    {"a tag on a branch that is not allowed", true, {{DOC "repository-tag-path.content.ref",
     "'refs/heads/topic'"}}, "repository.tag-on-branch", CM_FAIL, "refs/heads/topic was looked at",
     NULL},
    {"a tag on another tag", true, {{DOC "repository-tag-path.content.ref", "'refs/tags/v1.0'"}},
     "repository.tag-on-branch", CM_FAIL, "was looked at instead", NULL},
    {"a tag where other branches are demanded", true, {{POLICY "tag_branches",
     "[ 'refs/heads/lts' ]"}}, "repository.tag-on-branch", CM_FAIL, "refs/heads/main was looked at",
     NULL},
    {"a tag where no branch is named", true, {{POLICY "refs", "[ 'refs/tags/v*' ]"}},
     "repository.tag-on-branch", CM_FAIL, "names no branch", NULL},
    {"a tag, and the branch moved meanwhile", true, {{DOC "repository-tag-path.content.tip",
     "'@stray@'"}}, "repository.tag-on-branch", CM_UNKNOWN, "moved while it was read", NULL},
    {"a tag whose path is broken", true, {{DOC "repository-tag-path.content.path",
     "[ '@tip:object@', '@stray:object@', '@commit:object@' ]"}}, "repository.tag-on-branch",
     CM_FAIL, "breaks at commit 2", NULL},
    {"a tag whose branches were not looked at", true, {{DOC "repository-tag-path.content", NULL},
     {DOC "repository-tag-path.error", TRANSIENT}}, "repository.tag-on-branch", CM_UNKNOWN, "503",
     NULL},
    {"a lightweight tag", true, {{DOC "repository-refs.content.refs",
     "[ { 'name': 'refs/tags/v1.0', 'id': '@commit@' },"
     "  { 'name': 'refs/heads/main', 'id': '@tip@' } ]"}}, "repository.tag-on-branch", CM_PASS,
     "refs/heads/main", NULL},
    {"a tag on a branch that the repository does not list", true,
     {{DOC "repository-refs.content.refs", "[ { 'name': 'refs/tags/v1.0', 'id': '@commit@' } ]"}},
     "repository.tag-on-branch", CM_FAIL, "has no refs/heads/main", NULL},
    {"a tag on a branch of a list of its own", true, {{DOC "repository-refs.content.prefixes",
     "[ 'refs/tags/v' ]"}, {DOC "repository-refs.content.refs",
     "[ { 'name': 'refs/tags/v1.0', 'id': '@commit@' } ]"}, {DOC "repository-tag-path.content.refs",
     "[ { 'name': 'refs/heads/main', 'id': '@tip@' } ]"}}, "repository.tag-on-branch", CM_PASS,
     "refs/heads/main", NULL},
    {"a tag on a branch that its own list has elsewhere", true,
     {{DOC "repository-tag-path.content.refs",
     "[ { 'name': 'refs/heads/main', 'id': '@stray@' } ]"}}, "repository.tag-on-branch",
     CM_UNKNOWN, "moved", NULL},
    {"a tag on a branch that its own list does not have", true,
     {{DOC "repository-tag-path.content.refs", "[]"}}, "repository.tag-on-branch", CM_UNKNOWN,
     "not asked for", NULL},
    {"a tag's path in another repository", true, {{DOC "repository-tag-path.content.url",
     "'https://fold.example/acme/widget'"}}, "repository.tag-on-branch", CM_UNKNOWN,
     "not what was built", NULL},
    {"a tag that is not peeled to the commit", true, {{DOC "repository-refs.content.refs",
     "[ { 'name': 'refs/tags/v1.0', 'id': '@commit@', 'peeled': '@stray@' },"
     "  { 'name': 'refs/heads/main', 'id': '@tip@' } ]"}},
     "repository.commit-on-ref", CM_FAIL, "another branch or commit", NULL},
};
/* clang-format on */

static void
test_rows(void **state)
{
    (void)state;
    check_rows(rows, CM_COUNT(rows));
}

static void
check_honest(bool of_a_tag)
{
    struct cm_err err = CM_ERR_INIT;
    struct honest honest;
    honest_make(&honest, of_a_tag);
    if (!cm_evidence_check(honest.evidence, &err))
        fail_msg("%s", err.text);
    honest_judge(&honest);
    for (size_t i = 0; i < honest.verdict.answer_count; i++)
        if (honest.verdict.answers[i].word != CM_PASS)
            fail_msg("%s: %s%s", honest.verdict.answers[i].check,
                     honest.verdict.answers[i].observed, honest.verdict.answers[i].reason);
    assert_int_equal(honest.verdict.outcome, CM_ACCEPTED);
    honest_done(&honest);
}

static void
test_honest(void **state)
{
    (void)state;
    check_honest(false);
    check_honest(true);
}

/* Also: none of them is a document that nobody reads. */
static void
check_deletion(bool of_a_tag, const char *name)
{
    struct honest honest;
    honest_make(&honest, of_a_tag);
    honest_judge(&honest);
    bool is_read = false;
    for (size_t i = 0; i < honest.verdict.answer_count; i++)
        for (const char *const *at = honest.verdict.answers[i].documents; *at; at++)
            is_read = is_read || strcmp(*at, name) == 0;
    if (!is_read)
        fail_msg("nobody reads %s", name);
    assert_int_equal(json_object_del(json_object_get(honest.evidence, "documents"), name), 0);
    honest_judge(&honest);
    if (honest.verdict.outcome == CM_ACCEPTED)
        fail_msg("accepted without %s", name);
    honest_done(&honest);
}

static void
test_deletions(void **state)
{
    (void)state;
    const char *name = NULL;
    json_t *document = NULL;
    struct honest honest;
    honest_make(&honest, false);
    json_object_foreach(json_object_get(honest.evidence, "documents"), name, document)
    {
        check_deletion(false, name);
        check_deletion(true, name);
    }
    honest_done(&honest);
}

static void
test_table(void **state)
{
    (void)state;
    size_t count = 0;
    const struct cm_check *checks = cm_engine_checks(&count);
    assert_int_equal(count, 12);
    for (size_t i = 0; i < count; i++) {
        bool is_binding = strncmp(checks[i].id, "request.", 8) == 0 ||
                          strncmp(checks[i].id, "artifact.", 9) == 0 ||
                          strcmp(checks[i].id, "repository.expected") == 0;
        assert_int_equal(checks[i].binding, is_binding);
        assert_false(checks[i].gate);
        assert_non_null(checks[i].question);
        assert_non_null(checks[i].remedy);
    }
}

static void
test_causes_go_round(void **state)
{
    (void)state;
    struct honest honest;
    honest_make(&honest, false);
    const struct change circle[] = {
        {DOC "repository-refs.content", NULL},
        {DOC "repository-refs.error",
         "{ 'class': 'auth', 'message': 'a', 'cause': 'repository-path' }"},
        {DOC "repository-path.content", NULL},
        {DOC "repository-path.error",
         "{ 'class': 'ok', 'message': 'b', 'cause': 'repository-refs' }"}};
    for (size_t i = 0; i < CM_COUNT(circle); i++)
        honest_change(&honest, &circle[i]);
    honest_judge(&honest);
    assert_int_equal(honest_answer(&honest, "repository.commit-on-ref")->word, CM_UNKNOWN);
    assert_int_not_equal(honest_answer(&honest, "repository.commit-on-ref")->reason_class, CM_OK);
    honest_done(&honest);
}

/* Where the origin could not be stated, its reason is that of every check that asks for it. */
static void
test_unstated(void **state)
{
    (void)state;
    struct honest honest;
    honest_make(&honest, false);
    honest_change(&honest, &(struct change){"origin.commit", NULL});
    honest_change(&honest, &(struct change){DOC "build.content", NULL});
    honest_change(&honest,
                  &(struct change){DOC "build.error", "{ 'class': 'auth', 'message': 'refused' }"});
    honest.verdict.unstated_class = CM_E_TRANSIENT;
    honest.verdict.unstated = "it broke off";
    honest_judge(&honest);
    assert_string_equal(honest_answer(&honest, "repository.commit-exists")->reason, "it broke off");
    assert_null(honest_answer(&honest, "repository.commit-exists")->cause);
    assert_true(honest.verdict.retry);
    honest.verdict.unstated_cause = "build";
    honest_judge(&honest);
    assert_string_equal(honest_answer(&honest, "repository.commit-exists")->reason, "refused");
    assert_string_equal(honest_answer(&honest, "repository.commit-exists")->cause, "build");
    assert_false(honest.verdict.retry);
    honest_done(&honest);
}

/* A system that only says who asks: that is why nothing is known of what was built. */
static void
test_no_origin_asserted(void **state)
{
    (void)state;
    struct honest honest;
    honest_make(&honest, false);
    honest_judge(&honest);
    assert_null(honest_answer(&honest, "repository.expected")->reason);
    json_object_clear(json_object_get(honest.all, "origin"));
    honest_judge(&honest);
    assert_non_null(strstr(honest_answer(&honest, "repository.expected")->reason, "does not tell"));
    honest_change(&honest, &(struct change)PEER("@digest@"));
    honest_judge(&honest);
    const struct cm_answer *answer = honest_answer(&honest, "repository.expected");
    assert_int_equal(answer->word, CM_UNKNOWN);
    assert_string_equal(answer->reason, "this build system says who asks, and asserts no origin");
    assert_non_null(strstr(answer->remedy, "origin = \"none\""));
    assert_int_equal(honest.verdict.outcome, CM_UNDECIDED);
    honest_done(&honest);
}

/* What nobody asked for, because collecting stopped, is told by what stopped it. */
static void
test_stopped(void **state)
{
    (void)state;
    struct honest honest;
    honest_make(&honest, false);
    honest_change(&honest, &(struct change){"evidence.collected.stopped", "'the gate is shut'"});
    honest_change(&honest, &(struct change){DOC "repository-commit", NULL});
    honest_judge(&honest);
    const struct cm_answer *answer = honest_answer(&honest, "repository.commit-exists");
    assert_int_equal(answer->word, CM_UNKNOWN);
    assert_string_equal(answer->reason, "the gate is shut");
    assert_int_equal(answer->reason_class, CM_E_CANCELLED);
    assert_null(answer->cause);
    assert_int_equal(honest.verdict.outcome, CM_UNDECIDED);
    honest_done(&honest);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_honest),          cmocka_unit_test(test_rows),
        cmocka_unit_test(test_deletions),       cmocka_unit_test(test_table),
        cmocka_unit_test(test_causes_go_round), cmocka_unit_test(test_unstated),
        cmocka_unit_test(test_stopped),         cmocka_unit_test(test_no_origin_asserted)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}

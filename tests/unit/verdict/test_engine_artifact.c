/* SPDX-License-Identifier: Apache-2.0
 *
 * Which file it is: artifact.digest, artifact.name, and what a verdict is about.
 */
#include "rows.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

/* clang-format off */
static const struct row rows[] = {
    /* artifact.digest */
    {"another file was submitted", false, {{DOC "submitted.content.sha256",
     "'ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff'"}}, "artifact.digest",
     CM_FAIL, "ffff", NULL},
    {"a file of another size", false, {{DOC "submitted.content.size", "6"}}, "artifact.digest",
     CM_FAIL, "6 bytes", NULL},
    {"no file was submitted", false, {{DOC "submitted.content", NULL}, {DOC "submitted.error",
     NOT_FOUND}}, "artifact.digest", CM_PASS, "5 bytes", NULL},
    {"an empty artifact", false, {{DOC "artifact.size", "0"}, {DOC "submitted.content.size", "0"}},
     "artifact.digest", CM_FAIL, "empty", NULL},
    {"an artifact that could not be had", false, {{DOC "artifact.error", TRANSIENT}},
     "artifact.digest", CM_UNKNOWN, "503", NULL},
    {"one of two artifacts could not be had", false, {{DOC "other",
     "{ 'of': 'system', 'credential': false, 'artifact': true,"
     "  'error': { 'class': 'limit', 'message': 'too large' } }"}}, "artifact.digest", CM_UNKNOWN,
     "too large", NULL},
    {"two artifacts, one of them the submitted file", false, {{DOC "other",
     "{ 'of': 'system', 'credential': false, 'artifact': true, 'size': 7, 'sha256':"
     "'ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff' }"}}, "artifact.digest",
     CM_PASS, "5 bytes", NULL},
    {"an artifact of the submitter's", false, {{DOC "artifact.of", "'submitter'"}},
     "artifact.digest", CM_UNKNOWN, "no artifact was had", NULL},
    {"no artifact", false, {{DOC "artifact", NULL}}, "artifact.digest", CM_UNKNOWN,
     "no artifact was had", NULL},
    {"a submitted document that is marked as an artifact", false, {{DOC "artifact", NULL},
     {DOC "submitted.artifact", "true"}, {DOC "submitted.size", "5"}, {DOC "submitted.sha256",
     "'@digest@'"}}, "artifact.digest", CM_UNKNOWN, "no artifact was had", NULL},

    /* artifact.digest, where the system hands out nothing and states a digest */
    {"the file whose digest is stated", false, {NO_FILE, STATED("@digest@")}, "artifact.digest",
     CM_PASS, "5 bytes", NULL},
    {"another file than the digest is stated of", false, {NO_FILE, STATED(OTHER)},
     "artifact.digest", CM_FAIL, "the build system states sha256:ffff", NULL},
    {"a digest that only the submission states", false, {NO_FILE, STATED("@digest@"),
     {"origin.artifact_sha256.document", "'submitted'"}}, "artifact.digest", CM_UNKNOWN,
     "only the submission tells the digest", NULL},
    {"a digest that is none", false, {NO_FILE, STATED("@digest40@")}, "artifact.digest",
     CM_UNKNOWN, "no SHA-256", NULL},
    {"a digest in capitals", false, {NO_FILE, STATED(
     "0123456789ABCDEF0123456789ABCDEF0123456789ABCDEF0123456789ABCDEF")}, "artifact.digest",
     CM_UNKNOWN, "no SHA-256", NULL},
    {"a digest, and no file", false, {NO_FILE, STATED("@digest@"), {DOC "submitted.content", NULL},
     {DOC "submitted.error", NOT_FOUND}}, "artifact.digest", CM_UNKNOWN, "no file was submitted",
     NULL},
    {"a digest, and an empty file", false, {NO_FILE, STATED("@digest@"),
     {DOC "submitted.content.size", "0"}}, "artifact.digest", CM_FAIL, "empty", NULL},
    {"a file and its digest", false, {STATED("@digest@")}, "artifact.digest", CM_PASS, "5 bytes",
     NULL},
    {"a file and the digest of another one", false, {STATED(OTHER)}, "artifact.digest", CM_FAIL,
     "and states sha256:ffff", NULL},
    {"a file, not submitted, and the digest of another one", false, {STATED(OTHER),
     {DOC "submitted.content", NULL}, {DOC "submitted.error", NOT_FOUND}}, "artifact.digest",
     CM_FAIL, "and states sha256:ffff", NULL},
    {"a file that could not be had, and a digest", false, {STATED("@digest@"),
     {DOC "artifact.error", TRANSIENT}}, "artifact.digest", CM_UNKNOWN, "503", NULL},

    /* artifact.digest, where only the system is verified and it hands out nothing */
    {"the file that was signed for", false, {NODE_ONLY, NO_FILE, PEER("@digest@")},
     "artifact.digest", CM_PASS, "5 bytes", NULL},
    {"another file than was signed for", false, {NODE_ONLY, NO_FILE,
     PEER("ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff")},
     "artifact.digest", CM_FAIL, "signed for was sha256:ffff", NULL},
    {"signed for no file", false, {NODE_ONLY, NO_FILE, {DOC "peer", "{ 'of': 'submitter',"
     " 'content': { 'proof': 'signed-challenge', 'challenge': '{}' } }"}}, "artifact.digest",
     CM_UNKNOWN, "does not say for which file", NULL},
    {"a challenge that is no JSON", false, {NODE_ONLY, NO_FILE, {DOC "peer", "{ 'of': 'submitter',"
     " 'content': { 'proof': 'signed-challenge', 'challenge': 'x' } }"}}, "artifact.digest",
     CM_UNKNOWN, "does not say for which file", NULL},
    {"a proof of another kind", false, {NODE_ONLY, NO_FILE, {DOC "peer", "{ 'of': 'submitter',"
     " 'content': { 'proof': 'tls',"
     "   'challenge': '{\\u0022artifact_sha256\\u0022:\\u0022@digest@\\u0022}' } }"}}, "artifact.digest", CM_UNKNOWN,
     "does not say for which file", NULL},
    {"no proof", false, {NODE_ONLY, NO_FILE, {DOC "peer", "{ 'of': 'submitter', 'error': " NOT_FOUND
     " }"}}, "artifact.digest", CM_UNKNOWN, "no such object", NULL},
    {"nothing submitted, and nothing handed out", false, {NODE_ONLY, NO_FILE, PEER("@digest@"),
     {DOC "submitted.content", NULL}, {DOC "submitted.error", NOT_FOUND}}, "artifact.digest",
     CM_UNKNOWN, "no file was submitted", "artifact.name"},
    {"an empty file", false, {NODE_ONLY, NO_FILE, PEER("@digest@"),
     {DOC "submitted.content.size", "0"}}, "artifact.digest", CM_FAIL, "empty", NULL},
    {"a proof where the policy asks for an origin", false, {NO_FILE, PEER("@digest@")},
     "artifact.digest", CM_UNKNOWN, "no artifact was had", NULL},
    {"a file was handed out all the same, another one", false, {NODE_ONLY, PEER("@digest@"),
     {DOC "artifact.sha256", "'ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff'"}},
     "artifact.digest", CM_FAIL, "the build system has", NULL},
    {"nobody says who delivered it", false, {NODE_ONLY, NO_FILE}, "artifact.digest", CM_UNKNOWN,
     "no artifact was had", NULL},

    /* artifact.name */
    {"a name where only the system is verified", false, {NODE_ONLY, {"origin.artifact", NULL}},
     "artifact.name", CM_PASS, "Widget.1.0.nupkg", NULL},
    {"no name where only the system is verified", false, {NODE_ONLY, {DOC "submitted.content.name",
     NULL}}, "artifact.name", CM_UNKNOWN, "no file with a name", NULL},
    {"another name", false, {{DOC "submitted.content.name", "'Gadget.1.0.nupkg'"}}, "artifact.name",
     CM_FAIL, "Gadget.1.0.nupkg was submitted", NULL},
    {"another case of the name", false, {{DOC "submitted.content.name", "'widget.1.0.nupkg'"}},
     "artifact.name", CM_FAIL, "widget.1.0.nupkg was submitted", NULL},
    {"a name that leads elsewhere", false, {{"origin.artifact.text", "'../Widget.1.0.nupkg'"}},
     "artifact.name", CM_FAIL, "../Widget", NULL},
    {"a name with a backslash", false, {{"origin.artifact.text", "'out\\\\Widget.1.0.nupkg'"}},
     "artifact.name", CM_FAIL, "out\\\\Widget", NULL},
    {"a name with a control character", false, {{"origin.artifact.text",
     "'Widget\\u001b[2J.nupkg'"}}, "artifact.name", CM_FAIL, "Widget\\x1b[2J", NULL},
    {"a name that runs backwards", false, {{"origin.artifact.text", "'Widget\\u202egkpun.exe'"}},
     "artifact.name", CM_FAIL, "\\u{202e}", NULL},
    {"a folder", false, {{"origin.artifact.text", "'out/'"}}, "artifact.name", CM_FAIL, "out/",
     NULL},
    {"an absolute path", false, {{"origin.artifact.text", "'/Widget.1.0.nupkg'"}}, "artifact.name",
     CM_FAIL, "/Widget", NULL},
    {"no name, nothing submitted", false, {{DOC "submitted.content", NULL}, {DOC "submitted.error",
     NOT_FOUND}, {"origin.artifact", NULL}}, "artifact.name", CM_UNKNOWN,
     "does not tell the name of the artifact", NULL},
    {"two artifacts, one of them the submitted one's name", false, {{"origin.artifact",
     "[ { 'text': 'a/Gadget.nupkg', 'document': 'build' },"
     "  { 'text': 'b/Widget.1.0.nupkg', 'document': 'build' } ]"}}, "artifact.name", CM_PASS,
     "Widget.1.0.nupkg", NULL},
    {"a name of the submission's", false, {{"origin.artifact.document", "'submitted'"}},
     "artifact.name", CM_UNKNOWN, "only the submission", NULL},
};
/* clang-format on */

static void
test_rows(void **state)
{
    (void)state;
    check_rows(rows, CM_COUNT(rows));
}

/* Which file a verdict is about, where the system hands out none. */
static void
test_artifact_by_digest(void **state)
{
    static const struct {
        struct change changes[3];
        bool about_it;
    } cases[] = {
        {{NO_FILE, STATED("@digest@")}, true},
        {{NO_FILE}, false},
        {{NO_FILE, STATED(OTHER)}, false},
        {{NO_FILE, STATED("@digest@"), {"origin.artifact_sha256.document", "'submitted'"}}, false},
        {{NO_FILE, STATED("@digest@"), {DOC "submitted.content", NULL}}, false},
        {{{DOC "artifact.error", TRANSIENT}, STATED("@digest@")}, false},
        {{{DOC "artifact.sha256", "'" OTHER "'"}, STATED("@digest@")}, false},
    };
    (void)state;
    for (size_t i = 0; i < CM_COUNT(cases); i++) {
        struct honest honest;
        honest_make(&honest, false);
        for (size_t n = 0; n < 3 && cases[i].changes[n].path; n++)
            honest_change(&honest, &cases[i].changes[n]);
        honest_judge(&honest);
        bool about_it = cm_verdict_artifact(honest.evidence, &honest.verdict) != NULL;
        if (about_it != cases[i].about_it)
            fail_msg("case %zu", i);
        honest_done(&honest);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_rows),
                                       cmocka_unit_test(test_artifact_by_digest)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}

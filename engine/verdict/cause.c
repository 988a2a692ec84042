/* SPDX-License-Identifier: Apache-2.0 */
#include "verdict/verdict.h"

#include "base/json.h"
#include "base/text.h"
#include "evidence/evidence.h"

#include <string.h>

#define MOST_HOPS 16 /* causes of causes; evidence may be malformed and go in a circle */

/* What a failure of each class asks of a person; of what the repository did not answer, where that
 * is something else than of what the build system did not. */
struct remedy {
    enum cm_class class;
    const char *text, *of_repository;
};

static const struct remedy remedies[] = {
    {CM_E_CONFIG,
     "Mend the configuration as the reason says; `countermark config check` shows where.", NULL},
    {CM_E_DENIED,
     "If this address is meant, list it in `allow_addresses` of the system; else correct the URL.",
     "If the project is built from there, add the URL to `repositories` of the project; if its "
     "address is meant, list it in `allow_addresses` of the host."},
    {CM_E_AUTH,
     "Give or check the secret that the reason names: it is missing or wrong, has expired, or may "
     "not read this.",
     "Make the repository public, or set `repository = \"any\"` in the signing policy and give the "
     "project a token that may read it."},
    {CM_E_NOT_FOUND,
     "See that the names in the submission and in the link are right, and that the build system "
     "still keeps this.",
     "See that the repository, the branch or tag and the commit are still there."},
    {CM_E_TRANSIENT, "Submit again in a few minutes.", NULL},
    {CM_E_LIMIT, "This is larger than what is read; see what makes it so large.", NULL},
    {CM_E_CANCELLED, "Submit again; if time ran out, give it more (--timeout).", NULL},
    {CM_E_MALFORMED,
     "See that the URL is that of the right server, and that nothing in between changes its "
     "answers.",
     NULL},
    {CM_E_UNSUPPORTED,
     "This cannot be decided from what is recorded: where that is right, make the check optional "
     "or waive it in the signing policy.",
     "Do what the reason says, if it says what to do; else this server cannot answer the question: "
     "where that is right, make the check optional or waive it in the signing policy."},
};

/* Of the document "peer": nobody was asked, somebody came. */
static const struct remedy of_peer[] = {
    {CM_E_NOT_FOUND,
     "Ask for a challenge with `countermark node-challenge`, have the build node sign it with "
     "`countermark node-sign`, and submit what it signed with --node-proof.",
     NULL},
    {CM_E_DENIED,
     "A challenge is good for one submission and for some minutes, on the host that made it: ask "
     "for a new one with `countermark node-challenge`, and have the build node sign that.",
     NULL},
    {CM_E_UNSUPPORTED,
     "Give the verifier a state directory that it can write (`state`, or --state FOLDER), and ask "
     "for a new challenge.",
     NULL},
};

/* Where it is another if it was asked through a proxy, which refuses, too. */
static const struct remedy through_proxy[] = {
    {CM_E_DENIED,
     "Do what the reason says: mend `proxy`, `hosts` or the URL in the configuration, or have the "
     "proxy allow it.",
     NULL},
    {CM_E_AUTH,
     "Check the secret that the reason names, the proxy's or the build system's: it is wrong, has "
     "expired, or may not read this.",
     "If it was the proxy that refused, check the secret of `proxy`; else make the repository "
     "public, or set `repository = \"any\"` in the signing policy and give the project a token "
     "that may read it."},
};

static const char *
find_remedy(const struct remedy *table, size_t count, enum cm_class class, const char *document)
{
    bool of_repository = document && cm_starts_with(document, "repository-");
    for (size_t i = 0; i < count; i++)
        if (table[i].class == class)
            return of_repository && table[i].of_repository ? table[i].of_repository : table[i].text;
    return NULL;
}

const char *
cm_class_remedy(enum cm_class class, const json_t *evidence, const char *document)
{
    const char *found = NULL;
    if (document && strcmp(document, "peer") == 0)
        found = find_remedy(of_peer, CM_COUNT(of_peer), class, document);
    if (!found && cm_json_bool(cm_evidence_document(evidence, document), "proxy", false))
        found = find_remedy(through_proxy, CM_COUNT(through_proxy), class, document);
    if (!found)
        found = find_remedy(remedies, CM_COUNT(remedies), class, document);
    return found ? found
                 : "This is a fault of the program or of a plug-in: report it, with the evidence.";
}

/* The document at the beginning of the failure: that one's error, or it is missing. */
static const char *
first_of(const json_t *evidence, const char *document)
{
    for (int hop = 0; hop < MOST_HOPS; hop++) {
        const json_t *error = cm_json_get(cm_evidence_document(evidence, document), "error");
        const char *cause = cm_json_text(error, "cause");
        if (!cause || !cm_json_get(cm_evidence_document(evidence, cause), "error"))
            return document;
        document = cause;
    }
    return document;
}

/* Nobody asked for it, because collecting ended before that. */
static void
blame_stop(const char *why, struct cm_arena *arena, struct cm_answer *answer)
{
    answer->word = CM_UNKNOWN;
    answer->reason_class = CM_E_CANCELLED;
    answer->reason = cm_arena_text(arena, why);
    answer->cause = NULL;
    answer->remedy = "Mend what stopped it, then submit again.";
}

void
cm_answer_missing(const json_t *evidence, const char *document, struct cm_arena *arena,
                  struct cm_answer *answer)
{
    const char *first = first_of(evidence, document);
    const char *stopped = cm_json_text(cm_json_get(evidence, "collected"), "stopped");
    const json_t *found = cm_evidence_document(evidence, first);
    const json_t *error = cm_json_get(found, "error");
    const char *class = cm_json_text(error, "class");
    const char *message = cm_json_text(error, "message");
    if (!found && stopped) {
        blame_stop(stopped, arena, answer);
        return;
    }
    answer->word = CM_UNKNOWN;
    answer->reason_class = class ? cm_class_of(class) : CM_E_INTERNAL;
    if (answer->reason_class == CM_OK)
        answer->reason_class = CM_E_INTERNAL;
    answer->reason = error   ? cm_arena_text(arena, message ? message : "no reason was recorded")
                     : found ? "nothing of it was kept in the evidence"
                             : "it is not in the evidence";
    answer->cause = cm_arena_text(arena, first);
    answer->remedy = cm_class_remedy(answer->reason_class, evidence, first);
}

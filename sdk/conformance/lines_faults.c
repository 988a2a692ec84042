/* SPDX-License-Identifier: Apache-2.0
 *
 * Each question, answered in each wrong way.
 */
#include "play.h"

#include "base/json.h"

#include <stdio.h>
#include <string.h>

/* ---- the right class ---- */

static const struct cf_link *
link_of(const struct cf_play *play, enum cf_source source, size_t asked)
{
    for (size_t i = 0; i < play->link_count; i++)
        if (play->links[i].asked == asked && play->links[i].source == source &&
            *play->links[i].document != '\0')
            return &play->links[i];
    return NULL;
}

/* Is it the content that is wrong, and nothing else? */
static bool
is_spoilt(const struct cf_fault *fault)
{
    return fault->body != CF_AS_IT_IS && fault->status == 0;
}

/* Of a body that is broken only those can be told who read it as JSON and keep something. A file of
 * the operator's is kept as it is. */
static bool
is_told(const struct cf_fault *fault, const struct cf_link *link, const json_t *honest)
{
    if (!is_spoilt(fault))
        return true;
    const json_t *content = cm_json_get(cf_document(honest, link->document), "content");
    return content != NULL && !link->is_text && link->source != CF_OPERATOR &&
           cm_json_get(content, "matches") == NULL;
}

static bool
has_right_class(const struct cf_honest *h, const struct cf_disturbance *how, const json_t *out,
                struct cm_err *why)
{
    const struct cf_link *link = link_of(h->play, how->source, how->asked);
    if (link == NULL || how->fault->expected == CM_OK || !is_told(how->fault, link, h->out))
        return true;
    const json_t *document = cf_document(out, link->document);
    const char *class = cm_json_text(cm_json_get(document, "error"), "class");
    const char *expected = cm_class_name(how->fault->expected);
    /* a hook that ended before it could record anything says why itself */
    if (document == NULL)
        return json_object_size(cm_json_get(out, "failed")) > 0 ||
               cm_fail(why, CM_E_MALFORMED, "the document '%s' is not recorded", link->document);
    return (class != NULL && strcmp(class, expected) == 0) ||
           cm_fail(why, CM_E_MALFORMED, "the document '%s' says %s, and not %s", link->document,
                   class != NULL ? class : "that all is well", expected);
}

/* What the outside does wrong is neither the operator's fault nor ours. */
static bool
blames_the_outside(const json_t *out, struct cm_err *why)
{
    return cf_none_ends_with(out, CM_E_INTERNAL, why) && cf_none_ends_with(out, CM_E_CONFIG, why);
}

/* Was the same asked once more, later? */
static bool
is_asked_again(const json_t *out, size_t asked)
{
    const json_t *all = cm_json_get(out, "asked");
    const json_t *one = json_array_get(json_array_get(all, asked), 0);
    for (size_t i = asked + 1; i < json_array_size(all); i++)
        if (json_equal(json_array_get(json_array_get(all, i), 0), one))
            return true;
    return false;
}

/* An answer that was asked for, and is not one, must be seen somewhere: in the evidence, in an
 * answer, or in that it was asked for again. */
static bool
is_noticed(const struct cf_honest *h, const struct cf_disturbance *how, const json_t *out,
           struct cm_err *why)
{
    const struct cf_link *link = link_of(h->play, how->source, how->asked);
    bool is_one =
        how->fault->expected == CM_OK || (link != NULL && !is_told(how->fault, link, h->out));
    return is_one || (how->source == CF_SYSTEM && is_asked_again(out, how->asked)) ||
           !json_equal(cm_json_get(h->out, "evidence"), cm_json_get(out, "evidence")) ||
           !json_equal(cm_json_get(h->out, "answers"), cm_json_get(out, "answers")) ||
           cm_fail(why, CM_E_MALFORMED, "nobody notices: ask for what is used, or not at all");
}

/* ---- one question, one fault ---- */

static const char *
exceptions_of(const struct cf_fault *fault)
{
    if (fault->body == CF_BARE)
        return "passes_on_empty";
    if (fault->body >= CF_NOTHING && fault->body <= CF_WORD)
        return "passes_on_anything";
    return fault->expected == CM_E_AUTH || fault->expected == CM_E_NOT_FOUND ? "passes_without"
                                                                             : NULL;
}

static bool
disturb(const struct cf_honest *h, const struct cf_fault *fault, enum cf_source source,
        size_t asked, unsigned *applied, struct cm_err *why)
{
    static const char *const words[] = {"question", "file", "file of the operator"};
    char during[200];
    CM_CLEANUP(cm_json_done) json_t *out = NULL;
    const struct cf_disturbance how = {.fault = fault, .source = source, .asked = asked};
    (void)snprintf(during, sizeof during, "%s %zu: %s", words[source], asked + 1, fault->id);
    cf_doing(h->play->trial, "%s", during);
    if (!cf_play(h->play, &how, &out, why))
        return false;
    if (!h->play->applied)
        return true;
    ++*applied;
    if (!has_right_class(h, &how, out, why) || !blames_the_outside(out, why) ||
        !is_noticed(h, &how, out, why))
        return cm_context(why, "%s", during);
    return cf_no_false_pass(h->play, h->out, out, during, is_spoilt(fault), exceptions_of(fault),
                            why);
}

/* All that was asked in the last run: more runs are to come, in which it may be less. */
struct asked {
    struct {
        enum cf_source source;
        size_t number;
    } at[FAKE_MOST + CF_FILES_MOST + CF_OWN_MOST];
    size_t count;
};

static struct asked
asked_by(const struct cf_play *play)
{
    struct asked asked = {.count = 0};
    for (unsigned source = CF_SYSTEM; source < CF_SOURCES; source++)
        for (size_t i = 0; i < play->asked[source] && asked.count < CM_COUNT(asked.at); i++) {
            asked.at[asked.count].source = (enum cf_source)source;
            asked.at[asked.count++].number = i;
        }
    return asked;
}

static bool
fault(struct cf_trial *t, struct cm_err *why)
{
    CM_CLEANUP(cf_honest_done) struct cf_honest h = {NULL, NULL};
    const struct cf_fault *fault = cf_line_now()->with;
    unsigned applied = 0;
    if (!cf_honest_begin(t, &h, why))
        return false;
    const struct asked asked = asked_by(h.play);
    const bool meant[] = {[CF_SYSTEM] = (fault->flags & CF_FILE) == 0,
                          [CF_REPOSITORY] = (fault->flags & CF_GIT) != 0,
                          [CF_OPERATOR] = (fault->flags & CF_OWN) != 0};
    for (size_t i = 0; i < asked.count; i++)
        if (meant[asked.at[i].source] &&
            !disturb(&h, fault, asked.at[i].source, asked.at[i].number, &applied, why))
            return false;
    return applied > 0 || cf_skip(t, "no question of this conversation can be answered like that");
}

/* ---- who delivered it ---- */

/* The engine does not know, and says why. */
static bool
peer(struct cf_trial *t, struct cm_err *why)
{
    CM_CLEANUP(cf_honest_done) struct cf_honest h = {NULL, NULL};
    CM_CLEANUP(cm_json_done) json_t *out = NULL;
    const struct cf_disturbance how = {.peer = (enum cm_class)cf_line_now()->detail};
    if (cm_json_get(t->script->root, "peer") == NULL)
        return cf_skip(t, "the script has no 'peer'");
    return cf_honest_begin(t, &h, why) && cf_play(h.play, &how, &out, why) &&
           blames_the_outside(out, why) &&
           cf_no_false_pass(h.play, h.out, out, cm_class_name(how.peer), false,
                            how.peer == CM_E_NOT_FOUND ? "passes_without" : NULL, why);
}

/* ---- what the script declares must be so ---- */

static bool
passes_in(const struct cf_honest *h, const struct cf_fault *fault, const char *check,
          const char *document, bool *ret, struct cm_err *why)
{
    const struct asked asked = asked_by(h->play);
    for (size_t i = 0; i < asked.count && !*ret; i++) {
        CM_CLEANUP(cm_json_done) json_t *out = NULL;
        const struct cf_disturbance how = {
            .fault = fault, .source = asked.at[i].source, .asked = asked.at[i].number};
        if (!cf_play(h->play, &how, &out, why))
            return false;
        const struct cf_link *link = link_of(h->play, how.source, how.asked);
        *ret = h->play->applied && link != NULL && strcmp(link->document, document) == 0 &&
               strcmp(cf_word(out, check), "pass") == 0;
    }
    return true;
}

static bool
passes_without(const struct cf_honest *h, const char *check, const char *document, bool *ret,
               struct cm_err *why)
{
    static const enum cm_class classes[] = {CM_E_NOT_FOUND, CM_E_AUTH};
    for (size_t i = 0; i < CM_COUNT(classes); i++) {
        CM_CLEANUP(cm_json_done) json_t *out = NULL;
        const struct cf_disturbance how = {.without = document, .why = classes[i]};
        if (!cf_play(h->play, &how, &out, why))
            return false;
        *ret = *ret || strcmp(cf_word(out, check), "pass") == 0;
    }
    return true;
}

static bool
is_so(const struct cf_honest *h, const char *member, const char *check, const char *document,
      struct cm_err *why)
{
    static const struct cf_fault bare = {"", CM_OK, 0, CF_BARE, 0, CM_OK};
    static const struct cf_fault number = {"", CM_OK, 0, CF_NUMBER, 0, CM_OK};
    bool so = false, empty = strcmp(member, "passes_on_empty") == 0;
    bool done = strcmp(member, "passes_without") == 0
                    ? passes_without(h, check, document, &so, why)
                    : passes_in(h, empty ? &bare : &number, check, document, &so, why);
    return done && (so || cm_fail(why, CM_E_CONFIG,
                                  "%s: %s does not pass without '%s': take it out of the script",
                                  member, check, document));
}

static bool
declared(struct cf_trial *t, struct cm_err *why)
{
    static const char *const members[] = {"passes_without", "passes_on_empty",
                                          "passes_on_anything"};
    CM_CLEANUP(cf_honest_done) struct cf_honest h = {NULL, NULL};
    if (!cf_honest_begin(t, &h, why))
        return false;
    for (size_t i = 0; i < CM_COUNT(members); i++) {
        const char *check, *document;
        json_t *documents, *because;
        json_object_foreach(cm_json_get(t->script->root, members[i]), check, documents)
        {
            json_object_foreach(documents, document, because)
            {
                if (!is_so(&h, members[i], check, document, why))
                    return false;
            }
        }
    }
    return true;
}

#define FAULT(text, ...)                                                                           \
    {                                                                                              \
        .id = "fault: " text, .kinds = CF_CONNECTOR, .run = fault,                                 \
        .with = &(const struct cf_fault)                                                           \
        {                                                                                          \
            text, __VA_ARGS__                                                                      \
        }                                                                                          \
    }

#define PEER(text, class)                                                                          \
    {                                                                                              \
        .id = "fault: peer " text, .kinds = CF_BUILD, .run = peer, .detail = (class)               \
    }

/* The classes are those that the engine's own client gives (engine/net), and, of a peer, those of
 * countermark-evidence(5). */
const struct cf_line cf_fault_lines[] = {
    /* what does not come */
    FAULT("denied by the address guard", CM_E_DENIED, 0, CF_AS_IT_IS, 0, CM_E_DENIED),
    FAULT("redirect refused", CM_E_DENIED, 0, CF_AS_IT_IS, 0, CM_E_DENIED),
    FAULT("redirect loop", CM_E_LIMIT, 0, CF_AS_IT_IS, 0, CM_E_LIMIT),
    FAULT("answered by another origin", CM_OK, 0, CF_AS_IT_IS, CF_MOVED, CM_OK),
    FAULT("connection lost", CM_E_TRANSIENT, 0, CF_AS_IT_IS, CF_GIT, CM_E_TRANSIENT),
    FAULT("TLS error", CM_E_DENIED, 0, CF_AS_IT_IS, 0, CM_E_DENIED),
    FAULT("timeout", CM_OK, 0, CF_AS_IT_IS, CF_NEVER, CM_E_CANCELLED),
    FAULT("cancelled", CM_E_CANCELLED, 0, CF_AS_IT_IS, CF_GIT, CM_E_CANCELLED),
    FAULT("oversized", CM_E_LIMIT, 0, CF_AS_IT_IS, CF_GIT | CF_OWN, CM_E_LIMIT),
    FAULT("truncated", CM_E_TRANSIENT, 0, CF_AS_IT_IS, 0, CM_E_TRANSIENT),
    FAULT("broken protocol", CM_E_MALFORMED, 0, CF_AS_IT_IS, CF_GIT, CM_E_MALFORMED),
    FAULT("unsupported", CM_E_UNSUPPORTED, 0, CF_AS_IT_IS, CF_GIT, CM_E_UNSUPPORTED),
    /* statuses */
    FAULT("401 Unauthorized", CM_OK, 401, CF_AS_IT_IS, 0, CM_E_AUTH),
    FAULT("403 Forbidden", CM_OK, 403, CF_AS_IT_IS, 0, CM_E_AUTH),
    FAULT("404 Not Found", CM_OK, 404, CF_AS_IT_IS, 0, CM_E_NOT_FOUND),
    FAULT("410 Gone", CM_OK, 410, CF_AS_IT_IS, 0, CM_E_NOT_FOUND),
    FAULT("file not found", CM_E_NOT_FOUND, 0, CF_AS_IT_IS, CF_GIT | CF_OWN | CF_FILE,
          CM_E_NOT_FOUND),
    FAULT("file refused", CM_E_DENIED, 0, CF_AS_IT_IS, CF_OWN | CF_FILE, CM_E_DENIED),
    FAULT("204 No Content", CM_OK, 204, CF_EMPTY, 0, CM_E_MALFORMED),
    FAULT("302 Found", CM_OK, 302, CF_EMPTY, 0, CM_E_MALFORMED),
    FAULT("418", CM_OK, 418, CF_AS_IT_IS, 0, CM_E_MALFORMED),
    FAULT("429 Too Many Requests", CM_OK, 429, CF_AS_IT_IS, 0, CM_E_TRANSIENT),
    FAULT("500 Internal Server Error", CM_OK, 500, CF_AS_IT_IS, 0, CM_E_TRANSIENT),
    FAULT("503 Service Unavailable", CM_OK, 503, CF_AS_IT_IS, 0, CM_E_TRANSIENT),
    /* bodies */
    FAULT("empty", CM_OK, 0, CF_EMPTY, CF_OWN, CM_E_MALFORMED),
    FAULT("a page instead of data", CM_OK, 0, CF_PAGE, CF_OWN, CM_E_MALFORMED),
    FAULT("cut in the middle", CM_OK, 0, CF_HALF, CF_OWN, CM_E_MALFORMED),
    FAULT("a member twice", CM_OK, 0, CF_TWICE, 0, CM_E_MALFORMED),
    FAULT("nested too deep", CM_OK, 0, CF_DEEP, 0, CM_OK),
    FAULT("null", CM_OK, 0, CF_NOTHING, CF_OWN, CM_OK),
    FAULT("a list", CM_OK, 0, CF_LIST, CF_OWN, CM_OK),
    FAULT("a number", CM_OK, 0, CF_NUMBER, CF_OWN, CM_OK),
    FAULT("a text", CM_OK, 0, CF_WORD, CF_OWN, CM_OK),
    FAULT("an empty object", CM_OK, 0, CF_BARE, CF_OWN, CM_OK),
    FAULT("a forged mark", CM_OK, 0, CF_FORGED, 0, CM_E_MALFORMED),
    FAULT("only forged marks", CM_OK, 0, CF_ALL_FORGED, 0, CM_E_MALFORMED),
    /* who delivered it */
    PEER("not found", CM_E_NOT_FOUND),
    PEER("unsupported", CM_E_UNSUPPORTED),
    PEER("denied", CM_E_DENIED),
    PEER("malformed", CM_E_MALFORMED),
    {.id = "declared", .kinds = CF_CONNECTOR, .run = declared},
    {.id = NULL},
};

/* SPDX-License-Identifier: Apache-2.0
 *
 * Answers that are no JSON: the plug-in says what it read, and the host keeps what it may.
 */
#include "base/json.h"
#include "evidence/evidence.h"
#include "pear.h"

#include <countermark/text.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#define PAGE  "<a>open</a><b>hidden</b>"
#define STORY "{\"a\":\"open\",\"b\":\"hidden\"}"

static const char *const keep_a[] = {"a", NULL};

static const struct fake_page page[] = {{.url = SITE "/x", .body = PAGE}, {.url = NULL}};

static const struct cmk_text_answers *
texts(struct cmk_call *c)
{
    return c->base->query(c, CMK_TEXT_ANSWERS, sizeof(struct cmk_text_answers));
}

static struct cmk_bytes
bytes(const char *text)
{
    return (struct cmk_bytes){text, strlen(text)};
}

static void
tells(struct cmk_call *c, const struct cmk_collect *k)
{
    struct cmk_exchange *x = get(c, k, SITE "/x", CMK_AUTH_BEARER);
    struct cmk_bytes body = texts(c)->body(c, x);
    assert_int_equal(body.size, strlen(PAGE));
    assert_memory_equal(body.at, PAGE, sizeof PAGE); /* with the NUL behind it */
    texts(c)->read_as(c, x, bytes(STORY), NULL);
    const struct cmk_value *kept = k->record->exchange(c, "x", x, keep_a);
    assert_string_equal(cmk_text(c, kept, "a"), "open");
}

static void
what_was_read_is_scrubbed(void **state)
{
    (void)state;
    OUTSIDE_SCENE(s, page, NULL);
    collect_well(&s, tells);
    assert_had(&s, "x", "{\"a\":\"open\",\"b\":{\"empty\":false,\"withheld\":\"string\"}}");
    assert_non_null(cm_json_text(scene_got(&s, "x"), "hmac"));
}

static void
tells_all(struct cmk_call *c, const struct cmk_collect *k)
{
    struct cmk_exchange *x = get(c, k, SITE "/x", CMK_AUTH_BEARER);
    texts(c)->read_as(c, x, bytes("{\"a\":\"open\"}"), NULL);
    k->record->exchange(c, "x", x, keep_all);
}

/* Nothing of the JSON was withheld, but nobody knows what of the text was. */
static void
its_digest_is_never_plain(void **state)
{
    (void)state;
    OUTSIDE_SCENE(s, page, NULL);
    collect_well(&s, tells_all);
    assert_null(cm_json_text(scene_got(&s, "x"), "sha256"));
    assert_non_null(cm_json_text(scene_got(&s, "x"), "hmac"));
}

static const char *said;
static const char *why;

static void
tells_wrong(struct cmk_call *c, const struct cmk_collect *k)
{
    struct cmk_exchange *x = get(c, k, SITE "/x", CMK_AUTH_BEARER);
    texts(c)->read_as(c, x, said != NULL ? bytes(said) : (struct cmk_bytes){NULL, 0}, why);
    assert_null(k->record->exchange(c, "x", x, keep_all));
}

static void
what_cannot_be_read_is_malformed(void **state)
{
    static const struct {
        const char *said, *why, *message;
    } rows[] = {
        {NULL, "it has a document type", "it has a document type"},
        {NULL, NULL, "it cannot be read"},
        {"{\"a\":1,\"a\":2}", NULL, "a"},
        {"{", NULL, "what the plug-in read"},
        {"{\"a\":{\"withheld\":\"string\"}}", NULL, "withheld"},
        {"{\"a\":\"" SCENE_SECRET "\"}", NULL, "repeats a secret of ours"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        OUTSIDE_SCENE(s, page, NULL);
        said = rows[i].said;
        why = rows[i].why;
        collect_well(&s, tells_wrong);
        assert_missing(&s, "x", "malformed", rows[i].message, NULL);
    }
}

static void
reads_nothing(struct cmk_call *c, const struct cmk_collect *k)
{
    struct cmk_exchange *x = get(c, k, SITE "/x", CMK_AUTH_BEARER);
    assert_null(texts(c)->body(c, x).at);
    texts(c)->read_as(c, x, bytes("{}"), NULL);
    assert_null(k->record->exchange(c, "x", x, keep_all));
    assert_null(texts(c)->body(c, NULL).at);
}

/* What a page says that is no answer is not read, and its own reason stays. */
static void
only_an_answer_has_a_text(void **state)
{
    static const struct {
        struct fake_page page;
        const char *class;
    } rows[] = {
        {{.url = SITE "/x", .status = 404, .body = PAGE}, "not-found"},
        {{.url = SITE "/x", .status = 403, .body = PAGE}, "auth"},
        {{.url = SITE "/x", .err = CM_E_TRANSIENT}, "transient"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const struct fake_page pages[] = {rows[i].page, {.url = NULL}};
        OUTSIDE_SCENE(s, pages, NULL);
        collect_well(&s, reads_nothing);
        assert_missing(&s, "x", rows[i].class, "", NULL);
    }
}

static void
tells_of_another(struct cmk_call *c, const struct cmk_collect *k)
{
    struct cmk_exchange *x = get(c, k, SITE "/x", CMK_AUTH_BEARER);
    texts(c)->read_as(c, x, bytes(STORY), NULL);
    k->record->exchange(c, "x", x, keep_a);
}

static void
another_origin_says_nothing(void **state)
{
    static const struct fake_page pages[] = {
        {.url = SITE "/x", .body = PAGE, .from = "https://evil.example/x"}, {.url = NULL}};
    (void)state;
    OUTSIDE_SCENE(s, pages, NULL);
    collect_well(&s, tells_of_another);
    assert_missing(&s, "x", "denied", "answered by https://evil.example", NULL);
}

static void
looks_for_it(struct cmk_call *c, const struct cmk_collect *k)
{
    (void)k;
    uint32_t size = sizeof(struct cmk_text_answers);
    assert_non_null(c->base->query(c, CMK_TEXT_ANSWERS, 8));
    assert_null(c->base->query(c, CMK_TEXT_ANSWERS, size + 1));
    assert_null(c->base->query(c, "text", size));
    assert_null(c->base->query(c, NULL, size));
}

static int32_t
a_check(struct cmk_call *c, const struct cmk_exam *x)
{
    (void)x;
    assert_null(texts(c));
    return CMK_PASS;
}

/* Whoever judges has read nothing but the evidence. */
static void
it_is_granted_by_name_and_size_to_those_who_ask(void **state)
{
    (void)state;
    OUTSIDE_SCENE(s, page, NULL);
    collect_well(&s, looks_for_it);
    PURE_SCENE(inside, "{}");
    assert_int_equal(pear_answer(&inside, a_check).word, CM_PASS);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_read_is_scrubbed),
        cmocka_unit_test(its_digest_is_never_plain),
        cmocka_unit_test(what_cannot_be_read_is_malformed),
        cmocka_unit_test(only_an_answer_has_a_text),
        cmocka_unit_test(another_origin_says_nothing),
        cmocka_unit_test(it_is_granted_by_name_and_size_to_those_who_ask),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

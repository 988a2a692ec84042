/* SPDX-License-Identifier: Apache-2.0
 *
 * The host to pure hooks: what a call gives, how it fails, and what is made of an answer.
 */
#include "evidence/evidence.h"
#include "pear.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

/* ---- answers ---- */

static int32_t returned;

static int32_t
returns(struct cmk_call *c, const struct cmk_exam *x)
{
    (void)c;
    (void)x;
    return returned;
}

static void
pass_and_fail(void **state)
{
    (void)state;
    PURE_SCENE(s, "{}");
    returned = CMK_PASS;
    struct cm_answer a = pear_answer(&s, returns);
    assert_int_equal(a.word, CM_PASS);
    assert_string_equal(a.check, "pear.it");
    assert_string_equal(a.question, "Is it?");
    assert_string_equal(a.expected, "it is");
    assert_string_equal(a.observed, "");
    assert_null(a.remedy);
    assert_null(a.reason);
    assert_int_equal(a.reason_class, CM_OK);
    assert_true(a.binding);
    assert_false(a.gate);
    assert_null(a.documents[0]);
    assert_null(a.assumed[0]);

    returned = CMK_FAIL;
    a = pear_answer(&s, returns);
    assert_int_equal(a.word, CM_FAIL);
    assert_string_equal(a.remedy, "Make it so.");
    assert_null(a.reason);

    returned = CMK_UNKNOWN;
    a = pear_answer(&s, returns);
    assert_unknown(&a, CM_E_UNSUPPORTED, "does not decide it");
    assert_string_equal(a.remedy, "Make it so.");
    assert_null(a.cause);
}

/* Booleans, counts, statuses, and neighbours of the real answers. */
static void
nothing_else_is_a_pass(void **state)
{
    static const int32_t forged[] = {1,
                                     -1,
                                     2,
                                     200,
                                     255,
                                     CMK_E_CONFIG,
                                     CMK_E_INTERNAL,
                                     CMK_PASS - 1,
                                     CMK_PASS + 1,
                                     CMK_FAIL + 1,
                                     (int32_t)0x73736170, /* the bytes the other way round */
                                     INT32_MAX,
                                     INT32_MIN};
    (void)state;
    PURE_SCENE(s, "{}");
    for (size_t i = 0; i < sizeof forged / sizeof *forged; i++) {
        returned = forged[i];
        struct cm_answer a = pear_answer(&s, returns);
        assert_unknown(&a, CM_E_INTERNAL, "which is no answer");
    }
}

/* ---- a call fails once ---- */

static int32_t
fails_and_goes_on(struct cmk_call *c, const struct cmk_exam *x)
{
    static const char *const segments[] = {"a"};
    const struct cmk_bytes text = {"[1]", 3};
    const struct cmk_value *held = c->json->parse(c, text);
    assert_non_null(held);
    x->observe(c, "before");
    assert_int_equal(c->base->status(c), CMK_OK);
    assert_int_equal((c->base->fail)(c, CMK_E_MALFORMED, "the first"), CMK_E_MALFORMED);
    assert_int_equal((c->base->fail)(c, CMK_E_DENIED, "the second"), CMK_E_MALFORMED);
    assert_int_equal(c->base->status(c), CMK_E_MALFORMED);

    assert_int_equal(c->base->remaining(c), 0);
    assert_null(c->base->alloc(c, 8));
    assert_int_equal(c->base->match(c, "*", "x"), 0);
    assert_int_equal(c->base->time(c, "2026-01-01T00:00:00Z"), 0);
    assert_null(c->base->url(c, "https://x", segments, 1));
    assert_null(c->base->query(c, "x", 8));
    c->base->log(c, CMK_LOG_ERROR, "not to be seen");

    assert_null(c->json->parse(c, text));
    assert_null(c->json->get(c, held, ""));
    assert_null(c->json->member(c, held, "x"));
    assert_int_equal(c->json->count(c, held), 0);
    assert_null(c->json->at(c, held, 0));
    assert_null(c->json->key(c, held, 0));
    assert_null(c->json->text(c, held));
    assert_int_equal(c->json->integer(c, held, 7), 0);
    assert_int_equal(c->json->truth(c, held, 1), 0);
    assert_null(c->json->show(c, held));
    assert_null(c->json->canonical(c, held).at);

    assert_null(c->crypto->digest(c, "sha256", text).at);
    assert_null(c->crypto->encode(c, "hex", text));
    assert_null(c->crypto->decode(c, "hex", "00").at);

    assert_null(x->evidence->document(c, "build"));
    assert_null(x->evidence->document_if_any(c, "build"));
    assert_null(x->evidence->facts(c, "build"));
    x->observe(c, "after");
    x->expect(c, "after");
    assert_int_equal(x->assumed(c, "no-magic"), 0);
    assert_string_equal(cmk_printf(c, "%d", 1), "");
    return CMK_PASS;
}

static void
a_call_fails_once(void **state)
{
    char log[1024];
    (void)state;
    PURE_SCENE(s, "{}");
    scene_document(&s, "build", "{}", CM_OK);
    struct cm_answer a = pear_answer(&s, fails_and_goes_on);
    assert_unknown(&a, CM_E_MALFORMED, "the first");
    assert_string_equal(a.observed, "before");
    assert_string_equal(a.expected, "it is");
    assert_null(a.documents[0]);
    assert_null(strstr(scene_log(&s, log, sizeof log), "not to be seen"));
}

static int32_t
fails_oddly(struct cmk_call *c, const struct cmk_exam *x)
{
    (void)x;
    return (c->base->fail)(c, returned, returned == CMK_OK ? NULL : "why");
}

static void
statuses_outside_the_list_are_internal(void **state)
{
    static const int32_t odd[] = {0, 1, -11, 200, INT32_MIN, CMK_PASS};
    (void)state;
    PURE_SCENE(s, "{}");
    for (size_t i = 0; i < sizeof odd / sizeof *odd; i++) {
        returned = odd[i];
        struct cm_answer a = pear_answer(&s, fails_oddly);
        assert_unknown(&a, CM_E_INTERNAL, returned == 0 ? "no reason" : "why");
    }
}

/* ---- NULL flows ---- */

static int32_t
reads_nothing(struct cmk_call *c, const struct cmk_exam *x)
{
    static const char *const segments[] = {"a", NULL};
    const struct cmk_bytes none = {NULL, 0};
    (void)x;
    assert_null(c->json->parse(c, none));
    assert_null(c->json->get(c, NULL, "a.b"));
    assert_null(c->json->get(c, c->options, NULL));
    assert_null(c->json->get(c, c->options, "a.b.c"));
    assert_null(c->json->member(c, NULL, "a"));
    assert_null(c->json->member(c, c->options, NULL));
    assert_int_equal(c->json->count(c, NULL), 0);
    assert_null(c->json->at(c, NULL, 0));
    assert_null(c->json->key(c, NULL, 0));
    assert_null(c->json->text(c, NULL));
    assert_int_equal(c->json->integer(c, NULL, -7), -7);
    assert_int_equal(c->json->truth(c, NULL, 1), 1);
    assert_null(c->json->show(c, NULL));
    assert_null(c->json->canonical(c, NULL).at);
    assert_string_equal(cmk_show(c, NULL, "x"), "none");
    assert_int_equal(c->base->time(c, NULL), CMK_NO_TIME);
    assert_int_equal(c->base->match(c, NULL, "x"), 0);
    assert_int_equal(c->base->match(c, "x", NULL), 0);
    assert_null(c->base->url(c, NULL, segments, 1));
    assert_null(c->base->url(c, "https://x", segments, 2));
    assert_null(c->crypto->digest(c, "sha256", none).at);
    assert_null(c->crypto->encode(c, "hex", none));
    assert_null(c->crypto->decode(c, "hex", NULL).at);
    assert_null(x->evidence->document(c, NULL));
    assert_null(x->evidence->facts(c, NULL));
    x->observe(c, NULL);
    c->base->log(c, 1, NULL);
    return cmk_passes(c->base->status(c) == CMK_OK);
}

static void
null_flows(void **state)
{
    (void)state;
    PURE_SCENE(s, "{\"a\": null}");
    struct cm_answer a = pear_answer(&s, reads_nothing);
    assert_int_equal(a.word, CM_PASS);
}

/* ---- values ---- */

static int32_t
reads_values(struct cmk_call *c, const struct cmk_exam *x)
{
    const struct cmk_value *o = c->options;
    (void)x;
    assert_string_equal(cmk_text(c, o, "t"), "x");
    assert_int_equal(cmk_integer(c, o, "n", 0), -5);
    assert_int_equal(cmk_truth(c, o, "b", 0), 1);
    assert_int_equal(c->json->count(c, cmk_get(c, o, "l")), 3);
    assert_int_equal(cmk_integer(c, o, "l.2.z", 0), 9);
    assert_string_equal(c->json->key(c, cmk_get(c, o, "l.2"), 0), "z");
    assert_string_equal(cmk_show(c, o, "n"), "-5");
    assert_string_equal(cmk_show(c, o, "b"), "true");
    assert_string_equal(cmk_show(c, o, "r"), "1.5");
    assert_string_equal(cmk_show(c, o, "t"), "x");
    assert_non_null(c->json->member(c, o, "a.b"));
    struct cmk_bytes text = c->json->canonical(c, cmk_get(c, o, "l"));
    assert_int_equal(text.size, 13);
    assert_memory_equal(text.at, "[1,\"2\",{\"z\":9}]", 3);
    assert_non_null(c->json->parse(c, (struct cmk_bytes){"{\"a\":1}", 7}));
    return cmk_passes(c->base->status(c) == CMK_OK);
}

static const char *bad_json;

static int32_t
parses_badly(struct cmk_call *c, const struct cmk_exam *x)
{
    (void)x;
    assert_null(c->json->parse(c, (struct cmk_bytes){bad_json, strlen(bad_json)}));
    return CMK_PASS;
}

static int32_t
reads_text_of_a_number(struct cmk_call *c, const struct cmk_exam *x)
{
    (void)x;
    assert_null(cmk_text(c, c->options, "n"));
    return CMK_PASS;
}

static int32_t
shows_a_list(struct cmk_call *c, const struct cmk_exam *x)
{
    (void)x;
    (void)cmk_show(c, c->options, "l");
    return CMK_PASS;
}

static int32_t
counts_a_text(struct cmk_call *c, const struct cmk_exam *x)
{
    (void)x;
    return cmk_passes(c->json->count(c, cmk_get(c, c->options, "t")) == 0);
}

static void
values_are_read_strictly(void **state)
{
    static const char *const bad[] = {"", "{", "{\"a\":1,\"a\":2}", "{\"a\":1,\"A\":2}", "[1] x"};
    (void)state;
    PURE_SCENE(s, "{\"t\":\"x\",\"n\":-5,\"b\":true,\"r\":1.5,\"l\":[1,2,{\"z\":9}],\"a.b\":1}");
    struct cm_answer a = pear_answer(&s, reads_values);
    assert_int_equal(a.word, CM_PASS);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        bad_json = bad[i];
        a = pear_answer(&s, parses_badly);
        assert_unknown(&a, CM_E_MALFORMED, "JSON");
    }
    a = pear_answer(&s, reads_text_of_a_number);
    assert_int_equal(a.word, CM_UNKNOWN);
    a = pear_answer(&s, shows_a_list);
    assert_int_equal(a.word, CM_UNKNOWN);
    a = pear_answer(&s, counts_a_text);
    assert_int_equal(a.word, CM_UNKNOWN);
}

/* ---- what was withheld ---- */

static int withheld_step;

static int32_t
reads_withheld(struct cmk_call *c, const struct cmk_exam *x)
{
    const struct cmk_value *d = x->evidence->document(c, "settings");
    const struct cmk_value *secret = cmk_get(c, d, "secret"), *list = cmk_get(c, d, "list");
    assert_non_null(secret);
    assert_non_null(list);
    switch (withheld_step) {
    case 0:
        return cmk_passes(c->json->text(c, secret) == NULL);
    case 1:
        return cmk_passes(c->json->count(c, secret) == 0);
    case 2:
        return cmk_passes(c->json->show(c, secret) == NULL);
    case 3:
        return cmk_passes(c->json->get(c, secret, "withheld") == NULL);
    case 4:
        return cmk_passes(c->json->member(c, list, "count") == NULL);
    case 5:
        return cmk_passes(c->json->at(c, list, 0) == NULL);
    case 6:
        return cmk_passes(c->json->key(c, list, 0) == NULL);
    case 7:
        return cmk_passes(c->json->integer(c, secret, 1) == 0);
    case 8:
        return cmk_passes(c->json->truth(c, secret, 1) == 0);
    case 9:
        return cmk_passes(c->json->canonical(c, secret).at == NULL);
    case 10: /* also as a part of more */
        return cmk_passes(c->json->canonical(c, d).at == NULL);
    default: /* all that may be done */
        return cmk_passes(c->json->count(c, list) == 2 && c->json->count(c, d) == 3);
    }
}

static void
withheld_values_decide_nothing(void **state)
{
    (void)state;
    PURE_SCENE(s, "{}");
    scene_document(&s, "settings",
                   "{\"name\":\"x\",\"secret\":{\"withheld\":\"string\",\"empty\":false},"
                   "\"list\":{\"withheld\":\"array\",\"empty\":false,\"count\":2}}",
                   CM_OK);
    for (withheld_step = 0; withheld_step <= 10; withheld_step++) {
        struct cm_answer a = pear_answer(&s, reads_withheld);
        assert_unknown(&a, CM_E_UNSUPPORTED, "withheld from the evidence");
    }
    struct cm_answer a = pear_answer(&s, reads_withheld);
    assert_int_equal(a.word, CM_PASS);
}

/* ---- texts of an answer ---- */

static int32_t
says_much(struct cmk_call *c, const struct cmk_exam *x)
{
    char text[8000];
    x->observe(c, "the first");
    x->observe(c, "ok \xc3\xa9 \xff\xfe");
    x->expect(c, "one");
    memset(text, 'y', sizeof text);
    text[sizeof text - 1] = '\0';
    x->expect(c, text);
    return CMK_FAIL;
}

static void
the_last_word_counts_and_is_text(void **state)
{
    (void)state;
    PURE_SCENE(s, "{}");
    struct cm_answer a = pear_answer(&s, says_much);
    assert_string_equal(a.observed, "ok \xc3\xa9 ??");
    assert_true(strlen(a.expected) < 4200);
    assert_string_equal(a.expected + strlen(a.expected) - 4, "y...");
}

/* ---- small services ---- */

static int32_t
uses_small_services(struct cmk_call *c, const struct cmk_exam *x)
{
    static const char *const path[] = {"a b", "c/d", "\xc3\xa9"};
    static const char *const dots[] = {".."};
    static const char *const empty[] = {""};
    const struct cmk_bytes abc = {"abc", 3};
    assert_int_equal(x->decided_at, SCENE_NOW);
    assert_int_equal(c->base->remaining(c), INT64_MAX);
    assert_int_equal(c->base->match(c, "*.nupkg", "a.nupkg"), 1);
    assert_int_equal(c->base->match(c, "*.nupkg", "a/b.nupkg"), 0);
    assert_int_equal(c->base->match(c, "**.nupkg", "a/b.nupkg"), 1);
    assert_int_equal(c->base->time(c, "2026-01-01T00:00:00Z"), FAKE_TIME);
    assert_int_equal(c->base->time(c, "2026-01-01 00:00"), CMK_NO_TIME);
    assert_string_equal(c->base->url(c, "https://x/y/", path, 3), "https://x/y/a%20b/c%2Fd/%C3%A9");
    assert_string_equal(c->base->url(c, "https://x", NULL, 0), "https://x");
    assert_null(c->base->url(c, "https://x", dots, 1));
    assert_null(c->base->url(c, "https://x", empty, 1));
    const char *zeroed = c->base->alloc(c, 100);
    for (int i = 0; i < 100; i++)
        assert_int_equal(zeroed[i], 0);

    struct cmk_bytes hash = c->crypto->digest(c, "sha256", abc);
    assert_int_equal(hash.size, 32);
    assert_string_equal(c->crypto->encode(c, "hex", hash),
                        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    assert_string_equal(c->crypto->encode(c, "base64", abc), "YWJj");
    assert_int_equal(c->crypto->decode(c, "base64", "YWJj").size, 3);
    assert_memory_equal(c->crypto->decode(c, "hex", "616263").at, "abc", 4);
    assert_int_equal(c->crypto->decode(c, "hex", "").size, 0);
    return cmk_passes(c->base->status(c) == CMK_OK);
}

static int spoilt;

static int32_t
uses_them_wrongly(struct cmk_call *c, const struct cmk_exam *x)
{
    const struct cmk_bytes abc = {"abc", 3};
    (void)x;
    switch (spoilt) {
    case 0:
        (void)c->crypto->digest(c, "md5", abc);
        break;
    case 1:
        (void)c->crypto->encode(c, "rot13", abc);
        break;
    case 2:
        (void)c->crypto->decode(c, "hex", "zz");
        break;
    case 3:
        (void)c->crypto->decode(c, "base64", "a");
        break;
    case 4:
        (void)c->base->alloc(c, UINT64_MAX);
        break;
    case 5:
        for (int i = 0; i < 65; i++)
            (void)c->base->alloc(c, 1 << 20);
        break;
    default:
        break;
    }
    return CMK_PASS;
}

static void
small_services(void **state)
{
    (void)state;
    PURE_SCENE(s, "{}");
    struct cm_answer a = pear_answer(&s, uses_small_services);
    assert_int_equal(a.word, CM_PASS);
    for (spoilt = 0; spoilt <= 5; spoilt++) {
        a = pear_answer(&s, uses_them_wrongly);
        assert_int_equal(a.word, CM_UNKNOWN);
    }
    assert_unknown(&a, CM_E_LIMIT, "more memory than a call may have");
}

/* ---- nothing is kept ---- */

#ifdef __SANITIZE_ADDRESS__
static const void *remembered[4];

static int32_t
remembers(struct cmk_call *c, const struct cmk_exam *x)
{
    (void)x;
    remembered[0] = c->base->alloc(c, 64);
    remembered[1] = c->json->canonical(c, c->options).at;
    remembered[2] = c->json->parse(c, (struct cmk_bytes){"[\"text\"]", 8});
    remembered[3] = cmk_text(c, remembered[2], "0");
    return CMK_PASS;
}

static void
memory_of_a_call_ends_with_it(void **state)
{
    (void)state;
    PURE_SCENE(s, "{}");
    struct cm_answer a = pear_answer(&s, remembers);
    assert_int_equal(a.word, CM_PASS);
    extern int __asan_address_is_poisoned(const volatile void *);
    for (size_t i = 0; i < 4; i++)
        assert_true(__asan_address_is_poisoned(remembered[i]));
}
#else
static void
memory_of_a_call_ends_with_it(void **state)
{
    (void)state;
    skip(); /* only AddressSanitizer can tell */
}
#endif

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pass_and_fail),
        cmocka_unit_test(nothing_else_is_a_pass),
        cmocka_unit_test(a_call_fails_once),
        cmocka_unit_test(statuses_outside_the_list_are_internal),
        cmocka_unit_test(null_flows),
        cmocka_unit_test(values_are_read_strictly),
        cmocka_unit_test(withheld_values_decide_nothing),
        cmocka_unit_test(the_last_word_counts_and_is_text),
        cmocka_unit_test(small_services),
        cmocka_unit_test(memory_of_a_call_ends_with_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

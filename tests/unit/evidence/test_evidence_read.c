/* SPDX-License-Identifier: Apache-2.0 */
#include "evidence/scrub.h"

#include "base/json.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static const char text[] =
    "{\"a\":{\"b\":[{\"c\":\"x\"},null,7]},\"n\":null,\"t\":true,\"i\":-5,\"r\":1.5,"
    "\"string\":{\"withheld\":\"string\",\"empty\":true},"
    "\"array\":{\"withheld\":\"array\",\"empty\":false,\"count\":3},"
    "\"object\":{\"withheld\":\"object\",\"empty\":true,\"count\":0},"
    "\"number\":{\"withheld\":\"number\",\"empty\":false},"
    "\"lying\":{\"withheld\":\"string\",\"empty\":true,\"count\":0},"
    "\"uncounted\":{\"withheld\":\"array\",\"empty\":true}}";

static json_t *json;

static int
set_up(void **state)
{
    (void)state;
    struct cm_err err = CM_ERR_INIT;
    return cm_json_parse(text, strlen(text), "a test", &json, &err) ? 0 : -1;
}

static int
tear_down(void **state)
{
    (void)state;
    cm_json_done(&json);
    return 0;
}

static const json_t *
get(const char *path)
{
    struct cm_err err = CM_ERR_INIT;
    const json_t *value = json_true();
    if (!cm_read_path(json, path, &value, &err))
        fail_msg("%s", err.text);
    return value;
}

static void
test_paths(void **state)
{
    (void)state;
    assert_ptr_equal(get(""), json);
    assert_string_equal(json_string_value(get("a.b.0.c")), "x");
    assert_int_equal(json_integer_value(get("a.b.2")), 7);
    assert_null(get("a.b.1")); /* null is absent */
    assert_null(get("a.b.3")); /* past the end */
    assert_null(get("n"));
    assert_null(get("nothing.at.all"));
    assert_null(get("n.below"));
    assert_true(cm_is_withheld(get("string"))); /* it is there */
    assert_true(cm_is_withheld(get("array")));
    assert_false(cm_is_withheld(get("a")));
}

static void
check_no_path(const char *path, enum cm_class class)
{
    struct cm_err err = CM_ERR_INIT;
    const json_t *value = json_true();
    assert_false(cm_read_path(json, path, &value, &err));
    assert_int_equal(err.class, class);
    assert_ptr_equal(value, json_true()); /* untouched */
    if (class == CM_E_UNSUPPORTED)
        assert_non_null(strstr(err.text, "was withheld from the evidence"));
}

static void
test_paths_that_fail(void **state)
{
    (void)state;
    check_no_path("string.x", CM_E_UNSUPPORTED);
    check_no_path("object.x", CM_E_UNSUPPORTED);
    check_no_path("array.0", CM_E_UNSUPPORTED);
    check_no_path("array.withheld", CM_E_UNSUPPORTED); /* the mark itself is no content */
    check_no_path("array.count", CM_E_UNSUPPORTED);
    check_no_path("i.x", CM_E_MALFORMED);
    check_no_path("a.b.x", CM_E_MALFORMED);
    check_no_path("a.b.01", CM_E_MALFORMED);
    check_no_path("a.b.-1", CM_E_MALFORMED);
}

static void
test_counts(void **state)
{
    (void)state;
    uint64_t count = 99;
    struct cm_err err = CM_ERR_INIT;
    assert_true(cm_read_count(get("a.b"), &count, &err) && count == 3);
    assert_true(cm_read_count(get("a"), &count, &err) && count == 1);
    assert_true(cm_read_count(get("array"), &count, &err) && count == 3);
    assert_true(cm_read_count(get("object"), &count, &err) && count == 0);
    assert_true(cm_read_count(NULL, &count, &err) && count == 0);
    count = 99;
    const char *const others[] = {"string", "number", "lying", "uncounted", "t", "i"};
    for (size_t i = 0; i < CM_COUNT(others); i++) {
        assert_false(cm_read_count(get(others[i]), &count, &err));
        assert_int_equal(err.class, i < 4 ? CM_E_UNSUPPORTED : CM_E_MALFORMED);
        assert_int_equal(count, 99);
    }
}

static void
test_leaves(void **state)
{
    (void)state;
    const char *found = "untouched";
    int64_t integer = 99;
    bool truth = false;
    struct cm_err err = CM_ERR_INIT;
    assert_true(cm_read_text(get("a.b.0.c"), &found, &err));
    assert_string_equal(found, "x");
    assert_true(cm_read_text(NULL, &found, &err));
    assert_null(found);
    assert_true(cm_read_integer(get("i"), 3, &integer, &err) && integer == -5);
    assert_true(cm_read_integer(get("nothing"), 3, &integer, &err) && integer == 3);
    assert_true(cm_read_truth(get("t"), false, &truth, &err) && truth);
    assert_true(cm_read_truth(NULL, false, &truth, &err) && !truth);

    const char *const marks[] = {"string", "array", "object", "number"};
    found = "untouched";
    for (size_t i = 0; i < CM_COUNT(marks); i++) {
        assert_false(cm_read_text(get(marks[i]), &found, &err));
        assert_int_equal(err.class, CM_E_UNSUPPORTED);
        assert_false(cm_read_integer(get(marks[i]), 0, &integer, &err));
        assert_int_equal(err.class, CM_E_UNSUPPORTED);
        assert_false(cm_read_truth(get(marks[i]), true, &truth, &err));
        assert_int_equal(err.class, CM_E_UNSUPPORTED);
    }
    assert_string_equal(found, "untouched");
    assert_false(cm_read_text(get("i"), &found, &err));
    assert_int_equal(err.class, CM_E_MALFORMED);
    assert_false(cm_read_integer(get("r"), 0, &integer, &err));
    assert_false(cm_read_truth(get("i"), false, &truth, &err));
}

static void
test_lists(void **state)
{
    (void)state;
    const json_t *value = NULL;
    const char *key = NULL;
    struct cm_err err = CM_ERR_INIT;
    assert_true(cm_read_at(get("a.b"), 2, &value, &err));
    assert_int_equal(json_integer_value(value), 7);
    assert_true(cm_read_at(get("a.b"), 1, &value, &err) && !value);
    assert_true(cm_read_at(get("a.b"), UINT64_MAX, &value, &err) && !value);
    assert_true(cm_read_at(json, 3, &value, &err));
    assert_int_equal(json_integer_value(value), -5);
    assert_true(cm_read_key(json, 3, &key, &err));
    assert_string_equal(key, "i");
    assert_true(cm_read_key(json, 99, &key, &err) && !key);
    assert_true(cm_read_at(json, 99, &value, &err) && !value);
    assert_true(cm_read_key(NULL, 0, &key, &err) && !key);
    assert_true(cm_read_at(NULL, 0, &value, &err) && !value);

    assert_false(cm_read_at(get("array"), 0, &value, &err));
    assert_int_equal(err.class, CM_E_UNSUPPORTED);
    assert_false(cm_read_key(get("object"), 0, &key, &err));
    assert_int_equal(err.class, CM_E_UNSUPPORTED);
    assert_false(cm_read_key(get("a.b"), 0, &key, &err));
    assert_int_equal(err.class, CM_E_MALFORMED);
    assert_false(cm_read_at(get("t"), 0, &value, &err));
}

/* In any order, of several objects in turn, a walk says what a look from the start says. */
static void
test_walk(void **state)
{
    (void)state;
    enum { MEMBERS = 50, STEPS = 1000 };
    json_t *objects[2] = {json_object(), json_object()};
    struct cm_member_walk walk = {.object = NULL};
    struct cm_err err = CM_ERR_INIT;
    for (int i = 0; i < MEMBERS; i++) {
        char name[16];
        (void)snprintf(name, sizeof name, "m%d", (i * 37) % MEMBERS);
        assert_int_equal(json_object_set_new(objects[i % 2], name, json_integer(i)), 0);
    }
    for (uint64_t step = 0; step < STEPS; step++) {
        const json_t *object = objects[step / 7 % 2];
        uint64_t index = step < STEPS / 2 ? step % 30 : step * 7919 % 30;
        const json_t *member = NULL, *expected = NULL;
        const char *key = NULL, *expected_key = NULL;
        assert_true(cm_read_at(object, index, &expected, &err));
        assert_true(cm_read_key(object, index, &expected_key, &err));
        assert_true(cm_walk_key(&walk, object, index, &key, &err));
        assert_true(cm_walk_at(&walk, object, index, &member, &err));
        assert_ptr_equal(member, expected);
        assert_ptr_equal(key, expected_key);
        assert_int_equal(member == NULL, index >= MEMBERS / 2);
    }
    json_decref(objects[0]);
    json_decref(objects[1]);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_paths),  cmocka_unit_test(test_paths_that_fail),
        cmocka_unit_test(test_counts), cmocka_unit_test(test_leaves),
        cmocka_unit_test(test_lists),  cmocka_unit_test(test_walk),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "trust/form.h"

#include "base/buf.h"

#include <string.h>

#include "../base/unit.h"

#define DIGEST "f05eaf3a5ce240cbfa72d9f7ec163c58cdda7ec86fed43220b0116c654aaaab0"
#define BASE64 "8F6vOlziQMv6ctn37BY8WM3afshv7UMiCwEWxlSqqrA="

static void
contents(void **state)
{
    char longest[CM_FORM_CONTENT_MOST + 2];
    static const char *const right[] = {"{artifact}", "{sha256:base64}", "a:{sha256:base64}\n",
                                        "{program:1.2.3}"};
    static const char *const wrong[] = {
        "",
        "text",
        "{artifact} ",
        "{sha256:base64}{sha256:base64}",
        "{artifact}{sha256:base64}",
        "{sha256:base64}}",
        "{sha256:base64}{",
        "}{sha256:base64}",
        "{sha256:hex}",
        "{program:}",
        "{program:1.2}",
        "{program:1.2.03}",
        "{program:3.2.3}",
        "{program:0.40.3}",
        "{program:1.40.3}",
        "{program:1.2.840.113549.1.7.1}",
        "{program:1.2.3",
        "{program:1.2.3}}",
        "{program:1.2.3} ",
        " {program:1.2.3}",
        "{program:1.2.3.4.5.6.7.8.9.10.11.12.13.14.15.16.17.18.19.20.21.22.23.24.25}",
    };
    struct cm_err err = CM_ERR_INIT;
    (void)state;
    for (size_t i = 0; i < CM_COUNT(right); i++)
        if (!cm_form_content_check(right[i], &err))
            fail_msg("%s: %s", right[i], err.text);
    for (size_t i = 0; i < CM_COUNT(wrong); i++)
        if (cm_form_content_check(wrong[i], &err))
            fail_msg("%s is taken", wrong[i]);
    memset(longest, 'a', sizeof longest);
    memcpy(longest, "{sha256:base64}", strlen("{sha256:base64}"));
    longest[CM_FORM_CONTENT_MOST + 1] = '\0';
    assert_false(cm_form_content_check(longest, &err));
    longest[CM_FORM_CONTENT_MOST] = '\0';
    assert_true(cm_form_content_check(longest, &err));
    assert_true(cm_form_is_artifact("{artifact}"));
    assert_false(cm_form_is_artifact("{sha256:base64}"));
}

static void
what_a_program_makes(void **state)
{
    static const char *const words[] = {"/bin/cp", "/dev/stdin", "content", NULL};
    static const char *const relative[] = {"cp", NULL};
    static const char *many[CM_FORM_PROGRAM_MOST + 2];
    char type[CM_FORM_TYPE_SIZE] = "untouched";
    struct cm_err err = CM_ERR_INIT;
    (void)state;
    assert_false(cm_form_is_made("{artifact}", type));
    assert_false(cm_form_is_made("{program:1.2}", type));
    assert_false(cm_form_is_made("{pirogram1.2.3}", type));
    assert_false(cm_form_is_made("{program:", type));
    assert_string_equal(type, "untouched");
    assert_false(cm_form_content_check("{program:1.2}", &err));
    assert_non_null(strstr(err.text, "names no type"));
    assert_true(cm_form_is_made("{program:1.3.6.1.4.1.311.10.1}", type));
    assert_string_equal(type, "1.3.6.1.4.1.311.10.1");

    struct cm_key_form form = {.content = "{program:1.2.3}", .program = {.at = words, .count = 3}};
    assert_true(cm_form_program_check(&form, &err));
    form.content = "{artifact}";
    assert_false(cm_form_program_check(&form, &err));
    assert_non_null(strstr(err.text, "no program makes"));
    form.program.count = 0;
    assert_true(cm_form_program_check(&form, &err));
    form.content = "{program:1.2.3}";
    assert_false(cm_form_program_check(&form, &err));
    form.program = (struct cm_words){.at = relative, .count = 1};
    assert_false(cm_form_program_check(&form, &err));
    assert_non_null(strstr(err.text, "not named by its path"));
    for (size_t i = 0; i <= CM_FORM_PROGRAM_MOST; i++)
        many[i] = "/x";
    form.program = (struct cm_words){.at = many, .count = CM_FORM_PROGRAM_MOST};
    assert_true(cm_form_program_check(&form, &err));
    form.program.count++;
    assert_false(cm_form_program_check(&form, &err));
    assert_non_null(strstr(err.text, "more than 32"));
}

static void
filling(void **state)
{
    struct cm_err err = CM_ERR_INIT;
    CM_CLEANUP(cm_buf_done) struct cm_buf text = CM_BUF_INIT(100);
    (void)state;
    assert_true(cm_form_fill("a:{sha256:base64}\n", DIGEST, &text, &err));
    assert_string_equal(cm_buf_text(&text), "a:" BASE64 "\n");
    assert_false(cm_form_fill("{artifact}", DIGEST, &text, &err));
    assert_false(cm_form_fill("{sha256:base64}", "f0", &text, &err));
    assert_false(cm_form_fill("{sha256:base64}", "", &text, &err));
    assert_false(cm_form_fill("{sha256:base64}" /* and no room for it */
                              "........................................................",
                              DIGEST, &text, &err));
    assert_int_equal(err.class, CM_E_LIMIT);
}

static void
attributes(void **state)
{
    static const char *const right[] = {"1.2.3=3000", "1.2.840.113549.1.9.16.2.16=30020500",
                                        "2.0.1=0c00"};
    static const char *const wrong[] = {
        "",
        "1.2.3",
        "=3000",
        "1.2.3=",
        "1.2.3=30",
        "1.2.3=300",
        "1.2.3=30000",
        "1.2.3=3000 ",
        "1.2.3=30AB",
        "1.2.3=30xx",
        "1.2=3000",
        "1..3=3000",
        "1.2.3.=3000",
        ".1.2.3=3000",
        "1.2.03=3000",
        "1.2.x=3000",
        "1.2.1234567890=3000",
        "1.2.840.113549.1.9.3=3000",
        "1.2.840.113549.1.9.4=3000",
        "1.2.840.113549.1.9.5=3000",
        "1.2.840.113549.1.9.6=3000",
        "1.2.840.113549.1.9.16.2.12=3000",
        "1.2.840.113549.1.9.16.2.14=3000",
        "1.2.840.113549.1.9.16.2.47=3000",
    };
    char longest[CM_FORM_ATTRIBUTE_MOST + 3];
    struct cm_err err = CM_ERR_INIT;
    (void)state;
    for (size_t i = 0; i < CM_COUNT(right); i++)
        if (!cm_form_attribute_check(right[i], &err))
            fail_msg("%s: %s", right[i], err.text);
    for (size_t i = 0; i < CM_COUNT(wrong); i++)
        if (cm_form_attribute_check(wrong[i], &err))
            fail_msg("%s is taken", wrong[i]);
    memset(longest, '3', sizeof longest);
    memcpy(longest, "1.2.33=", strlen("1.2.33="));
    longest[CM_FORM_ATTRIBUTE_MOST + 1] = '\0';
    assert_false(cm_form_attribute_check(longest, &err));
    longest[CM_FORM_ATTRIBUTE_MOST - 1] = '\0';
    assert_true(cm_form_attribute_check(longest, &err));
}

static void
which_form_it_is(void **state)
{
    const char *const two[] = {"1.2.3=3000", "1.2.4=3000"};
    const char *const turned[] = {"1.2.4=3000", "1.2.3=3000"};
    const char *const twice[] = {"1.2.3=3000", "1.2.3=3000"};
    const char *const other[] = {"1.2.3=3000", "1.2.4=3001"};
    const struct cm_key_form form = {.content = "{artifact}",
                                     .attributes = {.at = two, .count = 2}};
    (void)state;
    assert_true(cm_form_is(&form, "{artifact}", two, 2));
    assert_true(cm_form_is(&form, "{artifact}", turned, 2));
    assert_false(cm_form_is(&form, "{artifact}", twice, 2));
    assert_false(cm_form_is(&form, "{artifact}", other, 2));
    assert_false(cm_form_is(&form, "{artifact}", two, 1));
    assert_false(cm_form_is(&form, "{artifact}", NULL, 0));
    assert_false(cm_form_is(&form, "{artifact}x", two, 2));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(contents),         cmocka_unit_test(what_a_program_makes),
        cmocka_unit_test(filling),          cmocka_unit_test(attributes),
        cmocka_unit_test(which_form_it_is),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

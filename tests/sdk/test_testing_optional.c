/* SPDX-License-Identifier: Apache-2.0
 *
 * The optional interfaces in a test of an author's: the host is the engine's own, so a file that an
 * option names is read, and certificates are judged, as the engine would.
 */
#include "fixed.h"

#include <countermark/certificates.h>
#include <countermark/files.h>
#include <countermark/testing.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static const struct cmk_option options[] = {
    {.name = "trusted", .type = CMK_FILE, .of = CMK_OF_SYSTEM, .help = "h"},
    {.name = NULL},
};

static const char *const all[] = {"**", NULL};

static int32_t
collect(struct cmk_call *c, const struct cmk_collect *k)
{
    const struct cmk_files *files = c->base->query(c, CMK_FILES, sizeof *files);
    k->record->exchange(c, "trusted", files->open(c, "trusted", 0, 0), all);
    return c->base->status(c);
}

static int32_t
state_origin(struct cmk_call *c, const struct cmk_statement *s)
{
    (void)s;
    return c->base->status(c);
}

static int32_t
is_issuing(struct cmk_call *c, const struct cmk_exam *x)
{
    const struct cmk_certificates *t = c->base->query(c, CMK_CERTIFICATES, sizeof *t);
    const char *text = c->json->text(c, x->evidence->document(c, "trusted"));
    const struct cmk_value *list = t->read(c, "certificate", c->crypto->decode(c, "base64", text));
    const struct cmk_value *one =
        t->certificate(c, c->crypto->decode(c, "base64", cmk_text(c, list, "0")));
    cmk_observe(c, x, "%s", t->show_name(c, cmk_get(c, one, "subject")));
    return cmk_passes(
        t->same(c, cmk_get(c, one, "subject.0.0"), cmk_get(c, t->name(c, "CN=ISSUING"), "0.0")));
}

static const struct cmk_check checks[] = {
    {.id = "issuing",
     .question = "Is it?",
     .expected = "it is",
     .remedy = "Make it so.",
     .ask = is_issuing},
    {.id = NULL},
};

static const struct cmk_connector connector = {.size = sizeof connector,
                                               .collect_origin = collect,
                                               .state_origin = state_origin,
                                               .verify = checks};

static const struct cmk_plugin plum = {.size = sizeof plum,
                                       .sdk_target = CMK_SDK_1_0,
                                       .sdk_least = CMK_SDK_1_0,
                                       .id = "plum",
                                       .version = "1",
                                       .summary = "s",
                                       .options = options,
                                       .connector = &connector};

static char path[] = "/tmp/countermark-test-XXXXXX";

static void
a_file_of_the_operators_is_judged(void **state)
{
    (void)state;
    struct cmk_test *t = cmk_test_new(&plum);
    cmk_test_option(t, "trusted", path);
    assert_int_equal(cmk_test_collect(t), CMK_OK);
    assert_int_equal(cmk_test_check(t, "issuing"), CMK_PASS);
    assert_string_equal(cmk_test_observed(t), "CN=issuing");
    cmk_test_free(t);
}

static void
what_others_can_write_is_not_his_word(void **state)
{
    (void)state;
    struct cmk_test *t = cmk_test_new(&plum);
    assert_int_equal(chmod(path, 0666), 0);
    cmk_test_option(t, "trusted", path);
    assert_int_equal(cmk_test_collect(t), CMK_OK);
    assert_int_equal(cmk_test_check(t, "issuing"), CMK_UNKNOWN);
    assert_non_null(strstr(cmk_test_why(t), "trusted"));
    assert_int_equal(chmod(path, 0600), 0);
    cmk_test_free(t);
}

static int
write_pem(void **state)
{
    static const char issuer[] = FIXED_ISSUER;
    (void)state;
    FILE *file = fdopen(mkstemp(path), "w");
    if (file == NULL)
        return -1;
    (void)fprintf(file, "-----BEGIN CERTIFICATE-----\n");
    for (size_t i = 0; i < sizeof issuer - 1; i += 64)
        (void)fprintf(file, "%.64s\n", issuer + i);
    (void)fprintf(file, "-----END CERTIFICATE-----\n");
    return fclose(file);
}

static int
remove_pem(void **state)
{
    (void)state;
    return unlink(path);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_file_of_the_operators_is_judged),
        cmocka_unit_test(what_others_can_write_is_not_his_word),
    };
    return cmocka_run_group_tests(tests, write_pem, remove_pem);
}

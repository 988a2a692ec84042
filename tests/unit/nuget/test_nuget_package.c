/* SPDX-License-Identifier: Apache-2.0
 *
 * Which entries make an archive a package, and what a signature means.
 */
#include "host.h"
#include "nuget.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define BARE "<package><metadata><id>a</id></metadata></package>"
#define DONE                                                                                       \
    "<package><metadata><repository type='git' url='" HOST_URL                                     \
    "' branch='main' commit='" HOST_COMMIT "'/></metadata></package>"

/* ---- names ---- */

static void
names_are_read_as_nuget_does(void **state)
{
    static const struct {
        const char *name, *read;
    } rows[] = {
        {"a", "a"},
        {"A.NuSpec", "a.nuspec"},
        {"%41%2enuspec", "a.nuspec"},
        {"%2541", "%41"},
        {"%4", "%4"},
        {"%zz%", "%zz%"},
        {"a\\b", "a/b"},
        {"a%5Cb%2Fc", "a/b/c"},
        {"/./a", "a"},
        {".//a", "a"},
        {"\\.\\a", "a"},
        {".signature.p7s", ".signature.p7s"},
        {".\xc5\xbfignature.p7\xc5\xbf", ".signature.p7s"},
        {"\xc3\xa4", "\xc3\xa4"},
    };
    char read[NU_NAME_SIZE], long_name[NU_NAME_SIZE + 1] = "";
    (void)state;
    for (size_t i = 0; i < CM_COUNT(rows); i++) {
        assert_true(nu_name_read(rows[i].name, read));
        assert_string_equal(read, rows[i].read);
    }
    memset(long_name, 'x', NU_NAME_SIZE - 1);
    assert_true(nu_name_read(long_name, read));
    assert_string_equal(read, long_name);
    long_name[NU_NAME_SIZE - 1] = 'x';
    assert_false(nu_name_read(long_name, read));
}

static void
a_name_may_be_too_long(void **state)
{
    CM_CLEANUP(host_close) struct host h;
    char name[NU_NAME_SIZE + 1] = "";
    (void)state;
    host_open(&h);
    memset(name, 'x', NU_NAME_SIZE);
    host_text(&h, "Widget.nuspec", BARE);
    host_text(&h, name, "");
    assert_int_equal(host_rewrite(&h), CMK_E_LIMIT);
    assert_non_null(strstr(h.why, "more than 519 bytes"));
    assert_int_equal(host_inspect(&h), CMK_E_LIMIT);
}

/* ---- the nuspec ---- */

static const struct {
    const char *names[4]; /* the first that is edited, if any is */
    const char *says;     /* NULL: it is */
} nuspecs[] = {
    {{"Widget.nuspec"}, NULL},
    {{"whatever.NUSPEC", "a/b.nuspecs", "nuspec", "x.nuspec.txt"}, NULL},
    {{".nuspec"}, NULL},
    {{NULL}, "there is no .nuspec"},
    {{"nuspec", "lib/a.dll"}, "there is no .nuspec"},
    {{"Widget.nuspec", "y.nuspec", "z.nuspec"}, "Widget.nuspec and y.nuspec: two .nuspec files"},
    {{"Widget.nuspec", "z.nuspec"}, "Widget.nuspec and z.nuspec: two .nuspec files"},
    {{"Widget.nuspec", "sub/z.nuspec"}, "two .nuspec files"},
    {{"sub/z.nuspec", "Widget.nuspec"}, "Widget.nuspec and sub/z.nuspec: two .nuspec files"},
    {{"Widget.nuspec", "z%2Enuspec"}, "two .nuspec files"},
    {{"Widget.nuspec", "z%2enu%53pec"}, "two .nuspec files"},
    {{"Widget.nuspec", "a\\z.NUSPEC"}, "two .nuspec files"},
    {{"Widget.nuspec", "z.nu\xc5\xbfpec"}, "two .nuspec files"},
    {{"sub/z.nuspec"}, "not in the root"},
    {{"sub\\z.nuspec"}, "not in the root"},
    {{"z%2Enuspec"}, "not in the root"},
    {{"%57idget.nuspec"}, "not in the root"},
    {{"/Widget.nuspec"}, "not in the root"},
    {{"Widget.nu\xc5\xbfpec"}, "not in the root"},
};

static void
there_is_one_nuspec(void **state)
{
    (void)state;
    for (size_t i = 0; i < CM_COUNT(nuspecs); i++) {
        CM_CLEANUP(host_close) struct host h;
        host_open(&h);
        for (size_t n = 0; n < CM_COUNT(nuspecs[i].names) && nuspecs[i].names[n] != NULL; n++)
            host_text(&h, nuspecs[i].names[n], BARE);
        int32_t status = host_rewrite(&h);
        if (status != (nuspecs[i].says != NULL ? CMK_E_MALFORMED : CMK_OK) ||
            (nuspecs[i].says != NULL && strstr(h.why, nuspecs[i].says) == NULL))
            fail_msg("%s: %d, %s", nuspecs[i].names[0], status, h.why);
        assert_int_equal(host_edits(&h), status == CMK_OK ? 1 : 0);
        if (status == CMK_OK)
            assert_int_equal(h.splices[0].entry, 0);
        /* an inspection goes on */
        assert_int_equal(host_inspect(&h), CMK_OK);
        if (nuspecs[i].says != NULL)
            assert_true(host_doubted(&h, nuspecs[i].says));
    }
}

/* ---- signatures ---- */

static void
a_signed_package_is_refused(void **state)
{
    CM_CLEANUP(host_close) struct host h;
    (void)state;
    host_open(&h);
    host_text(&h, "Widget.nuspec", BARE);
    host_text(&h, ".signature.p7s", "x");
    assert_int_equal(host_rewrite(&h), CMK_E_DENIED);
    assert_non_null(strstr(h.why, "signed = \"strip\""));
    assert_int_equal(host_edits(&h), 0);

    host_set(h.options, "signed", "strip");
    assert_int_equal(host_rewrite(&h), CMK_OK);
    assert_true(h.entries[1].removed);
    assert_int_equal(host_edits(&h), 2);
    assert_true(host_noted(&h, "signature: there -> taken out"));
}

/* What is documented already is not touched, and so its signature holds. */
static void
a_signed_package_may_be_documented(void **state)
{
    static const char *const words[] = {"refuse", "strip"};
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        CM_CLEANUP(host_close) struct host h;
        host_open(&h);
        host_text(&h, "Widget.nuspec", DONE);
        host_text(&h, ".signature.p7s", "x");
        host_set(h.options, "signed", words[i]);
        json_object_set_new(h.options, "content_hash", json_true());
        assert_int_equal(host_rewrite(&h), CMK_OK);
        assert_int_equal(host_edits(&h), 0);
        assert_true(host_noted(&h, "documented: already, with the same facts -> -"));
        /* NuGet's hash of it is one without the signature */
        assert_int_equal(h.digests, 0);
        assert_null(strstr(cm_buf_text(&h.notes), "content-hash"));
    }
}

static void
an_unchanged_package_has_a_hash(void **state)
{
    CM_CLEANUP(host_close) struct host h;
    (void)state;
    host_open(&h);
    host_text(&h, "Widget.nuspec", DONE);
    json_object_set_new(h.options, "content_hash", json_true());
    assert_int_equal(host_rewrite(&h), CMK_OK);
    assert_int_equal(h.digests, 1);
    assert_int_equal(h.digested_after, 0);
    assert_non_null(strstr(cm_buf_text(&h.notes), "content-hash: - -> /wEC"));
}

static void
what_looks_like_a_signature_is_refused(void **state)
{
    static const struct {
        const char *names[2], *says;
    } rows[] = {
        {{".SIGNATURE.p7s"}, "NuGet takes this for no signature"},
        {{"%2Esignature.p7s"}, "NuGet takes this for no signature"},
        {{"/.signature.p7s"}, "NuGet takes this for no signature"},
        {{".\\.signature.p7s"}, "NuGet takes this for no signature"},
        {{".\xc5\xbfignature.p7s"}, "NuGet takes this for no signature"},
        {{".signature.p7s", ".signature.P7S"}, "2 entries that could be"},
        {{".signature.P7S", ".signature.p7s"}, "2 entries that could be"},
    };
    (void)state;
    for (size_t i = 0; i < CM_COUNT(rows); i++) {
        CM_CLEANUP(host_close) struct host h;
        host_open(&h);
        host_text(&h, "Widget.nuspec", DONE);
        for (size_t n = 0; n < 2 && rows[i].names[n] != NULL; n++)
            host_text(&h, rows[i].names[n], "x");
        host_set(h.options, "signed", "strip");
        assert_int_equal(host_rewrite(&h), CMK_E_MALFORMED);
        if (strstr(h.why, rows[i].says) == NULL)
            fail_msg("%s", h.why);
        assert_int_equal(host_inspect(&h), CMK_OK);
        assert_true(host_doubted(&h, rows[i].says));
    }
}

static void
others_are_no_signature(void **state)
{
    CM_CLEANUP(host_close) struct host h;
    (void)state;
    host_open(&h);
    host_text(&h, "Widget.nuspec", BARE);
    host_text(&h, "a/.signature.p7s", "x");
    host_text(&h, ".signature.p7s.txt", "x");
    host_text(&h, "signature.p7s", "x");
    assert_int_equal(host_rewrite(&h), CMK_OK);
    assert_int_equal(host_inspect(&h), CMK_OK);
    assert_true(host_noted(&h, "signature: none -> -"));
}

/* ---- numbers ---- */

static void
room_is_left_for_a_signature(void **state)
{
    CM_CLEANUP(host_close) struct host h;
    (void)state;
    host_open(&h);
    host_text(&h, "Widget.nuspec", BARE);
    h.more = NU_MOST_ENTRIES - 1;
    assert_int_equal(host_rewrite(&h), CMK_OK);
    h.more++;
    assert_int_equal(host_rewrite(&h), CMK_E_LIMIT);
    assert_non_null(strstr(h.why, "65534 entries"));
    assert_non_null(strstr(h.why, "NU3039"));
    assert_int_equal(host_edits(&h), 0);

    /* one that is added counts, one that is taken out does not */
    h.more = NU_MOST_ENTRIES - 1;
    json_object_set_new(h.attachments, "Build.json", json_object());
    assert_int_equal(host_rewrite(&h), CMK_E_LIMIT);
    host_text(&h, ".signature.p7s", "x");
    host_set(h.options, "signed", "strip");
    assert_int_equal(host_rewrite(&h), CMK_E_LIMIT);
    h.more--;
    assert_int_equal(host_rewrite(&h), CMK_OK);
}

static void
it_must_be_an_archive(void **state)
{
    CM_CLEANUP(host_close) struct host h;
    (void)state;
    host_open(&h);
    h.is_archive = false;
    assert_int_equal(host_rewrite(&h), CMK_E_UNSUPPORTED);
    assert_non_null(strstr(h.why, "no archive"));
    assert_int_equal(host_inspect(&h), CMK_E_UNSUPPORTED);
    assert_non_null(strstr(h.why, "no archive"));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_are_read_as_nuget_does),
        cmocka_unit_test(a_name_may_be_too_long),
        cmocka_unit_test(there_is_one_nuspec),
        cmocka_unit_test(a_signed_package_is_refused),
        cmocka_unit_test(a_signed_package_may_be_documented),
        cmocka_unit_test(an_unchanged_package_has_a_hash),
        cmocka_unit_test(what_looks_like_a_signature_is_refused),
        cmocka_unit_test(others_are_no_signature),
        cmocka_unit_test(room_is_left_for_a_signature),
        cmocka_unit_test(it_must_be_an_archive),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

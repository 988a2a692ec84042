/* SPDX-License-Identifier: Apache-2.0
 *
 * The archive in a rewriter's hands: what it finds, what it changes, and what is noted of that by
 * the host and not by the plug-in.
 */
#include "plum.h"

#include "base/text.h"
#include "plugin/call.h"

#include <inttypes.h>

#define BYTES(text) ((struct cmk_bytes){(text), sizeof(text) - 1})
#define NOTHING     ((struct cmk_bytes){NULL, 0})

/* ---- looking ---- */

static void
look(struct cmk_call *c, const struct cmk_work *w)
{
    const struct cmk_archive_ops *a = w->archives;
    assert_int_equal(a->size, sizeof *a);
    assert_int_equal(a->count(c, w->archive), 4);
    assert_string_equal(a->name(c, w->archive, 0), "a.txt");
    assert_string_equal(a->name(c, w->archive, 1), "sub/");
    assert_int_equal(a->find(c, w->archive, "sub/B.bin"), 2);
    assert_int_equal(a->find(c, w->archive, "sub/b.bin"), -1);
    assert_int_equal(a->find_alike(c, w->archive, "SUB/%62.BIN"), 2);
    assert_int_equal(a->find_alike(c, w->archive, "other"), -1);
    struct cmk_bytes text = a->read(c, w->archive, 0, 19);
    assert_int_equal(text.size, sizeof PLUM_TEXT - 1);
    assert_memory_equal(text.at, PLUM_TEXT, text.size);
    assert_ptr_equal(a->read(c, w->archive, 0, UINT64_MAX).at, text.at);
    struct cmk_bytes empty = a->read(c, w->archive, 3, 0);
    assert_true(empty.at != NULL && empty.size == 0);
    assert_int_equal(c->base->status(c), CMK_OK);
}

static void
what_is_in_it(void **state)
{
    PLUM_PACKAGE(p);
    (void)state;
    assert_true(plum_rewrites(&p, look));
    assert_false(cm_edits_any(p.edits));
    plum_expect(&p, "", "{\"added\":[],\"notes\":[],\"removed\":[],\"spliced\":[]}");
}

/* Where nothing is to be looked into, nothing is found, and nothing fails for it. */
static void
look_into_nothing(struct cmk_call *c, const struct cmk_work *w)
{
    const struct cmk_archive_ops *a = w->archives;
    assert_null(w->archive);
    assert_int_equal(a->count(c, NULL), 0);
    assert_null(a->name(c, NULL, 0));
    assert_int_equal(a->find(c, NULL, "a.txt"), -1);
    assert_int_equal(a->find_alike(c, NULL, "a.txt"), -1);
    assert_null(a->read(c, NULL, 0, 9).at);
    assert_null(a->digest(c, NULL, "sha256").at);
    assert_int_equal(c->base->status(c), CMK_OK);
}

static void
edit_nothing(struct cmk_call *c, const struct cmk_work *w)
{
    assert_int_equal(w->archives->add(c, w->archive, "x", BYTES("x"), 0), CMK_E_INTERNAL);
}

static void
what_is_no_archive(void **state)
{
    PLUM_PACKAGE(p);
    (void)state;
    struct cm_archive *archive = CM_TAKE(p.archive);
    assert_true(plum_rewrites(&p, look_into_nothing));
    assert_null(p.edits);
    plum_expect(&p, "added", "[]");
    plum_refused(&p, edit_nothing, CM_E_INTERNAL, "edits what is no archive");
    p.archive = archive;
}

static void
find_no_name(struct cmk_call *c, const struct cmk_work *w)
{
    assert_int_equal(w->archives->find(c, w->archive, NULL), -1);
    assert_int_equal(w->archives->find_alike(c, w->archive, NULL), -1);
    assert_int_equal(c->base->status(c), CMK_OK);
}

/* A failed call finds nothing, changes nothing, and its first reason stays. */
static void
fail_first(struct cmk_call *c, const struct cmk_work *w)
{
    const struct cmk_archive_ops *a = w->archives;
    cmk_fail(c, CMK_E_DENIED, "as it was first");
    assert_int_equal(a->count(c, w->archive), 0);
    assert_null(a->name(c, w->archive, 0));
    assert_int_equal(a->find(c, w->archive, "a.txt"), -1);
    assert_int_equal(a->find_alike(c, w->archive, "a.txt"), -1);
    assert_null(a->read(c, w->archive, 0, 99).at);
    assert_int_equal(a->splice(c, w->archive, 0, 0, 1, BYTES("x")), CMK_E_DENIED);
    assert_int_equal(a->add(c, w->archive, "x", BYTES("x"), 0), CMK_E_DENIED);
    assert_int_equal((a->remove)(c, w->archive, 0), CMK_E_DENIED);
    assert_null(a->digest(c, w->archive, "sha256").at);
    w->note(c, "fact", NULL, "x");
    w->doubt(c, "x");
}

static void
a_call_fails_once(void **state)
{
    PLUM_PACKAGE(p);
    (void)state;
    assert_true(plum_rewrites(&p, find_no_name));
    plum_refused(&p, fail_first, CM_E_DENIED, "as it was first");
}

/* ---- mistakes of a plug-in's ---- */

static void
name_behind_the_end(struct cmk_call *c, const struct cmk_work *w)
{
    assert_null(w->archives->name(c, w->archive, 4));
}

static void
read_of_nothing_found(struct cmk_call *c, const struct cmk_work *w)
{
    const struct cmk_archive_ops *a = w->archives;
    assert_null(a->read(c, w->archive, (uint64_t)a->find(c, w->archive, "none"), 9).at);
}

static void
read_more_than_wanted(struct cmk_call *c, const struct cmk_work *w)
{
    assert_null(w->archives->read(c, w->archive, 0, 18).at);
}

static void
of_another_archive(struct cmk_call *c, const struct cmk_work *w)
{
    uint64_t other[32] = {0};
    assert_int_equal(w->archives->count(c, (struct cmk_archive *)(void *)other), 0);
}

static void
splice_from_behind(struct cmk_call *c, const struct cmk_work *w)
{
    w->archives->splice(c, w->archive, 0, 20, 0, BYTES("x"));
}

static void
splice_over_the_end(struct cmk_call *c, const struct cmk_work *w)
{
    w->archives->splice(c, w->archive, 0, 18, 2, BYTES("x"));
}

static void
splice_far_over_the_end(struct cmk_call *c, const struct cmk_work *w)
{
    w->archives->splice(c, w->archive, 0, 1, UINT64_MAX, BYTES("x"));
}

static void
splice_no_bytes(struct cmk_call *c, const struct cmk_work *w)
{
    w->archives->splice(c, w->archive, 0, 0, 0, (struct cmk_bytes){NULL, 3});
}

static void
splice_behind_the_end(struct cmk_call *c, const struct cmk_work *w)
{
    w->archives->splice(c, w->archive, 7, 0, 0, BYTES("x"));
}

static void
splice_what_is_removed(struct cmk_call *c, const struct cmk_work *w)
{
    (w->archives->remove)(c, w->archive, 0);
    w->archives->splice(c, w->archive, 0, 0, 0, BYTES("x"));
}

static void
remove_twice(struct cmk_call *c, const struct cmk_work *w)
{
    (w->archives->remove)(c, w->archive, 0);
    (w->archives->remove)(c, w->archive, 0);
}

static void
remove_what_is_changed(struct cmk_call *c, const struct cmk_work *w)
{
    w->archives->splice(c, w->archive, 0, 0, 0, BYTES("x"));
    (w->archives->remove)(c, w->archive, 0);
}

static void
remove_behind_the_end(struct cmk_call *c, const struct cmk_work *w)
{
    (w->archives->remove)(c, w->archive, 4);
}

static void
add_without_a_name(struct cmk_call *c, const struct cmk_work *w)
{
    w->archives->add(c, w->archive, NULL, BYTES("x"), 0);
}

static void
add_no_bytes(struct cmk_call *c, const struct cmk_work *w)
{
    w->archives->add(c, w->archive, "x", (struct cmk_bytes){NULL, 3}, 0);
}

static void
add_with_flags(struct cmk_call *c, const struct cmk_work *w)
{
    w->archives->add(c, w->archive, "x", BYTES("x"), 2);
}

static void
add_what_is_there(struct cmk_call *c, const struct cmk_work *w)
{
    w->archives->add(c, w->archive, "A.TXT", BYTES("x"), 0);
}

static void
add_twice(struct cmk_call *c, const struct cmk_work *w)
{
    w->archives->add(c, w->archive, "x", BYTES("x"), 0);
    w->archives->add(c, w->archive, "X", BYTES("x"), 0);
}

static void
digest_of_no_kind(struct cmk_call *c, const struct cmk_work *w)
{
    w->archives->digest(c, w->archive, "md5");
}

static void
digest_of_no_name(struct cmk_call *c, const struct cmk_work *w)
{
    w->archives->digest(c, w->archive, NULL);
}

static void
splice_too_much(struct cmk_call *c, const struct cmk_work *w)
{
    static char bytes[CM_SPLICED_MOST];
    memset(bytes, 'x', sizeof bytes);
    assert_int_equal(
        w->archives->splice(c, w->archive, 0, 0, 0, (struct cmk_bytes){bytes, sizeof bytes - 19}),
        CMK_OK);
    assert_int_equal(w->archives->splice(c, w->archive, 0, 0, 19, BYTES("x")), CMK_E_LIMIT);
}

static void
splice_too_often(struct cmk_call *c, const struct cmk_work *w)
{
    for (int i = 0; i < 10000; i++)
        assert_int_equal(w->archives->splice(c, w->archive, 0, 5, 0, BYTES("x")), CMK_OK);
    assert_int_equal(w->archives->splice(c, w->archive, 0, 5, 0, BYTES("x")), CMK_E_LIMIT);
}

static void
mistakes_fail_the_call(void **state)
{
    static const struct {
        plum_hook *hook;
        enum cm_class class;
        const char *text;
    } rows[] = {
        {name_behind_the_end, CM_E_INTERNAL, "asks for entry 4 of an archive that has 4"},
        {read_of_nothing_found, CM_E_INTERNAL, "asks for entry 18446744073709551615"},
        {read_more_than_wanted, CM_E_LIMIT, "a.txt: 19 bytes are more than plug-in plum may read"},
        {of_another_archive, CM_E_INTERNAL, "an archive that it was not given"},
        {splice_from_behind, CM_E_INTERNAL, "a range of entry 0 that is not in it"},
        {splice_over_the_end, CM_E_INTERNAL, "a range of entry 0 that is not in it"},
        {splice_far_over_the_end, CM_E_INTERNAL, "a range of entry 0 that is not in it"},
        {splice_no_bytes, CM_E_INTERNAL, "bytes that are nowhere"},
        {splice_behind_the_end, CM_E_INTERNAL, "asks for entry 7"},
        {splice_what_is_removed, CM_E_INTERNAL, "changes entry 0, which it has removed"},
        {splice_too_much, CM_E_LIMIT, "changes more than 1048576 bytes, old and new"},
        {splice_too_often, CM_E_LIMIT, "changes too many ranges"},
        {remove_twice, CM_E_INTERNAL, "removes a.txt, which it has removed already"},
        {remove_what_is_changed, CM_E_INTERNAL, "removes a.txt, which it has changed already"},
        {remove_behind_the_end, CM_E_INTERNAL, "asks for entry 4"},
        {add_without_a_name, CM_E_INTERNAL, "without a name or bytes"},
        {add_no_bytes, CM_E_INTERNAL, "without a name or bytes"},
        {add_with_flags, CM_E_INTERNAL, "flags that do not exist"},
        {add_what_is_there, CM_E_MALFORMED, "a.txt"},
        {add_twice, CM_E_MALFORMED, "X"},
        {digest_of_no_kind, CM_E_UNSUPPORTED, "'md5' is not a digest"},
        {digest_of_no_name, CM_E_UNSUPPORTED, "'' is not a digest"},
    };
    PLUM_PACKAGE(p);
    (void)state;
    for (size_t i = 0; i < CM_COUNT(rows); i++)
        plum_refused(&p, rows[i].hook, rows[i].class, rows[i].text);
}

/* ---- ranges ---- */

/* Each as "offset size text" in front of it; an honest plug-in makes them in any order. */
static const struct {
    uint64_t offset, size;
    const char *instead;
} * plan;
static size_t plan_count;

static void
carry_out_plan(struct cmk_call *c, const struct cmk_work *w)
{
    for (size_t i = 0; i < plan_count; i++)
        w->archives->splice(c, w->archive, 0, plan[i].offset, plan[i].size,
                            (struct cmk_bytes){plan[i].instead, strlen(plan[i].instead)});
}

/* The first entry as it was written. */
static void
written_text(struct plum_package *p, struct cm_buf *to)
{
    CM_CLEANUP(cm_fd_done) int fd = -1;
    CM_CLEANUP(cm_archive_done) struct cm_archive *again = NULL;
    struct cm_written written;
    const struct cm_edits_digests none = {false, false, false};
    if (!cm_file_unlinked(NULL, &fd, &p->err) ||
        !cm_edits_write(p->edits, fd, &none, &written, &p->err) ||
        !cm_archive_open(fd, "written", NULL, &again, &p->err) ||
        !cm_archive_read(again, 0, to, &p->err))
        fail_msg("%s", p->err.text);
}

static void
ranges_in_any_order(void **state)
{
    static const __typeof__(*plan) edits[] = {
        {19, 0, "end\n"}, {4, 3, "2"}, {0, 0, "a "}, {0, 4, ""},  {0, 0, "b "},
        {7, 0, "+"},      {8, 5, "3"}, {13, 0, "/"}, {4, 0, "="}, {19, 0, "."},
    };
    PLUM_PACKAGE(p);
    CM_CLEANUP(cm_buf_done) struct cm_buf text = CM_BUF_INIT(1000);
    (void)state;
    plan = edits;
    plan_count = CM_COUNT(edits);
    if (!plum_rewrites(&p, carry_out_plan))
        fail_msg("%s", p.err.text);
    written_text(&p, &text);
    assert_string_equal(cm_buf_text(&text), "a b =2+ 3/ four\nend\n.");
    plum_expect(&p, "spliced",
                "[{\"entry\":\"a.txt\",\"new\":\"a \",\"offset\":0,\"old\":\"\",\"size\":0},"
                "{\"entry\":\"a.txt\",\"new\":\"b \",\"offset\":0,\"old\":\"\",\"size\":0},"
                "{\"entry\":\"a.txt\",\"new\":\"\",\"offset\":0,\"old\":\"one \",\"size\":4},"
                "{\"entry\":\"a.txt\",\"new\":\"=\",\"offset\":4,\"old\":\"\",\"size\":0},"
                "{\"entry\":\"a.txt\",\"new\":\"2\",\"offset\":4,\"old\":\"two\",\"size\":3},"
                "{\"entry\":\"a.txt\",\"new\":\"+\",\"offset\":7,\"old\":\"\",\"size\":0},"
                "{\"entry\":\"a.txt\",\"new\":\"3\",\"offset\":8,\"old\":\"three\",\"size\":5},"
                "{\"entry\":\"a.txt\",\"new\":\"/\",\"offset\":13,\"old\":\"\",\"size\":0},"
                "{\"entry\":\"a.txt\",\"new\":\"end\\n\",\"offset\":19,\"old\":\"\",\"size\":0},"
                "{\"entry\":\"a.txt\",\"new\":\".\",\"offset\":19,\"old\":\"\",\"size\":0}]");
}

static void
ranges_that_overlap(void **state)
{
    static const __typeof__(*plan) rows[][2] = {
        {{4, 3, "2"}, {4, 3, "II"}}, {{4, 3, "2"}, {4, 1, "T"}}, {{4, 3, "2"}, {6, 2, "O_"}},
        {{4, 3, "2"}, {3, 2, "_"}},  {{4, 3, "2"}, {0, 19, ""}}, {{4, 3, "2"}, {5, 0, "!"}},
        {{5, 0, "!"}, {4, 3, "2"}},  {{4, 3, ""}, {5, 1, "!"}},
    };
    PLUM_PACKAGE(p);
    (void)state;
    for (size_t i = 0; i < CM_COUNT(rows); i++) {
        plan = rows[i];
        plan_count = 2;
        plum_refused(&p, carry_out_plan, CM_E_INTERNAL, "of an entry twice");
    }
}

static void
the_same_again_is_no_change(void **state)
{
    static const __typeof__(*plan) edits[] = {
        {4, 3, "two"}, {0, 0, ""}, {19, 0, ""}, {0, 19, PLUM_TEXT}};
    PLUM_PACKAGE(p);
    (void)state;
    plan = edits;
    plan_count = CM_COUNT(edits);
    assert_true(plum_rewrites(&p, carry_out_plan));
    assert_false(cm_edits_any(p.edits));
    plum_expect(&p, "spliced", "[]");
}

/* ---- entries ---- */

static void
splice_bytes(struct cmk_call *c, const struct cmk_work *w)
{
    w->archives->splice(c, w->archive, 2, 1, 2, (struct cmk_bytes){"\0\xc3", 2});
    w->archives->splice(c, w->archive, 3, 0, 0, BYTES("now"));
}

/* What is no text is base64: nothing of it is lost. */
static void
bytes_that_are_no_text(void **state)
{
    PLUM_PACKAGE(p);
    (void)state;
    assert_true(plum_rewrites(&p, splice_bytes));
    plum_expect(
        &p, "spliced",
        "[{\"entry\":\"sub/B.bin\",\"new_base64\":\"AMM=\",\"offset\":1,\"old_base64\":\"/gA=\","
        "\"size\":2},"
        "{\"entry\":\"empty\",\"new\":\"now\",\"offset\":0,\"old\":\"\",\"size\":0}]");
}

static void
add_and_remove(struct cmk_call *c, const struct cmk_work *w)
{
    const struct cmk_archive_ops *a = w->archives;
    assert_int_equal(a->add(c, w->archive, "new/\xc3\xa9.txt", BYTES("hello"), CMK_ADD_STORED),
                     CMK_OK);
    assert_int_equal(a->add(c, w->archive, "none", NOTHING, 0), CMK_OK);
    assert_int_equal((a->remove)(c, w->archive, 2), CMK_OK);
    assert_int_equal(a->find(c, w->archive, "none"), -1); /* as it was, without edits */
    assert_int_equal(a->count(c, w->archive), 4);
    struct cmk_bytes sha256 = a->digest(c, w->archive, "sha256");
    struct cmk_bytes sha512 = a->digest(c, w->archive, "sha512");
    assert_int_equal(sha256.size, 32);
    assert_int_equal(sha512.size, 64);
    w->note(c, "sha256", c->crypto->encode(c, "hex", sha256), NULL);
}

static void
what_comes_and_goes(void **state)
{
    PLUM_PACKAGE(p);
    CM_CLEANUP(cm_fd_done) int fd = -1;
    struct cm_written written;
    const struct cm_edits_digests digests = {.of_output = true};
    (void)state;
    if (!plum_rewrites(&p, add_and_remove))
        fail_msg("%s", p.err.text);
    plum_expect(
        &p, "added",
        "[{\"entry\":\"new/\xc3\xa9.txt\",\"sha256\":\"2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c"
        "1fa7425e73043362938b9824\",\"size\":5},{\"entry\":\"none\",\"sha256\":\"e3b0c44298fc"
        "1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855\",\"size\":0}]");
    plum_expect(&p, "removed", "[{\"entry\":\"sub/B.bin\",\"size\":4}]");
    assert_true(cm_file_unlinked(NULL, &fd, &p.err));
    assert_true(cm_edits_write(p.edits, fd, &digests, &written, &p.err));
    assert_string_equal(cm_json_text(cm_json_path(p.changes, "notes.0"), "before"), written.sha256);
}

/* Edits of an inspection serve a digest, and go nowhere. */
static void
digest_without_an_entry(struct cmk_call *c, const struct cmk_work *w)
{
    const struct cmk_archive_ops *a = w->archives;
    const char *before = c->crypto->encode(c, "hex", a->digest(c, w->archive, "sha256"));
    a->splice(c, w->archive, 0, 0, 3, BYTES("1"));
    const char *spliced = c->crypto->encode(c, "hex", a->digest(c, w->archive, "sha256"));
    (a->remove)(c, w->archive, 2);
    const char *after = c->crypto->encode(c, "hex", a->digest(c, w->archive, "sha256"));
    assert_string_not_equal(before, spliced);
    assert_string_not_equal(spliced, after);
    w->note(c, "before", before, NULL);
}

static void
an_inspection_changes_nothing(void **state)
{
    char sha256[CM_SHA256_HEX];
    PLUM_PACKAGE(p);
    (void)state;
    if (!plum_inspects(&p, digest_without_an_entry))
        fail_msg("%s", p.err.text);
    assert_true(cm_sha256_fd(p.fd, "p.zip", sha256, &p.err));
    assert_string_equal(cm_json_text(cm_json_path(p.changes, "notes.0"), "text"), sha256);
    plum_expect(&p, "doubts", "[]");
    assert_null(json_object_get(p.changes, "removed"));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_in_it),
        cmocka_unit_test(what_is_no_archive),
        cmocka_unit_test(a_call_fails_once),
        cmocka_unit_test(mistakes_fail_the_call),
        cmocka_unit_test(ranges_in_any_order),
        cmocka_unit_test(ranges_that_overlap),
        cmocka_unit_test(the_same_again_is_no_change),
        cmocka_unit_test(bytes_that_are_no_text),
        cmocka_unit_test(what_comes_and_goes),
        cmocka_unit_test(an_inspection_changes_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

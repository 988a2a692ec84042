/* SPDX-License-Identifier: Apache-2.0
 *
 * Files that the operator names: read by the engine, and evidence like an answer.
 */
#include "base/fd.h"
#include "base/json.h"
#include "base/log.h"
#include "evidence/evidence.h"
#include "pear.h"

#include <countermark/files.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

static char folder[] = "/tmp/countermark-test-XXXXXX";

static const char *
in_folder(const char *name)
{
    static char path[4][128];
    static unsigned at;
    char *to = path[at++ % 4];
    (void)snprintf(to, sizeof path[0], "%s/%s", folder, name);
    return to;
}

static void
put(const char *name, const char *content, size_t size)
{
    struct cm_err err = CM_ERR_INIT;
    if (!cm_file_replace(in_folder(name), 0644, content, size, &err))
        fail_msg("%s", err.text);
}

static const struct cmk_files *
files(struct cmk_call *c)
{
    return c->base->query(c, CMK_FILES, sizeof(struct cmk_files));
}

/* With the file LIST as option "list" and the files ONE and TWO as option "trusted". */
#define FILE_SCENE(s, list, one, two)                                                              \
    char options[512];                                                                             \
    (void)snprintf(options, sizeof options, "{\"list\":\"%s\",\"trusted\":[\"%s\",\"%s\"]}",       \
                   in_folder(list), in_folder(one), in_folder(two));                               \
    CM_CLEANUP(scene_done) struct scene s;                                                         \
    scene_begin(&(s), &pear, options);                                                             \
    scene_pages(&(s), NULL, NULL)

/* What record->exchange() gives of option[index]. */
static const char *asked_option;
static uint64_t asked_index, asked_most;
static const char *const *kept_by;
static bool it_is_kept;

static void
reads(struct cmk_call *c, const struct cmk_collect *k)
{
    struct cmk_exchange *x = files(c)->open(c, asked_option, asked_index, asked_most);
    assert_non_null(x);
    const struct cmk_value *kept = k->record->exchange(c, "file", x, kept_by);
    assert_int_equal(kept != NULL, it_is_kept);
}

static void
ask(const char *option, uint64_t index, uint64_t most, bool kept)
{
    asked_option = option;
    asked_index = index;
    asked_most = most;
    kept_by = keep_all;
    it_is_kept = kept;
}

static void
a_file_is_a_document_of_the_operator(void **state)
{
    (void)state;
    put("list", "abc", 3);
    FILE_SCENE(s, "list", "x", "y");
    ask("list", 0, 0, true);
    collect_well(&s, reads);
    assert_had(&s, "file", "\"YWJj\"");
    const json_t *document = cm_evidence_document(s.evidence, "file");
    assert_string_equal(cm_json_text(document, "of"), "operator");
    assert_string_equal(cm_json_text(document, "sha256"),
                        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    assert_int_equal(cm_json_int(document, "size", -1), 3);
    assert_string_equal(cm_json_text(document, "asked") + strlen("read "), in_folder("list"));
    assert_non_null(cm_json_text(document, "at"));
    assert_null(cm_json_text(document, "hmac"));
}

static void
a_list_of_files_is_counted_through(void **state)
{
    (void)state;
    put("one", "1", 1);
    put("two", "\0", 1);
    for (uint64_t i = 0; i < 2; i++) {
        FILE_SCENE(s, "list", "one", "two");
        ask("trusted", i, 0, true);
        collect_well(&s, reads);
        assert_had(&s, "file", i == 0 ? "\"MQ==\"" : "\"AA==\"");
    }
}

static void
an_empty_file_is_a_file(void **state)
{
    (void)state;
    put("empty", "", 0);
    FILE_SCENE(s, "empty", "x", "y");
    ask("list", 0, 0, true);
    collect_well(&s, reads);
    assert_had(&s, "file", "\"\"");
}

/* Nothing of it is kept: then nobody can guess a short one back. */
static void
a_file_may_be_seen_without_being_kept(void **state)
{
    (void)state;
    put("list", "abc", 3);
    FILE_SCENE(s, "list", "x", "y");
    ask("list", 0, 0, false);
    kept_by = NULL;
    collect_well(&s, reads);
    const json_t *document = cm_evidence_document(s.evidence, "file");
    assert_null(cm_json_get(document, "error"));
    assert_null(cm_json_get(document, "content"));
    assert_null(cm_json_text(document, "sha256"));
    assert_non_null(cm_json_text(document, "hmac"));
}

/* ---- what is not had ---- */

static void
assert_not_had(const char *option, uint64_t index, uint64_t most, const char *class,
               const char *says)
{
    FILE_SCENE(s, "list", "one", "two");
    ask(option, index, most, false);
    collect_well(&s, reads);
    assert_missing(&s, "file", class, says, NULL);
    assert_string_equal(cm_json_text(cm_evidence_document(s.evidence, "file"), "of"), "operator");
}

static void
what_is_not_there_is_said(void **state)
{
    (void)state;
    put("one", "1", 1);
    (void)remove(in_folder("list"));
    assert_not_had("list", 0, 0, "not-found", "option 'list': ");
    assert_not_had("list", 1, 0, "not-found", "option 'list' names no file of number 1");
    assert_not_had("trusted", 2, 0, "not-found", "option 'trusted' names no file of number 2");
}

static void
an_option_that_is_not_set_names_none(void **state)
{
    (void)state;
    CM_CLEANUP(scene_done) struct scene s;
    scene_begin(&s, &pear, "{}");
    scene_pages(&s, NULL, NULL);
    ask("list", 0, 0, false);
    collect_well(&s, reads);
    assert_missing(&s, "file", "not-found", "option 'list' names no file", NULL);
}

static void
its_size_is_bounded(void **state)
{
    static char large[(4 << 20) + 1];
    (void)state;
    memset(large, 'a', sizeof large);
    put("list", large, sizeof large);
    assert_not_had("list", 0, 0, "limit", "option 'list': ");
    put("list", "abc", 3);
    assert_not_had("list", 0, 2, "limit", "option 'list': ");
    put("list", large, sizeof large);
    FILE_SCENE(s, "list", "one", "two");
    ask("list", 0, UINT64_MAX, true);
    collect_well(&s, reads);
}

/* The rule of the configuration: what others can write is not the operator's word. */
static void
others_cannot_write_it(void **state)
{
    (void)state;
    put("list", "abc", 3);
    assert_int_equal(chmod(in_folder("list"), 0666), 0);
    assert_not_had("list", 0, 0, "denied", in_folder("list"));
    (void)remove(in_folder("list"));
    assert_int_equal(mkfifo(in_folder("list"), 0600), 0);
    assert_not_had("list", 0, 0, "denied", "not a regular file");
    (void)remove(in_folder("list"));
}

static void
secrets_are_not_recorded(void **state)
{
    static const char key[] = "x\n-----BEGIN PRIVATE KEY-----\nMAA=\n-----END PRIVATE KEY-----\n";
    static const char ours[] = "a\0b " SCENE_SECRET " c";
    (void)state;
    put("list", key, sizeof key - 1);
    assert_not_had("list", 0, 0, "denied", "holds a secret key");
    put("list", ours, sizeof ours - 1);
    FILE_SCENE(s, "list", "one", "two");
    cm_log_withhold(s.log, SCENE_SECRET);
    ask("list", 0, 0, false);
    collect_well(&s, reads);
    assert_missing(&s, "file", "denied", "holds a secret of ours", NULL);
}

/* ---- what only an author does ---- */

static void
reads_text_option(struct cmk_call *c, const struct cmk_collect *k)
{
    const struct cmk_files *f = files(c);
    (void)k;
    assert_null(f->open(c, asked_option, 0, 0));
    assert_null(f->open(c, "list", 0, 0));
}

static void
keeps_a_part(struct cmk_call *c, const struct cmk_collect *k)
{
    static const char *const part[] = {"a", NULL};
    assert_null(k->record->exchange(c, "file", files(c)->open(c, "list", 0, 0), part));
}

static void
reads_it_as_http(struct cmk_call *c, const struct cmk_collect *k)
{
    struct cmk_exchange *x = files(c)->open(c, "list", 0, 0);
    assert_int_equal(k->http->status(c, x), CMK_E_INTERNAL);
}

static void
a_fault_of_the_plug_in_fails_the_call(void **state)
{
    static const struct {
        const char *option;
        pear_collecting *hook;
        const char *says;
    } rows[] = {
        {"text", reads_text_option, "'text' is not an option of plug-in pear that names files"},
        {"key", reads_text_option, "'key' is not an option of plug-in pear that names files"},
        {"none", reads_text_option, "'none' is not an option of plug-in pear that names files"},
        {NULL, keeps_a_part, "each as one text"},
        {NULL, reads_it_as_http, "plug-in pear reads a file as HTTP"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct cm_err err = CM_ERR_INIT;
        FILE_SCENE(s, "list", "one", "two");
        asked_option = rows[i].option;
        assert_false(collect(&s, rows[i].hook, &err));
        assert_int_equal(err.class, CM_E_INTERNAL);
        if (strstr(err.text, rows[i].says) == NULL)
            fail_msg("%s", err.text);
    }
}

static void
reads_nothing(struct cmk_call *c, const struct cmk_collect *k)
{
    struct cmk_exchange *x = files(c)->open(c, NULL, 0, 0);
    assert_non_null(x);
    assert_null(k->record->exchange(c, "file", x, keep_all));
}

static void
no_option_is_no_question(void **state)
{
    (void)state;
    FILE_SCENE(s, "list", "one", "two");
    collect_well(&s, reads_nothing);
    assert_missing(&s, "file", "malformed", "not asked", NULL);
}

static int32_t
a_check(struct cmk_call *c, const struct cmk_exam *x)
{
    (void)x;
    assert_null(files(c));
    return CMK_PASS;
}

static void
looks_for_it(struct cmk_call *c, const struct cmk_collect *k)
{
    (void)k;
    assert_non_null(files(c));
    assert_null(c->base->query(c, CMK_FILES, sizeof(struct cmk_files) + 1));
}

/* Whoever judges has read nothing but the evidence. */
static void
only_those_who_ask_read_files(void **state)
{
    (void)state;
    FILE_SCENE(s, "list", "one", "two");
    collect_well(&s, looks_for_it);
    PURE_SCENE(inside, "{}");
    assert_int_equal(pear_answer(&inside, a_check).word, CM_PASS);
}

static int
begin(void **state)
{
    (void)state;
    umask(022);
    return mkdtemp(folder) != NULL ? 0 : -1;
}

static int
end(void **state)
{
    (void)state;
    cm_folder_remove(folder);
    return 0;
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_file_is_a_document_of_the_operator),
        cmocka_unit_test(a_list_of_files_is_counted_through),
        cmocka_unit_test(an_empty_file_is_a_file),
        cmocka_unit_test(a_file_may_be_seen_without_being_kept),
        cmocka_unit_test(what_is_not_there_is_said),
        cmocka_unit_test(an_option_that_is_not_set_names_none),
        cmocka_unit_test(its_size_is_bounded),
        cmocka_unit_test(others_cannot_write_it),
        cmocka_unit_test(secrets_are_not_recorded),
        cmocka_unit_test(a_fault_of_the_plug_in_fails_the_call),
        cmocka_unit_test(no_option_is_no_question),
        cmocka_unit_test(only_those_who_ask_read_files),
    };
    return cmocka_run_group_tests(tests, begin, end);
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * Programs that a signer has run, and what is signed of what they make.
 */
#include "signing.h"

#include <dirent.h>
#include <sys/stat.h>

#include "../base/folder.h"

static const struct cmk_option options[] = {
    {.name = "shell", .type = CMK_FILE, .of = CMK_OF_PLUGIN, .help = "for tests"},
    {.name = "missing", .type = CMK_FILE, .of = CMK_OF_PLUGIN, .help = "for tests"},
    {.name = "word", .type = CMK_TEXT, .of = CMK_OF_PLUGIN, .help = "for tests"},
    {.name = NULL},
};
#define SAID "{\"shell\": \"/bin/sh\", \"word\": \"/bin/sh\"}"

#define RUNNING(s, flags)                                                                          \
    CM_CLEANUP(signing_done) struct signing s;                                                     \
    signing_begin_with(&(s), flags, options, SAID)

static const struct cmk_cms_request of_made = {.size = sizeof of_made, .content_type = "1.2.3"};
static char value[] = "\x30\x03\x02\x01\x07";
static const struct cm_buf content = {.at = value, .size = sizeof value - 1};
static char other_value[] = "\x30\x03\x02\x01\x08";
static const struct cm_buf other_content = {.at = other_value, .size = sizeof other_value - 1};

/* What a script says, and its status in *ret_status. */
static const char *
sh(struct cmk_call *c, const struct cmk_run *with, const char *script, int32_t *ret_status)
{
    const char *const arguments[] = {"-c", script, NULL};
    const char *said = "";
    *ret_status = with->program(c, "shell", arguments, &said);
    return said;
}

/* ---- honest signers ---- */

/* The artifact with the signature behind it. */
static int32_t
append(struct cmk_call *c, const struct cmk_work *w, const struct cmk_keys *keys)
{
    int32_t status;
    (void)w;
    keys->run->put(c, "signature", keys->cms(c, &of_made));
    sh(c, keys->run, "cat /dev/stdin signature >signed", &status);
    assert_int_equal(status, 0);
    return keys->instead(c, "signed");
}

static int32_t
check_appended(struct cmk_call *c, const struct cmk_work *w, const struct cmk_signature *signature)
{
    (void)w;
    struct cmk_bytes whole = signature->run->get(c, NULL, 1 << 20);
    for (uint64_t at = 0; at + 4 < whole.size; at++) {
        const unsigned char *from = (const unsigned char *)whole.at + at;
        if (from[0] == 0x30 && from[1] == 0x82 && at + 4 + from[2] * 256u + from[3] == whole.size)
            return signature->verify(c, &of_made, (struct cmk_bytes){from, whole.size - at});
    }
    return CMK_FAIL;
}

static void
a_file_instead(void **state)
{
    struct cm_cms_facts facts;
    RUNNING(s, CMK_REPLACES);
    (void)state;
    s.content = &content;
    if (!signs_by(&s, append, ask))
        fail_msg("%s", s.err.text);
    assert_true(s.made.instead >= 0);
    assert_null(s.made.edits);
    assert_int_equal(strlen(s.made.made), 64);
    if (!checks(&s, s.made.instead, NULL, check_appended, &facts))
        fail_msg("%s", s.err.text);
    assert_string_equal(facts.key_id, cm_attest_key_id(s.owner.key));
}

/* The signature that is read again is of what was signed, and not of anything else that a program
 * makes of some file. */
static void
of_another_content(void **state)
{
    struct cm_cms_facts facts;
    char signed_once[CM_SHA256_HEX];
    RUNNING(s, CMK_REPLACES);
    (void)state;
    s.content = &content;
    assert_true(signs_by(&s, append, ask));
    memcpy(signed_once, s.made.made, sizeof signed_once);
    s.content = &other_content;
    assert_true(signs_by(&s, append, ask));
    assert_true(checks(&s, s.made.instead, NULL, check_appended, &facts));
    memcpy(s.made.made, signed_once, sizeof signed_once);
    refused(checks(&s, s.made.instead, NULL, check_appended, &facts), &s.err, CM_E_INTERNAL,
            "does not verify", "another content");
    s.made.made[0] = '\0';
    refused(checks(&s, s.made.instead, NULL, check_appended, &facts), &s.err, CM_E_INTERNAL,
            "does not verify", "no content");
}

/* ---- the folder ---- */

static int32_t
use_the_folder(struct cmk_call *c, const struct cmk_work *w, const struct cmk_keys *keys)
{
    int32_t status;
    (void)w;
    assert_int_equal(keys->run->put(c, "a.b-1", BYTES("one")), CMK_OK);
    assert_int_equal(keys->run->put(c, "empty", BYTES("")), CMK_OK);
    assert_string_equal(sh(c, keys->run, "ls; cat a.b-1; printf two >b; exit 9", &status),
                        "a.b-1\nempty\none");
    assert_int_equal(status, 9);
    struct cmk_bytes two = keys->run->get(c, "b", 3);
    assert_int_equal(two.size, 3);
    assert_memory_equal(two.at, "two", 3);
    assert_int_equal(keys->run->get(c, "empty", 0).size, 0);
    return keys->beside(c, ".txt", two);
}

static void
the_folder(void **state)
{
    RUNNING(s, CMK_REPLACES);
    assert_int_equal(setenv("TMPDIR", *state, 1), 0);
    if (!signs_by(&s, use_the_folder, ask))
        fail_msg("%s", s.err.text);
    assert_memory_equal(s.made.beside.at, "two", 3);
    DIR *folder = opendir(*state);
    for (struct dirent *entry; (entry = readdir(folder)) != NULL;)
        assert_int_equal(entry->d_name[0], '.'); /* gone with the call */
    closedir(folder);
    assert_int_equal(unsetenv("TMPDIR"), 0);
}

/* ---- what fails the call ---- */

static const char *name;

static int32_t
put_so(struct cmk_call *c, const struct cmk_work *w, const struct cmk_keys *keys)
{
    (void)w;
    return keys->run->put(c, name, BYTES("x"));
}

static int32_t
get_so(struct cmk_call *c, const struct cmk_work *w, const struct cmk_keys *keys)
{
    int32_t status;
    (void)w;
    sh(c, keys->run, "mkdir folder; ln -s /etc/passwd link; mkfifo pipe; echo long >long", &status);
    assert_null(keys->run->get(c, name, 4).at);
    return c->base->status(c);
}

static int32_t
instead_so(struct cmk_call *c, const struct cmk_work *w, const struct cmk_keys *keys)
{
    int32_t status;
    (void)w;
    sh(c, keys->run, "mkdir folder; ln -s /etc/passwd link; mkfifo pipe", &status);
    return keys->instead(c, name);
}

static int32_t
run_so(struct cmk_call *c, const struct cmk_work *w, const struct cmk_keys *keys)
{
    static const char *const arguments[] = {"-c", "true", NULL};
    (void)w;
    assert_int_equal(keys->run->program(c, name, arguments, NULL), -1);
    return c->base->status(c);
}

static int32_t
run_without_arguments(struct cmk_call *c, const struct cmk_work *w, const struct cmk_keys *keys)
{
    (void)w;
    assert_int_equal(keys->run->program(c, "shell", NULL, NULL), -1);
    return c->base->status(c);
}

static int32_t
crash(struct cmk_call *c, const struct cmk_work *w, const struct cmk_keys *keys)
{
    int32_t status;
    (void)w;
    sh(c, keys->run, "kill -SEGV $$", &status);
    assert_int_equal(status, -1);
    return c->base->status(c);
}

static int32_t
two_instead(struct cmk_call *c, const struct cmk_work *w, const struct cmk_keys *keys)
{
    (void)w;
    keys->run->put(c, "a", BYTES("x"));
    (void)keys->instead(c, "a");
    return keys->instead(c, "a");
}

static int32_t
edited_and_instead(struct cmk_call *c, const struct cmk_work *w, const struct cmk_keys *keys)
{
    keys->run->put(c, "a", BYTES("x"));
    assert_int_equal(keys->instead(c, "a"), CMK_OK);
    return w->archives->splice(c, w->archive, 0, 0, 3, BYTES("ONE"));
}

static void
not_run(struct signing *s, sign_hook *hook, enum cm_class class, const char *words)
{
    not_signed(s, hook, class, words);
    assert_true(s->made.instead < 0);
}

static void
what_fails(void **state)
{
    static const char *const names[] = {
        NULL,
        "",
        ".",
        "..",
        "../x",
        "a/b",
        "A",
        ".a",
        "-a",
        "a b",
        "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"};
    static const char *const files[] = {"nothing", "folder", "link", "pipe"};
    static const char *const programs[] = {NULL, "missing", "word", "nowhere"};
    RUNNING(s, CMK_REPLACES);
    (void)state;
    for (size_t i = 1; i < CM_COUNT(names); i++) {
        name = names[i];
        not_run(&s, put_so, CM_E_INTERNAL, "as none may be named");
        not_run(&s, get_so, CM_E_INTERNAL, "as none may be named");
        not_run(&s, instead_so, CM_E_INTERNAL, "as none may be named");
    }
    name = NULL;
    not_run(&s, put_so, CM_E_INTERNAL, "as none may be named");
    not_run(&s, instead_so, CM_E_INTERNAL, "as none may be named");
    for (size_t i = 0; i < CM_COUNT(files); i++) {
        name = files[i];
        not_run(&s, get_so, CM_E_MALFORMED, "has left no file");
        not_run(&s, instead_so, CM_E_MALFORMED, "has left no file");
    }
    name = "long";
    not_run(&s, get_so, CM_E_LIMIT, "long");
    for (size_t i = 0; i < CM_COUNT(programs); i++) {
        name = programs[i];
        not_run(&s, run_so, CM_E_CONFIG, "that no option names");
    }
    not_run(&s, run_without_arguments, CM_E_INTERNAL, "without arguments");
    not_run(&s, crash, CM_E_MALFORMED, "ended by a signal");
    not_run(&s, two_instead, CM_E_INTERNAL, "two files");
    not_run(&s, edited_and_instead, CM_E_INTERNAL, "edited what it replaces");
}

static void
who_does_not_say_so(void **state)
{
    RUNNING(s, 0);
    (void)state;
    not_run(&s, two_instead, CM_E_INTERNAL, "does not say that it replaces");
}

static void
without_the_helper(void **state)
{
    RUNNING(s, CMK_REPLACES);
    (void)state;
    scene_close(&s.scene);
    s.scene.run_helper = NULL;
    scene_open_inside(&s.scene);
    name = "shell";
    not_run(&s, run_so, CM_E_CONFIG, "that no option names");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_file_instead),
        cmocka_unit_test(of_another_content),
        cmocka_unit_test_setup_teardown(the_folder, folder_make, folder_remove),
        cmocka_unit_test(what_fails),
        cmocka_unit_test(who_does_not_say_so),
        cmocka_unit_test(without_the_helper),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * Files that change between reading and writing, and while they are written.
 */
#include "scene.h"

/* Each byte changed, between reading and writing: refused, or it was one of a content that nobody
 * has read, and the digest is that of the file as it is now. */
static void
test_changed_before(void **state)
{
    (void)state;
    unsigned passed = 0;
    CM_CLEANUP(scene_done) struct scene model = begin();
    uint32_t kept = cm_archive_entry(model.archive, KEPT)->content;
    uint32_t dropped = cm_archive_entry(model.archive, CHANGED)->content;
    uint32_t packed = cm_archive_entry(model.archive, CHANGED)->packed;
    for (size_t i = 0; i < model.bytes.size; i++) {
        CM_CLEANUP(scene_done) struct scene scene = begin();
        change_byte(scene.fd, (off_t)i);
        if (!(i >= kept && i < kept + 8) && !(i >= dropped && i < dropped + packed)) {
            check_changed(&scene, &all_digests);
            continue;
        }
        struct cm_written written;
        char now[CM_SHA256_HEX];
        scene.bytes.at[i] = (char)(scene.bytes.at[i] ^ 1);
        assert_true(cm_sha256(scene.bytes.at, scene.bytes.size, now));
        check_written(&scene, &all_digests, &written);
        assert_string_equal(written.input_sha256, now);
        passed++;
    }
    assert_int_equal(passed, 8 + packed);
}

/* Where all contents were looked at, none may change. */
static void
test_changed_after_check(void **state)
{
    (void)state;
    struct cm_err err = CM_ERR_INIT;
    for (int dropped = 0; dropped < 2; dropped++) {
        CM_CLEANUP(scene_done) struct scene scene = begin();
        assert_true(cm_archive_check_contents(scene.archive, &err));
        change_byte(scene.fd,
                    cm_archive_entry(scene.archive, dropped ? CHANGED : KEPT)->content + 1);
        check_changed(&scene, &all_digests);
    }
    CM_CLEANUP(scene_done) struct scene scene = begin();
    struct cm_written written;
    assert_true(cm_archive_check_contents(scene.archive, &err));
    check_written(&scene, &all_digests, &written);
}

static void
test_other_size(void **state)
{
    (void)state;
    for (off_t more = -30; more <= 30; more += 10) {
        CM_CLEANUP(scene_done) struct scene scene = begin();
        if (more == 0)
            continue;
        assert_int_equal(ftruncate(scene.fd, (off_t)scene.bytes.size + more), 0);
        check_changed(&scene, &all_digests);
    }
    CM_CLEANUP(scene_done) struct scene scene = begin();
    const off_t cuts[] = {cm_archive_entry(scene.archive, KEPT)->content + 4, 20};
    for (size_t i = 0; i < CM_COUNT(cuts); i++) { /* in what is to be copied */
        assert_int_equal(ftruncate(scene.fd, cuts[i]), 0);
        check_changed(&scene, &all_digests);
        check_changed(&scene, &no_digests);
        check_changed(&scene, &output_alone);
    }
}

/* The directory and the end record are always looked at. */
static void
test_directory_without_digests(void **state)
{
    (void)state;
    CM_CLEANUP(scene_done) struct scene model = begin();
    for (size_t i = cm_archive_entry(model.archive, 0)->record; i < model.bytes.size; i++) {
        CM_CLEANUP(scene_done) struct scene scene = begin();
        change_byte(scene.fd, (off_t)i);
        check_changed(&scene, i % 2 ? &no_digests : &output_alone);
    }
}

/* Any byte changed at any time while it is written: refused; or what is written is made of the
 * bytes that the digest is of. */
static void
check_at_any_time(struct scene *scene, int left, off_t at)
{
    struct cm_written written;
    struct cm_err err = CM_ERR_INIT;
    char before[CM_SHA256_HEX], after[CM_SHA256_HEX];
    assert_true(cm_sha256(scene->bytes.at, scene->bytes.size, before));
    scene->bytes.at[at] = (char)(scene->bytes.at[at] ^ 1);
    assert_true(cm_sha256(scene->bytes.at, scene->bytes.size, after));
    sys.read_left = left;
    sys.change_fd = scene->fd;
    sys.change_at = at;
    if (!cm_edits_write(scene->edits, scene->out, &all_digests, &written, &err)) {
        assert_int_equal(err.class, CM_E_MALFORMED);
        return;
    }
    assert_true(strcmp(written.input_sha256, before) == 0 ||
                strcmp(written.input_sha256, after) == 0);
    CM_CLEANUP(cm_archive_done) struct cm_archive *strict = NULL;
    if (!cm_archive_open(scene->out, "the output", NULL, &strict, &err))
        fail_msg("change of %d at read %d: %s", (int)at, left, err.text);
    CM_CLEANUP(cm_buf_done) struct cm_buf content = CM_BUF_INIT(1000);
    bool good = cm_archive_read(strict, KEPT, &content, &err);
    assert_true(good || strcmp(written.input_sha256, after) == 0);
}

static void
test_changed_meanwhile(void **state)
{
    CM_CLEANUP(scene_done) struct scene model = begin();
    bool any = true;
    int left = 0;
    while (any) {
        any = false;
        left++;
        for (size_t i = 0; i < model.bytes.size; i++) {
            CM_CLEANUP(scene_done) struct scene scene = begin();
            check_at_any_time(&scene, left, (off_t)i);
            any |= sys.has_changed;
            (void)forget(state);
        }
    }
    assert_in_range(left, 5, 50); /* at so many places of its work */
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_changed_before, forget),
        cmocka_unit_test_setup(test_changed_after_check, forget),
        cmocka_unit_test_setup(test_other_size, forget),
        cmocka_unit_test_setup(test_directory_without_digests, forget),
        cmocka_unit_test_setup(test_changed_meanwhile, forget),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

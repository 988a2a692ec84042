/* SPDX-License-Identifier: Apache-2.0
 *
 * Mirrors that are not as they were written.
 */
#include "mirrors.h"

#define MANIFEST "/manifest.json"

struct world {
    void *folder;
    char manifest[PATH_MAX];
    char text[4096]; /* of the manifest as it was written */
    size_t size;
};

static void
read_text(struct world *world)
{
    struct cm_err err = CM_ERR_INIT;
    CM_CLEANUP(cm_buf_done) struct cm_buf text = CM_BUF_INIT(sizeof world->text - 1);
    if (!cm_file_read(world->manifest, &text, &err))
        fail_msg("%s", err.text);
    memcpy(world->text, text.at, text.size);
    world->text[text.size] = '\0';
    world->size = text.size;
}

static int
begin(void **state)
{
    struct world *world = calloc(1, sizeof *world);
    if (!world || folder_make(&world->folder) != 0)
        return -1;
    make_mirror(&world->folder, URL);
    snprintf(world->manifest, sizeof world->manifest, "%s",
             mirror_path(&world->folder, URL, MANIFEST));
    read_text(world);
    *state = world;
    return 0;
}

static int
end(void **state)
{
    struct world *world = *state;
    int failed = folder_remove(&world->folder);
    free(world);
    return failed;
}

static bool
is_whole(const struct cm_mirror *mirror)
{
    return pack_count(mirror) == 1 && tip_count(mirror) == 1 && cm_mirror_holds(mirror, tip(1));
}

/* Out of the way, with nothing in its place. */
static void
assert_set_aside(struct world *world)
{
    void **folder = &world->folder;
    struct cm_mirror *mirror = used(folder, URL);
    assert_int_equal(pack_count(mirror), 0);
    assert_int_equal(tip_count(mirror), 0);
    cm_mirror_close(mirror);
    assert_false(is_there(mirror_path(folder, URL, "")));
    assert_true(is_there(mirror_path(folder, URL, ".broken")));
}

/* Then all is as it was, but for the file, which is to be written again. */
static void
assert_set_aside_for(struct world *world, const char *file, const void *at, size_t size)
{
    void **folder = &world->folder;
    assert_set_aside(world);
    assert_int_equal(rename(mirror_path(folder, URL, ".broken"), mirror_path(folder, URL, "")), 0);
    put_bytes(file, at, size);
    struct cm_mirror *mirror = used(folder, URL);
    assert_true(is_whole(mirror));
    cm_mirror_close(mirror);
}

static void
assert_bad_manifest(struct world *world)
{
    assert_set_aside_for(world, world->manifest, world->text, world->size);
}

/* Then it is made anew. */
static void
assert_set_aside_for_good(struct world *world)
{
    void **folder = &world->folder;
    assert_set_aside(world);
    cm_folder_remove(mirror_path(folder, URL, ".broken"));
    make_mirror(folder, URL);
    struct cm_mirror *mirror = used(folder, URL);
    assert_true(is_whole(mirror));
    cm_mirror_close(mirror);
}

/* ---- the manifest ---- */

static void
test_every_cut(void **state)
{
    struct world *world = *state;
    for (size_t size = 0; size + 1 < world->size; size++) { /* the last is a line feed */
        put_bytes(world->manifest, world->text, size);
        assert_bad_manifest(world);
    }
}

static void
test_every_byte(void **state)
{
    struct world *world = *state;
    for (size_t i = 0; i < world->size; i++) {
        char text[sizeof world->text];
        memcpy(text, world->text, world->size);
        text[i] = 0x01;
        put_bytes(world->manifest, text, world->size);
        assert_bad_manifest(world);
    }
}

struct change {
    const char *from, *to;
};

#define HEX32 "00000000000000000000000000000000"

static const struct change changes[] = {
    {"\"format\": 1", "\"format\": 2"},
    {"\"format\": 1", "\"format\": \"1\""},
    {"\"format\": 1", "\"formats\": 1"},
    {URL, URL "/"},
    {"\"url\"", "\"uri\""},
    {"\"pack\": 1111", "\"pack\": 1112"},
    {"\"pack\": 1111", "\"pack\": -1"},
    {"\"pack\": 1111", "\"pack\": \"1111\""},
    {"\"pack\": 1111", "\"back\": 1111"},
    {"\"idx\": 222", "\"idx\": 221"},
    {"\"idx\": 222", "\"index\": 222"},
    {"\"idx_sha256\": \"", "\"idx_sha256\": \"0"},
    {"\"idx_sha256\": \"", "\"idx_sha512\": \""},
    {"\"packs\"", "\"packz\""}, /* tips of nothing */
    {"\"tips\"", "\"tipz\""},
    {"\"tips\": [", "\"tips\": 7, \"more\": ["},
    {"\"name\": \"pack-0", "\"name\": \"pack-1"}, /* of no file */
    {"\"name\": \"pack-0", "\"name\": \"pack-"},
    {"\"name\": \"pack-" HEX32, "\"name\": \"pack-../pack/pack-" HEX32},
    {"\"name\": \"pack-", "\"name\": \"../pack/pack-"}, /* which is there */
    {"\"name\": \"pack-", "\"name\": \"pack_"},
    {"\"name\"", "\"names\""},
    {"f\"", "g\""}, /* the tip's last digit */
    {"f\"", "\""},
    {"f\"", "ff\""},
    {"f\"", "F\""},
    {"f\"\n", "f\", 7\n"},
    {"f\"\n", "f\", null\n"},
    {"{", "{ \"format\": 1,"}, /* twice */
    {"{", "[{"},
};

/* A text of tips is looked for behind the packs, whose digest may hold it, too. */
static void
put_changed(const struct world *world, const struct change *change)
{
    char text[sizeof world->text + 100];
    const char *from = strstr(world->text, change->from);
    if (change->from[0] == 'f')
        from = strstr(strstr(world->text, "\"tips\""), change->from);
    if (!from)
        fail_msg("%s is not in %s", change->from, world->text);
    int size = snprintf(text, sizeof text, "%.*s%s%s", (int)(from - world->text), world->text,
                        change->to, from + strlen(change->from));
    assert_in_range(size, 1, sizeof text - 1);
    put_bytes(world->manifest, text, (size_t)size);
}

static void
test_what_is_said_in_it(void **state)
{
    struct world *world = *state;
    for (size_t i = 0; i < CM_COUNT(changes); i++) {
        put_changed(world, &changes[i]);
        assert_bad_manifest(world);
    }
}

/* As many as may be, each of them good, and then one more. */
static void
put_many(const struct world *world, const char *list, unsigned count)
{
    static char text[64 * 1024];
    const char *open = strchr(strstr(world->text, list), '[') + 1;
    const char *close = strchr(open, ']');
    size_t size = (size_t)(open - world->text);
    memcpy(text, world->text, size);
    for (unsigned i = 0; i < count; i++) {
        int more = snprintf(text + size, sizeof text - size, "%s%.*s", i > 0 ? "," : "",
                            (int)(close - open), open);
        assert_true(more > 0 && (size += (size_t)more) < sizeof text);
    }
    int rest = snprintf(text + size, sizeof text - size, "%s", close);
    put_bytes(world->manifest, text, size + (size_t)rest);
}

static void
test_more_than_may_be(void **state)
{
    struct world *world = *state;
    put_many(world, "\"packs\"", CM_MIRROR_PACKS);
    struct cm_mirror *mirror = used(&world->folder, URL);
    assert_int_equal(pack_count(mirror), CM_MIRROR_PACKS);
    cm_mirror_close(mirror);
    put_many(world, "\"packs\"", CM_MIRROR_PACKS + 1);
    assert_bad_manifest(world);

    put_many(world, "\"tips\"", CM_MIRROR_TIPS);
    mirror = used(&world->folder, URL);
    assert_int_equal(tip_count(mirror), CM_MIRROR_TIPS);
    cm_mirror_close(mirror);
    put_many(world, "\"tips\"", CM_MIRROR_TIPS + 1);
    assert_bad_manifest(world);
}

static void
test_a_manifest_that_is_no_file(void **state)
{
    struct world *world = *state;
    assert_int_equal(unlink(world->manifest), 0);
    assert_int_equal(mkdir(world->manifest, 0700), 0);
    assert_set_aside_for_good(world);

    char large[70000];
    memset(large, ' ', sizeof large);
    memcpy(large, world->text, world->size);
    put_bytes(world->manifest, large, sizeof large); /* of the same meaning, but too long */
    assert_bad_manifest(world);
}

/* Without one there was no update yet: what is there is of a killed one. */
static void
test_no_manifest(void **state)
{
    struct world *world = *state;
    void **folder = &world->folder;
    assert_int_equal(unlink(world->manifest), 0);
    struct cm_mirror *mirror = used(folder, URL);
    assert_int_equal(pack_count(mirror), 0);
    assert_false(is_there(mirror_path(folder, URL, ".broken")));
    assert_int_equal(count_of(mirror_path(folder, URL, "/objects/pack"), ""), 0);
    keep(mirror, 1, false);
    assert_true(is_whole(mirror));
    cm_mirror_close(mirror);
}

/* ---- files ---- */

static const char *
pack_file(struct world *world, const char *suffix)
{
    char name[100];
    snprintf(name, sizeof name, "/objects/pack/pack-%040x.%s", 1, suffix);
    return mirror_path(&world->folder, URL, name);
}

static void
test_files_of_another_size(void **state)
{
    static const char *const suffixes[] = {"pack", "idx"};
    struct world *world = *state;
    for (size_t i = 0; i < CM_COUNT(suffixes); i++) {
        const off_t size = i == 0 ? PACK_SIZE : IDX_SIZE;
        const off_t sizes[] = {0, 1, size - 1, size + 1};
        for (size_t j = 0; j < CM_COUNT(sizes); j++) {
            assert_int_equal(truncate(pack_file(world, suffixes[i]), sizes[j]), 0);
            assert_set_aside_for_good(world);
        }
        assert_int_equal(unlink(pack_file(world, suffixes[i])), 0);
        assert_set_aside_for_good(world);
    }
}

/* Who reads it is not made for one that is wrong. */
static void
test_every_byte_of_an_index(void **state)
{
    struct world *world = *state;
    char idx[PATH_MAX], content[IDX_SIZE];
    snprintf(idx, sizeof idx, "%s", pack_file(world, "idx"));
    memset(content, 'B', sizeof content); /* as make_pack() writes the first */
    for (size_t i = 0; i < sizeof content; i++) {
        char changed[IDX_SIZE];
        memcpy(changed, content, sizeof content);
        changed[i] ^= 1;
        put_bytes(idx, changed, sizeof changed);
        assert_set_aside_for(world, idx, content, sizeof content);
    }
}

static void
test_files_that_are_none(void **state)
{
    static const char *const suffixes[] = {"pack", "idx"};
    struct world *world = *state;
    for (size_t i = 0; i < CM_COUNT(suffixes); i++) {
        char away[PATH_MAX];
        const char *path = pack_file(world, suffixes[i]);
        snprintf(away, sizeof away, "%s", in_folder(&world->folder, "away"));
        assert_int_equal(rename(path, away), 0);
        assert_int_equal(symlink(away, path), 0); /* with the right bytes behind it */
        assert_set_aside_for_good(world);
        assert_int_equal(unlink(away), 0);

        path = pack_file(world, suffixes[i]);
        assert_int_equal(unlink(path), 0);
        assert_int_equal(mkdir(path, 0700), 0);
        assert_set_aside_for_good(world);

        path = pack_file(world, suffixes[i]);
        assert_int_equal(unlink(path), 0);
        assert_int_equal(mkfifo(path, 0600), 0);
        assert_set_aside_for_good(world);
    }
}

static void
test_a_mirror_that_is_a_file(void **state)
{
    struct world *world = *state;
    void **folder = &world->folder;
    cm_folder_remove(mirror_path(folder, URL, ""));
    put(mirror_path(folder, URL, ""), "no folder");
    assert_set_aside_for_good(world);
    cm_folder_remove(mirror_path(folder, URL, ""));
    assert_int_equal(symlink("/nowhere/at/all", mirror_path(folder, URL, "")), 0);
    assert_set_aside_for_good(world);
}

/* ---- setting aside ---- */

static void
test_the_last_one_stays(void **state)
{
    struct world *world = *state;
    void **folder = &world->folder;
    for (int i = 0; i < 3; i++) {
        char text[30];
        snprintf(text, sizeof text, "broken %d", i);
        put(world->manifest, text);
        cm_mirror_close(used(folder, URL));
        make_mirror(folder, URL);
    }
    CM_CLEANUP(cm_buf_done) struct cm_buf text = CM_BUF_INIT(100);
    struct cm_err err = CM_ERR_INIT;
    assert_true(cm_file_read(mirror_path(folder, URL, ".broken" MANIFEST), &text, &err));
    assert_string_equal(cm_buf_text(&text), "broken 2");
    assert_int_equal(count_of(in_folder(folder, MIRRORS), ""), 3); /* itself, its lock, and that */
}

static void
test_not_while_others_use_it(void **state)
{
    struct world *world = *state;
    void **folder = &world->folder;
    struct cm_mirror *one = used(folder, URL), *two = used(folder, URL);
    assert_false(cm_mirror_set_aside(one));
    assert_int_equal(pack_count(one), 0);
    assert_true(is_there(world->manifest));
    put(world->manifest, "{}");
    struct cm_mirror *three = opened(folder, URL);
    assert_int_equal(use(three), CM_MIRROR_BUSY);
    assert_int_equal(pack_count(three), 0);
    cm_mirror_close(three);
    cm_mirror_close(one);
    assert_true(is_there(world->manifest));
    assert_true(cm_mirror_set_aside(two));
    assert_false(is_there(world->manifest));
    keep(two, 2, false); /* and goes on */
    assert_int_equal(pack_count(two), 1);
    cm_mirror_close(two);
}

static void
test_not_while_others_update_it(void **state)
{
    char incoming[PATH_MAX];
    struct world *world = *state;
    struct cm_mirror *one = used(&world->folder, URL), *two = used(&world->folder, URL);
    assert_int_equal(update(one, incoming), CM_MIRROR_GOT);
    assert_false(cm_mirror_set_aside(two));
    cm_mirror_close(two);
    assert_true(is_there(world->manifest));
    assert_true(cm_mirror_set_aside(one)); /* ends its own update */
    assert_false(is_there(world->manifest));
    assert_false(is_there(incoming));
    cm_mirror_close(one);
}

/* Nor while what was set aside before is being removed: that takes this lock alone. */
static void
test_not_while_the_last_one_goes(void **state)
{
    struct world *world = *state;
    struct cm_err err = CM_ERR_INIT;
    struct cm_mirror *mirror = used(&world->folder, URL);
    CM_CLEANUP(cm_fd_done)
    int fd = cm_mirror_lock_open(mirror_path(&world->folder, URL, ".lock"), &err);
    assert_int_equal(cm_mirror_lock(fd, F_WRLCK, CM_MIRROR_LOCK_WRITE, &err), CM_MIRROR_GOT);
    assert_false(cm_mirror_set_aside(mirror));
    assert_true(is_there(world->manifest));
    cm_mirror_close(mirror);
}

/* What the reader held is gone anyway: it must not take the new one away. */
static void
test_somebody_has_mended_it(void **state)
{
    struct world *world = *state;
    struct cm_mirror *one = used(&world->folder, URL), *two = used(&world->folder, URL);
    keep(two, 2, true);
    cm_mirror_close(two);
    assert_true(cm_mirror_set_aside(one));
    assert_true(is_there(world->manifest));
    assert_false(is_there(mirror_path(&world->folder, URL, ".broken")));
    assert_int_equal(pack_count(one), 1);
    assert_true(cm_mirror_holds(one, tip(2)));
    cm_mirror_close(one);
}

/* Others may use it at once again, and update it. */
static void
test_locks_are_given_back(void **state)
{
    char incoming[PATH_MAX];
    struct world *world = *state;
    struct cm_mirror *one = used(&world->folder, URL);
    assert_true(cm_mirror_set_aside(one));
    struct cm_mirror *two = used(&world->folder, URL);
    assert_int_equal(update(two, incoming), CM_MIRROR_GOT);
    cm_mirror_end_update(two);
    assert_false(cm_mirror_set_aside(two)); /* `one` still uses it */
    cm_mirror_close(two);
    cm_mirror_close(one);
}

#define DAMAGE_TEST(test) cmocka_unit_test_setup_teardown(test, begin, end)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        DAMAGE_TEST(test_every_cut),
        DAMAGE_TEST(test_every_byte),
        DAMAGE_TEST(test_what_is_said_in_it),
        DAMAGE_TEST(test_more_than_may_be),
        DAMAGE_TEST(test_a_manifest_that_is_no_file),
        DAMAGE_TEST(test_no_manifest),
        DAMAGE_TEST(test_files_of_another_size),
        DAMAGE_TEST(test_every_byte_of_an_index),
        DAMAGE_TEST(test_files_that_are_none),
        DAMAGE_TEST(test_a_mirror_that_is_a_file),
        DAMAGE_TEST(test_the_last_one_stays),
        DAMAGE_TEST(test_not_while_others_use_it),
        DAMAGE_TEST(test_not_while_others_update_it),
        DAMAGE_TEST(test_not_while_the_last_one_goes),
        DAMAGE_TEST(test_somebody_has_mended_it),
        DAMAGE_TEST(test_locks_are_given_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * Two mirrors of one URL stand for two processes: their locks are those of open files.
 */
#include "mirrors.h"

#include <sys/wait.h>

#include "base/text.h"

static mode_t
mode_of(const char *path)
{
    struct stat info;
    assert_int_equal(lstat(path, &info), 0);
    return info.st_mode & 07777;
}

static void
test_reading_makes_nothing(void **state)
{
    const char *const *list;
    struct cm_mirror *mirror = used(state, URL);
    assert_int_equal(cm_mirror_packs(mirror, &list), 0);
    assert_int_equal(cm_mirror_tips(mirror, &list), 0);
    assert_false(cm_mirror_holds(mirror, tip(1)));
    assert_int_equal(use(mirror), CM_MIRROR_GOT);
    cm_mirror_end_update(mirror);
    cm_mirror_close(mirror);
    cm_mirror_close(NULL);
    assert_int_equal(count_of(*state, ""), 0);
}

static void
test_first_update(void **state)
{
    char incoming[PATH_MAX];
    struct cm_mirror *mirror = used(state, URL);
    assert_int_equal(update(mirror, incoming), CM_MIRROR_GOT);
    assert_int_equal(mode_of(in_folder(state, MIRRORS)), 0700);
    assert_int_equal(mode_of(mirror_path(state, URL, "")), 0700);
    assert_int_equal(mode_of(incoming), 0700);
    assert_true(cm_starts_with(incoming, mirror_path(state, URL, "/incoming-")));
    assert_true(is_there(mirror_path(state, URL, "/HEAD")));
    assert_int_equal(count_of(mirror_path(state, URL, "/refs"), ""), 0);
    assert_int_equal(count_of(mirror_path(state, URL, "/objects/pack"), ""), 0);
    assert_false(is_there(mirror_path(state, URL, "/manifest.json")));
    cm_mirror_end_update(mirror);
    assert_false(is_there(incoming));
    cm_mirror_close(mirror);
}

/* What is kept is what the next one finds. */
static void
test_keep(void **state)
{
    const char *const *list;
    struct cm_mirror *mirror = used(state, URL);
    keep(mirror, 1, false);
    assert_true(cm_mirror_holds(mirror, tip(1)));
    assert_int_equal(count_of(mirror_path(state, URL, ""), "incoming-"), 0);
    assert_int_equal(count_of(mirror_path(state, URL, "/objects/pack"), ""), 2);

    struct cm_mirror *other = used(state, URL);
    assert_int_equal(cm_mirror_packs(other, &list), 1);
    assert_true(cm_starts_with(list[0], mirror_path(state, URL, "/objects/pack/pack-")));
    assert_true(is_there(list[0]));
    assert_int_equal(cm_mirror_tips(other, &list), 1);
    assert_string_equal(list[0], tip(1));
    assert_true(cm_mirror_holds(other, tip(1)));
    assert_false(cm_mirror_holds(other, tip(2)));
    cm_mirror_close(other);
    cm_mirror_close(mirror);
}

/* Nothing new was needed for a tip: the packs are those that were there. */
static void
test_a_tip_without_a_pack(void **state)
{
    char incoming[PATH_MAX];
    const char *tips[] = {tip(2)};
    const char *const *list;
    struct cm_err err = CM_ERR_INIT;
    make_mirror(state, URL);
    struct cm_mirror *mirror = used(state, URL);
    assert_false(cm_mirror_keep(mirror, NULL, tips, 1, false, &err)); /* not in an update */
    assert_int_equal(err.class, CM_E_INTERNAL);
    assert_int_equal(update(mirror, incoming), CM_MIRROR_GOT);
    assert_true(cm_mirror_keep(mirror, NULL, tips, 1, false, &err));
    cm_mirror_close(mirror);
    assert_false(is_there(incoming));

    mirror = used(state, URL);
    assert_int_equal(pack_count(mirror), 1);
    assert_int_equal(cm_mirror_tips(mirror, &list), 2);
    assert_string_equal(list[0], tip(2));
    assert_string_equal(list[1], tip(1));
    cm_mirror_close(mirror);
}

/* What cannot be kept leaves all as it was. */
static void
test_what_is_not_kept(void **state)
{
    char incoming[PATH_MAX], idx[PATH_MAX];
    const char *tips[] = {tip(2)};
    struct cm_err err = CM_ERR_INIT;
    make_mirror(state, URL);
    struct cm_mirror *mirror = used(state, URL);
    assert_int_equal(update(mirror, incoming), CM_MIRROR_GOT);
    make_pack(incoming, 2, idx);
    assert_false(cm_mirror_keep(mirror, "pack-2.idx", tips, 1, false, &err));
    assert_int_equal(err.class, CM_E_INTERNAL);
    char *end = strrchr(idx, '.');
    memcpy(end, ".pack", sizeof ".pack");
    assert_int_equal(unlink(idx), 0);
    memcpy(end, ".idx", sizeof ".idx");
    assert_false(cm_mirror_keep(mirror, idx, tips, 1, false, &err));
    assert_int_equal(err.class, CM_E_NOT_FOUND);
    cm_mirror_close(mirror);

    mirror = used(state, URL);
    assert_int_equal(pack_count(mirror), 1);
    assert_false(cm_mirror_holds(mirror, tip(2)));
    cm_mirror_close(mirror);
}

static void
test_newest_tips_first(void **state)
{
    const char *const *list;
    char incoming[PATH_MAX], all[CM_MIRROR_TIPS][CM_GIT_ID];
    const char *tips[CM_MIRROR_TIPS];
    struct cm_err err = CM_ERR_INIT;
    struct cm_mirror *mirror = used(state, URL);
    keep(mirror, 1, false);
    keep(mirror, 2, false);
    for (unsigned i = 0; i < CM_MIRROR_TIPS; i++) {
        memcpy(all[i], tip(i == 5 ? 1 : 100 + i), CM_GIT_ID); /* one of them is known */
        tips[i] = all[i];
    }
    assert_int_equal(update(mirror, incoming), CM_MIRROR_GOT);
    assert_true(cm_mirror_keep(mirror, NULL, tips, CM_MIRROR_TIPS - 1, false, &err));
    assert_int_equal(cm_mirror_tips(mirror, &list), CM_MIRROR_TIPS);
    assert_string_equal(list[0], tip(100));
    assert_string_equal(list[CM_MIRROR_TIPS - 1], tip(2));
    assert_true(cm_mirror_keep(mirror, NULL, tips, CM_MIRROR_TIPS, false, &err));
    assert_int_equal(cm_mirror_tips(mirror, &list), CM_MIRROR_TIPS);
    assert_true(cm_mirror_holds(mirror, tip(1)));
    assert_false(cm_mirror_holds(mirror, tip(2)));
    cm_mirror_close(mirror);
}

static void
test_as_many_packs_as_may_be(void **state)
{
    char incoming[PATH_MAX], idx[PATH_MAX];
    struct cm_err err = CM_ERR_INIT;
    struct cm_mirror *mirror = used(state, URL);
    for (unsigned i = 1; i <= CM_MIRROR_PACKS; i++)
        keep(mirror, i, false);
    assert_int_equal(pack_count(mirror), CM_MIRROR_PACKS);
    assert_int_equal(update(mirror, incoming), CM_MIRROR_GOT);
    make_pack(incoming, 50, idx);
    assert_false(cm_mirror_keep(mirror, idx, NULL, 0, false, &err));
    assert_int_equal(err.class, CM_E_INTERNAL);
    cm_mirror_end_update(mirror);
    cm_mirror_close(mirror);

    mirror = used(state, URL);
    assert_int_equal(pack_count(mirror), CM_MIRROR_PACKS);
    keep(mirror, 51, true);
    assert_int_equal(pack_count(mirror), 1);
    assert_int_equal(tip_count(mirror), 1);
    cm_mirror_close(mirror);
}

/* A server may send once more what there is already. */
static void
test_the_same_pack_again(void **state)
{
    struct cm_mirror *mirror = used(state, URL);
    keep(mirror, 1, false);
    keep(mirror, 1, false);
    assert_int_equal(pack_count(mirror), 1);
    cm_mirror_close(mirror);
}

/* Who reads the old packs still has them; who is alone removes them. */
static void
test_anew(void **state)
{
    const char *const *packs;
    make_mirror(state, URL);
    struct cm_mirror *reader = used(state, URL), *mirror = used(state, URL);
    keep(mirror, 2, true);
    assert_true(cm_mirror_holds(mirror, tip(2)));
    assert_false(cm_mirror_holds(mirror, tip(1)));
    assert_int_equal(pack_count(mirror), 1);
    assert_int_equal(cm_mirror_packs(reader, &packs), 1);
    struct cm_mirror *third = used(state, URL);
    assert_true(is_there(packs[0]));
    cm_mirror_close(third);
    cm_mirror_close(mirror);

    mirror = used(state, URL);
    assert_true(is_there(packs[0]));
    cm_mirror_close(mirror);
    cm_mirror_close(reader);
    cm_mirror_close(used(state, URL));
    assert_int_equal(count_of(mirror_path(state, URL, "/objects/pack"), ""), 2);
}

/* The packs that were replaced go with the next update, too, if it is alone. */
static void
test_an_update_tidies(void **state)
{
    char incoming[PATH_MAX], idx[PATH_MAX];
    make_mirror(state, URL);
    struct cm_mirror *reader = used(state, URL), *mirror = used(state, URL);
    make_pack(mirror_path(state, URL, "/objects/pack"), 9, idx);
    assert_int_equal(update(mirror, incoming), CM_MIRROR_GOT);
    assert_true(is_there(idx));
    cm_mirror_end_update(mirror);
    cm_mirror_close(reader);
    assert_int_equal(update(mirror, incoming), CM_MIRROR_GOT);
    assert_false(is_there(idx));
    assert_int_equal(count_of(mirror_path(state, URL, "/objects/pack"), ""), 2);
    cm_mirror_close(mirror);
}

static void
test_one_updates_at_a_time(void **state)
{
    char incoming[PATH_MAX] = "", other[PATH_MAX] = "untouched";
    struct cm_mirror *one = used(state, URL), *two = used(state, URL);
    assert_int_equal(update(one, incoming), CM_MIRROR_GOT);
    assert_int_equal(update(two, other), CM_MIRROR_BUSY);
    assert_string_equal(other, "untouched");
    cm_mirror_end_update(two); /* has none, and ends none */
    assert_true(is_there(incoming));
    assert_int_equal(update(two, other), CM_MIRROR_BUSY);
    cm_mirror_end_update(one);
    assert_int_equal(update(two, other), CM_MIRROR_GOT);
    assert_int_equal(update(one, incoming), CM_MIRROR_BUSY);
    cm_mirror_close(two);
    assert_int_equal(update(one, incoming), CM_MIRROR_GOT);
    cm_mirror_close(one);
}

/* What somebody else kept meanwhile is there when an update begins. */
static void
test_an_update_reads_again(void **state)
{
    char incoming[PATH_MAX];
    struct cm_mirror *one = used(state, URL), *two = used(state, URL);
    keep(one, 1, false);
    assert_int_equal(pack_count(two), 0);
    assert_int_equal(update(two, incoming), CM_MIRROR_GOT);
    assert_int_equal(pack_count(two), 1);
    assert_true(cm_mirror_holds(two, tip(1)));
    cm_mirror_end_update(two);
    put(mirror_path(state, URL, "/manifest.json"), "{}");
    assert_int_equal(update(two, incoming), CM_MIRROR_FAILED);
    assert_int_equal(pack_count(two), 0);
    cm_mirror_close(one);
    cm_mirror_close(two);
}

static void
make_left_overs(void **state, char idx[PATH_MAX])
{
    char folder[PATH_MAX], more[PATH_MAX];
    snprintf(folder, sizeof folder, "%s", mirror_path(state, URL, "/incoming-killed"));
    assert_int_equal(mkdir(folder, 0700), 0);
    make_pack(folder, 8, more);
    make_pack(mirror_path(state, URL, "/objects/pack"), 9, idx);
    put(mirror_path(state, URL, "/.countermark-killed"), "half");
}

static void
test_left_overs(void **state)
{
    char incoming[PATH_MAX], idx[PATH_MAX];
    make_mirror(state, URL);
    struct cm_mirror *one = used(state, URL);
    assert_int_equal(update(one, incoming), CM_MIRROR_GOT);
    make_left_overs(state, idx);
    struct cm_mirror *two = used(state, URL); /* may be what the update is writing */
    assert_true(is_there(incoming));
    assert_true(is_there(idx));
    assert_true(is_there(mirror_path(state, URL, "/.countermark-killed")));
    cm_mirror_close(one);
    cm_mirror_close(two);

    cm_mirror_close(used(state, URL));
    assert_false(is_there(idx));
    assert_int_equal(count_of(mirror_path(state, URL, ""), "incoming-"), 0);
    assert_int_equal(count_of(mirror_path(state, URL, ""), ".countermark-"), 0);
    assert_int_equal(count_of(mirror_path(state, URL, "/objects/pack"), ""), 2);
}

static void
test_each_url_has_its_own(void **state)
{
    make_mirror(state, URL);
    struct cm_mirror *other = used(state, URL "/");
    assert_int_equal(pack_count(other), 0);
    keep(other, 2, false);
    assert_false(cm_mirror_holds(other, tip(1)));
    cm_mirror_close(other);
}

/* ---- whose folder it is ---- */

static void
assert_denied(struct cm_mirror *mirror, const char *part)
{
    char incoming[PATH_MAX];
    struct cm_err err = CM_ERR_INIT;
    assert_int_equal(cm_mirror_use(mirror, &err), CM_MIRROR_FAILED);
    assert_int_equal(err.class, CM_E_DENIED);
    assert_contains(err.text, part);
    assert_int_equal(pack_count(mirror), 0);
    err = (struct cm_err)CM_ERR_INIT;
    assert_int_equal(cm_mirror_update(mirror, incoming, &err), CM_MIRROR_FAILED);
    assert_int_equal(err.class, CM_E_DENIED);
    cm_mirror_close(mirror);
}

static void
test_a_folder_that_others_write(void **state)
{
    static const mode_t modes[] = {0770, 0707, 01777};
    make_mirror(state, URL);
    for (size_t i = 0; i < CM_COUNT(modes); i++) {
        assert_int_equal(chmod(in_folder(state, MIRRORS), modes[i]), 0);
        assert_denied(opened(state, URL), "writable by others");
    }
    assert_int_equal(chmod(in_folder(state, MIRRORS), 0755), 0);
    cm_mirror_close(used(state, URL));
}

static void
test_a_folder_of_others(void **state)
{
    if (geteuid() != 0) {
        print_message("only root can give files away: not tried\n");
        skip();
    }
    make_mirror(state, URL);
    assert_int_equal(chown(in_folder(state, MIRRORS), 4711, 0), 0);
    assert_denied(opened(state, URL), "owned by user 4711");
}

/* A link in the place of the lock is not followed. */
static void
test_a_lock_that_is_a_link(void **state)
{
    struct cm_err err = CM_ERR_INIT;
    assert_int_equal(mkdir(in_folder(state, MIRRORS), 0700), 0);
    assert_int_equal(symlink("elsewhere", mirror_path(state, URL, ".lock")), 0);
    struct cm_mirror *mirror = opened(state, URL);
    assert_int_equal(cm_mirror_use(mirror, &err), CM_MIRROR_FAILED);
    assert_int_not_equal(err.class, CM_OK);
    assert_contains(err.text, ".lock");
    cm_mirror_close(mirror);
    assert_false(is_there(in_folder(state, MIRRORS "/elsewhere")));
}

/* Paths are whole, wherever the program goes meanwhile. */
static void
test_a_relative_folder(void **state)
{
    char here[PATH_MAX], incoming[PATH_MAX];
    struct cm_err err = CM_ERR_INIT;
    struct cm_mirror *mirror = NULL;
    const char *const *packs;
    assert_non_null(getcwd(here, sizeof here));
    assert_int_equal(chdir(*state), 0);
    assert_true(cm_mirror_open("a/" MIRRORS, URL, &mirror, &err));
    assert_int_equal(chdir(here), 0);
    assert_int_equal(use(mirror), CM_MIRROR_GOT);
    assert_int_equal(update(mirror, incoming), CM_MIRROR_GOT);
    assert_true(cm_starts_with(incoming, in_folder(state, "a/" MIRRORS "/")));
    cm_mirror_end_update(mirror);
    keep(mirror, 1, false);
    assert_int_equal(cm_mirror_packs(mirror, &packs), 1);
    assert_true(cm_starts_with(packs[0], in_folder(state, "a/" MIRRORS "/")));
    cm_mirror_close(mirror);
}

static void
test_a_name_that_is_too_long(void **state)
{
    (void)state;
    char folder[PATH_MAX];
    struct cm_err err = CM_ERR_INIT;
    struct cm_mirror *mirror = NULL;
    memset(folder, 'a', sizeof folder);
    folder[sizeof folder - 1] = '\0';
    assert_false(cm_mirror_open(folder, URL, &mirror, &err)); /* with what is before it */
    assert_int_equal(err.class, CM_E_LIMIT);
    folder[0] = '/';
    assert_false(cm_mirror_open(folder, URL, &mirror, &err)); /* with what is in it */
    assert_int_equal(err.class, CM_E_LIMIT);
    assert_null(mirror);
}

/* ---- people look into it ---- */

static bool
git(const char *const *words, size_t count)
{
    char *argv[20] = {NULL};
    int status = -1;
    assert_true(count < CM_COUNT(argv));
    memcpy(argv, words, count * sizeof *argv);
    pid_t child = fork();
    if (child == 0) {
        int out = open("/dev/null", O_RDWR);
        if (out >= 0 && dup2(out, 1) >= 0 && setenv("GIT_CONFIG_GLOBAL", "/dev/null", 1) == 0)
            execvp("git", argv);
        _exit(127);
    }
    return child > 0 && waitpid(child, &status, 0) == child && status == 0;
}

#define GIT(...)                                                                                   \
    git((const char *const[]){"git", __VA_ARGS__},                                                 \
        CM_COUNT(((const char *const[]){"git", __VA_ARGS__})))
#define WHO(folder) "-C", folder, "-c", "user.name=A", "-c", "user.email=a@test"

/* The files of the one pack of a repository, to another folder; *idx is where its index is then. */
static void
take_pack(const char *from, const char *to, char idx[PATH_MAX])
{
    char source[PATH_MAX], target[PATH_MAX];
    DIR *folder = opendir(from);
    assert_non_null(folder);
    *idx = '\0';
    for (struct dirent *entry; (entry = readdir(folder));) {
        const char *end = strrchr(entry->d_name, '.');
        if (strcmp(end, ".pack") != 0 && strcmp(end, ".idx") != 0)
            continue;
        assert_true(snprintf(source, sizeof source, "%s/%s", from, entry->d_name) < PATH_MAX);
        assert_true(snprintf(target, sizeof target, "%s/%s", to, entry->d_name) < PATH_MAX);
        assert_int_equal(rename(source, target), 0);
        if (strcmp(end, ".idx") == 0)
            memcpy(idx, target, sizeof target);
    }
    closedir(folder);
    assert_true(*idx != '\0');
}

static void
test_git_reads_it(void **state)
{
    char source[PATH_MAX], path[PATH_MAX], incoming[PATH_MAX], idx[PATH_MAX], id[CM_GIT_ID];
    struct cm_err err = CM_ERR_INIT;
    snprintf(source, sizeof source, "%s", in_folder(state, "source"));
    snprintf(path, sizeof path, "%s", mirror_path(state, URL, ""));
    assert_true(cm_git_hash("blob", "hello\n", 6, id));
    assert_true(GIT("init", "-q", source));
    put(in_folder(state, "source/file"), "hello\n");
    assert_true(GIT("-C", source, "add", "file"));
    assert_true(GIT(WHO(source), "commit", "-q", "-m", "one"));
    assert_true(GIT("-C", source, "repack", "-adq"));

    struct cm_mirror *mirror = used(state, URL);
    assert_int_equal(update(mirror, incoming), CM_MIRROR_GOT);
    take_pack(in_folder(state, "source/.git/objects/pack"), incoming, idx);
    assert_true(cm_mirror_keep(mirror, idx, NULL, 0, false, &err));
    cm_mirror_close(mirror);
    assert_true(GIT("-C", path, "rev-parse", "--is-bare-repository"));
    assert_true(GIT("-C", path, "cat-file", "blob", id));
    assert_true(GIT("-C", path, "fsck", "--full"));
    id[0] = id[0] == '0' ? '1' : '0';
    assert_false(GIT("-C", path, "cat-file", "-e", id));
}

#define MIRROR_TEST(test) cmocka_unit_test_setup_teardown(test, folder_make, folder_remove)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        MIRROR_TEST(test_reading_makes_nothing),
        MIRROR_TEST(test_first_update),
        MIRROR_TEST(test_keep),
        MIRROR_TEST(test_a_tip_without_a_pack),
        MIRROR_TEST(test_what_is_not_kept),
        MIRROR_TEST(test_newest_tips_first),
        MIRROR_TEST(test_as_many_packs_as_may_be),
        MIRROR_TEST(test_the_same_pack_again),
        MIRROR_TEST(test_anew),
        MIRROR_TEST(test_an_update_tidies),
        MIRROR_TEST(test_one_updates_at_a_time),
        MIRROR_TEST(test_an_update_reads_again),
        MIRROR_TEST(test_left_overs),
        MIRROR_TEST(test_each_url_has_its_own),
        MIRROR_TEST(test_a_folder_that_others_write),
        MIRROR_TEST(test_a_folder_of_others),
        MIRROR_TEST(test_a_lock_that_is_a_link),
        MIRROR_TEST(test_a_relative_folder),
        MIRROR_TEST(test_a_name_that_is_too_long),
        MIRROR_TEST(test_git_reads_it),
    };
    umask(022);
    return cmocka_run_group_tests(tests, NULL, NULL);
}

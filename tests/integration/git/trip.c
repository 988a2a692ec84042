/* SPDX-License-Identifier: Apache-2.0 */
#include "trip.h"

#include <dirent.h>
#include <git2/sys/odb_backend.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#define SCRIPT CM_FIXTURES_DIR "/../integration/git/make_remote.sh"

static bool
run(const char *program, const char *script, const char *argument)
{
    int status = -1;
    pid_t child = fork();
    if (child == 0) {
        execlp(program, program, script, argument, (char *)NULL);
        _exit(127);
    }
    return child > 0 && waitpid(child, &status, 0) == child && status == 0;
}

const char *
trip_value(const struct trip_world *world, const char *name)
{
    size_t size = strlen(name);
    for (size_t i = 0; i < world->id_count; i++) {
        if (strncmp(world->ids[i], name, size) == 0 && world->ids[i][size] == ' ')
            return world->ids[i] + size + 1;
    }
    fail_msg("nothing has that name: %s", name);
    return "";
}

git_oid
trip_id(const struct trip_world *world, const char *name)
{
    git_oid id;
    assert_int_equal(git_oid_fromstr(&id, trip_value(world, name)), 0);
    return id;
}

/* ---- a trip ---- */

void
trip_begin(struct trip *trip, struct trip_world *world, const char *repository)
{
    *trip = (struct trip){.world = world, .refs = {TRIP_MAIN}, .err = CM_ERR_INIT};
    snprintf(trip->repository, sizeof trip->repository, "%s/%s", world->folder, repository);
    snprintf(trip->folder, sizeof trip->folder, "%s/trip%u", world->folder, world->tests++);
    assert_int_equal(mkdir(trip->folder, 0700), 0);
    carrier_begin(&trip->carrier, trip->repository);
}

static size_t
count_of(const char *const *list, size_t most)
{
    size_t count = 0;
    while (count < most && list[count])
        count++;
    return count;
}

bool
trip_go(struct trip *trip)
{
    struct cm_helper_carrier carrier = carrier_of(&trip->carrier);
    git_oid haves[3];
    size_t have_count = count_of(trip->haves, 3);
    for (size_t i = 0; i < have_count; i++)
        haves[i] = trip_id(trip->world, trip->haves[i]);
    snprintf(trip->idx, sizeof trip->idx, "untouched");
    bool good = cm_helper_fetch(&carrier, trip->folder, trip->packs, count_of(trip->packs, 2),
                                haves, have_count, trip->refs, count_of(trip->refs, 4), trip->idx,
                                sizeof trip->idx, &trip->err);
    assert_int_equal(good, trip->err.class == CM_OK);
    return good;
}

size_t
trip_entries(const char *folder)
{
    size_t count = 0;
    DIR *list = opendir(folder);
    assert_non_null(list);
    while (readdir(list))
        count++;
    closedir(list);
    return count - 2;
}

static void
assert_private_file(const char *path)
{
    struct stat about;
    assert_int_equal(lstat(path, &about), 0);
    assert_int_equal(about.st_mode, S_IFREG | 0600);
}

void
trip_left_a_pack(const struct trip *trip)
{
    char path[300], head[140];
    snprintf(head, sizeof head, "%s/pack-", trip->folder);
    assert_memory_equal(trip->idx, head, strlen(head));
    assert_int_equal(strlen(trip->idx), strlen(head) + 40 + strlen(".idx"));
    snprintf(path, sizeof path, "%.*s.pack", (int)strlen(trip->idx) - 4, trip->idx);
    assert_private_file(trip->idx);
    assert_private_file(path);
    assert_int_equal(trip_entries(trip->folder), 2);
}

void
trip_done(struct trip *trip)
{
    carrier_done(&trip->carrier);
    run("rm", "-rf", trip->folder);
}

void
trip_is_refused(struct trip *trip, enum cm_class class, const char *text)
{
    bool good = trip_go(trip);
    if (good || trip->err.class != class || !strstr(trip->err.text, text))
        fail_msg("%s: %s", cm_class_name(trip->err.class), trip->err.text);
    assert_string_equal(trip->idx, "untouched");
    assert_int_equal(trip_entries(trip->folder), 0);
}

/* ---- what is in packs ---- */

static git_odb *
open_packs(const char *const *packs, size_t count)
{
    git_odb *odb = NULL;
    assert_int_equal(git_odb_new(&odb), 0);
    for (size_t i = 0; i < count; i++) {
        git_odb_backend *backend = NULL;
        assert_int_equal(git_odb_backend_one_pack(&backend, packs[i]), 0);
        assert_int_equal(git_odb_add_backend(odb, backend, 1), 0);
    }
    return odb;
}

bool
trip_pack_holds(const char *pack, git_oid id)
{
    git_odb *odb = open_packs(&pack, 1);
    bool found = git_odb_exists(odb, &id);
    git_odb_free(odb);
    return found;
}

static int
count_blob(const char *root, const git_tree_entry *entry, void *data)
{
    git_repository *repository = data;
    git_object *object = NULL;
    (void)root;
    assert_int_equal(git_tree_entry_to_object(&object, repository, entry), 0);
    git_object_free(object);
    return 0;
}

/* All commits from there on, whose number is known, and all files of the tip. */
void
trip_has_history(const struct trip_world *world, const char *const *packs, size_t count,
                 const char *name, bool files)
{
    char commits[64];
    size_t walked = 0;
    git_oid id = trip_id(world, name), next;
    git_odb *odb = open_packs(packs, count);
    git_repository *repository = NULL;
    git_object *tip = NULL, *tree = NULL;
    git_revwalk *walk = NULL;
    snprintf(commits, sizeof commits, "%s-commits", name);
    assert_int_equal(git_repository_wrap_odb(&repository, odb), 0);
    assert_int_equal(git_object_lookup(&tip, repository, &id, GIT_OBJECT_ANY), 0);
    assert_int_equal(git_revwalk_new(&walk, repository), 0);
    assert_int_equal(git_revwalk_push(walk, &id), 0);
    while (git_revwalk_next(&next, walk) == 0)
        walked++;
    assert_int_equal(walked, atoi(trip_value(world, commits)));
    if (files) {
        assert_int_equal(git_object_peel(&tree, tip, GIT_OBJECT_TREE), 0);
        assert_int_equal(git_tree_walk((git_tree *)tree, GIT_TREEWALK_PRE, count_blob, repository),
                         0);
    }
    git_object_free(tree);
    git_object_free(tip);
    git_revwalk_free(walk);
    git_repository_free(repository);
    git_odb_free(odb);
}

void
trip_fetches(struct trip *trip, const char *name)
{
    const char *packs[3] = {trip->packs[0], trip->packs[1]};
    size_t count = count_of(packs, 2);
    if (!trip_go(trip))
        fail_msg("%s: %s", cm_class_name(trip->err.class), trip->err.text);
    trip_left_a_pack(trip);
    packs[count] = trip->idx;
    trip_has_history(trip->world, packs, count + 1, name, true);
}

/* main, as it was first; the trip stays, with its pack. */
void
trip_fetches_main(struct trip *trip, struct trip_world *world)
{
    trip_begin(trip, world, "origin.git");
    trip_fetches(trip, "main");
}

/* ---- the world ---- */

static int
begin_libgit2(void)
{
    static const int levels[] = {GIT_CONFIG_LEVEL_PROGRAMDATA, GIT_CONFIG_LEVEL_SYSTEM,
                                 GIT_CONFIG_LEVEL_XDG, GIT_CONFIG_LEVEL_GLOBAL};
    int result = git_libgit2_init();
    for (size_t i = 0; i < CM_COUNT(levels) && result >= 0; i++)
        result = git_libgit2_opts(GIT_OPT_SET_SEARCH_PATH, levels[i], "");
    return result < 0 ? -1 : 0;
}

int
trip_begin_world(void **state)
{
    struct trip_world *world = calloc(1, sizeof *world);
    char path[128];
    assert_non_null(world);
    *state = world;
    signal(SIGPIPE, SIG_IGN);
    unsetenv("GIT_PROTOCOL");
    setenv("GIT_CONFIG_NOSYSTEM", "1", 1);
    setenv("GIT_CONFIG_GLOBAL", "/dev/null", 1);
    memcpy(world->folder, "/tmp/countermark-test-remote-XXXXXX", 36);
    if (!mkdtemp(world->folder) || !run("bash", SCRIPT, world->folder))
        return -1;
    snprintf(path, sizeof path, "%s/ids", world->folder);
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    while (world->id_count < CM_COUNT(world->ids) &&
           fgets(world->ids[world->id_count], sizeof world->ids[0], file)) {
        char *line = world->ids[world->id_count++];
        line[strcspn(line, "\n")] = '\0';
    }
    fclose(file);
    return begin_libgit2();
}

int
trip_end_world(void **state)
{
    struct trip_world *world = *state;
    git_libgit2_shutdown();
    run("rm", "-rf", world->folder);
    free(world);
    return 0;
}

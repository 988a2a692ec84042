/* SPDX-License-Identifier: Apache-2.0 */
#include "git/helper/remote.h"

#include "base/text.h"
#include "git/helper/helper.h"
#include "git/helper/remote_transport.h"

#include <dirent.h>
#include <errno.h>
#include <ftw.h>
#include <git2/sys/odb_backend.h>
#include <git2/sys/repository.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define NOWHERE    "https://repository.invalid/x" /* never connected to */
#define ARENA_MOST ((size_t)128 * 1024 * 1024)
#define HAVES_MOST 256u
#define PACK_NAME  (sizeof "pack-" - 1 + CM_GIT_ID - 1) /* bytes, without ".pack" or ".idx" */

/* A bare repository for the time of the fetch. */
struct place {
    char path[PATH_MAX]; /* "" while there is none */
    git_repository *repository;
    git_odb *odb;
};

static int
remove_one(const char *path, const struct stat *about, int kind, struct FTW *where)
{
    (void)about, (void)kind, (void)where;
    return remove(path);
}

static void
place_done(struct place *place)
{
    git_odb_free(place->odb);
    git_repository_free(place->repository);
    if (*place->path)
        (void)nftw(place->path, remove_one, 8, FTW_DEPTH | FTW_PHYS | FTW_MOUNT);
}

static void
config_done(git_config **config)
{
    git_config_free(*config);
}

/* Not even its own: libgit2 1.5 loses 20 KiB with each setting that it compares with a URL. */
static bool
forget_config(git_repository *repository, struct cm_err *err)
{
    CM_CLEANUP(config_done) git_config *config = NULL;
    if (git_config_new(&config) < 0 || git_repository_set_config(repository, config) < 0)
        return cm_helper_fail(err, "a repository without settings cannot be made");
    return true;
}

static bool
open_place(struct place *place, const char *folder, struct cm_err *err)
{
    git_repository_init_options options = {.version = GIT_REPOSITORY_INIT_OPTIONS_VERSION,
                                           .flags = GIT_REPOSITORY_INIT_BARE |
                                                    GIT_REPOSITORY_INIT_NO_REINIT};
    char path[PATH_MAX];
    int size = snprintf(path, sizeof path, "%s/fetch-XXXXXX", folder);
    if (size < 0 || (size_t)size >= sizeof path)
        return cm_fail(err, CM_E_LIMIT, "%s: the folder's name is too long", folder);
    if (!mkdtemp(path))
        return cm_fail_errno(err, errno, "%s: cannot make a folder", folder);
    memcpy(place->path, path, sizeof path);
    if (git_repository_init_ext(&place->repository, place->path, &options) < 0 ||
        git_repository_odb(&place->odb, place->repository) < 0)
        return cm_helper_fail(err, "a repository cannot be made");
    return forget_config(place->repository, err);
}

/* As alternates: they are never written to. */
static bool
add_packs(struct place *place, const char *const *packs, size_t count, struct cm_err *err)
{
    for (size_t i = 0; i < count; i++) {
        git_odb_backend *backend = NULL;
        if (git_odb_backend_one_pack(&backend, packs[i]) < 0)
            return cm_helper_fail(err, "a pack that is known cannot be opened");
        if (git_odb_add_alternate(place->odb, backend, 1) < 0) {
            backend->free(backend);
            return cm_helper_fail(err, "a pack that is known cannot be opened");
        }
    }
    return true;
}

/* What libgit2 tells the server to have it reads from refs, in the order of their names, and behind
 * each what has come before it; 256 commits at the most. */
static bool
add_haves(struct place *place, const git_oid *haves, size_t count, struct cm_err *err)
{
    for (size_t i = 0; i < count && i < HAVES_MOST; i++) {
        char name[64];
        git_reference *ref = NULL;
        snprintf(name, sizeof name, "refs/haves/%03zu", i);
        if (git_reference_create(&ref, place->repository, name, &haves[i], 0, NULL) < 0)
            return cm_helper_fail(err, "a commit that is known cannot be found");
        git_reference_free(ref);
    }
    return true;
}

static void
remote_done(git_remote **remote)
{
    git_remote_free(*remote);
}

/* Only the pack: no ref is written. All that libgit2 is told of is wanted. */
static bool
download(struct place *place, struct cm_helper_transport *transport, struct cm_err *err)
{
    CM_CLEANUP(remote_done) git_remote *remote = NULL;
    char heads[] = "refs/heads/*:refs/heads/*", tags[] = "refs/tags/*:refs/tags/*";
    char *both[] = {heads, tags};
    git_strarray names = {.strings = both, .count = CM_COUNT(both)};
    git_fetch_options options = {.version = GIT_FETCH_OPTIONS_VERSION,
                                 .callbacks = {.version = GIT_REMOTE_CALLBACKS_VERSION,
                                               .transport = cm_helper_transport_new,
                                               .payload = transport},
                                 .download_tags = GIT_REMOTE_DOWNLOAD_TAGS_NONE,
                                 .proxy_opts = {.version = GIT_PROXY_OPTIONS_VERSION}};
    bool good = git_remote_create_anonymous(&remote, place->repository, NOWHERE) >= 0 &&
                git_remote_download(remote, &names, &options) >= 0;
    if (!good && transport->err.class != CM_OK)
        return cm_fail(err, transport->err.class, "%s", transport->err.text);
    if (!good)
        return cm_helper_fail(err, "the history cannot be fetched");
    return true;
}

static bool
has_tips(const struct place *place, const struct cm_git_ref *const *refs, size_t count,
         struct cm_err *err)
{
    for (size_t i = 0; i < count; i++) {
        git_oid id;
        if (git_oid_fromstr(&id, refs[i]->id) < 0 || !git_odb_exists(place->odb, &id))
            return cm_fail(err, CM_E_MALFORMED, "the server's pack does not hold %s, the tip of %s",
                           refs[i]->id, refs[i]->name);
    }
    return true;
}

/* ---- the pack, out of the repository ---- */

static bool
move(const struct place *place, const char *folder, const char *name, const char *tail,
     char ret[PATH_MAX], struct cm_err *err)
{
    char from[PATH_MAX], to[PATH_MAX];
    int from_size = snprintf(from, sizeof from, "%s/objects/pack/%s%s", place->path, name, tail);
    int to_size = snprintf(to, sizeof to, "%s/%s%s", folder, name, tail);
    if (from_size < 0 || (size_t)from_size >= sizeof from || to_size < 0)
        return cm_fail(err, CM_E_LIMIT, "%s: the folder's name is too long", folder);
    if (chmod(from, 0600) != 0 || rename(from, to) != 0)
        return cm_fail_errno(err, errno, "%s: cannot be moved to %s", from, to);
    memcpy(ret, to, sizeof to);
    return true;
}

/* "pack-NAME" of the only pack; "" if there is none. */
static bool
find_pack(const struct place *place, char ret[PACK_NAME + 1], struct cm_err *err)
{
    char path[PATH_MAX];
    int size = snprintf(path, sizeof path, "%s/objects/pack", place->path);
    if (size < 0 || (size_t)size >= sizeof path)
        return cm_fail(err, CM_E_LIMIT, "%s: the folder's name is too long", place->path);
    DIR *folder = opendir(path);
    if (!folder)
        return cm_fail_errno(err, errno, "%s: cannot be read", path);
    ret[0] = '\0';
    for (const struct dirent *entry; (entry = readdir(folder));) {
        if (strlen(entry->d_name) != PACK_NAME + strlen(".idx") ||
            !cm_ends_with(entry->d_name, ".idx"))
            continue;
        memcpy(ret, entry->d_name, PACK_NAME);
        ret[PACK_NAME] = '\0';
    }
    closedir(folder);
    return true;
}

static bool
take_pack(const struct place *place, const char *folder, char *ret_idx, struct cm_err *err)
{
    char name[PACK_NAME + 1], pack[PATH_MAX], idx[PATH_MAX] = "";
    if (!find_pack(place, name, err))
        return false;
    if (*name && !move(place, folder, name, ".pack", pack, err))
        return false;
    if (*name && !move(place, folder, name, ".idx", idx, err)) {
        (void)remove(pack);
        return false;
    }
    memcpy(ret_idx, idx, strlen(idx) + 1);
    return true;
}

/* ---- the fetch ---- */

struct wish {
    const char *const *packs;
    size_t pack_count;
    const git_oid *haves;
    size_t have_count;
    const char *const *refs;
    size_t ref_count;
};

/* A server that cannot say "ACK ... continue" gets a last request from libgit2 (1.5) without what
 * is wanted: so such a server is told of nothing that is known, and then there is but one request.
 */
static size_t
haves_for(const struct wish *wish, const struct cm_git_v0_capabilities *can)
{
    return can->multi_ack || can->multi_ack_detailed ? wish->have_count : 0;
}

static bool
fetch(struct cm_helper_transport *transport, struct place *place, struct cm_arena *arena,
      const struct wish *wish, struct cm_err *err)
{
    const struct cm_git_ref **tips = NULL;
    struct cm_git_v0_capabilities can;
    if (!arena)
        return cm_fail(err, CM_E_LIMIT, "no memory for a list of refs");
    if (wish->ref_count == 0)
        return cm_fail(err, CM_E_INTERNAL, "nothing is to be fetched");
    return cm_helper_transport_list(transport, arena, wish->refs, wish->ref_count, &tips, &can,
                                    err) &&
           add_packs(place, wish->packs, wish->pack_count, err) &&
           add_haves(place, wish->haves, haves_for(wish, &can), err) &&
           download(place, transport, err) && has_tips(place, tips, wish->ref_count, err);
}

bool
cm_helper_fetch(const struct cm_helper_carrier *carrier, const char *folder,
                const char *const *packs, size_t pack_count, const git_oid *haves,
                size_t have_count, const char *const *refs, size_t ref_count, char *ret_idx,
                size_t idx_size, struct cm_err *err)
{
    CM_CLEANUP(place_done) struct place place = {.path = ""};
    CM_CLEANUP(cm_arena_done) struct cm_arena *arena = cm_arena_new(ARENA_MOST);
    CM_CLEANUP(cm_helper_transport_done) struct cm_helper_transport transport;
    const struct wish wish = {.packs = packs,
                              .pack_count = pack_count,
                              .haves = haves,
                              .have_count = have_count,
                              .refs = refs,
                              .ref_count = ref_count};
    cm_helper_transport_begin(&transport, carrier);
    if (strlen(folder) + 1 + PACK_NAME + sizeof ".idx" > idx_size)
        return cm_fail(err, CM_E_LIMIT, "%s: the folder's name is too long", folder);
    return open_place(&place, folder, err) && fetch(&transport, &place, arena, &wish, err) &&
           take_pack(&place, folder, ret_idx, err);
}

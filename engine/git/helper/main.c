/* SPDX-License-Identifier: Apache-2.0
 *
 * countermark-git: takes packs apart and answers questions about what is in them; see git/reply.h.
 */
#include "git/helper/helper.h"

#include "base/text.h"
#include "git/helper/graph.h"
#include "git/helper/remote.h"
#include "git/reply.h"
#include "trust/pattern.h"

#include <stdlib.h>
#include <string.h>

#define OBJECTS_MOST INT64_C(50000000)
#define BYTES_MOST   (INT64_C(1) << 30)
#define WALKS        8u
#define GRAPH_LEAST  64u /* commits */
#define WORDS_MOST   (CM_GIT_TIPS * 2u + 4u)
#define PACKS_MOST   1024u

struct helper {
    struct cm_helper_commits commits;
    struct cm_helper_beside *beside; /* NULL: no thread could be had */
    char folder[PATH_MAX];           /* "": none was named */
    struct cm_helper_walk *walks[WALKS];
    size_t walk_count;
    char *packs[PACKS_MOST]; /* paths of their .idx; owned */
    size_t pack_count;
    FILE *from, *to;
    struct cm_helper_pieces answer; /* to the request that was carried last */
};

/* One question, taken apart. */
struct question {
    const char *words[WORDS_MOST];
    size_t count;
};

/* ---- words ---- */

static bool
usage(struct cm_err *err)
{
    return cm_fail(err, CM_E_INTERNAL, "no question: see git/reply.h");
}

/* libgit2 says nothing of ids that it cannot read until it was begun. */
static bool
read_id(const char *text, git_oid *ret)
{
    return cm_is_commit_id(text) && git_oid_fromstr(ret, text) == 0;
}

static bool
read_ids(const char *const *words, size_t count, git_oid ret[CM_GIT_TIPS])
{
    for (size_t i = 0; i < count; i++) {
        if (i == CM_GIT_TIPS || !read_id(words[i], &ret[i]))
            return false;
    }
    return count > 0;
}

static bool
split(char *line, struct question *ret)
{
    *ret = (struct question){.count = 0};
    for (char *at = line; at;) {
        if (ret->count == WORDS_MOST)
            return false;
        ret->words[ret->count++] = strsep(&at, " ");
    }
    return true;
}

/* ---- packs ---- */

static void
forget_walks(struct helper *helper)
{
    for (size_t i = 0; i < helper->walk_count; i++)
        cm_helper_walk_free(helper->walks[i]);
    helper->walk_count = 0;
}

/* An absolute path: it may hold any character but a line feed. */
static bool
on_folder(struct helper *helper, const char *path, struct cm_err *err)
{
    size_t size = strlen(path);
    if (*path != '/' || size >= sizeof helper->folder)
        return usage(err);
    memcpy(helper->folder, path, size + 1);
    return true;
}

static bool
open_pack(struct helper *helper, const char *idx, bool now, struct cm_err *err)
{
    if (helper->pack_count == PACKS_MOST)
        return cm_fail(err, CM_E_LIMIT, "more than %u packs", PACKS_MOST);
    if (!cm_helper_store_add(helper->commits.odb, idx, now, err))
        return false;
    helper->packs[helper->pack_count] = strdup(idx);
    return helper->packs[helper->pack_count++] || cm_fail(err, CM_E_LIMIT, "no memory");
}

/* Walks that ended at what was missing may go on now. Who keeps the pack moves it. */
static bool
take_pack(struct helper *helper, const char *idx, size_t objects, struct cm_err *err)
{
    if (objects > 0 && !open_pack(helper, idx, true, err))
        return false;
    forget_walks(helper);
    fprintf(helper->to, "indexed %zu %s\n", objects, objects > 0 ? idx : "-");
    return true;
}

/* What reading a few commits from the store costs is not worth a look into one graph more. */
static void
take_graph(struct helper *helper, struct cm_helper_graph *graph, const char *idx)
{
    struct cm_helper_commits *commits = &helper->commits;
    if (cm_helper_graph_count(graph) < GRAPH_LEAST || commits->graph_count == CM_HELPER_GRAPHS) {
        cm_helper_graph_free(graph);
        return;
    }
    cm_helper_graph_name(graph, idx);
    commits->graphs[commits->graph_count++] = graph;
}

static bool
index_pack(struct helper *helper, struct cm_helper_pieces *pack, int64_t objects_most,
           struct cm_err *err)
{
    char idx[PATH_MAX];
    size_t objects = 0;
    struct cm_helper_graph *graph = helper->beside ? cm_helper_graph_new() : NULL;
    bool good = cm_helper_store_limit((size_t)objects_most, err) &&
                cm_helper_index(pack, helper->folder, helper->beside, graph, idx, &objects, err) &&
                take_pack(helper, idx, objects, err);
    if (good && graph)
        take_graph(helper, graph, idx);
    else
        cm_helper_graph_free(graph);
    return good;
}

static bool
on_pack(struct helper *helper, const struct question *question, struct cm_err *err)
{
    struct cm_helper_pieces pack = {.from = helper->from};
    struct cm_err broken = CM_ERR_INIT;
    int64_t most = 0;
    if (question->count != 2 || *helper->folder == '\0' ||
        !cm_parse_int(question->words[1], 1, OBJECTS_MOST, &most))
        return usage(err);
    bool good = index_pack(helper, &pack, most, err);
    if (cm_helper_pieces_skip(&pack, &broken))
        return good;
    *err = broken;
    return false;
}

/* ---- packs that libgit2 fetches ---- */

/* What nobody read of the answer before is skipped. */
static bool
carry(void *data, const char *path, const void *body, size_t size, struct cm_err *err)
{
    struct helper *helper = data;
    (void)path;
    if (!cm_helper_pieces_skip(&helper->answer, err))
        return false;
    fprintf(helper->to, "request %zu\n", size);
    fwrite(body ? body : "", 1, size, helper->to);
    if (fflush(helper->to) != 0)
        return cm_fail(err, CM_E_INTERNAL, "nobody takes the request");
    helper->answer = (struct cm_helper_pieces){.from = helper->from};
    return true;
}

static bool
read_carried(void *data, void *to, size_t room, size_t *ret_size, struct cm_err *err)
{
    struct helper *helper = data;
    return cm_helper_pieces_read(&helper->answer, to, room, ret_size, err);
}

static bool
fetch(struct helper *helper, const git_oid *haves, size_t have_count, const char *const *refs,
      size_t ref_count, struct cm_err *err)
{
    const struct cm_helper_carrier carrier = {carry, read_carried, helper};
    char idx[PATH_MAX] = "";
    size_t objects = 0;
    return cm_helper_fetch(&carrier, helper->folder, (const char *const *)helper->packs,
                           helper->pack_count, haves, have_count, refs, ref_count, idx, sizeof idx,
                           err) &&
           (*idx == '\0' || cm_helper_store_count(idx, &objects, err)) &&
           take_pack(helper, idx, objects, err);
}

static bool
on_remote(struct helper *helper, const struct question *question, struct cm_err *err)
{
    struct cm_err broken = CM_ERR_INIT;
    int64_t most = 0, count = 0;
    git_oid haves[CM_GIT_TIPS];
    if (question->count < 4 || *helper->folder == '\0' ||
        !cm_parse_int(question->words[1], 1, OBJECTS_MOST, &most) ||
        !cm_parse_int(question->words[2], 0, CM_GIT_TIPS, &count) ||
        question->count < (size_t)count + 4 ||
        !(count == 0 || read_ids(question->words + 3, (size_t)count, haves)))
        return usage(err);
    size_t before = (size_t)count + 3;
    helper->answer = (struct cm_helper_pieces){.from = helper->from, .ended = true};
    bool good = cm_helper_store_limit((size_t)most, err) &&
                fetch(helper, haves, (size_t)count, question->words + before,
                      question->count - before, err);
    if (cm_helper_pieces_skip(&helper->answer, &broken))
        return good;
    *err = broken;
    return false;
}

/* ---- questions ---- */

static bool
on_object(struct helper *helper, const struct question *question, struct cm_err *err)
{
    int64_t most = 0;
    git_oid id;
    if (question->count != 3 || !cm_parse_int(question->words[1], 0, BYTES_MOST, &most) ||
        !read_id(question->words[2], &id))
        return usage(err);
    return cm_helper_tell_object(helper->commits.odb, &id, (size_t)most, helper->to, err);
}

static void
forget_walk(struct helper *helper, size_t index)
{
    cm_helper_walk_free(helper->walks[index]);
    helper->walks[index] = helper->walks[--helper->walk_count];
}

/* The walk of these tips, begun if there is none yet. */
static bool
walk_of(struct helper *helper, const git_oid *tips, size_t count, size_t *ret, struct cm_err *err)
{
    for (size_t i = 0; i < helper->walk_count; i++) {
        *ret = i;
        if (cm_helper_walk_is_of(helper->walks[i], tips, count))
            return true;
    }
    if (helper->walk_count == WALKS)
        forget_walk(helper, 0);
    *ret = helper->walk_count;
    if (!cm_helper_walk_new(&helper->commits, tips, count, &helper->walks[*ret], err))
        return false;
    helper->walk_count++;
    return true;
}

/* A walk that failed is begun anew by the next question. */
static bool
walk_to(struct helper *helper, const git_oid *tips, size_t count, const git_oid *commit,
        struct cm_helper_walk **ret, uint32_t *ret_found, struct cm_err *err)
{
    size_t index = 0;
    if (!walk_of(helper, tips, count, &index, err))
        return false;
    *ret = helper->walks[index];
    if (cm_helper_walk_to(*ret, commit, ret_found, err))
        return true;
    forget_walk(helper, index);
    return false;
}

static bool
on_path(struct helper *helper, const struct question *question, struct cm_err *err)
{
    int64_t most = 0;
    git_oid commit, tips[CM_GIT_TIPS];
    struct cm_helper_walk *walk = NULL;
    uint32_t found = CM_HELPER_NONE;
    if (question->count < 4 || !cm_parse_int(question->words[1], 0, BYTES_MOST, &most) ||
        !read_id(question->words[2], &commit) ||
        !read_ids(question->words + 3, question->count - 3, tips))
        return usage(err);
    if (!walk_to(helper, tips, question->count - 3, &commit, &walk, &found, err))
        return false;
    if (found != CM_HELPER_NONE)
        return cm_helper_tell_path(walk, found, (size_t)most, helper->to, err);
    cm_helper_tell_end(walk, helper->to);
    return true;
}

static bool
on_whole(struct helper *helper, const struct question *question, struct cm_err *err)
{
    git_oid tips[CM_GIT_TIPS];
    struct cm_helper_walk *walk = NULL;
    uint32_t found = CM_HELPER_NONE;
    if (!read_ids(question->words + 1, question->count - 1, tips))
        return usage(err);
    if (!walk_to(helper, tips, question->count - 1, NULL, &walk, &found, err))
        return false;
    cm_helper_tell_end(walk, helper->to);
    return true;
}

/* ---- the conversation ---- */

static bool
answer(struct helper *helper, char *line, struct cm_err *err)
{
    static const struct {
        const char *name;
        bool (*answer)(struct helper *, const struct question *, struct cm_err *);
    } kinds[] = {{"pack", on_pack},
                 {"remote", on_remote},
                 {"object", on_object},
                 {"path", on_path},
                 {"whole", on_whole}};
    struct question question;
    if (cm_starts_with(line, "folder "))
        return on_folder(helper, line + strlen("folder "), err);
    if (!split(line, &question))
        return usage(err);
    for (size_t i = 0; i < CM_COUNT(kinds); i++) {
        if (strcmp(question.words[0], kinds[i].name) == 0)
            return kinds[i].answer(helper, &question, err);
    }
    return usage(err);
}

static void
tell(struct helper *helper, bool good, const struct cm_err *err)
{
    if (good)
        fputs("end\n", helper->to);
    else
        fprintf(helper->to, "error %s %s\n", cm_class_name(err->class), err->text);
    (void)fflush(helper->to);
}

/* False if what was asked cannot be read any more: the next question could be anything. */
static bool
converse(struct helper *helper)
{
    for (;;) {
        char *line = NULL;
        struct cm_err err = CM_ERR_INIT;
        if (!cm_helper_line(helper->from, &line, &err))
            return false;
        if (!line)
            return true;
        bool good = answer(helper, line, &err);
        tell(helper, good, &err);
        if (!good && err.class == CM_E_INTERNAL)
            return false;
    }
}

/* Packs that are there already lay on a disk in between. */
static bool
begin(struct helper *helper, int argc, char **argv, struct cm_err *err)
{
    if (!cm_helper_confine(err))
        return false;
    helper->beside = cm_helper_beside_new();
    if (!cm_helper_confine_threads(err) ||
        !cm_helper_store_begin(argc > 1, &helper->commits.odb, err))
        return false;
    for (int i = 1; i < argc; i++) {
        if (!open_pack(helper, argv[i], false, err))
            return false;
    }
    return true;
}

static void
end(struct helper *helper)
{
    forget_walks(helper);
    cm_helper_beside_free(helper->beside);
    for (size_t i = 0; i < helper->commits.graph_count; i++)
        cm_helper_graph_free(helper->commits.graphs[i]);
    for (size_t i = 0; i < helper->pack_count; i++)
        free(helper->packs[i]);
    git_odb_free(helper->commits.odb);
    git_libgit2_shutdown();
}

int
main(int argc, char **argv)
{
    struct helper helper = {.from = stdin, .to = stdout};
    struct cm_err err = CM_ERR_INIT;
    fputs(CM_GIT_HELLO "\n", stdout);
    bool good = begin(&helper, argc, argv, &err);
    if (!good)
        tell(&helper, false, &err);
    (void)fflush(stdout);
    good = good && converse(&helper);
    end(&helper);
    return good && !ferror(stdout) ? EXIT_SUCCESS : EXIT_FAILURE;
}

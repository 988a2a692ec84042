/* SPDX-License-Identifier: Apache-2.0
 *
 * countermark-git: indexes one pack and answers one question about it; see git/reply.h.
 */
#include "git/helper/helper.h"

#include "base/text.h"
#include "git/reply.h"
#include "trust/pattern.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define OBJECTS_MOST INT64_C(50000000)
#define BYTES_MOST   (INT64_C(1) << 30)

struct question {
    const char *folder, *kind;
    int64_t objects_most, bytes_most;
    git_oid commit; /* or the object */
    git_oid tips[CM_GIT_TIPS];
    size_t tip_count;
};

/* libgit2 has not begun yet, so it must not have to say what is wrong. */
static bool
read_id(const char *text, git_oid *ret)
{
    return cm_is_commit_id(text) && git_oid_fromstr(ret, text) == 0;
}

static bool
read_tips(int argc, char **argv, struct question *ret)
{
    for (int i = 0; i < argc; i++) {
        if (ret->tip_count == CM_GIT_TIPS || !read_id(argv[i], &ret->tips[ret->tip_count]))
            return false;
        ret->tip_count++;
    }
    return true;
}

static bool
read_question(int argc, char **argv, struct question *ret, struct cm_err *err)
{
    static const char usage[] = "FOLDER OBJECTS_MOST object|path BYTES_MOST ID [TIP...]";
    if (argc < 6)
        return cm_fail(err, CM_E_INTERNAL, "usage: countermark-git %s", usage);
    *ret = (struct question){.folder = argv[1], .kind = argv[3]};
    bool path = strcmp(ret->kind, "path") == 0;
    if (!cm_parse_int(argv[2], 1, OBJECTS_MOST, &ret->objects_most) ||
        !cm_parse_int(argv[4], 0, BYTES_MOST, &ret->bytes_most) ||
        !read_id(argv[5], &ret->commit) || !read_tips(argc - 6, argv + 6, ret) ||
        (!path && strcmp(ret->kind, "object") != 0) || path != (ret->tip_count > 0))
        return cm_fail(err, CM_E_INTERNAL, "usage: countermark-git %s", usage);
    return true;
}

static void
object_done(git_odb_object **object)
{
    git_odb_object_free(*object);
}

static bool
tell_object(git_odb *odb, const struct question *question, FILE *to, struct cm_err *err)
{
    CM_CLEANUP(object_done) git_odb_object *object = NULL;
    size_t size = 0;
    git_object_t type = GIT_OBJECT_INVALID;
    int result = git_odb_read_header(&size, &type, odb, &question->commit);
    if (result == GIT_ENOTFOUND) {
        fputs("absent\n", to);
        return true;
    }
    if (result < 0)
        return cm_helper_fail(err, "the object cannot be read");
    if (size > (size_t)question->bytes_most)
        return cm_fail(err, CM_E_LIMIT, "%s has %zu bytes, more than %zu",
                       git_oid_tostr_s(&question->commit), size, (size_t)question->bytes_most);
    if (git_odb_read(&object, odb, &question->commit) < 0)
        return cm_helper_fail(err, "the object cannot be read");
    fprintf(to, "object %s %zu\n", git_object_type2string(git_odb_object_type(object)),
            git_odb_object_size(object));
    fwrite(git_odb_object_data(object), 1, git_odb_object_size(object), to);
    return true;
}

static bool
tell_path(git_odb *odb, const struct question *question, FILE *to, struct cm_err *err)
{
    CM_CLEANUP(cm_helper_walk_done) struct cm_helper_walk *walk = cm_helper_walk_new(odb);
    if (!walk)
        return cm_fail(err, CM_E_LIMIT, "no memory for a walk");
    return cm_helper_walk(walk, &question->commit, question->tips, question->tip_count, err) &&
           cm_helper_walk_tell(walk, (size_t)question->bytes_most, to, err);
}

static void
odb_done(git_odb **odb)
{
    git_odb_free(*odb);
}

static bool
answer(int argc, char **argv, FILE *to, struct cm_err *err)
{
    CM_CLEANUP(odb_done) git_odb *odb = NULL;
    struct question question = {.kind = ""};
    if (!cm_helper_confine(err) || !read_question(argc, argv, &question, err) ||
        !cm_helper_open(STDIN_FILENO, question.folder, (size_t)question.objects_most, &odb, err))
        return false;
    return strcmp(question.kind, "path") == 0 ? tell_path(odb, &question, to, err)
                                              : tell_object(odb, &question, to, err);
}

int
main(int argc, char **argv)
{
    struct cm_err err = CM_ERR_INIT;
    fputs(CM_GIT_HELLO "\n", stdout);
    if (answer(argc, argv, stdout, &err))
        fputs("end\n", stdout);
    else
        printf("error %s %s\n", cm_class_name(err.class), err.text);
    bool told = fflush(stdout) == 0 && !ferror(stdout);
    git_libgit2_shutdown();
    return told ? EXIT_SUCCESS : EXIT_FAILURE;
}

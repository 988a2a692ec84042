/* SPDX-License-Identifier: Apache-2.0
 *
 * The client, through the module, against servers that fail or lie, and a helper that does.
 */
#include "world.h"

#include "base/clock.h"
#include "base/json.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

#define FETCH "{\"method\": \"POST\", \"path\": \"/main.git\", \"do\": "

static struct cm_git_commit *
ask(struct world *world, const char *commit)
{
    struct cm_git_repository *repository = world_repository(world, "main.git", NULL, NULL);
    return world->table->git_commit(repository, "refs/heads/main", world_id(world, commit));
}

static void
test_sign_in_page(void **state)
{
    struct world *world = *state;
    world_faults(world, "[{\"do\": {\"page\": \"text/html\", \"body\": \"<html>sign in\"}}]");
    struct cm_git_repository *repository = world_repository(world, "main.git", NULL, NULL);
    json_t *probe = world_content(world, world->table->git_probe(repository));
    assert_int_equal(cm_json_int(probe, "status", 0), 200);
    assert_string_equal(cm_json_text(probe, "media_type"), "text/html");
    assert_string_equal(cm_json_text(probe, "first_line"), "");
    world_error(world, world->table->git_refs(repository), CM_E_MALFORMED, "a page (text/html)");
}

/* Told with where it leads, but for what may be a secret; and not followed. */
static void
test_redirects(void **state)
{
    struct world *world = *state;
    static const struct {
        const char *to, *location, *says;
    } rows[] = {
        {"https://elsewhere.example/x.git/info/refs", "https://elsewhere.example/x.git/info/refs",
         "answers 301 and names https://elsewhere.example/x.git, at another host; if"},
        {"https://elsewhere.example/x/info/refs?key=1", "https://elsewhere.example/x/info/refs",
         "answers 301 and names https://elsewhere.example/x, at another host; if"},
        {"http://elsewhere.example/x/info/refs", "http://elsewhere.example/x/info/refs",
         "answers 301 and names http://elsewhere.example/x, and without TLS nothing is asked"},
        {"https://elsewhere.example/login?to=x", "https://elsewhere.example/login",
         "answers 301 and names https://elsewhere.example/login, which is no repository"},
        {"https://me:s3cret@elsewhere.example/x/info/refs", NULL, "names nothing that can be read"},
        {"https:///x", NULL, "names nothing that can be read"},
    };
    for (size_t i = 0; i < CM_COUNT(rows); i++) {
        char json[300];
        snprintf(json, sizeof json,
                 "[{\"method\": \"GET\", \"do\": {\"status\": 301, \"location\": \"%s\"}}]",
                 rows[i].to);
        world_faults(world, json);
        struct cm_git_repository *repository = world_repository(world, "main.git", NULL, NULL);
        json_t *probe = world_content(world, world->table->git_probe(repository));
        const char *location = cm_json_text(probe, "location");
        assert_int_equal(cm_json_int(probe, "status", 0), 301);
        assert_int_equal(!location, !rows[i].location);
        if (location)
            assert_string_equal(location, rows[i].location);
        world_error(world, world->table->git_refs(repository), CM_E_UNSUPPORTED, rows[i].says);
    }
}

/* The same host, by another name. */
static void
test_renamed(void **state)
{
    struct world *world = *state;
    char says[200];
    snprintf(says, sizeof says, "answers 301 and names %s/moved.git; if that is the same",
             world->url);
    world_faults(world, "[{\"path\": \"/main.git\", \"do\": {\"status\": 301, \"location\": "
                        "\"/moved.git/info/refs\"}}]");
    struct cm_git_repository *repository = world_repository(world, "main.git", NULL, NULL);
    world_error(world, world->table->git_refs(repository), CM_E_UNSUPPORTED, says);
    assert_int_equal(world_requests(world, "/moved.git"), 0);
}

static void
assert_finding(struct world *world, struct cm_git_repository *repository, const char *ref,
               const char *commit, const char *finding)
{
    struct cm_git_commit *of = world->table->git_commit(repository, ref, world_id(world, commit));
    json_t *content = world_content(world, world->table->git_on_ref(of));
    assert_string_equal(cm_json_text(content, "finding"), finding);
    assert_string_equal(cm_json_text(content, "ref"), ref);
    if (strcmp(finding, "reachable") == 0)
        (void)world_content(world, world->table->git_exists(of));
    else
        world_error(world, world->table->git_exists(of), CM_E_UNSUPPORTED, "single objects");
}

/* Servers of the older versions list all their refs at once, and give whole histories only. */
static void
test_old_protocol(void **state)
{
    struct world *world = *state;
    static const char *const faults[] = {"[{\"do\": {\"version\": \"\"}}]",
                                         "[{\"do\": {\"version\": \"version=1\"}}]"};
    for (int i = 0; i < 2; i++) {
        world_faults(world, faults[i]);
        struct cm_git_repository *repository =
            world_repository(world, "main.git", NULL, "refs/heads/ma");
        json_t *probe = world_content(world, world->table->git_probe(repository));
        assert_int_equal(cm_json_int(probe, "version", 9), i);
        assert_string_equal(cm_json_text(probe, "first_line"), "# service=git-upload-pack");
        json_t *refs = world_content(world, world->table->git_refs(repository));
        assert_int_equal(json_array_size(cm_json_get(refs, "refs")), 71);
        assert_finding(world, repository, "refs/heads/main", "tip", "reachable");
        assert_finding(world, repository, "refs/heads/main", "first", "reachable");
        assert_finding(world, repository, "refs/heads/main", "release", "not-reachable");
        assert_finding(world, repository, "refs/heads/release/1.0", "release", "reachable");
        assert_finding(world, repository, "refs/tags/v1-again", "third", "reachable");
        struct cm_git_commit *commit =
            world->table->git_commit(repository, "refs/heads/main", world_id(world, "second"));
        struct cm_git_answer *file = world->table->git_file(commit, "folder/below/file.txt", 1000);
        assert_string_equal(cm_json_text(world_content(world, file), "text"), "deep\n");
        file = world->table->git_file(commit, "folder/none.txt", 1000);
        world_error(world, file, CM_E_NOT_FOUND, "no entry");
        commit =
            world->table->git_commit(repository, "refs/heads/mapped", world_id(world, "first"));
        world_error(world, world->table->git_on_ref(commit), CM_E_NOT_FOUND, "has no");
        assert_true(world_requests(world, "command=") == 0);

        repository = world_repository(world, "main.git", NULL, "refs/heads/ma");
        commit =
            world->table->git_commit(repository, "refs/heads/mapped", world_id(world, "first"));
        world_error(world, world->table->git_exists(commit), CM_E_UNSUPPORTED, "single objects");
    }
}

static void
test_refused_later(void **state)
{
    struct world *world = *state;
    world_faults(world, "[" FETCH "{\"status\": 401}}]");
    struct cm_git_commit *commit = ask(world, "second");
    world_error(world, world->table->git_exists(commit), CM_E_AUTH, "401");
    world_error(world, world->table->git_on_ref(commit), CM_E_AUTH, "401");

    world_faults(world, "[" FETCH "{\"page\": \"text/html\", \"body\": \"0000\"}}]");
    commit = ask(world, "second");
    world_error(world, world->table->git_exists(commit), CM_E_MALFORMED, "");
    world_error(world, world->table->git_on_ref(commit), CM_E_MALFORMED, "text/html");
}

/* Each byte of the answers that carry packs altered in turn: an error, or the truth. */
static void
test_altered_answers(void **state)
{
    struct world *world = *state;
    static const char *const faults[] = {
        "{\"replace\": [\"7061636b66696c65\", \"7061636b66696c66\"]}", /* packfile */
        "{\"replace\": [\"015041434b\", \"015041434c\"]}",             /* PACK */
        "{\"replace\": [\"5041434b00000002\", \"5041434b00000003\"]}", /* its version */
        "{\"replace\": [\"015041434b\", \"035041434b\"]}",             /* the error band */
        "{\"replace\": [\"015041434b\", \"045041434b\"]}",             /* no band */
        "{\"replace\": [\"789c\", \"789d\"]}",                         /* a stream's head */
        "{\"replace\": [\"0d7061636b\", \"fd7061636b\"]}",             /* a size, "ffd" */
        "{\"cut\": 1}",
        "{\"cut\": 30}",
        "{\"cut\": 60}",
        "{\"cut\": 200}",
    };
    for (size_t i = 0; i < CM_COUNT(faults); i++) {
        char json[300];
        snprintf(json, sizeof json, "[" FETCH "%s}]", faults[i]);
        struct cm_git_repository *repository = world_repository(world, "main.git", NULL, NULL);
        (void)world_content(world, world->table->git_refs(repository));
        world_faults(world, json);
        struct cm_git_commit *commit =
            world->table->git_commit(repository, "refs/heads/main", world_id(world, "first"));
        struct cm_git_answer *answer = world->table->git_on_ref(commit);
        (void)world->table->wait(world->outside, &answer->done);
        assert_true(answer->done);
        if (answer->err.class == CM_OK)
            assert_string_equal(cm_json_text(answer->content, "finding"), "reachable");
        else
            assert_true(answer->err.class == CM_E_MALFORMED ||
                        answer->err.class == CM_E_TRANSIENT ||
                        answer->err.class == CM_E_UNSUPPORTED);
        world_faults(world, NULL);
    }
}

/* A whole and sound pack, but of another question. */
static void
test_another_pack(void **state)
{
    struct world *world = *state;
    char json[400];
    snprintf(json, sizeof json, "[" FETCH "{\"asked\": [\"want %s\", \"want %s\"]}}]",
             world_id(world, "second"), world_id(world, "third"));
    world_faults(world, json);
    struct cm_git_commit *commit = ask(world, "second");
    world_error(world, world->table->git_exists(commit), CM_E_MALFORMED, "does not hold");

    snprintf(json, sizeof json, "[" FETCH "{\"asked\": [\"want %s\", \"want %s\"]}}]",
             world_id(world, "tip"), world_id(world, "third"));
    world_faults(world, json);
    commit = ask(world, "second");
    world_error(world, world->table->git_on_ref(commit), CM_E_MALFORMED, "not send the whole");
}

/* The server leaves commits out of the history, and does not say so. */
static void
test_missing_parents(void **state)
{
    struct world *world = *state;
    world_faults(world, "[" FETCH "{\"asked\": [\"000eofs-delta\\n\", \"000ddeepen 1\\n\"]}}]");
    struct cm_git_commit *commit = ask(world, "first");
    world_error(world, world->table->git_on_ref(commit), CM_E_UNSUPPORTED, "not the whole history");
}

static void
test_deadline(void **state)
{
    struct world *world = *state;
    world_reopen(world, CM_SECOND, NULL);
    world_faults(world, "[" FETCH "{\"stall\": 4}}]");
    struct cm_git_commit *commit = ask(world, "second");
    int64_t began = cm_monotonic_now();
    world_error(world, world->table->git_on_ref(commit), CM_E_CANCELLED, "");
    world_error(world, world->table->git_exists(commit), CM_E_CANCELLED, "");
    world_error(world, world->table->git_file(commit, "build.yml", 100), CM_E_CANCELLED, "");
    assert_true(cm_monotonic_now() - began < 3 * CM_SECOND);
    /* and what is asked now ends at once */
    commit = ask(world, "third");
    world_error(world, world->table->git_on_ref(commit), CM_E_CANCELLED, "");
}

static void
test_closed_half_way(void **state)
{
    struct world *world = *state;
    struct cm_git_commit *commit = ask(world, "second");
    world_faults(world, "[" FETCH "{\"stall\": 1}}]");
    assert_false(world->table->git_on_ref(commit)->done);
}

/* A helper that is not there, that dies, that talks nonsense, that never ends. */
static void
write_helper(struct world *world, char path[128], const char *script)
{
    snprintf(path, 128, "%s/helper", world->folder);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fprintf(file, "#!/bin/sh\n%s\n", script);
    fclose(file);
    assert_int_equal(chmod(path, 0700), 0);
}

/* A conversation of a helper, with the places where a row says something of its own; `takes` is how
 * it reads a pack. */
#define CONVERSATION_OF(takes)                                                                     \
    "echo countermark-git 2\n"                                                                     \
    "pack() { while read -r size && test $size != 0; do head -c $size >/dev/null; done; }\n"       \
    "tell() { git=\"git -C ${0%%/*}/repositories/main.git cat-file\"\n"                            \
    "echo commit $($git -s $1); $git commit $1; }\n"                                               \
    "while read -r word rest; do\n"                                                                \
    "set -- $rest\n"                                                                               \
    "case $word in\n"                                                                              \
    "folder) echo end ;;\n"                                                                        \
    "pack) " takes "; %s ;;\n"                                                                     \
    "object) %s ;;\n"                                                                              \
    "path) %s ;;\n"                                                                                \
    "whole) %s ;;\n"                                                                               \
    "esac\ndone"
#define CONVERSATION CONVERSATION_OF("pack")

#define INDEXED "echo indexed 1 /x.idx; echo end"
#define ABSENT  "echo absent; echo end"
#define WHOLE   "echo walk closed 1 0 0 -; echo end"

static void
test_bad_helpers(void **state)
{
    struct world *world = *state;
    static const struct {
        const char *pack, *object, *path, *whole;
        enum cm_class class;
        const char *text;
    } rows[] = {
        {"kill -9 $$", "", "", "", CM_E_LIMIT, "could not be indexed within the limits"},
        {"exit 3", "", "", "", CM_E_INTERNAL, "status 3"},
        {"exit 0", "", "", "", CM_E_INTERNAL, "before it had answered"},
        {"echo end", ABSENT, "", "", CM_E_INTERNAL, "did not say what it has indexed"},
        {"echo absent; echo end", ABSENT, "", "", CM_E_INTERNAL, "not asked"},
        {"echo end; echo end", ABSENT, "", "", CM_E_INTERNAL, ""},
        {"echo nonsense", "", "", "", CM_E_INTERNAL, "cannot be read"},
        {"yes indexed", "", "", "", CM_E_INTERNAL, "cannot be read"},
        {"echo commit 99999999999", "", "", "", CM_E_LIMIT, "more than it may"},
        {"echo error limit so sorry", "", "", "", CM_E_LIMIT, "so sorry"},
        {INDEXED, ABSENT, "echo walk found 1 1 1 $2; echo end", WHOLE, CM_E_INTERNAL, "no tip"},
        {INDEXED, ABSENT, "echo walk found 1 1 1 $3; echo end", WHOLE, CM_E_INTERNAL, "in order"},
        {INDEXED, ABSENT, "echo walk found 1 1 1 $3; echo commit 1; echo end", WHOLE, CM_E_INTERNAL,
         "not linked"},
        {INDEXED, ABSENT, "echo end", WHOLE, CM_E_INTERNAL, "in order"},
        {INDEXED, ABSENT, "echo walk found 1 1 1 $3; tell $3; echo end", WHOLE, CM_E_INTERNAL,
         "does not lead to the commit"},
        {INDEXED, ABSENT, WHOLE "; echo walk closed 1 0 0 -", WHOLE, CM_OK, ""},
        {INDEXED, ABSENT, "echo walk open 1 0 0 $3; echo end", WHOLE, CM_E_MALFORMED, "missing"},
        /* with a mirror: the last five */
        {INDEXED, ABSENT, WHOLE, "echo absent; echo end", CM_E_INTERNAL, "not in order"},
        {INDEXED, ABSENT, WHOLE, "echo walk closed 1 0 0 -; " WHOLE, CM_E_INTERNAL, "not in order"},
        {INDEXED, ABSENT, WHOLE, "echo end", CM_E_INTERNAL, "not in order"},
        {INDEXED, ABSENT, WHOLE, "echo walk found 1 1 1 $1; echo end", CM_E_INTERNAL, "in order"},
        {INDEXED, ABSENT, WHOLE, "echo walk open 1 0 0 $1; echo end", CM_E_MALFORMED, "missing"},
    };
    for (size_t i = 0; i < CM_COUNT(rows); i++) {
        char path[128], script[2000], mirrors[96];
        snprintf(script, sizeof script, CONVERSATION, rows[i].pack, rows[i].object, rows[i].path,
                 rows[i].whole);
        write_helper(world, path, script);
        snprintf(mirrors, sizeof mirrors, "%s/mirrors", world->folder);
        world->mirrors = i + 5 < CM_COUNT(rows) ? NULL : mirrors;
        world_reopen(world, 20 * CM_SECOND, path);
        struct cm_git_answer *answer = world->table->git_on_ref(ask(world, "second"));
        if (rows[i].class != CM_OK)
            world_error(world, answer, rows[i].class, rows[i].text);
        else
            (void)world_content(world, answer);
    }
    /* that our own program is not found is no word on the commit */
    world_reopen(world, 20 * CM_SECOND, "/nonexistent/helper");
    world_error(world, world->table->git_exists(ask(world, "second")), CM_E_INTERNAL, "helper");
}

/* What the mirror held has a hole, and so has what comes instead: that is no "no". */
static void
test_hole_after_mending(void **state)
{
    struct world *world = *state;
    char path[128], script[2000], mirrors[96];
    snprintf(mirrors, sizeof mirrors, "%s/mirrors-hole", world->folder);
    world->mirrors = mirrors;
    world_reopen(world, 20 * CM_SECOND, NULL);
    (void)world_content(world, world->table->git_on_ref(ask(world, "release")));
    snprintf(script, sizeof script, CONVERSATION, INDEXED, ABSENT,
             "echo walk open 1 0 0 $3; echo end", WHOLE);
    write_helper(world, path, script);
    world->mirrors = mirrors;
    world_reopen(world, 20 * CM_SECOND, path);
    world_error(world, world->table->git_on_ref(ask(world, "second")), CM_E_MALFORMED, "missing");
}

/* What was kept as whole has a hole, and there is no pack of it that could be fetched anew. That is
 * our fault: nothing is said of the server. */
static void
test_hole_without_packs(void **state)
{
    struct world *world = *state;
    char path[128], script[2000], mirrors[96];
    snprintf(mirrors, sizeof mirrors, "%s/mirrors-no-packs", world->folder);
    snprintf(script, sizeof script, CONVERSATION, "echo indexed 0 -; echo end", ABSENT,
             "echo walk open 1 0 0 $3; echo end", WHOLE);
    write_helper(world, path, script);
    world->mirrors = mirrors;
    world_reopen(world, 20 * CM_SECOND, path);
    world_error(world, world->table->git_on_ref(ask(world, "second")), CM_E_INTERNAL,
                "is not there any more");
}

/* It says that it has indexed the whole history while the server still keeps all of it back, and
 * for longer than is waited. Were it believed, its word that there is no path would be a "no". It
 * does read the pack of one commit before: what is left of it would stand in front of the next
 * question. */
static void
test_hasty_helper(void **state)
{
    struct world *world = *state;
    char path[128], script[2000], json[200];
    snprintf(script, sizeof script, CONVERSATION_OF("test $1 = 1000 && pack"), INDEXED, ABSENT,
             WHOLE, WHOLE);
    write_helper(world, path, script);
    snprintf(json, sizeof json, "[{\"lines\": [\"want %s\"], \"do\": {\"stall\": 60}}]",
             world_id(world, "tip"));
    world_faults(world, json);
    world_reopen(world, 20 * CM_SECOND, path);
    world_error(world, world->table->git_on_ref(ask(world, "second")), CM_E_INTERNAL,
                "did not wait for the pack");
}

/* It greets nobody, or somebody else. */
static void
test_strange_helpers(void **state)
{
    struct world *world = *state;
    static const char *const rows[] = {"echo countermark-git 1", "echo end", "yes countermark-git",
                                       "echo countermark-git 2; echo end", ""};
    for (size_t i = 0; i < CM_COUNT(rows); i++) {
        char path[128];
        write_helper(world, path, rows[i]);
        world_reopen(world, 20 * CM_SECOND, path);
        world_error(world, world->table->git_on_ref(ask(world, "second")), CM_E_INTERNAL, "helper");
    }
}

static void
test_endless_helper(void **state)
{
    struct world *world = *state;
    char path[128];
    write_helper(world, path, "exec sleep 60");
    world_reopen(world, CM_SECOND, path);
    int64_t began = cm_monotonic_now();
    world_error(world, world->table->git_on_ref(ask(world, "second")), CM_E_CANCELLED, "");
    assert_true(cm_monotonic_now() - began < 5 * CM_SECOND);
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, world_open, world_close)
    const struct CMUnitTest tests[] = {
        TEST(test_sign_in_page),    TEST(test_redirects),          TEST(test_renamed),
        TEST(test_old_protocol),    TEST(test_refused_later),      TEST(test_altered_answers),
        TEST(test_another_pack),    TEST(test_missing_parents),    TEST(test_deadline),
        TEST(test_closed_half_way), TEST(test_bad_helpers),        TEST(test_strange_helpers),
        TEST(test_endless_helper),  TEST(test_hole_after_mending), TEST(test_hole_without_packs),
        TEST(test_hasty_helper),
    };
    return cmocka_run_group_tests(tests, world_begin, world_end);
}

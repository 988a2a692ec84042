/* SPDX-License-Identifier: Apache-2.0
 *
 * libgit2_fetch FOLDER URL CA COMMIT: libgit2's own way to the answer: fetches main with libgit2's
 * own transport into a new repository in FOLDER, then asks git_graph_descendant_of. Exit status 0:
 * COMMIT is on main, 1: it is not, 2: something failed, said on stderr.
 */
#include <git2.h>
#include <stdio.h>

#define REF "refs/heads/main"

static int
failed(const char *what)
{
    const git_error *error = git_error_last();
    fprintf(stderr, "libgit2_fetch: %s: %s\n", what, error ? error->message : "?");
    return 2;
}

static int
fetch(git_repository *repository, const char *url)
{
    char *refspec = "+" REF ":" REF;
    const git_strarray refspecs = {&refspec, 1};
    git_fetch_options options = GIT_FETCH_OPTIONS_INIT;
    git_remote *remote = NULL;
    options.download_tags = GIT_REMOTE_DOWNLOAD_TAGS_NONE;
    options.update_fetchhead = 0;
    int code = git_remote_create_anonymous(&remote, repository, url);
    if (code == 0)
        code = git_remote_fetch(remote, &refspecs, &options, NULL);
    git_remote_free(remote);
    return code;
}

static int
is_on_main(git_repository *repository, const char *commit)
{
    git_oid tip, id;
    if (git_reference_name_to_id(&tip, repository, REF) != 0 || git_oid_fromstr(&id, commit) != 0)
        return -1;
    return git_oid_equal(&tip, &id) ? 1 : git_graph_descendant_of(repository, &tip, &id);
}

int
main(int argc, char **argv)
{
    git_repository *repository = NULL;
    if (argc != 5)
        return 2;
    git_libgit2_init();
    if (git_libgit2_opts(GIT_OPT_SET_SSL_CERT_LOCATIONS, argv[3], NULL) != 0)
        return failed("the certificates");
    if (git_repository_init(&repository, argv[1], 1) != 0)
        return failed("a new repository");
    if (fetch(repository, argv[2]) != 0)
        return failed("fetch");
    int found = is_on_main(repository, argv[4]);
    if (found < 0)
        return failed("the question");
    git_repository_free(repository);
    git_libgit2_shutdown();
    return found ? 0 : 1;
}

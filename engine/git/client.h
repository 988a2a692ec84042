/* SPDX-License-Identifier: Apache-2.0
 *
 * git/client.h: questions to repositories, over the loop of net/net.h.
 *
 * The functions are those of the table in net/outside.h, and hold what is said there. Nothing here
 * waits; answers are done from the loop.
 *
 *   git_open      probe, then (version 2) ls-refs of the prefixes
 *   git_commit    the commit alone; beside it, if it is not the tip itself, all commits of the ref
 *   git_file      the commit's tree, then the file's blob
 *   git_submodules   .gitmodules, like any file; then, one after the other, the trees down to each
 *                 submodule that it names
 *
 * The probe never carries a credential. Where it shows that the repository is public, nothing else
 * does; else, if there is a token, all other requests do: as basic authentication, of the user
 * before its first ':', or of "x-access-token" if it has none.
 *
 * How classes are used: CM_E_NOT_FOUND only for what the repository was seen not to have (a ref, a
 * commit, a file of a tree that was read); CM_E_AUTH for 401, 403 and 404 of the repository itself,
 * which many servers do not tell apart, but CM_E_TRANSIENT where they say that we ask too often;
 * CM_E_UNSUPPORTED for servers that do not do what we need (version 2, filters, wants by id) and
 * for redirects, named with their target.
 */
#ifndef CM_GIT_CLIENT_H
#define CM_GIT_CLIENT_H

#include "net/net.h"

struct cm_git_client;

bool cm_git_client_open(struct cm_net *net, struct cm_git_client **ret, struct cm_err *err) CM_MUST;
/* After cm_net_close: ends helpers, frees all answers. NULL is fine. */
void cm_git_client_close(struct cm_git_client *client);

/* NULL only without memory; so are all below. */
struct cm_git_repository *cm_git_open(struct cm_git_client *client, const struct cm_git_ask *ask);
bool cm_git_through_proxy(const struct cm_git_repository *repository);
struct cm_git_answer *cm_git_probe(struct cm_git_repository *repository);
struct cm_git_answer *cm_git_refs(struct cm_git_repository *repository);
struct cm_git_commit *cm_git_commit(struct cm_git_repository *repository, const char *ref,
                                    const char *id);
struct cm_git_answer *cm_git_exists(struct cm_git_commit *commit);
struct cm_git_answer *cm_git_on_ref(struct cm_git_commit *commit);
struct cm_git_answer *cm_git_on_branches(struct cm_git_commit *commit, const char *const *patterns,
                                         size_t count);
struct cm_git_answer *cm_git_file(struct cm_git_commit *commit, const char *path, uint64_t most);
struct cm_git_answer *cm_git_submodules(struct cm_git_commit *commit);

#endif

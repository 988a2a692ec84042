/* SPDX-License-Identifier: Apache-2.0
 *
 * git/documents.h: what the git client leaves in the evidence, and the checks read.
 *
 * Names of the documents and the members of their content. Ids are 40 lower-case hexadecimal
 * digits; "objects" are base64 of raw objects without git's header, so that whoever reads the
 * evidence can hash them again. "url" is the repository's, in each of them: the one that was asked.
 * Every `repository-*` document is recorded for each decision, but for the last of them; one that
 * could not be had carries its error.
 */
#ifndef CM_GIT_DOCUMENTS_H
#define CM_GIT_DOCUMENTS_H

/* What the anonymous GET .../info/refs?service=git-upload-pack said.
 *   { "url", "status", "media_type", "location" (of a redirect, absolute, without query),
 *     "tries": how often it was asked                        if not once
 *     "rate_limited": true                                   if that is so
 *     "first_line": "# service=git-upload-pack" | "version 2" | "", "version": 2 | 1 | 0,
 *     "capabilities": [ "ls-refs=unborn", ... ] }
 * Also recorded when the answer was 401 or a sign-in page; only when there was no answer at all it
 * has an error instead.
 *
 * A refusal (401, 403, 404) may mean that the repository is not public, or that whoever asks does
 * so too often. So it is asked again before it counts: 3 times in all, 2 after a 404, with pauses
 * that double; the document is about the last answer. A refusal that says that it is for asking too
 * often (Retry-After; RateLimit-Remaining or X-RateLimit-Remaining of 0; RateLimit with r=0 or
 * remaining=0) is asked again only if Retry-After is 10 s at the most. It is "rate_limited" if the
 * last answer is a refusal and any of them said so: then it says nothing of the repository.
 *
 * With a token nothing depends on this answer, and it is asked for once. */
#define CM_DOC_PROBE "repository-probe"

/* { "url", "anonymous": true | false, "prefixes": [ "refs/heads/main" ],
 *   "refs": [ { "name", "id", "peeled" (of an annotated tag) } ] } */
#define CM_DOC_REFS "repository-refs"

/* { "url", "commit": id, "object": base64 }: error not-found if the server has no such object. */
#define CM_DOC_COMMIT "repository-commit"

/* { "url", "ref", "tip": id, "commit": id, "finding": "reachable" | "not-reachable",
 *   "walked": commits looked at, "length": commits on the path, tip and commit included (0: none),
 *   "path": [ base64, tip first ... commit last ] }    left out when over 512 KiB
 * Whoever recorded it has hashed each commit of the path, kept or not, from the tip down; what was
 * left out nobody can hash again. `not-reachable` only after a closed walk: no parent was missing;
 * that is the word of the helper that walked. "tip" is a commit: of an
 * annotated tag the peeled id. If the ref begins with none of the prefixes of CM_DOC_REFS, another
 * list was asked for: then its line is in "refs", of the same form as there. */
#define CM_DOC_PATH "repository-path"

/* For a tag: the same as repository-path, with "branches": [ patterns ] and "ref": the branch that
 * it was found on (absent, like "tip", if on none); "refs", where present, is all branches that
 * match. For a branch: recorded as not asked (error not-found). */
#define CM_DOC_TAG_PATH "repository-tag-path"

/* { "url", "commit": id,
 *   "submodules": [ { "path", "url", "commit": id } ] }    in the order of paths
 * What `.gitmodules` of the commit names, and its tree has a submodule for (git/modules.h); one
 * that is not named there is not found. Recorded only where the policy has artifacts attested:
 * provenance says what a commit is made up of, and no check asks for it. */
#define CM_DOC_SUBMODULES "repository-submodules"

#define CM_PATH_MOST (512u * 1024u) /* bytes of raw commit objects in one path */

#endif

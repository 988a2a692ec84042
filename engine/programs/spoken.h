/* SPDX-License-Identifier: Apache-2.0
 *
 * programs/spoken.h: --connector: what a configuration would say, said on the command line.
 */
#ifndef CM_PROGRAMS_SPOKEN_H
#define CM_PROGRAMS_SPOKEN_H

#include "plugin/options_said.h"
#include "programs/session.h"
#include "trust/spoken.h"

/* For the tables of commands that ask; all but the first go with it only. What the connector has to
 * be told are options of its own, known by its table. */
#define CM_SPOKEN_FLAGS                                                                            \
    {"connector", 0, CM_TAKES_TEXT, "ID", "no configuration: all is said here"}, CM_SPOKEN_WORDS
#define CM_SPOKEN_WORDS                                                                            \
    {"repository", 0, CM_TAKES_TEXTS, "URL", "where the commit has to be"},                        \
        {"ref", 0, CM_TAKES_TEXTS, "PATTERN", "full name of a branch or tag"},                     \
        {"tag-branch", 0, CM_TAKES_TEXTS, "PATTERN", "branch that a tag's commit is on, too"},     \
        {"max-age", 0, CM_TAKES_TEXT, "DURATION", "of the build; default 30d, or unlimited"},      \
        {"assume", 0, CM_TAKES_TEXTS, "NAME", "your word on what cannot be read"},                 \
        {"assume-reason", 0, CM_TAKES_TEXT, "TEXT", "how you know it"},                            \
        {"optional", 0, CM_TAKES_TEXTS, "CHECK", "shown, not counted"},                            \
        {"ca", 0, CM_TAKES_FILE, "FILE", "of the build system: its authority (PEM)"},              \
        {"spki", 0, CM_TAKES_TEXT, "PIN", "of the build system: its key's digest"},                \
        {"allow-address", 0, CM_TAKES_TEXTS, "NETWORK", "of the build system: may be there"},      \
        {"repository-ca", 0, CM_TAKES_FILE, "FILE", "of the repository's host"},                   \
        {"repository-spki", 0, CM_TAKES_TEXT, "PIN", "of the repository's host"},                  \
    {                                                                                              \
        "repository-allow-address", 0, CM_TAKES_TEXTS, "NETWORK", "of the repository's host"       \
    }

/* For `verify`, beside them: what documents the artifact, whose options go with it. */
#define CM_SPOKEN_REWRITER                                                                         \
    {"rewriter", 0, CM_TAKES_TEXT, "ID", "plug-in that documents the artifact"},                   \
    {                                                                                              \
        "packages", 0, CM_TAKES_TEXTS, "PATTERN", "packages inside of an archive"                  \
    }

/* The configuration and the plug-ins, session->trust and session->plugins: read from files, or with
 * --connector made of words; then session->said->names has the submission's only. 0, or the exit
 * status (everything was said). */
int cm_session_trust_or_words(struct cm_session *);

/* All of these words as they were said, and the connector's options; borrowed of both. */
struct cm_spoken cm_session_spoken(const struct cm_session *, const struct cm_options_said *);
/* Their names, to be suggested for what is no option; ends with NULL. */
void cm_spoken_names(const char *ret[CM_MOST_ARGUMENTS]);

/* All that was said of an option, in order. Arena of the installation. */
struct cm_words cm_session_words(const struct cm_session *, const char *name);

#endif

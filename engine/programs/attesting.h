/* SPDX-License-Identifier: Apache-2.0
 *
 * programs/attesting.h: what the commands that verify attestations share.
 */
#ifndef CM_PROGRAMS_ATTESTING_H
#define CM_PROGRAMS_ATTESTING_H

#include "attest/check.h"
#include "programs/session.h"
#include "verdict/report_lines.h"

#define CM_MOST_ATTEST_KEYS 16

/* For the tables of these commands. */
#define CM_SIGNER_FLAGS                                                                            \
    {"threshold", 0, CM_TAKES_TEXT, "N", "how many of the keys have signed; default 1"},           \
        CM_HASH_FLAG
#define CM_HASH_FLAG                                                                               \
    {                                                                                              \
        "hash", 0, CM_TAKES_WORD, "curve|sha256", "what ECDSA signs with; default: its curve's"    \
    }

struct cm_attest_keys {
    struct cm_attest_key *at[CM_MOST_ATTEST_KEYS]; /* owned */
    size_t count;
};
void cm_attest_keys_done(struct cm_attest_keys *keys);

/* The keys that the option names, one at least. 0, or the exit status. */
int cm_attest_keys_said(const struct cm_session *, const char *option, struct cm_attest_keys *ret);
/* --threshold, 1 without it; no more than there are keys. 0, or the exit status. */
int cm_threshold_said(const struct cm_session *, const struct cm_attest_keys *, size_t *ret);

/* A digest that was said, "sha256:..."; where `bare`, also its hexadecimal text alone. 0, or the
 * exit status. */
struct cm_digest_said {
    char room[CM_DIGEST_ROOM];
    struct cm_known_digest digest;
};
int cm_digest_said(const struct cm_session *, const char *option, const char *text, bool bare,
                   struct cm_digest_said *ret);

/* Digests of one file. */
struct cm_file_digests {
    char text[3][CM_SHA512_HEX];
    struct cm_known_digest at[3]; /* SHA-256 first */
    size_t count;
};
/* Reads it once, whatever is asked for; nothing of it is kept. 0, or the exit status. */
int cm_file_digests_of(const struct cm_session *, const char *path, bool sha384, bool sha512,
                       struct cm_file_digests *ret);

/* The exit status of an attestation that was refused: 1 if it says something else, 2 if it is not
 * what it should be. */
int cm_attest_exit(const struct cm_err *err);

/* A document held against what is asked for. */
struct cm_attest_question {
    const char *path;     /* of the document */
    const char *artifact; /* NULL: there is none, or its digests are among `asked` */
    struct cm_asked_signers signers;
    struct cm_asked asked;
    void (*put)(const struct cm_statement *, struct cm_page *); /* what else is shown of it */
};

/* One of its attestations has to satisfy all of it; says so, or why none does. The exit status. */
int cm_attest_answer(const struct cm_session *, const struct cm_attest_question *);

#endif

/* SPDX-License-Identifier: Apache-2.0
 *
 * buildnode.h: what the files of this plug-in know of each other.
 *
 * Texts, bytes and values that are given back are arena. What is not known is NULL, and NULL may be
 * handed on: the host's functions let it through.
 */
#ifndef BUILDNODE_H
#define BUILDNODE_H

#include <countermark/certificates.h>
#include <countermark/plugin.h>
#include <stdbool.h>
#include <stddef.h>

/* ---- checks end like this: say what was seen, then answer ---- */

#define bn_pass(c, x, ...)    (cmk_observe((c), (x), __VA_ARGS__), CMK_PASS)
#define bn_fail(c, x, ...)    (cmk_observe((c), (x), __VA_ARGS__), CMK_FAIL)
#define bn_unknown(c, x, ...) (cmk_observe((c), (x), __VA_ARGS__), CMK_UNKNOWN)

/* ---- api.c: small things ---- */

#define BN_MINUTE INT64_C(60000000000) /* ns */

/* What the engine knows of certificates; NULL: it lacks that, and the call has failed. */
const struct cmk_certificates *bn_x509(struct cmk_call *c);

bool bn_same(const char *a, const char *b);         /* both known and equal */
bool bn_begins(const char *text, const char *head); /* text may be NULL */
bool bn_is_oid(const char *text);
/* 64 hexadecimal digits in lower case, of what people write: AB:CD:... too; NULL: it is none. */
const char *bn_hash(struct cmk_call *c, const char *text);
const char *bn_sha256(struct cmk_call *c, struct cmk_bytes bytes);
struct cmk_bytes bn_base64(struct cmk_call *c, const char *text);
/* Is the text one of this array of texts? */
bool bn_has(struct cmk_call *c, const struct cmk_value *list, const char *text);
/* The values of the option, as a list for people: "a", "b". */
const char *bn_listed(struct cmk_call *c, const char *option);
uint64_t bn_option_count(struct cmk_call *c, const char *option);
const char *bn_option_at(struct cmk_call *c, const char *option, uint64_t index);

/* ---- material.c: certificates and lists, as bytes ---- */

#define BN_MOST_FILES  64  /* of one option */
#define BN_MOST_BLOCKS 256 /* certificates or lists, in all files of one option */
#define BN_MOST_CHAIN  16  /* that came with a proof */

struct bn_blocks {
    struct cmk_bytes *at;
    uint32_t count;
};

/* "signed-challenge" or "tls"; the certificates that came with the proof. Fails the call if there
 * is no leaf among them, or too many. */
struct bn_peer {
    const char *proof;
    struct cmk_bytes leaf;
    struct bn_blocks others;
};
struct bn_peer bn_peer_of(struct cmk_call *c, const struct cmk_value *peer);

/* The document that a file of this option is kept as. */
const char *bn_document(struct cmk_call *c, const char *option, uint64_t index);
/* Where such documents are read: `kept` while collecting, `document` when judging. */
typedef const struct cmk_value *bn_reader(struct cmk_call *c, const char *name);
/* All that stands in the files of "anchors" or "crl". */
struct bn_blocks bn_blocks_of(struct cmk_call *c, bn_reader *read, const char *option);

/* The chain from the leaf to an anchor at that time; the value is that of certificates.h. `lists`
 * NULL: nothing is looked up in lists. */
struct bn_chain {
    struct bn_peer peer;
    struct bn_blocks anchors;
    const struct cmk_value *built; /* NULL: the call has failed */
    bool valid;
    const char *class, *error; /* if it is not */
    uint64_t count;            /* of `chain`, if it is valid */
};
struct bn_chain bn_chain_of(struct cmk_call *c, bn_reader *read, const struct bn_blocks *lists,
                            int64_t at);
/* The bytes of the certificate at this place of a valid chain. */
struct cmk_bytes bn_link(struct cmk_call *c, const struct bn_chain *chain, uint64_t index);
/* What the check is asked about: the chain at decided_at, without lists. */
struct bn_chain bn_chain_judged(struct cmk_call *c, const struct cmk_exam *x);
/* The leaf as a value; NULL: it is no certificate. */
const struct cmk_value *bn_leaf(struct cmk_call *c, const struct cmk_exam *x);

/* ---- subject.c: conditions on a name; names are root first ---- */

#define BN_MOST_NAMES 64 /* of one option */

bool bn_is_text(struct cmk_call *c, const struct cmk_value *name); /* all of it */
uint64_t bn_count_type(struct cmk_call *c, const struct cmk_value *name, const char *type);
/* RDN by RDN the same. */
bool bn_name_is(struct cmk_call *c, const struct cmk_value *name, const struct cmk_value *wanted);
/* Begins with these at the root, and has more. */
bool bn_name_under(struct cmk_call *c, const struct cmk_value *name,
                   const struct cmk_value *wanted);
/* Each RDN of `wanted` is an RDN of `name`, in any order. */
bool bn_name_has(struct cmk_call *c, const struct cmk_value *name, const struct cmk_value *wanted);
/* The value of that type that is not allowed by `wanted`, a list of names of one attribute each;
 * NULL: there is none. An RDN of several attributes allows nothing. */
const char *bn_name_stray(struct cmk_call *c, const struct cmk_value *name,
                          const struct cmk_value *const *wanted, uint64_t count, const char *type);

/* ---- configure.c, collect.c: the hooks ---- */

int32_t bn_configure(struct cmk_call *c);
int32_t bn_authenticate(struct cmk_call *c, const struct cmk_collect *k);
int32_t bn_collect_origin(struct cmk_call *c, const struct cmk_collect *k);

/* ---- checks_*.c ---- */

int32_t bn_proof(struct cmk_call *c, const struct cmk_exam *x);
int32_t bn_proof_for_this(struct cmk_call *c, const struct cmk_exam *x);
int32_t bn_proof_fresh(struct cmk_call *c, const struct cmk_exam *x);

int32_t bn_chain_trusted(struct cmk_call *c, const struct cmk_exam *x);
int32_t bn_issuer(struct cmk_call *c, const struct cmk_exam *x);
int32_t bn_valid_at(struct cmk_call *c, const struct cmk_exam *x);
int32_t bn_key_strength(struct cmk_call *c, const struct cmk_exam *x);

bool bn_is_for_something_else(struct cmk_call *c, const struct bn_chain *chain);
int32_t bn_client_auth(struct cmk_call *c, const struct cmk_exam *x);
int32_t bn_template(struct cmk_call *c, const struct cmk_exam *x);

int32_t bn_subject(struct cmk_call *c, const struct cmk_exam *x);
int32_t bn_alternative_name(struct cmk_call *c, const struct cmk_exam *x);

int32_t bn_not_revoked(struct cmk_call *c, const struct cmk_exam *x);

#endif

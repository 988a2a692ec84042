/* SPDX-License-Identifier: Apache-2.0
 *
 * outside.h: the outside of a script, with at most one fault in it.
 */
#ifndef CONFORM_OUTSIDE_H
#define CONFORM_OUTSIDE_H

#include "attest/cms.h"
#include "fake_outside.h"
#include "script.h"

/* What stands in the answer instead of what the script says. */
enum cf_body {
    CF_AS_IT_IS,
    CF_EMPTY,      /* nothing */
    CF_PAGE,       /* HTML */
    CF_HALF,       /* cut in the middle, and nobody said so */
    CF_TWICE,      /* a member stands twice */
    CF_DEEP,       /* a hundred arrays in one another */
    CF_NOTHING,    /* null */
    CF_LIST,       /* [] */
    CF_NUMBER,     /* 7 */
    CF_WORD,       /* "text" */
    CF_BARE,       /* {} */
    CF_FORGED,     /* a withheld mark beside the members */
    CF_ALL_FORGED, /* a withheld mark for each member's value */
    CF_ECHO,       /* the secret, beside the members */
    CF_ALL_ECHO,   /* the secret for each text */
};

/* Whom something is asked of. */
enum cf_source {
    CF_SYSTEM,     /* by HTTP */
    CF_REPOSITORY, /* a file of the commit */
    CF_OPERATOR,   /* a file that an option names */
    CF_SOURCES,
};

#define CF_NEVER 1u  /* the deadline comes first */
#define CF_MOVED 2u  /* answered by another origin, after a redirect */
#define CF_GIT   4u  /* also of a repository's file */
#define CF_OWN   8u  /* also of an operator's file */
#define CF_FILE  16u /* and of nothing that is asked by HTTP */

struct cf_fault {
    const char *id;
    enum cm_class err; /* instead of an answer */
    int status;        /* 0: the script's */
    enum cf_body body;
    unsigned flags;
    enum cm_class expected; /* what the document says then; CM_OK: anything */
};

struct cf_outside {
    struct cm_outside fake; /* first: what the engine has */
    struct cm_outside_table table;
    struct cm_arena *arena; /* of changed bodies */
    const char *secret;     /* that is echoed */
    const struct cf_script *script;
    const struct cf_fault *fault;
    enum cf_source source; /* whom it is asked of, */
    size_t asked;          /* and the number of the question that has it */
    bool applied;          /* it was asked, and could be answered like that */
    size_t own_count;      /* the operator's files that were opened */
    struct fake_page page;

    /* of signers: outside_signing.c */
    const struct cf_keys *keys;
    int artifact;            /* that is signed; borrowed */
    struct cm_buf signature; /* owned: the last one */
    enum cm_class refusal;   /* of the keys; CM_OK: they sign */
    size_t runs, bad_run;    /* programs so far; 1...: the one that is not as it should be */
    enum cm_class run_err;   /* how it ends; CM_OK: well, and it leaves no file */
};

/* Answers as the script says, with no fault yet. */
void cf_outside_begin(struct cf_outside *, const struct cf_script *script);
void cf_outside_done(struct cf_outside *);

/* ---- signing: outside_signing.c ---- */

/* A key with a certificate, which are made up; owned. */
bool cf_keys_make(struct cf_keys **ret, struct cm_err *err) CM_MUST;
void cf_keys_free(struct cf_keys *);

/* The process with the keys; a cm_cms_fn for a struct cf_outside. */
bool cf_outside_sign(void *outside, const struct cm_cms_wish *wish, struct cm_buf *to,
                     struct cm_err *err) CM_MUST;

#endif

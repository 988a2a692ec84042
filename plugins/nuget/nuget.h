/* SPDX-License-Identifier: Apache-2.0
 *
 * nuget.h: what the files of this plug-in know of each other.
 *
 * What is given back is arena unless it says static. Functions that take a struct nu_why give false
 * and say there why something is refused, and leave the call as it is: rewriting fails with it, an
 * inspection goes on with a doubt.
 */
#ifndef NUGET_H
#define NUGET_H

#include "xml.h"

#include <countermark/plugin.h>
#include <countermark/signer.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* ---- text.c ---- */

bool nu_same(const char *a, const char *b);          /* both known and equal */
bool nu_same_but_case(const char *a, const char *b); /* the same, but for case of ASCII letters */
bool nu_begins(const char *text, const char *head);
bool nu_ends(const char *text, const char *tail); /* but for case, too */
/* 40 or 64 hexadecimal digits, of either case. */
bool nu_is_commit(const char *text);
/* ASCII letters in lower case. */
const char *nu_lower(struct cmk_call *c, const char *text);
/* For messages and reports: cut behind 240 bytes. */
const char *nu_shown(struct cmk_call *c, const char *text);

/* ---- package.c: which entries ---- */

#define NU_SIGNATURE     ".signature.p7s"
#define NU_CONTENT_TYPES "[Content_Types].xml"
#define NU_MOST_NUSPEC   ((uint64_t)1 << 20)
#define NU_MOST_TYPES    ((uint64_t)4 << 20)
#define NU_MOST_DOCUMENT ((uint64_t)16 << 20)
#define NU_MOST_ENTRIES  0xfffdu /* with the signature's, 0xfffe */
#define NU_NAME_SIZE     520

struct nu_package {
    uint64_t count;
    uint32_t nuspecs; /* entries that some reader takes for one, wherever they are */
    int64_t nuspec;   /* the first in the root that all do; -1: none */
    const char *nuspec_name;
    const char *odd_nuspec; /* the first that is not that one; NULL: none */
    uint32_t signatures;    /* entries that some reader takes for one; the first: */
    int64_t signature;
    const char *signature_name;
};

/* As NuGet reads a name, and then without regard to case: %41 is A, a backslash is a slash, leading
 * "/" and "./" are nothing. False: it is too long for that. */
bool nu_name_read(const char *name, char ret[NU_NAME_SIZE]);
bool nu_package_look(struct cmk_call *c, const struct cmk_work *w, struct nu_package *ret,
                     struct nu_why *why);
/* Is there exactly one nuspec, in the root? */
bool nu_package_has_nuspec(struct cmk_call *c, const struct nu_package *p, struct nu_why *why);
/* Is there no signature, or one that all readers take for it? */
bool nu_package_is_clear(struct cmk_call *c, const struct nu_package *p, struct nu_why *why);
/* Does its file name say that it is a symbols package? */
bool nu_is_symbols_name(const char *file_name);

/* ---- facts.c: what origin and package say of a repository ---- */

enum nu_fact { NU_TYPE, NU_URL, NU_BRANCH, NU_COMMIT, NU_FACTS };
extern const char
    *const nu_fact_names[NU_FACTS + 1]; /* of the attributes; static, ends with NULL */

/* A repository's URL for comparing: https, host in lower case, no default port, no "/" or ".git" at
 * its end. NULL: it is none. */
const char *nu_url_normal(struct cmk_call *c, const char *text);

struct nu_origin {
    const char *is[NU_FACTS]; /* as it is written; branch NULL: it is of none */
    const char *ref;
};
bool nu_origin_read(struct cmk_call *c, const struct cmk_value *origin, struct nu_origin *ret,
                    struct nu_why *why);

enum nu_deed { NU_KEEP, NU_CHANGE, NU_ADD, NU_DROP };
/* What is to be done about it. What a package says is kept where it is the same fact. A change or a
 * drop of what is not empty contradicts. */
enum nu_deed nu_fact_deed(struct cmk_call *c, const struct nu_origin *origin, enum nu_fact fact,
                          const char *said);

/* ---- nuspec.c: the elements that count ---- */

struct nu_nuspec {
    const struct nu_xml *x; /* borrowed */
    uint32_t metadata;
    uint32_t repository;           /* NU_NONE: there is none */
    uint32_t attributes[NU_FACTS]; /* NU_NONE: there is none */
    const char *said[NU_FACTS];    /* their values; NULL */
};

/* Finds `metadata`: the root, and it, are what all readers take for them. */
bool nu_nuspec_read(struct cmk_call *c, const struct nu_xml *x, struct nu_nuspec *ret,
                    struct nu_why *why);
/* Finds the repository and what it says, if all readers find the same. */
bool nu_nuspec_repository(struct cmk_call *c, struct nu_nuspec *n, struct nu_why *why);
/* The text of the first child of that name; NULL: there is none. */
const char *nu_nuspec_text(struct cmk_call *c, const struct nu_nuspec *n, const char *name);
/* The types of the package, ", " between them; "": none is named. */
const char *nu_nuspec_types(struct cmk_call *c, const struct nu_nuspec *n, bool *ret_symbols);

/* ---- nuspec_edit.c ---- */

/* The edits that make it say what the origin is; none if it does. Proven: the outcome was read
 * again and says that, and nothing else of it has changed. */
bool nu_nuspec_edit(struct cmk_call *c, const struct nu_nuspec *n, const struct nu_origin *origin,
                    struct nu_edits *ret, struct nu_why *why);

/* ---- content_types.c ---- */

struct nu_types {
    int64_t entry; /* -1: the package has no such file */
    struct nu_xml before, after;
    struct nu_edits edits;
};

bool nu_types_read(struct cmk_call *c, const struct cmk_work *w, struct nu_types *ret,
                   struct nu_why *why);
/* Of a package that has one. Is there a type for files of that extension? */
bool nu_types_know(struct cmk_call *c, const struct nu_types *t, const char *extension,
                   bool *ret_known, struct nu_why *why);
/* Does it say a type of that very entry? */
bool nu_types_name(struct cmk_call *c, const struct nu_types *t, const char *name);
/* Does it say no other type of it than NuGet would? */
bool nu_types_allow(struct cmk_call *c, const struct nu_types *t, const char *name,
                    struct nu_why *why);
/* Adds a type for them, proven as above. */
bool nu_types_add(struct cmk_call *c, struct nu_types *t, const char *extension,
                  struct nu_why *why);

/* ---- document.c: what a .json in the root says ---- */

struct nu_document {
    const char *repository, *commit; /* texts of members of the object that it is; NULL */
};
/* False: it is no JSON. Takes more for JSON than the host does, and never fails the call. */
bool nu_document_read(struct cmk_call *c, struct cmk_bytes text, struct nu_document *ret);

/* ---- rewrite.c, inspect.c ---- */

int32_t nu_rewrite(struct cmk_call *c, const struct cmk_work *w);
int32_t nu_inspect(struct cmk_call *c, const struct cmk_work *w);

/* ---- sign.c ---- */

int32_t nu_sign(struct cmk_call *c, const struct cmk_work *w, const struct cmk_keys *keys);
int32_t nu_check_signature(struct cmk_call *c, const struct cmk_work *w,
                           const struct cmk_signature *signature);

#endif

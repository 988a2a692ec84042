/* SPDX-License-Identifier: Apache-2.0
 *
 * What the engine makes of certificates, one line each: see certificates.py. A file "-" is none.
 *
 *     judge LEAF OTHERS ANCHORS LISTS yes|no    "valid", or class and reason; yes: revocation
 *     show LEAF                                 its subject
 *     sign LEAF KEY PAYLOAD                     a JWS
 *     verify LEAF JWS                           its algorithm, or the reason
 *     ask LEAF ISSUER TO                        an OCSP request
 *     answered LEAF ISSUER RESPONSE             its status, or the reason
 */
#include "base/clock.h"
#include "base/fd.h"
#include "base/json.h"
#include "base/text.h"
#include "x509/chain.h"
#include "x509/jws.h"
#include "x509/name.h"
#include "x509/ocsp.h"
#include "x509/openssl.h"
#include "x509/read.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MOST 16

static void
must(bool done, const struct cm_err *err)
{
    if (done)
        return;
    (void)fprintf(stderr, "%s\n", err->text);
    exit(1);
}

static struct cm_buf
load(const char *path)
{
    struct cm_err err = CM_ERR_INIT;
    struct cm_buf file = CM_BUF_INIT(CM_X509_LIST_MOST);
    must(cm_file_read(path, &file, &err), &err);
    return file;
}

static json_t *
load_all(const char *path, bool lists)
{
    struct cm_err err = CM_ERR_INIT;
    json_t *all = NULL;
    if (strcmp(path, "-") == 0)
        return json_array();
    CM_CLEANUP(cm_buf_done) struct cm_buf file = load(path);
    must(lists ? cm_x509_read_lists(file.at, file.size, &all, &err)
               : cm_x509_read_certificates(file.at, file.size, &all, &err),
         &err);
    return all;
}

static struct cm_buf
der_of(const json_t *base64)
{
    struct cm_buf der = CM_BUF_INIT(CM_X509_LIST_MOST);
    must(cm_unbase64(json_string_value(base64), json_string_length(base64), &der),
         &(struct cm_err){.text = "no base64"});
    return der;
}

static X509 *
load_one(const char *path)
{
    struct cm_err err = CM_ERR_INIT;
    X509 *read = NULL;
    CM_CLEANUP(cm_json_done) json_t *all = load_all(path, false);
    CM_CLEANUP(cm_buf_done) struct cm_buf der = der_of(json_array_get(all, 0));
    must(cm_x509_parse(der.at, der.size, &read, &err), &err);
    return read;
}

/* ---- chains ---- */

struct pieces {
    struct cm_buf der[MOST];
    struct cm_chain_piece at[MOST];
    size_t count;
};

static struct pieces
pieces_of(const char *path, bool lists)
{
    struct pieces p = {.count = 0};
    CM_CLEANUP(cm_json_done) json_t *all = load_all(path, lists);
    for (; p.count < json_array_size(all) && p.count < MOST; p.count++) {
        p.der[p.count] = der_of(json_array_get(all, p.count));
        p.at[p.count] = (struct cm_chain_piece){p.der[p.count].at, p.der[p.count].size};
    }
    return p;
}

static void
pieces_done(struct pieces *p)
{
    for (size_t i = 0; i < p->count; i++)
        cm_buf_done(&p->der[i]);
}

static void
judge(char **words)
{
    CM_CLEANUP(pieces_done) struct pieces leaf = pieces_of(words[0], false);
    CM_CLEANUP(pieces_done) struct pieces others = pieces_of(words[1], false);
    CM_CLEANUP(pieces_done) struct pieces anchors = pieces_of(words[2], false);
    CM_CLEANUP(pieces_done) struct pieces lists = pieces_of(words[3], true);
    CM_CLEANUP(cm_json_done) json_t *answer = NULL;
    struct cm_err err = CM_ERR_INIT;
    const struct cm_chain_ask ask = {.at = cm_wall_now(),
                                     .revocation = strcmp(words[4], "yes") == 0,
                                     .leaf = leaf.at[0],
                                     .others = others.at,
                                     .anchors = anchors.at,
                                     .lists = lists.at,
                                     .other_count = others.count,
                                     .anchor_count = anchors.count,
                                     .list_count = lists.count};
    must(cm_chain_judge(&ask, &answer, &err), &err);
    if (cm_json_bool(answer, "valid", false))
        (void)puts("valid");
    else
        (void)printf("%s: %s\n", cm_json_text(answer, "class"), cm_json_text(answer, "error"));
}

/* ---- the others ---- */

static void
show(char **words)
{
    struct cm_err err = CM_ERR_INIT;
    CM_CLEANUP(cm_x509_done) X509 *leaf = load_one(words[0]);
    CM_CLEANUP(cm_json_done) json_t *name = NULL;
    CM_CLEANUP(cm_buf_done) struct cm_buf text = CM_BUF_INIT(1 << 16);
    must(cm_name_value(X509_get_subject_name(leaf), &name, &err) && cm_name_show(name, &text, &err),
         &err);
    (void)puts(cm_buf_text(&text));
}

static void
sign(char **words)
{
    struct cm_err err = CM_ERR_INIT;
    CM_CLEANUP(cm_json_done) json_t *leaf = load_all(words[0], false);
    CM_CLEANUP(cm_buf_done) struct cm_buf pem = load(words[1]);
    CM_CLEANUP(cm_buf_done) struct cm_buf payload = load(words[2]);
    CM_CLEANUP(cm_buf_done) struct cm_buf text = CM_BUF_INIT(1 << 18);
    CM_CLEANUP(cm_pkey_done) EVP_PKEY *key = NULL;
    const char *x5c[] = {json_string_value(json_array_get(leaf, 0))};
    must(cm_x509_read_key(pem.at, pem.size, NULL, &key, &err) &&
             cm_jws_sign(&text, key, NULL, x5c, 1, payload.at, payload.size, &err),
         &err);
    (void)puts(cm_buf_text(&text));
}

static void
verify(char **words)
{
    struct cm_err err = CM_ERR_INIT;
    CM_CLEANUP(cm_x509_done) X509 *leaf = load_one(words[0]);
    CM_CLEANUP(cm_buf_done) struct cm_buf text = load(words[1]);
    CM_CLEANUP(cm_jws_done) struct cm_jws jws = {.header = NULL};
    bool done = cm_jws_verify(cm_buf_text(&text), text.size, leaf, &jws, &err);
    (void)puts(done ? jws.algorithm : err.text);
}

static void
ask(char **words)
{
    struct cm_err err = CM_ERR_INIT;
    CM_CLEANUP(cm_x509_done) X509 *leaf = load_one(words[0]);
    CM_CLEANUP(cm_x509_done) X509 *issuer = load_one(words[1]);
    CM_CLEANUP(cm_buf_done) struct cm_buf der = CM_BUF_INIT(1 << 16);
    must(cm_ocsp_request(leaf, issuer, &der, &err) &&
             cm_file_replace(words[2], 0644, der.at, der.size, &err),
         &err);
}

static void
answered(char **words)
{
    struct cm_err err = CM_ERR_INIT;
    CM_CLEANUP(cm_x509_done) X509 *leaf = load_one(words[0]);
    CM_CLEANUP(cm_x509_done) X509 *issuer = load_one(words[1]);
    CM_CLEANUP(cm_buf_done) struct cm_buf der = load(words[2]);
    CM_CLEANUP(cm_json_done) json_t *answer = NULL;
    bool done = cm_ocsp_answer(der.at, der.size, leaf, issuer, cm_wall_now(), &answer, &err);
    (void)puts(done ? cm_json_text(answer, "status") : err.text);
}

int
main(int count, char **words)
{
    static const struct {
        const char *word;
        int count;
        void (*run)(char **words);
    } all[] = {{"judge", 5, judge},   {"show", 1, show}, {"sign", 3, sign},
               {"verify", 2, verify}, {"ask", 3, ask},   {"answered", 3, answered}};
    for (size_t i = 0; count > 1 && i < CM_COUNT(all); i++) {
        if (strcmp(words[1], all[i].word) != 0 || count != all[i].count + 2)
            continue;
        all[i].run(words + 2);
        return 0;
    }
    return 2;
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "world.h"

#include <string.h>

struct world
world_begin(void)
{
    struct world w = {.key = make_key("P-256"), .other_key = make_key("P-256")};
    w.root = make_certificate(&(struct making){.subject = "O=Acme/CN=root",
                                               .key = w.key,
                                               .from = MADE_AT - 100 * DAY,
                                               .to = MADE_AT + 1000 * DAY,
                                               .extensions = CA_EXTENSIONS});
    w.issuing = make_certificate(&(struct making){.subject = "O=Acme/CN=issuing",
                                                  .key = w.key,
                                                  .issuer = w.root,
                                                  .serial = 2,
                                                  .from = MADE_AT - 100 * DAY,
                                                  .to = MADE_AT + 1000 * DAY,
                                                  .extensions = CA_EXTENSIONS});
    w.leaf = world_leaf(&w, LEAF_EXTENSIONS);
    return w;
}

void
world_done(struct world *w)
{
    X509_free(w->root);
    X509_free(w->issuing);
    X509_free(w->leaf);
    EVP_PKEY_free(w->key);
    EVP_PKEY_free(w->other_key);
}

X509 *
world_leaf(const struct world *w, const char *const *extensions)
{
    return make_certificate(&(struct making){.subject = "O=Acme/CN=build-7",
                                             .key = w->key,
                                             .issuer = w->issuing,
                                             .serial = 3,
                                             .extensions = extensions});
}

#define MOST 40

struct pieces {
    struct cm_buf der[MOST];
    struct cm_chain_piece at[MOST];
    size_t count;
};

static void
pieces_done(struct pieces *p)
{
    for (size_t i = 0; i < p->count; i++)
        cm_buf_done(&p->der[i]);
}

static struct cm_buf *
next_piece(struct pieces *p)
{
    assert_true(p->count < MOST);
    p->der[p->count] = (struct cm_buf)CM_BUF_INIT(1 << 20);
    return &p->der[p->count++];
}

static void
close_pieces(struct pieces *p)
{
    for (size_t i = 0; i < p->count; i++)
        p->at[i] = (struct cm_chain_piece){p->der[i].at, p->der[i].size};
}

static void
put_all(struct pieces *p, X509 *const *all)
{
    for (; all != NULL && *all != NULL; all++)
        put_der(next_piece(p), *all);
    close_pieces(p);
}

static void
put_lists(struct pieces *p, X509_CRL *const *all)
{
    for (; all != NULL && *all != NULL; all++)
        put_list_der(next_piece(p), *all);
    close_pieces(p);
}

json_t *
world_judge(const struct world *w, const struct asking *a)
{
    CM_CLEANUP(pieces_done) struct pieces leaf = {.count = 0};
    CM_CLEANUP(pieces_done) struct pieces others = {.count = 0};
    CM_CLEANUP(pieces_done) struct pieces anchors = {.count = 0};
    CM_CLEANUP(pieces_done) struct pieces lists = {.count = 0};
    struct cm_err err = CM_ERR_INIT;
    json_t *answer = NULL;
    put_all(&leaf, X509S(a->leaf != NULL ? a->leaf : w->leaf));
    put_all(&others, a->others);
    put_all(&anchors, a->anchors);
    put_lists(&lists, a->lists);
    const struct cm_chain_ask ask = {.at = (a->at != 0 ? a->at : MADE_AT) * CM_SECOND,
                                     .strength = a->strength,
                                     .revocation = a->revocation,
                                     .lax = a->lax,
                                     .leaf = leaf.at[0],
                                     .others = others.at,
                                     .anchors = anchors.at,
                                     .lists = lists.at,
                                     .other_count = others.count,
                                     .anchor_count = anchors.count,
                                     .list_count = lists.count};
    if (!cm_chain_judge(&ask, &answer, &err))
        fail_msg("%s", err.text);
    return answer;
}

void
assert_judged(json_t *owned, const char *class, const char *says)
{
    CM_CLEANUP(cm_json_done) json_t *answer = owned;
    const char *error = cm_json_text(answer, "error");
    const char *found = cm_json_text(answer, "class");
    assert_true(json_is_boolean(json_object_get(answer, "valid")));
    assert_int_equal(json_is_true(json_object_get(answer, "valid")), class == NULL);
    if (class == NULL && error == NULL && found == NULL)
        return;
    if (class == NULL || error == NULL || found == NULL || strcmp(found, class) != 0 ||
        strstr(error, says) == NULL)
        fail_msg("%s: %s", found != NULL ? found : "valid", error != NULL ? error : "");
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * signing/office_inside.h: what the parts of the office share. Private to office*.c.
 */
#ifndef CM_SIGNING_OFFICE_INSIDE_H
#define CM_SIGNING_OFFICE_INSIDE_H

#include "signing/office.h"

struct cm_office_asked {
    const json_t *said;
    struct cm_handed handed;
    const struct cm_held_key *key;
};

/* Does the object say that word under that key? */
bool cm_office_says(const json_t *object, const char *key, const char *word);

/* Does the policy's `verb` ("sign", "attest") name this very key? `slug` is what it names, or NULL.
 */
bool cm_office_may(const struct cm_office_asked *asked, const char *verb, const char *slug,
                   struct cm_err *err) CM_MUST;

/* A line in the journal, before what it says is signed: what is not there does not exist. `kind`
 * and `sha256` say what is signed, `more` (owned; NULL: nothing) what else there is to say. */
bool cm_office_note(const struct cm_holder *holder, const struct cm_office_asked *asked,
                    const struct cm_accepted *accepted, const char *kind, const char *sha256,
                    json_t *more, struct cm_err *err) CM_MUST;

/* The answer: what is said (owned; NULL: no memory for it), and these bytes as a sealed file: who
 * gets it reads what was signed, whatever else happens. */
bool cm_office_give(json_t *said, const void *at, size_t size, struct cm_packet *ret,
                    struct cm_err *err) CM_MUST;

/* What the form's program makes of the accepted artifact, appended; nothing, if the form has none.
 * It is run confined (base/run/confine.h): neither a key nor its file is in its reach.
 * CM_E_MALFORMED: it does not take the artifact.
 */
bool cm_office_make(const struct cm_holder *holder, const struct cm_key_form *form,
                    const struct cm_office_asked *asked, const struct cm_accepted *accepted,
                    struct cm_buf *to, struct cm_err *err) CM_MUST;

/* Each answers one wish, or says why not. */
bool cm_office_attest(const struct cm_holder *holder, const struct cm_office_asked *asked,
                      struct cm_packet *ret, struct cm_err *err) CM_MUST;
bool cm_office_cms(const struct cm_holder *holder, const struct cm_office_asked *asked,
                   struct cm_packet *ret, struct cm_err *err) CM_MUST;

#endif

/* SPDX-License-Identifier: Apache-2.0
 *
 * countermark/signer.h: signers, which have an accepted artifact signed and embed the signature or
 * put it beside. They hold no key: what is signed, and in which form, is decided by the process
 * that does.
 */
#ifndef COUNTERMARK_SIGNER_H
#define COUNTERMARK_SIGNER_H

#include <countermark/plugin.h>

#ifdef __cplusplus
extern "C" {
#endif

struct cmk_cms_attribute {
    const char *oid;
    struct cmk_bytes der; /* a sequence, a set or a text */
};

#define CMK_CMS_RSA          1u /* RSA with SHA-256, by a certificate signed likewise */
#define CMK_CMS_CODE_SIGNING 2u /* a certificate for signing code, not for its own life only */

/* A signature as it has to be, made by the process that holds the keys, or read again. */
struct cmk_cms_request {
    uint32_t size, flags;
    const char *content_type; /* NULL: data */
    /* "{artifact}": the artifact itself, which stays outside; or a text with its SHA-256 in place
     * of "{sha256:base64}". The operator's configuration lists what a key may sign. */
    struct cmk_bytes content;
    const struct cmk_cms_attribute *attributes; /* signed, beside those that CMS itself demands */
    uint32_t attribute_count, reserved;
};

struct cmk_keys {
    uint32_t size, reserved;
    /* Of the artifact as it was handed in: before any edit. */
    struct cmk_bytes (*cms)(struct cmk_call *, const struct cmk_cms_request *);
    /* the signature in a file of its own: the artifact's name and this (".p7s"); once */
    int32_t (*beside)(struct cmk_call *, const char *extension, struct cmk_bytes);
};

/* What was made of it. */
struct cmk_signature {
    uint32_t size, reserved;
    struct cmk_bytes beside; /* what keys->beside() was given, read from its file; NULL: nothing */
    /* CMK_PASS if it is the signature that was asked for, of the artifact as it would be written
     * now, with all edits; CMK_FAIL if not */
    int32_t (*verify)(struct cmk_call *, const struct cmk_cms_request *, struct cmk_bytes cms);
};

#define CMK_ANY_FILE 1u /* takes any file as it is: none is read as an archive */

struct cmk_signer {
    uint32_t size, flags;
    const char *const *patterns;
    int32_t (*configure)(struct cmk_call *);
    /* Has it signed, and embeds the signature or puts it beside. No attachments are there. */
    int32_t (*sign)(struct cmk_call *, const struct cmk_work *, const struct cmk_keys *);
    /* The written file, read again: only with CMK_PASS it is delivered. Edits go nowhere. */
    int32_t (*check)(struct cmk_call *, const struct cmk_work *, const struct cmk_signature *);
};

#ifdef __cplusplus
} /* extern "C" */
#endif
#endif /* COUNTERMARK_SIGNER_H */

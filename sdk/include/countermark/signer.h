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
    /* NULL: data. Or the type of what a program makes of the artifact, numbers with dots: the
     * operator names that program to the key, and the value stands in the signature as it is, as
     * PKCS #7 has it. Then `content` is empty. */
    const char *content_type;
    /* "{artifact}": the artifact itself, which stays outside; or a text with its SHA-256 in place
     * of "{sha256:base64}". The operator's configuration lists what a key may sign. */
    struct cmk_bytes content;
    const struct cmk_cms_attribute *attributes; /* signed, beside those that CMS itself demands */
    uint32_t attribute_count, reserved;
};

/* Programs that the operator names, for formats that others know. All files are in a folder of this
 * call, empty at first, and gone behind it. */
struct cmk_run {
    uint32_t size, reserved;
    /* Runs the program whose path is the option of that name (CMK_FILE), in that folder; the
     * artifact is its standard input, which it may open again as /dev/stdin. It reads the system's
     * files and those that such options name, and has no network. `arguments` ends with
     * NULL, up to 32. Gives its status, 0 to 255, and the beginning of all that it said as text;
     * -1: it did not run to its end, and the call has failed. */
    int32_t (*program)(struct cmk_call *, const char *option, const char *const *arguments,
                       const char **ret_said);
    int32_t (*put)(struct cmk_call *, const char *file, struct cmk_bytes); /* [a-z0-9][a-z0-9.-]* */
    /* NULL: the artifact itself. More than `most` bytes fail the call, and so does a file that is
     * not there. */
    struct cmk_bytes (*get)(struct cmk_call *, const char *file, uint64_t most);
};

struct cmk_keys {
    uint32_t size, reserved;
    /* Of the artifact as it was handed in: before any edit. */
    struct cmk_bytes (*cms)(struct cmk_call *, const struct cmk_cms_request *);
    /* the signature in a file of its own: the artifact's name and this (".p7s"); once */
    int32_t (*beside)(struct cmk_call *, const char *extension, struct cmk_bytes);
    const struct cmk_run *run;
    /* the artifact becomes that file of run's; once, and without edits */
    int32_t (*instead)(struct cmk_call *, const char *file);
};

/* What was made of it. */
struct cmk_signature {
    uint32_t size, reserved;
    struct cmk_bytes beside; /* what keys->beside() was given, read from its file; NULL: nothing */
    /* CMK_PASS if it is the signature that was asked for, of the artifact as it would be written
     * now, with all edits; CMK_FAIL if not */
    int32_t (*verify)(struct cmk_call *, const struct cmk_cms_request *, struct cmk_bytes cms);
    const struct cmk_run *run;
};

#define CMK_ANY_FILE 1u /* takes any file as it is: none is read as an archive */
#define CMK_REPLACES 2u /* makes another file of it: keys->instead() is for no one else */

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

/* SPDX-License-Identifier: Apache-2.0
 *
 * The optional interfaces of countermark/certificates.h and countermark/files.h, and the tables of
 * countermark/signer.h, as they were published: compiling this is the test. They grow at their end
 * only; then their size changes here, and nothing else does.
 */
#include <countermark/certificates.h>
#include <countermark/files.h>
#include <countermark/signer.h>
#include <stddef.h>

#define IS(table, member, at, type)                                                                \
    _Static_assert(offsetof(struct table, member) == (at), #member);                               \
    _Static_assert(__builtin_types_compatible_p(__typeof__(((struct table *)0)->member), type),    \
                   #member)

typedef const struct cmk_value *value;
typedef struct cmk_call *call;
typedef struct cmk_bytes bytes;

_Static_assert(__builtin_strcmp(CMK_CERTIFICATES, "certificates") == 0, "its name");
_Static_assert(CMK_CHAIN_REVOCATION == 1 && CMK_CHAIN_LAX == 2, "its words");
IS(cmk_certificates, size, 0, uint32_t);
IS(cmk_certificates, reserved, 4, uint32_t);
IS(cmk_certificates, read, 8, value (*)(call, const char *, bytes));
IS(cmk_certificates, certificate, 16, value (*)(call, bytes));
IS(cmk_certificates, name, 24, value (*)(call, const char *));
IS(cmk_certificates, show_name, 32, const char *(*)(call, value));
IS(cmk_certificates, same, 40, int32_t (*)(call, value, value));
IS(cmk_certificates, chain, 48, value (*)(call, const struct cmk_chain_request *));
IS(cmk_certificates, ocsp_request, 56, const char *(*)(call, bytes, bytes));
IS(cmk_certificates, ocsp_answer, 64, value (*)(call, bytes, bytes, bytes, int64_t));
IS(cmk_certificates, jws, 72, value (*)(call, const char *, bytes));
_Static_assert(sizeof(struct cmk_certificates) == 80, "its size");

IS(cmk_chain_request, size, 0, uint32_t);
IS(cmk_chain_request, flags, 4, uint32_t);
IS(cmk_chain_request, at, 8, int64_t);
IS(cmk_chain_request, leaf, 16, bytes);
IS(cmk_chain_request, others, 32, const bytes *);
IS(cmk_chain_request, anchors, 40, const bytes *);
IS(cmk_chain_request, lists, 48, const bytes *);
IS(cmk_chain_request, other_count, 56, uint32_t);
IS(cmk_chain_request, anchor_count, 60, uint32_t);
IS(cmk_chain_request, list_count, 64, uint32_t);
IS(cmk_chain_request, strength, 68, uint32_t);
_Static_assert(sizeof(struct cmk_chain_request) == 72, "its size");

_Static_assert(__builtin_strcmp(CMK_FILES, "files") == 0, "its name");
IS(cmk_files, size, 0, uint32_t);
IS(cmk_files, reserved, 4, uint32_t);
IS(cmk_files, open, 8, struct cmk_exchange *(*)(call, const char *, uint64_t, uint64_t));
_Static_assert(sizeof(struct cmk_files) == 16, "its size");

/* ---- countermark/signer.h ---- */

_Static_assert(sizeof(struct cmk_cms_attribute) == 24, "cmk_cms_attribute");
IS(cmk_cms_attribute, oid, 0, const char *);
IS(cmk_cms_attribute, der, 8, struct cmk_bytes);
_Static_assert(sizeof(struct cmk_cms_request) == 48, "cmk_cms_request");
IS(cmk_cms_request, size, 0, uint32_t);
IS(cmk_cms_request, flags, 4, uint32_t);
IS(cmk_cms_request, content_type, 8, const char *);
IS(cmk_cms_request, content, 16, struct cmk_bytes);
IS(cmk_cms_request, attributes, 32, const struct cmk_cms_attribute *);
IS(cmk_cms_request, attribute_count, 40, uint32_t);
IS(cmk_cms_request, reserved, 44, uint32_t);
_Static_assert(sizeof(struct cmk_run) == 32, "cmk_run");
IS(cmk_run, size, 0, uint32_t);
IS(cmk_run, reserved, 4, uint32_t);
IS(cmk_run, program, 8,
   int32_t (*)(struct cmk_call *, const char *, const char *const *, const char **));
IS(cmk_run, put, 16, int32_t (*)(struct cmk_call *, const char *, struct cmk_bytes));
IS(cmk_run, get, 24, struct cmk_bytes (*)(struct cmk_call *, const char *, uint64_t));
_Static_assert(sizeof(struct cmk_keys) == 40, "cmk_keys");
IS(cmk_keys, size, 0, uint32_t);
IS(cmk_keys, reserved, 4, uint32_t);
IS(cmk_keys, cms, 8, struct cmk_bytes (*)(struct cmk_call *, const struct cmk_cms_request *));
IS(cmk_keys, beside, 16, int32_t (*)(struct cmk_call *, const char *extension, struct cmk_bytes));
IS(cmk_keys, run, 24, const struct cmk_run *);
IS(cmk_keys, instead, 32, int32_t (*)(struct cmk_call *, const char *));
_Static_assert(sizeof(struct cmk_signature) == 40, "cmk_signature");
IS(cmk_signature, size, 0, uint32_t);
IS(cmk_signature, reserved, 4, uint32_t);
IS(cmk_signature, beside, 8, struct cmk_bytes);
IS(cmk_signature, verify, 24,
   int32_t (*)(struct cmk_call *, const struct cmk_cms_request *, struct cmk_bytes cms));
IS(cmk_signature, run, 32, const struct cmk_run *);
_Static_assert(sizeof(struct cmk_signer) == 40, "cmk_signer");
IS(cmk_signer, size, 0, uint32_t);
IS(cmk_signer, flags, 4, uint32_t);
IS(cmk_signer, patterns, 8, const char *const *);
IS(cmk_signer, configure, 16, int32_t (*)(struct cmk_call *));
IS(cmk_signer, sign, 24,
   int32_t (*)(struct cmk_call *, const struct cmk_work *, const struct cmk_keys *));
IS(cmk_signer, check, 32,
   int32_t (*)(struct cmk_call *, const struct cmk_work *, const struct cmk_signature *));
_Static_assert(CMK_CMS_RSA == 1 && CMK_CMS_CODE_SIGNING == 2 && CMK_ANY_FILE == 1 &&
                   CMK_REPLACES == 2,
               "its words");

/* SPDX-License-Identifier: Apache-2.0
 *
 * SDK 1.0 as it was published: where each member stands, of which type it is, and what each word is
 * worth. It is compiled, not run. Written by tests/abi/accept, and a test sees that it is complete.
 * A later level appends to tables; then the sizes of tables and contexts change here, and nothing
 * else does. Elements of arrays (cmk_option, cmk_check, cmk_pair, cmk_cms_attribute) never change
 * at all.
 */
#include <countermark/plugin.h>
#include <stddef.h>

/* clang-format off */
#define WORD(name, value) _Static_assert((name) == (value), #name)
#define TEXT(name, value)                                                                          \
    _Static_assert(sizeof(name) == sizeof(value) && __builtin_strcmp(name, value) == 0, #name)
#define SIZE(name, bytes) _Static_assert(sizeof(struct name) == (bytes), "struct " #name)
#define AT(name, member, at, bytes, type)                                                          \
    _Static_assert(offsetof(struct name, member) == (at) &&                                        \
                       sizeof(((struct name *)0)->member) == (bytes) &&                            \
                       __builtin_types_compatible_p(                                               \
                           __typeof__(((struct name *)0)->member), type),                          \
                   #name "." #member)

/* ---- words ---- */

WORD(CMK_SDK_1_0, 0x00010000u);
WORD(CMK_OK, 0);
WORD(CMK_E_CONFIG, (-1));
WORD(CMK_E_DENIED, (-2));
WORD(CMK_E_AUTH, (-3));
WORD(CMK_E_NOT_FOUND, (-4));
WORD(CMK_E_TRANSIENT, (-5));
WORD(CMK_E_LIMIT, (-6));
WORD(CMK_E_CANCELLED, (-7));
WORD(CMK_E_MALFORMED, (-8));
WORD(CMK_E_UNSUPPORTED, (-9));
WORD(CMK_E_INTERNAL, (-10));
WORD(CMK_UNKNOWN, 0);
WORD(CMK_PASS, 0x70617373);
WORD(CMK_FAIL, 0x6661696c);
WORD(CMK_LOG_ERROR, 1);
WORD(CMK_LOG_WARNING, 2);
WORD(CMK_LOG_INFO, 3);
WORD(CMK_LOG_DEBUG, 4);
WORD(CMK_NO_TIME, INT64_MIN);
WORD(CMK_TEXT, 1);
WORD(CMK_INTEGER, 2);
WORD(CMK_TRUTH, 3);
WORD(CMK_DURATION, 4);
WORD(CMK_SIZE, 5);
WORD(CMK_URL, 6);
WORD(CMK_SECRET, 7);
WORD(CMK_CHOICE, 8);
WORD(CMK_FILE, 9);
WORD(CMK_LIST, 0x100);
WORD(CMK_OF_SYSTEM, 1);
WORD(CMK_OF_LINK, 2);
WORD(CMK_OF_POLICY, 3);
WORD(CMK_OF_SUBMISSION, 4);
WORD(CMK_OF_PLUGIN, 5);
WORD(CMK_REQUIRED, 1u);
WORD(CMK_AUTH_NONE, 0);
WORD(CMK_AUTH_BEARER, 1);
WORD(CMK_AUTH_BASIC, 2);
WORD(CMK_HTTP_ARTIFACT, 1u);
WORD(CMK_BINDING, 1u);
WORD(CMK_GATE, 2u);
WORD(CMK_ADVICE, 4u);
WORD(CMK_PREDEFINED, 1u);
WORD(CMK_TAKES_PEER, 2u);
WORD(CMK_ADD_STORED, 1u);
TEXT(CMK_NOTE_NAME, "Countermark");
WORD(CMK_NOTE_TYPE, 1);

/* ---- tables ---- */

SIZE(cmk_bytes, 16);
AT(cmk_bytes, at, 0, 8, const void *);
AT(cmk_bytes, size, 8, 8, uint64_t);

SIZE(cmk_base, 80);
AT(cmk_base, size, 0, 4, uint32_t);
AT(cmk_base, reserved, 4, 4, uint32_t);
AT(cmk_base, log, 8, 8, void (*)(struct cmk_call *, int32_t level, const char *text));
AT(cmk_base, fail, 16, 8, int32_t (*)(struct cmk_call *, int32_t status, const char *text));
AT(cmk_base, status, 24, 8, int32_t (*)(const struct cmk_call *));
AT(cmk_base, remaining, 32, 8, int64_t (*)(const struct cmk_call *));
AT(cmk_base, alloc, 40, 8, void *(*)(struct cmk_call *, uint64_t size));
AT(cmk_base, match, 48, 8, int32_t (*)(struct cmk_call *, const char *pattern, const char *text));
AT(cmk_base, time, 56, 8, int64_t (*)(struct cmk_call *, const char *rfc3339));
AT(cmk_base, url, 64, 8, const char *(*)(struct cmk_call *, const char *base, const char *const *segments, uint32_t count));
AT(cmk_base, query, 72, 8, const void *(*)(struct cmk_call *, const char *name, uint32_t least_size));

SIZE(cmk_json, 96);
AT(cmk_json, size, 0, 4, uint32_t);
AT(cmk_json, reserved, 4, 4, uint32_t);
AT(cmk_json, parse, 8, 8, const struct cmk_value *(*)(struct cmk_call *, struct cmk_bytes text));
AT(cmk_json, get, 16, 8, const struct cmk_value *(*)(struct cmk_call *, const struct cmk_value *, const char *path));
AT(cmk_json, member, 24, 8, const struct cmk_value *(*)(struct cmk_call *, const struct cmk_value *, const char *key));
AT(cmk_json, count, 32, 8, uint64_t (*)(struct cmk_call *, const struct cmk_value *));
AT(cmk_json, at, 40, 8, const struct cmk_value *(*)(struct cmk_call *, const struct cmk_value *, uint64_t index));
AT(cmk_json, key, 48, 8, const char *(*)(struct cmk_call *, const struct cmk_value *, uint64_t index));
AT(cmk_json, text, 56, 8, const char *(*)(struct cmk_call *, const struct cmk_value *));
AT(cmk_json, integer, 64, 8, int64_t (*)(struct cmk_call *, const struct cmk_value *, int64_t if_absent));
AT(cmk_json, truth, 72, 8, int32_t (*)(struct cmk_call *, const struct cmk_value *, int32_t if_absent));
AT(cmk_json, show, 80, 8, const char *(*)(struct cmk_call *, const struct cmk_value *));
AT(cmk_json, canonical, 88, 8, struct cmk_bytes (*)(struct cmk_call *, const struct cmk_value *));

SIZE(cmk_crypto, 32);
AT(cmk_crypto, size, 0, 4, uint32_t);
AT(cmk_crypto, reserved, 4, 4, uint32_t);
AT(cmk_crypto, digest, 8, 8, struct cmk_bytes (*)(struct cmk_call *, const char *name, struct cmk_bytes));
AT(cmk_crypto, encode, 16, 8, const char *(*)(struct cmk_call *, const char *name, struct cmk_bytes));
AT(cmk_crypto, decode, 24, 8, struct cmk_bytes (*)(struct cmk_call *, const char *name, const char *text));

SIZE(cmk_call, 40);
AT(cmk_call, size, 0, 4, uint32_t);
AT(cmk_call, reserved, 4, 4, uint32_t);
AT(cmk_call, base, 8, 8, const struct cmk_base *);
AT(cmk_call, json, 16, 8, const struct cmk_json *);
AT(cmk_call, crypto, 24, 8, const struct cmk_crypto *);
AT(cmk_call, options, 32, 8, const struct cmk_value *);

SIZE(cmk_option, 80);
AT(cmk_option, name, 0, 8, const char *);
AT(cmk_option, type, 8, 4, int32_t);
AT(cmk_option, of, 12, 4, int32_t);
AT(cmk_option, flags, 16, 4, uint32_t);
AT(cmk_option, reserved, 20, 4, uint32_t);
AT(cmk_option, otherwise, 24, 8, const char *);
AT(cmk_option, least, 32, 8, int64_t);
AT(cmk_option, most, 40, 8, int64_t);
AT(cmk_option, words, 48, 8, const char *);
AT(cmk_option, help, 56, 8, const char *);
AT(cmk_option, said_as, 64, 8, const char *);
AT(cmk_option, spare, 72, 8, const void *[1]);

SIZE(cmk_pair, 16);
AT(cmk_pair, name, 0, 8, const char *);
AT(cmk_pair, value, 8, 8, const char *);

SIZE(cmk_http_request, 88);
AT(cmk_http_request, size, 0, 4, uint32_t);
AT(cmk_http_request, flags, 4, 4, uint32_t);
AT(cmk_http_request, url, 8, 8, const char *);
AT(cmk_http_request, auth, 16, 4, int32_t);
AT(cmk_http_request, header_count, 20, 4, uint32_t);
AT(cmk_http_request, query_count, 24, 4, uint32_t);
AT(cmk_http_request, reserved, 28, 4, uint32_t);
AT(cmk_http_request, secret, 32, 8, const char *);
AT(cmk_http_request, user, 40, 8, const char *);
AT(cmk_http_request, headers, 48, 8, const struct cmk_pair *);
AT(cmk_http_request, query, 56, 8, const struct cmk_pair *);
AT(cmk_http_request, most, 64, 8, uint64_t);
AT(cmk_http_request, find, 72, 8, const char *);
AT(cmk_http_request, find_after, 80, 4, uint32_t);
AT(cmk_http_request, reserved2, 84, 4, uint32_t);

SIZE(cmk_http, 40);
AT(cmk_http, size, 0, 4, uint32_t);
AT(cmk_http, reserved, 4, 4, uint32_t);
AT(cmk_http, start, 8, 8, struct cmk_exchange *(*)(struct cmk_call *, const struct cmk_http_request *));
AT(cmk_http, status, 16, 8, int32_t (*)(struct cmk_call *, struct cmk_exchange *));
AT(cmk_http, header, 24, 8, const char *(*)(struct cmk_call *, struct cmk_exchange *, const char *name));
AT(cmk_http, json, 32, 8, const struct cmk_value *(*)(struct cmk_call *, struct cmk_exchange *));

SIZE(cmk_git, 24);
AT(cmk_git, size, 0, 4, uint32_t);
AT(cmk_git, reserved, 4, 4, uint32_t);
AT(cmk_git, commit, 8, 8, struct cmk_exchange *(*)(struct cmk_call *, const char *url, const char *ref, const char *commit));
AT(cmk_git, file, 16, 8, struct cmk_exchange *(*)(struct cmk_call *, struct cmk_exchange *commit, const char *path, uint64_t most));

SIZE(cmk_record, 24);
AT(cmk_record, size, 0, 4, uint32_t);
AT(cmk_record, reserved, 4, 4, uint32_t);
AT(cmk_record, exchange, 8, 8, const struct cmk_value *(*)(struct cmk_call *, const char *name, struct cmk_exchange *, const char *const *keep));
AT(cmk_record, absent, 16, 8, void (*)(struct cmk_call *, const char *name, int32_t status, const char *why));

SIZE(cmk_collect, 56);
AT(cmk_collect, size, 0, 4, uint32_t);
AT(cmk_collect, reserved, 4, 4, uint32_t);
AT(cmk_collect, http, 8, 8, const struct cmk_http *);
AT(cmk_collect, git, 16, 8, const struct cmk_git *);
AT(cmk_collect, record, 24, 8, const struct cmk_record *);
AT(cmk_collect, kept, 32, 8, const struct cmk_value *(*)(struct cmk_call *, const char *name));
AT(cmk_collect, sleep, 40, 8, int32_t (*)(struct cmk_call *, int64_t ns));
AT(cmk_collect, secret_begins, 48, 8, int32_t (*)(struct cmk_call *, const char *option, const char *head));

SIZE(cmk_evidence, 40);
AT(cmk_evidence, size, 0, 4, uint32_t);
AT(cmk_evidence, reserved, 4, 4, uint32_t);
AT(cmk_evidence, document, 8, 8, const struct cmk_value *(*)(struct cmk_call *, const char *name));
AT(cmk_evidence, document_if_any, 16, 8, const struct cmk_value *(*)(struct cmk_call *, const char *name));
AT(cmk_evidence, facts, 24, 8, const struct cmk_value *(*)(struct cmk_call *, const char *name));
AT(cmk_evidence, refused, 32, 8, int32_t (*)(struct cmk_call *, const char *name));

SIZE(cmk_statement, 40);
AT(cmk_statement, size, 0, 4, uint32_t);
AT(cmk_statement, reserved, 4, 4, uint32_t);
AT(cmk_statement, evidence, 8, 8, const struct cmk_evidence *);
AT(cmk_statement, origin, 16, 8, void (*)(struct cmk_call *, const char *field, const char *text, const char *document, const char *path));
AT(cmk_statement, attach, 24, 8, void (*)(struct cmk_call *, const char *file_name, const char *document));
AT(cmk_statement, parameter, 32, 8, void (*)(struct cmk_call *, const char *name, const char *text, const char *document, const char *path));

SIZE(cmk_exam, 48);
AT(cmk_exam, size, 0, 4, uint32_t);
AT(cmk_exam, reserved, 4, 4, uint32_t);
AT(cmk_exam, evidence, 8, 8, const struct cmk_evidence *);
AT(cmk_exam, decided_at, 16, 8, int64_t);
AT(cmk_exam, observe, 24, 8, void (*)(struct cmk_call *, const char *text));
AT(cmk_exam, expect, 32, 8, void (*)(struct cmk_call *, const char *text));
AT(cmk_exam, assumed, 40, 8, int32_t (*)(struct cmk_call *, const char *name));

SIZE(cmk_check, 64);
AT(cmk_check, id, 0, 8, const char *);
AT(cmk_check, question, 8, 8, const char *);
AT(cmk_check, expected, 16, 8, const char *);
AT(cmk_check, remedy, 24, 8, const char *);
AT(cmk_check, flags, 32, 4, uint32_t);
AT(cmk_check, reserved, 36, 4, uint32_t);
AT(cmk_check, ask, 40, 8, int32_t (*)(struct cmk_call *, const struct cmk_exam *));
AT(cmk_check, spare, 48, 16, const void *[2]);

SIZE(cmk_naming, 16);
AT(cmk_naming, size, 0, 4, uint32_t);
AT(cmk_naming, reserved, 4, 4, uint32_t);
AT(cmk_naming, name, 8, 8, void (*)(struct cmk_call *, const char *option, const char *text));

SIZE(cmk_starter, 40);
AT(cmk_starter, size, 0, 4, uint32_t);
AT(cmk_starter, reserved, 4, 4, uint32_t);
AT(cmk_starter, address, 8, 8, const char *);
AT(cmk_starter, evidence, 16, 8, const struct cmk_evidence *);
AT(cmk_starter, setting, 24, 8, void (*)(struct cmk_call *, const char *option, const char *text));
AT(cmk_starter, about, 32, 8, void (*)(struct cmk_call *, const char *field, const char *text));

SIZE(cmk_connector, 88);
AT(cmk_connector, size, 0, 4, uint32_t);
AT(cmk_connector, flags, 4, 4, uint32_t);
AT(cmk_connector, assumptions, 8, 8, const char *const *);
AT(cmk_connector, configure, 16, 8, int32_t (*)(struct cmk_call *));
AT(cmk_connector, read_names, 24, 8, int32_t (*)(struct cmk_call *, const struct cmk_naming *, struct cmk_bytes body));
AT(cmk_connector, authenticate, 32, 8, int32_t (*)(struct cmk_call *, const struct cmk_collect *));
AT(cmk_connector, collect_origin, 40, 8, int32_t (*)(struct cmk_call *, const struct cmk_collect *));
AT(cmk_connector, state_origin, 48, 8, int32_t (*)(struct cmk_call *, const struct cmk_statement *));
AT(cmk_connector, verify, 56, 8, const struct cmk_check *);
AT(cmk_connector, examine, 64, 8, int32_t (*)(struct cmk_call *, const struct cmk_collect *));
AT(cmk_connector, examination, 72, 8, const struct cmk_check *);
AT(cmk_connector, start, 80, 8, int32_t (*)(struct cmk_call *, const struct cmk_starter *));

SIZE(cmk_archive_ops, 80);
AT(cmk_archive_ops, size, 0, 4, uint32_t);
AT(cmk_archive_ops, reserved, 4, 4, uint32_t);
AT(cmk_archive_ops, count, 8, 8, uint64_t (*)(struct cmk_call *, struct cmk_archive *));
AT(cmk_archive_ops, name, 16, 8, const char *(*)(struct cmk_call *, struct cmk_archive *, uint64_t entry));
AT(cmk_archive_ops, find, 24, 8, int64_t (*)(struct cmk_call *, struct cmk_archive *, const char *name));
AT(cmk_archive_ops, find_alike, 32, 8, int64_t (*)(struct cmk_call *, struct cmk_archive *, const char *name));
AT(cmk_archive_ops, read, 40, 8, struct cmk_bytes (*)(struct cmk_call *, struct cmk_archive *, uint64_t entry, uint64_t most));
AT(cmk_archive_ops, splice, 48, 8, int32_t (*)(struct cmk_call *, struct cmk_archive *, uint64_t entry, uint64_t offset, uint64_t size, struct cmk_bytes instead));
AT(cmk_archive_ops, add, 56, 8, int32_t (*)(struct cmk_call *, struct cmk_archive *, const char *name, struct cmk_bytes, uint32_t flags));
AT(cmk_archive_ops, remove, 64, 8, int32_t (*)(struct cmk_call *, struct cmk_archive *, uint64_t entry));
AT(cmk_archive_ops, digest, 72, 8, struct cmk_bytes (*)(struct cmk_call *, struct cmk_archive *, const char *name));

SIZE(cmk_work, 64);
AT(cmk_work, size, 0, 4, uint32_t);
AT(cmk_work, reserved, 4, 4, uint32_t);
AT(cmk_work, name, 8, 8, const char *);
AT(cmk_work, archives, 16, 8, const struct cmk_archive_ops *);
AT(cmk_work, archive, 24, 8, struct cmk_archive *);
AT(cmk_work, origin, 32, 8, const struct cmk_value *);
AT(cmk_work, attachments, 40, 8, const struct cmk_value *);
AT(cmk_work, note, 48, 8, void (*)(struct cmk_call *, const char *fact, const char *before, const char *after));
AT(cmk_work, doubt, 56, 8, void (*)(struct cmk_call *, const char *text));

SIZE(cmk_rewriter, 40);
AT(cmk_rewriter, size, 0, 4, uint32_t);
AT(cmk_rewriter, flags, 4, 4, uint32_t);
AT(cmk_rewriter, patterns, 8, 8, const char *const *);
AT(cmk_rewriter, configure, 16, 8, int32_t (*)(struct cmk_call *));
AT(cmk_rewriter, rewrite, 24, 8, int32_t (*)(struct cmk_call *, const struct cmk_work *));
AT(cmk_rewriter, inspect, 32, 8, int32_t (*)(struct cmk_call *, const struct cmk_work *));

SIZE(cmk_plugin, 72);
AT(cmk_plugin, size, 0, 4, uint32_t);
AT(cmk_plugin, sdk_target, 4, 4, uint32_t);
AT(cmk_plugin, sdk_least, 8, 4, uint32_t);
AT(cmk_plugin, flags, 12, 4, uint32_t);
AT(cmk_plugin, id, 16, 8, const char *);
AT(cmk_plugin, version, 24, 8, const char *);
AT(cmk_plugin, summary, 32, 8, const char *);
AT(cmk_plugin, options, 40, 8, const struct cmk_option *);
AT(cmk_plugin, connector, 48, 8, const struct cmk_connector *);
AT(cmk_plugin, rewriter, 56, 8, const struct cmk_rewriter *);
AT(cmk_plugin, signer, 64, 8, const struct cmk_signer *);

SIZE(cmk_note, 64);
AT(cmk_note, name_size, 0, 4, uint32_t);
AT(cmk_note, desc_size, 4, 4, uint32_t);
AT(cmk_note, type, 8, 4, uint32_t);
AT(cmk_note, name, 12, 12, char [12]);
AT(cmk_note, sdk_target, 24, 4, uint32_t);
AT(cmk_note, sdk_least, 28, 4, uint32_t);
AT(cmk_note, id, 32, 32, char [32]);

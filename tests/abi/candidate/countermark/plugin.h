/* SPDX-License-Identifier: Apache-2.0
 *
 * countermark/plugin.h: all that a plug-in and the engine know of each other.
 * countermark-plugin(7) specifies it, this header is the contract. Four rules hold for all of it.
 *
 * 1. Memory. What a function gives you is "arena": it lives until your hook returns, then the host
 *    frees it. What you hand to a function is borrowed for the call. What stands in a table is
 *    static. Nothing crosses with free(). Text is UTF-8 with a NUL at its end and none inside.
 *
 * 2. Nothing is kept between hooks. What is not in the context that a hook is handed, it may not
 *    do. So any hook runs in any process, in any thread, in any year.
 *
 * 3. A call fails once. After the first fail() every function of the host does nothing and gives
 *    NULL, 0 or that same status, and whatever the hook returns counts as that failure. NULL is a
 *    legal argument wherever a value or a text is read, and stays NULL. So write straight lines.
 *
 * 4. What the outside refuses is no failure. A missing page, a refused login, a broken body is
 *    evidence like any other: recorded with its reason, and `unknown` in each check that asks for
 *    it. Only fail() for what you cannot go on without.
 *
 * Tables, contexts and requests begin with their size and grow at the end only. Elements of arrays
 * never grow: cmk_option and cmk_check carry spare members.
 */
#ifndef COUNTERMARK_PLUGIN_H
#define COUNTERMARK_PLUGIN_H

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- 1. Levels of the SDK ----------------------------------------------------------------- */

#define CMK_SDK_1_0    0x00010000u /* major << 16 | minor; plain numbers, for #if */
#define CMK_SDK_NEWEST CMK_SDK_1_0

/* The level that you write for; say it before the include. Newer members are not declared then. */
#ifndef CMK_SDK_TARGET
#define CMK_SDK_TARGET CMK_SDK_1_0
#endif
/* The oldest engine that you can live with. Below your target, ask CMK_HAS for newer members. */
#ifndef CMK_SDK_LEAST
#define CMK_SDK_LEAST CMK_SDK_TARGET
#endif
#if CMK_SDK_TARGET > CMK_SDK_NEWEST || CMK_SDK_LEAST > CMK_SDK_TARGET
#error "CMK_SDK_LEAST <= CMK_SDK_TARGET <= CMK_SDK_NEWEST does not hold"
#endif

/* Does the engine that runs now have this member of this table? */
#define CMK_HAS(table, member)                                                                     \
    ((uint64_t)((const char *)(&(table)->member + 1) - (const char *)(table)) <= (table)->size &&  \
     (table)->member)

/* ---- 2. Statuses and answers -------------------------------------------------------------- */

/* What a hook returns, and why a document is missing. Only CMK_E_TRANSIENT is ever tried again. */
#define CMK_OK            0
#define CMK_E_CONFIG      (-1)  /* an option is wrong: the operator can mend it */
#define CMK_E_DENIED      (-2)  /* not granted to this plug-in, or refused by the address guard */
#define CMK_E_AUTH        (-3)  /* our credentials were refused */
#define CMK_E_NOT_FOUND   (-4)  /* there is no such thing: this, too, can be an answer */
#define CMK_E_TRANSIENT   (-5)  /* worth another try */
#define CMK_E_LIMIT       (-6)  /* a bound on size, depth, count or memory */
#define CMK_E_CANCELLED   (-7)  /* by the operator, or past the deadline */
#define CMK_E_MALFORMED   (-8)  /* the other side does not follow its own format */
#define CMK_E_UNSUPPORTED (-9)  /* understood, but not something that we do */
#define CMK_E_INTERNAL    (-10) /* also every status that is not in this list */

/* What a check answers: no status, boolean or count. Everything else that it says is `unknown`. */
#define CMK_UNKNOWN 0
#define CMK_PASS    0x70617373 /* "pass" */
#define CMK_FAIL    0x6661696c /* "fail" */

#define CMK_LOG_ERROR   1
#define CMK_LOG_WARNING 2
#define CMK_LOG_INFO    3
#define CMK_LOG_DEBUG   4

struct cmk_bytes {
    const void *at;
    uint64_t size;
};

struct cmk_call;     /* one run of one hook */
struct cmk_value;    /* a node of read-only JSON: options, names, documents */
struct cmk_exchange; /* one question to the outside, and what came back */
struct cmk_archive;  /* the artifact, read as an archive */

/* ---- 3. What every hook may use: cmk_call ------------------------------------------------- */

struct cmk_base {
    uint32_t size, reserved;
    void (*log)(struct cmk_call *, int32_t level, const char *text);
    int32_t (*fail)(struct cmk_call *, int32_t status, const char *text); /* gives the first */
    int32_t (*status)(const struct cmk_call *);
    int64_t (*remaining)(const struct cmk_call *);    /* ns to the deadline; 0: stop */
    void *(*alloc)(struct cmk_call *, uint64_t size); /* arena, zeroed, aligned; NULL: failed */
    /* 1 if the pattern matches the whole text: * within a path segment, ** across, ? one byte */
    int32_t (*match)(struct cmk_call *, const char *pattern, const char *text);
    int64_t (*time)(struct cmk_call *, const char *rfc3339); /* ns since 1970; CMK_NO_TIME */
    /* base "/" segment..., percent-encoded; NULL if any part is NULL, empty, "." or ".." */
    const char *(*url)(struct cmk_call *, const char *base, const char *const *segments,
                       uint32_t count);
    /* optional interfaces; NULL: this engine lacks it, or does not grant it to you */
    const void *(*query)(struct cmk_call *, const char *name, uint32_t least_size);
};
#define CMK_NO_TIME INT64_MIN

/* Values. A path is member names and indices joined by dots, "build.jobs.0.status"; "" is the value
 * itself. Absent and null are alike: NULL. A member that scrubbing withheld is there, and can be
 * counted if it was an array or an object. Reading it, going below it, counting anything else, and
 * reading another type fail the call: a check on it is `unknown`, never passes by not seeing. */
struct cmk_json {
    uint32_t size, reserved;
    /* strict; a broken text fails the call */
    const struct cmk_value *(*parse)(struct cmk_call *, struct cmk_bytes text);
    const struct cmk_value *(*get)(struct cmk_call *, const struct cmk_value *, const char *path);
    const struct cmk_value *(*member)(struct cmk_call *, const struct cmk_value *, const char *key);
    uint64_t (*count)(struct cmk_call *, const struct cmk_value *);
    const struct cmk_value *(*at)(struct cmk_call *, const struct cmk_value *, uint64_t index);
    const char *(*key)(struct cmk_call *, const struct cmk_value *, uint64_t index);
    const char *(*text)(struct cmk_call *, const struct cmk_value *);
    int64_t (*integer)(struct cmk_call *, const struct cmk_value *, int64_t if_absent);
    int32_t (*truth)(struct cmk_call *, const struct cmk_value *, int32_t if_absent); /* 0, 1 */
    const char *(*show)(struct cmk_call *, const struct cmk_value *); /* any leaf, as text */
    struct cmk_bytes (*canonical)(struct cmk_call *, const struct cmk_value *); /* RFC 8785 */
};

struct cmk_crypto {
    uint32_t size, reserved;
    struct cmk_bytes (*digest)(struct cmk_call *, const char *name, struct cmk_bytes); /* sha256 */
    /* hex, base64; what does not decode fails the call */
    const char *(*encode)(struct cmk_call *, const char *name, struct cmk_bytes);
    struct cmk_bytes (*decode)(struct cmk_call *, const char *name, const char *text);
};

struct cmk_call {
    uint32_t size, reserved;
    const struct cmk_base *base;
    const struct cmk_json *json;
    const struct cmk_crypto *crypto;
    const struct cmk_value *options; /* by your table: checked, defaults filled in, no secrets */
};

/* ---- 4. Options --------------------------------------------------------------------------- */

#define CMK_TEXT     1
#define CMK_INTEGER  2 /* least..most */
#define CMK_TRUTH    3
#define CMK_DURATION 4     /* "90s", "10m", "30d"; read as an integer, ns */
#define CMK_SIZE     5     /* "64k", "2G"; read as an integer, bytes */
#define CMK_URL      6     /* https; grants requests to its origin */
#define CMK_SECRET   7     /* a reference (file:, env:, credential:); used by name, never read */
#define CMK_CHOICE   8     /* one of `words`, "a|b|c" */
#define CMK_FILE     9     /* a path */
#define CMK_LIST     0x100 /* | type: a list of it */

/* Whose word it is. A submission can never answer for a link. Names are unique in a table. */
#define CMK_OF_SYSTEM     1 /* systems = ( { ... } ) */
#define CMK_OF_LINK       2 /* projects.links = ( { ... } ) */
#define CMK_OF_POLICY     3 /* signing_policies = ( { ... } ) */
#define CMK_OF_SUBMISSION 4 /* names and waiting only: --NAME on the command line */
#define CMK_OF_PLUGIN     5 /* rewriters, signers */

#define CMK_REQUIRED 1u

struct cmk_option {
    const char *name; /* [a-z][a-z0-9_]*; NULL ends the table */
    int32_t type, of;
    uint32_t flags, reserved;
    const char *otherwise; /* the default, as one would write it (a list as JSON), or NULL */
    int64_t least, most;   /* of CMK_INTEGER, CMK_DURATION, CMK_SIZE; both 0: any */
    const char *words;     /* of CMK_CHOICE, also | CMK_LIST */
    const char *help;      /* one line */
    /* its name on a command line without a configuration, where `name` is a word of the engine's
     * own ("project"); NULL: `name`. Not of CMK_OF_SUBMISSION, CMK_OF_PLUGIN */
    const char *said_as;
    const void *spare[1];
};

/* ---- 5. Connector: outside, then in -------------------------------------------------------- */

/* The host puts the secret on, for the origin that was asked and for no redirect away from it. */
#define CMK_AUTH_NONE   0
#define CMK_AUTH_BEARER 1
#define CMK_AUTH_BASIC  2 /* with `user` */

#define CMK_HTTP_ARTIFACT 1u /* the body is an artifact: staged and hashed while it streams in */

struct cmk_pair {
    const char *name, *value;
};

struct cmk_http_request {
    uint32_t size, flags;
    const char *url; /* NULL: not asked, because an earlier answer is missing */
    int32_t auth;
    uint32_t header_count, query_count, reserved;
    const char *secret, *user; /* the name of an option of type CMK_SECRET; user name of BASIC */
    const struct cmk_pair *headers, *query; /* percent-encoded by the host */
    uint64_t most;                          /* bytes of body; 0: 4 MiB */
    /* For long texts: instead of the body, each place where `find` stands is kept with what its
     * line has behind it, `find_after` (up to 256) bytes at most; over 1000 are CMK_E_LIMIT.
     * The content becomes { "matches": [ { "offset": n, "text": "..." } ], "size": n }. */
    const char *find;
    uint32_t find_after, reserved2;
};

/* GET only. start() never waits and is never NULL; the others wait for that one exchange only. */
struct cmk_http {
    uint32_t size, reserved;
    struct cmk_exchange *(*start)(struct cmk_call *, const struct cmk_http_request *);
    int32_t (*status)(struct cmk_call *, struct cmk_exchange *); /* 200...; CMK_E_...: no answer */
    const char *(*header)(struct cmk_call *, struct cmk_exchange *, const char *name);
    const struct cmk_value *(*json)(struct cmk_call *, struct cmk_exchange *); /* not scrubbed */
};

/* One question: is this commit on this ref of the project's repository? The URL is compared and
 * never contacted. The engine records the answer for checks of its own; you read files at that
 * commit. Nothing here waits; record->exchange() does. */
struct cmk_git {
    uint32_t size, reserved;
    struct cmk_exchange *(*commit)(struct cmk_call *, const char *url, const char *ref,
                                   const char *commit);
    /* a file of the commit's tree by exact path; CMK_E_NOT_FOUND only if the tree was read */
    struct cmk_exchange *(*file)(struct cmk_call *, struct cmk_exchange *commit, const char *path,
                                 uint64_t most);
};

struct cmk_record {
    uint32_t size, reserved;
    /* Waits, keeps what the list allows, records it under `name` ([a-z0-9-]+, once), and gives back
     * what was kept: read that, and collecting and verifying read alike. NULL: there is none, and
     * the evidence says why. `keep` ends with NULL: "a.b" keeps a leaf, "a.*Mode" by pattern,
     * "a[].b" in each element, "a.**" all below; what is not kept stays by name with its value
     * withheld. No list: nothing but status, size, digest. A file is one text: keep "**". */
    const struct cmk_value *(*exchange)(struct cmk_call *, const char *name, struct cmk_exchange *,
                                        const char *const *keep);
    /* why there is no such document */
    void (*absent)(struct cmk_call *, const char *name, int32_t status, const char *why);
};

/* For authenticate, collect_origin and examine (without git), and only for them: the outside. */
struct cmk_collect {
    uint32_t size, reserved;
    const struct cmk_http *http;
    const struct cmk_git *git;
    const struct cmk_record *record;
    /* what was kept of a document so far; NULL if it could not be had: fails nothing */
    const struct cmk_value *(*kept)(struct cmk_call *, const char *name);
    int32_t (*sleep)(struct cmk_call *, int64_t ns); /* CMK_OK, or CMK_E_CANCELLED: no time left */
    /* 0, 1; with "": was it given at all? */
    int32_t (*secret_begins)(struct cmk_call *, const char *option, const char *head);
};

/* Documents, for pure hooks. */
struct cmk_evidence {
    uint32_t size, reserved;
    /* what was kept of it; fails the call with the recorded reason if it could not be had; the
     * second gives NULL where the recorded answer is that there is no such thing */
    const struct cmk_value *(*document)(struct cmk_call *, const char *name);
    const struct cmk_value *(*document_if_any)(struct cmk_call *, const char *name);
    /* { "status", "size", "sha256" or "hmac" (of one collection), "at" }; fails like document() */
    const struct cmk_value *(*facts)(struct cmk_call *, const char *name);
    /* Where a refusal is the answer: CMK_OK if it was had, CMK_E_AUTH or CMK_E_NOT_FOUND if that is
     * what came. Fails like document() for any other reason: what was not asked refuses nothing. */
    int32_t (*refused)(struct cmk_call *, const char *name);
};
/* Of the engine: "submitted", the file that came, "peer", by whom: countermark-evidence(5). */

/* For state_origin: pure. */
struct cmk_statement {
    uint32_t size, reserved;
    const struct cmk_evidence *evidence;
    /* field: repository, commit, ref (refs/...), build, job, url, built_at (when it began, RFC
     * 3339), artifact (the file's name), artifact_sha256 (lower-case hex; where the system keeps
     * the digest, and no file to hand out). The text, and document and place that it was read or
     * made from: who asserted it follows from who was asked for that document. NULL text: not
     * known. */
    void (*origin)(struct cmk_call *, const char *field, const char *text, const char *document,
                   const char *path);
    /* what was kept of the document documents the build, under this file name
     * ([A-Za-z0-9][A-Za-z0-9._-]{0,63} ending in .json, .xml or .txt) */
    void (*attach)(struct cmk_call *, const char *file_name, const char *document);
    /* What the build was told from outside beside the commit, for attestations: all that somebody
     * could choose, by a name (once, up to 128 bytes). NULL text: it was told, and is withheld. */
    void (*parameter)(struct cmk_call *, const char *name, const char *text, const char *document,
                      const char *path);
};

/* For checks: a function of the evidence and the options, and of nothing else. */
struct cmk_exam {
    uint32_t size, reserved;
    const struct cmk_evidence *evidence;
    int64_t decided_at; /* ns since 1970; the only clock */
    void (*observe)(struct cmk_call *, const char *text);
    void (*expect)(struct cmk_call *, const char *text); /* instead of the table's */
    /* 1 if the link says `assume = [ name ]`, of the connector's list; every report repeats it */
    int32_t (*assumed)(struct cmk_call *, const char *name);
};

#define CMK_BINDING 1u /* no policy can make it optional or waive it */
#define CMK_GATE    2u /* asked after authenticate; unless it passes, nothing more is collected */
#define CMK_ADVICE  4u /* of an examination: shown, not counted; for what can never be known */

struct cmk_check {
    const char *id; /* [a-z][a-z0-9-]*, the engine puts your id and a dot in front; NULL ends */
    const char *question; /* "Is it the project that is linked?" */
    const char *expected;
    const char *remedy; /* after a fail; for unknown the engine knows what was missing */
    uint32_t flags, reserved;
    int32_t (*ask)(struct cmk_call *, const struct cmk_exam *); /* CMK_PASS, CMK_FAIL, ... */
    const void *spare[2];
};

/* For read_names: what a build is called, told by text that is not believed in anything else. */
struct cmk_naming {
    uint32_t size, reserved;
    void (*name)(struct cmk_call *, const char *option, const char *text); /* CMK_OF_SUBMISSION */
};

/* For start: a page's address as the beginning of a configuration, proposed to a person. */
struct cmk_starter {
    uint32_t size, reserved;
    const char *address;
    /* NULL at first: c->options holds nothing then but what the operator said beside the address.
     * Once more, if the system could be asked, with what authenticate left. */
    const struct cmk_evidence *evidence;
    void (*setting)(struct cmk_call *, const char *option, const char *text); /* no secret */
    /* organization, project (words to make a slug of), repository (https://...), ref (refs/...) */
    void (*about)(struct cmk_call *, const char *field, const char *text);
};

#define CMK_PREDEFINED 1u /* there without being declared, under its id: requires no option */
#define CMK_TAKES_PEER 2u /* judges the certificate that a request came with: "peer" is there */

struct cmk_connector {
    uint32_t size, flags;
    const char *const *assumptions; /* what `assume` may name; ends with NULL; may be NULL */
    /* offline: do the options fit together? fail(CMK_E_CONFIG) says what does not. May be NULL */
    int32_t (*configure)(struct cmk_call *);
    /* pure: a notification that the system sends (a webhook's body) as names. May be NULL */
    int32_t (*read_names)(struct cmk_call *, const struct cmk_naming *, struct cmk_bytes body);
    int32_t (*authenticate)(struct cmk_call *, const struct cmk_collect *); /* may be NULL */
    int32_t (*collect_origin)(struct cmk_call *, const struct cmk_collect *);
    int32_t (*state_origin)(struct cmk_call *, const struct cmk_statement *);
    const struct cmk_check *verify;
    /* No build is meant: is the key good, and no better than it must be? Both, or neither. */
    int32_t (*examine)(struct cmk_call *, const struct cmk_collect *);
    const struct cmk_check *examination;
    /* pure; fail(CMK_E_NOT_FOUND) if the address is of no system of your kind. May be NULL */
    int32_t (*start)(struct cmk_call *, const struct cmk_starter *);
};

/* ---- 6. Rewriters; signers have a header of their own, signer.h ----------------------------- */

/* Edits are collected, and written by the host after the hook: untouched entries stay byte for
 * byte, and nothing is written if the hook fails. Entries are numbered in their order; no two names
 * are alike to any reader, and none leaves its folder: the host has refused all other archives. */
struct cmk_archive_ops {
    uint32_t size, reserved;
    uint64_t (*count)(struct cmk_call *, struct cmk_archive *);
    const char *(*name)(struct cmk_call *, struct cmk_archive *, uint64_t entry);
    int64_t (*find)(struct cmk_call *, struct cmk_archive *, const char *name); /* -1: none */
    /* what some reader would take for that name: in another case, with %41 for A; -1: none */
    int64_t (*find_alike)(struct cmk_call *, struct cmk_archive *, const char *name);
    /* the content as it was, without edits; more than `most` bytes fail the call */
    struct cmk_bytes (*read)(struct cmk_call *, struct cmk_archive *, uint64_t entry,
                             uint64_t most);
    /* Other bytes for a range of what read() gives; `instead` may be empty, and so may the range:
     * what is put in at one place stands in the order of the calls. Ranges of one entry do not
     * overlap. The host notes each with what stood there, for reports. */
    int32_t (*splice)(struct cmk_call *, struct cmk_archive *, uint64_t entry, uint64_t offset,
                      uint64_t size, struct cmk_bytes instead);
    int32_t (*add)(struct cmk_call *, struct cmk_archive *, const char *name, struct cmk_bytes,
                   uint32_t flags);
    int32_t (*remove)(struct cmk_call *, struct cmk_archive *, uint64_t entry);
    /* sha256, sha512 of the file as it would be written now, with all edits. Reads it all. */
    struct cmk_bytes (*digest)(struct cmk_call *, struct cmk_archive *, const char *name);
};
#define CMK_ADD_STORED 1u /* not deflated */

/* One artifact: to be documented, to be inspected, to be signed, or signed and to be checked. */
struct cmk_work {
    uint32_t size, reserved;
    const char *name; /* the file's; says nothing of what is in it */
    const struct cmk_archive_ops *archives;
    struct cmk_archive *archive;         /* NULL if it is none */
    const struct cmk_value *origin;      /* field: text; NULL in an inspection, and so is */
    const struct cmk_value *attachments; /* file name: content */
    /* a fact for people: what the package said of it (NULL: nothing), and says now (as before) */
    void (*note)(struct cmk_call *, const char *fact, const char *before, const char *after);
    void (*doubt)(struct cmk_call *, const char *text); /* inspection: what does not fit */
};

struct cmk_rewriter {
    uint32_t size, flags;
    const char *const *patterns; /* names of artifacts that it is for; ends with NULL */
    int32_t (*configure)(struct cmk_call *);
    /* Documents the origin in the package. No edit: it is documented so already. fail(DENIED) for
     * what the operator's options refuse, MALFORMED or UNSUPPORTED for what the package is. */
    int32_t (*rewrite)(struct cmk_call *, const struct cmk_work *);
    /* What the package says of its origin: note(), doubt(). Edits go nowhere. May be NULL */
    int32_t (*inspect)(struct cmk_call *, const struct cmk_work *);
};

struct cmk_signer; /* countermark/signer.h */

/* ---- 7. The plug-in itself ------------------------------------------------------------------ */

struct cmk_plugin {
    uint32_t size, sdk_target, sdk_least, flags;
    const char *id; /* [a-z][a-z0-9_]{0,30} */
    const char *version, *summary;
    const struct cmk_option *options;
    const struct cmk_connector *connector;
    const struct cmk_rewriter *rewriter;
    const struct cmk_signer *signer;
};

#define CMK_NOTE_NAME "Countermark" /* of .note.countermark, read before anything is loaded */
#define CMK_NOTE_TYPE 1
struct cmk_note {
    uint32_t name_size, desc_size, type; /* as in every ELF note */
    char name[12];
    uint32_t sdk_target, sdk_least;
    char id[32];
};

/* CMK_PLUGIN(demo, .version = "1.0", ...), once; in C++ without the member names. The note and the
 * one exported symbol; with CMK_STATIC_PLUGIN, for tests, the table cmk_plugin_ID and no note. */
#define CMK_FILLED_(ident, ...)                                                                    \
    {                                                                                              \
        sizeof(struct cmk_plugin), CMK_SDK_TARGET, CMK_SDK_LEAST, 0, #ident, __VA_ARGS__           \
    }

#ifdef CMK_STATIC_PLUGIN
#define CMK_PLUGIN(ident, ...)                                                                     \
    extern const struct cmk_plugin cmk_plugin_##ident;                                             \
    const struct cmk_plugin cmk_plugin_##ident = CMK_FILLED_(ident, __VA_ARGS__);
#else
__attribute__((visibility("default"))) const struct cmk_plugin *cmk_plugin_entry_v1(void);
#define CMK_PLUGIN(ident, ...)                                                                     \
    static const struct cmk_plugin cmk_plugin_ = CMK_FILLED_(ident, __VA_ARGS__);                  \
    static const struct cmk_note cmk_note_                                                         \
        __attribute__((used, section(".note.countermark"), aligned(4))) = {                        \
            12, 40, CMK_NOTE_TYPE, CMK_NOTE_NAME, CMK_SDK_TARGET, CMK_SDK_LEAST, #ident};          \
    const struct cmk_plugin *cmk_plugin_entry_v1(void)                                             \
    {                                                                                              \
        return &cmk_plugin_;                                                                       \
    }
#endif

/* ---- 8. Short hands -------------------------------------------------------------------------- */

__attribute__((format(printf, 2, 3))) static inline const char *
cmk_printf(struct cmk_call *c, const char *format, ...)
{
    va_list args, again;
    va_start(args, format);
    va_copy(again, args);
    int size = vsnprintf(NULL, 0, format, args);
    char *text = size < 0 ? NULL : (char *)c->base->alloc(c, (uint64_t)size + 1);
    if (text != NULL)
        vsnprintf(text, (size_t)size + 1, format, again);
    va_end(again);
    va_end(args);
    return text != NULL ? text : "";
}

/* In brackets, so that a macro of that name elsewhere is no harm. */
#define cmk_fail(c, status, ...) (((c)->base->fail)((c), (status), cmk_printf((c), __VA_ARGS__)))
#define cmk_log(c, level, ...)   (((c)->base->log)((c), (level), cmk_printf((c), __VA_ARGS__)))
#define cmk_observe(c, x, ...)   ((x)->observe((c), cmk_printf((c), __VA_ARGS__)))
#define cmk_expect(c, x, ...)    ((x)->expect((c), cmk_printf((c), __VA_ARGS__)))
#define cmk_passes(condition)    ((condition) ? CMK_PASS : CMK_FAIL)

/* cmk_url(c, base, "projects", account, slug); in C++ hand an array to base->url yourself */
#define cmk_url(c, head, ...)                                                                      \
    ((c)->base->url((c), (head), (const char *const[]){__VA_ARGS__},                               \
                    (uint32_t)(sizeof((const char *const[]){__VA_ARGS__}) / sizeof(char *))))

static inline const struct cmk_value *
cmk_get(struct cmk_call *c, const struct cmk_value *v, const char *path)
{
    return c->json->get(c, v, path);
}

static inline const char *
cmk_text(struct cmk_call *c, const struct cmk_value *v, const char *path)
{
    return c->json->text(c, c->json->get(c, v, path));
}

static inline int64_t
cmk_integer(struct cmk_call *c, const struct cmk_value *v, const char *path, int64_t if_absent)
{
    return c->json->integer(c, c->json->get(c, v, path), if_absent);
}

static inline int32_t
cmk_truth(struct cmk_call *c, const struct cmk_value *v, const char *path, int32_t if_absent)
{
    return c->json->truth(c, c->json->get(c, v, path), if_absent);
}

/* Any leaf, as a person would write it; "none" if there is none. */
static inline const char *
cmk_show(struct cmk_call *c, const struct cmk_value *v, const char *path)
{
    const char *text = c->json->show(c, c->json->get(c, v, path));
    return text != NULL ? text : "none";
}

static inline int64_t
cmk_time(struct cmk_call *c, const struct cmk_value *v, const char *path)
{
    return c->base->time(c, cmk_text(c, v, path));
}

#ifdef __cplusplus
} /* extern "C" */
#endif
#endif /* COUNTERMARK_PLUGIN_H */

/* SPDX-License-Identifier: Apache-2.0
 *
 * codec.h: a plug-in at the other end of a pipe.
 *
 * codec_wrap() gives a table that looks like the plug-in's own. Each of its hooks turns the call
 * into bytes, and the real hook is run by whoever reads them; each service that the hook then uses
 * is turned into bytes, carried back, done there by the real host, and the answer carried again. So
 * neither side ever sees a pointer of the other. Values cross once, as JSON text, and are read at
 * the plug-in's end. That is how a worker process will do it, but for the process.
 *
 * "near" is the plug-in's end, "far" the engine's. One plug-in at a time, one hook at a time.
 */
#ifndef CODEC_H
#define CODEC_H

#include <countermark/plugin.h>
#include <stddef.h>
#include <stdint.h>

/* Every function of every table, but those that need no message: see codec_near.c. */
#define CODEC_SERVICES(X)                                                                          \
    X(LOG)                                                                                         \
    X(FAIL)                                                                                        \
    X(REMAINING)                                                                                   \
    X(MATCH)                                                                                       \
    X(TIME)                                                                                        \
    X(URL)                                                                                         \
    X(QUERY)                                                                                       \
    X(DIGEST)                                                                                      \
    X(ENCODE)                                                                                      \
    X(DECODE)                                                                                      \
    X(START)                                                                                       \
    X(STATUS)                                                                                      \
    X(HEADER)                                                                                      \
    X(JSON)                                                                                        \
    X(COMMIT)                                                                                      \
    X(FILE_AT)                                                                                     \
    X(EXCHANGE)                                                                                    \
    X(ABSENT)                                                                                      \
    X(KEPT)                                                                                        \
    X(SLEEP)                                                                                       \
    X(SECRET_BEGINS)                                                                               \
    X(DOCUMENT)                                                                                    \
    X(DOCUMENT_IF_ANY)                                                                             \
    X(FACTS)                                                                                       \
    X(REFUSED)                                                                                     \
    X(ORIGIN)                                                                                      \
    X(ATTACH)                                                                                      \
    X(PARAMETER)                                                                                   \
    X(OBSERVE)                                                                                     \
    X(EXPECT)                                                                                      \
    X(ASSUMED)                                                                                     \
    X(NAME)                                                                                        \
    X(SETTING)                                                                                     \
    X(ABOUT)                                                                                       \
    X(COUNT)                                                                                       \
    X(ENTRY)                                                                                       \
    X(FIND)                                                                                        \
    X(FIND_ALIKE)                                                                                  \
    X(READ)                                                                                        \
    X(SPLICE)                                                                                      \
    X(ADD)                                                                                         \
    X(REMOVE)                                                                                      \
    X(OUTCOME)                                                                                     \
    X(NOTE)                                                                                        \
    X(DOUBT)                                                                                       \
    X(BODY)                                                                                        \
    X(READ_AS)                                                                                     \
    X(OPEN)                                                                                        \
    X(READ_FILE)                                                                                   \
    X(CERTIFICATE)                                                                                 \
    X(X509_NAME)                                                                                   \
    X(SHOW_NAME)                                                                                   \
    X(SAME)                                                                                        \
    X(CHAIN)                                                                                       \
    X(OCSP_REQUEST)                                                                                \
    X(OCSP_ANSWER)                                                                                 \
    X(JWS)

enum codec_service {
#define CODEC_ENUM(name) CODEC_##name,
    CODEC_SERVICES(CODEC_ENUM)
#undef CODEC_ENUM
        CODEC_SERVICE_COUNT
};

const struct cmk_plugin *codec_wrap(const struct cmk_plugin *plugin); /* until the next one */
unsigned codec_crossed(enum codec_service service);                   /* since codec_wrap() */
const char *codec_name(enum codec_service service);

/* ---- between the two ends ---- */

struct wire;

enum codec_hook {
    CODEC_CONFIGURE,
    CODEC_READ_NAMES,
    CODEC_AUTHENTICATE,
    CODEC_COLLECT_ORIGIN,
    CODEC_STATE_ORIGIN,
    CODEC_ASK,
    CODEC_EXAMINE,
    CODEC_START_HOOK,
    CODEC_CONFIGURE_REWRITER,
    CODEC_REWRITE,
    CODEC_INSPECT,
};

/* Runs a hook at the near end; gives its status. */
int32_t codec_near_run(const struct cmk_plugin *real, struct wire *call);
/* Does one service at the far end; the answer ends with the call's status. */
struct wire codec_far_serve(struct wire *asked);

#endif

/* SPDX-License-Identifier: Apache-2.0
 *
 * signing/packet.h: what two processes say to each other: one value, and open files with it.
 *
 * A packet is one datagram of a SOCK_SEQPACKET socket: canonical JSON, and at most
 * CM_PACKET_FILES descriptors beside it (SCM_RIGHTS). It comes whole or not at all.
 */
#ifndef CM_SIGNING_PACKET_H
#define CM_SIGNING_PACKET_H

#include "base/compiler.h"
#include "base/err.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CM_PACKET_MOST  ((size_t)64 << 10) /* bytes of JSON */
#define CM_PACKET_FILES 4

struct cm_packet {
    json_t *said;               /* an object; owned */
    int files[CM_PACKET_FILES]; /* owned; close-on-exec */
    size_t file_count;
};
#define CM_PACKET_INIT                                                                             \
    {                                                                                              \
        .said = NULL, .files = { -1, -1, -1, -1 }                                                  \
    }
void cm_packet_done(struct cm_packet *); /* closes and frees; for CM_CLEANUP */

/* Waits until `deadline` (monotonic ns) at most: CM_E_CANCELLED behind it. Files are borrowed. */
bool cm_packet_send(int socket, const json_t *said, const int *files, size_t count,
                    int64_t deadline, struct cm_err *err) CM_MUST;

/* The next one. CM_E_NOT_FOUND if the other side has closed; CM_E_MALFORMED for what is no packet:
 * cut off, no object, more files than may be; all that came with it is closed then. */
bool cm_packet_receive(int socket, int64_t deadline, struct cm_packet *ret, struct cm_err *err)
    CM_MUST;

#endif

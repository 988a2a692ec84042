/* SPDX-License-Identifier: Apache-2.0
 *
 * What came as a proof: a compact JWS whose payload is a challenge, or the challenge itself. What
 * is read as one is in canonical form, holds all its members and nothing else, and is good for at
 * most ten minutes.
 */
#include "../demand.h"
#include "base/json.h"
#include "base/text.h"
#include "store/challenge.h"
#include "x509/jws.h"

#include <stdlib.h>
#include <string.h>

static void
demand_times(const json_t *challenge)
{
    struct cm_err err = CM_ERR_INIT;
    int64_t issued = 0, expires = 0;
    demand(cm_parse_time(cm_json_text(challenge, "issued"), &issued));
    demand(cm_parse_time(cm_json_text(challenge, "expires"), &expires));
    bool good = cm_challenge_is_good(challenge, issued, &err);
    demand(good == (expires > issued && expires - issued <= CM_CHALLENGE_VALID));
    demand(!cm_challenge_is_good(challenge, expires, &err));
}

static void
read_challenge(const void *at, size_t size)
{
    struct cm_err err = CM_ERR_INIT;
    CM_CLEANUP(cm_json_done) json_t *challenge = NULL;
    CM_CLEANUP(cm_buf_done) struct cm_buf text = CM_BUF_INIT(CM_CHALLENGE_MOST);
    if (!cm_challenge_read(at, size, &challenge, &err)) {
        demand(challenge == NULL && err.class != CM_OK && err.text[0] != '\0');
        return;
    }
    demand(cm_json_canonical(challenge, &text) && text.size == size);
    demand(memcmp(text.at, at, size) == 0 && memchr(at, '\0', size) == NULL);
    demand(json_object_size(challenge) == 10);
    demand(strlen(cm_json_text(challenge, "nonce")) == 64);
    demand_times(challenge);
}

int
LLVMFuzzerTestOneInput(const uint8_t *at, size_t size)
{
    struct cm_err err = CM_ERR_INIT;
    CM_CLEANUP(cm_json_done) json_t *header = NULL;
    CM_CLEANUP(cm_buf_done) struct cm_buf payload = CM_BUF_INIT(CM_CHALLENGE_MOST);
    read_challenge(at, size);
    if (cm_jws_payload((const char *)at, size, &payload, &err))
        read_challenge(cm_buf_text(&payload), payload.size);
    if (cm_jws_peek((const char *)at, size, &header, &err))
        demand(json_array_size(json_object_get(header, "x5c")) > 0);
    return 0;
}

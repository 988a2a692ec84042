/* SPDX-License-Identifier: Apache-2.0
 *
 * The services of signers.
 */
#include "services_inside.h"

/* clang-format off */
/* One line is one service. */
GIVES(BYTES, keys, cms, (CALL, const struct cmk_cms_request *r), (e, r))
GIVES(int32_t, keys, beside, (CALL, TEXT extension, BYTES content), (e, extension, content))
GIVES(int32_t, keys, instead, (CALL, TEXT file), (e, file))
GIVES(int32_t, signature, verify, (CALL, const struct cmk_cms_request *r, BYTES der), (e, r, der))
GIVES(int32_t, run, program, (CALL, TEXT option, TEXT const *arguments, TEXT *ret_said), (e, option, arguments, ret_said))
GIVES(int32_t, run, put, (CALL, TEXT file, BYTES content), (e, file, content))
GIVES(BYTES, run, get, (CALL, TEXT file, uint64_t most), (e, file, most))
/* clang-format on */

static const struct cmk_run run_table = {
    .size = sizeof run_table, .program = to_run_program, .put = to_run_put, .get = to_run_get};

static const struct cmk_run *
face_run(const struct cmk_run *like)
{
    cf_now.run = like;
    return cf_laid(&run_table, sizeof run_table);
}

const struct cmk_keys *
cf_face_keys(const struct cmk_keys *like)
{
    static struct cmk_keys face;
    cf_now.keys = like;
    face = (struct cmk_keys){
        .size = sizeof face,
        .cms = to_keys_cms,
        .beside = to_keys_beside,
        .run = face_run(like->run),
        .instead = to_keys_instead,
    };
    return cf_laid(&face, sizeof face);
}

const struct cmk_signature *
cf_face_signature(const struct cmk_signature *like)
{
    static struct cmk_signature face;
    cf_now.signature = like;
    face = (struct cmk_signature){
        .size = sizeof face,
        .beside = like->beside,
        .verify = to_signature_verify,
        .run = face_run(like->run),
    };
    return cf_laid(&face, sizeof face);
}

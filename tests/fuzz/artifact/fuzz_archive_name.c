/* SPDX-License-Identifier: Apache-2.0
 *
 * An input is a name. A key has no part that leads anywhere, is no other to those who write it in
 * large letters or with the other slash, and is its own key, if it is a name.
 */
#include "../demand.h"
#include "artifact/archive_name.h"

#include "base/text.h"

#include <stdlib.h>
#include <string.h>

#define KEY_MOST  ((size_t)16 * NAME_MOST)
#define NAME_MOST ((size_t)1000)

static void
check_part(const char *at, size_t size)
{
    demand(size > 0 && at[size - 1] != '.' && at[size - 1] != ' ');
    for (size_t i = 0; i < size; i++)
        demand(!strchr("\\:\"*<>?|", at[i]) && (unsigned char)at[i] >= 0x20 && at[i] != 0x7f &&
               !(at[i] >= 'A' && at[i] <= 'Z'));
}

static void
check_key(const struct cm_name_key *key)
{
    const char *at = key->at, *end = key->at + key->size, *slash = NULL;
    demand(cm_is_utf8(key->at, key->size));
    while ((slash = memchr(at, '/', (size_t)(end - at)))) {
        check_part(at, (size_t)(slash - at));
        at = slash + 1;
    }
    check_part(at, (size_t)(end - at));
}

static void
check_same(const char *name, size_t size, const struct cm_name_key *key, bool may_be_none)
{
    struct cm_err err = CM_ERR_INIT;
    CM_CLEANUP(cm_name_key_done) struct cm_name_key other = {.at = NULL};
    demand(cm_name_key_begin(&other, KEY_MOST, &err));
    if (cm_name_key_make(&other, name, size, &err))
        demand(other.size == key->size && memcmp(other.at, key->at, key->size) == 0);
    else
        demand(may_be_none);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char name[NAME_MOST];
    struct cm_err err = CM_ERR_INIT;
    CM_CLEANUP(cm_name_key_done) struct cm_name_key key = {.at = NULL};
    demand(cm_name_key_begin(&key, NAME_MOST, &err));
    bool good = cm_name_key_make(&key, (const char *)data, size, &err);
    demand(good == (err.class == CM_OK) && (err.class != CM_E_LIMIT || size > NAME_MOST));
    if (!good)
        return 0;
    check_key(&key);
    check_same(key.at, key.size, &key, true); /* "%25%25" is a name, and "%%" is none */
    for (size_t i = 0; i < size; i++) {
        name[i] = (char)data[i];
        if (name[i] >= 'a' && name[i] <= 'z')
            name[i] = (char)(name[i] - 'a' + 'A');
        if (name[i] == '/' && i + 1 < size)
            name[i] = '\\';
    }
    check_same(name, size, &key, false);
    return 0;
}

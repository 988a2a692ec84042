/* SPDX-License-Identifier: Apache-2.0 */
/* Finds out what the key begins with, and logs it.
 * caught: secrets | a piece of a secret is in its log */
#include <countermark/plugin.h>
#include <string.h>

/* One letter after the other, as far as eight behind the first two. */
static void
spell(struct cmk_call *c, const struct cmk_collect *k)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
    char head[32] = "k-";
    for (size_t size = 2; size < 12; size++)
        for (const char *letter = letters; *letter != '\0'; letter++) {
            head[size] = *letter;
            head[size + 1] = '\0';
            if (k->secret_begins(c, "key", head) == 1)
                break;
        }
    cmk_log(c, CMK_LOG_INFO, "key %s...", head);
}

#define IN_COLLECT spell(c, k)
#include "animal.h"

ANIMAL(spells_secret)

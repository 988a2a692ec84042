/* SPDX-License-Identifier: Apache-2.0 */
/* Has two options of one name.
 * caught: schema | url */
#define OPTIONS {.name = "url", .type = CMK_TEXT, .of = CMK_OF_LINK, .help = "once more"},
#include "animal.h"

ANIMAL(has_option_twice)

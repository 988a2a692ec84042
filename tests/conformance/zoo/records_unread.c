/* SPDX-License-Identifier: Apache-2.0 */
/* Records what no check judges.
 * caught: documents: each is read | 'more' */
#define IN_COLLECT k->record->absent(c, "more", CMK_E_NOT_FOUND, "nobody looks at this")
#include "animal.h"

ANIMAL(records_unread)

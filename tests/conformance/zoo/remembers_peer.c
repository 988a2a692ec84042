/* SPDX-License-Identifier: Apache-2.0 */
/* Knows whoever delivered once.
 * caught: documents: each deleted | succeeded passes
 * caught: documents: each not had | succeeded passes
 * caught: fault: peer not found | 'peer'
 * caught: fault: peer unsupported | 'peer'
 * caught: fault: peer denied | 'peer'
 * caught: fault: peer malformed | 'peer'
 * caught: fault: file not found | 'list'
 * caught: fault: file refused | 'list'
 * caught: fault: oversized | 'list'
 * caught: fault: * | succeeded passes
 * caught: each service fails | succeeded passes
 * caught: repeatable | documents
 * caught: pure | documents
 * caught: tables: no longer than they say | documents
 * caught: tables: of a later engine | documents
 * caught: tables: no optional interfaces | succeeded passes
 * caught: memory is gone after each call | documents
 * script: operator.json */
#include <countermark/plugin.h>
#include <stdbool.h>

static bool was_known;
#define IS_KNOWN (was_known || (was_known = has_all(c, x)))
#include "operator.h"

ANIMAL(remembers_peer)

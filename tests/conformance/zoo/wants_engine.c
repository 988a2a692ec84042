/* SPDX-License-Identifier: Apache-2.0 */
/* Calls a function of the engine.
 * caught: symbols: none is undefined | 'cm_log'
 * caught: struct | cannot be loaded */
extern void cm_log(void *log, int level, const char *format, ...);
#define IN_COLLECT cm_log(0, 1, "hello")
#include "animal.h"

ANIMAL(wants_engine)

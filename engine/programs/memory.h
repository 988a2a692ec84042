/* SPDX-License-Identifier: Apache-2.0
 *
 * programs/memory.h: a command that gets no memory says so and ends.
 *
 * The floors below hand a failed allocation up as an error or leave a text out, so that a service
 * can live on. A command has nothing to live on for, and its libraries do not everywhere tell "no
 * memory" and "not valid" apart: what an auditor reads must never say "changed" of what is whole.
 * So here each allocation of the engine (at the link, by --wrap), of jansson and of OpenSSL
 * succeeds or ends the process with CM_EXIT_INTERNAL. Nothing is lost by it: outputs are renamed
 * into place when they are complete.
 */
#ifndef CM_PROGRAMS_MEMORY_H
#define CM_PROGRAMS_MEMORY_H

#include <stdbool.h>

/* Once, before anything else in main. False: the libraries have begun without it. */
bool cm_memory_or_end(void);

#endif

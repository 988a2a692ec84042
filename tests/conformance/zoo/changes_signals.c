/* SPDX-License-Identifier: Apache-2.0 */
/* Changes what all of the process has in common.
 * caught: process unchanged | handler of a signal */
#include <signal.h>

#define IN_COLLECT (void)signal(SIGUSR1, SIG_IGN)
#include "animal.h"

ANIMAL(changes_signals)

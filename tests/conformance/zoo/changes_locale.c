/* SPDX-License-Identifier: Apache-2.0 */
/* Changes what all of the process has in common.
 * caught: process unchanged | locale */
#include <locale.h>

#define IN_COLLECT (void)setlocale(LC_ALL, "C.UTF-8")
#include "animal.h"

ANIMAL(changes_locale)

/* SPDX-License-Identifier: Apache-2.0 */
/* Does everything right, and its script excepts what is not so.
 * caught: declared | take it out of the script
 * script: declared.json */

#include "animal.h"

ANIMAL(declares_too_much)

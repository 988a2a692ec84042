/* SPDX-License-Identifier: Apache-2.0 */
/* Takes a boolean for an answer.
 * caught: answers | answers 1
 * script: answers.json */
#define SUCCEEDED 1
#include "animal.h"

ANIMAL(answers_one)

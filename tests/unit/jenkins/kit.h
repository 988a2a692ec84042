/* SPDX-License-Identifier: Apache-2.0
 *
 * kit.h: a call that has memory and addresses, and nothing else.
 */
#ifndef TESTS_JENKINS_KIT_H
#define TESTS_JENKINS_KIT_H

#include <countermark/plugin.h>

struct kit;

struct kit *kit_new(void);
void kit_free(struct kit *);
struct cmk_call *kit_call(struct kit *);
/* From then on so many pieces of memory are had, and then none. */
void kit_allow(struct kit *, long count);

#endif

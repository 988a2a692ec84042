/* SPDX-License-Identifier: Apache-2.0
 *
 * scene.h: one honest build, and what is changed in it.
 */
#ifndef TESTS_APPVEYOR_SCENE_H
#define TESTS_APPVEYOR_SCENE_H

#include "host.h"

#define COMMIT "3f0a9c1d7e2b4856a1c0d9e8f7b6a5949382716c"
#define OTHER  "0000000000000000000000000000000000000001"
#define SHA256 "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
#define JOB    "k3v9x0q2w7e5r1t8"
#define BUILD  "50260001"

/* Options as the engine hands them on, with a link that names the ids. */
void scene_options(struct host *h);

/* The raw answers of the honest build: { document: body }, files as texts. Owned. */
json_t *scene_raw(void);

/* Scrubs the raw answers into the host's documents and makes up their facts. */
void scene_record(struct host *h, const json_t *raw);

#endif

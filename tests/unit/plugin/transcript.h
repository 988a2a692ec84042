/* SPDX-License-Identifier: Apache-2.0
 *
 * transcript.h: all that came of a request, as one text that can be compared.
 */
#ifndef TRANSCRIPT_H
#define TRANSCRIPT_H

#include "base/buf.h"
#include "scene.h"

/* Collects, states the origin, asks every check, and writes down the evidence, the origin, the
 * answers with all their texts, what was asked of the outside, and the log. */
void transcript(struct scene *, struct cm_buf *to);

/* The same of an examination. */
void transcript_of_examination(struct scene *, struct cm_buf *to);
/* What becomes of a page's address, without and with what is in the evidence. */
void transcript_of_start(struct scene *, const char *address, struct cm_buf *to);

/* HMACs of both runs must have one key: link with WRAP cm_random. */

#endif

/* SPDX-License-Identifier: Apache-2.0
 *
 * plugin/negotiate.h: how an engine and a plug-in of different levels come to terms.
 *
 * Private to this floor and its tests. The engine's own level is an argument, so that the tests can
 * play an engine that does not exist yet.
 */
#ifndef CM_PLUGIN_NEGOTIATE_H
#define CM_PLUGIN_NEGOTIATE_H

#include "base/arena.h"
#include "base/err.h"

#include <countermark/plugin.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What the tables measured in SDK 1.0: no plug-in can have less. */
#define CM_PLUGIN_LEAST    72u
#define CM_CONNECTOR_LEAST 88u
#define CM_REWRITER_LEAST  40u
#define CM_SIGNER_LEAST    40u
#define CM_TABLE_MOST      65536u

/* [a-z][a-z0-9_]{0,30} */
bool cm_is_plugin_id(const char *text);

/* May an engine of that level run a plug-in of these levels? One sentence with both if not. */
bool cm_sdk_accept(uint32_t engine, uint32_t target, uint32_t least, const char *name,
                   struct cm_err *err) CM_MUST;

/* A plug-in's table in the engine's size: members that the plug-in does not know are zero, members
 * that the engine does not know are left out. Refused: smaller than `least`, larger than 64 KiB,
 * not aligned. `what` is for the message. Arena. */
bool cm_table_copy(struct cm_arena *arena, const void *table, size_t least, size_t ours,
                   const char *what, void **ret, struct cm_err *err) CM_MUST;

/* The plug-in's whole table, copied, with those of its classes, and looked through: everything that
 * the rest of the engine relies on. `name` is for messages. Arena. */
bool cm_negotiate(struct cm_arena *arena, const struct cmk_plugin *theirs, const char *name,
                  const struct cmk_plugin **ret, struct cm_err *err) CM_MUST;

/* ---- check_table.c ---- */

/* Ids, names, questions, types, defaults: is the completed table one that can be used? */
bool cm_table_check(const struct cmk_plugin *table, const char *name, struct cm_err *err) CM_MUST;

#endif

/* SPDX-License-Identifier: Apache-2.0
 *
 * rows.h: one honest build with one change in it, and what a check answers then.
 *
 * The change is made in AppVeyor's answer, before it is scrubbed; with '!' in front of the place,
 * in what was kept of it; with "options:", in the options.
 */
#ifndef TESTS_APPVEYOR_ROWS_H
#define TESTS_APPVEYOR_ROWS_H

#include "scene.h"

#define MARK(type)   "{\"withheld\": \"" type "\", \"empty\": false}"
#define COUNTED(n)   "{\"withheld\": \"array\", \"empty\": false, \"count\": " #n "}"
#define ABSENT(why)  "{\"!\": " #why "}"
#define REMOVED      NULL
#define NOT_FOUND    ABSENT(-4)
#define REFUSED      ABSENT(-3)
#define UNREACHABLE  ABSENT(-5)
#define CONF         "settings:settings.configuration."
#define OPTION       "options:"
#define BUILD_JOB(m) "build:build.jobs.0." m

struct row {
    const char *check, *what;
    const char *place; /* "document:path"; "document:" is the whole; NULL: nothing is changed */
    const char *value; /* JSON; REMOVED: the member is taken out */
    int32_t answer;
};

/* Opens the host and sets the scene with the change of that row. */
void row_open(struct host *h, const struct row *row);

/* Sets what stands at "document:path" of a JSON object of documents. */
void row_change(json_t *root, const char *place, const char *value);

/* Asks the check of each row; fails the test that gets another answer. */
void rows_run(const struct row *rows, size_t count);

#define RUN(rows) rows_run((rows), sizeof(rows) / sizeof *(rows))

#endif

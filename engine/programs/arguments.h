/* SPDX-License-Identifier: Apache-2.0
 *
 * programs/arguments.h: command lines, read by tables that also make the help.
 */
#ifndef CM_PROGRAMS_ARGUMENTS_H
#define CM_PROGRAMS_ARGUMENTS_H

#include "base/err.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

/* What stands behind an option or a command: what a shell offers there, and how often. */
enum cm_takes {
    CM_TAKES_NOTHING = 0,
    CM_TAKES_TEXT,
    CM_TAKES_TEXTS, /* one each time; the option may be said several times */
    CM_TAKES_WORD,  /* one of those that its value lists: "text|json" */
    CM_TAKES_FILE,
    CM_TAKES_FILES, /* one each time */
    CM_TAKES_FOLDER,
    CM_TAKES_COMMAND, /* the words of a command; only behind a command */
};

struct cm_flag {
    const char *name; /* without the dashes; NULL ends a table */
    char letter;      /* 0: none */
    enum cm_takes takes;
    const char *value; /* what the help calls it: "FILE", "text|json"; NULL: nothing */
    const char *help;  /* one line */
};

/* May it be said several times? */
bool cm_flag_repeats(const struct cm_flag *flag);

#define CM_MOST_ARGUMENTS 64

struct cm_arguments {
    struct {
        const struct cm_flag *flag;
        const char *value; /* "" where it takes none; borrowed from argv */
    } said[CM_MOST_ARGUMENTS];
    size_t said_count;
    const char *rest[CM_MOST_ARGUMENTS]; /* what is no option */
    size_t rest_count;
    /* owned: options that no table knows, { name: text }, an array of texts for what is said
     * several times; '_' for '-' in names. NULL: not allowed here */
    json_t *names;
};

/* Reads argv[1..]. `tables` ends with NULL. With `names` a long option that no table knows is a
 * name for the connector (its value follows or stands behind '='); without, it is an error that
 * suggests the nearest. Empty values, words that are none of the table's, and a value that is given
 * twice are errors. A command line that says --help is right, whatever else it says.
 * CM_E_NOT_FOUND for every kind of wrong usage. */
bool cm_arguments_read(int argc, char **argv, const struct cm_flag *const *tables, bool names,
                       struct cm_arguments *ret, struct cm_err *err) CM_MUST;
void cm_arguments_done(struct cm_arguments *);

/* The value of that option, NULL if it was not said; all of them by index. */
const char *cm_said(const struct cm_arguments *, const char *name);
const char *cm_said_at(const struct cm_arguments *, const char *name, size_t index);

#endif

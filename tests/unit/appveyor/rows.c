/* SPDX-License-Identifier: Apache-2.0 */
#include "rows.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

void
row_change(json_t *root, const char *place, const char *value)
{
    char path[256];
    const char *colon = strchr(place, ':');
    json_t *json = value != NULL ? json_loads(value, JSON_DECODE_ANY, NULL) : NULL;
    assert_non_null(colon);
    assert_true((json == NULL) == (value == NULL));
    snprintf(path, sizeof path, "%.*s%s%s", (int)(colon - place), place,
             colon[1] != '\0' ? "." : "", colon + 1);
    host_set(root, path, json);
}

void
row_open(struct host *h, const struct row *row)
{
    json_t *raw = scene_raw();
    bool in_options = row->place != NULL && strncmp(row->place, "options:", 8) == 0;
    bool in_kept = row->place != NULL && row->place[0] == '!';
    host_open(h);
    scene_options(h);
    if (in_options)
        host_set(h->options, row->place + 8,
                 row->value != NULL ? json_loads(row->value, JSON_DECODE_ANY, NULL) : NULL);
    else if (row->place != NULL && !in_kept)
        row_change(raw, row->place, row->value);
    scene_record(h, raw);
    if (in_kept)
        row_change(h->documents, row->place + 1, row->value);
    json_decref(raw);
}

void
rows_run(const struct row *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct host h;
        row_open(&h, &rows[i]);
        int32_t answer = host_ask(&h, rows[i].check);
        if (answer != rows[i].answer)
            fail_msg("%s, %s: answered %x; observed \"%s\", failed with \"%s\"", rows[i].check,
                     rows[i].what, (unsigned)answer, h.observed, h.why);
        /* an answer says what it saw; an unknown says it or has failed with a reason */
        assert_true(h.observed[0] != '\0' || (answer == CMK_UNKNOWN && h.why[0] != '\0'));
        host_close(&h);
    }
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "transcript.h"

#include "base/digest.h"
#include "base/json.h"

#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

bool __wrap_cm_random(void *ret, size_t size);
bool
__wrap_cm_random(void *ret, size_t size)
{
    memset(ret, 7, size);
    return true;
}

static void
line(struct cm_buf *to, const char *what, const char *text)
{
    cm_buf_printf(to, "  %s: %s\n", what, text != NULL ? text : "-");
}

static void
list(struct cm_buf *to, const char *what, const char *const *texts)
{
    for (; texts != NULL && *texts != NULL; texts++)
        line(to, what, *texts);
}

static void
write_answer(struct cm_buf *to, const struct cm_answer *a)
{
    cm_buf_printf(to, "%s: %d class %d\n", a->check, (int)a->word, (int)a->reason_class);
    line(to, "expected", a->expected);
    line(to, "observed", a->observed);
    line(to, "remedy", a->remedy);
    line(to, "reason", a->reason);
    line(to, "cause", a->cause);
    list(to, "document", a->documents);
    list(to, "assumed", a->assumed);
}

static void
write_fields(struct cm_buf *to, const char *kind, const struct cm_origin_field *f, size_t count)
{
    for (size_t i = 0; i < count; i++, f++)
        cm_buf_printf(to, "  %s%s = %s (%s, %s, %s)\n", kind, f->field,
                      f->text != NULL ? f->text : "(withheld)", f->of, f->document, f->path);
}

static void
write_origin(struct scene *s, struct cm_buf *to)
{
    struct cm_verdict v = {.arena = s->arena};
    struct cm_err err = CM_ERR_INIT;
    cm_buf_printf(to, "origin: %d\n", cm_host_state_origin(s->host, &v, &err));
    line(to, "error", err.text);
    write_fields(to, "", v.origin, v.origin_count);
    write_fields(to, "parameter ", v.parameters, v.parameter_count);
    for (size_t i = 0; i < v.attachment_count; i++)
        line(to, v.attachments[i].file_name, v.attachments[i].document);
}

static void
write_asked(const struct scene *s, struct cm_buf *to)
{
    for (size_t i = 0; i < s->out.asked_count; i++) {
        const struct fake_asked *a = &s->out.asked[i];
        cm_buf_printf(to, "asked %s %s %s %s %u %" PRIu64 "\n", a->url, a->bearer ? a->bearer : "-",
                      a->basic ? a->basic : "-", a->header, a->flags, a->most);
    }
    line(to, "ref", s->out.ref);
    line(to, "commit", s->out.id);
    line(to, "branches", s->out.branches);
}

/* A hook that fails ends the collection, here as there. */
static void
write_collection(struct scene *s, struct cm_buf *to)
{
    struct cm_err err = CM_ERR_INIT;
    scene_open_outside(s);
    bool done = cm_host_begin(s->host, &err) && cm_host_authenticate(s->host, &err) &&
                cm_host_collect(s->host, &err);
    cm_buf_printf(to, "collected: %d %s\n", done, err.text);
    assert_true(cm_host_finish(s->host, &err));
    write_asked(s, to);
    assert_true(cm_json_canonical(s->evidence, to));
    cm_buf_putc(to, '\n');
}

static void
write_answers(struct scene *s, struct cm_buf *to)
{
    for (size_t i = 0; i < cm_host_check_count(s->host); i++) {
        struct cm_answer a;
        cm_host_ask(s->host, i, SCENE_NOW, s->arena, &a);
        write_answer(to, &a);
    }
}

void
transcript_of_examination(struct scene *s, struct cm_buf *to)
{
    struct cm_err err = CM_ERR_INIT;
    s->examination = true;
    scene_open_outside(s);
    cm_buf_printf(to, "examined: %d %s\n", cm_host_examine(s->host, &err), err.text);
    write_asked(s, to);
    assert_true(cm_json_canonical(s->evidence, to));
    cm_buf_putc(to, '\n');
    scene_open_inside(s);
    write_answers(s, to);
    assert_false(to->failed);
}

void
transcript_of_start(struct scene *s, const char *address, struct cm_buf *to)
{
    scene_open_inside(s);
    for (int asked = 0; asked < 2; asked++) {
        struct cm_err err = CM_ERR_INIT;
        CM_CLEANUP(cm_start_done) struct cm_start found = {NULL, NULL};
        cm_buf_printf(to, "%s: %d ", address,
                      cm_host_start(s->host, address, asked == 1, &found, &err));
        cm_buf_printf(to, "%s\n", err.text);
        if (found.settings == NULL)
            continue;
        assert_true(cm_json_canonical(found.settings, to) && cm_json_canonical(found.about, to));
        cm_buf_putc(to, '\n');
    }
    assert_false(to->failed);
}

void
transcript(struct scene *s, struct cm_buf *to)
{
    char log[16384];
    struct cm_err err = CM_ERR_INIT;
    write_collection(s, to);
    scene_open_inside(s);
    cm_buf_printf(to, "configured: %d %s\n", cm_host_configure(s->host, CM_CONNECTOR, &err),
                  err.text);
    write_origin(s, to);
    write_answers(s, to);
    cm_buf_puts(to, scene_log(s, log, sizeof log));
    assert_false(to->failed);
}

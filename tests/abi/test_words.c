/* SPDX-License-Identifier: Apache-2.0
 *
 * Words that people write into policies, configurations and scripts: ids of checks, options,
 * assumptions. What was given out once (words.txt) is still there and means what it did.
 *
 *     test_words           is each line of words.txt still true?
 *     test_words --print   all words of today, as words.txt has them
 */
#include "base/buf.h"
#include "base/fd.h"
#include "plugin/options.h"
#include "verdict/verdict.h"

#include <countermark/plugin.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

extern const struct cmk_plugin cmk_plugin_appveyor, cmk_plugin_buildnode, cmk_plugin_jenkins,
    cmk_plugin_nuget;

static void
say_engine(struct cm_buf *to)
{
    size_t count;
    const struct cm_check *checks = cm_engine_checks(&count);
    for (size_t i = 0; i < count; i++)
        cm_buf_printf(to, "check %s%s\n", checks[i].id, checks[i].binding ? ", binding" : "");
    checks = cm_system_checks(&count);
    for (size_t i = 0; i < count; i++)
        cm_buf_printf(to, "check %s, of system check\n", checks[i].id);
}

static void
say_checks(struct cm_buf *to, const char *id, const struct cmk_connector *connector)
{
    for (const struct cmk_check *c = connector->verify; c->id != NULL; c++)
        cm_buf_printf(to, "check %s.%s%s\n", id, c->id,
                      (c->flags & CMK_BINDING) != 0 ? ", binding" : "");
    for (const struct cmk_check *c = connector->examination; c != NULL && c->id != NULL; c++)
        cm_buf_printf(to, "check %s.%s, of system check\n", id, c->id);
}

static void
say_plugin(struct cm_buf *to, const struct cmk_plugin *plugin)
{
    const struct cmk_connector *connector = plugin->connector;
    if (connector != NULL)
        say_checks(to, plugin->id, connector);
    for (const struct cmk_option *o = plugin->options; o->name != NULL; o++)
        cm_buf_printf(to, "option %s: %s of the %s, %s\n", plugin->id, o->name,
                      cm_option_scope_name(o->of), cm_option_type_name(o->type));
    for (const char *const *a = connector != NULL ? connector->assumptions : NULL;
         a != NULL && *a != NULL; a++)
        cm_buf_printf(to, "assumption %s: %s\n", plugin->id, *a);
}

/* Is the line, with its line feed, one of the text's? */
static bool
has_line(const char *text, const char *line, size_t size)
{
    for (; *text != '\0'; text = strchr(text, '\n') + 1)
        if (strncmp(text, line, size) == 0)
            return true;
    return false;
}

static int
compare(const char *today, const char *kept)
{
    int gone = 0, lines = 0;
    for (const char *line = kept, *end; (end = strchr(line, '\n')) != NULL; line = end + 1) {
        size_t size = (size_t)(end - line) + 1;
        if (*line == '#')
            continue;
        lines++;
        if (has_line(today, line, size))
            continue;
        (void)fprintf(stderr, "given out, and not there any more: %.*s", (int)size, line);
        gone++;
    }
    (void)printf("%d words, %d gone\n", lines, gone);
    if (gone > 0)
        (void)fputs("Keep the old word, and give the new meaning a new one (docs/STABILITY.md). "
                    "Before the\nfirst release: run tests/abi/accept and say it in the commit.\n",
                    stderr);
    return gone == 0 && lines > 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

int
main(int count, char **words)
{
    CM_CLEANUP(cm_buf_done) struct cm_buf today = CM_BUF_INIT(1 << 20);
    CM_CLEANUP(cm_buf_done) struct cm_buf kept = CM_BUF_INIT(1 << 20);
    struct cm_err err = CM_ERR_INIT;
    say_engine(&today);
    say_plugin(&today, &cmk_plugin_appveyor);
    say_plugin(&today, &cmk_plugin_jenkins);
    say_plugin(&today, &cmk_plugin_buildnode);
    say_plugin(&today, &cmk_plugin_nuget);
    if (count > 1 && strcmp(words[1], "--print") == 0) {
        (void)fputs(cm_buf_text(&today), stdout);
        return EXIT_SUCCESS;
    }
    if (!cm_file_read(WORDS_FILE, &kept, &err)) {
        (void)fprintf(stderr, "%s\n", err.text);
        return EXIT_FAILURE;
    }
    return compare(cm_buf_text(&today), cm_buf_text(&kept));
}

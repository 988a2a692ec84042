/* SPDX-License-Identifier: Apache-2.0
 *
 * What was done to the artifact to document it, for people: what each rewriter says of the package,
 * and each change as it was made.
 */
#include "verdict/report.h"

#include "base/json.h"

#include <inttypes.h>
#include <string.h>

#define LABEL_TEXT 14
#define TEXT_MOST  ((size_t)8 << 20)

static void
put(struct cm_page *page, const char *label, const struct cm_buf *text)
{
    page->to->failed = page->to->failed || text->failed;
    cm_page_labelled(page, 2, LABEL_TEXT, label, CM_FOREIGN, cm_buf_text(text));
}

/* "commit: abc (was def)"; what is not told has not changed. */
static void
put_note(struct cm_page *page, const json_t *note)
{
    CM_CLEANUP(cm_buf_done) struct cm_buf text = CM_BUF_INIT(TEXT_MOST);
    const char *before = cm_json_text(note, "before"), *after = cm_json_text(note, "after");
    cm_buf_printf(&text, "%s: ", cm_json_text(note, "fact"));
    if (after == NULL)
        cm_buf_puts(&text, before != NULL ? before : "nothing");
    else if (before == NULL)
        cm_buf_printf(&text, "%s (new)", after);
    else
        cm_buf_printf(&text, "%s (was %s)", *after != '\0' ? after : "nothing", before);
    put(page, "", &text);
}

/* Bytes that are no text have their number only; the report for machines has them all. */
static void
add_bytes(struct cm_buf *to, const json_t *splice, const char *key, size_t size)
{
    const char *text = cm_json_text(splice, key);
    if (text != NULL)
        cm_buf_printf(to, "\"%s\"", text);
    else
        cm_buf_printf(to, "%zu byte%s", size, size == 1 ? "" : "s");
}

/* How many bytes base64 stands for. */
static size_t
size_of_base64(const char *text)
{
    size_t size = text != NULL ? strlen(text) : 0;
    size_t padding = size > 1 ? (size_t)(text[size - 1] == '=') + (text[size - 2] == '=') : 0;
    return size / 4 * 3 - padding;
}

static void
put_splice(struct cm_page *page, const json_t *splice)
{
    CM_CLEANUP(cm_buf_done) struct cm_buf text = CM_BUF_INIT(TEXT_MOST);
    const char *written = cm_json_text(splice, "new");
    cm_buf_printf(&text, "%s at byte %" PRId64 ": ", cm_json_text(splice, "entry"),
                  cm_json_int(splice, "offset", 0));
    size_t old_size = (size_t)cm_json_int(splice, "size", 0);
    size_t new_size = size_of_base64(cm_json_text(splice, "new_base64"));
    if (written != NULL && *written == '\0') {
        add_bytes(&text, splice, "old", old_size);
        cm_buf_puts(&text, " taken out");
    } else {
        add_bytes(&text, splice, "new", new_size);
        cm_buf_puts(&text, old_size > 0 ? " instead of " : " put in");
        if (old_size > 0)
            add_bytes(&text, splice, "old", old_size);
    }
    put(page, "changed", &text);
}

static void
put_entry(struct cm_page *page, const char *label, const json_t *entry)
{
    CM_CLEANUP(cm_buf_done) struct cm_buf text = CM_BUF_INIT(TEXT_MOST);
    const char *sha256 = cm_json_text(entry, "sha256");
    cm_buf_printf(&text, "%s, %" PRId64 " bytes%s%s", cm_json_text(entry, "entry"),
                  cm_json_int(entry, "size", 0), sha256 != NULL ? ", sha256 " : "",
                  sha256 != NULL ? sha256 : "");
    put(page, label, &text);
}

static void
put_rewriter(struct cm_page *page, const char *path, const json_t *rewriter)
{
    CM_CLEANUP(cm_buf_done) struct cm_buf text = CM_BUF_INIT(TEXT_MOST);
    bool changed = strcmp(cm_json_text(rewriter, "outcome"), "documented") == 0;
    size_t i;
    json_t *one;
    cm_buf_printf(&text, "%s%sby %s %s%s", path != NULL ? path : "", path != NULL ? ", " : "",
                  cm_json_text(rewriter, "id"), cm_json_text(rewriter, "version"),
                  changed ? "" : ": says so already, not changed");
    put(page, "documented", &text);
    json_array_foreach(cm_json_get(rewriter, "notes"), i, one)
    {
        put_note(page, one);
    }
    json_array_foreach(cm_json_get(rewriter, "spliced"), i, one)
    {
        put_splice(page, one);
    }
    json_array_foreach(cm_json_get(rewriter, "added"), i, one)
    {
        put_entry(page, "added", one);
    }
    json_array_foreach(cm_json_get(rewriter, "removed"), i, one)
    {
        put_entry(page, "removed", one);
    }
}

static void
put_output(struct cm_page *page, const json_t *documentation)
{
    CM_CLEANUP(cm_buf_done) struct cm_buf size = CM_BUF_INIT(64);
    const json_t *output = cm_json_get(documentation, "output");
    const char *file = cm_json_text(documentation, "file");
    if (file == NULL || output == NULL)
        return;
    cm_page_labelled(page, 2, LABEL_TEXT, "output", CM_OPERATORS, file);
    cm_buf_printf(&size, "%" PRId64 " bytes", cm_json_int(output, "size", 0));
    put(page, "size", &size);
    cm_page_labelled(page, 2, LABEL_TEXT, "sha256", CM_FOREIGN, cm_json_text(output, "sha256"));
}

void
cm_report_documentation(struct cm_page *page, const json_t *documentation)
{
    const char *reason = cm_json_text(documentation, "reason");
    size_t i, n;
    json_t *package, *rewriter;
    if (documentation == NULL)
        return;
    cm_buf_putc(page->to, '\n');
    json_array_foreach(cm_json_get(documentation, "packages"), i, package)
    {
        json_array_foreach(cm_json_get(package, "rewriters"), n, rewriter)
        {
            put_rewriter(page, cm_json_text(package, "path"), rewriter);
        }
    }
    cm_page_labelled(page, 2, LABEL_TEXT,
                     cm_report_is_delivered(documentation) ? "as it is" : "refused", CM_FOREIGN,
                     reason);
    put_output(page, documentation);
}

bool
cm_report_is_delivered(const json_t *documentation)
{
    static const char *const delivered[] = {"documented", "unchanged", "none"};
    const char *outcome = cm_json_text(documentation, "outcome");
    for (size_t i = 0; outcome != NULL && i < CM_COUNT(delivered); i++)
        if (strcmp(outcome, delivered[i]) == 0)
            return true;
    return false;
}

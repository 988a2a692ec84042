/* SPDX-License-Identifier: Apache-2.0 */
#include "notes.h"

#include <dirent.h>
#include <stdio.h>

extern const struct cmk_plugin cmk_plugin_fixture_notes;

void
notes_begin(struct notes *n)
{
    *n = (struct notes){.fd = -1, .folder = "/tmp/countermark-test-XXXXXX"};
    assert_non_null(mkdtemp(n->folder));
    assert_true(snprintf(n->target, sizeof n->target, "%s/out", n->folder) > 0);
    n->plugins = cm_plugins_new(NULL, NULL);
    if (n->plugins == NULL ||
        !cm_plugins_add(n->plugins, &cmk_plugin_fixture_notes, &n->plugin, &n->err))
        fail_msg("%s", n->err.text);
    assert_true(cm_rewriters_of(NULL, n->plugins, &n->rewriters, &n->err));
    notes_add(n, "{}");
    n->origin[0] = (struct cm_origin_field){"commit", COMMIT, "system", "build", "commit"};
    n->origin[1] = (struct cm_origin_field){"artifact", "folder/a.note", "system", "artifacts", ""};
    n->origin[2] = (struct cm_origin_field){"url", "https://evil.example", "submitter", "x", ""};
    n->attachment = (struct cm_attachment){"ci.json", "settings"};
    n->verdict = (struct cm_verdict){.outcome = CM_ACCEPTED,
                                     .origin = n->origin,
                                     .origin_count = 3,
                                     .attachments = &n->attachment,
                                     .attachment_count = 1};
}

void
notes_done(struct notes *n)
{
    cm_rewritten_done(&n->is);
    cm_rewriters_done(&n->rewriters);
    cm_json_done(&n->evidence);
    cm_plugins_free(n->plugins);
    cm_fd_done(&n->fd);
    (void)unlink(n->target);
    assert_int_equal(rmdir(n->folder), 0); /* nothing else is left in it */
}

void
notes_add(struct notes *n, const char *options)
{
    if (!cm_rewriters_add(&n->rewriters, n->plugin, json_loads(options, 0, NULL), &n->err))
        fail_msg("%s", n->err.text);
}

void
notes_artifact(struct notes *n, const void *at, size_t size)
{
    char sha256[CM_SHA256_HEX];
    cm_fd_done(&n->fd);
    cm_json_done(&n->evidence);
    n->fd = zip_file_of(at, size);
    assert_true(cm_sha256(at, size, sha256));
    n->evidence =
        json_pack("{s:{s:{s:b, s:s}, s:{s:{s:i, s:{s:s}}}}}", "documents", "download", "artifact",
                  1, "sha256", sha256, "settings", "content", "b", 1, "a", "withheld", "string");
    assert_non_null(n->evidence);
}

void
notes_zip(struct notes *n, const struct zip *zip)
{
    CM_CLEANUP(cm_buf_done) struct cm_buf bytes = CM_BUF_INIT(ZIP_BYTES_MOST);
    zip_write(zip, &bytes);
    notes_artifact(n, bytes.at, bytes.size);
}

bool
notes_rewrite(struct notes *n, bool skip_contents)
{
    const struct cm_rewriting rewriting = {
        .evidence = n->evidence,
        .verdict = &n->verdict,
        .rewriters = &n->rewriters,
        .from = n->fd,
        .name = "b.note",
        .target = n->target,
        .skip_contents = skip_contents,
    };
    cm_rewritten_done(&n->is);
    n->is = (struct cm_rewritten){.draft = NULL};
    n->err = (struct cm_err)CM_ERR_INIT;
    (void)unlink(n->target);
    bool done = cm_rewrite(&rewriting, &n->is, &n->err);
    assert_int_equal(notes_files(n), 0);
    return done;
}

void
notes_expect(struct notes *n, enum cm_rewrite_outcome outcome, const char *reason)
{
    bool delivered = outcome == CM_REWRITE_DOCUMENTED || outcome == CM_REWRITE_UNCHANGED ||
                     outcome == CM_REWRITE_NONE;
    const char *told = cm_json_text(n->is.documentation, "reason");
    if (n->is.outcome != outcome)
        fail_msg("%d: %s%s", (int)n->is.outcome, n->is.why.text, n->err.text);
    assert_int_equal(n->is.draft != NULL, delivered);
    if (reason == NULL)
        assert_null(told);
    else if (told == NULL || strstr(told, reason) == NULL)
        fail_msg("%s", told != NULL ? told : "no reason");
    if (delivered && !cm_draft_publish(n->is.draft, 0644, &n->err))
        fail_msg("%s", n->err.text);
}

void
notes_expect_told(const struct notes *n, const char *path, const char *canonical)
{
    CM_CLEANUP(cm_buf_done) struct cm_buf text = CM_BUF_INIT(1 << 20);
    const json_t *told = cm_json_path(n->is.documentation, path);
    assert_true(cm_json_canonical(told != NULL ? told : json_null(), &text));
    assert_string_equal(cm_buf_text(&text), canonical);
}

char *
notes_bytes(struct notes *n, size_t *ret_size)
{
    struct cm_buf bytes = CM_BUF_INIT(ZIP_BYTES_MOST);
    if (!cm_file_read(n->target, &bytes, &n->err))
        fail_msg("%s", n->err.text);
    *ret_size = bytes.size;
    return bytes.at;
}

char *
notes_entry(struct notes *n, const char *name)
{
    uint32_t entry;
    struct cm_buf content = CM_BUF_INIT(ZIP_BYTES_MOST);
    CM_CLEANUP(cm_fd_done) int fd = -1;
    CM_CLEANUP(cm_archive_done) struct cm_archive *archive = NULL;
    if (!cm_file_open(n->target, &fd, &n->err) ||
        !cm_archive_open(fd, "out", NULL, &archive, &n->err))
        fail_msg("%s", n->err.text);
    if (!cm_archive_find(archive, name, &entry))
        return NULL;
    if (!cm_archive_read(archive, entry, &content, &n->err))
        fail_msg("%s", n->err.text);
    return content.size > 0 ? content.at : strdup("");
}

size_t
notes_files(const struct notes *n)
{
    size_t count = 0;
    DIR *folder = opendir(n->folder);
    assert_non_null(folder);
    for (struct dirent *entry; (entry = readdir(folder)) != NULL;)
        count += strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0;
    closedir(folder);
    return count;
}

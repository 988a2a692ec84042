/* SPDX-License-Identifier: Apache-2.0
 *
 * rewrite_archive [--digests] [--contents] [--sync] IN OUT ENTRY BYTES
 *
 * The stage alone, as the engine goes through it: opens the archive strictly, adds one entry of so
 * many bytes, writes, and reads the directory of what it wrote again. Says both digests.
 */
#include "artifact/archive_write.h"
#include "base/fd.h"
#include "base/text.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct words {
    bool digests, contents, sync;
    const char *in, *out, *entry;
    int64_t bytes;
};

static bool
read_words(int argc, char **argv, struct words *ret)
{
    int at = 1;
    for (; at < argc && strncmp(argv[at], "--", 2) == 0; at++) {
        ret->digests |= strcmp(argv[at], "--digests") == 0;
        ret->contents |= strcmp(argv[at], "--contents") == 0;
        ret->sync |= strcmp(argv[at], "--sync") == 0;
    }
    if (argc - at != 4)
        return false;
    ret->in = argv[at];
    ret->out = argv[at + 1];
    ret->entry = argv[at + 2];
    return cm_parse_int(argv[at + 3], 0, 1 << 20, &ret->bytes);
}

static bool
add(struct cm_edits *edits, const struct words *words, struct cm_err *err)
{
    static char content[1 << 20];
    memset(content, 'x', sizeof content);
    return cm_edits_add(edits, words->entry, content, (size_t)words->bytes, false, err);
}

static bool
is_sound(int fd, const struct words *words, struct cm_err *err)
{
    CM_CLEANUP(cm_archive_done) struct cm_archive *archive = NULL;
    return cm_archive_open(fd, words->out, NULL, &archive, err) &&
           (!words->contents || cm_archive_check_contents(archive, err));
}

static bool
write_out(const struct words *words, int out, struct cm_written *ret, struct cm_err *err)
{
    const struct cm_edits_digests digests = {.of_input = words->digests,
                                             .of_output = words->digests};
    CM_CLEANUP(cm_fd_done) int in = -1;
    CM_CLEANUP(cm_archive_done) struct cm_archive *archive = NULL;
    if (!cm_file_open(words->in, &in, err) || !cm_archive_open(in, words->in, NULL, &archive, err))
        return false;
    CM_CLEANUP(cm_edits_done) struct cm_edits *edits = cm_edits_new(archive);
    if (!edits)
        return cm_fail(err, CM_E_LIMIT, "no memory");
    return add(edits, words, err) && cm_edits_write(edits, out, &digests, ret, err);
}

static bool
rewrite(const struct words *words, struct cm_written *ret, struct cm_err *err)
{
    CM_CLEANUP(cm_fd_done) int out = open(words->out, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (out < 0)
        return cm_fail(err, CM_E_INTERNAL, "%s cannot be made", words->out);
    return write_out(words, out, ret, err) && is_sound(out, words, err) &&
           (!words->sync || fsync(out) == 0);
}

int
main(int argc, char **argv)
{
    struct words words = {.bytes = 0};
    struct cm_written written;
    struct cm_err err = CM_ERR_INIT;
    if (!read_words(argc, argv, &words)) {
        fprintf(stderr,
                "usage: rewrite_archive [--digests] [--contents] [--sync] IN OUT ENTRY BYTES\n");
        return 2;
    }
    if (!rewrite(&words, &written, &err)) {
        fprintf(stderr, "rewrite_archive: %s\n", err.text);
        return 1;
    }
    printf("%s %s\n", written.input_sha256, written.sha256);
    return 0;
}

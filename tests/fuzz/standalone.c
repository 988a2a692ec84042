/* SPDX-License-Identifier: Apache-2.0 */

/*
 * The main program of a fuzz target where there is no libFuzzer: it replays every file that it is
 * given, and every file below every folder that it is given, in order of their names. Names that
 * begin with a dot are left out of folders.
 */

#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
__attribute__((weak)) int LLVMFuzzerInitialize(int *argc, char ***argv);

static void
die(const char *what, const char *path)
{
    fprintf(stderr, "%s: ", path);
    perror(what);
    exit(EXIT_FAILURE);
}

/* The buffer is exactly as long as the input, so that AddressSanitizer sees one byte too many. */
static void
replay_file(const char *path, size_t size)
{
    FILE *file = fopen(path, "rb");
    if (file == NULL)
        die("cannot open", path);
    uint8_t *data = malloc(size);
    if (data == NULL && size > 0)
        die("cannot hold", path);
    if (fread(data, 1, size, file) != size)
        die("cannot read", path);
    fclose(file);
    LLVMFuzzerTestOneInput(data, size);
    free(data);
}

static int
not_hidden(const struct dirent *entry)
{
    return entry->d_name[0] != '.';
}

static size_t replay(const char *path);

static size_t
replay_folder(const char *folder)
{
    struct dirent **entries;
    int n = scandir(folder, &entries, not_hidden, alphasort);
    if (n < 0)
        die("cannot list", folder);
    size_t count = 0;
    for (int i = 0; i < n; i++) {
        char *path;
        if (asprintf(&path, "%s/%s", folder, entries[i]->d_name) < 0)
            die("cannot name an entry", folder);
        count += replay(path);
        free(path);
        free(entries[i]);
    }
    free(entries);
    return count;
}

static size_t
replay(const char *path)
{
    struct stat st;
    if (stat(path, &st) != 0)
        die("cannot stat", path);
    if (S_ISDIR(st.st_mode))
        return replay_folder(path);
    replay_file(path, (size_t)st.st_size);
    return 1;
}

int
main(int argc, char **argv)
{
    if (LLVMFuzzerInitialize != NULL)
        LLVMFuzzerInitialize(&argc, &argv);
    size_t count = 0;
    for (int i = 1; i < argc; i++)
        count += replay(argv[i]);
    printf("%zu inputs replayed\n", count);
    if (count == 0) {
        fprintf(stderr, "%s: no input: name files or folders that hold some\n", argv[0]);
        return EXIT_FAILURE;
    }
    return EXIT_SUCCESS;
}

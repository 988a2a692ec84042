/* SPDX-License-Identifier: Apache-2.0
 *
 * The search of a committed file, and what must hold of every answer.
 */
#include "../demand.h"
#include "appveyor.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* libyaml counts CR, LF, CRLF, NEL and the separators of Unicode as ends of lines. */
static size_t
most_lines(const char *text)
{
    size_t lines = 2;
    for (; *text != '\0'; text++)
        lines += *text == '\n' || *text == '\r' || (*text & 0x80) != 0;
    return lines;
}

/* A key before everything else is found, whatever comes behind it. */
static void
demand_first_key_is_found(const char *text)
{
    static const char head[] = "cache: a\n";
    size_t size = strlen(text) + 1;
    char *longer = malloc(sizeof head + size);
    if (longer == NULL)
        return;
    memcpy(longer, head, sizeof head - 1);
    memcpy(longer + sizeof head - 1, text, size);
    struct av_yml found = av_yml_search(longer);
    demand(found.cache_line == 1 || found.odd != NULL);
    free(longer);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = malloc(size + 1);
    if (text == NULL)
        return 0;
    if (size > 0)
        memcpy(text, data, size);
    text[size] = '\0';
    struct av_yml found = av_yml_search(text);
    demand((found.odd != NULL) == (found.odd_line > 0));
    demand(found.cache_line <= most_lines(text));
    demand(found.odd_line <= most_lines(text));
    demand_first_key_is_found(text);
    free(text);
    return 0;
}

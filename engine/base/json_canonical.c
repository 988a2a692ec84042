/* SPDX-License-Identifier: Apache-2.0
 *
 * Writing, canonical (RFC 8785) and for people.
 */
#include "base/json.h"

#include "base/json_number.h"

#include <stdlib.h>
#include <string.h>

#define MOST_HASHED ((size_t)1 << 30)

struct member {
    const char *key;
    size_t key_size;
    const json_t *value;
};

struct writer {
    struct cm_buf *to;
    bool is_pretty; /* else canonical */
    size_t depth;
};

static bool put_value(struct writer *writer, const json_t *json);

static bool
needs_escape(unsigned char c)
{
    return c < 0x20 || c == '"' || c == '\\';
}

static void
put_escape(struct cm_buf *to, unsigned char c)
{
    static const char named[] = "\b\t\n\f\r\"\\";
    static const char letters[] = "btnfr\"\\";
    const char *found = c ? strchr(named, c) : NULL;
    if (found)
        cm_buf_add(to, (const char[]){'\\', letters[found - named]}, 2);
    else
        cm_buf_printf(to, "\\u%04x", (unsigned)c);
}

static void
put_string(struct cm_buf *to, const char *text, size_t size)
{
    cm_buf_putc(to, '"');
    for (size_t i = 0; i < size;) {
        size_t end = i;
        while (end < size && !needs_escape((unsigned char)text[end]))
            end++;
        cm_buf_add(to, text + i, end - i);
        if (end < size)
            put_escape(to, (unsigned char)text[end++]);
        i = end;
    }
    cm_buf_putc(to, '"');
}

/* UTF-8 sorts as code points do. UTF-16 differs in one thing: what is beyond U+FFFF (F0 and more in
 * UTF-8) begins with a surrogate, D800 to DBFF, and so comes before U+E000 to U+FFFF (EE and EF).
 */
static unsigned
utf16_rank(char c)
{
    unsigned char byte = (unsigned char)c;
    return byte == 0xee || byte == 0xef ? byte + 0x10U : byte;
}

static int
compare_members(const void *a, const void *b)
{
    const struct member *x = a;
    const struct member *y = b;
    size_t size = x->key_size < y->key_size ? x->key_size : y->key_size;
    for (size_t i = 0; i < size; i++)
        if (x->key[i] != y->key[i])
            return utf16_rank(x->key[i]) < utf16_rank(y->key[i]) ? -1 : 1;
    return (x->key_size > y->key_size) - (x->key_size < y->key_size);
}

static void
put_line_feed(const struct writer *writer)
{
    if (!writer->is_pretty)
        return;
    cm_buf_putc(writer->to, '\n');
    for (size_t i = 0; i < writer->depth; i++)
        cm_buf_puts(writer->to, "  ");
}

static void
put_separator(const struct writer *writer, bool is_first)
{
    if (!is_first)
        cm_buf_putc(writer->to, ',');
    put_line_feed(writer);
}

static bool
put_member(struct writer *writer, const struct member *member)
{
    put_string(writer->to, member->key, member->key_size);
    cm_buf_puts(writer->to, writer->is_pretty ? ": " : ":");
    return put_value(writer, member->value);
}

static struct member *
members_of(const json_t *json)
{
    json_t *object = (json_t *)(uintptr_t)json; /* only read, but jansson's iterators want it so */
    struct member *members = calloc(json_object_size(object), sizeof *members);
    if (!members)
        return NULL;
    size_t count = 0;
    for (void *at = json_object_iter(object); at; at = json_object_iter_next(object, at))
        members[count++] = (struct member){.key = json_object_iter_key(at),
                                           .key_size = json_object_iter_key_len(at),
                                           .value = json_object_iter_value(at)};
    return members;
}

static bool
put_object(struct writer *writer, const json_t *json)
{
    size_t count = json_object_size(json);
    struct member *members = members_of(json);
    if (!members)
        return false;
    if (!writer->is_pretty)
        qsort(members, count, sizeof *members, compare_members);
    bool done = true;
    for (size_t i = 0; i < count && done; i++) {
        put_separator(writer, i == 0);
        done = put_member(writer, &members[i]);
    }
    free(members);
    return done;
}

static bool
put_array(struct writer *writer, const json_t *json)
{
    for (size_t i = 0; i < json_array_size(json); i++) {
        put_separator(writer, i == 0);
        if (!put_value(writer, json_array_get(json, i)))
            return false;
    }
    return true;
}

static bool
put_container(struct writer *writer, const json_t *json)
{
    bool is_object = json_is_object(json);
    bool is_empty = is_object ? json_object_size(json) == 0 : json_array_size(json) == 0;
    if (writer->depth >= CM_JSON_DEPTH)
        return false;
    cm_buf_putc(writer->to, is_object ? '{' : '[');
    writer->depth++;
    if (!is_empty && !(is_object ? put_object(writer, json) : put_array(writer, json)))
        return false;
    writer->depth--;
    if (!is_empty)
        put_line_feed(writer);
    cm_buf_putc(writer->to, is_object ? '}' : ']');
    return true;
}

static bool
put_integer(struct cm_buf *to, json_int_t value)
{
    if (value > CM_JSON_SAFE_INT || value < -CM_JSON_SAFE_INT)
        return false;
    cm_buf_printf(to, "%" JSON_INTEGER_FORMAT, value);
    return true;
}

static bool
put_value(struct writer *writer, const json_t *json)
{
    if (!json || writer->to->failed)
        return false;
    switch (json_typeof(json)) {
    case JSON_OBJECT:
    case JSON_ARRAY:
        return put_container(writer, json);
    case JSON_STRING:
        put_string(writer->to, json_string_value(json), json_string_length(json));
        return true;
    case JSON_INTEGER:
        return put_integer(writer->to, json_integer_value(json));
    case JSON_REAL:
        cm_json_put_real(writer->to, json_real_value(json));
        return true;
    case JSON_TRUE:
        cm_buf_puts(writer->to, "true");
        return true;
    case JSON_FALSE:
        cm_buf_puts(writer->to, "false");
        return true;
    case JSON_NULL:
        cm_buf_puts(writer->to, "null");
        return true;
    }
    return false;
}

static bool
write_to(const json_t *json, struct cm_buf *to, bool is_pretty)
{
    size_t before = to->size;
    struct writer writer = {.to = to, .is_pretty = is_pretty};
    if (!put_value(&writer, json))
        to->failed = true;
    if (to->failed)
        cm_buf_cut(to, before);
    return !to->failed;
}

bool
cm_json_canonical(const json_t *json, struct cm_buf *to)
{
    return write_to(json, to, false);
}

bool
cm_json_pretty(const json_t *json, struct cm_buf *to)
{
    return write_to(json, to, true);
}

bool
cm_json_sha256(const json_t *json, char ret_hex[CM_SHA256_HEX])
{
    CM_CLEANUP(cm_buf_done) struct cm_buf text = CM_BUF_INIT(MOST_HASHED);
    return cm_json_canonical(json, &text) && cm_sha256(text.at, text.size, ret_hex);
}

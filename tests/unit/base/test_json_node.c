/* SPDX-License-Identifier: Apache-2.0
 *
 * Numbers and strings as an ECMAScript engine writes them, which is what RFC 8785 refers to: where
 * there is node, JSON.stringify is the oracle, for random bit patterns and for the borders.
 */
#include "base/fd.h"
#include "base/json.h"
#include "base/text.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "unit.h"

/* One line of hexadecimal each: a double's bits after "d", UTF-16 units after "s". */
static const char script[] =
    "const out = [];"
    "for (const line of require('fs').readFileSync(0, 'latin1').split('\\n')) {"
    "  const hex = Buffer.from(line.slice(1), 'hex');"
    "  if (line[0] === 'd') out.push(JSON.stringify(hex.readDoubleBE(0)));"
    "  if (line[0] === 's') out.push(JSON.stringify(hex.swap16().toString('utf16le')));"
    "}"
    "process.stdout.write(out.join('\\n') + '\\n');";

struct pair {
    struct cm_buf question; /* for node, a value a line */
    struct cm_buf answer;   /* ours, a value a line */
};

static void
pair_done(struct pair *pair)
{
    cm_buf_done(&pair->question);
    cm_buf_done(&pair->answer);
}

/* The same numbers in every run, so that a failure can be repeated. */
static uint64_t
next_random(uint64_t *seed)
{
    *seed += UINT64_C(0x9e3779b97f4a7c15);
    uint64_t x = *seed;
    x = (x ^ (x >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    x = (x ^ (x >> 27)) * UINT64_C(0x94d049bb133111eb);
    return x ^ (x >> 31);
}

static void
add_value(struct pair *pair, json_t *owned)
{
    CM_CLEANUP(cm_json_done) json_t *json = owned;
    if (!cm_json_canonical(json, &pair->answer))
        fail_msg("a value could not be written");
    cm_buf_putc(&pair->answer, '\n');
}

static void
add_bits(struct pair *pair, uint64_t bits)
{
    double value = 0;
    memcpy(&value, &bits, sizeof value);
    if (!isfinite(value))
        return;
    cm_buf_printf(&pair->question, "d%016llx\n", (unsigned long long)bits);
    add_value(pair, json_real(value));
}

static void
add_double(struct pair *pair, double value)
{
    uint64_t bits = 0;
    memcpy(&bits, &value, sizeof bits);
    for (uint64_t near = bits - 3; near != bits + 4; near++)
        add_bits(pair, near);
}

/* All powers of two with their neighbours, powers of ten, numbers of few digits, and noise. */
static void
add_numbers(struct pair *pair)
{
    uint64_t seed = 1;
    for (uint64_t exponent = 1; exponent < 2047; exponent++)
        for (uint64_t i = 0; i < 3; i++)
            add_bits(pair, (exponent << 52) + i - 1);
    for (int shift = 0; shift < 52; shift++)
        add_double(pair, ldexp(1, -1074 + shift));
    for (int ten = -30; ten < 30; ten++)
        add_double(pair, pow(10, ten));
    for (int i = 0; i < 5000; i++) {
        int digits = (int)(next_random(&seed) % 17);
        double whole = (double)(next_random(&seed) % (uint64_t)pow(10, digits + 1));
        add_double(pair, whole / pow(10, (double)(next_random(&seed) % 30)));
    }
    for (int i = 0; i < 20000; i++)
        add_bits(pair, next_random(&seed));
}

static void
put_utf8(struct cm_buf *to, uint32_t code)
{
    if (code < 0x80) {
        cm_buf_putc(to, (char)code);
    } else if (code < 0x800) {
        cm_buf_putc(to, (char)(0xc0 | code >> 6));
        cm_buf_putc(to, (char)(0x80 | (code & 0x3f)));
    } else if (code < 0x10000) {
        cm_buf_putc(to, (char)(0xe0 | code >> 12));
        cm_buf_putc(to, (char)(0x80 | (code >> 6 & 0x3f)));
        cm_buf_putc(to, (char)(0x80 | (code & 0x3f)));
    } else {
        cm_buf_putc(to, (char)(0xf0 | code >> 18));
        cm_buf_putc(to, (char)(0x80 | (code >> 12 & 0x3f)));
        cm_buf_putc(to, (char)(0x80 | (code >> 6 & 0x3f)));
        cm_buf_putc(to, (char)(0x80 | (code & 0x3f)));
    }
}

static void
put_utf16(struct cm_buf *to, uint32_t code)
{
    if (code < 0x10000)
        cm_buf_printf(to, "%04x", code);
    else
        cm_buf_printf(to, "%04x%04x", 0xd800 + ((code - 0x10000) >> 10),
                      0xdc00 + ((code - 0x10000) & 0x3ff));
}

static uint32_t
odd_character(uint64_t *seed)
{
    static const uint32_t odd[] = {0,      8,      0x1f,    '"',     '\\',    '/',
                                   0x7f,   0x80,   0x9f,    0xa0,    0x7ff,   0x800,
                                   0x2028, 0x2029, 0xd7ff,  0xe000,  0xfeff,  0xfffd,
                                   0xfffe, 0xffff, 0x10000, 0x1f600, 0x10ffff};
    uint64_t kind = next_random(seed) % 3;
    uint64_t pick = next_random(seed);
    if (kind == 0)
        return odd[pick % CM_COUNT(odd)];
    if (kind == 1)
        return (uint32_t)(pick % 0x80);
    uint32_t code = (uint32_t)(pick % 0x110000);
    return code >= 0xd800 && code < 0xe000 ? 'x' : code;
}

static void
add_strings(struct pair *pair)
{
    uint64_t seed = 2;
    for (int i = 0; i < 3000; i++) {
        CM_CLEANUP(cm_buf_done) struct cm_buf text = CM_BUF_INIT(1000);
        cm_buf_putc(&pair->question, 's');
        for (uint64_t left = next_random(&seed) % 20; left > 0; left--) {
            uint32_t code = odd_character(&seed);
            put_utf8(&text, code);
            put_utf16(&pair->question, code);
        }
        cm_buf_putc(&pair->question, '\n');
        add_value(pair, json_stringn(cm_buf_text(&text), text.size));
    }
}

/* All of node's answer; false if there is no node. */
static bool
ask_node(const struct cm_buf *question, struct cm_buf *answer)
{
    struct cm_err err = CM_ERR_INIT;
    CM_CLEANUP(cm_fd_done) int in = -1;
    CM_CLEANUP(cm_fd_done) int out = -1;
    assert_true(cm_file_unlinked(NULL, &in, &err) && cm_file_unlinked(NULL, &out, &err));
    assert_true(cm_fd_write_all(in, "question", question->at, question->size, &err));
    assert_true(lseek(in, 0, SEEK_SET) == 0);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        if (dup2(in, 0) == 0 && dup2(out, 1) == 1)
            execlp("node", "node", "-e", script, (char *)NULL);
        _exit(127);
    }
    int status = 0;
    assert_true(waitpid(child, &status, 0) == child);
    if (!WIFEXITED(status) || WEXITSTATUS(status) == 127)
        return false;
    assert_int_equal(WEXITSTATUS(status), 0);
    assert_true(lseek(out, 0, SEEK_SET) == 0);
    assert_true(cm_fd_read_all(out, "answer", answer, &err));
    return true;
}

static void
compare_lines(const char *ours, const char *theirs)
{
    size_t count = 0;
    while (*ours && *theirs) {
        size_t a = strcspn(ours, "\n");
        size_t b = strcspn(theirs, "\n");
        if (a != b || memcmp(ours, theirs, a) != 0)
            fail_msg("value %zu: %.*s, but node writes %.*s", count, (int)a, ours, (int)b, theirs);
        ours += a + 1;
        theirs += b + 1;
        count++;
    }
    assert_string_equal(ours, theirs);
    print_message("%zu values agree\n", count);
    assert_true(count > 2000);
}

static void
compare_with_node(void (*add)(struct pair *pair))
{
    CM_CLEANUP(pair_done) struct pair pair = {CM_BUF_INIT(1 << 26), CM_BUF_INIT(1 << 26)};
    CM_CLEANUP(cm_buf_done) struct cm_buf answer = CM_BUF_INIT(1 << 26);
    add(&pair);
    assert_false(pair.question.failed);
    if (!ask_node(&pair.question, &answer))
        fail_msg("node was there a moment ago");
    compare_lines(cm_buf_text(&pair.answer), cm_buf_text(&answer));
}

static void
test_numbers_as_node_writes_them(void **state)
{
    (void)state;
    compare_with_node(add_numbers);
}

static void
test_strings_as_node_writes_them(void **state)
{
    (void)state;
    compare_with_node(add_strings);
}

int
main(void)
{
    CM_CLEANUP(cm_buf_done) struct cm_buf question = CM_BUF_INIT(10);
    CM_CLEANUP(cm_buf_done) struct cm_buf answer = CM_BUF_INIT(100);
    cm_buf_putc(&question, '\n');
    if (!ask_node(&question, &answer)) {
        (void)puts("skipped: there is no node here to compare with");
        return 77;
    }
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_numbers_as_node_writes_them),
        cmocka_unit_test(test_strings_as_node_writes_them),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "x509/name.h"

#include "base/json.h"
#include "maker.h"

#include <string.h>

static json_t *
condition(const char *text)
{
    struct cm_err err = CM_ERR_INIT;
    json_t *name = NULL;
    if (!cm_name_condition(text, &name, &err))
        fail_msg("%s: %s", text, err.text);
    return name;
}

static void
assert_value(json_t *value, const char *expected)
{
    CM_CLEANUP(cm_json_done) json_t *owned = value;
    CM_CLEANUP(cm_buf_done) struct cm_buf text = CM_BUF_INIT(1 << 16);
    assert_true(cm_json_canonical(owned, &text));
    assert_string_equal(cm_buf_text(&text), expected);
}

static void
assert_shown(const json_t *name, const char *expected)
{
    CM_CLEANUP(cm_buf_done) struct cm_buf text = CM_BUF_INIT(1 << 16);
    struct cm_err err = CM_ERR_INIT;
    if (!cm_name_show(name, &text, &err))
        fail_msg("%s", err.text);
    assert_string_equal(cm_buf_text(&text), expected);
}

/* ---- conditions ---- */

#define CN(text) "{\"text\":\"" text "\",\"type\":\"2.5.4.3\",\"word\":\"CN\"}"
#define OU(text) "{\"text\":\"" text "\",\"type\":\"2.5.4.11\",\"word\":\"OU\"}"

static void
a_condition_is_read(void **state)
{
    static const struct {
        const char *text, *value;
    } rows[] = {
        {"CN=build-7", "[[" CN("build-7") "]]"},
        {"cn=build-7", "[[" CN("build-7") "]]"},
        {"2.5.4.3=build-7", "[[" CN("build-7") "]]"},
        {"OU=Release Nodes,CN=ca", "[[" CN("ca") "],[" OU("Release Nodes") "]]"},
        {" OU = x , CN = y ", "[[" CN("y") "],[" OU("x") "]]"},
        {"OU=b+CN=a", "[[" OU("b") "," CN("a") "]]"},
        {"CN=a\\,b", "[[" CN("a,b") "]]"},
        {"CN=a\\2Cb", "[[" CN("a,b") "]]"},
        {"CN=a\\2cb", "[[" CN("a,b") "]]"},
        {"CN=\\#1\\ ", "[[" CN("#1 ") "]]"},
        {"CN=\\ a\\20", "[[" CN(" a ") "]]"},
        {"CN=a  b  ", "[[" CN("a  b") "]]"},
        {"CN=a=b#c", "[[" CN("a=b#c") "]]"},
        {"CN=\\\"\\+\\;\\<\\=\\>\\\\", "[[" CN("\\\"+;<=>\\\\") "]]"},
        {"CN=M\xc3\xbcller", "[[" CN("M\xc3\xbcller") "]]"},
        {"CN=M\\C3\\BCller", "[[" CN("M\xc3\xbcller") "]]"},
        {"CN=#0c0161", "[[" CN("a") "]]"},
        {"CN=#1E0400FC0061", "[[" CN("\xc3\xbc"
                                     "a") "]]"},
        {"CN=#040161", "[[{\"hex\":\"040161\",\"type\":\"2.5.4.3\",\"word\":\"CN\"}]]"},
        {"CN=#140161", "[[{\"hex\":\"140161\",\"type\":\"2.5.4.3\",\"word\":\"CN\"}]]"},
        {"CN=#0500 ", "[[{\"hex\":\"0500\",\"type\":\"2.5.4.3\",\"word\":\"CN\"}]]"},
        {"CN=#0603550403", "[[{\"hex\":\"0603550403\",\"type\":\"2.5.4.3\",\"word\":\"CN\"}]]"},
        {"1.2.840.113549.1.9.1=a@b", "[[{\"text\":\"a@b\",\"type\":\"1.2.840.113549.1.9.1\"}]]"},
        {"DC=example", "[[{\"text\":\"example\",\"type\":\"0.9.2342.19200300.100.1.25\","
                       "\"word\":\"DC\"}]]"},
    };
    (void)state;
    for (size_t i = 0; i < CM_COUNT(rows); i++)
        assert_value(condition(rows[i].text), rows[i].value);
}

/* RFC 4514, 4; its name with a carriage return is no text that people can read. */
static void
the_examples_of_the_standard_are_read(void **state)
{
    static const char *const names[] = {
        "UID=jsmith,DC=example,DC=net",
        "OU=Sales+CN=J.  Smith,DC=example,DC=net",
        "CN=James \\\"Jim\\\" Smith\\, III,DC=example,DC=net",
        "1.3.6.1.4.1.1466.0=#04024869",
    };
    (void)state;
    for (size_t i = 0; i < CM_COUNT(names); i++) {
        CM_CLEANUP(cm_json_done) json_t *name = condition(names[i]);
        assert_shown(name, names[i]);
    }
    CM_CLEANUP(cm_json_done) json_t *escaped = condition("CN=Lu\\C4\\8Di\\C4\\87");
    assert_shown(escaped, "CN=Lu\xc4\x8di\xc4\x87");
    struct cm_err err = CM_ERR_INIT;
    json_t *name = NULL;
    assert_false(cm_name_condition("CN=Before\\0dAfter,DC=example,DC=net", &name, &err));
}

static void
every_word_has_its_type(void **state)
{
    static const char *const words[][2] = {{"CN", "2.5.4.3"},
                                           {"L", "2.5.4.7"},
                                           {"ST", "2.5.4.8"},
                                           {"O", "2.5.4.10"},
                                           {"OU", "2.5.4.11"},
                                           {"C", "2.5.4.6"},
                                           {"STREET", "2.5.4.9"},
                                           {"DC", "0.9.2342.19200300.100.1.25"},
                                           {"UID", "0.9.2342.19200300.100.1.1"}};
    (void)state;
    for (size_t i = 0; i < CM_COUNT(words); i++) {
        assert_string_equal(cm_name_type(words[i][0], strlen(words[i][0])), words[i][1]);
        assert_string_equal(cm_name_word(words[i][1]), words[i][0]);
    }
    assert_null(cm_name_type("E", 1));
    assert_null(cm_name_type("CNX", 3));
    assert_null(cm_name_type("STREETSIDE", 10));
    assert_null(cm_name_word("2.5.4.5"));
}

static void
what_is_no_condition_is_said_with_its_place(void **state)
{
    static const struct {
        const char *text, *says;
    } rows[] = {
        {"", "position 1 of the name: here must stand CN"},
        {"  ", "position 3 of the name: here must stand CN"},
        {"build-7", "position 1 of the name: here must stand CN"},
        {"XY=a", "position 1"},
        {"E=a", "position 1"},
        {"OID.2.5.4.3=a", "position 1"},
        {"2.5.4.03=a", "position 1"},
        {"2.5.4.=a", "position 1"},
        {"9.5=a", "position 1"},
        {"2=a", "position 1"},
        {"CN", "position 3 of the name: here must stand \"=\""},
        {"CN:a", "position 3"},
        {"CN=", "position 4 of the name: the value is empty"},
        {"CN= ,OU=x", "position 5 of the name: the value is empty"},
        {"CN=\\ ", "position 4 of the name: the value is empty"},
        {"CN=#", "position 4 of the name: behind \"#\""},
        {"CN=#0c", "position 4"},
        {"CN=#0c0", "position 4"},
        {"CN=#0c0161ff", "position 4"},
        {"CN=#0c00", "position 4"},
        {"CN=#0c0120", "position 4"},
        {"CN=#0c0161 x", "position 12 of the name: here must stand \",\""},
        {"CN=a,", "position 6 of the name: here must stand CN"},
        {",CN=a", "position 1"},
        {"CN=a,,OU=b", "position 6"},
        {"CN=a+", "position 6"},
        {"CN=a;OU=b", "position 5 of the name: this character must be escaped"},
        {"CN=\"a\"", "position 4 of the name: this character must be escaped"},
        {"CN=a<b", "position 5"},
        {"CN=a>b", "position 5"},
        {"CN=a\\", "position 6 of the name: behind \"\\\""},
        {"CN=a\\2", "position 6"},
        {"CN=a\\zz", "position 6"},
        {"CN=a\\00b", "position 4 of the name: the value has control characters"},
        {"CN=a\\0ab", "position 4"},
        {"CN=a\tb", "position 4"},
        {"CN=a\\7f", "position 4"},
        {"CN=\\ff", "position 4"},
        {"CN=\xe2\x80\xae"
         "a",
         "position 4"},
        {"CN=\xff", "position 4"},
    };
    (void)state;
    for (size_t i = 0; i < CM_COUNT(rows); i++) {
        struct cm_err err = CM_ERR_INIT;
        json_t *name = NULL;
        if (cm_name_condition(rows[i].text, &name, &err))
            fail_msg("\"%s\" was read", rows[i].text);
        assert_null(name);
        assert_int_equal(err.class, CM_E_CONFIG);
        assert_says(&err, rows[i].says);
    }
}

static void
a_condition_is_bounded(void **state)
{
    (void)state;
    CM_CLEANUP(cm_buf_done) struct cm_buf text = CM_BUF_INIT(1 << 16);
    struct cm_err err = CM_ERR_INIT;
    json_t *name = NULL;
    cm_buf_puts(&text, "CN=a");
    for (int i = 0; i < 64; i++)
        cm_buf_puts(&text, ",CN=a");
    assert_false(cm_name_condition(text.at, &name, &err));
    assert_says(&err, "too many attributes");
    cm_buf_clear(&text);
    cm_buf_puts(&text, "CN=");
    memset(cm_buf_extend(&text, CM_NAME_CONDITION_MOST - 2), 'a', CM_NAME_CONDITION_MOST - 2);
    assert_false(cm_name_condition(text.at, &name, &err));
    assert_int_equal(err.class, CM_E_LIMIT);
    cm_buf_cut(&text, CM_NAME_CONDITION_MOST);
    CM_CLEANUP(cm_json_done) json_t *good = condition(text.at);
    assert_non_null(good);
}

/* ---- printed ---- */

static void
what_is_shown_is_read_again(void **state)
{
    static const char *const names[] = {
        "CN=build-7,OU=Release Nodes,DC=acme",
        "CN=a\\,b\\+c\\\"\\;\\<\\>\\\\",
        "CN=\\#a",
        "CN=\\ a  b\\ ",
        "OU=a+CN=b,C=DE",
        "CN=#140161",
        "1.2.3.4=M\xc3\xbcller",
        "CN=a#b=c",
    };
    (void)state;
    for (size_t i = 0; i < CM_COUNT(names); i++) {
        CM_CLEANUP(cm_json_done) json_t *name = condition(names[i]);
        assert_shown(name, names[i]);
    }
}

static json_t *
json(const char *text)
{
    struct cm_err err = CM_ERR_INIT;
    json_t *value = NULL;
    if (!cm_json_parse(text, strlen(text), "a test", &value, &err))
        fail_msg("%s", err.text);
    return value;
}

static void
what_is_no_name_is_not_shown(void **state)
{
    static const char *const bad[] = {"{}",
                                      "7",
                                      "[7]",
                                      "[[]]",
                                      "[[7]]",
                                      "[[{}]]",
                                      "[[{\"type\":\"2.5.4.3\"}]]",
                                      "[[{\"text\":\"a\"}]]",
                                      "[[{\"type\":\"2.5.4.3\",\"text\":\"a\",\"hex\":\"00\"}]]"};
    (void)state;
    for (size_t i = 0; i < CM_COUNT(bad); i++) {
        CM_CLEANUP(cm_json_done) json_t *value = json(bad[i]);
        CM_CLEANUP(cm_buf_done) struct cm_buf text = CM_BUF_INIT(1 << 16);
        struct cm_err err = CM_ERR_INIT;
        assert_false(cm_name_show(value, &text, &err));
        assert_int_equal(err.class, CM_E_MALFORMED);
        assert_int_equal(text.size, 0);
    }
    CM_CLEANUP(cm_json_done) json_t *none = json("[]");
    assert_shown(none, "");
    CM_CLEANUP(cm_json_done)
    json_t *odd = json("[[{\"type\":\"2.5.4.3\",\"text\":\"a\\u001b[\\u202eb\"}]]");
    assert_shown(odd, "CN=a\\1B[\\E2\\80\\AEb");
}

/* ---- compared ---- */

static bool
are_same(const char *a, const char *b)
{
    CM_CLEANUP(cm_json_done) json_t *one = condition(a);
    CM_CLEANUP(cm_json_done) json_t *other = condition(b);
    const json_t *left = json_array_get(json_array_get(one, 0), 0);
    const json_t *right = json_array_get(json_array_get(other, 0), 0);
    assert_int_equal(cm_name_same(left, right), cm_name_same(right, left));
    return cm_name_same(left, right);
}

static void
case_and_blanks_do_not_count(void **state)
{
    (void)state;
    assert_true(are_same("CN=build", "CN=BUILD"));
    assert_true(are_same("CN=a b", "CN=A  b"));
    assert_true(are_same("CN=\\ a b\\ ", "CN=a b"));
    assert_true(are_same("CN=\xc3\xbc", "CN=#1E0200FC"));
    assert_false(are_same("CN=a", "OU=a"));
    assert_false(are_same("CN=a", "CN=ab"));
    assert_false(are_same("CN=a b", "CN=ab"));
    assert_false(are_same("CN=a-b", "CN=a b"));
    assert_false(are_same("CN=\xc3\xbc", "CN=\xc3\x9c"));
    assert_false(are_same("CN=#140161", "CN=#140161"));
    assert_false(are_same("CN=#140161", "CN=a"));
    assert_false(cm_name_same(NULL, NULL));
}

/* ---- out of certificates ---- */

struct entry {
    const char *type;
    int kind;
    const char *bytes;
    int size, set;
};

static json_t *
value_of(const struct entry *entries, size_t count)
{
    X509_NAME *name = X509_NAME_new();
    struct cm_err err = CM_ERR_INIT;
    json_t *value = NULL;
    for (size_t i = 0; i < count; i++)
        assert_int_equal(X509_NAME_add_entry_by_txt(name, entries[i].type, entries[i].kind,
                                                    (const unsigned char *)entries[i].bytes,
                                                    entries[i].size, -1, entries[i].set),
                         1);
    assert_true(cm_name_value(name, &value, &err));
    X509_NAME_free(name);
    return value;
}

static void
what_people_can_read_is_text(void **state)
{
    static const struct {
        struct entry entry;
        const char *text; /* NULL: none */
    } rows[] = {
        {{"CN", V_ASN1_UTF8STRING, "M\xc3\xbcller", 7, 0}, "M\xc3\xbcller"},
        {{"CN", V_ASN1_PRINTABLESTRING, "a*b", 3, 0}, "a*b"},
        {{"CN", V_ASN1_IA5STRING, "a@b", 3, 0}, "a@b"},
        {{"CN", V_ASN1_BMPSTRING, "\0a\0b", 4, 0}, "ab"},
        {{"CN", V_ASN1_BMPSTRING, "\x20\xac\0\xfc", 4, 0}, "\xe2\x82\xac\xc3\xbc"},
        {{"CN", V_ASN1_UTF8STRING, "", 0, 0}, ""},
        {{"CN", V_ASN1_UTF8STRING, "a\0b", 3, 0}, NULL},
        {{"CN", V_ASN1_UTF8STRING, "a\nb", 3, 0}, NULL},
        {{"CN", V_ASN1_UTF8STRING, "a\x7f", 2, 0}, NULL},
        {{"CN", V_ASN1_UTF8STRING, "\xc2\x85", 2, 0}, NULL},
        {{"CN", V_ASN1_UTF8STRING, "\xe2\x80\xae", 3, 0}, NULL},
        {{"CN", V_ASN1_UTF8STRING, "\xff", 1, 0}, NULL},
        {{"CN", V_ASN1_PRINTABLESTRING, "M\xfcller", 6, 0}, NULL},
        {{"CN", V_ASN1_IA5STRING, "a\0b", 3, 0}, NULL},
        {{"CN", V_ASN1_BMPSTRING, "\0a\0\0", 4, 0}, NULL},
        {{"CN", V_ASN1_BMPSTRING, "\xd8\0\xdc\0", 4, 0}, NULL},
        {{"CN", V_ASN1_T61STRING, "abc", 3, 0}, NULL},
        {{"CN", V_ASN1_UNIVERSALSTRING, "\0\0\0a", 4, 0}, NULL},
    };
    (void)state;
    for (size_t i = 0; i < CM_COUNT(rows); i++) {
        CM_CLEANUP(cm_json_done) json_t *value = value_of(&rows[i].entry, 1);
        const json_t *only = json_array_get(json_array_get(value, 0), 0);
        const char *text = cm_json_text(only, "text");
        assert_string_equal(cm_json_text(only, "word"), "CN");
        assert_int_equal(text == NULL, rows[i].text == NULL);
        assert_int_equal(cm_json_text(only, "hex") == NULL, rows[i].text != NULL);
        if (text != NULL)
            assert_string_equal(text, rows[i].text);
    }
}

static void
what_they_cannot_read_is_der(void **state)
{
    static const struct entry t61 = {"CN", V_ASN1_T61STRING, "abc", 3, 0};
    (void)state;
    assert_value(value_of(&t61, 1),
                 "[[{\"hex\":\"1403616263\",\"type\":\"2.5.4.3\",\"word\":\"CN\"}]]");
}

static void
the_shape_of_a_name_stays(void **state)
{
    static const struct entry entries[] = {
        {"DC", MBSTRING_UTF8, "acme", -1, 0},        {"OU", MBSTRING_UTF8, "x", -1, 0},
        {"CN", MBSTRING_UTF8, "y", -1, -1},          {"CN", MBSTRING_UTF8, "z", -1, 0},
        {"serialNumber", MBSTRING_UTF8, "7", -1, 0},
    };
    (void)state;
    CM_CLEANUP(cm_json_done) json_t *value = value_of(entries, CM_COUNT(entries));
    assert_int_equal(json_array_size(value), 4);
    assert_int_equal(json_array_size(json_array_get(value, 1)), 2);
    assert_null(json_object_get(json_array_get(json_array_get(value, 3), 0), "word"));
    assert_shown(value, "2.5.4.5=7,CN=z,OU=x+CN=y,DC=acme");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_condition_is_read),
        cmocka_unit_test(the_examples_of_the_standard_are_read),
        cmocka_unit_test(every_word_has_its_type),
        cmocka_unit_test(what_is_no_condition_is_said_with_its_place),
        cmocka_unit_test(a_condition_is_bounded),
        cmocka_unit_test(what_is_shown_is_read_again),
        cmocka_unit_test(what_is_no_name_is_not_shown),
        cmocka_unit_test(case_and_blanks_do_not_count),
        cmocka_unit_test(what_people_can_read_is_text),
        cmocka_unit_test(what_they_cannot_read_is_der),
        cmocka_unit_test(the_shape_of_a_name_stays),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

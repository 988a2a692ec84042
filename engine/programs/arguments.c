/* SPDX-License-Identifier: Apache-2.0 */
#include "programs/arguments.h"

#include "base/json.h"
#include "base/text.h"
#include "programs/keyless.h"

#include <getopt.h>
#include <string.h>

#define FIRST_LONG 0x1000 /* above every letter */

struct reading {
    struct option longs[CM_MOST_ARGUMENTS];
    const struct cm_flag *flags[CM_MOST_ARGUMENTS];
    const char *names[CM_MOST_ARGUMENTS];
    char letters[2 * CM_MOST_ARGUMENTS];
    size_t count;
};

static bool
gather_tables(const struct cm_flag *const *tables, struct reading *to)
{
    size_t letters = 0;
    to->letters[letters++] = ':'; /* a missing value is told apart from an unknown option */
    for (; *tables != NULL; tables++) {
        for (const struct cm_flag *f = *tables; f->name != NULL; f++) {
            if (to->count + 1 >= CM_COUNT(to->longs))
                return false;
            to->longs[to->count] = (struct option){
                f->name, f->takes != CM_TAKES_NOTHING ? required_argument : no_argument, NULL,
                FIRST_LONG + (int)to->count};
            to->names[to->count] = f->name;
            to->flags[to->count++] = f;
            if (f->letter != 0)
                to->letters[letters++] = f->letter;
            if (f->letter != 0 && f->takes != CM_TAKES_NOTHING)
                to->letters[letters++] = ':';
        }
    }
    to->letters[letters] = '\0';
    return true;
}

static const struct cm_flag *
flag_of(const struct reading *r, int code)
{
    if (code >= FIRST_LONG)
        return r->flags[code - FIRST_LONG];
    for (size_t i = 0; i < r->count; i++)
        if (r->flags[i]->letter == code)
            return r->flags[i];
    return NULL;
}

/* "text|json" as people say it: "text or json". */
static void
list_words(const char *words, struct cm_buf *to)
{
    for (size_t size; *words != '\0'; words += size + (words[size] == '|')) {
        size = strcspn(words, "|");
        const char *next = words + size + (words[size] == '|');
        bool last = words[size] != '\0' && strchr(next, '|') == NULL;
        cm_buf_add(to, words, size);
        cm_buf_puts(to, words[size] == '\0' ? "" : last ? " or " : ", ");
    }
}

static bool
is_word_of(const char *words, const char *word)
{
    for (size_t size; *words != '\0'; words += size + (words[size] == '|')) {
        size = strcspn(words, "|");
        if (strlen(word) == size && strncmp(words, word, size) == 0)
            return true;
    }
    return false;
}

bool
cm_flag_repeats(const struct cm_flag *flag)
{
    return flag->takes == CM_TAKES_FILES || flag->takes == CM_TAKES_TEXTS;
}

static bool
may_be_added(const struct cm_arguments *to, const struct cm_flag *flag, const char *value,
             struct cm_err *err)
{
    CM_CLEANUP(cm_buf_done) struct cm_buf words = CM_BUF_INIT(256);
    if (flag->takes == CM_TAKES_NOTHING)
        return true;
    if (*value == '\0')
        return cm_fail(err, CM_E_NOT_FOUND, "--%s: the value is empty", flag->name);
    if (!cm_flag_repeats(flag) && cm_said(to, flag->name) != NULL)
        return cm_fail(err, CM_E_NOT_FOUND, "--%s is said twice", flag->name);
    if (flag->takes != CM_TAKES_WORD || is_word_of(flag->value, value))
        return true;
    list_words(flag->value, &words);
    return cm_fail(err, CM_E_NOT_FOUND, "--%s is %s, not '%s'", flag->name, cm_buf_text(&words),
                   value);
}

static bool
add(struct cm_arguments *to, const struct cm_flag *flag, const char *value, struct cm_err *err)
{
    if (!may_be_added(to, flag, value, err))
        return false;
    if (to->said_count == CM_COUNT(to->said))
        return cm_fail(err, CM_E_NOT_FOUND, "too many options");
    to->said[to->said_count].flag = flag;
    to->said[to->said_count++].value = value;
    return true;
}

/* What is said several times is a list. NULL if it is not UTF-8. Owned. */
static json_t *
said_again(json_t *before, const char *value)
{
    if (before == NULL)
        return json_string(value);
    json_t *list = json_is_array(before) ? json_incref(before) : json_pack("[O]", before);
    if (json_array_append_new(list, json_string(value)) != 0)
        cm_json_done(&list);
    return list;
}

/* Of the option at hand; getopt may have taken its value already. */
static const char *
word_of(char *const *argv)
{
    return argv[optind - 1] == optarg ? argv[optind - 2] : argv[optind - 1];
}

/* "--build=7" or "--build" "7": a name that a plug-in knows. */
static bool
add_name(struct cm_arguments *to, int argc, char **argv, struct cm_err *err)
{
    CM_CLEANUP(cm_buf_done) struct cm_buf name = CM_BUF_INIT(256);
    const char *option = word_of(argv) + 2, *equals = strchr(option, '=');
    const int size = (int)strcspn(option, "="); /* no message goes on: the value may be a secret */
    cm_buf_add(&name, option, (size_t)size);
    for (size_t i = 0; i < name.size; i++)
        name.at[i] = name.at[i] == '-' ? '_' : name.at[i];
    const char *value = equals != NULL ? equals + 1 : optarg;
    if (value == NULL && optind < argc)
        value = argv[optind++];
    if (value == NULL)
        return cm_fail(err, CM_E_NOT_FOUND, "--%s needs a value", option);
    if (*value == '\0')
        return cm_fail(err, CM_E_NOT_FOUND, "--%s: the value is empty", cm_buf_text(&name));
    bool ok = !name.failed;
    json_t *before = json_object_get(to->names, cm_buf_text(&name));
    cm_json_set(to->names, cm_buf_text(&name), said_again(before, value), &ok);
    return ok || cm_fail(err, CM_E_NOT_FOUND, "--%.*s: name or value is not UTF-8", size, option);
}

/* Is it written out? getopt takes beginnings of names, too. */
static bool
is_whole(const struct reading *r, int code, char *const *argv)
{
    return code < FIRST_LONG ||
           strcspn(word_of(argv) + 2, "=") == strlen(r->names[code - FIRST_LONG]);
}

/* A beginning may be all of a plug-in's option. For an option of ours it is refused: what it means
 * would change with the next option. */
static bool
is_name(const struct reading *r, int code, char *const *argv, const struct cm_arguments *to)
{
    if (to->names == NULL || strncmp(word_of(argv), "--", 2) != 0)
        return false;
    return code == '?' ? optopt == 0 || !is_whole(r, optopt, argv) : !is_whole(r, code, argv);
}

/* What getopt had nothing for. */
static bool
unknown(const struct reading *r, const char *argument, struct cm_err *err)
{
    if (optopt >= FIRST_LONG)
        return cm_fail(err, CM_E_NOT_FOUND, "--%s takes no value", r->names[optopt - FIRST_LONG]);
    if (optopt != 0)
        return cm_fail(err, CM_E_NOT_FOUND, "there is no option -%c (see --help)", optopt);
    /* What stands behind '=' is not repeated: it may be a secret. */
    CM_CLEANUP(cm_buf_done) struct cm_buf option = CM_BUF_INIT(1 << 20);
    cm_buf_add(&option, argument, strcspn(argument, "="));
    const char *name = cm_buf_text(&option);
    if (strncmp(name, "--", 2) == 0 && cm_is_keyless(name + 2))
        return cm_fail(err, CM_E_NOT_FOUND,
                       "%s: signatures that rest on certificates or a transparency log (keyless) "
                       "are not verified here; name the public key that has to have signed",
                       name);
    const char *near = strncmp(name, "--", 2) == 0 ? cm_nearest(name + 2, r->names) : NULL;
    return cm_fail(err, CM_E_NOT_FOUND, "there is no option %s%s%s%s", name,
                   near != NULL ? "; the nearest is --" : "", near != NULL ? near : "",
                   near == NULL ? " (see --help)" : "");
}

static bool
read_option(int argc, char **argv, const struct reading *r, int code, struct cm_arguments *to,
            struct cm_err *err)
{
    const char *argument = optind > 0 ? argv[optind - 1] : "";
    if (code == ':')
        return cm_fail(err, CM_E_NOT_FOUND, "%s needs a value", argument);
    if (is_name(r, code, argv, to))
        return add_name(to, argc, argv, err);
    if (code == '?')
        return unknown(r, argument, err);
    if (!is_whole(r, code, argv))
        return cm_fail(err, CM_E_NOT_FOUND, "options are written out: --%s",
                       r->names[code - FIRST_LONG]);
    return add(to, flag_of(r, code), optarg != NULL ? optarg : "", err);
}

/* Whoever asks for help gets it: what else is wrong is what they want help with. */
static bool
read_options(int argc, char **argv, const struct reading *r, struct cm_arguments *to,
             struct cm_err *err)
{
    bool ok = true;
    optind = 0; /* begins anew, GNU's way */
    opterr = 0;
    for (int code; (code = getopt_long(argc, argv, r->letters, r->longs, NULL)) != -1;)
        ok = read_option(argc, argv, r, code, to, ok ? err : NULL) && ok;
    return ok || cm_said(to, "help") != NULL;
}

bool
cm_arguments_read(int argc, char **argv, const struct cm_flag *const *tables, bool names,
                  struct cm_arguments *ret, struct cm_err *err)
{
    struct reading r = {.count = 0};
    CM_CLEANUP(cm_arguments_done) struct cm_arguments arguments = {.said_count = 0};
    if (names && (arguments.names = json_object()) == NULL)
        return cm_fail(err, CM_E_LIMIT, "out of memory");
    if (!gather_tables(tables, &r))
        return cm_fail(err, CM_E_INTERNAL, "a table of options is too long");
    if (!read_options(argc, argv, &r, &arguments, err))
        return false;
    for (int i = optind; i < argc; i++) {
        if (arguments.rest_count == CM_COUNT(arguments.rest))
            return cm_fail(err, CM_E_NOT_FOUND, "too many arguments");
        arguments.rest[arguments.rest_count++] = argv[i];
    }
    *ret = arguments;
    arguments.names = NULL;
    return true;
}

void
cm_arguments_done(struct cm_arguments *arguments)
{
    cm_json_done(&arguments->names);
}

const char *
cm_said_at(const struct cm_arguments *arguments, const char *name, size_t index)
{
    for (size_t i = 0; i < arguments->said_count; i++)
        if (strcmp(arguments->said[i].flag->name, name) == 0 && index-- == 0)
            return arguments->said[i].value;
    return NULL;
}

const char *
cm_said(const struct cm_arguments *arguments, const char *name)
{
    return cm_said_at(arguments, name, 0);
}

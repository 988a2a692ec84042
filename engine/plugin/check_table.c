/* SPDX-License-Identifier: Apache-2.0 */
#include "base/json.h"
#include "plugin/negotiate.h"
#include "plugin/option_value.h"
#include "plugin/options.h"

#include <countermark/signer.h>
#include <string.h>

#define MOST_ROWS 512 /* a table without an end is found out here */
#define MOST_LINE 1000
#define MOST_NAME 64

/* What is being looked at, for messages. */
struct look {
    const char *name;       /* the plug-in's */
    const char *kind, *row; /* "option 'url'"; NULL: the plug-in itself */
    struct cm_err *err;
};

static bool
is_wrong(const struct look *look, const char *what)
{
    if (look->kind == NULL)
        return cm_fail(look->err, CM_E_MALFORMED, "%s: %s", look->name, what);
    return cm_fail(look->err, CM_E_MALFORMED, "%s: %s '%s' %s", look->name, look->kind, look->row,
                   what);
}

static bool
is_line(const char *text)
{
    return text != NULL && *text != '\0' && strnlen(text, MOST_LINE + 1) <= MOST_LINE &&
           strpbrk(text, "\r\n") == NULL;
}

/* [a-z][a-z0-9]* and `more`, up to 64 bytes */
static bool
is_name(const char *text, char more)
{
    if (*text < 'a' || *text > 'z')
        return false;
    size_t size = 0;
    while (text[size] == more || (text[size] >= 'a' && text[size] <= 'z') ||
           (text[size] >= '0' && text[size] <= '9'))
        size++;
    return size <= MOST_NAME && text[size] == '\0';
}

/* ---- options ---- */

static bool
type_is_known(const struct cmk_option *option)
{
    int32_t type = option->type & ~CMK_LIST;
    return type >= CMK_TEXT && type <= CMK_FILE && option->of >= CMK_OF_SYSTEM &&
           option->of <= CMK_OF_PLUGIN;
}

/* A submission carries names, and how long to wait. */
static bool
may_be_submitted(const struct cmk_option *option)
{
    return option->type == CMK_TEXT || option->type == CMK_INTEGER || option->type == CMK_CHOICE ||
           option->type == CMK_DURATION;
}

static bool
words_are_sound(const struct cmk_option *option)
{
    const char *words = option->words;
    if ((option->type & ~CMK_LIST) != CMK_CHOICE)
        return words == NULL;
    return words != NULL && *words != '\0' && *words != '|' && words[strlen(words) - 1] != '|' &&
           strstr(words, "||") == NULL && strlen(words) <= MOST_LINE;
}

static bool
default_is_sound(const struct cmk_option *option, const struct look *look)
{
    CM_CLEANUP(cm_json_done) json_t *value = NULL;
    struct cm_err why = CM_ERR_INIT;
    if (option->otherwise == NULL)
        return true;
    if ((option->flags & CMK_REQUIRED) != 0)
        return is_wrong(look, "is required and has a default");
    if (option->type == CMK_SECRET)
        return is_wrong(look, "is a secret and has a default");
    if (!cm_option_written(option, option->otherwise, &value, &why))
        return cm_fail(look->err, CM_E_MALFORMED, "%s: the default of option '%s' %s", look->name,
                       look->row, why.text);
    return true;
}

/* A submission's and a plug-in's are said in one place only, by their names. */
static bool
word_is_sound(const struct cmk_option *option)
{
    return option->said_as == NULL ||
           (is_name(option->said_as, '_') && option->of != CMK_OF_SUBMISSION &&
            option->of != CMK_OF_PLUGIN);
}

static bool
check_option(const struct cmk_option *option, const struct look *look)
{
    if (!is_name(option->name, '_'))
        return is_wrong(look, "is not named by [a-z][a-z0-9_]*");
    if (!word_is_sound(option))
        return is_wrong(look, "has no proper name for the command line, or wants none");
    if (!type_is_known(option))
        return is_wrong(look, "has a type or a scope that does not exist");
    if (option->type == (CMK_SECRET | CMK_LIST))
        return is_wrong(look, "is a list of secrets, and a secret is used by its one name");
    if (option->of == CMK_OF_SUBMISSION && !may_be_submitted(option))
        return is_wrong(look, "is of the submission, which carries names and waiting only");
    if (option->least > option->most)
        return is_wrong(look, "has a range that is empty");
    if (!words_are_sound(option))
        return is_wrong(look, "has no proper list of words, or words without being a choice");
    if (!is_line(option->help))
        return is_wrong(look, "has no line of help");
    return default_is_sound(option, look);
}

static bool
option_is_new(const struct cmk_option *options, size_t index)
{
    for (size_t i = 0; i < index; i++)
        if (strcmp(options[i].name, options[index].name) == 0 ||
            strcmp(cm_option_word(&options[i]), cm_option_word(&options[index])) == 0)
            return false;
    return true;
}

static bool
check_options(const struct cmk_plugin *plugin, struct look look)
{
    const struct cmk_option *options = plugin->options;
    look.kind = "option";
    for (size_t i = 0; options != NULL && options[i].name != NULL; i++) {
        look.row = options[i].name;
        if (i == MOST_ROWS)
            return is_wrong(&look, "is one too many");
        if (!check_option(&options[i], &look))
            return false;
        if (!option_is_new(options, i))
            return is_wrong(&look, "stands there twice");
    }
    return true;
}

/* ---- checks ---- */

static bool
check_check(const struct cmk_check *check, uint32_t flags, const struct look *look)
{
    if (!is_name(check->id, '-'))
        return is_wrong(look, "is not named by [a-z][a-z0-9-]*");
    if (!is_line(check->question) || !is_line(check->expected) || !is_line(check->remedy))
        return is_wrong(look, "lacks its question, what it expects, or its remedy");
    if ((check->flags & ~flags) != 0)
        return is_wrong(look, "has a flag that does not exist, or not for such checks");
    return check->ask != NULL || is_wrong(look, "has no hook");
}

/* `flags`: those that may be set */
static bool
check_checks(const struct cmk_check *checks, uint32_t flags, struct look look)
{
    look.kind = "check";
    for (size_t i = 0; checks[i].id != NULL; i++) {
        look.row = checks[i].id;
        if (i == MOST_ROWS)
            return is_wrong(&look, "is one too many");
        if (!check_check(&checks[i], flags, &look))
            return false;
        for (size_t j = 0; j < i; j++)
            if (strcmp(checks[j].id, checks[i].id) == 0)
                return is_wrong(&look, "stands there twice");
    }
    return true;
}

/* ---- classes ---- */

static bool
check_assumptions(const char *const *names, struct look look)
{
    look.kind = "assumption";
    for (size_t i = 0; names != NULL && names[i] != NULL; i++) {
        look.row = names[i];
        if (i == MOST_ROWS || !is_name(names[i], '-'))
            return is_wrong(&look, "is not named by [a-z][a-z0-9-]*");
    }
    return true;
}

static bool
stands_by_itself(const struct cmk_plugin *plugin)
{
    for (const struct cmk_option *o = plugin->options; o != NULL && o->name != NULL; o++)
        if (o->of == CMK_OF_SYSTEM && (o->flags & CMK_REQUIRED) != 0)
            return false;
    return true;
}

/* Ids are one name space: what a report calls an answer must not depend on what was asked. */
static bool
check_examination(const struct cmk_connector *connector, struct look look)
{
    const struct cmk_check *examination = connector->examination;
    if (connector->examine == NULL && examination == NULL)
        return true;
    if (connector->examine == NULL || examination == NULL || examination->id == NULL)
        return is_wrong(&look, "its connector has the hook examine or checks for it, not both");
    if (!check_checks(examination, CMK_ADVICE, look))
        return false;
    look.kind = "check";
    for (size_t i = 0; examination[i].id != NULL; i++)
        for (size_t j = 0; connector->verify[j].id != NULL; j++) {
            look.row = examination[i].id;
            if (strcmp(connector->verify[j].id, look.row) == 0)
                return is_wrong(&look, "stands there twice");
        }
    return true;
}

static bool
check_connector(const struct cmk_plugin *plugin, const struct look *look)
{
    const struct cmk_connector *connector = plugin->connector;
    if (connector == NULL)
        return true;
    if (connector->collect_origin == NULL)
        return is_wrong(look, "its connector lacks the hook collect_origin");
    if (connector->state_origin == NULL)
        return is_wrong(look, "its connector lacks the hook state_origin");
    if (connector->verify == NULL || connector->verify->id == NULL)
        return is_wrong(look, "its connector lacks checks");
    if ((connector->flags & CMK_PREDEFINED) != 0 && !stands_by_itself(plugin))
        return is_wrong(look, "it is predefined, and yet an option of its system is required");
    return check_assumptions(connector->assumptions, *look) &&
           check_checks(connector->verify, CMK_BINDING | CMK_GATE, *look) &&
           check_examination(connector, *look);
}

static bool
check_tools(const struct cmk_plugin *plugin, const struct look *look)
{
    const struct cmk_rewriter *rewriter = plugin->rewriter;
    const struct cmk_signer *signer = plugin->signer;
    if (rewriter != NULL && (rewriter->rewrite == NULL || rewriter->patterns == NULL))
        return is_wrong(look, "its rewriter lacks the hook rewrite or its patterns");
    if (signer != NULL &&
        (signer->sign == NULL || signer->check == NULL || signer->patterns == NULL))
        return is_wrong(look, "its signer lacks the hook sign or check, or its patterns");
    return true;
}

bool
cm_table_check(const struct cmk_plugin *table, const char *name, struct cm_err *err)
{
    const struct look look = {.name = name, .err = err};
    if (!cm_is_plugin_id(table->id))
        return is_wrong(&look, "its id is not [a-z][a-z0-9_]{0,30}");
    if (!is_line(table->version) || !is_line(table->summary))
        return is_wrong(&look, "it says no version or no summary, each one line");
    if (table->connector == NULL && table->rewriter == NULL && table->signer == NULL)
        return is_wrong(&look, "it is neither connector, rewriter nor signer");
    return check_options(table, look) && check_connector(table, &look) && check_tools(table, &look);
}

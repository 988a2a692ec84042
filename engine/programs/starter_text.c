/* SPDX-License-Identifier: Apache-2.0 */
#include "programs/starter_text.h"

#include "base/json.h"
#include "base/text.h"
#include "trust/url.h"

#include <string.h>

#define WIDTH      100
#define TEXT_MOST  ((size_t)64 << 10)
#define OF_LINK    8 /* columns in front of a setting of a link or a policy */
#define OF_SYSTEM  4
#define MORE_ABOUT "countermark.conf(5) describes every setting"

struct writing {
    struct cm_buf *to;
    size_t marked;
    bool failed;
};

enum state {
    IS_SAID,    /* a setting */
    IS_NEEDED,  /* a marked line */
    IS_DEFAULT, /* a comment that could be a setting */
};

/* ---- values as they stand in a file ---- */

/* Control characters have no place in it, and no line may end where nobody sees it. */
static bool
is_plain(const char *text)
{
    for (; *text != '\0'; text++)
        if ((unsigned char)*text < 0x20 || *text == 0x7f)
            return false;
    return true;
}

static void
render_text(const char *text, struct cm_buf *to)
{
    CM_CLEANUP(cm_json_done) json_t *value = json_string(text);
    if (!is_plain(text) || !cm_json_canonical(value, to))
        to->failed = true;
}

static void
render(const json_t *value, struct cm_buf *to)
{
    size_t count = json_array_size(value);
    if (json_is_string(value)) {
        render_text(json_string_value(value), to);
        return;
    }
    if (!json_is_array(value)) {
        if (!cm_json_canonical(value, to))
            to->failed = true;
        return;
    }
    cm_buf_puts(to, "[ ");
    for (size_t i = 0; i < count; i++) {
        cm_buf_puts(to, i > 0 ? ", " : "");
        render(json_array_get(value, i), to);
    }
    cm_buf_puts(to, " ]");
}

static void
render_words(const struct cm_words *words, struct cm_buf *to)
{
    cm_buf_puts(to, "[ ");
    for (size_t i = 0; i < words->count; i++) {
        cm_buf_puts(to, i > 0 ? ", " : "");
        render_text(words->at[i], to);
    }
    cm_buf_puts(to, " ]");
}

/* ---- lines ---- */

static void
indent(struct writing *w, size_t columns)
{
    for (size_t i = 0; i < columns; i++)
        cm_buf_putc(w->to, ' ');
}

/* "    key = value;    # comment", the comment above where it does not fit. */
static void
put(struct writing *w, size_t columns, enum state state, const char *key, const char *value,
    const char *comment)
{
    static const char *const heads[] = {
        [IS_SAID] = "", [IS_NEEDED] = CM_STARTING_MARK " ", [IS_DEFAULT] = "# "};
    size_t size = columns + strlen(heads[state]) + strlen(key) + strlen(value) + strlen(" = ;");
    bool fits = comment == NULL || size + strlen("  # ") + strlen(comment) <= WIDTH;
    if (!fits) {
        indent(w, columns);
        cm_buf_printf(w->to, "# %s\n", comment);
    }
    indent(w, columns);
    cm_buf_printf(w->to, "%s%s = %s;", heads[state], key, value);
    if (fits && comment != NULL)
        cm_buf_printf(w->to, "  # %s", comment);
    cm_buf_putc(w->to, '\n');
    w->marked += state == IS_NEEDED;
}

static void
put_text(struct writing *w, size_t columns, const char *key, const char *text, const char *comment)
{
    CM_CLEANUP(cm_buf_done) struct cm_buf value = CM_BUF_INIT(TEXT_MOST);
    render_text(text != NULL ? text : "", &value);
    put(w, columns, text != NULL ? IS_SAID : IS_NEEDED, key, cm_buf_text(&value), comment);
    w->failed = w->failed || value.failed;
}

static void
put_words(struct writing *w, size_t columns, enum state otherwise, const char *key,
          const struct cm_words *words, const char *example, const char *comment)
{
    CM_CLEANUP(cm_buf_done) struct cm_buf value = CM_BUF_INIT(TEXT_MOST);
    if (words->count > 0)
        render_words(words, &value);
    else
        cm_buf_puts(&value, example);
    put(w, columns, words->count > 0 ? IS_SAID : otherwise, key, cm_buf_text(&value), comment);
    w->failed = w->failed || value.failed;
}

/* ---- options of the connector ---- */

static const json_t *
said_value(const struct cm_settings *settings, const char *name)
{
    for (size_t i = 0; i < settings->count; i++)
        if (strcmp(settings->at[i].name, name) == 0)
            return settings->at[i].value;
    return NULL;
}

/* What a link says of the system has no other place; the rest of it can wait. */
static bool
is_needed(const struct cmk_option *option)
{
    return (option->flags & CMK_REQUIRED) != 0 ||
           (option->of == CMK_OF_LINK && option->otherwise == NULL &&
            (option->type & CMK_LIST) == 0);
}

static void
render_default(const struct cmk_option *option, struct cm_buf *to)
{
    int32_t type = option->type & ~CMK_LIST;
    bool is_bare = type == CMK_INTEGER || type == CMK_TRUTH;
    if ((option->type & CMK_LIST) != 0)
        cm_buf_puts(to, option->otherwise != NULL ? option->otherwise : "[ ]");
    else if (is_bare)
        cm_buf_puts(to, option->otherwise != NULL ? option->otherwise : "0");
    else
        render_text(option->otherwise != NULL ? option->otherwise : "", to);
}

static void
put_option(struct writing *w, size_t columns, const struct cmk_option *option,
           const struct cm_settings *settings)
{
    const json_t *said = said_value(settings, option->name);
    CM_CLEANUP(cm_buf_done) struct cm_buf value = CM_BUF_INIT(TEXT_MOST);
    CM_CLEANUP(cm_buf_done) struct cm_buf comment = CM_BUF_INIT(4096);
    if (said != NULL)
        render(said, &value);
    else
        render_default(option, &value);
    cm_buf_puts(&comment, option->help);
    if (option->type == CMK_SECRET)
        cm_buf_puts(&comment, ": file:/path, env:NAME or credential:NAME");
    put(w, columns,
        said != NULL        ? IS_SAID
        : is_needed(option) ? IS_NEEDED
                            : IS_DEFAULT,
        option->name, cm_buf_text(&value), cm_buf_text(&comment));
    w->failed = w->failed || value.failed || comment.failed;
}

static void
put_options(struct writing *w, size_t columns, const struct cmk_option *table, int32_t of,
            const struct cm_settings *settings)
{
    for (; table != NULL && table->name != NULL; table++)
        if (table->of == of)
            put_option(w, columns, table, settings);
}

/* ---- parts of the file ---- */

static const char *
file_of(const struct cm_starting *s)
{
    return s->file != NULL ? s->file : "FILE";
}

static void
put_names(struct writing *w, const json_t *names)
{
    const char *name;
    json_t *value;
    json_object_foreach((json_t *)(uintptr_t)names, name, value)
    {
        cm_buf_printf(w->to, " --%s ", name);
        cm_escape_to(w->to, json_string_value(value), json_string_length(value));
    }
}

static void
put_head(struct writing *w, const struct cm_starting *s)
{
    cm_buf_puts(w->to,
                "# Countermark: the beginning of a configuration, made by `countermark init` "
                "from\n# ");
    cm_escape_to(w->to, s->address, strlen(s->address));
    cm_buf_printf(
        w->to,
        "\n#\n# It is for a person to review: what stands here was read from that address%s,\n"
        "# and nobody has looked whether it is what you mean. Lines that begin with %s are not\n"
        "# known: write what belongs between the quotes, and take the %s away. What begins with #\n"
        "# alone can stay as it is. Then:\n#\n",
        s->was_asked ? "\n# and from what the build system says of itself" : "", CM_STARTING_MARK,
        CM_STARTING_MARK);
    cm_buf_puts(w->to, "#   countermark config check --config ");
    cm_escape_to(w->to, file_of(s), strlen(file_of(s)));
    cm_buf_puts(w->to, "    # what is wrong, offline\n#   countermark system check --config ");
    cm_escape_to(w->to, file_of(s), strlen(file_of(s)));
    cm_buf_puts(w->to, "    # is the key good, and no better than need be?\n"
                       "#   countermark verify --config ");
    cm_escape_to(w->to, file_of(s), strlen(file_of(s)));
    put_names(w, s->options->names);
    cm_buf_puts(w->to,
                "\n#\n# This file and the folders above it must belong to root or to the user that "
                "runs Countermark,\n# and nobody else may write to them. Secrets never stand here, "
                "only where they are.\n# " MORE_ABOUT ".\n\n");
}

static bool
is_reached_specially(const struct cm_peer *peer)
{
    return peer->ca != NULL || peer->spki != NULL || peer->allow_addresses.count > 0;
}

static void
put_peer(struct writing *w, const struct cm_peer *peer)
{
    if (peer->ca != NULL)
        put_text(w, OF_SYSTEM, "ca", peer->ca, "instead of the machine's own authorities");
    if (peer->spki != NULL)
        put_text(w, OF_SYSTEM, "spki", peer->spki, "its key, and no other");
    if (peer->allow_addresses.count > 0)
        put_words(w, OF_SYSTEM, IS_DEFAULT, "allow_addresses", &peer->allow_addresses, "[ ]",
                  "private addresses are refused otherwise");
}

static void
put_system(struct writing *w, const struct cm_starting *s)
{
    const struct cm_spoken *spoken = s->spoken;
    bool predefined = (s->plugin->table->connector->flags & CMK_PREDEFINED) != 0;
    cm_buf_puts(w->to, "# The build systems that are trusted.\n");
    if (predefined && s->options->system.count == 0 && !is_reached_specially(&spoken->peer)) {
        cm_buf_printf(w->to, "# \"%s\" exists without being declared here.\n\n", spoken->system);
        return;
    }
    cm_buf_puts(w->to, "systems = (\n  {\n");
    put_text(w, OF_SYSTEM, "slug", spoken->system, NULL);
    put_text(w, OF_SYSTEM, "connector", s->plugin->id, NULL);
    put_options(w, OF_SYSTEM, s->plugin->table->options, CMK_OF_SYSTEM, &s->options->system);
    put_peer(w, &spoken->peer);
    cm_buf_puts(w->to, "  }\n);\n\n");
}

/* Names of the repositories' hosts, each once. */
static void
put_hosts(struct writing *w, const struct cm_starting *s)
{
    const struct cm_words *urls = &s->spoken->repositories;
    char room[CM_URL_HOST_SIZE], name[CM_URL_HOST_SIZE];
    struct cm_err err = CM_ERR_INIT;
    struct cm_url url;
    bool known = urls->count > 0 && cm_url_parse_origin(urls->at[0], room, &url, &err);
    if (!is_reached_specially(&s->spoken->repository_peer))
        return;
    if (known)
        cm_url_host(&url, name);
    cm_buf_puts(w->to, "# How repositories are reached, where that is not as everywhere.\n"
                       "hosts = (\n  {\n");
    put_text(w, OF_SYSTEM, "name", known ? name : NULL, "of the repository's host");
    put_peer(w, &s->spoken->repository_peer);
    cm_buf_puts(w->to, "  }\n);\n\n");
}

static void
put_assumptions(struct writing *w, const struct cm_starting *s)
{
    static const char *const none[] = {NULL};
    const char *const *names = s->plugin->table->connector->assumptions;
    struct cm_words all = {names != NULL ? names : none, 0, {0}};
    CM_CLEANUP(cm_buf_done) struct cm_buf example = CM_BUF_INIT(TEXT_MOST);
    while (all.at[all.count] != NULL)
        all.count++;
    if (all.count == 0)
        return;
    render_words(&all, &example);
    cm_buf_puts(w->to, "        # What cannot be read from the system is your word, if you know it "
                       "to be so; reports\n        # repeat it, with the reason.\n");
    put_words(w, OF_LINK, IS_NEEDED, "assume", &s->spoken->assume, cm_buf_text(&example), NULL);
    put_text(w, OF_LINK, "assume_reason", s->spoken->assume_reason, "how you know it");
}

static void
put_link(struct writing *w, const struct cm_starting *s)
{
    cm_buf_puts(w->to, "    # What the project is called on the system. Ids are never given to "
                       "another; names are.\n    links = (\n      {\n");
    put_text(w, OF_LINK, "system", s->spoken->system, NULL);
    put_options(w, OF_LINK, s->plugin->table->options, CMK_OF_LINK, &s->options->link);
    put_assumptions(w, s);
    cm_buf_puts(w->to, "      }\n    );\n\n");
}

static void
put_policy(struct writing *w, const struct cm_starting *s)
{
    const struct cm_spoken *spoken = s->spoken;
    const char *const one[] = {spoken->system, NULL}, *const who[] = {spoken->submitter, NULL};
    const struct cm_words systems = {one, 1, {0}}, submitters = {who, 1, {0}};
    cm_buf_puts(w->to, "    signing_policies = (\n      {\n");
    put_text(w, OF_LINK, "slug", spoken->policy, NULL);
    put_words(w, OF_LINK, IS_NEEDED, "systems", &systems, "[ ]", NULL);
    put_words(w, OF_LINK, IS_NEEDED, "refs", &spoken->refs, "[ \"\" ]",
              "full names; \"*\" stays between two slashes, \"**\" does not");
    put_words(w, OF_LINK,
              cm_starts_with(spoken->refs.count > 0 ? spoken->refs.at[0] : "", "refs/tags/")
                  ? IS_NEEDED
                  : IS_DEFAULT,
              "tag_branches", &spoken->tag_branches, "[ \"\" ]",
              "a tag's commit must also be on one of these");
    put_words(w, OF_LINK, IS_NEEDED, "submitters", &submitters, "[ \"\" ]",
              "users of this machine who may submit");
    put(w, OF_LINK, IS_DEFAULT, "repository", "\"public\"",
        "anybody can read it; \"any\" allows a token");
    if (spoken->max_age != NULL)
        put_text(w, OF_LINK, "max_age", spoken->max_age, "of the build");
    else
        put(w, OF_LINK, IS_DEFAULT, "max_age", "\"30d\"", "of the build");
    put_words(w, OF_LINK, IS_DEFAULT, "optional", &spoken->optional, "[ ]",
              "checks that are shown, not counted");
    put_options(w, OF_LINK, s->plugin->table->options, CMK_OF_POLICY, &s->options->policy);
    cm_buf_puts(w->to, "      }\n    );\n");
}

static void
put_project(struct writing *w, const struct cm_starting *s)
{
    cm_buf_puts(w->to, "projects = (\n  {\n");
    put_text(w, OF_SYSTEM, "slug", s->spoken->project, NULL);
    cm_buf_puts(w->to, "\n    # Only these are ever contacted. What a build system reports is "
                       "compared with them.\n");
    put_words(w, OF_SYSTEM, IS_NEEDED, "repositories", &s->spoken->repositories, "[ \"\" ]", NULL);
    cm_buf_putc(w->to, '\n');
    put_link(w, s);
    put_policy(w, s);
    cm_buf_puts(w->to, "  }\n);\n");
}

bool
cm_starting_text(const struct cm_starting *starting, struct cm_buf *to, size_t *ret_marked)
{
    struct writing w = {.to = to};
    put_head(&w, starting);
    cm_buf_puts(to, "organization = {\n");
    put_text(&w, 2, "slug", starting->spoken->organization, "your name for whom this is for");
    cm_buf_puts(to, "};\n\n# Where the evidence key and mirrors of repositories are kept.\n");
    put(&w, 0, IS_DEFAULT, "state", "\"/var/lib/countermark\"", NULL);
    put(&w, 0, IS_DEFAULT, "mirrors", "\"4G\"", "of all of them together; \"0\": none is kept");
    cm_buf_putc(to, '\n');
    put_system(&w, starting);
    put_hosts(&w, starting);
    put_project(&w, starting);
    *ret_marked = w.marked;
    return !w.failed && !to->failed;
}

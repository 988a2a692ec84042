/* SPDX-License-Identifier: Apache-2.0 */
#include "programs/show_config.h"

#include "base/clock.h"
#include "base/json.h"
#include "base/text.h"
#include "trust/secret.h"

#include <string.h>

struct showing {
    const struct cm_complaints *complaints;
    bool ok;
};

/* ---- values ---- */

/* A list of nothing is as good as none. */
static void
put_list(struct showing *showing, json_t *group, const char *key, json_t *owned)
{
    if (owned && json_array_size(owned) == 0)
        json_decref(owned);
    else
        cm_json_set(group, key, owned, &showing->ok);
}

static void
put_words(struct showing *showing, json_t *group, const char *key, const struct cm_words *words)
{
    json_t *list = json_array();
    for (size_t i = 0; i < words->count; i++)
        if (json_array_append_new(list, json_string(words->at[i])) != 0)
            showing->ok = false;
    put_list(showing, group, key, list);
}

static void
put_text(struct showing *showing, json_t *group, const char *key, const char *text)
{
    cm_json_set_text(group, key, text, &showing->ok);
}

/* What follows the form of a reference is one; everything else under a name that speaks of secrets
 * is withheld: somebody may have written the secret itself there. */
static bool
may_be_shown(const struct cm_setting *setting, const struct cm_complaints *complaints)
{
    static const char *const words[] = {"key", "token", "password", "secret"};
    struct cm_err err = CM_ERR_INIT;
    if (json_is_string(setting->value) && cm_secret_check(json_string_value(setting->value), &err))
        return true;
    for (size_t i = 0; i < CM_COUNT(words); i++)
        if (strstr(setting->name, words[i]) != NULL)
            return false;
    for (size_t i = 0; i < complaints->count; i++)
        if (complaints->at[i].place.line == setting->place.line &&
            strcmp(complaints->at[i].path, setting->name) == 0)
            return false;
    return true;
}

static void
put_settings(struct showing *showing, json_t *group, const struct cm_settings *settings)
{
    for (size_t i = 0; i < settings->count; i++) {
        const struct cm_setting *s = &settings->at[i];
        json_t *value = may_be_shown(s, showing->complaints) ? json_incref(s->value)
                                                             : json_string("[withheld]");
        cm_json_set(group, s->name, value, &showing->ok);
    }
}

static void
put_peer(struct showing *showing, json_t *group, const struct cm_peer *peer)
{
    put_text(showing, group, "ca", peer->ca);
    put_text(showing, group, "spki", peer->spki);
    put_words(showing, group, "allow_addresses", &peer->allow_addresses);
}

static void
put_max_age(struct showing *showing, json_t *group, int64_t ns)
{
    const int64_t day = 86400 * CM_SECOND;
    json_t *text = ns == 0         ? json_string("unlimited")
                   : ns % day == 0 ? json_sprintf("%lldd", (long long)(ns / day))
                                   : json_sprintf("%llds", (long long)(ns / CM_SECOND));
    cm_json_set(group, "max_age", text, &showing->ok);
}

/* As it is written: in the largest unit that divides it. */
static void
put_size(struct showing *showing, json_t *group, const char *key, uint64_t bytes)
{
    static const char *const units[] = {"", "k", "M", "G"};
    size_t unit = 0;
    while (unit + 1 < CM_COUNT(units) && bytes > 0 && bytes % 1024 == 0) {
        bytes /= 1024;
        unit++;
    }
    cm_json_set(group, key, json_sprintf("%llu%s", (unsigned long long)bytes, units[unit]),
                &showing->ok);
}

/* ---- groups ---- */

/* A list of `count` groups, each made by `make` from the i-th thing at `all`. */
#define PUT_GROUPS(showing, group, key, count, make)                                               \
    do {                                                                                           \
        json_t *list_ = json_array();                                                              \
        for (size_t i_ = 0; i_ < (count); i_++)                                                    \
            if (json_array_append_new(list_, make) != 0)                                           \
                (showing)->ok = false;                                                             \
        put_list(showing, group, key, list_);                                                      \
    } while (0)

static json_t *
system_json(struct showing *showing, const struct cm_system *system)
{
    json_t *group = json_object();
    put_text(showing, group, "slug", system->slug);
    put_text(showing, group, "name", system->name);
    put_text(showing, group, "description", system->description);
    put_text(showing, group, "connector", system->connector);
    put_text(showing, group, "builder", system->builder);
    put_peer(showing, group, &system->peer);
    put_settings(showing, group, &system->settings);
    return group;
}

static json_t *
host_json(struct showing *showing, const struct cm_host *host)
{
    json_t *group = json_object();
    put_text(showing, group, "name", host->name);
    put_peer(showing, group, &host->peer);
    if (host->case_insensitive)
        cm_json_set_bool(group, "case_insensitive", true, &showing->ok);
    return group;
}

static json_t *
proxy_json(struct showing *showing, const struct cm_proxy *proxy)
{
    json_t *group = json_object();
    put_text(showing, group, "url", proxy->url);
    put_text(showing, group, "user", proxy->user);
    put_text(showing, group, "password", proxy->password);
    put_words(showing, group, "no_proxy", &proxy->no_proxy);
    put_peer(showing, group, &proxy->peer);
    return group;
}

static json_t *
timestamp_json(struct showing *showing, const struct cm_timestamp *stamp)
{
    json_t *group = json_object();
    put_text(showing, group, "url", stamp->url);
    put_text(showing, group, "authority", stamp->authority);
    put_peer(showing, group, &stamp->peer);
    return group;
}

static json_t *
repository_json(struct showing *showing, const struct cm_repository *repository)
{
    json_t *group = json_object();
    put_text(showing, group, "url", repository->url);
    put_text(showing, group, "token", repository->token);
    return group;
}

static json_t *
link_json(struct showing *showing, const struct cm_link *link)
{
    json_t *group = json_object();
    put_text(showing, group, "system", link->system);
    put_words(showing, group, "assume", &link->assume);
    put_text(showing, group, "assume_reason", link->assume_reason);
    put_settings(showing, group, &link->settings);
    return group;
}

static json_t *
artifact_json(struct showing *showing, const struct cm_artifact_configuration *artifact)
{
    json_t *group = json_object();
    put_text(showing, group, "slug", artifact->slug);
    put_words(showing, group, "rewriters", &artifact->rewriters);
    put_words(showing, group, "packages", &artifact->packages);
    put_text(showing, group, "file_name", artifact->file_name);
    put_text(showing, group, "resource", artifact->resource);
    put_text(showing, group, "signer", artifact->signer);
    for (size_t i = 0; i < artifact->told_count; i++) {
        json_t *told = json_object();
        put_settings(showing, told, &artifact->told[i].settings);
        cm_json_set(group, artifact->told[i].plugin, told, &showing->ok);
    }
    return group;
}

static json_t *
waiver_json(struct showing *showing, const struct cm_waiver *waiver)
{
    char until[CM_TIME_SIZE];
    json_t *group = json_object();
    cm_format_time(waiver->until, until);
    put_text(showing, group, "check", waiver->check);
    put_text(showing, group, "reason", waiver->reason);
    put_text(showing, group, "author", waiver->author);
    put_text(showing, group, "until", until);
    return group;
}

static json_t *
policy_json(struct showing *showing, const struct cm_policy *policy)
{
    json_t *group = json_object();
    put_text(showing, group, "slug", policy->slug);
    put_text(showing, group, "description", policy->description);
    put_text(showing, group, "origin", policy->system_only ? "none" : "required");
    put_text(showing, group, "system", "required");
    put_words(showing, group, "systems", &policy->systems);
    if (!policy->system_only) {
        put_words(showing, group, "refs", &policy->refs);
        put_words(showing, group, "tag_branches", &policy->tag_branches);
        put_text(showing, group, "repository", policy->repository_any ? "any" : "public");
        put_max_age(showing, group, policy->max_age);
    }
    put_words(showing, group, "submitters", &policy->submitters);
    put_words(showing, group, "optional", &policy->optional);
    PUT_GROUPS(showing, group, "waivers", policy->waiver_count,
               waiver_json(showing, &policy->waivers[i_]));
    put_text(showing, group, "attest", policy->attest);
    if (policy->attest != NULL)
        put_text(showing, group, "attest_again", policy->attest_once ? "never" : "first");
    put_text(showing, group, "sign", policy->sign);
    put_settings(showing, group, &policy->settings);
    return group;
}

static json_t *
project_json(struct showing *showing, const struct cm_project *p)
{
    json_t *group = json_object();
    put_text(showing, group, "slug", p->slug);
    put_text(showing, group, "name", p->name);
    put_text(showing, group, "description", p->description);
    PUT_GROUPS(showing, group, "repositories", p->repository_count,
               repository_json(showing, &p->repositories[i_]));
    PUT_GROUPS(showing, group, "links", p->link_count, link_json(showing, &p->links[i_]));
    PUT_GROUPS(showing, group, "artifact_configurations", p->artifact_count,
               artifact_json(showing, &p->artifacts[i_]));
    PUT_GROUPS(showing, group, "signing_policies", p->policy_count,
               policy_json(showing, &p->policies[i_]));
    return group;
}

static json_t *
builder_json(struct showing *showing, const struct cm_builder_trust *builder)
{
    const char level[] = {'L', (char)('0' + builder->build_level), '\0'};
    json_t *group = json_object();
    put_text(showing, group, "id", builder->id);
    put_text(showing, group, "build_level", level);
    return group;
}

static json_t *
form_json(struct showing *showing, const struct cm_key_form *form)
{
    json_t *group = json_object();
    put_text(showing, group, "content", form->content);
    if (form->program.count > 0)
        put_words(showing, group, "program", &form->program);
    put_words(showing, group, "attributes", &form->attributes);
    return group;
}

static json_t *
key_json(struct showing *showing, const struct cm_signing_key *key)
{
    json_t *group = json_object();
    put_text(showing, group, "slug", key->slug);
    put_text(showing, group, "file", key->file);
    put_text(showing, group, "passphrase", key->passphrase);
    put_text(showing, group, "uri", key->uri);
    put_text(showing, group, "module", key->module);
    put_text(showing, group, "pin", key->pin);
    PUT_GROUPS(showing, group, "builders", key->builder_count,
               builder_json(showing, &key->builders[i_]));
    put_text(showing, group, "certificate", key->certificate);
    PUT_GROUPS(showing, group, "forms", key->form_count, form_json(showing, &key->forms[i_]));
    return group;
}

json_t *
cm_config_json(const struct cm_trust *trust, const struct cm_complaints *complaints)
{
    struct showing showing = {.complaints = complaints, .ok = true};
    CM_CLEANUP(cm_json_done) json_t *all = json_object();
    json_t *organization = json_object();
    put_text(&showing, organization, "slug", trust->organization);
    put_text(&showing, organization, "name", trust->organization_name);
    put_text(&showing, organization, "verifier", trust->verifier);
    cm_json_set(all, "organization", organization, &showing.ok);
    put_text(&showing, all, "state", trust->state);
    put_size(&showing, all, "mirrors", trust->mirrors);
    put_words(&showing, all, "plugin_path", &trust->plugin_path);
    PUT_GROUPS(&showing, all, "systems", trust->system_count,
               system_json(&showing, &trust->systems[i_]));
    PUT_GROUPS(&showing, all, "hosts", trust->host_count, host_json(&showing, &trust->hosts[i_]));
    if (trust->proxy != NULL)
        cm_json_set(all, "proxy", proxy_json(&showing, trust->proxy), &showing.ok);
    if (trust->timestamp != NULL)
        cm_json_set(all, "timestamp", timestamp_json(&showing, trust->timestamp), &showing.ok);
    put_text(&showing, all, "keys_socket", trust->keys_socket);
    put_words(&showing, all, "evidence_keys", &trust->evidence_keys);
    PUT_GROUPS(&showing, all, "keys", trust->key_count, key_json(&showing, &trust->keys[i_]));
    PUT_GROUPS(&showing, all, "projects", trust->project_count,
               project_json(&showing, &trust->projects[i_]));
    return showing.ok ? CM_TAKE(all) : NULL;
}

/* ---- in its own syntax ---- */

static void show_members(struct cm_buf *to, int indent, json_t *group);

static void
show_group(struct cm_buf *to, int indent, json_t *group)
{
    cm_buf_puts(to, "{\n");
    show_members(to, indent + 2, group);
    cm_buf_printf(to, "%*s}", indent, "");
}

/* "( { ... }, { ... } )" of groups, "[ ... ]" of anything else. */
static void
show_list(struct cm_buf *to, int indent, json_t *list)
{
    size_t index;
    json_t *one;
    bool groups = json_is_object(json_array_get(list, 0));
    cm_buf_puts(to, groups ? "(\n" : "[ ");
    json_array_foreach(list, index, one)
    {
        cm_buf_puts(to, index == 0 ? "" : groups ? ",\n" : ", ");
        if (groups) {
            cm_buf_printf(to, "%*s", indent + 2, "");
            show_group(to, indent + 2, one);
        } else if (!cm_json_canonical(one, to)) {
            to->failed = true;
        }
    }
    if (groups)
        cm_buf_printf(to, "\n%*s)", indent, "");
    else
        cm_buf_puts(to, " ]");
}

static void
show_members(struct cm_buf *to, int indent, json_t *group)
{
    const char *key;
    json_t *value;
    json_object_foreach(group, key, value)
    {
        cm_buf_printf(to, "%*s%s = ", indent, "", key);
        if (json_is_object(value))
            show_group(to, indent, value);
        else if (json_is_array(value))
            show_list(to, indent, value);
        else if (!cm_json_canonical(value, to))
            to->failed = true;
        cm_buf_puts(to, ";\n");
    }
}

void
cm_config_text(const struct cm_trust *trust, json_t *shown, struct cm_buf *to)
{
    for (size_t i = 0; i < trust->files.count; i++)
        cm_buf_printf(to, "# %s\n", trust->files.at[i]);
    show_members(to, 0, shown);
}

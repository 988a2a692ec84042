/* SPDX-License-Identifier: Apache-2.0 */
#include "programs/show_config.h"

#include "base/json.h"
#include "base/text.h"
#include "trust/secret.h"

#include <string.h>

static void
show_text(struct cm_buf *to, const char *text)
{
    CM_CLEANUP(cm_json_done) json_t *value = json_string(text);
    if (value == NULL || !cm_json_canonical(value, to))
        to->failed = true;
}

static void
show_key(struct cm_buf *to, const char *indent, const char *key, const char *text)
{
    if (text == NULL)
        return;
    cm_buf_printf(to, "%s%s = ", indent, key);
    show_text(to, text);
    cm_buf_puts(to, ";\n");
}

static void
show_words(struct cm_buf *to, const char *indent, const char *key, const struct cm_words *words)
{
    if (words->count == 0)
        return;
    cm_buf_printf(to, "%s%s = [ ", indent, key);
    for (size_t i = 0; i < words->count; i++) {
        cm_buf_puts(to, i > 0 ? ", " : "");
        show_text(to, words->at[i]);
    }
    cm_buf_puts(to, " ];\n");
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
show_settings(struct cm_buf *to, const char *indent, const struct cm_settings *settings,
              const struct cm_complaints *complaints)
{
    for (size_t i = 0; i < settings->count; i++) {
        const struct cm_setting *s = &settings->at[i];
        cm_buf_printf(to, "%s%s = ", indent, s->name);
        if (!may_be_shown(s, complaints))
            cm_buf_puts(to, "\"[withheld]\"");
        else if (!cm_json_canonical(s->value, to))
            to->failed = true;
        cm_buf_puts(to, ";\n");
    }
}

static void
show_peer(struct cm_buf *to, const char *indent, const struct cm_peer *peer)
{
    show_key(to, indent, "ca", peer->ca);
    show_key(to, indent, "spki", peer->spki);
    show_words(to, indent, "allow_addresses", &peer->allow_addresses);
}

static void
show_system(struct cm_buf *to, const struct cm_system *system,
            const struct cm_complaints *complaints)
{
    const char *in = "    ";
    cm_buf_puts(to, "  {\n");
    show_key(to, in, "slug", system->slug);
    show_key(to, in, "name", system->name);
    show_key(to, in, "description", system->description);
    show_key(to, in, "connector", system->connector);
    show_peer(to, in, &system->peer);
    show_settings(to, in, &system->settings, complaints);
    cm_buf_puts(to, "  }");
}

static void
show_host(struct cm_buf *to, const struct cm_host *host)
{
    cm_buf_puts(to, "  {\n");
    show_key(to, "    ", "name", host->name);
    show_peer(to, "    ", &host->peer);
    if (host->case_insensitive)
        cm_buf_puts(to, "    case_insensitive = true;\n");
    cm_buf_puts(to, "  }");
}

static void
show_proxy(struct cm_buf *to, const struct cm_proxy *proxy)
{
    if (proxy == NULL)
        return;
    cm_buf_puts(to, "proxy = {\n");
    show_key(to, "  ", "url", proxy->url);
    show_key(to, "  ", "user", proxy->user);
    show_key(to, "  ", "password", proxy->password);
    show_words(to, "  ", "no_proxy", &proxy->no_proxy);
    show_peer(to, "  ", &proxy->peer);
    cm_buf_puts(to, "};\n");
}

static void
show_repository(struct cm_buf *to, const struct cm_repository *repository)
{
    cm_buf_puts(to, "      {\n");
    show_key(to, "        ", "url", repository->url);
    show_key(to, "        ", "token", repository->token);
    cm_buf_puts(to, "      }");
}

static void
show_link(struct cm_buf *to, const struct cm_link *link, const struct cm_complaints *complaints)
{
    const char *in = "        ";
    cm_buf_puts(to, "      {\n");
    show_key(to, in, "system", link->system);
    show_words(to, in, "assume", &link->assume);
    show_key(to, in, "assume_reason", link->assume_reason);
    show_settings(to, in, &link->settings, complaints);
    cm_buf_puts(to, "      }");
}

static void
show_artifact(struct cm_buf *to, const struct cm_artifact_configuration *artifact)
{
    cm_buf_puts(to, "      {\n");
    show_key(to, "        ", "slug", artifact->slug);
    show_words(to, "        ", "rewriters", &artifact->rewriters);
    show_key(to, "        ", "signer", artifact->signer);
    cm_buf_puts(to, "      }");
}

static void
show_waiver(struct cm_buf *to, const struct cm_waiver *waiver)
{
    char until[CM_TIME_SIZE];
    cm_format_time(waiver->until, until);
    cm_buf_puts(to, "          {\n");
    show_key(to, "            ", "check", waiver->check);
    show_key(to, "            ", "reason", waiver->reason);
    show_key(to, "            ", "author", waiver->author);
    show_key(to, "            ", "until", until);
    cm_buf_puts(to, "          }");
}

static void
show_max_age(struct cm_buf *to, const char *indent, int64_t ns)
{
    const int64_t second = 1000000000, day = 86400 * second;
    if (ns == 0)
        cm_buf_printf(to, "%smax_age = \"unlimited\";\n", indent);
    else if (ns % day == 0)
        cm_buf_printf(to, "%smax_age = \"%lldd\";\n", indent, (long long)(ns / day));
    else
        cm_buf_printf(to, "%smax_age = \"%llds\";\n", indent, (long long)(ns / second));
}

/* "key = ( { ... }, { ... } );" around `count` things that `show` writes. */
#define SHOW_LIST(to, indent, key, count, show)                                                    \
    do {                                                                                           \
        if ((count) > 0)                                                                           \
            cm_buf_printf((to), "%s%s = (\n", (indent), (key));                                    \
        for (size_t i_ = 0; i_ < (count); i_++) {                                                  \
            show;                                                                                  \
            cm_buf_puts((to), i_ + 1 < (count) ? ",\n" : "\n");                                    \
        }                                                                                          \
        if ((count) > 0)                                                                           \
            cm_buf_printf((to), "%s);\n", (indent));                                               \
    } while (0)

static void
show_policy(struct cm_buf *to, const struct cm_policy *policy,
            const struct cm_complaints *complaints)
{
    const char *in = "        ";
    cm_buf_puts(to, "      {\n");
    show_key(to, in, "slug", policy->slug);
    show_key(to, in, "description", policy->description);
    show_key(to, in, "origin", "required");
    show_words(to, in, "systems", &policy->systems);
    show_words(to, in, "refs", &policy->refs);
    show_words(to, in, "tag_branches", &policy->tag_branches);
    show_key(to, in, "repository", policy->repository_any ? "any" : "public");
    show_max_age(to, in, policy->max_age);
    show_words(to, in, "submitters", &policy->submitters);
    show_words(to, in, "optional", &policy->optional);
    SHOW_LIST(to, in, "waivers", policy->waiver_count, show_waiver(to, &policy->waivers[i_]));
    show_settings(to, in, &policy->settings, complaints);
    cm_buf_puts(to, "      }");
}

static void
show_project(struct cm_buf *to, const struct cm_project *p, const struct cm_complaints *complaints)
{
    const char *in = "    ";
    cm_buf_puts(to, "  {\n");
    show_key(to, in, "slug", p->slug);
    show_key(to, in, "name", p->name);
    show_key(to, in, "description", p->description);
    SHOW_LIST(to, in, "repositories", p->repository_count,
              show_repository(to, &p->repositories[i_]));
    SHOW_LIST(to, in, "links", p->link_count, show_link(to, &p->links[i_], complaints));
    SHOW_LIST(to, in, "artifact_configurations", p->artifact_count,
              show_artifact(to, &p->artifacts[i_]));
    SHOW_LIST(to, in, "signing_policies", p->policy_count,
              show_policy(to, &p->policies[i_], complaints));
    cm_buf_puts(to, "  }");
}

void
cm_show_config(const struct cm_trust *trust, const struct cm_complaints *complaints,
               struct cm_buf *to)
{
    for (size_t i = 0; i < trust->files.count; i++)
        cm_buf_printf(to, "# %s\n", trust->files.at[i]);
    cm_buf_puts(to, "organization = {\n");
    show_key(to, "  ", "slug", trust->organization);
    show_key(to, "  ", "name", trust->organization_name);
    cm_buf_puts(to, "};\n");
    show_key(to, "", "state", trust->state);
    show_words(to, "", "plugin_path", &trust->plugin_path);
    SHOW_LIST(to, "", "systems", trust->system_count,
              show_system(to, &trust->systems[i_], complaints));
    SHOW_LIST(to, "", "hosts", trust->host_count, show_host(to, &trust->hosts[i_]));
    show_proxy(to, trust->proxy);
    SHOW_LIST(to, "", "projects", trust->project_count,
              show_project(to, &trust->projects[i_], complaints));
}

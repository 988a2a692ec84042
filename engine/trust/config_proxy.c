/* SPDX-License-Identifier: Apache-2.0
 *
 * `proxy`: through whom hosts are asked, and which of them are not.
 */
#include "trust/reader.h"

#include "trust/proxy.h"

#include <string.h>
#include <strings.h>

static bool
is_https(const struct cm_proxy *proxy)
{
    return strncasecmp(proxy->url, "https:", strlen("https:")) == 0;
}

/* Also where it is wrong, which was said. */
static bool
has(struct cm_reader *reader, const struct cm_node *group, const char *key)
{
    struct cm_node node;
    return cm_node_member(reader, group, key, &node);
}

/* A list of at least one word, be it right or wrong. */
static bool
lists_any(struct cm_reader *reader, const struct cm_node *group, const char *key)
{
    struct cm_node node;
    return cm_node_member(reader, group, key, &node) && config_setting_length(node.at) > 0;
}

static void
check_agreement(struct cm_reader *reader, const struct cm_node *group, const struct cm_proxy *proxy)
{
    bool user = has(reader, group, "user"), password = has(reader, group, "password");
    if (cm_node_is_open(group))
        return;
    if (user && !password)
        cm_node_complain(reader, group, "write where it is: password = \"file:/path\"",
                         "\"user\" has no \"password\"");
    if (password && !user)
        cm_node_complain(reader, group, "write user = \"...\"", "\"password\" has no \"user\"");
    if (proxy->url == NULL || is_https(proxy))
        return;
    if (!lists_any(reader, group, "allow_addresses"))
        cm_node_complain(reader, group,
                         "write allow_addresses = [ \"10.1.2.3\" ], with the proxy's address",
                         "a proxy that is spoken to without TLS is used at listed addresses only, "
                         "and none is");
    if (has(reader, group, "ca") || has(reader, group, "spki"))
        cm_node_complain(reader, group, "remove it, or write https:// in \"url\"",
                         "\"ca\" and \"spki\" are for TLS, and the proxy is spoken to without");
}

static void
read_proxy(struct cm_reader *reader, const struct cm_node *group, struct cm_proxy *ret)
{
    static const char *const keys[] = {"url", "user", "password",        "no_proxy",
                                       "ca",  "spki", "allow_addresses", NULL};
    ret->url = cm_take_text(reader, group, "url", &cm_kind_proxy, true);
    ret->user = cm_take_text(reader, group, "user", &cm_kind_proxy_user, false);
    ret->password = cm_take_text(reader, group, "password", &cm_kind_secret, false);
    ret->no_proxy = cm_take_words(reader, group, "no_proxy", &cm_kind_no_proxy, false);
    ret->peer = cm_take_peer(reader, group);
    ret->place = cm_node_place(group);
    cm_take_no_more(reader, group, keys);
    check_agreement(reader, group, ret);
}

const struct cm_proxy *
cm_take_proxy(struct cm_reader *reader, const struct cm_node *root)
{
    struct cm_node group;
    struct cm_proxy *proxy = cm_reader_alloc(reader, 1, sizeof *proxy);
    if (proxy == NULL || !cm_node_member(reader, root, "proxy", &group))
        return NULL;
    if (!config_setting_is_group(group.at)) {
        cm_node_complain(reader, &group,
                         "write { url = \"http://host:port\"; }; without this setting there is no "
                         "proxy",
                         "is not a group");
        return NULL;
    }
    read_proxy(reader, &group, proxy);
    return proxy;
}

void
cm_check_proxied(struct cm_reader *reader)
{
    const struct cm_trust *trust = reader->trust;
    for (size_t i = 0; i < trust->project_count; i++) {
        const struct cm_project *project = &trust->projects[i];
        for (size_t j = 0; j < project->repository_count; j++) {
            struct cm_err err = CM_ERR_INIT;
            if (!cm_proxy_check(trust->proxy, project->repositories[j].url, &err))
                cm_complain(reader->complaints, project->repositories[j].place, "repositories",
                            NULL, "%s", err.text);
        }
    }
}

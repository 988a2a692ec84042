/* SPDX-License-Identifier: Apache-2.0 */
#include "trust/proxy.h"

#include "base/text.h"
#include "trust/address.h"

#include <string.h>

static bool
names_host(const char *word, const char *host)
{
    size_t size = strlen(host), tail = strlen(word);
    if (word[0] == '.')
        return size > tail && cm_ascii_equal_fold(host + size - tail, word);
    return cm_ascii_equal_fold(host, word);
}

bool
cm_proxy_leaves_out(const struct cm_proxy *proxy, const struct cm_url *url)
{
    const struct cm_words *words = &proxy->no_proxy;
    struct sockaddr_storage address;
    if (url->host_is_address)
        return cm_address_read(url->host, &address) &&
               cm_address_listed((const struct sockaddr *)&address, words->at, words->count);
    for (size_t i = 0; i < words->count; i++) {
        if (names_host(words->at[i], url->host))
            return true;
    }
    return false;
}

bool
cm_proxy_may_carry(const struct cm_url *url, struct cm_err *err)
{
    if (strcmp(url->scheme, "https") != 0)
        return cm_fail(err, CM_E_DENIED,
                       "refused to send http without TLS through the proxy, which would read and "
                       "could change it; use https, or list the host in `no_proxy`");
    if (url->host_is_address)
        return cm_fail(err, CM_E_DENIED,
                       "refused to ask an address through the proxy; use the host's name, or list "
                       "the address in `no_proxy`");
    if (strchr(url->host, '.') == NULL)
        return cm_fail(err, CM_E_DENIED,
                       "refused to ask for a name without a dot through the proxy, where it could "
                       "mean another host; write the whole name, or list it in `no_proxy`");
    return true;
}

bool
cm_proxy_check(const struct cm_proxy *proxy, const char *url, struct cm_err *err)
{
    char room[CM_URL_HOST_SIZE];
    struct cm_url parsed;
    struct cm_err ignored = CM_ERR_INIT;
    return proxy == NULL || url == NULL || !cm_url_parse_origin(url, room, &parsed, &ignored) ||
           cm_proxy_leaves_out(proxy, &parsed) || cm_proxy_may_carry(&parsed, err);
}

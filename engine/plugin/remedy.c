/* SPDX-License-Identifier: Apache-2.0 */
#include "base/text.h"
#include "plugin/host.h"

#include <stdbool.h>

/* What is missing is the repository's answer, not the build system's. */
static bool
is_of_repository(const char *document)
{
    return document != NULL && cm_starts_with(document, "repository-");
}

static const char *
denied(bool of_repository)
{
    if (of_repository)
        return "If the project is really built from there, add the URL to its repositories; if "
               "its host is inside your network, list the address in allow_addresses under hosts";
    return "If this is meant to be asked, set the connector's URL option to its origin; if its "
           "host is inside your network, list the address in allow_addresses of the system";
}

static const char *
not_found(bool of_repository)
{
    if (of_repository)
        return "Look whether the repository, the ref and the commit are still there under these "
               "names";
    return "Look whether the names of the submission and the link are right, and whether the "
           "build system still keeps this";
}

static const char *
auth(bool of_repository)
{
    if (of_repository)
        return "Make the repository public, or give the project a token that may read it and say "
               "repository = \"any\" in the policy";
    return "Check the secret that the reason names: is it still valid, and may it read this? Give "
           "a new one if not";
}

static const char *
advice(enum cm_class class, bool of_repository)
{
    switch (class) {
    case CM_E_CONFIG:
        return "Correct the configuration as the reason says; `countermark config check` shows "
               "where";
    case CM_E_DENIED:
        return denied(of_repository);
    case CM_E_AUTH:
        return auth(of_repository);
    case CM_E_NOT_FOUND:
        return not_found(of_repository);
    case CM_E_TRANSIENT:
        return "Try again later";
    case CM_E_LIMIT:
        return "The answer is larger than what is read; look what makes it so large";
    case CM_E_CANCELLED:
        return "Give it more time: --timeout DURATION";
    case CM_E_MALFORMED:
        return "What answered does not speak the expected format: look whether the URL is that of "
               "the right server, and what stands between";
    case CM_E_UNSUPPORTED:
        return "This cannot be decided from what is recorded; where the policy allows it, make the "
               "check optional or waive it";
    default:
        return "This is a fault of the plug-in or of the engine: report it with the evidence file";
    }
}

const char *
cm_remedy_of(struct cm_arena *arena, enum cm_class class, const char *document, const char *asked)
{
    const char *what = advice(class, is_of_repository(document));
    const char *remedy;
    if (asked != NULL)
        remedy = cm_arena_printf(arena, "%s (%s).", what, asked);
    else if (document != NULL)
        remedy = cm_arena_printf(arena, "%s (document '%s').", what, document);
    else
        remedy = cm_arena_printf(arena, "%s.", what);
    return remedy != NULL ? remedy : what;
}

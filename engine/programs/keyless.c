/* SPDX-License-Identifier: Apache-2.0 */
#include "programs/keyless.h"

#include "base/compiler.h"
#include "base/text.h"

#include <string.h>

bool
cm_is_keyless(const char *option)
{
    static const char *const names[] = {"rekor-url",
                                        "offline",
                                        "insecure-ignore-tlog",
                                        "insecure-ignore-sct",
                                        "use-signed-timestamps",
                                        "sct",
                                        "timestamp-certificate-chain",
                                        "rfc3161-timestamp",
                                        "allow-certificate-chain",
                                        "ca-roots",
                                        "ca-intermediates",
                                        "sk",
                                        "slot",
                                        "cert-oidc-provider",
                                        "provenance-repository",
                                        "tlog-upload"};
    for (size_t i = 0; i < CM_COUNT(names); i++)
        if (strcmp(option, names[i]) == 0)
            return true;
    return cm_starts_with(option, "certificate") || cm_starts_with(option, "oidc-") ||
           cm_starts_with(option, "fulcio-");
}

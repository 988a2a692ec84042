/* SPDX-License-Identifier: Apache-2.0
 *
 * The optional interfaces: each by its name, none that is older than what is asked for, and what
 * asks the outside only to those who may.
 */
#include "plugin/call.h"

#include <string.h>

const void *
cm_host_interface(const struct cm_plugin_host *host, const char *name, uint32_t least_size)
{
    const struct {
        const char *name;
        const void *table;
        uint32_t size;
        bool outside;
    } all[] = {
        {CMK_CERTIFICATES, &cm_host_certificates, cm_host_certificates.size, false},
        {CMK_FILES, &cm_host_files, cm_host_files.size, true},
        {CMK_TEXT_ANSWERS, &cm_host_text_answers, cm_host_text_answers.size, true},
    };
    for (size_t i = 0; name != NULL && i < CM_COUNT(all); i++)
        if (strcmp(all[i].name, name) == 0 && least_size <= all[i].size &&
            (host->is.outside != NULL || !all[i].outside))
            return all[i].table;
    return NULL;
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * What both statements say alike: names, the builder, versions.
 */
#include "signing/mark.h"

#include "base/json.h"
#include "evidence/evidence.h"
#include "signing/mark_inside.h"

#include <string.h>

/* What only the submission says is nobody's word that we would repeat. */
const char *
cm_mark_origin(const struct cm_accepted *accepted, const char *field)
{
    for (size_t i = 0; i < accepted->verdict.origin_count; i++) {
        const struct cm_origin_field *one = &accepted->verdict.origin[i];
        if (strcmp(one->field, field) == 0)
            return strcmp(one->of, CM_OF_SUBMITTER) != 0 ? one->text : NULL;
    }
    return NULL;
}

const char *
cm_mark_name(const struct cm_accepted *accepted)
{
    const json_t *submitted = cm_evidence_document(accepted->opened.evidence, "submitted");
    const char *name = cm_mark_origin(accepted, "artifact");
    if (name == NULL)
        name = cm_json_text(cm_json_get(submitted, "content"), "name");
    const char *slash = name != NULL ? strrchr(name, '/') : NULL;
    return slash != NULL ? slash + 1 : name != NULL ? name : "artifact";
}

const char *
cm_mark_under(const struct cm_mark *mark, const char *rest)
{
    const char *verifier = mark->trust->verifier;
    size_t size = strlen(verifier);
    return cm_arena_printf(mark->accepted->arena, "%s%s%s", verifier,
                           size > 0 && verifier[size - 1] == '/' ? "" : "/", rest);
}

const char *
cm_mark_builder(const struct cm_mark *mark)
{
    const json_t *request = cm_json_get(mark->accepted->opened.evidence, "request");
    const char *slug = cm_json_text(request, "system");
    const struct cm_system *system = cm_trust_system(mark->trust, slug);
    if (system != NULL && system->builder != NULL)
        return system->builder;
    const char *rest = cm_arena_printf(mark->accepted->arena, "builders/%s", slug);
    return rest != NULL ? cm_mark_under(mark, rest) : NULL;
}

json_t *
cm_mark_versions(const struct cm_accepted *accepted)
{
    bool ok = true;
    size_t index;
    const json_t *plugin, *evidence = accepted->opened.evidence;
    json_t *versions = json_object();
    cm_json_set_text(versions, "countermark",
                     cm_json_text(cm_json_get(evidence, "engine"), "version"), &ok);
    json_array_foreach(cm_json_get(evidence, "plugins"), index, plugin)
    {
        const char *id = cm_json_text(plugin, "id");
        if (id != NULL)
            cm_json_set_text(versions, id, cm_json_text(plugin, "version"), &ok);
    }
    if (!ok)
        cm_json_done(&versions);
    return versions;
}

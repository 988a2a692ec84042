/* SPDX-License-Identifier: Apache-2.0
 *
 * A package that says what its origin is. First everything is read and planned, then, if there is
 * anything to do, the edits are handed to the host: a package that is documented already is left
 * alone, its signature with it.
 */
#include "nuget.h"

#include <string.h>

struct addition {
    const char *name;
    struct cmk_bytes content;
};

struct plan {
    struct nu_package package;
    struct nu_origin origin;
    struct nu_xml xml;
    struct nu_nuspec nuspec;
    struct nu_edits edits; /* of the nuspec */
    bool symbols;
    struct addition *additions;
    uint64_t addition_count;
    struct nu_types types;
};

static int32_t
fail(struct cmk_call *c, const struct nu_why *why)
{
    return cmk_fail(c, why->status, "%s", why->text);
}

/* ---- the repository element ---- */

static const char *
fact_name(struct cmk_call *c, int fact)
{
    return cmk_printf(c, "repository.%s", nu_fact_names[fact]);
}

/* Notes each fact, and gives a sentence about those that contradict; "": none does. */
static const char *
compare_facts(struct cmk_call *c, const struct cmk_work *w, const struct plan *p)
{
    const char *sentence = "";
    for (int fact = 0; fact < NU_FACTS; fact++) {
        const char *said = p->nuspec.said[fact], *is = p->origin.is[fact];
        enum nu_deed deed = nu_fact_deed(c, &p->origin, (enum nu_fact)fact, said);
        if (said == NULL && is == NULL)
            continue;
        w->note(c, fact_name(c, fact), said != NULL ? nu_shown(c, said) : NULL,
                deed == NU_KEEP ? NULL : nu_shown(c, is != NULL ? is : ""));
        if (deed == NU_KEEP || said == NULL || *said == '\0')
            continue;
        const char *should = is != NULL ? cmk_printf(c, "'%s'", nu_shown(c, is)) : "nothing";
        sentence = cmk_printf(c, "%s%s%s is '%s' there, and %s by the origin", sentence,
                              *sentence != '\0' ? "; " : "", fact_name(c, fact), nu_shown(c, said),
                              should);
    }
    return sentence;
}

static int32_t
plan_nuspec(struct cmk_call *c, const struct cmk_work *w, struct plan *p)
{
    struct nu_why why;
    struct cmk_bytes file =
        w->archives->read(c, w->archive, (uint64_t)p->package.nuspec, NU_MOST_NUSPEC);
    if (!nu_xml_read(c, p->package.nuspec_name, file, NU_MOST_NUSPEC, &p->xml, &why) ||
        !nu_nuspec_read(c, &p->xml, &p->nuspec, &why) || !nu_nuspec_repository(c, &p->nuspec, &why))
        return fail(c, &why);
    const char *contradiction = compare_facts(c, w, p);
    if (*contradiction != '\0' && !nu_same(cmk_text(c, c->options, "contradiction"), "replace"))
        return cmk_fail(c, CMK_E_DENIED,
                        "%s says otherwise than the verified origin. Pack it from the verified "
                        "commit, or leave that out, or, if you know why it differs, set "
                        "contradiction = \"replace\": %s",
                        p->xml.name, contradiction);
    if (!nu_nuspec_edit(c, &p->nuspec, &p->origin, &p->edits, &why))
        return fail(c, &why);
    return CMK_OK;
}

/* ---- attached files ---- */

/* JSON in its canonical form; another file is a text, which is written as it is. */
static struct cmk_bytes
content_of(struct cmk_call *c, const char *name, const struct cmk_value *value)
{
    if (nu_ends(name, ".json"))
        return c->json->canonical(c, value);
    const char *text = c->json->text(c, value);
    return (struct cmk_bytes){text, text != NULL ? strlen(text) : 0};
}

/* Is it in the package already, byte for byte? Fails the call if something else is. */
static bool
is_there(struct cmk_call *c, const struct cmk_work *w, const struct addition *a)
{
    int64_t entry = w->archives->find_alike(c, w->archive, a->name);
    if (entry < 0)
        return false;
    const char *name = w->archives->name(c, w->archive, (uint64_t)entry);
    struct cmk_bytes old = w->archives->read(c, w->archive, (uint64_t)entry, NU_MOST_DOCUMENT);
    if (nu_same(name, a->name) && old.size == a->content.size &&
        (old.size == 0 || memcmp(old.at, a->content.at, old.size) == 0))
        return true;
    cmk_fail(c, CMK_E_UNSUPPORTED,
             "%s: the package has this file already, and it is not what is to be attached as %s. "
             "Take it out of what is packed: only the verified origin is documented there",
             name != NULL ? name : "", a->name);
    return false;
}

/* A type for it in [Content_Types].xml. */
static int32_t
plan_type(struct cmk_call *c, struct plan *p, const char *name)
{
    struct nu_why why;
    bool known = true;
    const char *extension = strrchr(name, '.') + 1;
    if (!nu_types_allow(c, &p->types, name, &why) ||
        !nu_types_know(c, &p->types, extension, &known, &why) ||
        (!known && !nu_types_add(c, &p->types, extension, &why)))
        return fail(c, &why);
    return CMK_OK;
}

static int32_t
plan_attachment(struct cmk_call *c, const struct cmk_work *w, struct plan *p, uint64_t index)
{
    struct addition a = {.name = c->json->key(c, w->attachments, index)};
    if (a.name == NULL)
        return c->base->status(c);
    if (!nu_ends(a.name, ".json") && !nu_ends(a.name, ".xml") && !nu_ends(a.name, ".txt"))
        return cmk_fail(c, CMK_E_UNSUPPORTED, "%s: no .json, .xml or .txt, so it is not attached",
                        a.name);
    a.content = content_of(c, a.name, c->json->at(c, w->attachments, index));
    if (a.content.at == NULL)
        return cmk_fail(c, CMK_E_UNSUPPORTED, "%s: there is nothing to be attached", a.name);
    bool there = is_there(c, w, &a);
    w->note(c, "attached", there ? a.name : NULL, there ? NULL : a.name);
    if (!there)
        p->additions[p->addition_count++] = a;
    return p->types.entry >= 0 ? plan_type(c, p, a.name) : CMK_OK;
}

static int32_t
plan_attachments(struct cmk_call *c, const struct cmk_work *w, struct plan *p)
{
    struct nu_why why;
    uint64_t count = c->json->count(c, w->attachments);
    p->types.entry = -1;
    if (count == 0 || p->symbols)
        return c->base->status(c);
    if (!nu_types_read(c, w, &p->types, &why))
        return fail(c, &why);
    p->additions = c->base->alloc(c, count * sizeof *p->additions);
    for (uint64_t i = 0; p->additions != NULL && i < count; i++)
        if (plan_attachment(c, w, p, i) != CMK_OK)
            break;
    return c->base->status(c);
}

/* ---- the whole ---- */

static int32_t
plan(struct cmk_call *c, const struct cmk_work *w, struct plan *p)
{
    struct nu_why why;
    if (!nu_package_look(c, w, &p->package, &why) || !nu_package_has_nuspec(c, &p->package, &why) ||
        !nu_package_is_clear(c, &p->package, &why) ||
        !nu_origin_read(c, w->origin, &p->origin, &why))
        return fail(c, &why);
    if (plan_nuspec(c, w, p) != CMK_OK)
        return c->base->status(c);
    const char *types = nu_nuspec_types(c, &p->nuspec, &p->symbols);
    p->symbols = p->symbols || nu_is_symbols_name(w->name);
    if (p->symbols)
        w->note(c, "package.type", *types != '\0' ? types : "SymbolsPackage", NULL);
    return plan_attachments(c, w, p);
}

static bool
is_anything(const struct plan *p)
{
    return p->edits.count > 0 || p->addition_count > 0 || p->types.edits.count > 0;
}

static int32_t
take_signature(struct cmk_call *c, const struct cmk_work *w, const struct plan *p)
{
    if (p->package.signatures == 0)
        return CMK_OK;
    if (!nu_same(cmk_text(c, c->options, "signed"), "strip"))
        return cmk_fail(c, CMK_E_DENIED,
                        NU_SIGNATURE
                        ": the package is signed, and documenting it would break the "
                        "signature. Document it first and sign it then, or set signed = \"strip\"");
    w->note(c, "signature", "there", "taken out");
    return w->archives->remove(c, w->archive, (uint64_t)p->package.signature);
}

/* NuGet refuses to sign what has more (NU3039), and so does nuget.org to take it. */
static int32_t
check_count(struct cmk_call *c, const struct plan *p)
{
    uint64_t count = p->package.count - p->package.signatures + p->addition_count;
    if (count <= NU_MOST_ENTRIES)
        return CMK_OK;
    return cmk_fail(c, CMK_E_LIMIT,
                    "the package would have %llu entries. NuGet needs one more for a signature and "
                    "signs none with 65,534 or more (NU3039), nor does nuget.org take it",
                    (unsigned long long)count);
}

static int32_t
carry_out(struct cmk_call *c, const struct cmk_work *w, const struct plan *p)
{
    if (take_signature(c, w, p) != CMK_OK || check_count(c, p) != CMK_OK)
        return c->base->status(c);
    nu_edit_splice(c, w, (uint64_t)p->package.nuspec, &p->xml, &p->edits);
    for (uint64_t i = 0; i < p->addition_count; i++)
        w->archives->add(c, w->archive, p->additions[i].name, p->additions[i].content, 0);
    nu_edit_splice(c, w, (uint64_t)p->types.entry, &p->types.before, &p->types.edits);
    return c->base->status(c);
}

/* NuGet's own: of a package that is not signed, the base64 of its SHA-512. */
static void
note_hash(struct cmk_call *c, const struct cmk_work *w, const struct plan *p)
{
    if (!cmk_truth(c, c->options, "content_hash", 0))
        return;
    if (p->package.signatures > 0 && !is_anything(p)) {
        cmk_log(c, CMK_LOG_WARNING,
                "no content hash: the package is signed and stays so; its signature holds it");
        return;
    }
    struct cmk_bytes digest = w->archives->digest(c, w->archive, "sha512");
    w->note(c, "content-hash", NULL, c->crypto->encode(c, "base64", digest));
}

int32_t
nu_rewrite(struct cmk_call *c, const struct cmk_work *w)
{
    struct plan p = {.symbols = false};
    if (w->archive == NULL)
        return cmk_fail(c, CMK_E_UNSUPPORTED, "it is no archive, so it is no NuGet package");
    if (plan(c, w, &p) != CMK_OK)
        return c->base->status(c);
    if (!is_anything(&p))
        w->note(c, "documented", "already, with the same facts", NULL);
    else if (carry_out(c, w, &p) != CMK_OK)
        return c->base->status(c);
    note_hash(c, w, &p);
    return c->base->status(c);
}

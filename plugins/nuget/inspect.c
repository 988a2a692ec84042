/* SPDX-License-Identifier: Apache-2.0
 *
 * What a package says of its origin, and what of that does not fit together. Nothing is believed
 * here, and nothing is refused: where rewriting would fail, there is a doubt.
 */
#include "nuget.h"

#include <string.h>

#define MOST_DOCUMENTS 16 /* that are read; all are named */

struct look {
    struct cmk_call *c;
    const struct cmk_work *w;
    struct nu_package package;
    struct nu_xml xml;
    struct nu_nuspec nuspec;
    bool symbols;
    struct nu_types types;
};

#define doubt_that(l, ...) ((l)->w->doubt((l)->c, cmk_printf((l)->c, __VA_ARGS__)))

static void
doubt_why(struct look *l, const struct nu_why *why)
{
    l->w->doubt(l->c, why->text);
}

/* ---- the nuspec ---- */

static void
note_text(struct look *l, const char *fact, const char *name)
{
    const char *text = nu_nuspec_text(l->c, &l->nuspec, name);
    if (text == NULL || *text == '\0')
        doubt_that(l, "%s: it says no %s", l->xml.name, name);
    else
        l->w->note(l->c, fact, nu_shown(l->c, text), NULL);
}

static void
look_at_types(struct look *l)
{
    bool by_name = nu_is_symbols_name(l->w->name);
    const char *types = nu_nuspec_types(l->c, &l->nuspec, &l->symbols);
    if (*types != '\0')
        l->w->note(l->c, "package.type", types, NULL);
    if (by_name && !l->symbols)
        doubt_that(l,
                   "%s: the file is named like a symbols package, and this does not say that it is "
                   "one",
                   l->xml.name);
    if (!by_name && l->symbols)
        doubt_that(l,
                   "%s: it says that this is a symbols package, and the file is not named like one",
                   l->xml.name);
    l->symbols = l->symbols || by_name;
}

static void
judge_url(struct look *l, const char *url)
{
    if (url == NULL || *url == '\0')
        doubt_that(l, "%s: <repository> has no url, so NuGet drops it", l->xml.name);
    else if (strstr(url, "://") == NULL)
        doubt_that(l, "%s: repository.url '%s' is relative: nobody can tell to what", l->xml.name,
                   nu_shown(l->c, url));
    else if (nu_url_normal(l->c, url) == NULL)
        doubt_that(l, "%s: repository.url '%s' is no https address of a repository", l->xml.name,
                   nu_shown(l->c, url));
}

static void
judge_facts(struct look *l)
{
    const char *const *said = l->nuspec.said;
    judge_url(l, said[NU_URL]);
    if (said[NU_TYPE] == NULL || *said[NU_TYPE] == '\0')
        doubt_that(l, "%s: <repository> has no type, so NuGet drops it", l->xml.name);
    else if (!nu_same_but_case(said[NU_TYPE], "git"))
        doubt_that(l, "%s: repository.type is '%s', and not git", l->xml.name,
                   nu_shown(l->c, said[NU_TYPE]));
    if (said[NU_COMMIT] == NULL || *said[NU_COMMIT] == '\0')
        doubt_that(l, "%s: <repository> names no commit", l->xml.name);
    else if (!nu_is_commit(said[NU_COMMIT]))
        doubt_that(l, "%s: repository.commit '%s' is no commit id of 40 or 64 hexadecimal digits",
                   l->xml.name, nu_shown(l->c, said[NU_COMMIT]));
}

static void
look_at_repository(struct look *l)
{
    struct nu_why why;
    if (!nu_nuspec_repository(l->c, &l->nuspec, &why)) {
        doubt_why(l, &why);
        return;
    }
    if (l->nuspec.repository == NU_NONE) {
        doubt_that(l, "%s: it names no repository", l->xml.name);
        return;
    }
    for (int fact = 0; fact < NU_FACTS; fact++)
        if (l->nuspec.said[fact] != NULL)
            l->w->note(l->c, cmk_printf(l->c, "repository.%s", nu_fact_names[fact]),
                       nu_shown(l->c, l->nuspec.said[fact]), NULL);
    judge_facts(l);
}

static void
look_at_nuspec(struct look *l)
{
    struct nu_why why;
    l->symbols = nu_is_symbols_name(l->w->name);
    if (l->package.nuspec < 0)
        return;
    struct cmk_bytes file =
        l->w->archives->read(l->c, l->w->archive, (uint64_t)l->package.nuspec, NU_MOST_NUSPEC);
    if (!nu_xml_read(l->c, l->package.nuspec_name, file, NU_MOST_NUSPEC, &l->xml, &why) ||
        !nu_nuspec_read(l->c, &l->xml, &l->nuspec, &why)) {
        doubt_why(l, &why);
        return;
    }
    note_text(l, "package.id", "id");
    note_text(l, "package.version", "version");
    look_at_types(l);
    look_at_repository(l);
}

/* ---- files beside it ---- */

static void
compare(struct look *l, const char *name, const struct nu_document *d)
{
    const char *const *said = l->nuspec.said;
    const char *url = nu_url_normal(l->c, d->repository);
    const char *own = nu_url_normal(l->c, said[NU_URL]);
    if (url != NULL && own != NULL && strcmp(url, own) != 0)
        doubt_that(l, "%s names the repository '%s', the nuspec '%s'", name,
                   nu_shown(l->c, d->repository), nu_shown(l->c, said[NU_URL]));
    if (d->commit != NULL && nu_is_commit(d->commit) && said[NU_COMMIT] != NULL &&
        !nu_same_but_case(d->commit, said[NU_COMMIT]))
        doubt_that(l, "%s names the commit '%s', the nuspec '%s'", name, nu_shown(l->c, d->commit),
                   nu_shown(l->c, said[NU_COMMIT]));
}

static void
look_into_document(struct look *l, uint64_t entry, const char *name)
{
    struct nu_document document;
    struct cmk_bytes text = l->w->archives->read(l->c, l->w->archive, entry, NU_MOST_DOCUMENT);
    if (text.at == NULL)
        return;
    if (nu_document_read(l->c, text, &document))
        compare(l, name, &document);
    else
        doubt_that(l, "%s: no JSON that can be read", name);
}

static void
look_at_type(struct look *l, const char *name)
{
    struct nu_why why;
    bool known = true;
    if (l->types.entry < 0)
        return;
    if (!nu_types_know(l->c, &l->types, "json", &known, &why))
        doubt_why(l, &why);
    else if (!known && !nu_types_name(l->c, &l->types, name))
        doubt_that(l,
                   "%s: " NU_CONTENT_TYPES " knows no type for it, so clients of NuGet 2 drop it",
                   name);
}

static void
look_at_documents(struct look *l)
{
    bool compares = l->nuspec.said[NU_URL] != NULL || l->nuspec.said[NU_COMMIT] != NULL;
    uint32_t found = 0;
    for (uint64_t i = 0; i < l->package.count; i++) {
        const char *name = l->w->archives->name(l->c, l->w->archive, i);
        if (name == NULL || strpbrk(name, "/\\") != NULL || !nu_ends(name, ".json"))
            continue;
        const char *shown = nu_shown(l->c, name);
        if (++found > MOST_DOCUMENTS)
            break;
        l->w->note(l->c, "document", shown, NULL);
        look_at_type(l, name);
        if (compares)
            look_into_document(l, i, shown);
    }
    if (found > MOST_DOCUMENTS)
        doubt_that(l, "more than %d .json files in its root: the others were not looked at",
                   MOST_DOCUMENTS);
    if (found > 0 && l->symbols)
        doubt_that(l, "a symbols package with documentation: nuget.org does not take it");
}

/* ---- the whole ---- */

static void
look_at_signature(struct look *l)
{
    struct nu_why why;
    if (!nu_package_is_clear(l->c, &l->package, &why))
        doubt_why(l, &why);
    else
        l->w->note(l->c, "signature", l->package.signatures > 0 ? "there" : "none", NULL);
}

static void
look_at_content_types(struct look *l)
{
    struct nu_why why;
    if (nu_types_read(l->c, l->w, &l->types, &why))
        return;
    l->types.entry = -1;
    doubt_why(l, &why);
}

int32_t
nu_inspect(struct cmk_call *c, const struct cmk_work *w)
{
    struct look l = {.c = c, .w = w};
    struct nu_why why;
    if (w->archive == NULL)
        return cmk_fail(c, CMK_E_UNSUPPORTED, "it is no archive, so it is no NuGet package");
    if (!nu_package_look(c, w, &l.package, &why))
        return cmk_fail(c, why.status, "%s", why.text);
    if (!nu_package_has_nuspec(c, &l.package, &why))
        doubt_why(&l, &why);
    look_at_nuspec(&l);
    look_at_signature(&l);
    look_at_content_types(&l);
    look_at_documents(&l);
    return c->base->status(c);
}

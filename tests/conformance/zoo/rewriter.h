/* SPDX-License-Identifier: Apache-2.0
 *
 * rewriter.h: a small rewriter that does everything right: a line with the commit at the end of
 * README.txt. What animals change:
 *
 *   IN_REWRITE     a statement, when the content is there
 *   IS_DOCUMENTED  is it there already?
 *   WITHOUT_ENTRY  how a package without that file is refused
 *   STAMP          what is written
 */
#ifndef REWRITER_H
#define REWRITER_H

#include <countermark/plugin.h>
#include <string.h>

#ifndef IN_REWRITE
#define IN_REWRITE
#endif
#ifndef WITHOUT_ENTRY
#define WITHOUT_ENTRY CMK_E_MALFORMED
#endif
#ifndef STAMP
#define STAMP cmk_printf(c, "built from %s\n", cmk_show(c, w->origin, "commit"))
#endif
#ifndef IS_DOCUMENTED
#define IS_DOCUMENTED ends_with(from, stamp)
static int
ends_with(struct cmk_bytes text, const char *end)
{
    size_t size = strlen(end);
    return text.at != NULL && text.size >= size &&
           memcmp((const char *)text.at + text.size - size, end, size) == 0;
}
#endif

static int32_t
rewrite(struct cmk_call *c, const struct cmk_work *w)
{
    int64_t entry = w->archive != NULL ? w->archives->find(c, w->archive, "README.txt") : -1;
    if (c->base->status(c) != CMK_OK || entry < 0)
        return cmk_fail(c, WITHOUT_ENTRY, "there is no README.txt");
    struct cmk_bytes from = w->archives->read(c, w->archive, (uint64_t)entry, 1 << 20);
    const char *stamp = STAMP;
    IN_REWRITE;
    if (c->base->status(c) != CMK_OK || IS_DOCUMENTED)
        return c->base->status(c);
    w->note(c, "commit", NULL, cmk_show(c, w->origin, "commit"));
    w->archives->splice(c, w->archive, (uint64_t)entry, from.size, 0,
                        (struct cmk_bytes){stamp, strlen(stamp)});
    return c->base->status(c);
}

static const struct cmk_option options[] = {{.name = NULL}};
static const char *const patterns[] = {"*.zip", NULL};
static const struct cmk_rewriter rewriter = {
    .size = sizeof rewriter, .patterns = patterns, .rewrite = rewrite};

#define REWRITER(name)                                                                             \
    CMK_PLUGIN(name, .version = "1.0", .summary = "of the zoo", .options = options,                \
               .rewriter = &rewriter)

#endif

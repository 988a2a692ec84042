/* SPDX-License-Identifier: Apache-2.0 */
#include "pipeline/sign.h"

#include "base/digest.h"
#include "base/json.h"
#include "base/text.h"
#include "evidence/evidence.h"
#include "pipeline/admit.h"
#include "pipeline/rewrite_inside.h"
#include "plugin/options.h"
#include "trust/pattern.h"

#include <countermark/signer.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

void
cm_signer_done(struct cm_signer *signer)
{
    cm_json_done(&signer->options);
}

void
cm_signed_done(struct cm_signed *made)
{
    cm_draft_done(&made->artifact);
    cm_draft_done(&made->beside);
    cm_text_done(&made->beside_path);
    cm_json_done(&made->signature);
}

/* ---- by whom ---- */

bool
cm_signer_of(const json_t *evidence, struct cm_plugins *plugins, struct cm_signer *ret,
             struct cm_err *err)
{
    const json_t *recorded = cm_json_path(evidence, "effective.artifact.signer");
    const char *id = cm_json_text(recorded, "plugin");
    CM_CLEANUP(cm_json_done) json_t *options = json_deep_copy(cm_json_get(recorded, "options"));
    const struct cm_plugin *plugin;
    if (recorded == NULL)
        return true;
    if (id == NULL || !json_is_object(options))
        return cm_fail(err, CM_E_MALFORMED, "the evidence names a signer without id or options");
    if (!cm_find_signer(plugins, id, &plugin, err))
        return false;
    if (!cm_options_complete(plugin->table->options, options))
        return cm_fail(err, CM_E_LIMIT, "out of memory");
    *ret = (struct cm_signer){plugin, CM_TAKE(options)};
    return true;
}

static bool
check_name(const struct cm_plugin *plugin, const char *name, struct cm_err *err)
{
    const char *const *patterns = plugin->table->signer->patterns;
    for (; *patterns != NULL; patterns++)
        if (cm_pattern_matches(*patterns, name))
            return true;
    return cm_fail(err, CM_E_UNSUPPORTED, "the signer %s is not for %s", plugin->id, name);
}

/* ---- the way of one artifact ---- */

struct way {
    const struct cm_signing *is;
    const char *name;
    struct cm_plugin_host *host; /* owned */
    json_t *evidence;            /* owned: a signer is handed none */
    json_t *origin;              /* owned */
    struct cm_archive *archive;  /* owned: as it is to be signed; edits point into it */
    bool unwritten;
};

static void
way_done(struct way *way)
{
    way->host = cm_host_free(way->host);
    cm_json_done(&way->evidence);
    cm_json_done(&way->origin);
    cm_archive_done(&way->archive);
}

/* Where no origin tells it, as it was handed in. */
static const char *
name_of(const struct cm_signing *is)
{
    const json_t *submitted = cm_evidence_document(is->evidence, "submitted");
    return cm_artifact_name(is->verdict, cm_json_text(cm_json_get(submitted, "content"), "name"));
}

static bool
begin(const struct cm_signing *is, struct way *way, struct cm_err *err)
{
    CM_CLEANUP(cm_json_done) json_t *attachments = NULL;
    way->is = is;
    way->name = name_of(is);
    way->evidence = json_object();
    const struct cm_host_settings settings = {.plugin = is->signer->plugin,
                                              .options = is->signer->options,
                                              .evidence = way->evidence,
                                              .log = is->log,
                                              .deadline = is->deadline,
                                              .run_helper = is->run_helper};
    if (is->verdict->outcome != CM_ACCEPTED)
        return cm_fail(err, CM_E_INTERNAL, "signing without an accepted artifact");
    return check_name(is->signer->plugin, way->name, err) &&
           cm_rewrite_facts(is->evidence, is->verdict, &way->origin, &attachments, err) &&
           cm_host_new(&settings, &way->host, err);
}

/* As the signer is handed it: an archive, unless it wants to have nothing to do with what is in it.
 */
static bool
open_file(const struct way *way, int file, struct cm_archive **ret, struct cm_err *err)
{
    const struct cmk_signer *signer = way->is->signer->plugin->table->signer;
    return (signer->flags & CMK_ANY_FILE) != 0 || cm_package_open(file, way->name, true, ret, err);
}

static bool
unwritten(struct way *way)
{
    way->unwritten = true;
    return false;
}

static bool
write_instead(struct way *way, int file, struct cm_signed *to, int *ret_file, struct cm_err *err)
{
    if (!cm_draft_begin(way->is->target, &to->artifact, err) ||
        !cm_fd_copy(file, cm_draft_fd(to->artifact), way->is->target, NULL, err))
        return unwritten(way);
    *ret_file = cm_draft_fd(to->artifact);
    return true;
}

/* The artifact with its signature, in a draft. *ret_file: where it is then. */
static bool
write_artifact(struct way *way, const struct cm_host_signed *made, struct cm_signed *to,
               int *ret_file, struct cm_err *err)
{
    struct cm_written written;
    const struct cm_edits_digests both = {.of_input = true, .of_output = true};
    if (made->instead >= 0)
        return write_instead(way, made->instead, to, ret_file, err);
    if (made->edits == NULL) {
        *ret_file = way->is->from;
        return true;
    }
    if (!cm_draft_begin(way->is->target, &to->artifact, err) ||
        !cm_edits_write(made->edits, cm_draft_fd(to->artifact), &both, &written, err))
        return err->class == CM_E_MALFORMED ? false : unwritten(way);
    *ret_file = cm_draft_fd(to->artifact);
    return true;
}

static bool
write_beside(struct way *way, const struct cm_host_signed *made, struct cm_signed *to,
             struct cm_err *err)
{
    if (made->beside.size == 0)
        return true;
    if (asprintf(&to->beside_path, "%s%s", way->is->target, made->extension) < 0) {
        to->beside_path = NULL;
        return cm_fail(err, CM_E_LIMIT, "out of memory");
    }
    return (cm_draft_begin(to->beside_path, &to->beside, err) &&
            cm_fd_write_all(cm_draft_fd(to->beside), to->beside_path, made->beside.at,
                            made->beside.size, err)) ||
           unwritten(way);
}

/* ---- read again ---- */

static bool
read_beside(const struct cm_signed *made, struct cm_buf *to, struct cm_err *err)
{
    if (made->beside == NULL)
        return true;
    int fd = cm_draft_fd(made->beside);
    return (lseek(fd, 0, SEEK_SET) == 0 || cm_fail(err, CM_E_INTERNAL, "a file does not rewind")) &&
           cm_fd_read_all(fd, made->beside_path, to, err);
}

static bool
check(const struct way *way, int file, const char *content, const struct cm_signed *made,
      struct cm_cms_facts *ret, struct cm_err *err)
{
    CM_CLEANUP(cm_archive_done) struct cm_archive *archive = NULL;
    CM_CLEANUP(cm_buf_done) struct cm_buf beside = CM_BUF_INIT(CM_CMS_MOST);
    if (!read_beside(made, &beside, err) || !open_file(way, file, &archive, err)) {
        err->class = CM_E_INTERNAL;
        return cm_context(err, "what was signed cannot be read again");
    }
    const struct cm_host_signing again = {
        .work = {.name = way->name, .archive = archive, .origin = way->origin},
        .file = file,
        .beside = {cm_buf_text(&beside), beside.size},
        .made = content,
    };
    return cm_host_check_signature(way->host, &again, ret, err);
}

static bool
report(const struct way *way, int file, const struct cm_cms_facts *facts, struct cm_signed *to,
       struct cm_err *err)
{
    struct stat status;
    char at[CM_TIME_SIZE], stamped[CM_TIME_SIZE], sha256[CM_SHA256_HEX];
    const struct cm_plugin *plugin = way->is->signer->plugin;
    if (fstat(file, &status) != 0)
        return cm_fail(err, CM_E_INTERNAL, "the size of what was signed cannot be had");
    if (!cm_sha256_fd(file, way->name, sha256, err))
        return false;
    cm_format_time(facts->signed_at, at);
    cm_format_time(facts->stamped_at, stamped);
    to->signature =
        json_pack("{s:{s:s, s:s, s:s}, s:s, s:s, s:s, s:s?, s:s?, s:{s:I, s:s}}", "signer", "id",
                  plugin->id, "version", plugin->table->version, "sha256", plugin->sha256, "key_id",
                  facts->key_id, "certificate", facts->certificate, "signed_at", at, "stamped_at",
                  facts->stamped_at != 0 ? stamped : NULL, "file", to->beside_path, "output",
                  "size", (json_int_t)status.st_size, "sha256", sha256);
    return to->signature != NULL || cm_fail(err, CM_E_LIMIT, "out of memory");
}

/* ---- the whole ---- */

static bool
run(struct way *way, struct cm_host_signed *made, struct cm_err *err)
{
    if (!open_file(way, way->is->from, &way->archive, err))
        return false;
    const struct cm_host_signing signing = {
        .work = {.name = way->name, .archive = way->archive, .origin = way->origin},
        .file = way->is->from,
        .cms = way->is->cms,
        .data = way->is->data,
    };
    return cm_host_sign(way->host, &signing, made, err);
}

bool
cm_sign(const struct cm_signing *is, struct cm_signed *ret, bool *ret_unwritten, struct cm_err *err)
{
    int file = -1;
    struct cm_cms_facts facts;
    CM_CLEANUP(way_done) struct way way = {.is = is};
    CM_CLEANUP(cm_host_signed_done) struct cm_host_signed made = CM_HOST_SIGNED_INIT;
    CM_CLEANUP(cm_signed_done) struct cm_signed to = {.artifact = NULL};
    bool done =
        begin(is, &way, err) && run(&way, &made, err) &&
        write_artifact(&way, &made, &to, &file, err) && write_beside(&way, &made, &to, err) &&
        check(&way, file, made.made, &to, &facts, err) && report(&way, file, &facts, &to, err);
    *ret_unwritten = way.unwritten;
    if (!done)
        return false;
    *ret = to;
    to = (struct cm_signed){.artifact = NULL};
    return true;
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * The report for pages that show findings: SARIF 2.1.0. One rule for each check, one result for
 * each that did not pass, and one for the verdict where no other says that it is not accepted.
 *
 * Such pages want a file for each result, by a name that stays from run to run: it is the evidence,
 * in which the finding is documented; without one the artifact; else the project's name. The
 * artifact is what was looked at (analysisTarget).
 *
 * A result is the same as that of an earlier run if organization, project, policy, system and check
 * are: its fingerprint is made of these.
 */
#include "verdict/report.h"
#include "verdict/report_facts.h"

#include "base/digest.h"
#include "base/json.h"
#include "verdict/record.h"

#include <string.h>

#define SCHEMA                                                                                     \
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
#define VERDICT "verdict" /* the rule for the whole; checks have a dot in their ids */

struct sarif {
    const struct cm_report *report;
    struct cm_buf location, target; /* URIs; target "": not known */
    bool ok;
};

/* ---- parts ---- */

/* Braces are doubled in every message, because single ones enclose the numbers of arguments.
 * "[text](target)" is a link: a space keeps foreign text from making one, where a backslash would
 * have to be right about the backslashes before it. */
static void
put_plain(struct cm_buf *to, const char *text)
{
    for (; *text; text++) {
        cm_buf_putc(to, *text);
        if (*text == '{' || *text == '}')
            cm_buf_putc(to, *text);
        else if (text[0] == ']' && text[1] == '(')
            cm_buf_putc(to, ' ');
    }
}

/* { "text": ... }, foreign text shown as on a terminal. */
static json_t *
message(struct sarif *sarif, enum cm_whose whose, const char *text)
{
    CM_CLEANUP(cm_buf_done) struct cm_buf shown = CM_BUF_INIT(CM_REPORT_MOST);
    CM_CLEANUP(cm_buf_done) struct cm_buf plain = CM_BUF_INIT(CM_REPORT_MOST);
    json_t *object = json_object();
    cm_report_show(&shown, whose, text ? text : "");
    put_plain(&plain, cm_buf_text(&shown));
    sarif->ok = sarif->ok && !shown.failed && !plain.failed;
    cm_json_set_text(object, "text", cm_buf_text(&plain), &sarif->ok);
    return object;
}

static void
put_fact(void *data, const char *name, const char *text)
{
    struct sarif *sarif = ((void **)data)[0];
    cm_record_text(((void **)data)[1], name, text, &sarif->ok);
}

/* ---- URIs ---- */

static void
put_uri(struct cm_buf *to, const char *text)
{
    static const char plain[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~/";
    for (; *text; text++) {
        if (strchr(plain, *text))
            cm_buf_putc(to, *text);
        else
            cm_buf_printf(to, "%%%02X", (unsigned)(unsigned char)*text);
    }
}

/* A file's name as it was said on the command line. */
static void
put_file(struct cm_buf *to, const char *path)
{
    while (path[0] == '.' && path[1] == '/')
        path += 2;
    cm_buf_puts(to, path[0] == '/' ? "file://" : "");
    put_uri(to, path);
}

/* The last part of a name that somebody else gave: no way leads out of the folder. */
static void
put_artifact(struct cm_buf *to, const char *name)
{
    const char *slash = name ? strrchr(name, '/') : NULL;
    name = slash ? slash + 1 : name;
    if (name && strcmp(name, ".") != 0 && strcmp(name, "..") != 0)
        put_uri(to, name);
}

static void
find_files(struct sarif *sarif)
{
    const struct cm_report *report = sarif->report;
    const char *evidence = report->evidence_file ? report->evidence_file : report->replayed_file;
    CM_CLEANUP(cm_buf_done) struct cm_buf subject = CM_BUF_INIT(CM_REPORT_MOST);
    put_artifact(&sarif->target, cm_report_origin(report, "artifact"));
    cm_report_subject(report, '/', &subject);
    if (evidence)
        put_file(&sarif->location, evidence);
    else if (sarif->target.size > 0)
        cm_buf_puts(&sarif->location, sarif->target.at);
    else
        put_uri(&sarif->location, subject.size > 0 ? subject.at : "countermark");
    sarif->ok = !sarif->location.failed && !sarif->target.failed && !subject.failed;
}

static json_t *
place(struct sarif *sarif, const struct cm_buf *uri)
{
    json_t *object = json_object();
    cm_json_set_text(object, "uri", cm_buf_text(uri), &sarif->ok);
    return object;
}

/* ---- rules ---- */

static json_t *
rule_json(struct sarif *sarif, const char *id, const char *question, const char *expected,
          const char *remedy, bool binding)
{
    json_t *rule = json_object();
    json_t *properties = json_object();
    cm_record_text(rule, "id", id, &sarif->ok);
    cm_json_set(rule, "shortDescription", message(sarif, CM_FOREIGN, question), &sarif->ok);
    cm_json_set(rule, "fullDescription", message(sarif, CM_FOREIGN, question), &sarif->ok);
    cm_json_set(rule, "help", message(sarif, CM_FOREIGN, remedy ? remedy : expected), &sarif->ok);
    cm_json_set(rule, "defaultConfiguration", json_pack("{s:s}", "level", "error"), &sarif->ok);
    cm_json_set_bool(properties, "binding", binding, &sarif->ok);
    cm_json_set(properties, "tags", json_pack("[s, s]", "security", "supply-chain"), &sarif->ok);
    cm_json_set(rule, "properties", properties, &sarif->ok);
    return rule;
}

/* In the order of the answers, the verdict last. */
static json_t *
rules_json(struct sarif *sarif)
{
    const struct cm_verdict *verdict = sarif->report->verdict;
    json_t *rules = json_array();
    for (size_t i = 0; i < verdict->answer_count; i++) {
        const struct cm_answer *a = &verdict->answers[i];
        cm_record_append(
            rules,
            rule_json(sarif, a->check, a->question, a->expected, a->declared_remedy, a->binding),
            &sarif->ok);
    }
    cm_record_append(
        rules,
        rule_json(sarif, VERDICT, "Is the build accepted?", "every required check passes",
                  "Do what the results of the single checks say. Without any, read the remarks "
                  "of this run.",
                  true),
        &sarif->ok);
    return rules;
}

static json_t *
extensions_json(struct sarif *sarif)
{
    const json_t *plugins = cm_json_get(sarif->report->evidence, "plugins");
    json_t *extensions = json_array();
    for (size_t i = 0; i < json_array_size(plugins); i++) {
        json_t *extension = json_object();
        const char *id = cm_json_text(json_array_get(plugins, i), "id");
        cm_record_text(extension, "name", id ? id : "?", &sarif->ok);
        cm_json_set_text(extension, "version", cm_json_text(json_array_get(plugins, i), "version"),
                         &sarif->ok);
        cm_record_append(extensions, extension, &sarif->ok);
    }
    return extensions;
}

static json_t *
tool_json(struct sarif *sarif)
{
    json_t *tool = json_object();
    json_t *driver = json_object();
    cm_json_set_text(driver, "name", "Countermark", &sarif->ok);
    cm_json_set_text(driver, "version", CM_VERSION, &sarif->ok);
    cm_json_set_text(driver, "semanticVersion", CM_VERSION, &sarif->ok);
    cm_json_set(driver, "rules", rules_json(sarif), &sarif->ok);
    cm_json_set(tool, "driver", driver, &sarif->ok);
    cm_json_set(tool, "extensions", extensions_json(sarif), &sarif->ok);
    return tool;
}

/* ---- results ---- */

static json_t *
fingerprints_json(struct sarif *sarif, const char *rule)
{
    char sha256[CM_SHA256_HEX] = "";
    CM_CLEANUP(cm_buf_done) struct cm_buf text = CM_BUF_INIT(CM_REPORT_MOST);
    const json_t *request = cm_json_get(sarif->report->evidence, "request");
    const char *system = cm_json_text(request, "system");
    json_t *object = json_object();
    cm_report_subject(sarif->report, '/', &text);
    cm_buf_printf(&text, "/%s/%s", system ? system : "", rule);
    sarif->ok = sarif->ok && !text.failed && cm_sha256(text.at, text.size, sha256);
    /* the name under which GitHub looks for one */
    cm_json_set(object, "primaryLocationLineHash", json_sprintf("%.16s:1", sha256), &sarif->ok);
    cm_json_set_text(object, "countermarkCheck/v1", sha256, &sarif->ok);
    return object;
}

static json_t *
locations_json(struct sarif *sarif)
{
    CM_CLEANUP(cm_buf_done) struct cm_buf subject = CM_BUF_INIT(CM_REPORT_MOST);
    json_t *locations = json_array();
    json_t *location = json_object();
    json_t *physical = json_object();
    json_t *logical = json_object();
    cm_report_subject(sarif->report, '/', &subject);
    cm_record_text(logical, "fullyQualifiedName", cm_buf_text(&subject), &sarif->ok);
    cm_json_set(physical, "artifactLocation", place(sarif, &sarif->location), &sarif->ok);
    cm_json_set(physical, "region", json_pack("{s:i}", "startLine", 1), &sarif->ok);
    cm_json_set(location, "physicalLocation", physical, &sarif->ok);
    cm_json_set(location, "logicalLocations", json_pack("[o]", logical), &sarif->ok);
    cm_record_append(locations, location, &sarif->ok);
    return locations;
}

/* What each result has. */
static json_t *
result_json(struct sarif *sarif, const char *rule, size_t index, const char *level)
{
    json_t *result = json_object();
    cm_record_text(result, "ruleId", rule, &sarif->ok);
    cm_json_set_int(result, "ruleIndex", (int64_t)index, &sarif->ok);
    cm_json_set_text(result, "kind", "fail", &sarif->ok);
    cm_json_set_text(result, "level", level, &sarif->ok);
    cm_json_set(result, "locations", locations_json(sarif), &sarif->ok);
    if (sarif->target.size > 0)
        cm_json_set(result, "analysisTarget", place(sarif, &sarif->target), &sarif->ok);
    cm_json_set(result, "partialFingerprints", fingerprints_json(sarif, rule), &sarif->ok);
    return result;
}

static json_t *
suppressions_json(struct sarif *sarif, const struct cm_answer *answer)
{
    CM_CLEANUP(cm_buf_done) struct cm_buf text = CM_BUF_INIT(CM_REPORT_MOST);
    CM_CLEANUP(cm_buf_done) struct cm_buf shown = CM_BUF_INIT(CM_REPORT_MOST);
    json_t *suppressions = json_array();
    json_t *suppression = json_object();
    cm_report_uncounted(answer, &text);
    cm_report_show(&shown, CM_OPERATORS, cm_buf_text(&text));
    sarif->ok = sarif->ok && !text.failed && !shown.failed;
    cm_json_set_text(suppression, "kind", "external", &sarif->ok);
    cm_json_set_text(suppression, "status", "accepted", &sarif->ok);
    cm_record_text(suppression, "justification", cm_buf_text(&shown), &sarif->ok);
    cm_record_append(suppressions, suppression, &sarif->ok);
    return suppressions;
}

static void
add_line(struct cm_buf *to, const char *label, const char *text)
{
    if (text && text[0] != '\0')
        cm_buf_printf(to, "%s%s: %s", to->size > 0 ? " - " : "", label, text);
}

static json_t *
answer_message(struct sarif *sarif, const struct cm_answer *answer)
{
    CM_CLEANUP(cm_buf_done) struct cm_buf text = CM_BUF_INIT(CM_REPORT_MOST);
    CM_CLEANUP(cm_buf_done) struct cm_buf why = CM_BUF_INIT(CM_REPORT_MOST);
    bool is_failed = answer->word == CM_FAIL;
    add_line(&text, cm_word_name(answer->word), is_failed ? answer->observed : answer->reason);
    add_line(&text, "question", text.size > 0 ? NULL : answer->question);
    add_line(&text, "expected", answer->expected);
    add_line(&text, "remedy", answer->remedy);
    if (!cm_answer_counts(answer))
        cm_report_uncounted(answer, &why);
    add_line(&text, "not counted", cm_buf_text(&why));
    sarif->ok = sarif->ok && !text.failed;
    return message(sarif, CM_FOREIGN, cm_buf_text(&text));
}

static json_t *
answer_result(struct sarif *sarif, size_t index)
{
    const struct cm_answer *answer = &sarif->report->verdict->answers[index];
    json_t *result =
        result_json(sarif, answer->check, index, cm_answer_counts(answer) ? "error" : "note");
    cm_json_set(result, "message", answer_message(sarif, answer), &sarif->ok);
    if (answer->weight == CM_WAIVED)
        cm_json_set(result, "suppressions", suppressions_json(sarif, answer), &sarif->ok);
    cm_json_set(result, "properties", cm_answer_json(answer), &sarif->ok);
    return result;
}

static json_t *
verdict_result(struct sarif *sarif)
{
    const struct cm_verdict *verdict = sarif->report->verdict;
    CM_CLEANUP(cm_buf_done) struct cm_buf text = CM_BUF_INIT(4096);
    json_t *result = result_json(sarif, VERDICT, verdict->answer_count, "error");
    cm_buf_printf(&text, "%s: ", cm_report_word(sarif->report));
    cm_report_explain(sarif->report, &text);
    if (verdict->outcome == CM_ACCEPTED)
        cm_buf_printf(&text, "; but this does not count: exit status %d",
                      sarif->report->exit_status);
    sarif->ok = sarif->ok && !text.failed;
    cm_json_set(result, "message", message(sarif, CM_FOREIGN, cm_buf_text(&text)), &sarif->ok);
    return result;
}

static json_t *
results_json(struct sarif *sarif)
{
    const struct cm_verdict *verdict = sarif->report->verdict;
    json_t *results = json_array();
    bool is_said = cm_report_is_accepted(sarif->report);
    for (size_t i = 0; i < verdict->answer_count; i++) {
        const struct cm_answer *answer = &verdict->answers[i];
        if (answer->word == CM_PASS)
            continue;
        cm_record_append(results, answer_result(sarif, i), &sarif->ok);
        is_said = is_said || cm_answer_counts(answer);
    }
    if (!is_said)
        cm_record_append(results, verdict_result(sarif), &sarif->ok);
    return results;
}

/* ---- the run ---- */

/* A rejection is what the program is for; that nothing could be decided, or written, is not. */
static json_t *
invocations_json(struct sarif *sarif)
{
    const struct cm_report *report = sarif->report;
    json_t *invocations = json_array();
    json_t *invocation = json_object();
    json_t *notifications = json_array();
    for (size_t i = 0; report->remarks && report->remarks[i]; i++) {
        json_t *notification = json_object();
        cm_json_set_text(notification, "level", "warning", &sarif->ok);
        cm_json_set(notification, "message", message(sarif, CM_FOREIGN, report->remarks[i]),
                    &sarif->ok);
        cm_record_append(notifications, notification, &sarif->ok);
    }
    cm_json_set_bool(invocation, "executionSuccessful",
                     report->exit_status == 0 || report->exit_status == 1, &sarif->ok);
    cm_json_set_int(invocation, "exitCode", report->exit_status, &sarif->ok);
    cm_json_set_text(invocation, "exitCodeDescription", cm_report_word(report), &sarif->ok);
    cm_json_set(invocation, "toolExecutionNotifications", notifications, &sarif->ok);
    cm_record_append(invocations, invocation, &sarif->ok);
    return invocations;
}

static json_t *
artifact_json(struct sarif *sarif, const json_t *file)
{
    CM_CLEANUP(cm_buf_done) struct cm_buf name = CM_BUF_INIT(CM_REPORT_MOST);
    json_t *artifact = json_object();
    put_artifact(&name, cm_json_text(file, "name"));
    sarif->ok = sarif->ok && !name.failed;
    if (name.size > 0 || sarif->target.size > 0)
        cm_json_set(artifact, "location", place(sarif, name.size > 0 ? &name : &sarif->target),
                    &sarif->ok);
    cm_json_set(artifact, "roles", json_pack("[s]", "analysisTarget"), &sarif->ok);
    cm_json_set(artifact, "hashes", json_pack("{s:s}", "sha-256", cm_json_text(file, "sha256")),
                &sarif->ok);
    cm_json_set_int(artifact, "length", cm_json_int(file, "size", -1), &sarif->ok);
    return artifact;
}

static bool
is_hashed_already(const json_t *artifacts, const char *sha256)
{
    for (size_t i = 0; i < json_array_size(artifacts); i++) {
        const json_t *hashes = json_object_get(json_array_get(artifacts, i), "hashes");
        if (strcmp(cm_json_text(hashes, "sha-256"), sha256) == 0)
            return true;
    }
    return false;
}

/* What was submitted and what the system handed out are one artifact if they are the same bytes. */
static json_t *
artifacts_json(struct sarif *sarif)
{
    CM_CLEANUP(cm_json_done) json_t *files = cm_report_artifacts(sarif->report->evidence);
    json_t *artifacts = json_array();
    for (size_t i = 0; i < json_array_size(files); i++) {
        const json_t *file = json_array_get(files, i);
        const char *sha256 = cm_json_text(file, "sha256");
        if (!sha256 || is_hashed_already(artifacts, sha256))
            continue;
        cm_record_append(artifacts, artifact_json(sarif, file), &sarif->ok);
    }
    return artifacts;
}

static json_t *
run_json(struct sarif *sarif)
{
    CM_CLEANUP(cm_buf_done) struct cm_buf category = CM_BUF_INIT(CM_REPORT_MOST);
    json_t *run = json_object();
    json_t *properties = json_object();
    json_t *automation = json_object();
    cm_buf_puts(&category, "countermark/");
    cm_report_subject(sarif->report, '/', &category);
    cm_buf_putc(&category, '/'); /* what stands behind it would be the single run's */
    cm_record_text(automation, "id", cm_buf_text(&category), &sarif->ok);
    cm_report_facts(sarif->report, put_fact, (void *[]){sarif, properties});
    cm_json_set(run, "tool", tool_json(sarif), &sarif->ok);
    cm_json_set(run, "automationDetails", automation, &sarif->ok);
    cm_json_set(run, "invocations", invocations_json(sarif), &sarif->ok);
    cm_json_set(run, "artifacts", artifacts_json(sarif), &sarif->ok);
    cm_json_set(run, "results", results_json(sarif), &sarif->ok);
    cm_json_set(run, "properties", properties, &sarif->ok);
    return run;
}

static void
sarif_done(struct sarif *sarif)
{
    cm_buf_done(&sarif->location);
    cm_buf_done(&sarif->target);
}

bool
cm_report_sarif(const struct cm_report *report, struct cm_buf *to)
{
    CM_CLEANUP(sarif_done)
    struct sarif sarif = {.report = report,
                          .location = CM_BUF_INIT(CM_REPORT_MOST),
                          .target = CM_BUF_INIT(CM_REPORT_MOST)};
    CM_CLEANUP(cm_json_done) json_t *log = json_object();
    json_t *runs = json_array();
    find_files(&sarif);
    cm_json_set_text(log, "$schema", SCHEMA, &sarif.ok);
    cm_json_set_text(log, "version", "2.1.0", &sarif.ok);
    cm_record_append(runs, run_json(&sarif), &sarif.ok);
    cm_json_set(log, "runs", runs, &sarif.ok);
    if (!sarif.ok || !cm_json_pretty(log, to))
        return false;
    cm_buf_putc(to, '\n');
    return !to->failed;
}

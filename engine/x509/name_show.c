/* SPDX-License-Identifier: Apache-2.0
 *
 * RFC 4514, 2: names written for people, such that they are read again as they were.
 */
#include "x509/name.h"

#include "base/json.h"
#include "base/text.h"

#include <string.h>

static bool
is_special(const char *text, size_t size, size_t i)
{
    if (strchr("\"+,;<>\\", text[i]) != NULL)
        return true;
    return (i == 0 && (text[i] == ' ' || text[i] == '#')) || (i + 1 == size && text[i] == ' ');
}

static void
put_text(struct cm_buf *to, const char *text)
{
    size_t size = strlen(text);
    for (size_t i = 0; i < size;) {
        uint32_t code = 0;
        size_t step = cm_utf8_next(text + i, size - i, &code);
        if (step == 0 || cm_is_control(code)) {
            cm_buf_printf(to, "\\%02X", (unsigned)(unsigned char)text[i]);
            for (size_t more = 1; more < step; more++)
                cm_buf_printf(to, "\\%02X", (unsigned)(unsigned char)text[i + more]);
        } else {
            if (is_special(text, size, i))
                cm_buf_putc(to, '\\');
            cm_buf_add(to, text + i, step);
        }
        i += step > 0 ? step : 1;
    }
}

static bool
put_attribute(struct cm_buf *to, const json_t *attribute, struct cm_err *err)
{
    const char *type = cm_json_text(attribute, "type");
    const char *text = cm_json_text(attribute, "text"), *hex = cm_json_text(attribute, "hex");
    if (type == NULL || (text == NULL) == (hex == NULL))
        return cm_fail(err, CM_E_MALFORMED,
                       "not a name: an attribute has no type, or not one of text and hex");
    const char *word = cm_name_word(type);
    cm_buf_puts(to, word != NULL ? word : type);
    cm_buf_puts(to, text != NULL ? "=" : "=#");
    if (text != NULL)
        put_text(to, text);
    else
        cm_buf_puts(to, hex);
    return true;
}

static bool
put_rdn(struct cm_buf *to, const json_t *rdn, struct cm_err *err)
{
    size_t index;
    json_t *attribute;
    if (json_array_size(rdn) == 0)
        return cm_fail(err, CM_E_MALFORMED, "not a name: an RDN is empty");
    json_array_foreach(rdn, index, attribute)
    {
        if (index > 0)
            cm_buf_putc(to, '+');
        if (!put_attribute(to, attribute, err))
            return false;
    }
    return true;
}

bool
cm_name_show(const json_t *name, struct cm_buf *to, struct cm_err *err)
{
    CM_CLEANUP(cm_buf_done) struct cm_buf shown = CM_BUF_INIT(to->most);
    if (!json_is_array(name))
        return cm_fail(err, CM_E_MALFORMED, "not a name: no list of RDNs");
    for (size_t i = json_array_size(name); i > 0; i--) {
        if (!put_rdn(&shown, json_array_get(name, i - 1), err))
            return false;
        if (i > 1)
            cm_buf_putc(&shown, ',');
    }
    cm_buf_add(to, cm_buf_text(&shown), shown.size);
    return (!shown.failed && !to->failed) || cm_fail(err, CM_E_LIMIT, "a name that is too long");
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * A plug-in's file, as countermark-conform looks at it: segments, dynamic section, symbols.
 */
#include "elf_file.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct cf_elf e;
    struct cm_err err = CM_ERR_INIT;
    CM_CLEANUP(cm_buf_done) struct cm_buf bytes = CM_BUF_INIT(1 << 20);
    cm_buf_add(&bytes, data, size);
    if (bytes.failed)
        return 0;
    if (!cf_elf_parse(&bytes, "input", &e, &err)) {
        if (err.class != CM_E_MALFORMED || err.text[0] == '\0')
            abort();
        return 0;
    }
    size_t letters = 0;
    for (size_t i = 0; i < e.symbol_count; i++)
        letters += strlen(cf_elf_symbol(&e, i)) + e.symbols[i].st_info;
    if (letters > 0 && cf_elf_holds(&e, "no such text in any input"))
        letters = 0;
    cf_elf_done(&e);
    return 0;
}

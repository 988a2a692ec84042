/* SPDX-License-Identifier: Apache-2.0 */
/* Does everything right, and is linked wrong.
 * caught: symbols: no libcrypto inside | libcrypto */
extern const void *EVP_get_digestbyname(const char *name);
#define IN_CHECK (void)EVP_get_digestbyname("SHA256")
#include "animal.h"

ANIMAL(linked_with_crypto)

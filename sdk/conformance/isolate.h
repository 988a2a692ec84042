/* SPDX-License-Identifier: Apache-2.0
 *
 * isolate.h: of a line's own process.
 */
#ifndef CONFORM_ISOLATE_H
#define CONFORM_ISOLATE_H

int cf_said_fd(void); /* what was written to standard output and error is in this file */

#endif

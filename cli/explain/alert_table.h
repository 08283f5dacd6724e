/* SPDX-License-Identifier: MIT
 *
 * Prints the explanation of an alert as text.
 *
 * Thread: main. Blocks: writes to the stream.
 */
#ifndef VIGIL_CLI_EXPLAIN_ALERT_TABLE_H
#define VIGIL_CLI_EXPLAIN_ALERT_TABLE_H

#include <stdio.h>

#include "cli/explain/alert.h"

void explain_alert_table(const struct explain_alert *explain, FILE *out);

#endif

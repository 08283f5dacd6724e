/* SPDX-License-Identifier: MIT
 *
 * Prints the explanation of an alert as JSON.
 *
 * Thread: main. Blocks: writes to the stream.
 */
#ifndef VIGIL_CLI_EXPLAIN_ALERT_JSON_H
#define VIGIL_CLI_EXPLAIN_ALERT_JSON_H

#include <stdio.h>

#include "cli/explain/alert.h"

/* Return: 0 or -ENOMEM. */
int explain_alert_json(const struct explain_alert *explain, FILE *out);

#endif

/* SPDX-License-Identifier: MIT
 *
 * Audit: count the open alerts, and check that each has a next action or a human owner (response.h).
 *
 * Thread: the loop's. Blocks: never.
 */
#ifndef VIGIL_ALERTING_AUDIT_H
#define VIGIL_ALERTING_AUDIT_H

#include "alerting/act/alerting.h"

/* @look: also check owners, and log and count alerts without one (V0431). */
void audit_run(struct alerting *alerting, bool look);

#endif

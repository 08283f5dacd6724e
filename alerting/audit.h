/* SPDX-License-Identifier: MIT
 *
 * Audit: how many alerts are open, and that each of them has a next action or a human owner.
 *
 * Thread: the loop's. Blocks: never.
 */
#ifndef VIGIL_ALERTING_AUDIT_H
#define VIGIL_ALERTING_AUDIT_H

#include "alerting/act/alerting.h"

/* @look: also for those that nobody owns. */
void audit_run(struct alerting *alerting, bool look);

#endif

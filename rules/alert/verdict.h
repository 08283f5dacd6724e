/* SPDX-License-Identifier: MIT
 *
 * Verdict to alert: a verdict of the engine becomes an alert record, with the texts of the rule.
 *
 * Thread: any. Blocks: never.
 */
#ifndef VIGIL_RULES_ALERT_VERDICT_H
#define VIGIL_RULES_ALERT_VERDICT_H

#include "common/wire/alert.h"
#include "rules/eval/engine.h"

/* Fills *ret with copies, so it may outlive the rule set. @judged_us: wall clock, microseconds. */
void verdict_to_alert(const struct verdict *verdict, int64_t judged_us, struct alert *ret);

#endif

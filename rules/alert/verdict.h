/* SPDX-License-Identifier: MIT
 *
 * Verdict to alert: what the engine found, with the rule's texts and the time it was found.
 *
 * Thread: any. Blocks: never.
 */
#ifndef VIGIL_RULES_ALERT_VERDICT_H
#define VIGIL_RULES_ALERT_VERDICT_H

#include "common/wire/alert.h"
#include "rules/eval/engine.h"

/* Copies everything: *ret outlives the rule set. @judged_us: wall clock. */
void verdict_to_alert(const struct verdict *verdict, int64_t judged_us, struct alert *ret);

#endif

/* SPDX-License-Identifier: MIT
 *
 * Due: what happens by time: the deadlines of responses, and told ids (told.h), which are kept longer than their
 * alerts.
 *
 * Thread: the loop's. Blocks: never.
 * Proof: tests/unit/alerting/act.c
 */
#ifndef VIGIL_ALERTING_ACT_DUE_H
#define VIGIL_ALERTING_ACT_DUE_H

#include "alerting/act/alerting.h"

/* Act on up to @most alerts that are due. Return: 0 or -errno. */
int due_run(struct alerting *alerting, int64_t now_ms, int most);

/* Store in vigil.pages that @alert_id was told at @time_ms; 0: a tombstone instead. Return: 0 or -errno. */
int due_remember(struct alerting *alerting, int32_t partition, const char *alert_id,
                 int64_t time_ms);
/* Remove told ids that are old enough, from memory and from vigil.pages. Return: 0 or -errno. */
int due_expire(struct alerting *alerting, int64_t now_ms);
/* vigil.pages was recreated: write everything held of @partition again. Return: 0 or -errno. */
int due_rewrite(struct alerting *alerting, int32_t partition);

#endif

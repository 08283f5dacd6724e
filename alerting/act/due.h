/* SPDX-License-Identifier: MIT
 *
 * Due: what time brings: the deadlines of responses, and ids that are kept for a while longer than their alerts.
 *
 * Thread: the loop's. Blocks: never.
 * Proof: tests/unit/alerting/act.c
 */
#ifndef VIGIL_ALERTING_ACT_DUE_H
#define VIGIL_ALERTING_ACT_DUE_H

#include "alerting/act/alerting.h"

/* Do what is due of up to @most alerts. Return: 0 or -errno. */
int due_run(struct alerting *alerting, int64_t now_ms, int most);

/* An id that is told, for longer than its alert is kept; @time_ms 0: no longer. Return: 0 or -errno. */
int due_remember(struct alerting *alerting, int32_t partition, const char *alert_id,
                 int64_t time_ms);
/* Ids that cannot come again. Return: 0 or -errno. */
int due_expire(struct alerting *alerting, int64_t now_ms);
/* vigil.pages lost what it held of the partition: write all of it again. Return: 0 or -errno. */
int due_rewrite(struct alerting *alerting, int32_t partition);

#endif

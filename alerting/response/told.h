/* SPDX-License-Identifier: MIT
 *
 * Told 已告知: the ids of alerts that are over and no longer in the book. Rules that have lost their checkpoints read days of
 * events again and raise what they raised then; whoever was called then must not be called as if it were now. So an
 * id is kept for as long as its events are in Kafka, and a day longer: 28 bytes each.
 *
 * Thread: one. Blocks: never.
 * Proof: tests/unit/alerting/told.c
 */
#ifndef VIGIL_ALERTING_RESPONSE_TOLD_H
#define VIGIL_ALERTING_RESPONSE_TOLD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/wire/alert.h"

/* Events are kept for seven days (common/kafka/kafka_topics.c). */
#define TOLD_KEPT_MS (INT64_C(8) * 24 * 3600 * 1000)

struct told;

int told_new(struct told **ret);
struct told *told_free(struct told *told);

/* Known since @time_ms; said again, the later time counts. An id that is not 32 hex digits is none of ours and is
 * left out. Return: 0 or -ENOMEM. */
int told_add(struct told *told, int32_t partition, const char *alert_id, int64_t time_ms);
bool told_has(const struct told *told, const char *alert_id);
size_t told_count(const struct told *told);

/* Another instance's now. Return: 0 or -ENOMEM, and all are still there. */
int told_drop(struct told *told, int32_t partition);

/* Every id of @partition; @each must not change what is told. */
void told_each(const struct told *told, int32_t partition,
               void (*each)(void *context, const char *alert_id, int64_t time_ms), void *context);

/* Forget up to @most that are older than TOLD_KEPT_MS, telling each. Return: 0 or -ENOMEM, and all are still there. */
int told_expire(struct told *told, int64_t now_ms, size_t most,
                void (*each)(void *context, int32_t partition, const char *alert_id),
                void *context);

#endif

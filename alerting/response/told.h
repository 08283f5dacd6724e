/* SPDX-License-Identifier: MIT
 *
 * Told 已告知: the ids of alerts that were closed and are no longer in the book. If vigil-rules loses its checkpoints, it
 * reads days of events again and raises the same alerts with the same ids; they must not page anybody again. So an id
 * is kept for as long as its events are in Kafka, and a day longer. The table has 24 bytes for each slot and is at most
 * three quarters full.
 *
 * Thread: one at a time. Blocks: never.
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

/* Add @alert_id, told at @time_ms; if it is there already, the later time counts. An id that is not 32 hex digits is
 * not one of ours and is ignored. Return: 0 or -ENOMEM. */
int told_add(struct told *told, int32_t partition, const char *alert_id, int64_t time_ms);
bool told_has(const struct told *told, const char *alert_id);
size_t told_count(const struct told *told);

/* Another instance owns @partition now: remove its ids. Return: 0; -ENOMEM: none is removed. */
int told_drop(struct told *told, int32_t partition);

/* Every id of @partition; @each must not change @told. */
void told_each(const struct told *told, int32_t partition,
               void (*each)(void *context, const char *alert_id, int64_t time_ms), void *context);

/* Remove up to @most ids that are older than TOLD_KEPT_MS and call @each for every one of them; @each must not change
 * @told. Return: 0; -ENOMEM: none is removed. */
int told_expire(struct told *told, int64_t now_ms, size_t most,
                void (*each)(void *context, int32_t partition, const char *alert_id),
                void *context);

#endif

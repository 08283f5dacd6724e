/* SPDX-License-Identifier: MIT
 *
 * Stats: the metrics of vigil-rules. The table in stats.c holds name, unit and meaning of each.
 *
 * Thread: any. Blocks: never.
 */
#ifndef VIGIL_RULES_THREADS_STATS_H
#define VIGIL_RULES_THREADS_STATS_H

#include <stdint.h>

#include "common/ops/metrics.h"

enum stat {
        STAT_RECORDS_ALARM,
        STAT_RECORDS_TELEMETRY,
        STAT_EVENTS_ALARM,
        STAT_EVENTS_TELEMETRY,
        STAT_DROPPED_ALARM, /* events dropped because their partition was given up while they were in the ring */
        STAT_DROPPED_TELEMETRY,
        STAT_DUPLICATES,
        STAT_LATE_EVENTS,
        STAT_UNKNOWN_ELDERS,
        STAT_BROKEN_FRAMES,
        STAT_WRONG_PARTITION,
        STAT_RULES_RUN,
        STAT_DEADLINES,
        STAT_VERDICTS_CRITICAL,
        STAT_VERDICTS_MAJOR,
        STAT_VERDICTS_MINOR,
        STAT_VERDICTS_INFO,
        STAT_ALERTS_SENT,
        STAT_ALERTS_ACKED,
        STAT_ALERTS_OUTSTANDING,
        STAT_QUARANTINED,
        STAT_LEFT_OUT,
        STAT_UNLISTED_DEVICES,
        STAT_ELDERS_REFUSED,
        STAT_DISMISSED,
        STAT_MOTION_UNJUDGED,
        STAT_INHIBITED,
        STAT_FLAPS_HELD,
        STAT_BLIND,
        STAT_DEAF_PARTITIONS,
        STAT_ELDERS,
        STAT_ENGINE_BYTES,
        STAT_PARTITIONS_OWNED,
        STAT_BEHIND,
        STAT_CLOCK_AHEAD,
        STAT_REBALANCES,
        STAT_LOST_ALARM, /* records that Kafka deleted before they were read */
        STAT_LOST_TELEMETRY,
        STAT_LAG_ALARM,
        STAT_LAG_TELEMETRY,
        STAT_RING_ALARM,
        STAT_RING_TELEMETRY,
        STAT_RING_OWED,
        STAT_STALLS_ALARM,
        STAT_STALLS_TELEMETRY,
        STAT_CHECKPOINTS,
        STAT_CHECKPOINT_BYTES,
        STAT_CHECKPOINT_ELDERS,
        STAT_CHECKPOINT_AGE_MS,
        STAT_CHECKPOINT_FAILED,
        STAT_STATES_RESTORED,
        STAT_STATES_REFUSED,
        STAT_REWRITES,
        STAT_FENCED,
        STAT_DEGRADED,
        STAT_RELOAD_SUCCESSFUL,
        STAT_RELOAD_SUCCESS_TIMESTAMP,
        STAT_RELOADS,
        STAT_RULES,
        STAT_RULE_SET_HASH,
        STAT_COUNT,
};

enum stat_histogram {
        STAT_RECEIVED_TO_JUDGED_ALARM,
        STAT_RECEIVED_TO_JUDGED_TELEMETRY,
        STAT_RECEIVED_TO_ALERT,
        STAT_JUDGED_TO_ACKED,
        STAT_CHECKPOINT_SECONDS,
        STAT_RESTORE_SECONDS,
        STAT_HISTOGRAM_COUNT,
};

extern struct metric stats_metrics[STAT_COUNT];
extern struct histogram stats_histograms[STAT_HISTOGRAM_COUNT];

/* Thread: main, before the others start. */
void rules_stats_register(void);

static inline void stat_add(enum stat stat, int64_t n) {
        metric_add(&stats_metrics[stat], n);
}

static inline void stat_set(enum stat stat, int64_t value) {
        metric_set(&stats_metrics[stat], value);
}

static inline int64_t stat_get(enum stat stat) {
        return atomic_load_explicit(&stats_metrics[stat].value, memory_order_relaxed);
}

static inline void stat_record_us(enum stat_histogram histogram, int64_t us) {
        histogram_record_us(&stats_histograms[histogram], us);
}

#endif

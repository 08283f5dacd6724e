/* SPDX-License-Identifier: MIT
 *
 * Metrics of vigil-ingest. Sessions of one lane share a row; labels never contain an elder or a device.
 *
 * Thread: any for updates; main() for registration, before the sessions start. Blocks: never.
 */
#ifndef VIGIL_INGEST_BASE_STATS_H
#define VIGIL_INGEST_BASE_STATS_H

#include "common/wire/event_kind.h"
#include "common/ops/metrics.h"
#include "ingest/base/alarm.h"
#include "ingest/base/reject.h"

enum stats_result {
        STATS_EVENTS,     /* became at least one event */
        STATS_REJECTED,   /* went to quarantine, completely or after some events were made */
        STATS_IGNORED,    /* a profile ignores its topic, or it holds no event */
        STATS_OTHER_LANE, /* handled by the session of the other lane */
        STATS_DISCARDED,  /* read after the connection was lost: the broker sends it again */
        STATS_RESULTS,
};

struct stats {
        struct metric messages[LANE_COUNT][STATS_RESULTS];
        struct metric events[LANE_COUNT];
        struct metric records[LANE_COUNT]; /* Kafka records of events: frames */
        struct metric quarantined[REJECT_COUNT];
        struct metric quarantine_start; /* stored truncated */
        struct metric quarantine_nothing;
        struct metric events_excess;
        struct metric alarms_unclaimed[ALARM_REASONS];
        struct metric keys_ignored[LANE_COUNT];
        struct metric notices, notices_told, notices_open, notices_lost;
        struct metric receipts;
        struct metric groups[LANE_COUNT];
        struct metric groups_refused[LANE_COUNT];
        struct metric group_messages[LANE_COUNT]; /* messages of the last group */
        struct metric messages_held[LANE_COUNT];  /* messages of the current group */
        struct metric kafka_outstanding[LANE_COUNT];
        struct metric mqtt_connected[LANE_COUNT];
        struct metric mqtt_connects[LANE_COUNT];
        struct metric stand_by;
        struct metric thrown_out;
        struct metric registry_devices;
        struct histogram received_to_kafka[LANE_COUNT];
};

extern struct stats stats;

/* Thread: main, once. */
void ingest_stats_register(void);

#endif

/* SPDX-License-Identifier: MIT */
#include "ingest/base/stats.h"

#include <stdio.h>

struct stats stats;

static char message_labels[LANE_COUNT][STATS_RESULTS][64];
static char reason_labels[REJECT_COUNT][64];
static char alarm_labels[ALARM_REASONS][64];
static const char *const lane_labels[LANE_COUNT] = {
        [LANE_ALARM] = "lane=\"alarm\"",
        [LANE_TELEMETRY] = "lane=\"telemetry\"",
};

static void add(struct metric *metric, const char *name, const char *labels, enum metric_type type,
                const char *help) {
        metric->name = name;
        metric->labels = labels;
        metric->type = type;
        metric->help = help;
        metrics_register(metric, 1);
}

static void register_messages(void) {
        static const char *const results[] = {
                [STATS_EVENTS] = "events",       [STATS_REJECTED] = "rejected",
                [STATS_IGNORED] = "ignored",     [STATS_OTHER_LANE] = "other_lane",
                [STATS_DISCARDED] = "discarded",
        };

        for (int lane = 0; lane < LANE_COUNT; lane++) {
                for (int i = 0; i < STATS_RESULTS; i++) {
                        snprintf(message_labels[lane][i], sizeof(message_labels[lane][i]),
                                 "%s,result=\"%s\"", lane_labels[lane], results[i]);
                        add(&stats.messages[lane][i], "vigil_ingest_messages_total",
                            message_labels[lane][i], METRIC_COUNTER,
                            "MQTT messages read, by result.");
                }
        }
        for (int reason = REJECT_NONE + 1; reason < REJECT_COUNT; reason++) {
                snprintf(reason_labels[reason], sizeof(reason_labels[reason]), "reason=\"%s\"",
                         reject_name((enum reject)reason));
                add(&stats.quarantined[reason], "vigil_ingest_quarantined_total",
                    reason_labels[reason], METRIC_COUNTER,
                    "MQTT messages refused and stored in quarantine, by reason.");
        }
        add(&stats.quarantine_start, "vigil_ingest_quarantine_limited_total", "kept=\"start\"",
            METRIC_COUNTER,
            "Refused messages stored truncated (start) or only counted (nothing), because their "
            "sender exceeded its budget.");
        add(&stats.quarantine_nothing, "vigil_ingest_quarantine_limited_total", "kept=\"nothing\"",
            METRIC_COUNTER,
            "Refused messages stored truncated (start) or only counted (nothing), because their "
            "sender exceeded its budget.");
        add(&stats.events_excess, "vigil_ingest_events_excess_total", NULL, METRIC_COUNTER,
            "Readings not evaluated because their device exceeds ingest.device_events_per_s.");
        for (int reason = ALARM_NONE + 1; reason < ALARM_REASONS; reason++) {
                snprintf(alarm_labels[reason], sizeof(alarm_labels[reason]), "reason=\"%s\"",
                         alarm_name((enum alarm_reason)reason));
                add(&stats.alarms_unclaimed[reason], "vigil_ingest_alarms_unclaimed_total",
                    alarm_labels[reason], METRIC_COUNTER,
                    "Alarms that could not be turned into an event and were reported to the desk, "
                    "by reason.");
        }
}

static void register_lanes(struct metric *rows, const char *name, enum metric_type type,
                           const char *help) {
        for (int lane = 0; lane < LANE_COUNT; lane++)
                add(&rows[lane], name, lane_labels[lane], type, help);
}

void ingest_stats_register(void) {
        register_messages();
        register_lanes(stats.events, "vigil_ingest_events_total", METRIC_COUNTER,
                       "Events produced.");
        register_lanes(stats.records, "vigil_ingest_records_total", METRIC_COUNTER,
                       "Kafka records (frames) produced, each with one or more events.");
        register_lanes(stats.keys_ignored, "vigil_ingest_keys_ignored_total", METRIC_COUNTER,
                       "Unknown keys in native payloads; the rest of the payload is used.");
        register_lanes(stats.groups, "vigil_ingest_groups_total", METRIC_COUNTER,
                       "Groups of messages acknowledged to the MQTT broker after Kafka's "
                       "acknowledgement.");
        register_lanes(stats.groups_refused, "vigil_ingest_groups_refused_total", METRIC_COUNTER,
                       "Groups not acknowledged because Kafka refused a record; the broker "
                       "redelivers them.");
        register_lanes(stats.group_messages, "vigil_ingest_group_messages", METRIC_GAUGE,
                       "Messages in the latest group.");
        register_lanes(stats.messages_held, "vigil_ingest_messages_held", METRIC_GAUGE,
                       "Messages read and not yet acknowledged to the MQTT broker.");
        register_lanes(stats.kafka_outstanding, "vigil_ingest_kafka_outstanding", METRIC_GAUGE,
                       "Records produced and not yet acknowledged by Kafka.");
        register_lanes(stats.mqtt_connected, "vigil_ingest_mqtt_connected", METRIC_GAUGE,
                       "MQTT sessions connected and subscribed.");
        register_lanes(stats.mqtt_connects, "vigil_ingest_mqtt_connects_total", METRIC_COUNTER,
                       "Connections established to the MQTT broker.");
        add(&stats.receipts, "vigil_ingest_receipts_total", NULL, METRIC_COUNTER,
            "Receipts published for alarm-class events.");
        add(&stats.notices, "vigil_ingest_notices_total", NULL, METRIC_COUNTER,
            "Alarms that Kafka did not accept in time, for which a notice to the desk was "
            "created.");
        add(&stats.notices_told, "vigil_ingest_notices_told_total", NULL, METRIC_COUNTER,
            "Notices that a desk confirmed.");
        add(&stats.notices_open, "vigil_ingest_notices_open", NULL, METRIC_GAUGE,
            "Alarms that Kafka has not accepted and no desk has confirmed.");
        add(&stats.notices_lost, "vigil_ingest_notices_lost_total", NULL, METRIC_COUNTER,
            "Notices dropped because the table is full.");
        add(&stats.stand_by, "vigil_ingest_stand_by", NULL, METRIC_GAUGE,
            "1 while this process is stand-by and another one has the MQTT sessions.");
        add(&stats.thrown_out, "vigil_ingest_thrown_out_total", NULL, METRIC_COUNTER,
            "Session take-overs by another client with our client id, as reported by the MQTT "
            "broker.");
        add(&stats.registry_devices, "vigil_ingest_registry_devices", NULL, METRIC_GAUGE,
            "Devices in the registry.");
        for (int lane = 0; lane < LANE_COUNT; lane++) {
                stats.received_to_kafka[lane].name = "vigil_ingest_received_to_kafka_seconds";
                stats.received_to_kafka[lane].labels = lane_labels[lane];
                stats.received_to_kafka[lane].help = "From reading a message from the socket to "
                                                     "Kafka's acknowledgement of its record.";
                metrics_register_histograms(&stats.received_to_kafka[lane], 1);
        }
}

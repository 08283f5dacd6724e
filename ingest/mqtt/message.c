/* SPDX-License-Identifier: MIT */
#include "ingest/mqtt/message.h"

#include <stdio.h>
#include <string.h>

#include "common/base/clock.h"
#include "common/base/log.h"
#include "common/base/require.h"
#include "ingest/base/stats.h"
#include "ingest/decode/topic.h"
#include "ingest/guard/budget.h"
#include "ingest/mqtt/thread.h"

enum {
        PATIENCE_MS_MAX = 2000, /* for reading the registry because of unregistered devices */
        PATIENCE_SHARE = 5,     /* at most one part in five of all time */
        TELL_EVERY_MS = 60 * 1000,
};

static enum stats_result result_of(const struct decoded *decoded) {
        if (decoded->reject)
                return STATS_REJECTED;
        switch (decoded->result) {
        case DECODE_EVENTS:
                return STATS_EVENTS;
        case DECODE_OTHER_LANE:
                return STATS_OTHER_LANE;
        case DECODE_IGNORED:
                return STATS_IGNORED;
        case DECODE_REJECTED:
                break;
        }
        return STATS_REJECTED;
}

/* Quarantine a message. Foreign topics may contain the name of a person, so the log shows only their first level. */
static void quarantine(struct session *session, const struct decode_message *message,
                       enum reject reject, const char *detail) {
        size_t bytes = topic_is_native(message->topic) ? budget_sender_bytes(message->topic)
                                                       : strcspn(message->topic, "/");
        char sender[128];

        if (!sink_quarantine(session->sink, message, reject, detail))
                return;
        snprintf(sender, sizeof(sender), "%.*s", (int)bytes, message->topic);
        log_event(LOG_WARN, "V0217", "a sender is refused so often that not all is kept", "session",
                  session->name, "sender", sender, "reason", reject_name(reject), NULL);
}

/* Return: true if the event is within the rate of its device. Alarms always are. */
static bool within_rate(struct session *session, const struct event *event) {
        enum rate_answer answer = RATE_FINE;

        if (session->lane == LANE_TELEMETRY)
                answer = rates_take(session->rates, event->device_hash, event->sample_count,
                                    clock_mono_us());
        if (answer == RATE_FINE)
                return true;
        metric_add(&stats.events_excess, 1);
        if (answer == RATE_EXCESS_SAY)
                log_event(LOG_WARN, "V0218", "a device sends too much: its readings are refused",
                          "session", session->name, "device", event->device_id, NULL);
        return false;
}

/*
 * An alarm of an unregistered device, which may have been imported a moment ago: read the registry to its current end
 * and decode the message again. A flood of such alarms must not delay the alarms of other devices, so the time spent
 * here is limited: PATIENCE_MS_MAX at once, and a fifth of all time.
 */
static const struct decoded *read_again(struct session *session,
                                        const struct decode_message *message) {
        int64_t begin_mono_ms = clock_mono_ms();
        int64_t patience_ms =
                session->patience_ms + (begin_mono_ms - session->patience_mono_ms) / PATIENCE_SHARE;

        session->patience_ms = patience_ms < PATIENCE_MS_MAX ? patience_ms : PATIENCE_MS_MAX;
        session->patience_mono_ms = begin_mono_ms;
        if (session->patience_ms > 1) {
                /* On timeout, continue with the records read so far. */
                (void)registry_reader_catch_up(session->reader, (int)session->patience_ms / 2);
                session->patience_ms -= clock_mono_ms() - begin_mono_ms;
                session->patience_mono_ms = clock_mono_ms();
                thread_beat(session);
        }
        return decoder_read(session->decoder, message);
}

static struct notice *hold_one(struct session *session) {
        if (session->lane != LANE_ALARM)
                return NULL;
        /* group_is_full() ends a group before the table is full. */
        require(session->held_count < THREAD_HELD_MAX, "session %s holds %zu alarms", session->name,
                session->held_count);
        return &session->held[session->held_count++];
}

static void tell_desk(struct session *session, const struct alarm *alarm, int64_t received_us) {
        struct alarm told = *alarm;
        int64_t now_mono_ms = clock_mono_ms();

        if (crowd_take(&session->crowd, &told, session->registry, received_us) ==
            CROWD_TOGETHER_SAY)
                log_event(LOG_WARN, "V0222",
                          "many alarms of unregistered devices: the desk is told of them together",
                          "session", session->name, "district",
                          told.district[0] ? told.district : "unknown", NULL);

        /* A device name in a foreign topic may be the name of a person, so do not log it. */
        bool may_name = told.elder_id[0] || told.district[0];

        struct notice *held = hold_one(session);

        if (held)
                notice_of_alarm(held, &told, received_us / 1000);
        sink_alarm(session->sink, &told, received_us);
        session->untold++;
        if (now_mono_ms < session->tell_mono_ms)
                return;
        log_event(LOG_WARN, "V0220", "an alarm became no event; the desk is told", "session",
                  session->name, "why", alarm_name(told.reason), "device",
                  may_name ? told.device : "", "alarms", log_number(session->untold), NULL);
        session->untold = 0;
        session->tell_mono_ms = now_mono_ms + TELL_EVERY_MS;
}

static void hold(struct session *session, const struct event *event, const char *mqtt_topic) {
        const struct registry_elder *elder = registry_elder(session->registry, event->elder_id);
        struct notice *held = hold_one(session);
        char district[REGISTRY_ID_BYTES] = "";
        struct topic topic;

        if (!held)
                return;
        if (elder)
                snprintf(district, sizeof(district), "%s", elder->district);
        else if (topic_is_native(mqtt_topic) && !topic_parse(&topic, mqtt_topic))
                snprintf(district, sizeof(district), "%.*s", (int)topic.district.bytes,
                         topic.district.text);
        notice_of_event(held, event, district);
}

void mqtt_message_take(struct mosquitto *mosq, void *opaque,
                       const struct mosquitto_message *publish,
                       const mosquitto_property *properties) {
        struct session *session = opaque;
        struct decode_message message = {
                .topic = publish->topic,
                .payload = publish->payload,
                .payload_bytes = (size_t)publish->payloadlen,
                .retained = publish->retain,
                .received_us = clock_wall_us(),
        };

        pulse_hear(&session->pulse, clock_mono_ms());
        if (session->discard) {
                metric_add(&stats.messages[session->lane][STATS_DISCARDED], 1);
                return;
        }
        session->group.messages++;
        metric_set(&stats.messages_held[session->lane], session->group.messages);
        session->group.bytes += message.payload_bytes;

        if (poison_begin(&session->poison, message.topic, message.payload, message.payload_bytes)) {
                quarantine(session, &message, REJECT_CRASHED_INGEST,
                           "ingest died with this message in hand, again and again");
                metric_add(&stats.messages[session->lane][STATS_REJECTED], 1);
                return;
        }

        const struct decoded *decoded = decoder_read(session->decoder, &message);
        size_t excess = 0;

        if (session->lane == LANE_ALARM && (decoded->reject == REJECT_UNKNOWN_DEVICE ||
                                            decoded->alarm.reason == ALARM_UNREGISTERED))
                decoded = read_again(session, &message);
        for (size_t i = 0; i < decoded->event_count; i++) {
                if (!within_rate(session, &decoded->events[i].event)) {
                        excess++;
                        continue;
                }
                sink_event(session->sink, &decoded->events[i], message.received_us);
                mqtt_receipts_owe(&session->receipts, &decoded->events[i].event);
                hold(session, &decoded->events[i].event, message.topic);
        }
        if (decoded->reject)
                quarantine(session, &message, decoded->reject, decoded->detail);
        else if (excess > 0)
                quarantine(session, &message, REJECT_TOO_MANY,
                           "the device sends more than ingest.device_events_per_s");
        if (decoded->alarm.reason)
                tell_desk(session, &decoded->alarm, message.received_us);
        metric_add(&stats.keys_ignored[session->lane], (int64_t)decoded->ignored_keys);
        metric_add(&stats.messages[session->lane][result_of(decoded)], 1);
        poison_end(&session->poison);
}

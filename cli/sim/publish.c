/* SPDX-License-Identifier: MIT */
#include "cli/sim/publish.h"

#include <stdio.h>
#include <string.h>

#include "cli/sim/ledger.h"
#include "common/base/clock.h"

enum { BURST_MESSAGES = 64 };

const char *sim_kind_of_topic(const char *topic) {
        const char *slash = strrchr(topic, '/');

        return slash ? slash + 1 : topic;
}

static void message_note(struct sim *sim, const struct telemetry_message *message) {
        char event_id[EVENT_ID_TEXT_BYTES];

        sim->events_published += (uint64_t)message->events;
        for (int i = 0; sim->ledger && message->first_sequence && i < message->events; i++) {
                snprintf(event_id, sizeof(event_id), "%s:%u:%llu", message->device->id, sim->boot,
                         (unsigned long long)message->first_sequence + (unsigned long long)i);
                sim_ledger_event(sim, "published", event_id, sim_kind_of_topic(message->topic));
        }
}

static int message_publish(struct sim *sim, const struct telemetry_message *message,
                           int64_t now_mono_ms) {
        char event_id[EVENT_ID_TEXT_BYTES];

        message_note(sim, message);
        if (!message->alarm)
                return gateways_telemetry(sim->gateways, message->grid, message->topic,
                                          message->payload, message->payload_bytes);
        sim->alarms_published++;
        snprintf(event_id, sizeof(event_id), "%s:%u:%llu", message->device->id, sim->boot,
                 (unsigned long long)message->first_sequence);
        return gateways_alarm(sim->gateways, message->grid, event_id, message->topic,
                              message->payload, now_mono_ms);
}

int sim_publish_telemetry_turn(struct sim *sim, int64_t now_mono_us, int64_t now_time_ms) {
        struct telemetry_message message;
        int r = 0;

        for (int burst = 0; burst < BURST_MESSAGES && r == 0; burst++) {
                bool owed = telemetry_is_owed(sim->telemetry, now_mono_us / 1000);
                bool due = sim->options.rate > 0 && sim->events_due_us <= (double)now_mono_us;

                if ((!owed && !due) || gateways_full(sim->gateways))
                        return 0;
                if (!telemetry_next(sim->telemetry, now_mono_us / 1000, now_time_ms, &message))
                        return 0;
                r = message_publish(sim, &message, now_mono_us / 1000);
                if (sim->options.rate > 0 && !message.hello)
                        sim->events_due_us += 1e6 / sim->options.rate * message.events;
        }
        /* After a delay of more than 1 s, do not catch up in a burst. */
        if (sim->events_due_us < (double)now_mono_us - 1e6)
                sim->events_due_us = (double)now_mono_us;
        return r;
}

void sim_alert_id(const struct registry_device *device, uint32_t boot, uint64_t sequence,
                  int64_t time_ms, const char *rule, char ret[ALERT_ID_BYTES]) {
        struct event event = {.boot_id = boot, .sequence = sequence, .device_time_ms = time_ms};

        if (event_set_ids(&event, device->elder_id, device->id) < 0) {
                ret[0] = '\0';
                return;
        }
        alert_id_make(rule, device->elder_id, event_key(&event), ret);
}

void sim_rule_of_kind(const char *kind, char ret[ALERT_RULE_ID_BYTES]) {
        snprintf(ret, ALERT_RULE_ID_BYTES, "%s", kind);
        for (; *ret; ret++)
                if (*ret == '_')
                        *ret = '-';
}

static int elder_of(const struct sim *sim, const struct registry_device *device) {
        return neighbourhood_elder_index(sim->options.hood, device->elder_id);
}

static int alarm_expect(struct sim *sim, const struct sim_publish_alarm *alarm, uint64_t sequence) {
        struct score_expectation expectation;
        char alert_id[ALERT_ID_BYTES];

        if (!alarm->expect)
                return 0;
        expectation = *alarm->expect;
        sim_alert_id(alarm->device, sim->boot, sequence, alarm->event_time_ms, expectation.rule,
                     alert_id);
        expectation.alert_id = alert_id;
        return score_expect(sim->score, &expectation);
}

int sim_publish_alarm(struct sim *sim, const struct sim_publish_alarm *alarm) {
        const struct registry_device *device = alarm->device;
        int elder = elder_of(sim, device);
        uint64_t sequence = telemetry_sequence(sim->telemetry, device);
        char event_id[EVENT_ID_TEXT_BYTES], topic[TELEMETRY_TOPIC_BYTES];
        char payload[256], sure[32] = "";
        int r = alarm_expect(sim, alarm, sequence);

        if (r < 0)
                return r;
        if (alarm->confidence >= 0)
                snprintf(sure, sizeof(sure), ",\"confidence\":%.3g", alarm->confidence);
        snprintf(event_id, sizeof(event_id), "%s:%u:%llu", device->id, sim->boot,
                 (unsigned long long)sequence);
        snprintf(topic, sizeof(topic), "vigil/v1/%s/%s/%s",
                 sim->options.hood->elders[elder].district, device->id, alarm->kind);
        snprintf(payload, sizeof(payload),
                 "{\"seq\":%llu,\"boot\":%u,\"t\":%lld,\"value\":%.10g%s%s%s}",
                 (unsigned long long)sequence, sim->boot, (long long)alarm->event_time_ms,
                 alarm->value, sure, alarm->buffered ? ",\"buffered\":true" : "",
                 alarm->drill ? ",\"test\":true" : "");

        sim->events_published++;
        sim->alarms_published++;
        sim_ledger_event(sim, "published", event_id, alarm->kind);
        r = gateways_alarm(sim->gateways, sim->options.hood->homes[elder].grid, event_id, topic,
                           payload, clock_mono_ms());
        if (r == 0 && alarm->retained) {
                gateways_retained(sim->gateways, sim->options.hood->homes[elder].grid, topic,
                                  payload);
                sim->events_published++; /* the copy is a message of its own in Kafka */
        }
        return r;
}

int sim_publish_telemetry(struct sim *sim, const struct registry_device *device, const char *kind,
                          double value, int64_t event_time_ms, bool buffered) {
        int elder = elder_of(sim, device);
        int grid = sim->options.hood->homes[elder].grid;
        uint64_t sequence = telemetry_sequence(sim->telemetry, device);
        char event_id[EVENT_ID_TEXT_BYTES], topic[TELEMETRY_TOPIC_BYTES], payload[192];
        int length;

        snprintf(event_id, sizeof(event_id), "%s:%u:%llu", device->id, sim->boot,
                 (unsigned long long)sequence);
        snprintf(topic, sizeof(topic), "vigil/v1/%s/%s/%s",
                 sim->options.hood->elders[elder].district, device->id, kind);
        length = snprintf(payload, sizeof(payload),
                          "{\"seq\":%llu,\"boot\":%u,\"t\":%lld,\"value\":%.10g%s}",
                          (unsigned long long)sequence, sim->boot, (long long)event_time_ms, value,
                          buffered ? ",\"buffered\":true" : "");
        sim->events_published++;
        sim_ledger_event(sim, "published", event_id, kind);
        return gateways_telemetry(sim->gateways, grid, topic, payload, (size_t)length);
}

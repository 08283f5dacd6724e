/* SPDX-License-Identifier: MIT */
#include "tests/fuzz/decode_check.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define RECEIVED_US INT64_C(1795478400000250)

static void must(bool truth) {
        if (!truth)
                abort();
}

struct registry *decode_check_registry(void) {
        static const char *const records[][2] = {
                {"device/d", "{\"v\":1,\"id\":\"d\",\"elder\":\"E1\",\"class\":\"wristband\"}"},
                {"device/z1", "{\"v\":1,\"id\":\"z1\",\"elder\":\"E1\",\"class\":\"sos_button\","
                              "\"profile\":\"zigbee2mqtt\",\"foreign_id\":\"z\"}"},
                {"device/r1",
                 "{\"v\":1,\"id\":\"r1\",\"elder\":\"E1\",\"class\":\"x\",\"profile\":\"records\","
                 "\"foreign_id\":\"r\"}"},
        };
        struct registry *registry = NULL;

        must(registry_new(&registry) == 0);
        for (size_t i = 0; i < sizeof(records) / sizeof(records[0]); i++)
                must(registry_apply(registry, records[i][0], strlen(records[i][0]), records[i][1],
                                    strlen(records[i][1])) == 0);
        return registry;
}

static void check_event(const struct decoded_event *decoded, enum lane lane) {
        const struct event *event = &decoded->event;
        const struct event_kind_info *info = event_kind_info(event->kind);

        must(info && info->lane == lane);
        must(isfinite(event->value) && isfinite(event->value2));
        must(info->shape == KIND_SHAPE_WAVEFORM ||
             (event->value >= info->possible_min && event->value <= info->possible_max));
        must(strcmp(event->elder_id, "E1") == 0 && event->device_id[0] != '\0');
        must(event->confidence_pct <= 100 && event->validity <= EVENT_VALIDITY_STALE);
        must((event->sample_count == 0) == (decoded->samples == NULL) &&
             event->sample_count <= EVENT_SAMPLES_MAX);
        must(event->received_time_ms == RECEIVED_US / 1000);
        must(!(event->flags & EVENT_TIME_MISSING) || event->device_time_ms == 0);
        must(event_time_ms(event) != 0);
}

/* Decoded events must be the same after writing and reading a frame. */
static void check_frame(const struct decoded *decoded, enum lane lane) {
        static unsigned char bytes[FRAME_BYTES_MAX];
        struct frame_writer writer;
        struct frame_reader reader;
        const unsigned char *samples;
        struct event event;
        size_t written = 0;

        frame_begin(&writer, lane, bytes, sizeof(bytes));
        while (written < decoded->event_count &&
               frame_append(&writer, &decoded->events[written].event,
                            decoded->events[written].samples) == 0)
                written++;
        must(frame_open(&reader, bytes, frame_end(&writer)) == 0);
        for (size_t i = 0; i < written; i++) {
                must(frame_next(&reader, &event, &samples) == 0);
                must(memcmp(&event, &decoded->events[i].event, sizeof(event)) == 0);
                must(!samples || memcmp(samples, decoded->events[i].samples,
                                        (size_t)event.sample_count * EVENT_SAMPLE_BYTES) == 0);
        }
        must(frame_next(&reader, &event, &samples) == FRAME_END);
}

/* With any names of topics and fields, the alert for the desk can be encoded and decoded. */
static void check_alarm(const struct alarm *alarm) {
        struct alert alert, back;
        char *json;
        size_t bytes;

        if (!alarm->reason)
                return;
        must(alarm->device[0] && memchr(alarm->device, '\0', sizeof(alarm->device)));
        alarm_to_alert(alarm, RECEIVED_US, &alert);
        must(alert_encode(&alert, &json, &bytes) == 0);
        must(alert_decode(&back, json, bytes) == 0);
        must(alert_is_unclaimed(&back) && strcmp(back.alert_id, alert.alert_id) == 0);
        free(json);
}

size_t decode_check_input(struct decoder *decoder, enum lane lane, const uint8_t *data,
                          size_t size) {
        const uint8_t *newline = memchr(data, '\n', size);
        size_t topic_bytes = newline ? (size_t)(newline - data) : size;
        char topic[256];

        if (topic_bytes >= sizeof(topic))
                return 0;
        memcpy(topic, data, topic_bytes);
        topic[topic_bytes] = '\0';

        struct decode_message message = {
                .topic = topic,
                .payload = newline ? newline + 1 : NULL,
                .payload_bytes = newline ? size - topic_bytes - 1 : 0,
                .received_us = RECEIVED_US,
        };
        const struct decoded *decoded = decoder_read(decoder, &message);

        must(decoded->event_count <= DECODE_EVENTS_MAX);
        must((decoded->result == DECODE_EVENTS) == (decoded->event_count > 0));
        must((decoded->result != DECODE_REJECTED) || decoded->reject != REJECT_NONE);
        must(decoded->reject == REJECT_NONE || decoded->detail[0] != '\0');
        must(decoded->reject < REJECT_COUNT && reject_name(decoded->reject));
        for (size_t i = 0; i < decoded->event_count; i++)
                check_event(&decoded->events[i], lane);
        check_frame(decoded, lane);
        check_alarm(&decoded->alarm);

        /* A retained message never becomes an event. */
        message.retained = true;
        must(decoder_read(decoder, &message)->event_count == 0);
        return decoded->event_count;
}

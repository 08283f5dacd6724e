/* SPDX-License-Identifier: MIT */
#include "ingest/decode/output.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <xxhash.h>

#include "common/base/utf8.h"

enum reject output_reject(struct decode_output *output, enum reject reject, const char *format,
                          ...) {
        va_list args;

        if (output->reject == REJECT_NONE) {
                output->reject = reject;
                va_start(args, format);
                vsnprintf(output->detail, DECODE_DETAIL_BYTES, format, args);
                va_end(args);
        }
        return reject;
}

void output_alarm(struct decode_output *output, enum alarm_reason reason,
                  const struct topic_part *device, const struct registry_device *known,
                  const struct event_kind_info *info) {
        struct alarm *alarm = output->alarm;
        struct topic_part name =
                known ? (struct topic_part){known->id, strlen(known->id)} : *device;
        struct topic topic;

        if (alarm->reason)
                return;
        alarm->reason = reason;
        alarm->info = info;
        memcpy(alarm->device, name.text,
               utf8_prefix(name.text, name.bytes, sizeof(alarm->device) - 1));
        if (known)
                memcpy(alarm->elder_id, known->elder_id, sizeof(alarm->elder_id));
        if (topic_is_native(output->message->topic) &&
            topic_parse(&topic, output->message->topic) == 0 &&
            topic.district.bytes < sizeof(alarm->district))
                memcpy(alarm->district, topic.district.text, topic.district.bytes);
}

int output_begin(const struct decode_output *output, struct event *ret,
                 const struct registry_device *device, const struct event_kind_info *info) {
        int64_t received_us = output->message->received_us;

        *ret = (struct event){
                .received_time_ms = received_us / 1000,
                .received_sub_us = (uint16_t)(received_us % 1000),
                .kind = (uint16_t)info->kind,
                .flags = EVENT_TIME_MISSING | EVENT_SEQUENCE_DERIVED,
                .value = 1,
                .confidence_pct = 100,
        };
        return event_set_ids(ret, device->elder_id, device->id);
}

void output_set_time(struct event *event, int64_t device_time_ms) {
        event->device_time_ms = device_time_ms;
        event->flags &= (uint16_t)~EVENT_TIME_MISSING;
        /* On the wire, 0 means "none"; a device that sends it has a clock that was never set. */
        if (device_time_ms == 0 || device_time_ms > event->received_time_ms + DECODE_AHEAD_MS ||
            device_time_ms < event->received_time_ms - DECODE_BEHIND_MS)
                event->flags |= EVENT_TIME_IMPLAUSIBLE;
}

void output_derive_sequence(const struct decode_output *output, struct event *event, size_t index) {
        const struct decode_message *message = output->message;
        uint64_t seed = XXH3_64bits(message->topic, strlen(message->topic)) + index;

        if (!event_is_timed(event))
                seed ^= (uint64_t)message->received_us;
        event->sequence = XXH3_64bits_withSeed(message->payload, message->payload_bytes, seed) >> 1;
        event->flags |= EVENT_SEQUENCE_DERIVED;
}

enum reject output_add(struct decode_output *output, const struct event *event,
                       const int16_t *samples) {
        if (output->found_count >= DECODE_EVENTS_MAX)
                return output_reject(output, REJECT_TOO_LARGE, "more than %d events in one message",
                                     DECODE_EVENTS_MAX);
        output->found_count++;
        if (event_kind_info(event->kind)->lane == output->lane) {
                output->events[output->event_count].event = *event;
                output->events[output->event_count].samples = samples;
                output->event_count++;
        }
        return REJECT_NONE;
}

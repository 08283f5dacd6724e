/* SPDX-License-Identifier: MIT */
#include "ingest/decode/decoder.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <yyjson.h>

#include "common/base/err.h"
#include "common/base/utf8.h"
#include "ingest/decode/mapper.h"
#include "ingest/decode/native.h"
#include "ingest/decode/output.h"
#include "ingest/decode/profile.h"
#include "ingest/decode/topic.h"

struct decoder {
        enum lane lane;
        const struct profile_set *profiles;
        const struct registry *registry;
        size_t message_bytes_max;

        void *json_pool; /* reused for every message */
        size_t json_pool_bytes;
        int16_t *samples;
        size_t samples_max;
        struct decoded_event *events;

        struct decoded decoded;
};

int decoder_new(struct decoder **ret, enum lane lane, const struct profile_set *profiles,
                const struct registry *registry, size_t message_bytes_max) {
        struct decoder *decoder = calloc(1, sizeof(*decoder));

        if (!decoder)
                return err_raise(-ENOMEM);
        decoder->lane = lane;
        decoder->profiles = profiles;
        decoder->registry = registry;
        decoder->message_bytes_max = message_bytes_max;
        /* "[0,0,0]," is the shortest sample. */
        decoder->samples_max = message_bytes_max / 8 + 1;
        decoder->json_pool_bytes =
                yyjson_read_max_memory_usage(message_bytes_max, YYJSON_READ_STOP_WHEN_DONE);
        decoder->json_pool = malloc(decoder->json_pool_bytes);
        decoder->samples = malloc(decoder->samples_max * 3 * sizeof(*decoder->samples));
        decoder->events = malloc(DECODE_EVENTS_MAX * sizeof(*decoder->events));
        if (!decoder->json_pool || !decoder->samples || !decoder->events) {
                decoder_free(decoder);
                return err_raise(-ENOMEM);
        }
        *ret = decoder;
        return 0;
}

struct decoder *decoder_free(struct decoder *decoder) {
        if (!decoder)
                return NULL;
        free(decoder->json_pool);
        free(decoder->samples);
        free(decoder->events);
        free(decoder);
        return NULL;
}

static bool is_utf8(const char *text, size_t bytes) {
        uint32_t character;

        while (bytes > 0) {
                size_t used = utf8_read(text, bytes, &character);

                if (used == 0)
                        return false;
                text += used;
                bytes -= used;
        }
        return true;
}

static yyjson_val *parse_json(struct decoder *decoder, const char *text, size_t bytes,
                              yyjson_read_flag flags, yyjson_read_err *error) {
        yyjson_alc alc;

        yyjson_alc_pool_init(&alc, decoder->json_pool, decoder->json_pool_bytes);

        /* Despite its prototype, yyjson does not write to the text without YYJSON_READ_INSITU. */
        yyjson_doc *doc = yyjson_read_opts((char *)text, bytes, flags, &alc, error);

        return yyjson_doc_get_root(doc); /* the pool is reused, not freed */
}

/* Return: the root of the JSON payload (in the pool of the decoder), or NULL after noting a rejection. */
static yyjson_val *parse(struct decoder *decoder, struct decode_output *output) {
        const struct decode_message *message = output->message;
        yyjson_read_err error;

        if (message->payload_bytes == 0) {
                output_reject(output, REJECT_EMPTY, "the payload is empty");
                return NULL;
        }
        if (message->payload_bytes > decoder->message_bytes_max) {
                output_reject(output, REJECT_TOO_LARGE, "the payload is longer than %zu bytes",
                              decoder->message_bytes_max);
                return NULL;
        }

        yyjson_val *root = parse_json(decoder, message->payload, message->payload_bytes,
                                      YYJSON_READ_NOFLAG, &error);

        if (root)
                return root;
        if (!is_utf8(message->payload, message->payload_bytes))
                output_reject(output, REJECT_NOT_UTF8, "the payload is not UTF-8 text");
        else
                output_reject(output, REJECT_BAD_JSON, "not JSON at byte %zu: %s", error.pos,
                              error.msg);
        return NULL;
}

/* Parse almost valid JSON: with a byte order mark, a trailing comma, or a NUL or other bytes after the value.
 * Return: NULL if even that is impossible. */
static yyjson_val *parse_nearly(struct decoder *decoder, const struct decode_message *message) {
        static const char mark[] = "\xef\xbb\xbf";
        static const yyjson_read_flag flags =
                YYJSON_READ_STOP_WHEN_DONE | YYJSON_READ_ALLOW_TRAILING_COMMAS |
                YYJSON_READ_ALLOW_COMMENTS | YYJSON_READ_ALLOW_INVALID_UNICODE;
        const char *text = message->payload;
        size_t bytes = message->payload_bytes;
        yyjson_read_err error;

        if (bytes == 0 || bytes > decoder->message_bytes_max)
                return NULL;
        if (bytes >= strlen(mark) && memcmp(text, mark, strlen(mark)) == 0) {
                text += strlen(mark);
                bytes -= strlen(mark);
        }

        yyjson_val *root = parse_json(decoder, text, bytes, flags, &error);

        /* Accept only objects and arrays: "1st floor" is not the number 1. */
        return yyjson_is_ctn(root) ? root : NULL;
}

static void read_payload(struct decoder *decoder, struct decode_output *output,
                         const struct registry_device *device, const struct event_kind_info *info) {
        yyjson_val *root = parse(decoder, output);

        if (!root && info->lane == LANE_ALARM)
                root = parse_nearly(decoder, output->message);
        if (root)
                native_read(output, root, device, info);
        else
                native_read_garbage(output, device, info);
}

/* A device that is unregistered or has no elder. Decode its payload to detect a call for help; discard the events. */
static void read_stranger(struct decoder *decoder, struct decode_output *output,
                          const struct topic *topic, const struct event_kind_info *info) {
        struct topic_part name = {topic->device_id, strlen(topic->device_id)};
        struct registry_device stranger = {.elder_id = ""};

        memcpy(stranger.id, topic->device_id, sizeof(stranger.id));
        if (event_kind_is_cry(info))
                read_payload(decoder, output, &stranger, info);
        for (size_t i = 0; i < output->event_count; i++) {
                if (output->events[i].event.value == 0)
                        continue;
                output_alarm(output, ALARM_UNREGISTERED, &name, NULL, info);
                output->alarm->drill = output->events[i].event.flags & EVENT_DRILL;
                break;
        }
        output->event_count = output->found_count = 0;
}

/* Is the payload an all-clear? False if it cannot be read. */
static bool says_nothing_is_wrong(struct decoder *decoder, const struct decode_message *message) {
        yyjson_read_err error;
        yyjson_val *value = NULL;

        if (message->payload_bytes > 0 && message->payload_bytes <= decoder->message_bytes_max)
                value = parse_json(decoder, message->payload, message->payload_bytes,
                                   YYJSON_READ_NOFLAG, &error);
        if (yyjson_is_obj(value))
                value = yyjson_obj_get(value, "value");
        return yyjson_is_false(value) || (yyjson_is_num(value) && yyjson_get_num(value) == 0);
}

/* An invalid native topic: a level too many, an address instead of an id, SOS instead of sos. Its last level may still
 * be an alarm, and one of its levels a registered device. Handled by the telemetry lane, which reads all topics. */
static void read_misdirected(struct decoder *decoder, struct decode_output *output) {
        const struct decode_message *message = output->message;
        const char *at = message->topic + strlen(TOPIC_NATIVE_ROOT);
        const struct registry_device *device = NULL;
        struct topic_part last = {"", 0}, name = {"?", 1};

        if (decoder->lane != LANE_TELEMETRY || message->retained)
                return;
        while (at) {
                struct topic_part level = topic_level(&at);
                char id[EVENT_DEVICE_ID_BYTES] = "";

                if (level.bytes == 0)
                        continue;
                if (level.bytes < sizeof(id))
                        memcpy(id, level.text, level.bytes);
                if (!device)
                        device = registry_device(decoder->registry, id);
                if (last.bytes)
                        name = last;
                last = level;
        }
        if (!alarm_is_word(last.text, last.bytes) || says_nothing_is_wrong(decoder, message))
                return;
        if (device && device->elder_id[0])
                output_alarm(output, ALARM_UNREADABLE, NULL, device, NULL);
        else
                output_alarm(output, ALARM_UNREGISTERED, &name, NULL, NULL);
}

/* Return: the lane that quarantines the message if it is refused. */
static enum lane read_native(struct decoder *decoder, struct decode_output *output) {
        const struct decode_message *message = output->message;
        struct topic topic;

        if (topic_parse(&topic, message->topic)) {
                output_reject(output, REJECT_UNKNOWN_TOPIC,
                              "expected vigil/v1/<district>/<device>/<kind>");
                read_misdirected(decoder, output);
                return LANE_TELEMETRY;
        }

        const struct event_kind_info *info = event_kind_by_name(topic.kind.text, topic.kind.bytes);
        const struct registry_device *device = registry_device(decoder->registry, topic.device_id);

        if (!info) {
                read_misdirected(decoder, output);
                output_reject(output, REJECT_UNKNOWN_KIND,
                              "the topic's last level is no kind of event");
                return LANE_TELEMETRY;
        }
        if (info->lane != decoder->lane)
                return info->lane;
        if (message->retained) {
                output_reject(output, REJECT_RETAINED,
                              "a retained message is old news of unknown age");
                return info->lane;
        }

        if (!device || !device->elder_id[0]) {
                output_reject(output, REJECT_UNKNOWN_DEVICE,
                              device ? "the device belongs to no elder"
                                     : "the registry has no such device");
                read_stranger(decoder, output, &topic, info);
                return info->lane;
        }

        read_payload(decoder, output, device, info);
        return info->lane;
}

static void read_foreign(struct decoder *decoder, struct decode_output *output,
                         const struct profile_topic *topic, const struct topic_part *device) {
        if (output->message->retained) {
                output_reject(output, REJECT_RETAINED,
                              "a retained message is old news of unknown age");
                return;
        }

        yyjson_val *root = parse(decoder, output);

        if (root)
                mapper_read(output, root, topic, device, decoder->registry);
        else if (output->message->payload_bytes > 0)
                mapper_read_garbage(output, topic, device, decoder->registry);
}

/* Report an alarm of a device whose elder is not in the registry: rules cannot evaluate it. */
static void check_elder(const struct decoder *decoder, struct decode_output *output) {
        for (size_t i = 0; i < output->event_count; i++) {
                const struct event *event = &output->events[i].event;
                const struct event_kind_info *info = event_kind_info(event->kind);

                if (!event_kind_is_cry(info) || event->value == 0)
                        continue;
                if (!registry_elder(decoder->registry, event->elder_id))
                        output_alarm(output, ALARM_UNREGISTERED, NULL,
                                     registry_device(decoder->registry, event->device_id), info);
                return;
        }
}

static enum decode_result judge(const struct decode_output *output, enum lane answers_for,
                                bool ignored) {
        if (output->event_count > 0)
                return DECODE_EVENTS;
        if (answers_for != output->lane)
                return DECODE_OTHER_LANE;
        if (ignored)
                return DECODE_IGNORED;
        if (output->reject)
                return DECODE_REJECTED;
        /* It was understood: either all events belong to the other lane, or there are none. */
        return output->found_count > 0 ? DECODE_OTHER_LANE : DECODE_IGNORED;
}

const struct decoded *decoder_read(struct decoder *decoder, const struct decode_message *message) {
        struct decoded *decoded = &decoder->decoded;
        struct decode_output output = {
                .lane = decoder->lane,
                .message = message,
                .events = decoder->events,
                .samples = decoder->samples,
                .samples_max = decoder->samples_max,
                .detail = decoded->detail,
                .alarm = &decoded->alarm,
        };
        enum lane answers_for = LANE_TELEMETRY;
        struct topic_part device = {0};
        bool ignored = false;

        decoded->detail[0] = '\0';
        decoded->alarm = (struct alarm){.reason = ALARM_NONE};
        if (topic_is_native(message->topic)) {
                answers_for = read_native(decoder, &output);
        } else {
                const struct profile_topic *topic =
                        profile_set_find(decoder->profiles, message->topic, &device);

                ignored = topic && topic->ignore;
                if (!topic)
                        output_reject(&output, REJECT_UNKNOWN_TOPIC, "no profile has this topic");
                else if (!ignored)
                        read_foreign(decoder, &output, topic, &device);
        }

        if (decoder->lane == LANE_ALARM)
                check_elder(decoder, &output);
        decoded->result = judge(&output, answers_for, ignored);
        decoded->events = decoder->events;
        decoded->event_count = output.event_count;
        decoded->ignored_keys = output.ignored_keys;
        /* The session of the other lane gets the same message and writes the quarantine record. */
        decoded->reject = answers_for == decoder->lane ? output.reject : REJECT_NONE;
        return decoded;
}

/* SPDX-License-Identifier: MIT */
#include "ingest/decode/decode.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <yyjson.h>

#include "common/err.h"
#include "common/utf8.h"
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

const char *reject_name(enum reject reject) {
        static const char *const names[] = {
                [REJECT_NONE] = "none",
                [REJECT_UNKNOWN_TOPIC] = "unknown_topic",
                [REJECT_UNKNOWN_DEVICE] = "unknown_device",
                [REJECT_UNKNOWN_KIND] = "unknown_kind",
                [REJECT_BAD_JSON] = "bad_json",
                [REJECT_WRONG_TYPE] = "wrong_type",
                [REJECT_MISSING_KEY] = "missing_key",
                [REJECT_UNKNOWN_KEY] = "unknown_key",
                [REJECT_IMPOSSIBLE_VALUE] = "impossible_value",
                [REJECT_BAD_SEQUENCE] = "bad_sequence",
                [REJECT_TOO_LARGE] = "too_large",
                [REJECT_EMPTY] = "empty",
                [REJECT_NOT_UTF8] = "not_utf8",
                [REJECT_RETAINED] = "retained",
                [REJECT_BAD_PROFILE_VALUE] = "bad_profile_value",
                [REJECT_TOO_MANY] = "too_many",
                [REJECT_CRASHED_INGEST] = "crashed_ingest",
        };

        return names[reject];
}

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
                yyjson_read_max_memory_usage(message_bytes_max, YYJSON_READ_NOFLAG);
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

/* Return: the root of the payload's JSON (in the decoder's pool), or NULL and a rejection is noted. */
static yyjson_val *parse(struct decoder *decoder, struct decode_output *output) {
        const struct decode_message *message = output->message;
        yyjson_read_err error;
        yyjson_alc alc;

        if (message->payload_bytes == 0) {
                output_reject(output, REJECT_EMPTY, "the payload is empty");
                return NULL;
        }
        if (message->payload_bytes > decoder->message_bytes_max) {
                output_reject(output, REJECT_TOO_LARGE, "the payload is longer than %zu bytes",
                              decoder->message_bytes_max);
                return NULL;
        }

        yyjson_alc_pool_init(&alc, decoder->json_pool, decoder->json_pool_bytes);

        /* Without YYJSON_READ_INSITU yyjson only reads the text, whatever its prototype says. */
        yyjson_doc *doc = yyjson_read_opts((char *)message->payload, message->payload_bytes,
                                           YYJSON_READ_NOFLAG, &alc, &error);

        if (doc)
                return yyjson_doc_get_root(doc); /* the pool is reused, not freed */
        if (!is_utf8(message->payload, message->payload_bytes))
                output_reject(output, REJECT_NOT_UTF8, "the payload is not UTF-8 text");
        else
                output_reject(output, REJECT_BAD_JSON, "not JSON at byte %zu: %s", error.pos,
                              error.msg);
        return NULL;
}

/* Return: whose lane answers for this message when it is refused. */
static enum lane read_native(struct decoder *decoder, struct decode_output *output) {
        const struct decode_message *message = output->message;
        struct topic topic;

        if (topic_parse(&topic, message->topic)) {
                output_reject(output, REJECT_UNKNOWN_TOPIC,
                              "expected vigil/v1/<district>/<device>/<kind>");
                return LANE_TELEMETRY;
        }

        const struct event_kind_info *info = event_kind_by_name(topic.kind.text, topic.kind.bytes);

        if (!info) {
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

        const struct registry_device *device = registry_device(decoder->registry, topic.device_id);

        if (!device || !device->elder_id[0]) {
                output_reject(output, REJECT_UNKNOWN_DEVICE,
                              device ? "the device belongs to no elder"
                                     : "the registry has no such device");
                return info->lane;
        }

        yyjson_val *root = parse(decoder, output);

        if (root)
                native_read(output, root, device, info);
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
        /* Understood: either all of it is the other lane's, or it says nothing that is an event. */
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
        };
        enum lane answers_for = LANE_TELEMETRY;
        struct topic_part device = {0};
        bool ignored = false;

        decoded->detail[0] = '\0';
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

        decoded->result = judge(&output, answers_for, ignored);
        decoded->events = decoder->events;
        decoded->event_count = output.event_count;
        /* The other lane's session sees the same message and writes the quarantine record. */
        decoded->reject = answers_for == decoder->lane ? output.reject : REJECT_NONE;
        return decoded;
}

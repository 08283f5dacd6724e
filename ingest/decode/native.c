/* SPDX-License-Identifier: MIT */
#include "ingest/decode/native.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "common/base/utf8.h"
#include "ingest/decode/value.h"

/* State while an object is read. */
struct reading {
        struct decode_output *output;
        const struct event_kind_info *info;
        bool is_alarm; /* it becomes an event whatever its values are */
        struct event event;
        const int16_t *samples;
        uint32_t seen; /* bit i: keys[i] was present */
};

typedef enum reject (*key_reader)(struct reading *reading, yyjson_val *value);

static enum reject wrong_type(struct reading *reading, const char *key, const char *wanted) {
        return output_reject(reading->output, REJECT_WRONG_TYPE, "%s must be %s", key, wanted);
}

static enum reject read_seq(struct reading *reading, yyjson_val *value) {
        switch (value_whole_unsigned(value, &reading->event.sequence)) {
        case VALUE_NOT_A_NUMBER:
                return wrong_type(reading, "seq", "a whole number");
        case VALUE_NOT_WHOLE:
                return output_reject(reading->output, REJECT_BAD_SEQUENCE,
                                     "seq must be a whole number from 0 to 2^64-1");
        case VALUE_OK:
                break;
        }
        reading->event.flags &= (uint16_t)~EVENT_SEQUENCE_DERIVED;
        return REJECT_NONE;
}

static enum reject read_boot(struct reading *reading, yyjson_val *value) {
        uint64_t boot = 0;

        switch (value_whole_unsigned(value, &boot)) {
        case VALUE_NOT_A_NUMBER:
                return wrong_type(reading, "boot", "a whole number");
        case VALUE_NOT_WHOLE:
                boot = UINT64_MAX;
                break;
        case VALUE_OK:
                break;
        }
        if (boot > UINT32_MAX)
                return output_reject(reading->output, REJECT_BAD_SEQUENCE,
                                     "boot must be a whole number from 0 to 2^32-1");
        reading->event.boot_id = (uint32_t)boot;
        return REJECT_NONE;
}

static enum reject read_t(struct reading *reading, yyjson_val *value) {
        int64_t t;
        bool known = value_whole(value, &t) == VALUE_OK;

        if (!known && reading->is_alarm && yyjson_is_str(value))
                known = value_iso8601_ms(yyjson_get_str(value), yyjson_get_len(value), &t);
        if (!known && reading->is_alarm && yyjson_is_num(value) &&
            fabs(yyjson_get_num(value)) < 1e15) {
                t = llround(yyjson_get_num(value));
                known = true;
        }
        if (!known)
                return wrong_type(reading, "t", "whole milliseconds since 1970 UTC");
        output_set_time(&reading->event, t);
        return REJECT_NONE;
}

static enum reject read_value(struct reading *reading, yyjson_val *value) {
        double number = yyjson_get_num(value);

        if (reading->is_alarm && yyjson_is_bool(value))
                number = yyjson_get_bool(value);
        else if (!yyjson_is_num(value))
                return wrong_type(reading, "value", "a number");
        if (number < reading->info->possible_min || number > reading->info->possible_max)
                return output_reject(reading->output, REJECT_IMPOSSIBLE_VALUE,
                                     "value is outside the possible range %g to %g of %s",
                                     reading->info->possible_min, reading->info->possible_max,
                                     reading->info->name);
        reading->event.value = number;
        return REJECT_NONE;
}

static enum reject read_confidence(struct reading *reading, yyjson_val *value) {
        if (!yyjson_is_num(value))
                return wrong_type(reading, "confidence", "a number");

        double confidence = yyjson_get_num(value);

        if (confidence < 0 || confidence > 1)
                return output_reject(reading->output, REJECT_IMPOSSIBLE_VALUE,
                                     "confidence must be from 0 to 1");
        reading->event.confidence_pct = (uint8_t)lround(confidence * 100);
        return REJECT_NONE;
}

static enum reject read_validity(struct reading *reading, yyjson_val *value) {
        static const char *const words[] = {
                [EVENT_VALIDITY_VALID] = "valid",
                [EVENT_VALIDITY_OFF_BODY] = "off_body",
                [EVENT_VALIDITY_ARTEFACT] = "artefact",
                [EVENT_VALIDITY_IMPLAUSIBLE] = "implausible",
                [EVENT_VALIDITY_STALE] = "stale",
        };

        if (!yyjson_is_str(value))
                return wrong_type(reading, "validity", "a word");
        for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
                if (yyjson_equals_str(value, words[i])) {
                        reading->event.validity = (uint8_t)i;
                        return REJECT_NONE;
                }
        }
        return output_reject(reading->output, REJECT_IMPOSSIBLE_VALUE,
                             "validity is one of valid, off_body, artefact, implausible, stale");
}

static enum reject read_flag(struct reading *reading, const char *key, yyjson_val *value,
                             enum event_flag flag) {
        if (!yyjson_is_bool(value))
                return wrong_type(reading, key, "true or false");
        if (yyjson_get_bool(value))
                reading->event.flags |= (uint16_t)flag;
        return REJECT_NONE;
}

static enum reject read_test(struct reading *reading, yyjson_val *value) {
        return read_flag(reading, "test", value, EVENT_DRILL);
}

static enum reject read_buffered(struct reading *reading, yyjson_val *value) {
        return read_flag(reading, "buffered", value, EVENT_BUFFERED);
}

static enum reject read_degrees(struct reading *reading, const char *key, yyjson_val *value,
                                double limit, double *ret) {
        if (!yyjson_is_num(value))
                return wrong_type(reading, key, "a number");

        double degrees = yyjson_get_num(value);

        if (fabs(degrees) > limit)
                return output_reject(reading->output, REJECT_IMPOSSIBLE_VALUE,
                                     "%s is outside -%g to %g degrees", key, limit, limit);
        *ret = degrees;
        return REJECT_NONE;
}

static enum reject read_lat(struct reading *reading, yyjson_val *value) {
        return read_degrees(reading, "lat", value, 90, &reading->event.value);
}

static enum reject read_lon(struct reading *reading, yyjson_val *value) {
        return read_degrees(reading, "lon", value, 180, &reading->event.value2);
}

static enum reject read_rate(struct reading *reading, yyjson_val *value) {
        if (!yyjson_is_num(value))
                return wrong_type(reading, "rate_hz", "a number");

        double rate_dhz = yyjson_get_num(value) * 10;

        if (!(rate_dhz >= 1 && rate_dhz <= UINT16_MAX))
                return output_reject(reading->output, REJECT_IMPOSSIBLE_VALUE,
                                     "rate_hz must be from 0.1 to 6553.5");
        reading->event.sample_rate_dhz = (uint16_t)lround(rate_dhz);
        return REJECT_NONE;
}

static enum reject read_triple(struct reading *reading, yyjson_val *triple, int16_t *ret) {
        if (!yyjson_is_arr(triple) || yyjson_arr_size(triple) != 3)
                return wrong_type(reading, "each sample", "[x, y, z]");

        yyjson_val *axis = yyjson_arr_get_first(triple);

        for (size_t i = 0; i < 3; i++, axis = unsafe_yyjson_get_next(axis)) {
                if (!yyjson_is_num(axis))
                        return wrong_type(reading, "each axis of a sample", "a number");

                double milli_g = yyjson_get_num(axis);

                if (!(milli_g >= INT16_MIN && milli_g <= INT16_MAX))
                        return output_reject(reading->output, REJECT_IMPOSSIBLE_VALUE,
                                             "a sample is outside -32768 to 32767 milli-g");
                ret[i] = (int16_t)lround(milli_g);
        }
        return REJECT_NONE;
}

static enum reject read_samples(struct reading *reading, yyjson_val *value) {
        struct decode_output *output = reading->output;
        size_t count = yyjson_arr_size(value);

        if (!yyjson_is_arr(value) || count == 0)
                return wrong_type(reading, "samples", "a list of [x, y, z]");
        if (count > EVENT_SAMPLES_MAX || count > output->samples_max - output->sample_count)
                return output_reject(output, REJECT_TOO_LARGE, "more than %d samples",
                                     EVENT_SAMPLES_MAX);

        int16_t *at = output->samples + output->sample_count * 3;
        yyjson_val *triple = yyjson_arr_get_first(value);

        for (size_t i = 0; i < count; i++, triple = unsafe_yyjson_get_next(triple)) {
                enum reject reject = read_triple(reading, triple, at + i * 3);

                if (reject)
                        return reject;
        }
        reading->samples = at;
        reading->event.sample_count = (uint16_t)count;
        output->sample_count += count;
        return REJECT_NONE;
}

enum {
        FOR_PLAIN = 1,    /* kinds with one value */
        FOR_LOCATION = 2, /* KIND_LOCATION */
        FOR_WAVEFORM = 4, /* KIND_SHAPE_WAVEFORM */
        FOR_ALL = FOR_PLAIN | FOR_LOCATION | FOR_WAVEFORM,
};

static const struct native_key {
        const char *name;
        key_reader read;
        unsigned int allowed; /* FOR_…: kinds that may have it */
        unsigned int needed;  /* FOR_…: kinds that must have it */
} keys[] = {
        {"seq", read_seq, FOR_ALL, 0},
        {"boot", read_boot, FOR_ALL, 0},
        {"t", read_t, FOR_ALL, 0},
        {"value", read_value, FOR_PLAIN, 0}, /* needed by kind: value_is_needed() */
        {"confidence", read_confidence, FOR_ALL, 0},
        {"validity", read_validity, FOR_ALL, 0},
        {"test", read_test, FOR_ALL, 0},
        {"buffered", read_buffered, FOR_ALL, 0},
        {"lat", read_lat, FOR_LOCATION, FOR_LOCATION},
        {"lon", read_lon, FOR_LOCATION, FOR_LOCATION},
        {"rate_hz", read_rate, FOR_WAVEFORM, FOR_WAVEFORM},
        {"samples", read_samples, FOR_WAVEFORM, FOR_WAVEFORM},
};

enum { KEY_COUNT = sizeof(keys) / sizeof(keys[0]) };

static unsigned int key_use(const struct event_kind_info *info) {
        if (info->kind == KIND_LOCATION)
                return FOR_LOCATION;
        return info->shape == KIND_SHAPE_WAVEFORM ? FOR_WAVEFORM : FOR_PLAIN;
}

/* Is the kind a quantity? Then a default value would be an invented reading. */
static bool value_is_needed(const struct event_kind_info *info) {
        return info->shape == KIND_SHAPE_VITAL || info->kind == KIND_STEPS ||
               info->kind == KIND_BATTERY;
}

/* Convert texts that firmware writes for numbers and booleans: "3", "ON". @room: memory for the result. */
static yyjson_val *understood(yyjson_val *value, yyjson_val *room) {
        static const struct {
                const char *word;
                bool truth;
        } words[] = {{"true", true}, {"on", true}, {"false", false}, {"off", false}};
        const char *text = yyjson_get_str(value);

        if (!text || !*text)
                return value;
        for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
                if (strcasecmp(text, words[i].word) == 0 && yyjson_set_bool(room, words[i].truth))
                        return room;

        const char *end = yyjson_read_number(text, room, YYJSON_READ_NOFLAG, NULL, NULL);

        return end && end == text + yyjson_get_len(value) ? room : value;
}

/* Take the values of an alarm that can be read; note the others with output_reject() and drop them. */
static enum reject read_alarm_key(struct reading *reading, const struct native_key *key,
                                  yyjson_val *value) {
        yyjson_val room = {0};

        if (!yyjson_is_null(value))
                key->read(reading, understood(value, &room));
        return REJECT_NONE;
}

static enum reject read_key(struct reading *reading, yyjson_val *name, yyjson_val *value,
                            unsigned int use) {
        for (size_t i = 0; i < KEY_COUNT; i++) {
                if (!(keys[i].allowed & use) || !yyjson_equals_str(name, keys[i].name))
                        continue;
                if (reading->seen & (1u << i)) {
                        enum reject twice = output_reject(reading->output, REJECT_BAD_JSON,
                                                          "%s is there twice", keys[i].name);

                        return reading->is_alarm ? REJECT_NONE : twice;
                }
                reading->seen |= 1u << i;
                if (reading->is_alarm)
                        return read_alarm_key(reading, &keys[i], value);
                return keys[i].read(reading, value);
        }
        reading->output->ignored_keys++;
        return REJECT_NONE;
}

static enum reject check_needed(struct reading *reading, unsigned int use) {
        for (size_t i = 0; i < KEY_COUNT; i++) {
                bool needed = (keys[i].needed & use) ||
                              (keys[i].read == read_value && value_is_needed(reading->info));

                if (needed && !(reading->seen & (1u << i)))
                        return output_reject(reading->output, REJECT_MISSING_KEY, "%s needs %s",
                                             reading->info->name, keys[i].name);
        }
        return REJECT_NONE;
}

static enum reject finish(struct reading *reading, unsigned int use, size_t index) {
        if (use == FOR_WAVEFORM)
                reading->event.value = 0;
        if (reading->event.flags & EVENT_SEQUENCE_DERIVED)
                output_derive_sequence(reading->output, &reading->event, index);
        return output_add(reading->output, &reading->event, reading->samples);
}

/* A payload that is not an object: `true`, 1, "sos". The device and the kind are known from the topic. */
static enum reject read_bare(struct reading *reading, yyjson_val *value, size_t index) {
        yyjson_val room = {0};

        if (!reading->is_alarm || reading->info->kind == KIND_BUTTON_CANCEL)
                return output_reject(reading->output, REJECT_WRONG_TYPE,
                                     "a reading must be a JSON object");
        if (!yyjson_is_null(value))
                read_value(reading, understood(value, &room));
        return finish(reading, FOR_PLAIN, index);
}

static enum reject read_object(struct decode_output *output, yyjson_val *object, size_t index,
                               const struct registry_device *device,
                               const struct event_kind_info *info) {
        struct reading reading = {
                .output = output, .info = info, .is_alarm = info->lane == LANE_ALARM};
        unsigned int use = key_use(info);
        size_t samples_before = output->sample_count;
        enum reject reject;

        if (output_begin(output, &reading.event, device, info) < 0)
                return output_reject(output, REJECT_UNKNOWN_DEVICE,
                                     "its registry entry has a too long id");
        if (!yyjson_is_obj(object))
                return read_bare(&reading, object, index);

        yyjson_obj_iter iter = yyjson_obj_iter_with(object);

        for (yyjson_val *name; (name = yyjson_obj_iter_next(&iter));) {
                reject = read_key(&reading, name, yyjson_obj_iter_get_val(name), use);
                if (reject)
                        goto refused;
        }
        reject = check_needed(&reading, use);
        if (reject)
                goto refused;
        return finish(&reading, use, index);

refused:
        output->sample_count = samples_before;
        return reject;
}

/* Add "index 1: … (1 of 3 readings refused)" to the detail, so that ops can find the reading in the stored bytes. */
static void explain_array(struct decode_output *output, size_t count, size_t refused,
                          size_t first) {
        char why[DECODE_DETAIL_BYTES];

        snprintf(why, sizeof(why), "%s", output->detail);
        snprintf(output->detail, DECODE_DETAIL_BYTES,
                 "index %zu: %.100s (%zu of %zu readings refused)", first, why, refused, count);
}

void native_read(struct decode_output *output, yyjson_val *root,
                 const struct registry_device *device, const struct event_kind_info *info) {
        if (!yyjson_is_arr(root)) {
                read_object(output, root, 0, device, info);
                return;
        }

        size_t count = yyjson_arr_size(root);
        size_t refused = 0;
        size_t first = 0;

        if (count == 0) {
                output_reject(output, REJECT_EMPTY, "the array holds no reading");
                native_read_garbage(output, device, info);
                return;
        }
        /* Of too many alarms, output_add() keeps the first ones. */
        if (count > DECODE_EVENTS_MAX) {
                output_reject(output, REJECT_TOO_LARGE, "more than %d readings in one message",
                              DECODE_EVENTS_MAX);
                if (info->lane != LANE_ALARM)
                        return;
        }

        yyjson_arr_iter iter = yyjson_arr_iter_with(root);
        size_t index = 0;

        for (yyjson_val *object; (object = yyjson_arr_iter_next(&iter)); index++) {
                if (read_object(output, object, index, device, info) && refused++ == 0)
                        first = index;
        }
        if (refused > 0)
                explain_array(output, count, refused, first);
}

void native_read_garbage(struct decode_output *output, const struct registry_device *device,
                         const struct event_kind_info *info) {
        const struct decode_message *message = output->message;
        yyjson_val value = {0};
        char word[8] = "";

        if (info->lane != LANE_ALARM || info->kind == KIND_BUTTON_CANCEL)
                return;
        if (message->payload_bytes < sizeof(word) && message->payload_bytes > 0)
                memcpy(word, message->payload, message->payload_bytes);
        yyjson_set_str(&value, word);
        read_object(output, &value, 0, device, info);
}

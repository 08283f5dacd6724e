/* SPDX-License-Identifier: MIT */
#include "cli/record/event_json.h"

#include <errno.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include <yyjson.h>

#include "common/base/err.h"

static const char *const validity_names[] = {"valid", "off_body", "artefact", "implausible",
                                             "stale"};
enum { VALIDITY_COUNT = sizeof(validity_names) / sizeof(validity_names[0]) };

static const struct {
        uint16_t flag;
        const char *name;
} flag_names[] = {
        {EVENT_TIME_MISSING, "time_missing"},
        {EVENT_TIME_IMPLAUSIBLE, "time_implausible"},
        {EVENT_SEQUENCE_DERIVED, "sequence_derived"},
        {EVENT_DRILL, "drill"},
        {EVENT_BUFFERED, "buffered"},
        {EVENT_UNAUTHENTICATED, "unauthenticated"},
};
enum { FLAG_COUNT = sizeof(flag_names) / sizeof(flag_names[0]) };

const char *event_json_validity_name(unsigned int validity) {
        return validity < VALIDITY_COUNT ? validity_names[validity] : NULL;
}

/* --- writing --------------------------------------------------------------------------------------- */

static bool flags_write(yyjson_mut_doc *doc, yyjson_mut_val *root, uint16_t flags) {
        yyjson_mut_val *list = yyjson_mut_obj_add_arr(doc, root, "flags");
        bool ok = list != NULL;

        for (size_t i = 0; ok && i < FLAG_COUNT; i++) {
                if (!(flags & flag_names[i].flag))
                        continue;
                ok = yyjson_mut_arr_add_str(doc, list, flag_names[i].name);
                flags &= (uint16_t)~flag_names[i].flag;
        }
        /* Keep bits of a newer version, which have no name here, as one number. */
        return ok && (!flags || yyjson_mut_arr_add_uint(doc, list, flags));
}

static bool number_write(yyjson_mut_doc *doc, yyjson_mut_val *root, const char *key,
                         double number) {
        return isfinite(number) ? yyjson_mut_obj_add_real(doc, root, key, number)
                                : yyjson_mut_obj_add_null(doc, root, key);
}

static bool samples_write(yyjson_mut_doc *doc, yyjson_mut_val *root, const struct event *event,
                          const unsigned char *samples) {
        yyjson_mut_val *list = yyjson_mut_obj_add_arr(doc, root, "samples");
        bool ok = list &&
                  yyjson_mut_obj_add_uint(doc, root, "sample_rate_dhz", event->sample_rate_dhz);

        for (size_t i = 0; ok && i < event->sample_count; i++) {
                int16_t axes[3];

                memcpy(axes, samples + i * EVENT_SAMPLE_BYTES, sizeof(axes));

                yyjson_mut_val *sample = yyjson_mut_arr_add_arr(doc, list);

                ok = sample && yyjson_mut_arr_add_int(doc, sample, axes[0]) &&
                     yyjson_mut_arr_add_int(doc, sample, axes[1]) &&
                     yyjson_mut_arr_add_int(doc, sample, axes[2]);
        }
        return ok;
}

static bool place_write(yyjson_mut_doc *doc, yyjson_mut_val *root,
                        const struct event_json_place *place) {
        return yyjson_mut_obj_add_str(doc, root, "topic", place->topic) &&
               yyjson_mut_obj_add_int(doc, root, "partition", place->partition) &&
               yyjson_mut_obj_add_int(doc, root, "offset", place->offset) &&
               yyjson_mut_obj_add_uint(doc, root, "index", place->index);
}

static bool ids_write(yyjson_mut_doc *doc, yyjson_mut_val *root, const struct event *event) {
        char id[EVENT_ID_TEXT_BYTES];

        event_id_text(event, id);
        return yyjson_mut_obj_add_strcpy(doc, root, "event_id", id) &&
               yyjson_mut_obj_add_str(doc, root, "elder", event->elder_id) &&
               yyjson_mut_obj_add_str(doc, root, "device", event->device_id);
}

static bool kind_write(yyjson_mut_doc *doc, yyjson_mut_val *root, const struct event *event) {
        const struct event_kind_info *info = event_kind_info(event->kind);

        if (event->kind == KIND_LISTENING && event->elder_id[0] == '\0')
                return yyjson_mut_obj_add_str(doc, root, "kind", "listening");
        if (!info)
                return yyjson_mut_obj_add_uint(doc, root, "kind", event->kind);
        return yyjson_mut_obj_add_str(doc, root, "kind", info->name);
}

static bool event_write(yyjson_mut_doc *doc, yyjson_mut_val *root, const struct event *event,
                        const unsigned char *samples) {
        const char *validity = event_json_validity_name(event->validity);
        bool ok = ids_write(doc, root, event) && kind_write(doc, root, event) &&
                  number_write(doc, root, "value", event->value);

        if (ok && (event->value2 != 0 || event->kind == KIND_LOCATION))
                ok = number_write(doc, root, "value2", event->value2);
        ok = ok && yyjson_mut_obj_add_int(doc, root, "time_ms", event_time_ms(event)) &&
             yyjson_mut_obj_add_int(doc, root, "device_time_ms", event->device_time_ms) &&
             yyjson_mut_obj_add_int(doc, root, "received_time_ms", event->received_time_ms) &&
             yyjson_mut_obj_add_uint(doc, root, "received_sub_us", event->received_sub_us) &&
             yyjson_mut_obj_add_uint(doc, root, "boot", event->boot_id) &&
             yyjson_mut_obj_add_uint(doc, root, "sequence", event->sequence) &&
             flags_write(doc, root, event->flags) &&
             (validity ? yyjson_mut_obj_add_str(doc, root, "validity", validity)
                       : yyjson_mut_obj_add_uint(doc, root, "validity", event->validity)) &&
             yyjson_mut_obj_add_uint(doc, root, "confidence_pct", event->confidence_pct);
        if (ok && (event->sample_count || event->sample_rate_dhz))
                ok = samples_write(doc, root, event, samples);
        return ok;
}

int event_json_encode(const struct event *event, const unsigned char *samples, enum lane lane,
                      const struct event_json_place *place, char **ret_json, size_t *ret_bytes) {
        yyjson_mut_doc *doc = yyjson_mut_doc_new(NULL);
        yyjson_mut_val *root = doc ? yyjson_mut_obj(doc) : NULL;
        yyjson_write_err error = {.code = YYJSON_WRITE_ERROR_MEMORY_ALLOCATION};
        char *json = NULL;
        size_t bytes = 0;

        if (root && (!place || place_write(doc, root, place)) &&
            yyjson_mut_obj_add_str(doc, root, "lane", lane_name(lane)) &&
            event_write(doc, root, event, samples)) {
                yyjson_mut_doc_set_root(doc, root);
                json = yyjson_mut_write_opts(doc, YYJSON_WRITE_NOFLAG, NULL, &bytes, &error);
        }
        yyjson_mut_doc_free(doc);
        if (!json)
                return error.code == YYJSON_WRITE_ERROR_MEMORY_ALLOCATION
                               ? err_raise(-ENOMEM)
                               : err_raise_why(-EILSEQ, "event: %s", error.msg);
        *ret_json = json;
        *ret_bytes = bytes;
        return 0;
}

/* --- reading --------------------------------------------------------------------------------------- */

struct decoding {
        struct event event;
        enum lane lane;
        bool lane_given, device_time_given;
        const char *elder, *device;
        int16_t *samples;
        uint32_t seen;         /* bit i: key of row i was read */
        unsigned int next_row; /* row at which the search for the next key starts */
};

/* A reader returns why it rejects the value, or NULL. */
typedef const char *(*key_reader)(struct decoding *decoding, yyjson_val *value);

static const char *id_text(yyjson_val *value, const char **ret) {
        if (!yyjson_is_str(value) || yyjson_get_len(value) == 0)
                return "must be text";
        if (strlen(yyjson_get_str(value)) != yyjson_get_len(value))
                return "has a NUL in it";
        *ret = yyjson_get_str(value);
        return NULL;
}

static const char *read_elder(struct decoding *decoding, yyjson_val *value) {
        return id_text(value, &decoding->elder);
}

static const char *read_device(struct decoding *decoding, yyjson_val *value) {
        return id_text(value, &decoding->device);
}

/* A whole number from 0 to @most. */
static const char *whole(yyjson_val *value, uint64_t most, uint64_t *ret) {
        if (!yyjson_is_uint(value) || yyjson_get_uint(value) > most)
                return "must be a whole number in its range";
        *ret = yyjson_get_uint(value);
        return NULL;
}

static const char *read_kind(struct decoding *decoding, yyjson_val *value) {
        uint64_t number;

        if (yyjson_is_str(value)) {
                const struct event_kind_info *info =
                        event_kind_by_name(yyjson_get_str(value), yyjson_get_len(value));

                if (!info)
                        return "is not the name of a kind";
                decoding->event.kind = (uint16_t)info->kind;
                return NULL;
        }

        const char *why = whole(value, UINT16_MAX, &number);

        if (!why)
                decoding->event.kind = (uint16_t)number;
        return why ? "must be the name or number of a kind" : NULL;
}

static const char *read_lane(struct decoding *decoding, yyjson_val *value) {
        for (int lane = 0; lane < LANE_COUNT; lane++) {
                if (!yyjson_equals_str(value, lane_name(lane)))
                        continue;
                decoding->lane = (enum lane)lane;
                decoding->lane_given = true;
                return NULL;
        }
        return "must be alarm or telemetry";
}

static const char *number(yyjson_val *value, double *ret) {
        if (yyjson_is_null(value))
                *ret = NAN;
        else if (yyjson_is_num(value))
                *ret = yyjson_get_num(value);
        else
                return "must be a number";
        return NULL;
}

static const char *read_value(struct decoding *decoding, yyjson_val *value) {
        return number(value, &decoding->event.value);
}

static const char *read_value2(struct decoding *decoding, yyjson_val *value) {
        return number(value, &decoding->event.value2);
}

static const char *time_of(yyjson_val *value, int64_t *ret) {
        if (!yyjson_is_int(value) || (yyjson_is_uint(value) && yyjson_get_uint(value) > INT64_MAX))
                return "must be milliseconds since 1970";
        *ret = yyjson_get_sint(value);
        return NULL;
}

static const char *read_device_time(struct decoding *decoding, yyjson_val *value) {
        decoding->device_time_given = true;
        return time_of(value, &decoding->event.device_time_ms);
}

static const char *read_received_time(struct decoding *decoding, yyjson_val *value) {
        return time_of(value, &decoding->event.received_time_ms);
}

static const char *read_received_sub(struct decoding *decoding, yyjson_val *value) {
        uint64_t us = 0;
        const char *why = whole(value, UINT16_MAX, &us);

        decoding->event.received_sub_us = (uint16_t)us;
        return why;
}

static const char *read_boot(struct decoding *decoding, yyjson_val *value) {
        uint64_t boot = 0;
        const char *why = whole(value, UINT32_MAX, &boot);

        decoding->event.boot_id = (uint32_t)boot;
        return why;
}

static const char *read_sequence(struct decoding *decoding, yyjson_val *value) {
        return whole(value, UINT64_MAX, &decoding->event.sequence);
}

static bool flag_by_name(yyjson_val *value, uint16_t *flags) {
        for (size_t i = 0; i < FLAG_COUNT; i++) {
                if (!yyjson_equals_str(value, flag_names[i].name))
                        continue;
                *flags |= flag_names[i].flag;
                return true;
        }
        return false;
}

static const char *read_flags(struct decoding *decoding, yyjson_val *value) {
        size_t index, count;
        yyjson_val *item;

        if (!yyjson_is_arr(value))
                return "must be a list";
        yyjson_arr_foreach(value, index, count, item) {
                uint64_t bits = 0;

                if (yyjson_is_str(item) && !flag_by_name(item, &decoding->event.flags))
                        return "has a flag that is not one of time_missing, time_implausible, "
                               "sequence_derived, drill, buffered, unauthenticated";
                if (!yyjson_is_str(item) && whole(item, UINT16_MAX, &bits))
                        return "must be a list of names";
                decoding->event.flags |= (uint16_t)bits;
        }
        return NULL;
}

static const char *read_validity(struct decoding *decoding, yyjson_val *value) {
        uint64_t code;

        for (unsigned int i = 0; i < VALIDITY_COUNT; i++) {
                if (!yyjson_equals_str(value, validity_names[i]))
                        continue;
                decoding->event.validity = (uint8_t)i;
                return NULL;
        }
        if (whole(value, UINT8_MAX, &code))
                return "must be one of valid, off_body, artefact, implausible, stale";
        decoding->event.validity = (uint8_t)code;
        return NULL;
}

static const char *read_confidence(struct decoding *decoding, yyjson_val *value) {
        uint64_t percent = 0;
        const char *why = whole(value, UINT8_MAX, &percent);

        decoding->event.confidence_pct = (uint8_t)percent;
        return why;
}

static const char *read_rate(struct decoding *decoding, yyjson_val *value) {
        uint64_t rate = 0;
        const char *why = whole(value, UINT16_MAX, &rate);

        decoding->event.sample_rate_dhz = (uint16_t)rate;
        return why;
}

static const char *read_samples(struct decoding *decoding, yyjson_val *value) {
        size_t index, count;
        yyjson_val *item;

        if (!yyjson_is_arr(value) || yyjson_arr_size(value) > EVENT_SAMPLES_MAX)
                return "must be a list of at most 4096 triples";
        yyjson_arr_foreach(value, index, count, item) {
                if (!yyjson_is_arr(item) || yyjson_arr_size(item) != 3)
                        return "must be a list of [x, y, z]";
                for (size_t axis = 0; axis < 3; axis++) {
                        yyjson_val *sample = yyjson_arr_get(item, axis);
                        int64_t milli_g = yyjson_get_sint(sample);

                        if (!yyjson_is_int(sample) ||
                            (yyjson_is_uint(sample) && yyjson_get_uint(sample) > INT16_MAX) ||
                            milli_g < INT16_MIN || milli_g > INT16_MAX)
                                return "must be whole milli-g from -32768 to 32767";
                        decoding->samples[index * 3 + axis] = (int16_t)milli_g;
                }
        }
        decoding->event.sample_count = (uint16_t)yyjson_arr_size(value);
        return NULL;
}

/* Keys that are derived or state where the event was read: ignored. */
static const char *read_nothing(struct decoding *decoding, yyjson_val *value) {
        return NULL;
}

#define KEY(name, read, required)                                                                  \
        { name, sizeof(name) - 1, read, required }

/* In the order in which event_json_encode() writes: the search for a key starts after the one found before. */
static const struct {
        const char *name;
        size_t name_bytes;
        key_reader read;
        bool required;
} keys[] = {
        KEY("topic", read_nothing, false),
        KEY("partition", read_nothing, false),
        KEY("offset", read_nothing, false),
        KEY("index", read_nothing, false),
        KEY("lane", read_lane, false),
        KEY("event_id", read_nothing, false),
        KEY("elder", read_elder, true),
        KEY("device", read_device, true),
        KEY("kind", read_kind, true),
        KEY("value", read_value, false),
        KEY("value2", read_value2, false),
        KEY("time_ms", read_nothing, false),
        KEY("device_time_ms", read_device_time, false),
        KEY("received_time_ms", read_received_time, true),
        KEY("received_sub_us", read_received_sub, false),
        KEY("boot", read_boot, false),
        KEY("sequence", read_sequence, true),
        KEY("flags", read_flags, false),
        KEY("validity", read_validity, false),
        KEY("confidence_pct", read_confidence, false),
        KEY("samples", read_samples, false),
        KEY("sample_rate_dhz", read_rate, false),
};
enum { KEY_COUNT = sizeof(keys) / sizeof(keys[0]) };

/* Return: the row of @key, or -1. @from: row at which to start. */
static int key_find(yyjson_val *key, unsigned int from) {
        for (unsigned int i = 0; i < KEY_COUNT; i++) {
                unsigned int row = from + i < KEY_COUNT ? from + i : from + i - KEY_COUNT;

                if (yyjson_get_len(key) == keys[row].name_bytes &&
                    memcmp(yyjson_get_str(key), keys[row].name, keys[row].name_bytes) == 0)
                        return (int)row;
        }
        return -1;
}

static int key_read(struct decoding *decoding, yyjson_val *key, yyjson_val *value) {
        int row = key_find(key, decoding->next_row);

        if (row < 0)
                return err_raise_why(EVENT_JSON_REFUSED, "unknown key \"%.40s\" in an event",
                                     yyjson_get_str(key));
        if (decoding->seen & (1u << row))
                return err_raise_why(EVENT_JSON_REFUSED, "\"%s\" is given twice", keys[row].name);
        decoding->seen |= 1u << row;
        decoding->next_row = ((unsigned int)row + 1) % KEY_COUNT;

        const char *why = keys[row].read(decoding, value);

        if (why)
                return err_raise_why(EVENT_JSON_REFUSED, "\"%s\" %s", keys[row].name, why);
        return 0;
}

static int root_read(struct decoding *decoding, yyjson_val *root) {
        size_t index, count;
        yyjson_val *key, *value;

        if (!yyjson_is_obj(root))
                return err_raise_why(EVENT_JSON_REFUSED, "an event is a JSON object");
        yyjson_obj_foreach(root, index, count, key, value) {
                int r = key_read(decoding, key, value);

                if (r != 0)
                        return r;
        }
        for (size_t i = 0; i < KEY_COUNT; i++)
                if (keys[i].required && !(decoding->seen & (1u << i)))
                        return err_raise_why(EVENT_JSON_REFUSED, "\"%s\" is missing", keys[i].name);
        if (event_set_ids(&decoding->event, decoding->elder, decoding->device) < 0)
                return err_raise_why(EVENT_JSON_REFUSED,
                                     "an elder id has at most %d bytes, a device id %d",
                                     EVENT_ELDER_ID_BYTES - 1, EVENT_DEVICE_ID_BYTES - 1);
        if (!decoding->device_time_given)
                decoding->event.flags |= EVENT_TIME_MISSING;
        if (!decoding->lane_given) {
                const struct event_kind_info *info = event_kind_info(decoding->event.kind);

                decoding->lane = info ? info->lane : LANE_TELEMETRY;
        }
        return 0;
}

int event_json_decode(const char *json, size_t json_bytes, struct event *ret, enum lane *ret_lane,
                      int16_t *ret_samples, size_t *ret_column) {
        struct decoding decoding = {
                .event = {.value = 1, .confidence_pct = 100},
                .samples = ret_samples,
        };
        yyjson_read_err error;
        /* Without YYJSON_READ_INSITU yyjson does not write to the text. */
        yyjson_doc *doc = yyjson_read_opts((char *)(uintptr_t)json, json_bytes, YYJSON_READ_NOFLAG,
                                           NULL, &error);

        if (ret_column)
                *ret_column = doc ? 0 : error.pos + 1;
        if (!doc && error.code == YYJSON_READ_ERROR_MEMORY_ALLOCATION)
                return err_raise(-ENOMEM);
        if (!doc)
                return err_raise_why(EVENT_JSON_REFUSED, "not JSON: %s", error.msg);

        int r = root_read(&decoding, yyjson_doc_get_root(doc));

        yyjson_doc_free(doc);
        if (r != 0)
                return r;
        *ret = decoding.event;
        *ret_lane = decoding.lane;
        return 0;
}

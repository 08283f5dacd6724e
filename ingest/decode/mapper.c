/* SPDX-License-Identifier: MIT */
#include "ingest/decode/mapper.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ingest/decode/value.h"

/* State while a record of a message is read. */
struct record {
        struct decode_output *output;
        const struct profile_topic *topic;
        const struct registry_device *device; /* NULL: unregistered; only calls for help count */
        struct topic_part name;               /* foreign id of the device */
        yyjson_val *fields;
        struct event base; /* ids, times and flags of every event of the record */
        size_t index;      /* of the next event in the message, counting both lanes */
};

/* Get the value of @key in @map; NULL if it is absent. Return: REJECT_NONE, or REJECT_BAD_JSON if it is there twice. */
static enum reject member(struct decode_output *output, yyjson_val *map, const char *key,
                          size_t key_bytes, yyjson_val **ret) {
        yyjson_obj_iter iter = yyjson_obj_iter_with(map);

        *ret = NULL;
        for (yyjson_val *name; (name = yyjson_obj_iter_next(&iter));) {
                if (!yyjson_equals_strn(name, key, key_bytes))
                        continue;
                if (*ret)
                        return output_reject(output, REJECT_BAD_JSON, "%.*s is there twice",
                                             (int)key_bytes, key);
                *ret = yyjson_obj_iter_get_val(name);
        }
        return REJECT_NONE;
}

/* Get the field @path ("a.b") of @from. *ret is NULL if it is absent or null, which many bridges send for "not known
 * yet". Return: as member(). */
static enum reject field(struct decode_output *output, yyjson_val *from, const char *path,
                         yyjson_val **ret) {
        *ret = NULL;
        while (from) {
                size_t bytes = strcspn(path, ".");
                enum reject reject = member(output, from, path, bytes, &from);

                if (reject)
                        return reject;
                if (path[bytes] == '\0')
                        break;
                path += bytes + 1;
        }
        if (from && !yyjson_is_null(from))
                *ret = from;
        return REJECT_NONE;
}

static bool read_time(const struct profile_topic *topic, yyjson_val *value, int64_t *ret) {
        if (topic->time_forms[PROFILE_TIME_ISO8601] && yyjson_is_str(value))
                return value_iso8601_ms(yyjson_get_str(value), yyjson_get_len(value), ret);
        if (topic->time_forms[PROFILE_TIME_EPOCH_MS] && value_whole(value, ret) == VALUE_OK)
                return true;
        if (topic->time_forms[PROFILE_TIME_EPOCH_S] && yyjson_is_num(value) &&
            fabs(yyjson_get_num(value)) < 1e12) {
                *ret = llround(yyjson_get_num(value) * 1000);
                return true;
        }
        return false;
}

/* Read time and sequence. If one is invalid, the events continue without it and are flagged. */
static void read_stamps(struct record *record) {
        const struct profile_topic *topic = record->topic;
        yyjson_val *value = NULL;
        int64_t time_ms;

        if (topic->time_field &&
            !field(record->output, record->fields, topic->time_field, &value) && value) {
                if (read_time(topic, value, &time_ms))
                        output_set_time(&record->base, time_ms);
                else
                        output_reject(record->output, REJECT_BAD_PROFILE_VALUE,
                                      "%s is not a time in a form the profile names",
                                      topic->time_field);
        }
        value = NULL;
        if (topic->sequence_field &&
            !field(record->output, record->fields, topic->sequence_field, &value) && value) {
                uint64_t sequence;

                if (value_whole_unsigned(value, &sequence) == VALUE_OK) {
                        record->base.sequence = sequence;
                        record->base.flags &= (uint16_t)~EVENT_SEQUENCE_DERIVED;
                } else {
                        output_reject(record->output, REJECT_BAD_SEQUENCE,
                                      "%s is not a whole number", topic->sequence_field);
                }
        }
}

static void add_event(struct record *record, const struct event_kind_info *info, double value,
                      int confidence_pct) {
        struct event event = record->base;

        if (!record->device) {
                if (event_kind_is_cry(info) && value != 0 && record->output->lane == LANE_ALARM)
                        output_alarm(record->output, ALARM_UNREGISTERED, &record->name, NULL, info);
                return;
        }
        event.kind = (uint16_t)info->kind;
        event.value = value;
        event.confidence_pct = (uint8_t)confidence_pct;
        /* A record with one sequence number can have several events: the kind in boot_id makes their ids distinct. */
        if (event.flags & EVENT_SEQUENCE_DERIVED)
                output_derive_sequence(record->output, &event, record->index);
        else
                event.boot_id = info->kind;
        record->index++;
        output_add(record->output, &event, NULL);
}

static bool value_equals(const struct profile_value *want, yyjson_val *value) {
        switch (want->type) {
        case PROFILE_TEXT:
                return yyjson_equals_str(value, want->text);
        case PROFILE_NUMBER:
                return yyjson_is_num(value) && yyjson_get_num(value) == want->number;
        case PROFILE_TRUTH:
                return yyjson_is_bool(value) && yyjson_get_bool(value) == want->truth;
        }
        return false;
}

/* The class of an unregistered device is unknown: assume one that calls for help. */
static bool is_for_class(const struct profile_case *row, const struct registry_device *device) {
        if (!device)
                return row->class_count == 0 || (row->info && event_kind_is_cry(row->info));
        for (size_t i = 0; i < row->class_count; i++)
                if (strcmp(row->classes[i], device->device_class) == 0)
                        return true;
        return row->class_count == 0;
}

static bool case_fits(const struct profile_case *row, yyjson_val *value,
                      const struct registry_device *device) {
        bool fits = is_for_class(row, device);

        if (!fits || row->value_count == 0)
                return fits;
        for (size_t i = 0; i < row->value_count; i++)
                if (value_equals(&row->values[i], value))
                        return true;
        return false;
}

/* Can this field be a call for help of the device? True if a case for its class is one, or if a case for all classes is
 * one and all values of the field must be known. */
static bool may_cry(const struct record *record, const struct profile_reading *reading) {
        for (size_t i = 0; i < reading->case_count && record->device; i++) {
                const struct profile_case *row = &reading->cases[i];

                if (row->info && event_kind_is_cry(row->info) &&
                    is_for_class(row, record->device) &&
                    (row->class_count > 0 || reading->quarantine_unknown))
                        return true;
        }
        return false;
}

static void note_unread_cry(const struct record *record) {
        if (record->output->lane == LANE_ALARM)
                output_alarm(record->output, ALARM_UNREADABLE, NULL, record->device, NULL);
}

static void read_cases(struct record *record, const struct profile_reading *reading,
                       yyjson_val *value) {
        for (size_t i = 0; i < reading->case_count; i++) {
                const struct profile_case *row = &reading->cases[i];

                if (!case_fits(row, value, record->device))
                        continue;
                if (row->info)
                        add_event(record, row->info, row->value, row->confidence_pct);
                return;
        }
        if (!record->device)
                return;

        /* An empty text, false, and a number without a case are not calls for help. */
        bool says = yyjson_get_len(value) > 0 || yyjson_is_true(value);
        bool is_cry = says && may_cry(record, reading);

        if (is_cry)
                note_unread_cry(record);
        if (is_cry || reading->quarantine_unknown)
                output_reject(record->output, REJECT_BAD_PROFILE_VALUE,
                              "%s has a value that the profile does not know", reading->field);
}

/* Read a number, or what bridges write instead of one: true, "80.00". */
static bool read_number(yyjson_val *value, double *ret) {
        if (yyjson_is_num(value)) {
                *ret = yyjson_get_num(value);
                return true;
        }
        if (yyjson_is_bool(value)) {
                *ret = yyjson_get_bool(value);
                return true;
        }
        if (!yyjson_is_str(value) || yyjson_get_len(value) == 0)
                return false;

        const char *text = yyjson_get_str(value);
        char *end;

        /* strtod() also accepts "inf", "0x1p3" and leading space: allow only characters of decimal numbers. */
        if (strspn(text, "0123456789+-.eE") != yyjson_get_len(value))
                return false;
        *ret = strtod(text, &end);
        return *end == '\0' && isfinite(*ret);
}

static void read_reading(struct record *record, const struct profile_reading *reading) {
        yyjson_val *value;
        double number;

        if (field(record->output, record->fields, reading->field, &value)) {
                if (may_cry(record, reading))
                        note_unread_cry(record);
                return;
        }
        if (!value)
                return;
        if (!reading->info) {
                read_cases(record, reading, value);
                return;
        }
        if (!record->device)
                return; /* a quantity is not a call for help */
        if (!read_number(value, &number)) {
                output_reject(record->output, REJECT_BAD_PROFILE_VALUE, "%s is not a number",
                              reading->field);
                return;
        }
        number = number * reading->scale + reading->offset;
        if (!(number >= reading->info->possible_min && number <= reading->info->possible_max)) {
                output_reject(record->output, REJECT_IMPOSSIBLE_VALUE,
                              "%s is outside the possible range %g to %g of %s", reading->field,
                              reading->info->possible_min, reading->info->possible_max,
                              reading->info->name);
                return;
        }
        add_event(record, reading->info, number, 100);
}

static bool find_device(struct record *record, const struct topic_part *named,
                        const struct registry *registry) {
        struct topic_part name = *named;
        yyjson_val *value;

        if (record->topic->device_field) {
                if (field(record->output, record->fields, record->topic->device_field, &value))
                        return false;
                name.text = value ? yyjson_get_str(value) : NULL;
                name.bytes = name.text ? yyjson_get_len(value) : 0;
        }
        record->name = name;
        if (name.bytes > 0)
                record->device = registry_device_foreign(registry, record->topic->profile->name,
                                                         name.text, name.bytes);
        if (record->device && record->device->elder_id[0])
                return true;
        record->device = NULL;
        output_reject(record->output, REJECT_UNKNOWN_DEVICE,
                      "the registry has no device with this profile and foreign_id");
        return false;
}

static void read_record(struct decode_output *output, yyjson_val *fields,
                        const struct profile_topic *topic, const struct topic_part *named,
                        const struct registry *registry, size_t index) {
        struct record record = {.output = output, .topic = topic, .fields = fields, .index = index};
        /* Any kind will do: add_event() sets that of each event. */
        const struct event_kind_info *info = event_kind_info(KIND_HEARTBEAT);
        size_t found_before = output->found_count;

        if (!yyjson_is_obj(fields)) {
                output_reject(output, REJECT_WRONG_TYPE, "a record must be a JSON object");
                mapper_read_garbage(output, topic, named, registry);
                return;
        }
        if (!find_device(&record, named, registry)) {
                for (size_t i = 0; record.name.bytes > 0 && i < topic->reading_count; i++)
                        read_reading(&record, &topic->readings[i]);
                return;
        }
        if (output_begin(output, &record.base, record.device, info) < 0) {
                output_reject(output, REJECT_UNKNOWN_DEVICE,
                              "its registry entry has a too long id");
                return;
        }
        if (!topic->profile->authenticated)
                record.base.flags |= EVENT_UNAUTHENTICATED;
        read_stamps(&record);
        for (size_t i = 0; i < topic->reading_count; i++)
                read_reading(&record, &topic->readings[i]);
        if (topic->otherwise && output->found_count == found_before)
                add_event(&record, topic->otherwise, 1, 100);
}

void mapper_read_garbage(struct decode_output *output, const struct profile_topic *topic,
                         const struct topic_part *named, const struct registry *registry) {
        const struct registry_device *device = NULL;

        if (named->bytes > 0 && !topic->device_field)
                device = registry_device_foreign(registry, topic->profile->name, named->text,
                                                 named->bytes);
        if (output->lane == LANE_ALARM && device && device->elder_id[0] &&
            alarm_is_class(device->device_class))
                output_alarm(output, ALARM_UNREADABLE, NULL, device, NULL);
}

static void read_map(struct decode_output *output, yyjson_val *map,
                     const struct profile_topic *topic, const struct topic_part *device,
                     const struct registry *registry) {
        yyjson_obj_iter iter = yyjson_obj_iter_with(map);

        for (yyjson_val *name; (name = yyjson_obj_iter_next(&iter));) {
                struct topic_part key = {.text = yyjson_get_str(name),
                                         .bytes = yyjson_get_len(name)};

                read_record(output, yyjson_obj_iter_get_val(name), topic,
                            device->text ? device : &key, registry, output->found_count);
        }
}

void mapper_read(struct decode_output *output, yyjson_val *root, const struct profile_topic *topic,
                 const struct topic_part *device, const struct registry *registry) {
        yyjson_val *records = root;

        if (!topic->each) {
                read_record(output, root, topic, device, registry, 0);
                return;
        }
        /* "." means that the payload itself is the list of records. */
        if (strcmp(topic->each, ".") != 0 && field(output, root, topic->each, &records))
                return;
        if (yyjson_is_obj(records)) {
                read_map(output, records, topic, device, registry);
        } else if (yyjson_is_arr(records)) {
                yyjson_arr_iter iter = yyjson_arr_iter_with(records);

                for (yyjson_val *record; (record = yyjson_arr_iter_next(&iter));)
                        read_record(output, record, topic, device, registry, output->found_count);
        } else {
                output_reject(output, REJECT_MISSING_KEY, "%s holds no records", topic->each);
        }
}

/* SPDX-License-Identifier: MIT
 *
 * Device profiles: files that map foreign topics and fields to events (docs/profiles.md).
 * Supporting a new vendor needs a new file and no C.
 *
 * Thread: loaded once by main(); immutable afterwards, any thread may read. Blocks: loading reads files.
 */
#ifndef VIGIL_INGEST_DECODE_PROFILE_H
#define VIGIL_INGEST_DECODE_PROFILE_H

#include <stdbool.h>
#include <stddef.h>

#include "common/files/diag.h"
#include "common/wire/event_kind.h"
#include "common/files/yaml.h"

enum profile_value_type {
        PROFILE_TEXT,
        PROFILE_NUMBER,
        PROFILE_TRUTH,
};

/* A value to compare a field with: `is: press`, `is: 1`, `is: true`. */
struct profile_value {
        enum profile_value_type type;
        const char *text;
        double number;
        bool truth;
};

/* One row of `cases:`; the first match applies. */
struct profile_case {
        struct profile_value *values; /* none: matches any value */
        size_t value_count;
        const char **classes; /* device classes of the registry; none: all */
        size_t class_count;
        const struct event_kind_info *info; /* NULL: a known value without an event */
        double value;
        int confidence_pct;
};

/* The mapping of a field of a record. */
struct profile_reading {
        const char *field; /* "a.b": b inside a */
        /* Either cases … */
        struct profile_case *cases;
        size_t case_count;
        bool quarantine_unknown; /* quarantine a value without a case */
        /* … or the number itself: value = field * scale + offset. */
        const struct event_kind_info *info; /* NULL: cases */
        double scale;
        double offset;
};

enum profile_time_form {
        PROFILE_TIME_EPOCH_MS,
        PROFILE_TIME_EPOCH_S,
        PROFILE_TIME_ISO8601,
        PROFILE_TIME_FORMS,
};

struct profile;

/* One row of `topics:`; the first match applies. */
struct profile_topic {
        const struct profile *profile;
        const char *pattern; /* syntax: ingest/decode/topic.h */
        const char *ignore;  /* reason for ignoring this topic; NULL: its messages are read */

        const char *each;         /* the list or map of records; NULL: the payload is the record */
        const char *device_field; /* NULL: {device} of the topic, or the record's key in `each` */
        const char *time_field;   /* or NULL */
        bool time_forms[PROFILE_TIME_FORMS];
        const char *sequence_field;              /* NULL: the sequence is derived */
        const struct event_kind_info *otherwise; /* event of a record without others, or NULL */
        struct profile_reading *readings;
        size_t reading_count;
};

struct profile {
        struct yaml_doc *doc;   /* owns all texts of this profile */
        const char *name;       /* the profile of devices in the registry */
        bool authenticated;     /* false: its events may raise alerts, but never clear them */
        const char **subscribe; /* MQTT filters */
        size_t subscribe_count;
        struct profile_topic *topics;
        size_t topic_count;
};

struct profile_set {
        struct profile **profiles;
        size_t count;
};

/* Read every *.yaml of @folder. The caller releases *ret with profile_set_free(). Return: 0; PROFILE_REFUSED if @diag
 * has errors; -errno. */
enum { PROFILE_REFUSED = 1 };
int profile_set_load(struct profile_set **ret, const char *folder, struct diag *diag);
struct profile_set *profile_set_free(struct profile_set *set);

/* The same for one profile in memory, for tests and fuzzers. @file: its name in messages. */
int profile_set_parse(struct profile_set **ret, const char *file, const char *text,
                      size_t text_bytes, struct diag *diag);

struct topic_part;

/* Find the first topic of all profiles that matches @topic; *ret_device as for topic_match(). Return: NULL if none. */
const struct profile_topic *profile_set_find(const struct profile_set *set, const char *topic,
                                             struct topic_part *ret_device);

#endif

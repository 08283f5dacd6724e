/* SPDX-License-Identifier: MIT
 *
 * Device profiles: files that say which foreign topics and fields are which events
 * (docs/profiles.md). A new vendor is a new file, not new C.
 *
 * Thread: loaded once by main(); constant afterwards, any thread may read. Blocks: loading reads files.
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

/* What a field is compared with: `is: press`, `is: 1`, `is: true`. */
struct profile_value {
        enum profile_value_type type;
        const char *text;
        double number;
        bool truth;
};

/* One row of `cases:`; the first that fits decides. */
struct profile_case {
        struct profile_value *values; /* none: fits any value */
        size_t value_count;
        const char **classes; /* registry device classes it is for; none: all */
        size_t class_count;
        const struct event_kind_info *info; /* NULL: known, and not an event */
        double value;
        int confidence_pct;
};

/* One field of a record, and what it means. */
struct profile_reading {
        const char *field; /* "a.b": b inside a */
        /* Either cases … */
        struct profile_case *cases;
        size_t case_count;
        bool quarantine_unknown; /* a value that fits no case */
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

/* One row of `topics:`; the first whose pattern matches decides. */
struct profile_topic {
        const struct profile *profile;
        const char *pattern; /* common form: ingest/decode/topic.h */
        const char *ignore;  /* why messages of this topic say nothing to us; NULL: they are read */

        const char *each;         /* the list or map of records; NULL: the payload is the record */
        const char *device_field; /* NULL: {device} of the topic, or the record's key in `each` */
        const char *time_field;   /* or NULL */
        bool time_forms[PROFILE_TIME_FORMS];
        const char *sequence_field;              /* or NULL: derived */
        const struct event_kind_info *otherwise; /* a record with no other event is this; or NULL */
        struct profile_reading *readings;
        size_t reading_count;
};

struct profile {
        struct yaml_doc *doc;   /* owns every text of this profile */
        const char *name;       /* what devices carry in the registry */
        bool authenticated;     /* false: may raise, may never clear */
        const char **subscribe; /* MQTT filters */
        size_t subscribe_count;
        struct profile_topic *topics;
        size_t topic_count;
};

struct profile_set {
        struct profile **profiles;
        size_t count;
};

/* Read every *.yaml of @folder. Return: 0; PROFILE_REFUSED when @diag holds errors; -errno. */
enum { PROFILE_REFUSED = 1 };
int profile_set_load(struct profile_set **ret, const char *folder, struct diag *diag);
struct profile_set *profile_set_free(struct profile_set *set);

/* The same from text, for tests and fuzzers: a set of one. @file: how to call it in messages. */
int profile_set_parse(struct profile_set **ret, const char *file, const char *text,
                      size_t text_bytes, struct diag *diag);

struct topic_part;

/* The first row of any profile that matches; *ret_device as topic_match(). NULL: none. */
const struct profile_topic *profile_set_find(const struct profile_set *set, const char *topic,
                                             struct topic_part *ret_device);

#endif

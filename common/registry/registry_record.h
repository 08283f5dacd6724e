/* SPDX-License-Identifier: MIT
 *
 * The records of the registry: elders, devices, contacts, teams and districts. Shared by the store, the JSON format
 * and the CSV import.
 *
 * Thread: any. Blocks: never.
 */
#ifndef VIGIL_COMMON_REGISTRY_REGISTRY_RECORD_H
#define VIGIL_COMMON_REGISTRY_REGISTRY_RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/wire/event.h"

enum {
        REGISTRY_ID_BYTES = 24,
        REGISTRY_NAME_BYTES = 64,
        REGISTRY_WORDS_MAX = 8, /* maximum number of conditions, tags, skills */
        REGISTRY_DAYS_A_WEEK = 7,
};

enum registry_type {
        REGISTRY_ELDER,
        REGISTRY_DEVICE,
        REGISTRY_CONTACT,
        REGISTRY_TEAM,
        REGISTRY_DISTRICT,
        REGISTRY_TYPES,
};

struct registry_words {
        char word[REGISTRY_WORDS_MAX][REGISTRY_ID_BYTES];
        uint8_t count;
};

struct registry_elder {
        char id[EVENT_ELDER_ID_BYTES];
        char name[REGISTRY_NAME_BYTES];
        int birth_year;
        char care_level[REGISTRY_ID_BYTES]; /* self_reliant, partial, full (自理 半失能 失能) */
        struct registry_words conditions; /* copd, af, dementia, … */
        struct registry_words tags;
        bool lives_alone;
        char address[160];
        char phone[32];
        double latitude_deg; /* WGS-84; NAN if unknown */
        double longitude_deg;
        char district[REGISTRY_ID_BYTES]; /* grid id, the <district> of MQTT topics */
        char site[REGISTRY_ID_BYTES];
};

struct registry_device {
        char id[EVENT_DEVICE_ID_BYTES];
        char elder_id[EVENT_ELDER_ID_BYTES];
        char device_class[REGISTRY_ID_BYTES]; /* sos_button, fall_radar, wristband, smoke, … */
        char room[REGISTRY_ID_BYTES];         /* bathroom, …; "" when worn */
        char wearing_position[16];            /* waist, wrist, chest; "" when not worn */
        char profile[REGISTRY_ID_BYTES];      /* "": native JSON */
        char foreign_id[64];                  /* name in topics of the profile; "": the id */
        int64_t heartbeat_ms;                 /* offline if silent for longer; 0: not monitored */
        int64_t commissioned_time_ms;         /* installation; silence counts from here on */
};

struct registry_contact {
        char id[REGISTRY_ID_BYTES];
        char elder_id[EVENT_ELDER_ID_BYTES];
        char name[REGISTRY_NAME_BYTES];
        char relation[REGISTRY_ID_BYTES];
        char phone[32];
        int order; /* 1 is paged first */
};

struct registry_team {
        char id[REGISTRY_ID_BYTES];
        char name[REGISTRY_NAME_BYTES];
        char district[REGISTRY_ID_BYTES];
        double latitude_deg, longitude_deg;
        struct registry_words skills;
        int on_duty_from_minute; /* minutes after local midnight; from == to: around the clock */
        int on_duty_to_minute;
        bool on_duty_days[REGISTRY_DAYS_A_WEEK]; /* Monday first */
};

struct registry_district {
        char id[REGISTRY_ID_BYTES];
        char name[REGISTRY_NAME_BYTES];
        char parent[REGISTRY_ID_BYTES]; /* "" for the city */
        char time_zone[48];             /* "": that of the site */
};

union registry_record {
        struct registry_elder elder;
        struct registry_device device;
        struct registry_contact contact;
        struct registry_team team;
        struct registry_district district;
};

/* Answer for an invalid record; err_why() has the reason. */
enum { REGISTRY_REFUSED = 1 };

/* The layout of each type: offsets of the id and, for devices and contacts, of the elder's id. */
struct registry_shape {
        const char *name; /* "elder": the first part of the key */
        size_t record_bytes;
        size_t id_offset, id_bytes;
        size_t elder_offset; /* 0: belongs to no elder (offset 0 is always the id) */
};
const struct registry_shape *registry_shape(enum registry_type type);

/* Names and values shared by the topic and the CSV files. */
const char *registry_type_name(enum registry_type type);     /* "elder" */
const char *registry_day_name(int day);                      /* 0: "mon"; NULL past Sunday */
int registry_day_parse(const char *text, size_t text_bytes); /* -1: not a day */
bool registry_minute_parse(const char *text, size_t text_bytes, int *ret); /* "00:00" to "24:00" */
/* Is @id made of [A-Za-z0-9_.-], not empty, and shorter than @limit_bytes, which includes the NUL? */
bool registry_id_is_valid(const char *id, size_t id_bytes, size_t limit_bytes);

#endif

/* SPDX-License-Identifier: MIT
 *
 * Registry 档案: who is watched, by which devices, and who comes. An in-memory copy of the compacted
 * Kafka topic vigil.registry (docs/wire/registry.md), kept live by registry_reader_poll().
 *
 * Thread: a registry and its reader belong to one thread; each thread that needs one
 * opens its own. Pointers returned stay valid until the next registry_apply()/poll().
 */
#ifndef VIGIL_COMMON_REGISTRY_REGISTRY_H
#define VIGIL_COMMON_REGISTRY_REGISTRY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/files/conf.h"
#include "common/wire/event.h"

enum {
        REGISTRY_ID_BYTES = 24,
        REGISTRY_NAME_BYTES = 64,
        REGISTRY_WORDS_MAX = 8, /* conditions, tags, skills */
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
        char id[ELDER_ID_BYTES];
        char name[REGISTRY_NAME_BYTES];
        int birth_year;
        char care_level[REGISTRY_ID_BYTES]; /* self_reliant, partial, full (自理 半失能 失能) */
        struct registry_words conditions; /* copd, af, dementia, … */
        struct registry_words tags;
        bool lives_alone;
        char address[160];
        char phone[32];
        double latitude_deg; /* WGS-84; NAN when unknown */
        double longitude_deg;
        char district[REGISTRY_ID_BYTES]; /* grid id, the <district> of MQTT topics */
        char site[REGISTRY_ID_BYTES];
};

struct registry_device {
        char id[DEVICE_ID_BYTES];
        char elder_id[ELDER_ID_BYTES];
        char device_class[REGISTRY_ID_BYTES]; /* sos_button, fall_radar, wristband, smoke, … */
        char room[REGISTRY_ID_BYTES];         /* bathroom, …; "" when worn */
        char wearing_position[16];            /* waist, wrist, chest; "" when not worn */
        char profile[REGISTRY_ID_BYTES];      /* "" = native JSON */
        char foreign_id[64];                  /* its name in the profile's topics; "" = id */
        int64_t heartbeat_ms;                 /* silent longer than this is a fault; 0: never */
        int64_t commissioned_time_ms;
};

struct registry_contact {
        char id[REGISTRY_ID_BYTES];
        char elder_id[ELDER_ID_BYTES];
        char name[REGISTRY_NAME_BYTES];
        char relation[REGISTRY_ID_BYTES];
        char phone[32];
        int order; /* 1 first */
};

struct registry_team {
        char id[REGISTRY_ID_BYTES];
        char name[REGISTRY_NAME_BYTES];
        char district[REGISTRY_ID_BYTES];
        double latitude_deg, longitude_deg;
        struct registry_words skills;
        int on_duty_from_minute; /* minutes after local midnight; from == to: around the clock */
        int on_duty_to_minute;
        bool on_duty_days[7]; /* Monday first */
};

struct registry_district {
        char id[REGISTRY_ID_BYTES];
        char name[REGISTRY_NAME_BYTES];
        char parent[REGISTRY_ID_BYTES]; /* "" for the city */
        char time_zone[48];             /* "" = the site's */
};

struct registry;

int registry_new(struct registry **ret);
struct registry *registry_free(struct registry *registry);

/* Apply one record of vigil.registry. @key: "elder/E17". @json NULL: removed. Records may come in any
 * order: a device may be known before its elder.
 * Return: 0; REGISTRY_REFUSED when the record is not one of ours (err_why()); -ENOMEM. */
enum { REGISTRY_REFUSED = 1 };
int registry_apply(struct registry *registry, const char *key, size_t key_bytes, const char *json,
                   size_t json_bytes);

/* Put a record made in memory (an import, a test). Its texts must be terminated. Return: 0 or -ENOMEM. */
int registry_put(struct registry *registry, enum registry_type type, const void *record);

/* Lookups, O(1); NULL when there is none. */
const struct registry_elder *registry_elder(const struct registry *registry, const char *id);
const struct registry_device *registry_device(const struct registry *registry, const char *id);
const struct registry_device *registry_device_foreign(const struct registry *registry,
                                                      const char *profile, const char *foreign_id,
                                                      size_t foreign_id_bytes);
const struct registry_team *registry_team(const struct registry *registry, const char *id);
const struct registry_contact *registry_contact(const struct registry *registry, const char *id);
const struct registry_district *registry_district(const struct registry *registry, const char *id);

/* What belongs to an elder: fills @ret with at most @most pointers, contacts by order; returns how many. */
size_t registry_devices_of(const struct registry *registry, const char *elder_id,
                           const struct registry_device **ret, size_t most);
size_t registry_contacts_of(const struct registry *registry, const char *elder_id,
                            const struct registry_contact **ret, size_t most);

/* Walk everything of one type: index 0, 1, … until NULL. Order is not stable across changes. */
const void *registry_at(const struct registry *registry, enum registry_type type, size_t index);
size_t registry_count(const struct registry *registry, enum registry_type type);

/* --- JSON form, for import and for the topic ------------------------------------------- */

/* One record as JSON (malloc'd, the caller frees) and its key. @record points to the struct of @type. */
/* Return: 0, -ENOMEM, -EILSEQ (a text is not UTF-8), -ENAMETOOLONG (@ret_key is too small). */
int registry_encode(enum registry_type type, const void *record, char **ret_json, char *ret_key,
                    size_t ret_key_bytes);

/* Smaller words of the formats, shared by the topic and the CSV files. */
const char *registry_type_name(enum registry_type type);     /* "elder" */
const char *registry_day_name(int day);                      /* 0: "mon"; NULL past Sunday */
int registry_day_parse(const char *text, size_t text_bytes); /* -1: not a day */
bool registry_minute_parse(const char *text, size_t text_bytes, int *ret); /* "00:00" to "24:00" */
/* [A-Za-z0-9_.-], not empty, and shorter than @limit_bytes (so that its NUL fits). */
bool registry_id_is_valid(const char *id, size_t id_bytes, size_t limit_bytes);

/* --- the live reader -------------------------------------------------------------------- */

struct kafka_watch;
struct registry_reader;

/* Called after each applied record; @type/@id say which (look it up: NULL means removed). */
typedef void (*registry_changed)(void *context, enum registry_type type, const char *id);

/* Reads vigil.registry from its beginning, outside any consumer group. Blocks: no. */
int registry_reader_open(struct registry_reader **ret, const struct conf *conf,
                         struct registry *registry, registry_changed changed, void *context);
struct registry_reader *registry_reader_close(struct registry_reader *reader);

/* Read all of it again whenever @watch has seen the topic made anew. @watch: NULL, or outlives the reader. */
void registry_reader_watch(struct registry_reader *reader, const struct kafka_watch *watch);

/* Have a 1 written to the eventfd @fd whenever something has arrived. */
void registry_reader_wake(struct registry_reader *reader, int fd);

/* Apply what has arrived, at most @records_max. Blocks: at most @timeout_ms. Return: how many, or -errno. */
int registry_reader_poll(struct registry_reader *reader, int timeout_ms, int records_max);

/* Apply all that is in the topic now: for whoever needs to know that something is not there. Blocks: until it has, at most
 * @timeout_ms for each of asking and reading. Return: 0, -ETIMEDOUT, or -errno as registry_reader_poll(). */
int registry_reader_catch_up(struct registry_reader *reader, int timeout_ms);

/* Records that were not ours to read since open; the last reason is in @ret_why (may be NULL). */
uint64_t registry_reader_refused(const struct registry_reader *reader, const char **ret_why);

/* True once everything that was in the topic at open has been applied. */
bool registry_reader_caught_up(const struct registry_reader *reader);

#endif

/* SPDX-License-Identifier: MIT
 *
 * A town for tests of rules/eval: rules put together by hand, elders with devices, a clock that the
 * test turns, and every verdict kept in order.
 */
#ifndef VIGIL_TESTS_UNIT_RULES_TOWN_H
#define VIGIL_TESTS_UNIT_RULES_TOWN_H

#include <math.h>
#include <stdbool.h>
#include <stdint.h>

#include "rules/eval/engine.h"
#include "rules/eval/rule_set_builder.h"

enum {
        SECOND = 1000,
        MINUTE = 60 * SECOND,
        HOUR = 60 * MINUTE,
};

#define DAY ((int64_t)24 * HOUR)
#define NOON INT64_C(1790000000000) /* some moment; 2026-09-21T14:13:20Z */

struct told {
        char elder[EVENT_ELDER_ID_BYTES];
        char rule[ALERT_RULE_ID_BYTES];
        enum alert_transition transition;
        enum severity severity;
        uint64_t key;
        char device[EVENT_DEVICE_ID_BYTES];
        char event[EVENT_ID_TEXT_BYTES];
        int64_t event_time_ms, received_time_ms, now_ms, late_ms, duration_ms;
        double value, limit;
        uint32_t samples;
        uint8_t confidence_pct;
        bool drill, overridden;
        int64_t since_ms, needed_ms;
        uint8_t needed_samples, history_count;
        struct alert_sample history[VERDICT_HISTORY_MAX];
};

struct town {
        struct rule_set_builder *builder;
        struct rule_set *rules;
        struct engine *engine;
        int64_t now_ms;
        uint64_t sequence; /* of the next event made by town_event() */
        struct told *told;
        uint32_t told_count;
        uint32_t told_room;
        uint32_t unknown_count;
};

void town_init(struct town *town);
void town_fini(struct town *town);

/* Rules: add them before town_start(). */
uint32_t town_add(struct town *town, const struct rule *rule);
struct rule rule_happening(const char *id, unsigned int kind, enum alert_class class);
struct rule rule_above(const char *id, unsigned int kind, double above, int64_t for_ms,
                       uint8_t min_samples);
struct rule rule_quiet(const char *id, unsigned int kind, int64_t longer_than_ms);
struct rule rule_offline(const char *id, double factor);

/* For tests that make the engine themselves. */
struct engine_options town_options(struct town *town);

/* Freeze the rules, open partition 0. */
void town_start(struct town *town);

/* Freeze what was added since and offer it to the running engine; the old set is freed. */
void town_swap(struct town *town);

/* An elder with devices "<id>-a", "<id>-b" … of the given classes, partition 0. */
struct elder_profile town_profile(const char *id, int device_count);
void town_put(struct town *town, const struct elder_profile *profile);

/* An event now, of elder @id's first device, next sequence, value @value. */
struct event town_event(struct town *town, const char *id, unsigned int kind, double value);
void town_send(struct town *town, const struct event *event);
void town_say(struct town *town, const char *id, unsigned int kind, double value);
/* From a buffer: it happened @age_ms ago. */
void town_say_old(struct town *town, const char *id, unsigned int kind, double value,
                  int64_t age_ms);
/* Nobody vouches for who sent it. */
void town_say_unauthenticated(struct town *town, const char *id, unsigned int kind, double value);

/* The values, one every @every_ms, the first now; the clock stands at the last one afterwards. */
void town_say_all(struct town *town, const char *id, unsigned int kind, const double *values,
                  int count, int64_t every_ms);

#define town_say_each(town, id, kind, every_ms, ...)                                               \
        town_say_all(town, id, kind, (const double[]){__VA_ARGS__},                                \
                     (int)(sizeof((const double[]){__VA_ARGS__}) / sizeof(double)), every_ms)

/* Turn the clock in steps of at most 100 ms … or as far as nothing is due. */
void town_pass(struct town *town, int64_t ms);

/* Save every dirty elder, close the engine, open another one and restore. */
void town_restart(struct town *town, const struct elder_profile *profiles, int count,
                  int64_t away_ms);

/* The verdict told last; fails when there is none. Valid until the next one is told. */
const struct told *town_last(const struct town *town);

#define assert_told(town, n) assert_int_equal((town)->told_count, (n))

#endif

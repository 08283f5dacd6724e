/* SPDX-License-Identifier: MIT
 *
 * Fixture for tests of rules/eval: rules built by hand, elders with devices, a simulated clock, and a record of every
 * verdict in order. One engine with partition 0; every call fails the test on an error.
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
/* Where the clock starts; an arbitrary time: 2026-09-21T14:13:20Z. */
#define NOON INT64_C(1790000000000)

/* A copy of one verdict. */
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
        uint64_t sequence; /* of the next event that town_event() makes */
        struct told *told;
        uint32_t told_count;
        uint32_t told_room;     /* capacity of @told */
        uint32_t unknown_count; /* events of elders that are not in the registry */
};

void town_init(struct town *town);
void town_fini(struct town *town);

/* Add a rule; it takes effect with the next town_start() or town_swap(). Return: its index in the rule set. */
uint32_t town_add(struct town *town, const struct rule *rule);
/* Rules with one condition and severity critical, to add as they are or after a change. */
struct rule rule_happening(const char *id, unsigned int kind, enum alert_class class);
struct rule rule_above(const char *id, unsigned int kind, double above, int64_t for_ms,
                       uint8_t min_samples);
struct rule rule_quiet(const char *id, unsigned int kind, int64_t longer_than_ms);
struct rule rule_offline(const char *id, double factor);

/* For tests that create the engine themselves. */
struct engine_options town_options(struct town *town);

/* Build the rule set, create the engine and open partition 0. */
void town_start(struct town *town);

/* Build a rule set from the rules added since the last one, and swap it into the running engine. Frees the old set. */
void town_swap(struct town *town);

/* An elder in partition 0 with @device_count devices "<id>-a", "<id>-b" … */
struct elder_profile town_profile(const char *id, int device_count);
void town_put(struct town *town, const struct elder_profile *profile);

/* An event of the first device of elder @id, with the current time and the next sequence number. */
struct event town_event(struct town *town, const char *id, unsigned int kind, double value);
/* Give one event to the engine. */
void town_send(struct town *town, const struct event *event);
/* town_event(), then town_send(). */
void town_say(struct town *town, const char *id, unsigned int kind, double value);
/* The same from a device's buffer: received now, but the device time is @age_ms ago. */
void town_say_old(struct town *town, const char *id, unsigned int kind, double value,
                  int64_t age_ms);
/* The same, flagged EVENT_UNAUTHENTICATED. */
void town_say_unauthenticated(struct town *town, const char *id, unsigned int kind, double value);

/* One event for each value, the first now and then one every @every_ms. Afterwards the clock is at the last event. */
void town_say_all(struct town *town, const char *id, unsigned int kind, const double *values,
                  int count, int64_t every_ms);

#define town_say_each(town, id, kind, every_ms, ...)                                               \
        town_say_all(town, id, kind, (const double[]){__VA_ARGS__},                                \
                     (int)(sizeof((const double[]){__VA_ARGS__}) / sizeof(double)), every_ms)

/* Advance the clock by @ms. It stops at each deadline on the way and fires it. */
void town_pass(struct town *town, int64_t ms);

/* Save every elder, free the engine, advance the clock by @away_ms, create a new engine and restore the states. The
 * registry of the new engine is @profiles. */
void town_restart(struct town *town, const struct elder_profile *profiles, int count,
                  int64_t away_ms);

/* The last verdict; fails the test if there is none. Valid until the next verdict. */
const struct told *town_last(const struct town *town);

/* Fails the test unless there were @n verdicts since town_init(). */
#define assert_told(town, n) assert_int_equal((town)->told_count, (n))

#endif

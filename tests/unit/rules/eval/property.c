/* SPDX-License-Identifier: MIT
 *
 * The engine is a function of (rules, registry, ordered events and ticks). The same random stream, judged event by
 * event, in batches, with swaps to equal rule sets, or with restarts at random moments, must give the same verdicts in
 * the same order. After a swap or a restart, the order between two elders whose deadlines are within the same 100 ms
 * may differ; the order for each elder may not.
 *
 * VIGIL_SEED sets the seed of the stream; a failure prints it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/rules/town.h"

enum { ELDERS = 24, STEPS = 6000, STEP_EVENTS_MAX = 12, STREAMS = 6, BATCH = 64 };

/* One step of the script: a time, and events at that time. All times are multiples of 100 ms, so that no deadline is
 * between two steps of the wheel. */
struct step {
        int64_t now_ms;
        uint32_t event_count;
        struct event events[STEP_EVENTS_MAX];
        bool checkpoint;
        bool swap;
};

static uint64_t random_state;

static uint32_t below(uint32_t limit) {
        random_state ^= random_state >> 12;
        random_state ^= random_state << 25;
        random_state ^= random_state >> 27;
        return (uint32_t)((random_state * UINT64_C(2685821657736338717) >> 32) * limit >> 32);
}

/* --- rules of every kind -------------------------------------------------------------------------- */

/* Rules about vitals, in addition to those that are there for their deadlines. */
static void add_vitals(struct town *town) {
        struct rule several = rule_above("hr-several", KIND_HEART_RATE, 125, 5 * MINUTE, 3);
        struct rule rise = rule_above("hr-rise", KIND_HEART_RATE, 60, 0, 1);
        struct rule fall = rule_above("hr-drop", KIND_HEART_RATE, 60, 0, 1);
        struct rule unusual = rule_above("hr-unusual", KIND_HEART_RATE, 40, MINUTE, 2);
        struct rule worn = {.id = "not-worn", .severity = SEVERITY_MINOR, .class = ALERT_TECHNICAL};
        struct rule both = {.id = "both", .severity = SEVERITY_MINOR, .class = ALERT_VITAL};
        struct rule score = {.id = "news2", .severity = SEVERITY_MAJOR, .class = ALERT_VITAL};
        struct condition_score *news2 = &score.condition.score;

        several.severity = SEVERITY_MAJOR;
        several.condition.vital.out_of = 7;
        several.condition.vital.severities =
                (struct condition_severities){.step = {{145, SEVERITY_CRITICAL, 0}}, .count = 1};
        rise.condition.vital.measure = RULE_MEASURE_RISE;
        rise.condition.vital.within_ms = HOUR;
        fall.condition.vital.measure = RULE_MEASURE_FALL;
        fall.condition.vital.within_ms = 20 * MINUTE;
        unusual.condition.vital.measure = RULE_MEASURE_BASELINE;
        unusual.condition.vital.within_ms = 4 * HOUR;
        worn.condition.type = CONDITION_VALIDITY;
        worn.condition.validity.states = 1u << EVENT_VALIDITY_OFF_BODY | 1u << EVENT_VALIDITY_STALE;
        worn.condition.validity.min_samples = 2;
        rule_kinds_add(&worn.condition.validity.kinds, KIND_HEART_RATE);
        rule_kinds_add(&worn.condition.validity.kinds, KIND_SPO2);
        both.condition.type = CONDITION_PARTS;
        both.condition.unless_away = true;
        both.condition.parts = (struct condition_parts){
                .part_count = 3,
                .needed = 2,
                .within_ms = 10 * MINUTE,
                .for_ms = 90 * SECOND,
                .parts = {{.kind = KIND_HEART_RATE, .above = 110, .below = NAN},
                          {.kind = KIND_SPO2, .above = NAN, .below = 94},
                          {.kind = KIND_MOTION, .above = NAN, .below = NAN}},
        };
        score.condition.type = CONDITION_SCORE;
        score.condition.unless_away = true;
        news2->at_least = 5;
        news2->rises_by = 4;
        news2->rises_within_ms = 2 * HOUR;
        news2->needs = 2;
        for (int i = 0; i < RULE_NEWS2_PARAMETERS; i++)
                news2->max_age_ms[i] = HOUR;
        town_add(town, &several);
        town_add(town, &rise);
        town_add(town, &fall);
        town_add(town, &unusual);
        town_add(town, &worn);
        town_add(town, &score);
        town_add(town, &both);
}

/* Rules about times and places. */
static void add_places(struct town *town) {
        struct rule after = rule_happening("door-after-bed", KIND_NONE, ALERT_ACTIVITY);
        struct rule out = rule_happening("not-back", KIND_NONE, ALERT_ACTIVITY);
        struct rule toilet = rule_happening("toilet", KIND_NONE, ALERT_ACTIVITY);
        struct rule habit = rule_quiet("habit", KIND_MOTION, 12 * MINUTE);
        struct rule check_in = rule_quiet("check-in", KIND_MOTION, 0);
        struct rule astray = rule_happening("astray", KIND_NONE, ALERT_ACTIVITY);
        struct rule visit = rule_quiet("visit", KIND_CARE_VISIT, 40 * MINUTE);

        after.condition = (struct rule_condition){.type = CONDITION_SEQUENCE};
        after.condition.sequence.step_count = 2;
        rule_kinds_add(&after.condition.sequence.steps[0].kinds, KIND_BED_OUT);
        rule_kinds_add(&after.condition.sequence.steps[1].kinds, KIND_DOOR_OPEN);
        after.condition.sequence.steps[1].within_ms = 10 * MINUTE;
        out.condition = after.condition;
        memset(&out.condition.sequence.steps[1].kinds, 0, sizeof(struct rule_kinds));
        rule_kinds_add(&out.condition.sequence.steps[1].kinds, KIND_BED_IN);
        out.condition.sequence.steps[1].absent = true;
        out.condition.unless_away = true;
        toilet.condition = (struct rule_condition){.type = CONDITION_COUNT};
        rule_kinds_add(&toilet.condition.count.kinds, KIND_TOILET);
        toilet.condition.count.at_least = 3;
        toilet.condition.count.within_ms = 30 * MINUTE;
        habit.condition.quiet.learn_ms = 2 * DAY;
        habit.condition.quiet.learn_times = 1.5;
        habit.condition.quiet.learn_least_ms = 10 * MINUTE;
        rule_kinds_add(&habit.condition.quiet.signals, KIND_DOOR_OPEN);
        snprintf(habit.condition.quiet.outer_room, RULE_WORD_BYTES, "hall");
        habit.condition.quiet.door_settle_ms = 5 * MINUTE;
        check_in.condition.quiet.mode = RULE_QUIET_SEEN_WITHIN;
        check_in.condition.quiet.slot_count = RULE_SLOTS_MAX;
        for (int16_t i = 0; i < RULE_SLOTS_MAX; i++)
                check_in.condition.quiet.slots[i] =
                        (struct day_slot){.from_minute = (int16_t)(870 + 60 * i),
                                          .to_minute = (int16_t)(880 + 60 * i)};
        visit.condition.quiet.mode = RULE_QUIET_DUE;
        visit.condition.unless_away = false;
        town_add(town, &after);
        town_add(town, &out);
        town_add(town, &toilet);
        town_add(town, &habit);
        town_add(town, &check_in);
        astray.condition = (struct rule_condition){.type = CONDITION_GEOFENCE};
        astray.condition.geofence = (struct condition_geofence){.outside = true,
                                                                .around_home = true,
                                                                .min_samples = 2,
                                                                .radius_m = 2000000,
                                                                .for_ms = 5 * MINUTE};
        town_add(town, &visit);
        town_add(town, &astray);
}

static void add_rules(struct town *town) {
        struct rule sos = rule_happening("sos", KIND_SOS, ALERT_LIFE_SAFETY);
        struct rule fall = rule_happening("fall", KIND_FALL, ALERT_LIFE_SAFETY);
        struct rule unsure = rule_happening("fall-unsure", KIND_FALL, ALERT_LIFE_SAFETY);
        struct rule leak = rule_happening("leak", KIND_WATER_LEAK, ALERT_TECHNICAL);
        struct rule mains = rule_happening("mains", KIND_MAINS_LOST, ALERT_TECHNICAL);
        struct rule high = rule_above("hr-high", KIND_HEART_RATE, 120, 60 * SECOND, 3);
        struct rule low = rule_above("hr-low", KIND_HEART_RATE, 1000, 30 * SECOND, 2);
        struct rule alarm = rule_above("hr-lost", KIND_HEART_RATE, 140, 10 * MINUTE, 5);
        struct rule battery = rule_above("battery", KIND_BATTERY, 1000, 0, 1);
        struct rule quiet = rule_quiet("quiet", KIND_MOTION, 10 * MINUTE);
        struct rule night = rule_quiet("night", KIND_MOTION, 30 * MINUTE);
        struct rule offline = rule_offline("offline", 2.5);
        struct rule_override override = {.elder_id = "E3", .until_time_ms = NOON + 5 * HOUR};

        fall.condition.happening.hold_ms = 20 * SECOND;
        fall.condition.happening.confidence_at_least_pct = 50;
        rule_kinds_add(&fall.condition.happening.cancel_kinds, KIND_BUTTON_CANCEL);
        unsure.condition.happening = fall.condition.happening;
        unsure.condition.happening.confirm_ms = 30 * SECOND;
        unsure.condition.happening.sure_pct = 90;
        rule_kinds_add(&unsure.condition.happening.confirm_kinds, KIND_MOTION);
        leak.condition.happening.cooldown_ms = 10 * MINUTE;
        rule_kinds_add(&mains.condition.happening.clear_kinds, KIND_MAINS_RESTORED);
        high.condition.vital.clear_below = 110;
        high.condition.vital.if_data_stops = RULE_DATA_STOPS_CLEAR;
        high.condition.vital.data_stops_ms = 4 * MINUTE;
        low.condition.vital.above = INFINITY;
        low.condition.vital.below = 50;
        alarm.condition.vital.if_data_stops = RULE_DATA_STOPS_ALARM;
        alarm.condition.vital.data_stops_ms = 6 * MINUTE;
        battery.condition.vital.above = INFINITY;
        battery.condition.vital.below = 15;
        rule_kinds_add(&quiet.condition.quiet.signals, KIND_STEPS);
        night.condition.quiet.slot_count = 2;
        night.condition.quiet.slots[0] = (struct day_slot){600, 960, .longer_than_ms = 12 * MINUTE};
        night.condition.quiet.slots[1] =
                (struct day_slot){960, 1260, .longer_than_ms = 20 * MINUTE};
        night.condition.unless_away = false;

        town_add(town, &sos);
        town_add(town, &fall);
        town_add(town, &unsure);
        town_add(town, &leak);
        town_add(town, &mains);
        override.rule_index = town_add(town, &high);
        town_add(town, &low);
        town_add(town, &alarm);
        town_add(town, &battery);
        town_add(town, &quiet);
        town_add(town, &night);
        town_add(town, &offline);
        add_vitals(town);
        add_places(town);
        override.condition = high.condition;
        override.condition.vital.above = 135;
        override.condition.vital.clear_below = 125;
        assert_int_equal(rule_set_builder_add_override(town->builder, &override), 0);
}

static struct elder_profile elder_of(uint32_t number) {
        struct elder_profile profile;
        char id[16];

        snprintf(id, sizeof(id), "E%u", number);
        profile = town_profile(id, 3);
        for (int i = 0; i < 3; i++) {
                profile.devices[i].heartbeat_ms = (5 + i * 7) * MINUTE;
                profile.devices[i].commissioned_time_ms = NOON;
                snprintf(profile.devices[i].room, ELDER_PROFILE_WORD_BYTES, "%s",
                         i == 2 ? "hall" : "room");
        }
        return profile;
}

/* --- a random script --------------------------------------------------------------------------------- */

static struct event random_event(struct town *town, int64_t now_ms) {
        static const struct {
                uint16_t kind;
                double from, to;
        } kinds[] = {
                {KIND_SOS, 0, 1},
                {KIND_FALL, 0, 1},
                {KIND_FALL, 1, 1},
                {KIND_WATER_LEAK, 0, 1},
                {KIND_MAINS_LOST, 0, 1},
                {KIND_MAINS_RESTORED, 1, 1},
                {KIND_BUTTON_CANCEL, 1, 1},
                {KIND_HEART_RATE, 40, 60},
                {KIND_HEART_RATE, 100, 160},
                {KIND_HEART_RATE, 125, 150},
                {KIND_HEART_RATE, 60, 125},
                {KIND_SPO2, 88, 100},
                {KIND_BODY_TEMPERATURE, 34, 40},
                {KIND_BATTERY, 0, 100},
                {KIND_MOTION, 0, 1},
                {KIND_MOTION, 1, 1},
                {KIND_STEPS, 0, 30},
                {KIND_HEARTBEAT, 1, 1},
                {KIND_AWAY, 0, 1},
                {KIND_HOME, 0, 1},
                {KIND_BED_OUT, 0, 1},
                {KIND_BED_IN, 0, 1},
                {KIND_DOOR_OPEN, 0, 1},
                {KIND_TOILET, 1, 1},
                {KIND_CARE_VISIT, 0, 1},
                {KIND_LOCATION, 1, 30}, /* up to 30 degrees from home, which is at 0, 0 */
        };
        uint32_t which = below(sizeof(kinds) / sizeof(kinds[0]));
        uint32_t number = below(ELDERS + 1); /* the last one is not in the registry */
        char id[16], device_id[EVENT_DEVICE_ID_BYTES];

        snprintf(id, sizeof(id), "E%u", number);
        town->now_ms = now_ms;

        struct event event = town_event(town, id, kinds[which].kind, 0);

        event.value = kinds[which].from +
                      (int)((kinds[which].to - kinds[which].from + 1) * below(1000) / 1000.0);
        snprintf(device_id, sizeof(device_id), "E%u-%c", number, 'a' + below(4));
        assert_int_equal(event_set_ids(&event, id, device_id), 0);
        event.confidence_pct = (uint8_t)below(101);
        event.validity = below(10) ? EVENT_VALIDITY_VALID : (uint8_t)below(5);
        event.received_time_ms -= (int64_t)below(3) * 100;
        event.device_time_ms = event.received_time_ms - (int64_t)below(20) * 100;
        if (below(15) == 0)
                event.device_time_ms -= (int64_t)below(6000) * 100; /* from a buffer */
        if (below(30) == 0)
                event.device_time_ms += (int64_t)below(600) * 100; /* a clock that runs ahead */
        if (below(12) == 0)
                event.flags |= EVENT_UNAUTHENTICATED;
        if (below(40) == 0)
                event.flags |= EVENT_DRILL;
        if (below(25) == 0)
                event.flags |= EVENT_SEQUENCE_DERIVED;
        if (below(200) == 0)
                event.boot_id = 2 + below(3);
        return event;
}

static struct step *make_script(void) {
        struct step *script = calloc(STEPS, sizeof(*script));
        struct town maker = {.now_ms = NOON, .sequence = 1};
        int64_t now_ms = NOON;

        assert_non_null(script);
        for (uint32_t i = 0; i < STEPS; i++) {
                struct step *step = &script[i];

                now_ms += 100 * (int64_t)below(below(20) ? 60 : 1200);
                step->now_ms = now_ms;
                step->event_count = below(STEP_EVENTS_MAX);
                step->checkpoint = below(100) == 0;
                step->swap = below(100) == 0;
                for (uint32_t k = 0; k < step->event_count; k++) {
                        if (below(10) == 0 && i > 3) { /* a redelivery */
                                const struct step *former = &script[i - 1 - below(3)];

                                if (former->event_count) {
                                        step->events[k] =
                                                former->events[below(former->event_count)];
                                        continue;
                                }
                        }
                        step->events[k] = random_event(&maker, now_ms);
                }
        }
        return script;
}

/* --- playing it ---------------------------------------------------------------------------------------- */

enum { PLAY_BATCH = 1, PLAY_RESTART = 2, PLAY_SWAP = 4 };

/* The checkpoint as Redis has it: each save writes only changed states. */
struct store {
        unsigned char blobs[ELDERS][4096];
        size_t bytes[ELDERS];
};

static void keep(void *context, int32_t partition, const char *elder_id, const void *blob,
                 size_t blob_bytes) {
        struct store *store = context;
        uint32_t number = (uint32_t)strtoul(elder_id + 1, NULL, 10);

        assert_true(number < ELDERS && blob_bytes <= sizeof(store->blobs[0]));
        memcpy(store->blobs[number], blob, blob_bytes);
        store->bytes[number] = blob_bytes;
}

static void begin(struct town *town, const struct store *store) {
        struct engine_options options = town_options(town);

        options.settle_ms = -1;
        assert_int_equal(engine_new(&town->engine, &options, town->rules, town->now_ms), 0);
        for (uint32_t i = 0; i < ELDERS; i++) {
                struct elder_profile profile = elder_of(i);

                /* Some states are restored before their elder is put, some after. */
                if (i % 2 == 0)
                        town_put(town, &profile);
                if (store->bytes[i])
                        assert_int_equal(blob_restore(town->engine, 0, profile.elder_id,
                                                      store->blobs[i], store->bytes[i]),
                                         0);
                if (i % 2 == 1)
                        town_put(town, &profile);
        }
        assert_int_equal(engine_partition_open(town->engine, 0, town->now_ms), 0);
}

static void swap_for_equal(struct town *town) {
        struct rule_set *former = town->rules;

        assert_int_equal(rule_set_builder_new(&town->builder), 0);
        add_rules(town);
        assert_int_equal(rule_set_builder_finish(town->builder, "equal", &town->rules), 0);
        rule_set_builder_free(town->builder);
        town->builder = NULL;
        assert_null(engine_swap(town->engine, town->rules));
        engine_events(town->engine, NULL, NULL, 0, town->now_ms);
        assert_ptr_equal(engine_rules_in_force(town->engine), town->rules);
        /* The engine must not use the old set any more, although most states have not been moved to the new one. */
        rule_set_free(former);
}

static void play(struct town *town, const struct step *script, unsigned int how) {
        struct store *store = calloc(1, sizeof(*store));

        assert_non_null(store);
        town_init(town);
        add_rules(town);
        assert_int_equal(rule_set_builder_finish(town->builder, "test", &town->rules), 0);
        rule_set_builder_free(town->builder);
        town->builder = NULL;
        begin(town, store);
        for (uint32_t i = 0; i < STEPS; i++) {
                const struct step *step = &script[i];

                /* Tick every 100 ms, as a live shard does. */
                while (town->now_ms < step->now_ms) {
                        town->now_ms += 100;
                        engine_tick(town->engine, town->now_ms);
                }
                if (step->swap && how & PLAY_SWAP)
                        swap_for_equal(town);
                if (how & PLAY_BATCH)
                        engine_events(town->engine, step->events, NULL, step->event_count,
                                      town->now_ms);
                for (uint32_t k = 0; k < step->event_count && !(how & PLAY_BATCH); k++)
                        engine_events(town->engine, &step->events[k], NULL, 1, town->now_ms);
                if (!step->checkpoint)
                        continue;
                blobs_save_dirty(town->engine, keep, store);
                if (how & PLAY_RESTART) {
                        engine_tick(town->engine, town->now_ms);
                        blobs_save_dirty(town->engine, keep, store);
                        engine_free(town->engine);
                        begin(town, store);
                }
        }
        free(store);
}

/* --- comparing ----------------------------------------------------------------------------------------- */

static bool is_same_number(double a, double b) {
        return a == b || (isnan(a) && isnan(b));
}

static bool is_same_evidence(const struct told *a, const struct told *b) {
        for (uint8_t i = 0; i < a->history_count && i < b->history_count; i++)
                if (a->history[i].time_ms != b->history[i].time_ms ||
                    !is_same_number(a->history[i].value, b->history[i].value))
                        return false;
        return a->history_count == b->history_count && a->since_ms == b->since_ms &&
               a->needed_ms == b->needed_ms && a->needed_samples == b->needed_samples;
}

static bool is_same(const struct told *a, const struct told *b) {
        return strcmp(a->elder, b->elder) == 0 && strcmp(a->rule, b->rule) == 0 &&
               a->transition == b->transition && a->severity == b->severity && a->key == b->key &&
               strcmp(a->device, b->device) == 0 && strcmp(a->event, b->event) == 0 &&
               a->event_time_ms == b->event_time_ms && a->received_time_ms == b->received_time_ms &&
               a->now_ms == b->now_ms && a->late_ms == b->late_ms &&
               a->duration_ms == b->duration_ms && is_same_number(a->value, b->value) &&
               is_same_number(a->limit, b->limit) && a->samples == b->samples &&
               a->confidence_pct == b->confidence_pct && a->drill == b->drill &&
               a->overridden == b->overridden && is_same_evidence(a, b);
}

static void fail_at(const struct told *a, const struct told *b, uint32_t i, const char *what) {
        fail_msg("%s: verdict %u: %s %s %d %s at %lld, but %s %s %d %s at %lld", what, i, a->elder,
                 a->rule, a->transition, a->event, (long long)a->now_ms, b->elder, b->rule,
                 b->transition, b->event, (long long)b->now_ms);
}

static void compare(const struct town *a, const struct town *b, const char *what) {
        for (uint32_t i = 0; i < a->told_count && i < b->told_count; i++)
                if (!is_same(&a->told[i], &b->told[i]))
                        fail_at(&a->told[i], &b->told[i], i, what);
        assert_int_equal(a->told_count, b->told_count);
}

static uint32_t next_of(const struct town *town, uint32_t from, const char *elder) {
        while (from < town->told_count && strcmp(town->told[from].elder, elder) != 0)
                from++;
        return from;
}

static void compare_each_elder(const struct town *a, const struct town *b, const char *what) {
        for (uint32_t number = 0; number < ELDERS; number++) {
                uint32_t i = 0, k = 0;
                char id[16];

                snprintf(id, sizeof(id), "E%u", number);
                for (;; i++, k++) {
                        i = next_of(a, i, id);
                        k = next_of(b, k, id);
                        if (i == a->told_count || k == b->told_count)
                                break;
                        if (!is_same(&a->told[i], &b->told[k]))
                                fail_at(&a->told[i], &b->told[k], i, what);
                }
                if (i != a->told_count || k != b->told_count)
                        fail_msg("%s: %s has verdicts only on one side (%u, %u)", what, id, i, k);
        }
}

/* Without alerts of every rule, a comparison would prove nothing. */
static void assert_rich(const struct town *town) {
        static const char *const rules[] = {
                "sos",     "fall",           "leak",     "mains",      "hr-high",
                "hr-low",  "hr-lost",        "battery",  "quiet",      "night",
                "offline", "door-after-bed", "not-back", "hr-several", "not-worn",
                "news2",   "toilet",         "hr-rise",  "hr-drop",    "hr-unusual",
                "both",    "habit",          "check-in", "visit",      "astray"};
        uint32_t transitions[4] = {0};

        for (size_t k = 0; k < sizeof(rules) / sizeof(rules[0]); k++) {
                uint32_t count = 0;

                for (uint32_t i = 0; i < town->told_count; i++)
                        count += strcmp(town->told[i].rule, rules[k]) == 0;
                if (count < 5)
                        fail_msg("rule %s was told only %u times", rules[k], count);
        }
        for (uint32_t i = 0; i < town->told_count; i++)
                transitions[town->told[i].transition]++;
        assert_true(transitions[ALERT_RAISED] > 500 && transitions[ALERT_CLEARED] > 100 &&
                    transitions[ALERT_CANCELLED] > 5 && transitions[ALERT_SEVERITY_CHANGED] > 20);
}

static void test_however_it_is_played_the_verdicts_are_the_same(void **state) {
        const char *given = getenv("VIGIL_SEED");
        uint64_t first = given ? strtoull(given, NULL, 0) : 20261124;

        for (uint64_t seed = first; seed < first + STREAMS; seed++) {
                struct town plain, batch, swapped, restarted, all;
                struct step *script;

                print_message("# VIGIL_SEED=%llu\n", (unsigned long long)seed);
                random_state = seed * UINT64_C(0x9e3779b97f4a7c15) | 1;
                script = make_script();
                play(&plain, script, 0);
                play(&batch, script, PLAY_BATCH);
                play(&swapped, script, PLAY_SWAP);
                play(&restarted, script, PLAY_RESTART);
                play(&all, script, PLAY_BATCH | PLAY_SWAP | PLAY_RESTART);
                assert_rich(&plain);
                compare(&plain, &batch, "batch");
                compare_each_elder(&plain, &swapped, "swap");
                compare_each_elder(&plain, &restarted, "restart");
                compare_each_elder(&plain, &all, "all at once");
                town_fini(&plain);
                town_fini(&batch);
                town_fini(&swapped);
                town_fini(&restarted);
                town_fini(&all);
                free(script);
        }
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_however_it_is_played_the_verdicts_are_the_same),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}

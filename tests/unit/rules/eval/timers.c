/* SPDX-License-Identifier: MIT
 *
 * Ten thousand running timers with kill -9 and reloads at random moments: the alerts must be those of an undisturbed
 * run, by id and transition.
 *
 * A killed engine leaves what a killed process leaves: the states and the offset of the last checkpoint, and the alerts
 * already written. The next engine restores the states and reads all events after that offset again, at the time of its
 * start, as from Kafka. A reload swaps in a rule set with the same results: the rules in another order with one more
 * that has a state for every elder, or other limits for a moment in which nothing is judged.
 *
 * The stories avoid outcomes that change during a restart: an elder who is overdue stays so for longer than a restart
 * takes. docs/engine.md ("After a restart") describes what happens otherwise.
 *
 * VIGIL_SEED sets the seed of the run; a failure prints it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/rules/town.h"

enum {
        ELDERS = 4000,
        DEVICES = 4, /* a is worn, b is in the home, c reports falls, d may stop for long */
        STEP_MS = 100,
        HEARTBEAT_MS = 2 * MINUTE,
        CHECKPOINT_MAX_MS = 8 * SECOND, /* between two checkpoints */
        DOWN_MAX_MS = 5 * SECOND,       /* between a kill and the next start */
        KILLS_APART_MS = 4 * MINUTE,    /* on average */
        RELOADS_APART_MS = 3 * MINUTE,
        PARTITION_SETTLE_MS = 5 * SECOND,
        RUN_MS = 60 * MINUTE,
        END_MS = RUN_MS + 45 * MINUTE, /* without kills, until every deadline has fired */
};

/* Each elder has a deadline of the quiet rule and two of the offline rule, less those that are overdue. Timers of the
 * other rules are in addition. */
_Static_assert(ELDERS * 3 >= 12000, "ten thousand timers run at any moment");

static uint64_t random_state;

static uint32_t below(uint32_t limit) {
        random_state ^= random_state >> 12;
        random_state ^= random_state << 25;
        random_state ^= random_state >> 27;
        return (uint32_t)((random_state * UINT64_C(2685821657736338717) >> 32) * limit >> 32);
}

/* Return: a random time between @from_s and @to_s seconds, in milliseconds, a multiple of STEP_MS. */
static int64_t between(uint32_t from_s, uint32_t to_s) {
        return (int64_t)(from_s * 10 + below((to_s - from_s) * 10 + 1)) * STEP_MS;
}

/* --- stories ---------------------------------------------------------------------------------------- */

struct story {
        struct town maker;
        struct event *events;
        uint32_t count, room;
        char elder[16];
        char device[EVENT_DEVICE_ID_BYTES];
};

static void tell(struct story *story, char device, uint16_t kind, double value, int64_t at_ms) {
        if (story->count == story->room) {
                story->room = story->room ? story->room * 2 : 1 << 16;
                story->events = realloc(story->events, story->room * sizeof(*story->events));
                assert_non_null(story->events);
        }
        snprintf(story->device, sizeof(story->device), "%s-%c", story->elder, device);
        story->maker.now_ms = NOON + at_ms;

        struct event *event = &story->events[story->count++];

        *event = town_event(&story->maker, story->elder, kind, value);
        assert_int_equal(event_set_ids(event, story->elder, story->device), 0);
}

/* A normal heart rate, then a high one, long enough for an alert or not; or the sensor stops meanwhile. */
static void tell_vitals(struct story *story) {
        int64_t at_ms = between(0, 60);

        while (at_ms < RUN_MS) {
                int64_t calm_ms = at_ms + between(20, 400);
                int64_t fast_ms = calm_ms + between(10, 180);
                bool stops = below(6) == 0;
                double fast = below(2) ? 130 : 150;

                for (; at_ms < calm_ms; at_ms += between(30, 60))
                        tell(story, 'a', KIND_HEART_RATE, 60 + below(40), at_ms);
                for (; at_ms < fast_ms; at_ms += between(5, 15))
                        tell(story, 'a', KIND_HEART_RATE, fast + below(9), at_ms);
                at_ms += stops ? between(9 * 60, 14 * 60) : 0;
        }
}

/* Signs of life, sometimes with a gap much longer than the limit of ten minutes. */
static void tell_signs(struct story *story) {
        int64_t at_ms = between(0, 300);

        while (at_ms < RUN_MS) {
                tell(story, 'b', KIND_MOTION, 1, at_ms);
                at_ms += below(8) ? between(20, 500) : between(12 * 60, 20 * 60);
        }
        for (at_ms = between(0, 100); at_ms < END_MS; at_ms += HEARTBEAT_MS)
                tell(story, 'b', KIND_HEARTBEAT, 1, at_ms);
}

/* Falls that the elder cancels in time, too late or not at all. */
static void tell_falls(struct story *story) {
        for (int64_t at_ms = between(0, 3000); at_ms < RUN_MS; at_ms += between(300, 3000)) {
                tell(story, 'c', KIND_FALL, 1, at_ms);
                if (below(3))
                        tell(story, 'b', KIND_BUTTON_CANCEL, 1,
                             at_ms + (below(2) ? between(4, 18) : between(60, 90)));
        }
}

/* A device whose heartbeats stop at some time and return long after the last kill, because each restart starts its
 * limit again. */
static void tell_heartbeats(struct story *story) {
        int64_t gone_ms = below(3) ? END_MS : between(0, RUN_MS / SECOND);
        int64_t back_ms = RUN_MS + between(15 * 60, 30 * 60);

        for (int64_t at_ms = between(0, 100); at_ms < gone_ms; at_ms += HEARTBEAT_MS)
                tell(story, 'd', KIND_HEARTBEAT, 1, at_ms);
        for (int64_t at_ms = back_ms; at_ms < END_MS; at_ms += HEARTBEAT_MS)
                tell(story, 'd', KIND_HEARTBEAT, 1, at_ms);
}

/* A water leak, reported repeatedly. */
static void tell_leaks(struct story *story) {
        for (int64_t at_ms = between(0, 3600); at_ms < RUN_MS; at_ms += between(20, 3600))
                tell(story, 'b', KIND_WATER_LEAK, 1, at_ms);
}

/* Respiration rate and SpO2 that get worse and better. */
static void tell_scores(struct story *story) {
        for (int64_t at_ms = between(0, 120); at_ms < RUN_MS; at_ms += between(60, 180)) {
                tell(story, 'a', KIND_RESPIRATION_RATE, 12 + below(16), at_ms);
                tell(story, 'a', KIND_SPO2, 89 + below(9), at_ms + STEP_MS);
        }
}

/* Nights: out of bed, and back soon or not at all; visits to the toilet. */
static void tell_nights(struct story *story) {
        for (int64_t at_ms = between(0, 1200); at_ms < RUN_MS; at_ms += between(600, 1800)) {
                tell(story, 'b', KIND_BED_OUT, 1, at_ms);
                if (below(2))
                        tell(story, 'b', KIND_BED_IN, 1, at_ms + between(20, 160));
                for (uint32_t i = below(6); i > 0; i--)
                        tell(story, 'b', KIND_TOILET, 1, at_ms + between(10, 500));
        }
}

/* A wristband that is off the body, for a short or a long time. */
static void tell_slips(struct story *story) {
        for (int64_t at_ms = between(0, 1800); at_ms < RUN_MS; at_ms += between(300, 1800)) {
                int64_t worn_ms = at_ms + between(30, 400);

                for (; at_ms < worn_ms; at_ms += between(10, 20)) {
                        tell(story, 'a', KIND_SKIN_TEMPERATURE, 25, at_ms);
                        story->events[story->count - 1].validity = EVENT_VALIDITY_OFF_BODY;
                }
                tell(story, 'a', KIND_SKIN_TEMPERATURE, 33, at_ms);
        }
}

/* A possible seizure, dismissed by steps or not. */
static void tell_seizures(struct story *story) {
        for (int64_t at_ms = between(0, 3600); at_ms < RUN_MS; at_ms += between(300, 3600)) {
                tell(story, 'c', KIND_SEIZURE, 1, at_ms);
                if (below(2))
                        tell(story, 'a', KIND_STEPS, 3, at_ms + between(5, 25));
        }
}

/* --- the table of timers: the rule that runs each, and the story that starts it --------------------------- */

static struct rule fall_rule(void) {
        struct rule rule = rule_happening("fall", KIND_FALL, ALERT_LIFE_SAFETY);

        rule.condition.happening.hold_ms = 20 * SECOND;
        rule_kinds_add(&rule.condition.happening.cancel_kinds, KIND_BUTTON_CANCEL);
        return rule;
}

static struct rule leak_rule(void) {
        struct rule rule = rule_happening("leak", KIND_WATER_LEAK, ALERT_TECHNICAL);

        rule.condition.happening.cooldown_ms = 10 * MINUTE;
        return rule;
}

static struct rule fast_rule(void) {
        struct rule rule = rule_above("heart-fast", KIND_HEART_RATE, 120, MINUTE, 3);

        rule.condition.vital.clear_below = 110;
        rule.condition.vital.if_data_stops = RULE_DATA_STOPS_CLEAR;
        rule.condition.vital.data_stops_ms = 4 * MINUTE;
        return rule;
}

static struct rule lost_rule(void) {
        struct rule rule = rule_above("heart-lost", KIND_HEART_RATE, 140, 10 * MINUTE, 2);

        rule.condition.vital.if_data_stops = RULE_DATA_STOPS_ALARM;
        rule.condition.vital.data_stops_ms = 6 * MINUTE;
        return rule;
}

static struct rule quiet_rule(void) {
        return rule_quiet("quiet", KIND_MOTION, 10 * MINUTE);
}

static struct rule offline_rule(void) {
        return rule_offline("offline", 2.5);
}

static struct rule rule_of(const char *id, enum rule_condition_type type) {
        struct rule rule = {.severity = SEVERITY_MAJOR, .class = ALERT_ACTIVITY};

        snprintf(rule.id, sizeof(rule.id), "%s", id);
        rule.condition.type = type;
        return rule;
}

static struct rule often_rule(void) {
        struct rule rule = rule_above("heart-often", KIND_HEART_RATE, 120, 0, 4);

        rule.condition.vital.out_of = 8;
        return rule;
}

static struct rule score_rule(void) {
        struct rule rule = rule_of("news2", CONDITION_SCORE);

        rule.condition.score.at_least = 5;
        rule.condition.score.needs = 2;
        for (int i = 0; i < RULE_NEWS2_PARAMETERS; i++)
                rule.condition.score.max_age_ms[i] = 10 * MINUTE;
        return rule;
}

static struct rule astray_rule(void) {
        struct rule rule = rule_of("not-back", CONDITION_SEQUENCE);
        struct condition_sequence *sequence = &rule.condition.sequence;

        sequence->step_count = 2;
        rule_kinds_add(&sequence->steps[0].kinds, KIND_BED_OUT);
        rule_kinds_add(&sequence->steps[1].kinds, KIND_BED_IN);
        sequence->steps[1].absent = true;
        sequence->steps[1].within_ms = 4 * MINUTE;
        return rule;
}

static struct rule toilet_rule(void) {
        struct rule rule = rule_of("toilet-often", CONDITION_COUNT);

        rule_kinds_add(&rule.condition.count.kinds, KIND_TOILET);
        rule.condition.count.at_least = 3;
        rule.condition.count.within_ms = 10 * MINUTE;
        return rule;
}

static struct rule slip_rule(void) {
        struct rule rule = rule_of("off-body", CONDITION_VALIDITY);

        rule.class = ALERT_TECHNICAL;
        rule_kinds_add(&rule.condition.validity.kinds, KIND_SKIN_TEMPERATURE);
        rule.condition.validity.states = 1u << EVENT_VALIDITY_OFF_BODY;
        rule.condition.validity.min_samples = 3;
        rule.condition.validity.for_ms = 2 * MINUTE;
        return rule;
}

static struct rule both_rule(void) {
        struct rule rule = rule_of("fast-and-low", CONDITION_PARTS);
        struct condition_parts *parts = &rule.condition.parts;

        parts->part_count = parts->needed = 2;
        parts->within_ms = 5 * MINUTE;
        parts->parts[0] =
                (struct condition_part){.kind = KIND_HEART_RATE, .above = 120, .below = NAN};
        parts->parts[1] = (struct condition_part){.kind = KIND_SPO2, .above = NAN, .below = 92};
        return rule;
}

static struct rule seizure_rule(void) {
        struct rule rule = rule_happening("seizure", KIND_SEIZURE, ALERT_LIFE_SAFETY);

        rule.condition.happening.confirm_ms = 30 * SECOND;
        rule_kinds_add(&rule.condition.happening.confirm_kinds, KIND_STEPS);
        return rule;
}

static const struct {
        struct rule (*rule)(void);
        void (*tell)(struct story *story); /* NULL: the story of another row starts it */
        uint32_t raised_least;             /* in the undisturbed run */
} timers[] = {
        {fall_rule, tell_falls, 2000},
        {leak_rule, tell_leaks, 1000},
        {fast_rule, tell_vitals, 10000},
        {lost_rule, NULL, 500},
        {quiet_rule, tell_signs, 1000},
        {offline_rule, tell_heartbeats, 500},
        {often_rule, NULL, 1000},
        {score_rule, tell_scores, 1000},
        {astray_rule, tell_nights, 1000},
        {toilet_rule, NULL, 500},
        {slip_rule, tell_slips, 500},
        {both_rule, NULL, 500},
        {seizure_rule, tell_seizures, 1000},
};

enum { TIMERS = sizeof(timers) / sizeof(timers[0]) };

static int compare_times(const void *a, const void *b) {
        const struct event *x = a;
        const struct event *y = b;

        if (x->received_time_ms != y->received_time_ms)
                return x->received_time_ms < y->received_time_ms ? -1 : 1;
        return (x->sequence > y->sequence) - (x->sequence < y->sequence);
}

static void story_make(struct story *story) {
        *story = (struct story){.maker = {.sequence = 1}};
        for (uint32_t i = 0; i < ELDERS; i++) {
                snprintf(story->elder, sizeof(story->elder), "E%u", i);
                for (uint32_t k = 0; k < TIMERS; k++)
                        if (timers[k].tell)
                                timers[k].tell(story);
        }
        qsort(story->events, story->count, sizeof(*story->events), compare_times);
}

/* --- a run ------------------------------------------------------------------------------------------------- */

/* An engine, and what survives a kill of it: the states and offset of the last checkpoint, and the events in Kafka. */
struct run {
        struct town town;
        const struct story *story;
        uint32_t at; /* index of the next event to judge */
        struct {
                void *blob;
                size_t bytes;
        } saved[ELDERS];
        uint32_t saved_at;
        uint32_t kills, reloads;
};

static void keep(void *context, int32_t partition, const char *elder_id, const void *blob,
                 size_t blob_bytes) {
        struct run *run = context;
        uint32_t number = (uint32_t)strtoul(elder_id + 1, NULL, 10);

        run->saved[number].blob = realloc(run->saved[number].blob, blob_bytes);
        assert_non_null(run->saved[number].blob);
        memcpy(run->saved[number].blob, blob, blob_bytes);
        run->saved[number].bytes = blob_bytes;
}

static void checkpoint(struct run *run) {
        blobs_save_dirty(run->town.engine, keep, run);
        run->saved_at = run->at;
}

static struct elder_profile elder_of(uint32_t number) {
        struct elder_profile profile;
        char id[16];

        snprintf(id, sizeof(id), "E%u", number);
        profile = town_profile(id, DEVICES);
        profile.devices[1].heartbeat_ms = profile.devices[3].heartbeat_ms = 2 * HEARTBEAT_MS;
        profile.devices[1].commissioned_time_ms = profile.devices[3].commissioned_time_ms = NOON;
        return profile;
}

/* Build a rule set. @other: the rules in another order, with one more that has a state for every elder and never
 * raises. */
static void rules_make(struct town *town, bool other, double fast) {
        struct rule silent = rule_quiet("silent", KIND_TOILET, 100 * HOUR);

        if (!town->builder)
                assert_int_equal(rule_set_builder_new(&town->builder), 0);
        if (other)
                town_add(town, &silent);
        for (uint32_t i = 0; i < TIMERS; i++) {
                struct rule rule = timers[other ? TIMERS - 1 - i : i].rule();

                if (rule.condition.type == CONDITION_VITAL)
                        rule.condition.vital.above += fast;
                town_add(town, &rule);
        }
        assert_int_equal(rule_set_builder_finish(town->builder, "timers", &town->rules), 0);
        rule_set_builder_free(town->builder);
        town->builder = NULL;
}

static void reload_for(struct town *town, bool other, double fast) {
        struct rule_set *former = town->rules;

        rules_make(town, other, fast);
        assert_null(engine_swap(town->engine, town->rules));
        engine_events(town->engine, NULL, NULL, 0, town->now_ms); /* takes the set up, no event */
        assert_ptr_equal(engine_rules_in_force(town->engine), town->rules);
        rule_set_free(former);
}

static void reload(struct run *run) {
        if (below(3) == 0)
                reload_for(&run->town, below(2), 1000); /* wrong limits, and back at once */
        reload_for(&run->town, below(2), 0);
        run->reloads++;
}

static void start(struct run *run) {
        struct engine_options options = town_options(&run->town);

        options.settle_ms = PARTITION_SETTLE_MS;
        assert_int_equal(engine_new(&run->town.engine, &options, run->town.rules, run->town.now_ms),
                         0);
        for (uint32_t i = 0; i < ELDERS; i++) {
                struct elder_profile profile = elder_of(i);

                /* States from Redis and elders from the registry come in any order. */
                if (i % 2)
                        town_put(&run->town, &profile);
                if (run->saved[i].blob)
                        assert_int_equal(blob_restore(run->town.engine, 0, profile.elder_id,
                                                      run->saved[i].blob, run->saved[i].bytes),
                                         0);
                if (i % 2 == 0)
                        town_put(&run->town, &profile);
        }
        assert_int_equal(engine_partition_open(run->town.engine, 0, run->town.now_ms), 0);
        run->at = run->saved_at;
}

/* Judge every event received until now, in one call. */
static void judge(struct run *run) {
        uint32_t from = run->at;

        while (run->at < run->story->count &&
               run->story->events[run->at].received_time_ms <= run->town.now_ms)
                run->at++;
        engine_events(run->town.engine, &run->story->events[from], NULL, run->at - from,
                      run->town.now_ms);
}

static void kill_and_start(struct run *run) {
        engine_free(run->town.engine); /* saves nothing, like kill -9 */
        run->town.now_ms += (int64_t)below(DOWN_MAX_MS / STEP_MS + 1) * STEP_MS;
        start(run);
        run->kills++;
}

static bool comes(int64_t apart_ms) {
        return below((uint32_t)(apart_ms / STEP_MS)) == 0;
}

static void play(struct run *run, const struct story *story, bool disturbed) {
        *run = (struct run){.story = story};
        town_init(&run->town);
        rules_make(&run->town, false, 0);
        start(run);

        int64_t save_ms = NOON;

        while (run->town.now_ms < NOON + END_MS) {
                bool safe = run->town.now_ms > NOON + RUN_MS;

                run->town.now_ms += STEP_MS;
                judge(run);
                engine_tick(run->town.engine, run->town.now_ms);
                if (!disturbed || safe)
                        continue;
                if (run->town.now_ms >= save_ms) {
                        checkpoint(run);
                        save_ms = run->town.now_ms + below(CHECKPOINT_MAX_MS);
                }
                if (comes(RELOADS_APART_MS))
                        reload(run);
                if (comes(KILLS_APART_MS))
                        kill_and_start(run);
        }
}

static void run_fini(struct run *run) {
        for (uint32_t i = 0; i < ELDERS; i++)
                free(run->saved[i].blob);
        town_fini(&run->town);
}

/* --- comparing --------------------------------------------------------------------------------------------- */

static int compare_alerts(const void *a, const void *b) {
        const struct told *x = a;
        const struct told *y = b;
        int order = strcmp(x->elder, y->elder);

        if (order == 0)
                order = strcmp(x->rule, y->rule);
        if (order == 0)
                order = (x->key > y->key) - (x->key < y->key);
        return order ? order : (int)x->transition - (int)y->transition;
}

/* Remove repeats, as alerting does: alerts with the same id and transition are the same. Return: how many are left. */
static uint32_t to_set(struct town *town) {
        uint32_t count = 0;

        qsort(town->told, town->told_count, sizeof(*town->told), compare_alerts);
        for (uint32_t i = 0; i < town->told_count; i++)
                if (i == 0 || compare_alerts(&town->told[i - 1], &town->told[i]) != 0)
                        town->told[count++] = town->told[i];
        return town->told_count = count;
}

static void fail_on(const struct told *told, const char *where) {
        static const char *const transitions[] = {"raised", "changed", "cleared", "cancelled"};

        fail_msg("only in the %s run: %s %s %s of %s, told %lld s after the begin", where,
                 told->elder, told->rule, transitions[told->transition], told->event,
                 (long long)(told->now_ms - NOON) / SECOND);
}

static void compare(struct town *calm, struct town *disturbed) {
        uint32_t a = to_set(calm), b = to_set(disturbed);

        for (uint32_t i = 0; i < a && i < b; i++) {
                int order = compare_alerts(&calm->told[i], &disturbed->told[i]);

                if (order < 0)
                        fail_on(&calm->told[i], "undisturbed");
                if (order > 0)
                        fail_on(&disturbed->told[i], "disturbed");
        }
        assert_int_equal(a, b);
}

/* Without alerts of every rule, a comparison would prove nothing. */
static void assert_rich(const struct town *town) {
        for (uint32_t k = 0; k < TIMERS; k++) {
                struct rule rule = timers[k].rule();
                uint32_t raised = 0;

                for (uint32_t i = 0; i < town->told_count; i++)
                        raised += town->told[i].transition == ALERT_RAISED &&
                                  strcmp(town->told[i].rule, rule.id) == 0;
                if (raised < timers[k].raised_least)
                        fail_msg("rule %s was raised only %u times", rule.id, raised);
        }
}

static void test_ten_thousand_timers_killed_and_reloaded_raise_the_same_alerts(void **state) {
        const char *given = getenv("VIGIL_SEED");
        uint64_t seed = given ? strtoull(given, NULL, 0) : 20261124;
        struct run *calm = malloc(sizeof(*calm)), *disturbed = malloc(sizeof(*disturbed));
        struct story story;

        print_message("# VIGIL_SEED=%llu\n", (unsigned long long)seed);
        random_state = seed * UINT64_C(0x9e3779b97f4a7c15) | 1;
        assert_true(calm && disturbed);
        story_make(&story);
        play(calm, &story, false);
        play(disturbed, &story, true);
        assert_true(disturbed->kills >= 5 && disturbed->reloads >= 5);
        assert_rich(&calm->town);
        compare(&calm->town, &disturbed->town);
        print_message("# %u events, %u alert transitions, %u kills, %u reloads\n", story.count,
                      calm->town.told_count, disturbed->kills, disturbed->reloads);
        run_fini(calm);
        run_fini(disturbed);
        free(calm);
        free(disturbed);
        free(story.events);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(
                        test_ten_thousand_timers_killed_and_reloaded_raise_the_same_alerts),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: MIT
 *
 * engine_swap() under load, for TSan and ASan: one thread judges; another one makes rule sets, offers
 * them, provides the memory that they need, and frees each as soon as it is allowed. The sanitizers report a set that
 * is read before it is filled or after it is freed.
 */
#include <math.h>
#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "common/base/murmur2.h"
#include "rules/eval/engine.h"
#include "rules/eval/rule_set_builder.h"

enum { SETS = 300, ELDERS = 50, RULES = 6 };

#define BEGIN_MS INT64_C(1790000000000)

/* Each set has a different limit, which is also its version: so check() can tell whether a verdict fits its set. */
static struct rule_set *make_set(int number) {
        struct rule_set_builder *builder;
        struct rule_set *set;
        char version[ALERT_RULE_SET_BYTES];

        assert_int_equal(rule_set_builder_new(&builder), 0);
        for (int i = 0; i < RULES; i++) {
                struct rule rule = {.severity = SEVERITY_MAJOR, .class = ALERT_VITAL};
                uint32_t index;

                /* Rule 0 changes its id with every set, so that states move in memory. */
                snprintf(rule.id, sizeof(rule.id), "rule-%d", i == 0 ? number % 2 : i + 1);
                rule.condition.type = i < 2 ? CONDITION_QUIET : CONDITION_VITAL;
                if (i < 2) {
                        rule.condition.quiet.slot_count = 1;
                        rule.condition.quiet.slots[0].longer_than_ms = 1000 + number;
                        rule_kinds_add(&rule.condition.quiet.signals, KIND_MOTION);
                } else {
                        rule.condition.vital = (struct condition_vital){
                                .kind = KIND_HEART_RATE,
                                .above = number,
                                .below = -INFINITY,
                                .clear_below = NAN,
                                .clear_above = NAN,
                        };
                }
                assert_int_equal(rule_set_builder_add_rule(builder, &rule, &index), 0);
        }
        snprintf(version, sizeof(version), "%d", number);
        assert_int_equal(rule_set_builder_finish(builder, version, &set), 0);
        rule_set_builder_free(builder);
        return set;
}

static size_t provided_bytes;

struct judging {
        struct engine *engine;
        atomic_bool stop;
        uint64_t verdicts, misfits;
};

static void check(void *context, const struct verdict *verdict) {
        struct judging *judging = context;
        const struct rule *rule = rule_set_rule(verdict->rule_set, verdict->rule_index);
        double number = strtod(rule_set_version(verdict->rule_set), NULL);

        judging->verdicts++;
        if (rule->condition.type == CONDITION_VITAL)
                judging->misfits += verdict->limit != number;
        else if (verdict->transition == ALERT_RAISED)
                judging->misfits += verdict->limit != (1000 + number) / 1000;
}

static void *judge(void *context) {
        struct judging *judging = context;
        int64_t now_ms = BEGIN_MS;
        uint64_t sequence = 0;

        while (!atomic_load_explicit(&judging->stop, memory_order_relaxed)) {
                struct event events[64];

                now_ms += 40;
                for (int i = 0; i < 64; i++) {
                        char id[16];

                        events[i] = (struct event){
                                .device_time_ms = now_ms,
                                .received_time_ms = now_ms,
                                .sequence = ++sequence,
                                .kind = i % 16 ? KIND_HEART_RATE : KIND_MOTION,
                                .value = i % 16 ? (double)(sequence * 7 % (SETS + 50)) : 1,
                        };
                        snprintf(id, sizeof(id), "E%d", (int)(sequence % ELDERS));
                        event_set_ids(&events[i], id, id);
                }
                engine_events(judging->engine, events, NULL, 64, now_ms);
                engine_tick(judging->engine, now_ms);
        }
        return NULL;
}

static void move_in(struct engine *engine) {
        for (int i = 0; i < ELDERS; i++) {
                struct elder_profile profile = {.device_count = 1};

                snprintf(profile.elder_id, sizeof(profile.elder_id), "E%d", i);
                profile.elder_hash = murmur2(profile.elder_id, strlen(profile.elder_id));
                snprintf(profile.devices[0].device_id, EVENT_DEVICE_ID_BYTES, "E%d", i);
                profile.devices[0].device_hash = profile.elder_hash;
                assert_int_equal(engine_elder_put(engine, &profile, BEGIN_MS), 0);
        }
        assert_int_equal(engine_partition_open(engine, 0, BEGIN_MS), 0);
}

/* The engine uses the memory that this thread allocates and fills, so TSan checks that hand-over, too. */
static void provide(struct engine *engine) {
        provided_bytes += engine_provide(engine);
        sched_yield();
}

static void test_every_set_is_filled_when_read_and_freed_when_done(void **state) {
        struct rule_set *in_force = make_set(1);
        struct judging judging = {.verdicts = 0};
        struct engine_options options = {
                .sink = check, .context = &judging, .settle_ms = -1, .is_provided = true};
        uint64_t displaced_count = 0;
        pthread_t thread;

        atomic_init(&judging.stop, false);
        assert_int_equal(engine_new(&judging.engine, &options, in_force, BEGIN_MS), 0);
        move_in(judging.engine);
        assert_int_equal(pthread_create(&thread, NULL, judge, &judging), 0);
        for (int i = 2; i <= SETS; i++) {
                struct rule_set *offered = make_set(i);
                const struct rule_set *displaced;

                assert_null(engine_swap(judging.engine, offered));
                /* Every third set is replaced at once, perhaps before the engine has taken it up. */
                if (i % 3 == 0) {
                        struct rule_set *second = make_set(i);

                        displaced = engine_swap(judging.engine, second);
                        if (displaced) {
                                assert_ptr_equal(displaced, offered);
                                rule_set_free(offered);
                                displaced_count++;
                        } else {
                                while (engine_rules_in_force(judging.engine) == in_force)
                                        provide(judging.engine);
                                rule_set_free(in_force);
                                in_force = offered;
                        }
                        offered = second;
                }
                while (engine_rules_in_force(judging.engine) != offered)
                        provide(judging.engine);
                rule_set_free(in_force);
                in_force = offered;
        }
        atomic_store_explicit(&judging.stop, true, memory_order_relaxed);
        pthread_join(thread, NULL);
        engine_free(judging.engine);
        rule_set_free(in_force);
        assert_true(judging.verdicts > 0);
        assert_int_equal(judging.misfits, 0);
        assert_true(displaced_count > 0);
        assert_true(provided_bytes > 0);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_every_set_is_filled_when_read_and_freed_when_done),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}

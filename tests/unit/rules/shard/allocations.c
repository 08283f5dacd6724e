/* SPDX-License-Identifier: MIT
 *
 * The shard thread makes no allocation and no system call while a million events go through the shipped shard code and
 * rules are reloaded.
 *
 * Nearly every elder has a different profile, so a reload makes thousands of plans. During the events: the sample rules
 * are replaced by a set with another rule and with overrides for a district and for single elders; half of the
 * overrides expire; the year ends; the sample rules return. The test plays the consumer and emit threads. Another
 * thread reloads and provides memory, as main() of vigil-rules does, and returns checkpoints, as the state thread does.
 */
#include <pthread.h>
#include <setjmp.h>
#include <stdalign.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "bench/engine/chatter.h"
#include "rules/lang/lang.h"
#include "rules/shard/shard.h"
#include "tests/unit/rules/asked.h"

enum {
        ELDERS = 2000,
        OWN_VALUES = 300, /* elders with an override */
        EVENTS = 1 << 20,
        BATCH = 256,
        MOMENT_BATCH_MS = 100,
        EDITIONS = 3,
        GENERATION = 1,
        LIMIT_S = 120,
        HOUR_MS = 3600 * 1000,
};

#define EVENING INT64_C(1798731900000) /* 2026-12-31T15:45Z: a quarter to midnight in Shanghai */

struct scene {
        struct shard shard;
        struct chatter chatter;
        struct doorbell bell; /* of the consumer, emit and state threads */
        struct rule_set *sets[EDITIONS];
        int64_t now_ms, now_mono_ms;
        uint64_t events, sent;
        int64_t offsets[LANE_COUNT];
        uint64_t told;
        bool plants; /* make one allocation in the middle, which must be counted */
        _Atomic(void *) planted;

        _Atomic uint32_t wanted; /* index in sets: the shard thread asks for it */
        _Atomic uint32_t in_force;
        _Atomic bool over;
};

/* --- the other thread: reloads rules, provides memory, returns checkpoints
 * ------------------------------------------- */

static void save(struct checkpoint *checkpoint) {
        if (!checkpoint_is_owed(checkpoint))
                return;
        for (uint32_t i = 0; i < checkpoint->part_count; i++)
                checkpoint->parts[i].outcome = CHECKPOINT_SAVED;
        checkpoint_give_back(checkpoint);
}

static void *serve(void *context) {
        static const struct timespec moment = {.tv_nsec = 1000 * 1000};
        struct scene *scene = context;
        struct engine *engine = scene->shard.engine;
        uint32_t offered = 0;

        while (!atomic_load(&scene->over)) {
                (void)engine_provide(engine);
                save(&scene->shard.checkpoint);

                uint32_t wanted = atomic_load(&scene->wanted);

                if (wanted != offered) {
                        (void)engine_swap(engine, scene->sets[wanted]);
                        offered = wanted;
                }
                if (engine_rules_in_force(engine) == scene->sets[offered])
                        atomic_store(&scene->in_force, offered);
                nanosleep(&moment, NULL);
        }
        return NULL;
}

/* --- the shard thread ------------------------------------------------------------------------------ */

static void send_batch(struct scene *scene) {
        for (int i = 0; i < BATCH; i++) {
                struct slot slot = {.type = SLOT_EVENT, .last = true, .generation = GENERATION};

                chatter_say(&scene->chatter, scene->now_ms, &slot.event);

                enum lane lane = event_kind_info(slot.event.kind)->lane;
                struct slot *place = ring_reserve(&scene->shard.lane[lane]);

                if (!place)
                        return; /* the next turn makes room */
                slot.lane = (uint8_t)lane;
                slot.offset = scene->offsets[lane]++;
                *place = slot;
                ring_commit(&scene->shard.lane[lane]);
                scene->sent++;
        }
}

static void take_what_is_owed(struct scene *scene) {
        uint32_t count;
        void *items;

        while ((count = ring_peek(&scene->shard.outbox.ring, 64, &items)) > 0) {
                ring_release(&scene->shard.outbox.ring, count);
                scene->told += count;
        }
}

static void turn(struct scene *scene) {
        (void)shard_turn(&scene->shard, scene->now_ms, scene->now_mono_ms);
        take_what_is_owed(scene);
}

static void pass(struct scene *scene, int64_t ms) {
        scene->now_ms += ms;
        scene->now_mono_ms += ms;
}

/* Send events until @sent have been sent in all and rule set @edition is in force. Return: false if it takes longer
 * than LIMIT_S. */
static bool judge_until(struct scene *scene, uint64_t sent, uint32_t edition) {
        time_t begun = time(NULL);

        atomic_store(&scene->wanted, edition);
        while (scene->sent < sent || atomic_load(&scene->in_force) != edition) {
                send_batch(scene);
                turn(scene);
                pass(scene, MOMENT_BATCH_MS);
                if (time(NULL) - begun > LIMIT_S)
                        return false;
        }
        return true;
}

/* Return: 0, or 1 if a rule set did not come into force in time. */
static int judge_all(struct scene *scene) {
        bool done = judge_until(scene, scene->events / 8, 0) &&
                    judge_until(scene, scene->events / 2, 1);

        if (scene->plants) {
                scene->planted = malloc(1);
                free(scene->planted);
        }
        pass(scene, 8 * HOUR_MS); /* over the end of the year, without a sign of life of anybody */
        done = done && judge_until(scene, scene->events * 3 / 4, 1) &&
               judge_until(scene, scene->events, 2);
        return done ? 0 : 1;
}

static int run(void *context) {
        struct scene *scene = context;
        pthread_t thread;
        int r;

        if (pthread_create(&thread, NULL, serve, scene) != 0)
                return 2;
        /* Save every elder once, so that the buffers of the checkpoint grow to their final size. */
        engine_partition_mark_dirty(scene->shard.engine, 0);
        for (int i = 0; i < 100 || scene->shard.filling || scene->shard.handed; i++) {
                turn(scene);
                pass(scene, MOMENT_BATCH_MS);
        }
        asked_begin();
        r = judge_all(scene);
        asked_end();
        atomic_store(&scene->over, true);
        pthread_join(thread, NULL);
        fprintf(stderr, "# %llu events, %llu told, %u in force, deadlines %llu\n",
                (unsigned long long)scene->sent, (unsigned long long)scene->told,
                atomic_load(&scene->in_force),
                (unsigned long long)scene->shard.stats_shown.timers_fired);
        return r;
}

/* --- setting up ------------------------------------------------------------------------------------ */

static struct rule_set *load(const char *more) {
        const char *paths[] = {"configs/rules", more};
        struct lang_options options = {.paths = paths,
                                       .path_count = more ? 2 : 1,
                                       .time_zone = "Asia/Shanghai",
                                       .now_ms = EVENING};
        struct rule_set *rules = NULL;
        struct diag *diag;

        assert_int_equal(diag_new(&diag), 0);
        if (lang_load(&rules, &options, diag, NULL) != 0) {
                diag_print(diag, stderr, false);
                fail();
        }
        diag_free(diag);
        return rules;
}

/* Write the additions of the second set: a rule with state for every elder, so that all their states are moved, and
 * overrides of which half expire today. */
static void write_more(const char *path) {
        FILE *file = fopen(path, "we");

        assert_non_null(file);
        fprintf(file, "version: 1\nrules:\n"
                      "  - id: no-steps\n    title: { zh: 没有步数, en: No steps }\n"
                      "    when: { quiet: [ steps ], longer_than: 20h }\n"
                      "    severity: minor\n    page: check-in\n"
                      "    advice: { zh: 电话, en: Phone }\n"
                      "overrides:\n"
                      "  - district: grid-1\n    rule: heart-rate-high\n    set: { for: 90s }\n"
                      "    reason: wristbands\n    until: 2026-12-31\n");
        for (int i = 0; i < OWN_VALUES; i++)
                fprintf(file,
                        "  - elder: E%07d\n    rule: heart-rate-high\n    set: { above: %d }\n"
                        "    reason: doctor\n    until: %s\n",
                        i, 130 + i % 10, i % 2 ? "2026-12-31" : "2027-03-01");
        assert_int_equal(fclose(file), 0);
}

static void sets_load(struct scene *scene) {
        char path[] = "/tmp/vigil-allocations-XXXXXX.yaml";

        assert_true(mkstemps(path, 5) >= 0);
        write_more(path);
        scene->sets[0] = load(NULL);
        scene->sets[1] = load(path);
        scene->sets[2] = load(NULL);
        unlink(path);
}

static void open_partition(struct scene *scene) {
        struct checkpoint_restored *restored = calloc(1, sizeof(*restored));
        struct shard_control *control = ring_reserve(&scene->shard.control);

        assert_true(restored && control);
        *restored = (struct checkpoint_restored){.generation = GENERATION, .epoch = 1};
        *control = (struct shard_control){
                .type = SHARD_CONTROL_OPEN, .generation = GENERATION, .restored = restored};
        ring_commit(&scene->shard.control);
        turn(scene);
}

static int setup(void **state) {
        struct scene *scene = aligned_alloc(alignof(struct scene), sizeof(*scene));

        assert_non_null(scene);
        memset(scene, 0, sizeof(*scene));
        scene->now_ms = EVENING;
        scene->events = EVENTS;
        scene->now_mono_ms = HOUR_MS;
        sets_load(scene);
        assert_int_equal(doorbell_init(&scene->bell), 0);
        assert_int_equal(chatter_init(&scene->chatter, ELDERS), 0);

        struct shard_options options = {
                .shard_count = 1,
                .partition_count = 1,
                .lane_slots = {[LANE_ALARM] = 1024, [LANE_TELEMETRY] = 4096},
                .control_slots = 64,
                .owed_slots = 256,
                .elders_expected = 64,
                .checkpoint_interval_ms = 1000,
                .settle_ms = -1,
                .is_provided = true,
                .rules = scene->sets[0],
                .consumer_bell = &scene->bell,
                .consumer_space_bell = &scene->bell,
                .emit_bell = &scene->bell,
                .state_bell = &scene->bell};

        assert_int_equal(shard_init(&scene->shard, &options, EVENING), 0);
        for (uint32_t i = 0; i < ELDERS; i++) {
                struct elder_profile profile;

                chatter_elder(&scene->chatter, i, EVENING, &profile);
                assert_int_equal(engine_elder_put(scene->shard.engine, &profile, EVENING), 0);
        }
        open_partition(scene);
        *state = scene;
        return 0;
}

static int teardown(void **state) {
        struct scene *scene = *state;

        shard_fini(&scene->shard);
        for (int i = 0; i < EDITIONS; i++)
                rule_set_free(scene->sets[i]);
        chatter_fini(&scene->chatter);
        doorbell_fini(&scene->bell);
        free(scene);
        return 0;
}

/* --- the tests ------------------------------------------------------------------------------------- */

static bool skipped(void) {
        const char *why = asked_cannot();

        if (why)
                print_message("# skipped: %s\n", why);
        return why != NULL;
}

static void test_a_million_events_and_other_rules_ask_for_nothing(void **state) {
        struct asked asked;

        if (skipped())
                skip();
        assert_int_equal(asked_of(&asked, run, *state), 0);
        print_message("# allocations %llu, frees %llu, system calls %llu, futex %llu\n",
                      (unsigned long long)asked.allocations, (unsigned long long)asked.frees,
                      (unsigned long long)asked.calls_in_all,
                      (unsigned long long)asked.calls[SYS_futex]);
        for (int i = 0; i < ASKED_CALLS; i++)
                if (asked.calls[i])
                        print_message("# system call %d: %llu times\n", i,
                                      (unsigned long long)asked.calls[i]);
        assert_int_equal(asked.allocations, 0);
        assert_int_equal(asked.frees, 0);
        assert_int_equal(asked.calls[SYS_futex], 0);
        assert_int_equal(asked.calls_in_all, 0);
}

static void test_one_allocation_among_them_is_seen(void **state) {
        struct scene *scene = *state;
        struct asked asked;

        if (skipped())
                skip();
        scene->plants = true;
        scene->events = EVENTS / 8;
        assert_int_equal(asked_of(&asked, run, scene), 0);
        assert_int_equal(asked.allocations, 1);
        assert_int_equal(asked.frees, 1);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test_setup_teardown(
                        test_a_million_events_and_other_rules_ask_for_nothing, setup, teardown),
                cmocka_unit_test_setup_teardown(test_one_allocation_among_them_is_seen, setup,
                                                teardown),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}

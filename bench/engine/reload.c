/* SPDX-License-Identifier: MIT
 *
 * A reload of the rules under load: how long does it delay events?
 *
 *      reload [--full] [--own-clock] [--elders N] [--rules DIR]
 *
 * A production shard, with its rings, batches, ticks and checkpoints, holds a million elders and evaluates
 * 200,000 events a second, which arrive on schedule whether it is ready or not. On another thread the reload
 * of vigil-rules watches a folder with 1,000 rules and 100,000 overrides. Three times the files change: other limits
 * in every district rule, then a rule with state for everybody (so that the state block of every elder must
 * move), then the first edition again. Kafka and Redis are replaced by stubs that answer at once.
 *
 * The wait of an event is measured from its scheduled arrival to the end of the turn that evaluated it. The result is
 * the longest wait from the first reload on, next to the longest one before it. --full sends for a minute.
 * --own-clock uses the processor time of the shard as clock, for a machine that is busy with other work.
 */
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdalign.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "bench/engine/city_rules.h"
#include "bench/engine/chatter.h"
#include "common/base/clock.h"
#include "common/base/err.h"
#include "common/base/log.h"
#include "rules/lang/lang.h"
#include "rules/reload.h"
#include "rules/shard/shard.h"

enum {
        ELDERS = 1000000,
        OVERRIDES = 100000,
        EVENTS_A_SECOND = 200000,
        EVENT_EVERY_NS = 1000000000 / EVENTS_A_SECOND,
        BEFORE_MS = 3000, /* time under load before the first reload … */
        AFTER_MS = 2500,  /* … and after each, while state blocks still move */
        FULL_AFTER_MS = 15000,
        PAUSE_US = 100, /* sleep of an idle shard */
        SHOWN_US = 1 << 20,
        IN_FLIGHT = 1 << 20, /* maximum of events that are not evaluated yet */
        GENERATION = 1,
};

/* A histogram of waits, in microseconds. */
struct waits {
        uint32_t count[SHOWN_US];
        uint64_t events;
        int64_t longest_us;
};

struct bench {
        char folder[64];
        const char *sample;
        uint32_t sample_rules;
        uint32_t elder_count;
        int64_t after_ms;
        int64_t (*clock_us)(void);
        struct conf conf;
        struct reload reload;
        struct shard *shard;
        struct doorbell bell; /* for all threads that this bench leaves out */
        struct chatter chatter;

        /* Written by the loader thread. */
        _Atomic uint32_t edition; /* number of the latest change; relaxed, publishes nothing else */
        _Atomic bool over;        /* the loader has finished: X1 -> X2 */
        int failed;               /* read after X2 */
        int64_t load_ms;          /* longest turn of the reload */

        /* Used by the shard thread. */
        int64_t began_us, began_ms; /* start by clock_us() and by the wall clock */
        uint64_t sent;
        uint64_t judged[LANE_COUNT];   /* events evaluated */
        uint64_t owed[LANE_COUNT];     /* events put into the ring */
        int64_t *due_us[LANE_COUNT];   /* scheduled arrival of the n-th event of a lane */
        struct waits *before, *during; /* before the first reload, and from then on */
        int64_t turn_us;               /* longest turn, in processor time */
};

/* --- the loader: the main thread of vigil-rules, and the editor --------------------------------------- */

/* Wait until the shard uses the new rule set and the old one is freed. */
static int wait_for(struct bench *bench, const char *former) {
        struct reload *reload = &bench->reload;
        int64_t began_ms = clock_mono_ms();

        while (strcmp(rule_set_version(reload->rules), former) == 0 || reload->retired) {
                struct pollfd file = {.fd = reload->inotify_fd, .events = POLLIN};
                int64_t turned_ms = clock_mono_ms();

                reload_turn(reload, turned_ms);
                if (clock_mono_ms() - turned_ms > bench->load_ms)
                        bench->load_ms = clock_mono_ms() - turned_ms;
                if (clock_mono_ms() - began_ms > 60000)
                        return err_raise_why(-ETIME, "the new rules never came into force");
                poll(&file, 1, 50);
        }
        return 0;
}

static void *edit(void *context) {
        struct bench *bench = context;
        char former[ALERT_RULE_SET_BYTES];
        int r = 0;

        usleep(BEFORE_MS * 1000);
        for (uint32_t i = 1; r == 0 && i <= CITY_RULES_EDITIONS; i++) {
                atomic_store_explicit(&bench->edition, i, memory_order_relaxed);
                snprintf(former, sizeof(former), "%s", rule_set_version(bench->reload.rules));
                r = city_rules_write(bench->folder, bench->sample, bench->sample_rules,
                                     (enum city_rules_edition)(i % CITY_RULES_EDITIONS));
                if (r == 0)
                        r = wait_for(bench, former);
                usleep((useconds_t)bench->after_ms * 1000);
        }
        bench->failed = r;
        if (r < 0)
                err_report("reload", r);
        atomic_store_explicit(&bench->over, true, memory_order_release); /* X1 -> X2 */
        return NULL;
}

/* --- feed, emit and state, for one turn ------------------------------------------------------------- */

/* Put all events that are due into the rings, until one is full. */
static void feed(struct bench *bench, int64_t now_us) {
        struct shard *shard = bench->shard;
        int64_t now_ms = bench->began_ms + (now_us - bench->began_us) / 1000;

        for (;;) {
                int64_t due_us = bench->began_us + (int64_t)bench->sent * EVENT_EVERY_NS / 1000;
                struct slot *telemetry = ring_reserve(&shard->lane[LANE_TELEMETRY]);
                struct slot *alarm = ring_reserve(&shard->lane[LANE_ALARM]);
                struct slot slot = {.type = SLOT_EVENT, .last = true, .generation = GENERATION};

                if (due_us > now_us || !telemetry || !alarm)
                        return;
                chatter_say(&bench->chatter, now_ms, &slot.event);

                enum lane lane = event_kind_info(slot.event.kind)->lane;

                slot.lane = (uint8_t)lane;
                slot.offset = (int64_t)bench->owed[lane];
                *(lane == LANE_ALARM ? alarm : telemetry) = slot;
                ring_commit(&shard->lane[lane]);
                bench->due_us[lane][bench->owed[lane]++ % IN_FLIGHT] = due_us;
                bench->sent++;
        }
}

static void note_waits(struct bench *bench, struct waits *waits, int64_t now_us) {
        for (int lane = 0; lane < LANE_COUNT; lane++) {
                uint64_t judged = (uint64_t)bench->shard->positions[0].next_offset[lane];

                for (; bench->judged[lane] < judged; bench->judged[lane]++) {
                        int64_t us = now_us - bench->due_us[lane][bench->judged[lane] % IN_FLIGHT];

                        if (us > waits->longest_us)
                                waits->longest_us = us;
                        waits->count[us < SHOWN_US ? us : SHOWN_US - 1]++;
                        waits->events++;
                }
        }
}

static void take_owed(struct shard *shard) {
        void *items;
        uint32_t count;

        while ((count = ring_peek(&shard->outbox.ring, 64, &items)) > 0) {
                for (uint32_t i = 0; i < count; i++)
                        outbox_owed_drop((struct outbox_owed *)items + i);
                ring_release(&shard->outbox.ring, count);
        }
}

static void take_checkpoint(struct checkpoint *checkpoint) {
        if (!checkpoint_is_owed(checkpoint))
                return;
        for (uint32_t i = 0; i < checkpoint->part_count; i++)
                checkpoint->parts[i].outcome = CHECKPOINT_SAVED;
        checkpoint_give_back(checkpoint);
}

/* --- the shard --------------------------------------------------------------------------------------- */

static int64_t own_us(void) {
        struct timespec now;

        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
        return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

static int turn(struct bench *bench) {
        int64_t since_ms = (bench->clock_us() - bench->began_us) / 1000;

        return shard_turn(bench->shard, bench->began_ms + since_ms, since_ms);
}

static void run(struct bench *bench) {
        struct shard *shard = bench->shard;

        bench->began_us = bench->clock_us();
        bench->began_ms = clock_wall_ms();
        while (!atomic_load_explicit(&bench->over, memory_order_acquire)) { /* X2 <- X1 */
                bool quiet = atomic_load_explicit(&bench->edition, memory_order_relaxed) == 0;

                feed(bench, bench->clock_us());

                int64_t began_us = own_us();
                int wait_ms = turn(bench);
                int64_t took_us = own_us() - began_us;

                if (took_us > bench->turn_us && !quiet)
                        bench->turn_us = took_us;
                note_waits(bench, quiet ? bench->before : bench->during, bench->clock_us());
                take_owed(shard);
                take_checkpoint(&shard->checkpoint);
                if (wait_ms > 0 && bench->clock_us == clock_mono_us)
                        usleep(PAUSE_US);
        }
        while (bench->judged[LANE_ALARM] + bench->judged[LANE_TELEMETRY] < bench->sent) {
                (void)turn(bench);
                note_waits(bench, bench->during, bench->clock_us());
                take_owed(shard);
        }
}

/* --- setting up ----------------------------------------------------------------------------------------- */

static int open_partition(struct shard *shard) {
        struct checkpoint_restored *restored = calloc(1, sizeof(*restored));
        struct shard_control *control = ring_reserve(&shard->control);

        if (!restored || !control) {
                free(restored);
                return err_raise(-ENOMEM);
        }
        *restored = (struct checkpoint_restored){.generation = GENERATION, .epoch = 1};
        *control = (struct shard_control){
                .type = SHARD_CONTROL_OPEN, .generation = GENERATION, .restored = restored};
        ring_commit(&shard->control);
        (void)shard_turn(shard, clock_wall_ms(), 0);
        return shard_failed(shard);
}

/* Set up the shard as in rules/program.c, with one shard and one partition. */
static int shard_move_in(struct bench *bench) {
        struct shard_options options = {
                .shard_count = 1,
                .partition_count = 1,
                .lane_slots = {[LANE_ALARM] = 1024, [LANE_TELEMETRY] = 4096},
                .control_slots = 1024,
                .owed_slots = 256,
                .elders_expected = 4096,
                .checkpoint_interval_ms = 1000,
                .settle_ms = -1,
                .rules = bench->reload.rules,
                .consumer_bell = &bench->bell,
                .consumer_space_bell = &bench->bell,
                .emit_bell = &bench->bell,
                .state_bell = &bench->bell,
        };
        int64_t now_ms = clock_wall_ms();
        int r = shard_init(bench->shard, &options, now_ms);

        for (uint32_t i = 0; r == 0 && i < bench->elder_count; i++) {
                struct elder_profile profile;

                chatter_elder(&bench->chatter, i, now_ms, &profile);
                r = engine_elder_put(bench->shard->engine, &profile, now_ms);
        }
        if (r == 0)
                r = open_partition(bench->shard);
        reload_connect(&bench->reload, bench->shard, 1);
        return r;
}

static int count_samples(struct bench *bench) {
        struct lang_options options = {.paths = &bench->sample, .path_count = 1};
        struct lang_counts counts = {0};
        struct rule_set *rules = NULL;
        struct diag *diag = NULL;
        int r = diag_new(&diag);

        if (r < 0)
                return r;
        r = lang_load(&rules, &options, diag, &counts);
        if (r != 0)
                diag_print(diag, stderr, false);
        diag_free(diag);
        rule_set_free(rules);
        bench->sample_rules = (uint32_t)counts.rules;
        return r > 0 ? err_raise_why(-EINVAL, "the sample rules are refused") : r;
}

static int rules_move_in(struct bench *bench) {
        static char zone[] = "Asia/Shanghai";
        int r = count_samples(bench);

        snprintf(bench->folder, sizeof(bench->folder), "/tmp/vigil-reload-XXXXXX");
        if (r == 0 && !mkdtemp(bench->folder))
                r = err_raise(-errno);
        if (r == 0)
                r = city_rules_write(bench->folder, bench->sample, bench->sample_rules,
                                     CITY_RULES_FIRST);
        if (r == 0)
                r = city_rules_overrides_write(bench->folder, OVERRIDES, bench->elder_count,
                                               clock_wall_ms());
        bench->conf.rules.files = bench->folder;
        bench->conf.site.time_zone = zone;
        if (r == 0)
                r = reload_init(&bench->reload, &bench->conf, false);
        if (r == 0 && rule_set_count(bench->reload.rules) != CITY_RULES)
                r = err_raise_why(-EINVAL, "there are %u rules, not %d",
                                  rule_set_count(bench->reload.rules), CITY_RULES);
        return r > 0 ? err_raise(-EINVAL) : r;
}

static int move_in(struct bench *bench) {
        int r = doorbell_init(&bench->bell);

        bench->shard = aligned_alloc(alignof(struct shard), sizeof(*bench->shard));
        bench->before = calloc(1, sizeof(*bench->before));
        bench->during = calloc(1, sizeof(*bench->during));
        for (int lane = 0; lane < LANE_COUNT; lane++) {
                bench->due_us[lane] = calloc(IN_FLIGHT, sizeof(*bench->due_us[lane]));
                if (!bench->due_us[lane])
                        return err_raise(-ENOMEM);
        }
        if (!bench->shard || !bench->before || !bench->during)
                return err_raise(-ENOMEM);
        memset(bench->shard, 0, sizeof(*bench->shard));
        bench->shard->bell.fd = -1;
        if (r == 0)
                r = chatter_init(&bench->chatter, bench->elder_count);
        if (r == 0)
                r = rules_move_in(bench);
        return r == 0 ? shard_move_in(bench) : r;
}

static void move_out(struct bench *bench) {
        if (bench->shard)
                shard_fini(bench->shard);
        free(bench->shard);
        reload_fini(&bench->reload);
        chatter_fini(&bench->chatter);
        for (int lane = 0; lane < LANE_COUNT; lane++)
                free(bench->due_us[lane]);
        free(bench->before);
        free(bench->during);
        if (bench->folder[0])
                city_rules_remove(bench->folder);
}

/* --- figures -------------------------------------------------------------------------------------------- */

static double share_ms(const struct waits *waits, double share) {
        uint64_t left = (uint64_t)((double)waits->events * share);
        int us = 0;

        while (us < SHOWN_US - 1 && left > waits->count[us])
                left -= waits->count[us++];
        return us / 1000.0;
}

static void print(const struct bench *bench) {
        struct engine_stats stats;

        engine_read_stats(bench->shard->engine, &stats);

        int64_t lost = (int64_t)(bench->sent - stats.events + stats.duplicates +
                                 stats.unknown_elders + stats.not_ours);

        printf("{\"name\":\"reload\",\"max_wait_ms\":%.1f,\"events_lost\":%lld,\"elders\":%u,"
               "\"rules\":%u,\"overrides\":%d,\"reloads\":%d,\"events\":%llu,\"events_per_s\":%d,"
               "\"p50_wait_ms\":%.2f,\"p999_wait_ms\":%.2f,\"max_wait_before_ms\":%.1f,"
               "\"longest_turn_cpu_ms\":%.1f,\"load_ms\":%lld,\"bytes_per_elder\":%zu,",
               bench->during->longest_us / 1000.0, (long long)lost, stats.elders,
               rule_set_count(bench->reload.rules), OVERRIDES, CITY_RULES_EDITIONS,
               (unsigned long long)bench->sent, EVENTS_A_SECOND, share_ms(bench->during, 0.5),
               share_ms(bench->during, 0.999), bench->before->longest_us / 1000.0,
               bench->turn_us / 1000.0, (long long)bench->load_ms, stats.bytes_per_elder);
        chatter_print_machine();
        printf("}\n");
}

static int usage(void) {
        fprintf(stderr, "usage: reload [--full] [--own-clock] [--elders N] [--rules DIR]\n");
        return 2;
}

int main(int argc, char **argv) {
        static struct bench bench = {.elder_count = ELDERS,
                                     .sample = "configs/rules",
                                     .after_ms = AFTER_MS,
                                     .clock_us = clock_mono_us};
        pthread_t loader;
        int r;

        for (int i = 1; i < argc; i++) {
                if (strcmp(argv[i], "--full") == 0)
                        bench.after_ms = FULL_AFTER_MS;
                else if (strcmp(argv[i], "--own-clock") == 0)
                        bench.clock_us = own_us;
                else if (strcmp(argv[i], "--elders") == 0 && i + 1 < argc)
                        bench.elder_count = (uint32_t)strtoul(argv[++i], NULL, 10);
                else if (strcmp(argv[i], "--rules") == 0 && i + 1 < argc)
                        bench.sample = argv[++i];
                else
                        return usage();
        }
        if (bench.elder_count < OVERRIDES)
                return usage();
        bench.reload.inotify_fd = -1;
        log_open("bench", false, LOG_WARN);
        r = move_in(&bench);
        if (r == 0)
                r = -pthread_create(&loader, NULL, edit, &bench);
        if (r == 0) {
                run(&bench);
                pthread_join(loader, NULL);
                r = bench.failed;
        }
        if (r == 0)
                print(&bench);
        else
                err_report("reload", r);
        move_out(&bench);
        return r != 0;
}

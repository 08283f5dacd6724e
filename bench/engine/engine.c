/* SPDX-License-Identifier: MIT
 *
 * The engine alone, on one core: events in memory, in order, to verdicts.
 *
 *      engine [--full] [--rules DIR]
 *
 * 100,000 elders with four devices each send events in realistic proportions (bench/engine/chatter.h), each elder
 * about once in ten seconds, in random order. The engine evaluates them with the sample rules, including
 * deadlines, in batches of 256 with a tick every 100 ms of simulated time.
 *
 * The baseline runs in the same process on the same events: look up the elder in an open-addressing table with
 * prefetch, compare one value with eight thresholds of the elder, store it. Rounds of the two alternate and
 * the results are medians over rounds, so that other load on the machine affects both.
 *
 * The last line is JSON. --full adds a run with a million elders.
 */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <time.h>

#include "bench/engine/chatter.h"
#include "common/base/err.h"
#include "rules/eval/engine.h"
#include "rules/lang/lang.h"

enum {
        ROUND_EVENTS = 1 << 19,
        ROUNDS = 24,
        WARM_ROUNDS = 3,
        BATCH = 256,
        EVENT_EVERY_MS = 10000, /* between events of one elder, on average */
        BARE_STATE_BYTES = 256,
        BARE_AHEAD = 16,
};

#define BEGIN_MS INT64_C(1790000000000)

static double now_s(void) {
        struct timespec now;

        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
        return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

/* --- a round of events ------------------------------------------------------------------------- */

struct events {
        struct chatter chatter;
        struct event *round; /* the ROUND_EVENTS events of a round */
        int64_t time_ms;
        uint64_t verdicts;
};

static int events_init(struct events *events, uint32_t elder_count) {
        *events = (struct events){.time_ms = BEGIN_MS};
        events->round = aligned_alloc(64, (size_t)ROUND_EVENTS * sizeof(*events->round));
        if (!events->round)
                return err_raise(-ENOMEM);
        return chatter_init(&events->chatter, elder_count);
}

static void events_fini(struct events *events) {
        chatter_fini(&events->chatter);
        free(events->round);
}

static void events_speak(struct events *events) {
        double step_ms = (double)EVENT_EVERY_MS / events->chatter.elder_count;

        for (uint32_t i = 0; i < ROUND_EVENTS; i++)
                chatter_say(&events->chatter, events->time_ms + (int64_t)(i * step_ms),
                            &events->round[i]);
        events->time_ms += (int64_t)(ROUND_EVENTS * step_ms);
}

static void count_verdict(void *context, const struct verdict *verdict) {
        ((struct events *)context)->verdicts++;
}

/* --- the engine --------------------------------------------------------------------------------- */

static int engine_move_in(struct engine **ret, struct events *events,
                          const struct rule_set *rules) {
        const struct chatter *chatter = &events->chatter;
        struct engine_options options = {
                .elders_expected = chatter->elder_count, .sink = count_verdict, .context = events};
        struct engine *engine;
        int r = engine_new(&engine, &options, rules, BEGIN_MS);

        if (r == 0)
                r = engine_partition_open(engine, 0, BEGIN_MS);
        for (uint32_t i = 0; r == 0 && i < chatter->elder_count; i++) {
                struct elder_profile profile;

                chatter_elder(chatter, i, BEGIN_MS, &profile);
                r = engine_elder_put(engine, &profile, BEGIN_MS);
        }
        *ret = engine;
        return r;
}

/* Return: nanoseconds per event. *ret_stall_us: raised to the time of the longest batch with its ticks. All times are
 * processor time of the thread, so that other processes do not count. */
static double engine_round(struct engine *engine, const struct events *events,
                           double *ret_stall_us) {
        int64_t tick_ms = events->round[0].received_time_ms;
        double began_s = now_s();

        for (uint32_t i = 0; i < ROUND_EVENTS; i += BATCH) {
                int64_t now_ms = events->round[i + BATCH - 1].received_time_ms + 1;
                double call_s = now_s();

                engine_events(engine, &events->round[i], NULL, BATCH, now_ms);
                for (; tick_ms <= now_ms; tick_ms += 100)
                        engine_tick(engine, tick_ms);
                call_s = now_s() - call_s;
                if (call_s * 1e6 > *ret_stall_us)
                        *ret_stall_us = call_s * 1e6;
        }
        return (now_s() - began_s) * 1e9 / ROUND_EVENTS;
}

/* --- the floor ---------------------------------------------------------------------------------- */

struct bare_slot {
        uint32_t hash, next, index;
};

struct bare_event {
        uint32_t elder_hash;
        uint32_t kind;
        float value;
        uint32_t time;
};

struct bare {
        struct bare_slot *slots;
        uint32_t mask;
        unsigned char *states;
        struct bare_event *events;
        uint64_t over;
};

static void *big_pages(size_t bytes) {
        size_t whole = (bytes + (2u << 20) - 1) & ~(size_t)((2u << 20) - 1);
        void *memory = aligned_alloc(2u << 20, whole);

        if (memory) {
                (void)madvise(memory, whole, MADV_HUGEPAGE);
                memset(memory, 0, whole);
        }
        return memory;
}

static uint32_t bare_find(const struct bare *bare, uint32_t hash) {
        uint32_t at = hash * UINT32_C(0x9e3779b1) & bare->mask;

        while (bare->slots[at].next && bare->slots[at].hash != hash)
                at = (at + 1) & bare->mask;
        return at;
}

static int bare_init(struct bare *bare, const struct chatter *chatter) {
        uint32_t slots = 64;

        while (slots < chatter->elder_count * 2)
                slots *= 2;
        *bare = (struct bare){.mask = slots - 1};
        bare->slots = big_pages(slots * sizeof(*bare->slots));
        bare->states = big_pages((size_t)chatter->elder_count * BARE_STATE_BYTES);
        bare->events = aligned_alloc(64, ROUND_EVENTS * sizeof(*bare->events));
        if (!bare->slots || !bare->states || !bare->events)
                return err_raise(-ENOMEM);
        for (uint32_t i = 0; i < chatter->elder_count; i++) {
                uint32_t hash = chatter->templates[(size_t)i * CHATTER_DEVICES].elder_hash;
                float *limits = (float *)(bare->states + (size_t)i * BARE_STATE_BYTES);

                bare->slots[bare_find(bare, hash)] =
                        (struct bare_slot){.hash = hash, .next = 1, .index = i};
                for (int k = 0; k < 8; k++)
                        limits[k] = 119.0f + (float)k;
        }
        return 0;
}

static void bare_fini(struct bare *bare) {
        free(bare->slots);
        free(bare->states);
        free(bare->events);
}

static void bare_read(struct bare *bare, const struct events *events) {
        for (uint32_t i = 0; i < ROUND_EVENTS; i++)
                bare->events[i] = (struct bare_event){
                        .elder_hash = events->round[i].elder_hash,
                        .kind = events->round[i].kind,
                        .value = (float)events->round[i].value,
                        .time = i,
                };
}

static double bare_round(struct bare *bare) {
        uint64_t over = 0;
        double began_s = now_s();

        for (uint32_t i = 0; i < ROUND_EVENTS; i++) {
                const struct bare_event *event = &bare->events[i];

                if (i + 2 * BARE_AHEAD < ROUND_EVENTS)
                        __builtin_prefetch(&bare->slots[event[2 * BARE_AHEAD].elder_hash *
                                                                UINT32_C(0x9e3779b1) &
                                                        bare->mask]);
                if (i + BARE_AHEAD < ROUND_EVENTS) {
                        uint32_t at = bare_find(bare, event[BARE_AHEAD].elder_hash);

                        __builtin_prefetch(bare->states +
                                           (size_t)bare->slots[at].index * BARE_STATE_BYTES);
                }

                uint32_t at = bare_find(bare, event->elder_hash);
                float *state =
                        (float *)(bare->states + (size_t)bare->slots[at].index * BARE_STATE_BYTES);
                uint32_t hits = 0;

                for (int k = 0; k < 8; k++)
                        hits += event->value > state[k];
                state[8] = event->value;
                over += hits;
        }
        bare->over += over;
        return (now_s() - began_s) * 1e9 / ROUND_EVENTS;
}

/* --- figures ------------------------------------------------------------------------------------ */

struct figures {
        double engine_ns, bare_ns, stall_us, fill_s;
        struct engine_stats stats;
        uint64_t verdicts;
        long rss_kib;
};

static int compare(const void *a, const void *b) {
        double x = *(const double *)a;
        double y = *(const double *)b;

        return (x > y) - (x < y);
}

static double median(double *values, int count) {
        qsort(values, (size_t)count, sizeof(*values), compare);
        return values[count / 2];
}

static int measure(uint32_t elder_count, const struct rule_set *rules, struct figures *ret) {
        double engine_ns[ROUNDS], bare_ns[ROUNDS];
        struct engine *engine = NULL;
        struct bare bare = {0};
        struct events events;
        struct rusage usage;
        double began_s = now_s();
        int r;

        *ret = (struct figures){0};
        r = events_init(&events, elder_count);
        if (r == 0)
                r = engine_move_in(&engine, &events, rules);
        if (r == 0)
                r = bare_init(&bare, &events.chatter);
        if (r < 0)
                goto out;
        ret->fill_s = now_s() - began_s;
        for (int i = -WARM_ROUNDS; i < ROUNDS; i++) {
                double stall_us = 0;

                events_speak(&events);
                bare_read(&bare, &events);

                double engine_one = engine_round(engine, &events, &stall_us);
                double bare_one = bare_round(&bare);

                if (i < 0)
                        continue;
                engine_ns[i] = engine_one;
                bare_ns[i] = bare_one;
                if (stall_us > ret->stall_us)
                        ret->stall_us = stall_us;
        }
        ret->engine_ns = median(engine_ns, ROUNDS);
        ret->bare_ns = median(bare_ns, ROUNDS);
        ret->verdicts = events.verdicts;
        engine_read_stats(engine, &ret->stats);
        getrusage(RUSAGE_SELF, &usage);
        ret->rss_kib = usage.ru_maxrss;
        if (bare.over == 0)
                r = err_raise_why(-EIO, "the floor found nothing over its limits");
out:
        engine_free(engine);
        bare_fini(&bare);
        events_fini(&events);
        return r;
}

static void print_figures(const struct figures *figures, uint32_t elders) {
        printf("\"events_per_s\":%.0f,\"ns_per_event\":%.1f,\"bytes_per_elder\":%zu,\"elders\":%u,"
               "\"verdicts\":%llu,\"timers_fired\":%llu,\"rules_run\":%llu,\"longest_call_us\":%."
               "0f,"
               "\"bare_ns\":%.1f,\"ratio\":%.2f",
               1e9 / figures->engine_ns, figures->engine_ns, figures->stats.bytes_per_elder, elders,
               (unsigned long long)figures->verdicts,
               (unsigned long long)figures->stats.timers_fired,
               (unsigned long long)figures->stats.rules_run, figures->stall_us, figures->bare_ns,
               figures->engine_ns / figures->bare_ns);
}

static int load_rules(struct rule_set **ret, const char *dir) {
        const char *paths[] = {dir};
        struct lang_options options = {
                .paths = paths, .path_count = 1, .time_zone = "Asia/Shanghai", .now_ms = BEGIN_MS};
        struct diag *diag;
        int r = diag_new(&diag);

        if (r < 0)
                return r;
        r = lang_load(ret, &options, diag, NULL);
        if (r != 0)
                diag_print(diag, stderr, false);
        diag_free(diag);
        return r;
}

int main(int argc, char **argv) {
        const char *dir = "configs/rules";
        struct rule_set *rules = NULL;
        struct figures chatter, city;
        bool full = false;
        int r;

        for (int i = 1; i < argc; i++) {
                if (strcmp(argv[i], "--full") == 0) {
                        full = true;
                } else if (strcmp(argv[i], "--rules") == 0 && i + 1 < argc) {
                        dir = argv[++i];
                } else {
                        fprintf(stderr, "usage: engine [--full] [--rules DIR]\n");
                        return 2;
                }
        }

        r = load_rules(&rules, dir);
        if (r == 0)
                r = measure(100000, rules, &chatter);
        if (r == 0 && full)
                r = measure(1000000, rules, &city);
        if (r == 0) {
                printf("{\"name\":\"engine\",");
                print_figures(&chatter, 100000);
                printf(",\"rules\":%u,", rule_set_count(rules));
                if (full) {
                        printf("\"city\":{");
                        print_figures(&city, 1000000);
                        printf(",\"rss_mib\":%ld},", city.rss_kib / 1024);
                }
                chatter_print_machine();
                printf("}\n");
        } else {
                err_report("engine", r);
        }
        rule_set_free(rules);
        return r != 0;
}

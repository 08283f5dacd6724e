/* SPDX-License-Identifier: MIT
 *
 * The engine alone: recorded events in memory, in order; verdicts out; one core.
 *
 *      engine [--full] [--rules DIR]
 *
 * A town of elders with four devices each speaks as it does in life: motion and vitals most of the
 * time, heartbeats, now and then a battery or an alarm; each elder about once in ten seconds, in no
 * order that a cache could guess. The engine judges it with the sample rules, deadlines included,
 * in batches of 256 with a tick every 100 ms of the town's time.
 *
 * Beside it, in the same run and on the same elders in the same order, the floor: look the elder up in
 * an open-addressing table, fetch ahead, compare one value with eight thresholds of the elder, store it.
 * Rounds of the two alternate; figures are medians over rounds, so that a neighbour on the machine
 * disturbs both or neither.
 *
 * The last line is JSON. --full adds a town of a million elders.
 */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <time.h>

#include "common/err.h"
#include "common/murmur2.h"
#include "rules/eval/engine.h"
#include "rules/lang/lang.h"

enum {
        ROUND_EVENTS = 1 << 19,
        ROUNDS = 24,
        WARM_ROUNDS = 3,
        BATCH = 256,
        DEVICES = 4,
        EVENT_EVERY_MS = 10000, /* of one elder */
        BARE_STATE_BYTES = 256,
        BARE_AHEAD = 16,
};

#define BEGIN_MS INT64_C(1790000000000)

/* xorshift64*: the town is the same in every run. */
static uint64_t random_state;

static uint32_t random_below(uint32_t limit) {
        random_state ^= random_state >> 12;
        random_state ^= random_state << 25;
        random_state ^= random_state >> 27;
        return (uint32_t)((random_state * UINT64_C(2685821657736338717) >> 32) * limit >> 32);
}

static double now_s(void) {
        struct timespec now;

        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
        return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

/* --- the town ----------------------------------------------------------------------------------- */

static const struct {
        const char *suffix, *device_class, *room;
        int64_t heartbeat_ms;
} device_kinds[DEVICES] = {
        {"b", "wristband", "", 300000},
        {"m", "motion_sensor", "living", 3600000},
        {"s", "sos_button", "", 43200000},
        {"f", "smoke_detector", "kitchen", 3600000},
};

struct town {
        uint32_t elder_count;
        struct event *templates; /* elder and device, DEVICES for each elder */
        uint32_t *sequences;     /* of each device */
        struct event *events;    /* of one round */
        int64_t time_ms;
        uint64_t verdicts;
};

static void town_elder(const struct town *town, uint32_t number, struct elder_profile *ret) {
        static const char *const levels[] = {"self_reliant", "partial", "full"};
        static const char *const conditions[] = {"dementia", "copd", "af", "diabetes", "stroke"};

        *ret = (struct elder_profile){.device_count = DEVICES, .lives_alone = true};
        snprintf(ret->elder_id, sizeof(ret->elder_id), "E%07u", number);
        ret->elder_hash = murmur2(ret->elder_id, strlen(ret->elder_id));
        snprintf(ret->care_level, sizeof(ret->care_level), "%s", levels[number % 3]);
        snprintf(ret->district, sizeof(ret->district), "grid-%u", number % 64);
        if (number % 4 == 0) {
                ret->condition_count = 1;
                snprintf(ret->conditions[0], ELDER_WORD_BYTES, "%s", conditions[number / 4 % 5]);
        }
        for (uint32_t i = 0; i < DEVICES; i++) {
                struct event *event = &town->templates[number * DEVICES + i];
                char *id = ret->devices[i].device_id;

                snprintf(id, DEVICE_ID_BYTES, "%s-%u", device_kinds[i].suffix, number);
                ret->devices[i].device_hash = murmur2(id, strlen(id));
                ret->devices[i].heartbeat_ms = device_kinds[i].heartbeat_ms;
                ret->devices[i].commissioned_time_ms = BEGIN_MS;
                snprintf(ret->devices[i].device_class, ELDER_WORD_BYTES, "%s",
                         device_kinds[i].device_class);
                snprintf(ret->devices[i].room, ELDER_WORD_BYTES, "%s", device_kinds[i].room);
                *event = (struct event){.boot_id = 1, .confidence_pct = 95};
                event_set_ids(event, ret->elder_id, id);
        }
}

/* What one device says, and how often out of 100,000. */
static const struct saying {
        uint32_t share;
        uint16_t kind;
        uint8_t device;
        double from, to;
} sayings[] = {
        {35000, KIND_MOTION, 1, 1, 1},
        {25000, KIND_HEART_RATE, 0, 55, 118},
        {10000, KIND_SPO2, 0, 91, 99},
        {4000, KIND_RESPIRATION_RATE, 0, 11, 24},
        {3000, KIND_SKIN_TEMPERATURE, 0, 31, 36},
        {1500, KIND_SYSTOLIC_BP, 0, 100, 178},
        {500, KIND_BODY_TEMPERATURE, 0, 36, 37.8},
        {4000, KIND_STEPS, 0, 1, 40},
        {8000, KIND_HEARTBEAT, 0, 1, 1},
        {3000, KIND_HEARTBEAT, 1, 1, 1},
        {2000, KIND_HEARTBEAT, 3, 1, 1},
        {1000, KIND_HEARTBEAT, 2, 1, 1},
        {1500, KIND_BATTERY, 0, 5, 100},
        {980, KIND_BED_IN, 1, 1, 1},
        {300, KIND_HEART_RATE, 0, 121, 150},
        {200, KIND_SPO2, 0, 82, 89},
        {10, KIND_FALL, 0, 1, 1},
        {6, KIND_SOS, 2, 1, 1},
        {4, KIND_SMOKE, 3, 1, 1},
};

static const struct saying *saying_of(uint32_t lot) {
        size_t i = 0;

        while (lot >= sayings[i].share)
                lot -= sayings[i++].share;
        return &sayings[i];
}

static void town_speak(struct town *town) {
        double step_ms = (double)EVENT_EVERY_MS / town->elder_count;

        for (uint32_t i = 0; i < ROUND_EVENTS; i++) {
                const struct saying *saying = saying_of(random_below(100000));
                uint32_t device = random_below(town->elder_count) * DEVICES + saying->device;
                struct event *event = &town->events[i];

                *event = town->templates[device];
                event->received_time_ms = town->time_ms + (int64_t)(i * step_ms);
                event->device_time_ms = event->received_time_ms - random_below(400);
                event->sequence = ++town->sequences[device];
                event->kind = saying->kind;
                event->value =
                        saying->from + (saying->to - saying->from) * random_below(1000) / 1000.0;
                event->validity = random_below(100) < 2 ? VALIDITY_ARTEFACT : VALIDITY_VALID;
        }
        town->time_ms += (int64_t)(ROUND_EVENTS * step_ms);
}

static void count_verdict(void *context, const struct verdict *verdict) {
        ((struct town *)context)->verdicts++;
}

static int town_init(struct town *town, uint32_t elder_count) {
        *town = (struct town){.elder_count = elder_count, .time_ms = BEGIN_MS};
        town->templates = calloc((size_t)elder_count * DEVICES, sizeof(*town->templates));
        town->sequences = calloc((size_t)elder_count * DEVICES, sizeof(*town->sequences));
        town->events = aligned_alloc(64, (size_t)ROUND_EVENTS * sizeof(*town->events));
        random_state = 88172645463325252u;
        return town->templates && town->sequences && town->events ? 0 : err_raise(-ENOMEM);
}

static void town_fini(struct town *town) {
        free(town->templates);
        free(town->sequences);
        free(town->events);
}

/* --- the engine --------------------------------------------------------------------------------- */

static int engine_move_in(struct engine **ret, struct town *town, const struct rule_set *rules) {
        struct engine_options options = {
                .elders_expected = town->elder_count, .sink = count_verdict, .context = town};
        struct engine *engine;
        int r = engine_new(&engine, &options, rules, BEGIN_MS);

        if (r == 0)
                r = engine_partition_open(engine, 0, BEGIN_MS);
        for (uint32_t i = 0; r == 0 && i < town->elder_count; i++) {
                struct elder_profile profile;

                town_elder(town, i, &profile);
                r = engine_elder_put(engine, &profile, BEGIN_MS);
        }
        *ret = engine;
        return r;
}

/* Nanoseconds an event; *ret_stall_us: the longest batch with its ticks. Processor time, as all
 * figures here: what the machine gives to others in between is not the engine's. */
static double engine_round(struct engine *engine, const struct town *town, double *ret_stall_us) {
        int64_t tick_ms = town->events[0].received_time_ms;
        double began_s = now_s();

        for (uint32_t i = 0; i < ROUND_EVENTS; i += BATCH) {
                int64_t now_ms = town->events[i + BATCH - 1].received_time_ms + 1;
                double call_s = now_s();

                engine_events(engine, &town->events[i], NULL, BATCH, now_ms);
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

static int bare_init(struct bare *bare, const struct town *town) {
        uint32_t slots = 64;

        while (slots < town->elder_count * 2)
                slots *= 2;
        *bare = (struct bare){.mask = slots - 1};
        bare->slots = big_pages(slots * sizeof(*bare->slots));
        bare->states = big_pages((size_t)town->elder_count * BARE_STATE_BYTES);
        bare->events = aligned_alloc(64, ROUND_EVENTS * sizeof(*bare->events));
        if (!bare->slots || !bare->states || !bare->events)
                return err_raise(-ENOMEM);
        for (uint32_t i = 0; i < town->elder_count; i++) {
                uint32_t hash = town->templates[(size_t)i * DEVICES].elder_hash;
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

static void bare_read(struct bare *bare, const struct town *town) {
        for (uint32_t i = 0; i < ROUND_EVENTS; i++)
                bare->events[i] = (struct bare_event){
                        .elder_hash = town->events[i].elder_hash,
                        .kind = town->events[i].kind,
                        .value = (float)town->events[i].value,
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
        struct town town;
        struct rusage usage;
        double began_s = now_s();
        int r;

        *ret = (struct figures){0};
        r = town_init(&town, elder_count);
        if (r == 0)
                r = engine_move_in(&engine, &town, rules);
        if (r == 0)
                r = bare_init(&bare, &town);
        if (r < 0)
                goto out;
        ret->fill_s = now_s() - began_s;
        for (int i = -WARM_ROUNDS; i < ROUNDS; i++) {
                double stall_us = 0;

                town_speak(&town);
                bare_read(&bare, &town);

                double engine_one = engine_round(engine, &town, &stall_us);
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
        ret->verdicts = town.verdicts;
        engine_stats(engine, &ret->stats);
        getrusage(RUSAGE_SELF, &usage);
        ret->rss_kib = usage.ru_maxrss;
        if (bare.over == 0)
                r = err_raise_why(-EIO, "the floor found nothing over its limits");
out:
        engine_free(engine);
        bare_fini(&bare);
        town_fini(&town);
        return r;
}

static void print_machine(void) {
        char line[256];
        const char *model = "unknown";
        FILE *info = fopen("/proc/cpuinfo", "re");

        while (info && fgets(line, sizeof(line), info)) {
                char *colon = strchr(line, ':');

                if (strncmp(line, "model name", 10) != 0 || !colon)
                        continue;
                colon[strcspn(colon, "\n")] = '\0';
                model = colon + 2;
                break;
        }
        printf("\"machine\":\"%s, %s\"", model, __VERSION__);
        if (info)
                fclose(info);
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
        struct figures town, city;
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
                r = measure(100000, rules, &town);
        if (r == 0 && full)
                r = measure(1000000, rules, &city);
        if (r == 0) {
                printf("{\"name\":\"engine\",");
                print_figures(&town, 100000);
                printf(",\"rules\":%u,", rule_set_count(rules));
                if (full) {
                        printf("\"city\":{");
                        print_figures(&city, 1000000);
                        printf(",\"rss_mib\":%ld},", city.rss_kib / 1024);
                }
                print_machine();
                printf("}\n");
        } else {
                err_report("engine", r);
        }
        rule_set_free(rules);
        return r != 0;
}

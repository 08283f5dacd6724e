/* SPDX-License-Identifier: MIT
 *
 * A million deadlines are due at the same moment while falls continue: do the deadlines of falls fire on time?
 *
 *      timers [--full] [--elders N]
 *
 * A production shard, with its rings, batches and ticks, holds a million elders. All of them moved at the
 * same moment ten minutes ago, so a million quiet deadlines are due at once. From then on a hundred elders
 * a second fall. Nobody cancels, so each fall must be raised when its hold of two seconds ends. Lateness is
 * the time from then until the alert is in the ring to Kafka, which is emptied in every turn.
 *
 * There are two runs: idle, with only the falls, and under load, with as many readings as the shard accepts. A run
 * lasts at least twenty seconds; the idle run continues until all quiet alerts are raised, and so does the run under
 * load with --full.
 */
#include <errno.h>
#include <stdalign.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench/engine/chatter.h"
#include "common/base/clock.h"
#include "common/base/err.h"
#include "common/base/murmur2.h"
#include "rules/eval/rule_set_builder.h"
#include "rules/shard/shard.h"

enum {
        ELDERS = 1000000,
        LIMIT_MS = 10 * 60 * 1000,
        HOLD_MS = 2000,
        RUN_MS = 20000,
        RUN_MAX_MS = 180000,
        FALL_EVERY_MS = 10,
        FALLS_MAX = RUN_MAX_MS / FALL_EVERY_MS,
        PAUSE_US = 1000, /* sleep of an idle shard */
        BATCH = 256,
        GENERATION = 1,
};

#define BEGIN_MS INT64_C(1790000000000)

struct figures {
        double late_ms[FALLS_MAX]; /* lateness of each raised fall */
        uint32_t falls, raised;
        uint32_t overdue; /* quiet alerts raised */
        int64_t told_ms;  /* time until the last of them; 0: some are missing */
        uint64_t readings;
        int64_t ran_ms;
};

struct bench {
        struct shard *shard;
        struct rule_set *rules;
        struct doorbell bell; /* for all threads that this bench leaves out */
        uint32_t elder_count;
        bool full;
        int64_t began_us;  /* start of the simulated time … */
        int64_t ahead_ms;  /* … and how much of it was skipped since */
        uint64_t sequence; /* sequence number, shared by all devices */
        uint32_t fell;     /* number of elders who have fallen */
        int64_t offset[LANE_COUNT];
};

static int64_t since_us(const struct bench *bench) {
        return clock_mono_us() - bench->began_us + bench->ahead_ms * 1000;
}

static int64_t now_ms(const struct bench *bench) {
        return BEGIN_MS + since_us(bench) / 1000;
}

/* --- people ---------------------------------------------------------------------------------------- */

static void elder_id(uint32_t number, char ret[EVENT_ELDER_ID_BYTES]) {
        snprintf(ret, EVENT_ELDER_ID_BYTES, "E%07u", number);
}

static struct event event_of(struct bench *bench, uint32_t number, unsigned int kind) {
        struct event event = {.kind = (uint16_t)kind,
                              .value = 70,
                              .confidence_pct = 100,
                              .boot_id = 1,
                              .sequence = ++bench->sequence,
                              .device_time_ms = now_ms(bench),
                              .received_time_ms = now_ms(bench)};
        char elder[EVENT_ELDER_ID_BYTES], device[EVENT_DEVICE_ID_BYTES];

        elder_id(number, elder);
        snprintf(device, sizeof(device), "%s-a", elder);
        (void)event_set_ids(&event, elder, device);
        return event;
}

/* Return: false if the ring is full. */
static bool put(struct bench *bench, enum lane lane, const struct event *event) {
        struct slot *slot = ring_reserve(&bench->shard->lane[lane]);

        if (!slot)
                return false;
        *slot = (struct slot){.type = SLOT_EVENT,
                              .lane = (uint8_t)lane,
                              .last = true,
                              .generation = GENERATION,
                              .offset = bench->offset[lane]++};
        slot->event = *event;
        ring_commit(&bench->shard->lane[lane]);
        return true;
}

static void fall(struct bench *bench, struct figures *figures) {
        struct event event = event_of(bench, bench->fell++, KIND_FALL);

        figures->falls += put(bench, LANE_ALARM, &event);
}

/* Fill the telemetry ring with readings. */
static void read_all(struct bench *bench, struct figures *figures) {
        for (;;) {
                uint32_t number = (uint32_t)(figures->readings * 7919 % bench->elder_count);
                struct event event = event_of(bench, number, KIND_HEART_RATE);

                if (!put(bench, LANE_TELEMETRY, &event))
                        return;
                figures->readings++;
        }
}

/* --- emit, for one turn ------------------------------------------------------------------------------ */

static void take_owed(struct bench *bench, struct figures *figures) {
        struct ring *ring = &bench->shard->outbox.ring;
        void *items;
        uint32_t count;

        while ((count = ring_peek(ring, 64, &items)) > 0) {
                double time_ms = (double)BEGIN_MS + (double)since_us(bench) / 1000.0;

                for (uint32_t i = 0; i < count; i++) {
                        const struct alert *alert = &((struct outbox_owed *)items + i)->alert;

                        if (figures && strcmp(alert->rule_id, "fall") == 0)
                                figures->late_ms[figures->raised++] =
                                        time_ms - (double)(alert->event_time_ms + HOLD_MS);
                        else if (figures && alert->transition == ALERT_RAISED)
                                figures->overdue++;
                        outbox_owed_drop((struct outbox_owed *)items + i);
                }
                ring_release(ring, count);
        }
}

static void everybody_moves(struct bench *bench) {
        struct event batch[BATCH];

        for (uint32_t i = 0; i < bench->elder_count;) {
                uint32_t count = 0;

                while (count < BATCH && i < bench->elder_count)
                        batch[count++] = event_of(bench, i++, KIND_MOTION);
                engine_events(bench->shard->engine, batch, NULL, count, now_ms(bench));
                take_owed(bench, NULL);
                (void)outbox_flush(&bench->shard->outbox);
        }
}

static int turn(struct bench *bench, struct figures *figures) {
        int wait_ms = shard_turn(bench->shard, now_ms(bench), since_us(bench) / 1000);

        take_owed(bench, figures);
        if (checkpoint_is_owed(&bench->shard->checkpoint)) {
                for (uint32_t i = 0; i < bench->shard->checkpoint.part_count; i++)
                        bench->shard->checkpoint.parts[i].outcome = CHECKPOINT_SAVED;
                checkpoint_give_back(&bench->shard->checkpoint);
        }
        return wait_ms;
}

/* --- a run ------------------------------------------------------------------------------------------- */

/* Everybody moves once, the time skips to the limit, and people fall. */
static void run(struct bench *bench, bool load, struct figures *figures) {
        int64_t begin_us, fall_ms = 0;
        bool over = false;

        everybody_moves(bench);
        bench->ahead_ms += LIMIT_MS;
        begin_us = since_us(bench);
        while (!over || figures->raised < figures->falls) {
                int64_t ran_ms = (since_us(bench) - begin_us) / 1000;

                for (; !over && fall_ms <= ran_ms; fall_ms += FALL_EVERY_MS)
                        fall(bench, figures);
                if (load && !over)
                        read_all(bench, figures);

                int wait_ms = turn(bench, figures);

                if (figures->told_ms == 0 && figures->overdue >= bench->elder_count)
                        figures->told_ms = ran_ms;
                if (!over && ((ran_ms >= RUN_MS && (figures->told_ms || (load && !bench->full))) ||
                              ran_ms >= RUN_MAX_MS - FALL_EVERY_MS)) {
                        over = true;
                        figures->ran_ms = ran_ms;
                }
                if (ran_ms > RUN_MAX_MS + RUN_MS)
                        return;
                if (wait_ms > 0)
                        usleep(PAUSE_US);
        }
}

/* --- setting up ---------------------------------------------------------------------------------------- */

static int rules_make(struct bench *bench) {
        struct rule fall = {.id = "fall",
                            .severity = SEVERITY_CRITICAL,
                            .class = ALERT_LIFE_SAFETY,
                            .latching = true,
                            .condition = {.type = CONDITION_HAPPENING}};
        struct rule quiet = {.id = "quiet",
                             .severity = SEVERITY_MAJOR,
                             .class = ALERT_ACTIVITY,
                             .condition = {.type = CONDITION_QUIET}};
        struct rule_set_builder *builder = NULL;
        uint32_t index;
        int r;

        fall.condition.happening.kind = KIND_FALL;
        fall.condition.happening.hold_ms = HOLD_MS;
        rule_kinds_add(&fall.condition.happening.cancel_kinds, KIND_BUTTON_CANCEL);
        quiet.condition.quiet.slot_count = 1;
        quiet.condition.quiet.slots[0].longer_than_ms = LIMIT_MS;
        rule_kinds_add(&quiet.condition.quiet.signals, KIND_MOTION);

        r = rule_set_builder_new(&builder);
        if (r == 0)
                r = rule_set_builder_add_rule(builder, &quiet, &index);
        if (r == 0)
                r = rule_set_builder_add_rule(builder, &fall, &index);
        if (r == 0)
                r = rule_set_builder_finish(builder, "timers", &bench->rules);
        rule_set_builder_free(builder);
        return r;
}

static int elder_put(struct bench *bench, uint32_t number) {
        struct elder_profile profile = {
                .device_count = 1, .latitude_deg = 30, .longitude_deg = 120};
        char *device = profile.devices[0].device_id;

        elder_id(number, profile.elder_id);
        profile.elder_hash = murmur2(profile.elder_id, strlen(profile.elder_id));
        snprintf(device, EVENT_DEVICE_ID_BYTES, "%s-a", profile.elder_id);
        profile.devices[0].device_hash = murmur2(device, strlen(device));
        return engine_elder_put(bench->shard->engine, &profile, now_ms(bench));
}

static int open_partition(struct bench *bench) {
        struct checkpoint_restored *restored = calloc(1, sizeof(*restored));
        struct shard_control *control = ring_reserve(&bench->shard->control);
        struct slot *caught_up = ring_reserve(&bench->shard->lane[LANE_ALARM]);

        if (!restored || !control || !caught_up) {
                free(restored);
                return err_raise(-ENOMEM);
        }
        *restored = (struct checkpoint_restored){.generation = GENERATION, .epoch = 1};
        *control = (struct shard_control){
                .type = SHARD_CONTROL_OPEN, .generation = GENERATION, .restored = restored};
        ring_commit(&bench->shard->control);
        *caught_up =
                (struct slot){.type = SLOT_CAUGHT_UP, .lane = LANE_ALARM, .generation = GENERATION};
        ring_commit(&bench->shard->lane[LANE_ALARM]);
        (void)turn(bench, NULL);
        return shard_failed(bench->shard);
}

static int move_in(struct bench *bench) {
        struct shard_options options = {
                .shard_count = 1,
                .partition_count = 1,
                .lane_slots = {[LANE_ALARM] = 1024, [LANE_TELEMETRY] = 4096},
                .control_slots = 1024,
                .owed_slots = 256,
                .elders_expected = 4096,
                .checkpoint_interval_ms = 1000,
                .settle_ms = -1,
                .consumer_bell = &bench->bell,
                .consumer_space_bell = &bench->bell,
                .emit_bell = &bench->bell,
                .state_bell = &bench->bell,
        };
        int r = rules_make(bench);

        if (r == 0)
                r = doorbell_init(&bench->bell);
        bench->shard = aligned_alloc(alignof(struct shard), sizeof(*bench->shard));
        if (!bench->shard)
                return err_raise(-ENOMEM);
        memset(bench->shard, 0, sizeof(*bench->shard));
        bench->shard->bell.fd = -1;
        bench->began_us = clock_mono_us();
        options.rules = bench->rules;
        if (r == 0)
                r = shard_init(bench->shard, &options, now_ms(bench));
        if (r == 0)
                r = open_partition(bench);
        for (uint32_t i = 0; r == 0 && i < bench->elder_count; i++)
                r = elder_put(bench, i);
        return r;
}

static void move_out(struct bench *bench) {
        if (bench->shard)
                shard_fini(bench->shard);
        free(bench->shard);
        rule_set_free(bench->rules);
}

/* --- figures ------------------------------------------------------------------------------------------- */

static int compare(const void *a, const void *b) {
        double x = *(const double *)a;
        double y = *(const double *)b;

        return (x > y) - (x < y);
}

static double share(const struct figures *figures, double part) {
        uint32_t at = (uint32_t)((double)figures->raised * part);

        return figures->raised == 0 ? 0 : figures->late_ms[at < figures->raised ? at : at - 1];
}

static void print_figures(const char *name, const struct figures *figures) {
        printf("\"%s\":{\"life_p50_lateness_ms\":%.1f,\"life_p99_lateness_ms\":%.1f,"
               "\"life_max_lateness_ms\":%.1f,\"falls\":%u,\"falls_missing\":%u,"
               "\"overdue_told\":%u,\"overdue_told_ms\":%lld},",
               name, share(figures, 0.5), share(figures, 0.99), share(figures, 1), figures->falls,
               figures->falls - figures->raised, figures->overdue, (long long)figures->told_ms);
}

static void print(const struct bench *bench, struct figures *idle, struct figures *load) {
        struct engine_stats stats;

        engine_read_stats(bench->shard->engine, &stats);
        qsort(idle->late_ms, idle->raised, sizeof(*idle->late_ms), compare);
        qsort(load->late_ms, load->raised, sizeof(*load->late_ms), compare);

        double worse_ms =
                share(idle, 0.99) > share(load, 0.99) ? share(idle, 0.99) : share(load, 0.99);

        printf("{\"name\":\"timers\",\"life_p99_lateness_ms\":%.1f,\"deadlines\":%u,", worse_ms,
               bench->elder_count);
        print_figures("idle", idle);
        print_figures("load", load);
        printf("\"readings_per_s\":%.0f,\"bytes_per_elder\":%zu,",
               (double)load->readings * 1000 / (double)load->ran_ms, stats.bytes_per_elder);
        chatter_print_machine();
        printf("}\n");
}

int main(int argc, char **argv) {
        static struct bench bench = {.elder_count = ELDERS, .bell.fd = -1};
        static struct figures idle, load;
        int r;

        for (int i = 1; i < argc; i++) {
                if (strcmp(argv[i], "--full") == 0) {
                        bench.full = true;
                } else if (strcmp(argv[i], "--elders") == 0 && i + 1 < argc) {
                        bench.elder_count = (uint32_t)strtoul(argv[++i], NULL, 10);
                } else {
                        fprintf(stderr, "usage: timers [--full] [--elders N]\n");
                        return 2;
                }
        }
        if (bench.elder_count < 2 * FALLS_MAX) {
                fprintf(stderr, "timers: at least %d elders\n", 2 * FALLS_MAX);
                return 2;
        }
        r = move_in(&bench);
        if (r == 0) {
                run(&bench, false, &idle);
                run(&bench, true, &load);
                print(&bench, &idle, &load);
                r = shard_failed(bench.shard);
        }
        if (r < 0)
                err_report("timers", r);
        move_out(&bench);
        return r != 0 || idle.raised < idle.falls || load.raised < load.falls;
}

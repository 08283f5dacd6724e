/* SPDX-License-Identifier: MIT */
#include "rules/consumer/consumer.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/clock.h"
#include "common/base/err.h"
#include "common/kafka/kafka.h"
#include "common/base/log.h"
#include "common/registry/registry_reader.h"
#include "rules/threads/stats.h"

enum {
        ALARM_RECORDS = 256,
        TELEMETRY_RECORDS = 32, /* then the alarm lane is read again */
        REST_MS = 100, /* for what rings no doorbell: retries, a wake-up that a queue missed */
        SHOW_MS = 1000,
        GIVE_BACK_LOOK_MS = 5, /* polling is cheap enough: only when the process ends */
};

static void fail(struct consumer *consumer, int r) {
        /* E1 -> E2: all that led to the failure is written before main sees it. */
        atomic_store_explicit(&consumer->failed, r, memory_order_release);
}

int consumer_failed(const struct consumer *consumer) {
        /* E2 <- E1 */
        return atomic_load_explicit(&consumer->failed, memory_order_acquire);
}

/* --- the group --------------------------------------------------------------------------------- */

static void on_rebalance(rd_kafka_t *kafka, rd_kafka_resp_err_t error,
                         rd_kafka_topic_partition_list_t *partitions, void *context) {
        struct consumer *consumer = context;

        if (error == RD_KAFKA_RESP_ERR__REVOKE_PARTITIONS && rd_kafka_assignment_lost(kafka) &&
            !kafka_watch_lets_join(consumer->kafka))
                member_lose(&consumer->member, clock_mono_ms());
        if (consumer->member.out ||
            atomic_load_explicit(&consumer->left, memory_order_relaxed)) { /* own variable */
                rd_kafka_assign(kafka, NULL);                              /* own nothing */
                return;
        }
        assign_note(&consumer->assign, error, partitions);
}

/* Connect lanes and assignment to a Kafka consumer that has just been opened. */
static void attach(struct consumer *consumer) {
        consumer->assign.consumer = consumer->member.consumer;
        for (int lane = 0; lane < LANE_COUNT; lane++)
                lane_reader_attach(&consumer->lanes[lane], consumer->member.consumer,
                                   consumer->bell.fd);
}

/* Give everything back that the expelled Kafka consumer has read, discard it, and open the next one when it is due. */
static bool replace_member(struct consumer *consumer, int64_t now_mono_ms) {
        if (consumer->member.consumer) {
                if (!assign_is_idle(&consumer->assign)) {
                        if (!consumer->assign.revoked && consumer->assign.phase != ASSIGN_CLOSING)
                                assign_leave(&consumer->assign);
                        return false;
                }
                for (int lane = 0; lane < LANE_COUNT; lane++)
                        if (!lane_reader_detach(&consumer->lanes[lane]))
                                return false;
                consumer->assign.consumer = NULL;
                member_discard(&consumer->member, now_mono_ms);
        }
        if (!kafka_watch_lets_join(consumer->kafka) ||
            !member_reopen(&consumer->member, now_mono_ms))
                return false;
        attach(consumer);
        return true;
}

/* Serves rebalances and errors only; messages arrive in the queues of the lanes. */
static bool serve_group(struct consumer *consumer, int64_t now_mono_ms) {
        const char *const topics[] = {consumer->assign.topics[LANE_ALARM],
                                      consumer->assign.topics[LANE_TELEMETRY]};
        bool done = false;

        member_subscribe(&consumer->member, topics, LANE_COUNT);
        done = member_poll(&consumer->member, now_mono_ms);
        if (consumer->member.out || !consumer->member.consumer)
                done |= replace_member(consumer, now_mono_ms);
        return done;
}

/* --- once a second ------------------------------------------------------------------------------ */

static int64_t lag_of(struct consumer *consumer, int lane, int32_t partition) {
        const struct lane_reader_partition *own = &consumer->lanes[lane].partitions[partition];
        int64_t first = 0, end = 0;

        if (own->generation == 0 ||
            rd_kafka_get_watermark_offsets(consumer->member.consumer, consumer->assign.topics[lane],
                                           partition, &first, &end) ||
            end < own->next_offset)
                return 0;
        return end - own->next_offset;
}

/* The client only knows the ends of partitions as of its last fetch, so without Kafka the lag is unknown. */
static bool lag_is_known(const struct consumer *consumer) {
        char missing[128];

        return consumer->assign.phase == ASSIGN_RUNNING &&
               (!consumer->kafka || kafka_watch_is_fine(consumer->kafka, missing, sizeof(missing)));
}

static void show(struct consumer *consumer) {
        for (int lane = 0; lane < LANE_COUNT; lane++) {
                int64_t lag = lag_is_known(consumer) ? 0 : -1;

                for (int32_t i = 0; lag >= 0 && i < consumer->assign.partition_count; i++)
                        lag += lag_of(consumer, lane, i);
                stat_set(STAT_LAG_ALARM + lane, lag);
        }
}

/* If a topic was created again, take everything again; but only once all topics exist and no taking is under way. */
static void look_at_topics(struct consumer *consumer) {
        static const char *const topics[LANE_COUNT] = {[LANE_ALARM] = KAFKA_EVENTS_ALARM_TOPIC,
                                                       [LANE_TELEMETRY] =
                                                               KAFKA_EVENTS_TELEMETRY_TOPIC};
        uint32_t remade = 0;
        bool in_doubt = false;
        char missing[128];

        for (int lane = 0; lane < LANE_COUNT; lane++) {
                remade += kafka_watch_remade(consumer->kafka, topics[lane]);
                in_doubt |= consumer->lanes[lane].in_doubt;
        }
        if ((remade == consumer->remade && !in_doubt) || consumer->assign.phase != ASSIGN_RUNNING ||
            consumer->assign.wanted || consumer->assign.revoked ||
            (consumer->kafka && !kafka_watch_is_fine(consumer->kafka, missing, sizeof(missing))))
                return;
        consumer->remade = remade;
        for (int lane = 0; lane < LANE_COUNT; lane++)
                consumer->lanes[lane].in_doubt = false;
        log_event(LOG_WARN, "V2118", "a topic was gone: looking at every position again", NULL);
        assign_take_again(&consumer->assign);
}

static void now_and_then(struct consumer *consumer, int64_t now_mono_ms) {
        if (now_mono_ms - consumer->shown_mono_ms < SHOW_MS)
                return;
        consumer->shown_mono_ms = now_mono_ms;
        show(consumer);
        look_at_topics(consumer);
        member_wake(&consumer->member);
}

/* --- the turn ----------------------------------------------------------------------------------- */

static void publish(struct consumer *consumer, int64_t now_mono_ms) {
        bool running = consumer->assign.phase == ASSIGN_RUNNING;

        if (running)
                atomic_store_explicit(&consumer->was_running, true, memory_order_relaxed);
        if (running && consumer->assign.fenced == 0)
                atomic_store_explicit(&consumer->judging_mono_ms, now_mono_ms,
                                      memory_order_relaxed);
        atomic_store_explicit(&consumer->fenced, (int)consumer->assign.fenced,
                              memory_order_relaxed);
        atomic_store_explicit(&consumer->has_rival, member_has_rival(&consumer->member),
                              memory_order_relaxed);
        atomic_store_explicit(&consumer->registry_told, roster_is_told(&consumer->roster),
                              memory_order_relaxed);
}

static bool turn(struct consumer *consumer) {
        int64_t now_mono_ms = clock_mono_ms();
        /* While opening, leave the room in the control rings to SHARD_CONTROL_OPEN. */
        int r = consumer->assign.phase == ASSIGN_OPENING ? 0 : roster_pump(&consumer->roster);
        bool told = roster_is_told(&consumer->roster), busy = r > 0;

        atomic_store_explicit(&consumer->heartbeat_mono_ms, now_mono_ms, memory_order_relaxed);
        if (r < 0)
                fail(consumer, r);
        busy |= serve_group(consumer, now_mono_ms);
        busy |= assign_step(&consumer->assign, now_mono_ms);
        if (consumer->assign.phase == ASSIGN_RUNNING) {
                busy |= lane_reader_pump(&consumer->lanes[LANE_ALARM], ALARM_RECORDS);
                if (told)
                        busy |= lane_reader_pump(&consumer->lanes[LANE_TELEMETRY],
                                                 TELEMETRY_RECORDS);
        }
        now_and_then(consumer, now_mono_ms);
        publish(consumer, now_mono_ms);
        return busy;
}

static bool has_work(struct consumer *consumer) {
        void *item;

        if (atomic_load_explicit(&consumer->stop, memory_order_acquire)) /* T2 <- T1 */
                return true;
        for (int lane = 0; lane < LANE_COUNT; lane++)
                if (lane_reader_has_room(&consumer->lanes[lane]))
                        return true;
        return ring_peek(&consumer->state->answers, 1, &item) > 0;
}

/* Does a lane wait for room in a ring, or may the roster or a hand-over of partitions? */
static bool waits_for_room(const struct consumer *consumer) {
        return consumer->lanes[LANE_ALARM].stalled >= 0 ||
               consumer->lanes[LANE_TELEMETRY].stalled >= 0 ||
               consumer->assign.phase != ASSIGN_RUNNING || !roster_is_told(&consumer->roster);
}

static void rest(struct consumer *consumer) {
        bool waits = waits_for_room(consumer);

        doorbell_arm(&consumer->bell);
        if (waits)
                doorbell_arm(&consumer->space_bell);
        if (has_work(consumer))
                doorbell_disarm(&consumer->bell);
        else
                doorbell_sleep(&consumer->bell, REST_MS);
        if (waits)
                doorbell_disarm(&consumer->space_bell);
}

/* --- the thread --------------------------------------------------------------------------------- */

static void give_back(struct consumer *consumer) {
        if (!consumer->member.consumer)
                return;
        assign_leave(&consumer->assign);
        do {
                if (assign_step(&consumer->assign, clock_mono_ms()))
                        continue;
                atomic_store_explicit(&consumer->heartbeat_mono_ms, clock_mono_ms(),
                                      memory_order_relaxed);
                doorbell_arm(&consumer->bell);
                doorbell_sleep(&consumer->bell, GIVE_BACK_LOOK_MS);
        } while (!assign_is_idle(&consumer->assign));
}

static void *feed_run(void *context) {
        struct consumer *consumer = context;

        while (!atomic_load_explicit(&consumer->stop, memory_order_acquire) && /* T2 <- T1 */
               consumer_failed(consumer) == 0) {
                if (!turn(consumer))
                        rest(consumer);
        }
        if (consumer_failed(consumer) == 0)
                give_back(consumer);
        atomic_store_explicit(&consumer->left, true, memory_order_release); /* T3 -> T4 */
        return NULL;
}

int consumer_start(struct consumer *consumer) {
        int r = -pthread_create(&consumer->thread, NULL, feed_run, consumer);

        if (r < 0)
                return err_raise(r);
        consumer->running = true;
        return 0;
}

void consumer_stop(struct consumer *consumer) {
        if (!consumer->running)
                return;
        atomic_store_explicit(&consumer->stop, true, memory_order_release); /* T1 -> T2 */
        doorbell_ring(&consumer->bell);
        pthread_join(consumer->thread, NULL); /* T4 <- T3 */
        consumer->running = false;
}

/* --- construction ------------------------------------------------------------------------------- */

int consumer_init(struct consumer *consumer) {
        memset(consumer, 0, sizeof(*consumer));
        consumer->bell.fd = -1;

        int r = doorbell_init(&consumer->bell);

        consumer->space_bell.fd = consumer->bell.fd;
        return err_trace(r);
}

int consumer_open(struct consumer *consumer, const struct conf *conf, struct shard *shards,
                  int32_t shard_count, struct state *state) {
        int r = 0;

        consumer->conf = conf;
        consumer->shards = shards;
        consumer->shard_count = shard_count;
        consumer->state = state;
        for (int lane = 0; r == 0 && lane < LANE_COUNT; lane++) {
                r = lane_reader_init(&consumer->lanes[lane], lane, shards, shard_count,
                                     conf->kafka.partitions);
                consumer->lanes[lane].append_time_ms = state->append_time_ms;
        }
        if (r == 0)
                r = member_init(&consumer->member, conf, consumer->bell.fd, on_rebalance, consumer);
        if (r == 0)
                r = assign_init(&consumer->assign, conf, consumer->lanes, shards, shard_count,
                                state);
        if (r == 0)
                attach(consumer);
        if (r == 0)
                r = roster_init(&consumer->roster, conf, shards, shard_count,
                                conf->kafka.partitions);
        if (r < 0)
                return err_trace(r);
        registry_reader_wake(consumer->roster.reader, consumer->bell.fd);
        consumer->lanes[LANE_ALARM].met = roster_want;
        consumer->lanes[LANE_ALARM].met_context = &consumer->roster;
        return 0;
}

void consumer_watch(struct consumer *consumer, const struct kafka_watch *kafka) {
        consumer->kafka = kafka;
        registry_reader_watch(consumer->roster.reader, kafka);
}

void consumer_fini(struct consumer *consumer) {
        for (int lane = 0; lane < LANE_COUNT; lane++)
                lane_reader_fini(&consumer->lanes[lane]);
        member_fini(&consumer->member);
        roster_fini(&consumer->roster);
        assign_fini(&consumer->assign);
        if (consumer->bell.fd >= 0)
                doorbell_fini(&consumer->bell);
        memset(consumer, 0, sizeof(*consumer));
        consumer->bell.fd = -1;
}

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
        TELEMETRY_RECORDS = 32, /* between two looks at the alarm lane */
        REST_MS =
                100, /* whatever has no doorbell: what is due again, a descriptor that said nothing */
        SHOW_MS = 1000,
        GIVE_BACK_LOOK_MS = 5, /* at most once in a process's life */
};

static void fail(struct feed *feed, int r) {
        /* E1 -> E2: what led to the failure is written before the failure is seen. */
        atomic_store_explicit(&feed->failed, r, memory_order_release);
}

int feed_failed(const struct feed *feed) {
        /* E2 <- E1 */
        return atomic_load_explicit(&feed->failed, memory_order_acquire);
}

/* --- the group --------------------------------------------------------------------------------- */

static void on_rebalance(rd_kafka_t *consumer, rd_kafka_resp_err_t error,
                         rd_kafka_topic_partition_list_t *partitions, void *context) {
        struct feed *feed = context;

        if (feed->member.out ||
            atomic_load_explicit(&feed->left, memory_order_relaxed)) { /* own variable */
                rd_kafka_assign(consumer, NULL);                       /* nothing is ours */
                return;
        }
        assign_note(&feed->assign, error, partitions);
}

/* For a consumer that has just been opened. */
static void attach(struct feed *feed) {
        feed->assign.consumer = feed->member.consumer;
        for (int lane = 0; lane < LANE_COUNT; lane++)
                lane_attach(&feed->lanes[lane], feed->member.consumer, feed->bell.fd);
}

/* Everything that was read with a consumer that is out goes back; then the next one is opened. */
static bool replace_member(struct feed *feed, int64_t now_mono_ms) {
        if (feed->member.consumer) {
                if (!assign_is_idle(&feed->assign)) {
                        if (!feed->assign.revoked && feed->assign.phase != ASSIGN_CLOSING)
                                assign_leave(&feed->assign);
                        return false;
                }
                for (int lane = 0; lane < LANE_COUNT; lane++)
                        if (!lane_detach(&feed->lanes[lane]))
                                return false;
                feed->assign.consumer = NULL;
                member_discard(&feed->member, now_mono_ms);
        }
        if (!member_reopen(&feed->member, now_mono_ms))
                return false;
        attach(feed);
        return true;
}

/* Rebalances are served in here; messages do not come this way. */
static bool serve_group(struct feed *feed, int64_t now_mono_ms) {
        const char *const topics[] = {feed->assign.topics[LANE_ALARM],
                                      feed->assign.topics[LANE_TELEMETRY]};
        bool done = false;

        member_subscribe(&feed->member, topics, LANE_COUNT);
        done = member_poll(&feed->member, now_mono_ms);
        if (feed->member.out || !feed->member.consumer)
                done |= replace_member(feed, now_mono_ms);
        return done;
}

/* --- once a second ------------------------------------------------------------------------------ */

static int64_t lag_of(struct feed *feed, int lane, int32_t partition) {
        const struct lane_partition *own = &feed->lanes[lane].partitions[partition];
        int64_t first = 0, end = 0;

        if (own->generation == 0 ||
            rd_kafka_get_watermark_offsets(feed->member.consumer, feed->assign.topics[lane],
                                           partition, &first, &end) ||
            end < own->next_offset)
                return 0;
        return end - own->next_offset;
}

/* The client only knows the ends that Kafka told it with the last records. */
static bool lag_is_known(const struct feed *feed) {
        char missing[128];

        return feed->assign.phase == ASSIGN_RUNNING &&
               (!feed->kafka || kafka_watch_is_fine(feed->kafka, missing, sizeof(missing)));
}

static void show(struct feed *feed) {
        for (int lane = 0; lane < LANE_COUNT; lane++) {
                int64_t lag = lag_is_known(feed) ? 0 : -1;

                for (int32_t i = 0; lag >= 0 && i < feed->assign.partition_count; i++)
                        lag += lag_of(feed, lane, i);
                stat_set(STAT_LAG_ALARM + lane, lag);
        }
}

/* Topics that were made anew. Once they are there again; what was begun is brought to an end first. */
static void look_at_topics(struct feed *feed) {
        static const char *const topics[LANE_COUNT] = {
                [LANE_ALARM] = TOPIC_EVENTS_ALARM, [LANE_TELEMETRY] = TOPIC_EVENTS_TELEMETRY};
        uint32_t remade = 0;
        bool in_doubt = false;
        char missing[128];

        for (int lane = 0; lane < LANE_COUNT; lane++) {
                remade += kafka_watch_remade(feed->kafka, topics[lane]);
                in_doubt |= feed->lanes[lane].in_doubt;
        }
        if ((remade == feed->remade && !in_doubt) || feed->assign.phase != ASSIGN_RUNNING ||
            feed->assign.wanted || feed->assign.revoked ||
            (feed->kafka && !kafka_watch_is_fine(feed->kafka, missing, sizeof(missing))))
                return;
        feed->remade = remade;
        for (int lane = 0; lane < LANE_COUNT; lane++)
                feed->lanes[lane].in_doubt = false;
        log_event(LOG_WARN, "V2118", "a topic was gone: looking at every position again", NULL);
        assign_take_again(&feed->assign);
}

static void now_and_then(struct feed *feed, int64_t now_mono_ms) {
        if (now_mono_ms - feed->shown_mono_ms < SHOW_MS)
                return;
        feed->shown_mono_ms = now_mono_ms;
        show(feed);
        look_at_topics(feed);
        member_wake(&feed->member);
}

/* --- the turn ----------------------------------------------------------------------------------- */

static void publish(struct feed *feed, int64_t now_mono_ms) {
        bool running = feed->assign.phase == ASSIGN_RUNNING;

        if (running)
                atomic_store_explicit(&feed->was_running, true, memory_order_relaxed);
        if (running && feed->assign.fenced == 0)
                atomic_store_explicit(&feed->judging_mono_ms, now_mono_ms, memory_order_relaxed);
        atomic_store_explicit(&feed->fenced, (int)feed->assign.fenced, memory_order_relaxed);
        atomic_store_explicit(&feed->has_rival, member_has_rival(&feed->member),
                              memory_order_relaxed);
        atomic_store_explicit(&feed->registry_told, elders_are_told(&feed->elders),
                              memory_order_relaxed);
}

static bool turn(struct feed *feed) {
        int64_t now_mono_ms = clock_mono_ms();
        /* What a partition needs to open goes first into the shards' rings. */
        int r = feed->assign.phase == ASSIGN_OPENING ? 0 : elders_pump(&feed->elders);
        bool told = elders_are_told(&feed->elders), busy = r > 0;

        atomic_store_explicit(&feed->heartbeat_mono_ms, now_mono_ms, memory_order_relaxed);
        if (r < 0)
                fail(feed, r);
        busy |= serve_group(feed, now_mono_ms);
        busy |= assign_step(&feed->assign, now_mono_ms);
        if (feed->assign.phase == ASSIGN_RUNNING) {
                busy |= lane_pump(&feed->lanes[LANE_ALARM], ALARM_RECORDS);
                if (told)
                        busy |= lane_pump(&feed->lanes[LANE_TELEMETRY], TELEMETRY_RECORDS);
        }
        now_and_then(feed, now_mono_ms);
        publish(feed, now_mono_ms);
        return busy;
}

static bool has_work(struct feed *feed) {
        void *item;

        if (atomic_load_explicit(&feed->stop, memory_order_acquire)) /* T2 <- T1 */
                return true;
        for (int lane = 0; lane < LANE_COUNT; lane++)
                if (lane_has_room(&feed->lanes[lane]))
                        return true;
        return ring_peek(&feed->state->answers, 1, &item) > 0;
}

/* A lane, the registry's telling or a hand-over of partitions found a ring full. */
static bool waits_for_room(const struct feed *feed) {
        return feed->lanes[LANE_ALARM].stalled >= 0 || feed->lanes[LANE_TELEMETRY].stalled >= 0 ||
               feed->assign.phase != ASSIGN_RUNNING || !elders_are_told(&feed->elders);
}

static void rest(struct feed *feed) {
        bool waits = waits_for_room(feed);

        doorbell_arm(&feed->bell);
        if (waits)
                doorbell_arm(&feed->space_bell);
        if (has_work(feed))
                doorbell_disarm(&feed->bell);
        else
                doorbell_sleep(&feed->bell, REST_MS);
        if (waits)
                doorbell_disarm(&feed->space_bell);
}

/* --- the thread --------------------------------------------------------------------------------- */

static void give_back(struct feed *feed) {
        if (!feed->member.consumer)
                return;
        assign_leave(&feed->assign);
        do {
                if (assign_step(&feed->assign, clock_mono_ms()))
                        continue;
                atomic_store_explicit(&feed->heartbeat_mono_ms, clock_mono_ms(),
                                      memory_order_relaxed);
                doorbell_arm(&feed->bell);
                doorbell_sleep(&feed->bell, GIVE_BACK_LOOK_MS);
        } while (!assign_is_idle(&feed->assign));
}

static void *feed_run(void *context) {
        struct feed *feed = context;

        while (!atomic_load_explicit(&feed->stop, memory_order_acquire) && /* T2 <- T1 */
               feed_failed(feed) == 0) {
                if (!turn(feed))
                        rest(feed);
        }
        if (feed_failed(feed) == 0)
                give_back(feed);
        atomic_store_explicit(&feed->left, true, memory_order_release); /* T3 -> T4 */
        return NULL;
}

int feed_start(struct feed *feed) {
        int r = -pthread_create(&feed->thread, NULL, feed_run, feed);

        if (r < 0)
                return err_raise(r);
        feed->running = true;
        return 0;
}

void feed_stop(struct feed *feed) {
        if (!feed->running)
                return;
        atomic_store_explicit(&feed->stop, true, memory_order_release); /* T1 -> T2 */
        doorbell_ring(&feed->bell);
        pthread_join(feed->thread, NULL); /* T4 <- T3 */
        feed->running = false;
}

/* --- construction ------------------------------------------------------------------------------- */

int feed_init(struct feed *feed) {
        memset(feed, 0, sizeof(*feed));
        feed->bell.fd = -1;

        int r = doorbell_init(&feed->bell);

        feed->space_bell.fd = feed->bell.fd;
        return err_trace(r);
}

int feed_open(struct feed *feed, const struct conf *conf, struct shard *shards, int32_t shard_count,
              struct state *state) {
        int r = 0;

        feed->conf = conf;
        feed->shards = shards;
        feed->shard_count = shard_count;
        feed->state = state;
        for (int lane = 0; r == 0 && lane < LANE_COUNT; lane++) {
                r = lane_init(&feed->lanes[lane], lane, shards, shard_count,
                              conf->kafka.partitions);
                feed->lanes[lane].append_time_ms = state->append_time_ms;
        }
        if (r == 0)
                r = member_init(&feed->member, conf, feed->bell.fd, on_rebalance, feed);
        if (r == 0)
                r = assign_init(&feed->assign, conf, feed->lanes, shards, shard_count, state);
        if (r == 0)
                attach(feed);
        if (r == 0)
                r = elders_init(&feed->elders, conf, shards, shard_count, conf->kafka.partitions);
        if (r < 0)
                return err_trace(r);
        registry_reader_wake(feed->elders.reader, feed->bell.fd);
        feed->lanes[LANE_ALARM].met = elders_want;
        feed->lanes[LANE_ALARM].met_context = &feed->elders;
        return 0;
}

void feed_watch(struct feed *feed, const struct kafka_watch *kafka) {
        feed->kafka = kafka;
        registry_reader_watch(feed->elders.reader, kafka);
}

void feed_fini(struct feed *feed) {
        for (int lane = 0; lane < LANE_COUNT; lane++)
                lane_fini(&feed->lanes[lane]);
        member_fini(&feed->member);
        elders_fini(&feed->elders);
        assign_fini(&feed->assign);
        if (feed->bell.fd >= 0)
                doorbell_fini(&feed->bell);
        memset(feed, 0, sizeof(*feed));
        feed->bell.fd = -1;
}

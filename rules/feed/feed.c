/* SPDX-License-Identifier: MIT */
#include "rules/feed/feed.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "common/err.h"
#include "common/kafka.h"
#include "common/log.h"
#include "rules/stats.h"

enum {
        ALARM_RECORDS = 256,
        TELEMETRY_RECORDS = 32, /* between two looks at the alarm lane */
        REST_MS = 100,          /* the registry has no descriptor to wait on */
        SHOW_MS = 1000,
        COMMIT_MS = 5000,
        GIVE_BACK_LOOK_MS = 5, /* at most once in a process's life */
        CLIENT_ID_BYTES = 128,
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

        if (atomic_load_explicit(&feed->left, memory_order_relaxed)) { /* own variable */
                rd_kafka_assign(consumer, NULL); /* closing: nothing is ours */
                return;
        }
        assign_note(&feed->assign, error, partitions);
}

static void subscribe(struct feed *feed) {
        rd_kafka_topic_partition_list_t *topics = rd_kafka_topic_partition_list_new(LANE_COUNT);

        for (int lane = 0; lane < LANE_COUNT; lane++)
                rd_kafka_topic_partition_list_add(topics, feed->assign.topics[lane],
                                                  RD_KAFKA_PARTITION_UA);

        rd_kafka_resp_err_t error = rd_kafka_subscribe(feed->consumer, topics);

        rd_kafka_topic_partition_list_destroy(topics);
        if (error) {
                log_event(LOG_ERROR, "V2116", "kafka: subscription refused", "why",
                          rd_kafka_err2str(error), NULL);
                fail(feed, -EINVAL);
                return;
        }
        feed->subscribed = true;
}

/* Rebalances are served in here; messages do not come this way. */
static bool poll_group(struct feed *feed) {
        rd_kafka_message_t *message = rd_kafka_consumer_poll(feed->consumer, 0);

        if (!message)
                return false;
        if (message->err == RD_KAFKA_RESP_ERR__FATAL ||
            message->err == RD_KAFKA_RESP_ERR_FENCED_INSTANCE_ID) {
                log_event(LOG_ERROR, "V2114", "the consumer group has put another in our place",
                          "why", rd_kafka_message_errstr(message), NULL);
                fail(feed, -ESTALE);
        } else if (message->err) {
                log_event(LOG_WARN, "V2115", "kafka: consumer", "why",
                          rd_kafka_message_errstr(message), NULL);
        }
        rd_kafka_message_destroy(message);
        return true;
}

/* --- once a second ------------------------------------------------------------------------------ */

static int64_t lag_of(struct feed *feed, int lane, int32_t partition) {
        const struct lane_partition *own = &feed->lanes[lane].partitions[partition];
        int64_t first = 0, end = 0;

        if (own->generation == 0 ||
            rd_kafka_get_watermark_offsets(feed->consumer, feed->assign.topics[lane], partition,
                                           &first, &end) ||
            end < own->next_offset)
                return 0;
        return end - own->next_offset;
}

static void show(struct feed *feed) {
        for (int lane = 0; lane < LANE_COUNT; lane++) {
                int64_t lag = 0;

                for (int32_t i = 0; i < feed->assign.partition_count; i++)
                        lag += lag_of(feed, lane, i);
                stat_set(STAT_LAG_ALARM + lane, lag);
        }
}

/* For those who look at the group's lag with Kafka's own tools; nobody reads it back. */
static void commit(struct feed *feed) {
        rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(16);

        for (int32_t i = 0; i < feed->assign.partition_count; i++) {
                for (int lane = 0; lane < LANE_COUNT; lane++) {
                        int64_t *last = &feed->committed[i * LANE_COUNT + lane];
                        int64_t saved = atomic_load_explicit(&feed->state->saved_offset[i][lane],
                                                             memory_order_relaxed);

                        if (!feed->assign.partitions[i].opened || saved < 0 || saved == *last)
                                continue;
                        rd_kafka_topic_partition_list_add(list, feed->assign.topics[lane], i)
                                ->offset = saved;
                        *last = saved;
                }
        }
        if (list->cnt > 0)
                rd_kafka_commit(feed->consumer, list, 1);
        rd_kafka_topic_partition_list_destroy(list);
}

static void now_and_then(struct feed *feed, int64_t now_mono_ms) {
        if (now_mono_ms - feed->shown_mono_ms >= SHOW_MS) {
                feed->shown_mono_ms = now_mono_ms;
                show(feed);
        }
        if (now_mono_ms - feed->committed_mono_ms >= COMMIT_MS) {
                feed->committed_mono_ms = now_mono_ms;
                commit(feed);
        }
}

/* --- the turn ----------------------------------------------------------------------------------- */

static void publish_phase(struct feed *feed) {
        atomic_store_explicit(&feed->phase, (int)feed->assign.phase, memory_order_relaxed);
        if (feed->assign.phase == ASSIGN_RUNNING)
                atomic_store_explicit(&feed->was_running, true, memory_order_relaxed);
        atomic_store_explicit(&feed->registry_told, elders_are_told(&feed->elders),
                              memory_order_relaxed);
}

static bool turn(struct feed *feed) {
        int64_t now_mono_ms = clock_mono_ms();
        int r = elders_pump(&feed->elders);
        bool busy = r > 0;

        atomic_store_explicit(&feed->heartbeat_mono_ms, now_mono_ms, memory_order_relaxed);
        if (r < 0)
                fail(feed, r);
        if (!feed->subscribed && elders_are_told(&feed->elders))
                subscribe(feed);
        busy |= poll_group(feed);
        busy |= assign_step(&feed->assign, now_mono_ms);
        if (feed->assign.all_fenced && feed->assign.phase == ASSIGN_RUNNING)
                fail(feed, -ECANCELED);
        if (feed->assign.phase == ASSIGN_RUNNING) {
                busy |= lane_pump(&feed->lanes[LANE_ALARM], ALARM_RECORDS);
                busy |= lane_pump(&feed->lanes[LANE_TELEMETRY], TELEMETRY_RECORDS);
                now_and_then(feed, now_mono_ms);
        }
        publish_phase(feed);
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
        assign_leave(&feed->assign);
        do {
                if (assign_step(&feed->assign, clock_mono_ms()))
                        continue;
                atomic_store_explicit(&feed->heartbeat_mono_ms, clock_mono_ms(),
                                      memory_order_relaxed);
                doorbell_arm(&feed->bell);
                doorbell_sleep(&feed->bell, GIVE_BACK_LOOK_MS);
        } while (feed->assign.phase != ASSIGN_NONE);
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
        return r;
}

static int open_lanes(struct feed *feed) {
        static const uint64_t one = 1;

        for (int lane = 0; lane < LANE_COUNT; lane++) {
                int r = lane_init(&feed->lanes[lane], lane, feed->shards, feed->shard_count,
                                  feed->conf->kafka.partitions);

                if (r < 0)
                        return r;
                feed->lanes[lane].queue = rd_kafka_queue_new(feed->consumer);
                rd_kafka_queue_io_event_enable(feed->lanes[lane].queue, feed->bell.fd, &one,
                                               sizeof(one));
        }
        feed->events = rd_kafka_queue_get_consumer(feed->consumer);
        rd_kafka_queue_io_event_enable(feed->events, feed->bell.fd, &one, sizeof(one));
        return 0;
}

int feed_open(struct feed *feed, const struct conf *conf, struct shard *shards, int32_t shard_count,
              struct state *state) {
        char client_id[CLIENT_ID_BYTES];
        int r;

        feed->conf = conf;
        feed->shards = shards;
        feed->shard_count = shard_count;
        feed->state = state;
        feed->committed =
                calloc((size_t)conf->kafka.partitions * LANE_COUNT, sizeof(*feed->committed));
        if (!feed->committed)
                return err_raise(-ENOMEM);
        for (int32_t i = 0; i < conf->kafka.partitions * LANE_COUNT; i++)
                feed->committed[i] = OFFSET_NONE;

        snprintf(client_id, sizeof(client_id), "vigil-rules-%s", conf->rules.instance);
        r = kafka_consumer_new(&feed->consumer, conf, client_id, conf->rules.group,
                               conf->rules.instance, on_rebalance, feed);
        if (r == 0)
                r = open_lanes(feed);
        if (r == 0)
                r = assign_init(&feed->assign, conf, feed->consumer, feed->lanes, shards,
                                shard_count, state);
        if (r == 0)
                r = elders_init(&feed->elders, conf, shards, shard_count, conf->kafka.partitions);
        return r;
}

void feed_fini(struct feed *feed) {
        for (int lane = 0; lane < LANE_COUNT; lane++)
                lane_fini(&feed->lanes[lane]);
        if (feed->events)
                rd_kafka_queue_destroy(feed->events);
        /* Everything was given back already and a static member does not leave the group; a close
         * would only wait, as long as Kafka is away, for commits nobody reads back. */
        if (feed->consumer)
                rd_kafka_destroy_flags(feed->consumer, RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE);
        elders_fini(&feed->elders);
        assign_fini(&feed->assign);
        free(feed->committed);
        if (feed->bell.fd >= 0)
                doorbell_fini(&feed->bell);
        memset(feed, 0, sizeof(*feed));
        feed->bell.fd = -1;
}

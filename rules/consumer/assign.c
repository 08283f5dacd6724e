/* SPDX-License-Identifier: MIT */
#include "rules/consumer/assign.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/err.h"
#include "common/base/require.h"
#include "common/kafka/kafka.h"
#include "common/base/log.h"
#include "rules/consumer/read_back.h"
#include "rules/threads/stats.h"

enum {
        ENDS_TIMEOUT_MS = 500,
        RETRY_MS = 100,
        RESPONSE_CLOCKS_APART_MS = 60000, /* assumed maximum skew between us and event producers */
};

int assign_init(struct assign *assign, const struct conf *conf, struct lane_reader *lanes,
                struct shard *shards, int32_t shard_count, struct state *state) {
        *assign = (struct assign){
                .lanes = lanes,
                .shards = shards,
                .shard_count = shard_count,
                .partition_count = conf->kafka.partitions,
                .state = state,
        };
        conf_topic(conf, KAFKA_EVENTS_ALARM_TOPIC, assign->topics[LANE_ALARM], ASSIGN_TOPIC_BYTES);
        conf_topic(conf, KAFKA_EVENTS_TELEMETRY_TOPIC, assign->topics[LANE_TELEMETRY],
                   ASSIGN_TOPIC_BYTES);
        assign->partitions = calloc((size_t)assign->partition_count, sizeof(*assign->partitions));
        return assign->partitions ? 0 : err_raise(-ENOMEM);
}

static void set_list(rd_kafka_topic_partition_list_t **place,
                     rd_kafka_topic_partition_list_t *list) {
        if (*place)
                rd_kafka_topic_partition_list_destroy(*place);
        *place = list;
}

void assign_fini(struct assign *assign) {
        for (int32_t i = 0; assign->partitions && i < assign->partition_count; i++)
                checkpoint_restored_free(assign->partitions[i].restored);
        free(assign->partitions);
        set_list(&assign->wanted, NULL);
        set_list(&assign->given, NULL);
        *assign = (struct assign){0};
}

static void count_owned(struct assign *assign) {
        assign->owned = 0;
        for (int32_t i = 0; i < assign->partition_count; i++)
                assign->owned += assign->partitions[i].opened;
        stat_set(STAT_PARTITIONS_OWNED, assign->owned);
}

/* --- what the group wants ------------------------------------------------------------------------ */

void assign_note(struct assign *assign, rd_kafka_resp_err_t error,
                 const rd_kafka_topic_partition_list_t *partitions) {
        if (error != RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS) {
                assign_leave(assign);
                return;
        }
        stat_add(STAT_REBALANCES, 1);
        set_list(&assign->wanted, rd_kafka_topic_partition_list_copy(partitions));
        log_event(LOG_INFO, "V2110", "partitions assigned", "topic_partitions",
                  log_number(partitions->cnt), NULL);
}

void assign_leave(struct assign *assign) {
        set_list(&assign->wanted, NULL); /* an assignment not begun yet is revoked with the rest */
        assign->revoked = true;
}

bool assign_is_idle(const struct assign *assign) {
        return assign->phase == ASSIGN_NONE && !assign->wanted && !assign->revoked;
}

/* --- taking --------------------------------------------------------------------------------------- */

static void begin_taking(struct assign *assign, int64_t now_mono_ms) {
        require(assign->phase == ASSIGN_NONE && assign->wanted, "taking begins in phase %d",
                assign->phase);
        assign->generation++;
        assign->redis_back = false;
        assign->taken_mono_ms = now_mono_ms;
        set_list(&assign->given, assign->wanted);
        assign->wanted = NULL;
        for (int i = 0; i < assign->given->cnt; i++) {
                int32_t partition = assign->given->elems[i].partition;

                /* Range assignment gives a member the same partition numbers of both topics. */
                if (partition >= 0 && partition < assign->partition_count)
                        assign->partitions[partition] = (struct assign_partition){
                                .generation = assign->generation, .end = {-1, -1}};
        }
        assign->phase = ASSIGN_TAKING;
}

static bool request_all(struct assign *assign) {
        bool done = false;

        for (int32_t i = 0; i < assign->partition_count; i++) {
                struct assign_partition *own = &assign->partitions[i];
                struct state_request *request;

                if (own->generation == 0 || own->requested)
                        continue;
                request = ring_reserve(&assign->state->requests);
                if (!request)
                        break;
                *request = (struct state_request){i, own->generation};
                ring_commit(&assign->state->requests);
                own->requested = true;
                done = true;
        }
        if (done)
                doorbell_ring(&assign->state->bell);
        return done;
}

static bool all_taken(const struct assign *assign) {
        for (int32_t i = 0; i < assign->partition_count; i++)
                if (assign->partitions[i].generation && !assign->partitions[i].restored)
                        return false;
        return true;
}

/* --- what the state thread says --------------------------------------------------------------------- */

static void close_fenced(struct assign *assign, int32_t partition, int64_t now_mono_ms) {
        struct assign_partition *own = &assign->partitions[partition];
        bool calm =
                assign->again_wait_ms == 0 || now_mono_ms - assign->taken_mono_ms >= ASSIGN_CALM_MS;

        /* The shard learns it from the outcome of its checkpoint; here only reading stops. */
        own->fenced = true;
        own->opened = false;
        for (int lane = 0; lane < LANE_COUNT; lane++)
                lane_reader_close(&assign->lanes[lane], partition);
        if (assign->fenced++ == 0) {
                assign->again_wait_ms = calm ? ASSIGN_AGAIN_FIRST_MS
                                             : (assign->again_wait_ms * 2 < ASSIGN_AGAIN_MAX_MS
                                                        ? assign->again_wait_ms * 2
                                                        : ASSIGN_AGAIN_MAX_MS);
                assign->again_mono_ms = now_mono_ms + assign->again_wait_ms;
        }
        count_owned(assign);
}

void assign_take_again(struct assign *assign) {
        set_list(&assign->wanted, rd_kafka_topic_partition_list_copy(assign->given));
        assign->revoked = true;
}

/* The group still assigns the fenced partitions to us: take everything again. */
static void take_fenced_again(struct assign *assign) {
        log_event(LOG_WARN, "V2525",
                  "another process took partitions the group gives to us: taking them again",
                  "partitions", log_number(assign->fenced), NULL);
        assign_take_again(assign);
}

static void settle_answer(struct assign *assign, struct state_answer *answer, int64_t now_mono_ms) {
        struct assign_partition *own;

        if (answer->type == STATE_BACK) { /* has no partition */
                assign->redis_back = true;
                return;
        }
        require(answer->partition >= 0 && answer->partition < assign->partition_count,
                "an answer, %d, about partition %d of %d", answer->type, answer->partition,
                assign->partition_count);
        own = &assign->partitions[answer->partition];
        if (answer->type == STATE_FENCED) {
                if (own->generation && !own->fenced && own->epoch == answer->epoch)
                        close_fenced(assign, answer->partition, now_mono_ms);
                return;
        }
        require(answer->type == STATE_TAKEN && answer->restored &&
                        answer->restored->partition == answer->partition,
                "answer %d about partition %d has states of %d", answer->type, answer->partition,
                answer->restored ? answer->restored->partition : -1);
        if (answer->restored->generation != own->generation || own->restored ||
            assign->phase != ASSIGN_TAKING) {
                checkpoint_restored_free(answer->restored); /* of an earlier assignment */
                return;
        }
        own->restored = answer->restored;
        own->epoch = answer->restored->epoch;
        own->provisional = answer->restored->provisional;
        memcpy(own->start, answer->restored->next_offset, sizeof(own->start));
        memcpy(own->append_time_ms, answer->restored->append_time_ms, sizeof(own->append_time_ms));
}

static bool settle_answers(struct assign *assign, int64_t now_mono_ms) {
        bool done = false;
        void *item;

        while (ring_peek(&assign->state->answers, 1, &item)) {
                settle_answer(assign, item, now_mono_ms);
                ring_release(&assign->state->answers, 1);
                done = true;
        }
        return done;
}

/* --- opening -------------------------------------------------------------------------------------- */

/* Set where to start reading. Return: false if Kafka does not answer. */
static bool read_back(struct assign *assign, int32_t partition, int lane, int64_t end) {
        struct assign_partition *own = &assign->partitions[partition];
        struct checkpoint_restored *restored = own->restored;

        if (restored->judged_to[lane] > end)
                restored->judged_to[lane] =
                        CHECKPOINT_OFFSET_NONE; /* another topic: none of it was judged */
        if (restored->provisional)
                own->start[lane] = end;
        return !restored->read_back_ms ||
               read_back_start(assign->consumer, assign->topics[lane], partition,
                               restored->read_back_ms, end, &own->start[lane], ENDS_TIMEOUT_MS);
}

/* Set *ret to whether the topic was created again and has grown past the stored position. librdkafka does not
 * distinguish topics with the same name, but if the first record of the partition is younger than the newest one
 * that was read, it is another topic. Without LogAppendTime, the time of the checkpoint is compared instead. Return:
 * false if Kafka does not answer. */
static bool is_anew(struct assign *assign, int32_t partition, int lane, int64_t first, int64_t end,
                    bool *ret) {
        const struct assign_partition *own = &assign->partitions[partition];
        const struct checkpoint_restored *restored = own->restored;
        int64_t since_ms = restored->append_time_ms[lane]
                                   ? restored->append_time_ms[lane] + 1
                                   : restored->saved_time_ms + RESPONSE_CLOCKS_APART_MS;
        int64_t younger = end;

        *ret = false;
        if (restored->provisional || restored->saved_time_ms == 0 || own->start[lane] <= first ||
            own->start[lane] > end)
                return true;
        if (!read_back_start(assign->consumer, assign->topics[lane], partition, since_ms, end,
                             &younger, ENDS_TIMEOUT_MS))
                return false;
        *ret = younger == first && first < end;
        return true;
}

static bool ask_ends(struct assign *assign) {
        for (int32_t i = 0; i < assign->partition_count; i++) {
                struct assign_partition *own = &assign->partitions[i];

                for (int lane = 0; own->generation && lane < LANE_COUNT; lane++) {
                        int64_t first, end;
                        bool anew;

                        if (own->end[lane] >= 0)
                                continue;
                        if (kafka_query_ends(assign->consumer, assign->topics[lane], i,
                                             ENDS_TIMEOUT_MS, &first, &end) < 0)
                                return false;
                        if (!is_anew(assign, i, lane, first, end, &anew) ||
                            !read_back(assign, i, lane, end))
                                return false;
                        if (anew)
                                own->restored->judged_to[lane] = CHECKPOINT_OFFSET_NONE;
                        own->end[lane] = end;
                        own->start[lane] = lane_reader_settle_start(
                                (enum lane)lane, i, own->start[lane], first, end, anew);
                }
        }
        return true;
}

static bool hand_over(struct assign *assign) {
        for (int32_t i = 0; i < assign->partition_count; i++) {
                struct assign_partition *own = &assign->partitions[i];
                struct shard *shard = &assign->shards[i % assign->shard_count];
                struct shard_control *control;

                if (own->generation == 0 || own->opened)
                        continue;
                control = ring_reserve(&shard->control);
                if (!control)
                        return false;
                require(own->restored && own->restored->generation == own->generation,
                        "partition %d, generation %u, is opened without its states", i,
                        own->generation);
                memcpy(own->restored->next_offset, own->start, sizeof(own->start));
                *control = (struct shard_control){.type = SHARD_CONTROL_OPEN,
                                                  .partition = i,
                                                  .generation = own->generation,
                                                  .restored = own->restored};
                own->restored = NULL; /* owned by the shard now */
                ring_commit(&shard->control);
                doorbell_ring(&shard->bell);
                own->opened = true;
                for (int lane = 0; lane < LANE_COUNT; lane++) {
                        atomic_store_explicit(&assign->state->append_time_ms[i][lane],
                                              own->append_time_ms[lane], memory_order_relaxed);
                        lane_reader_open(&assign->lanes[lane], i, own->generation, own->start[lane],
                                         own->end[lane]);
                }
        }
        return true;
}

/* Forward to the lane's own queue instead of the consumer's: an alarm must not wait behind telemetry. */
static void route(struct assign *assign, int lane, int32_t partition) {
        rd_kafka_queue_t *queue =
                rd_kafka_queue_get_partition(assign->consumer, assign->topics[lane], partition);

        if (!queue)
                return;
        rd_kafka_queue_forward(queue, assign->lanes[lane].queue);
        rd_kafka_queue_destroy(queue);
}

static void start_reading(struct assign *assign) {
        require(assign->phase == ASSIGN_OPENING, "reading starts in phase %d", assign->phase);

        rd_kafka_topic_partition_list_t *list =
                rd_kafka_topic_partition_list_new(assign->partition_count * LANE_COUNT);

        for (int32_t i = 0; i < assign->partition_count; i++) {
                if (!assign->partitions[i].opened)
                        continue;
                for (int lane = 0; lane < LANE_COUNT; lane++) {
                        rd_kafka_topic_partition_list_add(list, assign->topics[lane], i)->offset =
                                assign->partitions[i].start[lane];
                        route(assign, lane, i);
                }
        }

        rd_kafka_resp_err_t error = rd_kafka_assign(assign->consumer, list);

        if (error)
                log_event(LOG_ERROR, "V2111", "kafka: assignment refused", "why",
                          rd_kafka_err2str(error), NULL);
        rd_kafka_topic_partition_list_destroy(list);
        assign->phase = ASSIGN_RUNNING;
        count_owned(assign);
        log_event(LOG_INFO, "V2112", "judging", "partitions", log_number(assign->owned), NULL);
}

/* --- closing -------------------------------------------------------------------------------------- */

static void begin_closing(struct assign *assign, int64_t now_mono_ms) {
        require(assign->phase != ASSIGN_CLOSING, "closing begins twice");
        for (int32_t i = 0; i < assign->partition_count; i++)
                for (int lane = 0; lane < LANE_COUNT; lane++)
                        lane_reader_close(&assign->lanes[lane], i);
        for (int lane = 0; lane < LANE_COUNT; lane++)
                lane_reader_forget(&assign->lanes[lane]);
        assign->revoked = false;
        /* Wait for a last checkpoint only if it can be written. */
        assign->close_by_mono_ms =
                now_mono_ms + (atomic_load_explicit(&assign->state->is_there, memory_order_relaxed)
                                       ? ASSIGN_CLOSE_LIMIT_MS
                                       : ASSIGN_CLOSE_AWAY_LIMIT_MS);
        assign->phase = ASSIGN_CLOSING;
}

static bool send_closes(struct assign *assign) {
        for (int32_t i = 0; i < assign->partition_count; i++) {
                struct assign_partition *own = &assign->partitions[i];
                struct shard *shard = &assign->shards[i % assign->shard_count];
                struct shard_control *control;

                if (!own->opened || own->close_sent)
                        continue;
                control = ring_reserve(&shard->control);
                if (!control)
                        return false;
                *control = (struct shard_control){.type = SHARD_CONTROL_CLOSE,
                                                  .partition = i,
                                                  .generation = own->generation,
                                                  .save = true};
                ring_commit(&shard->control);
                doorbell_ring(&shard->bell);
                own->close_sent = true;
                assign->closes_sent++;
        }
        return true;
}

static uint32_t closes_settled(const struct assign *assign) {
        uint32_t settled = 0;

        for (int32_t i = 0; i < assign->shard_count; i++)
                settled += shard_closed(&assign->shards[i]);
        return settled;
}

static void end_closing(struct assign *assign, bool saved) {
        require(assign->phase == ASSIGN_CLOSING, "closing ends in phase %d", assign->phase);
        if (!saved)
                log_event(LOG_WARN, "V2113",
                          "given back without a last checkpoint: the next owner judges again",
                          NULL);
        for (int32_t i = 0; i < assign->partition_count; i++) {
                checkpoint_restored_free(assign->partitions[i].restored);
                assign->partitions[i] = (struct assign_partition){0};
        }
        /* Do not wait for closes that were not settled in time. */
        assign->closes_sent = closes_settled(assign);
        assign->fenced = 0;
        rd_kafka_assign(assign->consumer, NULL);
        assign->phase = ASSIGN_NONE;
        count_owned(assign);
}

/* --- Redis is back ------------------------------------------------------------------------------- */

/* Take everything again if any partition is provisional. Return: whether one is. */
static bool renew(struct assign *assign) {
        bool any = false;

        assign->redis_back = false;
        for (int32_t i = 0; i < assign->partition_count; i++)
                any |= assign->partitions[i].opened && assign->partitions[i].provisional;
        if (!any)
                return false;
        log_event(LOG_INFO, "V2117", "redis is back: partitions are taken anew", NULL);
        assign_take_again(assign);
        return true;
}

/* --- the step ------------------------------------------------------------------------------------- */

static bool step(struct assign *assign, int64_t now_mono_ms) {
        switch (assign->phase) {
        case ASSIGN_NONE:
                if (!assign->wanted)
                        return false;
                begin_taking(assign, now_mono_ms);
                return true;
        case ASSIGN_TAKING:
                if (request_all(assign))
                        return true;
                if (!all_taken(assign))
                        return false;
                assign->phase = ASSIGN_OPENING;
                return true;
        case ASSIGN_OPENING:
                if (now_mono_ms < assign->retry_mono_ms)
                        return false;
                if (!ask_ends(assign) || !hand_over(assign)) {
                        assign->retry_mono_ms = now_mono_ms + RETRY_MS;
                        return false;
                }
                start_reading(assign);
                return true;
        case ASSIGN_RUNNING:
                if (assign->redis_back)
                        return renew(assign);
                if (assign->fenced == 0 || now_mono_ms < assign->again_mono_ms)
                        return false;
                take_fenced_again(assign);
                return true;
        case ASSIGN_CLOSING:
                if (send_closes(assign) && closes_settled(assign) >= assign->closes_sent) {
                        end_closing(assign, true);
                        return true;
                }
                if (now_mono_ms >= assign->close_by_mono_ms) {
                        end_closing(assign, false);
                        return true;
                }
                return false;
        }
        return false;
}

bool assign_step(struct assign *assign, int64_t now_mono_ms) {
        bool done = settle_answers(assign, now_mono_ms);

        if (assign->revoked && assign->phase != ASSIGN_CLOSING) {
                begin_closing(assign, now_mono_ms);
                done = true;
        }
        return step(assign, now_mono_ms) || done;
}

/* SPDX-License-Identifier: MIT */
#include "rules/consumer/lane_reader.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/err.h"
#include "common/base/require.h"
#include "common/base/log.h"
#include "rules/threads/stats.h"

static struct ring *ring_of(const struct lane_feed *feed, int32_t partition) {
        require(partition >= 0 && partition < feed->partition_count, "partition %d of %d",
                partition, feed->partition_count);
        return &feed->shards[partition % feed->shard_count].lane[feed->lane];
}

int lane_init(struct lane_feed *feed, enum lane lane, struct shard *shards, int32_t shard_count,
              int32_t partition_count) {
        *feed = (struct lane_feed){
                .lane = lane,
                .shards = shards,
                .shard_count = shard_count,
                .partition_count = partition_count,
                .stalled = -1,
        };
        feed->partitions = calloc((size_t)partition_count, sizeof(*feed->partitions));
        feed->rung = calloc((size_t)shard_count, sizeof(*feed->rung));
        if (!feed->partitions || !feed->rung) {
                lane_fini(feed);
                return err_raise(-ENOMEM);
        }
        return 0;
}

void lane_forget(struct lane_feed *feed) {
        ssize_t kept = feed->at + (feed->packing ? 1 : 0); /* half of it is in a ring */

        while (feed->count > kept)
                rd_kafka_message_destroy(feed->messages[--feed->count]);
}

static void let_go(struct lane_feed *feed) {
        for (; feed->at < feed->count; feed->at++)
                rd_kafka_message_destroy(feed->messages[feed->at]);
        feed->at = feed->count = 0;
        if (feed->queue) {
                rd_kafka_queue_io_event_enable(feed->queue, -1, NULL, 0);
                rd_kafka_queue_destroy(feed->queue);
                feed->queue = NULL;
        }
}

void lane_fini(struct lane_feed *feed) {
        let_go(feed);
        free(feed->partitions);
        free(feed->rung);
        *feed = (struct lane_feed){.stalled = -1};
}

void lane_attach(struct lane_feed *feed, rd_kafka_t *consumer, int bell_fd) {
        static const uint64_t one = 1;

        require(!feed->queue && feed->count == 0, "lane %d is read with two consumers: %zd records",
                feed->lane, feed->count);

        feed->queue = rd_kafka_queue_new(consumer);
        rd_kafka_queue_io_event_enable(feed->queue, bell_fd, &one, sizeof(one));
}

void lane_open(struct lane_feed *feed, int32_t partition, uint32_t generation, int64_t next_offset,
               int64_t target) {
        require(partition >= 0 && partition < feed->partition_count && generation != 0,
                "partition %d of %d, generation %u", partition, feed->partition_count, generation);
        feed->partitions[partition] = (struct lane_partition){
                .generation = generation,
                .target = target,
                .next_offset = next_offset,
        };
}

void lane_close(struct lane_feed *feed, int32_t partition) {
        require(partition >= 0 && partition < feed->partition_count, "partition %d of %d",
                partition, feed->partition_count);
        feed->partitions[partition] = (struct lane_partition){0};
}

/* A slot that says something about the lane and carries no event. */
static struct slot mark_of(const struct lane_feed *feed, enum slot_type type, int32_t partition) {
        return (struct slot){.type = (uint8_t)type,
                             .lane = (uint8_t)feed->lane,
                             .partition = partition,
                             .generation = feed->partitions[partition].generation};
}

/* What was there at opening is in the ring: say so behind it, in the same ring. */
static int push_mark(struct lane_feed *feed, int32_t partition) {
        struct lane_partition *own = &feed->partitions[partition];
        struct ring *ring = ring_of(feed, partition);

        if (own->generation == 0 || own->marked || own->next_offset < own->target)
                return 0;

        struct slot *slot = ring_reserve(ring);

        if (!slot)
                return PACKER_FULL;
        *slot = mark_of(feed, SLOT_CAUGHT_UP, partition);
        ring_commit(ring);
        own->marked = true;
        return 0;
}

static void tell_refused(const struct lane_feed *feed, const struct packer *packer) {
        for (int reason = 0; reason < REASON_COUNT; reason++) {
                if (packer->refused[reason] == 0)
                        continue;
                stat_add(reason == REASON_BROKEN_FRAME ? STAT_BROKEN_FRAMES : STAT_WRONG_PARTITION,
                         packer->refused[reason]);
                log_event(LOG_WARN, "V2101", "refused: kept in quarantine", "reason",
                          slot_reason_name((enum slot_reason)reason), "lane", lane_name(feed->lane),
                          "partition", log_number(packer->partition), "offset",
                          log_number(packer->offset), NULL);
        }
}

static void tell_lost(enum lane lane, int32_t partition, int64_t records) {
        stat_add(STAT_LOST_ALARM + (int)lane, records);
        log_event(LOG_ERROR, "V2103", "kafka deleted records before they were judged", "lane",
                  lane_name(lane), "partition", log_number(partition), "records",
                  log_number(records), NULL);
}

static void tell_anew(enum lane lane, int32_t partition, int64_t stored) {
        log_event(LOG_ERROR, "V2104", "the topic was made anew: reading it from its first record",
                  "lane", lane_name(lane), "partition", log_number(partition), "read_up_to",
                  log_number(stored), NULL);
}

int64_t lane_settle_start(enum lane lane, int32_t partition, int64_t stored, int64_t first,
                          int64_t end, bool anew) {
        if (stored == OFFSET_NONE)
                return first;
        if (anew || stored > end) {
                tell_anew(lane, partition, stored);
                return first;
        }
        if (stored < first) {
                tell_lost(lane, partition, first - stored);
                return first;
        }
        return stored;
}

static void tell_met(const struct lane_feed *feed, const void *record, size_t record_bytes) {
        char elder_id[ELDER_ID_BYTES + 1] = "";
        const unsigned char *samples;
        struct frame_reader reader;
        struct event event;

        if (!feed->met || frame_open(&reader, record, record_bytes) != 0)
                return;
        while (frame_next(&reader, &event, &samples) == 0) {
                memcpy(elder_id, event.elder_id, ELDER_ID_BYTES);
                feed->met(feed->met_context, elder_id);
        }
}

/* Offsets go back: the shard is told first, whose position goes back for no other reason. Return: 0 or PACKER_FULL. */
static int push_anew(struct lane_feed *feed, int32_t partition, int64_t offset) {
        struct lane_partition *own = &feed->partitions[partition];
        struct slot *slot = ring_reserve(ring_of(feed, partition));

        if (!slot)
                return PACKER_FULL;
        *slot = mark_of(feed, SLOT_ANEW, partition);
        slot->offset = offset;
        ring_commit(ring_of(feed, partition));
        tell_anew(feed->lane, partition, own->next_offset);
        own->next_offset = offset;
        return 0;
}

/* Offsets follow each other without a gap, but for what Kafka has deleted. Return: 0 or PACKER_FULL. */
static int note_jump(struct lane_feed *feed, int32_t partition, int64_t offset) {
        int64_t next_offset = feed->partitions[partition].next_offset;

        if (offset < next_offset)
                return push_anew(feed, partition, offset);
        if (offset > next_offset)
                tell_lost(feed->lane, partition, offset - next_offset);
        return 0;
}

int lane_deliver(struct lane_feed *feed, const void *record, size_t record_bytes, int32_t partition,
                 int64_t offset) {
        struct lane_partition *own = &feed->partitions[partition];
        int r;

        if (!feed->packing) {
                r = note_jump(feed, partition, offset);
                if (r == PACKER_FULL) {
                        feed->stalled = partition % feed->shard_count;
                        return r;
                }
                tell_met(feed, record, record_bytes);
                packer_begin(&feed->packer, record, record_bytes, feed->lane, partition,
                             feed->partition_count, own->generation, offset);
                feed->packing = true;
        }
        r = packer_push(&feed->packer, ring_of(feed, partition));
        feed->rung[partition % feed->shard_count] = true;
        /* A record begun under an earlier assignment says nothing about this one. */
        if (r == 0 && own->generation == feed->packer.generation) {
                own->next_offset = offset + 1;
                r = push_mark(feed, partition);
        }
        if (r == PACKER_FULL) {
                feed->stalled = partition % feed->shard_count;
                return r;
        }
        tell_refused(feed, &feed->packer);
        stat_add(STAT_RECORDS_ALARM + feed->lane, 1);
        feed->packing = false;
        return 0;
}

static void ring_shards(struct lane_feed *feed) {
        for (int32_t i = 0; i < feed->shard_count; i++) {
                if (!feed->rung[i])
                        continue;
                doorbell_ring(&feed->shards[i].bell);
                feed->rung[i] = false;
        }
}

static void note_append_time(const struct lane_feed *feed, const rd_kafka_message_t *message) {
        rd_kafka_timestamp_type_t type;
        int64_t time_ms = rd_kafka_message_timestamp(message, &type);

        /* Another kind of time is not in order, and not the broker's. */
        if (feed->append_time_ms && type == RD_KAFKA_TIMESTAMP_LOG_APPEND_TIME)
                atomic_store_explicit(&feed->append_time_ms[message->partition][feed->lane],
                                      time_ms, memory_order_relaxed);
}

/* Return: 0 when @message is settled, or PACKER_FULL. */
static int settle_message(struct lane_feed *feed, const rd_kafka_message_t *message) {
        int r;

        if (message->err) {
                feed->in_doubt = feed->in_doubt ||
                                 message->err == RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART ||
                                 message->err == RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC;
                log_event(LOG_WARN, "V2102", "kafka: reading", "lane", lane_name(feed->lane),
                          "partition", log_number(message->partition), "why",
                          rd_kafka_message_errstr(message), NULL);
                return 0;
        }
        if (!feed->packing &&
            (message->partition < 0 || message->partition >= feed->partition_count ||
             feed->partitions[message->partition].generation == 0))
                return 0; /* given back while it was on its way: the next owner reads it */
        r = lane_deliver(feed, message->payload, message->len, message->partition, message->offset);
        if (r == 0)
                note_append_time(feed, message);
        return r;
}

/* Lanes that were empty, or read to their end before, when their partition was opened. */
static bool push_marks(struct lane_feed *feed) {
        bool done = false;

        for (int32_t i = 0; i < feed->partition_count; i++) {
                struct lane_partition *own = &feed->partitions[i];

                if (own->generation && !own->marked && push_mark(feed, i) == 0 && own->marked) {
                        feed->rung[i % feed->shard_count] = true;
                        done = true;
                }
        }
        return done;
}

bool lane_pump(struct lane_feed *feed, int records_max) {
        bool done = false;

        feed->stalled = -1;
        if (!feed->packing)
                done = push_marks(feed);
        while (records_max-- > 0) {
                if (feed->at == feed->count) {
                        feed->at = 0;
                        feed->count = rd_kafka_consume_batch_queue(feed->queue, 0, feed->messages,
                                                                   LANE_BATCH);
                        if (feed->count <= 0) {
                                feed->count = 0;
                                break;
                        }
                }

                rd_kafka_message_t *message = feed->messages[feed->at];

                if (settle_message(feed, message) == PACKER_FULL) {
                        stat_add(STAT_STALLS_ALARM + feed->lane, 1);
                        break;
                }
                rd_kafka_message_destroy(message);
                feed->at++;
                done = true;
        }
        ring_shards(feed);
        return done;
}

bool lane_detach(struct lane_feed *feed) {
        if (feed->packing && settle_message(feed, feed->messages[feed->at]) == PACKER_FULL)
                return false;
        ring_shards(feed);
        feed->packing = false;
        feed->stalled = -1;
        let_go(feed);
        return true;
}

bool lane_has_room(const struct lane_feed *feed) {
        return feed->stalled >= 0 && ring_reserve(&feed->shards[feed->stalled].lane[feed->lane]);
}

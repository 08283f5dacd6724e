/* SPDX-License-Identifier: MIT */
#include "rules/consumer/lane_reader.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/err.h"
#include "common/base/require.h"
#include "common/base/log.h"
#include "rules/threads/stats.h"

static struct ring *ring_of(const struct lane_reader *reader, int32_t partition) {
        require(partition >= 0 && partition < reader->partition_count, "partition %d of %d",
                partition, reader->partition_count);
        return &reader->shards[partition % reader->shard_count].lane[reader->lane];
}

int lane_reader_init(struct lane_reader *reader, enum lane lane, struct shard *shards,
                     int32_t shard_count, int32_t partition_count) {
        *reader = (struct lane_reader){
                .lane = lane,
                .shards = shards,
                .shard_count = shard_count,
                .partition_count = partition_count,
                .stalled = -1,
        };
        reader->partitions = calloc((size_t)partition_count, sizeof(*reader->partitions));
        reader->rung = calloc((size_t)shard_count, sizeof(*reader->rung));
        if (!reader->partitions || !reader->rung) {
                lane_reader_fini(reader);
                return err_raise(-ENOMEM);
        }
        return 0;
}

void lane_reader_forget(struct lane_reader *reader) {
        ssize_t kept = reader->at + (reader->packing ? 1 : 0); /* partly in a ring: keep it */

        while (reader->count > kept)
                rd_kafka_message_destroy(reader->messages[--reader->count]);
}

static void let_go(struct lane_reader *reader) {
        for (; reader->at < reader->count; reader->at++)
                rd_kafka_message_destroy(reader->messages[reader->at]);
        reader->at = reader->count = 0;
        if (reader->queue) {
                rd_kafka_queue_io_event_enable(reader->queue, -1, NULL, 0);
                rd_kafka_queue_destroy(reader->queue);
                reader->queue = NULL;
        }
}

void lane_reader_fini(struct lane_reader *reader) {
        let_go(reader);
        free(reader->partitions);
        free(reader->rung);
        *reader = (struct lane_reader){.stalled = -1};
}

void lane_reader_attach(struct lane_reader *reader, rd_kafka_t *consumer, int bell_fd) {
        static const uint64_t one = 1;

        require(!reader->queue && reader->count == 0,
                "lane %d is read with two consumers: %zd records", reader->lane, reader->count);

        reader->queue = rd_kafka_queue_new(consumer);
        rd_kafka_queue_io_event_enable(reader->queue, bell_fd, &one, sizeof(one));
}

void lane_reader_open(struct lane_reader *reader, int32_t partition, uint32_t generation,
                      int64_t next_offset, int64_t target) {
        require(partition >= 0 && partition < reader->partition_count && generation != 0,
                "partition %d of %d, generation %u", partition, reader->partition_count,
                generation);
        reader->partitions[partition] = (struct lane_reader_partition){
                .generation = generation,
                .target = target,
                .next_offset = next_offset,
        };
}

void lane_reader_close(struct lane_reader *reader, int32_t partition) {
        require(partition >= 0 && partition < reader->partition_count, "partition %d of %d",
                partition, reader->partition_count);
        reader->partitions[partition] = (struct lane_reader_partition){0};
}

/* A slot about the lane, without an event. */
static struct slot mark_of(const struct lane_reader *reader, enum slot_type type,
                           int32_t partition) {
        return (struct slot){.type = (uint8_t)type,
                             .lane = (uint8_t)reader->lane,
                             .partition = partition,
                             .generation = reader->partitions[partition].generation};
}

/* When all records that were in Kafka at opening are in the ring, append SLOT_CAUGHT_UP to it. Return: 0 or
 * SLOT_PACKER_FULL. */
static int push_mark(struct lane_reader *reader, int32_t partition) {
        struct lane_reader_partition *own = &reader->partitions[partition];
        struct ring *ring = ring_of(reader, partition);

        if (own->generation == 0 || own->marked || own->next_offset < own->target)
                return 0;

        struct slot *slot = ring_reserve(ring);

        if (!slot)
                return SLOT_PACKER_FULL;
        *slot = mark_of(reader, SLOT_CAUGHT_UP, partition);
        ring_commit(ring);
        own->marked = true;
        return 0;
}

static void tell_refused(const struct lane_reader *reader, const struct slot_packer *packer) {
        for (int reason = 0; reason < SLOT_REASON_COUNT; reason++) {
                if (packer->refused[reason] == 0)
                        continue;
                stat_add(reason == SLOT_REASON_BROKEN_FRAME ? STAT_BROKEN_FRAMES
                                                            : STAT_WRONG_PARTITION,
                         packer->refused[reason]);
                log_event(LOG_WARN, "V2101", "refused: kept in quarantine", "reason",
                          slot_reason_name((enum slot_reason)reason), "lane",
                          lane_name(reader->lane), "partition", log_number(packer->partition),
                          "offset", log_number(packer->offset), NULL);
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

int64_t lane_reader_settle_start(enum lane lane, int32_t partition, int64_t stored, int64_t first,
                                 int64_t end, bool anew) {
        if (stored == CHECKPOINT_OFFSET_NONE)
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

static void tell_met(const struct lane_reader *reader, const void *record, size_t record_bytes) {
        char elder_id[EVENT_ELDER_ID_BYTES + 1] = "";
        const unsigned char *samples;
        struct frame_reader frames;
        struct event event;

        if (!reader->met || frame_open(&frames, record, record_bytes) != 0)
                return;
        while (frame_next(&frames, &event, &samples) == 0) {
                memcpy(elder_id, event.elder_id, EVENT_ELDER_ID_BYTES);
                reader->met(reader->met_context, elder_id);
        }
}

/* The topic was created again, so offsets go back. Tell the shard first: its position goes back for no other reason.
 * Return: 0 or SLOT_PACKER_FULL. */
static int push_anew(struct lane_reader *reader, int32_t partition, int64_t offset) {
        struct lane_reader_partition *own = &reader->partitions[partition];
        struct slot *slot = ring_reserve(ring_of(reader, partition));

        if (!slot)
                return SLOT_PACKER_FULL;
        *slot = mark_of(reader, SLOT_ANEW, partition);
        slot->offset = offset;
        ring_commit(ring_of(reader, partition));
        tell_anew(reader->lane, partition, own->next_offset);
        own->next_offset = offset;
        return 0;
}

/* Offsets are consecutive, except where Kafka has deleted records. Return: 0 or SLOT_PACKER_FULL. */
static int note_jump(struct lane_reader *reader, int32_t partition, int64_t offset) {
        int64_t next_offset = reader->partitions[partition].next_offset;

        if (offset < next_offset)
                return push_anew(reader, partition, offset);
        if (offset > next_offset)
                tell_lost(reader->lane, partition, offset - next_offset);
        return 0;
}

int lane_reader_deliver(struct lane_reader *reader, const void *record, size_t record_bytes,
                        int32_t partition, int64_t offset) {
        struct lane_reader_partition *own = &reader->partitions[partition];
        int r;

        if (!reader->packing) {
                r = note_jump(reader, partition, offset);
                if (r == SLOT_PACKER_FULL) {
                        reader->stalled = partition % reader->shard_count;
                        return r;
                }
                tell_met(reader, record, record_bytes);
                slot_packer_begin(&reader->packer, record, record_bytes, reader->lane, partition,
                                  reader->partition_count, own->generation, offset);
                reader->packing = true;
        }
        r = slot_packer_push(&reader->packer, ring_of(reader, partition));
        reader->rung[partition % reader->shard_count] = true;
        /* A record that was begun under an earlier assignment does not move the offset of this one. */
        if (r == 0 && own->generation == reader->packer.generation) {
                own->next_offset = offset + 1;
                r = push_mark(reader, partition);
        }
        if (r == SLOT_PACKER_FULL) {
                reader->stalled = partition % reader->shard_count;
                return r;
        }
        tell_refused(reader, &reader->packer);
        stat_add(STAT_RECORDS_ALARM + reader->lane, 1);
        reader->packing = false;
        return 0;
}

static void ring_shards(struct lane_reader *reader) {
        for (int32_t i = 0; i < reader->shard_count; i++) {
                if (!reader->rung[i])
                        continue;
                doorbell_ring(&reader->shards[i].bell);
                reader->rung[i] = false;
        }
}

static void note_append_time(const struct lane_reader *reader, const rd_kafka_message_t *message) {
        rd_kafka_timestamp_type_t type;
        int64_t time_ms = rd_kafka_message_timestamp(message, &type);

        /* Other kinds of timestamps are not the broker's and not in order. */
        if (reader->append_time_ms && type == RD_KAFKA_TIMESTAMP_LOG_APPEND_TIME)
                atomic_store_explicit(&reader->append_time_ms[message->partition][reader->lane],
                                      time_ms, memory_order_relaxed);
}

/* Return: 0 when @message is settled, or SLOT_PACKER_FULL. */
static int settle_message(struct lane_reader *reader, const rd_kafka_message_t *message) {
        int r;

        if (message->err) {
                reader->in_doubt = reader->in_doubt ||
                                   message->err == RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART ||
                                   message->err == RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC;
                log_event(LOG_WARN, "V2102", "kafka: reading", "lane", lane_name(reader->lane),
                          "partition", log_number(message->partition), "why",
                          rd_kafka_message_errstr(message), NULL);
                return 0;
        }
        if (!reader->packing &&
            (message->partition < 0 || message->partition >= reader->partition_count ||
             reader->partitions[message->partition].generation == 0))
                return 0; /* the partition was given back meanwhile: its next owner reads the record */
        r = lane_reader_deliver(reader, message->payload, message->len, message->partition,
                                message->offset);
        if (r == 0)
                note_append_time(reader, message);
        return r;
}

/* For lanes that were empty, or had been read to their end already, when their partition was opened. */
static bool push_marks(struct lane_reader *reader) {
        bool done = false;

        for (int32_t i = 0; i < reader->partition_count; i++) {
                struct lane_reader_partition *own = &reader->partitions[i];

                if (own->generation && !own->marked && push_mark(reader, i) == 0 && own->marked) {
                        reader->rung[i % reader->shard_count] = true;
                        done = true;
                }
        }
        return done;
}

bool lane_reader_pump(struct lane_reader *reader, int records_max) {
        bool done = false;

        reader->stalled = -1;
        if (!reader->packing)
                done = push_marks(reader);
        while (records_max-- > 0) {
                if (reader->at == reader->count) {
                        reader->at = 0;
                        reader->count = rd_kafka_consume_batch_queue(
                                reader->queue, 0, reader->messages, LANE_READER_BATCH);
                        if (reader->count <= 0) {
                                reader->count = 0;
                                break;
                        }
                }

                rd_kafka_message_t *message = reader->messages[reader->at];

                if (settle_message(reader, message) == SLOT_PACKER_FULL) {
                        stat_add(STAT_STALLS_ALARM + reader->lane, 1);
                        break;
                }
                rd_kafka_message_destroy(message);
                reader->at++;
                done = true;
        }
        ring_shards(reader);
        return done;
}

bool lane_reader_detach(struct lane_reader *reader) {
        if (reader->packing &&
            settle_message(reader, reader->messages[reader->at]) == SLOT_PACKER_FULL)
                return false;
        ring_shards(reader);
        reader->packing = false;
        reader->stalled = -1;
        let_go(reader);
        return true;
}

bool lane_reader_has_room(const struct lane_reader *reader) {
        return reader->stalled >= 0 &&
               ring_reserve(&reader->shards[reader->stalled].lane[reader->lane]);
}

/* SPDX-License-Identifier: MIT
 *
 * Lane reader: from one librdkafka queue into the rings of the shards. Alarm and telemetry have a queue
 * each, so that a telemetry backlog never stands in front of an alarm; when a shard's ring is
 * full the lane stops reading its queue, keeps the record in hand, and goes on from there.
 *
 * Thread: the consumer thread.
 */
#ifndef VIGIL_RULES_CONSUMER_LANE_READER_H
#define VIGIL_RULES_CONSUMER_LANE_READER_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include <librdkafka/rdkafka.h>

#include "common/wire/event_kind.h"
#include "rules/shard/shard.h"
#include "rules/shard/slot.h"

enum { LANE_READER_BATCH = 256 };

/* One lane of one partition, as the consumer sees it. */
struct lane_reader_partition {
        uint32_t generation; /* 0: not ours */
        bool marked;         /* SLOT_CAUGHT_UP has been sent */
        int64_t target;      /* offset behind the last record at opening */
        int64_t next_offset; /* behind the last record handed over */
};

struct lane_reader {
        enum lane lane;
        struct shard *shards;
        int32_t shard_count;
        int32_t partition_count;
        rd_kafka_queue_t *queue;
        struct lane_reader_partition *partitions;
        /* LogAppendTime of the newest record, by partition, for its checkpoint; NULL: nobody wants to know. */
        _Atomic int64_t (*append_time_ms)[LANE_COUNT];
        bool in_doubt; /* Kafka said that a topic does not exist: the position may be of one that is no more */
        rd_kafka_message_t *messages[LANE_READER_BATCH];
        ssize_t count;
        ssize_t at;
        struct slot_packer packer; /* of messages[at], while packing */
        bool packing;
        /* Whose events are about to be handed over; NULL: nobody wants to know. */
        void (*met)(void *context, const char *elder_id);
        void *met_context;
        int32_t stalled; /* shard whose ring is full, or -1 */
        bool *rung;      /* shards to ring for */
};

/* Without a queue until lane_reader_attach(). Return: 0 or -ENOMEM. */
int lane_reader_init(struct lane_reader *reader, enum lane lane, struct shard *shards,
                     int32_t shard_count, int32_t partition_count);
void lane_reader_fini(struct lane_reader *reader);

/* Read from a queue of @consumer's from now on, which wakes @bell_fd. */
void lane_reader_attach(struct lane_reader *reader, rd_kafka_t *consumer, int bell_fd);

/* All partitions are given back: forget what was read and not handed over. Kept, it would be taken for the first records
 * of the next assignment, which begins before them. */
void lane_reader_forget(struct lane_reader *reader);

/* Let go of the consumer and of everything read from it; all partitions are closed. A record that is half in a ring
 * goes in whole first. Return: whether it is done; false: again when the ring has room. */
bool lane_reader_detach(struct lane_reader *reader);

/* Hand over at most @records_max records. Blocks: never. Return: whether anything was done. */
bool lane_reader_pump(struct lane_reader *reader, int records_max);

/* @anew: the topic is known to be another one. What was to be read from @stored on begins at @first, or ends before it at @end: say what that means, in log and
 * counters. Return: the offset to read from. */
int64_t lane_reader_settle_start(enum lane lane, int32_t partition, int64_t stored, int64_t first,
                                 int64_t end, bool anew);

/* The same for one record that is not in a queue (and for the tests). Return: 0, or SLOT_PACKER_FULL: again
 * with the same arguments after room was made. */
int lane_reader_deliver(struct lane_reader *reader, const void *record, size_t record_bytes,
                        int32_t partition, int64_t offset);

/* A partition is ours from now on: @next_offset is where it is read from, @target the end of what
 * was in it already. */
void lane_reader_open(struct lane_reader *reader, int32_t partition, uint32_t generation,
                      int64_t next_offset, int64_t target);
void lane_reader_close(struct lane_reader *reader, int32_t partition);

/* Is there room again in the ring that stopped the lane? */
bool lane_reader_has_room(const struct lane_reader *reader);

#endif

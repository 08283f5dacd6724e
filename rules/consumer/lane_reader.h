/* SPDX-License-Identifier: MIT
 *
 * Lane reader: moves records from one librdkafka queue into the rings of the shards. Alarm and telemetry have a queue
 * each, so that an alarm never waits behind a telemetry backlog. When the ring of a shard is
 * full the lane stops reading its queue (back-pressure), keeps the current record, and continues there later.
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
        int64_t target;      /* end offset at opening */
        int64_t next_offset; /* offset after the last record handed over */
};

struct lane_reader {
        enum lane lane;
        struct shard *shards;
        int32_t shard_count;
        int32_t partition_count;
        rd_kafka_queue_t *queue;
        struct lane_reader_partition *partitions;
        /* Where to write the LogAppendTime of the newest record, by partition, for the checkpoint; NULL: nowhere. */
        _Atomic int64_t (*append_time_ms)[LANE_COUNT];
        bool in_doubt; /* Kafka said that a topic does not exist: positions may be of a deleted topic */
        rd_kafka_message_t *messages[LANE_READER_BATCH];
        ssize_t count;
        ssize_t at;                /* messages before it have been handed over */
        struct slot_packer packer; /* of messages[at], while packing */
        bool packing;
        /* Called with the elder of each event before it is handed over; NULL: not called. */
        void (*met)(void *context, const char *elder_id);
        void *met_context;
        int32_t stalled; /* shard whose ring is full, or -1 */
        bool *rung;      /* by shard: its doorbell must be rung */
};

/* The reader has no queue until lane_reader_attach(). Return: 0 or -ENOMEM. */
int lane_reader_init(struct lane_reader *reader, enum lane lane, struct shard *shards,
                     int32_t shard_count, int32_t partition_count);
void lane_reader_fini(struct lane_reader *reader);

/* Create a queue of @consumer and read from it. When the queue becomes non-empty, librdkafka writes to @bell_fd. */
void lane_reader_attach(struct lane_reader *reader, rd_kafka_t *consumer, int bell_fd);

/* For when all partitions are given back: drop the records that were read and not handed over. Otherwise they would be
 * taken for the first records of the next assignment, which starts before them. */
void lane_reader_forget(struct lane_reader *reader);

/* Close the queue and drop every record read from it, so that the consumer can be destroyed. All partitions must be
 * closed. A record that is partly in a ring is completed first. Return: true when done; false: call again when the
 * ring has room. */
bool lane_reader_detach(struct lane_reader *reader);

/* Hand over at most @records_max records, and ring the shards. Blocks: never. Return: whether anything was done. */
bool lane_reader_pump(struct lane_reader *reader, int records_max);

/* Decide where to read a partition that holds the records @first to before @end. @stored: where we stopped, or
 * CHECKPOINT_OFFSET_NONE. @anew: the topic is known to be another one. Records that Kafka has deleted, and a topic
 * that was created again, are logged and counted. Return: the offset to read from. */
int64_t lane_reader_settle_start(enum lane lane, int32_t partition, int64_t stored, int64_t first,
                                 int64_t end, bool anew);

/* Hand over one record; lane_reader_pump() calls this, and so do tests. Does not ring the shard. Blocks: never.
 * Return: 0, or SLOT_PACKER_FULL: call again with the same arguments when the ring has room. */
int lane_reader_deliver(struct lane_reader *reader, const void *record, size_t record_bytes,
                        int32_t partition, int64_t offset);

/* We own the partition from now on. It is read from @next_offset; @target is its end offset now. */
void lane_reader_open(struct lane_reader *reader, int32_t partition, uint32_t generation,
                      int64_t next_offset, int64_t target);
void lane_reader_close(struct lane_reader *reader, int32_t partition);

/* Has the ring that stalled the lane room again? */
bool lane_reader_has_room(const struct lane_reader *reader);

#endif

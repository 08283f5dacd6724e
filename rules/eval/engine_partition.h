/* SPDX-License-Identifier: MIT
 *
 * The partitions that this engine owns. Events and deadlines of elders of other partitions have no effect: while its
 * partition is not open, an elder has no running deadlines.
 *
 * Thread: the engine's owner. Blocks: never. Allocates: engine_partition_open().
 */
#ifndef VIGIL_RULES_EVAL_ENGINE_PARTITION_H
#define VIGIL_RULES_EVAL_ENGINE_PARTITION_H

#include <stdint.h>

struct engine;

/* Open a partition, after its states were restored. Deadlines that passed while nobody watched are settled silently
 * first, and only what is really overdue is raised. Return: 0, -EINVAL, -ENOMEM. */
int engine_partition_open(struct engine *engine, int32_t partition, int64_t now_ms);

/* What waits in Kafka has not been read yet: in every open partition, the time in which nothing is raised because of
 * silence (settle_ms) begins again. Happenings and their deadlines go on. */
void engine_partition_settle_anew(struct engine *engine, int64_t now_ms);
/* @partition must have been opened. Its elders' deadlines stop, and the states that wait for its elders are dropped. */
void engine_partition_close(struct engine *engine, int32_t partition);

/* Hours of events of @partition, which is open, are being read again, lane by lane, so that a cancel or a sign of
 * life may be read long after the happening that waits for it. Until @until_ms, a happening whose wait ended before
 * the partition was opened is not raised; @until_ms 0: reading back is done. New happenings are raised in time. */
void engine_partition_reads_back(struct engine *engine, int32_t partition, int64_t until_ms,
                                 int64_t now_ms);

/* The saved copy of @partition is lost (Redis was emptied or rolled back): the next blobs_save_dirty() writes every
 * elder of it again. */
void engine_partition_mark_dirty(struct engine *engine, int32_t partition);

/* Call this before a restore: drop what this engine still knows of the elders of @partition, which is out of date. */
void engine_partition_forget(struct engine *engine, int32_t partition);

#endif

/* SPDX-License-Identifier: MIT
 *
 * Partitions this engine owns. Events and deadlines of others' elders do nothing: an elder whose
 * partition is not open has no running deadlines.
 *
 * Thread: the engine's owner. Blocks: never. Allocates: engine_partition_open().
 */
#ifndef VIGIL_RULES_EVAL_ENGINE_PARTITION_H
#define VIGIL_RULES_EVAL_ENGINE_PARTITION_H

#include <stdint.h>

struct engine;

/* Open after the restore: deadlines that passed
 * while nobody watched are settled silently first and only what is really overdue is raised. */
int engine_partition_open(struct engine *engine, int32_t partition, int64_t now_ms);

/* What waits in Kafka is not read yet: the time without overdue (settle_ms) begins now in every open
 * partition. Happenings and their deadlines go on. */
void engine_partition_settle_anew(struct engine *engine, int64_t now_ms);
/* @partition: was opened. */
void engine_partition_close(struct engine *engine, int32_t partition);

/* @partition, which is open: events of hours are read again, lane by lane: what a happening of then waits for, a cancel or a sign of life, may
 * come long after it. Until @until_ms, 0: until now, one whose time was over before the partition was opened
 * is not told. What happens now is told in its time. */
void engine_partition_reads_back(struct engine *engine, int32_t partition, int64_t until_ms,
                                 int64_t now_ms);

/* The saved copy of @partition is gone (Redis emptied or rolled back): the next blobs_save_dirty()
 * writes every elder of it again. */
void engine_partition_mark_dirty(struct engine *engine, int32_t partition);

/* Before a restore: whatever this engine still knows of the elders of @partition is of another time. */
void engine_partition_forget(struct engine *engine, int32_t partition);

#endif

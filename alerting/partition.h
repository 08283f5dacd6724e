/* SPDX-License-Identifier: MIT
 *
 * Partition: what to do when partitions are assigned and lost. All are calls of an intake_handler (intake.h), but the
 * last, which is written() of a journal_handler; @context: the struct alerting.
 *
 * Thread: the loop's. Blocks: alerting_partition_giving(), for at most a second.
 */
#ifndef VIGIL_ALERTING_PARTITION_H
#define VIGIL_ALERTING_PARTITION_H

#include "alerting/act/alerting.h"

int alerting_partition_restored(void *context, int32_t partition, const char *key, size_t key_bytes,
                                const char *json, size_t json_bytes);
bool alerting_partition_busy(void *context, int32_t partition);
void alerting_partition_ready(void *context, int32_t partition);
void alerting_partition_emptied(void *context, int32_t partition);
void alerting_partition_giving(void *context);
void alerting_partition_lost(void *context, int32_t partition);
void alerting_partition_written(void *context, int32_t partition, int64_t offset);

#endif

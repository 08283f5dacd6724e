/* SPDX-License-Identifier: MIT
 *
 * Partition: what to do when partitions come and go. All are an intake_handler's, but the last, a journal_handler's;
 * @context: the struct alerting.
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

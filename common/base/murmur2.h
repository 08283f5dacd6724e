/* SPDX-License-Identifier: MIT
 *
 * Kafka's own key hash (MurmurHash2, seed 0x9747b28c), so that any Java, Python or librdkafka
 * client with its default or murmur2 partitioner finds an elder on the partition we use.
 *
 * Thread: any. Blocks: never.
 */
#ifndef VIGIL_COMMON_BASE_MURMUR2_H
#define VIGIL_COMMON_BASE_MURMUR2_H

#include <stddef.h>
#include <stdint.h>

uint32_t murmur2(const void *key, size_t key_bytes);

/* The partition of a key: (hash & 0x7fffffff) % partition_count, as Java's toPositive does. */
int32_t murmur2_partition(uint32_t hash, int32_t partition_count);

#endif

/* SPDX-License-Identifier: MIT
 *
 * The key hash of Kafka's Java client (MurmurHash2, seed 0x9747b28c). Every client with the murmur2
 * partitioner (the default in Java, an option in librdkafka) maps an elder to the same partition as we do.
 *
 * Thread: any. Blocks: never.
 */
#ifndef VIGIL_COMMON_BASE_MURMUR2_H
#define VIGIL_COMMON_BASE_MURMUR2_H

#include <stddef.h>
#include <stdint.h>

uint32_t murmur2(const void *key, size_t key_bytes);

/* The partition of a key: (hash & 0x7fffffff) % partition_count, as in the Java client (Utils.toPositive()). */
int32_t murmur2_partition(uint32_t hash, int32_t partition_count);

#endif

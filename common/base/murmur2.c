/* SPDX-License-Identifier: MIT */
#include "common/base/murmur2.h"

#include <string.h>

#include "common/base/require.h"

/* Source of the constants: org.apache.kafka.common.utils.Utils.murmur2(). */
enum { MURMUR2_R = 24 };
static const uint32_t murmur2_m = 0x5bd1e995;
static const uint32_t murmur2_seed = 0x9747b28c;

uint32_t murmur2(const void *key, size_t key_bytes) {
        const unsigned char *at = key;
        uint32_t hash = murmur2_seed ^ (uint32_t)key_bytes;

        for (; key_bytes >= 4; at += 4, key_bytes -= 4) {
                uint32_t k;

                memcpy(&k, at, sizeof(k));
                k *= murmur2_m;
                k ^= k >> MURMUR2_R;
                k *= murmur2_m;
                hash *= murmur2_m;
                hash ^= k;
        }

        switch (key_bytes) {
        case 3:
                hash ^= (uint32_t)at[2] << 16;
                /* fallthrough */
        case 2:
                hash ^= (uint32_t)at[1] << 8;
                /* fallthrough */
        case 1:
                hash ^= at[0];
                hash *= murmur2_m;
        }

        hash ^= hash >> 13;
        hash *= murmur2_m;
        hash ^= hash >> 15;
        return hash;
}

int32_t murmur2_partition(uint32_t hash, int32_t partition_count) {
        require(partition_count > 0, "a partition of %d", (int)partition_count);
        return (int32_t)(hash & 0x7fffffff) % partition_count;
}

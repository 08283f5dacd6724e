/* SPDX-License-Identifier: MIT */
#include "rules/state/checkpoint.h"

#include <errno.h>
#include <stdlib.h>

#include "common/err.h"

enum owner { OWNER_SHARD, OWNER_STATE };

int checkpoint_init(struct checkpoint *checkpoint, int32_t first_partition, int32_t step,
                    int32_t partition_count) {
        int32_t count = (partition_count - first_partition + step - 1) / step;

        if (count < 0)
                count = 0;
        checkpoint->parts = calloc((size_t)count + 1, sizeof(*checkpoint->parts));
        if (!checkpoint->parts)
                return err_raise(-ENOMEM);
        for (int32_t i = 0; i < count; i++)
                checkpoint->parts[i].partition = first_partition + i * step;
        checkpoint->part_count = (uint32_t)count;
        checkpoint->owed = 0;
        checkpoint->filled_mono_ms = 0;
        atomic_init(&checkpoint->owner, OWNER_SHARD);
        return 0;
}

void checkpoint_fini(struct checkpoint *checkpoint) {
        for (uint32_t i = 0; i < checkpoint->part_count; i++)
                bundle_fini(&checkpoint->parts[i].elders);
        free(checkpoint->parts);
        checkpoint->parts = NULL;
        checkpoint->part_count = 0;
}

void checkpoint_clear(struct checkpoint *checkpoint) {
        for (uint32_t i = 0; i < checkpoint->part_count; i++) {
                checkpoint->parts[i].used = false;
                checkpoint->parts[i].whole = false;
                checkpoint->parts[i].settled = false;
                bundle_clear(&checkpoint->parts[i].elders);
        }
}

void checkpoint_hand_over(struct checkpoint *checkpoint) {
        /* K1 -> L1: the buffer is filled before it changes hands. */
        atomic_store_explicit(&checkpoint->owner, OWNER_STATE, memory_order_release);
}

bool checkpoint_is_back(struct checkpoint *checkpoint) {
        /* L2 <- K2: the outcome is written, and the state thread reads the buffer no more. */
        return atomic_load_explicit(&checkpoint->owner, memory_order_acquire) == OWNER_SHARD;
}

bool checkpoint_is_owed(struct checkpoint *checkpoint) {
        /* L1 <- K1: the shard has filled the buffer. */
        return atomic_load_explicit(&checkpoint->owner, memory_order_acquire) == OWNER_STATE;
}

void checkpoint_give_back(struct checkpoint *checkpoint) {
        /* K2 -> L2: outcomes first. */
        atomic_store_explicit(&checkpoint->owner, OWNER_SHARD, memory_order_release);
}

struct restored *restored_free(struct restored *restored) {
        if (!restored)
                return NULL;
        bundle_fini(&restored->elders);
        free(restored);
        return NULL;
}

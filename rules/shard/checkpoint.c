/* SPDX-License-Identifier: MIT */
#include "rules/shard/checkpoint.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/err.h"
#include "common/base/require.h"
#include "common/base/murmur2.h"

enum owner { OWNER_SHARD, OWNER_STATE };

int checkpoint_init(struct checkpoint *checkpoint, int32_t first_partition, int32_t step,
                    int32_t partition_count) {
        require(step > 0 && first_partition >= 0 && first_partition < step,
                "every %dth partition from %d on", step, first_partition);

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

static enum owner owner_of(const struct checkpoint *checkpoint) {
        return (enum owner)atomic_load_explicit(&checkpoint->owner,
                                                memory_order_relaxed); /* the caller is the owner */
}

void checkpoint_clear(struct checkpoint *checkpoint) {
        require(owner_of(checkpoint) == OWNER_SHARD, "a checkpoint is emptied that is away");
        for (uint32_t i = 0; i < checkpoint->part_count; i++) {
                checkpoint->parts[i].used = false;
                checkpoint->parts[i].whole = false;
                checkpoint->parts[i].settled = false;
                bundle_clear(&checkpoint->parts[i].elders);
        }
}

void checkpoint_hand_over(struct checkpoint *checkpoint) {
        require(owner_of(checkpoint) == OWNER_SHARD, "a checkpoint is handed over twice");
        /* K1 -> L1: the buffer is filled before it changes hands. */
        atomic_store_explicit(&checkpoint->owner, OWNER_STATE, memory_order_release);
}

bool checkpoint_is_back(struct checkpoint *checkpoint) {
        /* L2 <- K2: the outcomes are written, and the state thread no longer reads the buffer. */
        return atomic_load_explicit(&checkpoint->owner, memory_order_acquire) == OWNER_SHARD;
}

bool checkpoint_is_owed(struct checkpoint *checkpoint) {
        /* L1 <- K1: the shard has filled the buffer. */
        return atomic_load_explicit(&checkpoint->owner, memory_order_acquire) == OWNER_STATE;
}

void checkpoint_give_back(struct checkpoint *checkpoint) {
        require(owner_of(checkpoint) == OWNER_STATE, "a checkpoint is given back twice");
        for (uint32_t i = 0; i < checkpoint->part_count; i++)
                bundle_make_room(&checkpoint->parts[i].elders);
        /* K2 -> L2: the outcomes are written before the buffer changes hands. */
        atomic_store_explicit(&checkpoint->owner, OWNER_SHARD, memory_order_release);
}

struct checkpoint_restored *checkpoint_restored_free(struct checkpoint_restored *restored) {
        if (!restored)
                return NULL;
        bundle_fini(&restored->elders);
        free(restored->refused);
        free(restored);
        return NULL;
}

static int compare_hashes(const void *a, const void *b) {
        uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

        return (x > y) - (x < y);
}

bool checkpoint_refused_has(const uint32_t *refused, uint32_t refused_count, uint32_t elder_hash) {
        return refused_count &&
               bsearch(&elder_hash, refused, refused_count, sizeof(*refused), compare_hashes);
}

int checkpoint_restored_note_refused(struct checkpoint_restored *restored,
                                     bool (*is_readable)(const void *blob, size_t blob_bytes)) {
        struct bundle_item item;
        size_t at = 0;

        while (bundle_next(&restored->elders, &at, &item)) {
                if (is_readable(item.bytes, item.bytes_used))
                        continue;
                if (!restored->refused)
                        restored->refused =
                                malloc(restored->elders.count * sizeof(*restored->refused));
                if (!restored->refused)
                        return err_raise(-ENOMEM);
                restored->refused[restored->refused_count++] =
                        murmur2(item.elder_id, strlen(item.elder_id));
        }
        if (restored->refused_count)
                qsort(restored->refused, restored->refused_count, sizeof(*restored->refused),
                      compare_hashes);
        for (int lane = 0; lane < LANE_COUNT; lane++)
                restored->judged_to[lane] = restored->refused_count ? restored->next_offset[lane]
                                                                    : CHECKPOINT_OFFSET_NONE;
        return 0;
}

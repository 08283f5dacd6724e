/* SPDX-License-Identifier: MIT */
#include "rules/eval/engine_partition.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/err.h"
#include "common/base/require.h"
#include "rules/eval/blob.h"
#include "rules/eval/core/elders.h"
#include "rules/eval/core/engine_state.h"
#include "rules/eval/core/partition.h"

/* A partition that was opened: no other is closed or read back. */
static struct partition *partition_at(struct engine *engine, int32_t partition) {
        require(partition >= 0 && (uint32_t)partition < engine->partition_count,
                "partition %d, %u at most were opened", partition, engine->partition_count);
        return &engine->partitions[partition];
}

/* Call @each for every elder of @partition. */
static void for_each(struct engine *engine, int32_t partition,
                     void (*each)(struct engine *engine, uint32_t handle, int64_t now_ms),
                     int64_t now_ms) {
        for (uint32_t i = 0; i <= engine->table.mask; i++) {
                uint32_t handle = engine->table.slots[i].handle;

                if (handle && elder_cold(engine_at(engine, handle))->partition == partition)
                        each(engine, handle, now_ms);
        }
}

static void open_elder(struct engine *engine, uint32_t handle, int64_t now_ms) {
        engine_at(engine, handle)->flags |= ELDER_OPEN;
        elder_look(engine, handle, now_ms);
}

static void close_elder(struct engine *engine, uint32_t handle, int64_t now_ms) {
        (void)now_ms;
        engine_at(engine, handle)->flags &= (uint8_t)~ELDER_OPEN;
        timers_disarm(&engine->timers, handle);
        elder_clean(engine, handle);
}

static void dirty_elder(struct engine *engine, uint32_t handle, int64_t now_ms) {
        (void)now_ms;
        elder_mark_dirty(engine, handle);
}

int engine_partition_open(struct engine *engine, int32_t partition, int64_t now_ms) {
        if (partition < 0 || partition >= PARTITIONS_MAX)
                return err_raise(-EINVAL);
        if ((uint32_t)partition >= engine->partition_count) {
                uint32_t count = (uint32_t)partition + 1;
                struct partition *rows = realloc(engine->partitions, count * sizeof(*rows));

                if (!rows)
                        return err_raise(-ENOMEM);
                memset(rows + engine->partition_count, 0,
                       (count - engine->partition_count) * sizeof(*rows));
                engine->partitions = rows;
                engine->partition_count = count;
        }

        struct partition *row = &engine->partitions[partition];

        *row = (struct partition){
                .opened_ms = now_ms,
                .settling_since_ms = now_ms,
                .settled_ms = now_ms + engine->settle_ms,
                .open = true,
        };
        if (engine->settling_until_ms < row->settled_ms)
                engine->settling_until_ms = row->settled_ms;
        for_each(engine, partition, open_elder, now_ms);
        return 0;
}

void engine_partition_settle_anew(struct engine *engine, int64_t now_ms) {
        for (uint32_t i = 0; i < engine->partition_count; i++) {
                struct partition *partition = &engine->partitions[i];

                if (!partition->open)
                        continue;
                partition->settling_since_ms = now_ms;
                partition_settle_until(engine, partition, now_ms + engine->settle_ms);
        }
}

static void look_at_elder(struct engine *engine, uint32_t handle, int64_t now_ms) {
        if (engine_at(engine, handle)->flags & ELDER_OPEN)
                elder_look(engine, handle, now_ms);
}

void engine_partition_reads_back(struct engine *engine, int32_t partition, int64_t until_ms,
                                 int64_t now_ms) {
        struct partition *row = partition_at(engine, partition);

        if (row->reads_back_until_ms && !until_ms)
                for_each(engine, partition, look_at_elder, now_ms); /* some have waited for this */
        row->reads_back_until_ms = until_ms;
}

void engine_partition_close(struct engine *engine, int32_t partition) {
        partition_at(engine, partition)->open = false;
        for_each(engine, partition, close_elder, 0);
        blobs_drop(engine, partition);
}

static void forget_elder(struct engine *engine, uint32_t handle, int64_t now_ms) {
        (void)now_ms;
        elder_clean(engine, handle);
        blob_forget(engine, handle);
}

void engine_partition_forget(struct engine *engine, int32_t partition) {
        require(partition >= 0 && partition < PARTITIONS_MAX, "partition %d", partition);
        for_each(engine, partition, forget_elder, 0);
        blobs_drop(engine, partition);
}

void engine_partition_mark_dirty(struct engine *engine, int32_t partition) {
        for_each(engine, partition, dirty_elder, 0);
}

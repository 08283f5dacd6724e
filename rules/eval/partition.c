/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/err.h"
#include "rules/eval/engine_state.h"

const struct partition *partition_of(const struct engine *engine, const struct elder *elder) {
        int32_t partition = elder_cold(elder)->partition;

        if (partition < 0 || (uint32_t)partition >= engine->partition_count)
                return NULL;
        return &engine->partitions[partition];
}

int64_t engine_opened_ms(const struct engine *engine, const struct elder *elder) {
        const struct partition *partition = partition_of(engine, elder);

        return partition ? partition->opened_ms : 0;
}

int64_t engine_settled_ms(const struct engine *engine, const struct elder *elder) {
        const struct partition *partition = partition_of(engine, elder);

        return partition ? partition->settled_ms : 0;
}

void partition_behind(struct engine *engine, const struct elder *elder, int64_t now_ms) {
        struct partition *partition = &engine->partitions[elder_cold(elder)->partition];
        int64_t latest_ms = partition->opened_ms + SETTLE_MAX_MS;
        int64_t settled_ms = now_ms + BEHIND_MS < latest_ms ? now_ms + BEHIND_MS : latest_ms;

        if (now_ms >= partition->settled_ms || settled_ms <= partition->settled_ms)
                return;
        partition->settled_ms = settled_ms;
        if (engine->settling_until_ms < settled_ms)
                engine->settling_until_ms = settled_ms;
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
        wheel_arm(&engine->wheel, handle, now_ms);
}

static void close_elder(struct engine *engine, uint32_t handle, int64_t now_ms) {
        (void)now_ms;
        engine_at(engine, handle)->flags &= (uint8_t)~ELDER_OPEN;
        wheel_disarm(&engine->wheel, handle);
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
                .settled_ms = now_ms + engine->settle_ms,
                .open = true,
        };
        if (engine->settling_until_ms < row->settled_ms)
                engine->settling_until_ms = row->settled_ms;
        for_each(engine, partition, open_elder, now_ms);
        return 0;
}

void engine_partition_close(struct engine *engine, int32_t partition) {
        if (partition < 0 || (uint32_t)partition >= engine->partition_count)
                return;
        engine->partitions[partition].open = false;
        for_each(engine, partition, close_elder, 0);
        blobs_drop(engine, partition);
}

void engine_mark_dirty(struct engine *engine, int32_t partition) {
        for_each(engine, partition, dirty_elder, 0);
}

/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/err.h"
#include "rules/eval/core/engine_state.h"

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

int64_t engine_hears_ms(const struct engine *engine, const struct elder *elder, int64_t now_ms) {
        const struct partition *partition = partition_of(engine, elder);

        if (!partition)
                return 0;
        if (listening_is_deaf(&partition->listening, now_ms))
                return now_ms + LISTENING_EVERY_MS;
        return partition->settled_ms;
}

int64_t engine_unheard_ms(const struct engine *engine, const struct elder *elder,
                          int64_t since_ms) {
        const struct partition *partition = partition_of(engine, elder);

        return partition ? listening_unheard_ms(&partition->listening, since_ms) : 0;
}

int64_t engine_ends_ms(const struct engine *engine, const struct elder *elder, int64_t ends_ms) {
        const struct partition *partition = partition_of(engine, elder);

        if (!partition || ends_ms >= partition->opened_ms ||
            ends_ms >= partition->reads_back_until_ms)
                return ends_ms;
        return partition->reads_back_until_ms;
}

static void settle_until(struct engine *engine, struct partition *partition, int64_t settled_ms) {
        if (partition->settled_ms < settled_ms)
                partition->settled_ms = settled_ms;
        if (engine->settling_until_ms < settled_ms)
                engine->settling_until_ms = settled_ms;
}

void partition_behind(const struct moment *moment) {
        struct partition *partition =
                &moment->engine->partitions[elder_cold(moment->elder)->partition];
        int64_t latest_ms = partition->settling_since_ms + SETTLE_MAX_MS;
        int64_t settled_ms = moment->now_ms + BEHIND_MS;
        bool waited_in_kafka = moment->now_ms - moment->received_ms > BEHIND_MS;

        if (moment->now_ms >= partition->settled_ms ||
            !(waited_in_kafka || partition->listened_again))
                return;
        settle_until(moment->engine, partition, settled_ms < latest_ms ? settled_ms : latest_ms);
}

/* How far the clock of the shard that said it is behind ours; 0 where that is not known. */
static int64_t note_behind(struct engine *engine, struct partition *partition,
                           const struct event *event, int64_t now_ms) {
        uint32_t shard = event->boot_id;
        int64_t behind_ms =
                listening_behind_ms(&partition->listening, shard, now_ms - event->received_time_ms);
        int64_t least_ms = INT64_MAX;

        if (behind_ms >= 0)
                engine->shard_behind_ms[shard] = behind_ms + 1;
        for (uint32_t i = 0; i < LISTENING_SHARDS_MAX; i++)
                if (engine->shard_behind_ms[i] && engine->shard_behind_ms[i] - 1 < least_ms)
                        least_ms = engine->shard_behind_ms[i] - 1;
        engine->ingest_behind_ms = least_ms == INT64_MAX ? 0 : least_ms;
        return behind_ms < 0 ? 0 : behind_ms;
}

void partition_listening(struct engine *engine, const struct event *event, int64_t now_ms) {
        /* A frame is foreign bytes: it may hold any number, or none. */
        if (!(event->value2 >= 0 && event->value2 < engine->partition_count))
                return;

        struct partition *partition = &engine->partitions[(uint32_t)event->value2];
        int64_t said_ms;

        if (!partition->open)
                return;

        int64_t behind_ms = note_behind(engine, partition, event, now_ms);

        said_ms = engine_received_ms(engine, event, now_ms);
        if (said_ms < event->received_time_ms + behind_ms)
                said_ms = event->received_time_ms + behind_ms;
        /* As with devices: a clock that runs ahead must not hide that we are deaf. */
        if (said_ms > now_ms)
                said_ms = now_ms;
        if (listening_note(&partition->listening, event->boot_id, event->value != 0, said_ms) !=
            LISTENING_AGAIN)
                return;
        partition->settling_since_ms = now_ms;
        partition->listened_again = true;
        settle_until(engine, partition,
                     now_ms + (engine->settle_ms ? engine->settle_ms : SETTLE_MS));
}

void partitions_count_deaf(struct engine *engine, int64_t now_ms) {
        uint32_t deaf = 0;

        if (now_ms < engine->deaf_look_ms)
                return;
        engine->deaf_look_ms = now_ms + DEAF_LOOK_MS;
        for (uint32_t i = 0; i < engine->partition_count; i++)
                deaf += engine->partitions[i].open &&
                        listening_is_deaf(&engine->partitions[i].listening, now_ms);
        engine->stats.deaf_partitions = deaf;
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

void engine_settle_anew(struct engine *engine, int64_t now_ms) {
        for (uint32_t i = 0; i < engine->partition_count; i++) {
                struct partition *partition = &engine->partitions[i];

                if (!partition->open)
                        continue;
                partition->settling_since_ms = now_ms;
                settle_until(engine, partition, now_ms + engine->settle_ms);
        }
}

static void look_at_elder(struct engine *engine, uint32_t handle, int64_t now_ms) {
        if (engine_at(engine, handle)->flags & ELDER_OPEN)
                elder_look(engine, handle, now_ms);
}

void engine_partition_reads_back(struct engine *engine, int32_t partition, int64_t until_ms,
                                 int64_t now_ms) {
        struct partition *row;

        if (partition < 0 || (uint32_t)partition >= engine->partition_count)
                return;
        row = &engine->partitions[partition];
        if (row->reads_back_until_ms && !until_ms)
                for_each(engine, partition, look_at_elder, now_ms); /* some have waited for this */
        row->reads_back_until_ms = until_ms;
}

void engine_partition_close(struct engine *engine, int32_t partition) {
        if (partition < 0 || (uint32_t)partition >= engine->partition_count)
                return;
        engine->partitions[partition].open = false;
        for_each(engine, partition, close_elder, 0);
        blobs_drop(engine, partition);
}

static void forget_elder(struct engine *engine, uint32_t handle, int64_t now_ms) {
        (void)now_ms;
        elder_clean(engine, handle);
        blob_forget(engine, handle);
}

void engine_partition_forget(struct engine *engine, int32_t partition) {
        for_each(engine, partition, forget_elder, 0);
        blobs_drop(engine, partition);
}

void engine_mark_dirty(struct engine *engine, int32_t partition) {
        for_each(engine, partition, dirty_elder, 0);
}

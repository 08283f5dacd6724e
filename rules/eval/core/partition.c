/* SPDX-License-Identifier: MIT */
#include "rules/eval/core/partition.h"

#include "common/base/require.h"
#include "rules/eval/core/engine_state.h"

enum {
        SETTLE_MAX_MS = 15 * 60 * 1000, /* the longest settling, however large the backlog is */
        DEAF_LOOK_MS = 1000,            /* how often deaf partitions are counted */
};

const struct partition *partition_of(const struct engine *engine, const struct elder *elder) {
        int32_t partition = elder_cold(elder)->partition;

        if ((uint32_t)partition >= engine->partition_count) {
                require(partition >= 0 && partition < PARTITIONS_MAX, "an elder of partition %d",
                        partition);
                return NULL; /* no partition with so high a number was ever opened here */
        }
        return &engine->partitions[partition];
}

int64_t partition_opened_ms(const struct engine *engine, const struct elder *elder) {
        const struct partition *partition = partition_of(engine, elder);

        return partition ? partition->opened_ms : 0;
}

int64_t partition_settled_ms(const struct engine *engine, const struct elder *elder) {
        const struct partition *partition = partition_of(engine, elder);

        return partition ? partition->settled_ms : 0;
}

int64_t partition_hears_ms(const struct engine *engine, const struct elder *elder, int64_t now_ms) {
        const struct partition *partition = partition_of(engine, elder);

        if (!partition)
                return 0;
        if (listening_is_deaf(&partition->listening, now_ms))
                return now_ms + EVENT_LISTENING_EVERY_MS;
        return partition->settled_ms;
}

int64_t partition_unheard_ms(const struct engine *engine, const struct elder *elder,
                             int64_t since_ms) {
        const struct partition *partition = partition_of(engine, elder);

        return partition ? listening_unheard_ms(&partition->listening, since_ms) : 0;
}

int64_t partition_ends_ms(const struct engine *engine, const struct elder *elder, int64_t ends_ms) {
        const struct partition *partition = partition_of(engine, elder);

        if (!partition || ends_ms >= partition->opened_ms ||
            ends_ms >= partition->reads_back_until_ms)
                return ends_ms;
        return partition->reads_back_until_ms;
}

void partition_settle_until(struct engine *engine, struct partition *partition,
                            int64_t settled_ms) {
        if (partition->settled_ms < settled_ms)
                partition->settled_ms = settled_ms;
        if (engine->settling_until_ms < settled_ms)
                engine->settling_until_ms = settled_ms;
}

void partition_behind(const struct moment *moment) {
        uint32_t number = (uint32_t)elder_cold(moment->elder)->partition;

        require(number < moment->engine->partition_count && moment->engine->partitions[number].open,
                "an event of partition %u is judged, which is not open", number);

        struct partition *partition = &moment->engine->partitions[number];
        int64_t latest_ms = partition->settling_since_ms + SETTLE_MAX_MS;
        int64_t settled_ms = moment->now_ms + PARTITION_BEHIND_MS;
        bool waited_in_kafka = moment->now_ms - moment->received_ms > PARTITION_BEHIND_MS;

        if (moment->now_ms >= partition->settled_ms ||
            !(waited_in_kafka || partition->listened_again))
                return;
        partition_settle_until(moment->engine, partition,
                               settled_ms < latest_ms ? settled_ms : latest_ms);
}

/* How far the clock of the reporting shard is behind ours; 0 if that is not known. */
static int64_t note_behind(struct engine *engine, struct partition *partition,
                           const struct event *event, int64_t now_ms) {
        uint32_t shard = event->boot_id;
        int64_t behind_ms =
                listening_behind_ms(&partition->listening, shard, now_ms - event->received_time_ms);
        int64_t least_ms = INT64_MAX;

        require(behind_ms < 0 || shard < EVENT_LISTENING_SHARDS_MAX, "ingest shard %u of %d", shard,
                EVENT_LISTENING_SHARDS_MAX);
        if (behind_ms >= 0)
                engine->shard_behind_ms[shard] = behind_ms + 1;
        for (uint32_t i = 0; i < EVENT_LISTENING_SHARDS_MAX; i++)
                if (engine->shard_behind_ms[i] && engine->shard_behind_ms[i] - 1 < least_ms)
                        least_ms = engine->shard_behind_ms[i] - 1;
        engine->ingest_behind_ms = least_ms == INT64_MAX ? 0 : least_ms;
        return behind_ms < 0 ? 0 : behind_ms;
}

void partition_listening(struct engine *engine, const struct event *event, int64_t now_ms) {
        /* A frame is foreign bytes: it may contain any partition number, or NAN. */
        if (!(event->value2 >= 0 && event->value2 < engine->partition_count))
                return;

        struct partition *partition = &engine->partitions[(uint32_t)event->value2];
        int64_t said_ms;

        if (!partition->open)
                return;

        int64_t behind_ms = note_behind(engine, partition, event, now_ms);

        said_ms = moment_received_ms(engine, event, now_ms);
        if (said_ms < event->received_time_ms + behind_ms)
                said_ms = event->received_time_ms + behind_ms;
        /* As with devices, a clock that is ahead must not hide that we are deaf. */
        if (said_ms > now_ms)
                said_ms = now_ms;
        if (listening_note(&partition->listening, event->boot_id, event->value != 0, said_ms) !=
            LISTENING_AGAIN)
                return;
        partition->settling_since_ms = now_ms;
        partition->listened_again = true;
        partition_settle_until(
                engine, partition,
                now_ms + (engine->settle_ms ? engine->settle_ms : PARTITION_SETTLE_MS));
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

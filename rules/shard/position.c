/* SPDX-License-Identifier: MIT */
#include "rules/shard/position.h"

#include <stdlib.h>
#include <string.h>

#include "common/base/require.h"

void position_fini(struct position *position) {
        free(position->refused);
        position->refused = NULL;
        position->refused_count = 0;
}

void position_open(struct position *position, struct checkpoint_restored *restored,
                   int64_t now_mono_ms) {
        require(position->partition == restored->partition && !position->open,
                "partition %d is opened as %d, generation %u", restored->partition,
                position->partition, restored->generation);
        require(restored->provisional == (restored->epoch == 0),
                "partition %d is provisional: %d, and has epoch %llu", restored->partition,
                restored->provisional, (unsigned long long)restored->epoch);
        position_fini(position);
        *position = (struct position){
                .partition = restored->partition,
                .open = true,
                .behind = true,
                .generation = restored->generation,
                .epoch = restored->epoch,
                .provisional = restored->provisional,
                .replays = restored->refused_count > 0,
                .refused = restored->refused,
                .refused_count = restored->refused_count,
                .fed_mono_ms = now_mono_ms,
        };
        memcpy(position->next_offset, restored->next_offset, sizeof(position->next_offset));
        memcpy(position->handed_offset, restored->next_offset, sizeof(position->handed_offset));
        memcpy(position->judged_to, restored->judged_to, sizeof(position->judged_to));
        restored->refused = NULL; /* owned by position now */
        restored->refused_count = 0;
}

bool position_knows(const struct position *position, enum lane lane, int64_t offset,
                    uint32_t elder_hash) {
        return position->replays && offset < position->judged_to[lane] &&
               !checkpoint_refused_has(position->refused, position->refused_count, elder_hash);
}

void position_begin_anew(struct position *position, enum lane lane, int64_t offset) {
        position->next_offset[lane] = offset;
        position->handed_offset[lane] = CHECKPOINT_OFFSET_NONE;
        position->judged_to[lane] = CHECKPOINT_OFFSET_NONE;
}

bool position_end_replay(struct position *position) {
        if (!position->open || !position->replays)
                return false;
        for (int lane = 0; lane < LANE_COUNT; lane++)
                if (position->next_offset[lane] < position->judged_to[lane])
                        return false;
        position->replays = false;
        position_fini(position);
        return true;
}

bool position_is_behind(struct position *position, int64_t now_mono_ms) {
        if (position->behind && now_mono_ms - position->fed_mono_ms > POSITION_STALL_MS)
                position->behind = false;
        return position->open && position->behind;
}

bool position_has_moved(const struct position *position) {
        return memcmp(position->next_offset, position->handed_offset,
                      sizeof(position->next_offset)) != 0;
}

void position_save(struct position *position, int64_t alarm_offset, struct checkpoint_part *part) {
        require(position->open && position_saves(position), "partition %d is not ours to save",
                position->partition);
        require(alarm_offset <= position->next_offset[LANE_ALARM],
                "partition %d: an alarm at %lld waits, judged is up to %lld", position->partition,
                (long long)alarm_offset, (long long)position->next_offset[LANE_ALARM]);
        part->used = true;
        part->whole = position->whole;
        part->epoch = position->epoch;
        part->number = ++position->number;
        memcpy(part->next_offset, position->next_offset, sizeof(part->next_offset));
        part->next_offset[LANE_ALARM] = alarm_offset;
        for (int lane = 0; lane < LANE_COUNT; lane++)
                require(part->next_offset[lane] >= position->handed_offset[lane],
                        "partition %d, lane %d, goes back from %lld to %lld", position->partition,
                        lane, (long long)position->handed_offset[lane],
                        (long long)part->next_offset[lane]);
        memcpy(position->handed_offset, part->next_offset, sizeof(position->handed_offset));
        position->final = position->closing;
}

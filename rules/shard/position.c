/* SPDX-License-Identifier: MIT */
#include "rules/shard/position.h"

#include <string.h>

void position_open(struct position *position, const struct restored *restored,
                   int64_t now_mono_ms) {
        *position = (struct position){
                .partition = restored->partition,
                .open = true,
                .behind = true,
                .generation = restored->generation,
                .epoch = restored->epoch,
                .fed_mono_ms = now_mono_ms,
        };
        memcpy(position->next_offset, restored->next_offset, sizeof(position->next_offset));
        memcpy(position->handed_offset, restored->next_offset, sizeof(position->handed_offset));
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
        part->used = true;
        part->whole = position->whole;
        part->epoch = position->epoch;
        part->number = ++position->number;
        memcpy(part->next_offset, position->next_offset, sizeof(part->next_offset));
        part->next_offset[LANE_ALARM] = alarm_offset;
        memcpy(position->handed_offset, part->next_offset, sizeof(position->handed_offset));
        position->final = position->closing;
}

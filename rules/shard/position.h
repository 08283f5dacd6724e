/* SPDX-License-Identifier: MIT
 *
 * Position: how far one partition has been judged, and under whose rule it is judged at all.
 *
 * next_offset of a lane passes a record only when all of its events were judged, so that what
 * a checkpoint says is never ahead of the states beside it. A record read again after a crash is known
 * to the engine by its events' numbers.
 *
 * Thread: the shard.
 */
#ifndef VIGIL_RULES_SHARD_POSITION_H
#define VIGIL_RULES_SHARD_POSITION_H

#include <stdbool.h>
#include <stdint.h>

#include "common/base/require.h"
#include "common/wire/event_kind.h"
#include "rules/shard/checkpoint.h"

struct position {
        int32_t partition;
        bool open;    /* ours */
        bool closing; /* on its way to somebody else: takes no events, waits for its last checkpoint */
        bool final;          /* that last checkpoint has been handed over */
        bool whole;          /* the next checkpoint replaces what is stored */
        bool behind;         /* alarms that were in Kafka at opening have not all been judged */
        uint32_t generation; /* of the assignment; slots of another one are not ours */
        uint64_t epoch;
        uint64_t number;     /* of the last checkpoint */
        int64_t fed_mono_ms; /* last event, while behind */
        int64_t next_offset[LANE_COUNT];
        int64_t handed_offset[LANE_COUNT]; /* as of the last checkpoint handed over */

        bool provisional; /* opened without Redis: nothing is saved until it is taken anew */
        bool replays;     /* Kafka is read again for elders whose states could not be read … */
        int64_t judged_to[LANE_COUNT]; /* … up to here; the others have been judged so far */
        uint32_t *refused;             /* who they are, as struct checkpoint_restored has it */
        uint32_t refused_count;
};

/* May what is known of the partition be written beside its position? Until a replay is over the states are
 * older than the position that was stored. */
static inline bool position_saves(const struct position *position) {
        return !position->provisional && !position->replays;
}

/* Was the event at @offset judged before its elder's state was stored, and that state read back? */
bool position_knows(const struct position *position, enum lane lane, int64_t offset,
                    uint32_t elder_hash);

/* A replay that has come to its end is over now. Return: whether it is. */
bool position_end_replay(struct position *position);

void position_fini(struct position *position);

/* Takes @restored->refused. */
void position_open(struct position *position, struct checkpoint_restored *restored,
                   int64_t now_mono_ms);

/* Does a slot of @generation belong to us now? */
static inline bool position_takes(const struct position *position, uint32_t generation) {
        return position->open && !position->closing && position->generation == generation;
}

/* The record at @offset has been judged to its end. Records come in the order of their offsets: one that goes back would
 * take the position back with it, and after a restart what was judged would be judged again. */
static inline void position_judged(struct position *position, enum lane lane, int64_t offset) {
        require(offset >= position->next_offset[lane],
                "partition %d, lane %d, generation %u: offset %lld after %lld", position->partition,
                lane, position->generation, (long long)offset,
                (long long)position->next_offset[lane] - 1);
        position->next_offset[lane] = offset + 1;
}

/* The topic was made anew: its records begin at @offset, and nothing of them was judged. */
void position_begin_anew(struct position *position, enum lane lane, int64_t offset);

/* Deadlines wait until the alarms that were in Kafka at opening have been judged: the elder's own
 * "cancel" may be among them. An alarm lane that shows nothing for POSITION_STALL_MS holds them no longer.
 * (What a telemetry backlog means for deadlines is the engine's to know: see settle_ms there.) */
enum { POSITION_STALL_MS = 5000 };
bool position_is_behind(struct position *position, int64_t now_mono_ms);

/* Has it moved since the last checkpoint? */
bool position_has_moved(const struct position *position);

/* Fill @part but for its elders, and remember what was handed over. @alarm_offset: the alarm lane's
 * next_offset, or less while an alarm before it is still waiting to be judged. */
void position_save(struct position *position, int64_t alarm_offset, struct checkpoint_part *part);

#endif

/* SPDX-License-Identifier: MIT
 *
 * Position: how far one partition has been judged, and whether and under which assignment and epoch we own it.
 *
 * next_offset of a lane passes a record only when all its events have been judged, so that the offsets in
 * a checkpoint are never ahead of the states in it. When a record is read again after a crash, the engine drops its
 * events as duplicates, by device, boot and sequence.
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
        bool open;           /* we own it */
        bool closing;        /* is being given up: takes no events, waits for its last checkpoint */
        bool final;          /* the last checkpoint has been handed over */
        bool whole;          /* the next checkpoint replaces what is stored */
        bool behind;         /* not all alarms that were in Kafka at opening have been judged */
        uint32_t generation; /* of the assignment, rising; slots of another one are dropped */
        uint64_t epoch;
        uint64_t number;     /* of the last checkpoint */
        int64_t fed_mono_ms; /* when the last alarm was judged, while behind */
        int64_t next_offset[LANE_COUNT];
        int64_t handed_offset[LANE_COUNT]; /* next_offset of the last checkpoint handed over */

        bool provisional; /* opened without Redis: nothing is saved until it is taken again */
        bool replays;     /* Kafka is read again for the refused elders */
        int64_t judged_to[LANE_COUNT]; /* end of the replay; all others are judged up to it */
        uint32_t *refused;             /* as in struct checkpoint_restored; owned */
        uint32_t refused_count;
};

/* May states and position be written to Redis? Not while provisional, and not before a replay has ended: until then the
 * states of the refused elders are older than the stored position. */
static inline bool position_saves(const struct position *position) {
        return !position->provisional && !position->replays;
}

/* During a replay: is the event at @offset already part of the elder's restored state, so that it must be skipped? */
bool position_knows(const struct position *position, enum lane lane, int64_t offset,
                    uint32_t elder_hash);

/* End the replay if both lanes have reached judged_to. Return: whether it ended now. */
bool position_end_replay(struct position *position);

void position_fini(struct position *position);

/* Start judging the partition from @restored. Takes ownership of @restored->refused. */
void position_open(struct position *position, struct checkpoint_restored *restored,
                   int64_t now_mono_ms);

/* May a slot of @generation be judged? */
static inline bool position_takes(const struct position *position, uint32_t generation) {
        return position->open && !position->closing && position->generation == generation;
}

/* All of the record at @offset has been judged. Records arrive in offset order. A lower offset would move the
 * position back, and after a restart judged records would be judged again. */
static inline void position_judged(struct position *position, enum lane lane, int64_t offset) {
        require(offset >= position->next_offset[lane],
                "partition %d, lane %d, generation %u: offset %lld after %lld", position->partition,
                lane, position->generation, (long long)offset,
                (long long)position->next_offset[lane] - 1);
        position->next_offset[lane] = offset + 1;
}

/* The topic was deleted and created again: its records start at @offset, and none has been judged. */
void position_begin_anew(struct position *position, enum lane lane, int64_t offset);

/* Deadlines wait until the alarms that were in Kafka at opening have been judged, because the elder's own
 * "cancel" may be among them. After POSITION_STALL_MS without an alarm they wait no longer.
 * (For a backlog of telemetry, see settle_ms of struct engine_options.) */
enum { POSITION_STALL_MS = 5000 };
bool position_is_behind(struct position *position, int64_t now_mono_ms);

/* Has an offset moved since the last checkpoint? */
bool position_has_moved(const struct position *position);

/* Fill @part except its elders, and store its offsets in handed_offset. @alarm_offset: next_offset of the alarm lane,
 * or the offset of an earlier alarm that still waits (parked_hold()). */
void position_save(struct position *position, int64_t alarm_offset, struct checkpoint_part *part);

#endif

/* SPDX-License-Identifier: MIT
 *
 * Wheel: one timer per elder, in steps of 100 ms (20 ms for life safety, see timers.h), re-armed lazily.
 *
 * An elder's timer is armed for the earliest of its deadlines or before. An event that moves a deadline further away
 * (a heartbeat, a sign of life) does not touch the timer. When the timer comes up, the elder is checked, what is
 * really due fires, and the timer is armed for the next deadline.
 *
 * Because every timer is checked in this way, one beyond the wheel's span simply comes up early, somewhere in the
 * second half of the span, and is armed again. So there is one level and no cascading; a level above would only move
 * the same check elsewhere (docs/adr/0008-flat-wheel.md).
 *
 * Timers that come up go to the ready list in one piece. The owner takes them from there at its own pace, so that a
 * million timers of one moment do not delay an event.
 *
 * Thread: one owner. Blocks: never. Allocates: wheel_init().
 */
#ifndef VIGIL_RULES_EVAL_MEMORY_WHEEL_H
#define VIGIL_RULES_EVAL_MEMORY_WHEEL_H

#include <stdbool.h>
#include <stdint.h>

#include "rules/eval/memory/arena.h"
#include "rules/eval/memory/elder.h"

enum {
        WHEEL_STEP_MS = 100,
        WHEEL_STEPS = 8192, /* 13.6 minutes of 100 ms */
};

struct wheel_list {
        uint32_t first, last; /* handles */
};

struct wheel {
        const struct arena *arena;
        struct wheel_list *lists;        /* WHEEL_STEPS of them */
        uint64_t busy[WHEEL_STEPS / 64]; /* bit n: list n is not empty */
        struct wheel_list ready;
        uint32_t tick;   /* lists up to here have been moved to @ready */
        int64_t tick_ms; /* time of @tick on the engine's clock */
        int64_t step_ms;
};

/* Return: 0 or -ENOMEM. */
int wheel_init(struct wheel *wheel, const struct arena *arena, int64_t step_ms, int64_t now_ms);
void wheel_fini(struct wheel *wheel);

/* Make sure that the timer of the elder at @handle comes up at @due_ms or before. */
void wheel_arm(struct wheel *wheel, uint32_t handle, int64_t due_ms);
void wheel_disarm(struct wheel *wheel, uint32_t handle);

/* When the timer of the elder at @handle comes up; it must be armed. */
int64_t wheel_due_ms(const struct wheel *wheel, uint32_t handle);

/* Call this when the elder's block has moved and its links have been copied. */
void wheel_moved(struct wheel *wheel, uint32_t handle);

/* Move what is due to the ready list. If time runs backwards, the wheel does not turn back: a timer still comes up
 * after as many milliseconds as it was armed for. */
void wheel_advance(struct wheel *wheel, int64_t now_ms);

/* Take out the first ready elder; its timer is no longer armed. Return: its handle or ARENA_NONE. */
uint32_t wheel_pop(struct wheel *wheel);

/* Milliseconds until a timer comes up; 0: now, -1: never. */
int64_t wheel_next_ms(const struct wheel *wheel, int64_t now_ms);

#endif

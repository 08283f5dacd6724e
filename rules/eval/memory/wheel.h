/* SPDX-License-Identifier: MIT
 *
 * Wheel: one timer an elder, in steps of 100 ms (20 ms where life safety is concerned, see timers.h), lazily
 * re-armed.
 *
 * An elder's timer stands at or before the earliest of its deadlines. What moves a deadline further
 * away (a heartbeat, a sign of life) does not touch the timer; when it comes up, the elder is looked
 * at, what is really due fires, and the timer is put where the next deadline lies.
 *
 * Because every timer is checked that way anyhow, one that lies beyond the wheel's span simply comes
 * up early, somewhere in the second half of the span, and is put back. So there is one level and
 * nothing ever cascades; a level above would only move the same check elsewhere
 * (docs/adr/0008-flat-wheel.md).
 *
 * What comes up goes to the ready list in one piece; the owner takes from there at its own pace, so
 * a million timers of one moment do not hold up an event.
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
        uint64_t busy[WHEEL_STEPS / 64]; /* which are not empty */
        struct wheel_list ready;
        uint32_t tick;   /* lists up to here have been moved to @ready */
        int64_t tick_ms; /* wall clock of @tick */
        int64_t step_ms;
};

int wheel_init(struct wheel *wheel, const struct arena *arena, int64_t step_ms, int64_t now_ms);
void wheel_fini(struct wheel *wheel);

/* Make sure the timer of the elder at @handle comes up at @due_ms or before. */
void wheel_arm(struct wheel *wheel, uint32_t handle, int64_t due_ms);
void wheel_disarm(struct wheel *wheel, uint32_t handle);

/* When the timer of the elder at @handle, which is armed, comes up. */
int64_t wheel_due_ms(const struct wheel *wheel, uint32_t handle);

/* The elder's block has moved, links copied with it. */
void wheel_moved(struct wheel *wheel, uint32_t handle);

/* Move what is due to the ready list. Time that runs backwards does not turn the wheel back: what is
 * in it still comes up after as many milliseconds as it was put in for. */
void wheel_advance(struct wheel *wheel, int64_t now_ms);

/* Take the first ready elder out, disarmed. Return: its handle or ARENA_NONE. */
uint32_t wheel_pop(struct wheel *wheel);

/* Milliseconds until something comes up: 0 now, -1 never. */
int64_t wheel_next_ms(const struct wheel *wheel, int64_t now_ms);

#endif

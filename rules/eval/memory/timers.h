/* SPDX-License-Identifier: MIT
 *
 * Timers: one per elder, in one of two wheels. While a life-safety condition is in progress (a fall that can still be
 * cancelled), the elder's timer is in a wheel of its own, with finer steps. What comes up there never waits behind
 * the other wheel, even if a million elders are overdue at once.
 *
 * The timer of such an elder also covers its other deadlines: few elders are in that wheel, so that a check of all
 * deadlines of an elder costs little.
 *
 * Thread: the engine's owner. Blocks: never. Allocates: timers_init().
 */
#ifndef VIGIL_RULES_EVAL_MEMORY_TIMERS_H
#define VIGIL_RULES_EVAL_MEMORY_TIMERS_H

#include "rules/eval/memory/wheel.h"

enum { TIMERS_LIFE_STEP_MS = 20 };

struct timers {
        struct wheel life, rest;
};

/* @now_ms: on the engine's clock, as in all calls. Return: 0 or -ENOMEM. */
int timers_init(struct timers *timers, const struct arena *arena, int64_t now_ms);
void timers_fini(struct timers *timers);

/* Make sure that the timer of the elder at @handle comes up at @due_ms or before. @life: the deadline is of life
 * safety. */
void timers_arm(struct timers *timers, uint32_t handle, int64_t due_ms, bool life);
void timers_disarm(struct timers *timers, uint32_t handle);

/* Call this when the elder's block has moved and its links and flags have been copied. */
void timers_moved(struct timers *timers, uint32_t handle);

/* Make ready what is due at @now_ms. */
void timers_advance(struct timers *timers, int64_t now_ms);

/* Take out the first elder that is ready in the wheel of life safety (@life) or in the other one; its timer is no
 * longer armed. Return: its handle or ARENA_NONE. */
uint32_t timers_pop(struct timers *timers, bool life);

/* Milliseconds until a timer comes up; 0: now, -1: never. */
int64_t timers_next_ms(const struct timers *timers, int64_t now_ms);

#endif

/* SPDX-License-Identifier: MIT
 *
 * Timers: one an elder, in one of two wheels. While something of life safety is under way (a fall that may still be
 * cancelled), the elder's timer is in a wheel of its own, with finer steps; what comes up there never waits behind
 * what comes up in the other one, though a million elders were overdue at once.
 *
 * The timer of such an elder stands for its other deadlines too: few elders are in that wheel, so a look at all that
 * an elder has costs nobody anything.
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

int timers_init(struct timers *timers, const struct arena *arena, int64_t now_ms);
void timers_fini(struct timers *timers);

/* Make sure the timer of the elder at @handle comes up at @due_ms or before. @life: for life safety. */
void timers_arm(struct timers *timers, uint32_t handle, int64_t due_ms, bool life);
void timers_disarm(struct timers *timers, uint32_t handle);

/* The elder's block has moved, links and flags copied with it. */
void timers_moved(struct timers *timers, uint32_t handle);

void timers_advance(struct timers *timers, int64_t now_ms);

/* Take the first elder that is ready out, disarmed. Return: its handle or ARENA_NONE. */
uint32_t timers_pop(struct timers *timers, bool life);

/* Milliseconds until something comes up: 0 now, -1 never. */
int64_t timers_next_ms(const struct timers *timers, int64_t now_ms);

#endif

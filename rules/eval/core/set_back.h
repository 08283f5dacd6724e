/* SPDX-License-Identifier: MIT
 *
 * Set back: states written by a clock ahead of ours, brought into our time. A host whose clock was wrong, or
 * is wrong now, would let a hold stand for as long as the two differ.
 *
 * Thread: the engine's owner. Blocks: never. Allocates: never. Pure.
 */
#ifndef VIGIL_RULES_EVAL_CORE_SET_BACK_H
#define VIGIL_RULES_EVAL_CORE_SET_BACK_H

#include <stdbool.h>
#include <stdint.h>

/* A time by @by_ms earlier; 0 is no time. */
static inline void time_set_back(int64_t *time_ms, int64_t by_ms) {
        if (*time_ms > 0)
                *time_ms = *time_ms > by_ms ? *time_ms - by_ms : 1;
}

/* All times of @state, of @form (enum plan_form). Return: false for a window of readings, which begins anew. */
bool state_set_back(uint8_t form, void *state, int64_t by_ms);

#endif

/* SPDX-License-Identifier: MIT
 *
 * Elders: lookup, checks ahead of time, and the list of those whose state has changed.
 *
 * Thread: the engine's owner. Blocks: never. Allocates: never.
 */
#ifndef VIGIL_RULES_EVAL_CORE_ELDERS_H
#define VIGIL_RULES_EVAL_CORE_ELDERS_H

#include <stdint.h>

struct elder;
struct engine;

/* Return: the elder's handle or ARENA_NONE. @elder_hash: murmur2 of @elder_id. */
uint32_t elder_find(const struct engine *engine, const char *elder_id, uint32_t elder_hash);

/* Have the elder checked now, before others if a life-safety condition is in progress. The elder's partition must be
 * open. */
void elder_look(struct engine *engine, uint32_t handle, int64_t now_ms);

/* Put the elder on the list of changed ones, or take it off; no effect if it is there, or is not. */
void elder_mark_dirty(struct engine *engine, uint32_t handle);
void elder_clean(struct engine *engine, uint32_t handle);

/* How many quiet rules of this elder have never seen a sign of life. */
uint32_t elder_blind(const struct engine *engine, const struct elder *elder);

#endif

/* SPDX-License-Identifier: MIT
 *
 * Elders: found, looked at, and noted as changed.
 *
 * Thread: the engine's owner. Blocks: never. Allocates: never.
 */
#ifndef VIGIL_RULES_EVAL_CORE_ELDERS_H
#define VIGIL_RULES_EVAL_CORE_ELDERS_H

#include <stdint.h>

struct elder;
struct engine;

/* Return: its handle or ARENA_NONE. */
uint32_t elder_find(const struct engine *engine, const char *elder_id, uint32_t elder_hash);

/* Have the elder, whose partition is open, looked at now, before others if something of life safety is under way. */
void elder_look(struct engine *engine, uint32_t handle, int64_t now_ms);

void elder_mark_dirty(struct engine *engine, uint32_t handle);
void elder_clean(struct engine *engine, uint32_t handle);

/* Quiet rules of this elder that never saw a sign of life. */
uint32_t elder_blind(const struct engine *engine, const struct elder *elder);

#endif

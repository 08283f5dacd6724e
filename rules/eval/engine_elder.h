/* SPDX-License-Identifier: MIT
 *
 * Elders come, change, move and go.
 *
 * Thread: the engine's owner. Blocks: never. Allocates: engine_elder_put().
 */
#ifndef VIGIL_RULES_EVAL_ENGINE_ELDER_H
#define VIGIL_RULES_EVAL_ENGINE_ELDER_H

#include <stdint.h>

#include "rules/eval/rule/elder_profile.h"

struct engine;

/* Add or change an elder. State of unchanged rules and devices is kept.
 * Return: 0; -ENOMEM, -E2BIG (more rules than a block holds), -ENOSPC (65,535 device classes and
 * rooms), and nothing has changed. */
int engine_elder_put(struct engine *engine, const struct elder_profile *profile, int64_t now_ms);
void engine_elder_remove(struct engine *engine, const char *elder_id, uint32_t elder_hash);

/* For engine.c. Bring the elder onto the plan of the generation in force, overrides included; its timer comes up
 * at once. Return: its handle, another one when the block had to move. */
uint32_t engine_elder_renew(struct engine *engine, uint32_t handle, int64_t now_ms);

#endif

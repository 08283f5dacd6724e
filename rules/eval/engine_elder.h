/* SPDX-License-Identifier: MIT
 *
 * Elders are added, changed, moved and removed.
 *
 * Thread: the engine's owner. Blocks: never. Allocates: engine_elder_put().
 */
#ifndef VIGIL_RULES_EVAL_ENGINE_ELDER_H
#define VIGIL_RULES_EVAL_ENGINE_ELDER_H

#include <stdint.h>

#include "rules/eval/rule/elder_profile.h"

struct engine;

/* Add or change an elder. The state of unchanged rules and devices is kept. Return: 0; -EINVAL (the profile is not
 * sound), -ENOMEM, -E2BIG (more rules than a block or a plan holds), -ENOSPC (too many device classes and rooms, see
 * intern_word()), and nothing has changed. */
int engine_elder_put(struct engine *engine, const struct elder_profile *profile, int64_t now_ms);
/* Remove an elder with all state; no effect if there is none. @elder_hash: murmur2 of @elder_id. */
void engine_elder_remove(struct engine *engine, const char *elder_id, uint32_t elder_hash);

/* For engine.c. Move the elder to the plan in force, overrides included; its timer comes up at once. Return: the
 * elder's handle, which is another one if the block had to move. */
uint32_t engine_elder_renew(struct engine *engine, uint32_t handle, int64_t now_ms);

#endif

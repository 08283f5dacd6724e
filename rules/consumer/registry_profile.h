/* SPDX-License-Identifier: MIT
 *
 * Registry profile: what the engine must know of an elder, made of the registry. Live, in rule tests and in backtests it is the same.
 *
 * Thread: any. Blocks: never.
 * Proof: tests/unit/rules/consumer/roster.c
 */
#ifndef VIGIL_RULES_CONSUMER_REGISTRY_PROFILE_H
#define VIGIL_RULES_CONSUMER_REGISTRY_PROFILE_H

#include <stdint.h>

#include "common/registry/registry.h"
#include "rules/eval/engine.h"

/* What the engine must know of @elder. */
void registry_profile_make(const struct registry *registry, const struct registry_elder *elder,
                           int32_t partition_count, struct elder_profile *ret);

#endif

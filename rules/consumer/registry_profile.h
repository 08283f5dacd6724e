/* SPDX-License-Identifier: MIT
 *
 * Registry profile: what the engine must know about an elder, built from the registry. Live operation, rule tests and
 * backtests share this code.
 *
 * Thread: any. Blocks: never.
 * Proof: tests/unit/rules/consumer/roster.c
 */
#ifndef VIGIL_RULES_CONSUMER_REGISTRY_PROFILE_H
#define VIGIL_RULES_CONSUMER_REGISTRY_PROFILE_H

#include <stdint.h>

#include "common/registry/registry.h"
#include "rules/eval/engine.h"

/* Fill *ret for @elder. What exceeds the limits of struct elder_profile is cut off. */
void registry_profile_make(const struct registry *registry, const struct registry_elder *elder,
                           int32_t partition_count, struct elder_profile *ret);

#endif

/* SPDX-License-Identifier: MIT
 *
 * Episodes of an elder: what is going on under a rule. A vital over its limit, a fall that waits for its cancel, an
 * alarm not yet cleared: one or two cache lines each, on a list of the elder's, so that rules under which nothing
 * happens cost neither memory nor a look.
 *
 * Thread: the engine's owner. Blocks: never. Allocates: episode_begin(), when the arena is cut up to its end, which
 * engine_tick() sees to beforehand.
 */
#ifndef VIGIL_RULES_EVAL_CORE_EPISODE_H
#define VIGIL_RULES_EVAL_CORE_EPISODE_H

#include <stddef.h>
#include <stdint.h>

#include "rules/eval/core/condition_ops.h"
#include "rules/eval/memory/arena.h"
#include "rules/eval/memory/elder.h"

struct episode {
        uint32_t next;    /* handle: the elder's next */
        uint32_t id_hash; /* of the rule; it outlives rule sets */
        uint8_t type;     /* enum rule_condition_type: the id may come to mean another condition */
        uint8_t form;     /* enum rule_form */
        uint8_t reserved[6];
        uint64_t state[]; /* of the form */
};

/* .bytes, .units and .device_at of a form whose state is @type, kept in an episode. */
#define EPISODE_FORM_BYTES(type)                                                                   \
        .bytes = FORM_BYTES(type),                                                                 \
        .units = (sizeof(struct episode) + sizeof(type) + ARENA_UNIT_BYTES - 1) / ARENA_UNIT_BYTES
#define EPISODE_FORM_AT(type, device) EPISODE_FORM_BYTES(type), .device_at = offsetof(type, device)
#define EPISODE_FORM(type) EPISODE_FORM_AT(type, device)

/* The episode of the rule and the form, or NULL. Mostly there are none, so that is one comparison. */
struct episode *episode_find(const struct engine *engine, const struct elder *elder,
                             uint32_t id_hash, enum rule_form form);
/* The same of a rule that tells devices apart: the one of @device. */
struct episode *episode_find_of(const struct engine *engine, const struct elder *elder,
                                uint32_t id_hash, enum rule_form form, uint8_t device);
/* The elder's next episode of any rule: after @episode, NULL for the first. Return: NULL at the end. */
struct episode *episode_after(const struct engine *engine, const struct elder *elder,
                              const struct episode *episode);

/* Begin one. Return: its state zeroed, or NULL when there is no memory. */
struct episode *episode_begin(struct engine *engine, struct elder *elder, uint32_t id_hash,
                              enum rule_condition_type type, enum rule_form form);
void episode_end(struct engine *engine, struct elder *elder, const struct episode *episode);

/* End those whose rule the elder's plan does not have, or has as something else. */
void episodes_prune(struct engine *engine, struct elder *elder);
void episodes_end_all(struct engine *engine, struct elder *elder);

#endif

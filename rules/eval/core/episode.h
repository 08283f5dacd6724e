/* SPDX-License-Identifier: MIT
 *
 * Episodes of an elder: what is in progress under a rule, such as a vital beyond its limit, a fall that can still be
 * cancelled, or an alarm that has not cleared. Each is one or two cache lines on a list of the elder, so that rules
 * under which nothing happens cost neither memory nor time.
 *
 * Thread: the engine's owner. Blocks: never. Allocates: episode_begin(), if the arena is used up; engine_tick()
 * reserves memory to prevent that.
 */
#ifndef VIGIL_RULES_EVAL_CORE_EPISODE_H
#define VIGIL_RULES_EVAL_CORE_EPISODE_H

#include <stddef.h>
#include <stdint.h>

#include "rules/eval/core/condition_ops.h"
#include "rules/eval/memory/arena.h"
#include "rules/eval/memory/elder.h"

struct episode {
        uint32_t next;    /* handle of the elder's next one */
        uint32_t id_hash; /* of the rule; it stays the same across rule sets */
        uint8_t type;     /* enum rule_condition_type; in a new set the id may have another */
        uint8_t form;     /* enum rule_form */
        uint8_t reserved[6];
        uint64_t state[]; /* as the form says */
};

/* .bytes, .units and .device_at of a form whose state is @type and is kept in an episode. */
#define EPISODE_FORM_BYTES(type)                                                                   \
        .bytes = FORM_BYTES(type),                                                                 \
        .units = (sizeof(struct episode) + sizeof(type) + ARENA_UNIT_BYTES - 1) / ARENA_UNIT_BYTES
#define EPISODE_FORM_AT(type, device) EPISODE_FORM_BYTES(type), .device_at = offsetof(type, device)
#define EPISODE_FORM(type) EPISODE_FORM_AT(type, device)

/* The episode of the rule and form, or NULL. Usually the elder has none at all, so this is one comparison. */
struct episode *episode_find(const struct engine *engine, const struct elder *elder,
                             uint32_t id_hash, enum rule_form form);
/* The same for a rule that distinguishes devices: the episode of @device. */
struct episode *episode_find_of(const struct engine *engine, const struct elder *elder,
                                uint32_t id_hash, enum rule_form form, uint8_t device);
/* Iterate over the elder's episodes of all rules: the one after @episode; NULL: the first. Return: NULL at the end. */
struct episode *episode_after(const struct engine *engine, const struct elder *elder,
                              const struct episode *episode);

/* Begin an episode, with a zeroed state. Return: NULL if there is no memory (counted). */
struct episode *episode_begin(struct engine *engine, struct elder *elder, uint32_t id_hash,
                              enum rule_condition_type type, enum rule_form form);
void episode_end(struct engine *engine, struct elder *elder, const struct episode *episode);

/* End the episodes of rules that the elder's plan does not have, or has with another condition. */
void episodes_prune(struct engine *engine, struct elder *elder);
void episodes_end_all(struct engine *engine, struct elder *elder);

#endif

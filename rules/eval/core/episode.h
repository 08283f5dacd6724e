/* SPDX-License-Identifier: MIT
 *
 * Episodes of an elder: what is going on under a rule, see rules/eval/memory/elder.h. Mostly there are
 * none, so looking one up is one comparison.
 *
 * Thread: the engine's owner. Blocks: never. Allocates: episode_take(), when the arena is cut up to
 * its end, which engine_tick() sees to beforehand.
 */
#ifndef VIGIL_RULES_EVAL_CORE_EPISODE_H
#define VIGIL_RULES_EVAL_CORE_EPISODE_H

#include "rules/eval/memory/arena.h"
#include "rules/eval/memory/elder.h"

/* Return: the elder's episode of the rule and the form, or NULL. */
static inline struct episode *episode_find(const struct arena *arena, const struct elder *elder,
                                           uint32_t id_hash, enum plan_form form) {
        uint32_t handle = elder->episodes;

        while (handle) {
                struct episode *episode = arena_at(arena, handle);

                if (episode->id_hash == id_hash && episode->form == form)
                        return episode;
                handle = episode->next;
        }
        return NULL;
}

/* Begin one. Return: its state zeroed, or NULL when there is no memory. */
struct episode *episode_take(struct arena *arena, struct elder *elder, uint32_t id_hash,
                             enum rule_condition_type type, enum plan_form form);
void episode_end(struct arena *arena, struct elder *elder, const struct episode *episode);

/* End those whose rule the elder's plan does not have, or has as something else. */
void episodes_prune(struct arena *arena, struct elder *elder);
void episodes_end_all(struct arena *arena, struct elder *elder);

#endif

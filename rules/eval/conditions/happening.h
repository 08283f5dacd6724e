/* SPDX-License-Identifier: MIT
 *
 * What becomes of a happening: confirmation, hold, cancel, cooldown, all-clear. For an event of the rule's kind
 * (happening.c) and for what the engine finds itself in acceleration (motion.c). The state is an episode of
 * FORM_HAPPENING, its type the entry's.
 *
 * Thread: the engine's owner. Blocks: never. Allocates: never.
 */
#ifndef VIGIL_RULES_EVAL_CONDITIONS_HAPPENING_H
#define VIGIL_RULES_EVAL_CONDITIONS_HAPPENING_H

#include "rules/eval/core/condition_ops.h"

/* It happened, as the moment's event tells (kind, value, confidence), at the moment's time. The caller has
 * seen to during: and unless:. */
void happening_begins(const struct moment *moment, const struct plan_entry *entry,
                      const struct happening_condition *happening);

/* An event that the rule reads in another role than cause. */
void happening_answers(const struct moment *moment, const struct plan_entry *entry,
                       const struct happening_condition *happening);

/* As in struct condition_ops. */
int64_t happening_due(struct due *due, const struct plan_slot *slot,
                      const struct happening_condition *happening);
bool happening_is_active(const struct engine *engine, const struct elder *elder,
                         const struct plan_slot *slot);
const char *happening_refuse(const struct rule *rule, const struct happening_condition *happening);
void happening_layer(struct happening_condition *onto, const struct happening_condition *from,
                     uint32_t set);
/* All but the cause. */
void happening_kinds(const struct happening_condition *happening, struct kind_roles *ret);

/* Does it wait: for its confirmation, or for the elder's time to cancel to pass? */
static inline bool happening_waits(const struct happening_state *state) {
        return state->phase == HAPPENING_PENDING || state->phase == HAPPENING_UNCONFIRMED ||
               state->phase == HAPPENING_CONFIRMED;
}

#endif

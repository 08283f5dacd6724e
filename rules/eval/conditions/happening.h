/* SPDX-License-Identifier: MIT
 *
 * What follows a happening: confirmation, hold, cancel, cooldown, all-clear. For an event of the rule's kind
 * (happening.c) and for a fall that the engine detects in acceleration (motion.c). The state is an episode of
 * RULE_FORM_HAPPENING; its type is that of the entry.
 *
 * Thread: the engine's owner. Blocks: never. Allocates: as episode_begin().
 */
#ifndef VIGIL_RULES_EVAL_CONDITIONS_HAPPENING_H
#define VIGIL_RULES_EVAL_CONDITIONS_HAPPENING_H

#include "rules/eval/core/judge.h"

/* Part of the checkpoint format: never renumber. */
enum happening_phase {
        HAPPENING_OVER,
        HAPPENING_PENDING, /* no confirmation needed: the hold runs from the event */
        HAPPENING_RAISED,
        HAPPENING_CANCELLED,   /* or dismissed */
        HAPPENING_UNCONFIRMED, /* waits for its confirmation */
        HAPPENING_CONFIRMED,   /* confirmed: the hold runs */
};

struct happening_state {
        uint64_t sequence;
        int64_t event_time_ms;
        int64_t received_time_ms;
        uint32_t boot;
        uint8_t device;
        uint8_t phase; /* enum happening_phase */
        uint8_t confidence_pct;
        uint8_t drill;
};

_Static_assert(sizeof(struct episode) + sizeof(struct happening_state) <= 64,
               "a happening is one cache line");

static inline struct happening_state *episode_happening(struct episode *episode) {
        return (struct happening_state *)episode->state;
}

/* The moment's event (kind, value, confidence) happened at the moment's time. The caller has checked during: and
 * unless:. */
void happening_begins(const struct moment *moment, const struct plan_entry *entry,
                      const struct condition_happening *happening);

/* An event that the rule reads in another role than cause, or a cause with value 0 (all-clear). */
void happening_answers(const struct moment *moment, const struct plan_entry *entry,
                       const struct condition_happening *happening);

/* As in struct condition_ops. */
int64_t happening_due(struct moment_due *due, const struct plan_slot *slot,
                      const struct condition_happening *happening);
bool happening_is_active(const struct engine *engine, const struct elder *elder,
                         const struct plan_slot *slot);
const char *happening_refuse(const struct rule *rule, const struct condition_happening *happening);
void happening_layer(struct condition_happening *onto, const struct condition_happening *from,
                     uint32_t set);
/* All kinds except the cause. */
void happening_kinds(const struct condition_happening *happening, struct condition_ops_kinds *ret);

#endif

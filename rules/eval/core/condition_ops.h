/* SPDX-License-Identifier: MIT
 *
 * What a type of condition and a form of state are to the rest of the engine: a row of functions and facts each. The
 * files in conditions/ define the rows, one file per type, and conditions/conditions.c puts them into one table.
 * Neither core/ nor a folder that it depends on names a type, except for the lists RULE_CONDITIONS and RULE_FORMS in
 * rules/eval/rule/condition.h.
 *
 * Form: the layout of a state that is kept under a rule. Its bytes are the same in memory and in a checkpoint.
 *
 * Thread: the engine's owner for judge, due, is_active and is_blind; any for the rest. Blocks: never. Allocates:
 * judge and due, as episode_begin().
 */
#ifndef VIGIL_RULES_EVAL_CORE_CONDITION_OPS_H
#define VIGIL_RULES_EVAL_CORE_CONDITION_OPS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "rules/eval/rule/placeholder.h"
#include "rules/eval/rule/plan.h"

struct moment_due;
struct elder;
struct engine;
struct moment;
struct rule_subject;

/* How many rules of a plan already use the fields in the row of each device. */
struct condition_ops_beside {
        uint8_t offline;
        uint8_t level;
};

/* The kinds of event that one rule reads, by role. */
struct condition_ops_kinds {
        struct rule_kinds of[PLAN_ROLE_COUNT];
};

struct condition_ops {
        /* The placeholders that the texts of such a rule may contain: PLACEHOLDER_BIT() of each. */
        uint32_t placeholders;

        /* Check a condition. Return: why it is not sound (a constant string), or NULL. */
        const char *(*refuse)(const struct rule *rule, const struct rule_condition *condition);

        /* Replace values that stand for a default (a clear limit of NAN, min_samples of 0), so that evaluation needs
         * no special cases. NULL: there are none. */
        void (*normalise)(struct rule_condition *condition);

        /* Merge a layer: see conditions_layer(), which has merged during: already. NULL: there is nothing else. */
        void (*layer)(struct rule_condition *onto, const struct rule_condition *from, uint32_t set);

        /* The kinds that it reads; *ret comes zeroed. */
        void (*kinds)(const struct rule_condition *condition, struct condition_ops_kinds *ret);

        /* The only room whose devices it reads in PLAN_ROLE_CAUSE, for plan_entry.room; "": any. NULL: always any. */
        const char *(*room)(const struct rule_condition *condition);

        /* Set form, block, episodes, timed and bit of @slot, which are 0 before. */
        void (*describe)(struct plan_slot *slot, const struct rule_condition *condition,
                         const struct rule_subject *subject, struct condition_ops_beside *beside);

        /* Evaluate an event that the rule reads. */
        void (*judge)(const struct moment *moment, const struct plan_entry *entry,
                      const struct rule_condition *condition);

        /* Fire what is due. Return: the next deadline or MOMENT_NEVER. NULL: the type has no deadlines. */
        int64_t (*due)(struct moment_due *due, const struct plan_slot *slot,
                       const struct rule_condition *condition);

        /* Is an alert of the rule raised for this elder and not cleared? Asked for inhibition. */
        bool (*is_active)(const struct engine *engine, const struct elder *elder,
                          const struct plan_slot *slot);

        /* Does its state in the block say that nothing was ever heard? NULL: such a state is normal. */
        bool (*is_blind)(const void *state);
};

enum {
        FORM_BYTES_MAX = 136, /* of a state: blob.c has room for no more */
        FORM_NO_DEVICE = UINT16_MAX,
};

struct form_ops {
        uint16_t bytes;     /* of the state; 0: kept in the device's row, see blob.c */
        uint8_t units;      /* cache lines of its episode; 0: kept in the elder's block */
        uint8_t kin;        /* states of one kin begin alike, as far as the shorter goes; 0: none */
        uint16_t device_at; /* offset of the device's index (one byte); FORM_NO_DEVICE: none */

        /* Check a state from a checkpoint. NULL: any bytes are sound. The device's index is checked in blob.c. */
        bool (*is_sound)(const void *state);

        /* Move all times of the state back by @by_ms: a clock ahead of ours wrote it. NULL: it is a window of
         * readings, which begins empty instead. */
        void (*set_back)(void *state, int64_t by_ms);

        /* For an episode: is a deadline of life safety pending? NULL: always. */
        bool (*waits)(const void *state);
};

/* All rows by number; NULL where a number is not used. */
struct condition_ops_table {
        const struct condition_ops *ops[CONDITION_TYPES];
        const struct form_ops *forms[RULE_FORM_LIMIT];
};

/* The rows: one or more per file in conditions/; gate_form and lasting_form are defined in core/. */
#define CONDITION_ROW(number, NAME, stem) extern const struct condition_ops stem##_ops;
RULE_CONDITIONS(CONDITION_ROW)
#undef CONDITION_ROW

#define FORM_ROW(number, NAME, stem) extern const struct form_ops stem##_form;
RULE_FORMS(FORM_ROW)
#undef FORM_ROW

/* The value of .bytes for a form whose state is @type. */
#define FORM_BYTES(type)                                                                           \
        (sizeof(type) + 0 * sizeof(struct {                                                        \
                                _Static_assert(sizeof(type) <= FORM_BYTES_MAX,                     \
                                               "blob.c has room for no more");                     \
                                char none;                                                         \
                        }))

/* The device's index in @state, or NULL if the form has none. */
static inline uint8_t *form_device(const struct form_ops *form, void *state) {
        return form->device_at == FORM_NO_DEVICE ? NULL : (uint8_t *)state + form->device_at;
}

/* How many bytes, from the first on, of a state of form @a are valid in one of form @b. Either may be NULL. */
static inline uint16_t form_shared_bytes(const struct form_ops *a, const struct form_ops *b) {
        if (!a || !b)
                return 0;
        if (a == b)
                return a->bytes;
        if (a->kin == 0 || a->kin != b->kin)
                return 0;
        return a->bytes < b->bytes ? a->bytes : b->bytes;
}

/* Is @time_ms a possible time: 0 to 2^47 ms? For is_sound. */
static inline bool is_time(int64_t time_ms) {
        return time_ms >= 0 && time_ms < INT64_C(1) << 47;
}

/* Make a time earlier by @by_ms. 0 means no time and stays. For set_back. */
static inline void time_set_back(int64_t *time_ms, int64_t by_ms) {
        if (*time_ms > 0)
                *time_ms = *time_ms > by_ms ? *time_ms - by_ms : 1;
}

#endif

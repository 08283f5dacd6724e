/* SPDX-License-Identifier: MIT
 *
 * What a type of condition, and a form of state, is to the rest of the engine: a row of functions and facts. The rows
 * are defined in conditions/, one file a type, and put into one table by conditions/conditions.c; nothing here or
 * above names a type but that table's lists, RULE_CONDITIONS and RULE_FORMS in rules/eval/rule/condition.h.
 *
 * Forms: what is remembered under a rule. A form's bytes are the same in memory and in a checkpoint.
 *
 * Thread: the engine's owner for judge, due, is_active and is_blind; any for the rest. Blocks: never. Allocates: never.
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

/* How many rules of a plan already use what is kept beside each device. */
struct condition_ops_beside {
        uint8_t offline;
        uint8_t level;
};

/* The kinds one rule reads, by role. */
struct condition_ops_kinds {
        struct rule_kinds of[PLAN_ROLE_COUNT];
};

struct condition_ops {
        /* What the texts of such a rule may say: PLACEHOLDER_BIT() of each. */
        uint32_t placeholders;

        /* What no such condition may be. Return: why, or NULL when it is sound. */
        const char *(*refuse)(const struct rule *rule, const struct rule_condition *condition);

        /* Put words into numbers, so that the engine compares and never asks. NULL: nothing to do. */
        void (*normalise)(struct rule_condition *condition);

        /* See conditions_layer(); during, the same for every type, is done already. NULL: nothing more. */
        void (*layer)(struct rule_condition *onto, const struct rule_condition *from, uint32_t set);

        void (*kinds)(const struct rule_condition *condition, struct condition_ops_kinds *ret);

        /* The one room whose devices it reads in PLAN_ROLE_CAUSE, "": any. For entry->room; NULL: any. */
        const char *(*room)(const struct rule_condition *condition);

        /* Fill form, block, episodes, timed and bit of @slot, which comes zeroed otherwise. */
        void (*describe)(struct plan_slot *slot, const struct rule_condition *condition,
                         const struct rule_subject *subject, struct condition_ops_beside *beside);

        /* An event that the rule reads. */
        void (*judge)(const struct moment *moment, const struct plan_entry *entry,
                      const struct rule_condition *condition);

        /* Fire what is due. Return: the next deadline or MOMENT_NEVER. NULL: never any. */
        int64_t (*due)(struct moment_due *due, const struct plan_slot *slot,
                       const struct rule_condition *condition);

        /* Is it raised for this elder now, and not over? For what it inhibits. */
        bool (*is_active)(const struct engine *engine, const struct elder *elder,
                          const struct plan_slot *slot);

        /* Does its state in the block say that nothing was ever heard? NULL: that is no fault. */
        bool (*is_blind)(const void *state);
};

enum {
        FORM_BYTES_MAX = 136, /* of a state: blob.c has room for no more */
        FORM_NO_DEVICE = UINT16_MAX,
};

struct form_ops {
        uint16_t bytes;     /* of the state; 0: kept beside the devices, see blob.c */
        uint8_t units;      /* cache lines of its episode; 0: it lies in the elder's block */
        uint8_t kin;        /* states of one kin begin alike, the shorter one whole; 0: none */
        uint16_t device_at; /* offset of the byte that is a device's index; FORM_NO_DEVICE */

        /* Can it be? For what comes out of a checkpoint. NULL: any bytes are; the device is checked elsewhere. */
        bool (*is_sound)(const void *state);

        /* Bring all its times back by @by_ms: it was written by a clock ahead of ours. NULL: a window of readings,
         * which begins anew instead. */
        void (*set_back)(void *state, int64_t by_ms);

        /* Of an episode: is a deadline of life safety under way? NULL: always. */
        bool (*waits)(const void *state);
};

/* All of them, by number; NULL where there is none. */
struct condition_ops_table {
        const struct condition_ops *ops[CONDITION_TYPES];
        const struct form_ops *forms[RULE_FORM_LIMIT];
};

/* The rows, one or more a file in conditions/; gate_form and lasting_form are beside their states here. */
#define CONDITION_ROW(number, NAME, stem) extern const struct condition_ops stem##_ops;
RULE_CONDITIONS(CONDITION_ROW)
#undef CONDITION_ROW

#define FORM_ROW(number, NAME, stem) extern const struct form_ops stem##_form;
RULE_FORMS(FORM_ROW)
#undef FORM_ROW

/* .bytes of a form whose state is @type. */
#define FORM_BYTES(type)                                                                           \
        (sizeof(type) + 0 * sizeof(struct {                                                        \
                                _Static_assert(sizeof(type) <= FORM_BYTES_MAX,                     \
                                               "blob.c has room for no more");                     \
                                char none;                                                         \
                        }))

/* The device index in @state, or NULL. */
static inline uint8_t *form_device(const struct form_ops *form, void *state) {
        return form->device_at == FORM_NO_DEVICE ? NULL : (uint8_t *)state + form->device_at;
}

/* How many bytes of a state of form @a are good for one of form @b, from the first on. Either may be NULL. */
static inline uint16_t form_shared_bytes(const struct form_ops *a, const struct form_ops *b) {
        if (!a || !b)
                return 0;
        if (a == b)
                return a->bytes;
        if (a->kin == 0 || a->kin != b->kin)
                return 0;
        return a->bytes < b->bytes ? a->bytes : b->bytes;
}

/* A time that can be: for is_sound. */
static inline bool is_time(int64_t time_ms) {
        return time_ms >= 0 && time_ms < INT64_C(1) << 47;
}

/* A time by @by_ms earlier; 0 is no time: for set_back. */
static inline void time_set_back(int64_t *time_ms, int64_t by_ms) {
        if (*time_ms > 0)
                *time_ms = *time_ms > by_ms ? *time_ms - by_ms : 1;
}

#endif

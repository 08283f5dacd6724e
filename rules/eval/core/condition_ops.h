/* SPDX-License-Identifier: MIT
 *
 * Conditions: one file a type (happening.c, vital.c, quiet.c …), one row here. The row is all the rest of
 * the engine knows of a type, so a new one is a new file, a row, and its place in rules/lang.
 *
 * Forms: what is remembered under a rule. A form's bytes are the same in memory and in a checkpoint.
 *
 * Thread: the engine's owner for judge, due and is_active; any for the rest. Blocks: never. Allocates: never.
 */
#ifndef VIGIL_RULES_EVAL_CORE_CONDITION_OPS_H
#define VIGIL_RULES_EVAL_CORE_CONDITION_OPS_H

#include <stddef.h>
#include <stdint.h>

#include "rules/eval/core/judge.h"
#include "rules/eval/set/plan.h"

/* How many rules of a plan already use what is kept beside each device. */
struct beside {
        uint8_t offline;
        uint8_t level;
};

/* The kinds one rule reads, by role. */
struct kind_roles {
        struct kind_set of[ROLE_COUNT];
};

struct condition_ops {
        /* What no such condition may be. Return: why, or NULL when it is sound. */
        const char *(*refuse)(const struct rule *rule, const struct rule_condition *condition);

        /* Put words into numbers, so that the engine compares and never asks. NULL: nothing to do. */
        void (*normalise)(struct rule_condition *condition);

        /* See condition_layer(); during, the same for every type, is done already. NULL: nothing more. */
        void (*layer)(struct rule_condition *onto, const struct rule_condition *from, uint32_t set);

        void (*kinds)(const struct rule_condition *condition, struct kind_roles *ret);

        /* Fill form, block, episodes, timed and bit of @slot, which comes zeroed otherwise. */
        void (*describe)(struct plan_slot *slot, const struct rule_condition *condition,
                         const struct rule_subject *subject, struct beside *beside);

        /* An event that the rule reads. */
        void (*judge)(const struct moment *moment, const struct plan_entry *entry,
                      const struct rule_condition *condition);

        /* Fire what is due. Return: the next deadline or DEADLINE_NONE. NULL: never any. */
        int64_t (*due)(struct due *due, const struct plan_slot *slot,
                       const struct rule_condition *condition);

        /* Is it raised for this elder now, and not over? For what it inhibits. */
        bool (*is_active)(const struct engine *engine, const struct elder *elder,
                          const struct plan_slot *slot);
};

/* NULL for a type nobody knows. */
const struct condition_ops *condition_ops(uint8_t type);

extern const struct condition_ops happening_ops;
extern const struct condition_ops vital_ops;
extern const struct condition_ops quiet_ops;
extern const struct condition_ops offline_ops;
extern const struct condition_ops validity_ops;
extern const struct condition_ops sequence_ops;
extern const struct condition_ops score_ops;
extern const struct condition_ops parts_ops;
extern const struct condition_ops motion_ops;
extern const struct condition_ops count_ops;
extern const struct condition_ops zone_ops;

struct form_ops {
        uint16_t bytes;     /* of the state; 0: kept beside the devices, see blob.c */
        uint8_t units;      /* cache lines of its episode; 0: it lies in the elder's block */
        uint16_t device_at; /* offset of the byte that is a device's index; FORM_NO_DEVICE */
        bool (*is_sound)(
                const void *state); /* NULL: any bytes are; the device is checked elsewhere */
};

enum { FORM_NO_DEVICE = UINT16_MAX };

/* @form: below FORM_LIMIT. */
const struct form_ops *form_ops(uint8_t form);

/* How many bytes of a state of form @a are good for one of form @b, from the first on. Both below FORM_LIMIT. */
uint16_t form_shared_bytes(uint8_t a, uint8_t b);

/* A time that can be: for is_sound. */
static inline bool is_time(int64_t time_ms) {
        return time_ms >= 0 && time_ms < INT64_C(1) << 47;
}

/* The device index in @state of @form, or NULL. */
static inline uint8_t *form_device(uint8_t form, void *state) {
        const struct form_ops *ops = form_ops(form);

        return ops->device_at == FORM_NO_DEVICE ? NULL : (uint8_t *)state + ops->device_at;
}

#endif

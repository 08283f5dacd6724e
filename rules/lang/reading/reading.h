/* SPDX-License-Identifier: MIT
 *
 * The reading of rule files: what is known so far, and how it complains. Nobody outside rules/lang includes this.
 *
 * Reading goes over all documents several times: holidays, then rules, then overrides from the widest
 * scope to the narrowest, because any of them may stand in any file and be needed by the next.
 *
 * Thread: one reading, one thread. Blocks: never.
 */
#ifndef VIGIL_RULES_LANG_READING_READING_H
#define VIGIL_RULES_LANG_READING_READING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/files/diag.h"
#include "common/files/yaml.h"
#include "common/base/zone.h"
#include "rules/eval/rule/rule.h"
#include "rules/lang/reading/index.h"
#include "rules/lang/reading/options.h"

struct lang_key;
struct rule_set_builder;

#define LANG_SECONDS(n) (INT64_C(n) * 1000)
#define LANG_MINUTES(n) (LANG_SECONDS(n) * 60)
#define LANG_HOURS(n) (LANG_MINUTES(n) * 60)
#define LANG_DAYS(n) (LANG_HOURS(n) * 24)

/* A limit this short for everybody would be a flood. For one elder, with a reason and an end, it
 * is a drill or a demonstration, and somebody has answered for it. */
#define LANG_OWN_MIN_MS LANG_SECONDS(10)

struct lang_condition;

struct lang_reading_rule {
        struct rule rule;
        const struct yaml_node *node;           /* the rule's map */
        const struct lang_condition *condition; /* NULL: an override cannot build on it */
        bool shared_id;                         /* another rule had it first */
        bool overridden_city;                   /* then effective is not the rule's own */
        struct rule_condition effective;        /* with what the city overrides */
};

/* Enough to find two of one elder and rule; what it sets is the builder's. */
struct lang_reading_override {
        const struct yaml_node *node;
        const char *whom; /* of the document: the elder's id; "" for the city */
        uint32_t rule_index;
        uint8_t scope; /* enum rule_override_scope */
};

/* What a district sets, for elders who live there and have values of their own. */
struct lang_wider {
        uint32_t set;
        struct rule_condition condition;
};

/* Where the values being read belong: to a rule, or to what overrides it. */
struct lang_place {
        const struct yaml_node *when;   /* the keys of the condition: when:, or set: */
        const struct yaml_node *beside; /* the keys beside when:, or the same set: */
        struct rule *rule;
        struct rule_condition *condition; /* the rule's or the override's */
        const char *whom;                 /* "": the rule itself; otherwise " for elder E42" */
        const char *below;                /* of an override: what it lies upon, ", of the rule" */
        bool is_override;
};

struct lang_reading {
        const struct lang_options *options;
        struct diag *diag;
        struct zone *zone; /* NULL: UTC */
        int errors_before; /* in diag, of other rule sets or files */
        bool out_of_memory;
        bool refused;                     /* a file could not be read */
        struct rule_set_builder *builder; /* NULL: there was a mistake before the overrides */

        struct yaml_doc **docs;
        size_t doc_count;
        struct lang_reading_rule *rules;
        size_t rule_count;
        struct lang_index rule_ids;
        struct lang_reading_override *overrides;
        size_t override_count;
        struct lang_wider *wider; /* of districts, in the order they were read */
        size_t wider_count;
        struct lang_index wider_index; /* by district and rule */
        int32_t *holidays;
        size_t holiday_count;

        const struct lang_place *place; /* what is being read */
};

/* Has this reading reported an error? */
static inline bool lang_has_errors(const struct lang_reading *reading) {
        return diag_errors(reading->diag) > reading->errors_before;
}

#define LANG_ERROR(reading, code, node, help, ...)                                                 \
        diag_add((reading)->diag, DIAG_ERROR, code, (node)->file, (node)->mark, help, __VA_ARGS__)
#define LANG_WARN(reading, code, node, help, ...)                                                  \
        diag_add((reading)->diag, DIAG_WARNING, code, (node)->file, (node)->mark, help, __VA_ARGS__)
#define LANG_ERROR_AT_KEY(reading, code, pair, help, ...)                                          \
        diag_add((reading)->diag, DIAG_ERROR, code, (pair)->file, (pair)->key_mark, help,          \
                 __VA_ARGS__)
#define LANG_WARN_AT_KEY(reading, code, pair, help, ...)                                           \
        diag_add((reading)->diag, DIAG_WARNING, code, (pair)->file, (pair)->key_mark, help,        \
                 __VA_ARGS__)

/* One kind of condition as when: names it: a file of rules/lang/when. */
struct lang_condition {
        const char *word;  /* the key of when: that names it */
        const char *about; /* "an event": what a rule of it is about */
        enum rule_condition_type type;
        const struct lang_key *when_keys;   /* offsets from struct rule_condition */
        const struct lang_key *beside_keys; /* keys of the rule that only this kind has; or NULL */

        size_t severities_at; /* offset of its severity steps, from struct rule_condition; 0: it has none */

        /* Defaults, before the keys are read. */
        void (*begin)(struct rule *rule);
        /* After all keys are read, of a rule or of what overrides it: what is missing or contradicts. Sets the
         * class of the alert. Return: false when an override cannot build on it. */
        bool (*check)(struct lang_reading *reading, const struct lang_place *place);
};

#endif

/* SPDX-License-Identifier: MIT
 *
 * Reading: the state while rule files are read, and macros to report errors. Private to rules/lang.
 *
 * Reading goes over all documents several times: holidays, then rules, then overrides from the widest
 * scope to the narrowest, because each of them may be in any file and is needed by the next.
 *
 * Thread: one thread per reading. Blocks: never.
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

/* The minimum of limits on silence in an override. As a rule for everybody, so short a limit would cause an alarm
 * flood. An override has a reason and an end, so it may be used for a drill or a demonstration. */
#define LANG_OWN_MIN_MS LANG_SECONDS(10)

struct lang_condition;

struct lang_reading_rule {
        struct rule rule;
        const struct yaml_node *node;           /* the rule's map */
        const struct lang_condition *condition; /* NULL: too wrong for an override to build on */
        bool shared_id;                         /* an earlier rule has the same id */
        bool overridden_city;                   /* an override of the city is in effective */
        struct rule_condition effective;        /* condition with the city's override, if any */
};

/* An override, as needed to find duplicates and origins. The builder has the values that it sets. */
struct lang_reading_override {
        const struct yaml_node *node;
        const char *whom; /* id of elder or district, owned by the document; "" for the city */
        uint32_t rule_index;
        uint8_t scope; /* enum rule_override_scope */
};

/* The values of a district's override, to check overrides of elders who live there. */
struct lang_wider {
        uint32_t set;
        struct rule_condition condition;
};

/* Where the values that are being read belong: to a rule or to an override. */
struct lang_place {
        const struct yaml_node *when;   /* map with the keys of the condition: when: or set: */
        const struct yaml_node *beside; /* map with the keys beside when:: the rule or set: */
        struct rule *rule;
        struct rule_condition *condition; /* of the rule or of the override */
        const char *whom;                 /* for messages: " for elder E42"; rule: "" */
        const char *below; /* for messages: whose other values hold, ", of the rule" */
        bool is_override;
};

struct lang_reading {
        const struct lang_options *options;
        struct diag *diag;
        struct zone *zone; /* NULL: UTC */
        int errors_before; /* errors that diag held before this reading */
        bool out_of_memory;
        bool refused;                     /* a file could not be read */
        struct rule_set_builder *builder; /* NULL: an error was found before the overrides */

        struct yaml_doc **docs;
        size_t doc_count;
        struct lang_reading_rule *rules;
        size_t rule_count;
        struct lang_index rule_ids;
        struct lang_reading_override *overrides;
        size_t override_count;
        struct lang_wider *wider; /* overrides of districts, in the order they were read */
        size_t wider_count;
        struct lang_index wider_index; /* by district and rule */
        int32_t *holidays;
        size_t holiday_count;

        const struct lang_place *place; /* of the condition that is being read; else NULL */
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

/* One kind of condition, defined in a file of rules/lang/when. */
struct lang_condition {
        const char *word;  /* the key of when: that names it */
        const char *about; /* for messages: what such a rule is about, "an event" */
        enum rule_condition_type type;
        const struct lang_key *when_keys;   /* offsets from struct rule_condition */
        const struct lang_key *beside_keys; /* keys of the rule that only this kind has; or NULL */

        size_t severities_at; /* offset of its severity steps in struct rule_condition; 0: it has none */

        /* Set defaults before the keys are read; NULL: all zero. */
        void (*begin)(struct rule *rule);
        /* Report missing and contradictory keys, after all keys of a rule or an override have been read. Sets the
         * class of the alert. Return: false if an override cannot build on the condition. */
        bool (*check)(struct lang_reading *reading, const struct lang_place *place);
};

#endif

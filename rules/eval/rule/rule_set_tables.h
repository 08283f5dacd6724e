/* SPDX-License-Identifier: MIT
 *
 * What a finished rule set is made of; for the builder, rule_set.c and the engine only. The cold part (texts,
 * selectors) stays in @rules, the part read for every event in @conditions.
 *
 * Thread: any (constant). Blocks: never.
 */
#ifndef VIGIL_RULES_EVAL_RULE_RULE_SET_TABLES_H
#define VIGIL_RULES_EVAL_RULE_RULE_SET_TABLES_H

#include "common/base/zone.h"
#include "rules/eval/rule/rule.h"

struct rule_site_zone {
        char site[RULE_WORD_BYTES];
        struct zone *zone;
};

struct rule_set {
        char version[ALERT_RULE_SET_BYTES];
        struct rule *rules;
        uint32_t rule_count;
        struct rule_override *overrides; /* by scope, hash of the id, id, rule */
        uint32_t override_count;
        uint64_t *override_keys; /* scope and hash of each: all elders are looked for at a reload */

        /* Normalised copies, 64-byte aligned: the rules' own first, then one for each override.
         * The clear limits are numbers here and the cooldowns and slots as checked. */
        struct rule_condition *conditions;
        uint32_t condition_count;

        uint32_t *by_id;  /* rule indices, by id */
        uint32_t *ending; /* override indices with an end, by until_time_ms */
        uint32_t ending_count;
        struct rule_site_zone *zones;
        uint32_t zone_count;
        int32_t *holidays; /* days since 1970-01-01, ascending */
        uint32_t holiday_count;
};

static inline uint64_t rule_set_override_key(uint8_t scope, uint32_t hash) {
        return (uint64_t)scope << 32 | hash;
}

#endif

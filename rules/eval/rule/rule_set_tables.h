/* SPDX-License-Identifier: MIT
 *
 * Inside of struct rule_set, for the builder, rule_set.c, the plans and the engine only. Cold data (texts, selectors)
 * is in @rules; what is read for every event is in @conditions.
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
        struct rule_override *overrides; /* sorted by scope, elder_hash, elder_id, rule_index */
        uint32_t override_count;
        uint64_t *override_keys; /* rule_set_override_key() of each, for lookups at a reload */

        /* Copies with defaults filled in (clear limits are numbers, min_samples is at least 1), 64-byte aligned: one
         * per rule, then one per override. */
        struct rule_condition *conditions;
        uint32_t condition_count;

        uint32_t *by_id;  /* rule indices, sorted by id */
        uint32_t *ending; /* indices of overrides with an end, sorted by until_time_ms */
        uint32_t ending_count;
        struct rule_site_zone *zones;
        uint32_t zone_count;
        int32_t *holidays; /* days since 1970-01-01, ascending */
        uint32_t holiday_count;
};

/* Sort key of an override. @hash: murmur2 of its id. */
static inline uint64_t rule_set_override_key(uint8_t scope, uint32_t hash) {
        return (uint64_t)scope << 32 | hash;
}

#endif

/* SPDX-License-Identifier: MIT
 *
 * Rule set 规则集: the compiled, immutable whole of the rule files, as flat tables.
 *
 * rules/lang compiles YAML into it, tests build it by hand, both through rules/eval/rule_set_builder.h; the engine
 * (rules/eval/engine.h) only reads, and any number of engines and threads may. Its owner frees it once no engine has
 * it in force any more (engine_rules_in_force()).
 *
 * Thread: any. Blocks: never.
 */
#ifndef VIGIL_RULES_EVAL_RULE_RULE_SET_H
#define VIGIL_RULES_EVAL_RULE_RULE_SET_H

#include <stdbool.h>
#include <stdint.h>

#include "common/base/zone.h"
#include "rules/eval/rule/day_slot.h"
#include "rules/eval/rule/rule.h"

struct rule_set;

struct rule_set *rule_set_free(struct rule_set *rules);

const char *rule_set_version(const struct rule_set *rules);
uint32_t rule_set_count(const struct rule_set *rules);
const struct rule *rule_set_rule(const struct rule_set *rules, uint32_t rule_index);

/* Return: index of the rule called @id, or -1. */
int rule_set_find(const struct rule_set *rules, const char *id);

/* The override of one elder, district or city ("") for a rule at @now_ms, or NULL. */
const struct rule_override *rule_set_override(const struct rule_set *rules,
                                              enum rule_override_scope scope, const char *id,
                                              uint32_t rule_index, int64_t now_ms);

/* Walk the overrides, by scope and id: index 0, 1, … until NULL. */
const struct rule_override *rule_set_override_at(const struct rule_set *rules, uint32_t index);

/* The overrides of one elder, district or city: *ret_count of them from the index returned on, in rule order, for
 * rule_set_override_at(). @hash: of @id. */
uint32_t rule_set_overrides_of(const struct rule_set *rules, enum rule_override_scope scope,
                               const char *id, uint32_t hash, uint32_t *ret_count);

/* The zone of a site; NULL: UTC. */
const struct zone *rule_set_zone(const struct rule_set *rules, const char *site);
/* Days as the rules count them in @zone, with their holidays. Valid as long as @rules. */
struct rule_calendar rule_set_calendar(const struct rule_set *rules, const struct zone *zone);

/* Does @rule watch an elder of these words? NULL lists are empty. */
struct rule_subject {
        const char *care_level;
        const char (*districts)[RULE_WORD_BYTES]; /* the elder's own first, then what it lies in */
        uint8_t district_count;
        const char (*conditions)[RULE_WORD_BYTES];
        uint8_t condition_count;
        const char (*tags)[RULE_WORD_BYTES];
        uint8_t tag_count;
        int age; /* years; 0: not known, and then no rule with age_at_least applies */
        bool lives_alone;
};
bool rule_applies(const struct rule *rule, const struct rule_subject *subject);

#endif

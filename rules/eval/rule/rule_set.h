/* SPDX-License-Identifier: MIT
 *
 * Rule set 规则集: the compiled, immutable form of all rule files, as flat tables.
 *
 * rules/lang compiles YAML into it and tests build it by hand, both through rules/eval/rule_set_builder.h. The engine
 * (rules/eval/engine.h) only reads it, and any number of engines and threads may share one. Its owner frees it once
 * no engine has it in force any more (engine_rules_in_force()). What a call returns is valid as long as the rule set.
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

/* NULL is allowed. Return: NULL. */
struct rule_set *rule_set_free(struct rule_set *rules);

const char *rule_set_version(const struct rule_set *rules);
uint32_t rule_set_count(const struct rule_set *rules);
/* @rule_index: below rule_set_count(). */
const struct rule *rule_set_rule(const struct rule_set *rules, uint32_t rule_index);

/* Return: the index of the rule with id @id, or -1. */
int rule_set_find(const struct rule_set *rules, const char *id);

/* The override of one elder, district or city ("") for a rule that is in force at @now_ms, or NULL. */
const struct rule_override *rule_set_override(const struct rule_set *rules,
                                              enum rule_override_scope scope, const char *id,
                                              uint32_t rule_index, int64_t now_ms);

/* Iterate over all overrides, sorted by scope and id: index 0, 1, … until NULL. */
const struct rule_override *rule_set_override_at(const struct rule_set *rules, uint32_t index);

/* The overrides of one elder, district or city: *ret_count rows from the returned index on, in rule order, for
 * rule_set_override_at(). @hash: murmur2 of @id. */
uint32_t rule_set_overrides_of(const struct rule_set *rules, enum rule_override_scope scope,
                               const char *id, uint32_t hash, uint32_t *ret_count);

/* The time zone of @site, or else that of sites without their own; NULL: UTC. */
const struct zone *rule_set_zone(const struct rule_set *rules, const char *site);
/* The calendar of @zone, with the holidays of the rule set. */
struct rule_calendar rule_set_calendar(const struct rule_set *rules, const struct zone *zone);

/* The attributes of an elder that selectors look at. A list may be NULL if its count is 0. */
struct rule_subject {
        const char *care_level;
        const char (*districts)[RULE_WORD_BYTES]; /* the elder's own first, then larger ones */
        uint8_t district_count;
        const char (*conditions)[RULE_WORD_BYTES];
        uint8_t condition_count;
        const char (*tags)[RULE_WORD_BYTES];
        uint8_t tag_count;
        int age; /* years; 0: not known, and rules with age_at_least do not apply */
        bool lives_alone;
};
/* Does @rule apply to such an elder? */
bool rule_applies(const struct rule *rule, const struct rule_subject *subject);

#endif

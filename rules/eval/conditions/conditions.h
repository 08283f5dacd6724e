/* SPDX-License-Identifier: MIT
 *
 * The table of all conditions and forms, and what is asked of a condition whatever its type.
 *
 * Each type is a file here that defines <stem>_ops and the <stem>_form of what it remembers, for a row of
 * RULE_CONDITIONS and RULE_FORMS (rules/eval/rule/condition.h). Nobody else names it: docs/changing.md.
 *
 * Thread: any. Blocks: never. Allocates: never.
 */
#ifndef VIGIL_RULES_EVAL_CONDITIONS_CONDITIONS_H
#define VIGIL_RULES_EVAL_CONDITIONS_CONDITIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "rules/eval/rule/placeholder.h"
#include "rules/eval/rule/rule.h"

struct condition_ops;
struct condition_ops_table;
struct form_ops;

extern const struct condition_ops_table condition_ops_table;

/* NULL for a type nobody knows. */
const struct condition_ops *conditions_ops(uint8_t type);

/* @form: below RULE_FORM_LIMIT. RULE_FORM_NONE has a row of nothing. */
const struct form_ops *conditions_form(uint8_t form);

/* Put those settings of @from that are in @set (bits of enum rule_setting) onto @onto; both of one
 * type. */
void conditions_layer(struct rule_condition *onto, const struct rule_condition *from, uint32_t set);

/* What no condition of @rule may be; layers put together can contradict each other. Return: why, or
 * NULL when it is sound. */
const char *conditions_refuse(const struct rule *rule, const struct rule_condition *condition);

/* Words into numbers: what the engine compares. */
void conditions_normalise(struct rule_condition *condition);

/* Does @placeholder mean anything in the texts of a rule of this type? */
bool conditions_say(enum rule_condition_type type, enum placeholder placeholder);

#endif

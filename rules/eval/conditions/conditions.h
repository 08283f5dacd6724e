/* SPDX-License-Identifier: MIT
 *
 * The table of all conditions and forms, and what works for a condition of any type.
 *
 * Each type is a file here that defines <stem>_ops and the <stem>_form of its state, for a row of RULE_CONDITIONS and
 * RULE_FORMS (rules/eval/rule/condition.h). Except through offline.h and vital/level.h, no other code names it:
 * docs/changing.md.
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

/* Return: NULL for an unknown type. */
const struct condition_ops *conditions_ops(uint8_t type);

/* @form: below RULE_FORM_LIMIT. The row of RULE_FORM_NONE is empty. */
const struct form_ops *conditions_form(uint8_t form);

/* Copy the settings of @from that are in @set (bits of enum rule_setting) to @onto. Both are of one type. */
void conditions_layer(struct rule_condition *onto, const struct rule_condition *from, uint32_t set);

/* Check a condition of @rule: merged layers can contradict each other. Return: why it is not sound (a constant
 * string), or NULL. */
const char *conditions_refuse(const struct rule *rule, const struct rule_condition *condition);

/* Fill in defaults: see condition_ops.normalise. */
void conditions_normalise(struct rule_condition *condition);

/* Does @placeholder mean anything in the texts of a rule of this type? */
bool conditions_say(enum rule_condition_type type, enum placeholder placeholder);

#endif

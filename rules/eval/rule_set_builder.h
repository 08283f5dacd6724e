/* SPDX-License-Identifier: MIT
 *
 * Builder of a rule set: checks what must hold of every rule and every override, and freezes them into a rule set.
 *
 * Thread: a builder belongs to one thread. Blocks: never.
 */
#ifndef VIGIL_RULES_EVAL_RULE_SET_BUILDER_H
#define VIGIL_RULES_EVAL_RULE_SET_BUILDER_H

#include "rules/eval/rule/rule_set.h"

struct rule_set_builder;

int rule_set_builder_new(struct rule_set_builder **ret);
struct rule_set_builder *rule_set_builder_free(struct rule_set_builder *builder);

/* Local time of the elders of @site; "" for all sites not named. Without any: UTC.
 * @zone (NULL: UTC) belongs to the builder, then to the set; on failure still to the caller.
 * Return: 0, -EINVAL (a site given twice), -ENAMETOOLONG, -ENOMEM. */
int rule_set_builder_add_zone(struct rule_set_builder *builder, const char *site,
                              struct zone *zone);

/* Holidays, as days since 1970-01-01 in local time; for day_slot.holidays. May be called again; a day
 * given twice counts once. Return: 0, -E2BIG, -ENOMEM. */
int rule_set_builder_add_holiday(struct rule_set_builder *builder, int32_t day);

/* Copies @rule. Return: 0 and its index, -EINVAL with err_why() (what no rule may be: a hold on
 * SOS, a cooldown on life safety, a limit that is no number, an id twice …), -ENOMEM. */
int rule_set_builder_add_rule(struct rule_set_builder *builder, const struct rule *rule,
                              uint32_t *ret_index);

/* Copies @override. Return: 0, -EINVAL (another type of condition than the rule's, or given
 * twice for this elder and rule), -ENOMEM. */
int rule_set_builder_add_override(struct rule_set_builder *builder,
                                  const struct rule_override *override);

/* Freeze. @version: at most ALERT_RULE_SET_BYTES - 1 characters. The builder is empty afterwards.
 * Return: 0, -EINVAL, -ENOMEM. */
int rule_set_builder_finish(struct rule_set_builder *builder, const char *version,
                            struct rule_set **ret);

#endif

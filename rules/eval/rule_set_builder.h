/* SPDX-License-Identifier: MIT
 *
 * Builder of a rule set: checks every rule and every override, and freezes them into a rule set.
 *
 * Thread: a builder belongs to one thread. Blocks: never.
 */
#ifndef VIGIL_RULES_EVAL_RULE_SET_BUILDER_H
#define VIGIL_RULES_EVAL_RULE_SET_BUILDER_H

#include "rules/eval/rule/rule_set.h"

struct rule_set_builder;

/* Return: 0 or -ENOMEM. */
int rule_set_builder_new(struct rule_set_builder **ret);
/* NULL is allowed. Return: NULL. */
struct rule_set_builder *rule_set_builder_free(struct rule_set_builder *builder);

/* The time zone of the elders of @site; "": of all sites without their own. Without any: UTC. @zone (NULL: UTC)
 * belongs to the builder and later to the set; on failure it is still the caller's. Return: 0, -EINVAL (@site has a
 * zone already), -ENAMETOOLONG, -ENOMEM. */
int rule_set_builder_add_zone(struct rule_set_builder *builder, const char *site,
                              struct zone *zone);

/* Add a holiday, as days since 1970-01-01 in local time, for day_slot.holidays. A day that is added twice counts
 * once. Return: 0, -E2BIG (more than RULE_HOLIDAYS_MAX), -ENOMEM. */
int rule_set_builder_add_holiday(struct rule_set_builder *builder, int32_t day);

/* Add a copy of @rule. *ret_index: its index. Return: 0; -EINVAL with err_why() (what is refused: a hold on SOS, a
 * cooldown on life safety, a limit that is no number, an id twice …); -ENOMEM. */
int rule_set_builder_add_rule(struct rule_set_builder *builder, const struct rule *rule,
                              uint32_t *ret_index);

/* Add a copy of @override. Return: 0; -EINVAL with err_why() (another type of condition than the rule's, or a
 * condition that is refused); -ENOMEM. */
int rule_set_builder_add_override(struct rule_set_builder *builder,
                                  const struct rule_override *override);

/* Freeze. @version: at most ALERT_RULE_SET_BYTES - 1 characters. Afterwards the builder is empty, or still has the
 * rules if -EINVAL was returned; free it in either case. Return: 0; -EINVAL with err_why() (two overrides for the
 * same elder and rule, an inhibitor that is not there …); -ENOMEM. */
int rule_set_builder_finish(struct rule_set_builder *builder, const char *version,
                            struct rule_set **ret);

#endif

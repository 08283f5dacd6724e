/* SPDX-License-Identifier: MIT
 *
 * Checks after all rules have been read: references between rules, and rules that can never raise an alert.
 */
#include "rules/lang/dead.h"

#include <stdlib.h>
#include <string.h>

#include "rules/lang/documents/override.h"
#include "rules/lang/reading/index.h"
#include "rules/lang/reading/reading.h"
#include "rules/lang/when/rows.h"

static uint32_t inhibitor_at(const struct lang_reading *reading, const struct rule *rule,
                             uint8_t at) {
        return lang_index_find(&reading->rule_ids, rule->inhibitors[at], 0);
}

/* Return: the item of inhibited_by: that names @id. */
static const struct yaml_node *item_of(const struct lang_reading_rule *slot, const char *id) {
        const struct yaml_node *list = yaml_get(slot->node, "inhibited_by");
        const struct yaml_node *item = list->child;

        while (item->next && (item->type != YAML_TEXT || strcmp(item->text, id) != 0))
                item = item->next;
        return item;
}

static void inhibitors_check(struct lang_reading *reading, const struct lang_reading_rule *slot) {
        const struct rule *rule = &slot->rule;

        for (uint8_t i = 0; i < rule->inhibitor_count; i++) {
                const struct yaml_node *item = item_of(slot, rule->inhibitors[i]);
                uint32_t other = inhibitor_at(reading, rule, i);

                if (other == UINT32_MAX)
                        lang_override_no_rule(reading, item);
                else if (&reading->rules[other] == slot)
                        LANG_ERROR(reading, "R048", item, "name another rule",
                                   "a rule cannot hold itself back");
                else if (reading->rules[other].rule.shadow && !rule->shadow)
                        LANG_WARN(reading, "W013", item, "take shadow away from it first",
                                  "\"%s\" is a shadow rule: it would hold this one back and page "
                                  "nobody",
                                  rule->inhibitors[i]);
        }
}

/* Does a chain of inhibitors lead from @from to @to? @seen: one byte per rule. */
static bool leads_to(const struct lang_reading *reading, uint32_t from, uint32_t to,
                     unsigned char *seen) {
        const struct rule *rule = &reading->rules[from].rule;

        for (uint8_t i = 0; i < rule->inhibitor_count; i++) {
                uint32_t next = inhibitor_at(reading, rule, i);

                if (next == to)
                        return true;
                if (next == UINT32_MAX || seen[next])
                        continue;
                seen[next] = 1;
                if (leads_to(reading, next, to, seen))
                        return true;
        }
        return false;
}

static void circle_check(struct lang_reading *reading, uint32_t index, unsigned char *seen) {
        const struct lang_reading_rule *slot = &reading->rules[index];

        for (uint8_t i = 0; i < slot->rule.inhibitor_count; i++) {
                uint32_t next = inhibitor_at(reading, &slot->rule, i);

                if (next == UINT32_MAX || next == index)
                        continue;
                memset(seen, 0, reading->rule_count);
                /* Reported at the lower rule index, so once for two rules that inhibit each other. */
                if (leads_to(reading, next, index, seen) && index < next)
                        LANG_ERROR(reading, "R048", item_of(slot, slot->rule.inhibitors[i]),
                                   "decide which of them comes first",
                                   "\"%s\" and \"%s\" hold each other back", slot->rule.id,
                                   slot->rule.inhibitors[i]);
        }
}

/* --- never ------------------------------------------------------------------------------------------------ */

static bool words_have(const struct rule_words *words, const char *word) {
        for (uint8_t i = 0; i < words->count; i++)
                if (strcmp(words->word[i], word) == 0)
                        return true;
        return false;
}

/* Does unless: exclude every tag that applies_to: selects? */
static bool excludes_its_own(const struct rule *rule) {
        const struct rule_words *tags = &rule->applies_to.tags;

        for (uint8_t i = 0; i < tags->count; i++)
                if (!words_have(&rule->applies_to.not_tags, tags->word[i]))
                        return false;
        return tags->count > 0;
}

static bool never_is_long(const struct condition_quiet *quiet) {
        for (uint8_t i = 0; i < quiet->slot_count; i++)
                if (quiet->slots[i].longer_than_ms)
                        return false;
        return quiet->mode != RULE_QUIET_SEEN_WITHIN && quiet->slot_count > 0;
}

/* Are the limits so wide that no reading within the possible range of the kind is beyond them? */
static bool is_out_of_reach(const struct condition_vital *vital) {
        const struct event_kind_info *info = event_kind_info(vital->kind);

        return vital->measure == RULE_MEASURE_VALUE && vital->above >= info->possible_max &&
               vital->below <= info->possible_min;
}

static void never_check(struct lang_reading *reading, const struct lang_reading_rule *slot) {
        const struct rule_condition *condition = &slot->rule.condition;
        const struct yaml_node *when = yaml_get(slot->node, "when");
        const struct yaml_node *by_time = yaml_get(when, "by_time");

        if (excludes_its_own(&slot->rule))
                LANG_WARN_AT_KEY(reading, "W016", yaml_get(slot->node, "unless"), NULL,
                                 "this rule can never raise: applies_to names only elders whom "
                                 "unless leaves out");
        if (slot->condition == &lang_quiet && by_time && never_is_long(&condition->quiet))
                LANG_WARN_AT_KEY(reading, "W016", by_time, NULL,
                                 "this rule can never raise: every slot says never");
        if (slot->condition == &lang_vital && !lang_has_errors(reading) &&
            is_out_of_reach(&condition->vital))
                LANG_WARN_AT_KEY(reading, "W016", yaml_get(when, "vital"), NULL,
                                 "this rule can never raise: no reading is beyond its limits");
}

void lang_dead_check(struct lang_reading *reading) {
        unsigned char *seen = calloc(reading->rule_count + 1, 1);

        if (!seen) {
                reading->out_of_memory = true;
                return;
        }
        for (uint32_t i = 0; i < reading->rule_count; i++) {
                never_check(reading, &reading->rules[i]);
                if (!reading->rules[i].rule.inhibitor_count)
                        continue;
                inhibitors_check(reading, &reading->rules[i]);
                circle_check(reading, i, seen);
        }
        free(seen);
}

/* SPDX-License-Identifier: MIT
 *
 * After all rules are read: what they say about each other, and rules that could never raise.
 */
#include <stdlib.h>
#include <string.h>

#include "rules/lang/parts.h"

static uint32_t inhibitor_at(const struct lang_reading *reading, const struct rule *rule,
                             uint8_t at) {
        return lang_index_find(&reading->rule_ids, rule->inhibitors[at], 0);
}

/* The item of inhibited_by: that names @id. */
static const struct yaml_node *item_of(const struct lang_rule *slot, const char *id) {
        const struct yaml_node *list = yaml_get(slot->node, "inhibited_by");
        const struct yaml_node *item = list->child;

        while (item->next && (item->type != YAML_TEXT || strcmp(item->text, id) != 0))
                item = item->next;
        return item;
}

static void inhibitors_check(struct lang_reading *reading, const struct lang_rule *slot) {
        const struct rule *rule = &slot->rule;

        for (uint8_t i = 0; i < rule->inhibitor_count; i++) {
                const struct yaml_node *item = item_of(slot, rule->inhibitors[i]);
                uint32_t other = inhibitor_at(reading, rule, i);

                if (other == UINT32_MAX)
                        lang_rule_unknown(reading, item);
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

/* Does a chain of inhibitors lead from @from back to @to? @seen: one byte a rule. */
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
        const struct lang_rule *slot = &reading->rules[index];

        for (uint8_t i = 0; i < slot->rule.inhibitor_count; i++) {
                uint32_t next = inhibitor_at(reading, &slot->rule, i);

                if (next == UINT32_MAX || next == index)
                        continue;
                memset(seen, 0, reading->rule_count);
                /* Told once, at the rule of the circle that comes first. */
                if (leads_to(reading, next, index, seen) && index < next)
                        LANG_ERROR(reading, "R048", item_of(slot, slot->rule.inhibitors[i]),
                                   "decide which of them comes first",
                                   "\"%s\" and \"%s\" hold each other back", slot->rule.id,
                                   slot->rule.inhibitors[i]);
        }
}

void lang_dead_check(struct lang_reading *reading) {
        unsigned char *seen = calloc(reading->rule_count + 1, 1);

        if (!seen) {
                reading->out_of_memory = true;
                return;
        }
        for (uint32_t i = 0; i < reading->rule_count; i++) {
                if (!reading->rules[i].rule.inhibitor_count)
                        continue;
                inhibitors_check(reading, &reading->rules[i]);
                circle_check(reading, i, seen);
        }
        free(seen);
}

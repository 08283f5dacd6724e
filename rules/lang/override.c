/* SPDX-License-Identifier: MIT */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "rules/lang/parts.h"

enum { DAYS_AHEAD_MAX = 400, DAYS_WARNED = 14 };
static const int64_t DAY_MS = 86400000;

static const struct lang_rule *rule_find(struct lang_reading *reading,
                                         const struct yaml_node *node) {
        const char **ids;
        const char *nearest;

        if (node->type != YAML_TEXT || !*node->text) {
                LANG_ERROR(reading, "R040", node, NULL, "an override names one rule by its id");
                return NULL;
        }
        for (size_t i = 0; i < reading->rule_count; i++)
                if (strcmp(reading->rules[i].rule.id, node->text) == 0)
                        return &reading->rules[i];

        ids = calloc(reading->rule_count + 1, sizeof(*ids));
        if (!ids) {
                reading->out_of_memory = true;
                return NULL;
        }
        for (size_t i = 0; i < reading->rule_count; i++)
                ids[i] = reading->rules[i].rule.id;
        nearest = diag_nearest(node->text, ids);
        if (nearest)
                LANG_ERROR(reading, "R040", node, NULL,
                           "no rule has the id \"%s\"; did you mean \"%s\"?", node->text, nearest);
        else
                LANG_ERROR(reading, "R040", node, NULL, "no rule has the id \"%s\"", node->text);
        free(ids);
        return NULL;
}

/* What set: may hold for each type of condition. */
static const struct {
        enum rule_condition_type type;
        const char *what;
        struct yaml_key keys[8];
        size_t key_count;
} settable[] = {
        {CONDITION_HAPPENING,
         "set (of a rule about an event)",
         {{"confidence_at_least", false}, {"during", false}},
         2},
        {CONDITION_VITAL,
         "set (of a rule about a vital)",
         {{"above", false},
          {"below", false},
          {"clear_below", false},
          {"clear_above", false},
          {"for", false},
          {"min_samples", false}},
         6},
        {CONDITION_QUIET, "set (of a quiet rule)", {{"by_time", false}, {"longer_than", false}}, 2},
        {CONDITION_OFFLINE,
         "set (of an offline rule)",
         {{"heartbeats", false}, {"longer_than", false}},
         2},
};

static void set_read(struct lang_reading *reading, const struct yaml_node *map,
                     struct rule_override *override) {
        struct rule_condition *condition = &override->condition;
        size_t i = 0;

        while (settable[i].type != condition->type)
                i++;
        if (!yaml_check_keys(map, settable[i].what, settable[i].keys, settable[i].key_count, "R041",
                             reading->diag))
                return;
        if (!map->child) {
                LANG_ERROR(reading, "R041", map, NULL, "set changes nothing");
                return;
        }
        lang_during_read(reading, map, condition);
        switch (condition->type) {
        case CONDITION_HAPPENING:
                lang_happening_read(reading, map, &condition->happening, override->elder_id);
                break;
        case CONDITION_VITAL:
                lang_vital_read(reading, map, &condition->vital, override->elder_id);
                break;
        case CONDITION_QUIET:
                lang_quiet_read(reading, map, &condition->quiet, override->elder_id);
                break;
        case CONDITION_OFFLINE:
                lang_offline_read(reading, map, &condition->offline, override->elder_id);
                break;
        default:
                break; /* no row in settable */
        }
}

/* An override without an end is forgotten while the elder's health goes on changing. One that has
 * ended is only warned about: an old file must never keep the rules from loading. */
static void until_read(struct lang_reading *reading, const struct yaml_node *node,
                       struct rule_override *override) {
        int64_t left_ms;

        if (!lang_date_read(reading, node, &override->until_time_ms))
                return;
        left_ms = override->until_time_ms - reading->options->now_ms;
        if (left_ms <= 0)
                LANG_WARN(reading, "W009", node, "remove it, or ask again and give it a new date",
                          "this override has ended: the rule's own values hold for elder %s",
                          override->elder_id);
        else if (left_ms > DAYS_AHEAD_MAX * DAY_MS)
                LANG_ERROR(reading, "R043", node, "ask again within a year",
                           "this is more than %d days ahead", DAYS_AHEAD_MAX);
        else if (left_ms <= DAYS_WARNED * DAY_MS)
                LANG_WARN(reading, "W010", node, NULL,
                          "this override of elder %s ends in %" PRId64 " days", override->elder_id,
                          (left_ms + DAY_MS - 1) / DAY_MS);
}

static void elder_read(struct lang_reading *reading, const struct yaml_node *node,
                       struct rule_override *override) {
        if (node->type == YAML_TEXT && lang_id_is_fine(node->text, ELDER_ID_BYTES))
                memcpy(override->elder_id, node->text, strlen(node->text) + 1);
        else
                LANG_ERROR(reading, "R017", node, "letters, digits, _ . and -, at most 23 of them",
                           "\"%s\" is not an elder's id",
                           node->type == YAML_TEXT ? node->text : "…");
}

static void reason_read(struct lang_reading *reading, const struct yaml_node *node,
                        struct rule_override *override) {
        if (node->type != YAML_TEXT || !*node->text)
                LANG_ERROR_AT_KEY(reading, "R044", node, "who decided it, why, when",
                                  "an override needs a reason");
        else if (strlen(node->text) >= RULE_REASON_BYTES)
                LANG_ERROR(reading, "R044", node, NULL,
                           "this reason is %zu bytes long, %d are possible", strlen(node->text),
                           RULE_REASON_BYTES - 1);
        else
                memcpy(override->reason, node->text, strlen(node->text) + 1);
}

void lang_override_read(struct lang_reading *reading, const struct yaml_node *node) {
        static const struct yaml_key keys[] = {
                {"elder", true}, {"rule", true}, {"set", true}, {"reason", true}, {"until", true}};
        const struct yaml_node *elder = yaml_get(node, "elder"), *rule = yaml_get(node, "rule"),
                               *set = yaml_get(node, "set");
        const struct yaml_node *reason = yaml_get(node, "reason"), *until = yaml_get(node, "until");
        struct lang_override *slot = &reading->overrides[reading->override_count];
        const struct lang_rule *found;

        *slot = (struct lang_override){.node = node, .override.scope = OVERRIDE_ELDER};
        yaml_check_keys(node, "an override", keys, sizeof(keys) / sizeof(keys[0]), "R012",
                        reading->diag);
        if (elder)
                elder_read(reading, elder, &slot->override);
        if (reason)
                reason_read(reading, reason, &slot->override);
        if (until)
                until_read(reading, until, &slot->override);
        found = rule ? rule_find(reading, rule) : NULL;
        if (!found || !found->readable)
                return;

        slot->override.rule_index = (uint32_t)(found - reading->rules);
        slot->override.condition = found->rule.condition;
        if (set)
                set_read(reading, set, &slot->override);
        reading->override_count++;
}

/* By elder, then rule, then place: two of one elder and rule stand side by side. */
static int override_compare(const void *a, const void *b) {
        const struct lang_override *x = *(const struct lang_override *const *)a;
        const struct lang_override *y = *(const struct lang_override *const *)b;
        int order = strcmp(x->override.elder_id, y->override.elder_id);

        if (order)
                return order;
        if (x->override.rule_index != y->override.rule_index)
                return x->override.rule_index < y->override.rule_index ? -1 : 1;
        return (x > y) - (x < y);
}

void lang_overrides_compare(struct lang_reading *reading) {
        const struct lang_override **sorted =
                calloc(reading->override_count + 1, sizeof(const struct lang_override *));

        if (!sorted) {
                reading->out_of_memory = true;
                return;
        }
        for (size_t i = 0; i < reading->override_count; i++)
                sorted[i] = &reading->overrides[i];
        qsort(sorted, reading->override_count, sizeof(const struct lang_override *),
              override_compare);
        for (size_t i = 1; i < reading->override_count; i++) {
                const struct rule_override *first = &sorted[i - 1]->override,
                                           *second = &sorted[i]->override;

                if (*first->elder_id && first->rule_index == second->rule_index &&
                    strcmp(first->elder_id, second->elder_id) == 0)
                        LANG_ERROR(reading, "R042", sorted[i]->node, "put both into one  set:",
                                   "elder %s has two overrides of this rule (the other at %s:%d)",
                                   second->elder_id, sorted[i - 1]->node->file,
                                   sorted[i - 1]->node->mark.line);
        }
        free(sorted);
}

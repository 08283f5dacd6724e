/* SPDX-License-Identifier: MIT
 *
 * One override: other values for one rule, for the city, a district or an elder, with a reason and an end.
 */
#include "rules/lang/documents/override.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/err.h"
#include "common/files/yaml_read.h"
#include "common/language/say.h"
#include "common/registry/registry.h"
#include "rules/eval/conditions/conditions.h"
#include "rules/eval/rule_set_builder.h"
#include "rules/lang/reading/dates.h"
#include "rules/lang/reading/index.h"
#include "rules/lang/reading/keys.h"
#include "rules/lang/reading/reading.h"
#include "rules/lang/reading/words.h"
#include "rules/lang/when/when.h"

enum { DAYS_AHEAD_MAX = 400, DAYS_WARNED = 14, WHOM_BYTES = 64 };

static const struct lang_key keys[] = {
        {.name = "elder", .type = LANG_KEY_NAME, .what = "for one elder"},
        {.name = "district", .type = LANG_KEY_NAME, .what = "for a district and all within it"},
        {.name = "city", .type = LANG_KEY_FLAG, .what = "true: for everybody"},
        {.name = "rule", .type = LANG_KEY_ID, .required = true, .what = "the id of the rule"},
        {.name = "set",
         .type = LANG_KEY_MAP,
         .required = true,
         .what = "the values that are other; the rest stays"},
        {.name = "reason",
         .type = LANG_KEY_TEXT,
         .most = RULE_REASON_BYTES - 1,
         .required = true,
         .what = "who decided it, why, when"},
        {.name = "until", .type = LANG_KEY_DATE, .required = true, .what = "the last day it holds"},
        {.name = NULL},
};
const struct lang_map lang_override_map = {"an override", keys};

/* --- for whom ------------------------------------------------------------------------------------------ */

static const char *const scope_words[] = {[RULE_OVERRIDE_ELDER] = "elder",
                                          [RULE_OVERRIDE_DISTRICT] = "district",
                                          [RULE_OVERRIDE_CITY] = "city"};

enum rule_override_scope lang_override_scope(const struct yaml_node *node) {
        for (int scope = RULE_OVERRIDE_ELDER; scope <= RULE_OVERRIDE_CITY; scope++)
                if (yaml_get(node, scope_words[scope]))
                        return (enum rule_override_scope)scope;
        return RULE_OVERRIDE_ELDER;
}

static bool city_read(struct lang_reading *reading, const struct yaml_node *node) {
        bool city = false;

        if (yaml_read_bool(node, &city, "R018", reading->diag) && !city)
                LANG_ERROR(reading, "R049", node, "write  city: true  or  elder: ID",
                           "city: false is for nobody");
        return city;
}

/* Return: false after reporting an error. */
static bool whom_read(struct lang_reading *reading, const struct yaml_node *node,
                      struct rule_override *override) {
        const char *word = scope_words[override->scope];
        const struct yaml_node *whom = yaml_get(node, word);

        if (!whom) {
                LANG_ERROR(reading, "R049", node, NULL,
                           "an override is for an elder, a district or the city");
                return false;
        }
        for (int scope = override->scope + 1; scope <= RULE_OVERRIDE_CITY; scope++) {
                const struct yaml_node *second = yaml_get(node, scope_words[scope]);

                if (second) {
                        LANG_ERROR_AT_KEY(reading, "R049", second, "make two overrides of it",
                                          "an override is for \"%s\" or for \"%s\", not for both",
                                          word, second->key);
                        return false;
                }
        }
        if (override->scope == RULE_OVERRIDE_CITY)
                return city_read(reading, whom);
        if (whom->type == YAML_TEXT && lang_id_is_fine(whom->text, EVENT_ELDER_ID_BYTES)) {
                memcpy(override->elder_id, whom->text, strlen(whom->text) + 1);
                return true;
        }
        LANG_ERROR(reading, "R017", whom, "letters, digits, _ . and -, at most 23 of them",
                   override->scope == RULE_OVERRIDE_ELDER ? "\"%s\" is not an elder's id"
                                                          : N_("\"%s\" is not a district's id"),
                   whom->type == YAML_TEXT ? whom->text : "…");
        return false;
}

static void whom_text(const struct lang_reading *reading, const struct rule_override *override,
                      char *ret) {
        const char *form = override->scope == RULE_OVERRIDE_ELDER      ? N_(" for elder %s")
                           : override->scope == RULE_OVERRIDE_DISTRICT ? N_(" for district %s")
                                                                       : N_(" for the city");

        snprintf(ret, WHOM_BYTES, diag_word(reading->diag, form), override->elder_id);
}

/* --- of which rule --------------------------------------------------------------------------------------- */

void lang_override_no_rule(struct lang_reading *reading, const struct yaml_node *node) {
        const char **ids = calloc(reading->rule_count + 1, sizeof(*ids));
        const char *nearest;

        if (!ids) {
                reading->out_of_memory = true;
                return;
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
}

static struct lang_reading_rule *rule_find(struct lang_reading *reading,
                                           const struct yaml_node *node) {
        uint32_t index;

        if (node->type != YAML_TEXT || !*node->text) {
                LANG_ERROR(reading, "R040", node, NULL, "an override names one rule by its id");
                return NULL;
        }
        index = lang_index_find(&reading->rule_ids, node->text, 0);
        if (index != UINT32_MAX)
                return &reading->rules[index];
        lang_override_no_rule(reading, node);
        return NULL;
}

/* --- reason and end ----------------------------------------------------------------------------------------- */

/* An end is required, because an override without one would be forgotten while the elder's health changes. An
 * override that has ended is only a warning: an old file must never prevent the rules from loading. */
static void until_read(struct lang_reading *reading, const struct yaml_node *node,
                       struct rule_override *override) {
        int64_t left_ms;
        char whom[WHOM_BYTES];
        int32_t day;

        if (!lang_day_read(reading, node, &day))
                return;
        override->until_time_ms = lang_day_end_ms(reading, day);
        left_ms = override->until_time_ms - reading->options->now_ms;
        whom_text(reading, override, whom);
        if (left_ms <= 0)
                LANG_WARN(reading, "W009", node, "remove it, or ask again and give it a new date",
                          "this override has ended: the rule's own values hold%s", whom);
        else if (left_ms > DAYS_AHEAD_MAX * LANG_DAYS(1))
                LANG_ERROR(reading, "R043", node, "ask again within a year",
                           "this is more than %d days ahead", DAYS_AHEAD_MAX);
        else if (left_ms <= DAYS_WARNED * LANG_DAYS(1))
                LANG_WARN(reading, "W010", node, NULL, "this override%s ends in %d days", whom,
                          (int)((left_ms + LANG_DAYS(1) - 1) / LANG_DAYS(1)));
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

/* --- what it sets ------------------------------------------------------------------------------------------- */

static uint32_t settings_of(const struct yaml_node *set, const struct lang_condition *condition) {
        uint32_t bits = 0;

        for (const struct yaml_node *pair = set->child; pair; pair = pair->next) {
                const struct lang_key *key = lang_key_find(condition->when_keys, pair->key);

                key = key ? key : lang_key_find(condition->beside_keys, pair->key);
                if (key && key->setting)
                        bits |= UINT32_C(1) << (key->setting - 1);
        }
        return bits;
}

static void set_read(struct lang_reading *reading, const struct yaml_node *set,
                     const struct lang_reading_rule *base, struct rule_override *override) {
        const struct lang_condition *condition = base->condition;
        const struct lang_key *const tables[] = {condition->when_keys, condition->beside_keys,
                                                 NULL};
        struct rule rule = base->rule; /* a copy, because the check sets rule.class */
        char what[WHOM_BYTES], whom[WHOM_BYTES];
        struct lang_place place = {
                .when = set,
                .beside = set,
                .rule = &rule,
                .condition = &override->condition,
                .whom = whom,
                .below = diag_word(reading->diag, ", of the rule"),
                .is_override = true,
        };

        snprintf(what, sizeof(what), diag_word(reading->diag, "set (of a rule about %s)"),
                 diag_word(reading->diag, condition->about));
        if (!lang_keys_check(reading, set, what, "R041", tables, true))
                return;
        if (!set->child) {
                LANG_ERROR(reading, "R041", set, NULL, "set changes nothing");
                return;
        }
        whom_text(reading, override, whom);
        lang_condition_read(reading, condition, &place);
        override->set = settings_of(set, condition);
}

/* Apply the overrides of the districts in which @override's elder lives to @onto, the largest district first. Return:
 * whether there are any. */
static bool districts_layer(const struct lang_reading *reading,
                            const struct rule_override *override, struct rule_condition *onto) {
        const struct registry *registry = reading->options->registry;
        const struct registry_elder *elder =
                reading->wider && override->scope == RULE_OVERRIDE_ELDER
                        ? registry_elder(registry, override->elder_id)
                        : NULL;
        uint32_t found[RULE_DISTRICT_DEPTH_MAX];
        const char *district = elder ? elder->district : "";
        int depth = 0;
        bool any = false;

        while (*district && depth < RULE_DISTRICT_DEPTH_MAX) {
                const struct registry_district *row = registry_district(registry, district);

                found[depth++] =
                        lang_index_find(&reading->wider_index, district, override->rule_index);
                district = row ? row->parent : "";
        }
        while (depth-- > 0) {
                if (found[depth] == UINT32_MAX)
                        continue;
                conditions_layer(onto, &reading->wider[found[depth]].condition,
                                 reading->wider[found[depth]].set);
                any = true;
        }
        return any;
}

/* The engine applies this override on top of wider ones (city, district), so check the combined values, too. */
static void mixture_check(struct lang_reading *reading, const struct yaml_node *set,
                          const struct lang_reading_rule *base,
                          const struct rule_override *override) {
        struct rule_condition mixture =
                base->overridden_city ? base->effective : base->rule.condition;
        struct rule rule = base->rule;
        char whom[WHOM_BYTES];
        struct lang_place place = {
                .when = set,
                .beside = set,
                .rule = &rule,
                .condition = &mixture,
                .whom = whom,
                .below = diag_word(reading->diag, ", of a wider override"),
                .is_override = true,
        };

        if (!districts_layer(reading, override, &mixture) && !base->overridden_city)
                return;
        whom_text(reading, override, whom);
        conditions_layer(&mixture, &override->condition, override->set);
        base->condition->check(reading, &place);
}

static bool has_ended(const struct lang_reading *reading, const struct rule_override *override) {
        return override->until_time_ms && override->until_time_ms <= reading->options->now_ms;
}

/* Add the override to the builder, unless an error was reported. */
static void override_add(struct lang_reading *reading, const struct yaml_node *node,
                         const struct rule_override *override) {
        int r = reading->builder && !lang_has_errors(reading)
                        ? rule_set_builder_add_override(reading->builder, override)
                        : 0;

        if (r == -EINVAL)
                LANG_ERROR(reading, "R046", node, NULL, "%s", err_why());
        else if (r < 0)
                reading->out_of_memory = true;
}

/* Read set:, and check it alone and together with wider overrides. */
static void values_read(struct lang_reading *reading, const struct yaml_node *set,
                        struct lang_reading_rule *rule, struct rule_override *override,
                        const char *whom) {
        int errors = diag_errors(reading->diag);

        set_read(reading, set, rule, override);
        if (diag_errors(reading->diag) != errors || has_ended(reading, override))
                return;
        if (override->scope != RULE_OVERRIDE_CITY)
                mixture_check(reading, set, rule, override);
        if (override->scope == RULE_OVERRIDE_DISTRICT && reading->wider && whom) {
                uint32_t index = (uint32_t)reading->wider_count++;

                reading->wider[index] = (struct lang_wider){override->set, override->condition};
                lang_index_put(&reading->wider_index, whom, override->rule_index, index);
        }
        if (override->scope == RULE_OVERRIDE_CITY) {
                rule->effective = override->condition;
                rule->overridden_city = true;
        }
}

void lang_override_read(struct lang_reading *reading, const struct yaml_node *node,
                        enum rule_override_scope scope) {
        const struct lang_key *const tables[] = {keys, NULL};
        const struct yaml_node *rule = yaml_get(node, "rule"), *set = yaml_get(node, "set");
        const struct yaml_node *reason = yaml_get(node, "reason"), *until = yaml_get(node, "until");
        const struct yaml_node *whom = yaml_get(node, scope_words[scope]);
        struct rule_override override = {.scope = (uint8_t)scope};
        struct lang_reading_rule *found;
        bool fine = false;

        if (lang_keys_check(reading, node, lang_override_map.what, "R012", tables, false) || whom)
                fine = whom_read(reading, node, &override);
        if (reason)
                reason_read(reading, reason, &override);
        if (until)
                until_read(reading, until, &override);
        found = rule ? rule_find(reading, rule) : NULL;
        if (!found || !found->condition)
                return;

        override.rule_index = (uint32_t)(found - reading->rules);
        override.condition = found->rule.condition;
        if (set)
                values_read(reading, set, found, &override, fine && whom ? whom->text : NULL);
        if (!fine)
                return;
        reading->overrides[reading->override_count++] = (struct lang_reading_override){
                .node = node,
                .whom = scope == RULE_OVERRIDE_CITY ? "" : whom->text,
                .rule_index = override.rule_index,
                .scope = (uint8_t)scope,
        };
        override_add(reading, node, &override);
}

static void twice_complain(struct lang_reading *reading, const struct lang_reading_override *second,
                           const struct yaml_node *first) {
        static const char help[] = N_("put both into one  set:");

        if (second->scope == RULE_OVERRIDE_CITY)
                LANG_ERROR(reading, "R042", second->node, help,
                           "the city has two overrides of this rule (the other at %s:%d)",
                           first->file, first->mark.line);
        else if (second->scope == RULE_OVERRIDE_DISTRICT)
                LANG_ERROR(reading, "R042", second->node, help,
                           "district %s has two overrides of this rule (the other at %s:%d)",
                           second->whom, first->file, first->mark.line);
        else
                LANG_ERROR(reading, "R042", second->node, help,
                           "elder %s has two overrides of this rule (the other at %s:%d)",
                           second->whom, first->file, first->mark.line);
}

void lang_overrides_compare(struct lang_reading *reading) {
        struct lang_index seen;

        if (lang_index_init(&seen, reading->override_count) < 0) {
                reading->out_of_memory = true;
                return;
        }
        for (uint32_t i = 0; i < reading->override_count; i++) {
                const struct lang_reading_override *override = &reading->overrides[i];
                uint32_t salt = override->rule_index * 3 + override->scope;
                uint32_t first = lang_index_put(&seen, override->whom, salt, i);

                if (first != i)
                        twice_complain(reading, override, reading->overrides[first].node);
        }
        lang_index_fini(&seen);
}

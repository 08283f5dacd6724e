/* SPDX-License-Identifier: MIT
 *
 * One rule. The keys of its condition are read in rules/lang/when, the others here.
 */
#include "rules/lang/documents/rule.h"

#include <stdio.h>
#include <string.h>

#include "common/files/yaml_read.h"
#include "common/language/say.h"
#include "rules/lang/reading/index.h"
#include "rules/lang/reading/keys.h"
#include "rules/lang/reading/reading.h"
#include "rules/lang/reading/words.h"
#include "rules/lang/values/texts.h"
#include "rules/lang/values/who.h"
#include "rules/lang/when/rows.h"
#include "rules/lang/when/when.h"

/* --- keys -------------------------------------------------------------------------------------------- */

/* For keys that lang_rule_read() reads by name, after the others, because their meaning depends on those. */
static void later(struct lang_reading *reading, const struct lang_key *key,
                  const struct yaml_node *node, void *ret) {
        (void)reading;
        (void)key;
        (void)node;
        (void)ret;
}

static bool rule_id_is_fine(const char *id) {
        return *id && strlen(id) < ALERT_RULE_ID_BYTES &&
               id[strspn(id, "abcdefghijklmnopqrstuvwxyz0123456789-")] == '\0';
}

static bool id_text(struct lang_reading *reading, const struct yaml_node *node) {
        if (node->type == YAML_TEXT && rule_id_is_fine(node->text))
                return true;
        LANG_ERROR(reading, "R014", node,
                   "small letters, digits and -, at most 47, for example heart-rate-high",
                   "\"%s\" cannot be the id of a rule", node->type == YAML_TEXT ? node->text : "…");
        return false;
}

static void severity_read(struct lang_reading *reading, const struct lang_key *key,
                          const struct yaml_node *node, void *ret) {
        struct lang_key plain = *key;
        uint8_t severity = 0;

        plain.read = NULL;
        lang_value_read(reading, &plain, node, &severity);
        if (severity)
                *(enum severity *)ret = (enum severity)severity;
}

static void inhibited_read(struct lang_reading *reading, const struct lang_key *key,
                           const struct yaml_node *list, void *ret) {
        struct rule *rule = ret;

        if (!lang_list_is_there(reading, list, "rule-id"))
                return;
        if (list->count > RULE_INHIBITORS_MAX) {
                LANG_ERROR(reading, "R017", list, NULL, "more than %d words for \"%s\"",
                           RULE_INHIBITORS_MAX, key->name);
                return;
        }
        for (const struct yaml_node *item = list->child; item; item = item->next)
                if (id_text(reading, item))
                        memcpy(rule->inhibitors[rule->inhibitor_count++], item->text,
                               strlen(item->text) + 1);
}

static const struct lang_key flapping_keys[] = {
        {.name = "times",
         .type = LANG_KEY_COUNT,
         .least = 2,
         .most = RULE_FLAPS_MAX,
         .required = true,
         .at = offsetof(struct rule, flap_times),
         .what = "so many alerts …"},
        {.name = "within",
         .type = LANG_KEY_DURATION,
         .least = LANG_MINUTES(1),
         .most = LANG_DAYS(1),
         .required = true,
         .at = offsetof(struct rule, flap_within_ms),
         .what = "… within so long: then it rests until it has been calm for as long"},
        {.name = NULL},
};
static const struct lang_map flapping_map = {"flapping", flapping_keys};

static const struct lang_key keys[] = {
        {.name = "id",
         .type = LANG_KEY_ID,
         .most = ALERT_RULE_ID_BYTES - 1,
         .required = true,
         .read = later,
         .what = "small letters, digits and -; unique over all files, never reused"},
        {.name = "title",
         .type = LANG_KEY_TEXTS,
         .map = &lang_texts_map,
         .required = true,
         .read = lang_title_read,
         .what = "what the person who is paged reads first"},
        {.name = "when",
         .type = LANG_KEY_MAP,
         .required = true,
         .read = later,
         .what = "what must be seen"},
        {.name = "severity",
         .type = LANG_KEY_ENUM,
         .words = lang_severity_words,
         .required = true,
         .at = offsetof(struct rule, severity),
         .read = severity_read,
         .what = "how urgent it is"},
        {.name = "page",
         .type = LANG_KEY_NAME,
         .most = ALERT_LADDER_ID_BYTES - 1,
         .required = true,
         .read = later,
         .what = "a ladder of escalation.yaml, or none"},
        {.name = "advice",
         .type = LANG_KEY_TEXTS,
         .map = &lang_texts_map,
         .read = lang_advice_read,
         .what = "what to do first; required when critical"},
        {.name = "applies_to",
         .type = LANG_KEY_MAP,
         .map = &lang_applies_to_map,
         .at = offsetof(struct rule, applies_to),
         .what = "whom it watches; default everybody"},
        {.name = "unless",
         .type = LANG_KEY_BITS,
         .least = 1,
         .words = lang_unless_words,
         .read = lang_unless_read,
         .what = "not while the elder is in one of these states"},
        {.name = "flapping",
         .type = LANG_KEY_MAP,
         .map = &flapping_map,
         .what = "rest when it is raised again and again; never for life safety"},
        {.name = "inhibited_by",
         .type = LANG_KEY_IDS,
         .least = 1,
         .most = RULE_INHIBITORS_MAX,
         .read = inhibited_read,
         .what = "held back while one of these rules is raised"},
        {.name = "latching",
         .type = LANG_KEY_FLAG,
         .read = later,
         .what = "only a person closes it; always so for life safety"},
        {.name = "shadow",
         .type = LANG_KEY_FLAG,
         .at = offsetof(struct rule, shadow),
         .what = "judged and counted, pages nobody"},
        {.name = NULL},
};
const struct lang_map lang_rule_map = {N_("a rule"), keys};

/* --- unknown and misplaced keys -------------------------------------------------------------------------- */

/* Return: another kind of condition that has @key beside when:; NULL if @condition has it itself or none has. */
static const struct lang_condition *belongs_to(const struct lang_condition *condition,
                                               const char *key) {
        if (lang_key_find(condition->beside_keys, key))
                return NULL;
        for (size_t i = 0; lang_conditions[i]; i++)
                if (lang_key_find(lang_conditions[i]->beside_keys, key))
                        return lang_conditions[i];
        return NULL;
}

static void misplaced_complain(struct lang_reading *reading, const struct yaml_node *node,
                               const struct lang_condition *condition) {
        for (const struct yaml_node *pair = node->child; pair; pair = pair->next) {
                const struct lang_condition *owner = belongs_to(condition, pair->key);

                if (owner)
                        LANG_ERROR_AT_KEY(reading, "R036", pair,
                                          strcmp(pair->key, "hold") == 0 && condition == &lang_vital
                                                  ? "a vital waits with  for:  in its when"
                                                  : NULL,
                                          "\"%s\" is for rules about %s", pair->key,
                                          diag_word(reading->diag, owner->about));
        }
}

static bool keys_check(struct lang_reading *reading, const struct yaml_node *node) {
        const struct lang_key *tables[LANG_KEYS_MAX] = {keys};
        size_t count = 1;

        for (size_t i = 0; lang_conditions[i]; i++)
                if (lang_conditions[i]->beside_keys)
                        tables[count++] = lang_conditions[i]->beside_keys;
        tables[count] = NULL;
        return lang_keys_check(reading, node, lang_rule_map.what, "R012", tables, false);
}

/* --- what the rest of a rule means ------------------------------------------------------------------------ */

static void id_read(struct lang_reading *reading, const struct yaml_node *node,
                    struct lang_reading_rule *slot) {
        uint32_t index = (uint32_t)(slot - reading->rules), first;

        if (!id_text(reading, node))
                return;
        memcpy(slot->rule.id, node->text, strlen(node->text) + 1);
        first = lang_index_put(&reading->rule_ids, slot->rule.id, 0, index);
        if (first != index) {
                const struct yaml_node *other = yaml_get(reading->rules[first].node, "id");

                slot->shared_id = true;
                LANG_ERROR(reading, "R015", node, "ids are unique over all files",
                           "the id \"%s\" is used twice (first at %s:%d)", node->text, other->file,
                           other->mark.line);
        }
}

static const struct condition_severities *severities_of(const struct rule *rule) {
        static const struct condition_severities none;

        for (size_t i = 0; lang_conditions[i]; i++)
                if (lang_conditions[i]->type == rule->condition.type &&
                    lang_conditions[i]->severities_at)
                        return (const void *)((const char *)&rule->condition +
                                              lang_conditions[i]->severities_at);
        return &none;
}

static bool can_be_critical(const struct rule *rule) {
        const struct condition_severities *steps = severities_of(rule);
        bool critical = rule->severity == SEVERITY_CRITICAL;

        for (uint8_t i = 0; i < steps->count; i++)
                critical = critical || steps->step[i].severity == SEVERITY_CRITICAL;
        return critical;
}

static void page_read(struct lang_reading *reading, const struct yaml_node *node,
                      struct rule *rule) {
        const char *const *ladders = reading->options->ladders;
        int index;

        if (node->type == YAML_TEXT && strcmp(node->text, "none") == 0) {
                if (can_be_critical(rule))
                        LANG_ERROR(reading, "R027", node, "name a ladder of escalation.yaml",
                                   "a critical alert must page somebody");
                else if (rule->class == ALERT_LIFE_SAFETY)
                        LANG_ERROR(reading, "R027", node, "name a ladder of escalation.yaml",
                                   "a life-safety alert must page somebody");
                return;
        }
        if (node->type != YAML_TEXT || !lang_id_is_fine(node->text, ALERT_LADDER_ID_BYTES)) {
                LANG_ERROR(reading, "R026", node,
                           "name a ladder of escalation.yaml, or write  page: none",
                           "this is not the name of a ladder");
                return;
        }
        if (ladders && !yaml_read_word(node, ladders, &index, "R026", reading->diag))
                return;
        memcpy(rule->ladder, node->text, strlen(node->text) + 1);
}

/* A life-safety alert must not be suppressed: no flapping, no inhibited_by, no unless: [ away ]. */
static void life_safety_check(struct lang_reading *reading, const struct yaml_node *node,
                              const struct rule *rule) {
        const struct yaml_node *flapping = yaml_get(node, "flapping");
        const struct yaml_node *inhibited = yaml_get(node, "inhibited_by");

        if (rule->class != ALERT_LIFE_SAFETY)
                return;
        if (flapping)
                LANG_ERROR_AT_KEY(reading, "R037", flapping,
                                  "remove it: repeats are grouped where people see them",
                                  "a life-safety alert never rests: each may be another one");
        if (inhibited)
                LANG_ERROR_AT_KEY(reading, "R037", inhibited, "remove it",
                                  "a life-safety alert is never held back by another rule");
        if (rule->condition.unless_away)
                LANG_ERROR_AT_KEY(reading, "R038", yaml_get(node, "unless"),
                                  "remove away: who is out may fall, too",
                                  "a life-safety rule applies wherever the elder is");
}

static void latching_read(struct lang_reading *reading, const struct yaml_node *node,
                          struct rule *rule) {
        bool latching = rule->class == ALERT_LIFE_SAFETY;

        if (node && yaml_read_bool(node, &latching, "R018", reading->diag) && !latching &&
            rule->class == ALERT_LIFE_SAFETY)
                LANG_ERROR(reading, "R037", node, "remove it",
                           "a life-safety alert is closed by a person only");
        rule->latching = latching || rule->class == ALERT_LIFE_SAFETY;
}

static void when_read(struct lang_reading *reading, const struct yaml_node *node,
                      const struct yaml_node *when, struct lang_reading_rule *slot) {
        const struct lang_condition *condition = lang_condition_find(reading, when);
        struct lang_place place = {
                .when = when,
                .beside = node,
                .rule = &slot->rule,
                .condition = &slot->rule.condition,
                .whom = "",
                .below = "",
        };

        if (!condition)
                return;

        const struct lang_key *const tables[] = {condition->when_keys, NULL};

        slot->rule.condition.type = condition->type;
        if (condition->begin)
                condition->begin(&slot->rule);
        lang_keys_check(reading, when, "when", "R012", tables, false);
        if (lang_condition_read(reading, condition, &place))
                slot->condition = condition;
        misplaced_complain(reading, node, condition);
        lang_texts_check(reading, yaml_get(node, "title"), condition);
        lang_texts_check(reading, yaml_get(node, "advice"), condition);
}

void lang_rule_read(struct lang_reading *reading, const struct yaml_node *node) {
        struct lang_reading_rule *slot = &reading->rules[reading->rule_count++];
        struct rule *rule = &slot->rule;
        const struct yaml_node *id = yaml_get(node, "id"), *when = yaml_get(node, "when");
        const struct yaml_node *page = yaml_get(node, "page");

        *slot = (struct lang_reading_rule){
                .node = node, .rule.severity = SEVERITY_INFO, .rule.class = ALERT_ACTIVITY};
        keys_check(reading, node);
        if (node->type != YAML_MAP)
                return;
        if (id)
                id_read(reading, id, slot);
        lang_keys_read(reading, node, keys, false, rule);
        if (when)
                when_read(reading, node, when, slot);
        if (page)
                page_read(reading, page, rule);
        if (can_be_critical(rule) && !yaml_get(node, "advice"))
                LANG_ERROR(reading, "R027", node, "write  advice: { zh: …, en: … }",
                           "a critical rule needs advice: whoever is woken must know what to do "
                           "first");
        latching_read(reading, yaml_get(node, "latching"), rule);
        life_safety_check(reading, node, rule);
}

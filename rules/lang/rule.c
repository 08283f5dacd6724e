/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <string.h>

#include "rules/lang/parts.h"

#define SECONDS(n) (INT64_C(n) * 1000)

static const char *const severity_words[] = {"critical", "major", "minor", "info", NULL};
static const char *const care_levels[] = {"self_reliant", "partial", "full", NULL};
static const char *const data_stops_words[] = {"keep", "clear", "alarm", NULL};

/* --- texts ------------------------------------------------------------------------------------------ */

static bool one_text(struct lang_reading *reading, const struct yaml_node *node, char *ret) {
        if (node->type != YAML_TEXT || !*node->text) {
                LANG_ERROR_AT_KEY(reading, "R016", node, NULL, "\"%s\" has no text", node->key);
                return false;
        }
        if (strlen(node->text) >= ALERT_TEXT_BYTES) {
                LANG_ERROR(reading, "R016", node,
                           "a pager shows about 60 Chinese or 190 Latin letters",
                           "this text is %zu bytes long, %d are possible", strlen(node->text),
                           ALERT_TEXT_BYTES - 1);
                return false;
        }
        memcpy(ret, node->text, strlen(node->text) + 1);
        return true;
}

/* A comma ends a text inside { }; the rest of it then reads as a key without a value. */
static bool texts_are_whole(struct lang_reading *reading, const struct yaml_node *map) {
        for (const struct yaml_node *pair = map->child; pair; pair = pair->next) {
                if (strcmp(pair->key, "zh") == 0 || strcmp(pair->key, "en") == 0 ||
                    pair->type != YAML_TEXT || *pair->text)
                        continue;
                LANG_ERROR_AT_KEY(reading, "R016", pair, "put the whole text in \"quotes\"",
                                  "a comma ends the text of \"%s\" here", map->key);
                return false;
        }
        return true;
}

/* { zh: …, en: … }; both are there or it is an error. */
static void both_texts(struct lang_reading *reading, const struct yaml_node *map, char *ret_zh,
                       char *ret_en) {
        static const struct yaml_key keys[] = {{"zh", true}, {"en", true}};
        const struct yaml_node *zh = yaml_get(map, "zh"), *en = yaml_get(map, "en");

        if (map->type == YAML_MAP && !texts_are_whole(reading, map))
                return;
        yaml_check_keys(map, map->key, keys, 2, "R012", reading->diag);
        if (zh)
                one_text(reading, zh, ret_zh);
        if (en)
                one_text(reading, en, ret_en);
}

/* --- what becomes of an alert ------------------------------------------------------------------------- */

static void page_read(struct lang_reading *reading, const struct yaml_node *node,
                      struct rule *rule) {
        const char *const *ladders = reading->options->ladders;
        int index;

        if (node->type == YAML_TEXT && strcmp(node->text, "none") == 0) {
                if (rule->severity == SEVERITY_CRITICAL || rule->class == ALERT_LIFE_SAFETY)
                        LANG_ERROR(reading, "R027", node, "name a ladder of escalation.yaml",
                                   "a %s alert must page somebody",
                                   rule->severity == SEVERITY_CRITICAL ? "critical"
                                                                       : "life-safety");
                return;
        }
        if (node->type != YAML_TEXT || !lang_id_is_fine(node->text, LADDER_ID_BYTES)) {
                LANG_ERROR(reading, "R026", node,
                           "name a ladder of escalation.yaml, or write  page: none",
                           "this is not the name of a ladder");
                return;
        }
        if (ladders && !yaml_word(node, ladders, &index, "R026", reading->diag))
                return;
        memcpy(rule->ladder, node->text, strlen(node->text) + 1);
}

static void outcome_read(struct lang_reading *reading, const struct yaml_node *map,
                         struct rule *rule) {
        const struct yaml_node *severity = yaml_get(map, "severity"), *page = yaml_get(map, "page");
        const struct yaml_node *title = yaml_get(map, "title"), *advice = yaml_get(map, "advice");
        const struct yaml_node *shadow = yaml_get(map, "shadow");
        int index;

        if (severity && yaml_word(severity, severity_words, &index, "R024", reading->diag))
                rule->severity = (enum severity)(SEVERITY_CRITICAL + index);
        if (page)
                page_read(reading, page, rule);
        if (title)
                both_texts(reading, title, rule->title_zh, rule->title_en);
        if (advice)
                both_texts(reading, advice, rule->advice_zh, rule->advice_en);
        else if (rule->severity == SEVERITY_CRITICAL)
                LANG_ERROR(reading, "R027", map, "write  advice: { zh: …, en: … }",
                           "a critical rule needs advice: whoever is woken must know what to do "
                           "first");
        if (shadow)
                yaml_bool(shadow, &rule->shadow, "R018", reading->diag);
}

/* --- quieting ------------------------------------------------------------------------------------------ */

void lang_hold_read(struct lang_reading *reading, const struct yaml_node *map, struct rule *rule) {
        const struct yaml_node *hold = yaml_get(map, "hold"),
                               *cancel_on = yaml_get(map, "cancel_on");
        const struct yaml_node *cooldown = yaml_get(map, "cooldown"), *any = hold        ? hold
                                                                             : cancel_on ? cancel_on
                                                                                         : cooldown;
        struct happening_condition *condition = &rule->condition.happening;

        if (!any)
                return;
        if (rule->condition.type != CONDITION_HAPPENING) {
                LANG_ERROR_AT_KEY(reading, "R036", any, "a vital waits with  for:  in its when",
                                  "\"%s\" is for rules about an event", any->key);
                return;
        }
        if (hold && condition->kind == KIND_SOS) {
                LANG_ERROR_AT_KEY(reading, "R036", hold, "remove hold and cancel_on",
                                  "an SOS is never held back");
                return;
        }
        if (hold && !cancel_on)
                LANG_ERROR_AT_KEY(reading, "R036", hold, "write  cancel_on: [ button_cancel ]",
                                  "a hold that nothing can cancel is only a delay");
        if (cancel_on && !hold)
                LANG_ERROR_AT_KEY(reading, "R036", cancel_on, "write  hold: 20s",
                                  "cancel_on needs a hold to cancel in");
        if (hold)
                yaml_duration_ms(hold, SECONDS(5), SECONDS(120), &condition->hold_ms, "R021",
                                 reading->diag);
        if (cancel_on)
                lang_cancels_read(reading, cancel_on, &condition->cancel_kinds);
        if (cooldown && rule->class == ALERT_LIFE_SAFETY)
                LANG_ERROR_AT_KEY(reading, "R037", cooldown,
                                  "remove it: repeats are grouped where people see them",
                                  "a life-safety alert has no cooldown: each may be another one");
        else if (cooldown)
                yaml_duration_ms(cooldown, SECONDS(60), SECONDS(86400), &condition->cooldown_ms,
                                 "R021", reading->diag);
}

static void data_stops_read(struct lang_reading *reading, const struct yaml_node *map,
                            struct rule *rule) {
        const struct yaml_node *what = yaml_get(map, "if_data_stops"),
                               *after = yaml_get(map, "data_stops_after");
        struct vital_condition *condition = &rule->condition.vital;
        int index = DATA_STOPS_KEEP;

        if (!what && !after)
                return;
        if (rule->condition.type != CONDITION_VITAL) {
                LANG_ERROR_AT_KEY(reading, "R036", what ? what : after, NULL,
                                  "\"%s\" is for rules about a vital",
                                  what ? what->key : after->key);
                return;
        }
        if (what && !yaml_word(what, data_stops_words, &index, "R024", reading->diag))
                return;
        condition->if_data_stops = (uint8_t)index;
        if (index != DATA_STOPS_KEEP && !after)
                LANG_ERROR_AT_KEY(reading, "R036", what, "write  data_stops_after: 10m",
                                  "if_data_stops needs to know after how long data has stopped");
        if (after)
                yaml_duration_ms(after, SECONDS(10), SECONDS(86400), &condition->data_stops_ms,
                                 "R021", reading->diag);
}

/* unless: states an elder can be in. Away is known from events, the others are tags that care staff set. */
static void unless_read(struct lang_reading *reading, const struct yaml_node *list,
                        struct rule *rule) {
        static const char *const states[] = {"away", "hospital", "maintenance", NULL};

        if (list->type != YAML_LIST || !list->child) {
                LANG_ERROR(reading, "R017", list, "write  unless: [ away, hospital ]",
                           "\"unless\" must be a list of at least one state");
                return;
        }
        for (const struct yaml_node *item = list->child; item; item = item->next) {
                struct rule_words *tags = &rule->applies_to.not_tags;
                int index;

                if (!yaml_word(item, states, &index, "R024", reading->diag))
                        continue;
                if (index > 0 && tags->count < RULE_WORDS_MAX)
                        memcpy(tags->word[tags->count++], states[index], strlen(states[index]) + 1);
                else if (index == 0 && rule->condition.type == CONDITION_QUIET)
                        rule->condition.unless_away = true;
                else if (index == 0)
                        LANG_ERROR(reading, "R038", item, "remove it",
                                   "\"away\" is for quiet rules only");
        }
}

static void applies_to_read(struct lang_reading *reading, const struct yaml_node *map,
                            struct rule *rule) {
        static const struct yaml_key keys[] = {{"care_levels", false},
                                               {"conditions", false},
                                               {"tags", false},
                                               {"districts", false}};
        struct rule_selector *who = &rule->applies_to;
        const struct {
                const char *key;
                const char *const *known;
                struct rule_words *ret;
        } lists[] = {
                {"care_levels", care_levels, &who->care_levels},
                {"conditions", NULL, &who->conditions},
                {"tags", NULL, &who->tags},
                {"districts", NULL, &who->districts},
        };

        yaml_check_keys(map, "applies_to", keys, 4, "R012", reading->diag);
        for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
                const struct yaml_node *list = yaml_get(map, lists[i].key);

                if (list)
                        lang_words_read(reading, list, lists[i].known, lists[i].ret);
        }
}

/* --- the rule -------------------------------------------------------------------------------------------- */

static bool rule_id_is_fine(const char *id) {
        return *id && strlen(id) < RULE_ID_BYTES &&
               id[strspn(id, "abcdefghijklmnopqrstuvwxyz0123456789-")] == '\0';
}

static void id_read(struct lang_reading *reading, const struct yaml_node *node, struct rule *rule) {
        if (node->type != YAML_TEXT || !rule_id_is_fine(node->text)) {
                LANG_ERROR(reading, "R014", node,
                           "small letters, digits and -, at most 47, for example heart-rate-high",
                           "\"%s\" cannot be the id of a rule",
                           node->type == YAML_TEXT ? node->text : "…");
                return;
        }
        for (size_t i = 0; i + 1 < reading->rule_count; i++) {
                const struct lang_rule *other = &reading->rules[i];

                if (strcmp(other->rule.id, node->text) == 0) {
                        const struct yaml_node *first = yaml_get(other->node, "id");

                        LANG_ERROR(reading, "R015", node, "ids are unique over all files",
                                   "the id \"%s\" is used twice (first at %s:%d)", node->text,
                                   first->file, first->mark.line);
                        return;
                }
        }
        memcpy(rule->id, node->text, strlen(node->text) + 1);
}

void lang_rule_read(struct lang_reading *reading, const struct yaml_node *node) {
        static const struct yaml_key keys[] = {
                {"id", true},
                {"title", true},
                {"when", true},
                {"severity", true},
                {"page", true},
                {"advice", false},
                {"hold", false},
                {"cancel_on", false},
                {"cooldown", false},
                {"if_data_stops", false},
                {"data_stops_after", false},
                {"applies_to", false},
                {"unless", false},
                {"shadow", false},
        };
        struct lang_rule *slot = &reading->rules[reading->rule_count++];
        struct rule *rule = &slot->rule;
        const struct yaml_node *id = yaml_get(node, "id"), *when = yaml_get(node, "when");
        const struct yaml_node *applies_to = yaml_get(node, "applies_to"),
                               *unless = yaml_get(node, "unless");

        *slot = (struct lang_rule){
                .node = node, .rule.severity = SEVERITY_INFO, .rule.class = ALERT_ACTIVITY};
        yaml_check_keys(node, "a rule", keys, sizeof(keys) / sizeof(keys[0]), "R012",
                        reading->diag);
        if (node->type != YAML_MAP)
                return;
        if (id)
                id_read(reading, id, rule);
        if (when)
                slot->readable = lang_when_read(reading, when, rule);
        rule->latching = rule->class == ALERT_LIFE_SAFETY;
        outcome_read(reading, node, rule);
        if (slot->readable) {
                lang_hold_read(reading, node, rule);
                data_stops_read(reading, node, rule);
        }
        if (applies_to)
                applies_to_read(reading, applies_to, rule);
        if (unless)
                unless_read(reading, unless, rule);
}

/* SPDX-License-Identifier: MIT
 *
 * Reads the parts that coverage counts from rule files and ladders.
 */
#include "cli/rule_test/coverage_read.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "common/base/err.h"

enum { FIRST_ROOM = 64, DAY_S = 86400 };

/* --- what there is ------------------------------------------------------------------------------ */

/* Add an item at @mark. Return: the item; NULL when out of memory. */
static struct coverage_item *item_add(struct coverage *coverage, enum coverage_kind kind,
                                      const char *owner, struct diag_mark mark) {
        struct coverage_item *item;

        if (coverage->count == coverage->room) {
                size_t room = coverage->room ? 2 * coverage->room : FIRST_ROOM;
                void *items = realloc(coverage->items, room * sizeof(*coverage->items));

                if (!items)
                        return NULL;
                coverage->items = items;
                coverage->room = room;
        }
        item = &coverage->items[coverage->count++];
        *item = (struct coverage_item){
                .kind = kind, .file = coverage->files[coverage->file_count - 1], .mark = mark};
        snprintf(item->owner, sizeof(item->owner), "%s", owner);
        return item;
}

static const char *text_of(const struct yaml_node *map, const char *key) {
        const struct yaml_node *node = yaml_get(map, key);

        return node && node->type == YAML_TEXT ? node->text : "";
}

static const struct yaml_node *items_of(const struct yaml_node *map, const char *key) {
        const struct yaml_node *node = map ? yaml_get(map, key) : NULL;

        return node && node->type == YAML_LIST ? node->child : NULL;
}

/* Parse a time of day; @otherwise when there is none. Invalid times cannot occur, since the files have been loaded
 * before. */
static int minute_of(const char *text, int otherwise) {
        int hour, minute;

        return sscanf(text, "%2d:%2d", &hour, &minute) == 2 ? hour * 60 + minute : otherwise;
}

/* An item for each word of the list at @key. */
static int words_add(struct coverage *coverage, const struct yaml_node *rule, const char *key,
                     enum coverage_kind kind) {
        for (const struct yaml_node *word = items_of(rule, key); word; word = word->next) {
                struct coverage_item *item =
                        item_add(coverage, kind, text_of(rule, "id"), word->mark);

                if (!item)
                        return err_raise(-ENOMEM);
                snprintf(item->word, sizeof(item->word), "%s", word->text ? word->text : "");
        }
        return 0;
}

static uint8_t days_of(const struct yaml_node *slot) {
        uint8_t days = 0;

        for (const struct yaml_node *day = items_of(slot, "days"); day; day = day->next) {
                int number = day->text ? registry_day_parse(day->text, strlen(day->text)) : -1;

                if (number >= 0)
                        days |= (uint8_t)(1u << number);
        }
        return days;
}

static uint8_t holidays_of(const struct yaml_node *slot) {
        const char *word = text_of(slot, "holidays");

        return strcmp(word, "only") == 0     ? DAY_SLOT_ONLY_HOLIDAYS
               : strcmp(word, "except") == 0 ? DAY_SLOT_EXCEPT_HOLIDAYS
                                             : DAY_SLOT_ANY_DAY;
}

static int slots_add(struct coverage *coverage, const char *rule, const struct yaml_node *slot) {
        for (; slot; slot = slot->next) {
                struct coverage_item *item = item_add(coverage, COVERAGE_SLOT, rule, slot->mark);

                if (!item)
                        return err_raise(-ENOMEM);
                item->slot = (struct day_slot){
                        .from_minute = (int16_t)minute_of(text_of(slot, "from"), 0),
                        .to_minute =
                                (int16_t)minute_of(text_of(slot, "to"), DAY_SLOT_MINUTES_A_DAY),
                        .days = days_of(slot),
                        .holidays = holidays_of(slot),
                };
                item->never = strcmp(text_of(slot, "longer_than"), "never") == 0;
        }
        return 0;
}

static int severities_add(struct coverage *coverage, const struct yaml_node *rule) {
        for (const struct yaml_node *step = items_of(rule, "severity_when"); step;
             step = step->next) {
                struct coverage_item *item =
                        item_add(coverage, COVERAGE_SEVERITY, text_of(rule, "id"), step->mark);

                if (!item)
                        return err_raise(-ENOMEM);
                snprintf(item->word, sizeof(item->word), "%s", text_of(step, "severity"));
        }
        return 0;
}

/* The kind of event that a rule about events waits for; "" for other rules. */
static const char *kind_of(const struct yaml_node *when) {
        if (!when)
                return "";
        return yaml_get(when, "fall_motion") ? event_kind_info(KIND_ACCELERATION)->name
                                             : text_of(when, "event");
}

/* Branches that a rule has at most once, added if their key is given. The word is the event that the rule waits
 * for. */
static int branches_add(struct coverage *coverage, const struct yaml_node *rule) {
        static const struct {
                const char *key;
                enum coverage_kind kind;
        } branches[] = {{"hold", COVERAGE_CANCELLED},
                        {"confirm", COVERAGE_DISMISSED},
                        {"cooldown", COVERAGE_RESTED},
                        {"flapping", COVERAGE_RESTED}};
        const struct yaml_node *when = yaml_get(rule, "when");

        for (size_t i = 0; i < sizeof(branches) / sizeof(branches[0]); i++) {
                const struct yaml_node *node = yaml_get(rule, branches[i].key);
                struct coverage_item *item;

                if (!node)
                        continue;
                item = item_add(coverage, branches[i].kind, text_of(rule, "id"), node->key_mark);
                if (!item)
                        return err_raise(-ENOMEM);
                snprintf(item->word, sizeof(item->word), "%s", kind_of(when));
        }
        return 0;
}

static int times_add(struct coverage *coverage, const struct yaml_node *rule) {
        const struct yaml_node *when = yaml_get(rule, "when");
        const char *id = text_of(rule, "id");
        int r = slots_add(coverage, id, items_of(when, "by_time"));

        if (r == 0)
                r = slots_add(coverage, id, items_of(when, "during"));
        return r == 0 ? slots_add(coverage, id, items_of(rule, "during")) : r;
}

static int rule_add(struct coverage *coverage, const struct yaml_node *node,
                    const struct rule_set *rules) {
        const struct yaml_node *when = yaml_get(node, "when");
        const char *id = text_of(node, "id");
        int index = rule_set_find(rules, id), r = 0;

        if (index < 0)
                return 0;
        if (!item_add(coverage, COVERAGE_RAISED, id, node->mark))
                r = err_raise(-ENOMEM);
        if (r == 0 && when && !rule_set_rule(rules, (uint32_t)index)->latching &&
            !item_add(coverage, COVERAGE_CLEARED, id, when->key_mark))
                r = err_raise(-ENOMEM);
        if (r == 0)
                r = branches_add(coverage, node);
        if (r == 0)
                r = severities_add(coverage, node);
        if (r == 0)
                r = words_add(coverage, node, "unless", COVERAGE_UNLESS);
        if (r == 0)
                r = words_add(coverage, node, "inhibited_by", COVERAGE_INHIBITED);
        return r == 0 ? times_add(coverage, node) : r;
}

static int override_add(struct coverage *coverage, const struct yaml_node *node) {
        static const char *const scopes[] = {[RULE_OVERRIDE_ELDER] = "elder",
                                             [RULE_OVERRIDE_DISTRICT] = "district",
                                             [RULE_OVERRIDE_CITY] = "city"};
        struct coverage_item *item =
                item_add(coverage, COVERAGE_OVERRIDE, text_of(node, "rule"), node->mark);
        int scope = RULE_OVERRIDE_ELDER;

        if (!item)
                return err_raise(-ENOMEM);
        while (scope < RULE_OVERRIDE_CITY && !yaml_get(node, scopes[scope]))
                scope++;
        item->scope = (enum rule_override_scope)scope;
        snprintf(item->word, sizeof(item->word), "%s",
                 scope == RULE_OVERRIDE_CITY ? "city" : text_of(node, scopes[scope]));
        return 0;
}

/* A date as "2026-10-01", or a map with date: and a name. */
static int holiday_add(struct coverage *coverage, const struct yaml_node *node) {
        const char *text = node->type == YAML_MAP ? text_of(node, "date") : node->text;
        struct tm tm = {0};
        int32_t *days;

        if (!text || !strptime(text, "%Y-%m-%d", &tm))
                return 0;
        days = realloc(coverage->holidays, (coverage->holiday_count + 1) * sizeof(*days));
        if (!days)
                return err_raise(-ENOMEM);
        coverage->holidays = days;

        size_t at = coverage->holiday_count++;
        int32_t day = (int32_t)(timegm(&tm) / DAY_S);

        for (; at > 0 && days[at - 1] > day; at--)
                days[at] = days[at - 1];
        days[at] = day;
        return 0;
}

static int step_add(struct coverage *coverage, const char *ladder, const struct yaml_node *step,
                    int number) {
        struct coverage_item *item = item_add(coverage, COVERAGE_STEP, ladder, step->mark);

        if (!item)
                return err_raise(-ENOMEM);
        item->step = number;
        for (const struct yaml_node *target = items_of(step, "page"); target;
             target = target->next) {
                item = item_add(coverage, COVERAGE_TARGET, ladder, target->mark);
                if (!item)
                        return err_raise(-ENOMEM);
                item->step = number;
                snprintf(item->word, sizeof(item->word), "%s", target->text ? target->text : "");
        }
        return 0;
}

/* --- files -------------------------------------------------------------------------------------- */

/* Add @path to the files. *ret_is_new: false if it was there already; otherwise it is the last one. Return: 0 or
 * -ENOMEM. */
static int file_add(struct coverage *coverage, const char *path, bool *ret_is_new) {
        char **files;

        *ret_is_new = false;
        for (size_t i = 0; i < coverage->file_count; i++) {
                if (strcmp(coverage->files[i], path) == 0)
                        return 0;
        }
        files = realloc(coverage->files, (coverage->file_count + 1) * sizeof(*files));
        if (!files)
                return err_raise(-ENOMEM);
        coverage->files = files;
        files[coverage->file_count] = strdup(path);
        if (!files[coverage->file_count])
                return err_raise(-ENOMEM);
        coverage->file_count++;
        *ret_is_new = true;
        return 0;
}

/* Whether a rule of the set names this ladder. */
static bool ladder_is_named(const struct rule_set *rules, const char *ladder) {
        for (uint32_t i = 0; i < rule_set_count(rules); i++) {
                if (strcmp(rule_set_rule(rules, i)->ladder, ladder) == 0)
                        return true;
        }
        return false;
}

static bool ladder_is_known(const struct coverage *coverage, const char *file, const char *ladder) {
        for (size_t i = 0; i < coverage->count; i++) {
                const struct coverage_item *item = &coverage->items[i];

                if (item->kind == COVERAGE_STEP && strcmp(item->file, file) == 0 &&
                    strcmp(item->owner, ladder) == 0)
                        return true;
        }
        return false;
}

static int ladders_add(struct coverage *coverage, const struct yaml_node *root,
                       const struct rule_set *rules) {
        const char *file = coverage->files[coverage->file_count - 1];
        int r = 0;

        for (const struct yaml_node *ladder = items_of(root, "ladders"); r == 0 && ladder;
             ladder = ladder->next) {
                const char *id = text_of(ladder, "id");
                int number = 0;

                if (!ladder_is_named(rules, id) || ladder_is_known(coverage, file, id))
                        continue;
                for (const struct yaml_node *step = items_of(ladder, "steps"); r == 0 && step;
                     step = step->next)
                        r = step_add(coverage, id, step, ++number);
        }
        return r;
}

static int rules_add(struct coverage *coverage, const struct yaml_node *root,
                     const struct rule_set *rules) {
        int r = 0;

        for (const struct yaml_node *rule = items_of(root, "rules"); r == 0 && rule;
             rule = rule->next)
                r = rule_add(coverage, rule, rules);
        for (const struct yaml_node *own = items_of(root, "overrides"); r == 0 && own;
             own = own->next)
                r = override_add(coverage, own);
        for (const struct yaml_node *day = items_of(root, "holidays"); r == 0 && day;
             day = day->next)
                r = holiday_add(coverage, day);
        return r;
}

static int path_add(struct coverage *coverage, const char *path, const struct rule_set *rules,
                    int (*add)(struct coverage *, const struct yaml_node *,
                               const struct rule_set *)) {
        struct yaml_doc *doc = NULL;
        struct diag *diag = NULL;
        bool is_new = false;
        int r = file_add(coverage, path, &is_new);

        if (r != 0 || !is_new)
                return r;
        r = diag_new(&diag);
        if (r == 0)
                r = yaml_load(&doc, path, diag);
        if (r == 0 && yaml_root(doc))
                r = add(coverage, yaml_root(doc), rules);
        yaml_doc_free(doc);
        diag_free(diag);
        return r == -ENOMEM ? r : 0; /* errors have been reported when it was loaded before */
}

int coverage_read(struct coverage *coverage, const struct test_file *file) {
        int r = 0;

        for (size_t i = 0; r == 0 && file->rule_paths[i]; i++)
                r = path_add(coverage, file->rule_paths[i], file->rules, rules_add);
        if (r == 0 && file->ladders_path)
                r = path_add(coverage, file->ladders_path, file->rules, ladders_add);
        return r;
}

/* SPDX-License-Identifier: MIT */
#include "cli/rule_test/coverage.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/err.h"

enum { FIRST_ROOM = 64 };
static const int64_t MINUTE_MS = 60000;
static const int64_t DAY_MS = 86400000;

int coverage_new(struct coverage **ret) {
        struct coverage *coverage = calloc(1, sizeof(*coverage));

        if (!coverage)
                return err_raise(-ENOMEM);
        *ret = coverage;
        return 0;
}

struct coverage *coverage_free(struct coverage *coverage) {
        if (!coverage)
                return NULL;
        for (size_t i = 0; i < coverage->file_count; i++)
                free(coverage->files[i]);
        free(coverage->files);
        free(coverage->items);
        free(coverage);
        return NULL;
}

/* --- what there is ------------------------------------------------------------------------------ */

/* The next item, at @mark; NULL: no memory. */
static struct cover_item *item_add(struct coverage *coverage, enum cover_kind kind,
                                   const char *owner, struct diag_mark mark) {
        struct cover_item *item;

        if (coverage->count == coverage->room) {
                size_t room = coverage->room ? 2 * coverage->room : FIRST_ROOM;
                void *items = realloc(coverage->items, room * sizeof(*coverage->items));

                if (!items)
                        return NULL;
                coverage->items = items;
                coverage->room = room;
        }
        item = &coverage->items[coverage->count++];
        *item = (struct cover_item){
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

/* The files have been loaded already: a time that cannot be read is none of them. */
static int minute_of(const char *text, int otherwise) {
        int hour, minute;

        return sscanf(text, "%2d:%2d", &hour, &minute) == 2 ? hour * 60 + minute : otherwise;
}

static int words_add(struct coverage *coverage, const struct yaml_node *rule) {
        for (const struct yaml_node *word = items_of(rule, "unless"); word; word = word->next) {
                struct cover_item *item =
                        item_add(coverage, COVER_UNLESS, text_of(rule, "id"), word->mark);

                if (!item)
                        return err_raise(-ENOMEM);
                snprintf(item->word, sizeof(item->word), "%s", word->text ? word->text : "");
        }
        return 0;
}

static int slots_add(struct coverage *coverage, const char *rule, const struct yaml_node *slot) {
        for (; slot; slot = slot->next) {
                struct cover_item *item = item_add(coverage, COVER_SLOT, rule, slot->mark);

                if (!item)
                        return err_raise(-ENOMEM);
                item->from_minute = minute_of(text_of(slot, "from"), 0);
                item->to_minute = minute_of(text_of(slot, "to"), MINUTES_A_DAY);
                item->never = strcmp(text_of(slot, "longer_than"), "never") == 0;
        }
        return 0;
}

static int rule_add(struct coverage *coverage, const struct yaml_node *node,
                    const struct rule_set *rules) {
        const struct yaml_node *when = yaml_get(node, "when"), *hold = yaml_get(node, "hold");
        const char *id = text_of(node, "id");
        int index = rule_set_find(rules, id), r = 0;

        if (index < 0)
                return 0;
        if (!item_add(coverage, COVER_RAISED, id, node->mark))
                r = err_raise(-ENOMEM);
        if (r == 0 && when && !rule_set_rule(rules, (uint32_t)index)->latching &&
            !item_add(coverage, COVER_CLEARED, id, when->key_mark))
                r = err_raise(-ENOMEM);
        if (r == 0 && hold && !item_add(coverage, COVER_CANCELLED, id, hold->key_mark))
                r = err_raise(-ENOMEM);
        if (r == 0)
                r = words_add(coverage, node);
        if (r == 0)
                r = slots_add(coverage, id, items_of(when, "by_time"));
        if (r == 0)
                r = slots_add(coverage, id, items_of(when, "during"));
        return r == 0 ? slots_add(coverage, id, items_of(node, "during")) : r;
}

static int override_add(struct coverage *coverage, const struct yaml_node *node) {
        struct cover_item *item =
                item_add(coverage, COVER_OVERRIDE, text_of(node, "rule"), node->mark);

        if (!item)
                return err_raise(-ENOMEM);
        snprintf(item->word, sizeof(item->word), "%s", text_of(node, "elder"));
        return 0;
}

static int step_add(struct coverage *coverage, const char *ladder, const struct yaml_node *step,
                    int number) {
        struct cover_item *item = item_add(coverage, COVER_STEP, ladder, step->mark);

        if (!item)
                return err_raise(-ENOMEM);
        item->step = number;
        for (const struct yaml_node *target = items_of(step, "page"); target;
             target = target->next) {
                item = item_add(coverage, COVER_TARGET, ladder, target->mark);
                if (!item)
                        return err_raise(-ENOMEM);
                item->step = number;
                snprintf(item->word, sizeof(item->word), "%s", target->text ? target->text : "");
        }
        return 0;
}

/* --- files -------------------------------------------------------------------------------------- */

/* Return: whether @path is new; then it is the last of the files. */
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

/* Is it the ladder of a rule of this set? */
static bool ladder_is_named(const struct rule_set *rules, const char *ladder) {
        for (uint32_t i = 0; i < rule_set_count(rules); i++) {
                if (strcmp(rule_set_rule(rules, i)->ladder, ladder) == 0)
                        return true;
        }
        return false;
}

static bool ladder_is_known(const struct coverage *coverage, const char *file, const char *ladder) {
        for (size_t i = 0; i < coverage->count; i++) {
                const struct cover_item *item = &coverage->items[i];

                if (item->kind == COVER_STEP && strcmp(item->file, file) == 0 &&
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
        return r == -ENOMEM ? r : 0; /* it has been loaded once, and what was wrong was said */
}

int coverage_add(struct coverage *coverage, const struct test_file *file) {
        int r = 0;

        for (size_t i = 0; r == 0 && file->rule_paths[i]; i++)
                r = path_add(coverage, file->rule_paths[i], file->rules, rules_add);
        if (r == 0 && file->ladders_path)
                r = path_add(coverage, file->ladders_path, file->rules, ladders_add);
        return r;
}

/* --- what was gone through ---------------------------------------------------------------------- */

/* Two test files may test two sets in which a rule has the same id. */
static bool is_of(const struct cover_item *item, const struct test_file *file) {
        if (item->kind == COVER_STEP || item->kind == COVER_TARGET)
                return file->ladders_path && strcmp(item->file, file->ladders_path) == 0;
        for (size_t i = 0; file->rule_paths[i]; i++) {
                if (strcmp(item->file, file->rule_paths[i]) == 0)
                        return true;
        }
        return false;
}

static bool slot_has(const struct cover_item *item, const struct zone *zone, int64_t time_ms) {
        int minute = zone_local(zone, time_ms).minute_of_day;

        if (item->from_minute == item->to_minute)
                return true;
        if (item->from_minute < item->to_minute)
                return minute >= item->from_minute && minute < item->to_minute;
        return minute >= item->from_minute || minute < item->to_minute;
}

static bool is_found(const struct cover_item *item, const struct test_case *test,
                     const struct alert *alert) {
        bool is_raised = alert->transition == ALERT_RAISED;

        switch (item->kind) {
        case COVER_RAISED:
                return is_raised;
        case COVER_CLEARED:
                return alert->transition == ALERT_CLEARED;
        case COVER_CANCELLED:
                return alert->transition == ALERT_CANCELLED;
        case COVER_SLOT:
                return is_raised && !item->never &&
                       slot_has(item, test->file->zone, alert->event_time_ms);
        case COVER_OVERRIDE:
                return alert->overridden &&
                       (!item->word[0] || strcmp(item->word, alert->elder_id) == 0);
        default:
                return false;
        }
}

void coverage_found(struct coverage *coverage, const struct test_case *test,
                    const struct alert *alert) {
        for (size_t i = 0; i < coverage->count; i++) {
                struct cover_item *item = &coverage->items[i];

                if (strcmp(item->owner, alert->rule_id) == 0 && is_of(item, test->file) &&
                    is_found(item, test, alert))
                        item->hits++;
        }
}

static bool is_target_of(const char *word, enum role role) {
        switch (role) {
        case ROLE_FAMILY:
                return strncmp(word, "family", 6) == 0;
        case ROLE_TEAM:
                return strcmp(word, "nearest_team") == 0 || strcmp(word, "next_team") == 0;
        case ROLE_DESK:
                return strcmp(word, "desk") == 0;
        default:
                return false;
        }
}

void coverage_paged(struct coverage *coverage, const struct test_case *test,
                    const struct timeline_entry *entry) {
        if (entry->type != TIMELINE_LEDGER || entry->word.type != LEDGER_PLANNED)
                return;
        for (size_t i = 0; i < coverage->count; i++) {
                struct cover_item *item = &coverage->items[i];

                if (item->step != entry->rung || strcmp(item->owner, entry->alert->ladder) != 0 ||
                    !is_of(item, test->file))
                        continue;
                if (item->kind == COVER_STEP ||
                    (item->kind == COVER_TARGET && is_target_of(item->word, entry->word.role)))
                        item->hits++;
        }
}

/* --- what was held back ------------------------------------------------------------------------- */

static bool has_tag(const struct registry_elder *elder, const char *word) {
        for (uint8_t i = 0; elder && i < elder->tags.count; i++) {
                if (strcmp(elder->tags.word[i], word) == 0)
                        return true;
        }
        return false;
}

/* Was @elder_id tagged @word, or away, at some time of the window? */
static bool was(const struct test_case *test, const char *elder_id, const char *word,
                int64_t from_ms, int64_t to_ms) {
        bool tagged = has_tag(registry_elder(test->registry, elder_id), word);

        for (size_t i = 0; i < test->change_count && test->changes[i].at_ms <= to_ms; i++) {
                const struct test_change *change = &test->changes[i];

                if (change->type != TEST_RECORD || change->record_type != REGISTRY_ELDER ||
                    strcmp(change->id, elder_id) != 0)
                        continue;
                if (tagged && change->at_ms > from_ms)
                        return true;
                tagged = has_tag(&change->elder, word);
        }
        for (size_t i = 0; !tagged && strcmp(word, "away") == 0 && i < test->source_count; i++)
                tagged = test->sources[i].event.kind == KIND_AWAY &&
                         strcmp(test->sources[i].event.elder_id, elder_id) == 0 &&
                         test->sources[i].at_ms <= to_ms;
        return tagged;
}

static bool slot_meets(const struct cover_item *item, const struct zone *zone, int64_t from_ms,
                       int64_t to_ms) {
        if (to_ms - from_ms >= DAY_MS)
                return true;
        for (int64_t time_ms = from_ms; time_ms <= to_ms; time_ms += MINUTE_MS) {
                if (slot_has(item, zone, time_ms))
                        return true;
        }
        return false;
}

static bool is_named(const struct test_expect *expect, const char *rule) {
        for (size_t i = 0; i < expect->name_count; i++) {
                if (strcmp(expect->names[i], rule) == 0)
                        return true;
        }
        return expect->any;
}

void coverage_held(struct coverage *coverage, const struct test_case *test,
                   const struct test_expect *expect) {
        int64_t from_ms = expect->from_ms > test->start_ms ? expect->from_ms : test->start_ms;
        int64_t to_ms = expect->to_ms < test->end_ms ? expect->to_ms : test->end_ms;

        for (size_t i = 0; i < coverage->count; i++) {
                struct cover_item *item = &coverage->items[i];

                if (!is_named(expect, item->owner) || !is_of(item, test->file))
                        continue;
                if (item->kind == COVER_RAISED)
                        item->held++;
                else if (item->kind == COVER_UNLESS)
                        item->hits += was(test, expect->elder, item->word, from_ms, to_ms);
                else if (item->kind == COVER_SLOT && item->never)
                        item->hits += slot_meets(item, test->file->zone, from_ms, to_ms);
        }
}

/* --- in words ----------------------------------------------------------------------------------- */

void cover_item_text(const struct cover_item *item, bool english, char *ret, size_t ret_bytes) {
        static const char *const words[][2] = {
                [COVER_RAISED] = {"从未发生", "never raised"},
                [COVER_CLEARED] = {"从未恢复", "never cleared"},
                [COVER_CANCELLED] = {"从未被老人取消", "never cancelled by the elder"},
                [COVER_UNLESS] = {"从未验证例外：", "never held back by "},
                [COVER_SLOT] = {"时段未经过：", "time slot never gone through: "},
                [COVER_OVERRIDE] = {"个人限值从未用到：", "own values never used, of "},
                [COVER_STEP] = {"未到达第 ", "never reached step "},
                [COVER_TARGET] = {"从未呼叫：", "never paged: "},
        };
        const char *word = words[item->kind][english];

        if (item->kind == COVER_SLOT)
                snprintf(ret, ret_bytes, "%s: %s%02d:%02d–%02d:%02d", item->owner, word,
                         item->from_minute / 60, item->from_minute % 60, item->to_minute / 60,
                         item->to_minute % 60);
        else if (item->kind == COVER_STEP)
                snprintf(ret, ret_bytes, "%s: %s%d%s", item->owner, word, item->step,
                         english ? "" : " 步");
        else if (item->kind == COVER_TARGET)
                snprintf(ret, ret_bytes, english ? "%s: step %d %s%s" : "%s: 第 %d 步%s%s",
                         item->owner, item->step, word, item->word);
        else
                snprintf(ret, ret_bytes, "%s: %s%s", item->owner, word, item->word);
}

double rule_test_coverage_pct(const struct rule_test_suite *suite) {
        const struct coverage *coverage = suite->coverage;
        size_t hit = 0;

        for (size_t i = 0; i < coverage->count; i++)
                hit += coverage->items[i].hits > 0;
        return coverage->count ? 100.0 * (double)hit / (double)coverage->count : 100.0;
}

void rule_test_print_uncovered(const struct rule_test_suite *suite, bool english, FILE *stream) {
        const struct coverage *coverage = suite->coverage;

        for (size_t i = 0; i < coverage->count; i++) {
                const struct cover_item *item = &coverage->items[i];
                char text[160];

                if (item->hits > 0)
                        continue;
                cover_item_text(item, english, text, sizeof(text));
                fprintf(stream, "%s:%d:%d: %s\n", item->file, item->mark.line, item->mark.column,
                        text);
        }
}

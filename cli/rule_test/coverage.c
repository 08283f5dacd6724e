/* SPDX-License-Identifier: MIT */
#include "cli/rule_test/coverage.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/err.h"
#include "common/language/say.h"

enum { DISTRICTS_DEEP = 8 };
static const int64_t MINUTE_MS = 60000;

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
        free(coverage->holidays);
        free(coverage);
        return NULL;
}

/* --- what was gone through ---------------------------------------------------------------------- */

/* Whether @item belongs to the rule set of @file: two test files may test sets in which a rule has the same id. */
static bool is_of(const struct coverage_item *item, const struct test_file *file) {
        if (item->kind == COVERAGE_STEP || item->kind == COVERAGE_TARGET)
                return file->ladders_path && strcmp(item->file, file->ladders_path) == 0;
        for (size_t i = 0; file->rule_paths[i]; i++) {
                if (strcmp(item->file, file->rule_paths[i]) == 0)
                        return true;
        }
        return false;
}

static bool slot_has(const struct coverage *coverage, const struct coverage_item *item,
                     const struct zone *zone, int64_t time_ms) {
        const struct rule_calendar calendar = {.zone = zone,
                                               .holidays = coverage->holidays,
                                               .holiday_count = coverage->holiday_count};

        return day_slot_now(&item->slot, 1, &calendar, time_ms) != NULL;
}

/* Whether the elder lives in @district or in a district within it. */
static bool is_within(const struct registry *registry, const char *elder_id, const char *district) {
        const struct registry_elder *elder = registry_elder(registry, elder_id);
        const char *at = elder ? elder->district : "";

        for (int depth = 0; at[0] && depth < DISTRICTS_DEEP; depth++) {
                const struct registry_district *record = registry_district(registry, at);

                if (strcmp(at, district) == 0)
                        return true;
                at = record ? record->parent : "";
        }
        return false;
}

/* Whether @alert used this override. The alert states that overridden values were used, but not by whose override.
 * If the elder has an override of their own, it is that one; overrides of the district and the city must be covered
 * by other elders. */
static bool is_override_of(const struct coverage_item *item, const struct rule_test_case *test,
                           const struct alert *alert) {
        const struct rule_set *rules = test->file->rules;
        int rule = rule_set_find(rules, alert->rule_id);
        bool own = rule >= 0 && rule_set_override(rules, RULE_OVERRIDE_ELDER, alert->elder_id,
                                                  (uint32_t)rule, alert->raised_time_ms);

        if (!alert->overridden)
                return false;
        if (item->scope == RULE_OVERRIDE_ELDER)
                return strcmp(item->word, alert->elder_id) == 0;
        return !own && (item->scope == RULE_OVERRIDE_CITY ||
                        is_within(test->registry, alert->elder_id, item->word));
}

static bool is_found(const struct coverage *coverage, const struct coverage_item *item,
                     const struct rule_test_case *test, const struct alert *alert) {
        bool is_raised = alert->transition == ALERT_RAISED;

        switch (item->kind) {
        case COVERAGE_RAISED:
                return is_raised;
        case COVERAGE_CLEARED:
                return alert->transition == ALERT_CLEARED;
        case COVERAGE_CANCELLED:
                return alert->transition == ALERT_CANCELLED;
        case COVERAGE_SEVERITY:
                return alert->transition <= ALERT_SEVERITY_CHANGED &&
                       strcmp(item->word, severity_name(alert->severity)) == 0;
        case COVERAGE_SLOT:
                return is_raised && !item->never &&
                       slot_has(coverage, item, test->file->zone, alert->event_time_ms);
        case COVERAGE_OVERRIDE:
                return is_override_of(item, test, alert);
        default:
                return false;
        }
}

void coverage_found(struct coverage *coverage, const struct rule_test_case *test,
                    const struct alert *alert) {
        for (size_t i = 0; i < coverage->count; i++) {
                struct coverage_item *item = &coverage->items[i];

                if (strcmp(item->owner, alert->rule_id) == 0 && is_of(item, test->file) &&
                    is_found(coverage, item, test, alert))
                        item->hits++;
        }
}

static bool is_target_of(const char *word, const char *role) {
        if (strcmp(role, "family") == 0)
                return strncmp(word, "family", 6) == 0;
        if (strcmp(role, "team") == 0)
                return strcmp(word, "nearest_team") == 0 || strcmp(word, "next_team") == 0;
        return strcmp(role, "desk") == 0 && strcmp(word, "desk") == 0;
}

void coverage_paged(struct coverage *coverage, const struct rule_test_case *test,
                    const struct timeline_entry *entry) {
        if (entry->type != TIMELINE_LEDGER || strcmp(entry->word.type, "planned") != 0)
                return;
        for (size_t i = 0; i < coverage->count; i++) {
                struct coverage_item *item = &coverage->items[i];

                if (item->step != entry->rung || strcmp(item->owner, entry->alert->ladder) != 0 ||
                    !is_of(item, test->file))
                        continue;
                if (item->kind == COVERAGE_STEP ||
                    (item->kind == COVERAGE_TARGET && is_target_of(item->word, entry->word.role)))
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

/* Whether the elder had tag @word, or was away, at some time of the window. */
static bool was(const struct rule_test_case *test, const char *elder_id, const char *word,
                int64_t from_ms, int64_t to_ms) {
        bool tagged = has_tag(registry_elder(test->registry, elder_id), word);

        for (size_t i = 0; i < test->change_count && test->changes[i].at_ms <= to_ms; i++) {
                const struct rule_test_change *change = &test->changes[i];

                if (change->type != RULE_TEST_RECORD || change->record_type != REGISTRY_ELDER ||
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

static bool slot_meets(const struct coverage *coverage, const struct coverage_item *item,
                       const struct zone *zone, int64_t from_ms, int64_t to_ms) {
        for (int64_t time_ms = from_ms; time_ms <= to_ms; time_ms += MINUTE_MS) {
                if (slot_has(coverage, item, zone, time_ms))
                        return true;
        }
        return false;
}

/* Whether @rule raised an alert for the elder by @by_ms. */
static bool has_raised(const struct rule_test_case *test, const char *elder_id, const char *rule,
                       int64_t by_ms) {
        for (size_t i = 0; i < test->timeline->count; i++) {
                const struct timeline_entry *entry = &test->timeline->entries[i];

                if (entry->type == TIMELINE_FOUND && entry->time_ms <= by_ms &&
                    entry->alert->transition == ALERT_RAISED &&
                    strcmp(entry->alert->rule_id, rule) == 0 &&
                    strcmp(entry->alert->elder_id, elder_id) == 0)
                        return true;
        }
        return false;
}

/* Whether an event of that kind arrived in the window. */
static bool has_come(const struct rule_test_case *test, const char *elder_id, const char *kind,
                     int64_t from_ms, int64_t to_ms) {
        for (size_t i = 0; i < test->source_count; i++) {
                const struct rule_test_source *source = &test->sources[i];
                int64_t last_ms = source->at_ms + (int64_t)(source->count - 1) * source->every_ms;

                if (strcmp(event_kind_info(source->event.kind)->name, kind) == 0 &&
                    strcmp(source->event.elder_id, elder_id) == 0 && source->at_ms <= to_ms &&
                    last_ms >= from_ms)
                        return true;
        }
        return false;
}

static bool is_named(const struct rule_test_expect *expect, const char *rule) {
        for (size_t i = 0; i < expect->name_count; i++) {
                if (strcmp(expect->names[i], rule) == 0)
                        return true;
        }
        return expect->any;
}

/* Whether @item held the rule back in the window. */
static bool is_held(const struct coverage *coverage, const struct coverage_item *item,
                    const struct rule_test_case *test, const char *elder_id, int64_t from_ms,
                    int64_t to_ms) {
        switch (item->kind) {
        case COVERAGE_UNLESS:
                return was(test, elder_id, item->word, from_ms, to_ms);
        case COVERAGE_INHIBITED:
                return has_raised(test, elder_id, item->word, to_ms);
        case COVERAGE_DISMISSED:
                return !item->word[0] || has_come(test, elder_id, item->word, from_ms, to_ms);
        case COVERAGE_RESTED:
                return has_raised(test, elder_id, item->owner, from_ms) &&
                       (!item->word[0] || has_come(test, elder_id, item->word, from_ms, to_ms));
        case COVERAGE_SLOT:
                return item->never && slot_meets(coverage, item, test->file->zone, from_ms, to_ms);
        default:
                return false;
        }
}

void coverage_held(struct coverage *coverage, const struct rule_test_case *test,
                   const struct rule_test_expect *expect) {
        int64_t from_ms = expect->from_ms > test->start_ms ? expect->from_ms : test->start_ms;
        int64_t to_ms = expect->to_ms < test->end_ms ? expect->to_ms : test->end_ms;

        for (size_t i = 0; i < coverage->count; i++) {
                struct coverage_item *item = &coverage->items[i];

                if (!is_named(expect, item->owner) || !is_of(item, test->file))
                        continue;
                if (item->kind == COVERAGE_RAISED)
                        item->held++;
                else
                        item->hits += is_held(coverage, item, test, expect->elder, from_ms, to_ms);
        }
}

/* --- in words ----------------------------------------------------------------------------------- */

/* Texts that take the owner only. */
static const char *const unnamed[] = {
        [COVERAGE_RAISED] = N_("%s: never raised"),
        [COVERAGE_CLEARED] = N_("%s: never cleared"),
        [COVERAGE_CANCELLED] = N_("%s: never cancelled by the elder"),
        [COVERAGE_DISMISSED] = N_("%s: never dismissed during its confirmation"),
        [COVERAGE_RESTED] = N_("%s: never within its cooldown"),
        [COVERAGE_TARGET] = NULL,
};

/* Texts that take the owner, then the word. */
static const char *const named[] = {
        [COVERAGE_SEVERITY] = N_("%s: never reached severity %s"),
        [COVERAGE_UNLESS] = N_("%s: never held back by %s"),
        [COVERAGE_INHIBITED] = N_("%s: never inhibited by %s"),
        [COVERAGE_OVERRIDE] = N_("%s: override never used: %s"),
        [COVERAGE_TARGET] = NULL,
};

void coverage_item_text(const struct coverage_item *item, const struct language *language,
                        char *ret, size_t ret_bytes) {
        if (item->kind == COVERAGE_SLOT)
                snprintf(ret, ret_bytes,
                         say(language, "%s: time slot never reached: %02d:%02d–%02d:%02d"),
                         item->owner, item->slot.from_minute / 60, item->slot.from_minute % 60,
                         item->slot.to_minute / 60, item->slot.to_minute % 60);
        else if (item->kind == COVERAGE_STEP)
                snprintf(ret, ret_bytes, say(language, "%s: never reached step %d"), item->owner,
                         item->step);
        else if (item->kind == COVERAGE_TARGET)
                snprintf(ret, ret_bytes, say(language, "%s: step %d never paged: %s"), item->owner,
                         item->step, item->word);
        else if (unnamed[item->kind])
                snprintf(ret, ret_bytes, say(language, unnamed[item->kind]), item->owner);
        else
                snprintf(ret, ret_bytes, say(language, named[item->kind]), item->owner, item->word);
}

double coverage_pct(const struct coverage *coverage) {
        size_t hit = 0;

        for (size_t i = 0; i < coverage->count; i++)
                hit += coverage->items[i].hits > 0;
        return coverage->count ? 100.0 * (double)hit / (double)coverage->count : 100.0;
}

void coverage_print_uncovered(const struct coverage *coverage, const struct language *language,
                              FILE *stream) {
        for (size_t i = 0; i < coverage->count; i++) {
                const struct coverage_item *item = &coverage->items[i];
                char text[160];

                if (item->hits > 0)
                        continue;
                coverage_item_text(item, language, text, sizeof(text));
                fprintf(stream, "%s:%d:%d: %s\n", item->file, item->mark.line, item->mark.column,
                        text);
        }
}

/* SPDX-License-Identifier: MIT */
#include "rules/eval/rule/rule_set.h"

#include <stdlib.h>
#include <string.h>

#include "common/base/murmur2.h"
#include "common/base/require.h"
#include "rules/eval/rule/rule_set_tables.h"

struct rule_set *rule_set_free(struct rule_set *rules) {
        if (!rules)
                return NULL;
        for (uint32_t i = 0; i < rules->zone_count; i++)
                zone_close(rules->zones[i].zone);
        free(rules->zones);
        free(rules->rules);
        free(rules->overrides);
        free(rules->conditions);
        free(rules->by_id);
        free(rules->ending);
        free(rules->override_keys);
        free(rules->holidays);
        free(rules);
        return NULL;
}

const char *rule_set_version(const struct rule_set *rules) {
        return rules->version;
}

uint32_t rule_set_count(const struct rule_set *rules) {
        return rules->rule_count;
}

const struct rule *rule_set_rule(const struct rule_set *rules, uint32_t rule_index) {
        require(rule_index < rules->rule_count, "rule %u of %u", rule_index, rules->rule_count);
        return &rules->rules[rule_index];
}

int rule_set_find(const struct rule_set *rules, const char *id) {
        uint32_t low = 0;
        uint32_t high = rules->rule_count;

        while (low < high) {
                uint32_t middle = low + (high - low) / 2;
                int order = strcmp(rules->rules[rules->by_id[middle]].id, id);

                if (order == 0)
                        return (int)rules->by_id[middle];
                if (order < 0)
                        low = middle + 1;
                else
                        high = middle;
        }
        return -1;
}

/* The order of row @index relative to (@key, @id): < 0 before, 0 equal, > 0 after. */
static int compare_key(const struct rule_set *rules, uint32_t index, uint64_t key, const char *id) {
        if (rules->override_keys[index] != key)
                return rules->override_keys[index] < key ? -1 : 1;
        return strcmp(rules->overrides[index].elder_id, id);
}

uint32_t rule_set_overrides_of(const struct rule_set *rules, enum rule_override_scope scope,
                               const char *id, uint32_t hash, uint32_t *ret_count) {
        uint64_t key = rule_set_override_key(scope, hash);
        uint32_t low = 0;
        uint32_t high = rules->override_count;

        while (low < high) {
                uint32_t middle = low + (high - low) / 2;

                if (compare_key(rules, middle, key, id) < 0)
                        low = middle + 1;
                else
                        high = middle;
        }

        uint32_t end = low;

        while (end < rules->override_count && compare_key(rules, end, key, id) == 0)
                end++;
        *ret_count = end - low;
        return low;
}

const struct rule_override *rule_set_override(const struct rule_set *rules,
                                              enum rule_override_scope scope, const char *id,
                                              uint32_t rule_index, int64_t now_ms) {
        uint32_t count;
        uint32_t first = rule_set_overrides_of(rules, scope, id, murmur2(id, strlen(id)), &count);

        for (uint32_t i = first; i < first + count; i++) {
                const struct rule_override *row = &rules->overrides[i];

                if (row->rule_index == rule_index)
                        return row->until_time_ms == 0 || now_ms < row->until_time_ms ? row : NULL;
        }
        return NULL;
}

const struct rule_override *rule_set_override_at(const struct rule_set *rules, uint32_t index) {
        return index < rules->override_count ? &rules->overrides[index] : NULL;
}

const struct zone *rule_set_zone(const struct rule_set *rules, const char *site) {
        const struct zone *fallback = NULL;

        for (uint32_t i = 0; i < rules->zone_count; i++) {
                if (strcmp(rules->zones[i].site, site) == 0)
                        return rules->zones[i].zone;
                if (rules->zones[i].site[0] == '\0')
                        fallback = rules->zones[i].zone;
        }
        return fallback;
}

struct rule_calendar rule_set_calendar(const struct rule_set *rules, const struct zone *zone) {
        return (struct rule_calendar){
                .zone = zone, .holidays = rules->holidays, .holiday_count = rules->holiday_count};
}

static bool words_have(const struct rule_words *words, const char *word) {
        for (uint8_t i = 0; i < words->count; i++)
                if (strcmp(words->word[i], word) == 0)
                        return true;
        return false;
}

static bool words_have_any(const struct rule_words *words, const char (*list)[RULE_WORD_BYTES],
                           uint8_t count) {
        for (uint8_t i = 0; i < count; i++)
                if (words_have(words, list[i]))
                        return true;
        return false;
}

bool rule_applies(const struct rule *rule, const struct rule_subject *subject) {
        const struct rule_selector *who = &rule->applies_to;

        if (who->care_levels.count && !words_have(&who->care_levels, subject->care_level))
                return false;
        if (who->districts.count &&
            !words_have_any(&who->districts, subject->districts, subject->district_count))
                return false;
        if (who->age_at_least && subject->age < who->age_at_least)
                return false;
        if (who->lives_alone && !subject->lives_alone)
                return false;
        if (who->conditions.count &&
            !words_have_any(&who->conditions, subject->conditions, subject->condition_count))
                return false;
        if (who->tags.count && !words_have_any(&who->tags, subject->tags, subject->tag_count))
                return false;
        return !words_have_any(&who->not_tags, subject->tags, subject->tag_count);
}

/* SPDX-License-Identifier: MIT */
#include "cli/backtest/compare/compare.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/err.h"

static uint32_t tally_changed(const struct backtest_tally *tally) {
        uint32_t changed = 0;

        for (int type = 0; type < MATCH_CHANGE_TYPES; type++)
                changed += tally->changes[type];
        return changed;
}

static int compare_people(const void *a, const void *b, void *context) {
        const struct backtest_tally *tallies = context;
        uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
        uint32_t p = tally_changed(&tallies[x]), q = tally_changed(&tallies[y]);

        if (p != q)
                return p > q ? -1 : 1;
        if (tallies[x].count[TWIN_NEW] != tallies[y].count[TWIN_NEW])
                return tallies[x].count[TWIN_NEW] > tallies[y].count[TWIN_NEW] ? -1 : 1;
        return x < y ? -1 : 1;
}

static int tallies_make(struct backtest *backtest) {
        uint32_t people = backtest->twin->people.count;

        backtest->people = calloc((size_t)people + 1, sizeof(*backtest->people));
        backtest->people_order = calloc((size_t)people + 1, sizeof(*backtest->people_order));
        if (!backtest->people || !backtest->people_order)
                return err_raise(-ENOMEM);
        for (int side = 0; side < TWIN_SIDES; side++) {
                const struct raised_list *list = &backtest->twin->sides[side].list;

                for (uint32_t i = 0; i < list->count; i++) {
                        backtest->rules[list->all[i].rule].tally.count[side]++;
                        backtest->people[list->all[i].person].count[side]++;
                }
                backtest->total.count[side] = list->count;
        }
        for (uint32_t i = 0; i < backtest->matches.count; i++) {
                const struct match_change *change = &backtest->matches.all[i];
                const struct raised *alert = match_change_alert(change);

                backtest->rules[alert->rule].tally.changes[change->type]++;
                backtest->people[alert->person].changes[change->type]++;
                backtest->total.changes[change->type]++;
        }
        for (uint32_t i = 0; i < people; i++)
                backtest->people_order[i] = i;
        qsort_r(backtest->people_order, people, sizeof(*backtest->people_order), compare_people,
                backtest->people);
        return 0;
}

static uint32_t people_heard(const struct backtest_elders *people) {
        uint32_t heard = 0;

        for (uint32_t i = 0; i < people->count; i++)
                heard += people->all[i].events > 0;
        return heard;
}

static const char *rule_id_of(const void *context, uint32_t row) {
        return ((const struct backtest *)context)->rules[row].id;
}

static int found_make(struct backtest *backtest) {
        const struct found_input input = {
                .truths = &backtest->truths,
                .people = &backtest->twin->people,
                .rule_id = rule_id_of,
                .context = backtest,
                .row_count = backtest->rule_count,
                .device_count = backtest->twin->devices.count,
                .from_ms = backtest->from_ms,
                .to_ms = backtest->to_ms,
                .window_ms = backtest->options->verdict_window_ms,
        };
        int r = 0;

        for (int side = 0; r == 0 && backtest->options->verdicts && side < TWIN_SIDES; side++)
                r = found_judge(&backtest->twin->sides[side].list, &input, &backtest->found[side]);
        return r;
}

int backtest_compare(struct backtest *backtest) {
        struct twin *twin = backtest->twin;
        uint32_t operators = backtest->options->operators;
        int r = match_make(&twin->sides[TWIN_OLD].list, &twin->sides[TWIN_NEW].list,
                           backtest->options->window_ms, &backtest->matches);

        backtest->watched_ms = backtest_elders_watched_ms(&twin->people);
        if (!operators)
                operators = (people_heard(&twin->people) + LOAD_ELDERS_PER_OPERATOR - 1) /
                            LOAD_ELDERS_PER_OPERATOR;
        backtest->operators = operators ? operators : 1;
        if (r == 0)
                r = tallies_make(backtest);
        for (int side = 0; r == 0 && side < TWIN_SIDES; side++)
                r = load_measure(&twin->sides[side].list, backtest->from_ms, backtest->to_ms,
                                 backtest->operators, &backtest->loads[side]);
        return r == 0 ? found_make(backtest) : r;
}

bool backtest_over_budget(const struct backtest *backtest) {
        return backtest->options->verdicts && !isnan(backtest->options->budget_per_week) &&
               found_per_week(&backtest->found[TWIN_NEW].falls, backtest->watched_ms) >
                       backtest->options->budget_per_week;
}

bool backtest_rule_is_fall(const struct backtest *backtest, uint32_t row) {
        for (int side = 0; side < TWIN_SIDES; side++) {
                const struct raised_list *list = &backtest->twin->sides[side].list;

                for (uint32_t i = 0; i < list->count; i++)
                        if (list->all[i].rule == row)
                                return list->all[i].fall;
        }
        return false;
}

const char *backtest_rule_differs(const struct backtest_rule *rule, char *ret) {
        const struct rule *a = rule->rule[TWIN_OLD], *b = rule->rule[TWIN_NEW];

        ret[0] = '\0';
        if (!a || !b) {
                strcpy(ret, a ? "removed" : "added");
                return ret;
        }

        const struct {
                const char *key;
                bool differs;
        } keys[] = {
                {"title", strcmp(a->title_zh, b->title_zh) || strcmp(a->title_en, b->title_en)},
                {"advice",
                 strcmp(a->advice_zh, b->advice_zh) || strcmp(a->advice_en, b->advice_en)},
                /* Without pointers, and zeroed before they are filled, so memcmp() compares them. */
                {"when", memcmp(&a->condition, &b->condition, sizeof(a->condition)) != 0},
                {"applies_to", memcmp(&a->applies_to, &b->applies_to, sizeof(a->applies_to)) != 0},
                {"page", strcmp(a->ladder, b->ladder) != 0},
                {"severity", a->severity != b->severity},
                {"shadow", a->shadow != b->shadow},
        };

        for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
                if (keys[i].differs)
                        sprintf(ret + strlen(ret), "%s%s", ret[0] ? "," : "", keys[i].key);
        return ret;
}

void backtest_fini(struct backtest *backtest) {
        for (int side = 0; side < TWIN_SIDES; side++) {
                load_fini(&backtest->loads[side]);
                found_fini(&backtest->found[side]);
                free(backtest->rows[side]);
        }
        match_fini(&backtest->matches);
        free(backtest->people);
        free(backtest->people_order);
        free(backtest->rules);
        truth_fini(&backtest->truths);
        source_free(backtest->source);
        twin_free(backtest->twin);
        registry_free(backtest->registry);
        zone_close(backtest->zone);
        for (int side = 0; side < TWIN_SIDES; side++)
                rule_set_free(backtest->sets[side]);
        *backtest = (struct backtest){0};
}

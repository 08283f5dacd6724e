/* SPDX-License-Identifier: MIT */
#include "cli/backtest/compare/found.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/err.h"

static void note(struct found *found, const struct truth *truth) {
        found->alerts++;
        found->real += truth && truth->real;
        found->unjudged += !truth;
}

static void alert_judge(const struct raised *raised, const struct found_input *input, bool *met,
                        struct found_set *set) {
        int64_t row = truth_find(input->truths, raised, input->people->all[raised->person].elder_id,
                                 input->rule_id(input->context, raised->rule), input->window_ms);
        const struct truth *truth = row < 0 ? NULL : &input->truths->all[row];

        note(&set->rules[raised->rule], truth);
        if (raised->fall) {
                note(&set->falls, truth);
                set->devices[raised->device] += !truth || !truth->real;
        }
        if (truth && truth->real)
                met[row] = true;
}

static void truth_count(const struct truth *truth, bool met, const struct found_input *input,
                        struct found *ret) {
        ret->told++;
        if (!truth->real || truth->time_ms < input->from_ms || truth->time_ms >= input->to_ms ||
            backtest_elders_find(input->people, truth->elder_id) < 0)
                return;
        ret->truths++;
        ret->met += met;
}

static void truths_count(const struct found_input *input, const bool *met, struct found_set *set) {
        for (uint32_t i = 0; i < input->truths->count; i++) {
                const struct truth *truth = &input->truths->all[i];

                if (!truth->rule_id[0] && !truth->alert_id[0])
                        truth_count(truth, met[i], input, &set->falls);
                for (uint32_t row = 0; truth->rule_id[0] && row < input->row_count; row++)
                        if (strcmp(input->rule_id(input->context, row), truth->rule_id) == 0)
                                truth_count(truth, met[i], input, &set->rules[row]);
        }
}

int found_judge(const struct raised_list *list, const struct found_input *input,
                struct found_set *ret) {
        struct found_set set = {.device_count = input->device_count};
        bool *met = calloc(input->truths->count + 1, sizeof(*met));
        int r = 0;

        set.rules = calloc(input->row_count + 1, sizeof(*set.rules));
        set.devices = calloc(input->device_count + 1, sizeof(*set.devices));
        if (!met || !set.rules || !set.devices) {
                found_fini(&set);
                r = err_raise(-ENOMEM);
                goto out;
        }
        for (uint32_t i = 0; i < list->count; i++)
                alert_judge(&list->all[i], input, met, &set);
        truths_count(input, met, &set);
        *ret = set;
out:
        free(met);
        return r;
}

void found_fini(struct found_set *set) {
        free(set->rules);
        free(set->devices);
        *set = (struct found_set){0};
}

double found_per_week(const struct found *found, int64_t watched_ms) {
        return watched_ms > 0 ? found_false(found) * (double)FOUND_WEEK_MS / (double)watched_ms : 0;
}

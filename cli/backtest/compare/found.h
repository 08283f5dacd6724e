/* SPDX-License-Identifier: MIT
 *
 * Found: how many alerts of a rule were real, and the budget of false fall alerts.
 *
 * An alert that nobody confirmed as real counts as false: a change that gains alerts must show that they are worth
 * it. The number of alerts without any verdict is reported separately.
 *
 * The budget is per person and week, as in field studies: 0.17 in AIDE-MOI (31 real falls of 20 people aged 86,
 * PMC6470846), after tuning from 0.43.
 *
 * Thread: any. Blocks: never.
 */
#ifndef VIGIL_CLI_BACKTEST_COMPARE_FOUND_H
#define VIGIL_CLI_BACKTEST_COMPARE_FOUND_H

#include <stdbool.h>
#include <stdint.h>

#include "cli/backtest/compare/truth.h"
#include "cli/backtest/engines/elders.h"
#include "cli/backtest/engines/raised.h"

#define FOUND_BUDGET_PER_WEEK 0.17
#define FOUND_WEEK_MS ((int64_t)7 * 24 * 3600 * 1000)

struct found {
        uint32_t alerts;
        uint32_t real;
        uint32_t unjudged; /* of those not real, the ones without a verdict */
        uint32_t truths;   /* verdicts "real" in the period */
        uint32_t met;      /* of those, with a matching alert */
        uint32_t told;     /* rows for the rule; of falls: rows that name no rule */
};

/* Whether the verdicts say anything about the rule; otherwise it is unknown how many of its alerts were false. */
static inline bool found_is_told(const struct found *found) {
        return found->told > 0 || found->unjudged < found->alerts;
}

static inline uint32_t found_false(const struct found *found) {
        return found->alerts - found->real;
}

/* The result for one rule set. */
struct found_set {
        struct found *rules; /* [row] */
        struct found falls;  /* all rules that detect falls */
        uint32_t *devices;   /* [device] false fall alerts */
        uint32_t device_count;
};

struct found_input {
        const struct truths *truths;
        const struct backtest_elders *people;
        const char *(*rule_id)(const void *context, uint32_t row);
        const void *context;
        uint32_t row_count, device_count;
        int64_t from_ms, to_ms, window_ms;
};

/* Count the alerts of one rule set against the verdicts. @list: after match_make(), which removes what does not
 * count. Return: 0 or -ENOMEM; free *ret with found_fini(). */
int found_judge(const struct raised_list *list, const struct found_input *input,
                struct found_set *ret);
void found_fini(struct found_set *set);

/* False alerts per person and week; 0 when nobody was watched. */
double found_per_week(const struct found *found, int64_t watched_ms);

#endif

/* SPDX-License-Identifier: MIT
 *
 * Found: how often the alerts of a rule were real, and the budget of false fall alerts.
 *
 * An alert nobody confirmed as real counts as false: whoever gains alerts by a change must show that they
 * were worth it. How many of them nobody has judged at all is told beside.
 *
 * The budget is per person and week, as field studies report it: 0.17 in AIDE-MOI (31 real falls of 20
 * people aged 86, PMC6470846), after tuning from 0.43.
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
        uint32_t unjudged; /* of the others */
        uint32_t truths;   /* real happenings in the period */
        uint32_t met;      /* of those, with an alert */
        uint32_t told;     /* rows that name the rule; of falls: rows that name none */
};

/* Does the file say anything about it at all? Otherwise nothing is known of its alerts. */
static inline bool found_is_told(const struct found *found) {
        return found->told > 0 || found->unjudged < found->alerts;
}

static inline uint32_t found_false(const struct found *found) {
        return found->alerts - found->real;
}

/* Of one rule set. */
struct found_set {
        struct found *rules; /* [row] */
        struct found falls;  /* all rules that look at falls together */
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

/* @list: only what counts. Return: 0 or -ENOMEM. */
int found_judge(const struct raised_list *list, const struct found_input *input,
                struct found_set *ret);
void found_fini(struct found_set *set);

/* False alerts per person and week; 0 when nobody was watched. */
double found_per_week(const struct found *found, int64_t watched_ms);

#endif

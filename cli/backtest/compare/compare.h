/* SPDX-License-Identifier: MIT
 *
 * The state of a backtest, from its options to the result: rules, elders, the alerts of both sides and their
 * comparison.
 *
 * Thread: main. Blocks: never.
 */
#ifndef VIGIL_CLI_BACKTEST_COMPARE_COMPARE_H
#define VIGIL_CLI_BACKTEST_COMPARE_COMPARE_H

#include <stdbool.h>
#include <stdint.h>

#include "cli/backtest/compare/found.h"
#include "cli/backtest/compare/load.h"
#include "cli/backtest/compare/match.h"
#include "cli/backtest/compare/truth.h"
#include "cli/backtest/engines/twin.h"
#include "common/files/conf.h"
#include "common/registry/registry.h"
#include "common/base/zone.h"

struct language;

/* Events before the period that are evaluated too, so that the engines know since when each elder is quiet. */
#define BACKTEST_WARM_UP_MS ((int64_t)24 * 3600 * 1000)

/* Strings and conf must outlive the backtest. */
struct backtest_options {
        const char *rules[TWIN_SIDES]; /* file or folder */
        const char *events;            /* file, "-", or NULL: from Kafka */
        const char *registry;          /* folder of CSV files, or NULL */
        const char *verdicts;          /* or NULL */
        const char *report;            /* path of the HTML report, or NULL */
        const char *keep;              /* path to save the events as frames, or NULL */
        const char *time_zone;         /* of the site, or NULL: UTC */
        const struct conf *conf;       /* NULL: only if events is set */
        int64_t from_ms, to_ms;        /* INT64_MIN, INT64_MAX: no limit */
        int64_t window_ms;             /* match alerts within this time */
        int64_t verdict_window_ms;     /* match verdicts within this time */
        uint32_t operators;            /* 0: one for each LOAD_ELDERS_PER_OPERATOR */
        uint32_t top;                  /* rows of the longer tables */
        double budget_per_week;        /* NAN: none set */
        bool sort;                     /* sort events by received time */
        const struct language *language;
        int timeout_ms;
};

struct backtest_tally {
        uint32_t count[TWIN_SIDES];
        uint32_t changes[MATCH_CHANGE_TYPES];
};

/* A rule of either set or of both, by its id. */
struct backtest_rule {
        const char *id;
        const struct rule *rule[TWIN_SIDES]; /* NULL: not in this set */
        struct backtest_tally tally;
};

struct backtest {
        const struct backtest_options *options;
        struct rule_set *sets[TWIN_SIDES];
        struct backtest_rule *rules; /* rules of the old set, then those only in the new one */
        uint32_t rule_count;
        uint32_t *rows[TWIN_SIDES]; /* rule index of a set -> row of rules */
        struct registry *registry;
        struct zone *zone;
        struct truths truths;
        struct source *source;
        struct twin *twin;

        int64_t from_ms, to_ms; /* the period evaluated: [from, to) */
        uint64_t events_outside;
        uint32_t operators;
        struct match_list matches;
        struct backtest_tally total;
        struct backtest_tally *people; /* [person] */
        uint32_t *people_order;        /* most changed first */
        struct load loads[TWIN_SIDES];
        struct found_set found[TWIN_SIDES]; /* only with verdicts */
        int64_t watched_ms;
};

/* Compare both sides after backtest_judge(). Return: 0 or -ENOMEM. */
int backtest_compare(struct backtest *backtest);

void backtest_fini(struct backtest *backtest);

/* Whether the false fall alerts of the new rules, per person and week, exceed the budget. */
bool backtest_over_budget(const struct backtest *backtest);

/* Whether the rule detects falls, according to the alerts that it raised. */
bool backtest_rule_is_fall(const struct backtest *backtest, uint32_t row);

/* Write the keys of the rule that differ between the sets, separated by commas, to @ret[128]; "removed" or "added"
 * for a rule of one set only; "" when it is the same. Return: @ret. */
const char *backtest_rule_differs(const struct backtest_rule *rule, char *ret);

#endif

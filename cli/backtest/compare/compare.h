/* SPDX-License-Identifier: MIT
 *
 * A backtest from its options to what has changed: rules, people, alerts of both sides, and what the
 * comparison makes of them.
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

#define BACKTEST_WARM_UP_MS ((int64_t)24 * 3600 * 1000)

/* All texts must outlive the backtest. */
struct backtest_options {
        const char *rules[TWIN_SIDES]; /* a file or a folder each */
        const char *events;            /* a file, "-", or NULL: from Kafka */
        const char *registry;          /* a folder of CSV files, or NULL */
        const char *verdicts;          /* or NULL */
        const char *report;            /* where the HTML page goes, or NULL */
        const char *keep;              /* where the events go as frames, or NULL */
        const char *time_zone;         /* of the site, or NULL: UTC */
        const struct conf *conf;       /* or NULL: then events is given */
        int64_t from_ms, to_ms;        /* INT64_MIN, INT64_MAX: as far as there are events */
        int64_t window_ms;             /* alerts so near in time are the same, moved */
        int64_t verdict_window_ms;     /* … and verdicts so near are about the alert */
        uint32_t operators;            /* 0: one for each LOAD_ELDERS_PER_OPERATOR */
        uint32_t top;                  /* rows of the longer tables for people */
        double budget_per_week;        /* NAN: none was set, nothing fails by it */
        bool sort; /* judge by the time received, not in the order of the file */
        const struct language *language;
        int timeout_ms;
};

struct backtest_tally {
        uint32_t count[TWIN_SIDES];
        uint32_t changes[MATCH_CHANGE_TYPES];
};

/* A rule by its id, in either set or in both. */
struct backtest_rule {
        const char *id;
        const struct rule *rule[TWIN_SIDES]; /* NULL: this set has none of this id */
        struct backtest_tally tally;
};

struct backtest {
        const struct backtest_options *options;
        struct rule_set *sets[TWIN_SIDES];
        struct backtest_rule *rules; /* in the order of the old set, then what the new one adds */
        uint32_t rule_count;
        uint32_t *rows[TWIN_SIDES]; /* rule index of a set -> row of rules */
        struct registry *registry;
        struct zone *zone;
        struct truths truths;
        struct source *source;
        struct twin *twin;

        int64_t from_ms, to_ms; /* what was judged: [from, to) */
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

/* What has changed. Return: 0 or -ENOMEM. */
int backtest_compare(struct backtest *backtest);

void backtest_fini(struct backtest *backtest);

/* False fall alerts of the new rules per person and week are beyond the budget. */
bool backtest_over_budget(const struct backtest *backtest);

/* Does the rule look at falls, by what it raised? */
bool backtest_rule_is_fall(const struct backtest *backtest, uint32_t row);

/* What of the rule itself differs between the sets: names of rule keys, comma between; "" when it
 * does not. Return: @ret[128]. */
const char *backtest_rule_differs(const struct backtest_rule *rule, char *ret);

#endif

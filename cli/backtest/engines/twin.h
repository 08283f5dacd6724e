/* SPDX-License-Identifier: MIT
 *
 * Twin: runs two live engines, one for each rule set, on the same events in one pass. The clock is virtual and
 * follows the received times: before an event is evaluated, both engines have fired every deadline due until then,
 * so the result does not depend on the speed of the replay.
 *
 * Thread: one. Blocks: never.
 */
#ifndef VIGIL_CLI_BACKTEST_ENGINES_TWIN_H
#define VIGIL_CLI_BACKTEST_ENGINES_TWIN_H

#include <stdint.h>

#include "cli/backtest/engines/names.h"
#include "cli/backtest/engines/elders.h"
#include "cli/backtest/engines/raised.h"
#include "cli/backtest/events/source.h"
#include "rules/eval/engine.h"
#include "rules/eval/rule/rule_set.h"

enum { TWIN_OLD, TWIN_NEW, TWIN_SIDES };

enum { TWIN_BATCH = 256 };

struct twin;

/* One engine with its rule set. */
struct twin_side {
        struct twin *twin;
        const struct rule_set *rules;
        struct engine *engine;
        const uint32_t *rows; /* rule index -> row of backtest.rules */
        int64_t clock_ms;
        struct raised_list list;
        uint32_t *shadows; /* [row] alerts of shadow rules */
        uint32_t *cancels; /* [row] cancelled by the elder */
        uint32_t *clears;  /* [row] cleared */
        uint32_t drills;
        int failed; /* -errno from the engine's callback */
};

struct twin {
        struct twin_side sides[TWIN_SIDES];
        struct backtest_elders people;
        struct names devices;
        int64_t begin_ms;         /* start of the virtual clock: first event */
        int64_t from_ms, to_ms;   /* alerts raised in [from, to) count */
        int64_t clock_ms;         /* latest received time so far */
        int64_t last_received_ms; /* of the previous event */
        uint64_t counted_events;  /* within the period */
        uint64_t backwards;       /* events received before the previous one */
        int64_t backwards_max_ms; /* largest distance behind the clock */

        struct event batch[TWIN_BATCH];
        uint32_t batch_count;
        int64_t batch_ms;
};

struct twin_options {
        const struct rule_set *rules[TWIN_SIDES];
        const uint32_t *rows[TWIN_SIDES]; /* rule index -> row; must outlive the twin */
        uint32_t row_count;
        const struct registry *registry; /* or NULL; must outlive the twin */
        int64_t begin_ms;                /* received time of the first event */
        int64_t from_ms, to_ms;
};

/* Return: 0; -ENOMEM; -E2BIG as engine_elder_put(). */
int twin_new(struct twin **ret, const struct twin_options *options);
struct twin *twin_free(struct twin *twin);

/* Evaluate one event with both engines. Return: 0; -ENOMEM; with err_why() -E2BIG (more than RAISED_MAX alerts) or
 * -ERANGE (received more than 400 days after the previous event). */
int twin_take(struct twin *twin, const struct source_event *event);

/* Call after the last event: fires the deadlines until @until_ms. Return: as twin_take(). */
int twin_finish(struct twin *twin, int64_t until_ms);

#endif

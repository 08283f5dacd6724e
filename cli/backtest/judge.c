/* SPDX-License-Identifier: MIT */
#include "cli/backtest/judge.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cli/backtest/events/keep.h"
#include "cli/backtest/events/source_file.h"
#include "cli/backtest/events/source_kafka.h"
#include "cli/backtest/events/source_sort.h"
#include "cli/command/cli.h"
#include "cli/registry/registry_csv.h"
#include "common/base/clock.h"
#include "common/base/err.h"
#include "common/registry/registry_reader.h"
#include "rules/lang/lang.h"

enum { REGISTRY_BATCH = 4096, POLL_MS = 100 };

/* --- what is needed before the first event --------------------------------------------------------- */

/* Read both sets even if the first has errors, so that all errors are reported at once. */
static enum cli_exit rules_load(struct backtest *backtest, struct cli *cli) {
        const struct backtest_options *options = backtest->options;
        enum cli_exit left = CLI_DONE;

        for (int side = 0; side < TWIN_SIDES; side++) {
                const struct lang_options load = {
                        .paths = &options->rules[side],
                        .path_count = 1,
                        .time_zone = options->time_zone,
                        .now_ms = clock_wall_ms(),
                };
                struct diag *diag;
                int r = cli_diag_new(cli, &diag);

                if (r < 0)
                        return cli_fail(cli, r);
                r = lang_load(&backtest->sets[side], &load, diag, NULL);
                if (r != 0)
                        cli_diag_print(cli, diag);
                if (r != 0 && diag_errors(diag) == 0)
                        cli_fail(cli, r);
                if (r != 0)
                        left = CLI_BAD;
                diag_free(diag);
        }
        return left;
}

static int rows_make(struct backtest *backtest) {
        uint32_t most =
                rule_set_count(backtest->sets[TWIN_OLD]) + rule_set_count(backtest->sets[TWIN_NEW]);

        backtest->rules = calloc(most + 1, sizeof(*backtest->rules));
        if (!backtest->rules)
                return err_raise(-ENOMEM);
        for (int side = 0; side < TWIN_SIDES; side++) {
                const struct rule_set *set = backtest->sets[side];
                uint32_t count = rule_set_count(set);

                backtest->rows[side] = calloc(count + 1, sizeof(**backtest->rows));
                if (!backtest->rows[side])
                        return err_raise(-ENOMEM);
                for (uint32_t i = 0; i < count; i++) {
                        const struct rule *rule = rule_set_rule(set, i);
                        int old = side == TWIN_NEW
                                          ? rule_set_find(backtest->sets[TWIN_OLD], rule->id)
                                          : -1;
                        uint32_t row =
                                old >= 0 ? backtest->rows[TWIN_OLD][old] : backtest->rule_count++;

                        backtest->rules[row].id = rule->id;
                        backtest->rules[row].rule[side] = rule;
                        backtest->rows[side][i] = row;
                }
        }
        return 0;
}

static enum cli_exit registry_folder_load(struct backtest *backtest, struct cli *cli) {
        struct registry_csv_result result;
        struct diag *diag;
        int r = cli_diag_new(cli, &diag);

        if (r == 0)
                r = registry_csv_load(backtest->options->registry, backtest->registry, diag,
                                      &result);
        if (r == REGISTRY_CSV_REFUSED)
                cli_diag_print(cli, diag);
        diag_free(diag);
        if (r < 0)
                return cli_fail(cli, r);
        return r == 0 ? CLI_DONE : CLI_BAD;
}

static int registry_topic_read(struct backtest *backtest) {
        int64_t deadline_mono_ms = clock_mono_ms() + backtest->options->timeout_ms;
        struct registry_reader *reader = NULL;
        int r = registry_reader_open(&reader, backtest->options->conf, backtest->registry, NULL,
                                     NULL);

        while (r >= 0 && !registry_reader_caught_up(reader)) {
                if (cli_interrupted())
                        r = -EINTR;
                else if (clock_mono_ms() >= deadline_mono_ms)
                        r = err_raise_why(-ETIMEDOUT, "kafka: the registry could not be read at %s",
                                          backtest->options->conf->kafka.brokers);
                else
                        r = registry_reader_poll(reader, POLL_MS, REGISTRY_BATCH);
        }
        registry_reader_close(reader);
        return r < 0 ? r : 0;
}

static enum cli_exit registry_load(struct backtest *backtest, struct cli *cli) {
        const struct backtest_options *options = backtest->options;
        int r;

        if (!options->registry && options->events)
                return CLI_DONE; /* with an events file and no registry, nobody is registered */
        r = registry_new(&backtest->registry);
        if (r == 0 && options->registry)
                return registry_folder_load(backtest, cli);
        if (r == 0)
                r = registry_topic_read(backtest);
        return r == 0 ? CLI_DONE : cli_fail(cli, r);
}

static enum cli_exit verdicts_load(struct backtest *backtest, struct cli *cli) {
        struct diag *diag;
        int r;

        if (!backtest->options->verdicts)
                return CLI_DONE;
        r = cli_diag_new(cli, &diag);
        if (r < 0)
                return cli_fail(cli, r);
        r = truth_load(backtest->options->verdicts, diag, &backtest->truths);
        if (r == TRUTH_REFUSED)
                cli_diag_print(cli, diag);
        diag_free(diag);
        if (r < 0)
                return cli_fail(cli, r);
        return r == 0 ? CLI_DONE : CLI_BAD;
}

static int zone_find(struct backtest *backtest) {
        const char *name = backtest->options->time_zone;
        int r = name ? zone_open(&backtest->zone, name) : 0;

        return r < 0 ? err_raise_why(r, "unknown time zone \"%s\"", name) : 0;
}

enum cli_exit backtest_prepare(struct backtest *backtest, struct cli *cli) {
        enum cli_exit left;
        int r = zone_find(backtest);

        if (r < 0)
                return cli_fail(cli, r);
        left = rules_load(backtest, cli);
        if (left != CLI_DONE)
                return left;
        left = registry_load(backtest, cli);
        if (left != CLI_DONE)
                return left;
        left = verdicts_load(backtest, cli);
        if (left != CLI_DONE)
                return left;
        r = rows_make(backtest);
        return r == 0 ? CLI_DONE : cli_fail(cli, r);
}

/* --- the pass ---------------------------------------------------------------------------------------- */

int backtest_open_source(struct source **ret, const struct backtest_options *options) {
        /* A backtest also reads the day before the period, so that the engines know since when each elder is quiet.
         * Saving events without a backtest reads the period only. */
        int64_t warm_up_ms = options->rules[TWIN_OLD] ? BACKTEST_WARM_UP_MS : 0;

        if (options->events) {
                int r = source_file_open(ret, options->events);

                return r == 0 && options->sort ? source_sort(ret) : r;
        }
        return source_kafka_open(ret, options->conf, options->from_ms - warm_up_ms, options->to_ms,
                                 options->timeout_ms);
}

static int twin_begin(struct backtest *backtest, int64_t first_ms) {
        const struct backtest_options *options = backtest->options;
        const struct twin_options twin_options = {
                .rules = {backtest->sets[TWIN_OLD], backtest->sets[TWIN_NEW]},
                .rows = {backtest->rows[TWIN_OLD], backtest->rows[TWIN_NEW]},
                .row_count = backtest->rule_count,
                .registry = backtest->registry,
                .begin_ms = first_ms,
                .from_ms = options->from_ms == INT64_MIN ? first_ms : options->from_ms,
                .to_ms = options->to_ms,
        };

        return twin_new(&backtest->twin, &twin_options);
}

/* Return: 0 or -errno. */
static int event_judge(struct backtest *backtest, struct keep *keep,
                       const struct source_event *event) {
        int r = keep_put(keep, event);

        if (r == 0 && event->event.received_time_ms >= backtest->options->to_ms) {
                backtest->events_outside += event->event.kind != KIND_LISTENING;
                return 0;
        }
        if (r == 0 && !backtest->twin)
                r = twin_begin(backtest, event->event.received_time_ms);
        return r == 0 ? twin_take(backtest->twin, event) : r;
}

static int period_end(struct backtest *backtest) {
        struct twin *twin = backtest->twin;

        if (!twin)
                return err_raise_why(-ENODATA, backtest->source->bad
                                                       ? "no line could be read as an event"
                                                       : "no events to judge");
        backtest->from_ms = twin->from_ms;
        backtest->to_ms = backtest->options->to_ms == INT64_MAX ? twin->clock_ms + 1 : twin->to_ms;
        if (backtest->to_ms <= backtest->from_ms)
                return err_raise_why(-ENODATA, "no event was received after --from");
        return twin_finish(twin, backtest->to_ms);
}

int backtest_judge(struct backtest *backtest) {
        struct source_event event;
        struct keep *keep = NULL;
        int r = backtest_open_source(&backtest->source, backtest->options);

        if (r == 0 && backtest->options->keep)
                r = keep_open(&keep, backtest->options->keep);
        while (r == 0) {
                r = source_next(backtest->source, &event);
                if (r == 0)
                        r = event_judge(backtest, keep, &event);
        }

        int closed = keep_close(keep);

        if (r < 0)
                return r;
        return closed < 0 ? closed : period_end(backtest);
}

/* SPDX-License-Identifier: MIT */
#include "cli/backtest/backtest.h"

#include <errno.h>

#include "cli/backtest/events/keep.h"
#include "cli/backtest/judge.h"
#include "cli/backtest/print/print_json.h"
#include "cli/backtest/print/print_table.h"
#include "cli/backtest/print/report.h"
#include "cli/command/cli.h"
#include "common/base/err.h"
#include "common/language/say.h"

static int tell(const struct backtest *backtest, const struct cli *cli) {
        int r = 0;

        if (backtest->options->report)
                r = backtest_report(backtest, backtest->options->report);
        if (r == 0 && cli->json)
                return backtest_print_json(backtest, stdout);
        return r == 0 ? backtest_print(backtest, stdout) : r;
}

static enum cli_exit failed(const struct cli *cli, int r) {
        return r == -EINTR ? CLI_INTERRUPTED : cli_fail(cli, r);
}

enum cli_exit backtest_run(struct cli *cli, const struct backtest_options *options) {
        struct backtest backtest = {.options = options};
        enum cli_exit result = backtest_prepare(&backtest, cli);
        int r = 0;

        if (result != CLI_DONE)
                goto out;
        r = backtest_judge(&backtest);
        if (r == 0)
                r = backtest_compare(&backtest);
        if (r == 0)
                r = tell(&backtest, cli);
        if (r < 0)
                result = failed(cli, r);
        else if (backtest.source->bad || backtest_over_budget(&backtest))
                result = CLI_BAD;
        if (r == 0 && backtest_over_budget(&backtest))
                cli_tell(cli, "the new rules exceed the budget of false fall alerts");
out:
        backtest_fini(&backtest);
        return result;
}

/* Copy the events of the period. Return: 0 at the end of the source, or -errno. */
static int copy(struct source *source, const struct backtest_options *options, struct keep *keep,
                uint64_t *ret_kept) {
        struct source_event event;
        int r;

        while ((r = source_next(source, &event)) == 0) {
                int64_t received_ms = event.event.received_time_ms;

                if (received_ms < options->from_ms || received_ms >= options->to_ms)
                        continue;
                r = keep_put(keep, &event);
                if (r < 0)
                        return r;
                ++*ret_kept;
        }
        return r == SOURCE_END ? 0 : r;
}

enum cli_exit backtest_save(struct cli *cli, const struct backtest_options *options) {
        struct source *source = NULL;
        struct keep *keep = NULL;
        uint64_t kept = 0, bad = 0;
        int closed, r = backtest_open_source(&source, options);

        if (r == 0)
                r = keep_open(&keep, options->keep);
        if (r == 0)
                r = copy(source, options, keep, &kept);
        closed = keep_close(keep);
        r = r == 0 ? closed : r;
        bad = source ? source->bad : 0;
        source_free(source);
        if (r < 0)
                return failed(cli, r);
        printf(cli->json ? "{\"events\":%llu,\"bad_lines\":%llu}\n"
                         : say(cli->language, "%llu events kept, %llu bad lines\n"),
               (unsigned long long)kept, (unsigned long long)bad);
        return bad ? CLI_BAD : CLI_DONE;
}

/* SPDX-License-Identifier: MIT
 *
 * Judge: reads the inputs of a backtest and evaluates all events with both rule sets.
 *
 * Thread: main. Blocks: reads events and rule files.
 */
#ifndef VIGIL_CLI_BACKTEST_JUDGE_H
#define VIGIL_CLI_BACKTEST_JUDGE_H

#include "cli/backtest/compare/compare.h"
#include "cli/command/verb.h"

/* Read rules, registry and verdicts. Errors are reported. Return: CLI_DONE, or the exit code. */
enum cli_exit backtest_prepare(struct backtest *backtest, struct cli *cli);

/* Open the source of events that the options name. Return: 0 or -errno with err_why(). */
int backtest_open_source(struct source **ret, const struct backtest_options *options);

/* Evaluate all events. Return: 0; -ENODATA with err_why() when there is no event to evaluate; -errno. */
int backtest_judge(struct backtest *backtest);

#endif

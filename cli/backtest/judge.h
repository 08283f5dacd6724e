/* SPDX-License-Identifier: MIT
 *
 * Judge: what a backtest needs is read, and both rule sets judge all events.
 *
 * Thread: main. Blocks: reads events and rule files.
 */
#ifndef VIGIL_CLI_BACKTEST_JUDGE_H
#define VIGIL_CLI_BACKTEST_JUDGE_H

#include "cli/backtest/compare/compare.h"
#include "cli/command/verb.h"

/* Read rules, registry and verdicts; every complaint of every file goes to standard error.
 * Return: CLI_DONE, or what to exit with. */
enum cli_exit backtest_prepare(struct backtest *backtest, struct cli *cli);

/* Open what the options say. Return: 0 or -errno with err_why(). */
int backtest_open_source(struct source **ret, const struct backtest_options *options);

/* Judge all events. Return: 0, -ENODATA with err_why() (no event to judge), -errno. */
int backtest_judge(struct backtest *backtest);

#endif

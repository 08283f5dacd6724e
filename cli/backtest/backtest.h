/* SPDX-License-Identifier: MIT
 *
 * Backtest 回测: what a change of rules would have done. Two rule sets evaluate the same recorded events in one pass,
 * with the engine that runs live; docs/backtest.md explains the result.
 *
 * Thread: main. Blocks: reads events and rule files.
 */
#ifndef VIGIL_CLI_BACKTEST_BACKTEST_H
#define VIGIL_CLI_BACKTEST_BACKTEST_H

#include "cli/backtest/compare/compare.h"
#include "cli/command/verb.h"

/* Run the whole backtest: evaluate, compare, print. Return: exit code of the command. */
enum cli_exit backtest_run(struct cli *cli, const struct backtest_options *options);

/* Only save the events to options.keep, without a backtest. Return: exit code of the command. */
enum cli_exit backtest_save(struct cli *cli, const struct backtest_options *options);

#endif

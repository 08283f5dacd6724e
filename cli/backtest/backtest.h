/* SPDX-License-Identifier: MIT
 *
 * Backtest 回测: what a change of rules would have done. Two rule sets over the same recorded
 * events in one pass, by the engine that runs live; docs/backtest.md tells how to read the answer.
 *
 * Thread: main. Blocks: reads events and rule files.
 */
#ifndef VIGIL_CLI_BACKTEST_BACKTEST_H
#define VIGIL_CLI_BACKTEST_BACKTEST_H

#include "cli/backtest/compare/compare.h"
#include "cli/command/verb.h"

/* The whole of it: judge, compare, print. Return: exit code of the command. */
enum cli_exit backtest_run(struct cli *cli, const struct backtest_options *options);

/* Only keep the events: options.keep, and where they come from. Return: exit code of the command. */
enum cli_exit backtest_save(struct cli *cli, const struct backtest_options *options);

#endif

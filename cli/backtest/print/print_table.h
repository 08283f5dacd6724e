/* SPDX-License-Identifier: MIT
 *
 * Prints the result of a backtest for a terminal.
 *
 * Thread: any. Blocks: writes to the stream.
 */
#ifndef VIGIL_CLI_BACKTEST_PRINT_PRINT_TABLE_H
#define VIGIL_CLI_BACKTEST_PRINT_PRINT_TABLE_H

#include <stdio.h>

#include "cli/backtest/compare/compare.h"

/* Return: 0 or -ENOMEM. */
int backtest_print(const struct backtest *backtest, FILE *stream);

#endif

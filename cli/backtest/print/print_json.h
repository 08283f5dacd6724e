/* SPDX-License-Identifier: MIT
 *
 * Prints the result of a backtest as JSON.
 *
 * Thread: any. Blocks: writes to the stream.
 */
#ifndef VIGIL_CLI_BACKTEST_PRINT_PRINT_JSON_H
#define VIGIL_CLI_BACKTEST_PRINT_PRINT_JSON_H

#include <stdio.h>

#include "cli/backtest/compare/compare.h"

/* One JSON object, documented in docs/backtest.md. Return: 0, -ENOMEM, -errno of writing. */
int backtest_print_json(const struct backtest *backtest, FILE *stream);

#endif

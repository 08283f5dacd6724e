/* SPDX-License-Identifier: MIT
 *
 * Writes the result of a backtest as an HTML page.
 *
 * Thread: any. Blocks: writes the file.
 */
#ifndef VIGIL_CLI_BACKTEST_PRINT_REPORT_H
#define VIGIL_CLI_BACKTEST_PRINT_REPORT_H

#include "cli/backtest/compare/compare.h"

/* Write a self-contained page to @path. Return: 0; -ENOMEM; -errno of writing with err_why(). */
int backtest_report(const struct backtest *backtest, const char *path);

#endif

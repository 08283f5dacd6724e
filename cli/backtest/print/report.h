/* SPDX-License-Identifier: MIT
 *
 * What a backtest found, as an HTML page.
 *
 * Thread: any. Blocks: writes the file.
 */
#ifndef VIGIL_CLI_BACKTEST_PRINT_REPORT_H
#define VIGIL_CLI_BACKTEST_PRINT_REPORT_H

#include "cli/backtest/compare/compare.h"

/* A page that needs nothing but itself. Return: 0, or -errno of writing with err_why(). */
int backtest_report(const struct backtest *backtest, const char *path);

#endif

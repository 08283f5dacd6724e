/* SPDX-License-Identifier: MIT
 *
 * Charts of the report, as inline SVG. Old and new rules differ in shape and pattern, never in colour alone; every
 * important number is also written out.
 *
 * Thread: any. Blocks: writes to the stream.
 */
#ifndef VIGIL_CLI_BACKTEST_PRINT_CHART_H
#define VIGIL_CLI_BACKTEST_PRINT_CHART_H

#include <stdio.h>

#include "cli/backtest/compare/compare.h"

enum chart_step { CHART_HOURS, CHART_DAYS, CHART_WEEKS };

/* Period of a bar: an hour up to three days, a day up to 100 days, else a week. */
enum chart_step chart_step(const struct backtest *backtest);

/* The charts: alerts over time, alerts by hour of the day, load in each 10 minutes with the limits. Return: 0 or
 * -ENOMEM. Write errors stay in the stream (ferror()). */
int chart_bars(const struct backtest *backtest, FILE *stream);
void chart_hours(const struct backtest *backtest, FILE *stream);
int chart_load(const struct backtest *backtest, FILE *stream);

/* Write @text escaped for HTML and SVG. */
void chart_text(FILE *stream, const char *text);

#endif

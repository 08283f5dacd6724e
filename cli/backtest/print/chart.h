/* SPDX-License-Identifier: MIT
 *
 * Charts: the pictures of a report as inline SVG. Old and new differ by form and pattern, never by colour
 * alone; every number that matters is also written out.
 *
 * Thread: any. Blocks: writes to the stream.
 */
#ifndef VIGIL_CLI_BACKTEST_PRINT_CHART_H
#define VIGIL_CLI_BACKTEST_PRINT_CHART_H

#include <stdio.h>

#include "cli/backtest/compare/compare.h"

enum chart_step { CHART_HOURS, CHART_DAYS, CHART_WEEKS };

/* How fine the bars are: hours up to three days, days up to a quarter, else weeks. */
enum chart_step chart_step(const struct backtest *backtest);

/* Each return 0 or -ENOMEM; errors of writing stay in the stream. */
int chart_bars(const struct backtest *backtest, FILE *stream);   /* alerts over time, old and new */
void chart_hours(const struct backtest *backtest, FILE *stream); /* by hour of the day */
int chart_load(const struct backtest *backtest,
               FILE *stream); /* each 10 minutes against the limits */

/* Escaped for HTML and SVG. */
void chart_text(FILE *stream, const char *text);

#endif

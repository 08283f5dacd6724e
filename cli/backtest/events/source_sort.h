/* SPDX-License-Identifier: MIT
 *
 * A source in the order of the time received.
 *
 * Thread: one. Blocks: while reading; needs a file of the size of the source.
 */
#ifndef VIGIL_CLI_BACKTEST_EVENTS_SOURCE_SORT_H
#define VIGIL_CLI_BACKTEST_EVENTS_SOURCE_SORT_H

#include "cli/backtest/events/source.h"

/* Read all of *source and put one in its place that has the same events in the order received.
 * Blocks: until the end of *source. Return: 0, or -errno with err_why() and *source is still there. */
int source_sort(struct source **source);

#endif

/* SPDX-License-Identifier: MIT
 *
 * Source that returns the events of another one in the order of their received times.
 *
 * Thread: one. Blocks: while reading; needs a temporary file of the size of the events.
 */
#ifndef VIGIL_CLI_BACKTEST_EVENTS_SOURCE_SORT_H
#define VIGIL_CLI_BACKTEST_EVENTS_SOURCE_SORT_H

#include "cli/backtest/events/source.h"

/* Read all of *source and replace it by a sorted one. Blocks: until the end of *source. Return: 0; -errno with
 * err_why(), and *source is unchanged but partly read. */
int source_sort(struct source **source);

#endif

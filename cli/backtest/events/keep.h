/* SPDX-License-Identifier: MIT
 *
 * Keep: events as frames into a file, in the order they were judged, one frame behind the other.
 *
 * Thread: one. Blocks: writes the file.
 */
#ifndef VIGIL_CLI_BACKTEST_EVENTS_KEEP_H
#define VIGIL_CLI_BACKTEST_EVENTS_KEEP_H

#include "cli/backtest/events/source.h"

struct keep;

/* Return: 0, -ENOMEM, -errno with err_why(). An existing file is overwritten. */
int keep_open(struct keep **ret, const char *path);

/* @keep NULL: nothing is kept. Return: 0 or -errno with err_why(). */
int keep_put(struct keep *keep, const struct source_event *event);

/* Takes NULL. Return: 0 when all of it is in the file, or -errno with err_why(). */
int keep_close(struct keep *keep);

#endif

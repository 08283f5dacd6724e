/* SPDX-License-Identifier: MIT
 *
 * Keep: saves events as frames to a file, one after the other, in the order in which they were evaluated.
 *
 * Thread: one. Blocks: writes the file.
 */
#ifndef VIGIL_CLI_BACKTEST_EVENTS_KEEP_H
#define VIGIL_CLI_BACKTEST_EVENTS_KEEP_H

#include "cli/backtest/events/source.h"

struct keep;

/* Open @path, which must outlive @ret; an existing file is overwritten. Return: 0, -ENOMEM, -errno with err_why(). */
int keep_open(struct keep **ret, const char *path);

/* Add an event; does nothing when @keep is NULL. Return: 0 or -errno with err_why(). */
int keep_put(struct keep *keep, const struct source_event *event);

/* Write the rest, close the file and free @keep (NULL is allowed). Return: 0 when all events are in the file, or
 * -errno with err_why(). */
int keep_close(struct keep *keep);

#endif

/* SPDX-License-Identifier: MIT
 *
 * A source that is a file, or standard input.
 *
 * Thread: one. Blocks: while reading.
 */
#ifndef VIGIL_CLI_BACKTEST_EVENTS_SOURCE_FILE_H
#define VIGIL_CLI_BACKTEST_EVENTS_SOURCE_FILE_H

#include "cli/backtest/events/source.h"

/* @path "-": standard input. Frames are told from lines by their first bytes.
 * Return: 0, -errno with err_why(), -ENODATA when there is nothing in it. */
int source_file_open(struct source **ret, const char *path);

#endif

/* SPDX-License-Identifier: MIT
 *
 * Source that reads a file or standard input.
 *
 * Thread: one. Blocks: while reading.
 */
#ifndef VIGIL_CLI_BACKTEST_EVENTS_SOURCE_FILE_H
#define VIGIL_CLI_BACKTEST_EVENTS_SOURCE_FILE_H

#include "cli/backtest/events/source.h"

/* Open @path ("-": standard input). Its first bytes tell frames from lines. Return: 0; -ENODATA when it is empty;
 * -errno; with err_why(). */
int source_file_open(struct source **ret, const char *path);

#endif

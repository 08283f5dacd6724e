/* SPDX-License-Identifier: MIT
 *
 * Replays recorded events: JSON lines become frames as ingest makes them and are published to the partitions that
 * they came from.
 *
 * Thread: main. Blocks: reads the file, waits for Kafka.
 */
#ifndef VIGIL_CLI_REPLAY_REPLAY_SEND_H
#define VIGIL_CLI_REPLAY_REPLAY_SEND_H

#include <stdbool.h>

#include "cli/command/cli.h"

/* @path: file of JSON lines; "-": standard input. @dry_run: check every line, publish nothing. Errors are reported.
 * Return: the exit code. */
enum cli_exit replay_send(struct cli *cli, const char *path, bool dry_run, long long timeout_s);

#endif

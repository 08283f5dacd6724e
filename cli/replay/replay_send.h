/* SPDX-License-Identifier: MIT
 *
 * Feeding recorded events back: JSON lines become frames as ingest makes them and go to the partitions
 * they came from.
 *
 * Thread: main. Blocks: reads the file, waits for Kafka.
 */
#ifndef VIGIL_CLI_REPLAY_REPLAY_SEND_H
#define VIGIL_CLI_REPLAY_REPLAY_SEND_H

#include <stdbool.h>

#include "cli/command/cli.h"

/* @path "-": standard input. @dry_run: read and check every line, publish nothing. */
enum cli_exit replay_send(struct cli *cli, const char *path, bool dry_run, long long timeout_s);

#endif

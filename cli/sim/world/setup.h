/* SPDX-License-Identifier: MIT
 *
 * Writes the key pairs of a simulated site, before anything runs.
 *
 * Thread: any. Blocks: on files.
 */
#ifndef VIGIL_CLI_SIM_WORLD_SETUP_H
#define VIGIL_CLI_SIM_WORLD_SETUP_H

#include "cli/sim/world/neighbourhood.h"

#define SETUP_MONITOR_ID "monitor"

/* Write to @dir, which is created if missing: server.key, server.pub, ID.key for every recipient and the monitor,
 * and allowed.yaml with all of them. Keys are new each time, never derived from a seed. Return: number of pairs
 * written, without the server's, or -errno. */
int setup_write_keys(const struct neighbourhood *hood, const char *dir);

#endif

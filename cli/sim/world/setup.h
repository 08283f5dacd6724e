/* SPDX-License-Identifier: MIT
 *
 * What a simulated site needs before anything runs: key pairs of everybody who may connect.
 *
 * Thread: any. Blocks: on files.
 */
#ifndef VIGIL_CLI_SIM_WORLD_SETUP_H
#define VIGIL_CLI_SIM_WORLD_SETUP_H

#include "cli/sim/world/neighbourhood.h"

#define SETUP_MONITOR_ID "monitor"

/* Write into @dir (made when missing): server.key, server.pub, ID.key for every recipient and for the
 * monitor, and allowed.yaml with all of them. New keys each time: keys are never derived from a seed.
 * Return: number of pairs written, or -errno. */
int setup_write_keys(const struct neighbourhood *hood, const char *dir);

#endif

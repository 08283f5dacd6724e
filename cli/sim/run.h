/* SPDX-License-Identifier: MIT
 *
 * Run: one simulated neighbourhood at work. Gateways publish, robots are paged and answer, stories
 * play, a storm of presses if asked for, and the score is kept. Everything happens on one thread around
 * one epoll set, so that the clock a page is measured with is the one its event was published with.
 *
 * Thread: main. Blocks: sim_run() until the end.
 */
#ifndef VIGIL_CLI_SIM_RUN_H
#define VIGIL_CLI_SIM_RUN_H

#include <stdio.h>

#include "cli/sim/sim.h"

/* Play, drain, and print the result as one line of JSON to @out.
 * Return: 0 when nothing is missing, doubled or unexpected; SIM_FAILED; -errno. */
int sim_run(const struct sim_options *options, FILE *out);

#endif

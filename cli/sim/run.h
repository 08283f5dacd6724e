/* SPDX-License-Identifier: MIT
 *
 * Run: one simulation. Gateways publish, robots are paged and answer, stories and a storm are played, and the score
 * is kept. Everything runs on one thread with one epoll set, so that a page is measured with the same clock as its
 * event.
 *
 * Thread: main. Blocks: sim_run() until the end.
 */
#ifndef VIGIL_CLI_SIM_RUN_H
#define VIGIL_CLI_SIM_RUN_H

#include <stdio.h>

#include "cli/sim/sim.h"

/* Run, wait for outstanding pages, and print the result as one line of JSON to @out. Return: 0 when nothing is
 * missing, doubled or unexpected; SIM_FAILED; -EINTR before the start; -errno. */
int sim_run(const struct sim_options *options, FILE *out);

#endif

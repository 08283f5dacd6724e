/* SPDX-License-Identifier: MIT
 *
 * The ledger of a simulation: one JSON line for each event published, receipt and page, for evaluation by other
 * programs.
 *
 * Thread: main. Blocks: writes the file.
 */
#ifndef VIGIL_CLI_SIM_LEDGER_H
#define VIGIL_CLI_SIM_LEDGER_H

#include "cli/sim/sim.h"

/* Write one line; does nothing without --ledger. */
void sim_ledger_event(struct sim *sim, const char *type, const char *event_id, const char *kind);
void sim_ledger_page(struct sim *sim, const struct sim_people_news *news, const char *verdict);

#endif

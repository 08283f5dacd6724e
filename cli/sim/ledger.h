/* SPDX-License-Identifier: MIT
 *
 * The ledger of a simulation: a line of JSON for each thing published, receipted, paged, for who counts afterwards.
 *
 * Thread: main. Blocks: writes the file.
 */
#ifndef VIGIL_CLI_SIM_LEDGER_H
#define VIGIL_CLI_SIM_LEDGER_H

#include "cli/sim/sim.h"

/* Nothing is written when none was asked for. */
void sim_ledger_event(struct sim *sim, const char *type, const char *event_id, const char *kind);
void sim_ledger_page(struct sim *sim, const struct sim_people_news *news, const char *verdict);

#endif

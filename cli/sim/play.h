/* SPDX-License-Identifier: MIT
 *
 * Playing: stories step by step, and the storm of presses.
 *
 * Thread: main. Blocks: never.
 */
#ifndef VIGIL_CLI_SIM_PLAY_H
#define VIGIL_CLI_SIM_PLAY_H

#include <stdint.h>

#include "cli/sim/sim.h"

int play_begin(struct sim *sim);
int play_turn(struct sim *sim, int64_t now_mono_us, int64_t now_time_ms);
void play_alert_closed(struct sim *sim, const char *elder_id, const char *rule);
int64_t play_due_ms(const struct sim *sim, int64_t now_mono_us);

#endif

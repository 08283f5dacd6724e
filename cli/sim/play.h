/* SPDX-License-Identifier: MIT
 *
 * Plays the stories step by step, and the random alarms of --storm.
 *
 * Thread: main. Blocks: never.
 */
#ifndef VIGIL_CLI_SIM_PLAY_H
#define VIGIL_CLI_SIM_PLAY_H

#include <stdint.h>

#include "cli/sim/sim.h"

/* Prepare stories and storm after the start. Return: 0, -ENOMEM, -EINVAL (unknown kind in --storm-kinds;
 * err_why()). */
int play_begin(struct sim *sim);
/* Publish what is due. Return: 0 or -errno. */
int play_turn(struct sim *sim, int64_t now_mono_us, int64_t now_time_ms);
/* An alert is closed: the storm may press this kind for this elder again. */
void play_alert_closed(struct sim *sim, const char *elder_id, const char *rule);
/* Milliseconds until the storm is due; INT64_MAX: no storm. */
int64_t play_due_ms(const struct sim *sim, int64_t now_mono_us);

#endif

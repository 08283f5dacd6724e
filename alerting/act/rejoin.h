/* SPDX-License-Identifier: MIT
 *
 * Rejoin: send a recipient that connects its open pages and the stand-downs it is owed.
 *
 * Thread: the loop's. Blocks: never.
 * Proof: tests/unit/alerting/act.c
 */
#ifndef VIGIL_ALERTING_ACT_REJOIN_H
#define VIGIL_ALERTING_ACT_REJOIN_H

#include "alerting/act/alerting.h"

/* @id has connected. */
void rejoin_person(struct alerting *alerting, const char *id);
/* @partition has just been read back: do the same for every recipient that is connected. */
void rejoin_partition(struct alerting *alerting, int32_t partition);

#endif

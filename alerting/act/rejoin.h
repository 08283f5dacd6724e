/* SPDX-License-Identifier: MIT
 *
 * Rejoin: who comes (back) is told what is open for them.
 *
 * Thread: the loop's. Blocks: never.
 * Proof: tests/unit/alerting/act.c
 */
#ifndef VIGIL_ALERTING_ACT_REJOIN_H
#define VIGIL_ALERTING_ACT_REJOIN_H

#include "alerting/act/alerting.h"

/* @id connects. */
void rejoin_person(struct alerting *alerting, const char *id);
/* @partition has just been read back: whoever is connected. */
void rejoin_partition(struct alerting *alerting, int32_t partition);

#endif

/* SPDX-License-Identifier: MIT
 *
 * Offline: the call that the engine makes for every event of a device, whatever its kind.
 *
 * Thread: the engine's owner. Blocks: never. Allocates: as judge_emit().
 */
#ifndef VIGIL_RULES_EVAL_CONDITIONS_OFFLINE_H
#define VIGIL_RULES_EVAL_CONDITIONS_OFFLINE_H

#include "rules/eval/core/judge.h"

/* The moment's device was heard: clear its offline alerts. Call this before its last_seen_ms is updated. */
void offline_heard(const struct moment *moment, struct elder_device_row *row);

#endif

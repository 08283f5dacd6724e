/* SPDX-License-Identifier: MIT
 *
 * Offline: what the engine must tell it that no rule reads.
 *
 * Thread: the engine's owner. Blocks: never. Allocates: never.
 */
#ifndef VIGIL_RULES_EVAL_CONDITIONS_OFFLINE_H
#define VIGIL_RULES_EVAL_CONDITIONS_OFFLINE_H

#include "rules/eval/core/judge.h"

/* The device of the moment was heard; called before its last_seen_ms is moved on. */
void offline_heard(const struct moment *moment, struct elder_device_row *row);

#endif

/* SPDX-License-Identifier: MIT
 *
 * Suppress: the one place that decides that an alert pages nobody. Each stage is a row of one table
 * (suppress.c), each suppression is counted and recorded in the ledger with its name, and none makes
 * an alert vanish.
 *
 * Thread: any. Blocks: never.
 */
#ifndef VIGIL_ALERTING_INTAKE_SUPPRESS_H
#define VIGIL_ALERTING_INTAKE_SUPPRESS_H

#include <stdbool.h>

#include "common/wire/alert.h"

struct suppress_stage {
        const char *name; /* the ledger's reason */
        bool (*applies)(const struct alert *alert);
        bool closes; /* true: remembered and closed; false: shown on the feed */
};

/* The first stage that applies, or NULL: page. */
const struct suppress_stage *suppress_judge(const struct alert *alert);

#endif

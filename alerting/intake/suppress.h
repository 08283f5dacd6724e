/* SPDX-License-Identifier: MIT
 *
 * Suppress: the one place that decides that an alert pages nobody. Each stage is a row of one table (suppress.c). Each
 * suppression is counted and recorded in the ledger with the name of its stage; no alert is dropped.
 *
 * Thread: any. Blocks: never.
 */
#ifndef VIGIL_ALERTING_INTAKE_SUPPRESS_H
#define VIGIL_ALERTING_INTAKE_SUPPRESS_H

#include <stdbool.h>

#include "common/wire/alert.h"

struct suppress_stage {
        const char *name; /* the reason in the ledger */
        bool (*applies)(const struct alert *alert);
        bool closes; /* true: closed at once; false: open, but on the feed only */
};

/* The first stage that applies; NULL: none, page. */
const struct suppress_stage *suppress_judge(const struct alert *alert);

#endif

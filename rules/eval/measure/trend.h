/* SPDX-License-Identifier: MIT
 *
 * Trend: the rise of a reading above the lowest, or its fall below the highest, within the preceding window. The
 * window moves in sixteenths (rules/eval/measure/sliding.h): a reading exactly as old as the window counts, one that
 * is a sixteenth older never does, and one in between may.
 *
 * Thread: any. Blocks: never. Pure.
 */
#ifndef VIGIL_RULES_EVAL_MEASURE_TREND_H
#define VIGIL_RULES_EVAL_MEASURE_TREND_H

#include "rules/eval/measure/sliding.h"
#include "rules/eval/rule/condition.h"

enum { TREND_STEPS = 16, TREND_PLACES = TREND_STEPS + 1 };

struct trend_state {
        struct sliding sliding;
        /* The lowest of each step (FALL: of the negated readings); NAN: none. */
        float extreme[TREND_PLACES];
        uint8_t reserved[4];
};

_Static_assert(sizeof(struct trend_state) == 88, "checkpoints hold it as it is");

/* Take in a reading. @measure: RULE_MEASURE_RISE or RULE_MEASURE_FALL. Return: the rise or fall to this reading, at
 * least 0; NAN if it is older than the whole window. Rounded to four decimals: as precise as the stored extremes, and
 * more than any sensor. */
double trend_measure(struct trend_state *trend, enum rule_measure measure, int64_t within_ms,
                     int64_t time_ms, double value);

/* Is @state usable? For states from a checkpoint. */
bool trend_is_sound(const void *state);

#endif

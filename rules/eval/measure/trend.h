/* SPDX-License-Identifier: MIT
 *
 * Trend: by how much a reading rose above the lowest, or fell below the highest, within a time before it.
 * The window moves in sixteenths (rules/eval/measure/sliding.h): a reading exactly that long ago counts, one a
 * sixteenth older never does, whatever lies between may.
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
        float extreme[TREND_PLACES]; /* the lowest (RISE) or highest (FALL) of a step; NAN: none */
        uint8_t reserved[4];
};

_Static_assert(sizeof(struct trend_state) == 88, "checkpoints hold it as it is");

/* Take the reading in. @measure: RULE_MEASURE_RISE or RULE_MEASURE_FALL.
 * Return: the rise or fall to it, at least 0; NAN when it is older than the whole window. To four
 * decimals: that is as good as the extremes are kept, and better than any sensor. */
double trend_measure(struct trend_state *trend, enum rule_measure measure, int64_t within_ms,
                     int64_t time_ms, double value);

bool trend_is_sound(const void *state);

#endif

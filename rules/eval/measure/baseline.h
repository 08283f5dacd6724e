/* SPDX-License-Identifier: MIT
 *
 * Baseline: exponential moving average of a vital of one elder over event time, with a time constant of days. While
 * it learns, it is the plain mean over the time so far.
 *
 * It applies once it has learned for half its time constant, from at least 20 readings. A reading counts for the time
 * since the one before, but for at most a sixteenth of the time constant, so that a gap teaches little. From 20
 * readings on, a reading beyond the rule's limits moves the baseline no more than one at the limit, so that a sensor
 * error is not learned.
 *
 * Thread: any. Blocks: never. Pure.
 */
#ifndef VIGIL_RULES_EVAL_MEASURE_BASELINE_H
#define VIGIL_RULES_EVAL_MEASURE_BASELINE_H

#include <stdbool.h>
#include <stdint.h>

enum { BASELINE_SAMPLES = 20 };

struct baseline_state {
        int64_t newest_ms;  /* event time of the newest reading */
        int64_t learned_ms; /* time learned so far, at most the time constant */
        double mean;
        uint8_t samples; /* number of readings; stops at 255 */
        uint8_t reserved[7];
};

_Static_assert(sizeof(struct baseline_state) == 32, "checkpoints hold it as it is");

/* Has enough been learned to compare readings with the mean? @within_ms: the time constant. */
bool baseline_is_learned(const struct baseline_state *baseline, int64_t within_ms);

/* Learn a reading. One that is not newer than the newest is ignored. @below, @above: limits of the deviation from the
 * mean; if one is infinite, the other applies to both sides. */
void baseline_follow(struct baseline_state *baseline, int64_t within_ms, double below, double above,
                     int64_t time_ms, double value);

/* Note the time of a reading that must not be learned: the next one does not count for the time before it. */
void baseline_skip(struct baseline_state *baseline, int64_t time_ms);

/* Is @state usable? For states from a checkpoint. */
bool baseline_is_sound(const void *state);

#endif

/* SPDX-License-Identifier: MIT
 *
 * Baseline: what is usual for this elder, as a slow mean of a vital over event time. Exponentially
 * weighted with a time constant of days; while it learns, the plain mean over the time so far.
 *
 * It says nothing before it has learned for half its time constant, in at least 20 readings. A reading
 * stands for the time since the one before, at most a sixteenth of the time constant: a gap teaches
 * nothing. From 20 readings on one that lies beyond the rule's limits moves it no more than one that lies on
 * them, so that a slip of a sensor is not learned.
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
        int64_t learned_ms; /* how much time the mean stands for */
        double mean;
        uint8_t samples; /* stays at 255 */
        uint8_t reserved[7];
};

_Static_assert(sizeof(struct baseline_state) == 32, "checkpoints hold it as it is");

/* Does the mean mean anything yet? @within_ms: the time constant. */
bool baseline_is_learned(const struct baseline_state *baseline, int64_t within_ms);

/* Follow a reading. Older than the newest: nothing. @below, @above: limits of the deviation, one may be
 * infinite; then the other holds on both sides. */
void baseline_follow(struct baseline_state *baseline, int64_t within_ms, double below, double above,
                     int64_t time_ms, double value);

/* A reading not to be learned from: its time passes all the same. */
void baseline_skip(struct baseline_state *baseline, int64_t time_ms);

bool baseline_is_sound(const void *state);

#endif

/* SPDX-License-Identifier: MIT */
#include "rules/eval/measure/baseline.h"

#include <math.h>

enum { GAP_PARTS = 16 };

bool baseline_is_learned(const struct baseline_state *baseline, int64_t within_ms) {
        return baseline->samples >= BASELINE_SAMPLES && baseline->learned_ms >= within_ms / 2;
}

/* The deviation that may be learned: clamped to the limits. A single limit applies to both sides. */
static double winsorised(double deviation, double below, double above) {
        double most = isfinite(above) ? above : -below;
        double least = isfinite(below) ? below : -above;

        /* Clamp only when the limits bracket the mean. */
        if (most <= 0 || least >= 0)
                return deviation;
        return deviation > most ? most : deviation < least ? least : deviation;
}

void baseline_follow(struct baseline_state *baseline, int64_t within_ms, double below, double above,
                     int64_t time_ms, double value) {
        int64_t since_ms = time_ms - baseline->newest_ms;
        double deviation = value - baseline->mean;

        if (baseline->samples == 0) {
                *baseline =
                        (struct baseline_state){.newest_ms = time_ms, .mean = value, .samples = 1};
                return;
        }
        if (since_ms <= 0)
                return;
        if (since_ms > within_ms / GAP_PARTS)
                since_ms = within_ms / GAP_PARTS;
        if (baseline->samples >= BASELINE_SAMPLES)
                deviation = winsorised(deviation, below, above);
        if (baseline->samples < UINT8_MAX)
                baseline->samples++;
        /* since / (learned + since) is the weight of a plain mean. Once learned_ms is capped at the time constant, it
         * is the weight of an exponential mean by the implicit Euler step, which cannot overshoot, however long the
         * step. */
        baseline->mean += deviation * (double)since_ms / (double)(baseline->learned_ms + since_ms);
        baseline->newest_ms = time_ms;
        baseline->learned_ms += since_ms;
        if (baseline->learned_ms > within_ms)
                baseline->learned_ms = within_ms;
}

void baseline_skip(struct baseline_state *baseline, int64_t time_ms) {
        if (time_ms > baseline->newest_ms)
                baseline->newest_ms = time_ms;
}

bool baseline_is_sound(const void *state) {
        const struct baseline_state *baseline = state;
        const int64_t far_ms = INT64_C(1) << 47;

        return isfinite(baseline->mean) && baseline->newest_ms >= 0 &&
               baseline->newest_ms < far_ms && baseline->learned_ms >= 0 &&
               baseline->learned_ms < far_ms;
}

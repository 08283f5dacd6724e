/* SPDX-License-Identifier: MIT */
#include "rules/eval/measure/trend.h"

#include <math.h>

/* A fall is computed as the rise of the negated readings. */
double trend_measure(struct trend_state *trend, enum rule_measure measure, int64_t within_ms,
                     int64_t time_ms, double value) {
        struct sliding *sliding = &trend->sliding;
        double sign = measure == RULE_MEASURE_FALL ? -1 : 1;
        float reading = (float)(sign * value);
        float lowest = reading;
        uint32_t back = sliding_move(sliding, within_ms, TREND_PLACES, time_ms);

        while (back-- > 0)
                trend->extreme[sliding_place(sliding, TREND_PLACES, back)] = NAN;
        back = sliding_back(sliding, TREND_PLACES, time_ms);
        if (back == TREND_PLACES)
                return NAN;

        float *own = &trend->extreme[sliding_place(sliding, TREND_PLACES, back)];

        *own = fminf(*own, reading);
        for (; back < TREND_PLACES; back++)
                lowest = fminf(lowest, trend->extreme[sliding_place(sliding, TREND_PLACES, back)]);
        return round(((double)reading - (double)lowest) * 1e4) / 1e4;
}

bool trend_is_sound(const void *state) {
        const struct trend_state *trend = state;

        return sliding_is_sound(&trend->sliding);
}

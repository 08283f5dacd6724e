/* SPDX-License-Identifier: MIT */
#include "common/base/steady_clock.h"

int64_t steady_clock_ms(struct steady_clock *clock, int64_t wall_ms, int64_t mono_ms) {
        if (!clock->begun)
                *clock = (struct steady_clock){
                        .begun = true, .steady_ms = wall_ms, .mono_ms = mono_ms};

        int64_t passed_ms = mono_ms > clock->mono_ms ? mono_ms - clock->mono_ms : 0;
        int64_t ahead_ms = clock->steady_ms + passed_ms - wall_ms;
        int64_t off_ms = ahead_ms < 0 ? -ahead_ms : ahead_ms;

        clock->slew_ms += passed_ms;

        int64_t nearer_ms = clock->slew_ms / STEADY_CLOCK_SLEW_MS;

        clock->slew_ms %= STEADY_CLOCK_SLEW_MS;
        if (nearer_ms > off_ms)
                nearer_ms = off_ms;
        if (ahead_ms > 0)
                nearer_ms = -nearer_ms;
        clock->mono_ms += passed_ms;
        clock->steady_ms += passed_ms + nearer_ms;
        clock->ahead_ms = clock->steady_ms - wall_ms;
        return clock->steady_ms;
}

/* SPDX-License-Identifier: MIT
 *
 * Steady clock: the time of day for deadlines. It starts at the wall clock and then follows the monotonic
 * clock. A step of the wall clock (NTP, an administrator, a virtual machine that resumes) does not move
 * it: no deadline fires late, early or twice.
 *
 * After such a step it is slewed towards the wall clock, by one millisecond in STEADY_CLOCK_SLEW_MS: a skew of a
 * minute takes 100 minutes, so a deadline of 60 s is at most 0.6 s off. It never runs backwards.
 *
 * Each loop that has deadlines owns one and reads it once per iteration; the result is the "now" of all its deadlines.
 *
 *      struct steady_clock clock = {0};
 *      …
 *      int64_t now_ms = steady_clock_ms(&clock, clock_wall_ms(), clock_mono_ms());
 *
 * Deadlines are stored and compared in steady time. Times that leave the process (in a record, a page, a stored
 * deadline) are in wall time: convert with steady_clock_to_wall_ms() when writing and with
 * steady_clock_from_wall_ms() when reading. Both return their argument while the clocks agree. If the wall clock
 * was set back, a stored past time lies in the future of the next process: its reader treats it as now.
 *
 * Thread: one owner. Blocks: never. Allocates: never. Pure.
 */
#ifndef VIGIL_COMMON_BASE_STEADY_CLOCK_H
#define VIGIL_COMMON_BASE_STEADY_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

enum { STEADY_CLOCK_SLEW_MS = 100 };

struct steady_clock {
        int64_t mono_ms;   /* monotonic clock at the last reading */
        int64_t steady_ms; /* the last reading */
        int64_t ahead_ms;  /* steady_ms minus the wall clock at the last reading */
        int64_t slew_ms;   /* elapsed time not yet used for slewing */
        bool begun;        /* false in a zeroed struct: starts at the first reading */
};

/* Read the clock. @wall_ms and @mono_ms are those of now. Return: the steady time, in ms since 1970 UTC. */
int64_t steady_clock_ms(struct steady_clock *clock, int64_t wall_ms, int64_t mono_ms);

/* Steady minus wall time at the last reading. > 0: the wall clock was set back; < 0: it was set forward. For a metric,
 * and for a warning if it is a second or more. */
static inline int64_t steady_clock_ahead_ms(const struct steady_clock *clock) {
        return clock->ahead_ms;
}

static inline int64_t steady_clock_to_wall_ms(const struct steady_clock *clock, int64_t steady_ms) {
        return steady_ms - clock->ahead_ms;
}

static inline int64_t steady_clock_from_wall_ms(const struct steady_clock *clock, int64_t wall_ms) {
        return wall_ms + clock->ahead_ms;
}

#endif

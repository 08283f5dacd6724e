/* SPDX-License-Identifier: MIT
 *
 * Steady clock: the time of day for deadlines. It begins at the wall clock and runs with the monotonic
 * one. A step of the wall clock (NTP, an administrator, a virtual machine that resumes) does not move
 * it: no deadline is delayed, none comes early, none comes twice.
 *
 * After a step it approaches the wall clock slowly, by one millisecond in STEADY_CLOCK_SLEW_MS: a minute in
 * 100 minutes, so that a deadline of 60 s is at most 0.6 s off. It never goes backwards.
 *
 * How to use it: one for each loop that has deadlines, read once a turn; the result is the "now" of
 * everything that is due.
 *
 *      struct steady_clock clock = {0};
 *      …
 *      int64_t now_ms = steady_clock_ms(&clock, clock_wall_ms(), clock_mono_ms());
 *
 * Deadlines are kept and compared in its time. What leaves the process (a record, a page, a deadline
 * that the next start reads) is in wall time: steady_clock_to_wall_ms() on the way out,
 * steady_clock_from_wall_ms() on the way in. Both change nothing while the clocks agree. A stored time
 * may still lie in the future of the next start, whose clock begins at the wall clock of then:
 * whoever reads it back treats it as now.
 *
 * Thread: one owner. Blocks: never. Allocates: never. Pure.
 */
#ifndef VIGIL_COMMON_BASE_STEADY_CLOCK_H
#define VIGIL_COMMON_BASE_STEADY_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

enum { STEADY_CLOCK_SLEW_MS = 100 };

struct steady_clock {
        int64_t mono_ms;   /* at the last reading */
        int64_t steady_ms; /* the last reading */
        int64_t ahead_ms;  /* of the wall clock, then */
        int64_t slew_ms;   /* passed and not yet used to approach it */
        bool begun;        /* zeroed: begins at the first reading */
};

/* Return: the time of day now. */
int64_t steady_clock_ms(struct steady_clock *clock, int64_t wall_ms, int64_t mono_ms);

/* As of the last reading. > 0: the wall clock has been set back by so much; < 0: forward. For a metric, and for a
 * warning when it is a second or more. */
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

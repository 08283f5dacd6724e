/* SPDX-License-Identifier: MIT */
#include "alerting/act/alerting.h"

#include "common/base/clock.h"
#include "common/base/log.h"

enum {
        STEP_MS = 1000,      /* a smaller difference is slewed, not a step of the wall clock */
        READ_CLOCKS_MS = 50, /* the two clocks must be read within this */
};

/* Read both clocks. If the process was paused between the two readings, the pause would look like a step: read
 * again. */
static int64_t read_clocks(int64_t *ret_wall_ms) {
        int64_t before_mono_ms, mono_ms = clock_mono_ms();

        do {
                before_mono_ms = mono_ms;
                *ret_wall_ms = clock_wall_ms();
                mono_ms = clock_mono_ms();
        } while (mono_ms - before_mono_ms > READ_CLOCKS_MS);
        return mono_ms;
}

/* Stored times are wall times, so that they are valid after a restart; so are those in memory. The steady clock slews
 * small differences away; after a step, all times are shifted. */
int64_t alerting_now_ms(struct alerting *alerting) {
        int64_t wall_ms, mono_ms = read_clocks(&wall_ms);
        int64_t now_ms = steady_clock_ms(&alerting->clock, wall_ms, mono_ms);
        int64_t ahead_ms = steady_clock_ahead_ms(&alerting->clock);

        if (ahead_ms > -STEP_MS && ahead_ms < STEP_MS)
                return now_ms;
        book_shift(alerting->book, -ahead_ms);
        alerting->clock = (struct steady_clock){0};
        log_event(LOG_WARN, "V0432", "the wall clock was set; deadlines are moved with it", "by_ms",
                  log_number((long long)-ahead_ms), NULL);
        return steady_clock_ms(&alerting->clock, wall_ms, mono_ms);
}

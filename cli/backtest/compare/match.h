/* SPDX-License-Identifier: MIT
 *
 * Match: which alert of the new rules is which of the old.
 *
 * Two alerts of the same rule for the same elder are the same when they have the same cause (the
 * event that began the episode), however far the new rules move it; else when they were raised within
 * the window of each other, each paired with the nearest. What is left was lost, or gained.
 *
 * Thread: one. Blocks: never.
 */
#ifndef VIGIL_CLI_BACKTEST_COMPARE_MATCH_H
#define VIGIL_CLI_BACKTEST_COMPARE_MATCH_H

#include <stdint.h>

#include "cli/backtest/engines/raised.h"

enum { MATCH_MOVED_AT_LEAST_MS = 1000 }; /* nobody at a desk notices less */

enum match_change_type {
        MATCH_GAINED,
        MATCH_LOST,
        MATCH_MOVED,
        MATCH_SEVERITY,
        MATCH_CHANGE_TYPES
};

struct match_change {
        enum match_change_type type;
        const struct raised *before; /* NULL: gained */
        const struct raised *after;  /* NULL: lost */
};

struct match_list {
        struct match_change *
                all; /* in order of time; a pair both moved and of another severity is here twice */
        uint32_t count, capacity;
        uint32_t kept; /* pairs, changed or not */
};

/* Sorts both lists by rule, person and time (raised_find() has no sense any more), and leaves out what does not
 * count. @ret points into them. Return: 0 or -ENOMEM. */
int match_make(struct raised_list *before, struct raised_list *after, int64_t window_ms,
               struct match_list *ret);

void match_fini(struct match_list *matches);

/* By how much it moved, > 0: later; 0 when it did not. */
int64_t match_change_moved_ms(const struct match_change *change);

/* When it happened: by the new rules, or by the old when it is lost. */
const struct raised *match_change_alert(const struct match_change *change);

#endif

/* SPDX-License-Identifier: MIT
 *
 * Match: decides which alert of the new rules corresponds to which of the old rules.
 *
 * Two alerts of the same rule and elder correspond when they have the same cause (the event that began the
 * episode), however far the new rules move them in time. Otherwise they correspond when they were raised within the
 * window of each other; each is paired with the nearest. Alerts without a counterpart are lost or gained.
 *
 * Thread: one. Blocks: never.
 */
#ifndef VIGIL_CLI_BACKTEST_COMPARE_MATCH_H
#define VIGIL_CLI_BACKTEST_COMPARE_MATCH_H

#include <stdint.h>

#include "cli/backtest/engines/raised.h"

enum { MATCH_MOVED_AT_LEAST_MS = 1000 }; /* a smaller move does not matter at a desk */

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
        /* In time order. A pair that moved and also changed its severity is listed twice. */
        struct match_change *all;
        uint32_t count, capacity;
        uint32_t kept; /* all pairs, changed or not */
};

/* Match two lists. Both are sorted by rule, person and time, and alerts that do not count are removed;
 * raised_find() must not be used on them afterwards. *ret points into them; free it with match_fini(). Return: 0 or
 * -ENOMEM. */
int match_make(struct raised_list *before, struct raised_list *after, int64_t window_ms,
               struct match_list *ret);

void match_fini(struct match_list *matches);

/* How far the alert moved, > 0: later; 0 for other changes. */
int64_t match_change_moved_ms(const struct match_change *change);

/* The alert by which a change is listed: that of the new rules, or of the old ones when it is lost. */
const struct raised *match_change_alert(const struct match_change *change);

#endif

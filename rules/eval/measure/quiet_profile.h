/* SPDX-License-Identifier: MIT
 *
 * The profile of one elder for one quiet rule: how long a silence is usual at each time of day, learned from
 * the silences there were. Why in this way, and what it does on recorded homes: docs/adr/0011-learned-quiet.md.
 *
 * The day has QUIET_PROFILE_BINS bins of three local hours. Of each the longest silence *as it stood* within the
 * bin is learned: who sleeps from 23:00 to 07:00 has been silent for eight hours in the bin from 06:00, and
 * it is that which a limit at 06:30 is held against. So a long sleep does not look like a silent morning.
 *
 * One day moves what is usual by a bounded step, and counts for no more than twice and no less than half of
 * it: neither a day in bed nor a party is a habit.
 *
 * Thread: the engine's owner. Blocks: never. Pure.
 */
#ifndef VIGIL_RULES_EVAL_MEASURE_QUIET_PROFILE_H
#define VIGIL_RULES_EVAL_MEASURE_QUIET_PROFILE_H

#include <stdbool.h>
#include <stdint.h>

#include "rules/eval/rule/day_slot.h"

enum { QUIET_PROFILE_BINS = 8 };

/* The longest silence usual at each time of day. */
struct quiet_profile {
        uint32_t bin;     /* the present one: local day x QUIET_PROFILE_BINS + its number */
        uint16_t longest; /* the longest silence in it so far */
        uint16_t learned; /* so many bins have been learned */
        uint16_t usual[QUIET_PROFILE_BINS];
};

/* A silence from @last_ms ended at @time_ms, as silences do at home. Return: whether another bin has begun, and
 * with it what is usual may be another. */
bool quiet_profile_learn(struct quiet_profile *profile, const struct rule_calendar *calendar,
                         int64_t learn_ms, int64_t last_ms, int64_t time_ms);

/* One that tells nothing of a habit has ended at @time_ms: away, raised, the first of all. The bins it touched
 * are not learned. */
void quiet_profile_skip(struct quiet_profile *profile, const struct rule_calendar *calendar,
                        int64_t time_ms);

/* The longest silence usual at @time_ms, and when that bin begins and ends. Return: milliseconds; 0 when not
 * half of @learn_ms has been learned. */
int64_t quiet_profile_usual_ms(const struct quiet_profile *profile,
                               const struct rule_calendar *calendar, int64_t learn_ms,
                               int64_t time_ms, struct day_slot *ret_bin);

#endif

/* SPDX-License-Identifier: MIT
 *
 * Learned profile of one elder for one quiet rule: the usual length of silence at each time of day, learned from past
 * silences. Rationale, and results on recorded homes: docs/adr/0011-learned-quiet.md.
 *
 * The day has QUIET_PROFILE_BINS bins of three local hours. For each bin, the longest silence *as it stood* within
 * the bin is learned: an elder who sleeps from 23:00 to 07:00 has been silent for eight hours in the bin from 06:00,
 * and a limit at 06:30 is compared with that. So a long sleep does not look like a silent morning.
 *
 * One day changes the usual value by a bounded step, and counts for at least half and at most twice that value, so
 * that one unusual day (in bed, or a party) is not learned as a habit.
 *
 * Thread: the engine's owner. Blocks: never. Pure.
 */
#ifndef VIGIL_RULES_EVAL_MEASURE_QUIET_PROFILE_H
#define VIGIL_RULES_EVAL_MEASURE_QUIET_PROFILE_H

#include <stdbool.h>
#include <stdint.h>

#include "rules/eval/rule/day_slot.h"

enum { QUIET_PROFILE_BINS = 8 };

/* The usual longest silence at each time of day. Silences are in units of 10 s. */
struct quiet_profile {
        uint32_t bin;     /* current bin: local day x QUIET_PROFILE_BINS + its number */
        uint16_t longest; /* longest silence in it so far; UINT16_MAX: not to be learned */
        uint16_t learned; /* number of bins learned */
        uint16_t usual[QUIET_PROFILE_BINS]; /* per bin; 0: not learned yet */
};

/* Learn a silence from @last_ms to @time_ms. The first one ever, and one of more than a day, are skipped. Return:
 * whether another bin has begun, so that the usual value may have changed. */
bool quiet_profile_learn(struct quiet_profile *profile, const struct rule_calendar *calendar,
                         int64_t learn_ms, int64_t last_ms, int64_t time_ms);

/* Discard a silence that ended at @time_ms and must not be learned (away, alert raised, first); its bins stay
 * unlearned. */
void quiet_profile_skip(struct quiet_profile *profile, const struct rule_calendar *calendar,
                        int64_t time_ms);

/* The usual longest silence at @time_ms; *ret_bin: its bin. Return: milliseconds; 0 if less than half of @learn_ms
 * has been learned, or nothing for this bin. */
int64_t quiet_profile_usual_ms(const struct quiet_profile *profile,
                               const struct rule_calendar *calendar, int64_t learn_ms,
                               int64_t time_ms, struct day_slot *ret_bin);

#endif

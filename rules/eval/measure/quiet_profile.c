/* SPDX-License-Identifier: MIT */
#include "rules/eval/measure/quiet_profile.h"

enum {
        UNIT_MS = 10 * 1000, /* unit of stored silences: 16 bits hold more than a week */
        BIN_MINUTES = DAY_SLOT_MINUTES_A_DAY / QUIET_PROFILE_BINS,
        DAY_MS = DAY_SLOT_MINUTES_A_DAY * 60 * 1000,
        UNKNOWN = UINT16_MAX, /* value of longest: the bin is not to be learned */
};

static uint32_t bin_at(const struct rule_calendar *calendar, int64_t time_ms) {
        struct zone_local local = rule_calendar_local(calendar, time_ms);

        return (uint32_t)(local.day * QUIET_PROFILE_BINS + local.minute_of_day / BIN_MINUTES);
}

static struct day_slot bin_slot(uint32_t bin) {
        int16_t from = (int16_t)(bin % QUIET_PROFILE_BINS * BIN_MINUTES);

        return (struct day_slot){.from_minute = from, .to_minute = (int16_t)(from + BIN_MINUTES)};
}

static int64_t within(int64_t value, int64_t least, int64_t most) {
        return value < least ? least : value > most ? most : value;
}

/* Learn the longest silence of the completed bin: a mean over the days of @learn_ms (at first over the days learned
 * so far), in which a day counts for at least half and at most twice the usual value. */
static void fold(struct quiet_profile *profile, int64_t learn_ms) {
        uint16_t *usual = &profile->usual[profile->bin % QUIET_PROFILE_BINS];
        int64_t days = profile->learned / QUIET_PROFILE_BINS + 1;
        int64_t longest = profile->longest;

        if (longest == UNKNOWN)
                return;
        days = within(days, 1, learn_ms / DAY_MS);
        if (*usual == 0)
                *usual = (uint16_t)(longest ? longest : 1);
        longest = within(longest, *usual / 2, (int64_t)*usual * 2);

        /* Round away from zero, or a small difference would never have an effect. */
        int64_t by = longest - *usual;

        by = (by + (by > 0 ? days - 1 : 1 - days)) / days;
        *usual = (uint16_t)within(*usual + by, 1, UNKNOWN - 1);
        if (profile->learned < UINT16_MAX)
                profile->learned++;
}

/* A silence of @silence_ms occurred in @bin. If that is a new bin, the one before is complete. */
static void note(struct quiet_profile *profile, uint32_t bin, int64_t learn_ms,
                 int64_t silence_ms) {
        int64_t silence = within(silence_ms / UNIT_MS, 0, UNKNOWN - 1);

        if (profile->bin != bin) {
                fold(profile, learn_ms);
                profile->bin = bin;
                profile->longest = 0;
        }
        if (profile->longest != UNKNOWN && silence > profile->longest)
                profile->longest = (uint16_t)silence;
}

void quiet_profile_skip(struct quiet_profile *profile, const struct rule_calendar *calendar,
                        int64_t time_ms) {
        profile->bin = bin_at(calendar, time_ms);
        profile->longest = UNKNOWN;
}

bool quiet_profile_learn(struct quiet_profile *profile, const struct rule_calendar *calendar,
                         int64_t learn_ms, int64_t last_ms, int64_t time_ms) {
        uint32_t former = profile->bin;
        uint32_t present = bin_at(calendar, time_ms);
        int64_t at_ms = last_ms;

        if (former == 0 || time_ms - last_ms > DAY_MS) {
                quiet_profile_skip(profile, calendar, time_ms);
                return true;
        }
        /* Usually a sign of life follows another one within the same bin. */
        for (uint32_t bin = former == present ? present : bin_at(calendar, last_ms); bin != present;
             bin = bin_at(calendar, at_ms)) {
                struct day_slot slot = bin_slot(bin);
                int64_t ends_ms = day_slot_ends_ms(&slot, calendar, at_ms);

                if (ends_ms > time_ms)
                        break; /* the clock was put back */
                note(profile, bin, learn_ms, ends_ms - last_ms);
                at_ms = ends_ms;
        }
        note(profile, present, learn_ms, time_ms - last_ms);
        return present != former;
}

int64_t quiet_profile_usual_ms(const struct quiet_profile *profile,
                               const struct rule_calendar *calendar, int64_t learn_ms,
                               int64_t time_ms, struct day_slot *ret_bin) {
        uint32_t bin = bin_at(calendar, time_ms);
        int64_t learned_ms = (int64_t)profile->learned * (DAY_MS / QUIET_PROFILE_BINS);

        *ret_bin = bin_slot(bin);
        return learned_ms < learn_ms / 2
                       ? 0
                       : (int64_t)profile->usual[bin % QUIET_PROFILE_BINS] * UNIT_MS;
}

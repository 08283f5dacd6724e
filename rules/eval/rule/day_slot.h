/* SPDX-License-Identifier: MIT
 *
 * Slots of the day in the elder's local time, and when they begin and end. A slot over midnight (22:00 to 06:00) is
 * one slot. On the two days of a year on which the clocks change, a slot is an hour shorter or longer, as it is for
 * the people in it. A slot that ends within the repeated hour applies again when that hour repeats. A slot that
 * begins in the skipped hour begins when the clocks are put forward.
 *
 * Times are UTC on the engine's clock (rule_calendar.ahead_ms), in milliseconds.
 *
 * Thread: any. Blocks: never. Pure.
 */
#ifndef VIGIL_RULES_EVAL_RULE_DAY_SLOT_H
#define VIGIL_RULES_EVAL_RULE_DAY_SLOT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base/zone.h"

enum { DAY_SLOT_MINUTES_A_DAY = 1440 };

enum day_slot_holidays {
        DAY_SLOT_ANY_DAY,         /* the weekday decides, holiday or not */
        DAY_SLOT_ONLY_HOLIDAYS,   /* on holidays only, whatever the weekday */
        DAY_SLOT_EXCEPT_HOLIDAYS, /* on the given weekdays, but never on a holiday */
};

/* A slot of the day in local time: from <= t < to; over midnight when to <= from; from == to is the whole day. In
 * minutes after local midnight, 0 to 1439 (to: up to 1440). A slot over midnight belongs to the day on which it
 * begins. */
struct day_slot {
        int16_t from_minute;
        int16_t to_minute;
        uint8_t days;           /* bit 0 Monday … bit 6 Sunday; 0: every day */
        uint8_t holidays;       /* enum day_slot_holidays */
        int64_t longer_than_ms; /* quiet: the limit; 0: none. Not used by other conditions */
};

static inline bool day_slot_is_sound(const struct day_slot *slot) {
        return slot->from_minute >= 0 && slot->from_minute < DAY_SLOT_MINUTES_A_DAY &&
               slot->to_minute >= 0 && slot->to_minute <= DAY_SLOT_MINUTES_A_DAY &&
               slot->days < 128 && slot->holidays <= DAY_SLOT_EXCEPT_HOLIDAYS &&
               slot->longer_than_ms >= 0;
}

/* How local dates and times are computed for one site. */
struct rule_calendar {
        const struct zone *zone; /* NULL: UTC */
        const int32_t *holidays; /* days since 1970-01-01 in local time, ascending */
        uint32_t holiday_count;
        const int64_t *ahead_ms; /* of the engine's clock, ahead of the wall clock; NULL: 0 */
};

static inline int64_t rule_calendar_ahead_ms(const struct rule_calendar *calendar) {
        return calendar->ahead_ms ? *calendar->ahead_ms : 0;
}

/* Local wall-clock time at @time_ms. */
static inline struct zone_local rule_calendar_local(const struct rule_calendar *calendar,
                                                    int64_t time_ms) {
        return zone_local(calendar->zone, time_ms - rule_calendar_ahead_ms(calendar));
}

/* The slot in force at @time_ms, or NULL. If several are, the first of them. */
const struct day_slot *day_slot_now(const struct day_slot *slots, uint8_t count,
                                    const struct rule_calendar *calendar, int64_t time_ms);

/* When the slot that is in force at @time_ms began, and when it ends (the first moment outside it). */
int64_t day_slot_begins_ms(const struct day_slot *slot, const struct rule_calendar *calendar,
                           int64_t time_ms);
int64_t day_slot_ends_ms(const struct day_slot *slot, const struct rule_calendar *calendar,
                         int64_t time_ms);

/* When the next of the slots begins, after @time_ms. @count: at least 1. Return: INT64_MAX if all slots are on
 * holidays only and no further holiday is known. */
int64_t day_slot_next_ms(const struct day_slot *slots, uint8_t count,
                         const struct rule_calendar *calendar, int64_t time_ms);

#endif

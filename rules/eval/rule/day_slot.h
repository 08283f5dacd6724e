/* SPDX-License-Identifier: MIT
 *
 * Times of day in the elder's local time, and where they begin and end in UTC. A slot over midnight
 * (22:00 to 06:00) is one slot. On the two days a year when the clock is changed a slot is an hour
 * shorter or longer, as it is for the people in it; one that ends within the hour that comes twice holds
 * again when that hour does. What begins in the hour left out begins when the clock is put forward.
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
        DAY_SLOT_ANY_DAY,       /* holiday or not: the days of the week decide */
        DAY_SLOT_ONLY_HOLIDAYS, /* on holidays, whatever the day of the week, and on no other day */
        DAY_SLOT_EXCEPT_HOLIDAYS, /* on the days of the week, but never on a holiday */
};

/* A time of day in the elder's local time, from <= t < to, over midnight when to <= from;
 * from == to: the whole day. Minutes after local midnight, 0 to 1439 (to may be 1440). A slot over
 * midnight belongs to the day it begins on. */
struct day_slot {
        int16_t from_minute;
        int16_t to_minute;
        uint8_t days;           /* bit 0 Monday … bit 6 Sunday; 0: every day */
        uint8_t holidays;       /* enum day_slot_holidays */
        int64_t longer_than_ms; /* QUIET: the limit; 0: never. Otherwise not read */
};

static inline bool day_slot_is_sound(const struct day_slot *slot) {
        return slot->from_minute >= 0 && slot->from_minute < DAY_SLOT_MINUTES_A_DAY &&
               slot->to_minute >= 0 && slot->to_minute <= DAY_SLOT_MINUTES_A_DAY &&
               slot->days < 128 && slot->holidays <= DAY_SLOT_EXCEPT_HOLIDAYS &&
               slot->longer_than_ms >= 0;
}

/* What a local date and time means at one site. */
struct rule_calendar {
        const struct zone *zone; /* NULL: UTC */
        const int32_t *holidays; /* days since 1970-01-01 in local time, ascending */
        uint32_t holiday_count;
        const int64_t *ahead_ms; /* of our clock, as against the wall clock; NULL: none */
};

static inline int64_t rule_calendar_ahead_ms(const struct rule_calendar *calendar) {
        return calendar->ahead_ms ? *calendar->ahead_ms : 0;
}

/* What the clock on the wall shows at @time_ms. */
static inline struct zone_local rule_calendar_local(const struct rule_calendar *calendar,
                                                    int64_t time_ms) {
        return zone_local(calendar->zone, time_ms - rule_calendar_ahead_ms(calendar));
}

/* The slot in force at @time_ms, or NULL. */
const struct day_slot *day_slot_now(const struct day_slot *slots, uint8_t count,
                                    const struct rule_calendar *calendar, int64_t time_ms);

/* When the slot that is in force at @time_ms began, and when it ends (the first moment outside). */
int64_t day_slot_begins_ms(const struct day_slot *slot, const struct rule_calendar *calendar,
                           int64_t time_ms);
int64_t day_slot_ends_ms(const struct day_slot *slot, const struct rule_calendar *calendar,
                         int64_t time_ms);

/* When the next of the slots begins, after @time_ms; INT64_MAX: on no holiday that is known. @count: at
 * least 1. */
int64_t day_slot_next_ms(const struct day_slot *slots, uint8_t count,
                         const struct rule_calendar *calendar, int64_t time_ms);

#endif

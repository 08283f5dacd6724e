/* SPDX-License-Identifier: MIT */
#include "rules/eval/rule/day_slot.h"

enum { MINUTE_MS = 60 * 1000, DAY_MS = DAY_SLOT_MINUTES_A_DAY * MINUTE_MS };

/* The index of the first holiday on or after @day; holiday_count: none. */
static uint32_t holiday_from(const struct rule_calendar *calendar, int64_t day) {
        uint32_t low = 0, high = calendar->holiday_count;

        while (low < high) {
                uint32_t middle = low + (high - low) / 2;

                if (calendar->holidays[middle] < day)
                        low = middle + 1;
                else
                        high = middle;
        }
        return low;
}

static bool is_holiday(const struct rule_calendar *calendar, int64_t day) {
        uint32_t at = holiday_from(calendar, day);

        return at < calendar->holiday_count && calendar->holidays[at] == day;
}

static bool is_of_weekday(const struct day_slot *slot, int64_t day) {
        return slot->days == 0 || slot->days >> zone_weekday(day) & 1;
}

/* Does the slot begin on @day? */
static bool is_of_day(const struct day_slot *slot, const struct rule_calendar *calendar,
                      int64_t day) {
        switch ((enum day_slot_holidays)slot->holidays) {
        case DAY_SLOT_ONLY_HOLIDAYS:
                return is_holiday(calendar, day);
        case DAY_SLOT_EXCEPT_HOLIDAYS:
                return is_of_weekday(slot, day) && !is_holiday(calendar, day);
        case DAY_SLOT_ANY_DAY:
                break;
        }
        return is_of_weekday(slot, day);
}

static bool is_over_midnight(const struct day_slot *slot) {
        return slot->to_minute <= slot->from_minute;
}

static bool slot_has(const struct day_slot *slot, const struct rule_calendar *calendar,
                     struct zone_local local) {
        int minute = local.minute_of_day;

        if (minute >= slot->from_minute && (minute < slot->to_minute || is_over_midnight(slot)))
                return is_of_day(slot, calendar, local.day);
        return minute < slot->to_minute && is_over_midnight(slot) &&
               is_of_day(slot, calendar, local.day - 1);
}

/* When the clocks are put forward past @local_ms, from offset @before_s to @after_s. Return: UTC. */
static int64_t change_ms(const struct zone *zone, int64_t local_ms, int32_t before_s,
                         int32_t after_s) {
        int64_t low_ms = local_ms - (int64_t)after_s * 1000; /* before the change */
        int64_t high_ms = local_ms - (int64_t)before_s * 1000;

        while (high_ms - low_ms > 1) {
                int64_t middle_ms = low_ms + (high_ms - low_ms) / 2;

                if (zone_offset_s(zone, middle_ms) == before_s)
                        low_ms = middle_ms;
                else
                        high_ms = middle_ms;
        }
        return high_ms;
}

/* When local clocks show @minute of @day, in UTC. If they show it twice: the first time, or the second one if the
 * first is before @from_ms. If they skip it: the moment at which they are put forward. */
static int64_t to_utc_ms(const struct zone *zone, int64_t day, int minute, int64_t from_ms) {
        int64_t local_ms = day * DAY_MS + (int64_t)minute * MINUTE_MS;
        int32_t before_s = zone_offset_s(zone, local_ms - DAY_MS);
        int32_t after_s = zone_offset_s(zone, local_ms + DAY_MS);
        int64_t first_ms = local_ms - (int64_t)before_s * 1000;
        int64_t second_ms = local_ms - (int64_t)after_s * 1000;

        if (before_s == after_s)
                return first_ms;

        bool is_first = zone_offset_s(zone, first_ms) == before_s;
        bool is_second = zone_offset_s(zone, second_ms) == after_s;

        if (is_first && !(is_second && first_ms < from_ms))
                return first_ms;
        return is_second ? second_ms : change_ms(zone, local_ms, before_s, after_s);
}

/* The same on the engine's clock, which may be ahead of the wall clock. */
static int64_t time_of(const struct rule_calendar *calendar, int64_t day, int minute,
                       int64_t from_ms) {
        int64_t ahead_ms = rule_calendar_ahead_ms(calendar);

        if (from_ms != INT64_MIN)
                from_ms -= ahead_ms;
        return to_utc_ms(calendar->zone, day, minute, from_ms) + ahead_ms;
}

const struct day_slot *day_slot_now(const struct day_slot *slots, uint8_t count,
                                    const struct rule_calendar *calendar, int64_t time_ms) {
        struct zone_local local = rule_calendar_local(calendar, time_ms);

        for (uint8_t i = 0; i < count; i++)
                if (slot_has(&slots[i], calendar, local))
                        return &slots[i];
        return NULL;
}

/* The local day on which the slot in force at @time_ms began. */
static int64_t begin_day(const struct day_slot *slot, struct zone_local local) {
        return local.minute_of_day >= slot->from_minute ? local.day : local.day - 1;
}

int64_t day_slot_begins_ms(const struct day_slot *slot, const struct rule_calendar *calendar,
                           int64_t time_ms) {
        struct zone_local local = rule_calendar_local(calendar, time_ms);

        return time_of(calendar, begin_day(slot, local), slot->from_minute, INT64_MIN);
}

int64_t day_slot_ends_ms(const struct day_slot *slot, const struct rule_calendar *calendar,
                         int64_t time_ms) {
        struct zone_local local = rule_calendar_local(calendar, time_ms);
        int64_t day = begin_day(slot, local) + is_over_midnight(slot);

        return time_of(calendar, day, slot->to_minute, time_ms + 1);
}

/* The first day from @day on which the slot begins. Return: INT64_MAX if no further holiday is known. */
static int64_t next_day(const struct day_slot *slot, const struct rule_calendar *calendar,
                        int64_t day) {
        if (slot->holidays == DAY_SLOT_ONLY_HOLIDAYS) {
                uint32_t at = holiday_from(calendar, day);

                return at < calendar->holiday_count ? calendar->holidays[at] : INT64_MAX;
        }
        while (!is_of_day(slot, calendar, day))
                day++;
        return day;
}

int64_t day_slot_next_ms(const struct day_slot *slots, uint8_t count,
                         const struct rule_calendar *calendar, int64_t time_ms) {
        int64_t today = rule_calendar_local(calendar, time_ms).day;
        int64_t next_ms = INT64_MAX;

        for (uint8_t i = 0; i < count; i++) {
                const struct day_slot *slot = &slots[i];
                int64_t day = next_day(slot, calendar, today);
                int64_t begins_ms = INT64_MAX;

                if (day != INT64_MAX)
                        begins_ms = time_of(calendar, day, slot->from_minute, time_ms + 1);
                if (begins_ms <= time_ms) {
                        day = next_day(slot, calendar, day + 1);
                        begins_ms = day == INT64_MAX ? INT64_MAX
                                                     : time_of(calendar, day, slot->from_minute,
                                                               time_ms + 1);
                }
                if (begins_ms < next_ms)
                        next_ms = begins_ms;
        }
        return next_ms;
}

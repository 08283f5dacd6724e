/* SPDX-License-Identifier: MIT */
#include "rules/eval/day_slot.h"

enum { MINUTE_MS = 60 * 1000, DAY_MS = MINUTES_A_DAY * MINUTE_MS };

static bool slot_has(const struct day_slot *slot, int minute) {
        if (slot->from_minute < slot->to_minute)
                return minute >= slot->from_minute && minute < slot->to_minute;
        return minute >= slot->from_minute || minute < slot->to_minute ||
               slot->from_minute == slot->to_minute;
}

/* The moment at which local clocks show @minute of @day. When the clock is changed in between, the
 * offset before the guess and the one at it differ; the latter counts. An hour that does not
 * exist is taken for the one after it. */
static int64_t to_utc_ms(const struct zone *zone, int64_t day, int minute, int64_t near_ms) {
        int64_t local_ms = day * DAY_MS + (int64_t)minute * MINUTE_MS;
        int64_t guess_ms = local_ms - (int64_t)zone_offset_s(zone, near_ms) * 1000;

        return local_ms - (int64_t)zone_offset_s(zone, guess_ms) * 1000;
}

const struct day_slot *day_slot_now(const struct day_slot *slots, uint8_t count,
                                    const struct calendar *calendar, int64_t time_ms) {
        int minute = zone_local(calendar->zone, time_ms).minute_of_day;

        for (uint8_t i = 0; i < count; i++)
                if (slot_has(&slots[i], minute))
                        return &slots[i];
        return NULL;
}

/* The local day on which the slot in force at @time_ms began. */
static int64_t begin_day(const struct day_slot *slot, struct zone_local local) {
        return local.minute_of_day >= slot->from_minute ? local.day : local.day - 1;
}

int64_t day_slot_begins_ms(const struct day_slot *slot, const struct calendar *calendar,
                           int64_t time_ms) {
        struct zone_local local = zone_local(calendar->zone, time_ms);

        return to_utc_ms(calendar->zone, begin_day(slot, local), slot->from_minute, time_ms);
}

int64_t day_slot_ends_ms(const struct day_slot *slot, const struct calendar *calendar,
                         int64_t time_ms) {
        struct zone_local local = zone_local(calendar->zone, time_ms);
        int64_t day = begin_day(slot, local) + (slot->to_minute <= slot->from_minute);
        int64_t ends_ms = to_utc_ms(calendar->zone, day, slot->to_minute, time_ms);

        /* In the hour that comes twice the clock may show the end already: it has not come. */
        return ends_ms > time_ms ? ends_ms : time_ms + MINUTE_MS;
}

int64_t day_slot_next_ms(const struct day_slot *slots, uint8_t count,
                         const struct calendar *calendar, int64_t time_ms) {
        const struct zone *zone = calendar->zone;
        struct zone_local local = zone_local(zone, time_ms);
        int64_t next_ms = INT64_MAX;

        for (uint8_t i = 0; i < count; i++) {
                int64_t begins_ms = to_utc_ms(zone, local.day, slots[i].from_minute, time_ms);

                if (begins_ms <= time_ms)
                        begins_ms = to_utc_ms(zone, local.day + 1, slots[i].from_minute, time_ms);
                if (begins_ms < next_ms)
                        next_ms = begins_ms;
        }
        return next_ms;
}

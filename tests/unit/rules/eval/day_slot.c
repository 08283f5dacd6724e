/* SPDX-License-Identifier: MIT
 *
 * Slots: their borders, days of the week, holidays, and the days of daylight saving changes.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "rules/eval/rule/day_slot.h"

#define MINUTE_MS INT64_C(60000)
#define HOUR_MS INT64_C(3600000)
#define DAY_MS INT64_C(86400000)

enum { MONDAY = 1, TUESDAY = 2, FRIDAY = 16, SATURDAY = 32, SUNDAY = 64 };

/* --- borders ------------------------------------------------------------------------------------------- */

static const struct day_slot by_day = {.from_minute = 6 * 60, .to_minute = 22 * 60};
static const struct day_slot by_night = {.from_minute = 22 * 60, .to_minute = 6 * 60};

static const struct rule_calendar utc = {.zone = NULL};

static void test_borders_belong_to_the_slot_that_begins(void **state) {
        struct day_slot slots[2] = {by_day, by_night};
        int64_t six_ms = 6 * 3600000;

        assert_ptr_equal(day_slot_now(slots, 2, &utc, six_ms - 1), &slots[1]);
        assert_ptr_equal(day_slot_now(slots, 2, &utc, six_ms), &slots[0]);
        assert_null(day_slot_now(slots, 1, &utc, six_ms - 1));
        assert_int_equal(day_slot_begins_ms(&by_day, &utc, six_ms), six_ms);
        assert_int_equal(day_slot_ends_ms(&by_day, &utc, six_ms), 22 * 3600000);
        assert_int_equal(day_slot_next_ms(slots, 1, &utc, six_ms - 1), six_ms);
        assert_int_equal(day_slot_next_ms(slots, 1, &utc, six_ms), six_ms + 86400000);
}

static void test_a_slot_over_midnight_is_one_slot(void **state) {
        int64_t midnight_ms = INT64_C(20000) * 86400000;

        for (int64_t hour = -2; hour < 6; hour++) {
                int64_t time_ms = midnight_ms + hour * 3600000;

                assert_int_equal(day_slot_begins_ms(&by_night, &utc, time_ms),
                                 midnight_ms - 2 * 3600000);
                assert_int_equal(day_slot_ends_ms(&by_night, &utc, time_ms),
                                 midnight_ms + 6 * 3600000);
        }
}

static void test_from_equal_to_is_the_whole_day(void **state) {
        struct day_slot slot = {.from_minute = 600, .to_minute = 600};

        for (int64_t minute = 0; minute < 1440; minute++)
                assert_non_null(day_slot_now(&slot, 1, &utc, minute * 60000));
        slot = (struct day_slot){.from_minute = 0, .to_minute = 1440};
        for (int64_t minute = 0; minute < 1440; minute++)
                assert_non_null(day_slot_now(&slot, 1, &utc, minute * 60000));
        assert_int_equal(day_slot_ends_ms(&slot, &utc, 5), 86400000);
}

/* --- days of the week, holidays -------------------------------------------------------------------- */

static struct rule_calendar calendar_of(struct zone **zone, const char *name) {
        assert_int_equal(zone_open(zone, name), 0);
        return (struct rule_calendar){.zone = *zone};
}

/* Return: UTC milliseconds of that hour of local time, @east hours ahead of UTC. */
static int64_t at(int64_t year, int month, int day, int64_t hour, int64_t east) {
        return zone_day(year, month, day) * DAY_MS + (hour - east) * HOUR_MS;
}

static void test_a_slot_holds_on_its_days_of_the_week(void **state) {
        struct day_slot weekend = {480, 1080, .days = SATURDAY | SUNDAY};
        struct zone *zone;
        struct rule_calendar calendar = calendar_of(&zone, "Asia/Shanghai");

        /* 2026-11-27 is a Friday. */
        assert_null(day_slot_now(&weekend, 1, &calendar, at(2026, 11, 27, 12, 8)));
        assert_non_null(day_slot_now(&weekend, 1, &calendar, at(2026, 11, 28, 12, 8)));
        assert_non_null(day_slot_now(&weekend, 1, &calendar, at(2026, 11, 29, 12, 8)));
        assert_null(day_slot_now(&weekend, 1, &calendar, at(2026, 11, 30, 12, 8)));
        /* The local day counts: in Shanghai, Saturday begins while it is Friday in UTC. */
        weekend = (struct day_slot){0, 1440, .days = SATURDAY};
        assert_null(day_slot_now(&weekend, 1, &calendar, at(2026, 11, 28, 0, 8) - 1));
        assert_non_null(day_slot_now(&weekend, 1, &calendar, at(2026, 11, 28, 0, 8)));
        assert_int_equal(day_slot_next_ms(&weekend, 1, &calendar, at(2026, 11, 28, 0, 8)),
                         at(2026, 12, 5, 0, 8));
        zone_close(zone);
}

static void test_a_night_belongs_to_the_day_it_begins_on(void **state) {
        const struct day_slot friday_night = {1320, 360, .days = FRIDAY};
        struct zone *zone;
        struct rule_calendar calendar = calendar_of(&zone, "Asia/Shanghai");
        int64_t begins_ms = at(2026, 11, 27, 22, 8), ends_ms = at(2026, 11, 28, 6, 8);

        assert_null(day_slot_now(&friday_night, 1, &calendar, at(2026, 11, 27, 5, 8)));
        assert_null(day_slot_now(&friday_night, 1, &calendar, begins_ms - 1));
        assert_non_null(day_slot_now(&friday_night, 1, &calendar, begins_ms));
        assert_non_null(day_slot_now(&friday_night, 1, &calendar, ends_ms - 1));
        assert_null(day_slot_now(&friday_night, 1, &calendar, ends_ms));
        assert_null(day_slot_now(&friday_night, 1, &calendar, at(2026, 11, 28, 23, 8)));
        for (int64_t ms = begins_ms; ms < ends_ms; ms += 7 * MINUTE_MS) {
                assert_int_equal(day_slot_begins_ms(&friday_night, &calendar, ms), begins_ms);
                assert_int_equal(day_slot_ends_ms(&friday_night, &calendar, ms), ends_ms);
        }
        zone_close(zone);
}

static void test_new_years_eve_goes_over_into_the_new_year(void **state) {
        struct zone *zone;
        struct rule_calendar calendar = calendar_of(&zone, "Asia/Shanghai");
        int64_t midnight_ms = at(2027, 1, 1, 0, 8);

        assert_int_equal(day_slot_begins_ms(&by_night, &calendar, midnight_ms),
                         at(2026, 12, 31, 22, 8));
        assert_int_equal(day_slot_ends_ms(&by_night, &calendar, midnight_ms - 1),
                         at(2027, 1, 1, 6, 8));
        zone_close(zone);
}

/* National Day 2026: 1 October (Thursday) to 7 October (Wednesday). */
static void test_the_national_day_week_is_no_working_week(void **state) {
        const struct day_slot working = {540, 1020, .days = 31,
                                         .holidays = DAY_SLOT_EXCEPT_HOLIDAYS};
        const struct day_slot off = {540, 1020, .holidays = DAY_SLOT_ONLY_HOLIDAYS};
        int32_t holidays[7];
        struct zone *zone;
        struct rule_calendar calendar = calendar_of(&zone, "Asia/Shanghai");

        for (int i = 0; i < 7; i++)
                holidays[i] = (int32_t)zone_day(2026, 10, 1 + i);
        calendar.holidays = holidays;
        calendar.holiday_count = 7;
        for (int day = 1; day <= 7; day++) {
                assert_null(day_slot_now(&working, 1, &calendar, at(2026, 10, day, 12, 8)));
                assert_non_null(day_slot_now(&off, 1, &calendar, at(2026, 10, day, 12, 8)));
        }
        assert_non_null(day_slot_now(&working, 1, &calendar, at(2026, 9, 30, 12, 8)));
        assert_null(day_slot_now(&off, 1, &calendar, at(2026, 9, 30, 12, 8)));
        assert_non_null(day_slot_now(&working, 1, &calendar, at(2026, 10, 8, 12, 8)));
        assert_null(day_slot_now(&off, 1, &calendar, at(2026, 10, 8, 12, 8)));
        assert_int_equal(day_slot_next_ms(&working, 1, &calendar, at(2026, 9, 30, 18, 8)),
                         at(2026, 10, 8, 9, 8));
        assert_int_equal(day_slot_next_ms(&off, 1, &calendar, at(2026, 9, 30, 18, 8)),
                         at(2026, 10, 1, 9, 8));
        assert_int_equal(day_slot_next_ms(&off, 1, &calendar, at(2026, 10, 7, 9, 8)), INT64_MAX);
        zone_close(zone);
}

static void test_the_night_after_the_last_holiday_ends_in_the_morning(void **state) {
        const struct day_slot eve = {1320, 360, .holidays = DAY_SLOT_ONLY_HOLIDAYS};
        const int32_t holiday = (int32_t)zone_day(2026, 10, 7);
        struct rule_calendar calendar = {.holidays = &holiday, .holiday_count = 1};

        assert_null(day_slot_now(&eve, 1, &calendar, at(2026, 10, 7, 3, 0)));
        assert_non_null(day_slot_now(&eve, 1, &calendar, at(2026, 10, 7, 22, 0)));
        assert_non_null(day_slot_now(&eve, 1, &calendar, at(2026, 10, 8, 3, 0)));
        assert_null(day_slot_now(&eve, 1, &calendar, at(2026, 10, 8, 22, 0)));
}

/* --- daylight saving changes ------------------------------------------------------------------------- */

/* London: on 29 March 2026 01:00 becomes 02:00, on 25 October 02:00 becomes 01:00. */
static void test_a_night_in_london_is_an_hour_shorter_and_an_hour_longer(void **state) {
        struct zone *zone;
        struct rule_calendar calendar = calendar_of(&zone, "Europe/London");

        assert_int_equal(day_slot_begins_ms(&by_night, &calendar, at(2026, 3, 29, 3, 1)),
                         at(2026, 3, 28, 22, 0));
        assert_int_equal(day_slot_ends_ms(&by_night, &calendar, at(2026, 3, 28, 23, 0)),
                         at(2026, 3, 29, 6, 1));
        assert_int_equal(day_slot_begins_ms(&by_night, &calendar, at(2026, 10, 25, 3, 0)),
                         at(2026, 10, 24, 22, 1));
        assert_int_equal(day_slot_ends_ms(&by_night, &calendar, at(2026, 10, 24, 23, 1)),
                         at(2026, 10, 25, 6, 0));
        zone_close(zone);
}

static void test_an_hour_left_out_ends_and_begins_where_the_clock_is_put_forward(void **state) {
        const struct day_slot before = {.to_minute = 90}, after = {90, 600, .days = 0},
                              within = {70, 100, .days = 0};
        struct zone *zone;
        struct rule_calendar calendar = calendar_of(&zone, "Europe/London");
        int64_t change_ms = at(2026, 3, 29, 1, 0);

        assert_int_equal(day_slot_ends_ms(&before, &calendar, change_ms - 1), change_ms);
        assert_int_equal(day_slot_begins_ms(&after, &calendar, change_ms), change_ms);
        assert_null(day_slot_now(&within, 1, &calendar, change_ms - 1));
        assert_null(day_slot_now(&within, 1, &calendar, change_ms));
        assert_int_equal(day_slot_next_ms(&within, 1, &calendar, change_ms),
                         at(2026, 3, 30, 1, 1) + 10 * MINUTE_MS);
        zone_close(zone);
}

static void test_an_hour_that_comes_twice_is_in_the_slot_both_times(void **state) {
        const struct day_slot slot = {60, 90, .days = 0};
        struct zone *zone;
        struct rule_calendar calendar = calendar_of(&zone, "Europe/London");
        int64_t first_ms = at(2026, 10, 25, 1, 1), second_ms = at(2026, 10, 25, 1, 0);

        assert_non_null(day_slot_now(&slot, 1, &calendar, first_ms));
        assert_int_equal(day_slot_ends_ms(&slot, &calendar, first_ms), first_ms + HOUR_MS / 2);
        assert_null(day_slot_now(&slot, 1, &calendar, first_ms + HOUR_MS / 2));
        assert_int_equal(day_slot_next_ms(&slot, 1, &calendar, first_ms + HOUR_MS / 2), second_ms);
        assert_non_null(day_slot_now(&slot, 1, &calendar, second_ms));
        assert_int_equal(day_slot_begins_ms(&slot, &calendar, second_ms), first_ms);
        assert_int_equal(day_slot_ends_ms(&slot, &calendar, second_ms), second_ms + HOUR_MS / 2);
        zone_close(zone);
}

/* Every minute around both changes of a year, with random slots and holidays: a slot is in force from its beginning to
 * its end, and no slot begins before day_slot_next_ms(). */
static uint64_t random_state = 88172645463325252u;

static uint32_t below(uint32_t limit) {
        random_state ^= random_state << 13;
        random_state ^= random_state >> 7;
        random_state ^= random_state << 17;
        return (uint32_t)((random_state >> 32) * limit >> 32);
}

static struct day_slot random_slot(void) {
        struct day_slot slot = {
                .from_minute = (int16_t)below(1440),
                .to_minute = (int16_t)below(1441),
                .days = (uint8_t)below(128),
                .holidays = (uint8_t)below(3),
        };

        if (below(2)) { /* with borders in the hours of the change */
                slot.from_minute = (int16_t)(30 * below(8));
                slot.to_minute = (int16_t)(30 * below(8));
        }
        return slot;
}

static void check_minutes(const struct day_slot *slot, const struct rule_calendar *calendar,
                          int64_t from_ms, int64_t to_ms) {
        int64_t next_ms = INT64_MIN;
        bool was = true;

        for (int64_t ms = from_ms; ms < to_ms; ms += MINUTE_MS) {
                bool is = day_slot_now(slot, 1, calendar, ms) != NULL;

                /* No slot began in between, but one may be in force again in the hour that occurs twice. */
                if (next_ms != INT64_MIN && ms < next_ms && is)
                        assert_true(was || day_slot_begins_ms(slot, calendar, ms) < ms - MINUTE_MS);
                if (is) {
                        int64_t ends_ms = day_slot_ends_ms(slot, calendar, ms);

                        assert_true(day_slot_begins_ms(slot, calendar, ms) <= ms);
                        assert_true(ends_ms > ms && ends_ms <= ms + 25 * HOUR_MS);
                        assert_non_null(day_slot_now(slot, 1, calendar, ends_ms - 1));
                        if (slot->from_minute != slot->to_minute % DAY_SLOT_MINUTES_A_DAY)
                                assert_null(day_slot_now(slot, 1, calendar, ends_ms));
                }
                if (ms >= next_ms) {
                        next_ms = day_slot_next_ms(slot, 1, calendar, ms);
                        assert_true(next_ms > ms);
                }
                was = is;
        }
}

static void test_slots_are_what_a_clock_on_the_wall_says_minute_by_minute(void **state) {
        static const char *const names[] = {"Europe/London", "Australia/Lord_Howe", "Asia/Shanghai",
                                            "America/St_Johns"};
        const int64_t days[] = {zone_day(2026, 3, 27), zone_day(2026, 10, 23), zone_day(2026, 4, 3),
                                zone_day(2026, 10, 2)};

        for (size_t z = 0; z < 4; z++) {
                struct zone *zone;
                struct rule_calendar calendar = calendar_of(&zone, names[z]);

                for (size_t round = 0; round < 120; round++) {
                        int64_t day = days[round % 4];
                        struct day_slot slot = random_slot();
                        int32_t holidays[3];

                        for (int i = 0; i < 3; i++)
                                holidays[i] = (int32_t)(day + 2 * i + (int)below(2));
                        calendar.holidays = holidays;
                        calendar.holiday_count = 3;
                        check_minutes(&slot, &calendar, day * DAY_MS, (day + 4) * DAY_MS);
                }
                zone_close(zone);
        }
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_borders_belong_to_the_slot_that_begins),
                cmocka_unit_test(test_a_slot_over_midnight_is_one_slot),
                cmocka_unit_test(test_from_equal_to_is_the_whole_day),
                cmocka_unit_test(test_a_slot_holds_on_its_days_of_the_week),
                cmocka_unit_test(test_a_night_belongs_to_the_day_it_begins_on),
                cmocka_unit_test(test_new_years_eve_goes_over_into_the_new_year),
                cmocka_unit_test(test_the_national_day_week_is_no_working_week),
                cmocka_unit_test(test_the_night_after_the_last_holiday_ends_in_the_morning),
                cmocka_unit_test(test_a_night_in_london_is_an_hour_shorter_and_an_hour_longer),
                cmocka_unit_test(
                        test_an_hour_left_out_ends_and_begins_where_the_clock_is_put_forward),
                cmocka_unit_test(test_an_hour_that_comes_twice_is_in_the_slot_both_times),
                cmocka_unit_test(test_slots_are_what_a_clock_on_the_wall_says_minute_by_minute),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}

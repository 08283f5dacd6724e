/* SPDX-License-Identifier: MIT
 *
 * A life-safety deadline fires on time whatever else is due: 80,000 elders become overdue at one moment, and the engine
 * gets one tick every 100 ms, as it does under load.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/rules/town.h"

enum {
        ELDERS = 80000,   /* their deadlines take half a minute of ticks */
        RESTORED = 20000, /* one second: no alerts come of these */
        TICK_MS = 100,
        LIMIT_MS = 10 * MINUTE,
        HOLD_MS = 20 * SECOND,
        ON_TIME_MS = TICK_MS + 20, /* one tick and one step of the wheel */
        TICK_VERDICTS = 256,
};

static struct elder_profile elder_of(uint32_t number) {
        char id[16];

        snprintf(id, sizeof(id), "E%u", number);
        return town_profile(id, 1);
}

static void say(struct town *town, uint32_t number, unsigned int kind) {
        struct elder_profile elder = elder_of(number);

        town_say(town, elder.elder_id, kind, 1);
}

static void pass(struct town *town, int64_t ms) {
        for (int64_t i = 0; i < ms; i += TICK_MS) {
                town->now_ms += TICK_MS;
                engine_tick(town->engine, town->now_ms);
        }
}

static void add_rules(struct town *town) {
        struct rule fall = rule_happening("fall", KIND_FALL, ALERT_LIFE_SAFETY);
        struct rule quiet = rule_quiet("quiet", KIND_MOTION, LIMIT_MS);

        fall.condition.happening.hold_ms = HOLD_MS;
        rule_kinds_add(&fall.condition.happening.cancel_kinds, KIND_BUTTON_CANCEL);
        town_add(town, &fall);
        town_add(town, &quiet);
}

/* Every elder moves now, and none after that. */
static void town_quiet_since_now(struct town *town) {
        town_init(town);
        add_rules(town);
        town_start(town);
        for (uint32_t i = 0; i < ELDERS; i++) {
                struct elder_profile elder = elder_of(i);

                town_put(town, &elder);
        }
        pass(town, 2 * MINUTE); /* settled */
        for (uint32_t i = 0; i < ELDERS; i++)
                say(town, i, KIND_MOTION);
}

/* The last @count falls must have been raised. Return: the greatest delay after their deadlines. */
static int64_t lateness_of_falls(const struct town *town, uint32_t count) {
        int64_t late_ms = 0;

        for (uint32_t i = 0; i < town->told_count; i++) {
                const struct told *told = &town->told[i];

                if (strcmp(told->rule, "fall") != 0)
                        continue;
                count--;
                if (told->now_ms - told->event_time_ms - HOLD_MS > late_ms)
                        late_ms = told->now_ms - told->event_time_ms - HOLD_MS;
        }
        assert_int_equal(count, 0);
        return late_ms;
}

static void test_a_hold_is_over_on_time_though_everybody_is_overdue(void **state) {
        struct town town;

        town_quiet_since_now(&town);
        pass(&town, LIMIT_MS - 19 * SECOND);
        say(&town, ELDERS - 1, KIND_FALL); /* the elder whose deadline would be handled last */
        pass(&town, 21 * SECOND);
        assert_in_range(town.told_count, TICK_VERDICTS, ELDERS - 1); /* the others still wait */
        assert_in_range(lateness_of_falls(&town, 1), 0, ON_TIME_MS);
        town_fini(&town);
}

static void test_who_falls_while_waiting_to_be_called_overdue_is_raised_on_time(void **state) {
        struct town town;

        town_quiet_since_now(&town);
        pass(&town, LIMIT_MS + SECOND);
        for (uint32_t i = ELDERS - 20; i < ELDERS; i++)
                say(&town, i, KIND_FALL);
        pass(&town, HOLD_MS + SECOND);
        assert_in_range(lateness_of_falls(&town, 20), 0, ON_TIME_MS);
        pass(&town, MINUTE);
        assert_told(&town, ELDERS + 20); /* in the end, an alert for every overdue elder */
        town_fini(&town);
}

static void test_who_falls_is_called_overdue_no_later_for_it(void **state) {
        struct elder_profile elder = elder_of(0);
        struct town town;

        town_init(&town);
        add_rules(&town);
        town_start(&town);
        town_put(&town, &elder);
        pass(&town, 2 * MINUTE);
        say(&town, 0, KIND_MOTION);
        pass(&town, LIMIT_MS - 5 * SECOND);
        say(&town, 0, KIND_FALL);
        pass(&town, 5 * SECOND + 2 * TICK_MS);
        assert_told(&town, 1);
        assert_string_equal(town_last(&town)->rule, "quiet");
        pass(&town, HOLD_MS);
        assert_int_equal(lateness_of_falls(&town, 1) <= ON_TIME_MS, true);
        town_fini(&town);
}

static void
test_a_hold_brought_back_at_a_start_is_over_before_all_others_are_looked_at(void **state) {
        static struct elder_profile elders[RESTORED];
        struct town town;

        town_init(&town);
        add_rules(&town);
        town_start(&town);
        for (uint32_t i = 0; i < RESTORED; i++) {
                elders[i] = elder_of(i);
                if (i == RESTORED - 1)
                        town_put(&town, &elders[i]);
        }
        say(&town, RESTORED - 1, KIND_FALL);
        town_restart(&town, elders, RESTORED, HOLD_MS - TICK_MS);
        pass(&town, 2 * TICK_MS);
        assert_in_range(lateness_of_falls(&town, 1), 0, ON_TIME_MS);
        town_fini(&town);
}

static void test_a_town_that_falls_at_once_holds_up_no_event_and_goes_first(void **state) {
        struct town town;

        town_quiet_since_now(&town);
        pass(&town, LIMIT_MS - 10 * SECOND);
        for (uint32_t i = 0; i < 2000; i++)
                say(&town, i, KIND_FALL);
        pass(&town, HOLD_MS - TICK_MS);
        for (int i = 0; i < 10; i++) {
                uint32_t before = town.told_count;

                pass(&town, TICK_MS);
                assert_in_range(town.told_count - before, 1, 2 * TICK_VERDICTS);
        }
        assert_in_range(lateness_of_falls(&town, 2000), 0, 10 * TICK_MS);
        town_fini(&town);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_a_hold_is_over_on_time_though_everybody_is_overdue),
                cmocka_unit_test(
                        test_who_falls_while_waiting_to_be_called_overdue_is_raised_on_time),
                cmocka_unit_test(test_who_falls_is_called_overdue_no_later_for_it),
                cmocka_unit_test(
                        test_a_hold_brought_back_at_a_start_is_over_before_all_others_are_looked_at),
                cmocka_unit_test(test_a_town_that_falls_at_once_holds_up_no_event_and_goes_first),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}

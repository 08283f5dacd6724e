/* SPDX-License-Identifier: MIT
 *
 * When the MQTT broker counts as lost although the connection was not closed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "ingest/mqtt/pulse.h"

enum { READY_WITHIN_MS = 10 * 1000, LOOK_EVERY_MS = 250 };

static void test_a_silent_broker_is_lost_in_time_for_ready(void **state) {
        struct pulse pulse;
        int64_t now = 1000;

        pulse_begin(&pulse, false, now);
        while (!pulse_is_lost(&pulse, now)) {
                if (pulse_is_due(&pulse, now))
                        pulse_ask(&pulse, now);
                now += LOOK_EVERY_MS;
        }
        assert_in_range(now - 1000, PULSE_LOST_MS, READY_WITHIN_MS - 2000);
}

static void test_a_broker_that_answers_lives(void **state) {
        struct pulse pulse;

        pulse_begin(&pulse, false, 0);
        for (int64_t now = 0; now < 60 * 1000; now += LOOK_EVERY_MS) {
                assert_false(pulse_is_lost(&pulse, now));
                if (pulse_is_due(&pulse, now))
                        pulse_ask(&pulse, now);
                else if (now % 1000 == 0)
                        pulse_hear(&pulse, now);
        }
}

static void test_a_connection_that_is_never_answered_is_lost(void **state) {
        struct pulse pulse;

        pulse_begin(&pulse, true, 0);
        assert_false(pulse_is_lost(&pulse, PULSE_LOST_MS));
        assert_true(pulse_is_lost(&pulse, PULSE_LOST_MS + 1));
}

static void test_while_nobody_read_the_broker_owed_nothing(void **state) {
        struct pulse pulse;

        pulse_begin(&pulse, false, 0);
        pulse_ask(&pulse, 2000);
        /* A group was held for an hour, so the answer of the broker may wait unread in the socket. */
        pulse_begin(&pulse, false, 3600 * 1000);
        assert_false(pulse_is_lost(&pulse, 3600 * 1000 + 1));
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_a_silent_broker_is_lost_in_time_for_ready),
                cmocka_unit_test(test_a_broker_that_answers_lives),
                cmocka_unit_test(test_a_connection_that_is_never_answered_is_lost),
                cmocka_unit_test(test_while_nobody_read_the_broker_owed_nothing),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}

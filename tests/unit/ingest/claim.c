/* SPDX-License-Identifier: MIT
 *
 * Whose session it is, when the broker says a name. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "ingest/mqtt/claim.h"

/* What the broker keeps under @topic; return whether it ends our session. */
static bool lost_to(struct claim *claim, char *topic, char *name) {
        struct mosquitto_message message = {
                .topic = topic, .payload = name, .payloadlen = (int)strlen(name)};
        bool lost = false;

        assert_true(claim_read(claim, &message, &lost));
        return lost;
}

static struct claim held_claim(void) {
        struct claim claim;

        assert_int_equal(claim_init(&claim, "ingest-alarm-0"), 0);
        assert_false(lost_to(&claim, claim.topic, claim.name));
        assert_true(claim.held);
        return claim;
}

static void test_a_newer_process_has_the_session(void **state) {
        struct claim claim = held_claim();

        assert_true(lost_to(&claim, claim.topic, (char[]){"ffffffffffffffff"}));
}

static void test_nobody_steps_down_for_a_name_from_before_the_broker_died(void **state) {
        struct claim claim = held_claim();

        assert_false(lost_to(&claim, claim.topic, (char[]){"0000000000000001"}));
        assert_false(claim.held); /* so that ours is written again at the next connection */
}

static void test_before_our_own_name_came_back_no_other_is_news(void **state) {
        struct claim claim;

        assert_int_equal(claim_init(&claim, "ingest-alarm-0"), 0);
        assert_false(lost_to(&claim, claim.topic, (char[]){"ffffffffffffffff"}));
}

static void test_an_empty_or_foreign_name_changes_nothing(void **state) {
        struct claim claim = held_claim();

        assert_false(lost_to(&claim, claim.topic, (char[]){""}));
        assert_false(lost_to(&claim, claim.topic, (char[]){"somebody"}));
        assert_true(claim.held);
}

static void test_a_later_start_has_the_greater_name(void **state) {
        struct claim claim = held_claim();

        int64_t begun_ms = (int64_t)(strtoull(claim.name, NULL, 16) >> 20);

        assert_in_range(begun_ms, INT64_C(1767225600000),
                        INT64_C(4102444800000)); /* 2026 to 2100 */
}

static void test_what_a_sensor_says_is_no_claim(void **state) {
        struct claim claim = held_claim();
        struct mosquitto_message message = {
                .topic = (char[]){"vigil/v1/grid-1/sos-1/sos"}, .payload = "1", .payloadlen = 1};
        bool lost = false;

        assert_false(claim_read(&claim, &message, &lost));
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_a_newer_process_has_the_session),
                cmocka_unit_test(test_nobody_steps_down_for_a_name_from_before_the_broker_died),
                cmocka_unit_test(test_before_our_own_name_came_back_no_other_is_news),
                cmocka_unit_test(test_an_empty_or_foreign_name_changes_nothing),
                cmocka_unit_test(test_a_later_start_has_the_greater_name),
                cmocka_unit_test(test_what_a_sensor_says_is_no_claim),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}

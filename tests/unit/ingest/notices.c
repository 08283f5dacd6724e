/* SPDX-License-Identifier: MIT
 *
 * Notices to the desk about alarms that Kafka has not accepted: which are sent, and how often. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "ingest/desk/notices.h"

enum { MINUTE_MS = 60 * 1000 };

static int add(struct notices *notices, const char *id, int64_t now) {
        struct notice notice = {.kind = "sos"};

        snprintf(notice.id, sizeof(notice.id), "%s", id);
        return notices_add(notices, &notice, now);
}

/* Poll every 200 ms for @for_ms. Return: how many notices with this @settled were sent. */
static int said(struct notices *notices, int64_t from, int64_t for_ms, bool settled) {
        const struct notice *next;
        int count = 0;

        for (int64_t now = from; now < from + for_ms; now += 200)
                while ((next = notices_next(notices, now)))
                        count += next->settled == settled;
        return count;
}

static struct notices *table(void) {
        return calloc(1, sizeof(struct notices));
}

static void test_it_is_repeated_until_a_desk_has_it(void **state) {
        struct notices *notices = table();

        assert_int_equal(add(notices, "a:1:1", 1000), 0);
        assert_int_equal(said(notices, 1000, MINUTE_MS, false), MINUTE_MS / NOTICE_REPEAT_MS);
        assert_true(notices_told(notices, "a:1:1"));
        assert_false(notices_told(
                notices, "a:1:1")); /* confirmed again, by a second desk or alerting process */
        assert_int_equal(notices->open, 0);
        assert_int_equal(said(notices, 1000 + MINUTE_MS, MINUTE_MS, false), 0);
        free(notices);
}

static void test_the_same_message_again_is_the_same_notice(void **state) {
        struct notices *notices = table();

        assert_int_equal(add(notices, "a:1:1", 1000), 0);
        assert_int_equal(add(notices, "a:1:1", 2000), NOTICES_KNOWN);
        (void)notices_told(notices, "a:1:1");
        assert_int_equal(add(notices, "a:1:1", 90 * 1000), NOTICES_KNOWN);
        assert_int_equal(said(notices, 90 * 1000, MINUTE_MS, false), 0);
        free(notices);
}

static void test_when_kafka_has_it_the_desk_hears_of_that_and_it_ends(void **state) {
        struct notices *notices = table();

        (void)add(notices, "a:1:1", 1000);
        (void)notices_told(notices, "a:1:1");
        notices_settle(notices, "a:1:1", 5000);
        assert_int_equal(said(notices, 5000, MINUTE_MS, true), NOTICE_SETTLED_TIMES);
        assert_int_equal(add(notices, "a:1:1", 10 * MINUTE_MS), 0); /* forgotten by now */
        free(notices);
}

static void test_a_press_after_the_settled_one_is_told_anew(void **state) {
        struct notices *notices = table();

        (void)add(notices, "leak:water_leak", 1000);
        notices_settle(notices, "leak:water_leak", 2000);
        assert_int_equal(add(notices, "leak:water_leak", 3000), 0);
        assert_int_equal(notices->open, 1);
        assert_true(said(notices, 3000, MINUTE_MS, false) > 0);
        free(notices);
}

static void test_a_cry_takes_the_place_of_a_door(void **state) {
        struct notices *notices = table();
        struct notice door = {.kind = "door_open"}, cry = {.kind = "sos", .cry = true};

        for (int i = 0; i < NOTICES_MAX; i++) {
                snprintf(door.id, sizeof(door.id), "door:1:%d", i);
                assert_int_equal(notices_add(notices, &door, 1000), 0);
        }
        snprintf(door.id, sizeof(door.id), "door:2:1");
        assert_int_equal(notices_add(notices, &door, 1000), NOTICES_FULL);
        assert_true(notices_told(notices, "door:1:0"));
        snprintf(cry.id, sizeof(cry.id), "sos:1:1");
        assert_int_equal(notices_add(notices, &cry, 1000), 0); /* replaces a confirmed one */
        snprintf(cry.id, sizeof(cry.id), "sos:1:2");
        assert_int_equal(notices_add(notices, &cry, 1000), NOTICES_REPLACED);
        assert_int_equal(notices->open, NOTICES_MAX);
        assert_true(notices_told(notices, "sos:1:1"));
        assert_true(notices_told(notices, "sos:1:2"));
        assert_false(notices_told(notices, "door:1:1"));
        free(notices);
}

static void test_an_event_says_whether_it_is_a_cry(void **state) {
        const struct event sos = {.kind = KIND_SOS}, door = {.kind = KIND_DOOR_OPEN};
        struct notice notice;

        notice_of_event(&notice, &sos, "");
        assert_true(notice.cry);
        notice_of_event(&notice, &door, "");
        assert_false(notice.cry);
}

static void test_the_table_is_bounded_and_says_so(void **state) {
        struct notices *notices = table();
        char id[NOTICE_ID_BYTES];

        for (int i = 0; i < NOTICES_MAX; i++) {
                snprintf(id, sizeof(id), "d:1:%d", i);
                assert_int_equal(add(notices, id, 1000), 0);
        }
        assert_int_equal(add(notices, "one-more", 1000), NOTICES_FULL);
        /* A notice is not repeated for ever. */
        (void)said(notices, 1000 + NOTICE_KEPT_MS + 1, 200, false);
        assert_int_equal(notices->open, 0);
        assert_int_equal(add(notices, "one-more", 1001 + NOTICE_KEPT_MS), 0);
        free(notices);
}

static void test_an_event_without_time_and_count_is_known_by_device_and_kind(void **state) {
        struct event event = {.kind = KIND_SOS, .boot_id = 3, .sequence = 42};
        struct notice notice;

        assert_int_equal(event_set_ids(&event, "E1", "sos-1"), 0);
        notice_of_event(&notice, &event, "g");
        assert_string_equal(notice.id, "sos-1:3:42");
        event.flags =
                EVENT_TIME_MISSING; /* its sequence makes the id the same when the message comes again */
        notice_of_event(&notice, &event, "g");
        assert_string_equal(notice.id, "sos-1:3:42");
        event.flags |= EVENT_SEQUENCE_DERIVED;
        notice_of_event(&notice, &event, "g");
        assert_string_equal(notice.id, "sos-1:sos");
        assert_string_equal(notice.device_id, "sos-1");
        assert_string_equal(notice.elder_id, "E1");
}

static void test_an_alarm_that_is_no_event_is_told_too(void **state) {
        struct alarm alarm = {
                .reason = ALARM_UNREGISTERED, .device = "ghost-7", .district = "grid-1"};
        struct notice notice;

        notice_of_alarm(&notice, &alarm, 5);
        assert_string_equal(notice.id, "ghost-7:unregistered_device");
        assert_string_equal(notice.district, "grid-1");
        assert_non_null(notice.kind);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_it_is_repeated_until_a_desk_has_it),
                cmocka_unit_test(test_the_same_message_again_is_the_same_notice),
                cmocka_unit_test(test_when_kafka_has_it_the_desk_hears_of_that_and_it_ends),
                cmocka_unit_test(test_a_press_after_the_settled_one_is_told_anew),
                cmocka_unit_test(test_a_cry_takes_the_place_of_a_door),
                cmocka_unit_test(test_an_event_says_whether_it_is_a_cry),
                cmocka_unit_test(test_the_table_is_bounded_and_says_so),
                cmocka_unit_test(test_an_event_without_time_and_count_is_known_by_device_and_kind),
                cmocka_unit_test(test_an_alarm_that_is_no_event_is_told_too),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}

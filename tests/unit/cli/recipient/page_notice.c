/* SPDX-License-Identifier: MIT
 *
 * Notices in the pager of a desk: each is shown once, and confirmed every time that it is received. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "cli/recipient/page_notice.h"

#include "tests/unit/common/chinese.h"

static const struct page_notice *take(struct page_notices *notices, const char *type, int n,
                                      int64_t received_ms, const struct page_notice **ret_known) {
        char body[512];

        snprintf(body, sizeof(body),
                 "{\"notice_id\":\"sos-\\\"%d\",\"kind\":\"sos\",\"device\":\"sos-1\",\"district\":"
                 "\"g\",\"received_time_ms\":%lld,\"elder\":{\"id\":\"E1\",\"name\":\"王\"}}",
                 n, (long long)received_ms);
        return page_notice_take(notices, type, strlen(type), body, strlen(body), ret_known);
}

static void test_each_is_shown_once_and_confirmed_every_time(void **state) {
        struct page_notices *notices = calloc(1, sizeof(*notices));
        const struct page_notice *known, *latest;
        char *json;

        assert_non_null(take(notices, "notice", 1, 1000, &known));
        assert_null(take(notices, "notice", 1, 1000, &known)); /* also from another process */
        assert_non_null(known);
        json = page_notice_confirm(known);
        assert_string_equal(json, "{\"notice_id\":\"sos-\\\"1\"}");
        free(json);
        assert_int_equal(page_notice_open(notices, &latest, 1), 1);
        assert_string_equal(latest->elder_name, "王");
        free(notices);
}

static void test_a_settled_one_is_no_longer_open(void **state) {
        struct page_notices *notices = calloc(1, sizeof(*notices));
        const struct page_notice *known, *latest;

        (void)take(notices, "notice", 1, 1000, &known);
        (void)take(notices, "notice", 2, 1000, &known);
        assert_non_null(take(notices, "settled", 1, 1000, &known));
        assert_null(take(notices, "settled", 1, 1000, &known));
        assert_int_equal(page_notice_open(notices, &latest, 1), 1);
        assert_non_null(take(notices, "notice", 1, 9000, &known)); /* another press of the device */
        assert_int_equal(page_notice_open(notices, &latest, 1), 2);
        assert_null(take(notices, "settled", 7, 1000, &known)); /* of an unknown notice */
        assert_null(known);
        free(notices);
}

static const struct page_notice *take_kind(struct page_notices *notices, const char *kind, int n) {
        const struct page_notice *known;
        char body[256];

        snprintf(body, sizeof(body), "{\"notice_id\":\"%s-%d\",\"kind\":\"%s\"}", kind, n, kind);
        return page_notice_take(notices, "notice", 6, body, strlen(body), &known);
}

static void test_no_door_hides_or_displaces_a_cry(void **state) {
        struct page_notices *notices = calloc(1, sizeof(*notices));
        const struct page_notice *open[3];

        take_kind(notices, "sos", 1);
        take_kind(notices, "unreadable_alarm", 2);
        for (int i = 0; i < 2 * PAGE_NOTICES_MAX; i++)
                take_kind(notices, i % 2 ? "door_open" : "button_cancel", i);
        assert_int_equal(page_notice_open(notices, open, 3), PAGE_NOTICES_MAX);
        assert_string_equal(open[0]->id, "unreadable_alarm-2");
        assert_string_equal(open[1]->id, "sos-1");
        assert_string_equal(open[2]->kind, "door_open"); /* the newest door_open */
        free(notices);
}

static void test_the_oldest_makes_room(void **state) {
        struct page_notices *notices = calloc(1, sizeof(*notices));
        const struct page_notice *known;

        for (int i = 0; i < 3 * PAGE_NOTICES_MAX; i++)
                assert_non_null(take(notices, "notice", i, 1000, &known));
        assert_int_equal(notices->count, PAGE_NOTICES_MAX);
        free(notices);
}

static void test_garbage_is_none(void **state) {
        static const char *const bodies[] = {"", "{", "[]", "{}", "{\"notice_id\":7}"};
        struct page_notices *notices = calloc(1, sizeof(*notices));
        const struct page_notice *known;

        for (size_t i = 0; i < sizeof(bodies) / sizeof(bodies[0]); i++) {
                assert_null(page_notice_take(notices, "notice", 6, bodies[i], strlen(bodies[i]),
                                             &known));
                assert_null(known);
        }
        assert_false(page_notice_is("page", 4));
        assert_true(page_notice_is("settled", 7));
        free(notices);
}

static void test_the_line_says_that_nobody_is_paged(void **state) {
        struct page_notices *notices = calloc(1, sizeof(*notices));
        const struct page_notice *known;
        char line[512];

        page_notice_line(take(notices, "notice", 1, 1000, &known), NULL, line, sizeof(line));
        assert_ptr_equal(strstr(line, "UNPROCESSED"), line); /* a narrow screen cuts off the end */
        page_notice_line(known, chinese(), line, sizeof(line));
        assert_non_null(strstr(line, "未处理"));
        free(notices);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_each_is_shown_once_and_confirmed_every_time),
                cmocka_unit_test(test_a_settled_one_is_no_longer_open),
                cmocka_unit_test(test_no_door_hides_or_displaces_a_cry),
                cmocka_unit_test(test_the_oldest_makes_room),
                cmocka_unit_test(test_garbage_is_none),
                cmocka_unit_test(test_the_line_says_that_nobody_is_paged),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}

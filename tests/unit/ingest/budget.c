/* SPDX-License-Identifier: MIT
 *
 * How much of quarantine the refused messages of one sender, and of a thousand senders, may use in a minute. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "ingest/guard/budget.h"

#define BAND "vigil/v1/grid-1/band-1/heart_rate"

struct spent {
        size_t bytes, records, lines;
};

static struct budget *budget_new(void) {
        return calloc(1, sizeof(struct budget));
}

static void spend(struct budget *budget, struct spent *spent, const char *topic, size_t bytes,
                  int64_t now_mono_ms) {
        bool say;
        enum budget_answer answer = budget_spend(budget, topic, bytes, now_mono_ms, &say);

        spent->lines += say;
        spent->records += answer != BUDGET_NOTHING;
        if (answer == BUDGET_WHOLE)
                spent->bytes += bytes;
        else if (answer == BUDGET_START)
                spent->bytes += BUDGET_START_BYTES;
}

static void test_ordinary_mistakes_are_kept_whole(void **state) {
        struct budget *budget = budget_new();
        struct spent spent = {0};

        for (int i = 0; i < 100; i++)
                spend(budget, &spent, BAND, 5000, 1000 + i);
        assert_int_equal(spent.bytes, 100 * 5000);
        assert_int_equal(spent.lines, 0);
        free(budget);
}

static void test_giants_of_one_sender_cost_a_megabyte(void **state) {
        struct budget *budget = budget_new();
        struct spent spent = {0};

        for (int i = 0; i < 150; i++)
                spend(budget, &spent, BAND, 890000, 1000 + i);
        assert_int_equal(spent.records,
                         150); /* each at least with its first bytes and the reason */
        assert_in_range(spent.bytes, 890000, BUDGET_WHOLE_BYTES + 150 * BUDGET_START_BYTES);
        assert_int_equal(spent.lines, 1);
        free(budget);
}

static void test_a_flood_of_small_ones_is_counted_only(void **state) {
        struct budget *budget = budget_new();
        struct spent spent = {0};

        for (int i = 0; i < 100000; i++)
                spend(budget, &spent, BAND, 100, 1000);
        assert_int_equal(spent.records, BUDGET_RECORDS);
        assert_int_equal(spent.lines, 1);
        free(budget);
}

static void test_a_thousand_names_are_no_way_around_it(void **state) {
        struct budget *budget = budget_new();
        struct spent spent = {0};
        char topic[64];

        for (int i = 0; i < 200000; i++) {
                snprintf(topic, sizeof(topic), "vigil/v1/grid-1/ghost-%d/sos", i);
                spend(budget, &spent, topic, i % 2 ? 800000 : 100, 1000);
        }
        assert_in_range(spent.records, BUDGET_RECORDS, BUDGET_ALL_RECORDS);
        assert_in_range(spent.bytes, 800000,
                        BUDGET_ALL_WHOLE_BYTES + BUDGET_ALL_RECORDS * BUDGET_START_BYTES);
        assert_int_equal(spent.lines, BUDGET_LINES);
        free(budget);
}

static void test_one_sender_leaves_the_others_theirs(void **state) {
        struct budget *budget = budget_new();
        struct spent flood = {0}, other = {0};

        for (int i = 0; i < 1000; i++)
                spend(budget, &flood, BAND, 890000, 1000);
        spend(budget, &other, "vigil/v1/grid-1/band-2/heart_rate", 5000, 1000);
        spend(budget, &other, "zigbee2mqtt/hall", 5000, 1000);
        assert_int_equal(other.bytes, 2 * 5000);
        free(budget);
}

static void test_the_next_minute_begins_anew(void **state) {
        struct budget *budget = budget_new();
        struct spent spent = {0};

        for (int i = 0; i < 1000; i++)
                spend(budget, &spent, BAND, 890000, 1000);
        spent = (struct spent){0};
        spend(budget, &spent, BAND, 890000, 1000 + BUDGET_MINUTE_MS);
        assert_int_equal(spent.bytes, 890000);
        free(budget);
}

static void test_kinds_of_one_device_are_one_sender(void **state) {
        assert_int_equal(budget_sender_bytes(BAND), strlen("vigil/v1/grid-1/band-1"));
        assert_int_equal(budget_sender_bytes("vigil/v1/grid-1/band-1/x/y/z"),
                         strlen("vigil/v1/grid-1/band-1"));
        assert_int_equal(budget_sender_bytes("vigil/v1"), strlen("vigil/v1"));
        assert_int_equal(budget_sender_bytes("zigbee2mqtt/hall/availability"),
                         strlen("zigbee2mqtt/hall"));
        assert_int_equal(budget_sender_bytes(""), 0);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_ordinary_mistakes_are_kept_whole),
                cmocka_unit_test(test_giants_of_one_sender_cost_a_megabyte),
                cmocka_unit_test(test_a_flood_of_small_ones_is_counted_only),
                cmocka_unit_test(test_a_thousand_names_are_no_way_around_it),
                cmocka_unit_test(test_one_sender_leaves_the_others_theirs),
                cmocka_unit_test(test_the_next_minute_begins_anew),
                cmocka_unit_test(test_kinds_of_one_device_are_one_sender),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}

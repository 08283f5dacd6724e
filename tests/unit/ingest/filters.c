/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "ingest/mqtt/filters.h"

static char *north[] = {"grid-1", "grid-2", NULL};
static char *every[] = {"+", NULL};

static bool has(const struct filters *filters, const char *filter) {
        for (size_t i = 0; i < filters->count; i++)
                if (strcmp(filters->filters[i], filter) == 0)
                        return true;
        return false;
}

static void test_the_alarm_lane_asks_for_alarm_kinds_only(void **state) {
        struct conf_shard shards[] = {{.districts = north, .district_count = 2}};
        struct conf conf = {.ingest = {.shards = shards, .shard_count = 1}};
        struct filters *filters = NULL;
        size_t alarm_kinds = 0;

        for (size_t i = 0; event_kind_at(i); i++)
                alarm_kinds += event_kind_at(i)->lane == LANE_ALARM;
        assert_int_equal(filters_new(&filters, &conf, LANE_ALARM, 0, NULL), 0);
        assert_int_equal(filters->count, 2 * alarm_kinds);
        assert_true(has(filters, "vigil/v1/grid-1/+/sos"));
        assert_true(has(filters, "vigil/v1/grid-2/+/door_closed"));
        assert_false(has(filters, "vigil/v1/grid-1/+/heart_rate"));
        assert_null(filters->filters[filters->count]);
        filters_free(filters);
}

static void test_telemetry_asks_for_everything_so_that_nothing_is_unseen(void **state) {
        struct conf_shard shards[] = {{.districts = every, .district_count = 1},
                                      {.districts = north, .district_count = 2}};
        struct conf conf = {.ingest = {.shards = shards, .shard_count = 2}};
        struct filters *filters = NULL;

        assert_int_equal(filters_new(&filters, &conf, LANE_TELEMETRY, 0, NULL), 0);
        assert_int_equal(filters->count, 1);
        assert_true(has(filters, "vigil/v1/#"));
        filters_free(filters);
        assert_int_equal(filters_new(&filters, &conf, LANE_TELEMETRY, 1, NULL), 0);
        assert_int_equal(filters->count, 2);
        assert_true(has(filters, "vigil/v1/grid-2/#"));
        filters_free(filters);
}

static void test_the_first_shard_of_each_lane_reads_the_profiles(void **state) {
        static const char *subscribe[] = {"zigbee2mqtt/#", "tele/#"};
        struct profile profile = {.subscribe = subscribe, .subscribe_count = 2};
        struct profile *profiles[] = {&profile};
        struct profile_set set = {.profiles = profiles, .count = 1};
        struct conf_shard shards[] = {{.districts = north, .district_count = 2},
                                      {.districts = every, .district_count = 1}};
        struct conf conf = {.ingest = {.shards = shards, .shard_count = 2}};
        struct filters *filters = NULL;

        for (int lane = 0; lane < LANE_COUNT; lane++) {
                for (size_t shard = 0; shard < 2; shard++) {
                        assert_int_equal(filters_new(&filters, &conf, (enum lane)lane, shard, &set),
                                         0);
                        assert_int_equal(has(filters, "tele/#"), shard == 0);
                        assert_int_equal(has(filters, "zigbee2mqtt/#"), shard == 0);
                        filters_free(filters);
                }
        }
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_the_alarm_lane_asks_for_alarm_kinds_only),
                cmocka_unit_test(test_telemetry_asks_for_everything_so_that_nothing_is_unseen),
                cmocka_unit_test(test_the_first_shard_of_each_lane_reads_the_profiles),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: MIT
 *
 * Alarms of many unregistered devices: a desk gets the first ones by name and the rest as one crowd. Alarms of
 * registered devices are never part of a crowd.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "ingest/guard/crowd.h"
#include "ingest/desk/notices.h"

enum { ALERTS_MAX = 4096, FLOOD = 1000, BUCKET = 2991000 };

static const int64_t begin_us = (int64_t)BUCKET * ALARM_BUCKET_MS * 1000;
static const int64_t bucket_us = ALARM_BUCKET_MS * INT64_C(1000);

/* One ingest process with its registry, and the alerts that a desk sees, each id once. */
struct world {
        struct registry *registry;
        struct crowd *crowd;
        char ids[ALERTS_MAX][ALERT_ID_BYTES];
        size_t alerts;
        size_t lines;
        struct alert latest;
};

static void put_district(struct world *world, const char *id) {
        struct registry_district district = {0};

        snprintf(district.id, sizeof(district.id), "%s", id);
        assert_int_equal(registry_put(world->registry, REGISTRY_DISTRICT, &district), 0);
}

static int open_world(void **state) {
        struct world *world = calloc(1, sizeof(*world));
        struct registry_device stock = {.id = "sos-stock"};

        world->crowd = calloc(1, sizeof(*world->crowd));
        assert_int_equal(registry_new(&world->registry), 0);
        put_district(world, "grid-1");
        put_district(world, "grid-2");
        assert_int_equal(registry_put(world->registry, REGISTRY_DEVICE, &stock), 0);
        *state = world;
        return 0;
}

static int close_world(void **state) {
        struct world *world = *state;

        registry_free(world->registry);
        free(world->crowd);
        free(world);
        return 0;
}

static void die_and_start(struct world *world) {
        memset(world->crowd, 0, sizeof(*world->crowd));
}

static bool is_told(const struct world *world, const char *id) {
        for (size_t i = 0; i < world->alerts; i++)
                if (strcmp(world->ids[i], id) == 0)
                        return true;
        return false;
}

static void tell(struct world *world, struct alarm alarm, int64_t now_us) {
        world->lines +=
                crowd_take(world->crowd, &alarm, world->registry, now_us) == CROWD_TOGETHER_SAY;
        alarm_to_alert(&alarm, now_us, &world->latest);
        if (is_told(world, world->latest.alert_id))
                return;
        assert_true(world->alerts < ALERTS_MAX);
        memcpy(world->ids[world->alerts++], world->latest.alert_id, ALERT_ID_BYTES);
}

static struct alarm stranger(const char *district, int number) {
        struct alarm alarm = {.reason = ALARM_UNREGISTERED, .info = event_kind_info(KIND_SOS)};

        snprintf(alarm.device, sizeof(alarm.device), "ghost-%d", number);
        snprintf(alarm.district, sizeof(alarm.district), "%s", district);
        return alarm;
}

/* Alarms of the unregistered devices @from to @to - 1, spread over the ten minutes from @now_us. */
static void flood(struct world *world, const char *district, int from, int to, int64_t now_us) {
        for (int i = from; i < to; i++)
                tell(world, stranger(district, i), now_us + i * bucket_us / (to + 1));
}

static void test_a_thousand_names_are_ten_alerts_and_one_for_all_others(void **state) {
        struct world *world = *state;

        flood(world, "grid-1", 0, CROWD_ALONE_MAX, begin_us);
        assert_int_equal(world->alerts, CROWD_ALONE_MAX);
        assert_string_equal(world->latest.rule_id, "unregistered_device");
        flood(world, "grid-1", 0, FLOOD, begin_us);
        assert_int_equal(world->alerts, CROWD_ALONE_MAX + 1);
        assert_int_equal(world->lines, 1);
}

static void test_the_alert_of_the_crowd_says_so_to_the_desk_of_its_district(void **state) {
        struct world *world = *state;
        struct alert back;
        char *json;
        size_t bytes;

        flood(world, "grid-1", 0, CROWD_ALONE_MAX, begin_us);

        struct alarm leak = stranger("grid-1", CROWD_ALONE_MAX);

        leak.info = event_kind_info(KIND_WATER_LEAK);
        leak.drill = true;
        tell(world, leak, begin_us);
        assert_int_equal(alert_encode(&world->latest, &json, &bytes), 0);
        assert_int_equal(alert_decode(&back, json, bytes), 0);
        free(json);
        assert_string_equal(back.rule_id, "many_unregistered");
        assert_string_equal(back.device_id, "");
        assert_string_equal(back.district, "grid-1");
        assert_string_equal(back.title_en,
                            "Many alarms of unregistered devices in district grid-1");
        assert_string_equal(back.title_zh, "片区内大量未登记设备报警：grid-1");
        assert_non_null(strstr(back.advice_en, "for ops."));
        assert_non_null(strstr(back.advice_zh, "请运维查看。"));
        assert_true(alert_is_unclaimed(&back));
        /* The first alarm was a drill, but a real one may follow under the same id. */
        assert_int_equal(back.severity, SEVERITY_CRITICAL);
        assert_false(back.drill);
}

static void test_who_was_told_by_name_stays_so_in_the_flood(void **state) {
        struct world *world = *state;

        flood(world, "grid-1", 0, FLOOD, begin_us);
        tell(world, stranger("grid-1", 3), begin_us + bucket_us - 1);
        assert_string_equal(world->latest.device_id, "ghost-3");
        assert_int_equal(world->alerts, CROWD_ALONE_MAX + 1);
}

static void test_the_next_ten_minutes_begin_anew(void **state) {
        struct world *world = *state;

        flood(world, "grid-1", 0, FLOOD, begin_us);
        flood(world, "grid-1", 0, FLOOD, begin_us + bucket_us);
        assert_int_equal(world->alerts, 2 * (CROWD_ALONE_MAX + 1));
        assert_int_equal(world->lines, 2);
}

static void test_a_district_leaves_the_others_theirs(void **state) {
        struct world *world = *state;

        flood(world, "grid-1", 0, FLOOD, begin_us);
        tell(world, stranger("grid-2", FLOOD), begin_us);
        assert_string_equal(world->latest.device_id, "ghost-1000");
        assert_string_equal(world->latest.district, "grid-2");
}

static void test_forged_districts_are_no_way_around_it(void **state) {
        struct world *world = *state;
        char district[ALERT_DISTRICT_BYTES];

        for (int i = 0; i < FLOOD; i++) {
                snprintf(district, sizeof(district), "forged-%d", i);
                tell(world, stranger(i % 2 ? district : "", i), begin_us);
        }
        assert_int_equal(world->alerts, CROWD_ALONE_MAX + 1);
        assert_string_equal(world->latest.rule_id, "many_unregistered");
        assert_string_equal(world->latest.district, "unknown");
        tell(world, stranger("grid-1", FLOOD), begin_us);
        assert_string_equal(world->latest.device_id, "ghost-1000");
}

static void test_districts_beyond_the_table_share_a_row(void **state) {
        enum { BEYOND = 100 };
        struct world *world = *state;
        char district[ALERT_DISTRICT_BYTES];

        for (int i = 0; i < CROWD_DISTRICTS + BEYOND; i++) {
                snprintf(district, sizeof(district), "grid-%d", i);
                put_district(world, district);
                tell(world, stranger(district, i), begin_us);
        }
        assert_int_equal(world->alerts, CROWD_DISTRICTS + CROWD_ALONE_MAX + 1);
        assert_string_equal(world->latest.rule_id, "many_unregistered");
}

static void test_a_device_that_we_know_is_never_folded(void **state) {
        struct world *world = *state;
        struct alarm unreadable = {.reason = ALARM_UNREADABLE,
                                   .device = "sos-17",
                                   .elder_id = "E0017",
                                   .district = "grid-1"};
        struct alarm struck = {.reason = ALARM_UNREGISTERED,
                               .device = "sos-18",
                               .elder_id = "E0018",
                               .district = "grid-1"};
        struct alarm stock = {
                .reason = ALARM_UNREGISTERED, .device = "sos-stock", .district = "grid-1"};

        flood(world, "grid-1", 0, FLOOD, begin_us);
        tell(world, unreadable, begin_us);
        assert_string_equal(world->latest.device_id, "sos-17");
        assert_string_equal(world->latest.elder_id, "E0017");
        tell(world, struck, begin_us);
        assert_string_equal(world->latest.device_id, "sos-18");
        tell(world, stock, begin_us);
        assert_string_equal(world->latest.device_id, "sos-stock");
        assert_int_equal(world->alerts, CROWD_ALONE_MAX + 1 + 3);
}

static void test_a_device_that_we_know_takes_no_strangers_place(void **state) {
        struct world *world = *state;
        struct alarm unreadable = {
                .reason = ALARM_UNREADABLE, .elder_id = "E", .district = "grid-1"};

        for (int i = 0; i < 100; i++) {
                snprintf(unreadable.device, sizeof(unreadable.device), "sos-%d", i);
                tell(world, unreadable, begin_us);
        }
        assert_int_equal(world->alerts, 100);
        flood(world, "grid-1", 0, CROWD_ALONE_MAX, begin_us);
        assert_string_equal(world->latest.device_id, "ghost-9");
}

static void test_a_replay_after_kill_9_tells_nothing_anew(void **state) {
        struct world *world = *state;

        flood(world, "grid-1", 0, FLOOD, begin_us);
        die_and_start(world);
        flood(world, "grid-1", 0, FLOOD, begin_us);
        assert_int_equal(world->alerts, CROWD_ALONE_MAX + 1);
}

/* After a restart the broker sends only what was not acknowledged, so other devices come first. */
static void
test_a_replay_of_the_end_tells_the_crowd_under_its_id_and_ten_more_by_name(void **state) {
        struct world *world = *state;

        flood(world, "grid-1", 0, FLOOD, begin_us);
        die_and_start(world);
        flood(world, "grid-1", FLOOD / 2, FLOOD, begin_us);
        assert_string_equal(world->latest.rule_id, "many_unregistered");
        assert_int_equal(world->alerts, 2 * CROWD_ALONE_MAX + 1);
}

/* Notices, the path to the desk without Kafka, form crowds in the same way. */
static void test_crowds_of_two_districts_are_two_notices(void **state) {
        struct world *world = *state;
        struct alarm one = stranger("grid-1", FLOOD), two = stranger("grid-2", FLOOD);
        struct notice first, second;

        flood(world, "grid-1", 0, CROWD_ALONE_MAX, begin_us);
        flood(world, "grid-2", 0, CROWD_ALONE_MAX, begin_us);
        crowd_take(world->crowd, &one, world->registry, begin_us);
        crowd_take(world->crowd, &two, world->registry, begin_us);
        notice_of_alarm(&first, &one, begin_us / 1000);
        notice_of_alarm(&second, &two, begin_us / 1000);
        assert_string_equal(first.id, "grid-1:many_unregistered");
        assert_string_equal(second.id, "grid-2:many_unregistered");
        assert_string_equal(first.kind, "many_unregistered");
}

#define t(name) cmocka_unit_test_setup_teardown(name, open_world, close_world)

int main(void) {
        const struct CMUnitTest tests[] = {
                t(test_a_thousand_names_are_ten_alerts_and_one_for_all_others),
                t(test_the_alert_of_the_crowd_says_so_to_the_desk_of_its_district),
                t(test_who_was_told_by_name_stays_so_in_the_flood),
                t(test_the_next_ten_minutes_begin_anew),
                t(test_a_district_leaves_the_others_theirs),
                t(test_forged_districts_are_no_way_around_it),
                t(test_districts_beyond_the_table_share_a_row),
                t(test_a_device_that_we_know_is_never_folded),
                t(test_a_device_that_we_know_takes_no_strangers_place),
                t(test_a_replay_after_kill_9_tells_nothing_anew),
                t(test_a_replay_of_the_end_tells_the_crowd_under_its_id_and_ten_more_by_name),
                t(test_crowds_of_two_districts_are_two_notices),
        };

        return cmocka_run_group_tests_name("crowd", tests, NULL, NULL);
}

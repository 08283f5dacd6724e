/* SPDX-License-Identifier: MIT */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "common/base/err.h"
#include "common/registry/registry.h"
#include "common/registry/registry_json.h"

#define ELDER_17                                                                                     \
        "{\"v\":1,\"id\":\"E17\",\"name\":\"李国强\",\"birth_year\":1944,\"care_level\":"         \
        "\"partial\","                                                                               \
        "\"conditions\":[\"copd\",\"af\"],\"tags\":[],\"lives_alone\":true,\"address\":\"幸福里 " \
        "3-2-501\","                                                                                 \
        "\"phone\":\"+86 10 5555 0117\",\"lat\":39.9042,\"lon\":116.4074,\"district\":\"grid-3\","   \
        "\"site\":\"north\"}"

static struct registry *fresh(void) {
        struct registry *registry = NULL;

        assert_int_equal(registry_new(&registry), 0);
        return registry;
}

static int apply(struct registry *registry, const char *key, const char *json) {
        return registry_apply(registry, key, strlen(key), json, json ? strlen(json) : 0);
}

static void test_an_elder_comes_back_as_it_was_written(void **state) {
        struct registry *registry = fresh();

        assert_int_equal(apply(registry, "elder/E17", ELDER_17), 0);

        const struct registry_elder *elder = registry_elder(registry, "E17");

        assert_non_null(elder);
        assert_string_equal(elder->name, "李国强");
        assert_int_equal(elder->birth_year, 1944);
        assert_int_equal(elder->conditions.count, 2);
        assert_string_equal(elder->conditions.word[1], "af");
        assert_true(elder->lives_alone);
        assert_true(elder->latitude_deg == 39.9042);
        assert_null(registry_elder(registry, "E1"));
        registry_free(registry);
}

static void test_encode_then_decode_is_the_same_bytes(void **state) {
        union registry_record record;
        char *json = NULL;
        char key[64];

        assert_int_equal(
                registry_decode(REGISTRY_ELDER, "E17", ELDER_17, strlen(ELDER_17), &record), 0);
        assert_int_equal(registry_encode(REGISTRY_ELDER, &record, &json, key, sizeof(key)), 0);
        assert_string_equal(key, "elder/E17");
        assert_string_equal(json, ELDER_17);
        free(json);
}

static void test_unknown_coordinates_stay_unknown(void **state) {
        static const char text[] = "{\"v\":1,\"id\":\"E1\"}";
        union registry_record record;
        char *json = NULL;
        char key[64];

        assert_int_equal(registry_decode(REGISTRY_ELDER, "E1", text, sizeof(text) - 1, &record), 0);
        assert_true(isnan(record.elder.latitude_deg));
        assert_int_equal(registry_encode(REGISTRY_ELDER, &record, &json, key, sizeof(key)), 0);
        assert_non_null(strstr(json, "\"lat\":null"));
        assert_int_equal(registry_decode(REGISTRY_ELDER, "E1", json, strlen(json), &record), 0);
        assert_true(isnan(record.elder.longitude_deg));
        free(json);
}

static void test_a_team_without_hours_is_always_on_duty(void **state) {
        struct registry *registry = fresh();

        assert_int_equal(apply(registry, "team/T1", "{\"v\":1,\"id\":\"T1\"}"), 0);

        const struct registry_team *team = registry_team(registry, "T1");

        assert_int_equal(team->on_duty_from_minute, team->on_duty_to_minute);
        for (int day = 0; day < 7; day++)
                assert_true(team->on_duty_days[day]);
        registry_free(registry);
}

static void test_a_team_keeps_its_hours_and_days(void **state) {
        static const char json[] =
                "{\"v\":1,\"id\":\"T1\",\"name\":\"\",\"district\":\"g\",\"lat\":1.5,\"lon\":2.0,"
                "\"skills\":[\"nurse\"],\"on_duty\":{\"from\":\"20:00\",\"to\":\"24:00\","
                "\"days\":[\"sat\",\"sun\"]}}";
        union registry_record record;
        char *written = NULL;
        char key[64];

        assert_int_equal(registry_decode(REGISTRY_TEAM, "T1", json, sizeof(json) - 1, &record), 0);
        assert_int_equal(record.team.on_duty_from_minute, 20 * 60);
        assert_int_equal(record.team.on_duty_to_minute, 24 * 60);
        assert_false(record.team.on_duty_days[4]);
        assert_true(record.team.on_duty_days[6]);
        assert_int_equal(registry_encode(REGISTRY_TEAM, &record, &written, key, sizeof(key)), 0);
        assert_string_equal(written, json);
        free(written);
}

static const struct {
        const char *key, *json, *why;
} refusals[] = {
        {"elder", "{}", "no slash"},
        {"elf/E1", "{}", "starts with elder/"},
        {"elder/", "{}", "1 to 23"},
        {"elder/E 1", "{}", "1 to 23"},
        {"elder/E12345678901234567890123", "{}", "1 to 23"},
        {"elder/E1", "{", "not JSON"},
        {"elder/E1", "", "not JSON"},
        {"elder/E1", "[]", "not a JSON object"},
        {"elder/E1", "{\"id\":\"E1\"}", "\"v\" must be 1"},
        {"elder/E1", "{\"v\":2,\"id\":\"E1\"}", "\"v\" must be 1"},
        {"elder/E1", "{\"v\":1}", "is missing"},
        {"elder/E1", "{\"v\":1,\"id\":\"E2\"}", "not the id of the key"},
        {"elder/E1", "{\"v\":1,\"id\":\"E1\",\"lat\":91}", "out of range"},
        {"elder/E1", "{\"v\":1,\"id\":\"E1\",\"lat\":\"39\"}", "number of degrees"},
        {"elder/E1", "{\"v\":1,\"id\":\"E1\",\"birth_year\":1944.5}", "whole number"},
        {"elder/E1", "{\"v\":1,\"id\":\"E1\",\"birth_year\":18446744073709551615}", "out of range"},
        {"elder/E1", "{\"v\":1,\"id\":\"E1\",\"lives_alone\":1}", "true or false"},
        {"elder/E1", "{\"v\":1,\"id\":\"E1\",\"name\":\"a\\u0000b\"}", "control character"},
        {"elder/E1", "{\"v\":1,\"id\":\"E1\",\"district\":\"grid 3\"}", "A-Z a-z"},
        {"elder/E1", "{\"v\":1,\"id\":\"E1\",\"phone\":\"012345678901234567890123456789012\"}",
         "too long"},
        {"elder/E1",
         "{\"v\":1,\"id\":\"E1\",\"tags\":[\"a\",\"b\",\"c\",\"d\",\"e\",\"f\",\"g\",\"h\",\"i\"]}",
         "more than 8"},
        {"device/D1", "{\"v\":1,\"id\":\"D1\"}", "\"elder\" of a device is missing"},
        {"device/D1", "{\"v\":1,\"id\":\"D1\",\"elder\":\"\"}", "is empty"},
        {"device/D1", "{\"v\":1,\"id\":\"D1\",\"elder\":\"E1\",\"heartbeat_ms\":-1}",
         "out of range"},
        {"team/T1", "{\"v\":1,\"id\":\"T1\",\"on_duty\":{\"from\":\"8:00\",\"to\":\"20:00\"}}",
         "like \"08:00\""},
        {"team/T1", "{\"v\":1,\"id\":\"T1\",\"on_duty\":{\"from\":\"08:00\",\"to\":\"24:01\"}}",
         "like \"08:00\""},
        {"team/T1",
         "{\"v\":1,\"id\":\"T1\",\"on_duty\":{\"from\":\"08:00\",\"to\":\"09:00\",\"days\":[\"mo\"]"
         "}}",
         "mon tue"},
};

static void test_what_is_not_ours_is_refused_with_a_reason_and_changes_nothing(void **state) {
        struct registry *registry = fresh();

        for (size_t i = 0; i < sizeof(refusals) / sizeof(refusals[0]); i++) {
                assert_int_equal(apply(registry, refusals[i].key, refusals[i].json),
                                 REGISTRY_REFUSED);
                if (!strstr(err_why(), refusals[i].why))
                        fail_msg("row %zu: \"%s\" lacks \"%s\"", i, err_why(), refusals[i].why);
        }
        for (int type = 0; type < REGISTRY_TYPES; type++)
                assert_int_equal(registry_count(registry, type), 0);
        registry_free(registry);
}

static void test_a_newer_writers_extra_keys_are_skipped(void **state) {
        struct registry *registry = fresh();

        assert_int_equal(
                apply(registry, "district/g", "{\"v\":1,\"id\":\"g\",\"colour\":{\"a\":[1]}}"), 0);
        assert_non_null(registry_district(registry, "g"));
        registry_free(registry);
}

static void device_put(struct registry *registry, const char *id, const char *elder,
                       const char *profile, const char *foreign_id) {
        char key[64], json[256];

        snprintf(key, sizeof(key), "device/%s", id);
        snprintf(
                json, sizeof(json),
                "{\"v\":1,\"id\":\"%s\",\"elder\":\"%s\",\"profile\":\"%s\",\"foreign_id\":\"%s\"}",
                id, elder, profile, foreign_id);
        assert_int_equal(apply(registry, key, json), 0);
}

static void test_a_device_moves_from_one_elder_to_another(void **state) {
        struct registry *registry = fresh();
        const struct registry_device *devices[4];

        device_put(registry, "sos-2", "E1", "", "");
        device_put(registry, "sos-1", "E1", "", "");
        assert_int_equal(registry_devices_of(registry, "E1", devices, 4), 2);
        assert_string_equal(devices[0]->id, "sos-1");
        assert_string_equal(devices[1]->id, "sos-2");

        device_put(registry, "sos-1", "E2", "", "");
        assert_int_equal(registry_devices_of(registry, "E1", devices, 4), 1);
        assert_string_equal(devices[0]->id, "sos-2");
        assert_int_equal(registry_devices_of(registry, "E2", devices, 4), 1);
        assert_int_equal(registry_count(registry, REGISTRY_DEVICE), 2);
        registry_free(registry);
}

static void test_a_foreign_name_finds_the_device_of_its_profile_only(void **state) {
        struct registry *registry = fresh();

        device_put(registry, "door-1", "E1", "zigbee2mqtt", "0x00158d0001");
        device_put(registry, "door-2", "E1", "zigbee2mqtt", "");
        device_put(registry, "door-3", "E1", "shelly", "0x00158d0001");

        assert_string_equal(
                registry_device_foreign(registry, "zigbee2mqtt", "0x00158d0001!", 12)->id,
                "door-1");
        assert_string_equal(registry_device_foreign(registry, "zigbee2mqtt", "door-2", 6)->id,
                            "door-2");
        assert_string_equal(registry_device_foreign(registry, "shelly", "0x00158d0001", 12)->id,
                            "door-3");
        assert_null(registry_device_foreign(registry, "tasmota", "0x00158d0001", 12));
        assert_null(registry_device_foreign(registry, "zigbee2mqtt", "door-1", 6));

        /* After a change of the foreign id, the old one finds nothing. */
        device_put(registry, "door-1", "E1", "zigbee2mqtt", "kitchen");
        assert_null(registry_device_foreign(registry, "zigbee2mqtt", "0x00158d0001", 12));
        assert_string_equal(registry_device_foreign(registry, "zigbee2mqtt", "kitchen", 7)->id,
                            "door-1");
        registry_free(registry);
}

static void test_contacts_come_in_their_order_even_when_only_some_fit(void **state) {
        static const char *const order[] = {"3", "1", "4", "2"};
        struct registry *registry = fresh();
        const struct registry_contact *contacts[4];

        for (int i = 0; i < 4; i++) {
                char key[32], json[128];

                snprintf(key, sizeof(key), "contact/C%s", order[i]);
                snprintf(json, sizeof(json),
                         "{\"v\":1,\"id\":\"C%s\",\"elder\":\"E1\",\"order\":%s}", order[i],
                         order[i]);
                assert_int_equal(apply(registry, key, json), 0);
        }
        assert_int_equal(registry_contacts_of(registry, "E1", contacts, 4), 4);
        for (int i = 0; i < 4; i++)
                assert_int_equal(contacts[i]->order, i + 1);
        assert_int_equal(registry_contacts_of(registry, "E1", contacts, 2), 2);
        assert_int_equal(contacts[0]->order, 1);
        assert_int_equal(contacts[1]->order, 2);
        assert_int_equal(registry_contacts_of(registry, "E1", contacts, 0), 0);
        assert_int_equal(registry_contacts_of(registry, "E9", contacts, 4), 0);
        registry_free(registry);
}

static void test_removal_forgets_everywhere_and_the_walk_stays_whole(void **state) {
        struct registry *registry = fresh();
        const struct registry_device *devices[4];
        bool seen[100] = {false};

        for (int i = 0; i < 100; i++) {
                char id[16];

                snprintf(id, sizeof(id), "d%d", i);
                device_put(registry, id, "E1", "p", id);
        }
        for (int i = 0; i < 100; i += 2) {
                char key[32];

                snprintf(key, sizeof(key), "device/d%d", i);
                assert_int_equal(apply(registry, key, NULL), 0);
                assert_int_equal(apply(registry, key, NULL),
                                 0); /* a second removal has no effect */
        }
        assert_int_equal(registry_count(registry, REGISTRY_DEVICE), 50);
        for (size_t i = 0; i < 50; i++) {
                const struct registry_device *device = registry_at(registry, REGISTRY_DEVICE, i);
                int number = atoi(device->id + 1);

                assert_false(seen[number]);
                seen[number] = true;
                assert_int_equal(number % 2, 1);
        }
        assert_null(registry_at(registry, REGISTRY_DEVICE, 50));
        assert_null(registry_device(registry, "d4"));
        assert_null(registry_device_foreign(registry, "p", "d4", 2));
        assert_non_null(registry_device_foreign(registry, "p", "d5", 2));
        assert_int_equal(registry_devices_of(registry, "E1", devices, 4), 4);
        registry_free(registry);
}

static void put_elders(struct registry *registry, int from, int to) {
        for (int i = from; i < to; i++) {
                char key[32], json[512];

                snprintf(key, sizeof(key), "elder/E%d", i);
                snprintf(json, sizeof(json),
                         "{\"v\":1,\"id\":\"E%d\",\"name\":\"李国强\",\"birth_year\":1944,\"care_"
                         "level\":\"partial\","
                         "\"conditions\":[\"copd\"],\"tags\":[],\"lives_alone\":true,\"address\":"
                         "\"幸福里 3-2-501\","
                         "\"phone\":\"+861055550117\",\"lat\":39.9,\"lon\":116.4,\"district\":"
                         "\"grid-3\",\"site\":\"\"}",
                         i);
                assert_int_equal(apply(registry, key, json), 0);
                for (int d = 0; d < 5; d++) {
                        char id[32], elder[24];

                        snprintf(id, sizeof(id), "d%d-%d", i, d);
                        snprintf(elder, sizeof(elder), "E%d", i);
                        device_put(registry, id, elder, "", "");
                }
        }
}

/* Processor time of this process, so that other work on the machine does not count. */
static int64_t processor_us(void) {
        struct timespec used;

        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
        return (int64_t)used.tv_sec * 1000000 + used.tv_nsec / 1000;
}

/* A cost that grew with the square of the number of elders made the last quarter 15 times as expensive as the first. */
static void test_the_last_25000_of_100000_elders_cost_about_what_the_first_did(void **state) {
        struct registry *registry = fresh();
        const struct registry_device *devices[8];
        int64_t begun_us = processor_us(), first_us, last_us;

        put_elders(registry, 0, 25000);
        first_us = processor_us() - begun_us;
        put_elders(registry, 25000, 75000);
        begun_us = processor_us();
        put_elders(registry, 75000, 100000);
        last_us = processor_us() - begun_us;

        print_message("# the first quarter took %lld us, the last %lld us\n", (long long)first_us,
                      (long long)last_us);
        assert_int_equal(registry_devices_of(registry, "E99999", devices, 8), 5);
        assert_int_equal(registry_count(registry, REGISTRY_DEVICE), 500000);
        assert_true(last_us < 5 * first_us);
        registry_free(registry);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_an_elder_comes_back_as_it_was_written),
                cmocka_unit_test(test_encode_then_decode_is_the_same_bytes),
                cmocka_unit_test(test_unknown_coordinates_stay_unknown),
                cmocka_unit_test(test_a_team_without_hours_is_always_on_duty),
                cmocka_unit_test(test_a_team_keeps_its_hours_and_days),
                cmocka_unit_test(
                        test_what_is_not_ours_is_refused_with_a_reason_and_changes_nothing),
                cmocka_unit_test(test_a_newer_writers_extra_keys_are_skipped),
                cmocka_unit_test(test_a_device_moves_from_one_elder_to_another),
                cmocka_unit_test(test_a_foreign_name_finds_the_device_of_its_profile_only),
                cmocka_unit_test(test_contacts_come_in_their_order_even_when_only_some_fit),
                cmocka_unit_test(test_removal_forgets_everywhere_and_the_walk_stays_whole),
                cmocka_unit_test(
                        test_the_last_25000_of_100000_elders_cost_about_what_the_first_did),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "ingest/decode/topic.h"

static void test_five_levels_are_district_device_and_kind(void **state) {
        struct topic topic;

        assert_true(topic_is_native("vigil/v1/grid-3/sos-17/sos"));
        assert_int_equal(topic_parse(&topic, "vigil/v1/grid-3/sos-17/sos"), 0);
        assert_int_equal(topic.district.bytes, 6);
        assert_memory_equal(topic.district.text, "grid-3", 6);
        assert_string_equal(topic.device_id, "sos-17");
        assert_int_equal(topic.kind.bytes, 3);
        assert_memory_equal(topic.kind.text, "sos", 3);
}

static void test_anything_else_under_the_root_is_malformed(void **state) {
        static const char *const wrong[] = {
                "vigil/v1/",
                "vigil/v1/grid-3",
                "vigil/v1/grid-3/sos-17",
                "vigil/v1/grid-3/sos-17/",
                "vigil/v1/grid-3//sos",
                "vigil/v1//sos-17/sos",
                "vigil/v1/grid-3/sos-17/sos/more",
                "vigil/v1/grid-3/sos-17/sos/",
                "vigil/v1/grid-3/sos 17/sos",
                "vigil/v1/grid-3/\xe8\x80\x81/sos",
                "vigil/v1/grid-3/thirty-two-bytes-are-one-too-man/sos",
        };
        struct topic topic;

        for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
                assert_true(topic_is_native(wrong[i]));
                if (topic_parse(&topic, wrong[i]) != TOPIC_MALFORMED)
                        fail_msg("taken: %s", wrong[i]);
        }
        assert_int_equal(topic_parse(&topic, "vigil/v1/g/thirty-one-bytes-is-just-enough/sos"), 0);
        assert_false(topic_is_native("vigil/v2/grid-3/sos-17/sos"));
        assert_false(topic_is_native("vigil/v1"));
}

static void test_patterns_match_whole_topics_only(void **state) {
        static const struct {
                const char *pattern, *topic,
                        *device; /* device NULL: no match, "-": none captured */
        } rows[] = {
                {"zigbee2mqtt/{device}", "zigbee2mqtt/Front Door", "Front Door"},
                {"zigbee2mqtt/{device}", "zigbee2mqtt/kitchen/leak", "kitchen/leak"},
                {"zigbee2mqtt/{device}", "zigbee2mqtt", NULL},
                {"zigbee2mqtt/{device}", "zigbee2mqttx/a", NULL},
                {"zigbee2mqtt/{device}/set", "zigbee2mqtt/a/set", "a"},
                {"zigbee2mqtt/{device}/set", "zigbee2mqtt/a/b/set", "a/b"},
                {"zigbee2mqtt/{device}/set", "zigbee2mqtt/set", NULL},
                {"zigbee2mqtt/{device}/set", "zigbee2mqtt/a/get", NULL},
                {"zigbee2mqtt/{device}/set/+", "zigbee2mqtt/a/set/state", "a"},
                {"zigbee2mqtt/bridge/#", "zigbee2mqtt/bridge", "-"},
                {"zigbee2mqtt/bridge/#", "zigbee2mqtt/bridge/a/b", "-"},
                {"zigbee2mqtt/bridge/#", "zigbee2mqtt/bridges", NULL},
                {"application/+/device/{device}/event/up", "application/7/device/a84/event/up",
                 "a84"},
                {"tele/+/SENSOR", "tele/plug/SENSOR", "-"},
                {"tele/+/SENSOR", "tele/SENSOR", NULL},
                {"{device}/status", "a/status", "a"},
                {"a", "a/b", NULL},
                {"a/b", "a", NULL},
                {"#", "anything/at/all", "-"},
        };

        for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
                struct topic_part device = {0};
                bool matches = topic_match(rows[i].pattern, rows[i].topic, &device);

                if (matches != (rows[i].device != NULL))
                        fail_msg("%s %s %s", rows[i].pattern,
                                 matches ? "matches" : "does not match", rows[i].topic);
                if (!matches)
                        continue;
                if (strcmp(rows[i].device, "-") == 0) {
                        assert_null(device.text);
                } else {
                        assert_int_equal(device.bytes, strlen(rows[i].device));
                        assert_memory_equal(device.text, rows[i].device, device.bytes);
                }
        }
}

static void test_a_pattern_that_cannot_work_is_explained(void **state) {
        static const char *const wrong[] = {
                "",     "a//b", "a/#/b", "{device}/{device}", "{device}/#", "a/x{device}",
                "a/b+", "a/b#", "/a",
        };

        for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
                if (!topic_pattern_fault(wrong[i]))
                        fail_msg("taken: %s", wrong[i]);
        assert_null(topic_pattern_fault("a/+/{device}/b"));
        assert_null(topic_pattern_fault("a/+/#"));
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_five_levels_are_district_device_and_kind),
                cmocka_unit_test(test_anything_else_under_the_root_is_malformed),
                cmocka_unit_test(test_patterns_match_whole_topics_only),
                cmocka_unit_test(test_a_pattern_that_cannot_work_is_explained),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: MIT
 *
 * Payloads that real devices publish through zigbee2mqtt, and the events that the profile makes of them.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "tests/unit/ingest/decode_helper.h"

static void test_what_people_sell_is_understood(void **state) {
        static const struct {
                const char *device, *payload;
                enum event_kind alarm, telemetry; /* KIND_NONE: nothing in that lane */
                double alarm_value;
        } rows[] = {
                {"any", "{\"action\":\"emergency\",\"battery\":100,\"linkquality\":18}", KIND_SOS,
                 KIND_BATTERY, 1},
                {"any", "{\"action\":\"\",\"battery\":100,\"linkquality\":14}", KIND_NONE,
                 KIND_BATTERY, 0},
                {"any", "{\"action\":null,\"battery\":100,\"linkquality\":14}", KIND_NONE,
                 KIND_BATTERY, 0},
                {"any", "{\"action\":\"sos\"}", KIND_SOS, KIND_NONE, 1},
                {"any", "{\"action\":\"panic\",\"action_code\":\"\"}", KIND_SOS, KIND_NONE, 1},
                {"any", "{\"action\":\"single\",\"linkquality\":3}", KIND_NONE, KIND_HEARTBEAT, 0},
                {"button", "{\"action\":\"single\"}", KIND_SOS, KIND_NONE, 1},
                {"button", "{\"action\":\"press\",\"battery\":50}", KIND_SOS, KIND_BATTERY, 1},
                {"button", "{\"action\":\"release\"}", KIND_NONE, KIND_HEARTBEAT, 0},
                {"any", "{\"sos\":true,\"battery_low\":false}", KIND_SOS, KIND_NONE, 1},
                {"any", "{\"fall_down_status\":\"fall\",\"presence\":true}", KIND_FALL, KIND_MOTION,
                 1},
                {"any", "{\"fall_down_status\":\"maybe_fall\"}", KIND_FALL, KIND_NONE, 1},
                {"any", "{\"fall_down_status\":\"none\",\"presence\":false}", KIND_NONE,
                 KIND_HEARTBEAT, 0},
                {"any", "{\"fall_status\":\"normal\",\"occupancy\":true}", KIND_NONE, KIND_MOTION,
                 0},
                {"any", "{\"water_leak\":true,\"tamper\":false}", KIND_WATER_LEAK, KIND_TAMPER, 1},
                {"any", "{\"water_leak\":false,\"battery\":\"80.00\"}", KIND_WATER_LEAK,
                 KIND_BATTERY, 0},
                {"any", "{\"water_leak\":null,\"battery\":86}", KIND_NONE, KIND_BATTERY, 0},
                {"any", "{\"smoke\":true,\"smoke_density\":9}", KIND_SMOKE, KIND_NONE, 1},
                {"any", "{\"gas\":true}", KIND_GAS, KIND_NONE, 1},
                {"any", "{\"carbon_monoxide\":true,\"co\":90}", KIND_CARBON_MONOXIDE, KIND_NONE, 1},
                {"any", "{\"contact\":false,\"voltage\":3005}", KIND_DOOR_OPEN, KIND_NONE, 1},
                {"any", "{\"contact\":true}", KIND_DOOR_CLOSED, KIND_NONE, 1},
                {"fridge", "{\"contact\":false}", KIND_NONE, KIND_APPLIANCE, 0},
                {"any", "{\"occupancy\":true,\"illuminance\":3}", KIND_NONE, KIND_MOTION, 0},
                {"bed", "{\"occupancy\":false}", KIND_NONE, KIND_BED_OUT, 0},
                {"any", "{\"vibration\":true}", KIND_NONE, KIND_MOTION, 0},
                {"any", "{\"battery_low\":true}", KIND_NONE, KIND_BATTERY, 0},
                {"any", "{\"temperature\":20.74,\"humidity\":44.43}", KIND_NONE, KIND_HEARTBEAT, 0},
        };
        struct helper alarm, telemetry;
        struct helper *helpers[] = {&alarm, &telemetry};
        char topic[64];

        helper_open(&alarm, LANE_ALARM, "configs/profiles");
        helper_open(&telemetry, LANE_TELEMETRY, "configs/profiles");
        for (size_t i = 0; i < 2; i++) {
                helper_device(helpers[i], "z1", "sensor", "zigbee2mqtt", "any");
                helper_device(helpers[i], "z2", "sos_button", "zigbee2mqtt", "button");
                helper_device(helpers[i], "z3", "fridge", "zigbee2mqtt", "fridge");
                helper_device(helpers[i], "z4", "bed_sensor", "zigbee2mqtt", "bed");
        }
        for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
                snprintf(topic, sizeof(topic), "zigbee2mqtt/%s", rows[i].device);

                const struct decoded *decoded = helper_read(&alarm, topic, rows[i].payload);
                unsigned int kind =
                        decoded->event_count ? decoded->events[0].event.kind : KIND_NONE;

                if (kind != rows[i].alarm || decoded->event_count > 1 ||
                    (kind && decoded->events[0].event.value != rows[i].alarm_value))
                        fail_msg("%s: alarm kind %u", rows[i].payload, kind);
                decoded = helper_read(&telemetry, topic, rows[i].payload);
                kind = decoded->event_count ? decoded->events[0].event.kind : KIND_NONE;
                if (kind != rows[i].telemetry || decoded->event_count > 1 || decoded->reject)
                        fail_msg("%s: telemetry kind %u, %s", rows[i].payload, kind,
                                 decoded->detail);
        }
        helper_close(&alarm);
        helper_close(&telemetry);
}

static void test_the_bridges_own_time_is_the_device_time(void **state) {
        struct helper helper;

        helper_open(&helper, LANE_ALARM, "configs/profiles");
        helper_device(&helper, "z1", "sensor", "zigbee2mqtt", "any");
        assert_int_equal(
                helper_read(
                        &helper, "zigbee2mqtt/any",
                        "{\"action\":\"emergency\",\"last_seen\":\"2026-11-24T07:59:58+08:00\"}")
                        ->events[0]
                        .event.device_time_ms,
                HELPER_RECEIVED_MS - 2000);
        assert_int_equal(helper_read(&helper, "zigbee2mqtt/any",
                                     "{\"action\":\"emergency\",\"last_seen\":1795478398000}")
                                 ->events[0]
                                 .event.device_time_ms,
                         HELPER_RECEIVED_MS - 2000);
        helper_close(&helper);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_what_people_sell_is_understood),
                cmocka_unit_test(test_the_bridges_own_time_is_the_device_time),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}

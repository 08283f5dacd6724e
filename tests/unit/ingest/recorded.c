/* SPDX-License-Identifier: MIT
 *
 * Payloads that vendors and users have published, from the recordings beside the source tree. Those of zigbee2mqtt must
 * be decoded, the others must be refused with a reason, and none may become a wrong event. Skipped if the recordings
 * are not there.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>
#include <yyjson.h>

#include "tests/unit/ingest/decode_helper.h"

#define RECORDED "../shared/data/payloads/payloads.ndjson.xz"

static const char *text(yyjson_val *record, const char *key) {
        return yyjson_get_str(yyjson_obj_get(record, key));
}

static void check_zigbee2mqtt(struct helper *helper, yyjson_val *record) {
        const char *topic = text(record, "topic");
        bool bridge = strncmp(topic, "zigbee2mqtt/bridge/", strlen("zigbee2mqtt/bridge/")) == 0;

        if (!bridge)
                helper_device(helper, "recorded", "sensor", "zigbee2mqtt",
                              topic + strlen("zigbee2mqtt/"));

        const struct decoded *decoded = helper_read(helper, topic, text(record, "payload"));

        if (decoded->reject || decoded->result != (bridge ? DECODE_IGNORED : DECODE_EVENTS))
                fail_msg("%s: %s %s", text(record, "id"), reject_name(decoded->reject),
                         decoded->detail);
}

static void test_recorded_payloads_are_understood_or_refused_by_name(void **state) {
        struct helper helper;
        size_t seen = 0;
        size_t line_room = 0;
        char *line = NULL;

        helper_open(&helper, LANE_TELEMETRY, "configs/profiles");

        FILE *lines = popen("xz -dc " RECORDED, "re");

        assert_non_null(lines);
        while (getline(&line, &line_room, lines) > 0) {
                yyjson_doc *doc = yyjson_read(line, strlen(line), 0);
                yyjson_val *record = yyjson_doc_get_root(doc);

                assert_non_null(record);
                seen++;
                if (strncmp(text(record, "family"), "zigbee2mqtt", strlen("zigbee2mqtt")) == 0) {
                        check_zigbee2mqtt(&helper, record);
                } else {
                        const char *topic = text(record, "topic");
                        const struct decoded *decoded = helper_read(
                                &helper, topic ? topic : "vigil/v1/grid-3/band-17/heart_rate",
                                text(record, "payload"));

                        assert_int_equal(decoded->event_count, 0);
                        assert_int_not_equal(decoded->reject, REJECT_NONE);
                }
                yyjson_doc_free(doc);
        }
        free(line);
        assert_int_equal(pclose(lines), 0);
        assert_true(seen >= 70);
        helper_close(&helper);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_recorded_payloads_are_understood_or_refused_by_name),
        };

        if (access(RECORDED, R_OK) < 0) {
                puts("1..0 # SKIP " RECORDED " is not there");
                return 0;
        }
        if (system("xz --version >/dev/null 2>&1") != 0) {
                puts("1..0 # SKIP xz is not installed");
                return 0;
        }
        return cmocka_run_group_tests(tests, NULL, NULL);
}

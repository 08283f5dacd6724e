/* SPDX-License-Identifier: MIT
 *
 * A backtest over three months of events of real homes (TIHM, CC BY 4.0), from the recordings beside the source tree:
 * the sample rules against themselves, and against a copy with other limits. Skipped if the recordings are not there.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <cmocka.h>
#include <yyjson.h>

#include "cli/backtest/compare/compare.h"
#include "cli/backtest/events/keep.h"
#include "cli/backtest/judge.h"

#define RECORDED "../shared/data/tihm/events.ndjson.xz"
#define RULES "configs/rules"

enum { HOUR_MS = 3600 * 1000 };

static char folder[] = "/tmp/vigil-backtest-XXXXXX";
static char frames[64], changed[64];
static uint64_t event_count;
static struct registry *registry;

/* --- the recording as events --------------------------------------------------------------------- */

static const char *text(yyjson_val *record, const char *key) {
        const char *found = yyjson_get_str(yyjson_obj_get(record, key));

        return found ? found : "";
}

static void home_register(const char *elder_id, const char *device_id, const char *device_class) {
        struct registry_elder elder = {.birth_year = 1940, .care_level = "self_reliant"};
        struct registry_device device = {.heartbeat_ms = 24 * HOUR_MS};

        snprintf(elder.id, sizeof(elder.id), "%s", elder_id);
        snprintf(device.id, sizeof(device.id), "%s", device_id);
        snprintf(device.elder_id, sizeof(device.elder_id), "%s", elder_id);
        snprintf(device.device_class, sizeof(device.device_class), "%s", device_class);
        if (!registry_elder(registry, elder_id))
                assert_int_equal(registry_put(registry, REGISTRY_ELDER, &elder), 0);
        if (!registry_device(registry, device_id))
                assert_int_equal(registry_put(registry, REGISTRY_DEVICE, &device), 0);
}

/* The recording has British summer time, UTC+1. */
static int64_t time_of(yyjson_val *record) {
        struct tm tm = {0};

        assert_non_null(strptime(text(record, "ts"), "%Y-%m-%dT%H:%M:%S", &tm));
        return (int64_t)timegm(&tm) * 1000 - HOUR_MS;
}

static struct source_event event_of(yyjson_val *record) {
        bool vital = strcmp(text(record, "type"), "vital") == 0;
        bool door = strcmp(text(record, "type"), "door") == 0;
        const char *sensor = vital ? "vitals" : text(record, "sensor");
        const char *kind = vital ? text(record, "measure") : door ? "door_open" : "motion";
        const struct event_kind_info *info = event_kind_by_name(kind, strlen(kind));
        struct source_event one = {.event = {.boot_id = 1, .confidence_pct = 100, .value = 1}};
        char elder_id[14], device_id[EVENT_DEVICE_ID_BYTES];

        assert_non_null(info);
        snprintf(elder_id, sizeof(elder_id), "H%.12s", text(record, "home"));
        snprintf(device_id, sizeof(device_id), "%s-%.16s", elder_id, sensor);
        home_register(elder_id, device_id, vital ? "hub" : door ? "door_sensor" : "motion_sensor");
        assert_int_equal(event_set_ids(&one.event, elder_id, device_id), 0);
        if (vital)
                one.event.value = yyjson_get_num(yyjson_obj_get(record, "value"));
        one.event.kind = (uint16_t)info->kind;
        one.event.sequence = ++event_count;
        one.event.device_time_ms = time_of(record);
        one.event.received_time_ms = one.event.device_time_ms + 150;
        one.lane = info->lane;
        return one;
}

static void recording_keep(void) {
        FILE *lines = popen("xz -dc " RECORDED, "re");
        struct keep *keep = NULL;
        char *line = NULL;
        size_t room = 0;

        assert_non_null(lines);
        assert_int_equal(keep_open(&keep, frames), 0);
        while (getline(&line, &room, lines) > 0) {
                yyjson_doc *doc = yyjson_read(line, strlen(line), 0);
                struct source_event one = event_of(yyjson_doc_get_root(doc));

                assert_int_equal(keep_put(keep, &one), 0);
                yyjson_doc_free(doc);
        }
        free(line);
        assert_int_equal(pclose(lines), 0);
        assert_int_equal(keep_close(keep), 0);
        assert_true(event_count > 100000);
}

/* Copy the sample rules, with 4 h instead of 3 h for quiet and 160 instead of 180 for blood pressure. */
static void rules_change(void) {
        char command[512];

        snprintf(command, sizeof(command),
                 "cp -r " RULES " %s && sed -i 's/longer_than: 3h/longer_than: 4h/' "
                 "%s/20-inactivity.yaml && sed -i 's/above: 180/above: 160/; s/clear_below: "
                 "160/clear_below: 150/' %s/30-vitals.yaml",
                 changed, changed, changed);
        assert_int_equal(system(command), 0);
}

static int group_setup(void **state) {
        assert_non_null(mkdtemp(folder));
        snprintf(frames, sizeof(frames), "%s/tihm.frames", folder);
        snprintf(changed, sizeof(changed), "%s/rules", folder);
        assert_int_equal(registry_new(&registry), 0);
        recording_keep();
        rules_change();
        return 0;
}

static int group_teardown(void **state) {
        char command[128];

        snprintf(command, sizeof(command), "rm -r %s", folder);
        registry_free(registry);
        return system(command) != 0;
}

/* --- judged ----------------------------------------------------------------------------------------- */

static void judge(struct backtest *backtest, struct backtest_options *options, const char *rules) {
        static struct cli cli;

        *options = (struct backtest_options){
                .rules = {RULES, rules},
                .events = frames,
                .time_zone = "Europe/London",
                .from_ms = INT64_MIN,
                .to_ms = INT64_MAX,
                .window_ms = HOUR_MS / 2,
                .budget_per_week = NAN,
        };
        *backtest = (struct backtest){.options = options};
        assert_int_equal(backtest_prepare(backtest, &cli), CLI_DONE);
        backtest->registry = registry;
        assert_int_equal(backtest_judge(backtest), 0);
        assert_int_equal(backtest_compare(backtest), 0);
        assert_int_equal(backtest->twin->counted_events, event_count);
        assert_int_equal(backtest->twin->people.unregistered, 0);
}

static void finish(struct backtest *backtest) {
        backtest->registry = NULL; /* owned by the test group */
        backtest_fini(backtest);
}

static void test_the_sample_rules_against_themselves_change_nothing(void **state) {
        struct backtest_options options;
        struct backtest backtest;
        char differs[128];

        judge(&backtest, &options, RULES);
        assert_true(backtest.total.count[TWIN_OLD] > 100);
        assert_int_equal(backtest.matches.count, 0);
        for (uint32_t i = 0; i < backtest.rule_count; i++)
                assert_string_equal(backtest_rule_differs(&backtest.rules[i], differs), "");
        finish(&backtest);
}

static void test_every_alert_is_kept_lost_or_gained_and_none_is_counted_twice(void **state) {
        struct backtest_options options;
        struct backtest backtest;

        judge(&backtest, &options, changed);
        for (uint32_t i = 0; i < backtest.rule_count; i++) {
                const struct backtest_rule *rule = &backtest.rules[i];
                const uint32_t *changes = rule->tally.changes;

                assert_int_equal(rule->tally.count[TWIN_OLD] - changes[MATCH_LOST],
                                 rule->tally.count[TWIN_NEW] - changes[MATCH_GAINED]);
                if (strcmp(rule->id, "inactivity") == 0) {
                        assert_true(changes[MATCH_LOST] > 0 && changes[MATCH_MOVED] > 0);
                        assert_int_equal(changes[MATCH_GAINED], 0);
                } else if (strcmp(rule->id, "blood-pressure-high") == 0) {
                        assert_true(changes[MATCH_GAINED] > 0);
                } else {
                        assert_int_equal(changes[MATCH_LOST] + changes[MATCH_GAINED] +
                                                 changes[MATCH_MOVED],
                                         0);
                }
        }
        finish(&backtest);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_the_sample_rules_against_themselves_change_nothing),
                cmocka_unit_test(test_every_alert_is_kept_lost_or_gained_and_none_is_counted_twice),
        };

        if (access(RECORDED, R_OK) < 0) {
                puts("1..0 # SKIP " RECORDED " is not there");
                return 0;
        }
        if (system("xz --version >/dev/null 2>&1") != 0) {
                puts("1..0 # SKIP xz is not installed");
                return 0;
        }
        return cmocka_run_group_tests(tests, group_setup, group_teardown);
}

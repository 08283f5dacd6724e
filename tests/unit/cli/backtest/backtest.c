/* SPDX-License-Identifier: MIT
 *
 * A backtest from end to end: rule files and recorded events in, changed alerts out.
 */
#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>
#include <yyjson.h>

#include "cli/backtest/backtest.h"
#include "cli/backtest/events/keep.h"
#include "cli/backtest/events/source_file.h"
#include "cli/backtest/judge.h"
#include "cli/backtest/print/print_json.h"
#include "cli/backtest/print/print_table.h"
#include "cli/backtest/print/report.h"
#include "tests/unit/common/chinese.h"

#define NOON_MS INT64_C(1795521600000) /* 2026-11-24T12:00:00Z */
#define WEEK ((int64_t)7 * 24 * 3600 * 1000)
enum { SECOND = 1000, MINUTE = 60 * SECOND, HOUR = 60 * MINUTE };

static const char fall_20s[] = "version: 1\n"
                               "rules:\n"
                               "  - id: fall\n"
                               "    title: { zh: 跌倒, en: Fall }\n"
                               "    when: { event: fall, confidence_at_least: 0.7 }\n"
                               "    hold: 20s\n"
                               "    cancel_on: [ button_cancel ]\n"
                               "    severity: critical\n"
                               "    page: now\n"
                               "    advice: { zh: 去看, en: Go }\n";

static const char quiet_3h[] = "version: 1\n"
                               "rules:\n"
                               "  - id: inactivity\n"
                               "    title: { zh: 无活动, en: No activity }\n"
                               "    when: { quiet: [ motion ], longer_than: 3h }\n"
                               "    severity: major\n"
                               "    page: check-in\n"
                               "    advice: { zh: 打电话, en: Phone }\n";

struct site {
        char folder[32];
        char paths[8][64]; /* by OLD to REPORT */
        struct cli cli;
        struct backtest_options options;
        struct backtest backtest;
        FILE *events;
        uint64_t sequence;
};

enum { OLD, NEW, EVENTS, VERDICTS, KEPT, REPORT };

static int setup(void **state) {
        static const char *const names[] = {"old.yaml",     "new.yaml",    "events",
                                            "verdicts.csv", "kept.frames", "report.html"};
        struct site *site = calloc(1, sizeof(*site));

        strcpy(site->folder, "backtest-XXXXXX");
        assert_non_null(mkdtemp(site->folder));
        for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
                snprintf(site->paths[i], sizeof(site->paths[i]), "%s/%s", site->folder, names[i]);
        site->events = fopen(site->paths[EVENTS], "w");
        site->options = (struct backtest_options){
                .rules = {site->paths[OLD], site->paths[NEW]},
                .events = site->paths[EVENTS],
                .from_ms = INT64_MIN,
                .to_ms = INT64_MAX,
                .window_ms = 30 * MINUTE,
                .verdict_window_ms = 10 * MINUTE,
                .top = 20,
                .budget_per_week = NAN,
        };
        site->backtest.options = &site->options;
        *state = site;
        return 0;
}

static int teardown(void **state) {
        struct site *site = *state;

        backtest_fini(&site->backtest);
        for (size_t i = 0; i < sizeof(site->paths) / sizeof(site->paths[0]); i++)
                unlink(site->paths[i]);
        rmdir(site->folder);
        free(site);
        return 0;
}

static void file_write(const char *path, const char *text) {
        FILE *file = fopen(path, "w");

        assert_non_null(file);
        fputs(text, file);
        assert_int_equal(fclose(file), 0);
}

/* Write @text to the file @which, with the first @from replaced by @to; @from NULL: as it is. */
static void rules_write(const struct site *site, int which, const char *text, const char *from,
                        const char *to) {
        const char *at = from ? strstr(text, from) : NULL;
        char changed[1024];

        assert_true(!from || at);
        snprintf(changed, sizeof(changed), "%.*s%s%s", at ? (int)(at - text) : 0, text,
                 at ? to : "", at ? at + strlen(from) : text);
        file_write(site->paths[which], changed);
}

static void say(struct site *site, const char *elder, const char *kind, int64_t after_ms) {
        fprintf(site->events,
                "{\"elder\":\"%s\",\"device\":\"d-%s\",\"kind\":\"%s\",\"sequence\":%llu,"
                "\"device_time_ms\":%lld,\"received_time_ms\":%lld}\n",
                elder, elder, kind, (unsigned long long)++site->sequence,
                (long long)(NOON_MS + after_ms), (long long)(NOON_MS + after_ms + 5));
}

static int judge(struct site *site) {
        if (site->events)
                assert_int_equal(fclose(site->events), 0);
        site->events = NULL;
        assert_int_equal(backtest_prepare(&site->backtest, &site->cli), CLI_DONE);

        int r = backtest_judge(&site->backtest);

        return r == 0 ? backtest_compare(&site->backtest) : r;
}

static uint32_t changes(const struct site *site, enum match_change_type type) {
        return site->backtest.total.changes[type];
}

/* --- changes ----------------------------------------------------------------------------------- */

static void test_the_same_rules_change_nothing(void **state) {
        struct site *site = *state;
        char differs[128];

        rules_write(site, OLD, fall_20s, NULL, NULL);
        rules_write(site, NEW, fall_20s, NULL, NULL);
        for (int i = 0; i < 300; i++) {
                say(site, "E1", "fall", (int64_t)i * HOUR);
                say(site, "E1", "motion", (int64_t)i * HOUR + 30 * MINUTE);
        }
        assert_int_equal(judge(site), 0);
        assert_int_equal(site->backtest.total.count[TWIN_OLD], 300);
        assert_int_equal(site->backtest.total.count[TWIN_NEW], 300);
        assert_int_equal(site->backtest.matches.count, 0);
        assert_string_equal(backtest_rule_differs(&site->backtest.rules[0], differs), "");
}

static void test_a_longer_hold_moves_the_alert_by_as_much(void **state) {
        struct site *site = *state;
        char differs[128];

        rules_write(site, OLD, fall_20s, NULL, NULL);
        rules_write(site, NEW, fall_20s, "hold: 20s", "hold: 50s");
        say(site, "E1", "fall", 0);
        say(site, "E1", "motion", 3 * MINUTE);
        assert_int_equal(judge(site), 0);
        assert_int_equal(changes(site, MATCH_MOVED), 1);
        assert_string_equal(backtest_rule_differs(&site->backtest.rules[0], differs), "when");
        assert_in_range(match_change_moved_ms(&site->backtest.matches.all[0]), 29900, 30100);
        assert_int_equal(site->backtest.matches.all[0].before->device,
                         site->backtest.matches.all[0].after->device);
}

static void test_a_longer_hold_lets_the_elder_cancel(void **state) {
        struct site *site = *state;

        rules_write(site, OLD, fall_20s, NULL, NULL);
        rules_write(site, NEW, fall_20s, "hold: 20s", "hold: 50s");
        say(site, "E1", "fall", 0);
        say(site, "E1", "button_cancel", 40 * SECOND);
        say(site, "E1", "motion", 3 * MINUTE);
        assert_int_equal(judge(site), 0);
        assert_int_equal(changes(site, MATCH_LOST), 1);
        assert_int_equal(site->backtest.twin->sides[TWIN_NEW].cancels[0], 1);
        assert_int_equal(site->backtest.people[0].changes[MATCH_LOST], 1);
}

static void test_a_rule_in_the_shadow_pages_nobody_and_is_counted(void **state) {
        struct site *site = *state;
        char differs[128];

        rules_write(site, OLD, fall_20s, "    severity", "    shadow: true\n    severity");
        rules_write(site, NEW, fall_20s, NULL, NULL);
        say(site, "E1", "fall", 0);
        say(site, "E1", "motion", 3 * MINUTE);
        assert_int_equal(judge(site), 0);
        assert_int_equal(changes(site, MATCH_GAINED), 1);
        assert_int_equal(site->backtest.twin->sides[TWIN_OLD].shadows[0], 1);
        assert_string_equal(backtest_rule_differs(&site->backtest.rules[0], differs), "shadow");
}

static void test_another_severity_and_other_texts_are_told(void **state) {
        struct site *site = *state;
        char differs[128];

        rules_write(site, OLD, fall_20s, NULL, NULL);
        rules_write(site, NEW, fall_20s, "Go }\n", "Run }\n");
        say(site, "E1", "fall", 0);
        say(site, "E1", "motion", 3 * MINUTE);
        assert_int_equal(judge(site), 0);
        assert_int_equal(site->backtest.matches.count, 0);
        assert_string_equal(backtest_rule_differs(&site->backtest.rules[0], differs), "advice");
}

static void test_rules_of_one_set_only_are_added_or_removed(void **state) {
        struct site *site = *state;
        char differs[128];

        rules_write(site, OLD, fall_20s, NULL, NULL);
        rules_write(site, NEW, quiet_3h, NULL, NULL);
        say(site, "E1", "fall", 0);
        say(site, "E1", "motion", 3 * MINUTE);
        assert_int_equal(judge(site), 0);
        assert_int_equal(site->backtest.rule_count, 2);
        assert_string_equal(backtest_rule_differs(&site->backtest.rules[0], differs), "removed");
        assert_string_equal(backtest_rule_differs(&site->backtest.rules[1], differs), "added");
        assert_int_equal(changes(site, MATCH_LOST), 1);
}

/* --- time ---------------------------------------------------------------------------------------- */

static void test_silence_until_the_end_of_the_period_is_judged(void **state) {
        struct site *site = *state;

        rules_write(site, OLD, quiet_3h, NULL, NULL);
        rules_write(site, NEW, quiet_3h, "3h", "5h");
        site->options.to_ms = NOON_MS + 4 * HOUR;
        say(site, "E1", "motion", 0);
        assert_int_equal(judge(site), 0);
        assert_int_equal(site->backtest.total.count[TWIN_OLD], 1);
        assert_int_equal(site->backtest.total.count[TWIN_NEW], 0);
        assert_int_equal(changes(site, MATCH_LOST), 1);
}

static void test_what_was_before_the_period_is_known_but_not_counted(void **state) {
        struct site *site = *state;

        rules_write(site, OLD, quiet_3h, NULL, NULL);
        rules_write(site, NEW, quiet_3h, NULL, NULL);
        site->options.from_ms = NOON_MS + 10 * HOUR;
        site->options.to_ms = NOON_MS + 14 * HOUR;
        say(site, "E1", "motion", 0);        /* quiet at 3 h: not counted */
        say(site, "E1", "motion", 9 * HOUR); /* quiet at 12 h: counted */
        say(site, "E1", "motion", 13 * HOUR);
        say(site, "E1", "motion", 15 * HOUR); /* outside the period */
        assert_int_equal(judge(site), 0);
        assert_int_equal(site->backtest.total.count[TWIN_OLD], 1);
        assert_int_equal(site->backtest.twin->counted_events, 1);
        assert_int_equal(site->backtest.events_outside, 1);
}

static void test_the_clock_never_goes_back_and_says_how_often_it_would_have(void **state) {
        struct site *site = *state;

        rules_write(site, OLD, quiet_3h, NULL, NULL);
        rules_write(site, NEW, quiet_3h, NULL, NULL);
        say(site, "E1", "motion", 0);
        say(site, "E1", "motion", 2 * HOUR);
        say(site, "E1", "motion", HOUR);
        say(site, "E1", "motion", 3 * HOUR);
        assert_int_equal(judge(site), 0);
        assert_int_equal(site->backtest.twin->backwards, 1);
        assert_int_equal(site->backtest.twin->backwards_max_ms, HOUR);
        assert_int_equal(site->backtest.total.count[TWIN_OLD], 0);
}

static void test_sorted_events_are_judged_as_they_were_received(void **state) {
        struct site *site = *state;

        rules_write(site, OLD, quiet_3h, NULL, NULL);
        rules_write(site, NEW, quiet_3h, "3h", "2h");
        for (int i = 0; i < 10; i++)
                say(site, "E1", "motion", (int64_t)i * HOUR);
        fprintf(site->events,
                "{\"elder\":\"E2\",\"device\":\"w\",\"kind\":\"acceleration\",\"sequence\":1,"
                "\"received_time_ms\":%lld,\"samples\":[[1,2,3]]}\n",
                (long long)NOON_MS);
        for (int i = 0; i < 10; i++)
                say(site, "E2", "motion", (int64_t)i * HOUR);
        site->options.sort = true;
        assert_int_equal(judge(site), 0);
        assert_int_equal(site->backtest.source->events, 21);
        assert_int_equal(site->backtest.twin->backwards, 0);
        assert_int_equal(site->backtest.total.count[TWIN_OLD], 0);
        assert_int_equal(site->backtest.total.count[TWIN_NEW], 0);
}

static void test_a_clock_that_leaps_years_is_refused(void **state) {
        struct site *site = *state;

        rules_write(site, OLD, quiet_3h, NULL, NULL);
        rules_write(site, NEW, quiet_3h, NULL, NULL);
        say(site, "E1", "motion", 0);
        say(site, "E1", "motion", 401 * (int64_t)24 * HOUR);
        assert_true(judge(site) < 0);
}

/* --- input ---------------------------------------------------------------------------------------- */

static void test_lines_that_are_no_events_are_counted_and_left_out(void **state) {
        struct site *site = *state;

        rules_write(site, OLD, fall_20s, NULL, NULL);
        rules_write(site, NEW, fall_20s, NULL, NULL);
        say(site, "E1", "fall", 0);
        fputs("not json\n\n{\"elder\":\"E1\"}\n", site->events);
        say(site, "E1", "motion", 3 * MINUTE);
        assert_int_equal(judge(site), 0);
        assert_int_equal(site->backtest.source->bad, 2);
        assert_int_equal(site->backtest.source->events, 2);
        assert_int_equal(site->backtest.total.count[TWIN_NEW], 1);
}

static void test_an_empty_file_is_refused(void **state) {
        struct site *site = *state;

        rules_write(site, OLD, fall_20s, NULL, NULL);
        rules_write(site, NEW, fall_20s, NULL, NULL);
        assert_int_equal(judge(site), -ENODATA);
}

static void test_elders_nobody_registered_are_named_and_judged(void **state) {
        struct site *site = *state;

        rules_write(site, OLD, fall_20s, NULL, NULL);
        rules_write(site, NEW, fall_20s, NULL, NULL);
        say(site, "E1", "fall", 0);
        say(site, "E2", "fall", 1);
        say(site, "E1", "motion", 3 * MINUTE);
        assert_int_equal(judge(site), 0);
        assert_int_equal(site->backtest.twin->people.unregistered, 2);
        assert_int_equal(site->backtest.total.count[TWIN_OLD], 2);
}

static void test_nobody_is_offline_for_what_a_device_said_before_the_recording(void **state) {
        static const char offline[] = "version: 1\n"
                                      "rules:\n"
                                      "  - id: offline\n"
                                      "    title: { zh: 离线, en: Offline }\n"
                                      "    when: { offline: [ hub ], longer_than: 6h }\n"
                                      "    severity: minor\n"
                                      "    page: technical\n";
        struct site *site = *state;
        const struct registry_elder elder = {.id = "E1"};
        const struct registry_device device = {.id = "never-heard",
                                               .elder_id = "E1",
                                               .device_class = "hub",
                                               .heartbeat_ms = HOUR,
                                               .commissioned_time_ms = NOON_MS - WEEK};

        rules_write(site, OLD, offline, NULL, NULL);
        rules_write(site, NEW, offline, "6h", "60h");
        say(site, "E1", "motion", 0);
        say(site, "E1", "motion", 30 * HOUR);
        assert_int_equal(fclose(site->events), 0);
        site->events = NULL;
        assert_int_equal(backtest_prepare(&site->backtest, &site->cli), CLI_DONE);
        assert_int_equal(registry_new(&site->backtest.registry), 0);
        assert_int_equal(registry_put(site->backtest.registry, REGISTRY_ELDER, &elder), 0);
        assert_int_equal(registry_put(site->backtest.registry, REGISTRY_DEVICE, &device), 0);
        assert_int_equal(backtest_judge(&site->backtest), 0);
        assert_int_equal(backtest_compare(&site->backtest), 0);
        assert_int_equal(site->backtest.total.count[TWIN_OLD], 1);
        assert_in_range(site->backtest.twin->sides[TWIN_OLD].list.all[0].raised_ms,
                        NOON_MS + 6 * HOUR, NOON_MS + 6 * HOUR + SECOND);
        assert_int_equal(site->backtest.total.count[TWIN_NEW], 0);
}

static void test_kept_events_come_back_with_their_lanes_and_samples(void **state) {
        struct site *site = *state;
        struct source *source = NULL;
        struct source_event one;
        int16_t last[3];

        say(site, "E1", "motion", 0);
        say(site, "E1", "fall", 1);
        fputs("{\"elder\":\"E1\",\"device\":\"w\",\"kind\":\"acceleration\",\"sequence\":1,"
              "\"received_time_ms\":1795521600000,\"samples\":[[1,2,3],[4,5,6]]}\n",
              site->events);
        assert_int_equal(fclose(site->events), 0);
        site->events = NULL;
        site->options.keep = site->paths[KEPT];
        assert_int_equal(backtest_save(&site->cli, &site->options), CLI_DONE);
        assert_int_equal(source_file_open(&source, site->paths[KEPT]), 0);
        assert_int_equal(source_next(source, &one), 0);
        assert_int_equal(one.lane, LANE_TELEMETRY);
        assert_int_equal(source_next(source, &one), 0);
        assert_int_equal(one.lane, LANE_ALARM);
        assert_int_equal(one.event.kind, KIND_FALL);
        assert_int_equal(source_next(source, &one), 0);
        memcpy(last, one.samples + EVENT_SAMPLE_BYTES, sizeof(last));
        assert_int_equal(last[2], 6);
        assert_int_equal(source_next(source, &one), SOURCE_END);
        source_free(source);
}

static void test_kept_frames_give_the_same_answer_as_the_lines(void **state) {
        struct site *site = *state;
        struct backtest again = {.options = &site->options};

        rules_write(site, OLD, fall_20s, NULL, NULL);
        rules_write(site, NEW, fall_20s, "0.7", "0.9");
        fputs("{\"elder\":\"E1\",\"device\":\"w\",\"kind\":\"acceleration\",\"sequence\":1,"
              "\"received_time_ms\":1795521600000,\"samples\":[[1,2,3],[4,5,6]],"
              "\"sample_rate_dhz\":500}\n",
              site->events);
        for (int i = 0; i < 3000; i++)
                say(site, i % 2 ? "E1" : "E2", i % 3 ? "motion" : "fall", (int64_t)i * MINUTE);
        site->options.keep = site->paths[KEPT];
        assert_int_equal(judge(site), 0);
        site->options.keep = NULL;
        site->options.events = site->paths[KEPT];
        assert_int_equal(backtest_prepare(&again, &site->cli), CLI_DONE);
        assert_int_equal(backtest_judge(&again), 0);
        assert_int_equal(backtest_compare(&again), 0);
        assert_int_equal(again.source->events, 3001);
        assert_int_equal(again.total.count[TWIN_OLD], 1000);
        assert_memory_equal(&again.total, &site->backtest.total, sizeof(again.total));
        backtest_fini(&again);
}

static void test_a_cut_off_frame_is_an_error_not_an_end(void **state) {
        struct site *site = *state;

        rules_write(site, OLD, fall_20s, NULL, NULL);
        rules_write(site, NEW, fall_20s, NULL, NULL);
        say(site, "E1", "fall", 0);
        site->options.keep = site->paths[KEPT];
        assert_int_equal(judge(site), 0);
        assert_int_equal(truncate(site->paths[KEPT], FRAME_HEADER_BYTES + EVENT_BYTES - 1), 0);
        backtest_fini(&site->backtest);
        site->options.keep = NULL;
        site->options.events = site->paths[KEPT];
        site->backtest.options = &site->options;
        assert_int_equal(judge(site), -EBADMSG);
}

/* --- falls ----------------------------------------------------------------------------------------- */

/* Two fall events within a week: the first is confirmed as real, the second has no verdict. A third, real fall raised
 * no alert. */
static void falls(struct site *site) {
        rules_write(site, OLD, fall_20s, NULL, NULL);
        rules_write(site, NEW, fall_20s, NULL, NULL);
        say(site, "E1", "fall", 0);
        say(site, "E1", "fall", WEEK / 2);
        say(site, "E1", "motion", WEEK);
        file_write(site->paths[VERDICTS], "elder,time,verdict\n"
                                          "E1,2026-11-24T12:00:30Z,real\n"
                                          "E1,2026-11-30T12:00:00Z,real\n");
        site->options.verdicts = site->paths[VERDICTS];
}

static void test_a_fall_alert_nobody_confirmed_counts_as_false(void **state) {
        struct site *site = *state;
        const struct found *found = &site->backtest.found[TWIN_NEW].falls;

        falls(site);
        assert_int_equal(judge(site), 0);
        assert_int_equal(found->alerts, 2);
        assert_int_equal(found->real, 1);
        assert_int_equal(found->unjudged, 1);
        assert_int_equal(found->truths, 2);
        assert_int_equal(found->met, 1);
        assert_true(fabs(found_per_week(found, site->backtest.watched_ms) - 1) < 1e-3);
        assert_int_equal(site->backtest.found[TWIN_NEW].devices[0], 1);
}

static void test_the_budget_fails_only_when_set_and_exceeded(void **state) {
        struct site *site = *state;

        falls(site);
        assert_int_equal(judge(site), 0);
        assert_false(backtest_over_budget(&site->backtest));
        site->options.budget_per_week = 1.1;
        assert_false(backtest_over_budget(&site->backtest));
        site->options.budget_per_week = 0.9;
        assert_true(backtest_over_budget(&site->backtest));
}

/* --- output ---------------------------------------------------------------------------------------- */

static char *told(struct site *site, int (*tell)(const struct backtest *backtest, FILE *stream)) {
        char *text = NULL;
        size_t bytes = 0;
        FILE *stream = open_memstream(&text, &bytes);

        assert_int_equal(tell(&site->backtest, stream), 0);
        assert_int_equal(fclose(stream), 0);
        return text;
}

static void test_json_has_every_elder_and_every_change(void **state) {
        struct site *site = *state;

        rules_write(site, OLD, fall_20s, NULL, NULL);
        rules_write(site, NEW, fall_20s, "hold: 20s", "hold: 50s");
        for (int i = 0; i < 50; i++) {
                char elder[8];

                snprintf(elder, sizeof(elder), "E%d", i);
                say(site, elder, "fall", (int64_t)i * HOUR);
        }
        say(site, "E0", "motion", 50 * HOUR);
        assert_int_equal(judge(site), 0);

        char *text = told(site, backtest_print_json);
        yyjson_doc *doc = yyjson_read(text, strlen(text), 0);
        yyjson_val *root = yyjson_doc_get_root(doc);

        assert_string_equal(yyjson_get_str(yyjson_obj_get(root, "schema")), "vigil-backtest-1");
        assert_int_equal(yyjson_arr_size(yyjson_obj_get(root, "elders")), 50);
        assert_int_equal(yyjson_arr_size(yyjson_obj_get(root, "changes")), 50);
        assert_int_equal(yyjson_get_uint(yyjson_obj_get(yyjson_obj_get(root, "total"), "moved")),
                         50);
        assert_non_null(yyjson_obj_get(yyjson_obj_get(root, "operator_load"), "peak_10_min"));
        yyjson_doc_free(doc);
        free(text);
}

static void test_the_report_stands_alone_and_escapes_foreign_ids(void **state) {
        struct site *site = *state;
        static char page[512 * 1024];
        FILE *file;

        rules_write(site, OLD, fall_20s, NULL, NULL);
        rules_write(site, NEW, fall_20s, "hold: 20s", "hold: 50s");
        say(site, "<script>", "fall", 0);
        say(site, "<script>", "motion", 3 * MINUTE);
        assert_int_equal(judge(site), 0);
        for (int english = 0; english < 2; english++) {
                site->options.language = english ? NULL : chinese();
                assert_int_equal(backtest_report(&site->backtest, site->paths[REPORT]), 0);
                file = fopen(site->paths[REPORT], "r");
                assert_non_null(file);
                page[fread(page, 1, sizeof(page) - 1, file)] = '\0';
                fclose(file);
                assert_null(strstr(page, "<script"));
                assert_null(strstr(page, "src="));
                assert_null(strstr(page, "href="));
                assert_non_null(strstr(page, "&lt;script&gt;"));
                assert_non_null(strstr(page, "<svg viewBox"));
                assert_non_null(strstr(page, english ? "moved" : "移动"));
                assert_non_null(strstr(page, "</html>"));
        }
}

static int table(const struct backtest *backtest, FILE *stream) {
        backtest_print(backtest, stream);
        return 0;
}

static void test_the_table_speaks_both_languages(void **state) {
        struct site *site = *state;

        falls(site);
        assert_int_equal(judge(site), 0);

        char *english = told(site, table);

        site->options.language = chinese();

        char *translated = told(site, table);

        assert_non_null(strstr(english, "false fall alerts per person and week"));
        assert_non_null(strstr(translated, "每人每周跌倒误报"));
        free(english);
        free(translated);
}

static void test_a_report_that_cannot_be_written_is_an_error(void **state) {
        struct site *site = *state;

        falls(site);
        assert_int_equal(judge(site), 0);
        assert_true(backtest_report(&site->backtest, "no-such-folder/report.html") < 0);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void) {
        const struct CMUnitTest tests[] = {
                TEST(test_the_same_rules_change_nothing),
                TEST(test_a_longer_hold_moves_the_alert_by_as_much),
                TEST(test_a_longer_hold_lets_the_elder_cancel),
                TEST(test_a_rule_in_the_shadow_pages_nobody_and_is_counted),
                TEST(test_another_severity_and_other_texts_are_told),
                TEST(test_rules_of_one_set_only_are_added_or_removed),
                TEST(test_silence_until_the_end_of_the_period_is_judged),
                TEST(test_what_was_before_the_period_is_known_but_not_counted),
                TEST(test_the_clock_never_goes_back_and_says_how_often_it_would_have),
                TEST(test_sorted_events_are_judged_as_they_were_received),
                TEST(test_a_clock_that_leaps_years_is_refused),
                TEST(test_lines_that_are_no_events_are_counted_and_left_out),
                TEST(test_an_empty_file_is_refused),
                TEST(test_elders_nobody_registered_are_named_and_judged),
                TEST(test_nobody_is_offline_for_what_a_device_said_before_the_recording),
                TEST(test_kept_events_come_back_with_their_lanes_and_samples),
                TEST(test_kept_frames_give_the_same_answer_as_the_lines),
                TEST(test_a_cut_off_frame_is_an_error_not_an_end),
                TEST(test_a_fall_alert_nobody_confirmed_counts_as_false),
                TEST(test_the_budget_fails_only_when_set_and_exceeded),
                TEST(test_json_has_every_elder_and_every_change),
                TEST(test_the_report_stands_alone_and_escapes_foreign_ids),
                TEST(test_the_table_speaks_both_languages),
                TEST(test_a_report_that_cannot_be_written_is_an_error),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}

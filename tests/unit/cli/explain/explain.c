/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "cli/command/verbs.h"
#include "cli/explain/alert.h"
#include "cli/explain/alert_json.h"
#include "cli/explain/alert_table.h"
#include "cli/explain/rule.h"
#include "cli/explain/rule_json.h"
#include "cli/explain/rule_table.h"
#include "tests/unit/common/chinese.h"

#define ALERT "5b8d9c9ae13b689dcc744dc8055322c5"

/* 2026-11-24T23:30:00+08:00; the district of the first elder is in Shanghai. */
#define NOW_MS INT64_C(1795534200000)

static struct explain_options asked(const char *elder) {
        return (struct explain_options){
                .rules = "explain/rules",
                .registry = "registry",
                .time_zone = "Asia/Shanghai",
                .elder = elder,
                .now_ms = NOW_MS,
        };
}

/* Return: what the command prints about @what; the caller frees it. Stores the exit code in *ret_exit. */
static char *explained(const struct explain_options *options, const char *what,
                       enum cli_exit *ret_exit) {
        struct cli cli = {.verb = &verb_explain};
        struct explain_world world;
        struct explain_alert alert;
        struct explain_rule rule;
        bool of_alert = strlen(what) == strlen(ALERT);
        char *text = NULL;
        size_t bytes;
        FILE *out = open_memstream(&text, &bytes);

        assert_non_null(out);
        *ret_exit = explain_world_open(&world, &cli, options, of_alert);
        if (*ret_exit == CLI_DONE && of_alert) {
                *ret_exit = explain_alert_make(&alert, &world, what);
                if (*ret_exit == CLI_DONE && options->json)
                        assert_int_equal(explain_alert_json(&alert, out), 0);
                else if (*ret_exit == CLI_DONE)
                        explain_alert_table(&alert, out);
                explain_alert_fini(&alert);
        } else if (*ret_exit == CLI_DONE) {
                assert_int_equal(explain_world_rules(&world), CLI_DONE);
                if (options->elder)
                        assert_int_equal(explain_world_registry(&world), CLI_DONE);
                *ret_exit = explain_rule_make(&rule, &world, what);
                if (*ret_exit == CLI_DONE && options->json)
                        assert_int_equal(explain_rule_json(&rule, out), 0);
                else if (*ret_exit == CLI_DONE)
                        explain_rule_table(&rule, out);
                explain_rule_fini(&rule);
        }
        explain_world_close(&world);
        fclose(out);
        return text;
}

static void assert_says(const char *text, const char *piece) {
        if (!text || !strstr(text, piece))
                fail_msg("\"%s\" is missing in:\n%s", piece, text ? text : "nothing at all");
}

static void assert_says_not(const char *text, const char *piece) {
        if (strstr(text, piece))
                fail_msg("\"%s\" must not be in:\n%s", piece, text);
}

static char *rule_explained(const char *rule, const char *elder) {
        struct explain_options options = asked(elder);
        enum cli_exit left;
        char *text = explained(&options, rule, &left);

        assert_int_equal(left, CLI_DONE);
        return text;
}

/* --- rules ------------------------------------------------------------------------------------------- */

static void test_each_value_says_whose_it_is_and_where(void **state) {
        char *text = rule_explained("heart-rate-high", "E0001");

        assert_says(text, "rule               explain/rules/10-rules.yaml:6:14");
        assert_says(text, "elder E0001        explain/rules/overrides.d/elders.yaml:5:19  instead "
                          "of 130 (explain/rules/overrides.d/elders.yaml:10)");
        assert_says(text, "district north     explain/rules/overrides.d/elders.yaml:10:17  instead "
                          "of 60s (explain/rules/10-rules.yaml:9)");
        assert_says(text, "because: 房颤，医嘱; until 2027-02-01");
        free(text);
}

static void test_a_districts_value_holds_for_who_has_none(void **state) {
        char *text = rule_explained("heart-rate-high", "E0003");

        assert_says(text, "130                        district north");
        assert_says_not(text, "135");
        free(text);
}

static void test_what_says_no_is_marked(void **state) {
        char *text = rule_explained("inactivity", "E0003");

        assert_says(text, "Applies: no");
        assert_says(text, "✓  conditions         [ dementia ]");
        assert_says(text, "✗  age_at_least       80");
        assert_says(text, "elder: 76");
        free(text);
        text = rule_explained("heart-rate-high", "E0003");
        assert_says(text, "Applies: yes");
        free(text);
}

static void test_the_time_of_day_in_force_is_marked(void **state) {
        char *text = rule_explained("inactivity", "E0003");

        assert_says(text, "22:00–06:00  10 h  <- now");
        assert_says_not(text, "3 h  <- now");
        free(text);
}

static void test_an_ended_override_is_named_and_changes_nothing(void **state) {
        char *text = rule_explained("inactivity", "E0003");

        assert_says(text, "has ended: elder E0003");
        assert_says(text, "by_time");
        assert_says_not(text, "  5h");
        free(text);
}

static void test_one_limit_takes_the_place_of_another(void **state) {
        char *text = rule_explained("inactivity", "E0002");

        assert_says(text, "longer_than        6h                         elder E0002");
        assert_says_not(text, "   by_time");
        free(text);
}

static void test_who_would_be_paged_and_who_never_is(void **state) {
        char *text = rule_explained("heart-rate-high", "E0001");

        assert_says(text,
                    "Ladder vital-now, 2 steps; the first would page now: family F0001a, family "
                    "F0001b, desk desk-1");
        free(text);
        text = rule_explained("inactivity", NULL);
        assert_says(text, "Shadow");
        assert_says(text, "Pages nobody");
        assert_says(text, "for no particular elder");
        free(text);
}

static void test_a_rule_as_json(void **state) {
        struct explain_options options = asked("E0001");
        enum cli_exit left;
        char *text;

        options.json = true;
        text = explained(&options, "heart-rate-high", &left);
        assert_int_equal(left, CLI_DONE);
        assert_says(text,
                    "{\"key\":\"above\",\"value\":\"135\",\"scope\":\"elder\",\"id\":\"E0001\"");
        assert_says(text, "\"scope\":\"district\",\"id\":\"north\"");
        assert_says(text, "\"applies\":true");
        free(text);
}

static void test_nobody_and_nothing_of_that_name_is_exit_1(void **state) {
        struct explain_options options = asked("E9999");
        enum cli_exit left;

        free(explained(&options, "heart-rate-high", &left));
        assert_int_equal(left, CLI_BAD);
        options = asked("E0001");
        free(explained(&options, "heart-rate-hih", &left));
        assert_int_equal(left, CLI_BAD);
}

/* --- alerts ------------------------------------------------------------------------------------------ */

static struct explain_options of_files(void) {
        struct explain_options options = asked(NULL);

        options.alerts = "explain/alerts.jsonl";
        options.ledger = "explain/ledger.jsonl";
        return options;
}

static void test_an_alert_tells_what_led_to_it(void **state) {
        struct explain_options options = of_files();
        enum cli_exit left;
        char *text = explained(&options, ALERT, &left);

        assert_int_equal(left, CLI_DONE);
        assert_says(text, "elder E0001, device band-17, caused by event band-17:3:42");
        assert_says(text, "event time     2026-09-21 22:13:20.000 +08:00");
        assert_says(text, "received       2026-09-21 22:13:20.003 +08:00");
        assert_says(text, "limit then in force 135 (the elder's own or the district's)");
        assert_says(text, "lasted 95 s (required: 90 s)");
        assert_says(text, "2026-09-21 22:12:15.000 +08:00  139.5");
        assert_says(text, "there is another one now");
        free(text);
}

static void test_what_became_of_it_is_told_once_in_order(void **state) {
        struct explain_options options = of_files();
        enum cli_exit left;
        char *text = explained(&options, ALERT, &left), *raised, *cleared;

        raised = strstr(text, "raised         critical");
        assert_non_null(raised);
        assert_null(strstr(raised + 1, "raised         critical")); /* the repeat is not printed */
        cleared = strstr(text, "cleared        critical, value 101"); /* a line of vigil tap */
        assert_true(cleared > raised);
        assert_says(text, "22:13:29.011 +08:00  accepted       family F0001a, step 1, attempt 1");
        free(text);
        options.language = chinese();
        text = explained(&options, ALERT, &left);
        assert_says(text, "接受");
        free(text);
}

static void test_an_alert_nobody_knows_is_exit_1(void **state) {
        struct explain_options options = of_files();
        enum cli_exit left;

        free(explained(&options, "00000000000000000000000000000000", &left));
        assert_int_equal(left, CLI_BAD);
}

static void test_an_alert_as_json(void **state) {
        struct explain_options options = of_files();
        enum cli_exit left;
        char *text;

        options.json = true;
        text = explained(&options, ALERT, &left);
        assert_says(text, "\"same_rules\":false");
        assert_says(text, "\"history\":[[1789999905000,138.0]");
        assert_says(text, "\"type\":\"planned\"");
        free(text);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_each_value_says_whose_it_is_and_where),
                cmocka_unit_test(test_a_districts_value_holds_for_who_has_none),
                cmocka_unit_test(test_what_says_no_is_marked),
                cmocka_unit_test(test_the_time_of_day_in_force_is_marked),
                cmocka_unit_test(test_an_ended_override_is_named_and_changes_nothing),
                cmocka_unit_test(test_one_limit_takes_the_place_of_another),
                cmocka_unit_test(test_who_would_be_paged_and_who_never_is),
                cmocka_unit_test(test_a_rule_as_json),
                cmocka_unit_test(test_nobody_and_nothing_of_that_name_is_exit_1),
                cmocka_unit_test(test_an_alert_tells_what_led_to_it),
                cmocka_unit_test(test_what_became_of_it_is_told_once_in_order),
                cmocka_unit_test(test_an_alert_nobody_knows_is_exit_1),
                cmocka_unit_test(test_an_alert_as_json),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "rules/lang/lang.h"
#include "rules/lang/origins.h"

static const char text[] = "version: 1\n"
                           "rules:\n"
                           "  - id: heart\n"
                           "    title: { zh: 心率, en: Heart }\n"
                           "    when:\n"
                           "      vital: heart_rate\n"
                           "      above: 120\n"
                           "      for: 60s\n"
                           "    applies_to: { care_levels: [ full, partial ] }\n"
                           "    severity: minor\n"
                           "    page: none\n"
                           "  - id: quiet\n"
                           "    title: { zh: 静, en: Quiet }\n"
                           "    when:\n"
                           "      quiet: [ motion ]\n"
                           "      by_time:\n"
                           "        - { from: \"06:00\", to: \"22:00\", longer_than: 3h }\n"
                           "        - { from: \"22:00\", to: \"06:00\", longer_than: 10h }\n"
                           "    severity: minor\n"
                           "    page: none\n"
                           "overrides:\n"
                           "  - elder: E1\n"
                           "    rule: heart\n"
                           "    set: { above: 130 }\n"
                           "    reason: 医嘱\n"
                           "    until: 2026-12-01\n";

static struct lang_origins load(const char *rules, int expected) {
        struct lang_origins origins = {.rules = NULL};
        struct lang_options options = {.origins = &origins, .now_ms = 1790000000000};
        struct rule_set *set = NULL;
        struct diag *diag;

        assert_int_equal(diag_new(&diag), 0);
        assert_int_equal(lang_parse(&set, "a.yaml", rules, strlen(rules), &options, diag),
                         expected);
        rule_set_free(set);
        diag_free(diag);
        return origins;
}

static void assert_value(const struct lang_source *source, const char *key, const char *value,
                         int line, int column) {
        const struct lang_origin *origin = lang_origin_find(source, key);

        assert_non_null(origin);
        assert_string_equal(origin->text, value);
        assert_string_equal(origin->file, "a.yaml");
        assert_int_equal(origin->line, line);
        assert_int_equal(origin->column, column);
}

static void test_every_value_knows_where_it_stands(void **state) {
        struct lang_origins origins = load(text, 0);

        assert_int_equal(origins.rule_count, 2);
        assert_value(&origins.rules[0], "above", "120", 7, 14);
        assert_value(&origins.rules[0], "for", "60s", 8, 12);
        assert_value(&origins.rules[0], "title.en", "Heart", 4, 26);
        assert_value(&origins.rules[0], "applies_to.care_levels", "[ full, partial ]", 9, 32);
        assert_null(lang_origin_find(&origins.rules[0], "below"));
        assert_int_equal(origins.rules[1].here.line, 12);
        lang_origins_fini(&origins);
}

static void test_lists_of_maps_are_told_on_one_line(void **state) {
        struct lang_origins origins = load(text, 0);

        assert_value(&origins.rules[1], "by_time",
                     "[ { from: 06:00, to: 22:00, longer_than: 3h }, "
                     "{ from: 22:00, to: 06:00, longer_than: 10h } ]",
                     17, 9);
        lang_origins_fini(&origins);
}

static void test_an_override_tells_whose_it_is_and_why(void **state) {
        struct lang_origins origins = load(text, 0);
        const struct lang_source *override = &origins.overrides[0];

        assert_int_equal(origins.override_count, 1);
        assert_int_equal(override->rule_index, 0);
        assert_int_equal(override->scope, RULE_OVERRIDE_ELDER);
        assert_string_equal(override->id, "E1");
        assert_int_equal(override->here.line, 22);
        assert_value(override, "above", "130", 24, 19);
        assert_string_equal(override->reason.text, "医嘱");
        assert_string_equal(override->until.text, "2026-12-01");
        lang_origins_fini(&origins);
}

static void test_what_is_refused_has_none(void **state) {
        struct lang_origins origins = load("version: 1\nrules: []\n", LANG_REFUSED);

        assert_int_equal(origins.rule_count, 0);
        assert_null(origins.rules);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_every_value_knows_where_it_stands),
                cmocka_unit_test(test_lists_of_maps_are_told_on_one_line),
                cmocka_unit_test(test_an_override_tells_whose_it_is_and_why),
                cmocka_unit_test(test_what_is_refused_has_none),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: MIT
 *
 * Checks of rules against the registry: what rules name exists, every rule applies to somebody, and the overrides that
 * apply to one elder fit together.
 */
#include <stdio.h>
#include <string.h>

#include "rules/lang/lang.h"
#include "tests/unit/common/unit.h"

static const int64_t today_ms = INT64_C(1795496400000); /* 2026-11-24 13:00 in Shanghai */

#define RULE(id, rest)                                                                             \
        "  - id: " id                                                                              \
        "\n    title: { zh: 标题, en: Title }\n    severity: minor\n    page: technical\n" rest
#define HEART RULE("hr", "    when: { vital: heart_rate, above: 120, clear_below: 110 }\n")
#define UNTIL "    reason: x\n    until: 2027-01-31\n"

/* A city with one district and one grid in it, and in the grid one elder, born 1940, with one device. */
static struct registry *town(void) {
        struct registry *registry;
        const struct registry_district districts[] = {{.id = "gongshu"},
                                                      {.id = "grid-1", .parent = "gongshu"}};
        struct registry_elder elder = {.id = "E0001",
                                       .birth_year = 1940,
                                       .care_level = "partial",
                                       .district = "grid-1",
                                       .lives_alone = true};
        const struct registry_device device = {.id = "sos-1",
                                               .elder_id = "E0001",
                                               .device_class = "sos_button",
                                               .room = "bathroom"};

        memcpy(elder.conditions.word[0], "copd", 5);
        elder.conditions.count = 1;
        assert_int_equal(registry_new(&registry), 0);
        for (size_t i = 0; i < 2; i++)
                assert_int_equal(registry_put(registry, REGISTRY_DISTRICT, &districts[i]), 0);
        assert_int_equal(registry_put(registry, REGISTRY_ELDER, &elder), 0);
        assert_int_equal(registry_put(registry, REGISTRY_DEVICE, &device), 0);
        return registry;
}

/* The rules in @text must give exactly the diagnostic @code, whose text contains @message; @code "": none. */
static void expect(const char *text, const char *code, const char *message, const char *help) {
        struct registry *registry = town();
        const struct lang_options options = {
                .time_zone = "Asia/Shanghai", .now_ms = today_ms, .registry = registry};
        struct rule_set *rules = NULL;
        struct diag_item item;
        struct diag *diag;

        assert_int_equal(diag_new(&diag), 0);
        lang_parse(&rules, "a.yaml", text, strlen(text), &options, diag);
        if (diag_errors(diag) + diag_warnings(diag) != (*code != '\0'))
                diag_print(diag, stderr, false);
        assert_int_equal(diag_errors(diag) + diag_warnings(diag), *code != '\0');
        if (*code) {
                assert_true(diag_at(diag, 0, &item));
                assert_string_equal(item.code, code);
                assert_non_null(strstr(item.message, message));
                assert_true(!help || (item.help && strcmp(item.help, help) == 0));
        }
        rule_set_free(rules);
        diag_free(diag);
        registry_free(registry);
}

static void test_names_that_the_registry_has_are_no_matter(void **state) {
        expect("version: 1\nrules:\n" HEART
               "    applies_to: { districts: [ gongshu ], conditions: [ copd ], age_at_least: 80, "
               "lives_alone: true }\n" RULE("off", "    when: { offline: [ sos_button ] }\n")
                       RULE("quiet", "    when: { quiet: [ motion ], longer_than: 4h, room: "
                                     "bathroom }\n") "overrides:\n  - elder: E0001\n    rule: hr\n"
                                                     "    set: { above: 130 }\n" UNTIL,
               "", "", NULL);
}

static void test_a_slip_in_a_name_is_found(void **state) {
        expect("version: 1\nrules:\n" HEART "    applies_to: { districts: [ grid-1, gongsu ] }\n",
               "W014", "no district \"gongsu\"", "did you mean \"gongshu\"?");
        expect("version: 1\nrules:\n" RULE("off", "    when: { offline: [ sos_buton ] }\n"), "W014",
               "no device class \"sos_buton\"", "did you mean \"sos_button\"?");
        expect("version: 1\nrules:\n" RULE(
                       "seq", "    when:\n      sequence:\n        - { event: bed_out }\n        "
                              "- { event: toilet, room: bathrom, within: 5m }\n"),
               "W014", "no room \"bathrom\"", "did you mean \"bathroom\"?");
        expect("version: 1\nrules:\n" HEART
               "overrides:\n  - elder: E0010\n    rule: hr\n    set: { above: 130 }\n" UNTIL,
               "W014", "no elder \"E0010\"", "did you mean \"E0001\"?");
        expect("version: 1\nrules:\n" HEART
               "overrides:\n  - district: grid-7\n    rule: hr\n    set: { above: 130 }\n" UNTIL,
               "W014", "no district \"grid-7\"", "did you mean \"grid-1\"?");
}

static void test_a_rule_that_watches_nobody_is_dead(void **state) {
        expect("version: 1\nrules:\n" HEART "    applies_to: { care_levels: [ full ] }\n", "W015",
               "watches nobody", NULL);
        expect("version: 1\nrules:\n" HEART "    applies_to: { age_at_least: 100 }\n", "W015",
               "watches nobody", NULL);
}

static void test_an_elders_values_must_fit_those_of_her_districts(void **state) {
        static const char *const form =
                "version: 1\nrules:\n" HEART
                "overrides:\n  - elder: E0001\n    rule: hr\n    set: { clear_below: 118 }\n" UNTIL
                "  - district: %s\n    rule: hr\n    set: { above: 115 }\n" UNTIL;
        char text[1024];

        snprintf(text, sizeof(text), form, "gongshu");
        expect(text, "R030", "clear_below (118) must be lower than above (115, of a wider", NULL);
        /* The override of the inner district takes precedence, and its limit fits again. */
        snprintf(text, sizeof(text), form, "gongshu");
        strcat(text, "  - district: grid-1\n    rule: hr\n    set: { above: 125 }\n" UNTIL);
        expect(text, "", "", NULL);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_names_that_the_registry_has_are_no_matter),
                cmocka_unit_test(test_a_slip_in_a_name_is_found),
                cmocka_unit_test(test_a_rule_that_watches_nobody_is_dead),
                cmocka_unit_test(test_an_elders_values_must_fit_those_of_her_districts),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: MIT
 *
 * rules/alert/texts.c: the texts of an alert, in both languages.
 */
#include "rules/alert/texts.h"

#include <math.h>
#include <string.h>

#include "common/base/utf8.h"
#include "rules/eval/rule_set_builder.h"
#include "tests/unit/common/unit.h"

static struct rule_set *one_rule(enum rule_condition_type type) {
        struct rule_set_builder *builder;
        struct rule_set *rules;
        struct rule rule = {.id = "r", .severity = SEVERITY_MINOR, .condition.type = type};
        uint32_t index;

        if (type == CONDITION_VITAL) {
                rule.class = ALERT_VITAL;
                rule.condition.vital = (struct condition_vital){.kind = KIND_HEART_RATE,
                                                                .above = 120,
                                                                .below = -INFINITY,
                                                                .clear_below = NAN,
                                                                .clear_above = NAN};
        } else {
                rule.class = ALERT_TECHNICAL;
                rule.condition.offline.factor = 1;
        }
        assert_int_equal(rule_set_builder_new(&builder), 0);
        assert_int_equal(rule_set_builder_add_rule(builder, &rule, &index), 0);
        assert_int_equal(rule_set_builder_finish(builder, "1", &rules), 0);
        rule_set_builder_free(builder);
        return rules;
}

static void expect(const struct verdict *verdict, const char *text, bool chinese,
                   const char *expected) {
        char said[ALERT_TEXT_BYTES];

        alert_texts_expand(verdict, text, chinese, said);
        assert_string_equal(said, expected);
}

static void test_a_reading_is_said_with_its_unit_and_limit(void **state) {
        struct rule_set *rules = one_rule(CONDITION_VITAL);
        const struct verdict verdict = {.rule_set = rules,
                                        .kind = KIND_HEART_RATE,
                                        .value = 131.5,
                                        .limit = 120,
                                        .samples = 4,
                                        .duration_ms = 65000};

        expect(&verdict, "心率 {value} {unit}，超过 {limit}", true, "心率 131.5 次/分，超过 120");
        expect(&verdict, "Heart rate {value} {unit} for {duration}, {samples} times", false,
               "Heart rate 131.5 /min for 1 min 5 s, 4 times");
        expect(&verdict, "{duration}", true, "1 分钟 5 秒");
        rule_set_free(rules);
}

static void test_what_should_have_come_has_a_limit_in_time(void **state) {
        struct rule_set *rules = one_rule(CONDITION_OFFLINE);
        struct verdict verdict = {.rule_set = rules,
                                  .kind = KIND_HEARTBEAT,
                                  .value = NAN,
                                  .limit = 43200,
                                  .duration_ms = INT64_C(90000000),
                                  .device_id = "sos-1",
                                  .room = "bathroom"};

        expect(&verdict, "{device} {duration} ({limit})", false, "sos-1 1 d 1 h (12 h)");
        expect(&verdict, "{room}", true, "卫生间");
        expect(&verdict, "{room}", false, "bathroom");
        memcpy(verdict.room, "study", 6);
        expect(&verdict, "{room}", true, "study");
        rule_set_free(rules);
}

static void test_what_is_not_known_is_a_dash(void **state) {
        struct rule_set *rules = one_rule(CONDITION_VITAL);
        const struct verdict verdict = {
                .rule_set = rules, .kind = KIND_HEART_RATE, .value = NAN, .limit = NAN};

        expect(&verdict, "{value}/{limit}/{room}/{device}/{late}", false, "–/–/–/–/0 s");
        rule_set_free(rules);
}

static void test_a_brace_is_written_twice(void **state) {
        const struct verdict verdict = {.confidence_pct = 70};

        expect(&verdict, "{{value} {confidence}", false, "{value} 70 %");
        /* Checks refuse these texts. If one gets through, it is shown as it is, not dropped. */
        expect(&verdict, "{vlaue} {", false, "{vlaue} {");
}

static void test_what_is_too_long_is_cut_between_characters(void **state) {
        struct verdict verdict = {.device_id = "D", .room = "kitchen"};
        char text[ALERT_TEXT_BYTES] = "", said[ALERT_TEXT_BYTES];

        for (size_t i = 0; i + 6 < sizeof(text); i += 6)
                memcpy(text + i, "{room}", 6);
        alert_texts_expand(&verdict, text, true, said);
        assert_true(strlen(said) < sizeof(said) && strlen(said) > sizeof(said) - 8);
        assert_int_equal(utf8_prefix(said, strlen(said), sizeof(said)), strlen(said));
        assert_int_equal(strlen(said) % 3, 0);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_a_reading_is_said_with_its_unit_and_limit),
                cmocka_unit_test(test_what_should_have_come_has_a_limit_in_time),
                cmocka_unit_test(test_what_is_not_known_is_a_dash),
                cmocka_unit_test(test_a_brace_is_written_twice),
                cmocka_unit_test(test_what_is_too_long_is_cut_between_characters),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}

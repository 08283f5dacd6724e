/* SPDX-License-Identifier: MIT
 *
 * The chart of NEWS2 (RCP 2017, Chart 1): every value in it, on both scales of SpO2, and the values between. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <math.h>

#include <cmocka.h>

#include "rules/eval/measure/news2.h"

enum { AIR, OXYGEN, NOBODY_SAYS };

/* A row of the chart: the points for values from @from to @to inclusive, in the steps of the chart (temperature: 0.1
 * °C). */
static const struct row {
        enum rule_news2 parameter;
        int scale; /* of SpO2; 0: for other parameters */
        int gas;   /* NOBODY_SAYS: unknown, or without influence */
        int from, to;
        uint8_t points;
} chart[] = {
        {RULE_NEWS2_RESPIRATION, 0, NOBODY_SAYS, 0, 8, 3},
        {RULE_NEWS2_RESPIRATION, 0, NOBODY_SAYS, 9, 11, 1},
        {RULE_NEWS2_RESPIRATION, 0, NOBODY_SAYS, 12, 20, 0},
        {RULE_NEWS2_RESPIRATION, 0, NOBODY_SAYS, 21, 24, 2},
        {RULE_NEWS2_RESPIRATION, 0, NOBODY_SAYS, 25, 120, 3},

        {RULE_NEWS2_SPO2, 1, AIR, 0, 91, 3},
        {RULE_NEWS2_SPO2, 1, AIR, 92, 93, 2},
        {RULE_NEWS2_SPO2, 1, AIR, 94, 95, 1},
        {RULE_NEWS2_SPO2, 1, AIR, 96, 100, 0},
        {RULE_NEWS2_SPO2, 1, OXYGEN, 0, 91, 3},
        {RULE_NEWS2_SPO2, 1, OXYGEN, 92, 93, 2},
        {RULE_NEWS2_SPO2, 1, OXYGEN, 94, 95, 1},
        {RULE_NEWS2_SPO2, 1, OXYGEN, 96, 100, 0},
        {RULE_NEWS2_SPO2, 1, NOBODY_SAYS, 0, 91, 3},
        {RULE_NEWS2_SPO2, 1, NOBODY_SAYS, 92, 93, 2},
        {RULE_NEWS2_SPO2, 1, NOBODY_SAYS, 94, 95, 1},
        {RULE_NEWS2_SPO2, 1, NOBODY_SAYS, 96, 100, 0},

        {RULE_NEWS2_SPO2, 2, AIR, 0, 83, 3},
        {RULE_NEWS2_SPO2, 2, AIR, 84, 85, 2},
        {RULE_NEWS2_SPO2, 2, AIR, 86, 87, 1},
        {RULE_NEWS2_SPO2, 2, AIR, 88, 92, 0},
        {RULE_NEWS2_SPO2, 2, AIR, 93, 100, 0},
        {RULE_NEWS2_SPO2, 2, OXYGEN, 0, 83, 3},
        {RULE_NEWS2_SPO2, 2, OXYGEN, 84, 85, 2},
        {RULE_NEWS2_SPO2, 2, OXYGEN, 86, 87, 1},
        {RULE_NEWS2_SPO2, 2, OXYGEN, 88, 92, 0},
        {RULE_NEWS2_SPO2, 2, OXYGEN, 93, 94, 1},
        {RULE_NEWS2_SPO2, 2, OXYGEN, 95, 96, 2},
        {RULE_NEWS2_SPO2, 2, OXYGEN, 97, 100, 3},
        {RULE_NEWS2_SPO2, 2, NOBODY_SAYS, 0, 83, 3},
        {RULE_NEWS2_SPO2, 2, NOBODY_SAYS, 84, 85, 2},
        {RULE_NEWS2_SPO2, 2, NOBODY_SAYS, 86, 87, 1},
        {RULE_NEWS2_SPO2, 2, NOBODY_SAYS, 88, 100, 0}, /* lower bound: as on air */

        {RULE_NEWS2_SYSTOLIC, 0, NOBODY_SAYS, 20, 90, 3},
        {RULE_NEWS2_SYSTOLIC, 0, NOBODY_SAYS, 91, 100, 2},
        {RULE_NEWS2_SYSTOLIC, 0, NOBODY_SAYS, 101, 110, 1},
        {RULE_NEWS2_SYSTOLIC, 0, NOBODY_SAYS, 111, 219, 0},
        {RULE_NEWS2_SYSTOLIC, 0, NOBODY_SAYS, 220, 350, 3},

        {RULE_NEWS2_PULSE, 0, NOBODY_SAYS, 0, 40, 3},
        {RULE_NEWS2_PULSE, 0, NOBODY_SAYS, 41, 50, 1},
        {RULE_NEWS2_PULSE, 0, NOBODY_SAYS, 51, 90, 0},
        {RULE_NEWS2_PULSE, 0, NOBODY_SAYS, 91, 110, 1},
        {RULE_NEWS2_PULSE, 0, NOBODY_SAYS, 111, 130, 2},
        {RULE_NEWS2_PULSE, 0, NOBODY_SAYS, 131, 350, 3},

        {RULE_NEWS2_CONSCIOUSNESS, 0, NOBODY_SAYS, 0, 0, 0}, /* alert */
        {RULE_NEWS2_CONSCIOUSNESS, 0, NOBODY_SAYS, 1, 4, 3}, /* C, V, P, U */

        {RULE_NEWS2_TEMPERATURE, 0, NOBODY_SAYS, 200, 350, 3},
        {RULE_NEWS2_TEMPERATURE, 0, NOBODY_SAYS, 351, 360, 1},
        {RULE_NEWS2_TEMPERATURE, 0, NOBODY_SAYS, 361, 380, 0},
        {RULE_NEWS2_TEMPERATURE, 0, NOBODY_SAYS, 381, 390, 1},
        {RULE_NEWS2_TEMPERATURE, 0, NOBODY_SAYS, 391, 460, 2},
};

static struct news2_input nothing(void) {
        struct news2_input input = {.scale_2 = false};

        for (int i = 0; i < RULE_NEWS2_PARAMETERS; i++)
                input.value[i] = NAN;
        return input;
}

static uint8_t points_of(const struct row *row, double value) {
        struct news2_input input = nothing();
        struct news2_result result;

        input.scale_2 = row->scale == 2;
        input.value[row->parameter] = value;
        if (row->gas != NOBODY_SAYS)
                input.value[RULE_NEWS2_OXYGEN] = row->gas == OXYGEN;
        news2_score(&input, &result);
        return result.points[row->parameter];
}

static void test_every_value_of_the_chart_scores_as_the_chart_says(void **state) {
        for (size_t i = 0; i < sizeof(chart) / sizeof(chart[0]); i++) {
                const struct row *row = &chart[i];
                double unit = row->parameter == RULE_NEWS2_TEMPERATURE ? 10 : 1;

                for (int charted = row->from; charted <= row->to; charted++) {
                        /* The value itself, and values that are rounded to it. */
                        static const double around[] = {-0.5, -0.49, 0, 0.49, 0.4999};

                        for (size_t k = 0; k < sizeof(around) / sizeof(around[0]); k++) {
                                double value = (charted + around[k]) / unit;

                                if (points_of(row, value) != row->points)
                                        fail_msg("row %zu: %g scores %d, the chart says %d", i,
                                                 value, points_of(row, value), row->points);
                        }
                }
        }
}

/* With decimal fractions as they are written, not as multiples of a tenth. */
static void test_the_traps_of_rounding(void **state) {
        static const struct {
                enum rule_news2 parameter;
                double value;
                uint8_t points;
        } traps[] = {
                {RULE_NEWS2_TEMPERATURE, 38.0, 0},  {RULE_NEWS2_TEMPERATURE, 38.04, 0},
                {RULE_NEWS2_TEMPERATURE, 38.05, 1}, {RULE_NEWS2_TEMPERATURE, 38.1, 1},
                {RULE_NEWS2_TEMPERATURE, 39.0, 1},  {RULE_NEWS2_TEMPERATURE, 39.04, 1},
                {RULE_NEWS2_TEMPERATURE, 39.05, 2}, {RULE_NEWS2_TEMPERATURE, 39.1, 2},
                {RULE_NEWS2_TEMPERATURE, 35.0, 3},  {RULE_NEWS2_TEMPERATURE, 35.04, 3},
                {RULE_NEWS2_TEMPERATURE, 35.05, 1}, {RULE_NEWS2_TEMPERATURE, 35.1, 1},
                {RULE_NEWS2_TEMPERATURE, 36.0, 1},  {RULE_NEWS2_TEMPERATURE, 36.04, 1},
                {RULE_NEWS2_TEMPERATURE, 36.05, 0}, {RULE_NEWS2_TEMPERATURE, 36.1, 0},
                {RULE_NEWS2_SPO2, 91.4, 3},         {RULE_NEWS2_SPO2, 91.5, 2},
                {RULE_NEWS2_SPO2, 95.5, 0},         {RULE_NEWS2_RESPIRATION, 20.4, 0},
                {RULE_NEWS2_RESPIRATION, 20.5, 2},  {RULE_NEWS2_RESPIRATION, 8.5, 1},
                {RULE_NEWS2_PULSE, 130.4, 2},       {RULE_NEWS2_PULSE, 130.5, 3},
                {RULE_NEWS2_PULSE, 40.5, 1},        {RULE_NEWS2_SYSTOLIC, 219.4, 0},
                {RULE_NEWS2_SYSTOLIC, 219.5, 3},    {RULE_NEWS2_SYSTOLIC, 90.5, 2},
        };

        for (size_t i = 0; i < sizeof(traps) / sizeof(traps[0]); i++) {
                struct news2_input input = nothing();
                struct news2_result result;

                input.value[traps[i].parameter] = traps[i].value;
                news2_score(&input, &result);
                if (result.points[traps[i].parameter] != traps[i].points)
                        fail_msg("%g scores %d, not %d", traps[i].value,
                                 result.points[traps[i].parameter], traps[i].points);
        }
}

/* A half of a tenth has no exact binary form; it must still be rounded up. */
static void test_every_half_of_a_tenth_is_rounded_up(void **state) {
        for (int hundredths = 2005; hundredths < 4600; hundredths += 10)
                assert_int_equal(news2_charted(RULE_NEWS2_TEMPERATURE, hundredths / 100.0),
                                 (hundredths + 5) / 10);
}

static void test_no_two_points_for_slow_breath_slow_pulse_or_high_pressure(void **state) {
        for (int value = 0; value <= 350; value++) {
                struct news2_input input = nothing();
                struct news2_result result;

                input.value[RULE_NEWS2_RESPIRATION] = value < 21 ? value : 20;
                input.value[RULE_NEWS2_PULSE] = value < 111 ? value : 110;
                input.value[RULE_NEWS2_SYSTOLIC] = value > 110 ? value : 111;
                news2_score(&input, &result);
                for (int i = 0; i < RULE_NEWS2_PARAMETERS; i++)
                        assert_int_not_equal(result.points[i], 2);
        }
}

static void test_oxygen_scores_two_and_air_nothing(void **state) {
        struct news2_input input = nothing();
        struct news2_result result;

        input.value[RULE_NEWS2_OXYGEN] = 0;
        news2_score(&input, &result);
        assert_int_equal(result.total, 0);
        assert_int_equal(result.known, 1);
        input.value[RULE_NEWS2_OXYGEN] = 1;
        news2_score(&input, &result);
        assert_int_equal(result.total, 2);
        assert_false(result.has_three);
}

static void test_the_worst_is_twenty_and_the_best_nothing(void **state) {
        struct news2_input worst = {.value = {[RULE_NEWS2_RESPIRATION] = 30,
                                              [RULE_NEWS2_SPO2] = 85,
                                              [RULE_NEWS2_OXYGEN] = 1,
                                              [RULE_NEWS2_SYSTOLIC] = 80,
                                              [RULE_NEWS2_PULSE] = 140,
                                              [RULE_NEWS2_CONSCIOUSNESS] = 4,
                                              [RULE_NEWS2_TEMPERATURE] = 34}};
        struct news2_input best = {.value = {[RULE_NEWS2_RESPIRATION] = 16,
                                             [RULE_NEWS2_SPO2] = 98,
                                             [RULE_NEWS2_SYSTOLIC] = 120,
                                             [RULE_NEWS2_PULSE] = 70,
                                             [RULE_NEWS2_TEMPERATURE] = 36.6}};
        struct news2_result result;

        news2_score(&worst, &result);
        assert_int_equal(result.total, 20);
        assert_int_equal(result.known, 7);
        assert_true(result.has_three);
        news2_score(&best, &result);
        assert_int_equal(result.total, 0);
        assert_int_equal(result.known, 7);
        assert_false(result.has_three);
}

static void test_what_is_not_measured_adds_nothing_and_is_not_known(void **state) {
        struct news2_input input = nothing();
        struct news2_result result;

        news2_score(&input, &result);
        assert_int_equal(result.total, 0);
        assert_int_equal(result.known, 0);
        input.value[RULE_NEWS2_PULSE] = 131;
        input.value[RULE_NEWS2_SPO2] = 95;
        news2_score(&input, &result);
        assert_int_equal(result.total, 4);
        assert_int_equal(result.known, 2);
        assert_true(result.has_three);
}

static void test_only_body_temperature_is_a_temperature(void **state) {
        assert_int_equal(news2_parameter_of(KIND_BODY_TEMPERATURE), RULE_NEWS2_TEMPERATURE);
        assert_int_equal(news2_parameter_of(KIND_SKIN_TEMPERATURE), RULE_NEWS2_PARAMETERS);
        assert_int_equal(news2_parameter_of(KIND_DIASTOLIC_BP), RULE_NEWS2_PARAMETERS);
        for (enum rule_news2 i = RULE_NEWS2_RESPIRATION; i < RULE_NEWS2_PARAMETERS; i++)
                assert_int_equal(news2_parameter_of(news2_kind(i)), i);
}

static void test_charted_values_are_what_they_were(void **state) {
        assert_true(news2_uncharted(RULE_NEWS2_TEMPERATURE,
                                    news2_charted(RULE_NEWS2_TEMPERATURE, 36.64)) == 36.6);
        assert_true(news2_uncharted(RULE_NEWS2_SPO2, news2_charted(RULE_NEWS2_SPO2, 96.5)) == 97);
        /* Any value maps to a value of the chart. */
        assert_int_equal(news2_charted(RULE_NEWS2_PULSE, -5), 0);
        assert_int_equal(news2_charted(RULE_NEWS2_PULSE, 1e300), INT16_MAX);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_every_value_of_the_chart_scores_as_the_chart_says),
                cmocka_unit_test(test_the_traps_of_rounding),
                cmocka_unit_test(test_every_half_of_a_tenth_is_rounded_up),
                cmocka_unit_test(test_no_two_points_for_slow_breath_slow_pulse_or_high_pressure),
                cmocka_unit_test(test_oxygen_scores_two_and_air_nothing),
                cmocka_unit_test(test_the_worst_is_twenty_and_the_best_nothing),
                cmocka_unit_test(test_what_is_not_measured_adds_nothing_and_is_not_known),
                cmocka_unit_test(test_only_body_temperature_is_a_temperature),
                cmocka_unit_test(test_charted_values_are_what_they_were),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: MIT */
#include "common/ops/metrics.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/common/unit.h"

static struct metric metrics[] = {
        {.name = "vigil_test_messages_total",
         .help = "Messages.",
         .labels = "lane=\"alarm\"",
         .type = METRIC_COUNTER},
        {.name = "vigil_test_depth", .help = "Depth.", .type = METRIC_GAUGE},
        {.name = "vigil_test_messages_total",
         .help = "Messages.",
         .labels = "lane=\"telemetry\"",
         .type = METRIC_COUNTER},
};
static struct histogram histograms[] = {
        {.name = "vigil_test_seconds", .help = "Time.", .labels = "hop=\"a\""},
};

static int metrics_setup(void **state) {
        metrics_register(metrics, 3);
        metrics_register_histograms(histograms, 1);
        return 0;
}

static void test_every_value_lies_at_most_an_eighth_below_its_edge(void **state) {
        for (int64_t us = 1; us < 60000000; us += 1 + us / 97) {
                struct histogram histogram = {.name = "x"};
                int64_t edge;

                histogram_record_us(&histogram, us);
                edge = histogram_quantile_us(&histogram, 0.5);
                assert_true(edge >= us);
                assert_true(edge - us <= us / 8);
        }
}

static void test_buckets_never_go_down(void **state) {
        struct histogram histogram = {.name = "x"};
        int64_t last = 0;

        /* With one sample for each power of two, each quantile is greater than the one before. */
        for (int64_t us = 1; us < (INT64_C(1) << 26); us *= 2)
                histogram_record_us(&histogram, us);
        for (int i = 1; i <= 26; i++) {
                int64_t edge = histogram_quantile_us(&histogram, i / 26.0);

                assert_true(edge > last);
                last = edge;
        }
}

static void test_quantiles_of_known_values(void **state) {
        struct histogram histogram = {.name = "x"};

        assert_int_equal(histogram_quantile_us(&histogram, 0.99), 0);
        for (int i = 0; i < 99; i++)
                histogram_record_us(&histogram, 4);
        histogram_record_us(&histogram, 1000000);
        assert_int_equal(histogram_quantile_us(&histogram, 0.5), 4);
        assert_int_equal(histogram_quantile_us(&histogram, 0.99), 4);
        assert_true(histogram_quantile_us(&histogram, 1) >= 1000000);
        assert_true(histogram_quantile_us(&histogram, 0.995) >= 1000000);
}

static void test_impossible_times_are_counted_at_the_ends(void **state) {
        struct histogram histogram = {.name = "x"};

        histogram_record_us(&histogram, -5);
        assert_int_equal(histogram_quantile_us(&histogram, 1), 1);
        histogram_record_us(&histogram, INT64_MAX);
        assert_true(histogram_quantile_us(&histogram, 1) > 60000000);
        assert_int_equal(histogram.count, 2);
}

static void test_families_stand_together_with_one_head(void **state) {
        char *text, *first;
        size_t bytes;

        metric_add(&metrics[0], 3);
        metric_set(&metrics[1], -2);
        metric_add(&metrics[2], 5);
        assert_int_equal(metrics_render(&text, &bytes), 0);
        assert_int_equal(strlen(text), bytes);
        first = strstr(text, "# HELP vigil_test_messages_total Messages.\n# TYPE "
                             "vigil_test_messages_total counter\n"
                             "vigil_test_messages_total{lane=\"alarm\"} 3\n"
                             "vigil_test_messages_total{lane=\"telemetry\"} 5\n");
        assert_non_null(first);
        assert_null(strstr(first + 1, "# HELP vigil_test_messages_total"));
        assert_non_null(strstr(text, "# TYPE vigil_test_depth gauge\nvigil_test_depth -2\n"));
        assert_non_null(strstr(text, "vigil_build_info{version=\"" VIGIL_VERSION "\"} 1\n"));
        free(text);
}

static void test_histograms_are_cumulative(void **state) {
        char *text;
        size_t bytes;

        histogram_record_us(&histograms[0], 400);      /* 0.0004 s */
        histogram_record_us(&histograms[0], 3000);     /* 0.003 s */
        histogram_record_us(&histograms[0], 30000000); /* 30 s: beyond the last edge */
        assert_int_equal(metrics_render(&text, &bytes), 0);
        assert_non_null(
                strstr(text, "# TYPE vigil_test_seconds "
                             "histogram\nvigil_test_seconds_bucket{hop=\"a\",le=\"0.0005\"} 1\n"));
        assert_non_null(strstr(text, "vigil_test_seconds_bucket{hop=\"a\",le=\"0.002\"} 1\n"
                                     "vigil_test_seconds_bucket{hop=\"a\",le=\"0.005\"} 2\n"));
        assert_non_null(strstr(text, "vigil_test_seconds_bucket{hop=\"a\",le=\"10\"} 2\n"
                                     "vigil_test_seconds_bucket{hop=\"a\",le=\"+Inf\"} 3\n"
                                     "vigil_test_seconds_sum{hop=\"a\"} 30.003400\n"
                                     "vigil_test_seconds_count{hop=\"a\"} 3\n"));
        free(text);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_every_value_lies_at_most_an_eighth_below_its_edge),
                cmocka_unit_test(test_buckets_never_go_down),
                cmocka_unit_test(test_quantiles_of_known_values),
                cmocka_unit_test(test_impossible_times_are_counted_at_the_ends),
                cmocka_unit_test(test_families_stand_together_with_one_head),
                cmocka_unit_test(test_histograms_are_cumulative),
        };

        return cmocka_run_group_tests(tests, metrics_setup, NULL);
}

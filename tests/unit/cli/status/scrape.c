/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "cli/status/scrape.h"
#include "common/base/clock.h"
#include "common/ops/http.h"
#include "common/ops/metrics.h"

static struct metric counters[] = {
        {.name = "vigil_test_total", .help = "h", .labels = "lane=\"alarm\""},
        {.name = "vigil_test_total", .help = "h", .labels = "lane=\"telemetry\""},
        {.name = "vigil_test", .help = "h"},
};
static struct histogram times[] = {
        {.name = "vigil_test_seconds", .help = "h", .labels = "lane=\"alarm\""},
        {.name = "vigil_test_seconds", .help = "h", .labels = "lane=\"telemetry\""},
};

/* Use the output of our own metrics server, so that this test does not repeat its format. */
static char *rendered(void) {
        char *text = NULL;
        size_t bytes;

        assert_int_equal(metrics_render(&text, &bytes), 0);
        return text;
}

static void test_samples_are_summed_by_label(void **state) {
        double value = -1;
        char *text;

        metric_set(&counters[0], 3);
        metric_set(&counters[1], 40);
        metric_set(&counters[2], 7);
        text = rendered();
        assert_true(scrape_sum(text, "vigil_test_total", "", &value));
        assert_true(value == 43);
        assert_true(scrape_sum(text, "vigil_test_total", "lane=\"alarm\"", &value));
        assert_true(value == 3);
        assert_true(scrape_sum(text, "vigil_test", "", &value));
        assert_true(value == 7);
        assert_false(scrape_sum(text, "vigil_tes", "", &value));
        assert_false(scrape_sum(text, "vigil_test", "lane=\"alarm\"", &value));
        free(text);
}

static void test_quantiles_are_the_worst_of_those_asked_for(void **state) {
        int64_t p50_us = -1, p99_us = -1;
        char *text;

        for (int i = 0; i < 100; i++) {
                histogram_record_us(&times[0], 1000);
                histogram_record_us(&times[1], 50000);
        }
        text = rendered();
        assert_true(
                scrape_quantiles(text, "vigil_test_seconds", "lane=\"alarm\"", &p50_us, &p99_us));
        assert_in_range(p50_us, 1000, 1200);
        assert_true(scrape_quantiles(text, "vigil_test_seconds", "", &p50_us, &p99_us));
        assert_in_range(p99_us, 50000, 60000);
        assert_false(scrape_quantiles(text, "vigil_other_seconds", "", &p50_us, &p99_us));
        free(text);
}

static bool not_ready(void *context, char *missing, size_t missing_bytes) {
        snprintf(missing, missing_bytes, "redis");
        return false;
}

static void test_a_page_of_our_own_server_is_fetched(void **state) {
        _Atomic int64_t heartbeat_mono_ms = clock_mono_ms();
        struct http_server *server = NULL;
        char address[32], *body = NULL;
        int status = 0;

        assert_int_equal(http_start(&server, "127.0.0.1:0", &heartbeat_mono_ms, not_ready, NULL),
                         0);
        snprintf(address, sizeof(address), "127.0.0.1:%d", http_port(server));
        assert_int_equal(scrape_get(address, "/-/ready", 5000, &status, &body), 0);
        assert_int_equal(status, 503);
        assert_non_null(strstr(body, "redis"));
        free(body);
        assert_int_equal(scrape_get(address, "/metrics", 5000, &status, &body), 0);
        assert_int_equal(status, 200);
        assert_non_null(strstr(body, "vigil_test_total{lane=\"alarm\"}"));
        free(body);
        http_stop(server);
        assert_true(scrape_get(address, "/-/ready", 1000, &status, &body) < 0);
}

static void test_an_address_that_is_none_is_refused(void **state) {
        char *body = NULL;
        int status;

        assert_int_equal(scrape_get("9101", "/", 1000, &status, &body), -EINVAL);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_samples_are_summed_by_label),
                cmocka_unit_test(test_quantiles_are_the_worst_of_those_asked_for),
                cmocka_unit_test(test_a_page_of_our_own_server_is_fetched),
                cmocka_unit_test(test_an_address_that_is_none_is_refused),
        };

        metrics_register(counters, sizeof(counters) / sizeof(counters[0]));
        metrics_register_histograms(times, sizeof(times) / sizeof(times[0]));
        return cmocka_run_group_tests(tests, NULL, NULL);
}

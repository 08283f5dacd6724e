/* SPDX-License-Identifier: MIT */
#include "common/base/log.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <yyjson.h>

#include "tests/unit/common/unit.h"

static int kept_stderr, ends[2];
static char line[16384];

static int capture_start(void **state) {
        kept_stderr = dup(STDERR_FILENO);
        if (pipe(ends) < 0)
                return -1;
        return dup2(ends[1], STDERR_FILENO) < 0 ? -1 : 0;
}

static int capture_end(void **state) {
        dup2(kept_stderr, STDERR_FILENO);
        close(kept_stderr);
        close(ends[0]);
        close(ends[1]);
        return 0;
}

/* Return: what one log_event() has written. One read is enough, because it must be one write. */
static const char *captured(void) {
        ssize_t got = read(ends[0], line, sizeof(line) - 1);

        assert_true(got > 0);
        line[got] = '\0';
        assert_int_equal(line[got - 1], '\n');
        assert_ptr_equal(strchr(line, '\n'), line + got - 1);
        return line;
}

static void test_logfmt_quotes_what_needs_it(void **state) {
        const char *text;

        log_open("rules", false, LOG_INFO);
        log_event(LOG_INFO, "V1204", "rule set loaded", "version", "9c0f", "rules", log_number(41),
                  "note", "a b=\"c\"\\", "none", "", NULL);
        text = captured();
        assert_int_equal(strncmp(text, "ts=20", 5), 0);
        assert_non_null(strstr(
                text,
                "Z level=info stage=rules id=V1204 msg=\"rule set loaded\" version=9c0f rules=41 "
                "note=\"a b=\\\"c\\\"\\\\\" none=\"\"\n"));
}

static void test_a_value_cannot_forge_a_second_line(void **state) {
        log_open("rules", false, LOG_INFO);
        log_event(LOG_WARN, "V1", "x", "topic", "a\nts=2026 level=error\r\033[2J\x7f\xff", NULL);
        captured();
        assert_non_null(
                strstr(line, "topic=\"a\\nts=2026 level=error\\u000d\\u001b[2J\\u007f\\ufffd\"\n"));
}

static void test_json_is_json_whatever_the_value(void **state) {
        yyjson_doc *doc;

        log_open("ingest", true, LOG_INFO);
        log_event(LOG_ERROR, "V2", "broken", "topic", "老人\n\"\\\x01\xe4\xb8", "n", log_number(-7),
                  NULL);
        captured();
        doc = yyjson_read(line, strlen(line), 0);
        assert_non_null(doc);
        assert_string_equal(yyjson_get_str(yyjson_obj_get(yyjson_doc_get_root(doc), "topic")),
                            "老人\n\"\\\x01\xef\xbf\xbd\xef\xbf\xbd");
        assert_string_equal(yyjson_get_str(yyjson_obj_get(yyjson_doc_get_root(doc), "level")),
                            "error");
        assert_string_equal(yyjson_get_str(yyjson_obj_get(yyjson_doc_get_root(doc), "n")), "-7");
        yyjson_doc_free(doc);
}

static void test_below_the_least_level_nothing_is_written(void **state) {
        log_open("ingest", false, LOG_WARN);
        log_event(LOG_INFO, "V3", "quiet", NULL);
        log_event(LOG_WARN, "V4", "loud", NULL);
        assert_null(strstr(captured(), "quiet"));
}

static void test_a_line_too_long_is_cut_between_pairs(void **state) {
        char *large = malloc(8001);
        yyjson_doc *doc;

        memset(large, 'x', 8000);
        large[8000] = '\0';
        log_open("ingest", true, LOG_INFO);
        log_event(LOG_INFO, "V5", "large", "kept", "yes", "large", large, "after", "no", NULL);
        captured();
        assert_true(strlen(line) < 4096);
        doc = yyjson_read(line, strlen(line), 0);
        assert_non_null(doc);
        assert_non_null(yyjson_obj_get(yyjson_doc_get_root(doc), "kept"));
        assert_null(yyjson_obj_get(yyjson_doc_get_root(doc), "large"));
        assert_string_equal(yyjson_get_str(yyjson_obj_get(yyjson_doc_get_root(doc), "cut")),
                            "true");
        yyjson_doc_free(doc);

        log_open("ingest", false, LOG_INFO);
        log_event(LOG_INFO, "V5", "large", "kept", "yes", "large", large, NULL);
        assert_non_null(strstr(captured(), "kept=yes cut=true\n"));
        free(large);
}

static void test_a_missing_value_is_an_empty_one(void **state) {
        log_open("ingest", false, LOG_INFO);
        log_event(LOG_INFO, "V6", "x", "user", (const char *)NULL, "n", "1", NULL);
        assert_non_null(strstr(captured(), "user=\"\" n=1\n"));
}

static void test_several_numbers_fit_one_call(void **state) {
        const char *a = log_number(1), *b = log_number(-9223372036854775807LL - 1),
                   *c = log_number(3);

        assert_string_equal(a, "1");
        assert_string_equal(b, "-9223372036854775808");
        assert_string_equal(c, "3");
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test_setup_teardown(test_logfmt_quotes_what_needs_it, capture_start,
                                                capture_end),
                cmocka_unit_test_setup_teardown(test_a_value_cannot_forge_a_second_line,
                                                capture_start, capture_end),
                cmocka_unit_test_setup_teardown(test_json_is_json_whatever_the_value, capture_start,
                                                capture_end),
                cmocka_unit_test_setup_teardown(test_below_the_least_level_nothing_is_written,
                                                capture_start, capture_end),
                cmocka_unit_test_setup_teardown(test_a_line_too_long_is_cut_between_pairs,
                                                capture_start, capture_end),
                cmocka_unit_test_setup_teardown(test_a_missing_value_is_an_empty_one, capture_start,
                                                capture_end),
                cmocka_unit_test(test_several_numbers_fit_one_call),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}

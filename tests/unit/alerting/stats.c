/* SPDX-License-Identifier: MIT */
#include "tests/unit/common/dies.h"

#include <stdlib.h>

#include "alerting/base/stats.h"

static char *rendered(void) {
        char *text = NULL;
        size_t bytes = 0;

        assert_int_equal(metrics_render(&text, &bytes), 0);
        return text;
}

static void test_pages_are_counted_under_the_name_of_their_channel(void **state) {
        static const char *const channels[] = {"pager", "mail", NULL};
        char *text;

        alerting_stats_register(channels);
        stats_page("pager", STATS_PAGE_PLANNED);
        stats_page("pager", STATS_PAGE_SENT);
        stats_page("mail", STATS_PAGE_SENT);
        stats_page("mail", STATS_PAGE_SENT);
        stats_page(NULL, STATS_PAGE_NO_ANSWER); /* a recipient without a key */
        text = rendered();
        assert_non_null(strstr(
                text, "vigil_alerting_pages_total{channel=\"pager\",result=\"planned\"} 1\n"));
        assert_non_null(
                strstr(text, "vigil_alerting_pages_total{channel=\"pager\",result=\"sent\"} 1\n"));
        assert_non_null(
                strstr(text, "vigil_alerting_pages_total{channel=\"mail\",result=\"sent\"} 2\n"));
        assert_non_null(strstr(
                text, "vigil_alerting_pages_total{channel=\"none\",result=\"no_answer\"} 1\n"));
        assert_null(strstr(text, "zeromq"));
        assert_int_equal(stats_page_get("mail", STATS_PAGE_SENT), 2);
        free(text);
}

static void count_nothing(void *context) {
        stats_add(STATS_ITEM_COUNT, 1);
}

static void test_there_is_no_other_item(void **state) {
        dies_with(count_nothing, NULL, "metric ");
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_pages_are_counted_under_the_name_of_their_channel),
                cmocka_unit_test(test_there_is_no_other_item),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}

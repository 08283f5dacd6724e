/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "alerting/rehearsal/first.h"
#include "alerting/rehearsal/rehearsal.h"
#include "common/base/err.h"
#include "tests/unit/alerting/world.h"

struct stage {
        struct world world;
        struct rehearsal *rehearsal;
        char told[4096]; /* "planned F1, " …: the entries since the test last cleared it */
        struct rehearsal_entry last;
        int answer; /* what on_entry() returns */
};

static int on_entry(void *context, const char *alert_id, const struct rehearsal_entry *entry) {
        struct stage *stage = context;
        size_t used = strlen(stage->told);

        assert_int_equal(strlen(alert_id), ALERT_ID_BYTES - 1);
        snprintf(stage->told + used, sizeof(stage->told) - used, "%s%s%s, ", entry->type,
                 entry->recipient[0] ? " " : "", entry->recipient);
        stage->last = *entry;
        return stage->answer;
}

static int setup(void **state) {
        struct stage *stage = calloc(1, sizeof(*stage));

        assert_non_null(stage);
        world_init(&stage->world);

        const struct rehearsal_options options = {.registry = stage->world.registry,
                                                  .ladders = stage->world.ladders,
                                                  .time_zone = "Asia/Shanghai",
                                                  .note = on_entry,
                                                  .context = stage};

        assert_int_equal(rehearsal_new(&stage->rehearsal, &options), 0);
        *state = stage;
        return 0;
}

static int teardown(void **state) {
        struct stage *stage = *state;

        rehearsal_free(stage->rehearsal);
        world_fini(&stage->world);
        free(stage);
        return 0;
}

static void expect_told(struct stage *stage, const char *wanted) {
        assert_string_equal(stage->told, wanted);
        stage->told[0] = '\0';
}

static void raise(struct stage *stage) {
        const struct alert alert = world_alert(1, WORLD_NOW_MS);

        assert_int_equal(rehearsal_take(stage->rehearsal, &alert, WORLD_NOW_MS), 0);
}

static int answer(struct stage *stage, const char *who, const char *word) {
        const char *why = NULL;
        int r = rehearsal_answer(stage->rehearsal, who, "sos", word, "real", WORLD_NOW_MS, &why);

        assert_int_equal(r == REHEARSAL_REFUSED, why != NULL);
        return r;
}

static void test_words_are_listed_each_once(void **state) {
        const char *const *lists[] = {rehearsal_ledger_words(), rehearsal_states(),
                                      rehearsal_answers()};

        for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
                for (const char *const *word = lists[i]; *word; word++)
                        for (const char *const *other = lists[i]; other < word; other++)
                                assert_string_not_equal(*word, *other);
        }
        assert_string_equal(rehearsal_states()[4], "closed");
        assert_null(rehearsal_states()[5]);
        assert_string_equal(rehearsal_answers()[0], "accept");
        assert_null(rehearsal_answers()[4]);
}

static void test_a_pager_that_is_connected_says_at_once_that_the_page_came(void **state) {
        struct stage *stage = *state;

        raise(stage);
        assert_non_null(strstr(stage->told, "planned F1, "));
        assert_non_null(strstr(stage->told, "sent F1, received F1, "));
        assert_string_equal(stage->last.state, "unacked");
        assert_int_equal(stage->last.rung, 1);
        assert_true(rehearsal_next_ms(stage->rehearsal) > WORLD_NOW_MS);
}

static void test_one_that_is_silent_or_away_does_not(void **state) {
        struct stage *stage = *state;

        assert_int_equal(rehearsal_reach(stage->rehearsal, "F1", REHEARSAL_SILENT, WORLD_NOW_MS),
                         0);
        assert_int_equal(rehearsal_reach(stage->rehearsal, "F2", REHEARSAL_AWAY, WORLD_NOW_MS), 0);
        raise(stage);
        assert_non_null(strstr(stage->told, "sent F1, "));
        assert_null(strstr(stage->told, "received F1"));
        assert_non_null(strstr(stage->told, "planned F2, "));
        assert_null(strstr(stage->told, "sent F2"));

        /* The waiting page is sent when the pager connects. */
        stage->told[0] = '\0';
        assert_int_equal(rehearsal_reach(stage->rehearsal, "F2", REHEARSAL_CONNECTED, WORLD_NOW_MS),
                         0);
        expect_told(stage, "sent F2, received F2, ");
}

static void test_who_accepts_holds_the_alert(void **state) {
        struct stage *stage = *state;

        raise(stage);
        stage->told[0] = '\0';
        assert_int_equal(answer(stage, "F1", "accept"), 0);
        assert_non_null(strstr(stage->told, "accepted F1, "));
        assert_string_equal(stage->last.holder, "F1");
        assert_string_equal(stage->last.state, "acked");
}

static void test_an_answer_that_cannot_be_given_says_why(void **state) {
        struct stage *stage = *state;

        assert_int_equal(answer(stage, "F1", "accept"), REHEARSAL_NO_ALERT);
        raise(stage);
        assert_int_equal(answer(stage, "T3", "accept"), REHEARSAL_NOT_PAGED);
        assert_int_equal(answer(stage, "F1", "arrive"), REHEARSAL_REFUSED);
        assert_int_equal(answer(stage, "F1", "sing"), -EINVAL);
}

static void test_what_the_callback_meets_comes_back(void **state) {
        struct stage *stage = *state;
        const struct alert alert = world_alert(1, WORLD_NOW_MS);

        stage->answer = -ENOMEM;
        assert_int_equal(rehearsal_take(stage->rehearsal, &alert, WORLD_NOW_MS), -ENOMEM);
        expect_told(stage, "raised, "); /* no entry after the one whose callback failed */
}

static void test_a_step_without_an_answer_leads_to_the_next(void **state) {
        struct stage *stage = *state;
        int64_t due_ms;

        raise(stage);
        for (int i = 0; i < 100 && !strstr(stage->told, "escalated"); i++) {
                due_ms = rehearsal_next_ms(stage->rehearsal);
                assert_true(due_ms < INT64_MAX);
                assert_int_equal(rehearsal_tick(stage->rehearsal, due_ms), 0);
        }
        assert_non_null(strstr(stage->told, "no_answer F1, "));
        assert_int_equal(stage->last.rung, 2);
}

static void test_only_so_many_are_reached_otherwise(void **state) {
        struct stage *stage = *state;
        char id[REGISTRY_ID_BYTES];

        for (int i = 0; i < REHEARSAL_RECIPIENTS_MAX; i++) {
                snprintf(id, sizeof(id), "P%d", i);
                assert_int_equal(rehearsal_reach(stage->rehearsal, id, REHEARSAL_AWAY, 1), 0);
        }
        assert_int_equal(rehearsal_reach(stage->rehearsal, "P0", REHEARSAL_BUSY, 1), 0);
        assert_int_equal(rehearsal_reach(stage->rehearsal, "one more", REHEARSAL_AWAY, 1),
                         REHEARSAL_TOO_MANY);
}

static void test_a_time_zone_that_is_none_is_told(void **state) {
        struct stage *stage = *state;
        struct rehearsal *rehearsal = NULL;
        const struct rehearsal_options options = {.registry = stage->world.registry,
                                                  .ladders = stage->world.ladders,
                                                  .time_zone = "Mars/Olympus",
                                                  .note = on_entry,
                                                  .context = stage};

        assert_true(rehearsal_new(&rehearsal, &options) < 0);
        assert_null(rehearsal);
}

static void test_who_is_paged_first(void **state) {
        struct stage *stage = *state;
        const struct registry_elder *elder = registry_elder(stage->world.registry, "E1");
        const struct ladder *ladder = ladders_get(stage->world.ladders, "sos-now");
        struct first_recipient first[FIRST_RECIPIENTS_MAX];
        size_t count = 0;

        assert_int_equal(first_recipients(stage->world.registry, stage->world.ladders, ladder,
                                          "Asia/Shanghai", elder, WORLD_NOW_MS, first, &count),
                         0);
        assert_int_equal(count, 3);
        assert_string_equal(first[0].id, "F1");
        assert_string_equal(first[0].role, "family");
        assert_string_equal(first[1].id, "F2");
        assert_string_equal(first[2].id, "T1");
        assert_string_equal(first[2].role, "team");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_words_are_listed_each_once),
                TEST(test_a_pager_that_is_connected_says_at_once_that_the_page_came),
                TEST(test_one_that_is_silent_or_away_does_not),
                TEST(test_who_accepts_holds_the_alert),
                TEST(test_an_answer_that_cannot_be_given_says_why),
                TEST(test_what_the_callback_meets_comes_back),
                TEST(test_a_step_without_an_answer_leads_to_the_next),
                TEST(test_only_so_many_are_reached_otherwise),
                TEST(test_a_time_zone_that_is_none_is_told),
                TEST(test_who_is_paged_first),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: MIT
 *
 * Which ingest process holds the MQTT sessions: the order of their records in Kafka decides. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "ingest/kafka/holder.h"

#define A "aaaaaaaaaaaaaaaa"
#define B "bbbbbbbbbbbbbbbb"

static bool reads(struct holder *holder, const char *word) {
        return holder_read(holder, word, strlen(word));
}

static void assert_says(const struct holder *holder, const char *wanted) {
        char word[HOLDER_WORD_BYTES];

        holder_word(holder, word);
        assert_string_equal(word, wanted);
}

/* A held the sessions, then B started and took them over. Both have read that. */
static void two(struct holder *a, struct holder *b) {
        holder_init(a, A);
        holder_init(b, B);
        assert_true(reads(a, "take " A));
        assert_false(reads(a, "take " B));
        assert_true(reads(b, "take " B));
}

static void test_a_process_that_starts_takes_the_sessions(void **state) {
        struct holder a;

        holder_init(&a, A);
        assert_false(holder_is_ours(&a));
        assert_says(&a, "take " A);
        assert_true(reads(&a, "take " A));
        assert_true(holder_is_ours(&a));
        assert_says(&a, "hold " A);
}

static void test_the_one_that_had_them_stands_by(void **state) {
        struct holder a, b;

        two(&a, &b);
        assert_false(holder_is_ours(&a));
        assert_says(&a, "wait " A);
        assert_true(holder_is_ours(&b));
}

static void test_a_stand_by_takes_them_again_when_the_other_is_gone(void **state) {
        struct holder a, b;

        two(&a, &b);
        for (int i = 0; i < HOLDER_SILENT; i++) {
                assert_says(&a, "wait " A);
                assert_true(reads(&a, "wait " A));
        }
        assert_says(&a, "take " A);
        assert_false(holder_is_ours(&a)); /* not before the record is in Kafka */
        assert_true(reads(&a, "take " A));
        assert_true(holder_is_ours(&a));
}

static void test_as_long_as_the_holder_says_so_a_stand_by_waits(void **state) {
        struct holder a, b;

        two(&a, &b);
        for (int i = 0; i < 10 * HOLDER_SILENT; i++) {
                reads(&a, "wait " A);
                if (i % (HOLDER_SILENT - 1) == 0)
                        assert_false(reads(&a, "hold " B));
                assert_says(&a, "wait " A);
        }
}

static void test_a_silence_of_kafka_is_no_silence_of_the_holder(void **state) {
        struct holder a, b;

        two(&a, &b);
        reads(&a, "wait " A);
        /* Kafka is down for an hour: nothing is read, so the silence of the holder is not counted. */
        assert_says(&a, "wait " A);
}

static void test_a_holder_that_ends_leaves_them_at_once(void **state) {
        struct holder a, b;
        char word[HOLDER_WORD_BYTES];

        two(&a, &b);
        holder_last_word(&b, word);
        assert_false(reads(&a, word));
        assert_says(&a, "take " A);
}

static void test_who_wakes_after_another_took_over_holds_nothing(void **state) {
        struct holder a, b;

        two(&a, &b);
        assert_false(reads(
                &b,
                "hold " A)); /* written before A was stopped, or before A had read that B took over */
        assert_true(holder_is_ours(&b));
        assert_false(reads(&b, "leave " A));
        assert_true(holder_is_ours(&b));
}

static void test_what_is_no_word_changes_nothing(void **state) {
        static const char *const others[] = {"",
                                             "warm",
                                             "take",
                                             "take ",
                                             "take short",
                                             "hold",
                                             "take " A "more",
                                             "grab " A,
                                             "ffffffffffffffff",
                                             "leave " B,
                                             "take  " A};
        struct holder a;

        holder_init(&a, A);
        reads(&a, "take " A);
        for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
                assert_false(reads(&a, others[i]));
                assert_true(holder_is_ours(&a));
        }
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_a_process_that_starts_takes_the_sessions),
                cmocka_unit_test(test_the_one_that_had_them_stands_by),
                cmocka_unit_test(test_a_stand_by_takes_them_again_when_the_other_is_gone),
                cmocka_unit_test(test_as_long_as_the_holder_says_so_a_stand_by_waits),
                cmocka_unit_test(test_a_silence_of_kafka_is_no_silence_of_the_holder),
                cmocka_unit_test(test_a_holder_that_ends_leaves_them_at_once),
                cmocka_unit_test(test_who_wakes_after_another_took_over_holds_nothing),
                cmocka_unit_test(test_what_is_no_word_changes_nothing),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}

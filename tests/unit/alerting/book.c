/* SPDX-License-Identifier: MIT
 *
 * The index of the book by recipient, used when a pager connects: after any history it lists the same alerts as a
 * search of the whole book, and it costs work for the recipient's own alerts only.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "alerting/intake/take.h"
#include "alerting/response/book.h"
#include "world.h"

enum { ALERTS = 40, STEPS = 4000 };

static const char *const people[] = {"F1", "F2", "T1", "T2", "T3", "desk-main"};
enum { PEOPLE = sizeof(people) / sizeof(people[0]) };

struct heard {
        const char *id;
        const struct response *list[ALERTS];
        size_t count;
};

static void hear(void *context, struct response *response) {
        struct heard *heard = context;

        assert_true(heard->count < ALERTS);
        heard->list[heard->count++] = response;
}

/* The reference: search the whole book. */
static void hear_if_own(void *context, struct response *response) {
        struct heard *heard = context;

        for (size_t i = 0; i < response->page_count; i++) {
                const struct page *page = &response->pages[i];

                if (strcmp(page->recipient, heard->id) == 0 &&
                    (page->owed_stand_down || page_is_shown(response, page))) {
                        hear(heard, response);
                        return;
                }
        }
}

static int by_address(const void *a, const void *b) {
        uintptr_t left = (uintptr_t) * (void *const *)a, right = (uintptr_t) * (void *const *)b;

        return left < right ? -1 : left > right;
}

static void assert_everybody_hears_their_own(const struct world *world) {
        for (size_t i = 0; i < PEOPLE; i++) {
                struct heard slow = {.id = people[i]}, fast = {.id = people[i]};

                book_each(world->book, hear_if_own, &slow);
                book_each_of(world->book, people[i], hear, &fast);
                assert_int_equal(slow.count, fast.count);
                qsort(slow.list, slow.count, sizeof(slow.list[0]), by_address);
                qsort(fast.list, fast.count, sizeof(fast.list[0]), by_address);
                assert_memory_equal(slow.list, fast.list, slow.count * sizeof(slow.list[0]));
        }
}

static void test_a_pager_that_connects_hears_of_its_own_and_of_nothing_else(void **state) {
        static struct outcome outcome;
        struct world world;
        struct response *open[ALERTS] = {0};
        int64_t now_ms = WORLD_NOW_MS;

        world_init(&world);
        srand(1);
        for (unsigned n = 0; n < STEPS; n++) {
                size_t at = (size_t)rand() % ALERTS;
                const char *who = people[rand() % PEOPLE];

                now_ms += rand() % 5000;
                outcome_clear(&outcome);
                if (!open[at]) {
                        struct alert alert = world_alert(n, now_ms);

                        snprintf(alert.rule_id, sizeof(alert.rule_id), "rule-%zu", at);
                        assert_int_equal(take_once(world.book, &world.view, &alert, 0, n, now_ms,
                                                   &outcome, &open[at]),
                                         0);
                } else if (rand() % 2) {
                        response_tick(open[at], &world.view, now_ms, &outcome);
                } else {
                        for (size_t i = 0; i < open[at]->page_count; i++) {
                                struct answer said;

                                if (strcmp(open[at]->pages[i].recipient, who) != 0)
                                        continue;
                                response_sent(open[at], who, open[at]->pages[i].step, now_ms,
                                              &outcome);
                                said = world_answer(open[at], who,
                                                    (enum answer_type)(rand() % ANSWER_TYPES));
                                (void)response_answer(open[at], &world.view, &said, now_ms,
                                                      &outcome);
                                break;
                        }
                }
                book_settle(world.book, open[at]);
                if (open[at]->state == RESPONSE_CLOSED && rand() % 2) {
                        book_forget(world.book, open[at]);
                        open[at] = NULL;
                }
                assert_everybody_hears_their_own(&world);
        }
        world_fini(&world);
}

static struct response *stored(const char *id, const char *repeat) {
        struct response *response = NULL;

        assert_int_equal(response_new(&response), 0);
        snprintf(response->alert.alert_id, sizeof(response->alert.alert_id), "%s", id);
        snprintf(response->alert.rule_id, sizeof(response->alert.rule_id), "%s", id);
        if (repeat)
                snprintf(response->folded[response->folded_count++], sizeof(response->folded[0]),
                         "%s", repeat);
        return response;
}

/* If two processes held the partition for a moment, one may have stored an alert as a repeat and the other as a
 * separate alert. */
static void test_an_alert_that_is_read_back_does_not_replace_the_one_it_repeats(void **state) {
        struct response *first = stored("a", "b"), *second = stored("b", NULL);
        struct book *book = NULL;

        assert_int_equal(book_new(&book), 0);
        assert_int_equal(book_restore(book, 1, first), 0);
        assert_int_equal(book_restore(book, 2, second), 0);
        assert_int_equal(book_count(book), 2);
        assert_ptr_equal(book_find(book, "a"), first);
        assert_ptr_equal(book_find(book, "b"), second);
        assert_int_equal(book_partition(book, second), 2);
        first = stored("a", "b");
        assert_int_equal(book_restore(book, 1, first), 0);
        assert_int_equal(book_count(book), 2);
        assert_ptr_equal(book_find(book, "b"), second);
        book_free(book);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_a_pager_that_connects_hears_of_its_own_and_of_nothing_else),
                cmocka_unit_test(
                        test_an_alert_that_is_read_back_does_not_replace_the_one_it_repeats),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}

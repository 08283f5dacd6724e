/* SPDX-License-Identifier: MIT
 *
 * The numbers of ledger entries under kill -9. At a kill, vigil.pages may or may not have a decision, the ledger may
 * have some of its entries, and the delivery reports may or may not have come. After any number of kills, the ledger
 * must have every number of each alert exactly once and in order.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "alerting/response/owed.h"
#include "fake.h"

static const struct response *response_of(const char *alert_id) {
        const struct response *response = book_find(fake.world.book, alert_id);

        assert_non_null(response);
        return response;
}

/* Let Kafka store everything, with delivery reports, until nothing waits. */
static void settle(void) {
        if (!fake.ledger_is_open)
                ledger_found();
        while (fake.waiting_count > 0 || fake.writing_count > 0) {
                all_written();
                while (fake.writing_count > 0)
                        ledger_taken(true);
        }
}

static void assert_each_number_once(void) {
        for (size_t i = 0; i < fake.page_count; i++) {
                const char *alert_id = fake.pages[i].alert_id;
                const struct response *response = response_of(alert_id);
                int64_t n = 0;

                for (size_t j = 0; j < fake.row_count; j++) {
                        if (strcmp(fake.rows[j].alert_id, alert_id) == 0)
                                assert_int_equal(fake.rows[j].n, n++);
                }
                assert_int_equal(n, response->ledger_count);
                assert_int_equal(response->owed_count, 0);
        }
}

static void test_what_is_decided_stands_in_the_ledger_in_order(void **state) {
        struct response *response = press(1);

        assert_int_equal(fake.writing_count, 0); /* not before vigil.pages has the decision */
        written();
        assert_int_equal(fake.writing_count, 4); /* raised and three planned */
        assert_int_equal(response->owed_count,
                         7); /* and three "sent" entries, whose decision is not stored yet */
        say(response, "T1", ANSWER_ACCEPT);
        settle();
        assert_each_number_once();
}

/* Kill around an accept, after Kafka has stored @pages decisions and then @rows ledger entries. @heard: the delivery
 * reports of the ledger entries have come. */
static void kill_around_an_accept(size_t pages, size_t rows, bool heard) {
        void *none = NULL;
        struct response *response;
        char alert_id[ALERT_ID_BYTES];

        (void)fake_setup(&none);
        response = press(1);
        memcpy(alert_id, response->alert.alert_id, sizeof(alert_id));
        settle();
        say(response, "T1", ANSWER_ACCEPT);
        for (; pages > 0 && fake.waiting_count > 0; pages--)
                taken(true);
        for (; rows > 0 && fake.writing_count > 0; rows--)
                ledger_taken(heard);
        /* Kafka may have stored the next decision without a delivery report. */
        if (!heard && fake.waiting_count > 0)
                taken(false);
        kill_and_restart();
        if (!fake.ledger_is_open)
                ledger_found();
        /* The pager repeats its answer until it gets "stored". */
        response = book_find(fake.world.book, alert_id);
        say(response, "T1", ANSWER_ACCEPT);
        settle();
        assert_int_equal(response->state, RESPONSE_DISPATCHED);
        assert_each_number_once();
        (void)fake_teardown(&none);
}

static void test_a_kill_around_an_accept_loses_and_doubles_no_number(void **state) {
        for (size_t pages = 0; pages <= 3; pages++) {
                for (size_t rows = 0; rows <= 8; rows++) {
                        kill_around_an_accept(pages, rows, true);
                        kill_around_an_accept(pages, rows, false);
                }
        }
}

static void do_something(unsigned *presses) {
        static const char *const people[] = {"F1", "F2", "T1", "T2", "T3", "desk-main"};
        const char *who = people[rand() % 6];
        struct response *response;

        if (rand() % 8 == 0 && *presses < 20) {
                (void)press(++*presses);
                return;
        }
        if (rand() % 3 == 0 || fake.page_count == 0) {
                pass(rand() % 20000);
                return;
        }
        response =
                book_find(fake.world.book, fake.pages[(size_t)rand() % fake.page_count].alert_id);
        for (size_t i = 0; response && i < response->page_count; i++) {
                if (strcmp(response->pages[i].recipient, who) == 0) {
                        say(response, who, (enum answer_type)(rand() % ANSWER_TYPES));
                        return;
                }
        }
}

static void run(unsigned seed) {
        void *none = NULL;
        unsigned presses = 0;

        (void)fake_setup(&none);
        srand(seed);
        for (int i = 0; i < 300; i++) {
                fake.frame_count = 0;
                switch (rand() % 6) {
                case 0:
                case 1:
                        do_something(&presses);
                        break;
                case 2:
                        if (fake.waiting_count > 0)
                                written();
                        break;
                case 3:
                case 4:
                        if (!fake.ledger_is_open)
                                ledger_found();
                        else if (fake.writing_count > 0)
                                ledger_taken(true);
                        break;
                default:
                        if (rand() % 4 != 0)
                                break;
                        for (int more = rand() % 3; more > 0 && fake.waiting_count > 0; more--)
                                taken(false);
                        for (int more = rand() % 5; more > 0 && fake.writing_count > 0; more--)
                                ledger_taken(false);
                        kill_and_restart();
                }
        }
        fake.frame_count = 0;
        settle();
        assert_each_number_once();
        (void)fake_teardown(&none);
}

static void test_kills_at_any_time_lose_and_double_no_number(void **state) {
        for (unsigned seed = 1; seed <= 300; seed++)
                run(seed);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test_setup_teardown(test_what_is_decided_stands_in_the_ledger_in_order,
                                                fake_setup, fake_teardown),
                cmocka_unit_test(test_a_kill_around_an_accept_loses_and_doubles_no_number),
                cmocka_unit_test(test_kills_at_any_time_lose_and_double_no_number),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: MIT
 *
 * rules/threads/ring.h between two threads, for TSan: the pairs R1/A1 and R2/A2. The ring is tiny, so that
 * it is full or empty most of the time, and its indices start just below the wrap.
 */
#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "rules/threads/ring.h"

enum { SLOTS = 8, ITEMS = 300000, WORDS = 8, BELOW_WRAP = 100000 };

struct item {
        uint64_t words[WORDS]; /* all equal, so that a torn item is detected */
};

struct consumed {
        struct ring *ring;
        uint64_t wrong, torn, empty;
};

static void *consume(void *context) {
        struct consumed *consumed = context;
        uint64_t want = 0;

        while (want < ITEMS) {
                void *slots;
                /* Sometimes one item, sometimes all. */
                uint32_t count = ring_peek(consumed->ring, want % 3 ? SLOTS : 1, &slots);

                if (count == 0) {
                        consumed->empty++;
                        sched_yield();
                        continue;
                }
                for (uint32_t i = 0; i < count; i++) {
                        const struct item *item = (const struct item *)slots + i;

                        consumed->wrong += item->words[0] != want;
                        for (int k = 1; k < WORDS; k++)
                                consumed->torn += item->words[k] != item->words[0];
                        want++;
                }
                ring_release(consumed->ring, count);
        }
        return NULL;
}

static void test_items_come_out_whole_once_and_in_order(void **state) {
        struct ring ring;
        struct consumed consumed = {.ring = &ring};
        uint64_t full = 0;
        pthread_t thread;

        assert_int_equal(ring_init(&ring, SLOTS, sizeof(struct item), UINT32_MAX - BELOW_WRAP), 0);
        assert_int_equal(pthread_create(&thread, NULL, consume, &consumed), 0);
        for (uint64_t i = 0; i < ITEMS; i++) {
                struct item *item;

                while (!(item = ring_reserve(&ring))) {
                        full++;
                        sched_yield();
                }
                for (int k = 0; k < WORDS; k++)
                        item->words[k] = i;
                ring_commit(&ring);
        }
        pthread_join(thread, NULL);
        ring_fini(&ring);
        assert_int_equal(consumed.wrong, 0);
        assert_int_equal(consumed.torn, 0);
        /* Otherwise no side ever waited for the other, and the test has shown nothing. */
        assert_true(full > 0 && consumed.empty > 0);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_items_come_out_whole_once_and_in_order),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: MIT
 *
 * rules/threads/doorbell.h, for TSan: two producers with one ring each wake one consumer, which sleeps
 * whenever both rings are empty. A lost wake-up is detected because the sleep lasts until its timeout.
 */
#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "common/base/clock.h"
#include "rules/threads/doorbell.h"
#include "rules/threads/ring.h"

enum { PRODUCERS = 2, ITEMS = 30000, SLOTS = 16, SLEEP_MS = 10000 };

struct producer {
        struct ring ring;
        struct doorbell *doorbell;
        uint64_t seed;
};

static void *produce(void *context) {
        struct producer *producer = context;

        for (uint64_t i = 0; i < ITEMS; i++) {
                uint64_t *slot;

                while (!(slot = ring_reserve(&producer->ring)))
                        sched_yield();
                *slot = i;
                ring_commit(&producer->ring);
                doorbell_ring(producer->doorbell);

                /* Pause now and then, so that the rings become empty and the consumer sleeps. */
                producer->seed = producer->seed * 6364136223846793005u + 1442695040888963407u;
                for (uint64_t rest = producer->seed >> 61; rest; rest--)
                        sched_yield();
        }
        return NULL;
}

struct taken {
        uint64_t next[PRODUCERS], wrong, sleeps, lost;
};

static bool take_all(struct producer *producers, struct taken *taken) {
        bool any = false;

        for (int i = 0; i < PRODUCERS; i++) {
                void *slots;
                uint32_t count;

                while ((count = ring_peek(&producers[i].ring, SLOTS, &slots)) > 0) {
                        for (uint32_t k = 0; k < count; k++)
                                taken->wrong += ((uint64_t *)slots)[k] != taken->next[i]++;
                        ring_release(&producers[i].ring, count);
                        any = true;
                }
        }
        return any;
}

static void consume(struct producer *producers, struct doorbell *doorbell, struct taken *taken) {
        while (taken->next[0] < ITEMS || taken->next[1] < ITEMS) {
                if (take_all(producers, taken))
                        continue;
                doorbell_arm(doorbell);
                if (take_all(producers, taken)) {
                        doorbell_disarm(doorbell);
                        continue;
                }

                int64_t began_ms = clock_mono_ms();

                taken->sleeps++;
                doorbell_sleep(doorbell, SLEEP_MS);
                taken->lost += clock_mono_ms() - began_ms >= SLEEP_MS;
        }
}

static void test_nobody_sleeps_while_something_waits(void **state) {
        struct producer producers[PRODUCERS];
        struct doorbell doorbell;
        struct taken taken = {.next = {0}};
        pthread_t threads[PRODUCERS];

        assert_int_equal(doorbell_init(&doorbell), 0);
        for (int i = 0; i < PRODUCERS; i++) {
                assert_int_equal(ring_init(&producers[i].ring, SLOTS, sizeof(uint64_t), 0), 0);
                producers[i].doorbell = &doorbell;
                producers[i].seed = (uint64_t)i + 1;
                assert_int_equal(pthread_create(&threads[i], NULL, produce, &producers[i]), 0);
        }
        consume(producers, &doorbell, &taken);
        for (int i = 0; i < PRODUCERS; i++) {
                pthread_join(threads[i], NULL);
                ring_fini(&producers[i].ring);
        }
        doorbell_fini(&doorbell);
        assert_int_equal(taken.wrong, 0);
        assert_int_equal(taken.lost, 0);
        assert_true(taken.sleeps > 0);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_nobody_sleeps_while_something_waits),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}

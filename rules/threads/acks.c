/* SPDX-License-Identifier: MIT */
#include "rules/threads/acks.h"

#include <string.h>

#include "common/base/require.h"

void acks_init(struct acks *acks) {
        memset(acks->arrived, 0, sizeof(acks->arrived));
        acks->taken = 0;
        atomic_init(&acks->reached, 0);
}

static uint64_t reached_own(const struct acks *acks) {
        return atomic_load_explicit(&acks->reached, memory_order_relaxed); /* own variable */
}

int acks_take(struct acks *acks, uint64_t number, const struct acks_trace *trace) {
        /* A skipped number would never be acknowledged, and no later checkpoint would ever be written. */
        require(number == acks->taken + 1 || number == acks->taken, "number %llu leaves after %llu",
                (unsigned long long)number, (unsigned long long)acks->taken);
        if (number - reached_own(acks) > ACKS_WINDOW)
                return ACKS_FULL;
        acks->traces[number % ACKS_WINDOW] = *trace;
        acks->taken = number;
        return 0;
}

static uint64_t *word_of(struct acks *acks, uint64_t number) {
        return &acks->arrived[number % ACKS_WINDOW / 64];
}

struct acks_trace acks_done(struct acks *acks, uint64_t number) {
        uint64_t reached = reached_own(acks);
        uint64_t next = reached + 1;

        /* A number counted twice would let a checkpoint be written before an alert is in Kafka. */
        require(number > reached && number <= acks->taken,
                "number %llu has arrived, %llu to %llu are on their way",
                (unsigned long long)number, (unsigned long long)reached + 1,
                (unsigned long long)acks->taken);
        require(!(*word_of(acks, number) >> number % 64 & 1), "number %llu has arrived twice",
                (unsigned long long)number);
        *word_of(acks, number) |= (uint64_t)1 << number % 64;
        while (next <= acks->taken && *word_of(acks, next) >> next % 64 & 1) {
                *word_of(acks, next) &= ~((uint64_t)1 << next % 64);
                next++;
        }

        /* P1 -> Q1: Kafka has acknowledged all of these. */
        if (next - 1 != reached)
                atomic_store_explicit(&acks->reached, next - 1, memory_order_release);
        return acks->traces[number % ACKS_WINDOW];
}

bool acks_reached(const struct acks *acks, uint64_t number) {
        /* Q1 <- P1. A stale value only delays a checkpoint. */
        return atomic_load_explicit(&acks->reached, memory_order_acquire) >= number;
}

uint64_t acks_outstanding(const struct acks *acks) {
        return acks->taken - reached_own(acks);
}

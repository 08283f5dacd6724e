/* SPDX-License-Identifier: MIT
 *
 * Doorbell: lets the one consumer of one or more rings sleep without missing an item.
 *
 * The consumer announces that it is about to sleep, checks its rings a second time, and only then sleeps in
 * poll(). A producer rings after it has committed. Such a scheme has a store/load race: the producer may read
 * "awake" while the consumer reads "empty". To close it, both sides exchange the same variable. The exchange
 * that comes second in its modification order has read the first, so either the producer sees the sleeper and
 * wakes it, or the consumer's second check sees the item.
 *
 *      B1 doorbell_ring   item committed     ->  C1 doorbell_arm   second check sees it
 *      B2 doorbell_arm    sleeper announced  ->  C2 doorbell_ring  producer writes the eventfd
 *
 * (B1 and C2 are the same acq_rel exchange on @asleep, in doorbell_ring(); B2 and C1 the one in doorbell_arm().)
 *
 * Many producers may ring; only one thread may arm and sleep.
 * Proof: tests/models/doorbell.pml (no lost wake-up; fails with -DBROKEN), tests/stress/doorbell.c
 */
#ifndef VIGIL_RULES_THREADS_DOORBELL_H
#define VIGIL_RULES_THREADS_DOORBELL_H

#include <stdatomic.h>
#include <stdint.h>

struct doorbell {
        _Atomic uint32_t asleep; /* 1: the consumer is asleep or about to be */
        int fd;                  /* eventfd, non-blocking; poll it for reading */
};

/* Creates and owns the descriptor. Return: 0 or -errno of eventfd(2). */
int doorbell_init(struct doorbell *doorbell);
void doorbell_fini(struct doorbell *doorbell);

/* Thread: any producer, after ring_commit(); one call for a batch is enough. Blocks: never. */
void doorbell_ring(struct doorbell *doorbell);

/* Thread: consumer. Blocks: never. Announces sleep. The caller must then check its rings a second time and call
 * doorbell_disarm() if it found something, else doorbell_sleep(). */
void doorbell_arm(struct doorbell *doorbell);
void doorbell_disarm(struct doorbell *doorbell);

/* Thread: consumer. Blocks: until a producer rings, at most @timeout_ms (-1: no limit). Disarms before it returns. */
void doorbell_sleep(struct doorbell *doorbell, int timeout_ms);

#endif

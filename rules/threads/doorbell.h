/* SPDX-License-Identifier: MIT
 *
 * Doorbell: lets the one consumer of one or more rings sleep without missing an item.
 *
 * The consumer says "I am about to sleep", looks at its rings once more, and only then sleeps in
 * poll(). A producer rings after it has committed. The classic store/load race of such a scheme
 * is closed by making both sides exchange the same variable: whichever exchange comes second
 * in its modification order has read the first, so either the producer sees the sleeper and
 * wakes it, or the consumer's second look sees the item.
 *
 *      B1 doorbell_ring   item committed     ->  C1 doorbell_arm   second look sees it
 *      B2 doorbell_arm    sleeper announced  ->  C2 doorbell_ring  producer writes the eventfd
 *
 * (all four are one acq_rel exchange on @asleep on either side)
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

/* Return: 0 or -errno of eventfd(2). */
int doorbell_init(struct doorbell *doorbell);
void doorbell_fini(struct doorbell *doorbell);

/* Thread: any producer, after ring_commit(); once a batch is enough. Blocks: never. */
void doorbell_ring(struct doorbell *doorbell);

/* Thread: consumer. Blocks: never. Announce sleep; the caller must then look at its rings once
 * more and either doorbell_disarm() (something came) or doorbell_sleep(). */
void doorbell_arm(struct doorbell *doorbell);
void doorbell_disarm(struct doorbell *doorbell);

/* Thread: consumer. Blocks: up to @timeout_ms (-1: no limit). Returns disarmed. */
void doorbell_sleep(struct doorbell *doorbell, int timeout_ms);

#endif

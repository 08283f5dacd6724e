/* SPDX-License-Identifier: MIT
 *
 * Acks: which of the things a shard owes to Kafka have arrived there, without a gap.
 *
 * A shard numbers what it owes (alerts, quarantine records) 1, 2, 3 …; Kafka acknowledges per partition,
 * so out of order; a checkpoint may be written once everything up to its number has arrived.
 *
 *      P1 acks_done  everything up to here is in Kafka  ->  Q1 acks_reached  checkpoint is written
 *
 * Proof: tests/unit/rules/shard/hand_over.c, tests/stress/rules_hand_over.c (TSan)
 */
#ifndef VIGIL_RULES_THREADS_ACKS_H
#define VIGIL_RULES_THREADS_ACKS_H

#include <stdalign.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

enum { ACKS_WINDOW = 4096, ACKS_FULL = 1 };

/* What a report is measured against; microseconds of wall clock, 0: not measured. */
struct acks_trace {
        int64_t received_us;
        int64_t judged_us;
};

struct acks {
        alignas(64) _Atomic uint64_t reached; /* emit thread writes (P1), state thread reads (Q1) */
        alignas(64)
                uint64_t arrived[ACKS_WINDOW / 64]; /* bit of number % window; emit thread only */
        struct acks_trace traces[ACKS_WINDOW];      /* emit thread only */
        uint64_t taken;                             /* emit thread only: last number on its way */
};

void acks_init(struct acks *acks);

/* Thread: emit. Number @number, the successor of the last one taken, is about to leave. Taking it again
 * (it could not leave) is allowed. Return: 0, or ACKS_FULL: wait for acknowledgements first. */
int acks_take(struct acks *acks, uint64_t number, const struct acks_trace *trace);

/* Thread: emit. Kafka has @number. Return: the trace it was taken with. */
struct acks_trace acks_done(struct acks *acks, uint64_t number);

/* Thread: any. Everything up to @number is in Kafka. */
bool acks_reached(const struct acks *acks, uint64_t number);

/* Thread: emit. How many are on their way. */
uint64_t acks_outstanding(const struct acks *acks);

#endif

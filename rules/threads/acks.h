/* SPDX-License-Identifier: MIT
 *
 * Acks: the number up to which Kafka has acknowledged every record of a shard, without a gap.
 *
 * A shard numbers the records that it sends to Kafka (alerts, quarantine records) 1, 2, 3 …. Kafka acknowledges per
 * partition, so acknowledgements arrive out of order. A checkpoint may be written once every record up to the
 * checkpoint's number has been acknowledged.
 *
 *      P1 acks_done  every record up to here is in Kafka  ->  Q1 acks_reached  checkpoint is written
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

/* Start times of the latency histograms, kept until Kafka acknowledges the record. Microseconds, wall clock; 0: not
 * measured. */
struct acks_trace {
        int64_t received_us;
        int64_t judged_us;
};

struct acks {
        alignas(64) _Atomic uint64_t reached; /* emit thread writes (P1), state thread reads (Q1) */
        alignas(64)
                uint64_t arrived[ACKS_WINDOW / 64]; /* bit of number % window; emit thread only */
        struct acks_trace traces[ACKS_WINDOW];      /* emit thread only */
        uint64_t taken;                             /* emit thread only: last number taken */
};

/* Thread: main, before the others start. */
void acks_init(struct acks *acks);

/* Thread: emit. Blocks: never. Record @number is about to be sent. @number is the last one taken plus 1, or the last
 * one itself if its record could not be sent. @trace is copied.
 * Return: 0, or ACKS_FULL: ACKS_WINDOW numbers are outstanding; try again after an acknowledgement. */
int acks_take(struct acks *acks, uint64_t number, const struct acks_trace *trace);

/* Thread: emit. Blocks: never. Kafka has acknowledged @number, or the record is left out for good.
 * Return: the trace it was taken with. */
struct acks_trace acks_done(struct acks *acks, uint64_t number);

/* Thread: any. Blocks: never. Is every record up to @number in Kafka? */
bool acks_reached(const struct acks *acks, uint64_t number);

/* Thread: emit. Blocks: never. Return: how many numbers were taken after the last one reached without a gap. */
uint64_t acks_outstanding(const struct acks *acks);

#endif

/* SPDX-License-Identifier: MIT
 *
 * Journal: "write it down, then do it". What was decided about an alert goes to Kafka (vigil.pages, vigil.ledger, vigil.acks)
 * as one batch, all records in flight together; only when every one of them is acknowledged, and
 * every earlier batch of that partition was released, is the batch given back to be acted on.
 *
 * While Kafka is away batches wait here; nothing is told to anybody that is not written down.
 *
 * Thread: the loop's. Blocks: journal_open() warms the producer up.
 * Proof: tests/flow/alerting.py, tests/models/page.pml
 */
#ifndef VIGIL_ALERTING_PAGE_JOURNAL_H
#define VIGIL_ALERTING_PAGE_JOURNAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/conf.h"

enum journal_topic {
        JOURNAL_PAGES,
        JOURNAL_LEDGER,
        JOURNAL_ACKS,
        JOURNAL_TOPICS,
};

struct journal;
struct batch;

/* @deed: what was given to journal_submit(); it is the callee's again. */
typedef void (*journal_released)(void *context, int32_t partition, void *deed);

int journal_open(struct journal **ret, const struct conf *conf, journal_released released,
                 void *context);
/* Writes out what is left, at most @timeout_ms; deeds that remain go to @discard. */
struct journal *journal_close(struct journal *journal, int timeout_ms, void (*discard)(void *deed));

/* Readable when journal_poll() has work. */
int journal_fd(const struct journal *journal);

/* A batch without records is released in its turn too. Return: 0 or -ENOMEM. */
int batch_new(struct batch **ret);
struct batch *batch_free(struct batch *batch);
/* Takes @value (malloc'd; NULL: a tombstone) over, also on failure. @key is copied. */
int batch_add(struct batch *batch, enum journal_topic topic, const char *key, char *value,
              size_t value_bytes);
/* Takes @batch over. */
void journal_submit(struct journal *journal, int32_t partition, struct batch *batch, void *deed);

/* Release what is written. Return: 0, or -EIO with err_why() when Kafka refused a record for good. */
int journal_poll(struct journal *journal);

/* Is anything of that partition still on its way? */
bool journal_is_busy(const struct journal *journal, int32_t partition);
size_t journal_waiting(const struct journal *journal);

#endif

/* SPDX-License-Identifier: MIT
 *
 * Step 11 of 12: written down, then done. What was decided about an alert goes to Kafka (vigil.pages, vigil.acks)
 * as one batch, all records in flight together; only when every one of them is acknowledged, and
 * every earlier batch of that partition was released, is the batch given back to be acted on.
 *
 * While Kafka is away batches wait here; nothing is told to anybody that is not written down. A record that Kafka
 * refuses (its topic is gone, its disk is full, the client is in an error it cannot leave) is owed all the same:
 * a new client writes it, and what came after it, a moment later, for as long as it takes.
 *
 * Thread: the loop's. Blocks: where said, and a third of a second when a client is replaced.
 * Proof: tests/flow/alerting.py, tests/models/page.pml
 */
#ifndef VIGIL_ALERTING_JOURNAL_JOURNAL_H
#define VIGIL_ALERTING_JOURNAL_JOURNAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/files/conf.h"

enum journal_topic {
        JOURNAL_PAGES,
        JOURNAL_ACKS,
        JOURNAL_TOPICS,
};

struct journal;
struct journal_batch;

/* @deed: what was given to journal_submit(); it is the callee's again. */
typedef void (*journal_released)(void *context, int32_t partition, void *deed);

/* A record of vigil.pages is at @offset of its partition, or at one the client does not know (-1). */
typedef void (*journal_written)(void *context, int32_t partition, int64_t offset);

struct journal_handler {
        journal_released released;
        journal_written written; /* NULL: nobody asks */
        void *context;
};

int journal_open(struct journal **ret, const struct conf *conf,
                 const struct journal_handler *handler);
/* So that the first alert's record need not wait. Blocks: at most twice @timeout_ms. Return: 0, -ETIMEDOUT, -EINVAL. */
int journal_warm(struct journal *journal, int timeout_ms);
/* Wait until all that was submitted is in Kafka, at most @timeout_ms; it is released with the next poll. */
void journal_flush(struct journal *journal, int timeout_ms);
/* Writes out what is left, at most @timeout_ms; deeds that remain go to @discard. */
struct journal *journal_close(struct journal *journal, int timeout_ms, void (*discard)(void *deed));

/* Readable when journal_poll() has work. */
int journal_fd(const struct journal *journal);

/* A batch without records is released in its turn too. Return: 0 or -ENOMEM. */
int journal_batch_new(struct journal_batch **ret);
struct journal_batch *journal_batch_free(struct journal_batch *batch);
/* Takes @value (malloc'd; NULL: a tombstone) over, also on failure. @key is copied. */
int journal_batch_add(struct journal_batch *batch, enum journal_topic topic, const char *key,
                      char *value, size_t value_bytes);
/* Takes @batch over. */
void journal_submit(struct journal *journal, int32_t partition, struct journal_batch *batch,
                    void *deed);

/* Release what is written; try again what was refused. */
void journal_poll(struct journal *journal, int64_t now_mono_ms);

/* Why Kafka does not take what we write, or NULL. */
const char *journal_trouble(const struct journal *journal);
/* Records that Kafka has acknowledged, ever: while any wait, it moves. */
uint64_t journal_written_count(const struct journal *journal);
/* Write what is left with a new client. @why: for the log. */
void journal_renew(struct journal *journal, const char *why);

/* Is anything of that partition still on its way? */
bool journal_is_busy(const struct journal *journal, int32_t partition);
size_t journal_waiting(const struct journal *journal);

#endif

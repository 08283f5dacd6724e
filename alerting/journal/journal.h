/* SPDX-License-Identifier: MIT
 *
 * Step 11 of 12: store, then act. The records of a decision about an alert go to Kafka (vigil.pages, vigil.acks) as one
 * batch, all in flight together. A batch is released, to be acted on, when Kafka has acknowledged all its records and
 * every earlier batch of its partition is released.
 *
 * While Kafka is down, batches wait here: nobody is told of anything that is not stored. A record that Kafka refuses
 * (its topic is gone, its disk is full, the client has a fatal error) must be stored all the same: after 1 s a new
 * client writes it and what follows it, repeatedly until it succeeds.
 *
 * Thread: the loop's. Blocks: where said; journal_poll() for 0.3 s when it replaces the client.
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

/* A batch is released. @deed: that of journal_submit(); the callee owns it again. */
typedef void (*journal_released)(void *context, int32_t partition, void *deed);

/* Kafka has stored a record of vigil.pages at @offset of @partition; -1: the client does not know the offset. */
typedef void (*journal_written)(void *context, int32_t partition, int64_t offset);

struct journal_handler {
        journal_released released;
        journal_written written; /* may be NULL */
        void *context;
};

/* @conf must outlive the journal; @handler is copied. Return: 0; -ENOMEM; -errno; -EINVAL with err_why(). */
int journal_open(struct journal **ret, const struct conf *conf,
                 const struct journal_handler *handler);
/* Connect to the leaders, so that the first alert need not wait for it. Blocks: at most twice @timeout_ms.
 * Return: 0, -ETIMEDOUT, -EINVAL. */
int journal_warm(struct journal *journal, int timeout_ms);
/* Wait until Kafka has everything that was submitted; it is released by the next poll. Blocks: at most @timeout_ms. */
void journal_flush(struct journal *journal, int timeout_ms);
/* Write out what is left and free the journal; deeds that are not released go to @discard. Takes NULL.
 * Blocks: at most @timeout_ms. */
struct journal *journal_close(struct journal *journal, int timeout_ms, void (*discard)(void *deed));

/* Readable when journal_poll() has work. */
int journal_fd(const struct journal *journal);

/* A batch may have no records: it is released in its turn. Return: 0 or -ENOMEM. */
int journal_batch_new(struct journal_batch **ret);
struct journal_batch *journal_batch_free(struct journal_batch *batch);
/* Add a record. Takes @value over (malloc'd; NULL: a tombstone), also on failure. @key is copied. Return: 0 or
 * -ENOMEM. */
int journal_batch_add(struct journal_batch *batch, enum journal_topic topic, const char *key,
                      char *value, size_t value_bytes);
/* Send @batch to @partition. Takes @batch over; @deed comes back with its release. */
void journal_submit(struct journal *journal, int32_t partition, struct journal_batch *batch,
                    void *deed);

/* Release the batches that are stored; send again what was refused. */
void journal_poll(struct journal *journal, int64_t now_mono_ms);

/* Why Kafka does not accept what we write; NULL: it does. Valid until the next call that is not const. */
const char *journal_trouble(const struct journal *journal);
/* How many records Kafka has acknowledged so far. If it does not grow while batches wait, the client is stuck. */
uint64_t journal_written_count(const struct journal *journal);
/* Make the next journal_poll() replace the client and send what is left with the new one. @why: for the log. */
void journal_renew(struct journal *journal, const char *why);

/* Does a batch of @partition wait for its release? */
bool journal_is_busy(const struct journal *journal, int32_t partition);
/* How many batches wait, in all partitions. */
size_t journal_waiting(const struct journal *journal);

#endif

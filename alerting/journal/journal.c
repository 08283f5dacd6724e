/* SPDX-License-Identifier: MIT */
#include "alerting/journal/journal.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "common/base/err.h"
#include "common/base/require.h"
#include "common/kafka/kafka.h"
#include "common/kafka/kafka_drop.h"
#include "common/base/log.h"

enum { KEY_BYTES = 40, TOPIC_BYTES = 96, AGAIN_MS = 1000, LAST_REPORTS_MS = 300 };

struct record {
        struct journal_batch *batch;
        struct record *next;
        enum journal_topic topic;
        char key[KEY_BYTES];
        char *value;
        size_t value_bytes;
        bool is_written;
};

struct journal_batch {
        struct journal_batch *next; /* of the partition, in order */
        struct record *first, *last;
        struct record *unsent; /* the first that the client has not accepted yet */
        size_t pending;        /* records not acknowledged */
        void *deed;
};

struct partition_queue {
        struct journal_batch *first, *last;
};

struct journal {
        const struct conf *conf;
        rd_kafka_t *producer;
        rd_kafka_queue_t *queue;
        int fd;
        char topics[JOURNAL_TOPICS][TOPIC_BYTES];
        struct partition_queue *partitions;
        int32_t partition_count;
        size_t waiting;
        uint64_t written_count;
        bool is_refused;       /* a record was refused or the client failed: it is to be replaced */
        int64_t again_mono_ms; /* when it is replaced; 0: not set yet */
        char why[160];
        struct journal_handler handler;
};

static struct partition_queue *queue_of(const struct journal *journal, int32_t partition) {
        require(partition >= 0 && partition < journal->partition_count, "partition %d of %d",
                (int)partition, (int)journal->partition_count);
        return &journal->partitions[partition];
}

/* --- batches ----------------------------------------------------------------------------------- */

int journal_batch_new(struct journal_batch **ret) {
        struct journal_batch *batch = calloc(1, sizeof(*batch));

        if (!batch)
                return err_raise(-ENOMEM);
        *ret = batch;
        return 0;
}

struct journal_batch *journal_batch_free(struct journal_batch *batch) {
        if (batch) {
                for (struct record *record = batch->first, *next; record; record = next) {
                        next = record->next;
                        free(record->value);
                        free(record);
                }
                free(batch);
        }
        return NULL;
}

int journal_batch_add(struct journal_batch *batch, enum journal_topic topic, const char *key,
                      char *value, size_t value_bytes) {
        struct record *record = calloc(1, sizeof(*record));

        require(topic < JOURNAL_TOPICS && strlen(key) < KEY_BYTES, "topic %d, key %s", (int)topic,
                key);
        if (!record) {
                free(value);
                return err_raise(-ENOMEM);
        }
        record->batch = batch;
        record->topic = topic;
        snprintf(record->key, sizeof(record->key), "%s", key);
        record->value = value;
        record->value_bytes = value_bytes;
        if (batch->last)
                batch->last->next = record;
        else
                batch->first = record;
        batch->last = record;
        if (!batch->unsent)
                batch->unsent = record;
        batch->pending++;
        return 0;
}

/* --- to Kafka ---------------------------------------------------------------------------------- */

static void refused(struct journal *journal, const struct record *record, const char *why) {
        const char *topic = record ? journal->topics[record->topic] : "kafka";

        if (journal->is_refused)
                return;
        journal->is_refused = true;
        snprintf(journal->why, sizeof(journal->why), "%s: %s", topic, why);
        log_event(LOG_ERROR, "V0415", "kafka refused a record; it is written again", "topic", topic,
                  "why", why, NULL);
}

static void record_is_written(struct record *record) {
        require(!record->is_written && record->batch->pending > 0,
                "record %s is written twice, %zu of its batch are not", record->key,
                record->batch->pending);
        record->is_written = true;
        record->batch->pending--;
}

/* The client copies the value, because it may outlive the batch (see renew()). Return: whether the client accepted it,
 * or it can never be accepted. */
static bool record_send(struct journal *journal, int32_t partition, struct record *record) {
        rd_kafka_resp_err_t error = rd_kafka_producev(
                journal->producer, RD_KAFKA_V_TOPIC(journal->topics[record->topic]),
                RD_KAFKA_V_PARTITION(partition), RD_KAFKA_V_KEY(record->key, strlen(record->key)),
                RD_KAFKA_V_VALUE(record->value, record->value_bytes),
                RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY), RD_KAFKA_V_OPAQUE(record),
                RD_KAFKA_V_END);

        if (!error)
                return true;
        if (error == RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE) {
                /* It never fits. Its decision, a page perhaps, must not wait for it: go on without. */
                log_event(LOG_ERROR, "V0416", "a record is too large to be kept", "topic",
                          journal->topics[record->topic], "bytes",
                          log_number((long long)record->value_bytes), NULL);
                record_is_written(record);
                return true;
        }
        if (error != RD_KAFKA_RESP_ERR__QUEUE_FULL)
                refused(journal, record, rd_kafka_err2str(error));
        return false;
}

/* Return: whether the client accepted all of it. */
static bool batch_send(struct journal *journal, int32_t partition, struct journal_batch *batch) {
        for (; batch->unsent; batch->unsent = batch->unsent->next) {
                if (!batch->unsent->is_written && !record_send(journal, partition, batch->unsent))
                        return false;
        }
        return true;
}

/* In order: a later batch must not reach Kafka before an earlier one of its partition. */
static void partition_send(struct journal *journal, int32_t partition) {
        struct journal_batch *batch = journal->partitions[partition].first;

        while (batch && batch_send(journal, partition, batch))
                batch = batch->next;
}

static void on_report(rd_kafka_t *producer, const rd_kafka_message_t *message, void *context) {
        struct journal *journal = context;
        struct record *record = message->_private;

        if (!record)
                return; /* the warm-up record */
        if (message->err) {
                refused(journal, record, rd_kafka_err2str(message->err));
                return;
        }
        record_is_written(record);
        journal->written_count++;
        if (record->topic == JOURNAL_PAGES && journal->handler.written)
                journal->handler.written(journal->handler.context, message->partition,
                                         message->offset);
}

void journal_submit(struct journal *journal, int32_t partition, struct journal_batch *batch,
                    void *deed) {
        struct partition_queue *queue = queue_of(journal, partition);
        bool was_idle;

        require(!batch->next && !batch->deed, "a batch of partition %d is submitted twice",
                (int)partition);
        was_idle = !queue->first || !queue->last->unsent;
        batch->deed = deed;
        if (queue->last)
                queue->last->next = batch;
        else
                queue->first = batch;
        queue->last = batch;
        journal->waiting++;
        /* Otherwise an earlier batch is unsent or the client failed: journal_poll() sends all in order. */
        if (was_idle && !journal->is_refused)
                (void)batch_send(journal, partition, batch);
}

/* --- a new client ------------------------------------------------------------------------------ */

static void client_drop(struct journal *journal) {
        if (journal->queue)
                rd_kafka_queue_destroy(journal->queue);
        journal->queue = NULL;
        kafka_drop(journal->producer);
        journal->producer = NULL;
}

static int client_new(struct journal *journal, rd_kafka_t **ret) {
        return err_trace(kafka_producer_new(ret, journal->conf, "alerting", on_report, journal));
}

static void client_take(struct journal *journal, rd_kafka_t *producer) {
        static const uint64_t one = 1;

        journal->producer = producer;
        journal->queue = rd_kafka_queue_get_main(producer);
        rd_kafka_queue_io_event_enable(journal->queue, journal->fd, &one, sizeof(one));
}

/* Send again every record that is not written, and from the first of them on every record of vigil.pages: the topic is
 * compacted, so the newest state of an alert must come last. */
static void partition_rewind(struct partition_queue *queue) {
        bool gap = false;

        for (struct journal_batch *batch = queue->first; batch; batch = batch->next) {
                batch->unsent = batch->first;
                for (struct record *record = batch->first; record; record = record->next) {
                        gap = gap || !record->is_written;
                        if (!gap || !record->is_written || record->topic != JOURNAL_PAGES)
                                continue;
                        record->is_written = false;
                        batch->pending++;
                }
        }
}

/* Replace the client. The purge reports unacknowledged records as failed at once; reports of acknowledged ones arrive
 * with them. A record that Kafka stored without a report to us is written twice, with the same id. */
static int renew(struct journal *journal) {
        rd_kafka_t *producer = NULL;
        int r = client_new(journal, &producer);

        if (r < 0)
                return err_trace(r);
        rd_kafka_purge(journal->producer, RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT);
        (void)rd_kafka_flush(journal->producer, LAST_REPORTS_MS);
        client_drop(journal);
        client_take(journal, producer);
        journal->is_refused = false;
        journal->again_mono_ms = 0;
        for (int32_t i = 0; i < journal->partition_count; i++)
                partition_rewind(&journal->partitions[i]);
        return 0;
}

void journal_renew(struct journal *journal, const char *why) {
        refused(journal, NULL, why);
        journal->again_mono_ms = INT64_MIN;
}

/* Replace the client if it is time. Return: whether there is a client to write with. */
static bool client_look(struct journal *journal, int64_t now_mono_ms) {
        char why[128];

        if (rd_kafka_fatal_error(journal->producer, why, sizeof(why)))
                refused(journal, NULL, why);
        if (!journal->is_refused)
                return true;
        if (journal->again_mono_ms == 0)
                journal->again_mono_ms = now_mono_ms + AGAIN_MS;
        if (now_mono_ms < journal->again_mono_ms)
                return false;
        journal->again_mono_ms = 0; /* if renew() fails, the wait starts again */
        return renew(journal) == 0;
}

/* --- and back ---------------------------------------------------------------------------------- */

static void partition_release(struct journal *journal, int32_t partition) {
        struct partition_queue *queue = &journal->partitions[partition];

        while (queue->first && queue->first->pending == 0) {
                struct journal_batch *batch = queue->first;

                queue->first = batch->next;
                if (!queue->first)
                        queue->last = NULL;
                journal->waiting--;
                journal->handler.released(journal->handler.context, partition, batch->deed);
                journal_batch_free(batch);
        }
}

void journal_poll(struct journal *journal, int64_t now_mono_ms) {
        uint64_t rung;
        bool may_send;

        (void)!read(journal->fd, &rung, sizeof(rung));
        /* Serve all reports: the descriptor becomes readable again only after the queue was empty. */
        while (rd_kafka_poll(journal->producer, 0) > 0)
                ;
        may_send = client_look(journal, now_mono_ms);
        for (int32_t i = 0; i < journal->partition_count && journal->waiting > 0; i++) {
                if (may_send && !journal->is_refused)
                        partition_send(journal, i);
                partition_release(journal, i);
        }
}

uint64_t journal_written_count(const struct journal *journal) {
        return journal->written_count;
}

const char *journal_trouble(const struct journal *journal) {
        return journal->is_refused ? journal->why : NULL;
}

bool journal_is_busy(const struct journal *journal, int32_t partition) {
        return queue_of(journal, partition)->first != NULL;
}

size_t journal_waiting(const struct journal *journal) {
        return journal->waiting;
}

int journal_fd(const struct journal *journal) {
        return journal->fd;
}

/* --- opening and closing ----------------------------------------------------------------------- */

int journal_open(struct journal **ret, const struct conf *conf,
                 const struct journal_handler *handler) {
        static const char *const names[JOURNAL_TOPICS] = {KAFKA_PAGES_TOPIC, KAFKA_ACKS_TOPIC};
        struct journal *journal = calloc(1, sizeof(*journal));
        int r;

        if (!journal)
                return err_raise(-ENOMEM);
        journal->conf = conf;
        journal->handler = *handler;
        journal->partition_count = conf->kafka.partitions;
        for (size_t i = 0; i < JOURNAL_TOPICS; i++)
                conf_topic(conf, names[i], journal->topics[i], sizeof(journal->topics[i]));
        journal->fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
        if (journal->fd < 0) {
                r = err_raise(-errno);
                goto out;
        }
        journal->partitions =
                calloc((size_t)journal->partition_count, sizeof(*journal->partitions));
        if (!journal->partitions) {
                r = err_raise(-ENOMEM);
                goto out;
        }
        rd_kafka_t *producer = NULL;

        r = client_new(journal, &producer);
        if (r < 0)
                goto out;
        client_take(journal, producer);
        *ret = journal;
        journal = NULL;
out:
        journal_close(journal, 0, NULL);
        return err_trace(r);
}

int journal_warm(struct journal *journal, int timeout_ms) {
        return err_trace(kafka_producer_warm(journal->producer, journal->conf, timeout_ms));
}

void journal_flush(struct journal *journal, int timeout_ms) {
        if (journal->waiting > 0)
                (void)rd_kafka_flush(journal->producer, timeout_ms);
}

struct journal *journal_close(struct journal *journal, int timeout_ms,
                              void (*discard)(void *deed)) {
        if (!journal)
                return NULL;
        if (journal->producer && timeout_ms > 0)
                (void)rd_kafka_flush(journal->producer, timeout_ms);
        client_drop(journal);
        for (int32_t i = 0; journal->partitions && i < journal->partition_count; i++) {
                for (struct journal_batch *batch = journal->partitions[i].first, *next; batch;
                     batch = next) {
                        next = batch->next;
                        if (batch->deed && discard)
                                discard(batch->deed);
                        journal_batch_free(batch);
                }
        }
        free(journal->partitions);
        if (journal->fd >= 0)
                close(journal->fd);
        free(journal);
        return NULL;
}

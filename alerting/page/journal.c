/* SPDX-License-Identifier: MIT */
#include "alerting/page/journal.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "common/err.h"
#include "common/kafka.h"

enum { WARM_MS = 10 * 1000, KEY_BYTES = 40, TOPIC_BYTES = 96 };

struct record {
        struct batch *batch;
        struct record *next;
        enum journal_topic topic;
        char key[KEY_BYTES];
        char *value;
        size_t value_bytes;
};

struct batch {
        struct batch *next; /* of the partition, in order */
        struct record *first, *last;
        struct record *unsent; /* the first that the client has not taken yet */
        size_t pending;        /* records not acknowledged */
        void *deed;
};

struct partition_queue {
        struct batch *first, *last;
};

struct journal {
        rd_kafka_t *producer;
        rd_kafka_queue_t *queue;
        int fd;
        char topics[JOURNAL_TOPICS][TOPIC_BYTES];
        struct partition_queue *partitions;
        int32_t partition_count;
        size_t waiting;
        int failed;
        char why[160];
        journal_released released;
        void *context;
};

/* --- batches ----------------------------------------------------------------------------------- */

int batch_new(struct batch **ret) {
        struct batch *batch = calloc(1, sizeof(*batch));

        if (!batch)
                return err_raise(-ENOMEM);
        *ret = batch;
        return 0;
}

struct batch *batch_free(struct batch *batch) {
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

int batch_add(struct batch *batch, enum journal_topic topic, const char *key, char *value,
              size_t value_bytes) {
        struct record *record = calloc(1, sizeof(*record));

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

/* The client keeps pointers: a record lives until its batch is released. */
static bool record_send(struct journal *journal, int32_t partition, struct record *record) {
        rd_kafka_resp_err_t error = rd_kafka_producev(
                journal->producer, RD_KAFKA_V_TOPIC(journal->topics[record->topic]),
                RD_KAFKA_V_PARTITION(partition), RD_KAFKA_V_KEY(record->key, strlen(record->key)),
                RD_KAFKA_V_VALUE(record->value, record->value_bytes), RD_KAFKA_V_MSGFLAGS(0),
                RD_KAFKA_V_OPAQUE(record), RD_KAFKA_V_END);

        if (!error)
                return true;
        if (error != RD_KAFKA_RESP_ERR__QUEUE_FULL) {
                journal->failed = -EIO;
                snprintf(journal->why, sizeof(journal->why), "%s does not take a record: %s",
                         journal->topics[record->topic], rd_kafka_err2str(error));
        }
        return false;
}

/* In order: a later batch must not reach Kafka before an earlier one of its partition. */
static void partition_send(struct journal *journal, int32_t partition) {
        for (struct batch *batch = journal->partitions[partition].first; batch;
             batch = batch->next) {
                while (batch->unsent) {
                        if (!record_send(journal, partition, batch->unsent))
                                return;
                        batch->unsent = batch->unsent->next;
                }
        }
}

static void on_report(rd_kafka_t *producer, const rd_kafka_message_t *message, void *context) {
        struct journal *journal = context;
        struct record *record = message->_private;

        if (!record)
                return; /* the warm-up record */
        if (message->err) {
                journal->failed = -EIO;
                snprintf(journal->why, sizeof(journal->why), "%s refused a record: %s",
                         journal->topics[record->topic], rd_kafka_err2str(message->err));
                return;
        }
        record->batch->pending--;
}

void journal_submit(struct journal *journal, int32_t partition, struct batch *batch, void *deed) {
        struct partition_queue *queue = &journal->partitions[partition];
        bool was_idle = !queue->first || !queue->last->unsent;

        batch->deed = deed;
        if (queue->last)
                queue->last->next = batch;
        else
                queue->first = batch;
        queue->last = batch;
        journal->waiting++;
        /* What could not be sent before goes first, and is tried again by journal_poll(). */
        for (struct record *record = was_idle ? batch->unsent : NULL; record;
             record = batch->unsent) {
                if (!record_send(journal, partition, record))
                        return;
                batch->unsent = record->next;
        }
}

/* --- and back ---------------------------------------------------------------------------------- */

static void partition_release(struct journal *journal, int32_t partition) {
        struct partition_queue *queue = &journal->partitions[partition];

        while (queue->first && queue->first->pending == 0) {
                struct batch *batch = queue->first;

                queue->first = batch->next;
                if (!queue->first)
                        queue->last = NULL;
                journal->waiting--;
                journal->released(journal->context, partition, batch->deed);
                batch_free(batch);
        }
}

int journal_poll(struct journal *journal) {
        uint64_t rung;

        (void)!read(journal->fd, &rung, sizeof(rung));
        /* Serves every report there is: the descriptor rings again only after the queue was empty. */
        while (rd_kafka_poll(journal->producer, 0) > 0)
                ;
        if (journal->failed < 0)
                return err_raise_why(journal->failed, "%s", journal->why);
        for (int32_t i = 0; i < journal->partition_count && journal->waiting > 0; i++) {
                partition_send(journal, i);
                partition_release(journal, i);
        }
        return journal->failed < 0 ? err_raise_why(journal->failed, "%s", journal->why) : 0;
}

bool journal_is_busy(const struct journal *journal, int32_t partition) {
        return journal->partitions[partition].first != NULL;
}

size_t journal_waiting(const struct journal *journal) {
        return journal->waiting;
}

int journal_fd(const struct journal *journal) {
        return journal->fd;
}

/* --- opening and closing ----------------------------------------------------------------------- */

int journal_open(struct journal **ret, const struct conf *conf, journal_released released,
                 void *context) {
        static const char *const names[JOURNAL_TOPICS] = {TOPIC_PAGES, TOPIC_LEDGER, TOPIC_ACKS};
        static const uint64_t one = 1;
        struct journal *journal = calloc(1, sizeof(*journal));
        int r;

        if (!journal)
                return err_raise(-ENOMEM);
        journal->released = released;
        journal->context = context;
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
        r = kafka_producer_new(&journal->producer, conf, "alerting", on_report, journal);
        if (r == 0)
                r = kafka_producer_warm(journal->producer, conf, WARM_MS);
        if (r < 0)
                goto out;
        journal->queue = rd_kafka_queue_get_main(journal->producer);
        rd_kafka_queue_io_event_enable(journal->queue, journal->fd, &one, sizeof(one));
        *ret = journal;
        journal = NULL;
out:
        journal_close(journal, 0, NULL);
        return r;
}

struct journal *journal_close(struct journal *journal, int timeout_ms,
                              void (*discard)(void *deed)) {
        if (!journal)
                return NULL;
        if (journal->producer && timeout_ms > 0)
                (void)rd_kafka_flush(journal->producer, timeout_ms);
        if (journal->queue)
                rd_kafka_queue_destroy(journal->queue);
        if (journal->producer) {
                /* Records point into batches: the client must be gone before they are. */
                rd_kafka_purge(journal->producer,
                               RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT);
                (void)rd_kafka_flush(journal->producer, 1000);
                rd_kafka_destroy(journal->producer);
        }
        for (int32_t i = 0; journal->partitions && i < journal->partition_count; i++) {
                for (struct batch *batch = journal->partitions[i].first, *next; batch;
                     batch = next) {
                        next = batch->next;
                        if (batch->deed && discard)
                                discard(batch->deed);
                        batch_free(batch);
                }
        }
        free(journal->partitions);
        if (journal->fd >= 0)
                close(journal->fd);
        free(journal);
        return NULL;
}

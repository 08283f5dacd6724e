/* SPDX-License-Identifier: MIT */
#include "ingest/kafka/claim.h"

#include <errno.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

#include "common/base/clock.h"
#include "common/base/err.h"
#include "common/kafka/kafka.h"
#include "common/kafka/kafka_drop.h"
#include "common/base/log.h"
#include "ingest/kafka/holder.h"
#include "ingest/base/stats.h"

enum {
        READ_WAIT_MS = 100,
        OFFSETS_WAIT_MS = 1000,
        LAST_WORD_MS = 500,
        TOPIC_BYTES = 128,
        PARTITION = 0, /* the topic has one partition */
};

struct claim {
        const struct conf *conf;
        pthread_t thread;
        atomic_bool stop;

        /* Written by the thread, read by any. Independent of each other: relaxed. */
        _Atomic int holder;           /* CLAIM_OURS, CLAIM_THEIRS; CLAIM_UNSURE: not decided yet */
        _Atomic int64_t sure_mono_ms; /* when a record of ours was last read back */

        /* Used only by the thread. */
        char topic[TOPIC_BYTES];
        rd_kafka_t *producer;
        rd_kafka_t *consumer;
        struct holder words;
        bool reading;        /* the consumer is assigned */
        int64_t say_mono_ms; /* when to write the next record */
};

enum claim_state claim_state(const struct claim *claim) {
        int holder = atomic_load_explicit(&claim->holder, memory_order_relaxed);
        int64_t sure_mono_ms = atomic_load_explicit(&claim->sure_mono_ms, memory_order_relaxed);

        if (holder == CLAIM_OURS && clock_mono_ms() - sure_mono_ms > CLAIM_SURE_MS)
                return CLAIM_UNSURE;
        return (enum claim_state)holder;
}

/* Start reading at the current end: our "take" will override everything before it. Return: true on success. */
static bool find_place(struct claim *claim) {
        rd_kafka_topic_partition_list_t *places;
        int64_t end;
        rd_kafka_resp_err_t error;

        if (kafka_query_ends(claim->consumer, claim->topic, PARTITION, OFFSETS_WAIT_MS, NULL,
                             &end) < 0)
                return false;
        places = rd_kafka_topic_partition_list_new(1);
        rd_kafka_topic_partition_list_add(places, claim->topic, PARTITION)->offset = end;
        error = rd_kafka_assign(claim->consumer, places);
        rd_kafka_topic_partition_list_destroy(places);
        return !error;
}

static void say(struct claim *claim, const char *word) {
        const char *key = claim->conf->ingest.client_id;

        (void)rd_kafka_producev(claim->producer, RD_KAFKA_V_TOPIC(claim->topic),
                                RD_KAFKA_V_PARTITION(PARTITION),
                                RD_KAFKA_V_KEY((void *)key, strlen(key)),
                                RD_KAFKA_V_VALUE((void *)word, strlen(word)),
                                RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY), RD_KAFKA_V_END);
}

static void say_when_due(struct claim *claim, int64_t now_mono_ms) {
        char word[HOLDER_WORD_BYTES];

        rd_kafka_poll(claim->producer, 0);
        /* Write nothing while a record is still queued: a late record would be useless. */
        if (now_mono_ms < claim->say_mono_ms || rd_kafka_outq_len(claim->producer) > 0)
                return;
        claim->say_mono_ms = now_mono_ms + HOLDER_EVERY_MS;
        holder_word(&claim->words, word);
        say(claim, word);
}

static void show(struct claim *claim) {
        int before = atomic_load_explicit(&claim->holder, memory_order_relaxed);
        int now = !claim->words.begun             ? CLAIM_UNSURE
                  : holder_is_ours(&claim->words) ? CLAIM_OURS
                                                  : CLAIM_THEIRS;

        /* While nobody owns the sessions this is CLAIM_THEIRS too, for the second until our "take" is read back. */
        if (now == before)
                return;
        atomic_store_explicit(&claim->holder, now, memory_order_relaxed);
        metric_set(&stats.stand_by, now == CLAIM_THEIRS);
        if (now == CLAIM_THEIRS)
                log_event(LOG_WARN, "V0209", "another process has the MQTT sessions: standing by",
                          "client_id", claim->conf->ingest.client_id, NULL);
        else if (before == CLAIM_THEIRS)
                log_event(LOG_WARN, "V0214", "the MQTT sessions are ours again", "client_id",
                          claim->conf->ingest.client_id, NULL);
}

/* Read all records up to the end of the partition. */
static void read_words(struct claim *claim) {
        const char *key = claim->conf->ingest.client_id;
        rd_kafka_message_t *message = rd_kafka_consumer_poll(claim->consumer, READ_WAIT_MS);
        bool more = message != NULL;

        while (message) {
                if (message->err == RD_KAFKA_RESP_ERR__PARTITION_EOF)
                        more = false;
                if (!message->err && message->payload && message->key_len == strlen(key) &&
                    memcmp(message->key, key, message->key_len) == 0 &&
                    holder_read(&claim->words, message->payload, message->len))
                        atomic_store_explicit(&claim->sure_mono_ms, clock_mono_ms(),
                                              memory_order_relaxed);
                rd_kafka_message_destroy(message);
                message = more ? rd_kafka_consumer_poll(claim->consumer, 0) : NULL;
        }
        show(claim);
}

static void *run(void *opaque) {
        static const struct timespec pause = {.tv_nsec = 50 * 1000 * 1000};
        struct claim *claim = opaque;
        char word[HOLDER_WORD_BYTES];

        while (!atomic_load_explicit(&claim->stop, memory_order_relaxed)) {
                if (!claim->reading)
                        claim->reading = find_place(claim);
                if (!claim->reading) {
                        (void)nanosleep(&pause, NULL); /* it may fail at once */
                        continue;
                }
                say_when_due(claim, clock_mono_ms());
                read_words(claim);
        }
        if (holder_is_ours(&claim->words)) {
                holder_last_word(&claim->words, word);
                say(claim, word);
                rd_kafka_flush(claim->producer, LAST_WORD_MS);
        }
        return NULL;
}

int claim_open(struct claim **ret, const struct conf *conf) {
        struct claim *claim = calloc(1, sizeof(*claim));
        char name[HOLDER_NAME_BYTES];
        uint64_t number;
        int r;

        if (!claim)
                return err_raise(-ENOMEM);
        claim->conf = conf;
        conf_topic(conf, KAFKA_HEALTH_TOPIC, claim->topic, sizeof(claim->topic));
        r = getrandom(&number, sizeof(number), 0) == sizeof(number) ? 0 : err_raise(-EIO);
        if (r == 0) {
                snprintf(name, sizeof(name), "%016" PRIx64, number);
                holder_init(&claim->words, name);
                r = kafka_producer_new(&claim->producer, conf, "vigil-ingest-claim", NULL, NULL);
        }
        if (r == 0)
                r = kafka_consumer_new(&claim->consumer, conf, "vigil-ingest-claim", NULL, NULL,
                                       NULL, NULL);
        if (r == 0) {
                r = -pthread_create(&claim->thread, NULL, run, claim);
                if (r < 0)
                        err_raise(r);
                else
                        *ret = claim;
        }
        if (r < 0) {
                if (claim->consumer)
                        rd_kafka_destroy(claim->consumer);
                if (claim->producer)
                        rd_kafka_destroy(claim->producer);
                free(claim);
        }
        return err_trace(r);
}

struct claim *claim_close(struct claim *claim) {
        if (!claim)
                return NULL;
        atomic_store_explicit(&claim->stop, true, memory_order_relaxed);
        pthread_join(claim->thread, NULL);
        kafka_drop(claim->consumer);
        rd_kafka_purge(claim->producer, RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT);
        rd_kafka_destroy(claim->producer);
        free(claim);
        return NULL;
}

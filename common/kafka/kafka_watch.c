/* SPDX-License-Identifier: MIT */
#include "common/kafka/kafka_watch.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "common/base/clock.h"
#include "common/base/err.h"
#include "common/kafka/kafka_topics.h"
#include "common/base/log.h"

enum {
        LOOK_MS = 500,
        AGAIN_MS = 100, /* after a look that found a fault */
        ANSWER_MS = 2000,
        OVERDUE_MS = 5000, /* long enough for one or two missed answers on a busy machine */
        LEAVE_MS = 100,
        JOIN_ANSWER_MS = 500,
        JOIN_AGAIN_MS = 20,
        JOIN_LIMIT_MS = 1500, /* less than a refused client waits */
        GROUP_BYTES = 256,
};

struct kafka_watch {
        struct kafka_topics *topics;
        pthread_t thread;
        pthread_mutex_t lock; /* protects stop, ended, left */
        pthread_cond_t changed;
        bool stop;
        bool ended;
        bool left; /* nobody will join the thread: it frees everything itself */

        /* Used only by the watch thread. */
        char group[GROUP_BYTES]; /* empty: none */
        bool was_away;           /* "kafka does not answer" was logged */
        int64_t back_mono_ms; /* the first answer after a look without one; 0: the last look had none */
        int64_t gone_mono_ms; /* since when a topic is missing; 0: none is */
        bool was_gone[KAFKA_TOPICS];

        /* Written by the watch thread, read by any. Independent of each other: relaxed. */
        _Atomic int64_t answered_mono_ms;
        _Atomic bool lets_join;
        _Atomic int fault;    /* enum kafka_topic_fault of the last answer */
        _Atomic size_t topic; /* the topic with that fault */
        _Atomic uint32_t remade[KAFKA_TOPICS];
};

/* --- the thread ------------------------------------------------------------------------------- */

static void note_away(struct kafka_watch *watch) {
        int64_t answered =
                atomic_load_explicit(&watch->answered_mono_ms, memory_order_relaxed); /* ours */

        if (watch->was_away || clock_mono_ms() - answered < OVERDUE_MS)
                return;
        watch->was_away = true;
        log_event(LOG_ERROR, "V0102", "kafka does not answer", "why", err_why(), NULL);
}

static void note_remade(struct kafka_watch *watch) {
        for (size_t i = 0; i < KAFKA_TOPICS; i++) {
                bool is_gone = kafka_topics_is_gone(watch->topics, i);

                if (watch->was_gone[i] && !is_gone)
                        atomic_fetch_add_explicit(&watch->remade[i], 1, memory_order_relaxed);
                watch->was_gone[i] = is_gone;
        }
}

static void note_answer(struct kafka_watch *watch, int fault, size_t topic) {
        int before = atomic_load_explicit(&watch->fault, memory_order_relaxed);

        if (watch->was_away)
                log_event(LOG_INFO, "V0103", "kafka answers again", NULL);
        watch->was_away = false;
        if (fault != before && fault == KAFKA_TOPIC_FINE)
                log_event(LOG_INFO, "V0105", "all topics are there again", NULL);
        else if (fault != before)
                log_event(LOG_ERROR, "V0104",
                          fault == KAFKA_TOPIC_GONE         ? "a topic is gone: creating it again"
                          : fault == KAFKA_TOPIC_LEADERLESS ? "a partition has no leader"
                                                            : "a topic has another number of "
                                                              "partitions than kafka.partitions",
                          "topic", kafka_topics_name(watch->topics, topic), NULL);
        note_remade(watch);
        if (fault != KAFKA_TOPIC_GONE)
                watch->gone_mono_ms = 0;
        else if (watch->gone_mono_ms == 0)
                watch->gone_mono_ms = clock_mono_ms();
        atomic_store_explicit(&watch->fault, fault, memory_order_relaxed);
        atomic_store_explicit(&watch->topic, topic, memory_order_relaxed);
        atomic_store_explicit(&watch->answered_mono_ms, clock_mono_ms(), memory_order_relaxed);
}

/* Kafka answers: can consumers join? Return: whether it is known. */
static bool look_at_group(struct kafka_watch *watch) {
        if (atomic_load_explicit(&watch->lets_join, memory_order_relaxed)) /* ours */
                return true;
        if (watch->back_mono_ms == 0)
                watch->back_mono_ms = clock_mono_ms();
        if (watch->group[0] != '\0' && clock_mono_ms() - watch->back_mono_ms < JOIN_LIMIT_MS &&
            !kafka_topics_group_is_loaded(watch->topics, watch->group, JOIN_ANSWER_MS))
                return false;
        atomic_store_explicit(&watch->lets_join, true, memory_order_relaxed);
        return true;
}

/* Return: milliseconds to wait before the next look. */
static int look(struct kafka_watch *watch) {
        size_t topic = 0;
        /* The delay also covers a broker that has just started and does not know every topic yet. */
        bool create = watch->gone_mono_ms != 0 &&
                      clock_mono_ms() - watch->gone_mono_ms >= KAFKA_TOPIC_GONE_MS;
        int fault = kafka_topics_look(watch->topics, ANSWER_MS, create, &topic);

        /* A topic that cannot be created keeps nobody from joining. */
        if (fault == -ETIMEDOUT && !create) {
                watch->back_mono_ms = 0;
                atomic_store_explicit(&watch->lets_join, false, memory_order_relaxed);
        }
        if (fault < 0)
                note_away(watch);
        else
                note_answer(watch, fault, topic);
        if (fault >= 0 && !look_at_group(watch))
                return JOIN_AGAIN_MS;
        return fault == KAFKA_TOPIC_FINE ? LOOK_MS : AGAIN_MS;
}

/* Return: true if the thread must end. */
static bool wait_for(struct kafka_watch *watch, int wait_ms) {
        int64_t until_ms = clock_mono_ms() + wait_ms;
        struct timespec until = {.tv_sec = until_ms / 1000,
                                 .tv_nsec = (long)(until_ms % 1000) * 1000000};
        int r = 0;

        pthread_mutex_lock(&watch->lock);
        while (!watch->stop && r == 0)
                r = pthread_cond_timedwait(&watch->changed, &watch->lock, &until);

        bool stop = watch->stop; /* K2 <- K1 */

        pthread_mutex_unlock(&watch->lock);
        return stop;
}

static void watch_free(struct kafka_watch *watch) {
        pthread_cond_destroy(&watch->changed);
        pthread_mutex_destroy(&watch->lock);
        free(watch);
}

static void *watch_run(void *context) {
        struct kafka_watch *watch = context;

        while (!wait_for(watch, look(watch)))
                ;
        kafka_topics_free(watch->topics); /* may block until librdkafka's threads end */
        pthread_mutex_lock(&watch->lock);
        watch->ended = true;

        bool left = watch->left;

        pthread_cond_signal(&watch->changed);
        pthread_mutex_unlock(&watch->lock);
        if (left)
                watch_free(watch);
        return NULL;
}

/* --- from outside ------------------------------------------------------------------------------ */

int kafka_watch_start(struct kafka_watch **ret, const struct conf *conf, const char *group) {
        struct kafka_watch *watch = calloc(1, sizeof(*watch));
        pthread_condattr_t clock;
        int r;

        if (!watch)
                return err_raise(-ENOMEM);
        pthread_condattr_init(&clock);
        pthread_condattr_setclock(&clock, CLOCK_MONOTONIC);
        pthread_cond_init(&watch->changed, &clock);
        pthread_condattr_destroy(&clock);
        pthread_mutex_init(&watch->lock, NULL);
        atomic_init(&watch->answered_mono_ms, clock_mono_ms());
        atomic_init(&watch->lets_join, true);
        if (group)
                snprintf(watch->group, sizeof(watch->group), "%s", group);
        r = kafka_topics_new(&watch->topics, conf);
        if (r == 0) {
                r = -pthread_create(&watch->thread, NULL, watch_run, watch);
                if (r < 0)
                        err_raise(r);
        }
        if (r < 0) {
                kafka_topics_free(watch->topics);
                watch_free(watch);
                return err_trace(r);
        }
        *ret = watch;
        return 0;
}

void kafka_watch_stop(struct kafka_watch *watch) {
        int64_t until_ms = clock_mono_ms() + LEAVE_MS;
        struct timespec until = {.tv_sec = until_ms / 1000,
                                 .tv_nsec = (long)(until_ms % 1000) * 1000000};
        int r = 0;

        if (!watch)
                return;
        pthread_mutex_lock(&watch->lock);
        watch->stop = true; /* K1 -> K2 */
        pthread_cond_broadcast(&watch->changed);
        while (!watch->ended && r == 0)
                r = pthread_cond_timedwait(&watch->changed, &watch->lock, &until);

        pthread_t thread = watch->thread;
        bool ended = watch->ended;

        watch->left = !ended;
        pthread_mutex_unlock(&watch->lock);
        if (!ended) {
                pthread_detach(thread);
                return;
        }
        pthread_join(thread, NULL);
        watch_free(watch);
}

bool kafka_watch_is_fine(const struct kafka_watch *watch, char *missing, size_t missing_bytes) {
        int64_t answered_mono_ms =
                atomic_load_explicit(&watch->answered_mono_ms, memory_order_relaxed);
        size_t topic = atomic_load_explicit(&watch->topic, memory_order_relaxed);
        const char *name = kafka_topics_name(watch->topics, topic);

        if (clock_mono_ms() - answered_mono_ms >= OVERDUE_MS) {
                snprintf(missing, missing_bytes, "kafka: no answer");
                return false;
        }
        switch (atomic_load_explicit(&watch->fault, memory_order_relaxed)) {
        case KAFKA_TOPIC_GONE:
                snprintf(missing, missing_bytes, "kafka: topic %s is gone", name);
                return false;
        case KAFKA_TOPIC_LEADERLESS:
                snprintf(missing, missing_bytes, "kafka: topic %s has no leader", name);
                return false;
        case KAFKA_TOPIC_MISCOUNTED:
                snprintf(missing, missing_bytes,
                         "kafka: topic %s has another number of partitions than kafka.partitions",
                         name);
                return false;
        default:
                return true;
        }
}

bool kafka_watch_lets_join(const struct kafka_watch *watch) {
        return !watch || atomic_load_explicit(&watch->lets_join, memory_order_relaxed);
}

uint32_t kafka_watch_remade(const struct kafka_watch *watch, const char *topic) {
        return watch ? atomic_load_explicit(&watch->remade[kafka_topics_find(topic)],
                                            memory_order_relaxed)
                     : 0;
}

/* SPDX-License-Identifier: MIT
 *
 * Alerting: vigil-alerting as a whole: one thread with one loop over its sockets and Kafka's descriptors. The path of
 * an alert through it, in reading order:
 *
 *      intake/intake.h   read from Kafka                 act/alerts.h
 *      intake/take.h     once per id; pages nobody?
 *      response/         what to do about it             route/: whom to page
 *      journal/          stored in Kafka                 act/decision.h
 *      channel/          sent to its recipients          act/tell.h
 *      feed/             published to readers            act/show.h
 *
 * and back: answers of people (act/hear.h) and deadlines (act/due.h) lead to the next decision. The files of act/
 * hand over from one folder to the next.
 *
 * Four more threads: the ZAP handler (zap.h), the watch over Kafka (kafka_watch.h), the reader of changed files
 * (files.h) and the HTTP server.
 */
#ifndef VIGIL_ALERTING_ACT_ALERTING_H
#define VIGIL_ALERTING_ACT_ALERTING_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "alerting/base/role.h"
#include "alerting/channel/channels.h"
#include "alerting/feed/feed.h"
#include "alerting/intake/intake.h"
#include "alerting/journal/journal.h"
#include "alerting/journal/ledger.h"
#include "alerting/response/answer.h"
#include "alerting/response/book.h"
#include "alerting/response/tick.h"
#include "alerting/route/route.h"
#include "alerting/zeromq/zap.h"
#include "common/files/conf.h"
#include "common/kafka/kafka_watch.h"
#include "common/base/log_limit.h"
#include "common/registry/registry.h"
#include "common/base/steady_clock.h"
#include "common/registry/registry_reader.h"

/* What is available, for /-/ready. Set by the loop, read by the HTTP thread. */
enum alerting_part {
        ALERTING_PART_KAFKA = 1 << 0,
        ALERTING_PART_REGISTRY = 1 << 1,
        ALERTING_PART_JOURNAL = 1 << 2, /* Kafka accepts what we write */
};

struct files;

struct alerting {
        const struct conf *conf;
        struct kafka_watch *kafka;
        void *zmq;
        struct zap *zap;
        struct channels *channels;
        struct feed *feed;
        struct journal *journal;
        struct ledger *ledger;
        struct intake *intake;
        struct registry *registry;
        struct registry_reader *registry_reader;
        struct files *files; /* reads changed ladders and keys */
        struct ladders *ladders;
        struct route_zones *zones;
        struct book *book;
        struct route_view view;
        /* Reused, by one call at a time (outcome_begin()): */
        struct outcome *outcome; /* of an alert, an answer or a deadline */
        struct outcome *sent;    /* of sending what is in Kafka */
        int failed;              /* -errno of a callback, with which the loop ends */
        /* V0461 and V0462 are not logged again before then: */
        int64_t desk_again_mono_ms, no_desk_again_mono_ms;

        uint64_t written;      /* journal_written_count() when last checked */
        int64_t moved_mono_ms; /* when it last grew, or nothing waited */
        int64_t second_mono_ms, audit_mono_ms, expire_mono_ms; /* when each is due next */
        struct log_limit answers_refused, frames_refused, partly, notices;
        struct steady_clock clock;

        _Atomic int64_t heartbeat_mono_ms;
        _Atomic unsigned parts;
        const char *_Atomic partitions_missing; /* intake_missing(), for the HTTP thread */
        _Atomic bool stop;
        _Atomic bool reload;
};

/* Note an error of a callback: the loop ends with the first one. */
static inline void alerting_fail(struct alerting *alerting, int r) {
        if (r < 0 && alerting->failed == 0)
                alerting->failed = r;
}

/* The time of day for all deadlines. It follows the wall clock. When that is set, by a second or more, all times of the
 * book are shifted with it, so that no deadline comes earlier or later. Thread: the loop's. */
int64_t alerting_now_ms(struct alerting *alerting);

#endif

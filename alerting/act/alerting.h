/* SPDX-License-Identifier: MIT
 *
 * vigil-alerting as a whole: one thread and one loop over its sockets and Kafka's descriptors. The way of an alert
 * through it, in reading order:
 *
 *      intake/intake.h   read from Kafka                 act/alerts.h
 *      intake/take.h     once per id; pages nobody?
 *      response/         what to do about it             route/: who
 *      journal/          written down, then done         act/decision.h
 *      channel/          said to whom it is for          act/tell.h
 *      feed/             shown to who watches            act/show.h
 *
 * and back: what people say (act/hear.h) and time (act/due.h) lead to the next decision. The rooms know nothing of
 * each other's neighbours; the files of act/ hand over from one to the next.
 *
 * Four more threads: ZAP's (zap.h), the watch's over Kafka, the reader of changed files and the HTTP server's.
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

/* What is there already, for /-/ready. Set by the loop, read by the HTTP thread. */
enum alerting_part {
        ALERTING_PART_KAFKA = 1 << 0,
        ALERTING_PART_REGISTRY = 1 << 1,
        ALERTING_PART_JOURNAL = 1 << 2, /* Kafka takes what we write */
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
        /* Reused, each by one call at a time (outcome_begin()): */
        struct outcome *outcome; /* of an alert, an answer or a deadline */
        struct outcome *sent;    /* of sending what is in Kafka */
        int failed;              /* of a callback, seen by the loop */
        int64_t desk_again_mono_ms, no_desk_again_mono_ms; /* before then it was said */

        uint64_t written;      /* by the journal, when it was looked at */
        int64_t moved_mono_ms; /* it moved, or had nothing to do */
        int64_t second_mono_ms, audit_mono_ms, expire_mono_ms;
        struct log_limit answers_refused, frames_refused, partly, notices;
        struct steady_clock clock;

        _Atomic int64_t heartbeat_mono_ms;
        _Atomic unsigned parts;
        const char *_Atomic partitions_missing; /* NULL: they are there; constant texts */
        _Atomic bool stop;
        _Atomic bool reload;
};

/* What a callback met, for the loop to end with. */
static inline void alerting_fail(struct alerting *alerting, int r) {
        if (r < 0 && alerting->failed == 0)
                alerting->failed = r;
}

/* The time of day for everything that is due: that of the wall clock, but when that is set all deadlines move with
 * it, so that none comes earlier or later for it. Thread: the loop's. */
int64_t alerting_now_ms(struct alerting *alerting);

#endif

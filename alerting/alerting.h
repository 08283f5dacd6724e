/* SPDX-License-Identifier: MIT
 *
 * vigil-alerting as a whole: one thread and one loop over its sockets and Kafka's descriptors. The
 * way of an alert through it, in the order of its files:
 *
 *      intake   once per id           book       new, repeated, known
 *      suppress pages nobody?         route      who
 *      response what to do            journal    written down, then
 *      act.c    said to whom it is for by fanout, and shown on the feed
 *
 * Three more threads: the gate's (ZAP), the watch's over Kafka and the HTTP server's.
 *
 *      W1 watch made, by wait_for_kafka  ->  W2 watch asked, by alerting_is_ready
 */
#ifndef VIGIL_ALERTING_ALERTING_H
#define VIGIL_ALERTING_ALERTING_H

#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "alerting/base/role.h"
#include "alerting/channel/pager.h"
#include "alerting/feed/feed.h"
#include "alerting/intake/intake.h"
#include "alerting/journal/journal.h"
#include "alerting/journal/ledger.h"
#include "alerting/response/answer.h"
#include "alerting/response/book.h"
#include "alerting/response/tick.h"
#include "alerting/route/route.h"
#include "alerting/zeromq/gate.h"
#include "common/conf.h"
#include "common/kafka_watch.h"
#include "common/log_limit.h"
#include "common/registry.h"
#include "common/steady_clock.h"

/* What is there already, for /-/ready. Set by the loop, read by the HTTP thread. */
enum alerting_part {
        ALERTING_KAFKA = 1 << 0,
        ALERTING_REGISTRY = 1 << 1,
        ALERTING_JOURNAL = 1 << 2, /* Kafka takes what we write */
};

struct alerting {
        const struct conf *conf;
        struct kafka_watch *kafka;
        void *zmq;
        struct gate *gate;
        struct fanout *fanout;
        struct feed *feed;
        struct journal *journal;
        struct ledger *ledger;
        struct intake *intake;
        struct registry *registry;
        struct registry_reader *registry_reader;
        struct ladders *ladders;
        struct zones *zones;
        struct book *book;
        struct view view;
        struct outcome *outcome; /* of the call in progress */
        struct outcome *sent;    /* of handing over, while another is being acted on */
        int failed;              /* of a callback, seen by the loop */
        int64_t desk_again_mono_ms, no_desk_again_mono_ms; /* before then it was said */

        uint64_t written;      /* by the journal, when it was looked at */
        int64_t moved_mono_ms; /* it moved, or had nothing to do */
        int64_t second_mono_ms, audit_mono_ms, files_mono_ms, expire_mono_ms;
        int64_t ladders_seen_ns;
        struct log_limit answers_refused, frames_refused, partly, notices;
        struct steady_clock clock;

        _Atomic int64_t heartbeat_mono_ms;
        _Atomic unsigned parts;
        const char *_Atomic partitions_missing; /* NULL: they are there; constant texts */
        _Atomic bool stop;
        _Atomic bool reload;
};

/* Everything but Kafka: ladders, keys, sockets. Complaints about files go to @diag.
 * Return: 0; 1 when the diag holds errors; -errno. */
enum { ALERTING_REFUSED = 1 };
int alerting_open(struct alerting **ret, const struct conf *conf, struct diag *diag);
struct alerting *alerting_close(struct alerting *alerting);

/* Runs until alerting->stop. Return: 0 or -errno. */
int alerting_run(struct alerting *alerting);

/* The time of day for everything that is due: that of the wall clock, but when that is set all deadlines move with
 * it, so that none comes earlier or later for it. Thread: the loop's. */
int64_t alerting_now_ms(struct alerting *alerting);

/* For http_start(). @context: the struct alerting. */
bool alerting_is_ready(void *context, char *missing, size_t missing_bytes);

/* --- act.c: between the loop and the pure parts ------------------------------------------------- */

/* Write @outcome of @response down; it is acted on when Kafka has it. @offset: of the vigil.alerts record
 * it came from, or -1. Return: 0 or -errno. */
int act_submit(struct alerting *alerting, struct response *response, struct outcome *outcome,
               int64_t offset);
/* The same for a record that leads to nothing, so that the position moves in order. */
int act_skip(struct alerting *alerting, int32_t partition, int64_t offset);

/* journal_released and its opposite. */
void act_release(void *context, int32_t partition, void *deed);
void act_discard(void *deed);

/* ledger_handler. */
void act_ledger_ended(void *context, int32_t partition, int64_t seq, int64_t n);
void act_ledger_kept(void *context, const char *alert_id, int64_t seq, int64_t n);

/* fanout_handler. */
void act_joined(void *context, const char *id, enum role role);
void act_said(void *context, const char *id, enum role role, const void *type, size_t type_bytes,
              const void *body, size_t body_bytes);

void act_partly(void *context, const char *id, int instances);
void act_shows(void *context, const char *id, const void *body, size_t body_bytes);

/* Every second: refusals of a sender that were counted and not said. */
void act_tell_counted(struct alerting *alerting, int64_t now_mono_ms);

/* What is open goes once more to whoever is connected: the partition has just been read back. */
void act_resume(struct alerting *alerting, int32_t partition);
/* An id that is told, for longer than its alert is kept; @time_ms 0: no longer. Return: 0 or -errno. */
int act_remember(struct alerting *alerting, int32_t partition, const char *alert_id,
                 int64_t time_ms);
/* Ids that cannot come again. Return: 0 or -errno. */
int act_expire(struct alerting *alerting, int64_t now_ms);
/* vigil.pages lost what it held of the partition: write all of it again. Return: 0 or -errno. */
int act_rewrite(struct alerting *alerting, int32_t partition);

/* cards.c: a beat of @id, whose body names the cards it shows. Return: 0 or -ENOMEM. */
int cards_shown(struct alerting *alerting, const char *id, const void *body, size_t body_bytes);

/* Do what is due of up to @most alerts. Return: 0 or -errno. */
int act_due(struct alerting *alerting, int64_t now_ms, int most);

#endif

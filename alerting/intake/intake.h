/* SPDX-License-Identifier: MIT
 *
 * Step 8 of 12: each alert is taken once.
 *
 * In: records of vigil.alerts of the partitions that the consumer group gives us, after everything
 * vigil.pages knows of those partitions has been read back. Out: alerts, in order.
 * When things go wrong: a record that cannot be read is handed over as refused, never skipped in silence; the
 * group position moves only over what is stored, so a kill makes us read again and the ids tell what was
 * taken. A partition that we lost to nobody yet (Kafka was away) is kept: when it is ours again, we read what
 * others wrote of it since, and go on. One that is another's is dropped with its alerts. A consumer that
 * cannot go on (another process joined under our instance name) is replaced, sooner or later as that
 * happens seldom or often. When vigil.pages was lost, what we hold is the truth.
 *
 * Thread: the loop's. Blocks: never, but intake_close() for up to half a second.
 * Proof: tests/flow/alerting.py, tests/flow/alerting_outages.py
 */
#ifndef VIGIL_ALERTING_INTAKE_INTAKE_H
#define VIGIL_ALERTING_INTAKE_INTAKE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/wire/alert.h"
#include "common/files/conf.h"
#include "common/kafka/kafka_watch.h"

struct intake;

struct intake_handler {
        /* A stored response of @partition, older forms first; @json NULL: a tombstone. Return: 0 or -errno. */
        int (*restored)(void *context, int32_t partition, const char *key, size_t key_bytes,
                        const char *json, size_t json_bytes);
        /* Is anything of @partition still on its way into vigil.pages? */
        bool (*busy)(void *context, int32_t partition);
        /* Everything stored of @partition has been handed over; its alerts follow. */
        void (*ready)(void *context, int32_t partition);
        /* vigil.pages was made anew: what was handed over of @partition, and what we wrote, is to be written again. */
        void (*emptied)(void *context, int32_t partition);
        /* Partitions are about to become others', who read back what is in vigil.pages then. */
        void (*giving)(void *context);
        /* The partition is somebody else's now. */
        void (*lost)(void *context, int32_t partition);
        /* One record; @alert NULL: it cannot be read, err_why() says why. Return: 0 or -errno. */
        int (*alert)(void *context, int32_t partition, int64_t offset, const struct alert *alert);
        void *context;
};

/* The clients alone, which look for Kafka and for the group meanwhile. */
int intake_open(struct intake **ret, const struct conf *conf, const struct intake_handler *handler);
/* Join the group: alerts come from now on. intake_poll() must be called at least every 10 s. */
int intake_start(struct intake *intake);
/* Topics that @watch has seen made anew are read from their first record. */
void intake_watch(struct intake *intake, const struct kafka_watch *watch);
/* Commits what is done, waiting at most half a second. */
struct intake *intake_close(struct intake *intake);

/* Readable when intake_poll() has work: alerts, and what is read back. */
int intake_fd(const struct intake *intake);

/* Take up to @most records. Return: how many there were (more may wait), or -errno. */
int intake_poll(struct intake *intake, int most, int64_t now_mono_ms);

/* Everything up to @offset of @partition is stored: the group position may move over it. */
void intake_done(struct intake *intake, int32_t partition, int64_t offset);
/* Tell the group. To be called every second: it also wakes the client, whose waits a step of the wall clock makes
 * longer. */
void intake_commit(struct intake *intake);

/* We have written to vigil.pages at @offset of @partition, or at an unknown one (-1). */
void intake_wrote(struct intake *intake, int32_t partition, int64_t offset);

/* Nobody has taken the place of a consumer that ends soon after: the next one is made at once. */
void intake_kafka_is_away(struct intake *intake, int64_t now_mono_ms);

/* Has the group given our partitions to others, and intake_poll() not yet said so? */
bool intake_is_lost(const struct intake *intake);

/* Is @partition ours and read back? Its deadlines count only then. */
bool intake_is_ready(const struct intake *intake, int32_t partition);
/* Is @partition assigned to us, or was it and no other process is known to have it? Only then may its alerts be written. */
bool intake_holds(const struct intake *intake, int32_t partition);
/* Has the group given us anything yet, and is all of it read back? */
bool intake_is_settled(const struct intake *intake);
/* Why not, or NULL when settled. The text is constant. */
const char *intake_missing(const struct intake *intake);

#endif

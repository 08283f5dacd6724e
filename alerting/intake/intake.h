/* SPDX-License-Identifier: MIT
 *
 * Step 8 of 12: each alert is taken once.
 *
 * In: records of vigil.alerts of the partitions that the consumer group assigns to us, each after all of its records in
 * vigil.pages have been read back. Out: alerts, in order.
 * When things go wrong:
 * - A record that cannot be read is handed over as refused, never skipped silently.
 * - The group position moves only over what is stored. After a kill, records are read again; their ids show which were
 *   taken already.
 * - A partition whose assignment is lost (Kafka was down) is kept until it is known to be another's. When it is ours
 *   again, we read what others have written of it since, and continue. A partition of another process is dropped with
 *   its alerts.
 * - A consumer with a fatal error (another process joined under our instance name) is replaced, after a longer wait if
 *   that happens often.
 * - If vigil.pages was deleted and created again, what we hold in memory applies and is written again.
 *
 * Thread: the loop's. Blocks: intake_close() for up to half a second; otherwise only as long as the handler does.
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
        /* A record of vigil.pages, in the order of the topic; @json NULL: a tombstone. Return: 0 or -errno. */
        int (*restored)(void *context, int32_t partition, const char *key, size_t key_bytes,
                        const char *json, size_t json_bytes);
        /* Are our own records of @partition still in flight to vigil.pages? */
        bool (*busy)(void *context, int32_t partition);
        /* All stored records of @partition have been handed over; its alerts follow. */
        void (*ready)(void *context, int32_t partition);
        /* vigil.pages was recreated: everything held of @partition must be written to it again. */
        void (*emptied)(void *context, int32_t partition);
        /* We are about to give partitions up; their next owners then read vigil.pages. */
        void (*giving)(void *context);
        /* Another process owns the partition now. */
        void (*lost)(void *context, int32_t partition);
        /* One record of vigil.alerts; @alert NULL: it cannot be read, err_why() says why. Return: 0 or -errno. */
        int (*alert)(void *context, int32_t partition, int64_t offset, const struct alert *alert);
        void *context;
};

/* Create the Kafka clients, which start to connect. @conf must outlive the intake; @handler is copied.
 * Return: 0 or -errno. */
int intake_open(struct intake **ret, const struct conf *conf, const struct intake_handler *handler);
/* Join the group: alerts follow. From now on intake_poll() must be called at least every 10 s, or the group takes the
 * partitions away. Return: 0; -EIO with err_why(). */
int intake_start(struct intake *intake);
/* Topics that @watch sees recreated from now on are read from their first record. @watch must outlive the intake. */
void intake_watch(struct intake *intake, const struct kafka_watch *watch);
/* Commit the position, waiting at most half a second, and free the intake. Takes NULL. */
struct intake *intake_close(struct intake *intake);

/* Readable when intake_poll() has work: records of vigil.alerts or vigil.pages. */
int intake_fd(const struct intake *intake);

/* Handle up to @most records of each topic; calls the handler. Return: how many there were (more may wait), or
 * -errno. */
int intake_poll(struct intake *intake, int most, int64_t now_mono_ms);

/* Everything up to @offset of @partition is stored: the group position may move past it. */
void intake_done(struct intake *intake, int32_t partition, int64_t offset);
/* Commit the group position, without waiting for the result. To be called every second: it also wakes the client, whose
 * waits are in wall time and get longer when that clock is set back. */
void intake_commit(struct intake *intake);

/* Our own record is in vigil.pages at @offset of @partition; -1: the offset is unknown. */
void intake_wrote(struct intake *intake, int32_t partition, int64_t offset);

/* Kafka is down. A consumer that fails soon after has probably not lost its place to another process: it is replaced
 * after the shortest wait. */
void intake_kafka_is_away(struct intake *intake, int64_t now_mono_ms);

/* Has the group taken our partitions away, with intake_poll() still to report it? */
bool intake_is_lost(const struct intake *intake);

/* Is @partition ours and read back? Its deadlines are acted on only then. */
bool intake_is_ready(const struct intake *intake, int32_t partition);
/* Is @partition ours, or was it and is not known to be another's? Only then may its alerts be written. */
bool intake_holds(const struct intake *intake, int32_t partition);
/* Has the group assigned partitions (maybe none) to us, and are they all read back? */
bool intake_is_settled(const struct intake *intake);
/* What is missing, for /-/ready; NULL: settled. The text is constant. */
const char *intake_missing(const struct intake *intake);

#endif

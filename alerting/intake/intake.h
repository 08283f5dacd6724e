/* SPDX-License-Identifier: MIT
 *
 * Step 8 of 11: each alert is taken once.
 *
 * In: records of vigil.alerts of the partitions that the consumer group gives us, after everything
 * vigil.pages knows of those partitions has been read back. Out: alerts, in order.
 * When things go wrong: a record that cannot be read is handed over as refused, never skipped in silence; a
 * partition taken away is dropped with its alerts; the group position moves only over what is
 * stored, so a kill makes us read again and the ids tell what was taken.
 *
 * Thread: the loop's. Blocks: never, but intake_close() for up to a second.
 */
#ifndef VIGIL_ALERTING_INTAKE_INTAKE_H
#define VIGIL_ALERTING_INTAKE_INTAKE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/alert.h"
#include "common/conf.h"

struct intake;

struct intake_handler {
        /* A stored response of @partition, older forms first; @json NULL: a tombstone. Return: 0 or -errno. */
        int (*restored)(void *context, int32_t partition, const char *key, size_t key_bytes,
                        const char *json, size_t json_bytes);
        /* Everything stored of @partition has been handed over; its alerts follow. */
        void (*ready)(void *context, int32_t partition);
        /* The partition is somebody else's now. */
        void (*lost)(void *context, int32_t partition);
        /* One record; @alert NULL: it cannot be read, err_why() says why. Return: 0 or -errno. */
        int (*alert)(void *context, int32_t partition, int64_t offset, const struct alert *alert);
        void *context;
};

int intake_open(struct intake **ret, const struct conf *conf, const struct intake_handler *handler);
/* Commits what is done, waiting at most a second. */
struct intake *intake_close(struct intake *intake);

/* Readable when intake_poll() has work: alerts, and what is read back. */
int intake_fd(const struct intake *intake);

/* Take up to @most records. Return: how many there were (more may wait), or -errno. */
int intake_poll(struct intake *intake, int most);

/* Everything up to @offset of @partition is stored: the group position may move over it. */
void intake_done(struct intake *intake, int32_t partition, int64_t offset);
/* Tell the group. */
void intake_commit(struct intake *intake);

/* Is @partition ours and read back? Its deadlines count only then. */
bool intake_is_ready(const struct intake *intake, int32_t partition);
/* Has the group given us anything yet, and is all of it read back? */
bool intake_is_settled(const struct intake *intake);

#endif

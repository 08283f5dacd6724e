/* SPDX-License-Identifier: MIT
 *
 * Claim: decides whether this process owns the MQTT sessions of a client id (protocol: holder.h). A process that starts
 * takes them over; the previous owner becomes stand-by and takes them again when the other is gone. Without this, two
 * processes with one client id would displace each other's connections for ever.
 *
 * A separate thread writes and reads the records.
 *
 * Thread: claim_open(), claim_close(): main(); claim_state(): any. Blocks: only claim_close(), for about a second,
 * until the thread and its Kafka client have ended.
 */
#ifndef VIGIL_INGEST_KAFKA_CLAIM_H
#define VIGIL_INGEST_KAFKA_CLAIM_H

#include "common/files/conf.h"

enum claim_state {
        CLAIM_UNSURE, /* not decided yet, or ours but not confirmed by Kafka for CLAIM_SURE_MS */
        CLAIM_OURS,
        CLAIM_THEIRS, /* another process or nobody owns the sessions: do not connect */
};

enum { CLAIM_SURE_MS = 3000 };

struct claim;

/* @conf must outlive the claim. Return: 0, -ENOMEM, -EINVAL, -EIO (no random numbers), -errno (no thread). */
int claim_open(struct claim **ret, const struct conf *conf);
/* Releases the sessions if they are ours, so that a stand-by takes them at once. Takes NULL. */
struct claim *claim_close(struct claim *claim);

enum claim_state claim_state(const struct claim *claim);

#endif

/* SPDX-License-Identifier: MIT
 *
 * Claim: this process's part in who has the MQTT sessions of a client id (holder.h says how that is decided). A
 * process that starts takes them over; the one that had them stays alive as stand-by and takes them again when
 * the other is gone. When two processes used one client id, each connection would throw the other out, for ever.
 *
 * A thread of its own writes and reads the words.
 *
 * Thread: opened and closed by main(); claim_state() any. Blocks: claim_open() never, claim_close() for at most a second.
 */
#ifndef VIGIL_INGEST_KAFKA_CLAIM_H
#define VIGIL_INGEST_KAFKA_CLAIM_H

#include "common/files/conf.h"

enum claim_state {
        CLAIM_UNSURE, /* Kafka has not said so for CLAIM_SURE_MS: ours, but perhaps no longer */
        CLAIM_OURS,
        CLAIM_THEIRS, /* another process has the sessions: stay away from them */
};

enum { CLAIM_SURE_MS = 3000 };

struct claim;

/* Return: 0, -ENOMEM, -EINVAL, -EIO (no random numbers). */
int claim_open(struct claim **ret, const struct conf *conf);
/* Says that nobody has the sessions, so that a stand-by need not wait. */
struct claim *claim_close(struct claim *claim);

enum claim_state claim_state(const struct claim *claim);

#endif

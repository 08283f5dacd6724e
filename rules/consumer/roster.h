/* SPDX-License-Identifier: MIT
 *
 * Roster: the registry as the shards need it. Follows vigil.registry and tells the shard that owns
 * an elder's partition whenever the elder or one of the elder's devices changes.
 *
 * At a start everything that is in the topic is read, then every elder is told once: for a million of
 * them that takes a while, and alarms are judged meanwhile. An elder with an alarm is told out of turn, as soon as
 * the elder's own record has been read; the alarm waits in the shard (parked.h). Telemetry is read when all are told.
 *
 * Thread: the consumer thread.
 */
#ifndef VIGIL_RULES_CONSUMER_ROSTER_H
#define VIGIL_RULES_CONSUMER_ROSTER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/files/conf.h"
#include "common/registry/registry.h"
#include "common/registry/registry_reader.h"
#include "rules/consumer/owners.h"
#include "rules/shard/shard.h"

enum { ROSTER_WANTED_BITS = 65536 };

struct roster {
        struct shard *shards;
        int32_t shard_count;
        int32_t partition_count;
        struct registry *registry;
        struct registry_reader *reader;
        struct owners owners;
        size_t walked;  /* of the first telling */
        bool walking;   /* the first telling has begun */
        bool told;      /* the first telling is over */
        int32_t loaded; /* shards that were told so */
        /* By elder hash, until all are told: who may have an alarm waiting. */
        uint64_t wanted[ROSTER_WANTED_BITS / 64];
        int failed;                            /* -ENOMEM met in a callback */
        char (*changed)[EVENT_ELDER_ID_BYTES]; /* to be told, in order */
        size_t changed_at;
        size_t changed_count;
        size_t changed_capacity;
};

/* @conf NULL: no reader; a test applies records itself and calls roster_changed(). */
int roster_init(struct roster *roster, const struct conf *conf, struct shard *shards,
                int32_t shard_count, int32_t partition_count);
void roster_fini(struct roster *roster);

/* Read what has come and tell the shards as far as their rings have room. Blocks: never.
 * Return: whether anything was done, or -errno. */
int roster_pump(struct roster *roster);

/* Has every elder that was registered at the start been told? */
bool roster_is_told(const struct roster *roster);

/* An alarm of this elder has been read. @context: struct roster. */
void roster_want(void *context, const char *elder_id);

/* The registry's callback. @context: struct roster. */
void roster_changed(void *context, enum registry_type type, const char *id);

#endif

/* SPDX-License-Identifier: MIT
 *
 * Roster: the registry as the shards need it. Follows vigil.registry. When an elder or one of the elder's devices
 * changes, it sends the new profile to the shard that owns the elder's partition.
 *
 * At a start the whole topic is read, then every elder is sent once. For a million
 * elders that takes a while, and alarms are judged meanwhile. An elder with an alarm is sent early, as soon as
 * the elder's own record has been read; the alarm waits in the shard (parked.h). Telemetry is read once all are sent.
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
        size_t walked;  /* elders sent so far by the walk over the registry */
        bool walking;   /* the walk has begun: the whole topic was read */
        bool told;      /* the walk is complete, and every shard got SHARD_CONTROL_LOADED */
        int32_t loaded; /* shards that got SHARD_CONTROL_LOADED */
        /* By elder hash, until all are sent: set if an alarm of the elder may be waiting. */
        uint64_t wanted[ROSTER_WANTED_BITS / 64];
        int failed;                            /* -ENOMEM in a callback */
        char (*changed)[EVENT_ELDER_ID_BYTES]; /* elders to send, in order */
        size_t changed_at;
        size_t changed_count;
        size_t changed_capacity;
};

/* @conf NULL: no reader; a test applies records itself and calls roster_changed(). @shards must outlive the roster.
 * Return: 0 or -errno. */
int roster_init(struct roster *roster, const struct conf *conf, struct shard *shards,
                int32_t shard_count, int32_t partition_count);
void roster_fini(struct roster *roster);

/* Read new records, and send to the shards as far as their control rings have room. Blocks: never.
 * Return: 1 if anything was done, 0 if not, or -errno. */
int roster_pump(struct roster *roster);

/* Has every elder who was registered at the start been sent to its shard? */
bool roster_is_told(const struct roster *roster);

/* For lane_reader.met: an alarm of this elder has been read, so send the elder early. @context: struct roster. */
void roster_want(void *context, const char *elder_id);

/* The registry's callback. @context: struct roster. */
void roster_changed(void *context, enum registry_type type, const char *id);

#endif

/* SPDX-License-Identifier: MIT
 *
 * The MQTT filters to which a session subscribes (docs/wire/mqtt.md, Sessions).
 *
 * Thread: any. Blocks: never.
 */
#ifndef VIGIL_INGEST_MQTT_FILTERS_H
#define VIGIL_INGEST_MQTT_FILTERS_H

#include <stddef.h>

#include "common/files/conf.h"
#include "common/wire/event_kind.h"
#include "ingest/decode/profile.h"

struct filters {
        char **filters; /* NULL-terminated */
        size_t count;
};

/* Alarm lane: the alarm-class kinds in the districts of the shard; telemetry lane: all their topics. The first shard
 * also reads the topics of the profiles, which contain no district. The caller releases *ret with filters_free().
 * Return: 0 or -ENOMEM. */
int filters_new(struct filters **ret, const struct conf *conf, enum lane lane, size_t shard,
                const struct profile_set *profiles);
struct filters *filters_free(struct filters *filters);

#endif

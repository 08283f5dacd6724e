/* SPDX-License-Identifier: MIT
 *
 * Which MQTT filters a session subscribes to (docs/wire/mqtt.md, Sessions).
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

/* The alarm lane: the alarm-class kinds of the shard's districts; telemetry: everything of them. The
 * first shard also reads what the profiles name: foreign topics carry no district.
 * Return: 0 or -ENOMEM. */
int filters_new(struct filters **ret, const struct conf *conf, enum lane lane, size_t shard,
                const struct profile_set *profiles);
struct filters *filters_free(struct filters *filters);

#endif

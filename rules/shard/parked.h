/* SPDX-License-Identifier: MIT
 *
 * Parked: alarms of elders whom the registry does not know yet. Registry and events are two topics, so an SOS that is
 * pressed while its owner is being registered may overtake the registration. Such an alarm waits here for PARKED_MS. If
 * the elder is still unknown then, the alarm goes to quarantine. Until then the stored position stays before the alarm,
 * so a crash does not lose it.
 *
 * After a start the registry is read while alarms are judged. PARKED_MS begins when the whole registry has been read,
 * and until then there is room for PARKED_LOADING_MAX alarms.
 *
 * Thread: the shard. Blocks: never. Allocates: in parked_init(), and in parked_add() for a sample block.
 */
#ifndef VIGIL_RULES_SHARD_PARKED_H
#define VIGIL_RULES_SHARD_PARKED_H

#include <stdbool.h>
#include <stdint.h>

#include "common/wire/event.h"
#include "rules/eval/engine.h"

enum {
        PARKED_MAX = 256, /* more unknown elders at once are a mistake, not a race */
        PARKED_LOADING_MAX = 8192,
        PARKED_MS = 10000,
        PARKED_FILTER_BITS = 65536,
};

struct parked_event {
        struct event event;
        unsigned char *samples; /* malloc'd, or NULL */
        int32_t partition;
        int64_t offset;
        int64_t until_mono_ms;
};

struct parked {
        struct parked_event *events; /* oldest first */
        uint32_t count;
        uint32_t capacity;
        bool loading; /* the registry is still being read: no alarm expires */
        /* By elder hash. A clear bit means that no alarm of that elder waits. All bits are cleared when no alarm
         * waits. */
        uint64_t filter[PARKED_FILTER_BITS / 64];
};

/* Return: 0 or -ENOMEM. */
int parked_init(struct parked *parked);
void parked_fini(struct parked *parked);

/* Copies @event and its sample block. Return: false without room or memory: quarantine the event at once. */
bool parked_add(struct parked *parked, const struct event *event, const unsigned char *samples,
                int32_t partition, int64_t offset, int64_t now_mono_ms);

/* Does @profile contain every device of which an alarm of that elder waits? */
bool parked_knows_devices(const struct parked *parked, const struct elder_profile *profile);

/* Take out the oldest event of @elder_id (take_elder) or the oldest expired one (take_late). The caller frees
 * ret->samples. Return: false when there is none. */
bool parked_take_elder(struct parked *parked, const char *elder_id, struct parked_event *ret);
void parked_loaded(struct parked *parked, int64_t now_mono_ms); /* PARKED_MS begins for all */
bool parked_take_late(struct parked *parked, int64_t now_mono_ms, struct parked_event *ret);

/* Drop the alarms of a partition that is given up: its next owner reads them. */
void parked_forget(struct parked *parked, int32_t partition);

/* Return: the offset to store: the lowest of @next_offset and the offsets of the alarms of @partition that wait. */
int64_t parked_hold(const struct parked *parked, int32_t partition, int64_t next_offset);

#endif

/* SPDX-License-Identifier: MIT
 *
 * Parked: alarms of elders whom the registry does not know yet. Registry and events come by two
 * topics; a button pressed in the moment its owner is registered may overtake the registration. Such an
 * alarm waits here for PARKED_MS; only then is it a stranger's and goes to quarantine. Until then
 * the stored position stays before it, so a crash does not lose it either.
 *
 * After a start the registry is read while alarms are judged: the time begins when all of it was read, and there is room for
 * all that a city presses meanwhile.
 *
 * Thread: the shard. Blocks: never. Allocates: for an alarm of an unknown elder only.
 */
#ifndef VIGIL_RULES_SHARD_PARKED_H
#define VIGIL_RULES_SHARD_PARKED_H

#include <stdbool.h>
#include <stdint.h>

#include "common/wire/event.h"
#include "rules/eval/engine.h"

enum {
        PARKED_MAX = 256, /* more strangers at once are no race but a mistake */
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
        bool loading; /* the registry is still being read: nobody has waited too long */
        /* By elder hash: a bit that is not set says that nothing of that elder waits. Cleared when nothing waits. */
        uint64_t filter[PARKED_FILTER_BITS / 64];
};

/* Return: 0 or -ENOMEM. */
int parked_init(struct parked *parked);
void parked_fini(struct parked *parked);

/* Copies both. Return: false when there is no room or memory: it is for the quarantine at once. */
bool parked_add(struct parked *parked, const struct event *event, const unsigned char *samples,
                int32_t partition, int64_t offset, int64_t now_mono_ms);

/* Is every device with an alarm waiting among @profile's? */
bool parked_knows_devices(const struct parked *parked, const struct elder_profile *profile);

/* Take out the oldest event of @elder_id, or the oldest that has waited too long. The samples are the
 * caller's to free. Return: false when there is none. */
bool parked_take_elder(struct parked *parked, const char *elder_id, struct parked_event *ret);
void parked_loaded(struct parked *parked, int64_t now_mono_ms); /* the registry has been read */
bool parked_take_late(struct parked *parked, int64_t now_mono_ms, struct parked_event *ret);

/* Forget those of a partition that is given up: the next owner reads them. */
void parked_forget(struct parked *parked, int32_t partition);

/* The offset to store: @next_offset, or that of the oldest alarm of @partition still waiting. */
int64_t parked_hold(const struct parked *parked, int32_t partition, int64_t next_offset);

#endif

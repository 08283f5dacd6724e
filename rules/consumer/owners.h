/* SPDX-License-Identifier: MIT
 *
 * Owners: the last known elder of each device, so that when a device is reassigned or removed, the elder who had
 * it before can be updated.
 *
 * Thread: the consumer thread. Blocks: never.
 */
#ifndef VIGIL_RULES_CONSUMER_OWNERS_H
#define VIGIL_RULES_CONSUMER_OWNERS_H

#include <stdint.h>

#include "common/wire/event.h"

struct owners_entry {
        char device_id[EVENT_DEVICE_ID_BYTES]; /* "": free */
        char elder_id[EVENT_ELDER_ID_BYTES];   /* "": no elder any more */
};

struct owners {
        struct owners_entry *entries; /* open addressing, at most half full */
        uint32_t capacity;            /* a power of two, or 0 */
        uint32_t count;
};

/* @device_id belongs to @elder_id from now on ("": to no elder). Writes the former elder into
 * @ret_before[EVENT_ELDER_ID_BYTES] ("": none). Return: 0 or -ENOMEM. */
int owners_set(struct owners *owners, const char *device_id, const char *elder_id,
               char *ret_before);

void owners_fini(struct owners *owners);

#endif

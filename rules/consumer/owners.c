/* SPDX-License-Identifier: MIT */
#include "rules/consumer/owners.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/err.h"
#include "common/base/murmur2.h"

enum { CAPACITY_FIRST = 256 };

static struct owners_entry *find(const struct owners *owners, const char *device_id) {
        uint32_t at = murmur2(device_id, strlen(device_id));

        for (;; at++) {
                struct owners_entry *entry = &owners->entries[at & (owners->capacity - 1)];

                if (entry->device_id[0] == '\0' || strcmp(entry->device_id, device_id) == 0)
                        return entry;
        }
}

static int grow(struct owners *owners) {
        struct owners larger = {.capacity =
                                        owners->capacity ? owners->capacity * 2 : CAPACITY_FIRST};

        if (owners->capacity && owners->count < owners->capacity / 2)
                return 0;
        larger.entries = calloc(larger.capacity, sizeof(*larger.entries));
        if (!larger.entries)
                return err_raise(-ENOMEM);
        for (uint32_t i = 0; i < owners->capacity; i++) {
                const struct owners_entry *entry = &owners->entries[i];

                if (entry->elder_id[0] == '\0')
                        continue; /* removed devices are not copied */
                *find(&larger, entry->device_id) = *entry;
                larger.count++;
        }
        free(owners->entries);
        *owners = larger;
        return 0;
}

int owners_set(struct owners *owners, const char *device_id, const char *elder_id,
               char *ret_before) {
        int r = grow(owners);

        if (r < 0)
                return r;

        struct owners_entry *entry = find(owners, device_id);

        memcpy(ret_before, entry->elder_id, EVENT_ELDER_ID_BYTES);
        if (entry->device_id[0] == '\0') {
                if (elder_id[0] == '\0')
                        return 0;
                strncpy(entry->device_id, device_id, EVENT_DEVICE_ID_BYTES - 1);
                owners->count++;
        }
        memset(entry->elder_id, 0, sizeof(entry->elder_id));
        memcpy(entry->elder_id, elder_id, strnlen(elder_id, EVENT_ELDER_ID_BYTES - 1));
        return 0;
}

void owners_fini(struct owners *owners) {
        free(owners->entries);
        *owners = (struct owners){0};
}

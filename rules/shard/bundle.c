/* SPDX-License-Identifier: MIT */
#include "rules/shard/bundle.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/err.h"
#include "common/base/require.h"

struct entry {
        char elder_id[EVENT_ELDER_ID_BYTES];
        uint32_t bytes_used;
        uint32_t reserved; /* keeps what follows on a multiple of 8 */
};

static size_t padded(size_t bytes) {
        return (bytes + 7) & ~(size_t)7;
}

static int grow(struct bundle *bundle, size_t more) {
        size_t capacity = bundle->capacity ? bundle->capacity : 4096;

        while (capacity - bundle->used < more)
                capacity *= 2;
        if (capacity == bundle->capacity)
                return 0;

        unsigned char *bytes = realloc(bundle->bytes, capacity);

        if (!bytes)
                return err_raise(-ENOMEM);
        bundle->bytes = bytes;
        bundle->capacity = capacity;
        return 0;
}

int bundle_add(struct bundle *bundle, const char *elder_id, const void *bytes, size_t bytes_used) {
        require(bytes_used <= UINT32_MAX &&
                        strnlen(elder_id, EVENT_ELDER_ID_BYTES) < EVENT_ELDER_ID_BYTES,
                "a state of %zu bytes, an id of %d or more", bytes_used, EVENT_ELDER_ID_BYTES);

        struct entry entry = {.bytes_used = (uint32_t)bytes_used};
        size_t whole = sizeof(entry) + padded(bytes_used);
        int r = grow(bundle, whole);

        if (r < 0)
                return r;
        strncpy(entry.elder_id, elder_id, sizeof(entry.elder_id) - 1);
        memcpy(bundle->bytes + bundle->used, &entry, sizeof(entry));
        if (bytes_used)
                memcpy(bundle->bytes + bundle->used + sizeof(entry), bytes, bytes_used);
        bundle->used += whole;
        bundle->count++;
        return 0;
}

void bundle_make_room(struct bundle *bundle) {
        if (bundle->capacity - bundle->used < bundle->used)
                (void)grow(bundle, bundle->used);
}

bool bundle_next(const struct bundle *bundle, size_t *at, struct bundle_item *ret) {
        struct entry entry;

        if (*at >= bundle->used)
                return false;
        require(bundle->used - *at >= sizeof(entry), "half an entry at %zu of %zu", *at,
                bundle->used);
        memcpy(&entry, bundle->bytes + *at, sizeof(entry));
        require(padded(entry.bytes_used) <= bundle->used - *at - sizeof(entry),
                "a state of %u bytes at %zu of %zu", entry.bytes_used, *at, bundle->used);
        ret->elder_id = (const char *)bundle->bytes + *at; /* an entry begins with it */
        ret->bytes = bundle->bytes + *at + sizeof(entry);
        ret->bytes_used = entry.bytes_used;
        *at += sizeof(entry) + padded(entry.bytes_used);
        return true;
}

void bundle_clear(struct bundle *bundle) {
        bundle->used = 0;
        bundle->count = 0;
}

void bundle_fini(struct bundle *bundle) {
        free(bundle->bytes);
        *bundle = (struct bundle){0};
}

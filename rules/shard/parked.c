/* SPDX-License-Identifier: MIT */
#include "rules/shard/parked.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/err.h"
#include "common/base/require.h"
#include "common/base/murmur2.h"

int parked_init(struct parked *parked) {
        *parked = (struct parked){.capacity = PARKED_LOADING_MAX};
        parked->events = calloc(PARKED_LOADING_MAX, sizeof(*parked->events));
        return parked->events ? 0 : err_raise(-ENOMEM);
}

void parked_fini(struct parked *parked) {
        for (uint32_t i = 0; i < parked->count; i++)
                free(parked->events[i].samples);
        free(parked->events);
        *parked = (struct parked){0};
}

static bool has_room(const struct parked *parked) {
        return parked->count < (parked->loading ? PARKED_LOADING_MAX : PARKED_MAX);
}

static uint64_t *filter_word(struct parked *parked, const char *elder_id, uint64_t *ret_bit) {
        uint32_t at =
                murmur2(elder_id, strnlen(elder_id, EVENT_ELDER_ID_BYTES)) % PARKED_FILTER_BITS;

        *ret_bit = UINT64_C(1) << (at % 64);
        return &parked->filter[at / 64];
}

bool parked_add(struct parked *parked, const struct event *event, const unsigned char *samples,
                int32_t partition, int64_t offset, int64_t now_mono_ms) {
        size_t block = event_sample_bytes(event);
        unsigned char *copy = NULL;
        uint64_t bit, *word;

        if (!has_room(parked))
                return false;
        if (block) {
                copy = malloc(block);
                if (!copy)
                        return false;
                memcpy(copy, samples, block);
        }
        parked->events[parked->count++] = (struct parked_event){
                .event = *event,
                .samples = copy,
                .partition = partition,
                .offset = offset,
                .until_mono_ms = now_mono_ms + PARKED_MS,
        };
        word = filter_word(parked, event->elder_id, &bit);
        *word |= bit;
        return true;
}

static void take_out(struct parked *parked, uint32_t at) {
        require(at < parked->count && parked->count <= parked->capacity,
                "alarm %u of %u that wait, room for %u", at, parked->count, parked->capacity);
        parked->count--;
        memmove(&parked->events[at], &parked->events[at + 1],
                (parked->count - at) * sizeof(*parked->events));
        if (parked->count == 0)
                memset(parked->filter, 0, sizeof(parked->filter));
}

static bool has_device(const struct elder_profile *profile, const char *device_id) {
        for (uint8_t i = 0; i < profile->device_count; i++)
                if (strncmp(profile->devices[i].device_id, device_id, EVENT_DEVICE_ID_BYTES) == 0)
                        return true;
        return false;
}

bool parked_knows_devices(const struct parked *parked, const struct elder_profile *profile) {
        for (uint32_t i = 0; i < parked->count; i++)
                if (strncmp(parked->events[i].event.elder_id, profile->elder_id,
                            EVENT_ELDER_ID_BYTES) == 0 &&
                    !has_device(profile, parked->events[i].event.device_id))
                        return false;
        return true;
}

bool parked_take_elder(struct parked *parked, const char *elder_id, struct parked_event *ret) {
        uint64_t bit;

        if (!(*filter_word(parked, elder_id, &bit) & bit))
                return false;
        for (uint32_t i = 0; i < parked->count; i++) {
                if (strncmp(parked->events[i].event.elder_id, elder_id, EVENT_ELDER_ID_BYTES) != 0)
                        continue;
                *ret = parked->events[i];
                take_out(parked, i);
                return true;
        }
        return false;
}

void parked_loaded(struct parked *parked, int64_t now_mono_ms) {
        parked->loading = false;
        for (uint32_t i = 0; i < parked->count; i++)
                parked->events[i].until_mono_ms = now_mono_ms + PARKED_MS;
}

bool parked_take_late(struct parked *parked, int64_t now_mono_ms, struct parked_event *ret) {
        if (parked->loading || parked->count == 0 || parked->events[0].until_mono_ms > now_mono_ms)
                return false;
        *ret = parked->events[0];
        take_out(parked, 0);
        return true;
}

void parked_forget(struct parked *parked, int32_t partition) {
        for (uint32_t i = 0; i < parked->count;) {
                if (parked->events[i].partition != partition) {
                        i++;
                        continue;
                }
                free(parked->events[i].samples);
                take_out(parked, i);
        }
}

int64_t parked_hold(const struct parked *parked, int32_t partition, int64_t next_offset) {
        for (uint32_t i = 0; i < parked->count; i++)
                if (parked->events[i].partition == partition &&
                    parked->events[i].offset < next_offset)
                        next_offset = parked->events[i].offset;
        return next_offset;
}

/* SPDX-License-Identifier: MIT */
#include "rules/shard/parked.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/err.h"

int parked_init(struct parked *parked) {
        parked->count = 0;
        parked->events = calloc(PARKED_MAX, sizeof(*parked->events));
        return parked->events ? 0 : err_raise(-ENOMEM);
}

void parked_fini(struct parked *parked) {
        for (uint32_t i = 0; i < parked->count; i++)
                free(parked->events[i].samples);
        free(parked->events);
        *parked = (struct parked){0};
}

bool parked_add(struct parked *parked, const struct event *event, const unsigned char *samples,
                int32_t partition, int64_t offset, int64_t now_mono_ms) {
        size_t block = event_sample_bytes(event);
        unsigned char *copy = NULL;

        if (parked->count == PARKED_MAX)
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
        return true;
}

static void take_out(struct parked *parked, uint32_t at) {
        parked->count--;
        memmove(&parked->events[at], &parked->events[at + 1],
                (parked->count - at) * sizeof(*parked->events));
}

bool parked_take_elder(struct parked *parked, const char *elder_id, struct parked_event *ret) {
        for (uint32_t i = 0; i < parked->count; i++) {
                if (strncmp(parked->events[i].event.elder_id, elder_id, ELDER_ID_BYTES) != 0)
                        continue;
                *ret = parked->events[i];
                take_out(parked, i);
                return true;
        }
        return false;
}

bool parked_take_late(struct parked *parked, int64_t now_mono_ms, struct parked_event *ret) {
        if (parked->count == 0 || parked->events[0].until_mono_ms > now_mono_ms)
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

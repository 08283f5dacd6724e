/* SPDX-License-Identifier: MIT */
#include "cli/backtest/engines/elders.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/err.h"
#include "common/base/murmur2.h"
#include "rules/consumer/registry_profile.h"

enum { SLOTS_FIRST = 1024, PEOPLE_FIRST = 256 };

static void slot_take(struct backtest_elders *people, uint32_t person) {
        uint32_t at = people->all[person].elder_hash & people->mask;

        while (people->slots[at])
                at = (at + 1) & people->mask;
        people->slots[at] = person + 1;
}

static int slots_grow(struct backtest_elders *people) {
        uint32_t count = people->slots ? (people->mask + 1) * 2 : SLOTS_FIRST;
        uint32_t *slots = calloc(count, sizeof(*slots));

        if (!slots)
                return err_raise(-ENOMEM);
        free(people->slots);
        people->slots = slots;
        people->mask = count - 1;
        for (uint32_t i = 0; i < people->count; i++)
                slot_take(people, i);
        return 0;
}

/* @elder_id: EVENT_ELDER_ID_BYTES long, padded with NULs. Return: the number of the elder, or -1. */
static int64_t find(const struct backtest_elders *people, const char *elder_id, uint32_t hash) {
        for (uint32_t at = hash & people->mask; people->slots[at]; at = (at + 1) & people->mask) {
                const struct backtest_elder *person = &people->all[people->slots[at] - 1];

                if (person->elder_hash == hash &&
                    memcmp(person->elder_id, elder_id, EVENT_ELDER_ID_BYTES) == 0)
                        return people->slots[at] - 1;
        }
        return -1;
}

static int add(struct backtest_elders *people, const char *elder_id, uint32_t hash, uint32_t *ret) {
        if (people->count == people->capacity) {
                uint32_t capacity = people->capacity ? people->capacity * 2 : PEOPLE_FIRST;
                void *all = realloc(people->all, capacity * sizeof(*people->all));

                if (!all)
                        return err_raise(-ENOMEM);
                people->all = all;
                people->capacity = capacity;
        }
        if (people->count * 2 > people->mask) {
                int r = slots_grow(people);

                if (r < 0)
                        return r;
        }

        struct backtest_elder *person = &people->all[people->count];

        *person = (struct backtest_elder){.elder_hash = hash};
        memcpy(person->elder_id, elder_id, EVENT_ELDER_ID_BYTES);
        slot_take(people, people->count);
        *ret = people->count++;
        return 0;
}

int backtest_elders_init(struct backtest_elders *people, const struct registry *registry) {
        const struct registry_elder *elder;
        int r;

        *people = (struct backtest_elders){.registry = registry};
        r = slots_grow(people);
        for (size_t i = 0; r == 0 && registry && (elder = registry_at(registry, REGISTRY_ELDER, i));
             i++) {
                char id[EVENT_ELDER_ID_BYTES] = "";
                uint32_t person = 0;

                memcpy(id, elder->id, strlen(elder->id));
                r = add(people, id, murmur2(id, strlen(id)), &person);
                if (r == 0)
                        people->all[person].registered = true;
        }
        if (r < 0)
                backtest_elders_fini(people);
        return r;
}

void backtest_elders_fini(struct backtest_elders *people) {
        for (uint32_t i = 0; i < people->count; i++)
                free(people->all[i].devices);
        free(people->all);
        free(people->slots);
        *people = (struct backtest_elders){0};
}

/* Add a device of an elder who is not in the registry. Devices beyond the limit of the engine are ignored. */
static int device_meet(struct backtest_elder *person, const struct event *event,
                       bool *ret_changed) {
        for (uint8_t i = 0; i < person->device_count; i++)
                if (memcmp(person->devices[i], event->device_id, EVENT_DEVICE_ID_BYTES) == 0)
                        return 0;
        if (person->device_count == ELDER_PROFILE_DEVICES_MAX)
                return 0;
        if (!person->devices) {
                person->devices = calloc(ELDER_PROFILE_DEVICES_MAX, sizeof(*person->devices));
                if (!person->devices)
                        return err_raise(-ENOMEM);
        }
        memcpy(person->devices[person->device_count++], event->device_id, EVENT_DEVICE_ID_BYTES);
        *ret_changed = true;
        return 0;
}

int backtest_elders_meet(struct backtest_elders *people, const struct event *event,
                         uint32_t *ret_person, bool *ret_changed) {
        int64_t found = find(people, event->elder_id, event->elder_hash);
        uint32_t person = (uint32_t)found;
        bool changed = false;
        int r = 0;

        if (found < 0) {
                r = add(people, event->elder_id, event->elder_hash, &person);
                people->unregistered += r == 0;
        }
        if (r == 0 && !people->all[person].registered)
                r = device_meet(&people->all[person], event, &changed);
        if (r < 0)
                return r;
        *ret_person = person;
        *ret_changed = changed;
        return 0;
}

int64_t backtest_elders_find(const struct backtest_elders *people, const char *elder_id) {
        char id[EVENT_ELDER_ID_BYTES] = "";
        size_t bytes = strlen(elder_id);

        if (bytes >= sizeof(id))
                return -1;
        memcpy(id, elder_id, bytes);
        return find(people, id, murmur2(id, bytes));
}

static void profile_of_stranger(const struct backtest_elder *person, struct elder_profile *ret) {
        memcpy(ret->elder_id, person->elder_id, EVENT_ELDER_ID_BYTES);
        ret->elder_hash = person->elder_hash;
        ret->device_count = person->device_count;
        for (uint8_t i = 0; i < person->device_count; i++) {
                memcpy(ret->devices[i].device_id, person->devices[i], EVENT_DEVICE_ID_BYTES);
                ret->devices[i].device_hash =
                        murmur2(person->devices[i], strlen(person->devices[i]));
        }
}

void backtest_elders_profile(const struct backtest_elders *people, uint32_t person,
                             int64_t begin_ms, struct elder_profile *ret) {
        const struct backtest_elder *one = &people->all[person];

        memset(ret, 0, sizeof(*ret));
        if (one->registered)
                registry_profile_make(people->registry,
                                      registry_elder(people->registry, one->elder_id), 1, ret);
        else
                profile_of_stranger(one, ret);
        ret->partition = 0; /* one engine evaluates all elders */
        for (uint8_t i = 0; i < ret->device_count; i++)
                if (ret->devices[i].commissioned_time_ms < begin_ms)
                        ret->devices[i].commissioned_time_ms = begin_ms;
}

int64_t backtest_elders_watched_ms(const struct backtest_elders *people) {
        int64_t watched_ms = 0;

        for (uint32_t i = 0; i < people->count; i++)
                if (people->all[i].events)
                        watched_ms += people->all[i].last_ms - people->all[i].first_ms;
        return watched_ms;
}

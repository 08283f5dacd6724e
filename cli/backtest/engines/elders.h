/* SPDX-License-Identifier: MIT
 *
 * Elders: numbers the elders of a backtest, counts how long each was watched, and makes their profiles for the
 * engines. An elder who occurs in the recording but not in the registry gets a profile without care level,
 * conditions or district, with each of the devices that occur.
 *
 * Thread: one. Blocks: never.
 */
#ifndef VIGIL_CLI_BACKTEST_ENGINES_ELDERS_H
#define VIGIL_CLI_BACKTEST_ENGINES_ELDERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/wire/event.h"
#include "common/registry/registry.h"
#include "rules/eval/engine.h"

struct backtest_elder {
        char elder_id[EVENT_ELDER_ID_BYTES];
        uint32_t elder_hash;
        bool registered;
        uint8_t device_count;                   /* only if not registered */
        uint64_t events;                        /* within the period */
        int64_t first_ms, last_ms;              /* first, last event of them */
        char (*devices)[EVENT_DEVICE_ID_BYTES]; /* ELDER_PROFILE_DEVICES_MAX, or NULL */
};

struct backtest_elders {
        const struct registry *registry; /* or NULL */
        struct backtest_elder *all;
        uint32_t count, capacity;
        uint32_t *slots; /* index + 1; 0: free; open addressing, at most half full */
        uint32_t mask;
        uint32_t unregistered;
};

/* Start with the elders of @registry (NULL: none), which must outlive @people. Return: 0 or -ENOMEM. */
int backtest_elders_init(struct backtest_elders *people, const struct registry *registry);
void backtest_elders_fini(struct backtest_elders *people);

/* The elder of an event; a new one is added. *ret_changed: the profile has changed and must be given to the engines
 * again (backtest_elders_profile()). Return: 0 or -ENOMEM. */
int backtest_elders_meet(struct backtest_elders *people, const struct event *event,
                         uint32_t *ret_person, bool *ret_changed);

/* Return: the number of a known elder, or -1. */
int64_t backtest_elders_find(const struct backtest_elders *people, const char *elder_id);

/* Make the profile for the engines. @begin_ms: start of the recording; no device counts as silent from an earlier
 * time, because its earlier events are unknown. */
void backtest_elders_profile(const struct backtest_elders *people, uint32_t person,
                             int64_t begin_ms, struct elder_profile *ret);

/* Total time watched, in milliseconds: for each elder from the first to the last event in the period. */
int64_t backtest_elders_watched_ms(const struct backtest_elders *people);

#endif

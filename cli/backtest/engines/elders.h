/* SPDX-License-Identifier: MIT
 *
 * Elders: every elder of a backtest by a small number, how long each was heard, and what the engines must
 * know of them. Who speaks in the recording but is not in the registry gets a profile without care
 * level, conditions or place, and each of the devices heard.
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
        uint8_t device_count;                   /* of those without a registry */
        uint64_t events;                        /* within the period */
        int64_t first_ms, last_ms;              /* heard within the period; when events is not 0 */
        char (*devices)[EVENT_DEVICE_ID_BYTES]; /* ELDER_PROFILE_DEVICES_MAX of them, or NULL */
};

struct backtest_elders {
        const struct registry *registry; /* or NULL */
        struct backtest_elder *all;
        uint32_t count, capacity;
        uint32_t *slots; /* index + 1, 0: free; open addressing, at most half full */
        uint32_t mask;
        uint32_t unregistered;
};

/* Everyone in @registry (NULL: nobody), which must outlive @people. Return: 0 or -ENOMEM. */
int backtest_elders_init(struct backtest_elders *people, const struct registry *registry);
void backtest_elders_fini(struct backtest_elders *people);

/* Whose event this is. *ret_changed: the engines must be told again (backtest_elders_profile()).
 * Return: 0 or -ENOMEM. */
int backtest_elders_meet(struct backtest_elders *people, const struct event *event,
                         uint32_t *ret_person, bool *ret_changed);

/* Return: the number of an elder met or registered, or -1. */
int64_t backtest_elders_find(const struct backtest_elders *people, const char *elder_id);

/* What the engine must know. @begin_ms: nobody knows what a device said before the recording, so
 * none counts as silent from an earlier time. */
void backtest_elders_profile(const struct backtest_elders *people, uint32_t person,
                             int64_t begin_ms, struct elder_profile *ret);

/* Milliseconds all elders together were watched: each from the first to the last time heard. */
int64_t backtest_elders_watched_ms(const struct backtest_elders *people);

#endif

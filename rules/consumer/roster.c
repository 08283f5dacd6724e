/* SPDX-License-Identifier: MIT */
#include "rules/consumer/roster.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/err.h"
#include "common/base/murmur2.h"
#include "common/registry/registry_reader.h"
#include "rules/consumer/registry_profile.h"

enum {
        PUMP_RECORDS = 256,
        CATCH_UP_RECORDS = 1024, /* some milliseconds: an alarm may wait behind them */
        CHANGED_FIRST = 64,
};

/* --- what has changed -------------------------------------------------------------------------- */

static uint64_t *wanted_word(struct roster *roster, const char *elder_id, uint64_t *ret_bit) {
        uint32_t at = murmur2(elder_id, strlen(elder_id)) % ROSTER_WANTED_BITS;

        *ret_bit = UINT64_C(1) << (at % 64);
        return &roster->wanted[at / 64];
}

static bool is_wanted(struct roster *roster, const char *elder_id) {
        uint64_t bit;

        return *wanted_word(roster, elder_id, &bit) & bit;
}

static void add_changed(struct roster *roster, const char *elder_id) {
        if (elder_id[0] == '\0')
                return;
        if (!roster->told && !is_wanted(roster, elder_id))
                return; /* the walk over the registry will send this elder */
        if (roster->changed_count == roster->changed_capacity) {
                size_t capacity =
                        roster->changed_capacity ? roster->changed_capacity * 2 : CHANGED_FIRST;
                void *changed = realloc(roster->changed, capacity * sizeof(*roster->changed));

                if (!changed) {
                        roster->failed = err_raise(-ENOMEM);
                        return;
                }
                roster->changed = changed;
                roster->changed_capacity = capacity;
        }
        snprintf(roster->changed[roster->changed_count++], EVENT_ELDER_ID_BYTES, "%s", elder_id);
}

static void device_changed(struct roster *roster, const char *id) {
        const struct registry_device *device = registry_device(roster->registry, id);
        const char *owner = device ? device->elder_id : "";
        char before[EVENT_ELDER_ID_BYTES];
        int r = owners_set(&roster->owners, id, owner, before);

        if (r < 0) {
                roster->failed = r;
                return;
        }
        if (strcmp(before, owner) != 0)
                add_changed(roster, before);
        add_changed(roster, owner);
}

/* A district may have got another parent, with other overrides. This is rare, so simply send every elder
 * again. */
static void district_changed(struct roster *roster) {
        const struct registry_elder *elder;

        for (size_t i = 0; (elder = registry_at(roster->registry, REGISTRY_ELDER, i)); i++)
                add_changed(roster, elder->id);
}

void roster_changed(void *context, enum registry_type type, const char *id) {
        struct roster *roster = context;

        if (type == REGISTRY_ELDER)
                add_changed(roster, id);
        else if (type == REGISTRY_DEVICE)
                device_changed(roster, id);
        else if (type == REGISTRY_DISTRICT)
                district_changed(roster);
}

void roster_want(void *context, const char *elder_id) {
        struct roster *roster = context;
        uint64_t bit, *word = wanted_word(roster, elder_id, &bit);
        bool first = !(*word & bit);

        if (roster->told)
                return;
        *word |= bit;
        if (first && registry_elder(roster->registry, elder_id))
                add_changed(roster, elder_id);
}

/* --- sending to the shards ---------------------------------------------------------------------- */

enum { TELL_LATER = 1 };

static struct shard *shard_of(struct roster *roster, uint32_t elder_hash) {
        int32_t partition = murmur2_partition(elder_hash, roster->partition_count);

        return &roster->shards[partition % roster->shard_count];
}

/* Return: 0, TELL_LATER when the shard's ring is full, -ENOMEM. */
static int tell(struct roster *roster, const char *elder_id) {
        const struct registry_elder *elder = registry_elder(roster->registry, elder_id);
        uint32_t hash = murmur2(elder_id, strlen(elder_id));
        struct shard *shard = shard_of(roster, hash);
        struct shard_control *control = ring_reserve(&shard->control);

        if (!control)
                return TELL_LATER;
        *control = (struct shard_control){.type = SHARD_CONTROL_ELDER_REMOVE, .elder_hash = hash};
        snprintf(control->elder_id, sizeof(control->elder_id), "%s", elder_id);
        if (elder) {
                control->type = SHARD_CONTROL_ELDER_PUT;
                control->whole = roster->told || roster->walking;
                control->profile = malloc(sizeof(*control->profile));
                if (!control->profile)
                        return err_raise(-ENOMEM);
                registry_profile_make(roster->registry, elder, roster->partition_count,
                                      control->profile);
        }
        ring_commit(&shard->control);
        doorbell_ring(&shard->bell);
        return 0;
}

/* Return: whether every shard got SHARD_CONTROL_LOADED. */
static bool tell_loaded(struct roster *roster) {
        for (; roster->loaded < roster->shard_count; roster->loaded++) {
                struct shard *shard = &roster->shards[roster->loaded];
                struct shard_control *control = ring_reserve(&shard->control);

                if (!control)
                        return false;
                *control = (struct shard_control){.type = SHARD_CONTROL_LOADED};
                ring_commit(&shard->control);
                doorbell_ring(&shard->bell);
        }
        roster->told = true;
        return true;
}

static int tell_everybody(struct roster *roster) {
        const struct registry_elder *elder;
        int done = 0;

        roster->walking = true;
        while ((elder = registry_at(roster->registry, REGISTRY_ELDER, roster->walked))) {
                int r = tell(roster, elder->id);

                if (r < 0)
                        return r;
                if (r == TELL_LATER)
                        return done;
                roster->walked++;
                done = 1;
        }
        return tell_loaded(roster) ? 1 : done;
}

static int tell_changed(struct roster *roster) {
        int done = 0;

        while (roster->changed_at < roster->changed_count) {
                int r = tell(roster, roster->changed[roster->changed_at]);

                if (r < 0)
                        return r;
                if (r == TELL_LATER)
                        return done;
                roster->changed_at++;
                done = 1;
        }
        roster->changed_at = roster->changed_count = 0;
        return done;
}

int roster_pump(struct roster *roster) {
        bool starting = roster->reader && !roster->told;
        int read = 0, told = 0;

        /* While a shard has no room for earlier changes, later ones wait in the topic, not in memory. */
        if (roster->reader && roster->changed_count == 0 && roster->walked == 0) {
                read = registry_reader_poll(roster->reader, 0,
                                            starting ? CATCH_UP_RECORDS : PUMP_RECORDS);
                if (read < 0)
                        return read;
        }
        told = tell_changed(roster);
        if (told == 0 && starting && registry_reader_caught_up(roster->reader)) {
                told = tell_everybody(roster);
                if (roster->told)
                        roster->walked = 0;
        }
        if (told < 0)
                return told;
        return roster->failed ? roster->failed : read > 0 || told > 0;
}

bool roster_is_told(const struct roster *roster) {
        return roster->told;
}

/* --- construction ------------------------------------------------------------------------------- */

int roster_init(struct roster *roster, const struct conf *conf, struct shard *shards,
                int32_t shard_count, int32_t partition_count) {
        int r;

        *roster = (struct roster){
                .shards = shards,
                .shard_count = shard_count,
                .partition_count = partition_count,
        };
        r = registry_new(&roster->registry);
        if (r == 0 && conf)
                r = registry_reader_open(&roster->reader, conf, roster->registry, roster_changed,
                                         roster);
        if (r < 0)
                roster_fini(roster);
        return err_trace(r);
}

void roster_fini(struct roster *roster) {
        registry_reader_close(roster->reader);
        registry_free(roster->registry);
        owners_fini(&roster->owners);
        free(roster->changed);
        *roster = (struct roster){0};
}

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

static uint64_t *wanted_word(struct elders *elders, const char *elder_id, uint64_t *ret_bit) {
        uint32_t at = murmur2(elder_id, strlen(elder_id)) % ELDERS_WANTED_BITS;

        *ret_bit = UINT64_C(1) << (at % 64);
        return &elders->wanted[at / 64];
}

static bool is_wanted(struct elders *elders, const char *elder_id) {
        uint64_t bit;

        return *wanted_word(elders, elder_id, &bit) & bit;
}

static void add_changed(struct elders *elders, const char *elder_id) {
        if (elder_id[0] == '\0')
                return;
        if (!elders->told && !is_wanted(elders, elder_id))
                return; /* before the first telling everybody will be told anyway */
        if (elders->changed_count == elders->changed_capacity) {
                size_t capacity =
                        elders->changed_capacity ? elders->changed_capacity * 2 : CHANGED_FIRST;
                void *changed = realloc(elders->changed, capacity * sizeof(*elders->changed));

                if (!changed) {
                        elders->failed = err_raise(-ENOMEM);
                        return;
                }
                elders->changed = changed;
                elders->changed_capacity = capacity;
        }
        snprintf(elders->changed[elders->changed_count++], ELDER_ID_BYTES, "%s", elder_id);
}

static void device_changed(struct elders *elders, const char *id) {
        const struct registry_device *device = registry_device(elders->registry, id);
        const char *owner = device ? device->elder_id : "";
        char before[ELDER_ID_BYTES];
        int r = owners_set(&elders->owners, id, owner, before);

        if (r < 0) {
                elders->failed = r;
                return;
        }
        if (strcmp(before, owner) != 0)
                add_changed(elders, before);
        add_changed(elders, owner);
}

/* A district may have come to lie in another one, with other overrides. It happens once a year or so: everybody
 * is told again. */
static void district_changed(struct elders *elders) {
        const struct registry_elder *elder;

        for (size_t i = 0; (elder = registry_at(elders->registry, REGISTRY_ELDER, i)); i++)
                add_changed(elders, elder->id);
}

void elders_changed(void *context, enum registry_type type, const char *id) {
        struct elders *elders = context;

        if (type == REGISTRY_ELDER)
                add_changed(elders, id);
        else if (type == REGISTRY_DEVICE)
                device_changed(elders, id);
        else if (type == REGISTRY_DISTRICT)
                district_changed(elders);
}

void elders_want(void *context, const char *elder_id) {
        struct elders *elders = context;
        uint64_t bit, *word = wanted_word(elders, elder_id, &bit);
        bool first = !(*word & bit);

        if (elders->told)
                return;
        *word |= bit;
        if (first && registry_elder(elders->registry, elder_id))
                add_changed(elders, elder_id);
}

/* --- telling the shards ------------------------------------------------------------------------- */

enum { TELL_LATER = 1 };

static struct shard *shard_of(struct elders *elders, uint32_t elder_hash) {
        int32_t partition = murmur2_partition(elder_hash, elders->partition_count);

        return &elders->shards[partition % elders->shard_count];
}

/* Return: 0, TELL_LATER when the shard's ring is full, -ENOMEM. */
static int tell(struct elders *elders, const char *elder_id) {
        const struct registry_elder *elder = registry_elder(elders->registry, elder_id);
        uint32_t hash = murmur2(elder_id, strlen(elder_id));
        struct shard *shard = shard_of(elders, hash);
        struct control *control = ring_reserve(&shard->control);

        if (!control)
                return TELL_LATER;
        *control = (struct control){.type = CONTROL_ELDER_REMOVE, .elder_hash = hash};
        snprintf(control->elder_id, sizeof(control->elder_id), "%s", elder_id);
        if (elder) {
                control->type = CONTROL_ELDER_PUT;
                control->whole = elders->told || elders->walking;
                control->profile = malloc(sizeof(*control->profile));
                if (!control->profile)
                        return err_raise(-ENOMEM);
                profile_make(elders->registry, elder, elders->partition_count, control->profile);
        }
        ring_commit(&shard->control);
        doorbell_ring(&shard->bell);
        return 0;
}

/* Return: whether every shard knows that all were told. */
static bool tell_loaded(struct elders *elders) {
        for (; elders->loaded < elders->shard_count; elders->loaded++) {
                struct shard *shard = &elders->shards[elders->loaded];
                struct control *control = ring_reserve(&shard->control);

                if (!control)
                        return false;
                *control = (struct control){.type = CONTROL_LOADED};
                ring_commit(&shard->control);
                doorbell_ring(&shard->bell);
        }
        elders->told = true;
        return true;
}

static int tell_everybody(struct elders *elders) {
        const struct registry_elder *elder;
        int done = 0;

        elders->walking = true;
        while ((elder = registry_at(elders->registry, REGISTRY_ELDER, elders->walked))) {
                int r = tell(elders, elder->id);

                if (r < 0)
                        return r;
                if (r == TELL_LATER)
                        return done;
                elders->walked++;
                done = 1;
        }
        return tell_loaded(elders) ? 1 : done;
}

static int tell_changed(struct elders *elders) {
        int done = 0;

        while (elders->changed_at < elders->changed_count) {
                int r = tell(elders, elders->changed[elders->changed_at]);

                if (r < 0)
                        return r;
                if (r == TELL_LATER)
                        return done;
                elders->changed_at++;
                done = 1;
        }
        elders->changed_at = elders->changed_count = 0;
        return done;
}

int elders_pump(struct elders *elders) {
        bool starting = elders->reader && !elders->told;
        int read = 0, told = 0;

        /* Changes wait in the topic, not in memory, while a shard has no room for those before. */
        if (elders->reader && elders->changed_count == 0 && elders->walked == 0) {
                read = registry_reader_poll(elders->reader, 0,
                                            starting ? CATCH_UP_RECORDS : PUMP_RECORDS);
                if (read < 0)
                        return read;
        }
        told = tell_changed(elders);
        if (told == 0 && starting && registry_reader_caught_up(elders->reader)) {
                told = tell_everybody(elders);
                if (elders->told)
                        elders->walked = 0;
        }
        if (told < 0)
                return told;
        return elders->failed ? elders->failed : read > 0 || told > 0;
}

bool elders_are_told(const struct elders *elders) {
        return elders->told;
}

/* --- construction ------------------------------------------------------------------------------- */

int elders_init(struct elders *elders, const struct conf *conf, struct shard *shards,
                int32_t shard_count, int32_t partition_count) {
        int r;

        *elders = (struct elders){
                .shards = shards,
                .shard_count = shard_count,
                .partition_count = partition_count,
        };
        r = registry_new(&elders->registry);
        if (r == 0 && conf)
                r = registry_reader_open(&elders->reader, conf, elders->registry, elders_changed,
                                         elders);
        if (r < 0)
                elders_fini(elders);
        return err_trace(r);
}

void elders_fini(struct elders *elders) {
        registry_reader_close(elders->reader);
        registry_free(elders->registry);
        owners_fini(&elders->owners);
        free(elders->changed);
        *elders = (struct elders){0};
}

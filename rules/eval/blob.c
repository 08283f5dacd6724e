/* SPDX-License-Identifier: MIT */
#include "rules/eval/blob.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/err.h"
#include "common/base/require.h"
#include "common/base/murmur2.h"
#include "rules/eval/conditions/conditions.h"
#include "rules/eval/core/condition_ops.h"
#include "rules/eval/core/elders.h"
#include "rules/eval/core/engine_state.h"
#include "rules/eval/core/episode.h"
#include "rules/eval/core/moment.h"

enum {
        WAITING_BUCKETS = 65536, /* a city's restored states wait while its registry is read */
        BLOB_AWAY = 1,
        LEVEL_BYTES = 5,
        OFFLINE_BYTES = 2
};

/* --- writing ------------------------------------------------------------------------------------ */

struct writer {
        unsigned char *at;
        const unsigned char *end;
};

/* BLOB_BYTES_MAX fits an elder with the most devices and rules. If a state does not fit, that limit is wrong. */
static void put(struct writer *writer, const void *value, size_t bytes) {
        require((size_t)(writer->end - writer->at) >= bytes, "%zu bytes more than a blob has",
                bytes);
        memcpy(writer->at, value, bytes);
        writer->at += bytes;
}

static void put_u8(struct writer *writer, uint8_t value) {
        put(writer, &value, sizeof(value));
}

static void put_u16(struct writer *writer, uint16_t value) {
        put(writer, &value, sizeof(value));
}

static void put_u32(struct writer *writer, uint32_t value) {
        put(writer, &value, sizeof(value));
}

static void put_u64(struct writer *writer, uint64_t value) {
        put(writer, &value, sizeof(value));
}

static void write_device(struct writer *writer, const struct elder_device_row *row) {
        put_u32(writer, row->hash);
        put(writer, row->alarms, 2 * sizeof(row->alarms[0]));
        put_u64(writer, row->high);
        put(writer, row->alarms + 2, 2 * sizeof(row->alarms[0]));
        put_u64(writer, row->window);
        put_u64(writer, (uint64_t)row->last_seen_ms);
        put_u32(writer, row->alarms[4]);
        put_u32(writer, row->boot);
        put_u8(writer, row->lanes);
        put_u8(writer, row->heard);
        put_u16(writer, 0);
}

static uint16_t overdue_devices(const struct elder *elder, uint8_t bit) {
        uint16_t mask = 0;

        for (uint8_t i = 0; i < elder->device_count; i++)
                mask |= (uint16_t)((elder_rows(elder)[i].offline >> bit & 1) << i);
        return mask;
}

static void write_state_header(struct writer *writer, uint32_t id_hash, uint8_t type, uint8_t form,
                               uint16_t bytes) {
        put_u32(writer, id_hash);
        put_u8(writer, type);
        put_u8(writer, form);
        put_u16(writer, bytes);
}

static void write_form(struct writer *writer, uint32_t id_hash, uint8_t type, uint8_t form,
                       const void *state) {
        uint16_t bytes = conditions_form(form)->bytes;

        write_state_header(writer, id_hash, type, form, bytes);
        put(writer, state, bytes);
}

/* One record per device that has raised. */
static uint16_t write_levels(struct writer *writer, const struct elder *elder,
                             const struct plan_slot *slot) {
        uint16_t count = 0;

        for (uint8_t i = 0; i < elder->device_count; i++) {
                uint32_t level_s = elder_rows(elder)[i].level_s[slot->bit];

                if (level_s == 0)
                        continue;
                write_state_header(writer, slot->id_hash, slot->type, RULE_FORM_LEVEL, LEVEL_BYTES);
                put_u8(writer, i);
                put_u32(writer, level_s);
                count++;
        }
        return count;
}

static uint16_t write_overdue(struct writer *writer, const struct elder *elder,
                              const struct plan_slot *slot) {
        uint16_t overdue = overdue_devices(elder, slot->bit);

        if (!overdue)
                return 0;
        write_state_header(writer, slot->id_hash, slot->type, RULE_FORM_OFFLINE, OFFLINE_BYTES);
        put_u16(writer, overdue);
        return 1;
}

static bool holds_nothing(const void *state, size_t bytes) {
        static const unsigned char nothing[FORM_BYTES_MAX];

        return memcmp(state, nothing, bytes) == 0;
}

/* Write what a rule keeps in the block or in device rows. Return: the number of records; 0 if nothing is worth
 * keeping. */
static uint16_t write_state(struct writer *writer, const struct elder *elder,
                            const struct plan_slot *slot) {
        uint16_t count = 0;

        if (slot->form == RULE_FORM_OFFLINE)
                count = write_overdue(writer, elder, slot);
        else if (slot->form == RULE_FORM_LEVEL)
                count = write_levels(writer, elder, slot);
        if (slot->block == RULE_FORM_NONE)
                return count;

        const void *state = elder_state(elder, slot->offset);

        if (holds_nothing(state, conditions_form(slot->block)->bytes))
                return count;
        write_form(writer, slot->id_hash, slot->type, slot->block, state);
        return (uint16_t)(count + 1);
}

static uint16_t write_episodes(struct writer *writer, const struct engine *engine,
                               const struct elder *elder) {
        uint16_t count = 0;

        for (uint32_t handle = elder->episodes; handle; count++) {
                const struct episode *episode = arena_at(&engine->arena, handle);

                write_form(writer, episode->id_hash, episode->type, episode->form, episode->state);
                handle = episode->next;
        }
        return count;
}

static size_t blob_write(const struct engine *engine, const struct elder *elder,
                         unsigned char *buffer) {
        struct writer writer = {.at = buffer, .end = buffer + BLOB_BYTES_MAX};
        uint16_t states = 0;

        put(&writer, "VES", 3);
        put_u8(&writer, BLOB_VERSION);
        put_u8(&writer, elder->flags & ELDER_AWAY ? BLOB_AWAY : 0);
        put_u8(&writer, elder->device_count);

        unsigned char *states_at = writer.at;

        put_u16(&writer, 0);
        put_u64(&writer, (uint64_t)elder_cold(elder)->place_since_ms);
        for (uint8_t i = 0; i < elder->device_count; i++)
                write_device(&writer, &elder_rows(elder)[i]);
        for (uint16_t i = 0; i < elder->plan->slot_count; i++)
                states = (uint16_t)(states + write_state(&writer, elder, &elder->plan->slots[i]));
        states = (uint16_t)(states + write_episodes(&writer, engine, elder));
        memcpy(states_at, &states, sizeof(states));
        put_u32(&writer, murmur2(buffer, (size_t)(writer.at - buffer)));
        return (size_t)(writer.at - buffer);
}

static void save_first(struct engine *engine, blob_put put_state, void *context) {
        uint32_t handle = engine->dirty_first;
        struct elder *elder = engine_at(engine, handle);

        require(elder->flags & ELDER_DIRTY, "block %u is to be saved and has not changed", handle);

        size_t bytes = blob_write(engine, elder, engine->scratch);

        if (elder->dirty_next)
                __builtin_prefetch(engine_at(engine, elder->dirty_next));
        put_state(context, elder_cold(elder)->partition, elder->id, engine->scratch, bytes);
        elder_clean(engine, handle);
}

uint32_t blobs_save_dirty(struct engine *engine, blob_put put_state, void *context) {
        uint32_t saved = 0;

        for (; engine->dirty_first; saved++)
                save_first(engine, put_state, context);
        return saved;
}

bool blobs_save_some(struct engine *engine, uint32_t most, blob_put put_state, void *context) {
        for (uint32_t saved = 0; engine->dirty_first && saved < most; saved++)
                save_first(engine, put_state, context);
        return engine->dirty_first != ARENA_NONE;
}

/* --- reading ------------------------------------------------------------------------------------ */

struct reader {
        const unsigned char *at;
        const unsigned char *end;
        bool broken;
};

static void take(struct reader *reader, void *ret, size_t bytes) {
        if ((size_t)(reader->end - reader->at) < bytes) {
                reader->broken = true;
                memset(ret, 0, bytes);
                return;
        }
        memcpy(ret, reader->at, bytes);
        reader->at += bytes;
}

static uint8_t take_u8(struct reader *reader) {
        uint8_t value;

        take(reader, &value, sizeof(value));
        return value;
}

static uint16_t take_u16(struct reader *reader) {
        uint16_t value;

        take(reader, &value, sizeof(value));
        return value;
}

static uint32_t take_u32(struct reader *reader) {
        uint32_t value;

        take(reader, &value, sizeof(value));
        return value;
}

static uint64_t take_u64(struct reader *reader) {
        uint64_t value;

        take(reader, &value, sizeof(value));
        return value;
}

/* A blob that was taken apart and found sound; its states are still bytes. */
struct blob {
        uint8_t flags;
        uint8_t device_count;
        uint16_t state_count;
        int64_t place_since_ms;
        struct elder_device_row devices[ELDER_PROFILE_DEVICES_MAX];
        struct reader states;
};

static bool device_is_sound(const struct blob *blob, uint8_t device) {
        return device < blob->device_count || device == ELDER_DEVICE_UNLISTED;
}

static void read_device(struct reader *reader, struct elder_device_row *ret) {
        *ret = (struct elder_device_row){0};
        ret->hash = take_u32(reader);
        take(reader, ret->alarms, 2 * sizeof(ret->alarms[0]));
        ret->high = take_u64(reader);
        take(reader, ret->alarms + 2, 2 * sizeof(ret->alarms[0]));
        ret->window = take_u64(reader);
        ret->last_seen_ms = (int64_t)take_u64(reader);
        ret->alarms[4] = take_u32(reader);
        ret->boot = take_u32(reader);
        ret->lanes = take_u8(reader);
        ret->heard = take_u8(reader);
        (void)take_u16(reader);
        if (!is_time(ret->last_seen_ms) || ret->lanes >> LANE_COUNT || ret->heard > 1)
                reader->broken = true;
}

/* One state of the blob, of any form. */
struct saved_state {
        uint32_t id_hash;
        uint8_t type;
        uint8_t form;
        union {
                uint64_t state[FORM_BYTES_MAX / sizeof(uint64_t)];
                struct {
                        uint8_t device;
                        uint32_t second;
                } level;
                uint16_t overdue;
        };
};

static void read_level(struct reader *reader, const struct blob *blob, struct saved_state *ret) {
        ret->level.device = take_u8(reader);
        ret->level.second = take_u32(reader);
        if (ret->level.device >= blob->device_count)
                reader->broken = true;
}

static void read_form(struct reader *reader, const struct blob *blob, struct saved_state *ret) {
        const struct form_ops *ops = conditions_form(ret->form);

        take(reader, ret->state, ops->bytes);
        if (reader->broken)
                return;

        const uint8_t *device = form_device(ops, ret->state);

        if ((device && !device_is_sound(blob, *device)) ||
            (ops->is_sound && !ops->is_sound(ret->state)))
                reader->broken = true;
}

static void read_state(struct reader *reader, const struct blob *blob, struct saved_state *ret) {
        ret->id_hash = take_u32(reader);
        ret->type = take_u8(reader);
        ret->form = take_u8(reader);

        uint16_t bytes = take_u16(reader);

        if (ret->form == RULE_FORM_LEVEL && bytes == LEVEL_BYTES)
                read_level(reader, blob, ret);
        else if (ret->form == RULE_FORM_OFFLINE && bytes == OFFLINE_BYTES)
                ret->overdue = take_u16(reader);
        else if (ret->form < RULE_FORM_LIMIT && bytes && bytes == conditions_form(ret->form)->bytes)
                read_form(reader, blob, ret);
        else
                reader->broken = true;
}

/* Return: 0 or BLOB_REFUSED. Everything is checked here, so that what is applied is sound. */
static int blob_read(const void *bytes, size_t byte_count, struct blob *ret) {
        struct reader reader = {.at = bytes, .end = (const unsigned char *)bytes + byte_count};
        uint32_t check;

        if (byte_count < BLOB_HEADER_BYTES + BLOB_CHECK_BYTES || byte_count > BLOB_BYTES_MAX)
                return BLOB_REFUSED;
        memcpy(&check, reader.end - BLOB_CHECK_BYTES, sizeof(check));
        reader.end -= BLOB_CHECK_BYTES;
        if (memcmp(reader.at, "VES", 3) != 0 || reader.at[3] != BLOB_VERSION ||
            check != murmur2(bytes, byte_count - BLOB_CHECK_BYTES))
                return BLOB_REFUSED;
        reader.at += 4;

        ret->flags = take_u8(&reader);
        ret->device_count = take_u8(&reader);
        ret->state_count = take_u16(&reader);
        ret->place_since_ms = (int64_t)take_u64(&reader);
        if (ret->device_count > ELDER_PROFILE_DEVICES_MAX || !is_time(ret->place_since_ms) ||
            ret->flags > BLOB_AWAY)
                return BLOB_REFUSED;
        for (uint8_t i = 0; i < ret->device_count; i++)
                read_device(&reader, &ret->devices[i]);
        ret->states = reader;
        for (uint16_t i = 0; i < ret->state_count && !reader.broken; i++) {
                struct saved_state state = {0};

                read_state(&reader, ret, &state);
        }
        return reader.broken || reader.at != reader.end ? BLOB_REFUSED : 0;
}

/* --- applying ----------------------------------------------------------------------------------- */

static const struct plan_slot *slot_of(const struct plan *plan, uint32_t id_hash) {
        for (uint16_t i = 0; i < plan->slot_count; i++)
                if (plan->slots[i].id_hash == id_hash)
                        return &plan->slots[i];
        return NULL;
}

/* @device: found sound by blob_read(). */
static uint8_t map_device(const uint8_t map[ELDER_PROFILE_DEVICES_MAX], uint8_t device) {
        require(device == ELDER_DEVICE_UNLISTED || device < ELDER_PROFILE_DEVICES_MAX, "device %d",
                device);
        return device == ELDER_DEVICE_UNLISTED ? ELDER_DEVICE_UNLISTED : map[device];
}

static void apply_beside(struct elder *elder, const struct plan_slot *slot,
                         const struct saved_state *saved,
                         const uint8_t map[ELDER_PROFILE_DEVICES_MAX]) {
        if (saved->form == RULE_FORM_LEVEL) {
                if (map[saved->level.device] != ELDER_DEVICE_UNLISTED)
                        elder_rows(elder)[map[saved->level.device]].level_s[slot->bit] =
                                saved->level.second;
                return;
        }
        for (uint8_t i = 0; i < ELDER_PROFILE_DEVICES_MAX; i++)
                if (saved->overdue >> i & 1 && map[i] != ELDER_DEVICE_UNLISTED)
                        elder_rows(elder)[map[i]].offline |= (uint8_t)(1u << slot->bit);
}

/* Where the state of a form goes: the block, or an episode begun for it. NULL: it has no place. */
static void *place_of(struct engine *engine, struct elder *elder, const struct plan_slot *slot,
                      const struct saved_state *saved) {
        struct episode *episode;

        if (form_shared_bytes(conditions_form(saved->form), conditions_form(slot->block)) > 0)
                return elder_state(elder, slot->offset);
        if (!(slot->episodes >> saved->form & 1))
                return NULL;
        episode = episode_begin(engine, elder, saved->id_hash,
                                (enum rule_condition_type)saved->type, (enum rule_form)saved->form);
        return episode ? episode->state : NULL;
}

static void apply_state(struct engine *engine, struct elder *elder, const struct saved_state *saved,
                        const uint8_t map[ELDER_PROFILE_DEVICES_MAX]) {
        const struct plan_slot *slot = slot_of(elder->plan, saved->id_hash);

        if (!slot || slot->type != saved->type)
                return;
        if (saved->form == RULE_FORM_LEVEL || saved->form == RULE_FORM_OFFLINE) {
                if (slot->form == saved->form)
                        apply_beside(elder, slot, saved, map);
                return;
        }

        void *state = place_of(engine, elder, slot, saved);
        uint16_t bytes =
                form_shared_bytes(conditions_form(saved->form), conditions_form(slot->block));

        if (!state)
                return;
        require(!bytes || slot->offset + bytes <= elder->plan->state_bytes,
                "the state of rule %08x at %u, of %u bytes", slot->id_hash, slot->offset,
                elder->plan->state_bytes);
        memcpy(state, saved->state, bytes ? bytes : conditions_form(saved->form)->bytes);

        uint8_t *device = form_device(conditions_form(saved->form), state);

        if (device)
                *device = map_device(map, *device);
}

/* How far the clock that wrote the blob was ahead of ours, judging by the device that was heard last; 0: it was not. */
static int64_t ahead_ms(const struct engine *engine, const struct blob *blob) {
        int64_t newest_ms = 0;

        for (uint8_t i = 0; i < blob->device_count; i++)
                if (blob->devices[i].heard && blob->devices[i].last_seen_ms > newest_ms)
                        newest_ms = blob->devices[i].last_seen_ms;
        return newest_ms > engine->now_ms + MOMENT_CANCEL_SKEW_MS ? newest_ms - engine->now_ms : 0;
}

/* Move all times of @saved back by @by_ms. Return: false for a window of readings, which begins empty. */
static bool set_back(struct saved_state *saved, int64_t by_ms) {
        const struct form_ops *ops = conditions_form(saved->form);

        if (ops->bytes == 0)
                return true; /* in device rows: they identify alerts and are no deadlines */
        if (!ops->set_back)
                return false;
        ops->set_back(saved->state, by_ms);
        return true;
}

static void blob_apply(struct engine *engine, uint32_t handle, const struct blob *blob) {
        struct elder *elder = engine_at(engine, handle);
        int64_t back_ms = ahead_ms(engine, blob);
        uint8_t map[ELDER_PROFILE_DEVICES_MAX];

        engine->stats.blind -= elder_blind(engine, elder);
        memset(elder_states(elder), 0, elder->plan->state_bytes);
        episodes_end_all(engine, elder);
        memset(map, ELDER_DEVICE_UNLISTED, sizeof(map));
        for (uint8_t i = 0; i < elder->device_count; i++) {
                elder_rows(elder)[i].offline = 0;
                memset(elder_rows(elder)[i].level_s, 0, sizeof(elder_rows(elder)[i].level_s));
        }
        for (uint8_t i = 0; i < blob->device_count; i++) {
                for (uint8_t k = 0; k < elder->device_count; k++) {
                        struct elder_device_row *row = &elder_rows(elder)[k];
                        int64_t commissioned_ms = row->last_seen_ms;

                        if (row->hash != blob->devices[i].hash)
                                continue;
                        map[i] = k;
                        *row = blob->devices[i];
                        time_set_back(&row->last_seen_ms, back_ms);
                        if (!row->heard)
                                row->last_seen_ms = commissioned_ms;
                }
        }
        elder->flags &= (uint8_t)~ELDER_AWAY;
        if (blob->flags & BLOB_AWAY)
                elder->flags |= ELDER_AWAY;
        elder_cold(elder)->place_since_ms = blob->place_since_ms;
        time_set_back(&elder_cold(elder)->place_since_ms, back_ms);

        struct reader reader = blob->states;

        for (uint16_t i = 0; i < blob->state_count; i++) {
                struct saved_state state = {0};

                read_state(&reader, blob, &state);
                if (back_ms == 0 || set_back(&state, back_ms))
                        apply_state(engine, elder, &state, map);
        }
        engine->stats.blind += elder_blind(engine, elder);
}

void blob_forget(struct engine *engine, uint32_t handle) {
        struct elder *elder = engine_at(engine, handle);

        blob_apply(engine, handle, &(struct blob){0});
        for (uint8_t i = 0; i < elder->device_count; i++) {
                struct elder_device_row *row = &elder_rows(elder)[i];

                /* Keep last_seen_ms, so that this makes no device overdue: one may have been commissioned long ago
                 * and heard lately. */
                *row = (struct elder_device_row){.hash = row->hash,
                                                 .last_seen_ms = row->last_seen_ms};
        }
}

bool blob_is_readable(const void *bytes, size_t byte_count) {
        struct blob blob;

        return blob_read(bytes, byte_count, &blob) == 0;
}

/* --- states that wait for their elder ----------------------------------------------------------- */

/* A state restored for an elder who is not in the registry yet. */
struct waiting {
        struct waiting *next;
        int32_t partition;
        uint32_t hash;
        char elder_id[EVENT_ELDER_ID_BYTES];
        size_t blob_bytes;
        unsigned char blob[];
};

int blobs_init(struct engine *engine) {
        engine->waiting = calloc(WAITING_BUCKETS, sizeof(struct waiting *));
        engine->scratch = malloc(BLOB_BYTES_MAX);
        return engine->waiting && engine->scratch ? 0 : err_raise(-ENOMEM);
}

void blobs_fini(struct engine *engine) {
        for (uint32_t i = 0; engine->waiting && i < WAITING_BUCKETS; i++) {
                while (engine->waiting[i]) {
                        struct waiting *next = engine->waiting[i]->next;

                        free(engine->waiting[i]);
                        engine->waiting[i] = next;
                }
        }
        free(engine->waiting);
        free(engine->scratch);
}

static struct waiting **waiting_find(struct engine *engine, const char *elder_id, uint32_t hash) {
        struct waiting **at = &engine->waiting[hash / 16 % WAITING_BUCKETS];

        while (*at &&
               ((*at)->hash != hash || strncmp((*at)->elder_id, elder_id, EVENT_ELDER_ID_BYTES)))
                at = &(*at)->next;
        return at;
}

static void waiting_drop(struct engine *engine, struct waiting **at) {
        struct waiting *waiting = *at;

        require(engine->stats.states_waiting > 0, "a state of partition %d waits, and none do",
                waiting->partition);
        *at = waiting->next;
        free(waiting);
        engine->stats.states_waiting--;
}

void blobs_claim(struct engine *engine, uint32_t handle) {
        const struct elder *elder = engine_at(engine, handle);
        struct blob blob;

        if (!engine->stats.states_waiting)
                return;

        struct waiting **at = waiting_find(engine, elder->id, elder_hash(elder));

        if (!*at || (*at)->partition != elder_cold(elder)->partition)
                return;
        if (blob_read((*at)->blob, (*at)->blob_bytes, &blob) == 0)
                blob_apply(engine, handle, &blob);
        waiting_drop(engine, at);
}

bool blobs_know_devices(struct engine *engine, const struct elder_profile *profile) {
        const struct waiting *waiting =
                *waiting_find(engine, profile->elder_id, profile->elder_hash);
        struct blob blob;
        bool known = true;

        if (!waiting || blob_read(waiting->blob, waiting->blob_bytes, &blob) != 0)
                return true;
        for (uint8_t i = 0; known && i < blob.device_count; i++) {
                known = false;
                for (uint8_t k = 0; !known && k < profile->device_count; k++)
                        known = profile->devices[k].device_hash == blob.devices[i].hash;
        }
        return known;
}

void blobs_drop(struct engine *engine, int32_t partition) {
        for (uint32_t i = 0; engine->stats.states_waiting && i < WAITING_BUCKETS; i++) {
                struct waiting **at = &engine->waiting[i];

                while (*at) {
                        if ((*at)->partition == partition)
                                waiting_drop(engine, at);
                        else
                                at = &(*at)->next;
                }
        }
}

static int wait_for(struct engine *engine, int32_t partition, const char *elder_id, uint32_t hash,
                    const void *bytes, size_t byte_count) {
        struct waiting **at = waiting_find(engine, elder_id, hash);
        struct waiting *waiting = malloc(sizeof(*waiting) + byte_count);

        if (!waiting)
                return err_raise(-ENOMEM);
        if (*at)
                waiting_drop(engine, at);
        *waiting = (struct waiting){
                .next = *at, .partition = partition, .hash = hash, .blob_bytes = byte_count};
        memcpy(waiting->elder_id, elder_id, strnlen(elder_id, EVENT_ELDER_ID_BYTES - 1));
        memcpy(waiting->blob, bytes, byte_count);
        *at = waiting;
        engine->stats.states_waiting++;
        return 0;
}

int blob_restore(struct engine *engine, int32_t partition, const char *elder_id, const void *bytes,
                 size_t byte_count) {
        uint32_t hash = murmur2(elder_id, strlen(elder_id));
        uint32_t handle = elder_find(engine, elder_id, hash);
        struct blob blob;

        if (blob_read(bytes, byte_count, &blob) != 0 || strlen(elder_id) >= EVENT_ELDER_ID_BYTES)
                return BLOB_REFUSED;
        if (!handle)
                return wait_for(engine, partition, elder_id, hash, bytes, byte_count);
        blob_apply(engine, handle, &blob);
        if (engine_at(engine, handle)->flags & ELDER_OPEN)
                elder_look(engine, handle, engine->timers.rest.tick_ms);
        return 0;
}

/* SPDX-License-Identifier: MIT */
#include "rules/eval/engine_elder.h"

#include <errno.h>
#include <string.h>

#include "common/base/err.h"
#include "common/base/require.h"
#include "rules/eval/blob.h"
#include "rules/eval/conditions/conditions.h"
#include "rules/eval/core/condition_ops.h"
#include "rules/eval/core/elders.h"
#include "rules/eval/core/engine_state.h"
#include "rules/eval/core/episode.h"
#include "rules/eval/core/partition.h"
#include "rules/eval/plans/plans.h"
#include "rules/eval/plans/make.h"

/* --- carrying states over ----------------------------------------------------------------------- */

/* Where the devices of the former block are in the new one. */
struct device_map {
        uint8_t to[ELDER_PROFILE_DEVICES_MAX];
};

static uint8_t map_device(const struct device_map *map, uint8_t device) {
        return device < ELDER_PROFILE_DEVICES_MAX ? map->to[device] : ELDER_DEVICE_UNLISTED;
}

static void carry_block(struct elder *to, const struct plan_slot *new, const struct elder *from,
                        const struct plan_slot *old, const struct device_map *map) {
        unsigned char *state = elder_state(to, new->offset);

        require(new->offset + conditions_form(new->block)->bytes <= to->plan->state_bytes,
                "the state of rule %08x at %u, of %u bytes", new->id_hash, new->offset,
                to->plan->state_bytes);
        require(old->offset + conditions_form(old->block)->bytes <= from->plan->state_bytes,
                "the former state of rule %08x at %u, of %u bytes", old->id_hash, old->offset,
                from->plan->state_bytes);

        memcpy(state, elder_state(from, old->offset),
               form_shared_bytes(conditions_form(old->block), conditions_form(new->block)));

        uint8_t *device = form_device(conditions_form(new->block), state);

        if (device)
                *device = map_device(map, *device);
}

/* Carry over what is kept in device rows: the rule's bit or index there may have changed. */
static void carry_beside(struct elder *to, const struct plan_slot *new, const struct elder *from,
                         const struct plan_slot *old, const struct device_map *map) {
        for (uint8_t i = 0; i < from->device_count; i++) {
                uint8_t device = map->to[i];

                if (device == ELDER_DEVICE_UNLISTED)
                        continue;
                require(device < to->device_count, "device %d of %d", device, to->device_count);
                if (new->form == RULE_FORM_LEVEL)
                        elder_rows(to)[device].level_s[new->bit] =
                                elder_rows(from)[i].level_s[old->bit];
                else if (elder_rows(from)[i].offline >> old->bit & 1)
                        elder_rows(to)[device].offline |= (uint8_t)(1u << new->bit);
        }
}

/* The former slot of the same rule. Most plans differ little, so the guess is usually right. */
static const struct plan_slot *former_slot(const struct plan *plan, const struct plan_slot *slot,
                                           uint16_t guess) {
        if (guess < plan->slot_count && plan->slots[guess].id_hash == slot->id_hash)
                return &plan->slots[guess];
        for (uint16_t i = 0; i < plan->slot_count; i++)
                if (plan->slots[i].id_hash == slot->id_hash)
                        return &plan->slots[i];
        return NULL;
}

static void carry_episodes(struct engine *engine, struct elder *to, const struct elder *from,
                           const struct device_map *map) {
        to->episodes = from->episodes;
        for (uint32_t handle = to->episodes; handle;) {
                struct episode *episode = arena_at(&engine->arena, handle);

                uint8_t *device = form_device(conditions_form(episode->form), episode->state);

                if (device)
                        *device = map_device(map, *device);
                handle = episode->next;
        }
        episodes_prune(engine, to);
}

static void carry_states(struct engine *engine, struct elder *to, const struct elder *from,
                         const struct device_map *map) {
        for (uint16_t i = 0; i < to->plan->slot_count; i++) {
                const struct plan_slot *new = &to->plan->slots[i];
                const struct plan_slot *old = former_slot(from->plan, new, i);

                if (!old || old->type != new->type)
                        continue;
                if (form_shared_bytes(conditions_form(old->block), conditions_form(new->block)) > 0)
                        carry_block(to, new, from, old, map);
                if (new->form == old->form &&
                    (new->form == RULE_FORM_OFFLINE || new->form == RULE_FORM_LEVEL))
                        carry_beside(to, new, from, old, map);
        }
        carry_episodes(engine, to, from, map);
}

/* Without the fields of rules, which are carried over rule by rule. */
static void copy_row(struct elder_device_row *to, const struct elder_device_row *from) {
        *to = *from;
        to->offline = 0;
        memset(to->level_s, 0, sizeof(to->level_s));
}

/* --- blocks ------------------------------------------------------------------------------------- */

static uint32_t units_of(uint8_t device_count, uint32_t state_bytes, size_t text_bytes) {
        size_t bytes = sizeof(struct elder) + device_count * sizeof(struct elder_device_row) +
                       state_bytes + sizeof(struct elder_cold) +
                       device_count * sizeof(struct elder_device_cold) + text_bytes;

        return (uint32_t)((bytes + ARENA_UNIT_BYTES - 1) / ARENA_UNIT_BYTES);
}

static struct plan_cohort *cohort_of(const struct engine *engine, const struct elder *elder) {
        uint32_t cohort = elder_cold(elder)->cohort;

        require(cohort < engine->plans.cohort_count, "cohort %u of %u", cohort,
                engine->plans.cohort_count);
        return &engine->plans.cohorts[cohort];
}

/* Free a block that nothing links to any more; its episodes have moved or ended. */
static void give_back(struct engine *engine, uint32_t handle) {
        const struct elder *elder = engine_at(engine, handle);
        uint32_t units = elder_cold(elder)->units;
        struct plan_cohort *cohort = cohort_of(engine, elder);

        require(cohort->elders > 0 && cohort->units >= units,
                "block %u of %u units leaves cohort %u of %u elders, %zu units", handle, units,
                elder_cold(elder)->cohort, cohort->elders, cohort->units);
        cohort->elders--;
        cohort->units -= units;
        plan_unref(&engine->plans, elder->plan);
        arena_give(&engine->arena, handle, units);
        engine->moves++;
}

/* Free the former block and let every link to it lead to @handle. */
static void replace(struct engine *engine, uint32_t former, uint32_t handle) {
        struct elder *elder = engine_at(engine, handle);
        struct elder *old = engine_at(engine, former);

        require(former != handle && memcmp(elder->id, old->id, EVENT_ELDER_ID_BYTES) == 0,
                "block %u takes the place of %u, which is another elder's", handle, former);
        elder->timer_next = old->timer_next;
        elder->timer_prev = old->timer_prev;
        elder->timer_tick = old->timer_tick;
        elder->flags = old->flags;
        timers_moved(&engine->timers, handle);
        elder->dirty_next = old->dirty_next;
        elder->dirty_prev = old->dirty_prev;
        if (elder->flags & ELDER_DIRTY) {
                if (elder->dirty_prev)
                        engine_at(engine, elder->dirty_prev)->dirty_next = handle;
                else
                        engine->dirty_first = handle;
                if (elder->dirty_next)
                        engine_at(engine, elder->dirty_next)->dirty_prev = handle;
                else
                        engine->dirty_last = handle;
        }
        table_replace(&engine->table, elder_hash(elder), former, handle);

        give_back(engine, former);
}

static void join_cohort(struct engine *engine, const struct elder *elder) {
        const struct elder_cold *cold = elder_cold(elder);
        struct plan_cohort *cohort = cohort_of(engine, elder);

        cohort->elders++;
        cohort->units += cold->units;
}

/* --- moving to another plan --------------------------------------------------------------------- */

/* The plan was made when the set in force was taken up: none is made during evaluation. */
static struct plan *plan_in_force(struct engine *engine, const struct elder *elder) {
        struct plan *own =
                plans_take_own(&engine->plans, engine->rules, elder->id, elder_hash(elder));

        return own ? own : plan_ref(cohort_of(engine, elder)->plan);
}

static uint32_t move_to(struct engine *engine, uint32_t handle, struct plan *plan) {
        struct elder *old = engine_at(engine, handle);
        const struct elder_cold *old_cold = elder_cold(old);
        uint32_t units = units_of(old->device_count, plan->state_bytes, old_cold->text_bytes);
        struct device_map map;
        uint32_t moved;

        int r = arena_take(&engine->arena, units, &moved);

        /* Room was reserved when the set came into force. If the elder stayed with the old plan, it would be
         * evaluated by the indices of other rules; stopping is better, because a restart reads everything again. */
        require(r == 0, "block %u of %u units does not find %u: %d", handle, old_cold->units, units,
                r);

        struct elder *elder = engine_at(engine, moved);

        *elder = *old;
        elder->plan = plan;
        memcpy(elder_cold(elder), old_cold,
               sizeof(*old_cold) + old->device_count * sizeof(struct elder_device_cold) +
                       old_cold->text_bytes);
        elder_cold(elder)->units = (uint16_t)units;
        for (uint8_t i = 0; i < old->device_count; i++) {
                copy_row(&elder_rows(elder)[i], &elder_rows(old)[i]);
                map.to[i] = i;
        }
        carry_states(engine, elder, old, &map);
        replace(engine, handle, moved);
        join_cohort(engine, elder);
        return moved;
}

uint32_t engine_elder_renew(struct engine *engine, uint32_t handle, int64_t now_ms) {
        struct elder *elder = engine_at(engine, handle);
        struct plan *plan = plan_in_force(engine, elder);

        engine->stats.blind -= elder_blind(engine, elder);
        if (plan->shape == elder->plan->shape && plan->state_bytes == elder->plan->state_bytes) {
                plan_unref(&engine->plans, elder->plan);
                elder->plan = plan;
                episodes_prune(engine, elder);
        } else {
                handle = move_to(engine, handle, plan);
        }
        engine->stats.blind += elder_blind(engine, engine_at(engine, handle));
        /* A limit may have become shorter. */
        if (engine_at(engine, handle)->flags & ELDER_OPEN)
                elder_look(engine, handle, now_ms);
        return handle;
}

/* --- changes in the registry -------------------------------------------------------------------- */

static void copy_words(char (*ret)[RULE_WORD_BYTES], const char (*words)[ELDER_PROFILE_WORD_BYTES],
                       uint8_t count) {
        for (uint8_t i = 0; i < count; i++)
                memcpy(ret[i], words[i], strnlen(words[i], RULE_WORD_BYTES - 1));
}

static void key_of(const struct elder_profile *profile, struct plan_cohort_key *ret) {
        *ret = (struct plan_cohort_key){
                .district_count = profile->district_count,
                .condition_count = profile->condition_count,
                .tag_count = profile->tag_count,
                .lives_alone = profile->lives_alone,
                .birth_year = (uint16_t)profile->birth_year,
        };
        memcpy(ret->care_level, profile->care_level,
               strnlen(profile->care_level, RULE_WORD_BYTES - 1));
        memcpy(ret->site, profile->site, strnlen(profile->site, RULE_WORD_BYTES - 1));
        copy_words(ret->districts, profile->districts, profile->district_count);
        copy_words(ret->conditions, profile->conditions, profile->condition_count);
        copy_words(ret->tags, profile->tags, profile->tag_count);
}

static size_t text_bytes_of(const struct elder_profile *profile) {
        size_t bytes = 0;

        for (uint8_t i = 0; i < profile->device_count; i++)
                bytes += strlen(profile->devices[i].device_id) + 1;
        return align8(bytes);
}

static uint8_t former_device(const struct elder *old, const char *device_id, uint32_t hash) {
        for (uint8_t i = 0; old && i < old->device_count; i++)
                if (elder_rows(old)[i].hash == hash &&
                    strcmp(elder_device_id(old, i), device_id) == 0)
                        return i;
        return ELDER_DEVICE_UNLISTED;
}

static uint8_t worn_at(const char *position) {
        static const char *const names[RULE_WORN_POSITIONS] = {[RULE_WORN_WRIST] = "wrist",
                                                               [RULE_WORN_WAIST] = "waist",
                                                               [RULE_WORN_CHEST] = "chest"};
        uint8_t worn = 0;

        while (worn < RULE_WORN_POSITIONS && strcmp(position, names[worn]) != 0)
                worn++;
        return worn;
}

static int fill_devices(struct engine *engine, struct elder *elder,
                        const struct elder_profile *profile, const struct elder *old,
                        struct device_map *map) {
        struct elder_cold *cold = elder_cold(elder);
        uint16_t text_at = 0;

        for (uint8_t i = 0; i < profile->device_count; i++) {
                struct elder_device_row *row = &elder_rows(elder)[i];
                struct elder_device_cold *device = &cold->devices[i];
                const char *id = profile->devices[i].device_id;
                int64_t heartbeat_ms = profile->devices[i].heartbeat_ms;
                int64_t commissioned_ms = profile->devices[i].commissioned_time_ms;
                uint8_t former = former_device(old, id, profile->devices[i].device_hash);
                int r;

                r = intern_word(&engine->plans.words, profile->devices[i].device_class,
                                &device->device_class);
                if (r < 0)
                        return r;
                r = intern_word(&engine->plans.words, profile->devices[i].room, &device->room);
                if (r < 0)
                        return r;
                device->heartbeat_ms = heartbeat_ms < 0            ? 0
                                       : heartbeat_ms > UINT32_MAX ? UINT32_MAX
                                                                   : (uint32_t)heartbeat_ms;
                require(text_at + strlen(id) + 1 <= elder_cold(elder)->text_bytes,
                        "the id of device %d of %d does not fit: %d of %d bytes", i,
                        profile->device_count, text_at, elder_cold(elder)->text_bytes);
                device->worn = worn_at(profile->devices[i].wearing_position);
                device->id_at = text_at;
                memcpy(elder_text(elder) + text_at, id, strlen(id) + 1);
                text_at = (uint16_t)(text_at + strlen(id) + 1);

                if (former != ELDER_DEVICE_UNLISTED) {
                        copy_row(row, &elder_rows(old)[former]);
                        map->to[former] = i;
                }
                row->hash = profile->devices[i].device_hash;
                if (i < ELDER_DEVICE_TAGS)
                        elder->tags[i] = elder_device_tag(row->hash);
                if (!row->heard)
                        row->last_seen_ms = commissioned_ms;
        }
        return 0;
}

/* Since when the elder is monitored: when the first device was commissioned. */
static int64_t registered_ms(const struct elder_profile *profile) {
        int64_t first_ms = 0;

        for (uint8_t i = 0; i < profile->device_count; i++) {
                int64_t commissioned_ms = profile->devices[i].commissioned_time_ms;

                if (commissioned_ms > 0 && (first_ms == 0 || commissioned_ms < first_ms))
                        first_ms = commissioned_ms;
        }
        return first_ms;
}

static int build(struct engine *engine, const struct elder_profile *profile, uint32_t cohort,
                 struct plan *plan, const struct elder *old, struct device_map *map,
                 uint32_t *ret_handle) {
        size_t text_bytes = text_bytes_of(profile);
        uint32_t units = units_of(profile->device_count, plan->state_bytes, text_bytes);
        uint32_t handle;
        int r;

        r = arena_take(&engine->arena, units, &handle);
        if (r < 0)
                return r;

        struct elder *elder = engine_at(engine, handle);

        memcpy(elder->id, profile->elder_id, strnlen(profile->elder_id, EVENT_ELDER_ID_BYTES - 1));
        elder->plan = plan;
        elder->device_count = profile->device_count;
        elder_cold(elder)->cohort = cohort;
        elder_cold(elder)->units = (uint16_t)units;
        elder_cold(elder)->partition = profile->partition;
        elder_cold(elder)->text_bytes = (uint16_t)text_bytes;
        elder_cold(elder)->registered_ms = registered_ms(profile);
        elder_cold(elder)->latitude_deg = (float)profile->latitude_deg;
        elder_cold(elder)->longitude_deg = (float)profile->longitude_deg;
        r = fill_devices(engine, elder, profile, old, map);
        if (r < 0) {
                arena_give(&engine->arena, handle, units);
                return r;
        }
        *ret_handle = handle;
        return 0;
}

static bool is_sound(const struct elder_profile *profile) {
        if (profile->device_count > ELDER_PROFILE_DEVICES_MAX ||
            profile->district_count > ELDER_PROFILE_DISTRICTS_MAX || profile->birth_year < 0 ||
            profile->birth_year > UINT16_MAX ||
            profile->condition_count > ELDER_PROFILE_WORDS_MAX ||
            profile->tag_count > ELDER_PROFILE_WORDS_MAX || profile->partition < 0 ||
            profile->partition >= PARTITIONS_MAX || profile->elder_id[0] == '\0')
                return false;
        for (uint8_t i = 0; i < profile->device_count; i++)
                if (!memchr(profile->devices[i].device_id, '\0', EVENT_DEVICE_ID_BYTES))
                        return false;
        return true;
}

static void settle_in(struct engine *engine, uint32_t handle, int64_t now_ms) {
        struct elder *elder = engine_at(engine, handle);
        const struct partition *partition = partition_of(engine, elder);

        elder->flags &= (uint8_t)~ELDER_OPEN;
        if (partition && partition->open) {
                elder->flags |= ELDER_OPEN;
                elder_look(engine, handle, now_ms);
        } else {
                timers_disarm(&engine->timers, handle);
        }
}

static int put(struct engine *engine, const struct elder_profile *profile, int64_t now_ms) {
        struct device_map map;
        struct plan_cohort_key key;
        struct plan *plan;
        uint32_t cohort, handle;
        int r;

        if (!is_sound(profile))
                return err_raise(-EINVAL);

        uint32_t former = elder_find(engine, profile->elder_id, profile->elder_hash);
        const struct elder *old = former ? engine_at(engine, former) : NULL;

        key_of(profile, &key);
        memset(&map, ELDER_DEVICE_UNLISTED, sizeof(map));
        r = table_reserve(&engine->table);
        if (r == 0)
                r = intern_reserve(&engine->plans.words);
        if (r < 0)
                return r;
        engine->sweep_at = 0; /* the table may have been laid out anew */
        r = plans_intern_cohort(&engine->plans, engine->rules, &key, now_ms, &cohort);
        if (r < 0)
                return r;
        r = plans_for(&engine->plans, engine->rules, cohort, profile->elder_id, profile->elder_hash,
                      now_ms, &plan);
        if (r < 0)
                return r;
        r = build(engine, profile, cohort, plan, old, &map, &handle);
        if (r < 0) {
                plan_unref(&engine->plans, plan);
                return r;
        }
        plans_forget_own(&engine->plans, engine->rules, profile->elder_id, profile->elder_hash);

        struct elder *elder = engine_at(engine, handle);

        if (old) {
                elder_cold(elder)->place_since_ms = elder_cold(old)->place_since_ms;
                carry_states(engine, elder, old, &map);
                engine->stats.blind -= elder_blind(engine, old);
                replace(engine, former, handle);
        } else {
                table_add(&engine->table, profile->elder_hash, handle);
                engine->stats.elders++;
        }
        engine->stats.blind += elder_blind(engine, elder);
        join_cohort(engine, elder);
        blobs_claim(engine, handle);
        settle_in(engine, handle, now_ms);
        return 0;
}

int engine_elder_put(struct engine *engine, const struct elder_profile *profile, int64_t now_ms) {
        int r;

        engine->shelf.supply.may_ask = engine->arena.supply.may_ask = true;
        r = put(engine, profile, now_ms);
        engine->shelf.supply.may_ask = engine->arena.supply.may_ask = false;
        return r;
}

void engine_elder_remove(struct engine *engine, const char *elder_id, uint32_t elder_hash) {
        uint32_t handle = elder_find(engine, elder_id, elder_hash);

        if (!handle)
                return;

        struct elder *elder = engine_at(engine, handle);

        plans_forget_own(&engine->plans, engine->rules, elder_id, elder_hash);
        timers_disarm(&engine->timers, handle);
        elder_clean(engine, handle);
        table_remove(&engine->table, elder_hash, handle);
        episodes_end_all(engine, elder);
        engine->stats.blind -= elder_blind(engine, elder);
        engine->stats.elders--;
        give_back(engine, handle);
        engine->sweep_at = 0; /* others have moved up into its slot */
}

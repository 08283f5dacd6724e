/* SPDX-License-Identifier: MIT */
#include "rules/eval/plan.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/err.h"
#include "common/murmur2.h"
#include "rules/eval/arena.h"
#include "rules/eval/rule_set_tables.h"
#include "rules/eval/state.h"

enum { BUCKETS = 4096 };

/* --- words -------------------------------------------------------------------------------------- */

int words_init(struct words *words) {
        memset(words, 0, sizeof(*words));

        uint16_t none;

        return words_intern(words, "", &none);
}

void words_fini(struct words *words) {
        free(words->text);
        free(words->slots);
}

static uint32_t words_slot(const struct words *words, const char *text) {
        uint32_t mask = words->slot_count - 1;
        uint32_t at = murmur2(text, strlen(text)) & mask;

        while (words->slots[at] && strcmp(words->text[words->slots[at] - 1], text) != 0)
                at = (at + 1) & mask;
        return at;
}

static int words_grow(struct words *words) {
        uint32_t room = words->room ? words->room * 2 : 32;
        char(*text)[RULE_WORD_BYTES] = realloc(words->text, room * sizeof(*text));

        if (!text)
                return err_raise(-ENOMEM);
        words->text = text;

        uint16_t *slots = calloc((size_t)room * 2, sizeof(*slots));

        if (!slots)
                return err_raise(-ENOMEM);
        free(words->slots);
        words->slots = slots;
        words->slot_count = room * 2;
        words->room = room;
        for (uint32_t i = 0; i < words->count; i++)
                words->slots[words_slot(words, words->text[i])] = (uint16_t)(i + 1);
        return 0;
}

int words_intern(struct words *words, const char *text, uint16_t *ret) {
        if (words->count == words->room) {
                int r = words_grow(words);

                if (r < 0)
                        return r;
        }

        uint32_t at = words_slot(words, text);

        if (!words->slots[at]) {
                if (words->count >= UINT16_MAX - 1)
                        return err_raise(-ENOSPC);
                memset(words->text[words->count], 0, RULE_WORD_BYTES);
                memcpy(words->text[words->count], text, strnlen(text, RULE_WORD_BYTES - 1));
                words->slots[at] = (uint16_t)++words->count;
        }
        *ret = words->slots[at] - 1;
        return 0;
}

/* --- making a plan ------------------------------------------------------------------------------ */

/* How many rules of a plan already use what is kept beside each device. */
struct beside {
        uint8_t offline;
        uint8_t level;
};

static void slot_describe(struct plan_slot *slot, const struct rule_condition *condition,
                          struct beside *beside) {
        slot->type = (uint8_t)condition->type;
        switch (condition->type) {
        case CONDITION_HAPPENING:
                /* Nobody can take an SOS back, so there is nothing to remember of it. */
                slot->form = condition->happening.kind == KIND_SOS &&
                                             condition->happening.cooldown_ms == 0
                                     ? FORM_NONE
                                     : FORM_HAPPENING;
                /* Without a hold too: one that waited under the former set must still be raised. */
                slot->timed = slot->form == FORM_HAPPENING;
                break;
        case CONDITION_VITAL:
                if (rule_set_is_level(&condition->vital)) {
                        slot->form = FORM_LEVEL;
                        slot->bit = beside->level++;
                        break;
                }
                slot->form = FORM_VITAL;
                slot->timed = condition->vital.if_data_stops != DATA_STOPS_KEEP;
                break;
        case CONDITION_QUIET:
                slot->form = FORM_QUIET;
                slot->timed = 1;
                break;
        case CONDITION_OFFLINE:
                slot->timed = 1;
                slot->bit = beside->offline++;
                break;
        }
}

/* The rules of @cohort, with @override_count overrides from index @override_first on that still hold
 * at @now_ms. @slots has room for all rules. Return: 0, -ENOMEM, -ENOSPC. */
static int slots_of(struct plans *plans, const struct rule_set *rules, const struct cohort_key *key,
                    const struct rule_override *overrides, uint32_t override_count, int64_t now_ms,
                    struct plan_slot *slots, uint16_t *ret_count) {
        struct rule_subject subject = {
                .care_level = key->care_level,
                .district = key->district,
                .conditions = key->conditions,
                .condition_count = key->condition_count,
                .tags = key->tags,
                .tag_count = key->tag_count,
        };
        struct beside beside = {0};
        uint16_t count = 0;

        for (uint32_t i = 0; i < rules->rule_count; i++) {
                struct plan_slot *slot = &slots[count];

                if (!rule_applies(&rules->rules[i], &subject))
                        continue;
                *slot = (struct plan_slot){
                        .id_hash = rules->rules[i].id_hash,
                        .condition = i,
                        .rule = (uint16_t)i,
                };
                for (uint32_t k = 0; k < override_count; k++) {
                        if (overrides[k].rule_index != i)
                                continue;
                        if (overrides[k].until_time_ms && overrides[k].until_time_ms <= now_ms)
                                continue;
                        slot->condition =
                                rules->rule_count + (uint32_t)(overrides - rules->overrides) + k;
                        slot->overridden = 1;
                }

                const struct rule_condition *condition = &rules->conditions[slot->condition];

                slot_describe(slot, condition, &beside);
                if (condition->type == CONDITION_QUIET && condition->quiet.room[0]) {
                        int r = words_intern(&plans->words, condition->quiet.room, &slot->room);

                        if (r < 0)
                                return r;
                }
                count++;
        }
        *ret_count = count;
        return 0;
}

static uint32_t lay_out(struct plan_slot *slots, uint16_t count) {
        uint32_t offset = 0;

        for (uint16_t i = 0; i < count; i++) {
                if (slots[i].form != FORM_QUIET)
                        continue;
                slots[i].offset = offset;
                offset += sizeof(struct quiet_state);
        }
        return offset;
}

/* The kinds one rule reads, by role. */
struct kind_roles {
        struct kind_set of[ROLE_PLACE + 1];
};

static void kinds_read(const struct rule_condition *condition, struct kind_roles *ret) {
        memset(ret, 0, sizeof(*ret));
        switch (condition->type) {
        case CONDITION_HAPPENING:
                kind_set_add(&ret->of[ROLE_CAUSE], condition->happening.kind);
                ret->of[ROLE_CLEAR] = condition->happening.clear_kinds;
                if (condition->happening.hold_ms > 0)
                        ret->of[ROLE_CANCEL] = condition->happening.cancel_kinds;
                break;
        case CONDITION_VITAL:
                kind_set_add(&ret->of[ROLE_CAUSE], condition->vital.kind);
                break;
        case CONDITION_QUIET:
                ret->of[ROLE_CAUSE] = condition->quiet.signals;
                if (condition->quiet.unless_away) {
                        kind_set_add(&ret->of[ROLE_PLACE], KIND_HOME);
                        kind_set_add(&ret->of[ROLE_PLACE], KIND_AWAY);
                }
                break;
        case CONDITION_OFFLINE:
                break; /* any event of the device counts; see device_heard() */
        }
}

/* Walk the rules and note their kinds: counts only when @entries is NULL, else fills in at next[kind]. */
static uint32_t index_signals(const struct rule_set *rules, const struct plan_slot *slots,
                              uint16_t slot_count, uint32_t next[KIND_LIMIT],
                              struct plan_entry *entries) {
        uint32_t total = 0;

        for (uint16_t i = 0; i < slot_count; i++) {
                struct kind_roles kinds;

                kinds_read(&rules->conditions[slots[i].condition], &kinds);
                for (int role = 0; role <= ROLE_PLACE; role++) {
                        for (uint32_t kind = 0; kind < KIND_LIMIT; kind++) {
                                if (kinds.of[role].bits[kind / 64] == 0) {
                                        kind |= 63;
                                        continue;
                                }
                                if (!kind_set_has(&kinds.of[role], kind))
                                        continue;
                                total++;
                                if (!entries) {
                                        next[kind]++;
                                        continue;
                                }
                                entries[next[kind]++] = (struct plan_entry){
                                        .condition = slots[i].condition,
                                        .offset = slots[i].offset,
                                        .id_hash = slots[i].id_hash,
                                        .slot = i,
                                        .room = slots[i].room,
                                        .type = slots[i].type,
                                        .role = (uint8_t)role,
                                        .form = slots[i].form,
                                        .bit = slots[i].bit,
                                };
                        }
                }
        }
        return total;
}

static uint32_t plan_hash(const struct zone *zone, const struct plan_slot *slots, uint16_t count) {
        return murmur2(slots, count * sizeof(*slots)) ^ (uint32_t)((uintptr_t)zone >> 4);
}

static uint32_t shape_hash(const struct plan_slot *slots, uint16_t count) {
        uint32_t hash = 0;

        for (uint16_t i = 0; i < count; i++) {
                if (slots[i].form != FORM_QUIET && slots[i].form != FORM_LEVEL &&
                    slots[i].type != CONDITION_OFFLINE)
                        continue;

                uint32_t row[4] = {hash, slots[i].id_hash, slots[i].offset,
                                   (uint32_t)slots[i].form << 8 | slots[i].bit};

                hash = murmur2(row, sizeof(row));
        }
        return hash;
}

static int plan_make(struct plans *plans, const struct rule_set *rules, const struct zone *zone,
                     const struct plan_slot *slots, uint16_t slot_count, uint32_t state_bytes,
                     struct plan **ret) {
        uint32_t next[KIND_LIMIT] = {0};
        uint32_t entry_count = index_signals(rules, slots, slot_count, next, NULL);
        size_t slots_bytes = slot_count * sizeof(*slots);
        size_t entries_bytes = entry_count * sizeof(struct plan_entry);

        if (entry_count > UINT16_MAX)
                return err_raise(-E2BIG);

        struct plan *plan = calloc(1, sizeof(*plan) + slots_bytes + entries_bytes);

        if (!plan)
                return err_raise(-ENOMEM);
        plan->slots = (struct plan_slot *)(plan + 1);
        plan->entries = (struct plan_entry *)(plan->slots + slot_count);
        memcpy(plan->slots, slots, slots_bytes);

        for (uint32_t kind = 0, at = 0; kind < KIND_LIMIT; kind++) {
                uint32_t count = next[kind];

                plan->first[kind] = (uint16_t)at;
                next[kind] = at;
                at += count;
        }
        plan->first[KIND_LIMIT] = (uint16_t)entry_count;
        index_signals(rules, slots, slot_count, next, plan->entries);

        for (uint16_t i = 0; i < slot_count; i++) {
                plan->timed |= slots[i].timed;
                plan->offline_count += slots[i].type == CONDITION_OFFLINE;
        }
        plan->zone = zone;
        plan->slot_count = slot_count;
        plan->entry_count = entry_count;
        plan->state_bytes = state_bytes;
        plan->generation = plans->generation;
        plan->hash = plan_hash(zone, slots, slot_count);
        plan->shape = shape_hash(slots, slot_count);

        plan->next_in_bucket = plans->buckets[plan->hash % BUCKETS];
        plans->buckets[plan->hash % BUCKETS] = plan;
        plan->next = plans->all;
        if (plans->all)
                plans->all->prev = plan;
        plans->all = plan;
        plans->bytes += sizeof(*plan) + slots_bytes + entries_bytes;
        *ret = plan;
        return 0;
}

static struct plan *plan_find(const struct plans *plans, const struct zone *zone,
                              const struct plan_slot *slots, uint16_t slot_count) {
        uint32_t hash = plan_hash(zone, slots, slot_count);

        for (struct plan *plan = plans->buckets[hash % BUCKETS]; plan; plan = plan->next_in_bucket)
                if (plan->hash == hash && plan->zone == zone && plan->slot_count == slot_count &&
                    memcmp(plan->slots, slots, slot_count * sizeof(*slots)) == 0)
                        return plan;
        return NULL;
}

/* Find or make; referenced once for the caller. */
static int plan_intern(struct plans *plans, const struct rule_set *rules,
                       const struct cohort_key *key, const struct rule_override *overrides,
                       uint32_t override_count, int64_t now_ms, struct plan **ret) {
        const struct zone *zone = rule_set_zone(rules, key->site);
        uint16_t slot_count;
        int r;

        struct plan_slot *slots = calloc(rules->rule_count + 1, sizeof(*slots));

        if (!slots)
                return err_raise(-ENOMEM);
        r = slots_of(plans, rules, key, overrides, override_count, now_ms, slots, &slot_count);
        if (r < 0)
                goto out;

        uint32_t state_bytes = lay_out(slots, slot_count);
        struct plan *plan = plan_find(plans, zone, slots, slot_count);

        if (!plan)
                r = plan_make(plans, rules, zone, slots, slot_count, state_bytes, &plan);
        if (r < 0)
                goto out;
        *ret = plan_ref(plan);
out:
        free(slots);
        return r;
}

void plan_unref(struct plans *plans, struct plan *plan) {
        if (!plan || --plan->refs)
                return;

        if (plan->generation == plans->generation) {
                struct plan **at = &plans->buckets[plan->hash % BUCKETS];

                while (*at && *at != plan)
                        at = &(*at)->next_in_bucket;
                if (*at)
                        *at = plan->next_in_bucket;
        }
        if (plan->prev)
                plan->prev->next = plan->next;
        else
                plans->all = plan->next;
        if (plan->next)
                plan->next->prev = plan->prev;
        plans->bytes -= sizeof(*plan) + plan->slot_count * sizeof(*plan->slots) +
                        plan->entry_count * sizeof(*plan->entries);
        free(plan);
}

/* --- cohorts -------------------------------------------------------------------------------------- */

int plans_init(struct plans *plans) {
        memset(plans, 0, sizeof(*plans));
        plans->generation = 1;

        int r = words_init(&plans->words);

        if (r < 0)
                return r;
        plans->buckets = calloc(BUCKETS, sizeof(struct plan *));
        return plans->buckets ? 0 : err_raise(-ENOMEM);
}

void plans_fini(struct plans *plans) {
        while (plans->all) {
                struct plan *next = plans->all->next;

                free(plans->all);
                plans->all = next;
        }
        free(plans->buckets);
        free(plans->cohorts);
        free(plans->cohort_slots);
        words_fini(&plans->words);
}

static uint32_t cohort_slot(const struct plans *plans, const struct cohort_key *key,
                            uint32_t hash) {
        uint32_t mask = plans->cohort_slot_count - 1;
        uint32_t at = hash & mask;

        while (plans->cohort_slots[at]) {
                const struct cohort *cohort = &plans->cohorts[plans->cohort_slots[at] - 1];

                if (cohort->hash == hash && memcmp(&cohort->key, key, sizeof(*key)) == 0)
                        break;
                at = (at + 1) & mask;
        }
        return at;
}

static int cohorts_grow(struct plans *plans) {
        uint32_t room = plans->cohort_room ? plans->cohort_room * 2 : 16;
        struct cohort *cohorts = realloc(plans->cohorts, room * sizeof(*cohorts));

        if (!cohorts)
                return err_raise(-ENOMEM);
        plans->cohorts = cohorts;

        uint32_t *slots = calloc((size_t)room * 2, sizeof(*slots));

        if (!slots)
                return err_raise(-ENOMEM);
        free(plans->cohort_slots);
        plans->cohort_slots = slots;
        plans->cohort_slot_count = room * 2;
        plans->bytes += (room - plans->cohort_room) * (sizeof(*cohorts) + 2 * sizeof(*slots));
        plans->cohort_room = room;
        for (uint32_t i = 0; i < plans->cohort_count; i++)
                plans->cohort_slots[cohort_slot(plans, &cohorts[i].key, cohorts[i].hash)] = i + 1;
        return 0;
}

int cohorts_intern(struct plans *plans, const struct rule_set *rules, const struct cohort_key *key,
                   uint32_t *ret) {
        uint32_t hash = murmur2(key, sizeof(*key));
        int r;

        if (plans->cohort_count == plans->cohort_room) {
                r = cohorts_grow(plans);
                if (r < 0)
                        return r;
        }

        uint32_t at = cohort_slot(plans, key, hash);

        if (!plans->cohort_slots[at]) {
                struct cohort *cohort = &plans->cohorts[plans->cohort_count];

                *cohort = (struct cohort){.key = *key, .hash = hash};
                r = plan_intern(plans, rules, key, NULL, 0, 0, &cohort->plan);
                if (r < 0)
                        return r;
                plans->cohort_slots[at] = ++plans->cohort_count;
        }
        *ret = plans->cohort_slots[at] - 1;
        return 0;
}

int plans_for(struct plans *plans, const struct rule_set *rules, uint32_t cohort,
              const char *elder_id, uint32_t elder_hash, int64_t now_ms, struct plan **ret) {
        uint32_t count;
        uint32_t first = rule_set_overrides_of(rules, elder_id, elder_hash, &count);

        if (count == 0) {
                *ret = plan_ref(plans->cohorts[cohort].plan);
                return 0;
        }
        return plan_intern(plans, rules, &plans->cohorts[cohort].key, &rules->overrides[first],
                           count, now_ms, ret);
}

int plans_renew(struct plans *plans, const struct rule_set *rules, size_t *ret_units) {
        struct plan **made = NULL;
        struct plan **former = plans->buckets;
        uint32_t count = 0;
        size_t units = 0;
        int r = 0;

        made = calloc(plans->cohort_count + 1, sizeof(struct plan *));
        plans->buckets = calloc(BUCKETS, sizeof(struct plan *));
        plans->generation++;
        if (!made || !plans->buckets) {
                r = err_raise(-ENOMEM);
                goto out;
        }
        for (count = 0; count < plans->cohort_count; count++) {
                const struct cohort *cohort = &plans->cohorts[count];

                r = plan_intern(plans, rules, &cohort->key, NULL, 0, 0, &made[count]);
                if (r < 0)
                        goto out;
                if (made[count]->shape == cohort->plan->shape)
                        continue;
                units += cohort->units;
                if (made[count]->state_bytes > cohort->plan->state_bytes)
                        units += cohort->elders *
                                 ((made[count]->state_bytes - cohort->plan->state_bytes) /
                                          ARENA_UNIT_BYTES +
                                  1);
        }
        for (uint32_t i = 0; i < count; i++) {
                plan_unref(plans, plans->cohorts[i].plan);
                plans->cohorts[i].plan = made[i];
        }
        free(made);
        free(former);
        *ret_units = units;
        return 0;
out:
        for (uint32_t i = 0; made && i < count; i++)
                plan_unref(plans, made[i]);
        free(made);
        free(plans->buckets);
        plans->buckets = former;
        plans->generation--;
        return r;
}

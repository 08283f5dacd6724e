/* SPDX-License-Identifier: MIT */
#include "rules/eval/engine.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/err.h"
#include "common/base/require.h"
#include "rules/eval/conditions/conditions.h"
#include "rules/eval/conditions/offline.h"
#include "rules/eval/core/condition_ops.h"
#include "rules/eval/core/elders.h"
#include "rules/eval/core/engine_state.h"
#include "rules/eval/core/gate.h"
#include "rules/eval/core/moment.h"
#include "rules/eval/core/partition.h"
#include "rules/eval/memory/window.h"
#include "rules/eval/plans/plans.h"

enum {
        /* How far ahead of the event being evaluated to prefetch. The hash slot must have arrived before the block
         * can be prefetched, and the block before its rows and states. */
        AHEAD_SLOT = 28,
        AHEAD_BLOCK = 20,
        AHEAD_STATE = 9,
        IN_FLIGHT = 32, /* a power of two, more than AHEAD_BLOCK */

        TICK_WORK = 2048,   /* elders checked in one tick, and as many again for life safety; … */
        VERDICT_WORK = 8,   /* … each verdict counts as this many */
        SWEEP_SLOTS = 4096, /* hash slots swept in one tick … */
        SWEEP_MOVES = 512,  /* … and elders moved: about a millisecond */
        RENEW_WORK = 16384, /* rules matched against a cohort in one call, a millisecond … */
        PROVIDED_LOOK_MS = 5, /* between calls while memory is on its way */
        RENEW_PER_EVENT = 16, /* … and per event: about as long as evaluating it */
};

/* Advance ending_at past the overrides that have ended. */
static void first_end(struct engine *engine, int64_t now_ms) {
        const struct rule_set *rules = engine->rules;

        engine->ending_at = 0;
        while (engine->ending_at < rules->ending_count &&
               rules->overrides[rules->ending[engine->ending_at]].until_time_ms <= now_ms)
                engine->ending_at++;
}

/* Ages are counted by the calendar year, and in UTC: half a day makes no difference. */
static int64_t year_after_ms(int64_t now_ms) {
        return zone_day(zone_year(zone_local(NULL, now_ms).day) + 1, 1, 1) * INT64_C(86400000);
}

int engine_new(struct engine **ret, const struct engine_options *options,
               const struct rule_set *rules, int64_t now_ms) {
        int r;

        struct engine *engine = aligned_alloc(alignof(struct engine), sizeof(*engine));

        if (!engine)
                return err_raise(-ENOMEM);
        memset(engine, 0, sizeof(*engine));
        atomic_init(&engine->offered, NULL);
        atomic_init(&engine->in_force, rules);
        atomic_init(&engine->refused, NULL);
        engine->rules = rules;
        engine->conditions = &condition_ops_table;
        engine->sink = options->sink;
        engine->unknown = options->unknown;
        engine->context = options->context;
        engine->settle_ms = options->settle_ms < 0 ? 0
                            : options->settle_ms   ? options->settle_ms
                                                   : PARTITION_SETTLE_MS;
        for (uint32_t kind = 0; kind < KIND_LIMIT; kind++) {
                const struct event_kind_info *info = event_kind_info(kind);

                engine->lane_of_kind[kind] = (uint8_t)(info ? info->lane : LANE_TELEMETRY);
                if (info && info->uses & KIND_USE_HOME)
                        rule_kinds_add(&engine->home_kinds, kind);
        }
        first_end(engine, now_ms);
        engine->year_ends_ms = year_after_ms(now_ms);
        engine->now_ms = now_ms;

        r = arena_init(&engine->arena, options->is_provided);
        if (r < 0)
                goto out;
        r = table_init(&engine->table, options->elders_expected);
        if (r < 0)
                goto out;
        r = timers_init(&engine->timers, &engine->arena, now_ms);
        if (r < 0)
                goto out;
        r = shelf_init(&engine->shelf, options->is_provided);
        if (r < 0)
                goto out;
        r = plans_init(&engine->plans, &engine->shelf);
        if (r < 0)
                goto out;
        r = blobs_init(engine);
        if (r < 0)
                goto out;
        *ret = engine;
        engine = NULL;
out:
        engine_free(engine);
        return err_trace(r);
}

struct engine *engine_free(struct engine *engine) {
        if (!engine)
                return NULL;
        blobs_fini(engine);
        plans_fini(&engine->plans);
        shelf_fini(&engine->shelf);
        timers_fini(&engine->timers);
        table_fini(&engine->table);
        arena_fini(&engine->arena);
        free(engine->partitions);
        free(engine);
        return NULL;
}

size_t engine_provide(struct engine *engine) {
        return supply_provide(&engine->arena.supply) + supply_provide(&engine->shelf.supply);
}

/* --- clocks --------------------------------------------------------------------------------- */

void engine_set_clock(struct engine *engine, int64_t now_ms, int64_t ahead_ms) {
        engine->now_ms = now_ms;
        engine->plans.ahead_ms = ahead_ms;
}

/* --- rule sets ---------------------------------------------------------------------------------- */

const struct rule_set *engine_swap(struct engine *engine, const struct rule_set *rules) {
        require(rules != NULL, "no rule set is offered");
        /* S1 -> T1: the set is complete before the pointer that offers it. Acquire, because the displaced set goes
         * back to a caller who will free it. */
        return atomic_exchange_explicit(&engine->offered, rules, memory_order_acq_rel);
}

const struct rule_set *engine_rules_in_force(const struct engine *engine) {
        /* T2 <- S2: a caller who sees the new set here also sees the engine done with the old one. */
        return atomic_load_explicit(&engine->in_force, memory_order_acquire);
}

const struct rule_set *engine_rules_refused(const struct engine *engine) {
        /* T2 <- S2: the same for a set that was refused. */
        return atomic_load_explicit(&engine->refused, memory_order_acquire);
}

/* All plans are made before anything changes, in pieces, one per call: a city has thousands of cohorts. Elders then
 * move to their plans when an event or the sweep reaches them. So from one moment on every evaluation is by the new
 * set, yet neither its making nor a million elders stop the shard. @rules may be the set in force, if many elders get
 * other values because overrides have ended, or other ages because the year has. */
static void renew_begin(struct engine *engine, const struct rule_set *rules, int64_t now_ms) {
        require(!engine->coming, "a rule set is taken up while another one is on its way");
        engine->coming = rules;
        plans_renew_begin(&engine->plans, rules, now_ms);
}

/* The plans_cohort_finder for plans_renew(). */
static uint32_t cohort_of(const void *context, const char *elder_id, uint32_t elder_hash,
                          uint32_t *ret_units) {
        const struct engine *engine = context;
        uint32_t handle = elder_find(engine, elder_id, elder_hash);

        if (!handle)
                return PLANS_COHORT_NONE;
        *ret_units = elder_cold(engine_at(engine, handle))->units;
        return elder_cold(engine_at(engine, handle))->cohort;
}

/* Return: 0: all plans are made and there is room for the elders who must move; PLANS_MORE; -errno: given up. */
static int make_plans(struct engine *engine, uint32_t work) {
        int r = plans_renew(&engine->plans, work, cohort_of, engine);

        if (r != 0)
                return r;
        r = arena_reserve(&engine->arena, plans_renew_units(&engine->plans));
        if (r < 0)
                plans_renew_give_up(&engine->plans);
        return r == ARENA_WAITS ? PLANS_MORE : r;
}

static void renew(struct engine *engine, uint32_t work) {
        const struct rule_set *rules = engine->coming;
        int64_t as_of_ms = engine->plans.renewal.now_ms;

        require(rules == engine->plans.renewal.rules,
                "plans are made of another set than the coming");

        int r = make_plans(engine, work);

        if (r == PLANS_MORE)
                return;
        engine->coming = NULL;
        if (r < 0 && rules == engine->rules) {
                engine->stats.overrides_lost++; /* the plans in force stay */
                return;
        }
        if (r < 0) {
                /* S2 -> T2: nothing of the refused set is read after this. */
                atomic_store_explicit(&engine->refused, rules, memory_order_release);
                return;
        }
        engine->stats.overrides_lost += engine->plans.renewal.lost;
        plans_put_in_force(&engine->plans);
        engine->rules = rules;
        first_end(engine, as_of_ms); /* what has ended since then ends next */
        engine->sweeping = true;
        engine->sweep_at = 0;
        /* S2 -> T2: nothing of the old set is read after this. */
        atomic_store_explicit(&engine->in_force, rules, memory_order_release);
}

static void take_up(struct engine *engine, int64_t now_ms) {
        /* T1 <- S1: the set that the pointer leads to is complete. */
        const struct rule_set *rules =
                atomic_exchange_explicit(&engine->offered, NULL, memory_order_acq_rel);

        if (rules)
                renew_begin(engine, rules, now_ms);
}

/* End the overrides whose time is over: the next outer layer applies again. While another set is coming, this waits
 * for it. */
static void end_overrides(struct engine *engine, int64_t now_ms) {
        const struct rule_set *rules = engine->rules;
        uint32_t former = engine->ending_at;

        if (engine->coming)
                return;
        while (engine->ending_at < rules->ending_count &&
               rules->overrides[rules->ending[engine->ending_at]].until_time_ms <= now_ms)
                engine->ending_at++;
        if (engine->ending_at != former)
                renew_begin(engine, rules, now_ms);
}

/* Every call that evaluates begins here: the quiescent point, at which no rule set is in use. @work: how much to do
 * for the plans of a set that is coming. */
static void engine_enter(struct engine *engine, int64_t now_ms, uint32_t work) {
        engine->now_ms = now_ms;
        /* A hint only; the exchange in take_up() orders. If the set is seen late, it is taken up at the next call. */
        if (!engine->coming && atomic_load_explicit(&engine->offered, memory_order_relaxed))
                take_up(engine, now_ms);
        if (engine->ending_at < engine->rules->ending_count)
                end_overrides(engine, now_ms);
        if (!engine->coming && now_ms >= engine->year_ends_ms) {
                engine->year_ends_ms = year_after_ms(now_ms);
                renew_begin(engine, engine->rules, now_ms);
        }
        if (engine->coming)
                renew(engine, work);
}

static void sweep(struct engine *engine, int64_t now_ms) {
        uint32_t moves = 0;

        for (uint32_t i = 0; i < SWEEP_SLOTS && moves < SWEEP_MOVES; i++) {
                if (engine->sweep_at > engine->table.mask) {
                        engine->sweeping = false;
                        return;
                }

                uint32_t handle = engine->table.slots[engine->sweep_at++].handle;

                if (handle &&
                    engine_at(engine, handle)->plan->generation != engine->plans.generation) {
                        engine_elder_renew(engine, handle, now_ms);
                        moves++;
                }
        }
}

/* --- events ------------------------------------------------------------------------------------- */

/* A sign of life at home, at least this long after leaving, means that the elder is back. */
enum { HOME_SIGN_MS = 5 * 60 * 1000 };

/* An elder who forgets to report being home again must not stay unmonitored for ever. */
static void note_place(const struct moment *moment) {
        const struct event *event = moment->event;
        struct elder *elder = moment->elder;
        bool is_so = event->value != 0;

        if (!moment->may_clear)
                return;
        if (event->kind == KIND_HOME || event->kind == KIND_AWAY) {
                if ((event->kind == KIND_AWAY) == is_so) {
                        elder->flags |= ELDER_AWAY;
                        elder_cold(elder)->place_since_ms = moment->time_ms;
                        return;
                }
        } else if (!rule_kinds_has(&moment->engine->home_kinds, event->kind) || !is_so ||
                   !(elder->flags & ELDER_AWAY) ||
                   moment->time_ms < elder_cold(elder)->place_since_ms + HOME_SIGN_MS) {
                return;
        }
        if (elder->flags & ELDER_AWAY)
                elder_cold(elder)->place_since_ms = moment->time_ms;
        elder->flags &= (uint8_t)~ELDER_AWAY;
        elder_look(moment->engine, moment->handle, moment->now_ms);
}

/* Return: false for a duplicate. */
static bool note_device(struct moment *moment, enum lane lane) {
        struct engine *engine = moment->engine;
        const struct event *event = moment->event;

        if (moment->device == ELDER_DEVICE_UNLISTED) {
                engine->stats.unlisted_devices++;
                return true;
        }

        struct elder_device_row *row = &elder_rows(moment->elder)[moment->device];
        int64_t heard_ms = moment->received_ms;

        switch (window_pass(row, event, lane)) {
        case WINDOW_DUPLICATE:
                engine->stats.duplicates++;
                return false;
        case WINDOW_RESTARTED:
                engine->stats.restarted_counters++;
                break;
        case WINDOW_NEW:
                break;
        }
        if (heard_ms < row->last_seen_ms && row->heard)
                return true;
        if (row->offline)
                offline_heard(moment, row);
        row->heard = 1;
        row->last_seen_ms = heard_ms;
        return true;
}

static void run_rules(const struct moment *moment) {
        const struct plan *plan = moment->elder->plan;
        uint16_t kind = moment->event->kind;

        for (uint32_t i = plan->first[kind]; i < plan->first[kind + 1]; i++) {
                const struct plan_entry *entry = &plan->entries[i];

                conditions_ops(entry->type)
                        ->judge(moment, entry,
                                plan_condition(plan, moment->engine->rules, entry->slot,
                                               entry->condition));
        }
        moment->engine->stats.rules_run += (uint32_t)(plan->first[kind + 1] - plan->first[kind]);
}

static void judge_event(struct engine *engine, uint32_t handle, const struct event *event,
                        const unsigned char *samples, int64_t now_ms) {
        struct elder *elder = engine_at(engine, handle);
        int64_t received_ms = moment_received_ms(engine, event, now_ms);
        int64_t time_ms = event_time_ms(event) + received_ms - event->received_time_ms;

        if (!(elder->flags & ELDER_OPEN)) {
                engine->stats.not_ours++;
                return;
        }
        if (elder->plan->generation != engine->plans.generation) {
                handle = engine_elder_renew(engine, handle, now_ms);
                elder = engine_at(engine, handle);
        }
        if (time_ms > received_ms)
                time_ms = received_ms;
        if (time_ms > now_ms)
                time_ms = now_ms;

        struct moment moment = {
                .engine = engine,
                .elder = elder,
                .handle = handle,
                .event = event,
                .samples = samples,
                .now_ms = now_ms,
                .time_ms = time_ms,
                .received_ms = received_ms,
                .late_ms = now_ms - time_ms > MOMENT_LATE_MS ? now_ms - time_ms : 0,
                .device = elder_device(elder, event->device_hash),
                .buffered = received_ms - time_ms > MOMENT_LATE_MS,
        };

        moment.may_clear = !moment.buffered && !(event->flags & EVENT_UNAUTHENTICATED);
        engine->stats.late_events += moment.late_ms > 0;
        if (now_ms < engine->settling_until_ms &&
            (moment.buffered || now_ms - received_ms > PARTITION_BEHIND_MS))
                partition_behind(&moment);
        if (!note_device(&moment, engine->lane_of_kind[event->kind]))
                return;
        if (event->kind >= KIND_MOTION && event->kind <= KIND_AWAY)
                note_place(&moment);
        run_rules(&moment);
        elder_mark_dirty(engine, handle);
}

static bool is_elder(const struct elder *elder, const struct event *event) {
        return memcmp(elder->id, event->elder_id, EVENT_ELDER_ID_BYTES) == 0;
}

/* The first handle with this hash, most likely the elder's. The id is compared once the block has arrived. */
static uint32_t guess_handle(const struct table *table, uint32_t hash) {
        uint32_t at = table_home(table, hash);

        while (table->slots[at].handle != ARENA_NONE && table->slots[at].hash != hash)
                at = (at + 1) & table->mask;
        return table->slots[at].handle;
}

/* gcc takes a function that only prefetches for one without effect and drops calls to it, unless it is inlined
 * first. */
#define FETCH static inline __attribute__((always_inline))

FETCH void fetch_slot(const struct engine *engine, const struct event *event) {
        __builtin_prefetch(&engine->table.slots[table_home(&engine->table, event->elder_hash)]);
}

FETCH uint32_t fetch_block(const struct engine *engine, const struct event *event) {
        uint32_t handle = guess_handle(&engine->table, event->elder_hash);

        if (handle)
                __builtin_prefetch(arena_at(&engine->arena, handle));
        return handle;
}

/* The tags alone tell which row: one wrong guess in 256 costs a cache miss. */
FETCH void fetch_state(const struct engine *engine, uint32_t handle, const struct event *event) {
        if (!handle || event->kind >= KIND_LIMIT)
                return;

        const struct elder *elder = engine_at(engine, handle);
        const struct plan *plan = elder->plan;
        uint32_t entry = plan->first[event->kind];

        for (uint8_t i = 0; i < ELDER_DEVICE_TAGS; i++)
                if (elder->tags[i] == elder_device_tag(event->device_hash)) {
                        __builtin_prefetch(&elder_rows(elder)[i]);
                        break;
                }
        if (elder->episodes)
                __builtin_prefetch(arena_at(&engine->arena, elder->episodes));
        for (; entry < plan->first[event->kind + 1]; entry++) {
                if (plan->entries[entry].block == RULE_FORM_NONE)
                        continue;

                const char *state = elder_state(elder, plan->entries[entry].offset);

                __builtin_prefetch(state);
                if (plan->entries[entry].crosses)
                        __builtin_prefetch(state + ARENA_UNIT_BYTES);
        }
}

void engine_events(struct engine *engine, const struct event *events,
                   const unsigned char *const *samples, uint32_t count, int64_t now_ms) {
        uint32_t in_flight[IN_FLIGHT];

        engine_enter(engine, now_ms, count ? count * RENEW_PER_EVENT : RENEW_WORK);
        engine->stats.events += count;

        uint32_t moves = engine->moves;

        for (uint32_t i = 0; i < count && i < AHEAD_SLOT; i++)
                fetch_slot(engine, &events[i]);
        for (uint32_t i = 0; i < count && i < AHEAD_BLOCK; i++)
                in_flight[i % IN_FLIGHT] = fetch_block(engine, &events[i]);
        for (uint32_t i = 0; i < count && i < AHEAD_STATE; i++)
                fetch_state(engine, in_flight[i % IN_FLIGHT], &events[i]);

        for (uint32_t i = 0; i < count; i++) {
                const struct event *event = &events[i];
                uint32_t handle = in_flight[i % IN_FLIGHT];

                if (i + AHEAD_SLOT < count)
                        fetch_slot(engine, &events[i + AHEAD_SLOT]);
                if (i + AHEAD_BLOCK < count)
                        in_flight[(i + AHEAD_BLOCK) % IN_FLIGHT] =
                                fetch_block(engine, &events[i + AHEAD_BLOCK]);
                /* After a block has moved, older handles may be of freed blocks. */
                if (i + AHEAD_STATE < count && moves == engine->moves)
                        fetch_state(engine, in_flight[(i + AHEAD_STATE) % IN_FLIGHT],
                                    &events[i + AHEAD_STATE]);

                if (event->kind >= KIND_LIMIT)
                        continue;
                if (!handle || moves != engine->moves ||
                    !is_elder(engine_at(engine, handle), event))
                        handle = elder_find(engine, event->elder_id, event->elder_hash);
                if (handle) {
                        judge_event(engine, handle, event, samples ? samples[i] : NULL, now_ms);
                        continue;
                }
                if (event->kind == KIND_LISTENING && event->elder_id[0] == '\0') {
                        partition_listening(engine, event, now_ms);
                        continue;
                }
                engine->stats.unknown_elders++;
                if (engine->unknown)
                        engine->unknown(engine->context, event, samples ? samples[i] : NULL);
        }
}

/* --- ticks -------------------------------------------------------------------------------------- */

/* Fire what is due for one elder and arm the timer for the next deadline. */
static void look_at(struct engine *engine, uint32_t handle, int64_t now_ms) {
        struct elder *elder = engine_at(engine, handle);
        int64_t next_ms = MOMENT_NEVER;
        bool life = false;

        if (!(elder->flags & ELDER_OPEN))
                return;
        if (elder->plan->generation != engine->plans.generation) {
                handle = engine_elder_renew(engine, handle, now_ms);
                elder = engine_at(engine, handle);
        }

        const struct plan *plan = elder->plan;
        struct moment_due due = {.engine = engine, .elder = elder, .now_ms = now_ms};

        for (uint16_t i = 0; plan->timed && i < plan->slot_count; i++) {
                const struct plan_slot *slot = &plan->slots[i];

                if (!slot->timed)
                        continue;

                int64_t slot_ms =
                        conditions_ops(slot->type)
                                ->due(&due, slot,
                                      plan_condition(plan, engine->rules, i, slot->condition));

                life |= slot->life && slot_ms != MOMENT_NEVER;
                if (slot_ms < next_ms)
                        next_ms = slot_ms;
        }
        if (elder->episodes) {
                int64_t gates_ms = gates_due(&due);

                next_ms = gates_ms < next_ms ? gates_ms : next_ms;
        }
        if (next_ms != MOMENT_NEVER)
                timers_arm(&engine->timers, handle, next_ms, life);
        if (due.changed)
                elder_mark_dirty(engine, handle);
}

/* Return: whether more is due than fits into one tick. */
static bool settle_due(struct engine *engine, bool life, int64_t now_ms) {
        const struct wheel *wheel = life ? &engine->timers.life : &engine->timers.rest;
        int64_t work = TICK_WORK;

        while (work > 0) {
                uint64_t verdicts = engine->stats.verdicts;
                uint32_t handle = timers_pop(&engine->timers, life);

                if (!handle)
                        return false;
                if (wheel->ready.first)
                        __builtin_prefetch(engine_at(engine, wheel->ready.first));
                engine->stats.timers_fired++;
                look_at(engine, handle, now_ms);
                work -= 1 + (int64_t)(engine->stats.verdicts - verdicts) * VERDICT_WORK;
        }
        return true;
}

void engine_tick(struct engine *engine, int64_t now_ms) {
        engine_enter(engine, now_ms, RENEW_WORK);
        timers_advance(&engine->timers, now_ms);
        if (!settle_due(engine, true, now_ms))
                (void)settle_due(engine, false, now_ms);
        if (engine->sweeping)
                sweep(engine, now_ms);
        partitions_count_deaf(engine, now_ms);
        /* So that no event has to ask the system for memory. If it is refused or late, events will. */
        (void)arena_reserve(&engine->arena, 0);
}

int64_t engine_next_due_ms(const struct engine *engine, int64_t now_ms) {
        const struct rule_set *rules = engine->rules;
        int64_t next_ms = timers_next_ms(&engine->timers, now_ms);

        if (engine->sweeping || next_ms == 0)
                return 0;
        if (engine->coming)
                return shelf_waits(&engine->shelf) || arena_waits(&engine->arena) ? PROVIDED_LOOK_MS
                                                                                  : 0;
        if (engine->ending_at < rules->ending_count) {
                int64_t ends_ms =
                        rules->overrides[rules->ending[engine->ending_at]].until_time_ms - now_ms;

                ends_ms = ends_ms < 0 ? 0 : ends_ms;
                next_ms = next_ms < 0 || ends_ms < next_ms ? ends_ms : next_ms;
        }
        return next_ms;
}

/* --- counters ----------------------------------------------------------------------------------- */

void engine_read_stats(const struct engine *engine, struct engine_stats *ret) {
        size_t grows = engine->arena.units_taken * ARENA_UNIT_BYTES +
                       ((size_t)engine->table.mask + 1) * sizeof(struct table_slot) +
                       engine->plans.bytes;

        *ret = engine->stats;
        ret->plans = engine->plans.count;
        ret->bytes = sizeof(*engine) + arena_bytes(&engine->arena) +
                     ((size_t)engine->table.mask + 1) * sizeof(struct table_slot) +
                     2 * WHEEL_STEPS * sizeof(struct wheel_list) + engine->shelf.bytes +
                     engine->plans.cohort_room * sizeof(struct plan_cohort);
        ret->bytes_per_elder = ret->elders ? grows / ret->elders : 0;
}

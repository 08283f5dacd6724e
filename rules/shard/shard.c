/* SPDX-License-Identifier: MIT */
#include "rules/shard/shard.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/clock.h"
#include "common/base/err.h"
#include "common/base/require.h"
#include "common/base/murmur2.h"
#include "rules/alert/verdict.h"
#include "rules/eval/rule/rule_set.h"
#include "rules/threads/stats.h"

enum {
        TURN_ALARM_SLOTS = 256,
        TURN_TELEMETRY_SLOTS = 256, /* few: an alarm that arrives meanwhile waits for them */
        FILL_ELDERS = 512,          /* states saved in a turn without events: a fraction of 1 ms */
        FILL_PER_EVENT = 2, /* states saved per event otherwise: more than one event changes */
        TICK_MS = 20,       /* under load; an idle shard sleeps until the next deadline */
        TICK_MAX_MS = 250,
        BEHIND_LOOK_MS = 50,
        CONTROLS_AT_ONCE = 64,
        TURN_CONTROLS = 256,
        PUT_OFF_MS = 1000,
        READ_BACK_LIMIT_MS = 60000, /* how long a past fall waits for the records after it */
        STEP_MS = 1000,             /* the engine is told of larger steps of the wall clock only */
};

/* --- failure ------------------------------------------------------------------------------- */

/* Memory ran out while judging. Nothing is lost: no further checkpoint is handed over,
 * so the next start reads the same events again. */
static void fail(struct shard *shard, int r) {
        /* M3 -> N3: main reads the number only. */
        atomic_store_explicit(&shard->failed, r, memory_order_release);
}

int shard_failed(const struct shard *shard) {
        return atomic_load_explicit(&shard->failed, memory_order_acquire); /* N3 <- M3 */
}

/* --- positions ------------------------------------------------------------------------------ */

/* Return: the index of a partition in positions and parts. A partition of another shard would be judged twice, and its
 * states would overwrite those of the other shard. */
static uint32_t row_of(const struct shard *shard, int32_t partition) {
        uint32_t row = (uint32_t)(partition / shard->options.shard_count);

        require(row < shard->position_count && shard->positions[row].partition == partition,
                "partition %d of %d is handed to shard %d of %d", partition,
                shard->options.partition_count, shard->options.index, shard->options.shard_count);
        return row;
}

static struct position *position_of(struct shard *shard, int32_t partition) {
        return &shard->positions[row_of(shard, partition)];
}

static struct checkpoint_part *part_of(struct shard *shard, int32_t partition) {
        return &shard->checkpoint.parts[row_of(shard, partition)];
}

/* --- the engine's sinks --------------------------------------------------------------------- */

static void owe_alert(void *context, const struct verdict *verdict) {
        struct shard *shard = context;
        struct outbox_owed *owed = outbox_reserve(&shard->outbox);

        if (!owed) {
                fail(shard, -ENOMEM);
                return;
        }
        require(verdict->severity >= SEVERITY_CRITICAL && verdict->severity <= SEVERITY_INFO,
                "severity %d of rule %u", verdict->severity, verdict->rule_index);
        owed->type = OUTBOX_OWED_ALERT;
        verdict_to_alert(verdict, clock_wall_us(), &owed->alert);
        outbox_commit(&shard->outbox);
        stat_add(STAT_VERDICTS_CRITICAL + (enum stat)verdict->severity - SEVERITY_CRITICAL, 1);
}

static void owe_quarantine(struct shard *shard, const struct outbox_quarantine *quarantine) {
        struct outbox_owed *owed = outbox_reserve(&shard->outbox);

        if (!owed) {
                free(quarantine->bytes);
                fail(shard, -ENOMEM);
                return;
        }
        owed->type = OUTBOX_OWED_QUARANTINE;
        owed->quarantine = *quarantine;
        outbox_commit(&shard->outbox);
}

static void owe_stranger(struct shard *shard, const struct event *event,
                         const unsigned char *samples, int32_t partition, int64_t offset) {
        struct outbox_quarantine quarantine = {
                .partition = partition,
                .offset = offset,
                .lane = shard->judging,
                .reason = SLOT_REASON_UNKNOWN_ELDER,
        };

        /* Without memory for the copy, the record goes to quarantine without a payload. */
        slot_frame_of_one(quarantine.lane, event, samples, &quarantine.bytes,
                          &quarantine.bytes_used);
        quarantine.whole_bytes = quarantine.bytes_used;
        owe_quarantine(shard, &quarantine);
        stat_add(STAT_UNKNOWN_ELDERS, 1);
}

static void meet_unknown(void *context, const struct event *event, const unsigned char *samples) {
        struct shard *shard = context;
        const struct batch *batch = &shard->batch[shard->judging];
        /* Always an event of the batch: elders of parked events are known when those are judged. */
        ptrdiff_t at = event - batch->events;

        require(at >= 0 && at < (ptrdiff_t)batch->count, "event %td of a batch of %u", at,
                batch->count);

        const struct batch_mark *mark = &batch->marks[at];

        if (shard->judging == LANE_ALARM &&
            parked_add(&shard->parked, event, samples, mark->partition, mark->offset,
                       shard->now_mono_ms))
                return;
        owe_stranger(shard, event, samples, mark->partition, mark->offset);
}

/* The elder is known now: judge the alarms that waited for that. */
static void judge_parked(struct shard *shard, const char *elder_id) {
        struct parked_event parked;

        while (parked_take_elder(&shard->parked, elder_id, &parked)) {
                const unsigned char *samples = parked.samples;

                engine_events(shard->engine, &parked.event, &samples, 1, shard->now_ms);
                free(parked.samples);
        }
}

static void give_up_parked(struct shard *shard) {
        struct parked_event parked;

        shard->judging = LANE_ALARM;
        while (parked_take_late(&shard->parked, shard->now_mono_ms, &parked)) {
                owe_stranger(shard, &parked.event, parked.samples, parked.partition, parked.offset);
                free(parked.samples);
        }
}

/* --- controls ------------------------------------------------------------------------------- */

void shard_control_drop(struct shard_control *control) {
        if (control->type == SHARD_CONTROL_ELDER_PUT)
                free(control->profile);
        else if (control->type == SHARD_CONTROL_OPEN)
                checkpoint_restored_free(control->restored);
        control->profile = NULL;
}

static void tell_closed(struct shard *shard) {
        /* M1 -> N1: all that we wrote about the partition is in Redis. */
        atomic_fetch_add_explicit(&shard->closed, 1, memory_order_release);
        doorbell_ring(shard->options.consumer_bell);
}

static void settle_closed(struct shard *shard, struct position *position) {
        parked_forget(&shard->parked, position->partition);
        for (int lane = 0; lane < LANE_COUNT; lane++)
                batch_abandon(&shard->batch[lane], position->partition);
        /* The partition may have a new owner: drop its states from the checkpoint that is being filled. */
        if (shard->filling)
                bundle_clear(&part_of(shard, position->partition)->elders);
        engine_partition_close(shard->engine, position->partition);
        if (position->closing)
                tell_closed(shard);
        position->open = position->closing = position->final = false;
}

uint32_t shard_closed(const struct shard *shard) {
        return atomic_load_explicit(&shard->closed, memory_order_acquire); /* N1 <- M1 */
}

static int restore_states(struct shard *shard, const struct checkpoint_restored *restored) {
        struct bundle_item blob;
        size_t at = 0;

        while (bundle_next(&restored->elders, &at, &blob)) {
                int r = blob_restore(shard->engine, restored->partition, blob.elder_id, blob.bytes,
                                     blob.bytes_used);

                if (r < 0)
                        return r;
                stat_add(r == BLOB_REFUSED ? STAT_STATES_REFUSED : STAT_STATES_RESTORED, 1);
        }
        return 0;
}

static void control_open(struct shard *shard, struct checkpoint_restored *restored) {
        struct position *position = position_of(shard, restored->partition);
        int r;

        /* Assigned to us again before its last checkpoint was settled: the state in Redis counts. */
        if (position->open)
                settle_closed(shard, position);

        engine_partition_forget(shard->engine, restored->partition);
        r = restore_states(shard, restored);
        if (r == 0)
                r = engine_partition_open(shard->engine, restored->partition, shard->now_ms);
        if (r < 0) {
                fail(shard, r);
                return;
        }
        /* Both lanes start hours back, and part of those records was judged before. */
        if (restored->read_back_ms || !restored->saved_time_ms)
                engine_partition_reads_back(shard->engine, restored->partition,
                                            shard->now_ms + READ_BACK_LIMIT_MS, shard->now_ms);
        position_open(position, restored, shard->now_mono_ms);
}

static void control_close(struct shard *shard, const struct shard_control *control) {
        struct position *position = position_of(shard, control->partition);

        if (!position->open || position->generation != control->generation) {
                if (control->save)
                        tell_closed(shard);
                return;
        }
        position->closing = control->save;
        if (control->save && position_saves(position) && !shard->loading)
                shard->urgent = true;
        else
                settle_closed(shard, position);
}

/* An elder who is put early because of an alarm may still lack devices: their restored state would be dropped, and an
 * alarm of theirs would get another id. Skip such a put: the elder is put again with the next device. */
static bool is_too_early(struct shard *shard, const struct shard_control *control) {
        return shard->loading && !control->whole &&
               (!blobs_know_devices(shard->engine, control->profile) ||
                !parked_knows_devices(&shard->parked, control->profile));
}

static void control_put(struct shard *shard, const struct shard_control *control) {
        const struct elder_profile *profile = control->profile;
        int r;

        (void)row_of(shard, profile->partition);
        if (is_too_early(shard, control))
                return;
        r = engine_elder_put(shard->engine, profile, shard->now_ms);

        if (r == -ENOMEM)
                fail(shard, r);
        else if (r < 0)
                stat_add(STAT_ELDERS_REFUSED, 1); /* a restart would fail on the same elder */
        else
                judge_parked(shard, profile->elder_id);
}

static void control_remove(struct shard *shard, const struct shard_control *control) {
        engine_elder_remove(shard->engine, control->elder_id, control->elder_hash);
        if (bundle_add(&shard->gone, control->elder_id, NULL, 0) < 0)
                fail(shard, -ENOMEM);
}

static void control_loaded(struct shard *shard) {
        shard->loading = false;
        parked_loaded(&shard->parked, shard->now_mono_ms);
        engine_partition_settle_anew(shard->engine, shard->now_ms);
}

static void control_settle(struct shard *shard, struct shard_control *control) {
        require(control->type <= SHARD_CONTROL_LOADED, "control %d", control->type);
        switch (control->type) {
        case SHARD_CONTROL_ELDER_PUT:
                control_put(shard, control);
                break;
        case SHARD_CONTROL_ELDER_REMOVE:
                control_remove(shard, control);
                break;
        case SHARD_CONTROL_OPEN:
                control_open(shard, control->restored);
                break;
        case SHARD_CONTROL_CLOSE:
                control_close(shard, control);
                break;
        case SHARD_CONTROL_LOADED:
                control_loaded(shard);
                break;
        }
        shard_control_drop(control);
}

/* Bounded by TURN_CONTROLS, so that an alarm does not wait for the whole registry. Return: whether items are left. */
static bool settle_controls(struct shard *shard) {
        uint32_t count, left = TURN_CONTROLS;
        void *items;

        while (left && (count = ring_peek(&shard->control, CONTROLS_AT_ONCE, &items)) > 0) {
                struct shard_control *controls = items;

                for (uint32_t i = 0; i < count; i++)
                        control_settle(shard, &controls[i]);
                left = left > count ? left - count : 0;
                ring_release(&shard->control, count);
                doorbell_ring(shard->options.consumer_space_bell);
        }
        return ring_peek(&shard->control, 1, &items) > 0;
}

/* Until the registry and the backlog in Kafka have been read, nobody can tell whether a deadline is overdue. */
static void put_off_overdue(struct shard *shard) {
        if (!shard->loading || shard->now_mono_ms - shard->settled_mono_ms < PUT_OFF_MS)
                return;
        shard->settled_mono_ms = shard->now_mono_ms;
        engine_partition_settle_anew(shard->engine, shard->now_ms);
}

/* --- lanes ---------------------------------------------------------------------------------- */

static void count_judged(struct shard *shard, enum lane lane, const struct batch *batch) {
        require(batch->count > 0 && batch->count <= BATCH_EVENTS, "%u events of a batch",
                batch->count);

        const struct event *newest = &batch->events[batch->count - 1];
        int64_t received_us = newest->received_time_ms * 1000 + newest->received_sub_us;

        stat_add(STAT_EVENTS_ALARM + lane, batch->count);
        /* One sample per batch: its newest event, which waited least for the batch to fill. */
        stat_record_us(STAT_RECEIVED_TO_JUDGED_ALARM + lane, clock_wall_us() - received_us);
}

static void judge(struct shard *shard, enum lane lane) {
        struct batch *batch = &shard->batch[lane];

        if (batch->count == 0)
                return;
        shard->judging = lane;
        engine_events(shard->engine, batch->events, batch->any_samples ? batch->samples : NULL,
                      batch->count, shard->now_ms);
        for (uint32_t i = 0; i < batch->count; i++) {
                const struct batch_mark *mark = &batch->marks[i];
                struct position *position = position_of(shard, mark->partition);

                if (mark->last)
                        position_judged(position, lane, mark->offset);
                if (position->behind && lane == LANE_ALARM)
                        position->fed_mono_ms = shard->now_mono_ms;
        }
        count_judged(shard, lane, batch);
        batch_clear(batch);
}

static void take_refused(struct shard *shard, struct slot *slot) {
        struct outbox_quarantine quarantine = {
                .bytes = slot->refused,
                .bytes_used = slot->bytes_used,
                .whole_bytes = slot->refused_bytes,
                .partition = slot->partition,
                .offset = slot->offset,
                .lane = slot->lane,
                .reason = slot->reason,
        };

        slot->refused = NULL; /* owned by the outbox now */
        owe_quarantine(shard, &quarantine);
}

/* Is this slot read again for the refused elders only, so that it must be skipped? Samples follow their event. */
static bool is_known(struct shard *shard, const struct position *position, enum lane lane,
                     const struct slot *slot) {
        if (slot->type == SLOT_EVENT)
                shard->passing[lane] =
                        slot->event.kind != KIND_LISTENING &&
                        position_knows(position, lane, slot->offset, slot->event.elder_hash);
        return shard->passing[lane];
}

static void take_slot(struct shard *shard, enum lane lane, struct slot *slot) {
        struct position *position = position_of(shard, slot->partition);

        require(slot->lane == lane && slot->type <= SLOT_TYPE_LAST,
                "slot of type %d and lane %d in lane %d, partition %d", slot->type, slot->lane,
                lane, slot->partition);
        if (!position_takes(position, slot->generation)) {
                if (slot->type == SLOT_EVENT)
                        stat_add(STAT_DROPPED_ALARM + lane, 1);
                slot_drop(slot);
                return;
        }
        if ((slot->type == SLOT_EVENT || slot->type == SLOT_SAMPLES) &&
            !is_known(shard, position, lane, slot)) {
                if (batch_add(&shard->batch[lane], slot) == BATCH_FULL) {
                        judge(shard, lane);
                        batch_add(&shard->batch[lane], slot);
                }
                return;
        }

        judge(shard, lane); /* first, because positions advance in order */
        if (slot->type == SLOT_CAUGHT_UP && lane == LANE_ALARM)
                position->behind = false;
        else if (slot->type == SLOT_CAUGHT_UP)
                engine_partition_reads_back(shard->engine, slot->partition, 0, shard->now_ms);
        else if (slot->type == SLOT_ANEW)
                position_begin_anew(position, lane, slot->offset);
        else if (slot->type == SLOT_REFUSED && position_knows(position, lane, slot->offset, 0))
                slot_drop(slot); /* the first reading has put a copy into quarantine */
        else if (slot->type == SLOT_REFUSED)
                take_refused(shard, slot);
        if (slot->type != SLOT_CAUGHT_UP && slot->last)
                position_judged(position, lane, slot->offset);
}

/* How many slots from the front of the lane may be taken while control items are left. A slot of a later generation
 * belongs to a SHARD_CONTROL_OPEN among those items: it must wait, since a later record would move the position past
 * it. */
static uint32_t opened(struct shard *shard, const struct slot *slots, uint32_t count) {
        uint32_t taken = 0;

        while (taken < count &&
               slots[taken].generation <= position_of(shard, slots[taken].partition)->generation)
                taken++;
        return taken;
}

static void take_lane(struct shard *shard, enum lane lane, void *slots, uint32_t count) {
        struct slot *slot = slots;

        for (uint32_t i = 0; i < count; i++)
                take_slot(shard, lane, &slot[i]);
        judge(shard, lane);
        ring_release(&shard->lane[lane], count);
        doorbell_ring(shard->options.consumer_space_bell);
}

/* --- deadlines ------------------------------------------------------------------------------ */

static bool is_behind(struct shard *shard) {
        bool behind = false;

        for (uint32_t i = 0; i < shard->position_count; i++)
                behind |= position_is_behind(&shard->positions[i], shard->now_mono_ms);
        return behind;
}

static void tick(struct shard *shard, bool idle) {
        if (!idle && shard->now_mono_ms - shard->ticked_mono_ms < TICK_MS)
                return;

        bool behind = is_behind(shard);

        atomic_store_explicit(&shard->behind, behind, memory_order_relaxed);
        if (behind)
                return;
        engine_tick(shard->engine, shard->now_ms);
        shard->ticked_mono_ms = shard->now_mono_ms;
}

/* --- checkpoints ---------------------------------------------------------------------------- */

static void settle_part(struct shard *shard, const struct checkpoint_part *part) {
        struct position *position = position_of(shard, part->partition);

        if (!part->used || !position->open || position->epoch != part->epoch)
                return;
        switch (part->outcome) {
        case CHECKPOINT_SAVED:
                if (part->whole)
                        position->whole = false;
                if (position->final)
                        settle_closed(shard, position);
                break;
        case CHECKPOINT_FENCED:
                settle_closed(shard, position);
                break;
        case CHECKPOINT_REWRITE:
                engine_partition_mark_dirty(shard->engine, part->partition);
                position->whole = true;
                position->final = false;
                shard->urgent = true;
                break;
        }
}

static void settle_checkpoint(struct shard *shard) {
        require(!shard->filling, "a checkpoint came back that was still being filled");
        for (uint32_t i = 0; i < shard->checkpoint.part_count; i++)
                settle_part(shard, &shard->checkpoint.parts[i]);
        shard->handed = false;
}

static void put_state(void *context, int32_t partition, const char *elder_id, const void *blob,
                      size_t blob_bytes) {
        struct shard *shard = context;

        /* The engine may still hold states of a closed partition, which we must not write. */
        if (!position_of(shard, partition)->open || !position_saves(position_of(shard, partition)))
                return;
        if (bundle_add(&part_of(shard, partition)->elders, elder_id, blob, blob_bytes) < 0)
                fail(shard, -ENOMEM);
}

static void put_gone(struct shard *shard) {
        struct bundle_item blob;
        size_t at = 0;

        while (bundle_next(&shard->gone, &at, &blob)) {
                uint32_t hash = murmur2(blob.elder_id, strlen(blob.elder_id));

                put_state(shard, murmur2_partition(hash, shard->options.partition_count),
                          blob.elder_id, NULL, 0);
        }
        bundle_clear(&shard->gone);
}

/* Save a few states per turn, so that no event waits for a hundred thousand of them. An elder who changes after being
 * saved is saved again, and the later copy in a bundle counts. When no changed elder is left, the states are
 * current, and the current positions may be written with them. @judged: slots of this turn.
 * Return: whether the checkpoint is complete. */
static bool fill_checkpoint(struct shard *shard, uint32_t judged) {
        uint32_t most = judged ? FILL_PER_EVENT * judged : FILL_ELDERS;

        if (!shard->filling)
                checkpoint_clear(&shard->checkpoint);
        put_gone(shard); /* first: the state of an elder who is registered again must come later */
        shard->filling = blobs_save_some(shard->engine, most, put_state, shard);
        return !shard->filling;
}

/* Return: whether there is anything to write. */
static bool note_positions(struct shard *shard) {
        bool any = false;

        for (uint32_t i = 0; i < shard->position_count; i++) {
                struct position *position = &shard->positions[i];
                struct checkpoint_part *part = &shard->checkpoint.parts[i];

                require(part->partition == position->partition, "partition %d is saved as %d",
                        position->partition, part->partition);
                if (!position->open || !position_saves(position) ||
                    (part->elders.count == 0 && !position->whole && !position->closing &&
                     !position_has_moved(position)))
                        continue;
                position_save(position,
                              parked_hold(&shard->parked, position->partition,
                                          position->next_offset[LANE_ALARM]),
                              part);
                any = true;
        }
        return any;
}

/* Nothing was saved during a replay: once it has ended, save the whole partition. */
static void end_replays(struct shard *shard) {
        for (uint32_t i = 0; i < shard->position_count; i++) {
                struct position *position = &shard->positions[i];

                if (!position_end_replay(position))
                        continue;
                engine_partition_mark_dirty(shard->engine, position->partition);
                position->whole = true;
                shard->urgent = true;
        }
}

static bool is_checkpoint_due(const struct shard *shard) {
        return shard->urgent ||
               shard->now_mono_ms - shard->saved_mono_ms >= shard->options.checkpoint_interval_ms;
}

static void save(struct shard *shard, uint32_t judged) {
        if (shard->loading || !checkpoint_is_back(&shard->checkpoint))
                return;
        if (shard->handed)
                settle_checkpoint(shard);
        end_replays(shard);
        if (!shard->filling) {
                if (!is_checkpoint_due(shard))
                        return;
                shard->urgent = false;
                shard->saved_mono_ms = shard->now_mono_ms;
        }
        if (!fill_checkpoint(shard, judged) || !note_positions(shard) || shard_failed(shard))
                return;
        shard->checkpoint.owed = shard->outbox.number;
        shard->checkpoint.filled_mono_ms = shard->now_mono_ms;
        shard->handed = true;
        checkpoint_hand_over(&shard->checkpoint);
        doorbell_ring(shard->options.state_bell);
}

/* --- the turn ------------------------------------------------------------------------------- */

static void show_stats(struct shard *shard) {
        struct engine_stats *shown = &shard->stats_shown;
        struct engine_stats now;

        engine_read_stats(shard->engine, &now);
        stat_add(STAT_DUPLICATES, (int64_t)(now.duplicates - shown->duplicates));
        stat_add(STAT_LATE_EVENTS, (int64_t)(now.late_events - shown->late_events));
        stat_add(STAT_RULES_RUN, (int64_t)(now.rules_run - shown->rules_run));
        stat_add(STAT_DEADLINES, (int64_t)(now.timers_fired - shown->timers_fired));
        stat_add(STAT_UNLISTED_DEVICES, (int64_t)(now.unlisted_devices - shown->unlisted_devices));
        stat_add(STAT_DISMISSED, (int64_t)(now.dismissed - shown->dismissed));
        stat_add(STAT_MOTION_UNJUDGED, (int64_t)(now.motion_unjudged - shown->motion_unjudged));
        stat_add(STAT_INHIBITED, (int64_t)(now.inhibited - shown->inhibited));
        stat_add(STAT_FLAPS_HELD, (int64_t)(now.flaps_held - shown->flaps_held));
        stat_add(STAT_BLIND, (int64_t)now.blind - (int64_t)shown->blind);
        stat_add(STAT_DEAF_PARTITIONS,
                 (int64_t)now.deaf_partitions - (int64_t)shown->deaf_partitions);
        stat_add(STAT_ELDERS, (int64_t)now.elders - (int64_t)shown->elders);
        stat_add(STAT_ENGINE_BYTES, (int64_t)now.bytes - (int64_t)shown->bytes);
        *shown = now;
}

static int idle_ms(struct shard *shard, bool room) {
        int64_t wait = room ? engine_next_due_ms(shard->engine, shard->now_ms) : TICK_MAX_MS;
        int64_t save_in =
                shard->saved_mono_ms + shard->options.checkpoint_interval_ms - shard->now_mono_ms;

        if (wait < 0 || wait > TICK_MAX_MS)
                wait = TICK_MAX_MS;
        if (atomic_load_explicit(&shard->behind, memory_order_relaxed)) /* own variable */
                wait = BEHIND_LOOK_MS; /* deadlines do not fire while behind, even if one is due */
        if (!shard->handed && save_in < wait)
                wait = save_in;
        return wait < 1 ? 1 : (int)wait;
}

static void read_clock(struct shard *shard, int64_t now_ms, int64_t now_mono_ms) {
        int64_t ahead_ms;

        shard->now_ms = steady_clock_ms(&shard->clock, now_ms, now_mono_ms);
        shard->now_mono_ms = now_mono_ms;
        ahead_ms = steady_clock_ahead_ms(&shard->clock);
        engine_set_clock(shard->engine, shard->now_ms,
                         ahead_ms > -STEP_MS && ahead_ms < STEP_MS ? 0 : ahead_ms);
}

int shard_turn(struct shard *shard, int64_t now_ms, int64_t now_mono_ms) {
        void *alarms, *telemetry;
        uint32_t alarm_count = 0, telemetry_count = 0;
        bool room = outbox_flush(&shard->outbox);
        bool controls_left;

        read_clock(shard, now_ms, now_mono_ms);
        atomic_store_explicit(&shard->heartbeat_mono_ms, now_mono_ms, memory_order_relaxed);
        if (room) { /* else the outbox is full: do not judge what cannot be published */
                alarm_count = ring_peek(&shard->lane[LANE_ALARM], TURN_ALARM_SLOTS, &alarms);
                if (alarm_count == 0)
                        telemetry_count = ring_peek(&shard->lane[LANE_TELEMETRY],
                                                    TURN_TELEMETRY_SLOTS, &telemetry);
        }
        controls_left = settle_controls(shard);
        if (controls_left) {
                /* Telemetry of an elder who is among them would be taken for a stranger's. An alarm's elder may be
                 * waited for: parked.h. */
                alarm_count = alarm_count ? opened(shard, alarms, alarm_count) : 0;
                telemetry_count = 0;
        }
        put_off_overdue(shard);
        give_up_parked(shard);
        if (alarm_count)
                take_lane(shard, LANE_ALARM, alarms, alarm_count);
        else if (telemetry_count)
                take_lane(shard, LANE_TELEMETRY, telemetry, telemetry_count);

        bool idle = alarm_count == 0 && telemetry_count == 0 && !controls_left;

        if (room)
                tick(shard, idle);
        save(shard, alarm_count + telemetry_count);
        show_stats(shard);
        return idle && !shard->filling ? idle_ms(shard, room) : 0;
}

/* --- the thread ----------------------------------------------------------------------------- */

/* The second check of doorbell.h. */
static bool has_work(struct shard *shard, bool blocked) {
        void *items;

        if (atomic_load_explicit(&shard->stop, memory_order_acquire)) /* N2 <- M2 */
                return true;
        if (ring_peek(&shard->control, 1, &items) ||
            (shard->handed && checkpoint_is_back(&shard->checkpoint)))
                return true;
        if (blocked)
                return outbox_has_room(&shard->outbox);
        return ring_peek(&shard->lane[LANE_ALARM], 1, &items) ||
               ring_peek(&shard->lane[LANE_TELEMETRY], 1, &items);
}

static void rest(struct shard *shard, int wait_ms) {
        bool blocked = !outbox_flush(&shard->outbox);

        doorbell_arm(&shard->bell);
        if (blocked)
                doorbell_arm(&shard->outbox.space_bell);
        if (has_work(shard, blocked))
                doorbell_disarm(&shard->bell);
        else
                doorbell_sleep(&shard->bell, wait_ms);
        if (blocked)
                doorbell_disarm(&shard->outbox.space_bell);
}

static void *shard_run(void *context) {
        struct shard *shard = context;

        while (!atomic_load_explicit(&shard->stop, memory_order_acquire) && /* N2 <- M2 */
               shard_failed(shard) == 0) {
                int wait_ms = shard_turn(shard, clock_wall_ms(), clock_mono_ms());

                if (wait_ms > 0)
                        rest(shard, wait_ms);
        }
        return NULL;
}

int shard_start(struct shard *shard) {
        int r = -pthread_create(&shard->thread, NULL, shard_run, shard);

        if (r < 0)
                return err_raise(r);
        shard->running = true;
        return 0;
}

void shard_stop(struct shard *shard) {
        if (!shard->running)
                return;
        atomic_store_explicit(&shard->stop, true, memory_order_release); /* M2 -> N2 */
        doorbell_ring(&shard->bell);
        pthread_join(shard->thread, NULL);
        shard->running = false;
}

/* --- construction --------------------------------------------------------------------------- */

static int init_hand_overs(struct shard *shard) {
        const struct shard_options *options = &shard->options;
        int r = doorbell_init(&shard->bell);

        for (int lane = 0; r == 0 && lane < LANE_COUNT; lane++) {
                r = ring_init(&shard->lane[lane], options->lane_slots[lane], SLOT_BYTES, 0);
                if (r == 0)
                        r = batch_init(&shard->batch[lane]);
        }
        if (r == 0)
                r = parked_init(&shard->parked);
        shard->loading = shard->parked.loading = options->loading;
        if (r == 0)
                r = ring_init(&shard->control, options->control_slots, sizeof(struct shard_control),
                              0);
        if (r == 0)
                r = outbox_init(&shard->outbox, options->owed_slots, options->emit_bell,
                                &shard->bell);
        if (r == 0)
                r = checkpoint_init(&shard->checkpoint, options->index, options->shard_count,
                                    options->partition_count);
        return r;
}

int shard_init(struct shard *shard, const struct shard_options *options, int64_t now_ms) {
        struct engine_options engine = {
                .elders_expected = options->elders_expected,
                .sink = owe_alert,
                .unknown = meet_unknown,
                .context = shard,
                .settle_ms = options->settle_ms,
                .is_provided = options->is_provided,
        };
        int r;

        require(options->shard_count > 0 && options->index >= 0 &&
                        options->index < options->shard_count,
                "shard %d of %d", options->index, options->shard_count);
        memset(shard, 0, sizeof(*shard));
        shard->options = *options;
        shard->bell.fd = -1;
        r = init_hand_overs(shard);
        if (r == 0) {
                shard->position_count = shard->checkpoint.part_count;
                shard->positions = calloc(shard->position_count + 1, sizeof(*shard->positions));
                r = shard->positions ? 0 : err_raise(-ENOMEM);
        }
        for (uint32_t i = 0; r == 0 && i < shard->position_count; i++)
                shard->positions[i].partition = shard->checkpoint.parts[i].partition;
        if (r == 0)
                r = engine_new(&shard->engine, &engine, options->rules, now_ms);
        if (r < 0)
                shard_fini(shard);
        return err_trace(r);
}

static void fini_ring(struct ring *ring, void (*drop)(void *item)) {
        void *item;

        while (ring->slots && ring_peek(ring, 1, &item)) {
                drop(item);
                ring_release(ring, 1);
        }
        ring_fini(ring);
}

static void drop_slot(void *item) {
        slot_drop(item);
}

static void drop_control(void *item) {
        shard_control_drop(item);
}

void shard_fini(struct shard *shard) {
        engine_free(shard->engine);
        for (int lane = 0; lane < LANE_COUNT; lane++) {
                fini_ring(&shard->lane[lane], drop_slot);
                batch_fini(&shard->batch[lane]);
        }
        fini_ring(&shard->control, drop_control);
        outbox_fini(&shard->outbox);
        checkpoint_fini(&shard->checkpoint);
        bundle_fini(&shard->gone);
        parked_fini(&shard->parked);
        for (uint32_t i = 0; shard->positions && i < shard->position_count; i++)
                position_fini(&shard->positions[i]);
        free(shard->positions);
        if (shard->bell.fd >= 0)
                doorbell_fini(&shard->bell);
        memset(shard, 0, sizeof(*shard));
        shard->bell.fd = -1;
}

/* SPDX-License-Identifier: MIT */
#include "rules/state/state.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/clock.h"
#include "common/base/err.h"
#include "common/base/require.h"
#include "common/base/log.h"
#include "rules/eval/engine.h"
#include "rules/threads/stats.h"

enum {
        REQUEST_SLOTS = 1024,
        BACKOFF_FIRST_MS = 50,
        BACKOFF_MAX_MS = 1000,
        PING_MS = 1000, /* how soon we notice that Redis is back when there is nothing to write */
};

/* --- Redis there or not ----------------------------------------------------------------------- */

static void found_away(struct state *state, int64_t now_mono_ms) {
        state->backoff_ms = state->backoff_ms ? state->backoff_ms * 2 : BACKOFF_FIRST_MS;
        if (state->backoff_ms > BACKOFF_MAX_MS)
                state->backoff_ms = BACKOFF_MAX_MS;
        state->retry_mono_ms = now_mono_ms + state->backoff_ms;
        atomic_store_explicit(&state->is_there, false, memory_order_relaxed);
        stat_add(STAT_CHECKPOINT_FAILED, 1);
        stat_set(STAT_DEGRADED, 1);
        if (!state->was_away)
                state->away_mono_ms = now_mono_ms;
        if (!state->was_away)
                log_event(LOG_ERROR, "V2301", "redis is away: judging goes on from memory", "why",
                          store_why(state->store), NULL);
        state->was_away = true;
}

static void tell_feed(struct state *state, const struct state_answer *answer) {
        struct state_answer *place = ring_reserve(&state->answers);

        /* A consumer that has left a thousand answers unread has stopped, and the process is ending. */
        if (!place) {
                checkpoint_restored_free(answer->restored);
                return;
        }
        *place = *answer;
        ring_commit(&state->answers);
        doorbell_ring(state->consumer_bell);
}

static void found_there(struct state *state, int64_t now_mono_ms) {
        state->backoff_ms = 0;
        state->retry_mono_ms = 0;
        state->pinged_mono_ms = now_mono_ms;
        atomic_store_explicit(&state->is_there, true, memory_order_relaxed);
        stat_set(STAT_DEGRADED, 0);
        if (state->was_away)
                log_event(LOG_INFO, "V2302", "redis is back", NULL);
        state->was_away = false;
        if (state->owes_back)
                tell_feed(state, &(struct state_answer){.type = STATE_BACK});
        state->owes_back = false;
}

/* Has Redis been away for so long that partitions are judged without it? */
static bool is_given_up(const struct state *state, int64_t now_mono_ms) {
        return state->was_away && now_mono_ms - state->away_mono_ms >= STATE_TAKE_LIMIT_MS;
}

/* --- checkpoints ------------------------------------------------------------------------------ */

static void settle_part(struct state *state, struct checkpoint_part *part, int64_t took_us) {
        part->settled = true;
        switch (part->outcome) {
        case CHECKPOINT_SAVED:
                stat_add(STAT_CHECKPOINTS, 1);
                stat_add(STAT_CHECKPOINT_BYTES, (int64_t)part->elders.used);
                stat_add(STAT_CHECKPOINT_ELDERS, part->elders.count);
                stat_record_us(STAT_CHECKPOINT_SECONDS, took_us);
                break;
        case CHECKPOINT_FENCED:
                stat_add(STAT_FENCED, 1);
                log_event(LOG_ERROR, "V2303", "fenced: another process owns the partition",
                          "partition", log_number(part->partition), NULL);
                tell_feed(state, &(struct state_answer){.type = STATE_FENCED,
                                                        .partition = part->partition,
                                                        .epoch = part->epoch});
                break;
        case CHECKPOINT_REWRITE:
                stat_add(STAT_REWRITES, 1);
                log_event(LOG_WARN, "V2304",
                          "redis lost what was saved: the whole partition is written again",
                          "partition", log_number(part->partition), NULL);
                break;
        }
}

/* Return: 0 and the shard has the buffer back, or STORE_AWAY or -ENOMEM. */
static int save_checkpoint(struct state *state, const struct state_link *link) {
        for (uint32_t i = 0; i < link->checkpoint->part_count; i++) {
                struct checkpoint_part *part = &link->checkpoint->parts[i];
                int64_t begun_us = clock_mono_us();

                if (!part->used || part->settled)
                        continue;
                require(part->partition >= 0 && part->partition < state->partition_count,
                        "partition %d of %d is to be saved", part->partition,
                        state->partition_count);
                for (int lane = 0; lane < LANE_COUNT; lane++)
                        part->append_time_ms[lane] =
                                atomic_load_explicit(&state->append_time_ms[part->partition][lane],
                                                     memory_order_relaxed);

                int r = store_save(state->store, part);

                if (r)
                        return r;
                settle_part(state, part, clock_mono_us() - begun_us);
        }
        checkpoint_give_back(link->checkpoint);
        doorbell_ring(link->shard_bell);
        return 0;
}

static int save_checkpoints(struct state *state, int64_t now_mono_ms) {
        int64_t oldest_ms = 0;
        int r = 0;

        state->waits_for_acks = false;
        for (uint32_t i = 0; r == 0 && i < state->link_count; i++) {
                const struct state_link *link = &state->links[i];

                if (!checkpoint_is_owed(link->checkpoint))
                        continue;

                int64_t age_ms = now_mono_ms - link->checkpoint->filled_mono_ms;

                if (!acks_reached(link->acks, link->checkpoint->owed)) {
                        state->waits_for_acks = true;
                        if (age_ms > oldest_ms)
                                oldest_ms = age_ms;
                        continue;
                }
                r = save_checkpoint(state, link);
                if (r == 0)
                        found_there(state, now_mono_ms);
                else if (age_ms > oldest_ms)
                        oldest_ms = age_ms;
        }
        stat_set(STAT_CHECKPOINT_AGE_MS, oldest_ms);
        return r;
}

/* --- requests --------------------------------------------------------------------------------- */

/* For elders whose stored states have another version or are damaged, have Kafka read back. */
static int note_refused(struct checkpoint_restored *restored) {
        int r = checkpoint_restored_note_refused(restored, blob_is_readable);

        if (r < 0 || restored->refused_count == 0)
                return r;
        restored->read_back_ms = restored->saved_time_ms > STATE_READ_BACK_MS
                                         ? restored->saved_time_ms - STATE_READ_BACK_MS
                                         : 1;
        log_event(LOG_ERROR, "V2305",
                  "stored states cannot be read: kafka is read back for these elders", "partition",
                  log_number(restored->partition), "elders", log_number(restored->refused_count),
                  NULL);
        return 0;
}

/* Answer all requests without Redis: the states are rebuilt from Kafka. */
static void take_without(struct state *state) {
        int64_t count = 0;
        void *item;

        while (ring_peek(&state->requests, 1, &item)) {
                const struct state_request *request = item;
                struct checkpoint_restored *restored = calloc(1, sizeof(*restored));

                if (!restored)
                        break; /* the next turn tries again */
                restored->partition = request->partition;
                restored->generation = request->generation;
                restored->provisional = true;
                restored->read_back_ms = clock_wall_ms() - STATE_READ_BACK_MS;
                for (int lane = 0; lane < LANE_COUNT; lane++)
                        restored->next_offset[lane] = restored->judged_to[lane] =
                                CHECKPOINT_OFFSET_NONE;
                state->owes_back = true; /* first: without STATE_BACK it stays provisional */
                tell_feed(state, &(struct state_answer){.type = STATE_TAKEN,
                                                        .partition = request->partition,
                                                        .restored = restored});
                ring_release(&state->requests, 1);
                count++;
        }
        if (count)
                log_event(LOG_ERROR, "V2306",
                          "redis is away: kafka is read back instead of what was stored",
                          "partitions", log_number(count), NULL);
}

static int take_partitions(struct state *state, int64_t now_mono_ms) {
        void *item;

        while (ring_peek(&state->requests, 1, &item)) {
                const struct state_request *request = item;
                struct checkpoint_restored *restored = NULL;
                int64_t begun_us = clock_mono_us();
                int r = store_take(state->store, request->partition, &restored);

                if (r)
                        return r;
                r = note_refused(restored);
                if (r < 0) {
                        checkpoint_restored_free(restored);
                        return r;
                }
                found_there(state, now_mono_ms);
                stat_record_us(STAT_RESTORE_SECONDS, clock_mono_us() - begun_us);
                require(restored->partition == request->partition && restored->epoch != 0,
                        "partition %d was asked for, %d taken, epoch %llu", request->partition,
                        restored->partition, (unsigned long long)restored->epoch);
                restored->generation = request->generation;
                tell_feed(state, &(struct state_answer){.type = STATE_TAKEN,
                                                        .partition = request->partition,
                                                        .restored = restored});
                ring_release(&state->requests, 1);
        }
        return 0;
}

/* --- the turn --------------------------------------------------------------------------------- */

int state_turn(struct state *state, int64_t now_mono_ms) {
        int r = 0;

        atomic_store_explicit(&state->heartbeat_mono_ms, now_mono_ms, memory_order_relaxed);
        if (is_given_up(state, now_mono_ms))
                take_without(state);
        if (now_mono_ms < state->retry_mono_ms)
                return (int)(state->retry_mono_ms - now_mono_ms);

        /* Checkpoints first: before a partition is taken again, its last one must be in Redis. */
        r = save_checkpoints(state, now_mono_ms);
        if (r == 0)
                r = take_partitions(state, now_mono_ms);
        if (r == 0 && now_mono_ms - state->pinged_mono_ms >= PING_MS) {
                r = store_ping(state->store);
                if (r == 0)
                        found_there(state, now_mono_ms);
        }
        if (r) {
                found_away(state, now_mono_ms);
                return state->backoff_ms;
        }
        return PING_MS;
}

/* --- the thread --------------------------------------------------------------------------------- */

/* The second check of doorbell.h. While Redis is away there is no work before the retry, except requests that are
 * answered without it. */
static bool has_work(struct state *state) {
        void *item;

        if (atomic_load_explicit(&state->stop, memory_order_acquire)) /* O2 <- O1 */
                return true;
        if (state->retry_mono_ms)
                return is_given_up(state, clock_mono_ms()) &&
                       ring_peek(&state->requests, 1, &item) > 0;
        if (ring_peek(&state->requests, 1, &item))
                return true;
        for (uint32_t i = 0; i < state->link_count; i++) {
                const struct state_link *link = &state->links[i];

                /* Handed over after the last turn: acks_bell was not armed for it, so a turn must look at it. */
                if (checkpoint_is_owed(link->checkpoint) &&
                    (!state->waits_for_acks || acks_reached(link->acks, link->checkpoint->owed)))
                        return true;
        }
        return false;
}

static void *state_run(void *context) {
        struct state *state = context;

        while (!atomic_load_explicit(&state->stop, memory_order_acquire)) { /* O2 <- O1 */
                int wait_ms = state_turn(state, clock_mono_ms());

                doorbell_arm(&state->bell);
                if (state->waits_for_acks)
                        doorbell_arm(&state->acks_bell);
                if (has_work(state))
                        doorbell_disarm(&state->bell);
                else
                        doorbell_sleep(&state->bell, wait_ms);
                doorbell_disarm(&state->acks_bell);
        }
        return NULL;
}

int state_start(struct state *state) {
        int r = -pthread_create(&state->thread, NULL, state_run, state);

        if (r < 0)
                return err_raise(r);
        state->running = true;
        return 0;
}

void state_stop(struct state *state) {
        if (!state->running)
                return;
        atomic_store_explicit(&state->stop, true, memory_order_release); /* O1 -> O2 */
        doorbell_ring(&state->bell);
        pthread_join(state->thread, NULL);
        state->running = false;
}

int state_init(struct state *state, const struct conf *conf, const struct state_link *links,
               uint32_t link_count, struct doorbell *consumer_bell) {
        int32_t partitions = conf->kafka.partitions;
        int r;

        *state = (struct state){.link_count = link_count,
                                .consumer_bell = consumer_bell,
                                .partition_count = partitions,
                                .pinged_mono_ms = INT64_MIN / 2,
                                .bell.fd = -1};
        r = doorbell_init(&state->bell);
        if (r == 0) {
                state->acks_bell.fd = state->bell.fd;
                r = ring_init(&state->requests, REQUEST_SLOTS, sizeof(struct state_request), 0);
        }
        if (r == 0)
                r = ring_init(&state->answers, REQUEST_SLOTS, sizeof(struct state_answer), 0);
        if (r == 0) {
                state->links = calloc(link_count, sizeof(*links));
                state->append_time_ms = calloc((size_t)partitions, sizeof(*state->append_time_ms));
                r = state->links && state->append_time_ms ? 0 : err_raise(-ENOMEM);
        }
        if (r == 0)
                r = store_new(&state->store, conf);
        if (r < 0) {
                state_fini(state);
                return err_trace(r);
        }
        if (link_count > 0) /* no link, no array */
                memcpy(state->links, links, link_count * sizeof(*links));
        for (int32_t i = 0; i < partitions; i++)
                for (int lane = 0; lane < LANE_COUNT; lane++)
                        atomic_init(&state->append_time_ms[i][lane], 0);
        return 0;
}

void state_fini(struct state *state) {
        void *item;

        while (state->answers.slots && ring_peek(&state->answers, 1, &item)) {
                struct state_answer *answer = item;

                checkpoint_restored_free(answer->restored);
                ring_release(&state->answers, 1);
        }
        ring_fini(&state->requests);
        ring_fini(&state->answers);
        store_free(state->store);
        free(state->links);
        free(state->append_time_ms);
        if (state->bell.fd >= 0)
                doorbell_fini(&state->bell);
        *state = (struct state){.bell.fd = -1};
}

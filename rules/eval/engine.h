/* SPDX-License-Identifier: MIT
 *
 * Step 5 of 11. Engine: events and ticks in, verdicts out; the pure heart of Vigil.
 *
 * One engine is one shard: it owns the state of its elders and has one writer. It is a pure
 * function of (rule set, registry, ordered events and ticks): no clock, no I/O, no log, no
 * lock; the same code runs live, in `vigil test` and in a replay. It links libc and threads only.
 *
 * Thread: every call on one engine comes from its one owner, except engine_swap() which is for any
 * one other thread. Blocks: never. Allocates: only in engine_new(), engine_elder_put() and
 * engine_partition_*(), never for an event or a tick.
 */
#ifndef VIGIL_RULES_EVAL_ENGINE_H
#define VIGIL_RULES_EVAL_ENGINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/alert.h"
#include "common/event.h"

struct rule_set; /* immutable, compiled by rules/lang: see rules/eval/set/rule_set.h */
struct engine;

enum {
        ELDER_DEVICES_MAX = 16,
        ELDER_WORDS_MAX = 8,
        ELDER_WORD_BYTES = 24,
        ELDER_DISTRICTS_MAX = 4
};

/* What the engine must know of an elder; built from the registry by rules/feed. */
struct elder_profile {
        char elder_id[ELDER_ID_BYTES];
        uint32_t elder_hash;
        int32_t partition;
        char care_level[ELDER_WORD_BYTES];
        char districts[ELDER_DISTRICTS_MAX][ELDER_WORD_BYTES]; /* own first, then what it lies in */
        uint8_t district_count;
        char site[ELDER_WORD_BYTES];
        char conditions[ELDER_WORDS_MAX][ELDER_WORD_BYTES];
        uint8_t condition_count;
        char tags[ELDER_WORDS_MAX][ELDER_WORD_BYTES];
        uint8_t tag_count;
        bool lives_alone;
        int birth_year;      /* 0: not known */
        double latitude_deg; /* of the home, WGS-84; NAN: not known */
        double longitude_deg;
        struct {
                char device_id[DEVICE_ID_BYTES];
                uint32_t device_hash;
                char device_class[ELDER_WORD_BYTES];
                char room[ELDER_WORD_BYTES];
                char wearing_position[16];
                int64_t heartbeat_ms;
                int64_t commissioned_time_ms;
        } devices[ELDER_DEVICES_MAX];
        uint8_t device_count;
};

enum { VERDICT_HISTORY_MAX = ALERT_HISTORY_MAX };

/* What the engine found: one transition of one alert. Lives only during the callback; the texts
 * (title, advice, ladder) stay in the rule set, see verdict_to_alert() in rules/alert.
 *
 * device_id and event_id are of the event that began the episode; event_id is "registered" for a
 * device never heard and "silent" for one heard no more. Times are of the event, or of the deadline
 * (then received_time_ms and received_us are 0), that made this transition. @limit is in the kind's
 * unit, for quiet and offline in seconds. Numbers that mean nothing here are NAN; times and counts 0. */
struct verdict {
        uint32_t rule_index;
        const struct rule_set *rule_set; /* the one that judged; valid during the callback */
        const char *elder_id;
        enum alert_transition transition;
        enum severity severity;
        uint64_t first_event_key; /* names the episode: alert_id = rule + elder + this */
        char device_id[DEVICE_ID_BYTES];
        char room[ELDER_WORD_BYTES]; /* of that device; "": not known, or worn */
        char event_id[EVENT_ID_TEXT_BYTES];
        int64_t event_time_ms;
        int64_t received_time_ms;
        int64_t received_us; /* 0: made by a tick */
        int64_t now_ms;
        int64_t late_ms;
        uint16_t kind;
        double value;
        double limit;
        int64_t duration_ms;
        uint32_t samples;
        uint8_t confidence_pct;
        bool overridden;
        bool drill;
        int64_t since_ms;       /* event time at which the condition began */
        int64_t needed_ms;      /* how long it had to last */
        uint8_t needed_samples; /* how many samples had to agree */
        uint8_t history_count;
        struct alert_sample history[VERDICT_HISTORY_MAX]; /* the last ones judged, oldest first */
};

/* Called on the owner's thread. Must not call back into the engine. */
typedef void (*verdict_sink)(void *context, const struct verdict *verdict);

/* Called on the owner's thread, within engine_events(), for each event of an elder who is not in the
 * registry; @samples as given there. Must not call back into the engine. */
typedef void (*unknown_elder_sink)(void *context, const struct event *event,
                                   const unsigned char *samples);

struct engine_options {
        uint32_t elders_expected; /* sizes the tables, which grow by doubling */
        verdict_sink sink;
        unknown_elder_sink unknown; /* or NULL: they are only counted */
        void *context;              /* of both sinks */
        int64_t settle_ms; /* after a partition is opened nobody is called overdue for this long,
                            * so that what waits in Kafka is read first; 0: 60 s, < 0: none
                            * (and 60 s after nobody listened) */
};

int engine_new(struct engine **ret, const struct engine_options *options,
               const struct rule_set *rules, int64_t now_ms);
struct engine *engine_free(struct engine *engine);

/* Add or change an elder. State of unchanged rules and devices is kept.
 * Return: 0; -ENOMEM, -E2BIG (more rules than a block holds), -ENOSPC (65,535 device classes and
 * rooms), and nothing has changed. */
int engine_elder_put(struct engine *engine, const struct elder_profile *profile, int64_t now_ms);
void engine_elder_remove(struct engine *engine, const char *elder_id, uint32_t elder_hash);

/* Judge a batch, in order. Prefetches ahead, so more than one event a call pays.
 * @samples[i]: sample block of events[i], or NULL; @samples itself may be NULL.
 * An event of an elder that is not in the registry is counted and skipped; a duplicate
 * (device, boot, sequence) as well. KIND_LISTENING is of no elder: it says that silence means something
 * (rules/eval/memory/listening.h). */
void engine_events(struct engine *engine, const struct event *events,
                   const unsigned char *const *samples, uint32_t count, int64_t now_ms);

/* Fire what is due. Call at least every 250 ms, with or without traffic. Does a bounded amount of work
 * (well under a millisecond); when more is due, engine_next_due_ms() is 0: judge what events wait and
 * call again. */
void engine_tick(struct engine *engine, int64_t now_ms);

/* Milliseconds until the next deadline (0: due now, -1: none), for the owner's sleep. */
int64_t engine_next_due_ms(const struct engine *engine, int64_t now_ms);

/* It is @now_ms, and that is @ahead_ms ahead of the wall clock: the owner's clock does not follow when that is
 * set back (> 0) or forward (< 0), so that no deadline moves (common/steady_clock.h). Verdicts and local times of
 * day go by the wall clock. What ingest stamped may have moved with our wall clock or not (another host): of both
 * readings the later one that is not in the future counts, and what is in the future by both was
 * received now. States restored from a clock ahead of @now_ms are brought into our time. */
void engine_set_clock(struct engine *engine, int64_t now_ms, int64_t ahead_ms);

/* --- rule sets ----------------------------------------------------------------------------- */

/*
 * Ordering pairs. Every release names the acquire that sees it:
 *
 *      S1 engine_swap     set filled        ->  T1 engine_events, engine_tick  set read
 *      S2 the same calls  old set let go    ->  T2 engine_rules_in_force       owner frees it
 *
 * Proof: tests/models/swap.pml (fails with -DBROKEN), tests/stress/swap.c (TSan).
 */

/* Thread: any one other thread. Blocks: never. Offer a new rule set. The engine takes it up at its next
 * call (quiescent point): from then on every judgement is by the new one, and the state of rules
 * with the same id goes on, running timers included (docs/engine.md tells what a changed limit
 * does to them).
 * Return: a set offered before and never taken up, which may be freed now, or NULL. */
const struct rule_set *engine_swap(struct engine *engine, const struct rule_set *rules);

/* Thread: any. Blocks: never. The rule set in force: once it equals the new one, the old may be freed. */
const struct rule_set *engine_rules_in_force(const struct engine *engine);

/* Thread: any. Blocks: never. The set last refused because its plans did not fit into memory, or NULL.
 * The former one stays in force; the refused one may be freed. */
const struct rule_set *engine_rules_refused(const struct engine *engine);

/* --- checkpoints ------------------------------------------------------------------------------ */

/* Write the state of every elder changed since it was last saved: one call of @put per elder.
 * @blob is versioned and stands on its own (rule ids, not indices). Return: elders written. */
typedef void (*state_put)(void *context, int32_t partition, const char *elder_id, const void *blob,
                          size_t blob_bytes);
uint32_t engine_save_dirty(struct engine *engine, state_put put, void *context);

/* The same, at most @most elders, so that others need not wait. What changes before the rest is saved is saved
 * again: only when none are left do the copies belong together. Return: whether any are left. */
bool engine_save_some(struct engine *engine, uint32_t most, state_put put, void *context);

/* The saved copy of @partition is gone (Redis emptied or rolled back): the next engine_save_dirty()
 * writes every elder of it again. */
void engine_mark_dirty(struct engine *engine, int32_t partition);

/* Bring back what engine_save_dirty() wrote. The elder may not be in the registry yet; state waits for it.
 * Return: 0, ENGINE_STATE_REFUSED (not a blob of a version we read), -ENOMEM. */
enum { ENGINE_STATE_REFUSED = 1 };
int engine_elder_restore(struct engine *engine, int32_t partition, const char *elder_id,
                         const void *blob, size_t blob_bytes);

/* Would engine_elder_restore() take it? Thread: any. */
bool engine_state_is_readable(const void *blob, size_t blob_bytes);

/* Before a restore: whatever this engine still knows of the elders of @partition is of another time. */
void engine_partition_forget(struct engine *engine, int32_t partition);

/* Has @profile every device that the elder's waiting state, if there is one, tells of? What the others left would be
 * dropped with them. */
bool engine_knows_devices(struct engine *engine, const struct elder_profile *profile);

/* Partitions this engine owns. Events and deadlines of others' elders do nothing: an elder whose
 * partition is not open has no running deadlines. Open after the restore: deadlines that passed
 * while nobody watched are settled silently first and only what is really overdue is raised. */
int engine_partition_open(struct engine *engine, int32_t partition, int64_t now_ms);

/* What waits in Kafka is not read yet: the time without overdue (settle_ms) begins now in every open
 * partition. Happenings and their deadlines go on. */
void engine_settle_anew(struct engine *engine, int64_t now_ms);
void engine_partition_close(struct engine *engine, int32_t partition);

/* Events of hours are read again, lane by lane: what a happening of then waits for, a cancel or a sign of life, may
 * come long after it. Until @until_ms, 0: until now, one whose time was over before the partition was opened
 * is not told. What happens now is told in its time. */
void engine_partition_reads_back(struct engine *engine, int32_t partition, int64_t until_ms,
                                 int64_t now_ms);

/* --- counters (read by the owner, published by it) --------------------------------------------- */

struct engine_stats {
        uint64_t events;
        uint64_t duplicates;
        uint64_t unknown_elders;     /* events of elders who are not in the registry */
        uint64_t not_ours;           /* events of partitions not open here */
        uint64_t unlisted_devices;   /* judged, but the registry gives this elder no such device */
        uint64_t restarted_counters; /* devices that lost their count without a new boot number */
        uint64_t late_events;        /* more than two minutes old when judged */
        uint64_t rules_run;
        uint64_t verdicts;
        uint64_t timers_fired;
        uint64_t episodes;  /* begun: vitals over their limit, alarms */
        uint64_t dismissed; /* happenings that a sign of life followed before they were confirmed */
        uint64_t
                motion_unjudged; /* blocks of acceleration in which no fall could be sought: where the device is worn is not
        * known, or it is not worn, stuck, or not 1 g at rest */
        uint64_t inhibited;      /* raises held back while another rule explained them */
        uint64_t flaps_held;     /* raises not told because the alert flaps */
        uint64_t episodes_lost;  /* no memory: a duration could not be begun */
        uint64_t overrides_lost; /* no memory: the rule's own values hold instead */
        uint32_t elders;
        uint32_t
                blind; /* pairs of elder and quiet rule without any sign of life so far: not judged */
        uint32_t deaf_partitions; /* open, and who should listen for them does not */
        uint32_t states_waiting;  /* restored, their elder is not in the registry yet */
        uint32_t plans;           /* kinds of elder, as the rules see them */
        size_t bytes;             /* all memory of the engine */
        size_t bytes_per_elder;   /* of that, what grows with elders */
};
void engine_stats(const struct engine *engine, struct engine_stats *ret);

#endif

/* SPDX-License-Identifier: MIT
 *
 * Judge: what the files of the conditions share. Each has two entrances (rules/eval/core/condition_ops.h): an
 * event that a rule reads, and a deadline. They read the condition, change the elder's state for
 * that rule and tell transitions through engine_emit().
 *
 * Thread: the engine's owner. Blocks: never. Allocates: never.
 */
#ifndef VIGIL_RULES_EVAL_CORE_JUDGE_H
#define VIGIL_RULES_EVAL_CORE_JUDGE_H

#include "rules/eval/core/episode.h"
#include "rules/eval/engine.h"
#include "rules/eval/memory/elder.h"
#include "rules/eval/set/rule_set_tables.h"

enum {
        LATE_MS = 2 * 60 * 1000, /* older than this is late */
        CANCEL_SKEW_MS = 5000,   /* two clocks may differ by this: in a cancel, between programs */
        HOME_SIGN_MS = 5 * 60 * 1000, /* a sign of life at home this long after leaving: is back */
        GRACE_MAX_MS = 60 * 60 * 1000,
        WATCHED_MS = 1000,    /* what was due this shortly before opening was still being watched */
        BATCH_MS = 10 * 1000, /* what a device has stored comes within this */
};

#define DEADLINE_NONE INT64_MAX

/* One event being judged. */
struct moment {
        struct engine *engine;
        struct elder *elder;
        uint32_t handle;
        const struct event *event;
        const unsigned char *samples; /* its block, or NULL; not aligned */
        int64_t now_ms;
        int64_t time_ms;     /* event time; the future counts as now */
        int64_t received_ms; /* by our clock; at most CANCEL_SKEW_MS in the future */
        int64_t late_ms;     /* > 0: older than LATE_MS when judged */
        uint8_t device;      /* index or DEVICE_UNLISTED */
        bool buffered;       /* reached us long after it happened: completes and clears nothing */
        bool may_clear;      /* the sender is authenticated and the event is not buffered */
};

/* A deadline being looked at, or a transition without an event. */
struct due {
        struct engine *engine;
        struct elder *elder;
        int64_t now_ms;
        bool changed; /* set by the judge: something must be saved */
};

/* What to tell; everything not set is taken from the rule and the elder. */
struct finding {
        uint16_t rule;
        bool overridden;
        enum alert_transition transition;
        struct cause cause;        /* names the episode */
        const char *event_text;    /* instead of the cause's id: "registered", the event's own */
        const struct event *event; /* made by this one; NULL: by a deadline */
        int64_t event_time_ms;
        int64_t received_time_ms;
        int64_t now_ms;
        int64_t late_ms;
        uint16_t kind;
        double value;
        double limit;
        int64_t duration_ms;
        uint32_t samples;
        uint8_t confidence_pct;
        bool drill;
        uint8_t severity; /* 0: the rule's own */
        int64_t since_ms; /* see struct verdict for these */
        int64_t needed_ms;
        uint8_t needed_samples;
        uint8_t history_count;
        struct alert_sample history[VERDICT_HISTORY_MAX];
};

static inline struct cause cause_of(const struct moment *moment) {
        return (struct cause){
                .sequence = event_serial(moment->event),
                .boot = moment->event->boot_id,
                .device = moment->device,
        };
}

/* --- engine.c: what judges call --------------------------------------------------------------- */

/* Tell, unless a gate holds it back (rules/eval/core/gate.h). */
void engine_emit(struct engine *engine, const struct elder *elder, const struct finding *finding);
/* Tell, whatever the gates say: for gate.c. */
void engine_tell(struct engine *engine, const struct elder *elder, const struct finding *finding);

/* The episode of the rule, if there is one; begin one, zeroed; end it. See rules/eval/core/episode.h. */
struct episode *engine_episode(const struct engine *engine, const struct elder *elder,
                               uint32_t id_hash, enum plan_form form);
/* The same of a rule that tells devices apart: the one of @device. */
struct episode *engine_episode_of(const struct engine *engine, const struct elder *elder,
                                  uint32_t id_hash, enum plan_form form, uint8_t device);
struct episode *engine_begin(struct engine *engine, struct elder *elder, uint32_t id_hash,
                             enum rule_condition_type type, enum plan_form form);
void engine_end(struct engine *engine, struct elder *elder, const struct episode *episode);

/* The elder's next episode of any rule: after @episode, NULL for the first. Return: NULL at the end. */
struct episode *engine_episode_after(const struct engine *engine, const struct elder *elder,
                                     const struct episode *episode);

/* A block of acceleration in which no fall could be sought. */
void engine_motion_unjudged(struct engine *engine);

/* A sign of life came before a happening was confirmed: nobody is told, but it is counted. */
void engine_dismissed(struct engine *engine);

/* The first sign of life for a quiet rule: it is not blind any more. */
void engine_sighted(struct engine *engine);

/* The rule's own severity, before any steps. */
uint8_t engine_severity(const struct engine *engine, const struct plan_slot *slot);

/* When ingest received @event, by our clock: see engine_set_clock(). At most CANCEL_SKEW_MS after @now_ms. */
int64_t engine_received_ms(const struct engine *engine, const struct event *event, int64_t now_ms);

/* The elder has a deadline at @due_ms or later; @life: of life safety. */
void engine_arm(struct engine *engine, uint32_t handle, int64_t due_ms, bool life);

/* The same for the rule being judged. */
static inline void moment_arm(const struct moment *moment, const struct plan_entry *entry,
                              int64_t due_ms) {
        engine_arm(moment->engine, moment->handle, due_ms, entry->life);
}

/* The device class or room numbered @word. */
const char *engine_word(const struct engine *engine, uint16_t word);

/* Was it sent from this room? "": from any. A device the registry does not know is in none. */
static inline bool moment_in_room(const struct moment *moment, const char *room) {
        if (room[0] == '\0')
                return true;
        if (moment->device == DEVICE_UNLISTED)
                return false;
        return strcmp(engine_word(moment->engine,
                                  elder_cold(moment->elder)->devices[moment->device].room),
                      room) == 0;
}

/* When the elder's partition was opened; deadlines that passed before are settled. */
int64_t engine_opened_ms(const struct engine *engine, const struct elder *elder);
/* Until when nobody is called overdue after that. */
int64_t engine_settled_ms(const struct engine *engine, const struct elder *elder);
/* When what waits until @ends_ms may be told: then, or once the past has been read again. */
int64_t engine_ends_ms(const struct engine *engine, const struct elder *elder, int64_t ends_ms);
/* From when on silence says something: as engine_settled_ms(), and after @now_ms while we are deaf. For whatever
 * is told because nothing came. */
int64_t engine_hears_ms(const struct engine *engine, const struct elder *elder, int64_t now_ms);
/* How much of the time since @since_ms we were deaf: rules/eval/memory/listening.h. */
int64_t engine_unheard_ms(const struct engine *engine, const struct elder *elder, int64_t since_ms);

/* --- where and when a rule holds ---------------------------------------------------------------- */

/* Inside during:, and not unless: away. Outside nothing begins and nothing is raised. */
static inline bool condition_holds(const struct rule_condition *condition,
                                   const struct elder *elder, int64_t time_ms) {
        if (condition->unless_away && (elder->flags & ELDER_AWAY))
                return false;
        return condition->during_count == 0 ||
               day_slot_now(condition->during, condition->during_count, &elder->plan->calendar,
                            time_ms);
}

/* --- beside the devices ------------------------------------------------------------------------- */

void level_judge(const struct moment *moment, const struct plan_entry *entry,
                 const struct rule_condition *condition);

/* The device of the moment was heard; called before its last_seen_ms is moved on. */
void offline_heard(const struct moment *moment, struct device_row *row);

#endif

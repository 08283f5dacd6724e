/* SPDX-License-Identifier: MIT
 *
 * Lasting: what must hold for some time, in enough samples, before it is told. The part that vitals, the
 * validity of a sensor, scores and parts share: struct lasting_state from the first
 * sample that breaks the limit to the one that clears.
 *
 * Time is event time. Two ways to ask for samples:
 *
 *      min_samples          so many since the limit was broken, and not one within it between them
 *      min_samples, out_of  k of n: so many of the last n, whatever lies between. `for` counts from when
 *                           enough of them had come together; it is over when none of the last n breaks
 *                           the limit, so that a noisy sensor does not raise and clear by turns.
 *
 * Thread: the engine's owner. Blocks: never. Allocates: as episode_begin().
 */
#ifndef VIGIL_RULES_EVAL_CORE_LASTING_H
#define VIGIL_RULES_EVAL_CORE_LASTING_H

#include "rules/eval/core/judge.h"

enum lasting_phase { LASTING_PENDING = 1, LASTING_ACTIVE };

enum { LASTING_HISTORY = 7 };

/* A limit broken for some time: of a vital, of a sensor's validity, of parts, of a zone. */
struct lasting_state {
        uint64_t sequence;
        int64_t since_ms;  /* event time of the first sample over the limit */
        int64_t newest_ms; /* event time of the newest valid sample */
        uint32_t boot;
        uint8_t device;
        uint8_t phase;      /* enum lasting_phase */
        uint8_t samples;    /* over the limit since then, stays at 255 */
        uint8_t severity;   /* as last told; 0: none was */
        uint32_t last_n;    /* k of n: bit i: the i-th sample before the newest was over */
        uint8_t history_at; /* where the next one goes */
        uint8_t reserved[3];
        int64_t enough_ms; /* k of n: event time since which enough were over; 0: they are not */
        int64_t severe_ms; /* event time of the newest sample as severe as told */
        struct {
                uint32_t after_ms; /* since_ms */
                float value;
        } history
                [LASTING_HISTORY]; /* the newest judged, for the evidence; value NAN: not there yet */
};

_Static_assert(sizeof(struct lasting_state) == 112, "checkpoints hold it as it is");

_Static_assert(sizeof(struct episode) + sizeof(struct lasting_state) <= 128,
               "a vital is two cache lines");

static inline struct lasting_state *episode_vital(struct episode *episode) {
        return (struct lasting_state *)episode->state;
}

/* Of what begins with a struct lasting_state, for the rows of forms. */
bool lasting_is_sound(const void *state);
void lasting_set_back(void *state, int64_t by_ms);

/* What is asked for. */
struct lasting_need {
        int64_t for_ms;
        uint8_t min_samples; /* at least 1 */
        uint8_t out_of;      /* 0: without a break */
};

/* Begin an episode of @form with the event at hand as its cause: pending, no sample counted yet.
 * Return: NULL when there is no memory. */
struct episode *lasting_begin(const struct moment *moment, const struct plan_entry *entry,
                              enum rule_form form);

/* Begin anew in the same place: what was counted so far has nothing to do with what comes. */
void lasting_restart(struct lasting_state *state, const struct moment *moment);

/* A sample that breaks the limit. */
void lasting_broken(struct lasting_state *state, const struct lasting_need *need, int64_t time_ms);

/* One that does not. Return: whether what was pending is over. */
bool lasting_kept(struct lasting_state *state, const struct lasting_need *need);

/* Has it lasted, as of an event at @time_ms? */
bool lasting_long_enough(const struct lasting_state *state, const struct lasting_need *need,
                         int64_t time_ms);

/* Keep a reading as evidence. Those from before the episode are not. */
void lasting_keep(struct lasting_state *state, int64_t time_ms, double value);

/* --- severity ----------------------------------------------------------------------------------- */

/* What no steps may be. Return: why, or NULL when they are sound. */
const char *lasting_refuse_severities(const struct condition_severities *steps);

/* The severity of @measure: the last step reached, none: @own, the rule's. */
uint8_t lasting_severity_of(const struct condition_severities *steps, double measure, uint8_t own);

/* What is raised has @severity by the sample at @time_ms. More severe counts at once; less severe when no
 * sample within @calm_ms was as severe as told, and only when the sample @may_lower it.
 * Return: whether another severity is to be told; it is noted then. */
bool lasting_severity(struct lasting_state *state, uint8_t severity, int64_t time_ms,
                      int64_t calm_ms, bool may_lower);

/* --- telling ------------------------------------------------------------------------------------ */

/* A finding of the event at hand (or of a deadline) about @state, with all that is evident: cause, times,
 * duration, samples, needs, history, severity. What it measured (value, limit) is the caller's. */
struct finding lasting_found(const struct moment *moment, const struct plan_slot *slot,
                             const struct lasting_state *state, const struct lasting_need *need,
                             enum alert_transition transition);
struct finding lasting_found_due(const struct moment_due *due, const struct plan_slot *slot,
                                 const struct lasting_state *state, const struct lasting_need *need,
                                 int64_t event_time_ms, enum alert_transition transition);

/* --- during: ------------------------------------------------------------------------------------ */

/* Does a duration that began at @since_ms reach to @time_ms without a break, as far as the rule's times of day
 * go? Not when the present one began later. Call it where condition_holds(). */
bool lasting_same_slot(const struct rule_condition *condition, const struct elder *elder,
                       int64_t since_ms, int64_t time_ms);

#endif

/* SPDX-License-Identifier: MIT
 *
 * Lasting: a condition that must hold for some time, in enough samples, before it is raised. Vitals, the validity of
 * a sensor, scores, parts and zones share it: struct lasting_state covers the time from the first sample beyond the
 * limit to the one that clears.
 *
 * Time is event time. There are two ways to count samples:
 *
 *      min_samples          this many since the limit was crossed, without one within the limit between them
 *      min_samples, out_of  k of n: this many of the last n. `for` counts from when there were enough of them. It is
 *                           over when none of the last n is beyond the limit, so that a noisy sensor does not
 *                           raise and clear repeatedly.
 *
 * Thread: the engine's owner. Blocks: never. Allocates: as episode_begin().
 */
#ifndef VIGIL_RULES_EVAL_CORE_LASTING_H
#define VIGIL_RULES_EVAL_CORE_LASTING_H

#include "rules/eval/core/judge.h"

enum lasting_phase { LASTING_PENDING = 1, LASTING_ACTIVE };

enum { LASTING_HISTORY = 7 };

/* A limit that is exceeded: of a vital, of a sensor's validity, of parts, of a zone. */
struct lasting_state {
        uint64_t sequence; /* with boot and device: the event that began it */
        int64_t since_ms;  /* event time of the first sample beyond the limit */
        int64_t newest_ms; /* event time of the newest valid sample */
        uint32_t boot;
        uint8_t device;
        uint8_t phase;      /* enum lasting_phase */
        uint8_t samples;    /* beyond the limit since then; stops at 255 */
        uint8_t severity;   /* as last reported; 0: not yet */
        uint32_t last_n;    /* k of n, bit i: the i-th sample before the newest was beyond */
        uint8_t history_at; /* index of the next entry */
        uint8_t reserved[3];
        int64_t enough_ms; /* k of n: event time since which enough are beyond; 0: not enough */
        int64_t severe_ms; /* event time of the newest sample as severe as reported */
        /* The newest samples, for the evidence; value NAN: no sample yet. */
        struct {
                uint32_t after_ms; /* after since_ms */
                float value;
        } history[LASTING_HISTORY];
};

_Static_assert(sizeof(struct lasting_state) == 112, "checkpoints hold it as it is");

_Static_assert(sizeof(struct episode) + sizeof(struct lasting_state) <= 128,
               "a vital is two cache lines");

static inline struct lasting_state *episode_vital(struct episode *episode) {
        return (struct lasting_state *)episode->state;
}

/* For form_ops of a state that begins with a struct lasting_state. */
bool lasting_is_sound(const void *state);
void lasting_set_back(void *state, int64_t by_ms);

/* What the rule requires. */
struct lasting_need {
        int64_t for_ms;
        uint8_t min_samples; /* at least 1 */
        uint8_t out_of;      /* 0: consecutive samples */
};

/* Begin an episode of @form with the event at hand as its cause: pending, with no sample counted yet. Return: NULL if
 * there is no memory. */
struct episode *lasting_begin(const struct moment *moment, const struct plan_entry *entry,
                              enum rule_form form);

/* Start again in the same episode: what was counted so far has nothing to do with what follows. */
void lasting_restart(struct lasting_state *state, const struct moment *moment);

/* Count a sample beyond the limit. */
void lasting_broken(struct lasting_state *state, const struct lasting_need *need, int64_t time_ms);

/* Count a sample within the limit. Return: whether the limit is no longer exceeded: at once or, with k of n, when
 * none of the last n is beyond it. */
bool lasting_kept(struct lasting_state *state, const struct lasting_need *need);

/* Has it lasted long enough, in enough samples, as of an event at @time_ms? */
bool lasting_long_enough(const struct lasting_state *state, const struct lasting_need *need,
                         int64_t time_ms);

/* Store a sample as evidence, unless it is from before the episode. */
void lasting_keep(struct lasting_state *state, int64_t time_ms, double value);

/* --- severity ----------------------------------------------------------------------------------- */

/* Check the steps. Return: why they are not sound (a constant string), or NULL. */
const char *lasting_refuse_severities(const struct condition_severities *steps);

/* The severity of @measure: that of the last step reached; if none is, @own, the rule's. */
uint8_t lasting_severity_of(const struct condition_severities *steps, double measure, uint8_t own);

/* Update the severity of an alert to @severity, by the sample at @time_ms. A higher severity applies at once. A lower
 * one applies if no sample within @calm_ms was as severe as reported, and only if this sample @may_lower it. Return:
 * whether another severity is to be reported; it has been stored. */
bool lasting_severity(struct lasting_state *state, uint8_t severity, int64_t time_ms,
                      int64_t calm_ms, bool may_lower);

/* --- telling ------------------------------------------------------------------------------------ */

/* A finding about @state from the event at hand (or from a deadline), with the evidence: cause, times, duration,
 * samples, needs, history, severity. The caller sets what was measured (value, limit). */
struct finding lasting_found(const struct moment *moment, const struct plan_slot *slot,
                             const struct lasting_state *state, const struct lasting_need *need,
                             enum alert_transition transition);
struct finding lasting_found_due(const struct moment_due *due, const struct plan_slot *slot,
                                 const struct lasting_state *state, const struct lasting_need *need,
                                 int64_t event_time_ms, enum alert_transition transition);

/* --- during: ------------------------------------------------------------------------------------ */

/* Does a duration that began at @since_ms reach @time_ms without leaving during:? Slots without a gap between them
 * count as one. Call this only where condition_holds(). */
bool lasting_same_slot(const struct rule_condition *condition, const struct elder *elder,
                       int64_t since_ms, int64_t time_ms);

#endif

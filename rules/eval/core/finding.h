/* SPDX-License-Identifier: MIT
 *
 * Finding: what a condition has found, and how it becomes the verdict for the sink.
 *
 * Thread: the engine's owner. Blocks: never. Allocates: never.
 */
#ifndef VIGIL_RULES_EVAL_CORE_FINDING_H
#define VIGIL_RULES_EVAL_CORE_FINDING_H

#include "rules/eval/core/moment.h"
#include "rules/eval/core/verdict.h"

/* What to report; what is not set is taken from the rule and the elder. */
struct finding {
        uint16_t rule;
        bool overridden;
        enum alert_transition transition;
        struct moment_cause cause; /* identifies the episode */
        const char *event_text;    /* replaces the id of the cause: "registered", the event's own */
        const struct event *event; /* the event that caused it; NULL: a deadline */
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

/* Report a finding, bypassing the gates (rules/eval/core/gate.h). Conditions call judge_emit() instead, except for
 * late alerts. */
void finding_tell(struct engine *engine, const struct elder *elder, const struct finding *finding);

#endif

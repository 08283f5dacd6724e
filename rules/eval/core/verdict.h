/* SPDX-License-Identifier: MIT
 *
 * Verdict: what the engine tells whoever owns it, through the sinks given to engine_new().
 *
 * Thread: the engine's owner.
 */
#ifndef VIGIL_RULES_EVAL_CORE_VERDICT_H
#define VIGIL_RULES_EVAL_CORE_VERDICT_H

#include <stdbool.h>
#include <stdint.h>

#include "common/wire/alert.h"
#include "common/wire/event.h"
#include "rules/eval/rule/elder_profile.h"

struct rule_set;

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
        char device_id[EVENT_DEVICE_ID_BYTES];
        char room[ELDER_PROFILE_WORD_BYTES]; /* of that device; "": not known, or worn */
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
typedef void (*verdict_unknown_elder_sink)(void *context, const struct event *event,
                                           const unsigned char *samples);

#endif

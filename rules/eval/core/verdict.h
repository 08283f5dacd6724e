/* SPDX-License-Identifier: MIT
 *
 * Verdict: what the engine reports to its owner, through the sinks given to engine_new().
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

/* One transition of one alert. Valid only during the callback. The texts (title, advice, ladder) stay in the rule
 * set, see verdict_to_alert() in rules/alert.
 *
 * device_id and event_id are of the event that began the episode; event_id is "registered" for a device that was
 * never heard and "silent" for one that is no longer heard. Times are of the event that made this transition, or of
 * the deadline that did (then received_time_ms and received_us are 0). @limit is in the kind's unit; for quiet and
 * offline, in seconds. Numbers without a meaning are NAN; times and counts 0. */
struct verdict {
        uint32_t rule_index;
        const struct rule_set *rule_set; /* the set that was used; valid during the callback */
        const char *elder_id;
        enum alert_transition transition;
        enum severity severity;
        uint64_t first_event_key; /* identifies the episode: alert_id = rule + elder + this */
        char device_id[EVENT_DEVICE_ID_BYTES];
        char room[ELDER_PROFILE_WORD_BYTES]; /* of that device; "": not known, or worn */
        char event_id[EVENT_ID_TEXT_BYTES];
        int64_t event_time_ms;
        int64_t received_time_ms;
        int64_t received_us; /* 0: a deadline made it */
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
        struct alert_sample history[VERDICT_HISTORY_MAX]; /* latest samples, oldest first */
};

/* Called on the owner's thread. Must not call back into the engine. */
typedef void (*verdict_sink)(void *context, const struct verdict *verdict);

/* Called on the owner's thread, within engine_events(), for each event of an elder who is not in the registry.
 * @samples: as given there. Must not call back into the engine. */
typedef void (*verdict_unknown_elder_sink)(void *context, const struct event *event,
                                           const unsigned char *samples);

#endif

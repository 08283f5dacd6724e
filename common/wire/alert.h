/* SPDX-License-Identifier: MIT
 *
 * Alert: what rules tells alerting, one JSON record a transition on vigil.alerts (key = elder id,
 * docs/wire/alerts.md). The id is deterministic, so that a replay produces the same record and
 * whoever has seen it drops it.
 *
 * Thread: any. Blocks: never.
 */
#ifndef VIGIL_COMMON_WIRE_ALERT_H
#define VIGIL_COMMON_WIRE_ALERT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/wire/event.h"

enum {
        ALERT_ID_BYTES = 33, /* 32 hex digits and NUL */
        ALERT_RULE_ID_BYTES = 48,
        ALERT_LADDER_ID_BYTES = 32,
        ALERT_TEXT_BYTES = 192,    /* UTF-8, NUL included */
        ALERT_RULE_SET_BYTES = 17, /* 16 hex digits and NUL */
        ALERT_HISTORY_MAX = 8,     /* samples kept as evidence */
        ALERT_DISTRICT_BYTES = 24, /* as an id of the registry */
};

enum severity {
        SEVERITY_CRITICAL = 1, /* 紧急 red */
        SEVERITY_MAJOR = 2,    /* 重要 orange */
        SEVERITY_MINOR = 3,    /* 一般 yellow */
        SEVERITY_INFO = 4,     /* 提示 blue */
};

enum alert_class {
        ALERT_LIFE_SAFETY, /* SOS, fall, fire, gas: latches, never folded, delayed or dropped */
        ALERT_VITAL,
        ALERT_ACTIVITY,
        ALERT_TECHNICAL, /* battery, offline, off-body, tamper, mains: a queue of its own */
};

enum alert_transition {
        ALERT_RAISED,
        ALERT_SEVERITY_CHANGED,
        ALERT_CLEARED, /* the condition is over; says nothing about the response */
        ALERT_CANCELLED, /* by the wearer's button, pressed within the hold; it closes no life-safety alert */
};

/* One reading that led to an alert, in the signal's unit. */
struct alert_sample {
        int64_t time_ms; /* event time */
        double value;
};

struct alert {
        char alert_id[ALERT_ID_BYTES];
        char rule_id[ALERT_RULE_ID_BYTES];
        char rule_set[ALERT_RULE_SET_BYTES];   /* version (content hash) that judged */
        char elder_id[EVENT_ELDER_ID_BYTES];   /* "": nobody knows whose device it is */
        char device_id[EVENT_DEVICE_ID_BYTES]; /* "" when no single device is meant */
        char district[ALERT_DISTRICT_BYTES]; /* where the device says it is; "": the elder's own */
        char event_id[EVENT_ID_TEXT_BYTES];  /* first causing event; "registered" for never heard */
        enum alert_transition transition;
        enum alert_class class;
        enum severity severity;
        bool latching;
        bool drill;
        bool shadow;              /* counted, pages nobody */
        int64_t event_time_ms;    /* of the event (or deadline) that made this transition */
        int64_t received_time_ms; /* of the same event */
        int64_t raised_time_ms;   /* wall clock when judged */
        int64_t late_ms;          /* > 0: event was this old when judged, "N minutes old" */
        char ladder[ALERT_LADDER_ID_BYTES]; /* "" = pages nobody, shown on the feed only */
        char title_zh[ALERT_TEXT_BYTES], title_en[ALERT_TEXT_BYTES];
        char advice_zh[ALERT_TEXT_BYTES], advice_en[ALERT_TEXT_BYTES];

        /* Evidence: what was judged. Health data: never logged. */
        char signal[24];     /* kind name */
        double value;        /* last value, NAN when none */
        double limit;        /* limit in force, NAN when none */
        int64_t duration_ms; /* how long it had lasted, 0 when not asked */
        uint32_t samples;    /* how many samples agreed */
        uint8_t confidence_pct;
        bool overridden;        /* the limit is this elder's own */
        int64_t since_ms;       /* event time at which the condition began, 0 when not asked */
        int64_t needed_ms;      /* the `for` in force: how long it had to last */
        uint8_t needed_samples; /* the `min_samples` in force */
        uint8_t history_count;
        struct alert_sample history[ALERT_HISTORY_MAX]; /* the last ones, oldest first */

        /* Tracing of the hand-overs, microseconds of wall clock. */
        int64_t received_us, judged_us;
};

/* Does it tell of a time long past: was what it tells of over two minutes old when it reached us? Then a person must
 * see it, but nobody is called out as if it were now: the desk alone is told. Never so for life safety,
 * and not when it was we who were behind. */
bool alert_is_buffered(const struct alert *alert);

/* Does it tell of a device whose elder is not known, or of an alarm that could not be read? Ingest says it, not rules, and
 * names no ladder: the desk of the district is told, whatever the class. */
bool alert_is_unclaimed(const struct alert *alert);

/* 128 bits of (rule, elder, first event) as hex into @ret[ALERT_ID_BYTES]. @first_event_key: event_key(). */
void alert_id_make(const char *rule_id, const char *elder_id, uint64_t first_event_key, char *ret);

/* JSON text, malloc'd, the caller frees. Return: 0 or -ENOMEM. */
int alert_encode(const struct alert *alert, char **ret_json, size_t *ret_bytes);

/* Return: 0, ALERT_REFUSED with err_why(), -ENOMEM. */
enum { ALERT_REFUSED = 1 };
int alert_decode(struct alert *ret, const char *json, size_t json_bytes);

const char *severity_name(enum severity severity);                   /* "critical" */
const char *alert_class_name(enum alert_class class);                /* "life_safety" */
const char *alert_transition_name(enum alert_transition transition); /* "raised" */

#endif

/* SPDX-License-Identifier: MIT
 *
 * Alert: a record from rules to alerting, one JSON record per transition in vigil.alerts (key: elder
 * id, docs/wire/alerts.md). The id is deterministic: a replay produces the same record, and readers
 * drop an id they already have.
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
        ALERT_DISTRICT_BYTES = 24, /* size of a registry id */
};

enum severity {
        SEVERITY_CRITICAL = 1, /* 紧急 red */
        SEVERITY_MAJOR = 2,    /* 重要 orange */
        SEVERITY_MINOR = 3,    /* 一般 yellow */
        SEVERITY_INFO = 4,     /* 提示 blue */
};

enum alert_class {
        ALERT_LIFE_SAFETY, /* SOS, fall, fire, gas: latches; never merged, delayed or dropped */
        ALERT_VITAL,
        ALERT_ACTIVITY,
        ALERT_TECHNICAL, /* battery, offline, off-body, tamper, mains: has its own queue */
};

enum alert_transition {
        ALERT_RAISED,
        ALERT_SEVERITY_CHANGED,
        ALERT_CLEARED,   /* the condition has ended; independent of the response */
        ALERT_CANCELLED, /* by the wearer's button within the hold; closes no life-safety alert */
};

/* One reading that led to an alert, in the signal's unit. */
struct alert_sample {
        int64_t time_ms; /* event time */
        double value;
};

struct alert {
        char alert_id[ALERT_ID_BYTES];
        char rule_id[ALERT_RULE_ID_BYTES];
        char rule_set[ALERT_RULE_SET_BYTES];   /* version (content hash) used for evaluation */
        char elder_id[EVENT_ELDER_ID_BYTES];   /* "": the owner of the device is unknown */
        char device_id[EVENT_DEVICE_ID_BYTES]; /* "": no single device */
        char district[ALERT_DISTRICT_BYTES];   /* set by ingest: district of the topic; else "" */
        char event_id[EVENT_ID_TEXT_BYTES];    /* first causing event; "registered": never heard */
        enum alert_transition transition;
        enum alert_class class;
        enum severity severity;
        bool latching;
        bool drill;
        bool shadow;              /* counted, but pages nobody */
        int64_t event_time_ms;    /* of the event or deadline that caused this transition */
        int64_t received_time_ms; /* of the same event */
        int64_t raised_time_ms;   /* wall clock at evaluation */
        int64_t late_ms;          /* > 0: age of the event at evaluation, "N minutes old" */
        char ladder[ALERT_LADDER_ID_BYTES]; /* "": pages nobody, shown on the feed only */
        char title_zh[ALERT_TEXT_BYTES], title_en[ALERT_TEXT_BYTES];
        char advice_zh[ALERT_TEXT_BYTES], advice_en[ALERT_TEXT_BYTES];

        /* Evidence: the evaluated values. Health data: never logged. */
        char signal[24];     /* name of the kind */
        double value;        /* last value; NAN if none */
        double limit;        /* limit in force; NAN if none */
        int64_t duration_ms; /* how long the condition had lasted; 0 if not applicable */
        uint32_t samples;    /* number of matching samples */
        uint8_t confidence_pct;
        bool overridden;        /* the limits come from an override */
        int64_t since_ms;       /* event time of the start of the condition; 0 if not applicable */
        int64_t needed_ms;      /* the `for` in force: the required duration */
        uint8_t needed_samples; /* the `min_samples` in force */
        uint8_t history_count;
        struct alert_sample history[ALERT_HISTORY_MAX]; /* the last samples, oldest first */

        /* Trace of the stages: microseconds of the wall clock. */
        int64_t received_us, judged_us;
};

/* Was the event more than two minutes old when ingest received it? Then only the desk is paged, because the situation
 * may have changed. Always false for life-safety alerts. A delay after reception does not count. */
bool alert_is_buffered(const struct alert *alert);

/* Is it an alert that ingest, not rules, has raised (docs/wire/alerts.md): for a device without a known elder or for an
 * unreadable alarm? It has no ladder; the desk of the district is paged, whatever the class. */
bool alert_is_unclaimed(const struct alert *alert);

/* Write the id to @ret[ALERT_ID_BYTES]: a 128-bit hash of rule, elder and first event (its event_key()). */
void alert_id_make(const char *rule_id, const char *elder_id, uint64_t first_event_key, char *ret);

/* Encode as JSON; invalid UTF-8 is replaced by '?'. The caller frees *ret_json. Return: 0 or -ENOMEM. */
int alert_encode(const struct alert *alert, char **ret_json, size_t *ret_bytes);

/* Decode a record. *ret is untouched unless 0 is returned. Return: 0, ALERT_REFUSED with err_why(), -ENOMEM. */
enum { ALERT_REFUSED = 1 };
int alert_decode(struct alert *ret, const char *json, size_t json_bytes);

const char *severity_name(enum severity severity);                   /* "critical" */
const char *alert_class_name(enum alert_class class);                /* "life_safety" */
const char *alert_transition_name(enum alert_transition transition); /* "raised" */

#endif

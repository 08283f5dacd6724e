/* SPDX-License-Identifier: MIT
 *
 * An alarm without an event: of an unregistered device, or with a value that cannot be read. Besides its record in
 * quarantine, it is reported to the desk of its district as an alert (docs/wire/alerts.md).
 *
 * Thread: any. Blocks: never. Allocates: never.
 */
#ifndef VIGIL_INGEST_BASE_ALARM_H
#define VIGIL_INGEST_BASE_ALARM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/wire/alert.h"
#include "common/wire/event_kind.h"
#include "common/registry/registry.h"

enum alarm_reason {
        ALARM_NONE,
        ALARM_UNREGISTERED, /* the device is not in the registry, or has no known elder */
        ALARM_UNREADABLE,   /* the device is known, but its value or payload is not */
        ALARM_CROWD,        /* many ALARM_UNREGISTERED in one district, reported as one: crowd.h */
        ALARM_REASONS,
};

enum { ALARM_BUCKET_MS = 10 * 60 * 1000 }; /* repeated alarms of a device within it are one alert */

struct alarm {
        enum alarm_reason reason;
        const struct event_kind_info *info; /* its kind; NULL: unknown */
        char device[ALERT_TEXT_BYTES /
                    2]; /* id if registered, else the name in topic or payload; "": a crowd */
        char elder_id[EVENT_ELDER_ID_BYTES]; /* "": unknown */
        char district[ALERT_DISTRICT_BYTES];
        bool drill;
};

/* The rule id of its alerts and the label of its metric: "unregistered_device". */
const char *alarm_name(enum alarm_reason reason);

/* Is it a device class of the registry whose devices only send calls for help? */
bool alarm_is_class(const char *device_class);

/* Is the last level of a native topic a word that can only mean an alarm, although it is not a kind: SOS, emergency? */
bool alarm_is_word(const char *text, size_t bytes);

/* A hash of what makes alarms one alert: device and district (of a crowd: the district), drill or not, life safety or
 * not, and @bucket, the number of the ALARM_BUCKET_MS interval. */
uint64_t alarm_key(const struct alarm *alarm, int64_t bucket);

/* Make the alert. Alarms with the same reason, elder and alarm_key() within one interval get the same id. */
void alarm_to_alert(const struct alarm *alarm, int64_t received_us, struct alert *ret);

#endif

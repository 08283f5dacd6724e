/* SPDX-License-Identifier: MIT
 *
 * An alarm that becomes no event: of a device that nobody registered, or one whose words nobody knows. It is told to
 * the desk of its district as it is (docs/wire/alerts.md), besides the record in quarantine.
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
        ALARM_UNREGISTERED, /* the registry has no such device, or gives it to nobody */
        ALARM_UNREADABLE,   /* the device is known, what it says is not */
        ALARM_CROWD,        /* many of ALARM_UNREGISTERED in one district, told together: crowd.h */
        ALARM_REASONS,
};

enum { ALARM_BUCKET_MS = 10 * 60 * 1000 }; /* a device that goes on is one alert for so long */

struct alarm {
        enum alarm_reason reason;
        const struct event_kind_info *info; /* what it seems to be; NULL: nobody can say */
        char device[ALERT_TEXT_BYTES /
                    2]; /* as topic or payload call it; the id when registered; "": a crowd */
        char elder_id[EVENT_ELDER_ID_BYTES]; /* "": not known */
        char district[ALERT_DISTRICT_BYTES];
        bool drill;
};

/* The rule of its alerts and the label of its metric: "unregistered_device". */
const char *alarm_name(enum alarm_reason reason);

/* A registry class of devices that say nothing but cries for help. */
bool alarm_is_class(const char *device_class);

/* The last level of a native topic that is no kind, and yet can mean nothing else: SOS, emergency. */
bool alarm_is_word(const char *text, size_t bytes);

/* Whose alarm it is and what for: the device in its district (of a crowd: the district), a drill or not, of life or not. */
uint64_t alarm_key(const struct alarm *alarm, int64_t bucket);

/* Of one alarm_key() and ALARM_BUCKET_MS always the same id. */
void alarm_to_alert(const struct alarm *alarm, int64_t received_us, struct alert *ret);

#endif

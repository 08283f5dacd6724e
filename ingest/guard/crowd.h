/* SPDX-License-Identifier: MIT
 *
 * Crowd: limits the number of alerts about unregistered devices. A client that forges names, or a gateway with a
 * thousand unregistered sensors, would cause an alert for each, and people ignore a flooded desk. Therefore in each
 * ALARM_BUCKET_MS the first CROWD_ALONE_MAX devices of a district get an alert each, and all others together one alert
 * (ALARM_CROWD). Districts that are not in the registry share one row, so forged districts do not evade the limit.
 *
 * Alarms of registered devices are neither counted nor merged.
 *
 * After a restart the table is empty: alert ids stay the same, but CROWD_ALONE_MAX further devices get their own alert.
 *
 * A fixed table. Pure: no clock. Thread: that of one session. Blocks: never. Initialise with zeroes.
 */
#ifndef VIGIL_INGEST_GUARD_CROWD_H
#define VIGIL_INGEST_GUARD_CROWD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/registry/registry.h"
#include "ingest/base/alarm.h"

enum {
        CROWD_ALONE_MAX = 10,
        CROWD_DISTRICTS = 512, /* further ones share the row of unknown districts */
};

enum crowd_answer {
        CROWD_ALONE,        /* it gets its own alert */
        CROWD_TOGETHER,     /* it is merged into the alert of the district */
        CROWD_TOGETHER_SAY, /* the same, for the first time in the district: log it */
};

struct crowd_row {
        char district[ALERT_DISTRICT_BYTES]; /* "": free */
        uint64_t told[CROWD_ALONE_MAX];      /* alarm_key() */
        uint8_t told_count;
        bool said;
};

struct crowd {
        int64_t bucket;
        struct crowd_row unknown;
        struct crowd_row rows[CROWD_DISTRICTS];
};

/* Count @alarm. If the district has used up its alerts, replace it by the alarm of the crowd. */
enum crowd_answer crowd_take(struct crowd *crowd, struct alarm *alarm,
                             const struct registry *registry, int64_t received_us);

#endif

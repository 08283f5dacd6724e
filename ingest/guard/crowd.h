/* SPDX-License-Identifier: MIT
 *
 * Crowd: how many alarms of strangers a desk is told one by one. A client that forges names, or a gateway with a thousand
 * sensors that nobody registered, would make one alert for each, and a desk that is flooded stops listening. So in each
 * ALARM_BUCKET_MS the first CROWD_ALONE_MAX of a district are told by name, and all others of it by one alert together
 * (ALARM_CROWD). Districts that the registry does not have share one row, so forged ones are no way around it.
 *
 * A stranger is a device that the registry does not have. Alarms of devices that it has are never counted and never folded.
 *
 * After a restart the table is empty: nothing is told under another id than before, but as many are told by name again.
 *
 * A fixed table. Pure: no clock. Thread: one session's. Starts as zeroes.
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
        CROWD_DISTRICTS = 512, /* more share the row of the unknown ones */
};

enum crowd_answer {
        CROWD_ALONE,        /* told by name */
        CROWD_TOGETHER,     /* it is the alarm of its district's crowd now */
        CROWD_TOGETHER_SAY, /* the first one of the district, for a line in the log */
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

/* Count @alarm; it is made that of the crowd when too many were told before it. */
enum crowd_answer crowd_take(struct crowd *crowd, struct alarm *alarm,
                             const struct registry *registry, int64_t received_us);

#endif

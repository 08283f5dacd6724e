/* SPDX-License-Identifier: MIT
 *
 * Rate: limits the readings of a device to ingest.device_events_per_s on average, with a burst of RATE_BURST_S, because
 * a broker or a gateway delivers its backlog at once after an outage. An event with samples counts one more for each
 * RATE_SAMPLES of them. Only for telemetry: alarms are never limited.
 *
 * A fixed table of RATE_DEVICES in sets of four. In a full set a new device replaces the one that has been silent
 * longest, never a flooding one. Pure: no clock. Thread: that of one session. Blocks: never.
 */
#ifndef VIGIL_INGEST_GUARD_RATE_H
#define VIGIL_INGEST_GUARD_RATE_H

#include <stdint.h>

enum {
        RATE_DEVICES = 64 * 1024,
        RATE_BURST_S = 600,
        RATE_SAMPLES = 64,
        RATE_SAY_MS = 60 * 1000,
};

enum rate_answer {
        RATE_FINE,
        RATE_EXCESS,
        RATE_EXCESS_SAY, /* the same, and not logged for a minute: log it */
};

struct rates;

/* @per_s: events per device; 0: no limit. The caller releases *ret with rates_free(). Return: 0 or -ENOMEM. */
int rates_new(struct rates **ret, int per_s);
struct rates *rates_free(struct rates *rates);

/* Count an event with @samples samples. @device: murmur2 of its id. Refused events do not count. */
enum rate_answer rates_take(struct rates *rates, uint32_t device, unsigned samples,
                            int64_t now_mono_us);

#endif

/* SPDX-License-Identifier: MIT
 *
 * Rate: how many readings one device may send. ingest.device_events_per_s, and ten minutes of it at once: what a
 * broker or a gateway kept while we were away comes in one rush, and is no flood. An event with samples counts as
 * one more for each RATE_SAMPLES of them. For telemetry only: nobody's alarms are counted.
 *
 * A fixed table of RATE_DEVICES; when a device finds no room, the one that has been quiet longest is forgotten, which
 * a flooder never is. Pure: no clock. Thread: one session's.
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
        RATE_EXCESS_SAY, /* and nobody was told for a minute */
};

struct rates;

/* @per_s: 0: no limit. Return: 0 or -ENOMEM. */
int rates_new(struct rates **ret, int per_s);
struct rates *rates_free(struct rates *rates);

/* One event of @samples samples. @device: murmur2 of its id. */
enum rate_answer rates_take(struct rates *rates, uint32_t device, unsigned samples,
                            int64_t now_mono_us);

#endif

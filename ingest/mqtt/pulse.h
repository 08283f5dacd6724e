/* SPDX-License-Identifier: MIT
 *
 * Pulse: liveness probe of the MQTT broker. A frozen broker, or a network that drops packets, closes no socket, and the
 * keep-alive of MQTT detects that only after 1.5 to 2 times its 60 s. Therefore every PULSE_EVERY_MS a cheap request
 * that every broker answers is sent: UNSUBSCRIBE of a filter without subscription. A broker that sends nothing within
 * PULSE_LOST_MS after it is considered lost.
 *
 * Nothing may be written while acknowledgements are held back, so the caller probes only between groups, and calls
 * pulse_begin() again after it has not read for a while.
 *
 * Pure. Thread: that of the caller. Blocks: never.
 */
#ifndef VIGIL_INGEST_MQTT_PULSE_H
#define VIGIL_INGEST_MQTT_PULSE_H

#include <stdbool.h>
#include <stdint.h>

#define PULSE_FILTER "vigil/ingest/pulse"

enum {
        PULSE_EVERY_MS = 2000,
        PULSE_LOST_MS = 5000,
};

struct pulse {
        int64_t heard_mono_ms; /* when the broker last sent something, or since pulse_begin() */
        int64_t asked_mono_ms; /* when the last probe was sent */
        bool owed;             /* nothing has arrived since then */
};

/* Start or restart the measurement. @owed: the broker must answer already (to CONNECT). */
void pulse_begin(struct pulse *pulse, bool owed, int64_t now_mono_ms);
/* The broker has sent something. */
void pulse_hear(struct pulse *pulse, int64_t now_mono_ms);
/* Must a probe be sent now? */
bool pulse_is_due(const struct pulse *pulse, int64_t now_mono_ms);
/* A probe was sent. */
void pulse_ask(struct pulse *pulse, int64_t now_mono_ms);
bool pulse_is_lost(const struct pulse *pulse, int64_t now_mono_ms);

#endif

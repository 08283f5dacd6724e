/* SPDX-License-Identifier: MIT
 *
 * Pulse: does the MQTT broker still answer? A frozen broker, or a network that drops packets, closes no socket, and
 * the protocol's own keep-alive notices after 1.5 to 2 times its 60 s. So a question that every broker answers
 * and that costs nobody anything (UNSUBSCRIBE of a filter never subscribed) goes out every PULSE_EVERY_MS, and a broker
 * that sends nothing at all for PULSE_LOST_MS after it is lost.
 *
 * Nothing may be written while a group is held, so the caller asks between groups only, and says pulse_begin()
 * again after it has not been reading for a while.
 *
 * Pure. Thread: the caller's.
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
        int64_t heard_mono_ms; /* the broker sent something, or we began to listen */
        int64_t asked_mono_ms;
        bool owed; /* asked, and nothing came since */
};

/* We listen from now on. @owed: the broker owes a word already (an answer to CONNECT). */
void pulse_begin(struct pulse *pulse, bool owed, int64_t now_mono_ms);
/* Something came from the broker. */
void pulse_hear(struct pulse *pulse, int64_t now_mono_ms);
bool pulse_is_due(const struct pulse *pulse, int64_t now_mono_ms);
void pulse_ask(struct pulse *pulse, int64_t now_mono_ms);
bool pulse_is_lost(const struct pulse *pulse, int64_t now_mono_ms);

#endif

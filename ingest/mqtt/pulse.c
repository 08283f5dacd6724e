/* SPDX-License-Identifier: MIT */
#include "ingest/mqtt/pulse.h"

void pulse_begin(struct pulse *pulse, bool owed, int64_t now_mono_ms) {
        *pulse = (struct pulse){
                .heard_mono_ms = now_mono_ms, .asked_mono_ms = now_mono_ms, .owed = owed};
}

void pulse_hear(struct pulse *pulse, int64_t now_mono_ms) {
        pulse->heard_mono_ms = now_mono_ms;
        pulse->owed = false;
}

bool pulse_is_due(const struct pulse *pulse, int64_t now_mono_ms) {
        return !pulse->owed && now_mono_ms - pulse->asked_mono_ms >= PULSE_EVERY_MS;
}

void pulse_ask(struct pulse *pulse, int64_t now_mono_ms) {
        pulse->asked_mono_ms = now_mono_ms;
        pulse->owed = true;
}

bool pulse_is_lost(const struct pulse *pulse, int64_t now_mono_ms) {
        return pulse->owed && now_mono_ms - pulse->asked_mono_ms > PULSE_LOST_MS;
}

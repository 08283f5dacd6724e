/* SPDX-License-Identifier: MIT */
#include "rules/eval/core/moment.h"

#include "rules/eval/core/engine_state.h"

/* The received time as it is, or moved by as much as our wall clock was set, or by as much as ingest's is behind: the
 * latest of these that is not in the future. A wrong clock must neither hide a silence nor make old what has just
 * arrived. */
int64_t moment_received_ms(const struct engine *engine, const struct event *event, int64_t now_ms) {
        int64_t latest_ms = now_ms + MOMENT_CANCEL_SKEW_MS;
        int64_t said_ms = event->received_time_ms;
        int64_t readings_ms[] = {said_ms + engine->plans.ahead_ms,
                                 said_ms + engine->ingest_behind_ms};
        bool fits = said_ms <= latest_ms;

        if (engine->plans.ahead_ms == 0 && engine->ingest_behind_ms == 0)
                return fits ? said_ms : now_ms;
        for (size_t i = 0; i < sizeof(readings_ms) / sizeof(readings_ms[0]); i++) {
                if (readings_ms[i] > latest_ms || (fits && readings_ms[i] < said_ms))
                        continue;
                said_ms = readings_ms[i];
                fits = true;
        }
        return fits ? said_ms : now_ms;
}

/* SPDX-License-Identifier: MIT */
#include "ingest/mqtt/phase.h"

#include "common/base/require.h"

const char *phase_name(enum phase phase) {
        static const char *const names[] = {
                [PHASE_KAFKA] = "waiting for kafka",
                [PHASE_REGISTRY] = "reading the registry",
                [PHASE_MQTT] = "waiting for mqtt",
                [PHASE_STAND_BY] = "standing by: another process has the session",
                [PHASE_LIVE] = "live",
                [PHASE_OWING] = "kafka does not acknowledge",
                [PHASE_STOPPED] = "stopped",
                [PHASE_BROKEN] = "broken",
        };

        require(phase <= PHASE_BROKEN, "phase %d", (int)phase);
        return names[phase];
}

/* SPDX-License-Identifier: MIT
 *
 * Publishing: events go to their gateways, and what must come of an alarm is expected before it leaves.
 *
 * Thread: main. Blocks: never.
 */
#ifndef VIGIL_CLI_SIM_PUBLISH_H
#define VIGIL_CLI_SIM_PUBLISH_H

#include <stdbool.h>
#include <stdint.h>

#include "cli/sim/sim.h"
#include "common/wire/alert.h"
#include "common/registry/registry.h"

struct sim_publish_alarm {
        const struct registry_device *device;
        const char *kind;
        double value;
        double confidence; /* < 0: not said */
        int64_t event_time_ms;
        bool buffered, drill;
        bool retained; /* sent once more with the retain flag, as a wrongly set device does */
        const struct score_expectation *expect; /* or NULL; its alert id is filled in */
};

/* Publish one alarm-class event of a device now, expecting first. */
int sim_publish_alarm(struct sim *sim, const struct sim_publish_alarm *alarm);

/* The rule that a kind of happening raises: carbon_monoxide -> carbon-monoxide. */
void sim_rule_of_kind(const char *kind, char ret[ALERT_RULE_ID_BYTES]);

/* Count and note telemetry of a story. */
int sim_publish_telemetry(struct sim *sim, const struct registry_device *device, const char *kind,
                          double value, int64_t event_time_ms, bool buffered);

/* Telemetry of daily life that is due, in a burst at most. */
int sim_publish_telemetry_turn(struct sim *sim, int64_t now_mono_us, int64_t now_time_ms);

/* "vigil/v1/grid-1/sos-0001/sos" -> "sos". */
const char *sim_kind_of_topic(const char *topic);

/* The id of the alert that @rule raises by this event; "" when there can be none. */
void sim_alert_id(const struct registry_device *device, uint32_t boot, uint64_t sequence,
                  int64_t time_ms, const char *rule, char ret[ALERT_ID_BYTES]);

#endif

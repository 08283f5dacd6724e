/* SPDX-License-Identifier: MIT
 *
 * Publishes events through their gateways. The expected result of an alarm is registered before it is sent.
 *
 * Thread: main. Blocks: never. The calls that return int return 0 or -errno.
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
        double confidence; /* < 0: none */
        int64_t event_time_ms;
        bool buffered, drill;
        bool retained; /* also sent with the retain flag, as a wrongly configured device does */
        const struct score_expectation *expect; /* or NULL; the alert id is filled in */
};

/* Register the expectation, then publish one alarm-class event of a device. */
int sim_publish_alarm(struct sim *sim, const struct sim_publish_alarm *alarm);

/* The id of the rule for a kind of event: carbon_monoxide -> carbon-monoxide. */
void sim_rule_of_kind(const char *kind, char ret[ALERT_RULE_ID_BYTES]);

/* Publish one telemetry event of a story. */
int sim_publish_telemetry(struct sim *sim, const struct registry_device *device, const char *kind,
                          double value, int64_t event_time_ms, bool buffered);

/* Publish the ordinary telemetry that is due, at most one burst. */
int sim_publish_telemetry_turn(struct sim *sim, int64_t now_mono_us, int64_t now_time_ms);

/* "vigil/v1/grid-1/sos-0001/sos" -> "sos". */
const char *sim_kind_of_topic(const char *topic);

/* The id of the alert that @rule raises for this event; "" if the ids are too long. */
void sim_alert_id(const struct registry_device *device, uint32_t boot, uint64_t sequence,
                  int64_t time_ms, const char *rule, char ret[ALERT_ID_BYTES]);

#endif

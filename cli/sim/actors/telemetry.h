/* SPDX-License-Identifier: MIT
 *
 * Telemetry: the messages of the simulated devices on an ordinary day. None may cause an alert under the shipped
 * rules: readings are normal, every device reports often enough, doors of people with dementia stay closed.
 *
 * Order: first each device says hello once (a commissioned device that has never reported is a fault); then due
 * heartbeats; otherwise a reading of a random device. Devices of the cast report every 3 s, because the demo gives
 * some of them limits of seconds.
 *
 * Thread: one owner. Blocks: never. Time is an argument.
 */
#ifndef VIGIL_CLI_SIM_ACTORS_TELEMETRY_H
#define VIGIL_CLI_SIM_ACTORS_TELEMETRY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cli/sim/world/neighbourhood.h"

enum {
        TELEMETRY_EVENTS_MAX = 8, /* per message */
        TELEMETRY_TOPIC_BYTES = 128,
        TELEMETRY_PAYLOAD_BYTES = 1024,
};

struct telemetry_message {
        int grid;
        char topic[TELEMETRY_TOPIC_BYTES];
        char payload[TELEMETRY_PAYLOAD_BYTES];
        size_t payload_bytes;
        int events; /* number of events */
        bool hello; /* the device's first message, not counted in the rate */
        bool alarm; /* alarm class: store it until the receipt */
        const struct registry_device *device;
        uint64_t first_sequence; /* native: first_sequence … + events - 1; 0: foreign */
};

struct telemetry;

/* @hood must outlive @ret. @boot: boot counter of all devices. Return: 0 or -ENOMEM. */
int telemetry_new(struct telemetry **ret, const struct neighbourhood *hood, uint64_t seed,
                  uint32_t boot, int64_t now_mono_ms);
struct telemetry *telemetry_free(struct telemetry *telemetry);

/* Make the next message. Return: false when no device may send now (all are silenced). */
bool telemetry_next(struct telemetry *telemetry, int64_t now_mono_ms, int64_t now_time_ms,
                    struct telemetry_message *ret);

/* Whether a hello or a heartbeat is due; these are sent whatever the rate. */
bool telemetry_is_owed(const struct telemetry *telemetry, int64_t now_mono_ms);

/* Silence a device because a story sends its messages, or end that. @device_id "": all devices of @elder, except
 * their heartbeats. A device silenced by its id sends nothing at all. */
void telemetry_hush(struct telemetry *telemetry, int elder, const char *device_id, bool hushed);

/* Take the next sequence number of a device; stories use the same counter. */
uint64_t telemetry_sequence(struct telemetry *telemetry, const struct registry_device *device);

#endif

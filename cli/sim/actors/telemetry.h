/* SPDX-License-Identifier: MIT
 *
 * Telemetry: what the neighbourhood's devices say on an ordinary day. Nothing in it may lead to an
 * alert under the shipped rules: readings are calm, every device is heard often enough, doors of
 * people with dementia stay shut.
 *
 * Order of business: first each device says hello once (a commissioned device that is never heard is a
 * fault); then whatever heartbeat is due; else a reading of a random device. The devices of the
 * cast are heard every 3 s, because the demo gives some of them limits of seconds.
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
        TELEMETRY_EVENTS_MAX = 8, /* in one message */
        TELEMETRY_TOPIC_BYTES = 128,
        TELEMETRY_PAYLOAD_BYTES = 1024,
};

struct telemetry_message {
        int grid;
        char topic[TELEMETRY_TOPIC_BYTES];
        char payload[TELEMETRY_PAYLOAD_BYTES];
        size_t payload_bytes;
        int events; /* how many it carries */
        bool hello; /* a device's first word, beyond the rate */
        bool alarm; /* alarm class: to be kept until the receipt */
        const struct registry_device *device;
        uint64_t first_sequence; /* of the native ones: first_sequence … + events - 1; 0: foreign */
};

struct telemetry;

int telemetry_new(struct telemetry **ret, const struct neighbourhood *hood, uint64_t seed,
                  uint32_t boot, int64_t now_mono_ms);
struct telemetry *telemetry_free(struct telemetry *telemetry);

/* Make the next message. Return: false when nothing may be said now (every device is hushed). */
bool telemetry_next(struct telemetry *telemetry, int64_t now_mono_ms, int64_t now_time_ms,
                    struct telemetry_message *ret);

/* Is a hello or a heartbeat due? They go out whatever the rate. */
bool telemetry_is_owed(const struct telemetry *telemetry, int64_t now_mono_ms);

/* A story speaks for this device from now on, or no longer. @device_id "" with @elder: all of them, only
 * their heartbeats go on. A device hushed by name says nothing at all. */
void telemetry_hush(struct telemetry *telemetry, int elder, const char *device_id, bool hushed);

/* The next sequence number of a device: stories use the same count. */
uint64_t telemetry_sequence(struct telemetry *telemetry, const struct registry_device *device);

#endif

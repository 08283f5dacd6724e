/* SPDX-License-Identifier: MIT */
#include "cli/sim/actors/telemetry.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/sim/world/random.h"
#include "common/base/err.h"
#include "common/language/say.h"

enum {
        CAST_HEARTBEAT_MS = 3000,
        ARRAY_READINGS = 5,
        WHEEL_SLOT_MS = 1000,
        WHEEL_SLOTS = 8192, /* longer waits take more than one round */
};

struct device_state {
        uint64_t sequence;
        uint32_t elder;
        int64_t heartbeat_due_mono_ms;
        uint32_t wheel_next; /* index + 1 of the next device in its slot */
        bool silent;         /* silenced by its id */
        bool open;           /* door: open; bed: occupied */
};

struct elder_state {
        double heart_rate, spo2, respiration, temperature; /* normal values of this person */
        bool hushed;
        bool has_dementia;
};

struct telemetry {
        const struct neighbourhood *hood;
        struct device_state *devices;
        struct elder_state *elders;
        struct random_stream random;
        uint32_t boot;
        size_t greeted;              /* devices below this index have said hello */
        uint32_t wheel[WHEEL_SLOTS]; /* timer wheel of heartbeats, one slot a second; index + 1 */
        int64_t wheel_mono_ms;       /* time up to which the wheel has been emptied */
        uint32_t due;                /* list of devices with a due heartbeat; index + 1 */
};

/* --- heartbeats ----------------------------------------------------------------------------------------- */

static void wheel_add(struct telemetry *telemetry, size_t index, int64_t due_mono_ms) {
        struct device_state *state = &telemetry->devices[index];
        uint32_t *slot = &telemetry->wheel[due_mono_ms / WHEEL_SLOT_MS % WHEEL_SLOTS];

        state->heartbeat_due_mono_ms = due_mono_ms;
        state->wheel_next = *slot;
        *slot = (uint32_t)index + 1;
}

static void heartbeat_plan(struct telemetry *telemetry, size_t index, int64_t now_mono_ms) {
        const struct registry_device *device = &telemetry->hood->devices[index];
        int64_t wait_ms = device->heartbeat_ms * 2 / 5;

        if (telemetry->devices[index].elder < NEIGHBOURHOOD_CAST)
                wait_ms = CAST_HEARTBEAT_MS;
        wheel_add(telemetry, index, now_mono_ms + wait_ms);
}

/* Move devices that are due from the wheel to the due list. */
static void wheel_turn(struct telemetry *telemetry, int64_t now_mono_ms) {
        while (telemetry->wheel_mono_ms + WHEEL_SLOT_MS <= now_mono_ms) {
                uint32_t *slot =
                        &telemetry->wheel[telemetry->wheel_mono_ms / WHEEL_SLOT_MS % WHEEL_SLOTS];
                uint32_t link = *slot;

                *slot = 0;
                telemetry->wheel_mono_ms += WHEEL_SLOT_MS;
                while (link) {
                        struct device_state *state = &telemetry->devices[link - 1];
                        uint32_t next = state->wheel_next;

                        if (state->heartbeat_due_mono_ms >= telemetry->wheel_mono_ms) {
                                wheel_add(telemetry, link - 1, state->heartbeat_due_mono_ms);
                        } else {
                                state->wheel_next = telemetry->due;
                                telemetry->due = link;
                        }
                        link = next;
                }
        }
}

/* --- messages --------------------------------------------------------------------------------------------- */

static void topic_write(const struct telemetry *telemetry, size_t device, const char *kind,
                        struct telemetry_message *ret) {
        const struct registry_elder *elder =
                &telemetry->hood->elders[telemetry->devices[device].elder];

        ret->device = &telemetry->hood->devices[device];
        ret->grid = telemetry->hood->homes[telemetry->devices[device].elder].grid;
        snprintf(ret->topic, sizeof(ret->topic), "vigil/v1/%s/%s/%s", elder->district,
                 ret->device->id, kind);
}

static void native_one(struct telemetry *telemetry, size_t device, const char *kind, double value,
                       int64_t now_time_ms, struct telemetry_message *ret) {
        uint64_t sequence = ++telemetry->devices[device].sequence;

        topic_write(telemetry, device, kind, ret);
        ret->first_sequence = sequence;
        ret->events = 1;
        ret->payload_bytes = (size_t)snprintf(
                ret->payload, sizeof(ret->payload),
                "{\"seq\":%llu,\"boot\":%u,\"t\":%lld,\"value\":%.10g}",
                (unsigned long long)sequence, telemetry->boot, (long long)now_time_ms, value);
}

/* Five readings in one message, oldest first. */
static void native_array(struct telemetry *telemetry, size_t device, const char *kind,
                         const double *values, int64_t now_time_ms, struct telemetry_message *ret) {
        size_t used = 0;

        topic_write(telemetry, device, kind, ret);
        ret->first_sequence = telemetry->devices[device].sequence + 1;
        ret->events = ARRAY_READINGS;
        for (int i = 0; i < ARRAY_READINGS; i++)
                used += (size_t)snprintf(
                        ret->payload + used, sizeof(ret->payload) - used,
                        "%c{\"seq\":%llu,\"boot\":%u,\"t\":%lld,\"value\":%.10g}", i ? ',' : '[',
                        (unsigned long long)++telemetry->devices[device].sequence, telemetry->boot,
                        (long long)(now_time_ms - 200 * (ARRAY_READINGS - 1 - i)), values[i]);
        ret->payload[used++] = ']';
        ret->payload[used] = '\0';
        ret->payload_bytes = used;
}

static double usual(struct telemetry *telemetry, double mean, double spread, double low,
                    double high) {
        double value = mean + spread * random_bell(&telemetry->random);

        value = value < low ? low : value > high ? high : value;
        return (double)(int)(value * 10) / 10;
}

static void wristband(struct telemetry *telemetry, size_t device, int64_t now_time_ms,
                      struct telemetry_message *ret) {
        struct elder_state *elder = &telemetry->elders[telemetry->devices[device].elder];
        uint32_t lot = random_below(&telemetry->random, 100);
        double rates[ARRAY_READINGS];

        if (lot < 15) {
                for (int i = 0; i < ARRAY_READINGS; i++)
                        rates[i] = (int)usual(telemetry, elder->heart_rate, 4, 52, 104);
                native_array(telemetry, device, "heart_rate", rates, now_time_ms, ret);
        } else if (lot < 60) {
                native_one(telemetry, device, "heart_rate",
                           (int)usual(telemetry, elder->heart_rate, 4, 52, 104), now_time_ms, ret);
        } else if (lot < 85) {
                native_one(telemetry, device, "spo2",
                           (int)usual(telemetry, elder->spo2, 0.6, 94, 100), now_time_ms, ret);
        } else if (lot < 92) {
                native_one(telemetry, device, "body_temperature",
                           usual(telemetry, elder->temperature, 0.15, 36.0, 37.2), now_time_ms,
                           ret);
        } else {
                native_one(telemetry, device, "steps", random_below(&telemetry->random, 40),
                           now_time_ms, ret);
        }
}

static void radar(struct telemetry *telemetry, size_t device, int64_t now_time_ms,
                  struct telemetry_message *ret) {
        struct elder_state *elder = &telemetry->elders[telemetry->devices[device].elder];

        if (random_chance_pct(&telemetry->random, 50))
                native_one(telemetry, device, "motion", 1, now_time_ms, ret);
        else
                native_one(telemetry, device, "respiration_rate",
                           (int)usual(telemetry, elder->respiration, 1, 12, 19), now_time_ms, ret);
}

/* Doors send the only alarm-class events of an ordinary day, rarely. */
static void door(struct telemetry *telemetry, size_t device, int64_t now_time_ms,
                 struct telemetry_message *ret) {
        struct device_state *state = &telemetry->devices[device];

        if (telemetry->elders[state->elder].has_dementia || state->elder < NEIGHBOURHOOD_CAST ||
            !random_chance_pct(&telemetry->random, 5)) {
                native_one(telemetry, device, "heartbeat", 1, now_time_ms, ret);
                return;
        }
        state->open = !state->open;
        native_one(telemetry, device, state->open ? "door_open" : "door_closed", 1, now_time_ms,
                   ret);
        ret->alarm = true;
}

static void bed(struct telemetry *telemetry, size_t device, int64_t now_time_ms,
                struct telemetry_message *ret) {
        struct device_state *state = &telemetry->devices[device];

        state->open = !state->open;
        native_one(telemetry, device, state->open ? "bed_in" : "bed_out", 1, now_time_ms, ret);
}

static void motion(struct telemetry *telemetry, size_t device, int64_t now_time_ms,
                   struct telemetry_message *ret) {
        native_one(telemetry, device, "motion", 1, now_time_ms, ret);
}

static void watcher(struct telemetry *telemetry, size_t device, int64_t now_time_ms,
                    struct telemetry_message *ret) {
        if (random_chance_pct(&telemetry->random, 50))
                native_one(telemetry, device, "heartbeat", 1, now_time_ms, ret);
        else
                native_one(telemetry, device, "battery",
                           random_between(&telemetry->random, 55, 100), now_time_ms, ret);
}

/* The message that Zigbee2MQTT would publish for this device. */
static void zigbee(struct telemetry *telemetry, size_t device, struct telemetry_message *ret) {
        bool moves = strcmp(telemetry->hood->devices[device].device_class, "motion_sensor") == 0;
        int battery = random_between(&telemetry->random, 55, 100);

        topic_write(telemetry, device, "", ret);
        snprintf(ret->topic, sizeof(ret->topic), "zigbee2mqtt/%s", ret->device->foreign_id);
        ret->first_sequence = 0;
        ret->events = moves ? 2 : 1;
        ret->payload_bytes = (size_t)snprintf(ret->payload, sizeof(ret->payload),
                                              "{%s\"battery\":%d,\"linkquality\":%d}",
                                              moves ? "\"occupancy\":true," : "", battery,
                                              random_between(&telemetry->random, 40, 220));
}

static void reading(struct telemetry *telemetry, size_t device, int64_t now_time_ms,
                    struct telemetry_message *ret) {
        static const struct {
                const char *device_class;
                void (*say)(struct telemetry *telemetry, size_t device, int64_t now_time_ms,
                            struct telemetry_message *ret);
        } classes[] = {
                {"wristband", wristband}, {"fall_radar", radar},     {"door_sensor", door},
                {"bed_sensor", bed},      {"motion_sensor", motion},
        };

        if (telemetry->hood->devices[device].profile[0]) {
                zigbee(telemetry, device, ret);
                return;
        }
        for (size_t i = 0; i < sizeof(classes) / sizeof(classes[0]); i++)
                if (strcmp(telemetry->hood->devices[device].device_class,
                           classes[i].device_class) == 0) {
                        classes[i].say(telemetry, device, now_time_ms, ret);
                        return;
                }
        watcher(telemetry, device, now_time_ms, ret);
}

static void heartbeat(struct telemetry *telemetry, size_t device, int64_t now_time_ms,
                      struct telemetry_message *ret) {
        if (telemetry->hood->devices[device].profile[0])
                zigbee(telemetry, device, ret);
        else
                native_one(telemetry, device, "heartbeat", 1, now_time_ms, ret);
}

/* --- which one speaks ------------------------------------------------------------------------------------------ */

bool telemetry_is_owed(const struct telemetry *telemetry, int64_t now_mono_ms) {
        return telemetry->greeted < telemetry->hood->device_count || telemetry->due ||
               telemetry->wheel_mono_ms + WHEEL_SLOT_MS <= now_mono_ms;
}

/* The message of a device whose heartbeat is due. Motion sensors of the cast report motion instead: only a story
 * makes these elders quiet. */
static bool owed_next(struct telemetry *telemetry, int64_t now_mono_ms, int64_t now_time_ms,
                      struct telemetry_message *ret) {
        wheel_turn(telemetry, now_mono_ms);
        while (telemetry->due) {
                size_t device = telemetry->due - 1;
                struct device_state *state = &telemetry->devices[device];

                telemetry->due = state->wheel_next;
                heartbeat_plan(telemetry, device, now_mono_ms);
                if (state->silent)
                        continue;
                if (state->elder < NEIGHBOURHOOD_CAST && !telemetry->elders[state->elder].hushed &&
                    strcmp(telemetry->hood->devices[device].device_class, "motion_sensor") == 0)
                        motion(telemetry, device, now_time_ms, ret);
                else
                        heartbeat(telemetry, device, now_time_ms, ret);
                return true;
        }
        return false;
}

bool telemetry_next(struct telemetry *telemetry, int64_t now_mono_ms, int64_t now_time_ms,
                    struct telemetry_message *ret) {
        ret->alarm = false;
        ret->hello = telemetry->greeted < telemetry->hood->device_count;
        if (ret->hello) {
                heartbeat(telemetry, telemetry->greeted++, now_time_ms, ret);
                return true;
        }
        if (owed_next(telemetry, now_mono_ms, now_time_ms, ret))
                return true;
        for (int tries = 0; tries < 64; tries++) {
                size_t device =
                        random_below(&telemetry->random, (uint32_t)telemetry->hood->device_count);
                const struct device_state *state = &telemetry->devices[device];

                if (state->silent || telemetry->elders[state->elder].hushed)
                        continue;
                reading(telemetry, device, now_time_ms, ret);
                return true;
        }
        return false;
}

void telemetry_hush(struct telemetry *telemetry, int elder, const char *device_id, bool hushed) {
        const struct neighbourhood_home *home = &telemetry->hood->homes[elder];

        if (!device_id[0]) {
                telemetry->elders[elder].hushed = hushed;
                return;
        }
        for (uint32_t i = 0; i < home->device_count; i++)
                if (strcmp(telemetry->hood->devices[home->first_device + i].id, device_id) == 0)
                        telemetry->devices[home->first_device + i].silent = hushed;
}

uint64_t telemetry_sequence(struct telemetry *telemetry, const struct registry_device *device) {
        return ++telemetry->devices[device - telemetry->hood->devices].sequence;
}

/* --- life ---------------------------------------------------------------------------------------------------------- */

static void elder_begin(struct telemetry *telemetry, size_t index) {
        struct elder_state *elder = &telemetry->elders[index];
        const struct registry_words *conditions = &telemetry->hood->elders[index].conditions;
        const struct neighbourhood_home *home = &telemetry->hood->homes[index];

        elder->heart_rate = random_between(&telemetry->random, 62, 88);
        elder->spo2 = random_between(&telemetry->random, 95, 98);
        elder->respiration = random_between(&telemetry->random, 14, 17);
        elder->temperature = 36.3 + 0.4 * random_unit(&telemetry->random);
        for (int i = 0; i < conditions->count; i++)
                elder->has_dementia |= strcmp(conditions->word[i], "dementia") == 0;
        for (uint32_t i = 0; i < home->device_count; i++)
                telemetry->devices[home->first_device + i].elder = (uint32_t)index;
}

int telemetry_new(struct telemetry **ret, const struct neighbourhood *hood, uint64_t seed,
                  uint32_t boot, int64_t now_mono_ms) {
        struct telemetry *telemetry = calloc(1, sizeof(*telemetry));

        if (!telemetry)
                return err_raise(-ENOMEM);
        telemetry->hood = hood;
        telemetry->boot = boot;
        telemetry->random = random_for(seed, 4242);
        telemetry->wheel_mono_ms = now_mono_ms / WHEEL_SLOT_MS * WHEEL_SLOT_MS;
        telemetry->devices = calloc(hood->device_count, sizeof(*telemetry->devices));
        telemetry->elders = calloc(hood->elder_count, sizeof(*telemetry->elders));
        if (!telemetry->devices || !telemetry->elders) {
                telemetry_free(telemetry);
                return err_raise(-ENOMEM);
        }
        for (size_t i = 0; i < hood->elder_count; i++)
                elder_begin(telemetry, i);
        if (hood->elder_count > NEIGHBOURHOOD_QUIET)
                telemetry->elders[NEIGHBOURHOOD_QUIET].hushed = true;
        for (size_t i = 0; i < hood->device_count; i++)
                heartbeat_plan(telemetry, i, now_mono_ms);
        *ret = telemetry;
        return 0;
}

struct telemetry *telemetry_free(struct telemetry *telemetry) {
        if (!telemetry)
                return NULL;
        free(telemetry->devices);
        free(telemetry->elders);
        free(telemetry);
        return NULL;
}

/* SPDX-License-Identifier: MIT */
#include "bench/engine/chatter.h"

#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/err.h"
#include "common/base/murmur2.h"

/* xorshift64* with a fixed seed: the same in every run. */
static uint32_t random_below(struct chatter *chatter, uint32_t limit) {
        chatter->random ^= chatter->random >> 12;
        chatter->random ^= chatter->random << 25;
        chatter->random ^= chatter->random >> 27;
        return (uint32_t)((chatter->random * UINT64_C(2685821657736338717) >> 32) * limit >> 32);
}

int chatter_init(struct chatter *chatter, uint32_t elder_count) {
        size_t devices = (size_t)elder_count * CHATTER_DEVICES;

        *chatter = (struct chatter){.elder_count = elder_count, .random = 88172645463325252u};
        chatter->templates = calloc(devices, sizeof(*chatter->templates));
        chatter->sequences = calloc(devices, sizeof(*chatter->sequences));
        return chatter->templates && chatter->sequences ? 0 : err_raise(-ENOMEM);
}

void chatter_fini(struct chatter *chatter) {
        free(chatter->templates);
        free(chatter->sequences);
}

/* --- who lives there ------------------------------------------------------------------------------ */

static const struct {
        const char *suffix, *device_class, *room;
        int64_t heartbeat_ms;
} device_kinds[CHATTER_DEVICES] = {
        {"b", "wristband", "", 300000},
        {"m", "motion_sensor", "living", 3600000},
        {"s", "sos_button", "", 43200000},
        {"f", "smoke_detector", "kitchen", 3600000},
};

void chatter_elder(const struct chatter *chatter, uint32_t number, int64_t now_ms,
                   struct elder_profile *ret) {
        static const char *const levels[] = {"self_reliant", "partial", "full"};
        static const char *const conditions[] = {"dementia", "copd", "af", "diabetes", "stroke"};

        *ret = (struct elder_profile){.device_count = CHATTER_DEVICES, .lives_alone = true};
        ret->birth_year = 1930 + (int)(number / 7 % 36);
        snprintf(ret->elder_id, sizeof(ret->elder_id), "E%07u", number);
        ret->elder_hash = murmur2(ret->elder_id, strlen(ret->elder_id));
        snprintf(ret->care_level, sizeof(ret->care_level), "%s", levels[number % 3]);
        snprintf(ret->districts[0], sizeof(ret->districts[0]), "grid-%u",
                 number % CHATTER_DISTRICTS);
        ret->district_count = 1;
        if (number % 4 == 0) {
                ret->condition_count = 1;
                snprintf(ret->conditions[0], ELDER_PROFILE_WORD_BYTES, "%s",
                         conditions[number / 4 % 5]);
        }
        for (uint32_t i = 0; i < CHATTER_DEVICES; i++) {
                struct event *event = &chatter->templates[(size_t)number * CHATTER_DEVICES + i];
                char *id = ret->devices[i].device_id;

                snprintf(id, EVENT_DEVICE_ID_BYTES, "%s-%u", device_kinds[i].suffix, number);
                ret->devices[i].device_hash = murmur2(id, strlen(id));
                ret->devices[i].heartbeat_ms = device_kinds[i].heartbeat_ms;
                ret->devices[i].commissioned_time_ms = now_ms;
                snprintf(ret->devices[i].device_class, ELDER_PROFILE_WORD_BYTES, "%s",
                         device_kinds[i].device_class);
                snprintf(ret->devices[i].room, ELDER_PROFILE_WORD_BYTES, "%s",
                         device_kinds[i].room);
                *event = (struct event){.boot_id = 1, .confidence_pct = 95};
                event_set_ids(event, ret->elder_id, id);
        }
}

/* --- what they say ---------------------------------------------------------------------------------- */

/* A type of event, its share out of 100,000, and its range of values. */
static const struct saying {
        uint32_t share;
        uint16_t kind;
        uint8_t device;
        double from, to;
} sayings[] = {
        {35000, KIND_MOTION, 1, 1, 1},
        {25000, KIND_HEART_RATE, 0, 55, 118},
        {10000, KIND_SPO2, 0, 91, 99},
        {4000, KIND_RESPIRATION_RATE, 0, 11, 24},
        {3000, KIND_SKIN_TEMPERATURE, 0, 31, 36},
        {1500, KIND_SYSTOLIC_BP, 0, 100, 178},
        {500, KIND_BODY_TEMPERATURE, 0, 36, 37.8},
        {4000, KIND_STEPS, 0, 1, 40},
        {8000, KIND_HEARTBEAT, 0, 1, 1},
        {3000, KIND_HEARTBEAT, 1, 1, 1},
        {2000, KIND_HEARTBEAT, 3, 1, 1},
        {1000, KIND_HEARTBEAT, 2, 1, 1},
        {1500, KIND_BATTERY, 0, 5, 100},
        {980, KIND_BED_IN, 1, 1, 1},
        {300, KIND_HEART_RATE, 0, 121, 150},
        {200, KIND_SPO2, 0, 82, 89},
        {10, KIND_FALL, 0, 1, 1},
        {6, KIND_SOS, 2, 1, 1},
        {4, KIND_SMOKE, 3, 1, 1},
};

static const struct saying *saying_of(uint32_t lot) {
        size_t i = 0;

        while (lot >= sayings[i].share)
                lot -= sayings[i++].share;
        return &sayings[i];
}

void chatter_say(struct chatter *chatter, int64_t received_ms, struct event *ret) {
        const struct saying *saying = saying_of(random_below(chatter, 100000));
        size_t device = (size_t)random_below(chatter, chatter->elder_count) * CHATTER_DEVICES +
                        saying->device;

        *ret = chatter->templates[device];
        ret->received_time_ms = received_ms;
        ret->device_time_ms = received_ms - random_below(chatter, 400);
        ret->sequence = ++chatter->sequences[device];
        ret->kind = saying->kind;
        ret->value =
                saying->from + (saying->to - saying->from) * random_below(chatter, 1000) / 1000.0;
        ret->validity =
                random_below(chatter, 100) < 2 ? EVENT_VALIDITY_ARTEFACT : EVENT_VALIDITY_VALID;
}

/* --- where ------------------------------------------------------------------------------------------- */

void chatter_print_machine(void) {
        char line[256];
        const char *model = "unknown";
        FILE *info = fopen("/proc/cpuinfo", "re");

        while (info && fgets(line, sizeof(line), info)) {
                char *colon = strchr(line, ':');

                if (strncmp(line, "model name", 10) != 0 || !colon)
                        continue;
                colon[strcspn(colon, "\n")] = '\0';
                model = colon + 2;
                break;
        }
        printf("\"machine\":\"%s, %s\"", model, __VERSION__);
        if (info)
                fclose(info);
}

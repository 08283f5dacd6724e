/* SPDX-License-Identifier: MIT
 *
 * Elder profile: what the engine needs to know about an elder. rules/consumer builds it from the registry.
 *
 * Thread: any (plain data). Blocks: never.
 */
#ifndef VIGIL_RULES_EVAL_RULE_ELDER_PROFILE_H
#define VIGIL_RULES_EVAL_RULE_ELDER_PROFILE_H

#include <stdbool.h>
#include <stdint.h>

#include "common/wire/event.h"

enum {
        ELDER_PROFILE_DEVICES_MAX = 16,
        ELDER_PROFILE_WORDS_MAX = 8,
        ELDER_PROFILE_WORD_BYTES = 24,
        ELDER_PROFILE_DISTRICTS_MAX = 4
};

struct elder_profile {
        char elder_id[EVENT_ELDER_ID_BYTES];
        uint32_t elder_hash;
        int32_t partition;
        char care_level[ELDER_PROFILE_WORD_BYTES];
        /* The elder's own district first, then the larger ones around it. */
        char districts[ELDER_PROFILE_DISTRICTS_MAX][ELDER_PROFILE_WORD_BYTES];
        uint8_t district_count;
        char site[ELDER_PROFILE_WORD_BYTES];
        char conditions[ELDER_PROFILE_WORDS_MAX][ELDER_PROFILE_WORD_BYTES];
        uint8_t condition_count;
        char tags[ELDER_PROFILE_WORDS_MAX][ELDER_PROFILE_WORD_BYTES];
        uint8_t tag_count;
        bool lives_alone;
        int birth_year;      /* 0: not known */
        double latitude_deg; /* of the home, WGS-84; NAN: not known */
        double longitude_deg;
        struct {
                char device_id[EVENT_DEVICE_ID_BYTES];
                uint32_t device_hash;
                char device_class[ELDER_PROFILE_WORD_BYTES];
                char room[ELDER_PROFILE_WORD_BYTES];
                char wearing_position[16]; /* "wrist", "waist", "chest"; else unknown */
                int64_t heartbeat_ms;      /* 0: none */
                int64_t commissioned_time_ms;
        } devices[ELDER_PROFILE_DEVICES_MAX];
        uint8_t device_count;
};

#endif

/* SPDX-License-Identifier: MIT
 *
 * An elder: where its state lies. What is always there is a single block of cache lines in the engine's
 * arena, laid out by the elder's plan (rules/eval/rule/plan.h):
 *
 *      struct elder        64 bytes: who, plan, episodes, links of the timer and of the dirty list
 *      struct elder_device_row   64 bytes a device: sequence windows, last heard, levels
 *      block states        of rules that always remember something: the last sign of life, a baseline
 *      struct elder_cold   what only deadlines, verdicts and checkpoints need; ids as text
 *
 * Most of what an event costs is waiting for these lines, so they are few: the elder, its device's
 * row, and the quiet states for a sign of life.
 *
 * What is rarely there is an episode (rules/eval/core/episode.h), on a list of the elder's.
 *
 * Thread: the engine's owner. Blocks: never. Allocates: never.
 */
#ifndef VIGIL_RULES_EVAL_MEMORY_ELDER_H
#define VIGIL_RULES_EVAL_MEMORY_ELDER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <string.h>

#include "common/base/murmur2.h"
#include "common/base/require.h"
#include "common/wire/event.h"
#include "rules/eval/rule/plan.h"

enum { ELDER_DEVICE_TAGS = 6 };

enum { ELDER_DEVICE_ALARMS = 5 }; /* the latest that are known again: rules/eval/memory/window.h */

enum {
        ELDER_DEVICE_UNLISTED = 255
}; /* index of a device the registry does not give to this elder */

enum elder_flag {
        ELDER_OPEN = 1u << 0,  /* its partition is ours: events are judged, deadlines run */
        ELDER_DIRTY = 1u << 1, /* changed since it was last saved */
        ELDER_AWAY = 1u << 2,
        ELDER_TIMED = 1u << 3, /* in a wheel */
        ELDER_LIFE = 1u << 4,  /* … that of life safety: timers.h */
};

struct elder {
        char id[EVENT_ELDER_ID_BYTES];
        struct plan *plan;
        uint32_t episodes;               /* handle of the first */
        uint32_t timer_next, timer_prev; /* handles, in one slot of the wheel */
        uint32_t timer_tick;
        uint32_t dirty_next, dirty_prev; /* handles */
        uint8_t tags[ELDER_DEVICE_TAGS]; /* of the first devices' hashes: which row to look at */
        uint8_t device_count;
        uint8_t flags; /* enum elder_flag */
};

_Static_assert(sizeof(struct elder) == 64, "the part every event touches is one cache line");

struct elder_device_row {
        uint64_t high;        /* telemetry lane: highest sequence of boot */
        uint64_t window;      /* telemetry lane: bit n: high - n was seen */
        int64_t last_seen_ms; /* received time; while never heard: commissioned */
        uint32_t alarms
                [ELDER_DEVICE_ALARMS]; /* alarm lane: which events, the newest first; 0: none */
        uint32_t boot;
        uint8_t lanes;   /* bit LANE_TELEMETRY: high, window and boot hold something */
        uint8_t heard;   /* 0: never */
        uint8_t offline; /* bit n: the n-th offline rule of the plan has raised */
        uint8_t reserved;
        uint32_t hash;                    /* of the device's id */
        uint32_t level_s[RULE_LEVEL_MAX]; /* second at which a level rule raised; 0: none */
};

_Static_assert(sizeof(struct elder_device_row) == 64,
               "a device must not cost more than a cache line");

struct elder_device_cold {
        uint32_t heartbeat_ms;
        uint16_t device_class; /* word */
        uint16_t room;         /* word, 0: none */
        uint16_t id_at;        /* offset of the id in the text */
        uint8_t worn;          /* enum rule_worn; RULE_WORN_POSITIONS: none that is known */
        uint8_t reserved;
};

struct elder_cold {
        int64_t place_since_ms; /* away, or home again; 0: never said */
        int64_t registered_ms;  /* the first device was commissioned; 0: none */
        float latitude_deg;     /* WGS-84, of the home; NAN: not known. Good for a metre */
        float longitude_deg;
        int32_t partition;
        uint32_t cohort; /* index, see plan.h */
        uint16_t units;  /* of the block */
        uint16_t text_bytes;
        uint32_t reserved;
        struct elder_device_cold devices[]; /* device_count of them, then the text */
};

/* Kept in the table only; whoever moves an elder there makes it again. */
static inline uint32_t elder_hash(const struct elder *elder) {
        return murmur2(elder->id, strlen(elder->id));
}

static inline size_t align8(size_t bytes) {
        return (bytes + 7) & ~(size_t)7;
}

static inline struct elder_device_row *elder_rows(const struct elder *elder) {
        return (struct elder_device_row *)(uintptr_t)(elder + 1);
}

static inline uint8_t elder_device_tag(uint32_t device_hash) {
        return (uint8_t)(device_hash >> 24);
}

/* Return: index, or ELDER_DEVICE_UNLISTED. */
static inline uint8_t elder_device(const struct elder *elder, uint32_t device_hash) {
        for (uint8_t i = 0; i < elder->device_count; i++) {
                if (i < ELDER_DEVICE_TAGS && elder->tags[i] != elder_device_tag(device_hash))
                        continue;
                if (elder_rows(elder)[i].hash == device_hash)
                        return i;
        }
        return ELDER_DEVICE_UNLISTED;
}

static inline unsigned char *elder_states(const struct elder *elder) {
        return (unsigned char *)(elder_rows(elder) + elder->device_count);
}

static inline void *elder_state(const struct elder *elder, uint32_t offset) {
        return elder_states(elder) + offset;
}

static inline struct elder_cold *elder_cold(const struct elder *elder) {
        return (struct elder_cold *)(elder_states(elder) + elder->plan->state_bytes);
}

static inline char *elder_text(const struct elder *elder) {
        return (char *)&elder_cold(elder)->devices[elder->device_count];
}

/* The id of device @index; "" for ELDER_DEVICE_UNLISTED. */
static inline const char *elder_device_id(const struct elder *elder, uint8_t index) {
        if (index == ELDER_DEVICE_UNLISTED)
                return "";
        require(index < elder->device_count, "device %d of %d", index, elder->device_count);
        return elder_text(elder) + elder_cold(elder)->devices[index].id_at;
}

#endif

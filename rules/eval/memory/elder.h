/* SPDX-License-Identifier: MIT
 *
 * An elder: where its state lies. What always exists is a single block of cache lines in the engine's arena, laid out
 * by the elder's plan (rules/eval/rule/plan.h):
 *
 *      struct elder              64 bytes: id, plan, episodes, links of the timer and of the dirty list
 *      struct elder_device_row   64 bytes per device: dedup windows, last heard, levels
 *      block states              of rules that always have state: the last sign of life, a baseline
 *      struct elder_cold         used only by deadlines, verdicts and checkpoints; ids as text
 *
 * Most of the cost of an event is the cache misses on these lines, so an event needs few of them: the elder, the row
 * of its device and, for a sign of life, the quiet states.
 *
 * What rarely exists is an episode (rules/eval/core/episode.h), on a list of the elder.
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

enum { ELDER_DEVICE_ALARMS = 5 }; /* alarms kept for de-duplication: rules/eval/memory/window.h */

enum {
        ELDER_DEVICE_UNLISTED = 255
}; /* index of a device that the registry does not assign to this elder */

enum elder_flag {
        ELDER_OPEN = 1u << 0,  /* its partition is open here: events are evaluated, deadlines run */
        ELDER_DIRTY = 1u << 1, /* changed since the last checkpoint */
        ELDER_AWAY = 1u << 2,
        ELDER_TIMED = 1u << 3, /* its timer is in a wheel … */
        ELDER_LIFE = 1u << 4,  /* … in that of life safety: timers.h */
};

struct elder {
        char id[EVENT_ELDER_ID_BYTES];
        struct plan *plan;
        uint32_t episodes;               /* handle of the first */
        uint32_t timer_next, timer_prev; /* handles, within one slot of the wheel */
        uint32_t timer_tick;
        uint32_t dirty_next, dirty_prev; /* handles */
        uint8_t tags[ELDER_DEVICE_TAGS]; /* of the first devices' hashes: which row to look at */
        uint8_t device_count;
        uint8_t flags; /* enum elder_flag */
};

_Static_assert(sizeof(struct elder) == 64, "the part every event touches is one cache line");

struct elder_device_row {
        uint64_t high;        /* telemetry lane: highest sequence number of @boot */
        uint64_t window;      /* telemetry lane: bit n: high - n was seen */
        int64_t last_seen_ms; /* received time; before the first event: when commissioned */
        /* Alarm lane: the latest events as window_print(), newest first; 0: none. */
        uint32_t alarms[ELDER_DEVICE_ALARMS];
        uint32_t boot;
        uint8_t lanes;   /* bit LANE_TELEMETRY: high, window and boot are valid */
        uint8_t heard;   /* 0: never */
        uint8_t offline; /* bit n: offline rule n of the plan has raised */
        uint8_t reserved;
        uint32_t hash;                    /* of the device's id */
        uint32_t level_s[RULE_LEVEL_MAX]; /* second at which level rule n raised; 0: it has not */
};

_Static_assert(sizeof(struct elder_device_row) == 64,
               "a device must not cost more than a cache line");

struct elder_device_cold {
        uint32_t heartbeat_ms;
        uint16_t device_class; /* interned word */
        uint16_t room;         /* interned word; 0: none */
        uint16_t id_at;        /* offset of its id in the text */
        uint8_t worn;          /* enum rule_worn; RULE_WORN_POSITIONS: unknown */
        uint8_t reserved;
};

struct elder_cold {
        int64_t place_since_ms; /* away or home since then; 0: not known */
        int64_t registered_ms;  /* when the first device was commissioned; 0: none */
        float latitude_deg;     /* home, WGS-84, precise to a metre; NAN: not known */
        float longitude_deg;
        int32_t partition;
        uint32_t cohort; /* index in plans.cohorts */
        uint16_t units;  /* of the block */
        uint16_t text_bytes;
        uint32_t reserved;
        struct elder_device_cold devices[]; /* device_count of them, then the text */
};

/* Only the table stores the hash, so it is computed again when the elder's block moves. */
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

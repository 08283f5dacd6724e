/* SPDX-License-Identifier: MIT
 *
 * The state of one elder. What is always there is a single block of cache lines in the engine's
 * arena, laid out by the elder's plan (rules/eval/set/plan.h):
 *
 *      struct elder        64 bytes: who, plan, episodes, links of the timer and of the dirty list
 *      struct device_row   64 bytes a device: sequence windows, last heard, levels
 *      block states        of rules that always remember something: the last sign of life, a baseline
 *      struct elder_cold   what only deadlines, verdicts and checkpoints need; ids as text
 *
 * Most of what an event costs is waiting for these lines, so they are few: the elder, its device's
 * row, and the quiet states for a sign of life.
 *
 * What is rarely there is an episode: a vital over its limit, a fall that waits for its cancel, an
 * alarm not yet cleared. Each is one or two cache lines on a list of the elder's, so that rules under
 * which nothing happens cost neither memory nor a look.
 *
 * Thread: the engine's owner. Blocks: never. Allocates: episode_take(), a chunk for tens of thousands.
 */
#ifndef VIGIL_RULES_EVAL_MEMORY_ELDER_H
#define VIGIL_RULES_EVAL_MEMORY_ELDER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <string.h>

#include "common/event.h"
#include "common/murmur2.h"
#include "rules/eval/measure/motion_detect.h"
#include "rules/eval/measure/sliding.h"
#include "rules/eval/set/plan.h"

enum { DEVICE_TAGS = 6 };

enum { DEVICE_ALARMS = 5 }; /* the latest that are known again: rules/eval/memory/window.h */

enum { DEVICE_UNLISTED = 255 }; /* index of a device the registry does not give to this elder */

enum elder_flag {
        ELDER_OPEN = 1u << 0,  /* its partition is ours: events are judged, deadlines run */
        ELDER_DIRTY = 1u << 1, /* changed since it was last saved */
        ELDER_AWAY = 1u << 2,
        ELDER_TIMED = 1u << 3, /* in a wheel */
        ELDER_LIFE = 1u << 4,  /* … that of life safety: timers.h */
};

struct elder {
        char id[ELDER_ID_BYTES];
        struct plan *plan;
        uint32_t episodes;               /* handle of the first */
        uint32_t timer_next, timer_prev; /* handles, in one slot of the wheel */
        uint32_t timer_tick;
        uint32_t dirty_next, dirty_prev; /* handles */
        uint8_t tags[DEVICE_TAGS];       /* of the first devices' hashes: which row to look at */
        uint8_t device_count;
        uint8_t flags; /* enum elder_flag */
};

_Static_assert(sizeof(struct elder) == 64, "the part every event touches is one cache line");

struct device_row {
        uint64_t high;                  /* telemetry lane: highest sequence of boot */
        uint64_t window;                /* telemetry lane: bit n: high - n was seen */
        int64_t last_seen_ms;           /* received time; while never heard: commissioned */
        uint32_t alarms[DEVICE_ALARMS]; /* alarm lane: which events, the newest first; 0: none */
        uint32_t boot;
        uint8_t lanes;   /* bit LANE_TELEMETRY: high, window and boot hold something */
        uint8_t heard;   /* 0: never */
        uint8_t offline; /* bit n: the n-th offline rule of the plan has raised */
        uint8_t reserved;
        uint32_t hash;                    /* of the device's id */
        uint32_t level_s[RULE_LEVEL_MAX]; /* second at which a level rule raised; 0: none */
};

_Static_assert(sizeof(struct device_row) == 64, "a device must not cost more than a cache line");

/* Which event began an episode: enough to make its id and its text again. */
struct cause {
        uint64_t sequence; /* event_serial() */
        uint32_t boot;
        uint8_t device; /* index, or DEVICE_UNLISTED */
};

/* Format of checkpoints: never renumber. */
enum happening_phase {
        HAPPENING_OVER,
        HAPPENING_PENDING, /* nothing to confirm: the hold runs since the event */
        HAPPENING_RAISED,
        HAPPENING_CANCELLED,   /* or dismissed */
        HAPPENING_UNCONFIRMED, /* waits for its confirmation */
        HAPPENING_CONFIRMED,   /* then the hold runs */
};

struct happening_state {
        uint64_t sequence;
        int64_t event_time_ms;
        int64_t received_time_ms;
        uint32_t boot;
        uint8_t device;
        uint8_t phase; /* enum happening_phase */
        uint8_t confidence_pct;
        uint8_t drill;
};

enum vital_phase { VITAL_PENDING = 1, VITAL_ACTIVE };

enum { VITAL_HISTORY = 7 };

/* A limit broken for some time: of a vital, of a sensor's validity, of parts, of a zone. What is done with it
 * in common: rules/eval/core/lasting.h. */
struct vital_state {
        uint64_t sequence;
        int64_t since_ms;  /* event time of the first sample over the limit */
        int64_t newest_ms; /* event time of the newest valid sample */
        uint32_t boot;
        uint8_t device;
        uint8_t phase;      /* enum vital_phase */
        uint8_t samples;    /* over the limit since then, stays at 255 */
        uint8_t severity;   /* as last told; 0: none was */
        uint32_t last_n;    /* k of n: bit i: the i-th sample before the newest was over */
        uint8_t history_at; /* where the next one goes */
        uint8_t reserved[3];
        int64_t enough_ms; /* k of n: event time since which enough were over; 0: they are not */
        int64_t severe_ms; /* event time of the newest sample as severe as told */
        struct {
                uint32_t after_ms; /* since_ms */
                float value;
        } history
                [VITAL_HISTORY]; /* the newest judged, for the evidence; value NAN: not there yet */
};

_Static_assert(sizeof(struct vital_state) == 112, "checkpoints hold it as it is");

struct episode {
        uint32_t next;    /* handle: the elder's next */
        uint32_t id_hash; /* of the rule; it outlives rule sets */
        uint8_t type;     /* enum rule_condition_type: the id may come to mean another condition */
        uint8_t form;     /* enum plan_form */
        uint8_t reserved[6];
        uint64_t state[]; /* of the form */
};

_Static_assert(sizeof(struct episode) + sizeof(struct happening_state) <= 64,
               "a happening is one cache line");
_Static_assert(sizeof(struct episode) + sizeof(struct vital_state) <= 128,
               "a vital is two cache lines");

static inline struct happening_state *episode_happening(struct episode *episode) {
        return (struct happening_state *)episode->state;
}

static inline struct vital_state *episode_vital(struct episode *episode) {
        return (struct vital_state *)episode->state;
}

/* One device's acceleration, as it comes or as it was stored. */
struct motion_state {
        struct motion_detector detector;
        uint32_t heard_s; /* our clock */
        uint8_t device;
        uint8_t stored;   /* fed with what the device stored; 0: with what is live */
        uint8_t off_body; /* it said so, and not yet that it is worn again */
        uint8_t reserved;
};

_Static_assert(sizeof(struct episode) + sizeof(struct motion_state) <= 128,
               "a detector is two cache lines");

static inline struct motion_state *episode_motion(struct episode *episode) {
        return (struct motion_state *)episode->state;
}

enum { SCORE_STEPS = 8, SCORE_PLACES = SCORE_STEPS + 1 };

/* The newest valid reading of each parameter, and what the score was made of lately. */
struct score_state {
        struct sliding sliding;
        uint32_t measured_s[NEWS2_PARAMETERS]; /* event time; 0: never */
        uint32_t lately
                [SCORE_PLACES]; /* a step of @sliding each: two bits of points a parameter, from
                                        * bit SCORE_KNOWN_BIT on which were known; 0: nothing */
        int16_t charted[NEWS2_PARAMETERS]; /* see news2_charted() */
        uint8_t reserved[2];
};

_Static_assert(sizeof(struct score_state) == 96, "checkpoints hold it as it is");

/* What the newest reading or event of each part said. */
struct parts_state {
        int64_t seen_ms[RULE_PARTS_MAX]; /* event time; 0: nothing yet */
        uint32_t mark;                   /* of the kinds of the parts: another rule, other parts */
        uint8_t holds;                   /* bit n: it made part n true */
        uint8_t reserved[3];
};

_Static_assert(sizeof(struct parts_state) == 40, "checkpoints hold it as it is");

enum quiet_phase {
        QUIET_BLIND,
        QUIET_CALM,
        QUIET_RAISED,
        QUIET_NEVER, /* never heard, and that counts: last_ms is since when */
};

struct quiet_state {
        int64_t last_ms;   /* event time of the last sign of life */
        int64_t door_ms;   /* event time of the last way through the outer door; 0: none yet */
        uint64_t sequence; /* with boot and device: the last sign */
        uint32_t boot;
        uint8_t device;
        uint8_t phase;     /* enum quiet_phase */
        uint8_t returning; /* nobody was in when that door went */
        uint8_t reserved;
};

enum { PROFILE_BINS = 8 };

/* The longest silence usual at each time of day, see rules/eval/measure/quiet_profile.h. */
struct quiet_profile {
        uint32_t bin;     /* the present one: local day x PROFILE_BINS + its number */
        uint16_t longest; /* the longest silence in it so far */
        uint16_t learned; /* so many bins have been learned */
        uint16_t usual[PROFILE_BINS];
};

/* FORM_QUIET_LEARNED begins as FORM_QUIET, and what they share goes over when the one becomes the other. */
struct quiet_learned {
        struct quiet_state quiet;
        struct quiet_profile profile;
};

_Static_assert(sizeof(struct quiet_learned) == 56, "every elder of a learned rule has one");

struct device_cold {
        uint32_t heartbeat_ms;
        uint16_t device_class; /* word */
        uint16_t room;         /* word, 0: none */
        uint16_t id_at;        /* offset of the id in the text */
        uint8_t worn;          /* enum wearing_position; WORN_POSITIONS: none that is known */
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
        struct device_cold devices[]; /* device_count of them, then the text */
};

/* As a vital, with the position last believed. Begins as struct vital_state, so that what lasts is judged alike. */
struct zone_state {
        struct vital_state lasting; /* history: metres */
        int64_t fix_ms;             /* event time of the position */
        float latitude_deg, longitude_deg;
        uint8_t doubted; /* the one after it cannot be: too far for the time */
        uint8_t reserved[7];
};

_Static_assert(sizeof(struct zone_state) == 136, "checkpoints hold it as it is");

static inline struct zone_state *episode_zone(struct episode *episode) {
        return (struct zone_state *)episode->state;
}

enum tally_phase { TALLY_COUNTING = 1, TALLY_RAISED };

/* The newest events that count, the newest first. */
struct tally_state {
        uint64_t sequence; /* with boot and device: what completed the number */
        int64_t newest_ms; /* event time of the newest */
        int64_t keep_ms;   /* wall clock: nothing is forgotten earlier; 0: at once */
        uint32_t boot;
        uint8_t device;
        uint8_t phase; /* enum tally_phase */
        uint8_t count;
        uint8_t drill;
        uint32_t ago_ms[RULE_COUNT_MAX]; /* before the newest */
        uint8_t mark[RULE_COUNT_MAX];    /* of its id, for the same one delivered again */
};

_Static_assert(sizeof(struct episode) + sizeof(struct tally_state) <= 128,
               "a tally is two cache lines");

static inline struct tally_state *episode_tally(struct episode *episode) {
        return (struct tally_state *)episode->state;
}

enum sequence_phase { SEQUENCE_UNDER_WAY = 1, SEQUENCE_RAISED };

struct sequence_state {
        uint64_t sequence; /* with boot and device: what began the wait, or completed the whole */
        int64_t reached_ms[RULE_STEPS_MAX]; /* event time at which step n was reached; 0: not */
        int64_t again_ms; /* what would begin the wait again, had it not begun; 0: nothing */
        uint64_t again_sequence;
        int64_t seen_ms;   /* the last step, come before its predecessor; 0: not */
        int64_t decide_ms; /* wall clock: nothing is decided earlier; 0: at once */
        uint32_t boot;
        uint32_t again_boot;
        uint16_t kind;
        uint8_t device; /* of both */
        uint8_t phase;  /* enum sequence_phase */
        uint8_t drill;
        uint8_t reserved[3];
};

_Static_assert(sizeof(struct episode) + sizeof(struct sequence_state) <= 128,
               "a sequence is two cache lines");

static inline struct sequence_state *episode_sequence(struct episode *episode) {
        return (struct sequence_state *)episode->state;
}

/* Kept in the table only; whoever moves an elder there makes it again. */
static inline uint32_t elder_hash(const struct elder *elder) {
        return murmur2(elder->id, strlen(elder->id));
}

static inline size_t align8(size_t bytes) {
        return (bytes + 7) & ~(size_t)7;
}

static inline struct device_row *elder_rows(const struct elder *elder) {
        return (struct device_row *)(uintptr_t)(elder + 1);
}

static inline uint8_t device_tag(uint32_t device_hash) {
        return (uint8_t)(device_hash >> 24);
}

/* Return: index, or DEVICE_UNLISTED. */
static inline uint8_t elder_device(const struct elder *elder, uint32_t device_hash) {
        for (uint8_t i = 0; i < elder->device_count; i++) {
                if (i < DEVICE_TAGS && elder->tags[i] != device_tag(device_hash))
                        continue;
                if (elder_rows(elder)[i].hash == device_hash)
                        return i;
        }
        return DEVICE_UNLISTED;
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

/* The id of device @index; "" for DEVICE_UNLISTED. */
static inline const char *elder_device_id(const struct elder *elder, uint8_t index) {
        if (index >= elder->device_count)
                return "";
        return elder_text(elder) + elder_cold(elder)->devices[index].id_at;
}

#endif

/* SPDX-License-Identifier: MIT
 *
 * Motion detector: a fall in a stream of acceleration. docs/falls.md tells why it judges as it does.
 *
 * Fed block by block, of any size, at 8 Hz and more. Half a second of samples becomes one bin (mean,
 * spread, greatest, least), and the fall is sought in bins:
 *
 *      calm ── impact ──▶ hit ── lies turned ──▶ down ── still for long enough ──▶ fall told, calm
 *        ▲                 │                      │
 *        └── still upright ┴─ up again, or never still
 *
 * All that is remembered is in struct motion_detector: of fixed size, all zeros to begin with, and it
 * may be saved and taken up again between any two blocks.
 *
 * Thread: the owner of the detector. Blocks: never. Allocates: never.
 */
#ifndef VIGIL_RULES_EVAL_MEASURE_MOTION_H
#define VIGIL_RULES_EVAL_MEASURE_MOTION_H

#include <stdbool.h>
#include <stdint.h>

#include "rules/eval/rule/condition.h"

enum {
        MOTION_BIN_MS = 500,
        MOTION_PAST = 4, /* bins remembered */
};

struct motion_bin {
        int16_t mean_mg[3];
        uint8_t peak;  /* the greatest, 128 milli-g each, rounded down */
        uint8_t least; /* 8 milli-g each, stays at 255 */
};

enum motion_phase { MOTION_CALM, MOTION_HIT, MOTION_DOWN };

/* Format of checkpoints: see RULE_FORM_MOTION. */
struct motion_detector {
        int64_t newest_ms; /* when the newest sample was taken; 0: none yet */

        /* The bin being filled. Squares are of magnitudes, in milli-g². */
        uint64_t square_sum;
        int32_t sum_mg[3];
        uint32_t peak_square, least_square;
        uint32_t filled_us;
        uint16_t count;
        uint16_t peak_at_ms; /* after it began */

        /* The fall that may be under way. */
        uint16_t since_impact_ms; /* to the end of the last bin */
        uint16_t impact_mg;
        int16_t before_mg[3]; /* the posture before; all 0: not known */
        int16_t still_mg[3];  /* the posture since it lies still */
        uint8_t still_bins;
        uint8_t least; /* before the impact, as in a bin */
        uint8_t phase; /* enum motion_phase */

        uint8_t past_count;
        struct motion_bin past[MOTION_PAST]; /* the newest first */
};

_Static_assert(sizeof(struct motion_detector) == 96, "checkpoints hold it as it is");

struct motion_block {
        const unsigned char *samples; /* int16 x, y, z in milli-g, gravity included; not aligned */
        uint16_t count;
        uint16_t rate_dhz; /* tenths of hertz */
        int64_t begin_ms;  /* when the first was taken */
        bool uncounted;    /* no sequence tells whether it came before */
        bool as_it_came; /* @begin_ms is only a guess from the arrival: blocks follow one another */
};

struct motion_fall {
        int64_t time_ms; /* of the impact */
        uint16_t impact_mg;
        uint16_t free_fall_mg; /* the least in the second before */
        uint16_t turn_deg;
        uint8_t confidence_pct; /* how far beyond the limits: 60 at them, 100 at twice */
};

enum motion_answer {
        MOTION_FALL = 1,
        MOTION_STALE, /* nothing in it is newer than what was judged already: left alone */
        MOTION_UNUSABLE, /* no fall, and some of it no body could have made: stuck, or not 1 g at rest */
};

/* Judge one block. Return: 0, or an answer; @ret is filled for MOTION_FALL only (the first of the block). */
int motion_detect(struct motion_detector *detector, const struct condition_motion_limits *limits,
                  const struct motion_block *block, struct motion_fall *ret);

/* Forget what is under way and what was before: the device is not worn. */
void motion_forget(struct motion_detector *detector);

/* Can motion_detect() go on from it? For what comes out of a checkpoint. */
bool motion_is_sound(const struct motion_detector *detector);

/* Why no detector can work with @limits, or NULL. */
const char *motion_refuse_limits(const struct condition_motion_limits *limits);

#endif

/* SPDX-License-Identifier: MIT
 *
 * Motion detector: finds falls in a stream of acceleration. docs/falls.md explains the method.
 *
 * It is fed with blocks of any size, at 8 Hz or more. Half a second of samples becomes one bin (mean, spread, peak,
 * minimum), and falls are sought in bins:
 *
 *      calm ── impact ──▶ hit ── lies turned ──▶ down ── still for long enough ──▶ fall reported, calm
 *        ▲                 │                      │
 *        └── still upright ┴─ up again, or never still
 *
 * All state is in struct motion_detector. It has a fixed size, begins as all zeros, and can be saved and restored
 * between any two blocks.
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
        uint8_t peak;  /* peak in units of 128 milli-g, rounded down */
        uint8_t least; /* minimum in units of 8 milli-g, at most 255 */
};

enum motion_phase { MOTION_CALM, MOTION_HIT, MOTION_DOWN };

/* Part of the checkpoint format: see RULE_FORM_MOTION. */
struct motion_detector {
        int64_t newest_ms; /* time of the newest sample; 0: none yet */

        /* The bin being filled. Squares are of magnitudes, in milli-g². */
        uint64_t square_sum;
        int32_t sum_mg[3];
        uint32_t peak_square, least_square;
        uint32_t filled_us;
        uint16_t count;
        uint16_t peak_at_ms; /* time of the peak, from the beginning of the bin */

        /* A fall that may be in progress. */
        uint16_t since_impact_ms; /* at the end of the last bin */
        uint16_t impact_mg;
        int16_t before_mg[3]; /* posture before the impact; all 0: not known */
        int16_t still_mg[3];  /* posture since the elder has been lying still */
        uint8_t still_bins;
        uint8_t least; /* minimum before the impact, as in motion_bin */
        uint8_t phase; /* enum motion_phase */

        uint8_t past_count;
        struct motion_bin past[MOTION_PAST]; /* newest first */
};

_Static_assert(sizeof(struct motion_detector) == 96, "checkpoints hold it as it is");

struct motion_block {
        const unsigned char *samples; /* int16 x, y, z in milli-g, gravity included; not aligned */
        uint16_t count;
        uint16_t rate_dhz; /* tenths of hertz */
        int64_t begin_ms;  /* time of the first sample */
        bool uncounted;    /* without a sequence number, only the time shows a repetition */
        /* @begin_ms is only an estimate from the arrival: blocks follow one another without a gap. */
        bool as_it_came;
};

struct motion_fall {
        int64_t time_ms; /* of the impact */
        uint16_t impact_mg;
        uint16_t free_fall_mg; /* minimum in the second before */
        uint16_t turn_deg;
        uint8_t confidence_pct; /* 60 at the limits, 100 at twice the limits */
};

enum motion_answer {
        MOTION_FALL = 1,
        MOTION_STALE, /* all samples were evaluated before; the block is ignored */
        /* No fall, and some samples are unusable: a sensor that is stuck, is not at 1 g at rest, sends error codes or
         * is too slow. */
        MOTION_UNUSABLE,
};

/* Evaluate one block. Return: 0 or enum motion_answer; *ret is set for MOTION_FALL only, to the first fall in the
 * block. */
int motion_detect(struct motion_detector *detector, const struct condition_motion_limits *limits,
                  const struct motion_block *block, struct motion_fall *ret);

/* Forget the fall in progress and the past bins, because the device is not worn. */
void motion_forget(struct motion_detector *detector);

/* Can motion_detect() continue from this state? For states from a checkpoint. */
bool motion_is_sound(const struct motion_detector *detector);

/* Why no detector can work with @limits, or NULL if they are sound. */
const char *motion_refuse_limits(const struct condition_motion_limits *limits);

#endif

/* SPDX-License-Identifier: MIT */
#include "rules/eval/measure/motion.h"

#include <math.h>
#include <string.h>

#include "common/wire/event.h"

#ifndef MOTION_TUNED_OUTSIDE
enum {
        FALL_MS = 2500,   /* from impact to lying: an elder still upright then has not fallen */
        WATCH_MS = 30000, /* an elder who lies and moves about for this long can help themselves */
};
#endif

enum {
        RATE_MIN_DHZ = 80,     /* slower: too few samples in a bin to tell still from moving */
        SLICE_US = 20000,      /* faster samples are averaged over this: one sample is no impact */
        AXIS_MAX_MG = 16500,   /* sensors worn by people end at 16 g: more is an error code */
        GRAVITY_MIN_MG = 700,  /* range of a working sensor at rest. In the recordings, … */
        GRAVITY_MAX_MG = 1300, /* … 90 in 100 trials lie between 839 and 1,089 */
        QUIET_MG = 100,        /* a bin that varies by less contains only gravity */
        STUCK_COUNT = 4,       /* a sensor that repeats a sample this often is stuck */

        JITTER_MS = 1000, /* no clock and no radio dates a block more precisely */
        GAP_MS = 3000,    /* blocks are missing: whether the elder lay still is not known … */
        LOST_MS = 10000,  /* … nor, after this long, the posture before */
        SINCE_MAX_MS = 60000,

        PEAK_UNIT_MG = 128,
        LEAST_UNIT_MG = 8,
};

static double length(const int16_t *mg) {
        return sqrt((double)mg[0] * mg[0] + (double)mg[1] * mg[1] + (double)mg[2] * mg[2]);
}

/* Degrees between two postures; 0 if one of them is not known. */
static double turn_between(const int16_t *from, const int16_t *to) {
        double lengths = length(from) * length(to);
        double dot = (double)from[0] * to[0] + (double)from[1] * to[1] + (double)from[2] * to[2];

        return lengths > 0 ? acos(fmax(-1, fmin(1, dot / lengths))) * 180 / acos(-1) : 0;
}

/* --- bins --------------------------------------------------------------------------------------- */

/* A complete bin. */
struct whole_bin {
        int16_t mean_mg[3];
        uint16_t peak_mg;
        uint16_t least_mg;
        uint16_t peak_before_ms; /* from the peak to the end of the bin */
        double spread_mg;        /* standard deviation over all axes */
        bool stuck;
};

static void bin_empty(struct motion_detector *detector) {
        detector->square_sum = 0;
        memset(detector->sum_mg, 0, sizeof(detector->sum_mg));
        detector->peak_square = 0;
        detector->least_square = UINT32_MAX;
        detector->filled_us = 0;
        detector->count = 0;
        detector->peak_at_ms = 0;
}

static struct whole_bin bin_close(struct motion_detector *detector) {
        struct whole_bin bin = {
                .peak_mg = (uint16_t)sqrt(detector->peak_square),
                .least_mg = (uint16_t)sqrt(detector->least_square),
                .peak_before_ms = (uint16_t)(detector->filled_us / 1000 - detector->peak_at_ms),
        };
        int64_t count = detector->count;
        int64_t spread = count * (int64_t)detector->square_sum;

        /* In integers, so that a stuck sensor has a spread of exactly 0. */
        for (int i = 0; i < 3; i++) {
                bin.mean_mg[i] = (int16_t)(detector->sum_mg[i] / count);
                spread -= (int64_t)detector->sum_mg[i] * detector->sum_mg[i];
        }
        bin.stuck = spread == 0 && count >= STUCK_COUNT;
        bin.spread_mg = sqrt((double)spread) / (double)count;
        bin_empty(detector);
        return bin;
}

static uint8_t least_units(const struct whole_bin *bin) {
        unsigned int units = bin->least_mg / (unsigned int)LEAST_UNIT_MG;

        return (uint8_t)(units < UINT8_MAX ? units : UINT8_MAX);
}

static void remember(struct motion_detector *detector, const struct whole_bin *bin) {
        memmove(&detector->past[1], &detector->past[0],
                sizeof(detector->past) - sizeof(detector->past[0]));
        memcpy(detector->past[0].mean_mg, bin->mean_mg, sizeof(bin->mean_mg));
        detector->past[0].peak = (uint8_t)(bin->peak_mg / PEAK_UNIT_MG);
        detector->past[0].least = least_units(bin);
        if (detector->past_count < MOTION_PAST)
                detector->past_count++;
}

static bool shows_gravity(const struct whole_bin *bin) {
        double gravity_mg = length(bin->mean_mg);

        return gravity_mg >= GRAVITY_MIN_MG && gravity_mg <= GRAVITY_MAX_MG;
}

/* --- the fall ----------------------------------------------------------------------------------- */

/* The posture before the fall: the mean of the past bins, without the newest if there are others, because the elder
 * was already falling then. */
static void note_before(struct motion_detector *detector) {
        int first = detector->past_count > 1;
        int sum[3] = {0};

        for (int i = first; i < detector->past_count; i++)
                for (int k = 0; k < 3; k++)
                        sum[k] += detector->past[i].mean_mg[k];
        for (int k = 0; k < 3; k++)
                detector->before_mg[k] = (int16_t)(sum[k] / (detector->past_count - first));
}

/* Does the peak exceed those of the bins before the previous one? Clapping, jogging and hopping repeat; a fall occurs
 * once. */
static bool stands_out(const struct motion_detector *detector, const struct whole_bin *bin) {
        for (int i = 1; i < detector->past_count; i++)
                if (detector->past[i].peak >= bin->peak_mg / PEAK_UNIT_MG)
                        return false;
        return true;
}

static void note_impact(struct motion_detector *detector,
                        const struct condition_motion_limits *limits, const struct whole_bin *bin) {
        uint8_t least = least_units(bin);

        if (detector->past_count == 0 || !stands_out(detector, bin))
                return;
        for (int i = 0; i < detector->past_count && i < 2; i++)
                if (detector->past[i].least < least)
                        least = detector->past[i].least;
        if (limits->free_fall_mg > 0 && least * LEAST_UNIT_MG > limits->free_fall_mg)
                return;
        note_before(detector);
        detector->phase = MOTION_HIT;
        detector->impact_mg = bin->peak_mg;
        detector->since_impact_ms = bin->peak_before_ms;
        detector->least = least;
        detector->still_bins = 0;
}

/* Is there only gravity, in the same direction as in the still bins before? */
static bool goes_on_still(const struct motion_detector *detector,
                          const struct condition_motion_limits *limits,
                          const struct whole_bin *bin) {
        int16_t moved_mg[3];

        if (bin->stuck || bin->spread_mg > limits->still_mg || !shows_gravity(bin))
                return false;
        for (int k = 0; k < 3; k++)
                moved_mg[k] = (int16_t)(bin->mean_mg[k] - detector->still_mg[k]);
        return detector->still_bins == 0 || length(moved_mg) <= limits->still_mg;
}

static void note_still(struct motion_detector *detector,
                       const struct condition_motion_limits *limits, const struct whole_bin *bin) {
        if (!goes_on_still(detector, limits, bin)) {
                detector->still_bins = 0;
                return;
        }
        if (detector->still_bins++ == 0)
                memset(detector->still_mg, 0, sizeof(detector->still_mg));
        for (int k = 0; k < 3; k++)
                detector->still_mg[k] =
                        (int16_t)(detector->still_mg[k] +
                                  (bin->mean_mg[k] - detector->still_mg[k]) / detector->still_bins);
}

/* How far @value is beyond @limit: 0 up to the limit, 1 from twice the limit on. @limit 0 (not required): 1. */
static double beyond(double value, double limit) {
        return limit > 0 ? fmax(0, fmin(1, value / limit - 1)) : 1;
}

static void tell(const struct motion_detector *detector,
                 const struct condition_motion_limits *limits, struct motion_fall *ret) {
        double turn_deg = turn_between(detector->before_mg, detector->still_mg);
        double clear = (beyond(detector->impact_mg, limits->impact_mg) +
                        beyond(turn_deg, limits->turn_deg)) /
                       2;

        *ret = (struct motion_fall){
                .time_ms = detector->newest_ms - detector->since_impact_ms,
                .impact_mg = detector->impact_mg,
                .free_fall_mg = (uint16_t)(detector->least * LEAST_UNIT_MG),
                .turn_deg = (uint16_t)turn_deg,
                .confidence_pct = (uint8_t)(60 + 40 * clear),
        };
}

static void step_hit(struct motion_detector *detector, const struct condition_motion_limits *limits,
                     const struct whole_bin *bin) {
        if (bin->peak_mg > detector->impact_mg)
                detector->impact_mg = bin->peak_mg; /* the knees hit first, then the rest */
        if (bin->peak_mg < limits->impact_mg && detector->since_impact_ms > MOTION_BIN_MS &&
            turn_between(detector->before_mg, bin->mean_mg) >= limits->turn_deg)
                detector->phase = MOTION_DOWN;
        else if (detector->since_impact_ms > FALL_MS)
                detector->phase = MOTION_CALM;
}

/* Return: MOTION_FALL or 0. */
static int step_down(struct motion_detector *detector, const struct condition_motion_limits *limits,
                     const struct whole_bin *bin, struct motion_fall *ret) {
        note_still(detector, limits, bin);
        if (detector->still_bins * MOTION_BIN_MS >= limits->still_ms &&
            turn_between(detector->before_mg, detector->still_mg) >= limits->turn_deg) {
                tell(detector, limits, ret);
                detector->phase = MOTION_CALM;
                return MOTION_FALL;
        }
        if (detector->since_impact_ms > WATCH_MS ||
            (bin->peak_mg < limits->impact_mg &&
             turn_between(detector->before_mg, bin->mean_mg) < limits->turn_deg / 2))
                detector->phase = MOTION_CALM;
        return 0;
}

static int step(struct motion_detector *detector, const struct condition_motion_limits *limits,
                const struct whole_bin *bin, struct motion_fall *ret) {
        int answer = 0;

        if (detector->since_impact_ms < SINCE_MAX_MS)
                detector->since_impact_ms = (uint16_t)(detector->since_impact_ms + MOTION_BIN_MS);
        if (detector->phase == MOTION_HIT)
                step_hit(detector, limits, bin);
        if (detector->phase == MOTION_DOWN)
                answer = step_down(detector, limits, bin, ret);
        if (detector->phase == MOTION_CALM && bin->peak_mg >= limits->impact_mg)
                note_impact(detector, limits, bin);
        remember(detector, bin);
        if (!answer && (bin->stuck || (bin->spread_mg < QUIET_MG && !shows_gravity(bin))))
                answer = MOTION_UNUSABLE;
        return answer;
}

/* --- samples ------------------------------------------------------------------------------------ */

void motion_forget(struct motion_detector *detector) {
        *detector = (struct motion_detector){.newest_ms = detector->newest_ms,
                                             .least_square = UINT32_MAX};
}

/* Append the block to what came before. Return: how many of its samples have been evaluated before. */
static uint32_t join(struct motion_detector *detector, const struct motion_block *block,
                     uint32_t every_us) {
        int64_t gap_ms = block->begin_ms - detector->newest_ms - every_us / 1000;

        if (detector->newest_ms == 0) {
                bin_empty(detector);
                return 0;
        }
        if (block->uncounted && !block->as_it_came &&
            block->begin_ms + (int64_t)(block->count - 1) * every_us / 1000 == detector->newest_ms)
                return block->count;
        if (gap_ms < -JITTER_MS && !block->as_it_came) {
                int64_t known = (-gap_ms * 1000 + every_us - 1) / every_us;

                return known < block->count ? (uint32_t)known : block->count;
        }
        if (gap_ms > LOST_MS) {
                motion_forget(detector);
        } else if (gap_ms > GAP_MS) {
                int64_t since_ms = detector->since_impact_ms + gap_ms;

                detector->since_impact_ms =
                        (uint16_t)(since_ms < SINCE_MAX_MS ? since_ms : SINCE_MAX_MS);
                detector->still_bins = 0;
                bin_empty(detector);
        }
        return 0;
}

struct triple {
        int32_t x, y, z;
};

/* The mean of the next @slice samples without error codes. Return: false if none is left. */
static bool read_slice(const struct motion_block *block, uint32_t from, uint32_t slice,
                       struct triple *ret) {
        struct triple sum = {0};
        int32_t sound = 0;

        for (uint32_t i = from; i < from + slice && i < block->count; i++) {
                int16_t mg[3];

                memcpy(mg, block->samples + (size_t)i * EVENT_SAMPLE_BYTES, sizeof(mg));
                if (mg[0] > AXIS_MAX_MG || mg[0] < -AXIS_MAX_MG || mg[1] > AXIS_MAX_MG ||
                    mg[1] < -AXIS_MAX_MG || mg[2] > AXIS_MAX_MG || mg[2] < -AXIS_MAX_MG)
                        continue;
                sum = (struct triple){sum.x + mg[0], sum.y + mg[1], sum.z + mg[2]};
                sound++;
        }
        if (sound > 1)
                sum = (struct triple){sum.x / sound, sum.y / sound, sum.z / sound};
        *ret = sum;
        return sound > 0;
}

static void bin_add(struct motion_detector *detector, const struct triple *mg) {
        uint32_t square =
                (uint32_t)(mg->x * mg->x) + (uint32_t)(mg->y * mg->y) + (uint32_t)(mg->z * mg->z);

        detector->square_sum += square;
        detector->sum_mg[0] += mg->x;
        detector->sum_mg[1] += mg->y;
        detector->sum_mg[2] += mg->z;
        detector->count++;
        if (square > detector->peak_square) {
                detector->peak_square = square;
                detector->peak_at_ms = (uint16_t)(detector->filled_us / 1000);
        }
        if (square < detector->least_square)
                detector->least_square = square;
}

int motion_detect(struct motion_detector *detector, const struct condition_motion_limits *limits,
                  const struct motion_block *block, struct motion_fall *ret) {
        int answer = 0;

        if (block->rate_dhz < RATE_MIN_DHZ || block->count == 0)
                return MOTION_UNUSABLE;

        uint32_t every_us = 10000000u / block->rate_dhz;
        uint32_t slice = every_us < SLICE_US ? (SLICE_US + every_us / 2) / every_us : 1;
        uint32_t i = join(detector, block, every_us);

        if (i >= block->count)
                return MOTION_STALE;
        for (; i < block->count; i += slice) {
                uint32_t taken = slice < block->count - i ? slice : block->count - i;
                struct triple mg;

                detector->filled_us += taken * every_us;
                detector->newest_ms = block->begin_ms + (int64_t)(i + taken - 1) * every_us / 1000;
                if (read_slice(block, i, taken, &mg))
                        bin_add(detector, &mg);
                else
                        answer = answer ? answer : MOTION_UNUSABLE;
                if (detector->filled_us < MOTION_BIN_MS * 1000u)
                        continue;
                if (detector->count == 0) {
                        detector->still_bins = 0;
                        bin_empty(detector);
                        continue;
                }

                struct whole_bin bin = bin_close(detector);
                struct motion_fall fall;
                int found = step(detector, limits, &bin, &fall);

                if (found == MOTION_FALL && answer != MOTION_FALL)
                        *ret = fall;
                if (found == MOTION_FALL || answer == 0)
                        answer = found;
        }
        return answer;
}

/* --- checks ------------------------------------------------------------------------------------- */

bool motion_is_sound(const struct motion_detector *detector) {
        int64_t most_mg = (int64_t)detector->count * AXIS_MAX_MG;

        for (int i = 0; i < 3; i++)
                if (detector->sum_mg[i] > most_mg || detector->sum_mg[i] < -most_mg)
                        return false;
        return detector->newest_ms >= 0 && detector->newest_ms < INT64_C(1) << 47 &&
               detector->phase <= MOTION_DOWN && detector->past_count <= MOTION_PAST &&
               (detector->phase == MOTION_CALM || detector->past_count > 0) &&
               detector->count <= EVENT_SAMPLES_MAX &&
               detector->filled_us < MOTION_BIN_MS * 1000u &&
               detector->peak_at_ms <= MOTION_BIN_MS &&
               detector->square_sum <= (uint64_t)most_mg * AXIS_MAX_MG * 3 &&
               detector->since_impact_ms <= SINCE_MAX_MS + MOTION_BIN_MS &&
               detector->still_bins <= 100;
}

const char *motion_refuse_limits(const struct condition_motion_limits *limits) {
        if (!(limits->impact_mg > 1000 && limits->impact_mg < AXIS_MAX_MG))
                return "an impact is more than the 1 g that is always there, and less than 16 g";
        if (!(limits->free_fall_mg >= 0 && limits->free_fall_mg < 1000))
                return "a free fall is less than the 1 g that is always there";
        if (!(limits->still_mg > 0 && limits->still_mg <= 1000))
                return "still is a variation of more than 0 and at most 1 g";
        if (limits->still_ms < MOTION_BIN_MS || limits->still_ms > RULE_MOTION_STILL_MAX_MS)
                return "stillness is looked for between half a second and 20 seconds";
        if (!(limits->turn_deg >= 0 && limits->turn_deg < 180))
                return "a turn lies within 0 and 180 degrees";
        return NULL;
}

/* SPDX-License-Identifier: MIT */
#include "bench/falls/falls_made.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/sim/world/random.h"
#include "common/base/err.h"

#define SEED 20261130
#define G_MPS2 9.81
#define PI 3.14159265358979323846

enum {
        RATE_HZ = 20,
        EVERY_MS = 1000 / RATE_HZ,
        STEP_MS = 1,        /* simulation step of the toppling rod */
        AXIS_MAX_MG = 8000, /* measuring range of typical sensors */
        GRAIN_MG = 4,       /* their resolution */
        TRIAL_SAMPLES = 60 * RATE_HZ,
        PEOPLE_STREAMS = 1000, /* random streams below are for people, from here on for trials */
};

struct person {
        double tall_m;
        double brisk; /* speed and strength of movements; 1: average */
        double tremor_g, breath_g;
        double mounted[3]; /* misalignment of the axes of sensor and body, in rad */
        double gain;       /* gain of the sensor; 1: exact */
};

/* A wearing position, and how it moves with the body. */
struct place {
        double high;         /* height above the floor as a share of the person's height */
        double seated;       /* tilt while sitting, in degrees */
        double steps_g;      /* acceleration of a step */
        double stumbles_mps; /* speed when a stumble is caught */
        double sits_mps;     /* speed when dropping onto a chair */
};

static const struct place places[] = {
        [FALLS_WRIST] =
                {.high = 0.48, .seated = 70, .steps_g = 0.35, .stumbles_mps = 0.9, .sits_mps = 0.5},
        [FALLS_WAIST] =
                {.high = 0.57, .seated = 25, .steps_g = 0.25, .stumbles_mps = 1.0, .sits_mps = 0.9},
        [FALLS_CHEST] =
                {.high = 0.75, .seated = 12, .steps_g = 0.2, .stumbles_mps = 0.8, .sits_mps = 0.6},
};

/* State while a trial is generated. "along" is the axis up the body, "across" the direction in which it leans. */
struct taker {
        struct falls_trial *trial;
        const struct person *person;
        const struct place *place;
        enum falls_sensor sensor;
        struct random_stream random;
        double tilt;    /* rad from upright */
        double towards; /* the direction of the tilt, rad */
};

/* --- samples -------------------------------------------------------------------------------------- */

static double between(struct taker *taker, double from, double to) {
        return from + (to - from) * random_unit(&taker->random);
}

static double rad(double deg) {
        return deg * PI / 180;
}

static void turn_plane(double *a, double *b, double angle) {
        double was = *a;

        *a = was * cos(angle) - *b * sin(angle);
        *b = was * sin(angle) + *b * cos(angle);
}

static int16_t as_sent(const struct person *person, double g) {
        double mg = round(g * person->gain * 1000 / GRAIN_MG) * GRAIN_MG;

        return (int16_t)fmax(-AXIS_MAX_MG, fmin(AXIS_MAX_MG, mg));
}

/* Add a sample: gravity for the current tilt, the given additional acceleration, tremor and breathing. */
static void feel(struct taker *taker, double along_g, double across_g) {
        struct falls_trial *trial = taker->trial;
        const struct person *person = taker->person;
        double shake_g = person->tremor_g;
        double breath_g = person->breath_g * sin(2 * PI * 0.25 * trial->count / RATE_HZ);
        double lean_g = sin(taker->tilt) + across_g + breath_g;
        double axis[3] = {cos(taker->tilt) + along_g, lean_g * cos(taker->towards),
                          lean_g * sin(taker->towards)};

        if (trial->count == TRIAL_SAMPLES)
                return;
        for (int i = 0; i < 3; i++)
                axis[i] += shake_g * random_bell(&taker->random);
        for (int i = 0; i < 3; i++)
                turn_plane(&axis[i], &axis[(i + 1) % 3], person->mounted[i]);
        for (size_t i = 0; i < 3; i++)
                trial->mg[(size_t)trial->count * 3 + i] = as_sent(person, axis[i]);
        trial->t_ms[trial->count] = (int32_t)trial->count * EVERY_MS;
        trial->count++;
}

/* --- movements ------------------------------------------------------------------------------------ */

static void rest(struct taker *taker, double seconds) {
        for (int i = 0; i < (int)(seconds * RATE_HZ); i++)
                feel(taker, 0, 0);
}

/* Irregular movement while lying or standing. */
static void fidget(struct taker *taker, double seconds) {
        for (int i = 0; i < (int)(seconds * RATE_HZ); i++)
                feel(taker, 0.35 * random_bell(&taker->random), 0.35 * random_bell(&taker->random));
}

static void lean(struct taker *taker, double seconds, double to_deg) {
        double from = taker->tilt;
        int count = (int)(seconds * RATE_HZ);

        for (int i = 1; i <= count; i++) {
                taker->tilt = from + (rad(to_deg) - from) * (1 - cos(PI * i / count)) / 2;
                feel(taker, 0.05 * random_bell(&taker->random), 0.05 * random_bell(&taker->random));
        }
}

/* Periodic movement such as steps, hops or claps at @hz, with slightly varying strength. */
static void repeat(struct taker *taker, double seconds, double hz, double along_g,
                   double across_g) {
        double phase = between(taker, 0, 2 * PI), much = 1;

        for (int i = 0; i < (int)(seconds * RATE_HZ); i++) {
                double wave;

                phase += 2 * PI * hz / RATE_HZ;
                if (phase > 2 * PI) {
                        phase -= 2 * PI;
                        much = between(taker, 0.85, 1.15);
                }
                wave = sin(phase) + 0.4 * sin(2 * phase);
                feel(taker, much * along_g * wave, much * across_g * wave);
        }
}

/* An impact at @mps that stops within @stop_ms: a half-sine pulse, then decaying vibration. */
static void hit(struct taker *taker, double mps, double stop_ms, double along_share) {
        double peak_g = PI * mps / (2 * stop_ms / 1000) / G_MPS2;
        double at_ms = between(taker, 0, EVERY_MS); /* phase of the sampling within the pulse */

        for (; at_ms < stop_ms; at_ms += EVERY_MS) {
                double now_g = peak_g * sin(PI * at_ms / stop_ms);

                feel(taker, now_g * along_share, now_g * sqrt(1 - along_share * along_share));
        }
        for (double left = 0.25; left > 0.05; left /= 2)
                feel(taker, left * peak_g * random_bell(&taker->random) / 2,
                     left * peak_g * random_bell(&taker->random) / 2);
}

/* The body topples over its feet like a rod, from almost upright until it lies. @kept: share of the acceleration that
 * arms and knees do not absorb. Return: the speed in m/s at which the sensor reaches the floor. */
static double topple(struct taker *taker, double towards_deg, double kept) {
        double tall = taker->person->tall_m, high = tall * taker->place->high;
        double begin = fmax(taker->tilt, rad(6)), omega = 0.3, ends = rad(between(taker, 78, 95));
        int ms = 0;

        taker->tilt = begin;
        taker->towards = rad(towards_deg);
        while (taker->tilt < ends) {
                double alpha = 1.5 * G_MPS2 / tall * sin(taker->tilt) * kept;

                omega += alpha * STEP_MS / 1000;
                taker->tilt += omega * STEP_MS / 1000;
                if (++ms % EVERY_MS == 0)
                        feel(taker, -omega * omega * high / G_MPS2, -alpha * high / G_MPS2);
        }
        return omega * high * sqrt(kept);
}

/* --- falls ---------------------------------------------------------------------------------------- */

/* Final tilt after a fall: random for the wrist; for the trunk that of the body, @deg. */
static void come_to_lie(struct taker *taker, double deg) {
        if (taker->sensor == FALLS_WRIST) {
                taker->tilt = rad(between(taker, 60, 120));
                taker->towards = between(taker, 0, 2 * PI);
        } else {
                taker->tilt = rad(deg);
        }
}

static void walk(struct taker *taker, double seconds) {
        double brisk = taker->person->brisk;

        repeat(taker, seconds, 1.7 * brisk, taker->place->steps_g * brisk,
               taker->place->steps_g * brisk / 2);
}

static void fall_over(struct taker *taker, double towards_deg, double kept, double stop_ms) {
        double mps = topple(taker, towards_deg, kept);

        hit(taker, mps, stop_ms * between(taker, 0.8, 1.2), 0.3);
        come_to_lie(taker, between(taker, 78, 100));
}

static void trip(struct taker *taker) {
        walk(taker, 5);
        fall_over(taker, 0, 0.55, 90);
        rest(taker, 8);
}

static void slip(struct taker *taker) {
        walk(taker, 5);
        fall_over(taker, 180, 0.8, 80);
        rest(taker, 8);
}

static void faint(struct taker *taker) {
        rest(taker, 5);
        fall_over(taker, 90, 0.65, 100);
        rest(taker, 8);
}

/* Sliding down along the seat, without free fall. */
static void slide_off_a_chair(struct taker *taker) {
        taker->tilt = rad(taker->place->seated / 3);
        rest(taker, 5);
        lean(taker, 0.8, 45);
        hit(taker, between(taker, 0.9, 1.8), between(taker, 80, 110), 0.8);
        come_to_lie(taker, between(taker, 55, 95)); /* against the wall, or flat */
        rest(taker, 8);
}

static void fall_and_crawl(struct taker *taker) {
        walk(taker, 5);
        fall_over(taker, 45, 0.6, 90);
        fidget(taker, between(taker, 3, 8));
        rest(taker, 8);
}

static void fall_while_getting_up(struct taker *taker) {
        taker->tilt = rad(taker->place->seated / 3);
        rest(taker, 5);
        lean(taker, 1.2, 5);
        fall_over(taker, 270, 0.55, 100);
        rest(taker, 8);
}

/* --- daily life ----------------------------------------------------------------------------------- */

static void walk_about(struct taker *taker) {
        rest(taker, 2);
        walk(taker, 15);
        rest(taker, 4);
}

static void climb_stairs(struct taker *taker) {
        rest(taker, 2);
        repeat(taker, 12, 1.5 * taker->person->brisk, taker->place->steps_g * 1.8,
               taker->place->steps_g);
        rest(taker, 4);
}

static void jog(struct taker *taker) {
        rest(taker, 2);
        repeat(taker, 12, 2.6, 1.1 * taker->person->brisk, 0.4);
        lean(taker, 1.6, 80); /* lies down on the grass to stretch */
        rest(taker, 5);
}

static void sit_down(struct taker *taker) {
        walk(taker, 5);
        lean(taker, 1.5 / taker->person->brisk, taker->place->seated);
        hit(taker, taker->place->sits_mps * 0.4, 110, 0.95);
        rest(taker, 7);
}

static void drop_onto_a_chair(struct taker *taker) {
        walk(taker, 5);
        lean(taker, 0.6, taker->place->seated);
        hit(taker, taker->place->sits_mps * between(taker, 0.9, 1.3), 80, 0.95);
        rest(taker, 7);
}

static void stand_up(struct taker *taker) {
        taker->tilt = rad(taker->place->seated);
        rest(taker, 6);
        lean(taker, 1.5, 0);
        walk(taker, 6);
        rest(taker, 2);
}

static void pick_something_up(struct taker *taker) {
        walk(taker, 5);
        lean(taker, 1.5, between(taker, 60, 80));
        rest(taker, between(taker, 0.5, 4));
        lean(taker, 1.5, 0);
        walk(taker, 5);
}

static void lie_down(struct taker *taker) {
        taker->tilt = rad(taker->place->seated);
        rest(taker, 5);
        lean(taker, between(taker, 1.8, 3), 85);
        hit(taker, between(taker, 0.2, 0.6), 110, 0.2);
        rest(taker, 8);
}

/* Dropping onto the bed: turn and stillness as in a fall, only with a softer impact. */
static void throw_oneself_onto_bed(struct taker *taker) {
        walk(taker, 5);
        lean(taker, 0.7, 85);
        hit(taker, between(taker, 0.6, 1.6), 130, 0.2);
        rest(taker, 8);
}

static void turn_over_in_bed(struct taker *taker) {
        taker->tilt = rad(85);
        rest(taker, 6);
        for (int i = 0; i < 30; i++) {
                taker->towards += rad(4);
                feel(taker, 0.1 * random_bell(&taker->random), 0.1 * random_bell(&taker->random));
        }
        hit(taker, 0.2, 110, 0);
        rest(taker, 7);
}

static void stumble(struct taker *taker) {
        walk(taker, 6);
        lean(taker, 0.4, between(taker, 20, 35));
        hit(taker, taker->place->stumbles_mps * between(taker, 0.9, 1.4), 70, 0.8);
        lean(taker, 0.8, 0);
        rest(taker, 6);
}

static void clap(struct taker *taker) {
        double there = taker->sensor == FALLS_WRIST ? 1 : 0.05;

        taker->tilt = rad(taker->place->seated);
        rest(taker, 4);
        repeat(taker, 8, 2.3 * taker->person->brisk, 0.6 * there, 3 * there);
        rest(taker, between(taker, 0, 5));
        if (taker->sensor == FALLS_WRIST)
                lean(taker, 0.5, 0); /* the arms hang down again */
        rest(taker, 5);
}

static void knock_on_the_table(struct taker *taker) {
        double there = taker->sensor == FALLS_WRIST ? 1 : 0.1;

        taker->tilt = rad(taker->place->seated);
        rest(taker, 5);
        for (int i = 0; i < 3; i++) {
                hit(taker, 1.1 * there * between(taker, 0.8, 1.2), 60, 0.2);
                rest(taker, 0.6);
        }
        rest(taker, 6);
}

/* The arm moves from hanging down to the table and lands with a bump: turn and stillness as in a fall, only with a
 * softer impact. */
static void put_the_arm_down(struct taker *taker) {
        rest(taker, 5);
        lean(taker, 0.7, taker->sensor == FALLS_WRIST ? 85 : 8);
        hit(taker, taker->sensor == FALLS_WRIST ? between(taker, 0.4, 0.7) : 0.05, 70, 0.1);
        rest(taker, 7);
}

static const struct {
        const char *name;
        bool is_fall;
        void (*make)(struct taker *taker);
} movements[] = {
        {"trip", true, trip},
        {"slip", true, slip},
        {"faint", true, faint},
        {"slide", true, slide_off_a_chair},
        {"crawl", true, fall_and_crawl},
        {"rise", true, fall_while_getting_up},
        {"walk", false, walk_about},
        {"stairs", false, climb_stairs},
        {"jog", false, jog},
        {"sit", false, sit_down},
        {"drop", false, drop_onto_a_chair},
        {"stand", false, stand_up},
        {"bend", false, pick_something_up},
        {"lie", false, lie_down},
        {"throw", false, throw_oneself_onto_bed},
        {"turn", false, turn_over_in_bed},
        {"stumble", false, stumble},
        {"clap", false, clap},
        {"knock", false, knock_on_the_table},
        {"table", false, put_the_arm_down},
};

enum { MOVEMENTS = sizeof(movements) / sizeof(movements[0]) };

_Static_assert(MOVEMENTS *FALLS_MADE_PEOPLE == FALLS_MADE_FALLS + FALLS_MADE_DAILY, "as told");

/* --- trials --------------------------------------------------------------------------------------- */

static struct person somebody(uint64_t number) {
        struct random_stream random = random_for(SEED, number);
        struct person person = {
                .tall_m = 1.5 + 0.3 * random_unit(&random),
                .brisk = 0.8 + 0.4 * random_unit(&random),
                .tremor_g = 0.008 + 0.022 * random_unit(&random),
                .breath_g = 0.005 + 0.015 * random_unit(&random),
                .gain = 0.96 + 0.08 * random_unit(&random),
        };

        for (int i = 0; i < 3; i++)
                person.mounted[i] = rad(10) * (2 * random_unit(&random) - 1);
        return person;
}

static int make_trial(enum falls_sensor sensor, const struct person *person, uint32_t who,
                      size_t what, struct falls_trial *ret) {
        struct taker taker = {
                .trial = ret,
                .person = person,
                .place = &places[sensor],
                .sensor = sensor,
                .random = random_for(
                        SEED, PEOPLE_STREAMS + (who * MOVEMENTS + what) * FALLS_SENSORS + sensor),
        };

        *ret = (struct falls_trial){
                .is_fall = movements[what].is_fall,
                .mg = calloc((size_t)TRIAL_SAMPLES * 3, sizeof(*ret->mg)),
                .t_ms = calloc(TRIAL_SAMPLES, sizeof(*ret->t_ms)),
        };
        if (!ret->mg || !ret->t_ms)
                return err_raise(-ENOMEM);
        snprintf(ret->id, sizeof(ret->id), "%s-%02u", movements[what].name, who);
        snprintf(ret->subject, sizeof(ret->subject), "P%02u", who);
        movements[what].make(&taker);
        ret->lasts_ms = (int64_t)ret->count * EVERY_MS;
        return 0;
}

int falls_make(enum falls_sensor sensor, struct falls_set *ret) {
        static const struct falls_set sets[] = {
                [FALLS_WRIST] = {.name = "wrist", .worn = RULE_WORN_WRIST},
                [FALLS_WAIST] = {.name = "waist", .worn = RULE_WORN_WAIST},
                [FALLS_CHEST] = {.name = "chest", .worn = RULE_WORN_CHEST},
        };
        struct falls_set set = sets[sensor];
        int r = 0;

        set.trials = calloc((size_t)FALLS_MADE_PEOPLE * MOVEMENTS, sizeof(*set.trials));
        if (!set.trials)
                return err_raise(-ENOMEM);
        for (uint32_t who = 0; r == 0 && who < FALLS_MADE_PEOPLE; who++) {
                struct person person = somebody(who);

                for (size_t what = 0; r == 0 && what < MOVEMENTS; what++)
                        r = make_trial(sensor, &person, who, what, &set.trials[set.count++]);
        }
        if (r < 0) {
                falls_free(&set);
                return r;
        }
        *ret = set;
        return 0;
}

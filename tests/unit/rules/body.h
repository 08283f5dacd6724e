/* SPDX-License-Identifier: MIT
 *
 * A simulated body for tests of falls: builds, phase by phase, the acceleration that a worn sensor would measure.
 * Upright, gravity points along x; a tilt turns it towards z.
 */
#ifndef VIGIL_TESTS_UNIT_RULES_BODY_H
#define VIGIL_TESTS_UNIT_RULES_BODY_H

#include <stdint.h>

enum { BODY_SAMPLES_MAX = 16384 };

struct body {
        int16_t mg[BODY_SAMPLES_MAX * 3]; /* x, y, z of each sample */
        uint32_t count;                   /* of samples */
        uint16_t rate_dhz;                /* sampling rate in 0.1 Hz */
        double tilt_deg;                  /* 0: upright, 90: lying */
        uint32_t seed;
};

/* Start upright, without samples. */
void body_begin(struct body *body, uint16_t rate_dhz);

/* Append @ms of rest in the current posture: 1 g, plus noise of up to ±@shake_mg on each axis. */
void body_rest(struct body *body, int ms, int shake_mg);

/* Append @ms of @mg along the axis of gravity, without noise. */
void body_feel(struct body *body, int ms, int mg);

/* The usual start of a test: 4 s in the current posture, 100 ms of @impact_mg, then a tilt by @turn_deg. */
void body_hit(struct body *body, int impact_mg, double turn_deg);

/* body_hit(), then 6 s of rest. */
void body_fall(struct body *body, int impact_mg, double turn_deg);

#endif

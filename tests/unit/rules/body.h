/* SPDX-License-Identifier: MIT
 *
 * A body for tests of falls: what a sensor on it would have measured, piece by piece. Gravity lies along
 * x when upright and turns towards z.
 */
#ifndef VIGIL_TESTS_UNIT_RULES_BODY_H
#define VIGIL_TESTS_UNIT_RULES_BODY_H

#include <stdint.h>

enum { BODY_SAMPLES_MAX = 16384 };

struct body {
        int16_t mg[BODY_SAMPLES_MAX * 3];
        uint32_t count;
        uint16_t rate_dhz;
        double tilt_deg; /* 0: upright, 90: lies */
        uint32_t seed;
};

/* Upright, nothing measured yet. */
void body_begin(struct body *body, uint16_t rate_dhz);

/* As it is for @ms, each axis off by at most @shake_mg either way. */
void body_rest(struct body *body, int ms, int shake_mg);

/* Along gravity @mg for @ms. */
void body_feel(struct body *body, int ms, int mg);

/* What most tests begin with: 4 s upright, 100 ms of @impact_mg, turned by @turn_deg. */
void body_hit(struct body *body, int impact_mg, double turn_deg);

/* The same, then 6 s still. */
void body_fall(struct body *body, int impact_mg, double turn_deg);

#endif

/* SPDX-License-Identifier: MIT */
#include "tests/unit/rules/body.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

void body_begin(struct body *body, uint16_t rate_dhz) {
        body->count = 0;
        body->rate_dhz = rate_dhz;
        body->tilt_deg = 0;
        body->seed = 1;
}

static int16_t shaken(struct body *body, double mg, int shake_mg) {
        body->seed = body->seed * 1664525u + 1013904223u;
        return (int16_t)lround(mg + shake_mg * ((body->seed >> 8) / (double)(1 << 23) - 1));
}

static void measure(struct body *body, int ms, double mg, int shake_mg) {
        double tilt = body->tilt_deg * acos(-1) / 180;

        for (long n = lround(ms * body->rate_dhz / 10000.0); n > 0; n--) {
                int16_t *at = body->mg + (size_t)body->count++ * 3;

                assert_true(body->count <= BODY_SAMPLES_MAX);
                at[0] = shaken(body, mg * cos(tilt), shake_mg);
                at[1] = shaken(body, 0, shake_mg);
                at[2] = shaken(body, mg * sin(tilt), shake_mg);
        }
}

void body_rest(struct body *body, int ms, int shake_mg) {
        measure(body, ms, 1000, shake_mg);
}

void body_feel(struct body *body, int ms, int mg) {
        measure(body, ms, mg, 0);
}

void body_hit(struct body *body, int impact_mg, double turn_deg) {
        body_rest(body, 4000, 20);
        body_feel(body, 100, impact_mg);
        body->tilt_deg += turn_deg;
}

void body_fall(struct body *body, int impact_mg, double turn_deg) {
        body_hit(body, impact_mg, turn_deg);
        body_rest(body, 6000, 20);
}

/* SPDX-License-Identifier: MIT
 *
 * Simulated falls and daily movements: what sensors on a simulated body would measure. The body is a rod that
 * topples over its feet, is slowed a little by arms or knees, and hits the floor; daily movements are steps, knocks
 * and turns. The data is the same on every machine, so that limits and detector can be checked without
 * the recordings of people (bench/falls/falls_data.h). It does not replace them, because real falls differ.
 *
 * Thread: one. Blocks: never.
 */
#ifndef VIGIL_BENCH_FALLS_FALLS_MADE_H
#define VIGIL_BENCH_FALLS_FALLS_MADE_H

#include "bench/falls/falls_data.h"

enum {
        FALLS_MADE_PEOPLE = 12, /* each makes every movement once */
        FALLS_MADE_FALLS = 6 * FALLS_MADE_PEOPLE,
        FALLS_MADE_DAILY = 14 * FALLS_MADE_PEOPLE,
};

/* @sensor: FALLS_WRIST, FALLS_WAIST or FALLS_CHEST; 20 Hz. The caller releases *ret with falls_free().
 * Return: 0, -ENOMEM. */
int falls_make(enum falls_sensor sensor, struct falls_set *ret);

#endif

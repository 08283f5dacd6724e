/* SPDX-License-Identifier: MIT
 *
 * Falls and daily movements that nobody recorded: what sensors on a simulated body would have measured. A body is a
 * rod that topples over its feet, brakes a little with arms or knees, and hits the floor; daily life is
 * steps, knocks and turns. The same on every machine, so that limits and detector have a judge also where the
 * recordings of people (bench/falls/falls_data.h) are not to be had. It replaces none of them: how people
 * really fall, only people show.
 *
 * Thread: one. Blocks: never.
 */
#ifndef VIGIL_BENCH_FALLS_FALLS_MADE_H
#define VIGIL_BENCH_FALLS_FALLS_MADE_H

#include "bench/falls/falls_data.h"

enum {
        FALLS_MADE_PEOPLE = 12, /* each does everything once */
        FALLS_MADE_FALLS = 6 * FALLS_MADE_PEOPLE,
        FALLS_MADE_DAILY = 14 * FALLS_MADE_PEOPLE,
};

/* @sensor: FALLS_WRIST, FALLS_WAIST or FALLS_CHEST; 20 Hz. falls_free() it.
 * Return: 0, -ENOMEM. */
int falls_make(enum falls_sensor sensor, struct falls_set *ret);

#endif

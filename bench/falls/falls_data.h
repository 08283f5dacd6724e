/* SPDX-License-Identifier: MIT
 *
 * Recorded falls and daily movements, and what the shipped engine says to them. The recordings lie beside
 * the source tree, in ../shared/data (its README.md has their sources and licences); they are never copied here.
 *
 * Thread: one. Blocks: on files, on xz.
 */
#ifndef VIGIL_BENCH_FALLS_FALLS_DATA_H
#define VIGIL_BENCH_FALLS_FALLS_DATA_H

#include <stdbool.h>
#include <stdint.h>

#include "rules/eval/measure/motion_limits.h"

enum { FALLS_SUBJECT_BYTES = 8 };

struct falls_trial {
        char id[64];
        char subject[FALLS_SUBJECT_BYTES];
        bool is_fall;
        int64_t begin_ms; /* from the start of the recording */
        int64_t lasts_ms;
        uint32_t count;
        int16_t *mg;   /* x, y, z */
        int32_t *t_ms; /* after begin_ms */
};

/* All trials of one sensor. */
struct falls_set {
        const char *name;
        enum rule_worn worn;
        struct falls_trial *trials;
        uint32_t count;
};

enum falls_sensor {
        FALLS_WRIST,
        FALLS_WAIST,
        FALLS_CHEST,
        FALLS_STAIRS_BELT, /* the stairs: nobody falls */
        FALLS_STAIRS_LEFT, /* wrist */
        FALLS_STAIRS_RIGHT,
        FALLS_SENSORS,
};

/* Are the recordings here, and xz to read them with? */
bool falls_are_here(void);

/* Return: 0, -ENOENT, -ENOMEM, -EINVAL (not as their README says). */
int falls_load(enum falls_sensor sensor, struct falls_set *ret);
void falls_free(struct falls_set *set);

/* Block @n of a trial as a device would send it, of a second each. Return: false after the last. */
struct motion_block;
bool falls_block(const struct falls_trial *trial, uint32_t n, struct motion_block *ret);

struct falls_figures {
        uint32_t falls, detected;     /* trials with a fall, with an alarm in it */
        uint32_t daily, false_alarms; /* trials without, with an alarm in them */
        uint32_t alarms;              /* all there were in daily trials */
        double daily_hours;
        uint64_t samples;
        double engine_s; /* processor time in engine_events() */
};

/* Every trial as an elder of its own, through an engine with one rule.
 * Return: 0, -ENOMEM, -EINVAL. */
int falls_judge(const struct falls_set *set, const struct condition_motion_limits *limits,
                struct falls_figures *ret);

#endif

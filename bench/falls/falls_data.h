/* SPDX-License-Identifier: MIT
 *
 * Recorded falls and daily movements, and their evaluation by the production engine. The recordings are not part of
 * the source tree: they are in ../shared/data (its README.md has their sources and licences).
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
        int64_t begin_ms; /* time since the start of the recording */
        int64_t lasts_ms;
        uint32_t count; /* samples */
        int16_t *mg;    /* x, y, z of each, in milli-g */
        int32_t *t_ms;  /* time of each after begin_ms */
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
        FALLS_STAIRS_BELT, /* recordings on stairs, without falls */
        FALLS_STAIRS_LEFT, /* wrist */
        FALLS_STAIRS_RIGHT,
        FALLS_SENSORS,
};

/* Are the recordings and xz available? */
bool falls_are_here(void);

/* The caller releases *ret with falls_free(). Return: 0, -ENOENT, -ENOMEM, -EINVAL (not in the documented format). */
int falls_load(enum falls_sensor sensor, struct falls_set *ret);
void falls_free(struct falls_set *set);

/* Get block @n of a trial, each a second long, as a device would send it. It points into the trial.
 * Return: false past the last one. */
struct motion_block;
bool falls_block(const struct falls_trial *trial, uint32_t n, struct motion_block *ret);

struct falls_figures {
        uint32_t falls, detected;     /* trials with a fall; those of them with an alarm */
        uint32_t daily, false_alarms; /* trials without a fall; those of them with an alarm */
        uint32_t alarms;              /* number of alarms in daily trials */
        double daily_hours;
        uint64_t samples;
        double engine_s; /* processor time of the evaluation */
};

/* Evaluate all trials, each as a separate elder, by an engine with one rule and @limits.
 * Return: 0, -ENOMEM, -EINVAL. */
int falls_judge(const struct falls_set *set, const struct condition_motion_limits *limits,
                struct falls_figures *ret);

#endif

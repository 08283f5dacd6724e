/* SPDX-License-Identifier: MIT
 *
 * Falls: what the default limits achieve on simulated and on recorded falls and daily movements.
 *
 *      falls [--full]
 *
 * Every trial is sent to the production engine in blocks of a second, as a separate elder. A fall is detected if there
 * is an alarm within its trial; an alarm in any other trial is false. --full adds a cross-validation for each position:
 * for each subject, the limits of impact and turn that do best on all other subjects are chosen and applied to that
 * subject.
 *
 * The last line is JSON: "made" for simulated bodies (bench/falls/falls_made.h), then the results on recordings of
 * people, or "skipped" if those are not available.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/falls/falls_data.h"
#include "bench/falls/falls_made.h"
#include "bench/engine/chatter.h"
#include "common/base/err.h"
#include "rules/eval/measure/motion.h"

static double share(uint32_t part, uint32_t whole) {
        return whole ? (double)part / whole : 1;
}

/* --- the limits as shipped ----------------------------------------------------------------------- */

typedef int (*falls_source)(enum falls_sensor sensor, struct falls_set *ret);

static int judge(falls_source source, enum falls_sensor sensor, struct falls_set *set,
                 struct falls_figures *ret) {
        struct condition_motion_limits limits;
        int r;

        r = source(sensor, set);
        if (r < 0)
                return r;
        motion_limits_default(set->worn, MOTION_LIMITS_NORMAL, &limits);
        return falls_judge(set, &limits, ret);
}

static void print_daily(const struct falls_figures *figures) {
        printf("\"daily\":%u,\"false_alarms\":%u,\"specificity\":%.3f,\"hours\":%.2f,"
               "\"false_per_hour\":%.2f,\"ns_per_sample\":%.0f",
               figures->daily, figures->false_alarms,
               1 - share(figures->false_alarms, figures->daily), figures->daily_hours,
               figures->alarms / figures->daily_hours,
               figures->engine_s * 1e9 / (double)figures->samples);
}

/* --- limits chosen on others --------------------------------------------------------------------- */

enum { IMPACTS = 15, TURNS = 5, CHOICES = IMPACTS * TURNS };

static void choice(const struct falls_set *set, int n, struct condition_motion_limits *ret) {
        motion_limits_default(set->worn, MOTION_LIMITS_NORMAL, ret);
        ret->impact_mg = 1500 + 100 * (n / TURNS);
        ret->turn_deg = 40 + 5 * (n % TURNS);
}

static bool alarms_in(const struct falls_trial *trial,
                      const struct condition_motion_limits *limits) {
        struct motion_detector detector = {0};
        struct motion_block block;
        struct motion_fall fall;

        for (uint32_t n = 0; falls_block(trial, n, &block); n++)
                if (motion_detect(&detector, limits, &block, &fall) == MOTION_FALL)
                        return true;
        return false;
}

/* Add up the results of one choice. @alarms: whether each trial had an alarm. @only: count only the trials of @subject;
 * otherwise all others. */
static void count(const struct falls_set *set, const bool *alarms, const char *subject, bool only,
                  struct falls_figures *ret) {
        for (uint32_t i = 0; i < set->count; i++) {
                const struct falls_trial *trial = &set->trials[i];

                if ((strcmp(trial->subject, subject) == 0) != only)
                        continue;
                ret->falls += trial->is_fall;
                ret->detected += trial->is_fall && alarms[i];
                ret->daily += !trial->is_fall;
                ret->false_alarms += !trial->is_fall && alarms[i];
        }
}

/* Return: the choice with the highest sum of sensitivity and specificity on all subjects but @subject. */
static int best_without(const struct falls_set *set, const bool *alarms, const char *subject) {
        double best = -1;
        int ret = 0;

        for (int n = 0; n < CHOICES; n++) {
                struct falls_figures figures = {0};

                count(set, alarms + (size_t)n * set->count, subject, false, &figures);

                double reached = share(figures.detected, figures.falls) -
                                 share(figures.false_alarms, figures.daily);

                if (reached > best) {
                        best = reached;
                        ret = n;
                }
        }
        return ret;
}

static int hold_out(const struct falls_set *set, struct falls_figures *ret) {
        bool *alarms = calloc((size_t)CHOICES * set->count, sizeof(*alarms));

        if (!alarms)
                return err_raise(-ENOMEM);
        for (int n = 0; n < CHOICES; n++) {
                struct condition_motion_limits limits;

                choice(set, n, &limits);
                for (uint32_t i = 0; i < set->count; i++)
                        alarms[(size_t)n * set->count + i] = alarms_in(&set->trials[i], &limits);
        }
        *ret = (struct falls_figures){0};
        for (uint32_t i = 0; i < set->count; i++) {
                const char *subject = set->trials[i].subject;
                uint32_t first = 0;

                while (strcmp(set->trials[first].subject, subject) != 0)
                        first++;
                if (first < i)
                        continue; /* this subject is already done */

                int best = best_without(set, alarms, subject);

                count(set, alarms + (size_t)best * set->count, subject, true, ret);
        }
        free(alarms);
        return 0;
}

/* --- output --------------------------------------------------------------------------------------- */

static int print_position(falls_source source, enum falls_sensor sensor, bool full) {
        struct falls_set set = {0};
        struct falls_figures figures;
        int r;

        r = judge(source, sensor, &set, &figures);
        if (r == 0) {
                printf("\"%s\":{\"falls\":%u,\"detected\":%u,\"sensitivity\":%.3f,", set.name,
                       figures.falls, figures.detected, share(figures.detected, figures.falls));
                print_daily(&figures);
        }
        if (r == 0 && full)
                r = hold_out(&set, &figures);
        if (r == 0 && full)
                printf(",\"held_out\":{\"detected\":%u,\"sensitivity\":%.3f,\"false_alarms\":%u,"
                       "\"specificity\":%.3f}",
                       figures.detected, share(figures.detected, figures.falls),
                       figures.false_alarms, 1 - share(figures.false_alarms, figures.daily));
        printf("}");
        falls_free(&set);
        return r;
}

static int print_stairs(enum falls_sensor sensor) {
        struct falls_set set = {0};
        struct falls_figures figures;
        int r;

        r = judge(falls_load, sensor, &set, &figures);
        if (r == 0) {
                printf("\"%s\":{", set.name);
                print_daily(&figures);
                printf("}");
        }
        falls_free(&set);
        return r;
}

static int print_positions(const char *name, falls_source source, bool full) {
        int r = 0;

        printf("\"%s\":{", name);
        for (int sensor = FALLS_WRIST; r == 0 && sensor <= FALLS_CHEST; sensor++) {
                printf(sensor == FALLS_WRIST ? "" : ",");
                r = print_position(source, (enum falls_sensor)sensor, full);
        }
        printf("},");
        return r;
}

static int print_recorded(bool full) {
        int r = print_positions("positions", falls_load, full);

        printf("\"stairs\":{");
        for (int sensor = FALLS_STAIRS_BELT; r == 0 && sensor < FALLS_SENSORS; sensor++) {
                printf(sensor == FALLS_STAIRS_BELT ? "" : ",");
                r = print_stairs((enum falls_sensor)sensor);
        }
        printf("},");
        return r;
}

int main(int argc, char **argv) {
        bool full = argc > 1 && strcmp(argv[1], "--full") == 0;
        int r;

        printf("{\"name\":\"falls\",");
        r = print_positions("made", falls_make, false);
        if (!falls_are_here())
                printf("\"skipped\":\"the recordings or xz are not here\",");
        else if (r == 0)
                r = print_recorded(full);
        chatter_print_machine();
        printf("}\n");
        if (r < 0)
                err_report("falls", r);
        return r != 0;
}

/* SPDX-License-Identifier: MIT
 *
 * Load: the work that the alerts of one rule set make for the desk, compared with the figures of alarm management:
 * ANSI/ISA-18.2, IEC 62682 and EEMUA 191.
 *
 * These standards count per operator console and per 10 minutes. The rates per day and per 10 minutes are their
 * published figures; the others are as commonly quoted. They serve for planning only: no conformity with a standard
 * is claimed.
 *
 * Thread: any. Blocks: never.
 */
#ifndef VIGIL_CLI_BACKTEST_COMPARE_LOAD_H
#define VIGIL_CLI_BACKTEST_COMPARE_LOAD_H

#include <math.h>
#include <stdint.h>

#include "cli/backtest/engines/raised.h"

#define LOAD_WINDOW_MS ((int64_t)10 * 60 * 1000)

enum {
        /* Elders per console when the number of operators is not given. At one alert per elder and week, a common
         * figure for a home with sensors, that is 143 a day: ISA-18.2 calls about 150 likely to be acceptable. */
        LOAD_ELDERS_PER_OPERATOR = 1000,
        LOAD_FLOOD_BEGINS = 10, /* alerts in 10 min; EEMUA 191 */
        LOAD_FLOOD_ENDS = 5,    /* a flood ends below this, in 10 min */
        LOAD_TOP = 10,
};

enum load_measure {
        LOAD_PER_10_MIN,
        LOAD_PER_HOUR,
        LOAD_PER_DAY,
        LOAD_PEAK_10_MIN,
        LOAD_WINDOWS_OVER_10_PCT,
        LOAD_HOURS_OVER_30_PCT,
        LOAD_FLOOD_PCT,
        LOAD_TOP_10_PCT, /* share of the ten loudest pairs of rule and elder */
        LOAD_CRITICAL_PCT,
        LOAD_MEASURES,
};

struct load_limit {
        const char *key;   /* stable, for JSON */
        const char *title; /* in English, for say() */
        double acceptable;
        double manageable; /* most that can be managed; NAN: none */
        const char *source;
};

/* The limits of a measure. */
const struct load_limit *load_limit(enum load_measure measure);

/* The grade of a value of a measure. */
enum load_grade { LOAD_ACCEPTABLE, LOAD_MANAGEABLE, LOAD_OVER };
enum load_grade load_grade(enum load_measure measure, double value);

struct load {
        double values[LOAD_MEASURES]; /* per operator */
        uint32_t *windows;            /* alerts of all operators per 10 minutes, from from_ms on */
        uint32_t window_count;
};

/* Measure the load. @list: only alerts that count, in any order, raised in [@from_ms, @to_ms). @operators: share
 * the alerts evenly. Return: 0 or -ENOMEM; free *ret with load_fini(). */
int load_measure(const struct raised_list *list, int64_t from_ms, int64_t to_ms, uint32_t operators,
                 struct load *ret);

void load_fini(struct load *load);

#endif

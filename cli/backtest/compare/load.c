/* SPDX-License-Identifier: MIT */
#include "cli/backtest/compare/load.h"

#include <errno.h>
#include <stdlib.h>

#include "common/base/err.h"
#include "common/language/say.h"

#define HOUR_MS ((int64_t)3600 * 1000)

enum { WINDOWS_AN_HOUR = 6, WINDOWS_A_DAY = 144, BUSY_HOUR = 30 };

/* The order of enum load_measure. */
static const struct load_limit limits[LOAD_MEASURES] = {
        {"per_10_min", N_("alerts per 10 min, average"), 1, 2, "EEMUA 191, ISA-18.2"},
        {"per_hour", N_("alerts per hour, average"), 6, 12, "ISA-18.2"},
        {"per_day", N_("alerts per day, average"), 150, 300, "ISA-18.2, IEC 62682"},
        {"peak_10_min", N_("most in any 10 min"), 10, NAN, "EEMUA 191, ISA-18.2"},
        {"windows_over_10_pct", N_("10-min periods with more than 10, %"), 1, NAN, "ISA-18.2"},
        {"hours_over_30_pct", N_("hours with more than 30, %"), 1, NAN, "ISA-18.2"},
        {"flood_pct", N_("time in flood, %"), 1, NAN, "ISA-18.2, EEMUA 191"},
        {"top_10_pct", N_("share of the ten loudest, %"), 5, NAN, "ISA-18.2"},
        {"critical_pct", N_("critical alerts, %"), 5, NAN, "EEMUA 191"},
};

const struct load_limit *load_limit(enum load_measure measure) {
        return &limits[measure];
}

enum load_grade load_grade(enum load_measure measure, double value) {
        const struct load_limit *limit = &limits[measure];

        if (value <= limit->acceptable)
                return LOAD_ACCEPTABLE;
        return value <= limit->manageable ? LOAD_MANAGEABLE : LOAD_OVER;
}

/* --- loudest -------------------------------------------------------------------------------------- */

static int compare_source(const void *a, const void *b) {
        uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

        return (x > y) - (x < y);
}

/* Count the alerts of the LOAD_TOP pairs of rule and elder with the most alerts. Return: 0 or -ENOMEM. */
static int loudest_count(const struct raised_list *list, uint32_t *ret) {
        uint64_t *sources = malloc(((size_t)list->count + 1) * sizeof(*sources));
        uint32_t top[LOAD_TOP + 1] = {0};
        uint32_t run = 0;

        if (!sources)
                return err_raise(-ENOMEM);
        for (uint32_t i = 0; i < list->count; i++)
                sources[i] = (uint64_t)list->all[i].rule << 32 | list->all[i].person;
        qsort(sources, list->count, sizeof(*sources), compare_source);
        for (uint32_t i = 0; i < list->count; i++) {
                run = i > 0 && sources[i] == sources[i - 1] ? run + 1 : 1;
                if (i + 1 < list->count && sources[i] == sources[i + 1])
                        continue;
                /* Insert it in descending order; the last place is spare. */
                top[LOAD_TOP] = run;
                for (int k = LOAD_TOP; k > 0 && top[k] > top[k - 1]; k--) {
                        uint32_t swap = top[k];

                        top[k] = top[k - 1];
                        top[k - 1] = swap;
                }
        }
        free(sources);
        *ret = 0;
        for (int k = 0; k < LOAD_TOP; k++)
                *ret += top[k];
        return 0;
}

/* --- windows -------------------------------------------------------------------------------------- */

static void windows_judge(struct load *load, double operators) {
        uint32_t peak = 0, over = 0, busy = 0, flooded = 0, hours = 0, in_hour = 0;
        bool flood = false;

        for (uint32_t i = 0; i < load->window_count; i++) {
                uint32_t count = load->windows[i];
                double each = count / operators;

                peak = count > peak ? count : peak;
                over += each > LOAD_FLOOD_BEGINS;
                flood = flood ? each >= LOAD_FLOOD_ENDS : each >= LOAD_FLOOD_BEGINS;
                flooded += flood;
                in_hour += count;
                if (i % WINDOWS_AN_HOUR == WINDOWS_AN_HOUR - 1 || i + 1 == load->window_count) {
                        hours++;
                        busy += in_hour / operators > BUSY_HOUR;
                        in_hour = 0;
                }
        }
        load->values[LOAD_PEAK_10_MIN] = peak / operators;
        load->values[LOAD_WINDOWS_OVER_10_PCT] = 100.0 * over / load->window_count;
        load->values[LOAD_HOURS_OVER_30_PCT] = 100.0 * busy / hours;
        load->values[LOAD_FLOOD_PCT] = 100.0 * flooded / load->window_count;
}

int load_measure(const struct raised_list *list, int64_t from_ms, int64_t to_ms, uint32_t operators,
                 struct load *ret) {
        int64_t span_ms = to_ms - from_ms > 1 ? to_ms - from_ms : 1;
        double each = (double)list->count / operators;
        struct load load = {.window_count =
                                    (uint32_t)((span_ms + LOAD_WINDOW_MS - 1) / LOAD_WINDOW_MS)};
        uint32_t critical = 0, loudest = 0;
        int r;

        r = loudest_count(list, &loudest);
        if (r < 0)
                return r;
        load.windows = calloc(load.window_count, sizeof(*load.windows));
        if (!load.windows)
                return err_raise(-ENOMEM);
        for (uint32_t i = 0; i < list->count; i++) {
                int64_t window = (list->all[i].raised_ms - from_ms) / LOAD_WINDOW_MS;

                /* An alert at the very end of the period belongs to its last window. */
                load.windows[window < load.window_count ? window : load.window_count - 1]++;
                critical += list->all[i].severity == SEVERITY_CRITICAL;
        }
        load.values[LOAD_PER_10_MIN] = each * (double)LOAD_WINDOW_MS / (double)span_ms;
        load.values[LOAD_PER_HOUR] = load.values[LOAD_PER_10_MIN] * WINDOWS_AN_HOUR;
        load.values[LOAD_PER_DAY] = load.values[LOAD_PER_10_MIN] * WINDOWS_A_DAY;
        windows_judge(&load, operators);
        if (list->count) {
                load.values[LOAD_TOP_10_PCT] = 100.0 * loudest / list->count;
                load.values[LOAD_CRITICAL_PCT] = 100.0 * critical / list->count;
        }
        *ret = load;
        return 0;
}

void load_fini(struct load *load) {
        free(load->windows);
        *load = (struct load){0};
}

/* SPDX-License-Identifier: MIT */
#include "cli/backtest/print/chart.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "cli/backtest/print/wording.h"
#include "common/base/err.h"

#define HOUR_MS ((int64_t)3600 * 1000)
#define DAY_MS (24 * HOUR_MS)

enum {
        WIDTH = 1040,
        LEFT = 48, /* left edge of the plot: room for numbers */
        RIGHT = 12,
        PLOT = WIDTH - LEFT - RIGHT,
        BARS_TOP = 14,
        BARS_HEIGHT = 190,
        LOAD_TOP_Y = 14,
        LOAD_HEIGHT = 220,
        LOAD_POINTS = 480,
        LABELS_MAX = 12,
        HEAT_CELL = 38,
        HEAT_LEFT = 116,
};

void chart_text(FILE *stream, const char *text) {
        for (; *text; text++) {
                switch (*text) {
                case '<':
                        fputs("&lt;", stream);
                        break;
                case '>':
                        fputs("&gt;", stream);
                        break;
                case '&':
                        fputs("&amp;", stream);
                        break;
                case '"':
                        fputs("&quot;", stream);
                        break;
                default:
                        fputc(*text, stream);
                }
        }
}

static int64_t local_ms(const struct backtest *backtest, int64_t time_ms) {
        return time_ms + (int64_t)zone_offset_s(backtest->zone, time_ms) * 1000;
}

static void svg_open(FILE *stream, int height, const char *what) {
        fprintf(stream,
                "<svg viewBox=\"0 0 %d %d\" role=\"img\" aria-label=\"%s\" "
                "xmlns=\"http://www.w3.org/2000/svg\">\n",
                WIDTH, height, what);
}

/* Step of the grid: 1, 2 or 5 times a power of ten, so that at most five lines cross the plot. */
static double grid_step(double most) {
        double step = 1;

        for (int i = 0; most / step > 5; i++)
                step *= i % 3 == 1 ? 2.5 : 2;
        return step;
}

/* --- bars ------------------------------------------------------------------------------------------ */

enum chart_step chart_step(const struct backtest *backtest) {
        int64_t span_ms = backtest->to_ms - backtest->from_ms;

        return span_ms <= 3 * DAY_MS     ? CHART_HOURS
               : span_ms <= 100 * DAY_MS ? CHART_DAYS
                                         : CHART_WEEKS;
}

static int64_t step_ms(enum chart_step step) {
        return step == CHART_HOURS ? HOUR_MS : step == CHART_DAYS ? DAY_MS : 7 * DAY_MS;
}

struct bars {
        int64_t first; /* local bucket of the first bar */
        int64_t step_ms;
        uint32_t count, most;
        uint32_t *heights[TWIN_SIDES];
};

static int bars_count(const struct backtest *backtest, struct bars *ret) {
        struct bars bars = {.step_ms = step_ms(chart_step(backtest)), .most = 1};

        bars.first = local_ms(backtest, backtest->from_ms) / bars.step_ms;
        bars.count =
                (uint32_t)(local_ms(backtest, backtest->to_ms - 1) / bars.step_ms - bars.first) + 1;
        for (int side = 0; side < TWIN_SIDES; side++) {
                const struct raised_list *list = &backtest->twin->sides[side].list;

                bars.heights[side] = calloc(bars.count, sizeof(**bars.heights));
                if (!bars.heights[side]) {
                        free(bars.heights[TWIN_OLD]);
                        return err_raise(-ENOMEM);
                }
                for (uint32_t i = 0; i < list->count; i++) {
                        int64_t at = local_ms(backtest, list->all[i].raised_ms) / bars.step_ms -
                                     bars.first;
                        uint32_t *height =
                                &bars.heights[side][at < 0                      ? 0
                                                    : at >= (int64_t)bars.count ? bars.count - 1
                                                                                : at];

                        if (++*height > bars.most)
                                bars.most = *height;
                }
        }
        *ret = bars;
        return 0;
}

static void bar_label(const struct bars *bars, uint32_t i, double x, FILE *stream) {
        time_t at = (time_t)((bars->first + i) * bars->step_ms / 1000);
        char text[32];
        struct tm tm;

        gmtime_r(&at, &tm);
        strftime(text, sizeof(text), bars->step_ms == HOUR_MS ? "%m-%d %Hh" : "%m-%d", &tm);
        fprintf(stream, "<text class=\"t\" x=\"%.1f\" y=\"%d\" text-anchor=\"middle\">%s</text>\n",
                x, BARS_TOP + BARS_HEIGHT + 18, text);
}

static void grid_draw(double most, int top, int height, FILE *stream) {
        double step = grid_step(most);

        for (double at = 0; at <= most; at += step) {
                double y = top + height - at / most * height;
                char text[WORDING_NUMBER_BYTES];

                fprintf(stream,
                        "<line class=\"g\" x1=\"%d\" x2=\"%d\" y1=\"%.1f\" y2=\"%.1f\"/>"
                        "<text class=\"t\" x=\"%d\" y=\"%.1f\" text-anchor=\"end\">%s</text>\n",
                        LEFT, WIDTH - RIGHT, y, y, LEFT - 6, y + 4, wording_number(at, text));
        }
}

int chart_bars(const struct backtest *backtest, FILE *stream) {
        struct bars bars;
        int r = bars_count(backtest, &bars);
        double slot, bar;
        uint32_t every;

        if (r < 0)
                return r;
        slot = (double)PLOT / bars.count;
        bar = fmin(slot * 0.42, 26);
        every = (bars.count + LABELS_MAX - 1) / LABELS_MAX;
        svg_open(stream, BARS_TOP + BARS_HEIGHT + 26,
                 wording_pick(backtest, "alerts over time, old and new"));
        grid_draw(bars.most, BARS_TOP, BARS_HEIGHT, stream);
        for (uint32_t i = 0; i < bars.count; i++) {
                double middle = LEFT + slot * (i + 0.5);

                for (int side = 0; side < TWIN_SIDES; side++) {
                        double height = (double)bars.heights[side][i] / bars.most * BARS_HEIGHT;

                        fprintf(stream,
                                "<rect class=\"%s\" x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" "
                                "height=\"%.1f\"/>",
                                side == TWIN_OLD ? "o" : "n",
                                side == TWIN_OLD ? middle - bar : middle,
                                BARS_TOP + BARS_HEIGHT - height, bar, height);
                }
                if (i % every == 0)
                        bar_label(&bars, i, middle, stream);
        }
        fputs("</svg>\n", stream);
        free(bars.heights[TWIN_OLD]);
        free(bars.heights[TWIN_NEW]);
        return 0;
}

/* --- hours of the day -------------------------------------------------------------------------------- */

static uint32_t hours_count(const struct backtest *backtest, uint32_t hours[TWIN_SIDES][24]) {
        uint32_t most = 1;

        for (int side = 0; side < TWIN_SIDES; side++) {
                const struct raised_list *list = &backtest->twin->sides[side].list;

                memset(hours[side], 0, sizeof(hours[side]));
                for (uint32_t i = 0; i < list->count; i++) {
                        int hour =
                                zone_local(backtest->zone, list->all[i].raised_ms).minute_of_day /
                                60;

                        if (++hours[side][hour] > most)
                                most = hours[side][hour];
                }
        }
        return most;
}

static void heat_cell(int side, int hour, uint32_t count, double share, FILE *stream) {
        int x = HEAT_LEFT + hour * HEAT_CELL, y = 6 + side * 34;
        /* From nearly white to blue; the text is dark or white, whichever has more contrast. */
        int red = (int)(240 - 209 * share), green = (int)(244 - 149 * share),
            blue = (int)(250 - 59 * share);

        fprintf(stream,
                "<rect x=\"%d\" y=\"%d\" width=\"%d\" height=\"30\" fill=\"rgb(%d,%d,%d)\" "
                "stroke=\"#c8d0dc\"/><text x=\"%d\" y=\"%d\" text-anchor=\"middle\" "
                "font-size=\"12\" fill=\"%s\">%u</text>\n",
                x, y, HEAT_CELL - 2, red, green, blue, x + HEAT_CELL / 2 - 1, y + 20,
                share > 0.75 ? "#fff" : "#1c2530", count);
}

void chart_hours(const struct backtest *backtest, FILE *stream) {
        uint32_t hours[TWIN_SIDES][24];
        uint32_t most = hours_count(backtest, hours);

        svg_open(stream, 94, wording_pick(backtest, "alerts by hour of the day"));
        for (int side = 0; side < TWIN_SIDES; side++) {
                fprintf(stream,
                        "<text class=\"l\" x=\"%d\" y=\"%d\" text-anchor=\"end\">%s</text>\n",
                        HEAT_LEFT - 10, 26 + side * 34,
                        side == TWIN_OLD ? wording_pick(backtest, "old rules")
                                         : wording_pick(backtest, "new rules"));
                for (int hour = 0; hour < 24; hour++)
                        heat_cell(side, hour, hours[side][hour],
                                  sqrt((double)hours[side][hour] / most), stream);
        }
        for (int hour = 0; hour < 24; hour++)
                fprintf(stream,
                        "<text class=\"t\" x=\"%d\" y=\"88\" text-anchor=\"middle\">%02d</text>",
                        HEAT_LEFT + hour * HEAT_CELL + HEAT_CELL / 2 - 1, hour);
        fputs("</svg>\n", stream);
}

/* --- load --------------------------------------------------------------------------------------------- */

/* Logarithmic scale, so that quiet times and floods are both readable. */
static double load_y(double alerts, double most) {
        return LOAD_TOP_Y + LOAD_HEIGHT * (1 - log1p(alerts) / log1p(most));
}

static void load_limit_draw(double alerts, double most, const char *class, const char *text,
                            FILE *stream) {
        double y = load_y(alerts, most);

        fprintf(stream,
                "<line class=\"%s\" x1=\"%d\" x2=\"%d\" y1=\"%.1f\" y2=\"%.1f\"/>"
                "<text class=\"b\" x=\"%d\" y=\"%.1f\" text-anchor=\"end\">%s</text>\n",
                class, LEFT, WIDTH - RIGHT, y, y, WIDTH - RIGHT - 4, y - 4, text);
}

static void load_line_draw(const struct backtest *backtest, int side, double most, FILE *stream) {
        const struct load *load = &backtest->loads[side];
        uint32_t points = load->window_count < LOAD_POINTS ? load->window_count : LOAD_POINTS;

        fprintf(stream, "<polyline class=\"%s\" points=\"", side == TWIN_OLD ? "lo" : "ln");
        for (uint32_t i = 0; i < points; i++) {
                uint32_t from = (uint32_t)((uint64_t)load->window_count * i / points);
                uint32_t to = (uint32_t)((uint64_t)load->window_count * (i + 1) / points);
                uint32_t peak = 0;
                double width = (double)PLOT / points;

                for (uint32_t at = from; at < to; at++)
                        peak = load->windows[at] > peak ? load->windows[at] : peak;

                double y = load_y((double)peak / backtest->operators, most);

                fprintf(stream, "%.1f,%.1f %.1f,%.1f ", LEFT + i * width, y, LEFT + (i + 1) * width,
                        y);
        }
        fputs("\"/>\n", stream);
}

int chart_load(const struct backtest *backtest, FILE *stream) {
        static const double ticks[] = {0, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 10000};
        double most = fmax(12, fmax(backtest->loads[TWIN_OLD].values[LOAD_PEAK_10_MIN],
                                    backtest->loads[TWIN_NEW].values[LOAD_PEAK_10_MIN]) *
                                       1.15);
        struct bars bars;
        int r = bars_count(backtest, &bars);

        if (r < 0)
                return r;
        svg_open(stream, BARS_TOP + LOAD_HEIGHT + 26,
                 wording_pick(backtest, "alerts in 10 minutes for each operator"));
        for (size_t i = 0; i < sizeof(ticks) / sizeof(ticks[0]) && ticks[i] <= most; i++)
                fprintf(stream,
                        "<line class=\"g\" x1=\"%d\" x2=\"%d\" y1=\"%.1f\" y2=\"%.1f\"/><text "
                        "class=\"t\" x=\"%d\" y=\"%.1f\" text-anchor=\"end\">%.0f</text>\n",
                        LEFT, WIDTH - RIGHT, load_y(ticks[i], most), load_y(ticks[i], most),
                        LEFT - 6, load_y(ticks[i], most) + 4, ticks[i]);
        load_line_draw(backtest, TWIN_OLD, most, stream);
        load_line_draw(backtest, TWIN_NEW, most, stream);
        load_limit_draw(10, most, "lf",
                        wording_pick(backtest, "10: a flood begins (EEMUA 191, ISA-18.2)"), stream);
        load_limit_draw(2, most, "lm",
                        wording_pick(backtest, "2: the most an operator can manage on average"),
                        stream);
        for (uint32_t i = 0, every = (bars.count + LABELS_MAX - 1) / LABELS_MAX; i < bars.count;
             i += every) {
                double x = LEFT + (double)PLOT * (i + 0.5) / bars.count;
                time_t at = (time_t)((bars.first + i) * bars.step_ms / 1000);
                char text[32];
                struct tm tm;

                gmtime_r(&at, &tm);
                strftime(text, sizeof(text), bars.step_ms == HOUR_MS ? "%m-%d %Hh" : "%m-%d", &tm);
                fprintf(stream,
                        "<text class=\"t\" x=\"%.1f\" y=\"%d\" text-anchor=\"middle\">%s</text>\n",
                        x, LOAD_TOP_Y + LOAD_HEIGHT + 18, text);
        }
        fputs("</svg>\n", stream);
        free(bars.heights[TWIN_OLD]);
        free(bars.heights[TWIN_NEW]);
        return 0;
}

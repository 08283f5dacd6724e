/* SPDX-License-Identifier: MIT */
#include "rules/eval/measure/news2.h"

#include <math.h>

enum { BANDS_MAX = 7 };

/* Up to and with @upto it scores @points; the first that fits counts. */
struct band {
        int16_t upto;
        uint8_t points;
};

static const struct band charts[NEWS2_PARAMETERS][BANDS_MAX] = {
        [NEWS2_RESPIRATION] = {{8, 3}, {11, 1}, {20, 0}, {24, 2}, {INT16_MAX, 3}},
        [NEWS2_SPO2] = {{91, 3}, {93, 2}, {95, 1}, {INT16_MAX, 0}},
        [NEWS2_OXYGEN] = {{0, 0}, {INT16_MAX, 2}},
        [NEWS2_SYSTOLIC] = {{90, 3}, {100, 2}, {110, 1}, {219, 0}, {INT16_MAX, 3}},
        [NEWS2_PULSE] = {{40, 3}, {50, 1}, {90, 0}, {110, 1}, {130, 2}, {INT16_MAX, 3}},
        [NEWS2_CONSCIOUSNESS] = {{0, 0}, {INT16_MAX, 3}},
        [NEWS2_TEMPERATURE] = {{350, 3}, {360, 1}, {380, 0}, {390, 1}, {INT16_MAX, 2}},
};

static const struct band scale_2_air[BANDS_MAX] = {{83, 3}, {85, 2}, {87, 1}, {INT16_MAX, 0}};
static const struct band scale_2_oxygen[BANDS_MAX] = {{83, 3}, {85, 2}, {87, 1},       {92, 0},
                                                      {94, 1}, {96, 2}, {INT16_MAX, 3}};

static const uint16_t kinds[NEWS2_PARAMETERS] = {
        [NEWS2_RESPIRATION] = KIND_RESPIRATION_RATE,
        [NEWS2_SPO2] = KIND_SPO2,
        [NEWS2_OXYGEN] = KIND_OXYGEN_SUPPLEMENT,
        [NEWS2_SYSTOLIC] = KIND_SYSTOLIC_BP,
        [NEWS2_PULSE] = KIND_HEART_RATE,
        [NEWS2_CONSCIOUSNESS] = KIND_CONSCIOUSNESS,
        [NEWS2_TEMPERATURE] = KIND_BODY_TEMPERATURE,
};

enum news2_parameter news2_parameter_of(uint16_t kind) {
        enum news2_parameter parameter = NEWS2_RESPIRATION;

        while (parameter < NEWS2_PARAMETERS && kinds[parameter] != kind)
                parameter++;
        return parameter;
}

uint16_t news2_kind(enum news2_parameter parameter) {
        return kinds[parameter];
}

static double per_unit(enum news2_parameter parameter) {
        return parameter == NEWS2_TEMPERATURE ? 10 : 1;
}

int16_t news2_charted(enum news2_parameter parameter, double value) {
        double charted = floor(value * per_unit(parameter) + 0.5);

        return charted < 0 ? 0 : charted < INT16_MAX ? (int16_t)charted : INT16_MAX;
}

double news2_uncharted(enum news2_parameter parameter, int16_t charted) {
        return charted / per_unit(parameter);
}

uint8_t news2_points(enum news2_parameter parameter, int16_t charted, bool scale_2,
                     bool on_oxygen) {
        const struct band *band = charts[parameter];

        if (parameter == NEWS2_SPO2 && scale_2)
                band = on_oxygen ? scale_2_oxygen : scale_2_air;
        while (charted > band->upto)
                band++;
        return band->points;
}

void news2_score(const struct news2_input *input, struct news2_result *ret) {
        bool on_oxygen = input->value[NEWS2_OXYGEN] >= 0.5;

        *ret = (struct news2_result){.total = 0};
        for (enum news2_parameter i = NEWS2_RESPIRATION; i < NEWS2_PARAMETERS; i++) {
                if (isnan(input->value[i]))
                        continue;
                ret->points[i] = news2_points(i, news2_charted(i, input->value[i]), input->scale_2,
                                              on_oxygen);
                ret->known++;
                ret->total += ret->points[i];
                ret->has_three |= ret->points[i] == 3;
        }
}

/* SPDX-License-Identifier: MIT */
#include "rules/eval/measure/news2.h"

#include <math.h>

enum { BANDS_MAX = 7 };

/* A value of up to and including @upto scores @points; the first band that fits counts. */
struct band {
        int16_t upto;
        uint8_t points;
};

static const struct band charts[RULE_NEWS2_PARAMETERS][BANDS_MAX] = {
        [RULE_NEWS2_RESPIRATION] = {{8, 3}, {11, 1}, {20, 0}, {24, 2}, {INT16_MAX, 3}},
        [RULE_NEWS2_SPO2] = {{91, 3}, {93, 2}, {95, 1}, {INT16_MAX, 0}},
        [RULE_NEWS2_OXYGEN] = {{0, 0}, {INT16_MAX, 2}},
        [RULE_NEWS2_SYSTOLIC] = {{90, 3}, {100, 2}, {110, 1}, {219, 0}, {INT16_MAX, 3}},
        [RULE_NEWS2_PULSE] = {{40, 3}, {50, 1}, {90, 0}, {110, 1}, {130, 2}, {INT16_MAX, 3}},
        [RULE_NEWS2_CONSCIOUSNESS] = {{0, 0}, {INT16_MAX, 3}},
        [RULE_NEWS2_TEMPERATURE] = {{350, 3}, {360, 1}, {380, 0}, {390, 1}, {INT16_MAX, 2}},
};

static const struct band scale_2_air[BANDS_MAX] = {{83, 3}, {85, 2}, {87, 1}, {INT16_MAX, 0}};
static const struct band scale_2_oxygen[BANDS_MAX] = {{83, 3}, {85, 2}, {87, 1},       {92, 0},
                                                      {94, 1}, {96, 2}, {INT16_MAX, 3}};

static const uint16_t kinds[RULE_NEWS2_PARAMETERS] = {
        [RULE_NEWS2_RESPIRATION] = KIND_RESPIRATION_RATE,
        [RULE_NEWS2_SPO2] = KIND_SPO2,
        [RULE_NEWS2_OXYGEN] = KIND_OXYGEN_SUPPLEMENT,
        [RULE_NEWS2_SYSTOLIC] = KIND_SYSTOLIC_BP,
        [RULE_NEWS2_PULSE] = KIND_HEART_RATE,
        [RULE_NEWS2_CONSCIOUSNESS] = KIND_CONSCIOUSNESS,
        [RULE_NEWS2_TEMPERATURE] = KIND_BODY_TEMPERATURE,
};

enum rule_news2 news2_parameter_of(uint16_t kind) {
        enum rule_news2 parameter = RULE_NEWS2_RESPIRATION;

        while (parameter < RULE_NEWS2_PARAMETERS && kinds[parameter] != kind)
                parameter++;
        return parameter;
}

uint16_t news2_kind(enum rule_news2 parameter) {
        return kinds[parameter];
}

static double per_unit(enum rule_news2 parameter) {
        return parameter == RULE_NEWS2_TEMPERATURE ? 10 : 1;
}

int16_t news2_charted(enum rule_news2 parameter, double value) {
        double charted = floor(value * per_unit(parameter) + 0.5);

        return charted < 0 ? 0 : charted < INT16_MAX ? (int16_t)charted : INT16_MAX;
}

double news2_uncharted(enum rule_news2 parameter, int16_t charted) {
        return charted / per_unit(parameter);
}

uint8_t news2_points(enum rule_news2 parameter, int16_t charted, bool scale_2, bool on_oxygen) {
        const struct band *band = charts[parameter];

        if (parameter == RULE_NEWS2_SPO2 && scale_2)
                band = on_oxygen ? scale_2_oxygen : scale_2_air;
        while (charted > band->upto)
                band++;
        return band->points;
}

void news2_score(const struct news2_input *input, struct news2_result *ret) {
        bool on_oxygen = input->value[RULE_NEWS2_OXYGEN] >= 0.5;

        *ret = (struct news2_result){.total = 0};
        for (enum rule_news2 i = RULE_NEWS2_RESPIRATION; i < RULE_NEWS2_PARAMETERS; i++) {
                if (isnan(input->value[i]))
                        continue;
                ret->points[i] = news2_points(i, news2_charted(i, input->value[i]), input->scale_2,
                                              on_oxygen);
                ret->known++;
                ret->total += ret->points[i];
                ret->has_three |= ret->points[i] == 3;
        }
}

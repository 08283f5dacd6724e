/* SPDX-License-Identifier: MIT
 *
 * NEWS2: National Early Warning Score 2.
 *
 * Reproduced from: Royal College of Physicians. National Early Warning Score (NEWS) 2: Standardising the
 * assessment of acute-illness severity in the NHS. Updated report of a working party. London: RCP, 2017.
 * Chart 1, the NEWS scoring system.
 *
 * The chart knows temperatures to one decimal and everything else as whole numbers, so that is what a reading
 * becomes first: the nearest, halves up (38.04 is 38.0 and scores 0, 38.05 is 38.1 and scores 1).
 *
 * At home seldom all seven are measured. The sum of those that are is a lower bound of the score, never the
 * score; how many there are goes with it wherever it is told.
 *
 * Thread: any. Blocks: never. Pure.
 */
#ifndef VIGIL_RULES_EVAL_MEASURE_NEWS2_H
#define VIGIL_RULES_EVAL_MEASURE_NEWS2_H

#include <stdbool.h>
#include <stdint.h>

#include "rules/eval/rule/condition.h"

struct news2_input {
        /* In the units of the kinds (common/wire/event_kind.h): breaths and beats a minute, per cent, mmHg, Cel;
         * oxygen 0 or 1; consciousness 0 alert, 1 to 4 CVPU. NAN: not measured. */
        double value[RULE_NEWS2_PARAMETERS];
        bool scale_2; /* SpO2 by scale 2: a target of 88 to 92 % is prescribed */
};

struct news2_result {
        uint8_t points[RULE_NEWS2_PARAMETERS]; /* 0 to 3; 0 when not measured */
        uint8_t known;                         /* how many were measured */
        uint8_t total;                         /* 0 to 20; a lower bound when known is below 7 */
        bool has_three;                        /* one parameter alone scores 3 */
};

/* On scale 2 an SpO2 of 93 or more counts as on air, which is 0, when nobody says that it is on oxygen. */
void news2_score(const struct news2_input *input, struct news2_result *ret);

/* Which parameter @kind is; RULE_NEWS2_PARAMETERS: none. */
enum rule_news2 news2_parameter_of(uint16_t kind);
uint16_t news2_kind(enum rule_news2 parameter);

/* @value as the chart has it: tenths of a degree, otherwise whole numbers. And back. */
int16_t news2_charted(enum rule_news2 parameter, double value);
double news2_uncharted(enum rule_news2 parameter, int16_t charted);

/* Points of one charted value. */
uint8_t news2_points(enum rule_news2 parameter, int16_t charted, bool scale_2, bool on_oxygen);

#endif
